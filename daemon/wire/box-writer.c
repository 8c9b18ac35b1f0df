/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * box-writer.c - boxes written: fields in order, sets sorted, checked as a reader would.
 */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "wire/box.h"

enum {
    LENGTH_AT = 4 /* in the head */
};

n2_box_writer
n2_box_begin(void *buf, size_t cap, uint8_t kind)
{
    n2_box_writer w = {.out = n2_writer_init(buf, cap), .kind = kind};
    const n2_kind_rule *rule = n2_kind_rule_of(kind);

    n2_write_u8(&w.out, 'n');
    n2_write_u8(&w.out, '2');
    n2_write_u8(&w.out, kind);
    n2_write_u8(&w.out, rule ? rule->version : 0);
    n2_write_u32(&w.out, 0);
    return w;
}

static void
put_head(n2_box_writer *w, uint8_t number, uint8_t type, size_t len)
{
    if (len > UINT16_MAX)
        n2_writer_fail(&w->out, N2_ERR_LIMIT);
    n2_write_u8(&w->out, number);
    n2_write_u8(&w->out, type);
    n2_write_u16(&w->out, (uint16_t)len);
}

void
n2_box_put(n2_box_writer *w, uint8_t number, uint8_t type, const void *value, size_t len)
{
    put_head(w, number, type, len);
    if (len)
        n2_write_bytes(&w->out, value, len);
}

void
n2_box_put_text(n2_box_writer *w, uint8_t number, const char *text)
{
    n2_box_put(w, number, N2_TYPE_TEXT, text, strlen(text));
}

void
n2_box_put_bytes(n2_box_writer *w, uint8_t number, const void *bytes, size_t len)
{
    n2_box_put(w, number, N2_TYPE_BYTES, bytes, len);
}

void
n2_box_put_int(n2_box_writer *w, uint8_t number, int64_t value)
{
    put_head(w, number, N2_TYPE_INT, 8);
    n2_write_u64(&w->out, (uint64_t)value);
}

void
n2_box_put_time(n2_box_writer *w, uint8_t number, int64_t us)
{
    put_head(w, number, N2_TYPE_TIME, 8);
    n2_write_u64(&w->out, (uint64_t)us);
}

void
n2_box_put_ref(n2_box_writer *w, uint8_t number, const n2_ref *ref)
{
    put_head(w, number, N2_TYPE_REF, N2_REF_BYTES);
    n2_write_u8(&w->out, ref->id.method);
    n2_write_bytes(&w->out, ref->id.hash, sizeof ref->id.hash);
    n2_write_u64(&w->out, ref->size);
}

void
n2_box_put_id(n2_box_writer *w, uint8_t number, const n2_id *id)
{
    put_head(w, number, N2_TYPE_ID, N2_ID_BYTES);
    n2_write_u8(&w->out, id->method);
    n2_write_bytes(&w->out, id->hash, sizeof id->hash);
}

void
n2_box_put_key(n2_box_writer *w, uint8_t number, const n2_key *key)
{
    put_head(w, number, N2_TYPE_KEY, 1 + n2_key_bytes(key->method));
    n2_write_u8(&w->out, key->method);
    n2_write_bytes(&w->out, key->bytes, n2_key_bytes(key->method));
}

void
n2_box_put_box(n2_box_writer *w, uint8_t number, const n2_box *box)
{
    n2_box_put(w, number, N2_TYPE_BOX, box->bytes, box->len);
}

void
n2_box_put_attr(n2_box_writer *w, uint8_t number, const n2_attr *a)
{
    put_head(w, number, N2_TYPE_ATTRIBUTE, 2u + a->name_len + a->len);
    n2_write_u8(&w->out, a->name_len);
    if (a->name_len)
        n2_write_bytes(&w->out, a->name, a->name_len);
    n2_write_u8(&w->out, a->type);
    if (a->len)
        n2_write_bytes(&w->out, a->value, a->len);
}

static int
compare_fields(const void *left, const void *right)
{
    const n2_field *a = left, *b = right;
    size_t common = a->len < b->len ? a->len : b->len;
    int order = common ? memcmp(a->value, b->value, common) : 0;

    return order ? order : (int)a->len - (int)b->len;
}

/* Sorts the @n fields of one set that lie at @at in @len bytes together. */
static n2_err
sort_set(uint8_t *at, size_t len, size_t n)
{
    n2_field *fields = malloc(n * sizeof *fields);
    uint8_t *copy = malloc(len);
    n2_err err = fields && copy ? N2_OK : N2_ERR_NOMEM;

    if (err)
        goto out;
    memcpy(copy, at, len);
    n2_reader r = n2_reader_init(copy, len);
    for (size_t i = 0; i < n; i++) {
        fields[i].number = n2_read_u8(&r);
        fields[i].type = n2_read_u8(&r);
        fields[i].len = n2_read_u16(&r);
        fields[i].value = n2_read_bytes(&r, fields[i].len);
    }
    qsort(fields, n, sizeof *fields, compare_fields);
    n2_writer w = n2_writer_init(at, len);
    for (size_t i = 0; i < n; i++) {
        n2_write_u8(&w, fields[i].number);
        n2_write_u8(&w, fields[i].type);
        n2_write_u16(&w, fields[i].len);
        if (fields[i].len)
            n2_write_bytes(&w, fields[i].value, fields[i].len);
    }
    err = n2_writer_finish(&w, NULL);
out:
    free(copy);
    free(fields);
    return err;
}

static n2_err
sort_sets(uint8_t *buf, const n2_box *box)
{
    n2_field f;
    size_t start = 0, n = 0, at = 0, before = N2_BOX_HEAD_BYTES;
    uint8_t number = 0;
    n2_err err = N2_OK;

    while (!err && n2_box_next(box, &at, &f)) {
        if (f.number != number) {
            if (n > 1)
                err = sort_set(buf + start, before - start, n);
            start = before;
            n = 0;
            number = f.number;
        }
        if (number >= 64 && number < 128)
            n++;
        before = at;
    }
    if (!err && n > 1)
        err = sort_set(buf + start, before - start, n);
    return err;
}

n2_err
n2_box_end(n2_box_writer *w, n2_box *out, const n2_unicode *unicode)
{
    size_t len = 0;
    n2_err err = n2_writer_finish(&w->out, &len);

    *out = (n2_box){0};
    if (err)
        return err;
    n2_writer_patch_u32(&w->out, LENGTH_AT, (uint32_t)(len - N2_BOX_HEAD_BYTES));
    n2_box draft = {.bytes = w->out.buf, .len = len, .kind = w->kind};
    err = sort_sets(w->out.buf, &draft);
    return err ? err : n2_box_check(out, w->out.buf, len, w->kind, unicode);
}
