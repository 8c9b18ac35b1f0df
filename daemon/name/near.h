/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * near.h - who is in the same local network, and what they offer: announcements of ours and of
 *          neighbours (kind 44).
 *
 * Layer:     name (may include: base, wire, crypto).  Sans-IO.
 * Source:    net2o white paper, on configuration; PROTOCOL.md, section "Neighbours".
 * Use:       set_own() when ours was signed; hear() for each that came; when deadline() has
 *            passed expire(), and if it says so, write() one, which goes onto each wire and to
 *            the switch.
 * Invariant: what is here was said by who has the device key that is named with it, and not
 *            long ago.  Whether that key belongs to the identity, and whether anybody is where
 *            it was heard from, is proven by a connection and by nothing else: so who forges
 *            announcements, or says again what others said, reaches nothing.
 *
 * An announcement as it is sent: "n2c", version 1 (1), flags 1 (bit 0: asks the others to say
 * theirs soon), zero 1, port 2 (of UDP, where links are taken; 0: none, or the station itself),
 * length 2 (0: who asks says nothing of himself), statement, zeros.
 */
#pragma once

#include "base/address.h"
#include "base/bucket.h"
#include "base/env.h"
#include "base/limits.h"
#include "base/netaddr.h"
#include "crypto/statement.h"

enum {
    N2_NEAR_CHANNEL = 1, /* the local channel on which switches pass it on */
    N2_NEAR_HEAD_BYTES = 10,
    N2_NEAR_SAID_BYTES_MAX = N2_NEAR_HEAD_BYTES + N2_NEAR_BYTES_MAX,
    N2_NEAR_TAKES_LINKS = 1, /* bits of flags */
    N2_NEAR_LEADS_OUT = 2    /* it has a link to beyond the local network */
};

/** What a node says of itself. */
typedef struct {
    n2_id who;
    n2_key key;          /* its static key */
    uint8_t suites;      /* bits */
    uint8_t switch_bits; /* 1 to 16 */
    uint8_t flags;       /* N2_NEAR_* */
    uint64_t serial;     /* grows with each */
    int64_t until_us;    /* of the world's clock */
} n2_near_words;

/** Where one was heard. */
typedef struct {
    n2_net_addr net; /* on a wire: who takes links there; len 0: not on one */
    uint64_t path;   /* through our switch: the way back to it; 0: not so */
    uint16_t port;   /* the first port of that */
} n2_near_place;

typedef struct {
    n2_near_words words;
    n2_key device;           /* which signed it: with words.who it tells machines apart */
    n2_near_place wire, way; /* len 0, path 0: not heard so, or not for long */
    uint64_t wire_us, way_us, heard_us;
    size_t len;
    uint8_t bytes[N2_NEAR_BYTES_MAX]; /* the statement */
} n2_neighbour;

typedef struct n2_near n2_near;

/** Is that a service's name? */
bool n2_near_is_word(const char *text, size_t len);

/**
 * Writes the body that a device key is to sign.  An offer is a service: a word of small
 * letters, digits and inner hyphens, and what is said of it.
 *
 * @offers: @n of them, in any order.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_LIMIT (too many, or too long), N2_ERR_FORMAT (a word
 *          that is none, two that are equal).
 */
N2_MUST_USE n2_err n2_near_body(void *buf,
                                size_t cap,
                                const n2_near_words *words,
                                const n2_attr *offers,
                                size_t n,
                                n2_box *out);

/**
 * Reads a statement, whose signature is looked at.
 *
 * Returns: N2_OK; N2_ERR_LIMIT, N2_ERR_FORMAT; N2_ERR_FORGED (one signature, and it holds).
 */
N2_MUST_USE n2_err n2_near_read(n2_near_words *out,
                                n2_key *device,
                                const void *statement,
                                size_t len);

/** The next offer of @who: start with @at = 0; false at the end. */
bool n2_near_next_offer(const n2_neighbour *who, size_t *at, n2_attr *out);

/** Does it offer @word? */
bool n2_near_offers(const n2_neighbour *who, const char *word);

#define N2_NEAR_NAMES "names" /* it answers for names */

/**
 * Does it say that it answers for names?  Nobody has checked that, and whether the user trusts
 * that zone is another question.
 *
 * @suffix: (out) those that end so, as it was said; "": all.
 * @zone:   (out) the root that speaks for them.
 */
bool
n2_near_names(const n2_neighbour *who, char suffix[static N2_NAME_BYTES_MAX + 1], n2_id *zone);

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_near_new(n2_near **out, const n2_env *env, uint64_t now_us);
void n2_near_free(n2_near *near); /* (nullable) */

/** From now on that is said of us; nobody of the same device key is a neighbour.  Returns:
 *  N2_OK, N2_ERR_* as n2_near_read(). */
N2_MUST_USE n2_err n2_near_set_own(n2_near *near,
                                   const void *statement,
                                   size_t len,
                                   uint64_t now_us);

/** Nothing is said any more. */
void n2_near_be_silent(n2_near *near);

/**
 * What came by a wire or through the switch.
 *
 * @from:    one place of the two.  On a wire `net` is who sent it: with UDP the port is taken
 *           from what it says.
 * @wall_us: 0: the clock is not known to be right: ends are not looked at.
 *
 * Returns: N2_OK           heard; *@is_news says whether anything but the time has changed
 *          N2_ERR_EXISTS   it is ours
 *          N2_ERR_STATE    older than what we have of it
 *          N2_ERR_TIMEOUT  over, or too far ahead
 *          N2_ERR_BUSY     more signatures than N2_NEAR_CHECK_PER_S
 *          N2_ERR_NOSPACE  no place for one more from there, or at all
 *          N2_ERR_TRUNCATED, N2_ERR_FORMAT, N2_ERR_LIMIT, N2_ERR_FORGED
 */
N2_MUST_USE n2_err n2_near_hear(n2_near *near,
                                const uint8_t *bytes,
                                size_t len,
                                const n2_near_place *from,
                                uint64_t now_us,
                                int64_t wall_us,
                                bool *is_news);

/** What the others are told; @out: N2_NEAR_SAID_BYTES_MAX.  @port: as above.  Returns: bytes
 *  written, 0: nothing is said. */
size_t n2_near_write(const n2_near *near, uint16_t port, uint8_t *out);

/** Everything due.  Returns: is ours to be said now?  *@is_news: somebody is gone. */
bool n2_near_expire(n2_near *near, uint64_t now_us, bool *is_news);
uint64_t n2_near_deadline(const n2_near *near);

/** A wire is new, or a link: ours is said soon, and others are asked. */
void n2_near_hurry(n2_near *near, uint64_t now_us);

size_t n2_near_count(const n2_near *near);
const n2_neighbour *n2_near_at(const n2_near *near, size_t i);

/**
 * To whom links should lead, so that all of one wire come together: of those heard on a wire
 * that take links, and of us, the one that leads out, then the one of the least identity and
 * key.  Each picks the same one; NULL: it is us, or nobody is there.
 */
const n2_neighbour *n2_near_pick(const n2_near *near);

/** What was refused since the beginning, by reason. */
typedef struct {
    uint64_t heard, wrong, forged, over, busy, full;
} n2_near_stats;
n2_near_stats n2_near_stats_of(const n2_near *near);
