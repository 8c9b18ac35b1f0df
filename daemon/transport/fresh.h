/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fresh.h - the exchange of public keys that a resumed connection makes up for, inside it.
 *
 * Layer:  transport (may include: base, wire, crypto).
 * Source: net2o white paper, "Encryption"; PROTOCOL.md, section "Resumption".
 *
 *     initiator                                   responder
 *     N2_FRESH_US after it opened:
 *       FRESH question, e  --------------------->  draws its own e, mixes
 *       <------------------------  FRESH answer, e
 *     mixes, seals under epoch 1  -------------->  opens that, seals under epoch 1 too
 *
 *     what a side awaits   input                      goes on with
 *     TIME    (initiator)  N2_FRESH_US over           ANSWER: says e
 *     ANSWER  (initiator)  answer                     SEEN: mixed, turns
 *     SEEN    (initiator)  told that epoch 1 was seen nothing: done
 *     SEEN    (initiator)  time                       SEEN: says something under epoch 1
 *     ANSWER  (initiator)  time                       ANSWER: says e again
 *     QUESTION (responder) question                   TURN: says its e
 *     TURN    (responder)  the same question          TURN: says its e again
 *     TURN    (responder)  a packet of epoch 1        nothing: done, turns
 *     any                  N2_FRESH_END_US over       the connection ends
 *     any                  anything else              as it was
 *
 * Until it is done there is no epoch but 0: the secret that the next one comes from is mixed
 * with what both agreed on, and so is the ticket of the next connection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "crypto/noise.h"
#include "crypto/resume.h"
#include "transport/ack.h"

struct n2_connection;
struct n2_endpoint;

typedef enum {
    N2_FRESH_AWAITS_TIME,
    N2_FRESH_AWAITS_ANSWER,
    N2_FRESH_AWAITS_SEEN,
    N2_FRESH_AWAITS_QUESTION,
    N2_FRESH_AWAITS_TURN
} n2_fresh_awaits;

typedef struct n2_fresh {
    n2_fresh_awaits awaits;
    const n2_noise_suite *suite;
    uint64_t due_us; /* when the next thing happens by itself */
    uint64_t end_us;
    uint8_t secret[N2_NOISE_DH_BYTES_MAX]; /* of our e, while its answer is awaited */
    uint8_t e[N2_NOISE_DH_BYTES_MAX];      /* ours */
    uint8_t theirs[N2_NOISE_DH_BYTES_MAX]; /* TURN: of the question that was answered */
    uint8_t key[16];                       /* initiator: the ticket's place in its table */
    n2_ticket ticket;                      /* drawn when this connection began, or mixed */
    uint8_t old_id[N2_TICKET_ID_BYTES];    /* of the one that it takes the place of */
} n2_fresh;

/** A resumed connection begins.  @ticket: what was drawn from its first keys; @key: under which
 *  the initiator keeps it, else NULL.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_fresh_begin(struct n2_connection *c,
                                  const n2_noise_suite *suite,
                                  const n2_ticket *ticket,
                                  const uint8_t *key,
                                  uint64_t now_us);

/** (transfer full) (nullable).  Wipes. */
void n2_fresh_free(n2_fresh *fresh);

/** When n2_fresh_expire() wants to be called.  @fresh: (nullable). */
uint64_t n2_fresh_deadline(const n2_fresh *fresh);

/** May we go on to an epoch behind the first?  @fresh: (nullable). */
bool n2_fresh_may_turn(const n2_fresh *fresh);

/** May the peer be in an epoch behind the first?  @fresh: (nullable). */
bool n2_fresh_may_follow(const n2_fresh *fresh);

/** A message of type FRESH. */
void n2_fresh_message(struct n2_endpoint *ep,
                      struct n2_connection *c,
                      const n2_control_message *m,
                      uint64_t now_us);

/** The peer's first packet of epoch 1 opened. */
void n2_fresh_turned(struct n2_endpoint *ep, struct n2_connection *c, uint64_t now_us);

/** Time.  Returns: N2_OK, N2_ERR_TIMEOUT (the exchange did not come about: end it). */
N2_MUST_USE n2_err n2_fresh_expire(struct n2_endpoint *ep,
                                   struct n2_connection *c,
                                   uint64_t now_us);
