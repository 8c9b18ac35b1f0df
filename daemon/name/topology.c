/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * topology.c - reports of switches: which links are up, and for how long.
 */
#include "name/topology-private.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t silent_us = (N2_LINK_REPORTS_MISSED + UINT64_C(1)) * N2_LINK_REPORT_US;

n2_err
n2_topology_new(n2_topology **out, const n2_id *domain)
{
    n2_topology *t = calloc(1, sizeof *t);

    if (!t)
        return N2_ERR_NOMEM;
    t->domain = *domain;
    *out = t;
    return N2_OK;
}

void
n2_topology_free(n2_topology *topology)
{
    if (!topology)
        return;
    for (size_t i = 0; i < topology->n; i++)
        free(topology->all[i].links);
    free(topology->all);
    free(topology);
}

/* Index of the first switch whose number is not below. */
static size_t
place_of(const n2_topology *t, uint32_t number)
{
    size_t low = 0, high = t->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->all[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

vertex *
n2_topology_vertex(const n2_topology *t, uint32_t number)
{
    size_t at = place_of(t, number);

    return at < t->n && t->all[at].number == number ? &t->all[at] : NULL;
}

link_end *
n2_topology_end(const vertex *v, uint16_t port)
{
    size_t low = 0, high = v->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->links[middle].said.port < port)
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->n && v->links[low].said.port == port ? &v->links[low] : NULL;
}

/* ---- which links are up ---- */

static bool
is_heard(const n2_topology *t, const vertex *v)
{
    return v->has_report && t->now_us - v->heard_us < silent_us;
}

link_end *
n2_topology_partner(const n2_topology *t, const vertex *v, const link_end *e)
{
    const vertex *there = n2_topology_vertex(t, e->said.neighbour);
    link_end *back = there ? n2_topology_end(there, e->said.neighbour_port) : NULL;

    if (!back || !is_heard(t, v) || !is_heard(t, there) || back->said.neighbour != v->number ||
        back->said.neighbour_port != e->said.port)
        return NULL;
    return back;
}

/* All anew: indices change when a switch is admitted, and reports are rare. */
static void
settle(n2_topology *t)
{
    bool is_changed = false;

    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->all[i].n; k++) {
            link_end *e = &t->all[i].links[k];
            bool is_up = n2_topology_partner(t, &t->all[i], e) != NULL;
            is_changed |= is_up != e->is_up;
            e->is_up = is_up;
            e->other = is_up ? (uint32_t)place_of(t, e->said.neighbour) : 0;
            if (e->doubt_until_us && (!is_up || t->now_us >= e->doubt_until_us)) {
                e->doubt_until_us = e->probe_at_us = 0;
                is_changed = true;
            }
            if (e->probe_at_us && t->now_us >= e->probe_at_us) {
                e->probe_at_us = t->now_us + N2_LINK_DOUBT_US;
                n2_topology_probe(t, t->all[i].number, e->said.port);
            }
        }
    t->version += is_changed;
}

n2_err
n2_topology_admit(n2_topology *topology, const n2_id *who, uint8_t width)
{
    n2_topology *t = topology;
    uint32_t number = n2_id_number(who);
    size_t at = place_of(t, number);

    if (at < t->n && t->all[at].number == number) {
        if (!n2_id_equal(&t->all[at].who, who))
            return N2_ERR_EXISTS;
        t->all[at].width = width;
        return N2_OK;
    }
    if (t->n == N2_SWITCHES_MAX) {
        t->n_full++;
        return N2_ERR_LIMIT;
    }
    if (t->n == t->room) {
        size_t room = t->room ? 2 * t->room : 16;
        vertex *more = realloc(t->all, room * sizeof *more);
        if (!more)
            return N2_ERR_NOMEM;
        t->all = more;
        t->room = room;
    }
    memmove(t->all + at + 1, t->all + at, (t->n - at) * sizeof *t->all);
    t->all[at] = (vertex){.who = *who, .number = number, .width = width};
    t->n++;
    settle(t);
    return N2_OK;
}

static bool
is_same(const vertex *v, const n2_links *said)
{
    if (v->n != said->n)
        return false;
    for (size_t i = 0; i < v->n; i++) {
        const n2_link_said *a = &v->links[i].said, *b = &said->links[i];
        if (a->port != b->port || a->neighbour != b->neighbour ||
            a->neighbour_port != b->neighbour_port || a->rate != b->rate ||
            a->delay != b->delay)
            return false;
    }
    return true;
}

n2_err
n2_topology_report(n2_topology *topology, const n2_links *said, uint64_t now_us)
{
    n2_topology *t = topology;
    vertex *v = n2_topology_vertex(t, said->number);

    t->now_us = now_us;
    if (!v || !n2_id_equal(&said->domain, &t->domain)) {
        t->n_refused++;
        return N2_ERR_REFUSED;
    }
    if (v->has_report && said->serial <= v->serial) {
        t->n_replayed++;
        return N2_ERR_STATE;
    }
    if (said->n && said->links[0].width != v->width)
        return N2_ERR_FORMAT;
    if (!is_same(v, said)) {
        link_end *links = calloc(said->n ? said->n : 1, sizeof *links);
        if (!links)
            return N2_ERR_NOMEM;
        for (size_t i = 0; i < said->n; i++) {
            const link_end *was = n2_topology_end(v, said->links[i].port);
            links[i].said = said->links[i];
            links[i].is_up = was && was->is_up;
            links[i].doubt_until_us = was ? was->doubt_until_us : 0;
            links[i].probe_at_us = was ? was->probe_at_us : 0;
        }
        free(v->links);
        v->links = links;
        v->n = said->n;
        t->version++;
    }
    v->has_report = true;
    v->serial = said->serial;
    v->heard_us = now_us;
    t->n_reports++;
    settle(t);
    return N2_OK;
}

/* ---- time ---- */

uint64_t
n2_topology_deadline(const n2_topology *topology)
{
    uint64_t at_us = UINT64_MAX;

    for (size_t i = 0; i < topology->n; i++) {
        const vertex *v = &topology->all[i];
        bool is_used = false;
        for (size_t k = 0; k < v->n; k++) {
            const link_end *e = &v->links[k];
            is_used |= e->is_up;
            if (e->doubt_until_us && e->doubt_until_us < at_us)
                at_us = e->doubt_until_us;
            if (e->probe_at_us && e->probe_at_us < at_us)
                at_us = e->probe_at_us;
        }
        if (is_used && v->heard_us + silent_us < at_us)
            at_us = v->heard_us + silent_us;
    }
    return at_us;
}

void
n2_topology_expire(n2_topology *topology, uint64_t now_us)
{
    topology->now_us = now_us;
    if (n2_topology_deadline(topology) <= now_us)
        settle(topology);
}

uint64_t
n2_topology_version(const n2_topology *topology)
{
    return topology->version;
}

bool
n2_topology_is_up(const n2_topology *topology, uint32_t number, uint16_t port)
{
    const vertex *v = n2_topology_vertex(topology, number);
    const link_end *e = v ? n2_topology_end(v, port) : NULL;

    return e && e->is_up;
}

size_t
n2_topology_between(
    const n2_topology *topology, uint32_t a, uint32_t b, uint16_t *ports, size_t room)
{
    const vertex *v = n2_topology_vertex(topology, a);
    size_t n = 0;

    for (size_t i = 0; v && i < v->n && n < room; i++)
        if (v->links[i].is_up && v->links[i].said.neighbour == b)
            ports[n++] = v->links[i].said.port;
    return n;
}

n2_err
n2_topology_follow(const n2_topology *topology,
                   uint32_t from,
                   const n2_route *route,
                   uint32_t *number,
                   uint16_t *port,
                   n2_route *rest)
{
    const vertex *v = n2_topology_vertex(topology, from);
    uint64_t labels = route->word;
    unsigned left = route->bits;

    if (!v)
        return N2_ERR_NOTFOUND;
    while (left >= v->width) {
        uint16_t label = (uint16_t)(labels >> (64 - v->width));
        const link_end *e = label ? n2_topology_end(v, label) : NULL;
        labels <<= v->width;
        left -= v->width;
        if (!label) { /* the end point of a switch of ours */
            *number = v->number;
            *port = 0;
            *rest = (n2_route){0};
            return labels ? N2_ERR_FORMAT : N2_OK;
        }
        if (!e || !e->is_up) {
            *number = v->number;
            *port = label;
            *rest = (n2_route){.word = labels, .bits = (uint8_t)left};
            return N2_OK;
        }
        v = &topology->all[e->other];
    }
    return N2_ERR_FORMAT;
}

/* ---- to show ---- */

void
n2_topology_counts_get(const n2_topology *topology, n2_topology_counts *out)
{
    size_t ends = 0, doubtful = 0;

    for (size_t i = 0; i < topology->n; i++)
        for (size_t k = 0; k < topology->all[i].n; k++) {
            ends += topology->all[i].links[k].is_up;
            doubtful += topology->all[i].links[k].doubt_until_us != 0;
        }
    *out = (n2_topology_counts){.n_reports = topology->n_reports,
                                .n_refused = topology->n_refused,
                                .n_replayed = topology->n_replayed,
                                .n_complaints = topology->n_complaints,
                                .n_doubted = topology->n_doubted,
                                .n_complaints_over = topology->n_complaints_over,
                                .n_full = topology->n_full,
                                .n_switches = topology->n,
                                .n_up = ends / 2,
                                .n_doubtful = doubtful / 2};
}
