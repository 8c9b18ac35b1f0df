/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-source.c - dispatch of the interface between the views and who keeps the keys.
 */
#include "model/identity-source.h"

#include <unistd.h>

G_DEFINE_INTERFACE(N2IdentitySource, n2_identity_source, G_TYPE_OBJECT)

static guint signal_ask, signal_known, signal_settings;

static void
n2_identity_source_default_init(N2IdentitySourceInterface *iface)
{
    GType type = G_TYPE_FROM_INTERFACE(iface);

    signal_ask =
        g_signal_new("ask", type, G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_true_handled, NULL,
                     NULL, G_TYPE_BOOLEAN, 1, N2_TYPE_ASK);
    signal_known =
        g_signal_new("known", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signal_settings =
        g_signal_new("settings", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

GListModel *
n2_identity_source_peek_identities(N2IdentitySource *self)
{
    g_return_val_if_fail(N2_IS_IDENTITY_SOURCE(self), NULL);

    return N2_IDENTITY_SOURCE_GET_IFACE(self)->peek_identities(self);
}

GListModel *
n2_identity_source_peek_tokens(N2IdentitySource *self)
{
    g_return_val_if_fail(N2_IS_IDENTITY_SOURCE(self), NULL);

    return N2_IDENTITY_SOURCE_GET_IFACE(self)->peek_tokens(self);
}

gboolean
n2_identity_source_is_known(N2IdentitySource *self)
{
    g_return_val_if_fail(N2_IS_IDENTITY_SOURCE(self), FALSE);

    return N2_IDENTITY_SOURCE_GET_IFACE(self)->is_known(self);
}

const N2Settings *
n2_identity_source_peek_settings(N2IdentitySource *self)
{
    g_return_val_if_fail(N2_IS_IDENTITY_SOURCE(self), NULL);

    return N2_IDENTITY_SOURCE_GET_IFACE(self)->peek_settings(self);
}

void
n2_identity_source_order_async(N2IdentitySource *self,
                               const N2Order *order,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
    g_return_if_fail(N2_IS_IDENTITY_SOURCE(self));
    g_return_if_fail(order->kind < N2_ORDERS);

    N2_IDENTITY_SOURCE_GET_IFACE(self)->order_async(self, order, cancellable, callback,
                                                    user_data);
}

gboolean
n2_identity_source_order_finish(N2IdentitySource *self,
                                GAsyncResult *result,
                                N2Ordered *ordered,
                                GError **error)
{
    g_auto(N2Ordered) unwanted = {.fd = -1};

    g_return_val_if_fail(N2_IS_IDENTITY_SOURCE(self), FALSE);

    if (ordered)
        *ordered = (N2Ordered){.fd = -1};
    return N2_IDENTITY_SOURCE_GET_IFACE(self)->order_finish(
        self, result, ordered ? ordered : &unwanted, error);
}

void
n2_ordered_clear(N2Ordered *ordered)
{
    g_clear_object(&ordered->identity);
    g_clear_pointer(&ordered->address, g_free);
    g_clear_pointer(&ordered->text, g_free);
    g_clear_pointer(&ordered->qr, g_free);
    if (ordered->fd >= 0)
        close(ordered->fd);
    ordered->fd = -1;
}

/* What nobody shows nobody answers. */
void
n2_identity_source_emit_ask(N2IdentitySource *self, N2Ask *ask)
{
    gboolean is_shown = FALSE;

    g_signal_emit(self, signal_ask, 0, ask, &is_shown);
    if (!is_shown)
        n2_ask_tell(ask, -1, FALSE);
}

void
n2_identity_source_emit_known(N2IdentitySource *self)
{
    g_signal_emit(self, signal_known, 0);
}

void
n2_identity_source_emit_settings(N2IdentitySource *self)
{
    g_signal_emit(self, signal_settings, 0);
}
