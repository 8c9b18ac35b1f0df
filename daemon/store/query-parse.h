/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-parse.h - what somebody wants to find, read from text.
 *
 * Layer:  store (may include: base, wire, crypto).
 * Source: data.md, section 7, "Query".
 * Limits: N2_FIND_TEXT_BYTES_MAX bytes, N2_FIND_TERMS_MAX terms, N2_FIND_DEPTH_MAX parentheses
 *         in parentheses; so reading one takes a known time and stack.
 *
 *     query = or                      or  = and {"OR" and}       and = not {not}
 *     not   = ["-"] term              term = "(" or ")" | word | phrase | name ":" what
 *     what  = ["<" | "<=" | ">" | ">="] value | value ".." value
 *     value = bare | phrase           phrase = '"' ... '"', in it "" is one "
 *
 * A word ends at a space, a parenthesis or a quote; so does a bare value, and before "..". "OR"
 * is written in capitals.  `sort:NAME` and `sort:-NAME` stand outside all parentheses, once.
 * A query without terms is one for everything.
 *
 *     number    [-] digits [. digits] [k | M | G]         k is 1024
 *     date      2026, 2026-11, 2026-11-23, 2026-11-23T20:05  all of that time, in UTC
 *     age       digits (h | d | w | y)                    so long ago; y is 365 days
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

typedef enum {
    N2_FIND_ALL, /* everything: a query without terms */
    N2_FIND_AND, /* first and its next ones */
    N2_FIND_OR,
    N2_FIND_NOT, /* first alone */
    N2_FIND_WORD,
    N2_FIND_ATTR /* name, compare, from and to */
} n2_find_kind;

typedef enum {
    N2_COMPARE_IS,
    N2_COMPARE_LESS,
    N2_COMPARE_LESS_IS,
    N2_COMPARE_MORE,
    N2_COMPARE_MORE_IS,
    N2_COMPARE_RANGE /* from and to, both with */
} n2_compare;

/** What a value may mean besides its text. */
enum {
    N2_VALUE_NUMBER = 1,
    N2_VALUE_TIME = 2, /* at, until: us since 1970 */
    N2_VALUE_AGE = 4   /* age_us */
};

typedef struct {
    const char *text; /* (transfer none) in the query; NUL-terminated */
    bool is_quoted;
    unsigned may_be; /* N2_VALUE_*; 0 if it was quoted */
    int64_t number;
    int64_t at, until; /* the first microsecond, and the one after the last */
    int64_t age_us;
} n2_find_value;

typedef struct {
    n2_find_kind kind;
    n2_compare compare;
    uint16_t first, next; /* of the nodes; 0: none */
    uint16_t at;          /* where it stands in the text, in bytes */
    const char *name;     /* (transfer none) of ATTR */
    n2_find_value from;   /* also the word */
    n2_find_value to;     /* of RANGE */
} n2_find_node;

enum {
    N2_FIND_NODES_MAX = 4 * N2_FIND_TERMS_MAX + 2 * N2_FIND_DEPTH_MAX + 2
};

typedef struct {
    n2_find_node nodes[N2_FIND_NODES_MAX]; /* [0] is not used */
    size_t n_nodes;                        /* with [0] */
    uint16_t root;
    const char *sort; /* (transfer none) (nullable) */
    bool sorts_down;
    size_t n_terms;
    size_t wrong_at; /* after a failure: the byte at which it could not be read any further */
    char text[2 * N2_FIND_TEXT_BYTES_MAX + 2 * N2_FIND_TERMS_MAX]; /* names and values */
    size_t text_len;
} n2_find_query;

/**
 * Reads @len bytes of @text.
 *
 * @out: filled on success; on failure only wrong_at.
 *
 * Returns: N2_OK, N2_ERR_FORMAT (no such query: wrong_at says where), N2_ERR_LIMIT (more than
 *          may be).
 */
N2_MUST_USE n2_err n2_find_parse(n2_find_query *out, const char *text, size_t len);
