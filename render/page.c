/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * page.c - reads a page: clean bytes, a tree, the passes over it, title and language.
 */
#include "render/page.h"

#include <string.h>

#include "render/tree.h"

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
    return N2_PAGE_PLAIN;
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
    return format == N2_PAGE_MARKDOWN || format == N2_PAGE_WIKI ? N2_PAGE_PLAIN : format;
}

/* A document of one code block. */
static cmark_node *
parse_plain(const GString *source)
{
    cmark_node *tree = cmark_node_new(CMARK_NODE_DOCUMENT);
    cmark_node *block = cmark_node_new(CMARK_NODE_CODE_BLOCK);
    cmark_node_set_literal(block, source->str);
    cmark_node_append_child(tree, block);
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

/* One line without controls and marks, at most N2_PAGE_TITLE_MAX characters. */
static char *
tidy_title(const char *text)
{
    GString *out = g_string_new(NULL);
    guint n = 0;
    for (const char *p = text; *p && n < N2_PAGE_TITLE_MAX; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c >= 0xfdd0 && c <= 0xfdef) {
            if (g_str_has_prefix(p, N2_MARK_PIPE))
                g_string_append_c(out, '|');
            continue;
        }
        g_string_append_unichar(out, g_unichar_iscntrl(c) ? ' ' : c);
        n++;
    }
    return g_strstrip(g_string_free(out, FALSE));
}

/* "de" of "start.de.md" (transfer full). */
static char *
guess_language(const n2_page_context *context)
{
    const char *name = context->name ? context->name : context->path;
    const char *last = name ? strrchr(name, '.') : NULL;
    if (context->language)
        return g_strdup(context->language);
    if (last && last - name > 3 && last[-3] == '.' && g_ascii_islower(last[-2]) &&
        g_ascii_islower(last[-1]))
        return g_strndup(last - 2, 2);
    return g_strdup("");
}

static gboolean
is_rtl_script(GUnicodeScript script)
{
    static const GUnicodeScript rtl[] = {
        G_UNICODE_SCRIPT_ARABIC, G_UNICODE_SCRIPT_HEBREW,  G_UNICODE_SCRIPT_SYRIAC,
        G_UNICODE_SCRIPT_THAANA, G_UNICODE_SCRIPT_NKO,     G_UNICODE_SCRIPT_SAMARITAN,
        G_UNICODE_SCRIPT_ADLAM,  G_UNICODE_SCRIPT_MANDAIC,
    };
    for (guint i = 0; i < G_N_ELEMENTS(rtl); i++)
        if (script == rtl[i])
            return TRUE;
    return FALSE;
}

/* Direction of the first letter in @tree. */
static gboolean
guess_rtl(cmark_node *tree)
{
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    gunichar letter = 0;
    while (!letter && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (type != CMARK_NODE_TEXT && type != CMARK_NODE_CODE_BLOCK)
            continue;
        for (const char *p = cmark_node_get_literal(node); *p && !letter;
             p = g_utf8_next_char(p))
            letter = g_unichar_isalpha(g_utf8_get_char(p)) ? g_utf8_get_char(p) : 0;
    }
    cmark_iter_free(iter);
    return letter && is_rtl_script(g_unichar_get_script(letter));
}

n2_page *
n2_page_read(const void *bytes,
             gsize len,
             n2_page_format format,
             const n2_page_context *context)
{
    static const n2_page_context nobody = {0};
    n2_page *page = g_new0(n2_page, 1);
    page->attributes = g_ptr_array_new();
    page->wanted = g_ptr_array_new();
    if (!context)
        context = &nobody;
    if (len > N2_PAGE_MARKUP_BYTES_MAX)
        format = N2_PAGE_PLAIN;

    GString *source = n2_clean(bytes, len, format, &page->is_cut);
    switch (format) {
    case N2_PAGE_MARKDOWN:
        page->tree = n2_table_parse(source);
        break;
    case N2_PAGE_WIKI:
        page->tree = n2_wiki_parse(source);
        break;
    case N2_PAGE_YAML:
    case N2_PAGE_JSON:
    case N2_PAGE_CODE:
    case N2_PAGE_PLAIN:
        page->tree = parse_plain(source);
        page->is_plain = TRUE;
        break;
    }
    g_string_free(source, TRUE);
    n2_inline_pass(page->tree);
    n2_link_pass(page, context);

    g_autofree char *heading = find_title(page->tree);
    page->title = tidy_title(heading ? heading : context->name ? context->name : "");
    page->language = guess_language(context);
    page->is_rtl = guess_rtl(page->tree);
    return page;
}

void
n2_page_free(n2_page *page)
{
    if (!page)
        return;
    cmark_node_free(page->tree);
    g_ptr_array_unref(page->links);
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
