/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-ways.c - all ways that this node knows, for a map of them.
 */
#include <stdlib.h>

#include "node/control-private.h"

typedef struct {
    n2_control *c;
    n2_table *table; /* (nullable): only looked for */
    n2_id seen[N2_WAYS_SHOWN_MAX];
    size_t n_seen;
    uint64_t path; /* that is looked for */
    bool is_found;
} listing;

static bool
is_seen(const listing *l, const n2_id *who)
{
    for (size_t i = 0; i < l->n_seen; i++)
        if (n2_id_equal(&l->seen[i], who))
            return true;
    return false;
}

/* The hops, each with what it leads to as far as a domain told. */
static void
put_hops(listing *l, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    n2_table *rows = n2_table_new();
    n2_route route = {0};
    const n2_composed *way =
        n2_way_path(hops, n, &route) ? NULL : n2_routes_composed(l->c, who, route.word);
    unsigned bits = 0;

    for (size_t i = 0; i < n; i++) {
        n2_table_row(rows);
        n2_table_int(rows, "n", (int64_t)i + 1);
        n2_table_int(rows, "port", hops[i].port);
        n2_table_int(rows, "bits", hops[i].bits);
        bits += hops[i].bits;
        n2_routes_put_hop(rows, way, bits);
    }
    n2_table_take(l->table, "hops", rows);
}

/* @is_used: there is a connection, of theirs or ours; @rtt_us: of ours, else 0. */
static void
put(listing *l, const n2_id *who, bool is_used, uint32_t rtt_us)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    const char *source = NULL;
    size_t n = 0;

    if (l->n_seen == N2_WAYS_SHOWN_MAX || !n2_id_is_set(who) || is_seen(l, who))
        return;
    n2_err err = n2_way_find(l->c, who, hops, &n, &source);

    if ((err && err != N2_ERR_BUSY) || !n)
        return;
    char *name = n2_name_dup(l->c, who);

    l->seen[l->n_seen++] = *who;
    n2_table_row(l->table);
    n2_table_id(l->table, "identity", N2_ID_IDENTITY, who);
    n2_table_text(l->table, "name", name);
    free(name);
    n2_table_text(l->table, "source", source);
    n2_table_bool(l->table, "used", is_used);
    if (rtt_us)
        n2_table_int(l->table, "rtt_us", rtt_us);
    put_hops(l, who, hops, n);
}

static bool
put_cb(void *user, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    (void)hops;
    (void)n;
    put(user, who, false, 0);
    return true;
}

n2_table *
n2_ways_table(n2_control *c)
{
    listing l = {.c = c, .table = n2_table_new()};
    n2_remote_info info;

    if (!c->config.store)
        return l.table;
    /* Those who talk with us come first: if there is no room for all, they are there. */
    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++)
        if (info.is_open)
            put(&l, &info.who, true, info.rtt_us);
    for (size_t i = 0; i < c->talk.n_talkers; i++) {
        const n2_talker *talker = c->talk.talkers[i];
        n2_id who;

        if ((talker->rights & N2_MAY_ASK) && n2_serve_asker(c->serve, talker->conn, &who))
            put(&l, &who, true, 0);
    }
    for (size_t i = 0; i < c->n_peers; i++)
        put(&l, &c->peers[i].key, false, 0);
    n2_err err = n2_store_paths(c->config.store, put_cb, &l);

    if (err && l.table)
        l.table->err = err;
    return l.table;
}

static bool
match_cb(void *user, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    listing *l = user;
    n2_route route;

    l->is_found = !n2_way_path(hops, n, &route) && route.word == l->path;
    l->seen[0] = *who;
    return !l->is_found;
}

bool
n2_ways_who(n2_control *c, uint64_t path, n2_id *out)
{
    listing l = {.c = c, .path = path};
    n2_remote_info info;

    if (!c->config.store)
        return false;
    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++)
        if (info.is_open && info.path == path) {
            *out = info.who;
            return true;
        }
    if (n2_store_paths(c->config.store, match_cb, &l) || !l.is_found)
        return false;
    *out = l.seen[0];
    return true;
}
