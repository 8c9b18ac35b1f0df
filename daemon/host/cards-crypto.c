/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cards-crypto.c - mathematics and chance for token/, which has none of its own.
 */
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "crypto/hpke.h"
#include "host/cards-private.h"
#include "host/fence.h"
#include "host/random.h"

static void
random_cb(void *user, void *buf, size_t n)
{
    n2_host_random(user, buf, n);
}

static bool
hash_cb(
    void *user, n2_card_hash kind, const uint8_t *block, size_t n, uint64_t total, uint8_t *out)
{
    const EVP_MD *md = kind == N2_CARD_SHA1     ? EVP_sha1()
                       : kind == N2_CARD_SHA256 ? EVP_sha256()
                                                : EVP_sha512();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context && n && EVP_DigestInit_ex(context, md, NULL) == 1;

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

n2_key
n2_cards_key(const n2_card_key *key)
{
    n2_key out = {.method = key->method};

    if (key->n == n2_key_bytes(key->method))
        memcpy(out.bytes, key->bytes, key->n);
    else
        out.method = 0;
    return out;
}

n2_card_key
n2_cards_card_key(const n2_key *key)
{
    n2_card_key out = {.method = key->method, .n = (uint8_t)n2_key_bytes(key->method)};

    memcpy(out.bytes, key->bytes, out.n);
    return out;
}

static bool
verify_cb(void *user,
          const n2_card_key *key,
          const uint8_t *message,
          size_t n,
          const uint8_t *signature)
{
    n2_signature s = {.key = n2_cards_key(key)};
    size_t len = n2_signature_bytes(s.key.method);

    (void)user;
    memcpy(s.bytes, signature, len);
    return len && n == N2_DIGEST_BYTES && n2_signature_check(&s, message) == N2_OK;
}

static bool
agree_cb(void *user, const n2_card_key *key, n2_card_key *point, uint8_t *shared)
{
    const n2_env env = {.random = n2_host_random};
    uint8_t secret[N2_HPKE_SECRET_BYTES_MAX];
    n2_key once;

    (void)user;
    n2_err err = n2_hpke_pair(key->method, &env, secret, &once);
    if (!err)
        err = n2_hpke_agree(key->method, secret, key->bytes, shared);
    if (!err)
        *point = n2_cards_card_key(&once);
    sodium_memzero(secret, sizeof secret);
    return !err;
}

static n2_err
fence_cb(void *user)
{
    n2_sandbox_state state;

    (void)user;
    return n2_fence_tokens(&state);
}

const n2_tokens_options n2_cards_options = {
    .crypto = {.random = random_cb, .hash = hash_cb, .verify = verify_cb, .agree = agree_cb},
    .fence = fence_cb,
};

/* Of P-256 a box has one half of the point, an agreement has both. */
static n2_key
compress(const n2_key *point)
{
    const size_t half = (n2_key_bytes(N2_KEY_P256_ECDH) - 1) / 2;
    n2_key out = {.method = N2_KEY_P256};

    out.bytes[0] = 2 + (point->bytes[2 * half] & 1);
    memcpy(out.bytes + 1, point->bytes + 1, half);
    return out;
}

/* The same key with the bits that its curve does not look at as RFC 7748 has them: a card may
 * want to see that. */
static void
clamp(n2_card_method method, uint8_t *secret)
{
    if (method == N2_CARD_X25519) {
        secret[0] &= 0xf8;
        secret[31] = (uint8_t)((secret[31] & 0x7f) | 0x40);
    } else if (method == N2_CARD_X448) {
        secret[0] &= 0xfc;
        secret[55] |= 0x80;
    }
}

n2_err
n2_cards_draw(n2_card_method method, n2_card_import_key *out)
{
    const n2_env env = {.random = n2_host_random};
    n2_signing_key signing;
    n2_key key;
    n2_err err;

    *out = (n2_card_import_key){.key = {.method = (uint8_t)method}};
    if (method == N2_CARD_ED25519 || method == N2_CARD_ED448) {
        n2_host_random(NULL, out->secret, n2_seed_bytes((uint8_t)method));
        err = n2_signing_key_init(&signing, (uint8_t)method, out->secret);
        key = signing.key;
        n2_signing_key_clear(&signing);
    } else {
        bool is_p256 = method == N2_CARD_P256;
        err =
            n2_hpke_pair(is_p256 ? N2_KEY_P256_ECDH : (uint8_t)method, &env, out->secret, &key);
        if (!err)
            clamp(method, out->secret);
        if (!err && is_p256) {
            memcpy(out->point, key.bytes, sizeof out->point);
            key = compress(&key);
        }
    }
    if (err)
        sodium_memzero(out, sizeof *out);
    else
        out->key = n2_cards_card_key(&key);
    return err;
}
