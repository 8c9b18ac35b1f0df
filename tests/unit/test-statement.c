/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-statement.c - what is signed is always D, and nothing else ever counts.
 *
 * The known answers were made by an independent program (hashlib and the openssl command).
 */
#include <glib.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/statement.h"

static const guint8 empty_directory[] = {'n', '2', 18, 1, 0, 0, 0, 0};

static const char digest_hex[] =
    "4cdf1075674c4320e4a5c2713aaf34002256e79b8144445af97523b8fe414567"
    "35399daeff50dbcfa88934a24cba87cb3d9bfecd5ed49b2a1331e4c388223898";
static const char ed25519_signature_hex[] =
    "5897ac9bf2682ef8531708f86e456bbf654ca9e80af594918e901b6bd0d1b987"
    "28387f30985d7fc367a0cca3854bda997a9a76f7bdec5c2f1fc8d30e6cd2560c";
static const char ed25519_key_hex[] =
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
static const char ed448_signature_hex[] =
    "455fb4cd1ea8321e4bc3fda5c06e75d419ef8963f5fa1195e2127cdf57c670e402ba7d15182403b5"
    "741b4ca3e59f3ca81e9fd97d26f08842006240c00088c80eaebde7e8b511a92e55872610d7f42e42"
    "3cebe91d1aab463b48e719098689be32497c748923f680e603fed6a20de5aa282f00";
static const char ed448_key_hex[] =
    "18d0a70e42a742dfb561279893385061d7b4dad8f6feed4791eaab66b2f4a4f02fc09462a8bfb184"
    "2d0bac60e8a1b3e55ba2407f33226f3800";

static void
assert_hex(const guint8 *bytes, gsize len, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);

    for (gsize i = 0; i < len; i++)
        g_string_append_printf(got, "%02x", bytes[i]);
    g_assert_cmpstr(got->str, ==, want);
}

static n2_box
directory(void)
{
    n2_box box;

    g_assert_cmpint(
        n2_box_check(&box, empty_directory, sizeof empty_directory, N2_KIND_ANY, NULL), ==,
        N2_OK);
    return box;
}

static n2_signing_key
counting_key(guint8 method)
{
    guint8 seed[N2_SEED_BYTES_MAX];
    n2_signing_key key;

    for (guint8 i = 0; i < sizeof seed; i++)
        seed[i] = i;
    g_assert_cmpint(n2_signing_key_init(&key, method, seed), ==, N2_OK);
    return key;
}

static void
test_known_answers(void)
{
    guint8 d[N2_DIGEST_BYTES];
    n2_signing_key key = counting_key(N2_KEY_ED25519);
    n2_signature s;

    n2_statement_digest(18, 1, empty_directory, sizeof empty_directory, d);
    assert_hex(d, sizeof d, digest_hex);
    assert_hex(key.key.bytes, 32, ed25519_key_hex);
    g_assert_cmpint(n2_sign(&s, &key, d), ==, N2_OK);
    assert_hex(s.bytes, 64, ed25519_signature_hex);
    g_assert_cmpint(n2_signature_check(&s, d), ==, N2_OK);

    key = counting_key(N2_KEY_ED448);
    assert_hex(key.key.bytes, 57, ed448_key_hex);
    g_assert_cmpint(n2_sign(&s, &key, d), ==, N2_OK);
    assert_hex(s.bytes, 114, ed448_signature_hex);
    g_assert_cmpint(n2_signature_check(&s, d), ==, N2_OK);
}

/* A P-256 key as a token would have it: OpenSSL signs SHA-256(D). */
static EVP_PKEY *
p256_key(n2_key *public)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    gsize len = 0;

    g_assert_nonnull(pkey);
    *public = (n2_key){.method = N2_KEY_P256};
    g_assert_cmpint(EVP_PKEY_set_utf8_string_param(
                        pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"),
                    ==, 1);
    g_assert_cmpint(
        EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, public->bytes, 33, &len),
        ==, 1);
    g_assert_cmpuint(len, ==, 33);
    return pkey;
}

/* @high: the twin with s above half the order. */
static void
p256_sign(EVP_PKEY *pkey, const guint8 *d, gboolean high, guint8 out[64])
{
    g_autofree guint8 *der = g_malloc(128);
    const guint8 *at = der;
    gsize len = 128;
    guint8 hash[32];
    BIGNUM *order = NULL, *half = BN_new();

    n2_sha256_of(d, N2_DIGEST_BYTES, hash);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    g_assert_cmpint(EVP_PKEY_sign_init(ctx), ==, 1);
    g_assert_cmpint(EVP_PKEY_sign(ctx, der, &len, hash, sizeof hash), ==, 1);
    EVP_PKEY_CTX_free(ctx);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
    g_assert_cmpint(
        BN_hex2bn(&order, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        >, 0);
    BIGNUM *s = BN_dup(ECDSA_SIG_get0_s(sig));
    BN_rshift1(half, order);
    if ((BN_cmp(s, half) > 0) != high)
        BN_sub(s, order, s);
    g_assert_cmpint(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), ==, 32);
    g_assert_cmpint(BN_bn2binpad(s, out + 32, 32), ==, 32);
    BN_free(s);
    BN_free(half);
    BN_free(order);
    ECDSA_SIG_free(sig);
}

static void
test_p256(void)
{
    n2_signature s = {0};
    EVP_PKEY *pkey = p256_key(&s.key);
    guint8 d[N2_DIGEST_BYTES];

    for (int i = 0; i < 20; i++) {
        n2_statement_digest(18, 1, empty_directory, (gsize)i % 9, d);
        p256_sign(pkey, d, FALSE, s.bytes);
        g_assert_cmpint(n2_signature_check(&s, d), ==, N2_OK);
        p256_sign(pkey, d, TRUE, s.bytes); /* the same signature in its second form */
        g_assert_cmpint(n2_signature_check(&s, d), ==, N2_ERR_FORGED);
    }
    memset(s.bytes, 0, 64);
    g_assert_cmpint(n2_signature_check(&s, d), ==, N2_ERR_FORGED);
    memset(s.key.bytes + 1, 0xff, 32); /* not a point */
    p256_sign(pkey, d, FALSE, s.bytes);
    g_assert_cmpint(n2_signature_check(&s, d), ==, N2_ERR_FORGED);
    EVP_PKEY_free(pkey);
}

/* One key, two signatures that both hold: ECDSA draws a number for each, and so one statement
 * would have many forms. */
static void
test_signer_twice(void)
{
    n2_signature s[2] = {0};
    EVP_PKEY *pkey = p256_key(&s[0].key);
    guint8 d[N2_DIGEST_BYTES], buf[512];
    n2_box body = directory(), box;
    n2_statement out;

    s[1].key = s[0].key;
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    for (int i = 0; i < 2; i++) {
        p256_sign(pkey, d, FALSE, s[i].bytes);
        g_assert_cmpint(n2_statement_make(buf, sizeof buf, &body, &s[i], 1, &box), ==, N2_OK);
        g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==, N2_OK);
    }
    g_assert_cmpint(memcmp(s[0].bytes, s[1].bytes, 64), !=, 0);
    g_assert_cmpint(n2_statement_make(buf, sizeof buf, &body, s, 2, &box), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==,
                    N2_ERR_FORGED);
    EVP_PKEY_free(pkey);
}

static void
test_methods(void)
{
    guint8 d[N2_DIGEST_BYTES] = {0};
    n2_signature s = {.key.method = N2_KEY_X25519};
    n2_signing_key key;

    g_assert_cmpint(n2_signature_check(&s, d), ==, N2_ERR_UNSUPPORTED);
    g_assert_cmpint(n2_signing_key_init(&key, N2_KEY_P256, d), ==, N2_ERR_UNSUPPORTED);
    g_assert_cmpint(n2_signing_key_init(&key, 77, d), ==, N2_ERR_UNSUPPORTED);
    g_assert_cmpuint(n2_signature_bytes(N2_KEY_X448), ==, 0);
    key = counting_key(N2_KEY_ED25519);
    n2_signing_key_clear(&key);
    for (gsize i = 0; i < sizeof key; i++)
        g_assert_cmphex(((guint8 *)&key)[i], ==, 0);
}

/* Each bit of a statement counts. */
static void
test_bits(void)
{
    guint8 buf[512];
    n2_box body = directory(), box;
    n2_signing_key key = counting_key(N2_KEY_ED25519);
    n2_statement s;

    g_assert_cmpint(n2_statement_sign(buf, sizeof buf, &body, &key, &box), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&s, buf, box.len, N2_KIND_DIRECTORY, NULL), ==, N2_OK);
    g_assert_cmpuint(s.n_keys, ==, 1);
    g_assert_true(n2_statement_is_by(&s, &key.key));
    g_assert_cmpint(s.body.kind, ==, N2_KIND_DIRECTORY);
    g_assert_cmpint(n2_statement_check(&s, buf, box.len, N2_KIND_BIRTH, NULL), ==,
                    N2_ERR_FORMAT);
    g_assert_false(n2_statement_is_by(&s, &key.key));
    for (gsize bit = 0; bit < 8 * box.len; bit++) {
        buf[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(n2_statement_check(&s, buf, box.len, N2_KIND_ANY, NULL), !=, N2_OK);
        buf[bit / 8] ^= (guint8)(1 << bit % 8);
    }
}

/* No signature, too many, one bad among good ones, a method that is not known. */
static void
test_signatures(void)
{
    g_autofree guint8 *buf = g_malloc(8192);
    guint8 d[N2_DIGEST_BYTES];
    n2_box body = directory(), box;
    n2_signature s[N2_SIGNATURES_MAX + 1];
    n2_statement out;

    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    for (guint i = 0; i < G_N_ELEMENTS(s); i++) {
        guint8 seed[32] = {(guint8)i};
        n2_signing_key key;
        g_assert_cmpint(n2_signing_key_init(&key, N2_KEY_ED25519, seed), ==, N2_OK);
        g_assert_cmpint(n2_sign(&s[i], &key, d), ==, N2_OK);
    }
    g_assert_cmpint(n2_statement_make(buf, 8192, &body, s, 0, &box), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_statement_make(buf, 8192, &body, s, 17, &box), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_statement_make(buf, 100, &body, s, 1, &box), ==, N2_ERR_NOSPACE);
    g_assert_cmpint(n2_statement_make(buf, 8192, &body, s, 16, &box), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==, N2_OK);
    g_assert_cmpuint(out.n_keys, ==, 16);
    s[7].bytes[0] ^= 1;
    g_assert_cmpint(n2_statement_make(buf, 8192, &body, s, 16, &box), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==,
                    N2_ERR_FORGED);
    s[1] = s[0];
    s[1].bytes[3] ^= 1; /* one key, two signatures */
    g_assert_cmpint(n2_statement_make(buf, 8192, &body, s, 2, &box), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==,
                    N2_ERR_FORGED);

    n2_box_writer w = n2_box_begin(buf, 8192, N2_KIND_SIGNED);
    n2_box_put_box(&w, 1, &body);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==,
                    N2_ERR_FORGED);
    n2_box_put_bytes(&w, 64, "\x11 a method that signs nothing", 30);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==,
                    N2_ERR_UNSUPPORTED);
    w = n2_box_begin(buf, 8192, N2_KIND_SIGNED);
    n2_box_put_box(&w, 1, &body);
    n2_box_put_bytes(&w, 64, "\x01 too short", 11);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL), ==,
                    N2_ERR_FORMAT);
}

enum {
    FIELD_BYTES = 4 + 1 + 32 + 64 /* head, method, key, signature */
};

static int
by_value(const void *a, const void *b)
{
    return memcmp(a, b, FIELD_BYTES);
}

/* As many signatures as one box has room for, each of them good: no maker of ours writes that.
 * Sixteen are read, one more is refused, and nothing is written where there is no room. */
static void
test_many_signatures(void)
{
    enum {
        MANY = 600
    };
    g_autofree guint8 *fields = g_malloc(MANY * FIELD_BYTES);
    g_autofree guint8 *buf = g_malloc(MANY * FIELD_BYTES + 64);
    const gsize head = 8 + 4 + sizeof empty_directory;
    n2_box body = directory();
    guint8 d[N2_DIGEST_BYTES];
    n2_signature s;
    n2_statement out;

    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    for (guint i = 0; i < MANY; i++) {
        const guint8 seed[32] = {(guint8)i, (guint8)(i >> 8)};
        const guint8 first[] = {64, 4, 0, 97, N2_KEY_ED25519};
        guint8 *at = fields + i * FIELD_BYTES;
        n2_signing_key key;
        g_assert_cmpint(n2_signing_key_init(&key, N2_KEY_ED25519, seed), ==, N2_OK);
        g_assert_cmpint(n2_sign(&s, &key, d), ==, N2_OK);
        memcpy(at, first, sizeof first);
        memcpy(at + 5, s.key.bytes, 32);
        memcpy(at + 37, s.bytes, 64);
    }
    qsort(fields, MANY, FIELD_BYTES, by_value);
    for (guint n = 1; n <= MANY; n += n < 20 ? 1 : 58) {
        const gsize len = head + n * FIELD_BYTES, rest = len - 8;
        const guint8 first[] = {'n',
                                '2',
                                N2_KIND_SIGNED,
                                1,
                                0,
                                (guint8)(rest >> 16),
                                (guint8)(rest >> 8),
                                (guint8)rest,
                                1,
                                8,
                                0,
                                sizeof empty_directory};
        memcpy(buf, first, sizeof first);
        memcpy(buf + sizeof first, body.bytes, body.len);
        memcpy(buf + head, fields, n * FIELD_BYTES);
        memset(&out, 0xee, sizeof out);
        g_assert_cmpstr(n2_err_name(n2_statement_check(&out, buf, len, N2_KIND_ANY, NULL)), ==,
                        n <= N2_SIGNATURES_MAX ? "N2_OK" : "N2_ERR_LIMIT");
        g_assert_cmpuint(out.n_keys, ==, n <= N2_SIGNATURES_MAX ? n : 0);
        g_assert_cmpstr(n2_err_name(n2_statement_read(&out, buf, len)), ==,
                        n <= N2_SIGNATURES_MAX ? "N2_OK" : "N2_ERR_LIMIT");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/statement/known-answers", test_known_answers);
    g_test_add_func("/crypto/statement/p-256", test_p256);
    g_test_add_func("/crypto/statement/attack-36-signer-twice", test_signer_twice);
    g_test_add_func("/crypto/statement/methods", test_methods);
    g_test_add_func("/crypto/statement/bits", test_bits);
    g_test_add_func("/crypto/statement/signatures", test_signatures);
    g_test_add_func("/crypto/statement/many-signatures", test_many_signatures);
    return g_test_run();
}
