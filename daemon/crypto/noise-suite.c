/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * noise-suite.c - the two suites: 25519, ChaChaPoly, BLAKE2b by libsodium; 448, AESGCM, SHA512
 * by OpenSSL.
 *
 * Source: The Noise Protocol Framework, revision 34, section 12.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "crypto/noise-impl.h"

static const uint8_t nonce0[12];

/* suite 1 */

static void
hash_blake2b(const n2_noise_part *parts, size_t n, uint8_t *out)
{
    crypto_generichash_blake2b_state state;

    crypto_generichash_blake2b_init(&state, NULL, 0, N2_NOISE_HASH_BYTES);
    for (size_t i = 0; i < n; i++)
        if (parts[i].len)
            crypto_generichash_blake2b_update(&state, parts[i].bytes, parts[i].len);
    crypto_generichash_blake2b_final(&state, out, N2_NOISE_HASH_BYTES);
    sodium_memzero(&state, sizeof state);
}

static n2_err
public_25519(const uint8_t *secret, uint8_t *public_key)
{
    crypto_scalarmult_curve25519_base(public_key, secret);
    return N2_OK;
}

static n2_err
dh_25519(const uint8_t *secret, const uint8_t *public_key, uint8_t *shared)
{
    return crypto_scalarmult_curve25519(shared, secret, public_key) ? N2_ERR_FORGED : N2_OK;
}

static n2_err
seal_chacha(const uint8_t *k, const uint8_t *ad, const void *src, size_t len, uint8_t *dst)
{
    crypto_aead_chacha20poly1305_ietf_encrypt_detached(dst, dst + len, NULL, src, len, ad,
                                                       N2_NOISE_HASH_BYTES, NULL, nonce0, k);
    return N2_OK;
}

static n2_err
open_chacha(const uint8_t *k, const uint8_t *ad, const uint8_t *src, size_t len, void *dst)
{
    int bad = crypto_aead_chacha20poly1305_ietf_decrypt_detached(
        dst, NULL, src, len, src + len, ad, N2_NOISE_HASH_BYTES, nonce0, k);

    return bad ? N2_ERR_FORGED : N2_OK;
}

static const n2_noise_functions functions_1 = {
    hash_blake2b, public_25519,   dh_25519, seal_chacha, open_chacha,
    "sodium",     n2_lanes_25519, 2,        9,
};

/* suite 2 */

static void
hash_sha512(const n2_noise_part *parts, size_t n, uint8_t *out)
{
    SHA512_CTX state;

    SHA512_Init(&state);
    for (size_t i = 0; i < n; i++)
        if (parts[i].len)
            SHA512_Update(&state, parts[i].bytes, parts[i].len);
    SHA512_Final(out, &state);
    sodium_memzero(&state, sizeof state);
}

static n2_err
public_448(const uint8_t *secret, uint8_t *public_key)
{
    size_t len = N2_NOISE_DH_BYTES_MAX;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X448, NULL, secret, len);
    int ok = key && EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1;

    EVP_PKEY_free(key);
    return ok ? N2_OK : N2_ERR_NOMEM;
}

/* A key for agreements alone.  OpenSSL would work its public half out, which costs as much as
 * an agreement and is not used in one; it takes whichever it is given. */
static EVP_PKEY *
private_448(const uint8_t *secret)
{
    uint8_t no_public[N2_NOISE_DH_BYTES_MAX] = {0};
    uint8_t copy[N2_NOISE_DH_BYTES_MAX];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "X448", NULL);
    EVP_PKEY *key = NULL;

    for (size_t i = 0; i < sizeof copy; i++)
        copy[i] = secret[i];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, copy, sizeof copy),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, no_public, sizeof no_public),
        OSSL_PARAM_construct_end(),
    };
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    sodium_memzero(copy, sizeof copy);
    return key;
}

static n2_err
dh_448(const uint8_t *secret, const uint8_t *public_key, uint8_t *shared)
{
    n2_err err = N2_ERR_NOMEM;
    size_t len = N2_NOISE_DH_BYTES_MAX;
    EVP_PKEY *own = private_448(secret);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X448, NULL, public_key, len);
    EVP_PKEY_CTX *ctx = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;

    if (!peer || !ctx || EVP_PKEY_derive_init(ctx) != 1 ||
        EVP_PKEY_derive_set_peer(ctx, peer) != 1)
        goto out;
    /* Refuses an agreement of zeros by itself; a failure has no other reason left. */
    err = EVP_PKEY_derive(ctx, shared, &len) == 1 ? N2_OK : N2_ERR_FORGED;
out:
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    return err;
}

static n2_err
seal_gcm(const uint8_t *k, const uint8_t *ad, const void *src, size_t len, uint8_t *dst)
{
    EVP_CIPHER_CTX *ctx = len <= INT_MAX ? EVP_CIPHER_CTX_new() : NULL;
    int n = 0;
    int ok =
        ctx && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, k, nonce0) == 1 &&
        EVP_EncryptUpdate(ctx, NULL, &n, ad, N2_NOISE_HASH_BYTES) == 1 &&
        (!len || EVP_EncryptUpdate(ctx, dst, &n, src, (int)len) == 1) &&
        EVP_EncryptFinal_ex(ctx, dst + len, &n) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, N2_NOISE_TAG_BYTES, dst + len) == 1;

    EVP_CIPHER_CTX_free(ctx);
    return ok ? N2_OK : N2_ERR_NOMEM;
}

static n2_err
open_gcm(const uint8_t *k, const uint8_t *ad, const uint8_t *src, size_t len, void *dst)
{
    EVP_CIPHER_CTX *ctx = len <= INT_MAX ? EVP_CIPHER_CTX_new() : NULL;
    uint8_t tag[N2_NOISE_TAG_BYTES];
    uint8_t none[16];
    int n = 0;

    for (size_t i = 0; i < sizeof tag; i++)
        tag[i] = src[len + i];
    int ok = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, k, nonce0) == 1 &&
             EVP_DecryptUpdate(ctx, NULL, &n, ad, N2_NOISE_HASH_BYTES) == 1 &&
             (!len || EVP_DecryptUpdate(ctx, dst, &n, src, (int)len) == 1) &&
             EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1;
    n2_err err = !ok                                       ? N2_ERR_NOMEM
                 : EVP_DecryptFinal_ex(ctx, none, &n) == 1 ? N2_OK
                                                           : N2_ERR_FORGED;

    EVP_CIPHER_CTX_free(ctx);
    return err;
}

static const n2_noise_functions functions_2 = {
    hash_sha512, public_448, dh_448, seal_gcm, open_gcm, "openssl", n2_lanes_448, 1, 5,
};

/* Both hellos hold 112 bytes of Noise: e, payload, tag. */
static const n2_noise_suite suites[] = {
    {N2_SUITE_1, 32, 64, "Noise_NK_25519_ChaChaPoly_BLAKE2b", &functions_1},
    {N2_SUITE_2, 56, 40, "Noise_NK_448_AESGCM_SHA512", &functions_2},
};

const n2_noise_suite *
n2_noise_suite_find(uint8_t number)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (suites[i].number == number)
            return &suites[i];
    return NULL;
}
