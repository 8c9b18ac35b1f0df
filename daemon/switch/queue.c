/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * queue.c - packets in lines, lines in shares, shares in rounds, rounds by class.
 */
#include "switch/queue.h"

#include <assert.h>
#include <stdlib.h>

#include "switch/queue-private.h"

enum {
    LOOK = 64 /* shares, or lines, that are compared to find the longest */
};

static n2_queue_share *
first_share(const n2_queue_port *port, unsigned class)
{
    return (n2_queue_share *)port->shares[class];
}

static n2_queue_line *
first_line(const n2_queue_share *share)
{
    return (n2_queue_line *)share->lines;
}

/* Takes the first of @line out. */
static n2_queue_packet *
pop(n2_queues *q, n2_queue_line *line)
{
    n2_queue_port *port = &q->ports[line->out_port];
    n2_queue_packet *packet = line->first;

    line->first = packet->next;
    line->bytes -= packet->len;
    line->share->bytes -= packet->len;
    port->bytes -= packet->len;
    if (line->class < N2_CLASS_DEFAULT)
        port->above_bytes -= packet->len;
    port->packets--;
    if (line->is_long && line->bytes <= line->target) {
        line->is_long = false;
        port->n_long--;
    }
    n2_queue_give(q, packet);
    if (!line->first)
        n2_queue_line_end(q, line);
    return packet;
}

/* ---- what classes above the default may have ------------------------------------------------
 */

static uint64_t
cap_of(uint64_t rate_Bps)
{
    uint64_t cap = rate_Bps * N2_QUEUE_CAP_US / N2_SECOND_US;

    return cap < N2_QUEUE_CAP_BYTES_MIN   ? N2_QUEUE_CAP_BYTES_MIN
           : cap > N2_QUEUE_CAP_BYTES_MAX ? N2_QUEUE_CAP_BYTES_MAX
                                          : cap;
}

/* What leaves of these classes is held against all that can be reserved: who is a full queue
 * ahead of that was not admitted. */
static void
charge_above(n2_queue_port *port, unsigned class, size_t len, uint64_t now_us)
{
    uint64_t may_Bps = port->rate_Bps / 100 * N2_RESERVE_PERCENT;
    uint64_t us = now_us - port->above_us, paid;

    may_Bps += may_Bps / N2_POLICE_EASE;
    paid = (us < N2_SECOND_US ? us : N2_SECOND_US) * may_Bps;
    port->above_debt -= paid < port->above_debt ? paid : port->above_debt;
    port->above_us = now_us;
    if (class < N2_CLASS_DEFAULT)
        port->above_debt += len * N2_SECOND_US;
    /* While nobody else wants the link, who has all of it owes nothing for that. */
    uint64_t most = (cap_of(port->rate_Bps) + N2_PACKET_BYTES_MAX) * N2_SECOND_US;
    if (port->above_debt > most)
        port->above_debt = most;
}

/* ---- joining --------------------------------------------------------------------------------
 */

static bool
is_longer(const n2_queue_share *a, const n2_queue_share *b)
{
    return (uint64_t)a->bytes * b->weight > (uint64_t)b->bytes * a->weight;
}

n2_queue_word
n2_queues_join(n2_queues *q,
               uint32_t in_port,
               uint32_t out_port,
               n2_class class,
               size_t len,
               uint64_t rate_Bps,
               uint64_t now_us)
{
    n2_queue_packet *packet = q->reserved;
    n2_queue_port *port = &q->ports[out_port];
    n2_queue_line *line = n2_queue_line_of(q, in_port, out_port, class);
    n2_queue_share *share = line->share;

    assert(packet && len <= N2_PACKET_BYTES_MAX && rate_Bps);
    q->reserved = NULL;
    packet->next = NULL;
    packet->in_port = in_port;
    packet->len = (uint16_t)len;
    *line->end = packet;
    line->end = &packet->next;
    line->bytes += (uint32_t)len;
    share->bytes += (uint32_t)len;
    port->rate_Bps = rate_Bps;
    port->bytes += (uint32_t)len;
    if (class < N2_CLASS_DEFAULT)
        port->above_bytes += (uint32_t)len;
    port->packets++;
    q->n_packets++;
    if (port->bytes > port->peak_bytes)
        port->peak_bytes = port->bytes;
    if (!port->longest || port->longest->class < class || is_longer(share, port->longest))
        port->longest = share;
    n2_queue_word word = n2_queue_jam(port, line, packet->bytes, rate_Bps, now_us);
    port->told += word.is_to_tell;
    return word;
}

/* ---- dropping -------------------------------------------------------------------------------
 */

/* The longest share of @class, or of some that are next. */
static n2_queue_share *
longest_share(const n2_queue_port *port, unsigned class)
{
    n2_queue_share *first = first_share(port, class), *at = first, *found = at;

    for (unsigned i = 0; i < LOOK; i++) {
        if (at == port->longest)
            return at;
        if (is_longer(at, found))
            found = at;
        at = (n2_queue_share *)at->turn.next;
        if (at == first)
            break;
    }
    return found;
}

static n2_queue_line *
longest_line(const n2_queue_share *share)
{
    n2_queue_line *first = first_line(share), *at = first, *found = at;

    for (unsigned i = 0; i < LOOK; i++) {
        if (at->bytes > found->bytes)
            found = at;
        at = (n2_queue_line *)at->turn.next;
        if (at == first)
            break;
    }
    return found;
}

static bool
drop_one(n2_queues *q, uint32_t out_port, n2_queued *out)
{
    n2_queue_port *port = &q->ports[out_port];
    /* Who has reserved never lets so much wait. */
    unsigned n = port->above_bytes > port->bytes / 2 ? N2_CLASS_DEFAULT : N2_CLASSES;

    while (n && !port->shares[n - 1])
        n--;
    if (!n)
        return false;
    const n2_queue_packet *packet = pop(q, longest_line(longest_share(port, n - 1)));
    *out = (n2_queued){packet->bytes, packet->len, packet->in_port, (n2_class)(n - 1)};
    port->dropped++;
    n2_queue_shrink(q, true);
    return true;
}

bool
n2_queues_evict(n2_queues *q, uint32_t out_port, uint64_t rate_Bps, n2_queued *out)
{
    const n2_queue_port *port = &q->ports[out_port];

    if (port->bytes <= cap_of(rate_Bps) &&
        port->packets <= N2_QUEUE_PACKETS_MAX - q->n_packets) {
        if (port->bytes > q->most_bytes)
            q->most_bytes = port->bytes;
        return false;
    }
    if (port->bytes > cap_of(rate_Bps))
        q->n_evicted++;
    else
        q->n_refused++;
    return drop_one(q, out_port, out);
}

bool
n2_queues_drop(n2_queues *q, uint32_t port, n2_queued *out)
{
    return drop_one(q, port, out);
}

/* ---- leaving --------------------------------------------------------------------------------
 */

uint32_t
n2_queues_bytes(const n2_queues *q, uint32_t port)
{
    return q->ports[port].bytes;
}

/* The first class from @class on in which something waits; N2_CLASSES: nothing does. */
static unsigned
class_from(const n2_queue_port *port, unsigned class)
{
    unsigned at = class;

    while (at < N2_CLASSES && !port->shares[at])
        at++;
    return at;
}

/* The class whose turn it is; something waits. */
static unsigned
choose_class(const n2_queue_port *port)
{
    bool is_over = port->above_debt > cap_of(port->rate_Bps) * N2_SECOND_US;
    unsigned class = is_over ? class_from(port, N2_CLASS_DEFAULT) : N2_CLASSES;

    return class < N2_CLASSES ? class : class_from(port, 0);
}

/* The line of @share whose turn it is. */
static n2_queue_line *
turn_lines(n2_queue_share *share)
{
    n2_queue_line *line = first_line(share);

    for (; line->deficit < line->first->len; line = first_line(share)) {
        line->deficit += N2_QUEUE_QUANTUM;
        share->lines = line->turn.next; /* its turn is over */
    }
    return line;
}

/* It may weigh more by now. */
static void
weigh(n2_queues *q, n2_queue_port *port, n2_queue_share *share)
{
    port->weights[share->class] -= share->weight;
    if (!share->is_source)
        share->weight = n2_queues_weight(q, (uint32_t)share->who);
    port->weights[share->class] += share->weight;
}

bool
n2_queues_peek(n2_queues *q, uint32_t out_port, uint64_t now_us, n2_queued *out)
{
    n2_queue_port *port = &q->ports[out_port];

    if (!port->packets)
        return false;
    charge_above(port, N2_CLASS_DEFAULT, 0, now_us);
    unsigned class = choose_class(port);
    n2_queue_share *share = first_share(port, class);
    n2_queue_line *line = turn_lines(share);
    while (share->deficit < line->first->len) {
        weigh(q, port, share);
        share->deficit += (int32_t)(share->weight * N2_QUEUE_QUANTUM);
        port->shares[class] = share->turn.next; /* its turn is over */
        share = first_share(port, class);
        line = turn_lines(share);
    }
    q->shown = line;
    const n2_queue_packet *packet = line->first;
    *out = (n2_queued){packet->bytes, packet->len, packet->in_port, (n2_class) class};
    return true;
}

void
n2_queues_take(n2_queues *q, uint32_t out_port, uint64_t now_us)
{
    n2_queue_port *port = &q->ports[out_port];
    n2_queue_line *line = q->shown;
    uint32_t len = line->first->len;
    unsigned class = line->class;

    assert(line->out_port == out_port && first_share(port, class) == line->share);
    line->deficit -= (int32_t)len;
    line->share->deficit -= (int32_t)len;
    if (port->n_long)
        port->jam_last_us = now_us;
    (void)pop(q, line);
    n2_queue_shrink(q, false);
    n2_queue_served(port, class, len, now_us);
    charge_above(port, class, len, now_us);
}

/* ---- weights, figures -----------------------------------------------------------------------
 */

void
n2_queues_set_weight(n2_queues *q, uint32_t in_port, uint32_t weight)
{
    q->weights[in_port] =
        (uint16_t)(weight < N2_QUEUE_WEIGHT_MAX ? weight : N2_QUEUE_WEIGHT_MAX);
}

uint32_t
n2_queues_weight(const n2_queues *q, uint32_t in_port)
{
    return q->weights[in_port] ? q->weights[in_port] : 1;
}

void
n2_queues_set_source(n2_queues *q, uint32_t in_port, uint64_t source)
{
    q->sources[in_port] = source;
}

uint64_t
n2_queues_source(const n2_queues *q, uint32_t in_port)
{
    return q->weights[in_port] > 1 ? 0 : q->sources[in_port];
}

void
n2_queues_look(n2_queues *q, uint32_t out_port, uint64_t now_us, n2_queue_stats *out)
{
    n2_queue_port *port = &q->ports[out_port];
    *out = (n2_queue_stats){.packets = port->packets,
                            .bytes = port->bytes,
                            .peak_bytes = port->peak_bytes,
                            .dropped = port->dropped,
                            .marks = port->marks,
                            .told = port->told,
                            .jam_since_us =
                                n2_queue_is_jammed(port, now_us) ? port->jam_since_us : 0};
    port->peak_bytes = port->bytes;
}

void
n2_queues_uses(const n2_queues *q, n2_uses *uses)
{
    n2_uses_add(uses, "queue_packets", q->n_packets, N2_QUEUE_PACKETS_MAX, q->n_refused);
    n2_uses_add(uses, "queue_cap_bytes", q->most_bytes, N2_QUEUE_CAP_BYTES_MAX, q->n_evicted);
}

/* ---- life -----------------------------------------------------------------------------------
 */

n2_err
n2_queues_new(n2_queues **out, unsigned width, const n2_env *env)
{
    n2_queues *q = calloc(1, sizeof *q);

    if (!q)
        return N2_ERR_NOMEM;
    q->env = *env;
    q->ports = calloc((size_t)1 << width, sizeof *q->ports);
    q->weights = calloc((size_t)1 << width, sizeof *q->weights);
    q->sources = calloc((size_t)1 << width, sizeof *q->sources);
    if (!q->ports || !q->weights || !q->sources) {
        n2_queues_free(q);
        return N2_ERR_NOMEM;
    }
    *out = q;
    return N2_OK;
}

void
n2_queues_free(n2_queues *q)
{
    if (!q)
        return;
    for (unsigned i = 0; i < q->n_pages; i++) {
        free(q->pages[i]);
        free(q->line_pages[i]);
        free(q->share_pages[i]);
    }
    free(q->ports);
    free(q->weights);
    free(q->sources);
    free(q);
}
