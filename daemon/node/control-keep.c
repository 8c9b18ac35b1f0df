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
    n2_control *control;
    n2_gather gather;
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

    n2_gather_clear(&p->gather);
    if (p->is_new && p->is_set && n2_store_ref_drop(c->config.store, p->owner, p->slot))
        n2_control_log(c, "a pin that failed cannot be taken back");
    free(p);
}

static n2_err
hold(n2_control *c, const job *j, pin *p)
{
    int64_t realm = j->walk->reach ? N2_REALM_OWN : N2_REALM_PUBLIC;
    n2_err err =
        n2_store_ref_set(c->config.store, p->owner, p->slot, &p->gather.items[0].ref.id, realm);

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
    n2_dhts_changed(c);
    n2_job_done(c, j, t);
}

static void
go_on(n2_control *c, job *j)
{
    pin *p = j->state;
    size_t at = 0;
    n2_err err;

    while (!(err = n2_gather_next(&p->gather, j, &at)) && at != SIZE_MAX) {
        const n2_gather_item *item = &p->gather.items[at];

        if (!p->is_set)
            err = hold(c, j, p);
        if (err)
            break;
        p->n_files += item->type != N2_ENTRY_DIR;
        p->bytes += item->ref.size != N2_SIZE_UNKNOWN ? item->ref.size : 0;
    }
    if (err && err != N2_ERR_BUSY)
        n2_open_failed(c, j, err);
    else if (!err)
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
        err = n2_gather_begin(&p->gather, c, j, is_folder, false);
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
    n2_err err = n2_gather_event(&p->gather, event);

    if (err)
        n2_open_failed(c, j, err);
    else
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
