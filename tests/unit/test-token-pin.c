/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-token-pin.c - what card.h promises of PINs, on the virtual card: strict, with each
 * quirk.
 */
#include "token-fixture.h"

static void
test_wrong_pins(gconstpointer data)
{
    uint64_t quirks = GPOINTER_TO_SIZE(data);
    n2_card_entry last = rig_pin("111111");
    token_rig rig;

    rig_init(&rig, quirks);
    n2_card *k = rig_open(&rig);
    for (unsigned left = 2; left > 0; left--) {
        assert_code(rig_verify(k, N2_CARD_PW1, "111111"), N2_TOKEN_PIN_WRONG);
        g_assert_cmpuint(n2_card_result(k, N2_TOKEN_PIN_WRONG).tries, ==, left);
        g_assert_cmpuint(n2_card_result(k, N2_TOKEN_PIN_WRONG).pin, ==, N2_CARD_PW1);
    }
    unsigned sent = rig.n_verifies;
    assert_code(rig_verify(k, N2_CARD_PW1, "123456"), N2_TOKEN_PIN_LAST); /* not sent */
    g_assert_cmpuint(rig.n_verifies, ==, sent);
    last.is_last_allowed = true;
    assert_code(n2_card_verify(k, N2_CARD_PW1, &last), N2_TOKEN_PIN_BLOCKED);
    g_assert_cmpuint(rig.n_verifies, ==, sent + 1);
    assert_code(n2_card_verify(k, N2_CARD_PW1, &last), N2_TOKEN_PIN_BLOCKED);
    g_assert_cmpuint(rig.n_verifies, ==, sent + 1); /* not sent */
    /* PW3 gives a new one. */
    n2_card_entry fresh = rig_pin("7654321");
    assert_code(n2_card_unblock(k, NULL, &fresh), N2_TOKEN_PIN_NEEDED);
    g_assert_cmphex(k->pin, ==, N2_CARD_PW3);
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    assert_ok(n2_card_unblock(k, NULL, &fresh));
    assert_ok(rig_verify(k, N2_CARD_PW1, "7654321"));
    n2_card_close(k);
    rig_clear(&rig);
}

/* What cannot be right is not sent: it may be a finger on the token, typing. */
static void
test_lengths(void)
{
    token_rig rig;
    char digits[129];

    memset(digits, '1', sizeof digits);
    rig_init(&rig, CARD_WITH(SHORT_COUNTS));
    n2_card *k = rig_open(&rig);
    for (size_t n = 0; n <= 128; n++) {
        digits[128] = 0;
        n2_card_entry entry = rig_pin(digits + 128 - (n < 128 ? n : 127));
        entry.n = (uint8_t)n;
        if (n >= 6 && n <= 127)
            continue;
        assert_code(n2_card_verify(k, N2_CARD_PW1, &entry),
                    n ? N2_TOKEN_PIN_LENGTH : N2_TOKEN_PIN_NEEDED);
    }
    assert_code(rig_verify(k, N2_CARD_PW3, "1234567"), N2_TOKEN_PIN_LENGTH);
    g_assert_cmpuint(rig.n_verifies, ==, 0);
    n2_card_close(k);
    g_assert_cmpuint(rig.n_resets, ==, 0);
    rig_clear(&rig);
}

static void
test_change(void)
{
    token_rig rig;
    n2_card_entry old = PW1_RIGHT, fresh = rig_pin("abcdefgh"), wrong = rig_pin("999999"),
                  code = rig_pin("87654321"), none = {.n = 0};

    rig_init(&rig, 0);
    n2_card *k = rig_open(&rig);
    assert_code(n2_card_change_pin(k, N2_CARD_PW1, &wrong, &fresh), N2_TOKEN_PIN_WRONG);
    g_assert_cmpuint(k->tries, ==, 2);
    assert_code(n2_card_change_pin(k, N2_CARD_PW1, &old, &none), N2_TOKEN_PIN_NEEDED);
    assert_ok(n2_card_change_pin(k, N2_CARD_PW1, &old, &fresh));
    assert_ok(rig_verify(k, N2_CARD_PW1, "abcdefgh"));
    old = PW3_RIGHT;
    assert_ok(n2_card_change_pin(k, N2_CARD_PW3, &old, &fresh));
    assert_code(n2_card_set_reset_code(k, &code), N2_TOKEN_PIN_NEEDED);
    assert_ok(rig_verify(k, N2_CARD_PW3, "abcdefgh"));
    assert_code(n2_card_unblock(k, &code, &fresh), N2_TOKEN_PIN_BLOCKED); /* there is none */
    assert_ok(n2_card_set_reset_code(k, &code));
    n2_card_close(k);
    k = rig_open(&rig);
    assert_code(n2_card_unblock(k, &fresh, &wrong), N2_TOKEN_PIN_WRONG);
    g_assert_cmphex(k->pin, ==, N2_CARD_RESET_CODE);
    assert_ok(n2_card_unblock(k, &code, &wrong));
    assert_ok(rig_verify(k, N2_CARD_PW1, "999999"));
    assert_ok(rig_verify(k, N2_CARD_PW3, "abcdefgh"));
    assert_ok(n2_card_set_reset_code(k, &none));
    assert_code(n2_card_unblock(k, &code, &wrong), N2_TOKEN_PIN_BLOCKED);
    n2_card_close(k);
    rig_clear(&rig);
}

/* Blocks of digits; what cannot be one is not sent. */
static void
test_block(void)
{
    token_rig rig;
    n2_card_entry old = PW1_RIGHT, letters = rig_pin("abcdefgh"), fresh = rig_pin("7654321"),
                  code = rig_pin("87654321");
    uint8_t block[N2_CARD_PIN_BLOCK_BYTES];

    g_assert_true(n2_openpgp_pin_block((const uint8_t *)"1234567", 7, block));
    g_assert_cmpmem(block, sizeof block, "\x27\x12\x34\x56\x7f\xff\xff\xff", 8);
    g_assert_true(n2_openpgp_pin_block((const uint8_t *)"098765432109", 12, block));
    g_assert_cmpmem(block, sizeof block, "\x2c\x09\x87\x65\x43\x21\x09\xff", 8);
    g_assert_false(n2_openpgp_pin_block((const uint8_t *)"123", 3, block));
    g_assert_false(n2_openpgp_pin_block((const uint8_t *)"1234567890123", 13, block));
    g_assert_false(n2_openpgp_pin_block((const uint8_t *)"12345:", 6, block));
    rig_init(&rig, CARD_WITH(PIN_BLOCK));
    n2_card *k = rig_open(&rig);
    assert_code(rig_verify(k, N2_CARD_PW1, "abcdefgh"), N2_TOKEN_PIN_LENGTH);
    assert_code(rig_verify(k, N2_CARD_PW1, "1234567890123"), N2_TOKEN_PIN_LENGTH);
    g_assert_cmpuint(rig.n_verifies, ==, 0);
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    assert_code(n2_card_change_pin(k, N2_CARD_PW1, &old, &letters), N2_TOKEN_PIN_LENGTH);
    assert_ok(n2_card_change_pin(k, N2_CARD_PW1, &old, &fresh));
    assert_ok(rig_verify(k, N2_CARD_PW1, "7654321"));
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    assert_ok(n2_card_set_reset_code(k, &code));
    assert_ok(n2_card_unblock(k, &code, &old));
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    n2_card_close(k);
    rig_clear(&rig);
}

/* Somebody's gpg had switched hashing on: whoever does not hash locks the card. */
static void
test_kdf(void)
{
    static const uint8_t salts[] = "saltPW1-saltRC--saltPW3-";
    token_rig rig;
    uint8_t f9[110] = {0x81, 1, 3, 0x82, 1, 8, 0x83, 4, 0, 1, 0, 0, 0x84, 8};
    n2_card_entry code = rig_pin("87654321"), fresh = rig_pin("654321");
    n2_openpgp_kdf kdf;
    size_t n;

    rig_init(&rig, 0);
    memcpy(f9 + 14, salts, 8);
    f9[22] = 0x85;
    f9[23] = 8;
    memcpy(f9 + 24, salts + 8, 8);
    f9[32] = 0x86;
    f9[33] = 8;
    memcpy(f9 + 34, salts + 16, 8);
    f9[42] = 0x87;
    f9[43] = 32;
    f9[76] = 0x88;
    f9[77] = 32;
    g_assert_cmpint(n2_openpgp_kdf_read(&kdf, f9, 110), ==, N2_OK);
    uint8_t hashed[N2_CARD_PIN_BYTES_MAX];
    assert_ok(n2_openpgp_kdf_pin(&kdf, &rig.crypto, N2_CARD_PW1, (const uint8_t *)"123456", 6,
                                 hashed, &n));
    g_assert_cmpuint(n, ==, 32);
    memcpy(f9 + 44, hashed, 32);
    assert_ok(n2_openpgp_kdf_pin(&kdf, &rig.crypto, N2_CARD_PW3, (const uint8_t *)"12345678", 8,
                                 hashed, &n));
    memcpy(f9 + 78, hashed, 32);
    n2_card *k = rig_open(&rig);
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    const n2_apdu put = {.ins = 0xda, .p2 = 0xf9, .data = f9, .n = sizeof f9};
    assert_ok(n2_apdu_send(&rig.link, &put, &k->io));
    g_assert_cmphex(k->io.status, ==, 0x9000);
    n2_card_close(k);

    k = rig_open(&rig);
    assert_ok(rig_verify(k, N2_CARD_PW1, "123456"));
    assert_code(rig_verify(k, N2_CARD_PW1, "123457"), N2_TOKEN_PIN_WRONG);
    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    assert_ok(n2_card_set_reset_code(k, &code));
    assert_ok(n2_card_unblock(k, &code, &fresh));
    assert_ok(rig_verify(k, N2_CARD_PW1, "654321"));
    n2_card_entry at_reader = AT_READER;
    rig.link.control = rig_control;
    assert_code(n2_card_verify(k, N2_CARD_PW1, &at_reader), N2_TOKEN_PIN_HASHED);
    g_assert_false(n2_card_has_pinpad(k));
    n2_card_close(k);
    rig_clear(&rig);
}

static void
test_pinpad(void)
{
    token_rig rig;
    n2_card_entry at_reader = AT_READER, none = {.n = 0};

    rig_init(&rig, 0);
    n2_card *k = rig_open(&rig);
    g_assert_false(n2_card_has_pinpad(k));
    assert_code(n2_card_verify(k, N2_CARD_PW1, &at_reader), N2_TOKEN_NO_PINPAD);
    n2_card_close(k);
    rig_clear(&rig);
    rig_init_version(&rig, 0, true);
    k = rig_open(&rig);
    g_assert_true(n2_card_has_pinpad(k));
    rig.typed = "";
    assert_code(n2_card_verify(k, N2_CARD_PW1, &at_reader), N2_TOKEN_CANCELLED);
    rig.typed = "timeout";
    assert_code(n2_card_verify(k, N2_CARD_PW1, &at_reader), N2_TOKEN_PINPAD_TIMEOUT);
    rig.typed = "111111";
    assert_code(n2_card_verify(k, N2_CARD_PW1, &at_reader), N2_TOKEN_PIN_WRONG);
    g_assert_cmpuint(k->tries, ==, 2);
    assert_code(n2_card_verify(k, N2_CARD_PW1, &at_reader), N2_TOKEN_PIN_WRONG);
    assert_code(n2_card_verify(k, N2_CARD_PW1, &at_reader), N2_TOKEN_PIN_LAST);
    at_reader.is_last_allowed = true;
    rig.typed = "123456";
    assert_ok(n2_card_verify(k, N2_CARD_PW1, &at_reader));
    rig.typed_again = "654321";
    assert_ok(n2_card_change_pin(k, N2_CARD_PW1, &at_reader, &none));
    assert_ok(rig_verify(k, N2_CARD_PW1, "654321"));
    n2_card_close(k);
    rig_clear(&rig);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < CARD_QUIRKS; i++) {
        g_autofree char *path =
            g_strdup_printf("/token/pin/wrong/%s", card_quirk_word((card_quirk)i));
        g_test_add_data_func(path, GSIZE_TO_POINTER((uint64_t)1 << i), test_wrong_pins);
    }
    g_test_add_func("/token/pin/lengths", test_lengths);
    g_test_add_func("/token/pin/change", test_change);
    g_test_add_func("/token/pin/block", test_block);
    g_test_add_func("/token/pin/kdf", test_kdf);
    g_test_add_func("/token/pin/pinpad", test_pinpad);
    return g_test_run();
}
