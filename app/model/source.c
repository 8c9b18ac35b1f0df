/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * source.c - dispatch of the interface between the views and a node.
 */
#include "model/source.h"

G_DEFINE_INTERFACE(N2Source, n2_source, G_TYPE_OBJECT)

enum {
    SIGNAL_CHANGED,
    SIGNAL_PRESENCE,
    SIGNAL_SITE_CHANGED,
    SIGNAL_LIED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
n2_source_default_init(N2SourceInterface *iface)
{
    GType type = G_TYPE_FROM_INTERFACE(iface);

    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_PRESENCE] =
        g_signal_new("presence", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_SITE_CHANGED] =
        g_signal_new("site-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                     1, G_TYPE_STRING);
    signals[SIGNAL_LIED] = g_signal_new("lied", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_STRING);
}

void
n2_source_open_async(N2Source *self,
                     const char *address,
                     N2OpenFlags flags,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
    g_return_if_fail(N2_IS_SOURCE(self));
    g_return_if_fail(address != NULL);

    N2_SOURCE_GET_IFACE(self)->open_async(self, address, flags, cancellable, callback,
                                          user_data);
}

N2Place *
n2_source_open_finish(N2Source *self,
                      GAsyncResult *result,
                      GInputStream **stream,
                      GError **error)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), NULL);

    if (stream)
        *stream = NULL;
    return N2_SOURCE_GET_IFACE(self)->open_finish(self, result, stream, error);
}

void
n2_source_trace_async(N2Source *self,
                      const char *address,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
    g_return_if_fail(N2_IS_SOURCE(self));
    g_return_if_fail(address != NULL);

    N2_SOURCE_GET_IFACE(self)->trace_async(self, address, cancellable, callback, user_data);
}

GListModel *
n2_source_trace_finish(N2Source *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), NULL);

    return N2_SOURCE_GET_IFACE(self)->trace_finish(self, result, error);
}

void
n2_source_status_async(N2Source *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
    g_return_if_fail(N2_IS_SOURCE(self));

    N2_SOURCE_GET_IFACE(self)->status_async(self, cancellable, callback, user_data);
}

N2Status *
n2_source_status_finish(N2Source *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), NULL);

    return N2_SOURCE_GET_IFACE(self)->status_finish(self, result, error);
}

void
n2_source_network_async(N2Source *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
    g_return_if_fail(N2_IS_SOURCE(self));

    N2_SOURCE_GET_IFACE(self)->network_async(self, cancellable, callback, user_data);
}

N2Network *
n2_source_network_finish(N2Source *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), NULL);

    return N2_SOURCE_GET_IFACE(self)->network_finish(self, result, error);
}

void
n2_source_release_async(N2Source *self,
                        guint64 number,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
    g_return_if_fail(N2_IS_SOURCE(self));

    N2_SOURCE_GET_IFACE(self)->release_async(self, number, cancellable, callback, user_data);
}

gboolean
n2_source_release_finish(N2Source *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), FALSE);

    return N2_SOURCE_GET_IFACE(self)->release_finish(self, result, error);
}

void
n2_source_avoid_async(N2Source *self,
                      const char *hop,
                      gboolean is_avoided,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
    g_return_if_fail(N2_IS_SOURCE(self));

    N2_SOURCE_GET_IFACE(self)->avoid_async(self, hop, is_avoided, cancellable, callback,
                                           user_data);
}

gboolean
n2_source_avoid_finish(N2Source *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), FALSE);

    return N2_SOURCE_GET_IFACE(self)->avoid_finish(self, result, error);
}

gboolean
n2_source_is_present(N2Source *self)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), FALSE);

    return N2_SOURCE_GET_IFACE(self)->is_present(self);
}

N2PeopleSource *
n2_source_peek_people(N2Source *self)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), NULL);

    return N2_SOURCE_GET_IFACE(self)->peek_people ? N2_SOURCE_GET_IFACE(self)->peek_people(self)
                                                  : NULL;
}

N2Library *
n2_source_peek_library(N2Source *self)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), NULL);

    return N2_SOURCE_GET_IFACE(self)->peek_library
               ? N2_SOURCE_GET_IFACE(self)->peek_library(self)
               : NULL;
}

static G_DEFINE_QUARK(n2 - source - watches, watches)

N2Watches *
n2_source_peek_watches(N2Source *self)
{
    g_return_val_if_fail(N2_IS_SOURCE(self), NULL);

    return g_object_get_qdata(G_OBJECT(self), watches_quark());
}

void
n2_source_set_watches(N2Source *self, N2Watches *watches)
{
    g_return_if_fail(N2_IS_SOURCE(self));

    g_object_set_qdata_full(G_OBJECT(self), watches_quark(),
                            watches ? g_object_ref(watches) : NULL,
                            watches ? g_object_unref : NULL);
}

void
n2_source_emit_changed(N2Source *self)
{
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

void
n2_source_emit_presence(N2Source *self)
{
    g_signal_emit(self, signals[SIGNAL_PRESENCE], 0);
}

void
n2_source_emit_site_changed(N2Source *self, const char *address)
{
    g_signal_emit(self, signals[SIGNAL_SITE_CHANGED], 0, address);
}

void
n2_source_emit_lied(N2Source *self, const char *who)
{
    g_signal_emit(self, signals[SIGNAL_LIED], 0, who);
}
