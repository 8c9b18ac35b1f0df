/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hit-row.h - one place that was found: its title, where it is, and what was found in it.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/library.h"

G_BEGIN_DECLS

/** Returns: (transfer floating): a row of a list box. */
GtkWidget *n2_hit_row_new(const N2Hit *hit);

G_END_DECLS
