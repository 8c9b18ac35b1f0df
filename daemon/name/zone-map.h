/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-map.h - all names of a zone in memory: which leaf, which proof, which top.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Invariant: entries ascend by the label's hash; above them lie all levels of the tree, so a
 *            proof is copied and nothing is hashed for an answer.
 * Cost:      128 bytes a name.  A batch that changes records only hashes one way up for each;
 *            one that adds or removes names moves all behind the first of them by a place, and
 *            hashes their nodes anew, many side by side.  Heads are 10 s apart, so a batch is
 *            all that came in that time.
 */
#pragma once

#include "crypto/context.h"
#include "name/zone-proof.h"

typedef struct n2_zone_map n2_zone_map;

/** @crypto: (transfer none) outlives it.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_zone_map_new(n2_zone_map **out, n2_crypto *crypto);

/** @map: (transfer full) (nullable). */
void n2_zone_map_free(n2_zone_map *map);

/** What becomes of one label. */
typedef struct {
    n2_zone_entry entry; /* goes: the label's hash alone counts */
    bool goes;
} n2_zone_change;

/**
 * Does all of it, in any order; of several for one label the last counts.  One that goes and is
 * not there changes nothing.
 *
 * @changes: @n of them, sorted in place.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (more than N2_ZONE_NAMES_MAX names), N2_ERR_NOMEM; then nothing
 *          changed.
 */
N2_MUST_USE n2_err n2_zone_map_apply(n2_zone_map *map, n2_zone_change *changes, size_t n);

uint32_t n2_zone_map_count(const n2_zone_map *map);
void n2_zone_map_top(const n2_zone_map *map, uint8_t top[static N2_HASH_BYTES]);

/** Where the label is, or would be.  Returns: whether it is there. */
bool n2_zone_map_find(const n2_zone_map *map,
                      const uint8_t label[static N2_HASH_BYTES],
                      uint32_t *index);

/** (transfer none) until the next change; @index below the count (asserted). */
const n2_zone_entry *n2_zone_map_entry(const n2_zone_map *map, uint32_t index);

/**
 * The proof of @n (1 or 2) leaves from @index on (asserted: they are there).
 *
 * @hashes: (out): room for N2_ZONE_PROOF_HASHES_MAX.
 *
 * Returns: how many there are.
 */
size_t n2_zone_map_prove(const n2_zone_map *map,
                         uint32_t index,
                         uint32_t n,
                         uint8_t hashes[static N2_ZONE_PROOF_HASHES_MAX * N2_HASH_BYTES]);

/**
 * Fills in index, neighbours and proof of an answer for @label.
 *
 * @parts:  its head and record are left alone.
 * @hashes: outlives @parts.
 *
 * Returns: whether the label is there, so that @parts wants its record.
 */
bool n2_zone_map_answer(const n2_zone_map *map,
                        const uint8_t label[static N2_HASH_BYTES],
                        n2_zone_answer_parts *parts,
                        uint8_t hashes[static N2_ZONE_PROOF_HASHES_MAX * N2_HASH_BYTES]);
