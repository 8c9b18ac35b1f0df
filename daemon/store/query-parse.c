/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-parse.c - queries, read by descent: as deep as N2_FIND_DEPTH_MAX.
 */
#include "store/query-parse.h"

#include <string.h>

#include "base/utf8.h"
#include "store/query-value.h"

typedef struct {
    n2_find_query *q;
    const char *text;
    size_t len, at;
    unsigned depth;
    n2_err err;
} parser;

static uint16_t parse_or(parser *p);

static uint16_t
fail(parser *p, n2_err err)
{
    if (!p->err) {
        p->err = err;
        p->q->wrong_at = p->at;
    }
    return 0;
}

/* ---- characters ---- */

static char
peek(const parser *p)
{
    return p->at < p->len ? p->text[p->at] : '\0';
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static bool
is_end(char c)
{
    return !c || is_space(c) || c == '(' || c == ')' || c == '"';
}

static void
skip_space(parser *p)
{
    while (p->at < p->len && is_space(p->text[p->at]))
        p->at++;
}

static bool
is_at(const parser *p, const char *what)
{
    size_t n = strlen(what);

    return p->len - p->at >= n && !memcmp(p->text + p->at, what, n);
}

static bool
is_or(const parser *p)
{
    return is_at(p, "OR") && (p->at + 2 == p->len || is_end(p->text[p->at + 2]));
}

/* Of a name before ":": ASCII, so that no two look alike. */
static bool
is_name(char c, bool is_first)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

    return is_letter || (!is_first && ((c >= '0' && c <= '9') || c == '-' || c == '_'));
}

/* ---- parts ---- */

/* Room for all of the text and a NUL for each term is in `q->text`. */
static const char *
keep(parser *p, const char *bytes, size_t len)
{
    char *at = p->q->text + p->q->text_len;

    if (len + 1 > sizeof p->q->text - p->q->text_len) {
        (void)fail(p, N2_ERR_LIMIT);
        return "";
    }
    if (len)
        memcpy(at, bytes, len);
    at[len] = '\0';
    p->q->text_len += len + 1;
    return at;
}

static uint16_t
new_node(parser *p, n2_find_kind kind)
{
    n2_find_query *q = p->q;

    if (q->n_nodes == N2_FIND_NODES_MAX)
        return fail(p, N2_ERR_LIMIT);
    q->nodes[q->n_nodes] = (n2_find_node){.kind = kind, .at = (uint16_t)p->at};
    return (uint16_t)q->n_nodes++;
}

static void
quoted(parser *p, n2_find_value *v)
{
    char *out = p->q->text + p->q->text_len;
    size_t n = 0, room = sizeof p->q->text - p->q->text_len, from = p->at++;

    for (;; p->at++) {
        if (p->at == p->len) {
            p->at = from; /* it has no end: shown is where it begins */
            (void)fail(p, N2_ERR_FORMAT);
            return;
        }
        if (peek(p) == '"' && !is_at(p, "\"\""))
            break;
        p->at += peek(p) == '"';
        if (n + 1 == room) {
            (void)fail(p, N2_ERR_LIMIT);
            return;
        }
        out[n++] = p->text[p->at];
    }
    p->at++;
    out[n] = '\0';
    p->q->text_len += n + 1;
    *v = (n2_find_value){.text = out, .is_quoted = true};
}

static void
value(parser *p, n2_find_value *v)
{
    size_t from = p->at;

    if (peek(p) == '"') {
        quoted(p, v);
        return;
    }
    while (!is_end(peek(p)) && !is_at(p, ".."))
        p->at++;
    if (p->at == from) {
        (void)fail(p, N2_ERR_FORMAT);
        return;
    }
    *v = (n2_find_value){.text = keep(p, p->text + from, p->at - from)};
    n2_find_value_read(v);
}

static n2_compare
compare(parser *p)
{
    bool is_less = peek(p) == '<';

    if (!is_less && peek(p) != '>')
        return N2_COMPARE_IS;
    p->at++;
    if (peek(p) != '=')
        return is_less ? N2_COMPARE_LESS : N2_COMPARE_MORE;
    p->at++;
    return is_less ? N2_COMPARE_LESS_IS : N2_COMPARE_MORE_IS;
}

static void
sort(parser *p)
{
    n2_find_value v = {.text = ""};
    size_t from = p->at;

    p->q->sorts_down = peek(p) == '-';
    p->at += p->q->sorts_down;
    value(p, &v);
    if (p->err)
        return;
    for (const char *c = v.text; *c; c++)
        if (!is_name(*c, c == v.text))
            p->err = N2_ERR_FORMAT;
    if (p->q->sort || p->depth || v.is_quoted || !is_end(peek(p)))
        p->err = N2_ERR_FORMAT;
    if (p->err)
        p->q->wrong_at = from;
    p->q->sort = v.text;
}

/* "name:..."; @n: bytes of the name. */
static uint16_t
attr(parser *p, size_t n)
{
    uint16_t i = new_node(p, N2_FIND_ATTR);
    n2_find_node *node = &p->q->nodes[i];

    if (!i)
        return 0;
    node->name = keep(p, p->text + p->at, n);
    p->at += n + 1;
    node->compare = compare(p);
    value(p, &node->from);
    if (!p->err && is_at(p, "..")) {
        if (node->compare != N2_COMPARE_IS)
            return fail(p, N2_ERR_FORMAT);
        node->compare = N2_COMPARE_RANGE;
        p->at += 2;
        value(p, &node->to);
    }
    if (!p->err && !is_end(peek(p)))
        return fail(p, N2_ERR_FORMAT);
    return i;
}

/* A term that is no parenthesis.  *@is_none: it was a `sort:`. */
static uint16_t
term(parser *p, bool *is_none)
{
    size_t n = 0;

    while (p->at + n < p->len && is_name(p->text[p->at + n], !n))
        n++;
    bool is_attr = n && p->at + n < p->len && p->text[p->at + n] == ':';
    *is_none = is_attr && n == 4 && is_at(p, "sort");
    if (*is_none) {
        p->at += n + 1;
        sort(p);
        return 0;
    }
    if (++p->q->n_terms > N2_FIND_TERMS_MAX)
        return fail(p, N2_ERR_LIMIT);
    if (is_attr)
        return attr(p, n);

    uint16_t i = new_node(p, N2_FIND_WORD);
    if (!i)
        return 0;
    n2_find_value *v = &p->q->nodes[i].from;
    size_t from = p->at;

    if (peek(p) == '"') {
        quoted(p, v);
        return i;
    }
    while (!is_end(peek(p)))
        p->at++;
    if (p->at == from)
        return fail(p, N2_ERR_FORMAT); /* a ")" too many */
    *v = (n2_find_value){.text = keep(p, p->text + from, p->at - from)};
    return i;
}

static uint16_t
parentheses(parser *p)
{
    size_t from = p->at++;

    if (p->depth == N2_FIND_DEPTH_MAX)
        return fail(p, N2_ERR_LIMIT);
    p->depth++;
    uint16_t i = parse_or(p);
    p->depth--;
    if (p->err)
        return 0;
    if (!i || peek(p) != ')') {
        p->at = from;
        return fail(p, N2_ERR_FORMAT);
    }
    p->at++;
    return i;
}

static uint16_t
parse_not(parser *p, bool *is_none)
{
    bool is_not = peek(p) == '-' && p->at + 1 < p->len && !is_space(p->text[p->at + 1]);
    uint16_t i = is_not ? new_node(p, N2_FIND_NOT) : 0;

    *is_none = false;
    p->at += is_not;
    uint16_t what = p->err ? 0 : peek(p) == '(' ? parentheses(p) : term(p, is_none);
    if (!p->err && is_not && *is_none)
        return fail(p, N2_ERR_FORMAT);
    if (!is_not)
        return what;
    p->q->nodes[i].first = what;
    return i;
}

/* Puts @next behind the last of the list: *@first, and *@last of it. */
static void
append(parser *p, uint16_t *first, uint16_t *last, uint16_t next)
{
    if (*first)
        p->q->nodes[*last].next = next;
    else
        *first = next;
    *last = next;
}

/* One of @kind over the list, unless it has one only. */
static uint16_t
group(parser *p, n2_find_kind kind, uint16_t first)
{
    if (p->err || !first || !p->q->nodes[first].next)
        return p->err ? 0 : first;
    uint16_t i = new_node(p, kind);

    if (i)
        p->q->nodes[i].first = first;
    return i;
}

static uint16_t
parse_and(parser *p)
{
    uint16_t first = 0, last = 0;

    for (skip_space(p); !p->err && peek(p) && peek(p) != ')' && !is_or(p); skip_space(p)) {
        bool is_none;
        uint16_t next = parse_not(p, &is_none);

        if (!p->err && !is_none)
            append(p, &first, &last, next);
    }
    return group(p, N2_FIND_AND, first);
}

static uint16_t
parse_or(parser *p)
{
    uint16_t first = 0, last = 0;

    for (bool more = true; more && !p->err;) {
        size_t from = p->at;
        uint16_t next = parse_and(p);

        more = !p->err && is_or(p);
        if (!p->err && !next && (more || first)) {
            p->at = more ? p->at : from;
            return fail(p, N2_ERR_FORMAT); /* nothing on one side of an OR */
        }
        if (!p->err && next)
            append(p, &first, &last, next);
        p->at += more ? 2 : 0;
    }
    return group(p, N2_FIND_OR, first);
}

n2_err
n2_find_parse(n2_find_query *out, const char *text, size_t len)
{
    parser p = {.q = out, .text = text, .len = len};

    out->n_nodes = 1;
    out->nodes[0] = (n2_find_node){0};
    out->root = 0;
    out->sort = NULL;
    out->sorts_down = false;
    out->n_terms = out->wrong_at = out->text_len = 0;
    if (len > N2_FIND_TEXT_BYTES_MAX)
        return N2_ERR_LIMIT;
    if ((len && memchr(text, '\0', len)) || n2_utf8_check_text(text, len, NULL))
        return N2_ERR_FORMAT;
    out->root = parse_or(&p);
    if (!p.err && p.at < len)
        (void)fail(&p, N2_ERR_FORMAT); /* a ")" too many */
    if (!p.err && !out->root)
        out->root = new_node(&p, N2_FIND_ALL);
    return p.err;
}
