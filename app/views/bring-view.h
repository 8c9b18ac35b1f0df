/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bring-view.h - an identity that is there already: from another device, by three words or by
 *                file; or, if all is lost, its recovery sheet.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_BRING_VIEW (n2_bring_view_get_type())
G_DECLARE_FINAL_TYPE(N2BringView, n2_bring_view, N2, BRING_VIEW, GtkWidget)

/*
 * Signals:
 *   ::brought   the identity is here
 *   ::lost      sheet and old address were typed: a new identity is to be made, then
 *               n2_bring_view_end_async() to be called
 */

/** Begins anew.  @name: what this user calls it here (copied). */
void n2_bring_view_begin(N2BringView *self, N2IdentitySource *source, const char *name);

/** A step back inside; FALSE: there is none. */
gboolean n2_bring_view_back(N2BringView *self);

/** Ends the old one in favour of @successor, an address; finish: that of the source. */
void n2_bring_view_end_async(N2BringView *self,
                             const char *successor,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

G_END_DECLS
