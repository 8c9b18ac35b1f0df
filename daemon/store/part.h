/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * part.h - contents come in from others, group by group (1 MiB), and survive a restart.
 *
 * Layer:    store.
 * Verified: by the caller, before part_write; the store checks group nodes against the root and
 *           fsck checks everything again.
 * Order:    data are synced before the bit that says they are here is committed, so a crash
 *           costs at most what was written since the last sync (N2_PART_SYNC_BYTES).
 */
#pragma once

#include "store/write.h"

typedef struct n2_part n2_part;

/**
 * Gets ready for a content, or goes on with one that a former fetch left.
 *
 * @batch:   whose owner holds it meanwhile; it may get many parts.
 * @content: N2_CONTENT_*.
 *
 * Returns: N2_OK, N2_ERR_EXISTS (whole already, and held by @batch from now on), N2_ERR_BUSY
 *          (another part of this content is open), N2_ERR_NOSPACE (would not fit on the disk),
 *          N2_ERR_UNSUPPORTED (method), N2_ERR_FORMAT (known with another size),
 *          N2_ERR_LIMIT (longer than a directory may be).
 */
N2_MUST_USE n2_err n2_part_open(n2_part **out,
                                n2_batch *batch,
                                const n2_ref *ref,
                                unsigned content);

/** @part: (transfer full) (nullable).  What is written and synced stays for the next one. */
void n2_part_free(n2_part *part);

/** Number of groups; 0 for an empty content (which n2_part_finish() stores at once). */
uint64_t n2_part_groups(const n2_part *part);
/** True once the nodes are here; contents of one group need none. */
bool n2_part_has_nodes(const n2_part *part);
bool n2_part_has(const n2_part *part, uint64_t group);
/** The first group from @from on that is not here, or n2_part_groups(). */
uint64_t n2_part_missing(const n2_part *part, uint64_t from);
/** Node of @group, NULL before the nodes are here. */
const uint8_t *n2_part_node(const n2_part *part, uint64_t group);

/** Returns: N2_OK, N2_ERR_FORGED (@n nodes that do not lead to the root). */
N2_MUST_USE n2_err n2_part_set_nodes(n2_part *part,
                                     const uint8_t (*nodes)[N2_HASH_BYTES],
                                     size_t n);

/** Where a group goes: whoever writes it there, and in whatever thread, needs no more. */
typedef struct {
    const n2_disk *disk;
    n2_file file;
    uint64_t offset;
} n2_part_place;

/**
 * Finds the place of a group of a content above one leaf (asserted) that is not here.  It is
 * good until n2_part_end(), and the part is not freed before that.
 *
 * Returns: N2_OK, or what the disk says.
 */
N2_MUST_USE n2_err n2_part_begin(n2_part *part, uint64_t group, n2_part_place *place);

/** Writes all of a group to its place; touches nothing of the store. */
N2_MUST_USE n2_err n2_part_put(const n2_part_place *place, const uint8_t *bytes, size_t len);

/**
 * The group has been verified and is in its place.
 *
 * @err: how putting it there went.
 *
 * Returns: N2_OK, or what the disk says now or said before, or @err.
 */
N2_MUST_USE n2_err n2_part_end(n2_part *part, uint64_t group, n2_err err);

/**
 * Writes one group whole; @len is 1 MiB or what the last one has (asserted).
 * Returns: N2_OK (also if it was here).
 */
N2_MUST_USE n2_err n2_part_write(n2_part *part,
                                 uint64_t group,
                                 const uint8_t *bytes,
                                 size_t len);

/**
 * Reads bytes back that were written (here or in an earlier fetch), for a reader who doesn't
 * wait for the whole; @offset and @len stay within one group that n2_part_has() (asserted).
 * A group of an earlier fetch is verified again first.
 *
 * Returns: N2_OK, N2_ERR_CORRUPT (an earlier fetch's bytes are damaged: that group is missing
 *          now), or what the disk says.
 */
N2_MUST_USE n2_err n2_part_read(n2_part *part, uint64_t offset, uint8_t *buf, size_t len);

/**
 * The same into a pipe, without copying.
 *
 * @n_out: (out): bytes, at least 1.
 *
 * Returns: N2_OK, N2_ERR_BUSY (the pipe is full), N2_ERR_CLOSED (nobody reads it),
 *          N2_ERR_UNSUPPORTED (use n2_part_read()), or what the disk says.
 */
N2_MUST_USE n2_err
n2_part_hand_out(n2_part *part, uint64_t offset, size_t len, int sink, size_t *n_out);

/** Is it here, and was it verified since this process began to fetch? */
bool n2_part_is_sure(const n2_part *part, uint64_t group);

/**
 * The file that it is written to, in the length of the whole: what is not here must not be
 * looked at.  n2_store_unmap() it; it stays good when the part is whole, or gone.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (nothing was written yet, or so little that there is no
 * file).
 */
N2_MUST_USE n2_err n2_part_map(const n2_part *part, n2_view *out);

/** Syncs what was written and commits the bits. */
N2_MUST_USE n2_err n2_part_sync(n2_part *part);

/**
 * The last group is here: the content becomes pending, and whole with the next
 * n2_store_flush().  The part is to be freed afterwards.
 *
 * Returns: N2_OK, N2_ERR_STATE (groups missing), N2_ERR_FORMAT or N2_ERR_LIMIT (not a
 *          directory).
 */
N2_MUST_USE n2_err n2_part_finish(n2_part *part);
