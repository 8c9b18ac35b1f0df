/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text-line.c - words into lines behind the prefix of what is open.
 */
#include <string.h>

#include "render/text-write.h"
#include "render/unseen.h"

enum {
    COLUMNS_MIN = 20,
    INDENT_MAX = 12, /* open quotes and items that still move the text to the right */
};

void
n2_text_put(GString *out, const char *text, gboolean keep_lines)
{
    gunichar before = 0, c = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        before = c;
        c = g_utf8_get_char(p);
        const char *shown = n2_mark_shown(p);
        const n2_unseen *what = c >= 0x80 ? n2_unseen_find(c, before) : NULL;
        if (c < 0x80 && c >= ' ' && c != 0x7f)
            g_string_append_c(out, (char)c);
        else if (c == '\n' || c == '\t')
            g_string_append(out, c == '\t' ? "    " : keep_lines ? "\n" : " ");
        else if (shown)
            g_string_append(out, shown);
        else if (c == 0xad)
            continue;
        else if (what)
            g_string_append_printf(out, "[%s]", what->label);
        else if (g_unichar_iscntrl(c))
            g_string_append(out, "\xef\xbf\xbd");
        else
            g_string_append_unichar(out, c);
    }
}

/* Code outside tables keeps the backslash before a pipe. */
void
n2_text_code(n2_text_writer *w, const char *text, gboolean keep_lines)
{
    g_autofree char *whole = n2_mark_restore(text, w->cells != NULL);
    n2_text_put(w->words, whole, keep_lines);
}

/* The prefix of the next line; an item's bullet is shown once. */
void
n2_text_prefix(n2_text_writer *w)
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
prefix_columns(n2_text_writer *w)
{
    guint columns = 0;
    for (guint i = 0; i < w->prefixes->len; i++)
        columns += (guint)g_utf8_strlen(g_ptr_array_index(w->prefixes, i), -1);
    return columns;
}

void
n2_text_end_line(n2_text_writer *w)
{
    while (w->out->len && w->out->str[w->out->len - 1] == ' ')
        g_string_truncate(w->out, w->out->len - 1);
    g_string_append_c(w->out, '\n');
}

void
n2_text_begin(n2_text_writer *w)
{
    if (w->gap_wanted && w->out->len) {
        for (guint i = 0; i < w->prefixes->len; i++)
            if (*(char *)g_ptr_array_index(w->prefixes, i) == '>')
                g_string_append(w->out, "> ");
        n2_text_end_line(w);
    }
    w->gap_wanted = FALSE;
}

/* Writes @lines, which have no prefix yet. */
void
n2_text_lines(n2_text_writer *w, const GString *lines, const char *indent)
{
    const char *at = lines->str;
    n2_text_begin(w);
    while (*at) {
        gsize len = strcspn(at, "\n");
        n2_text_prefix(w);
        g_string_append(w->out, indent);
        n2_fold_style(w->out, at, len, w->flags & N2_TEXT_ANSI);
        n2_text_end_line(w);
        at += len + (at[len] ? 1 : 0);
    }
}

guint
n2_text_room(n2_text_writer *w, guint indent)
{
    guint used = prefix_columns(w) + indent;
    if (!w->columns)
        return 0;
    return w->columns > used + COLUMNS_MIN ? w->columns - used : COLUMNS_MIN;
}

void
n2_text_words(n2_text_writer *w)
{
    GString *folded = n2_fold_words(w->words->str, n2_text_room(w, 0));
    if (folded->len)
        n2_text_lines(w, folded, "");
    g_string_free(folded, TRUE);
    g_string_truncate(w->words, 0);
}

void
n2_text_open(n2_text_writer *w, char *prefix)
{
    n2_text_begin(w); /* the blank line belongs to what is outside */
    if (w->prefixes->len >= INDENT_MAX) {
        w->hidden++;
        g_free(prefix);
    } else {
        g_ptr_array_add(w->prefixes, prefix);
    }
}

void
n2_text_close(n2_text_writer *w)
{
    if (w->hidden)
        w->hidden--;
    else
        g_ptr_array_set_size(w->prefixes, (int)w->prefixes->len - 1);
}
