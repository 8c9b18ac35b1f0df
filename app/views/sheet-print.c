/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sheet-print.c - the recovery sheet on paper.
 *
 * The words come from locked memory and go to the printer; GTK's and the printer's own copies
 * are out of our hands, as is the paper: the sheet says so.
 */
#include "views/sheet-print.h"

#include <glib/gi18n.h>
#include <qrencode.h>
#include <string.h>

#include "model/secret.h"

enum {
    MARGIN_PT = 54,
    QR_PT = 170,
    QUIET_MODULES = 4, /* white round the code, as its standard wants */
    TEXT_PT = 11,
    TITLE_PT = 20,
    WORD_PT = 15,
    ROW_PT = 26
};

typedef struct {
    char *secret; /* owned, locked: the words, a NUL, the QR text */
    const char *code;
    char *name;
    char *address;
} sheet;

static void
sheet_free(gpointer data)
{
    sheet *s = data;

    n2_secret_free(s->secret);
    g_free(s->name);
    g_free(s->address);
    g_free(s);
}

int
n2_sheet_draw_qr(cairo_t *cr, const char *text, double x, double y, double size)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);

    if (!code)
        return 0;
    int width = code->width;
    double module = size / (width + 2 * QUIET_MODULES);
    cairo_save(cr);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_rectangle(cr, x, y, size, size);
    cairo_fill(cr);
    cairo_set_source_rgb(cr, 0, 0, 0);
    for (int row = 0; row < width; row++)
        for (int column = 0; column < width; column++)
            if (code->data[row * width + column] & 1)
                cairo_rectangle(cr, x + (column + QUIET_MODULES) * module,
                                y + (row + QUIET_MODULES) * module, module, module);
    cairo_fill(cr);
    cairo_restore(cr);
    memset(code->data, 0, (size_t)width * (size_t)width);
    QRcode_free(code);
    return width;
}

/* Returns: the place below. */
static double
put(GtkPrintContext *context,
    double x,
    double y,
    double width,
    const char *font,
    const char *text)
{
    cairo_t *cr = gtk_print_context_get_cairo_context(context);
    g_autoptr(PangoLayout) layout = gtk_print_context_create_pango_layout(context);
    PangoFontDescription *description = pango_font_description_from_string(font);
    int height = 0;

    pango_layout_set_font_description(layout, description);
    pango_font_description_free(description);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, text, -1);
    cairo_move_to(cr, x, y);
    pango_cairo_show_layout(cr, layout);
    pango_layout_get_pixel_size(layout, NULL, &height);
    return y + height;
}

static void
put_words(GtkPrintContext *context, const char *words, double y)
{
    g_auto(GStrv) all = g_strsplit(words, " ", N2_SHEET_WORDS_SHOWN);

    for (guint i = 0; all[i]; i++) {
        g_autofree char *row = g_strdup_printf("%2u  %s", i + 1, all[i]);
        guint half = (N2_SHEET_WORDS_SHOWN + 1) / 2;

        put(context, MARGIN_PT + (i < half ? 0 : 150), y + (i % half) * (double)ROW_PT, 150,
            "Monospace 15", row);
        memset(row, 0, strlen(row));
        memset(all[i], 0, strlen(all[i]));
    }
}

static void
on_draw_page_cb(GtkPrintOperation *operation, GtkPrintContext *context, int page, gpointer data)
{
    const sheet *s = data;
    cairo_t *cr = gtk_print_context_get_cairo_context(context);
    double width = gtk_print_context_get_width(context) - 2 * MARGIN_PT;
    g_autofree char *title = g_strdup_printf(_("Recovery sheet of %s"), s->name);
    double y = MARGIN_PT;

    (void)operation;
    (void)page;
    cairo_set_source_rgb(cr, 0, 0, 0);
    y = put(context, MARGIN_PT, y, width, "Sans Bold 20", title) + TITLE_PT;
    y = put(context, MARGIN_PT, y, width, "Sans 11",
            _("If all your tokens and devices are lost or stolen, these words end this "
              "identity and name the one that takes its place. They can do nothing else: they "
              "do not sign in and do not open letters.")) +
        TEXT_PT;
    y = put(context, MARGIN_PT, y, width, "Sans Bold 11",
            _("Who holds this sheet can do that too. Keep it where you keep your passport, and "
              "make no photograph of it.")) +
        2 * TEXT_PT;
    y = put(context, MARGIN_PT, y, width, "Monospace 9", s->address) + TEXT_PT;
    put_words(context, s->secret, y);
    n2_sheet_draw_qr(cr, s->code, MARGIN_PT + width - QR_PT, y, QR_PT);
}

static void
on_begin_print_cb(GtkPrintOperation *operation, GtkPrintContext *context, gpointer data)
{
    (void)context;
    (void)data;
    gtk_print_operation_set_n_pages(operation, 1);
}

GtkPrintOperation *
n2_sheet_print_new(char *secret, const char *name, const char *address)
{
    char *line = strchr(secret, '\n');
    char *end = line ? strchr(line + 1, '\n') : NULL;

    if (!end) {
        n2_secret_free(secret);
        return NULL;
    }
    *line = *end = '\0';
    GtkPrintOperation *operation = gtk_print_operation_new();
    sheet *s = g_new0(sheet, 1);
    s->secret = secret;
    s->code = line + 1;
    s->name = g_strdup(name);
    s->address = g_strdup(address);
    g_object_set_data_full(G_OBJECT(operation), "n2-sheet", s, sheet_free);
    gtk_print_operation_set_unit(operation, GTK_UNIT_POINTS);
    gtk_print_operation_set_job_name(operation, _("Recovery sheet"));
    g_signal_connect(operation, "begin-print", G_CALLBACK(on_begin_print_cb), s);
    g_signal_connect(operation, "draw-page", G_CALLBACK(on_draw_page_cb), s);
    return operation;
}
