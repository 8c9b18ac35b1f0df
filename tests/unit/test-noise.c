/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-noise.c - noise.h held to the official vectors, with the static key on the other side of
 *                a wall.
 *
 * The two NK vectors stand here as known answers (cacophony's, as carried by mcginty/snow); the
 * file with all of them is $N2_TESTDATA/noise-vectors.json.
 */
#include <glib.h>
#include <json-glib/json-glib.h>
#include <sodium.h>

#include "crypto/aead.h"
#include "crypto/noise.h"

enum {
    MESSAGES = 6
};

typedef struct {
    const char *name, *prologue, *init_e, *resp_static_public, *resp_static, *resp_e, *hash;
    struct {
        const char *payload, *ciphertext;
    } messages[MESSAGES];
} vector;

static const vector known[] = {
    {"Noise_NK_25519_ChaChaPoly_BLAKE2b",
     "4a6f686e2047616c74",
     "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
     "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
     "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
     "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
     "f87aa4eb6416e5b0d2b6e6f0b7bc41f3c5986a5d32d55c08d67cbd412f3ec2fa"
     "04d8e358ab95b3bbfab054a140a98eccf4284bb6309b600981d451ecac484932",
     {{"4c756477696720766f6e204d69736573",
       "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
       "f3041e39b0c8ba56008f2d1183fea6ac83564ead0267b0842ec4c521ed1e1407"},
      {"4d757272617920526f746862617264",
       "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
       "2281dcc1835131f305dca14525e15e27d1f32294aa835e40fc18be480c1db9"},
      {"462e20412e20486179656b", "357e24e9f28ba22080666f7efacc01b2a0a4e358e742aeeff2aaf5"},
      {"4361726c204d656e676572", "8b23b34ff3169de06a39551e969ca7876cc5122a4acff74bf2ec29"},
      {"4a65616e2d426170746973746520536179",
       "5c104779b6f36e59fca73ed94b0ae092eae1d76dd109caf5060aaaedba385d7076"},
      {"457567656e2042f6686d20766f6e2042617765726b",
       "34ae0518d0cd3aa641ed372ea94935ceecd87f8c4b422ce21a33d3f6f5493891e3e915d83f"}}},
    {"Noise_NK_448_AESGCM_SHA512",
     "4a6f686e2047616c74",
     "7fd26c8b8a0d5c98c85ff9ca1d7bc66d78578b9f2c4c170850748b27992767e6"
     "ea6cc9992a561c9d19dfc342e260c280ef4f3f9b8f879d4e",
     "bd200fa6d50db3a743797b00aca1b70f417bfc381b28b21b5835d84cf7a6da6a"
     "bba19e3ba7d46b253412b74665d4627b65fcef3f29c95d3e",
     "a9b45971180882a79b89a3399544a425ef8136d278efa443ed67d3ff9d36e883"
     "bc330c6295bbf6ed73ff6fd10cbed767ad05ce03ebd27c7c",
     "3facf7503ebee252465689f1d4e3b1dd219639ef9de4ffd6049d6d71a0f62126"
     "840febb99042421ce12af6626d98d9170260390fbc8399a5",
     "c1bafdb069de3f9c68ea8421a87e7b35ff8089675a311d99f2b1fa73eb4c58b1"
     "41501d8047467a0d99a0d3b5f03339660cf7e489a3371f8b1adeb6263eb8f6e5",
     {{"4c756477696720766f6e204d69736573",
       "6cfcb98ae6b1bc5659cadc595bf664e17094404eae6b45fde6fc40ca937d1dbe"
       "1464cb66eb21fdbaa487cd0d11d6dce5aa07b8219bfdc49adb6433e209291ed9"
       "9efe0f2ef85a92577fae5e581046ab98b07665f5e7ce8b1a"},
      {"4d757272617920526f746862617264",
       "f7eb9a09468f9564819de07ada77a6cf5d5eacd84682067538bf2c4e4c905e5c"
       "c35cc3ff41241e47ae3bd296477a236ef185e5a8a0f18d655aadc2ac87aaf84b"
       "239cef2d1615c81fc86c7166fedd7421fb95c493823a16"},
      {"462e20412e20486179656b", "93be59b5d419a926ae538440bdd0ee3b4163cec7ce4ee30ab2f0bb"},
      {"4361726c204d656e676572", "d0677d4892eb2261f04decae75414a3cece1cdecd58b3073f2f061"},
      {"4a65616e2d426170746973746520536179",
       "ec0c44c44f2f25cd5a06ec3f5d00b883184f49f261ab424c1f68f3d9dcf1ca259e"},
      {"457567656e2042f6686d20766f6e2042617765726b",
       "655379864157bd67b92f011b7cc1da695490b759504ba67b220ba1b213fa073b4aea4b3a12"}}},
};

static const n2_noise_suite *
suite_named(const char *name)
{
    for (guint8 number = 0; number < 10; number++) {
        const n2_noise_suite *suite = n2_noise_suite_find(number);
        if (suite && g_str_equal(suite->name, name))
            return suite;
    }
    return NULL;
}

static gsize
unhex(const char *hex, guint8 *out, gsize size)
{
    gsize len = 0;

    g_assert_cmpint(sodium_hex2bin(out, size, hex, strlen(hex), NULL, &len, NULL), ==, 0);
    return len;
}

/* Noise 12: the nonce of the transport messages. */
static void
nonce_of(int cipher, guint64 n, guint8 nonce[12])
{
    memset(nonce, 0, 12);
    for (int i = 0; i < 8; i++)
        nonce[4 + i] = (guint8)(n >> (cipher == N2_CIPHER_AES256GCM ? 56 - 8 * i : 8 * i));
}

static void
check_transport(const vector *t, const n2_noise_suite *suite, const n2_noise_keys *keys)
{
    int cipher = suite->number == N2_SUITE_2 ? N2_CIPHER_AES256GCM : N2_CIPHER_CHACHA20POLY1305;
    n2_crypto crypto;
    n2_aead_key key[2];

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    g_assert_cmpint(n2_aead_key_init(&key[0], &crypto, cipher, keys->to_responder), ==, N2_OK);
    g_assert_cmpint(n2_aead_key_init(&key[1], &crypto, cipher, keys->to_initiator), ==, N2_OK);
    for (guint i = 2; i < MESSAGES; i++) {
        guint8 payload[256], want[256], got[256], nonce[12];
        gsize len = unhex(t->messages[i].payload, payload, sizeof payload);
        gsize want_len = unhex(t->messages[i].ciphertext, want, sizeof want);

        nonce_of(cipher, i / 2 - 1, nonce);
        n2_aead_seal(&key[i % 2], nonce, NULL, 0, payload, len, got, got + len);
        g_assert_cmpmem(got, len + 16, want, want_len);
    }
    n2_aead_key_clear(&key[0]);
    n2_aead_key_clear(&key[1]);
    n2_crypto_clear(&crypto);
}

/* The wall: all that is done with the responder's static secret. */
static void
es_behind_the_wall(const vector *t,
                   const n2_noise_suite *suite,
                   const guint8 *e,
                   n2_noise_es_result *es)
{
    guint8 secret[64], public_key[64], want[64];

    g_assert_cmpuint(unhex(t->resp_static, secret, sizeof secret), ==, suite->dh_bytes);
    g_assert_cmpint(n2_noise_public(suite, secret, public_key), ==, N2_OK);
    unhex(t->resp_static_public, want, sizeof want);
    g_assert_cmpmem(public_key, suite->dh_bytes, want, suite->dh_bytes);
    g_assert_cmpint(n2_noise_es(suite, secret, e, es), ==, N2_OK);
}

static void
run_vector(const vector *t)
{
    const n2_noise_suite *suite = suite_named(t->name);
    guint8 prologue[64], e[64], statik[64], payload[256], message[256], want[256], got[256];
    n2_noise initiator, responder;
    n2_noise_es_result es;
    n2_noise_keys ikeys, rkeys;

    g_assert_nonnull(suite);
    gsize prologue_len = unhex(t->prologue, prologue, sizeof prologue);
    unhex(t->resp_static_public, statik, sizeof statik);
    n2_noise_init_initiator(&initiator, suite, prologue, prologue_len, statik);
    n2_noise_init_responder(&responder, suite, prologue, prologue_len, statik);

    gsize len = unhex(t->messages[0].payload, payload, sizeof payload);
    gsize want_len = unhex(t->messages[0].ciphertext, want, sizeof want);
    unhex(t->init_e, e, sizeof e);
    g_assert_cmpint(n2_noise_write1(&initiator, e, payload, len, message), ==, N2_OK);
    g_assert_cmpmem(message, n2_noise_message_bytes(suite, len), want, want_len);

    es_behind_the_wall(t, suite, message, &es);
    g_assert_cmpint(n2_noise_read1(&responder, &es, message, want_len, got), ==, N2_OK);
    g_assert_cmpmem(got, len, payload, len);

    len = unhex(t->messages[1].payload, payload, sizeof payload);
    want_len = unhex(t->messages[1].ciphertext, want, sizeof want);
    unhex(t->resp_e, e, sizeof e);
    g_assert_cmpint(n2_noise_write2(&responder, e, payload, len, message), ==, N2_OK);
    g_assert_cmpmem(message, n2_noise_message_bytes(suite, len), want, want_len);
    g_assert_cmpint(n2_noise_read2(&initiator, message, want_len, got), ==, N2_OK);
    g_assert_cmpmem(got, len, payload, len);

    g_assert_cmpint(n2_noise_split(&initiator, &ikeys), ==, N2_OK);
    g_assert_cmpint(n2_noise_split(&responder, &rkeys), ==, N2_OK);
    g_assert_cmpmem(&ikeys, sizeof ikeys, &rkeys, sizeof rkeys);
    unhex(t->hash, want, sizeof want);
    g_assert_cmpmem(ikeys.hash, sizeof ikeys.hash, want, 64);
    check_transport(t, suite, &ikeys);
    g_assert_true(sodium_is_zero((const guint8 *)&initiator, sizeof initiator));
    g_assert_true(sodium_is_zero((const guint8 *)&responder, sizeof responder));
}

static void
test_known(gconstpointer data)
{
    run_vector(data);
}

static void
test_file(void)
{
    const char *folder = g_getenv("N2_TESTDATA");
    g_autofree char *path = g_build_filename(folder ? folder : "", "noise-vectors.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    guint done = 0;

    if (!folder || !json_parser_load_from_file(parser, path, NULL)) {
        g_test_skip("no noise-vectors.json");
        return;
    }
    JsonArray *all = json_object_get_array_member(
        json_node_get_object(json_parser_get_root(parser)), "vectors");
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *o = json_array_get_object_element(all, i);
        vector t = {
            .name = json_object_get_string_member(o, "protocol_name"),
            .prologue = json_object_get_string_member(o, "init_prologue"),
            .init_e = json_object_get_string_member(o, "init_ephemeral"),
            .resp_static_public =
                json_object_get_string_member_with_default(o, "init_remote_static", NULL),
            .resp_static = json_object_get_string_member_with_default(o, "resp_static", NULL),
            .resp_e = json_object_get_string_member(o, "resp_ephemeral"),
            .hash = json_object_get_string_member(o, "handshake_hash"),
        };
        if (!suite_named(t.name)) {
            g_test_message("%s: not one of our suites", t.name);
            continue;
        }
        JsonArray *messages = json_object_get_array_member(o, "messages");
        g_assert_cmpuint(json_array_get_length(messages), ==, MESSAGES);
        for (guint m = 0; m < MESSAGES; m++) {
            JsonObject *message = json_array_get_object_element(messages, m);
            t.messages[m].payload = json_object_get_string_member(message, "payload");
            t.messages[m].ciphertext = json_object_get_string_member(message, "ciphertext");
        }
        g_test_message("%s", t.name);
        run_vector(&t);
        done++;
    }
    g_assert_cmpuint(done, ==, 2);
}

/* what a stranger may send */

typedef struct {
    const n2_noise_suite *suite;
    guint8 secret[56], public_key[56], e[56], e_public[56];
    n2_noise initiator, responder;
    guint8 message[256];
    gsize len;
    n2_noise_es_result es;
} pair;

static void
random_bytes(void *user, void *buf, size_t len)
{
    (void)user;
    randombytes_buf(buf, len);
}

static const n2_env env = {NULL, random_bytes};

/* Both sides ready, message 1 written and its es worked out. */
static void
pair_init(pair *p, guint8 number)
{
    *p = (pair){.suite = n2_noise_suite_find(number)};
    g_assert_cmpint(n2_noise_keypair(p->suite, &env, p->secret, p->public_key), ==, N2_OK);
    g_assert_cmpint(n2_noise_keypair(p->suite, &env, p->e, p->e_public), ==, N2_OK);
    n2_noise_init_initiator(&p->initiator, p->suite, "net2o 1", 7, p->public_key);
    n2_noise_init_responder(&p->responder, p->suite, "net2o 1", 7, p->public_key);
    p->len = n2_noise_message_bytes(p->suite, p->suite->hello_payload);
    g_assert_cmpuint(p->len, ==, 112);
    guint8 payload[64] = {1, 2, 3};
    g_assert_cmpint(
        n2_noise_write1(&p->initiator, p->e, payload, p->suite->hello_payload, p->message), ==,
        N2_OK);
    g_assert_cmpmem(p->message, p->suite->dh_bytes, p->e_public, p->suite->dh_bytes);
    g_assert_cmpint(n2_noise_es(p->suite, p->secret, p->message, &p->es), ==, N2_OK);
}

static void
test_changed_bytes(gconstpointer data)
{
    guint8 number = (guint8)GPOINTER_TO_UINT(data);
    guint8 out[256], zero[256] = {0};

    for (gsize at = 0; at < 112; at++) {
        pair p;
        pair_init(&p, number);
        p.message[at] ^= 4;
        memset(out, 9, sizeof out);
        g_assert_cmpint(n2_noise_read1(&p.responder, &p.es, p.message, p.len, out), ==,
                        N2_ERR_FORGED);
        g_assert_cmpmem(out, p.suite->hello_payload, zero, p.suite->hello_payload);
        g_assert_cmpint(p.responder.state, ==, N2_NOISE_OVER);
        g_assert_cmpint(n2_noise_read1(&p.responder, &p.es, p.message, p.len, out), ==,
                        N2_ERR_STATE);
    }
    pair p;
    pair_init(&p, number);
    g_assert_cmpint(n2_noise_read1(&p.responder, &p.es, p.message, p.len, out), ==, N2_OK);
    g_assert_cmpint(n2_noise_write2(&p.responder, p.secret, out, 5, p.message), ==, N2_OK);
    p.len = n2_noise_message_bytes(p.suite, 5);
    p.message[p.len - 1] ^= 1;
    g_assert_cmpint(n2_noise_read2(&p.initiator, p.message, p.len, out), ==, N2_ERR_FORGED);
    g_assert_cmpint(p.initiator.state, ==, N2_NOISE_OVER);
}

static void
test_short_messages(gconstpointer data)
{
    guint8 number = (guint8)GPOINTER_TO_UINT(data);
    guint8 out[256];

    for (gsize len = 0; len < n2_noise_message_bytes(n2_noise_suite_find(number), 0); len++) {
        pair p;
        pair_init(&p, number);
        g_autofree guint8 *exact = g_memdup2(p.message, len);
        g_assert_cmpint(n2_noise_read1(&p.responder, &p.es, exact, len, out), ==,
                        N2_ERR_TRUNCATED);
        g_assert_cmpint(n2_noise_read2(&p.initiator, exact, len, out), ==, N2_ERR_TRUNCATED);
    }
}

/* Points of low order give an agreement of zeros: refused on every path. */
static void
test_low_order(gconstpointer data)
{
    guint8 number = (guint8)GPOINTER_TO_UINT(data);
    guint8 out[256];
    static const guint8 zero[56], one[56] = {1};
    const guint8 *points[] = {zero, one};

    for (gsize i = 0; i < G_N_ELEMENTS(points); i++) {
        pair p;
        n2_noise noise;
        n2_noise_es_result es;
        pair_init(&p, number);
        g_assert_cmpint(n2_noise_es(p.suite, p.secret, points[i], &es), ==, N2_ERR_FORGED);

        n2_noise_init_initiator(&noise, p.suite, NULL, 0, points[i]);
        g_assert_cmpint(n2_noise_write1(&noise, p.e, NULL, 0, out), ==, N2_ERR_FORGED);
        g_assert_cmpint(noise.state, ==, N2_NOISE_OVER);

        memcpy(p.message, points[i], p.suite->dh_bytes);
        g_assert_cmpint(n2_noise_read2(&p.initiator, p.message, p.len, out), ==, N2_ERR_FORGED);
    }
}

/* Another prologue or another static key: not opened. */
static void
test_other_prologue(gconstpointer data)
{
    guint8 number = (guint8)GPOINTER_TO_UINT(data);
    guint8 out[256];
    pair p;

    pair_init(&p, number);
    n2_noise_init_responder(&p.responder, p.suite, "net2o 2", 7, p.public_key);
    g_assert_cmpint(n2_noise_read1(&p.responder, &p.es, p.message, p.len, out), ==,
                    N2_ERR_FORGED);
    pair_init(&p, number);
    n2_noise_init_responder(&p.responder, p.suite, "net2o 1", 7, p.e_public);
    g_assert_cmpint(n2_noise_read1(&p.responder, &p.es, p.message, p.len, out), ==,
                    N2_ERR_FORGED);
}

/* Every step in every state it is not for: N2_ERR_STATE, and nothing changed. */
static void
test_states(void)
{
    for (int state = N2_NOISE_OVER; state <= N2_NOISE_SPLIT; state++) {
        pair p;
        n2_noise_keys keys;
        guint8 out[256];
        pair_init(&p, N2_SUITE_1);
        n2_noise noise = p.initiator;
        noise.state = (n2_noise_state)state;
        const n2_noise before = noise;

        if (state != N2_NOISE_WRITE1)
            g_assert_cmpint(n2_noise_write1(&noise, p.e, "", 0, out), ==, N2_ERR_STATE);
        if (state != N2_NOISE_READ1)
            g_assert_cmpint(n2_noise_read1(&noise, &p.es, p.message, p.len, out), ==,
                            N2_ERR_STATE);
        if (state != N2_NOISE_WRITE2)
            g_assert_cmpint(n2_noise_write2(&noise, p.e, "", 0, out), ==, N2_ERR_STATE);
        if (state != N2_NOISE_READ2)
            g_assert_cmpint(n2_noise_read2(&noise, p.message, p.len, out), ==, N2_ERR_STATE);
        if (state != N2_NOISE_SPLIT)
            g_assert_cmpint(n2_noise_split(&noise, &keys), ==, N2_ERR_STATE);
        g_assert_cmpmem(&noise, sizeof noise, &before, sizeof before);
    }
    g_assert_null(n2_noise_suite_find(0));
    g_assert_null(n2_noise_suite_find(3));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autofree char *path = g_strconcat("/crypto/noise/", known[i].name, NULL);
        g_test_add_data_func(path, &known[i], test_known);
    }
    g_test_add_func("/crypto/noise/vectors-file", test_file);
    for (guint suite = 1; suite <= 2; suite++) {
        static const struct {
            const char *name;
            GTestDataFunc run;
        } tests[] = {{"changed-bytes", test_changed_bytes},
                     {"short-messages", test_short_messages},
                     {"low-order", test_low_order},
                     {"other-prologue", test_other_prologue}};
        for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
            g_autofree char *path =
                g_strdup_printf("/crypto/noise/suite-%u/%s", suite, tests[i].name);
            g_test_add_data_func(path, GUINT_TO_POINTER(suite), tests[i].run);
        }
    }
    g_test_add_func("/crypto/noise/states", test_states);
    return g_test_run();
}
