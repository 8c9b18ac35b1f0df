/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain-server.c - a domain's server: places by the way that packets came, routes from there.
 */
#include "name/domain-server.h"

#include <stdlib.h>
#include <string.h>

#include "base/bucket.h"
#include "base/reader.h"

enum {
    FLAG_PLACE = 1
};

/* At a port of the domain: a user, or a guest. */
typedef struct {
    uint32_t number;
    uint16_t port;
    n2_bucket bucket;
} complainer;

struct n2_domain_server {
    n2_id own;
    uint32_t landmark;
    uint8_t width;
    n2_topology *topology; /* (owned) */
    n2_domains *domains;   /* (owned) */
    n2_places *places;     /* (owned) */
    complainer complainers[N2_COMPLAINERS_MAX];
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

/* ---- complaints ---- */

void
n2_complaint_write(uint8_t out[static N2_COMPLAINT_BYTES], const n2_complaint *complaint)
{
    n2_writer w = n2_writer_init(out, N2_COMPLAINT_BYTES);

    n2_write_bytes(&w, complaint->own, sizeof complaint->own);
    n2_write_u32(&w, complaint->answers);
    n2_write_u32(&w, complaint->silent);
}

n2_err
n2_complaint_read(n2_complaint *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_complaint c;

    *out = (n2_complaint){0};
    n2_read_copy(&r, c.own, sizeof c.own);
    c.answers = n2_read_u32(&r);
    c.silent = n2_read_u32(&r);
    n2_err err = n2_reader_finish(&r);

    if (!err && (!c.answers || !c.silent || c.answers == c.silent || c.answers > INT32_MAX ||
                 c.silent > INT32_MAX))
        err = N2_ERR_FORMAT;
    if (!err)
        *out = c;
    return err;
}

/* Whoever hangs at that port has so many complaints, whatever names and places he takes. */
static bool
may_complain(n2_domain_server *s, const n2_end *end, uint64_t now_us)
{
    complainer *at = &s->complainers[0];
    uint64_t slow_us = now_us / N2_COMPLAINT_EVERY_S; /* one a second of these */

    for (size_t i = 0; i < N2_COMPLAINERS_MAX; i++) {
        complainer *one = &s->complainers[i];

        if (one->number == end->number && one->port == end->port) {
            at = one;
            break;
        }
        if (one->bucket.paid_us < at->bucket.paid_us)
            at = one;
    }
    if (at->number != end->number || at->port != end->port) {
        if (at->bucket.paid_us > slow_us)
            return false; /* all are of a moment ago */
        *at = (complainer){.number = end->number, .port = end->port};
    }
    return n2_bucket_take(&at->bucket, 1, N2_COMPLAINTS_BURST, slow_us);
}

n2_err
n2_domain_server_complain(n2_domain_server *server,
                          const n2_complaint *complaint,
                          uint64_t path,
                          int64_t wall_us,
                          uint64_t now_us)
{
    n2_domain_server *s = server;
    uint16_t ports[N2_LINK_PROBES_MAX];
    n2_end asker;
    n2_err err = n2_places_find(s->places, complaint->own, wall_us, &asker);

    if (!err && !is_at(s, path, &asker))
        err = N2_ERR_REFUSED;
    if (!err && !may_complain(s, &asker, now_us))
        err = N2_ERR_LIMIT;
    if (err)
        return err;
    size_t n = n2_topology_between(s->topology, complaint->answers, complaint->silent, ports,
                                   N2_LINK_PROBES_MAX);

    err = n ? N2_OK : N2_ERR_NOTFOUND;
    for (size_t i = 0; i < n && !err; i++)
        err = n2_topology_complain(s->topology, complaint->answers, ports[i], now_us);
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
