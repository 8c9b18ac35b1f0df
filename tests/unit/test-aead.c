/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-aead.c - the promises in aead.h and context.h, for every implementation this machine
 * has.
 */
#include <glib.h>
#include <sodium.h>

#include "crypto/aead.h"

enum {
    LEN_MAX = 2048,
};

typedef struct {
    const char *name;
    int cipher;
    const char *key, *nonce, *aad, *plain, *sealed, *tag; /* hex */
} vector;

static const vector vectors[] = {
    /* McGrew and Viega, The Galois/Counter Mode of Operation, test cases 13, 14 and 16 */
    {"gcm-13", N2_CIPHER_AES256GCM,
     "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"gcm-14", N2_CIPHER_AES256GCM,
     "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"gcm-16", N2_CIPHER_AES256GCM,
     "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"rfc8439-2.8.2", N2_CIPHER_CHACHA20POLY1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b6116",
     "1ae10b594f09e26a7e902ecbd0600691"},
};

static const int ciphers[] = {N2_CIPHER_AES256GCM, N2_CIPHER_CHACHA20POLY1305};
static const n2_impl impls[] = {N2_IMPL_BEST, N2_IMPL_IPSECMB, N2_IMPL_OPENSSL, N2_IMPL_SODIUM};

/* FALSE, and a skip, if this machine or build lacks @impl. */
static gboolean
begin(n2_crypto *crypto, n2_impl impl)
{
    n2_err err = n2_crypto_init(crypto, impl);

    if (err == N2_ERR_UNSUPPORTED && impl != N2_IMPL_BEST) {
        n2_crypto_clear(crypto);
        g_test_message("implementation %d is not here", (int)impl);
        return FALSE;
    }
    g_assert_cmpint(err, ==, N2_OK);
    return TRUE;
}

static GByteArray *
unhex(const char *hex)
{
    GByteArray *out = g_byte_array_new();

    for (; hex[0]; hex += 2) {
        guint8 byte =
            (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(out, &byte, 1);
    }
    return out;
}

static void
test_vector(gconstpointer data)
{
    const vector *t = data;
    g_autoptr(GByteArray) key = unhex(t->key);
    g_autoptr(GByteArray) nonce = unhex(t->nonce);
    g_autoptr(GByteArray) aad = unhex(t->aad);
    g_autoptr(GByteArray) plain = unhex(t->plain);
    g_autoptr(GByteArray) sealed = unhex(t->sealed);
    g_autoptr(GByteArray) tag = unhex(t->tag);

    for (gsize i = 0; i < G_N_ELEMENTS(impls); i++) {
        n2_crypto crypto;
        n2_aead_key k;
        guint8 out[256], got[16];
        if (!begin(&crypto, impls[i]))
            continue;
        g_assert_cmpint(n2_aead_key_init(&k, &crypto, t->cipher, key->data), ==, N2_OK);
        n2_aead_seal(&k, nonce->data, aad->data, aad->len, plain->data, plain->len, out, got);
        g_assert_cmpmem(out, sealed->len, sealed->data, sealed->len);
        g_assert_cmpmem(got, 16, tag->data, 16);
        g_assert_true(n2_aead_open(&k, nonce->data, aad->data, aad->len, sealed->data,
                                   sealed->len, got, out));
        g_assert_cmpmem(out, plain->len, plain->data, plain->len);
        n2_aead_key_clear(&k);
        n2_crypto_clear(&crypto);
    }
}

/* Every size from 0 to a full packet: each implementation seals like OpenSSL, in place and not,
 * and opens it again. */
static void
test_all_alike(void)
{
    n2_crypto reference;
    guint8 key[32], nonce[12], aad[64], plain[LEN_MAX];

    g_assert_cmpint(n2_crypto_init(&reference, N2_IMPL_OPENSSL), ==, N2_OK);
    for (gsize c = 0; c < G_N_ELEMENTS(ciphers); c++) {
        for (gsize i = 0; i < G_N_ELEMENTS(impls); i++) {
            n2_crypto crypto;
            n2_aead_key want_key, key_;
            if (!begin(&crypto, impls[i]))
                continue;
            randombytes_buf(key, sizeof key);
            g_assert_cmpint(n2_aead_key_init(&want_key, &reference, ciphers[c], key), ==, 0);
            g_assert_cmpint(n2_aead_key_init(&key_, &crypto, ciphers[c], key), ==, 0);
            for (gsize len = 0; len <= LEN_MAX; len += len < 300 ? 1 : 97) {
                g_autofree guint8 *want = g_malloc(len + 1), *got = g_malloc(len + 1);
                guint8 want_tag[16], tag[16];
                gsize aad_len = randombytes_uniform(sizeof aad + 1);

                randombytes_buf(nonce, sizeof nonce);
                randombytes_buf(aad, sizeof aad);
                randombytes_buf(plain, len);
                n2_aead_seal(&want_key, nonce, aad, aad_len, plain, len, want, want_tag);
                n2_aead_seal(&key_, nonce, aad, aad_len, plain, len, got, tag);
                g_assert_cmpmem(got, len, want, len);
                g_assert_cmpmem(tag, 16, want_tag, 16);

                memcpy(got, plain, len);
                n2_aead_seal(&key_, nonce, aad, aad_len, got, len, got, tag);
                g_assert_cmpmem(got, len, want, len);
                g_assert_true(n2_aead_open(&key_, nonce, aad, aad_len, got, len, tag, got));
                g_assert_cmpmem(got, len, plain, len);
            }
            n2_aead_key_clear(&key_);
            n2_aead_key_clear(&want_key);
            n2_crypto_clear(&crypto);
        }
    }
    n2_crypto_clear(&reference);
}

/* One bit of anything: not opened, and the destination is zero. */
static void
test_forged(void)
{
    enum {
        LEN = 100
    };
    static const char *const what[] = {"data", "tag", "nonce", "aad", "key"};

    for (gsize c = 0; c < G_N_ELEMENTS(ciphers); c++)
        for (gsize i = 0; i < G_N_ELEMENTS(impls); i++) {
            n2_crypto crypto;
            guint8 bytes[5][LEN] = {{0}}, out[LEN], zero[LEN] = {0};
            if (!begin(&crypto, impls[i]))
                continue;
            for (gsize w = 0; w < G_N_ELEMENTS(what); w++) {
                n2_aead_key key;
                randombytes_buf(bytes, sizeof bytes);
                g_assert_cmpint(n2_aead_key_init(&key, &crypto, ciphers[c], bytes[4]), ==, 0);
                n2_aead_seal(&key, bytes[2], bytes[3], 11, bytes[0], LEN, bytes[0], bytes[1]);
                n2_aead_key_clear(&key);

                g_test_message("%s", what[w]);
                bytes[w][3] ^= 0x10;
                g_assert_cmpint(n2_aead_key_init(&key, &crypto, ciphers[c], bytes[4]), ==, 0);
                memset(out, 7, sizeof out);
                g_assert_false(
                    n2_aead_open(&key, bytes[2], bytes[3], 11, bytes[0], LEN, bytes[1], out));
                g_assert_cmpmem(out, LEN, zero, LEN);
                bytes[w][3] ^= 0x10;
                n2_aead_key_clear(&key);
            }
            n2_crypto_clear(&crypto);
        }
}

static void
test_clear_wipes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(impls); i++)
        for (gsize c = 0; c < G_N_ELEMENTS(ciphers); c++) {
            n2_crypto crypto;
            n2_aead_key key;
            guint8 bytes[32];
            if (!begin(&crypto, impls[i]))
                continue;
            randombytes_buf(bytes, sizeof bytes);
            g_assert_cmpint(n2_aead_key_init(&key, &crypto, ciphers[c], bytes), ==, N2_OK);
            n2_aead_key_clear(&key);
            g_assert_true(sodium_is_zero((const guint8 *)&key, sizeof key));
            n2_aead_key_clear(&key);
            n2_crypto_clear(&crypto);
            n2_crypto_clear(&crypto);
        }
}

static void
test_unknown_cipher(void)
{
    n2_crypto crypto;
    n2_aead_key key;
    static const guint8 bytes[32];

    g_assert_true(begin(&crypto, N2_IMPL_BEST));
    g_assert_cmpint(n2_aead_key_init(&key, &crypto, 0, bytes), ==, N2_ERR_UNSUPPORTED);
    g_assert_cmpint(n2_aead_key_init(&key, &crypto, 3, bytes), ==, N2_ERR_UNSUPPORTED);
    n2_aead_key_clear(&key);
    n2_crypto_clear(&crypto);
}

static void
test_forced_is_used(void)
{
    static const char *const names[N2_IMPLS] = {NULL, "ipsec-mb", "openssl", "sodium"};

    for (gsize i = 1; i < G_N_ELEMENTS(impls); i++) {
        n2_crypto crypto;
        if (!begin(&crypto, impls[i]))
            continue;
        g_assert_cmpstr(n2_crypto_name(&crypto, N2_CIPHER_CHACHA20POLY1305), ==,
                        names[impls[i]]);
        if (impls[i] != N2_IMPL_SODIUM || crypto.aes_native)
            g_assert_cmpstr(n2_crypto_name(&crypto, N2_CIPHER_AES256GCM), ==, names[impls[i]]);
        n2_crypto_clear(&crypto);
    }
}

static void
test_prf(void)
{
    for (int i = 0; i < 2000; i++) {
        guint8 key[16], in[4], out[8];
        n2_prf prf;

        randombytes_buf(key, sizeof key);
        randombytes_buf(in, sizeof in);
        n2_prf_init(&prf, key);
        crypto_shorthash(out, in, sizeof in, key);
        guint32 counter =
            (guint32)in[0] << 24 | (guint32)in[1] << 16 | (guint32)in[2] << 8 | in[3];
        guint32 want =
            (guint32)out[0] << 24 | (guint32)out[1] << 16 | (guint32)out[2] << 8 | out[3];
        g_assert_cmphex(n2_prf_u32(&prf, counter), ==, want);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autofree char *path = g_strconcat("/crypto/aead/vector/", vectors[i].name, NULL);
        g_test_add_data_func(path, &vectors[i], test_vector);
    }
    g_test_add_func("/crypto/aead/all-alike", test_all_alike);
    g_test_add_func("/crypto/aead/forged", test_forged);
    g_test_add_func("/crypto/aead/clear-wipes", test_clear_wipes);
    g_test_add_func("/crypto/aead/unknown-cipher", test_unknown_cipher);
    g_test_add_func("/crypto/aead/forced-is-used", test_forced_is_used);
    g_test_add_func("/crypto/aead/prf", test_prf);
    return g_test_run();
}
