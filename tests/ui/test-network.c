/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-network.c - the network view: what of the node's answer is read, said, and
 *                  what can be done with it.
 */
#include <string.h>

#include "client/rate.h"
#include "fake-network.h"
#include "ui.h"
#include "widgets/way-map.h"

#define BUTTON GTK_ACCESSIBLE_ROLE_BUTTON

/* ---- what is read and said ---- */

typedef struct {
    const char *key;
    const char *title;
    const char *parent; /* key */
    N2WaypointKind kind;
    N2WayState line;
} point_row;

/* Ways that begin alike share their stops; what lies behind a silent line is asleep with it. */
static const point_row points[] = {
    {"", "This computer", "", N2_WAYPOINT_HERE, N2_WAY_KNOWN},
    {"1/4", "Hafen", "", N2_WAYPOINT_SWITCH, N2_WAY_USED},
    {"2/4", "Nordnetz", "", N2_WAYPOINT_SWITCH, N2_WAY_JAMMED},
    {"3/4", "192.168.1.20:40211", "", N2_WAYPOINT_COMPUTER, N2_WAY_KNOWN},
    {"4/4", "Phone", "", N2_WAYPOINT_ASLEEP, N2_WAY_ASLEEP},
    {"1/4 5/4", "Switch", "1/4", N2_WAYPOINT_SWITCH, N2_WAY_USED},
    {"1/4 5/4 2/4", "Harbour TV", "1/4 5/4", N2_WAYPOINT_PLACE, N2_WAY_USED},
    {"1/4 5/4 3/4", "Mira", "1/4 5/4", N2_WAYPOINT_PLACE, N2_WAY_KNOWN},
    {"2/4 1/4", "wiki.net2o", "2/4", N2_WAYPOINT_PLACE, N2_WAY_USED},
    {"2/4 4/4", "Tideline", "2/4", N2_WAYPOINT_PLACE, N2_WAY_KNOWN},
};

static void
test_read(void)
{
    g_autoptr(N2Network) network = n2_fake_network(FALSE);

    g_assert_cmpuint(network->points->len, ==, G_N_ELEMENTS(points));
    for (gsize i = 0; i < G_N_ELEMENTS(points); i++) {
        const N2Waypoint *p = n2_network_find(network, points[i].key);
        g_test_message("%s", points[i].key);
        g_assert_nonnull(p);
        g_assert_cmpstr(p->title, ==, points[i].title);
        g_assert_cmpstr(n2_network_point(network, p->parent)->key, ==, points[i].parent);
        g_assert_cmpint(p->kind, ==, points[i].kind);
        g_assert_cmpint(p->line, ==, points[i].line);
    }
    g_assert_cmpfloat_with_epsilon(n2_waypoint_load(n2_network_find(network, "1/4")), .5, .001);
    g_assert_cmpfloat(n2_waypoint_load(n2_network_find(network, "3/4")), <, 0); /* not known */
    g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(network->casts)), ==, 3);
    g_assert_cmpuint(network->n_casts, ==, 11);
    /* One is kept; who was refused has nothing. */
    g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(network->reservations)), ==, 1);
}

/* Nothing that a node may answer makes it fall over. */
static void
test_network_odd(void)
{
    static const char *const odd[] = {
        "@a{sv} {}",
        "{'ports': <'none'>}",
        "{'ports': <@aa{sv} []>, 'ways': <int64 3>}",
        "{'bits': <int64 4>, 'ports': <[{'port': <'one'>}]>}",
        "{'ways': <[@a{sv} {}]>}",
        "{'ways': <[{'hops': <@aa{sv} []>}]>}",
        "{'ways': <[{'name': <'x'>, 'hops': <[@a{sv} {}, @a{sv} {}]>}]>}",
        "{'reserved': <[@a{sv} {}]>}",
        "{'trees': <[@a{sv} {}]>, 'channels': <[@a{sv} {}]>, 'n_trees': <int64 -1>}",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) look =
            g_variant_parse(G_VARIANT_TYPE_VARDICT, odd[i], NULL, NULL, &error);
        g_assert_no_error(error);
        g_autoptr(N2Network) network = n2_network_read(look);
        g_assert_cmpuint(network->points->len, >=, 1);
        g_autofree char *headline = n2_network_dup_headline(network);
        g_autofree char *sentence = n2_network_dup_sentence(network);
        g_assert_true(*headline && *sentence);
    }
    /* A way by a port without a link: nobody is there. */
    g_autoptr(GVariant) look = g_variant_ref_sink(g_variant_new_parsed(
        "{'bits': <int64 4>, 'ways': <[{'name': <'far'>, 'hops': <[{'port': <int64 2>, 'bits': "
        "<int64 4>}, {'port': <int64 1>, 'bits': <int64 4>}]>}]>}"));
    g_autoptr(N2Network) network = n2_network_read(look);
    g_assert_cmpint(n2_network_find(network, "2/4")->line, ==, N2_WAY_ASLEEP);
    g_assert_cmpint(n2_network_find(network, "2/4 1/4")->kind, ==, N2_WAYPOINT_ASLEEP);
}

/* A jam of a moment is none on the map; one that stays is, whether the line is full or not. */
static void
test_network_jam(void)
{
    static const struct {
        guint64 jammed_us, out_bps;
        N2WayState line;
        gboolean is_full;
    } jams[] = {{0, 1000, N2_WAY_USED, FALSE},
                {999999, 9900, N2_WAY_USED, TRUE},
                {1000000, 9900, N2_WAY_JAMMED, TRUE},
                {5000000, 5000, N2_WAY_JAMMED, FALSE}};

    for (gsize i = 0; i < G_N_ELEMENTS(jams); i++) {
        g_autoptr(GVariant) look = g_variant_ref_sink(g_variant_new_parsed(
            "{'bits': <int64 4>, 'ports': <[{'port': <int64 1>, 'state': <'up'>, 'rate_bps': "
            "<int64 10000>, 'out_bps': <%x>, 'jammed': <true>, 'jammed_us': <%x>}]>}",
            (gint64)jams[i].out_bps, (gint64)jams[i].jammed_us));
        g_autoptr(N2Network) network = n2_network_read(look);
        const N2Waypoint *p = n2_network_find(network, "1/4");
        g_assert_cmpint(p->line, ==, jams[i].line);
        g_assert_cmpint(n2_waypoint_is_full(p), ==, jams[i].is_full);
    }
}

static void
test_network_words(void)
{
    static const struct {
        guint64 bps;
        const char *words;
    } rates[] = {{0, "0 bit/s"},          {999, "999 bit/s"},       {1500, "1.5 kbit/s"},
                 {999499, "999 kbit/s"},  {999600, "1 Mbit/s"},     {10000000, "10 Mbit/s"},
                 {2500000, "2.5 Mbit/s"}, {1000000000, "1 Gbit/s"}, {9960000, "10 Mbit/s"}};
    g_autoptr(N2Network) network = n2_fake_network(FALSE);
    g_autoptr(N2Network) empty = n2_network_new();
    g_autofree char *headline = n2_network_dup_headline(network);
    g_autofree char *sentence = n2_network_dup_sentence(network);
    g_autofree char *nothing = n2_network_dup_headline(empty);
    g_autofree char *line =
        n2_network_dup_description(network, n2_network_find(network, "2/4"));
    g_autofree char *far =
        n2_network_dup_description(network, n2_network_find(network, "1/4 5/4 2/4"));

    for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
        g_autofree char *words = n2_rate_dup_words(rates[i].bps);
        g_assert_cmpstr(words, ==, rates[i].words);
    }
    g_assert_cmpstr(headline, ==, "2 of 4 lines are good");
    g_assert_nonnull(strstr(sentence, "Nordnetz is jammed"));
    g_assert_cmpstr(nothing, ==, "No line to any other node");
    g_assert_cmpstr(line, ==, "Nordnetz, 38 ms, its line is jammed, 97 % of 10 Mbit/s");
    g_assert_cmpstr(far, ==, "Harbour TV, 19 ms, behind Switch, its line is in use");
}

/* What a trace finds. */
static void
test_network_note(void)
{
    g_autoptr(N2Network) network = n2_fake_network(FALSE);

    n2_network_note(network, "1/4 5/4", 15000);
    g_assert_cmpint(n2_network_find(network, "1/4 5/4")->rtt_us, ==, 15000);
    n2_network_note(network, "1/4", 1); /* better known already */
    g_assert_cmpint(n2_network_find(network, "1/4")->rtt_us, ==, 7200);
    n2_network_note(network, "1/4 5/4 3/4", -1);
    g_assert_cmpint(n2_network_find(network, "1/4 5/4 3/4")->kind, ==, N2_WAYPOINT_ASLEEP);
    /* What is in use works, and of our own lines the node knows better than an echo. */
    n2_network_note(network, "1/4 5/4 2/4", -1);
    g_assert_cmpint(n2_network_find(network, "1/4 5/4 2/4")->line, ==, N2_WAY_USED);
    n2_network_note(network, "3/4", -1);
    g_assert_cmpint(n2_network_find(network, "3/4")->line, ==, N2_WAY_KNOWN);
    n2_network_note(network, "", -1);
    n2_network_note(network, "9/4", -1);
    g_assert_cmpint(n2_network_point(network, 0)->kind, ==, N2_WAYPOINT_HERE);
}

/* ---- the view ---- */

static GtkWidget *
root(ui *u)
{
    return GTK_WIDGET(u->window);
}

static gboolean
is_released(gpointer data)
{
    return ui_find(root((ui *)data), BUTTON, "Release Harbour TV") == NULL;
}

/* Where the focus is: what the stop there says; "": on none. */
static const char *
focused_stop(ui *u)
{
    GtkWidget *widget = gtk_root_get_focus(GTK_ROOT(u->window));

    while (widget && !GTK_IS_MENU_BUTTON(widget))
        widget = gtk_widget_get_parent(widget);
    const char *words = widget ? gtk_widget_get_tooltip_text(widget) : NULL;
    return words ? words : "";
}

/* The Tab key goes along the ways; arrows go where they point. */
static void
test_network_keys(void)
{
    static const char *const order[] = {"This computer", "Hafen",    "Switch",     "Harbour TV",
                                        "Mira",          "Nordnetz", "wiki.net2o", "Tideline",
                                        "192.168.1.20",  "Phone"};
    ui u;

    ui_set_up(&u, "net2o://self/network/");
    ui_wait_text(&u, "2 of 4 lines are good");
    ui_sleep(100);
    GtkWidget *map = ui_find_stop(root(&u), "This computer");
    g_assert_nonnull(map);
    map = gtk_widget_get_ancestor(map, N2_TYPE_WAY_MAP);
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
        g_assert_true(gtk_widget_child_focus(map, GTK_DIR_TAB_FORWARD));
        g_test_message("%s", focused_stop(&u));
        g_assert_true(g_str_has_prefix(focused_stop(&u), order[i]));
    }
    g_assert_false(gtk_widget_child_focus(map, GTK_DIR_TAB_FORWARD)); /* on to the lists */
    g_assert_true(gtk_widget_child_focus(map, GTK_DIR_TAB_BACKWARD));
    g_assert_true(g_str_has_prefix(focused_stop(&u), "192.168.1.20"));
    gtk_widget_grab_focus(gtk_widget_get_first_child(ui_find_stop(root(&u), "This computer")));
    g_assert_true(gtk_widget_child_focus(map, GTK_DIR_RIGHT));
    g_assert_cmpstr(focused_stop(&u), !=, "This computer");
    g_assert_cmpstr(focused_stop(&u), !=, "");
    ui_tear_down(&u);
}

/* Fails if a stop, or a pill on its line, sticks out of the map at a side. */
static guint
check_inside(GtkWidget *widget, GtkWidget *map)
{
    guint n = 0;

    for (GtkWidget *child = gtk_widget_get_first_child(map); child;
         child = gtk_widget_get_next_sibling(child)) {
        graphene_rect_t at;
        g_assert_true(gtk_widget_compute_bounds(child, widget, &at));
        g_assert_cmpfloat(at.origin.x, >=, 0);
        g_assert_cmpfloat(at.origin.x + at.size.width, <=, gtk_widget_get_width(widget));
        n++;
    }
    return n;
}

/* A phone's width, half a window, a wide one, at whatever size of text and from both sides: the
 * map is never wider than its room. */
static void
test_network_narrow(void)
{
    static const int widths[] = {360, 720, 1000, 1280, 360};
    static const struct {
        int percent;
        GtkTextDirection direction;
    } texts[] = {{100, GTK_TEXT_DIR_LTR}, {200, GTK_TEXT_DIR_LTR}, {100, GTK_TEXT_DIR_RTL}};
    ui u;

    ui_set_up(&u, "net2o://self/network/");
    ui_wait_text(&u, "2 of 4 lines are good");
    GtkWidget *map =
        gtk_widget_get_ancestor(ui_find_stop(root(&u), "This computer"), N2_TYPE_WAY_MAP);
    for (gsize t = 0; t < G_N_ELEMENTS(texts); t++) {
        gtk_widget_set_default_direction(texts[t].direction);
        g_object_set(gtk_settings_get_default(), "gtk-xft-dpi",
                     96 * 1024 * texts[t].percent / 100, NULL);
        for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
            ui_set_width(&u, widths[w]);
            ui_sleep(300);
            g_test_message("%d px, %d %%", widths[w], texts[t].percent);
            GtkWidget *scroll = gtk_widget_get_ancestor(map, GTK_TYPE_SCROLLED_WINDOW);
            GtkAdjustment *across =
                gtk_scrolled_window_get_hadjustment(GTK_SCROLLED_WINDOW(scroll));
            g_assert_cmpfloat(gtk_adjustment_get_upper(across), <=,
                              gtk_adjustment_get_page_size(across));
            g_assert_cmpuint(check_inside(scroll, map), >=, 12);
        }
    }
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 96 * 1024, NULL);
    gtk_widget_set_default_direction(GTK_TEXT_DIR_LTR);
    ui_tear_down(&u);
}

static void
test_network(void)
{
    ui u;

    ui_set_up(&u, "net2o://self/network/");
    ui_wait_text(&u, "2 of 4 lines are good");
    ui_wait_text(&u, "The line to Nordnetz is jammed");
    ui_wait_text(&u, "50 % of 100 Mbit/s"); /* the list says what the map shows */
    ui_wait_text(&u, "Jammed for 42 s; what goes there waits up to 14 ms.");
    ui_wait_text(&u, "97 % full");
    ui_wait_text(&u, "4 Mbit/s reserved");
    ui_wait_text(&u, "1.2\u00a0GB");
    ui_wait_text(&u, "Tree from Hafen");
    ui_wait_text(&u, "3 branches, 4711 packets");
    ui_wait_text(&u, "Tree from here");
    ui_wait_text(&u, "1 branch, 1 packet");
    ui_wait_text(&u, "Channel 7 from Nordnetz");
    ui_wait_text(&u, "and 8 more");
    /* A stop is a button with all of it as its name, and tells more when it is pressed. */
    GtkWidget *stop = ui_find_stop(root(&u), "Nordnetz, 38 ms, its line is jammed");
    g_assert_nonnull(stop);
    gtk_menu_button_popup(GTK_MENU_BUTTON(stop));
    ui_wait_text(&u, "udp:192.0.2.2:4000");
    ui_sleep(1500); /* the node was asked again meanwhile: same widget, popover still there */
    g_assert_true(ui_find_stop(root(&u), "Nordnetz, 38 ms") == stop);
    g_assert_nonnull(ui_find_text(root(&u), "udp:192.0.2.2:4000"));
    gtk_menu_button_popdown(GTK_MENU_BUTTON(stop));
    ui_click(ui_get(root(&u), BUTTON, "Release Harbour TV"));
    ui_wait(is_released, &u, "the reservation to be given back");
    n2_fake_source_set_present(u.fake, FALSE);
    ui_wait_text(&u, "No node answers on this computer");
    g_assert_null(ui_find_stop(root(&u), "Nordnetz"));
    n2_fake_source_set_present(u.fake, TRUE);
    ui_wait_text(&u, "2 of 4 lines are good");
    ui_tear_down(&u);
}

static gboolean
is_allowed(gpointer data)
{
    return ui_find(root((ui *)data), BUTTON, "Allow Switch #1053116765") == NULL;
}

/* A switch on a way that a domain told of can be avoided, and is allowed again; one of which
 * nobody told cannot. */
static void
test_network_avoid(void)
{
    ui u;

    ui_set_up(&u, "net2o://self/network/");
    ui_wait_text(&u, "2 of 4 lines are good");
    g_assert_null(ui_find_text(root(&u), "Avoided"));
    GtkWidget *stop = ui_find_stop(root(&u), "Hafen");
    gtk_menu_button_popup(GTK_MENU_BUTTON(stop));
    ui_wait_text(&u, "udp:192.0.2.1:4000");
    g_assert_null(ui_find(root(&u), BUTTON, "Avoid"));
    gtk_menu_button_popdown(GTK_MENU_BUTTON(stop));
    stop = ui_find_stop(root(&u), "Switch");
    gtk_menu_button_popup(GTK_MENU_BUTTON(stop));
    ui_sleep(200);
    ui_click(ui_get(root(&u), BUTTON, "Avoid"));
    ui_wait_text(&u, "Avoided");
    ui_wait_text(&u, "Switch #1053116765");
    gtk_menu_button_popdown(GTK_MENU_BUTTON(stop));
    gtk_menu_button_popup(GTK_MENU_BUTTON(stop));
    ui_sleep(200);
    g_assert_null(ui_find(root(&u), BUTTON, "Avoid")); /* it is */
    gtk_menu_button_popdown(GTK_MENU_BUTTON(stop));
    ui_click(ui_get(root(&u), BUTTON, "Allow Switch #1053116765"));
    ui_wait(is_allowed, &u, "the switch to be allowed");
    ui_tear_down(&u);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_test_add_func("/network/read", test_read);
    g_test_add_func("/network/odd", test_network_odd);
    g_test_add_func("/network/jam", test_network_jam);
    g_test_add_func("/network/words", test_network_words);
    g_test_add_func("/network/note", test_network_note);
    g_test_add_func("/network/view", test_network);
    g_test_add_func("/network/narrow", test_network_narrow);
    g_test_add_func("/network/keys", test_network_keys);
    g_test_add_func("/network/avoid", test_network_avoid);
    return g_test_run();
}
