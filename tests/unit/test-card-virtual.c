/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-card-virtual.c - the virtual card keeps to the OpenPGP card specification 3.4: each
 * status word.
 */
#include <glib/gstdio.h>

#include "card-rows.h"

#define REST_31 "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KDF_DATA                                                                               \
    "8101038201088304000100008408a1a1a1a1a1a1a1a18508b2b2b2b2b2b2b2b28608c3c3c3c3c3c3c3c3"     \
    "8720" H32 "8820" ZERO_32
#define HASHED_82 "0020008220" H32
#define HASHED_83 "0020008320" ZERO_32

/* clang-format off */
static const card_row rows[] = {
    /* Selection, classes, lengths: sections 7.1, 7.2.1 */
    {"not-selected", 0, {"power", C4, "6d00", "00a40400", "6a80", SELECT, "9000", C4, "007f7f7f0300039000"}},
    {"select-partial", 0, {"00a4040005d276000124", "9000", "00a4040007d2760001240103", "9000",
      "00a4040010d27600012401" "0304" "fffe" "01020304" "0000", "9000"}},
    {"select-not-there", 0, {"00a4040006d27600012402", "6a82", C4, "*", "00a4040010d27600012401" "0304" "fffe"
      "01020305" "0000", "6a82", "00a4040206d27600012401", "6a82", "00a4000c023f00", "6b00", C4, "007f*"}},
    {"other-application", 0, {PW1_82, "9000", SELECT_OTHER, "9000", C4, "6d00", "00200082", "6d00", SELECT, "9000",
      "00200082", "63c3"}},
    {"classes", 0, {"80ca00c400", "6e00", "0cca00c400", "6882", "01ca00c400", "6881", "04ca00c400", "6882", "ff", "6700"}},
    {"instructions", 0, {"0010000000", "6d00", "00220041", "6d00", "00fb0000", "6d00"}},
    {"lengths", 0, {"00ca00", "6700", "00ca00c4", "6700", "00da005b0241", "6700", "00da005b01414141", "6700",
      "00ca00c4000000", "007f7f7f0300039000", "00ca00c4000007", "007f7f7f0300039000", "00ca00c40000", "6700",
      "00ca00c4014100", "6700"}},
    {"reset-forgets", 0, {PW1_82, "9000", "reset", C4, "6d00", SELECT, "9000", "00200082", "63c3"}},
    {"power-forgets", 0, {PW3, "9000", "00200083", "9000", "power", SELECT, "9000", "00200083", "63c3"}},
    {"select-forgets", 0, {PW3, "9000", SELECT, "9000", "00200083", "63c3"}},

    /* Pieces and chains: sections 7.2.8, 7.7 */
    {"pieces", 0, {"00ca00c404", "007f7f7f6103", "00c0000000", "0300039000", "00c0000000", "6985"}},
    {"pieces-small", 0, {"00ca00c401", "006106", "00c0000002", "7f7f6104", "00c0000004", "7f0300039000"}},
    {"pieces-many", 0, {"00ca006e01", "6e6100", "00c0000001", "826100"}},
    {"pieces-dropped", 0, {"00ca00c404", "007f7f7f6103", "00200082", "63c3", "00c0000000", "6985"}},
    {"get-response-forms", 0, {"00ca00c401", "006106", "00c0000100", "6b00", "00c0000000", "6985",
      "00ca00c401", "006106", "00c00000", "6700"}},
    {"chain", 0, {"1020008203313233", "9000", "0020008203343536", "9000", "00200082", "9000"}},
    {"chain-broken", 0, {"1020008203313233", "9000", C4, "6883", "0020008203343536", "6a80", "00200082", "63c3"}},
    {"chain-dropped-by-reset", 0, {"1020008203313233", "9000", "reset", SELECT, "9000", "0020008203343536", "6a80"}},

    /* PINs: sections 4.2, 7.2.2 */
    {"pin-right", 0, {"00200081", "63c3", PW1_81, "9000", "00200081", "9000", "00200082", "63c3", PW1_82, "9000",
      "00200082", "9000", "00200083", "63c3"}},
    {"pin-wrong", 0, {WRONG_81, "6982", "00200081", "63c2", WRONG_82, "6982", "00200082", "63c1", C4,
      "007f7f7f0100039000", WRONG_81, "6983", PW1_81, "6983", PW1_82, "6983", "00200081", "63c0"}},
    {"pin-right-restores", 0, {WRONG_82, "6982", WRONG_82, "6982", PW1_82, "9000", C4, "007f7f7f0300039000"}},
    {"pin-wrong-closes", 0, {PW1_82, "9000", WRONG_82, "6982", "00200082", "63c2"}},
    {"pin-wrong-keeps-other-mode", 0, {PW1_81, "9000", WRONG_82, "6982", "00200081", "9000"}},
    {"pin-forms", 0, {"0020008003313233", "6b00", "0020008406313233343536", "6b00", "0020018206313233343536", "6b00",
      "00200082053132333435", "6a80", "0020008307" "31323334353637", "6a80", C4, "007f7f7f0300039000"}},
    {"pin-drop", 0, {PW1_81, "9000", PW1_82, "9000", "0020ff82", "9000", "00200082", "63c3", "00200081", "9000",
      "0020ff820131", "6700"}},
    {"pw3-blocked", 0, {WRONG_83, "6982", WRONG_83, "6982", WRONG_83, "6983", PW3, "6983", C4, "007f7f7f0300009000",
      PW1_82, "9000"}},
    {"pw3-opens-nothing-else", 0, {PW3, "9000", GENERATE(AUT), "7f49*", INT_AUT, "6982", "00200082", "63c3"}},
    {"change", 0, {"0024008110" "313233343536" "31323334353637383930", "9000", PW1_82, "6982",
      "002000820a31323334353637383930", "9000"}},
    {"change-wrong", 0, {"002400810c" "313131313131" "363534333231", "6982", C4, "007f7f7f0200039000", PW1_82, "9000"}},
    {"change-short", 0, {"002400810b" "313233343536" "3132333435", "6a80", C4, "007f7f7f0300039000",
      "0024008210" "3132333435363132333435363738393031", "6b00", "002401810c313233343536313233343536", "6b00"}},
    {"change-pw3", 0, {"0024008310" "3132333435363738" "3837363534333231", "9000", PW3, "6982",
      "00200083083837363534333231", "9000"}},
    {"unblock-by-pw3", 0, {WRONG_81, "6982", WRONG_81, "6982", WRONG_81, "6983", "002c028106363534333231", "6982", PW3,
      "9000", "002c0281053635343332", "6a80", "002c028106363534333231", "9000", "0020008206363534333231", "9000"}},
    {"unblock-by-code", 0, {"002c00810e" "3132333435363738" "363534333231", "6983", PW3, "9000",
      "00da00d3083837363534333231", "9000", C4, "007f7f7f0303039000", "reset", SELECT, "9000",
      "002c00810e" "3131313131313131" "363534333231", "6982", C4, "007f7f7f0302039000",
      "002c00810e" "3837363534333231" "363534333231", "9000", "0020008206363534333231", "9000", C4,
      "007f7f7f0303039000"}},
    {"code-blocked", 0, {PW3, "9000", "00da00d3083837363534333231", "9000", "002c00810e3131313131313131363534333231",
      "6982", "002c00810e3131313131313131363534333231", "6982", "002c00810e3131313131313131363534333231", "6983",
      "002c00810e3837363534333231363534333231", "6983", "00da00d3", "9000", C4,
      "007f7f7f0300039000", "00da00d30731323334353637", "6a80"}},

    /* Data objects: sections 4.4, 7.2.5 to 7.2.8 */
    {"aid", 0, {"00ca004f00", "d276000124010304fffe0102030400009000"}},
    {"historical", 0, {"00ca5f5200", "0031c573c001e00590009000"}},
    {"application", 0, {"00ca006e00", "6e82....4f10d276000124010304fffe0102030400005f520a0031c573c001e00590007f66080202"
      "0800020208007f740381012073*"}},
    {"attributes-alone", 0, {"00ca00c100", "6a88", "00ca00c500", "6a88", "00ca007300", "6a88", "00ca005b00", "6a88",
      "00ca009300", "6a88", "00ca00c700", "6a88", "00ca00d300", "6a88", "00ca123400", "6a88"}},
    {"algorithms", 0, {"00ca00fa00", "fa..c10a162b06010401da470f01c109132a8648ce3d030107c104162b6571"
      "c20b122b060104019755010501c209122a8648ce3d030107c204122b656fc30a*"}},
    {"cardholder", 0, {"00ca006500", "65095b005f2d005f3501399000", "00da005b0141", "6982", PW3, "9000",
      "00da005b05413c3c4242", "9000", "00da5f2d026465", "9000", "00da5f350133", "6a80", "00da5f350132", "9000",
      "00ca006500", "65105b05413c3c42425f2d0264655f3501329000"}},
    {"words", 0, {"00ca005e00", "9000", PW3, "9000", "00da005e03616263", "9000", "00ca005e00", "6162639000",
      "00da005e", "9000", "00ca005e00", "9000", "00da5f500161", "9000", "00ca5f5000", "619000"}},
    {"private-use", 0, {"00da01010141", "6982", PW1_82, "9000", "00da01010141", "9000", "00da01020142", "6982",
      "00da01030143", "9000", "00ca010300", "439000", "00ca010400", "6982", "reset", SELECT, "9000", "00ca010100",
      "419000", "00ca010300", "6982", PW3, "9000", "00da01040144", "9000", "00ca010400", "449000", "00da01030145",
      "6982"}},
    {"c4-write", 0, {"00da00c40101", "6982", PW3, "9000", "00da00c40102", "6a80", "00da00c4020101", "6700",
      "00da00c40101", "9000", C4, "017f7f7f0300039000"}},
    {"fingerprint", 0, {PW3, "9000", "00da00c71311111111111111111111111111111111111111", "6700",
      "00da00c71411111111111111111111111111111111111111" "11", "9000", "00da00ce0401020304", "9000"}},
    {"certificates", 0, {PW3, "9000", "00a5000406" "60045c027f21", "9000", "00da7f210141", "9000", "00a5020406"
      "60045c027f21", "9000", "00da7f210143", "9000", "00a5000406" "60045c027f21", "9000", "00ca7f2100", "419000",
      "00cc7f2100", "9000", "00cc7f2100", "439000", "00cc7f2100", "6a88", "00a5030406" "60045c027f21", "6b00",
      "00a5000406" "60045c027f22", "6a80"}},
    {"challenge", 0, {"0084000008", "................9000", "00840100", "6700", "0084010008", "6b00"}},
    {"not-written", 0, {PW3, "9000", "00da006e0141", "6a88", "00da00c00141", "6a88", "00da12340141", "6a88",
      "00db12340141", "6b00"}},

    /* Keys: sections 4.4.3.9 to 4.4.3.12, 7.2.10 to 7.2.14 */
    {"no-key", 0, {READ(SIG), "6a88", PW1_81, "9000", PW1_82, "9000", CDS, "6a88", INT_AUT, "6a88", DECIPHER(BASE_9),
      "6a88", "00ca00de00", "0100020003009000"}},
    {"generate-forms", 0, {GENERATE(SIG), "6982", PW3, "9000", "0047820002b60000", "6b00", "0047800102b60000", "6b00",
      "0047800002b700" "00", "6a80", "0047800005b60384010200", "6a80", "0047800002b600", "6700",
      "0047800005b60384010100", "7f49228620*", READ(SIG), "7f49228620*", "00ca00de00", "0101020003009000"}},
    {"sign-once", 0, {PW3, "9000", GENERATE(SIG), "7f49*", CDS, "6982", PW1_82, "9000", CDS, "6982", PW1_81, "9000", CDS,
      "*9000", CDS, "6982", "00200081", "63c3", "00ca007a00", "7a0593030000019000"}},
    {"sign-many", 0, {PW3, "9000", GENERATE(SIG), "7f49*", "00da00c40101", "9000", PW1_81, "9000", CDS, "*9000", CDS,
      "*9000", "00ca007a00", "7a0593030000029000", GENERATE(SIG), "7f49*", "00ca007a00", "7a0593030000009000"}},
    {"aut-many", 0, {PW3, "9000", GENERATE(AUT), "7f49*", PW1_81, "9000", INT_AUT, "6982", PW1_82, "9000", INT_AUT, "*9000",
      INT_AUT, "*9000", "0088000000", "6a80", "0088000140" H64 "00", "6b00"}},
    {"eddsa-too-long", 0, {PW3, "9000", GENERATE(AUT), "7f49*", PW1_82, "9000", "10880000c0" H64 H64 H64, "9000",
      "0088000040" H64 "00", "*9000", "10880000c0" H64 H64 H64, "9000", "0088000041" H64 "0100", "6a80"}},
    {"import-ed25519", 0, {IMPORT(AUT, SEED), "6982", PW3, "9000", IMPORT(AUT, SEED), "9000", READ(AUT),
      "7f49228620" SEED_POINT "9000", PW1_82, "9000", "00880000017200",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
      "eeb00d291612bb0c009000", "00ca00de00", "0100020003029000"}},
    {"import-x25519", 0, {PW3, "9000", IMPORT(DEC, SCALAR_BE), "9000", READ(DEC), "7f49228620" SCALAR_POINT "9000",
      DECIPHER(BOB), "6982", PW1_82, "9000", DECIPHER(BOB), SHARED "9000"}},
    {"import-wrong-order", 0, {PW3, "9000", IMPORT(DEC, SCALAR_LE), "6a80", READ(DEC), "6a88"}},
    {"import-ed448", 0, {PW3, "9000", "00da00c304162b6571", "9000", "00db3fff454d43a4007f480292395f4839"
      "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
      "9000", READ(AUT), "7f493b8639"
      "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480"
      "9000", PW1_82, "9000", "00880000010300",
      "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd77980"
      "5e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00"
      "9000"}},
    {"import-forms", 0, {PW3, "9000", "00db3fff2b4d29" AUT "7f480292205f481f" REST_31, "6a80",
      "00db3fff2c4d2a" "b700" "7f480292205f4820" SEED, "6a80", "00db3fff2c4e2a" AUT "7f480292205f4820" SEED, "6a80",
      "00db3fff2c4d2a" AUT "7f480293205f4820" SEED, "6a80", "00db3fff2c4d2a" AUT "7f480292215f4820" SEED, "6a80",
      READ(AUT), "6a88"}},
    {"import-with-point", 0, {PW3, "9000", "00da00c30b162b06010401da470f01ff", "9000", IMPORT(AUT, SEED), "6a80",
      "00db3fff4e4d4c" AUT "7f480492209920" "5f4840" SEED SCALAR_POINT, "6a80",
      "00db3fff4e4d4c" AUT "7f480492209920" "5f4840" SEED SEED_POINT, "9000"}},
    {"agree-zero", 0, {PW3, "9000", GENERATE(DEC), "7f49228620*", PW1_82, "9000", DECIPHER(ZERO_32), "6a80",
      DECIPHER("0100000000000000000000000000000000000000000000000000000000000000"), "6a80", DECIPHER(BASE_9), "*9000"}},
    {"decipher-forms", 0, {PW3, "9000", GENERATE(DEC), "7f49*", PW1_82, "9000", "002a808627a7257f49228620" BASE_9 "00", "6a80",
      "002a808628a6267f49238621" "40" BASE_9 "00", "6a80", "002a808620" BASE_9 "00", "6a80",
      "002a808628a6257f49228620" BASE_9 "0100", "6a80", "002a808127a6257f49228620" BASE_9 "00", "6b00"}},
    {"attributes", 0, {"00da00c109132a8648ce3d030107", "6982", PW3, "9000", GENERATE(SIG), "7f49*",
      "00da00c10a162b06010401da470f01", "9000", READ(SIG), "7f49*", "00da00c109132a8648ce3d030107", "9000", READ(SIG),
      "6a88", "00ca00de00", "0100020003009000", "00da00c109122a8648ce3d030107", "6a80", "00da00c206010800002000", "6a80",
      "00da00c104162b6570", "6a80", "00da00c20a162b06010401da470f01", "6a80", "00da00c1", "6700"}},
    {"p256", 0, {PW3, "9000", "00da00c309132a8648ce3d030107", "9000", GENERATE(AUT), "7f4943864104*", PW1_82, "9000",
      INT_AUT, "6a80", "008800002001" H32 "00", "6700", "0088000020" H32 "00", "*9000"}},

    /* The button: section 4.4.3.6 */
    {"uif", 0, {"00ca00d600", "00209000", "00da00d8020120", "6982", PW3, "9000", "00da00d8020320", "6a80", "00da00d8020100",
      "6a80", "00da00d80101", "6700", "00da00d8020120", "9000", GENERATE(AUT), "7f49*", PW1_82, "9000", INT_AUT, "*9000",
      "finger", INT_AUT, "6600", "00200082", "9000", "finger", INT_AUT, "*9000"}},
    {"uif-sign-keeps-pin", 0, {PW3, "9000", GENERATE(SIG), "7f49*", "00da00d6020120", "9000", PW1_81, "9000", "finger", CDS,
      "6600", "finger", CDS, "*9000", CDS, "6982", "00ca007a00", "7a0593030000019000"}},
    {"uif-fixed", 0, {PW3, "9000", "00da00d7020220", "9000", "00da00d7020020", "6985", "00da00d7020120", "6985",
      "00da00d7020220", "9000", "00ca00d700", "02209000", GENERATE(DEC), "7f49*", "00ca00d700", "00209000"}},

    /* KDF: section 4.3.2 */
    {"kdf", 0, {"00ca00f900", "8101009000", PW3, "9000", "00da00d3083837363534333231", "9000", "00da00f96e" KDF_DATA, "9000",
      "00ca00f900", KDF_DATA "9000", C4, "007f7f7f0300039000", "00200083", "63c3", PW1_82, "6982", HASHED_82, "9000",
      HASHED_83, "9000", "00da00f903810100", "9000", PW1_82, "9000", PW3, "9000"}},
    {"kdf-forms", 0, {"00da00f903810100", "6982", PW3, "9000", "00da00f903810101", "6a80", "00da00f903810103", "6a80",
      "00da00f906810103820108", "6a80", "00da00f906810100810100", "6a80", "00da00f902" "8101", "6700"}},

    /* The end and a new beginning: sections 7.2.16, 7.2.17 */
    {"terminate", 0, {"00e60000", "6982", "00440000", "9000", PW3, "9000", GENERATE(SIG), "7f49*", "00e60000", "9000", C4,
      "6985", PW3, "6985", SELECT, "6285", C4, "6985", "00440000", "9000", C4, "007f7f7f0300039000", READ(SIG), "6a88",
      "00200083", "63c3", "00e60100", "6b00", "0044000100", "6b00"}},
    {"terminate-half-blocked", 0, {WRONG_83, "6982", WRONG_83, "6982", WRONG_83, "6983", "00e60000", "6982"}},
    {"terminate-blocked", 0, {WRONG_81, "6982", WRONG_81, "6982", WRONG_81, "6983", WRONG_81, "6983", "00e60000", "6982",
      WRONG_83, "6982", WRONG_83, "6982", WRONG_83, "6983", WRONG_83, "6983", "00e60000", "9000", "power", SELECT, "6285",
      "00440000", "9000", PW1_82, "9000"}},
};
/* clang-format on */

/* A signature of P-256 is r and s of 32 bytes each; two cards agree on one secret. */
static void
test_two_cards(gconstpointer data)
{
    const char *set = data;
    const card_options options = {.seed = 3}, other = {.seed = 4};
    card *both[2] = {card_new(&options), card_new(&other)};
    char *point[2], *shared[2];

    for (int i = 0; i < 2; i++) {
        card_want(both[i], SELECT, "9000");
        card_want(both[i], PW3, "9000");
        card_want(both[i], PW1_82, "9000");
        card_want(both[i], set, "9000");
        point[i] = card_ask(both[i], GENERATE(DEC));
        g_assert_true(card_fits(point[i], "7f49*"));
    }
    g_assert_cmpstr(point[0], !=, point[1]);
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(point[1 - i]) / 2 - 2; /* 7F49 n 86 n point */
        g_autofree char *key = g_strndup(point[1 - i], 2 * n);
        g_autofree char *command =
            g_strdup_printf("002a8086%02xa6%02x%s00", (unsigned)n + 2, (unsigned)n, key);
        shared[i] = card_ask(both[i], command);
        g_assert_true(g_str_has_suffix(shared[i], "9000"));
    }
    g_assert_cmpstr(shared[0], ==, shared[1]);
    g_assert_cmpint(strlen(shared[0]), >=, 68);
    for (int i = 0; i < 2; i++) {
        g_free(point[i]);
        g_free(shared[i]);
        card_free(both[i]);
    }
}

/* What the card holds is in its file, and only a card's file is taken. */
static void
test_file(void)
{
    g_autofree char *folder = g_dir_make_tmp("n2-card-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "card", NULL);
    const card_options options = {.path = path, .seed = 5};
    card *c = card_new(&options);

    card_want(c, SELECT, "9000");
    card_want(c, PW3, "9000");
    card_want(c, WRONG_82, "6982");
    g_autofree char *point = card_ask(c, GENERATE(AUT));
    card_free(c);
    c = card_new(&options);
    card_want(c, SELECT, "9000");
    card_want(c, "00200083", "63c3");
    card_want(c, C4, "007f7f7f0200039000");
    card_want(c, READ(AUT), point);
    card_free(c);
    static const char *const wrong[] = {"", "net2o virtual card 2\n", "net2o virtual card 1\n",
                                        "net2o virtual card 1\n10000 030003\nx\n",
                                        "net2o virtual card 1\n10000 03000\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_true(g_file_set_contents(path, wrong[i], -1, NULL));
        g_assert_null(card_new(&options));
    }
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    card_add_rows("strict", rows, G_N_ELEMENTS(rows));
    g_test_add_data_func("/card/agree/x25519", "00da00c20b122b060104019755010501",
                         test_two_cards);
    g_test_add_data_func("/card/agree/p256", DEC_P256, test_two_cards);
    g_test_add_data_func("/card/agree/x448", "00da00c204122b656f", test_two_cards);
    g_test_add_func("/card/file", test_file);
    return g_test_run();
}
