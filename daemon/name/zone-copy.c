/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-copy.c - zones as contents: written by who keeps one, checked and served by others.
 */
#include "name/zone-copy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "name/zone-private.h"

struct n2_zone_copy {
    const uint8_t *bytes;
    n2_zone_map *map;
    uint32_t *at; /* (owned) of each record's length, by its place in the map */
    n2_zone_head head;
    const uint8_t *head_bytes;
    size_t head_len;
};

void
n2_zone_copy_free(n2_zone_copy *copy)
{
    if (!copy)
        return;
    n2_zone_map_free(copy->map);
    free(copy->at);
    free(copy);
}

const n2_zone_head *
n2_zone_copy_head(const n2_zone_copy *copy)
{
    return &copy->head;
}

static n2_err
read_head(n2_zone_copy *copy,
          n2_reader *r,
          const n2_identity *zone,
          const n2_zone_head *before,
          int64_t wall_us,
          const n2_unicode *unicode)
{
    uint8_t version = n2_read_u8(r);

    copy->head_len = n2_read_u16(r);
    copy->head_bytes = n2_read_bytes(r, copy->head_len);
    if (r->err)
        return r->err;
    if (version != N2_ZONE_COPY_VERSION)
        return version > N2_ZONE_COPY_VERSION ? N2_ERR_VERSION : N2_ERR_FORMAT;
    n2_err err = n2_zone_head_check(&copy->head, zone, copy->head_bytes, copy->head_len,
                                    wall_us, unicode, NULL);
    if (err || !before)
        return err;
    switch (n2_zone_heads_compare(before, &copy->head)) {
    case N2_ZONE_HEADS_NEWER:
        return N2_OK;
    case N2_ZONE_HEADS_SAME:
    case N2_ZONE_HEADS_OLDER:
        return N2_ERR_EXISTS;
    case N2_ZONE_HEADS_FRAUD:
    case N2_ZONE_HEADS_BROKEN:
    case N2_ZONE_HEADS_HASTY:
        break;
    }
    return N2_ERR_FORGED;
}

/* Each has 64 bytes of the content at least, so what is allocated follows what was sent. */
static n2_err
read_records(n2_zone_copy *copy,
             n2_reader *r,
             size_t len,
             n2_zone_change *changes,
             const n2_unicode *unicode)
{
    for (uint32_t i = 0; i < copy->head.count; i++) {
        n2_zone_record record;
        copy->at[i] = (uint32_t)(len - n2_reader_left(r));
        uint16_t size = n2_read_u16(r);
        const uint8_t *bytes = n2_read_bytes(r, size);
        if (r->err)
            return r->err;
        n2_err err = n2_zone_record_check(&record, bytes, size, unicode);
        if (err)
            return err;
        n2_zone_label_hash(record.label, strlen(record.label), changes[i].entry.label);
        n2_sha256_of(bytes, size, changes[i].entry.record);
        if (i && memcmp(changes[i - 1].entry.label, changes[i].entry.label, N2_HASH_BYTES) >= 0)
            return N2_ERR_FORGED;
    }
    return n2_reader_finish(r);
}

static n2_err
read_map(
    n2_zone_copy *copy, n2_reader *r, size_t len, n2_crypto *crypto, const n2_unicode *unicode)
{
    enum {
        RECORD_BYTES_MIN = 2 + N2_BOX_HEAD_BYTES
    };
    uint8_t top[N2_HASH_BYTES];
    size_t count = copy->head.count;

    if (count > n2_reader_left(r) / RECORD_BYTES_MIN)
        return N2_ERR_TRUNCATED;
    n2_zone_change *changes = calloc(count + 1, sizeof *changes);
    copy->at = calloc(count + 1, sizeof *copy->at);
    n2_err err = changes && copy->at ? n2_zone_map_new(&copy->map, crypto) : N2_ERR_NOMEM;
    if (!err)
        err = read_records(copy, r, len, changes, unicode);
    if (!err)
        err = n2_zone_map_apply(copy->map, changes, count);
    free(changes);
    if (err)
        return err;
    n2_zone_map_top(copy->map, top);
    return memcmp(top, copy->head.top, N2_HASH_BYTES) == 0 ? N2_OK : N2_ERR_FORGED;
}

n2_err
n2_zone_copy_open(n2_zone_copy **out,
                  n2_crypto *crypto,
                  const uint8_t *bytes,
                  size_t len,
                  const n2_identity *zone,
                  const n2_zone_head *before,
                  int64_t wall_us,
                  const n2_unicode *unicode)
{
    n2_reader r = n2_reader_init(bytes, len);

    *out = NULL;
    if (len > UINT32_MAX)
        return N2_ERR_LIMIT;
    n2_zone_copy *copy = calloc(1, sizeof *copy);
    if (!copy)
        return N2_ERR_NOMEM;
    copy->bytes = bytes;
    n2_err err = read_head(copy, &r, zone, before, wall_us, unicode);
    if (!err)
        err = read_map(copy, &r, len, crypto, unicode);
    if (err)
        n2_zone_copy_free(copy);
    else
        *out = copy;
    return err;
}

void
n2_zone_copy_at(const n2_zone_copy *copy, uint32_t i, n2_slice *record)
{
    assert(i < copy->head.count);
    n2_reader r = n2_reader_init(copy->bytes + copy->at[i], 2 + N2_ZONE_RECORD_BYTES_MAX);

    record->len = n2_read_u16(&r);
    record->bytes = n2_read_bytes(&r, record->len); /* was checked */
}

n2_err
n2_zone_copy_peek(const uint8_t *bytes, size_t len, n2_slice *head)
{
    n2_reader r = n2_reader_init(bytes, len);

    (void)n2_read_u8(&r);
    head->len = n2_read_u16(&r);
    head->bytes = n2_read_bytes(&r, head->len);
    return r.err;
}

n2_err
n2_zone_copy_ask(
    const n2_zone_copy *copy, const char *label, size_t label_len, uint8_t *buf, size_t *len)
{
    uint8_t hash[N2_HASH_BYTES], hashes[N2_ZONE_PROOF_HASHES_MAX * N2_HASH_BYTES];
    n2_zone_answer_parts p = {.head = copy->head_bytes, .head_len = copy->head_len};

    n2_zone_label_hash(label, label_len, hash);
    if (n2_zone_map_answer(copy->map, hash, &p, hashes)) {
        n2_slice record;

        n2_zone_copy_at(copy, p.index, &record);
        p.record = record.bytes;
        p.record_len = record.len;
    }
    return n2_zone_answer_write(buf, N2_ZONE_ANSWER_BYTES_MAX, &p, len);
}

/* ---- by who keeps the zone ---- */

static void
write_record(n2_writer *w, const uint8_t *record, size_t len)
{
    n2_write_u16(w, (uint16_t)len);
    n2_write_bytes(w, record, len);
}

/* Rows as they are now and old records of those that changed, merged into those of the head. */
typedef struct {
    const waiting **waits; /* (owned) by label; the first of each label */
    size_t n, at;
    n2_writer *w;
} merging;

static int
compare_waits(const void *a, const void *b)
{
    const waiting *const *x = a, *const *y = b;
    int order = memcmp((*x)->label, (*y)->label, N2_HASH_BYTES);

    return order ? order : *x < *y ? -1 : 1; /* the earlier one lies before */
}

/* Gives out what changed, up to @label (NULL: all), and says whether that is among it. */
static bool
merge_up_to(merging *m, const uint8_t *label)
{
    bool is_there = false;

    while (m->at < m->n && !m->w->err) {
        const waiting *w = m->waits[m->at];
        int order = label ? memcmp(w->label, label, N2_HASH_BYTES) : -1;
        if (order > 0)
            break;
        is_there |= order == 0;
        if (w->before)
            write_record(m->w, w->before, w->before_len);
        m->at++;
    }
    return is_there;
}

static bool
merge_row(void *user, const n2_store_zone_name *name)
{
    merging *m = user;

    if (!merge_up_to(m, name->label))
        write_record(m->w, name->record, name->len);
    return !m->w->err;
}

n2_err
n2_zone_copy_write(n2_zone *zone, n2_writer *w)
{
    merging m = {.w = w};

    if (!zone->is_whole)
        return N2_ERR_STATE;
    m.waits = calloc(zone->n_waits + 1, sizeof *m.waits);
    if (!m.waits)
        return N2_ERR_NOMEM;
    for (size_t i = 0; i < zone->n_waits; i++)
        m.waits[i] = &zone->waits[i];
    qsort(m.waits, zone->n_waits, sizeof *m.waits, compare_waits);
    for (size_t i = 0; i < zone->n_waits; i++)
        if (!m.n || memcmp(m.waits[m.n - 1]->label, m.waits[i]->label, N2_HASH_BYTES) != 0)
            m.waits[m.n++] = m.waits[i];
    n2_write_u8(w, N2_ZONE_COPY_VERSION);
    n2_write_u16(w, (uint16_t)zone->head_len);
    n2_write_bytes(w, zone->head_bytes, zone->head_len);
    n2_err err = n2_store_zone_names(zone->store, &zone->rules.zone, merge_row, &m);
    if (!err)
        (void)merge_up_to(&m, NULL);
    free(m.waits);
    return err ? err : w->err;
}
