/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-follow.c - the way down a tree asked for in one go, behind its head.
 *
 * The holder follows the path and answers all on the way, and begins to write what is at its
 * end into regions that were granted ahead.  What holds is kept, and for the content a transfer
 * is made before anybody asked for it; so whoever then goes the way by itself, step by step,
 * finds everything here.  What the holder did not answer is asked for as ever.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/access.h"
#include "crypto/head.h"
#include "share/fetch-private.h"

/* ---- the question ---- */

/* Regions with numbers in a row, for the first groups of whatever it is. */
static unsigned
grant_ahead(n2_fetch *f, transfer *t, uint64_t *address, uint64_t now_us)
{
    unsigned n = 0;

    n2_stretch_numbers_in_a_row(f, t->n_ahead);
    while (n < t->n_ahead) {
        stretch *s = n2_stretch_grant(f, t, n, N2_GROUP_BYTES, now_us);

        if (!s)
            break;
        if (!n++)
            *address = s->address;
    }
    return n;
}

bool
n2_follow_put(n2_fetch *f, transfer *t, n2_asm *block, uint64_t now_us)
{
    const remote *r = t->remote;
    uint8_t id[N2_ID_BYTES];
    uint64_t address = 0;

    if (!n2_fetch_ask_too(f, t->remote, ASK_FOLLOW, t->id, 0, block, now_us))
        return false;
    unsigned n = grant_ahead(f, t, &address, now_us);

    id[0] = r->who.method;
    memcpy(id + 1, r->who.hash, sizeof r->who.hash);
    n2_asm_bytes(block, id, sizeof id);
    n2_asm_word(block, N2_WORD_TREE);
    n2_asm_bytes(block, t->path, strlen(t->path));
    n2_asm_u64(block, n);
    n2_asm_u64(block, address);
    n2_asm_word(block, N2_WORD_FOLLOW);
    return true;
}

/* ---- what was answered ---- */

enum {
    KEPT_MAX = N2_SERVE_FOLDERS_MAX + 1
};

typedef struct {
    n2_fetch *f;
    const transfer *t;
    const char *rest; /* of the path: not gone yet */
    n2_ref at;        /* where we are, as a signed folder or the head says */
    uint8_t type;     /* N2_ENTRY_* */
    bool is_begun;    /* the root of our head is the holder's too */
    bool is_closed;   /* restricted here, or above */
    n2_batch *batch;  /* (owned) (nullable) */
    n2_batch_ref kept[KEPT_MAX];
    size_t n_kept;
} descent;

static bool
is_whole_here(n2_fetch *f, const n2_ref *ref)
{
    n2_object here;

    return !n2_store_find(f->config.store, &ref->id, &here) && here.state == N2_OBJECT_WHOLE;
}

/* Bytes that verified. */
static n2_err
keep(descent *d, const n2_value *v)
{
    unsigned content = d->type == N2_ENTRY_DIR ? N2_CONTENT_DIRECTORY : N2_CONTENT_PLAIN;
    n2_err err = N2_OK;
    n2_ref made;

    if (d->n_kept == KEPT_MAX || is_whole_here(d->f, &d->at))
        return N2_OK;
    err = n2_fetch_batch(d->f, &d->batch);
    if (!err)
        err = n2_batch_put(d->batch, d->at.id.method, v->bytes, v->len, content, &made);
    if (!err)
        d->kept[d->n_kept++] = (n2_batch_ref){.root = d->at.id, .is_closed = d->is_closed};
    return err;
}

static n2_err
commit(descent *d)
{
    return d->n_kept ? n2_batch_commit(d->batch, &(n2_batch_end){.owner = d->f->cache,
                                                                 .more = d->kept,
                                                                 .n_more = d->n_kept})
                     : N2_OK;
}

static bool
is_that(const descent *d, const n2_value *v)
{
    return v->len == d->at.size && n2_tree_check_whole(d->f->config.crypto, d->at.id.method,
                                                       v->bytes, v->len, d->at.id.hash);
}

/* N2_ERR_FORGED: a lie; other errors: this is as far as it goes. */
static n2_err
take_folder(descent *d, const n2_value *v)
{
    size_t len = strcspn(d->rest, "/");
    n2_directory dir;
    n2_access access;
    n2_entry entry;
    n2_ref list;

    if (d->type != N2_ENTRY_DIR || !is_that(d, v))
        return d->is_begun ? N2_ERR_FORGED : N2_ERR_NOTFOUND; /* else a newer tree */
    d->is_begun = true;
    if (n2_directory_check(&dir, v->bytes, v->len, d->f->config.unicode))
        return N2_ERR_NOTFOUND; /* its owner's fault, not the holder's */
    n2_err err = keep(d, v);

    if (!err)
        err = n2_directory_find(&dir, d->rest, len, &entry);
    if (err)
        return err;
    access = n2_access_of(&entry, &list);
    if (access != N2_ACCESS_AS_ABOVE)
        d->is_closed = access != N2_ACCESS_PUBLIC;
    d->at = entry.ref;
    d->type = entry.type;
    d->rest += len;
    d->rest += *d->rest == '/';
    return N2_OK;
}

/* The groups that are being written, and their nodes, become those of a transfer that somebody
 * will ask for in a moment. */
static n2_err
adopt(descent *d, uint64_t begun, const n2_value *nodes, uint64_t now_us)
{
    n2_fetch *f = d->f;
    unsigned content = (d->type == N2_ENTRY_DIR ? N2_CONTENT_DIRECTORY : N2_CONTENT_PLAIN) |
                       (d->is_closed ? N2_CONTENT_CLOSED : 0);
    transfer *t = n2_transfer_ahead(f, d->t->remote, &d->at, content, now_us);
    n2_err err = N2_OK;

    if (!t || n2_content_begin(f, t, now_us))
        return N2_OK;
    n2_stretch_adopt(f, d->t, t, begun);
    if (t->phase == PHASE_NODES)
        err = n2_content_take_nodes(f, t, nodes->bytes, nodes->len);
    if (err && !n2_is_lie(err))
        n2_transfer_end(f, t, n2_or_here(err), now_us);
    else if (!err && t->phase == PHASE_STRETCHES)
        n2_stretch_take_waiting(f, t, now_us);
    return n2_is_lie(err) ? err : N2_OK;
}

/* Size, groups that are written, content or nodes. */
static n2_err
take_end(descent *d, const n2_value *v, uint64_t now_us)
{
    if (v[0].type != 'u' || v[1].type != 'u' || v[2].type != 'b' || v[0].u != d->at.size ||
        v[1].u > N2_SERVE_GROUPS_MAX)
        return N2_ERR_FORMAT;
    if (d->at.size > N2_SERVE_GIVEN_BYTES && !d->t->n_ahead)
        return N2_OK; /* its bytes are not wanted, or by way of another */
    if (d->at.size > N2_SERVE_GIVEN_BYTES)
        return is_whole_here(d->f, &d->at) ? N2_OK : adopt(d, v[1].u, &v[2], now_us);
    if (!is_that(d, &v[2]))
        return N2_ERR_FORGED;
    return d->at.size ? keep(d, &v[2]) : N2_OK; /* an empty one needs nobody */
}

n2_err
n2_follow_answer(n2_fetch *f, transfer *t, const n2_call *call, uint64_t now_us)
{
    descent d = {.f = f, .t = t, .rest = t->path, .type = N2_ENTRY_DIR};
    const n2_value *v = call->values;
    size_t left = call->err ? 0 : call->n_values;
    n2_head head;
    n2_err err =
        n2_store_head_get(f->config.store, &t->remote->who, N2_BRANCH_MAIN, &head, NULL, NULL);

    d.at = head.root;
    d.is_closed = head.access.id.method;
    for (; !err && left && *d.rest; left--, v++)
        err = v->type == 'b' ? take_folder(&d, v) : N2_ERR_FORMAT;
    if (!err && !*d.rest && left == 3)
        err = take_end(&d, v, now_us);
    /* What cannot be kept is met again, and said, where it is needed. */
    if (commit(&d))
        f->counts.n_follow_failed++;
    n2_batch_free(d.batch);
    return d.is_begun && n2_is_lie(err) ? err : N2_OK;
}

void
n2_follow_refused(n2_fetch *f, remote *r, uint64_t now_us)
{
    r->cant_follow = true;
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        question *q = &f->questions[i];
        transfer *t = q->remote == r ? n2_fetch_find(f, q->transfer) : NULL;

        bool is_own = q->kind == ASK_SHOW || q->kind == ASK_LOGIN;
        if (q->remote != r || (!is_own && !(t && t->is_follow_asked)))
            continue;
        q->remote = NULL;
        r->n_waiting--;
    }
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &f->transfers[i];

        if (!t->id || t->remote != r || !t->is_follow_asked)
            continue;
        t->is_asked = t->is_follow_asked = false; /* the head is asked for by itself */
        n2_content_give_up(f, t, NULL);
        if (t->phase == PHASE_FOLLOW)
            n2_transfer_end(f, t, N2_OK, now_us);
    }
}
