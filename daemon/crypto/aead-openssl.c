/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * aead-openssl.c - both ciphers by OpenSSL, which runs everywhere.
 */
#include <assert.h>
#include <limits.h>

#include <openssl/evp.h>

#include "crypto/aead-impl.h"

/* A call of EVP on a context that was set up fails only if we broke its rules. */
static void
must(int ok)
{
    assert(ok == 1);
    (void)ok;
}

static n2_err
key_init(n2_aead_key *key, const uint8_t *bytes)
{
    const EVP_CIPHER *cipher =
        key->ops->cipher == N2_CIPHER_AES256GCM ? EVP_aes_256_gcm() : EVP_chacha20_poly1305();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (!ctx)
        return N2_ERR_NOMEM;
    if (EVP_EncryptInit_ex(ctx, cipher, NULL, bytes, NULL) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        return N2_ERR_NOMEM;
    }
    key->state = ctx;
    return N2_OK;
}

static void
key_clear(n2_aead_key *key)
{
    EVP_CIPHER_CTX_free(key->state); /* wipes */
    key->state = NULL;
}

/* Feeds @aad and @src; the context keeps its key and changes direction with the nonce. */
static void
run(EVP_CIPHER_CTX *ctx,
    int seal,
    const uint8_t *nonce,
    const void *aad,
    size_t aad_len,
    const void *src,
    size_t len,
    void *dst)
{
    int n = 0;

    assert(len <= INT_MAX && aad_len <= INT_MAX);
    must(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, seal));
    if (aad_len)
        must(EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len));
    if (len)
        must(EVP_CipherUpdate(ctx, dst, &n, src, (int)len));
}

static void
seal(const n2_aead_key *key,
     const uint8_t *nonce,
     const void *aad,
     size_t aad_len,
     const void *src,
     size_t len,
     void *dst,
     uint8_t *tag)
{
    EVP_CIPHER_CTX *ctx = key->state;
    uint8_t none[16];
    int n = 0;

    run(ctx, 1, nonce, aad, aad_len, src, len, dst);
    must(EVP_CipherFinal_ex(ctx, none, &n));
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, N2_AEAD_TAG_BYTES, tag));
}

static bool
open(const n2_aead_key *key,
     const uint8_t *nonce,
     const void *aad,
     size_t aad_len,
     const void *src,
     size_t len,
     const uint8_t *tag,
     void *dst)
{
    EVP_CIPHER_CTX *ctx = key->state;
    uint8_t want[N2_AEAD_TAG_BYTES];
    uint8_t none[16];
    int n = 0;

    memcpy(want, tag, sizeof want);
    run(ctx, 0, nonce, aad, aad_len, src, len, dst);
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof want, want));
    return EVP_CipherFinal_ex(ctx, none, &n) == 1;
}

static const n2_aead_ops table[] = {
    {N2_CIPHER_AES256GCM, "openssl", key_init, key_clear, seal, open},
    {N2_CIPHER_CHACHA20POLY1305, "openssl", key_init, key_clear, seal, open},
};

const n2_aead_ops *
n2_aead_openssl(int cipher)
{
    const char *name = cipher == N2_CIPHER_AES256GCM ? "AES-256-GCM" : "ChaCha20-Poly1305";
    EVP_CIPHER *found = EVP_CIPHER_fetch(NULL, name, NULL); /* a FIPS build has no ChaCha20 */

    if (!found)
        return NULL;
    EVP_CIPHER_free(found);
    return &table[cipher == N2_CIPHER_AES256GCM ? 0 : 1];
}
