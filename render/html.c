/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html.c - writes a page's tree as HTML: the document and its blocks.  Only html*.c make tags.
 */
#include "render/html.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/write.h"

void
n2_write_line(n2_writer *w)
{
    if (w->out->len && w->out->str[w->out->len - 1] != '\n')
        g_string_append_c(w->out, '\n');
}

void
n2_write_open(n2_writer *w, cmark_node *node, const char *tag)
{
    gsize name = strcspn(tag, " >");
    n2_write_line(w);
    if (w->depth > N2_PAGE_DEPTH_MAX)
        return;
    g_string_append_len(w->out, tag, (gssize)name);
    if (g_hash_table_contains(w->page->turned, node))
        g_string_append(w->out, w->page->is_rtl ? " dir=\"ltr\"" : " dir=\"rtl\"");
    g_string_append(w->out, tag + name);
}

void
n2_write_tag(n2_writer *w, const char *tag)
{
    if (w->depth <= N2_PAGE_DEPTH_MAX)
        g_string_append(w->out, tag);
}

static void
write_list(n2_writer *w, cmark_node *node, gboolean enter)
{
    gboolean ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    int start = cmark_node_get_list_start(node);
    if (!enter) {
        n2_write_tag(w, ordered ? "</ol>\n" : "</ul>\n");
    } else if (ordered && start != 1) {
        g_autofree char *tag = g_strdup_printf("<ol start=\"%d\">\n", start);
        n2_write_open(w, node, tag);
    } else {
        n2_write_open(w, node, ordered ? "<ol>\n" : "<ul>\n");
    }
}

/* Whether @paragraph gets no tag of its own. */
static gboolean
is_tight(cmark_node *paragraph)
{
    cmark_node *parent = cmark_node_parent(paragraph), *list = cmark_node_parent(parent);
    if (n2_node_get_kind(parent) == N2_NODE_DEFINITION)
        return cmark_node_first_child(parent) == cmark_node_last_child(parent);
    return list && cmark_node_get_type(list) == CMARK_NODE_LIST &&
           cmark_node_get_list_tight(list);
}

static void
write_paragraph(n2_writer *w, cmark_node *node, gboolean enter)
{
    cmark_node *picture = n2_write_find_figure(w, node);
    if (picture && enter) {
        n2_write_open(w, node, "<figure>\n");
    } else if (picture) {
        const char *caption = cmark_node_get_title(picture);
        g_string_append(w->out, "\n<figcaption>");
        n2_put_text(w->out, caption, strlen(caption));
        g_string_append(w->out, "</figcaption>\n</figure>\n");
    } else if (is_tight(node)) {
        return;
    } else if (enter) {
        n2_write_open(w, node, "<p>");
    } else {
        n2_write_tag(w, "</p>\n");
    }
}

static void
write_cell(n2_writer *w, cmark_node *node, n2_node_kind kind, gboolean enter)
{
    static const char *const align[] = {"", " align=\"left\"", " align=\"center\"",
                                        " align=\"right\""};
    cmark_node *group = cmark_node_parent(cmark_node_parent(node));
    char name = n2_node_get_kind(group) == N2_NODE_TABLE_HEAD ? 'h' : 'd';
    g_autofree char *tag = enter ? g_strdup_printf("<t%c%s>", name, align[kind - N2_NODE_CELL])
                                 : g_strdup_printf("</t%c>\n", name);
    if (enter)
        n2_write_open(w, node, tag);
    else
        n2_write_tag(w, tag);
}

static void
write_note(n2_writer *w, cmark_node *node, gboolean enter)
{
    const char *number = n2_node_peek_first(node);
    if (!enter) {
        n2_write_tag(w, "</li>\n");
        return;
    }
    g_autofree char *tag =
        *number ? g_strdup_printf("<li id=\"note:%s\">\n", number) : g_strdup("<li>\n");
    n2_write_open(w, node, tag);
}

static void
write_source(n2_writer *w, gboolean enter)
{
    if (!enter) {
        n2_write_tag(w, "</details>\n");
        return;
    }
    n2_write_line(w);
    g_string_append(w->out, "<details class=\"source\">\n<summary>");
    n2_put_attribute(w->out, _("The file as it is written"));
    g_string_append(w->out, "</summary>\n");
}

static void
write_custom(n2_writer *w, cmark_node *node, gboolean enter)
{
    static const struct {
        const char *open, *close;
    } tags[] = {
        [N2_NODE_TABLE] = {"<table>\n", "</table>\n"},
        [N2_NODE_TABLE_HEAD] = {"<thead>\n", "</thead>\n"},
        [N2_NODE_TABLE_BODY] = {"<tbody>\n", "</tbody>\n"},
        [N2_NODE_ROW] = {"<tr>\n", "</tr>\n"},
        [N2_NODE_STRUCK] = {"<del>", "</del>"},
        [N2_NODE_UNDERLINED] = {"<u>", "</u>"},
        [N2_NODE_LOWERED] = {"<sub>", "</sub>"},
        [N2_NODE_RAISED] = {"<sup>", "</sup>"},
        [N2_NODE_TASK] = {"<input type=\"checkbox\" disabled=\"\" />", ""},
        [N2_NODE_TASK_DONE] = {"<input type=\"checkbox\" checked=\"\" disabled=\"\" />", ""},
        [N2_NODE_NOTES] = {"<section class=\"footnotes\">\n<ol>\n", "</ol>\n</section>\n"},
        [N2_NODE_DEFINITIONS] = {"<dl>\n", "</dl>\n"},
        [N2_NODE_TERM] = {"<dt>", "</dt>\n"},
        [N2_NODE_DEFINITION] = {"<dd>", "</dd>\n"},
        [N2_NODE_INCLUDE] = {"<section class=\"include\">\n", "</section>\n"},
        [N2_NODE_FROM] = {"<p class=\"from\">", "</p>\n"},
        [N2_NODE_BYLINE] = {"<p class=\"byline\">", "</p>\n"},
        [N2_NODE_PROBLEM] = {"<p class=\"problem\" role=\"note\">", "</p>\n"},
    };
    n2_node_kind kind = n2_node_get_kind(node);
    if (n2_node_is_cell(kind))
        write_cell(w, node, kind, enter);
    else if (kind == N2_NODE_NOTE)
        write_note(w, node, enter);
    else if (kind == N2_NODE_NOTE_REF && enter)
        n2_write_note_ref(w, node);
    else if (kind == N2_NODE_NOTE_BACK && enter)
        n2_write_note_back(w, node);
    else if (kind == N2_NODE_CONTENTS && enter)
        n2_write_contents(w);
    else if (kind == N2_NODE_SOURCE)
        write_source(w, enter);
    else if (kind >= N2_NODE_DATA && kind <= N2_NODE_DATA_ALIAS)
        n2_write_data(w, node, enter);
    else if (kind >= G_N_ELEMENTS(tags) || !tags[kind].open)
        return;
    else if (enter && cmark_node_get_type(node) == CMARK_NODE_CUSTOM_BLOCK)
        n2_write_open(w, node, tags[kind].open);
    else
        n2_write_tag(w, enter ? tags[kind].open : tags[kind].close);
}

/* Words only: what stands in a picture's alt text. */
static void
write_plain(n2_writer *w, cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE || type == CMARK_NODE_HTML_INLINE)
        n2_put_attribute(w->out, cmark_node_get_literal(node));
    else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
        g_string_append_c(w->out, ' ');
}

static void
write_leaf(n2_writer *w, cmark_node *node)
{
    const char *literal;
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_HTML_INLINE:
        literal = cmark_node_get_literal(node);
        if (w->names)
            n2_put_name(w->out, literal, strlen(literal));
        else
            n2_put_text(w->out, literal, strlen(literal));
        break;
    case CMARK_NODE_CODE:
        n2_write_code(w, node);
        break;
    case CMARK_NODE_SOFTBREAK:
        g_string_append_c(w->out, '\n');
        break;
    case CMARK_NODE_LINEBREAK:
        g_string_append(w->out, "<br />\n");
        break;
    case CMARK_NODE_CODE_BLOCK:
        n2_write_code_block(w, node, NULL);
        break;
    case CMARK_NODE_HTML_BLOCK:
        n2_write_code_block(w, node, "source");
        break;
    default:
        n2_write_line(w);
        g_string_append(w->out, "<hr />\n");
        break;
    }
}

static void
write_heading(n2_writer *w, cmark_node *node, gboolean enter)
{
    const n2_heading *heading = cmark_node_get_user_data(node);
    int level = cmark_node_get_heading_level(node);
    g_autoptr(GString) tag = g_string_new(NULL);
    if (!enter) {
        w->names--;
        g_string_append_printf(tag, "</h%d>\n", level);
        n2_write_tag(w, tag->str);
        return;
    }
    w->names++;
    g_string_append_printf(tag, "<h%d", level);
    if (w->is_whole && heading) {
        g_string_append(tag, " id=\"");
        n2_put_attribute(tag, heading->id);
        g_string_append_c(tag, '"');
    }
    g_string_append_c(tag, '>');
    n2_write_open(w, node, tag->str);
}

static void
write_container(n2_writer *w, cmark_node *node, gboolean enter)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_BLOCK_QUOTE:
        if (enter) {
            n2_write_open(w, node, "<blockquote>\n");
        } else {
            n2_write_line(w);
            n2_write_tag(w, "</blockquote>\n");
        }
        break;
    case CMARK_NODE_LIST:
        write_list(w, node, enter);
        break;
    case CMARK_NODE_ITEM:
        if (enter)
            n2_write_open(w, node, "<li>");
        else
            n2_write_tag(w, "</li>\n");
        break;
    case CMARK_NODE_HEADING:
        write_heading(w, node, enter);
        break;
    case CMARK_NODE_PARAGRAPH:
        write_paragraph(w, node, enter);
        break;
    case CMARK_NODE_EMPH:
        n2_write_tag(w, enter ? "<em>" : "</em>");
        break;
    case CMARK_NODE_STRONG:
        n2_write_tag(w, enter ? "<strong>" : "</strong>");
        break;
    case CMARK_NODE_LINK:
        n2_write_link(w, node, enter);
        break;
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_CUSTOM_INLINE:
        write_custom(w, node, enter);
        break;
    default:
        break;
    }
}

static GString *
write_body(const n2_page *page, gboolean is_whole)
{
    n2_writer w = {.page = page,
                   .out = g_string_new(NULL),
                   .code_left = N2_PAGE_CODE_BYTES_MAX,
                   .is_whole = is_whole};
    cmark_iter *iter = cmark_iter_new(page->tree);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        gboolean enter = event == CMARK_EVENT_ENTER;
        gboolean leaf = n2_node_is_leaf(node);
        if (cmark_node_get_type(node) == CMARK_NODE_DOCUMENT)
            continue;
        if (!leaf && enter)
            w.depth++;
        if (cmark_node_get_type(node) == CMARK_NODE_IMAGE)
            n2_write_picture(&w, node, enter);
        else if (w.plain)
            write_plain(&w, node);
        else if (leaf)
            write_leaf(&w, node);
        else
            write_container(&w, node, enter);
        if (!leaf && !enter)
            w.depth--;
    }
    cmark_iter_free(iter);
    if (is_whole)
        n2_write_attributes(&w);
    return w.out;
}

GString *
n2_page_html_body(const n2_page *page)
{
    return write_body(page, FALSE);
}

GString *
n2_page_html(const n2_page *page)
{
    GString *out = g_string_new("<!DOCTYPE html>\n<html lang=\"");
    GString *body = write_body(page, TRUE);
    n2_put_attribute(out, page->language);
    g_string_append_printf(out, "\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
                           page->is_rtl ? "rtl" : "ltr");
    n2_put_attribute(out, page->title);
    g_string_append(out, "</title>\n<link rel=\"stylesheet\" href=\"" N2_PAGE_STYLE "\">\n"
                         "</head>\n<body>\n<main class=\"page\">\n");
    g_string_append_len(out, body->str, (gssize)body->len);
    g_string_append(out, "</main>\n</body>\n</html>\n");
    g_string_free(body, TRUE);
    return out;
}
