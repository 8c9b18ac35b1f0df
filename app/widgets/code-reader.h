/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code-reader.h - has the QR code in a picture read by a process that can reach nothing else.
 *
 * Layer:   app/widgets.
 * Threads: main context only.
 * Bounds:  those of code-decode.h, and the process's: memory, time, the length of its answer.
 *
 * Whoever drew the code is not known: its text is judged as one that was typed.
 */
#pragma once

#include <gio/gio.h>

#include "widgets/code-decode.h"

G_BEGIN_DECLS

/**
 * Reads the code in the picture @bytes (kept meanwhile).
 *
 * Ends with N2_ERR_LIMIT (too many bytes or pixels), N2_ERR_FORMAT (no PNG, no JPEG, damaged),
 * N2_ERR_NOTFOUND (no code in it), N2_ERR_IO (the process ended, or is not there),
 * N2_ERR_CANCELLED: all with words of their own.
 */
void n2_code_read_async(GBytes *bytes,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);

/** Returns: (transfer full): the text; NULL with @error. */
GBytes *n2_code_read_finish(GAsyncResult *result, GError **error);

G_END_DECLS
