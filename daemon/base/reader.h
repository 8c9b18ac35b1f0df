/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reader.h - bounds-checked cursor over bytes that somebody else sent.
 *
 * Layer:     base (may include: libc only).
 * Invariant: pos <= end; once `err` is set it stays set, pos stays put, and every read
 *            yields zero.  So a decoder reads all fields and checks once, at the end.
 * Threads:   none; a reader lives on one stack frame.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct {
    const uint8_t *pos; /* (transfer none) next unread byte; the caller owns the buffer */
    const uint8_t *end;
    n2_err err; /* first failure, or N2_OK */
} n2_reader;

/** A reader over @len bytes at @buf; @buf must outlive the reader and may be NULL if !@len. */
n2_reader n2_reader_init(const void *buf, size_t len);

/** Bytes not yet read; 0 after a failure. */
size_t n2_reader_left(const n2_reader *r);

/** Fails the reader with @err (not N2_OK) unless it has failed already. */
void n2_reader_fail(n2_reader *r, n2_err err);

/* Integers are big-endian. */
uint8_t n2_read_u8(n2_reader *r);
uint16_t n2_read_u16(n2_reader *r);
uint32_t n2_read_u32(n2_reader *r);
uint64_t n2_read_u48(n2_reader *r);
uint64_t n2_read_u64(n2_reader *r);

/**
 * Takes the next @len bytes without copying.
 *
 * Returns: (transfer none) (nullable): bytes inside the reader's buffer, or NULL with
 *          N2_ERR_TRUNCATED set in @r if fewer than @len are left.
 */
const uint8_t *n2_read_bytes(n2_reader *r, size_t len);

/** Copies the next @len bytes to @dst; zeroes @dst if they are not there. */
void n2_read_copy(n2_reader *r, void *dst, size_t len);

/** Takes @len bytes that must all be zero; N2_ERR_FORMAT is set in @r if one is not. */
void n2_read_zero(n2_reader *r, size_t len);

/** A child reader over the next @len bytes; a short parent makes both readers fail. */
n2_reader n2_read_sub(n2_reader *r, size_t len);

/**
 * Ends the read.
 *
 * Returns: N2_OK if every field was there and nothing is left;
 *          the first error otherwise; N2_ERR_TRAILING if bytes remain.
 */
N2_MUST_USE n2_err n2_reader_finish(const n2_reader *r);
