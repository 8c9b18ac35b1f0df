/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render-parts.c - pages that hold others, front matter, names and signs; real pages.
 */
#include <glib.h>
#include <string.h>

#include "render-examples.h"
#include "render/html.h"
#include "render/text.h"
#include "render/unseen.h"

/* A site as its files' names and texts, in pairs. */
typedef struct {
    const char *const *files;
    GArray *parts; /* of n2_page_part: fetched so far */
    guint rounds;
} site;

static const char *
find_file(const site *s, const char *address)
{
    const char *name = address + strlen("net2o://demo.test/");
    for (guint i = 0; s->files[i]; i += 2)
        if (!strcmp(s->files[i], name))
            return s->files[i + 1];
    return NULL;
}

/* What every caller does: reads, fetches what is wanted, reads again (transfer full). */
static n2_page *
read_whole(site *s, const char *name)
{
    g_autofree char *path = g_strconcat("/", name, NULL);
    g_autofree char *address = g_strconcat("net2o://demo.test/", name, NULL);
    const char *text = find_file(s, address);
    s->parts = g_array_new(FALSE, TRUE, sizeof(n2_page_part));
    for (s->rounds = 0;; s->rounds++) {
        n2_page_context context = {.origin = "net2o://demo.test",
                                   .path = path,
                                   .parts = (const n2_page_part *)(const void *)s->parts->data,
                                   .n_parts = s->parts->len};
        n2_page *page =
            n2_page_read(text, strlen(text), n2_page_format_by_name(name), &context);
        const GPtrArray *wanted = n2_page_peek_wanted(page);
        g_assert_cmpuint(wanted->len, <=, N2_PAGE_INCLUDES_MAX);
        g_assert_cmpuint(s->rounds, <=, N2_PAGE_INCLUDE_DEPTH_MAX);
        if (!wanted->len)
            return page;
        for (guint i = 0; i < wanted->len; i++) {
            char *asked = g_strdup(g_ptr_array_index(wanted, i));
            const char *bytes = find_file(s, asked);
            n2_page_part part = {.address = asked,
                                 .bytes = bytes,
                                 .len = bytes ? strlen(bytes) : 0,
                                 .format = n2_page_format_by_name(asked)};
            g_array_append_val(s->parts, part);
        }
        n2_page_free(page);
    }
}

static void
site_clear(site *s)
{
    for (guint i = 0; i < s->parts->len; i++)
        g_free((char *)g_array_index(s->parts, n2_page_part, i).address);
    g_array_unref(s->parts);
}

static char *
html_of(const n2_page *page)
{
    return g_string_free(n2_page_html_body(page), FALSE);
}

static guint
count(const char *text, const char *what)
{
    guint n = 0;
    for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
        n++;
    return n;
}

static void
test_rounds(void)
{
    static const char *const files[] = {
        "page.md",
        "# Page\n\n![[folder/a]]\n\n![[missing]]\n",
        "folder/a.md",
        "# A\n\n![[b]] inline\n\n![[b]]\n\n[back](../page.md) [up](/x.md) [in](#a)\n",
        "folder/b.md",
        "# B\n\n![[tool.c]]\n\n![p](p.png)\n",
        "folder/tool.c",
        "int a;\n",
        NULL};
    site s = {.files = files};
    g_autoptr(n2_page) page = read_whole(&s, "page.md");
    g_autofree char *html = html_of(page);
    g_assert_cmpuint(s.rounds, ==, 3); /* a level a round */
    g_assert_nonnull(strstr(html, "<h1>Page</h1>"));
    g_assert_nonnull(strstr(html, "<h2>A</h2>"));
    g_assert_nonnull(strstr(html, "<h3>B</h3>"));
    g_assert_nonnull(strstr(html, "<code class=\"language-c\">int a;"));
    g_assert_nonnull(strstr(html, "<p class=\"from\"><a href=\"missing.md\">missing</a> (it"));
    /* A part's links mean what they mean in its own file. */
    g_assert_nonnull(strstr(html, "<a href=\"/page.md\">back</a>"));
    g_assert_nonnull(strstr(html, "<a href=\"/x.md\">up</a>"));
    g_assert_nonnull(strstr(html, "<a href=\"/folder/a.md#a\">in</a>"));
    g_assert_nonnull(strstr(html, "<img src=\"/folder/p.png\" alt=\"p\" />"));
    g_assert_nonnull(strstr(html, "<a href=\"/folder/b.md\">b</a> inline"));
    site_clear(&s);
}

static void
test_cycles(void)
{
    static const char *const files[] = {
        "self.md",  "a\n\n![[self]]\n\n![[self#x]]\n\n![[./self.md#y]]\n\n[it](self.md)\n",
        "one.md",   "one\n\n![[two]]\n",
        "two.md",   "two\n\n![[three]]\n",
        "three.md", "three\n\n![[one]]\n\n![[three]]\n",
        NULL};
    site s = {.files = files};
    g_autoptr(n2_page) self = read_whole(&s, "self.md");
    g_autofree char *html = html_of(self);
    g_assert_cmpuint(s.rounds, ==, 0); /* nothing of it has to be fetched */
    g_assert_cmpuint(count(html, "(it would hold itself)"), ==, 3);
    site_clear(&s);
    g_autoptr(n2_page) ring = read_whole(&s, "one.md");
    g_autofree char *ring_html = html_of(ring);
    g_assert_cmpuint(count(ring_html, "(it would hold itself)"), ==, 2);
    g_assert_cmpuint(count(ring_html, "<p>one</p>"), ==, 1);
    g_assert_cmpuint(count(ring_html, "<p>three</p>"), ==, 1);
    site_clear(&s);
}

/* Each file holds the next eight times: 8^8 parts if nobody counted. */
static void
test_growth(void)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < 12; i++) {
        GString *text = g_string_new("word\n\n");
        for (guint k = 0; k < 8; k++)
            g_string_append_printf(text, "![[f%u]]\n\n", i + 1);
        g_ptr_array_add(files, g_strdup_printf("f%u.md", i));
        g_ptr_array_add(files, g_string_free(text, FALSE));
    }
    g_ptr_array_add(files, NULL);
    site s = {.files = (const char *const *)files->pdata};
    g_autoptr(n2_page) page = read_whole(&s, "f0.md");
    g_autofree char *html = html_of(page);
    g_assert_cmpuint(count(html, "<p>word</p>"), <=, N2_PAGE_INCLUDES_MAX + 1);
    g_assert_cmpuint(count(html, "<p>word</p>"), >, 8);
    g_assert_nonnull(strstr(html, "(too many parts)"));
    g_assert_nonnull(strstr(html, "too deep)"));
    site_clear(&s);
    g_ptr_array_unref(files);
}

static void
test_part_bytes(void)
{
    g_autofree char *large = g_strnfill(N2_PAGE_INCLUDE_BYTES_MAX - 10, 'x');
    const char *const files[] = {"page.md", "![[a]]\n\n![[b]]\n\n![[c]]\n",
                                 "a.md",    large,
                                 "b.md",    "0123456789",
                                 "c.md",    "!",
                                 NULL};
    site s = {.files = files};
    g_autoptr(n2_page) page = read_whole(&s, "page.md");
    g_autofree char *html = html_of(page);
    g_assert_nonnull(strstr(html, "<p>0123456789</p>")); /* just fits */
    g_assert_nonnull(strstr(html, "<a href=\"c.md\">c</a> (too long)"));
    site_clear(&s);

    GString *many = g_string_new(NULL);
    for (guint i = 0; i < 1000; i++)
        g_string_append_printf(many, "![[p%u]]\n\n", i);
    g_autoptr(n2_page) wants = n2_page_read(many->str, many->len, N2_PAGE_MARKDOWN, NULL);
    g_assert_cmpuint(n2_page_peek_wanted(wants)->len, ==, N2_PAGE_INCLUDES_MAX);
    g_assert_cmpstr(g_ptr_array_index(n2_page_peek_wanted(wants), 0), ==, "/p0.md");
    g_string_free(many, TRUE);
}

/* The values of an attribute that is there. */
static char **
values_of(const n2_page *page, const char *name)
{
    const GPtrArray *attributes = n2_page_peek_attributes(page);
    for (guint i = 0; i < attributes->len; i++) {
        const n2_attribute *attribute = g_ptr_array_index(attributes, i);
        if (!strcmp(attribute->name, name))
            return attribute->values;
    }
    g_error("no attribute %s", name);
}

static n2_page *
read_string(const char *text)
{
    return n2_page_read(text, strlen(text), N2_PAGE_MARKDOWN, NULL);
}

static void
test_front(void)
{
    g_autoptr(n2_page) page =
        read_string("---\ntitle: \"T: <b> \\u202e\"\nlang: de-CH\ndir: rtl\ntags: [a, b c, 3]\n"
                    "deep: {a: [b]}\nempty:\n...\nWords.\n");
    GString *html = n2_page_html(page);
    g_assert_cmpstr(n2_page_peek_title(page), ==, "T: <b> \xef\xbf\xbd");
    g_assert_cmpstr(n2_page_peek_language(page), ==, "de-CH");
    g_assert_true(n2_page_is_rtl(page));
    g_assert_cmpuint(n2_page_peek_attributes(page)->len, ==, 6);
    g_assert_cmpstr(values_of(page, "tags")[1], ==, "b c");
    g_assert_cmpuint(g_strv_length(values_of(page, "tags")), ==, 3);
    g_assert_nonnull(strstr(html->str, "<html lang=\"de-CH\" dir=\"rtl\">"));
    g_assert_nonnull(strstr(html->str, "<td><bdi>T: &lt;b&gt; <span class=\"unseen\""));
    g_string_free(html, TRUE);

    /* Values of a stranger are bounded and are no markup. */
    GString *text = g_string_new("---\nlang: \"\\\" onload=x\"\nlong: ");
    for (guint i = 0; i < 5000; i++)
        g_string_append_c(text, 'x');
    for (guint i = 0; i < 500; i++)
        g_string_append_printf(text, "\nk%u: v", i);
    g_string_append(text, "\n---\n# H\n");
    g_autoptr(n2_page) hostile = read_string(text->str);
    g_assert_cmpuint(n2_page_peek_attributes(hostile)->len, ==, N2_PAGE_ATTRIBUTES_MAX);
    g_assert_cmpuint(strlen(values_of(hostile, "long")[0]), ==, N2_PAGE_ATTRIBUTE_MAX);
    g_assert_cmpstr(n2_page_peek_language(hostile), ==, "");
    g_assert_cmpstr(n2_page_peek_title(hostile), ==, "H");
    g_string_free(text, TRUE);

    /* What is no map is a part of the page, as in CommonMark. */
    g_autoptr(n2_page) rule = read_string("---\nFoo\n---\nBar\n");
    g_autofree char *rule_html = html_of(rule);
    g_assert_cmpstr(rule_html, ==, "<hr />\n<h2>Foo</h2>\n<p>Bar</p>\n");
    g_assert_cmpuint(n2_page_peek_attributes(rule)->len, ==, 0);
    g_autoptr(n2_page) scalar = read_string("---\na:b\n---\nBar\n");
    g_autofree char *scalar_html = html_of(scalar);
    g_assert_cmpstr(scalar_html, ==, "<hr />\n<h2>a:b</h2>\n<p>Bar</p>\n");
}

/* The same words are the same whatever the bytes, and so are the names of sections. */
static void
test_normal_form(void)
{
    g_autoptr(n2_page) page = read_string("# Scho\xcc\x88n\n\n# Sch\xc3\xb6n\n");
    GString *html = n2_page_html(page);
    g_assert_nonnull(strstr(html->str, "<h1 id=\"sch\xc3\xb6n\">Sch\xc3\xb6n</h1>"));
    g_assert_nonnull(strstr(html->str, "<h1 id=\"sch\xc3\xb6n-1\">Sch\xc3\xb6n</h1>"));
    g_assert_cmpstr(n2_page_peek_title(page), ==, "Sch\xc3\xb6n");
    g_string_free(html, TRUE);

    GString *text = g_string_new("a");
    for (guint i = 0; i < 1000; i++)
        g_string_append(text, "\xcc\xa7");
    g_autoptr(n2_page) heap = read_string(text->str);
    g_autofree char *heap_html = html_of(heap);
    g_assert_cmpuint(g_utf8_strlen(heap_html, -1), ==, strlen("<p></p>\n") + 1 + 30);
    g_string_free(text, TRUE);
}

static void
test_alike(void)
{
    static const struct {
        const char *word;
        n2_alike alike;
        const char *seen;
    } rows[] = {
        {"paypal", N2_ALIKE_NO, NULL},
        {"p\xd0\xb0ypal", N2_ALIKE_MIXED, "paypal"},
        {"\xce\x91pple", N2_ALIKE_MIXED, "Apple"}, /* Greek */
        {"страница", N2_ALIKE_NO, NULL},
        {"аррӏе", N2_ALIKE_WHOLE, "apple"},
        {"она", N2_ALIKE_NO, NULL},
        {"Größe", N2_ALIKE_NO, NULL},
        {"ısı", N2_ALIKE_NO, NULL},
        {"日本go", N2_ALIKE_NO, NULL},
        {"λόγος", N2_ALIKE_NO, NULL},
        {"ѕсоре", N2_ALIKE_WHOLE, "scope"},
        {"2024", N2_ALIKE_NO, NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *seen = NULL;
        g_test_message("%s", rows[i].word);
        g_assert_cmpint(n2_alike_judge(rows[i].word, strlen(rows[i].word), &seen), ==,
                        rows[i].alike);
        g_assert_cmpstr(seen, ==, rows[i].seen);
    }
    g_autofree char *fine = n2_alike_explain("net2o://handbook.demo/seite/%C3%BCber.md");
    g_autofree char *turned = n2_alike_explain("net2o://demo/%E2%80%AEfdp.exe");
    g_assert_null(fine);
    g_assert_nonnull(turned);
    g_assert_nonnull(strstr(turned, "RIGHT-TO-LEFT OVERRIDE"));
}

static void
test_formats(void)
{
    static const struct {
        const char *type, *name;
        n2_page_format format;
    } rows[] = {
        {"text/markdown", "x", N2_PAGE_MARKDOWN},
        {"text/markdown; charset=utf-8", "x.c", N2_PAGE_MARKDOWN},
        {"text/x-net2o-wiki", NULL, N2_PAGE_WIKI},
        {"text/plain", "x.md", N2_PAGE_PLAIN},
        {"text/plain", "x.yml", N2_PAGE_YAML},
        {"application/json", "x", N2_PAGE_JSON},
        {"application/yaml", NULL, N2_PAGE_YAML},
        {"text/x-c", "x.h", N2_PAGE_CODE},
        {"text/plain", "Makefile", N2_PAGE_CODE},
        {NULL, "x.zz", N2_PAGE_PLAIN},
        {NULL, NULL, N2_PAGE_PLAIN},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(n2_page_format_by_type(rows[i].type, rows[i].name), ==, rows[i].format);
    g_assert_cmpint(n2_page_format_by_name("a/b.WIKI"), ==, N2_PAGE_WIKI);
    g_assert_cmpint(n2_page_format_by_name("notes"), ==, N2_PAGE_PLAIN);
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
        examples_replace(&source, "&nbsp;", " ");
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/parts/rounds", test_rounds);
    g_test_add_func("/render/parts/cycles", test_cycles);
    g_test_add_func("/render/parts/growth", test_growth);
    g_test_add_func("/render/parts/bytes", test_part_bytes);
    g_test_add_func("/render/front", test_front);
    g_test_add_func("/render/normal-form", test_normal_form);
    g_test_add_func("/render/alike", test_alike);
    g_test_add_func("/render/formats", test_formats);
    g_test_add_func("/render/real-pages", test_real_pages);
    return g_test_run();
}
