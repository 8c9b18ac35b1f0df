/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * server.h - the node's private D-Bus socket: turns calls into jobs of the control plane.
 *
 * Layer:   ipc (may include: base, node; GLib and GIO).
 * Threads: all of it in the control thread, whose main loop runs the thread-default context of
 *          n2_server_new().
 *
 *     client --method--> server --n2_control_start--> control
 *     client <--answer-- server <--n2_server_take_notice-- host <--next_notice-- control
 *     client <== pipe == server <--n2_control_read--       control
 *
 * Flow:    the server reads from a job only what the client's pipe takes at once, and holds at
 *          most N2_IPC_CHUNK_BYTES of it; so a reader that sleeps stops the fetch, not the
 * node. Clients: same user only.  One that goes away has its jobs cancelled and everything
 * freed.
 */
#pragma once

#include <gio/gio.h>

#include "base/err.h"
#include "base/netaddr.h"
#include "node/control.h"

typedef struct n2_server n2_server;

typedef struct {
    void *user;
    /** The control was given something to do: drain it, before the main loop sleeps. */
    void (*busy)(void *user);
    /**
     * Makes an address of "udp:HOST:PORT".  Called in a worker thread, as names are looked up.
     *
     * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_NOTFOUND, N2_ERR_TIMEOUT.
     */
    n2_err (*resolve)(void *user, n2_net_addr *out, const char *endpoint);
    /**
     * (nullable): one row that only the host knows and that Status shows beside the control's:
     * node_starts, node_last_end, keys_starts, keys_last_end, counters of the data plane.
     *
     * Returns: (transfer full) (nullable).
     */
    n2_table *(*status)(void *user);
} n2_server_host;

/**
 * Makes a socket file @path, replacing what is left of a dead node there (the caller holds
 * the profile's lock), and listens on it.  Who made it removes it in the end.
 *
 * @out: (out): closed on exec.
 *
 * Returns: N2_OK; N2_ERR_LIMIT (path over 107 bytes), N2_ERR_BUSY (somebody listens there),
 *          N2_ERR_IO.  @error has the words, `WHAT: WHY. NEXT STEP`.
 */
N2_MUST_USE n2_err n2_ipc_listen(int *out, const char *path, GError **error);

/**
 * Will serve who connects to a socket that listens: see n2_server_start().  SIGPIPE is ignored
 * from here on: readers of pipes come and go.
 *
 * @socket:  (transfer full), also on failure: from n2_ipc_listen() or the service manager.
 * @control: (transfer none): outlives the server.
 * @host:    copied.
 *
 * Returns: N2_OK; N2_ERR_IO (it is no listening Unix socket).  @error has the words.
 */
N2_MUST_USE n2_err n2_server_new(n2_server **out,
                                 int socket,
                                 n2_control *control,
                                 const n2_server_host *host,
                                 GError **error);

/**
 * Accepts clients from now on; who connected before waits until here, so that the first call,
 * which a service manager starts the node for, finds it able to work.  Repeated, it does
 * nothing.
 */
void n2_server_start(n2_server *server);

/** Ends all jobs of clients, closes their connections and the socket.  (nullable) */
void n2_server_free(n2_server *server);

/** Feeds one notice; what it owns is consumed.  Logs are the host's: they are ignored here. */
void n2_server_take_notice(n2_server *server, n2_notice *notice);
