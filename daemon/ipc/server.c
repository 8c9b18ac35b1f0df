/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * server.c - the private socket: who comes, who goes, and what all of them are told.
 */
#include "ipc/server.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc/job.h"

#define OBJECT_PATH "/org/net2o/Node"

/* ---- clients ---- */

static void
client_free(gpointer data)
{
    n2_ipc_client *client = data;

    g_signal_handlers_disconnect_by_data(client->connection, client);
    g_hash_table_unref(client->jobs);
    n2_ipc_agent_gone(client->server, client);
    g_object_unref(client->connection);
    g_free(client);
}

enum {
    INTERFACES = 7
};

static void
list_interfaces(const n2_server *server, GDBusInterfaceSkeleton *all[static INTERFACES])
{
    all[0] = G_DBUS_INTERFACE_SKELETON(server->node);
    all[1] = G_DBUS_INTERFACE_SKELETON(server->identity);
    all[2] = G_DBUS_INTERFACE_SKELETON(server->network);
    all[3] = G_DBUS_INTERFACE_SKELETON(server->files);
    all[4] = G_DBUS_INTERFACE_SKELETON(server->contacts);
    all[5] = G_DBUS_INTERFACE_SKELETON(server->agent);
    all[6] = G_DBUS_INTERFACE_SKELETON(server->token);
}

static void
unexport(n2_server *server, GDBusConnection *connection)
{
    GDBusInterfaceSkeleton *all[INTERFACES];

    list_interfaces(server, all);
    for (size_t i = 0; i < INTERFACES; i++)
        if (g_dbus_interface_skeleton_has_connection(all[i], connection))
            g_dbus_interface_skeleton_unexport_from_connection(all[i], connection);
}

static gboolean export(n2_server *server, GDBusConnection *connection, GError **error)
{
    GDBusInterfaceSkeleton *all[INTERFACES];

    list_interfaces(server, all);
    for (size_t i = 0; i < INTERFACES; i++)
        if (!g_dbus_interface_skeleton_export(all[i], connection, OBJECT_PATH, error))
            return FALSE;
    return n2_ipc_export_bus(connection, error);
}

static void
on_closed_cb(GDBusConnection *connection,
             gboolean remote_peer_vanished,
             GError *error,
             gpointer user_data)
{
    n2_ipc_client *client = user_data;
    n2_server *server = client->server;
    g_autoptr(GDBusConnection) kept = g_object_ref(connection);
    (void)remote_peer_vanished;
    (void)error;

    unexport(server, connection);
    g_hash_table_remove(server->clients, connection);
}

/* The socket's mode and the authentication say this already; a third look costs nothing. */
static gboolean
is_same_user(GDBusConnection *connection)
{
    GCredentials *credentials = g_dbus_connection_get_peer_credentials(connection);

    return credentials && g_credentials_get_unix_user(credentials, NULL) == geteuid();
}

static gboolean
on_arrived_cb(gpointer user_data, GDBusConnection *connection)
{
    n2_server *server = user_data;

    if (!is_same_user(connection))
        return FALSE;
    if (g_hash_table_size(server->clients) >= N2_IPC_CLIENTS_MAX) {
        server->clients_refused++;
        return FALSE;
    }
    if (!export(server, connection, NULL)) {
        unexport(server, connection);
        return FALSE;
    }
    n2_ipc_client *client = g_new0(n2_ipc_client, 1);
    client->server = server;
    client->connection = g_object_ref(connection);
    client->jobs = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)n2_ipc_job_free, NULL);
    g_hash_table_insert(server->clients, connection, client);
    g_signal_connect(connection, "closed", G_CALLBACK(on_closed_cb), client);
    return TRUE;
}

/* ---- signals ---- */

static gboolean
on_tell_cb(gpointer user_data)
{
    n2_server *server = user_data;
    g_autofree const char **parts =
        (const char **)g_hash_table_get_keys_as_array(server->parts, NULL);

    n2_ipc_node1_emit_changed(server->node, parts);
    g_hash_table_remove_all(server->parts);
    g_clear_pointer(&server->tell, g_source_unref);
    return G_SOURCE_REMOVE;
}

static void
tell_changed(n2_server *server, const char *part)
{
    if (g_str_has_prefix(part, "tree ")) {
        n2_ipc_files1_emit_changed(server->files, part + strlen("tree "));
        return;
    }
    if (g_str_has_prefix(part, "identity ")) {
        n2_ipc_identity1_emit_changed(server->identity, part + strlen("identity "));
        return;
    }
    if (g_str_has_prefix(part, "person ")) {
        n2_ipc_contacts1_emit_changed(server->contacts, part + strlen("person "));
        return;
    }
    g_hash_table_add(server->parts, g_strdup(part));
    if (server->tell)
        return;
    server->tell = g_timeout_source_new(N2_IPC_TELL_US / 1000);
    g_source_set_callback(server->tell, on_tell_cb, server, NULL);
    g_source_attach(server->tell, g_main_context_get_thread_default());
}

void
n2_server_take_notice(n2_server *server, n2_notice *notice)
{
    n2_ipc_job *job = g_hash_table_lookup(server->running, GUINT_TO_POINTER(notice->job));

    switch (notice->kind) {
    case N2_NOTICE_READY:
        n2_ipc_node1_set_identity(server->node, notice->text ? notice->text : "");
        break;
    case N2_NOTICE_INFO:
        if (job)
            n2_ipc_open(job, notice->table);
        break;
    case N2_NOTICE_PROGRESS:
        if (job)
            n2_ipc_progress(job, notice->done_bytes, notice->total_bytes);
        break;
    case N2_NOTICE_LIED:
        if (job)
            n2_ipc_lied(job, notice->table);
        break;
    case N2_NOTICE_READABLE:
        if (job && job->transfer)
            n2_ipc_carry(job);
        break;
    case N2_NOTICE_DONE:
        if (job)
            n2_ipc_end(job, notice);
        break;
    case N2_NOTICE_CHANGED:
        if (notice->text)
            tell_changed(server, notice->text);
        break;
    case N2_NOTICE_ASK:
        n2_ipc_agent_ask(server, notice);
        break;
    case N2_NOTICE_ASK_OVER:
        n2_ipc_agent_over(server, notice);
        break;
    case N2_NOTICE_TOKEN:
        n2_ipc_token_changed(server, notice->table);
        break;
    case N2_NOTICE_LOCKED: /* the host starts us, so that somebody can unlock them */
    case N2_NOTICE_LOG:
        break;
    }
    n2_notice_clear(notice);
}

/* ---- life ---- */

static gboolean
on_kick_cb(gpointer user_data)
{
    n2_server *server = user_data;

    g_source_set_ready_time(server->kick, -1);
    server->host.busy(server->host.user);
    return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_kick(GSource *source, GSourceFunc callback, gpointer user_data)
{
    (void)source;
    return callback(user_data);
}

static GSource *
new_kick(n2_server *server)
{
    static GSourceFuncs funcs = {.dispatch = dispatch_kick};
    GSource *source = g_source_new(&funcs, sizeof(GSource));

    g_source_set_priority(source, G_PRIORITY_HIGH);
    g_source_set_callback(source, on_kick_cb, server, NULL);
    g_source_attach(source, g_main_context_get_thread_default());
    return source;
}

static n2_err
listen_on(n2_server *server, int socket, GError **error)
{
    g_autoptr(GError) cause = NULL;

    server->listener = n2_ipc_service_new(socket, server->gone, on_arrived_cb, server, &cause);
    if (server->listener)
        return N2_OK;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the node's socket: %s. Start it again",
                cause->message);
    return N2_ERR_IO;
}

n2_err
n2_server_new(n2_server **out,
              int socket,
              n2_control *control,
              const n2_server_host *host,
              GError **error)
{
    (void)signal(SIGPIPE, SIG_IGN);

    n2_server *server = g_new0(n2_server, 1);
    server->control = control;
    server->host = *host;
    server->clients = g_hash_table_new_full(NULL, NULL, NULL, client_free);
    server->running = g_hash_table_new(NULL, NULL);
    server->parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    server->gone = g_cancellable_new();
    server->kick = new_kick(server);
    server->node = n2_ipc_node1_skeleton_new();
    server->identity = n2_ipc_identity1_skeleton_new();
    server->network = n2_ipc_network1_skeleton_new();
    server->files = n2_ipc_files1_skeleton_new();
    server->contacts = n2_ipc_contacts1_skeleton_new();
    server->agent = n2_ipc_agent1_skeleton_new();
    server->token = n2_ipc_token1_skeleton_new();
    n2_ipc_agents_init(server);
    n2_ipc_node1_set_version(server->node, N2_VERSION);
    n2_ipc_node1_set_identity(server->node, "");
    n2_ipc_connect_methods(server);
    n2_err err = listen_on(server, socket, error);
    if (err) {
        n2_server_free(server);
        return err;
    }
    *out = server;
    return N2_OK;
}

void
n2_server_start(n2_server *server)
{
    g_socket_service_start(server->listener);
}

static void
drop_clients(n2_server *server)
{
    g_autoptr(GList) connections = g_hash_table_get_keys(server->clients);

    for (GList *l = connections; l; l = l->next) {
        g_autoptr(GDBusConnection) connection = g_object_ref(l->data);
        unexport(server, connection);
        g_hash_table_remove(server->clients, connection);
        g_dbus_connection_close(connection, NULL, NULL, NULL);
    }
}

void
n2_server_free(n2_server *server)
{
    if (!server)
        return;
    g_cancellable_cancel(server->gone);
    if (server->listener) {
        g_socket_service_stop(server->listener);
        g_socket_listener_close(G_SOCKET_LISTENER(server->listener));
    }
    drop_clients(server);
    g_source_destroy(server->kick);
    g_source_unref(server->kick);
    if (server->tell)
        g_source_destroy(server->tell);
    g_clear_pointer(&server->tell, g_source_unref);
    g_clear_object(&server->listener);
    g_clear_object(&server->node);
    g_clear_object(&server->identity);
    g_clear_object(&server->network);
    g_clear_object(&server->files);
    g_clear_object(&server->contacts);
    g_clear_object(&server->agent);
    g_clear_object(&server->token);
    n2_ipc_agents_clear(server);
    g_clear_object(&server->gone);
    g_hash_table_unref(server->clients);
    g_hash_table_unref(server->running);
    g_hash_table_unref(server->parts);
    g_free(server);
}
