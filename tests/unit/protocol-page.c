/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol-page.c - looks examples up in daemon/PROTOCOL.md.
 */
#include "protocol-page.h"

#include <stdio.h>
#include <string.h>

enum {
    ROW_BYTES = 32 /* in what is printed to be copied */
};

char *
protocol_page_read(void)
{
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "daemon", "PROTOCOL.md", NULL);
    g_autofree char *page = NULL;
    GString *squeezed = g_string_new(NULL);

    g_assert_true(g_file_get_contents(path, &page, NULL, NULL));
    for (const char *c = page; *c; c++)
        if (!g_ascii_isspace(*c))
            g_string_append_c(squeezed, *c);
        else if (squeezed->len && squeezed->str[squeezed->len - 1] != ' ')
            g_string_append_c(squeezed, ' ');
    return g_string_free(squeezed, FALSE);
}

void
protocol_page_expect_text(const char *what, const char *text)
{
    g_autofree char *page = protocol_page_read();

    if (strstr(page, text))
        return;
    if (!g_getenv("N2_PROTOCOL_PRINT"))
        g_error("daemon/PROTOCOL.md lacks the example \"%s\": %s", what, text);
    g_print("# %s\n    %s\n", what, text);
}

/* Is the line nothing but bytes in hex, at the depth where examples stand? */
static gboolean
is_hex(const char *line)
{
    gsize indent = strspn(line, " ");
    const char *c = line + indent;

    if ((indent != 4 && indent != 8) || !*c)
        return FALSE;
    for (; *c; c += strspn(c, " ")) {
        if (!g_ascii_isxdigit(c[0]) || !g_ascii_isxdigit(c[1]) || (c[2] && c[2] != ' '))
            return FALSE;
        c += 2;
    }
    return TRUE;
}

static void
add_bytes(GString *to, const char *line)
{
    for (const char *c = line; *c; c++)
        if (*c != ' ')
            g_string_append_c(to, *c);
}

/* Tells a test of the tests which lines of the page an example stands in. */
static void
note_seen(gsize first, gsize last)
{
    const char *path = g_getenv("N2_PROTOCOL_SEEN");
    FILE *seen = path ? fopen(path, "a") : NULL;

    if (!seen)
        return;
    for (gsize i = first; i < last; i++)
        fprintf(seen, "%" G_GSIZE_FORMAT "\n", i + 1);
    fclose(seen);
}

/* Is there an example, whole from its first line to the last that is deeper, of these bytes?
 * Each that is one counts: the page may say it twice. */
static gboolean
has_example(const char *hex)
{
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "daemon", "PROTOCOL.md", NULL);
    g_autofree char *page = NULL;
    gboolean found = FALSE;

    g_assert_true(g_file_get_contents(path, &page, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(page, "\n", -1);
    for (gsize i = 0; lines[i]; i++) {
        if (!is_hex(lines[i]) || lines[i][4] == ' ')
            continue;
        g_autoptr(GString) bytes = g_string_new(NULL);
        gsize first = i;
        add_bytes(bytes, lines[i]);
        while (lines[i + 1] && is_hex(lines[i + 1]) && lines[i + 1][4] == ' ')
            add_bytes(bytes, lines[++i]);
        if (!g_str_equal(bytes->str, hex))
            continue;
        note_seen(first, i + 1);
        found = TRUE;
    }
    return found;
}

void
protocol_page_expect(const char *what, const guint8 *bytes, gsize len)
{
    g_autoptr(GString) hex = g_string_new(NULL);

    for (gsize i = 0; i < len; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    if (has_example(hex->str))
        return;
    if (!g_getenv("N2_PROTOCOL_PRINT"))
        g_error("daemon/PROTOCOL.md lacks the example \"%s\": %s", what, hex->str);
    g_print("# %s\n", what);
    for (gsize i = 0; i < len; i++)
        g_print("%s%02x", !i ? "    " : i % ROW_BYTES ? " " : "\n        ", bytes[i]);
    g_print("\n");
}
