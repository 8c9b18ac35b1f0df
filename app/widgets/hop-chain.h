/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hop-chain.h - the way to a place, drawn: a row of circles, or a rail of dots where narrow.
 *
 * Layer: app/widgets.  Every stop is a label in words too, so the drawing needs no other twin.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_HOP_CHAIN (n2_hop_chain_get_type())
G_DECLARE_FINAL_TYPE(N2HopChain, n2_hop_chain, N2, HOP_CHAIN, GtkWidget)

/** Property "rail" (boolean): one stop a line, for narrow places. */
GtkWidget *n2_hop_chain_new(void);

/** @hops: (nullable): N2Hop, this computer first. */
void n2_hop_chain_set_hops(N2HopChain *self, GListModel *hops);

G_END_DECLS
