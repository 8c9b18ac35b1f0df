/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ipc-fixture.c - server and client together over a real socket, with a control plane that only
 *                 plays.
 */
#include "ipc-fixture.h"

#include <glib/gstdio.h>

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

void
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
    n2_server_start(f->server);
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

void
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

void
on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    fixture *f = user_data;
    (void)source;

    f->result = g_object_ref(result);
}

GAsyncResult *
await(fixture *f)
{
    while (!f->result)
        g_main_context_iteration(NULL, TRUE);
    return g_steal_pointer(&f->result);
}

/* The answer of the call just made; printed as text, so that a test can state all of it. */
char *
await_text(fixture *f, GError **error)
{
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GVariant) value = n2_client_finish(f->client, result, error);

    return value ? g_variant_print(value, FALSE) : NULL;
}

N2Transfer *
open_address(fixture *f, const char *address, GError **error)
{
    n2_client_open_async(f->client, address, NULL, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    return n2_client_open_finish(f->client, result, error);
}

GVariant *
wait_for(fixture *f, N2Transfer *transfer, GError **error)
{
    n2_transfer_wait_async(transfer, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    return n2_transfer_wait_finish(transfer, result, error);
}

/* Reads to the end; returns the bytes read, @error tells how it ended. */
GString *
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

/* Iterates until the control has nothing to do; fails by the test's own time limit. */
void
until_idle(fixture *f)
{
    while (fake_control_seen(f->control)->n_running)
        g_main_context_iteration(NULL, TRUE);
}

/* A connection that a test can break, as when its process dies. */
GDBusConnection *
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

void
call_open(GDBusConnection *raw, const char *address)
{
    g_dbus_connection_call(raw, NULL, "/org/net2o/Node", "org.net2o.Files1", "Open",
                           g_variant_new("(sa{sv})", address, NULL), NULL,
                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

int
ipc_run(int argc, char **argv, const char *prefix, const row *rows, gsize n)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *path = g_strconcat(prefix, rows[i].name, NULL);
        g_test_add(path, fixture, NULL, set_up, rows[i].run, tear_down);
    }
    return g_test_run();
}
