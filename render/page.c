/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * page.c - reads a page: clean bytes, a tree, the passes over it, title and language.
 */
#include "render/page.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/code.h"
#include "render/tree.h"
#include "render/unseen.h"

static const struct {
    const char *suffix;
    n2_page_format format;
} formats[] = {
    {".md", N2_PAGE_MARKDOWN}, {".markdown", N2_PAGE_MARKDOWN}, {".wiki", N2_PAGE_WIKI},
    {".yaml", N2_PAGE_YAML},   {".yml", N2_PAGE_YAML},          {".json", N2_PAGE_JSON},
};

n2_page_format
n2_page_format_by_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (guint i = 0; dot && i < G_N_ELEMENTS(formats); i++)
        if (!g_ascii_strcasecmp(dot, formats[i].suffix))
            return formats[i].format;
    return n2_code_find_file(name) ? N2_PAGE_CODE : N2_PAGE_PLAIN;
}

n2_page_format
n2_page_format_by_type(const char *type, const char *name)
{
    n2_page_format format = name ? n2_page_format_by_name(name) : N2_PAGE_PLAIN;
    if (type && g_str_has_prefix(type, "text/markdown"))
        return N2_PAGE_MARKDOWN;
    if (type && g_str_has_prefix(type, "text/x-net2o-wiki"))
        return N2_PAGE_WIKI;
    if (type && g_str_has_prefix(type, "application/json"))
        return N2_PAGE_JSON;
    if (type && g_str_has_prefix(type, "application/yaml"))
        return N2_PAGE_YAML;
    return format == N2_PAGE_MARKDOWN || format == N2_PAGE_WIKI ? N2_PAGE_PLAIN : format;
}

static void
add_problem(cmark_node *tree, const char *words)
{
    cmark_node *problem = n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_PROBLEM);
    cmark_node_append_child(problem, n2_node_new_text(words));
    cmark_node_prepend_child(tree, problem);
}

/* A document of one code block.  @language: (nullable). */
static cmark_node *
make_code(const char *text, const char *language)
{
    cmark_node *tree = cmark_node_new(CMARK_NODE_DOCUMENT);
    cmark_node *block = cmark_node_new(CMARK_NODE_CODE_BLOCK);
    cmark_node_set_literal(block, text);
    if (language) {
        g_autofree char *name = g_strndup(language, strcspn(language, " "));
        cmark_node_set_fence_info(block, name);
    }
    cmark_node_append_child(tree, block);
    return tree;
}

static cmark_node *
read_markdown(n2_page *page, GString *source, const n2_file *file)
{
    g_autofree char *raw = NULL;
    const char *problem = n2_front_take(source, file->number ? NULL : page->attributes, &raw);
    gboolean has_flanks = n2_flank_put(source);
    cmark_node *tree = n2_table_parse(source);
    if (has_flanks)
        n2_flank_take(tree);
    n2_note_pass(tree, file);
    n2_define_pass(tree);
    if (problem) {
        cmark_node *code = make_code(raw, "yaml");
        cmark_node_prepend_child(tree, cmark_node_first_child(code));
        cmark_node_free(code);
        add_problem(tree, problem);
    }
    return tree;
}

/* A tree to unfold, and the source below it; only the source if there is no tree. */
static cmark_node *
read_data(const GString *source, n2_page_format format)
{
    g_autofree char *problem = NULL;
    gboolean is_json = format == N2_PAGE_JSON;
    cmark_node *tree = is_json ? n2_json_parse(source->str, source->len, &problem)
                               : n2_yaml_parse(source->str, source->len, &problem);
    cmark_node *code = make_code(source->str, is_json ? "json" : "yaml");
    if (!tree) {
        add_problem(code, problem);
        return code;
    }
    cmark_node *below = n2_node_add(tree, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_SOURCE);
    cmark_node_append_child(below, cmark_node_first_child(code));
    cmark_node_free(code);
    return tree;
}

static cmark_node *
read_source(const GString *source, const n2_file *file)
{
    const n2_language *language = n2_code_find_file(file->path);
    const char *name = file->context->name;
    if (!language && !file->number && name)
        language = n2_code_find_file(name);
    return make_code(source->str, language ? n2_code_peek_name(language) : NULL);
}

cmark_node *
n2_file_read(
    n2_page *page, const void *bytes, gsize len, n2_page_format format, const n2_file *file)
{
    gboolean is_cut;
    gsize bad_bytes;
    cmark_node *tree = NULL;
    if (len > N2_PAGE_MARKUP_BYTES_MAX)
        format = N2_PAGE_PLAIN;

    GString *source = n2_clean(bytes, len, format, &is_cut, &bad_bytes);
    switch (format) {
    case N2_PAGE_MARKDOWN:
        tree = read_markdown(page, source, file);
        break;
    case N2_PAGE_WIKI:
        tree = n2_wiki_parse(source);
        break;
    case N2_PAGE_YAML:
    case N2_PAGE_JSON:
        tree = read_data(source, format);
        break;
    case N2_PAGE_CODE:
        tree = read_source(source, file);
        break;
    case N2_PAGE_PLAIN:
        tree = make_code(source->str, NULL);
        break;
    }
    gboolean is_as_it_stands = format == N2_PAGE_PLAIN || format == N2_PAGE_CODE;
    page->is_plain = page->is_plain || (is_as_it_stands && !file->number);
    page->bad_bytes += bad_bytes;
    page->markup_bytes += source->len;
    g_string_free(source, TRUE);
    n2_inline_pass(tree);
    n2_link_pass(page, tree, file);
    if (bad_bytes) {
        g_autofree char *words = g_strdup_printf(
            ngettext("%u byte of this file is no UTF-8 text and is shown as �.",
                     "%u bytes of this file are no UTF-8 text and are shown as �.", bad_bytes),
            (guint)bad_bytes);
        add_problem(tree, words);
    }
    if (is_cut) {
        cmark_node *cut = n2_node_add(tree, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_PROBLEM);
        cmark_node_append_child(
            cut, n2_node_new_text(_("This page is too long; the rest is not shown.")));
    }
    return tree;
}

/* The words of the first heading as one line (transfer full) (nullable). */
static char *
find_title(cmark_node *tree)
{
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    cmark_node *heading = NULL;
    GString *title = g_string_new(NULL);
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_HEADING && event == CMARK_EVENT_ENTER && !heading)
            heading = node;
        else if (node == heading)
            break;
        if (!heading)
            continue;
        if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
            g_string_append_c(title, ' ');
        else if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE ||
                 type == CMARK_NODE_HTML_INLINE)
            g_string_append(title, cmark_node_get_literal(node));
        if (title->len > (gsize)N2_PAGE_TITLE_MAX * 4)
            break;
    }
    cmark_iter_free(iter);
    return g_string_free(title, title->len == 0);
}

/* One line without controls, marks and what can't be seen, at most N2_PAGE_TITLE_MAX
 * characters. */
static char *
tidy_title(const char *text)
{
    GString *out = g_string_new(NULL);
    gunichar before = 0;
    guint n = 0;
    for (const char *p = text; *p && n < N2_PAGE_TITLE_MAX; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c >= 0xfdd0 && c <= 0xfdef) {
            const char *shown = n2_mark_shown(p);
            g_string_append(out, shown ? shown : "");
            continue;
        }
        gboolean is_hidden = n2_unseen_find(c, before) != NULL;
        g_string_append_unichar(out, is_hidden ? 0xfffd : g_unichar_iscntrl(c) ? ' ' : c);
        before = c;
        n++;
    }
    return g_strstrip(g_string_free(out, FALSE));
}

/* A language tag such as "de" or "zh-Hant". */
static gboolean
is_language(const char *tag)
{
    gsize len = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    return len >= 2 && len <= 35 && !tag[len] && g_ascii_isalpha(*tag);
}

/* What the front matter says, else "de" of "start.de.md" (transfer full). */
static char *
guess_language(const n2_page *page, const n2_page_context *context)
{
    const char *name = context->name ? context->name : context->path;
    const char *last = name ? strrchr(name, '.') : NULL;
    const char *said = n2_front_find(page, "lang");
    if (said && is_language(said))
        return g_strdup(said);
    if (context->language)
        return g_strdup(context->language);
    if (last && last - name > 3 && last[-3] == '.' && g_ascii_islower(last[-2]) &&
        g_ascii_islower(last[-1]))
        return g_strndup(last - 2, 2);
    return g_strdup("");
}

/* The front matter's title, else the first heading, else the context's name (transfer full). */
static char *
make_title(const n2_page *page, const n2_page_context *context)
{
    const char *said = n2_front_find(page, "title");
    g_autofree char *heading = said ? NULL : find_title(page->tree);
    return tidy_title(said ? said : heading ? heading : context->name ? context->name : "");
}

static void
heading_free(n2_heading *heading)
{
    g_free(heading->id);
    g_free(heading->text);
    g_free(heading);
}

n2_page *
n2_page_read(const void *bytes,
             gsize len,
             n2_page_format format,
             const n2_page_context *context)
{
    static const n2_page_context nobody = {0};
    n2_page *page = g_new0(n2_page, 1);
    if (!context)
        context = &nobody;
    n2_file file = {.context = context, .path = context->path ? context->path : "/"};
    page->attributes = g_ptr_array_new_with_free_func((GDestroyNotify)n2_attribute_free);
    page->wanted = g_ptr_array_new_with_free_func(g_free);
    page->headings = g_ptr_array_new_with_free_func((GDestroyNotify)heading_free);
    page->turned = g_hash_table_new(NULL, NULL);

    page->tree = n2_file_read(page, bytes, len, format, &file);
    n2_include_pass(page, context);
    n2_note_number(page->tree);
    n2_front_place(page);
    n2_link_gather(page);
    n2_heading_pass(page);
    n2_turn_pass(page);
    page->title = make_title(page, context);
    page->language = guess_language(page, context);
    return page;
}

void
n2_page_free(n2_page *page)
{
    if (!page)
        return;
    cmark_node_free(page->tree);
    g_ptr_array_unref(page->links);
    g_ptr_array_unref(page->all_links);
    g_ptr_array_unref(page->headings);
    g_hash_table_unref(page->turned);
    g_ptr_array_unref(page->attributes);
    g_ptr_array_unref(page->wanted);
    g_free(page->title);
    g_free(page->language);
    g_free(page);
}

const char *
n2_page_peek_title(const n2_page *page)
{
    return page->title;
}

const char *
n2_page_peek_language(const n2_page *page)
{
    return page->language;
}

gboolean
n2_page_is_rtl(const n2_page *page)
{
    return page->is_rtl;
}

const GPtrArray *
n2_page_peek_links(const n2_page *page)
{
    return page->links;
}

const GPtrArray *
n2_page_peek_attributes(const n2_page *page)
{
    return page->attributes;
}

const GPtrArray *
n2_page_peek_wanted(const n2_page *page)
{
    return page->wanted;
}

gsize
n2_page_count_bad_bytes(const n2_page *page)
{
    return page->bad_bytes;
}
