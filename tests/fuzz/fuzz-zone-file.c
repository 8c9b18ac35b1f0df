/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-zone-file.c - any bytes as a zone file: each name that is read is one line whose parts
 * no value can add to, and what names are is written and read again the same.
 */
#include "fuzz.h"

#include "cli/zone.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) text = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autofree char *zone = NULL;
    g_auto(GStrv) names = NULL;

    if (!n2_cli_zone_read(text, &zone, &names, &error)) {
        check(error && !zone && !names);
        return 0;
    }
    check(!error && names);
    for (char **name = names; *name; name++) {
        g_auto(GStrv) parts = g_strsplit(*name, "\t", -1);

        check(!strpbrk(*name, "\n\r") && g_utf8_validate(*name, -1, NULL));
        for (char **part = parts + 1; *part; part++) {
            const char *equals = strchr(*part, '=');

            check(equals && equals > *part);
            check(strlen(equals) <= N2_ZONE_FILE_WORD_BYTES_MAX + 24);
        }
    }
    check(g_strv_length(names) <= N2_ZONE_FILE_NAMES_MAX);
    return 0;
}
