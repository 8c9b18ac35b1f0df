/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route-way.c - ways that domains' servers compose: who is where, the question, and the
 *                       hops that come of the answer.
 *
 *     who --WHERE (own server, or himself)--> attachment --ROUTES (own server)--> up to 4 ways
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "node/control-private.h"
#include "node/control-statement.h"

enum {
    TRIES = 3 /* while a server asks its parents */
};

#define AGAIN_US (10 * N2_SECOND_US)   /* after an answer that was none */
#define SOON_US (2 * N2_SECOND_US)     /* while something is on its way */
#define REFRESH_US (10 * N2_MINUTE_US) /* ways that are in use */
#define LOOK_US (4 * N2_SECOND_US)     /* a server looks at a link no longer than that */

/* ---- places of others ---- */

route_place *
n2_routes_place(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < ROUTE_PLACES; i++) {
        route_place *p = &c->routes->places[i];

        if (!p->len || !n2_id_equal(&p->who, who))
            continue;
        if (n2_attachment_is_over(&p->at, c->wall_us)) {
            *p = (route_place){0};
            return NULL;
        }
        p->used_us = c->now_us;
        return p;
    }
    return NULL;
}

void
n2_routes_keep_place(n2_control *c,
                     const n2_id *who,
                     const n2_attachment *at,
                     const void *bytes,
                     size_t len,
                     bool is_user)
{
    route_place *p = n2_routes_place(c, who);

    if (len > sizeof p->bytes || (p && p->at.serial > at->serial))
        return;
    for (size_t i = 0; i < ROUTE_PLACES && !p; i++)
        if (!c->routes->places[i].len)
            p = &c->routes->places[i];
    if (!p) { /* the longest unused goes */
        p = &c->routes->places[0];
        for (size_t i = 1; i < ROUTE_PLACES; i++)
            if (c->routes->places[i].used_us < p->used_us)
                p = &c->routes->places[i];
        c->routes->n_places_refused++;
    }
    *p = (route_place){
        .who = *who, .at = *at, .len = len, .is_user = is_user, .used_us = c->now_us};
    memcpy(p->bytes, bytes, len);
}

static route_target *
target_of(n2_control *c, const n2_id *who, bool is_new)
{
    route_target *at = NULL;

    for (size_t i = 0; i < ROUTE_TARGETS; i++) {
        route_target *t = &c->routes->targets[i];

        if (n2_id_is_set(&t->who) && n2_id_equal(&t->who, who))
            return t;
        if (!at || t->used_us < at->used_us)
            at = t;
    }
    if (!is_new)
        return NULL;
    *at = (route_target){.who = *who, .used_us = c->now_us};
    return at;
}

/* Each identity whose birth is in @chain, as the store knows it then; false: no more. */
static bool
next_birth(n2_control *c, const n2_slice *chain, size_t *at, n2_id *who, n2_identity *out)
{
    const uint8_t *one;
    size_t len, n;

    if (!chain->len || n2_container_check(chain->bytes, chain->len, &n))
        return false;
    while (n2_container_next(chain->bytes, chain->len, at, &one, &len)) {
        n2_statement s;

        if (n2_statement_kind(one, len) != N2_KIND_BIRTH ||
            n2_statement_check(&s, one, len, N2_KIND_BIRTH, c->config.unicode))
            continue;
        *who = n2_id_of_body(N2_METHOD_SHA256, &s.body);
        if (!n2_statement_keep(c, who, chain->bytes, chain->len, out) ||
            !n2_keys_identity(c, who, out))
            return true;
    }
    return false;
}

n2_err
n2_routes_learn(n2_control *c,
                const n2_id *who,
                const n2_slice *statement,
                const n2_slice *chain)
{
    n2_identity domain, identity;
    n2_attachment at;
    n2_statement s;
    n2_id one;
    n2_err err = n2_statement_check(&s, statement->bytes, statement->len, N2_KIND_ATTACHMENT,
                                    c->config.unicode);

    if (!err)
        err = n2_attachment_read(&at, &s.body);
    if (err)
        return err;
    for (size_t i = 0; next_birth(c, chain, &i, &one, &identity);)
        continue;
    err = n2_keys_identity(c, &at.domain, &domain);
    if (!err)
        err = n2_attachment_check(&at, &domain, statement->bytes, statement->len, c->wall_us,
                                  c->config.unicode, NULL);
    if (err)
        return err;
    one = *who;
    err = n2_id_is_set(who) ? n2_keys_identity(c, who, &identity) : N2_ERR_NOTFOUND;
    for (size_t i = 0; !n2_id_is_set(who) && err && next_birth(c, chain, &i, &one, &identity);)
        err = n2_attachment_suits(&at, &identity, c->wall_us);
    if (err == N2_ERR_NOTFOUND && n2_id_is_set(who))
        err = N2_OK; /* a connection will prove who is there; nobody was met before */
    else if (!err)
        err = n2_attachment_suits(&at, &identity, c->wall_us);
    if (err)
        return err;
    n2_routes_keep_place(c, &one, &at, statement->bytes, statement->len, false);
    route_target *t = target_of(c, &one, false);

    if (t)
        t->again_us = c->now_us; /* whatever was said before */
    n2_way_tell(c, &one);
    return N2_OK;
}

/* ---- the question ---- */

static void
put_avoided(const struct routes *r, n2_avoid *out)
{
    for (size_t i = 0; i < ROUTE_AVOIDED; i++) {
        const char *text = r->avoided[i];
        n2_id who;

        if (*text == '#' && out->switches.n < N2_AVOID_MAX)
            out->switches.numbers[out->switches.n++] = (uint32_t)strtoul(text + 1, NULL, 10);
        else if (*text && !n2_id_parse(&who, N2_ID_IDENTITY, text, strlen(text))) {
            out->domains[out->n_domains++] = who;
            if (out->switches.n < N2_AVOID_MAX)
                out->switches.numbers[out->switches.n++] = n2_id_number(&who);
        }
    }
}

void
n2_routes_question(n2_control *c, const n2_id *who, n2_route_question *out)
{
    const route_hang *h = &c->routes->hangs[0];
    const route_place *p = n2_routes_place(c, who);

    *out = (n2_route_question){.domain = p ? p->at.domain : h->domain};
    memcpy(out->own, h->at.place, sizeof out->own);
    out->has_place = p && n2_id_equal(&p->at.domain, &h->domain);
    if (out->has_place)
        memcpy(out->place, p->at.place, sizeof out->place);
    put_avoided(c->routes, &out->avoid);
}

/* Ways to his domain become ways to him. */
static n2_err
finish(n2_control *c, route_target *t, const n2_composed *ways, size_t n)
{
    const route_place *p = n2_routes_place(c, &t->who);
    bool is_here = p && n2_id_equal(&p->at.domain, &c->routes->hangs[0].domain);
    n2_err err = p ? N2_OK : N2_ERR_NOTFOUND;

    t->n = 0;
    for (size_t i = 0; p && i < n; i++) {
        n2_composed one = ways[i];

        err = is_here ? N2_OK : n2_composed_finish(&one, &p->at);
        if (!err)
            t->ways[t->n++] = one;
    }
    return t->n ? N2_OK : err ? err : N2_ERR_NOTFOUND;
}

/* A server that does not know a domain asks its parents: so it may know it in a moment; and
 * where we hang may have changed, which is asked for anew. */
static bool
tries_again(const n2_control *c, route_target *t, n2_err err)
{
    if ((err != N2_ERR_NOTFOUND && err != N2_ERR_REFUSED) || t->n_tries == TRIES)
        return false;
    t->n_tries++;
    t->is_asked = true;
    t->again_us = c->now_us + N2_SECOND_US / 2;
    return true;
}

/* All the same to a question that we answered ourselves, and to one that others did: whoever
 * waits is told when nobody looks through the ways. */
static void
note(n2_control *c, route_target *t, n2_err err)
{
    t->err = err;
    t->n_tries = 0;
    t->is_asked = false;
    t->again_us = c->now_us + (err ? SOON_US : REFRESH_US);
    t->is_news = true;
    c->routes->tick_us = c->now_us;
}

/* Who waits hears of it, and what is open goes on by the best of what is left. */
static void
tell(n2_control *c, route_target *t)
{
    const n2_id who = t->who;

    t->is_news = false;
    if (t->err ==
        N2_ERR_REFUSED) { /* all lead through what is to be avoided, or not from here */
        n2_way_refused(c, &who);
        t->n = 0;
    }
    n2_way_tell(c, &who);
    n2_way_changed(c, &who);
    n2_path_way_came(c);
}

static void
came(n2_control *c, route_target *t, n2_err err)
{
    note(c, t, err);
    tell(c, t);
}

/* We serve the domain ourselves. */
static void
ask_here(n2_control *c, route_target *t)
{
    n2_composed *ways = calloc(N2_COMPOSED_MAX, sizeof *ways);
    struct routes *r = c->routes;
    n2_route_question q;
    size_t n = 0;
    n2_err err = ways ? N2_OK : N2_ERR_NOMEM;

    n2_routes_question(c, &t->who, &q);
    if (!err && !q.has_place)
        n2_routes_ask_up(c, &q.domain);
    if (!err)
        err = n2_domain_server_route(r->server, &q, 0, c->wall_us, ways, &n);
    if (!err)
        err = finish(c, t, ways, n);
    free(ways);
    if (tries_again(c, t, err))
        return;
    t->n = err && err != N2_ERR_REFUSED ? 0 : t->n;
    note(c, t, err);
}

/* Where he is known to be, if that still holds: a device of the domain, or of his, may have
 * been removed since (attack 35), and then it is asked for anew. */
static const route_place *
still_at(n2_control *c, const n2_id *who)
{
    route_place *p = n2_routes_place(c, who);
    n2_identity identity;
    n2_attachment at;

    if (!p || p->is_user) /* we gave him that place ourselves */
        return p;
    n2_err err = n2_keys_identity(c, &p->at.domain, &identity);

    if (!err)
        err = n2_attachment_check(&at, &identity, p->bytes, p->len, c->wall_us,
                                  c->config.unicode, NULL);
    if (!err && !n2_keys_identity(c, who, &identity))
        err = n2_attachment_suits(&at, &identity, c->wall_us);
    if (!err)
        return p;
    *p = (route_place){0};
    return NULL;
}

static void
ask(n2_control *c, route_target *t)
{
    struct routes *r = c->routes;

    t->again_us = c->now_us + AGAIN_US;
    if (!still_at(c, &t->who)) {
        t->is_asked = true;
        n2_routes_ask(c, ROUTE_ASKS_WHERE, &r->hangs[0].domain, &t->who);
    } else if (r->server) {
        ask_here(c, t);
    } else {
        t->is_asked = true;
        n2_routes_ask(c, ROUTE_ASKS_WAYS, &r->hangs[0].domain, &t->who);
    }
}

void
n2_routes_came(n2_control *c, const n2_id *who, n2_err err, const n2_value *values, size_t n)
{
    route_target *t = target_of(c, who, false);
    n2_composed *ways = calloc(N2_COMPOSED_MAX, sizeof *ways);
    size_t n_ways = 0;

    if (!ways)
        err = N2_ERR_NOMEM;
    for (size_t i = 0; i < n && i < N2_COMPOSED_MAX && !err; i++)
        err = values[i].type != 'b'
                  ? N2_ERR_FORMAT
                  : n2_composed_read(&ways[n_ways++], values[i].bytes, values[i].len);
    if (t && !err)
        err = finish(c, t, ways, n_ways);
    free(ways);
    if (!t)
        return;
    /* Our place is another by now: it is asked for anew, and then the way. */
    if (err == N2_ERR_REFUSED || err == N2_ERR_NOTFOUND)
        c->routes->hangs[0].again_us = c->now_us;
    if (!tries_again(c, t, err))
        came(c, t, err);
}

void
n2_routes_targets_expire(n2_control *c)
{
    for (size_t i = 0; i < ROUTE_TARGETS; i++) {
        route_target *t = &c->routes->targets[i];

        if (n2_id_is_set(&t->who) && t->look_us && c->now_us >= t->look_us) {
            t->look_us = 0;
            if (!t->is_asked)
                ask(c, t);
        }
        if (n2_id_is_set(&t->who) && t->is_asked && c->now_us >= t->again_us)
            ask(c, t);
        if (n2_id_is_set(&t->who) && t->is_news)
            tell(c, t);
    }
}

void
n2_routes_where_came(n2_control *c, const n2_id *who, n2_err err)
{
    route_target *t = target_of(c, who, false);

    if (!t)
        return;
    t->is_asked = false;
    if (!err && n2_routes_place(c, who))
        ask(c, t);
    else
        came(c, t, err ? err : N2_ERR_NOTFOUND);
}

bool
n2_routes_reach(n2_control *c, const n2_id *who)
{
    struct routes *r = c->routes;

    if (!r || !r->hangs[0].len || n2_keys_own(c, who) || n2_routes_shows(c, who))
        return false;
    route_target *t = target_of(c, who, true);

    t->used_us = c->now_us;
    if (!t->is_asked && c->now_us >= t->again_us)
        ask(c, t);
    /* What was refused a moment ago may be there soon: those who wait are told then. */
    return t->is_asked || t->n;
}

bool
n2_routes_avoid(const n2_control *c)
{
    for (size_t i = 0; c->routes && i < ROUTE_AVOIDED; i++)
        if (c->routes->avoided[i][0])
            return true;
    return false;
}

bool
n2_routes_is_asked(n2_control *c, const n2_id *who)
{
    const route_target *t = c->routes ? target_of(c, who, false) : NULL;

    return t && t->is_asked;
}

void
n2_routes_lost(n2_control *c, const n2_id *who)
{
    route_target *t = c->routes ? target_of(c, who, false) : NULL;

    if (!t || t->is_asked)
        return;
    t->again_us = c->now_us;
    ask(c, t);
}

void
n2_routes_soon(n2_control *c, const n2_id *who)
{
    route_target *t = target_of(c, who, false);

    if (t)
        t->look_us = c->now_us + LOOK_US;
}

void
n2_routes_anew(n2_control *c)
{
    for (size_t i = 0; i < ROUTE_TARGETS; i++) {
        route_target *t = &c->routes->targets[i];

        if (!n2_id_is_set(&t->who) || !c->routes->hangs[0].len)
            continue;
        t->is_asked = false;
        ask(c, t);
    }
}

/* ---- hops ---- */

/* The labels of @way one by one: our own switch, then as the steps have it; what shows itself
 * as one step of more bits than a switch may have comes in pieces. */
static bool
cut(const n2_control *c, const n2_composed *way, n2_store_hop *hops, size_t *n)
{
    unsigned at = 0, left = 0;
    size_t step = 0, last = 0;

    for (*n = 0; at < way->route.bits && *n < N2_STORE_HOPS_MAX;) {
        while (!left && step < way->n_hops)
            left = way->hops[step++].bits;
        unsigned bits = !at && c->config.switch_bits <= left ? c->config.switch_bits : left;

        if (!left)
            return false;
        bits = bits > N2_SWITCH_WIDTH_MAX ? N2_SWITCH_WIDTH_MAX : bits;
        hops[*n] = (n2_store_hop){.port = (uint16_t)(way->route.word << at >> (64 - bits)),
                                  .bits = (uint8_t)bits};
        last = hops[(*n)++].port ? *n : last;
        at += bits;
        left -= bits;
    }
    *n = last; /* the label 0 of his own switch is what is left */
    return last > 0;
}

bool
n2_routes_way(n2_control *c,
              const n2_id *who,
              size_t *at,
              n2_store_hop hops[static N2_STORE_HOPS_MAX],
              size_t *n)
{
    struct routes *r = c->routes;

    if (!r)
        return false;
    /* A domain that we want to hang in: as neighbours say. */
    for (; *at < ROUTE_NEIGHBOURS;) {
        const route_neighbour *one = &r->neighbours[(*at)++];

        if (!one->port || !one->has_way || !n2_id_equal(&one->domain, who) ||
            one->n_way == N2_STORE_HOPS_MAX || !n2_routes_shows(c, who))
            continue;
        hops[0] = (n2_store_hop){.port = one->port, .bits = c->config.switch_bits};
        memcpy(hops + 1, one->way, one->n_way * sizeof *hops);
        *n = 1 + one->n_way;
        return true;
    }
    const route_target *t = target_of(c, who, false);

    for (; t && *at - ROUTE_NEIGHBOURS < t->n;)
        if (cut(c, &t->ways[(*at)++ - ROUTE_NEIGHBOURS], hops, n))
            return true;
    return false;
}

const n2_composed *
n2_routes_composed(const n2_control *c, const n2_id *who, uint64_t path)
{
    for (size_t i = 0; c->routes && i < ROUTE_TARGETS; i++) {
        const route_target *t = &c->routes->targets[i];

        if (!n2_id_is_set(&t->who) || !n2_id_equal(&t->who, who))
            continue;
        for (size_t k = 0; k < t->n; k++)
            if (t->ways[k].route.word == path)
                return &t->ways[k];
    }
    return NULL;
}

void
n2_routes_put_hop(n2_table *t, const n2_composed *way, unsigned bits_before)
{
    unsigned at = 0;

    for (size_t i = 0; way && i < way->n_hops; i++) {
        const n2_composed_hop *h = &way->hops[i];

        if (bits_before >= at && bits_before < at + h->bits) {
            if (n2_id_is_set(&h->domain))
                n2_table_id(t, "domain", N2_ID_IDENTITY, &h->domain);
            if (h->number)
                n2_table_int(t, "switch", h->number);
            return;
        }
        at += h->bits;
    }
}
