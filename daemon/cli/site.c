/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * site.c - which files a site has.
 */
#include "cli/site.h"

#include <string.h>

static void
names_free(gpointer names)
{
    if (names)
        g_hash_table_unref(names);
}

N2CliSite
n2_cli_site_init(N2Cli *cli, const char *origin)
{
    return (N2CliSite){.cli = cli,
                       .origin = origin,
                       .folders =
                           g_hash_table_new_full(g_str_hash, g_str_equal, g_free, names_free)};
}

void
n2_cli_site_clear(N2CliSite *site)
{
    g_clear_pointer(&site->folders, g_hash_table_unref);
}

/* The names in a folder; NULL if nobody can say. */
static GHashTable *
names_of(N2CliSite *site, const char *folder)
{
    gpointer known;

    if (g_hash_table_lookup_extended(site->folders, folder, NULL, &known))
        return known;
    g_autofree char *escaped = g_uri_escape_string(folder, "/", TRUE);
    g_autofree char *address = g_strconcat(site->origin, escaped, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) entries = n2_cli_list(site->cli, address, &error);
    GHashTable *names = NULL;
    if (entries || n2_error_code(error) == N2_ERR_NOTFOUND)
        names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (entries) {
        GVariantIter iter;
        GVariant *entry;
        g_variant_iter_init(&iter, entries);
        while ((entry = g_variant_iter_next_value(&iter))) {
            const char *name = n2_dict_string(entry, "name");
            if (name)
                g_hash_table_add(names, g_strdup(name));
            g_variant_unref(entry);
        }
    }
    g_hash_table_insert(site->folders, g_strdup(folder), names);
    return names;
}

n2_exists
n2_cli_site_has_cb(const char *path, void *user)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return N2_EXISTS_UNKNOWN;
    if (!slash[1])
        return N2_EXISTS_YES; /* a folder; what leads there says if it is none */
    g_autofree char *folder = g_strndup(path, (gsize)(slash + 1 - path));
    GHashTable *names = names_of(user, folder);
    if (!names)
        return N2_EXISTS_UNKNOWN;
    return g_hash_table_contains(names, slash + 1) ? N2_EXISTS_YES : N2_EXISTS_NO;
}
