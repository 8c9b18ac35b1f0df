/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * watches.h - the searches whose answers the user wants to be told of, kept between runs.
 *
 * Layer: app/model (no widgets).  A GListModel of N2Watch, the latest first, one a query.
 * File:  a key file, readable by its owner only, with the state of each answer: what changed
 *        while nobody looked is told at the next start.  What can't be read is left out.
 */
#pragma once

#include "model/library.h"

G_BEGIN_DECLS

enum {
    N2_WATCHES_MAX = 16 /* each holds a connection to the node, which has room for 64 */
};

#define N2_TYPE_WATCH (n2_watch_get_type())
G_DECLARE_FINAL_TYPE(N2Watch, n2_watch, N2, WATCH, GObject)

/** Read only, but for n2_watches_. */
struct _N2Watch {
    GObject parent_instance;
    char *query;
    gboolean is_changed; /* its answer is another one than was seen */
    guint n_new;         /* places of it that were not there before, as far as known */

    N2Library *library;        /* owned */
    GHashTable *known;         /* owned; addresses; nullable: none asked for yet */
    char *state;               /* owned; nullable; of the last answer */
    GCancellable *cancellable; /* owned; nullable: nothing is asked */
    guint rest;                /* timeout, 0: none */
    gpointer owner;            /* borrowed; N2Watches; NULL: given up */
};

#define N2_TYPE_WATCHES (n2_watches_get_type())
G_DECLARE_FINAL_TYPE(N2Watches, n2_watches, N2, WATCHES, GObject)

/**
 * @path: (nullable): the file; NULL keeps nothing.
 *
 * Signal ::found (N2Watch *watch): its answer is another one.
 *
 * Returns: (transfer full): it asks at once; n2_watches_stop() ends that.
 */
N2Watches *n2_watches_new(N2Library *library, const char *path);

gboolean n2_watches_has(N2Watches *self, const char *query);

/** Returns: %FALSE if there are N2_WATCHES_MAX already. */
gboolean n2_watches_add(N2Watches *self, const char *query);

void n2_watches_remove(N2Watches *self, const char *query);

/** The user looks at the answer. */
void n2_watches_see(N2Watches *self, const char *query);

/** Asks those that wait for nothing: the node is there again. */
void n2_watches_wake(N2Watches *self);

/** Nothing is asked from here on. */
void n2_watches_stop(N2Watches *self);

G_END_DECLS
