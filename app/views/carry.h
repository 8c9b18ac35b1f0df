/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * carry.h - statements that people carry from one device to another: as a picture, by the
 *           clipboard, in a file, before a camera.  Nothing of it is secret.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "widgets/camera.h"

G_BEGIN_DECLS

enum {
    N2_CARRY_BYTES_MAX = 1 << 20 /* of text */
};

/** The area draws @code as a QR code, black on white; NULL: nothing (copied). */
void n2_carry_set_picture(GtkDrawingArea *area, const char *code);

/** Asks for a place, and writes @text there; what goes wrong is told by "win.tell". */
void n2_carry_save(GtkWidget *widget, const char *name, const char *text);

/** @text: NULL: none, and @error says why (transfer none). */
typedef void (*N2CarryGot)(GtkWidget *widget, GBytes *text, const GError *error);

/*
 * Text comes from four sides, each as text or as a picture of a code, which is read
 * (widgets/code-reader.h).  @got is called once, unless nothing was chosen; of N2_ERR_LIMIT for
 * what is too large, code-reader.h for pictures, and N2_ERR_IO.
 */

/** What the clipboard holds. */
void n2_carry_paste(GtkWidget *widget, N2CarryGot got);

/** What is in a file that the user chooses; nothing is called if none was chosen. */
void n2_carry_open(GtkWidget *widget, N2CarryGot got);

/** A file that is dropped on @widget, as often as one is. */
void n2_carry_accept(GtkWidget *widget, N2CarryGot got);

/** What the camera sees, in a window over that of @widget, which takes pictures, too.  @camera:
 * (nullable): another one, for tests. */
void n2_carry_scan(GtkWidget *widget, const N2CameraSource *camera, N2CarryGot got);

G_END_DECLS
