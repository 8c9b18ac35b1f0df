/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring.h - all private keys of a profile, and the few things done with them.
 *
 * Layer:     keys (may include: base, wire, crypto).  Sans-IO: a request in, its answer out;
 * the file through a table of disk functions. Invariant: no request gives a private key, or a
 * raw agreement with one.  What was answered is on the disk before: a serial or an identity
 * that somebody saw is never forgotten. Memory:    private keys lie in locked pages of their
 * own, and are wiped there. Source:    data.md, section 2; protocol.md, section 2.
 */
#pragma once

#include "base/disk.h"
#include "base/env.h"
#include "base/utf8.h"
#include "keys/request.h"
#include "keys/secret.h"

/** The sealed file (kind 27), in the folder of the disk table. */
#define N2_KEYRING_FILE "keyring.n2"

/** A file of an older version, until the new one was written and read again. */
#define N2_KEYRING_OLD_FILE "keyring-old.n2"

typedef struct n2_keyring n2_keyring;

/**
 * Whoever talks to tokens.  Each begins what was asked and returns at once; what came of it is
 * told by n2_keyring_token_done() with the same @id, once, unless @cancel came before.
 */
typedef struct {
    void *user;

    /** @d: what is signed, nothing else.  N2_ERR_TOKEN, N2_ERR_LIMIT: not begun. */
    n2_err (*sign)(void *user,
                   uint32_t id,
                   const n2_key *key,
                   const n2_keys_place *place,
                   const uint8_t d[N2_DIGEST_BYTES]);

    /** @point: n2_hpke_enc_bytes(@key->method). */
    n2_err (*agree)(void *user,
                    uint32_t id,
                    const n2_key *key,
                    const n2_keys_place *place,
                    const uint8_t *point);
    void (*cancel)(void *user, uint32_t id);

    /** (nullable): is a token plugged in that has @key?  Of several that could sign one that is
     * there does. */
    bool (*is_there)(void *user, const n2_key *key);
} n2_keys_tokens;

/**
 * Opens the keyring of a profile; without a file it is empty, and the file is written with the
 * first identity.  May take as long as Argon2id does (10 ms with an empty passphrase, else 0.5
 * s).
 *
 * @passphrase: UTF-8, "" for none; of a new keyring it becomes the passphrase.  Not kept.
 * @disk, @env, @unicode: (borrowed): must outlive the keyring; @unicode may be NULL.
 *
 * Returns: N2_OK; otherwise the file is as it was, and @out NULL:
 *          N2_ERR_REFUSED  wrong passphrase
 *          N2_ERR_CORRUPT  the file is damaged
 *          N2_ERR_VERSION  a newer program wrote it
 *          N2_ERR_LIMIT    it asks for more work or holds more than this program allows
 *          N2_ERR_NOMEM, or what the disk says
 */
N2_MUST_USE n2_err n2_keyring_open(n2_keyring **out,
                                   const n2_disk *disk,
                                   const n2_env *env,
                                   const char *passphrase,
                                   const n2_unicode *unicode);

/** Wipes and frees.  @keyring: (transfer full) (nullable). */
void n2_keyring_free(n2_keyring *keyring);

/**
 * Answers one request.
 *
 * @wall_us: us since 1970; 0: not known.  Then nothing can be made that has a time in it
 *           (N2_ERR_STATE), and no key is thrown away as too old.
 * @buf:     (out): the answer; N2_KEYRING_MESSAGE_BYTES_MAX are enough for any.  That to ES is
 * a secret: wipe it once it is sent.
 *
 * Errors in an answer:
 *     N2_ERR_NOTFOUND     no such identity, index or key (or it is past its end)
 *     N2_ERR_EXISTS       NEW: an identity with this label is there
 *     N2_ERR_LIMIT        NEW: N2_KEYRING_IDENTITIES_MAX
 *     N2_ERR_UNSUPPORTED  NODE_KEY: a suite without keys here
 *     N2_ERR_FORGED       ES: e is a point of low order
 *     N2_ERR_REFUSED      SIGN: not a kind that is signed here, another identity in it, a
 *                         connection key that is not ours, or no key of it has the right now;
 *                         PROVE, LOGIN, ADD, REMOVE: the same; PASSPHRASE: wrong;
 *                         SHEET_TEST, END: words of another sheet
 *     N2_ERR_TOKEN        PROVE: a token signs in here (LOGIN); all others: no token can be
 *                         asked, or what it said
 *     N2_ERR_BUSY         a request with this number waits; NEW: another one does
 *     N2_ERR_STATE        after WIPE; no clock; PROVE: signed out; SHEET_TEST: not shown yet;
 *                         UNLOCK: it is open
 *     N2_ERR_FROZEN, N2_ERR_ENDED  of that identity
 *     N2_ERR_FORMAT and the like: the request, or the body to sign, is malformed
 *     N2_ERR_NOMEM, or what the disk says: nothing was changed
 *
 * Returns: N2_OK (there is an answer), N2_ERR_TRUNCATED or N2_ERR_FORMAT (not even id and kind
 * to answer to), N2_ERR_NOSPACE (@cap).
 */
N2_MUST_USE n2_err n2_keyring_answer(n2_keyring *keyring,
                                     const void *request,
                                     size_t len,
                                     int64_t wall_us,
                                     void *buf,
                                     size_t cap,
                                     size_t *answer_len);

/** From now on tokens can be asked; @tokens: (borrowed) (nullable): must outlive the keyring.
 */
void n2_keyring_set_tokens(n2_keyring *keyring, const n2_keys_tokens *tokens);

/**
 * The same for requests that come with a pipe (n2_keys_pipe_of()), and for those that may be
 * answered later.
 *
 * @in:  (nullable): what was read from the pipe, whole (n2_keys_secret_end()).
 * @out: (out) (nullable): what is to be written into it, if the answer has no error; wipe it.
 * @answer_len: 0: the answer comes from n2_keyring_token_done() or n2_keyring_cancel().
 */
N2_MUST_USE n2_err n2_keyring_ask(n2_keyring *keyring,
                                  const void *request,
                                  size_t len,
                                  const n2_keys_secret *in,
                                  n2_keys_secret *out,
                                  int64_t wall_us,
                                  void *buf,
                                  size_t cap,
                                  size_t *answer_len);

/**
 * A token has done, or not, what request @id waits for.
 *
 * @bytes: a signature, or what was agreed on.
 * @answer_len: 0: it waits for the next, or there is no such request.
 */
N2_MUST_USE n2_err n2_keyring_token_done(n2_keyring *keyring,
                                         uint32_t id,
                                         n2_err result,
                                         const uint8_t *bytes,
                                         size_t len,
                                         int64_t wall_us,
                                         void *buf,
                                         size_t cap,
                                         size_t *answer_len);

/** Requests that wait: ids are filled in, N2_KEYRING_PENDING_MAX at most.  Returns: how many.
 */
size_t n2_keyring_waiting(const n2_keyring *keyring, uint32_t *ids);

/** Forgets request @id that waits, without an answer, and tells the tokens. */
void n2_keyring_cancel(n2_keyring *keyring, uint32_t id);

/** The token with @aid was pulled: sessions that it certified, and those of keys that no token
 * has any more (it was a clone of theirs), end at once.  @said: (out): whose,
 * N2_KEYRING_IDENTITIES_MAX at most.  Returns: how many. */
size_t
n2_keyring_pulled(n2_keyring *keyring, const uint8_t aid[N2_KEYS_AID_BYTES], n2_id *said);

/**
 * Wipes session keys that are over.
 *
 * @said:    (out): whose were begun by hand, N2_KEYRING_IDENTITIES_MAX at most: they are
 *           signed out now.
 * @next_us: (out): when the next one is over, by @wall_us; 0: there is none.
 *
 * Returns: how many are in @said.
 */
size_t n2_keyring_expire(n2_keyring *keyring, int64_t wall_us, n2_id *said, int64_t *next_us);

/** Whose own identity lists one of @token's keys -> @token->owner. */
void n2_keyring_owner(const n2_keyring *keyring, n2_keys_token *token);

/** An answer with nothing but @err, to who asks while there is no keyring.  Errors:
 * n2_keyring_answer(). */
N2_MUST_USE n2_err n2_keys_refuse(
    const void *request, size_t len, n2_err err, void *buf, size_t cap, size_t *answer_len);

enum {
    N2_KEYRING_TURN = 16 /* requests for hellos that are answered together */
};

/** Takes one answer; (transfer none), wiped afterwards.  Returns: N2_OK, or why to stop. */
typedef n2_err n2_keyring_say(void *user, const uint8_t *answer, size_t len);

/**
 * Answers several requests, in their order; hellos side by side (crypto/agree.h), all with the
 * same clock.
 *
 * @requests: (transfer none): @n of them, at most N2_KEYRING_TURN.
 *
 * Returns: N2_OK, what @say returned, or the error of the first that cannot be answered
 *          (n2_keyring_answer()); then those behind it are not.
 */
N2_MUST_USE n2_err n2_keyring_answer_many(n2_keyring *keyring,
                                          const n2_slice *requests,
                                          size_t n,
                                          int64_t wall_us,
                                          n2_keyring_say *say,
                                          void *user);
