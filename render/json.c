/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * json.c - reads JSON as RFC 8259 has it, in one pass without recursion.
 */
#include <string.h>

#include "render/data.h"

typedef struct {
    const char *at, *end;
    gsize line;                            /* from 1 */
    char open[N2_PAGE_DATA_DEPTH_MAX + 1]; /* '[' or '{' of each open one */
    guint depth;
} reader;

static void
skip_blanks(reader *r)
{
    while (r->at < r->end && strchr(" \t\n\r", *r->at)) {
        r->line += *r->at == '\n' ? 1 : 0;
        r->at++;
    }
}

/* Four hex digits; -1 if they are none. */
static int
read_unit(reader *r)
{
    int unit = 0;
    if (r->end - r->at < 4)
        return -1;
    for (guint i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(r->at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    r->at += 4;
    return unit;
}

/* What follows "\u"; FALSE if it is wrong.  Half a pair and what is no text become U+FFFD. */
static gboolean
read_unicode(reader *r, GString *out)
{
    int unit = read_unit(r);
    if (unit < 0)
        return FALSE;
    gunichar c = (gunichar)unit;
    if (c >= 0xd800 && c < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
        r->at[1] == 'u') {
        const char *before = r->at;
        r->at += 2;
        int low = read_unit(r);
        if (low >= 0xdc00 && low < 0xe000)
            c = 0x10000 + ((c - 0xd800) << 10) + (gunichar)(low - 0xdc00);
        else
            r->at = before;
    }
    gboolean is_text = c && g_unichar_validate(c) && !(c >= 0xfdd0 && c <= 0xfdef);
    g_string_append_unichar(out, is_text ? c : 0xfffd);
    return TRUE;
}

/* The string whose quote is at @r (transfer full); NULL if it is wrong. */
static char *
read_string(reader *r)
{
    static const char escapes[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    g_autoptr(GString) out = g_string_new(NULL);
    r->at++;
    while (r->at < r->end) {
        char c = *r->at++;
        if (c == '"')
            return g_string_free(g_steal_pointer(&out), FALSE);
        if (c >= 0 && c < ' ')
            return NULL;
        if (c != '\\') {
            g_string_append_c(out, c);
            continue;
        }
        char kind = r->at < r->end ? *r->at++ : '\0';
        const char *known = kind ? strchr(escapes, kind) : NULL;
        if (known)
            g_string_append_c(out, means[known - escapes]);
        else if (kind != 'u' || !read_unicode(r, out))
            return NULL;
    }
    return NULL;
}

static gsize
count_digits(const char *at, const char *end)
{
    gsize n = 0;
    while (at + n < end && g_ascii_isdigit(at[n]))
        n++;
    return n;
}

/* Length of the number at @r, 0 if there is none. */
static gsize
number_length(const reader *r)
{
    const char *at = r->at;
    at += at < r->end && *at == '-' ? 1 : 0;
    gsize n = count_digits(at, r->end);
    if (!n || (n > 1 && *at == '0'))
        return 0;
    at += n;
    if (at < r->end && *at == '.') {
        n = count_digits(at + 1, r->end);
        if (!n)
            return 0;
        at += n + 1;
    }
    if (at < r->end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < r->end && (*at == '+' || *at == '-') ? 1 : 0;
        n = count_digits(at, r->end);
        if (!n)
            return 0;
        at += n;
    }
    return (gsize)(at - r->at);
}

/* A value that holds no others. */
static gboolean
read_simple(reader *r, n2_data *data)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*r->at == '"') {
        g_autofree char *string = read_string(r);
        return string && n2_data_value(data, N2_NODE_DATA_STRING, string);
    }
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        gsize n = strlen(words[i]);
        if ((gsize)(r->end - r->at) >= n && !strncmp(r->at, words[i], n)) {
            r->at += n;
            return n2_data_value(data, N2_NODE_DATA_WORD, words[i]);
        }
    }
    gsize len = number_length(r);
    g_autofree char *number = g_strndup(r->at, len);
    r->at += len;
    return len && n2_data_value(data, N2_NODE_DATA_NUMBER, number);
}

/* Takes the byte @c, and blanks before it. */
static gboolean
take(reader *r, char c)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at != c)
        return FALSE;
    r->at++;
    return TRUE;
}

static gboolean
read_key(reader *r, n2_data *data)
{
    skip_blanks(r);
    char *key = r->at < r->end && *r->at == '"' ? read_string(r) : NULL;
    return key && n2_data_key(data, key) && take(r, ':');
}

/* Closes what ends here, then goes to the next value; FALSE at an error.  @is_done (out): the
 * outermost value has ended. */
static gboolean
go_on(reader *r, n2_data *data, gboolean *is_done)
{
    while (r->depth) {
        gboolean is_list = r->open[r->depth - 1] == '[';
        if (take(r, ','))
            return is_list || read_key(r, data);
        if (!take(r, is_list ? ']' : '}'))
            return FALSE;
        r->depth--;
        n2_data_end(data);
    }
    *is_done = TRUE;
    skip_blanks(r);
    return r->at == r->end;
}

static gboolean
read_all(reader *r, n2_data *data)
{
    gboolean is_done = FALSE;
    while (!is_done) {
        skip_blanks(r);
        if (r->at == r->end)
            return FALSE;
        if (*r->at == '[' || *r->at == '{') {
            char open = *r->at++;
            if (!n2_data_begin(data, open == '['))
                return FALSE;
            r->open[r->depth++] = open;
            skip_blanks(r);
            if (r->at == r->end)
                return FALSE;
            if (*r->at != (open == '[' ? ']' : '}')) {
                if (open == '{' && !read_key(r, data))
                    return FALSE;
                continue;
            }
        } else if (!read_simple(r, data)) {
            return FALSE;
        }
        if (!go_on(r, data, &is_done))
            return FALSE;
    }
    return TRUE;
}

cmark_node *
n2_json_parse(const char *source, gsize len, char **problem)
{
    n2_data data = n2_data_init();
    reader r = {.at = source, .end = source + len, .line = 1};
    if (!read_all(&r, &data))
        n2_data_fail(&data, "JSON", r.line);
    return n2_data_take(&data, problem);
}
