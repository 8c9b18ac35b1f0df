/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * render-examples.h - the examples of a specification written as CommonMark's is.
 */
#pragma once

#include <glib.h>

typedef struct {
    char *kind; /* after the word "example" */
    char *input;
    char *output;
    guint line;
    guint number;
} example;

/** All examples of the file at @path, of example (transfer full). */
GPtrArray *examples_read(const char *path);

/** Replaces each @from in @text. */
void examples_replace(char **text, const char *from, const char *to);
