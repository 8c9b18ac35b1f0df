/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * names.c - questions for names to a node, over open connections, many in flight.
 *
 *   bench-names udp:ADDRESS:PORT k1-ZONE NAMES SECONDS
 *
 * The zone has the names n0 to n(NAMES - 1).  Each is asked for once, with statements, and the
 * node may ask on for it; then they are asked for by turns.  Every answer is one of a record
 * with its proof and signed head; nothing of it is verified here, as dnsperf verifies nothing.
 *
 * Prints answers, seconds, and bytes of one answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asker.h"
#include "base/id.h"
#include "share/talk.h"

enum {
    CONNS = 16,
    FLIGHT = 4, /* of each */
    HOPS_SHIFT = 8
};

typedef struct {
    asker asker;
    n2_conn conns[CONNS];
    uint8_t zone[N2_ID_BYTES];
    unsigned names, next;
    n2_op_queue ops;
    n2_talk talk;
    size_t answers, bytes;
} bench;

static void
ask(bench *b, n2_conn conn, unsigned name, bool is_first)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = conn};
    n2_asm block = n2_asm_init();
    char label[16];

    int len = g_snprintf(label, sizeof label, "n%u", name);
    n2_asm_u64(&block, name + 1);
    n2_asm_word(&block, N2_WORD_TAG);
    n2_asm_bytes(&block, b->zone, sizeof b->zone);
    n2_asm_bytes(&block, label, (size_t)len);
    n2_asm_u64(&block, 0);
    n2_asm_u64(&block, is_first ? 1 << HOPS_SHIFT | 1 : 0);
    n2_asm_word(&block, N2_WORD_RESOLVE);
    g_assert_cmpint(n2_asm_finish(&block, &op.bytes, &op.len), ==, N2_OK);
    asker_op(&b->asker, &op);
}

static void
ask_next(bench *b, n2_conn conn)
{
    ask(b, conn, b->next, false);
    b->next = (b->next + 1) % b->names;
}

/* How many answers came, and on which connection. */
static size_t
hear(bench *b, n2_conn *conn)
{
    n2_event e = asker_hear(&b->asker);
    size_t n = 0;
    n2_call call;
    n2_err err = N2_OK;

    if (e.kind == N2_EVENT_CLOSED)
        g_error("closed: %s", n2_err_name(e.err));
    if (e.kind != N2_EVENT_COMMAND) {
        free(e.bytes);
        return 0;
    }
    *conn = e.conn;
    err = n2_talk_input(&b->talk, e.conn, e.bytes, e.len, b->asker.now_us);
    while (!err && n2_talk_next(&b->talk, e.conn, &call, &err, b->asker.now_us)) {
        if (call.opcode != N2_WORD_DELIVER)
            continue;
        if (call.err || call.n_values != 3 || call.values[1].len < 500)
            g_error("no answer: %s", n2_err_name(call.err));
        b->bytes = call.values[1].len;
        n++;
    }
    if (err)
        g_error("an answer that is none: %s", n2_err_name(err));
    free(e.bytes);
    return n;
}

static double
now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int
main(int argc, char **argv)
{
    if (argc != 5)
        g_error("usage: bench-names ENDPOINT ZONE NAMES SECONDS");
    bench b = {.names = (unsigned)g_ascii_strtoull(argv[3], NULL, 10)};
    double seconds = g_ascii_strtod(argv[4], NULL);
    n2_conn conn = 0;
    n2_id zone;

    g_assert_cmpint(n2_id_parse(&zone, N2_ID_IDENTITY, argv[2], strlen(argv[2])), ==, N2_OK);
    b.zone[0] = zone.method;
    memcpy(b.zone + 1, zone.hash, sizeof zone.hash);
    n2_talk_init(&b.talk, &b.ops);
    asker_init(&b.asker, argv[1]);
    asker_ask_key(&b.asker, 1);
    for (size_t i = 0; i < CONNS; i++) {
        b.conns[i] = asker_connection(&b.asker);
        g_assert_cmpint(
            n2_talk_open(&b.talk, b.conns[i], N2_MAY_COMPUTE | N2_MAY_ANSWER, b.asker.now_us),
            ==, N2_OK);
    }
    for (unsigned i = 0; i < b.names; i++) {
        ask(&b, b.conns[0], i, true);
        while (!hear(&b, &conn))
            ;
    }
    g_print("warm\n"); /* from here on it counts: whoever measures reads the time now */
    (void)getchar();
    double began = now_s(), ended = began;
    for (size_t i = 0; i < CONNS; i++)
        for (size_t k = 0; k < FLIGHT; k++)
            ask_next(&b, b.conns[i]);
    while (ended - began < seconds) {
        size_t n = hear(&b, &conn);

        b.answers += n;
        for (; n; n--)
            ask_next(&b, conn);
        ended = now_s();
    }
    g_print("%zu %.3f %zu\n", b.answers, ended - began, b.bytes);
    asker_clear(&b.asker);
    n2_talk_clear(&b.talk);
    n2_op_queue_clear(&b.ops);
    return 0;
}
