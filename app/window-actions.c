/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * window-actions.c - what menus, shortcuts and buttons of a window do.
 */
#include "window-actions.h"

#include <glib/gi18n.h>

#include "model/location.h"

typedef void (*action_func)(N2Window *window, N2Tab *tab, GVariant *target);

/* ---- tab in front ---- */

static void
do_back(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_move(tab, -1);
}

static void
do_forward(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_move(tab, 1);
}

static void
do_reload(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_reload(tab);
}

static void
do_stop(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_stop(tab);
}

static void
do_start(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_go(tab, N2_LOCATION_START);
}

static void
do_find(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_find(tab);
}

static void
do_search(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_go(tab, N2_LOCATION_SEARCH);
}

static void
do_find_next(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_find_next(tab, FALSE);
}

static void
do_find_previous(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_find_next(tab, TRUE);
}

static void
do_zoom(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    n2_tab_zoom(tab, g_variant_get_int32(target));
}

static void
do_print(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_print(tab);
}

static void
do_save(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    (void)target;
    n2_tab_save(tab);
}

/* ---- tabs ---- */

static void
do_new_tab(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    (void)target;
    n2_window_open(window, NULL, FALSE);
}

static void
do_open_in_tab(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    n2_window_open(window, g_variant_get_string(target, NULL), TRUE);
}

static void
do_follow_in_tab(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    n2_window_follow(window, g_variant_get_string(target, NULL));
}

static void
do_close_tab(N2Window *window, N2Tab *tab, GVariant *target)
{
    AdwTabView *view = n2_window_peek_tab_view(window);

    (void)target;
    adw_tab_view_close_page(view, adw_tab_view_get_page(view, GTK_WIDGET(tab)));
}

static void
do_reopen_tab(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    (void)target;
    n2_window_reopen_tab(window);
}

/* Target: 1 to 8 the tab of this number, 9 the last. */
static void
do_select_tab(N2Window *window, N2Tab *tab, GVariant *target)
{
    AdwTabView *view = n2_window_peek_tab_view(window);
    int n = adw_tab_view_get_n_pages(view);
    int i = g_variant_get_int32(target);

    (void)tab;
    i = i == 9 ? n - 1 : i - 1;
    if (i < n)
        adw_tab_view_set_selected_page(view, adw_tab_view_get_nth_page(view, i));
}

/* ---- window ---- */

static void
do_edit_address(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    (void)target;
    n2_window_edit_address(window);
}

/* Target: an address, for the tab in front. */
static void
do_go(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)window;
    n2_tab_go(tab, g_variant_get_string(target, NULL));
}

static void
do_info(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    (void)target;
    n2_window_open_info(window);
}

static void
do_places(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    (void)target;
    n2_window_toggle_places(window);
}

static void
do_fullscreen(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    (void)target;
    if (gtk_window_is_fullscreen(GTK_WINDOW(window)))
        gtk_window_unfullscreen(GTK_WINDOW(window));
    else
        gtk_window_fullscreen(GTK_WINDOW(window));
}

static void
do_copy_text(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(window)),
                           g_variant_get_string(target, NULL));
    n2_window_tell(window, _("Copied"));
}

static void
do_copy_address(N2Window *window, N2Tab *tab, GVariant *target)
{
    const char *address = n2_tab_peek_address(tab);

    (void)target;
    if (!address)
        return;
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(window)), address);
    n2_window_tell(window, _("Address copied"));
}

static void
do_forget(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    (void)target;
    n2_recent_clear(n2_window_peek_recent(window));
    n2_window_tell(window, _("Recent places are forgotten"));
}

static void
do_tell(N2Window *window, N2Tab *tab, GVariant *target)
{
    (void)tab;
    n2_window_tell(window, g_variant_get_string(target, NULL));
}

typedef struct {
    const char *name;
    const char *type; /* of the target, or NULL */
    action_func func;
    const char *keys[4];
    int key_target; /* for the keys, where type is "i" */
} action_row;

/* clang-format off */
static const action_row rows[] = {
    {"win.back",          NULL, do_back,          {"<Alt>Left", "Back"}, 0},
    {"win.forward",       NULL, do_forward,       {"<Alt>Right", "Forward"}, 0},
    {"win.reload",        NULL, do_reload,        {"F5", "<Control>r", "Reload"}, 0},
    {"win.stop",          NULL, do_stop,          {"Escape", "Stop"}, 0},
    {"win.start",         NULL, do_start,         {"<Alt>Home", "HomePage"}, 0},
    {"win.find",          NULL, do_find,          {"<Control>f"}, 0},
    {"win.search",        NULL, do_search,        {"<Control><Shift>f"}, 0},
    {"win.find-next",     NULL, do_find_next,     {"<Control>g"}, 0},
    {"win.find-previous", NULL, do_find_previous, {"<Control><Shift>g"}, 0},
    {"win.zoom",          "i",  do_zoom,          {"<Control>plus", "<Control>equal", "<Control>KP_Add"}, 1},
    {"win.print",         NULL, do_print,         {"<Control>p"}, 0},
    {"win.save",          NULL, do_save,          {"<Control>s"}, 0},
    {"win.new-tab",       NULL, do_new_tab,       {"<Control>t"}, 0},
    {"win.open-in-tab",   "s",  do_open_in_tab,   {NULL}, 0},
    {"win.follow-in-tab", "s",  do_follow_in_tab, {NULL}, 0},
    {"win.close-tab",     NULL, do_close_tab,     {"<Control>w"}, 0},
    {"win.reopen-tab",    NULL, do_reopen_tab,    {"<Control><Shift>t"}, 0},
    {"win.select-tab",    "i",  do_select_tab,    {NULL}, 0},
    {"win.edit-address",  NULL, do_edit_address,  {"<Control>l", "<Alt>d", "F6"}, 0},
    {"win.go",            "s",  do_go,            {NULL}, 0},
    {"win.info",          NULL, do_info,          {"<Control>i"}, 0},
    {"win.places",        NULL, do_places,        {"F9"}, 0},
    {"win.fullscreen",    NULL, do_fullscreen,    {"F11"}, 0},
    {"win.copy-text",     "s",  do_copy_text,     {NULL}, 0},
    {"win.copy-address",  NULL, do_copy_address,  {NULL}, 0},
    {"win.forget",        NULL, do_forget,        {NULL}, 0},
    {"win.tell",          "s",  do_tell,          {NULL}, 0},
};
/* clang-format on */

static void
on_action_cb(GtkWidget *widget, const char *name, GVariant *target)
{
    N2Window *window = N2_WINDOW(widget);
    N2Tab *tab = n2_window_peek_tab(window);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (g_str_equal(rows[i].name, name) && tab) {
            rows[i].func(window, tab, target);
            return;
        }
}

/* A key with an int target, e.g. for zoom. */
static void
add_key(GtkWidgetClass *klass, const char *keys, const char *action, int target)
{
    GtkShortcutTrigger *trigger = gtk_shortcut_trigger_parse_string(keys);
    GtkShortcut *shortcut =
        gtk_shortcut_new_with_arguments(trigger, gtk_named_action_new(action), "i", target);

    gtk_widget_class_add_shortcut(klass, shortcut);
    g_object_unref(shortcut);
}

void
n2_window_actions_install(GtkWidgetClass *klass)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gtk_widget_class_install_action(klass, rows[i].name, rows[i].type, on_action_cb);
        for (gsize k = 0; k < G_N_ELEMENTS(rows[i].keys) && rows[i].keys[k]; k++) {
            GtkShortcut *shortcut = NULL;

            if (rows[i].type) {
                add_key(klass, rows[i].keys[k], rows[i].name, rows[i].key_target);
                continue;
            }
            shortcut = gtk_shortcut_new(gtk_shortcut_trigger_parse_string(rows[i].keys[k]),
                                        gtk_named_action_new(rows[i].name));
            gtk_widget_class_add_shortcut(klass, shortcut);
            g_object_unref(shortcut);
        }
    }
    add_key(klass, "<Control>minus", "win.zoom", -1);
    add_key(klass, "<Control>KP_Subtract", "win.zoom", -1);
    add_key(klass, "<Control>0", "win.zoom", 0);
    add_key(klass, "<Control>KP_0", "win.zoom", 0);
    for (int i = 1; i <= 9; i++) {
        g_autofree char *keys = g_strdup_printf("<Alt>%d", i);

        add_key(klass, keys, "win.select-tab", i);
    }
}

void
n2_window_actions_capture(N2Window *window)
{
    static const struct {
        guint key;
        const char *action;
    } keys[] = {{GDK_KEY_Left, "win.back"}, {GDK_KEY_Right, "win.forward"}};
    GtkEventController *controller = gtk_shortcut_controller_new();

    gtk_event_controller_set_propagation_phase(controller, GTK_PHASE_CAPTURE);
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        gtk_shortcut_controller_add_shortcut(
            GTK_SHORTCUT_CONTROLLER(controller),
            gtk_shortcut_new(gtk_keyval_trigger_new(keys[i].key, GDK_ALT_MASK),
                             gtk_named_action_new(keys[i].action)));
    gtk_widget_add_controller(GTK_WIDGET(window), controller);
}

void
n2_window_actions_update(N2Window *window)
{
    GtkWidget *widget = GTK_WIDGET(window);
    N2Tab *tab = n2_window_peek_tab(window);
    gboolean can_go_back = FALSE;
    gboolean can_go_forward = FALSE;
    N2TabKind kind = tab ? n2_tab_get_kind(tab) : N2_TAB_START;
    N2Place *place = tab ? n2_tab_peek_place(tab) : NULL;

    if (tab)
        g_object_get(n2_tab_peek_history(tab), "can-go-back", &can_go_back, "can-go-forward",
                     &can_go_forward, NULL);
    gtk_widget_action_set_enabled(widget, "win.back", can_go_back);
    gtk_widget_action_set_enabled(widget, "win.forward", can_go_forward);
    gtk_widget_action_set_enabled(widget, "win.stop", tab && n2_tab_is_loading(tab));
    gtk_widget_action_set_enabled(widget, "win.find",
                                  kind == N2_TAB_DOCUMENT || kind == N2_TAB_FOLDER);
    gtk_widget_action_set_enabled(widget, "win.find-next", kind == N2_TAB_DOCUMENT);
    gtk_widget_action_set_enabled(widget, "win.find-previous", kind == N2_TAB_DOCUMENT);
    gtk_widget_action_set_enabled(widget, "win.print", kind == N2_TAB_DOCUMENT);
    gtk_widget_action_set_enabled(widget, "win.save", place && !place->is_directory);
    gtk_widget_action_set_enabled(widget, "win.info", place != NULL);
}
