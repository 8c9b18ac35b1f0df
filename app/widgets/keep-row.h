/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keep-row.h - why a place is kept on this computer, and a switch that it stays.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_KEEP_ROW (n2_keep_row_get_type())
G_DECLARE_FINAL_TYPE(N2KeepRow, n2_keep_row, N2, KEEP_ROW, GtkWidget)

/** @place: (nullable): invisible then. */
void n2_keep_row_set_place(N2KeepRow *self, N2Source *source, N2Place *place);

/** Asks now. */
void n2_keep_row_ask(N2KeepRow *self);

G_END_DECLS
