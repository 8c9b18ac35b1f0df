/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render.c - render/SYNTAX.md and the CommonMark specification, example by example; real
 * pages; hostile ones.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "render/html.h"
#include "render/text.h"

#define FENCE "````````````````````````````````"
#define REPLACEMENT "\xef\xbf\xbd"

typedef struct {
    char *kind; /* after the word "example" */
    char *input;
    char *output;
    guint line;
    guint number;
} example;

static char *
source_file(const char *name)
{
    return g_build_filename(g_getenv("N2_SOURCE"), name, NULL);
}

static n2_exists
demo_has(const char *path, void *user)
{
    static const char *const files[] = {
        "/start.md",        "/folder/page.md",     "/folder/other.md",
        "/folder/old.wiki", "/folder/picture.png", NULL,
    };
    (void)user;
    return g_strv_contains(files, path) ? N2_EXISTS_YES : N2_EXISTS_NO;
}

static const n2_page_context demo = {
    .origin = "net2o://demo.test",
    .path = "/folder/page.md",
    .exists = demo_has,
};

static n2_page *
read_string(const char *text, const n2_page_context *context)
{
    return n2_page_read(text, strlen(text), N2_PAGE_MARKDOWN, context);
}

static void
replace(char **text, const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(*text, from, -1);
    g_free(*text);
    *text = g_strjoinv(to, parts);
}

/* Renders as the example's kind says. */
static char *
run_example(const example *e, const n2_page_context *context)
{
    n2_page_format format = !strcmp(e->kind, "wiki")    ? N2_PAGE_WIKI
                            : !strcmp(e->kind, "plain") ? N2_PAGE_PLAIN
                                                        : N2_PAGE_MARKDOWN;
    g_autoptr(n2_page) page = n2_page_read(e->input, strlen(e->input), format, context);
    if (!strcmp(e->kind, "text"))
        return g_string_free(n2_page_text(page, 60, N2_TEXT_LINKS), FALSE);
    return g_string_free(n2_page_html_body(page), FALSE);
}

static void
example_free(example *e)
{
    g_free(e->kind);
    g_free(e->input);
    g_free(e->output);
    g_free(e);
}

/* All examples of the file at @path (transfer full). */
static GPtrArray *
read_examples(const char *path)
{
    g_autofree char *all = NULL;
    GPtrArray *examples = g_ptr_array_new_with_free_func((GDestroyNotify)example_free);
    GString *input = NULL, *output = NULL;
    example *e = NULL;
    g_assert_true(g_file_get_contents(path, &all, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        if (!e && g_str_has_prefix(lines[i], FENCE " example")) {
            e = g_new0(example, 1);
            e->kind = g_strstrip(g_strdup(lines[i] + strlen(FENCE " example")));
            e->line = i + 1;
            input = g_string_new(NULL);
        } else if (e && !output && !strcmp(lines[i], ".")) {
            output = g_string_new(NULL);
        } else if (e && !strcmp(lines[i], FENCE)) {
            g_assert_nonnull(output);
            e->input = g_string_free(input, FALSE);
            e->output = g_string_free(output, FALSE);
            replace(&e->input, "→", "\t");
            replace(&e->output, "→", "\t");
            output = NULL;
            g_ptr_array_add(examples, e);
            e->number = examples->len;
            e = NULL;
        } else if (e) {
            g_string_append_printf(output ? output : input, "%s\n", lines[i]);
        }
    }
    g_assert_null(e);
    return examples;
}

static void
test_syntax(void)
{
    g_autofree char *path = source_file("render/SYNTAX.md");
    g_autoptr(GPtrArray) examples = read_examples(path);
    g_assert_cmpuint(examples->len, >, 20);
    for (guint i = 0; i < examples->len; i++) {
        example *e = g_ptr_array_index(examples, i);
        replace(&e->input, "␣", "\xc2\xa0");
        replace(&e->output, "␣", "\xc2\xa0");
        g_autofree char *got = run_example(e, &demo);
        if (strcmp(got, e->output))
            g_test_message("SYNTAX.md:%u", e->line);
        g_assert_cmpstr(got, ==, e->output);
    }
}

/* The reason why example @number differs, or NULL if it must not. */
static const char *
find_reason(char **differs, guint number)
{
    for (guint i = 0; differs[i]; i++) {
        char *end = NULL;
        if (*differs[i] && *differs[i] != '#' && strtoul(differs[i], &end, 10) == number)
            return end;
    }
    return NULL;
}

static void
test_commonmark(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("N2_TESTDATA"), "commonmark-spec.txt", NULL);
    g_autofree char *list = source_file("tests/unit/commonmark-differs.txt");
    g_autofree char *text = NULL;
    guint differing = 0;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("no commonmark-spec.txt");
        return;
    }
    g_assert_true(g_file_get_contents(list, &text, NULL, NULL));
    g_auto(GStrv) differs = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) examples = read_examples(path);
    g_assert_cmpuint(examples->len, ==, 652);
    for (guint i = 0; i < examples->len; i++) {
        const example *e = g_ptr_array_index(examples, i);
        g_autofree char *got = run_example(e, NULL);
        gboolean same = !strcmp(got, e->output);
        const char *reason = find_reason(differs, e->number);
        differing += same ? 0 : 1;
        if (same != !reason)
            g_test_message("CommonMark example %u, line %u:%s", e->number, e->line, e->input);
        if (!reason)
            g_assert_cmpstr(got, ==, e->output);
        g_assert_true(same == !reason); /* a reason that no longer holds must leave the list */
    }
    g_test_message("%u of %u differ by design", differing, examples->len);
}

/* Letters and digits in a row, in the order of the text (transfer full). */
static GPtrArray *
split_words(const char *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    GString *word = g_string_new(NULL);
    for (const char *p = text;; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c && g_unichar_isalnum(c)) {
            g_string_append_unichar(word, c);
        } else if (word->len) {
            g_ptr_array_add(words, g_strdup(word->str));
            g_string_truncate(word, 0);
        }
        if (!c)
            break;
    }
    g_string_free(word, TRUE);
    return words;
}

/* The words of a .wiki file without its tags. */
static char *
strip_tags(const char *text)
{
    GString *out = g_string_new(NULL);
    while (*text) {
        gsize len = *text == '<' ? strcspn(text, ">") + 1 : strcspn(text, "<");
        if (*text != '<')
            g_string_append_len(out, text, (gssize)len);
        else
            g_string_append_c(out, ' ');
        text += len;
    }
    return g_string_free(out, FALSE);
}

static void
check_words(const char *name, const char *source, const n2_page *page)
{
    /* No folding, or a word could be split. */
    GString *text = n2_page_text(page, 0, N2_TEXT_LINKS);
    g_autoptr(GPtrArray) wanted = split_words(source);
    g_autoptr(GPtrArray) shown = split_words(text->str);
    g_autoptr(GHashTable) have = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < shown->len; i++)
        g_hash_table_add(have, g_ptr_array_index(shown, i));
    for (guint i = 0; i < wanted->len; i++) {
        const char *word = g_ptr_array_index(wanted, i);
        if (!g_hash_table_contains(have, word))
            g_error("%s: the word '%s' is not in its text", name, word);
    }
    g_assert_cmpuint(wanted->len, >, 5);
    g_string_free(text, TRUE);
}

static n2_exists
folder_has(const char *path, void *user)
{
    g_autofree char *file = g_strconcat(user, path, NULL);
    return g_file_test(file, G_FILE_TEST_EXISTS) ? N2_EXISTS_YES : N2_EXISTS_NO;
}

static void
test_real_pages(void)
{
    g_autofree char *folder = g_build_filename(g_getenv("N2_TESTDATA"), "wiki", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint pages = 0, inside = 0, missing = 0;
    if (!dir) {
        g_test_skip("no wiki");
        return;
    }
    while ((name = g_dir_read_name(dir))) {
        n2_page_format format = n2_page_format_by_name(name);
        g_autofree char *file = g_build_filename(folder, name, NULL);
        g_autofree char *path = g_strconcat("/", name, NULL);
        g_autofree char *bytes = NULL;
        gsize len;
        n2_page_context context = {
            .origin = "net2o://wiki.test", .path = path, .exists = folder_has, .user = folder};
        if (format == N2_PAGE_PLAIN)
            continue;
        g_assert_true(g_file_get_contents(file, &bytes, &len, NULL));
        g_autoptr(n2_page) page = n2_page_read(bytes, len, format, &context);
        g_autofree char *source = format == N2_PAGE_WIKI ? strip_tags(bytes) : g_strdup(bytes);
        replace(&source, "&nbsp;", " ");
        g_assert_cmpstr(n2_page_peek_title(page), !=, "");
        check_words(name, source, page);
        const GPtrArray *links = n2_page_peek_links(page);
        for (guint i = 0; i < links->len; i++) {
            const n2_link *link = g_ptr_array_index(links, i);
            inside += link->kind == N2_LINK_SITE ? 1 : 0;
            missing += link->is_missing ? 1 : 0;
            if (link->is_missing)
                g_test_message("%s: %s is missing", name, link->href);
        }
        pages++;
    }
    g_assert_cmpuint(pages, ==, 49);
    g_test_message("%u pages, %u links inside, %u of them missing", pages, inside, missing);
    g_assert_cmpuint(inside - missing, >, 80);
    g_assert_cmpuint(missing, <, 20);
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

/* Whether @html has only tags of ours, so that no page can bring its own. */
static void
check_tags(const char *html)
{
    static const char *const known[] = {
        "p",     "h1",    "h2",      "h3",         "h4",     "h5",         "h6",
        "ul",    "ol",    "li",      "blockquote", "pre",    "code",       "hr",
        "br",    "em",    "del",     "strong",     "a",      "img",        "span",
        "table", "thead", "tbody",   "tr",         "th",     "td",         "input",
        "u",     "sub",   "sup",     "section",    "dl",     "dt",         "dd",
        "nav",   "bdi",   "details", "summary",    "figure", "figcaption", NULL,
    };
    for (const char *p = strchr(html, '<'); p; p = strchr(p, '<')) {
        p += p[1] == '/' ? 2 : 1;
        g_autofree char *name = g_strndup(p, strcspn(p, " >"));
        const char *end = strchr(p, '>');
        g_assert_true(g_strv_contains(known, name));
        g_assert_nonnull(end);
        g_autofree char *tag = g_strndup(p, (gsize)(end - p));
        g_assert_null(strstr(tag, " on"));
        g_assert_null(strstr(tag, "style="));
        g_assert_null(strstr(tag, "href=\"javascript"));
    }
}

typedef struct {
    const char *name;
    const char *start;
    const char *repeated;
    const char *end;
} hostile_row;

static char *
repeat(const hostile_row *row, gsize bytes)
{
    GString *text = g_string_new(row->start);
    while (text->len < bytes)
        g_string_append(text, row->repeated);
    g_string_append(text, row->end);
    return g_string_free(text, FALSE);
}

static double
cpu_seconds(const char *text, n2_page_format format)
{
    clock_t start = clock();
    g_autoptr(n2_page) page = n2_page_read(text, strlen(text), format, &demo);
    GString *html = n2_page_html_body(page);
    GString *plain = n2_page_text(page, 80, N2_TEXT_LINKS);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    check_tags(html->str);
    g_assert_cmpuint(html->len, <, strlen(text) * 200 + 4096);
    g_assert_cmpuint(plain->len, <, strlen(text) * 200 + 4096);
    g_assert_null(strchr(plain->str, '\033'));
    g_string_free(html, TRUE);
    g_string_free(plain, TRUE);
    return seconds;
}

/* AddressSanitizer measures the whole string at each strstr(), which is quadratic by itself. */
#ifdef __SANITIZE_ADDRESS__
#define IS_TIMED FALSE
#else
#define IS_TIMED TRUE
#endif

/* Four times the bytes may take four times the time, not sixteen; small times are noise. */
static void
test_hostile(void)
{
    static const hostile_row rows[] = {
        {"pictures in pictures", "", "![[]()", ""},
        {"open brackets", "", "[", ""},
        {"wiki brackets", "", "[[", ""},
        {"wiki brackets, one end", "", "[[", "]]"},
        {"wiki links", "", "[[a]]", ""},
        {"struck", "", "~~a", ""},
        {"tildes", "", "~", ""},
        {"nested stress", "", "**a *a ", ""},
        {"nested stress, link", "", "*a **a [[b]] ", ""},
        {"nested lists", "", "- * ", "a"},
        {"quotes", "", ">", "a"},
        {"wide table", "", "|", "\n|-|"},
        {"wide table, dashes", "", "|", "\n|-|-|-|-|-|-|-|-|-|-|"},
        {"delimiters", "a|b\n", "-|-\n", ""},
        {"headers", "", "a|b\n-|-|-\n", ""},
        {"short rows", "a|b|c|d|e|f|g|h|i|j|k|l|m|n\n-|-|-|-|-|-|-|-|-|-|-|-|-|-\n", "a\n", ""},
        {"tables", "", "a|b\n-|-\n\n", ""},
        {"lazy rows", "> > > > > > > > > > a|b\n> > > > > > > > > > -|-\n", "a|b\n", ""},
        {"links in cells", "a|b\n-|-\n", "[[|", ""},
        {"backslashes", "", "\\", "|"},
        {"escaped pipes", "", "\\|", ""},
        {"comments", "a ", "<!--", ""},
        {"tags", "", "<a href=", ""},
        {"references", "", "&#27;", ""},
        {"no-break spaces", ".", "\xc2\xa0", ""},
        {"stops and spaces", "", ".\xc2\xa0", ""},
        {"bytes that are no text", "", "\xff", ""},
        {"forged marks", "", "# \xef\xb7\x91T a \xef\xb7\x91\n", ""},
        {"wide cell", "a|b\n-|-\n", "x", ""},
        {"long words in rows", "a|b\n-|-\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|b\n",
         "a|\n", ""},
        {"open tags of the wiki", "", "<ul><li>", ""},
        {"open spans of the wiki", "", "<b><i>", ""},
        {"verbatim", "", "<pre>", ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (n2_page_format format = N2_PAGE_MARKDOWN; format <= N2_PAGE_WIKI; format++) {
            g_autofree char *one = repeat(&rows[i], 32 << 10);
            g_autofree char *four = repeat(&rows[i], 128 << 10);
            double t1 = cpu_seconds(one, format), t4 = cpu_seconds(four, format);
            g_test_message("%s: 32 KiB %.0f ms, 128 KiB %.0f ms", rows[i].name, t1 * 1e3,
                           t4 * 1e3);
            g_assert_true(!IS_TIMED || t4 < 0.1 || t4 < 9 * t1);
        }
    }
}

/* Ten thousand open lists, and blank lines that would ask each of them. */
static void
test_deep(void)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < 10000; i++)
        g_string_append(text, i & 1 ? "* " : "- ");
    g_string_append(text, "bottom\n");
    for (guint i = 0; i < 200000; i++)
        g_string_append_c(text, '\n');
    g_string_append(text, "after\n");
    g_assert_cmpfloat(cpu_seconds(text->str, N2_PAGE_MARKDOWN), <, IS_TIMED ? 2 : 60);
    g_autoptr(n2_page) page = read_string(text->str, NULL);
    GString *html = n2_page_html_body(page);
    guint open = 0;
    for (const char *p = strstr(html->str, "<ul>"); p; p = strstr(p + 1, "<ul>"))
        open++;
    g_assert_cmpuint(open, <=, N2_PAGE_DEPTH_MAX);
    g_assert_nonnull(strstr(html->str, "bottom"));
    g_string_free(html, TRUE);
    g_string_free(text, TRUE);
}

static void
test_large(void)
{
    g_autofree char *bytes = g_strnfill(50 << 20, 'a');
    bytes[N2_PAGE_BYTES_MAX - 1] = '\xc3'; /* cut in the middle of a character */
    bytes[N2_PAGE_BYTES_MAX] = '\xa4';
    g_autoptr(n2_page) page = n2_page_read(bytes, 50 << 20, N2_PAGE_MARKDOWN, NULL);
    GString *html = n2_page_html_body(page);
    g_assert_true(g_str_has_prefix(html->str, "<pre class=\"plain\"><code>aaa"));
    g_assert_nonnull(strstr(html->str, "This page is too long"));
    g_assert_cmpuint(html->len, <, N2_PAGE_BYTES_MAX + 1000);
    g_assert_true(g_utf8_validate(html->str, -1, NULL));
    g_string_free(html, TRUE);
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/syntax", test_syntax);
    g_test_add_func("/render/commonmark", test_commonmark);
    g_test_add_func("/render/real-pages", test_real_pages);
    g_test_add_func("/render/document", test_document);
    g_test_add_func("/render/links", test_links);
    g_test_add_func("/render/bytes", test_bytes);
    g_test_add_func("/render/terminal", test_terminal);
    g_test_add_func("/render/hostile", test_hostile);
    g_test_add_func("/render/deep", test_deep);
    g_test_add_func("/render/large", test_large);
    return g_test_run();
}
