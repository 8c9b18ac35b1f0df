/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * nodes.h - real nodes for tests of the browser: started, ordered by the command line, stopped.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    GSubprocess *process; /* owned */
    char *profile;        /* owned */
    char *endpoint;       /* owned; udp:... */
    char *identity;       /* owned; k1-... */
} node;

/* The programs, set by main(). */
extern const char *nodes_net2od;
extern const char *nodes_net2o;

/** Starts it on @listen, with @settings (nullable), a comma between any two, and waits for its
 * ready line. */
void nodes_start_with(
    node *n, const char *folder, const char *name, const char *listen, const char *settings);

void nodes_start(node *n, const char *folder, const char *name, const char *listen);

void nodes_stop(node *n);

/** Stops it if it runs. */
void nodes_clear(node *n);

/** Orders by the command line, which has to work; the rest of NULLs. */
void nodes_cli(node *n, const char *a, const char *b, const char *c, const char *d);

G_END_DECLS
