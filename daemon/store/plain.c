/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plain.c - marks off, words stay: one pass over lines, one over the characters of each.
 */
#include "store/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum {
    FRONT_LINES_MAX = 200, /* longer front matter is text */
    TAG_BYTES_MAX = 2000,  /* a "<" without its ">" so far away is a sign */
    ADDRESS_BYTES_MAX = 2000
};

typedef struct {
    n2_plain *out;
    const char *line;
    size_t len;
    bool in_code;
} reading;

static void
put(n2_plain *out, const char *bytes, size_t len)
{
    memcpy(out->text + out->len, bytes, len);
    out->len += len;
}

static void
put_space(n2_plain *out)
{
    if (out->len && out->text[out->len - 1] != ' ')
        out->text[out->len++] = ' ';
}

static bool
is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c >= 0x80;
}

/* The place of @c in [@at, @at + @max) of the line; 0: it is not there. */
static size_t
find(const reading *r, size_t at, size_t max, char c)
{
    size_t n = r->len - at < max ? r->len - at : max;
    const char *found = memchr(r->line + at, c, n);

    return found ? (size_t)(found - r->line) : 0;
}

/* Behind "](address)" or "][label]" of a link whose "]" is at @at. */
static size_t
behind_address(const reading *r, size_t at)
{
    char open = at + 1 < r->len ? r->line[at + 1] : '\0';
    size_t end = open == '(' || open == '['
                     ? find(r, at + 2, ADDRESS_BYTES_MAX, open == '(' ? ')' : ']')
                     : 0;

    return end ? end + 1 : at + 1;
}

static bool
is_tag(const reading *r, size_t at)
{
    char c = at + 1 < r->len ? r->line[at + 1] : '\0';

    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '!';
}

/* One character that may be a mark; returns where to go on. */
static size_t
mark(const reading *r, size_t at)
{
    n2_plain *out = r->out;
    char c = r->line[at];
    size_t end;

    switch (c) {
    case '\\':
        if (at + 1 < r->len && r->line[at + 1] > ' ' && r->line[at + 1] < 0x7f &&
            !is_word((unsigned char)r->line[at + 1]))
            put(out, &r->line[++at], 1);
        return at + 1;
    case ']':
        return behind_address(r, at);
    case '!': /* of a picture */
        if (at + 1 == r->len || r->line[at + 1] != '[')
            put(out, &c, 1);
        return at + 1;
    case '<':
        end = is_tag(r, at) ? find(r, at, TAG_BYTES_MAX, '>') : 0;
        if (!end)
            put(out, &c, 1);
        else
            put_space(out);
        return end ? end + 1 : at + 1;
    case '_': /* within a word it is of the word */
        if (at && at + 1 < r->len && is_word((unsigned char)r->line[at - 1]) &&
            is_word((unsigned char)r->line[at + 1]))
            put(out, &c, 1);
        return at + 1;
    case '|':
        put_space(out);
        return at + 1;
    case '[':
    case '*':
    case '`':
    case '~':
        return at + 1;
    default:
        put(out, &c, 1);
        return at + 1;
    }
}

static void
put_text(const reading *r, size_t at)
{
    while (at < r->len) {
        unsigned char c = (unsigned char)r->line[at];
        size_t next = at;

        if (c <= ' ' || c == 0x7f) {
            put_space(r->out);
            at++;
        } else if (c < 0x80 && r->in_code) {
            put(r->out, &r->line[at++], 1);
        } else if (c < 0x80) {
            at = mark(r, at);
        } else if (n2_utf8_next(r->line, r->len, &next) < 0) {
            put_space(r->out);
            at++;
        } else {
            put(r->out, r->line + at, next - at);
            at = next;
        }
    }
}

static void
take_title(n2_plain *out, const char *text, size_t len)
{
    while (len && (text[0] == ' ' || text[0] == '"' || text[0] == '\''))
        text++, len--;
    while (len && (text[len - 1] == ' ' || text[len - 1] == '"' || text[len - 1] == '\'' ||
                   text[len - 1] == '#'))
        len--;
    if (len >= sizeof out->title)
        for (len = sizeof out->title - 1; len && ((uint8_t)text[len] & 0xc0) == 0x80;)
            len--;
    memcpy(out->title, text, len);
    out->title[len] = '\0';
}

static size_t
run_of(const reading *r, size_t at, char c)
{
    size_t n = 0;

    while (at + n < r->len && r->line[at + n] == c)
        n++;
    return n;
}

static void
put_line(reading *r)
{
    size_t at = 0, from = r->out->len, n;

    while (at < r->len && (r->line[at] == ' ' || r->line[at] == '\t' || r->line[at] == '>'))
        at++;
    if (run_of(r, at, '`') >= 3 || run_of(r, at, '~') >= 3) {
        r->in_code = !r->in_code;
        return;
    }
    n = run_of(r, at, '#');
    bool is_heading = !r->in_code && n && n <= 6 && at + n < r->len && r->line[at + n] == ' ';
    if (!n) { /* wiki text */
        n = run_of(r, at, '=');
        is_heading = !r->in_code && n && n <= 6 && at + n < r->len && r->line[at + n] == ' ';
    }
    if (is_heading)
        at += n;
    put_space(r->out);
    from = r->out->len;
    put_text(r, at);
    if (!is_heading)
        return;
    while (r->out->len > from && strchr(" #=", r->out->text[r->out->len - 1]))
        r->out->len--;
    if (!*r->out->title)
        take_title(r->out, r->out->text + from, r->out->len - from);
}

static size_t
line_len(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);

    return end ? (size_t)(end - text) : len;
}

static bool
is_line(const char *line, size_t len, const char *what)
{
    while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    return len == strlen(what) && !memcmp(line, what, len);
}

/* Bytes of the front matter, 0 if there is none; its title is taken. */
static size_t
front(n2_plain *out, const char *text, size_t len)
{
    size_t at = line_len(text, len);

    if (!is_line(text, at, "---"))
        return 0;
    for (int i = 0; i < FRONT_LINES_MAX && at < len; i++) {
        size_t from = at + 1, n = from < len ? line_len(text + from, len - from) : 0;
        at = from + n;
        if (is_line(text + from, n, "---"))
            return at < len ? at : len;
        if (n > 6 && !memcmp(text + from, "title:", 6) &&
            !n2_utf8_check_text(text + from, n, NULL))
            take_title(out, text + from + 6, n - 6);
    }
    *out->title = '\0';
    return 0;
}

n2_err
n2_plain_read(n2_plain *out, const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    reading r = {.out = out};

    *out = (n2_plain){.text = malloc(2 * len + 1)}; /* a space for each line break at most */
    if (!out->text)
        return N2_ERR_NOMEM;
    for (size_t at = front(out, text, len); at < len; at += r.len + 1) {
        r.line = text + at;
        r.len = line_len(r.line, len - at);
        put_line(&r);
    }
    return N2_OK;
}

void
n2_plain_clear(n2_plain *plain)
{
    free(plain->text);
    *plain = (n2_plain){0};
}
