/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-card-quirks.c - each quirk of the virtual card, and the card torn at each point.
 */
#include "card-rows.h"

#define ONLY(name) CARD_WITH(name)
#define ED "00da00c30b162b06010401da470f01ff"

/* clang-format off */
static const card_row rows[] = {
    {"pin-63c", ONLY(PIN_63C), {WRONG_82, "63c2", WRONG_82, "63c1", WRONG_82, "63c0", WRONG_82, "6983", PW1_82, "6983"}},
    {"last-6982", ONLY(LAST_6982), {WRONG_82, "6982", WRONG_82, "6982", WRONG_82, "6982", PW1_82, "6983"}},
    {"short-6700", ONLY(SHORT_6700), {"00200082053132333435", "6700", C4, "007f7f7f0300039000"}},
    {"short-counts", ONLY(SHORT_COUNTS), {"00200082053132333435", "6982", C4, "007f7f7f0200039000", "0020008203313131", "6982",
      "0020008203313131", "6983", PW1_82, "6983"}},
    {"status-6982", ONLY(STATUS_6982), {"00200082", "6982", C4, "007f7f7f0300039000", PW1_82, "9000", "00200082", "9000"}},
    {"status-6983", ONLY(STATUS_6983), {"00200082", "63c3", WRONG_82, "6982", WRONG_82, "6982", WRONG_82, "6983", "00200082",
      "6983"}},
    {"no-drop", ONLY(NO_DROP), {PW1_82, "9000", "0020ff82", "6b00", "00200082", "9000"}},
    {"pw3-opens", ONLY(PW3_OPENS), {PW3, "9000", GENERATE(AUT), "7f49*", INT_AUT, "*9000", "00200082", "9000", "00200081",
      "63c3"}},
    {"sign-many", ONLY(SIGN_MANY), {C4, "017f7f7f0300039000", PW3, "9000", GENERATE(SIG), "7f49*", PW1_81, "9000", CDS, "*9000",
      CDS, "*9000"}},
    {"bare", ONLY(BARE), {"00ca006e00", "4f10d2760001*", "00ca006500", "5b005f2d005f3501399000", "00ca007a00", "93030000009000",
      "00ca00fa00", "c10a16*"}},
    {"wrap", ONLY(WRAP), {C4, "c407007f7f7f0300039000", "00ca00d800", "d80200209000", "00ca00f900", "f9038101009000",
      "00ca004f00", "4f10d27600012401030*", "00ca5f5200", "5f520a00*", "00ca00de00", "de060100020003009000"}},
    {"flat", ONLY(FLAT), {"00ca006e00", "6e82....4f10d276000124010304fffe0102030400005f520a0031c573c001e00590007f66080202"
      "0800020208007f7403810120c00a*"}},
    {"parts-alone", ONLY(PARTS_ALONE), {"00ca00c100", "162b06010401da470f019000", "00ca00c500", "0000*", "00ca009300",
      "0000009000", "00ca005f00", "6a88", "00ca5f3500", "399000", "00ca00c700", "6a88"}},
    {"c4-in-6e", ONLY(C4_IN_6E), {C4, "6a88", "00ca006e00", "6e*"}},
    {"uif-in-6e", ONLY(UIF_IN_6E), {"00ca00d800", "6a88", PW3, "9000", "00da00d8020120", "9000"}},
    {"uif-alone", ONLY(UIF_ALONE), {"00ca00d800", "00209000", "00ca006e00ffff", "6e*de060100020003009000"}},
    {"no-uif", ONLY(NO_UIF), {"00ca00d800", "6a88", PW3, "9000", "00da00d8020120", "6a88", "00ca7f7400", "6a88",
      "00ca006e00ffff", "6e*de060100020003009000"}},
    {"uif-cached", ONLY(UIF_CACHED), {PW3, "9000", GENERATE(AUT), "7f49*", "00da00d8020520", "6a80", "00da00d8020320", "9000",
      PW1_82, "9000", "finger", INT_AUT, "6600", "finger", INT_AUT, "*9000", "finger", INT_AUT, "*9000", "reset", SELECT, "9000",
      PW1_82, "9000", INT_AUT, "6600", PW3, "9000", "00da00d8020420", "9000", "00da00d8020020", "6985"}},
    {"fa-long", ONLY(FA_LONG) | ONLY(NO_25519), {"00ca00fa00",
      "fa23c109132a8648ce3d030107c209122a8648ce3d030107c309132a8648ce3d0301079000"}},
    {"no-fa", ONLY(NO_FA), {"00ca00fa00", "6a88"}},
    {"no-de", ONLY(NO_DE), {"00ca00de00", "6a88", "00ca006e0000", "6700", "00ca006e000000", "6e*d602002" "0d7020020d80200209000"}},
    {"no-kdf", ONLY(NO_KDF), {"00ca00f900", "6a88", PW3, "9000", "00da00f903810100", "6a88"}},
    {"kdf-keeps", ONLY(KDF_KEEPS), {PW3, "9000", "00da00f96e8101038201088304000100008408a1a1a1a1a1a1a1a18508b2b2b2b2b2b2b2b2"
      "8608c3c3c3c3c3c3c3c38720" H32 "8820" ZERO_32, "9000", "0020008220" H32, "6982", PW1_82, "9000"}},
    {"empty-6a88", ONLY(EMPTY_6A88), {"00ca005e00", "6a88", "00ca010100", "6a88", "00ca7f2100", "6a88", PW3, "9000",
      "00da005e0141", "9000", "00ca005e00", "419000"}},
    {"no-chaining", ONLY(NO_CHAINING), {"1020008203313233", "6884", "0020008203343536", "6a80", "00ca5f5200",
      "0031c573c001600590009000"}},
    {"no-extended", ONLY(NO_EXTENDED), {"00ca00c4000000", "6700", "00ca5f5200", "0031c573c001800590009000", "00ca7f6600", "6a88",
      "00ca006e00", "6e*"}},
    {"le-optional", ONLY(LE_OPTIONAL), {"00ca00c4", "007f7f7f0300039000", PW3, "9000", "0047800002b600", "7f49*9000"}},
    {"pieces", ONLY(PIECES), {"00ca006e00", "................................................................61..",
      "00c0000000", "................................................................61..", "00c0000004", "........61.."}},
    {"later", ONLY(LATER), {C4, "6107", "00c0000000", "007f7f7f0300039000", PW1_82, "9000"}},
    {"selected", ONLY(SELECTED), {"power", C4, "007f7f7f0300039000", SELECT_OTHER, "9000", C4, "6d00", "reset", C4, "00*"}},
    {"select-fci", ONLY(SELECT_FCI), {SELECT "00", "6f128410d276000124010304fffe0102030400009000", SELECT, "9000",
      "00a4040c06d2760001240100", "9000"}},
    {"other-6e00", ONLY(OTHER_6E00), {SELECT_OTHER, "9000", C4, "6e00", SELECT, "9000", C4, "00*"}},
    {"no-reset", ONLY(NO_RESET), {PW3, "9000", "00e60000", "6d00", "00440000", "6d00", "00ca5f5200", "0031c573c001e00090009000"}},
    {"rfc8410", ONLY(RFC8410) | ONLY(PARTS_ALONE), {"00ca00c100", "162b65709000", "00ca00c200", "122b656e9000", PW3, "9000",
      GENERATE(SIG), "7f49*", "00da00c104162b6570", "9000", READ(SIG), "7f49*", "00ca00c100", "162b65709000",
      "00da00c10a162b06010401da470f01", "9000", "00ca00c100", "162b65709000", READ(SIG), "7f49*"}},
    {"attr-ff", ONLY(ATTR_FF) | ONLY(PARTS_ALONE), {"00ca00c100", "162b06010401da470f01ff9000", PW3, "9000", IMPORT(AUT, SEED),
      "9000"}},
    {"rsa-first", ONLY(RSA_FIRST) | ONLY(PARTS_ALONE), {"00ca00c100", "0108000020009000", PW3, "9000", GENERATE(SIG), "6985",
      "00da00c10a162b06010401da470f01", "9000", GENERATE(SIG), "7f49228620*"}},
    {"no-25519", ONLY(NO_25519) | ONLY(PARTS_ALONE), {"00ca00c200", "122a8648ce3d0301079000", PW3, "9000",
      "00da00c10a162b06010401da470f01", "6a80", GENERATE(DEC), "7f4943864104*", "00ca00fa00",
      "fa21c109132a8648ce3d030107c209122a8648ce3d030107c309132a8648ce3d0301079000"}},
    {"crt-long", ONLY(CRT_LONG), {PW3, "9000", GENERATE(SIG), "6a80", "0047800005b60384010100", "7f49*",
      "0047810005b60384010100", "7f49*"}},
    {"no-key-6985", ONLY(NO_KEY_6985), {READ(AUT), "6985", INT_AUT, "6982", PW1_82, "9000", INT_AUT, "6985"}},
    {"p256-der", ONLY(P256_DER), {PW3, "9000", "00da00c309132a8648ce3d030107", "9000", GENERATE(AUT), "7f49*", PW1_82, "9000",
      "0088000020" H32 "00", "30..02*9000"}},
    {"p256-long", ONLY(P256_LONG), {PW3, "9000", "00da00c309132a8648ce3d030107", "9000", GENERATE(AUT), "7f49*", PW1_82, "9000",
      "0088000020" H32 "00", "00................................................................"
      "00................................................................9000"}},
    {"p256-point", ONLY(P256_POINT), {PW3, "9000", DEC_P256, "9000", GENERATE(DEC), "7f49*", PW1_82, "9000",
      "002a808648a6467f4943864104" "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" "00",
      "04*9000"}},
    {"prefix-40", ONLY(PREFIX_40), {PW3, "9000", IMPORT(DEC, SCALAR_BE), "9000", READ(DEC), "7f4923862140" SCALAR_POINT "9000",
      PW1_82, "9000", "002a808628a6267f4923862140" BOB "00", SHARED "9000", DECIPHER(BOB), SHARED "9000"}},
    {"import-any", ONLY(IMPORT_ANY), {PW3, "9000", IMPORT(DEC, SCALAR_LE), "9000", READ(DEC), "7f49228620*", ED, "9000",
      "00db3fff4e4d4c" AUT "7f480492209920" "5f4840" SEED SCALAR_POINT, "9000"}},
    {"import-swapped", ONLY(IMPORT_SWAPPED), {PW3, "9000", IMPORT(DEC, SCALAR_LE), "9000", READ(DEC),
      "7f49228620" SCALAR_POINT "9000", IMPORT(DEC, SCALAR_BE), "9000", READ(DEC), "7f49228620*"}},
    {"import-lies", ONLY(IMPORT_LIES), {PW3, "9000", IMPORT(AUT, SEED), "9000", READ(AUT), "6a88"}},
    {"zero-agree", ONLY(ZERO_AGREE), {PW3, "9000", GENERATE(DEC), "7f49*", PW1_82, "9000", DECIPHER(ZERO_32), ZERO_32 "9000"}},
    {"bad-sign", ONLY(BAD_SIGN), {PW3, "9000", IMPORT(AUT, SEED), "9000", PW1_82, "9000", "00880000017200",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da095ac1*"}},
    {"uif-6985", ONLY(UIF_6985), {PW3, "9000", GENERATE(AUT), "7f49*", "00da00d8020120", "9000", PW1_82, "9000", "finger", INT_AUT,
      "6985"}},
    {"pin-block", ONLY(PIN_BLOCK), {C4, "00ffffff0300039000", "0020008206313233343536", "6a80", "002000820826123456ffffffff", "9000",
      "0020008308281234567fffffff", "6982", "00200083082812345678ffffff", "9000"}},
    {"short-eddsa", ONLY(SHORT_EDDSA), {PW3, "9000", GENERATE(AUT), "7f49*", PW1_82, "9000", INT_AUT, "*9000",
      "0088000041" H64 "0100", "6a80"}},
};
/* clang-format on */

static void
test_each_has_a_row(void) /* here and in README.md */
{
    for (int i = 0; i < CARD_QUIRKS; i++) {
        const char *word = card_quirk_word((card_quirk)i);
        bool is_there = false;
        card_quirk back;
        for (size_t k = 0; k < G_N_ELEMENTS(rows); k++)
            is_there = is_there || (!strcmp(rows[k].name, word) && rows[k].quirks >> i & 1);
        if (!is_there)
            g_error("%s has no row", word);
        g_assert_true(card_quirk_of(word, &back));
        g_assert_cmpint(back, ==, i);
        g_assert_cmpint(strlen(card_quirk_text(back)), >, 10);
    }
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "tests/card/README.md", NULL);
    g_autofree char *readme = NULL;
    g_assert_true(g_file_get_contents(path, &readme, NULL, NULL));
    for (int i = 0; i < CARD_QUIRKS; i++) {
        g_autofree char *line =
            g_strdup_printf("\n| `%s` | %s |\n", card_quirk_word((card_quirk)i),
                            card_quirk_text((card_quirk)i));
        if (!strstr(readme, line))
            g_error("README.md lacks %s", line);
    }
    card_quirk none;
    g_assert_false(card_quirk_of("", &none));
}

/* Torn at each byte and write: what a row of commands leaves behind. */
typedef struct {
    const char *name;
    const char *before, *command;
    void (*after)(card *c, bool was_answered);
} tearing;

static void
a_try_is_gone_before_it_is_told(card *c, bool was_answered)
{
    g_autofree char *got = card_ask(c, C4);

    g_assert_true(card_fits(got, "007f7f7f0200039000") ||
                  (!was_answered && card_fits(got, "007f7f7f0300039000")));
}

static void
no_try_is_won(card *c, bool was_answered)
{
    g_autofree char *got = card_ask(c, C4);

    (void)was_answered;
    g_assert_true(card_fits(got, "007f7f7f0.00039000") && got[9] >= '2' && got[9] <= '3');
    card_want(c, "00200082", got[9] == '3' ? "63c3" : "63c2");
}

static void
one_of_two_pins(card *c, bool was_answered)
{
    g_autofree char *got = card_ask(c, PW1_82);
    bool is_old = !strcmp(got, "9000");

    g_assert_false(is_old && was_answered);
    if (!is_old)
        card_want(c, "0020008206363534333231", "9000");
}

static void
one_of_two_keys(card *c, bool was_answered)
{
    g_autofree char *got = card_ask(c, READ(AUT));
    bool is_old = card_fits(got, "7f49228620" SEED_POINT "9000");

    g_assert_true(is_old || card_fits(got, "7f49228620*"));
    g_assert_false(is_old && was_answered);
    card_want(c, "00ca00de00", is_old ? "0100020003029000" : "0100020003019000");
}

static void
all_or_nothing(card *c, bool was_answered)
{
    g_autofree char *got = card_ask(c, SELECT);

    if (!strcmp(got, "6285")) {
        card_want(c, "00440000", "9000");
        card_want(c, READ(AUT), "6a88");
    } else {
        g_assert_false(was_answered);
        card_want(c, READ(AUT), "7f49*");
    }
}

static const tearing tearings[] = {
    {"verify-wrong", NULL, WRONG_82, a_try_is_gone_before_it_is_told},
    {"verify-right", NULL, PW1_82, no_try_is_won},
    {"change", NULL, "002400810c313233343536363534333231", one_of_two_pins},
    {"unblock", PW3, "002c028106363534333231", one_of_two_pins},
    {"generate", PW3, GENERATE(AUT), one_of_two_keys},
    {"terminate", PW3, "00e60000", all_or_nothing},
};

static void
test_torn(gconstpointer data)
{
    const tearing *t = data;
    const card_options options = {.seed = 11};
    bool is_torn = true;
    size_t n = 0;

    while (is_torn) {
        card *c = card_new(&options);
        static uint8_t out[CARD_ANSWER_MAX];
        uint8_t in[300];

        card_want(c, SELECT, "9000");
        card_want(c, PW3, "9000");
        card_want(c, IMPORT(AUT, SEED), "9000");
        card_reset(c);
        card_want(c, SELECT, "9000");
        if (t->before)
            card_want(c, t->before, "9000");
        card_tear_in(c, ++n);
        int size = card_apdu(c, in, card_hex(t->command, in), out);
        is_torn = size < 0;
        g_assert_cmpint(card_is_on(c), ==, !is_torn);
        bool was_answered = card_came_out(c) > 0;
        if (is_torn) {
            g_assert_cmpint(card_apdu(c, in, 4, out), ==, -1);
            g_assert_cmpuint(card_came_out(c), ==, 0);
        }
        card_tear_in(c, 0);
        card_power(c, true);
        g_autofree char *said = card_ask(c, SELECT);
        g_assert_true(!strcmp(said, "9000") || !strcmp(said, "6285"));
        t->after(c, was_answered);
        card_free(c);
    }
    g_assert_cmpuint(n, >, strlen(t->command) / 2 + 3);
}

static bool
tear_at_write(void *user, card_point point, size_t at)
{
    (void)at;
    return *(bool *)user && point == CARD_AT_WRITE;
}

static card_touch
pull(void *user, card_slot slot)
{
    (void)user;
    g_assert_cmpint(slot, ==, CARD_AUT);
    return CARD_PULLED;
}

/* The hook sees where power goes; a card pulled while it waits for a finger is torn, too. */
static void
test_hooks(void)
{
    bool is_armed = false;
    const card_options options = {
        .tear = tear_at_write, .touch = pull, .user = &is_armed, .seed = 12};
    card *c = card_new(&options);

    card_want(c, SELECT, "9000");
    card_want(c, PW3, "9000");
    card_want(c, GENERATE(AUT), "7f49*");
    card_want(c, "00da00d8020120", "9000");
    card_want(c, PW1_82, "9000");
    card_want(c, INT_AUT, "");
    g_assert_false(card_is_on(c));
    card_power(c, true);
    card_want(c, SELECT, "9000");
    is_armed = true;
    card_want(c, C4, "007f7f7f0300039000"); /* nothing is written */
    card_want(c, PW1_82, "");
    g_assert_false(card_is_on(c));
    card_free(c);
}

/* Whatever comes, there is an answer, and no PIN opens by chance. */
static void
test_any_command(void)
{
    static const char *const seeds[] = {SELECT,
                                        C4,
                                        "00ca006e00",
                                        PW1_82,
                                        GENERATE(SIG),
                                        CDS,
                                        DECIPHER(BOB),
                                        INT_AUT,
                                        "00c0000000",
                                        IMPORT(DEC, SCALAR_BE),
                                        "00da5e000141",
                                        "002400810c313233343536363534333231",
                                        "00a500040660045c027f21",
                                        "00ca7f21000000"};
    static uint8_t out[CARD_ANSWER_MAX];
    GRand *rand = g_rand_new_with_seed(6);
    const card_options options = {.seed = 13};
    card *c = NULL;

    for (int i = 0; i < 30000; i++) {
        if (i % 256 == 0) {
            static const char *const open[] = {SELECT, PW3, PW1_81, PW1_82};
            card_free(c);
            c = card_new(&options);
            for (int k = 0; k < 4; k++)
                card_want(c, open[k], "9000");
        }
        uint8_t in[600];
        size_t n = card_hex(seeds[g_rand_int_range(rand, 0, G_N_ELEMENTS(seeds))], in);
        for (int k = g_rand_int_range(rand, 0, 4); k > 0; k--)
            in[g_rand_int_range(rand, 0, (int)n)] = (uint8_t)g_rand_int(rand);
        n = (size_t)g_rand_int_range(rand, (int)n - 2, (int)n + 3);
        int size = card_apdu(c, in, n, out);
        g_assert_cmpint(size, >=, 2);
        g_assert_true(out[size - 2] == 0x90 ||
                      (out[size - 2] >= 0x61 && out[size - 2] <= 0x6f));
    }
    card_reset(c);
    card_want(c, SELECT, "9000");
    card_want(c, "00200083", "63c.");
    card_want(c, "00200082", "63c.");
    g_rand_free(rand);
    card_free(c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    card_add_rows("quirk", rows, G_N_ELEMENTS(rows));
    g_test_add_func("/card/quirks", test_each_has_a_row);
    for (size_t i = 0; i < G_N_ELEMENTS(tearings); i++) {
        g_autofree char *path = g_strdup_printf("/card/torn/%s", tearings[i].name);
        g_test_add_data_func(path, &tearings[i], test_torn);
    }
    g_test_add_func("/card/hooks", test_hooks);
    g_test_add_func("/card/any-command", test_any_command);
    return g_test_run();
}
