/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * assistant.c - the assistant in a window, keys, pictures.
 */
#include "assistant.h"

#include <glib/gi18n.h>
#include <libintl.h>
#include <locale.h>

const char *folder;

GtkWidget *
root(scene *s)
{
    return GTK_WIDGET(s->u.window);
}

static void
on_finished_cb(scene *s)
{
    s->n_finished++;
}

void
open_window(scene *s, GtkWidget *window)
{
    s->u.window = (N2Window *)window;
    gtk_window_present(GTK_WINDOW(window));
    ui_set_width(&s->u, 800);
}

void
set_up(scene *s)
{
    GtkWidget *window = adw_window_new();

    *s = (scene){.fake = n2_fake_identities_new()};
    s->run = n2_first_run_new(N2_IDENTITY_SOURCE(s->fake));
    adw_window_set_content(ADW_WINDOW(window), s->run);
    g_signal_connect_swapped(s->run, "finished", G_CALLBACK(on_finished_cb), s);
    open_window(s, window);
}

void
tear_down(scene *s)
{
    gtk_window_destroy(GTK_WINDOW(s->u.window));
    ui_sleep(50);
    /* Nothing holds on to the source: no order, no ask. */
    g_object_add_weak_pointer(G_OBJECT(s->fake), (gpointer *)&s->fake);
    g_object_unref(s->fake);
    g_assert_null(s->fake);
}

void
wait_for(scene *s, const char *text)
{
    ui_wait_text(&s->u, text);
}

/* ---- what somebody does with the keyboard ---- */

void
key(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) xdotool =
        g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", "key", name, NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(xdotool, NULL, &error));
    ui_sleep(80);
}

void
type(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) xdotool = g_subprocess_new(
        G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", "type", "--delay", "12", text, NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(xdotool, NULL, &error));
    ui_sleep(150);
}

void
pictures(scene *s, const char *name)
{
    static const struct {
        const char *name;
        AdwColorScheme colours;
        GtkTextDirection direction;
        int percent, width;
    } looks[] = {
        {"light", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_LTR, 100, 1280},
        {"dark", ADW_COLOR_SCHEME_FORCE_DARK, GTK_TEXT_DIR_LTR, 100, 1280},
        {"large", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_LTR, 200, 800},
        {"rtl", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_RTL, 100, 800},
        {"narrow", ADW_COLOR_SCHEME_FORCE_DARK, GTK_TEXT_DIR_LTR, 100, 360},
    };
    GtkWidget *focus = gtk_root_get_focus(GTK_ROOT(root(s)));

    ui_check_names(root(s));
    for (gsize i = 0; folder && i <= G_N_ELEMENTS(looks); i++) {
        gsize k = i % G_N_ELEMENTS(looks); /* at last as it was */
        g_autofree char *file = g_strdup_printf("who-%s-%s", name, looks[k].name);
        adw_style_manager_set_color_scheme(adw_style_manager_get_default(), looks[k].colours);
        gtk_widget_set_default_direction(looks[k].direction);
        g_object_set(gtk_settings_get_default(), "gtk-xft-dpi",
                     96 * 1024 * looks[k].percent / 100, NULL);
        ui_set_width(&s->u, looks[k].width);
        if (i < G_N_ELEMENTS(looks))
            ui_take(&s->u, folder, file);
    }
    if (focus)
        gtk_widget_grab_focus(focus);
}

void
give_name(scene *s)
{
    wait_for(s, _("What shall people call you?"));
    type("Nora");
    key("Return");
    wait_for(s, _("Who will you be?"));
}

void
assistant_init(int *argc, char ***argv)
{
    setlocale(LC_ALL, "");
    if (g_getenv("N2_LOCALEDIR")) {
        bindtextdomain(GETTEXT_PACKAGE, g_getenv("N2_LOCALEDIR"));
        bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
        textdomain(GETTEXT_PACKAGE);
    }
    ui_init(argc, argv);
    if (*argc > 1)
        folder = (*argv)[1];
    adw_init();
    gtk_icon_theme_add_resource_path(gtk_icon_theme_get_for_display(gdk_display_get_default()),
                                     "/org/net2o/Browser/icons");
    GtkCssProvider *css = gtk_css_provider_new();
    gtk_css_provider_load_from_resource(css, "/org/net2o/Browser/style.css");
    gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                               GTK_STYLE_PROVIDER(css),
                                               GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
    g_object_unref(css);
}
