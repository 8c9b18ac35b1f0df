/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * out.c - results for people: columns, times, colours, progress.
 */
#include <glib/gi18n.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum {
    PROGRESS_AFTER_US = 300000, /* what is quicker shows none */
    PROGRESS_EVERY_US = 100000,
    PROGRESS_CELLS = 24
};

/* Controls drive terminals; direction marks and line separators make text stand where it is
 * not. */
static gboolean
is_harmful(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x061c ||
           c == 0xfeff;
}

char *
n2_cli_clean(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);

    for (const char *p = valid; *p; p = n2_cli_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, is_harmful(c) ? 0xfffd : c);
    }
    return g_string_free(out, FALSE);
}

/* Bytes of "ESC [ 1 ; 31 m" at @text, 0 if it is no such sequence. */
static gsize
colour_len(const char *text)
{
    if (text[0] != 0x1b || text[1] != '[')
        return 0;
    gsize n = 2 + strspn(text + 2, "0123456789;");
    return text[n] == 'm' ? n + 1 : 0;
}

void
n2_cli_clean_page(char *text, gboolean has_colour)
{
    while (*text) {
        gsize colour = has_colour ? colour_len(text) : 0;
        guchar c = (guchar)*text;
        if (colour)
            text += colour;
        else if (c == 0xc2 && (guchar)text[1] >= 0x80 && (guchar)text[1] < 0xa0)
            text[1] = (char)0xbf; /* a C1 control: an inverted question mark instead */
        else {
            if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
                *text = '?';
            text++;
        }
    }
}

char **
n2_cli_row(const char *first, ...)
{
    GPtrArray *row = g_ptr_array_new();
    va_list words;

    va_start(words, first);
    for (const char *word = first; word; word = va_arg(words, const char *))
        g_ptr_array_add(row, n2_cli_clean(word));
    va_end(words);
    g_ptr_array_add(row, NULL);
    return (char **)g_ptr_array_free(row, FALSE);
}

/* Columns on a terminal: marks take none, wide letters two, our own colours none. */
static guint
width_of(const char *text)
{
    guint width = 0;

    for (const char *p = text; *p; p = n2_cli_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == 0x1b)
            p += strcspn(p, "m");
        if (c == 0x1b)
            continue;
        if (!g_unichar_iszerowidth(c))
            width += g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

enum {
    COLUMNS_MAX = 16
};

typedef struct {
    guint width;
    gboolean is_right, is_left_out;
} column;

static void
append_cell(GString *line, const char *cell, const column *c)
{
    guint fill = c->width - width_of(cell);

    if (line->len)
        g_string_append(line, "  ");
    for (guint i = 0; c->is_right && i < fill; i++)
        g_string_append_c(line, ' ');
    g_string_append(line, cell);
    for (guint i = 0; !c->is_right && i < fill; i++)
        g_string_append_c(line, ' ');
}

/* Returns: how many columns there are. */
static guint
measure(const GPtrArray *rows, column *columns)
{
    guint n_columns = 0;

    for (guint r = 0; r < rows->len; r++) {
        char **row = rows->pdata[r];
        guint n = g_strv_length(row);
        g_assert(n <= COLUMNS_MAX);
        n_columns = MAX(n_columns, n);
        for (guint c = 0; c < n; c++)
            columns[c].width = MAX(columns[c].width, width_of(row[c]));
    }
    return n_columns;
}

static void
print_rows(const GPtrArray *rows, const column *columns)
{
    for (guint r = 0; r < rows->len; r++) {
        char **row = rows->pdata[r];
        g_autoptr(GString) line = g_string_new(NULL);
        for (guint c = 0; row[c]; c++)
            if (!columns[c].is_left_out)
                append_cell(line, row[c], &columns[c]);
        printf("%s\n", g_strchomp(line->str));
    }
}

void
n2_cli_print_columns(GPtrArray *rows, guint n_right)
{
    column columns[COLUMNS_MAX] = {0};
    guint n = measure(rows, columns);

    for (guint c = 0; c < n; c++)
        columns[c].is_right = c + n_right >= n;
    print_rows(rows, columns);
}

static gboolean
is_empty(const GPtrArray *rows, guint c)
{
    for (guint r = 1; r < rows->len; r++)
        if (*((char **)rows->pdata[r])[c])
            return FALSE;
    return TRUE;
}

void
n2_cli_print_table(GPtrArray *rows, const char *sides)
{
    column columns[COLUMNS_MAX] = {0};
    guint n = measure(rows, columns);

    for (guint c = 0; c < n; c++) {
        columns[c].is_right = sides[c] == 'r';
        columns[c].is_left_out = is_empty(rows, c);
    }
    print_rows(rows, columns);
}

char *
n2_cli_format_us(guint64 us)
{
    if (!us)
        return g_strdup("");
    if (us < 100)
        return g_strdup(_("< 0.1 ms"));
    if (us < 10000)
        return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " ms", us / 1000,
                               us % 1000 / 100);
    return g_strdup_printf("%" G_GUINT64_FORMAT " ms", us / 1000);
}

char *
n2_cli_format_time(gint64 us)
{
    g_autoptr(GDateTime) time = us ? g_date_time_new_from_unix_local(us / 1000000) : NULL;

    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M") : g_strdup("");
}

char *
n2_cli_tone(const N2Cli *cli, N2CliTone tone, const char *word)
{
    static const char *const codes[] = {
        [N2_TONE_GOOD] = "32", [N2_TONE_BAD] = "31", [N2_TONE_TITLE] = "1"};

    return cli->has_colour ? g_strdup_printf("\033[%sm%s\033[0m", codes[tone], word)
                           : g_strdup(word);
}

void
n2_cli_reader_gone(void)
{
    /* GIO ignores the signal for its sockets' sake; here it means what it always meant. */
    (void)signal(SIGPIPE, SIG_DFL);
    (void)raise(SIGPIPE);
}

void
n2_cli_progress(const N2Cli *cli, N2CliProgress *p, guint64 done, guint64 total)
{
    gint64 now = g_get_monotonic_time();

    if (!p->begun_us)
        p->begun_us = now;
    if (!cli->err_is_terminal || cli->is_json || now - p->begun_us < PROGRESS_AFTER_US ||
        now - p->drawn_us < PROGRESS_EVERY_US)
        return;
    p->drawn_us = now;
    p->is_shown = TRUE;

    g_autoptr(GString) bar = g_string_new(NULL);
    guint full = total ? (guint)(MIN(done, total) * PROGRESS_CELLS / total) : 0;
    for (guint i = 0; total && i < PROGRESS_CELLS; i++)
        g_string_append(bar, i < full ? "█" : "░");
    double seconds = (double)(now - p->begun_us) / 1e6;
    g_autofree char *size = g_format_size(done);
    g_autofree char *rate = g_format_size((guint64)((double)done / seconds));
    if (total)
        fprintf(stderr, "\r\033[K%s %3u %%  %s  %s/s", bar->str,
                (guint)(MIN(done, total) * 100 / total), size, rate);
    else
        fprintf(stderr, "\r\033[K%s  %s/s", size, rate);
}

void
n2_cli_progress_end(N2CliProgress *p)
{
    if (p->is_shown)
        fprintf(stderr, "\r\033[K");
    p->is_shown = FALSE;
}
