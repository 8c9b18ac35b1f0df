/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-near.c - machines that announce themselves on local networks: 30 on one, two networks
 * that are joined and parted, wires that lose; how much is said, who hears whom, and to whom
 * all link.
 *
 * Time is virtual; a wire carries an announcement to all of its machines at once.
 */
#include <glib.h>
#include <string.h>

#include "name/near.h"

enum {
    MACHINES = 30,
    SECOND = 1000000,
    /* In any second: the first ones and answers of all, each once a second at most. */
    STORM_PER_S = 3 * MACHINES,
    CALM_PER_TURN = 2 * MACHINES /* in a turn in which nothing happens */
};

static const gint64 wall = G_GINT64_CONSTANT(1800000000) * SECOND;
static const guint64 never = G_MAXUINT64;

typedef struct {
    n2_near *near; /* (owned) (nullable): switched off */
    guint lan;
    guint64 n_said;
} machine;

typedef struct {
    machine of[MACHINES];
    guint64 now_us, n_said;
    guint64 n_by_second[600];
    gboolean is_joined; /* the two networks */
    guint loses;        /* of 100 */
} world;

static guint64 seed;

static guint32
drawn(void)
{
    seed = seed * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407u;
    return (guint32)(seed >> 33);
}

static void
random_cb(void *user, void *buf, size_t len)
{
    guint8 *out = buf;

    (void)user;
    while (len--)
        *out++ = (guint8)drawn();
}

static const n2_env env = {.random = random_cb};

static void
must(n2_err err)
{
    g_assert_cmpstr(n2_err_name(err), ==, n2_err_name(N2_OK));
}

/* Switches machine @i on; it says that it offers something. */
static void
on(world *w, guint i)
{
    const guint8 secret[N2_SEED_BYTES_MAX] = {(guint8)(i + 1), 1};
    n2_near_words words = {.who = {.method = N2_METHOD_SHA256, .hash = {(guint8)(i * 7 + 1)}},
                           .key = {.method = N2_KEY_X25519, .bytes = {(guint8)(i + 1), 2}},
                           .suites = 1,
                           .switch_bits = 4,
                           .flags = N2_NEAR_TAKES_LINKS,
                           .serial = w->now_us + 1,
                           .until_us = wall + (gint64)N2_HOUR_US};
    n2_attr files = {.name = (const guint8 *)"files", .name_len = 5, .type = N2_TYPE_TEXT};
    guint8 buf[N2_NEAR_BYTES_MAX], statement[N2_NEAR_BYTES_MAX];
    n2_signing_key device;
    n2_box body, whole;

    must(n2_near_new(&w->of[i].near, &env, w->now_us));
    must(n2_signing_key_init(&device, N2_KEY_ED25519, secret));
    must(n2_near_body(buf, sizeof buf, &words, &files, 1, &body));
    must(n2_statement_sign(statement, sizeof statement, &body, &device, &whole));
    must(n2_near_set_own(w->of[i].near, statement, whole.len, w->now_us));
}

static void
off(world *w, guint i)
{
    n2_near_free(w->of[i].near);
    w->of[i].near = NULL;
}

/* @lans: 1 or 2: half of them on each. */
static world *
world_new(guint lans)
{
    world *w = g_new0(world, 1);

    seed = 7;
    w->now_us = SECOND;
    for (guint i = 0; i < MACHINES; i++) {
        w->of[i].lan = lans == 2 && i >= MACHINES / 2;
        on(w, i);
    }
    return w;
}

static void
world_free(world *w)
{
    for (guint i = 0; i < MACHINES; i++)
        off(w, i);
    g_free(w);
}

/* What machine @from says is heard by all of its wire, but where it is lost. */
static void
carry(world *w, guint from)
{
    guint8 said[N2_NEAR_SAID_BYTES_MAX];
    gsize len = n2_near_write(w->of[from].near, 4711, said);
    n2_near_place place = {.net = {.len = 7 + 4,
                                   .bytes = {N2_NET_ETHER, 2, 0, 0, 0, 0, (guint8)(from + 1),
                                             'e', 't', 'h', '0'}}};
    bool is_news;

    g_assert_cmpuint(len, >, 0);
    w->n_said++;
    w->of[from].n_said++;
    w->n_by_second[w->now_us / SECOND % G_N_ELEMENTS(w->n_by_second)]++;
    for (guint i = 0; i < MACHINES; i++) {
        if (i == from || !w->of[i].near || drawn() % 100 < w->loses ||
            (w->of[i].lan != w->of[from].lan && !w->is_joined))
            continue;
        n2_err err = n2_near_hear(w->of[i].near, said, len, &place, w->now_us, wall, &is_news);
        g_assert_true(!err || err == N2_ERR_BUSY); /* BUSY: signatures of this second; again */
    }
}

static void
run(world *w, guint64 us)
{
    guint64 end_us = w->now_us + us;
    bool is_news;

    for (;;) {
        guint64 next_us = never;
        guint next = 0;

        for (guint i = 0; i < MACHINES; i++)
            if (w->of[i].near && n2_near_deadline(w->of[i].near) < next_us) {
                next_us = n2_near_deadline(w->of[i].near);
                next = i;
            }
        if (next_us >= end_us)
            break;
        w->now_us = MAX(w->now_us, next_us);
        if (n2_near_expire(w->of[next].near, w->now_us, &is_news))
            carry(w, next);
    }
    w->now_us = end_us;
}

static void
assert_hears(const world *w, guint n)
{
    for (guint i = 0; i < MACHINES; i++)
        if (w->of[i].near)
            g_assert_cmpuint(n2_near_count(w->of[i].near), ==, n);
}

/* All of one network pick the same one; that one picks nobody. */
static guint
picked(const world *w, guint lan, gboolean is_joined)
{
    guint none = MACHINES;
    const n2_neighbour *all = NULL;

    for (guint i = 0; i < MACHINES; i++) {
        if (!w->of[i].near || (w->of[i].lan != lan && !is_joined))
            continue;
        const n2_neighbour *to = n2_near_pick(w->of[i].near);
        if (!to) {
            g_assert_cmpuint(none, ==, MACHINES);
            none = i;
        } else {
            g_assert_true(!all || n2_id_equal(&all->words.who, &to->words.who));
            all = to;
        }
    }
    g_assert_cmpuint(none, <, MACHINES);
    g_assert_cmpuint(all->words.who.hash[0], ==, (guint8)(none * 7 + 1));
    return none;
}

static void
assert_no_storm(const world *w)
{
    guint64 most = 0;

    for (guint i = 0; i < G_N_ELEMENTS(w->n_by_second); i++)
        most = MAX(most, w->n_by_second[i]);
    g_test_message("%" G_GUINT64_FORMAT " in one second at most", most);
    g_assert_cmpuint(most, <=, STORM_PER_S);
}

/* 30 that are switched on at once know each other within seconds, and then say little. */
static void
test_one_lan(void)
{
    world *w = world_new(1);

    run(w, 4 * SECOND);
    g_test_message("%" G_GUINT64_FORMAT " in the first 4 s", w->n_said);
    g_assert_cmpuint(w->n_said, <=, 3 * STORM_PER_S);
    run(w, N2_NEAR_TURN_US * 5 / 4);
    assert_hears(w, MACHINES - 1);
    g_assert_cmpuint(picked(w, 0, FALSE), <, MACHINES);
    w->n_said = 0;
    run(w, N2_NEAR_TURN_US);
    g_test_message("%" G_GUINT64_FORMAT " in a turn", w->n_said);
    g_assert_cmpuint(w->n_said, <=, CALM_PER_TURN);
    /* One who comes, asks and is answered; nobody answers the answers. */
    off(w, 3);
    run(w, N2_NEAR_SILENT_US + N2_NEAR_TURN_US);
    assert_hears(w, MACHINES - 2);
    on(w, 3);
    w->n_said = 0;
    run(w, 3 * SECOND);
    g_test_message("%" G_GUINT64_FORMAT " as one comes", w->n_said);
    g_assert_cmpuint(w->n_said, <=, 2 * MACHINES + MACHINES / 2);
    assert_hears(w, MACHINES - 1);
    assert_no_storm(w);
    world_free(w);
}

/* A machine that asks without end makes each of the others speak once a second, no more. */
static void
test_asks_without_end(void)
{
    world *w = world_new(1);

    run(w, N2_NEAR_TURN_US);
    guint64 before = w->of[5].n_said;
    for (guint i = 0; i < 200; i++) { /* 20 s */
        n2_near_hurry(w->of[0].near, w->now_us);
        run(w, SECOND / 10);
    }
    g_test_message("%" G_GUINT64_FORMAT " answers in 20 s", w->of[5].n_said - before);
    g_assert_cmpuint(w->of[5].n_said - before, <=, 20 + 3);
    assert_no_storm(w);
    world_free(w);
}

/* Two networks each come together at one of their own, joined at the one of all; parted again
 * they forget each other. */
static void
test_two_lans_joined(void)
{
    world *w = world_new(2);

    run(w, 2 * N2_NEAR_TURN_US);
    assert_hears(w, MACHINES / 2 - 1);
    guint left = picked(w, 0, FALSE), right = picked(w, 1, FALSE);
    g_assert_cmpuint(left, <, MACHINES / 2);
    g_assert_cmpuint(right, >=, MACHINES / 2);
    w->is_joined = TRUE;
    w->n_said = 0;
    run(w, 2 * N2_NEAR_TURN_US);
    assert_hears(w, MACHINES - 1);
    guint both = picked(w, 0, TRUE);
    g_assert_true(both == left || both == right);
    g_assert_cmpuint(w->n_said, <=, 2 * CALM_PER_TURN);
    w->is_joined = FALSE;
    run(w, N2_NEAR_SILENT_US + N2_NEAR_TURN_US);
    assert_hears(w, MACHINES / 2 - 1);
    g_assert_cmpuint(picked(w, 0, FALSE), ==, left);
    g_assert_cmpuint(picked(w, 1, FALSE), ==, right);
    assert_no_storm(w);
    world_free(w);
}

/* A wire that loses a fifth loses nobody for long: three in a row have to be lost. */
static void
test_loses(void)
{
    world *w = world_new(1);
    guint64 heard = 0, looks = 0;

    w->loses = 20;
    run(w, 2 * N2_NEAR_TURN_US);
    for (guint i = 0; i < 20; i++) {
        run(w, N2_NEAR_TURN_US);
        for (guint m = 0; m < MACHINES; m++, looks += MACHINES - 1)
            heard += n2_near_count(w->of[m].near);
    }
    g_test_message("%.4f of all are known", (double)heard / (double)looks);
    g_assert_cmpfloat((double)heard / (double)looks, >, 0.97);
    world_free(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/near/one-lan", test_one_lan);
    g_test_add_func("/near/asks-without-end", test_asks_without_end);
    g_test_add_func("/near/two-lans-joined", test_two_lans_joined);
    g_test_add_func("/near/loses", test_loses);
    return g_test_run();
}
