/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-ports.h - ports of our switch as configured, and the ways that begin there.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

/* ---- control-ports.c ---- */

/** Is there no store, no identity and no client of ours: ports as configured, and no more? */
bool n2_ports_is_switch(const n2_control *c);

/** Are all ports of the configuration there, each once?  Returns: N2_OK, N2_ERR_USAGE. */
N2_MUST_USE n2_err n2_ports_check(const n2_control_config *config);

/** LINK_UP: the port's rate, if it has one by configuration. */
void n2_ports_up(n2_control *c, const n2_event *event);

/** Orders for whom the ports are. */
void n2_ports_begin(n2_control *c);

/** Is @kind something that a switch without users can do? */
bool n2_ports_does(n2_job_kind kind);

/* ---- control-ways.c ---- */

/** Rows of the ways that we know: to whom we talk, to those written down, and to peers. */
n2_table *n2_ways_table(n2_control *c);

/** Whom the way @path, as our switch gets it, leads to; false: nobody we know. */
bool n2_ways_who(n2_control *c, uint64_t path, n2_id *out);
