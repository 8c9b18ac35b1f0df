/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-history.c - the versions of a tree that are known, here and where it is published.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "node/control-statement.h"
#include "store/version.h"

/* ---- one of them ---- */

typedef struct {
    uint64_t version;
    n2_head *out;
    bool found;
} finding;

static bool
find_cb(void *user, const n2_head *head, const uint8_t *statement, size_t len)
{
    finding *f = user;

    (void)statement;
    (void)len;
    f->found = head->counter == f->version;
    if (f->found)
        *f->out = *head;
    return false; /* the highest below is all there is to see */
}

n2_err
n2_version_find(n2_control *c, const n2_id *who, uint64_t version, n2_head *out)
{
    finding f = {.version = version, .out = out};
    n2_err err =
        n2_store_versions(c->config.store, who, N2_BRANCH_MAIN, version + 1, find_cb, &f);

    return err ? err : f.found ? N2_OK : N2_ERR_NOTFOUND;
}

/* ---- all of them ---- */

typedef struct {
    n2_table *table; /* (owned) (nullable) */
    n2_address address;
    n2_head newest; /* that counts */
} listing;

static void
free_listing(void *state)
{
    listing *l = state;

    n2_table_free(l->table);
    free(l);
}

static bool
list_cb(void *user, const n2_head *head, const uint8_t *statement, size_t len)
{
    char text[N2_ADDRESS_TEXT_BYTES_MAX * 6];
    listing *l = user;

    (void)statement;
    (void)len;
    l->address.version = head->counter;
    n2_table_row(l->table);
    if (!n2_address_format(text, sizeof text, &l->address, N2_ADDRESS_URI))
        n2_table_text(l->table, "address", text);
    n2_table_int(l->table, "counter", (int64_t)head->counter);
    n2_table_int(l->table, "time", head->made_us);
    n2_table_id(l->table, "hash", N2_ID_CONTENT, &head->root.id);
    if (*head->device)
        n2_table_text(l->table, "device", head->device);
    n2_table_int(l->table, "merges", head->n_parents > 1 ? (int64_t)head->n_parents : 0);
    n2_table_bool(l->table, "current", !n2_head_compare(head, &l->newest));
    return !l->table->err;
}

static void
answer(n2_control *c, job *j, n2_err why_none)
{
    listing *l = j->state;
    n2_err err =
        n2_store_head_get(c->config.store, &j->who, N2_BRANCH_MAIN, &l->newest, NULL, NULL);

    if (err == N2_ERR_NOTFOUND)
        err = N2_OK;
    l->table = n2_table_new();
    if (!err && !l->table)
        err = N2_ERR_NOMEM;
    if (!err)
        err = n2_store_versions(c->config.store, &j->who, N2_BRANCH_MAIN, 0, list_cb, l);
    if (!err && !l->table->n_rows)
        err = why_none;
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_table *t = l->table;

    l->table = NULL;
    n2_job_done(c, j, t);
}

void
n2_history_event(n2_control *c, job *j, const n2_fetch_event *event)
{
    if (event->kind != N2_FETCH_DONE)
        return;
    j->transfer = 0;
    answer(c, j, event->err ? event->err : N2_ERR_NOTFOUND);
}

void
n2_history_job(n2_control *c, job *j)
{
    listing *l = calloc(1, sizeof *l);
    n2_err err = l ? n2_job_address(c, j, &l->address) : N2_ERR_NOMEM;

    j->state = l;
    j->free_state = free_listing;
    if (!err && l->address.kind == N2_ADDRESS_CONTENT)
        err = N2_ERR_USAGE; /* a content has no versions */
    if (!err && l->address.kind == N2_ADDRESS_NAME)
        err = n2_name_resolve(c, l->address.name, &j->who);
    else if (!err)
        j->who = l->address.id;
    if (!err && n2_keys_own(c, &j->who)) {
        answer(c, j, N2_ERR_NOTFOUND);
        return;
    }
    if (!err)
        err = n2_fetch_heads(c->fetch, &j->who, 0, c->now_us, &j->transfer);
    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_HEAD;
}
