/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ipc-fixture.h - server and client together over a real socket, with a control plane that only
 *                 plays.
 */
#pragma once

#include <gio/gio.h>

#include "client/client.h"
#include "fake-control.h"

typedef struct {
    char *dir;
    char *socket;
    n2_control *control;
    n2_server *server;
    N2Client *client;
    GAsyncResult *result; /* of the call awaited */
} fixture;

typedef struct {
    const char *name;
    void (*run)(fixture *f, gconstpointer data);
} row;

void start_server(fixture *f);
void spin(void);
void on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *await(fixture *f);
/** The answer of the call just made; printed as text, so that a test can state all of it. */
char *await_text(fixture *f, GError **error);
N2Transfer *open_address(fixture *f, const char *address, GError **error);
GVariant *wait_for(fixture *f, N2Transfer *transfer, GError **error);
/** Reads to the end; returns the bytes read, @error tells how it ended. */
GString *read_all(fixture *f, N2Transfer *transfer, GError **error);
/** Iterates until the control has nothing to do; fails by the test's own time limit. */
void until_idle(fixture *f);
/** A connection that a test can break, as when its process dies. */
GDBusConnection *connect_raw(fixture *f);
void call_open(GDBusConnection *raw, const char *address);

/** Runs all rows as PREFIX/NAME; the end of main(). */
int ipc_run(int argc, char **argv, const char *prefix, const row *rows, gsize n);
