/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * window-actions.h - what menus, shortcuts and buttons of a window do.
 *
 * Layer: app.
 */
#pragma once

#include "window.h"

G_BEGIN_DECLS

/** Installs the actions "win.*" and their keys; once, from class_init. */
void n2_window_actions_install(GtkWidgetClass *klass);

/** Makes the keys for back and forward work in pages too, which would swallow them; once. */
void n2_window_actions_capture(N2Window *window);

/** Enables what the tab in front can do. */
void n2_window_actions_update(N2Window *window);

G_END_DECLS
