/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html-data.c - writes trees of data, front matter and the table of contents as HTML.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/write.h"

enum {
    OPEN_MAX = 3 /* levels of a tree that are unfolded at first */
};

/* Appends @text as <bdi>: its direction touches nothing beside it. */
static void
put_bdi(n2_writer *w, const char *class, const char *text)
{
    if (class)
        g_string_append_printf(w->out, "<bdi class=\"%s\">", class);
    else
        g_string_append(w->out, "<bdi>");
    n2_put_text(w->out, text, strlen(text));
    g_string_append(w->out, "</bdi>");
}

static guint
count_children(cmark_node *node)
{
    guint n = 0;
    for (cmark_node *child = cmark_node_first_child(node); child;
         child = cmark_node_next(child))
        n++;
    return n;
}

static void
write_branch(n2_writer *w, cmark_node *node, gboolean is_list, gboolean enter)
{
    const char *key = n2_node_peek_first(node);
    gboolean is_empty = !cmark_node_first_child(node);
    if (!enter && is_empty) {
        n2_write_tag(w, "</li>\n");
        return;
    }
    if (!enter) {
        n2_write_tag(w, is_list ? "</ol>\n</details></li>\n" : "</ul>\n</details></li>\n");
        return;
    }
    n2_write_line(w);
    n2_write_tag(w, is_empty               ? "<li>"
                    : w->depth <= OPEN_MAX ? "<li><details open=\"\"><summary>"
                                           : "<li><details><summary>");
    if (*key) {
        put_bdi(w, "key", key);
        g_string_append_c(w->out, ' ');
    }
    g_string_append_printf(w->out, "<span class=\"size\">%u</span>", count_children(node));
    if (!is_empty)
        n2_write_tag(w, is_list ? "</summary>\n<ol>\n" : "</summary>\n<ul>\n");
}

static void
write_value(n2_writer *w, cmark_node *node, n2_node_kind kind)
{
    const char *key = n2_node_peek_first(node), *value = n2_node_peek_second(node);
    const char *class = kind == N2_NODE_DATA_NUMBER  ? "n"
                        : kind == N2_NODE_DATA_WORD  ? "t"
                        : kind == N2_NODE_DATA_ALIAS ? "p"
                                                     : NULL;
    n2_write_line(w);
    n2_write_tag(w, "<li>");
    if (*key) {
        put_bdi(w, "key", key);
        g_string_append_c(w->out, ' ');
    }
    put_bdi(w, class, value);
}

void
n2_write_data(n2_writer *w, cmark_node *node, gboolean enter)
{
    n2_node_kind kind = n2_node_get_kind(node);
    gboolean is_list = *n2_node_peek_first(node) == '[';
    if (kind == N2_NODE_DATA && enter)
        n2_write_open(w, node, is_list ? "<ol class=\"data\">\n" : "<ul class=\"data\">\n");
    else if (kind == N2_NODE_DATA)
        n2_write_tag(w, is_list ? "</ol>\n" : "</ul>\n");
    else if (kind == N2_NODE_DATA_MAP || kind == N2_NODE_DATA_LIST)
        write_branch(w, node, kind == N2_NODE_DATA_LIST, enter);
    else if (enter)
        write_value(w, node, kind);
    else
        n2_write_tag(w, "</li>\n");
}

void
n2_write_attributes(n2_writer *w)
{
    const GPtrArray *attributes = w->page->attributes;
    if (!attributes->len)
        return;
    n2_write_line(w);
    g_string_append(w->out, "<details class=\"attributes\">\n<summary>");
    n2_put_attribute(w->out, _("About this page"));
    g_string_append(w->out, "</summary>\n<table>\n<tbody>\n");
    for (guint i = 0; i < attributes->len; i++) {
        const n2_attribute *attribute = g_ptr_array_index(attributes, i);
        g_string_append(w->out, "<tr>\n<th>");
        put_bdi(w, NULL, attribute->name);
        g_string_append(w->out, "</th>\n<td>");
        for (guint k = 0; attribute->values[k]; k++) {
            g_string_append(w->out, k ? ", " : "");
            put_bdi(w, NULL, attribute->values[k]);
        }
        g_string_append(w->out, "</td>\n</tr>\n");
    }
    g_string_append(w->out, "</tbody>\n</table>\n</details>\n");
}

void
n2_write_contents(n2_writer *w)
{
    guint top, open = 0, n = 0;
    if (!w->is_whole || w->depth > N2_PAGE_DEPTH_MAX || !(top = n2_contents_level(w->page)))
        return;
    n2_write_line(w);
    g_string_append(w->out, "<nav class=\"toc\" aria-label=\"");
    n2_put_attribute(w->out, _("Contents"));
    g_string_append(w->out, "\">\n");
    for (guint i = 0; i < w->page->headings->len && n < N2_PAGE_CONTENTS_MAX; i++) {
        const n2_heading *heading = g_ptr_array_index(w->page->headings, i);
        if (heading->level < top || heading->level > top + 1)
            continue;
        guint level = heading->level - top + 1;
        if (level > open + 1)
            level = open + 1; /* a smaller heading before any larger one */
        if (level > open) {
            g_string_append(w->out, open ? "\n<ol>\n" : "<ol>\n");
        } else {
            g_string_append(w->out, "</li>\n");
            if (level < open)
                g_string_append(w->out, "</ol>\n</li>\n");
        }
        open = level;
        g_string_append(w->out, "<li><a href=\"#");
        n2_put_href(w->out, heading->id);
        g_string_append(w->out, "\">");
        n2_put_text(w->out, heading->text, strlen(heading->text));
        g_string_append(w->out, "</a>");
        n++;
    }
    for (; open; open--)
        g_string_append(w->out, "</li>\n</ol>\n");
    g_string_append(w->out, "</nav>\n");
}
