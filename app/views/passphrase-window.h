/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * passphrase-window.h - the passphrase of the keys on this computer: set, changed, removed.
 *
 * Layer: app/views.
 */
#pragma once

#include <adwaita.h>

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_PASSPHRASE_WINDOW (n2_passphrase_window_get_type())
G_DECLARE_FINAL_TYPE(N2PassphraseWindow, n2_passphrase_window, N2, PASSPHRASE_WINDOW, AdwWindow)

/** Opens it above @parent.  @has_old: it asks for that one first.  @is_removal: for no new one.
 *  It closes itself when the node has done it. */
N2PassphraseWindow *n2_passphrase_window_open(GtkWindow *parent,
                                              N2IdentitySource *source,
                                              gboolean has_old,
                                              gboolean is_removal);

G_END_DECLS
