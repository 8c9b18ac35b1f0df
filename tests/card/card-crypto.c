/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-crypto.c - keys of the virtual card: libsodium for 25519, OpenSSL for P-256 and 448.
 *
 * Private keys are kept as their libraries want them: seeds and scalars of the Edwards and
 * Montgomery curves little-endian, P-256 big-endian.
 */
#include "card-private.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <sodium.h>
#include <stdlib.h>

size_t
card_secret_bytes(card_alg alg)
{
    switch (alg) {
    case ALG_ED25519:
    case ALG_X25519:
    case ALG_P256_SIGN:
    case ALG_P256_AGREE:
        return 32;
    case ALG_ED448:
        return 57;
    case ALG_X448:
        return 56;
    case ALG_NONE:
    case ALG_RSA:
        break;
    }
    return 0;
}

static bool
is_p256(card_alg alg)
{
    return alg == ALG_P256_SIGN || alg == ALG_P256_AGREE;
}

/* OpenSSL without memory: a test can go no further. */
static void *
must(void *got)
{
    if (!got)
        abort();
    return got;
}

static bool
is_scalar(const uint8_t *secret)
{
    EC_GROUP *group = must(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    BIGNUM *d = must(BN_bin2bn(secret, 32, NULL));
    bool is_good = !BN_is_zero(d) && BN_cmp(d, EC_GROUP_get0_order(group)) < 0;

    BN_clear_free(d);
    EC_GROUP_free(group);
    return is_good;
}

bool
card_secret_is_good(card_alg alg, const uint8_t *secret)
{
    switch (alg) {
    case ALG_X25519:
        return !(secret[0] & 7) && (secret[31] & 0xc0) == 0x40;
    case ALG_X448:
        return !(secret[0] & 3) && secret[55] & 0x80;
    case ALG_P256_SIGN:
    case ALG_P256_AGREE:
        return is_scalar(secret);
    case ALG_ED25519:
    case ALG_ED448:
        return true;
    case ALG_NONE:
    case ALG_RSA:
        break;
    }
    return false;
}

void
card_secret_make(card *c, card_alg alg, uint8_t *secret)
{
    do
        card_random(c, secret, card_secret_bytes(alg));
    while (is_p256(alg) && !is_scalar(secret));
    if (alg == ALG_X25519) {
        secret[0] &= 0xf8;
        secret[31] = (uint8_t)((secret[31] & 0x3f) | 0x40);
    } else if (alg == ALG_X448) {
        secret[0] &= 0xfc;
        secret[55] |= 0x80;
    }
}

/* @peer times @secret, uncompressed; without @peer the base point.  0: no point of the curve.
 */
static size_t
multiply(const uint8_t *secret, const uint8_t *peer, size_t n, uint8_t out[65])
{
    EC_GROUP *group = must(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    EC_POINT *point = must(EC_POINT_new(group)), *result = must(EC_POINT_new(group));
    BIGNUM *d = must(BN_bin2bn(secret, 32, NULL));
    size_t size = 0;

    if (!peer)
        size = EC_POINT_mul(group, result, d, NULL, NULL, NULL);
    else if (n == 65 && peer[0] == 4 && EC_POINT_oct2point(group, point, peer, n, NULL))
        size = EC_POINT_mul(group, result, NULL, point, d, NULL);
    if (size)
        size = EC_POINT_point2oct(group, result, POINT_CONVERSION_UNCOMPRESSED, out, 65, NULL);
    BN_clear_free(d);
    EC_POINT_free(point);
    EC_POINT_clear_free(result);
    EC_GROUP_free(group);
    return size == 65 ? size : 0;
}

static EVP_PKEY *
key_448(card_alg alg, const uint8_t *secret)
{
    return must(EVP_PKEY_new_raw_private_key(alg == ALG_ED448 ? EVP_PKEY_ED448 : EVP_PKEY_X448,
                                             NULL, secret, card_secret_bytes(alg)));
}

static EVP_PKEY *
key_p256(const uint8_t *secret)
{
    uint8_t point[65];
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = must(EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL));
    OSSL_PARAM_BLD *bld = must(OSSL_PARAM_BLD_new());
    BIGNUM *d = must(BN_bin2bn(secret, 32, NULL));

    if (!multiply(secret, NULL, 0, point) ||
        !OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) ||
        !OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point))
        abort();
    OSSL_PARAM *params = must(OSSL_PARAM_BLD_to_param(bld));
    if (EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
        abort();
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    BN_clear_free(d);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

size_t
card_point_of(card_alg alg, const uint8_t *secret, uint8_t point[POINT_MAX])
{
    size_t n = POINT_MAX;

    switch (alg) {
    case ALG_ED25519: {
        uint8_t full[crypto_sign_SECRETKEYBYTES];
        (void)crypto_sign_seed_keypair(point, full, secret);
        sodium_memzero(full, sizeof full);
        return 32;
    }
    case ALG_X25519:
        (void)crypto_scalarmult_base(point, secret);
        return 32;
    case ALG_P256_SIGN:
    case ALG_P256_AGREE:
        return multiply(secret, NULL, 0, point);
    case ALG_ED448:
    case ALG_X448: {
        EVP_PKEY *key = key_448(alg, secret);
        if (EVP_PKEY_get_raw_public_key(key, point, &n) != 1)
            abort();
        EVP_PKEY_free(key);
        return n;
    }
    case ALG_NONE:
    case ALG_RSA:
        break;
    }
    return 0;
}

static size_t
sign_p256(
    const uint8_t *secret, const uint8_t *data, size_t n, uint8_t signature[144], bool is_der)
{
    uint8_t der[80];
    size_t size = sizeof der;
    EVP_PKEY *key = key_p256(secret);
    EVP_PKEY_CTX *ctx = must(EVP_PKEY_CTX_new(key, NULL));

    if (EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_sign(ctx, der, &size, data, n) != 1)
        abort();
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    if (is_der) {
        memcpy(signature, der, size);
        return size;
    }
    const uint8_t *at = der;
    ECDSA_SIG *both = must(d2i_ECDSA_SIG(NULL, &at, (long)size));
    if (BN_bn2binpad(ECDSA_SIG_get0_r(both), signature, 32) != 32 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(both), signature + 32, 32) != 32)
        abort();
    ECDSA_SIG_free(both);
    return 64;
}

size_t
card_signature(card_alg alg,
               const uint8_t *secret,
               const uint8_t *data,
               size_t n,
               uint8_t signature[144],
               bool is_der)
{
    size_t size = 144;

    if (alg == ALG_ED25519) {
        uint8_t point[32], full[crypto_sign_SECRETKEYBYTES];
        (void)crypto_sign_seed_keypair(point, full, secret);
        (void)crypto_sign_detached(signature, NULL, data, n, full);
        sodium_memzero(full, sizeof full);
        return 64;
    }
    if (alg == ALG_P256_SIGN)
        return sign_p256(secret, data, n, signature, is_der);
    EVP_PKEY *key = key_448(alg, secret);
    EVP_MD_CTX *ctx = must(EVP_MD_CTX_new());
    if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
        EVP_DigestSign(ctx, signature, &size, data, n) != 1)
        abort();
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return size;
}

bool
card_agreement(card_alg alg,
               const uint8_t *secret,
               const uint8_t *peer,
               size_t n,
               uint8_t shared[POINT_MAX],
               size_t *shared_n)
{
    memset(shared, 0, POINT_MAX);
    if (alg == ALG_X25519) {
        *shared_n = 32;
        if (n != 32)
            return false;
        if (crypto_scalarmult(shared, secret, peer))
            memset(shared, 0, 32);
        return true;
    }
    if (is_p256(alg)) {
        *shared_n = multiply(secret, peer, n, shared);
        return *shared_n;
    }
    if (n != 56)
        return false;
    EVP_PKEY *key = key_448(alg, secret);
    EVP_PKEY *other = must(EVP_PKEY_new_raw_public_key(EVP_PKEY_X448, NULL, peer, n));
    EVP_PKEY_CTX *ctx = must(EVP_PKEY_CTX_new(key, NULL));
    *shared_n = 56;
    if (EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, other) != 1 ||
        EVP_PKEY_derive(ctx, shared, shared_n) != 1)
        memset(shared, 0, *shared_n = 56); /* a point of small order */
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(other);
    EVP_PKEY_free(key);
    return true;
}
