/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * switch.c - what a packet costs in the switch alone: stepped and put into the list of its
 * port, as a pointer, beside a bare loop that turns its label and does nothing else.
 *
 *   bench-switch [ROUNDS]
 *
 * The packets, 128 bytes of data each, one in a datagram, lie in a pool larger than the cache
 * and are taken in no order.  In a round the kinds take turns.  Prints: kind, flows, ns a
 * packet (median).
 *
 * "plane" is the loop of the node's data plane, as it is: batches handed to
 * n2_plane_input_all(), which finds their links, walks the datagrams, steps the packets and
 * sees what is to be done with them.  Only n2_plane_pass(), which would copy them, is
 * another here (the linker's --wrap): it keeps the pointer.  "carried" has the plane's own, and
 * takes the runs that it made.
 */
#include <assert.h>
#include <endian.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "host/random.h"
#include "link/link.h"
#include "link/run.h"
#include "node/plane-private.h"
#include "switch/switch.h"
#include "wire/path.h"

enum {
    PACKETS = 1 << 19,
    SLOT_BYTES = 192, /* of a datagram with 154, and no two in one line of the cache */
    PACKET_BYTES = N2_LONG_HEAD_BYTES + 128,
    WIDTH = 4,
    PORTS = 1 << WIDTH,
    LIST = 1 << 9, /* pointers that the list of a port holds, the oldest overwritten */
    FLOWS = 100 * 1000,
    AHEAD = 16, /* packets that the caller has asked for when one is stepped */
    BATCH = 64, /* datagrams, as host/pump.c hands them over */
    KINDS = 10,
    RULES = 64,
    LABEL = 15, /* one of the 15 ports, and it hides a way of 4 bits by the first */
    HIDDEN_BITS = 4
};

typedef struct {
    uint64_t packets, bytes, at;
    const uint8_t *list[LIST];
} port;

typedef struct {
    uint8_t *pool;
    uint32_t *order;
    port *ports;
    n2_switch sw, ruled; /* ruled: with labels and a filter */
    uint64_t paths[FLOWS];
    n2_plane *plane;
    n2_links *peers[PORTS];            /* of the neighbour at each port */
    uint8_t head[N2_FRAME_HEAD_BYTES]; /* of datagrams from the one at port 1 */
    uint64_t now_us, carried_bytes;
    bool carries; /* the plane copies, and sends */
} bench;

typedef struct {
    const char *name;
    uint32_t flows;
    void (*run)(bench *b);
} kind;

static uint64_t
next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static inline uint8_t *
packet_at(const bench *b, uint32_t i)
{
    return b->pool + (size_t)b->order[i] * SLOT_BYTES + N2_FRAME_HEAD_BYTES;
}

static inline void
put(port *p, const uint8_t *packet)
{
    p->list[p->at++ & (LIST - 1)] = packet;
}

/* The label read, turned and written; counted, and put into its port's list. */
static inline void
turn(bench *b, uint8_t *packet)
{
    uint64_t word;

    memcpy(&word, packet + N2_PATH_AT, sizeof word);
    word = be64toh(word);
    port *p = &b->ports[word >> (64 - WIDTH)];
    word = word << WIDTH | 1;
    word = htobe64(word);
    memcpy(packet + N2_PATH_AT, &word, sizeof word);
    p->packets++;
    p->bytes += n2_packet_bytes(N2_KIND_VERSION | N2_KIND_LONG | 1 << N2_KIND_SIZE_SHIFT);
    put(p, packet);
}

static void
run_loop(bench *b)
{
    for (uint32_t i = 0; i < PACKETS; i++)
        turn(b, packet_at(b, i));
}

static inline void
step(bench *b, n2_switch *sw, uint8_t *packet, uint64_t now_us)
{
    n2_step s = n2_switch_step(sw, 1, packet, n2_packet_bytes(packet[0]), now_us);

    if (s.verdict == N2_STEP_FORWARD)
        put(&b->ports[s.out_port], packet);
}

/* As a caller does that has a batch of datagrams, and so knows what comes next. */
static void
run_switch(bench *b)
{
    for (uint32_t i = 0; i < PACKETS; i++) {
        __builtin_prefetch(packet_at(b, i + AHEAD < PACKETS ? i + AHEAD : i), 1);
        step(b, &b->sw, packet_at(b, i), i / 64);
    }
}

/* With labels and a filter of its operator's. */
static void
run_ruled(bench *b)
{
    for (uint32_t i = 0; i < PACKETS; i++) {
        __builtin_prefetch(packet_at(b, i + AHEAD < PACKETS ? i + AHEAD : i), 1);
        step(b, &b->ruled, packet_at(b, i), i / 64);
    }
}

/* As one that has only this packet. */
static void
run_alone(bench *b)
{
    for (uint32_t i = 0; i < PACKETS; i++)
        step(b, &b->sw, packet_at(b, i), i / 64);
}

/* The bare loop with the same hint. */
static void
run_hinted(bench *b)
{
    for (uint32_t i = 0; i < PACKETS; i++) {
        __builtin_prefetch(packet_at(b, i + AHEAD < PACKETS ? i + AHEAD : i), 1);
        turn(b, packet_at(b, i));
    }
}

/* ---- the data plane ---- */

static bench *the_bench;

void __real_n2_plane_pass(n2_plane *plane,
                          uint32_t in_port,
                          uint32_t out_port,
                          const uint8_t *bytes,
                          size_t len,
                          uint64_t now_us);
void __wrap_n2_plane_pass(n2_plane *plane,
                          uint32_t in_port,
                          uint32_t out_port,
                          const uint8_t *bytes,
                          size_t len,
                          uint64_t now_us);

void
__wrap_n2_plane_pass(n2_plane *plane,
                     uint32_t in_port,
                     uint32_t out_port,
                     const uint8_t *bytes,
                     size_t len,
                     uint64_t now_us)
{
    if (the_bench->carries)
        __real_n2_plane_pass(plane, in_port, out_port, bytes, len, now_us);
    else
        put(&the_bench->ports[out_port], bytes);
}

static n2_net_addr
address_of(uint8_t who)
{
    return (n2_net_addr){.len = 6, .bytes = {127, 0, 0, who, 9, who}};
}

static void
drain(bench *b)
{
    n2_plane_run run;

    while (n2_plane_output(b->plane, &run, b->now_us))
        b->carried_bytes += run.len;
}

static void
run_plane(bench *b)
{
    const n2_net_addr from = address_of(1);
    n2_datagram batch[BATCH];

    for (uint32_t i = 0; i < PACKETS; i += BATCH) {
        for (uint32_t j = 0; j < BATCH; j++)
            batch[j] = (n2_datagram){.from = from,
                                     .bytes = packet_at(b, i + j) - N2_FRAME_HEAD_BYTES,
                                     .len = N2_FRAME_HEAD_BYTES + PACKET_BYTES};
        b->now_us++;
        n2_plane_input_all(b->plane, batch, BATCH, b->now_us);
        if (b->carries)
            drain(b);
    }
}

/* One by one, so that nothing can be asked for ahead. */
static void
run_single(bench *b)
{
    const n2_net_addr from = address_of(1);

    for (uint32_t i = 0; i < PACKETS; i++) {
        b->now_us += i % BATCH == 0;
        n2_plane_input(b->plane, &from, packet_at(b, i) - N2_FRAME_HEAD_BYTES,
                       N2_FRAME_HEAD_BYTES + PACKET_BYTES, b->now_us);
    }
}

static void
run_carried(bench *b)
{
    b->carries = true;
    run_plane(b);
    b->carries = false;
}

/* What the plane and its neighbours have to say to each other. */
static void
talk(bench *b)
{
    const n2_net_addr own = address_of(100);
    uint8_t copy[N2_FRAME_BYTES_MAX];
    const uint8_t *bytes;
    n2_plane_run run;
    n2_net_addr to;
    size_t len;

    for (uint8_t at = 1; at < PORTS; at++)
        while ((len = n2_links_output(b->peers[at], &to, &bytes))) {
            const n2_net_addr from = address_of(at);
            memcpy(copy, bytes, len);
            n2_plane_input(b->plane, &from, copy, len, b->now_us);
        }
    while (n2_plane_output(b->plane, &run, b->now_us)) {
        g_assert_cmpuint(run.len, ==, run.segment);
        memcpy(copy, run.bytes, run.len);
        (void)n2_links_input(b->peers[run.to.bytes[3]], &own, copy, run.len, b->now_us);
    }
}

/* A plane with a neighbour at each port. */
static void
begin_plane(bench *b)
{
    const n2_plane_config config = {
        .env = {.random = n2_host_random}, .width_bits = WIDTH, .now_us = b->now_us};
    const n2_links_config links = {
        .env = {.random = n2_host_random}, .width = 1, .datagram_bytes = N2_LINK_BYTES_BASE};
    const n2_net_addr own = address_of(100);
    uint8_t buf[2 * N2_FRAME_BYTES_MIN];
    n2_net_addr to;
    size_t segment;
    n2_run run;

    g_assert_cmpint(n2_plane_new(&b->plane, &config), ==, N2_OK);
    for (uint8_t at = 1; at < PORTS; at++) {
        g_assert_cmpint(n2_links_new(&b->peers[at], &links), ==, N2_OK);
        g_assert_cmpint(n2_links_open(b->peers[at], &own, at, 1, at, b->now_us), ==, N2_OK);
    }
    for (int turn = 0; turn < 4; turn++)
        talk(b);
    for (uint8_t at = 1; at < PORTS; at++)
        g_assert_true(n2_links_is_up(b->plane->links, at));
    n2_run_begin(&run, b->peers[1], 1, buf, sizeof buf);
    g_assert_true(n2_run_add(&run, b->pool + N2_FRAME_HEAD_BYTES, PACKET_BYTES));
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==,
                     N2_FRAME_HEAD_BYTES + PACKET_BYTES);
    memcpy(b->head, buf, sizeof b->head);
}

static void
end_plane(bench *b, uint64_t packets)
{
    g_assert_cmpuint(b->plane->sw.forwarded, ==, packets);
    g_assert_cmpuint(b->carried_bytes, >, packets / 4 * PACKET_BYTES);
    for (size_t at = 1; at < PORTS; at++)
        n2_links_free(b->peers[at]);
    n2_plane_free(b->plane);
}

/* ---- rounds ---- */

static const kind kinds[KINDS] = {
    {"loop", FLOWS, run_loop},     {"hinted", FLOWS, run_hinted},
    {"switch", 1, run_switch},     {"switch", FLOWS, run_switch},
    {"ruled", FLOWS, run_ruled},   {"alone", FLOWS, run_alone},
    {"plane", 1, run_plane},       {"plane", FLOWS, run_plane},
    {"single", FLOWS, run_single}, {"carried", FLOWS, run_carried}};

/* Fresh packets of so many flows. */
static void
fill(bench *b, uint32_t flows)
{
    n2_packet head = {.is_long = true, .class = N2_CLASS_DEFAULT, .size = 1};
    uint64_t state = 1;

    for (uint32_t i = 0; i < PACKETS; i++) {
        uint8_t *slot = b->pool + (size_t)i * SLOT_BYTES;
        memcpy(slot, b->head, sizeof b->head);
        head.path = b->paths[next(&state) % flows];
        n2_packet_write_head(slot + N2_FRAME_HEAD_BYTES, &head);
    }
}

static double
run(bench *b, const kind *k)
{
    struct timespec from, to;

    fill(b, k->flows);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    k->run(b);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
           PACKETS;
}

/* A label, and rules that hardly any packet fits, of which half speak of paths. */
static void
rule(n2_switch *sw)
{
    const n2_label label = {.kind = N2_LABEL_WAY,
                            .label = LABEL,
                            .port = 1,
                            .hidden = {.word = UINT64_C(5) << 60, .bits = HIDDEN_BITS}};
    n2_filter_rule rules[RULES];

    for (uint16_t i = 0; i < RULES; i++) {
        rules[i] = n2_filter_any(false);
        rules[i].in_lo = rules[i].in_hi = i % 2 ? 2 : 1;
        if (rules[i].in_lo == 1)
            rules[i].to = (n2_filter_way){
                .n = 4, .bits = {WIDTH, WIDTH, WIDTH, WIDTH}, .ports = {14, 14, 14, i % PORTS}};
    }
    g_assert_cmpint(n2_labels_new(&sw->labels, WIDTH, 1), ==, N2_OK);
    g_assert_cmpint(n2_labels_order(sw->labels, &label), ==, N2_OK);
    g_assert_cmpint(n2_filter_new(&sw->filter, WIDTH, rules, RULES), ==, N2_OK);
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
    bench *b = g_new0(bench, 1);
    size_t rounds = argc > 1 ? (size_t)g_ascii_strtoull(argv[1], NULL, 10) : 15;
    uint64_t state = 42;
    double *took[KINDS];

    the_bench = b;
    b->now_us = N2_SECOND_US;
    b->pool = aligned_alloc(4096, (size_t)PACKETS * SLOT_BYTES);
    b->order = g_new(uint32_t, PACKETS);
    b->ports = g_new0(port, PORTS);
    g_assert_cmpint(n2_switch_init(&b->sw, WIDTH), ==, N2_OK);
    g_assert_cmpint(n2_switch_init(&b->ruled, WIDTH), ==, N2_OK);
    rule(&b->ruled);
    for (uint32_t i = 0; i < FLOWS; i++) /* any way but to port 0 */
        b->paths[i] = (next(&state) & (UINT64_MAX >> WIDTH) & ~UINT64_C(63)) |
                      (uint64_t)(1 + next(&state) % (PORTS - 1)) << (64 - WIDTH);
    for (uint32_t i = 0; i < PACKETS; i++) {
        uint32_t j = (uint32_t)(next(&state) % (i + 1));
        b->order[i] = b->order[j];
        b->order[j] = i;
    }
    fill(b, 1);
    begin_plane(b);
    for (size_t k = 0; k < KINDS; k++)
        took[k] = g_new(double, rounds);
    for (size_t k = 0; k < KINDS; k++)
        (void)run(b, &kinds[k]); /* memory touched, and in no timing */
    for (size_t i = 0; i < rounds; i++)
        for (size_t k = 0; k < KINDS; k++)
            took[k][i] = run(b, &kinds[k]);
    g_assert_cmpuint(b->sw.forwarded, ==, (rounds + 1) * 3 * PACKETS);
    end_plane(b, (rounds + 1) * 4 * PACKETS);
    for (size_t k = 0; k < KINDS; k++) {
        qsort(took[k], rounds, sizeof(double), by_size);
        g_print("%s %u %.1f\n", kinds[k].name, kinds[k].flows, took[k][rounds / 2]);
        g_free(took[k]);
    }
    n2_switch_clear(&b->sw);
    n2_switch_clear(&b->ruled);
    free(b->pool);
    g_free(b->order);
    g_free(b->ports);
    g_free(b);
    return 0;
}
