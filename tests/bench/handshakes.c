/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * handshakes.c - new connections to a node, as many as it makes, some of them at a time.
 *
 *   bench-handshakes udp:ADDRESS:PORT IDENTITY KIND SECONDS
 *
 * KIND  1         suite 1; the node's key record is known, as after an earlier visit
 *       1+proof   the same, and the node's identity is asked for and its chain verified
 *       1+both    the same, and then the asker proves who it is, too
 *       1+anew    as 1+proof, and no statement is known from the connection before
 *       2         suite 2
 *       resumed   by the ticket of an earlier connection
 *
 * Each connection ends at once, so that the node has heard a sealed packet of it.  Prints
 * one line: connections, seconds, own CPU seconds, connections that were resumed.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "asker.h"
#include "base/id.h"
#include "crypto/identity-set.h"
#include "crypto/nodekey.h"
#include "host/clock.h"
#include "share/talk.h"
#include "shown.h"

enum {
    WHO_ARE_YOU = 1, /* tags */
    I_AM = 2,

    AT_ONCE = 16, /* as wrk's connections */
    A_TURN = 16, /* events, then what they led to leaves: the node need not wait for the rest */
    WARM_US = 200000,
    END_US = 1000
};

/* A connection that asks, or shows. */
typedef struct {
    n2_conn conn; /* 0: none */
    uint8_t hash[64];
} asking;

typedef struct {
    asker asker;
    asking askings[AT_ONCE];
    shown self;
    n2_id who;
    n2_verified known, *verified; /* as the fetching side of a node has it, or NULL */
    bool is_proof, is_both, is_fresh;
    n2_op_queue ops;
    n2_talk talk;
    bool is_ending;  /* no new ones: those under way come to their end, */
    int n_under_way; /* or the node would keep them half open for the next who has our port */
    uint64_t tag, made, resumed, failed;
} bench;

static double
cpu_s(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static void
next(bench *b)
{
    if (b->is_ending) {
        b->n_under_way--;
        return;
    }
    asker_connect(&b->asker, ++b->tag, b->is_fresh);
}

static void
finish(bench *b, n2_conn conn)
{
    asker_op(&b->asker, &(n2_op){.kind = N2_OP_CLOSE, .conn = conn});
    b->made++;
    next(b);
}

/* ---- who are you? ---- */

static asking *
find_asking(bench *b, n2_conn conn)
{
    for (int i = 0; i < AT_ONCE; i++)
        if (b->askings[i].conn == conn)
            return &b->askings[i];
    g_error("no such connection");
}

static void
ask_identity(bench *b, n2_conn conn, const uint8_t *hash)
{
    asking *a = find_asking(b, 0);

    n2_op op = {.kind = N2_OP_COMMAND, .conn = conn};
    uint8_t id[N2_ID_BYTES] = {b->who.method};
    n2_asm block = n2_asm_init();

    a->conn = conn;
    memcpy(a->hash, hash, sizeof a->hash);
    memcpy(id + 1, b->who.hash, sizeof b->who.hash);
    n2_asm_u64(&block, WHO_ARE_YOU);
    n2_asm_word(&block, N2_WORD_TAG);
    n2_asm_bytes(&block, id, sizeof id);
    n2_asm_word(&block, N2_WORD_IDENTITY);
    g_assert_cmpint(n2_asm_finish(&block, &op.bytes, &op.len), ==, N2_OK);
    g_assert_cmpint(
        n2_talk_open(&b->talk, conn, N2_MAY_COMPUTE | N2_MAY_ANSWER, b->asker.now_us), ==,
        N2_OK);
    asker_op(&b->asker, &op);
}

/* All statements about its keys, the node key statement last; read as a client reads them. */
static bool
is_who(bench *b, const n2_value *values, size_t n)
{
    int64_t wall_us = g_get_real_time();
    n2_statement statement;
    n2_identity_set *set;
    n2_identity who;
    n2_taken taken;

    n2_err err = n2_identity_set_new(&set, &b->who, NULL);
    for (size_t i = 0; i + 1 < n && !err; i++)
        err =
            n2_identity_take(set, values[i].bytes, values[i].len, wall_us, b->verified, &taken);
    if (!err)
        err = n2_identity_look(set, wall_us, &who);
    if (!err)
        err = n2_identity_stands(&who);
    if (!err)
        err = n2_identity_check_once(&who, &statement, values[n - 1].bytes, values[n - 1].len,
                                     N2_KIND_NODE_KEY, wall_us, NULL, b->verified);
    n2_identity_set_free(set);
    if (err)
        return false;
    n2_key key = n2_box_key(&statement.body, 2);
    return !memcmp(key.bytes, b->asker.key.key, N2_STATIC_BYTES);
}

static void
answered(bench *b, const n2_event *e)
{
    n2_call call;
    n2_err err = N2_OK;

    if (n2_talk_input(&b->talk, e->conn, e->bytes, e->len, b->asker.now_us))
        return; /* of a connection that ended here */
    while (n2_talk_next(&b->talk, e->conn, &call, &err, b->asker.now_us)) {
        if (call.opcode != N2_WORD_DELIVER)
            continue;
        asking *a = find_asking(b, e->conn);
        if (call.err)
            g_error("question %d: %s", (int)call.tag, n2_err_name(call.err));
        if (call.tag == WHO_ARE_YOU &&
            (!call.n_values || !is_who(b, call.values, call.n_values)))
            g_error("that is not who was asked");
        if (call.tag == WHO_ARE_YOU && b->is_both) { /* only a holder that is proven is shown */
            n2_op op = shown_op(&b->self, e->conn, a->hash, I_AM);
            asker_op(&b->asker, &op);
            continue;
        }
        a->conn = 0;
        n2_talk_close(&b->talk, e->conn);
        finish(b, e->conn);
        return;
    }
    if (err)
        g_error("an answer that is none: %s", n2_err_name(err));
}

/* ---- all of it ---- */

static void
hear(bench *b, n2_event *e)
{
    if (e->kind == N2_EVENT_CONNECTED) {
        b->resumed += e->resumed;
        if (b->is_proof)
            ask_identity(b, e->conn, e->hash);
        else
            finish(b, e->conn);
    } else if (e->kind == N2_EVENT_COMMAND) {
        answered(b, e);
    } else if (e->kind == N2_EVENT_CLOSED && e->tag) {
        b->failed++;
        next(b);
    } else if (e->kind == N2_EVENT_CLOSED && e->err && b->is_proof) {
        g_error("closed: %s", n2_err_name(e->err));
    }
    free(e->bytes);
}

static void
go_on(bench *b, uint64_t for_us)
{
    uint64_t until_us = n2_clock_us() + for_us;
    n2_event e;

    while (b->asker.now_us < until_us) {
        int n = 0;
        for (; n < A_TURN && asker_look(&b->asker, &e); n++)
            hear(b, &e);
        asker_turn(&b->asker, n < A_TURN ? 1000 : 0);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 5)
        g_error("usage: bench-handshakes ENDPOINT IDENTITY 1|1+proof|1+both|1+anew|2|resumed "
                "SECONDS");
    bench b = {.is_proof = g_str_has_prefix(argv[3], "1+"),
               .is_fresh = !g_str_equal(argv[3], "resumed")};

    if (!g_str_equal(argv[3], "1+anew"))
        b.verified = &b.known;
    b.is_both = g_str_equal(argv[3], "1+both");
    if (b.is_both)
        shown_init(&b.self);

    g_assert_cmpint(n2_id_parse(&b.who, N2_ID_IDENTITY, argv[2], strlen(argv[2])), ==, N2_OK);
    n2_talk_init(&b.talk, &b.ops);
    asker_init(&b.asker, argv[1]);
    asker_ask_key(&b.asker, g_str_equal(argv[3], "2") ? 2 : 1);
    for (; b.n_under_way < AT_ONCE; b.n_under_way++)
        next(&b);
    go_on(&b, WARM_US);
    b.made = b.resumed = b.failed = 0;
    double cpu = cpu_s();
    uint64_t began_us = n2_clock_us();
    go_on(&b, (uint64_t)(g_ascii_strtod(argv[4], NULL) * 1e6));
    double seconds = (double)(n2_clock_us() - began_us) * 1e-6;
    cpu = cpu_s() - cpu;
    uint64_t made = b.made, resumed = b.resumed, failed = b.failed;
    for (b.is_ending = true; b.n_under_way;)
        go_on(&b, END_US);
    g_print("%" G_GUINT64_FORMAT " %.3f %.3f %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
            made, seconds, cpu, resumed, failed);
    asker_clear(&b.asker);
    shown_clear(&b.self);
    n2_talk_clear(&b.talk);
    n2_op_queue_clear(&b.ops);
    return 0;
}
