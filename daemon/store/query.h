/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query.h - finding what is published or pinned here by what it is: name, title, type, size,
 *           time, path, any other attribute, and the words of pages.
 *
 * Layer:  store (may include: base, wire, crypto).
 * Source: data.md, section 7, "Query".  The language: query-parse.h.
 * Order:  as `sort:` says; else the newest change first.
 * Reach:  of each published tree the newest, and what is pinned; what was only read is not
 * found. A change is found when n2_store_tend() has come to it; until then the answer is that
 *         of before.
 *
 * What a term means. Comparisons of text do not tell a from A.
 *
 *     word, "phrase"     it stands in the name, the title, an attribute or the text; a word
 *                        stands for all that begin with it, too
 *     name: title:       the same, of these alone; with < > .. as text
 *     type:              the type, or the part before its "/"; "folder", "link"
 *     size: changed:     numbers; times, or ages: changed:7d and changed:<7d since then,
 *                        changed:>7d before
 *     path:              what stands in this folder of a tree, and all below; or this very file
 *     any other          the attribute of that name, as text, number or time, as it is kept
 */
#pragma once

#include "store/query-parse.h"
#include "store/store.h"

/** What to find. */
typedef struct {
    const char *text; /* (transfer none) len bytes */
    size_t len;
    bool is_own;                 /* everything is open to who asks */
    const n2_store_asker *asker; /* (nullable) else: who asks; NULL: a stranger */
    int64_t wall_us;             /* now, us since 1970 */
    size_t skip, max;            /* of the answers; at most N2_FIND_SKIPPED_MAX, _ANSWERS_MAX */
    bool (*is_late)(void *user); /* (nullable) asked often: is N2_FIND_US over? */
    void *user;
} n2_store_search;

/** One thing found; all (transfer none), until the callback returns. */
typedef struct {
    n2_ref ref;
    n2_object_state state;
    uint8_t kind;      /* N2_ENTRY_* */
    const char *name;  /* "" of a pinned file */
    const char *title; /* (nullable) */
    const char *type;
    uint64_t size; /* 0 of a folder */
    bool has_changed;
    int64_t changed_us;
    n2_ref top;             /* the tree it was found in */
    n2_owner_kind top_kind; /* N2_OWNER_TREE or _PIN */
    const char *top_owner;  /* who publishes it (k1-...) */
    const char *path;       /* in it; one of them, if it stands there more than once */
    const char *text;       /* (nullable) where the words stand in it: U+0002 and U+0003 are
                               before and behind each */
} n2_store_hit;

/** @return: false to stop. */
typedef bool (*n2_store_hit_cb)(void *user, const n2_store_hit *hit);

/** How it went. */
typedef struct {
    size_t n_hits;
    bool has_more;   /* after the last one */
    bool is_part;    /* the time was over: there may be more, anywhere in the order */
    bool is_behind;  /* something has changed that has not been looked through yet */
    size_t wrong_at; /* of N2_ERR_FORMAT, N2_ERR_LIMIT: the byte of the query */
} n2_store_found;

/**
 * Finds, and tells @cb of each.
 *
 * @found: (out).
 *
 * Returns: N2_OK (also if the time was over), N2_ERR_FORMAT (no such query, or a value that
 *          fits no such attribute), N2_ERR_LIMIT (more of it than may be).
 */
N2_MUST_USE n2_err n2_store_query(n2_store *store,
                                  const n2_store_search *search,
                                  n2_store_hit_cb cb,
                                  void *user,
                                  n2_store_found *found);

/** Another number than before: answers may have changed. */
uint64_t n2_store_index_changes(const n2_store *store);
