/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * file-pane.h - what is known about one file: picture of its kind, open, save, attributes.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/place.h"

G_BEGIN_DECLS

#define N2_TYPE_FILE_PANE (n2_file_pane_get_type())
G_DECLARE_FINAL_TYPE(N2FilePane, n2_file_pane, N2, FILE_PANE, GtkWidget)

/*
 * Signals ::open and ::save: a button was pressed.
 * Property "can-open" (boolean): whether there is an Open button.
 */

/** @entry: (nullable). */
void n2_file_pane_set_entry(N2FilePane *self, N2Entry *entry);

G_END_DECLS
