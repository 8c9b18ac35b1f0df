/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-device.c - the methods of Identity1 about statements and other machines: what is
 * shown and taken in, ended, vouched for, and a person's next machine.
 */
#include <glib/gi18n.h>

#include "base/limits.h"
#include "ipc/methods-private.h"

/* Text, or whatever somebody gave us, as it is.  False: the call was refused. */
static bool
put_bytes(invocation *call, GVariant *bytes, n2_request *request)
{
    gsize n = 0;

    request->bytes = g_variant_get_fixed_array(bytes, &n, 1);
    request->n_bytes = n;
    if (n <= N2_IPC_IMPORT_BYTES_MAX)
        return true;
    n2_ipc_refuse(call, N2_ERR_LIMIT, "", N_("this is longer than any identity is"), "");
    return false;
}

static gboolean
on_export_cb(N2IpcIdentity1 *object,
             invocation *call,
             const char *identity,
             GVariant *options,
             n2_server *server)
{
    static const char *const known[] = {"b own", NULL};
    n2_request request = {.kind = N2_JOB_ID_EXPORT, .address = identity};
    gboolean is_own = FALSE;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "own", "b", &is_own);
    request.flags = is_own ? N2_REQUEST_OURS : 0;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_import_cb(N2IpcIdentity1 *object, invocation *call, GVariant *text, n2_server *server)
{
    n2_request request = {.kind = N2_JOB_ID_IMPORT};
    (void)object;

    if (!put_bytes(call, text, &request))
        return TRUE;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_end_cb(N2IpcIdentity1 *object,
          invocation *call,
          GUnixFDList *fds,
          const char *identity,
          const char *successor,
          GVariant *secret,
          GVariant *options,
          n2_server *server)
{
    static const char *const known[] = {"s identity", NULL};
    n2_request request = {.kind = N2_JOB_ID_END, .address = identity, .other = successor};
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "identity", "&s", &request.value);
    return n2_ipc_begin_pipe(server, call, N2_SHAPE_ROW, fds, g_variant_get_handle(secret),
                             request);
}

static gboolean
on_draw_cb(N2IpcIdentity1 *object, invocation *call, const char *name, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_ID_DRAW, .name = name});
}

static gboolean
on_add_cb(N2IpcIdentity1 *object,
          invocation *call,
          const char *identity,
          GVariant *asked,
          n2_server *server)
{
    n2_request request = {.kind = N2_JOB_ID_ADD, .address = identity};
    (void)object;

    if (!put_bytes(call, asked, &request))
        return TRUE;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_pair_cb(N2IpcIdentity1 *object,
           invocation *call,
           const char *identity,
           GVariant *options,
           n2_server *server)
{
    static const char *const known[] = {"s with", "s name", NULL};
    n2_request request = {.kind = N2_JOB_ID_PAIR, .address = identity};
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "with", "&s", &request.other);
    (void)g_variant_lookup(options, "name", "&s", &request.name);
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_join_cb(N2IpcIdentity1 *object,
           invocation *call,
           const char *identity,
           GVariant *options,
           n2_server *server)
{
    static const char *const known[] = {"s name", NULL};
    n2_request request = {.kind = N2_JOB_ID_JOIN, .address = identity};
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "name", "&s", &request.name);
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_vouch_cb(N2IpcIdentity1 *object,
            invocation *call,
            const char *identity,
            const char *subject,
            GVariant *options,
            n2_server *server)
{
    static const char *const known[] = {"s scope", "s claim", "x days", "s name", NULL};
    n2_request request = {.kind = N2_JOB_ID_VOUCH, .address = identity, .other = subject};
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "scope", "&s", &request.type);
    (void)g_variant_lookup(options, "claim", "&s", &request.value);
    (void)g_variant_lookup(options, "name", "&s", &request.name);
    (void)g_variant_lookup(options, "days", "x", &request.number);
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

void
n2_ipc_connect_device(n2_server *server)
{
    const n2_method device[] = {
        {"handle-export", G_CALLBACK(on_export_cb)},
        {"handle-import", G_CALLBACK(on_import_cb)},
        {"handle-end", G_CALLBACK(on_end_cb)},
        {"handle-draw", G_CALLBACK(on_draw_cb)},
        {"handle-add", G_CALLBACK(on_add_cb)},
        {"handle-vouch", G_CALLBACK(on_vouch_cb)},
        {"handle-pair", G_CALLBACK(on_pair_cb)},
        {"handle-join", G_CALLBACK(on_join_cb)},
    };

    n2_ipc_connect_all(server->identity, device, G_N_ELEMENTS(device), server);
}
