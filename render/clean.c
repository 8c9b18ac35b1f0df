/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * clean.c - from foreign bytes to the UTF-8 that the parsers may see.
 */
#include "render/tree.h"

#include <string.h>

enum {
    COMPOSE_BYTES = 256,      /* brought into normal form C at once, and on to the next */
    COMPOSE_BYTES_MAX = 4096, /* character that surely begins anew, but never more than this */
};

typedef struct {
    GString *out;
    gboolean is_markup;
    gsize line_start;     /* in out */
    guint blank_lines;    /* in a row, before this line */
    guint pictures;       /* "![" since the last blank line */
    guint backslashes;    /* directly before this character */
    guint accents;        /* combining marks in a row, before this character */
    gboolean is_composed; /* nothing seen that normal form C could change */
    gsize bad_bytes;
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
    c->backslashes = c->accents = 0;
    c->last = '\n';
}

/* Whether the line has only up to three blanks so far. */
static gboolean
is_line_start(const cleaner *c)
{
    gsize n = c->out->len - c->line_start;
    return c->line_blank && n <= 3 && !memchr(c->out->str + c->line_start, '\t', n);
}

/* Length of the label in "[^label]" at @at, or 0. */
static gsize
label_length(const char *at, gsize left)
{
    gsize i = 2;
    if (left < 4 || at[0] != '[' || at[1] != '^')
        return 0;
    while (i < left && i < 2 + N2_LABEL_MAX &&
           (g_ascii_isalnum(at[i]) || at[i] == '-' || at[i] == '_' || (guchar)at[i] >= 0x80))
        i++;
    gboolean closes = i > 2 && i < left && at[i] == ']';
    if (closes && i + 1 < left && at[i + 1] == '(')
        return 0; /* a link whose text begins with "^" */
    return closes && g_utf8_validate(at + 2, (gssize)i - 2, NULL) ? i - 2 : 0;
}

/* "[^label]" and ": definition" become marks: cmark would read the first as a link, and what
 * belongs to either as code.  Returns the bytes used, 0 if there is none of them. */
static gsize
put_marks(cleaner *c, const char *at, gsize left)
{
    gsize label = c->backslashes & 1 ? 0 : label_length(at, left);
    gboolean starts = is_line_start(c);
    if (label) {
        gboolean defines = starts && left > label + 3 && at[label + 3] == ':';
        g_string_append(c->out, defines ? N2_MARK_ITEM N2_MARK_DEFINE : N2_MARK_NOTE);
        g_string_append_len(c->out, at + 2, (gssize)label);
        g_string_append(c->out, N2_MARK_END);
        c->line_blank = FALSE;
        c->last = ']';
        return label + 3;
    }
    if (!starts || left < 3 || at[0] != ':' || (at[1] != ' ' && at[1] != '\t'))
        return 0;
    gsize i = 1;
    while (i < left && (at[i] == ' ' || at[i] == '\t'))
        i++;
    if (i == left || at[i] == '\n' || at[i] == '\r')
        return 0;
    g_string_append(c->out, N2_MARK_ITEM N2_MARK_TERM);
    c->line_blank = FALSE;
    c->last = ':';
    return 1;
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
    c->accents = 0;
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
    else
        c->bad_bytes++;
    /* Putting combining marks in order costs the square of their number. */
    gboolean is_accent = is_valid && g_unichar_combining_class(ch);
    c->accents = is_accent ? c->accents + 1 : 0;
    if (c->accents > N2_PAGE_ACCENTS_MAX)
        return used;
    c->is_composed = c->is_composed && ch < 0x300;
    if (is_valid && !(ch >= 0xfdd0 && ch <= 0xfdef))
        g_string_append_len(c->out, at, (gssize)used);
    else
        g_string_append(c->out, "\xef\xbf\xbd");
    return used;
}

/* Whether @ch may become one with the character before it. */
static gboolean
joins(gunichar ch)
{
    gboolean is_jamo = ch >= 0x1160 && ch <= 0x11ff; /* vowels and ends of Hangul syllables */
    return ch >= 0x300 && (is_jamo || g_unichar_ismark(ch) || g_unichar_combining_class(ch));
}

/* Brings @text into normal form C, piece by piece: GLib moves all that follows for each pair
 * that it joins. */
static GString *
compose(GString *text)
{
    GString *out = g_string_sized_new(text->len + 1);
    const char *end = text->str + text->len;
    for (const char *from = text->str, *to = from; from < end; from = to) {
        while (to < end && (to - from < COMPOSE_BYTES ||
                            (to - from < COMPOSE_BYTES_MAX && joins(g_utf8_get_char(to)))))
            to = g_utf8_next_char(to);
        g_autofree char *composed = g_utf8_normalize(from, to - from, G_NORMALIZE_NFC);
        g_string_append(out, composed);
    }
    g_string_free(text, TRUE);
    return out;
}

GString *
n2_clean(
    const void *bytes, gsize len, n2_page_format format, gboolean *is_cut, gsize *bad_bytes)
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
                 .is_composed = TRUE,
                 .line_blank = TRUE};
    if (len >= 3 && !memcmp(at, "\xef\xbb\xbf", 3))
        i = 3;
    while (i < len) {
        char ch = at[i];
        gsize used = c.is_markup ? put_marks(&c, at + i, len - i) : 0;
        if (used) {
            i += used;
        } else if (ch == '\n' || ch == '\r') {
            i += ch == '\r' && i + 1 < len && at[i + 1] == '\n' ? 2 : 1;
            end_line(&c);
        } else if (ch > 0) {
            put_ascii(&c, ch);
            i++;
        } else {
            i += put_wide(&c, at + i, len - i);
        }
    }
    *bad_bytes = c.bad_bytes;
    return c.is_composed ? c.out : compose(c.out);
}
