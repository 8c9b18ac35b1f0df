/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * clean.c - from foreign bytes to the UTF-8 that the parsers may see.
 */
#include "render/tree.h"

#include <string.h>

typedef struct {
    GString *out;
    gboolean is_markup;
    gsize line_start;    /* in out */
    guint blank_lines;   /* in a row, before this line */
    guint pictures;      /* "![" since the last blank line */
    guint backslashes;   /* directly before this character */
    gboolean line_blank; /* so far */
    char last;           /* previous byte, 0 if it was no ASCII */
} cleaner;

static void
end_line(cleaner *c)
{
    c->blank_lines = c->line_blank ? c->blank_lines + 1 : 0;
    if (c->line_blank)
        c->pictures = 0;
    /* A blank line costs the block parser a step for each open list, so a few bytes of
     * nesting followed by many empty lines would be quadratic. */
    if (c->is_markup && c->blank_lines > N2_PAGE_BLANKS_MAX)
        g_string_truncate(c->out, c->line_start);
    else
        g_string_append_c(c->out, '\n');
    c->line_start = c->out->len;
    c->line_blank = TRUE;
    c->backslashes = 0;
    c->last = '\n';
}

static void
put_ascii(cleaner *c, char ch)
{
    if (ch != ' ' && ch != '\t')
        c->line_blank = FALSE;
    if (c->is_markup && ch == '|' && (c->backslashes & 1)) {
        g_string_truncate(c->out, c->out->len - 1);
        g_string_append(c->out, N2_MARK_PIPE);
    } else {
        /* Each closed link makes cmark 0.30 look at every open picture before it. */
        if (c->is_markup && ch == '[' && c->last == '!' && ++c->pictures > N2_PAGE_PICTURES_MAX)
            g_string_append(c->out, N2_MARK_BREAK);
        g_string_append_c(c->out, ch);
    }
    c->backslashes = ch == '\\' ? c->backslashes + 1 : 0;
    c->last = ch;
}

/* A character of two or more bytes, or one that is none; returns the bytes used. */
static gsize
put_wide(cleaner *c, const char *at, gsize left)
{
    gunichar ch = g_utf8_get_char_validated(at, (gssize)left);
    gsize used = 1;
    c->line_blank = FALSE;
    c->backslashes = 0;
    c->last = 0;
    gboolean is_valid = ch < 0x110000 && ch;
    if (is_valid)
        used = (gsize)g_unichar_to_utf8(ch, NULL);
    if (is_valid && !(ch >= 0xfdd0 && ch <= 0xfdef))
        g_string_append_len(c->out, at, (gssize)used);
    else
        g_string_append(c->out, "\xef\xbf\xbd");
    return used;
}

GString *
n2_clean(const void *bytes, gsize len, n2_page_format format, gboolean *is_cut)
{
    const char *at = bytes;
    gsize i = 0;

    *is_cut = len > N2_PAGE_BYTES_MAX;
    if (*is_cut) {
        len = N2_PAGE_BYTES_MAX;
        while (len > N2_PAGE_BYTES_MAX - 4 && ((guchar)at[len] & 0xc0) == 0x80)
            len--;
    }
    cleaner c = {.out = g_string_sized_new(len + len / 16 + 16),
                 .is_markup = format == N2_PAGE_MARKDOWN,
                 .line_blank = TRUE};
    if (len >= 3 && !memcmp(at, "\xef\xbb\xbf", 3))
        i = 3;
    while (i < len) {
        char ch = at[i];
        if (ch == '\n' || ch == '\r') {
            i += ch == '\r' && i + 1 < len && at[i + 1] == '\n' ? 2 : 1;
            end_line(&c);
        } else if (ch > 0) {
            put_ascii(&c, ch);
            i++;
        } else {
            i += put_wide(&c, at + i, len - i);
        }
    }
    return c.out;
}
