/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane.c - how much the data plane alone carries: two of them in one process, over loopback,
 *           sealed, opened into memory and acknowledged, without hashing and without store.
 *
 *   bench-plane [MIB]
 */
#include <glib.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "crypto/hash.h"
#include "crypto/noise.h"
#include "host/clock.h"
#include "host/net.h"
#include "host/pump.h"
#include "host/random.h"
#include "transport/region.h"
#include "wire/path.h"

enum {
    STRETCH_BYTES = 1 << 20,
    IN_FLIGHT = 16,
    UNIT = 2048,
    WIDTH = 4,
    KEY_ID = 7,
    PATIENCE_MS = 3000
};

typedef struct {
    n2_pump *pump[2]; /* asker, holder */
    uint8_t *source;
    uint8_t *target[IN_FLIGHT];
    uint32_t generation[IN_FLIGHT];
    uint64_t asked, written, wanted; /* stretches */
    uint8_t secret[32], key[32], answer[N2_KEY_ANSWER_BYTES];
    n2_conn conn;
} bench;

static void
push(n2_pump *pump, const n2_op *op)
{
    while (!n2_pump_push(pump, op))
        g_usleep(50);
}

static uint64_t
address_of(const bench *b, uint32_t i)
{
    return n2_region_address(N2_REGION_PLANE_MAX + 1 + i, b->generation[i]);
}

static void
ask(bench *b, uint32_t i)
{
    uint64_t address = address_of(b, i);
    n2_op grant = {.kind = N2_OP_GRANT,
                   .conn = b->conn,
                   .address = address,
                   .memory = b->target[i],
                   .size = STRETCH_BYTES,
                   .unit = UNIT};
    n2_op command = {.kind = N2_OP_COMMAND,
                     .conn = b->conn,
                     .bytes = malloc(sizeof address),
                     .len = sizeof address};

    memcpy(command.bytes, &address, sizeof address);
    push(b->pump[0], &grant);
    push(b->pump[0], &command);
    b->asked++;
}

static void
asker_hears(bench *b, const n2_event *e)
{
    uint32_t i = n2_region_index(e->address) - N2_REGION_PLANE_MAX - 1;

    if (e->kind == N2_EVENT_CONNECTED) {
        b->conn = e->conn;
        for (i = 0; i < IN_FLIGHT; i++)
            ask(b, i);
    } else if (e->kind == N2_EVENT_WRITTEN) {
        b->written++;
        b->generation[i]++;
        if (b->asked < b->wanted)
            ask(b, i);
    } else if (e->kind == N2_EVENT_CLOSED) {
        g_error("closed: %s", n2_err_name(e->err));
    }
}

static void
holder_hears(bench *b, const n2_event *e)
{
    n2_noise_es_result es;

    if (e->kind == N2_EVENT_NEED_ES) {
        n2_op op = {.kind = N2_OP_ES, .tag = e->tag, .len = sizeof es.ck + sizeof es.k};
        op.err = n2_noise_es(n2_noise_suite_find(N2_SUITE_1), b->secret, e->key, &es);
        op.bytes = malloc(op.len);
        memcpy(op.bytes, es.ck, sizeof es.ck);
        memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
        push(b->pump[1], &op);
    }
    /* The stream fills each command up to a packet of 32 bytes. */
    for (size_t at = 0; e->kind == N2_EVENT_COMMAND && at < e->len; at += 32) {
        n2_op op = {.kind = N2_OP_SEND,
                    .conn = e->conn,
                    .tag = 1,
                    .memory = b->source,
                    .size = STRETCH_BYTES,
                    .unit = UNIT};
        memcpy(&op.address, e->bytes + at, sizeof op.address);
        push(b->pump[1], &op);
    }
}

static void
connect_asker(bench *b, uint16_t port)
{
    const n2_env env = {.random = n2_host_random};
    n2_op record = {.kind = N2_OP_KEY_RECORD,
                    .key_id = KEY_ID,
                    .suite = N2_SUITE_1,
                    .until_us = UINT64_MAX,
                    .bytes = g_malloc0(N2_KEY_ANSWER_BYTES),
                    .len = N2_KEY_ANSWER_BYTES};
    n2_op op = {.kind = N2_OP_CONNECT, .tag = 1, .suite = N2_SUITE_1, .key_id = KEY_ID};
    n2_route route = {0};

    g_assert_cmpint(n2_noise_keypair(n2_noise_suite_find(N2_SUITE_1), &env, b->secret, b->key),
                    ==, N2_OK);
    memcpy(record.key, b->key, sizeof b->key);
    push(b->pump[1], &record);
    g_assert_cmpint(n2_route_add(&route, WIDTH, port), ==, N2_OK);
    op.path = route.word;
    memcpy(op.key, b->key, sizeof b->key);
    n2_sha256_of(b->answer, sizeof b->answer, op.record);
    push(b->pump[0], &op);
}

/* Hands events of one side over; false if there were none. */
static bool
hear(bench *b, int side)
{
    n2_event e;
    bool any = false;

    n2_pump_disarm(b->pump[side]);
    for (; n2_pump_pop(b->pump[side], &e); any = true) {
        if (e.kind == N2_EVENT_LINK_UP && side == 0)
            connect_asker(b, e.port);
        else if (side == 0)
            asker_hears(b, &e);
        else
            holder_hears(b, &e);
        free(e.bytes);
    }
    return any;
}

static double
cpu_s(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

/* What each side counted. */
static void
print_counters(const bench *b)
{
    for (int i = 0; i < 2; i++) {
        n2_plane_stats plane;
        n2_datagram_stats udp;
        n2_pump_stats(b->pump[i], &plane, &udp);
        g_print("%s: datagrams in %" G_GUINT64_FORMAT " out %" G_GUINT64_FORMAT
                ", sealed %" G_GUINT64_FORMAT ", opened %" G_GUINT64_FORMAT
                ", resent %" G_GUINT64_FORMAT ", reads %" G_GUINT64_FORMAT
                ", writes %" G_GUINT64_FORMAT ", not sent %" G_GUINT64_FORMAT
                ", overflowed %" G_GUINT64_FORMAT ", refused %" G_GUINT64_FORMAT "\n",
                i ? "holder" : "asker ", plane.datagrams_in, plane.datagrams_out, plane.sealed,
                plane.opened, plane.resent, udp.reads, udp.writes,
                udp.send_full + udp.send_failed + udp.send_too_long, udp.receive_overflow,
                plane.dropped_switch + plane.dropped_endpoint);
    }
}

int
main(int argc, char **argv)
{
    bench b = {.wanted = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : 1024};
    n2_net_addr bound[2];

    b.source = g_malloc(STRETCH_BYTES);
    n2_host_random(NULL, b.source, STRETCH_BYTES);
    for (int i = 0; i < IN_FLIGHT; i++)
        b.target[i] = g_malloc0(STRETCH_BYTES);
    for (int i = 0; i < 2; i++) {
        int fd = -1;
        g_assert_cmpint(n2_udp_bind("udp:127.0.0.1:0", 8192, &fd, &bound[i], NULL), ==, N2_OK);
        int ask[2];
        n2_ways_open(ask);
        const n2_pump_config config = {
            .fds = &fd, .n_fds = 1, .ask = ask, .width_bits = WIDTH, .spin_us = 20};
        g_assert_cmpint(n2_pump_start(&b.pump[i], &config), ==, N2_OK);
    }
    n2_op open = {.kind = N2_OP_LINK_OPEN, .net = bound[1], .link_id = 7};
    push(b.pump[0], &open);
    uint64_t began_us = n2_clock_us();
    double cpu = cpu_s();
    while (b.written < b.wanted) {
        bool any = hear(&b, 0);
        any |= hear(&b, 1);
        if (any || !n2_pump_arm(b.pump[0]) || !n2_pump_arm(b.pump[1]))
            continue;
        struct pollfd p[] = {{.fd = n2_pump_fd(b.pump[0]), .events = POLLIN},
                             {.fd = n2_pump_fd(b.pump[1]), .events = POLLIN}};
        if (poll(p, 2, PATIENCE_MS) <= 0) {
            print_counters(&b);
            g_error("it stands still: %" G_GUINT64_FORMAT " asked, %" G_GUINT64_FORMAT " there",
                    b.asked, b.written);
        }
    }
    double seconds = (double)(n2_clock_us() - began_us) * 1e-6;
    double bytes = (double)b.wanted * STRETCH_BYTES;
    g_assert_cmpmem(b.target[0], STRETCH_BYTES, b.source, STRETCH_BYTES);
    g_print("data plane alone: %.2f Gbit/s, %.2f CPU-s/GB\n", bytes * 8e-9 / seconds,
            (cpu_s() - cpu) / (bytes * 1e-9));
    print_counters(&b);
    for (int i = 0; i < 2; i++)
        n2_pump_stop(b.pump[i]);
    for (int i = 0; i < IN_FLIGHT; i++)
        g_free(b.target[i]);
    g_free(b.source);
    return 0;
}
