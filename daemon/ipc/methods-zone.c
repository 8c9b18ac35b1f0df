/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-zone.c - the methods of Network1 that ask something of zones, or keep them.
 */
#include "ipc/methods-private.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static gboolean
on_ask_cb(N2IpcNetwork1 *object,
          invocation *call,
          const char *what,
          const char *name,
          GVariant *options,
          n2_server *server)
{
    static const char *const known[] = {"s as",     "s below", "s to", "x days",
                                        "as lists", "s after", NULL};
    static const struct {
        const char *word;
        n2_job_kind kind;
    } kinds[] = {{"register", N2_JOB_NAME_REGISTER},
                 {"renew", N2_JOB_NAME_RENEW},
                 {"change", N2_JOB_NAME_CHANGE},
                 {"revoke", N2_JOB_NAME_REVOKE},
                 {"transfer", N2_JOB_NAME_TRANSFER}};
    n2_request request = {.kind = N2_JOB_KINDS, .name = name};
    g_autofree const char **lists = NULL;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_equal(what, kinds[i].word))
            request.kind = kinds[i].kind;
    if (request.kind == N2_JOB_KINDS) {
        n2_ipc_refuse(call, N2_ERR_USAGE, what, N_("there is no such request to a zone"), "");
        return TRUE;
    }
    (void)g_variant_lookup(options, "as", "&s", &request.address);
    (void)g_variant_lookup(options, "below", "&s", &request.other);
    (void)g_variant_lookup(options, "to", "&s", &request.other);
    (void)g_variant_lookup(options, "days", "x", &request.number);
    (void)g_variant_lookup(options, "after", "&s", &request.value);
    if (g_variant_lookup(options, "lists", "^a&s", &lists))
        request.list = lists;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_new_cb(N2IpcNetwork1 *object,
          invocation *call,
          const char *suffix,
          GVariant *options,
          n2_server *server)
{
    static const char *const known[] = {"s as", "b closed", NULL};
    n2_request request = {.kind = N2_JOB_ZONE_NEW, .name = suffix};
    gboolean is_closed = FALSE;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "as", "&s", &request.address);
    (void)g_variant_lookup(options, "closed", "b", &is_closed);
    request.flags = is_closed ? N2_REQUEST_FIXED : 0;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_follow_cb(N2IpcNetwork1 *object, invocation *call, const char *zone, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_ZONE_FOLLOW, .address = zone});
}

static gboolean
on_unfollow_cb(N2IpcNetwork1 *object, invocation *call, const char *zone, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW,
                        (n2_request){.kind = N2_JOB_ZONE_UNFOLLOW, .address = zone});
}

static gboolean
on_list_cb(N2IpcNetwork1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_ZONE_LIST});
}

static gboolean
on_show_cb(
    N2IpcNetwork1 *object, invocation *call, const char *zone, gint64 skip, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){.kind = N2_JOB_ZONE_SHOW, .address = zone, .number = skip});
}

static gboolean
on_import_cb(N2IpcNetwork1 *object,
             invocation *call,
             const char *zone,
             const char *const *names,
             n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){.kind = N2_JOB_ZONE_IMPORT, .address = zone, .list = names});
}

void
n2_ipc_connect_zone(n2_server *server)
{
    static const n2_method methods[] = {
        {"handle-name-ask", G_CALLBACK(on_ask_cb)},
        {"handle-zone-new", G_CALLBACK(on_new_cb)},
        {"handle-zone-follow", G_CALLBACK(on_follow_cb)},
        {"handle-zone-unfollow", G_CALLBACK(on_unfollow_cb)},
        {"handle-zone-list", G_CALLBACK(on_list_cb)},
        {"handle-zone-show", G_CALLBACK(on_show_cb)},
        {"handle-zone-import", G_CALLBACK(on_import_cb)},
    };

    n2_ipc_connect_all(server->network, methods, G_N_ELEMENTS(methods), server);
}
