/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * head.h - the signed head of a published tree (kind 17).
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 7: counter = 1 + the greatest parent's; readers take the highest
 *         counter, then the highest hash, and never go below a counter seen.
 */
#pragma once

#include "crypto/identity.h"

enum {
    N2_HEAD_PARENTS_MAX = 8,
    N2_BRANCH_BYTES_MAX = 64,
    N2_DEVICE_NAME_BYTES_MAX = 64
};

/** The branch of the tree at net2o://k1-.../ */
#define N2_BRANCH_MAIN "main"

typedef struct {
    n2_id who;
    char branch[N2_BRANCH_BYTES_MAX + 1]; /* UTF-8, NUL-terminated */
    uint64_t counter;                     /* from 1 */
    n2_ref root;                          /* a directory */
    int64_t made_us;
    char device[N2_DEVICE_NAME_BYTES_MAX + 1]; /* of which machine, in words; "": not said */
    uint8_t parents[N2_HEAD_PARENTS_MAX][N2_HASH_BYTES]; /* hashes of heads' bodies */
    size_t n_parents;
    n2_ref access;               /* who may read all of it (access.h); method 0: everybody */
    uint8_t hash[N2_HASH_BYTES]; /* of this body; set by reading, not written */
} n2_head;

/** Body to be signed by a key with right publish; parents in any order, none twice.  Errors:
 *  identity.h. */
N2_MUST_USE n2_err n2_head_body(void *buf, size_t cap, const n2_head *head, n2_box *out);

/** Reads a statement's body without asking who signed; N2_ERR_FORMAT or as n2_box_check. */
N2_MUST_USE n2_err n2_head_read(n2_head *out, const n2_box *body);

/** Checks form, signatures, and that a key of @identity with right publish signed it. */
N2_MUST_USE n2_err n2_head_check(n2_head *out,
                                 const n2_identity *identity,
                                 const void *statement,
                                 size_t len,
                                 int64_t wall_us,
                                 const n2_unicode *unicode);

/** Below 0, 0, above 0: @a is older than, the same as, newer than @b. */
int n2_head_compare(const n2_head *a, const n2_head *b);
