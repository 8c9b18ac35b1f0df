/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reads.c - small reads of one content over one connection, many in flight.
 *
 *   bench-reads udp:ADDRESS:PORT CONTENT BYTES SECONDS
 *
 * CONTENT is BYTES long, a packet at most.  Each read is a question of its own with an answer
 * of its own, into memory of its own, and counts when its bytes were hashed and found to be
 * CONTENT.  BLOCK questions at a time name it once.  Prints one line: reads, seconds, own CPU
 * seconds.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "asker.h"
#include "base/id.h"
#include "base/limits.h"
#include "crypto/tree.h"
#include "host/clock.h"
#include "share/talk.h"
#include "transport/region.h"
#include "wire/box.h"

enum {
    AT_ONCE = N2_SERVE_SENDS_MAX / 2, /* as a read is over for the node when it hears so */
    BLOCK = 8,
    PLACES = 256, /* packets of one region; two regions in turn */
    REGIONS = 2,
    READ_COST = 128, /* of one read and its answer, a little above what they are */
    RUNS = REGIONS * PLACES / BLOCK,
    SLOT_BYTES = 2048,
    WARM_US = 200000
};

typedef struct {
    uint8_t *memory;
    uint32_t generation;
    uint32_t n_there; /* packets, from the first */
} place;

/* Packets to be asked for in one block. */
typedef struct {
    uint32_t region, first, n;
} run;

typedef struct {
    asker asker;
    n2_crypto crypto;
    n2_conn conn;
    n2_id content;
    uint32_t bytes;
    n2_op_queue ops;
    n2_talk talk;
    place places[REGIONS];
    run runs[RUNS]; /* ring */
    uint32_t first_run, n_runs;
    uint32_t in_flight;
    n2_budget budget; /* as the node has it: who spends more is refused, then closed */
    uint64_t reads, n_refused;
} bench;

static double
cpu_s(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static uint64_t
address_of(const bench *b, uint32_t i)
{
    return n2_region_address(N2_REGION_PLANE_MAX + 1 + i, b->places[i].generation);
}

static void
add_run(bench *b, uint32_t region, uint32_t first, uint32_t n)
{
    g_assert_cmpuint(b->n_runs, <, RUNS);
    b->runs[(b->first_run + b->n_runs++) % RUNS] = (run){region, first, n};
}

static void
grant(bench *b, uint32_t i)
{
    place *p = &b->places[i];

    p->generation++;
    p->n_there = 0;
    asker_op(&b->asker, &(n2_op){.kind = N2_OP_GRANT,
                                 .conn = b->conn,
                                 .address = address_of(b, i),
                                 .memory = p->memory,
                                 .size = PLACES * SLOT_BYTES,
                                 .unit = SLOT_BYTES});
    for (uint32_t k = 0; k < PLACES; k += BLOCK)
        add_run(b, i, k, BLOCK);
}

static void
say_read(const bench *b, n2_asm *block, uint64_t tag, uint64_t address)
{
    n2_asm_u64(block, tag);
    n2_asm_word(block, N2_WORD_TAG);
    n2_asm_word(block, N2_WORD_DUP);
    n2_asm_u64(block, 0);
    n2_asm_u64(block, b->bytes);
    n2_asm_u64(block, address);
    n2_asm_word(block, N2_WORD_READ);
}

/* One block of questions, if there is room for it. */
static bool
ask(bench *b)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = b->conn};
    uint8_t ref[N2_REF_BYTES] = {b->content.method};
    const run *r = &b->runs[b->first_run];

    n2_budget_refill(&b->budget, b->asker.now_us);
    if (!b->n_runs || b->in_flight + r->n > AT_ONCE || b->budget.left < r->n * READ_COST)
        return false;
    b->budget.left -= r->n * READ_COST;
    n2_asm block = n2_asm_init();
    memcpy(ref + 1, b->content.hash, sizeof b->content.hash);
    memset(ref + N2_ID_BYTES, 0xff, sizeof ref - N2_ID_BYTES); /* whatever size it has */
    n2_asm_bytes(&block, ref, sizeof ref);
    n2_asm_word(&block, N2_WORD_OBJECT);
    for (uint32_t i = r->first; i < r->first + r->n; i++)
        say_read(b, &block, r->region * PLACES + i,
                 address_of(b, r->region) + i * (SLOT_BYTES / N2_REGION_UNIT_BYTES));
    n2_asm_word(&block, N2_WORD_DROP);
    g_assert_cmpint(n2_asm_finish(&block, &op.bytes, &op.len), ==, N2_OK);
    asker_op(&b->asker, &op);
    b->in_flight += r->n;
    b->first_run = (b->first_run + 1) % RUNS;
    b->n_runs--;
    return true;
}

/* Not now: so nothing of that block from here on; it is asked again. */
static void
refused(bench *b, uint64_t tag)
{
    uint32_t first = (uint32_t)tag % PLACES, n = BLOCK - first % BLOCK;

    add_run(b, (uint32_t)tag / PLACES, first, n);
    b->in_flight -= n;
    b->n_refused++;
}

/* Verifies what is there from the region's start. */
static void
written(bench *b, const n2_event *e)
{
    uint32_t i = n2_region_index(e->address) - N2_REGION_PLANE_MAX - 1;
    place *p = &b->places[i];

    for (; p->n_there < e->size / SLOT_BYTES; p->n_there++) {
        if (!n2_tree_check_whole(&b->crypto, b->content.method,
                                 p->memory + p->n_there * SLOT_BYTES, b->bytes,
                                 b->content.hash))
            g_error("that is not what was asked for");
        b->reads++;
    }
    if (p->n_there == PLACES)
        asker_op(&b->asker,
                 &(n2_op){.kind = N2_OP_REVOKE, .conn = b->conn, .address = address_of(b, i)});
}

static void
answered(bench *b, const n2_event *e)
{
    n2_call call;
    n2_err err = n2_talk_input(&b->talk, e->conn, e->bytes, e->len, b->asker.now_us);

    while (!err && n2_talk_next(&b->talk, e->conn, &call, &err, b->asker.now_us)) {
        if (call.opcode != N2_WORD_DELIVER)
            continue;
        if (call.err == N2_ERR_LIMIT)
            refused(b, call.tag);
        else if (call.err)
            g_error("refused: %s", n2_err_name(call.err));
        else
            b->in_flight--;
    }
    if (err)
        g_error("an answer that is none: %s", n2_err_name(err));
}

static void
hear(bench *b, n2_event *e)
{
    if (e->kind == N2_EVENT_COMMAND)
        answered(b, e);
    else if (e->kind == N2_EVENT_WRITTEN)
        written(b, e);
    else if (e->kind == N2_EVENT_REVOKED)
        grant(b, n2_region_index(e->address) - N2_REGION_PLANE_MAX - 1);
    else if (e->kind == N2_EVENT_CLOSED)
        g_error("closed: %s", n2_err_name(e->err));
    free(e->bytes);
}

static void
go_on(bench *b, uint64_t for_us)
{
    uint64_t until_us = n2_clock_us() + for_us;
    n2_event e;

    while (b->asker.now_us < until_us) {
        while (asker_look(&b->asker, &e))
            hear(b, &e);
        while (ask(b))
            ;
        asker_turn(&b->asker, 1000);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 5)
        g_error("usage: bench-reads ENDPOINT CONTENT BYTES SECONDS");
    bench b = {.bytes = (uint32_t)g_ascii_strtoull(argv[3], NULL, 10)};

    g_assert_cmpint(n2_id_parse(&b.content, N2_ID_CONTENT, argv[2], strlen(argv[2])), ==,
                    N2_OK);
    n2_talk_init(&b.talk, &b.ops);
    g_assert_cmpint(n2_crypto_init(&b.crypto, N2_IMPL_BEST), ==, N2_OK);
    asker_init(&b.asker, argv[1]);
    asker_ask_key(&b.asker, 1);
    b.conn = asker_connection(&b.asker);
    g_assert_cmpint(
        n2_talk_open(&b.talk, b.conn, N2_MAY_COMPUTE | N2_MAY_ANSWER, b.asker.now_us), ==,
        N2_OK);
    n2_budget_init(&b.budget, b.asker.now_us);
    b.budget.left = 0;
    for (uint32_t i = 0; i < REGIONS; i++) {
        b.places[i].memory = g_malloc0(PLACES * SLOT_BYTES);
        grant(&b, i);
    }
    go_on(&b, WARM_US);
    uint64_t before = b.reads, began_us = n2_clock_us();
    double cpu = cpu_s();
    go_on(&b, (uint64_t)(g_ascii_strtod(argv[4], NULL) * 1e6));
    double seconds = (double)(n2_clock_us() - began_us) * 1e-6;
    g_print("%" G_GUINT64_FORMAT " %.3f %.3f\n", b.reads - before, seconds, cpu_s() - cpu);
    asker_clear(&b.asker);
    for (uint32_t i = 0; i < REGIONS; i++)
        g_free(b.places[i].memory);
    n2_talk_clear(&b.talk);
    n2_op_queue_clear(&b.ops);
    n2_crypto_clear(&b.crypto);
    return 0;
}
