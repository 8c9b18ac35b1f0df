/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * listen.c - the socket of the node: its file, and the greeting of those who connect.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc/job.h"

_Static_assert(N2_IPC_SOCKET_PATH_BYTES_MAX == sizeof((struct sockaddr_un *)NULL)->sun_path - 1,
               "the limit is the kernel's");

static n2_err
fail(const char *path, int fd, GError **error)
{
    int cause = errno;

    if (fd >= 0)
        close(fd);
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(cause),
                "%s: %s. Choose another folder with --profile", path, g_strerror(cause));
    return N2_ERR_IO;
}

/* Whoever left a socket there is dead, as the caller holds the lock of the profile; but for the
 * service manager, which listens for a node that it wants to start itself. */
static bool
is_taken(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answers = fd >= 0 && (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0 ||
                               errno == EAGAIN);

    if (fd >= 0)
        close(fd);
    return answers;
}

n2_err
n2_ipc_listen(int *out, const char *path, GError **error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct stat st;

    if (strlen(path) > N2_IPC_SOCKET_PATH_BYTES_MAX) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                    "%s: the path is too long for a socket (%zu bytes, %d at most). Choose a "
                    "shorter --profile folder",
                    path, strlen(path), N2_IPC_SOCKET_PATH_BYTES_MAX);
        return N2_ERR_LIMIT;
    }
    g_strlcpy(name.sun_path, path, sizeof name.sun_path);
    if (g_lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        if (is_taken(&name)) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                        "%s: something listens there already, as systemd does for "
                        "net2od.socket. Use that node, stop the unit, or choose another folder "
                        "with --profile",
                        path);
            return N2_ERR_BUSY;
        }
        (void)g_unlink(path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof name) < 0 ||
        g_chmod(path, 0600) < 0 || listen(fd, N2_IPC_BACKLOG) < 0)
        return fail(path, fd, error);
    *out = fd;
    return N2_OK;
}

/* ---- greeting ---- */

/* What the threads need; lives as long as the last of them. */
typedef struct {
    GMainContext *context; /* owned: of the control thread */
    GDBusAuthObserver *observer;
    GCancellable *gone; /* owned: the server's; set when it is freed */
    char *guid;         /* owned */
    n2_ipc_arrived_cb arrived;
    gpointer user;
} greeter;

/* A client that said who it is, on its way to the control thread. */
typedef struct {
    GCancellable *gone; /* owned */
    GDBusConnection *connection;
    n2_ipc_arrived_cb arrived;
    gpointer user;
} arrival;

static void
greeter_free(gpointer data, GClosure *closure)
{
    greeter *g = data;
    (void)closure;

    g_main_context_unref(g->context);
    g_object_unref(g->observer);
    g_object_unref(g->gone);
    g_free(g->guid);
    g_free(g);
}

static void
arrival_free(gpointer data)
{
    arrival *a = data;

    g_object_unref(a->connection);
    g_object_unref(a->gone);
    g_free(a);
}

static gboolean
on_allow_mechanism_cb(GDBusAuthObserver *observer, const char *mechanism, gpointer user_data)
{
    (void)observer;
    (void)user_data;
    return g_str_equal(mechanism, "EXTERNAL"); /* the kernel's word for who it is */
}

static gboolean
on_arrival_cb(gpointer data)
{
    arrival *a = data;

    if (!g_cancellable_is_cancelled(a->gone) && a->arrived(a->user, a->connection))
        g_dbus_connection_start_message_processing(a->connection);
    else
        g_dbus_connection_close(a->connection, NULL, NULL, NULL);
    return G_SOURCE_REMOVE;
}

/* In a thread of its own, as the greeting waits for the client. */
static gboolean
on_run_cb(GThreadedSocketService *service,
          GSocketConnection *stream,
          GObject *source,
          gpointer user_data)
{
    const GDBusConnectionFlags flags =
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER |
        G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING;
    greeter *g = user_data;
    GSocket *socket = g_socket_connection_get_socket(stream);
    (void)service;
    (void)source;

    g_socket_set_timeout(socket, N2_IPC_GREET_S);
    GDBusConnection *connection = g_dbus_connection_new_sync(G_IO_STREAM(stream), g->guid,
                                                             flags, g->observer, g->gone, NULL);
    g_socket_set_timeout(socket, 0);
    if (!connection)
        return TRUE;
    arrival *a = g_new0(arrival, 1);
    a->gone = g_object_ref(g->gone);
    a->connection = connection;
    a->arrived = g->arrived;
    a->user = g->user;
    g_autoptr(GSource) idle = g_idle_source_new();
    g_source_set_priority(idle, G_PRIORITY_HIGH);
    g_source_set_callback(idle, on_arrival_cb, a, arrival_free);
    g_source_attach(idle, g->context);
    return TRUE;
}

GSocketService *
n2_ipc_service_new(
    int fd, GCancellable *gone, n2_ipc_arrived_cb arrived, gpointer user, GError **error)
{
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, error);

    if (!socket) {
        close(fd);
        return NULL;
    }
    GSocketService *service = g_threaded_socket_service_new(N2_IPC_CLIENTS_MAX);
    g_socket_service_stop(service);
    greeter *g = g_new0(greeter, 1);
    g->context = g_main_context_ref_thread_default();
    g->observer = g_dbus_auth_observer_new();
    g->gone = g_object_ref(gone);
    g->guid = g_dbus_generate_guid();
    g->arrived = arrived;
    g->user = user;
    g_signal_connect(g->observer, "allow-mechanism", G_CALLBACK(on_allow_mechanism_cb), NULL);
    g_signal_connect_data(service, "run", G_CALLBACK(on_run_cb), g, greeter_free, 0);
    if (!g_socket_listener_add_socket(G_SOCKET_LISTENER(service), socket, NULL, error))
        g_clear_object(&service);
    return service;
}
