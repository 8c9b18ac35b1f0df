/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-zone-keeper.c - who gets a name, who keeps it, who may hand it on; by real signatures,
 *                      and by every state a name can be in.
 */
#include "zone-fixture.h"

#include "name/zone-keeper.h"

static const n2_id zone_id = {.method = N2_METHOD_SHA256, .hash = {250}};
static const n2_id anna = {.method = N2_METHOD_SHA256, .hash = {1}};
static const n2_id bert = {.method = N2_METHOD_SHA256, .hash = {2}};
static const n2_id other = {.method = N2_METHOD_SHA256, .hash = {3}};
static const n2_zone_rules open_rules = {.zone = zone_id};

typedef struct {
    guint8 buf[N2_ZONE_RECORD_BYTES_MAX], body[2048];
    n2_zone_record record;
    n2_zone_refusal why;
} verdict;

static n2_err
judge(verdict *v,
      const n2_zone_rules *rules,
      const n2_zone_held *held,
      const n2_zone_request *from,
      gint64 wall_us)
{
    n2_zone_request q;
    n2_box body;

    g_assert_cmpint(n2_zone_request_body(v->body, sizeof v->body, from, NULL, 0, NULL, 0,
                                         n2_host_unicode(), &body),
                    ==, N2_OK);
    g_assert_cmpint(n2_zone_request_read(&q, &body, n2_host_unicode()), ==, N2_OK);
    n2_err err =
        n2_zone_judge(rules, held, &q, wall_us, n2_host_unicode(), v->buf, &v->record, &v->why);
    g_assert_true(!v->why || err == n2_zone_refusal_err(v->why));
    return err;
}

static n2_zone_request
ask(n2_zone_what what, const n2_id *who, gint64 made_us)
{
    return (n2_zone_request){.what = what,
                             .who = *who,
                             .to = bert,
                             .zone = zone_id,
                             .label = "anna",
                             .made_us = made_us};
}

typedef struct {
    const char *name;
    n2_zone_what what;
    const n2_id *who;
    gint64 days; /* from the name's end */
    n2_zone_refusal want;
} row;

/* Attack 42: a name of Anna's, asked for by Anna and by Bert, while she has it, after its end,
 * and when its 30 days of grace are over. */
static void
test_rows(void)
{
    static const row rows[] = {
        {"take", N2_ZONE_REGISTER, &bert, -1, N2_ZONE_HELD},
        {"renew-by-another", N2_ZONE_RENEW, &bert, -1, N2_ZONE_NOT_YOURS},
        {"change-by-another", N2_ZONE_CHANGE, &bert, -1, N2_ZONE_NOT_YOURS},
        {"revoke-by-another", N2_ZONE_REVOKE, &bert, -1, N2_ZONE_NOT_YOURS},
        {"transfer-by-another", N2_ZONE_TRANSFER, &other, -1, N2_ZONE_NOT_YOURS},
        {"renew", N2_ZONE_RENEW, &anna, -1, N2_ZONE_GRANTED},
        {"register-again", N2_ZONE_REGISTER, &anna, -1, N2_ZONE_GRANTED},
        {"change", N2_ZONE_CHANGE, &anna, -1, N2_ZONE_GRANTED},
        {"revoke", N2_ZONE_REVOKE, &anna, -1, N2_ZONE_GRANTED},
        {"transfer", N2_ZONE_TRANSFER, &anna, -1, N2_ZONE_GRANTED},
        {"take-after-expiry", N2_ZONE_REGISTER, &bert, 0, N2_ZONE_GRACE},
        {"take-in-grace", N2_ZONE_REGISTER, &bert, 29, N2_ZONE_GRACE},
        {"change-in-grace", N2_ZONE_CHANGE, &anna, 29, N2_ZONE_OVER},
        {"transfer-in-grace", N2_ZONE_TRANSFER, &anna, 29, N2_ZONE_OVER},
        {"renew-in-grace", N2_ZONE_RENEW, &anna, 29, N2_ZONE_GRANTED},
        {"take-after-grace", N2_ZONE_REGISTER, &bert, 30, N2_ZONE_GRANTED},
        {"renew-after-grace", N2_ZONE_RENEW, &anna, 30, N2_ZONE_FREE},
        {"revoke-after-grace", N2_ZONE_REVOKE, &anna, 30, N2_ZONE_FREE},
    };
    zone_name n;
    n2_zone_record record;
    verdict v;

    zone_name_init(&n, "anna", 1);
    g_assert_cmpint(n2_zone_record_check(&record, n.record, n.len, n2_host_unicode()), ==,
                    N2_OK);
    n2_zone_held held = {.record = &record, .asked_us = record.since_us};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 wall_us = record.until_us + rows[i].days * day;
        n2_zone_request q = ask(rows[i].what, rows[i].who, wall_us);
        g_test_message("%s", rows[i].name);
        n2_err err = judge(&v, &open_rules, &held, &q, wall_us);
        g_assert_cmpint(v.why, ==, rows[i].want);
        if (err)
            continue;
        gboolean stays = rows[i].days < 30;
        const n2_id *owner = rows[i].what == N2_ZONE_TRANSFER ? &bert : rows[i].who;
        g_assert_true(n2_id_equal(&v.record.who, owner));
        g_assert_cmpint(v.record.since_us, ==, stays ? record.since_us : wall_us);
        g_assert_true(n2_zone_record_stands(&v.record, wall_us) ==
                      (rows[i].what != N2_ZONE_REVOKE));
        /* the same again is a replay */
        n2_zone_held then = {.record = &v.record, .asked_us = q.made_us};
        verdict again;
        (void)judge(&again, &open_rules, &then, &q, wall_us);
        g_assert_cmpint(again.why, ==, N2_ZONE_REPLAYED);
    }
}

/* Ended with a successor: that one goes on with it, nobody else; nor if two ends disagree. */
static void
test_successor(void)
{
    zone_name n;
    n2_zone_record record;
    n2_identity ended = {
        .id = anna, .state = N2_IDENTITY_ENDED, .successor = bert, .ended_us = now};
    n2_zone_request q = ask(N2_ZONE_RENEW, &bert, now), thief = ask(N2_ZONE_RENEW, &other, now);
    verdict v;

    zone_name_init(&n, "anna", 1);
    g_assert_cmpint(n2_zone_record_check(&record, n.record, n.len, n2_host_unicode()), ==,
                    N2_OK);
    n2_zone_held held = {.record = &record, .holder = &ended};
    g_assert_cmpint(judge(&v, &open_rules, &held, &q, now), ==, N2_OK);
    g_assert_true(n2_id_equal(&v.record.who, &bert));
    g_assert_cmpint(v.record.since_us, ==, record.since_us);
    (void)judge(&v, &open_rules, &held, &thief, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_NOT_YOURS);
    ended.is_contested = true;
    (void)judge(&v, &open_rules, &held, &q, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_NOT_YOURS);
    ended.is_contested = false;
    ended.state = N2_IDENTITY_LIVE;
    (void)judge(&v, &open_rules, &held, &q, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_NOT_YOURS);
    ended.state = N2_IDENTITY_ENDED;
    ended.id = other; /* somebody else's end */
    (void)judge(&v, &open_rules, &held, &q, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_NOT_YOURS);
}

static void
test_rules(void)
{
    n2_zone_rules rules = {.zone = zone_id, .is_closed = true, .term_us = 10 * day};
    n2_zone_held none = {.record = NULL};
    n2_zone_request q = ask(N2_ZONE_REGISTER, &anna, now);
    verdict v;

    (void)judge(&v, &rules, &none, &q, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_CLOSED);
    q.who = zone_id; /* its own owner may */
    g_assert_cmpint(judge(&v, &rules, &none, &q, now), ==, N2_OK);
    rules.is_closed = false;
    q.who = anna;
    g_assert_cmpint(judge(&v, &rules, &none, &q, now), ==, N2_OK);
    g_assert_cmpint(v.record.until_us, ==, now + 10 * day);
    g_assert_cmpuint(v.record.caching_s, ==, N2_ZONE_CACHING_S);
    rules.term_us = 0; /* as long as zones give that say nothing */
    g_assert_cmpint(judge(&v, &rules, &none, &q, now), ==, N2_OK);
    g_assert_cmpint(v.record.until_us, ==, now + (gint64)N2_ZONE_TERM_US);
    rules.term_us = 10 * day;
    q.until_us = now + day; /* less than is given */
    g_assert_cmpint(judge(&v, &rules, &none, &q, now), ==, N2_OK);
    g_assert_cmpint(v.record.until_us, ==, now + day);
    q.until_us = now + 99 * day; /* no more than is given */
    g_assert_cmpint(judge(&v, &rules, &none, &q, now), ==, N2_OK);
    g_assert_cmpint(v.record.until_us, ==, now + 10 * day);
    q.until_us = now - 1;
    (void)judge(&v, &rules, &none, &q, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_TERM);
    q.until_us = 0;
    q.delegated = other;
    g_assert_cmpint(judge(&v, &rules, &none, &q, now), ==, N2_OK);
    g_assert_true(n2_id_equal(&v.record.zone, &other));
    q.delegated = zone_id; /* a zone below itself */
    (void)judge(&v, &rules, &none, &q, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_LOOP);
    q.delegated = (n2_id){0};
    q.zone = other; /* meant for another zone */
    (void)judge(&v, &rules, &none, &q, now);
    g_assert_cmpint(v.why, ==, N2_ZONE_OTHER);
}

/* Who signs, and when: requests by a device, transfers by a control key and nobody else. */
static void
test_signatures(void)
{
    enum {
        CONTROL,
        DEVICE,
        THIEF,
        BYS
    };
    const struct {
        const char *name;
        n2_zone_what what;
        int by;
        gint64 clock_us;
        n2_err want;
    } rows[] = {
        {"device", N2_ZONE_REGISTER, DEVICE, 0, N2_OK},
        {"control", N2_ZONE_RENEW, CONTROL, 0, N2_OK},
        {"thief", N2_ZONE_REVOKE, THIEF, 0, N2_ERR_FORGED},
        {"two-hours-ago", N2_ZONE_RENEW, DEVICE, 3 * 3600 * (gint64)SECOND, N2_ERR_FORGED},
        {"no-clock", N2_ZONE_RENEW, DEVICE, -now, N2_ERR_STATE},
        {"transfer", N2_ZONE_TRANSFER, CONTROL, 0, N2_OK},
        {"transfer-by-device", N2_ZONE_TRANSFER, DEVICE, 0, N2_ERR_FORGED},
        {"transfer-by-thief", N2_ZONE_TRANSFER, THIEF, 0, N2_ERR_FORGED},
        {"transfer-in-time", N2_ZONE_TRANSFER, CONTROL, (gint64)N2_ZONE_TRANSFER_LIFE_US,
         N2_OK},
        {"transfer-late", N2_ZONE_TRANSFER, CONTROL, (gint64)N2_ZONE_TRANSFER_LIFE_US + 1,
         N2_ERR_FORGED},
        {"transfer-ahead", N2_ZONE_TRANSFER, CONTROL, -2 * 3600 * (gint64)SECOND,
         N2_ERR_FORGED}};
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "d", BY(&w.control[0], &w.device[0]));
    assert_took(set, add);
    n2_identity who = look(set);
    const n2_signing_key *by[BYS] = {&w.control[0], &w.device[0], &w.thief};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_zone_request from = ask(rows[i].what, &w.id, now), q;
        guint8 buf[2048];
        n2_box body;
        gsize len;
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(n2_zone_request_body(buf, sizeof buf, &from, NULL, 0, NULL, 0,
                                             n2_host_unicode(), &body),
                        ==, N2_OK);
        g_autoptr(GBytes) s = say(&body, BY(by[rows[i].by]));
        const guint8 *bytes = g_bytes_get_data(s, &len);
        g_autofree guint8 *exact = g_memdup2(bytes, len);
        g_assert_cmpint(n2_zone_request_check(&q, &who, exact, len, now + rows[i].clock_us,
                                              n2_host_unicode()),
                        ==, rows[i].want);
        g_autofree guint8 *large = g_malloc0(N2_ZONE_REQUEST_BYTES_MAX + 1);
        g_assert_cmpint(n2_zone_request_check(&q, &who, large, N2_ZONE_REQUEST_BYTES_MAX + 1,
                                              now, n2_host_unicode()),
                        ==, N2_ERR_LIMIT);
        n2_identity another = who; /* in the name of somebody else */
        another.id = other;
        if (!rows[i].want)
            g_assert_cmpint(n2_zone_request_check(&q, &another, exact, len,
                                                  now + rows[i].clock_us, n2_host_unicode()),
                            ==, N2_ERR_FORGED);
    }
    n2_identity_set_free(set);
    world_clear(&w);
}

/* Hosts and capabilities come with who registers or changes, stay with a renewal, and go with
 * who hands the name on; more of them than a record may hold are refused. */
static void
test_lists(void)
{
    const char *hosts[] = {"a.b", "b.b", "c.b", "d.b", "e.b"};
    n2_attr attrs[N2_ZONE_ATTRS_MAX + 1];
    guint8 body_bytes[2048], buf[N2_ZONE_RECORD_BYTES_MAX], again[N2_ZONE_RECORD_BYTES_MAX];
    char names[N2_ZONE_ATTRS_MAX + 1][4];
    n2_zone_held held = {.record = NULL};
    n2_zone_request q;
    n2_zone_refusal why;
    n2_zone_record r, then;
    n2_box body;

    for (gsize i = 0; i < G_N_ELEMENTS(attrs); i++) {
        g_snprintf(names[i], sizeof names[i], "a%02u", (guint)i);
        attrs[i] = (n2_attr){.name = (guint8 *)names[i], .name_len = 3, .type = N2_TYPE_BYTES};
    }
    for (gsize more = 0; more < 3; more++) {
        n2_zone_request from = ask(N2_ZONE_REGISTER, &anna, now);
        from.delegated = other;
        g_assert_cmpint(n2_zone_request_body(body_bytes, sizeof body_bytes, &from, hosts,
                                             N2_ZONE_HOSTS_MAX + (more == 1), attrs,
                                             N2_ZONE_ATTRS_MAX + (more == 2), n2_host_unicode(),
                                             &body),
                        ==, N2_OK);
        g_assert_cmpint(n2_zone_request_read(&q, &body, n2_host_unicode()), ==, N2_OK);
        n2_err err =
            n2_zone_judge(&open_rules, &held, &q, now, n2_host_unicode(), buf, &r, &why);
        g_assert_cmpint(err, ==, more ? N2_ERR_LIMIT : N2_OK);
        g_assert_cmpint(why, ==, N2_ZONE_GRANTED);
        if (more)
            continue;
        held = (n2_zone_held){.record = &r, .asked_us = now};
        q = ask(N2_ZONE_RENEW, &anna, now + 1);
        g_assert_cmpint(n2_zone_judge(&open_rules, &held, &q, now + 1, n2_host_unicode(), again,
                                      &then, &why),
                        ==, N2_OK);
        g_assert_cmpuint(then.n_hosts, ==, N2_ZONE_HOSTS_MAX);
        g_assert_cmpuint(then.n_attrs, ==, N2_ZONE_ATTRS_MAX);
        q = ask(N2_ZONE_TRANSFER, &anna, now + 1);
        g_assert_cmpint(n2_zone_judge(&open_rules, &held, &q, now + 1, n2_host_unicode(), again,
                                      &then, &why),
                        ==, N2_OK);
        g_assert_cmpuint(then.n_hosts + then.n_attrs, ==, 0);
        g_assert_true(n2_id_equal(&r.zone, &other) && !n2_id_is_set(&then.zone));
        held = (n2_zone_held){.record = NULL};
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/zone-keeper/attack-42-rows", test_rows);
    g_test_add_func("/zone-keeper/attack-42-successor", test_successor);
    g_test_add_func("/zone-keeper/rules", test_rules);
    g_test_add_func("/zone-keeper/attack-42-signatures", test_signatures);
    g_test_add_func("/zone-keeper/lists", test_lists);
    return g_test_run();
}
