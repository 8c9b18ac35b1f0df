/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * questions.c - small questions to a node, one in flight.
 *
 *   bench-questions udp:ADDRESS:PORT CONTENT plane|control ROUNDS
 *
 * plane    is the peer there: sealed, answered by the node's data plane
 * control  how long is CONTENT: an active message, answered by its control plane and store
 *
 * Prints the median and the 99th percentile, in microseconds, from the order given to the
 * answer opened (and, for control, run).
 *
 * In the data plane one connection is answered N2_PROBE_PER_S times a second; what is above is
 * asked again after a timeout.  One after another come quicker than that, so they go over
 * several connections in turn.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asker.h"
#include "base/id.h"
#include "share/talk.h"

enum {
    WARM = 200,
    TURNS = 16 /* 320,000 answers a second: a round trip of 3 us */
};

typedef struct {
    asker asker;
    n2_conn conns[TURNS]; /* control: the first only */
    n2_id content;
    n2_op_queue ops;
    n2_talk talk;
} bench;

static void
ask_plane(bench *b, uint64_t tag)
{
    n2_op op = {.kind = N2_OP_PROBE, .conn = b->conns[tag % TURNS], .tag = tag};

    asker_op(&b->asker, &op);
    for (;;) {
        n2_event e = asker_hear(&b->asker);
        free(e.bytes);
        if (e.kind == N2_EVENT_PROBED && e.tag == tag && !e.err)
            return;
        if (e.kind == N2_EVENT_CLOSED || e.kind == N2_EVENT_PROBED)
            g_error("no answer: %s", n2_err_name(e.err));
    }
}

static bool
is_answered(bench *b, const n2_event *e, uint64_t tag)
{
    n2_call call;
    n2_err err = n2_talk_input(&b->talk, e->conn, e->bytes, e->len, b->asker.now_us);
    bool is_there = false;

    while (!err && n2_talk_next(&b->talk, e->conn, &call, &err, b->asker.now_us))
        if (call.opcode == N2_WORD_DELIVER) {
            if (call.err)
                g_error("refused: %s", n2_err_name(call.err));
            is_there |= call.tag == tag && call.n_values == 1;
        }
    if (err)
        g_error("an answer that is none: %s", n2_err_name(err));
    return is_there;
}

static void
ask_control(bench *b, uint64_t tag)
{
    asker_ask_size(&b->asker, b->conns[0], &b->content, tag);
    for (bool is_done = false; !is_done;) {
        n2_event e = asker_hear(&b->asker);
        if (e.kind == N2_EVENT_CLOSED)
            g_error("closed: %s", n2_err_name(e.err));
        is_done = e.kind == N2_EVENT_COMMAND && is_answered(b, &e, tag);
        free(e.bytes);
    }
}

static uint64_t
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
    if (argc != 5)
        g_error("usage: bench-questions ENDPOINT CONTENT plane|control ROUNDS");
    bool is_plane = g_str_equal(argv[3], "plane");
    size_t rounds = (size_t)g_ascii_strtoull(argv[4], NULL, 10);
    g_autofree uint64_t *took_ns = g_new(uint64_t, rounds);
    bench b = {0};

    g_assert_cmpint(n2_id_parse(&b.content, N2_ID_CONTENT, argv[2], strlen(argv[2])), ==,
                    N2_OK);
    n2_talk_init(&b.talk, &b.ops);
    asker_init(&b.asker, argv[1]);
    asker_ask_key(&b.asker, 1);
    for (size_t i = 0; i < (is_plane ? TURNS : 1); i++)
        b.conns[i] = asker_connection(&b.asker);
    g_assert_cmpint(
        n2_talk_open(&b.talk, b.conns[0], N2_MAY_COMPUTE | N2_MAY_ANSWER, b.asker.now_us), ==,
        N2_OK);
    for (size_t i = 0; i < WARM + rounds; i++) {
        uint64_t began_ns = now_ns();
        if (is_plane)
            ask_plane(&b, i + 1);
        else
            ask_control(&b, i + 1);
        if (i >= WARM)
            took_ns[i - WARM] = now_ns() - began_ns;
    }
    qsort(took_ns, rounds, sizeof *took_ns, by_size);
    g_print("%.1f %.1f\n", (double)took_ns[rounds / 2] * 1e-3,
            (double)took_ns[rounds * 99 / 100] * 1e-3);
    asker_clear(&b.asker);
    n2_talk_clear(&b.talk);
    n2_op_queue_clear(&b.ops);
    return 0;
}
