/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * address-bar.h - where one is and where one wants to go: mark, address, quality of the path.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/recent.h"
#include "widgets/page-info.h"

G_BEGIN_DECLS

#define N2_TYPE_ADDRESS_BAR (n2_address_bar_get_type())
G_DECLARE_FINAL_TYPE(N2AddressBar, n2_address_bar, N2, ADDRESS_BAR, GtkWidget)

/*
 * Signals:
 *   ::go (char *text)  Enter was pressed; the text is trimmed and not empty
 *   ::leave            Escape was pressed: the page wants the focus back
 *   ::unfocused        the cursor is elsewhere now
 *
 * Property "compact" (boolean): the path's quality as an icon only.
 */

/** @address: what is shown, or wanted while it loads. */
void n2_address_bar_set_address(N2AddressBar *self, const char *address);

/** @words: (nullable): two words on the path, NULL hides them; @is_bad: with a warning icon. */
void n2_address_bar_set_path(N2AddressBar *self, const char *words, gboolean is_bad);

/** The popover behind the mark; it is insensitive while there is nothing to tell. */
N2PageInfo *n2_address_bar_peek_info(N2AddressBar *self);
void n2_address_bar_set_has_info(N2AddressBar *self, gboolean has_info);

/** Marks that the user went on in spite of a warning. */
void n2_address_bar_set_doubt(N2AddressBar *self, gboolean is_doubtful);

/** Selects the address, so that typing replaces it. */
void n2_address_bar_edit(N2AddressBar *self);

/** Opens the popover behind the mark. */
void n2_address_bar_open_info(N2AddressBar *self);

/** Places to suggest below what is typed. */
void n2_address_bar_set_recent(N2AddressBar *self, N2Recent *recent);

G_END_DECLS
