/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * carry.h - statements that people carry from one device to another: as a picture, by the
 *           clipboard, in a file.  Nothing of it is secret.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

enum {
    N2_CARRY_BYTES_MAX = 1 << 20
};

/** The area draws @code as a QR code, black on white; NULL: nothing (copied). */
void n2_carry_set_picture(GtkDrawingArea *area, const char *code);

/** Asks for a place, and writes @text there; what goes wrong is told by "win.tell". */
void n2_carry_save(GtkWidget *widget, const char *name, const char *text);

/** @text: NULL: none, and @error says why (transfer none). */
typedef void (*N2CarryGot)(GtkWidget *widget, GBytes *text, const GError *error);

/** What the clipboard holds. */
void n2_carry_paste(GtkWidget *widget, N2CarryGot got);

/** What is in a file that the user chooses; nothing is called if none was chosen. */
void n2_carry_open(GtkWidget *widget, N2CarryGot got);

G_END_DECLS
