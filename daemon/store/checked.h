/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * checked.h - reading a stored content of which no byte is given out before it was verified.
 *
 * Layer:     store (may include: base, wire, crypto).
 * A disk that forgets bits is not trusted more than a stranger: each group is held against its
 * node when it is read, each time it is opened.  A content that fails is set aside (absent), so
 * that it is fetched anew when asked for.
 */
#pragma once

#include "store/store.h"

typedef struct {
    n2_view view; /* the whole content, not all of it verified yet */
    n2_id hash;
    uint8_t (*nodes)[N2_HASH_BYTES]; /* (owned) (nullable): NULL: it has one group at most */
    uint64_t good;                   /* the group verified last, UINT64_MAX: none */
} n2_checked;

/**
 * Opens a whole content, as n2_store_map() does.
 *
 * @out: (out): n2_checked_close() in any case.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (absent or in part), N2_ERR_CORRUPT (too short, or what is
 *          stored about it is wrong; it is absent from now on).
 */
N2_MUST_USE n2_err n2_checked_open(n2_store *store, const n2_id *hash, n2_checked *out);

/** @checked: zeroed; harmless on a zeroed one. */
void n2_checked_close(n2_store *store, n2_checked *checked);

/**
 * Bytes from @offset (below the length; asserted) to the end of its group, verified.
 *
 * @bytes: (out) (transfer none): valid until n2_checked_close().
 *
 * Returns: N2_OK, N2_ERR_CORRUPT (it is absent from now on).
 */
N2_MUST_USE n2_err n2_checked_bytes(
    n2_store *store, n2_checked *checked, uint64_t offset, const uint8_t **bytes, size_t *len);

/**
 * Opens a whole content, all of it verified: for folders and what else is read at once.
 *
 * Returns: as n2_checked_open(); n2_store_unmap() is to be called if N2_OK.
 */
N2_MUST_USE n2_err n2_store_map_checked(n2_store *store, const n2_id *hash, n2_view *out);
