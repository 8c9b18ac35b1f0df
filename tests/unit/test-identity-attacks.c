/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-identity-attacks.c - attacks 31 to 35 against the statements that make an identity: by a
 *                           thief of keys, of devices, of all keys, of the sheet, and by who
 *                           holds something back.
 */
#include "identity-world.h"

/* ---- 31: one signature, another meaning ---- */

static void
test_another_kind(void)
{
    guint8 bodies[4][1024];
    n2_box box[4];
    guint8 hash[N2_HASH_BYTES] = {0}, buf[4096];
    n2_grant grant;
    n2_box made;
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    n2_listed listed = {grant_of(&w.control[0], N2_RIGHT_CONTROL), ""};
    grant = grant_of(&w.device[0], N2_RIGHT_DEVICE);
    g_assert_cmpint(n2_control_body(bodies[0], 1024, &w.born, now, &listed, 1, &box[0]), ==, 0);
    g_assert_cmpint(n2_add_body(bodies[1], 1024, &w.born, &grant, "", &box[1]), ==, N2_OK);
    g_assert_cmpint(n2_remove_body(bodies[2], 1024, &w.born, &w.device[0].key, 0, &box[2]), ==,
                    N2_OK);
    g_assert_cmpint(n2_fresh_body(bodies[3], 1024, &w.born, hash, now, &box[3]), ==, N2_OK);
    /* the signatures of one around the body of another */
    for (guint i = 0; i < 4; i++)
        for (guint j = 0; j < 4; j++) {
            n2_signature s[2] = {sign(&w.control[0], &box[j]), sign(&w.device[0], &box[j])};
            g_assert_cmpint(
                n2_statement_make(buf, sizeof buf, &box[i], s, i == 3 ? 1 : 2, &made), ==, 0);
            g_assert_cmpstr(
                n2_err_name(n2_identity_take(set, made.bytes, made.len, 0, NULL, NULL)), ==,
                i == j ? "N2_OK" : "N2_ERR_FORGED");
        }
    /* a body of one kind that calls itself another: its fields are another's */
    for (guint i = 0; i < 4; i++)
        for (guint8 kind = 2; kind < 12; kind++) {
            guint8 changed[1024];
            n2_box other = box[i];
            if (kind == box[i].kind)
                continue;
            memcpy(changed, box[i].bytes, box[i].len);
            changed[2] = kind;
            other.bytes = changed;
            other.kind = kind;
            n2_signature s[2] = {sign(&w.control[0], &other), sign(&w.device[0], &other)};
            g_assert_cmpint(n2_statement_make(buf, sizeof buf, &other, s, 2, &made), !=, 0);
        }
    n2_identity_set_free(set);
    world_clear(&w);
}

/* ---- 32: a second birth ---- */

static void
test_second_birth(void)
{
    world w;

    world_init(&w, 2);
    n2_identity_set *set = set_of(&w), *late;
    g_autoptr(GBytes) other = birth_by(&w, 2, 2); /* by all keys, and the same sheet */
    g_autoptr(GBytes) fewer = birth_by(&w, 1, 1);
    assert_refused(set, other, N2_ERR_FORGED);
    assert_refused(set, fewer, N2_ERR_FORGED);
    /* first there makes it no truer */
    g_assert_cmpint(n2_identity_set_new(&late, &w.id, NULL), ==, N2_OK);
    assert_refused(late, other, N2_ERR_FORGED);
    assert_took(late, w.birth);
    n2_identity who = look(late);
    g_assert_true(is_alike(&who, &w.born));
    n2_identity_set_free(set);
    n2_identity_set_free(late);
    world_clear(&w);
}

/* ---- 33: the sheet ---- */

static void
test_end_by_others(void)
{
    world w;

    world_init(&w, 4);
    n2_identity_set *set = set_of(&w);
    const n2_signing_key *both[] = {&w.sheet_25519, &w.sheet_448};
    const struct {
        const n2_signing_key *const *by;
        n2_err want;
    } rows[] = {{BY(&w.control[0]), N2_ERR_FORGED},
                {BY(&w.control[0], &w.control[1], &w.control[2], &w.control[3]), N2_ERR_FORGED},
                {BY(both[0]), N2_ERR_FORGED},
                {BY(both[1]), N2_ERR_FORGED},
                {BY(both[0], &w.control[0]), N2_ERR_FORGED},
                {BY(both[0], both[1], &w.control[0]), N2_ERR_FORGED}, /* and nobody else */
                {BY(both[0], both[1]), N2_OK}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) end = end_by(&w, NULL, now, NULL, 0, rows[i].by);
        g_assert_cmpint(look(set).state, ==, N2_IDENTITY_LIVE);
        g_assert_cmpstr(n2_err_name(take(set, end)), ==, n2_err_name(rows[i].want));
    }
    n2_identity who = look(set);
    g_assert_cmpint(who.state, ==, N2_IDENTITY_ENDED);
    g_assert_false(n2_id_is_set(&who.successor));
    g_assert_false(who.is_contested);
    g_assert_cmpint(who.ended_us, ==, now);
    g_assert_cmpint(n2_identity_stands(&who), ==, N2_ERR_ENDED);
    n2_identity_set_free(set);

    /* two keys of the thief's own, that say they were the sheet's */
    set = set_of(&w);
    const guint8 seed[N2_SHEET_SEED_BYTES] = {9};
    world thief = w;
    g_assert_cmpint(n2_sheet_keys(seed, &thief.sheet_25519, &thief.sheet_448), ==, N2_OK);
    g_autoptr(GBytes) false_end =
        end_by(&thief, NULL, now, NULL, 0, BY(&thief.sheet_25519, &thief.sheet_448));
    assert_refused(set, false_end, N2_ERR_FORGED);
    n2_identity_set_free(set);
    /* before the birth is there, it waits, and then it is nothing */
    g_assert_cmpint(n2_identity_set_new(&set, &w.id, NULL), ==, N2_OK);
    assert_took(set, false_end);
    assert_took(set, w.birth);
    g_assert_cmpint(look(set).state, ==, N2_IDENTITY_LIVE);
    g_assert_cmpuint(n2_identity_set_count(set), ==, 1);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* The sheet's keys make an end, and nothing else. */
static void
test_sheet_signs_else(void)
{
    guint8 buf[1024];
    n2_statement checked;
    n2_box body;
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    const n2_signing_key *const *both = BY(&w.sheet_25519, &w.sheet_448);
    g_autoptr(GBytes) add =
        add_by(&w.born, &w.device[0], "", BY(&w.sheet_25519, &w.sheet_448, &w.device[0]));
    g_autoptr(GBytes) real = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    assert_refused(set, add, N2_ERR_FORGED);
    assert_took(set, real);
    g_autoptr(GBytes) remove = remove_by(&w.born, &w.device[0].key, 0, both);
    g_autoptr(GBytes) control = control_by(&w.born, now, BY(&w.thief), NULL, both);
    g_autoptr(GBytes) fresh = fresh_by(set, &w.born, now, BY(&w.sheet_25519));
    assert_refused(set, remove, N2_ERR_FORGED);
    assert_refused(set, control, N2_ERR_FORGED);
    assert_took(set, fresh); /* waits for ever */
    n2_identity who = look(set);
    g_assert_cmpint(who.fresh_us, ==, 0);
    g_assert_true(has(&who, &w.device[0], N2_RIGHT_DEVICE));
    g_assert_cmpint(n2_vouch_body(buf, sizeof buf, &w.id, &w.id, 1, "", now, now + day, &body),
                    ==, N2_OK);
    g_autoptr(GBytes) vouch = say(&body, both);
    gsize len;
    const guint8 *bytes = g_bytes_get_data(vouch, &len);
    g_assert_cmpint(n2_identity_check(&who, &checked, bytes, len, N2_KIND_VOUCH, now, NULL), ==,
                    N2_ERR_FORGED);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* Two ends: with one successor they are one; with two, nobody is followed. */
static void
test_two_successors(void)
{
    const n2_id one = {.method = 1, .hash = {1}}, two = {.method = 1, .hash = {2}},
                three = {.method = 1, .hash = {3}};
    const n2_id *const ids[] = {NULL, &one, &two, &three};
    n2_distrusted lost = {.key = {.method = N2_KEY_ED25519, .bytes = {7}}, .since_us = now};
    gint64 since;
    n2_box body;
    guint8 buf[1024];
    world w;

    world_init(&w, 1);
    const n2_signing_key *const *both = BY(&w.sheet_25519, &w.sheet_448);
    for (guint a = 0; a < 4; a++)
        for (guint b = 0; b < 4; b++)
            for (guint c = 0; c < 4; c++) {
                n2_identity_set *set = set_of(&w);
                g_autoptr(GBytes) first = end_by(&w, ids[a], now, &lost, 1, both);
                g_autoptr(GBytes) second = end_by(&w, ids[b], now - 5, NULL, 0, both);
                g_autoptr(GBytes) third = end_by(&w, ids[c], now + 9, NULL, 0, both);
                assert_took(set, first);
                assert_took(set, second);
                assert_took(set, third);
                n2_identity who = look(set);
                bool is_one = a == b && b == c;
                g_assert_cmpint(who.state, ==, N2_IDENTITY_ENDED);
                g_assert_cmpint(who.is_contested, ==, !is_one);
                g_assert_cmpint(n2_id_is_set(&who.successor), ==, is_one && a);
                if (is_one && a)
                    g_assert_true(n2_id_equal(&who.successor, ids[a]));
                g_assert_cmpint(who.ended_us, ==, now - 5);
                g_assert_true(n2_identity_distrusts(set, &lost.key, NULL));
                n2_identity_set_free(set);
            }
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) end = end_by(&w, &one, now, &lost, 1, both);
    assert_took(set, end);
    g_assert_true(n2_identity_distrusts(set, &lost.key, &since));
    g_assert_cmpint(since, ==, now);
    g_assert_false(n2_identity_distrusts(set, &w.thief.key, NULL));
    n2_identity_set_free(set);
    g_assert_cmpint(n2_end_body(buf, sizeof buf, &w.id, &w.id, now, &w.sheet_25519.key,
                                &w.sheet_448.key, NULL, 0, &body),
                    ==, N2_ERR_FORMAT); /* its own successor */
    g_assert_cmpint(n2_end_body(buf, sizeof buf, &w.id, NULL, now, &w.sheet_448.key,
                                &w.sheet_25519.key, NULL, 0, &body),
                    ==, N2_ERR_FORMAT);
    world_clear(&w);
}

/* More ends than there is room for: what they say of the successor stays, in any order. */
static void
test_many_ends(void)
{
    static n2_distrusted lost[60];
    world w;

    world_init(&w, 1);
    for (guint8 i = 0; i < 60; i++)
        lost[i] = (n2_distrusted){{.method = N2_KEY_ED25519, .bytes = {i}}, now};
    for (guint run = 0; run < 8; run++) {
        n2_identity_set *set = set_of(&w);
        for (guint8 k = 0; k < 8; k++) { /* one of them, at another place each time, differs */
            const n2_id who = {.method = 1, .hash = {1}}, other = {.method = 1, .hash = {2}};
            lost[0].key.bytes[1] = k;
            g_autoptr(GBytes) end = end_by(&w, k == run ? &other : &who, now + k, lost, 60,
                                           BY(&w.sheet_25519, &w.sheet_448));
            assert_took(set, end);
        }
        n2_identity who = look(set);
        g_assert_true(who.is_contested);
        g_assert_cmpuint(n2_identity_set_count(set), <, 9); /* not all are there */
        g_assert_cmpuint(n2_identity_set_count(set), >, 2);
        n2_identity_set_free(set);
    }
    world_clear(&w);
}

/* An end is final: nothing new of the identity is believed, whoever signs. */
static void
test_end_is_final(void)
{
    guint8 stmt[N2_STATEMENT_BYTES_SMALL];
    n2_statement checked;
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    g_autoptr(GBytes) end = end_by(&w, NULL, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    g_autoptr(GBytes) next =
        control_by(&w.born, now, BY(&w.control[1]), BY(&w.device[0]), BY(&w.control[0]));
    n2_node_key k = {
        .suites = 1, .serial = 7, .until_s = (guint32)((now + 7 * day) / SECOND), .key = {42}};
    n2_box box;

    assert_took(set, add);
    g_assert_cmpint(n2_node_key_sign(&k, &w.id, &w.device[0]), ==, N2_OK);
    g_assert_cmpint(n2_node_key_statement(stmt, sizeof stmt, &k, &w.id, &w.device[0].key, &box),
                    ==, N2_OK);
    n2_identity who = look(set);
    g_assert_cmpint(
        n2_identity_check(&who, &checked, stmt, box.len, N2_KIND_NODE_KEY, now, NULL), ==,
        N2_OK);
    assert_took(set, end);
    assert_took(set, next);
    who = look(set);
    g_assert_cmpint(who.state, ==, N2_IDENTITY_ENDED);
    g_assert_cmpint(
        n2_identity_check(&who, &checked, stmt, box.len, N2_KIND_NODE_KEY, now, NULL), ==,
        N2_ERR_ENDED);
    g_assert_cmpuint(checked.n_keys, ==, 0);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* ---- 34: the chain of control ---- */

typedef struct {
    const char *name;
    gint64 first_days, second_days; /* held since, before now; -1: unknown */
    n2_identity_state state;
    guint follows; /* 1, 2: whose keys are in force; 0: those before */
} fork_row;

static const fork_row forks[] = {
    {"same-day", 0, 0, N2_IDENTITY_FROZEN, 0},
    {"a-day-apart", 1, 0, N2_IDENTITY_FROZEN, 0},
    {"29-days-apart", 29, 0, N2_IDENTITY_FROZEN, 0},
    {"30-days-apart", 30, 0, N2_IDENTITY_LIVE, 1},
    {"a-year-apart", 400, 3, N2_IDENTITY_LIVE, 1},
    {"the-other-first", 2, 50, N2_IDENTITY_LIVE, 2},
    {"both-long-ago", 400, 390, N2_IDENTITY_FROZEN, 0},
    {"first-unknown", -1, 0, N2_IDENTITY_FROZEN, 0},
    {"second-unknown", 400, -1, N2_IDENTITY_FROZEN, 0},
    {"both-unknown", -1, -1, N2_IDENTITY_FROZEN, 0},
    {"clock-was-ahead", 3, -4000, N2_IDENTITY_FROZEN, 0},
};

static gint64
held_at(gint64 days)
{
    return days == -1 ? 0 : now - days * day;
}

static void
test_fork(gconstpointer data)
{
    const fork_row *row = data;
    world w;

    world_init(&w, 1);
    for (guint order = 0; order < 2; order++) {
        n2_identity_set *set = set_of(&w);
        g_autoptr(GBytes) add =
            add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
        g_autoptr(GBytes) one =
            control_by(&w.born, now, BY(&w.control[1]), BY(&w.device[1]), BY(&w.control[0]));
        g_autoptr(GBytes) two =
            control_by(&w.born, now, BY(&w.thief), BY(&w.device[2]), BY(&w.control[0]));
        assert_took(set, add);
        g_assert_cmpint(take_at(set, order ? one : two,
                                held_at(order ? row->first_days : row->second_days), NULL),
                        ==, N2_OK);
        g_assert_cmpint(look(set).state, ==, N2_IDENTITY_LIVE);
        g_assert_cmpint(take_at(set, order ? two : one,
                                held_at(order ? row->second_days : row->first_days), NULL),
                        ==, N2_OK);
        n2_identity who = look(set);
        g_assert_cmpint(who.state, ==, row->state);
        g_assert_cmpuint(who.number, ==, row->follows ? 1 : 0);
        g_assert_cmpint(has(&who, &w.control[1], N2_RIGHT_CONTROL), ==, row->follows == 1);
        g_assert_cmpint(has(&who, &w.thief, N2_RIGHT_CONTROL), ==, row->follows == 2);
        g_assert_cmpint(has(&who, &w.device[0], N2_RIGHT_DEVICE), ==, row->follows == 0);
        if (row->state == N2_IDENTITY_FROZEN) {
            g_assert_cmpint(n2_identity_stands(&who), ==, N2_ERR_FROZEN);
            /* a third does not thaw it, nor does what is built upon one of them; an end does */
            g_autoptr(GBytes) three =
                control_by(&w.born, now, BY(&w.control[2]), NULL, BY(&w.control[0]));
            assert_took(set, three);
            g_assert_cmpint(look(set).state, ==, N2_IDENTITY_FROZEN);
            g_autoptr(GBytes) end =
                end_by(&w, NULL, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
            assert_took(set, end);
            g_assert_cmpint(look(set).state, ==, N2_IDENTITY_ENDED);
        }
        n2_identity_set_free(set);
    }
    world_clear(&w);
}

/* A key that was removed long ago forks the past; what it adds there is of the past, too. */
static void
test_old_key(void)
{
    world w;

    world_init(&w, 2);
    n2_identity_set *set = set_of(&w);
    n2_identity who = w.born;
    for (guint n = 1; n <= 5; n++) { /* five ceremonies, the first without control[1] */
        g_autoptr(GBytes) next =
            control_by(&who, now, BY(&w.control[0]), BY(&w.device[0]), BY(&w.control[0]));
        g_assert_cmpint(take_at(set, next, now - (100 - n) * day, NULL), ==, N2_OK);
        who = look(set);
        g_assert_cmpuint(who.number, ==, n);
    }
    n2_identity before = who;
    g_autoptr(GBytes) fork =
        control_by(&w.born, now, BY(&w.control[1]), BY(&w.device[1]), BY(&w.control[1]));
    g_autoptr(GBytes) old = add_by(&w.born, &w.device[2], "", BY(&w.control[1], &w.device[2]));
    g_autoptr(GBytes) here = add_by(&who, &w.device[2], "", BY(&w.control[1], &w.device[2]));
    g_autoptr(GBytes) jump = control_by(&who, now, BY(&w.control[1]), NULL, BY(&w.control[1]));
    assert_took(set, fork);
    assert_took(set, old);
    assert_refused(set, here, N2_ERR_FORGED);
    assert_refused(set, jump, N2_ERR_FORGED);
    who = look(set);
    g_assert_true(is_alike(&who, &before));
    g_assert_cmpint(who.state, ==, N2_IDENTITY_LIVE);
    /* who meets all of it today can't tell, and believes nobody */
    n2_identity_set *late;
    g_assert_cmpint(n2_identity_set_new(&late, &w.id, NULL), ==, N2_OK);
    for (gsize i = 0; i < n2_identity_set_count(set); i++) {
        n2_kept k = n2_identity_set_at(set, i);
        g_assert_cmpint(n2_identity_take(late, k.bytes, k.len, now, NULL, NULL), ==, N2_OK);
    }
    who = look(late);
    g_assert_cmpint(who.state, ==, N2_IDENTITY_FROZEN);
    g_assert_cmpuint(who.number, ==, 0);
    n2_identity_set_free(late);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* A device that was removed adds nothing, removes nobody but itself, and certifies nothing. */
static void
test_removed_device(void)
{
    world w;

    world_init(&w, 1);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    g_autoptr(GBytes) gone = remove_by(&w.born, &w.device[0].key, 2, BY(&w.control[0]));
    g_autoptr(GBytes) more = add_by(&w.born, &w.device[1], "", BY(&w.device[0], &w.device[1]));
    g_autoptr(GBytes) real = add_by(&w.born, &w.device[1], "", BY(&w.control[0], &w.device[1]));
    g_autoptr(GBytes) other = remove_by(&w.born, &w.device[1].key, 2, BY(&w.device[0]));
    assert_took(set, add);
    assert_took(set, gone);
    assert_took(set, add);
    assert_refused(set, more, N2_ERR_FORGED);
    assert_took(set, real);
    assert_refused(set, other, N2_ERR_FORGED);
    n2_identity who = look(set);
    g_assert_false(has(&who, &w.device[0], N2_RIGHTS_ALL));
    g_assert_true(has(&who, &w.device[1], N2_RIGHT_DEVICE));
    n2_identity_set_free(set);
    world_clear(&w);
}

/* ---- 35: an old picture ---- */

static void
test_withheld(void)
{
    world w;

    world_init(&w, 1);
    n2_identity_set *owner = set_of(&w), *reader = set_of(&w), *fooled = set_of(&w);
    g_autoptr(GBytes) one = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    g_autoptr(GBytes) two = add_by(&w.born, &w.device[1], "", BY(&w.control[0], &w.device[1]));
    assert_took(owner, one);
    assert_took(owner, two);
    n2_identity who = look(owner);
    g_autoptr(GBytes) old = fresh_by(owner, &who, now - 8 * day, BY(&w.device[1]));
    g_autoptr(GBytes) gone = remove_by(&who, &w.device[0].key, 2, BY(&w.control[0]));
    assert_took(owner, gone);
    g_autoptr(GBytes) fresh = fresh_by(owner, &who, now, BY(&w.device[1]));
    GBytes *const all[] = {one, two, old, gone}, *const picture[] = {one, two, old};

    /* who has seen the removal keeps it, whatever old picture comes */
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        assert_took(reader, all[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(picture); i++)
        assert_took(reader, picture[i]);
    who = look(reader);
    g_assert_false(has(&who, &w.device[0], N2_RIGHTS_ALL));
    g_assert_cmpint(who.fresh_us, ==, 0); /* the old word was about other keys */
    g_assert_cmpint(who.other_us, ==, now - 8 * day);
    /* who only gets the old picture believes it, but not longer than its word lives */
    for (gsize i = 0; i < G_N_ELEMENTS(picture); i++)
        assert_took(fooled, picture[i]);
    who = look(fooled);
    g_assert_true(has(&who, &w.device[0], N2_RIGHT_DEVICE));
    g_assert_true(n2_identity_is_confirmed(&who, now));
    g_assert_false(n2_identity_is_confirmed(&who, now + 22 * day));
    /* a newer word without the removal shows that something is held back */
    assert_took(fooled, fresh);
    who = look(fooled);
    g_assert_false(n2_identity_is_confirmed(&who, now));
    g_assert_cmpint(who.other_us, ==, now);
    assert_took(fooled, gone);
    who = look(fooled);
    g_assert_true(n2_identity_is_confirmed(&who, now));
    g_assert_false(has(&who, &w.device[0], N2_RIGHTS_ALL));
    n2_identity_set_free(owner);
    n2_identity_set_free(reader);
    n2_identity_set_free(fooled);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/identity/attack-31-another-kind", test_another_kind);
    g_test_add_func("/crypto/identity/attack-32-second-birth", test_second_birth);
    g_test_add_func("/crypto/identity/attack-33-end-by-others", test_end_by_others);
    g_test_add_func("/crypto/identity/attack-33-sheet-signs-else", test_sheet_signs_else);
    g_test_add_func("/crypto/identity/attack-33-two-successors", test_two_successors);
    g_test_add_func("/crypto/identity/many-ends/attack-33-two-successors", test_many_ends);
    g_test_add_func("/crypto/identity/attack-33-end-is-final", test_end_is_final);
    for (gsize i = 0; i < G_N_ELEMENTS(forks); i++) {
        g_autofree char *path =
            g_strconcat("/crypto/identity/fork/", forks[i].name, "/attack-34-fork", NULL);
        g_test_add_data_func(path, &forks[i], test_fork);
    }
    g_test_add_func("/crypto/identity/attack-34-old-key", test_old_key);
    g_test_add_func("/crypto/identity/attack-34-removed-device", test_removed_device);
    g_test_add_func("/crypto/identity/attack-35-withheld-removal", test_withheld);
    return g_test_run();
}
