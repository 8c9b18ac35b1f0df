/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-browser.c - the jobs of a browser, over a source in memory: open, follow, go back, find.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "client/error.h"
#include "ui.h"
#include "views/saving.h"

#define BUTTON GTK_ACCESSIBLE_ROLE_BUTTON

static void
act(ui *u, const char *action)
{
    g_assert_true(gtk_widget_activate_action(GTK_WIDGET(u->window), action, NULL));
}

static GtkWidget *
root(ui *u)
{
    return GTK_WIDGET(u->window);
}

static void
test_names(void)
{
    static const struct {
        const char *address;
        N2TabKind kind;
    } places[] = {
        {"net2o://self/", N2_TAB_START},           {"net2o://wiki.demo/", N2_TAB_DOCUMENT},
        {"net2o://charts.demo/", N2_TAB_FOLDER},   {"net2o://slow.demo/", N2_TAB_ERROR},
        {"net2o://self/network/", N2_TAB_NETWORK}, {"net2o://self/files/", N2_TAB_FOLDER},
    };
    ui u;

    ui_set_up(&u, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        n2_tab_go(ui_tab(&u), places[i].address);
        ui_wait_kind(&u, places[i].kind);
        ui_sleep(50);
        g_test_message("%s: %u controls", places[i].address, ui_check_names(root(&u)));
    }
    ui_tear_down(&u);
}

/* ---- start ---- */

static void
test_start(void)
{
    ui u;

    ui_set_up(&u, NULL);
    ui_wait_text(&u, "Connected; 1 of 2 lines work.");
    ui_get(root(&u), BUTTON, "Handbook, handbook.demo");
    GtkWidget *field = ui_get(root(&u), GTK_ACCESSIBLE_ROLE_TEXT_BOX, "Address");
    gtk_editable_set_text(GTK_EDITABLE(field), " wiki.demo ");
    g_signal_emit_by_name(field, "activate");
    ui_wait_title(&u, "Topology");
    act(&u, "win.start");
    ui_wait_kind(&u, N2_TAB_START);
    ui_click(ui_get(root(&u), BUTTON, "Topology, wiki.demo"));
    ui_wait_title(&u, "Topology");
    ui_tear_down(&u);
}

/* ---- pages ---- */

static void
test_page(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_autofree char *text = ui_script(&u, "return document.body.innerText");
    g_assert_nonnull(strstr(text, "net2o assumes a hierarchical topology"));
    g_assert_nonnull(strstr(text, "Path Switching"));
    g_assert_nonnull(strstr(text, "<script>")); /* as text */
    g_autofree char *scripts = ui_script(&u, "return document.scripts.length");
    g_assert_cmpstr(scripts, ==, "0");
    g_autofree char *picture =
        ui_script(&u, "const i = document.images[0]; await i.decode(); return i.naturalWidth");
    g_assert_cmpstr(picture, ==, "1");
    g_autofree char *family =
        ui_script(&u, "return getComputedStyle(document.querySelector('.page')).maxWidth");
    g_assert_cmpstr(family, !=, "none"); /* the style sheet is there */
    g_assert_nonnull(ui_find_text(root(&u), "2 switches, 52 ms"));
    g_assert_true(g_str_has_prefix(gtk_window_get_title(GTK_WINDOW(u.window)), "Topology"));
    ui_tear_down(&u);
}

/* Links and history, over documents, folders, errors and the start page. */
static void
test_history(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_free(ui_script(&u, "window.scrollTo({top: 200, behavior: 'instant'})"));
    g_free(ui_script(&u, "document.querySelector('a[href$=\"next.md\"]').click()"));
    ui_wait_title(&u, "The next page");
    n2_tab_go(ui_tab(&u), "charts.demo");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    n2_tab_go(ui_tab(&u), "wiki.demo/nothing.md");
    ui_wait_kind(&u, N2_TAB_ERROR);
    act(&u, "win.start");
    ui_wait_kind(&u, N2_TAB_START);

    act(&u, "win.back");
    ui_wait_kind(&u, N2_TAB_ERROR);
    act(&u, "win.back");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    act(&u, "win.back");
    ui_wait_title(&u, "The next page");
    act(&u, "win.back");
    ui_wait_title(&u, "Topology");
    ui_sleep(200);
    g_autofree char *scroll = ui_script(&u, "return window.scrollY");
    g_assert_cmpstr(scroll, ==, "200");
    act(&u, "win.forward");
    ui_wait_title(&u, "The next page");
    ui_tear_down(&u);
}

static gboolean
is_scrolled(gpointer data)
{
    g_autofree char *scroll = ui_script(data, "return window.scrollY > 0");

    return g_str_equal(scroll, "true");
}

static void
test_fragment(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    guint n_opened = n2_fake_source_get_n_opened(u.fake);
    g_free(ui_script(&u, "document.querySelector('a[href=\"#path-switching\"]').click()"));
    ui_wait(is_scrolled, &u, "scrolling to the fragment");
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/#path-switching");
    g_assert_cmpuint(n2_fake_source_get_n_opened(u.fake), ==, n_opened); /* not asked again */
    act(&u, "win.back");
    ui_wait_title(&u, "Topology");
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/");
    ui_tear_down(&u);
}

static void
test_outside(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_free(ui_script(&u, "document.querySelector('a[href^=\"http:\"]').click()"));
    ui_wait_text(&u, "This leads to Internet 1.0");
    ui_wait_text(&u, "http://old.example/never");
    ui_get(root(&u), BUTTON, "Copy Address");
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/");
    ui_click(ui_get(GTK_WIDGET(ui_tab(&u)), BUTTON, "Close")); /* not the window's */
    ui_tear_down(&u);
}

/* A page may name any scheme; nobody follows it, and the reader is told. */
static void
test_foreign(void)
{
    ui u;

    ui_set_up(&u, NULL);
    n2_fake_source_set_hostile(u.fake, "# Schemes\n\n[chat](irc://irc.example.org/net2o) "
                                       "[own](x-test:y) [file](file:///etc/passwd)\n");
    n2_tab_go(ui_tab(&u), "net2o://hostile.demo/page.md");
    ui_wait_title(&u, "Schemes");
    g_autofree char *n = ui_script(&u, "return document.querySelectorAll('p a').length");
    g_assert_cmpstr(n, ==, "2"); /* the file is none */
    g_free(ui_script(&u, "document.querySelector('a[href^=irc]').click()"));
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "The browser doesn’t follow this link");
    ui_wait_text(&u, "irc://irc.example.org/net2o");
    ui_get(root(&u), BUTTON, "Copy Address");
    act(&u, "win.back");
    ui_wait_title(&u, "Schemes");
    g_free(ui_script(&u, "document.querySelector('a[href^=x-test]').click()"));
    ui_wait_text(&u, "The browser doesn’t follow this link");
    ui_tear_down(&u);
}

static void
test_find(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    act(&u, "win.find");
    ui_sleep(300);
    GtkWidget *entry = gtk_root_get_focus(GTK_ROOT(u.window));
    g_assert_true(GTK_IS_TEXT(entry));
    gtk_editable_set_text(GTK_EDITABLE(entry), "path field");
    ui_wait_text(&u, "3 places");
    gtk_editable_set_text(GTK_EDITABLE(entry), "unheard-of");
    ui_wait_text(&u, "not found");
    ui_tear_down(&u);
}

static void
test_zoom(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    gtk_widget_activate_action(root(&u), "win.zoom", "i", 1);
    gtk_widget_activate_action(root(&u), "win.zoom", "i", 1);
    g_assert_cmpfloat(webkit_web_view_get_zoom_level(n2_tab_peek_web_view(ui_tab(&u))), ==,
                      1.25);
    gtk_widget_activate_action(root(&u), "win.zoom", "i", 0);
    g_assert_cmpfloat(webkit_web_view_get_zoom_level(n2_tab_peek_web_view(ui_tab(&u))), ==, 1);
    ui_tear_down(&u);
}

static void
test_picture(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo/dot.png");
    ui_wait_title(&u, "dot.png");
    g_autofree char *width =
        ui_script(&u, "const i = document.images[0]; await i.decode(); return i.naturalWidth");
    g_assert_cmpstr(width, ==, "1");
    g_assert_cmpuint(n2_fake_source_get_n_opened(u.fake), ==, 1); /* not fetched twice */
    ui_tear_down(&u);
}

/* ---- folders ---- */

static GtkWidget *
find_type(GtkWidget *widget, GType type)
{
    if (g_type_is_a(G_OBJECT_TYPE(widget), type))
        return widget;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *found = find_type(child, type);

        if (found)
            return found;
    }
    return NULL;
}

static char *
dup_name(GtkColumnView *list, guint position)
{
    g_autoptr(N2Entry) entry =
        g_list_model_get_item(G_LIST_MODEL(gtk_column_view_get_model(list)), position);

    return entry ? g_strdup(entry->name) : NULL;
}

static void
test_folder(void)
{
    ui u;

    ui_set_up(&u, "charts.demo");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    ui_wait_text(&u, "10 items");
    GtkColumnView *list = GTK_COLUMN_VIEW(find_type(root(&u), GTK_TYPE_COLUMN_VIEW));
    g_autofree char *first = dup_name(list, 0);
    g_assert_cmpstr(first, ==, "Photographs"); /* folders first */
    g_autofree char *third = dup_name(list, 2);
    g_assert_cmpstr(third, ==, "fog signals.opus"); /* whatever the case */

    GListModel *columns = gtk_column_view_get_columns(list);
    g_autoptr(GtkColumnViewColumn) size = g_list_model_get_item(columns, 3);
    gtk_column_view_sort_by_column(list, size, GTK_SORT_DESCENDING);
    g_autofree char *largest = dup_name(list, 2);
    g_assert_cmpstr(largest, ==, "Harbour chart 1911.png");

    gtk_selection_model_select_item(gtk_column_view_get_model(list), 2, TRUE);
    ui_wait_text(&u, "Picture, 69 bytes");
    ui_wait_text(&u, "Free to copy");
    ui_click(ui_get(root(&u), BUTTON, "_Open"));
    ui_wait_title(&u, "Harbour chart 1911.png");
    act(&u, "win.back");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    list = GTK_COLUMN_VIEW(find_type(root(&u), GTK_TYPE_COLUMN_VIEW));
    g_signal_emit_by_name(list, "activate", 0u);
    ui_wait_kind(&u, N2_TAB_FOLDER);
    ui_tear_down(&u);
}

static void
test_folder_filter(void)
{
    ui u;

    ui_set_up(&u, "charts.demo");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    GtkColumnView *list = GTK_COLUMN_VIEW(find_type(root(&u), GTK_TYPE_COLUMN_VIEW));
    act(&u, "win.find");
    ui_sleep(300);
    GtkWidget *entry = gtk_root_get_focus(GTK_ROOT(u.window));
    gtk_editable_set_text(GTK_EDITABLE(entry), "HARBOUR");
    ui_sleep(400);
    g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(gtk_column_view_get_model(list))),
                     ==, 2);
    gtk_editable_set_text(GTK_EDITABLE(entry), "zzz");
    ui_wait_text(&u, "Nothing in this folder has such a name.");
    ui_tear_down(&u);
}

static void
test_own_files(void)
{
    ui u;

    ui_set_up(&u, "net2o://self/files/");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    ui_wait_text(&u, "Files that you published");
    ui_wait_text(&u, "notes.txt");
    ui_tear_down(&u);
}

/* ---- waiting ---- */

static void
test_wait_and_stop(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    n2_fake_source_set_delay(u.fake, 2600);
    n2_tab_go(ui_tab(&u), "charts.demo");
    ui_sleep(100);
    g_assert_null(ui_find(root(&u), GTK_ACCESSIBLE_ROLE_PROGRESS_BAR, "Loading"));
    ui_get(root(&u), BUTTON, "Stop");
    ui_sleep(400);
    ui_get(root(&u), GTK_ACCESSIBLE_ROLE_PROGRESS_BAR, "Loading");
    ui_sleep(1700);
    g_assert_nonnull(ui_find_text(root(&u), "Waiting for charts.demo…"));
    act(&u, "win.stop");
    g_assert_false(n2_tab_is_loading(ui_tab(&u)));
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/");
    ui_get(root(&u), BUTTON, "Reload");
    g_assert_null(ui_find_text(root(&u), "Waiting for"));
    ui_sleep(600);
    g_assert_cmpuint(n2_fake_source_get_n_cancelled(u.fake), ==, 1);
    ui_tear_down(&u);
}

/* The last wish counts, whichever answer comes first. */
static void
test_last_wish(void)
{
    ui u;

    ui_set_up(&u, NULL);
    n2_fake_source_set_delay(u.fake, 150);
    n2_tab_go(ui_tab(&u), "charts.demo");
    n2_fake_source_set_delay(u.fake, 50);
    n2_tab_go(ui_tab(&u), "wiki.demo");
    ui_wait_title(&u, "Topology");
    ui_sleep(300);
    g_assert_cmpint(n2_tab_get_kind(ui_tab(&u)), ==, N2_TAB_DOCUMENT);
    ui_tear_down(&u);
}

/* ---- tabs and window ---- */

static void
test_tabs(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    AdwTabView *view = n2_window_peek_tab_view(u.window);
    gtk_widget_activate_action(root(&u), "win.open-in-tab", "s", "charts.demo");
    g_assert_cmpint(adw_tab_view_get_n_pages(view), ==, 2);
    g_assert_cmpint(n2_tab_get_kind(ui_tab(&u)), ==, N2_TAB_DOCUMENT); /* in the background */
    gtk_widget_activate_action(root(&u), "win.select-tab", "i", 2);
    ui_wait_kind(&u, N2_TAB_FOLDER);
    act(&u, "win.close-tab");
    g_assert_cmpint(adw_tab_view_get_n_pages(view), ==, 1);
    act(&u, "win.reopen-tab");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    act(&u, "win.new-tab");
    ui_wait_kind(&u, N2_TAB_START);
    g_assert_cmpint(adw_tab_view_get_n_pages(view), ==, 3);
    ui_tear_down(&u);
}

/* A tab that is closed goes with all it had: view, page, place. */
static void
test_tab_goes(void)
{
    ui u;

    ui_set_up(&u, NULL);
    n2_window_open(u.window, "wiki.demo", FALSE);
    ui_wait_title(&u, "Topology");
    gpointer tab = ui_tab(&u);
    gpointer view = n2_tab_peek_web_view(tab);
    g_object_add_weak_pointer(G_OBJECT(tab), &tab);
    g_object_add_weak_pointer(G_OBJECT(view), &view);
    act(&u, "win.close-tab");
    ui_sleep(800);
    g_assert_null(tab);
    g_assert_null(view);
    ui_tear_down(&u);
}

static void
test_own_files_follow(void)
{
    ui u;

    ui_set_up(&u, "net2o://self/files/");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    guint n = n2_fake_source_get_n_opened(u.fake);
    n2_source_emit_site_changed(N2_SOURCE(u.fake), "net2o://k1-own/");
    ui_sleep(200);
    g_assert_cmpuint(n2_fake_source_get_n_opened(u.fake), ==, n + 1);
    n2_source_emit_site_changed(N2_SOURCE(u.fake), "net2o://wiki.demo/");
    ui_sleep(200);
    ui_tear_down(&u);
}

/* A second tab's page lives in the process of the first. */
static void
test_one_process(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    n2_window_open(u.window, "wiki.demo/guide/next.md", FALSE);
    ui_wait_title(&u, "The next page");
    g_assert_cmpuint(ui_count_web_processes(NULL), ==, 1);
    ui_tear_down(&u);
}

static gboolean
is_narrow(gpointer data)
{
    gboolean narrow = FALSE;

    g_object_get(((ui *)data)->window, "narrow", &narrow, NULL);
    return narrow;
}

static void
test_narrow(void)
{
    ui u;

    ui_set_up(&u, "charts.demo");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    g_assert_nonnull(ui_find_text(root(&u), "Network")); /* the places are seen */
    ui_sleep(300); /* until the screen has settled the first size */
    gtk_window_set_default_size(GTK_WINDOW(u.window), 420, 700);
    ui_wait(is_narrow, &u, "the narrow layout");
    ui_sleep(500);
    ui_get(root(&u), BUTTON, "Back"); /* in the bottom bar */
    g_assert_cmpint(gtk_widget_get_width(root(&u)), <=, 420);
    gtk_window_set_default_size(GTK_WINDOW(u.window), 360, 640);
    ui_sleep(200);
    g_assert_cmpint(gtk_widget_get_width(root(&u)), <=, 360);
    ui_tear_down(&u);
}

/* ---- the node comes and goes ---- */

static void
test_node_vanishes(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    n2_fake_source_set_present(u.fake, FALSE);
    ui_wait_text(&u, "The node on this computer stopped.");
    n2_tab_go(ui_tab(&u), "charts.demo");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "No node answers on this computer");
    ui_wait_text(&u, "net2od --profile");
    n2_fake_source_set_present(u.fake, TRUE);
    ui_wait_kind(&u, N2_TAB_FOLDER); /* by itself */
    ui_sleep(500);
    g_assert_null(ui_find_text(root(&u), "The node on this computer stopped."));
    ui_tear_down(&u);
}

/* ---- saving ---- */

static void
on_saved_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;

    (void)source;
    g_assert_true(n2_saving_copy_finish(result, &error));
    g_assert_no_error(error);
    *(gboolean *)user_data = TRUE;
}

static gboolean
is_true(gpointer data)
{
    return *(gboolean *)data;
}

static void
test_save(void)
{
    ui u;
    gboolean is_saved = FALSE;
    g_autofree char *bytes = NULL;

    ui_set_up(&u, NULL);
    g_autofree char *path = g_build_filename(u.folder, "saved", NULL);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    n2_saving_copy_async(N2_SOURCE(u.fake), "net2o://k1-own/notes.txt", file, NULL, on_saved_cb,
                         &is_saved);
    ui_wait(is_true, &is_saved, "saving");
    g_assert_true(g_file_get_contents(path, &bytes, NULL, NULL));
    g_assert_cmpstr(bytes, ==, "Buy string.\n");
    ui_tear_down(&u);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_test_add_func("/ui/names", test_names);
    g_test_add_func("/ui/start", test_start);
    g_test_add_func("/ui/page", test_page);
    g_test_add_func("/ui/history", test_history);
    g_test_add_func("/ui/fragment", test_fragment);
    g_test_add_func("/ui/outside", test_outside);
    g_test_add_func("/ui/foreign", test_foreign);
    g_test_add_func("/ui/find", test_find);
    g_test_add_func("/ui/zoom", test_zoom);
    g_test_add_func("/ui/picture", test_picture);
    g_test_add_func("/ui/folder/list", test_folder);
    g_test_add_func("/ui/folder/filter", test_folder_filter);
    g_test_add_func("/ui/folder/own", test_own_files);
    g_test_add_func("/ui/wait-and-stop", test_wait_and_stop);
    g_test_add_func("/ui/last-wish", test_last_wish);
    g_test_add_func("/ui/tabs", test_tabs);
    g_test_add_func("/ui/tab-goes", test_tab_goes);
    g_test_add_func("/ui/folder/follows", test_own_files_follow);
    g_test_add_func("/ui/one-process", test_one_process);
    g_test_add_func("/ui/narrow", test_narrow);
    g_test_add_func("/ui/node-vanishes", test_node_vanishes);
    g_test_add_func("/ui/save", test_save);
    return g_test_run();
}
