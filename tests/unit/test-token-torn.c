/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-token-torn.c - the card pulled at each byte of each operation: told, and good for
 * another.
 */
#include "token-fixture.h"

enum {
    TEARS_MAX = 20000
};

static const uint8_t digest[N2_CARD_DIGEST_BYTES] = {1, 2, 3, 4};

typedef struct {
    const char *name;
    n2_token_code (*run)(token_rig *rig, n2_card *k, const n2_card_key *key);
    uint64_t quirks;
    bool uses_tries; /* it may be left with none */
} torn;

static n2_token_code
torn_sign(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    uint8_t out[N2_CARD_SIGNATURE_BYTES_MAX];
    n2_token_code code = rig_verify(k, N2_CARD_PW1, "123456");

    (void)rig;
    return code ? code : n2_card_sign(k, N2_CARD_AUT, key, digest, out);
}

static n2_token_code
torn_prove(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_token_code code = rig_verify(k, N2_CARD_PW1, "123456");
    n2_card_key dec;

    (void)rig;
    (void)key;
    if (!code)
        code = n2_card_public(k, N2_CARD_DEC, &dec);
    return code ? code : n2_card_prove(k, N2_CARD_DEC, &dec);
}

static n2_token_code
torn_info(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    const n2_openpgp_info *info;

    (void)rig;
    (void)key;
    return n2_card_info(k, &info);
}

static n2_token_code
torn_generate(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_card_key made;
    n2_token_code code = rig_verify(k, N2_CARD_PW3, "12345678");

    (void)rig;
    (void)key;
    return code ? code : n2_card_generate(k, N2_CARD_AUT, N2_CARD_P256, 7, &made);
}

static n2_token_code
torn_import(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_card_import_key in = {.key = {.n = 0}};
    n2_card_entry pw1 = PW1_RIGHT;
    n2_token_code code = rig_verify(k, N2_CARD_PW3, "12345678");

    (void)key;
    token_pair(&rig->seed, N2_CARD_X25519, &in.key, in.point, in.secret);
    return code ? code : n2_card_import(k, N2_CARD_DEC, &in, 7, &pw1);
}

static n2_token_code
torn_change(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_card_entry old = PW1_RIGHT, fresh = rig_pin("654321");

    (void)rig;
    (void)key;
    return n2_card_change_pin(k, N2_CARD_PW1, &old, &fresh);
}

static n2_token_code
torn_factory(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_token_code code = rig_verify(k, N2_CARD_PW3, "12345678");

    (void)rig;
    (void)key;
    return code ? code : n2_card_factory_reset(k, true);
}

static n2_token_code
torn_settings(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_card_entry code = rig_pin("87654321"), fresh = rig_pin("123456");
    n2_token_code result = rig_verify(k, N2_CARD_PW3, "12345678");

    (void)rig;
    (void)key;
    if (!result)
        result = n2_card_set_touch(k, N2_CARD_DEC, N2_TOUCH_ON, false);
    if (!result)
        result = n2_card_set_name(k, "x", 1);
    if (!result)
        result = n2_card_set_reset_code(k, &code);
    if (!result)
        result = n2_card_unblock(k, &code, &fresh);
    return result ? result : n2_card_unblock(k, NULL, &fresh);
}

static n2_token_code
torn_import_sign(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_card_import_key in = {.key = {.n = 0}};
    n2_card_entry pw1 = PW1_RIGHT;
    n2_token_code code = rig_verify(k, N2_CARD_PW3, "12345678");

    (void)key;
    token_pair(&rig->seed, N2_CARD_P256, &in.key, in.point, in.secret);
    return code ? code : n2_card_import(k, N2_CARD_SIG, &in, 7, &pw1);
}

/* Nobody knows its PINs: all tries are used up on the way. */
static n2_token_code
torn_blind(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    (void)rig;
    (void)key;
    return n2_card_factory_reset(k, true);
}

static n2_token_code
torn_keys(token_rig *rig, n2_card *k, const n2_card_key *key)
{
    n2_card_entry at_reader = AT_READER;

    (void)key;
    rig->link.control = rig_control;
    rig->typed = "123456";
    return n2_card_verify(k, N2_CARD_PW1, &at_reader);
}

/* clang-format off */
static const torn tears[] = {
    {"sign", torn_sign, 0, false},
    {"prove", torn_prove, 0, false},
    {"info", torn_info, 0, false},
    {"info-alone", torn_info, CARD_WITH(UIF_ALONE) | CARD_WITH(C4_IN_6E), false},
    {"info-pieces", torn_info, CARD_WITH(PIECES), false},
    {"info-less", torn_info, CARD_WITH(NO_DE) | CARD_WITH(NO_UIF) | CARD_WITH(NO_FA), false},
    {"generate", torn_generate, 0, false},
    {"generate-unoffered", torn_generate, CARD_WITH(NO_FA) | CARD_WITH(CRT_LONG), false},
    {"import", torn_import, 0, false},
    {"import-swapped", torn_import, CARD_WITH(IMPORT_SWAPPED) | CARD_WITH(ATTR_FF), false},
    {"import-sign", torn_import_sign, CARD_WITH(CRT_LONG), false},
    {"change", torn_change, 0, false},
    {"settings", torn_settings, 0, false},
    {"keys", torn_keys, CARD_WITH(C4_IN_6E), false},
    {"factory", torn_factory, 0, false},
    {"blind", torn_blind, 0, true},
};
/* clang-format on */

/* It is told as pulled, whatever byte it was at, and the card can be used afterwards. */
static void
test_torn(gconstpointer data)
{
    const torn *t = data;
    token_rig base, rig;
    n2_card_key key;
    size_t at = 0;
    n2_token_code code;

    rig_init(&base, 0);
    n2_card *k = rig_open(&base);
    key = rig_generate(k, N2_CARD_AUT, N2_CARD_ED25519);
    assert_ok(n2_card_generate(k, N2_CARD_DEC, N2_CARD_X25519, 1, &(n2_card_key){.n = 0}));
    n2_card_close(k);
    do {
        rig_init(&rig, t->quirks);
        card_copy_memory(rig.c, base.c);
        k = rig_open(&rig);
        card_tear_in(rig.c, ++at);
        code = t->run(&rig, k, &key);
        bool was_torn = !card_is_on(rig.c);
        assert_code(code, was_torn ? N2_TOKEN_PULLED : N2_TOKEN_OK);
        n2_card_close(k);
        card_tear_in(rig.c, 0);
        card_power(rig.c, true);
        n2_token_code opened = n2_card_open(k, &rig.link, &rig.crypto);
        if (opened == N2_TOKEN_SWITCHED_OFF) /* torn between the halves of a reset */
            opened = n2_card_factory_reset(k, true);
        assert_ok(opened);
        assert_ok(torn_info(&rig, k, &key));
        if (!t->uses_tries) { /* a try may be lost, never two */
            g_assert_cmpuint(k->info.tries[0], >=, 2);
            g_assert_cmpuint(k->info.tries[2], >=, 2);
        }
        n2_card_close(k);
        rig_clear(&rig);
    } while (code && at < TEARS_MAX);
    g_assert_cmpuint(at, >, 20);
    g_assert_cmpuint(at, <, TEARS_MAX);
    rig_clear(&base);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tears); i++) {
        g_autofree char *path = g_strdup_printf("/token/torn/%s", tears[i].name);
        g_test_add_data_func(path, &tears[i], test_torn);
    }
    return g_test_run();
}
