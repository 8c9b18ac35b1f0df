/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link-meet.c - two nodes behind NATs of their own are introduced by a third: a direct
 *                    link comes up where the NATs let it, and nobody can be flooded through it.
 */
#include "nat-fixture.h"

typedef struct {
    const char *name;
    nat_kind asker, other;
    gboolean works;
    guint loss_percent;
} meet_row;

static const meet_row meet_rows[] = {
    {"no-nat", OPEN_NET, OPEN_NET, TRUE, 0},
    {"asker-behind-nat", CONE, OPEN_NET, TRUE, 0},
    {"other-behind-nat", OPEN_NET, CONE, TRUE, 0},
    {"both-behind-nat", CONE, CONE, TRUE, 0},
    {"asker-symmetric", SYMMETRIC, OPEN_NET, TRUE, 0},
    {"other-symmetric", OPEN_NET, SYMMETRIC, TRUE, 0},
    {"both-symmetric", SYMMETRIC, SYMMETRIC, FALSE, 0},
    {"symmetric-and-cone", SYMMETRIC, CONE, FALSE, 0},
    {"cone-and-symmetric", CONE, SYMMETRIC, FALSE, 0},
    {"both-behind-nat-20-percent-lost", CONE, CONE, TRUE, 20},
};

static void
test_meet(gconstpointer data)
{
    const meet_row *row = data;

    /* Who is sooner decides who accepts, or both do. */
    for (guint order = 0; order < 8; order++) {
        world w;
        init(&w, row->asker, row->other);
        join_middle(&w);
        w.delay_us[ASKER][OTHER] = 2000 + 60000 * (order & 1);
        w.delay_us[OTHER][ASKER] = 2000 + 60000 * (order >> 1 & 1);
        w.delay_us[MIDDLE][ASKER] = 2000 + 60000 * (order >> 2);
        w.loss_percent = row->loss_percent;
        w.draw = order;
        g_assert_cmpint(n2_links_meet(w.nodes[ASKER].links, 1, 2, LINK_ID, w.now_us), ==,
                        N2_OK);
        run_for(&w, 8 * N2_SECOND_US);
        n2_link_event asker = event_of(&w, ASKER, LINK_ID);
        n2_link_event other = event_of(&w, OTHER, LINK_ID);
        g_assert_false(asker.is_opener || other.is_opener);
        if (row->works) {
            g_assert_cmpint(asker.kind, ==, N2_LINK_UP);
            g_assert_cmpint(other.kind, ==, N2_LINK_UP);
            run_for(&w, 60 * N2_SECOND_US); /* and stays, by its PINGs */
            check_carries(&w, ASKER, OTHER, asker.port);
            check_carries(&w, OTHER, ASKER, other.port);
        } else {
            g_assert_cmpint(asker.kind, ==, N2_LINK_DOWN);
            g_assert_cmpint(asker.err, ==, N2_ERR_TIMEOUT);
        }
        /* The way through the middle is there in any case. */
        g_assert_true(n2_links_is_up(w.nodes[ASKER].links, 1));
        g_assert_true(n2_links_is_up(w.nodes[OTHER].links, 1));
        clear(&w);
    }
}

/* Lost, it is gone: the way through the middle is what counts then. */
static void
test_lost(void)
{
    world w;
    n2_link_info info;

    init(&w, CONE, CONE);
    join_middle(&w);
    g_assert_cmpint(n2_links_meet(w.nodes[ASKER].links, 1, 2, LINK_ID, w.now_us), ==, N2_OK);
    run_for(&w, 3 * N2_SECOND_US);
    guint32 port = event_of(&w, ASKER, LINK_ID).port;
    w.nodes[OTHER].n_mappings = 0; /* its NAT forgot, and it has another address now */
    w.nodes[OTHER].host = 77;
    guint opens = w.nodes[ASKER].opens;
    run_for(&w, 20 * N2_SECOND_US);
    g_assert_cmpint(event_of(&w, ASKER, LINK_ID).kind, ==, N2_LINK_DOWN);
    g_assert_false(n2_links_info(w.nodes[ASKER].links, port, &info));
    g_assert_cmpuint(w.nodes[ASKER].opens, ==, opens);
    clear(&w);
}

static void
test_refused(void)
{
    world w;

    init(&w, CONE, CONE);
    n2_links_free(w.nodes[OTHER].links);
    n2_links_config shy = {
        .env.random = random_cb, .width = 4, .accepts = TRUE, .datagram_bytes = 1232};
    g_assert_cmpint(n2_links_new(&w.nodes[OTHER].links, &shy), ==, N2_OK);
    join_middle(&w);
    g_assert_cmpint(n2_links_meet(w.nodes[ASKER].links, 1, 2, LINK_ID, w.now_us), ==, N2_OK);
    run_for(&w, 8 * N2_SECOND_US);
    n2_link_event event = event_of(&w, ASKER, LINK_ID);
    g_assert_cmpint(event.kind, ==, N2_LINK_DOWN);
    g_assert_cmpuint(event.port, ==, 0);
    g_assert_cmpuint(w.nodes[OTHER].opens, ==, 1); /* that of its link to the middle */
    g_assert_cmpint(event_of(&w, OTHER, LINK_ID).link_id, ==, 0);
    clear(&w);
}

static void
test_arguments(void)
{
    world w;

    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    n2_links *l = w.nodes[ASKER].links;
    g_assert_cmpint(n2_links_meet(l, 1, 2, 0, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_meet(l, 0, 2, 5, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_meet(l, 1, 0, 5, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_meet(l, 1, 65536, 5, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_meet(l, 9, 2, 5, w.now_us), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(n2_links_meet(l, 1, 2, 100, w.now_us), ==, N2_ERR_EXISTS);
    for (guint i = 0; i < N2_LINK_MEETINGS_MAX; i++)
        g_assert_cmpint(n2_links_meet(l, 1, 9, 1000 + i, w.now_us), ==, N2_OK);
    g_assert_cmpint(n2_links_meet(l, 1, 9, 1000, w.now_us), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_links_meet(l, 1, 9, 5000, w.now_us), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(n2_links_peek_stats(l)->refused_meetings, ==, 1);
    run_for(&w, 8 * N2_SECOND_US);
    g_assert_cmpint(n2_links_meet(l, 1, 9, 5000, w.now_us), ==, N2_OK);
    clear(&w);
}

/* ---- attack 5: nobody can use us to flood a third one ---- */

/* A MEETING as the middle would send it to @to, with an address and a number of our choice. */
static void
introduce(world *w, guint to, uint64_t link_id, const guint8 net[static 19])
{
    static guint8 bytes[N2_LINK_CONTROL_BYTES];
    guint8 buf[4096];
    n2_packet head = {.is_long = TRUE, .is_sealed = TRUE, .size = 1, .path = 1};
    n2_net_addr back, middle = address(3, 1);
    size_t segment;
    n2_run run;

    n2_run_begin(&run, w->nodes[MIDDLE].links, to + 1, buf, sizeof buf);
    uint8_t *at = n2_run_reserve(&run, 170);
    memset(at, 0, 170);
    (void)n2_packet_write_head(at, &head);
    n2_run_commit(&run);
    (void)n2_run_finish(&run, &back, &segment);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, buf, 8);
    bytes[6] |= 0xc0;
    bytes[8] = 9;
    bytes[9] = 1;
    for (guint i = 0; i < 8; i++)
        bytes[16 + i] = (guint8)(link_id >> (56 - 8 * i));
    bytes[25] = 1;
    memcpy(bytes + 26, net, 19);
    n2_links_input(w->nodes[to].links, &middle, bytes, sizeof bytes, w->now_us);
}

static void
test_attack_05_flood_by_introduction(void)
{
    world w;
    const guint8 victim[19] = {4, 1, 1, 10, 0, 0, 99};
    const guint seconds = 30;

    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    for (guint i = 0; i < seconds * 100; i++) { /* each with an id of its own */
        introduce(&w, OTHER, 90000 + i, victim);
        run_for(&w, 10000);
    }
    run_for(&w, 10 * N2_SECOND_US);
    g_assert_cmpuint(w.nodes[OTHER].sent_to_victim, >, 0);
    g_assert_cmpuint(w.nodes[OTHER].sent_to_victim, <=,
                     (seconds * N2_LINK_MET_PER_S + 4) * N2_LINK_MET_TRIES);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[OTHER].links)->refused_met, >, 2000);
    /* None of them stays, and the same one twice is one. */
    guint before = w.nodes[OTHER].sent_to_victim;
    for (guint i = 0; i < 100; i++) {
        introduce(&w, OTHER, 5, victim);
        run_for(&w, 10000);
    }
    run_for(&w, 10 * N2_SECOND_US);
    g_assert_cmpuint(w.nodes[OTHER].sent_to_victim - before, <=, N2_LINK_MET_TRIES);
    clear(&w);
}

/* Addresses that nobody may be made to speak to. */
static void
test_attack_05_addresses(void)
{
    static const guint8 bad[][19] = {
        {4, 1, 1, 127, 0, 0, 1},
        {4, 1, 1, 0, 0, 0, 0},
        {4, 1, 1, 224, 0, 0, 251},
        {4, 1, 1, 255, 255, 255, 255},
        {4, 1, 1, 169, 254, 1, 1},
        {4, 0, 0, 10, 0, 0, 99},
        {6, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {6, 1, 1, 0},
        {6, 1, 1, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {6, 1, 1, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {6, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1},
    };
    world w;

    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        introduce(&w, OTHER, 1 + i, bad[i]);
        run_for(&w, 5 * N2_SECOND_US);
        g_assert_cmpuint(n2_links_peek_stats(w.nodes[OTHER].links)->refused_nets, ==, i + 1);
    }
    g_assert_cmpuint(w.nodes[OTHER].opens, ==, 1);
    static const guint8 unknown[19] = {7, 1, 1, 10, 0, 0, 99};
    introduce(&w, OTHER, 50, unknown);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[OTHER].links)->bad_control, ==, 1);
    clear(&w);
}

/* Somebody from outside names addresses of the net that we are in: what is there (a printer, a
 * router's own page) hears nothing from us.  Somebody inside may. */
static void
test_attack_05_own_net(void)
{
    static const guint8 own[][19] = {
        {4, 1, 1, 10, 0, 0, 99},
        {4, 1, 1, 172, 16, 0, 1},
        {4, 1, 1, 172, 31, 255, 1},
        {4, 1, 1, 192, 168, 1, 1},
        {4, 1, 1, 100, 64, 0, 1},
        {4, 1, 1, 100, 127, 255, 1},
        {6, 1, 1, 0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {6, 1, 1, 0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
    };
    static const guint8 public[][19] = {
        {4, 1, 1, 172, 32, 0, 99},
        {4, 1, 1, 100, 63, 0, 99},
        {4, 1, 1, 192, 167, 0, 99},
        {6, 1, 1, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99},
    };
    world w;

    first_byte = 198;
    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    for (guint i = 0; i < G_N_ELEMENTS(own); i++) {
        introduce(&w, OTHER, 1 + i, own[i]);
        run_for(&w, 5 * N2_SECOND_US);
        g_assert_cmpuint(n2_links_peek_stats(w.nodes[OTHER].links)->refused_nets, ==, i + 1);
    }
    g_assert_cmpuint(w.nodes[OTHER].opens, ==, 1);
    for (guint i = 0; i < G_N_ELEMENTS(public); i++) {
        introduce(&w, OTHER, 100 + i, public[i]);
        run_for(&w, 5 * N2_SECOND_US);
    }
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[OTHER].links)->refused_nets, ==,
                     G_N_ELEMENTS(own));
    clear(&w);
    first_byte = 10;
    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    for (guint i = 0; i < G_N_ELEMENTS(own); i++) {
        introduce(&w, OTHER, 1 + i, own[i]);
        run_for(&w, 5 * N2_SECOND_US);
    }
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[OTHER].links)->refused_nets, ==, 0);
    clear(&w);
}

/* The middle: asks as often as he likes, of whomever; the one who is told has his rest. */
static void
test_attack_05_middle_is_no_amplifier(void)
{
    world w;
    const guint seconds = 20;

    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    guint64 before = n2_links_peek_stats(w.nodes[MIDDLE].links)->refused_meets;
    guint opens = w.nodes[OTHER].opens;
    for (guint i = 0; i < seconds * 10; i++) {
        (void)!n2_links_meet(w.nodes[ASKER].links, 1, 2, 7000 + i, w.now_us);
        run_for(&w, 100000);
    }
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[MIDDLE].links)->refused_meets, >, before);
    n2_uses uses = {0};
    guint told = 0;
    n2_links_uses(w.nodes[MIDDLE].links, &uses);
    for (gsize i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, "link_meet_per_s")) {
            g_assert_cmpuint(uses.rows[i].max, ==, N2_LINK_MEET_PER_S);
            g_assert_cmpuint(uses.rows[i].refused, >, seconds);
            told++;
        }
    g_assert_cmpuint(told, ==, 1);
    g_assert_cmpuint(w.nodes[OTHER].opens - opens, <=,
                     (seconds * N2_LINK_MET_PER_S + 4) * N2_LINK_MET_TRIES);
    clear(&w);
}

/* By whatever many links he asks: the one who is told has his rest. */
static void
test_attack_05_many_askers(void)
{
    world w;
    n2_net_addr middle = address(3, 1);
    const guint seconds = 20, links = 4;

    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    for (guint i = 1; i < links; i++) {
        g_assert_cmpint(n2_links_open(w.nodes[ASKER].links, &middle, 200 + i, 0, 0, w.now_us),
                        ==, N2_OK);
        run_for(&w, N2_SECOND_US);
    }
    for (guint i = 0; i < seconds * 10; i++) {
        (void)!n2_links_meet(w.nodes[ASKER].links, 1 + i % links, 2, 7000 + i, w.now_us);
        run_for(&w, 100000);
    }
    /* Each that was told said so again. */
    g_assert_cmpuint(w.nodes[MIDDLE].meetings, <=, 2 * (seconds * N2_LINK_MEET_PER_S + 8));
    clear(&w);
}

/* Who was not asked, or about somebody else, cannot answer. */
static void
test_attack_05_wrong_answer(void)
{
    world w;
    const guint8 victim[19] = {4, 1, 1, 10, 0, 0, 99};

    init(&w, OPEN_NET, OPEN_NET);
    join_middle(&w);
    g_assert_cmpint(n2_links_meet(w.nodes[ASKER].links, 1, 7, LINK_ID, w.now_us), ==, N2_OK);
    introduce(&w, ASKER, LINK_ID, victim); /* about port 1, and 7 was asked for */
    run_for(&w, 5 * N2_SECOND_US);
    g_assert_cmpuint(w.nodes[ASKER].sent_to_victim, ==, 0);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[ASKER].links)->bad_control, ==, 1);
    clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(meet_rows); i++) {
        g_autofree char *path = g_strconcat("/link/meet/", meet_rows[i].name, NULL);
        g_test_add_data_func(path, &meet_rows[i], test_meet);
    }
    g_test_add_func("/link/meet/lost", test_lost);
    g_test_add_func("/link/meet/refused", test_refused);
    g_test_add_func("/link/meet/arguments", test_arguments);
    g_test_add_func("/link/meet/attack-05-flood-by-introduction",
                    test_attack_05_flood_by_introduction);
    g_test_add_func("/link/meet/attack-05-addresses", test_attack_05_addresses);
    g_test_add_func("/link/meet/attack-05-own-net", test_attack_05_own_net);
    g_test_add_func("/link/meet/attack-05-many-askers", test_attack_05_many_askers);
    g_test_add_func("/link/meet/attack-05-wrong-answer", test_attack_05_wrong_answer);
    g_test_add_func("/link/meet/attack-05-middle-is-no-amplifier",
                    test_attack_05_middle_is_no_amplifier);
    return g_test_run();
}
