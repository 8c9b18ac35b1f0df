/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-keep.c - what the user wants kept (pins), and why something is here.
 *
 * A pin is a reference to the root of a tree, or to one content.  It is set as soon as the root
 * is here, so that nothing of what comes goes to make room; then all below is fetched, folders
 * as they are met, some at a time.  A pin whose work fails is taken back; one whose node ended
 * holds what had come, and pinning again goes on there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "node/control-private.h"

typedef struct {
    n2_ref ref;
    bool is_folder;
    unsigned reach; /* N2_CONTENT_CLOSED or 0 */
} item;

typedef struct {
    n2_control *control;
    item *items; /* (owned) */
    size_t n, room;
    size_t at;    /* the first that is not known to be here */
    size_t begun; /* those before it were looked at: they are being fetched, or here */
    n2_transfer ahead[N2_PIN_AHEAD]; /* 0: none */
    int64_t owner;
    char slot[N2_ID_TEXT_BYTES];
    bool is_new; /* the reference was not there before, and the work is not done */
    bool is_set;
    uint64_t n_files, bytes;
} pin;

bool
n2_keep_is(n2_job_kind kind)
{
    return kind == N2_JOB_PIN || kind == N2_JOB_UNPIN || kind == N2_JOB_WHY;
}

static n2_err
pins(n2_control *c, int64_t *owner)
{
    return n2_store_owner(c->config.store, N2_OWNER_PIN, "pins", 0, owner);
}

static void
put_hash(n2_table *t, const n2_id *hash)
{
    char id[N2_ID_TEXT_BYTES], text[sizeof "net2o://" + sizeof id];

    n2_id_format(id, N2_ID_CONTENT, hash);
    (void)snprintf(text, sizeof text, "net2o://%s", id);
    n2_table_text(t, "address", text);
    n2_table_text(t, "hash", id);
}

static n2_table *
pin_row(const job *j)
{
    n2_table *t = n2_job_row();

    put_hash(t, &j->walk->ref.id);
    return t;
}

/* ---- pinning ---- */

static void
free_pin(void *state)
{
    pin *p = state;
    n2_control *c = p->control;

    for (size_t i = 0; i < N2_PIN_AHEAD; i++)
        if (p->ahead[i])
            n2_fetch_cancel(c->fetch, p->ahead[i], c->now_us);
    if (p->is_new && p->is_set && n2_store_ref_drop(c->config.store, p->owner, p->slot))
        n2_control_log(c, "a pin that failed cannot be taken back");
    free(p->items);
    free(p);
}

static n2_err
add(pin *p, const n2_ref *ref, bool is_folder, unsigned reach)
{
    if (p->n == N2_PIN_ENTRIES_MAX)
        return N2_ERR_LIMIT;
    if (p->n == p->room) {
        size_t room = p->room ? p->room * 2 : 64;
        item *items = realloc(p->items, room * sizeof *items);

        if (!items)
            return N2_ERR_NOMEM;
        p->items = items;
        p->room = room;
    }
    p->items[p->n++] = (item){.ref = *ref, .is_folder = is_folder, .reach = reach};
    return N2_OK;
}

static bool
is_here(n2_control *c, const n2_ref *ref, n2_err *err)
{
    n2_object found = {0};

    *err = n2_store_find(c->config.store, &ref->id, &found);
    return !*err && found.state == N2_OBJECT_WHOLE;
}

/* A folder that is met again brings nothing new, and a tree of few bytes can meet one without
 * end. */
static bool
was_met(const pin *p, const item *folder)
{
    for (const item *i = p->items; i < folder; i++)
        if (i->is_folder && n2_id_equal(&i->ref.id, &folder->ref.id))
            return true;
    return false;
}

static n2_err
add_entries(n2_control *c, pin *p, size_t at)
{
    const item folder = p->items[at];
    n2_view view = {0};
    n2_directory dir;
    n2_entry entry;
    size_t next = 0;
    n2_err err = N2_OK;

    if (was_met(p, &p->items[at]))
        return N2_OK;
    err = n2_store_map_checked(c->config.store, &folder.ref.id, &view);
    if (!err)
        err = n2_directory_check(&dir, view.bytes, view.len, c->config.unicode);
    while (!err && n2_directory_next(&dir, &next, &entry)) {
        n2_ref list;
        n2_access access = n2_access_of(&entry, &list);
        unsigned reach = folder.reach;

        if (access != N2_ACCESS_AS_ABOVE)
            reach = access == N2_ACCESS_PUBLIC ? 0 : N2_CONTENT_CLOSED;
        if (entry.type != N2_ENTRY_LINK)
            err = add(p, &entry.ref, entry.type == N2_ENTRY_DIR, reach);
    }
    n2_store_unmap(c->config.store, &view);
    return err;
}

static n2_err
fetch(n2_control *c, const job *j, const item *i, n2_transfer *out)
{
    const walk *w = j->walk;
    unsigned content = i->is_folder ? N2_CONTENT_DIRECTORY : N2_CONTENT_PLAIN;

    return w->n_holders ? n2_fetch_content(c->fetch, &i->ref, content | i->reach, w->holders,
                                           w->n_holders, c->now_us, out)
                        : N2_ERR_NOTFOUND;
}

/* What comes behind is on its way, too. */
static void
look_ahead(n2_control *c, const job *j, pin *p)
{
    if (p->begun <= p->at)
        p->begun = p->at + 1;
    while (p->begun < p->n && p->begun < p->at + N2_PIN_AHEAD) {
        n2_transfer *place = &p->ahead[p->begun % N2_PIN_AHEAD];
        n2_err err;

        if (*place) /* of one before, which is over */
            n2_fetch_cancel(c->fetch, *place, c->now_us);
        *place = 0;
        if (!is_here(c, &p->items[p->begun].ref, &err) &&
            (err || fetch(c, j, &p->items[p->begun], place)))
            return; /* it is met again in its turn */
        p->begun++;
    }
}

static n2_err
hold(n2_control *c, const job *j, pin *p)
{
    int64_t realm = j->walk->reach ? N2_REALM_OWN : N2_REALM_PUBLIC;
    n2_err err =
        n2_store_ref_set(c->config.store, p->owner, p->slot, &p->items[0].ref.id, realm);

    p->is_set = p->is_set || !err;
    return err;
}

static void
finish(n2_control *c, job *j, pin *p)
{
    n2_err err = hold(c, j, p); /* charged for all that came */

    if (err) {
        n2_job_failed(c, j, err == N2_ERR_LIMIT ? N2_ERR_NOSPACE : err);
        return;
    }
    n2_table *t = pin_row(j);

    n2_table_int(t, "files", (int64_t)p->n_files);
    n2_table_int(t, "size", (int64_t)p->bytes);
    p->is_new = false;
    n2_job_done(c, j, t);
}

static void
go_on(n2_control *c, job *j)
{
    pin *p = j->state;
    n2_err err = N2_OK;

    for (; p->at < p->n; p->at++) {
        item *i = &p->items[p->at];

        if (!is_here(c, &i->ref, &err)) {
            look_ahead(c, j, p);
            if (!err)
                err = fetch(c, j, i, &j->transfer);
            if (!err)
                j->awaits = AWAIT_PIN;
            break;
        }
        if (!p->is_set)
            err = hold(c, j, p);
        if (!err && i->is_folder)
            err = add_entries(c, p, p->at);
        if (err)
            break;
        i = &p->items[p->at];
        p->n_files += !i->is_folder;
        p->bytes += i->ref.size != N2_SIZE_UNKNOWN ? i->ref.size : 0;
    }
    if (err)
        n2_open_failed(c, j, err);
    else if (p->at == p->n)
        finish(c, j, p);
}

static void
begin_pin(n2_control *c, job *j)
{
    pin *p = calloc(1, sizeof *p);
    walk *w = j->walk;
    n2_object found;
    n2_ref before;
    n2_err err = p ? pins(c, &p->owner) : N2_ERR_NOMEM;

    if (p) {
        p->control = c;
        j->state = p;
        j->free_state = free_pin;
    }
    if (!err)
        err = n2_store_find(c->config.store, &w->ref.id, &found);
    if (!err) {
        bool is_folder =
            w->type == N2_ENTRY_DIR || (found.state == N2_OBJECT_WHOLE && found.is_directory);

        n2_id_format(p->slot, N2_ID_CONTENT, &w->ref.id);
        p->is_new = n2_store_ref_get(c->config.store, p->owner, p->slot, &before) != N2_OK;
        err = add(p, &w->ref, is_folder, w->reach);
    }
    if (err)
        n2_job_failed(c, j, err);
    else
        go_on(c, j);
}

void
n2_keep_event(n2_control *c, job *j, const n2_fetch_event *event)
{
    pin *p = j->state;

    if (event->err) {
        n2_open_failed(c, j, event->err);
        return;
    }
    p->items[p->at].ref = event->ref; /* with its size */
    go_on(c, j);
}

static void
unpin(n2_control *c, job *j)
{
    char slot[N2_ID_TEXT_BYTES];
    int64_t owner = 0;
    n2_err err = pins(c, &owner);

    n2_id_format(slot, N2_ID_CONTENT, &j->walk->ref.id);
    if (!err)
        err = n2_store_ref_drop(c->config.store, owner, slot);
    if (err)
        n2_job_failed(c, j, err);
    else
        n2_job_done(c, j, pin_row(j));
}

/* ---- why ---- */

static const char *
kind_name(n2_owner_kind kind)
{
    switch (kind) {
    case N2_OWNER_TREE:
        return "tree";
    case N2_OWNER_PIN:
        return "pin";
    case N2_OWNER_CACHE:
        return "cache";
    case N2_OWNER_WORK:
        break;
    }
    return "work";
}

static bool
hold_cb(void *user, const n2_store_hold *hold)
{
    n2_table *t = user;

    n2_table_row(t);
    n2_table_text(t, "kind", kind_name(hold->kind));
    n2_table_text(t, "owner", hold->owner);
    n2_table_text(t, "slot", hold->slot);
    put_hash(t, &hold->ref.id);
    n2_table_int(t, "size", (int64_t)hold->ref.size);
    return true;
}

static bool
share_cb(void *user, const n2_store_share *share)
{
    n2_table *t = user;

    n2_table_row(t);
    n2_table_text(t, "kind", kind_name(share->kind));
    n2_table_text(t, "owner", share->name);
    n2_table_int(t, "used", (int64_t)share->used_bytes);
    n2_table_int(t, "quota", (int64_t)share->quota_bytes);
    return true;
}

static void
answer_why(n2_control *c, job *j)
{
    n2_table *t = n2_table_new();
    n2_err err = N2_ERR_NOMEM;

    if (t)
        err = j->walk ? n2_store_why(c->config.store, &j->walk->ref.id, hold_cb, t)
                      : n2_store_owners(c->config.store, share_cb, t);
    if (!err && j->walk && !t->n_rows)
        err = N2_ERR_NOTFOUND; /* nothing keeps it */
    if (!err) {
        n2_job_done(c, j, t);
        return;
    }
    n2_table_free(t);
    n2_job_failed(c, j, err);
}

void
n2_keep_arrived(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_PIN)
        begin_pin(c, j);
    else if (j->kind == N2_JOB_UNPIN)
        unpin(c, j);
    else
        answer_why(c, j);
}

void
n2_keep_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_WHY && (!j->address || !*j->address))
        answer_why(c, j);
    else
        n2_open_begin(c, j);
}
