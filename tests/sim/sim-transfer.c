/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-transfer.c - 1 MB through three switches that lose 30 % a link, seed after seed.
 *
 *   sim-transfer            200 seeds, as a GLib test
 *   sim-transfer 10000      that many, with a summary
 *   sim-transfer =17        one seed, twice: the traces must be the same
 *
 * Ideal: what a sender would need that knew which packets will be lost: hello, answer, request
 * and the last byte each once over the way, and each packet sent as often as the loss asks for
 * on average, back to back at the rate of the slowest wire.
 */
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/noise.h"
#include "transport/region.h"
#include "wire/path.h"
#include "world.h"

enum {
    SWITCHES = 3,
    NODES = SWITCHES + 2,
    BYTES = 1 << 20,
    UNIT = 2048,
    LOSS_PPM = 300000,
    RATE_BPS = 1250000, /* bytes a second: 10 Mbit/s */
    DELAY_US = 5000,
    QUEUE_BYTES = 64 * 1024,
    DATAGRAM_BYTES = 2200, /* one 2 KiB packet */
    LIMIT_FACTOR = 3,
    SEEDS = 200,
    KEY_ID = 7
};

#define LIMIT_US (UINT64_C(600) * 1000000)

typedef struct {
    world *w;
    world_node *node[NODES];
    uint16_t port_towards[NODES]; /* the server */
    unsigned links_up;
    uint64_t path;
    uint8_t server_secret[32], server_key[32];
    uint8_t answer[N2_KEY_ANSWER_BYTES];
    uint8_t *source, *target;
    n2_conn conn;
    bool is_whole;
    n2_err failed;
    uint64_t began_us, done_us;
} run_state;

static const uint8_t widths[NODES] = {2, 4, 8, 3, 2};

static uint64_t
ideal_us(void)
{
    double arrives = pow(1 - LOSS_PPM / 1e6, NODES - 1);
    double packets = BYTES / (double)UNIT / arrives;
    double wire_us = packets * (UNIT + 42 + 8 + 28) / RATE_BPS * 1e6;

    return (uint64_t)(wire_us + 4.0 * DELAY_US * (NODES - 1));
}

static void
server_says(run_state *s, const n2_event *event)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    n2_noise_es_result es;

    if (event->kind == N2_EVENT_NEED_ES) {
        n2_op op = {.kind = N2_OP_ES, .tag = event->tag, .len = sizeof es.ck + sizeof es.k};
        op.err = n2_noise_es(suite, s->server_secret, event->key, &es);
        op.bytes = malloc(op.len);
        memcpy(op.bytes, es.ck, sizeof es.ck);
        memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
        world_op(s->w, s->node[NODES - 1], &op);
    } else if (event->kind == N2_EVENT_COMMAND) {
        n2_op op = {.kind = N2_OP_SEND,
                    .conn = event->conn,
                    .tag = 1,
                    .memory = s->source,
                    .size = BYTES,
                    .unit = UNIT};
        memcpy(&op.address, event->bytes, sizeof op.address);
        world_op(s->w, s->node[NODES - 1], &op);
    }
}

static void
client_says(run_state *s, const n2_event *event)
{
    uint64_t address = n2_region_address(N2_REGION_PLANE_MAX + 1, 5);

    if (event->kind == N2_EVENT_CONNECTED) {
        n2_op grant = {.kind = N2_OP_GRANT,
                       .conn = event->conn,
                       .address = address,
                       .memory = s->target,
                       .size = BYTES,
                       .unit = UNIT};
        n2_op ask = {.kind = N2_OP_COMMAND,
                     .conn = event->conn,
                     .bytes = malloc(sizeof address),
                     .len = sizeof address};
        memcpy(ask.bytes, &address, sizeof address);
        s->conn = event->conn;
        world_op(s->w, s->node[0], &grant);
        world_op(s->w, s->node[0], &ask);
    } else if (event->kind == N2_EVENT_WRITTEN) {
        g_assert_cmpuint(event->size, ==, BYTES);
        s->is_whole = true;
        s->done_us = world_now(s->w);
    } else if (event->kind == N2_EVENT_CLOSED) {
        s->failed = event->err ? event->err : N2_ERR_CLOSED;
    }
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    run_state *s = user;

    (void)w;
    if (event->kind == N2_EVENT_LINK_UP) {
        for (int i = 0; i < NODES - 1; i++)
            if (node == s->node[i] && event->initiator)
                s->port_towards[i] = event->port;
        s->links_up++;
    } else if (node == s->node[NODES - 1]) {
        server_says(s, event);
    } else if (node == s->node[0]) {
        client_says(s, event);
    }
}

static void
make_key_record(run_state *s)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    n2_env env = {.user = world_peek_random(s->w), .random = world_random_fill};
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .key_id = KEY_ID,
                .suite = N2_SUITE_1,
                .until_us = UINT64_MAX,
                .bytes = malloc(N2_KEY_ANSWER_BYTES),
                .len = N2_KEY_ANSWER_BYTES};

    g_assert_cmpint(n2_noise_keypair(suite, &env, s->server_secret, s->server_key), ==, N2_OK);
    n2_env_random(&env, s->answer, sizeof s->answer);
    memcpy(op.bytes, s->answer, sizeof s->answer);
    memcpy(op.key, s->server_key, sizeof s->server_key);
    world_op(s->w, s->node[NODES - 1], &op);
}

/* A line of nodes, each linked to the next; the links come up before the wires lose anything.
 */
static void
build(run_state *s, uint64_t seed)
{
    world_wire wire = {.rate_Bps = RATE_BPS,
                       .delay_us = DELAY_US,
                       .queue_bytes = QUEUE_BYTES,
                       .double_ppm = 2000,
                       .reorder_ppm = 5000,
                       .reorder_us = 3000};
    n2_route route = {0};

    s->w = world_new(seed);
    world_set_datagram(s->w, DATAGRAM_BYTES);
    for (int i = 0; i < NODES; i++)
        s->node[i] = world_add(s->w, widths[i], on_event_cb, s);
    for (int i = 0; i < NODES - 1; i++) {
        world_lay(s->w, s->node[i], s->node[i + 1], &wire);
        n2_op op = {
            .kind = N2_OP_LINK_OPEN, .net = s->node[i + 1]->addr, .link_id = (uint64_t)i + 1};
        world_op(s->w, s->node[i], &op);
    }
    while (s->links_up < 2 * (NODES - 1))
        g_assert_true(world_step(s->w));
    for (int i = 0; i < NODES - 1; i++) {
        g_assert_cmpint(n2_route_add(&route, widths[i], s->port_towards[i]), ==, N2_OK);
        world_set_loss(s->w, s->node[i], s->node[i + 1], LOSS_PPM);
    }
    s->path = route.word;
    make_key_record(s);
    s->source = g_malloc(BYTES);
    s->target = g_malloc0(BYTES);
    world_random_fill(world_peek_random(s->w), s->source, BYTES);
}

static void
connect_client(run_state *s)
{
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = 1,
                .path = s->path,
                .suite = N2_SUITE_1,
                .key_id = KEY_ID,
                .delay = DELAY_US * (NODES - 1) / 100};

    memcpy(op.key, s->server_key, sizeof s->server_key);
    n2_sha256_of(s->answer, sizeof s->answer, op.record);
    s->began_us = world_now(s->w);
    world_op(s->w, s->node[0], &op);
}

/* Returns the time it took, us. */
static uint64_t
run_seed(uint64_t seed, uint64_t *trace)
{
    run_state s = {0};

    build(&s, seed);
    connect_client(&s);
    while (!s.is_whole && !s.failed && world_now(s.w) < LIMIT_US)
        if (!world_step(s.w))
            break;
    if (!s.is_whole)
        g_error("seed %" G_GUINT64_FORMAT ": not whole at %" G_GUINT64_FORMAT " us, %s", seed,
                world_now(s.w), n2_err_name(s.failed));
    if (memcmp(s.source, s.target, BYTES))
        g_error("seed %" G_GUINT64_FORMAT ": wrong bytes", seed);
    *trace = world_trace(s.w);
    world_free(s.w);
    g_free(s.source);
    g_free(s.target);
    return s.done_us - s.began_us;
}

static int
compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void
run_seeds(uint64_t first, uint64_t n)
{
    g_autofree uint64_t *times = g_new(uint64_t, n);
    uint64_t worst = 0, trace;

    for (uint64_t i = 0; i < n; i++) {
        times[i] = run_seed(first + i, &trace);
        if (times[i] > times[worst])
            worst = i;
    }
    uint64_t worst_us = times[worst];
    qsort(times, n, sizeof *times, compare_u64);
    g_autofree char *words = g_strdup_printf(
        "%" G_GUINT64_FORMAT " seeds from %" G_GUINT64_FORMAT
        ": ideal %.2f s, median %.2f s, 99 %% %.2f s, worst %.2f s (seed %" G_GUINT64_FORMAT
        "), worst / ideal %.2f",
        n, first, (double)ideal_us() / 1e6, (double)times[n / 2] / 1e6,
        (double)times[n * 99 / 100] / 1e6, (double)worst_us / 1e6, first + worst,
        (double)worst_us / (double)ideal_us());
    if (g_test_initialized())
        g_test_message("%s", words);
    else
        g_print("%s\n", words);
    g_assert_cmpuint(worst_us, <=, LIMIT_FACTOR * ideal_us());
}

static void
test_seeds(void)
{
    run_seeds(1, SEEDS);
}

static void
test_replays(void)
{
    uint64_t one, two;

    g_assert_cmpuint(run_seed(42, &one), ==, run_seed(42, &two));
    g_assert_cmphex(one, ==, two);
}

int
main(int argc, char **argv)
{
    if (argc == 2 && argv[1][0] == '=') {
        uint64_t one, two, seed = g_ascii_strtoull(argv[1] + 1, NULL, 10);
        uint64_t took_us = run_seed(seed, &one);
        g_print("seed %" G_GUINT64_FORMAT ": %.3f s of %.3f s, trace %016" G_GINT64_MODIFIER
                "x\n",
                seed, (double)took_us / 1e6, (double)ideal_us() / 1e6, one);
        return run_seed(seed, &two) == took_us && one == two ? 0 : 1;
    }
    if (argc == 2 && g_ascii_isdigit(argv[1][0])) {
        run_seeds(1, g_ascii_strtoull(argv[1], NULL, 10));
        return 0;
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/transfer/replays", test_replays);
    g_test_add_func("/sim/transfer/three-switches-30-percent", test_seeds);
    return g_test_run();
}
