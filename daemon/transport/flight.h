/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flight.h - packets that have left and are not yet accounted for.
 *
 * Layer:     transport (may include: base, wire, crypto).
 * Invariant: one record a number in [held, next); every record below `first` is
 *            settled (acknowledged, lost or never to be acknowledged).  Without a ring nothing
 *            is held.
 *
 * Packets are numbered on and on; the counter in a packet, which begins anew with each key, is
 * its number less that of the first packet under its key (the span's base).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "crypto/aead.h"
#include "transport/ack.h"

typedef enum {
    N2_FLIGHT_UNCOUNTED, /* a control message: nobody acknowledges it */
    N2_FLIGHT_FLYING,
    N2_FLIGHT_ACKED,
    N2_FLIGHT_LOST,
    N2_FLIGHT_DROPPED /* lost too: a switch said so */
} n2_flight_state;

typedef struct {
    uint32_t sent_us; /* low half */
    uint32_t proof;   /* random half of its junk */
    uint32_t stream;  /* what it carried: number of the outgoing, the caller's */
    uint16_t wire_bytes;
    uint8_t n_units : 7;
    uint8_t is_again : 1; /* they were sent before */
    uint8_t state;        /* n2_flight_state */
    uint64_t unit;        /* the first */
} n2_flight_record;

/** What was found of the last acknowledgement, as the next says nearly all of it again: by
 *  blocks of 64 counters of one key. */
enum {
    N2_FLIGHT_BLOCKS = N2_ACK_WORDS + 1
};
typedef struct {
    uint64_t base; /* of the key */
    struct {
        uint64_t number; /* block of counters, and one: 0: nothing here */
        uint64_t bits;   /* claimed, each found good; bit 63 is the highest counter, */
        uint64_t taken;  /* of them settled */
        uint64_t proof;  /* XOR of the halves of those in `bits` */
    } blocks[N2_FLIGHT_BLOCKS];
} n2_flight_memo;

typedef struct {
    n2_flight_record *ring; /* (transfer full) (nullable): made at the first need */
    n2_flight_memo *memo;   /* (transfer full) (nullable): lives with the ring */
    uint32_t capacity;      /* power of two, or 0 */
    uint64_t first, next;   /* numbers */
    uint64_t held;          /* the lowest whose record is still there */
    uint64_t bytes;         /* flying, on the wire */
    uint32_t n_flying;
    uint64_t n_denied; /* acknowledged, though a switch had said that it was dropped */
    uint64_t n_full;   /* times that N2_FLIGHT_PACKETS_MAX left no room */
    n2_pool *pool;     /* (borrowed) (nullable): where the ring beyond 256 places counts */
} n2_flight;

void n2_flight_clear(n2_flight *f);

/** The packets that one key sealed: numbers from base, below end. */
typedef struct {
    uint64_t base, end;
    const n2_prf *prf; /* (nullable): of their random halves, for records no longer held */
} n2_flight_span;

/**
 * Makes room for one more.
 *
 * @spare: so many places are left to others: data leave some to acknowledgements, which may
 *         not wait behind a full window.
 *
 * Returns: false if the limit of packets under way is reached, or no memory; the first 256
 *          places need no room in the pool.
 */
bool n2_flight_room(n2_flight *f, uint32_t spare);

/** The same for a control message: nobody acknowledges it, so without a ring it needs none. */
static inline bool
n2_flight_room_control(n2_flight *f)
{
    return !f->ring || n2_flight_room(f, 0);
}

/** Wipes and frees the ring, if nothing is under way. */
void n2_flight_rest(n2_flight *f);

/** Enters the packet with number f->next; room was made. */
void n2_flight_add(n2_flight *f, const n2_flight_record *record);

/**
 * Checks an acknowledgement, whose bitmap is not empty, against what was sent.
 *
 * @span: of the key whose counters it tells of.
 *
 * What was found of the one before is remembered, so that it costs no more than what is new.
 *
 * Returns: N2_OK
 *          N2_ERR_FORGED  it claims a counter never sent or never to be acknowledged, or its
 *                         proof is wrong: end the connection
 *          N2_ERR_STATE   it speaks of counters too old to be checked: ignore it
 */
N2_MUST_USE n2_err n2_flight_check(n2_flight *f, const n2_ack *ack, const n2_flight_span *span);

/** Takes back one settled record after the other; see n2_flight_next_acked(). */
typedef struct {
    const n2_ack *ack;
    uint64_t base; /* number of its counter 0 */
    uint32_t i;    /* bit to look at next */
} n2_flight_walk;

/** Next record that @walk's acknowledgement settles, marked ACKED; NULL: no more.  A record
 *  held for lost before counts as well: it had only been late. */
n2_flight_record *n2_flight_next_acked(n2_flight *f, n2_flight_walk *walk);

/** Is packet @number, which was under way, acknowledged? */
bool n2_flight_is_acked(const n2_flight *f, uint64_t number);

/** What an acknowledgement says about those it does not claim; times are low halves. */
typedef struct {
    uint64_t base;       /* of the key it tells of */
    uint64_t highest;    /* number of the highest acknowledged; one 3 or more below is lost, */
    uint32_t before_us;  /* and one below it that was sent before this; */
    uint32_t earlier_us; /* of an earlier key, which has words of its own, only if sent before
                            this */
} n2_flight_doubt;

/**
 * Next record to be held for lost, marked LOST; NULL: no more.
 *
 * @cursor: begins as f->first.
 */
n2_flight_record *
n2_flight_next_lost(n2_flight *f, const n2_flight_doubt *doubt, uint64_t *cursor);

/** The oldest flying record if it was sent before @before_us (low half), marked LOST: a timer
 *  said so.  NULL: none. */
n2_flight_record *n2_flight_oldest(n2_flight *f, uint32_t before_us);

/** Our own process did nothing for @pause_us: all was sent so much later. */
void n2_flight_slept(n2_flight *f, uint64_t pause_us);

/** Record of @number if it is flying with the random half @proof; NULL: it is not. */
n2_flight_record *n2_flight_flying(n2_flight *f, uint64_t number, uint32_t proof);

/** A switch says that it was dropped: marked DROPPED. */
void n2_flight_drop(n2_flight *f, n2_flight_record *record);

/** Record of @number, which n2_flight_check() found good; NULL: not held any more. */
const n2_flight_record *n2_flight_peek(const n2_flight *f, uint64_t number);
