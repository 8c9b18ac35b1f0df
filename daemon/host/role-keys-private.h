/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-keys-private.h - what the parts of the keys process share: its state, and who does what.
 *
 * Layer: host.  One thread; those of the cards are theirs alone.
 *
 *     role-keys          the process: its beginning, its loop, its end
 *     role-keys-answer   requests of the node
 *     role-keys-tokens   what tokens answer, and what is said without being asked
 *     keys-pipes         secrets that come past the node
 */
#pragma once

#include "host/cards.h"
#include "host/disk.h"
#include "host/frames.h"
#include "host/keys-pipes.h"
#include "keys/keyring.h"

typedef struct {
    n2_keyring *keyring; /* NULL: it is locked by a passphrase that nobody has said yet */
    n2_frames *node;     /* NULL while there is no node process */
    n2_cards *cards;     /* NULL: none can be asked */
    n2_keys_pipes *pipes;
    const n2_disk *disk;
    n2_env env;
    int64_t next_end_us;  /* of a session; 0: there is none */
    bool is_pull_the_end; /* of sessions that the token certified */
    bool is_deaf;         /* the node took an answer no more: lose it */
} keys;

/* ---- role-keys-answer.c ---- */

/** Answers all that the node has asked; a node that breaks the rules is lost. */
void n2_role_keys_hear_node(keys *k);

/** An n2_keys_pipe_cb, of keys: the request is answered. */
void n2_role_keys_came_cb(
    void *user, const uint8_t *request, size_t len, n2_keys_secret *secret, n2_err err);

/** There is no node any more: nothing waits for anybody. */
void n2_role_keys_lose_node(keys *k);

/** Opens the sealed file.  N2_ERR_REFUSED: by another passphrase. */
N2_MUST_USE n2_err n2_role_keys_open(keys *k, const char *passphrase);

/** Adds an answer, if there is one and a node; it is wiped. */
N2_MUST_USE n2_err n2_role_keys_say(keys *k, n2_err err, uint8_t *bytes, size_t len);

/* ---- role-keys-tokens.c ---- */

/** Begins the threads for tokens; without them all is as it was, but no token can be asked. */
void n2_role_keys_begin_cards(keys *k);

/** Says something to the node without being asked, if there is one. */
void n2_role_keys_tell(keys *k, const n2_keys_said *said);

/** The file is locked: asks for the passphrase. */
void n2_role_keys_want_passphrase(keys *k);
