/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render-bounds.c - pages too deep, too long, too many, and pages of pieces at random: the
 * limits of page.h hold, no word is lost without saying so, and the HTML is what html.h
 * promises.
 */
#include <glib.h>
#include <string.h>

#include "html-check.h"
#include "render/html.h"

static const n2_page_context demo = {.origin = "net2o://demo.test", .path = "/folder/page.md"};

/* Ten thousand deep, whatever nests; and blank lines that would ask each open list. */
static void
test_deep(void)
{
    static const struct {
        const char *open, *inside, *close;
        n2_page_format format;
    } rows[] = {
        {"- ", "bottom", "", N2_PAGE_MARKDOWN},
        {"> ", "bottom", "", N2_PAGE_MARKDOWN},
        {"*a **b ", "bottom", "** *", N2_PAGE_MARKDOWN},
        {"[", "bottom", "](b)", N2_PAGE_MARKDOWN},
        {"![", "bottom", "](b)", N2_PAGE_MARKDOWN},
        {"1. > ", "bottom", "", N2_PAGE_MARKDOWN},
        {"~~a *b ", "bottom", "* c~~", N2_PAGE_MARKDOWN},
        {"[^a]: ", "bottom", "", N2_PAGE_MARKDOWN},
        {": ", "bottom", "", N2_PAGE_MARKDOWN},
        {"> a|b\n> -|-\n> ", "bottom", "", N2_PAGE_MARKDOWN},
        {"<ul><li><b>", "bottom", "</b></li></ul>", N2_PAGE_WIKI},
        {"<blockquote>", "bottom", "</blockquote>", N2_PAGE_WIKI},
        {"[", "\"bottom\"", "]", N2_PAGE_JSON},
        {"{\"a\":", "\"bottom\"", "}", N2_PAGE_JSON},
        {"[", "bottom", "]", N2_PAGE_YAML},
        {"{a: ", "bottom", "}", N2_PAGE_YAML},
        {"- ", "bottom", "", N2_PAGE_YAML},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *text = g_string_new(NULL);
        for (guint k = 0; k < 10000; k++)
            g_string_append(text, rows[i].open);
        g_string_append(text, rows[i].inside);
        for (guint k = 0; k < 10000; k++)
            g_string_append(text, rows[i].close);
        g_test_message("%s", rows[i].open);
        g_assert_cmpfloat(html_check_page(text->str, text->len, rows[i].format, &demo), <,
                          HTML_IS_TIMED ? 2 : 60);
        g_autoptr(n2_page) page = n2_page_read(text->str, text->len, rows[i].format, &demo);
        GString *html = n2_page_html_body(page);
        g_assert_nonnull(strstr(html->str, "bottom")); /* no word is lost */
        g_string_free(html, TRUE);
        g_string_free(text, TRUE);
    }
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < 10000; i++)
        g_string_append(text, i & 1 ? "* " : "- ");
    g_string_append(text, "bottom\n");
    for (guint i = 0; i < 200000; i++)
        g_string_append_c(text, '\n');
    g_string_append(text, "after\n");
    g_assert_cmpfloat(html_check_page(text->str, text->len, N2_PAGE_MARKDOWN, &demo), <,
                      HTML_IS_TIMED ? 2 : 60);
    g_string_free(text, TRUE);
}

/* 50 MB: what is beyond the limit is not there, and the page says so. */
static void
test_large(void)
{
    const gsize len = 50 << 20;
    g_autofree char *bytes = g_strnfill(len, 'a');
    bytes[N2_PAGE_BYTES_MAX - 1] = '\xc3'; /* cut in the middle of a character */
    bytes[N2_PAGE_BYTES_MAX] = '\xa4';
    for (n2_page_format format = N2_PAGE_MARKDOWN; format <= N2_PAGE_CODE; format++) {
        g_autoptr(n2_page) page = n2_page_read(bytes, len, format, NULL);
        GString *html = n2_page_html_body(page);
        g_assert_true(g_str_has_prefix(html->str, "<pre class=\"plain\"><code>aaa"));
        g_assert_nonnull(strstr(html->str, "This page is too long"));
        g_assert_cmpuint(html->len, <, N2_PAGE_BYTES_MAX + 1000);
        g_assert_true(g_utf8_validate(html->str, -1, NULL));
        g_string_free(html, TRUE);
    }
}

/* A long page in which letters and their accents come apart, as some systems write: each pair
 * becomes one character, in time. */
static void
test_composed(void)
{
    static const struct {
        const char *apart, *composed;
    } rows[] = {
        {"a\xcc\x81", "\xc3\xa1"},                    /* a and acute */
        {"\xd0\xb8\xcc\x86", "\xd0\xb9"},             /* Cyrillic: no byte of it is ASCII */
        {"\xe0\xa7\x87\xe0\xa6\xbe", "\xe0\xa7\x8b"}, /* Bengali: both are marks */
        {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "\xea\xb0\x81"}, /* Hangul, three in one */
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint n = (N2_PAGE_MARKUP_BYTES_MAX - 1) / (guint)strlen(rows[i].apart);
        GString *text = g_string_new(NULL);
        for (guint k = 0; k < n; k++)
            g_string_append(text, rows[i].apart);
        g_assert_cmpfloat(html_check_page(text->str, text->len, N2_PAGE_PLAIN, &demo), <,
                          HTML_IS_TIMED ? 2 : 60);
        g_autoptr(n2_page) page = n2_page_read(text->str, text->len, N2_PAGE_PLAIN, &demo);
        GString *html = n2_page_html_body(page);
        const char *at = strstr(html->str, "<code>") + strlen("<code>");
        for (guint k = 0; k < n; k++, at += strlen(rows[i].composed))
            g_assert_true(g_str_has_prefix(at, rows[i].composed));
        g_string_free(html, TRUE);
        g_string_free(text, TRUE);
    }
}

/* More entries than a tree may have: the file as code, and the reason. */
static void
test_entries(void)
{
    static const struct {
        n2_page_format format;
        const char *open, *entry, *close;
    } rows[] = {{N2_PAGE_JSON, "[0", ",1", "]"}, {N2_PAGE_YAML, "", "- a\n", ""}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (guint more = 0; more < 2; more++) {
            GString *text = g_string_new(rows[i].open);
            guint used = rows[i].format == N2_PAGE_JSON ? 2 : 1; /* the list, and "0" */
            for (guint k = used; k < N2_PAGE_DATA_ENTRIES_MAX + more; k++)
                g_string_append(text, rows[i].entry);
            g_string_append(text, rows[i].close);
            g_autoptr(n2_page) page = n2_page_read(text->str, text->len, rows[i].format, &demo);
            GString *html = n2_page_html_body(page);
            g_assert_cmpint(!strstr(html->str, "<ol class=\"data\">"), ==, more);
            g_assert_cmpint(!!strstr(html->str, "too many entries"), ==, more);
            g_string_free(html, TRUE);
            g_string_free(text, TRUE);
        }
    }
}

/* Aliases are names: nine levels of nine would be 387 million strings. */
static void
test_laughs(void)
{
    GString *text = g_string_new("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (guint i = 1; i < 9; i++) {
        g_string_append_printf(text, "a%u: &a%u [", i, i);
        for (guint k = 0; k < 9; k++)
            g_string_append_printf(text, k ? ", *a%u" : "*a%u", i - 1);
        g_string_append(text, "]\n");
    }
    g_autoptr(n2_page) page = n2_page_read(text->str, text->len, N2_PAGE_YAML, &demo);
    GString *html = n2_page_html_body(page);
    g_assert_cmpuint(html->len, <, 16384);
    g_assert_nonnull(strstr(html->str, "<bdi class=\"p\">*a7</bdi>"));
    g_string_free(html, TRUE);
    g_string_free(text, TRUE);
}

/* Pieces of all that means something, in any order: what comes out is what html.h promises. */
static void
test_random(void)
{
    static const char *const pieces[] = {
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "- ",
        "1. ",
        "> ",
        "# ",
        "## ",
        "```",
        "```c\n",
        "---\n",
        "|",
        "|-|-|\n",
        "a|b\n-|-\n",
        "*",
        "**",
        "_",
        "~~",
        "`",
        "[",
        "]",
        "(",
        ")",
        "![",
        "[[",
        "]]",
        "![[",
        "[^a]",
        "[^a]: ",
        "[^b]",
        "[^b]: x\n",
        ": ",
        "a\n: b\n",
        "[[toc]]\n\n",
        "<",
        ">",
        "<b>",
        "</b>",
        "<script>",
        "<!--",
        "-->",
        "<ul><li>",
        "</ul>",
        "<a href=\"x\">",
        "<pre>",
        "</pre>",
        "&",
        "&amp;",
        "&#60;",
        "&#x202e;",
        "&#xfdd5;",
        "\"",
        "'",
        "\\",
        "\\|",
        "javascript:",
        "data:",
        "net2o://",
        "https://a",
        "//",
        "..",
        "/",
        "#a",
        "?",
        "=",
        "onclick=",
        "style=",
        "x",
        "word",
        "\xc3\xa4",
        "\xd0\xb0"
        "a",
        "\xd7\xa9",
        "\xe2\x80\xae",
        "\xe2\x80\x8b",
        "\xef\xb7\x90",
        "\xef\xb7\x95",
        "\xef\xb7\x96",
        "+   ",
        "\xff",
        "\xcc\x81",
        "\xe2\x80\x8d",
        "title: ",
        "[x](",
        "](javascript:",
        "<javascript:x>",
        "![y](data:",
        "](net2o://a)",
        "[[javascript:x]]",
        "- [ ] ",
        "[a](b \"c\")",
        "![a](b.png \"c\")\n\n",
        "{",
        "}",
        ",",
        ":",
        "&x ",
        "*x ",
        "1",
        "true",
        "/*",
        "*/",
        "//",
        "%",
        "$",
        "@",
        "\x1b[31m",
        "\xc2\x9b",
        "&#x9b;",
        "![[part]]\n\n",
        "![[part#a]]\n\n",
    };
    static const char part[] = "# a\n\n[^a] [x](y)\n\n![[page]]\n\n[^a]: z\n";
    const n2_page_part parts[] = {
        {"net2o://demo.test/folder/part.md", part, sizeof part - 1, N2_PAGE_MARKDOWN}};
    static const char *const files[] = {"/folder/page.md", "/a.c", "/a.html", "/a.fs", "/a.py"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261122);
    for (guint i = 0; i < (HTML_IS_TIMED ? 4000U : 1000U); i++) {
        GString *text = g_string_new(i % 7 ? "" : "---\n");
        guint n = (guint)g_rand_int_range(rand, 1, 60);
        for (guint k = 0; k < n; k++)
            g_string_append(text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
        n2_page_context context = {.origin = "net2o://demo.test",
                                   .path = files[i % G_N_ELEMENTS(files)],
                                   .parts = parts,
                                   .n_parts = 1};
        g_test_message("%u", i);
        html_check_page(text->str, text->len, (n2_page_format)(i % 6), &context);
        g_string_free(text, TRUE);
    }
}

/* Notes, definitions and pipes are marks inside; in code each byte must be as it was typed. */
static void
test_verbatim(void)
{
    static const char *const pieces[] = {
        "[^a]", "[^a]: ", ": ",       ":\t",   "+   ", "\\|",      "|",  "\\[^a]",
        "]",    "[^",     "a",        " ",     "\n",   "\n   : b", "- ", "\n[^x]: y",
        "![",   "\\\\|",  "\xc3\xa4", "[[b]]", "---",  "\n\n",
    };
    static const char *const frames[][2] = {{"```\n", "\n```\n"}, {"~~~~ x\n", "\n~~~~\n"}};
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    for (guint i = 0; i < 2000; i++) {
        g_autoptr(GString) code = g_string_new("x");
        guint n = (guint)g_rand_int_range(rand, 1, 30);
        const char *const *frame = frames[i % 2];
        for (guint k = 0; k < n; k++)
            g_string_append(code, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
        g_autofree char *text = g_strconcat("a|b\n-|-\n[^a]|c\n\n", frame[0], code->str,
                                            frame[1], "\n[^a]: z\n", NULL);
        g_autoptr(n2_page) page = n2_page_read(text, strlen(text), N2_PAGE_MARKDOWN, &demo);
        g_autofree char *html = g_string_free(n2_page_html_body(page), FALSE);
        g_string_prepend(code, i % 2 ? "<pre><code class=\"language-x\">" : "<pre><code>");
        g_string_append(code, "\n</code></pre>");
        g_test_message("%s", text);
        g_assert_nonnull(strstr(html, code->str));
        g_assert_nonnull(strstr(html, "<td><sup class=\"footnote-ref\">"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/hostile/deep", test_deep);
    g_test_add_func("/render/hostile/large", test_large);
    g_test_add_func("/render/hostile/composed", test_composed);
    g_test_add_func("/render/hostile/entries", test_entries);
    g_test_add_func("/render/hostile/laughs", test_laughs);
    g_test_add_func("/render/hostile/random", test_random);
    g_test_add_func("/render/hostile/verbatim", test_verbatim);
    return g_test_run();
}
