/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * job.c - calls of clients as jobs of the control plane: start, answer, fail, forget.
 */
#include "ipc/job.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc/value.h"

static char *
make_line(const char *text)
{
    return g_strdelimit(g_utf8_make_valid(text ? text : "", -1), "\r\n", ' ');
}

n2_ipc_fault *
n2_ipc_fault_new(n2_err err, const char *what, const char *why, const char *next)
{
    n2_ipc_fault *fault = g_new(n2_ipc_fault, 1);
    g_autofree char *line1 = make_line(what);
    g_autofree char *line2 = make_line(why);
    g_autofree char *line3 = make_line(next);

    fault->name = g_strconcat("org.net2o.Error.", n2_err_name(err) + strlen("N2_ERR_"), NULL);
    fault->text = g_strdup_printf("%s\n%s\n%s\n%d", line1, line2, line3, (int)err);
    return fault;
}

n2_ipc_fault *
n2_ipc_fault_of(const n2_notice *notice)
{
    n2_ipc_fault *fault =
        n2_ipc_fault_new(notice->err, notice->what, notice->why, notice->next);

    if (notice->gone_hop > 0) {
        g_autofree char *four = fault->text;
        fault->text = g_strdup_printf("%s\n%d", four, notice->gone_hop);
    }
    return fault;
}

void
n2_ipc_fault_free(n2_ipc_fault *fault)
{
    if (!fault)
        return;
    g_free(fault->name);
    g_free(fault->text);
    g_free(fault);
}

void
n2_ipc_fault_send(const n2_ipc_fault *fault, GDBusMethodInvocation *invocation)
{
    g_dbus_method_invocation_return_dbus_error(invocation, fault->name, fault->text);
}

void
n2_ipc_refuse(GDBusMethodInvocation *invocation,
              n2_err err,
              const char *what,
              const char *why,
              const char *next)
{
    n2_ipc_fault *fault = n2_ipc_fault_new(err, what, why, next);

    n2_ipc_fault_send(fault, invocation);
    n2_ipc_fault_free(fault);
}

void
n2_ipc_kick(n2_server *server)
{
    g_source_set_ready_time(server->kick, 0);
}

n2_ipc_client *
n2_ipc_caller(n2_server *server, GDBusMethodInvocation *invocation)
{
    return g_hash_table_lookup(server->clients,
                               g_dbus_method_invocation_get_connection(invocation));
}

n2_ipc_job *
n2_ipc_find(n2_ipc_client *client, uint64_t transfer)
{
    GHashTableIter iter;
    gpointer job;

    g_hash_table_iter_init(&iter, client->jobs);
    while (transfer && g_hash_table_iter_next(&iter, &job, NULL))
        if (((n2_ipc_job *)job)->transfer == transfer)
            return job;
    return NULL;
}

/* (transfer full) (nullable): who waits is told that the node ends, if not that he gave up. */
static void
give_up(const n2_server *server, GDBusMethodInvocation *waits)
{
    if (waits && g_cancellable_is_cancelled(server->gone))
        n2_ipc_refuse(waits, N2_ERR_CLOSED, "net2od", N_("the node went away"), "");
    else if (waits)
        n2_ipc_refuse(waits, N2_ERR_CANCELLED, "", "", "");
}

void
n2_ipc_job_free(n2_ipc_job *job)
{
    n2_server *server = job->server;

    if (job->number) {
        g_hash_table_remove(server->running, GUINT_TO_POINTER(job->number));
        n2_control_cancel(server->control, job->number, (uint64_t)g_get_monotonic_time(),
                          g_get_real_time());
        n2_ipc_kick(server);
    }
    give_up(server, job->invocation);
    give_up(server, job->waiter);
    n2_ipc_stop_carrying(job);
    g_clear_pointer(&job->info, g_variant_unref);
    n2_ipc_fault_free(job->failure);
    g_free(job);
}

void
n2_ipc_drop(n2_ipc_job *job)
{
    g_hash_table_remove(job->client->jobs, job);
}

/* What the host knows, and the process about itself, beside what the control plane says.  The
 * process that `pid` names is the one to end: the parent, if there is one. */
/* The rows of @table's limits go to the end of @to's. */
static void
add_limits(GVariantBuilder *to, const n2_table *table)
{
    const n2_cell *limits = table ? n2_table_get(table, 0, "limits") : NULL;

    if (!limits || limits->type != N2_VALUE_TABLE)
        return;
    g_autoptr(GVariant) rows = g_variant_ref_sink(n2_value_rows(limits->table));
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        g_variant_builder_add_value(to, row);
    }
}

/* Our own limits as a status of one row (transfer full). */
static n2_table *
own_limits(const n2_server *server)
{
    n2_uses uses = {0};
    n2_table *status = n2_table_new();
    n2_table *limits = n2_table_new();
    GHashTableIter iter;
    gpointer client;
    guint most = 0;

    g_hash_table_iter_init(&iter, server->clients);
    while (g_hash_table_iter_next(&iter, NULL, &client))
        most = MAX(most, g_hash_table_size(((n2_ipc_client *)client)->jobs));
    n2_uses_add(&uses, "ipc_clients", g_hash_table_size(server->clients), N2_IPC_CLIENTS_MAX,
                server->clients_refused);
    n2_uses_add(&uses, "ipc_jobs", most, N2_IPC_JOBS_MAX, server->jobs_refused);
    n2_table_uses(limits, &uses);
    n2_table_row(status);
    n2_table_take(status, "limits", limits);
    return status;
}

static GVariant *
status_value(const n2_server *server, const n2_table *table)
{
    GVariantBuilder dict;
    n2_table *more = server->host.status ? server->host.status(server->host.user) : NULL;

    n2_table *own = own_limits(server);
    GVariantBuilder limits;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_init(&limits, G_VARIANT_TYPE("aa{sv}"));
    n2_value_add_row(&dict, table, 0, "limits");
    n2_value_add_row(&dict, more, 0, "limits");
    add_limits(&limits, more);
    add_limits(&limits, table);
    add_limits(&limits, own);
    g_variant_builder_add(&dict, "{sv}", "limits", g_variant_builder_end(&limits));
    if (!more || !n2_table_get(more, 0, "pid"))
        g_variant_builder_add(&dict, "{sv}", "pid", g_variant_new_int64(getpid()));
    n2_table_free(more);
    n2_table_free(own);
    return g_variant_builder_end(&dict);
}

static GVariant *
list_value(const n2_table *table)
{
    GVariantBuilder info;
    const n2_cell *entries = table ? n2_table_get(table, 0, "entries") : NULL;
    const n2_table *rows = entries && entries->type == N2_VALUE_TABLE ? entries->table : NULL;

    g_variant_builder_init(&info, G_VARIANT_TYPE_VARDICT);
    n2_value_add_row(&info, table, 0, "entries");
    return g_variant_new("(@a{sv}@aa{sv})", g_variant_builder_end(&info), n2_value_rows(rows));
}

static GVariant *
until_value(const n2_table *table)
{
    const n2_cell *until = table ? n2_table_get(table, 0, "until") : NULL;

    return g_variant_new("(x)", until && until->type == N2_VALUE_INT ? until->integer : 0);
}

static GVariant *
answer_value(const n2_server *server, n2_shape shape, const n2_table *table)
{
    switch (shape) {
    case N2_SHAPE_NOTHING:
    case N2_SHAPE_OPEN: /* answered at INFO */
        return NULL;
    case N2_SHAPE_ROW:
        return g_variant_new("(@a{sv})", n2_value_row(table, 0));
    case N2_SHAPE_STATUS:
        return g_variant_new("(@a{sv})", status_value(server, table));
    case N2_SHAPE_ROWS:
        return g_variant_new("(@aa{sv})", n2_value_rows(table));
    case N2_SHAPE_LIST:
        return list_value(table);
    case N2_SHAPE_UNTIL:
        return until_value(table);
    }
    g_assert_not_reached();
}

static void
refuse_as(GDBusMethodInvocation *invocation, const n2_notice *notice)
{
    n2_ipc_fault *fault = n2_ipc_fault_of(notice);

    n2_ipc_fault_send(fault, invocation);
    n2_ipc_fault_free(fault);
}

void
n2_ipc_end(n2_ipc_job *job, const n2_notice *notice)
{
    g_hash_table_remove(job->server->running, GUINT_TO_POINTER(job->number));
    job->number = 0;
    if (job->transfer) {
        n2_ipc_carried(job, notice);
        return;
    }
    GDBusMethodInvocation *invocation = g_steal_pointer(&job->invocation);
    if (invocation && !notice->err && job->shape == N2_SHAPE_OPEN)
        n2_ipc_refuse(invocation, N2_ERR_STATE, notice->what,
                      N_("it was found, but not described"), "");
    else if (invocation && notice->err)
        refuse_as(invocation, notice);
    else if (invocation)
        g_dbus_method_invocation_return_value(
            invocation, answer_value(job->server, job->shape, notice->table));
    n2_ipc_drop(job);
}

static bool
is_full(const n2_ipc_client *client)
{
    return g_hash_table_size(client->jobs) >= N2_IPC_JOBS_MAX;
}

void
n2_ipc_start(n2_server *server,
             GDBusMethodInvocation *invocation,
             n2_shape shape,
             const n2_request *request,
             int fd)
{
    n2_ipc_client *client = n2_ipc_caller(server, invocation);
    n2_job number = 0;
    n2_err err = N2_ERR_CLOSED;

    if (client)
        err = is_full(client)
                  ? N2_ERR_LIMIT
                  : n2_control_start(server->control, request, (uint64_t)g_get_monotonic_time(),
                                     g_get_real_time(), &number);
    if ((!client || is_full(client)) && request->has_pipe)
        close(request->pipe); /* else it is the control plane's */
    if (err) {
        server->jobs_refused += err == N2_ERR_LIMIT;
        if (fd >= 0)
            close(fd);
        n2_ipc_refuse(invocation, err, request->address ? request->address : request->name,
                      err == N2_ERR_LIMIT ? N_("too many requests are under way") : NULL, NULL);
        return;
    }
    n2_ipc_job *job = g_new0(n2_ipc_job, 1);
    *job = (n2_ipc_job){
        .server = server,
        .client = client,
        .shape = shape,
        .number = number,
        .invocation = invocation,
        .fd = fd,
        .begun_us = g_get_monotonic_time(),
    };
    g_hash_table_add(client->jobs, job);
    g_hash_table_insert(server->running, GUINT_TO_POINTER(number), job);
    if (fd >= 0 && shape != N2_SHAPE_OPEN)
        n2_ipc_feed(job);
    n2_ipc_kick(server);
}
