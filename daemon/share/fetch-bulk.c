/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-bulk.c - many short contents asked for in one go: written into one stretch of memory,
 *                one behind the other, verified one by one and stored in one transaction.
 *
 *     ask --written and answered, in any order--> each one against its hash --> stored, the end
 *
 * What the holder does not have is told by nothing but its absence: who wants it asks for it by
 * itself.  One wrong byte makes the holder a liar, as ever.
 */
#include <stdlib.h>
#include <string.h>

#include "share/fetch-private.h"

n2_err
n2_fetch_walk(n2_fetch *fetch,
              const n2_fetch_item *items,
              size_t n,
              const n2_id *holders,
              size_t n_holders,
              uint64_t now_us,
              n2_transfer *out)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        if (items[i].ref.size > N2_GROUP_BYTES - bytes)
            return N2_ERR_USAGE;
        bytes += items[i].ref.size;
    }
    if (!n_holders || n_holders > N2_FETCH_HOLDERS_MAX || !bytes || n > N2_WALK_CONTENTS_MAX)
        return N2_ERR_USAGE;
    bulk_list *list = calloc(1, sizeof *list);
    transfer *t = list ? n2_transfer_new(fetch) : NULL;

    if (!t) {
        free(list);
        return list ? N2_ERR_LIMIT : N2_ERR_NOMEM;
    }
    memcpy(list->items, items, n * sizeof *items);
    list->n = n;
    list->bytes = bytes;
    t->list = list;
    t->is_head = true; /* no content that others could ask for too */
    t->phase = PHASE_WALK;
    n2_crew_add(t, holders, n_holders);
    *out = t->id;
    n2_transfer_attach(fetch, t, now_us);
    n2_fetch_pump(fetch, now_us);
    return N2_OK;
}

/* ---- the question ---- */

static bool
is_by_number(const n2_fetch_item *item)
{
    return item->folder.id.method && item->folder.size <= N2_WALK_FOLDER_BYTES;
}

/* How many from @i on are entries of one folder, one behind the other; 0: it is asked for by
 * its reference. */
static uint32_t
run_from(const bulk_list *list, size_t i)
{
    const n2_fetch_item *first = &list->items[i];
    uint32_t n = 0;

    while (is_by_number(first) && i + n < list->n) {
        const n2_fetch_item *item = &list->items[i + n];

        if (!is_by_number(item) || item->at != first->at + n ||
            !n2_id_equal(&item->folder.id, &first->folder.id))
            break;
        n++;
    }
    return n;
}

static void
put_pieces(n2_asm *block, const bulk_list *list)
{
    static const size_t room = N2_WALK_CONTENTS_MAX * N2_WALK_PIECE_BYTES;
    uint8_t *bytes = malloc(room);
    n2_writer w = n2_writer_init(bytes, bytes ? room : 0);

    for (size_t i = 0; i < list->n;) {
        uint32_t n = run_from(list, i);
        const n2_ref *ref = n ? &list->items[i].folder : &list->items[i].ref;

        n2_write_u8(&w, ref->id.method);
        n2_write_bytes(&w, ref->id.hash, sizeof ref->id.hash);
        n2_write_u64(&w, ref->size);
        n2_write_u32(&w, n ? list->items[i].at : 0);
        n2_write_u32(&w, n);
        i += n ? n : 1;
    }
    n2_asm_bytes(block, bytes, w.err ? 0 : w.len); /* without memory: it is refused */
    free(bytes);
}

void
n2_bulk_ask(n2_fetch *f, transfer *t, uint64_t now_us)
{
    remote *r = t->remote;
    n2_asm block;

    if (r->cant_walk) {
        n2_transfer_end(f, t, N2_ERR_UNSUPPORTED, now_us);
        return;
    }
    stretch *s = n2_stretch_grant(f, t, 0, (size_t)t->list->bytes, now_us);

    if (!s)
        return; /* in its turn */
    if (!n2_fetch_ask(f, r, ASK_WALK, t->id, (size_t)(s - f->stretches), &block, now_us)) {
        n2_stretch_give_up(f, s);
        return;
    }
    put_pieces(&block, t->list);
    n2_asm_u64(&block, s->address);
    n2_asm_word(&block, N2_WORD_WALK);
    n2_fetch_say(f, r, &block);
    t->list->is_answered = false;
    t->is_asked = true;
}

/* ---- the answer ---- */

n2_err
n2_bulk_answer(transfer *t, const n2_call *call)
{
    const n2_value *v = call->values;

    if (call->n_values != 1 || v->type != 'b' || v->len != t->list->n)
        return N2_ERR_FORMAT;
    for (size_t i = 0; i < v->len; i++)
        if (v->bytes[i] > 1)
            return N2_ERR_FORMAT;
    memcpy(t->list->has, v->bytes, v->len);
    t->list->is_answered = true;
    return N2_OK;
}

void
n2_bulk_lost(n2_fetch *f, transfer *t)
{
    n2_fetch_forget(f, t->remote, t->id);
    t->list->is_answered = false;
    t->is_asked = false;
}

void
n2_bulk_refused(n2_fetch *f, remote *r, uint64_t now_us)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        if (f->questions[i].remote == r && f->questions[i].kind == ASK_WALK)
            r->cant_walk = true;
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &f->transfers[i];

        if (t->id && t->phase == PHASE_WALK && t->remote == r && t->is_asked && r->cant_walk)
            n2_transfer_end(f, t, N2_ERR_UNSUPPORTED, now_us);
    }
}

/* ---- kept ---- */

typedef struct {
    n2_batch *batch; /* (owned) (nullable) */
    n2_batch_ref kept[N2_WALK_CONTENTS_MAX];
    size_t n_kept;
} catch;

/* N2_ERR_FORGED: a lie; other errors: of the store. */
static n2_err
take_one(n2_fetch *f, catch *c, const n2_fetch_item *item, const uint8_t *bytes)
{
    const n2_ref *ref = &item->ref;
    n2_object here = {0};
    n2_ref made;

    if (!n2_tree_check_whole(f->config.crypto, ref->id.method, bytes, (size_t)ref->size,
                             ref->id.hash))
        return N2_ERR_FORGED;
    n2_err err = n2_store_find(f->config.store, &ref->id, &here);
    if (err || here.state == N2_OBJECT_WHOLE)
        return err;
    err = n2_fetch_batch(f, &c->batch);
    if (!err)
        err = n2_batch_put(c->batch, ref->id.method, bytes, (size_t)ref->size, item->content,
                           &made);
    if (!err)
        c->kept[c->n_kept++] =
            (n2_batch_ref){.root = ref->id, .is_closed = n2_fetch_is_closed(f, item->content)};
    /* A folder that is none is its owner's fault: it is met, and said, by itself. */
    return item->content & N2_CONTENT_DIRECTORY && n2_is_lie(err) ? N2_OK : err;
}

static n2_err
take_all(n2_fetch *f, const bulk_list *list, const uint8_t *bytes, catch *c)
{
    n2_err err = N2_OK;
    size_t at = 0;

    for (size_t i = 0; i < list->n && !err; i++) {
        if (list->has[i])
            err = take_one(f, c, &list->items[i], bytes + at);
        at += (size_t)list->items[i].ref.size;
    }
    if (!err && c->n_kept)
        err = n2_batch_commit(
            c->batch, &(n2_batch_end){.owner = f->cache, .more = c->kept, .n_more = c->n_kept});
    return err;
}

static stretch *
written(n2_fetch *f, const transfer *t)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++)
        if (f->stretches[i].state == STRETCH_WAITS && f->stretches[i].transfer == t->id)
            return &f->stretches[i];
    return NULL;
}

void
n2_bulk_take(n2_fetch *f, transfer *t, uint64_t now_us)
{
    stretch *s = t->list->is_answered ? written(f, t) : NULL;
    catch *c = s ? calloc(1, sizeof *c) : NULL;
    remote *r = t->remote;

    if (!s)
        return;
    n2_err err = c ? take_all(f, t->list, s->memory, c) : N2_ERR_NOMEM;

    if (!err) {
        f->counts.n_walked += c->n_kept;
        t->done_bytes = t->list->bytes;
        n2_remote_served(r);
    }
    if (c)
        n2_batch_free(c->batch);
    free(c);
    s->state = STRETCH_FREE;
    t->n_stretches--;
    if (n2_is_lie(err))
        n2_remote_refuse(f, r, now_us);
    else
        n2_transfer_end(f, t, n2_or_here(err), now_us);
}
