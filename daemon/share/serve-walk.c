/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-walk.c - many short contents written to who asks in one go, one behind the other.
 *
 * Each of them is a question that the asker could ask by itself, looked up in the same way.
 * They are copied, as they lie in as many places; the copy lives until it was sent.
 */
#include "share/serve-private.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"

enum {
    COST_EACH = 64
};

/* What is asked for, and what it comes to. */
typedef struct {
    n2_ref refs[N2_WALK_CONTENTS_MAX];
    size_t n;
    uint64_t bytes;
} wish;

static n2_err
add(wish *w, const n2_ref *ref)
{
    if (w->n == N2_WALK_CONTENTS_MAX || ref->size > N2_GROUP_BYTES - w->bytes)
        return N2_ERR_USAGE;
    w->refs[w->n++] = *ref;
    w->bytes += ref->size;
    return N2_OK;
}

/* @count entries of a folder, which is looked up as if it had been asked for by itself. */
static n2_err
add_entries(n2_serve *s, wish *w, const n2_ref *folder, uint32_t first, uint32_t count)
{
    n2_view view = {0};
    n2_directory dir;
    n2_entry entry;
    size_t next = 0;

    if (folder->size > N2_WALK_FOLDER_BYTES || n2_serve_find(s, &folder->id, folder->size) ||
        n2_store_map(s->store, &folder->id, &view))
        return N2_ERR_NOTFOUND;
    n2_err err = n2_directory_check(&dir, view.bytes, view.len, NULL) ? N2_ERR_NOTFOUND : N2_OK;
    if (!err && (count > dir.n_entries || first > dir.n_entries - count))
        err = N2_ERR_USAGE;
    for (uint32_t at = 0; !err && at < first + count; at++) {
        if (!n2_directory_next(&dir, &next, &entry))
            err = N2_ERR_USAGE;
        else if (at >= first)
            err = entry.type == N2_ENTRY_LINK ? N2_ERR_USAGE : add(w, &entry.ref);
    }
    n2_store_unmap(s->store, &view);
    return err;
}

static n2_err
read_wish(n2_serve *s, wish *w, const n2_value *v)
{
    n2_reader r = n2_reader_init(v->bytes, v->len);
    n2_err err = v->len % N2_WALK_PIECE_BYTES ? N2_ERR_FORMAT : N2_OK;

    while (!err && n2_reader_left(&r)) {
        n2_ref ref = {.id.method = n2_read_u8(&r)};

        n2_read_copy(&r, ref.id.hash, sizeof ref.id.hash);
        ref.size = n2_read_u64(&r);
        uint32_t first = n2_read_u32(&r), count = n2_read_u32(&r);
        if (r.err)
            return N2_ERR_FORMAT;
        err = count ? add_entries(s, w, &ref, first, count) : add(w, &ref);
    }
    return err ? err : w->bytes ? N2_OK : N2_ERR_USAGE; /* empty ones need nobody */
}

/* A piece may name many. */
static n2_err
charge(n2_serve *s, const wish *w)
{
    n2_talker *t = s->talk->running;
    uint64_t cost = (uint64_t)w->n * COST_EACH;

    if (!t || cost > t->budget.left)
        return N2_ERR_BUDGET;
    t->budget.left -= cost;
    return N2_OK;
}

/* 'Not here', 'not for you' and what cannot be read are one. */
static bool
copy_one(n2_serve *s, const n2_ref *ref, uint8_t *to)
{
    n2_view view = {0};
    bool is_here = !n2_serve_find(s, &ref->id, ref->size) &&
                   !n2_store_map(s->store, &ref->id, &view) && view.len == ref->size;

    if (is_here && view.len)
        memcpy(to, view.bytes, view.len);
    n2_store_unmap(s->store, &view);
    return is_here;
}

static size_t
copy_all(n2_serve *s, const wish *w, uint8_t *copy, uint8_t *has)
{
    uint64_t at = 0;
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        has[i] = copy_one(s, &w->refs[i], copy + at);
        n += has[i];
        at += w->refs[i].size;
    }
    return n;
}

n2_err
n2_serve_do_walk(n2_serve *s, n2_conn conn, const n2_call *call)
{
    uint64_t address = call->arg[1].u;
    uint8_t has[N2_WALK_CONTENTS_MAX];
    wish *w = calloc(1, sizeof *w);
    uint8_t *copy = NULL;
    n2_err err = w ? read_wish(s, w, &call->arg[0]) : N2_ERR_NOMEM;

    if (!err && (!address || address >> 63))
        err = N2_ERR_USAGE;
    if (!err)
        err = charge(s, w);
    if (!err && w->bytes > N2_SERVE_WALK_BYTES - s->walk_bytes) {
        s->counts.n_walks_refused++;
        err = N2_ERR_LIMIT;
    }
    if (!err && !(copy = calloc(1, (size_t)w->bytes)))
        err = N2_ERR_NOMEM;
    if (!err && !copy_all(s, w, copy, has))
        err = N2_ERR_NOTFOUND;
    if (!err) {
        err = n2_serve_send_copy(s, conn, copy, w->bytes, address);
        copy = NULL;
    }
    if (!err) {
        n2_asm a = n2_talk_values();

        n2_asm_bytes(&a, has, w->n);
        n2_talk_answer(s->talk, &a, call->tag);
    }
    free(copy);
    free(w);
    return err;
}
