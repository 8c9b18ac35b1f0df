/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-crowd.h - a tree whose author is out of reach: others are asked what they know of it.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

/** Frees what is kept of trees that were asked for. */
void n2_crowd_clear(n2_control *c);

/** Was the author of @who's tree out of reach a moment ago, while others had it? */
bool n2_crowd_is_recent(const n2_control *c, const n2_id *who);

/**
 * The author of @j's tree cannot be reached, as @err says: whoever is near is asked for its
 * newest head, unless that was done a moment ago, and then n2_open_unreached() called.
 */
void n2_crowd_unreached(n2_control *c, job *j, n2_err err);

/** Whom we can reach, as holders of what nobody is known to have: peers first. */
N2_MUST_USE n2_err n2_crowd_holders(n2_control *c, walk *w);

/** A connection to @who is there. */
void n2_crowd_proven(n2_control *c, const n2_id *who);

/** For n2_fetch_on_name(): an answer to us, or to a question about names. */
void n2_crowd_answered(void *user,
                       uint32_t number,
                       const n2_id *who,
                       n2_err err,
                       const n2_value *values,
                       size_t n);

uint64_t n2_crowd_deadline(const n2_control *c);
void n2_crowd_expire(n2_control *c);
