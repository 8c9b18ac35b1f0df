/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * saving.h - asks where to, and writes a file that comes from the network there.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

/**
 * Shows the file chooser, then copies.  How it went is told by the window's action
 * "win.tell" (s), as a toast.
 *
 * @widget: its window is the parent of the file chooser.
 * @name: proposed for the file; foreign text, so only its last part counts.
 */
void
n2_saving_begin(GtkWidget *widget, N2Source *source, const char *address, const char *name);

/**
 * Copies what is at @address into @file, which appears whole or not at all.
 */
void n2_saving_copy_async(N2Source *source,
                          const char *address,
                          GFile *file,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);

/** Returns: FALSE with @error set. */
gboolean n2_saving_copy_finish(GAsyncResult *result, GError **error);

G_END_DECLS
