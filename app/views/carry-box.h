/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * carry-box.h - the ways by which something that was carried comes in: pasted, from a file,
 *               dropped, or scanned.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_CARRY_BOX (n2_carry_box_get_type())
G_DECLARE_FINAL_TYPE(N2CarryBox, n2_carry_box, N2, CARRY_BOX, GtkWidget)

/*
 * Signals:
 *   ::got (GBytes *, GError *)   text, or NULL and why there is none
 */

/** The first of its buttons (transfer none). */
GtkWidget *n2_carry_box_peek_first(N2CarryBox *self);

G_END_DECLS
