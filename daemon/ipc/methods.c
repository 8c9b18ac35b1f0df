/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods.c - each method of the interfaces as a request to the control plane.
 */
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc/methods-private.h"

bool
n2_ipc_allows(invocation *call, GVariant *options, const char *const *known)
{
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_iter_init(&iter, options);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        g_autofree char *option =
            g_strdup_printf("%s %s", g_variant_get_type_string(value), key);
        g_variant_unref(value);
        if (known && g_strv_contains(known, option))
            continue;
        n2_ipc_refuse(call, N2_ERR_USAGE, key, N_("there is no such option"), "");
        return false;
    }
    return true;
}

/* NULL stands for the default where a method takes an empty text. */
static const char *
or_null(const char *text)
{
    return *text ? text : NULL;
}

/* ---- Node1 ---- */

static gboolean
on_status_cb(N2IpcNode1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_STATUS, (n2_request){.kind = N2_JOB_STATUS});
}

static gboolean
on_check_cb(N2IpcNode1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, (n2_request){.kind = N2_JOB_CHECK});
}

/* ---- Identity1 ---- */

static gboolean
on_id_list_cb(N2IpcIdentity1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_ID_LIST});
}

static gboolean
on_id_show_cb(N2IpcIdentity1 *object, invocation *call, const char *identity, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_ID_SHOW, .address = or_null(identity)});
}

/* ---- Network1 ---- */

/* PeerAdd while the endpoint is looked up in a worker thread. */
typedef struct {
    n2_server *server;
    GCancellable *gone; /* owned: the server's; tells whether it still lives */
    invocation *call;   /* owned until answered */
    char *endpoint;
    char *identity;
    uint16_t port;
    n2_net_addr net; /* written by the worker */
    n2_err err;
    n2_err (*resolve)(void *user, n2_net_addr *out, const char *endpoint);
    void *user;
} lookup;

static void
lookup_free(lookup *l)
{
    g_object_unref(l->gone);
    g_free(l->endpoint);
    g_free(l->identity);
    g_free(l);
}

static void
resolve_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    lookup *l = data;
    (void)source;
    (void)cancellable;

    l->err = l->resolve(l->user, &l->net, l->endpoint);
    g_task_return_boolean(task, TRUE);
}

static void
on_resolved_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    lookup *l = g_task_get_task_data(G_TASK(result));
    (void)source;
    (void)user_data;

    if (g_cancellable_is_cancelled(l->gone)) {
        n2_ipc_refuse(l->call, N2_ERR_CLOSED, l->endpoint, N_("the node is stopping"), "");
        return;
    }
    if (l->err) {
        n2_ipc_refuse(l->call, l->err == N2_ERR_FORMAT ? N2_ERR_USAGE : l->err, l->endpoint,
                      l->err == N2_ERR_FORMAT     ? N_("this is not an endpoint")
                      : l->err == N2_ERR_NOTFOUND ? N_("there is no such host")
                      : l->err == N2_ERR_CLOSED   ? N_("names of hosts can't be looked up now")
                      : l->err == N2_ERR_NOWAY    ? N_("the node does not listen there")
                                                  : "",
                      l->err == N2_ERR_CLOSED ? N_("Write its address, or start the node anew.")
                      : l->err == N2_ERR_NOWAY
                          ? N_("Start the node with --listen eth:INTERFACE.")
                          : N_("Write udp:HOST:PORT or eth:INTERFACE/ADDRESS."));
        return;
    }
    n2_ipc_begin(l->server, l->call, N2_SHAPE_ROW,
                 (n2_request){
                     .kind = N2_JOB_PEER_ADD,
                     .address = or_null(l->identity),
                     .value = l->endpoint,
                     .net = l->net,
                     .port = l->port,
                 });
}

static gboolean
on_peer_add_cb(N2IpcNetwork1 *object,
               invocation *call,
               const char *endpoint,
               const char *identity,
               GVariant *options,
               n2_server *server)
{
    static const char *const known[] = {"x port", NULL};
    gint64 port = 0;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "port", "x", &port);
    if (port < 0 || port > UINT16_MAX) {
        n2_ipc_refuse(call, N2_ERR_USAGE, "port", N_("it is out of range"), "");
        return TRUE;
    }
    lookup *l = g_new0(lookup, 1);
    l->server = server;
    l->gone = g_object_ref(server->gone);
    l->call = call;
    l->endpoint = g_strdup(endpoint);
    l->identity = g_strdup(identity);
    l->port = (uint16_t)port;
    l->resolve = server->host.resolve;
    l->user = server->host.user;
    g_autoptr(GTask) task = g_task_new(NULL, NULL, on_resolved_cb, NULL);
    g_task_set_task_data(task, l, (GDestroyNotify)lookup_free);
    g_task_run_in_thread(task, resolve_in_thread);
    return TRUE;
}

static gboolean
on_peer_remove_cb(N2IpcNetwork1 *object,
                  invocation *call,
                  const char *endpoint,
                  n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_PEER_REMOVE, .value = endpoint});
}

static gboolean
on_peer_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_PEER_LIST});
}

static gboolean
on_path_set_cb(N2IpcNetwork1 *object,
               invocation *call,
               const char *identity,
               const char *const *hops,
               n2_server *server)
{
    g_autoptr(GString) value = g_string_new(NULL);
    (void)object;

    for (const char *const *hop = hops; *hop; hop++)
        g_string_append_printf(value, hop == hops ? "%s" : " %s", *hop);
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){.kind = N2_JOB_PATH_SET, .address = identity, .value = value->str});
}

static gboolean
on_path_unset_cb(N2IpcNetwork1 *object,
                 invocation *call,
                 const char *identity,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_PATH_UNSET, .address = identity});
}

static gboolean
on_path_get_cb(N2IpcNetwork1 *object, invocation *call, const char *identity, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_PATH_GET, .address = identity});
}

static gboolean
on_path_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_PATH_LIST});
}

static gboolean
on_name_set_cb(N2IpcNetwork1 *object,
               invocation *call,
               const char *name,
               const char *identity,
               n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_NOTHING,
        (n2_request){.kind = N2_JOB_NAME_SET, .name = name, .address = identity});
}

static gboolean
on_name_unset_cb(N2IpcNetwork1 *object, invocation *call, const char *name, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_NAME_UNSET, .name = name});
}

static gboolean
on_name_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_NAME_LIST});
}

static gboolean
on_trace_cb(N2IpcNetwork1 *object, invocation *call, const char *address, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS,
                        (n2_request){.kind = N2_JOB_TRACE, .address = address});
}

/* ---- Files1 ---- */

/* Does @fd take bytes anywhere in it, and keeps nobody waiting for a reader? */
static bool
is_file(int fd)
{
    struct stat st;
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || flags & O_APPEND || fstat(fd, &st) < 0)
        return false;
    return S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

static gboolean
on_open_cb(N2IpcFiles1 *object,
           invocation *call,
           GUnixFDList *fds,
           const char *address,
           GVariant *options,
           n2_server *server)
{
    static const char *const known[] = {"b index", "b linked", "b whole", "h sink", NULL};
    gboolean index = TRUE, linked = FALSE, whole = FALSE;
    gint32 handle = -1;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "index", "b", &index);
    (void)g_variant_lookup(options, "linked", "b", &linked);
    (void)g_variant_lookup(options, "whole", "b", &whole);
    (void)g_variant_lookup(options, "sink", "h", &handle);
    int fd = n2_ipc_passed(fds, handle);
    if (fd >= 0 && !is_file(fd)) {
        close(fd);
        fd = -1;
    }
    n2_request request = {.kind = N2_JOB_OPEN,
                          .address = address,
                          .no_index = !index || whole,
                          .flags =
                              (linked ? N2_REQUEST_LINKED : 0) | (whole ? N2_REQUEST_WHOLE : 0),
                          .has_sink = fd >= 0,
                          .sink = fd};
    n2_ipc_start(server, call, N2_SHAPE_OPEN, &request, fd);
    return TRUE;
}

static gboolean
on_wait_cb(N2IpcFiles1 *object, invocation *call, guint64 transfer, n2_server *server)
{
    n2_ipc_client *client = n2_ipc_caller(server, call);
    n2_ipc_job *job = client ? n2_ipc_find(client, transfer) : NULL;
    (void)object;

    if (job)
        n2_ipc_wait(job, call);
    else
        n2_ipc_refuse(call, N2_ERR_NOTFOUND, "Wait", N_("there is no such transfer"), "");
    return TRUE;
}

static gboolean
on_cancel_cb(N2IpcFiles1 *object, invocation *call, guint64 transfer, n2_server *server)
{
    n2_ipc_client *client = n2_ipc_caller(server, call);
    n2_ipc_job *job = client ? n2_ipc_find(client, transfer) : NULL;

    if (job)
        n2_ipc_drop(job);
    n2_ipc_files1_complete_cancel(object, call);
    return TRUE;
}

static gboolean
on_list_cb(N2IpcFiles1 *object, invocation *call, const char *address, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_LIST,
                        (n2_request){.kind = N2_JOB_LIST, .address = address});
}

static gboolean
on_find_cb(N2IpcFiles1 *object,
           invocation *call,
           const char *query,
           GVariant *options,
           n2_server *server)
{
    static const char *const known[] = {"x limit", "x skip", "s since", NULL};
    n2_request request = {.kind = N2_JOB_FIND, .value = query};
    gint64 limit = 0;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "limit", "x", &limit);
    (void)g_variant_lookup(options, "skip", "x", &request.number);
    (void)g_variant_lookup(options, "since", "&s", &request.name);
    if (limit < 0 || limit > N2_FIND_ANSWERS_MAX || request.number < 0 ||
        request.number > N2_FIND_SKIPPED_MAX) {
        n2_ipc_refuse(call, N2_ERR_USAGE, "limit", N_("it is out of range"), "");
        return TRUE;
    }
    request.port = (uint16_t)limit;
    return n2_ipc_begin(server, call, N2_SHAPE_LIST, request);
}

static gboolean
on_publish_cb(N2IpcFiles1 *object,
              invocation *call,
              GUnixFDList *fds,
              GVariant *archive,
              GVariant *options,
              n2_server *server)
{
    static const char *const known[] = {"s name", "s identity", NULL};
    const char *name = NULL, *identity = NULL;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "name", "&s", &name);
    (void)g_variant_lookup(options, "identity", "&s", &identity);
    int fd = n2_ipc_passed(fds, g_variant_get_handle(archive));
    if (fd < 0) {
        n2_ipc_refuse(call, N2_ERR_USAGE, "Publish", N_("the archive is missing"), "");
        return TRUE;
    }
    n2_request request = {.kind = N2_JOB_PUBLISH, .name = name, .address = identity};
    n2_ipc_start(server, call, N2_SHAPE_ROW, &request, fd);
    return TRUE;
}

static gboolean
on_attr_get_cb(N2IpcFiles1 *object,
               invocation *call,
               const char *address,
               const char *name,
               n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){.kind = N2_JOB_ATTR_GET, .address = address, .name = name});
}

static gboolean
on_attr_set_cb(N2IpcFiles1 *object,
               invocation *call,
               const char *address,
               const char *name,
               const char *value,
               GVariant *options,
               n2_server *server)
{
    static const char *const known[] = {"s type", "b remove", NULL};
    const char *type = NULL;
    gboolean remove = FALSE;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "type", "&s", &type);
    (void)g_variant_lookup(options, "remove", "b", &remove);
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){
                            .kind = N2_JOB_ATTR_SET,
                            .address = address,
                            .name = name,
                            .value = remove ? NULL : value,
                            .type = type,
                        });
}

static gboolean
on_attr_list_cb(N2IpcFiles1 *object, invocation *call, const char *address, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS,
                        (n2_request){.kind = N2_JOB_ATTR_LIST, .address = address});
}

static gboolean
on_history_cb(N2IpcFiles1 *object, invocation *call, const char *address, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS,
                        (n2_request){.kind = N2_JOB_HISTORY, .address = address});
}

static gboolean
on_sync_cb(N2IpcFiles1 *object, invocation *call, const char *identity, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_SYNC, .address = identity});
}

static gboolean
on_pin_cb(N2IpcFiles1 *object, invocation *call, const char *address, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_PIN, .address = address});
}

static gboolean
on_unpin_cb(N2IpcFiles1 *object, invocation *call, const char *address, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_UNPIN, .address = address});
}

static gboolean
on_why_cb(N2IpcFiles1 *object, invocation *call, const char *address, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS,
                        (n2_request){.kind = N2_JOB_WHY, .address = address});
}

void
n2_ipc_connect_all(gpointer object, const n2_method *methods, size_t n, n2_server *server)
{
    for (size_t i = 0; i < n; i++)
        g_signal_connect(object, methods[i].signal, methods[i].handler, server);
}

void
n2_ipc_connect_methods(n2_server *server)
{
    const n2_method node[] = {
        {"handle-status", G_CALLBACK(on_status_cb)},
        {"handle-check", G_CALLBACK(on_check_cb)},
    };
    const n2_method identity[] = {
        {"handle-list", G_CALLBACK(on_id_list_cb)},
        {"handle-show", G_CALLBACK(on_id_show_cb)},
    };
    const n2_method network[] = {
        {"handle-peer-add", G_CALLBACK(on_peer_add_cb)},
        {"handle-peer-remove", G_CALLBACK(on_peer_remove_cb)},
        {"handle-peer-list", G_CALLBACK(on_peer_list_cb)},
        {"handle-path-set", G_CALLBACK(on_path_set_cb)},
        {"handle-path-unset", G_CALLBACK(on_path_unset_cb)},
        {"handle-path-get", G_CALLBACK(on_path_get_cb)},
        {"handle-path-list", G_CALLBACK(on_path_list_cb)},
        {"handle-name-set", G_CALLBACK(on_name_set_cb)},
        {"handle-name-unset", G_CALLBACK(on_name_unset_cb)},
        {"handle-name-list", G_CALLBACK(on_name_list_cb)},
        {"handle-trace", G_CALLBACK(on_trace_cb)},
    };
    const n2_method files[] = {
        {"handle-open", G_CALLBACK(on_open_cb)},
        {"handle-wait", G_CALLBACK(on_wait_cb)},
        {"handle-cancel", G_CALLBACK(on_cancel_cb)},
        {"handle-list", G_CALLBACK(on_list_cb)},
        {"handle-find", G_CALLBACK(on_find_cb)},
        {"handle-publish", G_CALLBACK(on_publish_cb)},
        {"handle-attr-get", G_CALLBACK(on_attr_get_cb)},
        {"handle-attr-set", G_CALLBACK(on_attr_set_cb)},
        {"handle-attr-list", G_CALLBACK(on_attr_list_cb)},
        {"handle-history", G_CALLBACK(on_history_cb)},
        {"handle-sync", G_CALLBACK(on_sync_cb)},
        {"handle-pin", G_CALLBACK(on_pin_cb)},
        {"handle-unpin", G_CALLBACK(on_unpin_cb)},
        {"handle-why", G_CALLBACK(on_why_cb)},
    };

    n2_ipc_connect_all(server->node, node, G_N_ELEMENTS(node), server);
    n2_ipc_connect_all(server->identity, identity, G_N_ELEMENTS(identity), server);
    n2_ipc_connect_all(server->network, network, G_N_ELEMENTS(network), server);
    n2_ipc_connect_name(server);
    n2_ipc_connect_zone(server);
    n2_ipc_connect_switch(server);
    n2_ipc_connect_sign(server);
    n2_ipc_connect_device(server);
    n2_ipc_connect_token(server);
    n2_ipc_connect_agent(server);
    n2_ipc_connect_people(server);
    n2_ipc_connect_all(server->files, files, G_N_ELEMENTS(files), server);
}
