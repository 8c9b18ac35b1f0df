/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * topology-doubt.c - links that somebody says carry nothing: they are probed, and come last if
 *                    they fail; what is said alone changes nothing.
 */
#include "name/topology-private.h"

static bool
is_probed(const n2_topology *t, uint32_t number, uint16_t port)
{
    for (size_t i = 0; i < t->n_probes; i++)
        if (t->probes[i].number == number && t->probes[i].port == port)
            return true;
    return false;
}

bool
n2_topology_probe(n2_topology *t, uint32_t number, uint16_t port)
{
    const vertex *v = n2_topology_vertex(t, number);
    const link_end *e = v ? n2_topology_end(v, port) : NULL;

    if (!e || is_probed(t, number, port) ||
        is_probed(t, e->said.neighbour, e->said.neighbour_port))
        return true;
    if (t->n_probes == N2_LINK_PROBES_MAX)
        return false;
    t->probes[t->n_probes++] = (probe){.number = number, .port = port};
    return true;
}

n2_err
n2_topology_complain(n2_topology *topology, uint32_t number, uint16_t port, uint64_t now_us)
{
    n2_topology *t = topology;

    if (!n2_topology_is_up(t, number, port))
        return N2_ERR_NOTFOUND;
    if (is_probed(t, number, port))
        return N2_OK;
    if (t->n_probes == N2_LINK_PROBES_MAX ||
        !n2_bucket_take(&t->complaints, N2_LINK_PROBES_PER_S, N2_LINK_PROBES_MAX, now_us)) {
        t->n_complaints_over++;
        return N2_ERR_LIMIT;
    }
    t->n_complaints++;
    (void)n2_topology_probe(t, number, port);
    return N2_OK;
}

static void
probe_drop(n2_topology *t, size_t at)
{
    t->probes[at] = t->probes[--t->n_probes];
}

static bool
uses(const n2_inner_way *way, uint32_t number, uint16_t port)
{
    for (size_t i = 0; i < way->n; i++)
        if (way->hops[i].number == number && way->hops[i].port == port)
            return true;
    return false;
}

/* The best way from @from to one end of a link, not by the link itself unless all are. */
static bool
way_to(n2_topology *t, uint32_t from, const vertex *v, const link_end *e, n2_inner_way *out)
{
    n2_inner_way ways[N2_COMPOSED_MAX];
    bool is_free = false;
    size_t n;

    if (n2_topology_ways(t, from, v->number, NULL, ways, N2_COMPOSED_MAX, &n))
        return false;
    *out = ways[0];
    for (size_t i = 0; i < n && !is_free; i++) {
        is_free = !uses(&ways[i], e->said.neighbour, e->said.neighbour_port);
        if (is_free)
            *out = ways[i];
    }
    return is_free;
}

bool
n2_topology_next_probe(n2_topology *topology,
                       uint32_t from,
                       uint32_t *number,
                       uint16_t *port,
                       n2_route *near,
                       n2_route *far)
{
    n2_topology *t = topology;

    for (size_t i = 0; i < t->n_probes;) {
        probe *p = &t->probes[i];
        const vertex *v = n2_topology_vertex(t, p->number);
        const link_end *e = v ? n2_topology_end(v, p->port) : NULL;
        const link_end *back = e && e->is_up ? n2_topology_partner(t, v, e) : NULL;
        n2_inner_way way = {0}, other = {0};

        if (p->is_taken) {
            i++;
            continue;
        }
        if (!back) {
            probe_drop(t, i);
            continue;
        }
        /* From the end that is nearer without it: else the answer of the nearer one would come
         * by what is in question. */
        const vertex *there = &t->all[e->other];
        bool is_free = way_to(t, from, v, e, &way);
        bool is_other_free = way_to(t, from, there, back, &other);

        if (is_other_free && (!is_free || other.n < way.n)) {
            way = other;
            v = there;
            e = back;
        }
        *near = *far = way.route;
        if (!way.n || n2_route_add(far, v->width, e->said.port)) {
            probe_drop(t, i);
            continue;
        }
        *number = p->number;
        *port = p->port;
        p->is_taken = true;
        return true;
    }
    return false;
}

void
n2_topology_probed(n2_topology *topology,
                   uint32_t number,
                   uint16_t port,
                   bool near_answered,
                   bool far_answered,
                   uint64_t now_us)
{
    n2_topology *t = topology;
    const vertex *v = n2_topology_vertex(t, number);
    link_end *e = v ? n2_topology_end(v, port) : NULL;
    link_end *back = e && e->is_up ? n2_topology_partner(t, v, e) : NULL;

    t->now_us = now_us;
    for (size_t i = 0; i < t->n_probes; i++)
        if (t->probes[i].number == number && t->probes[i].port == port) {
            probe_drop(t, i);
            break;
        }
    if (!e || !back || (!near_answered && !far_answered))
        return;
    uint64_t until = far_answered ? 0 : now_us + N2_LINK_SILENT_US;

    t->n_doubted += until != 0;
    t->version += (until != 0) != (e->doubt_until_us != 0);
    e->doubt_until_us = back->doubt_until_us = until;
    e->probe_at_us = until ? now_us + N2_LINK_DOUBT_US : 0;
    back->probe_at_us = 0;
}
