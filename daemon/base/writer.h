/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * writer.h - cursor that puts bytes into a buffer and never past its end.
 *
 * Layer:     base (may include: libc only).
 * Invariant: len <= size; once `err` is set it stays set and nothing is written any more, so
 *            an encoder writes all fields and checks once, at the end.
 * Two kinds: over the caller's buffer (n2_writer_init), or over memory of its own that grows
 *            up to a limit (n2_writer_init_growing; n2_writer_clear or _steal ends it).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct {
    uint8_t *buf; /* caller's, or malloc'ed if `grows` */
    size_t len;   /* bytes written */
    size_t size;  /* bytes of room at buf */
    size_t limit; /* a growing writer never has more room than this */
    bool grows;
    n2_err err; /* first failure, or N2_OK: N2_ERR_NOSPACE, N2_ERR_NOMEM */
} n2_writer;

/** A writer into @size bytes at @buf, which must outlive it. */
n2_writer n2_writer_init(void *buf, size_t size);

/** A writer that allocates as it goes, @limit_bytes at most. */
n2_writer n2_writer_init_growing(size_t limit_bytes);

/** Frees what a growing writer holds; no-op for the other kind. */
void n2_writer_clear(n2_writer *w);

/** Fails the writer with @err (not N2_OK) unless it has failed already. */
void n2_writer_fail(n2_writer *w, n2_err err);

/* Integers are big-endian. */
void n2_write_u8(n2_writer *w, uint8_t value);
void n2_write_u16(n2_writer *w, uint16_t value);
void n2_write_u32(n2_writer *w, uint32_t value);
void n2_write_u48(n2_writer *w, uint64_t value);
void n2_write_u64(n2_writer *w, uint64_t value);
void n2_write_bytes(n2_writer *w, const void *bytes, size_t len);
void n2_write_zero(n2_writer *w, size_t len);

/**
 * Room for @len bytes that the caller fills.
 *
 * Returns: (transfer none) (nullable): valid until the next write; NULL after a failure.
 */
uint8_t *n2_write_reserve(n2_writer *w, size_t len);

/**
 * Puts a length (or any value) of 4 bytes at @at, a place written before; for lengths that
 * are known only afterwards.
 */
void n2_writer_patch_u32(n2_writer *w, size_t at, uint32_t value);

/**
 * Ends the writing.
 *
 * @len: (out) (nullable): bytes written; untouched on failure.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE (buffer or limit too small), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_writer_finish(const n2_writer *w, size_t *len);

/**
 * Ends a growing writer and hands its memory over.
 *
 * @bytes: (out) (transfer full): to free(); untouched on failure (then the memory is freed).
 *
 * Returns: as n2_writer_finish().
 */
N2_MUST_USE n2_err n2_writer_steal(n2_writer *w, uint8_t **bytes, size_t *len);
