/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-words.c - the words of a query: how they are asked of the full-text search, and whether
 *                 what has them is looked up, or what is found otherwise is compared with them.
 *
 * A word that few have is looked up: its entries are gathered, which costs for each of them.
 * Of one that many have that would be most of the time that a query has; so the rest is walked
 * in the order of the answer, and with many there soon are enough.
 */
#include "store/query-compile-private.h"

#include <stdlib.h>
#include <string.h>

#define IN_WORDS                                                                               \
    "e.id IN (SELECT rowid FROM entry_words WHERE entry_words MATCH ?%zu"                      \
    " UNION ALL SELECT x.id FROM page_words CROSS JOIN entry x ON x.object=page_words.rowid"   \
    "  WHERE page_words MATCH ?%zu"                                                            \
    " UNION ALL SELECT f.entry FROM fact_words CROSS JOIN fact f ON f.id=fact_words.rowid"     \
    "  WHERE fact_words MATCH ?%zu)"
#define HAS_WORDS "(n2_in(?%zu, e.id) OR n2_in(?%zu, e.object) OR n2_in(?%zu, e.id))"

/* @v as one string of FTS5, and all that begins so if it was not quoted. @out: room for
 * N2_FIND_MATCH_BYTES. */
static size_t
quote(const n2_find_value *v, char *out)
{
    size_t n = 0;

    out[n++] = '"';
    for (const char *c = v->text; *c; c++) {
        if (*c == '"')
            out[n++] = '"';
        out[n++] = *c;
    }
    out[n++] = '"';
    if (!v->is_quoted)
        out[n++] = '*';
    out[n] = '\0';
    return n;
}

size_t
n2_find_bind_match(n2_find *f, const char *column, const n2_find_value *v)
{
    size_t len = strlen(column), n = 1;
    char *text = malloc(N2_FIND_MATCH_BYTES + len);

    if (!text) {
        n2_find_fail(f, N2_ERR_NOMEM, NULL);
        return 1;
    }
    memcpy(text, column, len);
    n = n2_find_bind_text(f, text, len + quote(v, text + len));
    free(text);
    return n;
}

/* For what is shown of a text: all words that are not negated, any of them. */
static void
note_words(n2_find *f, const n2_find_value *v)
{
    size_t need = 2 * strlen(v->text) + 8;

    if (need > sizeof f->words - f->words_len)
        return;
    if (f->words_len) {
        memcpy(f->words + f->words_len, " OR ", 4);
        f->words_len += 4;
    }
    f->words_len += quote(v, f->words + f->words_len);
}

/* ---- how ---- */

void
n2_find_rows_free(n2_find_rows *rows)
{
    if (!rows)
        return;
    n2_find_set_clear(&rows->entries);
    n2_find_set_clear(&rows->pages);
    n2_find_set_clear(&rows->facts);
    free(rows);
}

/* (transfer none) (nullable): what has word @i, which is read when it is needed. */
static n2_find_rows *
rows_of(n2_find *f, uint16_t i)
{
    n2_find_rows *rows = f->rows[i];

    if (rows)
        return rows;
    rows = calloc(1, sizeof *rows + N2_FIND_MATCH_BYTES);
    if (!rows) {
        n2_find_fail(f, N2_ERR_NOMEM, NULL);
        return NULL;
    }
    (void)quote(&f->query.nodes[i].from, rows->match);
    rows->entries =
        (n2_find_set){.store = f->store, .sql = N2_SQL_WORD_ENTRIES, .match = rows->match};
    rows->pages =
        (n2_find_set){.store = f->store, .sql = N2_SQL_WORD_PAGES, .match = rows->match};
    rows->facts =
        (n2_find_set){.store = f->store, .sql = N2_SQL_WORD_FACTS, .match = rows->match};
    f->rows[i] = rows;
    return rows;
}

/* How many have word @i; a little more than N2_FIND_LOOKED_UP_MAX: many. */
static size_t
count(n2_find *f, uint16_t i)
{
    n2_find_rows *rows = f->is_cut ? NULL : rows_of(f, i);
    n2_find_set *sets[] = {rows ? &rows->entries : NULL, rows ? &rows->pages : NULL,
                           rows ? &rows->facts : NULL};
    size_t all = 0, n = 0;

    for (size_t k = 0; rows && k < 3 && all <= N2_FIND_LOOKED_UP_MAX; k++) {
        /* interrupted by the clock, or it fails again when it counts */
        f->is_cut |= n2_find_set_count(sets[k], N2_FIND_LOOKED_UP_MAX + 1, &n) != SQLITE_OK;
        if (f->is_cut)
            return 0;
        all += n;
    }
    return all;
}

/* Of all that must be there, what the fewest have is looked up. */
static void
choose_of_and(n2_find *f, const n2_find_node *node)
{
    size_t least = N2_FIND_LOOKED_UP_MAX + 1;
    uint16_t best = 0;

    for (uint16_t child = node->first; child; child = f->query.nodes[child].next) {
        if (f->query.nodes[child].kind != N2_FIND_WORD) {
            n2_find_choose(f, child);
            continue;
        }
        size_t n = count(f, child);
        if (n < least) {
            least = n;
            best = child;
        }
    }
    f->is_looked_up[best] = true; /* [0] is no node */
}

/* As deep as n2_find_parse() lets a query be. */
void
n2_find_choose(n2_find *f, uint16_t i)
{
    const n2_find_node *node = &f->query.nodes[i];

    switch (node->kind) {
    case N2_FIND_WORD:
        f->is_looked_up[i] = count(f, i) <= N2_FIND_LOOKED_UP_MAX;
        break;
    case N2_FIND_AND:
        choose_of_and(f, node);
        break;
    case N2_FIND_OR:
        for (uint16_t child = node->first; child; child = f->query.nodes[child].next)
            n2_find_choose(f, child);
        break;
    case N2_FIND_NOT: /* all others are more */
    case N2_FIND_ALL:
    case N2_FIND_ATTR:
        break;
    }
}

void
n2_find_word(n2_find *f, uint16_t i, bool is_not)
{
    const n2_find_node *node = &f->query.nodes[i];

    if (f->is_looked_up[i]) {
        size_t n = n2_find_bind_match(f, "", &node->from);
        n2_find_add(f, IN_WORDS, n, n, n);
    } else {
        n2_find_rows *rows = rows_of(f, i);
        if (!rows)
            return;
        size_t entries = n2_find_bind_set(f, &rows->entries);
        size_t pages = n2_find_bind_set(f, &rows->pages);
        size_t facts = n2_find_bind_set(f, &rows->facts);
        n2_find_add(f, HAS_WORDS, entries, pages, facts);
    }
    if (!is_not)
        note_words(f, &node->from);
}
