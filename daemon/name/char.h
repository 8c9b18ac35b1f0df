/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * char.h - one character of a name, as label.c and look.c see it.
 *
 * Layer: name, private to the spelling of names.
 */
#pragma once

#include "base/utf8.h"

#define N2_SCRIPT_NONE 0
#define N2_SCRIPT_LATIN N2_SCRIPT('L', 'a', 't', 'n')

/** A letter, mark or digit that a name may hold, else N2_CHAR_OTHER; its script, NONE for ASCII
 * digits and what goes with any. */
typedef struct {
    n2_char_class kind;
    uint32_t script;
    int32_t base;
} n2_glyph;

n2_glyph n2_glyph_of(int32_t code_point, const n2_unicode *unicode);

/** Any text folded, not NUL-terminated; without tables A to Z only.  False if it is no UTF-8 or
 * does not fit. */
bool n2_text_fold(char *out,
                  size_t cap,
                  size_t *out_len,
                  const char *text,
                  size_t len,
                  const n2_unicode *unicode);
