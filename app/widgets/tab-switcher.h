/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab-switcher.h - for narrow windows: a button with the number of tabs, and a list of them.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define N2_TYPE_TAB_SWITCHER (n2_tab_switcher_get_type())
G_DECLARE_FINAL_TYPE(N2TabSwitcher, n2_tab_switcher, N2, TAB_SWITCHER, GtkWidget)

/** @view: (transfer none): whose tabs are listed. */
void n2_tab_switcher_set_view(N2TabSwitcher *self, AdwTabView *view);

G_END_DECLS
