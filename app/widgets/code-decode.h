/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code-decode.h - the text of a QR code in a picture: the work itself.
 *
 * Layer:  app/widgets; no widget, and no GTK: pictures are done in a process of its own
 *         (app/code-main.c, code-reader.h), frames of a camera in its thread.
 * Bounds: a picture that is larger is refused by its first bytes, before there is room for it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum {
    N2_CODE_BYTES_MAX = 32 << 20,      /* of a picture's file */
    N2_CODE_PIXELS_MAX = 50 * 1000000, /* photographs have 12 to 50 million */
    N2_CODE_TEXT_BYTES_MAX = 8 * 1024  /* no QR code holds more */
};

/** The first byte of what net2o-code answers; the text follows. */
typedef enum {
    N2_CODE_READ = 'r',
    N2_CODE_NONE = 'n',   /* there is no code in it */
    N2_CODE_LARGE = 'l',  /* too many bytes or points */
    N2_CODE_BROKEN = 'b', /* no PNG, no JPEG, or damaged */
} N2CodeResult;

/** Does @bytes begin as a picture that can be read here (PNG, JPEG)? */
gboolean n2_code_is_picture(GBytes *bytes);

/** Makes ready what is loaded with the first picture, while files can be opened. */
void n2_code_prepare(void);

/** @text: (out) (transfer full): of N2_CODE_READ, else NULL. */
N2CodeResult n2_code_decode(GBytes *picture, GBytes **text);

/** @grey: a byte a point, @width * @height of them.  Returns: (transfer full) (nullable). */
GBytes *n2_code_read_grey(const guint8 *grey, guint width, guint height);

G_END_DECLS
