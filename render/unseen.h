/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * unseen.h - characters that can't be seen or that turn others, and letters that pass for
 * others.
 *
 * Layer:  render (may include: GLib); the app uses it for names of its own.
 * Source: UAX 9 (bidi controls), UTS 39 (mixed scripts, confusables), for Latin, Greek,
 *         Cyrillic and Armenian.
 */
#pragma once

#include <glib.h>

/** An invisible character. */
typedef struct {
    gunichar from, to;
    const char *label; /* "RLO" */
    const char *name;  /* "RIGHT-TO-LEFT OVERRIDE" */
} n2_unseen;

/** What @c is, or NULL if it can be seen.  @before: the character before it, 0 if none: joiners
 *  belong into some scripts and into emoji, variation selectors behind a symbol. */
const n2_unseen *n2_unseen_find(gunichar c, gunichar before);

typedef enum {
    N2_ALIKE_NO,
    N2_ALIKE_MIXED, /* letters of two alphabets that look alike, in one word */
    N2_ALIKE_WHOLE, /* letters of one alphabet, each of which looks like a Latin one */
} n2_alike;

/** Judges one @word, @len bytes of valid UTF-8.  @seen: (out) (optional) (transfer full): the
 *  word in the Latin letters that it passes for; NULL for N2_ALIKE_NO. */
n2_alike n2_alike_judge(const char *word, gsize len, char **seen);

/** Length of the word at the start of @text, 0 if there is none: letters, digits, marks. */
gsize n2_alike_word(const char *text, gsize len);

/**
 * Why an address may not be what it looks like, in words, e.g. "pаypal: letters of two
 * alphabets".
 *
 * Returns: (transfer full) (nullable): NULL if nothing is wrong.
 */
char *n2_alike_explain(const char *address);
