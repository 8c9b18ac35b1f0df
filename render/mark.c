/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mark.c - takes the marks of the passes away again.
 */
#include "render/tree.h"

#include <string.h>

static const struct {
    const char *mark;
    const char *shown; /* in text */
    const char *typed; /* in code */
} marks[] = {
    {N2_MARK_PIPE, "|", "\\|"}, {N2_MARK_CELL, "", ""},  {N2_MARK_BREAK, "", ""},
    {N2_MARK_NOTE, "[^", "[^"}, {N2_MARK_END, "]", "]"}, {N2_MARK_DEFINE, "[^", "[^"},
    {N2_MARK_TERM, ":", ":"},
};

static int
find_mark(const char *text)
{
    if (text[0] != '\xef' || text[1] != '\xb7')
        return -1;
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
        if (!strncmp(text, marks[i].mark, N2_MARK_BYTES))
            return (int)i;
    return -1;
}

const char *
n2_mark_shown(const char *text)
{
    int i = find_mark(text);
    if (i >= 0)
        return marks[i].shown;
    gboolean forged = text[0] == '\xef' && text[1] == '\xb7' && (guchar)text[2] >= 0x90 &&
                      (guchar)text[2] <= 0xaf;
    return forged ? "" : NULL;
}

char *
n2_mark_restore(const char *text, gboolean in_cell)
{
    GString *out = g_string_sized_new(strlen(text));
    while (*text) {
        gsize plain = strcspn(text, "\xef");
        g_string_append_len(out, text, (gssize)plain);
        text += plain;
        int i = find_mark(text);
        if (i < 0) {
            if (*text)
                g_string_append_c(out, *text++);
            continue;
        }
        const char *mark = marks[i].mark;
        if ((!strcmp(mark, N2_MARK_DEFINE) || !strcmp(mark, N2_MARK_TERM)) &&
            g_str_has_suffix(out->str, N2_MARK_ITEM))
            g_string_truncate(out, out->len - strlen(N2_MARK_ITEM));
        g_string_append(out, in_cell ? marks[i].shown : marks[i].typed);
        text += N2_MARK_BYTES;
    }
    return g_string_free(out, FALSE);
}
