/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ui.c - what the tests of the browser share.
 */
#include "ui.h"

#include <gdk/x11/gdkx.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PATIENCE_S = 60,
    HEIGHT_PX = 800
};

void
ui_init(int *argc, char ***argv)
{
    gtk_test_init(argc, argv, NULL); /* has read G_DEBUG, and makes warnings fatal by itself */
    g_unsetenv("G_DEBUG");
}

static gboolean
on_late_cb(gpointer user_data)
{
    *(gboolean *)user_data = TRUE;
    return G_SOURCE_CONTINUE;
}

void
ui_wait(ui_cond cond, gpointer data, const char *what)
{
    gboolean is_late = FALSE;
    guint late = g_timeout_add_seconds(PATIENCE_S, on_late_cb, &is_late);
    guint tick = g_timeout_add(20, on_late_cb, &(gboolean){FALSE});

    while (!cond(data) && !is_late)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(tick);
    g_source_remove(late);
    if (is_late)
        g_error("waited in vain: %s", what);
}

gint64
ui_deadline(void)
{
    return g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;
}

static gboolean
on_tick_cb(gpointer user_data)
{
    *(gboolean *)user_data = TRUE;
    return G_SOURCE_REMOVE;
}

void
ui_turn(gint64 deadline_us, const char *what)
{
    gboolean is_over = FALSE;

    if (g_get_monotonic_time() >= deadline_us)
        g_error("waited in vain: %s", what);
    (void)g_timeout_add(20, on_tick_cb, &is_over);
    while (!is_over)
        g_main_context_iteration(NULL, TRUE);
}

static gboolean
is_over(gpointer data)
{
    return g_get_monotonic_time() >= *(gint64 *)data;
}

void
ui_sleep(guint ms)
{
    gint64 end = g_get_monotonic_time() + (gint64)ms * 1000;

    ui_wait(is_over, &end, "time");
}

N2Tab *
ui_tab(ui *u)
{
    return n2_window_peek_tab(u->window);
}

typedef struct {
    ui *u;
    N2TabKind kind;
    const char *title;
} wish;

static gboolean
has_kind(gpointer data)
{
    wish *w = data;
    N2Tab *tab = ui_tab(w->u);

    return tab && n2_tab_get_kind(tab) == w->kind && !n2_tab_is_loading(tab);
}

void
ui_wait_kind(ui *u, N2TabKind kind)
{
    g_autofree char *what = g_strdup_printf("a view of kind %d", kind);

    ui_wait(has_kind, &(wish){.u = u, .kind = kind}, what);
}

static gboolean
has_title(gpointer data)
{
    wish *w = data;
    N2Tab *tab = ui_tab(w->u);
    WebKitWebView *view = tab ? n2_tab_peek_web_view(tab) : NULL;

    return view && !n2_tab_is_loading(tab) && n2_tab_get_kind(tab) == N2_TAB_DOCUMENT &&
           g_strcmp0(webkit_web_view_get_title(view), w->title) == 0;
}

void
ui_wait_title(ui *u, const char *title)
{
    ui_wait(has_title, &(wish){.u = u, .title = title}, title);
}

/* ---- finding ---- */

static gboolean
has_name(GtkWidget *widget, const char *name)
{
    GtkAccessible *accessible = GTK_ACCESSIBLE(widget);
    g_autofree char *wrong = NULL;

    if (gtk_test_accessible_has_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)) {
        wrong =
            gtk_test_accessible_check_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, name);
        return wrong == NULL;
    }
    if (GTK_IS_BUTTON(widget) && gtk_button_get_label(GTK_BUTTON(widget)))
        return g_str_equal(gtk_button_get_label(GTK_BUTTON(widget)), name);
    return GTK_IS_LABEL(widget) && g_str_equal(gtk_label_get_text(GTK_LABEL(widget)), name);
}

GtkWidget *
ui_find(GtkWidget *root, GtkAccessibleRole role, const char *name)
{
    if (!gtk_widget_get_mapped(root))
        return NULL;
    if (gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(root)) == role &&
        has_name(root, name))
        return root;
    for (GtkWidget *child = gtk_widget_get_first_child(root); child;
         child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *found = ui_find(child, role, name);

        if (found)
            return found;
    }
    return NULL;
}

GtkWidget *
ui_get(GtkWidget *root, GtkAccessibleRole role, const char *name)
{
    g_autofree char *what = g_strdup_printf("a widget of role %d called “%s”", role, name);
    GtkWidget *widget = NULL;

    for (gint64 end_us = ui_deadline(); !(widget = ui_find(root, role, name));)
        ui_turn(end_us, what);
    return widget;
}

GtkWidget *
ui_find_window(const char *title)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);
        if (g_strcmp0(gtk_window_get_title(window), title) == 0)
            return GTK_WIDGET(window);
    }
    return NULL;
}

GtkWidget *
ui_get_window(const char *title)
{
    GtkWidget *window = NULL;

    for (gint64 end_us = ui_deadline();
         !(window = ui_find_window(title)) || !gtk_widget_get_mapped(window);)
        ui_turn(end_us, title);
    return window;
}

void
ui_click(GtkWidget *button)
{
    UI_UNTIL(gtk_widget_is_sensitive(button));
    g_signal_emit_by_name(button, "clicked");
}

GtkWidget *
ui_find_stop(GtkWidget *widget, const char *words)
{
    const char *tip = gtk_widget_get_tooltip_text(widget);

    if (GTK_IS_MENU_BUTTON(widget) && gtk_widget_get_mapped(widget) && tip &&
        g_str_has_prefix(tip, words))
        return widget;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *found = ui_find_stop(child, words);
        if (found)
            return found;
    }
    return NULL;
}

GtkWidget *
ui_find_text(GtkWidget *root, const char *part)
{
    if (!gtk_widget_get_mapped(root))
        return NULL;
    if (GTK_IS_LABEL(root) && strstr(gtk_label_get_text(GTK_LABEL(root)), part))
        return root;
    for (GtkWidget *child = gtk_widget_get_first_child(root); child;
         child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *found = ui_find_text(child, part);

        if (found)
            return found;
    }
    return NULL;
}

/* ---- scripts ---- */

typedef struct {
    char *text;
    gboolean is_done;
} answer;

static void
on_script_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    answer *a = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(JSCValue) value = webkit_web_view_call_async_javascript_function_finish(
        WEBKIT_WEB_VIEW(source), result, &error);

    g_assert_no_error(error);
    a->text = jsc_value_to_string(value);
    a->is_done = TRUE;
}

static gboolean
is_answered(gpointer data)
{
    return ((answer *)data)->is_done;
}

char *
ui_script(ui *u, const char *script)
{
    answer a = {0};

    webkit_web_view_call_async_javascript_function(n2_tab_peek_web_view(ui_tab(u)), script, -1,
                                                   NULL, "test", NULL, NULL, on_script_cb, &a);
    ui_wait(is_answered, &a, script);
    return a.text;
}

/* ---- processes ---- */

/* Does @pid descend from this process? */
static gboolean
is_ours(const char *pid)
{
    guint64 at = g_ascii_strtoull(pid, NULL, 10);

    for (int hops = 0; hops < 8 && at > 1; hops++) {
        g_autofree char *path = g_strdup_printf("/proc/%" G_GUINT64_FORMAT "/status", at);
        g_autofree char *text = NULL;
        const char *line = NULL;

        if (at == (guint64)getpid())
            return TRUE;
        if (!g_file_get_contents(path, &text, NULL, NULL) || !(line = strstr(text, "PPid:")))
            return FALSE;
        at = g_ascii_strtoull(line + strlen("PPid:"), NULL, 10);
    }
    return FALSE;
}

guint
ui_count_web_processes(char **pid)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *name = NULL;
    guint n = 0;

    while (proc && (name = g_dir_read_name(proc))) {
        g_autofree char *path = g_strdup_printf("/proc/%s/comm", name);
        g_autofree char *comm = NULL;

        if (!g_ascii_isdigit(name[0]) || !g_file_get_contents(path, &comm, NULL, NULL) ||
            !g_str_has_prefix(comm, "WebKitWebProces") || !is_ours(name))
            continue;
        if (pid && n == 0)
            *pid = g_strdup(name);
        n++;
    }
    return n;
}

typedef struct {
    ui *u;
    const char *text;
} text_wish;

static gboolean
has_text(gpointer data)
{
    text_wish *w = data;

    return ui_find_text(GTK_WIDGET(w->u->window), w->text) != NULL;
}

void
ui_wait_text(ui *u, const char *text)
{
    ui_wait(has_text, &(text_wish){u, text}, text);
}

void
ui_take(ui *u, const char *folder, const char *name)
{
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(u->window));
    g_autofree char *file = g_strdup_printf("%s/%s.png", folder, name);
    g_autofree char *window = g_strdup_printf("0x%lx", gdk_x11_surface_get_xid(surface));
    g_autoptr(GSubprocess) import = NULL;

    g_mkdir_with_parents(folder, 0755);
    ui_sleep(500);
    import = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, NULL, "import", "-window", window, file,
                              NULL);
    if (import)
        g_subprocess_wait(import, NULL, NULL);
}

/* ---- the window ---- */

static gboolean
has_width(gpointer data)
{
    ui *u = data;
    int wanted = 0;
    int height = 0;

    gtk_window_get_default_size(GTK_WINDOW(u->window), &wanted, &height);
    return gtk_widget_get_width(GTK_WIDGET(u->window)) == wanted;
}

/* Without a window manager GTK draws a frame of its own round the window. */
static void
take_frame_off(void)
{
    static GtkCssProvider *css; /* for good */

    if (css)
        return;
    css = gtk_css_provider_new();
    gtk_css_provider_load_from_data(
        css, "window.solid-csd { padding: 0; border: none; margin: 0; box-shadow: none; }", -1);
    gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                               GTK_STYLE_PROVIDER(css), 900);
}

void
ui_set_width(ui *u, int width)
{
    take_frame_off();
    gtk_window_set_default_size(GTK_WINDOW(u->window), width, HEIGHT_PX);
    ui_wait(has_width, u, "the window's width");
}

/* ---- life ---- */

static gboolean
is_shown(gpointer data)
{
    ui *u = data;

    return gtk_widget_get_mapped(GTK_WIDGET(u->window)) && ui_tab(u) &&
           !n2_tab_is_loading(ui_tab(u));
}

static void
set_up(ui *u, const char *profile, N2Source *source, const char *address)
{
    g_autoptr(GError) error = NULL;

    u->app = n2_application_new(profile, source);
    g_application_set_flags(G_APPLICATION(u->app),
                            G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_NON_UNIQUE);
    g_assert_true(g_application_register(G_APPLICATION(u->app), NULL, &error));
    g_assert_no_error(error);
    u->window = n2_application_ensure_window(u->app);
    n2_window_open(u->window, address, FALSE);
    gtk_window_present(GTK_WINDOW(u->window));
    ui_wait(is_shown, u, "the window");
}

void
ui_set_up(ui *u, const char *address)
{
    g_autoptr(GError) error = NULL;

    *u = (ui){.fake = n2_fake_source_new()};
    u->folder = g_dir_make_tmp("n2-ui-XXXXXX", &error);
    g_assert_no_error(error);
    set_up(u, u->folder, N2_SOURCE(g_object_ref(u->fake)), address);
}

void
ui_set_up_node(ui *u, const char *profile, const char *address)
{
    *u = (ui){.folder = g_strdup(profile)};
    set_up(u, profile, NULL, address);
}

static void
remove_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_folder(child);
    }
    g_remove(path);
}

void
ui_tear_down(ui *u)
{
    gtk_window_destroy(GTK_WINDOW(u->window));
    while (g_main_context_pending(NULL))
        g_main_context_iteration(NULL, FALSE);
    g_clear_object(&u->app);
    if (u->fake) /* the profile of a node is not ours */
        remove_folder(u->folder);
    g_clear_object(&u->fake);
    g_clear_pointer(&u->folder, g_free);
}

static gboolean
is_named(GtkWidget *widget)
{
    GtkAccessible *accessible = GTK_ACCESSIBLE(widget);

    return gtk_test_accessible_has_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) ||
           gtk_test_accessible_has_relation(accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY) ||
           (GTK_IS_BUTTON(widget) && gtk_button_get_label(GTK_BUTTON(widget)));
}

guint
ui_check_names(GtkWidget *widget)
{
    guint n = 0;
    GtkWidget *parent = gtk_widget_get_parent(widget);

    if (!gtk_widget_get_mapped(widget))
        return 0;
    if (GTK_IS_BUTTON(widget) || (GTK_IS_TEXT(widget) && !GTK_IS_SEARCH_ENTRY(parent))) {
        gboolean ours = !ADW_IS_TAB_BAR(parent) &&
                        !gtk_widget_get_ancestor(widget, ADW_TYPE_TAB_BAR) &&
                        !gtk_widget_get_ancestor(widget, GTK_TYPE_WINDOW_CONTROLS);

        if (ours && !is_named(widget) && !is_named(parent))
            g_error("a %s below %s has no name", G_OBJECT_TYPE_NAME(widget),
                    G_OBJECT_TYPE_NAME(parent));
        n++;
    }
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        n += ui_check_names(child);
    return n;
}

void
ui_answer(const char *response)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);
        if (ADW_IS_MESSAGE_DIALOG(window)) {
            adw_message_dialog_response(ADW_MESSAGE_DIALOG(window), response);
            gtk_window_destroy(window);
            ui_sleep(50);
            return;
        }
    }
    g_error("no dialogue");
}
