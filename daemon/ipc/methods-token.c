/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-token.c - the methods of Token1, and its signal.
 */
#include "ipc/methods-private.h"
#include "ipc/value.h"

static gboolean
on_list_cb(N2IpcToken1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_TOKEN_LIST});
}

/* What Enrol and Clone are asked for; false: the call was refused.  @touch: (transfer full),
 * which @request borrows. */
static bool
read_options(invocation *call, GVariant *options, n2_request *request, char **touch)
{
    static const char *const known[] = {"as touch", "s method", "b replace", "b keep", NULL};
    g_auto(GStrv) slots = NULL;
    gboolean may_replace = FALSE, keeps = FALSE;

    if (!n2_ipc_allows(call, options, known))
        return false;
    if (g_variant_lookup(options, "touch", "^as", &slots))
        *touch = g_strjoinv(" ", slots);
    (void)g_variant_lookup(options, "method", "&s", &request->type);
    (void)g_variant_lookup(options, "replace", "b", &may_replace);
    (void)g_variant_lookup(options, "keep", "b", &keeps);
    request->other = *touch;
    request->flags = may_replace ? N2_REQUEST_REPLACE : keeps ? N2_REQUEST_KEEP : 0;
    return true;
}

static gboolean
on_enrol_cb(N2IpcToken1 *object,
            invocation *call,
            const char *token,
            const char *identity,
            GVariant *options,
            n2_server *server)
{
    n2_request request = {.kind = N2_JOB_TOKEN_ENROL, .value = token, .address = identity};
    g_autofree char *touch = NULL;
    (void)object;

    if (!read_options(call, options, &request, &touch))
        return TRUE;
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_set_pin_cb(N2IpcToken1 *object,
              invocation *call,
              const char *token,
              const char *which,
              n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_TOKEN_PIN, .value = token, .type = which});
}

static gboolean
on_set_touch_cb(N2IpcToken1 *object,
                invocation *call,
                const char *token,
                const char *slot,
                const char *policy,
                gboolean consent,
                n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_TOKEN_TOUCH,
                                     .value = token,
                                     .name = slot,
                                     .type = policy,
                                     .flags = consent ? N2_REQUEST_FIXED : 0});
}

static gboolean
on_backup_cb(N2IpcToken1 *object,
             invocation *call,
             const char *token,
             const char *identity,
             n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){.kind = N2_JOB_TOKEN_BACKUP, .value = token, .address = identity});
}

static gboolean
on_clone_cb(N2IpcToken1 *object,
            invocation *call,
            const char *const *tokens,
            const char *identity,
            GVariant *options,
            n2_server *server)
{
    n2_request request = {.kind = N2_JOB_TOKEN_CLONE, .list = tokens, .address = identity};
    g_autofree char *touch = NULL;
    (void)object;

    if (!read_options(call, options, &request, &touch))
        return TRUE;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, request);
}

void
n2_ipc_token_changed(n2_server *server, const n2_table *table)
{
    n2_ipc_token1_emit_changed(server->token, n2_value_row(table, 0));
}

void
n2_ipc_connect_token(n2_server *server)
{
    const n2_method token[] = {
        {"handle-list", G_CALLBACK(on_list_cb)},
        {"handle-enrol", G_CALLBACK(on_enrol_cb)},
        {"handle-set-pin", G_CALLBACK(on_set_pin_cb)},
        {"handle-set-touch", G_CALLBACK(on_set_touch_cb)},
        {"handle-backup", G_CALLBACK(on_backup_cb)},
        {"handle-clone", G_CALLBACK(on_clone_cb)},
    };

    n2_ipc_connect_all(server->token, token, G_N_ELEMENTS(token), server);
}
