/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht.h - one node of the DHT: whom it knows, what it keeps, its look-ups and announcements.
 *
 * Layer:  share (may include: base, wire, crypto, store, keys, transport, vm).
 * Source: data.md, section 8; PROTOCOL.md, "Who has what".
 * Use:    sans-IO.  Questions of others are answered by n2_dht_near() and n2_dht_values(); our
 *         own come out of n2_dht_next(), and what became of them goes to n2_dht_answered() or
 *         n2_dht_failed(): for values the owner looks at them himself, and says
 *         n2_dht_enough() when he has what he wants.  n2_dht_expire() at n2_dht_deadline().
 * Who:    a peer that is handed in (n2_dht_heard(), n2_dht_answered()) is proven to be that
 *         node; one that others told of (n2_dht_answered(), told) is not, and is only asked.
 */
#pragma once

#include "base/env.h"
#include "share/dht-seek.h"
#include "share/dht-values.h"

typedef struct n2_dht n2_dht;

typedef enum {
    N2_DHT_ASK_NEAR,   /* the nodes nearest to a target */
    N2_DHT_ASK_VALUES, /* the same, and what there is under this key */
    N2_DHT_ASK_KEEP    /* to keep a value */
} n2_dht_question;

/** A question that is to be asked. */
typedef struct {
    uint64_t number; /* of it, never 0 */
    uint64_t job;    /* of the look-up it belongs to; 0: of none */
    n2_dht_question question;
    n2_dht_peer peer;
    uint8_t target[N2_DHT_ID_BYTES];
    n2_dht_value value; /* KEEP: borrows, until the next call */
    unsigned hop;       /* at which the peer stands */
} n2_dht_ask;

/** A look-up has ended. */
typedef struct {
    uint64_t job;
    n2_dht_question question; /* what it was for */
    bool is_enough;           /* its owner said so */
    unsigned n_answered;      /* nodes that did */
    unsigned n_kept;          /* KEEP: that keep it now */
} n2_dht_end;

typedef struct {
    uint64_t n_seeks, n_seeks_refused;
    uint64_t n_again; /* that began again, as only liars seemed to have answered */
    uint64_t n_questions, n_answers, n_timeouts; /* our own */
    uint64_t n_asked;                            /* by others */
} n2_dht_counts;

/** @self: ourselves, also as others are told of us.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_dht_new(n2_dht **out, const n2_env *env, const n2_dht_peer *self);
void n2_dht_free(n2_dht *dht); /* (nullable) */

/** We have another place, and so another id.  Look-ups go on; the nodes near it are looked for
 *  at the next n2_dht_expire(). */
void n2_dht_move(n2_dht *dht, const n2_dht_peer *self);
const n2_dht_peer *n2_dht_self(const n2_dht *dht); /* (transfer none) */

/** @peer has shown itself. */
void n2_dht_heard(n2_dht *dht, const n2_dht_peer *peer, uint64_t now_us);

/**
 * The same for one that was met outside of look-ups: a neighbour, somebody that is written
 * down.  What it knows may be another network than ours, so our own place is looked for
 * through it, whether or not there is room for it here.
 */
void n2_dht_meet(n2_dht *dht, const n2_dht_peer *peer, uint64_t now_us);

/** @peer is no node any more. */
void n2_dht_gone(n2_dht *dht, const n2_dht_peer *peer);

/** Answers who is nearest to @target.  @out: (out): N2_DHT_K.  Returns: how many. */
size_t n2_dht_near(n2_dht *dht, const uint8_t target[static N2_DHT_ID_BYTES], n2_dht_peer *out);

/** What is kept for others (transfer none). */
n2_dht_values *n2_dht_kept(n2_dht *dht);

/**
 * Looks for the nodes near @target (N2_DHT_ASK_NEAR) or for values under it
 * (N2_DHT_ASK_VALUES).
 *
 * @job: (out) (nullable).
 *
 * Returns: N2_OK, N2_ERR_LIMIT (N2_DHT_SEEKS_MAX: later), N2_ERR_UNREACHABLE (no other node is
 *          known), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_dht_find(n2_dht *dht,
                               n2_dht_question question,
                               const uint8_t target[static N2_DHT_ID_BYTES],
                               uint64_t *job);

/** Looks for the nodes near the key of @value, which is copied, and asks them to keep it.
 *  Returns: as n2_dht_find(). */
N2_MUST_USE n2_err n2_dht_put(n2_dht *dht, const n2_dht_value *value, uint64_t *job);

/** Ends a look-up: its owner has what he wants.  Not an error if it has ended. */
void n2_dht_enough(n2_dht *dht, uint64_t job);

/** The next question.  Returns: false: none. */
bool n2_dht_next(n2_dht *dht, n2_dht_ask *out, uint64_t now_us);

/** An answer, with @n nodes @told of, the nearest first; not an error if it comes too late.
 *  @is_kept: KEEP: it does. */
void n2_dht_answered(n2_dht *dht,
                     uint64_t number,
                     const n2_dht_peer *told,
                     size_t n,
                     bool is_kept,
                     uint64_t now_us);

/** There is no answer, nor will there be. */
void n2_dht_failed(n2_dht *dht, uint64_t number);

/** The next look-up that has ended.  Returns: false: none. */
bool n2_dht_ended(n2_dht *dht, n2_dht_end *out);

uint64_t n2_dht_deadline(const n2_dht *dht);
void n2_dht_expire(n2_dht *dht, uint64_t now_us, int64_t wall_us);

size_t n2_dht_count(const n2_dht *dht); /* nodes that we know */
void n2_dht_counts_get(const n2_dht *dht, n2_dht_counts *out);

/** Adds a row for each limit that strangers can meet here. */
void n2_dht_uses(const n2_dht *dht, n2_uses *uses);
