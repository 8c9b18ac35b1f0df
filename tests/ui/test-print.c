/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-print.c - a page on paper.
 *
 * test-print SHOTS: a folder for the printed page, to be looked at.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "ui.h"
#include "views/document-view.h"

enum {
    MARGIN_ROWS = 20 /* at 30 dots an inch: less than the 20 mm of the style */
};

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

/* Prints what the tab shows: the file, which is kept as SHOTS/@name.pdf. */
static char *
print_page(ui *u, const char *name)
{
    gboolean is_done = FALSE;
    g_autofree char *bytes = NULL;
    gsize len = 0;
    g_autofree char *base = g_strconcat(name, ".pdf", NULL);
    char *file = g_build_filename(shots, base, NULL);
    g_autofree char *whole = g_canonicalize_filename(file, NULL);
    g_autofree char *uri = g_filename_to_uri(whole, NULL, NULL);

    g_mkdir_with_parents(shots, 0755);
    g_unlink(file);
    g_autoptr(GtkPrintSettings) settings = gtk_print_settings_new();
    gtk_print_settings_set_printer(settings, "Print to File");
    gtk_print_settings_set(settings, GTK_PRINT_SETTINGS_OUTPUT_URI, uri);
    gtk_print_settings_set(settings, GTK_PRINT_SETTINGS_OUTPUT_FILE_FORMAT, "pdf");
    g_autoptr(WebKitPrintOperation) print =
        n2_document_view_make_print(n2_tab_peek_web_view(ui_tab(u)));
    webkit_print_operation_set_print_settings(print, settings);
    g_signal_connect_swapped(print, "finished", G_CALLBACK(on_printed_cb), &is_done);
    webkit_print_operation_print(print);
    ui_wait(is_true, &is_done, "the printed page");
    g_assert_true(g_file_get_contents(file, &bytes, &len, NULL));
    g_assert_cmpuint(len, >, 2000);
    g_assert_true(g_str_has_prefix(bytes, "%PDF-"));
    return file;
}

/* What a program makes of a file (transfer full). */
static GBytes *
output_of(const char *const *command)
{
    g_autoptr(GError) error = NULL;
    GBytes *out = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(command, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);

    g_assert_no_error(error);
    g_subprocess_communicate(process, NULL, NULL, &out, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_successful(process));
    return out;
}

/* The words on the paper. */
static char *
words_of(const char *file)
{
    const char *const command[] = {"pdftotext", "-layout", file, "-", NULL};
    g_autoptr(GBytes) out = output_of(command);
    gsize len = 0;
    const char *words = g_bytes_get_data(out, &len);

    return g_strndup(words, len);
}

/* The darkest spot in the margin at the top of the first sheet: 0 (black) to 255 (white). */
static int
margin_of(const char *file)
{
    const char *const command[] = {"pdftoppm", "-gray", "-r", "30", "-f",
                                   "1",        "-l",    "1",  file, NULL};
    g_autoptr(GBytes) out = output_of(command);
    int darkest = 255;
    gsize len = 0;
    const guint8 *image = g_bytes_get_data(out, &len);
    /* "P5\n247 350\n255\n", then a byte a spot */
    g_autofree char *start = g_strndup((const char *)image, MIN(len, 64));
    g_auto(GStrv) lines = g_strsplit(start, "\n", 4);
    g_assert_cmpuint(g_strv_length(lines), ==, 4);
    g_assert_cmpstr(lines[0], ==, "P5");
    g_assert_cmpstr(lines[2], ==, "255");
    gsize head = strlen(lines[0]) + strlen(lines[1]) + strlen(lines[2]) + 3;
    gsize width = g_ascii_strtoull(lines[1], NULL, 10);
    g_assert_cmpuint(width, >, 0);
    g_assert_cmpuint(width * MARGIN_ROWS + head, <, len);
    for (gsize i = 0; i < width * MARGIN_ROWS; i++)
        darkest = MIN(darkest, image[head + i]);
    return darkest;
}

/* The print style: white paper in a dark desktop, where links lead, no contents that only a
 * pointer can use, and nothing folded away. */
static void
test_style(void)
{
    ui u;

    ui_set_up(&u, "print.demo");
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                       ADW_COLOR_SCHEME_FORCE_DARK);
    ui_wait_title(&u, "On paper");
    g_autofree char *file = print_page(&u, "printed-style");
    g_autofree char *words = words_of(file);
    g_test_message("%s", words);
    g_assert_nonnull(strstr(words, "On paper"));
    g_assert_nonnull(strstr(words, "https://print.example/where-it-leads"));
    g_assert_null(strstr(words, "net2o://print.demo/other.md")); /* links inside stay words */
    g_assert_null(strstr(words, "Contents"));
    g_assert_cmpint(margin_of(file), ==, 255);
    g_free(file);
    g_free(words);
    n2_tab_go(ui_tab(&u), "net2o://print.demo/tree.yaml");
    ui_wait_title(&u, "tree.yaml");
    file = print_page(&u, "printed-tree");
    words = words_of(file);
    g_test_message("%s", words);
    g_assert_nonnull(strstr(words, "deep-below-the-fold"));
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                       ADW_COLOR_SCHEME_DEFAULT);
    ui_tear_down(&u);
}

/* A page on paper, as a file, with a text of its own. */
static void
test_print(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_autofree char *file = print_page(&u, "printed");
    g_autofree char *words = words_of(file);
    g_assert_nonnull(strstr(words, "Path Switching"));
    g_assert_nonnull(strstr(words, "http://old.example/never"));
    ui_tear_down(&u);
}

int
main(int argc, char **argv)
{
    shots = argc > 1 ? argv[1] : ".";
    ui_init(&argc, &argv);
    g_test_add_func("/print/file", test_print);
    g_test_add_func("/print/style", test_style);
    return g_test_run();
}
