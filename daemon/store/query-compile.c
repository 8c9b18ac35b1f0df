/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-compile.c - what the terms of a query mean, written as conditions on rows of `entry`.
 *
 * INVARIANT find-sql: only text that stands here as a literal becomes SQL.  What comes from the
 * query is bound; what goes to the full-text search is one string in double quotes each.
 */
#include "store/query-compile-private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIGHEST "\xf4\x8f\xbf\xbf" /* behind it: all text that begins so */

#define IN_FACT_WORDS                                                                          \
    "e.id IN (SELECT f.entry FROM fact_words CROSS JOIN fact f ON f.id=fact_words.rowid"       \
    "  WHERE fact_words MATCH ?%zu AND f.name=?%zu)"
#define IN_FACTS "e.id IN (SELECT entry FROM fact WHERE name=?%zu AND type=%d AND value"
#define IS_OPEN                                                                                \
    " AND EXISTS(SELECT 1 FROM edge d WHERE d.parent=e.parent AND d.child=e.object"            \
    "  AND (d.realm=0 OR EXISTS(SELECT 1 FROM member WHERE who IN (?%zu, ?%zu)"                \
    "   AND member.realm=d.realm)))"

/* ---- writing ---- */

void
n2_find_add(n2_find *f, const char *format, ...)
{
    size_t room = sizeof f->sql - f->sql_len;
    va_list args;

    va_start(args, format);
    int n = vsnprintf(f->sql + f->sql_len, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room)
        n2_find_fail(f, N2_ERR_LIMIT, NULL);
    else
        f->sql_len += (size_t)n;
}

void
n2_find_fail(n2_find *f, n2_err err, const n2_find_node *node)
{
    if (f->err)
        return;
    f->err = err;
    f->wrong_at = node ? node->at : 0;
}

static size_t
bind_next(n2_find *f)
{
    if (f->n_bound == N2_FIND_BOUND_MAX) {
        n2_find_fail(f, N2_ERR_LIMIT, NULL);
        return 1;
    }
    return ++f->n_bound;
}

size_t
n2_find_bind_text(n2_find *f, const char *text, size_t len)
{
    size_t n = bind_next(f);
    char *copy = f->err ? NULL : malloc(len + 1);

    if (!f->err && !copy)
        n2_find_fail(f, N2_ERR_NOMEM, NULL);
    if (!copy)
        return 1;
    memcpy(copy, text, len);
    copy[len] = '\0';
    f->bound[n - 1].text = copy;
    return n;
}

static size_t
bind_number(n2_find *f, int64_t number)
{
    size_t n = bind_next(f);

    if (!f->err)
        f->bound[n - 1].number = number;
    return n;
}

size_t
n2_find_bind_set(n2_find *f, n2_find_set *set)
{
    size_t n = bind_next(f);

    if (!f->err)
        f->bound[n - 1].set = set;
    return n;
}

static size_t
bind_member(n2_find *f, const n2_member *member)
{
    size_t n = bind_next(f);

    if (!f->err)
        f->bound[n - 1].member = member;
    return n;
}

/* ---- comparing ---- */

static const char *
sign(n2_compare compare)
{
    static const char *const signs[] = {"=", "<", "<=", ">", ">=", "="};

    return signs[compare];
}

/* @left is SQL of ours: " BETWEEN ? AND ?" and the like are put behind it. */
static void
between(n2_find *f, const char *left, int64_t from, int64_t to)
{
    size_t a = bind_number(f, from), b = bind_number(f, to);

    n2_find_add(f, "%s BETWEEN ?%zu AND ?%zu", left, a, b);
}

static void
against(n2_find *f, const char *left, n2_compare compare, int64_t with)
{
    n2_find_add(f, "%s%s?%zu", left, sign(compare), bind_number(f, with));
}

static void
compare_number(n2_find *f, const char *left, const n2_find_node *node)
{
    if (node->compare == N2_COMPARE_RANGE)
        between(f, left, node->from.number, node->to.number);
    else
        against(f, left, node->compare, node->from.number);
}

/* Of a span: before it is before its first moment, after it after its last one. */
static void
compare_time(n2_find *f, const char *left, const n2_find_node *node)
{
    const n2_find_value *v = &node->from;

    switch (node->compare) {
    case N2_COMPARE_IS:
        between(f, left, v->at, v->until - 1);
        break;
    case N2_COMPARE_RANGE:
        between(f, left, v->at, node->to.until - 1);
        break;
    case N2_COMPARE_LESS:
    case N2_COMPARE_MORE_IS:
        against(f, left, node->compare, v->at);
        break;
    case N2_COMPARE_LESS_IS:
        against(f, left, N2_COMPARE_LESS, v->until);
        break;
    case N2_COMPARE_MORE:
        against(f, left, N2_COMPARE_MORE_IS, v->until);
        break;
    }
}

/* A smaller age is a later time. */
static void
compare_age(n2_find *f, const char *left, const n2_find_node *node)
{
    int64_t at = f->wall_us - node->from.age_us;

    switch (node->compare) {
    case N2_COMPARE_RANGE: {
        int64_t other = f->wall_us - node->to.age_us;
        between(f, left, at < other ? at : other, at < other ? other : at);
        break;
    }
    case N2_COMPARE_MORE:
    case N2_COMPARE_MORE_IS:
        against(f, left, N2_COMPARE_LESS_IS, at);
        break;
    case N2_COMPARE_IS:
    case N2_COMPARE_LESS:
    case N2_COMPARE_LESS_IS:
        against(f, left, N2_COMPARE_MORE_IS, at);
        break;
    }
}

/* Up to a value is with all that begins with it. */
static void
compare_text(n2_find *f, const char *left, const n2_find_node *node)
{
    const n2_find_value *v = node->compare == N2_COMPARE_RANGE ? &node->to : &node->from;
    bool is_up_to = node->compare == N2_COMPARE_RANGE || node->compare == N2_COMPARE_LESS_IS;
    size_t len = strlen(v->text);
    char *text = malloc(len + sizeof HIGHEST);
    size_t from = 0;

    if (!text) {
        n2_find_fail(f, N2_ERR_NOMEM, NULL);
        return;
    }
    memcpy(text, v->text, len);
    memcpy(text + len, HIGHEST, sizeof HIGHEST);
    if (node->compare == N2_COMPARE_RANGE)
        from = n2_find_bind_text(f, node->from.text, strlen(node->from.text));
    size_t to = n2_find_bind_text(f, text, len + (is_up_to ? sizeof HIGHEST - 1 : 0));
    if (from)
        n2_find_add(f, "%s BETWEEN ?%zu AND ?%zu", left, from, to);
    else
        n2_find_add(f, "%s%s?%zu", left, sign(node->compare), to);
    free(text);
}

/* What both ends of it, if there are two, may be. */
static unsigned
may_be(const n2_find_node *node)
{
    return node->from.may_be &
           (node->compare == N2_COMPARE_RANGE ? node->to.may_be : ~(unsigned)0);
}

/* ---- terms ---- */

/* A column of text with its part of the full-text search. */
static void
text_term(n2_find *f, const n2_find_node *node, const char *column, const char *words)
{
    if (node->compare == N2_COMPARE_IS)
        n2_find_add(f, "e.id IN (SELECT rowid FROM entry_words WHERE entry_words MATCH ?%zu)",
                    n2_find_bind_match(f, words, &node->from));
    else
        compare_text(f, column, node);
}

static void
type_term(n2_find *f, const n2_find_node *node)
{
    const char *text = node->from.text;
    size_t len = strlen(text);

    if (node->compare != N2_COMPARE_IS) {
        compare_text(f, "e.type", node);
        return;
    }
    char *other = malloc(len + 2);
    if (!other) {
        n2_find_fail(f, N2_ERR_NOMEM, NULL);
        return;
    }
    size_t is = n2_find_bind_text(f, text, len);
    memcpy(other, text, len);
    other[len] = '/';
    size_t from = n2_find_bind_text(f, other, len + 1);
    other[len] = '/' + 1;
    size_t to = n2_find_bind_text(f, other, len + 1);
    free(other);
    n2_find_add(f, "(e.type=?%zu OR (e.type>=?%zu AND e.type<?%zu))", is, from, to);
}

static void
path_term(n2_find *f, const n2_find_node *node)
{
    if (node->compare != N2_COMPARE_IS) {
        n2_find_fail(f, N2_ERR_FORMAT, node);
        return;
    }
    size_t n = f->n_paths++;
    f->paths[n].path = node->from.text;
    n2_find_add(f,
                "(e.parent IN (SELECT object FROM find_below WHERE term=%zu)"
                " OR e.id IN (SELECT entry FROM find_at WHERE term=%zu))",
                n, n);
}

static void
size_term(n2_find *f, const n2_find_node *node)
{
    if (!(may_be(node) & N2_VALUE_NUMBER)) {
        n2_find_fail(f, N2_ERR_FORMAT, node);
        return;
    }
    n2_find_add(f, "(");
    compare_number(f, "e.size", node);
    n2_find_add(f, " AND e.kind<>2)");
}

static void
changed_term(n2_find *f, const n2_find_node *node)
{
    unsigned may = may_be(node);

    if (may & N2_VALUE_AGE)
        compare_age(f, "e.changed", node);
    else if (may & N2_VALUE_TIME)
        compare_time(f, "e.changed", node);
    else
        n2_find_fail(f, N2_ERR_FORMAT, node);
}

static void
lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
}

static size_t
bind_name(n2_find *f, const n2_find_node *node)
{
    size_t n = n2_find_bind_text(f, node->name, strlen(node->name));

    if (!f->err)
        lower(f->bound[n - 1].text);
    return n;
}

/* An attribute without a column: whatever the value may be. */
static void
fact_term(n2_find *f, const n2_find_node *node)
{
    size_t name = bind_name(f, node);
    unsigned may = may_be(node);

    n2_find_add(f, "(");
    if (node->compare == N2_COMPARE_IS) {
        n2_find_add(f, IN_FACT_WORDS, n2_find_bind_match(f, "", &node->from), name);
    } else {
        n2_find_add(f, IN_FACTS, name, N2_TYPE_TEXT);
        compare_text(f, "", node);
        n2_find_add(f, ")");
    }
    if (may & N2_VALUE_NUMBER) {
        n2_find_add(f, " OR " IN_FACTS, name, N2_TYPE_INT);
        compare_number(f, "", node);
        n2_find_add(f, ")");
    }
    if (may & (N2_VALUE_TIME | N2_VALUE_AGE)) {
        n2_find_add(f, " OR " IN_FACTS, name, N2_TYPE_TIME);
        if (may & N2_VALUE_AGE)
            compare_age(f, "", node);
        else
            compare_time(f, "", node);
        n2_find_add(f, ")");
    }
    n2_find_add(f, ")");
}

static bool
is_named(const n2_find_node *node, const char *name)
{
    return sqlite3_stricmp(node->name, name) == 0;
}

static void
attr_term(n2_find *f, const n2_find_node *node)
{
    if (is_named(node, "name"))
        text_term(f, node, "e.name", "{name} : ");
    else if (is_named(node, "title"))
        text_term(f, node, "e.title", "{title} : ");
    else if (is_named(node, "type"))
        type_term(f, node);
    else if (is_named(node, "size"))
        size_term(f, node);
    else if (is_named(node, "changed"))
        changed_term(f, node);
    else if (is_named(node, "path"))
        path_term(f, node);
    else
        fact_term(f, node);
}

/* How much of its stack SQLite's parser (which has 100 places) needs for a node.  As deep as
 * n2_find_parse() lets a query be. */
static unsigned
need(const n2_find *f, uint16_t i)
{
    const n2_find_node *node = &f->query.nodes[i];
    unsigned most = 0, next = 0;

    if (node->kind != N2_FIND_AND && node->kind != N2_FIND_OR && node->kind != N2_FIND_NOT)
        return 1;
    for (uint16_t child = node->first; child; child = f->query.nodes[child].next) {
        unsigned n = need(f, child);
        next = n > most ? most : n > next ? n : next;
        most = n > most ? n : most;
    }
    return 1 + (next + 2 > most && next ? next + 2 : most);
}

static void term(n2_find *f, uint16_t i, bool is_not);

/* The one that needs most comes first: nothing is on the stack for it then but parentheses.  So
 * what is needed grows with the logarithm of the number of terms. */
static void
group(n2_find *f, const n2_find_node *node, bool is_not)
{
    uint16_t first = node->first;

    for (uint16_t child = node->first; child; child = f->query.nodes[child].next)
        if (need(f, child) > need(f, first))
            first = child;
    n2_find_add(f, "(");
    term(f, first, is_not);
    for (uint16_t child = node->first; child && !f->err; child = f->query.nodes[child].next) {
        if (child == first)
            continue;
        n2_find_add(f, node->kind == N2_FIND_OR ? " OR " : " AND ");
        term(f, child, is_not);
    }
    n2_find_add(f, ")");
}

/* As deep as n2_find_parse() lets a query be. */
static void
term(n2_find *f, uint16_t i, bool is_not)
{
    const n2_find_node *node = &f->query.nodes[i];

    switch (node->kind) {
    case N2_FIND_ALL:
        n2_find_add(f, "1");
        break;
    case N2_FIND_WORD:
        n2_find_word(f, i, is_not);
        break;
    case N2_FIND_ATTR:
        attr_term(f, node);
        break;
    case N2_FIND_NOT: /* what cannot be compared is not so */
        n2_find_add(f, "(");
        term(f, node->first, !is_not);
        n2_find_add(f, " IS NOT TRUE)");
        break;
    case N2_FIND_AND:
    case N2_FIND_OR:
        group(f, node, is_not);
        break;
    }
}

/* Does it give ids, so that it is looked up and not compared with each row?  As deep as
 * n2_find_parse() lets a query be. */
static bool
is_set(const n2_find *f, uint16_t i)
{
    const n2_find_node *node = &f->query.nodes[i];
    bool all = true, any = false;

    if (node->kind == N2_FIND_WORD)
        return f->is_looked_up[i];
    if (node->kind == N2_FIND_ATTR && (is_named(node, "name") || is_named(node, "title")))
        return node->compare == N2_COMPARE_IS;
    if (node->kind == N2_FIND_ATTR) /* a range may be of very many */
        return node->compare == N2_COMPARE_IS && !is_named(node, "type") &&
               !is_named(node, "size") && !is_named(node, "changed") && !is_named(node, "path");
    if (node->kind != N2_FIND_AND && node->kind != N2_FIND_OR)
        return false;
    for (uint16_t child = node->first; child; child = f->query.nodes[child].next) {
        bool is = is_set(f, child);
        all &= is;
        any |= is;
    }
    return node->kind == N2_FIND_AND ? any : all;
}

/* Either ids are looked up, and what is found is sorted; or all is walked in the order of the
 * answer, in an index that has all that is compared, until there is enough.  SQLite would take
 * a range for small and sort the half of all. */
static void
from(n2_find *f)
{
    static const struct {
        const char *sort, *way;
    } ways[] = {{"name", " INDEXED BY entry_name"},
                {"type", " INDEXED BY entry_type"},
                {"size", " INDEXED BY entry_size"},
                {"changed", " INDEXED BY entry_changed"}};
    const char *sort = f->query.sort ? f->query.sort : "changed";
    const char *way = is_set(f, f->query.root) ? " NOT INDEXED" : "";

    for (size_t i = 0; !*way && i < sizeof ways / sizeof ways[0]; i++)
        if (sqlite3_stricmp(sort, ways[i].sort) == 0)
            way = ways[i].way;
    n2_find_add(f, "SELECT e.id, e.object FROM entry e%s%s WHERE ", way,
                f->only_seen ? " CROSS JOIN shelf s ON s.object=e.parent AND s.state=1" : "");
}

static void
order(n2_find *f)
{
    static const char *const columns[] = {"name", "title", "type", "size", "changed"};
    const char *sort = f->query.sort ? f->query.sort : "changed";
    const char *way = f->query.sort && !f->query.sorts_down ? "" : " DESC";

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (sqlite3_stricmp(sort, columns[i]) == 0) {
            n2_find_add(f, " ORDER BY e.%s%s, e.id%s", columns[i], way, way);
            return;
        }
    size_t name = n2_find_bind_text(f, sort, strlen(sort));
    if (!f->err)
        lower(f->bound[name - 1].text);
    n2_find_add(f,
                " ORDER BY (SELECT value FROM fact WHERE fact.entry=e.id AND fact.name=?%zu"
                " LIMIT 1)%s NULLS LAST, e.id%s",
                name, way, way);
}

n2_err
n2_find_compile(n2_find *f)
{
    n2_find_choose(f, f->query.root);
    from(f);
    term(f, f->query.root, false);
    if (!f->is_own) {
        size_t who = bind_member(f, &f->who), account = bind_member(f, &f->account);
        n2_find_add(f, IS_OPEN, who, account);
    }
    order(f);
    f->words[f->words_len] = '\0';
    return f->err;
}

void
n2_find_clear(n2_find *f)
{
    for (size_t i = 0; i < f->n_bound; i++)
        free(f->bound[i].text);
    f->n_bound = 0;
    for (size_t i = 0; i < N2_FIND_NODES_MAX; i++)
        n2_find_rows_free(f->rows[i]);
}
