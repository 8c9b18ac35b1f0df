/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * transfer.h - one file on its way from the node: what it is, and its bytes.
 *
 * Layer:   client (may include: base, and the code generated from ipc's XML).
 * Threads: the stream may be read in any one thread; the rest as N2Client.
 * A transfer that loses its last reference before its end is cancelled in the node.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define N2_TYPE_TRANSFER (n2_transfer_get_type())
G_DECLARE_FINAL_TYPE(N2Transfer, n2_transfer, N2, TRANSFER, GObject)

/*
 * Signals:
 *   ::progress (guint64 done, guint64 total)  at most ten a second
 */

/** What it is: a{sv}, as Files1.Open answers it (transfer none). */
GVariant *n2_transfer_peek_info(N2Transfer *self);

/** Whether the node writes the bytes to the file it was handed, and not to the stream. */
gboolean n2_transfer_is_direct(N2Transfer *self);

/**
 * The verified bytes (transfer none).
 *
 * Reading ends with 0 only after all of `size` bytes; a stream that stops before fails with
 * N2_ERR_CLOSED, and n2_transfer_wait_async() then tells the cause.
 */
GInputStream *n2_transfer_peek_stream(N2Transfer *self);

/** The pipe behind the stream (transfer none), for splice(2); -1: there is nothing to carry. */
int n2_transfer_peek_pipe(N2Transfer *self);

/** Must be told how many bytes were taken from the pipe, 0 for its end; fails as the stream. */
gboolean n2_transfer_took(N2Transfer *self, gsize n, GError **error);

/**
 * Waits for the end as the node sees it: all bytes handed over, or the error that stopped them.
 * May be called before, while and after the stream is read, by several callers.
 */
void n2_transfer_wait_async(N2Transfer *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/** Returns: (transfer full): a{sv} of Files1.Wait, or %NULL with @error set. */
GVariant *n2_transfer_wait_finish(N2Transfer *self, GAsyncResult *result, GError **error);

/** Ends it; the stream fails, waiting fails with N2_ERR_CANCELLED.  More than once is harmless.
 */
void n2_transfer_cancel(N2Transfer *self);

G_END_DECLS
