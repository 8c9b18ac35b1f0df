/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc-limits.c - what one user's programs may hold of the node, and what is refused.
 */
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc-fixture.h"

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

/* Of the status of an honest client: the row of a limit. */
static void
assert_limit(fixture *f, const char *name, guint64 at, guint64 max)
{
    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GVariant) status = n2_client_finish(f->client, result, NULL);
    g_autoptr(GVariant) limits = n2_dict_dup(status, "limits", "aa{sv}");

    for (gsize i = 0; i < g_variant_n_children(limits); i++) {
        g_autoptr(GVariant) limit = g_variant_get_child_value(limits, i);
        if (!g_str_equal(n2_dict_string(limit, "name"), name))
            continue;
        g_assert_cmpuint(n2_dict_uint(limit, "at"), ==, at);
        g_assert_cmpuint(n2_dict_uint(limit, "max"), ==, max);
        g_assert_cmpuint(n2_dict_uint(limit, "refused"), >, 0);
        return;
    }
    g_assert_not_reached();
}

static void
assert_page(fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/page.md", &error);
    g_autoptr(GString) text = read_all(f, transfer, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(text->len, ==, 21);
}

/* A program has as many requests under way as it may: the next is refused, and other programs
 * go on. */
static void
test_jobs(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    g_autoptr(GDBusConnection) raw = connect_raw(f);
    (void)data;

    for (int i = 0; i < N2_IPC_JOBS_MAX + 10; i++)
        call_open(raw, "net2o://demo/silent");
    while (seen->n_running < N2_IPC_JOBS_MAX)
        g_main_context_iteration(NULL, TRUE);
    assert_page(f);
    assert_limit(f, "ipc_jobs", N2_IPC_JOBS_MAX, N2_IPC_JOBS_MAX);
    g_dbus_connection_close(raw, NULL, NULL, NULL);
    until_idle(f);
}

/* As many programs as may be: the next is turned away, and those that are there go on. */
static void
test_clients(fixture *f, gconstpointer data)
{
    GDBusConnection *raw[N2_IPC_CLIENTS_MAX] = {0};
    g_autofree char *address = g_strconcat("unix:path=", f->socket, NULL);
    g_autoptr(GError) error = NULL;
    (void)data;

    assert_page(f);
    for (int i = 0; i < N2_IPC_CLIENTS_MAX - 1; i++)
        raw[i] = connect_raw(f);
    g_dbus_connection_new_for_address(address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                      NULL, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GDBusConnection) last = g_dbus_connection_new_for_address_finish(result, &error);
    while (last && !g_dbus_connection_is_closed(last))
        g_main_context_iteration(NULL, TRUE);
    assert_page(f);
    assert_limit(f, "ipc_clients", N2_IPC_CLIENTS_MAX, N2_IPC_CLIENTS_MAX);
    for (int i = 0; i < N2_IPC_CLIENTS_MAX - 1; i++) {
        g_dbus_connection_close(raw[i], NULL, on_done_cb, f);
        g_object_unref(await(f));
        g_object_unref(raw[i]);
    }
}

/* Readers that take nothing: each costs a pipe and a chunk, and one that reads isn't held up.
 */
static void
test_pipes(fixture *f, gconstpointer data)
{
    enum {
        SLEEPERS = 40
    };
    fake_seen *seen = fake_control_seen(f->control);
    N2Transfer *asleep[SLEEPERS];
    g_autoptr(GError) error = NULL;
    (void)data;

    for (int i = 0; i < SLEEPERS; i++)
        asleep[i] = open_address(f, "net2o://demo/big", &error);
    for (int i = 0; i < 10; i++) {
        spin();
        assert_page(f);
    }
    g_assert_no_error(error);
    g_assert_cmpuint(seen->read_bytes, >, 0);
    g_assert_cmpuint(seen->read_bytes, <=,
                     (guint64)SLEEPERS * (N2_IPC_PIPE_BYTES + 2 * N2_IPC_CHUNK_BYTES) + 1000);
    for (int i = 0; i < SLEEPERS; i++) {
        n2_transfer_cancel(asleep[i]);
        g_object_unref(asleep[i]);
    }
    until_idle(f);
}

static const row rows[] = {
    {"too-many", test_too_many},
    {"ipc_jobs", test_jobs},
    {"ipc_clients", test_clients},
    {"pipes", test_pipes},
};

int
main(int argc, char **argv)
{
    return ipc_run(argc, argv, "/ipc/limits/", rows, G_N_ELEMENTS(rows));
}
