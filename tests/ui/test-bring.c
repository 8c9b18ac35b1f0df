/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-bring.c - an identity that is there already comes to this computer.
 *
 * test-bring [FOLDER]: with pictures of every page, into FOLDER.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "assistant.h"
#include "views/carry-box.h"
#include "views/carry.h"
#include "views/sheet-print.h"

static void
go_bring(scene *s)
{
    give_name(s);
    ui_click(ui_get(root(s), BUTTON, _("I already have one")));
    wait_for(s, _("Bring your identity here"));
}

/* From another device: three words, that are compared; or its answer, by the clipboard. */
static void
test_bring(void)
{
    scene s;

    set_up(&s);
    go_bring(&s);
    pictures(&s, "bring");
    key("Return"); /* the focus is on the first way */
    wait_for(&s, _("Where is the other device?"));
    type("k1-far");
    pictures(&s, "bring-words");
    key("Return");
    wait_for(&s, "harbour lemon quiet");
    pictures(&s, "same");
    ui_click(ui_get(root(&s), BUTTON, _("No")));
    wait_for(&s, _("Where is the other device?"));
    UI_UNTIL(n2_fake_identities_count(s.fake, N2_ORDER_PAIR) == 1);
    ui_click(ui_get(root(&s), BUTTON, _("Connect")));
    wait_for(&s, "harbour lemon quiet");
    ui_click(ui_get(root(&s), BUTTON, _("They Are the Same")));
    wait_for(&s, "Nora");
    tear_down(&s);

    set_up(&s);
    go_bring(&s);
    ui_click(ui_get(root(&s), BUTTON, _("By file or picture")));
    wait_for(&s, _("Ask your other device"));
    UI_UNTIL(n2_fake_identities_count(s.fake, N2_ORDER_DRAW) == 1);
    ui_click(ui_get(root(&s), BUTTON, _("Copy")));
    pictures(&s, "bring-file");
    ui_click(ui_get(root(&s), BUTTON, _("Paste"))); /* any text is the node's to judge */
    wait_for(&s, "Nora");
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_IMPORT), ==, 1);
    tear_down(&s);
}

/* By the token that holds its keys: nobody else has to be on.  What is missing is said, and can
 * be brought. */
static void
test_join(void)
{
    scene s;

    set_up(&s);
    go_bring(&s);
    ui_click(ui_get(root(&s), BUTTON, _("By security token")));
    wait_for(&s, _("Join by your token"));
    GtkWidget *join = ui_get(root(&s), BUTTON, _("Join"));
    wait_for(&s, _("Plug in the one that holds keys of your identity."));
    type("k1-nora");
    g_assert_false(gtk_widget_is_sensitive(join));
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    g_assert_false(gtk_widget_is_sensitive(join)); /* there is nothing on it */
    n2_fake_identities_fill(s.fake);
    g_assert_true(gtk_widget_is_sensitive(join));
    pictures(&s, "bring-token");
    n2_fake_identities_fail(s.fake, "the statements of this identity are not known here",
                            "Bring them in a file, from: net2o id export --own");
    key("Return");
    wait_for(&s, "net2o id export --own");
    gdk_clipboard_set_text(gtk_widget_get_clipboard(root(&s)), N2_FAKE_ANSWER);
    ui_click(ui_get(root(&s), BUTTON, _("Paste")));
    wait_for(&s, _("That is here now."));
    g_assert_cmpstr(n2_fake_identities_peek_text(s.fake), ==, N2_FAKE_ANSWER);
    pictures(&s, "bring-token-known");
    key("Return"); /* the focus is on Join */
    wait_for(&s, _("Give the token’s PIN"));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_JOIN), ==, 2);
    type("000000");
    key("Return");
    wait_for(&s, _("Join by your token")); /* with what was typed */
    g_assert_nonnull(ui_find_text(root(&s), "PIN"));
    ui_click(join);
    wait_for(&s, _("Give the token’s PIN"));
    type(N2_FAKE_PIN);
    key("Return");
    wait_for(&s, _("Touch the token"));
    n2_fake_identities_touch(s.fake);
    wait_for(&s, "Nora");
    tear_down(&s);
}

/* A widget as it is on the screen. */
static GdkTexture *
picture_of(GtkWidget *widget)
{
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    GtkSnapshot *snapshot = gtk_snapshot_new();

    gdk_paintable_snapshot(paintable, snapshot, width, height);
    GskRenderNode *node = gtk_snapshot_free_to_node(snapshot);
    GskRenderer *renderer = gtk_native_get_renderer(gtk_widget_get_native(widget));
    GdkTexture *texture = gsk_renderer_render_texture(
        renderer, node, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
    gsk_render_node_unref(node);
    return texture;
}

static void
drop(GtkWidget *widget, const char *path)
{
    g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_auto(GValue) value = G_VALUE_INIT;
    gboolean is_taken = FALSE;

    g_value_init(&value, G_TYPE_FILE);
    g_value_set_object(&value, file);
    for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
        g_autoptr(GtkEventController) one = g_list_model_get_item(controllers, i);
        if (GTK_IS_DROP_TARGET(one))
            g_signal_emit_by_name(one, "drop", &value, 1., 1., &is_taken);
    }
    g_assert_true(is_taken);
}

/* What one page shows as a code another one reads: pasted, dropped, scanned. */
static void
test_code(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "code.png", NULL);
    g_autofree char *other = g_build_filename(g_get_tmp_dir(), "other.png", NULL);
    scene s;

    set_up(&s);
    go_bring(&s);
    ui_click(ui_get(root(&s), BUTTON, _("By file or picture")));
    wait_for(&s, _("Ask your other device"));
    ui_sleep(300);
    GtkWidget *code = ui_get(root(&s), GTK_ACCESSIBLE_ROLE_IMG, _("The request as a picture"));
    g_autoptr(GdkTexture) texture = picture_of(code);
    g_autoptr(GdkTexture) none = picture_of(ui_get(root(&s), BUTTON, _("Paste")));
    g_assert_true(gdk_texture_save_to_png(texture, path));
    g_assert_true(gdk_texture_save_to_png(none, other));
    GdkClipboard *clipboard = gtk_widget_get_clipboard(root(&s));

    /* Through the window, with what it says where there is no camera. */
    ui_click(ui_get(root(&s), BUTTON, _("Scan…")));
    GtkWidget *window = ui_get_window(_("Scan a code"));
    scene over = {.u.window = (N2Window *)window};
    if (!g_file_test("/dev/video0", G_FILE_TEST_EXISTS))
        wait_for(&over, _("Take a picture of the code with a phone and open it."));
    pictures(&over, "scan");
    drop(window, other);
    wait_for(&over, _("Take one that shows all of it, straight and sharp."));
    pictures(&over, "scan-none");
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_IMPORT), ==, 0);
    n2_fake_identities_fail(s.fake, "the answer is of another day", "Ask again.");
    gdk_clipboard_set_texture(clipboard, texture);
    ui_click(ui_get(window, BUTTON, _("Paste")));
    wait_for(&s, "Ask again.");
    g_assert_null(ui_find_window(_("Scan a code")));
    g_assert_cmpstr(n2_fake_identities_peek_text(s.fake), ==, N2_FAKE_CODE);

    /* Without it. */
    gdk_clipboard_set_texture(clipboard, none);
    ui_click(ui_get(root(&s), BUTTON, _("Paste")));
    wait_for(&s, _("Take one that shows all of it, straight and sharp."));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_IMPORT), ==, 1);
    GtkWidget *paste = ui_get(root(&s), BUTTON, _("Paste"));
    drop(gtk_widget_get_ancestor(paste, N2_TYPE_CARRY_BOX), path);
    wait_for(&s, "Nora");
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_IMPORT), ==, 2);
    tear_down(&s);
}

/* A camera that sees nothing but a wall until a code is held before it. */
static struct {
    gint is_held; /* atomic */
    gint n_closed;
    char *text;
} eye;

enum {
    EYE_WIDTH = 640,
    EYE_HEIGHT = 480,
    CODE_SIDE = 300
};

static gpointer
eye_open(GError **error)
{
    (void)error;
    return &eye;
}

static gboolean
eye_next(gpointer source, N2CameraFrame *frame, GError **error)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, EYE_WIDTH, EYE_HEIGHT);
    cairo_t *cr = cairo_create(surface);

    (void)source;
    (void)error;
    g_usleep(20000);
    cairo_set_source_rgb(cr, .45, .45, .45);
    cairo_paint(cr);
    if (g_atomic_int_get(&eye.is_held)) {
        cairo_translate(cr, 220, 40);
        cairo_rotate(cr, .2);
        n2_sheet_draw_qr(cr, N2_FAKE_CODE, 0, 0, CODE_SIDE);
    }
    cairo_destroy(cr);
    *frame = (N2CameraFrame){g_malloc(EYE_WIDTH * EYE_HEIGHT), EYE_WIDTH, EYE_HEIGHT};
    for (gsize i = 0; i < EYE_WIDTH * EYE_HEIGHT; i++)
        frame->grey[i] = cairo_image_surface_get_data(surface)[4 * i];
    cairo_surface_destroy(surface);
    return TRUE;
}

static void
eye_close(gpointer source)
{
    (void)source;
    g_atomic_int_inc(&eye.n_closed);
}

static void
on_scanned_cb(GtkWidget *widget, GBytes *text, const GError *error)
{
    (void)widget;
    g_assert_no_error(error);
    eye.text = g_strndup(g_bytes_get_data(text, NULL), g_bytes_get_size(text));
}

/* With a camera: what it sees is shown, and a code that is held before it ends the window, as
 * Escape does; either ends the camera. */
static void
test_camera(void)
{
    static const N2CameraSource camera = {eye_open, eye_next, eye_close};
    scene s;

    set_up(&s);
    for (int held = 0; held < 2; held++) {
        memset(&eye, 0, sizeof eye);
        n2_carry_scan(s.run, &camera, on_scanned_cb);
        GtkWidget *window = ui_get_window(_("Scan a code"));
        if (held)
            pictures(&(scene){.u.window = (N2Window *)window}, "scan-camera");
        if (held)
            g_atomic_int_set(&eye.is_held, 1);
        else
            gtk_window_close(GTK_WINDOW(window));
        while (!g_atomic_int_get(&eye.n_closed))
            ui_sleep(10);
        UI_UNTIL(!ui_find_window(_("Scan a code")));
        g_assert_cmpstr(eye.text, ==, held ? N2_FAKE_CODE : NULL);
        g_free(eye.text);
    }
    tear_down(&s);
}

/* The sheet alone: a new identity is made, and ends the old one; wrong words do not. */
static void
test_lost(void)
{
    scene s;

    set_up(&s);
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    go_bring(&s);
    ui_click(ui_get(root(&s), BUTTON, _("From the recovery sheet")));
    wait_for(&s, _("What does the sheet say?"));
    type("able acid");
    key("Return");
    type("k1-old");
    pictures(&s, "lost");
    key("Return");
    wait_for(&s, _("Who will you be?"));
    ui_click(ui_get(root(&s), BUTTON, _("Use a security token")));
    wait_for(&s, _("Give the token’s PIN"));
    type(N2_FAKE_PIN);
    key("Return");
    wait_for(&s, _("Touch the token"));
    n2_fake_identities_touch(s.fake);
    wait_for(&s, _("That did not work"));
    g_assert_false(n2_fake_identities_was_ended(s.fake));
    key("Return"); /* back to the words */
    wait_for(&s, _("What does the sheet say?"));
    GtkWidget *typed = ui_get(root(&s), GTK_ACCESSIBLE_ROLE_TEXT_BOX, _("The 13 words"));
    gtk_editable_set_text(GTK_EDITABLE(typed), N2_FAKE_WORDS);
    ui_click(ui_get(root(&s), BUTTON, _("Go On")));
    wait_for(&s, _("Now a second token"));
    g_assert_true(n2_fake_identities_was_ended(s.fake));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_MAKE), ==, 1);
    tear_down(&s);
}

int
main(int argc, char **argv)
{
    assistant_init(&argc, &argv);
    g_test_add_func("/bring/other", test_bring);
    g_test_add_func("/bring/join", test_join);
    g_test_add_func("/bring/code", test_code);
    g_test_add_func("/bring/camera", test_camera);
    g_test_add_func("/bring/lost", test_lost);
    return g_test_run();
}
