/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html-inline.c - writes links, pictures, code in a line and references to notes as HTML.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/write.h"

static gboolean
is_in(cmark_node *node, cmark_node_type type)
{
    guint steps = 0;
    while ((node = cmark_node_parent(node)) && steps++ <= N2_PAGE_DEPTH_MAX)
        if (cmark_node_get_type(node) == type)
            return TRUE;
    return FALSE;
}

static gboolean
is_in_cell(cmark_node *node)
{
    guint steps = 0;
    while ((node = cmark_node_parent(node)) && steps++ <= N2_PAGE_DEPTH_MAX)
        if (n2_node_is_cell(n2_node_get_kind(node)))
            return TRUE;
    return FALSE;
}

static void
put_title(n2_writer *w, cmark_node *node)
{
    const char *title = cmark_node_get_title(node);
    if (title && *title) {
        g_string_append(w->out, " title=\"");
        n2_put_attribute(w->out, title);
        g_string_append_c(w->out, '"');
    }
}

void
n2_write_link(n2_writer *w, cmark_node *node, gboolean enter)
{
    const n2_link *link = cmark_node_get_user_data(node);
    if (w->depth > N2_PAGE_DEPTH_MAX)
        return;
    if (!enter) {
        w->names--;
        g_string_append(w->out, link->kind == N2_LINK_REFUSED ? "</span>" : "</a>");
        if (link->kind != N2_LINK_REFUSED && link->kind != N2_LINK_HERE)
            n2_put_warning(w->out, link->href);
        return;
    }
    w->names++;
    if (link->kind == N2_LINK_REFUSED) {
        g_string_append(w->out, "<span class=\"refused\" title=\"");
        n2_put_attribute(w->out, link->href);
        g_string_append(w->out, "\">");
    } else {
        g_string_append(w->out,
                        link->is_missing ? "<a class=\"missing\" href=\"" : "<a href=\"");
        n2_put_href(w->out, link->href);
        g_string_append_c(w->out, '"');
        put_title(w, node);
        g_string_append_c(w->out, '>');
    }
}

static gboolean
is_shown(const n2_link *link)
{
    return link->kind == N2_LINK_SITE && !link->is_missing;
}

cmark_node *
n2_write_find_figure(const n2_writer *w, cmark_node *paragraph)
{
    cmark_node *only = cmark_node_first_child(paragraph);
    if (!w->is_whole || !only || cmark_node_next(only) || w->depth > N2_PAGE_DEPTH_MAX)
        return NULL;
    if (cmark_node_get_type(only) == CMARK_NODE_LINK) {
        only = cmark_node_first_child(only);
        if (!only || cmark_node_next(only))
            return NULL;
    }
    if (cmark_node_get_type(only) != CMARK_NODE_IMAGE)
        return NULL;
    const char *title = cmark_node_get_title(only);
    return title && *title ? only : NULL;
}

/* Between enter and exit of a shown picture only plain words are written: its alt text. */
void
n2_write_picture(n2_writer *w, cmark_node *node, gboolean enter)
{
    const n2_link *link = cmark_node_get_user_data(node);
    gboolean shown = is_shown(link);
    if (w->plain && w->plain != node)
        return;
    if (enter) {
        w->plain = node;
        if (shown) {
            g_string_append(w->out, "<img src=\"");
            n2_put_href(w->out, link->href);
            g_string_append(w->out, "\" alt=\"");
        } else {
            g_string_append(w->out, "<span class=\"noimage\" role=\"img\">");
        }
        return;
    }
    w->plain = NULL;
    cmark_node *block = cmark_node_parent(node);
    if (block && cmark_node_get_type(block) == CMARK_NODE_LINK)
        block = cmark_node_parent(block);
    gboolean has_caption = block && cmark_node_get_type(block) == CMARK_NODE_PARAGRAPH &&
                           n2_write_find_figure(w, block) == node;
    if (shown) {
        g_string_append_c(w->out, '"');
        if (!has_caption)
            put_title(w, node);
        g_string_append(w->out, " />");
        return;
    }
    if (!cmark_node_first_child(node))
        n2_put_text(w->out, link->href, strlen(link->href));
    g_string_append(w->out, "</span>");
    gboolean leads = link->kind == N2_LINK_OUTSIDE || link->kind == N2_LINK_NET2O;
    if (leads && !is_in(node, CMARK_NODE_LINK)) {
        const char *words = _("Picture on another site");
        g_string_append(w->out, " <a href=\"");
        n2_put_href(w->out, link->href);
        g_string_append(w->out, "\">");
        n2_put_text(w->out, words, strlen(words));
        g_string_append(w->out, "</a>");
    }
}

void
n2_write_code(n2_writer *w, cmark_node *node)
{
    g_autofree char *code = n2_mark_restore(cmark_node_get_literal(node), is_in_cell(node));
    g_string_append(w->out, "<code>");
    n2_put_text(w->out, code, strlen(code));
    g_string_append(w->out, "</code>");
}

void
n2_write_note_ref(n2_writer *w, cmark_node *node)
{
    const char *number = n2_node_peek_first(node);
    if (w->depth > N2_PAGE_DEPTH_MAX || !*n2_node_peek_second(node))
        return;
    g_string_append_printf(w->out,
                           "<sup class=\"footnote-ref\"><a href=\"#note:%s\" id=\"%s\">%s</a>"
                           "</sup>",
                           number, n2_node_peek_second(node), number);
}

void
n2_write_note_back(n2_writer *w, cmark_node *node)
{
    if (w->depth > N2_PAGE_DEPTH_MAX)
        return;
    g_string_append_printf(w->out, "%s<a class=\"footnote-backref\" href=\"#%s\" aria-label=\"",
                           cmark_node_previous(node) ? " " : "", n2_node_peek_first(node));
    n2_put_attribute(w->out, _("Back to the text"));
    g_string_append(w->out, "\">\xe2\x86\xa9</a>");
}
