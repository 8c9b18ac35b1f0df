/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * topology-ways.c - the cheapest ways between two switches of a domain.
 *
 * The first by Dijkstra; each next one leaves those before at some switch (Yen).  The cost of
 * a link is its delay and 100 kB at its rate, a little of its own for each, so that of two
 * equal ways the shorter is the first.
 */
#include <stdlib.h>
#include <string.h>

#include "name/topology-private.h"
#include "wire/code.h"

enum {
    CANDIDATES_MAX = 64,
    NOWHERE = UINT32_MAX
};

#define DOUBT_COST_US (UINT64_C(1) << 40) /* more than any way costs that is not in doubt */
#define UNKNOWN_US 1000                   /* what a link costs of which nothing is said */

typedef struct {
    uint64_t cost;
    uint32_t before;  /* index */
    uint16_t by_port; /* of `before` */
    uint8_t bits;
    bool is_done, is_closed;
} mark;

typedef struct {
    uint32_t at[N2_COMPOSED_HOPS_MAX]; /* indices */
    uint16_t ports[N2_COMPOSED_HOPS_MAX];
    size_t n; /* switches, the last one's port 0 */
    uint64_t cost;
} line;

/* A switch to be looked at; again at a lower cost, and the older entry is passed over. */
typedef struct {
    uint64_t cost;
    uint32_t at;
} due;

typedef struct {
    const n2_topology *t;
    mark *marks;
    due *heap; /* room for each end of a link, and one more */
    size_t n_heap;
    const n2_inner_avoid *avoid;
    uint32_t from, to; /* indices */
    line found[N2_COMPOSED_MAX], candidates[CANDIDATES_MAX];
    size_t n_found, n_candidates;
    bool is_long; /* one was left out because of its length */
} search;

/* The worse of what both ends say. */
static void
link_is(const n2_topology *t, const link_end *e, uint64_t *rate_Bps, uint64_t *delay_us)
{
    const link_end *back = n2_topology_end(&t->all[e->other], e->said.neighbour_port);
    uint8_t a = e->said.rate, b = back ? back->said.rate : 0;
    uint16_t delay = e->said.delay;

    if (back && back->said.delay > delay)
        delay = back->said.delay;
    *rate_Bps = n2_rate_from_code(!a || !b ? 0 : a < b ? a : b);
    *delay_us = n2_delay_from_code(delay);
}

static uint64_t
cost_of(const n2_topology *t, const link_end *e)
{
    uint64_t rate, delay;

    link_is(t, e, &rate, &delay);
    return 1 + (delay ? delay : UNKNOWN_US) +
           (rate ? N2_ROUTE_COST_BYTES * UINT64_C(1000000) / rate : UNKNOWN_US) +
           (e->doubt_until_us ? DOUBT_COST_US : 0);
}

static bool
is_avoided(const search *s, uint32_t at)
{
    for (size_t i = 0; s->avoid && i < s->avoid->n && at != s->from && at != s->to; i++)
        if (s->avoid->numbers[i] == s->t->all[at].number)
            return true;
    return false;
}

/* Was the link out of the last of @root taken by a way found before that begins so? */
static bool
is_taken(const search *s, const line *root, uint16_t port)
{
    for (size_t i = 0; i < s->n_found; i++) {
        const line *l = &s->found[i];
        if (l->n >= root->n && l->ports[root->n - 1] == port &&
            !memcmp(l->at, root->at, root->n * sizeof *l->at) &&
            !memcmp(l->ports, root->ports, (root->n - 1) * sizeof *l->ports))
            return true;
    }
    return false;
}

static void
push(search *s, uint32_t at, uint64_t cost)
{
    size_t i = s->n_heap++;

    for (; i && s->heap[(i - 1) / 2].cost > cost; i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = (due){.cost = cost, .at = at};
}

/* The cheapest that was not looked at; NOWHERE: none. */
static uint32_t
pop(search *s)
{
    while (s->n_heap) {
        uint32_t at = s->heap[0].at;
        due last = s->heap[--s->n_heap];
        size_t i = 0, next;
        for (; (next = 2 * i + 1) < s->n_heap; i = next) {
            next += next + 1 < s->n_heap && s->heap[next + 1].cost < s->heap[next].cost;
            if (s->heap[next].cost >= last.cost)
                break;
            s->heap[i] = s->heap[next];
        }
        s->heap[i] = last;
        if (!s->marks[at].is_done)
            return at;
    }
    return NOWHERE;
}

static void
relax(search *s, uint32_t at, const line *root)
{
    const vertex *v = &s->t->all[at];
    bool is_spur = root->at[root->n - 1] == at;

    for (size_t k = 0; k < v->n; k++) {
        const link_end *e = &v->links[k];
        mark *m = e->is_up ? &s->marks[e->other] : NULL;
        if (!m || m->is_done || m->is_closed || is_avoided(s, e->other) ||
            (is_spur && is_taken(s, root, e->said.port)))
            continue;
        uint64_t cost = s->marks[at].cost + cost_of(s->t, e);
        unsigned bits = s->marks[at].bits + v->width;
        if (bits > N2_PATH_BITS) {
            s->is_long = true;
            continue;
        }
        if (m->before != NOWHERE && cost >= m->cost)
            continue;
        *m = (mark){.cost = cost, .before = at, .by_port = e->said.port, .bits = (uint8_t)bits};
        push(s, e->other, cost);
    }
}

/* The cheapest that goes on from @root, whose last is the spur; false: none. */
static bool
go_on(search *s, const line *root, line *out)
{
    const n2_topology *t = s->t;
    uint32_t spur = root->at[root->n - 1], at = spur;
    unsigned bits = 0;

    for (size_t i = 0; i < t->n; i++)
        s->marks[i] = (mark){.before = NOWHERE};
    for (size_t i = 0; i + 1 < root->n; i++) {
        s->marks[root->at[i]].is_closed = true;
        bits += t->all[root->at[i]].width;
    }
    s->n_heap = 0;
    s->marks[spur].bits = (uint8_t)bits;
    s->marks[spur].cost = root->cost;
    while (at != NOWHERE && at != s->to) {
        s->marks[at].is_done = true;
        relax(s, at, root);
        at = pop(s);
    }
    if (at == NOWHERE)
        return false;
    size_t behind = 0;

    for (uint32_t i = at; i != spur; i = s->marks[i].before)
        behind++;
    if (root->n + behind > N2_COMPOSED_HOPS_MAX) {
        s->is_long = true;
        return false;
    }
    *out = *root;
    out->n = root->n + behind;
    out->cost = s->marks[at].cost;
    out->at[out->n - 1] = at;
    out->ports[out->n - 1] = 0;
    for (size_t i = out->n - 1; i >= root->n; i--) {
        out->at[i - 1] = s->marks[out->at[i]].before;
        out->ports[i - 1] = s->marks[out->at[i]].by_port;
    }
    return true;
}

static bool
is_same(const line *a, const line *b)
{
    return a->n == b->n && !memcmp(a->at, b->at, a->n * sizeof *a->at) &&
           !memcmp(a->ports, b->ports, a->n * sizeof *a->ports);
}

static void
offer(search *s, const line *l)
{
    for (size_t i = 0; i < s->n_candidates; i++)
        if (is_same(&s->candidates[i], l))
            return;
    if (s->n_candidates < CANDIDATES_MAX)
        s->candidates[s->n_candidates++] = *l;
}

/* All that leave the last one found at one of its switches. */
static void
branch(search *s)
{
    const line *last = &s->found[s->n_found - 1];
    line root = {0}, next;

    for (size_t i = 0; i + 1 < last->n; i++) {
        root.at[i] = last->at[i];
        root.n = i + 1;
        if (go_on(s, &root, &next))
            offer(s, &next);
        const link_end *e = n2_topology_end(&s->t->all[last->at[i]], last->ports[i]);
        root.ports[i] = last->ports[i];
        root.cost += e ? cost_of(s->t, e) : 0;
    }
}

static bool
take_best(search *s)
{
    size_t best = 0;

    if (!s->n_candidates)
        return false;
    for (size_t i = 1; i < s->n_candidates; i++)
        if (s->candidates[i].cost < s->candidates[best].cost)
            best = i;
    s->found[s->n_found++] = s->candidates[best];
    s->candidates[best] = s->candidates[--s->n_candidates];
    return true;
}

static void
write_way(const n2_topology *t, const line *l, n2_inner_way *out)
{
    *out = (n2_inner_way){.n = l->n};
    for (size_t i = 0; i < l->n; i++) {
        const vertex *v = &t->all[l->at[i]];
        out->hops[i] =
            (n2_inner_hop){.number = v->number, .port = l->ports[i], .width = v->width};
        const link_end *e = l->ports[i] ? n2_topology_end(v, l->ports[i]) : NULL;
        uint64_t rate, delay;
        if (!e || n2_route_add(&out->route, v->width, l->ports[i]))
            continue; /* the last; no other is too long */
        link_is(t, e, &rate, &delay);
        out->delay_us += delay;
        if (rate && (!out->rate_Bps || rate < out->rate_Bps))
            out->rate_Bps = rate;
        out->is_doubtful |= e->doubt_until_us != 0;
    }
}

static bool
goes_before(const n2_inner_way *a, const n2_inner_way *b)
{
    const n2_inner_way *both[] = {a, b};
    uint64_t cost[2];

    if (a->is_doubtful != b->is_doubtful)
        return b->is_doubtful;
    for (size_t i = 0; i < 2; i++)
        cost[i] =
            both[i]->delay_us +
            (both[i]->rate_Bps ? N2_ROUTE_COST_BYTES * UINT64_C(1000000) / both[i]->rate_Bps
                               : UNKNOWN_US);
    return cost[0] < cost[1];
}

/* In the search each link counts for itself; a whole way is as fast as its slowest. */
static void
put_in_order(n2_inner_way *ways, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && goes_before(&ways[k], &ways[k - 1]); k--) {
            n2_inner_way swap = ways[k];
            ways[k] = ways[k - 1];
            ways[k - 1] = swap;
        }
}

n2_err
n2_topology_ways(n2_topology *topology,
                 uint32_t from,
                 uint32_t to,
                 const n2_inner_avoid *avoid,
                 n2_inner_way *ways,
                 size_t room,
                 size_t *n)
{
    const vertex *a = n2_topology_vertex(topology, from);
    const vertex *b = n2_topology_vertex(topology, to);
    n2_err err = N2_OK;

    *n = 0;
    if (!a || !b)
        return N2_ERR_NOTFOUND;
    search *s = calloc(1, sizeof *s);
    size_t n_ends = 1;

    for (size_t i = 0; i < topology->n; i++)
        n_ends += topology->all[i].n;
    if (s) {
        s->marks = calloc(topology->n, sizeof *s->marks);
        s->heap = calloc(n_ends, sizeof *s->heap);
    }
    if (!s || !s->marks || !s->heap) {
        err = N2_ERR_NOMEM;
        goto out;
    }
    s->t = topology;
    s->avoid = avoid;
    s->from = (uint32_t)(a - topology->all);
    s->to = (uint32_t)(b - topology->all);
    line root = {.at = {s->from}, .n = 1};

    if (go_on(s, &root, &s->candidates[0])) {
        s->n_candidates = 1;
        while (s->n_found < N2_COMPOSED_MAX && s->n_found < room && take_best(s))
            if (s->n_found < room && s->from != s->to)
                branch(s);
    } else if (s->is_long) {
        err = N2_ERR_LIMIT;
    } else if (avoid && avoid->n &&
               !n2_topology_ways(topology, from, to, NULL, ways, room ? 1 : 0, n)) {
        err = N2_ERR_REFUSED;
    } else {
        err = N2_ERR_UNREACHABLE;
    }
    *n = err ? 0 : s->n_found;
    for (size_t i = 0; i < *n; i++)
        write_way(topology, &s->found[i], &ways[i]);
    put_in_order(ways, *n);
out:
    if (s) {
        free(s->marks);
        free(s->heap);
    }
    free(s);
    return err;
}
