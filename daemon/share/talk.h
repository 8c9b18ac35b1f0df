/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * talk.h - the command streams of all connections: finds, checks and runs blocks, writes
 * answers.
 *
 * Layer: share (may include: base, wire, crypto, store, keys, transport, vm).
 * Use:   n2_talk_input with what arrived, then n2_talk_next until it returns false; each call
 * is done by serve (questions) or fetch (answers to ours).  A block that is refused is answered
 * with tag 0 and its error, but an answer never is; N2_VM_REFUSED_MAX of them, or a stream that
 * lost its place, close the connection.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/uses.h"
#include "share/opqueue.h"
#include "vm/asm.h"
#include "vm/stream.h"
#include "vm/vm.h"

#define N2_SIZE_UNKNOWN UINT64_MAX /* in the reference of `object`: whatever size it has */

enum {
    N2_WALK_PIECE_BYTES = 49, /* of `walk`: reference, first, count */
    N2_GROUP_LEVEL = 6        /* of `nodes`: hashes over N2_GROUP_LEAVES leaves */
};

/**
 * Bytes that each packet carries when @len bytes are read: the smallest packet that holds them
 * all, else the largest.  Both sides know it from the length.
 */
static inline uint32_t
n2_read_unit(uint64_t len)
{
    return len <= 32 ? 32 : len <= 128 ? 128 : len <= 512 ? 512 : 2048;
}

/** One connection's side of it. */
typedef struct {
    n2_conn conn;
    unsigned rights;  /* set of n2_right */
    uint8_t suite;    /* of its handshake, */
    uint8_t hash[64]; /* and its hash */
    uint64_t path;    /* way ahead to who came to us, as its packets come; of ours 0 */
    n2_id who;        /* who asks, as was proven; not set: not known, kept by serve */
    int64_t who_until_us;
    unsigned n_shows;  /* tries to prove it */
    void *session;     /* (owned) (nullable) by which it was: kept by serve, flat */
    void *account;     /* (owned) (nullable) that logged in, and where: kept by serve, flat */
    unsigned n_logins; /* tries of that */
    uint32_t unit_max; /* bytes of data in the largest packet that it takes */
    unsigned n_refused;
    n2_budget budget;
    n2_block_stream stream;
    uint32_t n_sends;    /* reads of it under way, kept by serve */
    uint64_t send_bytes; /* of them together */
    uint32_t n_alone;    /* contents that it alone reads, when serve looked last */
} n2_talker;

typedef struct {
    n2_op_queue *ops;    /* (transfer none) */
    n2_talker **talkers; /* (owned) sorted by conn */
    size_t n_talkers;
    size_t room;
    n2_vm vm;
    n2_talker *running; /* (transfer none) (nullable): whose block is in the vm */
    uint64_t n_blocks_refused;

    /* limits met */
    size_t bytes;             /* of all streams together */
    uint64_t n_bytes_refused; /* connections that held too much of them */
    uint64_t n_cost_refused;  /* blocks and answers above the budget */
    uint64_t n_closed;        /* connections with too many refused blocks */
    unsigned most_refused;
} n2_talk;

void n2_talk_init(n2_talk *talk, n2_op_queue *ops);
void n2_talk_clear(n2_talk *talk);

/** A connection is there.  @rights: set of n2_right.  It takes packets of any size, until its
 * side says another.  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_talk_open(n2_talk *talk, n2_conn conn, unsigned rights, uint64_t now_us);

/** It is gone; not an error if it was. */
void n2_talk_close(n2_talk *talk, n2_conn conn);

/** Adds a row for each limit that strangers can meet here. */
void n2_talk_uses(const n2_talk *talk, n2_uses *uses);

/** The connection's side (transfer none), or NULL. */
n2_talker *n2_talk_find(const n2_talk *talk, n2_conn conn);

/**
 * The next bytes of @conn's command stream.
 *
 * All streams together hold N2_TALK_BYTES_MAX: above that the one that holds most is closed.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no such connection), N2_ERR_LIMIT or N2_ERR_NOMEM: it cannot
 *          go on, the caller closes it.
 */
N2_MUST_USE n2_err
n2_talk_input(n2_talk *talk, n2_conn conn, const uint8_t *bytes, size_t len, uint64_t now_us);

/**
 * The next command to be done.
 *
 * @err: (out): N2_OK, or why the connection is to be closed now (then false is returned).
 */
bool n2_talk_next(n2_talk *talk, n2_conn conn, n2_call *call, n2_err *err, uint64_t now_us);

/** Leaves the object that `object` asked for. */
void n2_talk_put_object(n2_talk *talk, uint64_t number);

/** The command at hand failed: answers tag and @err, and the rest of its block is not run. */
void n2_talk_fail(n2_talk *talk, n2_err err);

/** Begins an answer: put values into it, then n2_talk_answer. */
n2_asm n2_talk_values(void);

/** The answer to a question that was put off: values, or (@err) why there is none.  Nothing, if
 * @conn is gone. */
void
n2_talk_answer_later(n2_talk *talk, n2_conn conn, n2_asm *values, uint64_t tag, n2_err err);

/** Sends the values with N2_OK and @tag; what can't be paid for or built is answered as error.
 */
void n2_talk_answer(n2_talk *talk, n2_asm *values, uint64_t tag);
