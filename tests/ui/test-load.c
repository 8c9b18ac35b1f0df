/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-load.c - the network view over a real net under load: what it says, and pictures of it,
 *               wide, half and narrow, light and dark.
 *
 * test-load SCENE SHOTS: tests/e2e/scene.py, which keeps the load up, and a folder for
 * pictures.
 */
#include <string.h>

#include "ui.h"

static const char *scene_path;
static const char *shots;

typedef struct {
    GSubprocess *process; /* owned */
    char *profile;        /* owned: of the node in the middle */
} scene;

/* Returns when the load is on. */
static void
begin(scene *s)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDataInputStream) lines = NULL;
    g_autofree char *line = NULL;

    s->process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                         "python3", scene_path, NULL);
    g_assert_no_error(error);
    lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(s->process));
    line = g_data_input_stream_read_line(lines, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(line && g_str_has_prefix(line, "profile "));
    s->profile = g_strdup(line + strlen("profile "));
}

static void
end(scene *s)
{
    g_autoptr(GError) error = NULL;

    g_output_stream_close(g_subprocess_get_stdin_pipe(s->process), NULL, &error);
    g_assert_no_error(error);
    g_subprocess_wait_check(s->process, NULL, &error);
    g_assert_no_error(error);
    g_clear_object(&s->process);
    g_free(s->profile);
}

static void
take_all(ui *u)
{
    static const struct {
        const char *name;
        int px;
    } widths[] = {{"wide", 1280}, {"half", 720}, {"narrow", 360}};
    static const struct {
        const char *name;
        AdwColorScheme colours;
    } themes[] = {{"light", ADW_COLOR_SCHEME_FORCE_LIGHT},
                  {"dark", ADW_COLOR_SCHEME_FORCE_DARK}};
    AdwStyleManager *style = adw_style_manager_get_default();

    for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
        ui_set_width(u, widths[w].px);
        for (gsize t = 0; t < G_N_ELEMENTS(themes); t++) {
            g_autofree char *name =
                g_strdup_printf("load-%s-%s", widths[w].name, themes[t].name);
            adw_style_manager_set_color_scheme(style, themes[t].colours);
            ui_sleep(1200);
            ui_take(u, shots, name);
        }
    }
    adw_style_manager_set_color_scheme(style, ADW_COLOR_SCHEME_DEFAULT);
}

/* A stop that nobody has said a word about: it is asked, and silent. */
static gboolean
is_asleep(GtkWidget *widget)
{
    const char *tip = gtk_widget_get_tooltip_text(widget);

    if (tip && g_str_has_prefix(tip, "mira") && strstr(tip, "asleep"))
        return TRUE;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        if (is_asleep(child))
            return TRUE;
    return FALSE;
}

static gboolean
is_mira_asleep(gpointer data)
{
    ui *u = data;

    return is_asleep(GTK_WIDGET(u->window));
}

static void
test_load(void)
{
    scene s = {0};
    ui u;

    begin(&s);
    ui_set_up_node(&u, s.profile, "net2o://self/network/");
    ui_wait_text(&u, "To nordnetz");
    ui_wait_text(&u, " % of 20 Mbit/s");
    ui_wait_text(&u, "4 Mbit/s reserved");
    ui_wait_text(&u, "harbour-tv");
    ui_wait_text(&u, "Channel 1193046 from hafen");
    ui_wait_text(&u, "Tree from hafen");
    ui_wait_text(&u, "2 branches, ");
    ui_wait(is_mira_asleep, &u, "a trace to tell that mira is asleep");
    ui_wait_text(&u, "Jammed for ");
    g_assert_cmpuint(ui_check_names(GTK_WIDGET(u.window)), >, 0);
    take_all(&u);
    ui_tear_down(&u);
    end(&s);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_assert_cmpint(argc, ==, 3);
    scene_path = argv[1];
    shots = argv[2];
    g_test_add_func("/load/network", test_load);
    return g_test_run();
}
