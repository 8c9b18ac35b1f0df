/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-private.h - what the files with the methods share.
 *
 * Layer: ipc.  Included by methods*.c only.
 */
#pragma once

#include "ipc/job.h"

typedef GDBusMethodInvocation invocation;

/** One method: the signal of the generated skeleton, and who handles it. */
typedef struct {
    const char *signal;
    GCallback handler;
} n2_method;

void n2_ipc_connect_all(gpointer object, const n2_method *methods, size_t n, n2_server *server);

/** Are all options of @options among @known, a list of "type name"?  Refuses the call if not.
 */
bool n2_ipc_allows(invocation *call, GVariant *options, const char *const *known);

/** Starts a job that answers @call. */
static inline gboolean
n2_ipc_begin(n2_server *server, invocation *call, n2_shape shape, n2_request request)
{
    n2_ipc_start(server, call, shape, &request, -1);
    return TRUE;
}

/* ---- methods-sign.c ---- */

/** The descriptor that @handle names; -1: there is none (transfer full). */
int n2_ipc_passed(GUnixFDList *fds, gint32 handle);

/** The same as n2_ipc_begin() with a pipe for the keys process, which nobody here reads;
 *  refuses the call if there is none. */
gboolean n2_ipc_begin_pipe(n2_server *server,
                           invocation *call,
                           n2_shape shape,
                           GUnixFDList *fds,
                           gint32 handle,
                           n2_request request);

void n2_ipc_connect_sign(n2_server *server);

/* ---- agent.c ---- */

void n2_ipc_connect_agent(n2_server *server);

/* ---- methods-device.c, methods-token.c ---- */

void n2_ipc_connect_device(n2_server *server);
void n2_ipc_connect_token(n2_server *server);

/* ---- methods-switch.c ---- */

void n2_ipc_connect_switch(n2_server *server);

/* ---- methods-people.c ---- */

void n2_ipc_connect_people(n2_server *server);

/* ---- methods-name.c, methods-zone.c ---- */

void n2_ipc_connect_name(n2_server *server);
void n2_ipc_connect_zone(n2_server *server);
