/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol-page.c - looks examples up in daemon/PROTOCOL.md.
 */
#include "protocol-page.h"

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

void
protocol_page_expect(const char *what, const guint8 *bytes, gsize len)
{
    g_autofree char *page = protocol_page_read();
    g_autoptr(GString) hex = g_string_new(NULL);

    for (gsize i = 0; i < len; i++)
        g_string_append_printf(hex, i ? " %02x" : "%02x", bytes[i]);
    if (strstr(page, hex->str))
        return;
    if (!g_getenv("N2_PROTOCOL_PRINT"))
        g_error("daemon/PROTOCOL.md lacks the example \"%s\": %s", what, hex->str);
    g_print("# %s\n", what);
    for (gsize i = 0; i < len; i += ROW_BYTES)
        g_print("    %s%.*s\n", i ? "    " : "", (int)(3 * MIN(ROW_BYTES, len - i) - 1),
                hex->str + 3 * i);
}
