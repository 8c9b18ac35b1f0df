/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-identity-set.c - each rule of control, add, remove, end and fresh, each error of a set,
 *                       and each share of it that can be full.
 */
#include "crypto/container.h"
#include "identity-world.h"

static void
test_empty(void)
{
    n2_id nobody = {.method = 9};
    guint8 hash[N2_HASH_BYTES];
    n2_identity_set *set;
    n2_identity who;
    world w;

    world_init(&w, 1);
    g_assert_cmpint(n2_identity_set_new(&set, &nobody, NULL), ==, N2_ERR_UNSUPPORTED);
    g_assert_null(set);
    g_assert_cmpint(n2_identity_set_new(&set, &w.id, NULL), ==, N2_OK);
    g_assert_cmpint(n2_identity_look(set, now, &who), ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(who.n_keys, ==, 0);
    g_assert_cmpint(n2_identity_set_hash(set, hash), ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(n2_identity_set_count(set), ==, 0);
    g_assert_false(n2_identity_distrusts(set, &w.thief.key, NULL));
    n2_identity_set_free(set);
    n2_identity_set_free(NULL);
    world_clear(&w);
}

/* What was taken is told: new, known, waiting, nothing. */
static void
test_taken(void)
{
    n2_identity_set *set, *full;
    n2_taken taken;
    world w;

    world_init(&w, 1);
    full = set_of(&w);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    assert_took(full, add);
    n2_identity who = look(full);
    g_autoptr(GBytes) old = fresh_by(full, &who, now - day, BY(&w.device[0]));
    g_autoptr(GBytes) fresh = fresh_by(full, &who, now, BY(&w.device[0]));
    g_autoptr(GBytes) own = remove_by(&who, &w.device[0].key, 0, BY(&w.device[0]));
    g_assert_cmpint(n2_identity_set_new(&set, &w.id, NULL), ==, N2_OK);
    const struct {
        GBytes *statement;
        n2_taken want;
        gsize count;
    } rows[] = {{add, N2_TAKEN_WAITS, 0},   {add, N2_TAKEN_WAITS, 0},
                {fresh, N2_TAKEN_WAITS, 0}, {own, N2_TAKEN_WAITS, 0},
                {w.birth, N2_TAKEN_NEW, 4}, {add, N2_TAKEN_KNOWN, 4},
                {own, N2_TAKEN_KNOWN, 4},   {old, N2_TAKEN_NOTHING, 4},
                {fresh, N2_TAKEN_KNOWN, 4}, {w.birth, N2_TAKEN_KNOWN, 4}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_assert_cmpint(take_at(set, rows[i].statement, now, &taken), ==, N2_OK);
        g_assert_cmpint(taken, ==, rows[i].want);
        g_assert_cmpuint(n2_identity_set_count(set), ==, rows[i].count);
    }
    n2_kept first = n2_identity_set_at(set, 0);
    g_assert_cmpint(first.kind, ==, N2_KIND_BIRTH);
    g_assert_cmpint(first.held_us, ==, now);
    g_assert_cmpint(take_at(set, w.birth, now - day, NULL), ==, N2_OK); /* the least counts */
    g_assert_cmpint(take_at(set, w.birth, 0, NULL), ==, N2_OK);
    g_assert_cmpint(n2_identity_set_at(set, 0).held_us, ==, now - day);
    n2_identity_set_free(set);
    n2_identity_set_free(full);
    world_clear(&w);
}

/* A control statement of its own making: each field may be wrong. */
typedef struct {
    const char *name;
    gint64 number;
    guint8 before_flip;
    guint32 rights[3]; /* of control[0], control[1], device[0]; 0 = not listed */
    gint64 days;
    guint by; /* control[by]; 9: the thief */
    n2_err want;
} control_row;

enum {
    C = N2_RIGHT_CONTROL,
    D = N2_RIGHT_DEVICE,
    S = N2_RIGHT_SESSION
};

static const control_row controls[] = {
    {"good", 1, 0, {C, 0, 0}, 300, 0, N2_OK},
    {"good-by-other", 1, 0, {0, C, D}, 300, 1, N2_OK},
    {"control-and-session", 1, 0, {C | S, 0, 0}, 4000, 0, N2_OK},
    {"control-and-device", 1, 0, {C | D, 0, 0}, 400, 0, N2_OK},
    {"device-too-long", 1, 0, {C, 0, D}, 401, 0, N2_ERR_FORMAT},
    {"nobody", 1, 0, {0, 0, 0}, 300, 0, N2_ERR_FORMAT},
    {"no-control", 1, 0, {0, 0, D}, 300, 0, N2_ERR_FORMAT},
    {"unknown-right", 1, 0, {C | 64, 0, 0}, 300, 0, N2_ERR_FORMAT},
    {"open-that-signs", 1, 0, {C, N2_RIGHT_OPEN, 0}, 300, 0, N2_ERR_FORMAT},
    {"backwards", 1, 0, {C, 0, 0}, -2, 0, N2_ERR_FORMAT},
    {"number-0", 0, 0, {C, 0, 0}, 300, 0, N2_ERR_FORMAT},
    {"number-2", 2, 0, {C, 0, 0}, 300, 0, N2_ERR_FORGED},
    {"number-below", -1, 0, {C, 0, 0}, 300, 0, N2_ERR_FORMAT},
    {"number-large", G_MAXINT64, 0, {C, 0, 0}, 300, 0, N2_ERR_FORMAT},
    {"thief", 1, 0, {C, 0, 0}, 300, 9, N2_ERR_FORGED},
    {"new-control-only", 1, 0, {C, C, D}, 300, 2, N2_ERR_FORGED},
};

static void
put_key(n2_box_writer *w, const n2_signing_key *k, guint32 rights, gint64 days)
{
    guint8 bytes[512];
    n2_box_writer b = n2_box_begin(bytes, sizeof bytes, N2_KIND_KEY);
    n2_box box;

    if (!rights)
        return;
    n2_box_put_key(&b, 1, &k->key);
    n2_box_put_int(&b, 2, rights);
    n2_box_put_text(&b, 3, "");
    n2_box_put_time(&b, 4, now);
    n2_box_put_time(&b, 5, now + days * day);
    g_assert_cmpint(n2_box_end(&b, &box, NULL), ==, N2_OK);
    n2_box_put_box(w, 64, &box);
}

static void
test_control(gconstpointer data)
{
    const control_row *row = data;
    guint8 buf[2048];
    n2_box_writer b = n2_box_begin(buf, sizeof buf, N2_KIND_CONTROL);
    n2_box body;
    world w;

    world_init(&w, 2);
    n2_identity_set *set = set_of(&w);
    n2_box_put_id(&b, 1, &w.id);
    n2_box_put_int(&b, 2, row->number);
    n2_box_put_bytes(&b, 3, w.id.hash, sizeof w.id.hash);
    n2_box_put_time(&b, 4, now);
    put_key(&b, &w.control[0], row->rights[0], row->days);
    put_key(&b, &w.control[1], row->rights[1], row->days);
    put_key(&b, &w.device[0], row->rights[2], row->days);
    g_assert_cmpint(n2_box_end(&b, &body, NULL), ==, N2_OK);
    g_autoptr(GBytes) s = say(&body, BY(row->by == 9 ? &w.thief : &w.control[row->by]));
    g_assert_cmpstr(n2_err_name(take(set, s)), ==, n2_err_name(row->want));
    n2_identity who = look(set);
    g_assert_cmpuint(who.number, ==, row->want ? 0 : 1);
    g_assert_cmpint(who.state, ==, N2_IDENTITY_LIVE);
    if (!row->want) { /* it takes over what stands */
        g_assert_cmpint(has(&who, &w.control[0], C), ==, (row->rights[0] & C) != 0);
        g_assert_cmpint(has(&who, &w.control[1], C), ==, (row->rights[1] & C) != 0);
        g_assert_cmpint(has(&who, &w.device[0], D), ==, (row->rights[2] & D) != 0);
        g_assert_cmpint(who.made_us, ==, w.born.made_us);
        g_assert_cmpmem(who.sheet, 32, w.born.sheet, 32);
    }
    n2_identity_set_free(set);
    world_clear(&w);
}

static void
test_control_maker(void)
{
    n2_listed listed[9], twice[2];
    guint8 buf[4096];
    n2_box body;
    world w;

    world_init(&w, 1);
    for (guint8 i = 0; i < 9; i++) {
        n2_signing_key k = key((guint8)(100 + i));
        listed[i] = (n2_listed){grant_of(&k, C), "x"};
    }
    twice[0] = twice[1] = listed[0];
#define MAKE(keys, n) n2_control_body(buf, sizeof buf, &w.born, now, keys, n, &body)
    g_assert_cmpint(MAKE(listed, 8), ==, N2_OK);
    g_assert_cmpint(MAKE(listed, 9), ==, N2_ERR_LIMIT);
    g_assert_cmpint(MAKE(listed, 0), ==, N2_ERR_FORMAT);
    g_assert_cmpint(MAKE(twice, 2), ==, N2_ERR_FORMAT);
    listed[0].grant.rights = 0;
    g_assert_cmpint(MAKE(listed, 2), ==, N2_ERR_FORMAT);
    listed[0].grant.rights = C;
    listed[0].label =
        "a label of more than sixty-four bytes is longer than anybody wants to read";
    g_assert_cmpint(MAKE(listed, 1), ==, N2_ERR_LIMIT);
    listed[0].label = "x";
    g_assert_cmpint(n2_control_body(buf, 64, &w.born, now, listed, 1, &body), ==,
                    N2_ERR_NOSPACE);
    w.born.number = G_MAXUINT32;
    g_assert_cmpint(MAKE(listed, 1), ==, N2_ERR_LIMIT);
#undef MAKE
    world_clear(&w);
}

static void
test_remove(void)
{
    guint8 buf[1024];
    n2_box body;
    world w;

    world_init(&w, 2);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    g_autoptr(GBytes) more = add_by(&w.born, &w.device[1], "", BY(&w.control[0], &w.device[1]));
    g_autoptr(GBytes) again =
        add_by(&w.born, &w.device[0], "again", BY(&w.control[1], &w.device[0]));
    assert_took(set, add);
    assert_took(set, more);
    n2_identity who = look(set);
    /* by nobody who may: another device, a thief */
    g_autoptr(GBytes) by_device = remove_by(&who, &w.device[0].key, 0, BY(&w.device[1]));
    g_autoptr(GBytes) by_thief = remove_by(&who, &w.device[0].key, 0, BY(&w.thief));
    assert_refused(set, by_device, N2_ERR_FORGED);
    assert_refused(set, by_thief, N2_ERR_FORGED);
    /* a device by itself; what comes later under this control does not bring it back */
    g_autoptr(GBytes) by_itself = remove_by(&who, &w.device[0].key, 4, BY(&w.device[0]));
    assert_took(set, by_itself);
    who = look(set);
    g_assert_false(has(&who, &w.device[0], N2_RIGHTS_ALL));
    g_assert_true(has(&who, &w.device[1], D));
    assert_took(set, again);
    who = look(set);
    g_assert_false(has(&who, &w.device[0], N2_RIGHTS_ALL));
    /* the next control statement may */
    g_autoptr(GBytes) next = control_by(&who, now, BY(&w.control[0]),
                                        BY(&w.device[0], &w.device[2]), BY(&w.control[0]));
    assert_took(set, next);
    who = look(set);
    g_assert_true(has(&who, &w.device[0], D));
    g_assert_false(has(&who, &w.device[1], N2_RIGHTS_ALL)); /* adds under an older one fall */
    /* what a control statement lists can be removed, but for its control keys */
    g_autoptr(GBytes) listed = remove_by(&who, &w.device[2].key, 1, BY(&w.control[0]));
    assert_took(set, listed);
    who = look(set);
    g_assert_false(has(&who, &w.device[2], N2_RIGHTS_ALL));
    g_assert_cmpint(n2_remove_body(buf, sizeof buf, &who, &w.control[0].key, 0, &body), ==,
                    N2_ERR_FORMAT);
    n2_identity blind = who;
    blind.n_keys = 0; /* a maker that does not look */
    g_autoptr(GBytes) control = remove_by(&blind, &w.control[0].key, 0, BY(&w.control[0]));
    assert_took(set, control);
    who = look(set);
    g_assert_true(has(&who, &w.control[0], C));
    n2_identity_set_free(set);
    world_clear(&w);
}

/* Its time, its signer and what it speaks of decide what a word of freshness confirms. */
static void
test_fresh(void)
{
    world w;

    world_init(&w, 2);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    g_autoptr(GBytes) more = add_by(&w.born, &w.device[1], "", BY(&w.control[0], &w.device[1]));
    assert_took(set, add);
    n2_identity who = look(set);
    g_assert_cmpint(who.fresh_us, ==, 0);
    g_autoptr(GBytes) first = fresh_by(set, &who, now - 2 * day, BY(&w.device[0]));
    g_autoptr(GBytes) both =
        fresh_by(set, &who, now - 1, BY(&w.device[0], &w.control[0])); /* one word by one */
    const gint64 soon = now + (gint64)N2_CLOCK_SKEW_US / 2;
    g_autoptr(GBytes) ahead = fresh_by(set, &who, soon, BY(&w.control[1]));
    g_autoptr(GBytes) far = fresh_by(set, &who, now + day, BY(&w.control[1]));
    assert_took(set, far); /* but does not keep it: it would hide what is said until then */
    g_assert_cmpint(look_at(set, 0).fresh_us, ==, 0);
    assert_took(set, first);
    assert_refused(set, both, N2_ERR_FORGED);
    assert_took(set, ahead);
    who = look(set);
    g_assert_cmpint(who.fresh_us, ==, now - 2 * day); /* not what is ahead of the clock */
    g_assert_cmpint(look_at(set, now + 2 * day).fresh_us, ==, soon);
    g_assert_cmpint(look_at(set, 0).fresh_us, ==, soon); /* who knows no time takes it */
    assert_took(set, more);                              /* now it speaks of others */
    who = look(set);
    g_assert_cmpint(who.fresh_us, ==, 0);
    g_assert_cmpint(who.other_us, ==, now - 2 * day);
    g_autoptr(GBytes) second = fresh_by(set, &who, now - day, BY(&w.control[0]));
    assert_took(set, second);
    who = look(set);
    g_assert_cmpint(who.fresh_us, ==, now - day);
    g_assert_cmpint(who.other_us, ==, now - 2 * day);
    /* one that was removed confirms nothing, nor does one that has no right to */
    g_autoptr(GBytes) gone = remove_by(&who, &w.device[1].key, 0, BY(&w.control[0]));
    assert_took(set, gone);
    who = look(set);
    g_autoptr(GBytes) late = fresh_by(set, &who, now, BY(&w.device[1]));
    g_autoptr(GBytes) strange = fresh_by(set, &who, now, BY(&w.thief));
    assert_took(set, late);
    assert_took(set, strange); /* waits: it may be added yet */
    who = look(set);
    g_assert_cmpint(who.fresh_us, ==, 0);
    /* the extreme times of a foreign clock */
    g_autoptr(GBytes) last = fresh_by(set, &who, G_MAXINT64, BY(&w.device[0]));
    g_autoptr(GBytes) least = fresh_by(set, &who, G_MININT64, BY(&w.control[0]));
    assert_took(set, last);
    assert_took(set, least);
    g_assert_cmpint(look_at(set, 0).fresh_us, ==, 0);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* ---- what is too much ---- */

static void
test_sizes(void)
{
    static const struct {
        guint8 kind;
        gsize most;
    } rows[] = {{N2_KIND_BIRTH, N2_IDENTITY_BIRTH_BYTES_MAX},
                {N2_KIND_CONTROL, N2_IDENTITY_CONTROL_BYTES_MAX},
                {N2_KIND_ADD, N2_IDENTITY_ADD_BYTES_MAX},
                {N2_KIND_REMOVE, N2_IDENTITY_REMOVE_BYTES_MAX},
                {N2_KIND_END, N2_IDENTITY_END_BYTES_MAX},
                {N2_KIND_FRESH, N2_IDENTITY_FRESH_BYTES_MAX},
                {N2_KIND_VOUCH, 0}};
    g_autofree guint8 *bytes = g_malloc0(1 << 20);
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const guint8 head[] = {'n', '2', 1, 1, 0, 0, 0, 9, 1, 8, 0, 9, 'n', '2', rows[i].kind};
        memcpy(bytes, head, sizeof head);
        g_assert_cmpint(n2_statement_kind(bytes, sizeof head), ==, rows[i].kind);
        if (rows[i].most) {
            g_assert_cmpint(n2_identity_take(set, bytes, rows[i].most + 1, 0, NULL, NULL), ==,
                            N2_ERR_LIMIT);
            g_assert_cmpint(n2_identity_take(set, bytes, rows[i].most, 0, NULL, NULL), ==,
                            N2_ERR_TRAILING);
        }
        g_assert_cmpint(n2_identity_take(set, bytes, 1 << 20, 0, NULL, NULL), ==, N2_ERR_LIMIT);
        for (gsize len = 0; len < sizeof head; len++)
            g_assert_cmpint(n2_statement_kind(bytes, len), ==, 0);
    }
    n2_identity_set_free(set);
    world_clear(&w);
}

/* Kinds that say nothing about keys are somebody else's. */
static void
test_kinds(void)
{
    guint8 buf[1024];
    n2_box body;
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    g_assert_cmpint(
        n2_vouch_body(buf, sizeof buf, &w.id, &w.id, 1, "met", now, now + day, &body), ==,
        N2_OK);
    g_autoptr(GBytes) vouch = say(&body, BY(&w.control[0]));
    assert_refused(set, vouch, N2_ERR_UNSUPPORTED);
    g_assert_cmpint(n2_vouch_body(buf, sizeof buf, &w.id, &w.id, 1, "met", now, now, &body), ==,
                    N2_ERR_FORMAT);
    g_assert_cmpint(
        n2_vouch_body(buf, sizeof buf, &w.id, &w.id, 1, "met", now, now + 733 * day, &body), ==,
        N2_ERR_FORMAT);
    g_assert_cmpint(
        n2_vouch_body(buf, sizeof buf, &w.id, &w.id, 1, "\xff", now, now + day, &body), ==,
        N2_ERR_FORMAT);
    g_assert_cmpint(n2_identity_take(set, buf, 0, 0, NULL, NULL), ==, N2_ERR_TRUNCATED);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* So many keys may be named under one control statement: then another is due. */
static void
test_named(void)
{
    n2_err err = N2_OK;
    guint n = 0;
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    for (; !err; n++) {
        guint8 seed[N2_SEED_BYTES_MAX] = {(guint8)n, (guint8)(n >> 8), 3};
        n2_signing_key k;
        g_assert_cmpint(n2_signing_key_init(&k, N2_KEY_ED25519, seed), ==, N2_OK);
        g_autoptr(GBytes) add = add_by(&w.born, &k, "", BY(&w.control[0], &k));
        err = take(set, add);
        n2_identity who = look(set);
        g_assert_cmpuint(who.n_keys, ==, MIN(N2_IDENTITY_KEYS_MAX, 1 + n + !err));
        if (err)
            break;
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(n, ==, N2_IDENTITY_NAMED_MAX - 1); /* and the control key */
    /* each of them can be removed, and what is over the 64 moves up */
    n2_identity who = look(set);
    for (guint i = 0; i < n; i++) {
        guint8 seed[N2_SEED_BYTES_MAX] = {(guint8)i, (guint8)(i >> 8), 3};
        n2_signing_key k;
        g_assert_cmpint(n2_signing_key_init(&k, N2_KEY_ED25519, seed), ==, N2_OK);
        g_autoptr(GBytes) gone = remove_by(&who, &k.key, 0, BY(&w.control[0]));
        assert_took(set, gone);
        n2_identity left = look(set);
        g_assert_cmpuint(left.n_keys, ==, MIN(N2_IDENTITY_KEYS_MAX, n - i));
        g_assert_false(has(&left, &k, D));
    }
    /* then a control statement, and all begins anew: what fell makes room */
    g_autoptr(GBytes) next = control_by(&who, now, BY(&w.control[0]), NULL, BY(&w.control[0]));
    assert_took(set, next);
    who = look(set);
    for (guint i = 0; i < 100; i++) {
        guint8 seed[N2_SEED_BYTES_MAX] = {(guint8)i, 0, 4};
        n2_signing_key k;
        g_assert_cmpint(n2_signing_key_init(&k, N2_KEY_ED25519, seed), ==, N2_OK);
        g_autoptr(GBytes) add = add_by(&who, &k, "", BY(&w.control[0], &k));
        assert_took(set, add);
    }
    n2_identity_set_free(set);
    world_clear(&w);
}

/* What strangers say waits, in a share of its own, and takes nothing from the rest. */
static void
test_waiting(void)
{
    n2_err err = N2_OK;
    guint n = 0;
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    for (; !err && n < 1000; n++) {
        guint8 seed[N2_SEED_BYTES_MAX] = {(guint8)n, (guint8)(n >> 8), 3};
        n2_signing_key k;
        g_assert_cmpint(n2_signing_key_init(&k, N2_KEY_ED25519, seed), ==, N2_OK);
        g_autoptr(GBytes) junk = remove_by(&w.born, &k.key, 0, BY(&k));
        err = take(set, junk);
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(n, <, N2_IDENTITY_WAITING_BYTES_MAX / 200);
    g_assert_cmpuint(n2_identity_set_count(set), ==, 1);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    g_autoptr(GBytes) gone = remove_by(&w.born, &w.device[1].key, 0, BY(&w.control[0]));
    g_autoptr(GBytes) next =
        control_by(&w.born, now, BY(&w.control[0]), NULL, BY(&w.control[0]));
    assert_took(set, add);
    assert_took(set, gone);
    assert_took(set, next);
    g_assert_cmpuint(n2_identity_set_count(set), ==, 4);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* Somebody with a control key removes keys that nobody named: they make room for real ones. */
static void
test_idle(void)
{
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    g_autoptr(GBytes) gone = remove_by(&w.born, &w.device[0].key, 0, BY(&w.control[0]));
    assert_took(set, add);
    for (guint i = 0; i < 400; i++) {
        n2_key k = {.method = N2_KEY_X25519, .bytes = {(guint8)i, (guint8)(i >> 8)}};
        g_autoptr(GBytes) idle = remove_by(&w.born, &k, 0, BY(&w.control[0]));
        assert_took(set, idle);
    }
    g_assert_cmpuint(n2_identity_set_count(set), <, N2_IDENTITY_REMOVES_BYTES_MAX / 200);
    assert_took(set, gone);
    n2_identity who = look(set);
    g_assert_false(has(&who, &w.device[0], N2_RIGHTS_ALL));
    n2_identity_set_free(set);
    world_clear(&w);
}

/* 100,000 signatures, in one statement or many, are refused by their size.
 */
static void
test_many_signatures(void)
{
    enum {
        MANY = 100000
    };
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) gone = remove_by(&w.born, &w.device[0].key, 0, BY(&w.control[0]));
    g_autoptr(GByteArray) all = g_byte_array_new();
    gsize len, n;
    const guint8 *one = g_bytes_get_data(gone, &len);
    for (guint i = 0; i < MANY; i++)
        g_byte_array_append(all, one, (guint)len);
    g_assert_cmpint(n2_container_check(all->data, all->len, &n), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_identity_take_all(set, all->data, all->len, now, NULL), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpint(n2_identity_take(set, all->data, all->len, now, NULL, NULL), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpuint(n2_identity_set_count(set), ==, 1);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* ---- the share of each kind ---- */

static gsize
bytes_of(const n2_identity_set *set, guint8 kind)
{
    gsize sum = 0;

    for (gsize i = 0; i < n2_identity_set_count(set); i++)
        if (n2_identity_set_at(set, i).kind == kind)
            sum += n2_identity_set_at(set, i).len;
    return sum;
}

static n2_signing_key
key_of(guint i)
{
    guint8 seed[N2_SEED_BYTES_MAX] = {(guint8)i, (guint8)(i >> 8), 8};
    n2_signing_key k;

    g_assert_cmpint(n2_signing_key_init(&k, N2_KEY_ED25519, seed), ==, N2_OK);
    return k;
}

static void
test_shares(void)
{
    n2_err err = N2_OK;
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    n2_identity who = look(set);
    for (guint i = 0; i < 1000 && !err; i++) { /* one key, again and again */
        g_autofree char *label = g_strdup_printf("%u", i);
        g_autoptr(GBytes) add =
            add_by(&who, &w.device[0], label, BY(&w.control[0], &w.device[0]));
        err = take(set, add);
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(bytes_of(set, N2_KIND_ADD), <=, N2_IDENTITY_ADDS_BYTES_MAX);
    g_assert_cmpuint(bytes_of(set, N2_KIND_ADD), >, N2_IDENTITY_ADDS_BYTES_MAX - 512);
    for (err = N2_OK; !err; who = look(set)) { /* one ceremony after the other */
        g_autoptr(GBytes) next =
            control_by(&who, now, BY(&w.control[0]), NULL, BY(&w.control[0]));
        err = take(set, next);
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(bytes_of(set, N2_KIND_CONTROL), <=, N2_IDENTITY_CONTROLS_BYTES_MAX);
    g_assert_cmpuint(bytes_of(set, N2_KIND_CONTROL), >, N2_IDENTITY_CONTROLS_BYTES_MAX - 512);
    for (guint i = 0; i < 100; i++) { /* what fell makes room */
        n2_signing_key k = key_of(i);
        g_autoptr(GBytes) add = add_by(&who, &k, "", BY(&w.control[0], &k));
        assert_took(set, add);
    }
    err = N2_OK;
    for (guint i = 0; i < 100 && !err; i++) {
        n2_signing_key k = key_of(i);
        g_autoptr(GBytes) fresh = fresh_by(set, &who, now, BY(&k));
        err = take(set, fresh);
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(bytes_of(set, N2_KIND_FRESH), <=, N2_IDENTITY_FRESHS_BYTES_MAX);
    g_autoptr(GBytes) end = end_by(&w, NULL, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    assert_took(set, end); /* whatever else is full */
    g_assert_cmpuint(bytes_of(set, N2_KIND_END), <=, N2_IDENTITY_ENDS_BYTES_MAX);
    g_assert_cmpint(look(set).state, ==, N2_IDENTITY_ENDED);
    n2_identity_set_free(set);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/identity/set/empty", test_empty);
    g_test_add_func("/crypto/identity/set/taken", test_taken);
    for (gsize i = 0; i < G_N_ELEMENTS(controls); i++) {
        g_autofree char *path =
            g_strconcat("/crypto/identity/set/control/", controls[i].name, NULL);
        g_test_add_data_func(path, &controls[i], test_control);
    }
    g_test_add_func("/crypto/identity/set/control-maker", test_control_maker);
    g_test_add_func("/crypto/identity/set/remove", test_remove);
    g_test_add_func("/crypto/identity/set/fresh", test_fresh);
    g_test_add_func("/crypto/identity/set/sizes", test_sizes);
    g_test_add_func("/crypto/identity/set/kinds", test_kinds);
    g_test_add_func("/crypto/identity/set/named", test_named);
    g_test_add_func("/crypto/identity/set/waiting", test_waiting);
    g_test_add_func("/crypto/identity/set/idle", test_idle);
    g_test_add_func("/crypto/identity/set/shares", test_shares);
    g_test_add_func("/crypto/identity/set/many-signatures", test_many_signatures);
    return g_test_run();
}
