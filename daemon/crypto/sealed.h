/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sealed.h - bytes under a passphrase: the file that holds an owner's secret keys (kind 27).
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 2.
 *
 *     key     Argon2id (RFC 9106) of the passphrase, with the file's passes, KiB and salt
 *     sealed  XChaCha20-Poly1305 under it, associated data = all bytes before the value of
 * field 5 check   field 192: SHA-256 of all bytes before that field; tells a damaged file from
 * a wrong passphrase, proves nothing
 *
 * A file sealed again keeps its salt and its key and takes a new nonce of 24 random bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"
#include "wire/box.h"

enum {
    N2_SEALED_SALT_BYTES = 16,
    N2_SEALED_KEY_BYTES = 32,
    N2_SEALED_OVERHEAD_BYTES = 160, /* of a file over what it seals; less in fact */
    N2_SEALED_PLAIN_BYTES_MAX = 60 * 1024,

    /* with a passphrase, and with the empty one, which no work makes better */
    N2_SEALED_PASSES = 3,
    N2_SEALED_KIB = 256 * 1024,
    N2_SEALED_PASSES_EMPTY = 1,
    N2_SEALED_KIB_EMPTY = 8 * 1024,
};

/** The key of one file.  Belongs into locked memory; wipe with n2_sealer_clear(). */
typedef struct {
    uint32_t passes;
    uint32_t kib;
    uint8_t salt[N2_SEALED_SALT_BYTES];
    uint8_t key[N2_SEALED_KEY_BYTES];
} n2_sealer;

void n2_sealer_clear(n2_sealer *sealer);

/**
 * Makes a key for a new file, with the costs above.  Takes as long as Argon2id does (0.5 s with
 * a passphrase).
 *
 * Returns: N2_OK, N2_ERR_LIMIT (passphrase too long), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_sealer_init(n2_sealer *out,
                                  const char *passphrase,
                                  size_t passphrase_len,
                                  const n2_env *env);

/**
 * Makes the key of a file that is there; whether the passphrase is right shows when it is
 * opened.
 *
 * Returns: N2_OK
 *          N2_ERR_VERSION  written by a newer program: leave it alone
 *          N2_ERR_LIMIT    it asks for more work than N2_SEALED_*_MAX, or passphrase too long
 *          N2_ERR_CORRUPT  damaged
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_sealer_of_file(n2_sealer *out,
                                     const void *file,
                                     size_t len,
                                     const char *passphrase,
                                     size_t passphrase_len);

/**
 * Seals @len bytes.
 *
 * @buf: @cap bytes, at least @len + N2_SEALED_OVERHEAD_BYTES.
 * @out: (out): the file, in @buf.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (more than N2_SEALED_PLAIN_BYTES_MAX), N2_ERR_NOSPACE.
 */
N2_MUST_USE n2_err n2_sealer_seal(const n2_sealer *sealer,
                                  const n2_env *env,
                                  const void *plain,
                                  size_t len,
                                  void *buf,
                                  size_t cap,
                                  n2_box *out);

/**
 * Opens a file.
 *
 * @plain: (out): @cap bytes, @file_len are enough; zeroed on failure.
 *
 * Returns: N2_OK
 *          N2_ERR_REFUSED  wrong passphrase
 *          N2_ERR_CORRUPT  damaged
 *          N2_ERR_VERSION  written by a newer program
 *          N2_ERR_NOSPACE  @cap
 */
N2_MUST_USE n2_err n2_sealer_open(const n2_sealer *sealer,
                                  const void *file,
                                  size_t file_len,
                                  uint8_t *plain,
                                  size_t cap,
                                  size_t *plain_len);
