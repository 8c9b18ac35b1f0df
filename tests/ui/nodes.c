/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * nodes.c - real nodes for tests of the browser.
 */
#include "nodes.h"

#include <signal.h>

const char *nodes_net2od;
const char *nodes_net2o;

/* Starts it on @listen, with @settings (nullable), a comma between any two, and waits for its
 * ready line. */
void
nodes_start_with(
    node *n, const char *folder, const char *name, const char *listen, const char *settings)
{
    g_auto(GStrv) set = g_strsplit(settings ? settings : "", ",", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDataInputStream) lines = NULL;
    g_autofree char *line = NULL;

    g_free(n->profile);
    n->profile = g_build_filename(folder, name, NULL);
    const char *const begin[] = {nodes_net2od, "--profile", n->profile, "--listen", listen};
    for (gsize i = 0; i < G_N_ELEMENTS(begin); i++)
        g_ptr_array_add(argv, g_strdup(begin[i]));
    for (gsize i = 0; set[i]; i++) {
        g_ptr_array_add(argv, g_strdup("--set"));
        g_ptr_array_add(argv, g_strdup(set[i]));
    }
    g_ptr_array_add(argv, NULL);
    n->process = g_subprocess_newv(
        (const char *const *)argv->pdata,
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
    g_assert_no_error(error);
    lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(n->process));
    line = g_data_input_stream_read_line(lines, NULL, NULL, &error);
    g_assert_no_error(error);
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    g_assert_cmpuint(g_strv_length(words), ==, 3);
    g_free(n->endpoint);
    g_free(n->identity);
    n->endpoint = g_strdup(words[1]);
    n->identity = g_strdup(words[2]);
}

void
nodes_start(node *n, const char *folder, const char *name, const char *listen)
{
    nodes_start_with(n, folder, name, listen, NULL);
}

void
nodes_stop(node *n)
{
    g_subprocess_send_signal(n->process, SIGTERM);
    g_subprocess_wait(n->process, NULL, NULL);
    g_clear_object(&n->process);
}

void
nodes_clear(node *n)
{
    if (n->process)
        nodes_stop(n);
    g_free(n->profile);
    g_free(n->endpoint);
    g_free(n->identity);
}

void
nodes_cli(node *n, const char *a, const char *b, const char *c, const char *d)
{
    g_autoptr(GError) error = NULL;
    const char *argv[] = {nodes_net2o, "--profile", n->profile, a, b, c, d, NULL};
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);

    g_assert_no_error(error);
    g_subprocess_wait_check(process, NULL, &error);
    g_assert_no_error(error);
}
