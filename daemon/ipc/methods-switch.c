/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-switch.c - the methods of Network1 that are about the node's switch, and what it may
 *                    keep for the user: reservations, trees, channels.
 */
#include "ipc/methods-private.h"

static gboolean
on_switch_look_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, (n2_request){.kind = N2_JOB_SWITCH_LOOK});
}

static gboolean
on_label_set_cb(N2IpcNetwork1 *object, invocation *call, const char *order, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_LABEL_SET, .value = order});
}

static gboolean
on_label_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_LABEL_LIST});
}

static gboolean
on_filter_set_cb(N2IpcNetwork1 *object, invocation *call, const char *rules, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_FILTER_SET, .value = rules});
}

static gboolean
on_filter_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_FILTER_LIST});
}

static gboolean
on_reserve_cb(N2IpcNetwork1 *object,
              invocation *call,
              const char *identity,
              gint64 rate_bps,
              GVariant *options,
              n2_server *server)
{
    static const char *const known[] = {"s class", NULL};
    g_autofree char *rate = g_strdup_printf("%" G_GINT64_FORMAT, rate_bps);
    const char *class = NULL;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "class", "&s", &class);
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){
            .kind = N2_JOB_RESERVE, .address = identity, .value = rate, .type = class});
}

static gboolean
on_reserve_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_RESERVE_LIST});
}

static gboolean
on_reserve_release_cb(N2IpcNetwork1 *object, invocation *call, gint64 number, n2_server *server)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);
    (void)object;

    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_RESERVE_RELEASE, .value = text});
}

/* Numbers that are none of a port or count go on as one that the node refuses. */
static uint16_t
small(gint64 number)
{
    return number < 0 || number > UINT16_MAX ? UINT16_MAX : (uint16_t)number;
}

static gboolean
on_cast_open_cb(N2IpcNetwork1 *object,
                invocation *call,
                const char *kind,
                const char *number,
                GVariant *options,
                n2_server *server)
{
    static const char *const known[] = {"x port", NULL};
    gint64 port = 0;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "port", "x", &port);
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){
            .kind = N2_JOB_CAST_OPEN, .type = kind, .value = number, .port = small(port)});
}

static gboolean
on_cast_close_cb(N2IpcNetwork1 *object,
                 invocation *call,
                 const char *kind,
                 const char *number,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_CAST_CLOSE, .type = kind, .value = number});
}

static gboolean
on_cast_join_cb(N2IpcNetwork1 *object,
                invocation *call,
                const char *source,
                const char *kind,
                const char *number,
                n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_CAST_JOIN,
                                     .address = *source ? source : NULL,
                                     .type = kind,
                                     .value = number});
}

static gboolean
on_cast_leave_cb(N2IpcNetwork1 *object,
                 invocation *call,
                 const char *kind,
                 const char *number,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_CAST_LEAVE, .type = kind, .value = number});
}

static gboolean
on_cast_probe_cb(N2IpcNetwork1 *object,
                 invocation *call,
                 const char *kind,
                 const char *number,
                 gint64 count,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){
            .kind = N2_JOB_CAST_PROBE, .type = kind, .value = number, .port = small(count)});
}

static gboolean
on_cast_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_CAST_LIST});
}

static gboolean
on_neighbours_cb(N2IpcNetwork1 *object,
                 invocation *call,
                 const char *service,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS,
                        (n2_request){.kind = N2_JOB_NEIGHBOURS, .name = service});
}

static gboolean
on_domain_set_cb(N2IpcNetwork1 *object,
                 invocation *call,
                 gint64 port,
                 const char *what,
                 const char *channels,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_DOMAIN_SET,
                                     .port = port < 0 || port > UINT16_MAX ? 0 : (uint16_t)port,
                                     .type = what,
                                     .value = channels});
}

static gboolean
on_domain_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_DOMAIN_LIST});
}

void
n2_ipc_connect_switch(n2_server *server)
{
    const n2_method methods[] = {
        {"handle-switch-look", G_CALLBACK(on_switch_look_cb)},
        {"handle-label-set", G_CALLBACK(on_label_set_cb)},
        {"handle-label-list", G_CALLBACK(on_label_list_cb)},
        {"handle-filter-set", G_CALLBACK(on_filter_set_cb)},
        {"handle-filter-list", G_CALLBACK(on_filter_list_cb)},
        {"handle-reserve", G_CALLBACK(on_reserve_cb)},
        {"handle-reserve-list", G_CALLBACK(on_reserve_list_cb)},
        {"handle-reserve-release", G_CALLBACK(on_reserve_release_cb)},
        {"handle-cast-open", G_CALLBACK(on_cast_open_cb)},
        {"handle-cast-close", G_CALLBACK(on_cast_close_cb)},
        {"handle-cast-join", G_CALLBACK(on_cast_join_cb)},
        {"handle-cast-leave", G_CALLBACK(on_cast_leave_cb)},
        {"handle-cast-probe", G_CALLBACK(on_cast_probe_cb)},
        {"handle-cast-list", G_CALLBACK(on_cast_list_cb)},
        {"handle-neighbours", G_CALLBACK(on_neighbours_cb)},
        {"handle-domain-set", G_CALLBACK(on_domain_set_cb)},
        {"handle-domain-list", G_CALLBACK(on_domain_list_cb)},
    };

    n2_ipc_connect_all(server->network, methods, G_N_ELEMENTS(methods), server);
}
