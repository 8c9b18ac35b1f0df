/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-casts.h - trees and channels that the user is the source of, or follows.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

/* A tree or channel that the user is the source of, or follows. */
typedef struct {
    uint32_t number; /* 0: none */
    n2_job job;      /* that waits for it; 0: none */
    bool is_source, is_channel, is_block;
    bool is_told;   /* how and err are of the data plane's last word */
    uint8_t how;    /* n2_cast_how */
    uint8_t reason; /* n2_refuse why no tree or channel has us; 0: no answer */
    uint16_t place; /* which switch said so, 1 our own; 0: none */
    uint16_t port;  /* of a channel's source: by which it comes; 0: from us */
    n2_err err;
    n2_id who; /* its source, as the user said; or not set */
    uint64_t id, path;
    uint64_t packets, bytes; /* that came, or were sent */
} to_many;

/* ---- control-casts.c ---- */

/** CAST_OPEN, CAST_CLOSE, CAST_JOIN, CAST_LEAVE, CAST_PROBE, CAST_LIST. */
void n2_casts_job(n2_control *c, job *j);

/** CAST_STATE; CAST. */
void n2_casts_event_state(n2_control *c, const n2_event *event);
void n2_casts_event_packet(n2_control *c, const n2_event *event);

/** A way to somebody may be another now. */
void n2_casts_ways_changed(n2_control *c);
void n2_casts_restarted(n2_control *c);

/** Other channels may pass our ports now: those that come by one are opened again. */
void n2_casts_borders_changed(n2_control *c);
