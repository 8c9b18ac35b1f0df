/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-people-node.c - whose a place is, people and log-ins over real nodes on loopback.
 *
 * test-people-node NET2OD NET2O SHOTS: the programs, and a folder for pictures.
 */
#include <adwaita.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "nodes.h"
#include "ui.h"
#include "views/security-page.h"

#define BUTTON GTK_ACCESSIBLE_ROLE_BUTTON

static const char *shots;

typedef struct {
    char *folder;             /* owned */
    node here, shop, another; /* the last two publish a page that says their name */
    ui u;                     /* over `here` */
} world;

static GtkWidget *
root(world *w)
{
    return GTK_WIDGET(w->u.window);
}

static void
set_access(node *n, const char *folder, const char *whom)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, nodes_net2o, "--profile",
                         n->profile, "attr", "set", folder, "access", whom, NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(process, NULL, &error));
}

/* Its folder `private` is open to nobody else. */
static void
publish(world *w, node *n, const char *name)
{
    g_autofree char *site = g_build_filename(w->folder, "sites", name, NULL);
    g_autofree char *closed = g_build_filename(site, "private", NULL);
    g_autofree char *page = g_build_filename(site, "index.md", NULL);
    g_autofree char *plan = g_build_filename(closed, "plan.md", NULL);
    g_autofree char *text = g_strdup_printf("# %s\n\nWords.\n", name);

    nodes_start(n, w->folder, name, "udp:127.0.0.1:0");
    g_assert_cmpint(g_mkdir_with_parents(closed, 0755), ==, 0);
    g_assert_true(g_file_set_contents(page, text, -1, NULL));
    g_assert_true(g_file_set_contents(plan, "# The plan\n\nWords.\n", -1, NULL));
    g_autofree char *folder = g_strdup_printf("net2o://%s/private", n->identity);
    nodes_cli(n, "publish", site, NULL, NULL);
    set_access(n, folder, n->identity);
    nodes_cli(&w->here, "peer", "add", n->endpoint, n->identity);
}

static void
set_up(world *w)
{
    *w = (world){.folder = g_dir_make_tmp("n2-people-XXXXXX", NULL)};
    nodes_start(&w->here, w->folder, "here", "udp:127.0.0.1:0");
    publish(w, &w->shop, "shop");
    publish(w, &w->another, "another");
    nodes_cli(&w->here, "name", "set", "shop", w->shop.identity);
    ui_set_up_node(&w->u, w->here.profile, "net2o://shop/");
    ui_wait_title(&w->u, "shop");
}

static void
tear_down(world *w)
{
    ui_tear_down(&w->u);
    nodes_clear(&w->here);
    nodes_clear(&w->shop);
    nodes_clear(&w->another);
    g_free(w->folder);
}

static void
go(world *w, const char *address, N2TabKind kind)
{
    gtk_window_set_focus(GTK_WINDOW(w->u.window), NULL);
    n2_tab_go(ui_tab(&w->u), address);
    ui_wait_kind(&w->u, kind);
}

/* Some other program of the user's, who says nothing, lets the name lead elsewhere. */
static void
set_name(world *w, const char *name, const char *identity)
{
    g_autofree char *address = g_strdup_printf("unix:path=%s/bus", w->here.profile);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) gdbus = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, "gdbus", "call", "--address", address,
        "--dest", "org.net2o.Node", "--object-path", "/org/net2o/Node", "--method",
        "org.net2o.Network1.NameSet", name, identity, NULL);

    g_assert_no_error(error);
    g_assert_true(g_subprocess_wait_check(gdbus, NULL, &error));
}

/* ---- another than before ---- */

static void
test_changed(void)
{
    world w;

    set_up(&w);
    n2_window_open_info(w.u.window);
    ui_wait_text(&w.u, "First seen on");
    ui_take(&w.u, shots, "people-node-info");
    gtk_widget_activate_action(root(&w), "win.edit-address", NULL); /* closes it */
    ui_sleep(100);
    set_name(&w, "shop", w.another.identity);
    go(&w, "net2o://shop/", N2_TAB_WARNING);
    g_assert_nonnull(ui_find_text(root(&w), w.shop.identity));
    g_assert_nonnull(ui_find_text(root(&w), w.another.identity));
    ui_take(&w.u, shots, "people-node-changed");
    gtk_check_button_set_active(
        GTK_CHECK_BUTTON(ui_get(root(&w), GTK_ACCESSIBLE_ROLE_CHECKBOX,
                                "I asked the owner in another way, and this is right")),
        TRUE);
    ui_click(ui_get(root(&w), BUTTON, "Go On"));
    ui_wait_title(&w.u, "another");
    /* It is agreed to, for good. */
    go(&w, "net2o://self/", N2_TAB_START);
    go(&w, "net2o://shop/", N2_TAB_DOCUMENT);
    tear_down(&w);
}

/* ---- people ---- */

static gboolean
is_met(gpointer data)
{
    world *w = data;
    GtkWidget *met = ui_find(root(w), GTK_ACCESSIBLE_ROLE_SWITCH, "Met in person");

    return met && gtk_switch_get_active(GTK_SWITCH(met)) &&
           ui_find_text(root(w), "Met in person on");
}

static void
test_people(void)
{
    world w;
    g_autofree char *address = NULL;

    set_up(&w);
    ui_sleep(200);
    address = g_strconcat("net2o://self/people/", w.shop.identity, NULL);
    go(&w, address, N2_TAB_PEOPLE);
    ui_wait_text(&w.u, "First seen on"); /* who vouches for a stranger */
    gtk_switch_set_active(
        GTK_SWITCH(ui_get(root(&w), GTK_ACCESSIBLE_ROLE_SWITCH, "Met in person")), TRUE);
    ui_wait(is_met, &w, "met in person");
    ui_take(&w.u, shots, "people-node-met");
    /* What another program says of somebody is seen here, too. */
    nodes_cli(&w.here, "id", "contact", w.another.identity, "--met");
    g_autofree char *other = g_strndup(w.another.identity, 11);
    ui_wait_text(&w.u, other);
    ui_click(ui_get(root(&w), BUTTON, "Remove From Your People"));
    ui_wait_text(&w.u, "is no longer among your people.");
    ui_click(ui_get(root(&w), BUTTON, "Undo"));
    ui_wait(is_met, &w, "met again");
    tear_down(&w);
}

/* ---- vouching ---- */

static gboolean
is_met_no_more(gpointer data)
{
    GtkWidget *met = ui_find(root(data), GTK_ACCESSIBLE_ROLE_SWITCH, "Met in person");

    return met && ui_find_text(root(data), "Not met yet");
}

/* Signed and taken back, by the node; and what it remembers of whom it met is forgotten. */
static void
test_vouch(void)
{
    world w;

    set_up(&w);
    g_autofree char *address = g_strconcat("net2o://self/people/", w.shop.identity, NULL);
    go(&w, address, N2_TAB_PEOPLE);
    ui_click(ui_get(root(&w), BUTTON, "Vouch for shop"));
    ui_wait_text(&w.u, "You have signed: “I know that this is shop.”");
    ui_take(&w.u, shots, "people-node-vouched");
    ui_click(ui_get(root(&w), BUTTON, "Take back your word for shop"));
    ui_wait_text(&w.u, "You sign: “I know that this is shop.”");
    ui_wait_text(&w.u, "First seen on");
    ui_click(ui_get(root(&w), BUTTON, "Forget Whom You Met…"));
    ui_answer("cancel");
    ui_sleep(100);
    g_assert_nonnull(ui_find_text(root(&w), "First seen on"));
    ui_click(ui_get(root(&w), BUTTON, "Forget Whom You Met…"));
    ui_answer("forget");
    ui_wait(is_met_no_more, &w, "nobody was met");
    tear_down(&w);
}

/* ---- a device joins by words ---- */

static gboolean
has_words(gpointer data)
{
    (void)data;
    GtkWidget *window = ui_find_window("Add a device");

    return window && ui_find(window, BUTTON, "They Are the Same");
}

static gboolean
has_joined(gpointer data)
{
    (void)data;
    GtkWidget *window = ui_find_window("Add a device");

    return window && ui_find_text(window, "It has joined");
}

static gboolean
has_anna(gpointer data)
{
    return ui_find(GTK_WIDGET(data), BUTTON, "Add a device to anna") != NULL;
}

static gboolean
has_laptop(gpointer data)
{
    return ui_find(GTK_WIDGET(data), BUTTON, "Remove laptop") != NULL;
}

/* What the order of @n prints (transfer full). */
static char *
dup_output(node *n, const char *a, const char *b, const char *c)
{
    char *output = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, nodes_net2o, "--profile",
                         n->profile, "--json", a, b, c, NULL);

    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &output, NULL, NULL));
    return output;
}

/* k1-... in @output (transfer full). */
static char *
dup_identity(const char *output)
{
    g_autoptr(GRegex) identity = g_regex_new("k1-[a-z2-7]{52}", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    g_assert_true(g_regex_match(identity, output, 0, &match));
    return g_match_info_fetch(match, 0);
}

/* The other machine asks to become one of anna's; its user says that the words are the same. */
static GSubprocess *
begin_pairing(node *n, const char *anna)
{
    g_autofree char *with = g_strdup_printf("net2o://%s/", anna);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_autoptr(GError) error = NULL;
    int ends[2];

    g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, &error));
    g_assert_cmpint(write(ends[1], "yes\n", 4), ==, 4);
    close(ends[1]);
    g_subprocess_launcher_take_fd(launcher, ends[0], 3);
    GSubprocess *process = g_subprocess_launcher_spawn(
        launcher, &error, nodes_net2o, "--profile", n->profile, "id", "pair", "--with", with,
        "--name", "laptop", "--words-fd", "3", NULL);
    g_assert_no_error(error);
    return process;
}

static void
test_pair(void)
{
    world w;

    set_up(&w);
    nodes_cli(&w.here, "id", "new", "anna", NULL);
    g_autofree char *shown = dup_output(&w.here, "id", "show", "anna");
    g_autofree char *anna = dup_identity(shown);
    nodes_cli(&w.shop, "peer", "add", w.here.endpoint, anna);
    g_action_group_activate_action(G_ACTION_GROUP(w.u.app), "preferences", NULL);
    GtkWidget *preferences = ui_get_window("Preferences");
    ui_wait(has_anna, preferences, "anna in the preferences");
    ui_click(ui_get(preferences, BUTTON, "Add a device to anna"));
    ui_sleep(100);
    ui_click(ui_get(ui_get_window("Add a device"), BUTTON, "Wait for It"));
    g_autoptr(GSubprocess) laptop = begin_pairing(&w.shop, anna);
    ui_wait(has_words, &w, "the words");
    ui pair = {.window = (N2Window *)ui_find_window("Add a device")};
    ui_take(&pair, shots, "people-node-pair");
    ui_click(ui_get(ui_get_window("Add a device"), BUTTON, "They Are the Same"));
    ui_wait(has_joined, &w, "the other machine");
    g_assert_true(g_subprocess_wait_check(laptop, NULL, NULL));
    ui_click(ui_get(ui_get_window("Add a device"), BUTTON, "Done"));
    /* It is anna there, too; and here stands a key that lies on another device. */
    g_autofree char *there = dup_output(&w.shop, "id", "show", anna);
    g_assert_nonnull(strstr(there, "\"here\": true"));
    ui_wait(has_laptop, preferences, "the other device in the list");
    gtk_window_destroy(GTK_WINDOW(preferences));
    tear_down(&w);
}

/* ---- security ---- */

static GtkWidget *
find_page(GtkWidget *at)
{
    GtkWidget *found = N2_IS_SECURITY_PAGE(at) ? at : NULL;

    for (GtkWidget *child = gtk_widget_get_first_child(at); child && !found;
         child = gtk_widget_get_next_sibling(child))
        found = find_page(child);
    return found;
}

static gboolean
is_screen_known(gpointer data)
{
    GtkWidget *screen =
        ui_find(data, GTK_ACCESSIBLE_ROLE_SWITCH, "Sign out when the screen locks");

    return screen && gtk_widget_is_sensitive(screen);
}

static gboolean
is_screen_free(gpointer data)
{
    world *w = data;
    g_autofree char *said = dup_output(&w->here, "id", "settings", NULL);

    return strstr(said, "\"screen-locked\": false") && strstr(said, "\"hours\": 3");
}

static gboolean
is_sealed(gpointer data)
{
    world *w = data;
    g_autofree char *said = dup_output(&w->here, "id", "show", NULL);

    return strstr(said, "\"passphrase\": true") != NULL && !ui_find_window("Passphrase");
}

static gboolean
is_at_two(gpointer data)
{
    return gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(data)) == 2;
}

/* What is set in the preferences the node keeps, and what another program sets is seen. */
static void
test_security(void)
{
    static const char *const entries[] = {"The new one", "Once more"};
    world w;

    set_up(&w);
    g_action_group_activate_action(G_ACTION_GROUP(w.u.app), "preferences", NULL);
    GtkWidget *preferences = ui_get_window("Preferences");
    adw_preferences_window_set_visible_page(ADW_PREFERENCES_WINDOW(preferences),
                                            ADW_PREFERENCES_PAGE(find_page(preferences)));
    ui_wait(is_screen_known, preferences, "the settings");
    ui pair = {.window = (N2Window *)preferences};
    ui_take(&pair, shots, "people-node-security");
    gtk_switch_set_active(GTK_SWITCH(ui_get(preferences, GTK_ACCESSIBLE_ROLE_SWITCH,
                                            "Sign out when the screen locks")),
                          FALSE);
    GtkWidget *hours = ui_get(preferences, GTK_ACCESSIBLE_ROLE_SPIN_BUTTON, "A sign-in lasts");
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(hours), 3);
    ui_wait(is_screen_free, &w, "the node keeps it");
    nodes_cli(&w.here, "id", "settings", "--hours", "2");
    ui_wait(is_at_two, hours, "what another program set");
    ui_click(ui_get(preferences, BUTTON, "Set a passphrase"));
    ui_sleep(100);
    for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
        gtk_editable_set_text(GTK_EDITABLE(ui_get(ui_get_window("Passphrase"),
                                                  GTK_ACCESSIBLE_ROLE_TEXT_BOX, entries[i])),
                              "harbour lemon quiet amber");
    ui_click(ui_get(ui_get_window("Passphrase"), BUTTON, "Set Passphrase"));
    ui_wait(is_sealed, &w, "the keys are sealed");
    gtk_window_destroy(GTK_WINDOW(preferences));
    tear_down(&w);
}

/* ---- log-in ---- */

/* The account that the site knows us by, as the command line has it (transfer full). */
static char *
dup_account(world *w)
{
    g_autoptr(GRegex) account = g_regex_new("a1-[a-z2-7]{52}", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *output = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, nodes_net2o, "--profile",
                         w->here.profile, "--json", "id", "accounts", NULL);

    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &output, NULL, NULL));
    g_assert_true(g_regex_match(account, output, 0, &match));
    return g_match_info_fetch(match, 0);
}

static gboolean
is_asked(gpointer data)
{
    return ui_find(root(data), GTK_ACCESSIBLE_ROLE_COMBO_BOX, "What the site sees of you") !=
           NULL;
}

static gboolean
is_open(gpointer data)
{
    world *w = data;

    if (n2_tab_get_kind(ui_tab(&w->u)) == N2_TAB_ERROR && !n2_tab_is_loading(ui_tab(&w->u)))
        n2_tab_reload(ui_tab(&w->u));
    return n2_tab_get_kind(ui_tab(&w->u)) == N2_TAB_DOCUMENT &&
           !n2_tab_is_loading(ui_tab(&w->u));
}

static void
test_log_in(void)
{
    static const char plan[] = "net2o://shop/private/plan.md";
    world w;
    g_autofree char *closed = NULL;
    g_autofree char *account = NULL;

    set_up(&w);
    closed = g_strdup_printf("net2o://%s/private", w.shop.identity);
    n2_tab_go(ui_tab(&w.u), plan);
    ui_wait(is_asked, &w, "the site's question");
    ui_wait_text(&w.u, "shop asks who you are");
    ui_sleep(300);
    ui_take(&w.u, shots, "people-node-log-in");
    gtk_drop_down_set_selected(GTK_DROP_DOWN(ui_get(root(&w), GTK_ACCESSIBLE_ROLE_COMBO_BOX,
                                                    "What the site sees of you")),
                               1);
    gtk_check_button_set_active(
        GTK_CHECK_BUTTON(ui_get(root(&w), GTK_ACCESSIBLE_ROLE_CHECKBOX, "Always here")), TRUE);
    ui_click(ui_get(root(&w), BUTTON, "Log In"));
    /* An account that nobody has let in yet: the page says whom to ask. */
    ui_wait_kind(&w.u, N2_TAB_ERROR);
    ui_wait_text(&w.u, "There is nothing for you here");
    ui_wait_text(&w.u, "Ask its owner to let your account in");
    ui_get(root(&w), BUTTON, "Preferences");
    ui_take(&w.u, shots, "people-node-closed");
    account = dup_account(&w);
    set_access(&w.shop, closed, account);
    ui_wait(is_open, &w, "the closed page");
    ui_wait_title(&w.u, "The plan");
    g_assert_false(is_asked(&w)); /* always here */
    tear_down(&w);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_assert_cmpint(argc, >=, 4);
    nodes_net2od = argv[1];
    nodes_net2o = argv[2];
    shots = argv[3];
    g_test_add_func("/people-node/changed", test_changed);
    g_test_add_func("/people-node/people", test_people);
    g_test_add_func("/people-node/vouch", test_vouch);
    g_test_add_func("/people-node/pair", test_pair);
    g_test_add_func("/people-node/security", test_security);
    g_test_add_func("/people-node/log-in", test_log_in);
    return g_test_run();
}
