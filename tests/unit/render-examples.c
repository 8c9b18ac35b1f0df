/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * render-examples.c - the examples of a specification written as CommonMark's is.
 */
#include "render-examples.h"

#include <string.h>

#define FENCE "````````````````````````````````"

void
examples_replace(char **text, const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(*text, from, -1);
    g_free(*text);
    *text = g_strjoinv(to, parts);
}

static void
example_free(example *e)
{
    g_free(e->kind);
    g_free(e->input);
    g_free(e->output);
    g_free(e);
}

GPtrArray *
examples_read(const char *path)
{
    g_autofree char *all = NULL;
    GPtrArray *examples = g_ptr_array_new_with_free_func((GDestroyNotify)example_free);
    GString *input = NULL, *output = NULL;
    example *e = NULL;
    g_assert_true(g_file_get_contents(path, &all, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        if (!e && g_str_has_prefix(lines[i], FENCE " example")) {
            e = g_new0(example, 1);
            e->kind = g_strstrip(g_strdup(lines[i] + strlen(FENCE " example")));
            e->line = i + 1;
            input = g_string_new(NULL);
        } else if (e && !output && !strcmp(lines[i], ".")) {
            output = g_string_new(NULL);
        } else if (e && !strcmp(lines[i], FENCE)) {
            g_assert_nonnull(output);
            e->input = g_string_free(input, FALSE);
            e->output = g_string_free(output, FALSE);
            examples_replace(&e->input, "→", "\t");
            examples_replace(&e->output, "→", "\t");
            output = NULL;
            g_ptr_array_add(examples, e);
            e->number = examples->len;
            e = NULL;
        } else if (e) {
            g_string_append_printf(output ? output : input, "%s\n", lines[i]);
        }
    }
    g_assert_null(e);
    return examples;
}
