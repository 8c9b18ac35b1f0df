/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-rows.h - rows of commands and answers for the virtual card, in hexadecimal.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "card.h"

#define SELECT "00a4040006d27600012401"
#define SELECT_OTHER "00a4040005a000000308"
#define PW1_81 "0020008106313233343536"
#define PW1_82 "0020008206313233343536"
#define PW3 "00200083083132333435363738"
#define WRONG_81 "0020008106313131313131"
#define WRONG_82 "0020008206313131313131"
#define WRONG_83 "00200083083131313131313131"
#define C4 "00ca00c400"
#define SIG "b600"
#define DEC "b800"
#define AUT "a400"
#define GENERATE(crt) "0047800002" crt "00"
#define READ(crt) "0047810002" crt "00"
#define IS_P256(tag) "00da00" tag "09132a8648ce3d030107"
#define DEC_P256 "00da00c209122a8648ce3d030107"
#define H32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define H64 H32 H32
#define CDS "002a9e9a40" H64 "00"
#define INT_AUT "0088000040" H64 "00"
#define BASE_9 "0900000000000000000000000000000000000000000000000000000000000000"
#define ZERO_32 "0000000000000000000000000000000000000000000000000000000000000000"
#define DECIPHER(point) "002a808627a6257f49228620" point "00"
/* Ed25519, RFC 8032, 7.1, test 2; X25519, RFC 7748, 6.1, clamped and turned round. */
#define SEED "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
#define SEED_POINT "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define SCALAR_BE "6a2cb91da5fb77b12a99c0eb872f4cdf4566b25172c1163c7da518730a6d0770"
#define SCALAR_LE "70076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c6a"
#define SCALAR_POINT "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
#define BOB "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
#define SHARED "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
#define IMPORT(crt, key) "00db3fff2c4d2a" crt "7f480292205f4820" key

enum {
    STEPS_MAX = 60
};

typedef struct {
    const char *name;
    uint64_t quirks;
    const char
        *steps[STEPS_MAX]; /* command, answer, ...; or "reset", "power", "finger": no answer */
} card_row;

typedef struct {
    card *c;
    bool is_lazy; /* no finger comes */
} card_rig;

static inline card_touch
card_rig_touch(void *user, card_slot slot)
{
    (void)slot;
    return ((card_rig *)user)->is_lazy ? CARD_NOT_TOUCHED : CARD_TOUCHED;
}

static inline size_t
card_hex(const char *text, uint8_t *out)
{
    size_t n = 0;

    for (; text[0] && text[1]; text += 2)
        out[n++] =
            (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    g_assert_cmpint(*text, ==, 0);
    return n;
}

/** Sends a command; returns (transfer full) the answer in hexadecimal, "" if power was lost. */
static inline char *
card_ask(card *c, const char *command)
{
    uint8_t in[4096];
    static uint8_t out[CARD_ANSWER_MAX];
    int n = card_apdu(c, in, card_hex(command, in), out);
    GString *text = g_string_new(NULL);

    for (int i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", out[i]);
    return g_string_free(text, FALSE);
}

/** Does an answer fit?  "." is any digit, "*" anything, once, before what is the end.
 */
static inline bool
card_fits(const char *got, const char *want)
{
    for (; *want; got++, want++) {
        if (*want == '*')
            return g_str_has_suffix(got, want + 1);
        if (!*got || (*want != '.' && *want != *got))
            return false;
    }
    return !*got;
}

static inline void
card_want(card *c, const char *command, const char *want)
{
    g_autofree char *got = card_ask(c, command);

    if (!card_fits(got, want))
        g_error("%s: got %s, want %s", command, got, want);
}

/** Runs the steps of a row on a new card, with the application selected. */
static inline void
card_run_row(const void *data)
{
    const card_row *row = data;
    card_rig rig = {0};
    const card_options options = {.quirks = row->quirks,
                                  .serial = 0x1020304,
                                  .seed = 7,
                                  .touch = card_rig_touch,
                                  .user = &rig};

    rig.c = card_new(&options);
    if (strcmp(row->steps[0], "power") != 0)
        card_want(rig.c, SELECT, "9000");
    for (const char *const *step = row->steps; *step; step++) {
        if (!strcmp(*step, "reset")) {
            card_reset(rig.c);
        } else if (!strcmp(*step, "power")) {
            card_power(rig.c, false);
            card_power(rig.c, true);
        } else if (!strcmp(*step, "finger")) {
            rig.is_lazy = !rig.is_lazy;
        } else {
            card_want(rig.c, step[0], step[1]);
            step++;
        }
    }
    card_free(rig.c);
}

static inline void
card_add_rows(const char *prefix, const card_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("/card/%s/%s", prefix, rows[i].name);
        g_test_add_data_func(path, &rows[i], card_run_row);
    }
}
