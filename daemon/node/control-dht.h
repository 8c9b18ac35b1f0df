/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht.h - the DHT, as the rest of the control plane sees it: who has what, and where
 *                 somebody is, without anybody in the middle.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

enum {
    N2_DHT_NUMBER = 1 << 30 /* bit of numbers of n2_fetch_name(): a question of the DHT */
};

/* ---- control-dht.c ---- */

/** Takes part, if that is wished.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_dhts_begin(n2_control *c);
void n2_dhts_clear(n2_control *c);
void n2_dhts_expire(n2_control *c);
uint64_t n2_dhts_deadline(const n2_control *c);

/** What is published or kept here has changed: it is announced soon. */
void n2_dhts_changed(n2_control *c);

/** The answer to SIGN for one of ours; true: it was. */
bool n2_dhts_signed(n2_control *c, const key_request *r, const n2_keys_answer *a);

/** Rows of `status`, and of its limits. */
void n2_dhts_status(n2_control *c, n2_table *t);
void n2_dhts_uses(const n2_control *c, n2_uses *uses);

/* ---- control-dht-talk.c ---- */

/** A connection to @who is there. */
void n2_dhts_proven(n2_control *c, const n2_id *who);

/** For n2_fetch_on_name(), of numbers with N2_DHT_NUMBER. */
void n2_dhts_answered(
    n2_control *c, uint32_t number, const n2_id *who, n2_err err, const n2_value *v, size_t n);

/* ---- control-dht-serve.c ---- */

/** DHT_HERE, DHT_NEAR, DHT_VALUES, DHT_KEEP; for n2_serve_on_name(). */
n2_err n2_dhts_asked(n2_control *c, n2_conn conn, const n2_call *call, n2_asm *answer);

/* ---- control-dht-find.c ---- */

/** The ways to @who that others told of, one after the other: @at begins as 0. */
bool n2_dhts_way(n2_control *c,
                 const n2_id *who,
                 size_t *at,
                 n2_store_hop hops[static N2_STORE_HOPS_MAX],
                 size_t *n);

/** Nobody knows a way to @who: is it looked for now?  Then n2_way_tell() follows. */
bool n2_dhts_reach(n2_control *c, const n2_id *who);

/** @j cannot get what it wants from those it knows: is it asked who else has it?  Then
 *  n2_open_again() follows, or n2_open_failed() with @err. */
bool n2_dhts_holders(n2_control *c, job *j, n2_err err);

/** @j is over. */
void n2_dhts_dropped(n2_control *c, const job *j);
