/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * token-crypto.c - the mathematics that token/ is handed, for tests.
 */
#include "token-crypto.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto/statement.h"

static void
chance(void *user, void *buf, size_t n)
{
    uint64_t *seed = user;

    for (size_t i = 0; i < n; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        ((uint8_t *)buf)[i] = (uint8_t)(*seed >> 56);
    }
}

static bool
hash(
    void *user, n2_card_hash kind, const uint8_t *block, size_t n, uint64_t total, uint8_t *out)
{
    const EVP_MD *md = kind == N2_CARD_SHA1     ? EVP_sha1()
                       : kind == N2_CARD_SHA256 ? EVP_sha256()
                                                : EVP_sha512();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context && EVP_DigestInit_ex(context, md, NULL) == 1;

    (void)user;
    while (is_good && total) {
        size_t part = total < n ? (size_t)total : n;
        is_good = EVP_DigestUpdate(context, block, part) == 1;
        total -= part;
    }
    is_good = is_good && EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return is_good;
}

static bool
verify(void *user,
       const n2_card_key *key,
       const uint8_t *message,
       size_t n,
       const uint8_t *signature)
{
    n2_signature s = {.key = {.method = key->method}};

    (void)user;
    memcpy(s.key.bytes, key->bytes, key->n);
    memcpy(s.bytes, signature, n2_card_method_result_bytes((n2_card_method)key->method));
    return n == N2_DIGEST_BYTES && n2_signature_check(&s, message) == N2_OK;
}

static int
raw_type(n2_card_method method)
{
    return method == N2_CARD_X25519    ? EVP_PKEY_X25519
           : method == N2_CARD_X448    ? EVP_PKEY_X448
           : method == N2_CARD_ED25519 ? EVP_PKEY_ED25519
                                       : EVP_PKEY_ED448;
}

/* Multiplies a point of P-256 (NULL: the base) -> 65 bytes. */
static bool
multiply(const uint8_t *secret, const uint8_t *point, uint8_t *out)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *base = EC_POINT_new(group), *product = EC_POINT_new(group);
    BIGNUM *scalar = BN_bin2bn(secret, 32, NULL);
    bool is_good = !point || EC_POINT_oct2point(group, base, point, 65, NULL) == 1;

    is_good =
        is_good &&
        EC_POINT_mul(group, product, point ? NULL : scalar, point ? base : NULL,
                     point ? scalar : NULL, NULL) == 1 &&
        EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, out, 65, NULL) == 65;
    BN_free(scalar);
    EC_POINT_free(base);
    EC_POINT_free(product);
    EC_GROUP_free(group);
    return is_good;
}

bool
token_agree(n2_card_method method, const uint8_t *secret, const n2_card_key *peer, uint8_t *out)
{
    size_t n = n2_card_method_result_bytes(method);

    if (method == N2_CARD_P256_ECDH) {
        uint8_t point[65];
        bool is_good = multiply(secret, peer->bytes, point);
        memcpy(out, point + 1, 32);
        return is_good;
    }
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(raw_type(method), NULL, secret,
                                                 n2_card_method_secret_bytes(method));
    EVP_PKEY *other = EVP_PKEY_new_raw_public_key(raw_type(method), NULL, peer->bytes, peer->n);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
    bool is_good = context && EVP_PKEY_derive_init(context) == 1 &&
                   EVP_PKEY_derive_set_peer(context, other) == 1 &&
                   EVP_PKEY_derive(context, out, &n) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(own);
    EVP_PKEY_free(other);
    return is_good;
}

void
token_pair(
    uint64_t *seed, n2_card_method method, n2_card_key *key, uint8_t *point, uint8_t *secret)
{
    size_t n = n2_card_method_secret_bytes(method), n_point = sizeof key->bytes;

    chance(seed, secret, n);
    if (method == N2_CARD_X25519) { /* clamped, as cards want it */
        secret[0] &= 248;
        secret[31] = (uint8_t)((secret[31] & 127) | 64);
    } else if (method == N2_CARD_X448) {
        secret[0] &= 252;
        secret[55] |= 128;
    }
    if (method == N2_CARD_P256 || method == N2_CARD_P256_ECDH) {
        secret[0] &= 0x7f; /* below the order */
        n_point = multiply(secret, NULL, point) ? 65 : 0;
    } else {
        EVP_PKEY *own = EVP_PKEY_new_raw_private_key(raw_type(method), NULL, secret, n);
        (void)EVP_PKEY_get_raw_public_key(own, point, &n_point);
        EVP_PKEY_free(own);
    }
    (void)!n2_card_point_read(method, point, n_point, key);
}

static bool
agree(void *user, const n2_card_key *key, n2_card_key *point, uint8_t *shared)
{
    uint8_t plain[N2_CARD_KEY_BYTES_MAX], secret[N2_CARD_SECRET_BYTES_MAX];

    token_pair(user, (n2_card_method)key->method, point, plain, secret);
    return token_agree((n2_card_method)key->method, secret, key, shared);
}

n2_card_crypto
token_crypto(uint64_t *seed)
{
    return (n2_card_crypto){seed, chance, hash, verify, agree};
}
