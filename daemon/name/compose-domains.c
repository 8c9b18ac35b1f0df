/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * compose-domains.c - the domains that a server knows, and the routes between their landmarks.
 */
#include <stdlib.h>
#include <string.h>

#include "name/compose.h"
#include "wire/code.h"

struct n2_domains {
    n2_domain_said *all; /* (owned) in order of their identities */
    size_t n, room;
};

/* A way up: steps from a domain to one of its ancestors. */
typedef struct {
    const n2_parent *steps[N2_DOMAIN_DEPTH_MAX]; /* the n-th: what the n-th domain says */
    const n2_id *at[N2_DOMAIN_DEPTH_MAX + 1];    /* at[0]: where it begins */
    size_t n;
} chain;

typedef struct {
    chain all[N2_DOMAIN_CHAINS_MAX];
    size_t n;
} chains;

n2_err
n2_domains_new(n2_domains **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? N2_OK : N2_ERR_NOMEM;
}

void
n2_domains_free(n2_domains *domains)
{
    if (domains)
        free(domains->all);
    free(domains);
}

static size_t
place_of(const n2_domains *d, const n2_id *who)
{
    size_t low = 0, high = d->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(&d->all[middle].who, who, sizeof *who) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

n2_err
n2_domains_put(n2_domains *domains, const n2_domain_said *said)
{
    n2_domains *d = domains;
    size_t at = place_of(d, &said->who);

    if (at < d->n && n2_id_equal(&d->all[at].who, &said->who)) {
        if (said->serial <= d->all[at].serial)
            return N2_ERR_STATE;
        d->all[at] = *said;
        return N2_OK;
    }
    if (d->n == N2_DOMAINS_MAX)
        return N2_ERR_LIMIT;
    if (d->n == d->room) {
        size_t room = d->room ? 2 * d->room : 8;
        n2_domain_said *more = realloc(d->all, room * sizeof *more);
        if (!more)
            return N2_ERR_NOMEM;
        d->all = more;
        d->room = room;
    }
    memmove(d->all + at + 1, d->all + at, (d->n - at) * sizeof *d->all);
    d->all[at] = *said;
    d->n++;
    return N2_OK;
}

const n2_domain_said *
n2_domains_find(const n2_domains *domains, const n2_id *who, int64_t wall_us)
{
    size_t at = place_of(domains, who);

    if (at == domains->n || !n2_id_equal(&domains->all[at].who, who) ||
        (wall_us && domains->all[at].until_us <= wall_us))
        return NULL;
    return &domains->all[at];
}

/* ---- up, and down ---- */

static bool
is_in(const chain *c, const n2_id *who)
{
    for (size_t i = 0; i <= c->n; i++)
        if (n2_id_equal(c->at[i], who))
            return true;
    return false;
}

/* All ways up from @from, the one of no step first; nearer ancestors before farther ones. */
static void
climb(const n2_domains *d, const n2_id *from, int64_t wall_us, chains *out)
{
    out->n = 1;
    out->all[0] = (chain){.at = {from}};
    for (size_t i = 0; i < out->n; i++) {
        const chain *c = &out->all[i];
        const n2_domain_said *said = n2_domains_find(d, c->at[c->n], wall_us);
        for (size_t k = 0; said && c->n < N2_DOMAIN_DEPTH_MAX && k < said->n_parents; k++) {
            const n2_parent *p = &said->parents[k];
            if (is_in(c, &p->who) || out->n == N2_DOMAIN_CHAINS_MAX)
                continue; /* each domain once */
            chain *next = &out->all[out->n++];
            *next = *c;
            next->steps[next->n++] = p;
            next->at[next->n] = &p->who;
        }
    }
}

/* Do they meet where both end, and nowhere below? */
static bool
is_lowest(const chain *up, const chain *down)
{
    if (!n2_id_equal(up->at[up->n], down->at[down->n]))
        return false;
    for (size_t i = 0; i < up->n; i++)
        if (is_in(down, up->at[i]))
            return false;
    for (size_t i = 0; i < down->n; i++)
        if (is_in(up, down->at[i]))
            return false;
    return true;
}

static bool
is_avoided(const chain *up, const chain *down, const n2_avoid *avoid)
{
    for (size_t k = 0; avoid && k < avoid->n_domains; k++) {
        const n2_id *who = &avoid->domains[k];
        if (!n2_id_equal(who, up->at[0]) && !n2_id_equal(who, down->at[0]) &&
            (is_in(up, who) || is_in(down, who)))
            return true;
    }
    return false;
}

/* @domain: whose labels these are. */
static n2_err
add(n2_composed *c, const n2_id *domain, const n2_parent *p, const n2_route *route)
{
    n2_composed one = {.route = *route,
                       .headroom = p->headroom,
                       .rate_Bps = n2_rate_from_code(p->rate),
                       .delay_us = n2_delay_from_code(p->delay),
                       .hops = {{.domain = *domain, .bits = route->bits}},
                       .n_hops = 1};

    return n2_composed_join(c, &one);
}

static n2_err
join(const chain *up, const chain *down, n2_composed *out)
{
    n2_err err = N2_OK;

    *out = (n2_composed){0};
    for (size_t i = 0; i < up->n && !err; i++)
        err = add(out, up->at[i], up->steps[i], &up->steps[i]->up);
    for (size_t i = down->n; i > 0 && !err; i--)
        err = add(out, down->at[i], down->steps[i - 1], &down->steps[i - 1]->down);
    return err;
}

/* Keeps the cheapest @room of them. */
static void
keep(n2_composed *ways, size_t room, size_t *n, const n2_composed *c)
{
    if (*n < room)
        ways[(*n)++] = *c;
    else if (room && n2_composed_cost_us(c) < n2_composed_cost_us(&ways[room - 1]))
        ways[room - 1] = *c;
    n2_composed_sort(ways, *n);
}

n2_err
n2_domains_ways(const n2_domains *domains,
                const n2_id *from,
                const n2_id *to,
                const n2_avoid *avoid,
                int64_t wall_us,
                n2_composed *ways,
                size_t room,
                size_t *n)
{
    bool is_long = false, is_refused = false;
    chains *up = malloc(2 * sizeof *up);
    chains *down = up ? up + 1 : NULL;

    *n = 0;
    if (!up)
        return N2_ERR_NOMEM;
    climb(domains, from, wall_us, up);
    climb(domains, to, wall_us, down);
    for (size_t i = 0; i < up->n; i++)
        for (size_t k = 0; k < down->n; k++) {
            n2_composed c;
            if (!is_lowest(&up->all[i], &down->all[k]))
                continue;
            if (is_avoided(&up->all[i], &down->all[k], avoid))
                is_refused = true;
            else if (join(&up->all[i], &down->all[k], &c))
                is_long = true;
            else
                keep(ways, room, n, &c);
        }
    free(up);
    return *n ? N2_OK : is_long ? N2_ERR_LIMIT : is_refused ? N2_ERR_REFUSED : N2_ERR_NOTFOUND;
}
