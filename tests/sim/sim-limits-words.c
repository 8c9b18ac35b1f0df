/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-limits-words.c - strangers say more than an end point listens to: hellos, tickets, words
 *                      of switches, moves, probes; an honest peer of it is served meanwhile.
 */
#include <string.h>

#include "base/limits.h"
#include "met.h"
#include "served.h"
#include "switch/notice.h"
#include "wire/packet.h"
#include "wire/path.h"

/* ---- address 0 ------------------------------------------------------------------------------
 */

static uint64_t
agreements(served *w)
{
    n2_endpoint_stats stats;

    n2_endpoint_stats_get(w->host.ep, &stats);
    return stats.agreements;
}

/* A hello with nothing behind it, and once more with the token that it is told to bring. */
static void
worthless_hello(served *w, puppet *p, bool brings_token)
{
    memset(p->hello, 0, sizeof p->hello);
    p->hello[0] = N2_FIRST_HELLO;
    p->hello[1] = N2_SUITE_1;
    p->hello[3] = PUPPET_KEY_ID;
    puppet_random_cb(&w->host.random, p->hello + N2_FIRST_HEAD_BYTES, N2_FIRST_BODY_BYTES);
    unsigned before = p->n_again;
    puppet_first(p, p->hello);
    puppet_take(p);
    if (brings_token && p->n_again > before)
        puppet_first(p, p->hello);
}

/* Somebody honest comes by another way: it has to bring a token, gets one, and is let in. */
static void
newcomer(served *w, unsigned id)
{
    static const uint8_t zeros[32];
    puppet p;

    puppet_init(&p, &w->host, id);
    g_assert_false(puppet_connect(&p));
    g_assert_cmpuint(p.n_again, ==, 1);
    puppet_first(&p, p.hello);
    puppet_take(&p);
    g_assert_true(p.is_ready);
    puppet_send(&p, p.peer.command, zeros, sizeof zeros);
    puppet_clear(&p);
}

/* Public-key operations that strangers have done for nothing, by count, for time says little
 * here: so many a second without a token, whatever ways they name; with one, 16 by one way. */
static void
test_agreements(void)
{
    served *w = served_new();
    puppet p;

    (void)served_transfer(w);
    guint64 calm_us = served_transfer(w);
    puppet_init(&p, &w->host, 1000);
    for (unsigned second = 0; second < 3; second++) {
        uint64_t before = agreements(w), began_us = w->host.now_us;
        for (unsigned i = 0; i < 2000; i++) {
            p.way = (uint64_t)(0x2000 + i) << 6 | 16;
            worthless_hello(w, &p, false);
        }
        g_assert_cmpuint(served_transfer(w), <=, 2 * calm_us + 20000);
        g_assert_cmpuint(agreements(w) - before, <=, 2 * N2_HELLO_PER_S); /* two began in it */
        g_assert_cmpuint(agreements(w) - before, >, 0);
        w->host.now_us = began_us + N2_SECOND_US;
    }
    w->host.now_us += 2 * N2_HALF_OPEN_US;
    puppet_host_settle(&w->host);
    p.way = UINT64_C(0x9000) << 6 | 16;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t before = agreements(w);
        for (unsigned k = 0; k < 2000; k++)
            worthless_hello(w, &p, true);
        newcomer(w, 2000 + i);
        g_assert_cmpuint(served_transfer(w), <=, 2 * calm_us + 20000);
        g_assert_cmpuint(agreements(w) - before, ==, N2_HALF_OPEN_PER_WAY_MAX + 1);
        w->host.now_us += N2_HALF_OPEN_US + N2_SECOND_US;
        puppet_host_settle(&w->host);
    }
    n2_use use = served_use(w, "again_per_s");
    met_assert(&use, FALSE, 0);
    /* Queries, resumptions and rubbish cost none. */
    uint64_t before = agreements(w);
    for (unsigned type = 0; type < 256; type++) {
        if (type == N2_FIRST_HELLO)
            continue;
        puppet_random_cb(&w->host.random, p.hello, sizeof p.hello);
        p.hello[0] = (uint8_t)type;
        p.hello[1] = N2_SUITE_1;
        puppet_first(&p, p.hello);
    }
    g_assert_cmpuint(agreements(w), ==, before);
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==, 0);
    puppet_clear(&p);
    served_clear(w);
}

/* Tickets that nobody gave. */
static void
fill_unknown(served *w)
{
    uint8_t resume[N2_FIRST_BYTES] = {N2_FIRST_RESUME, N2_SUITE_1, 0, PUPPET_KEY_ID};

    for (unsigned i = 0; i < 2 * N2_UNKNOWN_PER_S; i++) {
        puppet_random_cb(&w->host.random, resume + 4, sizeof resume - 4);
        puppet_first(&w->strangers[i % SERVED_STRANGERS], resume);
    }
}

/* More for a plain region than a keyboard could say. */
static void
fill_plain(served *w)
{
    puppet *p = &w->strangers[0];
    uint8_t bytes[N2_PACKET_BYTES_MAX] = {0};
    n2_op op = {.kind = N2_OP_PLAIN_GRANT,
                .address = 5 << 8,
                .path = n2_path_answer(p->way),
                .size = 1024};
    n2_packet packet = {.is_long = true,
                        .size = 1,
                        .class = N2_CLASS_DEFAULT,
                        .path = p->way,
                        .address = 5 << 8};
    size_t head = n2_packet_write_head(bytes, &packet);

    puppet_host_op(&w->host, &op); /* a second time it is there already */
    for (unsigned i = 0; i < 2 * N2_PLAIN_PER_S; i++)
        puppet_deliver(p, bytes, head + 128);
}

/* ---- words of switches ----------------------------------------------------------------------
 */

/* About packets that nobody sent. */
static void
fill_notices(served *w)
{
    n2_switch_notice n = {.reason = N2_NOTICE_DROPPED, .kind = 0x7c, .address = 0x1000};

    for (unsigned i = 0; i < 2 * N2_NOTICE_PER_S; i++) {
        n.noise += 7;
        n2_endpoint_notice(w->host.ep, &n, w->host.now_us);
    }
}

/* What a stranger gets, a switch of his says was dropped; and then he says that it came. */
static void
fill_lies(served *w)
{
    puppet *p = &w->strangers[0];
    n2_op op = {.kind = N2_OP_SEND,
                .conn = w->conns[1],
                .tag = 7000 + ++w->number,
                .address = UINT64_C(0x0800000300000000),
                .memory = w->source,
                .size = 16 * SERVED_UNIT,
                .unit = SERVED_UNIT};
    unsigned n_lies = 0;

    puppet_forget(p);
    puppet_host_op(&w->host, &op);
    puppet_wait(p, 100000, 1000, false);
    n2_ack ack;
    puppet_ack(p, &ack);
    for (unsigned i = 0; i < p->n_kept && n_lies < N2_NOTICE_LIES_MAX + 1; i++) {
        const puppet_packet *k = &p->kept[i];
        if (k->len != SERVED_UNIT)
            continue;
        n2_endpoint_notice(w->host.ep,
                           &(n2_switch_notice){.reason = N2_NOTICE_DROPPED,
                                               .kind = 0x7c,
                                               .address = k->address,
                                               .counter = k->counter,
                                               .noise = k->half},
                           w->host.now_us);
        n_lies++;
    }
    puppet_send_ack(p, &ack);
    puppet_wait(p, 100000, 1000, true);
}

/* ---- words of a peer ------------------------------------------------------------------------
 */

static void
say(puppet *p, uint64_t way, const n2_control_message *m)
{
    uint64_t kept = p->way;
    uint8_t bytes[N2_CONTROL_BYTES];

    n2_control_encode(m, bytes);
    p->way = way;
    puppet_send(p, p->peer.control, bytes, sizeof bytes);
    p->way = kept;
}

static void
fill_moves(served *w)
{
    for (unsigned i = 0; i < 3 * N2_MOVE_PER_S; i++)
        say(&w->strangers[i % 2], (UINT64_C(0x7000) + i) << 6 | 16,
            &(n2_control_message){.type = N2_CONTROL_MOVED, .move = ++w->number});
}

static void
fill_probes(served *w)
{
    for (unsigned i = 0; i < 2000; i++)
        say(&w->strangers[i % 2], w->strangers[i % 2].way,
            &(n2_control_message){.type = N2_CONTROL_CHECK, .check = 7});
}

/* ---- rows -----------------------------------------------------------------------------------
 */

static const served_row rows[] = {
    {"unknown_per_s", fill_unknown, FALSE, FALSE, 0},
    {"plain_per_s", fill_plain, FALSE, FALSE, 0},
    {"notice_per_s", fill_notices, FALSE, FALSE, 0},
    {"notice_lies", fill_lies, FALSE, FALSE, 0},
    {"move_per_s", fill_moves, FALSE, FALSE, 0},
    {"probe_per_s", fill_probes, FALSE, FALSE, 0},
};

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/limits/", rows[i].limit, NULL);
        g_test_add_data_func(path, &rows[i], served_test_row);
    }
    g_test_add_func("/sim/limits/attack-24-agreements", test_agreements);
    return g_test_run();
}
