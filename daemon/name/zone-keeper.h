/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-keeper.h - whether a zone does what it is asked, by its rules: who gets a name, who may
 *                 keep it, who may hand it on.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, section 4.  A pure function: record, request, identities and clock in,
 *            the next record out.
 *
 *     free      --register-->  held by who asks, `since` now
 *     held      --renew, change-->  held on; `since` stays
 *     held      --transfer by its holder-->  held by the other, `since` stays
 *     held      --its holder ended, register or renew by the successor--> held by that one
 *     held      --revoke--> in grace           held --its `until`--> in grace
 *     in grace  --register or renew by who held it--> held on
 *     in grace  --30 days--> free
 *
 * Invariant: nobody else gets a name that is held or in grace; so whoever sees another identity
 *            under a name sees a later `since`, unless the one before signed it away or ended.
 */
#pragma once

#include "name/zone-request.h"

typedef struct {
    n2_id zone;
    int64_t term_us; /* how far ahead a name may be held; 0: N2_ZONE_TERM_US */
    bool is_closed;  /* nobody registers but by the zone's owner */
    uint32_t caching_s;
} n2_zone_rules;

/** Why not; numbers go over the wire: append only. */
typedef enum {
    N2_ZONE_GRANTED = 0,
    N2_ZONE_OTHER = 1,    /* another zone is meant */
    N2_ZONE_REPLAYED = 2, /* something later was asked about this name already */
    N2_ZONE_CLOSED = 3,   /* strangers get no names here */
    N2_ZONE_HELD = 4,     /* somebody else has it */
    N2_ZONE_GRACE = 5,    /* it is over, and still who had it may renew it */
    N2_ZONE_FREE = 6,     /* nobody has it: there is nothing to renew, change, hand on, end */
    N2_ZONE_NOT_YOURS = 7,
    N2_ZONE_OVER = 8,  /* renew it first */
    N2_ZONE_LOOP = 9,  /* it would lead to the zone itself */
    N2_ZONE_TERM = 10, /* the end that is asked for lies before now */
    N2_ZONE_FULL = 11, /* no room for more names */
    N2_ZONE_BUSY = 12  /* too many ask at the moment */
} n2_zone_refusal;

/** The error that goes with it: N2_ERR_EXISTS, N2_ERR_NOTFOUND, N2_ERR_REFUSED, ... */
n2_err n2_zone_refusal_err(n2_zone_refusal why);

/** What is known of a name. */
typedef struct {
    const n2_zone_record *record; /* NULL: none */
    const n2_identity *holder;    /* (nullable): its owner, if anything is known */
    int64_t asked_us;             /* when the last request was made that was granted; 0: none */
} n2_zone_held;

/**
 * Decides.
 *
 * @q:       checked.  @wall_us: not 0 (asserted).
 * @buf:     the next record is written there, N2_ZONE_RECORD_BYTES_MAX.
 * @out:     (out): it; on refusal zeroed.
 * @why:     (out).
 *
 * Returns: N2_OK, n2_zone_refusal_err(@why), or what n2_zone_record_write() says of hosts and
 *          capabilities that no record may have (then @why is GRANTED).
 */
N2_MUST_USE n2_err n2_zone_judge(const n2_zone_rules *rules,
                                 const n2_zone_held *held,
                                 const n2_zone_request *q,
                                 int64_t wall_us,
                                 const n2_unicode *unicode,
                                 uint8_t buf[static N2_ZONE_RECORD_BYTES_MAX],
                                 n2_zone_record *out,
                                 n2_zone_refusal *why);

/** Is it nobody's any more: over, and 30 days later? */
bool n2_zone_is_free(const n2_zone_record *record, int64_t wall_us);
