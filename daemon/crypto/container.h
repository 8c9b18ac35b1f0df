/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * container.h - several statements in one piece: keys, certificates of authorities and vouches
 *               of peers alike.
 *
 * Layer: crypto (may include: base, wire).
 * Form:  statements (boxes of kind 1) one behind the other, nothing before, between or behind
 *        them; their heads say how long they are.  1 to N2_CONTAINER_STATEMENTS_MAX of them,
 *        N2_IDENTITY_BYTES_MAX bytes together: looked at before anything is verified.
 */
#pragma once

#include "base/limits.h"
#include "base/writer.h"
#include "wire/box.h"

/**
 * Looks at lengths and heads alone, verifies nothing.
 *
 * @n: (out): statements in it.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (too large, too many), N2_ERR_TRUNCATED (empty, or the last is
 *          not whole), N2_ERR_FORMAT (something that is no statement).
 */
N2_MUST_USE n2_err n2_container_check(const void *bytes, size_t len, size_t *n);

/** Walks a checked container: start with @at = 0; false at the end. */
bool n2_container_next(const void *bytes,
                       size_t len,
                       size_t *at,
                       const uint8_t **statement,
                       size_t *statement_len);

/** Length of the box that begins there, by its head alone; 0: there is none that is whole.
 *  @kind: (out) (nullable). */
size_t n2_box_span(const void *bytes, size_t len, uint8_t *kind);

/** Kind of the body of a statement, without checking it; 0 if there is none to be seen. */
uint8_t n2_statement_kind(const void *statement, size_t len);

/** Appends a statement to a container that is being written. */
static inline void
n2_container_put(n2_writer *w, const void *statement, size_t len)
{
    n2_write_bytes(w, statement, len);
}
