/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-attacks.c - an attacker beside an honest client at one switch: floods, copies, replays,
 *                 forged ways back.  Each test is named after the attack and replays from its
 *                 seed.
 */
#include <string.h>

#include "base/limits.h"
#include "star.h"
#include "transport/first.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    SEEDS = 3
};

static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 5000};

static void
draw(star *s, void *out, size_t len)
{
    world_random_fill(world_peek_random(s->w), out, len);
}

static void
inject_hello(star *s, const uint8_t token[12], const uint8_t *e_and_rest, uint64_t back)
{
    uint8_t data[N2_FIRST_BYTES];
    n2_first first = {.type = N2_FIRST_HELLO,
                      .suite = 1,
                      .key_id = STAR_KEY_ID,
                      .token = token,
                      .body = e_and_rest};

    n2_first_encode(&first, data);
    star_inject_first(s, STAR_ATTACKER, data, back, 40);
}

static bool
read_first(const uint8_t *packet, size_t len, n2_first *first)
{
    n2_packet p;

    return !n2_packet_parse(&p, packet, len) && p.is_long && !p.is_sealed && !p.address &&
           p.mode == N2_MODE_UNICAST && !n2_first_decode(first, p.data, p.data_bytes);
}

/* ---- D4, 11, 24: floods --------------------------------------------------------------------
 */

typedef struct {
    bool answers;              /* the attacker repeats its hellos with the tokens */
    uint8_t bodies[8192][112]; /* by the first two bytes of e */
    uint64_t backs[8192];
    unsigned n_again, n_client_again, n_client_tokens, n_to_client;
} flood;

static const uint8_t no_token[12];

static void
flood_packet(star *s, int from, int to, uint8_t *packet, size_t len)
{
    flood *f = s->user;
    n2_first first;

    if (!read_first(packet, len, &first))
        return;
    f->n_client_tokens += from == STAR_CLIENT && first.type == N2_FIRST_HELLO &&
                          memcmp(first.token, no_token, 12) != 0;
    f->n_to_client += to == STAR_CLIENT;
    if (first.type != N2_FIRST_AGAIN || from != STAR_HUB)
        return;
    f->n_client_again += to == STAR_CLIENT;
    if (to != STAR_ATTACKER)
        return;
    f->n_again++;
    unsigned at = (unsigned)(first.token[0] << 8 | first.token[1]) % 8192;
    if (f->answers && !memcmp(f->bodies[at], first.token, 12))
        inject_hello(s, first.body, f->bodies[at], f->backs[at]);
}

/* @ways: different ways back that the attacker makes up; @per_s hellos for @ms. */
static void
run_flood(star *s, flood *f, uint64_t ways, unsigned per_s, unsigned ms)
{
    for (unsigned i = 0; i < ms; i++) {
        for (unsigned k = 0; k < per_s / 1000; k++) {
            uint8_t body[112];
            uint64_t back;
            draw(s, body, sizeof body);
            draw(s, &back, sizeof back);
            unsigned at = (unsigned)(body[0] << 8 | body[1]) % 8192;
            back = ways ? back % ways : 0;
            memcpy(f->bodies[at], body, sizeof body);
            f->backs[at] = back;
            inject_hello(s, no_token, body, back);
        }
        star_run(s, 1000);
        n2_plane_stats stats = star_stats(s, STAR_SERVER);
        g_assert_cmpuint(stats.half_open, <=, N2_HALF_OPEN_MAX);
        /* No answer is longer than its question, and none goes to another. */
        g_assert_cmpuint(s->bytes[STAR_ATTACKER][1], <=, s->bytes[STAR_ATTACKER][0]);
    }
}

static void
test_flood(gconstpointer data)
{
    uint64_t ways = (uint64_t)GPOINTER_TO_SIZE(data);

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        star *s = star_new(seed, &wire, 1472);
        flood *f = g_new0(flood, 1);
        s->user = f;
        s->on_packet = flood_packet;
        s->node[STAR_ATTACKER]->is_dead = true; /* else its switch goes on as its labels say */
        run_flood(s, f, ways, 4000, 500);
        g_assert_cmpuint(f->n_to_client, ==, 0);
        star_connect(s);
        run_flood(s, f, ways, 4000, 1000);
        g_assert_cmpuint(s->conn[STAR_CLIENT], !=, 0);
        g_assert_cmpuint(s->conn[STAR_SERVER], !=, 0);
        g_assert_cmpuint(f->n_again, >, 3000);
        g_assert_cmpuint(f->n_client_again, >, 0);  /* it was asked for the token ... */
        g_assert_cmpuint(f->n_client_tokens, >, 0); /* ... and gave it */
        star_run(s, 4100000);
        g_assert_cmpuint(star_stats(s, STAR_SERVER).half_open, ==, 0);
        g_assert_cmpuint(star_stats(s, STAR_SERVER).connections, ==, 1);
        g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_CONNECTED), ==, 1);
        g_free(f);
        star_free(s);
    }
}

/* 24: it takes the answers to all its ways and gives every token back: the table is full, of
 * well-made hellos that lead nowhere. */
static void
test_flood_with_tokens(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        star *s = star_new(seed, &wire, 1472);
        flood *f = g_new0(flood, 1);
        f->answers = true;
        s->user = f;
        s->on_packet = flood_packet;
        run_flood(s, f, UINT64_C(1) << 40, 4000, 2500);
        star_connect(s);
        run_flood(s, f, UINT64_C(1) << 40, 4000, 2500);
        g_assert_cmpuint(s->conn[STAR_CLIENT], !=, 0);
        g_assert_cmpuint(s->conn[STAR_SERVER], !=, 0);
        g_free(f);
        star_free(s);
    }
}

/* A token is of one way and one e. */
static void
test_forged_tokens(void)
{
    star *s = star_new(1, &wire, 1472);
    flood *f = g_new0(flood, 1);
    uint8_t body[112], token[12];

    s->user = f;
    s->on_packet = flood_packet;
    s->node[STAR_ATTACKER]->is_dead = true;
    run_flood(s, f, 1 << 20, 4000, 600);
    star_run(s, 50000);
    n2_plane_stats before = star_stats(s, STAR_SERVER);
    for (unsigned i = 0; i < 300; i++) {
        draw(s, body, sizeof body);
        draw(s, token, sizeof token);
        inject_hello(s, token, body, i);
    }
    star_run(s, 100000);
    n2_plane_stats after = star_stats(s, STAR_SERVER);
    g_assert_cmpuint(after.hellos - before.hellos, ==, 300);
    g_assert_cmpuint(after.hellos_refused - before.hellos_refused, ==, 300);
    g_free(f);
    star_free(s);
}

/* ---- 11: replays ---------------------------------------------------------------------------
 */

typedef struct {
    uint8_t hello[N2_FIRST_BYTES];
    unsigned n_hellos, n_answers[STAR_NODES];
    uint8_t answer[N2_FIRST_BYTES];
    bool copies, differs;
} copier;

static void
copier_packet(star *s, int from, int to, uint8_t *packet, size_t len)
{
    copier *c = s->user;
    n2_first first;

    if (!read_first(packet, len, &first))
        return;
    if (first.type == N2_FIRST_ANSWER && from == STAR_HUB) {
        if (c->n_answers[to]++ && to == STAR_CLIENT)
            c->differs |= memcmp(c->answer, packet + N2_LONG_HEAD_BYTES, N2_FIRST_BYTES) != 0;
        if (to == STAR_CLIENT)
            memcpy(c->answer, packet + N2_LONG_HEAD_BYTES, N2_FIRST_BYTES);
    }
    if (first.type != N2_FIRST_HELLO || from != STAR_CLIENT)
        return;
    c->n_hellos++;
    memcpy(c->hello, packet + N2_LONG_HEAD_BYTES, N2_FIRST_BYTES);
    if (c->copies)
        star_inject_first(s, STAR_ATTACKER, c->hello, 0, 0);
}

static void
test_replay(void)
{
    star *s = star_new(4, &wire, 1472);
    copier c = {0};

    s->user = &c;
    s->on_packet = copier_packet;
    star_connect(s);
    star_run(s, 12000); /* the first one has arrived, its answer not yet */
    for (unsigned i = 0; i < 5; i++)
        star_inject_first(s, STAR_CLIENT, c.hello, 0, 3);
    g_assert_true(star_until_connected(s, 1000000));
    star_send(s, true, 100000, 2048);
    g_assert_true(star_finish(s, 5000000));
    g_assert_false(c.differs); /* the same e, the same answer */
    for (unsigned i = 0; i < 200; i++) {
        star_inject_first(s, STAR_ATTACKER, c.hello, i, 10);
        star_inject_first(s, STAR_CLIENT, c.hello, 0, 3);
    }
    star_send(s, true, 100000, 2048);
    g_assert_true(star_finish(s, 5000000));
    star_run(s, 10000000);
    g_assert_cmpuint(star_stats(s, STAR_SERVER).connections, ==, 1);
    g_assert_cmpuint(star_stats(s, STAR_SERVER).half_open, ==, 0);
    g_assert_cmpuint(star_stats(s, STAR_CLIENT).connections, ==, 1);
    g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_CONNECTED), ==, 1);
    g_assert_cmpuint(star_count(s, STAR_CLIENT, N2_EVENT_CONNECTED), ==, 1);
    g_assert_cmpuint(s->bytes[STAR_ATTACKER][1], <=, s->bytes[STAR_ATTACKER][0]);
    star_free(s);
}

/* A hello is copied and comes first by a quicker way: its maker gets its answer all the same,
 * and data go to it. */
static void
test_quicker_copy(void)
{
    world_wire slow = {.rate_Bps = 12500000, .delay_us = 50000};
    star *s = star_new(5, &wire, 1472);
    copier c = {.copies = true};

    world_change(s->w, s->node[STAR_CLIENT], s->node[STAR_HUB], &slow);
    s->user = &c;
    s->on_packet = copier_packet;
    star_connect(s);
    g_assert_true(star_until_connected(s, 2000000));
    g_assert_cmpuint(c.n_answers[STAR_ATTACKER], >, 0);
    uint64_t before = s->bytes[STAR_ATTACKER][1];
    star_send(s, true, 200000, 2048);
    g_assert_true(star_finish(s, 5000000));
    g_assert_cmpuint(s->bytes[STAR_ATTACKER][1] - before, <, 1000);
    star_free(s);
}

/* ---- 2, 6: copies of sealed packets ---------------------------------------------------------
 */

/* Everything that client and server say to each other comes a second time through the
 * attacker's port, and earlier. */
static void
copy_sealed(star *s, int from, int to, uint8_t *packet, size_t len)
{
    uint8_t copy[N2_PACKET_BYTES_MAX];

    if (to != STAR_HUB || from == STAR_ATTACKER || !(packet[0] & N2_KIND_SEALED))
        return;
    memcpy(copy, packet, len);
    n2_packet_set_path(
        copy, star_path_from_hub(s, from == STAR_CLIENT ? STAR_SERVER : STAR_CLIENT, 0, 0));
    star_inject(s, STAR_ATTACKER, copy, len);
}

static void
test_copies(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        world_wire slow = {.rate_Bps = 12500000, .delay_us = 20000, .loss_ppm = 20000};
        star *s = star_new(seed, &wire, 2200);
        star_connect(s);
        g_assert_true(star_until_connected(s, 1000000));
        for (int i = STAR_SERVER; i <= STAR_CLIENT; i++) {
            world_change(s->w, s->node[i], s->node[STAR_HUB], &slow);
            world_change(s->w, s->node[STAR_HUB], s->node[i], &slow);
        }
        s->on_packet = copy_sealed;
        uint64_t before = s->bytes[STAR_ATTACKER][1];
        star_send(s, true, 500000, 2048);
        star_send(s, false, 300000, 512);
        if (!star_finish(s, 30000000))
            g_error("seed %" G_GUINT64_FORMAT ": %u written, %u sent", seed, s->n_written,
                    s->n_sent);
        g_assert_cmpuint(s->conn[STAR_CLIENT], !=, 0);
        g_assert_cmpuint(s->conn[STAR_SERVER], !=, 0);
        g_assert_cmpuint(s->bytes[STAR_ATTACKER][1], ==, before); /* nothing turned to it */
        star_free(s);
    }
}

/* Bits flipped anywhere on the way, in one packet of twenty: nothing wrong is ever shown. */
static void
flip(star *s, int from, int to, uint8_t *packet, size_t len)
{
    (void)from;
    if (to == STAR_HUB && packet[0] & N2_KIND_SEALED &&
        world_random_next(world_peek_random(s->w)) % 20 == 0)
        packet[10 + world_random_next(world_peek_random(s->w)) % (len - 10)] ^= 0x10;
}

static void
test_flipped(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        star *s = star_new(seed, &wire, 1472);
        star_connect(s);
        g_assert_true(star_until_connected(s, 1000000));
        s->on_packet = flip;
        star_send(s, true, 1000000, 2048);
        star_send(s, false, 100000, 128);
        g_assert_true(star_finish(s, 30000000));
        g_assert_cmpuint(star_stats(s, STAR_SERVER).dropped_endpoint, >, 0);
        star_free(s);
    }
}

/* ---- T4, 23: ways back, queries
 * --------------------------------------------------------------
 */

typedef struct {
    unsigned to[STAR_NODES];
    size_t longest;
} counts;

static void
count_first(star *s, int from, int to, uint8_t *packet, size_t len)
{
    counts *c = s->user;
    n2_first first;

    if (from == STAR_HUB && read_first(packet, len, &first) && first.type == N2_FIRST_KEY) {
        c->to[to]++;
        c->longest = MAX(c->longest, len);
    }
}

/* Whatever the liar wrote as way back, the answers leave by the liar's port, none longer than
 * its question. */
static void
test_way_back(void)
{
    star *s = star_new(9, &wire, 1472);
    uint8_t data[N2_FIRST_BYTES] = {N2_FIRST_QUERY, 1};
    counts c = {0};

    s->user = &c;
    s->on_packet = count_first;
    s->node[STAR_ATTACKER]->is_dead = true; /* what it would do with them is its own doing */
    for (unsigned used = 0; used <= 50; used++)
        for (unsigned i = 0; i < 20; i++) {
            uint64_t back;
            draw(s, &back, sizeof back);
            draw(s, data + 4, 12);
            star_inject_first(s, STAR_ATTACKER, data, back, used);
            star_run(s, 1000);
        }
    star_run(s, 100000);
    g_assert_cmpuint(c.to[STAR_CLIENT], ==, 0);
    g_assert_cmpuint(c.to[STAR_SERVER], ==, 0);
    g_assert_cmpuint(c.to[STAR_ATTACKER], >, 900);
    g_assert_cmpuint(c.longest, ==, N2_LONG_HEAD_BYTES + N2_FIRST_BYTES);
    star_free(s);
}

static void
test_queries(void)
{
    star *s = star_new(10, &wire, 1472);
    uint8_t data[N2_FIRST_BYTES] = {N2_FIRST_QUERY, 1};
    counts c = {0};
    n2_op op = {.kind = N2_OP_KEY_QUERY, .tag = 77, .path = s->path};

    s->user = &c;
    s->on_packet = count_first;
    uint64_t began_us = world_now(s->w);
    for (unsigned i = 0; i < 1000; i++) {
        for (unsigned k = 0; k < 20; k++) {
            draw(s, data + 4, 12);
            star_inject_first(s, STAR_ATTACKER, data, 0, 0);
        }
        if (i == 500)
            world_op(s->w, s->node[STAR_CLIENT], &op);
        star_run(s, 1000);
    }
    uint64_t took_s = (world_now(s->w) - began_us) / 1000000;
    g_assert_cmpuint(c.to[STAR_ATTACKER], <=, (took_s + 2) * N2_QUERY_PER_S);
    g_assert_cmpuint(c.to[STAR_ATTACKER], <, 12000); /* of 20,000 */
    g_assert_cmpuint(s->bytes[STAR_ATTACKER][1], <=, s->bytes[STAR_ATTACKER][0]);
    g_assert_cmpuint(star_stats(s, STAR_SERVER).half_open, ==, 0);
    /* An honest query goes through beside 10,000 others a second. */
    const n2_event *answer = star_last(s, STAR_CLIENT, N2_EVENT_KEY_ANSWER);
    g_assert_nonnull(answer);
    g_assert_cmpint(answer->err, ==, N2_OK);
    g_assert_cmpuint(answer->tag, ==, 77);
    star_free(s);
}

/* Answers that nobody asked for, or with another token, change nothing. */
static void
test_forged_firsts(void)
{
    star *s = star_new(11, &wire, 1472);
    uint8_t data[N2_FIRST_BYTES];
    copier c = {0};

    s->user = &c;
    s->on_packet = copier_packet;
    world_wire slow = {.rate_Bps = 12500000, .delay_us = 100000};
    world_change(s->w, s->node[STAR_HUB], s->node[STAR_CLIENT], &slow);
    star_connect(s);
    star_run(s, 6000);
    /* To the client: answers with the right token (it was overheard) and anything behind it. */
    for (unsigned i = 0; i < 100; i++) {
        uint8_t bytes[N2_LONG_HEAD_BYTES + N2_FIRST_BYTES];
        n2_packet packet = {.is_long = true,
                            .size = 1,
                            .class = N2_CLASS_DEFAULT,
                            .path = star_path_from_hub(s, STAR_CLIENT, 0, 0)};
        draw(s, data, sizeof data);
        n2_first first = {.type = i % 4 == 3 ? N2_FIRST_AGAIN : N2_FIRST_ANSWER,
                          .suite = 1,
                          .key_id = STAR_KEY_ID,
                          .token = i % 2 ? c.hello + N2_FIRST_HEAD_BYTES : data,
                          .body = data + 16};
        (void)n2_packet_write_head(bytes, &packet);
        n2_first_encode(&first, bytes + N2_LONG_HEAD_BYTES);
        star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
    }
    g_assert_true(star_until_connected(s, 5000000));
    star_send(s, true, 100000, 2048);
    g_assert_true(star_finish(s, 5000000));
    star_free(s);
}

/* ---- 20: fast reconnecting
 * -------------------------------------------------------------------
 */

static void
test_reconnect(void)
{
    star *s = star_new(12, &wire, 1472);

    for (unsigned i = 0; i < 400; i++) {
        star_connect(s);
        if (!star_until_connected(s, 2000000))
            g_error("no connection at %u", i);
        n2_op op = {.kind = N2_OP_CLOSE, .conn = s->conn[i % 2 ? STAR_CLIENT : STAR_SERVER]};
        world_op(s->w, s->node[i % 2 ? STAR_CLIENT : STAR_SERVER], &op);
        while (s->conn[STAR_CLIENT] || s->conn[STAR_SERVER])
            g_assert_true(world_step(s->w));
    }
    g_assert_cmpuint(star_stats(s, STAR_SERVER).connections, ==, 0);
    g_assert_cmpuint(star_stats(s, STAR_CLIENT).connections, ==, 0);
    star_free(s);
}

/* The same seed, the same run. */
static void
test_replays(void)
{
    uint64_t trace[2];

    for (unsigned i = 0; i < 2; i++) {
        star *s = star_new(21, &wire, 1472);
        flood *f = g_new0(flood, 1);
        s->user = f;
        s->on_packet = flood_packet;
        run_flood(s, f, 1 << 20, 2000, 300);
        star_connect(s);
        star_run(s, 1000000);
        trace[i] = world_trace(s->w);
        g_free(f);
        star_free(s);
    }
    g_assert_cmphex(trace[0], ==, trace[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/attacks/replays", test_replays);
    g_test_add_data_func("/sim/attacks/attack-24-flood-one-way", GSIZE_TO_POINTER(0),
                         test_flood);
    g_test_add_data_func("/sim/attacks/attack-24-flood-many-ways", GSIZE_TO_POINTER(1 << 30),
                         test_flood);
    g_test_add_func("/sim/attacks/attack-24-flood-with-tokens", test_flood_with_tokens);
    g_test_add_func("/sim/attacks/attack-24-forged-tokens", test_forged_tokens);
    g_test_add_func("/sim/attacks/attack-11-replay", test_replay);
    g_test_add_func("/sim/attacks/attack-02-quicker-copy", test_quicker_copy);
    g_test_add_func("/sim/attacks/attack-06-copies", test_copies);
    g_test_add_func("/sim/attacks/attack-21-flipped", test_flipped);
    g_test_add_func("/sim/attacks/attack-05-way-back", test_way_back);
    g_test_add_func("/sim/attacks/attack-23-queries", test_queries);
    g_test_add_func("/sim/attacks/attack-24-forged-answers", test_forged_firsts);
    g_test_add_func("/sim/attacks/attack-20-reconnect", test_reconnect);
    return g_test_run();
}
