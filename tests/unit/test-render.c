/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render.c - render/SYNTAX.md, example by example; the document, links, bytes, terminals.
 */
#include <glib.h>
#include <string.h>

#include "render-examples.h"
#include "render/html.h"
#include "render/text.h"

#define REPLACEMENT "\xef\xbf\xbd"

static char *
source_file(const char *name)
{
    return g_build_filename(g_getenv("N2_SOURCE"), name, NULL);
}

static n2_exists
demo_has(const char *path, void *user)
{
    static const char *const files[] = {
        "/start.md",
        "/folder/page.md",
        "/folder/other.md",
        "/folder/part.md",
        "/folder/old.wiki",
        "/folder/picture.png",
        NULL,
    };
    (void)user;
    return g_strv_contains(files, path) ? N2_EXISTS_YES : N2_EXISTS_NO;
}

static const char part_text[] = "# A part\n\nIts words[^1] and [a link](other.md).\n\n"
                                "## End\n\nThe end.\n\n[^1]: Its note.\n";

static const n2_page_part demo_parts[] = {
    {"net2o://demo.test/folder/part.md", part_text, sizeof part_text - 1, N2_PAGE_MARKDOWN},
    {"net2o://demo.test/folder/other.md", NULL, 0, N2_PAGE_MARKDOWN},
};

static const n2_page_context demo = {
    .origin = "net2o://demo.test",
    .path = "/folder/page.md",
    .exists = demo_has,
    .parts = demo_parts,
    .n_parts = G_N_ELEMENTS(demo_parts),
};

static n2_page *
read_string(const char *text, const n2_page_context *context)
{
    return n2_page_read(text, strlen(text), N2_PAGE_MARKDOWN, context);
}

/* What stands in <main> of a whole document (transfer full). */
static char *
main_of(const n2_page *page)
{
    static const char open[] = "<main class=\"page\">\n";
    GString *html = n2_page_html(page);
    char *from = strstr(html->str, open);
    char *to = g_strrstr(html->str, "</main>");
    g_assert_true(from && to);
    from += strlen(open);
    char *inside = g_strndup(from, (gsize)(to - from));
    g_string_free(html, TRUE);
    return inside;
}

/* Renders as the example's kind says. */
static char *
run_example(const example *e, const n2_page_context *context)
{
    const char *name = g_str_has_prefix(e->kind, "file ") ? e->kind + strlen("file ") : NULL;
    g_autofree char *path = name ? g_strconcat("/folder/", name, NULL) : NULL;
    n2_page_format format = name                        ? n2_page_format_by_name(name)
                            : !strcmp(e->kind, "wiki")  ? N2_PAGE_WIKI
                            : !strcmp(e->kind, "plain") ? N2_PAGE_PLAIN
                                                        : N2_PAGE_MARKDOWN;
    n2_page_context own = context ? *context : (n2_page_context){0};
    if (path)
        own.path = path;
    g_autoptr(n2_page) page = n2_page_read(e->input, strlen(e->input), format, &own);
    if (!strcmp(e->kind, "text"))
        return g_string_free(n2_page_text(page, 60, N2_TEXT_LINKS), FALSE);
    if (name || !strcmp(e->kind, "page"))
        return main_of(page);
    return g_string_free(n2_page_html_body(page), FALSE);
}

static void
test_syntax(void)
{
    g_autofree char *path = source_file("render/SYNTAX.md");
    g_autoptr(GPtrArray) examples = examples_read(path);
    g_assert_cmpuint(examples->len, >, 35);
    for (guint i = 0; i < examples->len; i++) {
        example *e = g_ptr_array_index(examples, i);
        examples_replace(&e->input, "␣", "\xc2\xa0");
        examples_replace(&e->output, "␣", "\xc2\xa0");
        g_autofree char *got = run_example(e, &demo);
        if (strcmp(got, e->output))
            g_test_message("SYNTAX.md:%u", e->line);
        g_assert_cmpstr(got, ==, e->output);
    }
}

static void
test_document(void)
{
    n2_page_context context = demo;
    context.name = "page.de.md";
    g_autoptr(n2_page) page = read_string("text\n\n## A <b> & *title*\n", &context);
    GString *html = n2_page_html(page);
    g_assert_cmpstr(n2_page_peek_title(page), ==, "A <b> & title");
    g_assert_cmpstr(n2_page_peek_language(page), ==, "de");
    g_assert_nonnull(strstr(html->str, "<html lang=\"de\" dir=\"ltr\">"));
    g_assert_nonnull(strstr(html->str, "<title>A &lt;b&gt; &amp; title</title>"));
    g_assert_nonnull(strstr(html->str, "href=\"" N2_PAGE_STYLE "\""));
    g_assert_nonnull(strstr(html->str, "<main class=\"page\">\n<p>text</p>"));
    g_assert_cmpuint(html->len, ==, strlen(html->str));
    g_string_free(html, TRUE);

    g_autoptr(n2_page) twice =
        read_string("# A way *is* broken!\n\n# A way is broken\n# `Ü` 2\n", NULL);
    GString *ids = n2_page_html(twice);
    g_assert_nonnull(strstr(ids->str, "<h1 id=\"a-way-is-broken\">A way <em>is</em>"));
    g_assert_nonnull(strstr(ids->str, "<h1 id=\"a-way-is-broken-1\">"));
    g_assert_nonnull(strstr(ids->str, "<h1 id=\"ü-2\">"));
    g_string_free(ids, TRUE);

    g_autoptr(n2_page) hebrew = read_string("1. שלום\n", NULL);
    g_assert_true(n2_page_is_rtl(hebrew));
    g_autoptr(n2_page) empty = n2_page_read("", 0, N2_PAGE_MARKDOWN, &context);
    g_assert_cmpstr(n2_page_peek_title(empty), ==, "page.de.md");
    GString *text = n2_page_text(empty, 0, N2_TEXT_PLAIN);
    g_assert_cmpstr(text->str, ==, "");
    g_string_free(text, TRUE);
}

typedef struct {
    const char *href;
    n2_link_kind kind;
    const char *address;
    const char *path;
} link_row;

static void
test_links(void)
{
    static const link_row rows[] = {
        {"other.md", N2_LINK_SITE, "net2o://demo.test/folder/other.md", "/folder/other.md"},
        {"../start.md#x", N2_LINK_SITE, "net2o://demo.test/start.md#x", "/start.md"},
        {"../../../a", N2_LINK_SITE, "net2o://demo.test/a", "/a"},
        {"./", N2_LINK_SITE, "net2o://demo.test/folder/", "/folder/"},
        {"/", N2_LINK_SITE, "net2o://demo.test/", "/"},
        {"a%20b?c=d", N2_LINK_SITE, "net2o://demo.test/folder/a%20b?c=d", "/folder/a b"},
        {"%2e%2e/start.md", N2_LINK_SITE, "net2o://demo.test/start.md", "/start.md"},
        {"ü.md", N2_LINK_SITE, "net2o://demo.test/folder/ü.md", "/folder/ü.md"},
        {"net2o://demo.test/x", N2_LINK_SITE, "net2o://demo.test/x", "/x"},
        {"net2o://demo.test.evil/x", N2_LINK_NET2O, "net2o://demo.test.evil/x", NULL},
        {"net2o://k1-abc/x", N2_LINK_NET2O, "net2o://k1-abc/x", NULL},
        {"//example.org/x", N2_LINK_NET2O, "net2o://example.org/x", NULL},
        {"#end", N2_LINK_HERE, "net2o://demo.test/folder/page.md#end", NULL},
        {"https://example.org", N2_LINK_OUTSIDE, "https://example.org", NULL},
        {"HTTP://example.org", N2_LINK_OUTSIDE, "HTTP://example.org", NULL},
        {"mailto:a@b.c", N2_LINK_OUTSIDE, "mailto:a@b.c", NULL},
        {"javascript:x", N2_LINK_REFUSED, "javascript:x", NULL},
        {"vbscript:x", N2_LINK_REFUSED, "vbscript:x", NULL},
        {"irc://irc.libera.chat/net2o", N2_LINK_FOREIGN, "irc://irc.libera.chat/net2o", NULL},
        {"a+b.c-1:d", N2_LINK_FOREIGN, "a+b.c-1:d", NULL},
        {"File:///etc/passwd", N2_LINK_REFUSED, "File:///etc/passwd", NULL},
        {"filesystem:x", N2_LINK_REFUSED, "filesystem:x", NULL},
        {"about:blank", N2_LINK_REFUSED, "about:blank", NULL},
        {"1a:x", N2_LINK_REFUSED, "1a:x", NULL},
        {"i rc:x", N2_LINK_REFUSED, "i rc:x", NULL},
        {"net2o:x", N2_LINK_REFUSED, "net2o:x", NULL},
        {"blob:net2o://demo.test/x", N2_LINK_REFUSED, "blob:net2o://demo.test/x", NULL},
        {"a/b:c", N2_LINK_SITE, "net2o://demo.test/folder/a/b:c", "/folder/a/b:c"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("[x](<%s>)\n", rows[i].href);
        g_autoptr(n2_page) page = read_string(text, &demo);
        const GPtrArray *links = n2_page_peek_links(page);
        g_test_message("row %s", rows[i].href);
        g_assert_cmpuint(links->len, ==, 1);
        const n2_link *link = g_ptr_array_index(links, 0);
        g_assert_cmpint(link->kind, ==, rows[i].kind);
        g_assert_cmpstr(link->address, ==, rows[i].address);
        g_assert_cmpstr(link->path, ==, rows[i].path);
    }
}

static void
test_bytes(void)
{
    static const struct {
        const char *name, *bytes;
        gsize len;
        guint bad_bytes; /* the page says so, above the text */
        const char *html;
    } rows[] = {
        {"NUL", "a\0b", 3, 1, "<p>a" REPLACEMENT "b</p>\n"},
        {"BOM", "\xef\xbb\xbf# a", 6, 0, "<h1>a</h1>\n"},
        {"CR LF", "a\r\nb\rc", 6, 0, "<p>a\nb\nc</p>\n"},
        {"overlong", "a\xc0\x80z", 4, 2, "<p>a" REPLACEMENT REPLACEMENT "z</p>\n"},
        {"surrogate", "\xed\xa0\x80", 3, 3, "<p>" REPLACEMENT REPLACEMENT REPLACEMENT "</p>\n"},
        {"cut", "a\xe2\x82", 3, 2, "<p>a" REPLACEMENT REPLACEMENT "</p>\n"},
        {"control", "a\x1b[31m", 6, 0, "<p>a" REPLACEMENT "[31m</p>\n"},
        {"mark", "a\xef\xb7\x90z", 5, 0, "<p>a" REPLACEMENT "z</p>\n"},
        {"mark by number", "a&#xfdd1;z", 10, 0, "<p>az</p>\n"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(n2_page) page =
            n2_page_read(rows[i].bytes, rows[i].len, N2_PAGE_MARKDOWN, NULL);
        GString *html = n2_page_html_body(page);
        g_test_message("row %s", rows[i].name);
        g_assert_cmpuint(n2_page_count_bad_bytes(page), ==, rows[i].bad_bytes);
        g_assert_true(g_str_has_suffix(html->str, rows[i].html));
        g_assert_cmpint(rows[i].bad_bytes > 0, ==,
                        g_str_has_prefix(html->str, "<p class=\"problem\" role=\"note\">"));
        g_assert_true(rows[i].bad_bytes || !strcmp(html->str, rows[i].html));
        g_string_free(html, TRUE);
    }
}

static void
test_terminal(void)
{
    g_autoptr(n2_page) page = read_string(
        "# T\n\nplain **bold** *soft* [link](x.md)\n\n- aa bb cc dd ee ff gg hh\n", &demo);
    GString *ansi = n2_page_text(page, 24, N2_TEXT_ANSI);
    GString *plain = n2_page_text(page, 24, N2_TEXT_PLAIN);
    g_assert_nonnull(strstr(ansi->str, "\033[1mbold\033[22m"));
    g_assert_nonnull(strstr(ansi->str, "\033[4mlink\033[24m"));
    g_assert_cmpstr(plain->str, ==,
                    "T\n=\n\nplain bold soft link\n\n"
                    "• aa bb cc dd ee ff gg\n  hh\n");
    g_string_free(ansi, TRUE);
    g_string_free(plain, TRUE);

    g_autoptr(n2_page) wide = read_string("| 互联网 | b |\n|---|---|\n| x | y |\n", NULL);
    GString *table = n2_page_text(wide, 0, N2_TEXT_PLAIN);
    g_assert_cmpstr(table->str, ==, "互联网  b\n------  -\nx       y\n");
    g_string_free(table, TRUE);
}

/* A long page gets a table of contents unasked, a short one or one that says no does not. */
static void
test_contents(void)
{
    static const struct {
        const char *start;
        guint sections, words;
        gboolean has;
    } rows[] = {
        {"# T\n\n", 8, 400, TRUE},
        {"# T\n\n", 7, 400, FALSE},
        {"# T\n\n", 8, 10, FALSE},
        {"---\ntoc: no\n---\n# T\n\n", 8, 400, FALSE},
        {"---\ntoc: yes\n---\n# T\n\n", 2, 1, TRUE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *text = g_string_new(rows[i].start);
        for (guint k = 0; k < rows[i].sections; k++) {
            g_string_append_printf(text, "## S%u\n\n", k);
            for (guint n = 0; n < rows[i].words; n++)
                g_string_append(text, "some ");
            g_string_append(text, "\n\n");
        }
        g_autoptr(n2_page) page = read_string(text->str, &demo);
        g_autofree char *html = main_of(page);
        const char *contents = strstr(html, "<nav class=\"toc\"");
        const char *first = strstr(html, "<h2 id=\"s0\"");
        g_test_message("row %u", i);
        g_assert_cmpint(contents != NULL, ==, rows[i].has);
        g_assert_true(!contents || (contents < first && strstr(html, "<h1") < contents));
        g_string_free(text, TRUE);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/syntax", test_syntax);
    g_test_add_func("/render/document", test_document);
    g_test_add_func("/render/contents", test_contents);
    g_test_add_func("/render/links", test_links);
    g_test_add_func("/render/bytes", test_bytes);
    g_test_add_func("/render/terminal", test_terminal);
    return g_test_run();
}
