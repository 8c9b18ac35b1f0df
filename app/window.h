/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * window.h - a browser window: header, places, tabs.
 *
 * Layer: app.
 */
#pragma once

#include <adwaita.h>

#include "model/recent.h"
#include "views/engine.h"
#include "views/tab.h"

G_BEGIN_DECLS

#define N2_TYPE_WINDOW (n2_window_get_type())
G_DECLARE_FINAL_TYPE(N2Window, n2_window, N2, WINDOW, AdwApplicationWindow)

/**
 * @profile: (nullable): the node's profile folder, for words only.
 *
 * Returns: (transfer none): a window without tabs; it belongs to @app until it is closed.
 */
N2Window *
n2_window_new(GtkApplication *app, N2Engine *engine, N2Recent *recent, const char *profile);

/** Opens @text in a new tab, the start page if it is NULL. */
N2Tab *n2_window_open(N2Window *self, const char *text, gboolean in_background);

/** The tab in front, or NULL (transfer none). */
N2Tab *n2_window_peek_tab(N2Window *self);

/* For window-actions.c. */
AdwTabView *n2_window_peek_tab_view(N2Window *self);
void n2_window_edit_address(N2Window *self);
void n2_window_open_info(N2Window *self);
void n2_window_toggle_places(N2Window *self);
void n2_window_tell(N2Window *self, const char *words);
void n2_window_reopen_tab(N2Window *self);
N2Recent *n2_window_peek_recent(N2Window *self);

/** A link of the page in front, in a tab of its own behind. */
void n2_window_follow(N2Window *self, const char *address);

G_END_DECLS
