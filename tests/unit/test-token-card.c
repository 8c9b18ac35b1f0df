/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-token-card.c - what card.h promises of keys, on the virtual card: strict, with each
 *                     quirk.
 */
#include "token-fixture.h"

static const uint8_t digest[N2_CARD_DIGEST_BYTES] = {1, 2, 3, 4};
static const n2_card_method sign_methods[] = {N2_CARD_ED25519, N2_CARD_P256, N2_CARD_ED448};
static const n2_card_method agree_methods[] = {N2_CARD_X25519, N2_CARD_P256_ECDH, N2_CARD_X448};

static bool
has(uint64_t quirks, card_quirk quirk)
{
    return quirks >> quirk & 1;
}

/* An agreement with a pair of ours gives both sides the same. */
static void
assert_agrees(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    uint8_t secret[N2_CARD_SECRET_BYTES_MAX], point[65], ours[56], theirs[56];
    n2_card_key peer;

    token_pair(&rig->seed, (n2_card_method)key->method, &peer, point, secret);
    assert_ok(n2_card_agree(k, &peer, theirs));
    g_assert_true(token_agree((n2_card_method)key->method, secret, key, ours));
    g_assert_cmpmem(ours, n2_card_method_result_bytes((n2_card_method)key->method), theirs,
                    n2_card_method_result_bytes((n2_card_method)key->method));
}

/* Made, used, proven, in one life of a card with these quirks. */
static void
enrol(uint64_t quirks, n2_card_method sign, n2_card_method agree)
{
    token_rig rig;
    const n2_openpgp_info *info;
    uint8_t signature[N2_CARD_SIGNATURE_BYTES_MAX];
    n2_card_key key[N2_CARD_SLOTS], again;
    n2_token_code want_sign =
        has(quirks, CARD_QUIRK_BAD_SIGN) ? N2_TOKEN_NOT_PROVEN : N2_TOKEN_OK;

    rig_init(&rig, quirks);
    n2_card *k = rig_open(&rig);
    assert_ok(n2_card_info(k, &info));
    g_assert_cmphex(info->aid.serial, ==, 0x1020304);
    g_assert_cmpuint(info->tries[0], ==, 3);
    g_assert_cmpuint(info->tries[1], ==, 0);
    g_assert_cmpuint(info->tries[2], ==, 3);
    key[0] = rig_generate(k, N2_CARD_SIG, sign);
    key[1] = rig_generate(k, N2_CARD_DEC, agree);
    key[2] = rig_generate(k, N2_CARD_AUT, sign);
    assert_ok(n2_card_set_name(k, "Vox<<Ada", 8));
    n2_token_code touch = n2_card_set_touch(k, N2_CARD_AUT, N2_TOUCH_ON, false);
    assert_code(touch, has(quirks, CARD_QUIRK_NO_UIF) ? N2_TOKEN_NO_FUNCTION : N2_TOKEN_OK);
    n2_card_close(k);
    g_assert_cmpuint(rig.n_resets, ==, 1);

    k = rig_open(&rig); /* others had their turn: nothing is open */
    assert_code(n2_card_sign(k, N2_CARD_AUT, &key[2], digest, signature),
                has(quirks, CARD_QUIRK_PW3_OPENS) ? N2_TOKEN_PIN_NEEDED : N2_TOKEN_PIN_NEEDED);
    g_assert_cmphex(n2_card_result(k, N2_TOKEN_PIN_NEEDED).pin, ==, N2_CARD_PW1);
    assert_ok(n2_card_info(k, &info));
    g_assert_cmpstr(info->name, ==, "Vox<<Ada");
    for (unsigned i = 0; i < N2_CARD_SLOTS; i++) {
        assert_ok(n2_card_public(k, (n2_card_slot)i, &again));
        g_assert_true(n2_card_key_same(&again, &key[i]));
        g_assert_true(info->slot[i].has_fingerprint);
        g_assert_cmpuint(info->slot[i].created, ==, 1700000000);
        g_assert_cmpuint(info->slot[i].method, ==, i == N2_CARD_DEC ? agree : sign);
        g_assert_cmpuint(info->slot[i].origin, ==,
                         has(quirks, CARD_QUIRK_NO_DE) ? N2_KEY_UNKNOWN : N2_KEY_GENERATED);
    }
    g_assert_cmpuint(info->slot[N2_CARD_AUT].touch, ==, touch ? N2_TOUCH_UNKNOWN : N2_TOUCH_ON);
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    assert_code(n2_card_sign(k, N2_CARD_AUT, &key[2], digest, signature), want_sign);
    assert_code(n2_card_prove(k, N2_CARD_AUT, &key[2]), want_sign);
    assert_agrees(&rig, k, &key[1]);
    assert_ok(n2_card_prove(k, N2_CARD_DEC, &key[1]));
    assert_code(n2_card_sign(k, N2_CARD_AUT, &key[0], digest, signature),
                N2_TOKEN_NOT_PROVEN); /* another's signature is not given out as this one's */
    assert_code(n2_card_sign(k, N2_CARD_SIG, &key[0], digest, signature),
                N2_TOKEN_PIN_NEEDED); /* mode 82 does not open SIG */
    assert_ok(rig_verify(k, N2_CARD_PW1_SIGN, "123456"));
    assert_code(n2_card_sign(k, N2_CARD_SIG, &key[0], digest, signature), want_sign);
    if (!touch) {
        rig.is_lazy = true;
        assert_code(n2_card_sign(k, N2_CARD_AUT, &key[2], digest, signature),
                    N2_TOKEN_TOUCH_TIMEOUT);
    }
    n2_card_close(k);
    rig_clear(&rig);
}

static void
test_quirk(gconstpointer data)
{
    card_quirk quirk = (card_quirk)GPOINTER_TO_UINT(data);
    bool only_p256 = quirk == CARD_QUIRK_NO_25519;

    enrol((uint64_t)1 << quirk, only_p256 ? N2_CARD_P256 : N2_CARD_ED25519,
          only_p256 ? N2_CARD_P256_ECDH : N2_CARD_X25519);
    enrol((uint64_t)1 << quirk, N2_CARD_P256, N2_CARD_P256_ECDH);
}

static void
test_methods(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sign_methods); i++)
        enrol(0, sign_methods[i], agree_methods[i]);
}

static void
test_no_25519(void)
{
    token_rig rig;
    n2_card_key key;

    rig_init(&rig, CARD_WITH(NO_25519));
    n2_card *k = rig_open(&rig);
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    assert_code(n2_card_generate(k, N2_CARD_AUT, N2_CARD_ED25519, 1, &key),
                N2_TOKEN_NO_ALGORITHM);
    n2_card_close(k);
    rig_clear(&rig);
}

/* ---- imports ---- */

static n2_token_code
import(token_rig *rig, n2_card_slot slot, n2_card_method method, n2_card_import_key *in)
{
    n2_card_entry pw1 = PW1_RIGHT;
    n2_card *k = rig_open(rig);

    memset(in, 0, sizeof *in);
    token_pair(&rig->seed, method, &in->key, in->point, in->secret);
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    n2_token_code code = n2_card_import(k, slot, in, 1700000000, &pw1);
    n2_card_close(k);
    return code;
}

static void
test_import(gconstpointer data)
{
    uint64_t quirks = GPOINTER_TO_SIZE(data);
    bool is_lie = has(quirks, CARD_QUIRK_IMPORT_LIES);
    token_rig rig;

    for (size_t i = 0; i < G_N_ELEMENTS(sign_methods); i++)
        for (unsigned s = 0; s < N2_CARD_SLOTS; s++) {
            n2_card_method method = s == N2_CARD_DEC ? agree_methods[i] : sign_methods[i];
            n2_card_import_key in;
            const n2_openpgp_info *info;
            n2_card_key there;
            if (has(quirks, CARD_QUIRK_NO_25519) && i != 1)
                continue;
            rig_init(&rig, quirks);
            n2_token_code want =
                is_lie || (has(quirks, CARD_QUIRK_BAD_SIGN) && s != N2_CARD_DEC)
                    ? N2_TOKEN_NOT_PROVEN
                    : N2_TOKEN_OK;
            assert_code(import(&rig, (n2_card_slot)s, method, &in), want);
            n2_card *k = rig_open(&rig);
            assert_ok(n2_card_info(k, &info));
            g_assert_cmpint(info->slot[s].has_fingerprint, ==, !want);
            if (!want) {
                assert_ok(n2_card_public(k, (n2_card_slot)s, &there));
                g_assert_true(n2_card_key_same(&there, &in.key));
            }
            n2_card_close(k);
            rig_clear(&rig);
        }
}

/* The old key's fingerprint is not left at a place whose key nobody knows. */
static void
test_import_not_proven(void)
{
    token_rig rig;
    n2_card_import_key in;
    const n2_openpgp_info *info;

    rig_init(&rig, 0);
    assert_ok(import(&rig, N2_CARD_DEC, N2_CARD_X25519, &in));
    card_set_quirk(rig.c, CARD_QUIRK_IMPORT_LIES, true);
    assert_code(import(&rig, N2_CARD_DEC, N2_CARD_X25519, &in), N2_TOKEN_NOT_PROVEN);
    n2_card *k = rig_open(&rig);
    assert_ok(n2_card_info(k, &info));
    g_assert_false(info->slot[N2_CARD_DEC].has_fingerprint);
    n2_card_close(k);
    rig_clear(&rig);
}

/* ---- agreements that are none ---- */

/* Points of low order give zero, whatever the secret is: the token's answer is not believed. */
static void
test_raw_agreement_oracle(void)
{
    static const char *points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    token_rig rig;
    uint8_t shared[N2_CARD_SHARED_BYTES_MAX];

    rig_init(&rig, CARD_WITH(ZERO_AGREE));
    n2_card *k = rig_open(&rig);
    (void)rig_generate(k, N2_CARD_DEC, N2_CARD_X25519);
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
        n2_card_key peer = {.method = N2_CARD_X25519, .n = 32};
        for (size_t b = 0; b < 32; b++)
            peer.bytes[b] = (uint8_t)(g_ascii_xdigit_value(points[i][2 * b]) << 4 |
                                      g_ascii_xdigit_value(points[i][2 * b + 1]));
        memset(shared, 0xee, sizeof shared);
        assert_code(n2_card_agree(k, &peer, shared), N2_TOKEN_WEAK);
        g_assert_cmphex(shared[0], ==, 0xee);
    }
    n2_card_key cut = {.method = N2_CARD_X25519, .n = 31},
                sign = {.method = N2_CARD_ED25519, .n = 32};
    assert_code(n2_card_agree(k, &cut, shared), N2_TOKEN_USAGE);
    assert_code(n2_card_agree(k, &sign, shared), N2_TOKEN_NO_ALGORITHM);
    n2_card_close(k);
    rig_clear(&rig);
}

static void
test_empty_slots(gconstpointer data)
{
    token_rig rig;
    uint8_t out[N2_CARD_SIGNATURE_BYTES_MAX], point[65], secret[57];
    n2_card_key key, peer;

    rig_init(&rig, GPOINTER_TO_SIZE(data));
    n2_card *k = rig_open(&rig);
    token_pair(&rig.seed, N2_CARD_ED25519, &key, point, secret);
    token_pair(&rig.seed, N2_CARD_X25519, &peer, point, secret);
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    assert_ok(rig_verify(k, N2_CARD_PW1_SIGN, "123456"));
    assert_code(n2_card_sign(k, N2_CARD_AUT, &key, digest, out), N2_TOKEN_KEY_MISSING);
    assert_code(n2_card_sign(k, N2_CARD_SIG, &key, digest, out), N2_TOKEN_KEY_MISSING);
    assert_code(n2_card_agree(k, &peer, out), N2_TOKEN_KEY_MISSING);
    assert_code(n2_card_public(k, N2_CARD_AUT, &key), N2_TOKEN_KEY_MISSING);
    assert_code(n2_card_sign(k, N2_CARD_DEC, &key, digest, out), N2_TOKEN_USAGE);
    n2_card_close(k);
    rig_clear(&rig);
}

/* ---- touch, factory ---- */

static void
test_touch(void)
{
    token_rig rig;

    rig_init(&rig, CARD_WITH(UIF_CACHED));
    n2_card *k = rig_open(&rig);
    (void)rig_generate(k, N2_CARD_AUT, N2_CARD_ED25519);
    assert_code(n2_card_set_touch(k, N2_CARD_AUT, N2_TOUCH_FIXED, false), N2_TOKEN_CONSENT);
    assert_ok(n2_card_set_touch(k, N2_CARD_AUT, N2_TOUCH_CACHED, false));
    assert_ok(n2_card_set_touch(k, N2_CARD_AUT, N2_TOUCH_FIXED, true));
    assert_code(n2_card_set_touch(k, N2_CARD_AUT, N2_TOUCH_OFF, true), N2_TOKEN_TOUCH_FIXED);
    card_set_quirk(rig.c, CARD_QUIRK_UIF_CACHED, false);
    assert_code(n2_card_set_touch(k, N2_CARD_DEC, N2_TOUCH_CACHED, true), N2_TOKEN_NO_FUNCTION);
    n2_card_close(k);
    rig_clear(&rig);
}

static void
test_factory(void)
{
    token_rig rig;
    n2_card_key key;

    rig_init(&rig, 0);
    n2_card *k = rig_open(&rig);
    (void)rig_generate(k, N2_CARD_AUT, N2_CARD_ED25519);
    n2_card_close(k);
    k = rig_open(&rig);
    assert_code(n2_card_factory_reset(k, false), N2_TOKEN_CONSENT);
    g_assert_cmpuint(rig.n_verifies, ==, 1);
    assert_ok(n2_card_factory_reset(k, true)); /* nobody knows the PINs */
    assert_code(n2_card_public(k, N2_CARD_AUT, &key), N2_TOKEN_KEY_MISSING);
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    assert_ok(n2_card_factory_reset(k, true)); /* with PW3 */
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    /* One that cannot be reset does not lose its tries for nothing. */
    card_set_quirk(rig.c, CARD_QUIRK_NO_RESET, true);
    unsigned sent = rig.n_verifies;
    assert_code(n2_card_factory_reset(k, true), N2_TOKEN_NO_FUNCTION);
    g_assert_cmpuint(rig.n_verifies, ==, sent);
    n2_card_close(k);
    rig_clear(&rig);
}

static bool
no_hash(
    void *user, n2_card_hash kind, const uint8_t *block, size_t n, uint64_t total, uint8_t *out)
{
    (void)user;
    (void)kind;
    (void)block;
    (void)n;
    (void)total;
    (void)out;
    return false;
}

static bool
no_pair(void *user, const n2_card_key *key, n2_card_key *point, uint8_t *shared)
{
    (void)user;
    (void)key;
    (void)point;
    (void)shared;
    return false;
}

/* What makes no sense is refused before a card is asked. */
static void
test_refused(void)
{
    token_rig rig;
    uint8_t out[N2_CARD_SIGNATURE_BYTES_MAX];
    n2_card_key ed, x, p256, made;
    const n2_openpgp_info *info;
    n2_card_entry pw1 = PW1_RIGHT, at_reader = AT_READER;

    rig_init(&rig, CARD_WITH(UIF_CACHED));
    n2_card *k = rig_open(&rig);
    ed = rig_generate(k, N2_CARD_AUT, N2_CARD_ED25519);
    x = rig_generate(k, N2_CARD_DEC, N2_CARD_X25519);
    p256 = rig_generate(k, N2_CARD_SIG, N2_CARD_P256);
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    assert_ok(n2_card_info(k, &info));
    unsigned before = rig.n_commands;
    assert_code(n2_card_verify(k, N2_CARD_RESET_CODE, &pw1), N2_TOKEN_USAGE);
    assert_code(n2_card_change_pin(k, N2_CARD_RESET_CODE, &pw1, &pw1), N2_TOKEN_USAGE);
    assert_code(n2_card_set_touch(k, N2_CARD_AUT, N2_TOUCH_UNKNOWN, true), N2_TOKEN_USAGE);
    assert_code(n2_card_set_touch(k, N2_CARD_AUT, N2_TOUCH_CACHED_FIXED, false),
                N2_TOKEN_CONSENT);
    assert_code(n2_card_set_name(k, "", N2_OPENPGP_NAME_BYTES_MAX + 1), N2_TOKEN_USAGE);
    assert_code(n2_card_generate(k, N2_CARD_AUT, N2_CARD_X25519, 1, &made),
                N2_TOKEN_NO_ALGORITHM);
    assert_code(n2_card_prove(k, N2_CARD_DEC, &ed), N2_TOKEN_NO_ALGORITHM);
    assert_code(n2_card_sign(k, N2_CARD_AUT, &x, digest, out), N2_TOKEN_NO_ALGORITHM);
    g_assert_cmpuint(rig.n_commands, ==, before);
    /* Mathematics that fails is no card's fault. */
    rig.crypto.hash = no_hash;
    rig.crypto.agree = no_pair;
    assert_code(n2_card_sign(k, N2_CARD_SIG, &p256, digest, out), N2_TOKEN_USAGE);
    assert_code(n2_card_prove(k, N2_CARD_DEC, &x), N2_TOKEN_USAGE);
    assert_code(n2_card_generate(k, N2_CARD_AUT, N2_CARD_ED25519, 1, &made), N2_TOKEN_USAGE);
    rig.crypto = token_crypto(&rig.seed);
    /* Another key's point gives another secret. */
    n2_card_key other;
    uint8_t point[65], secret[57];
    token_pair(&rig.seed, N2_CARD_X25519, &other, point, secret);
    assert_code(n2_card_prove(k, N2_CARD_DEC, &other), N2_TOKEN_NOT_PROVEN);
    /* A new PIN is not typed where the old one is not. */
    assert_code(n2_card_change_pin(k, N2_CARD_PW1, &pw1, &at_reader), N2_TOKEN_PIN_NEEDED);
    assert_ok(n2_card_set_touch(k, N2_CARD_DEC, N2_TOUCH_CACHED_FIXED, true));
    assert_ok(n2_card_set_touch(k, N2_CARD_DEC, N2_TOUCH_CACHED_FIXED, true));
    assert_code(n2_card_set_touch(k, N2_CARD_DEC, N2_TOUCH_ON, false), N2_TOKEN_TOUCH_FIXED);
    n2_card_close(k);
    k = rig_open(&rig);
    assert_code(n2_card_generate(k, N2_CARD_SIG, N2_CARD_P256, 1, &made), N2_TOKEN_PIN_NEEDED);
    g_assert_cmphex(k->pin, ==, N2_CARD_PW3);
    n2_card_close(k);
    rig_clear(&rig);
    /* Not offered, and nobody says what is. */
    rig_init(&rig, CARD_WITH(NO_25519) | CARD_WITH(NO_FA));
    k = rig_open(&rig);
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    assert_code(n2_card_generate(k, N2_CARD_AUT, N2_CARD_ED25519, 1, &made),
                N2_TOKEN_NO_ALGORITHM);
    assert_code(n2_card_generate(k, N2_CARD_AUT, N2_CARD_ED448, 1, &made),
                N2_TOKEN_NO_ALGORITHM);
    n2_card_close(k);
    rig_clear(&rig);
    /* RSA keys are there and are not ours. */
    rig_init(&rig, CARD_WITH(RSA_FIRST) | CARD_WITH(NO_DE));
    k = rig_open(&rig);
    assert_code(n2_card_public(k, N2_CARD_AUT, &made), N2_TOKEN_NO_ALGORITHM);
    n2_card_close(k);
    rig_clear(&rig);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < CARD_QUIRKS; i++) {
        g_autofree char *use =
            g_strdup_printf("/token/card/quirk/%s", card_quirk_word((card_quirk)i));
        g_autofree char *bring =
            g_strdup_printf("/token/card/import/%s", card_quirk_word((card_quirk)i));
        g_autofree char *empty =
            g_strdup_printf("/token/card/empty/%s", card_quirk_word((card_quirk)i));
        gpointer set = GSIZE_TO_POINTER((uint64_t)1 << i);
        g_test_add_data_func(use, GUINT_TO_POINTER(i), test_quirk);
        g_test_add_data_func(bring, set, test_import);
        if (i != CARD_QUIRK_RSA_FIRST && i != CARD_QUIRK_NO_25519)
            g_test_add_data_func(empty, set, test_empty_slots);
    }
    g_test_add_func("/token/card/methods", test_methods);
    g_test_add_func("/token/card/no-25519", test_no_25519);
    g_test_add_data_func("/token/card/import/strict", NULL, test_import);
    g_test_add_func("/token/card/import-not-proven", test_import_not_proven);
    g_test_add_func("/token/card/attack-38-raw-agreement-oracle", test_raw_agreement_oracle);
    g_test_add_func("/token/card/touch", test_touch);
    g_test_add_func("/token/card/factory", test_factory);
    g_test_add_func("/token/card/refused", test_refused);
    return g_test_run();
}
