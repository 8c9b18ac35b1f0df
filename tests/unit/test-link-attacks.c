/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link-attacks.c - who would like to have a link that is not his, or an answer sent to
 *                       somebody else: attack 5.
 */
#include "link-fixture.h"

/* Openings in the name of a victim leave no state and send it no more than was sent. */
static void
test_spoofed_open(void)
{
    world w;
    n2_net_addr victim = address(200);
    guint8 bytes[N2_LINK_CONTROL_BYTES + 1];
    guint asked = 0, answered = 0;

    world_init(&w, 4);
    for (guint i = 0; i < 10000; i++) {
        asked += open_body(bytes, 1);
        bytes[20] = (guint8)i;
        n2_links_input(w.nodes[0].links, &victim, bytes, N2_LINK_CONTROL_BYTES, w.now_us);
        w.now_us += 10; /* 100,000 a second, for a tenth of one */
        n2_net_addr to;
        const uint8_t *out;
        while (n2_links_output(w.nodes[0].links, &to, &out)) {
            g_assert_true(n2_net_addr_equal(&to, &victim));
            answered += N2_LINK_CONTROL_BYTES;
        }
    }
    g_assert_cmpuint(answered, <=, asked);
    g_assert_cmpuint(answered / N2_LINK_CONTROL_BYTES, <=, N2_LINK_CHALLENGE_PER_S / 10 + 64);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[0].links)->over_rate, >, 0);
    for (guint port = 1; port < 16; port++)
        g_assert_false(n2_links_is_up(w.nodes[0].links, port));
    world_clear(&w);
}

/* A cookie is good for its address, token, nonce, link id and port, and for two minutes. */
static void
test_borrowed_cookie(void)
{
    static const guint changed[] = {10, 16, 24, 32, 34}; /* a byte of each field, and cookie */
    world w;
    n2_net_addr self = address(50), other = address(51), to;
    guint8 confirm[N2_LINK_CONTROL_BYTES + 1];
    const uint8_t *out;

    world_init(&w, 4);
    n2_links *links = w.nodes[0].links;
    (void)open_body(confirm, 1);
    n2_links_input(links, &self, confirm, N2_LINK_CONTROL_BYTES, w.now_us);
    g_assert_true(n2_links_output(links, &to, &out));
    confirm[8] = 3;
    memcpy(confirm + 34, out + 24, N2_LINK_COOKIE_BYTES);
    n2_links_input(links, &other, confirm, N2_LINK_CONTROL_BYTES, w.now_us);
    for (guint i = 0; i < G_N_ELEMENTS(changed); i++) {
        confirm[changed[i]] ^= 1;
        n2_links_input(links, &self, confirm, N2_LINK_CONTROL_BYTES, w.now_us);
        confirm[changed[i]] ^= 1;
    }
    n2_links_input(links, &self, confirm, N2_LINK_CONTROL_BYTES, w.now_us + 121 * N2_SECOND_US);
    g_assert_cmpuint(n2_links_peek_stats(links)->bad_cookies, ==, 2 + G_N_ELEMENTS(changed));
    g_assert_false(n2_links_is_up(links, 1));
    world_clear(&w);

    world_init(&w, 4);
    links = w.nodes[0].links;
    confirm[8] = 1;
    memset(confirm + 34, 0, N2_LINK_COOKIE_BYTES);
    n2_links_input(links, &self, confirm, N2_LINK_CONTROL_BYTES, w.now_us);
    g_assert_true(n2_links_output(links, &to, &out));
    confirm[8] = 3;
    memcpy(confirm + 34, out + 24, N2_LINK_COOKIE_BYTES);
    n2_links_input(links, &self, confirm, N2_LINK_CONTROL_BYTES, w.now_us + 59 * N2_SECOND_US);
    g_assert_true(n2_links_is_up(links, 1));
    world_clear(&w);
}

/* Who doesn't see our OPEN can't answer it: nonce, token and address must all be right. */
static void
test_forged_answer(void)
{
    static const struct {
        guint8 type, source;
        guint changed; /* byte of the answer */
    } rows[] = {{2, 2, 16}, {2, 3, 99}, {2, 2, 0}, {4, 2, 16}, {4, 3, 99}, {4, 2, 0}};

    for (guint i = 0; i <= G_N_ELEMENTS(rows); i++) {
        world w;
        guint8 answer[N2_LINK_CONTROL_BYTES] = {0};
        n2_net_addr to, from = address(2);
        const uint8_t *out;
        world_init(&w, 4);
        n2_links *a = w.nodes[0].links;
        g_assert_cmpint(n2_links_open(a, &from, 77, 0, 0, w.now_us), ==, N2_OK);
        g_assert_true(n2_links_output(a, &to, &out));
        memcpy(answer, out + 10, 6); /* token */
        answer[6] = 0xc0;
        answer[8] = i < G_N_ELEMENTS(rows) ? rows[i].type : 4;
        answer[9] = 1;
        memcpy(answer + 16, out + 16, 8); /* nonce */
        if (answer[8] == 4) {
            memset(answer + 10, 0x55, 6);
            answer[25] = answer[26] = 4;
            check_accept(answer + N2_FRAME_HEAD_BYTES);
        }
        if (i < G_N_ELEMENTS(rows)) {
            from = address(rows[i].source);
            if (rows[i].changed < sizeof answer)
                answer[rows[i].changed] ^= 1;
        }
        n2_links_input(a, &from, answer, sizeof answer, w.now_us);
        g_assert_false(n2_links_output(a, &to, &out)); /* no CONFIRM */
        g_assert_true(n2_links_is_up(a, 1) == (i == G_N_ELEMENTS(rows)));
        world_clear(&w);
    }
}

/* Somebody copies the token and sends from elsewhere; he even answers the PING. */
static void
test_stolen_rebinding(void)
{
    world w;
    guint8 buf[4096], pong[N2_LINK_CONTROL_BYTES];
    n2_net_addr thief = address(66);
    n2_link_info info;

    world_init(&w, 4);
    open_link(&w);
    n2_links *b = w.nodes[1].links;
    for (guint i = 0; i < 100; i++) {
        size_t len = data_datagram(&w, 0, buf);
        g_assert_cmpuint(n2_links_input(b, &thief, buf, len, w.now_us).port, ==, 1);
        n2_net_addr to;
        const uint8_t *out;
        while (n2_links_output(b, &to, &out)) {
            w.now_us += HOP_US;
            memcpy(pong, out, sizeof pong);
            if (n2_net_addr_equal(&to, &thief)) { /* he sees what comes to him */
                memcpy(pong, buf, 6);
                pong[8] = 6;
                n2_links_input(b, &thief, pong, sizeof pong, w.now_us);
            } else {
                n2_links_input(w.nodes[0].links, &w.nodes[1].net, pong, sizeof pong, w.now_us);
            }
        }
        run_for(&w, 50000);
    }
    g_assert_true(n2_links_info(b, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &w.nodes[0].net));
    g_assert_cmpuint(n2_links_peek_stats(b)->moves_refused, >, 0);
    expect_none(&w.nodes[1]);
    world_clear(&w);
}

/* A small datagram from a strange address gets no answer at all: it would be longer. */
static void
test_no_amplifier(void)
{
    world w;
    guint8 buf[4096];
    n2_net_addr victim = address(66), to;
    const uint8_t *out;

    world_init(&w, 4);
    open_link(&w);
    (void)data_datagram(&w, 0, buf);
    n2_links_input(w.nodes[1].links, &victim, buf, 8 + 50, w.now_us);
    g_assert_false(n2_links_output(w.nodes[1].links, &to, &out));
    for (guint i = 0; i < 1000; i++)
        n2_links_input(w.nodes[1].links, &victim, buf, 8 + 170, w.now_us);
    guint to_victim = 0;
    while (n2_links_output(w.nodes[1].links, &to, &out))
        to_victim += n2_net_addr_equal(&to, &victim);
    g_assert_cmpuint(to_victim, ==, 1);
    world_clear(&w);
}

/* A link id that somebody saw does not give him the port of a link that is alive; its owner,
 * come back at another address, gets it. */
static void
test_link_id_taken(void)
{
    world w;
    n2_link_info info;

    world_init(&w, 4);
    open_link(&w);
    node *a = &w.nodes[0], *b = &w.nodes[1], *c = &w.nodes[2];
    g_assert_cmpint(n2_links_open(c->links, &b->net, 77, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, 10 * N2_SECOND_US);
    g_assert_true(n2_links_info(b->links, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &a->net));
    g_assert_false(n2_links_is_up(c->links, 1));
    expect_none(b);

    a->net = a->from = address(99); /* gone without a word */
    n2_links_free(a->links);
    n2_links_config config = {
        .env.random = random_cb, .width = 4, .accepts = TRUE, .datagram_bytes = 1452};
    g_assert_cmpint(n2_links_new(&a->links, &config), ==, N2_OK);
    n2_links_close_all(c->links, w.now_us);
    g_assert_cmpint(n2_links_open(a->links, &b->net, 77, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, 2 * N2_SECOND_US);
    g_assert_cmpint(expect(b, N2_LINK_DOWN).err, ==, N2_ERR_CLOSED);
    g_assert_cmpuint(expect(b, N2_LINK_UP).port, ==, 1);
    world_clear(&w);
}

/* The ACCEPT is lost, and the opener's address changes: its CONFIRM, as good as the first,
 * comes from where it is now.  It is no repetition that the old address could be answered for;
 * and the link comes about. */
static void
test_confirm_elsewhere(void)
{
    n2_link_info info;
    world w;

    world_init(&w, 4);
    node *a = &w.nodes[0], *b = &w.nodes[1];
    w.lose_type = 4;
    g_assert_cmpint(n2_links_open(a->links, &b->net, 77, 0, 0, w.now_us), ==, N2_OK);
    pump(&w);
    g_assert_cmpuint(b->sent[4], ==, 1);
    a->from = address(42);
    for (guint i = 0; i < 100 && !n2_links_is_up(a->links, 1); i++)
        run_for(&w, 100000);
    g_assert_true(n2_links_is_up(a->links, 1));
    g_assert_true(n2_links_info(b->links, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &a->from));
    world_clear(&w);
}

/* Somebody saw the CONFIRM and, with a cookie of his own, sends the same from his address while
 * its maker lives: he gets nothing, and the maker's link is not even told of it. */
static void
test_confirm_copied(void)
{
    guint8 copy[N2_LINK_CONTROL_BYTES] = {0};
    n2_net_addr thief = address(66), to;
    const uint8_t *out;
    n2_link_info info;
    world w;

    world_init(&w, 4);
    node *a = &w.nodes[0], *b = &w.nodes[1];
    g_assert_cmpint(n2_links_open(a->links, &b->net, 77, 0, 0, w.now_us), ==, N2_OK);
    for (guint i = 0; i < 2; i++) { /* OPEN, then CONFIRM, seen on the way */
        guint8 answer[N2_LINK_CONTROL_BYTES];
        g_assert_true(n2_links_output(a->links, &to, &out));
        memcpy(copy, out, sizeof copy);
        guint8 again[N2_LINK_CONTROL_BYTES];
        memcpy(again, copy, sizeof again);
        n2_links_input(b->links, &a->net, again, sizeof again, w.now_us);
        g_assert_true(n2_links_output(b->links, &to, &out));
        memcpy(answer, out, sizeof answer);
        n2_links_input(a->links, &b->net, answer, sizeof answer, w.now_us);
    }
    (void)expect(a, N2_LINK_UP);
    (void)expect(b, N2_LINK_UP);
    guint8 open[N2_LINK_CONTROL_BYTES];
    memcpy(open, copy, sizeof open);
    open[8] = 1;
    memset(open + 34, 0, N2_LINK_COOKIE_BYTES);
    for (guint i = 0; i < 40; i++) {
        n2_links_input(b->links, &thief, open, sizeof open, w.now_us);
        g_assert_true(n2_links_output(b->links, &to, &out));
        memcpy(copy + 34, out + 24, N2_LINK_COOKIE_BYTES);
        guint8 again[N2_LINK_CONTROL_BYTES];
        memcpy(again, copy, sizeof again);
        n2_links_input(b->links, &thief, again, sizeof again, w.now_us);
        guint accepts = b->sent[4];
        run_for(&w, 100000);                       /* whoever is asked answers */
        g_assert_cmpuint(b->sent[4], ==, accepts); /* no ACCEPT, to nobody */
    }
    g_assert_true(n2_links_info(b->links, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &a->net));
    expect_none(a);
    expect_none(b);
    world_clear(&w);
}

/* After a link was lost its opener begins with a nonce that nobody has seen: an answer to the
 * last opening is worth nothing. */
static void
test_fresh_nonce(void)
{
    guint8 first[8], answer[N2_LINK_CONTROL_BYTES] = {0};
    n2_net_addr to;
    const uint8_t *out;
    world w;

    world_init(&w, 4);
    node *a = &w.nodes[0], *b = &w.nodes[1];
    open_link(&w);
    memcpy(first, w.nonce, sizeof first);
    w.cut = TRUE;
    run_for(&w, 6 * N2_SECOND_US);
    g_assert_cmpint(expect(a, N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpint(memcmp(first, w.nonce, sizeof first), !=, 0);
    /* An ACCEPT with the nonce of the first time, at the right token: he guessed that one. */
    while (!n2_links_output(a->links, &to, &out)) {
        w.now_us += 100000;
        n2_links_expire(a->links, w.now_us);
    }
    memcpy(answer, out + 10, 6);
    answer[6] = 0xc0;
    answer[8] = 4;
    answer[9] = 1;
    memset(answer + 10, 0x55, 6);
    memcpy(answer + 16, first, sizeof first);
    answer[25] = answer[26] = 4;
    check_accept(answer + N2_FRAME_HEAD_BYTES);
    n2_links_input(a->links, &b->net, answer, sizeof answer, w.now_us);
    g_assert_false(n2_links_is_up(a->links, 1));
    world_clear(&w);
}

/* Ports of a switch are what its operator planned: a stranger gets none by wishing for it, nor
 * by being first, nor one that is kept for another address. */
static void
test_planned_ports(void)
{
    world w;

    world_init(&w, 3);
    node *sw = &w.nodes[0], *friend = &w.nodes[1], *stranger = &w.nodes[2];
    n2_links_free(sw->links);
    n2_links_config config = {.env.random = random_cb,
                              .width = 3,
                              .accepts = TRUE,
                              .is_planned = TRUE,
                              .datagram_bytes = 1452};
    g_assert_cmpint(n2_links_new(&sw->links, &config), ==, N2_OK);
    g_assert_cmpint(n2_links_plan(sw->links, 0, NULL, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_plan(sw->links, 8, NULL, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_open(stranger->links, &sw->net, 7, 0, 5, w.now_us), ==, N2_OK);
    run_for(&w, 3 * N2_SECOND_US / 10); /* nothing is said before the plan is known */
    expect_none(stranger);
    g_assert_cmpint(n2_links_plan(sw->links, 5, &friend->net, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpint(expect(stranger, N2_LINK_DOWN).err, ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_links_plan(sw->links, 3, NULL, w.now_us), ==, N2_OK);
    run_for(&w, 60 * N2_SECOND_US); /* it goes on trying, and one is open now */
    g_assert_cmpuint(expect(sw, N2_LINK_UP).port, ==, 3);
    g_assert_cmpint(n2_links_open(friend->links, &sw->net, 8, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(sw, N2_LINK_UP).port, ==, 5);
    /* He begins anew, and has his port again at once. */
    n2_links_free(friend->links);
    config.is_planned = FALSE;
    g_assert_cmpint(n2_links_new(&friend->links, &config), ==, N2_OK);
    g_assert_cmpint(n2_links_open(friend->links, &sw->net, 10, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(sw, N2_LINK_DOWN).port, ==, 5);
    g_assert_cmpuint(expect(sw, N2_LINK_UP).port, ==, 5);
    /* Kept for another from now on. */
    n2_net_addr other = address(9);
    g_assert_cmpint(n2_links_plan(sw->links, 3, &other, w.now_us), ==, N2_OK);
    g_assert_cmpuint(expect(sw, N2_LINK_DOWN).port, ==, 3);
    run_for(&w, 60 * N2_SECOND_US);
    g_assert_false(n2_links_is_up(sw->links, 3));
    g_assert_true(n2_links_is_up(sw->links, 5));
    /* What we open ourselves may have any but those. */
    g_assert_cmpint(n2_links_open(sw->links, &stranger->net, 9, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_true(n2_links_is_up(sw->links, 1));
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/attack-05-spoofed-open", test_spoofed_open);
    g_test_add_func("/link/attack-05-borrowed-cookie", test_borrowed_cookie);
    g_test_add_func("/link/attack-05-forged-answer", test_forged_answer);
    g_test_add_func("/link/attack-05-stolen-rebinding", test_stolen_rebinding);
    g_test_add_func("/link/attack-05-no-amplifier", test_no_amplifier);
    g_test_add_func("/link/attack-26-planned-ports", test_planned_ports);
    g_test_add_func("/link/attack-05-link-id-taken", test_link_id_taken);
    g_test_add_func("/link/attack-05-confirm-elsewhere", test_confirm_elsewhere);
    g_test_add_func("/link/attack-05-confirm-copied", test_confirm_copied);
    g_test_add_func("/link/attack-05-fresh-nonce", test_fresh_nonce);
    return g_test_run();
}
