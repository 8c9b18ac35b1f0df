/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text-more.c - trees of data, numbers of notes and the table of contents for a terminal.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/text-write.h"

void
n2_text_number(GString *out, const char *number)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    for (; *number; number++)
        if (g_ascii_isdigit(*number))
            g_string_append(out, raised[*number - '0']);
}

static gboolean
is_in_list(cmark_node *node)
{
    cmark_node *parent = cmark_node_parent(node);
    return n2_node_get_kind(parent) == N2_NODE_DATA_LIST ||
           (n2_node_get_kind(parent) == N2_NODE_DATA && *n2_node_peek_first(parent) == '[');
}

/* "- ", or "key: ". */
static void
put_key(n2_text_writer *w, cmark_node *node)
{
    const char *key = n2_node_peek_first(node);
    if (is_in_list(node))
        g_string_append(w->words, "- ");
    if (!*key)
        return;
    g_string_append_c(w->words, N2_FOLD_BOLD);
    n2_text_put(w->words, key, FALSE);
    g_string_append_c(w->words, N2_FOLD_BOLD_OFF);
    g_string_append(w->words, ": ");
}

void
n2_text_data(n2_text_writer *w, cmark_node *node, gboolean enter)
{
    n2_node_kind kind = n2_node_get_kind(node);
    if (kind == N2_NODE_DATA) {
        w->gap_wanted = w->gap_wanted || !enter;
    } else if (kind == N2_NODE_DATA_MAP || kind == N2_NODE_DATA_LIST) {
        if (!enter) {
            n2_text_close(w);
            return;
        }
        gboolean is_item = is_in_list(node) && cmark_node_first_child(node);
        if (!is_item) {
            put_key(w, node);
            if (!cmark_node_first_child(node))
                g_string_append(w->words, kind == N2_NODE_DATA_MAP ? "{}" : "[]");
            n2_text_words(w);
        }
        n2_text_open(w, g_strdup(is_item ? "- " : "  "));
    } else if (enter) {
        put_key(w, node);
        n2_text_put(w->words, n2_node_peek_second(node), FALSE);
        n2_text_words(w);
    }
}

void
n2_text_contents(n2_text_writer *w)
{
    guint top = n2_contents_level(w->page), n = 0;
    if (!top)
        return;
    n2_text_put(w->words, _("Contents"), FALSE);
    g_string_append_c(w->words, ':');
    n2_text_words(w);
    for (guint i = 0; i < w->page->headings->len && n < N2_PAGE_CONTENTS_MAX; i++) {
        const n2_heading *heading = g_ptr_array_index(w->page->headings, i);
        if (heading->level < top || heading->level > top + 1)
            continue;
        n2_text_open(w, g_strdup(heading->level == top ? "  " : "    "));
        n2_text_put(w->words, heading->text, FALSE);
        n2_text_words(w);
        n2_text_close(w);
        n++;
    }
    w->gap_wanted = TRUE;
}
