/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * version.h - the heads of each tree that are known: the one that counts, those before it, and
 *             those that nobody has joined to it yet.
 *
 * Layer: store.
 * Limit: N2_VERSIONS_MAX of each tree; the lowest go first.
 */
#pragma once

#include "crypto/head.h"
#include "store/store.h"

/**
 * Keeps a head that the caller verified, durably.  What counts (n2_store_head_get()) stays as
 * it is.
 *
 * @is_new: (out): it was not known.
 * Returns: N2_OK, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_store_version_put(n2_store *store,
                                        const void *statement,
                                        size_t len,
                                        bool *is_new);

/** @statement: as received.  Returns: false to stop. */
typedef bool (*n2_store_version_cb)(void *user,
                                    const n2_head *head,
                                    const uint8_t *statement,
                                    size_t len);

/** The heads of a tree with counters below @below (0: all), the highest first.  A row that is
 *  no longer what was written is left out. */
N2_MUST_USE n2_err n2_store_versions(n2_store *store,
                                     const n2_id *who,
                                     const char *branch,
                                     uint64_t below,
                                     n2_store_version_cb cb,
                                     void *user);

/**
 * The head whose body has the hash @hash.
 *
 * @statement: (out) (nullable) (transfer full): free().
 * Returns: N2_OK, N2_ERR_NOTFOUND.
 */
N2_MUST_USE n2_err n2_store_version_get(n2_store *store,
                                        const uint8_t hash[static N2_HASH_BYTES],
                                        n2_head *head,
                                        uint8_t **statement,
                                        size_t *len);
