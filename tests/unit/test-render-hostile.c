/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render-hostile.c - pages made to cost time, memory or trust: each is linear or refused,
 * and what comes out is always the HTML that html.h promises.
 */
#include <glib.h>
#include <string.h>
#include <time.h>

#include "html-check.h"
#include "render/html.h"
#include "render/text.h"

enum {
    GROWTH_MAX = 64, /* the output may be so many times as long as the input */
    HTML_DEPTH_MAX = N2_PAGE_DEPTH_MAX + 8,
    TRIES = 3, /* a timing that was disturbed is taken again */
};

/* AddressSanitizer measures the whole string at each strstr(), which is quadratic by itself. */
#ifdef __SANITIZE_ADDRESS__
#define IS_TIMED FALSE
#else
#define IS_TIMED TRUE
#endif

static const n2_page_context demo = {.origin = "net2o://demo.test", .path = "/folder/page.md"};

/* CPU time of this process; what else the machine does is not in it. */
static double
cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
check_controls(const char *text)
{
    for (; *text; text++)
        g_assert_true(*text >= ' ' || *text < 0 || *text == '\n');
}

/* Renders in every way and checks each; the seconds it took, without the checks. */
static double
render(const char *text, gsize len, n2_page_format format, const n2_page_context *context)
{
    double start = cpu_seconds();
    g_autoptr(n2_page) page = n2_page_read(text, len, format, context);
    GString *whole = n2_page_html(page);
    GString *body = n2_page_html_body(page);
    GString *plain = n2_page_text(page, 80, N2_TEXT_LINKS);
    double seconds = cpu_seconds() - start;
    char *from =
        strstr(whole->str, "<main class=\"page\">\n") + strlen("<main class=\"page\">\n");
    char *to = g_strrstr(whole->str, "</main>");
    g_assert_cmpuint(whole->len, <, len * GROWTH_MAX + 4096);
    g_assert_cmpuint(plain->len, <, len * GROWTH_MAX + 4096);
    *to = '\0';
    html_check(from, HTML_DEPTH_MAX);
    html_check(body->str, HTML_DEPTH_MAX);
    check_controls(plain->str);
    g_string_free(whole, TRUE);
    g_string_free(body, TRUE);
    g_string_free(plain, TRUE);
    return seconds;
}

typedef struct {
    const char *name;
    const char *formats; /* of: m Markdown, w wiki, p plain, y YAML, j JSON, c code */
    const char *start;
    const char *repeated; /* "%" is a number, "+" behind it the next one */
    const char *end;
    const char *file; /* (nullable) */
} hostile_row;

/* @row, at least @bytes long (transfer full). */
static char *
repeat(const hostile_row *row, gsize bytes)
{
    GString *text = g_string_new(row->start);
    for (guint n = 0; text->len < bytes; n++) {
        for (const char *p = row->repeated; *p; p++) {
            if (*p != '%')
                g_string_append_c(text, *p);
            else if (p[1] == '+')
                g_string_append_printf(text, "%u", p++ ? n + 1 : 0);
            else
                g_string_append_printf(text, "%u", n);
        }
    }
    g_string_append(text, row->end);
    return g_string_free(text, FALSE);
}

/* Four times the bytes may take four times the time, not sixteen; small times are noise. */
static void
check_row(const hostile_row *row, n2_page_format format)
{
    g_autofree char *one = repeat(row, 32 << 10);
    g_autofree char *four = repeat(row, 128 << 10);
    n2_page_context context = demo;
    gboolean is_linear = !IS_TIMED;
    if (row->file)
        context.path = row->file;
    for (guint i = 0; i < TRIES && (!i || !is_linear); i++) {
        double t1 = render(one, strlen(one), format, &context);
        double t4 = render(four, strlen(four), format, &context);
        is_linear = is_linear || t4 < 0.1 || t4 < 9 * t1;
        g_test_message("%s: 32 KiB %.0f ms, 128 KiB %.0f ms", row->name, t1 * 1e3, t4 * 1e3);
    }
    g_assert_true(is_linear);
}

static void
check_rows(const hostile_row *rows, gsize n)
{
    static const char letters[] = "mwpyjc";
    for (gsize i = 0; i < n; i++)
        for (const char *p = rows[i].formats; *p; p++)
            check_row(&rows[i], (n2_page_format)(strchr(letters, *p) - letters));
}

static void
test_inlines(void)
{
    static const hostile_row rows[] = {
        {"pictures in pictures", "mw", "", "![[]()", "", NULL},
        {"open brackets", "mw", "", "[", "", NULL},
        {"closed brackets", "m", "", "]", "", NULL},
        {"wiki brackets", "m", "", "[[", "", NULL},
        {"wiki brackets, one end", "m", "", "[[", "]]", NULL},
        {"wiki links", "mw", "", "[[a]]", "", NULL},
        {"struck", "m", "", "~~a", "", NULL},
        {"tildes", "m", "", "~", "", NULL},
        {"nested stress", "m", "", "**a *a ", "", NULL},
        {"nested stress, one way", "m", "", "a**b", "c* ", NULL},
        {"nested stress, link", "m", "", "*a **a [[b]] ", "", NULL},
        {"underscores", "m", "", "_a ", "", NULL},
        {"backticks", "m", "", "e`e``e```", "", NULL},
        {"backticks of all lengths", "m", "", "`%``%+```", "", NULL},
        {"open links", "m", "", "[a](b", "", NULL},
        {"open links in angles", "m", "", "[a](<b", "", NULL},
        {"nested links", "m", "", "[a [b](c) ", "", NULL},
        {"many references", "m", "", "[%]: a\n", "[0]", NULL},
        {"references used", "m", "", "[a%]: a\n\n[a%]\n\n", "", NULL},
        {"comments", "m", "a ", "<!--", "", NULL},
        {"sections of data", "m", "a ", "<![CDATA[", "", NULL},
        {"instructions", "m", "a ", "<?", "", NULL},
        {"declarations", "m", "a ", "<!A ", "", NULL},
        {"tags", "mw", "", "<a href=", "", NULL},
        {"references to characters", "mw", "", "&#27;", "", NULL},
        {"no-break spaces", "m", ".", "\xc2\xa0", "", NULL},
        {"stops and spaces", "m", "", ".\xc2\xa0", "", NULL},
        {"links", "m", "", "[a](b) ", "", NULL},
        {"links to itself", "m", "", "[a](page.md) [b](#a) [[page]] ", "", NULL},
        {"captions", "m", "", "![a](b \"c\")\n\n", "", NULL},
    };
    check_rows(rows, G_N_ELEMENTS(rows));
}

static void
test_blocks(void)
{
    static const hostile_row rows[] = {
        {"nested lists", "m", "", "- * ", "a", NULL},
        {"quotes", "m", "", ">", "a", NULL},
        {"quoted lists", "m", "", "> - ", "a", NULL},
        {"lazy lines", "m", "> > > > > > > > > > a\n", "b\n", "", NULL},
        {"tasks", "m", "", "- [ ] a\n", "", NULL},
        {"rules", "m", "", "***\n", "", NULL},
        {"headings of the same words", "m", "", "# a\n", "", NULL},
        {"headings that count", "m", "", "# a-%\n# a\n", "", NULL},
        {"a long heading", "m", "# ", "a", "", NULL},
        {"tables of contents", "m", "", "[[toc]]\n\n# a\n\n", "", NULL},
        {"wide table", "m", "", "|", "\n|-|", NULL},
        {"wide table, dashes", "m", "", "|", "\n|-|-|-|-|-|-|-|-|-|-|", NULL},
        {"delimiters", "m", "a|b\n", "-|-\n", "", NULL},
        {"headers", "m", "", "a|b\n-|-|-\n", "", NULL},
        {"short rows", "m", "a|b|c|d|e|f|g|h|i|j|k|l|m|n\n-|-|-|-|-|-|-|-|-|-|-|-|-|-\n", "a\n",
         "", NULL},
        {"tables", "m", "", "a|b\n-|-\n\n", "", NULL},
        {"rows", "m", "a|b\n-|-\n", "a|b\n", "", NULL},
        {"lazy rows", "m", "> > > > > > > > > > a|b\n> > > > > > > > > > -|-\n", "a|b\n", "",
         NULL},
        {"links in cells", "m", "a|b\n-|-\n", "[[|", "", NULL},
        {"backslashes", "m", "", "\\", "|", NULL},
        {"escaped pipes", "m", "", "\\|", "", NULL},
        {"wide cell", "m", "a|b\n-|-\n", "x", "", NULL},
        {"long words in rows", "m", "a|b\n-|-\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|b\n",
         "a|\n", "", NULL},
        {"definitions", "m", "a\n", ": b\n", "", NULL},
        {"definitions, many", "m", "", "a\n: b\n\n", "", NULL},
        {"definitions of nothing", "m", "", ": b\n\n", "", NULL},
        {"terms", "m", "", "a\n", ": b\n", NULL},
        {"parts", "m", "", "![[a]]\n\n", "", NULL},
        {"open tags of the wiki", "w", "", "<ul><li>", "", NULL},
        {"open spans of the wiki", "w", "", "<b><i>", "", NULL},
        {"verbatim", "w", "", "<pre>", "", NULL},
    };
    check_rows(rows, G_N_ELEMENTS(rows));
}

static void
test_notes(void)
{
    static const hostile_row rows[] = {
        {"one note, many references", "m", "[^a]: x\n\n", "[^a] ", "", NULL},
        {"references to nothing", "m", "", "[^a] ", "", NULL},
        {"a chain of notes", "m", "[^0]\n\n", "[^%]: a [^%+]\n\n", "", NULL},
        {"a chain without blank lines", "m", "[^0]\n\n", "[^%]: a [^%+]\n", "", NULL},
        {"notes of each other", "m", "[^a]: [^b]\n[^b]: [^a]\n\n", "[^a][^b] ", "", NULL},
        {"the same note", "m", "[^a]\n", "[^a]: a\n", "", NULL},
        {"notes unasked", "m", "", "[^%]: a\n\n", "", NULL},
        {"open notes", "m", "", "[^", "", NULL},
        {"long labels", "m", "", "[^aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "",
         NULL},
        {"notes in notes", "m", "", "[^%]: ", "a", NULL},
    };
    check_rows(rows, G_N_ELEMENTS(rows));
}

static void
test_bytes(void)
{
    static const hostile_row rows[] = {
        {"bytes that are no text", "mwpyjc", "", "\xff", "", NULL},
        {"forged marks", "m", "", "# \xef\xb7\x91T a \xef\xb7\x91\n", "", NULL},
        {"forged notes", "m", "",
         "+   \xef\xb7\x95"
         "a\xef\xb7\x94: b\n",
         "", NULL},
        {"forged by number", "m", "", "&#xfdd3;a&#xfdd4; ", "", NULL},
        {"accents", "mpy", "a", "\xcc\x81\xcc\xa7", "", NULL},
        {"turns", "mpyc", "",
         "\xe2\x80\xae"
         "a",
         "", NULL},
        {"a run of turns", "mp", "", "\xe2\x80\xae", "", NULL},
        {"joiners", "mp", "", "\xe2\x80\x8d\xe2\x80\x8c", "", NULL},
        {"directions", "m", "", "\xd7\xa9 a\n\n", "", NULL},
        {"alphabets in a heading", "m", "# ",
         "\xd0\xb0"
         "a ",
         "", NULL},
        {"a long word of two alphabets", "m", "# ",
         "\xd0\xb0"
         "a",
         "", NULL},
        {"links that look alike", "m", "",
         "[a](\xd0\xb0"
         "b) ",
         "", NULL},
    };
    check_rows(rows, G_N_ELEMENTS(rows));
}

static void
test_data(void)
{
    static const hostile_row rows[] = {
        {"list", "y", "", "- a\n", "", NULL},
        {"map", "y", "", "a%: b\n", "", NULL},
        {"deep", "yj", "", "[", "", NULL},
        {"deep maps", "yj", "", "{\"a\":", "", NULL},
        {"deep blocks", "y", "", "- ", "", NULL},
        {"keys of keys", "y", "", "? ", "", NULL},
        {"quotes", "yj", "", "\"", "", NULL},
        {"a long string", "yj", "\"", "a", "\"", NULL},
        {"escapes", "yj", "\"", "\\u00e9", "\"", NULL},
        {"anchors", "y", "", "- &a% x\n", "", NULL},
        {"aliases", "y", "a: &a x\nb:\n", "- *a\n", "", NULL},
        {"documents", "y", "", "---\n", "", NULL},
        {"a literal", "y", "a: |\n", "  b\n", "", NULL},
        {"colons", "y", "", ": ", "", NULL},
        {"a list in a line", "yj", "[", "1, ", "1]", NULL},
        {"keys that may be", "y", "[", "a b c d, ", "]", NULL},
        {"empty lines", "y", "a: b", "\n", "c: d", NULL},
        {"tags", "y", "", "!<", "", NULL},
        {"open maps", "y", "{", "a\n", "}", NULL},
        {"digits", "yj", "", "1", "", NULL},
        {"small lists", "j", "[", "[[[[[[[[1]]]]]]]],", "1]", NULL},
        {"front matter", "m", "---\n", "a%: b\n", "---\n", NULL},
        {"deep front matter", "m", "---\na: ", "[", "\n---\n", NULL},
        {"front matter without end", "m", "---\n", "a: b\n", "", NULL},
    };
    check_rows(rows, G_N_ELEMENTS(rows));
}

static void
test_code(void)
{
    static const hostile_row rows[] = {
        {"words", "c", "", "int x; ", "", "/a.c"},
        {"quotes of two kinds", "c", "", "\"'", "", "/a.c"},
        {"open comments", "c", "", "/*", "", "/a.c"},
        {"dots", "c", "", "1.", "", "/a.c"},
        {"commands", "c", "", "#\n", "", "/a.c"},
        {"three quotes", "c", "", "\"\"\"", "", "/a.py"},
        {"three quotes in others", "c", "", "'''\"", "", "/a.py"},
        {"variables", "c", "", "$(", "", "/a.sh"},
        {"quotes over lines", "c", "", "'", "", "/a.sh"},
        {"open tags", "c", "", "<a ", "", "/a.html"},
        {"open comments of HTML", "c", "", "<!--", "", "/a.html"},
        {"open references", "c", "", "&a", "", "/a.html"},
        {"dashes", "c", "", "-", "", "/a.css"},
        {"Forth", "c", "", ": ( ", "", "/a.fs"},
        {"open strings of Forth", "c", "", ".\" ", "", "/a.fs"},
        {"lines", "c", "", "+\n-\n", "", "/a.diff"},
        {"keys", "c", "", "a:\n", "", "/Makefile"},
        {"open brackets", "c", "", "--[[", "", "/a.lua"},
        {"numbers in a fence", "m", "```c\n", "1 ", "\n```", NULL},
        {"fences", "m", "", "```c\nint a;\n```\n", "", NULL},
    };
    check_rows(rows, G_N_ELEMENTS(rows));
}

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
        g_assert_cmpfloat(render(text->str, text->len, rows[i].format, &demo), <,
                          IS_TIMED ? 2 : 60);
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
    g_assert_cmpfloat(render(text->str, text->len, N2_PAGE_MARKDOWN, &demo), <,
                      IS_TIMED ? 2 : 60);
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
        "![[part]]\n\n",
        "![[part#a]]\n\n",
    };
    static const char part[] = "# a\n\n[^a] [x](y)\n\n![[page]]\n\n[^a]: z\n";
    const n2_page_part parts[] = {
        {"net2o://demo.test/folder/part.md", part, sizeof part - 1, N2_PAGE_MARKDOWN}};
    static const char *const files[] = {"/folder/page.md", "/a.c", "/a.html", "/a.fs", "/a.py"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261122);
    for (guint i = 0; i < 6000; i++) {
        GString *text = g_string_new(i % 7 ? "" : "---\n");
        guint n = (guint)g_rand_int_range(rand, 1, 60);
        for (guint k = 0; k < n; k++)
            g_string_append(text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
        n2_page_context context = {.origin = "net2o://demo.test",
                                   .path = files[i % G_N_ELEMENTS(files)],
                                   .parts = parts,
                                   .n_parts = 1};
        g_autoptr(n2_page) page =
            n2_page_read(text->str, text->len, (n2_page_format)(i % 6), &context);
        GString *html = n2_page_html(page), *plain = n2_page_text(page, 40, N2_TEXT_LINKS);
        char *from = strstr(html->str, "<main class=\"page\">\n");
        char *to = g_strrstr(html->str, "</main>");
        g_test_message("%u", i);
        *to = '\0';
        html_check(from + strlen("<main class=\"page\">\n"), HTML_DEPTH_MAX);
        check_controls(plain->str);
        g_string_free(html, TRUE);
        g_string_free(plain, TRUE);
        g_string_free(text, TRUE);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/hostile/inlines", test_inlines);
    g_test_add_func("/render/hostile/blocks", test_blocks);
    g_test_add_func("/render/hostile/notes", test_notes);
    g_test_add_func("/render/hostile/bytes", test_bytes);
    g_test_add_func("/render/hostile/data", test_data);
    g_test_add_func("/render/hostile/code", test_code);
    g_test_add_func("/render/hostile/deep", test_deep);
    g_test_add_func("/render/hostile/large", test_large);
    g_test_add_func("/render/hostile/laughs", test_laughs);
    g_test_add_func("/render/hostile/random", test_random);
    return g_test_run();
}
