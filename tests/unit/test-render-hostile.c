/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render-hostile.c - pages made to cost time: four times the bytes never take sixteen
 * times the time, and what comes out is always the HTML that html.h promises.
 *
 * test-render-hostile --long (suite soak): pages of 512 KiB and 2 MiB, the time only: what
 * grows with the square and is quick all the same at 64 KiB is seen there.
 */
#include <glib.h>
#include <string.h>

#include "html-check.h"

enum {
    TRIES = 3, /* a timing that was disturbed is taken again */
    ROW_BYTES = HTML_IS_TIMED ? 16 << 10 : 4 << 10,
    LONG_ROW_BYTES = 512 << 10,
};

static gboolean is_long;

static const n2_page_context demo = {.origin = "net2o://demo.test", .path = "/folder/page.md"};

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

/* Four times the bytes may take four times the time, not sixteen; small times are noise, and on
 * a shared processor what leaves the cache takes two or three times as long as what stays. */
static void
check_row(const hostile_row *row, n2_page_format format)
{
    gsize bytes = is_long ? LONG_ROW_BYTES : ROW_BYTES;
    g_autofree char *one = repeat(row, bytes);
    g_autofree char *four = repeat(row, 4 * bytes);
    double (*take)(const char *, gsize, n2_page_format, const n2_page_context *) =
        is_long ? html_time_page : html_check_page;
    n2_page_context context = demo;
    gboolean is_linear = !HTML_IS_TIMED;
    if (row->file)
        context.path = row->file;
    for (guint i = 0; i < TRIES && (!i || !is_linear); i++) {
        double t1 = take(one, strlen(one), format, &context);
        double t4 = take(four, strlen(four), format, &context);
        is_linear = is_linear || t4 < 0.05 || t4 < 12 * t1;
        g_test_message("%s: %.0f ms, four times as long %.0f ms", row->name, t1 * 1e3,
                       t4 * 1e3);
    }
    if (!is_linear)
        g_test_message("%s grows faster than its length", row->name);
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
        {"signs and stars", "m", "", "£*", "", NULL},
        {"signs in stars", "m", "", "*£*a ", "", NULL},
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

int
main(int argc, char **argv)
{
    static char tap[] = "--tap";

    for (int i = 1; i < argc; i++)
        if (g_str_equal(argv[i], "--long")) {
            is_long = TRUE;
            argv[i] = tap;
        }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/hostile/inlines", test_inlines);
    g_test_add_func("/render/hostile/blocks", test_blocks);
    g_test_add_func("/render/hostile/notes", test_notes);
    g_test_add_func("/render/hostile/bytes", test_bytes);
    g_test_add_func("/render/hostile/data", test_data);
    g_test_add_func("/render/hostile/code", test_code);
    return g_test_run();
}
