/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trust-private.h - one question on its way through the rules.
 *
 * Layer: name, private to trust*.c.
 */
#pragma once

#include "name/trust.h"

/** The latest of each signer's vouches that count. */
typedef struct {
    const n2_mark *mark;
    const n2_vouch *met;
    const n2_vouch *audit;
} n2_trust_signer;

typedef struct {
    const n2_trust_query *query;
    n2_trust *out;
    int64_t wall_us;      /* 0 = unknown */
    const n2_vouch *zone; /* the zone's word on the name, or NULL */
    const n2_vouch *place;
    const n2_vouch *mail;
    n2_trust_signer signers[N2_INTRODUCERS_MAX]; /* ascending by who */
    size_t n_signers;
    bool is_marked;     /* an own mark stands for the subject */
    bool is_marked_so;  /* under the name used */
    bool is_introduced; /* so that it counts */
    int64_t lapsed_us;  /* the first end that an unknown clock would have come after */
} n2_trust_run;

/** Finds what of the evidence is anybody's answer to a question that was asked. */
void n2_trust_sift(n2_trust_run *run);

/** Does an identity that once was @from go on as the subject, by ends, and (@name) by transfers
 * of it?  @last: (out) (nullable): the last step; NULL if @from is the subject. */
bool n2_trust_follows(const n2_trust_run *run,
                      const n2_id *from,
                      const char *name,
                      const n2_move **last);

/** Is @vouch in force?  Notes in @run if only the clock keeps it so. */
bool n2_trust_holds(n2_trust_run *run, const n2_vouch *vouch);
