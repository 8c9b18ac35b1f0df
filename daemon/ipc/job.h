/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * job.h - one call of a client while the control plane works on it, and its bytes.
 *
 * Layer: ipc, private to it.
 *
 *     call --INFO--> answered, carrying --DONE--> flushing --all taken--> over --Wait--> freed
 *     call --DONE--> answered, freed                                         (all but Open)
 *     any  --Cancel, client gone--> freed
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "ipc/server.h"
#include "n2-ipc.h"

/** How the table of a job becomes the answer of its method. */
typedef enum {
    N2_SHAPE_NOTHING, /* () */
    N2_SHAPE_ROW,     /* (a{sv}) */
    N2_SHAPE_STATUS,  /* (a{sv}), with what only the host knows */
    N2_SHAPE_ROWS,    /* (aa{sv}) */
    N2_SHAPE_LIST,    /* (a{sv} aa{sv}): the row, and its entries apart */
    N2_SHAPE_OPEN,    /* (a{sv} h), at INFO */
    N2_SHAPE_UNTIL    /* (x): the cell of that name */
} n2_shape;

typedef struct n2_ipc_client n2_ipc_client;

/** An error as a client gets it. */
typedef struct {
    char *name; /* org.net2o.Error.NAME */
    char *text; /* what, why, next, number; and the hop that is gone, if known: lines */
} n2_ipc_fault;

typedef struct {
    n2_server *server;
    n2_ipc_client *client;
    n2_shape shape;
    n2_job number;                     /* of the control plane; 0 = it has ended there */
    GDBusMethodInvocation *invocation; /* owned until answered; then NULL */

    /* Bytes on their way, for Open and Publish. */
    int fd;         /* owned; -1 = none */
    bool is_direct; /* Open: it is a file of the client's, written anywhere */
    GSource *watch; /* owned (nullable) */
    GIOCondition watched;
    uint8_t *chunk;   /* owned (nullable); N2_IPC_CHUNK_BYTES */
    size_t chunk_at;  /* next byte to write */
    size_t chunk_len; /* bytes in it */

    /* Open, once answered. */
    uint64_t transfer; /* what the client calls it; 0 = none */
    uint64_t carried_bytes;
    gint64 begun_us;
    gint64 told_us;                /* last Progress */
    GVariant *info;                /* owned */
    GDBusMethodInvocation *waiter; /* owned until answered: Wait */
    bool is_over;
    n2_ipc_fault *failure; /* owned: why it is over, or NULL */
} n2_ipc_job;

struct n2_ipc_client {
    n2_server *server;
    GDBusConnection *connection; /* owned */
    GHashTable *jobs;            /* owned set of n2_ipc_job, which it frees */
};

struct n2_server {
    n2_control *control;
    n2_server_host host;
    GSocketService *listener;
    GHashTable *clients; /* owned: GDBusConnection to n2_ipc_client, which it frees */
    GHashTable *running; /* owned: n2_job to n2_ipc_job (borrowed) */
    uint64_t last_transfer;
    uint64_t clients_refused, jobs_refused; /* by limits */
    GCancellable *gone;                     /* owned: set when the server is freed */
    GSource *kick;                          /* owned: calls host.busy once in this turn */
    GSource *tell;                          /* owned (nullable): waits to emit Changed */
    GHashTable *parts;                      /* owned: set of what changed */

    N2IpcNode1 *node;
    N2IpcIdentity1 *identity;
    N2IpcNetwork1 *network;
    N2IpcFiles1 *files;
    N2IpcContacts1 *contacts;
    N2IpcAgent1 *agent;
    N2IpcToken1 *token;

    GQueue *agents;   /* owned: n2_ipc_client (borrowed), who registered last first */
    GHashTable *asks; /* owned: what waits for a person, by its number */
};

/** Somebody said who it is; in the control thread.  False: it is not let in. */
typedef gboolean (*n2_ipc_arrived_cb)(gpointer user, GDBusConnection *connection);

/**
 * Will accept and greet who connects to @fd, a socket that listens, once it is started.
 *
 * @fd:   (transfer full), also on failure.
 * @gone: set before @user becomes invalid.
 *
 * Returns: (transfer full) (nullable).
 */
GSocketService *n2_ipc_service_new(
    int fd, GCancellable *gone, n2_ipc_arrived_cb arrived, gpointer user, GError **error);

/** @what, @why and @next (nullable) are made safe for their lines (transfer full). */
n2_ipc_fault *n2_ipc_fault_new(n2_err err, const char *what, const char *why, const char *next);

/** What a notice with an error says (transfer full). */
n2_ipc_fault *n2_ipc_fault_of(const n2_notice *notice);

/** @fault: (transfer full) (nullable). */
void n2_ipc_fault_free(n2_ipc_fault *fault);

/** Fails @invocation (transfer full). */
void n2_ipc_fault_send(const n2_ipc_fault *fault, GDBusMethodInvocation *invocation);

/** Both at once. */
void n2_ipc_refuse(GDBusMethodInvocation *invocation,
                   n2_err err,
                   const char *what,
                   const char *why,
                   const char *next);

/**
 * Starts what @request asks for on behalf of the caller of @invocation (transfer full), which
 * is answered now or later.
 *
 * @fd: (transfer full): end of a pipe, or for Open a file, that belongs to the job, or -1.
 */
void n2_ipc_start(n2_server *server,
                  GDBusMethodInvocation *invocation,
                  n2_shape shape,
                  const n2_request *request,
                  int fd);

/** The client on whose connection @invocation came; NULL if it is gone. */
n2_ipc_client *n2_ipc_caller(n2_server *server, GDBusMethodInvocation *invocation);

/** The transfer @transfer of @client, or NULL. */
n2_ipc_job *n2_ipc_find(n2_ipc_client *client, uint64_t transfer);

/** Takes @job from its client; what runs is cancelled, who waits is told so. */
void n2_ipc_drop(n2_ipc_job *job);

/** The same for one that its client's set lets go. */
void n2_ipc_job_free(n2_ipc_job *job);

/** The control plane has ended @job: what it says is the answer, unless that was given. */
void n2_ipc_end(n2_ipc_job *job, const n2_notice *notice);

/** Has the host drain the control plane when this turn ends. */
void n2_ipc_kick(n2_server *server);

/* ---- bytes (carry.c) ---- */

/** Answers Open with INFO's table and the pipe; the job goes on as a transfer. */
void n2_ipc_open(n2_ipc_job *job, const n2_table *info);

/** The control plane has bytes again (or the end); writes what the pipe takes. */
void n2_ipc_carry(n2_ipc_job *job);

/** The control plane is done with an answered Open. */
void n2_ipc_carried(n2_ipc_job *job, const n2_notice *notice);

/** Begins to feed a Publish from the job's fd. */
void n2_ipc_feed(n2_ipc_job *job);

/** Answers Wait, now or when the transfer is over.  @invocation: (transfer full). */
void n2_ipc_wait(n2_ipc_job *job, GDBusMethodInvocation *invocation);

/** At most ten Progress signals a second, to the transfer's client. */
void n2_ipc_progress(n2_ipc_job *job, uint64_t done, uint64_t total);

/** Signal Lied, to the job's client.  @row: of N2_NOTICE_LIED. */
void n2_ipc_lied(const n2_ipc_job *job, const n2_table *row);

/** Releases descriptor, watch and chunk. */
void n2_ipc_stop_carrying(n2_ipc_job *job);

/* ---- who is asked (agent.c) ---- */

void n2_ipc_agents_init(n2_server *server);
void n2_ipc_agents_clear(n2_server *server);

/** Something waits for a person; nothing does any more. */
void n2_ipc_agent_ask(n2_server *server, const n2_notice *notice);
void n2_ipc_agent_over(n2_server *server, const n2_notice *notice);

/** @client goes: what it was asked is asked of another. */
void n2_ipc_agent_gone(n2_server *server, n2_ipc_client *client);

/* ---- methods-token.c ---- */

/** A token came, went or changed. */
void n2_ipc_token_changed(n2_server *server, const n2_table *table);

/* ---- methods.c, bus.c ---- */

/** Connects the handlers of all methods. */
void n2_ipc_connect_methods(n2_server *server);

/**
 * Answers what bus clients ask of org.freedesktop.DBus, so that busctl and gdbus can look
 * around.
 *
 * Returns: FALSE with @error set.
 */
gboolean n2_ipc_export_bus(GDBusConnection *connection, GError **error);
