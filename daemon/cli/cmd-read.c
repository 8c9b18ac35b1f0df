/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-read.c - net2o get, ls: files and folders from anywhere.
 */
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/agent.h"
#include "cli/people.h"
#include "cli/sink.h"
#include "cli/unpack.h"

enum {
    CHUNK_BYTES = 1024 * 1024
};

/* ---- common ---- */

/* Whoever answers may not be who was meant: then it is given up. */
static N2Transfer *
finish_open(N2Cli *cli, GError **error)
{
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);
    g_autoptr(N2Transfer) transfer = n2_client_open_finish(cli->client, result, error);

    if (!transfer || !n2_cli_judge(cli, n2_transfer_peek_info(transfer), error))
        return NULL;
    return g_steal_pointer(&transfer);
}

N2Transfer *
n2_cli_open(N2Cli *cli, const char *address, GError **error)
{
    n2_cli_watch_liars(cli);
    n2_client_open_async(cli->client, address, NULL, cli->cancellable, n2_cli_done_cb, cli);
    return finish_open(cli, error);
}

gboolean
n2_cli_is_bare_folder(N2Transfer *transfer)
{
    GVariant *info = n2_transfer_peek_info(transfer);

    return g_strcmp0(n2_dict_string(info, "kind"), "directory") == 0 &&
           !n2_dict_string(info, "index");
}

gboolean
n2_cli_is_text(N2Transfer *transfer)
{
    const char *type = n2_dict_string(n2_transfer_peek_info(transfer), "type");

    return type && (g_str_has_prefix(type, "text/") || g_str_equal(type, "application/json") ||
                    g_str_equal(type, "application/yaml"));
}

GVariant *
n2_cli_wait(N2Cli *cli, N2Transfer *transfer, GError **error)
{
    n2_transfer_wait_async(transfer, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);
    return n2_transfer_wait_finish(transfer, result, error);
}

/* Sets the cause as the node tells it.  @cause: (transfer full).  Returns -1. */
static gssize
explain(N2Cli *cli, N2Transfer *transfer, GError *cause, GError **error)
{
    if (n2_error_code(cause) == N2_ERR_CLOSED) {
        g_autoptr(GVariant) unexpected = n2_cli_wait(cli, transfer, error);
        if (!unexpected) {
            g_error_free(cause);
            return -1;
        }
    }
    const char *what = n2_dict_string(n2_transfer_peek_info(transfer), "address");
    g_propagate_error(error, n2_error_take_remote(cause, what));
    return -1;
}

gssize
n2_cli_read_some(N2Cli *cli, N2Transfer *transfer, void *buf, gsize len, GError **error)
{
    GInputStream *stream = n2_transfer_peek_stream(transfer);
    GError *cause = NULL;

    g_input_stream_read_async(stream, buf, len, G_PRIORITY_DEFAULT, cli->cancellable,
                              n2_cli_done_cb, cli);
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);
    gssize n = g_input_stream_read_finish(stream, result, &cause);
    return n >= 0 ? n : explain(cli, transfer, cause, error);
}

N2Transfer *
n2_cli_open_whole(N2Cli *cli, const char *address, GError **error)
{
    GVariantDict options;

    n2_cli_watch_liars(cli);
    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "whole", "b", TRUE);
    n2_client_open_async(cli->client, address, g_variant_dict_end(&options), cli->cancellable,
                         n2_cli_done_cb, cli);
    return finish_open(cli, error);
}

/* ---- get ---- */

/* The node may write to the file itself. */
static N2Transfer *
open_into(N2Cli *cli, const char *address, const N2Sink *sink, GError **error)
{
    int fd = fcntl(n2_sink_peek_fd(sink), F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        return n2_cli_open(cli, address, error);
    n2_cli_watch_liars(cli);
    n2_client_open_into_async(cli->client, address, fd, cli->cancellable, n2_cli_done_cb, cli);
    return finish_open(cli, error);
}

static gboolean
on_readable_cb(GObject *stream, gpointer user_data)
{
    (void)stream;
    *(gboolean *)user_data = TRUE;
    return G_SOURCE_REMOVE;
}

/* Moves what comes through the pipe into the sink; -1 with *@is_able FALSE: it can't. */
static gssize
move_some(N2Cli *cli, N2Transfer *transfer, N2Sink *sink, gboolean *is_able, GError **error)
{
    GInputStream *stream = n2_transfer_peek_stream(transfer);
    int pipe = n2_transfer_peek_pipe(transfer);
    gboolean is_ready = FALSE;
    GError *cause = NULL;

    *is_able = pipe >= 0;
    if (!*is_able)
        return -1;
    g_autoptr(GSource) source = g_pollable_input_stream_create_source(
        G_POLLABLE_INPUT_STREAM(stream), cli->cancellable);
    g_source_set_callback(source, G_SOURCE_FUNC(on_readable_cb), &is_ready, NULL);
    g_source_attach(source, NULL);
    while (!is_ready)
        g_main_context_iteration(NULL, TRUE);
    if (g_cancellable_is_cancelled(cli->cancellable)) {
        *is_able = FALSE; /* reading says it in the usual words */
        return -1;
    }
    gssize n = n2_sink_splice(sink, pipe, is_able, error);
    if (n >= 0 && !n2_transfer_took(transfer, (gsize)n, &cause))
        return explain(cli, transfer, cause, error);
    return n;
}

static gboolean
carry(N2Cli *cli, N2Transfer *transfer, N2Sink *sink, GError **error)
{
    g_autofree guint8 *chunk = g_malloc(CHUNK_BYTES);
    guint64 total = n2_dict_uint(n2_transfer_peek_info(transfer), "size");
    guint64 done = 0;
    N2CliProgress progress = {0};
    gboolean is_able = TRUE;
    gssize n;

    for (;;) {
        n = is_able ? move_some(cli, transfer, sink, &is_able, error) : -1;
        if (!is_able) {
            n = n2_cli_read_some(cli, transfer, chunk, CHUNK_BYTES, error);
            if (n > 0 && !n2_sink_write(sink, chunk, (gsize)n, error))
                break;
        }
        if (n <= 0)
            break;
        done += (guint64)n;
        if (!n2_sink_is_terminal(sink))
            n2_cli_progress(cli, &progress, done, total);
    }
    n2_cli_progress_end(&progress);
    return n == 0;
}

typedef struct {
    const N2Cli *cli;
    N2CliProgress progress;
} watching;

static void
on_progress_cb(N2Transfer *transfer, guint64 done, guint64 total, watching *s)
{
    (void)transfer;
    n2_cli_progress(s->cli, &s->progress, done, total);
}

/* Waits for the end; how far it is while the node writes to the file itself, it tells. */
static GVariant *
wait_shown(N2Cli *cli, N2Transfer *transfer, GError **error)
{
    watching s = {.cli = cli};

    if (!n2_transfer_is_direct(transfer))
        return n2_cli_wait(cli, transfer, error);
    gulong id = g_signal_connect(transfer, "progress", G_CALLBACK(on_progress_cb), &s);
    GVariant *result = n2_cli_wait(cli, transfer, error);
    g_signal_handler_disconnect(transfer, id);
    n2_cli_progress_end(&s.progress);
    return result;
}

/* What went where, for programs; on stderr if stdout has the bytes. */
static void
report_get(const N2Cli *cli, N2Transfer *transfer, GVariant *result, const char *file)
{
    GVariant *info = n2_transfer_peek_info(transfer);
    GVariantBuilder dict;
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init(&iter, info);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        if (!g_str_equal(key, "ms") && !g_str_equal(key, "transfer"))
            g_variant_builder_add(&dict, "{sv}", key, value);
        g_variant_unref(value);
    }
    g_variant_builder_add(&dict, "{sv}", "ms",
                          g_variant_new_int64((gint64)n2_dict_uint(result, "ms")));
    if (file)
        g_variant_builder_add(&dict, "{sv}", "file", g_variant_new_string(file));
    n2_cli_add_liars(cli, &dict);
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_builder_end(&dict));
    g_autofree char *line = n2_cli_json(whole);
    if (file)
        printf("%s\n", line);
    else
        fprintf(stderr, "%s\n", line);
}

static gboolean
check_get(N2Cli *cli, N2Transfer *transfer, const char *output, GError **error)
{
    const char *address = n2_dict_string(n2_transfer_peek_info(transfer), "address");

    if (n2_cli_is_bare_folder(transfer)) {
        n2_error_set(error, N2_ERR_USAGE, address, N_("this is a folder"),
                     N_("See what is in it with 'net2o ls', or fetch it all with "
                        "'net2o get ADDRESS FOLDER'."));
        return FALSE;
    }
    if (!output && cli->out_is_terminal && !n2_cli_is_text(transfer)) {
        n2_error_set(error, N2_ERR_USAGE, address,
                     N_("this is no text, and would confuse the terminal"),
                     N_("Save it with '-o FILE', or insist with '-o -'."));
        return FALSE;
    }
    return TRUE;
}

gboolean
n2_cli_get(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *output = NULL;
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, NULL, NULL},
        N2_CLI_LOGIN_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 2, error) ||
        !n2_cli_agent_prepare(cli, &agent, error))
        return FALSE;
    if (argc > 2 && output)
        return n2_cli_usage("get", "-o", N_("a folder is named already"), error);
    if (argc > 2) {
        g_autoptr(N2Unpack) unpack = n2_unpack_new(argv[2], error);
        if (!unpack)
            return FALSE;
        n2_cli_fence(cli, argv[2], N2_SANDBOX_WRITE);
        n2_cli_agent_register(cli);
        return n2_cli_get_folder(cli, argv[1], unpack, argv[2], error);
    }
    n2_cli_fence_output(cli, output);
    n2_cli_agent_register(cli);
    gboolean is_named = n2_sink_is_named(output);
    g_autoptr(N2Sink) sink = is_named ? n2_sink_new(cli, output, NULL, error) : NULL;
    if (is_named && !sink)
        return FALSE;
    g_autoptr(N2Transfer) transfer =
        sink ? open_into(cli, argv[1], sink, error) : n2_cli_open(cli, argv[1], error);
    if (!transfer || !check_get(cli, transfer, output, error))
        return FALSE;
    if (!sink)
        sink = n2_sink_new(cli, output, n2_transfer_peek_info(transfer), error);
    if (!sink || (!n2_transfer_is_direct(transfer) && !carry(cli, transfer, sink, error)))
        return FALSE;
    g_autoptr(GVariant) result = wait_shown(cli, transfer, error);
    if (!result || !n2_sink_finish(sink, error))
        return FALSE;
    if (cli->is_json)
        report_get(cli, transfer, result, n2_sink_peek_file(sink));
    return TRUE;
}

/* ---- ls ---- */

void
n2_cli_print_entries(const N2Cli *cli, GVariant *entries)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(entries); i++) {
        g_autoptr(GVariant) entry = g_variant_get_child_value(entries, i);
        const char *name = n2_dict_string(entry, "name");
        const char *type = n2_dict_string(entry, "type");
        gboolean is_folder = g_strcmp0(n2_dict_string(entry, "kind"), "directory") == 0;
        g_autofree char *size = g_format_size(n2_dict_uint(entry, "size"));
        g_autofree char *clean = n2_cli_clean(name ? name : "");
        g_autofree char *shown = g_strconcat(clean, is_folder ? "/" : "", NULL);
        g_autofree char *toned =
            is_folder ? n2_cli_tone(cli, N2_TONE_TITLE, shown) : g_strdup(shown);
        char **row = n2_cli_row(is_folder ? "" : size,
                                is_folder ? _("folder")
                                : type    ? type
                                          : "",
                                "", NULL);
        g_free(row[2]);
        row[2] = g_steal_pointer(&toned); /* put in after the cleaning */
        g_ptr_array_add(rows, row);
    }
    n2_cli_print_columns(rows, 0);
}

GVariant *
n2_cli_list(N2Cli *cli, const char *address, GError **error)
{
    n2_cli_watch_liars(cli);
    n2_client_list_async(cli->client, address, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);
    g_autoptr(GVariant) info = NULL;
    g_autoptr(GVariant) entries = n2_client_list_finish(cli->client, result, &info, error);

    if (!entries || !n2_cli_judge(cli, info, error))
        return NULL;
    return g_steal_pointer(&entries);
}

gboolean
n2_cli_ls(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    const GOptionEntry options[] = {N2_CLI_LOGIN_ENTRIES(agent), G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, options, &argc, &argv, 1, 1, error) ||
        !n2_cli_agent_prepare(cli, &agent, error))
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_cli_agent_register(cli);
    g_autoptr(GVariant) entries = n2_cli_list(cli, argv[1], error);
    if (!entries)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(entries);
    else
        n2_cli_print_entries(cli, entries);
    return TRUE;
}
