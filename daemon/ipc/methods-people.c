/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-people.c - the methods of Contacts1: whom the user knows, and how a key came to be
 *                    known.
 */
#include "ipc/methods-private.h"

static gboolean
on_list_cb(N2IpcContacts1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_PEOPLE_LIST});
}

static gboolean
on_set_cb(N2IpcContacts1 *object,
          invocation *call,
          const char *identity,
          GVariant *options,
          n2_server *server)
{
    static const char *const known[] = {"s name",       "b met",    "x met-at",
                                        "b introduces", "b audits", NULL};
    static const struct {
        const char *key;
        unsigned mark;
    } marks[] = {{"met", N2_PEOPLE_MET},
                 {"introduces", N2_PEOPLE_INTRODUCES},
                 {"audits", N2_PEOPLE_AUDITS}};
    n2_request request = {.kind = N2_JOB_PEOPLE_SET, .address = identity};
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "name", "&s", &request.name);
    (void)g_variant_lookup(options, "met-at", "x", &request.number);
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
        gboolean is = FALSE;

        if (!g_variant_lookup(options, marks[i].key, "b", &is))
            continue;
        request.flags |= marks[i].mark * N2_PEOPLE_SAID;
        request.flags |= is ? marks[i].mark : 0;
    }
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_remove_cb(N2IpcContacts1 *object, invocation *call, const char *identity, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_PEOPLE_REMOVE, .address = identity});
}

static gboolean
on_trust_cb(N2IpcContacts1 *object,
            invocation *call,
            const char *address,
            const char *purpose,
            n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){.kind = N2_JOB_PEOPLE_TRUST, .address = address, .type = purpose});
}

static gboolean
on_accept_cb(N2IpcContacts1 *object,
             invocation *call,
             const char *name,
             const char *identity,
             n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_NOTHING,
        (n2_request){.kind = N2_JOB_PEOPLE_ACCEPT, .name = name, .address = identity});
}

static gboolean
on_forget_cb(N2IpcContacts1 *object, invocation *call, gint64 before_us, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_PEOPLE_FORGET, .number = before_us});
}

void
n2_ipc_connect_people(n2_server *server)
{
    const n2_method methods[] = {
        {"handle-list", G_CALLBACK(on_list_cb)},
        {"handle-set", G_CALLBACK(on_set_cb)},
        {"handle-remove", G_CALLBACK(on_remove_cb)},
        {"handle-trust", G_CALLBACK(on_trust_cb)},
        {"handle-accept", G_CALLBACK(on_accept_cb)},
        {"handle-forget", G_CALLBACK(on_forget_cb)},
    };

    n2_ipc_connect_all(server->contacts, methods, G_N_ELEMENTS(methods), server);
}
