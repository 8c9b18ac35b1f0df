/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-print.c - a page on paper.
 *
 * test-print SHOTS: a folder for the printed page, to be looked at.
 */
#include <glib/gstdio.h>

#include "ui.h"
#include "views/document-view.h"

static const char *shots;

static void
on_printed_cb(gboolean *is_done)
{
    *is_done = TRUE;
}

static gboolean
is_true(gpointer data)
{
    return *(gboolean *)data;
}

/* A page on paper, as a file: with a text of its own, and in the print style. */
static void
test_print(void)
{
    ui u;
    gboolean is_done = FALSE;
    g_autofree char *bytes = NULL;
    gsize len = 0;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_autofree char *file = g_build_filename(u.folder, "page.pdf", NULL);
    g_autofree char *uri = g_filename_to_uri(file, NULL, NULL);
    g_autoptr(GtkPrintSettings) settings = gtk_print_settings_new();
    gtk_print_settings_set_printer(settings, "Print to File");
    gtk_print_settings_set(settings, GTK_PRINT_SETTINGS_OUTPUT_URI, uri);
    gtk_print_settings_set(settings, GTK_PRINT_SETTINGS_OUTPUT_FILE_FORMAT, "pdf");
    g_autoptr(WebKitPrintOperation) print =
        n2_document_view_make_print(n2_tab_peek_web_view(ui_tab(&u)));
    webkit_print_operation_set_print_settings(print, settings);
    g_signal_connect_swapped(print, "finished", G_CALLBACK(on_printed_cb), &is_done);
    webkit_print_operation_print(print);
    ui_wait(is_true, &is_done, "the printed page");
    g_assert_true(g_file_get_contents(file, &bytes, &len, NULL));
    g_assert_cmpuint(len, >, 2000);
    g_assert_true(g_str_has_prefix(bytes, "%PDF-"));
    g_autofree char *kept = g_build_filename(shots, "printed.pdf", NULL);
    g_mkdir_with_parents(shots, 0755);
    g_assert_true(g_file_set_contents(kept, bytes, (gssize)len, NULL));
    ui_tear_down(&u);
}

int
main(int argc, char **argv)
{
    shots = argc > 1 ? argv[1] : ".";
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/print/file", test_print);
    return g_test_run();
}
