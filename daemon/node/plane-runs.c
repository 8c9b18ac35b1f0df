/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-runs.c - the pool of buffers, its two lanes, and when a link is free again.
 */
#include "node/plane-runs.h"

#include <stdlib.h>

#include "base/limits.h"
#include "link/run.h"

enum {
    UDP_BYTES = 28 /* around each datagram, at least */
};

/* A run under way or ready to leave. */
typedef struct buffer {
    struct buffer *next;
    uint32_t port;
    n2_run run;
    n2_net_addr to;
    size_t len, segment; /* once finished */
    uint8_t bytes[N2_RUN_BYTES_MAX];
} buffer;

typedef struct {
    buffer *open[N2_LANES];       /* (transfer full) run under way, or NULL */
    uint64_t free_us;             /* when what was handed over will have been sent, ... */
    uint64_t rest;                /* ... and the part of a microsecond more, in 1 / rate */
    unsigned n_waiting[N2_LANES]; /* finished runs */
    bool was_urgent;              /* the last one that left */
} port_state;

typedef struct {
    buffer *first, **end; /* finished, in order */
    unsigned n_open;
} lane_state;

struct n2_runs {
    n2_links *links;
    uint32_t n_ports;
    port_state *ports; /* (transfer full) */
    lane_state lanes[N2_LANES];
    buffer *spare, *sending;
    unsigned n_buffers, n_spare;
    uint64_t n_refused, n_port_refused;
    unsigned most_per_port;
};

static buffer *
take_buffer(n2_runs *runs, uint32_t port, n2_lane lane)
{
    buffer *b = NULL;

    if (!n2_links_is_up(runs->links, port))
        return NULL;
    /* Else a slow link would take the room of all others. */
    if (n2_links_rate(runs->links, port) &&
        runs->ports[port].n_waiting[lane] >= N2_PLANE_RUNS_PER_PORT_MAX) {
        runs->n_port_refused++;
        return NULL;
    }
    if (runs->spare) {
        b = runs->spare;
        runs->spare = b->next;
        runs->n_spare--;
    } else if (runs->n_buffers < N2_PLANE_RUNS_MAX) {
        b = malloc(sizeof *b);
        runs->n_buffers += b != NULL;
    }
    runs->n_refused += !b;
    return b;
}

static void
give_buffer(n2_runs *runs, buffer *b)
{
    b->next = runs->spare;
    runs->spare = b;
    runs->n_spare++;
}

static void
finish_run(n2_runs *runs, uint32_t port, n2_lane lane)
{
    lane_state *l = &runs->lanes[lane];
    buffer *b = runs->ports[port].open[lane];

    runs->ports[port].open[lane] = NULL;
    l->n_open--;
    b->len = n2_run_finish(&b->run, &b->to, &b->segment);
    if (!b->len) {
        give_buffer(runs, b);
        return;
    }
    if (++runs->ports[port].n_waiting[lane] > runs->most_per_port &&
        n2_links_rate(runs->links, port))
        runs->most_per_port = runs->ports[port].n_waiting[lane];
    b->next = NULL;
    *l->end = b;
    l->end = &b->next;
}

uint8_t *
n2_runs_reserve(n2_runs *runs, uint32_t port, n2_lane lane, size_t len)
{
    for (int i = 0; i < 2; i++) {
        buffer *b = runs->ports[port].open[lane];
        if (!b) {
            b = take_buffer(runs, port, lane);
            if (!b)
                return NULL;
            b->port = port;
            n2_run_begin(&b->run, runs->links, port, b->bytes, sizeof b->bytes);
            runs->ports[port].open[lane] = b;
            runs->lanes[lane].n_open++;
        }
        uint8_t *at = n2_run_reserve(&b->run, len);
        if (at)
            return at;
        finish_run(runs, port, lane);
    }
    return NULL;
}

void
n2_runs_commit(n2_runs *runs, uint32_t port, n2_lane lane)
{
    n2_run_commit(&runs->ports[port].open[lane]->run);
}

bool
n2_runs_is_ready(const n2_runs *runs, uint64_t now_us)
{
    return n2_runs_deadline(runs) <= now_us;
}

void
n2_runs_finish(n2_runs *runs, n2_lane lane)
{
    for (uint32_t port = 1; runs->lanes[lane].n_open && port < runs->n_ports; port++)
        if (runs->ports[port].open[lane])
            finish_run(runs, port, lane);
}

/* Urgent before others, and where both wait in turn: half of the link is all that the urgent
 * can take. */
static bool
is_its_turn(const port_state *port, n2_lane lane)
{
    return lane == N2_LANE_OTHER || !port->was_urgent || !port->n_waiting[N2_LANE_OTHER];
}

static buffer *
take_ready(n2_runs *runs, uint64_t now_us)
{
    for (int lane = 0; lane < N2_LANES; lane++) {
        lane_state *l = &runs->lanes[lane];
        for (buffer **at = &l->first; *at; at = &(*at)->next) {
            buffer *b = *at;
            port_state *port = &runs->ports[b->port];
            if (port->free_us > now_us || !is_its_turn(port, (n2_lane)lane))
                continue;
            *at = b->next;
            if (!*at)
                l->end = at;
            port->n_waiting[lane]--;
            port->was_urgent = lane == N2_LANE_URGENT;
            return b;
        }
    }
    return NULL;
}

bool
n2_runs_next(n2_runs *runs, n2_plane_run *out, uint64_t now_us)
{
    if (runs->sending)
        give_buffer(runs, runs->sending);
    buffer *b = runs->sending = take_ready(runs, now_us);
    if (!b)
        return false;
    uint64_t rate_Bps = n2_links_rate(runs->links, b->port);
    size_t heads = (b->len + b->segment - 1) / b->segment * UDP_BYTES;
    if (rate_Bps) {
        /* To a part of a microsecond: on a fast link short runs would go up to 5 % too fast,
         * and what is too much waits where nothing urgent can pass it. */
        port_state *port = &runs->ports[b->port];
        uint64_t units = (b->len + heads) * 1000000 + port->rest;
        port->rest = units % rate_Bps;
        port->free_us = now_us + units / rate_Bps;
    }
    *out = (n2_plane_run){.to = b->to, .bytes = b->bytes, .len = b->len, .segment = b->segment};
    return true;
}

uint64_t
n2_runs_deadline(const n2_runs *runs)
{
    uint64_t at_us = UINT64_MAX;

    for (int lane = 0; lane < N2_LANES; lane++)
        for (const buffer *b = runs->lanes[lane].first; b; b = b->next)
            if (runs->ports[b->port].free_us < at_us)
                at_us = runs->ports[b->port].free_us;
    return at_us;
}

void
n2_runs_uses(const n2_runs *runs, n2_uses *uses)
{
    n2_uses_add(uses, "plane_runs", runs->n_buffers - runs->n_spare, N2_PLANE_RUNS_MAX,
                runs->n_refused);
    n2_uses_add(uses, "plane_runs_per_port", runs->most_per_port, N2_PLANE_RUNS_PER_PORT_MAX,
                runs->n_port_refused);
}

/* ---- life -----------------------------------------------------------------------------------
 */

n2_err
n2_runs_new(n2_runs **out, n2_links *links, uint8_t width)
{
    n2_runs *runs = calloc(1, sizeof *runs);

    if (!runs)
        return N2_ERR_NOMEM;
    runs->links = links;
    runs->n_ports = UINT32_C(1) << width;
    runs->ports = calloc(runs->n_ports, sizeof *runs->ports);
    for (int lane = 0; lane < N2_LANES; lane++)
        runs->lanes[lane].end = &runs->lanes[lane].first;
    if (!runs->ports) {
        free(runs);
        return N2_ERR_NOMEM;
    }
    *out = runs;
    return N2_OK;
}

static void
free_buffers(buffer *b)
{
    while (b) {
        buffer *next = b->next;
        free(b);
        b = next;
    }
}

void
n2_runs_free(n2_runs *runs)
{
    if (!runs)
        return;
    for (int lane = 0; lane < N2_LANES; lane++) {
        n2_runs_finish(runs, (n2_lane)lane);
        free_buffers(runs->lanes[lane].first);
    }
    free_buffers(runs->spare);
    free(runs->sending);
    free(runs->ports);
    free(runs);
}
