/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-gather.c - a tree brought here whole: what is short many contents at a time, what is
 *                    long by itself, and what comes behind while the first is awaited.
 */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "crypto/tree.h"
#include "node/control-private.h"

enum {
    SHORT_BYTES = 64 * 1024,  /* what is longer is asked for by itself */
    FOLDER_BYTES = 64 * 1024, /* of folders in one go: what is in the first of them is asked for
                                 while the others come */
    TURNS_MAX = 4096          /* contents that are looked for ahead in one go */
};

n2_err
n2_gather_begin(n2_gather *g, n2_control *c, const job *j, bool is_folder, bool keeps_names)
{
    *g = (n2_gather){.control = c, .keeps_names = keeps_names, .room = 64};
    g->items = malloc(g->room * sizeof *g->items);
    if (!g->items)
        return N2_ERR_NOMEM;
    g->items[g->n++] = (n2_gather_item){.ref = j->walk->ref,
                                        .type = is_folder ? N2_ENTRY_DIR : N2_ENTRY_FILE,
                                        .reach = j->walk->reach,
                                        .folder = SIZE_MAX};
    return N2_OK;
}

void
n2_gather_clear(n2_gather *g)
{
    for (size_t i = 0; i < N2_PIN_AHEAD; i++)
        if (g->ahead[i].transfer)
            n2_fetch_cancel(g->control->fetch, g->ahead[i].transfer, g->control->now_us);
    for (size_t i = 0; i < g->n; i++)
        free(g->items[i].name);
    free(g->items);
    *g = (n2_gather){0};
}

/* ---- what there is ---- */

static int64_t
modified_us(const n2_entry *entry)
{
    n2_attr attr;

    if (!n2_entry_attr(entry, N2_ATTR_MODIFIED, &attr) || attr.type != N2_TYPE_TIME)
        return 0;
    n2_reader r = n2_reader_init(attr.value, attr.len);
    int64_t us = (int64_t)n2_read_u64(&r);
    return n2_reader_finish(&r) ? 0 : us;
}

static n2_err
add(n2_gather *g, const n2_entry *entry, size_t folder, uint32_t place, unsigned reach)
{
    if (g->n == N2_PIN_ENTRIES_MAX)
        return N2_ERR_LIMIT;
    if (g->n == g->room) {
        size_t room = g->room * 2;
        n2_gather_item *items = realloc(g->items, room * sizeof *items);

        if (!items)
            return N2_ERR_NOMEM;
        g->items = items;
        g->room = room;
    }
    n2_gather_item item = {.ref = entry->ref,
                           .type = entry->type,
                           .reach = reach,
                           .place = place,
                           .folder = folder};

    if (g->keeps_names) {
        item.modified_us = modified_us(entry);
        item.name = strndup(entry->name, entry->name_len);
        if (!item.name)
            return N2_ERR_NOMEM;
    }
    g->items[g->n++] = item;
    return N2_OK;
}

/* A folder that is met again brings nothing new, and a tree of few bytes can meet one without
 * end. */
static bool
was_met(const n2_gather *g, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (g->items[i].type == N2_ENTRY_DIR &&
            n2_id_equal(&g->items[i].ref.id, &g->items[at].ref.id))
            return true;
    return false;
}

static n2_err
add_entries(n2_gather *g, size_t at)
{
    n2_control *c = g->control;
    const n2_gather_item folder = g->items[at];
    n2_view view = {0};
    n2_directory dir;
    n2_entry entry;
    size_t next = 0;
    uint32_t place = 0;

    if (!g->keeps_names && was_met(g, at))
        return N2_OK;
    n2_err err = n2_store_map_checked(c->config.store, &folder.ref.id, &view);
    if (!err)
        err = n2_directory_check(&dir, view.bytes, view.len, c->config.unicode);
    while (!err && n2_directory_next(&dir, &next, &entry)) {
        n2_ref list;
        n2_access access = n2_access_of(&entry, &list);
        unsigned reach = folder.reach;

        if (access != N2_ACCESS_AS_ABOVE)
            reach = access == N2_ACCESS_PUBLIC ? 0 : N2_CONTENT_CLOSED;
        if (entry.type != N2_ENTRY_LINK || g->keeps_names)
            err = add(g, &entry, at, place, reach);
        place++;
    }
    n2_store_unmap(c->config.store, &view);
    return err;
}

/* ---- what is fetched ---- */

static bool
is_here(const n2_gather *g, size_t at, n2_err *err)
{
    n2_object found = {0};

    *err = N2_OK;
    if (g->items[at].type == N2_ENTRY_LINK)
        return true; /* it has no content */
    *err = n2_store_find(g->control->config.store, &g->items[at].ref.id, &found);
    return !*err && found.state == N2_OBJECT_WHOLE;
}

static unsigned
content_of(const n2_gather_item *item)
{
    return (item->type == N2_ENTRY_DIR ? N2_CONTENT_DIRECTORY : N2_CONTENT_PLAIN) | item->reach;
}

static n2_err
fetch_one(const n2_gather *g, const walk *w, size_t at, n2_transfer *out)
{
    const n2_gather_item *item = &g->items[at];

    return w->n_holders ? n2_fetch_content(g->control->fetch, &item->ref, content_of(item),
                                           w->holders, w->n_holders, g->control->now_us, out)
                        : N2_ERR_NOTFOUND;
}

static n2_gather_ahead *
free_ahead(n2_gather *g)
{
    for (size_t i = 0; i < N2_PIN_AHEAD; i++) {
        n2_gather_ahead *a = &g->ahead[i];

        if (a->transfer && !n2_fetch_is_running(g->control->fetch, a->transfer))
            a->transfer = 0;
        if (!a->transfer)
            return a;
    }
    return NULL;
}

/* Some that one question asks for. */
typedef struct {
    n2_fetch_item items[N2_WALK_CONTENTS_MAX];
    size_t n;
    size_t first; /* number of the first of them */
    size_t end;   /* those before it are here, or among them */
} handful;

static void
pick(const n2_gather *g, handful *h)
{
    uint64_t bytes = 0;

    h->n = 0;
    h->end = g->begun;
    for (size_t turn = 0; turn < TURNS_MAX && h->n < N2_WALK_CONTENTS_MAX; turn++) {
        n2_err err;

        if (h->end == g->n)
            return;
        if (is_here(g, h->end, &err)) {
            h->end++;
            continue;
        }
        const n2_gather_item *item = &g->items[h->end];

        uint64_t most = item->type == N2_ENTRY_DIR ? FOLDER_BYTES : N2_GROUP_BYTES;

        if (err || item->ref.size > SHORT_BYTES || item->ref.size + bytes > most)
            return;
        if (!h->n)
            h->first = h->end;
        bytes += item->ref.size;
        h->items[h->n] = (n2_fetch_item){.ref = item->ref, .content = content_of(item)};
        if (item->folder != SIZE_MAX) {
            h->items[h->n].folder = g->items[item->folder].ref;
            h->items[h->n].at = item->place;
        }
        h->n++;
        h->end++;
    }
}

/* Each holder has something to do: another is asked first each time. */
static n2_err
fetch_many(n2_gather *g, const walk *w, const handful *h, n2_transfer *out)
{
    n2_id holders[N2_FETCH_HOLDERS_MAX];

    for (size_t i = 0; i < w->n_holders; i++)
        holders[i] = w->holders[(i + g->n_walks) % w->n_holders];
    g->n_walks++;
    return n2_fetch_walk(g->control->fetch, h->items, h->n, holders, w->n_holders,
                         g->control->now_us, out);
}

/* The next that are not here.  False: no more for now. */
static bool
fetch_ahead(n2_gather *g, const walk *w, handful *h)
{
    n2_gather_ahead *a = w->n_holders ? free_ahead(g) : NULL;
    n2_err err = N2_OK;

    if (!a || g->begun == g->n)
        return false;
    pick(g, h);
    if (h->n > 1)
        err = fetch_many(g, w, h, &a->transfer);
    else if (h->n)
        err = fetch_one(g, w, h->first, &a->transfer);
    else if (h->end < g->n && !is_here(g, h->end, &err) && !err)
        err = fetch_one(g, w, h->end++, &a->transfer);
    if (err)
        return false; /* it is met again in its turn */
    a->end = h->end;
    g->begun = h->end;
    return true;
}

/* What brings @at, and is @g's no longer; 0: nothing does. */
static n2_transfer
take_ahead(n2_gather *g, size_t at)
{
    n2_gather_ahead *best = NULL;

    for (size_t i = 0; i < N2_PIN_AHEAD; i++) {
        n2_gather_ahead *a = &g->ahead[i];

        if (a->transfer && a->end > at && (!best || a->end < best->end))
            best = a;
    }
    n2_transfer found = best ? best->transfer : 0;

    if (best)
        best->transfer = 0;
    return found && n2_fetch_is_running(g->control->fetch, found) ? found : 0;
}

/* @at is awaited, and what comes behind it is on its way, too. */
static n2_err
await(n2_gather *g, job *j, size_t at)
{
    handful *h = malloc(sizeof *h);

    if (!h)
        return N2_ERR_NOMEM;
    if (g->begun < at)
        g->begun = at;
    while (fetch_ahead(g, j->walk, h))
        ;
    free(h);
    j->transfer = g->is_alone ? 0 : take_ahead(g, at);
    n2_err err = N2_OK;

    if (!j->transfer) {
        g->is_alone = true;
        err = fetch_one(g, j->walk, at, &j->transfer);
    }
    if (err)
        return err;
    j->awaits = AWAIT_GATHER;
    return N2_ERR_BUSY;
}

n2_err
n2_gather_next(n2_gather *g, job *j, size_t *out)
{
    n2_err err = N2_OK;

    *out = SIZE_MAX;
    if (g->at == g->n)
        return N2_OK;
    if (!is_here(g, g->at, &err))
        return err ? err : await(g, j, g->at);
    g->is_alone = false;
    if (g->items[g->at].type == N2_ENTRY_DIR)
        err = add_entries(g, g->at);
    if (!err)
        *out = g->at++;
    return err;
}

n2_err
n2_gather_event(n2_gather *g, const n2_fetch_event *event)
{
    if (!g->is_alone) {
        /* What of many did not come is asked for by itself. */
        n2_err err;

        g->is_alone = !is_here(g, g->at, &err);
        return N2_OK;
    }
    if (!event->err)
        g->items[g->at].ref = event->ref; /* with its size */
    return event->err;
}
