/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-view.h - what the node does at the moment: lines, addresses, store.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_NETWORK_VIEW (n2_network_view_get_type())
G_DECLARE_FINAL_TYPE(N2NetworkView, n2_network_view, N2, NETWORK_VIEW, GtkWidget)

/** Returns: (transfer floating): asks when it is mapped, and whenever something changes. */
GtkWidget *n2_network_view_new(N2Source *source);

G_END_DECLS
