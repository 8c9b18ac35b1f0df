/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * queue-room.c - where packets, lines and shares have their room, and how lines are found.
 *
 * All packets of all ports have their room in one pool, which grows by pages and is bounded; so
 * are lines and shares, of which each holds a packet at least.  When nothing waits any more,
 * all pages but a few are given back.
 */
#include <stdlib.h>

#include "switch/queue-private.h"

enum {
    PAGES_KEPT = 8 /* while nothing waits */
};

static_assert(sizeof(n2_queue_packet) == 2104, "as DESIGN.md says");
static_assert(sizeof(n2_queue_line) == 232, "as DESIGN.md says");
static_assert(sizeof(n2_queue_share) == 64, "as DESIGN.md says");
static_assert(sizeof(n2_queue_port) == 200, "as DESIGN.md says");

/* ---- pages ----------------------------------------------------------------------------------
 */

static void
enlist_page(n2_queues *q, unsigned page)
{
    n2_queue_packet *packets = q->pages[page];
    n2_queue_line *lines = q->line_pages[page];
    n2_queue_share *shares = q->share_pages[page];

    for (unsigned i = 0; i < N2_QUEUE_PAGE; i++) {
        lines[i].turn.next = q->spare_lines;
        q->spare_lines = &lines[i].turn;
        shares[i].turn.next = q->spare_shares;
        q->spare_shares = &shares[i].turn;
        if (&packets[i] == q->reserved || &packets[i] == q->gone)
            continue;
        packets[i].next = q->spare;
        q->spare = &packets[i];
    }
}

static bool
is_in_page(const n2_queues *q, unsigned page, const n2_queue_packet *packet)
{
    for (unsigned i = 0; packet && i < N2_QUEUE_PAGE; i++)
        if (&q->pages[page][i] == packet)
            return true;
    return false;
}

/* All lines are spare, and all packets but two that may be read still. */
void
n2_queue_shrink(n2_queues *q, bool is_read)
{
    unsigned n = 0;

    if (q->n_packets || q->n_pages <= PAGES_KEPT + 2)
        return;
    if (!is_read)
        q->gone = NULL; /* at the end of memory it would hold all */
    q->spare = NULL;
    q->spare_lines = q->spare_shares = NULL;
    for (unsigned i = 0; i < q->n_pages; i++) {
        if (n < PAGES_KEPT || is_in_page(q, i, q->reserved) || is_in_page(q, i, q->gone)) {
            q->pages[n] = q->pages[i];
            q->line_pages[n] = q->line_pages[i];
            q->share_pages[n] = q->share_pages[i];
            enlist_page(q, n++);
        } else {
            free(q->pages[i]);
            free(q->line_pages[i]);
            free(q->share_pages[i]);
        }
    }
    q->n_pages = n;
}

static bool
add_page(n2_queues *q)
{
    if (q->n_pages == N2_QUEUE_PAGES_MAX)
        return false;
    n2_queue_packet *packets = malloc(N2_QUEUE_PAGE * sizeof *packets);
    n2_queue_line *lines = malloc(N2_QUEUE_PAGE * sizeof *lines);
    n2_queue_share *shares = malloc(N2_QUEUE_PAGE * sizeof *shares);
    if (!packets || !lines || !shares) {
        free(packets);
        free(lines);
        free(shares);
        return false;
    }
    if (!q->key)
        n2_env_random(&q->env, &q->key, sizeof q->key);
    q->pages[q->n_pages] = packets;
    q->line_pages[q->n_pages] = lines;
    q->share_pages[q->n_pages] = shares;
    enlist_page(q, q->n_pages++);
    return true;
}

uint8_t *
n2_queues_reserve(n2_queues *q)
{
    if (q->reserved)
        return q->reserved->bytes;
    if (!q->spare && !add_page(q)) {
        q->n_refused++;
        return NULL;
    }
    q->reserved = q->spare;
    q->spare = q->reserved->next;
    return q->reserved->bytes;
}

void
n2_queue_give(n2_queues *q, n2_queue_packet *packet)
{
    if (q->gone) {
        q->gone->next = q->spare;
        q->spare = q->gone;
    }
    q->gone = packet;
    q->n_packets--;
}

size_t
n2_queues_memory(const n2_queues *q)
{
    return q->n_pages * N2_QUEUE_PAGE *
           (sizeof **q->pages + sizeof **q->line_pages + sizeof **q->share_pages);
}

/* ---- rounds ---------------------------------------------------------------------------------
 */

/* As the last one. */
static void
enter(n2_queue_turn **round, n2_queue_turn *turn)
{
    n2_queue_turn *first = *round ? *round : turn;

    if (!*round)
        first->before = turn;
    turn->next = first;
    turn->before = first->before;
    turn->before->next = turn;
    first->before = turn;
    *round = first;
}

static void
leave(n2_queue_turn **round, n2_queue_turn *turn)
{
    turn->before->next = turn->next;
    turn->next->before = turn->before;
    if (*round == turn)
        *round = turn->next == turn ? NULL : turn->next;
}

/* ---- lines and shares -----------------------------------------------------------------------
 */

static unsigned
bucket_of(const n2_queues *q, uint64_t who, uint32_t out_port, unsigned class)
{
    uint64_t line = (uint64_t)out_port << 20 ^ (uint64_t) class << 16 ^ who;

    static_assert(N2_QUEUE_BUCKETS == 1 << (64 - 54), "the top bits choose a bucket");
    return (unsigned)(n2_queue_mix(line ^ q->key) >> 54);
}

static n2_queue_share *
share_of(n2_queues *q, uint32_t in_port, uint32_t out_port, unsigned class)
{
    uint64_t source = n2_queues_source(q, in_port), who = source ? source : in_port;
    n2_queue_share **bucket = &q->shares[bucket_of(q, who, out_port, class)];
    n2_queue_port *port = &q->ports[out_port];

    for (n2_queue_share *share = *bucket; share; share = share->chain)
        if (share->who == who && share->is_source == (source != 0) &&
            share->out_port == out_port && share->class == class)
            return share;
    n2_queue_share *share = (n2_queue_share *)q->spare_shares; /* as many as lines */
    q->spare_shares = share->turn.next;
    *share = (n2_queue_share){.chain = *bucket,
                              .who = who,
                              .out_port = out_port,
                              .class = (uint8_t) class,
                              .is_source = source != 0,
                              .weight = source ? 1 : n2_queues_weight(q, in_port)};
    share->deficit = (int32_t)(share->weight * N2_QUEUE_QUANTUM);
    *bucket = share;
    enter(&port->shares[class], &share->turn);
    port->weights[class] += share->weight;
    return share;
}

n2_queue_line *
n2_queue_line_of(n2_queues *q, uint32_t in_port, uint32_t out_port, unsigned class)
{
    n2_queue_line **bucket = &q->lines[bucket_of(q, in_port, out_port, class)];

    for (n2_queue_line *line = *bucket; line; line = line->chain)
        if (line->in_port == in_port && line->out_port == out_port && line->class == class)
            return line;
    n2_queue_share *share = share_of(q, in_port, out_port, class);
    n2_queue_line *line = (n2_queue_line *)q->spare_lines; /* as many as packets */
    q->spare_lines = line->turn.next;
    *line = (n2_queue_line){.chain = *bucket,
                            .share = share,
                            .in_port = in_port,
                            .out_port = out_port,
                            .deficit = N2_QUEUE_QUANTUM,
                            .class = (uint8_t) class,
                            .key = q->key};
    line->end = &line->first;
    *bucket = line;
    enter(&share->lines, &line->turn);
    share->n_lines++;
    return line;
}

static void
end_share(n2_queues *q, n2_queue_share *share)
{
    n2_queue_port *port = &q->ports[share->out_port];
    n2_queue_share **at = &q->shares[bucket_of(q, share->who, share->out_port, share->class)];

    while (*at != share)
        at = &(*at)->chain;
    *at = share->chain;
    leave(&port->shares[share->class], &share->turn);
    port->weights[share->class] -= share->weight;
    if (port->longest == share)
        port->longest = NULL;
    share->turn.next = q->spare_shares;
    q->spare_shares = &share->turn;
}

void
n2_queue_line_end(n2_queues *q, n2_queue_line *line)
{
    n2_queue_share *share = line->share;
    n2_queue_line **at = &q->lines[bucket_of(q, line->in_port, line->out_port, line->class)];

    while (*at != line)
        at = &(*at)->chain;
    *at = line->chain;
    leave(&share->lines, &line->turn);
    if (q->shown == line)
        q->shown = NULL;
    line->turn.next = q->spare_lines;
    q->spare_lines = &line->turn;
    if (!--share->n_lines)
        end_share(q, share);
}
