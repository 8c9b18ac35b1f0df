/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resume.h - a handshake from a ticket of a former connection, without public keys.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: net2o white paper, "Encryption": a cached shared secret resumes a session;
 * PROTOCOL.md, section "Resumption".
 *
 *     asker                                     answerer
 *     start(ticket)                             finds the ticket by its id, start(ticket)
 *     write1: random, id, sealed payload   -->  read1
 *     read2                                <--  write2: random, sealed payload
 *     keys                                      keys
 *
 * Every key comes from the ticket's secret and from a hash over all that was said before, so
 * both randoms, both offers and the key record are in the connection's keys.  A ticket is used
 * once: whoever makes one erases it before it answers, or sends.
 */
#pragma once

#include "crypto/noise.h"

enum {
    N2_TICKET_ID_BYTES = 16,
    N2_TICKET_SECRET_BYTES = 32,
    N2_RESUME_RANDOM_BYTES = 32,
    N2_RESUME_PAYLOAD1_BYTES = 48, /* so that both messages have 112 bytes */
    N2_RESUME_PAYLOAD2_BYTES = 64,
    N2_RESUME_MESSAGE_BYTES = 112
};

/** What both sides of a connection can make the next one from.  Wipe after use. */
typedef struct {
    uint8_t id[N2_TICKET_ID_BYTES];
    uint8_t secret[N2_TICKET_SECRET_BYTES];
} n2_ticket;

/** The ticket of a connection: from 64 bytes of secrets that both sides share, @first that of
 *  the direction to the responder. */
void
n2_ticket_draw(n2_ticket *out, const uint8_t first[static 32], const uint8_t second[static 32]);

typedef struct {
    const n2_noise_suite *suite; /* of the connection the ticket comes from */
    uint8_t secret[N2_TICKET_SECRET_BYTES];
    uint8_t h[N2_NOISE_HASH_BYTES];
} n2_resume;

/** Begins either side with what both know; to be cleared.  @context: any bytes. */
void n2_resume_init(n2_resume *resume,
                    const n2_noise_suite *suite,
                    const n2_ticket *ticket,
                    const void *context,
                    size_t context_len);

/** Wipes. */
void n2_resume_clear(n2_resume *resume);

/** @random: drawn for this.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_resume_write1(n2_resume *resume,
                                    const n2_ticket *ticket,
                                    const uint8_t random[static N2_RESUME_RANDOM_BYTES],
                                    const uint8_t payload[static N2_RESUME_PAYLOAD1_BYTES],
                                    uint8_t out[static N2_RESUME_MESSAGE_BYTES]);

/** The id of the ticket that a message was made with (transfer none). */
const uint8_t *n2_resume_id(const uint8_t message[static N2_RESUME_MESSAGE_BYTES]);

/** Returns: N2_OK, N2_ERR_FORGED (then @payload is zeros), N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_resume_read1(n2_resume *resume,
                                   const uint8_t message[static N2_RESUME_MESSAGE_BYTES],
                                   uint8_t payload[static N2_RESUME_PAYLOAD1_BYTES]);

/** The answer, and the keys.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_resume_write2(n2_resume *resume,
                                    const uint8_t random[static N2_RESUME_RANDOM_BYTES],
                                    const uint8_t payload[static N2_RESUME_PAYLOAD2_BYTES],
                                    uint8_t out[static N2_RESUME_MESSAGE_BYTES],
                                    n2_noise_keys *keys);

/** Returns: N2_OK, N2_ERR_FORGED (then @payload and @keys are zeros, and @resume is as it was:
 *  the true answer may still come), N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_resume_read2(const n2_resume *resume,
                                   const uint8_t message[static N2_RESUME_MESSAGE_BYTES],
                                   uint8_t payload[static N2_RESUME_PAYLOAD2_BYTES],
                                   n2_noise_keys *keys);
