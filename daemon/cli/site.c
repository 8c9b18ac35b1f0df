/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * site.c - fetches what the renderer of a page asks for.
 */
#include "cli/site.h"

#include <string.h>

enum {
    CHUNK_BYTES = 256 << 10
};

N2CliSite
n2_cli_site_init(N2Cli *cli, const char *origin)
{
    return (N2CliSite){.cli = cli, .origin = origin, .bytes_left = N2_PAGE_INCLUDE_BYTES_MAX};
}

/* The names in a folder; NULL if nobody can say. */
static GHashTable *
names_of(N2CliSite *site, const char *folder)
{
    g_autofree char *escaped = g_uri_escape_string(folder, "/", TRUE);
    g_autofree char *address = g_strconcat(site->origin, escaped, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) entries = n2_cli_list(site->cli, address, &error);

    if (!entries && n2_error_code(error) != N2_ERR_NOTFOUND)
        return NULL;
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; entries && i < g_variant_n_children(entries); i++) {
        g_autoptr(GVariant) entry = g_variant_get_child_value(entries, i);
        const char *name = n2_dict_string(entry, "name");
        if (name)
            g_hash_table_add(names, g_strdup(name));
    }
    return names;
}

/* What is at @address, if it is of this site and there is room for it; else NULL. */
static GBytes *
fetch(N2CliSite *site, const char *address, n2_page_format *format)
{
    gsize len = strlen(site->origin);

    if (strncmp(address, site->origin, len) != 0 || address[len] != '/' ||
        ++site->n_parts > N2_PAGE_INCLUDES_MAX)
        return NULL;
    g_autoptr(N2Transfer) transfer = n2_cli_open(site->cli, address, NULL);
    if (!transfer || n2_cli_is_bare_folder(transfer) || !n2_cli_is_text(transfer))
        return NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree guint8 *chunk = g_malloc(CHUNK_BYTES);
    g_autofree char *name = g_path_get_basename(address);
    gssize n;
    while ((n = n2_cli_read_some(site->cli, transfer, chunk, CHUNK_BYTES, NULL)) > 0) {
        if ((gsize)n > site->bytes_left)
            return NULL;
        site->bytes_left -= (gsize)n;
        g_byte_array_append(bytes, chunk, (guint)n);
    }
    *format =
        n2_page_format_by_type(n2_dict_string(n2_transfer_peek_info(transfer), "type"), name);
    return n < 0 ? NULL : g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

GBytes *
n2_cli_site_supply(N2CliSite *site, const n2_render_need *need)
{
    n2_supplies supplies = n2_supplies_init();

    for (guint i = 0; i < need->parts->len; i++) {
        const char *address = g_ptr_array_index(need->parts, i);
        n2_page_format format = N2_PAGE_PLAIN;
        g_autoptr(GBytes) bytes = fetch(site, address, &format);
        n2_supplies_part(&supplies, address, format, bytes);
    }
    for (guint i = 0; i < need->folders->len; i++) {
        const char *path = g_ptr_array_index(need->folders, i);
        gboolean is_fine = path[0] == '/' && ++site->n_folders <= N2_RENDER_FOLDERS_MAX;
        g_autoptr(GHashTable) names = is_fine ? names_of(site, path) : NULL;
        n2_supplies_folder(&supplies, path, names);
    }
    return n2_supplies_end(&supplies, ++site->n_rounds >= N2_RENDER_ROUNDS_MAX);
}
