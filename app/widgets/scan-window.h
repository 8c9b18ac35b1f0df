/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * scan-window.h - a window that looks for a QR code: through the camera, or in a picture.
 *
 * Layer: app/widgets.  Where pictures come from is its owner's matter.
 */
#pragma once

#include <adwaita.h>

#include "widgets/camera.h"

G_BEGIN_DECLS

#define N2_TYPE_SCAN_WINDOW (n2_scan_window_get_type())
G_DECLARE_FINAL_TYPE(N2ScanWindow, n2_scan_window, N2, SCAN_WINDOW, AdwWindow)

/*
 * Signals:
 *   ::read (GBytes *)   the text of a code; the window closes then
 *   ::open, ::paste     a picture is wanted from there
 */

/** Over @parent (nullable).  @camera: (nullable): another one, for tests.  Returns: (transfer
 * none). */
N2ScanWindow *n2_scan_window_open(GtkWindow *parent, const N2CameraSource *camera);

/** The picture was read; @text: NULL: it was not, and @error says why. */
void n2_scan_window_take(N2ScanWindow *self, GBytes *text, const GError *error);

G_END_DECLS
