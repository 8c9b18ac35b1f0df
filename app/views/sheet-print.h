/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sheet-print.h - the recovery sheet on paper: 13 words, the same as a QR code, and what they
 *                 can do.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

enum {
    N2_SHEET_WORDS_SHOWN = 13
};

/**
 * Makes the print job of a sheet.
 *
 * @secret: (transfer full): from n2_secret_read(): words, newline, QR text; wiped with the job.
 * @name:   of the identity, and @address its k1-..., by which it is ended.
 *
 * Returns: (transfer full): to be run; NULL if @secret is not of that form (wiped then, too).
 */
GtkPrintOperation *n2_sheet_print_new(char *secret, const char *name, const char *address);

/** How many modules a side of the QR code of @text has; 0 if it does not fit into one. */
int n2_sheet_draw_qr(cairo_t *cr, const char *text, double x, double y, double size);

G_END_DECLS
