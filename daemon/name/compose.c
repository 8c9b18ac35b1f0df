/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * compose.c - routes put together of what domains say, and of ways within the own one.
 */
#include "name/compose.h"

#include <string.h>

#include "base/reader.h"
#include "wire/code.h"

enum {
    FLAG_DOUBT = 1,
    UNKNOWN_US = 1000
};

uint64_t
n2_composed_cost_us(const n2_composed *c)
{
    return (c->delay_us ? c->delay_us : UNKNOWN_US) +
           (c->rate_Bps ? N2_ROUTE_COST_BYTES * UINT64_C(1000000) / c->rate_Bps : UNKNOWN_US);
}

static uint64_t
least(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

n2_err
n2_composed_join(n2_composed *c, const n2_composed *tail)
{
    n2_route route = c->route;
    uint8_t headroom = c->headroom > tail->headroom ? c->headroom : tail->headroom;

    if (n2_route_join(&route, &tail->route) || route.bits + headroom > N2_PATH_BITS ||
        c->n_hops + tail->n_hops > N2_COMPOSED_HOPS_MAX)
        return N2_ERR_LIMIT;
    c->route = route;
    c->headroom = headroom;
    c->is_doubtful |= tail->is_doubtful;
    c->rate_Bps = least(c->rate_Bps, tail->rate_Bps);
    c->delay_us += tail->delay_us;
    memcpy(c->hops + c->n_hops, tail->hops, tail->n_hops * sizeof *tail->hops);
    c->n_hops += tail->n_hops;
    return N2_OK;
}

/* A piece of one step. */
static n2_composed
step(const n2_id *domain,
     uint32_t number,
     const n2_route *route,
     unsigned headroom,
     uint64_t rate_Bps,
     uint64_t delay_us)
{
    n2_composed c = {.route = *route,
                     .headroom = (uint8_t)headroom,
                     .rate_Bps = rate_Bps,
                     .delay_us = delay_us};

    if (route->bits) {
        c.hops[0] = (n2_composed_hop){.number = number, .bits = route->bits};
        if (domain)
            c.hops[0].domain = *domain;
        c.n_hops = 1;
    }
    return c;
}

n2_err
n2_composed_finish(n2_composed *c, const n2_attachment *target)
{
    n2_composed down = step(&target->domain, 0, &target->down, target->headroom,
                            n2_rate_from_code(target->rate), n2_delay_from_code(target->delay));

    return n2_composed_join(c, &down);
}

static bool
goes_before(const n2_composed *a, const n2_composed *b)
{
    if (a->is_doubtful != b->is_doubtful)
        return b->is_doubtful;
    uint64_t cost_a = n2_composed_cost_us(a), cost_b = n2_composed_cost_us(b);

    return cost_a != cost_b ? cost_a < cost_b : a->route.bits < b->route.bits;
}

void
n2_composed_sort(n2_composed *all, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && goes_before(&all[k], &all[k - 1]); k--) {
            n2_composed swap = all[k];
            all[k] = all[k - 1];
            all[k - 1] = swap;
        }
}

/* Keeps the cheapest @room of them in order.  @n: (inout). */
static void
keep(n2_composed *ways, size_t room, size_t *n, const n2_composed *c)
{
    for (size_t i = 0; i < *n; i++)
        if (ways[i].route.word == c->route.word && ways[i].route.bits == c->route.bits) {
            if (goes_before(c, &ways[i]))
                ways[i] = *c;
            n2_composed_sort(ways, *n);
            return;
        }
    if (*n < room)
        ways[(*n)++] = *c;
    else if (room && goes_before(c, &ways[room - 1]))
        ways[room - 1] = *c;
    n2_composed_sort(ways, *n);
}

bool
n2_composed_meets(const n2_composed *c, const n2_avoid *avoid)
{
    for (size_t i = 0; i < c->n_hops; i++) {
        const n2_composed_hop *h = &c->hops[i];
        bool is_between = !n2_id_equal(&h->domain, &c->hops[0].domain) &&
                          !n2_id_equal(&h->domain, &c->hops[c->n_hops - 1].domain);
        for (size_t k = 0; k < avoid->n_domains && is_between; k++)
            if (n2_id_equal(&avoid->domains[k], &h->domain))
                return true;
        for (size_t k = 0; k < avoid->switches.n && h->number; k++)
            if (avoid->switches.numbers[k] == h->number)
                return true;
    }
    return false;
}

/* ---- from the own domain ---- */

/* The asker's own switches, then a way within the domain. */
static n2_err
begin(n2_composed *out, const n2_id *own, const n2_end *asker, const n2_inner_way *way)
{
    n2_err err = N2_OK;

    *out = step(NULL, 0, &asker->rest_up, 0, 0, 0);
    for (size_t i = 0; i + 1 < way->n && !err; i++) {
        n2_route label = {0};
        err = n2_route_add(&label, way->hops[i].width, way->hops[i].port);
        n2_composed one = step(own, way->hops[i].number, &label, 0, 0, 0);
        if (!err)
            err = n2_composed_join(out, &one);
    }
    out->rate_Bps = way->rate_Bps;
    out->delay_us = way->delay_us;
    out->is_doubtful = way->is_doubtful;
    return err;
}

n2_err
n2_compose_out(n2_topology *topology,
               const n2_domains *domains,
               const n2_id *own,
               uint32_t landmark,
               const n2_end *asker,
               const n2_id *to,
               const n2_avoid *avoid,
               int64_t wall_us,
               n2_composed ways[static N2_COMPOSED_MAX],
               size_t *n)
{
    n2_inner_way inner[N2_COMPOSED_MAX];
    n2_composed outer[N2_COMPOSED_MAX], whole;
    size_t n_inner = 0, n_outer = 0;
    bool is_long = false;

    *n = 0;
    n2_err err =
        n2_topology_ways(topology, asker->number, landmark, avoid ? &avoid->switches : NULL,
                         inner, N2_COMPOSED_MAX, &n_inner);
    if (!err)
        err =
            n2_domains_ways(domains, own, to, avoid, wall_us, outer, N2_COMPOSED_MAX, &n_outer);
    for (size_t i = 0; i < n_inner && !err; i++)
        for (size_t k = 0; k < n_outer; k++)
            if (begin(&whole, own, asker, &inner[i]) || n2_composed_join(&whole, &outer[k]))
                is_long = true;
            else
                keep(ways, N2_COMPOSED_MAX, n, &whole);
    return err || *n ? err : is_long ? N2_ERR_LIMIT : N2_ERR_NOTFOUND;
}

n2_err
n2_compose_in(n2_topology *topology,
              const n2_id *own,
              const n2_end *asker,
              const n2_end *target,
              const n2_avoid *avoid,
              n2_composed ways[static N2_COMPOSED_MAX],
              size_t *n)
{
    n2_inner_way inner[N2_COMPOSED_MAX];
    size_t n_inner = 0;

    *n = 0;
    n2_err err =
        n2_topology_ways(topology, asker->number, target->number,
                         avoid ? &avoid->switches : NULL, inner, N2_COMPOSED_MAX, &n_inner);
    for (size_t i = 0; i < n_inner; i++) {
        const n2_inner_hop *last = &inner[i].hops[inner[i].n - 1];
        n2_composed whole, rest = step(NULL, 0, &target->rest_down, 0, 0, 0), out;
        n2_route label = {0};
        n2_err bad = begin(&whole, own, asker, &inner[i]);
        if (!bad)
            bad = n2_route_add(&label, last->width, target->port);
        out = step(own, last->number, &label, 0, 0, 0);
        if (!bad)
            bad = n2_composed_join(&whole, &out);
        if (!bad)
            bad = n2_composed_join(&whole, &rest);
        if (!bad)
            keep(ways, N2_COMPOSED_MAX, n, &whole);
    }
    return err || *n ? err : N2_ERR_LIMIT;
}

/* ---- on the wire ---- */

size_t
n2_composed_write(uint8_t out[static N2_COMPOSED_BYTES_MAX], const n2_composed *c)
{
    n2_writer w = n2_writer_init(out, N2_COMPOSED_BYTES_MAX);
    uint8_t path[N2_PATH_STORED_BYTES];

    n2_route_write(path, &c->route);
    n2_write_bytes(&w, path, sizeof path);
    n2_write_u8(&w, c->headroom);
    n2_write_u8(&w, c->is_doubtful ? FLAG_DOUBT : 0);
    n2_write_u8(&w, n2_rate_to_code(c->rate_Bps));
    n2_write_u16(&w, n2_delay_to_code(c->delay_us));
    n2_write_u8(&w, (uint8_t)c->n_hops);
    for (size_t i = 0; i < c->n_hops; i++) {
        const n2_composed_hop *h = &c->hops[i];
        n2_write_u8(&w, h->domain.method);
        n2_write_bytes(&w, h->domain.hash, sizeof h->domain.hash);
        n2_write_u32(&w, h->number);
        n2_write_u8(&w, h->bits);
    }
    return w.len;
}

static void
read_id(n2_reader *r, n2_id *out)
{
    static const n2_id none;

    out->method = n2_read_u8(r);
    n2_read_copy(r, out->hash, sizeof out->hash);
    if (out->method > N2_METHOD_BLAKE2B ||
        (!out->method && memcmp(out->hash, none.hash, sizeof none.hash) != 0))
        n2_reader_fail(r, N2_ERR_FORMAT);
}

n2_err
n2_composed_read(n2_composed *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_composed c = {0};
    uint8_t path[N2_PATH_STORED_BYTES];
    unsigned bits = 0;

    n2_read_copy(&r, path, sizeof path);
    c.headroom = n2_read_u8(&r);
    uint8_t flags = n2_read_u8(&r);
    c.is_doubtful = flags & FLAG_DOUBT;
    c.rate_Bps = n2_rate_from_code(n2_read_u8(&r));
    c.delay_us = n2_delay_from_code(n2_read_u16(&r));
    c.n_hops = n2_read_u8(&r);
    if (flags & ~FLAG_DOUBT || c.n_hops > N2_COMPOSED_HOPS_MAX)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    for (size_t i = 0; i < c.n_hops && !r.err; i++) {
        read_id(&r, &c.hops[i].domain);
        c.hops[i].number = n2_read_u32(&r);
        c.hops[i].bits = n2_read_u8(&r);
        bits += c.hops[i].bits;
        if (!c.hops[i].bits || c.hops[i].number > INT32_MAX)
            n2_reader_fail(&r, N2_ERR_FORMAT);
    }
    n2_err err = n2_reader_finish(&r);

    if (!err)
        err = n2_route_read(&c.route, path);
    if (!err && bits != c.route.bits)
        err = N2_ERR_FORMAT;
    if (!err && bits + c.headroom > N2_PATH_BITS)
        err = N2_ERR_LIMIT;
    *out = err ? (n2_composed){0} : c;
    return err;
}

size_t
n2_avoid_write(uint8_t out[static N2_AVOID_BYTES_MAX], const n2_avoid *avoid)
{
    n2_writer w = n2_writer_init(out, N2_AVOID_BYTES_MAX);

    n2_write_u8(&w, (uint8_t)avoid->n_domains);
    for (size_t i = 0; i < avoid->n_domains; i++) {
        n2_write_u8(&w, avoid->domains[i].method);
        n2_write_bytes(&w, avoid->domains[i].hash, sizeof avoid->domains[i].hash);
    }
    n2_write_u8(&w, (uint8_t)avoid->switches.n);
    for (size_t i = 0; i < avoid->switches.n; i++)
        n2_write_u32(&w, avoid->switches.numbers[i]);
    return w.len;
}

n2_err
n2_avoid_read(n2_avoid *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_avoid a = {0};

    a.n_domains = n2_read_u8(&r);
    if (a.n_domains > N2_AVOID_MAX)
        n2_reader_fail(&r, N2_ERR_LIMIT);
    for (size_t i = 0; i < a.n_domains && !r.err; i++) {
        read_id(&r, &a.domains[i]);
        if (!a.domains[i].method)
            n2_reader_fail(&r, N2_ERR_FORMAT);
    }
    a.switches.n = n2_read_u8(&r);
    if (a.switches.n > N2_AVOID_MAX)
        n2_reader_fail(&r, N2_ERR_LIMIT);
    for (size_t i = 0; i < a.switches.n && !r.err; i++) {
        a.switches.numbers[i] = n2_read_u32(&r);
        if (!a.switches.numbers[i] || a.switches.numbers[i] > INT32_MAX)
            n2_reader_fail(&r, N2_ERR_FORMAT);
    }
    n2_err err = n2_reader_finish(&r);

    *out = err ? (n2_avoid){0} : a;
    return err;
}
