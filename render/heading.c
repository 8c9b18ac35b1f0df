/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * heading.c - names of headings, which "#name" of a link means, and the table of contents.
 */
#include <string.h>

#include "render/tree.h"

enum {
    SLUG_MAX = 100,          /* characters */
    TEXT_MAX = 400,          /* characters of a heading in the table of contents */
    LONG_PAGE_BYTES = 12000, /* a longer page gets a table of contents unasked, */
    LONG_PAGE_HEADINGS = 8,  /* if it would have so many lines */
};

/* Up to @max characters of the words in @heading, on one line (transfer full). */
static char *
read_text(cmark_node *heading, guint max)
{
    GString *text = g_string_new(NULL);
    cmark_iter *iter = cmark_iter_new(heading);
    cmark_event_type event;
    guint n = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE && n < max) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        const char *p = "";
        if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE ||
            type == CMARK_NODE_HTML_INLINE)
            p = cmark_node_get_literal(node);
        else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
            p = " ";
        while (*p && n < max) {
            const char *shown = n2_mark_shown(p);
            if (shown)
                g_string_append(text, shown);
            else
                g_string_append_unichar(text, g_utf8_get_char(p));
            p = g_utf8_next_char(p);
            n++;
        }
    }
    cmark_iter_free(iter);
    return g_string_free(text, FALSE);
}

char *
n2_heading_slug(cmark_node *heading)
{
    g_autofree char *text = read_text(heading, SLUG_MAX);
    GString *slug = g_string_new(NULL);
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isalnum(c) || g_unichar_ismark(c) || c == ' ' || c == '-' || c == '_')
            g_string_append_unichar(slug, c == ' ' ? '-' : g_unichar_tolower(c));
    }
    if (!slug->len)
        g_string_append(slug, "section");
    char *composed = g_utf8_normalize(slug->str, -1, G_NORMALIZE_NFC);
    g_string_free(slug, TRUE);
    return composed;
}

/* The second heading of the same words gets "-1", the next "-2" (transfer full). */
static char *
make_id(GHashTable *used, cmark_node *heading)
{
    g_autofree char *slug = n2_heading_slug(heading);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(used, slug));
    char *id = g_strdup(slug);
    while (n && g_hash_table_contains(used, id)) {
        g_free(id);
        id = g_strdup_printf("%s-%u", slug, n++);
    }
    g_hash_table_insert(used, g_strdup(id), GUINT_TO_POINTER(1));
    g_hash_table_insert(used, g_steal_pointer(&slug), GUINT_TO_POINTER(MAX(n, 1U)));
    return id;
}

cmark_node *
n2_heading_find(cmark_node *tree, const char *id)
{
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (cmark_node *node = cmark_node_first_child(tree); node; node = cmark_node_next(node)) {
        g_autofree char *own =
            cmark_node_get_type(node) == CMARK_NODE_HEADING ? make_id(used, node) : NULL;
        if (own && !strcmp(own, id))
            return node;
    }
    return NULL;
}

static void
add_heading(n2_page *page, GHashTable *used, cmark_node *node)
{
    n2_heading *heading = g_new0(n2_heading, 1);
    heading->level = (guint)cmark_node_get_heading_level(node);
    heading->id = make_id(used, node);
    heading->text = read_text(node, TEXT_MAX);
    cmark_node_set_user_data(node, heading);
    g_ptr_array_add(page->headings, heading);
}

guint
n2_contents_level(const n2_page *page)
{
    guint top = 0;
    for (guint i = 0; i < page->headings->len; i++) {
        const n2_heading *heading = g_ptr_array_index(page->headings, i);
        if ((i || heading->level > 1) && (!top || heading->level < top))
            top = heading->level;
    }
    return top;
}

static gboolean
is_long(const n2_page *page, guint top)
{
    guint n = 0;
    for (guint i = 0; i < page->headings->len; i++) {
        const n2_heading *heading = g_ptr_array_index(page->headings, i);
        n += heading->level >= top && heading->level <= top + 1 ? 1 : 0;
    }
    return n >= LONG_PAGE_HEADINGS && page->markup_bytes >= LONG_PAGE_BYTES;
}

/* A long page that has no table of contents gets one before its first section. */
static void
add_contents(n2_page *page)
{
    const char *wish = n2_front_find(page, "toc");
    guint top = n2_contents_level(page);
    gboolean is_wanted = wish && (!strcmp(wish, "true") || !strcmp(wish, "yes"));
    if (!top || (wish ? !is_wanted : !is_long(page, top)))
        return;
    for (cmark_node *node = cmark_node_first_child(page->tree); node;
         node = cmark_node_next(node)) {
        if (cmark_node_get_type(node) != CMARK_NODE_HEADING ||
            cmark_node_get_heading_level(node) != (int)top)
            continue;
        if (node == cmark_node_first_child(page->tree) && top == 1)
            continue;
        cmark_node_insert_before(node, n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_CONTENTS));
        return;
    }
}

void
n2_heading_pass(n2_page *page)
{
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cmark_iter *iter = cmark_iter_new(page->tree);
    cmark_event_type event;
    g_autoptr(GPtrArray) contents = g_ptr_array_new();
    guint depth = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_EXIT) {
            depth--;
            continue;
        }
        if (cmark_node_get_type(node) == CMARK_NODE_HEADING && depth <= N2_PAGE_DEPTH_MAX)
            add_heading(page, used, node);
        if (n2_node_get_kind(node) == N2_NODE_CONTENTS)
            g_ptr_array_add(contents, node);
        depth += n2_node_is_leaf(node) ? 0 : 1;
    }
    cmark_iter_free(iter);
    /* One is enough; more would grow with the square of the page. */
    for (guint i = 1; i < contents->len; i++)
        n2_node_drop(g_ptr_array_index(contents, i));
    if (!contents->len)
        add_contents(page);
}
