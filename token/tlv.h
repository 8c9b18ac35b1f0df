/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tlv.h - BER-TLV as cards speak it: tags of 1 or 2 bytes, lengths of 1 to 3, all bounded.
 *
 * Layer: token (may include: base only).  Source: ISO 7816-4, 5.2.2.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"
#include "base/writer.h"

typedef struct {
    uint16_t tag;
    const uint8_t *bytes; /* (transfer none) inside the reader's buffer */
    size_t n;
} n2_tlv;

/**
 * The next object; zero bytes and FF between objects are passed over.
 *
 * Returns: false at the end, or if what is there is no object: the reader has failed then
 *          (N2_ERR_TRUNCATED, N2_ERR_FORMAT).
 */
bool n2_tlv_next(n2_reader *r, n2_tlv *tlv);

/**
 * What is inside @tag, if @bytes are that one object and nothing else; @bytes themselves if
 * not: cards answer with the outer tag or without.
 *
 * @is_short_allowed: its length may be more than what is there, which some cards get wrong.
 */
n2_tlv n2_tlv_unwrap(uint16_t tag, const uint8_t *bytes, size_t n, bool is_short_allowed);

/** Finds the first @tag among objects side by side; false if it is not there. */
bool n2_tlv_find(uint16_t tag, const uint8_t *bytes, size_t n, n2_tlv *tlv);

/** Writes a tag and the length of what the caller writes next. */
void n2_tlv_write_head(n2_writer *w, uint16_t tag, size_t n);
