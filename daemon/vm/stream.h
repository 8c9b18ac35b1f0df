/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stream.h - finds blocks in a command stream that arrives in pieces.
 *
 * Layer:     vm (may include: base, wire, crypto, store).
 * Invariant: what is kept is one unfinished block at most; memory grows with what was received,
 *            never with what a length promises, and is given back when all was taken.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct {
    uint8_t *buf; /* (owned) (nullable) */
    size_t len;
    size_t room;
    size_t pos; /* the next block begins here */
    n2_err err; /* sticks */
} n2_block_stream;

void n2_block_stream_init(n2_block_stream *s);
void n2_block_stream_clear(n2_block_stream *s);

/**
 * Takes the next bytes.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_LIMIT (more is kept than one block may be: the caller
 *          did not take what was there), or what stopped the stream before.
 */
N2_MUST_USE n2_err n2_block_stream_input(n2_block_stream *s, const uint8_t *bytes, size_t len);

/**
 * The next whole block (transfer none), valid until the next call; padding is passed over.
 *
 * @bytes: NULL if there is none yet.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (block longer than N2_VM_BLOCK_BYTES_MAX), N2_ERR_FORMAT
 * (varint). A failed stream can't find its place again: close the connection.
 */
N2_MUST_USE n2_err n2_block_stream_next(n2_block_stream *s, const uint8_t **bytes, size_t *len);
