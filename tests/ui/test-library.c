/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-library.c - what is found, versions, neighbours, and what is kept.
 *
 * test-library [FOLDER]: with pictures, into FOLDER.
 */
#include <gdk/x11/gdkx.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>

#include "fake-library.h"
#include "model/location.h"
#include "notices.h"
#include "ui.h"

#define BUTTON GTK_ACCESSIBLE_ROLE_BUTTON

static const char *folder; /* NULL: no pictures */
static const char *language = "en";

static GtkWidget *
root(ui *u)
{
    return GTK_WIDGET(u->window);
}

static N2FakeLibrary *
library(ui *u)
{
    return N2_FAKE_LIBRARY(n2_source_peek_library(N2_SOURCE(u->fake)));
}

static gboolean
sees(ui *u, const char *text)
{
    return ui_find_text(root(u), text) != NULL;
}

/* Without a window manager nobody gives the keys to a new window. */
static void
keys(ui *u, const char *command, const char *what)
{
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(u->window));
    g_autofree char *id = g_strdup_printf("%lu", gdk_x11_surface_get_xid(surface));
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) xdotool =
        g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", "windowfocus", "--sync",
                         id, command, what, NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(xdotool, NULL, &error));
    ui_sleep(120);
}

static void
take(const char *name)
{
    g_autofree char *file = g_strdup_printf("%s/%s.png", folder, name);
    g_autoptr(GSubprocess) import = NULL;

    g_mkdir_with_parents(folder, 0755);
    ui_sleep(400);
    import = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, NULL, "import", "-window", "root", file,
                              NULL);
    if (import)
        g_subprocess_wait(import, NULL, NULL);
}

typedef struct {
    const char *name;
    AdwColorScheme colours;
    int percent, width;
} look;

static const look looks[] = {
    {"light", ADW_COLOR_SCHEME_FORCE_LIGHT, 100, 1280},
    {"dark", ADW_COLOR_SCHEME_FORCE_DARK, 100, 1280},
    {"narrow", ADW_COLOR_SCHEME_FORCE_LIGHT, 100, 400},
    {"narrow-dark", ADW_COLOR_SCHEME_FORCE_DARK, 100, 400},
    {"large", ADW_COLOR_SCHEME_FORCE_LIGHT, 200, 1280},
};

static void
put_on(ui *u, const look *l)
{
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), l->colours);
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 96 * 1024 * l->percent / 100, NULL);
    ui_set_width(u, l->width);
}

/* @again: (nullable): opens what another width closed. */
static void
pictures(ui *u, const char *name, void (*again)(ui *u))
{
    gboolean is_german = g_str_equal(language, "de");

    ui_check_names(root(u));
    for (gsize i = 0; folder && i < G_N_ELEMENTS(looks); i++) {
        g_autofree char *file =
            g_strdup_printf("library-%s-%s", name, is_german ? language : looks[i].name);

        put_on(u, &looks[i]);
        if (again)
            again(u);
        take(file);
        if (is_german) /* one is enough */
            break;
    }
    put_on(u, &looks[0]);
}

/* ---- addresses ---- */

static void
test_query_address(void)
{
    static const char *const queries[] = {"",        "chart", "a b", "type:audio \"x # y\"",
                                          "100 % ü", "?q=x"};

    for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autofree char *address = n2_location_dup_search(queries[i]);
        g_autofree char *query = n2_location_dup_query(address);
        g_autofree char *out = NULL;

        g_assert_cmpint(n2_location_read(address, &out, NULL), ==, N2_LOCATION_OWN);
        g_assert_cmpstr(out, ==, address);
        g_assert_cmpstr(query, ==, queries[i]);
    }
    g_assert_null(n2_location_dup_query("net2o://wiki.demo/?q=x"));
    g_assert_null(n2_location_dup_query("net2o://self/search/more"));
    /* What is no text is no query, and breaks nothing. */
    g_autofree char *odd = n2_location_dup_query("net2o://self/search/?q=%ff%fe");
    g_assert_cmpstr(odd, ==, "");
}

/* ---- search ---- */

/* A search is found, opened and read by keyboard alone; what it says is right. */
static void
test_search(void)
{
    ui u;
    GtkWidget *row = NULL;

    ui_set_up(&u, NULL);
    ui_wait_kind(&u, N2_TAB_START);
    keys(&u, "key", "ctrl+shift+f");
    ui_wait_kind(&u, N2_TAB_SEARCH);
    g_assert_true(sees(&u, "type:audio")); /* what may be asked */
    pictures(&u, "search-help", NULL);
    keys(&u, "type", "chart");
    UI_UNTIL(sees(&u, "Harbour chart"));
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://self/search/?q=chart");
    g_assert_true(sees(&u, "what no chart shows"));
    g_assert_true(sees(&u, "Reading the  swell")); /* nothing turns a line around */
    g_assert_false(sees(&u, "nothing leads there"));
    pictures(&u, "search", NULL);

    /* It follows: what is new comes in, and is given up with its view. */
    UI_UNTIL(n2_fake_library_get_n_watched(library(&u)) == 1);
    n2_fake_library_publish(library(&u));
    UI_UNTIL(sees(&u, "New chart.png"));
    UI_UNTIL(n2_fake_library_get_n_watched(library(&u)) == 1);

    keys(&u, "key", "Return"); /* into the list, to the first, one further, open */
    keys(&u, "key", "Down");
    row =
        gtk_widget_get_ancestor(gtk_root_get_focus(GTK_ROOT(u.window)), GTK_TYPE_LIST_BOX_ROW);
    g_assert_nonnull(row);
    g_assert_cmpint(gtk_list_box_row_get_index(GTK_LIST_BOX_ROW(row)), ==, 1);
    keys(&u, "key", "Down");
    keys(&u, "key", "Return");
    ui_wait_title(&u, "Reading the swell");
    UI_UNTIL(n2_fake_library_get_n_watched(library(&u)) == 0);
    keys(&u, "key", "alt+Left"); /* and the search is still there */
    ui_wait_kind(&u, N2_TAB_SEARCH);
    UI_UNTIL(sees(&u, "Harbour chart"));
    ui_tear_down(&u);
}

static GtkWidget *
find_row(GtkWidget *at, const char *part)
{
    GtkWidget *label = ui_find_text(at, part);

    return label ? gtk_widget_get_ancestor(label, GTK_TYPE_LIST_BOX_ROW) : NULL;
}

/* More than one page of answers: it says so, and there is more until there is none. */
static void
test_search_more(void)
{
    ui u;
    const char *more = _("Show More"), *there_is = _("There are more.");

    ui_set_up(&u, "net2o://self/search/?q=many");
    ui_wait_kind(&u, N2_TAB_SEARCH);
    UI_UNTIL(sees(&u, "Place 99"));
    g_assert_true(sees(&u, there_is));
    g_assert_false(sees(&u, "Place 100"));
    ui_click(ui_get(root(&u), BUTTON, more));
    UI_UNTIL(sees(&u, "Place 199"));
    g_assert_true(sees(&u, there_is));
    ui_click(ui_get(root(&u), BUTTON, more));
    UI_UNTIL(sees(&u, "Place 229"));
    UI_UNTIL(!sees(&u, there_is));
    g_assert_null(ui_find(root(&u), BUTTON, more));
    n2_tab_go(ui_tab(&u), "net2o://self/search/?q=chart"); /* the next one begins anew */
    UI_UNTIL(sees(&u, "Harbour chart"));
    n2_tab_go(ui_tab(&u), "net2o://self/search/?q=many");
    UI_UNTIL(sees(&u, "Place 99"));
    g_assert_false(sees(&u, "Place 100"));
    ui_tear_down(&u);
}

static void
on_told_cb(guint *n)
{
    ++*n;
}

/* A search that is watched is told of where nobody looks at it, seen, and given up. */
static void
test_watch(void)
{
    ui u;
    guint n_told = 0;
    GtkWidget *row = NULL;
    N2Watches *watches = NULL;
    g_autofree char *news = g_strdup_printf(ngettext("%u new place", "%u new places", 1), 1);
    g_autofree char *title = g_strdup_printf(_("Found for “%s”"), "chart");
    g_autofree char *no_more = g_strdup_printf(_("Watch “%s” no longer"), "chart");

    ui_notices_begin();
    ui_set_up(&u, "net2o://self/search/?q=chart");
    ui_wait_kind(&u, N2_TAB_SEARCH);
    watches = n2_source_peek_watches(N2_SOURCE(u.fake));
    g_signal_connect_swapped(watches, "found", G_CALLBACK(on_told_cb), &n_told);
    UI_UNTIL(sees(&u, "Harbour chart"));
    ui_click(ui_get(root(&u), BUTTON, _("Watch This Search")));
    g_assert_true(n2_watches_has(watches, "chart"));
    pictures(&u, "watch-this", NULL);
    UI_UNTIL(n2_fake_library_get_n_watched(library(&u)) == 2);
    n2_tab_go(ui_tab(&u), N2_LOCATION_START);
    ui_wait_kind(&u, N2_TAB_START);
    UI_UNTIL(n2_fake_library_get_n_watched(library(&u)) == 1); /* not the view's own */
    g_assert_cmpuint(n_told, ==, 0);
    n2_fake_library_publish(library(&u));
    UI_UNTIL(n_told == 1);
    UI_UNTIL(ui_notices_count() == 1);
    g_assert_cmpstr(ui_notices_peek_title(), ==, title);
    g_assert_cmpstr(ui_notices_peek_body(), ==, news);
    n2_tab_go(ui_tab(&u), N2_LOCATION_SEARCH);
    ui_wait_kind(&u, N2_TAB_SEARCH);
    UI_UNTIL((row = find_row(root(&u), "chart")));
    g_assert_true(sees(&u, news));
    pictures(&u, "watched", NULL);

    row = find_row(root(&u), "chart");
    gtk_widget_activate(row);
    UI_UNTIL(sees(&u, "Harbour chart"));
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://self/search/?q=chart");
    n2_tab_go(ui_tab(&u), N2_LOCATION_SEARCH);
    UI_UNTIL(find_row(root(&u), "chart"));
    g_assert_false(sees(&u, news)); /* seen */
    ui_click(ui_get(root(&u), BUTTON, no_more));
    UI_UNTIL(!sees(&u, _("Watched searches")));
    g_assert_false(n2_watches_has(watches, "chart"));
    UI_UNTIL(n2_fake_library_get_n_watched(library(&u)) == 0);
    g_assert_cmpuint(n_told, ==, 1);
    ui_tear_down(&u);
}

/* Between two runs: queries stay, what changed meanwhile is told, and there is an end to them.
 */
static void
test_watches_file(void)
{
    g_autofree char *dir = g_dir_make_tmp("n2-watches-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "watches", NULL);
    g_autoptr(N2FakeLibrary) fake = n2_fake_library_new();
    guint n_told = 0;

    {
        g_autoptr(N2Watches) watches = n2_watches_new(N2_LIBRARY(fake), path);
        g_assert_true(n2_watches_add(watches, "chart"));
        ui_sleep(100);
        for (guint i = 1; i < N2_WATCHES_MAX; i++) {
            g_autofree char *query = g_strdup_printf("q%u", i);
            g_assert_true(n2_watches_add(watches, query));
        }
        g_assert_false(n2_watches_add(watches, "one too many"));
        g_assert_true(n2_watches_add(watches, "chart")); /* it is there */
        ui_sleep(100);
    }
    n2_fake_library_publish(fake);
    {
        g_autoptr(N2Watches) watches = n2_watches_new(N2_LIBRARY(fake), path);
        g_signal_connect_swapped(watches, "found", G_CALLBACK(on_told_cb), &n_told);
        g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(watches)), ==, N2_WATCHES_MAX);
        UI_UNTIL(n_told == N2_WATCHES_MAX);
        n2_watches_see(watches, "chart");
        n2_watches_remove(watches, "q1");
    }
    g_autoptr(N2Watches) watches = n2_watches_new(N2_LIBRARY(fake), path);
    g_assert_true(n2_watches_has(watches, "chart"));
    g_assert_false(n2_watches_has(watches, "q1"));
    g_signal_connect_swapped(watches, "found", G_CALLBACK(on_told_cb), &n_told);
    ui_sleep(200);
    g_assert_cmpuint(n_told, ==, N2_WATCHES_MAX); /* told once */
    g_unlink(path);
    g_rmdir(dir);
}

static void
test_search_fault(void)
{
    ui u;

    ui_set_up(&u, "net2o://self/search/?q=chart%3A");
    ui_wait_kind(&u, N2_TAB_SEARCH);
    UI_UNTIL(sees(&u, g_str_equal(language, "de") ? "Die Suche ergibt" : "The query makes no"));
    pictures(&u, "search-fault", NULL);
    n2_tab_go(ui_tab(&u), "net2o://self/search/?q=lighthouse");
    ui_wait_kind(&u, N2_TAB_SEARCH);
    UI_UNTIL(sees(&u, _("Nothing was found")));
    pictures(&u, "search-empty", NULL);
    ui_tear_down(&u);
}

static void
type_address(ui *u)
{
    n2_window_edit_address(u->window);
    ui_sleep(200);
    keys(u, "type", "wiki");
}

/* Below an address: recent places, and last a search for what was typed. */
static void
test_suggestions(void)
{
    ui u;

    ui_set_up(&u, "net2o://wiki.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    n2_tab_go(ui_tab(&u), "net2o://charts.demo/");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    type_address(&u);
    g_autofree char *last = g_strdup_printf(_("Search for “%s”"), "wiki");
    UI_UNTIL(sees(&u, last));
    g_assert_true(sees(&u, "wiki.demo"));
    if (folder)
        take("library-suggestions");
    keys(&u, "key", "Down"); /* the recent place */
    keys(&u, "key", "Return");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/");
    n2_window_edit_address(u.window);
    keys(&u, "type", "low chart"); /* no address: it is searched for */
    keys(&u, "key", "Return");
    ui_wait_kind(&u, N2_TAB_SEARCH);
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://self/search/?q=low%20chart");
    n2_window_edit_address(u.window);
    keys(&u, "type", "charts.demo"); /* an address: it is opened */
    keys(&u, "key", "Return");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    n2_window_edit_address(u.window); /* Escape closes, and once more leaves */
    keys(&u, "type", "wiki");
    keys(&u, "key", "Escape");
    g_assert_false(sees(&u, "wiki.demo"));
    keys(&u, "key", "Escape");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    ui_tear_down(&u);
}

/* ---- versions, and what is kept ---- */

static void
test_version_address(void)
{
    static const struct {
        const char *address, *newest; /* NULL: it names no version */
        guint64 number;
    } rows[] = {
        {"net2o://wiki.demo/?version=3", "net2o://wiki.demo/", 3},
        {"net2o://wiki.demo/a/b.md?version=12#part", "net2o://wiki.demo/a/b.md#part", 12},
        {"net2o://wiki.demo/", NULL, 0},
        {"net2o://wiki.demo/?version=", NULL, 0},
        {"net2o://wiki.demo/?other=3", NULL, 0},
        {"net2o://wiki.demo/#?version=3", NULL, 0},
        {"net2o://self/search/?q=version=3", NULL, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *newest = n2_location_dup_newest(rows[i].address);

        g_assert_cmpstr(newest, ==, rows[i].newest);
        g_assert_cmpuint(n2_location_get_version(rows[i].address), ==, rows[i].number);
    }
}

static void
open_info(ui *u)
{
    n2_window_open_info(u->window);
    ui_sleep(300);
}

/* Back to an older version from the page info, and from there to the newest. */
static void
test_versions(void)
{
    ui u;
    const char *bar = g_str_equal(language, "de") ? "Das ist Fassung 2" : "This is version 2";

    ui_set_up(&u, "net2o://wiki.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    g_assert_false(sees(&u, bar));
    open_info(&u);
    UI_UNTIL(find_row(root(&u), "Desk"));
    g_assert_true(sees(&u, _("several devices, joined")));
    pictures(&u, "versions", open_info);
    open_info(&u);
    GtkWidget *two = NULL;
    g_autofree char *title = g_strdup_printf(_("Version %s"), "2");
    ui_click(ui_get(root(&u), BUTTON, _("Show All")));
    UI_UNTIL((two = find_row(root(&u), title)));
    gtk_widget_activate(two);
    UI_UNTIL(sees(&u, bar));
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/?version=2");
    pictures(&u, "version-bar", NULL);
    ui_click(ui_get(root(&u), BUTTON, _("Back to the Newest")));
    UI_UNTIL(!sees(&u, bar));
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/");

    /* The newest stands under the plain address, so that it follows its author. */
    n2_tab_go(ui_tab(&u), "net2o://wiki.demo/?version=2");
    UI_UNTIL(sees(&u, bar));
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    open_info(&u);
    GtkWidget *newest = NULL;
    UI_UNTIL((newest = find_row(root(&u), _("the newest"))));
    gtk_widget_activate(newest);
    UI_UNTIL(!sees(&u, bar));
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://wiki.demo/");
    ui_tear_down(&u);
}

/* Why a place is here, and that it stays. */
static void
test_keep(void)
{
    ui u;
    GtkWidget *toggle = NULL;
    const char *name = _("Keep this folder, with all that is in it");

    ui_set_up(&u, "net2o://wiki.demo/#path-switching");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    open_info(&u);
    UI_UNTIL(sees(&u, _("It was read; it may go when room is needed.")));
    toggle = ui_get(root(&u), GTK_ACCESSIBLE_ROLE_SWITCH, name);
    g_assert_false(gtk_switch_get_active(GTK_SWITCH(toggle)));
    gtk_switch_set_active(GTK_SWITCH(toggle), TRUE);
    UI_UNTIL(sees(&u, _("You wanted it to stay.")));
    g_assert_cmpstr(n2_fake_library_peek_pinned(library(&u)), ==, "net2o://wiki.demo/");
    UI_UNTIL(gtk_switch_get_state(GTK_SWITCH(toggle)));
    gtk_switch_set_active(GTK_SWITCH(toggle), FALSE);
    UI_UNTIL(!sees(&u, _("You wanted it to stay.")));
    g_assert_null(n2_fake_library_peek_pinned(library(&u)));
    ui_tear_down(&u);
}

/* ---- who is around, and who speaks for names ---- */

static void
test_neighbours(void)
{
    ui u;
    GtkWidget *row = NULL;

    ui_set_up(&u, NULL);
    ui_wait_kind(&u, N2_TAB_START);
    UI_UNTIL((row = find_row(root(&u), "harbour")));
    g_assert_true(sees(&u, "k1-bbbbbbbb"));
    g_assert_true(sees(&u, _("There is no way there yet")));
    g_assert_false(gtk_widget_is_sensitive(find_row(root(&u), "k1-cccccccc")));
    pictures(&u, "neighbours", NULL);
    gtk_widget_activate(row);
    UI_UNTIL(g_str_has_prefix(n2_tab_peek_address(ui_tab(&u)), "net2o://k1-aaaa"));
    ui_wait_kind(&u, N2_TAB_ERROR); /* this one has no page */
    n2_fake_library_leave(library(&u));
    n2_tab_go(ui_tab(&u), N2_LOCATION_START);
    ui_wait_kind(&u, N2_TAB_START);
    UI_UNTIL(sees(&u, _("Nobody else is seen here at the moment.")));
    g_assert_false(sees(&u, "harbour"));
    ui_tear_down(&u);
}

/* attack: a zone shows two heads; the user is told without asking. */
static void
test_fraud(void)
{
    ui u;

    ui_set_up(&u, "net2o://charts.demo/");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    g_assert_false(sees(&u, "“demo”"));
    n2_fake_library_cheat(library(&u));
    n2_tab_go(ui_tab(&u), "net2o://wiki.demo/");
    UI_UNTIL(sees(&u, "“demo”"));
    g_assert_false(sees(&u, "“honest”"));
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    pictures(&u, "fraud", NULL);
    ui_tear_down(&u);
}

static gboolean
is_linked(ui *u)
{
    return n2_fake_source_was_linked(u->fake, n2_tab_peek_address(ui_tab(u)));
}

/* What a page leads to in another site is opened as a link: then, when it is loaded anew, and
 * when the user comes back to it; what the user typed is not. */
static void
test_linked(void)
{
    ui u;
    g_autofree char *one = NULL, *two = NULL;

    ui_set_up(&u, "net2o://leads.demo/");
    ui_wait_title(&u, "Leads");
    g_assert_false(is_linked(&u));
    one = ui_script(&u, "document.querySelectorAll('a')[1].click()"); /* the same site */
    ui_wait_title(&u, "More");
    g_assert_false(is_linked(&u));
    n2_tab_move(ui_tab(&u), -1);
    ui_wait_title(&u, "Leads");
    two = ui_script(&u, "document.querySelectorAll('a')[0].click()");
    ui_wait_title(&u, "The next page");
    g_assert_true(is_linked(&u));
    n2_tab_reload(ui_tab(&u));
    ui_wait_title(&u, "The next page");
    g_assert_true(is_linked(&u));
    n2_tab_move(ui_tab(&u), -1);
    ui_wait_title(&u, "Leads");
    g_assert_false(is_linked(&u));
    n2_tab_move(ui_tab(&u), 1);
    ui_wait_title(&u, "The next page");
    g_assert_true(is_linked(&u));
    n2_tab_go(ui_tab(&u), "net2o://wiki.demo/guide/next.md"); /* typed */
    ui_wait_title(&u, "The next page");
    g_assert_false(is_linked(&u));
    /* In a tab of its own, too. */
    n2_tab_go(ui_tab(&u), "net2o://leads.demo/");
    ui_wait_title(&u, "Leads");
    n2_window_follow(u.window, "net2o://wiki.demo/guide/");
    UI_UNTIL(n2_fake_source_was_linked(u.fake, "net2o://wiki.demo/guide/"));
    n2_window_open(u.window, "net2o://wiki.demo/guide/", TRUE);
    UI_UNTIL(!n2_fake_source_was_linked(u.fake, "net2o://wiki.demo/guide/"));
    ui_tear_down(&u);
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (g_getenv("N2_LOCALEDIR")) {
        bindtextdomain(GETTEXT_PACKAGE, g_getenv("N2_LOCALEDIR"));
        bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
        textdomain(GETTEXT_PACKAGE);
        if (g_getenv("LANGUAGE"))
            language = g_getenv("LANGUAGE");
    }
    if (argc > 1 && argv[1][0] != '-')
        folder = argv[1];
    ui_init(&argc, &argv);
    g_test_add_func("/ui/library/query-address", test_query_address);
    g_test_add_func("/ui/library/search", test_search);
    g_test_add_func("/ui/library/search-more", test_search_more);
    g_test_add_func("/ui/library/watch", test_watch);
    g_test_add_func("/ui/library/watches-file", test_watches_file);
    g_test_add_func("/ui/library/search-fault", test_search_fault);
    g_test_add_func("/ui/library/suggestions", test_suggestions);
    g_test_add_func("/ui/library/version-address", test_version_address);
    g_test_add_func("/ui/library/versions", test_versions);
    g_test_add_func("/ui/library/keep", test_keep);
    g_test_add_func("/ui/library/neighbours", test_neighbours);
    g_test_add_func("/ui/library/fraud", test_fraud);
    g_test_add_func("/ui/library/linked", test_linked);
    return g_test_run();
}
