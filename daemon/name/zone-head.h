/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-head.h - the signed head of a zone (kind 16): the top of its tree, chained to the head
 *               before.
 *
 * Layer:  name (may include: base, wire, crypto).
 * Source: data.md, section 4: the head names the one before by the hash of its body; serials
 *         ascend by one; at most one in 10 s; none lives over 24 h.
 */
#pragma once

#include "crypto/identity.h"

typedef struct {
    n2_id zone;
    uint64_t serial; /* from 1, one more than the one before */
    uint8_t top[N2_HASH_BYTES];
    uint32_t count; /* names in the tree */
    int64_t made_us;
    int64_t until_us;
    uint8_t previous[N2_HASH_BYTES]; /* hash of the body before; serial 1: zeros */
    uint8_t hash[N2_HASH_BYTES];     /* of this body; set by reading, not written */
} n2_zone_head;

/** Body to be signed by a key with right zone.  Errors: identity.h, as n2_zone_head_read(). */
N2_MUST_USE n2_err n2_zone_head_body(void *buf,
                                     size_t cap,
                                     const n2_zone_head *head,
                                     n2_box *out);

/**
 * Reads a statement's body without asking who signed.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (no such kind, serial 0, a first head with another before it or
 *          a later one without), N2_ERR_LIMIT (more than N2_ZONE_NAMES_MAX names).
 */
N2_MUST_USE n2_err n2_zone_head_read(n2_zone_head *out, const n2_box *body);

/**
 * Checks form, signatures, life, and that a key of @zone with right zone signed it.
 *
 * @wall_us:  0 = unknown: then its life is not looked at.
 * @verified: (nullable): what is in there is not verified again.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (longer than N2_ZONE_HEAD_BYTES_MAX), as n2_identity_check().
 */
N2_MUST_USE n2_err n2_zone_head_check(n2_zone_head *out,
                                      const n2_identity *zone,
                                      const void *statement,
                                      size_t len,
                                      int64_t wall_us,
                                      const n2_unicode *unicode,
                                      n2_verified *verified);

/** What two heads of one zone, both checked, say of each other. */
typedef enum {
    N2_ZONE_HEADS_SAME,
    N2_ZONE_HEADS_NEWER,  /* the second comes later; nothing shows another chain */
    N2_ZONE_HEADS_OLDER,  /* the second comes before the first: rolled back, or delayed */
    N2_ZONE_HEADS_FRAUD,  /* one serial and two bodies: both together prove it to anybody */
    N2_ZONE_HEADS_BROKEN, /* serials follow each other, and the later names another before */
    N2_ZONE_HEADS_HASTY   /* the later was made within 10 s of the one just before */
} n2_zone_heads;

n2_zone_heads n2_zone_heads_compare(const n2_zone_head *seen, const n2_zone_head *now);
