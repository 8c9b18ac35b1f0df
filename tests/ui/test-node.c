/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-node.c - the browser on a real node: a site that another node published, read over
 * loopback; the other node goes and comes back; one's own is killed in the middle of a page.
 *
 * test-node NET2OD NET2O SHOTS: the programs, and a folder for pictures.  The first two tests
 * need $N2_TESTDATA.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "nodes.h"
#include "ui.h"

static const char *shots;

/* The port on @n's switch behind which @peer is; waits until the line is up (transfer full). */
static char *
dup_label(node *n, node *peer)
{
    g_autoptr(GRegex) port = g_regex_new("\"port\": (\\d+)", 0, 0, NULL);

    for (int tries = 0; tries < 50; tries++) {
        g_autofree char *output = NULL;
        g_autoptr(GSubprocess) process =
            g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, nodes_net2o, "--profile",
                             n->profile, "--json", "peer", "list", NULL);

        g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &output, NULL, NULL));
        g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
        for (gsize i = 0; lines[i]; i++) {
            g_autoptr(GMatchInfo) match = NULL;

            if (strstr(lines[i], peer->endpoint) && strstr(lines[i], "\"up\"") &&
                g_regex_match(port, lines[i], 0, &match)) {
                g_autofree char *number = g_match_info_fetch(match, 1);

                return g_strconcat(number, "/4", NULL);
            }
        }
        ui_sleep(100);
    }
    g_error("the line does not come up");
}

/* Every word of a page's source that markup doesn't touch is on the screen. */
static void
check_page(ui *u, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *source = NULL;
    g_autofree char *address = g_strdup_printf("wiki.demo/%s", name);
    g_autofree char *text = NULL;
    guint n = 0;

    g_assert_true(g_file_get_contents(path, &source, NULL, NULL));
    n2_tab_go(ui_tab(u), address);
    ui_wait_kind(u, N2_TAB_DOCUMENT);
    text = ui_script(u, "return document.body.textContent");
    g_auto(GStrv) words = g_strsplit_set(source, " \n\t", -1);
    for (gsize i = 0; words[i]; i++) {
        gboolean is_plain = strlen(words[i]) > 3;

        for (const char *p = words[i]; *p; p++)
            is_plain = is_plain && g_ascii_isalpha(*p);
        if (!is_plain)
            continue;
        if (!strstr(text, words[i]))
            g_error("%s: “%s” is not on the page", name, words[i]);
        n++;
    }
    g_test_message("%s: %u words", name, n);
}

static void
test_real(void)
{
    static const char *const pages[] = {"topology.md", "net2o.md",          "squid.md",
                                        "net2o.zh.md", "applications.wiki", "flow-control.md"};
    const char *data = g_getenv("N2_TESTDATA");
    g_autofree char *wiki = data ? g_build_filename(data, "wiki", NULL) : NULL;
    g_autofree char *folder = g_dir_make_tmp("n2-node-XXXXXX", NULL);
    node here = {0};
    node there = {0};
    ui u;

    if (!wiki || !g_file_test(wiki, G_FILE_TEST_IS_DIR)) {
        g_test_skip("test data absent");
        return;
    }
    nodes_start(&here, folder, "here", "udp:127.0.0.1:0");
    nodes_start(&there, folder, "there", "udp:127.0.0.1:0");
    nodes_cli(&there, "publish", wiki, NULL, NULL);
    nodes_cli(&here, "peer", "add", there.endpoint, there.identity);
    nodes_cli(&here, "name", "set", "wiki.demo", there.identity);

    ui_set_up_node(&u, here.profile, "wiki.demo");
    ui_wait_kind(&u, N2_TAB_FOLDER);
    ui_wait_text(&u, "53 items");
    ui_take(&u, shots, "real-folder");
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++)
        check_page(&u, wiki, pages[i]);
    /* Of the links of this one, that to handover.wiki leads nowhere, and the page says so. */
    check_page(&u, wiki, "topology.md");
    g_autofree char *missing = ui_script(
        &u, "return [...document.querySelectorAll('a.missing')].map(a => a.href).join(' ')");
    g_assert_cmpstr(missing, ==, "net2o://wiki.demo/handover.wiki");
    n2_tab_go(ui_tab(&u), "wiki.demo/wizards.jpg");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    g_autofree char *width = ui_script(
        &u, "const i = document.images[0]; await i.decode(); return i.naturalWidth > 100");
    g_assert_cmpstr(width, ==, "true");
    n2_tab_go(ui_tab(&u), "wiki.demo/topology.md");
    ui_wait_title(&u, "Topology");
    ui_take(&u, shots, "real-light");
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                       ADW_COLOR_SCHEME_FORCE_DARK);
    ui_take(&u, shots, "real-dark");
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                       ADW_COLOR_SCHEME_DEFAULT);
    n2_tab_go(ui_tab(&u), "wiki.demo/no-such-page.md");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "There is nothing at this address");

    /* The other node goes; the page says who is silent; it comes back, and so does the page. */
    g_autofree char *endpoint = g_strdup(there.endpoint);
    nodes_stop(&there);
    n2_tab_go(ui_tab(&u), "wiki.demo/commands.md");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "way broken");
    ui_sleep(3500);
    ui_take(&u, shots, "real-error");
    nodes_start(&there, folder, "there", endpoint);
    for (int tries = 0; tries < 15 && n2_tab_get_kind(ui_tab(&u)) == N2_TAB_ERROR; tries++) {
        ui_sleep(1000);
        n2_tab_reload(ui_tab(&u));
        ui_sleep(1000);
    }
    ui_wait_kind(&u, N2_TAB_DOCUMENT);

    /* One's own node goes; the window says so; it comes back by itself. */
    nodes_stop(&here);
    ui_wait_text(&u, "The node on this computer stopped.");
    n2_tab_go(ui_tab(&u), "wiki.demo/ed25519.md");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "No node answers on this computer");
    nodes_start(&here, folder, "here", "udp:127.0.0.1:0");
    ui_wait_kind(&u, N2_TAB_DOCUMENT);
    ui_tear_down(&u);
    nodes_clear(&here);
    nodes_clear(&there);
}

/* Through a switch; it goes, and the error page says which hop is gone. */
static void
test_switch_goes(void)
{
    const char *data = g_getenv("N2_TESTDATA");
    g_autofree char *wiki = data ? g_build_filename(data, "wiki", NULL) : NULL;
    g_autofree char *folder = g_dir_make_tmp("n2-node-XXXXXX", NULL);
    node here = {0};
    node between = {0};
    node there = {0};
    ui u;

    if (!wiki || !g_file_test(wiki, G_FILE_TEST_IS_DIR)) {
        g_test_skip("test data absent");
        return;
    }
    nodes_start(&here, folder, "here", "udp:127.0.0.1:0");
    nodes_start(&between, folder, "between", "udp:127.0.0.1:0");
    nodes_start(&there, folder, "there", "udp:127.0.0.1:0");
    nodes_cli(&there, "publish", wiki, NULL, NULL);
    nodes_cli(&here, "peer", "add", between.endpoint, between.identity);
    nodes_cli(&between, "peer", "add", there.endpoint, there.identity);
    g_autofree char *first = dup_label(&here, &between);
    g_autofree char *second = dup_label(&between, &there);
    const char *argv[] = {nodes_net2o,    "--profile", here.profile, "path", "set",
                          there.identity, first,       second,       NULL};
    g_autoptr(GSubprocess) path =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL);
    g_assert_true(g_subprocess_wait_check(path, NULL, NULL));
    nodes_cli(&here, "name", "set", "wiki.demo", there.identity);

    ui_set_up_node(&u, here.profile, "wiki.demo/topology.md");
    ui_wait_title(&u, "Topology");
    ui_wait_text(&u, "1 switch, ");
    nodes_stop(&between);
    n2_tab_go(ui_tab(&u), "wiki.demo/commands.md");
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "A switch on the way doesn’t answer");
    ui_wait_text(&u, "Switch 1");
    ui_take(&u, shots, "real-switch-gone");
    ui_tear_down(&u);
    nodes_clear(&here);
    nodes_clear(&between);
    nodes_clear(&there);
}

/* ---- the network view under load ---- */

enum {
    LINES = 48000, /* of a large page: a little less than what is still shown with its marks */
    UNDER_WAY_BYTES = 100000
};

#define SLOWLY "network.rate-kbit=3000" /* it takes seconds */

/* Sets the way from @from to @to by @first and @second. */
static void
set_way(node *from, node *to, const char *first, const char *second)
{
    const char *argv[] = {nodes_net2o,  "--profile", from->profile, "path", "set",
                          to->identity, first,       second,        NULL};
    g_autoptr(GSubprocess) path =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL);

    g_assert_true(g_subprocess_wait_check(path, NULL, NULL));
}

static gboolean
is_released(gpointer data)
{
    ui *u = data;

    return !ui_find(GTK_WIDGET(u->window), GTK_ACCESSIBLE_ROLE_BUTTON, "Release friend");
}

/* Somebody fetches from here, over a line of 3 Mbit/s and a box that is a switch only: the line
 * is in use and says how full it is; what is reserved shows on it, and is given back. */
static void
test_network(void)
{
    g_autofree char *folder = g_dir_make_tmp("n2-node-XXXXXX", NULL);
    g_autofree char *site = g_build_filename(folder, "site", NULL);
    g_autofree char *file = g_build_filename(site, "large.bin", NULL);
    g_autofree char *large = g_malloc0(UNDER_WAY_BYTES * 60);
    node here = {0}, box = {0}, there = {0};
    ui u;

    g_mkdir(site, 0700);
    for (gsize i = 0; i < UNDER_WAY_BYTES * 60; i += 8) /* no two parts are alike */
        memcpy(large + i, &i, sizeof i);
    g_assert_true(g_file_set_contents(file, large, UNDER_WAY_BYTES * 60, NULL));
    nodes_start_with(&here, folder, "here", "udp:127.0.0.1:0", SLOWLY);
    nodes_start_with(&box, folder, "box", "udp:127.0.0.1:0",
                     "node.mode=switch,port 1.from=any,port 2.from=any");
    nodes_start(&there, folder, "there", "udp:127.0.0.1:0");
    nodes_cli(&here, "publish", site, NULL, NULL);
    nodes_cli(&here, "peer", "add", box.endpoint, NULL);
    nodes_cli(&there, "peer", "add", box.endpoint, NULL);
    nodes_cli(&here, "name", "set", "friend", there.identity);
    g_autofree char *out = dup_label(&here, &box);
    g_autofree char *back = dup_label(&there, &box);
    g_autofree char *to_here = dup_label(&box, &here);
    g_autofree char *to_there = dup_label(&box, &there);
    set_way(&here, &there, out, to_there);
    set_way(&there, &here, back, to_here);

    ui_set_up_node(&u, here.profile, "net2o://self/network/");
    ui_wait_text(&u, "Your line is good");
    ui_wait_text(&u, "friend");
    g_autofree char *address = g_strdup_printf("net2o://%s/large.bin", here.identity);
    g_autoptr(GSubprocess) get = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
        nodes_net2o, "--profile", there.profile, "get", address, "-o", "/dev/null", NULL);
    nodes_cli(&here, "reserve", "friend", "1000000", NULL);
    ui_wait_text(&u, "1 Mbit/s reserved");
    ui_wait_text(&u, " % of 3 Mbit/s");
    ui_sleep(2500);
    ui_take(&u, shots, "real-network");
    ui_click(ui_get(GTK_WIDGET(u.window), GTK_ACCESSIBLE_ROLE_BUTTON, "Release friend"));
    ui_wait(is_released, &u, "the reservation to be given back");
    nodes_stop(&box); /* the line goes, and all that lies behind it */
    ui_wait_text(&u, "Your line is not good");
    ui_tear_down(&u);
    g_subprocess_force_exit(get);
    nodes_clear(&here);
    nodes_clear(&box);
    nodes_clear(&there);
}

static gboolean
is_friend_near(gpointer data)
{
    ui *u = data;
    GtkWidget *stop = ui_find_stop(GTK_WIDGET(u->window), "friend, ");

    return stop && strstr(gtk_widget_get_tooltip_text(stop), " ms");
}

/* A switch that lets nobody ask it anything passes packets all the same: it is not asleep, nor
 * is what lies behind it. */
static void
test_quiet_switch(void)
{
    g_autofree char *folder = g_dir_make_tmp("n2-node-XXXXXX", NULL);
    node here = {0}, box = {0}, there = {0};
    ui u;

    nodes_start(&here, folder, "here", "udp:127.0.0.1:0");
    nodes_start_with(&box, folder, "box", "udp:127.0.0.1:0",
                     "node.mode=switch,port 1.from=any,port 2.from=any,"
                     "switch.filter=deny out 0 mode control");
    nodes_start(&there, folder, "there", "udp:127.0.0.1:0");
    nodes_cli(&here, "peer", "add", box.endpoint, NULL);
    nodes_cli(&there, "peer", "add", box.endpoint, NULL);
    nodes_cli(&here, "name", "set", "friend", there.identity);
    g_autofree char *out = dup_label(&here, &box);
    g_autofree char *to_there = dup_label(&box, &there);
    set_way(&here, &there, out, to_there);
    ui_set_up_node(&u, here.profile, "net2o://self/network/");
    ui_wait(is_friend_near, &u, "a trace past the switch that does not answer");
    ui_sleep(1200);
    g_assert_true(is_friend_near(&u));
    g_assert_nonnull(ui_find_text(GTK_WIDGET(u.window), "Your line is good"));
    g_assert_null(ui_find_text(GTK_WIDGET(u.window), "asleep"));
    ui_tear_down(&u);
    nodes_clear(&here);
    nodes_clear(&box);
    nodes_clear(&there);
}

/* ---- killed ---- */

static char *
proc_text(const char *pid, const char *name)
{
    g_autofree char *path = g_build_filename("/proc", pid, name, NULL);
    char *text = NULL;

    (void)g_file_get_contents(path, &text, NULL, NULL);
    return text ? text : g_strdup("");
}

/* (transfer full): the ids of the processes that the parent has. */
static char **
children(node *n)
{
    const char *parent = g_subprocess_get_identifier(n->process);
    g_autofree char *name = g_strdup_printf("task/%s/children", parent);
    g_autofree char *text = proc_text(parent, name);

    return g_strsplit(g_strstrip(text), " ", -1);
}

static char *
find_child(node *n, const char *comm)
{
    g_auto(GStrv) pids = children(n);

    for (gsize i = 0; pids[i]; i++) {
        g_autofree char *text = proc_text(pids[i], "comm");

        if (g_str_equal(g_strstrip(text), comm))
            return g_strdup(pids[i]);
    }
    g_error("no process %s", comm);
}

/* The parent goes without a word, and its children with it. */
static void
kill_parent(node *n)
{
    g_auto(GStrv) pids = children(n);

    g_subprocess_force_exit(n->process);
    g_subprocess_wait(n->process, NULL, NULL);
    g_clear_object(&n->process);
    for (gsize i = 0; pids[i]; i++)
        for (gboolean is_there = TRUE; is_there;) {
            g_autofree char *stat = proc_text(pids[i], "stat");
            const char *state = strrchr(stat, ')');

            is_there = state && !strchr("ZX", state[2]);
            if (is_there)
                ui_sleep(20);
        }
}

static void
kill_node_process(node *n)
{
    g_autofree char *pid = find_child(n, "net2o-node");

    g_assert_cmpint(kill((pid_t)g_ascii_strtoull(pid, NULL, 10), SIGKILL), ==, 0);
}

static guint64
fetched_bytes(node *n)
{
    g_autofree char *output = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, nodes_net2o, "--profile",
                         n->profile, "--json", "status", NULL);

    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &output, NULL, NULL));
    const char *at = strstr(output, "\"fetched_bytes\": ");
    return at ? g_ascii_strtoull(at + strlen("\"fetched_bytes\": "), NULL, 10) : 0;
}

/* Goes there, and comes back in the middle of it. */
static void
load_half(ui *u, node *here, const char *address)
{
    guint64 before = fetched_bytes(here);

    n2_tab_go(ui_tab(u), address);
    while (fetched_bytes(here) < before + UNDER_WAY_BYTES)
        ui_sleep(50);
    g_assert_true(n2_tab_is_loading(ui_tab(u)));
}

static void
write_large(const char *folder, const char *name, const char *title)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "# %s\n\n", title);
    for (guint i = 0; i < LINES; i++)
        g_string_append_printf(text, "%s line %u, and some words behind it%s\n", title, i,
                               i % 20 == 19 ? "\n" : "");
    g_string_append(text, "## The end\n");
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
}

static void
check_whole(ui *u, const char *title)
{
    ui_wait_title(u, title);
    g_autofree char *end = ui_script(u, "return document.querySelector('h2').textContent");
    g_assert_nonnull(strstr(end, "The end"));
}

/* The node on this computer is killed in the middle of a page, its parent and its node process:
 * the page says so, and comes by itself once the node is back. */
static void
test_killed(void)
{
    g_autofree char *folder = g_dir_make_tmp("n2-node-XXXXXX", NULL);
    g_autofree char *site = g_build_filename(folder, "site", NULL);
    node here = {0};
    node there = {0};
    ui u;

    g_assert_cmpint(g_mkdir(site, 0700), ==, 0);
    write_large(site, "one.md", "One");
    write_large(site, "two.md", "Two");
    nodes_start(&here, folder, "here", "udp:127.0.0.1:0");
    nodes_start_with(&there, folder, "there", "udp:127.0.0.1:0", SLOWLY);
    nodes_cli(&there, "publish", site, NULL, NULL);
    nodes_cli(&here, "peer", "add", there.endpoint, there.identity);
    nodes_cli(&here, "name", "set", "large.demo", there.identity);
    ui_set_up_node(&u, here.profile, "large.demo");
    ui_wait_kind(&u, N2_TAB_FOLDER);

    load_half(&u, &here, "large.demo/one.md");
    kill_parent(&here);
    ui_wait_kind(&u, N2_TAB_ERROR);
    ui_wait_text(&u, "No node answers on this computer");
    ui_wait_text(&u, "The node on this computer stopped.");
    ui_take(&u, shots, "real-killed");
    nodes_start(&here, folder, "here", "udp:127.0.0.1:0");
    check_whole(&u, "One");

    load_half(&u, &here, "large.demo/two.md");
    /* Its parent starts another at once, and the page asks that: often before anybody could
     * read that there was none. */
    kill_node_process(&here);
    check_whole(&u, "Two");
    ui_tear_down(&u);
    nodes_clear(&here);
    nodes_clear(&there);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_assert_cmpint(argc, ==, 4);
    nodes_net2od = argv[1];
    nodes_net2o = argv[2];
    shots = argv[3];
    g_test_add_func("/node/real", test_real);
    g_test_add_func("/node/switch-goes", test_switch_goes);
    g_test_add_func("/node/quiet-switch", test_quiet_switch);
    g_test_add_func("/node/network", test_network);
    g_test_add_func("/node/killed", test_killed);
    return g_test_run();
}
