/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text.c - writes a page's tree as text for a terminal.
 */
#include "render/text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/text-write.h"
#include "render/unseen.h"

enum {
    COLUMNS_MIN = 20,
    RULE_COLUMNS = 40,
};

static void
put_heading(n2_text_writer *w, int level)
{
    GString *folded = n2_fold_words(w->words->str, n2_text_room(w, 0));
    guint longest = n2_fold_longest(folded->str);
    if (w->flags & N2_TEXT_ANSI) {
        g_string_prepend_c(folded, N2_FOLD_BOLD);
        g_string_append_c(folded, N2_FOLD_BOLD_OFF);
    } else if (level <= 2 && folded->len) {
        g_string_append_c(folded, '\n');
        for (guint i = 0; i < longest; i++)
            g_string_append_c(folded, level == 1 ? '=' : '-');
    }
    n2_text_lines(w, folded, "");
    g_string_free(folded, TRUE);
    g_string_truncate(w->words, 0);
    w->gap_wanted = TRUE;
}

static void
put_code_block(n2_text_writer *w, cmark_node *node)
{
    n2_text_code(w, cmark_node_get_literal(node), TRUE);
    gboolean is_file = !cmark_node_next(node) && !cmark_node_previous(node) &&
                       cmark_node_get_type(cmark_node_parent(node)) == CMARK_NODE_DOCUMENT;
    n2_text_lines(w, w->words, is_file || w->page->is_plain ? "" : "    ");
    g_string_truncate(w->words, 0);
    w->gap_wanted = TRUE;
}

static void
put_number(n2_text_writer *w, const n2_link *link)
{
    gpointer number;
    if (!(w->flags & N2_TEXT_LINKS) || link->kind == N2_LINK_HERE)
        return;
    number = g_hash_table_lookup(w->numbers, link->address);
    if (!number) {
        g_ptr_array_add(w->listed, (gpointer)link);
        number = GUINT_TO_POINTER(w->listed->len);
        g_hash_table_insert(w->numbers, link->address, number);
    }
    g_string_append_printf(w->words, "[%u]", GPOINTER_TO_UINT(number));
}

static void
write_link(n2_text_writer *w, cmark_node *node, gboolean enter)
{
    const n2_link *link = cmark_node_get_user_data(node);
    if (enter) {
        g_string_append_c(w->words, N2_FOLD_UNDERLINE);
        return;
    }
    g_string_append_c(w->words, N2_FOLD_UNDERLINE_OFF);
    put_number(w, link);
    const char *title = cmark_node_get_title(node);
    if (title && *title) {
        g_string_append(w->words, " (");
        n2_text_put(w->words, title, FALSE);
        g_string_append_c(w->words, ')');
    }
}

static void
write_picture(n2_text_writer *w, cmark_node *node, gboolean enter)
{
    const n2_link *link = cmark_node_get_user_data(node);
    if (enter) {
        g_string_append_c(w->words, '[');
        n2_text_put(w->words, _("Picture"), FALSE);
        if (cmark_node_first_child(node))
            g_string_append(w->words, ": ");
        return;
    }
    g_string_append_c(w->words, ']');
    put_number(w, link);
}

static void
write_item(n2_text_writer *w, cmark_node *node, gboolean enter)
{
    int *number = &g_array_index(w->counters, int, w->counters->len - 1);
    if (enter) {
        n2_text_open(w, *number < 0 ? g_strdup("\xe2\x80\xa2 ")
                                    : g_strdup_printf("%d. ", *number));
        *number += *number < 0 ? 0 : 1;
        return;
    }
    if (!cmark_node_first_child(node)) {
        n2_text_begin(w);
        n2_text_prefix(w);
        n2_text_end_line(w);
    }
    n2_text_close(w);
    w->gap_wanted = !cmark_node_get_list_tight(cmark_node_parent(node));
}

static void
write_list(n2_text_writer *w, cmark_node *node, gboolean enter)
{
    int start = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
                    ? cmark_node_get_list_start(node)
                    : -1;
    if (enter) {
        g_array_append_val(w->counters, start);
        return;
    }
    g_array_set_size(w->counters, w->counters->len - 1);
    w->gap_wanted = !w->counters->len;
}

static void
write_table(n2_text_writer *w, gboolean enter)
{
    if (enter) {
        w->cells = g_ptr_array_new_with_free_func(g_free);
        w->widths = g_array_new(FALSE, FALSE, sizeof(guint));
        w->head_rows = 1;
        return;
    }
    GString *table = n2_fold_table((const char *const *)w->cells->pdata,
                                   (const guint *)(const void *)w->widths->data, w->widths->len,
                                   w->head_rows, n2_text_room(w, 0));
    g_clear_pointer(&w->cells, g_ptr_array_unref);
    g_array_unref(w->widths);
    n2_text_lines(w, table, "");
    g_string_free(table, TRUE);
    w->gap_wanted = TRUE;
}

/* Blocks that are ours. */
static void
write_block(n2_text_writer *w, cmark_node *node, n2_node_kind kind, gboolean enter)
{
    g_autoptr(GString) prefix = g_string_new(NULL);
    if (kind == N2_NODE_NOTES && enter) {
        g_string_append(w->words, "-----");
        w->gap_wanted = TRUE;
        n2_text_words(w);
    } else if (kind == N2_NODE_NOTE && enter) {
        n2_text_number(prefix, n2_node_peek_first(node));
        g_string_append_c(prefix, ' ');
        n2_text_open(w, g_strdup(prefix->str));
    } else if (kind == N2_NODE_DEFINITION && enter) {
        n2_text_open(w, g_strdup("    "));
    } else if (kind == N2_NODE_NOTE || kind == N2_NODE_DEFINITION) {
        n2_text_close(w);
        w->gap_wanted = !cmark_node_next(node);
    } else if (kind == N2_NODE_TERM && enter) {
        cmark_node *before = cmark_node_previous(node);
        w->gap_wanted = w->gap_wanted || (before && n2_node_get_kind(before) != kind);
        g_string_append_c(w->words, N2_FOLD_BOLD);
    } else if (kind == N2_NODE_TERM) {
        g_string_append_c(w->words, N2_FOLD_BOLD_OFF);
        n2_text_words(w);
        w->gap_wanted = FALSE;
    } else if (!enter &&
               (kind == N2_NODE_PROBLEM || kind == N2_NODE_BYLINE || kind == N2_NODE_FROM)) {
        n2_text_words(w);
        w->gap_wanted = TRUE;
    }
}

static void
write_custom(n2_text_writer *w, cmark_node *node, gboolean enter)
{
    n2_node_kind kind = n2_node_get_kind(node);
    guint none = 0;
    if (kind == N2_NODE_TABLE) {
        write_table(w, enter);
    } else if (kind == N2_NODE_ROW && enter) {
        g_array_append_val(w->widths, none);
    } else if (n2_node_is_cell(kind) && !enter) {
        const char *align = kind == N2_NODE_CELL_RIGHT    ? "r"
                            : kind == N2_NODE_CELL_CENTER ? "c"
                                                          : "l";
        g_ptr_array_add(w->cells, g_strconcat(align, w->words->str, NULL));
        g_array_index(w->widths, guint, w->widths->len - 1)++;
        g_string_truncate(w->words, 0);
    } else if ((kind == N2_NODE_TASK || kind == N2_NODE_TASK_DONE) && enter) {
        g_string_append(w->words, kind == N2_NODE_TASK ? "[ ]" : "[x]");
    } else if (kind == N2_NODE_RAISED && enter) {
        g_string_append_c(w->words, '^');
    } else if (kind == N2_NODE_NOTE_REF && enter) {
        n2_text_number(w->words, n2_node_peek_first(node));
    } else if (kind == N2_NODE_CONTENTS && enter) {
        n2_text_contents(w);
    } else if (kind >= N2_NODE_DATA && kind <= N2_NODE_DATA_ALIAS) {
        n2_text_data(w, node, enter);
    } else {
        write_block(w, node, kind, enter);
    }
}

static void
write_leaf(n2_text_writer *w, cmark_node *node)
{
    GString *rule;
    guint columns;
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_HTML_INLINE:
        n2_text_put(w->words, cmark_node_get_literal(node), FALSE);
        break;
    case CMARK_NODE_CODE:
        n2_text_code(w, cmark_node_get_literal(node), FALSE);
        break;
    case CMARK_NODE_SOFTBREAK:
        g_string_append_c(w->words, ' ');
        break;
    case CMARK_NODE_LINEBREAK:
        g_string_append_c(w->words, N2_FOLD_NEWLINE);
        break;
    case CMARK_NODE_CODE_BLOCK:
    case CMARK_NODE_HTML_BLOCK:
        put_code_block(w, node);
        break;
    default:
        rule = g_string_new(NULL);
        columns = n2_text_room(w, 0);
        columns = columns && columns < RULE_COLUMNS ? columns : RULE_COLUMNS;
        for (guint i = 0; i < columns; i++)
            g_string_append_c(rule, '-');
        n2_text_lines(w, rule, "");
        g_string_free(rule, TRUE);
        w->gap_wanted = TRUE;
        break;
    }
}

static void
write_container(n2_text_writer *w, cmark_node *node, gboolean enter)
{
    cmark_node *parent = cmark_node_parent(node);
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_BLOCK_QUOTE:
        if (enter)
            n2_text_open(w, g_strdup("> "));
        else
            n2_text_close(w);
        break;
    case CMARK_NODE_LIST:
        write_list(w, node, enter);
        break;
    case CMARK_NODE_ITEM:
        write_item(w, node, enter);
        break;
    case CMARK_NODE_HEADING:
        if (!enter)
            put_heading(w, cmark_node_get_heading_level(node));
        break;
    case CMARK_NODE_PARAGRAPH:
        if (!enter) {
            n2_text_words(w);
            parent = cmark_node_parent(parent);
            w->gap_wanted = !parent || cmark_node_get_type(parent) != CMARK_NODE_LIST ||
                            !cmark_node_get_list_tight(parent);
        }
        break;
    case CMARK_NODE_STRONG:
        g_string_append_c(w->words, enter ? N2_FOLD_BOLD : N2_FOLD_BOLD_OFF);
        break;
    case CMARK_NODE_EMPH:
        g_string_append_c(w->words, enter ? N2_FOLD_ITALIC : N2_FOLD_ITALIC_OFF);
        break;
    case CMARK_NODE_LINK:
        write_link(w, node, enter);
        break;
    case CMARK_NODE_IMAGE:
        write_picture(w, node, enter);
        break;
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_CUSTOM_INLINE:
        write_custom(w, node, enter);
        break;
    default:
        break;
    }
}

static void
write_links(n2_text_writer *w)
{
    if (!w->listed->len)
        return;
    w->gap_wanted = TRUE;
    n2_text_begin(w);
    for (guint i = 0; i < w->listed->len; i++) {
        const n2_link *link = g_ptr_array_index(w->listed, i);
        g_string_append_printf(w->out, "[%u] ", i + 1);
        n2_text_put(w->out, link->address, FALSE);
        if (link->is_missing)
            g_string_append_printf(w->out, " %s", _("(missing)"));
        g_autofree char *why = n2_alike_explain(link->href);
        if (why)
            g_string_append_printf(w->out, " (%s)", why);
        g_string_append_c(w->out, '\n');
    }
}

GString *
n2_page_text(const n2_page *page, guint columns, n2_text_flags flags)
{
    n2_text_writer w = {.page = page,
                        .out = g_string_new(NULL),
                        .columns = columns && columns < COLUMNS_MIN ? COLUMNS_MIN : columns,
                        .flags = flags,
                        .prefixes = g_ptr_array_new_with_free_func(g_free),
                        .words = g_string_new(NULL),
                        .counters = g_array_new(FALSE, FALSE, sizeof(int)),
                        .listed = g_ptr_array_new(),
                        .numbers = g_hash_table_new(g_str_hash, g_str_equal)};
    cmark_iter *iter = cmark_iter_new(page->tree);
    cmark_event_type event;
    gboolean is_hidden = FALSE;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (n2_node_get_kind(node) == N2_NODE_SOURCE)
            is_hidden = event == CMARK_EVENT_ENTER; /* the tree above it says the same */
        else if (is_hidden)
            continue;
        else if (n2_node_is_leaf(node))
            write_leaf(&w, node);
        else
            write_container(&w, node, event == CMARK_EVENT_ENTER);
    }
    cmark_iter_free(iter);
    write_links(&w);

    g_ptr_array_unref(w.prefixes);
    g_string_free(w.words, TRUE);
    g_array_unref(w.counters);
    g_ptr_array_unref(w.listed);
    g_hash_table_unref(w.numbers);
    return w.out;
}
