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

/** The sealed file (kind 27), in the folder of the disk table. */
#define N2_KEYRING_FILE "keyring.n2"

typedef struct n2_keyring n2_keyring;

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
 *                         PROVE: no key of it may certify a session now
 *     N2_ERR_STATE        after WIPE; or no clock
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
