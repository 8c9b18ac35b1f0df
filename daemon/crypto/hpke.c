/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hpke.c - RFC 9180 in base mode, one message a key.
 */
#include "crypto/hpke.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <sodium.h>
#include <string.h>

#include "crypto/agree.h"

enum {
    HASH_BYTES_MAX = 64,
    KEY_BYTES = 32,
    NONCE_BYTES = 12,
    AEAD_ID = 3,
    KDF_SHA256 = 1,
    KDF_SHA512 = 3,
    P256_BYTES = 32,
    P256_POINT_BYTES = 65,
    TRIES_MAX = 64 /* of a scalar below the order: one fails with 2^-32 */
};

typedef struct {
    uint8_t method;
    uint16_t kem;
    uint16_t kdf;
    uint8_t hash_bytes; /* also of a shared secret: Nsecret */
    uint8_t enc_bytes;
    uint8_t secret_bytes;
    uint8_t noise; /* the suite that has this agreement; 0: P-256 */
} suite;

static const suite suites[] = {
    {N2_KEY_X25519, 0x0020, KDF_SHA256, 32, 32, 32, 1},
    {N2_KEY_X448, 0x0021, KDF_SHA512, 64, 56, 56, 2},
    {N2_KEY_P256_ECDH, 0x0010, KDF_SHA256, 32, P256_POINT_BYTES, P256_BYTES, 0},
};

static const suite *
find(uint8_t method)
{
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (suites[i].method == method)
            return &suites[i];
    return NULL;
}

size_t
n2_hpke_enc_bytes(uint8_t method)
{
    const suite *s = find(method);

    return s ? s->enc_bytes : 0;
}

size_t
n2_hpke_secret_bytes(uint8_t method)
{
    const suite *s = find(method);

    return s ? s->secret_bytes : 0;
}

/* ---- P-256 ---- */

/* Is @secret a scalar; the point of it times @point (NULL: the base point) to @out, 65 bytes.
 */
static n2_err
multiply(const uint8_t *secret, const uint8_t *point, uint8_t *out)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *q = group ? EC_POINT_new(group) : NULL, *r = group ? EC_POINT_new(group) : NULL;
    BIGNUM *k = BN_secure_new();
    n2_err err = N2_ERR_NOMEM;

    if (!q || !r || !k || !BN_bin2bn(secret, P256_BYTES, k))
        goto out;
    BN_set_flags(k, BN_FLG_CONSTTIME);
    if (BN_is_zero(k) || BN_cmp(k, EC_GROUP_get0_order(group)) >= 0) {
        err = N2_ERR_FORMAT;
    } else if (point && (point[0] != POINT_CONVERSION_UNCOMPRESSED ||
                         !EC_POINT_oct2point(group, q, point, P256_POINT_BYTES, NULL))) {
        err = N2_ERR_FORGED; /* also a point off the curve */
    } else if (!(point ? EC_POINT_mul(group, r, NULL, q, k, NULL)
                       : EC_POINT_mul(group, r, k, NULL, NULL, NULL))) {
        err = N2_ERR_NOMEM;
    } else if (EC_POINT_is_at_infinity(group, r)) {
        err = N2_ERR_FORGED;
    } else if (EC_POINT_point2oct(group, r, POINT_CONVERSION_UNCOMPRESSED, out,
                                  P256_POINT_BYTES, NULL) == P256_POINT_BYTES) {
        err = N2_OK;
    }
out:
    BN_clear_free(k);
    EC_POINT_clear_free(q);
    EC_POINT_clear_free(r);
    EC_GROUP_free(group);
    return err;
}

/* ---- keys ---- */

n2_err
n2_hpke_public(uint8_t method, const uint8_t *secret, n2_key *key)
{
    const suite *s = find(method);

    *key = (n2_key){.method = method};
    if (!s)
        return N2_ERR_UNSUPPORTED;
    n2_err err = s->noise ? n2_noise_public(n2_noise_suite_find(s->noise), secret, key->bytes)
                          : multiply(secret, NULL, key->bytes);
    if (err)
        *key = (n2_key){0};
    return err;
}

n2_err
n2_hpke_pair(uint8_t method, const n2_env *env, uint8_t *secret, n2_key *key)
{
    const suite *s = find(method);
    n2_err err = N2_ERR_UNSUPPORTED;

    *key = (n2_key){.method = method};
    if (s && s->noise)
        err = n2_noise_keypair(n2_noise_suite_find(s->noise), env, secret, key->bytes);
    for (unsigned i = 0; s && !s->noise && i < TRIES_MAX; i++) {
        n2_env_random(env, secret, P256_BYTES);
        err = multiply(secret, NULL, key->bytes);
        if (err != N2_ERR_FORMAT)
            break;
    }
    if (err)
        *key = (n2_key){0};
    return err;
}

static n2_err
agree(const suite *s, const uint8_t *secret, const uint8_t *point, uint8_t *shared)
{
    uint8_t product[P256_POINT_BYTES];

    if (s->noise) {
        n2_agreement a = {.secret = secret, .public_key = point, .out = shared};
        n2_agree_singly(n2_noise_suite_find(s->noise), &a, 1);
        return a.err;
    }
    n2_err err = multiply(secret, point, product);
    if (!err)
        memcpy(shared, product + 1, P256_BYTES);
    sodium_memzero(product, sizeof product);
    return err;
}

n2_err
n2_hpke_agree(uint8_t method, const uint8_t *secret, const uint8_t *point, uint8_t *shared)
{
    const suite *s = find(method);

    return s ? agree(s, secret, point, shared) : N2_ERR_UNSUPPORTED;
}

/* ---- the key schedule ---- */

typedef struct {
    const suite *suite;
    union {
        crypto_auth_hmacsha256_state sha256;
        crypto_auth_hmacsha512_state sha512;
    } u;
} hmac;

static void
hmac_init(hmac *h, const suite *s, const uint8_t *key, size_t len)
{
    static const uint8_t none[1];

    h->suite = s;
    if (!key)
        key = none;
    if (s->kdf == KDF_SHA256)
        crypto_auth_hmacsha256_init(&h->u.sha256, key, len);
    else
        crypto_auth_hmacsha512_init(&h->u.sha512, key, len);
}

static void
hmac_put(hmac *h, const void *bytes, size_t len)
{
    if (!len)
        return;
    if (h->suite->kdf == KDF_SHA256)
        crypto_auth_hmacsha256_update(&h->u.sha256, bytes, len);
    else
        crypto_auth_hmacsha512_update(&h->u.sha512, bytes, len);
}

static void
hmac_final(hmac *h, uint8_t out[HASH_BYTES_MAX])
{
    if (h->suite->kdf == KDF_SHA256)
        crypto_auth_hmacsha256_final(&h->u.sha256, out);
    else
        crypto_auth_hmacsha512_final(&h->u.sha512, out);
    sodium_memzero(h, sizeof *h);
}

static void
put_u16(uint8_t *out, size_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

/* "HPKE-v1", then who asks: the agreement alone, or the whole suite; then the label. */
static void
put_labels(hmac *h, const suite *s, bool is_kem, const char *label)
{
    uint8_t ids[6];

    put_u16(ids, s->kem);
    put_u16(ids + 2, s->kdf);
    put_u16(ids + 4, AEAD_ID);
    hmac_put(h, "HPKE-v1", 7);
    if (is_kem)
        hmac_put(h, "KEM", 3);
    else
        hmac_put(h, "HPKE", 4);
    hmac_put(h, ids, is_kem ? 2 : 6);
    hmac_put(h, label, strlen(label));
}

static void
extract(const suite *s,
        bool is_kem,
        const uint8_t *salt,
        size_t salt_len,
        const char *label,
        const void *ikm,
        size_t len,
        uint8_t out[HASH_BYTES_MAX])
{
    hmac h;

    hmac_init(&h, s, salt, salt_len);
    put_labels(&h, s, is_kem, label);
    hmac_put(&h, ikm, len);
    hmac_final(&h, out);
}

/* One block is enough for all that is drawn here: @len <= hash_bytes. */
static void
expand(const suite *s,
       bool is_kem,
       const uint8_t *prk,
       const char *label,
       const void *info,
       size_t info_len,
       uint8_t *out,
       size_t len)
{
    uint8_t block[HASH_BYTES_MAX], length[2];
    hmac h;

    put_u16(length, len);
    hmac_init(&h, s, prk, s->hash_bytes);
    hmac_put(&h, length, sizeof length);
    put_labels(&h, s, is_kem, label);
    hmac_put(&h, info, info_len);
    hmac_put(&h, "\x01", 1);
    hmac_final(&h, block);
    memcpy(out, block, len);
    sodium_memzero(block, sizeof block);
}

typedef struct {
    uint8_t key[KEY_BYTES];
    uint8_t nonce[NONCE_BYTES];
} schedule;

static void
make_schedule(const suite *s,
              const uint8_t *shared,
              const uint8_t *enc,
              const n2_key *to,
              const void *info,
              size_t info_len,
              schedule *out)
{
    uint8_t prk[HASH_BYTES_MAX], secret[HASH_BYTES_MAX];
    uint8_t kem_context[2 * N2_HPKE_ENC_BYTES_MAX];
    uint8_t context[1 + 2 * HASH_BYTES_MAX] = {0}; /* mode 0: base */

    memcpy(kem_context, enc, s->enc_bytes);
    memcpy(kem_context + s->enc_bytes, to->bytes, s->enc_bytes);
    extract(s, true, NULL, 0, "eae_prk", shared, s->secret_bytes, prk);
    expand(s, true, prk, "shared_secret", kem_context, 2u * s->enc_bytes, secret,
           s->hash_bytes);

    extract(s, false, NULL, 0, "psk_id_hash", NULL, 0, context + 1);
    extract(s, false, NULL, 0, "info_hash", info, info_len, context + 1 + s->hash_bytes);
    size_t context_len = 1u + 2u * s->hash_bytes;
    extract(s, false, secret, s->hash_bytes, "secret", NULL, 0, prk);
    expand(s, false, prk, "key", context, context_len, out->key, sizeof out->key);
    expand(s, false, prk, "base_nonce", context, context_len, out->nonce, sizeof out->nonce);
    sodium_memzero(prk, sizeof prk);
    sodium_memzero(secret, sizeof secret);
}

n2_err
n2_hpke_seal(const n2_key *to,
             const n2_env *env,
             const void *info,
             size_t info_len,
             const void *aad,
             size_t aad_len,
             const void *plain,
             size_t len,
             uint8_t *enc,
             uint8_t *out)
{
    const suite *s = find(to->method);
    uint8_t secret[N2_HPKE_SECRET_BYTES_MAX], shared[N2_HPKE_SHARED_BYTES_MAX];
    schedule keys;
    n2_key once;

    if (!s)
        return N2_ERR_UNSUPPORTED;
    n2_err err = n2_hpke_pair(to->method, env, secret, &once);
    if (!err)
        err = agree(s, secret, to->bytes, shared);
    if (!err) {
        memcpy(enc, once.bytes, s->enc_bytes);
        make_schedule(s, shared, enc, to, info, info_len, &keys);
        crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain, len, aad, aad_len, NULL,
                                                  keys.nonce, keys.key);
        sodium_memzero(&keys, sizeof keys);
    }
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(shared, sizeof shared);
    return err;
}

n2_err
n2_hpke_open_agreed(const n2_key *to,
                    const uint8_t *shared,
                    const uint8_t *enc,
                    const void *info,
                    size_t info_len,
                    const void *aad,
                    size_t aad_len,
                    const uint8_t *sealed,
                    size_t len,
                    uint8_t *out)
{
    const suite *s = find(to->method);
    schedule keys;

    if (!s)
        return N2_ERR_UNSUPPORTED;
    if (len < N2_HPKE_TAG_BYTES)
        return N2_ERR_TRUNCATED;
    if (sodium_is_zero(shared, s->secret_bytes)) {
        memset(out, 0, len - N2_HPKE_TAG_BYTES);
        return N2_ERR_FORGED;
    }
    make_schedule(s, shared, enc, to, info, info_len, &keys);
    int bad = crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len, aad,
                                                        aad_len, keys.nonce, keys.key);
    sodium_memzero(&keys, sizeof keys);
    if (bad)
        memset(out, 0, len - N2_HPKE_TAG_BYTES);
    return bad ? N2_ERR_FORGED : N2_OK;
}

n2_err
n2_hpke_open(const n2_key *to,
             const uint8_t *secret,
             const uint8_t *enc,
             const void *info,
             size_t info_len,
             const void *aad,
             size_t aad_len,
             const uint8_t *sealed,
             size_t len,
             uint8_t *out)
{
    const suite *s = find(to->method);
    uint8_t shared[N2_HPKE_SHARED_BYTES_MAX];

    if (!s)
        return N2_ERR_UNSUPPORTED;
    if (len < N2_HPKE_TAG_BYTES)
        return N2_ERR_TRUNCATED;
    n2_err err = agree(s, secret, enc, shared);
    if (err)
        memset(out, 0, len - N2_HPKE_TAG_BYTES);
    else
        err = n2_hpke_open_agreed(to, shared, enc, info, info_len, aad, aad_len, sealed, len,
                                  out);
    sodium_memzero(shared, sizeof shared);
    return err;
}
