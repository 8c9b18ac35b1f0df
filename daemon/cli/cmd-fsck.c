/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-fsck.c - net2o fsck: asks the node, or where none runs has net2od look itself.
 */
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>

#include "cli/cli.h"

static gboolean
is_alone(N2Cli *cli)
{
    const char *path = n2_client_peek_socket(cli->client, NULL);
    g_autoptr(GSocketAddress) address = path ? g_unix_socket_address_new(path) : NULL;
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GError) cause = NULL;
    g_autoptr(GSocketConnection) connection =
        address ? g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, &cause)
                : NULL;

    return g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
           g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static GVariant *
ask_node(N2Cli *cli, GError **error)
{
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_check_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    return n2_cli_finish(cli, error);
}

static GVariant *
look_ourselves(const char *profile, gboolean cuts, GError **error)
{
    const char *program = g_getenv("N2_NET2OD"); /* for a program that is not installed */
    g_autofree char *out = NULL;
    g_autoptr(GError) cause = NULL;
    const char *argv[] = {program ? program : N2_BINDIR "/net2od", cuts ? "--cut" : "--fsck",
                          profile ? "--profile" : NULL, profile, NULL};

    if (!g_spawn_sync(NULL, (char **)(gpointer)argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL,
                      NULL, &out, NULL, NULL, &cause)) {
        n2_error_set(error, N2_ERR_NOTFOUND, argv[0], cause->message, NULL);
        return NULL;
    }
    return n2_cli_found_take(out, error);
}

gboolean
n2_cli_fsck(N2Cli *cli, int argc, char **argv, GError **error)
{
    gboolean cuts = FALSE;
    const GOptionEntry entries[] = {{"cut", 0, 0, G_OPTION_ARG_NONE, &cuts, NULL, NULL},
                                    G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 0, error))
        return FALSE;
    gboolean alone = is_alone(cli);
    if (cuts && !alone) {
        n2_error_set(error, N2_ERR_STATE, "--cut", N_("the node is running"),
                     N_("Stop it first."));
        return FALSE;
    }
    if (!alone)
        n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    g_autoptr(GVariant) found =
        alone ? look_ourselves(cli->profile, cuts, error) : ask_node(cli, error);
    if (!found)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(found);
    else
        n2_cli_found_print(found);
    if (!n2_cli_found_is_bad(found, cli->is_json))
        return TRUE;
    n2_error_set(error, N2_ERR_CORRUPT, "fsck", N_("some of the store is damaged"), NULL);
    return FALSE;
}
