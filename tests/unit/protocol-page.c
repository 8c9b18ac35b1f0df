/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol-page.c - looks examples up in daemon/PROTOCOL.md.
 */
#include "protocol-page.h"

#include <string.h>

void
protocol_page_expect(const char *what, const guint8 *bytes, gsize len)
{
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "daemon", "PROTOCOL.md", NULL);
    g_autofree char *page = NULL;
    g_autoptr(GString) hex = g_string_new(NULL);
    g_autoptr(GString) squeezed = g_string_new(NULL);

    g_assert_true(g_file_get_contents(path, &page, NULL, NULL));
    for (gsize i = 0; i < len; i++)
        g_string_append_printf(hex, i ? " %02x" : "%02x", bytes[i]);
    for (const char *c = page; *c; c++)
        if (!g_ascii_isspace(*c))
            g_string_append_c(squeezed, *c);
        else if (squeezed->len && squeezed->str[squeezed->len - 1] != ' ')
            g_string_append_c(squeezed, ' ');
    if (!strstr(squeezed->str, hex->str))
        g_error("daemon/PROTOCOL.md lacks the example \"%s\": %s", what, hex->str);
}
