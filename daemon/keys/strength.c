/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * strength.c - the cheapest way to write a passphrase, in tenths of bits.
 */
#include "keys/strength.h"

#include <ctype.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/words.h"

enum {
    WORD_TENTHS = 110,   /* of 2,048 */
    COMMON_TENTHS = 60,  /* one of the passwords everybody takes */
    YEAR_TENTHS = 70,    /* one of 128 */
    CAPITAL_TENTHS = 10, /* as often as not the first letter only */
    RUN_MIN = 3          /* of one character, or of neighbours */
};

static const char *const common[] = {
    "password", "passwort", "qwerty",   "qwertz",   "letmein",  "welcome",
    "hallo",    "admin",    "dragon",   "monkey",   "master",   "login",
    "iloveyou", "schatz",   "sunshine", "princess", "football", "baseball",
    "secret",   "geheim",   "abc123",   "trustno1", "superman", "batman",
    "starwars", "michael",  "passw0rd", "hunter2",  "test",     "whatever",
    "computer", "internet", "shadow",   "killer",   "ficken",   "arschloch"};

/* Rows of keys, to be walked either way. */
static const char *const rows[] = {"abcdefghijklmnopqrstuvwxyz",
                                   "0123456789",
                                   "1234567890",
                                   "qwertyuiop",
                                   "qwertzuiop",
                                   "asdfghjkl",
                                   "zxcvbnm",
                                   "yxcvbnm",
                                   "!@#$%^&*()",
                                   "!\"$%&/()="};

/* log2 of @n in tenths, for 1 to 255. */
static unsigned
tenths_of(unsigned n)
{
    static const uint8_t steps[] = {0, 10, 16, 20, 23, 26, 28, 30, 32}; /* of 1 to 9 */
    unsigned tenths = 0;

    while (n > 9) {
        n = (n + 1) / 2;
        tenths += 10;
    }
    return tenths + steps[n ? n - 1 : 0];
}

/* What one character of this passphrase costs: by the kinds that are in it. */
static unsigned
letter_tenths(const char *s, size_t len)
{
    unsigned kinds[5] = {0};

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x80)
            kinds[4] = 60;
        else if (islower(c))
            kinds[0] = 26;
        else if (isupper(c))
            kinds[1] = 26;
        else if (isdigit(c))
            kinds[2] = 10;
        else
            kinds[3] = 33;
    }
    return tenths_of(kinds[0] + kinds[1] + kinds[2] + kinds[3] + kinds[4]);
}

static bool
same_letters(const char *s, const char *lower, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (tolower((unsigned char)s[i]) != lower[i])
            return false;
    return true;
}

static bool
has_capital(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (isupper((unsigned char)s[i]))
            return true;
    return false;
}

/* The word of the list that @s begins with, whole: its length, 0: none. */
static size_t
listed_word(const char *s, size_t len)
{
    for (size_t n = len < N2_WORD_CHARS_MAX ? len : N2_WORD_CHARS_MAX; n >= 3; n--) {
        int i = n2_sheet_word_find(s, n);
        if (i >= 0 && strlen(n2_sheet_word((size_t)i)) == n)
            return n;
    }
    return 0;
}

static size_t
common_word(const char *s, size_t len)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        size_t n = strlen(common[i]);
        if (n <= len && same_letters(s, common[i], n))
            return n;
    }
    return 0;
}

/* How many from @s on are one character again and again. */
static size_t
repeats(const char *s, size_t len)
{
    size_t n = 1;

    while (n < len && s[n] == s[0])
        n++;
    return n;
}

/* How many from @s on walk along a row. */
static size_t
walk(const char *s, size_t len)
{
    size_t best = 1;

    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const char *at = strchr(rows[r], tolower((unsigned char)s[0]));
        size_t there = 1, back = 1;
        if (!at || !s[0])
            continue;
        size_t left = strlen(at), before = (size_t)(at - rows[r]);
        while (there < len && there < left && tolower((unsigned char)s[there]) == at[there])
            there++;
        while (back < len && back <= before && tolower((unsigned char)s[back]) == *(at - back))
            back++;
        best = there > best ? there : best;
        best = back > best ? back : best;
    }
    return best;
}

static bool
is_year(const char *s, size_t len)
{
    return len >= 4 && ((s[0] == '1' && s[1] == '9') || (s[0] == '2' && s[1] == '0')) &&
           isdigit((unsigned char)s[2]) && isdigit((unsigned char)s[3]);
}

static void
reach(unsigned *cost, size_t at, unsigned tenths)
{
    if (tenths < cost[at])
        cost[at] = tenths;
}

n2_strength
n2_passphrase_strength(const char *passphrase, size_t len)
{
    unsigned cost[N2_PASSPHRASE_BYTES_MAX + 1];
    const char *s = passphrase;
    n2_strength out = {0};

    if (len > N2_PASSPHRASE_BYTES_MAX)
        len = N2_PASSPHRASE_BYTES_MAX;
    if (!len)
        return out;
    unsigned letter = letter_tenths(s, len);
    memset(cost, 0xff, sizeof cost);
    cost[0] = 0;
    for (size_t i = 0; i < len; i++) {
        size_t left = len - i, n;
        reach(cost, i + 1, cost[i] + letter);
        if ((n = listed_word(s + i, left)))
            reach(cost, i + n,
                  cost[i] + WORD_TENTHS + (has_capital(s + i, n) ? CAPITAL_TENTHS : 0));
        if ((n = common_word(s + i, left)))
            reach(cost, i + n,
                  cost[i] + COMMON_TENTHS + (has_capital(s + i, n) ? CAPITAL_TENTHS : 0));
        if ((n = repeats(s + i, left)) >= RUN_MIN)
            reach(cost, i + n, cost[i] + letter + tenths_of(n > 255 ? 255 : (unsigned)n));
        if ((n = walk(s + i, left)) >= RUN_MIN)
            reach(cost, i + n, cost[i] + letter + tenths_of((unsigned)n));
        if (is_year(s + i, left))
            reach(cost, i + 4, cost[i] + YEAR_TENTHS);
        /* The blank or sign between words is nearly always the same one. */
        if (i && !isalnum((unsigned char)s[i]) && (unsigned char)s[i] < 0x80)
            reach(cost, i + 1, cost[i] + tenths_of(2));
    }
    out.bits = cost[len] / 10;
    if (out.bits > N2_STRENGTH_BITS_MAX)
        out.bits = N2_STRENGTH_BITS_MAX;
    out.grade = out.bits < N2_STRENGTH_FAIR_BITS   ? N2_STRENGTH_WEAK
                : out.bits < N2_STRENGTH_GOOD_BITS ? N2_STRENGTH_FAIR
                                                   : N2_STRENGTH_GOOD;
    sodium_memzero(cost, sizeof cost);
    return out;
}
