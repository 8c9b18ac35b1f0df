/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code.c - source code cut into words, strings, comments.
 */
#include "render/code.h"

#include <string.h>

#include "render/language.h"

enum {
    WORD_MAX = 32, /* bytes of a word that is looked up */
    LOOK_MAX = 32, /* blanks between a key and its colon */
};

/* Whether @list, words between blanks, has @word; the list is ours, so its length is bounded.
 */
static gboolean
has_word(const char *list, const char *word, gsize len, gboolean folds)
{
    char key[WORD_MAX + 3] = " ";
    if (!list || !len || len > WORD_MAX)
        return FALSE;
    for (gsize i = 0; i < len; i++)
        key[i + 1] = folds ? g_ascii_tolower(word[i]) : word[i];
    key[len + 1] = ' ';
    return !memchr(word, ' ', len) && strstr(list, key) != NULL;
}

const n2_language *
n2_code_find(const char *name, gsize len)
{
    for (guint i = 0; i < n2_n_languages; i++)
        if (has_word(n2_languages[i].names, name, len, TRUE))
            return &n2_languages[i];
    return NULL;
}

const n2_language *
n2_code_find_file(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    if (!g_ascii_strcasecmp(base, "meson.build"))
        return n2_code_find("meson", 5);
    if (dot)
        return n2_code_find(dot + 1, strlen(dot + 1));
    return strlen(base) > 2 && g_ascii_strcasecmp(base, "make")
               ? n2_code_find(base, strlen(base))
               : NULL;
}

const char *
n2_code_peek_name(const n2_language *language)
{
    return language->names + 1;
}

static gboolean
starts(const n2_code_reader *r, const char *with)
{
    gsize n = with ? strlen(with) : 0;
    return n && r->len - r->at >= n && !memcmp(r->text + r->at, with, n);
}

/* The byte @ahead of the reader, 0 beyond the end. */
static char
peek(const n2_code_reader *r, gsize ahead)
{
    return r->at + ahead < r->len ? r->text[r->at + ahead] : '\0';
}

static gsize
line_length(const n2_code_reader *r)
{
    const char *end = memchr(r->text + r->at, '\n', r->len - r->at);
    return end ? (gsize)(end - (r->text + r->at)) : r->len - r->at;
}

/* Up to and with @close, or all that is left. */
static gsize
until(const n2_code_reader *r, gsize from, const char *close)
{
    gsize n = strlen(close);
    for (gsize i = from; r->at + i + n <= r->len; i++)
        if (!memcmp(r->text + r->at + i, close, n))
            return i + n;
    return r->len - r->at;
}

static gboolean
is_line_start(const n2_code_reader *r)
{
    return !r->at || r->text[r->at - 1] == '\n';
}

static gboolean
is_letter(const n2_code_reader *r, char c)
{
    return g_ascii_isalnum(c) || c == '_' || (guchar)c >= 0x80 ||
           (c == '-' && r->language->flags & N2_CODE_DASHES);
}

/* Bytes from @ahead on that belong to a word. */
static gsize
word_length(const n2_code_reader *r, gsize ahead)
{
    gsize n = 0;
    while (r->at + ahead + n < r->len && is_letter(r, r->text[r->at + ahead + n]))
        n++;
    return n;
}

static gsize
string_length(const n2_code_reader *r)
{
    const n2_language *l = r->language;
    char quote = peek(r, 0);
    char triple[4] = {quote, quote, quote, '\0'};
    if (l->flags & N2_CODE_TRIPLE && starts(r, triple))
        return until(r, 3, triple);
    gsize i = 1;
    for (; r->at + i < r->len; i++) {
        char c = r->text[r->at + i];
        if (c == quote)
            return i + 1;
        if (c == '\n' && !(l->flags & N2_CODE_LINES) && quote != '`')
            return i;
        if (c == '\\' && !(l->flags & N2_CODE_NO_ESCAPE))
            i++;
    }
    return MIN(i, r->len - r->at);
}

/* Whether what ends at @ahead is a key. */
static gboolean
is_key(const n2_code_reader *r, gsize ahead)
{
    gsize blanks = 0;
    while (blanks < LOOK_MAX &&
           (peek(r, ahead + blanks) == ' ' || peek(r, ahead + blanks) == '\t'))
        blanks++;
    char c = peek(r, ahead + blanks), after = peek(r, ahead + blanks + 1);
    return (r->language->flags & N2_CODE_KEYS && c == ':' && after != ':') ||
           (r->language->flags & N2_CODE_EQUALS && c == '=');
}

static n2_code_kind
read_word(n2_code_reader *r, gsize *len)
{
    const n2_language *l = r->language;
    const char *at = r->text + r->at;
    *len = word_length(r, 0);
    if (g_ascii_isdigit(*at)) {
        while (peek(r, *len) == '.' && g_ascii_isalnum(peek(r, *len + 1)))
            *len += 1 + word_length(r, *len + 1);
        return N2_CODE_NUMBER;
    }
    if (l->flags & (N2_CODE_KEYS | N2_CODE_EQUALS) && is_key(r, *len))
        return N2_CODE_NAME;
    gboolean folds = (l->flags & N2_CODE_FOLDS) != 0;
    return has_word(l->words, at, *len, folds)   ? N2_CODE_WORD
           : has_word(l->types, at, *len, folds) ? N2_CODE_TYPE
                                                 : N2_CODE_PLAIN;
}

static n2_code_kind
read_code(n2_code_reader *r, gsize *len)
{
    const n2_language *l = r->language;
    char c = peek(r, 0);
    /* The shell: "#" begins a comment behind a blank only. */
    gboolean begins = !r->at || strchr(" \t\n;", r->text[r->at - 1]);
    *len = 1;
    if (starts(r, l->open)) {
        *len = until(r, strlen(l->open), l->close);
        return N2_CODE_COMMENT;
    }
    if ((starts(r, l->line) && (*l->line != '#' || begins)) ||
        (starts(r, l->line2) && begins)) {
        *len = line_length(r);
        return N2_CODE_COMMENT;
    }
    if (c == '#' && l->flags & N2_CODE_HASH && is_line_start(r)) {
        *len = 1 + (peek(r, 1) == ' ' ? 1 : 0);
        *len += word_length(r, *len);
        return N2_CODE_COMMAND;
    }
    if ((c == '@' && l->flags & N2_CODE_AT) || (c == '$' && l->flags & N2_CODE_DOLLAR)) {
        *len = 1 + word_length(r, 1);
        if (*len == 1 && peek(r, 1) && strchr("({", peek(r, 1)))
            *len = 2 + word_length(r, 2) + (peek(r, 2 + word_length(r, 2)) ? 1 : 0);
        return *len > 1 ? N2_CODE_COMMAND : N2_CODE_PLAIN;
    }
    if (strchr(l->quotes, c)) {
        *len = string_length(r);
        return l->flags & N2_CODE_KEYS && is_key(r, *len) ? N2_CODE_NAME : N2_CODE_STRING;
    }
    if (is_letter(r, c))
        return read_word(r, len);
    return N2_CODE_PLAIN;
}

static n2_code_kind
read_forth(n2_code_reader *r, gsize *len)
{
    const char *at = r->text + r->at;
    gsize left = r->len - r->at, n = 0;
    while (n < left && !g_ascii_isspace(at[n]))
        n++;
    *len = MAX(n, (gsize)1);
    if (!n)
        return N2_CODE_PLAIN;
    if (n == 1 && (*at == '\\' || *at == '(')) {
        *len = *at == '(' ? until(r, 1, ")") : line_length(r);
        return N2_CODE_COMMENT;
    }
    if (n > 1 && n < 5 && at[n - 1] == '"') {
        *len = n + (n < left ? 1 : 0);
        while (*len < left && at[*len - 1] != '\n' && at[*len] != '"')
            (*len)++;
        *len = MIN(*len + 1, left);
        return N2_CODE_STRING;
    }
    if (has_word(r->language->words, at, n, TRUE))
        return N2_CODE_WORD;
    if (has_word(r->language->types, at, n, TRUE))
        return N2_CODE_TYPE;
    gsize sign = n > 1 && strchr("-$%#&", *at) ? 1 : 0;
    return g_ascii_isxdigit(at[sign]) && (sign || g_ascii_isdigit(*at)) ? N2_CODE_NUMBER
                                                                        : N2_CODE_PLAIN;
}

static n2_code_kind
read_markup(n2_code_reader *r, gsize *len)
{
    char c = peek(r, 0), next = peek(r, 1);
    *len = 1;
    if (starts(r, r->language->open)) {
        *len = until(r, strlen(r->language->open), r->language->close);
        return N2_CODE_COMMENT;
    }
    if (!r->in_tag && c == '<' && (g_ascii_isalpha(next) || (next && strchr("/?!", next)))) {
        *len = 2;
        while (peek(r, *len) &&
               (g_ascii_isalnum(peek(r, *len)) || strchr("-:._", peek(r, *len))))
            (*len)++;
        r->in_tag = TRUE;
        return N2_CODE_NAME;
    }
    if (r->in_tag && c == '>') {
        r->in_tag = FALSE;
        return N2_CODE_NAME;
    }
    if (r->in_tag && strchr("\"'", c)) {
        *len = until(r, 1, c == '"' ? "\"" : "'");
        return N2_CODE_STRING;
    }
    if (r->in_tag && g_ascii_isalpha(c)) {
        while (peek(r, *len) &&
               (g_ascii_isalnum(peek(r, *len)) || strchr("-:._", peek(r, *len))))
            (*len)++;
        return N2_CODE_TYPE;
    }
    if (!r->in_tag && c == '&') {
        while (*len < WORD_MAX && (g_ascii_isalnum(peek(r, *len)) || peek(r, *len) == '#'))
            (*len)++;
        *len += peek(r, *len) == ';' ? 1 : 0;
        return *len > 1 ? N2_CODE_COMMAND : N2_CODE_PLAIN;
    }
    return N2_CODE_PLAIN;
}

/* A whole line, with its newline. */
static n2_code_kind
read_line(n2_code_reader *r, gsize *len)
{
    static const struct {
        const char *start;
        n2_code_kind kind;
    } diff[] = {{"+++", N2_CODE_HEADING},    {"---", N2_CODE_HEADING},
                {"@@", N2_CODE_COMMAND},     {"diff ", N2_CODE_HEADING},
                {"index ", N2_CODE_COMMENT}, {"+", N2_CODE_ADDED},
                {"-", N2_CODE_REMOVED}},
      markdown[] = {{"#", N2_CODE_HEADING}, {"```", N2_CODE_COMMAND}, {"~~~", N2_CODE_COMMAND},
                    {">", N2_CODE_COMMENT}, {"    ", N2_CODE_STRING}, {"|", N2_CODE_NAME}};
    gboolean is_diff = !*r->language->quotes;
    guint n = is_diff ? G_N_ELEMENTS(diff) : G_N_ELEMENTS(markdown);
    *len = line_length(r);
    if (!*len) {
        *len = 1;
        return N2_CODE_PLAIN;
    }
    for (guint i = 0; i < n; i++)
        if (starts(r, is_diff ? diff[i].start : markdown[i].start))
            return is_diff ? diff[i].kind : markdown[i].kind;
    return N2_CODE_PLAIN;
}

n2_code_kind
n2_code_next(n2_code_reader *r, gsize *len)
{
    n2_code_kind kind = N2_CODE_PLAIN;
    *len = 0;
    if (r->at >= r->len)
        return kind;
    switch (r->language->mode) {
    case N2_MODE_CODE:
        kind = read_code(r, len);
        break;
    case N2_MODE_FORTH:
        kind = read_forth(r, len);
        break;
    case N2_MODE_MARKUP:
        kind = read_markup(r, len);
        break;
    case N2_MODE_LINES:
        kind = read_line(r, len);
        break;
    }
    /* A character is never cut in two. */
    while (r->at + *len < r->len && ((guchar)r->text[r->at + *len] & 0xc0) == 0x80)
        (*len)++;
    *len = MIN(*len, r->len - r->at);
    r->at += *len;
    return kind;
}
