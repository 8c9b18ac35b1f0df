/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label.h - how a name is spelt: folded, of one script a label, unlike the names one knows, and
 *           stripped before it is shown beside the page.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, sections 3 and 4.
 * Invariant: what n2_name_fold() lets through comes back the same when folded again; and what
 *            n2_name_show() writes holds letters, digits and single spaces only (a name of a
 *            zone also its dots and inner hyphens).
 * Unicode:   without tables (NULL, or some function of them missing) there is ASCII alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

enum {
    N2_MARKS_IN_A_ROW = 4, /* on one letter, in scripts that write with them */
    N2_SCRIPTS_SHOWN_MAX = 4,
    N2_SHOWN_CHARS_MAX = 40, /* code points of a name in the chrome */
    N2_SHOWN_BYTES = 4 * N2_SHOWN_CHARS_MAX + 1,
    N2_SKELETON_BYTES = 2 * N2_NAME_BYTES_MAX + 1
};

/** Scripts as N2_SCRIPT(), in order of appearance; the rest of zeros. */
typedef struct {
    uint32_t of[N2_SCRIPTS_SHOWN_MAX];
    size_t n;
    bool is_mixed; /* one word or label has letters of several that nobody writes together */
} n2_scripts;

typedef enum {
    N2_SPELLING_GOOD,
    N2_SPELLING_TEXT,      /* no UTF-8 */
    N2_SPELLING_EMPTY,     /* a label of nothing */
    N2_SPELLING_LONG,      /* more than 63 bytes in a label, 8 labels or 253 bytes */
    N2_SPELLING_CHARACTER, /* neither letter, digit nor hyphen, or a variant of one */
    N2_SPELLING_HYPHEN,    /* at an end of a label */
    N2_SPELLING_MIXED,     /* several scripts in a label */
    N2_SPELLING_RESERVED   /* a label looks like an address: "k1-..." */
} n2_spelling_fault;

/** What is wrong with a name. */
typedef struct {
    n2_spelling_fault fault;
    int32_t code_point; /* CHARACTER: the first one; else 0 */
    n2_scripts scripts; /* of the label that is at fault, or of the whole */
} n2_spelling;

/**
 * Folds a name of a zone (1 to 8 labels, dots between) to the one form in which names are
 * registered, asked for and compared: case folded, normal form C.
 *
 * @out:      N2_NAME_BYTES_MAX + 1 bytes; NUL-terminated on success, else "".
 * @spelling: (out) (nullable).
 *
 * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_LIMIT (too long); @spelling says why.
 */
N2_MUST_USE n2_err n2_name_fold(char out[static N2_NAME_BYTES_MAX + 1],
                                const char *text,
                                size_t len,
                                const n2_unicode *unicode,
                                n2_spelling *spelling);

/** The scripts of the letters of any text, and whether a word of it mixes them. */
n2_scripts n2_name_scripts(const char *text, size_t len, const n2_unicode *unicode);

/**
 * A name as it may stand in the chrome: letters, digits and single spaces, 40 of them; all else
 * is a gap.  A name in its one form (n2_name_fold()) keeps dots and hyphens, and if it is too
 * long its last labels, since those say whose it is.  "" if nothing is left.
 *
 * @len: of any bytes.
 */
void n2_name_show(char out[static N2_SHOWN_BYTES],
                  const char *text,
                  size_t len,
                  const n2_unicode *unicode);

/** What a name looks like, in Latin letters; two names of one skeleton are hard to tell apart.
 * "" if @text is no UTF-8 or too long. */
void n2_name_skeleton(char out[static N2_SKELETON_BYTES],
                      const char *text,
                      size_t len,
                      const n2_unicode *unicode);

/** Does @a look like @b without being it? */
bool n2_name_is_alike(const char *a, const char *b, const n2_unicode *unicode);

/** Where a name was written that somebody wants to open. */
typedef enum {
    N2_NAME_TYPED, /* by the user: address bar, command line, bookmark */
    N2_NAME_LINKED /* by others: a link, a form, a redirect, a page that is included */
} n2_name_source;

/**
 * May a name that stands there reach the user's own names?  Those have no dot, so a link that
 * has none leads nowhere, and says nothing of what the user calls whom.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND.
 */
N2_MUST_USE n2_err n2_name_may_open(n2_name_source source, const char *name);

/** Is it in the form of the user's own names (no dot)? */
bool n2_name_is_own(const char *name);
