/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-code.c - codes that we draw are read back from pictures and through a camera; what is no
 *               such picture is refused in words.  Needs no screen.
 */
#include <cairo.h>
#include <signal.h>
#include <string.h>

#include "client/error.h"
#include "views/sheet-print.h"
#include "widgets/camera.h"
#include "widgets/code-reader.h"

enum {
    SIDE = 600,
    HUGE_SIDE = 20000
};

static cairo_status_t
on_write_cb(void *closure, const unsigned char *data, unsigned int n)
{
    g_byte_array_append(closure, data, n);
    return CAIRO_STATUS_SUCCESS;
}

/* Consumes @surface. */
static GBytes *
png_of(cairo_surface_t *surface)
{
    GByteArray *png = g_byte_array_new();

    g_assert_cmpint(cairo_surface_write_to_png_stream(surface, on_write_cb, png), ==,
                    CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(surface);
    return g_byte_array_free_to_bytes(png);
}

/* As every widget of ours draws it; NULL: an empty picture. */
static cairo_surface_t *
draw(const char *text)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, SIDE, SIDE);
    cairo_t *cr = cairo_create(surface);

    cairo_set_source_rgb(cr, .2, .2, .3);
    cairo_paint(cr);
    if (text)
        g_assert_cmpint(n2_sheet_draw_qr(cr, text, 20, 20, SIDE - 40), >, 0);
    cairo_destroy(cr);
    return surface;
}

static void
on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    (void)source;
    *(GAsyncResult **)user_data = g_object_ref(result);
}

/* The text, or NULL with @error. */
static char *
read_code(GBytes *picture, GError **error)
{
    g_autoptr(GAsyncResult) result = NULL;

    n2_code_read_async(picture, NULL, on_done_cb, &result);
    while (!result)
        g_main_context_iteration(NULL, TRUE);
    g_autoptr(GBytes) text = n2_code_read_finish(result, error);
    return text ? g_strndup(g_bytes_get_data(text, NULL), g_bytes_get_size(text)) : NULL;
}

static void
test_round(void)
{
    g_autofree char *more = g_strnfill(700, 'A');
    g_autofree char *statement = g_strconcat("N2:MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", more, NULL);
    const char *texts[] = {"net2o://k1-3f9c/", "N2:MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", statement,
                           "Straße – كود"};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GBytes) png = png_of(draw(texts[i]));
        g_autoptr(GError) error = NULL;
        g_autofree char *text = read_code(png, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, texts[i]);
    }
}

static void
refused(GBytes *picture, n2_err code, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = read_code(picture, &error);

    g_assert_null(text);
    g_assert_error(error, N2_ERROR, (int)code);
    g_assert_cmpstr(n2_error_peek_why(error), ==, why);
    g_assert_cmpstr(n2_error_peek_next(error), !=, "");
}

static void
test_no_code(void)
{
    g_autoptr(GBytes) empty = png_of(draw(NULL));

    refused(empty, N2_ERR_NOTFOUND, "there is no code in this picture that can be read");
}

static guint32
crc_of(const guint8 *bytes, gsize n)
{
    guint32 crc = G_MAXUINT32;

    for (gsize i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (guint bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
    }
    return ~crc;
}

/* A small file that says that it has 400 million points, for which there is never room made. */
static void
test_huge(void)
{
    const guint32 side = GUINT32_TO_BE(HUGE_SIDE);
    g_autoptr(GBytes) png = png_of(draw("net2o://k1-3f9c/"));
    gsize n = g_bytes_get_size(png);
    guint8 *bytes = g_memdup2(g_bytes_get_data(png, NULL), n);
    g_autofree guint8 *much = g_malloc0(N2_CODE_BYTES_MAX + 1);

    memcpy(much, bytes, 8);
    memcpy(bytes + 16, &side, sizeof side); /* in IHDR: width, height */
    memcpy(bytes + 20, &side, sizeof side);
    const guint32 crc = GUINT32_TO_BE(crc_of(bytes + 12, 17));
    memcpy(bytes + 29, &crc, sizeof crc);
    g_autoptr(GBytes) huge = g_bytes_new_take(bytes, n);
    refused(huge, N2_ERR_LIMIT, "this picture is too large");
    g_autoptr(GBytes) long_one = g_bytes_new_static(much, N2_CODE_BYTES_MAX + 1);
    refused(long_one, N2_ERR_LIMIT, "this picture is too large");
}

static void
test_broken(void)
{
    static const char why[] = "this is no picture that can be read, or it is damaged";
    g_autoptr(GBytes) png = png_of(draw("net2o://k1-3f9c/"));
    gsize n = g_bytes_get_size(png);
    g_autoptr(GBytes) text = g_bytes_new_static("<svg/>", 6);
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    guint8 *damaged = g_memdup2(g_bytes_get_data(png, NULL), n);

    g_assert_true(n2_code_is_picture(png));
    g_assert_false(n2_code_is_picture(text));
    g_assert_false(n2_code_is_picture(nothing));
    refused(text, N2_ERR_FORMAT, why);
    refused(nothing, N2_ERR_FORMAT, why);
    for (gsize cut = 9; cut < 60; cut += 10) {
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(png, 0, cut);
        g_autoptr(GError) error = NULL;
        g_autofree char *code = read_code(part, &error);
        g_assert_null(code);
        g_assert_true(g_error_matches(error, N2_ERROR, N2_ERR_FORMAT) ||
                      g_error_matches(error, N2_ERROR, N2_ERR_NOTFOUND)); /* its upper part */
    }
    damaged[n / 2] ^= 0xff;
    g_autoptr(GBytes) other = g_bytes_new_take(damaged, n);
    refused(other, N2_ERR_FORMAT, why);
}

/* Who waits for a picture has given up all else already. */
static void
test_walls(void)
{
    g_autofree char *program =
        g_test_build_filename(G_TEST_BUILT, "..", "..", "app", "net2o-code", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) code = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, NULL);
    g_autofree char *status = NULL;

    g_assert_no_error(error);
    g_autofree char *path =
        g_strdup_printf("/proc/%s/status", g_subprocess_get_identifier(code));
    do {
        g_clear_pointer(&status, g_free);
        g_assert_true(g_file_get_contents(path, &status, NULL, NULL));
        g_assert_null(strstr(status, "State:\tZ")); /* it did not end */
        g_thread_yield();
    } while (!strstr(status, "State:\tS") || !strstr(status, "NoNewPrivs:\t1"));
    g_assert_nonnull(strstr(status, "Seccomp:\t2"));
    g_subprocess_force_exit(code);
    g_subprocess_wait(code, NULL, NULL);
}

/* ---- camera ---- */

/* What the camera in the test does; one at a time. */
static struct {
    gboolean is_absent, is_pulled;
    guint n_empty;         /* pictures without a code, before the one with it; 0: for ever */
    gint n_open, n_closed; /* atomic */
    guint n_next;
    guint n_frames, n_read, n_failed; /* signals */
    char *text;
} eye;

static gpointer
eye_open(GError **error)
{
    g_atomic_int_inc(&eye.n_open);
    if (!eye.is_absent)
        return &eye;
    n2_error_set(error, N2_ERR_NOTFOUND, "", "this computer has no camera", "Buy one.");
    return NULL;
}

static gboolean
eye_next(gpointer source, N2CameraFrame *frame, GError **error)
{
    g_autofree char *text = NULL;

    g_assert_true(source == &eye);
    if (eye.is_pulled && eye.n_next > 1) {
        n2_error_set(error, N2_ERR_IO, "", "the camera sends no more pictures", "");
        return FALSE;
    }
    if (++eye.n_next == 1)
        return TRUE; /* not yet one */
    gboolean has_code = eye.n_empty && eye.n_next > eye.n_empty;
    cairo_surface_t *surface = draw(has_code ? "net2o://k1-3f9c/" : NULL);
    const guint8 *data = cairo_image_surface_get_data(surface);
    *frame = (N2CameraFrame){g_malloc(SIDE * SIDE), SIDE, SIDE};
    for (gsize i = 0; i < SIDE * SIDE; i++)
        frame->grey[i] = data[4 * i];
    cairo_surface_destroy(surface);
    return TRUE;
}

static void
eye_close(gpointer source)
{
    g_assert_true(source == &eye);
    g_atomic_int_inc(&eye.n_closed);
}

static const N2CameraSource eye_source = {eye_open, eye_next, eye_close};

static void
on_frame_cb(N2Camera *camera, GdkTexture *frame)
{
    (void)camera;
    g_assert_cmpint(gdk_texture_get_width(frame), ==, SIDE);
    eye.n_frames++;
}

static void
on_read_cb(N2Camera *camera, GBytes *text)
{
    (void)camera;
    eye.n_read++;
    eye.text = g_strndup(g_bytes_get_data(text, NULL), g_bytes_get_size(text));
}

static void
on_failed_cb(N2Camera *camera, const GError *error)
{
    (void)camera;
    g_assert_cmpstr(n2_error_peek_why(error), !=, "");
    eye.n_failed++;
}

static N2Camera *
open_eye(void)
{
    N2Camera *camera = n2_camera_new(&eye_source);

    g_signal_connect(camera, "frame", G_CALLBACK(on_frame_cb), NULL);
    g_signal_connect(camera, "read", G_CALLBACK(on_read_cb), NULL);
    g_signal_connect(camera, "failed", G_CALLBACK(on_failed_cb), NULL);
    return camera;
}

static void
await_closed(void)
{
    while (!g_atomic_int_get(&eye.n_closed))
        g_thread_yield();
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void
test_camera(void)
{
    memset(&eye, 0, sizeof eye);
    eye.n_empty = 3;
    g_autoptr(N2Camera) camera = open_eye();
    while (!eye.n_read)
        g_main_context_iteration(NULL, TRUE);
    await_closed();
    g_assert_cmpuint(eye.n_frames, >, 0);
    g_assert_cmpuint(eye.n_read, ==, 1);
    g_assert_cmpstr(eye.text, ==, "net2o://k1-3f9c/");
    g_assert_cmpuint(eye.n_failed, ==, 0);
    g_free(eye.text);
}

/* None, or one that is pulled out: in words, once. */
static void
test_camera_fails(void)
{
    for (int pulled = 0; pulled < 2; pulled++) {
        memset(&eye, 0, sizeof eye);
        eye.is_absent = !pulled;
        eye.is_pulled = pulled;
        g_autoptr(N2Camera) camera = open_eye();
        while (!eye.n_failed)
            g_main_context_iteration(NULL, TRUE);
        if (pulled)
            await_closed();
        g_assert_cmpuint(eye.n_read, ==, 0);
        g_assert_cmpuint(eye.n_failed, ==, 1);
    }
}

/* A window that goes takes the camera along; nothing is told to it any more. */
static void
test_camera_stops(void)
{
    memset(&eye, 0, sizeof eye);
    N2Camera *camera = open_eye();
    while (!eye.n_frames)
        g_main_context_iteration(NULL, TRUE);
    guint n = eye.n_frames;
    n2_camera_stop(camera);
    await_closed();
    g_assert_cmpuint(eye.n_frames, ==, n);
    g_object_unref(camera);
}

int
main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* as the browser does */
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/code/round", test_round);
    g_test_add_func("/code/none", test_no_code);
    g_test_add_func("/code/huge", test_huge);
    g_test_add_func("/code/broken", test_broken);
    g_test_add_func("/code/walls", test_walls);
    g_test_add_func("/camera/reads", test_camera);
    g_test_add_func("/camera/fails", test_camera_fails);
    g_test_add_func("/camera/stops", test_camera_stops);
    return g_test_run();
}
