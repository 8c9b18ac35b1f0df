/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-runs.c - the pool of buffers, and when a link is free again.
 */
#include "node/plane-runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "link/run.h"

enum {
    UDP_BYTES = 28,    /* around each datagram, at least */
    LATE_MAX_US = 4000 /* by which a link that never rested may be ahead of its time */
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
    buffer *open;     /* (transfer none) run under way, or NULL */
    uint64_t free_us; /* when what was handed over will have been sent, ... */
    uint64_t rest;    /* ... and the part of a microsecond more, in 1 / rate */
    uint32_t next;    /* port that waits, too: a ring */
    bool waits;       /* in the ring */
} port_state;

struct n2_runs {
    n2_links *links;
    n2_queues *queues;
    n2_switch *sw;
    port_state *ports;    /* (transfer full) */
    buffer *first_open;   /* (transfer full) under way */
    buffer *first, **end; /* (transfer full) finished, in order */
    buffer *spare, *sending;
    uint32_t last;      /* of the ring; its next is looked at first.  0: nothing waits */
    unsigned n_waiting; /* ports in it */
    uint64_t next_us;   /* none of them is free before */
    unsigned n_buffers, n_spare;
    uint64_t n_refused;
};

static buffer *
take_buffer(n2_runs *runs, uint32_t port)
{
    buffer *b = runs->spare;

    if (b) {
        runs->spare = b->next;
        runs->n_spare--;
    } else if (runs->n_buffers < N2_PLANE_RUNS_MAX) {
        b = malloc(sizeof *b);
        runs->n_buffers += b != NULL;
    }
    if (!b) {
        runs->n_refused++;
        return NULL;
    }
    b->port = port;
    n2_run_begin(&b->run, runs->links, port, b->bytes, sizeof b->bytes);
    return b;
}

static void
give_buffer(n2_runs *runs, buffer *b)
{
    b->next = runs->spare;
    runs->spare = b;
    runs->n_spare++;
}

/* The link is busy for as long as @b takes, from @now_us on. */
static void
charge(n2_runs *runs, const buffer *b, uint64_t now_us)
{
    uint64_t rate_Bps = n2_links_rate(runs->links, b->port);
    size_t heads = (b->len + b->segment - 1) / b->segment * UDP_BYTES;
    port_state *port = &runs->ports[b->port];

    if (!rate_Bps)
        return;
    /* To a part of a microsecond: on a fast link short runs would go up to 5 % too fast, and
     * what is too much waits where nothing urgent can pass it. */
    uint64_t units = (b->len + heads) * 1000000 + port->rest;
    port->rest = units % rate_Bps;
    port->free_us = now_us + units / rate_Bps;
}

/* Ends @b, which is in no list.  False: there is nothing in it to send, and it is given back.
 */
static bool
end_buffer(n2_runs *runs, buffer *b, uint64_t now_us)
{
    b->len = n2_run_finish(&b->run, &b->to, &b->segment);
    if (!b->len) {
        give_buffer(runs, b);
        return false;
    }
    charge(runs, b, now_us);
    return true;
}

static void
finish_open(n2_runs *runs, buffer **at, uint64_t now_us)
{
    buffer *b = *at;

    *at = b->next;
    runs->ports[b->port].open = NULL;
    if (!end_buffer(runs, b, now_us))
        return;
    b->next = NULL;
    *runs->end = b;
    runs->end = &b->next;
}

static void
finish_port(n2_runs *runs, buffer *b, uint64_t now_us)
{
    buffer **at = &runs->first_open;

    while (*at != b)
        at = &(*at)->next;
    finish_open(runs, at, now_us);
}

uint8_t *
n2_runs_reserve(n2_runs *runs, uint32_t port, size_t len, uint64_t now_us)
{
    port_state *p = &runs->ports[port];

    if (p->waits)
        return NULL;
    for (int i = 0; i < 2; i++) {
        buffer *b = p->open;
        if (!b) {
            if (!n2_links_is_up(runs->links, port) ||
                (now_us < p->free_us && n2_links_rate(runs->links, port)))
                return NULL;
            b = take_buffer(runs, port);
            if (!b)
                return NULL;
            b->next = runs->first_open;
            runs->first_open = p->open = b;
        }
        uint8_t *at = n2_run_reserve(&b->run, len);
        if (at)
            return at;
        finish_port(runs, b, now_us);
    }
    return NULL;
}

void
n2_runs_commit(n2_runs *runs, uint32_t port)
{
    n2_run_commit(&runs->ports[port].open->run);
}

/* ---- what waits -----------------------------------------------------------------------------
 */

void
n2_runs_joined(n2_runs *runs, uint32_t port)
{
    port_state *p = &runs->ports[port];

    if (p->waits)
        return;
    p->waits = true;
    p->next = runs->last ? runs->ports[runs->last].next : port;
    if (runs->last)
        runs->ports[runs->last].next = port;
    runs->last = port;
    runs->n_waiting++;
    if (p->free_us < runs->next_us)
        runs->next_us = p->free_us;
}

/* The port behind the last one leaves the ring. */
static void
leave_ring(n2_runs *runs)
{
    port_state *last = &runs->ports[runs->last];
    port_state *p = &runs->ports[last->next];

    p->waits = false;
    last->next = p->next;
    if (p == last)
        runs->last = 0;
    runs->n_waiting--;
}

/* Turns the ring until the port behind the last one is free; false: none is. */
static bool
find_free(n2_runs *runs, uint64_t now_us)
{
    uint64_t next_us = UINT64_MAX;

    if (now_us < runs->next_us)
        return false;
    for (unsigned i = 0; i < runs->n_waiting; i++) {
        uint32_t port = runs->ports[runs->last].next;
        uint64_t free_us = runs->ports[port].free_us;
        if (free_us <= now_us)
            return true;
        if (free_us < next_us)
            next_us = free_us;
        runs->last = port;
    }
    runs->next_us = next_us;
    return false;
}

static void
drop_all(n2_runs *runs, uint32_t port)
{
    n2_queued packet;

    while (n2_queues_drop(runs->queues, port, &packet))
        n2_switch_undo(runs->sw, packet.in_port, port, packet.len, N2_DROP_PORT);
}

void
n2_runs_down(n2_runs *runs, uint32_t port)
{
    drop_all(runs, port);
    runs->ports[port].free_us = runs->ports[port].rest = 0;
    runs->next_us = 0; /* it may stand in the ring still */
}

/* A run of what waits for @port, whose link is free; NULL: nothing of it can leave. */
static buffer *
fill(n2_runs *runs, uint32_t port, uint64_t now_us)
{
    n2_queued packet;
    bool is_urgent = false;
    uint8_t *to;

    if (!n2_links_is_up(runs->links, port)) {
        drop_all(runs, port);
        return NULL;
    }
    /* It is its turn: what is under way there is one more thing that waits. */
    buffer *b = take_buffer(runs, port);
    if (!b)
        return NULL;
    while (n2_queues_peek(runs->queues, port, now_us, &packet)) {
        /* What is not urgent does not make the datagram of what is any longer. */
        if (is_urgent && packet.class >= N2_CLASS_DEFAULT)
            break;
        is_urgent = packet.class < N2_CLASS_DEFAULT;
        to = n2_run_reserve(&b->run, packet.len);
        if (!to)
            break;
        memcpy(to, packet.bytes, packet.len);
        n2_run_commit(&b->run);
        n2_queues_take(runs->queues, port, now_us);
    }
    /* Who comes late to a link that has work lets it make up for a little. */
    uint64_t late_us = now_us - runs->ports[port].free_us;
    return end_buffer(runs, b, now_us - (late_us < LATE_MAX_US ? late_us : LATE_MAX_US)) ? b
                                                                                         : NULL;
}

static buffer *
take_waiting(n2_runs *runs, uint64_t now_us)
{
    while (find_free(runs, now_us)) {
        uint32_t port = runs->ports[runs->last].next;
        buffer *b = fill(runs, port, now_us);
        if (!n2_queues_bytes(runs->queues, port))
            leave_ring(runs);
        else if (b)
            runs->last = port; /* the others first */
        else
            return NULL; /* all buffers are under way: when they are sent */
        if (b)
            return b;
    }
    return NULL;
}

/* ---- leaving --------------------------------------------------------------------------------
 */

bool
n2_runs_is_ready(n2_runs *runs, uint64_t now_us)
{
    return runs->first || find_free(runs, now_us);
}

void
n2_runs_finish(n2_runs *runs, uint64_t now_us)
{
    while (runs->first_open)
        finish_open(runs, &runs->first_open, now_us);
}

bool
n2_runs_next(n2_runs *runs, n2_plane_run *out, uint64_t now_us)
{
    if (runs->sending)
        give_buffer(runs, runs->sending);
    buffer *b = runs->first;
    if (b) {
        runs->first = b->next;
        if (!runs->first)
            runs->end = &runs->first;
    } else {
        runs->sending = NULL;
        b = take_waiting(runs, now_us);
    }
    runs->sending = b;
    if (!b)
        return false;
    *out = (n2_plane_run){.to = b->to, .bytes = b->bytes, .len = b->len, .segment = b->segment};
    return true;
}

uint64_t
n2_runs_deadline(const n2_runs *runs)
{
    return runs->first ? 0 : runs->n_waiting ? runs->next_us : UINT64_MAX;
}

uint64_t
n2_runs_free_us(const n2_runs *runs, uint32_t port)
{
    return runs->ports[port].free_us;
}

void
n2_runs_uses(const n2_runs *runs, n2_uses *uses)
{
    n2_uses_add(uses, "plane_runs", runs->n_buffers - runs->n_spare, N2_PLANE_RUNS_MAX,
                runs->n_refused);
}

/* ---- life -----------------------------------------------------------------------------------
 */

n2_err
n2_runs_new(n2_runs **out, n2_links *links, n2_queues *queues, n2_switch *sw)
{
    n2_runs *runs = calloc(1, sizeof *runs);

    if (!runs)
        return N2_ERR_NOMEM;
    runs->links = links;
    runs->queues = queues;
    runs->sw = sw;
    runs->end = &runs->first;
    runs->next_us = UINT64_MAX;
    runs->ports = calloc((size_t)1 << sw->width, sizeof *runs->ports);
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
    free_buffers(runs->first_open);
    free_buffers(runs->first);
    free_buffers(runs->spare);
    free(runs->sending);
    free(runs->ports);
    free(runs);
}
