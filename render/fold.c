/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fold.c - words into lines, cells into columns, for a terminal.
 */
#include "render/fold.h"

#include <string.h>

#include "render/page.h"

enum {
    GAP = 2,          /* blanks between the columns of a table */
    COLUMN_MIN = 6,   /* a table column is not squeezed below this */
    COLUMN_MAX = 200, /* nor wider, or one long cell would pad every row */
};

static guint
character_columns(gunichar c)
{
    if (c < ' ' || g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

static guint
count_columns(const char *text, gsize len)
{
    guint columns = 0;
    for (gsize i = 0; i < len; i += (gsize)g_utf8_skip[(guchar)text[i]])
        columns += character_columns(g_utf8_get_char(text + i));
    return columns;
}

GString *
n2_fold_words(const char *words, guint columns)
{
    GString *out = g_string_new(NULL);
    guint used = 0;
    const char *at = words;
    for (;;) {
        gsize blanks = strspn(at, " ");
        const char *word = at + blanks;
        gsize len = strcspn(word, " \v");
        guint wide = count_columns(word, len);
        if (used && columns && used + 1 + wide > columns) {
            g_string_append_c(out, '\n');
            used = 0;
        } else if (used && blanks && len) {
            g_string_append_c(out, ' ');
            used++;
        }
        g_string_append_len(out, word, (gssize)len);
        used += wide;
        at = word + len;
        if (*at == N2_FOLD_NEWLINE) {
            g_string_append_c(out, '\n');
            used = 0;
            at++;
        } else if (!*at) {
            break;
        }
    }
    return out;
}

guint
n2_fold_longest(const char *lines)
{
    guint longest = 0;
    while (*lines) {
        gsize len = strcspn(lines, "\n");
        longest = MAX(longest, count_columns(lines, len));
        lines += len + (lines[len] ? 1 : 0);
    }
    return longest;
}

/* Squeezes the widest columns until the table fits @columns or all are at COLUMN_MIN. */
static void
squeeze(guint *wanted, guint n, guint columns)
{
    guint gaps = n ? (n - 1) * GAP : 0;
    guint left = columns > gaps ? columns - gaps : 0;
    guint fair = MAX(n ? left / n : 0, (guint)COLUMN_MIN);
    guint narrow = 0, wide = 0;
    guint64 total = 0;
    for (guint i = 0; i < n; i++) {
        total += wanted[i];
        narrow += wanted[i] <= fair ? wanted[i] : 0;
        wide += wanted[i] <= fair ? 0 : 1;
    }
    if (total <= left || !wide)
        return;
    guint share = MAX(left > narrow ? (left - narrow) / wide : 0, (guint)COLUMN_MIN);
    for (guint i = 0; i < n; i++)
        if (wanted[i] > fair)
            wanted[i] = MIN(wanted[i], share);
}

static void
put_blanks(GString *out, guint n)
{
    for (guint i = 0; i < n; i++)
        g_string_append_c(out, ' ');
}

static void
put_padded(GString *out, const char *text, gsize len, guint columns, char align)
{
    guint used = count_columns(text, len);
    guint pad = columns > used ? columns - used : 0;
    guint before = align == 'r' ? pad : align == 'c' ? pad / 2 : 0;
    put_blanks(out, before);
    g_string_append_len(out, text, (gssize)len);
    put_blanks(out, pad - before);
}

/* Writes a row of cells, each folded to its column, as so many lines as the longest needs. */
static void
put_row(GString *out, const char *const *cells, guint n, const guint *columns)
{
    g_autoptr(GPtrArray) folded = g_ptr_array_new_with_free_func(g_free);
    g_autofree const char **at = g_new0(const char *, n + 1);
    gboolean more = n > 0;
    for (guint i = 0; i < n; i++) {
        char *lines = g_string_free(n2_fold_words(cells[i] + 1, columns[i]), FALSE);
        g_ptr_array_add(folded, lines);
        at[i] = lines;
    }
    while (more) {
        more = FALSE;
        for (guint i = 0; i < n; i++) {
            gsize len = strcspn(at[i], "\n");
            put_blanks(out, i ? GAP : 0);
            put_padded(out, at[i], len, columns[i], cells[i][0]);
            at[i] += len + (at[i][len] ? 1 : 0);
            more = more || *at[i];
        }
        g_string_append_c(out, '\n');
    }
}

GString *
n2_fold_table(
    const char *const *cells, const guint *widths, guint n_rows, guint head_rows, guint columns)
{
    guint wanted[N2_PAGE_COLUMNS_MAX] = {0}, n = 0;
    GString *out = g_string_new(NULL);
    const char *const *cell = cells;
    for (guint row = 0; row < n_rows; row++) {
        n = MAX(n, MIN(widths[row], (guint)N2_PAGE_COLUMNS_MAX));
        for (guint i = 0; i < widths[row] && i < N2_PAGE_COLUMNS_MAX; i++) {
            g_autofree char *line = g_string_free(n2_fold_words(cell[i] + 1, 0), FALSE);
            wanted[i] = MIN(MAX(wanted[i], n2_fold_longest(line)), (guint)COLUMN_MAX);
        }
        cell += widths[row];
    }
    if (columns)
        squeeze(wanted, n, columns);
    cell = cells;
    for (guint row = 0; row < n_rows; row++) {
        put_row(out, cell, MIN(widths[row], (guint)N2_PAGE_COLUMNS_MAX), wanted);
        cell += widths[row];
        if (row + 1 != head_rows)
            continue;
        for (guint i = 0; i < n; i++) {
            put_blanks(out, i ? GAP : 0);
            for (guint k = 0; k < wanted[i]; k++)
                g_string_append_c(out, '-');
        }
        g_string_append_c(out, '\n');
    }
    return out;
}

void
n2_fold_style(GString *out, const char *line, gsize len, gboolean ansi)
{
    static const char *const sequences[] = {
        [N2_FOLD_BOLD] = "\033[1m",      [N2_FOLD_BOLD_OFF] = "\033[22m",
        [N2_FOLD_ITALIC] = "\033[3m",    [N2_FOLD_ITALIC_OFF] = "\033[23m",
        [N2_FOLD_UNDERLINE] = "\033[4m", [N2_FOLD_UNDERLINE_OFF] = "\033[24m",
    };
    for (gsize i = 0; i < len; i++) {
        if (line[i] < N2_FOLD_BOLD || line[i] > N2_FOLD_UNDERLINE_OFF)
            g_string_append_c(out, line[i]);
        else if (ansi)
            g_string_append(out, sequences[(guint)line[i]]);
    }
}
