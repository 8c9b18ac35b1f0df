/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * varint.h - integers in as few bytes as they need.
 *
 * Layer: base (may include: libc only).
 * Form:  7 bits a byte, most significant group first; the top bit says that more follow.  Only
 *        the shortest form is legal (no leading 0x80), so a value has one encoding; 1 to 10
 *        bytes.  Signed values are folded first: 0, -1, 1, -2 become 0, 1, 2, 3.
 * Source: net2o, "64-bit variable length integers".
 */
#pragma once

#include "base/reader.h"
#include "base/writer.h"

enum {
    N2_VARINT_BYTES_MAX = 10
};

/** Bytes that n2_write_varint() takes for @value, 1 to 10. */
size_t n2_varint_bytes(uint64_t value);

void n2_write_varint(n2_writer *w, uint64_t value);
void n2_write_svarint(n2_writer *w, int64_t value);

/** Sets N2_ERR_FORMAT in @r for a longer form than needed or a value above 64 bits. */
uint64_t n2_read_varint(n2_reader *r);
int64_t n2_read_svarint(n2_reader *r);
