/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-zones.h - zones that this node keeps: their answers, what is asked of them, their
 *                   heads; zones of others that it follows; and what is asked of zones for the
 *                   user.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

#include "name/zone.h"

/* A zone that is kept here. */
typedef struct {
    n2_store_zone rules;
    n2_zone *zone;   /* (owned) */
    bool has_no_key; /* yet: nothing can be signed */
    bool is_told;    /* that its head is not signed */
    uint8_t *copy;   /* (owned) (nullable) what is given to those who follow it */
    size_t copy_len;
    uint64_t copy_serial;
    uint64_t copy_made_us, copy_used_us;
    /* of one that is followed: */
    uint8_t *coming; /* (owned) (nullable) the next copy, as far as it is here */
    size_t coming_len, coming_whole;
    uint64_t coming_serial;
    uint64_t ask_at_us; /* again */
} kept_zone;

struct zones {
    kept_zone of[N2_ZONES_KEPT_MAX];
    size_t n;
    uint8_t answer[N2_ZONE_ANSWER_BYTES_MAX]; /* the last */
    uint64_t second_us;                       /* requests that were looked at in it */
    unsigned n_looked;
    uint64_t n_refused; /* above what is looked at in one */
};

/* ---- control-zones.c ---- */

/** Opens the zones of the store.  Returns: N2_OK, N2_ERR_NOMEM, or what the store says. */
N2_MUST_USE n2_err n2_zones_begin(n2_control *c);
void n2_zones_clear(n2_control *c);

/** (transfer none) (nullable). */
kept_zone *n2_zones_find(n2_control *c, const n2_id *who);

/** Keeps one more, or others rules of it.  Errors: n2_zone_open(), N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_zones_keep(n2_control *c, const n2_store_zone *rules, kept_zone **out);

/** Keeps it no longer: @k is gone then.  Returns: N2_OK, what the disk says: then it stays. */
N2_MUST_USE n2_err n2_zones_drop(n2_control *c, kept_zone *k);

/** What a zone that is kept here says; see n2_resolver_calls. */
n2_err n2_zones_own(n2_control *c, const n2_id *zone, const char *label, n2_slice *answer);

/**
 * Does what is asked of a zone that is kept here, not followed; durable when it returns.
 *
 * @known: (nullable): a container of statements about who asks, not believed.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (not kept here), n2_zone_refusal_err(@why), or as
 *          n2_zone_request_check() and n2_zone_do().
 */
N2_MUST_USE n2_err n2_zones_do(n2_control *c,
                               const n2_slice *statement,
                               const n2_slice *known,
                               uint8_t buf[static N2_ZONE_RECORD_BYTES_MAX],
                               n2_zone_record *record,
                               n2_zone_refusal *why);

/** NAME_ASK, ZONE_MAP. */
n2_err n2_zones_asked(n2_control *c, const n2_call *call, n2_asm *answer);

/** ZONE_NEW, ZONE_FOLLOW, ZONE_UNFOLLOW, ZONE_LIST, ZONE_SHOW, ZONE_IMPORT. */
void n2_zones_job(n2_control *c, job *j);

uint64_t n2_zones_deadline(const n2_control *c);
void n2_zones_expire(n2_control *c);
void n2_zones_uses(const n2_control *c, n2_uses *uses);

/** The next head, if it is time. */
void n2_zones_tend(n2_control *c, kept_zone *k);

/* ---- control-zone-jobs.c ---- */

/** ZONE_LIST, ZONE_SHOW, ZONE_IMPORT. */
void n2_zones_show_job(n2_control *c, job *j);

/* ---- control-claim.c ---- */

/** NAME_REGISTER, NAME_RENEW, NAME_CHANGE, NAME_REVOKE, NAME_TRANSFER. */
void n2_claim_job(n2_control *c, job *j);
/** Its zone was looked up; @r->err may say that there is none. */
void n2_claim_named(n2_control *c, job *j, const n2_resolved *r);
/** What the zone's node is to be asked. */
void n2_claim_put(const job *j, n2_asm *block);
/** It answered, or (@err) it cannot be asked. */
void n2_claim_answered(n2_control *c, job *j, n2_err err, const n2_value *values, size_t n);
bool n2_claim_is(n2_job_kind kind);

/* ---- control-follow.c ---- */

/** ZONE_FOLLOW. */
void n2_zone_follow_job(n2_control *c, job *j);
/** ZONE_UNFOLLOW. */
void n2_zone_unfollow_job(n2_control *c, job *j);
/** Asks for what is next of a zone that is followed. */
void n2_zone_follow_ask(n2_control *c, kept_zone *k);
void n2_zone_follow_put(const kept_zone *k, n2_asm *block);
void n2_zone_follow_answered(
    n2_control *c, const n2_id *zone, n2_err err, const n2_value *values, size_t n);
