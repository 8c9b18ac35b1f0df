/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-hash.c - the promises in hash.h and hkdf.h, held to published answers and to OpenSSL.
 */
#include <glib.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/hkdf.h"

static void
assert_hex(const guint8 *bytes, gsize len, const char *want)
{
    g_autofree char *hex = g_malloc(2 * len + 1);

    sodium_bin2hex(hex, 2 * len + 1, bytes, len);
    g_assert_cmpstr(hex, ==, want);
}

/* FIPS 180-4 examples; BLAKE2b-256 of "abc" and "" by b2sum -l 256. */
static void
test_known(void)
{
    guint8 out[64];

    n2_sha256_of(NULL, 0, out);
    assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    n2_sha256_of("abc", 3, out);
    assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    n2_blake2b_of(NULL, 0, out);
    assert_hex(out, 32, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    n2_blake2b_of("abc", 3, out);
    assert_hex(out, 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    n2_sha512_of("abc", 3, out);
    assert_hex(out, 64,
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
               "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    g_assert_false(n2_hash_known(0));
    g_assert_true(n2_hash_known(N2_METHOD_SHA256));
    g_assert_true(n2_hash_known(N2_METHOD_BLAKE2B));
    g_assert_false(n2_hash_known(3));
}

/* In pieces of any size, and from a copied state, the hash is that of the whole. */
static void
test_pieces_and_copies(void)
{
    guint8 bytes[3000];

    randombytes_buf(bytes, sizeof bytes);
    for (guint8 method = N2_METHOD_SHA256; method <= N2_METHOD_BLAKE2B; method++) {
        n2_hash hash, copy;
        guint8 want[32], got[32];

        n2_hash_of(method, bytes, sizeof bytes, want);
        n2_hash_init(&hash, method);
        copy = hash;
        for (gsize at = 0; at < sizeof bytes;) {
            gsize wish = 1 + randombytes_uniform(300);
            gsize n = MIN(wish, sizeof bytes - at);
            n2_hash_update(&hash, bytes + at, n);
            at += n;
            if (at < 2000)
                copy = hash;
            else if (at - n < 2000) { /* the copy goes on alone from where it was made */
                n2_hash_update(&copy, bytes + at - n, sizeof bytes - (at - n));
                n2_hash_final(&copy, got);
                g_assert_cmpmem(got, 32, want, 32);
            }
        }
        n2_hash_final(&hash, got);
        g_assert_cmpmem(got, 32, want, 32);
    }

    n2_sha512 a, b;
    guint8 want[64], got[64];
    n2_sha512_of(bytes, sizeof bytes, want);
    n2_sha512_init(&a);
    n2_sha512_update(&a, bytes, 1001);
    b = a;
    n2_sha512_update(&a, "x", 1);
    n2_sha512_update(&b, bytes + 1001, sizeof bytes - 1001);
    n2_sha512_final(&b, got);
    g_assert_cmpmem(got, 64, want, 64);
}

/* Any number of pieces of any length, side by side or not: as GLib says. */
static void
test_many(void)
{
    enum {
        PIECES = 70
    };
    static const n2_impl impls[] = {N2_IMPL_BEST, N2_IMPL_IPSECMB, N2_IMPL_OPENSSL};
    static const gsize lens[] = {0, 1, 54, 55, 56, 63, 64, 65, 1000, 16383, 16384};
    g_autofree guint8 *pool = g_malloc(PIECES * N2_HASH_MANY_BYTES_MAX);
    static guint8 out[PIECES][32];
    const guint8 *src[PIECES];

    randombytes_buf(pool, PIECES * N2_HASH_MANY_BYTES_MAX);
    for (gsize i = 0; i < G_N_ELEMENTS(impls); i++) {
        n2_crypto crypto;
        n2_err err = n2_crypto_init(&crypto, impls[i]);
        if (err == N2_ERR_UNSUPPORTED) {
            g_test_message("ipsec-mb is not here");
            n2_crypto_clear(&crypto);
            continue;
        }
        g_assert_cmpint(err, ==, N2_OK);
        for (gsize l = 0; l < G_N_ELEMENTS(lens); l++)
            for (gsize n = 0; n <= PIECES; n += n < 20 ? 1 : 25) {
                guint8 prefix = (guint8)n;
                for (gsize p = 0; p < n; p++)
                    src[p] = pool + p * lens[l];
                n2_sha256_many(&crypto, n, prefix, src, lens[l], out);
                for (gsize p = 0; p < n; p++) {
                    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
                    guint8 want[32];
                    gsize len = sizeof want;
                    g_checksum_update(sum, &prefix, 1);
                    g_checksum_update(sum, src[p], (gssize)lens[l]);
                    g_checksum_get_digest(sum, want, &len);
                    if (p == 0 || p == n - 1 || lens[l] < 100)
                        g_assert_cmpmem(out[p], 32, want, 32);
                }
            }
        n2_crypto_clear(&crypto);
    }
}

typedef struct {
    const char *name, *secret, *salt, *info, *out;
} hkdf_row;

/* Inputs of RFC 5869, appendix A.1 to A.3, with SHA-512 in the place of SHA-256. */
static const hkdf_row hkdf_rows[] = {
    {"a1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9",
     "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb"},
    {"a2",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829"
     "2a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283848586878889"
     "8a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9"
     "dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "ce6c97192805b346e6161e821ed165673b84f400a2b514b2fe23d84cd189ddf1b695b48cbd1c838844"
     "1137b3ce28f16aa64ba33ba466b24df6cfcb021ecff235f6a2056ce3af1de44d572097a8505d9e7a93"},
    {"a3", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "f5fa02b18298a72a8c23898a8703472c6eb179dc204c03425c970e3b164bf90fff22d04836d0e2343bac"},
};

static void
test_hkdf_row(gconstpointer data)
{
    const hkdf_row *t = data;
    guint8 secret[128], salt[128], info[128], out[128];
    gsize secret_len, salt_len, info_len, out_len = strlen(t->out) / 2;

    sodium_hex2bin(secret, sizeof secret, t->secret, strlen(t->secret), NULL, &secret_len,
                   NULL);
    sodium_hex2bin(salt, sizeof salt, t->salt, strlen(t->salt), NULL, &salt_len, NULL);
    sodium_hex2bin(info, sizeof info, t->info, strlen(t->info), NULL, &info_len, NULL);
    n2_hkdf(salt, salt_len, secret, secret_len, info, info_len, out, out_len);
    assert_hex(out, out_len, t->out);
}

static void
test_hkdf_like_openssl(void)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);

    for (gsize len = 1; len < 700; len += 13) {
        guint8 secret[200], salt[200], info[100], want[700], got[700];
        gsize secret_len = 1 + randombytes_uniform(sizeof secret - 1);
        gsize salt_len = 1 + randombytes_uniform(sizeof salt - 1);
        EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
        OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA512"}, 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, secret_len),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, salt_len),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof info),
            OSSL_PARAM_construct_end(),
        };

        randombytes_buf(secret, sizeof secret);
        randombytes_buf(salt, sizeof salt);
        randombytes_buf(info, sizeof info);
        g_assert_cmpint(EVP_KDF_derive(ctx, want, len, params), ==, 1);
        n2_hkdf(salt, salt_len, secret, secret_len, info, sizeof info, got, len);
        g_assert_cmpmem(got, len, want, len);
        EVP_KDF_CTX_free(ctx);
    }
    EVP_KDF_free(kdf);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_add_func("/crypto/hash/known", test_known);
    g_test_add_func("/crypto/hash/pieces-and-copies", test_pieces_and_copies);
    g_test_add_func("/crypto/hash/many", test_many);
    for (gsize i = 0; i < G_N_ELEMENTS(hkdf_rows); i++) {
        g_autofree char *path = g_strconcat("/crypto/hkdf/rfc5869/", hkdf_rows[i].name, NULL);
        g_test_add_data_func(path, &hkdf_rows[i], test_hkdf_row);
    }
    g_test_add_func("/crypto/hkdf/like-openssl", test_hkdf_like_openssl);
    return g_test_run();
}
