/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-fsck.c - net2o fsck: asks the node, or where none runs has net2od look itself.
 */
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

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

static void
set_failed(n2_err err, const char *folder, GError **error)
{
    const char *why = NULL, *next = NULL;

    if (err == N2_ERR_CORRUPT) {
        why = N_("the database is damaged");
        next = N_("Move it away, or put it back from a copy.");
    } else if (err == N2_ERR_EXISTS) {
        why = N_("too many damaged logs lie there");
        next = N_("Move them away.");
    } else if (err == N2_ERR_VERSION) {
        why = N_("a newer version made it");
        next = N_("Update net2o.");
    } else if (err == N2_ERR_BUSY) {
        why = N_("another process has it open");
        next = N_("End that one.");
    }
    n2_error_set(error, err, folder, why, next);
}

/* Reads what net2od --fsck printed (transfer full) (nullable). */
static GVariant *
take_answer(const char *line, GError **error)
{
    char *folder = NULL;

    if (g_str_has_prefix(line, "log ")) {
        g_autofree char *where = g_strstrip(g_strdup(line + strlen("log ")));
        n2_error_set(error, N2_ERR_CORRUPT, where, N_("some of the newest changes are damaged"),
                     N_("Put the folder back from a copy, or take those changes back with "
                        "'net2o fsck --cut'."));
        return NULL;
    }
    if (g_str_has_prefix(line, "found "))
        return g_variant_parse(G_VARIANT_TYPE_VARDICT, line + strlen("found "), NULL, NULL,
                               error);
    if (!g_str_has_prefix(line, "failed ")) {
        n2_error_set(error, N2_ERR_IO, "net2od --fsck", N_("it gave no answer"), NULL);
        return NULL;
    }
    gint64 number = g_ascii_strtoll(line + strlen("failed "), &folder, 10);
    set_failed(n2_err_from_int((int)number), g_strstrip(folder), error);
    return NULL;
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
    return take_answer(out, error);
}

/* True if it is worse than what a restart mends as well. */
static gboolean
print_findings(GVariant *found, gboolean is_json)
{
    g_autoptr(GVariant) findings = n2_dict_dup(found, "findings", "aa{sv}");
    gboolean is_bad = FALSE;

    for (gsize i = 0; findings && i < g_variant_n_children(findings); i++) {
        g_autoptr(GVariant) finding = g_variant_get_child_value(findings, i);
        const char *word = n2_dict_string(finding, "finding");
        const char *text = n2_dict_string(finding, "text");
        g_autofree char *clean = n2_cli_clean(text ? text : "");
        gboolean is_named = g_strcmp0(word, "damaged") == 0 || g_strcmp0(word, "missing") == 0;
        gboolean stays = g_strcmp0(word, "database") == 0 || g_strcmp0(word, "head") == 0 ||
                         g_strcmp0(word, "log") == 0;

        is_bad |= is_named || stays;
        if (!is_json && stays)
            printf(_("damaged: %s: %s\n"), word, clean);
        else if (!is_json && !is_named)
            printf(_("mended: %s: %s\n"), word, clean);
    }
    return is_bad;
}

static void
print_damaged(GVariant *found)
{
    g_autoptr(GVariant) damaged = n2_dict_dup(found, "damaged", "as");
    guint objects = (guint)n2_dict_uint(found, "objects");
    g_autofree char *size = g_format_size(n2_dict_uint(found, "size"));

    printf(ngettext("%u file verified, %s\n", "%u files verified, %s\n", objects), objects,
           size);
    for (gsize i = 0; damaged && i < g_variant_n_children(damaged); i++) {
        const char *address = NULL;
        g_variant_get_child(damaged, i, "&s", &address);
        g_autofree char *clean = n2_cli_clean(address);
        printf(_("damaged, will be fetched anew: %s\n"), clean);
    }
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
        print_damaged(found);
    if (!print_findings(found, cli->is_json))
        return TRUE;
    n2_error_set(error, N2_ERR_CORRUPT, "fsck", N_("some of the store is damaged"), NULL);
    return FALSE;
}
