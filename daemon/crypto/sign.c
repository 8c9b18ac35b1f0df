/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sign.c - signatures over D: Ed25519 by libsodium, Ed448 and P-256 by OpenSSL.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/statement.h"

enum {
    P256_HALF_BYTES = 32,
    P256_DER_BYTES_MAX = 80
};

size_t
n2_signature_bytes(uint8_t method)
{
    switch (method) {
    case N2_KEY_ED25519:
    case N2_KEY_P256:
        return 64;
    case N2_KEY_ED448:
        return 114;
    default:
        return 0;
    }
}

size_t
n2_seed_bytes(uint8_t method)
{
    switch (method) {
    case N2_KEY_ED25519:
        return 32;
    case N2_KEY_ED448:
        return 57;
    default:
        return 0;
    }
}

void
n2_signing_key_clear(n2_signing_key *key)
{
    sodium_memzero(key, sizeof *key);
}

static n2_err
ed25519_init(n2_signing_key *key)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    (void)crypto_sign_seed_keypair(key->key.bytes, secret, key->seed);
    sodium_memzero(secret, sizeof secret);
    return N2_OK;
}

static n2_err
ed448_init(n2_signing_key *key)
{
    size_t len = n2_key_bytes(N2_KEY_ED448);
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED448, NULL, key->seed,
                                                  n2_seed_bytes(N2_KEY_ED448));
    n2_err err =
        pkey && EVP_PKEY_get_raw_public_key(pkey, key->key.bytes, &len) ? N2_OK : N2_ERR_NOMEM;

    EVP_PKEY_free(pkey);
    return err;
}

n2_err
n2_signing_key_init(n2_signing_key *out, uint8_t method, const uint8_t *seed)
{
    *out = (n2_signing_key){.key.method = method};
    if (!n2_seed_bytes(method))
        return N2_ERR_UNSUPPORTED;
    memcpy(out->seed, seed, n2_seed_bytes(method));
    n2_err err = method == N2_KEY_ED25519 ? ed25519_init(out) : ed448_init(out);
    if (err)
        n2_signing_key_clear(out);
    return err;
}

static n2_err
ed25519_sign(n2_signature *out, const n2_signing_key *key, const uint8_t *d)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    /* What libsodium calls the secret key: the seed, and the public key made of it, which would
     * cost as much as the signature to make again. */
    memcpy(secret, key->seed, crypto_sign_SEEDBYTES);
    memcpy(secret + crypto_sign_SEEDBYTES, key->key.bytes, crypto_sign_PUBLICKEYBYTES);
    (void)crypto_sign_detached(out->bytes, NULL, d, N2_DIGEST_BYTES, secret);
    sodium_memzero(secret, sizeof secret);
    return N2_OK;
}

static n2_err
ed448_sign(n2_signature *out, const n2_signing_key *key, const uint8_t *d)
{
    size_t len = n2_signature_bytes(N2_KEY_ED448);
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED448, NULL, key->seed,
                                                  n2_seed_bytes(N2_KEY_ED448));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    n2_err err = pkey && ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
                         EVP_DigestSign(ctx, out->bytes, &len, d, N2_DIGEST_BYTES) == 1
                     ? N2_OK
                     : N2_ERR_NOMEM;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return err;
}

n2_err
n2_sign(n2_signature *out, const n2_signing_key *key, const uint8_t d[static N2_DIGEST_BYTES])
{
    *out = (n2_signature){.key = key->key};
    switch (key->key.method) {
    case N2_KEY_ED25519:
        return ed25519_sign(out, key, d);
    case N2_KEY_ED448:
        return ed448_sign(out, key, d);
    default:
        return N2_ERR_UNSUPPORTED;
    }
}

/* libsodium refuses points of small order and values of s that are not reduced, so one
 * signature has one form. */
static n2_err
ed25519_check(const n2_signature *s, const uint8_t *d)
{
    return crypto_sign_verify_detached(s->bytes, d, N2_DIGEST_BYTES, s->key.bytes)
               ? N2_ERR_FORGED
               : N2_OK;
}

static n2_err
ed448_check(const n2_signature *s, const uint8_t *d)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED448, NULL, s->key.bytes,
                                                 n2_key_bytes(N2_KEY_ED448));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    n2_err err = N2_ERR_NOMEM;

    if (pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
        err = EVP_DigestVerify(ctx, s->bytes, n2_signature_bytes(N2_KEY_ED448), d,
                               N2_DIGEST_BYTES) == 1
                  ? N2_OK
                  : N2_ERR_FORGED;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return err;
}

/* Half of the order of P-256, big-endian: s above it has a twin below. */
static const uint8_t p256_half_order[P256_HALF_BYTES] = {
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b,
    0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8};

static EVP_PKEY *
p256_public(const n2_key *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    char curve[] = "P-256";
    uint8_t point[N2_KEY_BYTES_MAX];
    EVP_PKEY *pkey = NULL;

    memcpy(point, key->bytes, sizeof point);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point,
                                          n2_key_bytes(N2_KEY_P256)),
        OSSL_PARAM_construct_end()};
    if (ctx && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* r and s of 32 bytes each as the DER that OpenSSL wants; 0 on failure. */
static int
p256_der(const uint8_t *rs, uint8_t out[static P256_DER_BYTES_MAX])
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(rs, P256_HALF_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(rs + P256_HALF_BYTES, P256_HALF_BYTES, NULL);
    int len = 0;

    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* sig's now */
        len = i2d_ECDSA_SIG(sig, &out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len > 0 ? len : 0;
}

static n2_err
p256_check(const n2_signature *s, const uint8_t *d)
{
    uint8_t hash[N2_HASH_BYTES], der[P256_DER_BYTES_MAX];

    if (memcmp(s->bytes + P256_HALF_BYTES, p256_half_order, P256_HALF_BYTES) > 0)
        return N2_ERR_FORGED; /* high s: a second form of one signature */
    int der_len = p256_der(s->bytes, der);
    if (!der_len)
        return N2_ERR_NOMEM;
    EVP_PKEY *pkey = p256_public(&s->key);
    if (!pkey)
        return N2_ERR_FORGED; /* not a point */
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    n2_sha256_of(d, N2_DIGEST_BYTES, hash);
    n2_err err = N2_ERR_NOMEM;
    if (ctx && EVP_PKEY_verify_init(ctx) == 1)
        err = EVP_PKEY_verify(ctx, der, (size_t)der_len, hash, sizeof hash) == 1
                  ? N2_OK
                  : N2_ERR_FORGED;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return err;
}

n2_err
n2_signature_check(const n2_signature *signature, const uint8_t d[static N2_DIGEST_BYTES])
{
    switch (signature->key.method) {
    case N2_KEY_ED25519:
        return ed25519_check(signature, d);
    case N2_KEY_ED448:
        return ed448_check(signature, d);
    case N2_KEY_P256:
        return p256_check(signature, d);
    default:
        return N2_ERR_UNSUPPORTED;
    }
}
