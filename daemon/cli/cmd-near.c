/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-near.c - net2o neighbours: who is in the local network, and what they offer.
 */
#include <glib/gi18n.h>

#include "cli/cli.h"

static const char *
word_of(GVariant *dict, const char *key)
{
    const char *word = n2_dict_string(dict, key);

    return word ? word : "";
}

/* "files, mail" (transfer full). */
static char *
say_services(GVariant *row)
{
    g_autoptr(GVariant) services = n2_dict_dup(row, "services", "aa{sv}");
    g_autoptr(GString) all = g_string_new(NULL);

    for (gsize i = 0; services && i < g_variant_n_children(services); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(services, i);
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", word_of(one, "service"));
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static void
add_row(GPtrArray *rows, GVariant *row)
{
    g_autofree char *services = say_services(row);
    gboolean is_proven = g_str_equal(word_of(row, "state"), "proven");
    const char *name = word_of(row, "name");
    const char *way = !n2_dict_bool(row, "reachable")  ? _("no way yet")
                      : n2_dict_bool(row, "leads-out") ? _("reachable, leads out")
                                                       : _("reachable");

    g_ptr_array_add(rows,
                    n2_cli_row(*name ? name : word_of(row, "identity"), services,
                               is_proven ? _("key proven") : _("key claimed"), way, NULL));
}

gboolean
n2_cli_neighbours(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    if (!n2_cli_parse(cli, NULL, &argc, &argv, 0, 1, error))
        return FALSE;
    n2_client_neighbours_async(cli->client, argc > 1 ? argv[1] : "", cli->cancellable,
                               n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (cli->is_json) {
        n2_cli_print_json(answer);
        return TRUE;
    }
    for (gsize i = 0; i < g_variant_n_children(answer); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(answer, i);
        add_row(rows, row);
    }
    n2_cli_print_columns(rows, 0);
    return TRUE;
}
