/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain-server.c - a domain's server: places by the way that packets came, routes from there.
 */
#include "name/domain-server.h"

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"

enum {
    FLAG_PLACE = 1
};

struct n2_domain_server {
    n2_id own;
    uint32_t landmark;
    uint8_t width;
    n2_topology *topology; /* (owned) */
    n2_domains *domains;   /* (owned) */
    n2_places *places;     /* (owned) */
};

/* ---- questions ---- */

size_t
n2_route_question_write(uint8_t out[static N2_ROUTE_QUESTION_BYTES_MAX],
                        const n2_route_question *q)
{
    n2_writer w = n2_writer_init(out, N2_ROUTE_QUESTION_BYTES_MAX);
    uint8_t avoid[N2_AVOID_BYTES_MAX];

    n2_write_u8(&w, q->has_place ? FLAG_PLACE : 0);
    n2_write_bytes(&w, q->own, sizeof q->own);
    n2_write_u8(&w, q->domain.method);
    n2_write_bytes(&w, q->domain.hash, sizeof q->domain.hash);
    if (q->has_place)
        n2_write_bytes(&w, q->place, sizeof q->place);
    n2_write_bytes(&w, avoid, n2_avoid_write(avoid, &q->avoid));
    return w.len;
}

n2_err
n2_route_question_read(n2_route_question *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_route_question q = {0};

    *out = q;
    uint8_t flags = n2_read_u8(&r);

    q.has_place = flags & FLAG_PLACE;
    n2_read_copy(&r, q.own, sizeof q.own);
    q.domain.method = n2_read_u8(&r);
    n2_read_copy(&r, q.domain.hash, sizeof q.domain.hash);
    if (q.has_place)
        n2_read_copy(&r, q.place, sizeof q.place);
    size_t left = n2_reader_left(&r);
    const uint8_t *avoid = n2_read_bytes(&r, left);
    n2_err err = n2_reader_finish(&r);

    if (!err && (flags & ~FLAG_PLACE || !n2_hash_known(q.domain.method)))
        err = N2_ERR_FORMAT;
    if (!err)
        err = n2_avoid_read(&q.avoid, avoid, left);
    if (!err)
        *out = q;
    return err;
}

/* ---- the server ---- */

n2_err
n2_domain_server_new(n2_domain_server **out,
                     const n2_id *own,
                     uint8_t width,
                     const uint8_t secret[static N2_PLACES_SECRET_BYTES])
{
    n2_domain_server *s = calloc(1, sizeof *s);

    if (!s)
        return N2_ERR_NOMEM;
    s->own = *own;
    s->landmark = n2_id_number(own);
    s->width = width;
    n2_err err = n2_topology_new(&s->topology, own);

    if (!err)
        err = n2_topology_admit(s->topology, own, width);
    if (!err)
        err = n2_domains_new(&s->domains);
    if (!err)
        err = n2_places_new(&s->places, own, secret);
    if (err) {
        n2_domain_server_free(s);
        return err;
    }
    *out = s;
    return N2_OK;
}

void
n2_domain_server_free(n2_domain_server *server)
{
    if (!server)
        return;
    n2_topology_free(server->topology);
    n2_domains_free(server->domains);
    n2_places_free(server->places);
    free(server);
}

n2_topology *
n2_domain_server_topology(n2_domain_server *server)
{
    return server->topology;
}

n2_domains *
n2_domain_server_domains(n2_domain_server *server)
{
    return server->domains;
}

n2_err
n2_domain_server_attach(n2_domain_server *server,
                        const n2_id *user,
                        const n2_key *node,
                        uint64_t path,
                        const n2_route *up,
                        bool is_fixed,
                        int64_t wall_us,
                        n2_attachment *out)
{
    n2_place_asked asked = {.user = *user, .node = *node, .is_fixed = is_fixed};
    n2_end *end = &asked.end;
    /* Down has the same switches as up, and the landmark. */
    n2_route down = {.word = path, .bits = (uint8_t)(up->bits + server->width)};

    if (down.bits > N2_PATH_BITS)
        return N2_ERR_LIMIT;
    if (path << down.bits)
        return N2_ERR_FORMAT;
    n2_err err = n2_topology_follow(server->topology, server->landmark, &down, &end->number,
                                    &end->port, &end->rest_down);

    if (err)
        return err;
    uint8_t own_bits = end->rest_down.bits;

    if (own_bits > up->bits)
        return N2_ERR_FORMAT;
    if (own_bits)
        end->rest_up =
            (n2_route){.word = up->word & UINT64_MAX << (64 - own_bits), .bits = own_bits};
    return n2_places_take(server->places, server->topology, server->landmark, &asked, wall_us,
                          out);
}

/* Is who sends by @path at @end? */
static bool
is_at(const n2_domain_server *s, uint64_t path, const n2_end *end)
{
    n2_route whole = {.word = path, .bits = N2_PATH_BITS}, rest;
    uint32_t number;
    uint16_t port;

    return !n2_topology_follow(s->topology, s->landmark, &whole, &number, &port, &rest) &&
           number == end->number && port == end->port && rest.word == end->rest_down.word;
}

n2_err
n2_domain_server_route(n2_domain_server *server,
                       const n2_route_question *question,
                       uint64_t path,
                       int64_t wall_us,
                       n2_composed ways[static N2_COMPOSED_MAX],
                       size_t *n)
{
    n2_domain_server *s = server;
    n2_end asker, target;

    *n = 0;
    n2_err err = n2_places_find(s->places, question->own, wall_us, &asker);

    if (!err && !is_at(s, path, &asker))
        err = N2_ERR_REFUSED;
    if (!err && question->has_place) {
        err = n2_id_equal(&question->domain, &s->own)
                  ? n2_places_find(s->places, question->place, wall_us, &target)
                  : N2_ERR_NOTFOUND;
        return err ? err
                   : n2_compose_in(s->topology, &s->own, &asker, &target, &question->avoid,
                                   ways, n);
    }
    return err ? err
               : n2_compose_out(s->topology, s->domains, &s->own, s->landmark, &asker,
                                &question->domain, &question->avoid, wall_us, ways, n);
}

n2_err
n2_domain_server_complain(n2_domain_server *server,
                          uint32_t answers,
                          uint32_t silent,
                          uint64_t now_us)
{
    uint16_t ports[N2_LINK_PROBES_MAX];
    size_t n =
        n2_topology_between(server->topology, answers, silent, ports, N2_LINK_PROBES_MAX);
    n2_err err = n ? N2_OK : N2_ERR_NOTFOUND;

    for (size_t i = 0; i < n && !err; i++)
        err = n2_topology_complain(server->topology, answers, ports[i], now_us);
    return err;
}

n2_err
n2_domain_server_may_sign(n2_domain_server *server,
                          const n2_domain_said *child,
                          uint64_t path,
                          int64_t wall_us)
{
    const n2_parent *us = NULL;
    uint32_t number;
    uint16_t port;
    n2_route rest;

    for (size_t i = 0; i < child->n_parents; i++)
        if (n2_id_equal(&child->parents[i].who, &server->own))
            us = &child->parents[i];
    if (!us)
        return N2_ERR_NOTFOUND;
    if (child->until_us <= wall_us ||
        child->until_us - wall_us > (int64_t)(24 * N2_HOUR_US + N2_CLOCK_SKEW_US))
        return N2_ERR_FORMAT;
    /* Its landmark takes what has no labels left: what we see is its way down, and zeros. */
    if (us->down.word != path ||
        n2_topology_follow(server->topology, server->landmark, &us->down, &number, &port,
                           &rest) ||
        !port)
        return N2_ERR_REFUSED;
    return N2_OK;
}
