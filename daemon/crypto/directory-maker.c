/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * directory-maker.c - directories made of entries that come in any order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/writer.h"
#include "crypto/directory-fields.h"
#include "crypto/directory.h"

/* One entry in the maker's arena, which may move: offsets, not pointers. */
typedef struct {
    uint32_t box_at, box_len;
    uint32_t name_at, name_len;
} item;

struct n2_directory_maker {
    const n2_unicode *unicode;
    n2_writer arena; /* entry boxes, one behind the other */
    item *items;     /* owned */
    size_t n_items, room;
    const uint8_t *attributes; /* (nullable) fields 65 of a directory that is copied */
    size_t attributes_len;
    uint8_t scratch[N2_BOX_BYTES_MAX];
};

n2_err
n2_directory_maker_new(n2_directory_maker **out, const n2_unicode *unicode)
{
    n2_directory_maker *m = calloc(1, sizeof *m);

    *out = m;
    if (!m)
        return N2_ERR_NOMEM;
    m->unicode = unicode;
    m->arena = n2_writer_init_growing(N2_BOX_DIRECTORY_BYTES_MAX);
    return N2_OK;
}

void
n2_directory_maker_free(n2_directory_maker *maker)
{
    if (!maker)
        return;
    n2_writer_clear(&maker->arena);
    free(maker->items);
    free(maker);
}

static n2_err
make_room(n2_directory_maker *m)
{
    if (m->n_items == N2_BOX_DIRECTORY_FIELDS_MAX)
        return N2_ERR_LIMIT;
    if (m->n_items < m->room)
        return N2_OK;
    size_t room = m->room ? 2 * m->room : 64;
    item *items = realloc(m->items, room * sizeof *items);
    if (!items)
        return N2_ERR_NOMEM;
    m->items = items;
    m->room = room;
    return N2_OK;
}

/* Takes a checked entry box. */
static n2_err
add_box(n2_directory_maker *m, const n2_box *box)
{
    size_t name_len = 0;
    const uint8_t *name = n2_box_bytes(box, ENTRY_NAME, &name_len);
    n2_err err = make_room(m);

    if (err)
        return err;
    item it = {.box_at = (uint32_t)m->arena.len,
               .box_len = (uint32_t)box->len,
               .name_at = (uint32_t)(m->arena.len + (size_t)(name - box->bytes)),
               .name_len = (uint32_t)name_len};
    n2_write_bytes(&m->arena, box->bytes, box->len);
    if (m->arena.err)
        return m->arena.err == N2_ERR_NOSPACE ? N2_ERR_LIMIT : m->arena.err;
    m->items[m->n_items++] = it;
    return N2_OK;
}

n2_err
n2_directory_maker_add(n2_directory_maker *maker, const n2_entry_spec *spec)
{
    n2_box_writer w = n2_box_begin(maker->scratch, sizeof maker->scratch, N2_KIND_ENTRY);
    n2_box box;

    if (spec->type < N2_ENTRY_FILE || spec->type > N2_ENTRY_LINK ||
        n2_utf8_check_name(spec->name, spec->name_len, maker->unicode))
        return N2_ERR_FORMAT;
    n2_box_put(&w, ENTRY_NAME, N2_TYPE_TEXT, spec->name, spec->name_len);
    n2_box_put_ref(&w, ENTRY_CONTENT, &spec->ref);
    n2_box_put_int(&w, ENTRY_TYPE, spec->type);
    for (size_t i = 0; i < spec->n_attrs; i++)
        n2_box_put_attr(&w, ENTRY_ATTRIBUTES, &spec->attrs[i]);
    n2_err err = n2_box_end(&w, &box, maker->unicode);
    if (err == N2_ERR_NOSPACE)
        err = N2_ERR_LIMIT;
    return err ? err : add_box(maker, &box);
}

typedef struct {
    const char *name;
    size_t name_len;
    n2_box box;
} sorted;

static int
compare_sorted(const void *left, const void *right)
{
    const sorted *a = left, *b = right;

    return n2_entry_name_compare(a->name, a->name_len, b->name, b->name_len);
}

/* (transfer full) (nullable): the items by name; *@total is what their fields take. */
static sorted *
sort_items(const n2_directory_maker *m, size_t *total)
{
    sorted *order = calloc(m->n_items + 1, sizeof *order);

    *total = 0;
    for (size_t i = 0; order && i < m->n_items; i++) {
        const item *it = &m->items[i];
        order[i].name = (const char *)m->arena.buf + it->name_at;
        order[i].name_len = it->name_len;
        order[i].box = (n2_box){.bytes = m->arena.buf + it->box_at, .len = it->box_len};
        *total += N2_FIELD_HEAD_BYTES + it->box_len;
    }
    if (order)
        qsort(order, m->n_items, sizeof *order, compare_sorted);
    return order;
}

n2_err
n2_directory_maker_finish(n2_directory_maker *maker, uint8_t **bytes, size_t *len)
{
    size_t total = 0;
    sorted *order = sort_items(maker, &total);
    uint8_t *buf = NULL;
    n2_box box;
    n2_err err = N2_OK;

    for (size_t i = 1; order && i < maker->n_items; i++)
        if (compare_sorted(&order[i - 1], &order[i]) == 0)
            err = N2_ERR_EXISTS;
    total += N2_BOX_HEAD_BYTES + maker->attributes_len;
    if (!err && total > N2_BOX_DIRECTORY_BYTES_MAX)
        err = N2_ERR_LIMIT;
    if (!err && order)
        buf = malloc(total);
    if (!err && !buf)
        err = N2_ERR_NOMEM;
    if (err)
        goto out;
    n2_box_writer w = n2_box_begin(buf, total, N2_KIND_DIRECTORY);
    if (maker->attributes_len)
        n2_write_bytes(&w.out, maker->attributes, maker->attributes_len);
    for (size_t i = 0; i < maker->n_items; i++)
        n2_box_put_box(&w, DIRECTORY_ENTRIES, &order[i].box);
    err = n2_box_end(&w, &box, maker->unicode);
    if (err)
        goto out;
    *bytes = buf;
    *len = box.len;
    buf = NULL;
out:
    free(buf);
    free(order);
    return err;
}

/* All entries of @dir but @name; *@found if that one was there. */
static n2_err
copy_others(n2_directory_maker *m,
            const n2_directory *dir,
            const n2_entry_spec *spec,
            bool *found)
{
    n2_entry e;
    n2_err err = N2_OK;

    for (size_t at = 0; !err && n2_directory_next(dir, &at, &e);) {
        bool same = e.name_len == spec->name_len && memcmp(e.name, spec->name, e.name_len) == 0;
        *found |= same;
        if (!same)
            err = add_box(m, &e.box);
    }
    return err;
}

/* The directory's own attributes stand before its entries, and are passed on as they are. */
static void
keep_attributes(n2_directory_maker *m, const n2_directory *dir)
{
    size_t at = 0, end = N2_BOX_HEAD_BYTES;
    n2_field f;

    while (n2_box_next(&dir->box, &at, &f) && f.number <= DIRECTORY_ATTRIBUTES)
        end = at;
    m->attributes = dir->bytes + N2_BOX_HEAD_BYTES;
    m->attributes_len = end - N2_BOX_HEAD_BYTES;
}

n2_err
n2_directory_with(const n2_directory *dir,
                  const n2_entry_spec *spec,
                  const n2_unicode *unicode,
                  uint8_t **bytes,
                  size_t *len)
{
    n2_directory_maker *m = NULL;
    bool found = false;
    n2_err err = n2_directory_maker_new(&m, unicode);

    if (err)
        return err;
    keep_attributes(m, dir);
    err = copy_others(m, dir, spec, &found);
    if (!err && !spec->type && !found)
        err = N2_ERR_NOTFOUND;
    if (!err && spec->type)
        err = n2_directory_maker_add(m, spec);
    if (!err)
        err = n2_directory_maker_finish(m, bytes, len);
    n2_directory_maker_free(m);
    return err;
}
