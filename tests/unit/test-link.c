/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-link.c - the promises in link.h and halves.h, over a net that the test is.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "link/run.h"

enum {
    N_NODES = 3,
    HOP_US = 1000
};

typedef struct {
    n2_links *links;
    n2_net_addr net;
    n2_net_addr from; /* what the others see: differs from net when a test moves the node */
    guint sent[8];    /* control messages by type */
} node;

typedef struct {
    node nodes[N_NODES];
    uint64_t now_us;
    guint lose_type;    /* the next message of this type is lost */
    gboolean cut;       /* all are */
    guint to_strangers; /* bytes sent to addresses that are no node */
} world;

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)g_test_rand_int_range(0, 256);
}

static n2_net_addr
address(guint8 which)
{
    return (n2_net_addr){.len = 6, .bytes = {127, 0, 0, which, 9, which}};
}

static void
world_init(world *w, guint width)
{
    *w = (world){.now_us = 5 * N2_SECOND_US};
    for (guint i = 0; i < N_NODES; i++) {
        n2_links_config config = {.env.random = random_cb,
                                  .width = (uint8_t)width,
                                  .accepts = TRUE,
                                  .datagram_bytes = 1452};
        g_assert_cmpint(n2_links_new(&w->nodes[i].links, &config), ==, N2_OK);
        w->nodes[i].net = w->nodes[i].from = address((guint8)(i + 1));
    }
}

static void
world_clear(world *w)
{
    for (guint i = 0; i < N_NODES; i++)
        n2_links_free(w->nodes[i].links);
}

static node *
node_at(world *w, const n2_net_addr *net)
{
    for (guint i = 0; i < N_NODES; i++)
        if (n2_net_addr_equal(&w->nodes[i].from, net))
            return &w->nodes[i];
    return NULL;
}

/* Carries control datagrams until no node has one. */
static void
pump(world *w)
{
    for (gboolean any = TRUE; any;) {
        any = FALSE;
        for (guint i = 0; i < N_NODES; i++) {
            node *n = &w->nodes[i];
            n2_net_addr to;
            const uint8_t *bytes;
            while (n2_links_output(n->links, &to, &bytes)) {
                guint type = bytes[N2_FRAME_HEAD_BYTES];
                any = TRUE;
                n->sent[type]++;
                w->now_us += HOP_US;
                node *target = node_at(w, &to);
                if (type == w->lose_type)
                    w->lose_type = 0;
                else if (target && !w->cut) {
                    guint8 copy[N2_LINK_CONTROL_BYTES];
                    memcpy(copy, bytes, sizeof copy);
                    n2_link_data data =
                        n2_links_input(target->links, &n->from, copy, sizeof copy, w->now_us);
                    g_assert_cmpuint(data.port, ==, 0);
                }
            }
        }
    }
}

static void
run_for(world *w, uint64_t us)
{
    uint64_t end_us = w->now_us + us;

    pump(w);
    for (;;) {
        uint64_t next_us = UINT64_MAX;
        for (guint i = 0; i < N_NODES; i++)
            next_us = MIN(next_us, n2_links_deadline(w->nodes[i].links));
        if (next_us > end_us)
            break;
        w->now_us = MAX(w->now_us, next_us);
        for (guint i = 0; i < N_NODES; i++)
            n2_links_expire(w->nodes[i].links, w->now_us);
        pump(w);
    }
    w->now_us = MAX(w->now_us, end_us);
}

static n2_link_event
expect(node *n, n2_link_event_kind kind)
{
    n2_link_event event = {0};

    g_assert_true(n2_links_event(n->links, &event));
    g_assert_cmpint(event.kind, ==, kind);
    return event;
}

static void
expect_none(node *n)
{
    n2_link_event event;

    g_assert_false(n2_links_event(n->links, &event));
}

/* A link between node 0 (opener) and node 1. */
static void
open_link(world *w)
{
    g_assert_cmpint(n2_links_open(w->nodes[0].links, &w->nodes[1].net, 77, 0, 0, w->now_us), ==,
                    N2_OK);
    run_for(w, 10 * HOP_US);
    (void)expect(&w->nodes[0], N2_LINK_UP);
    (void)expect(&w->nodes[1], N2_LINK_UP);
}

static void
test_opens(void)
{
    world w;
    n2_link_info info;

    world_init(&w, 4);
    node *a = &w.nodes[0], *b = &w.nodes[1];
    g_assert_cmpint(n2_links_open(a->links, &b->net, 77, 3, 0, w.now_us), ==, N2_OK);
    g_assert_false(n2_links_is_up(a->links, 3));
    run_for(&w, 10 * HOP_US);
    n2_link_event up = expect(a, N2_LINK_UP);
    g_assert_cmpuint(up.port, ==, 3);
    g_assert_cmpuint(up.remote_port, ==, 1);
    g_assert_cmpuint(up.remote_width, ==, 4);
    g_assert_cmpuint(up.rtt_us, ==, 2 * HOP_US);
    g_assert_true(up.is_opener);
    up = expect(b, N2_LINK_UP);
    g_assert_cmpuint(up.port, ==, 1);
    g_assert_cmpuint(up.link_id, ==, 77);
    g_assert_false(up.is_opener);
    g_assert_true(n2_links_is_up(a->links, 3) && n2_links_is_up(b->links, 1));
    g_assert_true(n2_links_info(b->links, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &a->net));
    expect_none(a);
    expect_none(b);
    world_clear(&w);
}

static void
test_open_refuses(void)
{
    world w;

    world_init(&w, 1);
    node *a = &w.nodes[0];
    const n2_net_addr *to = &w.nodes[1].net;
    g_assert_cmpint(n2_links_open(a->links, to, 0, 0, 0, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 2, 0, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 0, 65536, w.now_us), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 1, 0, w.now_us), ==, N2_OK);
    g_assert_cmpint(n2_links_open(a->links, to, 7, 0, 0, w.now_us), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_links_open(a->links, to, 8, 1, 0, w.now_us), ==, N2_ERR_EXISTS);
    g_assert_cmpint(n2_links_open(a->links, to, 8, 0, 0, w.now_us), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_links_known(a->links, 8, 2), ==, N2_ERR_USAGE);
    world_clear(&w);
}

/* Each message of the handshake is lost once; both sides are up once all the same. */
static void
test_lost_message(gconstpointer type)
{
    world w;

    world_init(&w, 4);
    w.lose_type = GPOINTER_TO_UINT(type);
    g_assert_cmpint(n2_links_open(w.nodes[0].links, &w.nodes[1].net, 77, 0, 0, w.now_us), ==,
                    N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(w.lose_type, ==, 0);
    (void)expect(&w.nodes[0], N2_LINK_UP);
    (void)expect(&w.nodes[1], N2_LINK_UP);
    expect_none(&w.nodes[0]);
    expect_none(&w.nodes[1]);
    world_clear(&w);
}

static void
test_ports_are_kept(void)
{
    world w;

    world_init(&w, 3);
    node *a = &w.nodes[0], *b = &w.nodes[1], *c = &w.nodes[2];
    g_assert_cmpint(n2_links_known(b->links, 1, 1), ==, N2_OK); /* somebody not here now */
    g_assert_cmpint(n2_links_known(b->links, 2, 6), ==, N2_OK);
    g_assert_cmpint(n2_links_open(a->links, &b->net, 2, 0, 0, w.now_us), ==, N2_OK);
    g_assert_cmpint(n2_links_open(c->links, &b->net, 3, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(a, N2_LINK_UP).remote_port, ==, 6);
    g_assert_cmpuint(expect(c, N2_LINK_UP).remote_port, ==, 2); /* lowest that nobody wants */

    n2_links_close(c->links, 1, w.now_us);
    run_for(&w, N2_SECOND_US);
    g_assert_false(n2_links_is_up(b->links, 2));
    g_assert_cmpint(n2_links_open(c->links, &b->net, 3, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(c, N2_LINK_UP).remote_port, ==, 2);

    /* A node that forgot everything gives the port that its neighbour had. */
    n2_links_close(c->links, 1, w.now_us);
    g_assert_cmpint(n2_links_open(c->links, &a->net, 4, 0, 5, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpuint(expect(c, N2_LINK_UP).remote_port, ==, 5);
    world_clear(&w);
}

static void
test_no_port_left(void)
{
    world w;

    world_init(&w, 1);
    open_link(&w);
    node *c = &w.nodes[2];
    g_assert_cmpint(n2_links_open(c->links, &w.nodes[1].net, 5, 0, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    g_assert_cmpint(expect(c, N2_LINK_DOWN).err, ==, N2_ERR_LIMIT);
    n2_links_close(w.nodes[0].links, 1, w.now_us);
    run_for(&w, 60 * N2_SECOND_US); /* it goes on trying */
    (void)expect(c, N2_LINK_UP);
    world_clear(&w);
}

/* An idle link lives for ever, and says so with two pings in three seconds at most. */
static void
test_idle_lives(void)
{
    world w;

    world_init(&w, 4);
    open_link(&w);
    run_for(&w, 100 * N2_SECOND_US);
    expect_none(&w.nodes[0]);
    expect_none(&w.nodes[1]);
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1));
    g_assert_cmpuint(w.nodes[0].sent[5] + w.nodes[1].sent[5], >=, 25);
    g_assert_cmpuint(w.nodes[0].sent[5] + w.nodes[1].sent[5], <=, 100);
    world_clear(&w);
}

static void
test_silence_is_seen(void)
{
    world w;

    world_init(&w, 4);
    open_link(&w);
    w.cut = TRUE;
    run_for(&w, 4900000);
    expect_none(&w.nodes[0]);
    run_for(&w, 600000);
    g_assert_cmpint(expect(&w.nodes[0], N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpint(expect(&w.nodes[1], N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT);
    g_assert_false(n2_links_is_up(w.nodes[1].links, 1));
    run_for(&w, 20 * N2_SECOND_US);
    g_assert_cmpint(expect(&w.nodes[0], N2_LINK_DOWN).err, ==, N2_ERR_TIMEOUT); /* said once */
    expect_none(&w.nodes[0]);
    w.cut = FALSE;
    run_for(&w, N2_LINK_RETRY_MAX_US + N2_SECOND_US);
    g_assert_cmpuint(expect(&w.nodes[0], N2_LINK_UP).port, ==, 1);
    g_assert_cmpuint(expect(&w.nodes[1], N2_LINK_UP).port, ==, 1);
    world_clear(&w);
}

static void
test_close_is_told(void)
{
    world w;

    world_init(&w, 4);
    open_link(&w);
    n2_links_close_all(w.nodes[1].links, w.now_us);
    pump(&w);
    g_assert_cmpint(expect(&w.nodes[0], N2_LINK_DOWN).err, ==, N2_ERR_CLOSED);
    expect_none(&w.nodes[1]);
    run_for(&w, 3 * N2_SECOND_US); /* the opener begins again */
    (void)expect(&w.nodes[0], N2_LINK_UP);
    world_clear(&w);
}

/* ---- bodies that are none ---- */

typedef struct {
    const char *name;
    guint at; /* byte of a good OPEN that is changed */
    guint8 to;
    gint longer; /* bytes added at the end */
} bad_row;

static const bad_row bad_rows[] = {
    {"type-0", 8, 0, 0},
    {"type-8", 8, 8, 0},
    {"type-close-from-a-stranger", 8, 7, 0},
    {"another-version", 9, 2, 0},
    {"spare-byte-set", 71, 1, 0},
    {"one-byte-short", 9, 1, -1},
    {"one-byte-over", 9, 1, 1},
};

static guint
open_body(guint8 *bytes, guint8 type)
{
    memset(bytes, 0, N2_LINK_CONTROL_BYTES + 1);
    bytes[6] = 0xc0;
    bytes[8] = type;
    bytes[9] = 1;
    memset(bytes + 10, 0x11, 6);
    memset(bytes + 16, 0x22, 8);
    memset(bytes + 24, 0x33, 8);
    return N2_LINK_CONTROL_BYTES;
}

static void
test_bad_row(gconstpointer data)
{
    const bad_row *row = data;
    guint8 bytes[N2_LINK_CONTROL_BYTES + 1];
    n2_net_addr from = address(9), to;
    const uint8_t *out;
    world w;

    world_init(&w, 4);
    n2_links *links = w.nodes[0].links;
    (void)open_body(bytes, 1);
    n2_links_input(links, &from, bytes, N2_LINK_CONTROL_BYTES, w.now_us);
    g_assert_true(n2_links_output(links, &to, &out)); /* the unchanged one is answered */
    bytes[row->at] = row->to;
    n2_links_input(links, &from, bytes, (size_t)(N2_LINK_CONTROL_BYTES + row->longer),
                   w.now_us);
    g_assert_false(n2_links_output(links, &to, &out));
    g_assert_cmpuint(n2_links_peek_stats(links)->bad_control, ==, 1);
    world_clear(&w);
}

/* ---- attack 5: reflection, stolen rebinding ---- */

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

/* A datagram of @len bytes with the token that node 0 gave node 1, or the other way round. */
static size_t
data_datagram(world *w, guint from, guint8 *buf)
{
    n2_packet head = {.is_long = TRUE, .is_sealed = TRUE, .size = 1, .path = 1};
    n2_run run;
    n2_net_addr to;
    size_t segment;

    n2_run_begin(&run, w->nodes[from].links, 1, buf, 4096);
    uint8_t *at = n2_run_reserve(&run, 170);
    memset(at, 0, 170);
    (void)n2_packet_write_head(at, &head);
    n2_run_commit(&run);
    return n2_run_finish(&run, &to, &segment);
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

/* An address that really changed is followed. */
static void
test_moves(void)
{
    world w;
    guint8 buf[4096];
    n2_link_info info;

    world_init(&w, 4);
    open_link(&w);
    node *a = &w.nodes[0], *b = &w.nodes[1];
    a->from = address(42); /* what a NAT in between makes of it from now on */
    size_t len = data_datagram(&w, 0, buf);
    g_assert_cmpuint(n2_links_input(b->links, &a->from, buf, len, w.now_us).port, ==, 1);
    run_for(&w, 300000);
    g_assert_true(n2_links_info(b->links, 1, &info));
    g_assert_true(n2_net_addr_equal(&info.net, &a->from));
    n2_link_event moved = expect(b, N2_LINK_MOVED);
    g_assert_true(n2_net_addr_equal(&moved.net, &a->from));
    run_for(&w, 20 * N2_SECOND_US);
    expect_none(a);
    expect_none(b);
    world_clear(&w);
}

/* ---- halves ---- */

typedef struct {
    const char *name;
    guint order[4];  /* which of datagrams 0..3 (two packets in halves) come, 9 none */
    guint64 wait_us; /* before each */
    guint joined;
} half_row;

static const half_row half_rows[] = {
    {"in-order", {0, 1, 2, 3}, 0, 2},       {"second-first", {1, 0, 3, 2}, 0, 2},
    {"mixed", {0, 2, 3, 1}, 0, 2},          {"one-lost", {0, 2, 3, 9}, 0, 1},
    {"twice-the-same", {0, 0, 1, 1}, 0, 1}, {"in-time", {0, 1, 2, 3}, 49000, 2},
    {"too-late", {0, 1, 2, 3}, 51000, 0},
};

static void
test_half_row(gconstpointer data)
{
    const half_row *row = data;
    world w;
    guint8 buf[2][N2_PACKET_BYTES_MAX], run_buf[4 * N2_FRAME_BYTES_MIN];
    n2_run run;
    n2_net_addr to;
    size_t segment;
    guint joined = 0;

    world_init(&w, 4);
    open_link(&w);
    n2_run_begin(&run, w.nodes[0].links, 1, run_buf, sizeof run_buf);
    for (guint i = 0; i < 2; i++) {
        n2_packet head = {.is_long = TRUE, .is_sealed = TRUE, .size = 3, .path = i};
        random_cb(NULL, buf[i], sizeof buf[i]);
        (void)n2_packet_write_head(buf[i], &head);
        g_assert_true(n2_run_add(&run, buf[i], sizeof buf[i]));
    }
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==, 4 * 1053);
    g_assert_cmpuint(segment, ==, 1053);
    for (guint i = 0; i < 4; i++) {
        if (row->order[i] == 9)
            continue;
        w.now_us += row->wait_us;
        guint8 copy[1053];
        memcpy(copy, run_buf + row->order[i] * 1053, sizeof copy);
        n2_link_data got =
            n2_links_input(w.nodes[1].links, &w.nodes[0].net, copy, sizeof copy, w.now_us);
        uint8_t *packet;
        size_t len;
        if (!got.port)
            continue;
        g_assert_cmpint(n2_bundle_next(&got.packets, &packet, &len), ==, N2_OK);
        g_assert_cmpmem(packet, len, buf[n2_packet_get_path(packet)], N2_PACKET_BYTES_MAX);
        g_assert_cmpint(n2_bundle_next(&got.packets, &packet, &len), ==, N2_ERR_NOTFOUND);
        joined++;
    }
    g_assert_cmpuint(joined, ==, row->joined);
    world_clear(&w);
}

/* However many first halves come, the memory stays and newer ones win. */
static void
test_halves_are_bounded(void)
{
    world w;
    guint8 half[1053] = {0};
    guint8 buf[4096];

    world_init(&w, 4);
    open_link(&w);
    (void)data_datagram(&w, 0, buf);
    memcpy(half, buf, 6);
    half[8] = N2_KIND_VERSION | N2_KIND_LONG | N2_KIND_SEALED | 3 << N2_KIND_SIZE_SHIFT;
    for (guint i = 0; i < 1000; i++) {
        half[6] = (guint8)(N2_FRAME_FIRST_HALF << 6 | 2 * i >> 8);
        half[7] = (guint8)(2 * i);
        n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, sizeof half, w.now_us);
    }
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->lost_halves, ==,
                     1000 - N2_LINK_HALVES_MAX);
    half[6] = (guint8)(N2_FRAME_SECOND_HALF << 6 | 1999 >> 8);
    half[7] = (guint8)(1999 & 255);
    n2_link_data got =
        n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, sizeof half, w.now_us);
    g_assert_cmpuint(got.port, ==, 1);
    half[6] = (guint8)(N2_FRAME_FIRST_HALF << 6);
    half[8] = N2_KIND_VERSION | N2_KIND_LONG; /* 50 bytes need no halves */
    n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, sizeof half, w.now_us);
    n2_links_input(w.nodes[1].links, &w.nodes[0].net, half, 100, w.now_us);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->bad_halves, ==, 2);
    world_clear(&w);
}

static void
test_unknown_token(void)
{
    world w;
    guint8 buf[4096];

    world_init(&w, 4);
    open_link(&w);
    size_t len = data_datagram(&w, 0, buf);
    buf[3] ^= 1;
    g_assert_cmpuint(n2_links_input(w.nodes[1].links, &w.nodes[0].net, buf, len, 0).port, ==,
                     0);
    g_assert_cmpuint(n2_links_input(w.nodes[1].links, &w.nodes[0].net, buf, 7, 0).port, ==, 0);
    memset(buf, 0, 6);
    g_assert_cmpuint(n2_links_input(w.nodes[1].links, &w.nodes[0].net, buf, len, 0).port, ==,
                     0);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->unknown_tokens, ==, 2);
    g_assert_cmpuint(n2_links_peek_stats(w.nodes[1].links)->short_datagrams, ==, 1);
    world_clear(&w);
}

/* The control plane takes no news: so many links later the next one is put off, no memory is
 * taken for more, and a link that is there goes on. */
static void
test_events_are_bounded(void)
{
    world w;
    n2_link_event event;
    n2_uses uses = {0};
    guint n = 0;

    world_init(&w, 4);
    open_link(&w);
    node *stranger = &w.nodes[2], *held = &w.nodes[1];
    for (guint i = 0; i < N2_LINK_EVENTS_MAX / 2 + 50; i++) {
        g_assert_cmpint(n2_links_open(stranger->links, &held->net, 1000 + i, 1, 0, w.now_us),
                        ==, N2_OK);
        run_for(&w, 10 * HOP_US);
        n2_links_close(stranger->links, 1, w.now_us);
        run_for(&w, 10 * HOP_US);
        while (n2_links_event(stranger->links, &event))
            ;
    }
    n2_links_uses(held->links, &uses);
    for (size_t i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, "link_events")) {
            g_assert_cmpuint(uses.rows[i].at, ==, N2_LINK_EVENTS_MAX);
            g_assert_cmpuint(uses.rows[i].refused, >, 0);
            n++;
        }
    g_assert_cmpuint(n, ==, 1);
    g_assert_true(n2_links_is_up(w.nodes[0].links, 1) && n2_links_is_up(held->links, 1));
    while (n2_links_event(held->links, &event))
        ;
    g_assert_cmpint(n2_links_open(stranger->links, &held->net, 7, 1, 0, w.now_us), ==, N2_OK);
    run_for(&w, N2_SECOND_US);
    (void)expect(held, N2_LINK_UP);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/opens", test_opens);
    g_test_add_func("/link/open-refuses", test_open_refuses);
    g_test_add_data_func("/link/lost/open", GUINT_TO_POINTER(1), test_lost_message);
    g_test_add_data_func("/link/lost/challenge", GUINT_TO_POINTER(2), test_lost_message);
    g_test_add_data_func("/link/lost/confirm", GUINT_TO_POINTER(3), test_lost_message);
    g_test_add_data_func("/link/lost/accept", GUINT_TO_POINTER(4), test_lost_message);
    g_test_add_func("/link/ports-are-kept", test_ports_are_kept);
    g_test_add_func("/link/no-port-left", test_no_port_left);
    g_test_add_func("/link/idle-lives", test_idle_lives);
    g_test_add_func("/link/silence-is-seen", test_silence_is_seen);
    g_test_add_func("/link/close-is-told", test_close_is_told);
    g_test_add_func("/link/moves", test_moves);
    g_test_add_func("/link/unknown-token", test_unknown_token);
    for (gsize i = 0; i < G_N_ELEMENTS(bad_rows); i++) {
        g_autofree char *path = g_strconcat("/link/bad/", bad_rows[i].name, NULL);
        g_test_add_data_func(path, &bad_rows[i], test_bad_row);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(half_rows); i++) {
        g_autofree char *path = g_strconcat("/link/halves/", half_rows[i].name, NULL);
        g_test_add_data_func(path, &half_rows[i], test_half_row);
    }
    g_test_add_func("/link/halves/bounded", test_halves_are_bounded);
    g_test_add_func("/link/events-are-bounded", test_events_are_bounded);
    g_test_add_func("/link/attack-05-spoofed-open", test_spoofed_open);
    g_test_add_func("/link/attack-05-borrowed-cookie", test_borrowed_cookie);
    g_test_add_func("/link/attack-05-forged-answer", test_forged_answer);
    g_test_add_func("/link/attack-05-stolen-rebinding", test_stolen_rebinding);
    g_test_add_func("/link/attack-05-no-amplifier", test_no_amplifier);
    g_test_add_func("/link/attack-05-link-id-taken", test_link_id_taken);
    return g_test_run();
}
