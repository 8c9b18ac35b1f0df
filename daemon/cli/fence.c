/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fence.c - the sandbox of the command line: it talks to the node and prints, nothing else.
 */
#include <glib-unix.h>
#include <libintl.h>
#include <signal.h>

#include "cli/cli.h"

enum {
    TALKING = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_THREADS,
    /* GIO looks for modules of its own while it connects */
    CONNECTING =
        TALKING | N2_SANDBOX_CONNECT | N2_SANDBOX_UNIX | N2_SANDBOX_LOAD | N2_SANDBOX_TIGHTEN
};

static void
enter(N2Cli *cli, unsigned promises)
{
    /* An agent types, and keeps what was typed out of swap. */
    const unsigned secrets = cli->agent ? N2_SANDBOX_LOCK | N2_SANDBOX_TYPE : 0;
    /* Catalogues, time zones, modules: where the system has them. */
    const n2_sandbox_path paths[] = {
        {"/usr", N2_SANDBOX_READ},
        {"/etc/localtime", N2_SANDBOX_READ},
        {"/etc/ld.so.cache", N2_SANDBOX_READ},
        {"/dev/urandom", N2_SANDBOX_READ},
        {bindtextdomain(GETTEXT_PACKAGE, NULL), N2_SANDBOX_READ},
        {cli->fenced_path ? cli->fenced_path : "/usr", cli->fenced_access},
    };
    const n2_sandbox_plan plan = {
        .promises = promises | secrets, .paths = paths, .n_paths = G_N_ELEMENTS(paths)};
    n2_sandbox_state state;

    /* What this process can do its user can: without the fence it is only less careful. */
    if (n2_sandbox_enter(&plan, &state) != N2_OK)
        g_debug("the sandbox could not be entered");
}

static void
on_appeared_cb(N2Cli *cli)
{
    g_signal_handlers_disconnect_matched(cli->client, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA,
                                         g_signal_lookup("appeared", N2_TYPE_CLIENT), 0, NULL,
                                         NULL, cli);
    enter(cli, TALKING);
}

static gboolean
on_signal_cb(gpointer user_data)
{
    g_cancellable_cancel(user_data);
    return G_SOURCE_CONTINUE;
}

void
n2_cli_fence(N2Cli *cli, const char *path, n2_sandbox_access access)
{
    cli->fenced_path = g_strdup(path);
    cli->fenced_access = path ? access : N2_SANDBOX_READ;
    enter(cli, CONNECTING);
    g_unix_signal_add(SIGINT, on_signal_cb, cli->cancellable); /* starts the first thread */
    g_unix_signal_add(SIGTERM, on_signal_cb, cli->cancellable);
    g_signal_connect_swapped(cli->client, "appeared", G_CALLBACK(on_appeared_cb), cli);
}

void
n2_cli_fence_output(N2Cli *cli, const char *output)
{
    g_autofree char *folder = NULL;

    if (!output || g_str_equal(output, "-")) {
        n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
        return;
    }
    folder =
        g_file_test(output, G_FILE_TEST_IS_DIR) ? g_strdup(output) : g_path_get_dirname(output);
    n2_cli_fence(cli, folder, N2_SANDBOX_WRITE);
}
