/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone.h - a zone that is kept here: answers questions, takes requests, makes its next head.
 *
 * Layer:     name (may include: base, wire, crypto, store).
 * Source:    data.md, section 4.
 * Invariant: answers are those of the last signed head, bit by bit, whatever was granted since;
 *            what was granted is on disk, and in the head after that.
 * Heads:     when n2_zone_due() says so, n2_zone_propose() gives a body to be signed by a key
 *            with right zone; then n2_zone_signed(), or n2_zone_unsigned() if nobody signed.
 *            At most one in 10 s by the zone's own clock, also over restarts; one is made anew,
 *            too, when half of the life of the last is over.
 */
#pragma once

#include "name/zone-keeper.h"
#include "name/zone-map.h"
#include "store/zones.h"

typedef struct n2_zone n2_zone;

/**
 * Opens a zone of the store.
 *
 * @store, @crypto, @unicode: (transfer none) outlive it.
 * @rules: as the store has them.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_CORRUPT (a record that is none), what the disk says.
 */
N2_MUST_USE n2_err n2_zone_open(n2_zone **out,
                                n2_store *store,
                                n2_crypto *crypto,
                                const n2_unicode *unicode,
                                const n2_store_zone *rules);

/** @zone: (transfer full) (nullable). */
void n2_zone_free(n2_zone *zone);

const n2_id *n2_zone_id(const n2_zone *zone);

/** The last head that was signed; serial 0: none yet. */
const n2_zone_head *n2_zone_head_of(const n2_zone *zone);

/** Names that were granted and wait for the next head. */
size_t n2_zone_waiting(const n2_zone *zone);

/**
 * The answer to the question for @label (folded).
 *
 * @buf: N2_ZONE_ANSWER_BYTES_MAX.
 *
 * Returns: N2_OK, N2_ERR_STATE (no head of these names is signed yet), N2_ERR_CORRUPT (the
 *          store lacks a name that the head has), what the disk says.
 */
N2_MUST_USE n2_err
n2_zone_ask(n2_zone *zone, const char *label, size_t label_len, uint8_t *buf, size_t *len);

/**
 * Does what is asked, if the rules allow it (zone-keeper.h); it is durable then, and seen from
 * the next head on.
 *
 * @q:       checked (n2_zone_request_check()).
 * @holder:  (nullable): who has the name (n2_zone_holder()), as far as is known.
 * @record:  (out): what will stand there; its box borrows @buf.
 *
 * Returns: N2_OK, n2_zone_refusal_err(@why), errors of n2_zone_judge() and of the disk.
 */
N2_MUST_USE n2_err n2_zone_do(n2_zone *zone,
                              const n2_zone_request *q,
                              const n2_identity *holder,
                              int64_t wall_us,
                              uint8_t buf[static N2_ZONE_RECORD_BYTES_MAX],
                              n2_zone_record *record,
                              n2_zone_refusal *why);

/**
 * What the zone's own administrator says of names, past its rules: each as its record is.
 * Durable then, and seen from the next head on.
 *
 * @records: @n of them, checked.
 *
 * Returns: N2_OK, N2_ERR_BUSY (more than N2_ZONE_WAITING_MAX would wait for the next head),
 *          N2_ERR_LIMIT (names), N2_ERR_NOMEM, what the disk says; then nothing is changed.
 */
N2_MUST_USE n2_err n2_zone_set(n2_zone *zone,
                               const n2_zone_record *records,
                               size_t n,
                               int64_t wall_us);

/** Who has the name, or had it last; not set: nobody. */
n2_id n2_zone_holder(n2_zone *zone, const char *label);

/** Is it time for another head?  @at_us: (out) (nullable): when it will be, wall clock. */
bool n2_zone_due(const n2_zone *zone, int64_t wall_us, int64_t *at_us);

/**
 * The body of the next head; names that are over for 30 days go with it.
 *
 * Returns: N2_OK, N2_ERR_STATE (not due, no clock, or one is being signed), N2_ERR_NOMEM, what
 *          the disk says.
 */
N2_MUST_USE n2_err
n2_zone_propose(n2_zone *zone, int64_t wall_us, void *buf, size_t cap, n2_box *body);

/**
 * It was signed.
 *
 * @who: the zone's keys: whether one that may has signed is looked at here, too.
 *
 * Returns: N2_OK: from now on answers are of this head.  N2_ERR_STATE (nothing was proposed),
 *          N2_ERR_FORGED (another body, or a key without right zone), N2_ERR_NOMEM, what the
 *          disk says; then the head before stays.
 */
N2_MUST_USE n2_err n2_zone_signed(
    n2_zone *zone, const n2_identity *who, const void *statement, size_t len, int64_t wall_us);

/** Nobody signed: the head before stays, the next is due N2_ZONE_HEAD_SPAN_US after. */
void n2_zone_unsigned(n2_zone *zone, int64_t wall_us);
