/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-people.c - whose a place is, whom the user knows, and sites that ask who is there.
 *
 * test-people [FOLDER]: with pictures, into FOLDER.
 */
#include <gdk/x11/gdkx.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>

#include "fake-people.h"
#include "ui.h"
#include "views/add-person.h"
#include "views/sites-page.h"

#define BUTTON GTK_ACCESSIBLE_ROLE_BUTTON

static const char *folder; /* NULL: no pictures */
static const char *language = "en";

static GtkWidget *
root(ui *u)
{
    return GTK_WIDGET(u->window);
}

static N2FakePeople *
people(ui *u)
{
    return N2_FAKE_PEOPLE(n2_source_peek_people(N2_SOURCE(u->fake)));
}

/* Without a window manager nobody gives the keys to a new window. */
static void
key(ui *u, const char *name)
{
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(u->window));
    g_autofree char *id = g_strdup_printf("%lu", gdk_x11_surface_get_xid(surface));
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) xdotool =
        g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", "windowfocus", "--sync",
                         id, "key", name, NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(xdotool, NULL, &error));
    ui_sleep(80);
}

/* As ui_take(), with popovers, which are windows of their own. */
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
    GtkTextDirection direction;
    int percent, width;
} look;

static const look looks[] = {
    {"light", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_LTR, 100, 1280},
    {"dark", ADW_COLOR_SCHEME_FORCE_DARK, GTK_TEXT_DIR_LTR, 100, 1280},
    {"large", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_LTR, 200, 1280},
    {"rtl", ADW_COLOR_SCHEME_FORCE_LIGHT, GTK_TEXT_DIR_RTL, 100, 1280},
    {"narrow", ADW_COLOR_SCHEME_FORCE_DARK, GTK_TEXT_DIR_LTR, 100, 400},
};

static void
put_on(ui *u, const look *l)
{
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), l->colours);
    gtk_widget_set_default_direction(l->direction);
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 96 * 1024 * l->percent / 100, NULL);
    ui_set_width(u, l->width);
}

static void
pictures(ui *u, const char *name)
{
    gboolean is_german = g_str_equal(language, "de");

    ui_check_names(root(u));
    for (gsize i = 0; folder && i < G_N_ELEMENTS(looks); i++) {
        g_autofree char *file =
            g_strdup_printf("people-%s-%s", name, is_german ? language : looks[i].name);

        put_on(u, &looks[i]);
        take(file);
        if (is_german) /* one is enough */
            break;
    }
    put_on(u, &looks[0]);
}

static void
go(ui *u, const char *address, N2TabKind kind)
{
    gtk_window_set_focus(GTK_WINDOW(u->window), NULL); /* as after typing an address */
    n2_tab_go(ui_tab(u), address);
    ui_wait_kind(u, kind);
}

static gboolean
sees(ui *u, const char *text)
{
    return ui_find_text(root(u), text) != NULL;
}

/* The view in front, by its name in style sheets. */
static GtkWidget *
view(ui *u, const char *css_name)
{
    GtkWidget *at = ui_find_text(GTK_WIDGET(ui_tab(u)), "");

    while (at && !g_str_equal(gtk_widget_get_css_name(at), css_name))
        at = gtk_widget_get_parent(at);
    g_assert_nonnull(at);
    return at;
}

/* ---- page info ---- */

static void
test_info(void)
{
    ui u;

    ui_set_up(&u, "net2o://wiki.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    n2_window_open_info(u.window);
    ui_wait_text(&u, g_str_equal(language, "en") ? "Introduced by Ana Sousa, as Bernd P, on"
                                                 : "Ana Sousa");
    ui_wait_text(&u, g_str_equal(language, "en") ? "First seen on" : "2026");
    pictures(&u, "info");
    /* The button leads to what the user says of them. */
    ui_click(ui_get(root(&u), BUTTON, _("What You Say of Them…")));
    ui_wait_kind(&u, N2_TAB_PEOPLE);
    ui_wait_text(&u, N2_FAKE_NORA);
    ui_tear_down(&u);
}

/* A page that calls itself confirmed: its mark is not shown where ours stand. */
static void
test_marks(void)
{
    ui u;

    ui_set_up(&u, "net2o://marks.demo/");
    ui_wait_title(&u, "✔ Confirmed by your bank");
    n2_window_open_info(u.window);
    ui_wait_text(&u, "Confirmed by your bank");
    GtkWidget *bar = ui_find_text(root(&u), "marks.demo");
    while (!GTK_IS_POPOVER(bar))
        bar = gtk_widget_get_parent(bar);
    g_assert_nonnull(ui_find_text(bar, "Confirmed by your bank"));
    g_assert_null(ui_find_text(bar, "✔"));
    gtk_popover_popdown(GTK_POPOVER(bar)); /* it holds the keys of this display */
    ui_sleep(100);
    ui_tear_down(&u);
}

/* ---- warnings ---- */

static void
test_changed(void)
{
    ui u;

    ui_set_up(&u, "net2o://wiki.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    go(&u, "net2o://changed.demo/", N2_TAB_WARNING);
    g_assert_true(sees(&u, N2_FAKE_BEFORE));
    g_assert_true(sees(&u, N2_FAKE_NOW));
    g_assert_null(n2_tab_peek_place(ui_tab(&u))); /* nothing of it is open */
    g_assert_true(gtk_widget_has_focus(ui_get(view(&u, "warnview"), BUTTON, _("Back"))));
    pictures(&u, "changed");
    /* Who only presses Enter is led back. */
    g_assert_false(gtk_widget_is_sensitive(ui_get(root(&u), BUTTON, _("Go On"))));
    key(&u, "Return");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    ui_wait_title(&u, "Topology");
    g_assert_cmpuint(n2_fake_people_count(people(&u), N2_PEOPLE_ACCEPT), ==, 0);
    /* Two different acts, and it is the one that is meant from then on. */
    go(&u, "net2o://changed.demo/", N2_TAB_WARNING);
    gtk_check_button_set_active(
        GTK_CHECK_BUTTON(ui_get(root(&u), GTK_ACCESSIBLE_ROLE_CHECKBOX,
                                _("I asked the owner in another way, and this is right"))),
        TRUE);
    ui_click(ui_get(root(&u), BUTTON, _("Go On")));
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    ui_wait_title(&u, "Changed");
    g_assert_cmpuint(n2_fake_people_count(people(&u), N2_PEOPLE_ACCEPT), ==, 1);
    go(&u, "net2o://wiki.demo/", N2_TAB_DOCUMENT);
    go(&u, "net2o://changed.demo/", N2_TAB_DOCUMENT);
    ui_tear_down(&u);
}

static void
test_ended(void)
{
    ui u;

    ui_set_up(&u, "net2o://ended.demo/");
    ui_wait_kind(&u, N2_TAB_WARNING);
    g_assert_null(ui_find(root(&u), BUTTON, _("Go On"))); /* nothing to be agreed to */
    pictures(&u, "ended");
    ui_click(ui_get(root(&u), BUTTON, _("Open Successor")));
    ui_wait_kind(&u, N2_TAB_ERROR); /* of whom nothing is published here */
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://" N2_FAKE_HEIR "/");
    ui_tear_down(&u);
}

/* Nobody says whose name it is: who goes on is not asked again in this run. */
static void
test_silent(void)
{
    ui u;

    ui_set_up(&u, "net2o://silent.demo/");
    ui_wait_kind(&u, N2_TAB_WARNING);
    g_assert_null(ui_find(root(&u), GTK_ACCESSIBLE_ROLE_CHECKBOX,
                          _("I asked the owner in another way, and this is right")));
    ui_click(ui_get(root(&u), BUTTON, _("Go On")));
    ui_wait_kind(&u, N2_TAB_FOLDER);
    g_assert_cmpuint(n2_fake_people_count(people(&u), N2_PEOPLE_ACCEPT), ==, 0);
    go(&u, "net2o://wiki.demo/", N2_TAB_DOCUMENT);
    go(&u, "net2o://silent.demo/", N2_TAB_FOLDER);
    /* The first place of a tab: back leads to the start. */
    n2_window_open(u.window, "net2o://changed.demo/", FALSE);
    ui_wait_kind(&u, N2_TAB_WARNING);
    key(&u, "Return");
    ui_wait_kind(&u, N2_TAB_START);
    ui_tear_down(&u);
}

/* Does the open page get a picture of its site?  Refused: WebKit has no byte of it. */
static gboolean
gets_picture(ui *u, const char *name)
{
    g_autofree char *script = g_strdup_printf(
        "const i = new Image(); i.src = '%s';"
        "try { await i.decode(); return i.naturalWidth } catch (e) { return 'none' }",
        name);
    g_autofree char *got = ui_script(u, script);

    g_assert_true(g_str_equal(got, "1") || g_str_equal(got, "none"));
    return g_str_equal(got, "1");
}

/* What comes for a page that is open already is judged when it comes; and shown again to who
 * went on with the warning. */
static void
test_turns(void)
{
    ui u;

    ui_set_up(&u, "net2o://turns.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    g_assert_true(gets_picture(&u, "dot.png"));
    n2_fake_people_turn(people(&u));
    g_assert_false(gets_picture(&u, "late.png"));
    n2_tab_reload(ui_tab(&u));
    ui_wait_kind(&u, N2_TAB_WARNING);
    ui_click(ui_get(root(&u), BUTTON, _("Go On")));
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    g_assert_true(gets_picture(&u, "later.png"));
    ui_tear_down(&u);
}

static void
test_mixed(void)
{
    ui u;

    ui_set_up(&u, "net2o://mixed.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    ui_wait_text(&u, _("Cyrillic"));
    pictures(&u, "mixed");
    go(&u, "net2o://wiki.demo/", N2_TAB_DOCUMENT);
    g_assert_false(sees(&u, _("Cyrillic")));
    ui_tear_down(&u);
}

/* ---- people ---- */

static void
choose(ui *u, const char *name)
{
    GtkWidget *row = ui_find_text(root(u), name);

    while (row && !GTK_IS_LIST_BOX_ROW(row))
        row = gtk_widget_get_parent(row);
    g_assert_nonnull(row);
    g_signal_emit_by_name(gtk_widget_get_parent(row), "row-activated", row);
    ui_sleep(100);
}

static GtkWidget *
toggle(ui *u, const char *name)
{
    return ui_get(root(u), GTK_ACCESSIBLE_ROLE_SWITCH, name);
}

static void
test_people(void)
{
    ui u;

    ui_set_up(&u, "net2o://self/people/");
    ui_wait_kind(&u, N2_TAB_PEOPLE);
    ui_wait_text(&u, "mira");
    pictures(&u, "list");
    choose(&u, "nora-hansen");
    ui_wait_text(&u, N2_FAKE_NORA);
    g_assert_true(gtk_switch_get_active(GTK_SWITCH(toggle(&u, _("Met in person")))));
    g_assert_false(gtk_switch_get_active(GTK_SWITCH(toggle(&u, _("May judge programs")))));
    ui_sleep(100);
    pictures(&u, "one");
    gtk_switch_set_active(GTK_SWITCH(toggle(&u, _("May judge programs"))), TRUE);
    UI_UNTIL(n2_fake_people_count(people(&u), N2_PEOPLE_SET) == 1);
    g_assert_true(gtk_switch_get_active(GTK_SWITCH(toggle(&u, _("May judge programs")))));
    /* Signed, and taken back. */
    g_autofree char *vouch = g_strdup_printf(_("Vouch for %s"), "nora-hansen");
    g_autofree char *back = g_strdup_printf(_("Take back your word for %s"), "nora-hansen");
    ui_click(ui_get(root(&u), BUTTON, vouch));
    ui_wait_text(&u, _("You vouch for them"));
    ui_get(root(&u), BUTTON, _("Copy it, for whoever asks you"));
    pictures(&u, "vouched");
    ui_click(ui_get(root(&u), BUTTON, back));
    ui_wait_text(&u, _("Vouch for them"));
    g_assert_cmpuint(n2_fake_people_count(people(&u), N2_PEOPLE_VOUCH), ==, 2);
    g_assert_null(ui_find(root(&u), BUTTON, _("Copy it, for whoever asks you")));
    ui_click(ui_get(root(&u), BUTTON, _("Forget Whom You Met…")));
    ui_answer("forget");
    ui_wait_text(&u, _("Whom you met is forgotten"));
    g_assert_cmpuint(n2_fake_people_count(people(&u), N2_PEOPLE_FORGET_MET), ==, 1);
    /* What fails is said, and the switch is as it was. */
    n2_fake_people_fail(people(&u), "the store is read only", NULL);
    gtk_switch_set_active(GTK_SWITCH(toggle(&u, _("Met in person"))), FALSE);
    ui_wait_text(&u, "the store is read only");
    UI_UNTIL(gtk_switch_get_active(GTK_SWITCH(toggle(&u, _("Met in person")))));
    g_assert_cmpuint(n2_fake_people_count(people(&u), N2_PEOPLE_SET), ==, 2);
    /* Removed, and taken back with all that was said. */
    ui_click(ui_get(root(&u), BUTTON, _("Remove From Your People")));
    UI_UNTIL(!gtk_switch_get_active(GTK_SWITCH(toggle(&u, _("Met in person")))));
    ui_click(ui_get(root(&u), BUTTON, _("Undo")));
    UI_UNTIL(gtk_switch_get_active(GTK_SWITCH(toggle(&u, _("Met in person")))));
    g_assert_true(gtk_switch_get_active(GTK_SWITCH(toggle(&u, _("May introduce others")))));
    UI_UNTIL(!ui_find(root(&u), BUTTON, _("Undo")));
    /* The ended one says so. */
    choose(&u, "mira");
    ui_sleep(100);
    pictures(&u, "gone");
    /* Nobody at all. */
    go(&u, "net2o://self/people/", N2_TAB_PEOPLE);
    n2_fake_people_clear(people(&u));
    ui_wait_text(&u, _("You know nobody yet"));
    pictures(&u, "none");
    ui_tear_down(&u);
}

/* The visible row below @at in which something with this title is typed, or NULL. */
static GtkWidget *
find_entry(GtkWidget *at, const char *title)
{
    GtkWidget *found = NULL;

    if (!gtk_widget_get_mapped(at))
        return NULL;
    if (ADW_IS_ENTRY_ROW(at) &&
        g_str_equal(adw_preferences_row_get_title(ADW_PREFERENCES_ROW(at)), title))
        return at;
    for (GtkWidget *child = gtk_widget_get_first_child(at); child && !found;
         child = gtk_widget_get_next_sibling(child))
        found = find_entry(child, title);
    return found;
}

static void
fill(ui *u, const char *name, const char *text)
{
    GtkWidget *entry = find_entry(root(u), name);

    g_assert_nonnull(entry);
    gtk_editable_set_text(GTK_EDITABLE(entry), text);
    ui_sleep(30);
}

static void
test_add(void)
{
    static const char heir[] = "k1-heirbyaddressaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    g_autofree char *path = NULL;
    g_autoptr(GFile) file = NULL;
    ui u;

    ui_set_up(&u, "net2o://self/people/");
    ui_wait_kind(&u, N2_TAB_PEOPLE);
    ui_click(ui_get(root(&u), BUTTON, _("Add somebody")));
    ui_wait_text(&u, "k1-own"); /* the own one, for them */
    pictures(&u, "add");
    g_assert_false(gtk_widget_is_sensitive(ui_get(root(&u), BUTTON, _("Add"))));
    fill(&u, _("Address or code"), "no address at all");
    fill(&u, _("Your name for them"), "Heir");
    ui_click(ui_get(root(&u), BUTTON, _("Add")));
    ui_wait_text(&u, "nobody of that kind");
    fill(&u, _("Address or code"), heir);
    ui_click(ui_get(root(&u), BUTTON, _("Add")));
    ui_wait_text(&u, heir); /* their page */
    g_assert_cmpuint(n2_fake_people_count(people(&u), N2_PEOPLE_ADD), ==, 2);
    /* By a file. */
    path = g_build_filename(u.folder, "mira.net2o", NULL);
    g_assert_true(g_file_set_contents(path, N2_FAKE_STATEMENTS "\n", -1, NULL));
    file = g_file_new_for_path(path);
    ui_click(ui_get(root(&u), BUTTON, _("Add somebody")));
    fill(&u, _("Your name for them"), " Mira’s  new one");
    GtkWidget *form = find_entry(root(&u), _("Address or code"));
    while (!N2_IS_ADD_PERSON(form))
        form = gtk_widget_get_parent(form);
    n2_add_person_take_file(N2_ADD_PERSON(form), file);
    ui_wait_text(&u, "mira.net2o");
    ui_sleep(100);
    ui_click(ui_get(root(&u), BUTTON, _("Add")));
    ui_wait_text(&u, N2_FAKE_HEIR);
    ui_wait_text(&u, "Mira’s-new-one"); /* one word, which is an address */
    ui_tear_down(&u);
}

/* ---- log-in ---- */

static void
answer_as(ui *u, guint row)
{
    GtkWidget *as =
        ui_get(root(u), GTK_ACCESSIBLE_ROLE_COMBO_BOX, _("What the site sees of you"));

    gtk_drop_down_set_selected(GTK_DROP_DOWN(as), row);
    ui_sleep(50);
}

static void
test_log_in(void)
{
    ui u;

    ui_set_up(&u, "net2o://wiki.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    /* Nobody, as long as nothing else is chosen. */
    n2_fake_people_ask(people(&u), N2_FAKE_NORA, "forum.demo");
    ui_wait_text(&u, "forum.demo");
    ui_sleep(100);
    pictures(&u, "log-in");
    ui_click(ui_get(root(&u), BUTTON, _("Stay Unknown")));
    g_assert_cmpstr(n2_fake_people_answer(people(&u)), ==, "nobody");
    g_assert_null(ui_find(root(&u), BUTTON, _("Stay Unknown")));
    /* A key of this site's own, from now on without asking. */
    n2_fake_people_ask(people(&u), N2_FAKE_NORA, "forum.demo");
    answer_as(&u, 1);
    gtk_check_button_set_active(
        GTK_CHECK_BUTTON(ui_get(root(&u), GTK_ACCESSIBLE_ROLE_CHECKBOX, _("Always here"))),
        TRUE);
    ui_click(ui_get(root(&u), BUTTON, _("Log In")));
    g_assert_cmpstr(n2_fake_people_answer(people(&u)), ==, "account k1-own always");
    /* By name, this once: the box is empty again. */
    n2_fake_people_ask(people(&u), N2_FAKE_NORA, "forum.demo");
    answer_as(&u, 2);
    ui_click(ui_get(root(&u), BUTTON, _("Log In")));
    g_assert_cmpstr(n2_fake_people_answer(people(&u)), ==, "identity k1-own");
    /* Put away, too, it is answered, or the next part of the page asked again. */
    n2_fake_people_ask(people(&u), N2_FAKE_NORA, "forum.demo");
    ui_click(ui_get(root(&u), BUTTON, _("Don’t open it")));
    g_assert_cmpstr(n2_fake_people_answer(people(&u)), ==, "nobody");
    ui_tear_down(&u);
}

/* Who cannot be believed sees nobody; what is over goes away; one bar asks one question. */
static void
test_log_in_bad(void)
{
    g_autoptr(N2LogIn) ask = NULL;
    ui u;

    ui_set_up(&u, "net2o://wiki.demo/");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    n2_fake_people_ask(people(&u), N2_FAKE_NOW, "✔ bank.demo");
    answer_as(&u, 2);
    ui_sleep(200);
    g_assert_nonnull(ui_find(root(&u), BUTTON, _("Stay Unknown")));
    g_assert_false(gtk_widget_is_sensitive(
        ui_get(root(&u), GTK_ACCESSIBLE_ROLE_COMBO_BOX, _("What the site sees of you"))));
    ui_click(ui_get(root(&u), BUTTON, _("Stay Unknown")));
    g_assert_cmpstr(n2_fake_people_answer(people(&u)), ==, "nobody");
    ask = g_object_ref(n2_fake_people_ask(people(&u), N2_FAKE_NORA, "forum.demo"));
    n2_fake_people_ask(people(&u), N2_FAKE_NORA, "other.demo");
    g_assert_cmpstr(n2_fake_people_answer(people(&u)), ==, "refused");
    n2_log_in_close(ask);
    g_assert_null(ui_find(root(&u), BUTTON, _("Stay Unknown")));
    /* With the tab goes its question, and nobody has answered. */
    n2_window_open(u.window, "net2o://charts.demo/", FALSE);
    ui_wait_kind(&u, N2_TAB_FOLDER);
    n2_fake_people_ask(people(&u), N2_FAKE_NORA, "forum.demo");
    g_assert_cmpstr(n2_fake_people_answer(people(&u)), ==, "");
    gtk_widget_activate_action(root(&u), "win.close-tab", NULL);
    UI_UNTIL(g_strcmp0(n2_fake_people_answer(people(&u)), "refused") == 0);
    ui_tear_down(&u);
}

static void
test_sites(void)
{
    g_autoptr(N2FakePeople) fake = n2_fake_people_new();
    GtkWidget *window = adw_preferences_window_new();
    ui u = {.window = (N2Window *)window};

    adw_preferences_window_add(ADW_PREFERENCES_WINDOW(window),
                               ADW_PREFERENCES_PAGE(n2_sites_page_new(N2_PEOPLE_SOURCE(fake))));
    gtk_window_present(GTK_WINDOW(window));
    ui_set_width(&u, 820);
    ui_wait_text(&u, "forum.demo");
    ui_wait_text(&u, "<b>choir</b>.demo"); /* as it is written */
    pictures(&u, "sites");
    g_autofree char *name = g_strdup_printf(_("Forget %s"), "forum.demo");
    ui_click(ui_get(window, BUTTON, name));
    UI_UNTIL(n2_fake_people_count(fake, N2_PEOPLE_FORGET) == 1);
    UI_UNTIL(!ui_find_text(window, "forum.demo"));
    gtk_window_destroy(GTK_WINDOW(window));
    ui_sleep(50);
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (g_getenv("N2_LOCALEDIR")) {
        bindtextdomain(GETTEXT_PACKAGE, g_getenv("N2_LOCALEDIR"));
        bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
        textdomain(GETTEXT_PACKAGE);
    }
    ui_init(&argc, &argv);
    if (argc > 1)
        folder = argv[1];
    if (g_getenv("LANGUAGE"))
        language = g_getenv("LANGUAGE");
    g_test_add_func("/people/info", test_info);
    g_test_add_func("/people/check-marks", test_marks);
    g_test_add_func("/people/changed", test_changed);
    g_test_add_func("/people/ended", test_ended);
    g_test_add_func("/people/silent", test_silent);
    g_test_add_func("/people/turns", test_turns);
    g_test_add_func("/people/mixed", test_mixed);
    g_test_add_func("/people/list", test_people);
    g_test_add_func("/people/add", test_add);
    g_test_add_func("/people/log-in", test_log_in);
    g_test_add_func("/people/log-in-bad", test_log_in_bad);
    g_test_add_func("/people/sites", test_sites);
    return g_test_run();
}
