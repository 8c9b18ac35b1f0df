/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-cache.c - a cache that answers first: what others ask it for it fetches once, and
 *                   passes on while it comes; and, at the other end, asking one.
 *
 * Who asks a cache that has a content, but not for him, must not see that from its answer
 * (attack 46): it is answered as what is fetched and then found nowhere.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/tree.h"
#include "node/control-private.h"

typedef struct {
    n2_ref ref;           /* not set: free */
    n2_transfer transfer; /* 0: over, or there is none */
    uint64_t failed_us;   /* from then on it is found nowhere, */
    uint64_t until_us;    /* and forgotten then */
} carried;

struct cache {
    carried list[N2_CARRIED_MAX];
    uint64_t n_refused;
};

void
n2_cache_clear(n2_control *c)
{
    free(c->cache);
    c->cache = NULL;
}

void
n2_cache_uses(const n2_control *c, n2_uses *uses)
{
    uint64_t n = 0;

    for (size_t i = 0; c->cache && i < N2_CARRIED_MAX; i++)
        n += c->cache->list[i].transfer != 0;
    n2_uses_add(uses, "carried", n, N2_CARRIED_MAX, c->cache ? c->cache->n_refused : 0);
}

/* ---- for others ---- */

static carried *
find(const n2_control *c, const n2_ref *ref)
{
    for (size_t i = 0; c->cache && i < N2_CARRIED_MAX; i++) {
        carried *e = &c->cache->list[i];

        if (n2_id_equal(&e->ref.id, &ref->id) && (e->transfer || e->until_us > c->now_us))
            return e;
    }
    return NULL;
}

/* A place that nobody waits for any more. */
static carried *
place(n2_control *c)
{
    carried *best = NULL;

    if (!c->cache && !(c->cache = calloc(1, sizeof *c->cache)))
        return NULL;
    for (size_t i = 0; i < N2_CARRIED_MAX; i++) {
        carried *e = &c->cache->list[i];

        if (!e->transfer && (!best || e->until_us < best->until_us))
            best = e;
    }
    c->cache->n_refused += !best;
    return best;
}

static n2_err
begin(n2_control *c, const n2_ref *ref, const n2_id *author)
{
    n2_id holders[N2_FETCH_HOLDERS_MAX] = {*author};
    walk near = {.n_holders = 0};
    size_t n = 1;
    n2_object here;
    carried *e = place(c);
    n2_err err = e ? n2_store_find(c->config.store, &ref->id, &here) : N2_ERR_LIMIT;

    if (err)
        return err;
    *e = (carried){.ref = *ref,
                   .failed_us = c->now_us + N2_CARRY_MISS_US,
                   .until_us = c->now_us + N2_CARRY_MISS_US + N2_CARRY_FRESH_US};
    if (here.state == N2_OBJECT_WHOLE)
        return N2_OK; /* for others than who asks */
    err = n2_crowd_holders(c, &near);
    for (size_t i = 0; i < near.n_holders && n < N2_FETCH_HOLDERS_MAX; i++)
        if (!n2_id_equal(&near.holders[i], author))
            holders[n++] = near.holders[i];
    if (!err)
        err = n2_fetch_content(c->fetch, ref, N2_CONTENT_PLAIN | N2_CONTENT_ALONE, holders, n,
                               c->now_us, &e->transfer);
    if (err)
        *e = (carried){0};
    return err;
}

n2_err
n2_cache_asked(void *user, const n2_ref *ref, const n2_id *author, const n2_part **part)
{
    n2_control *c = user;
    carried *e = find(c, ref);
    n2_err err = N2_OK;

    if (!c->config.carries)
        return N2_ERR_UNSUPPORTED;
    if (!e && !author)
        return N2_ERR_NOTFOUND;
    if (!e) {
        err = begin(c, ref, author);
        e = err ? NULL : find(c, ref);
    }
    if (!e)
        return err ? err : N2_ERR_LIMIT;
    if (!e->transfer && e->failed_us <= c->now_us)
        return N2_ERR_NOTFOUND;
    *part = e->transfer ? n2_fetch_peek_part(c->fetch, e->transfer) : NULL;
    return N2_OK;
}

void
n2_cache_event(n2_control *c, const n2_fetch_event *event)
{
    for (size_t i = 0; c->cache && i < N2_CARRIED_MAX; i++) {
        carried *e = &c->cache->list[i];

        if (event->kind != N2_FETCH_DONE || !e->transfer || e->transfer != event->transfer)
            continue;
        e->transfer = 0;
        e->failed_us = c->now_us;
        e->until_us = event->err ? c->now_us + N2_CARRY_FRESH_US : 0;
    }
}

/* ---- for ourselves ---- */

bool
n2_cache_is_asked(const n2_control *c, const walk *w)
{
    return n2_id_is_set(&c->config.cache) && !n2_keys_own(c, &c->config.cache) &&
           !w->is_past_cache && !w->offline && !(w->reach & N2_CONTENT_CLOSED) &&
           !(w->has_who &&
             (n2_keys_own(c, &w->who) || n2_id_equal(&w->who, &c->config.cache))) &&
           w->n_holders && w->ref.size > N2_LEAF_BYTES;
}

n2_err
n2_cache_fetch(n2_control *c, job *j, unsigned content, awaited awaits)
{
    walk *w = j->walk;
    const n2_id *from = &w->holders[0];

    if (n2_id_equal(from, &c->config.cache) && w->n_holders > 1)
        from = &w->holders[1];
    const n2_id both[] = {c->config.cache, *from};
    n2_err err = n2_fetch_content(c->fetch, &w->ref, content | w->reach | N2_FETCH_CARRIED,
                                  both, 2, c->now_us, &j->transfer);

    w->is_carried = !err;
    j->awaits = err ? j->awaits : awaits;
    return err;
}

bool
n2_cache_failed(n2_control *c, job *j, awaited was)
{
    walk *w = j->walk;
    bool is_file = was == AWAIT_FILE;

    if (!w->is_carried || (was != AWAIT_FOLDER && !is_file))
        return false;
    w->is_carried = false;
    w->is_past_cache = true;
    n2_err err = n2_open_fetch(c, j, is_file ? N2_CONTENT_PLAIN : N2_CONTENT_DIRECTORY, was);
    if (!err && w->sink.has && !n2_fetch_add_sink(c->fetch, j->transfer, &w->sink))
        err = N2_ERR_BUSY; /* the reader's file would stay with holes in it */
    if (err)
        n2_open_failed(c, j, err);
    return true;
}
