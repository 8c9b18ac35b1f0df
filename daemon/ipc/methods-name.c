/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-name.c - the methods of Network1 about names of zones, places in domains, and what is
 *                  to be avoided.
 */
#include <string.h>

#include "ipc/methods-private.h"

static gboolean
on_lookup_cb(N2IpcNetwork1 *object, invocation *call, const char *name, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_NAME_LOOKUP, .name = name});
}

static gboolean
on_root_add_cb(N2IpcNetwork1 *object,
               invocation *call,
               const char *suffix,
               const char *zone,
               const char *const *servers,
               n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_NOTHING,
        (n2_request){
            .kind = N2_JOB_ROOT_ADD, .name = suffix, .address = zone, .list = servers});
}

static gboolean
on_root_remove_cb(N2IpcNetwork1 *object,
                  invocation *call,
                  const char *suffix,
                  n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_ROOT_REMOVE, .name = suffix});
}

static gboolean
on_root_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_ROOT_LIST});
}

static gboolean
on_place_set_cb(N2IpcNetwork1 *object,
                invocation *call,
                const char *what,
                const char *who,
                n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_PLACE_SET, .type = what, .address = who});
}

static gboolean
on_place_show_cb(N2IpcNetwork1 *object, invocation *call, gboolean has_place, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_PLACE_SHOW, .flags = has_place ? 1 : 0});
}

static gboolean
on_place_learn_cb(N2IpcNetwork1 *object, invocation *call, const char *text, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_PLACE_LEARN,
                                     .bytes = (const uint8_t *)text,
                                     .n_bytes = strlen(text)});
}

static gboolean
on_avoid_set_cb(N2IpcNetwork1 *object,
                invocation *call,
                const char *hop,
                gboolean is_avoided,
                n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_NOTHING,
        (n2_request){.kind = N2_JOB_AVOID_SET, .address = hop, .flags = is_avoided ? 1 : 0});
}

static gboolean
on_avoid_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_AVOID_LIST});
}

void
n2_ipc_connect_name(n2_server *server)
{
    static const n2_method methods[] = {
        {"handle-name-lookup", G_CALLBACK(on_lookup_cb)},
        {"handle-root-add", G_CALLBACK(on_root_add_cb)},
        {"handle-root-remove", G_CALLBACK(on_root_remove_cb)},
        {"handle-root-list", G_CALLBACK(on_root_list_cb)},
        {"handle-place-set", G_CALLBACK(on_place_set_cb)},
        {"handle-place-show", G_CALLBACK(on_place_show_cb)},
        {"handle-place-learn", G_CALLBACK(on_place_learn_cb)},
        {"handle-avoid-set", G_CALLBACK(on_avoid_set_cb)},
        {"handle-avoid-list", G_CALLBACK(on_avoid_list_cb)},
    };

    n2_ipc_connect_all(server->network, methods, G_N_ELEMENTS(methods), server);
}
