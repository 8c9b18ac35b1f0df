/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trust-bar.h - one sentence above a page that somebody who reads it has to know of its
 *               publisher: its name mixes writings, looks like another, was handed over.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/person.h"

G_BEGIN_DECLS

#define N2_TYPE_TRUST_BAR (n2_trust_bar_get_type())
G_DECLARE_FINAL_TYPE(N2TrustBar, n2_trust_bar, N2, TRUST_BAR, GtkWidget)

/** @trust: (nullable): closed if there is nothing that has to be known. */
void n2_trust_bar_set_trust(N2TrustBar *self, N2Trust *trust);

G_END_DECLS
