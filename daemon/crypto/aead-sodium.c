/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * aead-sodium.c - both ciphers by libsodium.
 */
#include <assert.h>

#include <sodium.h>

#include "crypto/aead-impl.h"

_Static_assert(sizeof(crypto_aead_aes256gcm_state) <= N2_AEAD_SCHEDULE_BYTES, "room");

static n2_err
gcm_key_init(n2_aead_key *key, const uint8_t *bytes)
{
    int bad = crypto_aead_aes256gcm_beforenm((void *)n2_aead_schedule(key), bytes);

    assert(!bad);
    (void)bad;
    return N2_OK;
}

static void
gcm_seal(const n2_aead_key *key,
         const uint8_t *nonce,
         const void *aad,
         size_t aad_len,
         const void *src,
         size_t len,
         void *dst,
         uint8_t *tag)
{
    (void)crypto_aead_aes256gcm_encrypt_detached_afternm(
        dst, tag, NULL, src, len, aad, aad_len, NULL, nonce, (void *)n2_aead_schedule(key));
}

static bool
gcm_open(const n2_aead_key *key,
         const uint8_t *nonce,
         const void *aad,
         size_t aad_len,
         const void *src,
         size_t len,
         const uint8_t *tag,
         void *dst)
{
    /* The bytes are declared never to be NULL. */
    return crypto_aead_aes256gcm_decrypt_detached_afternm(dst, NULL, len ? src : nonce, len,
                                                          tag, aad, aad_len, nonce,
                                                          (void *)n2_aead_schedule(key)) == 0;
}

static n2_err
chacha_key_init(n2_aead_key *key, const uint8_t *bytes)
{
    memcpy(n2_aead_schedule(key), bytes, N2_AEAD_KEY_BYTES);
    return N2_OK;
}

static void
chacha_seal(const n2_aead_key *key,
            const uint8_t *nonce,
            const void *aad,
            size_t aad_len,
            const void *src,
            size_t len,
            void *dst,
            uint8_t *tag)
{
    (void)crypto_aead_chacha20poly1305_ietf_encrypt_detached(
        dst, tag, NULL, src, len, aad, aad_len, NULL, nonce, n2_aead_schedule(key));
}

static bool
chacha_open(const n2_aead_key *key,
            const uint8_t *nonce,
            const void *aad,
            size_t aad_len,
            const void *src,
            size_t len,
            const uint8_t *tag,
            void *dst)
{
    return crypto_aead_chacha20poly1305_ietf_decrypt_detached(dst, NULL, len ? src : nonce, len,
                                                              tag, aad, aad_len, nonce,
                                                              n2_aead_schedule(key)) == 0;
}

static const n2_aead_ops table[] = {
    {N2_CIPHER_AES256GCM, "sodium", gcm_key_init, NULL, gcm_seal, gcm_open},
    {N2_CIPHER_CHACHA20POLY1305, "sodium", chacha_key_init, NULL, chacha_seal, chacha_open},
};

const n2_aead_ops *
n2_aead_sodium(int cipher)
{
    if (cipher == N2_CIPHER_CHACHA20POLY1305)
        return &table[1];
    return crypto_aead_aes256gcm_is_available() ? &table[0] : NULL;
}
