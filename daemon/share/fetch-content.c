/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-content.c - one transfer on an open connection: what is asked, and what the answers
 * mean.
 *
 *     HEAD --head--> the end, or FOLLOW --as far as it goes--> the end
 *     SIZE --size--> NODES (above one group) --nodes hold--> STRETCHES --all there--> the end
 *                `-> STRETCHES (one group)
 *
 * The first stretches are asked for with the nodes; see fetch-stretch.c.
 */
#include "share/fetch-private.h"

#include <stdlib.h>
#include <string.h>

/* ---- the end ---- */

static void
slot_name(char out[static N2_ID_TEXT_BYTES], const n2_id *hash)
{
    n2_id_format(out, N2_ID_CONTENT, hash);
}

bool
n2_fetch_is_closed(const n2_fetch *f, unsigned content)
{
    return content & N2_CONTENT_CLOSED || (content & N2_CONTENT_ALONE && f->has_shown);
}

n2_err
n2_fetch_batch(n2_fetch *f, n2_batch **batch)
{
    n2_err err = *batch ? N2_OK : n2_batch_new(batch, f->config.store, N2_REALM_PUBLIC);

    /* That a folder names a content says nothing about whose it is. */
    if (!err)
        n2_batch_close_edges(*batch);
    return err;
}

/* Keeps what the batch brought as something that was read. */
static n2_err
keep(n2_fetch *f, transfer *t)
{
    char slot[N2_ID_TEXT_BYTES];

    slot_name(slot, &t->ref.id);
    return n2_batch_commit(t->batch,
                           &(n2_batch_end){.owner = f->cache,
                                           .slot = slot,
                                           .root = t->ref.id,
                                           .is_closed = n2_fetch_is_closed(f, t->content)});
}

void
n2_transfer_complete(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_err err = n2_part_finish(t->part);

    n2_part_free(t->part);
    t->part = NULL;
    if (!err)
        err = keep(f, t);
    n2_transfer_end(f, t, err, now_us);
}

n2_err
n2_transfer_open_part(n2_fetch *f, transfer *t)
{
    n2_err err = t->part ? N2_OK : n2_fetch_batch(f, &t->batch);

    if (!err && !t->part)
        err = n2_part_open(&t->part, t->batch, &t->ref, t->content);
    return err;
}

/* An empty content needs nobody: its root is a constant. */
static n2_err
make_empty(n2_fetch *f, transfer *t)
{
    uint8_t root[N2_HASH_BYTES];
    n2_ref made;

    n2_tree_root_of(f->config.crypto, t->ref.id.method, NULL, 0, root);
    if (memcmp(root, t->ref.id.hash, sizeof root) != 0)
        return N2_ERR_FORGED;
    n2_err err = n2_fetch_batch(f, &t->batch);

    if (!err)
        err = n2_batch_put(t->batch, t->ref.id.method, NULL, 0, t->content, &made);
    return err ? err : keep(f, t);
}

bool
n2_content_begin(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_object here;
    n2_err err = n2_store_find(f->config.store, &t->ref.id, &here);

    if (!err && here.state == N2_OBJECT_WHOLE) {
        t->ref.size = here.ref.size;
        n2_transfer_end(f, t, N2_OK, now_us);
        return true;
    }
    if (!err && !t->ref.size) {
        n2_transfer_end(f, t, make_empty(f, t), now_us);
        return true;
    }
    if (!err && here.state == N2_OBJECT_PART && here.ref.size == t->ref.size &&
        n2_transfer_groups(t) > 1)
        err = n2_transfer_open_part(f, t);
    if (err) {
        n2_transfer_end(f, t, n2_or_here(err), now_us);
        return true;
    }
    bool needs_nodes = n2_transfer_groups(t) > 1 && !(t->part && n2_part_has_nodes(t->part));

    t->phase = needs_nodes ? PHASE_NODES : PHASE_STRETCHES;
    if (t->part)
        for (uint64_t g = 0; g < n2_transfer_groups(t); g++)
            t->done_bytes += n2_part_has(t->part, g) ? n2_transfer_group_bytes(t, g) : 0;
    /* The last fetch stored all and ended before it was made whole. */
    if (t->part && n2_part_missing(t->part, 0) == n2_transfer_groups(t)) {
        n2_transfer_complete(f, t, now_us);
        return true;
    }
    return false;
}

/* ---- questions ---- */

void
n2_fetch_put_object(n2_asm *block, const transfer *t, const remote *r)
{
    const n2_ref *ref = t->list ? &t->list->items[0].ref : &t->ref;
    bool is_carried = n2_id_is_set(&t->cache) && n2_id_equal(&t->cache, &r->who);
    uint8_t bytes[N2_REF_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);

    n2_write_u8(&w, ref->id.method);
    n2_write_bytes(&w, ref->id.hash, sizeof ref->id.hash);
    n2_write_u64(&w, ref->size);
    n2_asm_bytes(block, bytes, sizeof bytes);
    if (is_carried) {
        uint8_t id[N2_ID_BYTES];

        id[0] = t->origin.method;
        memcpy(id + 1, t->origin.hash, sizeof t->origin.hash);
        n2_asm_bytes(block, id, sizeof id);
    }
    n2_asm_word(block, is_carried ? N2_WORD_CARRY : N2_WORD_OBJECT);
}

static void
ask_head(n2_fetch *f, transfer *t, uint64_t now_us)
{
    remote *r = t->remote;
    uint8_t id[N2_ID_BYTES];
    n2_asm block;

    if (r->head_us && now_us - r->head_us < N2_HEAD_FRESH_US) {
        n2_transfer_end(f, t, N2_OK, now_us);
        return;
    }
    if (!n2_fetch_ask(f, r, ASK_HEAD, t->id, 0, &block, now_us))
        return;
    id[0] = r->who.method;
    memcpy(id + 1, r->who.hash, sizeof r->who.hash);
    n2_asm_bytes(&block, id, sizeof id);
    n2_asm_word(&block, N2_WORD_HEAD);
    /* What is behind it tells what is wanted, so only one who is proven is asked.  In one
     * block, so that the answers leave at once: a pause between them would make the line seem
     * slow. */
    if (t->path && r->state == REMOTE_OPEN && !r->cant_follow)
        t->is_follow_asked = n2_follow_put(f, t, &block, now_us);
    n2_fetch_say(f, r, &block);
    t->is_asked = true;
}

static void
ask_follow(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_asm block = n2_asm_init();

    if (t->remote->cant_follow || !n2_follow_put(f, t, &block, now_us)) {
        n2_transfer_end(f, t, N2_OK, now_us);
        return;
    }
    t->is_asked = t->is_follow_asked = true;
    n2_fetch_say(f, t->remote, &block);
}

static void
ask_size(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_asm block;

    if (!n2_fetch_ask(f, t->remote, ASK_SIZE, t->id, 0, &block, now_us))
        return;
    n2_fetch_put_object(&block, t, t->remote);
    n2_asm_word(&block, N2_WORD_STAT);
    n2_fetch_say(f, t->remote, &block);
    t->is_asked = true;
}

static uint64_t
nodes_wanted(const transfer *t)
{
    uint64_t left = n2_transfer_groups(t) - t->n_nodes;

    return left < N2_SERVE_NODES_MAX ? left : N2_SERVE_NODES_MAX;
}

static void
ask_nodes(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_asm block;

    if (!n2_fetch_ask(f, t->remote, ASK_NODES, t->id, 0, &block, now_us))
        return;
    n2_fetch_put_object(&block, t, t->remote);
    n2_asm_u64(&block, N2_GROUP_LEVEL);
    n2_asm_u64(&block, t->n_nodes);
    n2_asm_u64(&block, nodes_wanted(t));
    n2_asm_word(&block, N2_WORD_NODES);
    n2_fetch_say(f, t->remote, &block);
    t->is_asked = true;
}

void
n2_content_advance(n2_fetch *f, transfer *t, uint64_t now_us)
{
    /* Its connection ended while the reader paused, and now there is something to ask again. */
    if (t->remote->state == REMOTE_IDLE &&
        (t->phase != PHASE_STRETCHES || n2_stretch_next_group(f, t) < n2_transfer_groups(t)))
        n2_remote_want(f, t->remote, now_us);
    /* The head is asked for with the proof, and answered after it: the question names nobody
     * but whom the proof is asked of. */
    bool is_heard = t->remote->state == REMOTE_OPEN ||
                    (t->remote->state == REMOTE_IDENTITY && t->phase == PHASE_HEAD);

    if (!is_heard || t->hands[t->holder].pause_until_us > now_us || t->is_asked)
        return;
    if (t->phase == PHASE_SIZE && t->ref.size != N2_SIZE_UNKNOWN &&
        n2_content_begin(f, t, now_us))
        return;
    switch (t->phase) {
    case PHASE_HEAD:
        n2_remote_prove_again(f, t->remote, now_us);
        ask_head(f, t, now_us);
        break;
    case PHASE_HEADS:
        n2_heads_ask(f, t, now_us);
        break;
    case PHASE_FOLLOW:
        ask_follow(f, t, now_us);
        break;
    case PHASE_SIZE:
        ask_size(f, t, now_us);
        break;
    case PHASE_NODES:
        ask_nodes(f, t, now_us);
        break;
    case PHASE_WALK:
        n2_bulk_ask(f, t, now_us);
        break;
    case PHASE_STRETCHES:
        break;
    }
}

void
n2_content_probe(n2_fetch *f, remote *r, uint64_t now_us)
{
    n2_asm block;

    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &f->transfers[i];

        bool writes = t->phase == PHASE_STRETCHES || t->phase == PHASE_WALK;

        if (!t->id || !n2_crew_has(t, r) || !writes ||
            !n2_fetch_ask(f, r, ASK_PROBE, 0, 0, &block, now_us))
            continue;
        n2_fetch_put_object(&block, t, r);
        n2_asm_word(&block, N2_WORD_STAT);
        n2_fetch_say(f, r, &block);
        return;
    }
}

/* ---- answers ---- */

static n2_err
take_head(n2_fetch *f, remote *r, const n2_call *call)
{
    n2_head_news news;
    n2_head head;

    if (call->n_values != 1 || call->values[0].type != 'b')
        return N2_ERR_FORMAT;
    n2_err err = n2_head_check(&head, &r->identity, call->values[0].bytes, call->values[0].len,
                               f->wall_us, f->config.unicode);

    if (!err && strcmp(head.branch, N2_BRANCH_MAIN) != 0)
        err = N2_ERR_FORMAT;
    if (!err)
        err = n2_store_head_put(f->config.store, call->values[0].bytes, call->values[0].len,
                                false, &news);
    if (!err && news != N2_HEAD_SAME)
        n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_NEWS, .who = r->who});
    return err;
}

static n2_err
take_size(transfer *t, const n2_call *call)
{
    if (call->n_values != 1 || call->values[0].type != 'u' ||
        call->values[0].u == N2_SIZE_UNKNOWN)
        return N2_ERR_FORMAT;
    t->ref.size = call->values[0].u;
    t->size_is_said = true;
    return N2_OK;
}

n2_err
n2_content_take_nodes(n2_fetch *f, transfer *t, const uint8_t *bytes, size_t len)
{
    uint64_t n = nodes_wanted(t);

    if (len != n * N2_HASH_BYTES)
        return N2_ERR_FORMAT;
    /* Grows with what came, never with the size that was said. */
    uint8_t(*grown)[N2_HASH_BYTES] =
        realloc(t->nodes, (size_t)(t->n_nodes + n) * N2_HASH_BYTES);

    if (!grown)
        return N2_ERR_NOMEM;
    t->nodes = grown;
    memcpy(t->nodes + t->n_nodes, bytes, len);
    t->n_nodes += n;
    if (t->n_nodes < n2_transfer_groups(t))
        return N2_OK;

    const uint8_t(*nodes)[N2_HASH_BYTES] = (const uint8_t(*)[N2_HASH_BYTES])t->nodes;
    n2_err err = N2_OK;

    if (!n2_tree_check_nodes(t->ref.id.method, t->ref.size, nodes, t->ref.id.hash))
        err = N2_ERR_FORGED;
    if (!err)
        err = n2_transfer_open_part(f, t);
    if (!err && !n2_part_has_nodes(t->part))
        err = n2_part_set_nodes(t->part, nodes, (size_t)t->n_nodes);
    free(t->nodes);
    t->nodes = NULL;
    t->n_nodes = 0;
    if (!err) {
        t->phase = PHASE_STRETCHES;
        t->size_is_said = false; /* it is proven now */
    }
    return err;
}

static n2_err
take_nodes(n2_fetch *f, transfer *t, const n2_call *call)
{
    const n2_value *v = call->values;

    return call->n_values == 1 && v->type == 'b' ? n2_content_take_nodes(f, t, v->bytes, v->len)
                                                 : N2_ERR_FORMAT;
}

/* The stretch that was asked for, if its bytes are still awaited: they may overtake the answer,
 * and the place be another's by then. */
static stretch *
stretch_of(n2_fetch *f, const question *q)
{
    stretch *s = &f->stretches[q->stretch];

    return s->state == STRETCH_ASKED && s->address == q->address ? s : NULL;
}

static n2_err
take_read(n2_fetch *f, const question *q, const n2_call *call)
{
    const stretch *s = stretch_of(f, q);
    bool fits = call->n_values == 1 && call->values[0].type == 'u' &&
                (!s || call->values[0].u == s->len);

    return fits ? N2_OK : N2_ERR_FORMAT;
}

/* The holder said no. */
static void
refused(n2_fetch *f, transfer *t, remote *r, const question *q, n2_err err, uint64_t now_us)
{
    stretch *s = q->kind == ASK_READ || q->kind == ASK_WALK ? stretch_of(f, q) : NULL;

    if (s)
        n2_stretch_give_up(f, s);
    if (t->remote == r)
        t->is_asked = false;
    bool is_early = err == N2_ERR_NOTFOUND && n2_show_is_awaited(r, now_us);
    if (err == N2_ERR_BUDGET || err == N2_ERR_LIMIT || is_early)
        n2_crew_hand(t, r)->pause_until_us = now_us + N2_FETCH_AGAIN_US;
    else
        n2_crew_fail(f, t, r, err, now_us);
}

/* The way down, as far as the holder went; an error of it is no error of the head. */
static void
followed(n2_fetch *f, remote *r, transfer *t, const n2_call *call, uint64_t now_us)
{
    n2_transfer id = t->id;

    if (t->phase != PHASE_FOLLOW) {
        t->is_follow_asked = false; /* the head was not to be had yet: once more */
        return;
    }
    if (n2_follow_answer(f, t, call, now_us)) {
        n2_remote_refuse(f, r, now_us);
        return;
    }
    t = n2_fetch_find(f, id);
    if (t)
        n2_transfer_end(f, t, N2_OK, now_us);
}

void
n2_content_answer(
    n2_fetch *f, remote *r, const question *q, const n2_call *call, uint64_t now_us)
{
    transfer *t = n2_fetch_find(f, q->transfer);
    n2_err err = N2_OK;

    if (!t || !n2_crew_has(t, r) || (t->remote != r && q->kind != ASK_READ))
        return;
    t->hedge_us = now_us + N2_FETCH_HEDGE_US;
    if (q->kind == ASK_FOLLOW) {
        followed(f, r, t, call, now_us);
        return;
    }
    if (call->err) {
        refused(f, t, r, q, call->err, now_us);
        return;
    }
    switch (q->kind) {
    case ASK_HEAD:
        err = r->state == REMOTE_OPEN ? take_head(f, r, call) : N2_ERR_FORMAT;
        break;
    case ASK_HEADS:
        err = n2_heads_take(f, r, call);
        break;
    case ASK_SIZE:
        err = take_size(t, call);
        break;
    case ASK_NODES:
        err = take_nodes(f, t, call);
        break;
    case ASK_READ:
        err = take_read(f, q, call);
        break;
    case ASK_WALK:
        err = n2_bulk_answer(t, call);
        break;
    case ASK_IDENTITY:
    case ASK_FOLLOW:
    case ASK_SHOW:
    case ASK_LOGIN:
    case ASK_PAIR:
    case ASK_NAME:
    case ASK_PROBE:
        return;
    }
    if (q->kind != ASK_READ && q->kind != ASK_WALK)
        t->is_asked = false;
    if (n2_is_lie(err)) {
        n2_remote_refuse(f, r, now_us);
    } else if (err) {
        n2_transfer_end(f, t, n2_or_here(err), now_us);
    } else if (q->kind == ASK_WALK) {
        n2_bulk_take(f, t, now_us);
    } else if (q->kind == ASK_HEADS) {
        n2_remote_served(r);
        n2_transfer_end(f, t, N2_OK, now_us);
    } else if (q->kind == ASK_HEAD) {
        r->head_us = now_us;
        n2_remote_served(r);
        if (t->path) {
            t->phase = PHASE_FOLLOW;
            t->is_asked = t->is_follow_asked;
        } else {
            n2_transfer_end(f, t, N2_OK, now_us);
        }
    } else if (q->kind == ASK_NODES && t->phase == PHASE_STRETCHES) {
        n2_stretch_take_waiting(f, t, now_us);
    }
}
