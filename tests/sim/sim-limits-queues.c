/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-limits-queues.c - strangers fill the queues, rings and tables of one end point, while an
 *                       honest peer of the same end point is served.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "met.h"
#include "puppet.h"
#include "transport/region.h"

enum {
    STRANGERS = 8,
    CROWD = 300, /* that come besides */
    RINGS_BYTES = 4 << 20,
    WAITING_BYTES = 1 << 20,
    BYTES = 64 * 1024,
    UNIT = 512,
    PLACES = 4096, /* for connections */
    TICKETS = 1024
};

typedef struct {
    puppet_host host;
    puppet honest, strangers[STRANGERS];
    n2_conn conns[1 + STRANGERS]; /* the honest one's first */
    unsigned at[STRANGERS];       /* units of their command streams */
    uint8_t *source;
    unsigned number;
} world;

/* What it will keep it has from the beginning, so that only the end point's memory counts. */
static void
open_puppet(world *w, puppet *p, unsigned id)
{
    puppet_init(p, &w->host, id);
    p->room = PUPPET_KEPT;
    p->kept = g_new(puppet_packet, p->room);
    g_assert_true(puppet_open(p));
    w->conns[id] = puppet_host_last(&w->host, N2_EVENT_CONNECTED)->conn;
}

static world *
world_new(void)
{
    world *w = g_new0(world, 1);

    puppet_host_init(&w->host, 11);
    open_puppet(w, &w->honest, 0);
    for (unsigned i = 0; i < STRANGERS; i++) {
        open_puppet(w, &w->strangers[i], i + 1);
        w->at[i] = 1;
    }
    w->source = g_malloc(BYTES);
    puppet_random_cb(&w->host.random, w->source, BYTES);
    return w;
}

static void
world_clear(world *w)
{
    puppet_clear(&w->honest);
    for (unsigned i = 0; i < STRANGERS; i++)
        puppet_clear(&w->strangers[i]);
    puppet_host_clear(&w->host);
    g_free(w->source);
    g_free(w);
}

static n2_use
use_of(world *w, const char *name)
{
    n2_uses uses = {0};

    n2_endpoint_uses(w->host.ep, &uses);
    return *met_find(&uses, name);
}

/* ---- the honest peer ------------------------------------------------------------------------
 */

/* Microseconds until the end point has written BYTES to the honest peer and knows it. */
static guint64
transfer(world *w)
{
    uint64_t began_us = w->host.now_us;
    uint64_t tag = ++w->number;
    n2_op op = {.kind = N2_OP_SEND,
                .conn = w->conns[0],
                .tag = tag,
                .address = n2_region_address(N2_REGION_PLANE_MAX + 5, 1),
                .memory = w->source,
                .size = BYTES,
                .unit = UNIT};
    const n2_event *sent;

    puppet_host_op(&w->host, &op);
    do {
        puppet_wait(&w->honest, 10000, 1000, true);
        sent = puppet_host_last(&w->host, N2_EVENT_SENT);
        g_assert_cmpuint(w->host.now_us, <, began_us + 20 * N2_SECOND_US);
    } while (!sent || sent->tag != tag);
    return w->host.now_us - began_us;
}

/* ---- the strangers --------------------------------------------------------------------------
 */

/* A batch from the socket, before anything can leave: each asks for an answer. */
static void
fill_raw_queue(world *w)
{
    uint8_t query[N2_FIRST_BYTES] = {N2_FIRST_QUERY, 1};

    for (unsigned i = 0; i < 2 * N2_RAW_QUEUE_MAX; i++) {
        puppet_random_cb(&w->host.random, query + 4, 12);
        puppet_first(&w->strangers[i % STRANGERS], query);
    }
}

static void
send_commands(world *w, unsigned stranger, unsigned n)
{
    static const uint8_t zeros[32];
    puppet *p = &w->strangers[stranger];

    for (unsigned i = 0; i < n; i++) {
        uint64_t at = (uint64_t)w->at[stranger]++ * sizeof zeros;
        puppet_send(p, p->peer.command + at / N2_REGION_UNIT_BYTES, zeros, sizeof zeros);
    }
}

/* The control plane is behind; each packet of commands is news for it. */
static void
fill_events(world *w)
{
    w->host.holds_events = true;
    for (unsigned i = 0; i < N2_ENDPOINT_EVENTS_MAX / STRANGERS + 100; i++) {
        for (unsigned k = 0; k < STRANGERS; k++)
            send_commands(w, k, 1);
        if (i % 32 == 0) {
            w->host.now_us += 1000;
            for (unsigned k = 0; k < STRANGERS; k++)
                puppet_take(&w->strangers[k]);
        }
    }
    g_assert_cmpuint(use_of(w, "endpoint_events").at, <=, N2_ENDPOINT_EVENTS_MAX);
    w->host.holds_events = false; /* it catches up, or the honest one would wait with them */
    puppet_host_settle(&w->host);
}

/* So many that the ring of each is full while nothing is taken. */
static void
fill_rings(world *w)
{
    w->host.holds_events = true;
    for (unsigned i = 0; i < N2_ENDPOINT_EVENTS_MAX; i++)
        send_commands(w, i % STRANGERS, 1);
    for (unsigned k = 0; k < STRANGERS; k++)
        send_commands(w, k, N2_COMMAND_RING_BYTES / 32 + 10);
    w->host.holds_events = false;
    puppet_host_settle(&w->host);
}

/* One asks and asks and takes no answer: what waits for it is bounded, then it goes. */
static void
fill_queue(world *w)
{
    for (unsigned i = 0; i < 200; i++) {
        n2_op op = {.kind = N2_OP_COMMAND,
                    .conn = w->conns[1],
                    .bytes = calloc(1, 16384),
                    .len = 16384};
        puppet_host_op(&w->host, &op);
    }
}

/* ---- rows -----------------------------------------------------------------------------------
 */

typedef struct {
    const char *limit;
    void (*fill)(world *w);
    gboolean fills;
    gboolean once;
    unsigned n_lost; /* strangers that are closed for it */
} row;

static const row rows[] = {
    {"raw_queue", fill_raw_queue, FALSE, FALSE, 0},
    {"endpoint_events", fill_events, FALSE, FALSE, 0},
    {"command_ring_bytes", fill_rings, TRUE, FALSE, 0},
    {"command_queue_bytes", fill_queue, FALSE, TRUE, 1},
};

static void
test_row(gconstpointer data)
{
    const row *r = data;
    world *w = world_new();
    guint64 calm_us = transfer(w);

    calm_us = MIN(calm_us, transfer(w));
    r->fill(w);
    guint64 us = transfer(w);
    size_t before = met_allocated();
    for (unsigned i = 0; i < 3 && !r->once; i++) {
        r->fill(w);
        us = MAX(us, transfer(w));
    }
    g_assert_cmpuint(met_allocated(), <, before + (1 << 20));
    n2_use use = use_of(w, r->limit);
    met_assert(&use, r->fills, 0);
    g_test_message("%.0f ms instead of %.0f ms", (double)us / 1000, (double)calm_us / 1000);
    g_assert_cmpuint(us, <=, 2 * calm_us + 20000);
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==, r->n_lost);
    world_clear(w);
}

/* Strangers come and stay: more than there are places, and than tickets are kept, and the
 * honest one keeps its own. */
static void
test_connections(void)
{
    world *w = world_new();
    guint64 calm_us = transfer(w);
    size_t before = 0;

    n2_endpoint_set_connections_max(w->host.ep, PLACES);
    n2_endpoint_set_tickets_max(w->host.ep, TICKETS);
    for (unsigned i = 0; i < PLACES + 200; i++) {
        puppet stranger;
        puppet_init(&stranger, &w->host, STRANGERS + 1 + i);
        w->host.now_us += 5000;
        g_assert_true(puppet_open(&stranger));
        puppet_clear(&stranger);
        if (i % 512 == 0)
            g_assert_cmpuint(transfer(w), <=, 2 * calm_us + 20000);
        if (i == PLACES)
            before = met_allocated();
    }
    g_assert_cmpuint(met_allocated(), <, before + (1 << 20));
    n2_use use = use_of(w, "connections");
    met_assert(&use, TRUE, 0);
    n2_use tickets = use_of(w, "tickets"); /* each of them got one */
    met_assert(&tickets, TRUE, 0);
    g_test_message("%.1f KiB a connection", (double)before / PLACES / 1024);
    world_clear(w);
}

/* A crowd, each with a connection of its own. */
static puppet *
crowd_new(world *w)
{
    puppet *crowd = g_new(puppet, CROWD);

    for (unsigned i = 0; i < CROWD; i++) {
        puppet_init(&crowd[i], &w->host, STRANGERS + 1 + i);
        w->host.now_us += 5000;
        g_assert_true(puppet_open(&crowd[i]));
    }
    return crowd;
}

static void
crowd_free(puppet *crowd)
{
    for (unsigned i = 0; i < CROWD; i++)
        puppet_clear(&crowd[i]);
    g_free(crowd);
}

/* Each sends the last unit that its window allows, then nearer ones: a hole behind it, so that
 * the ring grows and nothing of it can be taken.  300 rings of 64 KiB are 19 MiB; there are 4.
 * The honest one says what it has to say in the midst of it, and is served. */
static void
test_rings(void)
{
    static const uint8_t said[32] = {1, 2, 3};
    world *w = world_new();

    n2_endpoint_set_memory_max(w->host.ep, RINGS_BYTES, N2_QUEUES_BYTES_MAX);
    (void)transfer(w); /* the pace is found */
    guint64 calm_us = transfer(w), us = 0;
    g_autofree uint8_t *text = g_malloc(2048);
    memset(text, 7, 2048);
    puppet *crowd = crowd_new(w);
    size_t before = met_allocated(), heard = w->host.command_bytes;
    uint64_t command = w->honest.peer.command + 1, most = 0;

    for (unsigned far = N2_COMMAND_RING_BYTES / 32 - 1; far >= 80; far = far / 4 * 3) {
        for (unsigned i = 0; i < CROWD; i++)
            puppet_send(&crowd[i], crowd[i].peer.command + far, said, sizeof said);
        puppet_send(&w->honest, command, text, 2048); /* one after the other, it fits */
        command += 64;
        us = MAX(us, transfer(w));
        most = MAX(most, use_of(w, "connections_bytes").at);
        g_assert_cmpuint(met_allocated(), <, before + RINGS_BYTES + (2 << 20));
    }
    n2_use use = use_of(w, "connections_bytes");
    met_assert(&use, FALSE, most);
    g_assert_cmpuint(most, >, RINGS_BYTES - (256 << 10));
    g_assert_cmpuint(w->host.command_bytes - heard, ==,
                     (command - w->honest.peer.command - 1) * 32);
    g_test_message("%.0f ms instead of %.0f ms", (double)us / 1000, (double)calm_us / 1000);
    g_assert_cmpuint(us, <=, 2 * calm_us + 20000);
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==, 0);
    /* They fall silent and are closed: all of it comes back. */
    for (uint64_t end_us = w->host.now_us + N2_IDLE_US + N2_MINUTE_US;
         w->host.now_us < end_us;) {
        w->host.now_us += N2_SECOND_US;
        puppet_host_settle(&w->host);
    }
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==, 1 + STRANGERS + CROWD);
    g_assert_cmpuint(use_of(w, "connections_bytes").at, ==, 0);
    crowd_free(crowd);
    world_clear(w);
}

/* Each asks a little and takes no answer.  Those go that let most wait; who lets little wait,
 * and the honest one, stay. */
static void
test_waiting(void)
{
    world *w = world_new();

    n2_endpoint_set_memory_max(w->host.ep, N2_CONNECTIONS_BYTES_MAX, WAITING_BYTES);
    (void)transfer(w); /* the pace is found */
    guint64 calm_us = transfer(w), us = 0, most = 0;
    size_t before = met_allocated();

    for (unsigned turn = 0; turn < 40; turn++) {
        for (unsigned i = 0; i < STRANGERS; i++) {
            size_t len = i ? 16384 : 1000;
            puppet_host_op(&w->host, &(n2_op){.kind = N2_OP_COMMAND,
                                              .conn = w->conns[1 + i],
                                              .bytes = calloc(1, len),
                                              .len = len});
            most = MAX(most, use_of(w, "queues_bytes").at);
        }
        us = MAX(us, transfer(w));
        g_assert_cmpuint(met_allocated(), <, before + 2 * WAITING_BYTES + (1 << 20));
    }
    n2_use use = use_of(w, "queues_bytes");
    met_assert(&use, FALSE, most);
    g_assert_cmpuint(us, <=, 2 * calm_us + 20000);
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==, STRANGERS - 1);
    puppet_send(&w->honest, w->honest.peer.command + 1, w->source, 32);
    g_assert_cmpuint(use_of(w, "connections").at, ==, 2);
    world_clear(w);
}

static uint64_t
agreements(world *w)
{
    n2_endpoint_stats stats;

    n2_endpoint_stats_get(w->host.ep, &stats);
    return stats.agreements;
}

/* A hello with nothing behind it, and once more with the token that it is told to bring. */
static void
worthless_hello(world *w, puppet *p, bool brings_token)
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
newcomer(world *w, unsigned id)
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
    world *w = world_new();
    puppet p;

    (void)transfer(w);
    guint64 calm_us = transfer(w);
    puppet_init(&p, &w->host, 1000);
    for (unsigned second = 0; second < 3; second++) {
        uint64_t before = agreements(w), began_us = w->host.now_us;
        for (unsigned i = 0; i < 2000; i++) {
            p.way = (uint64_t)(0x2000 + i) << 6 | 16;
            worthless_hello(w, &p, false);
        }
        g_assert_cmpuint(transfer(w), <=, 2 * calm_us + 20000);
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
        g_assert_cmpuint(transfer(w), <=, 2 * calm_us + 20000);
        g_assert_cmpuint(agreements(w) - before, ==, N2_HALF_OPEN_PER_WAY_MAX + 1);
        w->host.now_us += N2_HALF_OPEN_US + N2_SECOND_US;
        puppet_host_settle(&w->host);
    }
    n2_use use = use_of(w, "again_per_s");
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
    world_clear(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/limits/", rows[i].limit, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/sim/limits/connections", test_connections);
    g_test_add_func("/sim/limits/connections_bytes", test_rings);
    g_test_add_func("/sim/limits/queues_bytes", test_waiting);
    g_test_add_func("/sim/limits/attack-24-agreements", test_agreements);
    return g_test_run();
}
