/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-proof.h - the answer of a zone to 'whose is this label?': a record or 'there is none',
 *                its proof, and the signed head that the proof leads to.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, sections 4 and 7.
 * Tree:      leaf  H(3 | H(label) | H(record))      all of them ascending by H(label)
 *            node  H(1 | left | right)              left = the greatest power of two below the
 *                                                   count of leaves
 *            top of no leaves: H(0).  H is SHA-256; a record is the bytes of its box.  Top and
 *            count stand in the head.
 *
 * Answer, big-endian:
 *
 *     version 1 (1), what 1 (1 record, 2 none), index 4 of the first leaf that is shown,
 *     length 2, head                                       a statement around kind 16
 *     what 1:  length 2, record                            the leaf at index
 *     what 2:  count 1 (0, 1, 2), each H(label) 32, H(record) 32     neighbours, side by side
 *     hashes of 32 up to the end
 *
 * The hashes are the tops of the largest subtrees that hold none of the leaves shown, from left
 * to right as they are met on the way down from the top; so their number follows from index,
 * count and the head's count, and there is one proof of one thing.  'None' shows the two leaves
 * between which the label would lie; at an end of the map, the one leaf at that end; of an
 * empty zone, nothing.
 *
 * Use: n2_zone_answer_check() is all that somebody needs who knows the zone's identity.  What
 *      is kept of an answer are its bytes; they may be checked again at any time later, with
 *      @wall_us = 0 also when the head's life is over.
 */
#pragma once

#include "name/zone-head.h"
#include "name/zone-record.h"

enum {
    N2_ZONE_ANSWER_VERSION = 1,
    N2_ZONE_PROOF_HASHES_MAX = 64 /* two ways down a tree of 2^24 leaves, and room */
};

/** H(label). */
void n2_zone_label_hash(const char *label, size_t len, uint8_t hash[static N2_HASH_BYTES]);

/** One name in the map, as neighbours are shown. */
typedef struct {
    uint8_t label[N2_HASH_BYTES];  /* its hash */
    uint8_t record[N2_HASH_BYTES]; /* its hash */
} n2_zone_entry;

void n2_zone_leaf(const n2_zone_entry *e, uint8_t leaf[static N2_HASH_BYTES]);

/** How many hashes prove @n leaves from @index on, of a tree of @count.  Asserted: they are in
 * it. */
size_t n2_zone_proof_hashes(uint32_t count, uint32_t index, uint32_t n);

/**
 * The top that @n leaves (0 to 2) and their proof lead to.
 *
 * @leaves: @n of them, from @index on.  @hashes: n2_zone_proof_hashes() of them.  Both 32
 * bytes each, one behind the other.
 */
void n2_zone_proof_top(uint32_t count,
                       uint32_t index,
                       const uint8_t *leaves,
                       uint32_t n,
                       const uint8_t *hashes,
                       uint8_t top[static N2_HASH_BYTES]);

/** Parts of an answer that is to be written. */
typedef struct {
    const void *head; /* signed statement */
    size_t head_len;
    const void *record; /* NULL: there is none */
    size_t record_len;
    n2_zone_entry neighbours[2]; /* without a record: */
    uint32_t n_neighbours;
    uint32_t index;        /* of the record or the first neighbour; of none 0 */
    const uint8_t *hashes; /* n_hashes of 32 bytes */
    size_t n_hashes;
} n2_zone_answer_parts;

/** Returns: N2_OK, N2_ERR_NOSPACE (also: longer than N2_ZONE_ANSWER_BYTES_MAX). */
N2_MUST_USE n2_err n2_zone_answer_write(void *buf,
                                        size_t cap,
                                        const n2_zone_answer_parts *parts,
                                        size_t *len);

/** An answer that holds. */
typedef struct {
    n2_zone_head head;
    bool is_there;
    n2_zone_record record; /* is_there; its box lies in the answer's bytes.  May have expired
                            * (n2_zone_record_stands()): names stay in the map for 30 days */
    const uint8_t *head_statement; /* in the answer's bytes; to be kept as evidence */
    size_t head_len;
} n2_zone_answer;

/**
 * Reads what an answer says without believing it: whose head is it, which serial?  For caches
 * and logs; no signature and no proof is looked at.
 *
 * Returns: as n2_zone_answer_check(), but FORGED only where no key is needed to see it.
 */
N2_MUST_USE n2_err n2_zone_answer_read(n2_zone_answer *out,
                                       const void *bytes,
                                       size_t len,
                                       const n2_unicode *unicode);

/**
 * Checks an answer to the question for @label.
 *
 * @out:      (out): zeroed on failure; borrows @bytes.
 * @label:    folded, @label_len bytes.
 * @zone:     the zone's keys, as known now.
 * @wall_us:  0 = unknown, or: never mind the head's life.
 * @verified: (nullable): heads that were found to hold are not verified again.
 *
 * Returns: N2_OK      it holds; @out->is_there says which of the two it is
 *          N2_ERR_FORGED   the proof leads to another top, or proves something else; the head
 *                          is another zone's, over, or not signed by a key with right zone
 *          N2_ERR_VERSION  an answer of a version after this program
 *          N2_ERR_FROZEN, N2_ERR_ENDED   the zone
 *          N2_ERR_TRUNCATED, N2_ERR_TRAILING, N2_ERR_LIMIT, N2_ERR_FORMAT   no answer at all
 *          and others of n2_identity_check() and n2_zone_record_check()
 */
N2_MUST_USE n2_err n2_zone_answer_check(n2_zone_answer *out,
                                        const void *bytes,
                                        size_t len,
                                        const char *label,
                                        size_t label_len,
                                        const n2_identity *zone,
                                        int64_t wall_us,
                                        const n2_unicode *unicode,
                                        n2_verified *verified);
