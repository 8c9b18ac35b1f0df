/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-way.c - which way leads to somebody now, and when a connection goes on by another.
 *
 * A direct link that an introduction led to comes first (control-meet.c); then ways set by
 * hand, in the order given, then the links to who is meant, then the ways by which the local
 * network heard of it (control-near.c).  One whose first link is down, or that was silent a
 * moment ago, is taken only if there is no other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-statement.h"

enum {
    KEY_BYTES = 8 + N2_ID_TEXT_BYTES
};

typedef struct {
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n;
    uint64_t path;
    const char *source; /* (static) */
    bool is_up;         /* its first link is */
    bool is_bad;        /* was silent a moment ago */
} way;

typedef struct {
    way ways[N2_ROUTES_MAX];
    size_t n;
} ways;

n2_err
n2_way_path(const n2_store_hop *hops, size_t n, n2_route *route)
{
    n2_err err = N2_OK;

    *route = (n2_route){0};
    for (size_t i = 0; i < n && !err; i++)
        err = n2_route_add(route, hops[i].bits, hops[i].port);
    return err;
}

n2_err
n2_way_parse(const char *text, n2_store_hop hops[static N2_STORE_HOPS_MAX], size_t *n)
{
    *n = 0;
    for (;;) {
        unsigned long port, bits;
        char *end;

        text += strspn(text, " ,");
        if (!*text)
            return *n ? N2_OK : N2_ERR_USAGE;
        if (*text < '0' || *text > '9' || *n == N2_STORE_HOPS_MAX)
            return N2_ERR_USAGE;
        port = strtoul(text, &end, 10);
        if (*end != '/' || end[1] < '0' || end[1] > '9')
            return N2_ERR_USAGE;
        bits = strtoul(end + 1, &end, 10);
        if (!bits || bits > N2_SWITCH_WIDTH_MAX || port >> bits ||
            (*end && !strchr(" ,", *end)))
            return N2_ERR_USAGE;
        hops[(*n)++] = (n2_store_hop){.port = (uint16_t)port, .bits = (uint8_t)bits};
        text = end;
    }
}

/* ---- ways set by hand, behind the first ---- */

static void
others_key(char out[static KEY_BYTES], const n2_id *who)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, who);
    (void)snprintf(out, KEY_BYTES, "ways/%s", id);
}

n2_err
n2_way_set_others(n2_control *c, const n2_id *who, const char *text)
{
    char key[KEY_BYTES];

    others_key(key, who);
    return n2_store_setting_set(c->config.store, key, text);
}

char *
n2_way_dup_others(n2_control *c, const n2_id *who)
{
    char key[KEY_BYTES];
    char *text = NULL;

    others_key(key, who);
    if (n2_store_setting_get(c->config.store, key, &text))
        return NULL;
    if (!*text) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- what there is ---- */

static bool
is_port_up(const n2_control *c, uint32_t port)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].is_up && c->peers[i].port == port)
            return true;
    return false;
}

static uint32_t
first_port(const n2_control *c, uint64_t path)
{
    return (uint32_t)(path >> (64 - c->config.switch_bits));
}

static bool
is_bad(const n2_control *c, uint64_t path)
{
    for (size_t i = 0; i < N2_ROUTES_BAD_MAX; i++)
        if (c->bad_ways[i].path == path && c->now_us < c->bad_ways[i].until_us)
            return true;
    return false;
}

static void
note_bad(n2_control *c, uint64_t path)
{
    size_t at = 0;

    for (size_t i = 0; i < N2_ROUTES_BAD_MAX; i++) {
        if (c->bad_ways[i].path == path) {
            at = i;
            break;
        }
        if (c->bad_ways[i].until_us < c->bad_ways[at].until_us)
            at = i;
    }
    c->bad_ways[at].path = path;
    c->bad_ways[at].until_us = c->now_us + N2_WAY_BAD_US;
}

static void
note_good(n2_control *c, uint64_t path)
{
    for (size_t i = 0; i < N2_ROUTES_BAD_MAX; i++)
        if (c->bad_ways[i].path == path)
            c->bad_ways[i].until_us = 0;
}

static void
add(const n2_control *c, ways *all, const n2_store_hop *hops, size_t n, const char *source)
{
    way *w = &all->ways[all->n];
    n2_route route;

    if (all->n == N2_ROUTES_MAX || !n || n2_way_path(hops, n, &route))
        return;
    memcpy(w->hops, hops, n * sizeof *hops);
    w->n = n;
    w->path = route.word;
    w->source = source;
    w->is_up = is_port_up(c, hops[0].port);
    w->is_bad = is_bad(c, route.word);
    all->n++;
}

static n2_err
add_by_hand(n2_control *c, const n2_id *who, ways *all)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n;
    n2_err err = n2_store_path_get(c->config.store, who, hops, &n);

    if (err)
        return err == N2_ERR_NOTFOUND ? N2_OK : err;
    add(c, all, hops, n, "hand");
    char *text = n2_way_dup_others(c, who);
    char *rest = NULL;

    for (char *one = text ? strtok_r(text, ";", &rest) : NULL; one;
         one = strtok_r(NULL, ";", &rest))
        if (!n2_way_parse(one, hops, &n))
            add(c, all, hops, n, "hand");
    free(text);
    return N2_OK;
}

/* Is one of them up, and was not silent a moment ago? */
static bool
has_good(const ways *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->ways[i].is_up && !all->ways[i].is_bad)
            return true;
    return false;
}

/* @is_known: (out): a link to it is written down, though it never was up. */
static n2_err
find_all(n2_control *c, const n2_id *who, ways *all, bool *is_known)
{
    uint16_t direct = n2_meet_port(c, who);

    *is_known = false;
    if (direct)
        add(c, all, &(n2_store_hop){.port = direct, .bits = c->config.switch_bits}, 1, "met");
    n2_err err = add_by_hand(c, who, all);

    for (size_t i = 0; i < c->n_peers && !err; i++) {
        const peer *p = &c->peers[i];

        if (!n2_id_is_set(&p->key) || !n2_id_equal(&p->key, who))
            continue;
        *is_known = true;
        if (p->port)
            add(c, all, &(n2_store_hop){.port = p->port, .bits = c->config.switch_bits}, 1,
                "peer");
    }
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n;

    for (size_t at = 0; !err && n2_routes_way(c, who, &at, hops, &n);)
        add(c, all, hops, n, "domain");
    for (size_t at = 0; !err && n2_near_way(c, who, &at, hops, &n);)
        add(c, all, hops, n, "near");
    if (!err && !all->n && !*is_known)
        *is_known = n2_near_reach(c, who);
    if (!err && !has_good(all) && n2_routes_reach(c, who)) {
        *is_known = true;
        for (size_t at = 0; !all->n && n2_routes_way(c, who, &at, hops, &n);)
            add(c, all, hops, n, "domain");
    }
    /* What the DHT tells goes round nothing that the user avoids. */
    bool may_any = !err && !n2_routes_avoid(c);

    for (size_t at = 0; may_any && n2_dhts_way(c, who, &at, hops, &n);)
        add(c, all, hops, n, "dht");
    if (may_any && !all->n && !*is_known)
        *is_known = n2_dhts_reach(c, who);
    return err;
}

/* The best of them but @left (0: any); NULL: none. */
static const way *
best(const ways *all, uint64_t left)
{
    const way *found = NULL;
    int found_worth = -1;

    for (size_t i = 0; i < all->n; i++) {
        const way *w = &all->ways[i];
        int worth = 2 * w->is_up + !w->is_bad;

        if (w->path != left && worth > found_worth) {
            found = w;
            found_worth = worth;
        }
    }
    return found;
}

n2_err
n2_way_find(n2_control *c,
            const n2_id *who,
            n2_store_hop hops[static N2_STORE_HOPS_MAX],
            size_t *n,
            const char **source)
{
    bool is_known;

    *n = 0;
    if (source)
        *source = "self";
    if (n2_keys_own(c, who))
        return N2_OK;
    ways *all = calloc(1, sizeof *all);
    n2_err err = all ? find_all(c, who, all, &is_known) : N2_ERR_NOMEM;
    const way *w = err ? NULL : best(all, 0);

    if (!err && !w)
        err = is_known ? N2_ERR_BUSY : N2_ERR_NOWAY;
    if (w) {
        memcpy(hops, w->hops, w->n * sizeof *hops);
        *n = w->n;
        if (source)
            *source = w->source;
        /* A way by hand is taken at its word; a link that is being opened is waited for. */
        if (strcmp(w->source, "peer") == 0 && !w->is_up)
            err = N2_ERR_BUSY;
    }
    free(all);
    return err;
}

/* The bits of the last label that leads anywhere: it may be one for several, each of which has
 * its own at that switch.  Zeros behind it are room for what a label hides. */
static uint64_t
last_of(const n2_store_hop *hops, size_t n)
{
    unsigned before = 0, bits = 0, at = 0;

    for (size_t i = 0; i < n; i++) {
        if (hops[i].port) {
            before = at;
            bits = hops[i].bits;
        }
        at += hops[i].bits;
    }
    return bits && bits + before < 64 ? ((UINT64_C(1) << bits) - 1) << (64 - bits - before) : 0;
}

/* As n2_way_find(), but to another machine of an own identity. */
static n2_err
find_other(n2_control *c, const n2_id *who, n2_store_hop hops[], size_t *n)
{
    bool is_known;
    ways *all = calloc(1, sizeof *all);
    n2_err err = all ? find_all(c, who, all, &is_known) : N2_ERR_NOMEM;
    const way *w = err ? NULL : best(all, 0);

    if (w) {
        memcpy(hops, w->hops, w->n * sizeof *hops);
        *n = w->n;
    } else if (!err) {
        err = N2_ERR_NOWAY;
    }
    if (!err && !w->is_up && strcmp(w->source, "hand") != 0)
        err = N2_ERR_BUSY;
    free(all);
    return err;
}

bool
n2_way_is_there(n2_control *c, const n2_id *who)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n;

    return !find_other(c, who, hops, &n);
}

void
n2_way_tell(n2_control *c, const n2_id *who)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_remote_info info;
    n2_route route;
    size_t n = 0;

    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++) {
        if (who && !n2_id_equal(&info.who, who))
            continue;
        n2_err err = n2_keys_own(c, &info.who) ? find_other(c, &info.who, hops, &n)
                                               : n2_way_find(c, &info.who, hops, &n, NULL);
        n2_id was;

        /* Whoever succeeds somebody is often where that one was. */
        if (err == N2_ERR_NOWAY && n2_open_was(c, &info.who, &was))
            err = n2_way_find(c, &was, hops, &n, NULL);
        if (!err)
            err = n2_way_path(hops, n, &route);
        n2_fetch_way(c->fetch, &info.who, err, err ? 0 : route.word, err ? 0 : last_of(hops, n),
                     c->now_us);
    }
}

/* ---- moves ---- */

/* The same ways for a connection that goes by the label of one server of several: by the common
 * one it might come to another, who does not know it. */
static void
take_own_label(const n2_control *c, ways *all, const n2_remote_info *info)
{
    for (size_t i = 0; i < all->n; i++) {
        way *w = &all->ways[i];
        uint64_t last = last_of(w->hops, w->n);
        unsigned at = last ? (unsigned)__builtin_ctzll(last) : 0;

        if (!last || __builtin_popcountll(last) != info->label_bits ||
            (w->path & last) >> at != info->common_label)
            continue;
        w->path = (w->path & ~last) | (uint64_t)info->own_label << at;
        w->is_bad = is_bad(c, w->path);
    }
}

/* The open connection to @who. */
static bool
find_open(const n2_control *c, const n2_id *who, n2_remote_info *out)
{
    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, out); i++)
        if (out->is_open && n2_id_equal(&out->who, who))
            return true;
    return false;
}

uint64_t
n2_way_in_use(const n2_control *c, const n2_id *who, uint64_t path)
{
    n2_remote_info info;

    return find_open(c, who, &info) && info.label_bits ? info.path : path;
}

/* Another way than @path to @who whose link is up; if there is none, @path: our place on it may
 * be another now, and the peer hears so. */
static void
leave(n2_control *c, const n2_id *who, uint64_t path)
{
    bool is_known;
    ways *all = calloc(1, sizeof *all);

    if (!all)
        return; /* the connection ends when it has been silent for long enough */
    if (!find_all(c, who, all, &is_known)) {
        n2_remote_info info;

        if (find_open(c, who, &info))
            take_own_label(c, all, &info);
        const way *w = best(all, path);

        n2_fetch_move(c->fetch, who, w && w->is_up ? w->path : path);
    }
    free(all);
}

void
n2_way_changed(n2_control *c, const n2_id *who)
{
    n2_remote_info info;
    ways one = {.n = 1};
    way *w = &one.ways[0];
    n2_route route;

    if (!find_open(c, who, &info) || n2_way_find(c, who, w->hops, &w->n, NULL) ||
        n2_way_path(w->hops, w->n, &route))
        return;
    w->path = route.word;
    take_own_label(c, &one, &info);
    if (w->path != info.path)
        n2_fetch_move(c->fetch, who, w->path);
}

void
n2_way_refused(n2_control *c, const n2_id *who)
{
    n2_remote_info info;

    if (find_open(c, who, &info) && n2_routes_composed(c, who, info.path))
        n2_fetch_leave(c->fetch, who, c->now_us);
}

void
n2_way_link(n2_control *c, uint32_t port, bool is_up)
{
    n2_remote_info info;

    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++) {
        bool is_here = first_port(c, info.path) == port;

        if (!info.is_open)
            continue;
        if (is_here && is_up)
            n2_fetch_move(c->fetch, &info.who, info.path); /* perhaps from another place */
        else if (is_here || !is_port_up(c, first_port(c, info.path)))
            leave(c, &info.who, info.path);
    }
}

void
n2_way_in_vain(n2_control *c, const n2_id *who)
{
    n2_remote_info info;

    for (size_t i = 0; n2_fetch_remote_at(c->fetch, i, &info); i++) {
        if (info.is_open || !info.path || !n2_id_equal(&info.who, who))
            continue;
        note_bad(c, info.path);
        n2_routes_silent(c, who, info.path);
        n2_routes_lost(c, who);
        return;
    }
}

void
n2_way_event(n2_control *c, const n2_event *event)
{
    uint64_t path;
    n2_id who;

    n2_talker *talker = n2_talk_find(&c->talk, event->conn);

    if (talker && talker->path && event->kind == N2_EVENT_MOVED && !event->err)
        talker->path = event->path; /* who came to us is elsewhere now */
    if (event->kind == N2_EVENT_MOVED) {
        n2_fetch_moved(c->fetch, event, c->now_us);
        n2_meet_moved(c, event);
    }
    if (!n2_fetch_who(c->fetch, event->conn, &who, &path))
        return;
    if (event->kind == N2_EVENT_MOVED && !event->err) {
        note_good(c, event->path);
        n2_reserved_moved(c, &who, event->path);
        return;
    }
    note_bad(c, event->path);
    n2_routes_silent(c, &who, event->path);
    n2_routes_lost(c, &who);
    leave(c, &who, path);
}
