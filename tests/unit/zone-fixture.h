/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-fixture.h - a zone made the slow way: its tree by the definition, level by level of
 *                  recursion, and answers put together from it.
 */
#pragma once

#include "identity-world.h"

#include "host/unicode.h"
#include "name/zone-proof.h"

enum {
    ZONE_NAMES = 48
};

typedef struct {
    char label[16];
    guint8 record[N2_ZONE_RECORD_BYTES_MAX];
    gsize len;
    n2_zone_entry entry;
    guint8 leaf[N2_HASH_BYTES];
} zone_name;

typedef struct {
    world w;
    n2_signing_key key; /* right zone */
    n2_identity who;    /* with that key */
    zone_name names[ZONE_NAMES];
    guint32 count;
    n2_zone_head head;
    GBytes *signed_head;
} zone_world;

static inline n2_zone_record
zone_record_of(const char *label, guint8 owner)
{
    n2_zone_record r = {.who = {.method = N2_METHOD_SHA256, .hash = {owner}},
                        .since_us = now - 9 * day,
                        .until_us = now + 300 * day,
                        .caching_s = 3600};

    g_strlcpy(r.label, label, sizeof r.label);
    return r;
}

static inline void
zone_name_init(zone_name *n, const char *label, guint8 owner)
{
    n2_zone_record from = zone_record_of(label, owner), r;

    g_strlcpy(n->label, label, sizeof n->label);
    g_assert_cmpint(n2_zone_record_write(n->record, sizeof n->record, &from, NULL, 0, NULL, 0,
                                         n2_host_unicode(), &r),
                    ==, N2_OK);
    n->len = r.box.len;
    n2_sha256_of(label, strlen(label), n->entry.label);
    n2_sha256_of(n->record, n->len, n->entry.record);
    guint8 piece[65] = {3};
    memcpy(piece + 1, n->entry.label, 32);
    memcpy(piece + 33, n->entry.record, 32);
    n2_sha256_of(piece, sizeof piece, n->leaf);
}

static inline int
zone_name_compare(const void *a, const void *b)
{
    return memcmp(((const zone_name *)a)->entry.label, ((const zone_name *)b)->entry.label, 32);
}

/* The definition, no more: H(1 | left | right), left = the greatest power of two below. */
static inline void
zone_slow_top(const zone_name *names, guint32 count, guint8 top[32])
{
    guint8 piece[65] = {1};
    guint32 left = 1;

    if (!count) {
        n2_sha256_of("", 1, top);
        return;
    }
    if (count == 1) {
        memcpy(top, names->leaf, 32);
        return;
    }
    while (left * 2 < count)
        left *= 2;
    zone_slow_top(names, left, piece + 1);
    zone_slow_top(names + left, count - left, piece + 33);
    n2_sha256_of(piece, sizeof piece, top);
}

/* Hashes that prove @n leaves from @index on. */
static inline gsize
zone_slow_proof(
    const zone_name *names, guint32 count, gint64 index, gint64 n, guint8 (*out)[32])
{
    guint32 left = 1;

    if (index + n <= 0 || index >= count) {
        zone_slow_top(names, count, out[0]);
        return 1;
    }
    if (count == 1)
        return 0;
    while (left * 2 < count)
        left *= 2;
    gsize a = zone_slow_proof(names, left, index, n, out);
    return a + zone_slow_proof(names + left, count - left, index - left, n, out + a);
}

static inline GBytes *
zone_sign_head(const zone_world *z, const n2_zone_head *head, const n2_signing_key *by)
{
    guint8 buf[1024];
    n2_box body;

    g_assert_cmpint(n2_zone_head_body(buf, sizeof buf, head, &body), ==, N2_OK);
    return say(&body, BY(by ? by : &z->key));
}

static inline void
zone_make_head(zone_world *z)
{
    z->head = (n2_zone_head){.zone = z->w.id,
                             .serial = 7,
                             .count = z->count,
                             .made_us = now - SECOND,
                             .until_us = now + day / 2,
                             .previous = {1, 2, 3}};
    zone_slow_top(z->names, z->count, z->head.top);
    g_clear_pointer(&z->signed_head, g_bytes_unref);
    z->signed_head = zone_sign_head(z, &z->head, NULL);
}

/* Names "n0" on, @count of them. */
static inline void
zone_fill(zone_world *z, guint32 count)
{
    z->count = count;
    for (guint32 i = 0; i < count; i++) {
        char label[16];
        g_snprintf(label, sizeof label, "n%u", i);
        zone_name_init(&z->names[i], label, (guint8)(i + 1));
    }
    qsort(z->names, count, sizeof z->names[0], zone_name_compare);
    zone_make_head(z);
}

static inline void
zone_world_init(zone_world *z, guint32 count)
{
    guint8 buf[1024];
    n2_box body;

    memset(z, 0, sizeof *z);
    world_init(&z->w, 1);
    z->key = key(40);
    n2_identity_set *set = set_of(&z->w);
    n2_grant grant = grant_of(&z->key, N2_RIGHT_ZONE);
    g_assert_cmpint(n2_add_body(buf, sizeof buf, &z->w.born, &grant, "zone", &body), ==, N2_OK);
    g_autoptr(GBytes) add = say(&body, BY(&z->w.control[0], &z->key));
    assert_took(set, add);
    z->who = look(set);
    n2_identity_set_free(set);
    zone_fill(z, count);
}

static inline void
zone_world_clear(zone_world *z)
{
    g_bytes_unref(z->signed_head);
    world_clear(&z->w);
}

/* The answer for @label that an honest zone gives. */
static inline GBytes *
zone_answer(const zone_world *z, const char *label)
{
    guint8 want[32], buf[N2_ZONE_ANSWER_BYTES_MAX], hashes[N2_ZONE_PROOF_HASHES_MAX][32];
    n2_zone_answer_parts p = {.hashes = hashes[0]};
    guint32 at = 0;
    gsize len = 0;

    p.head = g_bytes_get_data(z->signed_head, &p.head_len);
    n2_sha256_of(label, strlen(label), want);
    while (at < z->count && memcmp(z->names[at].entry.label, want, 32) < 0)
        at++;
    if (at < z->count && memcmp(z->names[at].entry.label, want, 32) == 0) {
        p.record = z->names[at].record;
        p.record_len = z->names[at].len;
        p.index = at;
        p.n_hashes = zone_slow_proof(z->names, z->count, at, 1, hashes);
    } else if (z->count) {
        p.index = at ? at - 1 : 0;
        p.n_neighbours = at && at < z->count ? 2 : 1;
        for (guint32 i = 0; i < p.n_neighbours; i++)
            p.neighbours[i] = z->names[p.index + i].entry;
        p.n_hashes = zone_slow_proof(z->names, z->count, p.index, p.n_neighbours, hashes);
    }
    g_assert_cmpint(n2_zone_answer_write(buf, sizeof buf, &p, &len), ==, N2_OK);
    return g_bytes_new(buf, len);
}

/* Checks a copy of just its length. */
static inline n2_err
zone_check(const zone_world *z, GBytes *answer, const char *label, gint64 wall_us, gboolean *is)
{
    gsize len;
    const guint8 *bytes = g_bytes_get_data(answer, &len);
    g_autofree guint8 *exact = g_memdup2(bytes, len);
    n2_zone_answer a;
    n2_err err = n2_zone_answer_check(&a, exact, len, label, strlen(label), &z->who, wall_us,
                                      n2_host_unicode(), NULL);

    g_assert_true(!err || !a.is_there);
    if (!err && a.is_there)
        g_assert_cmpstr(a.record.label, ==, label);
    *is = a.is_there;
    return err;
}
