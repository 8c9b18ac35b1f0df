/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * part-private.h - what a content that comes in is made of, for who writes it and who reads it.
 *
 * Layer: store.  Included by part*.c only.
 */
#pragma once

#include "base/limits.h"
#include "crypto/tree.h"
#include "store/db.h"
#include "store/part.h"

struct n2_part {
    n2_batch *batch;
    struct n2_part *next; /* in store->open_parts */
    n2_ref ref;
    bool is_directory;
    n2_err err;   /* sticky */
    int64_t row;  /* 0: none yet, or absent */
    bool is_kept; /* the row names this file */
    uint64_t n_groups, n_have;
    uint8_t *have;  /* owned: one bit a group */
    uint8_t *old;   /* owned (nullable): of them those of a former fetch, not verified since */
    uint8_t *nodes; /* owned (nullable) */
    uint8_t *small; /* owned: the content of one leaf, until it is pending */
    char file[N2_STORE_FILE_BYTES];
    n2_file fd;
    bool is_file_new; /* its name is not synced yet */
    bool is_full;     /* `err` is that the disk took no more; the groups before are right */
    uint64_t unsynced;
};

static inline size_t
n2_part_group_bytes(const n2_part *p, uint64_t group)
{
    uint64_t left = p->ref.size - group * N2_GROUP_BYTES;

    return left < N2_GROUP_BYTES ? (size_t)left : N2_GROUP_BYTES;
}
