/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-proof.c - writing and checking the answers of zones.
 */
#include "name/zone-proof.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"

enum {
    WHAT_RECORD = 1,
    WHAT_NONE = 2,
    PREFIX_LEAF = 3,
    PREFIX_NODE = 1,
    PREFIX_EMPTY = 0
};

void
n2_zone_label_hash(const char *label, size_t len, uint8_t hash[static N2_HASH_BYTES])
{
    n2_sha256_of(label, len, hash);
}

static void
hash_two(uint8_t prefix,
         const uint8_t a[static N2_HASH_BYTES],
         const uint8_t b[static N2_HASH_BYTES],
         uint8_t out[static N2_HASH_BYTES])
{
    uint8_t piece[1 + 2 * N2_HASH_BYTES] = {prefix};

    memcpy(piece + 1, a, N2_HASH_BYTES);
    memcpy(piece + 1 + N2_HASH_BYTES, b, N2_HASH_BYTES);
    n2_sha256_of(piece, sizeof piece, out);
}

void
n2_zone_leaf(const n2_zone_entry *e, uint8_t leaf[static N2_HASH_BYTES])
{
    hash_two(PREFIX_LEAF, e->label, e->record, leaf);
}

/* ---- the way down ---- */

/* Leaves of the left side of a tree of @count, 2 at least. */
static uint32_t
left_of(uint32_t count)
{
    uint32_t left = 1;

    while (left < count - left)
        left *= 2;
    return left;
}

size_t
n2_zone_proof_hashes(uint32_t count, uint32_t index, uint32_t n)
{
    if (!count)
        return 0;
    if (!n)
        return 1;
    if (n == count)
        return 0;
    assert(index < count && n <= count - index);
    uint32_t left = left_of(count);
    uint32_t in_left = index >= left ? 0 : n < left - index ? n : left - index;

    return n2_zone_proof_hashes(left, in_left ? index : 0, in_left) +
           n2_zone_proof_hashes(count - left, index > left ? index - left : 0, n - in_left);
}

/* Puts the leaves that are shown and the hashes of the rest together; both move on. */
static void
climb(uint32_t count,
      uint32_t index,
      const uint8_t **leaves,
      uint32_t n,
      const uint8_t **hashes,
      uint8_t top[static N2_HASH_BYTES])
{
    uint8_t sides[2][N2_HASH_BYTES];

    if (!n) {
        memcpy(top, *hashes, N2_HASH_BYTES);
        *hashes += N2_HASH_BYTES;
        return;
    }
    if (count == 1) {
        memcpy(top, *leaves, N2_HASH_BYTES);
        *leaves += N2_HASH_BYTES;
        return;
    }
    uint32_t left = left_of(count);
    uint32_t in_left = index >= left ? 0 : n < left - index ? n : left - index;

    climb(left, in_left ? index : 0, leaves, in_left, hashes, sides[0]);
    climb(count - left, index > left ? index - left : 0, leaves, n - in_left, hashes, sides[1]);
    hash_two(PREFIX_NODE, sides[0], sides[1], top);
}

void
n2_zone_proof_top(uint32_t count,
                  uint32_t index,
                  const uint8_t *leaves,
                  uint32_t n,
                  const uint8_t *hashes,
                  uint8_t top[static N2_HASH_BYTES])
{
    const uint8_t empty = PREFIX_EMPTY;

    if (count)
        climb(count, index, &leaves, n, &hashes, top);
    else
        n2_sha256_of(&empty, 1, top);
}

/* ---- writing ---- */

n2_err
n2_zone_answer_write(void *buf, size_t cap, const n2_zone_answer_parts *p, size_t *len)
{
    n2_writer w =
        n2_writer_init(buf, cap < N2_ZONE_ANSWER_BYTES_MAX ? cap : N2_ZONE_ANSWER_BYTES_MAX);

    assert(p->head_len <= N2_ZONE_HEAD_BYTES_MAX && p->n_neighbours <= 2);
    assert(p->record_len <= N2_ZONE_RECORD_BYTES_MAX);
    n2_write_u8(&w, N2_ZONE_ANSWER_VERSION);
    n2_write_u8(&w, p->record ? WHAT_RECORD : WHAT_NONE);
    n2_write_u32(&w, p->index);
    n2_write_u16(&w, (uint16_t)p->head_len);
    n2_write_bytes(&w, p->head, p->head_len);
    if (p->record) {
        n2_write_u16(&w, (uint16_t)p->record_len);
        n2_write_bytes(&w, p->record, p->record_len);
    } else {
        n2_write_u8(&w, (uint8_t)p->n_neighbours);
        for (uint32_t i = 0; i < p->n_neighbours; i++) {
            n2_write_bytes(&w, p->neighbours[i].label, N2_HASH_BYTES);
            n2_write_bytes(&w, p->neighbours[i].record, N2_HASH_BYTES);
        }
    }
    n2_write_bytes(&w, p->hashes, p->n_hashes * N2_HASH_BYTES);
    return n2_writer_finish(&w, len);
}

/* ---- reading ---- */

typedef struct {
    n2_zone_answer answer;
    uint8_t what;
    uint32_t index;
    uint32_t n; /* leaves that are shown */
    n2_zone_entry shown[2];
} parsed;

static n2_err
read_record(parsed *p, n2_reader *r, const n2_unicode *unicode)
{
    uint16_t len = n2_read_u16(r);
    const uint8_t *record = n2_read_bytes(r, len);

    if (r->err)
        return r->err;
    n2_err err = n2_zone_record_check(&p->answer.record, record, len, unicode);

    if (err)
        return err;
    n2_zone_label_hash(p->answer.record.label, strlen(p->answer.record.label),
                       p->shown[0].label);
    n2_sha256_of(record, len, p->shown[0].record);
    p->n = 1;
    p->answer.is_there = true;
    return N2_OK;
}

static n2_err
read_neighbours(parsed *p, n2_reader *r)
{
    uint8_t n = n2_read_u8(r);

    if (n > 2)
        return N2_ERR_FORMAT;
    for (p->n = 0; p->n < n; p->n++) {
        n2_read_copy(r, p->shown[p->n].label, N2_HASH_BYTES);
        n2_read_copy(r, p->shown[p->n].record, N2_HASH_BYTES);
    }
    return r->err;
}

static n2_err
read_head(parsed *p, n2_reader *r)
{
    n2_statement s;
    uint16_t len = n2_read_u16(r);
    const uint8_t *head = n2_read_bytes(r, len);

    if (r->err)
        return r->err;
    if (len > N2_ZONE_HEAD_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_err err = n2_statement_read(&s, head, len);
    if (!err)
        err = n2_zone_head_read(&p->answer.head, &s.body);
    p->answer.head_statement = head;
    p->answer.head_len = len;
    return err;
}

/* All that can be said without a key: the form, and whether proof and head agree. */
static n2_err
parse(parsed *p, const void *bytes, size_t len, const n2_unicode *unicode)
{
    n2_reader r = n2_reader_init(bytes, len);
    uint8_t leaves[2][N2_HASH_BYTES] = {{0}}, top[N2_HASH_BYTES];

    *p = (parsed){.what = 0};
    if (len > N2_ZONE_ANSWER_BYTES_MAX)
        return N2_ERR_LIMIT;
    uint8_t version = n2_read_u8(&r);
    p->what = n2_read_u8(&r);
    p->index = n2_read_u32(&r);
    if (r.err)
        return r.err;
    if (version != N2_ZONE_ANSWER_VERSION)
        return version > N2_ZONE_ANSWER_VERSION ? N2_ERR_VERSION : N2_ERR_FORMAT;
    if (p->what != WHAT_RECORD && p->what != WHAT_NONE)
        return N2_ERR_FORMAT;
    n2_err err = read_head(p, &r);
    if (!err)
        err = p->what == WHAT_RECORD ? read_record(p, &r, unicode) : read_neighbours(p, &r);
    if (err)
        return err;
    uint32_t count = p->answer.head.count;
    if (count ? !p->n || p->n > count || p->index > count - p->n : p->n || p->index)
        return N2_ERR_FORGED;
    size_t n_hashes = n2_zone_proof_hashes(count, p->index, p->n);
    const uint8_t *hashes = n2_read_bytes(&r, n_hashes * N2_HASH_BYTES);
    err = n2_reader_finish(&r);
    if (err)
        return err;
    for (uint32_t i = 0; i < p->n; i++)
        n2_zone_leaf(&p->shown[i], leaves[i]);
    n2_zone_proof_top(count, p->index, leaves[0], p->n, hashes, top);
    return memcmp(top, p->answer.head.top, N2_HASH_BYTES) == 0 ? N2_OK : N2_ERR_FORGED;
}

/* Do the leaves that are shown answer the question for @want? */
static bool
answers(const parsed *p, const uint8_t want[static N2_HASH_BYTES])
{
    uint32_t count = p->answer.head.count;

    if (p->what == WHAT_RECORD)
        return memcmp(p->shown[0].label, want, N2_HASH_BYTES) == 0;
    if (p->n == 0)
        return count == 0;
    int first = memcmp(want, p->shown[0].label, N2_HASH_BYTES);
    if (p->n == 1) /* an end of the map: before the first, or behind the last */
        return (p->index == 0 && first < 0) || (p->index == count - 1 && first > 0);
    return first > 0 && memcmp(want, p->shown[1].label, N2_HASH_BYTES) < 0;
}

n2_err
n2_zone_answer_read(n2_zone_answer *out,
                    const void *bytes,
                    size_t len,
                    const n2_unicode *unicode)
{
    parsed p;
    n2_err err = parse(&p, bytes, len, unicode);

    *out = err ? (n2_zone_answer){.is_there = false} : p.answer;
    return err;
}

n2_err
n2_zone_answer_check(n2_zone_answer *out,
                     const void *bytes,
                     size_t len,
                     const char *label,
                     size_t label_len,
                     const n2_identity *zone,
                     int64_t wall_us,
                     const n2_unicode *unicode,
                     n2_verified *verified)
{
    uint8_t want[N2_HASH_BYTES];
    parsed p;
    n2_zone_head head;
    n2_err err = parse(&p, bytes, len, unicode);

    *out = (n2_zone_answer){.is_there = false};
    if (err)
        return err;
    n2_zone_label_hash(label, label_len, want);
    if (!answers(&p, want))
        return N2_ERR_FORGED;
    err = n2_zone_head_check(&head, zone, p.answer.head_statement, p.answer.head_len, wall_us,
                             unicode, verified);
    if (!err)
        *out = p.answer;
    return err;
}
