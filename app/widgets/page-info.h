/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * page-info.h - popover that says of a place, in words: who vouches, which way, what is kept.
 *
 * Layer: app/widgets.  The way is asked for when the popover opens, not before.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_PAGE_INFO (n2_page_info_get_type())
G_DECLARE_FINAL_TYPE(N2PageInfo, n2_page_info, N2, PAGE_INFO, GtkPopover)

/**
 * @place: (nullable): what to tell about; NULL empties it.
 * @title: (nullable): of the page.
 */
void
n2_page_info_set_place(N2PageInfo *self, N2Source *source, N2Place *place, const char *title);

G_END_DECLS
