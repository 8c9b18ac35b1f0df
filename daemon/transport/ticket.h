/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ticket.h - tickets of former connections: those that we gave, and those that we may use.
 *
 * Layer:     transport (may include: base, wire, crypto).
 * Invariant: who uses one drops it from the table first, so it serves once.
 * Bounds:    so many, the oldest goes first; none lives longer than N2_TICKET_US since the
 *            exchange of public keys that its secret goes back to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/resume.h"

enum {
    N2_TICKET_KEY_BYTES = 16
};

typedef struct n2_ticket_entry n2_ticket_entry;

typedef struct {
    n2_ticket_entry *ring; /* (transfer full) (nullable) made with the first */
    uint32_t *chains;      /* (transfer full) (nullable) */
    uint32_t capacity;     /* a power of two */
    uint32_t next;         /* place of the next one: the oldest's */
    uint32_t n;
    uint64_t sweep_us; /* next look for those past their end */
    uint64_t thrown;   /* before their end, for newer ones */
} n2_tickets;

/** @capacity: a power of two. */
void n2_tickets_init(n2_tickets *tickets, uint32_t capacity);

/** Wipes and frees. */
void n2_tickets_clear(n2_tickets *tickets);

/** Keeps one under @key until @until_us.  Without memory it is not kept: a full handshake does
 *  as well. */
void n2_tickets_put(n2_tickets *tickets,
                    const uint8_t key[static N2_TICKET_KEY_BYTES],
                    const n2_ticket *ticket,
                    uint64_t until_us,
                    uint64_t now_us);

/** The newest under @key; it stays.  @until_us: (out): its end.  False: there is none. */
bool n2_tickets_get(const n2_tickets *tickets,
                    const uint8_t key[static N2_TICKET_KEY_BYTES],
                    n2_ticket *out,
                    uint64_t *until_us,
                    uint64_t now_us);

/** Throws the one with @id under @key away, if it is there. */
void n2_tickets_drop(n2_tickets *tickets,
                     const uint8_t key[static N2_TICKET_KEY_BYTES],
                     const uint8_t id[static N2_TICKET_ID_BYTES]);

/** When n2_tickets_expire() wants to be called. */
uint64_t n2_tickets_deadline(const n2_tickets *tickets);

/** Wipes those past their end. */
void n2_tickets_expire(n2_tickets *tickets, uint64_t now_us);
