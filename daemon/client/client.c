/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * client.c - being connected to the node: find its socket, stay with it, come back to it.
 */
#include "client/client.h"

#include <glib/gi18n.h>
#include <sys/un.h>

#include "client/client-private.h"

enum {
    RETRY_MS = 500, /* between attempts to come back to a node */
    SOCKET_BYTES_MAX = sizeof((struct sockaddr_un *)NULL)->sun_path - 1
};

struct _N2Client {
    GObject parent_instance;

    char *socket;                /* owned */
    GDBusConnection *connection; /* owned; NULL while there is none */
    N2Proxies proxies;           /* owned; set with the connection */

    GCancellable *connecting; /* owned; set while an attempt is under way */
    GPtrArray *waiting;       /* owned, of GTask: calls that need the connection */
    GSource *retry;           /* owned; set while waiting to try again */
    gboolean is_kept;         /* come back when the node vanishes */
};

G_DEFINE_FINAL_TYPE(N2Client, n2_client, G_TYPE_OBJECT)

enum {
    SIGNAL_APPEARED,
    SIGNAL_VANISHED,
    SIGNAL_CHANGED,
    SIGNAL_SITE_CHANGED,
    SIGNAL_LIED,
    SIGNAL_IDENTITY_CHANGED,
    SIGNAL_TOKEN_CHANGED,
    SIGNAL_CONTACT_CHANGED,
    SIGNAL_ASK,
    SIGNAL_ASK_OVER,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void begin(N2Client *self);

/* As contract and daemon/host have it. */
static char *
socket_of(const char *profile)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");

    if (profile) {
        g_autofree char *whole = g_canonicalize_filename(profile, NULL);
        return g_build_filename(whole, "bus", NULL);
    }
    if (runtime && *runtime)
        return g_build_filename(runtime, "net2o", "bus", NULL);
    return g_build_filename(g_get_user_state_dir(), "net2o", "bus", NULL);
}

const char *
n2_client_peek_socket(N2Client *self, GError **error)
{
    g_return_val_if_fail(N2_IS_CLIENT(self), NULL);

    if (strlen(self->socket) > SOCKET_BYTES_MAX) {
        n2_error_set(error, N2_ERR_LIMIT, self->socket,
                     N_("the path is too long for a socket (107 bytes at most)"),
                     N_("Choose a shorter --profile folder."));
        return NULL;
    }
    return self->socket;
}

gboolean
n2_client_is_connected(N2Client *self)
{
    g_return_val_if_fail(N2_IS_CLIENT(self), FALSE);
    return self->connection != NULL;
}

static gboolean
on_retry_cb(gpointer user_data)
{
    N2Client *self = user_data;

    g_clear_pointer(&self->retry, g_source_unref);
    begin(self);
    return G_SOURCE_REMOVE;
}

static void
retry_later(N2Client *self)
{
    if (!self->is_kept || self->retry)
        return;
    self->retry = g_timeout_source_new(RETRY_MS);
    g_source_set_callback(self->retry, on_retry_cb, self, NULL);
    g_source_attach(self->retry, g_main_context_get_thread_default());
}

/* Answers the calls that waited for the connection: NULL for them to go on, else a copy. */
static void
release(N2Client *self, const GError *error)
{
    g_autoptr(GPtrArray) waiting = self->waiting;

    self->waiting = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; i < waiting->len; i++) {
        if (error)
            g_task_return_error(waiting->pdata[i], g_error_copy(error));
        else
            g_task_return_boolean(waiting->pdata[i], TRUE);
    }
}

static void
drop(N2Client *self)
{
    if (!self->connection)
        return;
    g_signal_handlers_disconnect_by_data(self->connection, self);
    n2_proxies_clear(&self->proxies, self);
    g_clear_object(&self->connection);
}

static void
on_closed_cb(N2Client *self)
{
    drop(self);
    g_signal_emit(self, signals[SIGNAL_VANISHED], 0);
    retry_later(self);
}

static void
on_changed_cb(N2Client *self, const char *const *parts)
{
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0, parts);
}

static void
on_site_changed_cb(N2Client *self, const char *address)
{
    g_signal_emit(self, signals[SIGNAL_SITE_CHANGED], 0, address);
}

static void
on_lied_cb(N2Client *self, const char *identity, const char *name, const char *address)
{
    g_signal_emit(self, signals[SIGNAL_LIED], 0, identity, name, address);
}

static void
on_identity_changed_cb(N2Client *self, const char *address)
{
    g_signal_emit(self, signals[SIGNAL_IDENTITY_CHANGED], 0, address);
}

static void
on_token_changed_cb(N2Client *self, GVariant *token)
{
    g_signal_emit(self, signals[SIGNAL_TOKEN_CHANGED], 0, token);
}

static void
on_contact_changed_cb(N2Client *self, const char *identity)
{
    g_signal_emit(self, signals[SIGNAL_CONTACT_CHANGED], 0, identity);
}

static void
on_ask_cb(N2Client *self, guint id, const char *want, GVariant *options)
{
    g_signal_emit(self, signals[SIGNAL_ASK], 0, id, want, options);
}

static void
on_ask_over_cb(N2Client *self, guint id)
{
    g_signal_emit(self, signals[SIGNAL_ASK_OVER], 0, id);
}

/* @connection: (transfer full).  Closed already is possible: then a vanished follows at once.
 */
static gboolean
take(N2Client *self, GDBusConnection *connection, GError **error)
{
    if (!n2_proxies_init(&self->proxies, connection, error)) {
        g_object_unref(connection);
        return FALSE;
    }
    self->connection = connection;
    g_signal_connect_object(connection, "closed", G_CALLBACK(on_closed_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.node, "changed", G_CALLBACK(on_changed_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.files, "changed", G_CALLBACK(on_site_changed_cb),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.files, "lied", G_CALLBACK(on_lied_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.identity, "changed",
                            G_CALLBACK(on_identity_changed_cb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.token, "changed", G_CALLBACK(on_token_changed_cb),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.contacts, "changed",
                            G_CALLBACK(on_contact_changed_cb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.agent, "ask", G_CALLBACK(on_ask_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxies.agent, "over", G_CALLBACK(on_ask_over_cb), self,
                            G_CONNECT_SWAPPED);
    return TRUE;
}

static GError *
explain(N2Client *self, GError *error)
{
    n2_err code = n2_error_code(error);

    g_error_free(error);
    if (code == N2_ERR_REFUSED)
        return n2_error_make(N2_ERR_REFUSED, self->socket,
                             N_("the node belongs to another user"),
                             N_("Use its owner's account, or start a node of your own."));
    return n2_error_make(N2_ERR_CLOSED, self->socket, N_("no node is running there"),
                         N_("Start one with 'net2od', or name its folder with --profile."));
}

static void
on_connected_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Client) self = user_data;
    GError *error = NULL;
    GDBusConnection *connection = g_dbus_connection_new_for_address_finish(result, &error);
    (void)source;

    g_clear_object(&self->connecting);
    if (connection && take(self, connection, &error)) {
        g_signal_emit(self, signals[SIGNAL_APPEARED], 0);
        release(self, NULL);
        if (g_dbus_connection_is_closed(connection))
            on_closed_cb(self);
        return;
    }
    g_autoptr(GError) why = explain(self, error);
    release(self, why);
    retry_later(self);
}

/* Tries once to connect, unless it is done or under way. */
static void
begin(N2Client *self)
{
    GError *error = NULL;

    if (self->connection || self->connecting)
        return;
    const char *path = n2_client_peek_socket(self, &error);
    if (!path) {
        release(self, error);
        g_error_free(error);
        return;
    }
    g_autofree char *escaped = g_dbus_address_escape_value(path);
    g_autofree char *address = g_strconcat("unix:path=", escaped, NULL);
    self->connecting = g_cancellable_new();
    g_dbus_connection_new_for_address(address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                      NULL, self->connecting, on_connected_cb,
                                      g_object_ref(self));
}

void
n2_client_start(N2Client *self)
{
    g_return_if_fail(N2_IS_CLIENT(self));

    self->is_kept = TRUE;
    begin(self);
}

void
n2_client_need_async(N2Client *self, N2_CALL_ARGS)
{
    g_autoptr(GTask) task = g_task_new(self, cancellable, callback, user_data);

    if (self->connection && g_dbus_connection_is_closed(self->connection))
        on_closed_cb(self);
    if (self->connection) {
        g_task_return_boolean(task, TRUE);
        return;
    }
    g_ptr_array_add(self->waiting, g_steal_pointer(&task));
    begin(self);
}

const N2Proxies *
n2_client_need_finish(N2Client *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);

    if (!g_task_propagate_boolean(G_TASK(result), error))
        return NULL;
    if (!self->connection) { /* it went between answer and use */
        n2_error_set(error, N2_ERR_CLOSED, self->socket, N_("the node went away"), NULL);
        return NULL;
    }
    return &self->proxies;
}

static void
n2_client_dispose(GObject *object)
{
    N2Client *self = N2_CLIENT(object);

    if (self->retry)
        g_source_destroy(self->retry);
    g_clear_pointer(&self->retry, g_source_unref);
    if (self->connecting)
        g_cancellable_cancel(self->connecting);
    drop(self);
    G_OBJECT_CLASS(n2_client_parent_class)->dispose(object);
}

static void
n2_client_finalize(GObject *object)
{
    N2Client *self = N2_CLIENT(object);

    g_clear_object(&self->connecting);
    g_clear_pointer(&self->waiting, g_ptr_array_unref);
    g_free(self->socket);
    G_OBJECT_CLASS(n2_client_parent_class)->finalize(object);
}

static guint
add_signal(const char *name, GType argument)
{
    return g_signal_new(name, N2_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                        G_TYPE_NONE, argument == G_TYPE_NONE ? 0 : 1, argument);
}

static void
n2_client_class_init(N2ClientClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->dispose = n2_client_dispose;
    object_class->finalize = n2_client_finalize;
    signals[SIGNAL_APPEARED] = add_signal("appeared", G_TYPE_NONE);
    signals[SIGNAL_VANISHED] = add_signal("vanished", G_TYPE_NONE);
    signals[SIGNAL_CHANGED] = add_signal("changed", G_TYPE_STRV);
    signals[SIGNAL_SITE_CHANGED] = add_signal("site-changed", G_TYPE_STRING);
    signals[SIGNAL_LIED] =
        g_signal_new("lied", N2_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
    signals[SIGNAL_IDENTITY_CHANGED] = add_signal("identity-changed", G_TYPE_STRING);
    signals[SIGNAL_TOKEN_CHANGED] = add_signal("token-changed", G_TYPE_VARIANT);
    signals[SIGNAL_CONTACT_CHANGED] = add_signal("contact-changed", G_TYPE_STRING);
    signals[SIGNAL_ASK] =
        g_signal_new("ask", N2_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                     3, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_VARIANT);
    signals[SIGNAL_ASK_OVER] = add_signal("ask-over", G_TYPE_UINT);
}

static void
n2_client_init(N2Client *self)
{
    self->waiting = g_ptr_array_new_with_free_func(g_object_unref);
}

N2Client *
n2_client_new(const char *profile)
{
    N2Client *self = g_object_new(N2_TYPE_CLIENT, NULL);

    self->socket = socket_of(profile);
    return self;
}
