/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * language.h - what the reader of code must know of a language.
 *
 * Layer: render, private: included by code.c and language.c only.
 */
#pragma once

#include "render/code.h"

typedef enum {
    N2_MODE_CODE,
    N2_MODE_FORTH,  /* words between blanks */
    N2_MODE_MARKUP, /* tags */
    N2_MODE_LINES,  /* the first characters of a line say what it is: diff, Markdown */
} n2_code_mode;

typedef enum {
    N2_CODE_FOLDS = 1 << 0,     /* upper case is lower case */
    N2_CODE_TRIPLE = 1 << 1,    /* three quotes make a string of many lines */
    N2_CODE_LINES = 1 << 2,     /* so does one */
    N2_CODE_NO_ESCAPE = 1 << 3, /* a backslash means nothing in a string */
    N2_CODE_HASH = 1 << 4,      /* "#word" at the start of a line is a command */
    N2_CODE_DOLLAR = 1 << 5,    /* "$word" is a variable */
    N2_CODE_AT = 1 << 6,        /* "@word" is a command */
    N2_CODE_DASHES = 1 << 7,    /* "-" belongs to words */
    N2_CODE_KEYS = 1 << 8,      /* what stands before ":" is a key */
    N2_CODE_EQUALS = 1 << 9,    /* what stands before "=" is a key */
} n2_code_flags;

struct n2_language {
    const char *names; /* between blanks, the first is the language's; suffixes too */
    const char *words; /* between blanks */
    const char *types;
    const char *line;  /* (nullable) begins a comment to the end of the line */
    const char *line2; /* (nullable) another */
    const char *open;  /* (nullable) begins a comment that `close` ends */
    const char *close;
    const char *quotes;
    n2_code_mode mode;
    guint flags; /* n2_code_flags */
};

extern const n2_language n2_languages[];
extern const guint n2_n_languages;
