/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wait-overlay.h - over a view: a thin bar after 300 ms, words after 2 s, a link's target.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_WAIT_OVERLAY (n2_wait_overlay_get_type())
G_DECLARE_FINAL_TYPE(N2WaitOverlay, n2_wait_overlay, N2, WAIT_OVERLAY, GtkWidget)

/** Something at @address is waited for from now on. */
void n2_wait_overlay_begin(N2WaitOverlay *self, const char *address);

/** @fraction: 0 to 1 of what is waited for. */
void n2_wait_overlay_set_progress(N2WaitOverlay *self, double fraction);

void n2_wait_overlay_end(N2WaitOverlay *self);

/** @address: (nullable): where the link under the pointer leads. */
void n2_wait_overlay_set_target(N2WaitOverlay *self, const char *address);

G_END_DECLS
