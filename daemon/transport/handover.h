/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * handover.h - an open connection goes another way: who moves says so from the new place, and
 *              is believed when it has answered a check there; probes of the same kind.
 *
 * Layer:  transport (may include: base, wire, crypto).
 * Source: net2o white paper, "Handover"; PROTOCOL.md, section "Handover".
 *
 *     mover                                         peer
 *       MOVED number, on the new way  ------------>   remembers nothing but that it was asked
 *       <----------------  CHECK number, check, back along the way that MOVED came
 *     the way back of CHECK is the new way: takes
 *     it into use
 *       CHECKED number, check  ------------------->   the check is of this number and of the
 * way that CHECKED came: takes that into use
 *
 *     what the mover awaits     input                              goes on with
 *     NOTHING                   op MOVE                            CHECK: says MOVED
 *     CHECK                     CHECK by the new way               NEWS: says CHECKED, moves
 *     CHECK                     time, N2_MOVE_TRIES not used up    CHECK: says MOVED again
 *     CHECK                     time, used up                      NOTHING, MOVED with TIMEOUT
 *     NEWS                      CHECK by the new way               NEWS: says CHECKED again
 *     NEWS                      anything else by the new way       NOTHING
 *     NEWS                      time, N2_MOVE_TRIES not used up    NEWS: says MOVED again
 *     NEWS                      time, used up                      NOTHING
 *     any                       op MOVE                            CHECK: the next number
 *     any                       CHECK of another number or way     as it was
 *
 * A check is a keyed hash of the number and of the way that it goes, so nothing is kept for
 * each, and the answer to one that went another way is worth nothing (attack 2).  Each MOVED
 * gets one CHECK of its own length: no amplification.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/err.h"
#include "base/limits.h"
#include "transport/ack.h"
#include "transport/op.h"

struct n2_connection;
struct n2_endpoint;

enum {
    N2_CHECK_KEY_BYTES = 16
};

typedef enum {
    N2_MOVE_AWAITS_NOTHING,
    N2_MOVE_AWAITS_CHECK,
    N2_MOVE_AWAITS_NEWS
} n2_move_awaits;

/** A question of ours whether the peer is there. */
typedef struct {
    bool in_use;
    unsigned tries; /* after the first */
    uint64_t tag;
    uint64_t check; /* of the first try; each further one has the next */
    uint64_t said_us, due_us;
} n2_probe;

/** Made when a connection first needs it. */
typedef struct n2_handover {
    /* we move */
    n2_move_awaits awaits;
    uint32_t number; /* of our newest move; 0: none yet */
    unsigned tries;  /* after the first */
    uint64_t tag, path;
    uint64_t said_us, due_us;
    uint64_t told;   /* the check that we answered; our acknowledgements say it again */
    bool is_label;   /* to another label for the same place: nobody has moved */
    bool is_unheard; /* it was said as often as may be, and nothing came by the new way */
    uint64_t first;  /* number of the first packet that went the way in use */
    /* the peer moves */
    uint32_t peer_number;  /* of its newest move that we followed */
    uint32_t asked_number; /* of the last that we checked */
    unsigned n_unanswered; /* checks since */
    uint64_t checked_us;
    uint8_t key[N2_CHECK_KEY_BYTES];
    n2_bucket moves;  /* checks that we may still send */
    n2_bucket probes; /* answers */
    n2_probe asked[N2_PROBES_MAX];
} n2_handover;

/** How often limits were met: an end point's. */
typedef struct {
    uint64_t moves;   /* MOVED that got no CHECK: too many */
    uint64_t probes;  /* CHECK without answer: too many */
    uint64_t asked;   /* PROBE while N2_PROBES_MAX were under way */
    uint64_t refused; /* checks and answers of another way, or of none that was said */
    uint32_t most_asked;
} n2_handover_met;

/** (transfer full) (nullable).  Wipes the key. */
void n2_handover_free(n2_handover *h);

/** When expire() wants to be called next. @h: (nullable). */
uint64_t n2_handover_deadline(const n2_handover *h);

/** Our own process did nothing for @pause_us, up to now.  @h: (nullable). */
void n2_handover_slept(n2_handover *h, uint64_t pause_us);

/** The check that an acknowledgement repeats, 0: none.  @h: (nullable). */
uint64_t n2_handover_told(const n2_handover *h);

/** Number of the first packet that went the way in use: what was sent before says nothing about
 *  it.  @h: (nullable). */
static inline uint64_t
n2_handover_first(const n2_handover *h)
{
    return h ? h->first : 0;
}

/** Orders MOVE (tag, path) and PROBE (tag) for @c, which is open. */
void n2_handover_op(struct n2_endpoint *ep,
                    struct n2_connection *c,
                    const n2_op *op,
                    uint64_t now_us);

/**
 * The first switch that hides who is behind it has chosen one of several, whose own label the
 * answer came by: @c goes on by that, once a check has come back by it.  Nobody moves, so the
 * pace stays as it is; and if nobody answers there, all stays, without an event.
 */
void n2_handover_label(struct n2_endpoint *ep,
                       struct n2_connection *c,
                       uint64_t path,
                       uint64_t now_us);

/**
 * A message of type MOVED, CHECK or CHECKED, or an acknowledgement with a check.
 *
 * @back: the way back of the packet, the path to where it came from.
 */
void n2_handover_message(struct n2_endpoint *ep,
                         struct n2_connection *c,
                         const n2_control_message *m,
                         uint64_t back,
                         uint64_t now_us);

/** Any other sealed packet came; @back as above.  Only if the connection has a handover. */
void n2_handover_heard(struct n2_connection *c, uint64_t back);

void n2_handover_expire(struct n2_endpoint *ep, struct n2_connection *c, uint64_t now_us);
