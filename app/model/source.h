/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * source.h - where places come from: the interface between the views and a node.
 *
 * Layer:   app/model (no widgets).
 * Threads: main context only; every call is asynchronous and can be cancelled.
 * Errors:  domain N2_ERROR of client/error.h; cancelling gives N2_ERR_CANCELLED.
 *
 * The browser has one over the node's socket (node-source.h); tests bring their own, so that
 * every view runs without a network.
 */
#pragma once

#include "model/library.h"
#include "model/network.h"
#include "model/people-source.h"
#include "model/place.h"
#include "model/status.h"
#include "model/watches.h"

G_BEGIN_DECLS

typedef enum {
    N2_OPEN_DEFAULT = 0,
    N2_OPEN_NO_INDEX = 1 << 0, /* a folder stays one, even with an index page in it */
    N2_OPEN_LINKED = 1 << 1, /* a page leads there, not the user: no personal name is opened */
} N2OpenFlags;

#define N2_TYPE_SOURCE (n2_source_get_type())
G_DECLARE_INTERFACE(N2Source, n2_source, N2, SOURCE, GObject)

struct _N2SourceInterface {
    GTypeInterface parent_iface;

    void (*open_async)(N2Source *self,
                       const char *address,
                       N2OpenFlags flags,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
    N2Place *(*open_finish)(N2Source *self,
                            GAsyncResult *result,
                            GInputStream **stream,
                            GError **error);
    void (*trace_async)(N2Source *self,
                        const char *address,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
    GListModel *(*trace_finish)(N2Source *self, GAsyncResult *result, GError **error);
    void (*status_async)(N2Source *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
    N2Status *(*status_finish)(N2Source *self, GAsyncResult *result, GError **error);
    void (*network_async)(N2Source *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
    N2Network *(*network_finish)(N2Source *self, GAsyncResult *result, GError **error);
    void (*release_async)(N2Source *self,
                          guint64 number,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
    gboolean (*release_finish)(N2Source *self, GAsyncResult *result, GError **error);
    void (*avoid_async)(N2Source *self,
                        const char *hop,
                        gboolean is_avoided,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
    gboolean (*avoid_finish)(N2Source *self, GAsyncResult *result, GError **error);
    gboolean (*is_present)(N2Source *self);
    N2PeopleSource *(*peek_people)(N2Source *self); /* NULL: it knows nobody */
    N2Library *(*peek_library)(N2Source *self);     /* NULL: nothing can be found in it */
};

/*
 * Signals:
 *   ::changed                    what status tells has changed
 *   ::presence                   the node came or went; see n2_source_is_present()
 *   ::site-changed (address)     this site has a newer tree
 *   ::lied (who)                 a holder, k1-... or its personal name, sent something forged
 */

/**
 * Finds what is at @address, and begins to fetch it.
 *
 * A folder comes with its entries and no bytes, unless an index page stands for it.
 */
void n2_source_open_async(N2Source *self,
                          const char *address,
                          N2OpenFlags flags,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);

/**
 * @stream: (out) (optional) (transfer full): verified bytes as they arrive; NULL for a folder.
 *          Closing it before its end stops the transfer.
 *
 * Returns: (transfer full): the place, or %NULL with @error set.
 */
N2Place *n2_source_open_finish(N2Source *self,
                               GAsyncResult *result,
                               GInputStream **stream,
                               GError **error);

/** Asks every switch on the way to @address, which takes up to 3 s. */
void n2_source_trace_async(N2Source *self,
                           const char *address,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/** Returns: (transfer full): N2Hop, this computer first, the place last. */
GListModel *n2_source_trace_finish(N2Source *self, GAsyncResult *result, GError **error);

void n2_source_status_async(N2Source *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/** Returns: (transfer full): what the node says of itself. */
N2Status *n2_source_status_finish(N2Source *self, GAsyncResult *result, GError **error);

void n2_source_network_async(N2Source *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/** Returns: (transfer full): lines, ways and reservations as they are now. */
N2Network *n2_source_network_finish(N2Source *self, GAsyncResult *result, GError **error);

/** Gives a reservation of ours back. */
void n2_source_release_async(N2Source *self,
                             guint64 number,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

gboolean n2_source_release_finish(N2Source *self, GAsyncResult *result, GError **error);

/** No way leads through @hop from now on, or again; see n2_avoided. */
void n2_source_avoid_async(N2Source *self,
                           const char *hop,
                           gboolean is_avoided,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

gboolean n2_source_avoid_finish(N2Source *self, GAsyncResult *result, GError **error);

/** Whether a node answers at the moment. */
gboolean n2_source_is_present(N2Source *self);

/** Whom the user of that node knows, or NULL (transfer none). */
N2PeopleSource *n2_source_peek_people(N2Source *self);

/** What that node knows of contents, or NULL (transfer none). */
N2Library *n2_source_peek_library(N2Source *self);

/** The searches that are watched there, or NULL (transfer none). */
N2Watches *n2_source_peek_watches(N2Source *self);

/** @watches: (nullable): kept until others come. */
void n2_source_set_watches(N2Source *self, N2Watches *watches);

/* For implementations. */
void n2_source_emit_changed(N2Source *self);
void n2_source_emit_presence(N2Source *self);
void n2_source_emit_site_changed(N2Source *self, const char *address);
void n2_source_emit_lied(N2Source *self, const char *who);

G_END_DECLS
