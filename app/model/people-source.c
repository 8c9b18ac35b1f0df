/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people-source.c - dispatch of the interface between the views and whom the user knows.
 */
#include "model/people-source.h"

G_DEFINE_INTERFACE(N2PeopleSource, n2_people_source, G_TYPE_OBJECT)

enum {
    SIGNAL_LOG_IN,
    SIGNAL_ACCOUNTS_CHANGED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
n2_people_source_default_init(N2PeopleSourceInterface *iface)
{
    GType type = G_TYPE_FROM_INTERFACE(iface);

    signals[SIGNAL_LOG_IN] =
        g_signal_new("log-in", type, G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_true_handled,
                     NULL, NULL, G_TYPE_BOOLEAN, 1, N2_TYPE_LOG_IN);
    signals[SIGNAL_ACCOUNTS_CHANGED] = g_signal_new("accounts-changed", type, G_SIGNAL_RUN_LAST,
                                                    0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

GListModel *
n2_people_source_peek_people(N2PeopleSource *self)
{
    g_return_val_if_fail(N2_IS_PEOPLE_SOURCE(self), NULL);

    return N2_PEOPLE_SOURCE_GET_IFACE(self)->peek_people(self);
}

const char *
n2_people_source_peek_own(N2PeopleSource *self)
{
    g_return_val_if_fail(N2_IS_PEOPLE_SOURCE(self), NULL);

    return N2_PEOPLE_SOURCE_GET_IFACE(self)->peek_own(self);
}

void
n2_people_source_trust_async(N2PeopleSource *self,
                             const char *address,
                             const char *purpose,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
    g_return_if_fail(N2_IS_PEOPLE_SOURCE(self));
    g_return_if_fail(address && purpose);

    N2_PEOPLE_SOURCE_GET_IFACE(self)->trust_async(self, address, purpose, cancellable, callback,
                                                  user_data);
}

N2Trust *
n2_people_source_trust_finish(N2PeopleSource *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_PEOPLE_SOURCE(self), NULL);

    return N2_PEOPLE_SOURCE_GET_IFACE(self)->trust_finish(self, result, error);
}

void
n2_people_source_order_async(N2PeopleSource *self,
                             const N2PeopleOrder *order,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
    g_return_if_fail(N2_IS_PEOPLE_SOURCE(self));
    g_return_if_fail(order->kind < N2_PEOPLE_ORDERS);

    N2_PEOPLE_SOURCE_GET_IFACE(self)->order_async(self, order, cancellable, callback,
                                                  user_data);
}

char *
n2_people_source_order_finish(N2PeopleSource *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_PEOPLE_SOURCE(self), NULL);

    return N2_PEOPLE_SOURCE_GET_IFACE(self)->order_finish(self, result, error);
}

void
n2_people_source_accounts_async(N2PeopleSource *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
    g_return_if_fail(N2_IS_PEOPLE_SOURCE(self));

    N2_PEOPLE_SOURCE_GET_IFACE(self)->accounts_async(self, cancellable, callback, user_data);
}

GListModel *
n2_people_source_accounts_finish(N2PeopleSource *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(N2_IS_PEOPLE_SOURCE(self), NULL);

    return N2_PEOPLE_SOURCE_GET_IFACE(self)->accounts_finish(self, result, error);
}

void
n2_people_source_emit_log_in(N2PeopleSource *self, N2LogIn *ask)
{
    gboolean is_shown = FALSE;

    g_signal_emit(self, signals[SIGNAL_LOG_IN], 0, ask, &is_shown);
    if (!is_shown)
        n2_log_in_refuse(ask);
}

void
n2_people_source_emit_accounts_changed(N2PeopleSource *self)
{
    g_signal_emit(self, signals[SIGNAL_ACCOUNTS_CHANGED], 0);
}
