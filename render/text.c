/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text.c - writes a page's tree as text for a terminal.
 *
 * The words of a block are gathered into one string, then wrapped behind the prefix that the
 * open quotes and items give.  Styles and line breaks stand in that string as control bytes;
 * the page's own control characters never get that far.
 */
#include "render/text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/fold.h"
#include "render/tree.h"

enum {
    COLUMNS_MIN = 20,
    INDENT_MAX = 12, /* open quotes and items that still move the text to the right */
    RULE_COLUMNS = 40,
};

typedef struct {
    const n2_page *page;
    GString *out;
    guint columns;
    n2_text_flags flags;

    GPtrArray *prefixes; /* of char *: one of each open quote or item, for the next line */
    guint hidden;        /* containers beyond INDENT_MAX */
    gboolean gap_wanted; /* a blank line before the next block */
    GString *words;      /* of the open block */
    GPtrArray *cells;    /* of char *: the open table, row after row; NULL outside tables */
    GArray *widths;      /* of guint: cells in each row of it */
    guint head_rows;
    GArray *counters;    /* of int: next number of each open list, 0 in a bullet list */
    GPtrArray *listed;   /* of n2_link: in the order of their numbers (transfer none) */
    GHashTable *numbers; /* address -> number */
} writer;

/* Appends the page's @text without control characters, marks and newlines. */
static void
put_text(GString *out, const char *text, gboolean keep_lines)
{
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c < 0x80 && c >= ' ' && c != 0x7f)
            g_string_append_c(out, (char)c);
        else if (c == '\n' || c == '\t')
            g_string_append(out, c == '\t' ? "    " : keep_lines ? "\n" : " ");
        else if (g_str_has_prefix(p, N2_MARK_PIPE))
            g_string_append_c(out, '|');
        else if ((c >= 0xfdd0 && c <= 0xfdef) || c == 0xad)
            continue;
        else if (g_unichar_iscntrl(c) || (c >= 0x202a && c <= 0x202e) ||
                 (c >= 0x2066 && c <= 0x2069))
            g_string_append(out, "\xef\xbf\xbd");
        else
            g_string_append_unichar(out, c);
    }
}

/* Code outside tables keeps the backslash before a pipe. */
static void
put_code(writer *w, const char *text, gboolean keep_lines)
{
    g_auto(GStrv) parts = g_strsplit(text, N2_MARK_PIPE, -1);
    g_autofree char *whole = g_strjoinv(w->cells ? "|" : "\\|", parts);
    put_text(w->words, whole, keep_lines);
}

/* The prefix of the next line; an item's bullet is shown once. */
static void
put_prefix(writer *w)
{
    for (guint i = 0; i < w->prefixes->len; i++) {
        char *prefix = g_ptr_array_index(w->prefixes, i);
        g_string_append(w->out, prefix);
        if (*prefix != '>') {
            glong columns = g_utf8_strlen(prefix, -1);
            g_free(prefix);
            g_ptr_array_index(w->prefixes, i) = g_strnfill((gsize)columns, ' ');
        }
    }
}

static guint
prefix_columns(writer *w)
{
    guint columns = 0;
    for (guint i = 0; i < w->prefixes->len; i++)
        columns += (guint)g_utf8_strlen(g_ptr_array_index(w->prefixes, i), -1);
    return columns;
}

static void
trim_line(writer *w)
{
    while (w->out->len && w->out->str[w->out->len - 1] == ' ')
        g_string_truncate(w->out, w->out->len - 1);
    g_string_append_c(w->out, '\n');
}

static void
begin_block(writer *w)
{
    if (w->gap_wanted && w->out->len) {
        for (guint i = 0; i < w->prefixes->len; i++)
            if (*(char *)g_ptr_array_index(w->prefixes, i) == '>')
                g_string_append(w->out, "> ");
        trim_line(w);
    }
    w->gap_wanted = FALSE;
}

/* Writes @lines, which have no prefix yet. */
static void
put_lines(writer *w, const GString *lines, const char *indent)
{
    const char *at = lines->str;
    begin_block(w);
    while (*at) {
        gsize len = strcspn(at, "\n");
        put_prefix(w);
        g_string_append(w->out, indent);
        n2_fold_style(w->out, at, len, w->flags & N2_TEXT_ANSI);
        trim_line(w);
        at += len + (at[len] ? 1 : 0);
    }
}

static guint
room(writer *w, guint indent)
{
    guint used = prefix_columns(w) + indent;
    if (!w->columns)
        return 0;
    return w->columns > used + COLUMNS_MIN ? w->columns - used : COLUMNS_MIN;
}

static void
put_words(writer *w)
{
    GString *folded = n2_fold_words(w->words->str, room(w, 0));
    if (folded->len)
        put_lines(w, folded, "");
    g_string_free(folded, TRUE);
    g_string_truncate(w->words, 0);
}

static void
put_heading(writer *w, int level)
{
    GString *folded = n2_fold_words(w->words->str, room(w, 0));
    guint longest = n2_fold_longest(folded->str);
    if (w->flags & N2_TEXT_ANSI) {
        g_string_prepend_c(folded, N2_FOLD_BOLD);
        g_string_append_c(folded, N2_FOLD_BOLD_OFF);
    } else if (level <= 2 && folded->len) {
        g_string_append_c(folded, '\n');
        for (guint i = 0; i < longest; i++)
            g_string_append_c(folded, level == 1 ? '=' : '-');
    }
    put_lines(w, folded, "");
    g_string_free(folded, TRUE);
    g_string_truncate(w->words, 0);
    w->gap_wanted = TRUE;
}

static void
put_code_block(writer *w, cmark_node *node)
{
    put_code(w, cmark_node_get_literal(node), TRUE);
    put_lines(w, w->words, cmark_node_next(node) || cmark_node_previous(node) ? "    " : "");
    g_string_truncate(w->words, 0);
    w->gap_wanted = TRUE;
}

static void
put_number(writer *w, const n2_link *link)
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
write_link(writer *w, cmark_node *node, gboolean enter)
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
        put_text(w->words, title, FALSE);
        g_string_append_c(w->words, ')');
    }
}

static void
write_picture(writer *w, cmark_node *node, gboolean enter)
{
    const n2_link *link = cmark_node_get_user_data(node);
    if (enter) {
        g_string_append_c(w->words, '[');
        put_text(w->words, _("Picture"), FALSE);
        if (cmark_node_first_child(node))
            g_string_append(w->words, ": ");
        return;
    }
    g_string_append_c(w->words, ']');
    put_number(w, link);
}

static void
open_container(writer *w, char *prefix)
{
    begin_block(w); /* the blank line belongs to what is outside */
    if (w->prefixes->len >= INDENT_MAX) {
        w->hidden++;
        g_free(prefix);
    } else {
        g_ptr_array_add(w->prefixes, prefix);
    }
}

static void
close_container(writer *w)
{
    if (w->hidden)
        w->hidden--;
    else
        g_ptr_array_set_size(w->prefixes, (int)w->prefixes->len - 1);
}

static void
write_item(writer *w, cmark_node *node, gboolean enter)
{
    int *number = &g_array_index(w->counters, int, w->counters->len - 1);
    if (enter) {
        open_container(w, *number < 0 ? g_strdup("\xe2\x80\xa2 ")
                                      : g_strdup_printf("%d. ", *number));
        *number += *number < 0 ? 0 : 1;
        return;
    }
    if (!cmark_node_first_child(node)) {
        begin_block(w);
        put_prefix(w);
        trim_line(w);
    }
    close_container(w);
    w->gap_wanted = !cmark_node_get_list_tight(cmark_node_parent(node));
}

static void
write_list(writer *w, cmark_node *node, gboolean enter)
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
write_table(writer *w, gboolean enter)
{
    if (enter) {
        w->cells = g_ptr_array_new_with_free_func(g_free);
        w->widths = g_array_new(FALSE, FALSE, sizeof(guint));
        w->head_rows = 1;
        return;
    }
    GString *table = n2_fold_table((const char *const *)w->cells->pdata,
                                   (const guint *)(const void *)w->widths->data, w->widths->len,
                                   w->head_rows, room(w, 0));
    g_clear_pointer(&w->cells, g_ptr_array_unref);
    g_array_unref(w->widths);
    put_lines(w, table, "");
    g_string_free(table, TRUE);
    w->gap_wanted = TRUE;
}

static void
write_custom(writer *w, cmark_node *node, gboolean enter)
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
    }
}

static void
write_leaf(writer *w, cmark_node *node)
{
    GString *rule;
    guint columns;
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_HTML_INLINE:
        put_text(w->words, cmark_node_get_literal(node), FALSE);
        break;
    case CMARK_NODE_CODE:
        put_code(w, cmark_node_get_literal(node), FALSE);
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
        columns = room(w, 0);
        columns = columns && columns < RULE_COLUMNS ? columns : RULE_COLUMNS;
        for (guint i = 0; i < columns; i++)
            g_string_append_c(rule, '-');
        put_lines(w, rule, "");
        g_string_free(rule, TRUE);
        w->gap_wanted = TRUE;
        break;
    }
}

static void
write_container(writer *w, cmark_node *node, gboolean enter)
{
    cmark_node *parent = cmark_node_parent(node);
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_BLOCK_QUOTE:
        if (enter)
            open_container(w, g_strdup("> "));
        else
            close_container(w);
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
            put_words(w);
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
write_links(writer *w)
{
    if (!w->listed->len)
        return;
    w->gap_wanted = TRUE;
    begin_block(w);
    for (guint i = 0; i < w->listed->len; i++) {
        const n2_link *link = g_ptr_array_index(w->listed, i);
        g_string_append_printf(w->out, "[%u] ", i + 1);
        put_text(w->out, link->address, FALSE);
        if (link->is_missing)
            g_string_append_printf(w->out, " %s", _("(missing)"));
        g_string_append_c(w->out, '\n');
    }
}

GString *
n2_page_text(const n2_page *page, guint columns, n2_text_flags flags)
{
    writer w = {.page = page,
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
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (n2_node_is_leaf(node))
            write_leaf(&w, node);
        else
            write_container(&w, node, event == CMARK_EVENT_ENTER);
    }
    cmark_iter_free(iter);
    if (page->is_cut) {
        g_string_append(w.words, _("This page is too long; the rest is not shown."));
        put_words(&w);
    }
    write_links(&w);

    g_ptr_array_unref(w.prefixes);
    g_string_free(w.words, TRUE);
    g_array_unref(w.counters);
    g_ptr_array_unref(w.listed);
    g_hash_table_unref(w.numbers);
    return w.out;
}
