/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * table.c - tables: found in cmark's paragraphs, written as headings, read back as cells.
 *
 * A table must be cut into cells before inlines are parsed, or a star in one cell would pair
 * with a star in the next.  So: parse once; a paragraph with a delimiter row under a row of as
 * many cells holds a table; write each of its cells as a heading of its own,
 *
 *     # <mark>T text <mark>        T first cell of a table, R of a row, C any other
 *
 * in the same containers, for a heading needs no blank line and so leaves tight lists tight;
 * parse again; gather the marked headings into tables (table-gather.c).  Two parses and a few
 * walks: linear.
 */
#include "render/table.h"

#include <string.h>

enum {
    PREFIX_MAX = 64, /* bytes of "> " and blanks before a table; behind more it stays text */
    GROWTH_MAX = 16, /* the rewritten page may be so many times as long */
    ALLOWANCE_BYTES = 1 << 16,
};

typedef struct {
    const char *at;
    gsize len;
} slice;

typedef struct {
    slice left;
    gboolean has_no_close; /* no "]]" is left: found out once a row, or it would be quadratic */
} row_reader;

typedef struct {
    const GString *source;
    GArray *lines; /* of gsize: where each line begins; one more at the end */
    GString *out;
    gsize copied; /* bytes of source dealt with */
    GPtrArray *tables;
} rewriter;

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static slice
trim(slice s)
{
    while (s.len && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

/* The next cell of @row; FALSE if none is left.  A pipe inside `[[ ]]` divides nothing; one
 * after a backslash is N2_MARK_PIPE by now. */
static gboolean
next_cell(row_reader *row, slice *cell)
{
    const slice left = row->left;
    gsize i = 0;
    if (!left.len)
        return FALSE;
    while (i < left.len && left.at[i] != '|') {
        gboolean opens = i + 1 < left.len && left.at[i] == '[' && left.at[i + 1] == '[';
        if (opens && !row->has_no_close) {
            const char *close = g_strstr_len(left.at + i, (gssize)(left.len - i), "]]");
            if (close)
                i = (gsize)(close - left.at) + 1;
            row->has_no_close = !close;
        }
        i++;
    }
    *cell = trim((slice){left.at, i});
    if (i < left.len)
        i++;
    row->left = (slice){left.at + i, left.len - i};
    return TRUE;
}

/* @line without its outer blanks and its first pipe, ready for next_cell(). */
static row_reader
open_row(slice line)
{
    slice row = trim(line);
    if (row.len && row.at[0] == '|')
        row = (slice){row.at + 1, row.len - 1};
    return (row_reader){.left = row};
}

static guint
count_cells(slice line)
{
    row_reader row = open_row(line);
    slice cell;
    guint n = 0;
    while (n <= N2_PAGE_COLUMNS_MAX && next_cell(&row, &cell))
        n++;
    return n;
}

/* Reads a row such as "|:--|--:|"; FALSE if @line is none. */
static gboolean
read_delimiters(slice line, n2_table *out)
{
    gboolean has_pipe = FALSE;
    for (gsize i = 0; i < line.len; i++) {
        if (!strchr(" \t|:-", line.at[i]) || !line.at[i])
            return FALSE;
        has_pipe = has_pipe || line.at[i] == '|';
    }
    row_reader row = open_row(line);
    slice cell;
    out->columns = 0;
    while (has_pipe && next_cell(&row, &cell)) {
        gboolean left = cell.len && cell.at[0] == ':';
        gboolean right = cell.len > 1 && cell.at[cell.len - 1] == ':';
        gsize dashes = cell.len - (left ? 1 : 0) - (right ? 1 : 0);
        if (!cell.len || !dashes || out->columns == N2_PAGE_COLUMNS_MAX)
            return FALSE;
        if (strspn(cell.at + (left ? 1 : 0), "-") < dashes)
            return FALSE;
        out->align[out->columns++] = left && right ? N2_NODE_CELL_CENTER
                                     : left        ? N2_NODE_CELL_LEFT
                                     : right       ? N2_NODE_CELL_RIGHT
                                                   : N2_NODE_CELL;
    }
    return out->columns > 0;
}

static gboolean
may_have_table(const GString *source)
{
    return strchr(source->str, '|') && strchr(source->str, '-');
}

static GArray *
find_lines(const GString *source)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(gsize));
    gsize at = 0;
    while (at < source->len) {
        const char *end = memchr(source->str + at, '\n', source->len - at);
        g_array_append_val(lines, at);
        at = end ? (gsize)(end - source->str) + 1 : source->len;
    }
    g_array_append_val(lines, at);
    return lines;
}

/* Line @number (from 1) without its newline. */
static slice
get_line(const rewriter *w, guint number)
{
    gsize from = g_array_index(w->lines, gsize, number - 1);
    gsize to = g_array_index(w->lines, gsize, number);
    if (to > from && w->source->str[to - 1] == '\n')
        to--;
    return (slice){w->source->str + from, to - from};
}

/* @line without the marks of @quotes block quotes. */
static slice
strip_quotes(slice line, guint quotes)
{
    slice s = trim(line);
    while (quotes-- && s.len && s.at[0] == '>')
        s = trim((slice){s.at + 1, s.len - 1});
    return s;
}

static void
put_prefix(rewriter *w, slice prefix, gboolean as_is)
{
    for (gsize i = 0; i < prefix.len; i++) {
        char c = prefix.at[i];
        g_string_append_c(w->out, as_is || c == '>' || is_blank(c) ? c : ' ');
    }
}

/* Writes the cells of @line; the first one is of @kind, 'T' or 'R'. */
static void
put_row(rewriter *w, slice line, char kind, slice prefix, gboolean *as_is, guint columns)
{
    row_reader row = open_row(line);
    slice cell;
    for (guint n = 0; next_cell(&row, &cell); n++) {
        /* Cells beyond the last column go on in the last: no word is lost. */
        if (n >= columns) {
            g_string_truncate(w->out, w->out->len - N2_MARK_BYTES - 1);
            g_string_append(w->out, "| ");
        } else {
            put_prefix(w, prefix, *as_is);
            *as_is = FALSE;
            g_string_append_printf(w->out, "# " N2_MARK_CELL "%c ", n ? 'C' : kind);
        }
        g_string_append_len(w->out, cell.at, (gssize)cell.len);
        g_string_append(w->out, " " N2_MARK_CELL "\n");
    }
}

/* Writes the table whose header is line @first and which ends with the paragraph at @last. */
static void
put_table(rewriter *w,
          const n2_table *t,
          guint first,
          guint last,
          guint quotes,
          slice prefix,
          gboolean as_is)
{
    gsize start = g_array_index(w->lines, gsize, first - 1);
    slice header = get_line(w, first);
    guint line;

    g_string_append_len(w->out, w->source->str + w->copied, (gssize)(start - w->copied));
    if (as_is)
        header = (slice){header.at + prefix.len, header.len - prefix.len};
    else
        header = strip_quotes(header, quotes);
    put_row(w, header, 'T', prefix, &as_is, t->columns);
    for (line = first + 2; line <= last; line++) {
        slice row = strip_quotes(get_line(w, line), quotes);
        if (!row.len)
            break;
        put_row(w, row, 'R', prefix, &as_is, t->columns);
    }
    w->copied = g_array_index(w->lines, gsize, line - 1);
    g_ptr_array_add(w->tables, g_memdup2(t, sizeof *t));
}

static void
look_for_table(rewriter *w, cmark_node *paragraph, guint quotes)
{
    guint first = (guint)cmark_node_get_start_line(paragraph);
    guint last = (guint)cmark_node_get_end_line(paragraph);
    guint column = (guint)cmark_node_get_start_column(paragraph);
    n2_table t;

    if (!first || last >= w->lines->len || !column || column - 1 > PREFIX_MAX)
        return;
    slice top = get_line(w, first);
    if (column - 1 > top.len || g_array_index(w->lines, gsize, first - 1) < w->copied)
        return;
    slice prefix = {top.at, column - 1};
    for (guint line = first + 1; line <= last; line++) {
        gboolean as_is = line - 1 == first;
        slice header = get_line(w, line - 1);
        if (!read_delimiters(strip_quotes(get_line(w, line), quotes), &t))
            continue;
        header = as_is ? (slice){header.at + prefix.len, header.len - prefix.len}
                       : strip_quotes(header, quotes);
        if (count_cells(header) != t.columns)
            continue;
        if (w->out->len < w->source->len * GROWTH_MAX + ALLOWANCE_BYTES)
            put_table(w, &t, line - 1, last, quotes, prefix, as_is);
        return;
    }
}

static void
rewrite(rewriter *w, cmark_node *tree)
{
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    guint quotes = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_BLOCK_QUOTE)
            quotes += event == CMARK_EVENT_ENTER ? 1U : -1U;
        else if (type == CMARK_NODE_PARAGRAPH && event == CMARK_EVENT_ENTER)
            look_for_table(w, node, quotes);
    }
    cmark_iter_free(iter);
    g_string_append_len(w->out, w->source->str + w->copied,
                        (gssize)(w->source->len - w->copied));
}

cmark_node *
n2_table_parse(const GString *source)
{
    cmark_node *tree = cmark_parse_document(source->str, source->len, CMARK_OPT_DEFAULT);
    if (!may_have_table(source))
        return tree;

    rewriter w = {.source = source,
                  .lines = find_lines(source),
                  .out = g_string_sized_new(source->len),
                  .tables = g_ptr_array_new_with_free_func(g_free)};
    rewrite(&w, tree);
    if (w.tables->len) {
        cmark_node_free(tree);
        tree = cmark_parse_document(w.out->str, w.out->len, CMARK_OPT_DEFAULT);
        cmark_consolidate_text_nodes(tree);
        n2_table_gather(tree, w.tables);
    }
    g_array_unref(w.lines);
    g_string_free(w.out, TRUE);
    g_ptr_array_unref(w.tables);
    return tree;
}
