/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve.h - the reservations that a switch keeps for flows through it, and those that its own
 *             node asks of others.
 *
 * Layer:     switch (may include: base, wire).
 * Source:    net2o white paper, "Real Time"; PROTOCOL.md, section "Reservations".
 * Threads:   the data plane's alone.
 * Use:       hop() for a message that passes by, end() for one that ends here, down() for a
 * link that is gone, expire() when deadline() has passed; then output() until it says no more
 * (each message is fed to n2_switch_step() with in-port 0), and take_event(). Invariant: of an
 * out-port no more than N2_RESERVE_PERCENT of its link's rate is promised, and an in-port that
 * stands for w users holds at most w times what is left after it: so there is always something
 * left for one more, who ever came first.
 *
 *     none --ask, there is room--> noted --granted--> held --ask--> held
 *     noted --refused, N2_RESERVE_PENDING_US--> none (or held, as it was before)
 *     held --release, cut, N2_RESERVE_US without an ask--> none
 *
 * One switch's place is noted when the ask passes and held when the answer comes back, so all
 * of the way is reserved in one round trip or none of it.
 *
 * Roles:     a LARGE switch says so in what it passes.  An EDGE switch that hears it asks for
 * an allotment, a reservation of its own to where the last large one leads, for many calls; and
 * calls inside it are between it and those behind: the large ones pass their messages on
 * without a look.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"
#include "base/uses.h"
#include "switch/look.h"
#include "switch/reserve-message.h"

typedef struct n2_reserve n2_reserve;

typedef enum {
    N2_RESERVE_ROLE_USUAL, /* keeps each call */
    N2_RESERVE_ROLE_EDGE,  /* the same, and has allotments with large ones */
    N2_RESERVE_ROLE_LARGE  /* wants to be asked in big steps */
} n2_reserve_role;

/** Where a message passes. */
typedef struct {
    uint32_t in_port, out_port;
    uint64_t rate_Bps; /* of the link at out_port; 0: not known, then it counts as
                          N2_RESERVE_UNSURE_BPS, and the answer says that we are not sure */
    uint32_t users;    /* that in_port stands for; 0 or 1: one */
    uint64_t source;   /* in-ports with the same one may all be one neighbour's, and have one
                          share; 0: in_port has its own */
    bool is_down;      /* there is no link at out_port */
} n2_reserve_way;

/** What our own node asks for. */
typedef struct {
    uint64_t tag;  /* the asker's; again with another rate: the same reservation is changed */
    uint64_t path; /* of the flow, as our own switch gets it */
    uint32_t kbps; /* not 0 */
    uint8_t class; /* N2_CLASS_URGENT or N2_CLASS_HIGH */
} n2_reserve_claim;

/** What came of it. */
typedef struct {
    uint64_t tag;
    n2_err err;          /* N2_OK: reserved, or with another rate.  N2_ERR_REFUSED: see reason;
                            N2_ERR_TIMEOUT: the far end does not answer, or no more */
    bool is_over;        /* with err: it ended; else it stands at `kbps` as before */
    uint8_t reason;      /* N2_ERR_REFUSED */
    uint8_t place;       /* OK: switches that reserved.  REFUSED: which one says no, from 1 */
    uint8_t unsure;      /* OK: of them, who do not know what their links carry */
    uint32_t kbps;       /* that is reserved now */
    uint32_t offer_kbps; /* that could be, if somebody asked for it */
    uint8_t class;       /* of the claim, */
    uint64_t claim_path; /* and its path */
    uint64_t path;       /* REFUSED: way ahead to the switch that says no; of others as asked */
} n2_reserve_event;

typedef struct {
    uint64_t asked, granted, refused, released, expired, cut; /* of flows through here */
    uint64_t demoted;    /* packets that lost their class */
    uint64_t passed;     /* messages passed on without a look, as they are not for us */
    uint64_t dropped;    /* messages of no form, or above N2_RESERVE_PER_S */
    uint64_t over_rate;  /* of them the latter */
    uint64_t table_full; /* refused, of them */
    uint64_t claims_full, steps_full;
    uint64_t unsent;            /* messages that found no room to wait in */
    uint64_t steps;             /* asks of ours for allotments */
    uint32_t n, most_of_a_port; /* held and noted now; the most that one in-port ever had */
} n2_reserve_stats;

/**
 * @env:   for ids; its user pointer must outlive @out.
 * @width: of the switch.
 *
 * Tables are allocated when first used.  Returns: N2_OK, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_reserve_new(n2_reserve **out, const n2_env *env, unsigned width);

/** @r: (transfer full) (nullable). */
void n2_reserve_free(n2_reserve *r);

void n2_reserve_set_role(n2_reserve *r, n2_reserve_role role);

/**
 * A message passes by: the step said HOP, and n2_reserve_is_message().
 *
 * @bytes: behind the step; changed in place.
 *
 * Returns: false: it ends here (refused: see output(); answered; or dropped and counted).
 */
bool n2_reserve_hop(
    n2_reserve *r, const n2_reserve_way *way, uint8_t *bytes, size_t len, uint64_t now_us);

/** A message ends here: the step said CONTROL, and n2_reserve_is_message().  @users: as in
 *  n2_reserve_way. */
void n2_reserve_end(n2_reserve *r,
                    uint32_t in_port,
                    uint32_t users,
                    const uint8_t *bytes,
                    size_t len,
                    uint64_t now_us);

/** The link at @port is gone: what was reserved for who came in by it ends, and what was to
 *  leave by it with a word to the asker. */
void n2_reserve_down(n2_reserve *r, uint32_t port, uint64_t now_us);

/**
 * Asks for a reservation, or changes one.  What comes of it: take_event().
 *
 * Returns: N2_OK; N2_ERR_USAGE (no rate, a class that needs none, or a path to ourselves),
 *          N2_ERR_EXISTS (another tag has one on this path), N2_ERR_LIMIT (N2_CLAIMS_MAX),
 *          N2_ERR_NOMEM: then nothing will come, and one of this tag by another path or
 *          class is given back all the same.
 */
N2_MUST_USE n2_err n2_reserve_ask(n2_reserve *r,
                                  const n2_reserve_claim *claim,
                                  uint64_t now_us);

/** Gives it back; unknown: nothing. */
void n2_reserve_give_back(n2_reserve *r, uint64_t tag, uint64_t now_us);

/** What stands under @tag now: @out's kbps is what is given, 0 nothing yet.  False: none. */
bool n2_reserve_find_claim(const n2_reserve *r, uint64_t tag, n2_reserve_claim *out);

/** The same for one that is given, by its path. */
bool n2_reserve_find_path(const n2_reserve *r, uint64_t path, n2_reserve_claim *out);

/** Does our own node have any, or want one? */
bool n2_reserve_has_claims(const n2_reserve *r);

/** Next message to send, N2_RESERVE_BYTES; false: none. */
bool n2_reserve_output(n2_reserve *r, uint8_t out[static N2_RESERVE_BYTES], uint64_t now_us);

bool n2_reserve_take_event(n2_reserve *r, n2_reserve_event *event);

uint64_t n2_reserve_deadline(const n2_reserve *r);
void n2_reserve_expire(n2_reserve *r, uint64_t now_us);

void n2_reserve_stats_get(const n2_reserve *r, n2_reserve_stats *out);

/** Adds the rows of its limits. */
void n2_reserve_uses(const n2_reserve *r, n2_uses *uses);

/** Adds its rows, and to those of ports what is reserved there. */
void n2_reserve_look(const n2_reserve *r, n2_look *look, uint64_t now_us);

/** kbit/s promised of the link at @out_port. */
uint64_t n2_reserve_promised_kbps(const n2_reserve *r, uint32_t out_port);
