/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link-menu.h - the context menu of a page: only what this browser can do.
 *
 * Layer: app/views.
 */
#pragma once

#include <webkit/webkit.h>

G_BEGIN_DECLS

/**
 * Replaces the items of @menu by the browser's own.
 *
 * @widget: whose "win.*" actions do the work: open-in-tab (s), copy-text (s), back, forward,
 *          reload, find.
 */
void n2_link_menu_fill(WebKitContextMenu *menu, WebKitHitTestResult *hit, GtkWidget *widget);

G_END_DECLS
