/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-limits-queues.c - strangers fill the queues, rings and tables of one end point, while an
 *                       honest peer of the same end point is served.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "met.h"
#include "served.h"
#include "transport/region.h"

enum {
    CROWD = 300, /* that come besides */
    RINGS_BYTES = 4 << 20,
    WAITING_BYTES = 1 << 20,
    PLACES = 4096, /* for connections */
    TICKETS = 1024
};

/* ---- the strangers --------------------------------------------------------------------------
 */

/* A batch from the socket, before anything can leave: each asks for an answer. */
static void
fill_raw_queue(served *w)
{
    uint8_t query[N2_FIRST_BYTES] = {N2_FIRST_QUERY, 1};

    for (unsigned i = 0; i < 2 * N2_RAW_QUEUE_MAX; i++) {
        puppet_random_cb(&w->host.random, query + 4, 12);
        puppet_first(&w->strangers[i % SERVED_STRANGERS], query);
    }
}

static void
send_commands(served *w, unsigned stranger, unsigned n)
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
fill_events(served *w)
{
    w->host.holds_events = true;
    for (unsigned i = 0; i < N2_ENDPOINT_EVENTS_MAX / SERVED_STRANGERS + 100; i++) {
        for (unsigned k = 0; k < SERVED_STRANGERS; k++)
            send_commands(w, k, 1);
        if (i % 32 == 0) {
            w->host.now_us += 1000;
            for (unsigned k = 0; k < SERVED_STRANGERS; k++)
                puppet_take(&w->strangers[k]);
        }
    }
    g_assert_cmpuint(served_use(w, "endpoint_events").at, <=, N2_ENDPOINT_EVENTS_MAX);
    w->host.holds_events = false; /* it catches up, or the honest one would wait with them */
    puppet_host_settle(&w->host);
}

/* Few of them, but long: the first packet of each comes last, and then 64 KiB are whole. */
static void
fill_event_bytes(served *w)
{
    static const uint8_t zeros[2048];
    const unsigned units = sizeof zeros / 32, n = N2_COMMAND_RING_BYTES / sizeof zeros;

    w->host.holds_events = true;
    for (unsigned i = 0; i < N2_ENDPOINT_EVENT_BYTES_MAX / N2_COMMAND_RING_BYTES + 8; i++) {
        unsigned k = i % SERVED_STRANGERS;
        puppet *p = &w->strangers[k];
        for (unsigned j = 1; j <= n; j++)
            puppet_send(p, p->peer.command + w->at[k] + j % n * units, zeros, sizeof zeros);
        w->at[k] += n * units;
        w->host.now_us += 1000;
        puppet_take(p);
    }
    g_assert_cmpuint(served_use(w, "endpoint_event_bytes").at, <=, N2_ENDPOINT_EVENT_BYTES_MAX);
    g_assert_cmpuint(served_use(w, "endpoint_event_bytes").at, >,
                     N2_ENDPOINT_EVENT_BYTES_MAX - N2_COMMAND_RING_BYTES);
    w->host.holds_events = false;
    puppet_host_settle(&w->host);
    for (unsigned k = 0; k < SERVED_STRANGERS; k++)
        puppet_take(&w->strangers[k]);
}

/* So many that the ring of each is full while nothing is taken. */
static void
fill_rings(served *w)
{
    w->host.holds_events = true;
    for (unsigned i = 0; i < N2_ENDPOINT_EVENTS_MAX; i++)
        send_commands(w, i % SERVED_STRANGERS, 1);
    for (unsigned k = 0; k < SERVED_STRANGERS; k++)
        send_commands(w, k, N2_COMMAND_RING_BYTES / 32 + 10);
    w->host.holds_events = false;
    puppet_host_settle(&w->host);
}

/* One asks and asks and takes no answer: what waits for it is bounded, then it goes. */
static void
fill_queue(served *w)
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

static const served_row rows[] = {
    {"raw_queue", fill_raw_queue, FALSE, FALSE, 0},
    {"endpoint_events", fill_events, FALSE, FALSE, 0},
    {"endpoint_event_bytes", fill_event_bytes, FALSE, TRUE, 0},
    {"command_ring_bytes", fill_rings, TRUE, FALSE, 0},
    {"command_queue_bytes", fill_queue, FALSE, TRUE, 1},
};

/* Strangers come and stay: more than there are places, and than tickets are kept, and the
 * honest one keeps its own. */
static void
test_connections(void)
{
    served *w = served_new();
    guint64 calm_us = served_transfer(w);
    size_t before = 0;

    n2_endpoint_set_connections_max(w->host.ep, PLACES);
    n2_endpoint_set_tickets_max(w->host.ep, TICKETS);
    for (unsigned i = 0; i < PLACES + 200; i++) {
        puppet stranger;
        puppet_init(&stranger, &w->host, SERVED_STRANGERS + 1 + i);
        w->host.now_us += 5000;
        g_assert_true(puppet_open(&stranger));
        puppet_clear(&stranger);
        if (i % 512 == 0)
            g_assert_cmpuint(served_transfer(w), <=, 2 * calm_us + 20000);
        if (i == PLACES)
            before = met_allocated();
    }
    g_assert_cmpuint(met_allocated(), <, before + (1 << 20));
    n2_use use = served_use(w, "connections");
    met_assert(&use, TRUE, 0);
    n2_use tickets = served_use(w, "tickets"); /* each of them got one */
    met_assert(&tickets, TRUE, 0);
    g_test_message("%.1f KiB a connection", (double)before / PLACES / 1024);
    served_clear(w);
}

/* A crowd, each with a connection of its own. */
static puppet *
crowd_new(served *w)
{
    puppet *crowd = g_new(puppet, CROWD);

    for (unsigned i = 0; i < CROWD; i++) {
        puppet_init(&crowd[i], &w->host, SERVED_STRANGERS + 1 + i);
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
    served *w = served_new();

    n2_endpoint_set_memory_max(w->host.ep, RINGS_BYTES, N2_QUEUES_BYTES_MAX);
    (void)served_transfer(w); /* the pace is found */
    guint64 calm_us = served_transfer(w), us = 0;
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
        us = MAX(us, served_transfer(w));
        most = MAX(most, served_use(w, "connections_bytes").at);
        g_assert_cmpuint(met_allocated(), <, before + RINGS_BYTES + (2 << 20));
    }
    n2_use use = served_use(w, "connections_bytes");
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
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==,
                     1 + SERVED_STRANGERS + CROWD);
    g_assert_cmpuint(served_use(w, "connections_bytes").at, ==, 0);
    crowd_free(crowd);
    served_clear(w);
}

/* Each asks a little and takes no answer.  Those go that let most wait; who lets little wait,
 * and the honest one, stay. */
static void
test_waiting(void)
{
    served *w = served_new();

    n2_endpoint_set_memory_max(w->host.ep, N2_CONNECTIONS_BYTES_MAX, WAITING_BYTES);
    (void)served_transfer(w); /* the pace is found */
    guint64 calm_us = served_transfer(w), us = 0, most = 0;
    size_t before = met_allocated();

    for (unsigned turn = 0; turn < 40; turn++) {
        for (unsigned i = 0; i < SERVED_STRANGERS; i++) {
            size_t len = i ? 16384 : 1000;
            puppet_host_op(&w->host, &(n2_op){.kind = N2_OP_COMMAND,
                                              .conn = w->conns[1 + i],
                                              .bytes = calloc(1, len),
                                              .len = len});
            most = MAX(most, served_use(w, "queues_bytes").at);
        }
        us = MAX(us, served_transfer(w));
        g_assert_cmpuint(met_allocated(), <, before + 2 * WAITING_BYTES + (1 << 20));
    }
    n2_use use = served_use(w, "queues_bytes");
    met_assert(&use, FALSE, most);
    g_assert_cmpuint(us, <=, 2 * calm_us + 20000);
    g_assert_cmpuint(puppet_host_count(&w->host, N2_EVENT_CLOSED), ==, SERVED_STRANGERS - 1);
    puppet_send(&w->honest, w->honest.peer.command + 1, w->source, 32);
    g_assert_cmpuint(served_use(w, "connections").at, ==, 2);
    served_clear(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/limits/", rows[i].limit, NULL);
        g_test_add_data_func(path, &rows[i], served_test_row);
    }
    g_test_add_func("/sim/limits/connections", test_connections);
    g_test_add_func("/sim/limits/connections_bytes", test_rings);
    g_test_add_func("/sim/limits/queues_bytes", test_waiting);
    return g_test_run();
}
