/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-keep.h - what the user wants kept, and why something is here.
 *
 * Layer: node.  Included by control-private.h only, behind its types.
 */
#pragma once

/** PIN, UNPIN or WHY? */
bool n2_keep_is(n2_job_kind kind);

/** Begins one of them. */
void n2_keep_job(n2_control *c, job *j);

/** Its address has been followed to the end. */
void n2_keep_arrived(n2_control *c, job *j);

/** DONE of what AWAIT_GATHER waits for. */
void n2_keep_event(n2_control *c, job *j, const n2_fetch_event *event);
