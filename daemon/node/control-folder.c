/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-folder.c - a folder with all that is in it: gathered, and told to its reader as the
 *                    archive that Files1.Publish reads, item by item.
 *
 *     gather --here--> head of the item --> its verified content --> the next ... --> end
 *        \--- not yet: the reader waits
 *
 * A folder comes before what is in it.  Links are told by their names, without content: what
 * they lead to is nobody's to say.
 */
#include <stdlib.h>
#include <string.h>

#include "base/writer.h"
#include "node/control-private.h"

enum {
    ITEM_DIRECTORY = 1,
    ITEM_FILE = 2,
    ITEM_END = 3,
    ITEM_LINK = 4,
    DEPTH_MAX = 64,
    PATH_BYTES_MAX = 4096,
    HEAD_BYTES_MAX = 1 + 2 + PATH_BYTES_MAX + 8 + 8
};

typedef struct {
    n2_gather gather;
    uint8_t head[HEAD_BYTES_MAX]; /* of the item at hand */
    size_t head_len, head_at;
    n2_checked content;
    bool has_content;
    bool is_all; /* the end is in the head */
    uint64_t at; /* in the content */
    uint64_t n_items, bytes;
} folder;

bool
n2_folder_is(const job *j)
{
    return j->kind == N2_JOB_OPEN && j->flags & N2_REQUEST_WHOLE;
}

static void
free_folder(void *state)
{
    folder *f = state;

    if (f->has_content)
        n2_checked_close(f->gather.control->config.store, &f->content);
    n2_gather_clear(&f->gather);
    free(f);
}

/* ---- one item ---- */

/* Names from where we began, with '/' between them. */
static n2_err
put_path(n2_writer *w, const n2_gather *g, size_t at)
{
    const char *names[DEPTH_MAX];
    size_t n = 0, len = 0;

    for (; g->items[at].folder != SIZE_MAX; at = g->items[at].folder) {
        if (n == DEPTH_MAX)
            return N2_ERR_LIMIT;
        names[n++] = g->items[at].name;
        len += strlen(g->items[at].name) + 1;
    }
    if (!n || len - 1 > PATH_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_write_u16(w, (uint16_t)(len - 1));
    while (n--) {
        n2_write_bytes(w, names[n], strlen(names[n]));
        if (n)
            n2_write_u8(w, '/');
    }
    return N2_OK;
}

static n2_err
begin_item(folder *f, size_t at)
{
    const n2_gather_item *item = &f->gather.items[at];
    n2_store *store = f->gather.control->config.store;
    n2_writer w = n2_writer_init(f->head, sizeof f->head);
    bool is_file = item->type == N2_ENTRY_FILE;
    n2_err err = N2_OK;

    if (is_file)
        err = n2_checked_open(store, &item->ref.id, &f->content);
    if (err) {
        n2_checked_close(store, &f->content);
        return err;
    }
    f->has_content = is_file;
    f->at = 0;
    n2_write_u8(&w, is_file                      ? ITEM_FILE
                    : item->type == N2_ENTRY_DIR ? ITEM_DIRECTORY
                                                 : ITEM_LINK);
    err = put_path(&w, &f->gather, at);
    n2_write_u64(&w, is_file ? f->content.view.len : 0);
    n2_write_u64(&w, (uint64_t)item->modified_us);
    f->head_len = w.len;
    f->head_at = 0;
    f->n_items++;
    return err ? err : w.err;
}

static void
begin_end(folder *f)
{
    f->head[0] = ITEM_END;
    f->head_len = 1;
    f->head_at = 0;
    f->is_all = true;
}

/* ---- to the reader ---- */

static n2_err
copy_content(folder *f, uint8_t *buf, size_t len, size_t *out_len)
{
    n2_store *store = f->gather.control->config.store;
    const uint8_t *bytes = NULL;
    size_t n = 0;
    n2_err err = N2_OK;

    *out_len = 0;
    if (f->at < f->content.view.len)
        err = n2_checked_bytes(store, &f->content, f->at, &bytes, &n);
    if (err)
        return err;
    n = n < len ? n : len;
    if (n)
        memcpy(buf, bytes, n);
    f->at += n;
    *out_len = n;
    if (f->at == f->content.view.len) {
        n2_checked_close(store, &f->content);
        f->has_content = false;
    }
    return N2_OK;
}

/* What is at hand; N2_ERR_BUSY: the next is not here yet. */
static n2_err
copy_some(folder *f, job *j, uint8_t *buf, size_t len, size_t *out_len)
{
    size_t left = f->head_len - f->head_at;
    size_t at = SIZE_MAX;

    if (left) {
        *out_len = left < len ? left : len;
        memcpy(buf, f->head + f->head_at, *out_len);
        f->head_at += *out_len;
        return N2_OK;
    }
    if (f->has_content)
        return copy_content(f, buf, len, out_len);
    *out_len = 0;
    if (j->transfer)
        return N2_ERR_BUSY;
    n2_err err = n2_gather_next(&f->gather, j, &at);
    if (err)
        return err;
    if (at == SIZE_MAX)
        begin_end(f);
    else if (at)
        err = begin_item(f, at);
    return err; /* the folder itself is no item */
}

static bool
is_over(const folder *f)
{
    return f->is_all && f->head_at == f->head_len;
}

n2_err
n2_folder_copy(n2_control *c, job *j, uint8_t *buf, size_t len, size_t *out_len)
{
    folder *f = j->state;
    n2_err err = N2_OK;

    while (!err && *out_len < len && !is_over(f)) {
        size_t n = 0;

        err = copy_some(f, j, buf + *out_len, len - *out_len, &n);
        *out_len += n;
    }
    if (err && err != N2_ERR_BUSY) {
        n2_open_failed(c, j, err);
        return err;
    }
    j->walk->is_dry = !*out_len;
    if (is_over(f))
        n2_job_done(c, j, NULL);
    else if (!err)
        j->awaits = j->transfer ? AWAIT_GATHER : AWAIT_READER;
    return N2_OK;
}

void
n2_folder_begin(n2_control *c, job *j)
{
    folder *f = calloc(1, sizeof *f);

    j->state = f;
    j->free_state = free_folder;
    n2_err err = f ? n2_gather_begin(&f->gather, c, j, true, true) : N2_ERR_NOMEM;

    if (err) {
        n2_open_failed(c, j, err);
        return;
    }
    j->walk->is_dry = true;
    j->awaits = AWAIT_READER;
    n2_reading_tell(c, j);
}

void
n2_folder_event(n2_control *c, job *j, const n2_fetch_event *event)
{
    folder *f = j->state;
    n2_err err = n2_gather_event(&f->gather, event);

    if (err) {
        n2_open_failed(c, j, err);
        return;
    }
    j->awaits = AWAIT_READER;
    n2_reading_wake(c, j);
}
