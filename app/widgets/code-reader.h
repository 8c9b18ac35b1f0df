/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code-reader.h - the text of a QR code in a picture.
 *
 * Layer:   app/widgets.
 * Threads: pictures are read in a thread of their own; n2_code_read_grey() works in any.
 * Bounds:  a picture that is larger is refused by its first bytes, before there is room for it.
 *
 * Whoever drew the code is not known: its text is judged as one that was typed.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

enum {
    N2_CODE_BYTES_MAX = 32 << 20,      /* of a picture's file */
    N2_CODE_PIXELS_MAX = 50 * 1000000, /* photographs have 12 to 50 million */
};

/** Does @bytes begin as a picture that can be read here (PNG, JPEG)? */
gboolean n2_code_is_picture(GBytes *bytes);

/**
 * Reads the code in the picture @bytes (kept meanwhile).
 *
 * Ends with N2_ERR_LIMIT (too many bytes or pixels), N2_ERR_FORMAT (no PNG, no JPEG, damaged),
 * N2_ERR_NOTFOUND (no code in it), N2_ERR_CANCELLED: all with words of their own.
 */
void n2_code_read_async(GBytes *bytes,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);

/** Returns: (transfer full): the text; NULL with @error. */
GBytes *n2_code_read_finish(GAsyncResult *result, GError **error);

/** @grey: a byte a point, @width * @height of them.  Returns: (transfer full) (nullable). */
GBytes *n2_code_read_grey(const guint8 *grey, guint width, guint height);

G_END_DECLS
