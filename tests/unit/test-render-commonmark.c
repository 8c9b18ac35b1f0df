/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render-commonmark.c - the CommonMark specification, example by example.
 *
 * commonmark-differs.txt lists the examples that SYNTAX.md changes, each with its reason.  The
 * reason is proved: out of cmark's own tree of the example this test makes, with cmark's own
 * writer, the HTML that SYNTAX.md promises, and that must be ours to the byte.  So nothing but
 * the reason can be different.
 */
#include <cmark.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "render-examples.h"
#include "render/html.h"

enum {
    HTML = 1 << 0, /* raw HTML */
    WIKI = 1 << 1, /* "[[...]]" in a text */
};

static char *
escape(const char *text)
{
    GString *out = g_string_new(NULL);
    for (; *text; text++) {
        const char *as = *text == '&'   ? "&amp;"
                         : *text == '<' ? "&lt;"
                         : *text == '>' ? "&gt;"
                         : *text == '"' ? "&quot;"
                                        : NULL;
        if (as)
            g_string_append(out, as);
        else
            g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static void
swap(cmark_node *node, cmark_node *with)
{
    g_assert_true(cmark_node_replace(node, with));
    cmark_node_free(node);
}

/* SYNTAX.md, section 3: a block is shown as code, in a line HTML is text. */
static void
show_html(cmark_node *node)
{
    const char *literal = cmark_node_get_literal(node);
    cmark_node *shown;
    if (cmark_node_get_type(node) == CMARK_NODE_HTML_INLINE) {
        shown = cmark_node_new(CMARK_NODE_TEXT);
        cmark_node_set_literal(shown, literal);
    } else {
        g_autofree char *text = escape(literal);
        g_autofree char *code =
            g_strdup_printf("<pre><code class=\"source\">%s</code></pre>", text);
        shown = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK);
        cmark_node_set_on_enter(shown, code);
    }
    swap(node, shown);
}

/* Section 4: the only names in the specification that are wiki links are one word. */
static void
link_wiki(cmark_node *text)
{
    g_autofree char *literal = g_strdup(cmark_node_get_literal(text));
    char *open = strstr(literal, "[[");
    open += strspn(open, "[") - 2;
    char *close = strstr(open, "]]");
    gboolean is_picture = open > literal && open[-1] == '!';
    cmark_node *before = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node *link = cmark_node_new(CMARK_NODE_CUSTOM_INLINE);
    cmark_node *after = cmark_node_new(CMARK_NODE_TEXT);
    g_autofree char *name = g_strndup(open + 2, (gsize)(close - open) - 2);
    g_autofree char *html = g_strdup_printf("<a href=\"%s.md\">%s</a>", name, name);
    open[is_picture ? -1 : 0] = '\0';
    cmark_node_set_literal(before, literal);
    cmark_node_set_on_enter(link, html);
    cmark_node_set_literal(after, close + 2);
    cmark_node_insert_after(text, after);
    cmark_node_insert_after(text, link);
    cmark_node *paragraph = cmark_node_parent(text);
    gboolean alone = is_picture && !*cmark_node_get_literal(before) && !close[2] &&
                     !cmark_node_previous(text) && !cmark_node_next(after);
    swap(text, before);
    if (!alone)
        return;
    /* Section 12: "![[name]]" on a line of its own is a part. */
    g_autofree char *part = g_strdup_printf(
        "<section class=\"include\">\n<p class=\"from\">%s</p>\n</section>", html);
    cmark_node *block = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK);
    cmark_node_set_on_enter(block, part);
    swap(paragraph, block);
}

/* Makes of @tree what SYNTAX.md promises; which of the reasons there were. */
static guint
promise(cmark_node *tree)
{
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();
    guint reasons = 0;
    cmark_consolidate_text_nodes(tree);
    cmark_iter *iter = cmark_iter_new(tree);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;)
        if (event == CMARK_EVENT_ENTER)
            g_ptr_array_add(nodes, cmark_iter_get_node(iter));
    cmark_iter_free(iter);
    for (guint i = 0; i < nodes->len; i++) {
        cmark_node *node = g_ptr_array_index(nodes, i);
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE) {
            show_html(node);
            reasons |= HTML;
        } else if (type == CMARK_NODE_TEXT &&
                   g_regex_match_simple("\\[\\[\\w+\\]\\]", cmark_node_get_literal(node), 0,
                                        0)) {
            link_wiki(node);
            reasons |= WIKI;
        }
    }
    return reasons;
}

/* cmark's own HTML of @input, as SYNTAX.md changes it if @reasons (nullable) (out). */
static char *
reference(const char *input, guint *reasons)
{
    cmark_node *tree = cmark_parse_document(input, strlen(input), CMARK_OPT_DEFAULT);
    if (reasons)
        *reasons = promise(tree);
    char *html = cmark_render_html(tree, CMARK_OPT_UNSAFE);
    char *copy = g_strdup(html);
    free(html);
    cmark_node_free(tree);
    return copy;
}

/* The listed reason why example @number differs, "" if it must not. */
static const char *
find_reason(char **differs, guint number)
{
    for (guint i = 0; differs[i]; i++) {
        char *end = NULL;
        if (*differs[i] && *differs[i] != '#' && strtoul(differs[i], &end, 10) == number)
            return end + strspn(end, " ");
    }
    return "";
}

static void
check_example(const example *e, const char *listed)
{
    g_autoptr(n2_page) page = n2_page_read(e->input, strlen(e->input), N2_PAGE_MARKDOWN, NULL);
    g_autofree char *got = g_string_free(n2_page_html_body(page), FALSE);
    guint reasons = 0;
    g_autofree char *own = reference(e->input, NULL);
    g_autofree char *promised = reference(e->input, &reasons);
    const char *proved = reasons == HTML          ? "html"
                         : reasons == WIKI        ? "wiki"
                         : reasons                ? "more than one"
                         : strcmp(own, e->output) ? "cmark"
                                                  : "";
    g_test_message("example %u, line %u: %s", e->number, e->line, e->input);
    if (!*listed) {
        g_assert_cmpuint(reasons, ==, 0);
        g_assert_cmpstr(got, ==, e->output);
        return;
    }
    g_assert_cmpstr(got, ==, promised);
    g_assert_cmpstr(listed, ==, proved);
    g_assert_cmpstr(got, !=, e->output); /* or it must leave the list */
}

static void
test_commonmark(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("N2_TESTDATA"), "commonmark-spec.txt", NULL);
    g_autofree char *list = g_build_filename(g_getenv("N2_SOURCE"), "tests", "unit",
                                             "commonmark-differs.txt", NULL);
    g_autofree char *text = NULL;
    guint differing = 0;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("no commonmark-spec.txt");
        return;
    }
    g_assert_true(g_file_get_contents(list, &text, NULL, NULL));
    g_auto(GStrv) differs = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) examples = examples_read(path);
    g_assert_cmpuint(examples->len, ==, 652);
    for (guint i = 0; i < examples->len; i++) {
        const example *e = g_ptr_array_index(examples, i);
        const char *listed = find_reason(differs, e->number);
        check_example(e, listed);
        differing += *listed ? 1 : 0;
    }
    g_test_message("%u of %u differ by design", differing, examples->len);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/commonmark", test_commonmark);
    return g_test_run();
}
