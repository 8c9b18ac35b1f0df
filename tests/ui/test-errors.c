/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-errors.c - every error is a page with words and a way on, in the language it runs in.
 *
 * test-errors SHOTS: a folder for pictures.  With LANGUAGE=de and N2_LOCALEDIR the pages are
 * German, and only what does not depend on English words is tested.
 */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#include "base/err.h"
#include "client/error.h"
#include "model/failure.h"
#include "model/location.h"
#include "render/worker/renderer.h"
#include "ui.h"

#define BUTTON GTK_ACCESSIBLE_ROLE_BUTTON

static const char *shots;
static const char *language;

static GtkWidget *
root(ui *u)
{
    return GTK_WIDGET(u->window);
}

/* ---- words ---- */

static void
check_failure(const N2Failure *f, const char *name)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(f->steps));

    g_test_message("%s: %s", name, f->title);
    g_assert_cmpstr(f->title, !=, "");
    g_assert_cmpstr(f->cause, !=, "");
    g_assert_cmpstr(f->short_words, !=, "");
    g_assert_null(strstr(f->cause, "(null)"));
    g_assert_null(strstr(f->cause, ": ."));
    g_assert_true(g_str_has_prefix(f->handbook, "net2o://handbook.demo/"));
    g_assert_cmpstr(f->handbook_title, !=, "");
    g_assert_cmpuint(n, >, 0);
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2Step) step = g_list_model_get_item(G_LIST_MODEL(f->steps), i);
        g_assert_cmpstr(step->title, !=, "");
        g_assert_true(step->kind == N2_STEP_WATCH || (step->label && *step->label));
    }
}

extern int _nl_msg_cat_cntr; /* gettext's: another value makes it look at LANGUAGE again */

static void
speak(const char *code)
{
    g_setenv("LANGUAGE", code, TRUE);
    _nl_msg_cat_cntr++;
}

typedef N2Failure *(*maker)(int number);

/* The words of one failure; and they are others in German, so no page is half English. */
static void
check_made(maker make, int number, const char *name)
{
    g_autoptr(N2Failure) f = make(number);

    check_failure(f, name);
    if (g_str_equal(language, "en"))
        return;
    speak("en");
    g_autoptr(N2Failure) english = make(number);
    speak(language);
    g_test_message("%s: %s", name, english->title);
    g_assert_cmpstr(f->title, !=, english->title);
    g_assert_cmpstr(f->cause, !=, english->cause);
    g_assert_cmpstr(f->short_words, !=, english->short_words);
    g_assert_cmpstr(f->handbook_title, !=, english->handbook_title);
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(f->steps)); i++) {
        g_autoptr(N2Step) own = g_list_model_get_item(G_LIST_MODEL(f->steps), i);
        g_autoptr(N2Step) other = g_list_model_get_item(G_LIST_MODEL(english->steps), i);
        g_assert_cmpstr(own->title, !=, other->title);
    }
}

#define X(name, value, exit, text) name,
static const n2_err codes[] = {N2_ERR_LIST(X)};
#undef X

/* Each code, with the node there (even numbers) and away (odd ones). */
static N2Failure *
make_code(int number)
{
    g_autoptr(GError) error =
        n2_error_make(codes[number / 2], "net2o://site.demo/a/b.md", NULL, NULL);

    return n2_failure_new("net2o://site.demo/a/b.md", error, number % 2 == 0, NULL);
}

static N2Failure *
make_layout(int reason)
{
    g_autoptr(GError) error = g_error_new_literal(N2_RENDER_ERROR, reason, "words");

    return n2_failure_new("net2o://site.demo/a.md", error, TRUE, NULL);
}

static N2Failure *
make_other(int number)
{
    g_autoptr(GError) open =
        g_error_new_literal(N2_FAILURE_ERROR, N2_FAILURE_UNCONFINED, "words");
    g_autoptr(GError) none = n2_error_make(N2_ERR_NOTFOUND, N2_LOCATION_FILES, NULL, NULL);

    if (number == 0)
        return n2_failure_new_crash("net2o://site.demo/a.md");
    return number == 1 ? n2_failure_new("net2o://site.demo/", open, TRUE, NULL)
                       : n2_failure_new(N2_LOCATION_FILES, none, TRUE, NULL);
}

static void
test_words(void)
{
    static const char *others[] = {"crash", "unconfined", "nothing published"};

    for (int i = 2; i < 2 * (int)G_N_ELEMENTS(codes); i++)
        check_made(make_code, i, n2_err_name(codes[i / 2]));
    for (int reason = 0; reason < N2_RENDER_REASONS; reason++)
        check_made(make_layout, reason, "layout");
    for (int i = 0; i < (int)G_N_ELEMENTS(others); i++)
        check_made(make_other, i, others[i]);
}

/* ---- pages ---- */

typedef struct {
    const char *name;
    const char *address;
} page;

static const page pages[] = {
    {"way", "net2o://slow.demo/"},
    {"other", "net2o://fail.demo/9"},
    {"address", "what is this"},
    {"not-found", "net2o://wiki.demo/guide/nothing.md"},
    {"refused", "net2o://fail.demo/10"},
    {"damaged", "net2o://forged.demo/a.md"},
    {"no-way", "net2o://fail.demo/23"},
    {"full", "net2o://fail.demo/5"},
    {"token", "net2o://fail.demo/19"},
    {"foreign", "irc://irc.example.org/net2o"},
    {"nothing-published", N2_LOCATION_FILES},
};

/* The page is on the screen with all its parts, in light and dark; and a picture of it. */
static void
test_pages(void)
{
    static const AdwColorScheme schemes[] = {ADW_COLOR_SCHEME_FORCE_LIGHT,
                                             ADW_COLOR_SCHEME_FORCE_DARK};
    ui u;

    ui_set_up(&u, NULL);
    n2_fake_source_unpublish(u.fake);
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        n2_tab_go(ui_tab(&u), pages[i].address);
        ui_wait_kind(&u, N2_TAB_ERROR);
        ui_get(root(&u), GTK_ACCESSIBLE_ROLE_LIST, _("What you can do"));
        for (gsize k = 0; k < G_N_ELEMENTS(schemes); k++) {
            g_autofree char *name = g_strdup_printf("error-%s-%s-%s", pages[i].name, language,
                                                    k ? "dark" : "light");
            adw_style_manager_set_color_scheme(adw_style_manager_get_default(), schemes[k]);
            ui_take(&u, shots, name);
        }
    }
    n2_fake_source_set_present(u.fake, FALSE);
    n2_tab_go(ui_tab(&u), "net2o://wiki.demo/");
    ui_wait_text(&u, _("No node answers on this computer"));
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), schemes[0]);
    g_autofree char *name = g_strdup_printf("error-no-node-%s-light", language);
    ui_take(&u, shots, name);
    ui_tear_down(&u);
}

static void
take_light(ui *u, const char *what)
{
    g_autofree char *name = g_strdup_printf("error-%s-%s-light", what, language);

    ui_take(u, shots, name);
}

/* Stopped before anything had arrived. */
static void
test_stopped(void)
{
    ui u;

    ui_set_up(&u, NULL);
    n2_fake_source_set_delay(u.fake, G_MAXUINT / 2);
    n2_tab_stop(n2_window_open(u.window, "net2o://wiki.demo/", FALSE));
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, _("Loading was stopped"));
    take_light(&u, "stopped");
    ui_tear_down(&u);
}

/* A web process that ended. */
static void
test_crash(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    webkit_web_view_terminate_web_process(n2_tab_peek_web_view(ui_tab(&u)));
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, _("The page’s process ended"));
    take_light(&u, "crash");
    ui_tear_down(&u);
}

/* WebKit without its sandbox. */
static void
test_unconfined(void)
{
    ui u;

    if (!g_test_subprocess()) {
        g_setenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1", TRUE);
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_unsetenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS");
        g_test_trap_assert_passed();
        return;
    }
    ui_set_up(&u, "wiki.demo");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, _("Pages would not be confined"));
    take_light(&u, "unconfined");
    ui_tear_down(&u);
}

/* ---- errors ---- */

static void
test_error(void)
{
    ui u;

    ui_set_up(&u, "slow.demo");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "A switch on the way doesn’t answer");
    ui_wait_text(&u, "Switch 3");
    ui_wait_text(&u, "silent");
    ui_wait_text(&u, "way broken");
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==, "net2o://slow.demo/");
    guint n_opened = n2_fake_source_get_n_opened(u.fake);
    ui_click(ui_get(root(&u), BUTTON, "Try Now"));
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_sleep(50);
    g_assert_cmpuint(n2_fake_source_get_n_opened(u.fake), ==, n_opened + 1);
    ui_tear_down(&u);
}

static void
test_error_up(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo/guide/nothing.md");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "There is nothing at this address");
    ui_click(ui_get(root(&u), BUTTON, "Open Folder"));
    ui_wait_kind(&u, N2_TAB_FOLDER);
    ui_wait_text(&u, "next.md");
    ui_tear_down(&u);
}

static void
test_error_address(void)
{
    ui u;

    ui_set_up(&u, "what is this");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "That is no address");
    ui_click(ui_get(root(&u), BUTTON, "Edit Address"));
    ui_sleep(100);
    g_assert_true(GTK_IS_TEXT(gtk_root_get_focus(GTK_ROOT(u.window))));
    ui_tear_down(&u);
}

/* A desktop that keeps the last notification. */
static const char desktop_xml[] =
    "<node><interface name='org.freedesktop.Notifications'><method name='Notify'>"
    "<arg type='s' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='as' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='u' direction='out'/></method></interface></node>";

static char *notified; /* owned */

static void
on_notify_cb(GDBusConnection *bus,
             const char *sender,
             const char *path,
             const char *interface,
             const char *method,
             GVariant *arguments,
             GDBusMethodInvocation *invocation,
             gpointer user_data)
{
    (void)bus;
    (void)sender;
    (void)path;
    (void)interface;
    (void)method;
    (void)user_data;
    g_clear_pointer(&notified, g_free);
    g_variant_get_child(arguments, 3, "s", &notified);
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", 1));
}

static guint
be_desktop(void)
{
    static const GDBusInterfaceVTable calls = {.method_call = on_notify_cb};
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GDBusNodeInfo) info = g_dbus_node_info_new_for_xml(desktop_xml, NULL);
    guint id = g_dbus_connection_register_object(bus, "/org/freedesktop/Notifications",
                                                 info->interfaces[0], &calls, NULL, NULL, NULL);

    g_assert_cmpuint(id, >, 0);
    return g_bus_own_name_on_connection(bus, "org.freedesktop.Notifications",
                                        G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);
}

static gboolean
is_notified(gpointer data)
{
    (void)data;
    return notified != NULL;
}

/* It tries again by itself, and says that it is back. */
static void
test_back(void)
{
    guint id = be_desktop();
    ui u;

    ui_set_up(&u, "slow.demo");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "Next try by itself in ");
    GtkWidget *toggle = ui_get(root(&u), GTK_ACCESSIBLE_ROLE_SWITCH, "Tell me when it’s back");
    gtk_widget_activate(toggle);
    ui_wait_text(&u, "Next try by itself in 1 second");
    n2_fake_source_wake(u.fake);
    ui_wait_title(&u, "Topology");
    ui_wait(is_notified, NULL, "a notification");
    g_assert_cmpstr(notified, ==, "slow.demo is back");
    g_clear_pointer(&notified, g_free);
    ui_tear_down(&u);
    g_bus_unown_name(id);
}

static void
test_links(void)
{
    ui u;

    ui_set_up(&u, "slow.demo");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_click(ui_get(root(&u), BUTTON, "Show on the map"));
    ui_wait_kind(&u, N2_TAB_NETWORK);
    n2_tab_move(ui_tab(&u), -1);
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_click(ui_get(root(&u), BUTTON, "When a way breaks, in the handbook"));
    ui_sleep(100);
    g_assert_cmpstr(n2_tab_peek_address(ui_tab(&u)), ==,
                    "net2o://handbook.demo/troubleshooting.md#a-way-is-broken");
    ui_tear_down(&u);
}

/* ---- a page that can't be laid out ---- */

static char *
renderer_in_place(const char *script)
{
    g_autofree char *folder = g_dir_make_tmp("n2-ui-renderer-XXXXXX", NULL);
    g_autofree char *whole = g_strdup_printf("#!/bin/sh\n%s\n", script);
    char *path = g_build_filename(folder, "renderer", NULL);

    g_assert_true(
        g_file_set_contents_full(path, whole, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    g_setenv("N2_RENDERER", path, TRUE);
    return path;
}

/* The first process breaks off at the page, the next shows it as it is written. */
static void
test_layout(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *here = g_path_get_dirname(self);
    g_autofree char *script = g_strdup_printf(
        "if [ -e \"$0.once\" ]; then exec '%s/../../render/worker/net2o-render'; fi\n"
        ": >\"$0.once\"; head -c1 >/dev/null; kill -SEGV $$",
        here);
    g_autofree char *program = renderer_in_place(script);
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_text(&u, _("This page can’t be laid out"));
    ui_get(root(&u), BUTTON, _("Save…"));
    take_light(&u, "layout");
    ui_click(ui_get(root(&u), BUTTON, _("View Source")));
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    ui_wait_title(&u, "index.md");
    g_autofree char *text = ui_script(&u, "return document.body.innerText");
    g_assert_nonnull(strstr(text, "# Topology"));
    n2_tab_reload(ui_tab(&u));
    ui_wait_title(&u, "Topology"); /* as a page again */
    ui_tear_down(&u);
    g_unsetenv("N2_RENDERER");
    g_autofree char *once = g_strconcat(program, ".once", NULL);
    g_autofree char *folder = g_path_get_dirname(program);
    g_unlink(once);
    g_unlink(program);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (g_getenv("N2_LOCALEDIR"))
        bindtextdomain(GETTEXT_PACKAGE, g_getenv("N2_LOCALEDIR"));
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    shots = g_getenv("N2_SHOTS"); /* a test in a process of its own has no arguments of ours */
    if (!shots)
        shots = argc > 1 ? argv[1] : ".";
    g_setenv("N2_SHOTS", shots, TRUE);
    language = g_strcmp0(g_getenv("LANGUAGE"), "de") == 0 ? "de" : "en";
    ui_init(&argc, &argv);
    if (g_str_equal(language, "de"))
        g_assert_cmpstr(_("Try Now"), ==, "Jetzt versuchen");
    g_test_add_func("/errors/words", test_words);
    g_test_add_func("/errors/pages", test_pages);
    g_test_add_func("/errors/stopped", test_stopped);
    g_test_add_func("/errors/crash", test_crash);
    g_test_add_func("/errors/unconfined", test_unconfined);
    g_test_add_func("/errors/layout", test_layout);
    if (g_str_equal(language, "de"))
        return g_test_run();
    g_test_add_func("/errors/hops", test_error);
    g_test_add_func("/errors/up", test_error_up);
    g_test_add_func("/errors/address", test_error_address);
    g_test_add_func("/errors/back", test_back);
    g_test_add_func("/errors/links", test_links);
    return g_test_run();
}
