/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * adaptive-bin.h - holds one child and knows whether it is narrow.
 *
 * Layer:     app/widgets.
 * Invariant: "narrow" changes in an idle, never inside an allocation.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

enum {
    N2_NARROW_PX = 700 /* below this a window is narrow */
};

#define N2_TYPE_ADAPTIVE_BIN (n2_adaptive_bin_get_type())
G_DECLARE_FINAL_TYPE(N2AdaptiveBin, n2_adaptive_bin, N2, ADAPTIVE_BIN, GtkWidget)

/** Whether the last allocation was narrow; notified as property "narrow". */
gboolean n2_adaptive_bin_get_narrow(N2AdaptiveBin *self);

G_END_DECLS
