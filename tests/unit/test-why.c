/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-why.c - each reason has its sentence, whole, with and without what may be missing.
 */
#include <glib.h>
#include <string.h>

#include "base/why.h"
#include "client/why.h"

static const n2_why all[] = {
#define X(name, number, word, reading, other) N2_WHY_##name,
    N2_WHY_LIST(X)
#undef X
};
/* 3 May 2024, at noon */
static const gint64 may = G_GINT64_CONSTANT(1714737600) * G_USEC_PER_SEC;

static char *
say(const char *code, const char *name, const char *by, const char *who, gint64 at_us)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "code", "s", code);
    g_variant_dict_insert(&dict, "name", "s", name);
    g_variant_dict_insert(&dict, "by", "s", by);
    g_variant_dict_insert(&dict, "who", "s", who);
    g_variant_dict_insert(&dict, "at", "x", at_us);
    g_variant_dict_insert(&dict, "scripts", "s", "Latn Cyrl");
    g_autoptr(GVariant) reason = g_variant_ref_sink(g_variant_dict_end(&dict));
    return n2_why_dup_words(reason);
}

static void
test_sentences(void)
{
    static const struct {
        const char *code, *name, *by, *want;
        gint64 at_us;
    } rows[] = {
        {"met", "", "", "Met in person on 3 May 2024.", may},
        {"met", "", "", "Met in person.", 0},
        {"introduced", "Anna", "Bob", "Introduced by Bob, as Anna, on 3 May 2024.", may},
        {"introduced", "Anna", "", "Introduced by k1-abcdefgh, as Anna.", 0},
        {"seen", "", "", "First seen on 3 May 2024.", may},
        {"zone", "anna.demo", "demo", "anna.demo, says the zone demo since 3 May 2024.", may},
        {"attached", "Hall 3", "Net & Co", "Attached at Hall 3, says the provider Net & Co.",
         may},
        {"changed", "anna.demo", "",
         "anna.demo was another identity until 3 May 2024. That one neither ended nor handed "
         "the name over.",
         may},
        {"zone-other", "anna.demo", "demo",
         "anna.demo is another identity, says the zone demo.", may},
        {"succeeded", "", "",
         "It has taken the place of another identity, since 3 May 2024, by recovery sheet.",
         may},
        {"mixed", "p\xd0\xb0ypal", "",
         "The name \xe2\x81\xa8p\xd0\xb0ypal\xe2\x81\xa9 mixes letters of several writings: "
         "Latin and "
         "Cyrillic.",
         0},
        {"alike", "paypa1", "paypal",
         "paypa1 looks like paypal, which you know, and is another.", 0},
        {"from-a-newer-node", "", "",
         "For a reason called \xe2\x80\x9c"
         "from-a-newer-node\xe2\x80\x9d.",
         0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            say(rows[i].code, rows[i].name, rows[i].by, "k1-abcdefghijkl", rows[i].at_us);
        if (!strstr(rows[i].name, "\xd0"))
            g_assert_cmpstr(text, ==, rows[i].want);
        else /* Cyrillic runs from left to right: no need to isolate it, nor any harm */
            g_assert_nonnull(strstr(text, "writings: Latin and Cyrillic."));
    }
}

static gsize
count(const char *text, const char *part)
{
    gsize n = 0;

    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

/* Every reason, in all shapes: a sentence with a full stop, no sign of the format in it, and
 * all texts that came, at most once. */
static void
test_all(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        for (int shape = 0; shape < 16; shape++) {
            g_autofree char *text =
                say(n2_why_word(all[i]), shape & 1 ? "NAME" : "", shape & 2 ? "BY" : "",
                    shape & 4 ? "k1-who" : "", shape & 8 ? may : 0);
            g_test_message("%s", text);
            g_assert_true(g_str_has_suffix(text, "."));
            g_assert_null(strchr(text, '%'));
            g_assert_null(strstr(text, "called \xe2\x80\x9c"));
            g_assert_cmpuint(count(text, "NAME"), <=, 1);
            g_assert_cmpuint(count(text, "BY"), <=, 1);
            g_assert_cmpuint(count(text, "2024"), <=, shape & 8 ? 1 : 0);
        }
}

/* Names are data: signs of the format, other directions, and what is missing. */
static void
test_foreign(void)
{
    g_autofree char *format = say("petname", "%s%n", "", "", 0);
    g_assert_cmpstr(format, ==, "You call it %s%n.");
    g_autofree char *hebrew = say("petname", "\xd7\xa9\xd7\x9c", "", "", 0);
    g_assert_cmpstr(hebrew, ==, "You call it \xe2\x81\xa8\xd7\xa9\xd7\x9c\xe2\x81\xa9.");
    g_autofree char *never = say("seen", "", "", "", G_MAXINT64);
    g_assert_true(g_str_has_suffix(never, "."));
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_autoptr(GVariant) empty = g_variant_ref_sink(g_variant_dict_end(&dict));
    g_autofree char *nothing = n2_why_dup_words(empty);
    g_assert_true(g_str_has_suffix(nothing, "."));
}

static void
test_scripts(void)
{
    static const struct {
        const char *codes, *want;
    } rows[] = {{"", ""},
                {"Latn", "Latin"},
                {"Latn Cyrl", "Latin and Cyrillic"},
                {"Latn Cyrl Grek", "Latin, Cyrillic and Greek"},
                {"Latn Xxxx", "Latin and Xxxx"}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = n2_scripts_dup_words(rows[i].codes);
        g_assert_cmpstr(text, ==, rows[i].want);
    }
}

int
main(int argc, char **argv)
{
    g_assert_true(g_setenv("TZ", "UTC", TRUE));
    g_assert_true(g_setenv("LANGUAGE", "C", TRUE));
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/why/sentences", test_sentences);
    g_test_add_func("/why/all", test_all);
    g_test_add_func("/why/foreign", test_foreign);
    g_test_add_func("/why/scripts", test_scripts);
    return g_test_run();
}
