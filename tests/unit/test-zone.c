/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-zone.c - a zone that is kept: what it grants is on disk, what it answers is signed, and
 *               its heads follow each other, over restarts and power cuts too.
 */
#include "zone-fixture.h"

#include "name/zone-copy.h"
#include "store-fixture.h"

typedef struct {
    fixture f;
    zone_world z;
    n2_zone *zone;
    n2_store_zone rules;
    gint64 wall_us;
    guint64 n_heads;
} kept;

static void
kept_open(kept *k)
{
    assert_ok(n2_zone_open(&k->zone, k->f.store, &k->f.crypto, n2_host_unicode(), &k->rules));
}

static void
kept_init(kept *k)
{
    memset(k, 0, sizeof *k);
    fixture_init(&k->f, TRUE);
    zone_world_init(&k->z, 0);
    k->rules = (n2_store_zone){.who = k->z.w.id};
    k->wall_us = now;
    assert_ok(n2_store_zone_put(k->f.store, &k->rules));
    kept_open(k);
}

static void
kept_reopen(kept *k, gboolean power_cut)
{
    n2_zone_free(k->zone);
    fixture_reopen(&k->f, power_cut);
    kept_open(k);
}

static void
kept_clear(kept *k)
{
    n2_zone_free(k->zone);
    zone_world_clear(&k->z);
    fixture_clear(&k->f);
}

static n2_err
ask_of(kept *k, n2_zone_what what, const char *label, guint8 owner, n2_zone_refusal *why)
{
    n2_zone_request q = {.what = what,
                         .who = {.method = N2_METHOD_SHA256, .hash = {owner}},
                         .to = {.method = N2_METHOD_SHA256, .hash = {99}},
                         .zone = k->z.w.id,
                         .made_us = k->wall_us};
    guint8 body[1024], buf[N2_ZONE_RECORD_BYTES_MAX];
    n2_zone_record r;
    n2_box box;

    g_strlcpy(q.label, label, sizeof q.label);
    assert_ok(
        n2_zone_request_body(body, sizeof body, &q, NULL, 0, NULL, 0, n2_host_unicode(), &box));
    assert_ok(n2_zone_request_read(&q, &box, n2_host_unicode()));
    return n2_zone_do(k->zone, &q, NULL, k->wall_us, buf, &r, why);
}

static void
grant(kept *k, n2_zone_what what, const char *label, guint8 owner)
{
    n2_zone_refusal why;

    k->wall_us++;
    assert_ok(ask_of(k, what, label, owner, &why));
}

static GBytes *
propose(kept *k)
{
    guint8 buf[1024];
    n2_box body;

    assert_ok(n2_zone_propose(k->zone, k->wall_us, buf, sizeof buf, &body));
    return say(&body, BY(&k->z.key));
}

static void
next_head(kept *k)
{
    gsize len;

    k->wall_us += 10 * (gint64)SECOND;
    g_autoptr(GBytes) head = propose(k);
    const guint8 *bytes = g_bytes_get_data(head, &len);
    assert_ok(n2_zone_signed(k->zone, &k->z.who, bytes, len, k->wall_us));
    k->n_heads++;
    g_assert_cmpuint(n2_zone_head_of(k->zone)->serial, ==, k->n_heads);
}

/* Whose it is by an answer that holds: 0 nobody, else the first byte of the identity. */
static guint8
whose(kept *k, const char *label)
{
    guint8 buf[N2_ZONE_ANSWER_BYTES_MAX];
    n2_zone_answer a;
    gsize len;

    assert_ok(n2_zone_ask(k->zone, label, strlen(label), buf, &len));
    assert_ok(n2_zone_answer_check(&a, buf, len, label, strlen(label), &k->z.who, k->wall_us,
                                   n2_host_unicode(), NULL));
    g_assert_cmpuint(a.head.serial, ==, k->n_heads);
    return a.is_there ? a.record.who.hash[0] : 0;
}

/* What is granted is seen with the next head, neither before nor in another state. */
static void
test_life(void)
{
    guint8 buf[N2_ZONE_ANSWER_BYTES_MAX];
    n2_zone_refusal why;
    gsize len;
    kept k;

    kept_init(&k);
    assert_err(n2_zone_ask(k.zone, "anna", 4, buf, &len), N2_ERR_STATE);
    next_head(&k); /* an empty one */
    g_assert_cmpuint(whose(&k, "anna"), ==, 0);
    grant(&k, N2_ZONE_REGISTER, "anna", 1);
    grant(&k, N2_ZONE_REGISTER, "bert", 2);
    g_assert_cmpuint(whose(&k, "anna"), ==, 0);
    assert_err(ask_of(&k, N2_ZONE_REGISTER, "anna", 2, &why), N2_ERR_EXISTS);
    g_assert_cmpint(why, ==, N2_ZONE_HELD);
    g_assert_cmpuint(n2_zone_holder(k.zone, "anna").hash[0], ==, 1);
    next_head(&k);
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    g_assert_cmpuint(whose(&k, "bert"), ==, 2);
    grant(&k, N2_ZONE_TRANSFER, "anna", 1);
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    grant(&k, N2_ZONE_CHANGE, "anna", 99); /* twice before one head */
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    next_head(&k);
    g_assert_cmpuint(whose(&k, "anna"), ==, 99);
    /* attack 42: given up, it is nobody else's for 30 days; then it is gone */
    grant(&k, N2_ZONE_REVOKE, "anna", 99);
    next_head(&k);
    g_assert_cmpuint(whose(&k, "anna"), ==, 99); /* there, and over */
    k.wall_us += 29 * day;
    assert_err(ask_of(&k, N2_ZONE_REGISTER, "anna", 2, &why), N2_ERR_EXISTS);
    g_assert_cmpint(why, ==, N2_ZONE_GRACE);
    k.wall_us += day;
    next_head(&k);
    g_assert_cmpuint(whose(&k, "anna"), ==, 0);
    g_assert_cmpuint(n2_zone_head_of(k.zone)->count, ==, 1);
    kept_clear(&k);
}

/* While a head is signed, answers are of the one before; more may be granted meanwhile; and
 * what nobody signed, or somebody else, comes with the next. */
static void
test_signing(void)
{
    gsize len;
    kept k;

    kept_init(&k);
    grant(&k, N2_ZONE_REGISTER, "anna", 1);
    next_head(&k);
    k.wall_us += 10 * (gint64)SECOND;
    grant(&k, N2_ZONE_TRANSFER, "anna", 1);
    grant(&k, N2_ZONE_REGISTER, "bert", 2);
    g_autoptr(GBytes) head = propose(&k);
    g_assert_false(n2_zone_due(k.zone, k.wall_us + day, NULL));
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    grant(&k, N2_ZONE_REGISTER, "carl", 3);
    grant(&k, N2_ZONE_REVOKE, "anna", 99); /* on top of what is being signed */
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    g_assert_cmpuint(whose(&k, "bert"), ==, 0);
    const guint8 *bytes = g_bytes_get_data(head, &len);
    n2_zone_unsigned(k.zone, k.wall_us); /* attack 41: no second head of this serial */
    assert_err(n2_zone_signed(k.zone, &k.z.who, bytes, len, k.wall_us), N2_ERR_STATE);
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    g_assert_false(n2_zone_due(k.zone, k.wall_us, NULL));
    k.wall_us += 10 * (gint64)SECOND;
    g_autoptr(GBytes) second = propose(&k);
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    g_assert_cmpuint(whose(&k, "carl"), ==, 0);
    assert_err(n2_zone_signed(k.zone, &k.z.who, bytes, len, k.wall_us), N2_ERR_FORGED);
    k.wall_us += 10 * (gint64)SECOND;
    g_autoptr(GBytes) third = propose(&k);
    n2_statement s;
    bytes = g_bytes_get_data(third, &len);
    assert_ok(n2_statement_read(&s, bytes, len));
    g_autoptr(GBytes) thief = say(&s.body, BY(&k.z.w.thief));
    bytes = g_bytes_get_data(thief, &len);
    assert_err(n2_zone_signed(k.zone, &k.z.who, bytes, len, k.wall_us), N2_ERR_FORGED);
    next_head(&k);
    g_assert_cmpuint(whose(&k, "anna"), ==, 99);
    g_assert_cmpuint(whose(&k, "bert"), ==, 2);
    g_assert_cmpuint(whose(&k, "carl"), ==, 3);
    g_assert_cmpuint(n2_zone_waiting(k.zone), ==, 0);
    /* changed again while its change is signed: the one is in this head, the other in the next
     */
    grant(&k, N2_ZONE_TRANSFER, "bert", 2);
    k.wall_us += 10 * (gint64)SECOND;
    g_autoptr(GBytes) fourth = propose(&k);
    grant(&k, N2_ZONE_REVOKE, "bert", 99);
    bytes = g_bytes_get_data(fourth, &len);
    assert_ok(n2_zone_signed(k.zone, &k.z.who, bytes, len, k.wall_us));
    k.n_heads++;
    g_assert_cmpuint(whose(&k, "bert"), ==, 99);
    g_assert_cmpuint(n2_zone_waiting(k.zone), ==, 1);
    next_head(&k);
    g_assert_cmpuint(whose(&k, "bert"), ==, 99);
    kept_clear(&k);
}

/* Heads are 10 s apart, also after a restart, and come anew before the last is over. */
static void
test_times(void)
{
    gint64 at_us;
    kept k;

    kept_init(&k);
    g_assert_false(n2_zone_due(k.zone, 0, NULL)); /* no clock, no heads */
    g_assert_true(n2_zone_due(k.zone, k.wall_us, NULL));
    next_head(&k);
    gint64 made_us = k.wall_us;
    g_assert_false(n2_zone_due(k.zone, made_us + 11 * (gint64)SECOND, &at_us));
    g_assert_cmpint(at_us, ==, made_us + (gint64)N2_ZONE_HEAD_LIFE_US / 2);
    g_assert_true(n2_zone_due(k.zone, at_us, NULL));
    grant(&k, N2_ZONE_REGISTER, "anna", 1);
    g_assert_false(n2_zone_due(k.zone, made_us + (gint64)N2_ZONE_HEAD_SPAN_US - 1, &at_us));
    g_assert_true(n2_zone_due(k.zone, at_us, NULL));
    kept_reopen(&k, TRUE);
    g_assert_false(n2_zone_due(k.zone, made_us + (gint64)N2_ZONE_HEAD_SPAN_US - 1, &at_us));
    g_assert_true(n2_zone_due(k.zone, made_us + (gint64)N2_ZONE_HEAD_SPAN_US, NULL));
    next_head(&k);
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    kept_reopen(&k, FALSE);
    g_assert_cmpuint(whose(&k, "anna"), ==, 1);
    kept_clear(&k);
}

static bool
keep_head(void *user, uint64_t serial, const void *head, size_t len)
{
    g_ptr_array_add(user, g_bytes_new(head, len));
    return serial > 0;
}

/* The chain as it is kept: each names the one before; a serial is there once. */
static void
test_chain(void)
{
    g_autoptr(GPtrArray) heads = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    n2_zone_head after = {.serial = 0};
    kept k;

    kept_init(&k);
    for (guint i = 0; i < N2_ZONE_HEADS_KEPT + 5; i++) {
        char label[16];
        g_snprintf(label, sizeof label, "n%u", i);
        grant(&k, N2_ZONE_REGISTER, label, (guint8)(i + 1));
        next_head(&k);
    }
    assert_ok(n2_store_zone_heads(k.f.store, &k.z.w.id, 1000, keep_head, heads));
    g_assert_cmpuint(heads->len, ==, N2_ZONE_HEADS_KEPT);
    for (guint i = 0; i < heads->len; i++) {
        n2_zone_head head;
        gsize len;
        const guint8 *bytes = g_bytes_get_data(heads->pdata[i], &len);
        assert_ok(n2_zone_head_check(&head, &k.z.who, bytes, len, 0, NULL, NULL));
        g_assert_cmpuint(head.serial, ==, k.n_heads - i);
        if (i)
            g_assert_cmpint(n2_zone_heads_compare(&head, &after), ==, N2_ZONE_HEADS_NEWER);
        after = head;
        assert_err(n2_store_zone_head_put(k.f.store, &k.z.w.id, head.serial, bytes, len),
                   N2_ERR_EXISTS);
    }
    g_assert_cmpuint(fixture_fsck(&k.f), ==, 0);
    kept_clear(&k);
}

/* More than N2_ZONE_WAITING_MAX before one head are put off with words. */
static void
test_limits(void)
{
    n2_store_zone *zones = g_newa(n2_store_zone, 2);
    n2_zone_refusal why = N2_ZONE_GRANTED;
    gsize n;
    kept k;

    kept_init(&k);
    k.rules.term_us = 10 * day;
    kept_reopen(&k, FALSE);
    for (guint i = 0; i < N2_ZONE_WAITING_MAX; i++) {
        char label[16];
        g_snprintf(label, sizeof label, "n%u", i);
        grant(&k, N2_ZONE_REGISTER, label, 1);
    }
    k.wall_us++;
    assert_err(ask_of(&k, N2_ZONE_REGISTER, "one-more", 1, &why), N2_ERR_BUSY);
    g_assert_cmpint(why, ==, N2_ZONE_BUSY);
    next_head(&k);
    grant(&k, N2_ZONE_REGISTER, "one-more", 1);
    /* all of them end on one day; they leave N2_ZONE_OVER_STEP at each head */
    k.wall_us += 10 * day + (gint64)N2_GRACE_US;
    next_head(&k);
    g_assert_cmpuint(n2_zone_head_of(k.zone)->count, ==,
                     N2_ZONE_WAITING_MAX + 1 - N2_ZONE_OVER_STEP);
    k.wall_us += (gint64)N2_ZONE_HEAD_LIFE_US / 2;
    next_head(&k);
    g_assert_cmpuint(n2_zone_head_of(k.zone)->count, ==,
                     N2_ZONE_WAITING_MAX + 1 - 2 * N2_ZONE_OVER_STEP);
    assert_ok(n2_store_zones(k.f.store, zones, 2, &n));
    g_assert_cmpuint(n, ==, 1);
    assert_err(n2_store_zones(k.f.store, zones, 0, &n), N2_ERR_LIMIT);
    kept_clear(&k);
}

static n2_err
open_copy(
    kept *k, n2_zone_copy **out, const guint8 *bytes, gsize len, const n2_zone_head *before)
{
    return n2_zone_copy_open(out, &k->f.crypto, bytes, len, &k->z.who, before, k->wall_us,
                             n2_host_unicode());
}

/* Attack 41: a secondary gives the very answers of the primary, or none: what it was given
 * whole, it opens; a record more, less, changed or moved, an older head or another key, not. */
static void
test_copy(void)
{
    g_autofree guint8 *bytes = NULL;
    n2_writer w = n2_writer_init_growing(1 << 20);
    n2_zone_copy *copy;
    gsize len, swap = 0;
    kept k;

    kept_init(&k);
    assert_err(n2_zone_copy_write(k.zone, &w), N2_ERR_STATE);
    for (guint i = 0; i < 20; i++) {
        char label[16];
        g_snprintf(label, sizeof label, "n%u", i);
        grant(&k, N2_ZONE_REGISTER, label, (guint8)(i + 1));
    }
    next_head(&k);
    n2_zone_head old = *n2_zone_head_of(k.zone);
    for (guint i = 0; i < 5; i++) { /* after the head: none of it is in the copy */
        char label[16];
        g_snprintf(label, sizeof label, "later%u", i);
        grant(&k, N2_ZONE_REGISTER, label, 77);
        g_snprintf(label, sizeof label, "n%u", i);
        grant(&k, N2_ZONE_TRANSFER, label, (guint8)(i + 1));
        grant(&k, N2_ZONE_REVOKE, label, 99);
    }
    assert_ok(n2_zone_copy_write(k.zone, &w));
    assert_ok(n2_writer_steal(&w, &bytes, &len));
    g_autofree guint8 *exact = g_memdup2(bytes, len);
    assert_ok(open_copy(&k, &copy, exact, len, NULL));
    g_assert_cmpuint(n2_zone_copy_head(copy)->serial, ==, 1);
    for (guint i = 0; i < 30; i++) {
        guint8 ours[N2_ZONE_ANSWER_BYTES_MAX], theirs[N2_ZONE_ANSWER_BYTES_MAX];
        gsize n_ours, n_theirs;
        char label[16];
        g_snprintf(label, sizeof label, "n%u", i);
        assert_ok(n2_zone_ask(k.zone, label, strlen(label), ours, &n_ours));
        assert_ok(n2_zone_copy_ask(copy, label, strlen(label), theirs, &n_theirs));
        g_assert_cmpmem(ours, n_ours, theirs, n_theirs);
    }
    n2_zone_copy_free(copy);

    for (gsize i = 0; i < len; i++) { /* no bit is idle, no length right but one */
        g_autofree guint8 *bad = g_memdup2(bytes, len);
        bad[i] ^= (guint8)(1 << i % 8);
        g_assert_cmpint(open_copy(&k, &copy, bad, len, NULL), !=, N2_OK);
        if (i % 7)
            continue;
        g_autofree guint8 *cut = g_memdup2(bytes, i);
        g_assert_cmpint(open_copy(&k, &copy, cut, i, NULL), !=, N2_OK);
    }
    /* two records in each other's place: both have one length */
    gsize first = 3 + (gsize)(bytes[1] << 8 | bytes[2]);
    gsize record = 2 + (gsize)(bytes[first] << 8 | bytes[first + 1]);
    for (gsize at = first + record; at < len && !swap; at += 2 + (gsize)bytes[at + 1])
        swap = 2 + (gsize)bytes[at + 1] == record ? at : 0;
    g_assert_cmpuint(swap, >, 0);
    g_autofree guint8 *moved = g_memdup2(bytes, len);
    memcpy(moved + first, bytes + swap, record);
    memcpy(moved + swap, bytes + first, record);
    assert_err(open_copy(&k, &copy, moved, len, NULL), N2_ERR_FORGED);
    /* nothing new; older than one seen; one serial and another head; the head's life is over */
    assert_err(open_copy(&k, &copy, exact, len, &old), N2_ERR_EXISTS);
    n2_zone_head seen = old;
    seen.serial = 9;
    assert_err(open_copy(&k, &copy, exact, len, &seen), N2_ERR_EXISTS);
    seen = old;
    seen.hash[3] ^= 1;
    assert_err(open_copy(&k, &copy, exact, len, &seen), N2_ERR_FORGED);
    k.wall_us += 2 * day;
    assert_err(open_copy(&k, &copy, exact, len, NULL), N2_ERR_FORGED);
    kept_clear(&k);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/zone/attack-42-life", test_life);
    g_test_add_func("/zone/attack-41-signing", test_signing);
    g_test_add_func("/zone/times", test_times);
    g_test_add_func("/zone/attack-41-chain", test_chain);
    g_test_add_func("/zone/limits", test_limits);
    g_test_add_func("/zone/attack-41-copy", test_copy);
    return g_test_run();
}
