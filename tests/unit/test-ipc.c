/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc.c - server and client together over a real socket, with a control plane that only
 * plays.
 */
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "client/archive.h"
#include "client/client.h"
#include "fake-control.h"

typedef struct {
    char *dir;
    char *socket;
    n2_control *control;
    n2_server *server;
    N2Client *client;
    GAsyncResult *result; /* of the call awaited */
} fixture;

static void
on_busy(void *user)
{
    fixture *f = user;

    fake_control_drain(f->control, f->server);
}

static n2_err
fake_resolve(void *user, n2_net_addr *out, const char *endpoint)
{
    (void)user;
    if (!g_str_has_prefix(endpoint, "udp:"))
        return N2_ERR_FORMAT;
    out->len = 1;
    return N2_OK;
}

static void
start_server(fixture *f)
{
    const n2_server_host host = {.user = f, .busy = on_busy, .resolve = fake_resolve};
    g_autoptr(GError) error = NULL;

    int socket = -1;
    n2_err err = n2_ipc_listen(&socket, f->socket, &error);
    g_assert_no_error(error);
    g_assert_cmpint(err, ==, N2_OK);
    err = n2_server_new(&f->server, socket, f->control, &host, &error);
    g_assert_no_error(error);
    g_assert_cmpint(err, ==, N2_OK);
}

static void
set_up(fixture *f, gconstpointer data)
{
    (void)data;
    f->dir = g_dir_make_tmp("n2-ipc-XXXXXX", NULL);
    f->socket = g_build_filename(f->dir, "bus", NULL);
    f->control = fake_control_new();
    start_server(f);
    f->client = n2_client_new(f->dir);
}

static void
spin(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void
tear_down(fixture *f, gconstpointer data)
{
    (void)data;
    g_clear_object(&f->client);
    spin();
    n2_server_free(f->server);
    spin();
    g_assert_cmpuint(fake_control_seen(f->control)->n_running, ==, 0);
    fake_control_free(f->control);
    g_assert_cmpint(g_unlink(f->socket), ==,
                    0); /* of who made it: the server leaves it alone */
    g_rmdir(f->dir);
    g_free(f->dir);
    g_free(f->socket);
}

static void
on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    fixture *f = user_data;
    (void)source;

    f->result = g_object_ref(result);
}

static GAsyncResult *
await(fixture *f)
{
    while (!f->result)
        g_main_context_iteration(NULL, TRUE);
    return g_steal_pointer(&f->result);
}

/* The answer of the call just made; printed as text, so that a test can state all of it. */
static char *
await_text(fixture *f, GError **error)
{
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GVariant) value = n2_client_finish(f->client, result, error);

    return value ? g_variant_print(value, FALSE) : NULL;
}

static N2Transfer *
open_address(fixture *f, const char *address, GError **error)
{
    n2_client_open_async(f->client, address, NULL, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    return n2_client_open_finish(f->client, result, error);
}

static GVariant *
wait_for(fixture *f, N2Transfer *transfer, GError **error)
{
    n2_transfer_wait_async(transfer, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    return n2_transfer_wait_finish(transfer, result, error);
}

/* Reads to the end; returns the bytes read, @error tells how it ended. */
static GString *
read_all(fixture *f, N2Transfer *transfer, GError **error)
{
    GInputStream *stream = n2_transfer_peek_stream(transfer);
    GString *all = g_string_new(NULL);
    static char buf[100000];

    for (;;) {
        g_input_stream_read_async(stream, buf, sizeof buf, G_PRIORITY_DEFAULT, NULL, on_done_cb,
                                  f);
        g_autoptr(GAsyncResult) result = await(f);
        gssize n = g_input_stream_read_finish(stream, result, error);
        if (n <= 0)
            return all;
        g_string_append_len(all, buf, n);
    }
}

static void
test_status(fixture *f, gconstpointer data)
{
    (void)data;
    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GVariant) status = n2_client_finish(f->client, result, NULL);
    g_autoptr(GVariant) listeners = n2_dict_dup(status, "listeners", "as");
    g_autoptr(GVariant) links = n2_dict_dup(status, "links", "aa{sv}");

    g_assert_cmpstr(n2_dict_string(status, "version"), ==, N2_VERSION);
    g_assert_cmpuint(n2_dict_uint(status, "pid"), ==, (guint64)getpid());
    g_assert_cmpuint(n2_dict_uint(status, "uptime_s"), ==, 75);
    g_assert_cmpuint(g_variant_n_children(listeners), ==, 2);
    g_assert_cmpuint(g_variant_n_children(links), ==, 1);
    g_assert_true(n2_client_is_connected(f->client));
}

/* Each method reaches the control plane with its arguments in their places. */
static void
test_requests(fixture *f, gconstpointer data)
{
    const char *hops[] = {"1/4", "3/2", NULL};
    fake_seen *seen = fake_control_seen(f->control);
    (void)data;

#define EXPECT(kind, rest, call)                                                               \
    do {                                                                                       \
        g_autofree char *want = g_strdup_printf("%d %s", (int)(kind), rest);                   \
        g_autofree char *text = NULL;                                                          \
        g_autoptr(GError) error = NULL;                                                        \
        call;                                                                                  \
        text = await_text(f, &error);                                                          \
        g_assert_no_error(error);                                                              \
        g_assert_cmpstr(seen->last->str, ==, want);                                            \
    } while (0)
    N2Client *c = f->client;
    EXPECT(N2_JOB_CHECK, "-|-|-|-", n2_client_check_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_NEW, "-|me|-|-", n2_client_id_new_async(c, "me", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_LIST, "-|-|-|-", n2_client_id_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_SHOW, "-|-|-|-", n2_client_id_show_async(c, NULL, NULL, on_done_cb, f));
    EXPECT(N2_JOB_PEER_ADD, "k1-x|-|udp:h:1|-",
           n2_client_peer_add_async(c, "udp:h:1", "k1-x", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PEER_REMOVE, "-|-|udp:h:1|-",
           n2_client_peer_remove_async(c, "udp:h:1", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PEER_LIST, "-|-|-|-", n2_client_peer_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_SET, "k1-x|-|1/4 3/2|-",
           n2_client_path_set_async(c, "k1-x", hops, NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_UNSET, "k1-x|-|-|-",
           n2_client_path_unset_async(c, "k1-x", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_GET, "demo|-|-|-",
           n2_client_path_get_async(c, "demo", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_LIST, "-|-|-|-", n2_client_path_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_NAME_SET, "k1-x|n|-|-",
           n2_client_name_set_async(c, "n", "k1-x", NULL, on_done_cb, f));
    EXPECT(N2_JOB_NAME_UNSET, "-|n|-|-",
           n2_client_name_unset_async(c, "n", NULL, on_done_cb, f));
    EXPECT(N2_JOB_NAME_LIST, "-|-|-|-", n2_client_name_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_TRACE, "demo|-|-|-", n2_client_trace_async(c, "demo", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_GET, "a|n|-|-",
           n2_client_attr_get_async(c, "a", "n", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_SET, "a|n|v|time",
           n2_client_attr_set_async(c, "a", "n", "v", "time", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_SET, "a|n|-|-",
           n2_client_attr_set_async(c, "a", "n", NULL, NULL, NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_LIST, "a|-|-|-", n2_client_attr_list_async(c, "a", NULL, on_done_cb, f));
#undef EXPECT
}

static void
test_errors(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) plain = NULL;
    g_autoptr(GError) endpoint = NULL;
    (void)data;

    n2_client_name_set_async(f->client, "taken", "k1-x", NULL, on_done_cb, f);
    g_assert_null(await_text(f, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_EXISTS);
    g_assert_cmpstr(n2_error_peek_what(error), ==, "taken");
    g_assert_cmpstr(n2_error_peek_why(error), ==, "it is another's already");
    g_assert_cmpstr(n2_error_peek_next(error), ==, "Choose another.");
    g_assert_cmpstr(error->message, ==, "taken: it is another's already. Choose another.");

    /* Where the node says no more than the code, the client has words. */
    g_assert_null(open_address(f, "net2o://demo/nothing", &plain));
    g_assert_error(plain, N2_ERROR, N2_ERR_NOTFOUND);
    g_assert_cmpstr(n2_error_peek_why(plain), ==, "there is no such thing");
    g_assert_cmpstr(n2_error_peek_next(plain), !=, "");

    n2_client_peer_add_async(f->client, "tcp:h:1", NULL, NULL, on_done_cb, f);
    g_assert_null(await_text(f, &endpoint));
    g_assert_error(endpoint, N2_ERROR, N2_ERR_USAGE);
}

static void
test_unknown_option(fixture *f, gconstpointer data)
{
    GVariantDict options;
    g_autoptr(GError) error = NULL;
    (void)data;

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "indx", "b", TRUE);
    n2_client_open_async(f->client, "net2o://demo/", g_variant_dict_end(&options), NULL,
                         on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_client_open_finish(f->client, result, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_USAGE);
    g_assert_cmpstr(n2_error_peek_what(error), ==, "indx");
}

static void
test_open(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/page.md", &error);
    g_assert_no_error(error);
    GVariant *info = n2_transfer_peek_info(transfer);
    g_autoptr(GVariant) path = n2_dict_dup(info, "path", "as");
    g_autoptr(GVariant) attributes = n2_dict_dup(info, "attributes", "a{sv}");
    g_assert_cmpstr(n2_dict_string(info, "type"), ==, "text/markdown");
    g_assert_cmpstr(n2_dict_string(info, "kind"), ==, "file");
    g_assert_cmpuint(g_variant_n_children(path), ==, 2);
    g_assert_cmpuint(n2_dict_uint(attributes, "changed"), ==, 1700000000000000);

    g_autoptr(GString) text = read_all(f, transfer, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text->str, ==, "# Demo\n\nHello there.\n");
    g_autoptr(GVariant) result = wait_for(f, transfer, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n2_dict_uint(result, "size"), ==, 21);
    /* Asked again, it says the same, although the node has forgotten. */
    g_autoptr(GVariant) again = wait_for(f, transfer, &error);
    g_assert_true(g_variant_equal(result, again));
}

static void
test_folder(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    g_autoptr(N2Transfer) page = open_address(f, "net2o://demo/", &error);
    g_assert_cmpstr(n2_dict_string(n2_transfer_peek_info(page), "index"), ==, "index.md");
    g_autoptr(GString) text = read_all(f, page, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(text->len, ==, 21);

    g_autoptr(N2Transfer) bare = open_address(f, "net2o://demo/folder/", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n2_dict_uint(n2_transfer_peek_info(bare), "transfer"), ==, 0);
    g_autoptr(GString) nothing = read_all(f, bare, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(nothing->len, ==, 0);
    g_autoptr(GVariant) result = wait_for(f, bare, &error);
    g_assert_no_error(error);

    n2_client_list_async(f->client, "net2o://demo/folder/", NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) async = await(f);
    g_autoptr(GVariant) info = NULL;
    g_autoptr(GVariant) entries = n2_client_list_finish(f->client, async, &info, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_variant_n_children(entries), ==, 2);
    g_assert_cmpstr(n2_dict_string(info, "kind"), ==, "directory");
    g_assert_null(n2_dict_string(info, "entries"));
}

static void
test_big_whole(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/big", &error);
    g_autoptr(GString) bytes = read_all(f, transfer, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(bytes->len, ==, 64 << 20);
    g_autoptr(GVariant) result = wait_for(f, transfer, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n2_dict_uint(result, "size"), ==, 64 << 20);
}

/* A reader that sleeps: the node reads no more than pipe and chunk hold, and goes on working.
 */
static void
test_slow_reader(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    g_autoptr(GError) error = NULL;
    (void)data;

    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/big", &error);
    for (int i = 0; i < 50; i++) {
        spin();
        n2_client_status_async(f->client, NULL, on_done_cb, f);
        g_autofree char *status = await_text(f, &error);
        g_assert_no_error(error);
    }
    g_assert_cmpuint(seen->read_bytes, >, 0);
    g_assert_cmpuint(seen->read_bytes, <=, N2_IPC_PIPE_BYTES + 2 * N2_IPC_CHUNK_BYTES);
    g_assert_cmpuint(seen->n_running, ==, 1);
    n2_transfer_cancel(transfer);
    g_autoptr(GVariant) none = wait_for(f, transfer, &error);
    g_assert_error(error, N2_ERROR, N2_ERR_CANCELLED);
}

static void
test_forged(fixture *f, gconstpointer data)
{
    g_autoptr(GError) stream_error = NULL;
    g_autoptr(GError) error = NULL;
    (void)data;

    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/forged", &error);
    g_autoptr(GString) bytes = read_all(f, transfer, &stream_error);
    g_assert_cmpuint(bytes->len, <=, 1000);
    g_assert_error(stream_error, N2_ERROR, N2_ERR_CLOSED);
    g_autoptr(GVariant) none = wait_for(f, transfer, &error);
    g_assert_null(none);
    g_assert_error(error, N2_ERROR, N2_ERR_FORGED);
    g_assert_cmpstr(n2_error_peek_why(error), ==, "a leaf has another hash");
}

/* Iterates until the control has nothing to do; fails by the test's own time limit. */
static void
until_idle(fixture *f)
{
    while (fake_control_seen(f->control)->n_running)
        g_main_context_iteration(NULL, TRUE);
}

static void
test_reader_closes(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/stuck", &error);
    g_input_stream_close(n2_transfer_peek_stream(transfer), NULL, &error);
    until_idle(f);
    g_assert_cmpuint(fake_control_seen(f->control)->n_cancelled, ==, 1);
    g_autoptr(GVariant) none = wait_for(f, transfer, &error);
    g_assert_error(error, N2_ERROR, N2_ERR_CANCELLED);
}

static void
test_dropped(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    g_object_unref(open_address(f, "net2o://demo/stuck", &error));
    until_idle(f);
    g_assert_cmpuint(fake_control_seen(f->control)->n_cancelled, ==, 1);
}

static void
test_waiter_cancelled(fixture *f, gconstpointer data)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    (void)data;

    N2Transfer *transfer = open_address(f, "net2o://demo/stuck", &error);
    n2_transfer_wait_async(transfer, cancellable, on_done_cb, f);
    spin();
    g_cancellable_cancel(cancellable);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_transfer_wait_finish(transfer, result, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_CANCELLED);
    g_clear_object(&result);
    g_assert_cmpuint(fake_control_seen(f->control)->n_running, ==, 1);
    g_object_unref(transfer); /* the last one: the node is told */
    until_idle(f);
}

/* A connection that a test can break, as when its process dies. */
static GDBusConnection *
connect_raw(fixture *f)
{
    g_autofree char *address = g_strconcat("unix:path=", f->socket, NULL);
    g_autoptr(GError) error = NULL;

    g_dbus_connection_new_for_address(address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                      NULL, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    GDBusConnection *raw = g_dbus_connection_new_for_address_finish(result, &error);
    g_assert_no_error(error);
    return raw;
}

static void
call_open(GDBusConnection *raw, const char *address)
{
    g_dbus_connection_call(raw, NULL, "/org/net2o/Node", "org.net2o.Files1", "Open",
                           g_variant_new("(sa{sv})", address, NULL), NULL,
                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
test_client_vanishes(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    g_autoptr(GDBusConnection) raw = connect_raw(f);
    (void)data;

    /* One whose pipe the client holds, one that is never answered. */
    g_dbus_connection_call_with_unix_fd_list(
        raw, NULL, "/org/net2o/Node", "org.net2o.Files1", "Open",
        g_variant_new("(sa{sv})", "net2o://demo/stuck", NULL), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
        NULL, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_with_unix_fd_list_finish(raw, &fds, result, NULL);
    g_assert_cmpint(g_unix_fd_list_get_length(fds), ==, 1);
    call_open(raw, "net2o://demo/silent");
    while (seen->n_running < 2)
        g_main_context_iteration(NULL, TRUE);
    g_dbus_connection_close(raw, NULL, NULL, NULL);
    until_idle(f);
    g_assert_cmpuint(seen->n_cancelled, ==, 2);
}

static void
test_too_many(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    g_autoptr(GDBusConnection) raw = connect_raw(f);
    (void)data;

    for (int i = 0; i < N2_IPC_JOBS_MAX; i++)
        call_open(raw, "net2o://demo/silent");
    while (seen->n_running < N2_IPC_JOBS_MAX)
        g_main_context_iteration(NULL, TRUE);
    g_dbus_connection_call(raw, NULL, "/org/net2o/Node", "org.net2o.Node1", "Status", NULL,
                           NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GError) error = NULL;
    g_assert_null(g_dbus_connection_call_finish(raw, result, &error));
    g_autofree char *name = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(name, ==, "org.net2o.Error.LIMIT");
    g_dbus_connection_close(raw, NULL, NULL, NULL);
    until_idle(f);
}

/* ---- the socket ---- */

static void
test_path_too_long(fixture *f, gconstpointer data)
{
    g_autofree char *name = g_strnfill(100, 'x');
    g_autofree char *dir = g_build_filename(f->dir, name, NULL);
    g_autofree char *path = g_build_filename(dir, "bus", NULL);
    g_autoptr(N2Client) client = n2_client_new(dir);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) client_error = NULL;
    g_autoptr(GError) call_error = NULL;
    int socket = -1;
    (void)data;

    g_assert_cmpint(n2_ipc_listen(&socket, path, &error), ==, N2_ERR_LIMIT);
    g_assert_cmpint(socket, ==, -1);
    g_assert_nonnull(strstr(error->message, "107"));
    g_assert_null(n2_client_peek_socket(client, &client_error));
    g_assert_error(client_error, N2_ERROR, N2_ERR_LIMIT);
    n2_client_status_async(client, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_client_finish(client, result, &call_error));
    g_assert_error(call_error, N2_ERROR, N2_ERR_LIMIT);
}

static void
test_no_node(fixture *f, gconstpointer data)
{
    g_autoptr(N2Client) client = n2_client_new("/nonexistent");
    g_autoptr(GError) error = NULL;
    (void)data;

    n2_client_status_async(client, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_client_finish(client, result, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_CLOSED);
    g_assert_cmpstr(n2_error_peek_what(error), ==, "/nonexistent/bus");
    g_assert_cmpstr(n2_error_peek_next(error), !=, "");
}

static void
count_cb(N2Client *client, guint *n)
{
    (void)client;
    (*n)++;
}

/* The node dies and comes back: the dead socket is replaced, the client returns by itself. */
static void
test_restart(fixture *f, gconstpointer data)
{
    guint n_appeared = 0;
    guint n_vanished = 0;
    (void)data;

    g_signal_connect(f->client, "appeared", G_CALLBACK(count_cb), &n_appeared);
    g_signal_connect(f->client, "vanished", G_CALLBACK(count_cb), &n_vanished);
    n2_client_start(f->client);
    while (n_appeared < 1)
        g_main_context_iteration(NULL, TRUE);

    g_autoptr(GError) error = NULL;
    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/stuck", &error);
    n2_transfer_wait_async(transfer, NULL, on_done_cb, f);
    spin();
    n2_server_free(f->server);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_transfer_wait_finish(transfer, result, &error));
    g_assert_nonnull(error);
    while (n_vanished < 1)
        g_main_context_iteration(NULL, TRUE);
    g_assert_false(n2_client_is_connected(f->client));

    /* What a killed node leaves behind. */
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint(g_unlink(f->socket), ==, 0);
    g_strlcpy(name.sun_path, f->socket, sizeof name.sun_path);
    g_assert_cmpint(bind(dead, (struct sockaddr *)&name, sizeof name), ==, 0);
    close(dead);
    start_server(f);
    while (n_appeared < 2)
        g_main_context_iteration(NULL, TRUE);
    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autoptr(GError) second = NULL;
    g_autofree char *status = await_text(f, &second);
    g_assert_no_error(second);
}

/* ---- signals ---- */

static void
on_changed_cb(N2Client *client, const char *const *parts, GString *seen)
{
    (void)client;
    for (; *parts; parts++)
        g_string_append_printf(seen, "%s ", *parts);
    g_string_append_c(seen, '.');
}

static void
on_site_cb(N2Client *client, const char *address, char **seen)
{
    (void)client;
    *seen = g_strdup(address);
}

static void
test_changed(fixture *f, gconstpointer data)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autofree char *site = NULL;
    g_autoptr(GError) error = NULL;
    (void)data;

    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autofree char *status = await_text(f, &error);
    g_signal_connect(f->client, "changed", G_CALLBACK(on_changed_cb), seen);
    g_signal_connect(f->client, "site-changed", G_CALLBACK(on_site_cb), &site);
    for (int i = 0; i < 10; i++)
        fake_control_tell(f->control, N2_NOTICE_CHANGED, "names");
    fake_control_tell(f->control, N2_NOTICE_CHANGED, "tree net2o://k1-x/");
    fake_control_drain(f->control, f->server);
    while (!seen->len || !site)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(seen->str, ==, "names ."); /* ten in one */
    g_assert_cmpstr(site, ==, "net2o://k1-x/");
}

/* ---- publishing ---- */

static guint64
get_be(const guint8 *at, guint width)
{
    guint64 value = 0;

    while (width--)
        value = value << 8 | *at++;
    return value;
}

/* The archive as one line an item. */
static char *
describe(const GString *archive)
{
    GString *out = g_string_new(NULL);
    const guint8 *at = (const guint8 *)archive->str;
    const guint8 *end = at + archive->len;

    while (at < end && *at != 3) {
        guint type = *at;
        guint64 len = get_be(at + 1, 2);
        guint64 size = get_be(at + 3 + len, 8);
        g_string_append_printf(out, "%s %.*s", type == 1 ? "dir" : "file", (int)len,
                               (const char *)at + 3);
        if (type == 2)
            g_string_append_printf(out, " '%.*s'", (int)size, (const char *)at + 3 + len + 16);
        g_string_append_c(out, '\n');
        at += 3 + len + 16 + size;
    }
    g_assert_true(at + 1 == end);
    return g_string_free(out, FALSE);
}

static void
put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static int
remove_cb(const char *dir)
{
    const char *argv[] = {"rm", "-rf", dir, NULL};

    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                        NULL, NULL);
}

static void
test_publish(fixture *f, gconstpointer data)
{
    g_autofree char *site = g_build_filename(f->dir, "site", NULL);
    g_autofree char *sub = g_build_filename(site, "a", NULL);
    g_autofree char *fifo = g_build_filename(site, "fifo", NULL);
    g_autofree char *out = g_build_filename(site, "out", NULL);
    g_autofree char *in = g_build_filename(site, "in", NULL);
    g_autofree char *loop = g_build_filename(sub, "loop", NULL);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) skipped = NULL;
    int fd = -1;
    (void)data;

    g_mkdir(site, 0700);
    g_mkdir(sub, 0700);
    put(site, "b.md", "bee");
    put(site, "a.md", "");
    put(sub, "x", "ex");
    put(site, ".hidden", "no");
    put(site, "e\xcc\x81", "decomposed"); /* published as U+00E9 */
    put(site, "bad\xff", "no");
    put(site, "new\nline", "no");
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(symlink("/etc/passwd", out), ==, 0);
    g_assert_cmpint(symlink("a/x", in), ==, 0);
    g_assert_cmpint(symlink("..", loop), ==, 0);

    g_autoptr(N2Archive) archive = n2_archive_new(site, 0, &fd, &error);
    g_assert_no_error(error);
    n2_client_publish_async(f->client, fd, "demo", NULL, on_done_cb, f);
    g_autofree char *text = await_text(f, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(text, "by_hash"));
    g_assert_true(n2_archive_finish(archive, &skipped, &error));
    g_autofree char *items = describe(fake_control_seen(f->control)->archive);
    g_assert_cmpstr(items, ==,
                    "dir a\nfile a/x 'ex'\nfile a.md ''\nfile b.md 'bee'\n"
                    "file in 'ex'\nfile \xc3\xa9 'decomposed'\n");
    g_autofree char *said = g_strjoinv("\n", skipped);
    g_assert_cmpuint(g_strv_length(skipped), ==, 6);
    g_assert_nonnull(strstr(said, "fifo: neither file nor folder"));
    g_assert_nonnull(strstr(said, "out: a link that leads out of the folder"));
    g_assert_nonnull(strstr(said, "a/loop: a link"));
    g_assert_nonnull(strstr(said, ".hidden: hidden"));
    remove_cb(site);
}

/* A file that cannot be read breaks the stream off, so that the node refuses it. */
static void
test_publish_unreadable(fixture *f, gconstpointer data)
{
    g_autofree char *site = g_build_filename(f->dir, "site", NULL);
    g_autofree char *file = g_build_filename(site, "a", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) walk_error = NULL;
    int fd = -1;
    (void)data;

    if (geteuid() == 0) {
        g_test_skip("root can read everything");
        return;
    }
    g_mkdir(site, 0700);
    put(site, "a", "x");
    g_chmod(file, 0);
    g_autoptr(N2Archive) archive = n2_archive_new(site, 0, &fd, &error);
    n2_client_publish_async(f->client, fd, NULL, NULL, on_done_cb, f);
    g_assert_null(await_text(f, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_TRUNCATED);
    g_assert_false(n2_archive_finish(archive, NULL, &walk_error));
    g_assert_cmpstr(n2_error_peek_what(walk_error), ==, "a");
    remove_cb(site);
}

/* The node goes away in the middle: the walk ends by itself, quietly. */
static void
test_publish_abandoned(fixture *f, gconstpointer data)
{
    g_autofree char *site = g_build_filename(f->dir, "site", NULL);
    g_autofree char *much = g_strnfill(4 << 20, 'x');
    g_autoptr(GError) error = NULL;
    int fd = -1;
    (void)data;

    g_mkdir(site, 0700);
    put(site, "a", much);
    g_autoptr(N2Archive) archive = n2_archive_new(site, 0, &fd, &error);
    close(fd);
    g_assert_true(n2_archive_finish(archive, NULL, &error));
    g_assert_null(n2_archive_new("/nonexistent", 0, &fd, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_NOTFOUND);
    remove_cb(site);
}

/* ---- tools of other people ---- */

static void
on_tool_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    on_done_cb(source, result, user_data);
}

/* What a program prints; NULL if it is not installed. */
static char *
run_tool(fixture *f, const char *const *argv)
{
    g_autofree char *program = g_find_program_in_path(argv[0]);
    g_autoptr(GError) error = NULL;
    char *out = NULL;

    if (!program)
        return NULL;
    g_autoptr(GSubprocess) tool = g_subprocess_newv(
        argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8_async(tool, NULL, NULL, on_tool_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_subprocess_communicate_utf8_finish(tool, result, &out, NULL, &error);
    g_assert_no_error(error);
    g_test_message("%s: %s", argv[0], out);
    return out;
}

static void
test_gdbus(fixture *f, gconstpointer data)
{
    g_autofree char *address = g_strconcat("unix:path=", f->socket, NULL);
    const char *introspect[] = {"gdbus",  "introspect",     "--address",
                                address,  "--object-path",  "/org/net2o/Node",
                                "--dest", "org.net2o.Node", NULL};
    const char *get[] = {"gdbus",           "call",
                         "--address",       address,
                         "--dest",          "org.net2o.Node",
                         "--object-path",   "/org/net2o/Node",
                         "--method",        "org.freedesktop.DBus.Properties.GetAll",
                         "org.net2o.Node1", NULL};
    (void)data;

    g_autofree char *all = run_tool(f, introspect);
    if (!all) {
        g_test_skip("gdbus is not installed");
        return;
    }
    g_assert_nonnull(strstr(all, "interface org.net2o.Files1"));
    g_assert_nonnull(strstr(all, "interface org.net2o.Identity1"));
    g_assert_nonnull(strstr(all, "interface org.net2o.Network1"));
    g_assert_nonnull(strstr(all, "PeerAdd"));
    g_autofree char *properties = run_tool(f, get);
    g_assert_nonnull(strstr(properties, "'Version': <'" N2_VERSION "'>"));
}

static void
test_busctl(fixture *f, gconstpointer data)
{
    g_autofree char *address = g_strconcat("--address=unix:path=", f->socket, NULL);
    const char *introspect[] = {"busctl",         address,           "--no-pager", "introspect",
                                "org.net2o.Node", "/org/net2o/Node", NULL};
    const char *call[] = {
        "busctl",          address,           "--no-pager", "call", "org.net2o.Node",
        "/org/net2o/Node", "org.net2o.Node1", "Status",     NULL};
    (void)data;

    g_autofree char *all = run_tool(f, introspect);
    if (!all) {
        g_test_skip("busctl is not installed");
        return;
    }
    g_assert_nonnull(strstr(all, "org.net2o.Files1"));
    g_autofree char *status = run_tool(f, call);
    g_assert_nonnull(strstr(status, "uptime_s"));
}

/* Another user gets nothing, even where the file's mode would let it in. */
static void
test_other_user(fixture *f, gconstpointer data)
{
    g_autofree char *address = g_strconcat("unix:path=", f->socket, NULL);
    const char *argv[] = {
        "setpriv",   "--reuid=65534", "--clear-groups", "gdbus",           "introspect",
        "--address", address,         "--object-path",  "/org/net2o/Node", NULL};
    (void)data;

    if (geteuid() != 0) {
        g_test_skip("needs root to become another user");
        return;
    }
    g_chmod(f->dir, 0755);
    g_chmod(f->socket, 0666);
    g_autofree char *out = run_tool(f, argv);
    if (!out) {
        g_test_skip("setpriv is not installed");
        return;
    }
    g_assert_null(strstr(out, "interface org.net2o"));
}

typedef struct {
    const char *name;
    void (*run)(fixture *f, gconstpointer data);
} row;

static const row rows[] = {
    {"status", test_status},
    {"requests", test_requests},
    {"errors", test_errors},
    {"unknown-option", test_unknown_option},
    {"open", test_open},
    {"folder", test_folder},
    {"big-whole", test_big_whole},
    {"slow-reader", test_slow_reader},
    {"forged", test_forged},
    {"reader-closes", test_reader_closes},
    {"dropped", test_dropped},
    {"waiter-cancelled", test_waiter_cancelled},
    {"client-vanishes", test_client_vanishes},
    {"too-many", test_too_many},
    {"path-too-long", test_path_too_long},
    {"no-node", test_no_node},
    {"restart", test_restart},
    {"changed", test_changed},
    {"publish", test_publish},
    {"publish-unreadable", test_publish_unreadable},
    {"publish-abandoned", test_publish_abandoned},
    {"gdbus", test_gdbus},
    {"busctl", test_busctl},
    {"other-user", test_other_user},
};

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/ipc/", rows[i].name, NULL);
        g_test_add(path, fixture, NULL, set_up, rows[i].run, tear_down);
    }
    return g_test_run();
}
