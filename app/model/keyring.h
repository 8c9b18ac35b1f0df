/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring.h - the passphrase of the keys in the keyring of the desktop, if the user wants that.
 *
 * Layer:   app/model (no widgets).
 * Threads: main context; asynchronous.
 * Who is signed in at the desktop can read it there: so can each of his programs.  Kept only
 * where somebody said so; looked up once, when the node says that its keys are locked.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * @profile: folder of the node, "" for the user's own.
 *
 * Finish returns: the end of a pipe for reading, that holds the passphrase, the caller's to
 * close; -1: none is kept, or (with @error set) there is no keyring.
 */
void n2_keyring_look_up_async(const char *profile,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
int n2_keyring_look_up_finish(GAsyncResult *result, GError **error);

/** @passphrase: (transfer none): goes into memory of libsecret's that is locked. */
void n2_keyring_keep_async(const char *profile,
                           const char *passphrase,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean n2_keyring_keep_finish(GAsyncResult *result, GError **error);

/** Nothing kept is no error. */
void n2_keyring_forget_async(const char *profile,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean n2_keyring_forget_finish(GAsyncResult *result, GError **error);

G_END_DECLS
