/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-copy.c - over real nodes: the author of a page is switched off, and it opens on a third
 *               machine that never met him, from whoever read it; the page says so.
 *
 * test-copy NET2OD NET2O SHOTS: the programs, and a folder for pictures.
 */
#include <adwaita.h>
#include <glib/gstdio.h>

#include "nodes.h"
#include "ui.h"

static const char *shots;

static const char page[] = "# Harbour lights\n\n"
                           "The three lights of the inner harbour, and when they are lit.\n\n"
                           "| Light | Colour | From |\n|---|---|---|\n"
                           "| North mole | green | dusk |\n| South mole | red | dusk |\n"
                           "| Old tower | white | by hand |\n\n"
                           "- [[tides]] for the week\n- [[pilots]] and how to call them\n";

static void
test_author_off(void)
{
    g_autofree char *folder = g_dir_make_tmp("n2-copy-XXXXXX", NULL);
    g_autofree char *site = g_build_filename(folder, "site", NULL);
    g_autofree char *index = g_build_filename(site, "index.md", NULL);
    node author = {0}, reader = {0}, here = {0};
    ui u;

    g_assert_cmpint(g_mkdir_with_parents(site, 0755), ==, 0);
    g_assert_true(g_file_set_contents(index, page, -1, NULL));
    nodes_start(&author, folder, "author", "udp:127.0.0.1:0");
    nodes_start(&reader, folder, "reader", "udp:127.0.0.1:0");
    nodes_start(&here, folder, "here", "udp:127.0.0.1:0");
    g_autofree char *address = g_strdup_printf("net2o://%s/", author.identity);
    nodes_cli(&author, "publish", site, NULL, NULL);
    nodes_cli(&reader, "peer", "add", author.endpoint, author.identity);
    nodes_cli(&reader, "show", address, NULL, NULL);
    nodes_stop(&author);
    nodes_cli(&here, "peer", "add", reader.endpoint, reader.identity);
    nodes_cli(&here, "name", "set", "harbour", author.identity);

    ui_set_up_node(&u, here.profile, "net2o://harbour/");
    ui_wait_title(&u, "Harbour lights");
    ui_wait_text(&u, "The author can’t be reached.");
    ui_wait_text(&u, reader.identity);
    ui_wait_text(&u, "offline copy");
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                       ADW_COLOR_SCHEME_FORCE_LIGHT);
    ui_take(&u, shots, "author-off-light");
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                       ADW_COLOR_SCHEME_FORCE_DARK);
    ui_take(&u, shots, "author-off-dark");
    ui_tear_down(&u);
    nodes_clear(&author);
    nodes_clear(&reader);
    nodes_clear(&here);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_assert_cmpint(argc, >=, 4);
    nodes_net2od = argv[1];
    nodes_net2o = argv[2];
    shots = argv[3];
    g_test_add_func("/copy/author-off", test_author_off);
    return g_test_run();
}
