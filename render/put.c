/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * put.c - text of a page into HTML: escaped, and what can't be seen made visible.
 */
#include "render/put.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/tree.h"
#include "render/unseen.h"

static const char hex[] = "0123456789ABCDEF";

/* Appends the ASCII character @c. */
static void
put_ascii(GString *out, char c)
{
    switch (c) {
    case '&':
        g_string_append(out, "&amp;");
        break;
    case '<':
        g_string_append(out, "&lt;");
        break;
    case '>':
        g_string_append(out, "&gt;");
        break;
    case '"':
        g_string_append(out, "&quot;");
        break;
    default:
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
            g_string_append(out, "\xef\xbf\xbd");
        else
            g_string_append_c(out, c);
        break;
    }
}

/* Appends @n times the invisible character @c as a span, or in brackets. */
static void
put_unseen(GString *out, const n2_unseen *what, gunichar c, guint n, gboolean in_attribute)
{
    if (in_attribute) {
        g_string_append_printf(out, "[%s]", what->label);
        return;
    }
    g_string_append_printf(out, "<span class=\"unseen\" title=\"U+%04X %s\">%s", c, what->name,
                           what->label);
    if (n > 1)
        g_string_append_printf(out, "\xc3\x97%u", n);
    g_string_append(out, "</span>");
}

static void
put(GString *out, const char *text, gsize len, gboolean in_attribute)
{
    gunichar before = 0;
    const char *end = text + len;
    while (text < end) {
        if (*text > 0 || !*text) {
            before = (gunichar)*text;
            put_ascii(out, *text++);
            continue;
        }
        const char *shown = n2_mark_shown(text);
        if (shown) {
            g_string_append(out, shown);
            text += N2_MARK_BYTES;
            continue;
        }
        gunichar c = g_utf8_get_char(text);
        gsize used = (gsize)g_utf8_skip[(guchar)*text];
        const n2_unseen *what = n2_unseen_find(c, before);
        guint n = 1;
        if (what) {
            while (text + (n + 1) * used <= end && !memcmp(text, text + n * used, used))
                n++;
            put_unseen(out, what, c, n, in_attribute);
        } else if (c < 0xa0) {
            g_string_append(out, "\xef\xbf\xbd");
        } else {
            g_string_append_len(out, text, (gssize)used);
        }
        before = c;
        text += n * used;
    }
}

void
n2_put_text(GString *out, const char *text, gsize len)
{
    put(out, text, len, FALSE);
}

void
n2_put_attribute(GString *out, const char *text)
{
    put(out, text, strlen(text), TRUE);
}

void
n2_put_name(GString *out, const char *text, gsize len)
{
    while (len) {
        gsize word = n2_alike_word(text, len);
        g_autofree char *seen = NULL;
        if (word && n2_alike_judge(text, word, &seen) == N2_ALIKE_MIXED) {
            g_autofree char *title =
                g_strdup_printf(_("Letters of two alphabets: it only looks like “%s”"), seen);
            g_string_append(out, "<span class=\"alike\" title=\"");
            n2_put_attribute(out, title);
            g_string_append(out, "\">");
            put(out, text, word, FALSE);
            g_string_append(out, "</span>");
        } else if (word) {
            put(out, text, word, FALSE);
        }
        gsize other = word;
        while (other < len && !n2_alike_word(text + other, len - other))
            other += (gsize)g_utf8_skip[(guchar)text[other]];
        other = MIN(other, len);
        put(out, text + word, other - word, FALSE);
        text += other;
        len -= other;
    }
}

void
n2_put_href(GString *out, const char *href)
{
    for (const char *p = href; *p; p++) {
        if (*p == '&') {
            g_string_append(out, "&amp;");
        } else if (*p == '\'') {
            g_string_append(out, "&#x27;");
        } else if (g_ascii_isalnum(*p) || strchr("-_.+!*(),%#@?=;:/$~", *p)) {
            g_string_append_c(out, *p);
        } else {
            g_string_append_c(out, '%');
            g_string_append_c(out, hex[(guchar)*p >> 4]);
            g_string_append_c(out, hex[*p & 15]);
        }
    }
}

void
n2_put_warning(GString *out, const char *address)
{
    g_autofree char *why = n2_alike_explain(address);
    if (!why)
        return;
    g_string_append(out, "<span class=\"warning\" title=\"");
    n2_put_attribute(out, why);
    g_string_append(out, "\">");
    n2_put_text(out, "≈", 3);
    g_string_append(out, "</span>");
}
