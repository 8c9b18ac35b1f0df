/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * version-bar.h - says above a place that it is an older version, and leads to the newest.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/place.h"

G_BEGIN_DECLS

#define N2_TYPE_VERSION_BAR (n2_version_bar_get_type())
G_DECLARE_FINAL_TYPE(N2VersionBar, n2_version_bar, N2, VERSION_BAR, GtkWidget)

/** @place: (nullable): closed, unless its address names a version. */
void n2_version_bar_set_place(N2VersionBar *self, N2Place *place);

G_END_DECLS
