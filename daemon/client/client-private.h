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
} N2Proxies;

/** Makes the proxies without any message; FALSE with @error set. */
gboolean n2_proxies_init(N2Proxies *proxies, GDBusConnection *connection, GError **error);

/** Drops them; handlers of @user on them are disconnected before. */
void n2_proxies_clear(N2Proxies *proxies, gpointer user);

/** Connects if necessary. */
void n2_client_need_async(N2Client *self, N2_CALL_ARGS);

/** Returns: (transfer none) (nullable): valid until the main loop runs again. */
const N2Proxies *n2_client_need_finish(N2Client *self, GAsyncResult *result, GError **error);

G_END_DECLS
