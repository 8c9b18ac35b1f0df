/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch.h - brings heads and contents from other nodes into the store, verified.
 *
 * Layer:    share (may include: base, wire, crypto, store, keys, transport, vm).
 * Remotes:  one connection for each identity that is asked, made when needed: way, node key,
 *           hello, then the identity's chain; nothing is asked before the chain holds but that
 *           identity's head, in the same go.  Neighbours show theirs when the link comes up.
 * Contents: in stretches of one group (1 MiB), each written by the holder into a region of the
 *           pool, N2_FETCH_REGIONS_MAX under way in all, dealt to the transfers in turn.  Above
 *           one group the group nodes come first and are checked against the root.  A stretch
 * is verified after its region has ended, before it is stored or shown. Loss:     a lost
 * connection is made again and goes on where it stopped; after N2_FETCH_TRIES_MAX that brought
 * nothing, the next holder is asked, or the transfer ends with the cause.  A holder of wrong
 * bytes is out for N2_FETCH_REFUSED_US. Threads:  none; sans-IO: orders come out of the op
 * queue, events go in, time is passed in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "crypto/nodekey.h"
#include "crypto/work.h"
#include "share/opqueue.h"
#include "share/talk.h"
#include "store/book.h"
#include "store/part.h"
#include "store/store.h"

typedef struct n2_fetch n2_fetch;

/**
 * Of the N2_CONTENT_* of n2_fetch_content(): the first holder is a cache, which is asked to
 * fetch it from the second; nobody else is asked.
 */
#define N2_FETCH_CARRIED 0x100u

/** A head or content being fetched; never 0, not soon used again. */
typedef uint32_t n2_transfer;

typedef struct {
    const n2_env *env; /* all (transfer none), outlive the fetch */
    n2_store *store;
    n2_crypto *crypto;
    const n2_unicode *unicode; /* (nullable) */
    n2_talk *talk;
    n2_op_queue *ops;
    const n2_helper *helper; /* (nullable): verifies and stores stretches meanwhile */
    uint8_t suites;          /* bits of those that we take; 0: all that this build has */
} n2_fetch_config;

typedef enum {
    N2_FETCH_NEED_WAY, /* who: answer with n2_fetch_way, now or when it is known */
    N2_FETCH_PROGRESS, /* transfer, done_bytes of total_bytes: verified and stored */
    N2_FETCH_LOST,     /* who, err: a try failed, another follows */
    N2_FETCH_LIED,     /* who: it gave something that did not verify; it is not asked for
                          N2_FETCH_REFUSED_US */
    N2_FETCH_SLOW,     /* who: no answer for a while; is the way whole? see n2_fetch_gone() */
    N2_FETCH_NEWS,     /* who: a newer head of it is in the store */
    N2_FETCH_HEARD,  /* who: it has shown statements about its keys that were not known here */
    N2_FETCH_PROVEN, /* who, conn, suite, hash: a connection to it is open, and it is proven;
                        n2_fetch_show() and n2_fetch_login() may follow */
    N2_FETCH_SHOWN,  /* who, err: it took our proof of who we are, or why not */
    N2_FETCH_LOGGED_IN, /* who, conn, err: an account has logged in, or why not */
    N2_FETCH_DONE       /* transfer, err, who (holder that gave it, or was asked last), ref */
} n2_fetch_event_kind;

typedef struct {
    n2_fetch_event_kind kind;
    n2_transfer transfer;
    n2_err err;
    n2_id who;
    n2_ref ref; /* DONE of a content: with its size */
    uint64_t done_bytes;
    uint64_t total_bytes;
    n2_conn conn;
    uint8_t suite;
    uint8_t hash[64]; /* of the handshake */
} n2_fetch_event;

/** Who we are (crypto/proof.h); borrowed. */
typedef struct {
    n2_slice chain; /* birth and adds, each with its length 2 before it */
    n2_slice certificate;
    n2_slice signature;
    n2_id who; /* that it proves */
} n2_shown;

/** Returns: N2_OK, N2_ERR_NOMEM, or what the store says. */
N2_MUST_USE n2_err n2_fetch_new(n2_fetch **out, const n2_fetch_config *config);

/** @fetch: (transfer full) (nullable).  The data plane must have stopped writing. */
void n2_fetch_free(n2_fetch *fetch);

/**
 * Asks @who for its newest head; DONE with N2_OK says that the store has the newest known.  One
 * that was confirmed within N2_HEAD_FRESH_US is not asked for again.  The same asked for twice
 * is one fetch and tells both with one event; each of them cancels.
 *
 * @path:     (nullable): names with '/' between them, "" the root folder itself.  What is on
 * this way is asked for in the same go: folders and short contents are in the store at DONE, as
 * far as the holder answers them, and a longer content is on its way for who asks for it within
 * N2_FETCH_AHEAD_US.
 * @n_groups: of such a content, so many at most.
 *
 * Returns: N2_OK, N2_ERR_LIMIT, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_fetch_head(n2_fetch *fetch,
                                 const n2_id *who,
                                 const char *path,
                                 unsigned n_groups,
                                 uint64_t now_us,
                                 n2_transfer *out);

/**
 * Asks @who for heads of its tree, the highest N2_HEADS_ANSWERED_MAX of those with counters
 * below
 * @below (0: all); DONE with N2_OK: they are in the store (version.h).
 *
 * Returns: N2_OK, N2_ERR_LIMIT, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_fetch_heads(
    n2_fetch *fetch, const n2_id *who, uint64_t below, uint64_t now_us, n2_transfer *out);

/**
 * Fetches a content into the store's cache.  DONE with N2_OK: it is whole there.  The same
 * content asked for twice is one fetch and tells both with one event; each of them cancels.
 *
 * @ref:     size N2_SIZE_UNKNOWN: the holder is asked for it.
 * @content: N2_CONTENT_*, added up.
 * @holders: who may have it, 1 to N2_FETCH_HOLDERS_MAX.  The first is asked first; above one
 *           group all serve at once.
 *
 * Returns: N2_OK, N2_ERR_LIMIT, N2_ERR_NOMEM, N2_ERR_USAGE (no holder).
 */
N2_MUST_USE n2_err n2_fetch_content(n2_fetch *fetch,
                                    const n2_ref *ref,
                                    unsigned content,
                                    const n2_id *holders,
                                    size_t n_holders,
                                    uint64_t now_us,
                                    n2_transfer *out);

/** One of many short contents. */
typedef struct {
    n2_ref ref;       /* with its size */
    unsigned content; /* N2_CONTENT_* */
    n2_ref folder;    /* that it is in, as the holder may know it, too; not set: not said */
    uint32_t at;      /* which entry */
} n2_fetch_item;

/**
 * Fetches many short contents into the store's cache in one go.  DONE with N2_OK: those that
 * the holder has are there; what is missing then may be had one by one, also after an error.
 *
 * @items:   N2_WALK_CONTENTS_MAX at most, N2_GROUP_BYTES together, not all of them empty;
 *           copied.
 * @holders: as of n2_fetch_content(); one of them serves.
 *
 * Returns: N2_OK, N2_ERR_LIMIT, N2_ERR_NOMEM, N2_ERR_USAGE (no holder; too many; too long).
 */
N2_MUST_USE n2_err n2_fetch_walk(n2_fetch *fetch,
                                 const n2_fetch_item *items,
                                 size_t n,
                                 const n2_id *holders,
                                 size_t n_holders,
                                 uint64_t now_us,
                                 n2_transfer *out);

/**
 * Makes the acquaintance of @who, to whom a link has come up: its key and its proof, so that a
 * visit begins with the hello.  Nothing is told of it; without success the first visit asks.
 */
void n2_fetch_greet(n2_fetch *fetch, const n2_id *who, uint64_t now_us);

/**
 * Shows the holder at the other end of @conn who we are.
 *
 * Returns: N2_OK: SHOWN follows, or the end of the connection
 *          N2_ERR_NOTFOUND  no such connection any more
 *          N2_ERR_LIMIT     a chain longer than one string, too many questions
 */
N2_MUST_USE n2_err n2_fetch_show(n2_fetch *fetch,
                                 n2_conn conn,
                                 const n2_shown *shown,
                                 uint64_t now_us);

/** The proof for @conn is being made (or came to nothing): until it is shown, or
 *  N2_FETCH_SHOW_US, 'not here' from there may mean 'not for you yet', and is asked again. */
void n2_fetch_showing(n2_fetch *fetch, n2_conn conn, bool is_showing, uint64_t now_us);

/** Who we are may be shown now: PROVEN is told again of those connections that do not know. */
void n2_fetch_offer(n2_fetch *fetch);

/**
 * The session that proved @who is over (NULL: all are): the connections that know who we are by
 * it, or are about to, are closed, and those with an account.  What was asked for goes on by
 * new ones.
 *
 * Returns: how many.
 */
size_t n2_fetch_hide(n2_fetch *fetch, const n2_id *who, uint64_t now_us);

/**
 * Logs an account in on @conn, which is open to a site that is proven.
 *
 * @statement: of login.h, for the hash of this connection's handshake.
 *
 * Returns: N2_OK: LOGGED_IN follows, or the end of the connection
 *          N2_ERR_NOTFOUND  no such connection any more
 *          N2_ERR_LIMIT     too many questions
 */
N2_MUST_USE n2_err n2_fetch_login(n2_fetch *fetch,
                                  n2_conn conn,
                                  const n2_slice *statement,
                                  uint64_t now_us);

/** Something was learnt of @who elsewhere: its identity is asked for again before its next head
 *  is taken. */
void n2_fetch_doubt(n2_fetch *fetch, const n2_id *who);

/** Opens a connection to @who, if there is none: PROVEN tells when it is there; nothing, if it
 *  does not come about. */
void n2_fetch_open(n2_fetch *fetch, const n2_id *who, uint64_t now_us);

/** The answer to n2_fetch_pair().  @values: (transfer none), until it returns. */
typedef void
n2_fetch_paired(void *user, const n2_id *who, n2_err err, const n2_value *values, size_t n);

/** Who gets them. */
void n2_fetch_on_pair(n2_fetch *fetch, n2_fetch_paired *paired, void *user);

/**
 * Says a message of a pairing to @who, to whom a connection is open.
 *
 * Returns: N2_OK: the answer follows, or the end of the connection, which is not told
 *          N2_ERR_NOTFOUND  no connection is open
 *          N2_ERR_LIMIT     too many questions
 */
N2_MUST_USE n2_err n2_fetch_pair(n2_fetch *fetch,
                                 const n2_id *who,
                                 const n2_slice *message,
                                 uint64_t now_us);

/** The answer to n2_fetch_name().  @values: (transfer none), until it returns. */
typedef void n2_fetch_named(void *user,
                            uint32_t number,
                            const n2_id *who,
                            n2_err err,
                            const n2_value *values,
                            size_t n);

/** Who gets them. */
void n2_fetch_on_name(n2_fetch *fetch, n2_fetch_named *named, void *user);

/**
 * Asks @who something about names, if a connection to it is open.
 *
 * @number: with which the answer comes.  @put: writes the question into the block.
 *
 * Returns: N2_OK: the answer follows, or the end of the connection, which is not told
 *          N2_ERR_NOTFOUND  no connection is open
 *          N2_ERR_LIMIT     too many questions
 */
N2_MUST_USE n2_err n2_fetch_name(n2_fetch *fetch,
                                 const n2_id *who,
                                 uint32_t number,
                                 void (*put)(void *user, n2_asm *block),
                                 void *user,
                                 uint64_t now_us);

/** An open connection to somebody who is proven. */
typedef struct {
    n2_conn conn;
    uint8_t suite;
    uint8_t hash[64];  /* of the handshake */
    bool is_shown;     /* it knows who we are */
    bool is_logged_in; /* an account of ours has logged in */
} n2_fetch_at;

/** The one to @who; false (@out zeroed): there is none. */
bool n2_fetch_open_to(n2_fetch *fetch, const n2_id *who, n2_fetch_at *out);

/** @who is to know us no more: a connection on which it does is closed.  What was asked for
 *  goes on by a new one. */
void n2_fetch_hide_from(n2_fetch *fetch, const n2_id *who, uint64_t now_us);

/** Are key and proof of @who here? */
bool n2_fetch_is_known(const n2_fetch *fetch, const n2_id *who);

/**
 * More who may have what a running transfer of a content fetches: they serve at once with the
 * others, up to N2_FETCH_HOLDERS_MAX.  Not for what is restricted: who is asked for it learns
 * that it is wanted.
 */
void n2_fetch_add_holders(
    n2_fetch *fetch, n2_transfer transfer, const n2_id *holders, size_t n, uint64_t now_us);

/** Has it not told its DONE yet? */
bool n2_fetch_is_running(n2_fetch *fetch, n2_transfer transfer);
/** What has come of a running transfer of a content; NULL: nothing yet, or nothing that others
 *  may have.  Until the next call of any function of this header. */
const n2_part *n2_fetch_peek_part(const n2_fetch *fetch, n2_transfer transfer);

/** One asker less; the transfer ends when none is left, and what came stays as a part. */
void n2_fetch_cancel(n2_fetch *fetch, n2_transfer transfer, uint64_t now_us);

/**
 * Reads verified bytes of a running transfer of more than one group.
 *
 * @out_len: 0 if they are not there yet.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no such transfer, or not begun), or what the store says.
 */
N2_MUST_USE n2_err n2_fetch_read(n2_fetch *fetch,
                                 n2_transfer transfer,
                                 uint64_t offset,
                                 uint8_t *buf,
                                 size_t len,
                                 size_t *out_len);

/** The same into the pipe @sink, without copying.  Also N2_ERR_BUSY (the pipe is full),
 *  N2_ERR_CLOSED (nobody reads it), N2_ERR_UNSUPPORTED (use n2_fetch_read()). */
N2_MUST_USE n2_err n2_fetch_hand_out(
    n2_fetch *fetch, n2_transfer id, uint64_t offset, size_t len, int sink, size_t *out_len);

/** A file of a reader's that takes bytes anywhere in it: what is verified is written there at
 * once, while it is at hand. */
typedef struct {
    n2_file file;
    uint64_t n_groups;
    uint8_t *has; /* (transfer none) a bit for each group that was written there */
} n2_fetch_sink;

/**
 * @sink: (transfer none) until n2_fetch_drop_sink().
 *
 * Returns: whether it is used; if not, another reader's is, or the sizes differ.
 */
bool n2_fetch_add_sink(n2_fetch *fetch, n2_transfer transfer, n2_fetch_sink *sink);

/** Nothing is written to it any more, whoever still fetches. */
void n2_fetch_drop_sink(n2_fetch *fetch, const n2_fetch_sink *sink);

/** A reader has taken all before @offset: fetching goes up to N2_FETCH_AHEAD_BYTES beyond. */
void
n2_fetch_reader_at(n2_fetch *fetch, n2_transfer transfer, uint64_t offset, uint64_t now_us);

/** A switch on the way to @who is gone: what waits for its answer has waited long enough. */
void n2_fetch_gone(n2_fetch *fetch, const n2_id *who, uint64_t now_us);

/**
 * Says how to reach @who.
 *
 * @err:  N2_OK with @path; N2_ERR_BUSY: not yet, wait a little; else: there is none, and why.
 * @last: bits of the last label in @path, as in op CONNECT; 0: not known.
 */
void n2_fetch_way(n2_fetch *fetch,
                  const n2_id *who,
                  n2_err err,
                  uint64_t path,
                  uint64_t last,
                  uint64_t now_us);

/* ---- moves ---- */

/** Whose connection @conn is, and the way it goes; false: nobody's that we opened. */
bool n2_fetch_who(n2_fetch *fetch, n2_conn conn, n2_id *who, uint64_t *path);

/** The connection to @who, if there is one, goes on by @path once the peer has answered there;
 *  by the way it goes already, it says again where it is. */
void n2_fetch_move(n2_fetch *fetch, const n2_id *who, uint64_t path);

/** The connection to @who, if there is one, ends: no way is left that it may go.  Its transfers
 *  go on when n2_fetch_way() tells another. */
void n2_fetch_leave(n2_fetch *fetch, const n2_id *who, uint64_t now_us);

/** Event MOVED. */
void n2_fetch_moved(n2_fetch *fetch, const n2_event *event, uint64_t now_us);

/* ---- events of the data plane ---- */

/** Says what time it is for the world; to be called before anything that passes now_us. */
void n2_fetch_clock(n2_fetch *fetch, int64_t wall_us);

/** This process did nothing for @pause_us, up to now: nobody's silence in that time counts. */
void n2_fetch_slept(n2_fetch *fetch, uint64_t pause_us);

/**
 * KEY_ANSWER, CONNECTED, CLOSED, COMMAND (that something came), WRITTEN, REVOKED.  The event's
 * bytes stay the caller's.  Returns: whether it was one of ours.
 */
bool n2_fetch_input_event(n2_fetch *fetch, const n2_event *event, uint64_t now_us);

/** The helper has done something. */
void n2_fetch_worked(n2_fetch *fetch, uint64_t now_us);

/** An answer to something that we asked: command `deliver` on @conn. */
void n2_fetch_deliver(n2_fetch *fetch, n2_conn conn, const n2_call *call, uint64_t now_us);

/** The data plane lost everything. */
void n2_fetch_restarted(n2_fetch *fetch, uint64_t now_us);

uint64_t n2_fetch_deadline(const n2_fetch *fetch);
void n2_fetch_expire(n2_fetch *fetch, uint64_t now_us);

/** The next event; false: none. */
bool n2_fetch_next_event(n2_fetch *fetch, n2_fetch_event *out);

/* ---- to show ---- */

typedef struct {
    n2_id who;
    bool is_open;
    bool is_shown;     /* it knows who we are */
    bool is_logged_in; /* an account of ours has logged in */
    uint32_t rtt_us;
    uint64_t path;
    uint8_t label_bits;    /* not 0: it is behind a label for several, of so many bits ... */
    uint16_t common_label; /* ... which is this; */
    uint16_t own_label;    /* by this one we go, for as long as the connection is there */
} n2_remote_info;

/** The @i-th remote; false after the last. */
bool n2_fetch_remote_at(const n2_fetch *fetch, size_t i, n2_remote_info *out);

typedef struct {
    uint64_t n_stretches, bytes; /* verified and stored */
    uint64_t n_forged;           /* answers or stretches that did not verify */
    uint64_t n_relieved;         /* times that what a holder was to write was given to others */
    uint64_t n_lost;             /* connections that ended before their work */
    uint64_t n_moved;            /* times that one went on by another way */
    uint64_t n_walked;           /* contents that came many at once */
    uint64_t n_follow_failed;    /* ways down that came and could not be kept */
    uint32_t n_transfers;
    /* limits met */
    uint64_t n_transfers_refused, n_remotes_refused, n_regions_refused;
} n2_fetch_counts;
void n2_fetch_counts_get(const n2_fetch *fetch, n2_fetch_counts *out);

/** Adds a row for each limit. */
void n2_fetch_uses(const n2_fetch *fetch, n2_uses *uses);
