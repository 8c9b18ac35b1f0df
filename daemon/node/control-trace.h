/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-trace.h - which hop of a path answers, and what is said of holders that do not serve.
 *
 * Layer: node.  Included by control-private.h only, behind its types.
 */
#pragma once

/** Asks each hop to @who for an echo, then ends @j: with the rows, or with @err and the hop. */
void n2_trace_begin(n2_control *c, job *j, const n2_id *who, n2_err err);
/** @who does not answer: asks the hops for the jobs that wait for it; if one is gone they need
 *  not wait longer. */
void n2_trace_early(n2_control *c, const n2_id *who);
/** LOST: written into the log. */
void n2_trace_lost(n2_control *c, const n2_fetch_event *event);
/** The same, and those are told who wait for something that @who was to serve, or (nullable)
 * for what is known of @about's tree. */
void n2_trace_lied(n2_control *c, const n2_id *who, const n2_id *about);
void n2_trace_job(n2_control *c, job *j);
void n2_trace_event(n2_control *c, const n2_event *event);
