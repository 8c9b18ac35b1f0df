/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-again.c - numbers of regions that are granted again as soon as they are whole: what is
 *               still sent to the region before comes to an end, whatever is lost.
 *
 * The holder hears nothing for a while, as when its machine is so busy that its socket runs
 * over: what the asker has is sent again when its number is another piece's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/noise.h"
#include "transport/region.h"
#include "wire/path.h"
#include "world.h"

enum {
    IN_FLIGHT_MAX = N2_GRANTS_MAX,
    PIECE_BYTES_MAX = 256 * 2048,
    WIDTH = 4,
    KEY_ID = 7,
    SEEDS = 3,
    PATIENCE_US = 5 * 1000 * 1000,
    MORE_US = 100000, /* a few timers */
    TIMES = 8
};

static const world_wire wire = {.rate_Bps = 125000000, .delay_us = 30, .queue_bytes = 4000000};

typedef struct {
    const char *name;
    uint32_t in_flight, numbers, pieces, size, unit;
    uint64_t deaf_us;  /* the holder hears nothing for so long */
    uint64_t taken_us; /* the asker does not run for so long, and its socket runs over */
    uint32_t loss_ppm;
} row;

static const row rows[] = {
    /* At once again. */
    {"deaf-10-ms", 16, 16, 400, 65536, 2048, 10000, 0, 0},
    {"deaf-30-ms", 16, 16, 400, 65536, 2048, 30000, 0, 0},
    {"deaf-300-ms", 16, 16, 400, 65536, 2048, 300000, 0, 0},
    {"taken-16-ms", 16, 16, 100, 524288, 2048, 0, 16000, 0},
    {"loss-10", 16, 16, 400, 65536, 2048, 0, 0, 100000},
    {"one-number", 1, 1, 400, 8192, 2048, 10000, 0, 100000},
    /* In turn, as nodes do. */
    {"in-turn-deaf", 64, 4096, 6000, 2048, 2048, 100000, 0, 0},
    {"in-turn-loss-50", 12, 4096, 3000, 32, 32, 0, 0, 500000},
};

typedef struct {
    const row *row;
    world *w;
    world_node *asker, *holder;
    uint8_t *source, *target[IN_FLIGHT_MAX];
    uint64_t address[IN_FLIGHT_MAX]; /* of what is asked for into it */
    uint32_t generation[N2_FETCH_NUMBERS];
    unsigned asked, written, sent;
    uint64_t path, written_us, longest_us; /* longest: between two pieces */
    uint8_t secret[32], key[32], answer[N2_KEY_ANSWER_BYTES];
    n2_conn conn;
    bool is_up, is_deaf, is_full;
} run;

static void
ask(run *s, uint32_t i)
{
    uint32_t n = s->row->numbers;
    uint32_t number = n > s->row->in_flight ? s->asked % n : i;
    uint64_t address =
        n2_region_address(N2_REGION_PLANE_MAX + 1 + number, s->generation[number]++);
    n2_op grant = {.kind = N2_OP_GRANT,
                   .conn = s->conn,
                   .address = address,
                   .memory = s->target[i],
                   .size = s->row->size,
                   .unit = s->row->unit};
    n2_op command = {.kind = N2_OP_COMMAND,
                     .conn = s->conn,
                     .bytes = malloc(sizeof address),
                     .len = sizeof address};

    memcpy(command.bytes, &address, sizeof address);
    memset(s->target[i], 0, s->row->size);
    s->address[i] = address;
    world_op(s->w, s->asker, &grant);
    world_op(s->w, s->asker, &command);
    s->asked++;
}

static void
asker_hears(run *s, const n2_event *e)
{
    uint32_t i;

    if (e->kind == N2_EVENT_CONNECTED) {
        s->conn = e->conn;
        s->written_us = world_now(s->w);
        for (i = 0; i < s->row->in_flight; i++)
            ask(s, i);
    } else if (e->kind == N2_EVENT_WRITTEN) {
        for (i = 0; s->address[i] != e->address; i++)
            g_assert_cmpuint(i, <, s->row->in_flight);
        g_assert_cmpmem(s->target[i], s->row->size, s->source, s->row->size);
        s->longest_us = MAX(s->longest_us, world_now(s->w) - s->written_us);
        s->written_us = world_now(s->w);
        s->written++;
        if (s->asked < s->row->pieces)
            ask(s, i);
    }
}

static void
holder_hears(run *s, const n2_event *e)
{
    n2_noise_es_result es;

    if (e->kind == N2_EVENT_NEED_ES) {
        n2_op op = {.kind = N2_OP_ES, .tag = e->tag, .len = sizeof es.ck + sizeof es.k};
        op.err = n2_noise_es(n2_noise_suite_find(N2_SUITE_1), s->secret, e->key, &es);
        op.bytes = malloc(op.len);
        memcpy(op.bytes, es.ck, sizeof es.ck);
        memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
        world_op(s->w, s->holder, &op);
    }
    s->sent += e->kind == N2_EVENT_SENT;
    /* The stream fills each command up to a packet of 32 bytes. */
    for (size_t at = 0; e->kind == N2_EVENT_COMMAND && at < e->len; at += 32) {
        n2_op op = {.kind = N2_OP_SEND,
                    .conn = e->conn,
                    .tag = 1,
                    .memory = s->source,
                    .size = s->row->size,
                    .unit = s->row->unit};
        memcpy(&op.address, e->bytes + at, sizeof op.address);
        world_op(s->w, s->holder, &op);
    }
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    run *s = user;
    n2_route route = {0};

    (void)w;
    g_assert_cmpint(event->kind, !=, N2_EVENT_CLOSED);
    g_assert_cmpint(event->kind, !=, N2_EVENT_REVOKED);
    g_assert_cmpint(event->err, ==, N2_OK);
    if (event->kind == N2_EVENT_LINK_UP && node == s->asker) {
        g_assert_cmpint(n2_route_add(&route, WIDTH, event->port), ==, N2_OK);
        s->path = route.word;
        s->is_up = true;
    } else if (node == s->asker) {
        asker_hears(s, event);
    } else {
        holder_hears(s, event);
    }
}

static bool
tap_cb(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    const run *s = user;

    (void)w, (void)to, (void)bytes, (void)len;
    return from == s->asker ? !s->is_deaf : !s->is_full;
}

static void
connect_asker(run *s)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    const n2_env env = {.user = world_peek_random(s->w), .random = world_random_fill};
    n2_op record = {.kind = N2_OP_KEY_RECORD,
                    .key_id = KEY_ID,
                    .suite = N2_SUITE_1,
                    .until_us = UINT64_MAX,
                    .bytes = g_malloc0(N2_KEY_ANSWER_BYTES),
                    .len = N2_KEY_ANSWER_BYTES};
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = 1,
                .path = s->path,
                .suite = N2_SUITE_1,
                .key_id = KEY_ID};

    g_assert_cmpint(n2_noise_keypair(suite, &env, s->secret, s->key), ==, N2_OK);
    memcpy(record.key, s->key, sizeof s->key);
    world_op(s->w, s->holder, &record);
    memcpy(op.key, s->key, sizeof op.key);
    n2_sha256_of(s->answer, sizeof s->answer, op.record);
    world_op(s->w, s->asker, &op);
}

static void
begin(run *s, const row *r, uint64_t seed)
{
    *s = (run){.row = r, .w = world_new(seed)};
    s->asker = world_add(s->w, WIDTH, on_event_cb, s);
    s->holder = world_add(s->w, WIDTH, on_event_cb, s);
    world_lay(s->w, s->asker, s->holder, &wire);
    world_set_tap(s->w, tap_cb, s);
    s->source = g_malloc(PIECE_BYTES_MAX);
    world_random_fill(world_peek_random(s->w), s->source, PIECE_BYTES_MAX);
    for (int i = 0; i < IN_FLIGHT_MAX; i++)
        s->target[i] = g_malloc(PIECE_BYTES_MAX);
    n2_op open = {.kind = N2_OP_LINK_OPEN, .net = s->holder->addr, .link_id = 7};
    world_op(s->w, s->asker, &open);
    while (!s->is_up)
        g_assert_true(world_step(s->w));
    connect_asker(s);
}

static void
end(run *s)
{
    world_free(s->w);
    g_free(s->source);
    for (int i = 0; i < IN_FLIGHT_MAX; i++)
        g_free(s->target[i]);
}

static void
run_for(run *s, uint64_t us)
{
    uint64_t until_us = world_now(s->w) + us;

    while (world_now(s->w) < until_us && s->sent < s->row->pieces)
        g_assert_true(world_step(s->w));
}

/* What came before its socket was full, and after, the asker takes in together: an
 * acknowledgement does not reach over what is missing between. */
static void
run_over(run *s, uint64_t us)
{
    world_pause(s->w, s->asker, us, WORLD_STARVED);
    run_for(s, us / 8);
    s->is_full = true;
    run_for(s, us / 4 * 3);
    s->is_full = false;
    run_for(s, us / 8);
}

/* Whatever was lost: all come, none waits much longer than the silence lasted, and both sides
 * come to an end with each. */
static void
test_row(gconstpointer data)
{
    const row *r = data;
    n2_plane_stats asker;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        g_autofree run *s = g_new(run, 1);
        begin(s, r, seed);
        while (s->written < r->pieces / 10 + 3 * seed)
            g_assert_true(world_step(s->w));
        s->is_deaf = r->deaf_us > 0;
        run_for(s, r->deaf_us);
        s->is_deaf = false;
        for (unsigned i = 0; r->taken_us && i < TIMES; i++) {
            run_over(s, r->taken_us);
            run_for(s, 2000 + 700 * seed);
        }
        world_set_loss(s->w, s->asker, s->holder, r->loss_ppm);
        run_for(s, PATIENCE_US);
        n2_plane_stats_get(s->asker->plane, &asker);
        g_assert_cmpuint(s->written, ==, r->pieces);
        g_assert_cmpuint(s->sent, ==, r->pieces);
        g_assert_cmpuint(asker.dropped_endpoint, ==, 0);
        g_assert_cmpuint(s->longest_us, <, 2 * (r->deaf_us + r->taken_us) + MORE_US);
        end(s);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/again/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
