/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-map.c - the map of the ways: how it is laid out in whatever room, what of it changes
 * when the network does.
 */
#include "fake-network.h"
#include "model/map-layout.h"
#include "ui.h"
#include "widgets/way-map.h"

/* ---- layout ---- */

/* Children are to the right of their parent, no two stops are nearer than a column or a row,
 * and all are inside, whatever the room. */
static void
test_map_layout(void)
{
    static const n2_map_measure m = {
        .column_px = 110, .row_px = 90, .margin_x = 60, .margin_y = 35, .label_px = 34};
    static const int rooms[][2] = {{0, 0}, {392, 500}, {732, 600}, {3000, 2000}};
    g_autoptr(N2Network) network = n2_fake_network(FALSE);
    guint n = network->points->len;
    g_autofree n2_map_spot *spots = g_new0(n2_map_spot, n);
    int least_x = 0, least_y = 0;

    n2_map_size(network, &m, &least_x, &least_y);
    g_assert_cmpint(least_x, ==, 2 * 60 + 3 * 110);
    g_assert_cmpint(least_y, ==, 2 * 35 + 5 * 90 + 34);
    for (gsize r = 0; r < G_N_ELEMENTS(rooms); r++) {
        n2_map_lay_out(network, &m, rooms[r][0], rooms[r][1], spots);
        for (guint i = 0; i < n; i++) {
            g_assert_cmpint(spots[i].x, >=, m.margin_x);
            g_assert_cmpint(spots[i].x, <=, MAX(rooms[r][0], least_x) - m.margin_x);
            g_assert_cmpint(spots[i].y, >=, m.margin_y);
            g_assert_cmpint(spots[i].y, <=,
                            MAX(rooms[r][1], least_y) - m.margin_y - m.label_px);
            if (i)
                g_assert_cmpint(spots[i].x - spots[n2_network_point(network, i)->parent].x, >=,
                                m.column_px - 1);
            for (guint k = 0; k < i; k++)
                g_assert_true(ABS(spots[i].x - spots[k].x) >= m.column_px - 1 ||
                              ABS(spots[i].y - spots[k].y) >= m.row_px - 1);
        }
    }
}

/* A way of @n switches (transfer full). */
static N2Network *
make_deep(guint n)
{
    g_autoptr(GString) hops = g_string_new(NULL);

    for (guint i = 0; i < n; i++)
        g_string_append_printf(hops, "%s{'port': <int64 %u>, 'bits': <int64 1>}", i ? "," : "",
                               i % 2);
    g_autofree char *text = g_strdup_printf("{'bits': <int64 1>, 'ways': <[{'name': <'far'>, "
                                            "'hops': <[%s]>}]>}",
                                            hops->str);
    g_autoptr(GVariant) look = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
    return n2_network_read(look);
}

/* From above: rows do not overlap, stops stand right of the one before and below it, and circle
 * and words are inside whatever the width and however long the way. */
static void
test_map_down(void)
{
    static const n2_map_rows m = {
        .indent_px = 48, .words_px = 96, .radius_px = 23, .margin_px = 4};
    static const int widths[] = {150, 328, 392, 2000};
    N2Network *const networks[] = {n2_fake_network(FALSE), make_deep(58), n2_network_new()};

    for (gsize k = 0; k < G_N_ELEMENTS(networks); k++) {
        guint n = networks[k]->points->len;
        g_autofree guint *order = g_new0(guint, n);
        g_autofree int *heights = g_new0(int, n);
        g_autofree n2_map_spot *spots = g_new0(n2_map_spot, n);
        n2_map_order(networks[k], order);
        for (guint i = 0; i < n; i++)
            heights[i] = 52 + 20 * (int)(i % 3);
        for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
            int y = 4;
            int height = n2_map_lay_down(networks[k], &m, heights, widths[w], spots);
            for (guint i = 0; i < n; i++) {
                const n2_map_spot *spot = &spots[order[i]];
                const n2_map_spot *before =
                    &spots[n2_network_point(networks[k], order[i])->parent];
                g_assert_cmpint(spot->y, ==, y + 23);
                g_assert_cmpint(spot->x, >=, 4 + 23);
                g_assert_cmpint(spot->x + 23 + 96 + 4, <=, widths[w]);
                g_assert_true(order[i] == 0 || (before->x <= spot->x && before->y < spot->y));
                y += heights[order[i]];
            }
            g_assert_cmpint(height, ==, y + 4);
        }
        g_object_unref(networks[k]);
    }
}

/* ---- the widget ---- */

/* What an open popover says is of now, and a stop that goes takes it away. */
static void
test_map_popover(void)
{
    g_autoptr(N2Network) network = n2_fake_network(FALSE);
    g_autoptr(N2Network) later = n2_fake_network(FALSE);
    g_autoptr(N2Network) empty = n2_network_new();
    GtkWidget *window = gtk_window_new();
    GtkWidget *map = g_object_new(N2_TYPE_WAY_MAP, NULL);
    N2Waypoint *stop = n2_network_find(later, "2/4");

    stop->in_bps = 123000;
    stop->queue_us = 0;
    gtk_window_set_child(GTK_WINDOW(window), map);
    n2_way_map_set_network(N2_WAY_MAP(map), network);
    gtk_window_present(GTK_WINDOW(window));
    ui_sleep(300);
    gtk_menu_button_popup(GTK_MENU_BUTTON(ui_find_stop(map, "Nordnetz")));
    ui_sleep(300);
    g_assert_nonnull(ui_find_text(window, "800 kbit/s"));
    g_assert_nonnull(ui_find_text(window, "Waits"));
    n2_way_map_set_network(N2_WAY_MAP(map), later);
    ui_sleep(100);
    g_assert_nonnull(ui_find_text(window, "123 kbit/s"));
    g_assert_null(ui_find_text(window, "800 kbit/s"));
    g_assert_null(ui_find_text(window, "Waits"));
    n2_way_map_set_network(N2_WAY_MAP(map), empty);
    ui_sleep(100);
    g_assert_null(ui_find_text(window, "123 kbit/s"));
    g_assert_null(ui_find_stop(map, "Nordnetz"));
    n2_way_map_set_network(N2_WAY_MAP(map), network);
    ui_sleep(100);
    g_assert_nonnull(ui_find_stop(map, "Nordnetz"));
    gtk_window_destroy(GTK_WINDOW(window));
}

static gboolean
stands_down(GtkWidget *map)
{
    return gtk_widget_has_css_class(gtk_widget_get_first_child(map), "beside");
}

/* @n own lines, of which the first five answer (transfer full). */
static N2Network *
make_many(guint n)
{
    g_autoptr(GString) ports = g_string_new(NULL);

    for (guint i = 1; i <= n; i++)
        g_string_append_printf(
            ports,
            "%s{'port': <int64 %u>, 'state': <'%s'>, 'endpoint': <'udp:[2001:db8::%x]:40000'>}",
            i > 1 ? "," : "", i, i > 5 ? "opening" : "up", i);
    g_autofree char *text = g_strdup_printf("{'bits': <int64 8>, 'ports': <[%s]>}", ports->str);
    g_autoptr(GVariant) look = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
    return n2_network_read(look);
}

static void
count_cb(guint *n)
{
    ++*n;
}

/* Hundreds of lines: this computer stands above them, and the same answer once more changes no
 * widget. */
static void
test_map_many(void)
{
    g_autoptr(N2Network) network = make_many(200);
    g_autoptr(N2Network) again = make_many(200);
    g_autofree char *sentence = n2_network_dup_sentence(network);
    GtkWidget *window = gtk_window_new();
    GtkWidget *scroll = gtk_scrolled_window_new();
    GtkWidget *map = g_object_new(N2_TYPE_WAY_MAP, NULL);
    guint n_told = 0, n_drawn = 0;

    g_assert_cmpstr(sentence, ==,
                    "[2001:db8::6]:40000 and 194 more do not answer; what lies behind them "
                    "can’t be reached.");
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), map);
    gtk_window_set_child(GTK_WINDOW(window), scroll);
    gtk_window_set_default_size(GTK_WINDOW(window), 900, 700);
    n2_way_map_set_network(N2_WAY_MAP(map), network);
    gtk_window_present(GTK_WINDOW(window));
    ui_sleep(500);
    graphene_rect_t at;
    g_assert_true(gtk_widget_compute_bounds(gtk_widget_get_first_child(map), window, &at));
    g_assert_cmpstr(
        gtk_widget_get_tooltip_text(ui_find_stop(gtk_widget_get_first_child(map), "This")), ==,
        "This computer");
    g_assert_cmpfloat(at.origin.y, <, 100);
    for (GtkWidget *stop = gtk_widget_get_first_child(map); stop;
         stop = gtk_widget_get_next_sibling(stop))
        g_signal_connect_swapped(gtk_widget_get_first_child(stop), "notify",
                                 G_CALLBACK(count_cb), &n_told);
    g_signal_connect_swapped(gtk_widget_get_frame_clock(map), "paint", G_CALLBACK(count_cb),
                             &n_drawn);
    n2_way_map_set_network(N2_WAY_MAP(map), again);
    ui_sleep(300);
    g_assert_cmpuint(n_told, ==, 0);
    g_assert_cmpuint(n_drawn, ==, 0);
    n2_network_point(network, 1)->line = N2_WAY_JAMMED;
    n2_way_map_set_network(N2_WAY_MAP(map), network);
    ui_sleep(300);
    g_assert_cmpuint(n_told, >, 0);
    g_assert_cmpuint(n_drawn, >, 0);
    gtk_window_destroy(GTK_WINDOW(window));
}

static void
put(GtkWidget *map, N2Network *network, int width)
{
    n2_way_map_set_network(N2_WAY_MAP(map), network);
    for (guint i = 0; i < 3; i++) {
        int height = 0;
        gtk_widget_measure(map, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
        gtk_widget_measure(map, GTK_ORIENTATION_VERTICAL, width, &height, NULL, NULL, NULL);
        gtk_widget_allocate(map, width, height, -1, NULL);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
}

/* Whatever the width, a jam and a reservation that come and go do not turn the map each time.
 */
static void
test_map_steady(void)
{
    g_autoptr(N2Network) jammed = n2_fake_network(FALSE);
    g_autoptr(N2Network) calm = n2_fake_network(FALSE);
    guint n_down = 0;

    for (guint i = 1; i < calm->points->len; i++) {
        n2_network_point(calm, i)->line = N2_WAY_KNOWN;
        n2_network_point(calm, i)->reserved_bps = 0;
    }
    for (int width = 320; width <= 800; width += 40) {
        GtkWidget *map = g_object_ref_sink(g_object_new(N2_TYPE_WAY_MAP, NULL));
        put(map, calm, width);
        put(map, jammed, width);
        gboolean is_down = stands_down(map);
        n_down += is_down;
        put(map, calm, width);
        g_test_message("%d px", width);
        g_assert_cmpint(stands_down(map), ==, is_down);
        put(map, jammed, width);
        g_assert_cmpint(stands_down(map), ==, is_down);
        g_object_unref(map);
    }
    g_assert_cmpuint(n_down, >, 0);
    g_assert_cmpuint(n_down, <, 13);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_test_add_func("/map/layout", test_map_layout);
    g_test_add_func("/map/layout-down", test_map_down);
    g_test_add_func("/map/popover", test_map_popover);
    g_test_add_func("/map/many", test_map_many);
    g_test_add_func("/map/steady", test_map_steady);
    return g_test_run();
}
