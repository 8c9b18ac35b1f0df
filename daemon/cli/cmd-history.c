/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-history.c - net2o history, sync: the versions of what somebody publishes, and what
 * several machines of one identity published.
 */
#include <glib/gi18n.h>

#include "cli/cli.h"

static void
print_versions(GVariant *versions)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(versions); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(versions, i);
        g_autofree char *number =
            g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(row, "counter"));
        g_autofree char *time = n2_cli_format_time((gint64)n2_dict_uint(row, "time"));
        const char *device = n2_dict_string(row, "device");
        g_autofree char *clean = n2_cli_clean(device ? device : "");
        const char *said = n2_dict_uint(row, "merges") ? _("of several") : clean;
        const char *now = n2_dict_bool(row, "current") ? _("now") : "";
        const char *address = n2_dict_string(row, "address");

        g_ptr_array_add(rows,
                        n2_cli_row(number, time, now, said, address ? address : "", NULL));
    }
    n2_cli_print_columns(rows, 0);
}

gboolean
n2_cli_history(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (argc != 2)
        return n2_cli_usage("history", argc > 2 ? argv[2] : NULL, N_("it takes one address"),
                            error);
    n2_client_history_async(cli->client, argv[1], cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) versions = n2_cli_finish(cli, error);
    if (!versions)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(versions);
    else
        print_versions(versions);
    return TRUE;
}

gboolean
n2_cli_sync(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (argc > 2)
        return n2_cli_usage("sync", argv[2], N_("it takes one identity, or none"), error);
    n2_client_sync_async(cli->client, argc > 1 ? argv[1] : "", cli->cancellable, n2_cli_done_cb,
                         cli);
    g_autoptr(GVariant) result = n2_cli_finish(cli, error);
    if (!result)
        return FALSE;
    if (cli->is_json) {
        n2_cli_print_json(result);
        return TRUE;
    }
    g_autofree char *version =
        g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(result, "counter"));

    if (n2_dict_uint(result, "merged"))
        g_print(_("What your machines published is one tree now, version %s.\n"), version);
    else if (n2_dict_uint(result, "taken"))
        g_print(_("Your other machine had a newer tree: version %s.\n"), version);
    else
        g_print(_("There is nothing new. The tree is version %s.\n"), version);
    return TRUE;
}
