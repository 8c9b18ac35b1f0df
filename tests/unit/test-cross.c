/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cross.c - what one library does for us, another must do alike: hashes, agreements and
 *                signatures, on random inputs.  (Ciphers: test-aead.)
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include <glib.h>
#include <string.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/noise.h"
#include "crypto/statement.h"

enum {
    ROUNDS = 200,
    BYTES_MAX = 3000
};

static void
random_cb(void *user, void *buf, size_t len)
{
    guint64 *x = user;

    for (gsize i = 0; i < len; i++) {
        *x = *x * 6364136223846793005u + 1442695040888963407u;
        ((guint8 *)buf)[i] = (guint8)(*x >> 33);
    }
}

static guint64 seed = 77;
static const n2_env env = {&seed, random_cb};

static gsize
draw(guint8 bytes[static BYTES_MAX], guint round)
{
    gsize len = round < 300 ? round : 300 + round * 7919 % (BYTES_MAX - 300);

    random_cb(&seed, bytes, BYTES_MAX);
    return len;
}

static void
by_openssl(const EVP_MD *md, const guint8 *bytes, gsize len, guint8 *out)
{
    g_assert_cmpint(EVP_Digest(bytes, len, out, NULL, md, NULL), ==, 1);
}

static void
test_hashes(void)
{
    guint8 bytes[BYTES_MAX], ours[64], sodium[64], openssl[64];

    for (guint i = 0; i < ROUNDS; i++) {
        gsize len = draw(bytes, i * 3);

        n2_sha256_of(bytes, len, ours);
        crypto_hash_sha256(sodium, bytes, len);
        by_openssl(EVP_sha256(), bytes, len, openssl);
        g_assert_cmpmem(ours, 32, sodium, 32);
        g_assert_cmpmem(ours, 32, openssl, 32);

        n2_sha512_of(bytes, len, ours);
        crypto_hash_sha512(sodium, bytes, len);
        by_openssl(EVP_sha512(), bytes, len, openssl);
        g_assert_cmpmem(ours, 64, sodium, 64);
        g_assert_cmpmem(ours, 64, openssl, 64);

        /* OpenSSL has BLAKE2b with 64 bytes only: suite 1 has it so, contents with 32. */
        g_assert_cmpint(crypto_generichash_blake2b(sodium, 64, bytes, len, NULL, 0), ==, 0);
        by_openssl(EVP_blake2b512(), bytes, len, openssl);
        g_assert_cmpmem(sodium, 64, openssl, 64);
        n2_blake2b_of(bytes, len, ours);
        g_assert_cmpint(crypto_generichash_blake2b(sodium, 32, bytes, len, NULL, 0), ==, 0);
        g_assert_cmpmem(ours, 32, sodium, 32);

        n2_hmac_sha512(bytes, len % 200, bytes, len, ours);
        crypto_auth_hmacsha512_state state;
        crypto_auth_hmacsha512_init(&state, bytes, len % 200);
        crypto_auth_hmacsha512_update(&state, bytes, len);
        crypto_auth_hmacsha512_final(&state, sodium);
        g_assert_cmpmem(ours, 64, sodium, 64);
    }
}

/* Side by side in vector lanes, however many, each is as alone. */
static void
test_lanes(void)
{
    static guint8 bytes[40][BYTES_MAX];
    guint8 out[40][N2_HASH_BYTES], whole[1 + BYTES_MAX], want[32];
    const guint8 *src[40];

    for (n2_impl impl = N2_IMPL_BEST; impl < N2_IMPLS; impl++) {
        n2_crypto crypto;
        n2_err err = n2_crypto_init(&crypto, impl);
        for (guint round = 0; !err && round < 30; round++) {
            gsize n = 1 + round * 7 % 40, len = round * 211 % BYTES_MAX;
            for (gsize i = 0; i < n; i++) {
                (void)draw(bytes[i], round);
                src[i] = bytes[i];
            }
            n2_sha256_many(&crypto, n, (guint8)round, src, len, out);
            for (gsize i = 0; i < n; i++) {
                whole[0] = (guint8)round;
                memcpy(whole + 1, bytes[i], len);
                crypto_hash_sha256(want, whole, 1 + len);
                g_assert_cmpmem(out[i], 32, want, 32);
            }
        }
        n2_crypto_clear(&crypto);
    }
}

static gboolean
agree_by_openssl(int type, const guint8 *secret, const guint8 *peer, gsize n, guint8 *out)
{
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(type, NULL, secret, n);
    EVP_PKEY *other = EVP_PKEY_new_raw_public_key(type, NULL, peer, n);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
    gsize len = n;
    gboolean ok = EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, other) == 1 &&
                  EVP_PKEY_derive(ctx, out, &len) == 1;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(other);
    EVP_PKEY_free(own);
    return ok;
}

/* Of both suites: public keys and agreements as OpenSSL's usual calls have them, both ways. */
static void
test_agreements(void)
{
    for (guint8 number = 1; number <= 2; number++) {
        const n2_noise_suite *suite = n2_noise_suite_find(number);
        int type = number == 1 ? EVP_PKEY_X25519 : EVP_PKEY_X448;
        guint8 a[56], b[56], a_public[56], b_public[56], ours[56], back[56], other[56];

        for (guint i = 0; i < ROUNDS / 4; i++) {
            gsize n = suite->dh_bytes, len = n;
            g_assert_cmpint(n2_noise_keypair(suite, &env, a, a_public), ==, N2_OK);
            g_assert_cmpint(n2_noise_keypair(suite, &env, b, b_public), ==, N2_OK);
            g_assert_cmpint(n2_noise_agree(suite, a, b_public, ours), ==, N2_OK);
            g_assert_cmpint(n2_noise_agree(suite, b, a_public, back), ==, N2_OK);
            g_assert_cmpmem(ours, n, back, n);
            g_assert_true(agree_by_openssl(type, a, b_public, n, other));
            g_assert_cmpmem(ours, n, other, n);
            EVP_PKEY *key = EVP_PKEY_new_raw_private_key(type, NULL, a, n);
            g_assert_cmpint(EVP_PKEY_get_raw_public_key(key, other, &len), ==, 1);
            g_assert_cmpmem(a_public, n, other, n);
            EVP_PKEY_free(key);
            /* Any bytes as a public key: alike, or refused by both. */
            random_cb(&seed, b_public, n);
            gboolean ok = !n2_noise_agree(suite, a, b_public, ours);
            g_assert_cmpint(agree_by_openssl(type, a, b_public, n, other), ==, ok);
            if (ok)
                g_assert_cmpmem(ours, n, other, n);
        }
    }
}

/* RFC 7748, section 5.2, both functions; section 6: Alice's and Bob's keys. */
static void
test_rfc7748(void)
{
    static const struct {
        guint8 suite;
        const char *scalar, *u, *out;
    } rows[] = {
        {1, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
         "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
         "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
        {1, "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
         "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
         "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
        {2,
         "3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff4494"
         "3"
         "eba368f54b29259a4f1c600ad3",
         "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5"
         "4"
         "29db94ada18aa7a7fb4ef8a086",
         "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d982"
         "2"
         "3961111e21766282f73dd96b6f"},
    };
    guint8 scalar[56], u[56], want[56], out[56];

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const n2_noise_suite *suite = n2_noise_suite_find(rows[i].suite);
        gsize n = suite->dh_bytes;
        g_assert_cmpint(sodium_hex2bin(scalar, n, rows[i].scalar, 2 * n, NULL, NULL, NULL), ==,
                        0);
        g_assert_cmpint(sodium_hex2bin(u, n, rows[i].u, 2 * n, NULL, NULL, NULL), ==, 0);
        g_assert_cmpint(sodium_hex2bin(want, n, rows[i].out, 2 * n, NULL, NULL, NULL), ==, 0);
        g_assert_cmpint(n2_noise_agree(suite, scalar, u, out), ==, N2_OK);
        g_assert_cmpmem(out, n, want, n);
    }
}

/* What we sign OpenSSL takes and signs alike, and the other way round; one bit off, none. */
static void
test_signatures(void)
{
    for (guint i = 0; i < ROUNDS / 4; i++) {
        guint8 bytes[32], d[N2_DIGEST_BYTES], theirs[64];
        gsize len = sizeof theirs;
        n2_signing_key key;
        n2_signature s;

        random_cb(&seed, bytes, sizeof bytes);
        random_cb(&seed, d, sizeof d);
        g_assert_cmpint(n2_signing_key_init(&key, N2_KEY_ED25519, bytes), ==, N2_OK);
        g_assert_cmpint(n2_sign(&s, &key, d), ==, N2_OK);
        EVP_PKEY *other = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, 32);
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        g_assert_cmpint(EVP_DigestSignInit(ctx, NULL, NULL, NULL, other), ==, 1);
        g_assert_cmpint(EVP_DigestSign(ctx, theirs, &len, d, sizeof d), ==, 1);
        g_assert_cmpmem(theirs, 64, s.bytes, 64);
        EVP_MD_CTX_free(ctx);
        for (guint bit = 0; bit < 512; bit += 37) {
            s.bytes[bit / 8] ^= (guint8)(1 << bit % 8);
            ctx = EVP_MD_CTX_new();
            g_assert_cmpint(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, other), ==, 1);
            g_assert_cmpint(EVP_DigestVerify(ctx, s.bytes, 64, d, sizeof d), !=, 1);
            g_assert_cmpint(n2_signature_check(&s, d), ==, N2_ERR_FORGED);
            EVP_MD_CTX_free(ctx);
            s.bytes[bit / 8] ^= (guint8)(1 << bit % 8);
        }
        g_assert_cmpint(n2_signature_check(&s, d), ==, N2_OK);
        EVP_PKEY_free(other);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_add_func("/crypto/cross/hashes", test_hashes);
    g_test_add_func("/crypto/cross/lanes", test_lanes);
    g_test_add_func("/crypto/cross/agreements", test_agreements);
    g_test_add_func("/crypto/cross/rfc7748", test_rfc7748);
    g_test_add_func("/crypto/cross/signatures", test_signatures);
    return g_test_run();
}
