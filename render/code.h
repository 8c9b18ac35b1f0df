/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code.h - source code cut into words, strings, comments: what gets a colour.
 *
 * Layer: render, private: included by render/ only.
 * Cost:  linear: each byte is looked at a bounded number of times, whatever the text is.  It
 *        guesses like an editor does and never fails: what it does not know is plain.
 */
#pragma once

#include <glib.h>

typedef enum {
    N2_CODE_PLAIN,
    N2_CODE_WORD, /* the language's own */
    N2_CODE_TYPE, /* types, values such as true, attributes of a tag */
    N2_CODE_STRING,
    N2_CODE_COMMENT,
    N2_CODE_NUMBER,
    N2_CODE_NAME,    /* a key, a tag, a target */
    N2_CODE_COMMAND, /* #include, @media, $variable */
    N2_CODE_ADDED,
    N2_CODE_REMOVED,
    N2_CODE_HEADING,
} n2_code_kind;

typedef struct n2_language n2_language;

/** The language that people call @name ("c", "python"); NULL for one that is not known. */
const n2_language *n2_code_find(const char *name, gsize len);

/** The language of a file by the suffix of its @name, or by the whole name ("Makefile"). */
const n2_language *n2_code_find_file(const char *name);

/** How @language is called in a class: "c", "python". */
const char *n2_code_peek_name(const n2_language *language);

typedef struct {
    const n2_language *language;
    const char *text;
    gsize len;
    gsize at;
    gboolean in_tag; /* of markup */
} n2_code_reader;

/** The next piece of @reader, all of one kind.  @len (out): its bytes, 0 at the end. */
n2_code_kind n2_code_next(n2_code_reader *reader, gsize *len);
