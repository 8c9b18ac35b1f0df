/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc-transfer.c - streams of contents: whole, slow, forged, given up, dropped.
 */
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc-fixture.h"

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

/* @fd: (transfer full). */
static N2Transfer *
open_into(fixture *f, int fd, GError **error)
{
    n2_client_open_into_async(f->client, "net2o://demo/big", fd, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    return n2_client_open_finish(f->client, result, error);
}

/* The node writes to the client's file, some of it out of the pipe's order; and nothing else.
 */
static void
test_direct(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    int file = memfd_create("file", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    (void)data;

    g_autoptr(N2Transfer) transfer = open_into(f, dup(file), &error);
    g_assert_no_error(error);
    g_assert_true(n2_transfer_is_direct(transfer));
    g_autoptr(GVariant) result = wait_for(f, transfer, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n2_dict_uint(result, "size"), ==, 64 << 20);

    g_autoptr(N2Transfer) other = open_address(f, "net2o://demo/big", &error);
    g_assert_false(n2_transfer_is_direct(other));
    g_autoptr(GString) bytes = read_all(f, other, &error);
    g_autoptr(GMappedFile) map = g_mapped_file_new_from_fd(file, FALSE, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(g_mapped_file_get_contents(map), g_mapped_file_get_length(map), bytes->str,
                    bytes->len);
    close(file);
}

/* One that takes no more ends the transfer, and is named as the cause. */
static void
test_direct_refuses(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    int file = memfd_create("file", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    (void)data;

    g_assert_cmpint(fcntl(file, F_ADD_SEALS, F_SEAL_GROW), ==, 0);
    g_autoptr(N2Transfer) transfer = open_into(f, file, &error);
    g_assert_true(n2_transfer_is_direct(transfer));
    g_autoptr(GVariant) none = wait_for(f, transfer, &error);
    g_assert_null(none);
    g_assert_error(error, N2_ERROR, N2_ERR_IO);
    g_assert_nonnull(strstr(error->message, "net2o://demo/big: "));
    until_idle(f);
}

/* What would put bytes in another place, or keep the node waiting, is not written to. */
static void
test_not_direct(fixture *f, gconstpointer data)
{
    int pipe_ends[2], other_ends[2];
    (void)data;

    g_assert_cmpint(pipe2(pipe_ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other_ends), ==, 0);
    int appends = memfd_create("file", MFD_CLOEXEC);
    g_assert_cmpint(fcntl(appends, F_SETFL, O_APPEND), ==, 0);
    const int fds[] = {pipe_ends[1], other_ends[1], appends,
                       open("/dev/null", O_RDONLY | O_CLOEXEC),
                       open("/dev/full", O_WRONLY | O_CLOEXEC)};
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(N2Transfer) transfer = open_into(f, fds[i], &error);
        g_assert_no_error(error);
        g_assert_false(n2_transfer_is_direct(transfer));
        g_autoptr(GString) bytes = read_all(f, transfer, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(bytes->len, ==, 64 << 20);
    }
    close(pipe_ends[0]);
    close(other_ends[0]);
}

static const row rows[] = {
    {"open", test_open},
    {"folder", test_folder},
    {"big-whole", test_big_whole},
    {"slow-reader", test_slow_reader},
    {"forged", test_forged},
    {"reader-closes", test_reader_closes},
    {"dropped", test_dropped},
    {"waiter-cancelled", test_waiter_cancelled},
    {"client-vanishes", test_client_vanishes},
    {"direct", test_direct},
    {"direct-refuses", test_direct_refuses},
    {"not-direct", test_not_direct},
};

int
main(int argc, char **argv)
{
    return ipc_run(argc, argv, "/ipc/transfer/", rows, G_N_ELEMENTS(rows));
}
