/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-hpke.c - RFC 9180: its own example, and every byte of what was sealed.
 */
#include <glib.h>
#include <sodium.h>

#include "crypto/hpke.h"

/* Appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode. */
static const char INFO[] = "4f6465206f6e2061204772656369616e2055726e";
static const char ONCE[] = "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600";
static const char TO[] = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
static const char SECRET[] = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
static const char ENC[] = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
static const char PLAIN[] = "4265617574792069732074727574682c20747275746820626561757479";
static const char AAD[] = "436f756e742d30";
static const char SEALED[] =
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62"
    "ce81883d2dd1b51a28";

typedef struct {
    guint8 bytes[256];
    gsize len;
} blob;

static blob
hex(const char *text)
{
    blob b = {0};

    g_assert_cmpint(
        sodium_hex2bin(b.bytes, sizeof b.bytes, text, strlen(text), NULL, &b.len, NULL), ==, 0);
    return b;
}

static void
once_cb(void *user, void *buf, size_t len)
{
    const blob *b = user;

    g_assert_cmpuint(len, ==, b->len);
    memcpy(buf, b->bytes, len);
}

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    randombytes_buf(buf, len);
}

static void
test_example(void)
{
    blob once = hex(ONCE), to = hex(TO), secret = hex(SECRET), enc = hex(ENC);
    blob plain = hex(PLAIN), aad = hex(AAD), info = hex(INFO), sealed = hex(SEALED);
    const n2_env env = {&once, once_cb};
    n2_key key = {.method = N2_KEY_X25519}, again;
    guint8 got_enc[N2_HPKE_ENC_BYTES_MAX], got[128];

    memcpy(key.bytes, to.bytes, to.len);
    g_assert_cmpint(n2_hpke_public(N2_KEY_X25519, secret.bytes, &again), ==, N2_OK);
    g_assert_true(n2_key_equal(&key, &again));
    g_assert_cmpint(n2_hpke_seal(&key, &env, info.bytes, info.len, aad.bytes, aad.len,
                                 plain.bytes, plain.len, got_enc, got),
                    ==, N2_OK);
    g_assert_cmpmem(got_enc, 32, enc.bytes, enc.len);
    g_assert_cmpmem(got, sealed.len, sealed.bytes, sealed.len);
    g_assert_cmpint(n2_hpke_open(&key, secret.bytes, enc.bytes, info.bytes, info.len, aad.bytes,
                                 aad.len, sealed.bytes, sealed.len, got),
                    ==, N2_OK);
    g_assert_cmpmem(got, plain.len, plain.bytes, plain.len);
    /* A card does the agreement. */
    guint8 shared[32];
    g_assert_cmpint(crypto_scalarmult(shared, secret.bytes, enc.bytes), ==, 0);
    g_assert_cmpint(n2_hpke_open_agreed(&key, shared, enc.bytes, info.bytes, info.len,
                                        aad.bytes, aad.len, sealed.bytes, sealed.len, got),
                    ==, N2_OK);
    g_assert_cmpmem(got, plain.len, plain.bytes, plain.len);
}

/* RFC 9180, A.3.1: the pair of P-256 whose secret is skRm. */
static void
test_p256_public(void)
{
    blob secret = hex("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2");
    blob want =
        hex("04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8"
            "a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0");
    n2_key key;

    g_assert_cmpint(n2_hpke_public(N2_KEY_P256_ECDH, secret.bytes, &key), ==, N2_OK);
    g_assert_cmpmem(key.bytes, 65, want.bytes, want.len);
}

static void
test_methods(void)
{
    static const guint8 methods[] = {N2_KEY_X25519, N2_KEY_X448, N2_KEY_P256_ECDH};
    const n2_env env = {NULL, random_cb};
    guint8 secret[N2_HPKE_SECRET_BYTES_MAX], enc[N2_HPKE_ENC_BYTES_MAX], sealed[48], got[32];
    guint8 plain[32], zero[32] = {0};

    randombytes_buf(plain, sizeof plain);
    for (gsize m = 0; m < G_N_ELEMENTS(methods); m++) {
        n2_key key, other;
        g_assert_cmpint(n2_hpke_pair(methods[m], &env, secret, &key), ==, N2_OK);
        g_assert_cmpint(n2_hpke_public(methods[m], secret, &other), ==, N2_OK);
        g_assert_true(n2_key_equal(&key, &other));
        g_assert_cmpint(n2_hpke_seal(&key, &env, "i", 1, "a", 1, plain, 32, enc, sealed), ==,
                        N2_OK);
        g_assert_cmpint(n2_hpke_open(&key, secret, enc, "i", 1, "a", 1, sealed, 48, got), ==,
                        N2_OK);
        g_assert_cmpmem(got, 32, plain, 32);
        g_assert_cmpint(n2_hpke_open(&key, secret, enc, "j", 1, "a", 1, sealed, 48, got), ==,
                        N2_ERR_FORGED);
        g_assert_cmpmem(got, 32, zero, 32);
        g_assert_cmpint(n2_hpke_open(&key, secret, enc, "i", 1, "b", 1, sealed, 48, got), ==,
                        N2_ERR_FORGED);
        g_assert_cmpint(n2_hpke_open(&key, secret, enc, "i", 1, "a", 1, sealed, 15, got), ==,
                        N2_ERR_TRUNCATED);
        for (gsize i = 0; i < 48; i++) {
            sealed[i] ^= 1;
            g_assert_cmpint(n2_hpke_open(&key, secret, enc, "i", 1, "a", 1, sealed, 48, got),
                            ==, N2_ERR_FORGED);
            sealed[i] ^= 1;
        }
        for (gsize i = 0; i < n2_hpke_enc_bytes(methods[m]); i += 5) {
            enc[i] ^= 1;
            g_assert_cmpint(n2_hpke_open(&key, secret, enc, "i", 1, "a", 1, sealed, 48, got),
                            ==, N2_ERR_FORGED);
            enc[i] ^= 1;
        }
        /* Another's key; a point of low order, or none. */
        g_assert_cmpint(n2_hpke_pair(methods[m], &env, secret, &other), ==, N2_OK);
        g_assert_cmpint(n2_hpke_open(&other, secret, enc, "i", 1, "a", 1, sealed, 48, got), ==,
                        N2_ERR_FORGED);
        memset(other.bytes, 0, sizeof other.bytes);
        g_assert_cmpint(n2_hpke_seal(&other, &env, "i", 1, "a", 1, plain, 32, enc, sealed), ==,
                        N2_ERR_FORGED);
    }
    n2_key signs = {.method = N2_KEY_ED25519};
    g_assert_cmpint(n2_hpke_seal(&signs, &env, "i", 1, "a", 1, plain, 32, enc, sealed), ==,
                    N2_ERR_UNSUPPORTED);
    g_assert_cmpuint(n2_hpke_enc_bytes(N2_KEY_ED25519), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_add_func("/hpke/rfc9180-a2", test_example);
    g_test_add_func("/hpke/rfc9180-a3-public", test_p256_public);
    g_test_add_func("/hpke/methods", test_methods);
    return g_test_run();
}
