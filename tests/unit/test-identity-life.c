/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-identity-life.c - how long statements live, how many there may be, and what is verified
 * once.
 */
#include "identity-fixture.h"

/* Kinds live as long as kinds.h says, from when they say, and clocks may differ by an hour. */
typedef struct {
    const char *name;
    guint8 kind;
    gint64 from_days, until_days; /* from now; what the kind has of them */
    gint64 clock_minutes;         /* the reader's clock, from now */
    n2_err want;
} life_row;

static const life_row lives[] = {
    {"fresh", N2_KIND_FRESH, 0, 0, 0, N2_OK},
    {"fresh-29-days", N2_KIND_FRESH, -29, 0, 0, N2_OK},
    {"fresh-30-days", N2_KIND_FRESH, -30, 0, 0, N2_ERR_FORGED},
    {"fresh-ahead", N2_KIND_FRESH, 0, 0, -59, N2_OK},
    {"fresh-too-far-ahead", N2_KIND_FRESH, 0, 0, -61, N2_ERR_FORGED},
    {"session", N2_KIND_SESSION, 0, 1, 0, N2_OK},
    {"session-two-days", N2_KIND_SESSION, 0, 2, 0, N2_ERR_FORGED},
    {"session-over", N2_KIND_SESSION, 0, 1, 24 * 60, N2_ERR_FORGED},
    {"session-backwards", N2_KIND_SESSION, 0, -1, 0, N2_ERR_FORGED},
    {"vouch", N2_KIND_VOUCH, 0, 700, 0, N2_OK},
    {"vouch-three-years", N2_KIND_VOUCH, 0, 1095, 0, N2_ERR_FORGED},
    {"mail-keys", N2_KIND_MAIL_KEYS, 0, 40, 0, N2_OK},
    {"mail-keys-too-long", N2_KIND_MAIL_KEYS, 0, 41, 0, N2_ERR_FORGED},
    {"mail-keys-over", N2_KIND_MAIL_KEYS, 0, 0, 0, N2_ERR_FORGED},
    {"domain", N2_KIND_DOMAIN, 0, 1, 0, N2_OK},
    {"domain-two-days", N2_KIND_DOMAIN, 0, 2, 0, N2_ERR_FORGED},
    {"zone-head", N2_KIND_ZONE_HEAD, 0, 1, 0, N2_OK},
    {"zone-head-two-days", N2_KIND_ZONE_HEAD, 0, 2, 0, N2_ERR_FORGED},
    {"channel", N2_KIND_CHANNEL, 0, 1, 0, N2_OK},
    {"channel-over", N2_KIND_CHANNEL, 0, -1, 0, N2_ERR_FORGED},
};

/* Any body of @kind by its rule: field 1 is @who, times are set as they come. */
static n2_box
any_body(guint8 *buf, guint8 kind, const n2_id *who, gint64 from, gint64 until)
{
    const n2_kind_rule *rule = n2_kind_rule_of(kind);
    n2_box_writer w = n2_box_begin(buf, 1024, kind);
    guint8 zeros[64] = {0};
    n2_key k = {.method = N2_KEY_ED25519};
    n2_ref ref = {.id = *who};
    int n_times = 0;
    n2_box box;

    for (const n2_field_rule *f = rule->fields; f->number && f->number < 64; f++) {
        if (f->optional)
            continue;
        if (f->types & 1 << N2_TYPE_ID)
            n2_box_put_id(&w, f->number, who);
        else if (f->types & 1 << N2_TYPE_KEY)
            n2_box_put_key(&w, f->number, &k);
        else if (f->types & 1 << N2_TYPE_INT)
            n2_box_put_int(&w, f->number, 1);
        else if (f->types & 1 << N2_TYPE_TIME)
            n2_box_put_time(&w, f->number,
                            n_times++ || kind == N2_KIND_MAIL_KEYS || kind == N2_KIND_DOMAIN ||
                                    kind == N2_KIND_CHANNEL
                                ? until
                                : from);
        else if (f->types & 1 << N2_TYPE_TEXT)
            n2_box_put_text(&w, f->number, "x");
        else if (f->types & 1 << N2_TYPE_REF)
            n2_box_put_ref(&w, f->number, &ref);
        else
            n2_box_put_bytes(&w, f->number, zeros, f->n);
    }
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    return box;
}

static void
test_life(gconstpointer data)
{
    const life_row *t = data;
    guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_statement s;
    person p;

    person_init(&p);
    for (gsize i = 0; i < p.full.n_keys; i++) /* who may sign is another test's question */
        p.full.keys[i] = (n2_grant){.key = p.full.keys[i].key,
                                    .rights = N2_RIGHTS_ALL,
                                    .from_us = G_MININT64,
                                    .until_us = G_MAXINT64};
    n2_box body =
        any_body(buf, t->kind, &p.who.id, now + t->from_days * day, now + t->until_days * day);
    gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
    g_assert_cmpstr(n2_err_name(n2_identity_check(&p.full, &s, stmt, len, t->kind,
                                                  now + t->clock_minutes * 60 * SECOND, NULL)),
                    ==, n2_err_name(t->want));
}

/* Times at the ends of what 64 bits hold are refused like others, and nothing overflows. */
static void
test_life_extremes(void)
{
    static const gint64 times[] = {G_MININT64, -1, 0, G_MAXINT64};
    static const guint8 kinds[] = {N2_KIND_FRESH, N2_KIND_SESSION, N2_KIND_MAIL_KEYS,
                                   N2_KIND_ZONE_HEAD};
    guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_statement s;
    person p;

    person_init(&p);
    for (gsize i = 0; i < p.full.n_keys; i++)
        p.full.keys[i].rights = N2_RIGHTS_ALL;
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (gsize i = 0; i < G_N_ELEMENTS(times); i++)
            for (gsize j = 0; j < G_N_ELEMENTS(times); j++) {
                n2_box body = any_body(buf, kinds[k], &p.who.id, times[i], times[j]);
                gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
                g_assert_cmpint(n2_identity_check(&p.full, &s, stmt, len, kinds[k], now, NULL),
                                ==, N2_ERR_FORGED);
            }
    n2_box body = any_body(buf, N2_KIND_NAME, &p.who.id, 0, 0);
    gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
    g_assert_cmpint(n2_identity_check(&p.full, &s, stmt, len, N2_KIND_NAME, now, NULL), ==,
                    N2_ERR_UNSUPPORTED); /* nobody signs names */
}

/* An identity's statements are counted before any costs a signature check. */
static void
test_much(void)
{
    g_autofree guint8 *much = g_malloc0(N2_IDENTITY_BYTES_MAX + 1);
    n2_identity got;
    person p;

    person_init(&p);
    n2_node_key k = node_key(&p);
    n2_slice add = {much, N2_IDENTITY_BYTES_MAX};
    g_assert_cmpint(n2_chain_check(&got, &p.who.id, (n2_slice){p.birth, p.birth_len}, &add, 1,
                                   &k, now, NULL),
                    ==, N2_ERR_LIMIT);
    for (guint i = 0; i <= N2_IDENTITY_KEYS_MAX; i++) {
        guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
        n2_signing_key device = key((guint8)(100 + i));
        n2_grant grant = device_grant(&device);
        n2_box body;
        g_assert_cmpint(n2_add_body(buf, sizeof buf, &p.who, &grant, "", &body), ==, N2_OK);
        gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.control, &device}, 2);
        g_assert_cmpint(n2_identity_add(&p.who, stmt, len, NULL), ==,
                        i < N2_IDENTITY_KEYS_MAX - 2 ? N2_OK : N2_ERR_LIMIT);
    }
}

/* The chain of @p as a stranger checks it, at @wall_us. */
static n2_err
check_chain(const person *p,
            const guint8 *birth,
            const guint8 *add,
            const guint8 *fresh,
            gsize fresh_len,
            gint64 wall_us,
            n2_verified *verified)
{
    n2_identity who;
    n2_statement s;
    n2_err err =
        n2_identity_birth_once(&who, birth, p->birth_len, N2_METHOD_SHA256, NULL, verified);

    if (!err)
        err = n2_identity_add_once(&who, add, p->add_len, NULL, verified);
    if (!err)
        err = n2_identity_check_once(&who, &s, fresh, fresh_len, N2_KIND_FRESH, wall_us, NULL,
                                     verified);
    return err;
}

/* What was verified is not verified again; whatever differs by a bit is, and what depends on
 * the time is looked at always. */
static void
test_once(void)
{
    guint8 buf[1024], fresh[N2_STATEMENT_BYTES_SMALL], changed[N2_STATEMENT_BYTES_SMALL];
    g_autofree n2_verified *verified = g_new0(n2_verified, 1);
    person p;

    person_init(&p);
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_FRESH);
    n2_box body;
    guint8 hash[N2_HASH_BYTES] = {1};
    n2_box_put_id(&w, 1, &p.who.id);
    n2_box_put_bytes(&w, 2, p.who.control, sizeof p.who.control);
    n2_box_put_bytes(&w, 3, hash, sizeof hash);
    n2_box_put_time(&w, 4, now);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    gsize len = state(fresh, &body, (const n2_signing_key *[]){&p.device}, 1);

    /* One that is forged is never kept. */
    memcpy(changed, p.birth, sizeof changed);
    changed[p.birth_len - 1] ^= 1;
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(check_chain(&p, changed, p.add, fresh, len, now, verified), ==,
                        N2_ERR_FORGED);
    g_assert_cmpuint(verified->n_met, ==, 0);

    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now, verified), ==, N2_OK);
    g_assert_cmpuint(verified->n_met, ==, 0);
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now, verified), ==, N2_OK);
    g_assert_cmpuint(verified->n_met, ==, 3);

    /* Any bit of any of the three. */
    for (gsize bit = 0; bit < 8 * len; bit += 5) {
        memcpy(changed, fresh, sizeof changed);
        changed[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(check_chain(&p, p.birth, p.add, changed, len, now, verified), !=,
                        N2_OK);
    }
    for (gsize bit = 0; bit < 8 * p.birth_len; bit += 7) {
        memcpy(changed, p.birth, sizeof changed);
        changed[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(check_chain(&p, changed, p.add, fresh, len, now, verified), !=, N2_OK);
    }
    for (gsize bit = 0; bit < 8 * p.add_len; bit += 7) {
        memcpy(changed, p.add, sizeof changed);
        changed[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(check_chain(&p, p.birth, changed, fresh, len, now, verified), !=,
                        N2_OK);
    }
    /* Its time is over, or the device's: known, and refused all the same. */
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now + 31 * day, verified), ==,
                    N2_ERR_FORGED);
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now + 301 * day, verified), ==,
                    N2_ERR_FORGED);
    /* Of somebody else's birth, though both are known. */
    person other;
    person_init(&other);
    n2_box other_body = birth_body(buf, &other, 2);
    other.birth_len =
        state(other.birth, &other_body, (const n2_signing_key *[]){&p.control, &p.second}, 2);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpint(check_chain(&other, other.birth, p.add, fresh, len, now, verified), ==,
                        N2_ERR_FORGED);
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now, verified), ==, N2_OK);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(lives); i++) {
        g_autofree char *path = g_strconcat("/crypto/identity/life/", lives[i].name, NULL);
        g_test_add_data_func(path, &lives[i], test_life);
    }
    g_test_add_func("/crypto/identity/life-extremes", test_life_extremes);
    g_test_add_func("/crypto/identity/much", test_much);
    g_test_add_func("/crypto/identity/once", test_once);
    return g_test_run();
}
