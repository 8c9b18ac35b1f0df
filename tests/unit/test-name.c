/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-name.c - names folded to one form, their scripts, look-alikes, and what of them is
 * shown.
 */
#include <glib.h>
#include <string.h>

#include "host/unicode.h"
#include "name/label.h"

enum {
    RANDOM_NAMES = 3000
};

#define EIGHT "a.b.c.d.e.f.g.h"

static const n2_unicode *
tables(void)
{
    return n2_host_unicode();
}

/* ---- one form ---- */

static void
test_fold(void)
{
    static const struct {
        const char *name, *text, *want; /* NULL: refused */
        n2_spelling_fault fault;
    } rows[] = {
        {"plain", "handbook.demo", "handbook.demo", N2_SPELLING_GOOD},
        {"upper-case", "HandBook.DEMO", "handbook.demo", N2_SPELLING_GOOD},
        {"digits", "7.demo4", "7.demo4", N2_SPELLING_GOOD},
        {"hyphen-inside", "a-b--c", "a-b--c", N2_SPELLING_GOOD},
        {"hyphen-first", "-ab", NULL, N2_SPELLING_HYPHEN},
        {"hyphen-last", "ab-.demo", NULL, N2_SPELLING_HYPHEN},
        {"empty", "", NULL, N2_SPELLING_EMPTY},
        {"empty-label", "a..b", NULL, N2_SPELLING_EMPTY},
        {"dot-last", "a.", NULL, N2_SPELLING_EMPTY},
        {"eight-labels", "a.b.c.d.e.f.g.h", "a.b.c.d.e.f.g.h", N2_SPELLING_GOOD},
        {"nine-labels", "a.b.c.d.e.f.g.h.i", NULL, N2_SPELLING_LONG},
        {"64-labels",
         EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT, NULL,
         N2_SPELLING_LONG},
        {"65-labels",
         "a." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT, NULL,
         N2_SPELLING_LONG},
        {"space", "my page", NULL, N2_SPELLING_CHARACTER},
        {"underscore", "a_b", NULL, N2_SPELLING_CHARACTER},
        {"address", "k1-abc", NULL, N2_SPELLING_RESERVED},
        {"address-of-content", "H1-abc.demo", NULL, N2_SPELLING_RESERVED},
        {"umlaut",
         "B\xc3\xbc"
         "cher",
         "b\xc3\xbc"
         "cher",
         N2_SPELLING_GOOD},
        {"sharp-s",
         "stra\xc3\x9f"
         "e",
         "strasse", N2_SPELLING_GOOD},
        /* attack 36: the same in NFD is the same name, and no second one */
        {"nfd",
         "bu\xcc\x88"
         "cher",
         "b\xc3\xbc"
         "cher",
         N2_SPELLING_GOOD},
        {"nfd-upper",
         "BU\xcc\x88"
         "CHER",
         "b\xc3\xbc"
         "cher",
         N2_SPELLING_GOOD},
        {"final-sigma", "\xce\xbb\xce\xbf\xce\xb3\xce\xbf\xcf\x82",
         "\xce\xbb\xce\xbf\xce\xb3\xce\xbf\xcf\x83", N2_SPELLING_GOOD},
        {"dotted-i",
         "\xc4\xb0"
         "stanbul",
         NULL, N2_SPELLING_CHARACTER},
        {"mark-on-latin", "x\xcc\xb4", NULL, N2_SPELLING_CHARACTER},
        {"mark-first", "\xe0\xa4\xbe\xe0\xa4\x95", NULL, N2_SPELLING_CHARACTER},
        {"marks-of-hindi",
         "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80",
         "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80",
         N2_SPELLING_GOOD},
        {"five-marks",
         "\xe0\xa4\x95\xe0\xa5\x80\xe0\xa5\x80\xe0\xa5\x80\xe0\xa5\x80\xe0\xa5\x80", NULL,
         N2_SPELLING_CHARACTER},
        {"check-mark", "bank\xe2\x9c\x93", NULL, N2_SPELLING_CHARACTER},
        {"check-marks-only", "\xe2\x9c\x93\xe2\x9c\x94\xe2\x9c\x85", NULL,
         N2_SPELLING_CHARACTER},
        {"zero-width-joiner",
         "a\xe2\x80\x8d"
         "b",
         NULL, N2_SPELLING_CHARACTER},
        {"zero-width-space",
         "a\xe2\x80\x8b"
         "b",
         NULL, N2_SPELLING_CHARACTER},
        {"soft-hyphen",
         "a\xc2\xad"
         "b",
         NULL, N2_SPELLING_CHARACTER},
        {"right-to-left-override",
         "a\xe2\x80\xae"
         "b",
         NULL, N2_SPELLING_CHARACTER},
        {"hangul-filler", "\xe3\x85\xa4", NULL, N2_SPELLING_CHARACTER},
        {"variation-selector", "a\xef\xb8\x8f", NULL, N2_SPELLING_CHARACTER},
        {"full-width", "\xef\xbd\x81\xef\xbd\x82", NULL, N2_SPELLING_CHARACTER},
        {"mathematical", "\xf0\x9d\x90\x9a", NULL, N2_SPELLING_CHARACTER},
        {"caron-alone", "a\xcb\x87", NULL, N2_SPELLING_CHARACTER},
        {"ideographic-dot",
         "a\xe3\x80\x82"
         "b",
         NULL, N2_SPELLING_CHARACTER},
        {"no-character", "a\xcd\xb8", NULL, N2_SPELLING_CHARACTER},
        {"no-utf-8", "a\xff", NULL, N2_SPELLING_TEXT},
        {"surrogate", "\xed\xa0\x80", NULL, N2_SPELLING_TEXT},
        {"cyrillic", "\xd0\x9c\xd0\xb8\xd1\x80", "\xd0\xbc\xd0\xb8\xd1\x80", N2_SPELLING_GOOD},
        {"a-script-each-label", "\xd0\xbc\xd0\xb8\xd1\x80.demo",
         "\xd0\xbc\xd0\xb8\xd1\x80.demo", N2_SPELLING_GOOD},
        {"mixed-cyrillic", "p\xd0\xb0ypal", NULL, N2_SPELLING_MIXED},
        {"mixed-greek",
         "g\xce\xbf"
         "ogle.demo",
         NULL, N2_SPELLING_MIXED},
        {"mixed-across-hyphen", "a-\xd0\xb1", NULL, N2_SPELLING_MIXED},
        {"japanese", "\xe6\x9d\xb1\xe4\xba\xac\xe3\x82\xbf\xe3\x83\xaf\xe3\x83\xbc\xe3\x81\xae",
         "\xe6\x9d\xb1\xe4\xba\xac\xe3\x82\xbf\xe3\x83\xaf\xe3\x83\xbc\xe3\x81\xae",
         N2_SPELLING_GOOD},
        {"japanese-and-latin",
         "\xe6\x9d\xb1"
         "a",
         NULL, N2_SPELLING_MIXED},
        {"hangul-and-kana", "\xea\xb0\x80\xe3\x81\x82", NULL, N2_SPELLING_MIXED},
        {"digits-with-cyrillic",
         "\xd0\xbc\xd0\xb8\xd1\x80"
         "24",
         "\xd0\xbc\xd0\xb8\xd1\x80"
         "24",
         N2_SPELLING_GOOD},
        {"digits-of-their-own", "\xd8\xa8\xd9\xa3", "\xd8\xa8\xd9\xa3", N2_SPELLING_GOOD},
        {"two-kinds-of-digits",
         "\xd8\xa8\xd9\xa3"
         "3",
         NULL, N2_SPELLING_CHARACTER},
        {"foreign-digits", "a\xd9\xa3", NULL, N2_SPELLING_MIXED},
        {"superscript", "a\xc2\xb2", NULL, N2_SPELLING_CHARACTER},
    };
    char out[N2_NAME_BYTES_MAX + 1];

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_spelling s;
        n2_err err = n2_name_fold(out, rows[i].text, strlen(rows[i].text), tables(), &s);
        g_test_message("%s: %s", rows[i].name, out);
        g_assert_cmpint(s.fault, ==, rows[i].fault);
        g_assert_cmpint(err == N2_OK, ==, rows[i].want != NULL);
        g_assert_cmpint(err == N2_ERR_LIMIT, ==, rows[i].fault == N2_SPELLING_LONG);
        g_assert_cmpstr(out, ==, rows[i].want ? rows[i].want : "");
    }
}

static void
test_lengths(void)
{
    char out[N2_NAME_BYTES_MAX + 1], text[N2_NAME_BYTES_MAX + 2];
    n2_spelling s;

    memset(text, 'a', sizeof text);
    g_assert_cmpint(n2_name_fold(out, text, 63, NULL, NULL), ==, N2_OK);
    g_assert_cmpint(n2_name_fold(out, text, 64, NULL, &s), ==, N2_ERR_LIMIT);
    for (gsize i = 63; i < sizeof text; i += 64)
        text[i] = '.';
    g_assert_cmpint(n2_name_fold(out, text, N2_NAME_BYTES_MAX, NULL, NULL), ==, N2_OK);
    g_assert_cmpuint(strlen(out), ==, N2_NAME_BYTES_MAX);
    g_assert_cmpint(n2_name_fold(out, text, sizeof text, NULL, &s), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_name_fold(out, "a\0b", 3, tables(), &s), ==, N2_ERR_FORMAT);
    /* it grows while it is folded: each \u0390 is three letters before it is composed again */
    g_autoptr(GString) grows = g_string_new(NULL);
    for (int i = 0; i < 126; i++)
        g_string_append(grows, "\xc7\xb0");
    g_assert_cmpint(n2_name_fold(out, grows->str, grows->len, tables(), &s), ==, N2_ERR_LIMIT);
    /* without tables there is ASCII alone */
    g_assert_cmpint(n2_name_fold(out, "ABC.d", 5, NULL, NULL), ==, N2_OK);
    g_assert_cmpstr(out, ==, "abc.d");
    g_assert_cmpint(n2_name_fold(out, "b\xc3\xbc", 3, NULL, &s), ==, N2_ERR_FORMAT);
}

/* Attack 42: a label of mixed scripts is refused, and its scripts are named. */
static void
test_mixed_named(void)
{
    static const char name[] = "www.p\xd0\xb0yp\xce\xb1l";
    char out[N2_NAME_BYTES_MAX + 1];
    n2_spelling s;

    g_assert_cmpint(n2_name_fold(out, name, strlen(name), tables(), &s), ==, N2_ERR_FORMAT);
    g_assert_cmpint(s.fault, ==, N2_SPELLING_MIXED);
    g_assert_true(s.scripts.is_mixed);
    g_assert_cmpuint(s.scripts.n, ==, 3);
    g_assert_cmphex(s.scripts.of[0], ==, N2_SCRIPT('L', 'a', 't', 'n'));
    g_assert_cmphex(s.scripts.of[1], ==, N2_SCRIPT('C', 'y', 'r', 'l'));
    g_assert_cmphex(s.scripts.of[2], ==, N2_SCRIPT('G', 'r', 'e', 'k'));
    /* words of different scripts are no mixture, letters in a word are */
    n2_scripts two = n2_name_scripts("Anna \xd0\x9c\xd0\xb8\xd1\x80", 11, tables());
    g_assert_false(two.is_mixed);
    g_assert_cmpuint(two.n, ==, 2);
    g_assert_true(n2_name_scripts("Ann\xd0\xb0", 5, tables()).is_mixed);
    g_assert_false(n2_name_scripts("\xe2\x9c\x93 12", 6, tables()).is_mixed);
    g_assert_false(n2_name_scripts("a\xff\xfe", 3, tables()).is_mixed);
}

/* ---- the chrome ---- */

static void
test_show(void)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"plain", "Anna Berger 2", "Anna Berger 2"},
        {"check-mark", "Bank \xe2\x9c\x93 verified", "Bank verified"},
        {"check-marks-only", "\xe2\x9c\x93\xe2\x9c\x94\xe2\x9c\x85\xf0\x9f\x97\xb8\xe2\x88\x9a",
         ""},
        {"lock-picture", "\xf0\x9f\x94\x92 Bank", "Bank"},
        {"bidi",
         "a\xe2\x80\xae"
         "b\xe2\x80\xac\xe2\x81\xa6"
         "c",
         "a b c"},
        {"zero-width", "pay\xe2\x80\x8bpal", "pay pal"},
        {"joiners", "pay\xe2\x80\x8d\xe2\x80\x8cpal", "pay pal"},
        {"combining", "e\xcc\xb4\xcc\xb5v", "e v"},
        {"combining-only", "\xcc\x81\xcc\x81\xcc\x81", ""},
        {"composed", "J\xc3\xbcrgen", "J\xc3\xbcrgen"},
        {"newline", "Anna\nsays the zone", "Anna says the zone"},
        {"controls", "\x1b[31mred\x07", "31mred"},
        {"markup", "<b>x</b>", "b x b"},
        {"spaces", "   a \t  b   ", "a b"},
        {"no-utf-8",
         "a\xff\xc0\xaf"
         "b",
         "a b"},
        {"fillers", "\xe3\x85\xa4\xe2\xa0\x80", ""},
        {"mathematical",
         "\xf0\x9d\x90\x81\xf0\x9d\x90\x9a"
         "x",
         "x"},
        {"tags", "x\xf3\xa0\x81\xa1", "x"},
        {"forty", "1234567890123456789012345678901234567890123",
         "1234567890123456789012345678901234567890"},
        {"space-is-not-last", "123456789012345678901234567890123456789 x",
         "123456789012345678901234567890123456789"},
        {"name-of-a-zone", "hand-book.demo", "hand-book.demo"},
        {"not-in-its-form", "Hand-book.demo", "Hand book demo"},
        {"long-name-shows-its-end", "bank.example.login.page.of.friendly.people.xx",
         "example.login.page.of.friendly.people.xx"},
        {"hindi", "\xe0\xa4\xb9\xe0\xa4\xbf", "\xe0\xa4\xb9\xe0\xa4\xbf"},
        {"dot-alone", ".", ""},
        {"empty", "", ""},
    };
    char out[N2_SHOWN_BYTES];

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_name_show(out, rows[i].text, strlen(rows[i].text), tables());
        g_test_message("%s: %s", rows[i].name, out);
        g_assert_cmpstr(out, ==, rows[i].want);
    }
}

/* ---- look-alikes ---- */

static void
test_alike(void)
{
    static const struct {
        const char *name, *a, *b;
        gboolean want;
    } rows[] = {
        {"same", "paypal", "paypal", FALSE},
        {"same-but-case", "PayPal", "paypal", FALSE},
        {"same-but-nfd",
         "bu\xcc\x88"
         "cher",
         "b\xc3\xbc"
         "cher",
         FALSE},
        {"other", "paypal", "paypai", FALSE},
        {"cyrillic-a", "p\xd0\xb0ypal", "paypal", TRUE},
        {"all-cyrillic", "\xd1\x81\xd0\xbe\xd1\x80\xd1\x83", "copy", TRUE},
        {"greek-o", "g\xce\xbf\xce\xbfgle", "google", TRUE},
        {"greek-and-cyrillic", "\xce\xbf", "\xd0\xbe", TRUE},
        {"accent", "p\xc3\xa1ypal", "paypal", TRUE},
        {"dotless",
         "m\xc4\xb1"
         "cro",
         "micro", TRUE},
        {"one-for-l", "paypa1", "paypal", TRUE},
        {"zero-for-o", "g00gle", "google", TRUE},
        {"rn", "arnazon", "amazon", TRUE},
        {"vv", "vvater", "water", TRUE},
        {"palochka",
         "app\xd3\x8f"
         "e",
         "apple", TRUE},
        {"stroke", "\xc5\x82ist", "list", TRUE},
        {"zone-too", "demo.b\xd0\xb0nk", "demo.bank", TRUE},
        {"dot-counts", "demo.bank", "demobank", FALSE},
        {"petname", "Ann\xd0\xb0 Berger", "anna berger", TRUE},
        {"invisible-inside", "pay\xe2\x80\x8bpal", "paypal", TRUE},
        {"nothing", "", "", FALSE},
        {"signs-only", "\xe2\x9c\x93", "\xe2\x9c\x94", FALSE},
        {"no-utf-8", "a\xff", "a", FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(n2_name_is_alike(rows[i].a, rows[i].b, tables()), ==, rows[i].want);
        g_assert_cmpint(n2_name_is_alike(rows[i].b, rows[i].a, tables()), ==, rows[i].want);
    }
}

/* Attack 42: what a page links to is never one of the user's own names. */
static void
test_petname_linked(void)
{
    g_assert_cmpint(n2_name_may_open(N2_NAME_TYPED, "anna"), ==, N2_OK);
    g_assert_cmpint(n2_name_may_open(N2_NAME_LINKED, "anna"), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(n2_name_may_open(N2_NAME_LINKED, ""), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(n2_name_may_open(N2_NAME_LINKED, "anna.demo"), ==, N2_OK);
    g_assert_true(n2_name_is_own("anna"));
    g_assert_false(n2_name_is_own("anna.demo"));
}

/* ---- whatever the text ---- */

static char *
random_text(GRand *rand)
{
    static const gunichar some[] = {'a',   'n',   '.',    '-',    ' ',    0x430,  0x3bf,
                                    0xfc,  0x301, 0x200d, 0x202e, 0x2713, 0x4e00, 0x3042,
                                    0x939, 0x93f, 0x130,  0x390,  0x3164, 0xdf,   0x1e9e,
                                    0x661, '1',   0xfb01, 0x345,  0x1fb3};
    GString *text = g_string_new(NULL);
    int n = g_rand_int_range(rand, 0, 20);

    for (int i = 0; i < n; i++) {
        gunichar c = g_rand_int_range(rand, 0, 4)
                         ? some[g_rand_int_range(rand, 0, G_N_ELEMENTS(some))]
                         : (gunichar)g_rand_int_range(rand, 1, 0x20000);
        if (g_unichar_validate(c))
            g_string_append_unichar(text, c);
        else
            g_string_append_c(text, (char)0x80);
    }
    return g_string_free(text, FALSE);
}

static void
check_shown(const char *shown)
{
    gboolean was_space = TRUE;

    g_assert_cmpint(g_utf8_strlen(shown, -1), <=, N2_SHOWN_CHARS_MAX);
    g_assert_true(g_utf8_validate(shown, -1, NULL));
    for (const char *at = shown; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        gboolean is_space = c == ' ';
        g_assert_true(is_space ? !was_space
                               : g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '.' ||
                                     c == '-');
        g_assert_false(g_unichar_iszerowidth(c) && !g_unichar_ismark(c));
        was_space = is_space;
    }
    g_assert_true(!*shown || !was_space);
}

static void
test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(6);
    char once[N2_NAME_BYTES_MAX + 1], twice[N2_NAME_BYTES_MAX + 1], shown[N2_SHOWN_BYTES];
    char again[N2_SHOWN_BYTES];
    int n_good = 0;

    for (int i = 0; i < RANDOM_NAMES; i++) {
        g_autofree char *text = random_text(rand);
        n2_spelling s;
        if (n2_name_fold(once, text, strlen(text), tables(), &s) == N2_OK) {
            n_good++;
            g_assert_cmpint(n2_name_fold(twice, once, strlen(once), tables(), NULL), ==, N2_OK);
            g_assert_cmpstr(once, ==, twice);
            g_assert_false(n2_name_is_alike(once, twice, tables()));
            g_assert_cmpint(n2_name_check(once, strlen(once), tables()), ==, N2_OK);
        } else {
            g_assert_cmpint(s.fault, !=, N2_SPELLING_GOOD);
        }
        n2_name_show(shown, text, strlen(text), tables());
        check_shown(shown);
        n2_name_show(again, shown, strlen(shown), tables());
        g_assert_cmpstr(shown, ==, again);
    }
    g_assert_cmpint(n_good, >, 20);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/name/fold/attack-36-nfd-text", test_fold);
    g_test_add_func("/name/lengths", test_lengths);
    g_test_add_func("/name/attack-42-mixed-scripts", test_mixed_named);
    g_test_add_func("/name/show", test_show);
    g_test_add_func("/name/alike", test_alike);
    g_test_add_func("/name/attack-42-link-to-petname", test_petname_linked);
    g_test_add_func("/name/random", test_random);
    return g_test_run();
}
