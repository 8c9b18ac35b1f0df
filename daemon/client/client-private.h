/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * client-private.h - what the calls need of the connection.
 *
 * Layer: client, private to it.
 */
#pragma once

#include "client/client.h"
#include "n2-ipc.h"

G_BEGIN_DECLS

/** One for each interface, all on one connection. */
typedef struct {
    N2IpcNode1 *node;
    N2IpcIdentity1 *identity;
    N2IpcNetwork1 *network;
    N2IpcFiles1 *files;
    N2IpcToken1 *token;
    N2IpcAgent1 *agent;
    N2IpcContacts1 *contacts;
} N2Proxies;

typedef enum {
    N2_ON_NODE,
    N2_ON_IDENTITY,
    N2_ON_NETWORK,
    N2_ON_FILES,
    N2_ON_TOKEN,
    N2_ON_AGENT,
    N2_ON_CONTACTS
} n2_on;

/** Makes the proxies without any message; FALSE with @error set. */
gboolean n2_proxies_init(N2Proxies *proxies, GDBusConnection *connection, GError **error);

/** Drops them; handlers of @user on them are disconnected before. */
void n2_proxies_clear(N2Proxies *proxies, gpointer user);

/** Connects if necessary. */
void n2_client_need_async(N2Client *self, N2_CALL_ARGS);

/** Returns: (transfer none) (nullable): valid until the main loop runs again. */
const N2Proxies *n2_client_need_finish(N2Client *self, GAsyncResult *result, GError **error);

/**
 * n2_client_call:
 * @what: (nullable): for errors: what the user asked for
 * @args: (nullable): of the method, sunk
 * @fd: (transfer full): handle 0 of @args, or -1
 *
 * Connects first if necessary; ends with n2_client_finish().
 */
void n2_client_call(N2Client *self,
                    n2_on interface,
                    const char *method, /* static */
                    const char *what,
                    GVariant *args,
                    int fd,
                    N2_CALL_ARGS);

G_END_DECLS

/** Most methods take strings only, and say so here. */
#define START(interface, method, what, args)                                                   \
    n2_client_call(self, interface, method, what, args, -1, cancellable, callback, user_data)
