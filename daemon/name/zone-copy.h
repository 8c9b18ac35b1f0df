/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-copy.h - a zone as one content: what a primary gives out, and what a secondary serves.
 *
 * Layer:     name (may include: base, wire, crypto, store).
 * Source:    data.md, section 4: a secondary fetches the map as content and can't forge.
 * Form:      version 1 (1), length 2 and head (a statement around kind 16), then all records,
 *            ascending by the hash of their labels, each with its length 2 before it.
 * Invariant: a copy that n2_zone_copy_open() let through has the top and the count of its head,
 *            so each answer of it is, byte by byte, the one that the primary gives.
 */
#pragma once

#include "base/writer.h"
#include "crypto/nodekey.h"
#include "name/zone.h"

enum {
    N2_ZONE_COPY_VERSION = 1
};

/**
 * Writes the content: of the last signed head, whatever was granted since.
 *
 * @w: takes it; fails with N2_ERR_NOSPACE, N2_ERR_NOMEM at its own limit.
 *
 * Returns: N2_OK, N2_ERR_STATE (no head of these names is signed yet), what the writer or the
 *          disk says.
 */
N2_MUST_USE n2_err n2_zone_copy_write(n2_zone *zone, n2_writer *w);

typedef struct n2_zone_copy n2_zone_copy;

/**
 * Opens a content that was fetched.
 *
 * @bytes:   (transfer none) outlive the copy.
 * @zone:    the zone's keys, as known now.
 * @before:  (nullable): the newest head of it that was seen.
 * @wall_us: 0 = unknown: then the head's life is not looked at.
 *
 * Returns: N2_OK
 *          N2_ERR_FORGED   the records lead to another top, are not sorted, or the head is not
 *                          the zone's; or it and @before prove fraud: both are to be kept
 *          N2_ERR_EXISTS   its head is @before or older: nothing new
 *          N2_ERR_VERSION, N2_ERR_TRUNCATED, N2_ERR_FORMAT, N2_ERR_LIMIT, N2_ERR_NOMEM, and
 *          others of n2_zone_head_check() and n2_zone_record_check()
 */
N2_MUST_USE n2_err n2_zone_copy_open(n2_zone_copy **out,
                                     n2_crypto *crypto,
                                     const uint8_t *bytes,
                                     size_t len,
                                     const n2_identity *zone,
                                     const n2_zone_head *before,
                                     int64_t wall_us,
                                     const n2_unicode *unicode);

/** @copy: (transfer full) (nullable). */
void n2_zone_copy_free(n2_zone_copy *copy);

const n2_zone_head *n2_zone_copy_head(const n2_zone_copy *copy);

/** The @i-th record in the map's order, below the head's count (asserted).  @record: (out):
 * borrowed from the copy's bytes. */
void n2_zone_copy_at(const n2_zone_copy *copy, uint32_t i, n2_slice *record);

/** The head that a content begins with, unchecked; borrowed.  Returns: N2_OK, N2_ERR_TRUNCATED.
 */
N2_MUST_USE n2_err n2_zone_copy_peek(const uint8_t *bytes, size_t len, n2_slice *head);

/** As n2_zone_ask(): the same bytes.  @buf: N2_ZONE_ANSWER_BYTES_MAX.  Returns: N2_OK. */
N2_MUST_USE n2_err n2_zone_copy_ask(
    const n2_zone_copy *copy, const char *label, size_t label_len, uint8_t *buf, size_t *len);
