/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve.h - answers peers' questions about what is open to them in the store.
 *
 * Layer:  share (may include: base, wire, crypto, store, keys, transport, vm).
 * Open:   only contents that a reference or edge leads to which is open to who asks: of realm
 * 0, or of a list with the identity that was shown on this connection, or the account that
 *         logged in.  'Not here' and 'not for you' are one answer, N2_ERR_NOTFOUND, after the
 *         same look-ups.
 * Memory: what is sent stays mapped until the data plane says SENT or CLOSED, whatever happens
 *         to the content meanwhile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share/opqueue.h"
#include "share/talk.h"
#include "store/book.h"
#include "store/part.h"
#include "store/store.h"

typedef struct n2_serve n2_serve;

typedef struct {
    uint64_t n_answered;
    uint64_t n_failed; /* questions answered with an error */
    uint64_t n_reads;
    uint64_t read_bytes;
    /* limits met: reads of one connection, their bytes, contents in use */
    uint64_t n_sends_refused, n_bytes_refused, n_objects_refused;
    uint64_t
        n_walks_refused; /* many contents at once, that N2_SERVE_WALK_BYTES had no room for */
    uint64_t n_unmapped; /* contents that N2_SERVE_MAPPED_BYTES had no room for */
    uint32_t most_sends;
    uint64_t most_bytes;
    uint64_t n_shows, n_shows_wrong;           /* askers who proved who they are, or did not, */
    uint64_t n_shows_over;                     /* and those whose key went meanwhile */
    uint64_t n_shows_refused, n_shows_limited; /* limits met: tries of one, tries a second */
    uint32_t most_shows;
    uint64_t n_logins, n_logins_wrong, n_logins_refused; /* accounts, in the same way */
    uint32_t most_logins;
    uint64_t n_moves_limited;
} n2_serve_counts;

/** @store, @talk, @ops, @unicode (nullable): (transfer none) outlive it.  Returns: N2_OK,
 *  N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_serve_new(n2_serve **out,
                                n2_store *store,
                                n2_talk *talk,
                                n2_op_queue *ops,
                                const n2_unicode *unicode);

/**
 * Takes a message of a pairing that came by @conn.
 *
 * @bytes:  (transfer none), until it returns.
 * @answer: values are put into it.
 *
 * Returns: N2_OK, or what is answered instead.
 */
typedef n2_err
n2_serve_pair(void *user, n2_conn conn, const uint8_t *bytes, size_t len, n2_asm *answer);

/** Who takes them; nobody does before. */
void n2_serve_on_pair(n2_serve *serve, n2_serve_pair *pair, void *user);

/**
 * Takes a question about names or the DHT: NAME_ASK, ZONE_MAP, RESOLVE,
 * ZONE_HEADS, DHT_*.
 *
 * @answer: values are put into it.
 *
 * Returns: N2_OK; N2_ERR_BUSY: n2_talk_answer_later() follows; or what is answered instead.
 */
typedef n2_err n2_serve_name(void *user, n2_conn conn, const n2_call *call, n2_asm *answer);

/** Who takes them; nobody does before. */
void n2_serve_on_name(n2_serve *serve, n2_serve_name *name, void *user);

/**
 * Fetches a content for others, or says how far that is.
 *
 * @author: (nullable): who has it; NULL: it is only looked.
 * @part:   (out) (nullable): of it, if something has come; until it returns to the node.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND, N2_ERR_LIMIT, N2_ERR_UNSUPPORTED.
 */
typedef n2_err
n2_serve_carry(void *user, const n2_ref *ref, const n2_id *author, const n2_part **part);

/** Who does; nobody before. */
void n2_serve_on_carry(n2_serve *serve, n2_serve_carry *carry, void *user);

/** Says what time it is; @wall_us: us since 1970, 0 not known. */
void n2_serve_clock(n2_serve *serve, uint64_t now_us, int64_t wall_us);

/**
 * The store has news of the keys of @who: a connection that was proven by a session which does
 * not hold by them (its key is removed or over, the identity has ended or is frozen) is closed,
 * and knows nobody from here on.
 */
void n2_serve_heard(n2_serve *serve, const n2_id *who);

/** Who asks on @conn; false: that was not proven, or no longer holds. */
bool n2_serve_asker(const n2_serve *serve, n2_conn conn, n2_id *who);

/** Which account has logged in on @conn, and at which site of ours; false: none. */
bool n2_serve_account(const n2_serve *serve, n2_conn conn, n2_key *key, n2_id *site);

/** @serve: (transfer full) (nullable).  No send may be under way any more. */
void n2_serve_free(n2_serve *serve);

/**
 * Makes `identity` answer for @who: birth, controls, adds and so on as the store has them, and
 * this statement.
 *
 * @suite:     of the connections that are answered so.
 * @statement: node key statement (kind 9), copied; it replaces the one before.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_LIMIT (more identities than N2_SERVE_IDENTITIES_MAX).
 */
N2_MUST_USE n2_err n2_serve_set_node_key(
    n2_serve *serve, const n2_id *who, uint8_t suite, const uint8_t *statement, size_t len);

/** Does one command that n2_talk_next gave for @conn; answers through the talk. */
void n2_serve_call(n2_serve *serve, n2_conn conn, const n2_call *call);

/** Says what time it is, and closes what was not read for N2_SERVE_KEPT_US, if there is too
 *  much of it. */
void n2_serve_expire(n2_serve *serve, uint64_t now_us);

/** When n2_serve_expire() should be called; UINT64_MAX: there is nothing to do. */
uint64_t n2_serve_deadline(const n2_serve *serve);

/** Event SENT. */
void n2_serve_sent(n2_serve *serve, n2_conn conn, uint64_t tag);

/** Event CLOSED, before the talk forgets the connection. */
void n2_serve_closed(n2_serve *serve, n2_conn conn);

void n2_serve_counts_get(const n2_serve *serve, n2_serve_counts *out);

/** Adds a row for each limit that strangers can meet here. */
void n2_serve_uses(const n2_serve *serve, n2_uses *uses);
