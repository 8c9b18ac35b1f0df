/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agent.c - Agent1: who is asked when something waits for a person, and what comes back.
 *
 * An ask goes to the connection whose call waits, if that is an agent, else to the agent that
 * registered last; only that one may answer it.  What only a person can end is refused when
 * there is nobody to be asked; the passphrase of the file waits for whoever comes.
 */
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>

#include "ipc/methods-private.h"
#include "ipc/value.h"

#define OBJECT_PATH "/org/net2o/Node"
#define AGENT "org.net2o.Agent1"

typedef struct {
    uint32_t id;
    n2_job job;        /* that waits; 0: none in particular */
    n2_ipc_client *to; /* (nullable) who was asked */
    char *want;        /* (owned) */
    GVariant *options; /* (owned) */
} ask;

static void
ask_free(gpointer data)
{
    ask *a = data;

    g_free(a->want);
    g_variant_unref(a->options);
    g_free(a);
}

void
n2_ipc_agents_init(n2_server *server)
{
    server->agents = g_queue_new();
    server->asks = g_hash_table_new_full(NULL, NULL, NULL, ask_free);
}

void
n2_ipc_agents_clear(n2_server *server)
{
    if (server->agents)
        g_queue_free(server->agents);
    g_clear_pointer(&server->asks, g_hash_table_unref);
}

static void
emit(const n2_ipc_client *to, const char *signal, GVariant *arguments)
{
    (void)g_dbus_connection_emit_signal(to->connection, NULL, OBJECT_PATH, AGENT, signal,
                                        arguments, NULL);
}

static n2_ipc_client *
agent_for(n2_server *server, n2_job number)
{
    const n2_ipc_job *job =
        number ? g_hash_table_lookup(server->running, GUINT_TO_POINTER(number)) : NULL;

    if (job && g_queue_find(server->agents, job->client))
        return job->client;
    return g_queue_peek_head(server->agents);
}

/* Does it end only when somebody says something? */
static gboolean
needs_person(const ask *a)
{
    return !g_str_equal(a->want, "keypad") && !g_str_equal(a->want, "touch") &&
           (a->job || !g_str_equal(a->want, "passphrase"));
}

static void
refuse(n2_server *server, uint32_t id)
{
    const n2_request request = {
        .kind = N2_JOB_ASK_REFUSE, .number = id, .flags = N2_REQUEST_NOBODY};
    n2_job number;

    /* Too many jobs: then the order goes when its client does. */
    (void)!n2_control_start(server->control, &request, (uint64_t)g_get_monotonic_time(),
                            g_get_real_time(), &number);
    n2_ipc_kick(server);
}

/* Puts it before somebody, or says that there is nobody. */
static void
route(n2_server *server, ask *a)
{
    a->to = agent_for(server, a->job);
    if (a->to)
        emit(a->to, "Ask", g_variant_new("(us@a{sv})", a->id, a->want, a->options));
    else if (needs_person(a))
        refuse(server, a->id);
}

void
n2_ipc_agent_ask(n2_server *server, const n2_notice *notice)
{
    ask *a = g_new0(ask, 1);

    *a = (ask){.id = notice->ask,
               .job = notice->job,
               .want = g_strdup(notice->text ? notice->text : ""),
               .options = g_variant_ref_sink(n2_value_row(notice->table, 0))};
    g_hash_table_insert(server->asks, GUINT_TO_POINTER(a->id), a);
    route(server, a);
}

void
n2_ipc_agent_over(n2_server *server, const n2_notice *notice)
{
    const ask *a = g_hash_table_lookup(server->asks, GUINT_TO_POINTER(notice->ask));

    if (a && a->to)
        emit(a->to, "Over", g_variant_new("(u)", a->id));
    g_hash_table_remove(server->asks, GUINT_TO_POINTER(notice->ask));
}

void
n2_ipc_agent_gone(n2_server *server, n2_ipc_client *client)
{
    GHashTableIter iter;
    gpointer value;

    if (!g_queue_remove(server->agents, client))
        return;
    g_hash_table_iter_init(&iter, server->asks);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (((ask *)value)->to == client)
            route(server, value);
}

/* ---- methods ---- */

static gboolean
on_register_cb(N2IpcAgent1 *object, invocation *call, n2_server *server)
{
    n2_ipc_client *client = n2_ipc_caller(server, call);
    GHashTableIter iter;
    gpointer value;

    if (!client) {
        n2_ipc_refuse(call, N2_ERR_CLOSED, "Register", "", "");
        return TRUE;
    }
    (void)g_queue_remove(server->agents, client);
    g_queue_push_head(server->agents, client);
    n2_ipc_agent1_complete_register(object, call);
    g_hash_table_iter_init(&iter, server->asks);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (!((ask *)value)->to)
            route(server, value);
    return TRUE;
}

/* Was this asked of who calls?  Refuses the call if not. */
static gboolean
was_asked(n2_server *server, invocation *call, uint32_t id)
{
    const ask *a = g_hash_table_lookup(server->asks, GUINT_TO_POINTER(id));

    if (a && a->to && a->to == n2_ipc_caller(server, call))
        return TRUE;
    n2_ipc_refuse(call, N2_ERR_STATE, "", N_("nobody waits for this answer any more"),
                  N_("Do again what asked for it."));
    return FALSE;
}

static gboolean
on_tell_cb(N2IpcAgent1 *object,
           invocation *call,
           GUnixFDList *fds,
           guint id,
           GVariant *secret,
           gboolean last,
           n2_server *server)
{
    (void)object;
    if (!was_asked(server, call, id))
        return TRUE;
    return n2_ipc_begin_pipe(server, call, N2_SHAPE_NOTHING, fds, g_variant_get_handle(secret),
                             (n2_request){.kind = N2_JOB_ASK_TELL,
                                          .number = id,
                                          .flags = last ? N2_REQUEST_LAST : 0});
}

static gboolean
on_refuse_cb(N2IpcAgent1 *object, invocation *call, guint id, n2_server *server)
{
    (void)object;
    if (!was_asked(server, call, id))
        return TRUE;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_ASK_REFUSE, .number = id});
}

static gboolean
on_choose_cb(
    N2IpcAgent1 *object, invocation *call, guint id, GVariant *options, n2_server *server)
{
    static const char *const known[] = {"s as", "s identity", "b always", "b same", NULL};
    n2_request request = {.kind = N2_JOB_ASK_CHOOSE, .number = id};
    gboolean is_always = FALSE, is_same = FALSE;
    (void)object;

    if (!was_asked(server, call, id) || !n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "as", "&s", &request.value);
    (void)g_variant_lookup(options, "identity", "&s", &request.address);
    (void)g_variant_lookup(options, "always", "b", &is_always);
    (void)g_variant_lookup(options, "same", "b", &is_same);
    request.flags = (is_always ? N2_REQUEST_ALWAYS : 0) | (is_same ? N2_REQUEST_SAME : 0);
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING, request);
}

void
n2_ipc_connect_agent(n2_server *server)
{
    const n2_method agent[] = {
        {"handle-register", G_CALLBACK(on_register_cb)},
        {"handle-tell", G_CALLBACK(on_tell_cb)},
        {"handle-refuse", G_CALLBACK(on_refuse_cb)},
        {"handle-choose", G_CALLBACK(on_choose_cb)},
    };

    n2_ipc_connect_all(server->agent, agent, G_N_ELEMENTS(agent), server);
}
