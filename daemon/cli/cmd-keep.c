/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-keep.c - net2o pin, unpin, why: what stays here, and what keeps it.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"

gboolean
n2_cli_pin(N2Cli *cli, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    n2_cli_watch_liars(cli);
    n2_client_pin_async(cli->client, argv[1], cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) row = n2_cli_finish(cli, error);
    if (!row)
        return FALSE;
    if (cli->is_json) {
        n2_cli_print_json(row);
        return TRUE;
    }
    guint n = (guint)n2_dict_uint(row, "files");
    g_autofree char *size = g_format_size(n2_dict_uint(row, "size"));
    const char *address = n2_dict_string(row, "address");

    /* Translators: address, number of files, their size. */
    printf(ngettext("%s is kept: %u file, %s\n", "%s is kept: %u files, %s\n", n),
           address ? address : "", n, size);
    return TRUE;
}

gboolean
n2_cli_unpin(N2Cli *cli, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    n2_client_unpin_async(cli->client, argv[1], cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) row = n2_cli_finish(cli, error);
    if (!row)
        return FALSE;
    const char *address = n2_dict_string(row, "address");

    if (cli->is_json)
        n2_cli_print_json(row);
    else
        printf(_("%s is no longer kept\n"), address ? address : "");
    return TRUE;
}

/* ---- why ---- */

static const char *
kind_words(const char *kind)
{
    if (g_strcmp0(kind, "tree") == 0)
        return _("published by");
    if (g_strcmp0(kind, "pin") == 0)
        return _("pinned");
    if (g_strcmp0(kind, "cache") == 0)
        return _("was read");
    return _("being worked on");
}

static void
print_holds(GVariant *holds)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(holds); i++) {
        g_autoptr(GVariant) hold = g_variant_get_child_value(holds, i);
        const char *kind = n2_dict_string(hold, "kind");
        const char *owner = n2_dict_string(hold, "owner");
        const char *address = n2_dict_string(hold, "address");
        gboolean is_tree = g_strcmp0(kind, "tree") == 0;

        g_ptr_array_add(rows, n2_cli_row(kind_words(kind), is_tree && owner ? owner : "",
                                         address ? address : "", NULL));
    }
    n2_cli_print_columns(rows, 0);
}

static void
print_owners(GVariant *owners)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(owners); i++) {
        g_autoptr(GVariant) owner = g_variant_get_child_value(owners, i);
        const char *kind = n2_dict_string(owner, "kind");
        const char *name = n2_dict_string(owner, "owner");
        g_autofree char *used = g_format_size(n2_dict_uint(owner, "used"));
        guint64 limit = n2_dict_uint(owner, "quota");
        g_autofree char *size = limit ? g_format_size(limit) : NULL;
        /* Translators: a size. */
        g_autofree char *quota = size ? g_strdup_printf(_("of %s"), size) : g_strdup("");
        gboolean is_tree = g_strcmp0(kind, "tree") == 0;

        g_ptr_array_add(
            rows, n2_cli_row(kind_words(kind), is_tree && name ? name : "", used, quota, NULL));
    }
    n2_cli_print_columns(rows, 0);
}

gboolean
n2_cli_why(N2Cli *cli, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error))
        return FALSE;
    n2_client_why_async(cli->client, argc > 1 ? argv[1] : "", cli->cancellable, n2_cli_done_cb,
                        cli);
    g_autoptr(GVariant) rows = n2_cli_finish(cli, error);
    if (!rows)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(rows);
    else if (argc > 1)
        print_holds(rows);
    else
        print_owners(rows);
    return TRUE;
}
