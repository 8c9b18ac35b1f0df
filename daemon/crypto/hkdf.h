/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hkdf.h - keys from keys: HKDF with SHA-512.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: RFC 5869.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    N2_HKDF_PRK_BYTES = 64,
    N2_HKDF_OUT_MAX = 255 * 64,
};

/** RFC 5869 2.2; @salt may be NULL if !@salt_len. */
void n2_hkdf_extract(const void *salt,
                     size_t salt_len,
                     const void *secret,
                     size_t secret_len,
                     uint8_t prk[static N2_HKDF_PRK_BYTES]);

/** RFC 5869 2.3; @out_len <= N2_HKDF_OUT_MAX (asserted).  @info may be NULL if !@info_len. */
void n2_hkdf_expand(const uint8_t prk[static N2_HKDF_PRK_BYTES],
                    const void *info,
                    size_t info_len,
                    void *out,
                    size_t out_len);

/** Both in turn; the PRK is wiped. */
void n2_hkdf(const void *salt,
             size_t salt_len,
             const void *secret,
             size_t secret_len,
             const void *info,
             size_t info_len,
             void *out,
             size_t out_len);

/** HMAC-SHA512 of @len bytes; the key may have any length.  RFC 2104. */
void n2_hmac_sha512(const void *key,
                    size_t key_len,
                    const void *bytes,
                    size_t len,
                    uint8_t out[static N2_HKDF_PRK_BYTES]);
