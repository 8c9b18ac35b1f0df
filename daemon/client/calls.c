/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * calls.c - the methods of the node's interfaces, each as one asynchronous call.
 *
 * A call packs its arguments, waits for the connection, then goes through the generated proxy
 * of its interface, which checks the answer's type against the XML.
 */
#include <gio/gunixfdlist.h>
#include <unistd.h>

#include "client/client-private.h"
#include "client/client.h"
#include "client/transfer-private.h"

typedef struct {
    n2_on interface;
    const char *method; /* static */
    GVariant *args;     /* owned */
    char *what;         /* owned; for errors: what the user asked for */
    int fd;             /* owned; -1 = none.  The handle 0 of args */
} call;

static void
call_free(call *c)
{
    g_clear_pointer(&c->args, g_variant_unref);
    g_free(c->what);
    if (c->fd >= 0)
        close(c->fd);
    g_free(c);
}

/* The answer as it came: the method's tuple and the descriptors with it. */
typedef struct {
    GVariant *tuple;   /* owned */
    GUnixFDList *fds;  /* owned (nullable) */
    GDBusProxy *proxy; /* owned: what was asked */
} reply;

static void
reply_free(reply *r)
{
    g_clear_pointer(&r->tuple, g_variant_unref);
    g_clear_object(&r->fds);
    g_clear_object(&r->proxy);
    g_free(r);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(reply, reply_free)

gboolean
n2_proxies_init(N2Proxies *p, GDBusConnection *connection, GError **error)
{
    const GDBusProxyFlags flags = G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES;
    const char *path = "/org/net2o/Node";

    *p = (N2Proxies){0};
    p->node = n2_ipc_node1_proxy_new_sync(connection, flags, NULL, path, NULL, error);
    if (p->node)
        p->identity =
            n2_ipc_identity1_proxy_new_sync(connection, flags, NULL, path, NULL, error);
    if (p->identity)
        p->network = n2_ipc_network1_proxy_new_sync(connection, flags, NULL, path, NULL, error);
    if (p->network)
        p->token = n2_ipc_token1_proxy_new_sync(connection, flags, NULL, path, NULL, error);
    if (p->token)
        p->agent = n2_ipc_agent1_proxy_new_sync(connection, flags, NULL, path, NULL, error);
    if (p->agent)
        p->contacts =
            n2_ipc_contacts1_proxy_new_sync(connection, flags, NULL, path, NULL, error);
    if (p->contacts)
        p->files = n2_ipc_files1_proxy_new_sync(connection, flags, NULL, path, NULL, error);
    if (!p->files) {
        n2_proxies_clear(p, NULL);
        return FALSE;
    }
    /* These wait for the network, for a reader or for a person; their callers cancel. */
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(p->files), G_MAXINT);
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(p->identity), G_MAXINT);
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(p->token), G_MAXINT);
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(p->contacts), G_MAXINT);
    return TRUE;
}

void
n2_proxies_clear(N2Proxies *p, gpointer user)
{
    void *const with_signals[] = {p->node,  p->files, p->identity,
                                  p->token, p->agent, p->contacts};

    for (size_t i = 0; user && i < G_N_ELEMENTS(with_signals); i++)
        if (with_signals[i])
            g_signal_handlers_disconnect_by_data(with_signals[i], user);
    g_clear_object(&p->node);
    g_clear_object(&p->identity);
    g_clear_object(&p->token);
    g_clear_object(&p->agent);
    g_clear_object(&p->contacts);
    g_clear_object(&p->network);
    g_clear_object(&p->files);
}

static GDBusProxy *
proxy_of(const N2Proxies *proxies, n2_on interface)
{
    switch (interface) {
    case N2_ON_NODE:
        return G_DBUS_PROXY(proxies->node);
    case N2_ON_IDENTITY:
        return G_DBUS_PROXY(proxies->identity);
    case N2_ON_NETWORK:
        return G_DBUS_PROXY(proxies->network);
    case N2_ON_FILES:
        return G_DBUS_PROXY(proxies->files);
    case N2_ON_TOKEN:
        return G_DBUS_PROXY(proxies->token);
    case N2_ON_AGENT:
        return G_DBUS_PROXY(proxies->agent);
    case N2_ON_CONTACTS:
        return G_DBUS_PROXY(proxies->contacts);
    }
    g_assert_not_reached();
}

static void
on_replied_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    const call *c = g_task_get_task_data(task);
    GError *error = NULL;
    reply *r = g_new0(reply, 1);

    r->proxy = g_object_ref(G_DBUS_PROXY(source));
    r->tuple = g_dbus_proxy_call_with_unix_fd_list_finish(G_DBUS_PROXY(source), &r->fds, result,
                                                          &error);
    if (r->tuple) {
        g_task_return_pointer(task, r, (GDestroyNotify)reply_free);
        return;
    }
    reply_free(r);
    g_task_return_error(task, n2_error_take_remote(error, c->what));
}

static void
on_needed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    call *c = g_task_get_task_data(task);
    GError *error = NULL;
    const N2Proxies *proxies = n2_client_need_finish(N2_CLIENT(source), result, &error);

    if (!proxies) {
        g_task_return_error(task, n2_error_take_remote(error, c->what));
        return;
    }
    g_autoptr(GUnixFDList) fds = NULL;
    if (c->fd >= 0) {
        fds = g_unix_fd_list_new_from_array(&c->fd, 1);
        c->fd = -1;
    }
    g_dbus_proxy_call_with_unix_fd_list(
        proxy_of(proxies, c->interface), c->method, c->args, G_DBUS_CALL_FLAGS_NONE, -1, fds,
        g_task_get_cancellable(task), on_replied_cb, g_object_ref(task));
}

void
n2_client_call(N2Client *self,
               n2_on interface,
               const char *method,
               const char *what,
               GVariant *args,
               int fd,
               N2_CALL_ARGS)
{
    g_return_if_fail(N2_IS_CLIENT(self));

    GTask *task = g_task_new(self, cancellable, callback, user_data);
    call *c = g_new0(call, 1);

    *c = (call){
        .interface = interface,
        .method = method,
        .args = args ? g_variant_ref_sink(args) : NULL,
        .what = g_strdup(what ? what : method),
        .fd = fd,
    };
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, c, (GDestroyNotify)call_free);
    n2_client_need_async(self, cancellable, on_needed_cb, task);
}

static reply *
finish(N2Client *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);

    return g_task_propagate_pointer(G_TASK(result), error);
}

GVariant *
n2_client_finish(N2Client *self, GAsyncResult *result, GError **error)
{
    g_autoptr(reply) r = finish(self, result, error);

    if (!r)
        return NULL;
    return g_variant_n_children(r->tuple) ? g_variant_get_child_value(r->tuple, 0)
                                          : g_variant_ref(r->tuple);
}

static GVariant *
no_options(void)
{
    return g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0);
}

void
n2_client_status_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NODE, "Status", NULL, NULL);
}

void
n2_client_check_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NODE, "Check", NULL, NULL);
}

void
n2_client_id_new_async(N2Client *self, const char *name, N2_CALL_ARGS)
{
    START(N2_ON_IDENTITY, "New", name, g_variant_new("(s@a{sv})", name, no_options()));
}

void
n2_client_id_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_IDENTITY, "List", NULL, NULL);
}

void
n2_client_id_show_async(N2Client *self, const char *identity, N2_CALL_ARGS)
{
    START(N2_ON_IDENTITY, "Show", identity, g_variant_new("(s)", identity ? identity : ""));
}

void
n2_client_peer_add_async(N2Client *self,
                         const char *endpoint,
                         const char *identity,
                         N2_CALL_ARGS)
{
    const char *who = identity ? identity : "";

    START(N2_ON_NETWORK, "PeerAdd", endpoint,
          g_variant_new("(ss@a{sv})", endpoint, who, no_options()));
}

void
n2_client_peer_remove_async(N2Client *self, const char *endpoint, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "PeerRemove", endpoint, g_variant_new("(s)", endpoint));
}

void
n2_client_peer_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "PeerList", NULL, NULL);
}

void
n2_client_path_set_async(N2Client *self,
                         const char *identity,
                         const char *const *hops,
                         N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "PathSet", identity, g_variant_new("(s^as)", identity, hops));
}

void
n2_client_path_unset_async(N2Client *self, const char *identity, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "PathUnset", identity, g_variant_new("(s)", identity));
}

void
n2_client_path_get_async(N2Client *self, const char *identity, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "PathGet", identity, g_variant_new("(s)", identity));
}

void
n2_client_path_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "PathList", NULL, NULL);
}

void
n2_client_name_set_async(N2Client *self, const char *name, const char *identity, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "NameSet", name, g_variant_new("(ss)", name, identity));
}

void
n2_client_name_unset_async(N2Client *self, const char *name, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "NameUnset", name, g_variant_new("(s)", name));
}

void
n2_client_name_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "NameList", NULL, NULL);
}

void
n2_client_name_lookup_async(N2Client *self, const char *name, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "NameLookup", name, g_variant_new("(s)", name));
}

void
n2_client_root_add_async(N2Client *self,
                         const char *suffix,
                         const char *zone,
                         const char *const *servers,
                         N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "RootAdd", suffix, g_variant_new("(ss^as)", suffix, zone, servers));
}

void
n2_client_root_remove_async(N2Client *self, const char *suffix, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "RootRemove", suffix, g_variant_new("(s)", suffix));
}

void
n2_client_root_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "RootList", NULL, NULL);
}

void
n2_client_trace_async(N2Client *self, const char *address, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "Trace", address, g_variant_new("(s)", address));
}

void
n2_client_neighbours_async(N2Client *self, const char *service, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "Neighbours", service, g_variant_new("(s)", service));
}

void
n2_client_domain_set_async(
    N2Client *self, guint64 port, const char *what, const char *channels, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "DomainSet", channels,
          g_variant_new("(xss)", (gint64)MIN(port, G_MAXINT64), what, channels));
}

void
n2_client_domain_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "DomainList", NULL, NULL);
}

void
n2_client_open_async(N2Client *self, const char *address, GVariant *options, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "Open", address,
          g_variant_new("(s@a{sv})", address, options ? options : no_options()));
}

void
n2_client_open_into_async(N2Client *self, const char *address, int fd, N2_CALL_ARGS)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "sink", "h", 0);
    n2_client_call(self, N2_ON_FILES, "Open", address,
                   g_variant_new("(s@a{sv})", address, g_variant_dict_end(&options)), fd,
                   cancellable, callback, user_data);
}

N2Transfer *
n2_client_open_finish(N2Client *self, GAsyncResult *result, GError **error)
{
    g_autoptr(reply) r = finish(self, result, error);
    g_autoptr(GVariant) info = NULL;
    gint32 handle = 0;

    if (!r)
        return NULL;
    g_variant_get(r->tuple, "(@a{sv}h)", &info, &handle);
    gboolean is_there = r->fds && handle >= 0 && handle < g_unix_fd_list_get_length(r->fds);
    int fd = is_there ? g_unix_fd_list_get(r->fds, handle, NULL) : -1;
    if (fd < 0) {
        n2_error_set(error, N2_ERR_VERSION, n2_dict_string(info, "address"), NULL, NULL);
        return NULL;
    }
    return n2_transfer_new(N2_IPC_FILES1(r->proxy), info, fd);
}

void
n2_client_list_async(N2Client *self, const char *address, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "List", address, g_variant_new("(s)", address));
}

void
n2_client_find_async(N2Client *self, const char *query, GVariant *options, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "Find", query, g_variant_new("(s@a{sv})", query, options));
}

GVariant *
n2_client_find_finish(N2Client *self, GAsyncResult *result, GVariant **info, GError **error)
{
    return n2_client_list_finish(self, result, info, error);
}

GVariant *
n2_client_list_finish(N2Client *self, GAsyncResult *result, GVariant **info, GError **error)
{
    g_autoptr(reply) r = finish(self, result, error);

    if (!r)
        return NULL;
    if (info)
        *info = g_variant_get_child_value(r->tuple, 0);
    return g_variant_get_child_value(r->tuple, 1);
}

void
n2_client_publish_async(
    N2Client *self, int archive_fd, const char *name, const char *identity, N2_CALL_ARGS)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (name)
        g_variant_dict_insert(&options, "name", "s", name);
    if (identity)
        g_variant_dict_insert(&options, "identity", "s", identity);
    n2_client_call(self, N2_ON_FILES, "Publish", identity ? identity : name,
                   g_variant_new("(h@a{sv})", 0, g_variant_dict_end(&options)), archive_fd,
                   cancellable, callback, user_data);
}

void
n2_client_attr_get_async(N2Client *self, const char *address, const char *name, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "AttrGet", address, g_variant_new("(ss)", address, name));
}

void
n2_client_attr_set_async(N2Client *self,
                         const char *address,
                         const char *name,
                         const char *value,
                         const char *type,
                         N2_CALL_ARGS)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (type)
        g_variant_dict_insert(&options, "type", "s", type);
    if (!value)
        g_variant_dict_insert(&options, "remove", "b", TRUE);
    START(N2_ON_FILES, "AttrSet", address,
          g_variant_new("(sss@a{sv})", address, name, value ? value : "",
                        g_variant_dict_end(&options)));
}

void
n2_client_attr_list_async(N2Client *self, const char *address, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "AttrList", address, g_variant_new("(s)", address));
}

void
n2_client_history_async(N2Client *self, const char *address, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "History", address, g_variant_new("(s)", address));
}

void
n2_client_sync_async(N2Client *self, const char *identity, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "Sync", identity, g_variant_new("(s)", identity));
}

void
n2_client_pin_async(N2Client *self, const char *address, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "Pin", address, g_variant_new("(s)", address));
}

void
n2_client_unpin_async(N2Client *self, const char *address, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "Unpin", address, g_variant_new("(s)", address));
}

void
n2_client_why_async(N2Client *self, const char *address, N2_CALL_ARGS)
{
    START(N2_ON_FILES, "Why", address, g_variant_new("(s)", address));
}
