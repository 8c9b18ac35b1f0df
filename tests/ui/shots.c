/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * shots.c - takes pictures of every view to be looked at: wide and narrow; light, dark, text
 *           at 200 %, from right to left.
 *
 * shots FOLDER [VIEW]: writes VIEW-WIDTH-THEME.png there, of all views or this one.  As a test
 * it asserts that each view comes up and that a picture of it was written.
 */
#include <gdk/x11/gdkx.h>
#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>

#include "ui.h"
#include "widgets/address-bar.h"

typedef struct {
    const char *name;
    const char *address;
    N2TabKind kind;
} shot;

static const shot shots[] = {
    {"start", NULL, N2_TAB_START},
    {"document", "net2o://wiki.demo/", N2_TAB_DOCUMENT},
    {"folder", "net2o://charts.demo/", N2_TAB_FOLDER},
    {"error", "net2o://slow.demo/", N2_TAB_ERROR},
    {"network", "net2o://self/network/", N2_TAB_NETWORK},
    {"file", "net2o://charts.demo/fog%20signals.opus", N2_TAB_FILE},
};

static void
take(ui *u, const char *folder, const char *name, const char *width, const char *theme)
{
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(u->window));
    g_autofree char *file = g_strdup_printf("%s/%s-%s-%s.png", folder, name, width, theme);
    g_autofree char *window = g_strdup_printf("0x%lx", gdk_x11_surface_get_xid(surface));
    const char *command[] = {"import", "-window", strstr(name, "info") ? "root" : window, file,
                             NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) import = NULL;

    ui_sleep(600);
    g_remove(file);
    import = g_subprocess_newv(command, G_SUBPROCESS_FLAGS_NONE, &error);
    g_assert_no_error(error);
    g_subprocess_wait_check(import, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
}

/* Visits that fill the start page with recent places. */
static void
visit(ui *u)
{
    static const char *const addresses[] = {
        "net2o://wiki.demo/guide/next.md", "net2o://charts.demo/",
        "net2o://charts.demo/Reading%20the%20swell.md", "net2o://wiki.demo/"};

    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        n2_tab_go(ui_tab(u), addresses[i]);
        ui_wait_kind(u, g_str_has_suffix(addresses[i], "charts.demo/") ? N2_TAB_FOLDER
                                                                       : N2_TAB_DOCUMENT);
    }
}

static void
select_row(ui *u)
{
    GtkWidget *cell = ui_find_text(GTK_WIDGET(u->window), "Harbour chart");

    while (cell && !GTK_IS_COLUMN_VIEW(cell))
        cell = gtk_widget_get_parent(cell);
    g_assert_nonnull(cell);
    gtk_selection_model_select_item(gtk_column_view_get_model(GTK_COLUMN_VIEW(cell)), 3, TRUE);
}

/* @only: (nullable): this view alone. */
static void
take_all(ui *u, const char *folder, const char *only, const char *width, const char *theme)
{
    for (gsize i = 0; i < G_N_ELEMENTS(shots); i++) {
        if (only && !g_str_equal(only, shots[i].name))
            continue;
        n2_tab_go(ui_tab(u), shots[i].address ? shots[i].address : "net2o://self/");
        ui_wait_kind(u, shots[i].kind);
        if (shots[i].kind == N2_TAB_FOLDER && g_str_equal(width, "wide"))
            select_row(u);
        take(u, folder, shots[i].name, width, theme);
        if (g_str_equal(shots[i].name, "document") && g_str_equal(width, "wide")) {
            n2_window_open_info(u->window);
            take(u, folder, "document-info", width, theme);
            gtk_widget_activate_action(GTK_WIDGET(u->window), "win.edit-address", NULL);
            ui_sleep(100);
        }
    }
}

typedef struct {
    const char *name;
    AdwColorScheme colours;
    GtkTextDirection direction;
    int text_percent;
} theme;

static const theme themes[] = {
    {"light", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_LTR, 100},
    {"dark", ADW_COLOR_SCHEME_FORCE_DARK, GTK_TEXT_DIR_LTR, 100},
    {"large", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_LTR, 200},
    {"rtl", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_RTL, 100},
};

static void
put_on(const theme *t)
{
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), t->colours);
    gtk_widget_set_default_direction(t->direction);
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 96 * 1024 * t->text_percent / 100,
                 NULL);
}

int
main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    const char *only = argc > 2 ? argv[2] : NULL;
    ui u;

    setlocale(LC_ALL, "");
    if (g_getenv("N2_LOCALEDIR")) { /* to look at another language */
        bindtextdomain(GETTEXT_PACKAGE, g_getenv("N2_LOCALEDIR"));
        bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
        textdomain(GETTEXT_PACKAGE);
    }
    gtk_init();
    g_mkdir_with_parents(folder, 0755);
    ui_set_up(&u, NULL);
    visit(&u);
    n2_window_open(u.window, "net2o://wiki.demo/guide/next.md", TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(themes); i++) {
        put_on(&themes[i]);
        ui_set_width(&u, 1280);
        take_all(&u, folder, only, "wide", themes[i].name);
        ui_set_width(&u, 420);
        take_all(&u, folder, only, "narrow", themes[i].name);
    }
    ui_tear_down(&u);
    return 0;
}
