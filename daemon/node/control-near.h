/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-near.h - the local network, as the rest of the control plane sees it.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

/* ---- control-peer.c ---- */

/** Opens a link to @net because of an announcement; it is not written down.  Returns: its id,
 * 0: no room. */
uint64_t n2_peers_open_near(n2_control *c, const n2_net_addr *net);
void n2_peers_close_near(n2_control *c, uint64_t link_id);

/** Width of the switch at our port, if it is known; else 0. */
uint8_t n2_peers_bits(const n2_control *c, uint32_t port);

/* ---- control-near.c ---- */

/** Begins to hear, if it is wished.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_near_begin(n2_control *c);
void n2_near_restarted(n2_control *c);
void n2_near_clear(n2_control *c);
void n2_near_due(n2_control *c); /* everything due */
uint64_t n2_near_when(const n2_control *c);

/** What we offer, or who we are, may be something else now. */
void n2_near_changed(n2_control *c);
void n2_near_signed(n2_control *c, const key_request *r, const n2_keys_answer *a);

/** LINK_UP, LINK_DOWN. */
void n2_near_link(n2_control *c, const n2_event *event);

/** True: @event is a packet of the local channel, and was heard. */
bool n2_near_packet(n2_control *c, const n2_event *event);

/** NEIGHBOURS. */
void n2_near_job(n2_control *c, job *j);

/** The hops to neighbour @who through our switch, one way after the other: @at begins as 0. */
bool n2_near_way(n2_control *c,
                 const n2_id *who,
                 size_t *at,
                 n2_store_hop hops[static N2_STORE_HOPS_MAX],
                 size_t *n);

/** Neighbours that say they answer for a zone which the user trusts as a root; @max at most.
 * Returns: how many. */
size_t n2_near_name_servers(n2_control *c, const n2_roots *roots, n2_id *out, size_t max);

/** Nobody knows a way to @who: is it a neighbour, to whom a link is opened now? */
bool n2_near_reach(n2_control *c, const n2_id *who);
