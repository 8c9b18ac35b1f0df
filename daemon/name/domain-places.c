/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain-places.c - places of a domain: one table by place, emptied each week.
 */
#include "name/domain-places.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"

typedef struct {
    uint8_t place[N2_PLACE_BYTES];
    int64_t until_us; /* 0: free */
    n2_key node;
    n2_end end;
} row;

struct n2_places {
    n2_id domain;
    uint8_t secret[N2_PLACES_SECRET_BYTES];
    int64_t week;
    row *rows;   /* (owned) (nullable) open addressing */
    size_t room; /* a power of two, twice n at least */
    size_t n;    /* that are not free; they may be over */
};

n2_err
n2_places_new(n2_places **out,
              const n2_id *domain,
              const uint8_t secret[static N2_PLACES_SECRET_BYTES])
{
    n2_places *p = calloc(1, sizeof *p);

    if (!p)
        return N2_ERR_NOMEM;
    p->domain = *domain;
    memcpy(p->secret, secret, sizeof p->secret);
    *out = p;
    return N2_OK;
}

void
n2_places_free(n2_places *places)
{
    if (!places)
        return;
    free(places->rows);
    explicit_bzero(places->secret, sizeof places->secret);
    free(places);
}

/* Which place number @slot of that user is in that week. */
static void
place_of(const n2_places *p,
         const n2_place_asked *asked,
         unsigned slot,
         uint8_t out[static N2_PLACE_BYTES])
{
    static const char purpose[] = "net2o place 1";
    uint8_t buf[128], hash[N2_HASH_BYTES];
    n2_writer w = n2_writer_init(buf, sizeof buf);

    n2_write_bytes(&w, purpose, sizeof purpose);
    n2_write_bytes(&w, p->secret, sizeof p->secret);
    n2_write_u64(&w, (uint64_t)p->week);
    n2_write_u8(&w, (uint8_t)slot);
    n2_write_u8(&w, asked->user.method);
    if (n2_id_is_set(&asked->user)) {
        n2_write_bytes(&w, asked->user.hash, sizeof asked->user.hash);
    } else { /* whoever is behind that port */
        n2_write_u32(&w, asked->end.number);
        n2_write_u16(&w, asked->end.port);
    }
    n2_sha256_of(buf, w.len, hash);
    memcpy(out, hash, N2_PLACE_BYTES);
    explicit_bzero(buf, sizeof buf);
}

/* Its row, or the free one where it would be.  There is room. */
static row *
find(const n2_places *p, const uint8_t place[static N2_PLACE_BYTES])
{
    size_t at = 0;

    for (unsigned i = 0; i < sizeof at && i < N2_PLACE_BYTES; i++)
        at = at << 8 | place[i];
    for (;; at++) {
        row *r = &p->rows[at & (p->room - 1)];
        if (!r->until_us || !memcmp(r->place, place, sizeof r->place))
            return r;
    }
}

/* Room for one more; what is over goes. */
static n2_err
make_room(n2_places *p, int64_t wall_us)
{
    row *old = p->rows;
    size_t n_old = p->room, n_live = 0;

    if (p->n < N2_PLACES_MAX && 2 * (p->n + 1) <= p->room)
        return N2_OK;
    for (size_t i = 0; i < n_old; i++)
        n_live += old[i].until_us > wall_us;
    if (n_live >= N2_PLACES_MAX)
        return N2_ERR_LIMIT;
    size_t room = 64;

    while (room < 4 * (n_live + 1))
        room *= 2;
    row *rows = calloc(room, sizeof *rows);

    if (!rows)
        return N2_ERR_NOMEM;
    p->rows = rows;
    p->room = room;
    p->n = n_live;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].until_us > wall_us)
            *find(p, old[i].place) = old[i];
    free(old);
    return N2_OK;
}

/* The place that this node has, or the first that it may have. */
static row *
choose(n2_places *p,
       const n2_place_asked *asked,
       int64_t wall_us,
       uint8_t place[static N2_PLACE_BYTES])
{
    row *first = NULL;

    for (unsigned slot = 0; slot < N2_PLACES_USER_MAX; slot++) {
        uint8_t one[N2_PLACE_BYTES];
        place_of(p, asked, slot, one);
        row *r = find(p, one);
        bool is_free = r->until_us <= wall_us;
        bool is_its = !is_free && n2_key_equal(&r->node, &asked->node);
        if (!is_its && (!is_free || first))
            continue;
        first = r;
        memcpy(place, one, sizeof one);
        if (is_its)
            break;
    }
    return first;
}

/* The first ways down and up. */
static n2_err
ways_of(n2_topology *topology, uint32_t landmark, const n2_end *end, n2_attachment *a)
{
    n2_inner_way down, up;
    n2_route label = {0};
    size_t n;
    n2_err err = n2_topology_ways(topology, landmark, end->number, NULL, &down, 1, &n);

    if (!err)
        err = n2_topology_ways(topology, end->number, landmark, NULL, &up, 1, &n);
    if (!err)
        err = n2_route_add(&label, down.hops[down.n - 1].width, end->port);
    if (err)
        return err;
    a->down = down.route;
    a->up = end->rest_up;
    err = n2_route_join(&a->down, &label);
    if (!err)
        err = n2_route_join(&a->down, &end->rest_down);
    return err ? err : n2_route_join(&a->up, &up.route);
}

n2_err
n2_places_take(n2_places *places,
               n2_topology *topology,
               uint32_t landmark,
               const n2_place_asked *asked,
               int64_t wall_us,
               n2_attachment *out)
{
    n2_places *p = places;
    n2_attachment a = {.node = asked->node,
                       .domain = p->domain,
                       .rate = asked->rate,
                       .delay = asked->delay,
                       .serial = (uint64_t)wall_us};

    if (wall_us <= 0)
        return N2_ERR_STATE;
    if (n2_place_week(wall_us) != p->week) { /* everybody anew */
        free(p->rows);
        p->rows = NULL;
        p->room = p->n = 0;
        p->week = n2_place_week(wall_us);
    }
    if (asked->end.rest_up.bits > N2_END_BITS_MAX ||
        asked->end.rest_down.bits > N2_END_BITS_MAX)
        return N2_ERR_LIMIT;
    n2_err err = ways_of(topology, landmark, &asked->end, &a);

    if (err)
        return err;
    err = make_room(p, wall_us);
    if (err && err != N2_ERR_LIMIT)
        return err;
    row *r = p->room ? choose(p, asked, wall_us, a.place) : NULL;

    if (r && err && !r->until_us)
        return err; /* who has a place keeps it */
    if (!r)
        return N2_ERR_LIMIT;
    a.flags = (uint8_t)((n2_id_is_set(&asked->user) ? 0 : N2_ATTACHMENT_GUEST) |
                        (asked->is_fixed ? N2_ATTACHMENT_FIXED : 0));
    a.until_us =
        wall_us + (int64_t)(asked->is_fixed ? N2_ATTACHMENT_FIXED_US : N2_ATTACHMENT_US);
    if (a.until_us > n2_place_week_end_us(wall_us))
        a.until_us = n2_place_week_end_us(wall_us);
    p->n += r->until_us == 0;
    *r = (row){.until_us = a.until_us, .node = asked->node, .end = asked->end};
    memcpy(r->place, a.place, sizeof r->place);
    *out = a;
    return N2_OK;
}

n2_err
n2_places_find(const n2_places *places,
               const uint8_t place[static N2_PLACE_BYTES],
               int64_t wall_us,
               n2_end *out)
{
    const row *r = places->room ? find(places, place) : NULL;

    if (!r || r->until_us <= wall_us || memcmp(r->place, place, sizeof r->place) != 0)
        return N2_ERR_NOTFOUND;
    *out = r->end;
    return N2_OK;
}

size_t
n2_places_count(const n2_places *places)
{
    return places->n;
}
