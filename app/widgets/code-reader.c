/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code-reader.c - picture -> grey -> zbar -> text.
 */
#include "widgets/code-reader.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n.h>
#include <string.h>
#include <zbar.h>

#include "client/error.h"

enum {
    RED = 77, /* how bright a colour is, in 256ths (ITU-R BT.601) */
    GREEN = 150,
    BLUE = 29,
    WHITE = 255
};

static const char *
type_of(GBytes *bytes)
{
    static const struct {
        const char *type, *begins;
        gsize n;
    } kinds[] = {{"png", "\x89PNG\r\n\x1a\n", 8}, {"jpeg", "\xff\xd8\xff", 3}};
    gsize n = 0;
    const guint8 *data = g_bytes_get_data(bytes, &n);

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (n > kinds[i].n && memcmp(data, kinds[i].begins, kinds[i].n) == 0)
            return kinds[i].type;
    return NULL;
}

gboolean
n2_code_is_picture(GBytes *bytes)
{
    return type_of(bytes) != NULL;
}

/* ---- codes ---- */

GBytes *
n2_code_read_grey(const guint8 *grey, guint width, guint height)
{
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();
    GBytes *text = NULL;

    zbar_image_scanner_request_dbus(scanner, 0); /* what is read is nobody else's */
    zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, width, height);
    zbar_image_set_data(image, grey, (gulong)width * height, NULL);
    zbar_scan_image(scanner, image);
    for (const zbar_symbol_t *symbol = zbar_image_first_symbol(image); symbol && !text;
         symbol = zbar_symbol_next(symbol))
        if (zbar_symbol_get_type(symbol) == ZBAR_QRCODE &&
            zbar_symbol_get_data_length(symbol) > 0)
            text =
                g_bytes_new(zbar_symbol_get_data(symbol), zbar_symbol_get_data_length(symbol));
    zbar_image_destroy(image);
    zbar_image_scanner_destroy(scanner);
    return text;
}

/* ---- pictures ---- */

/* What is behind a picture is white, as paper is. */
static guint8 *
to_grey(const GdkPixbuf *pixbuf)
{
    int width = gdk_pixbuf_get_width(pixbuf), height = gdk_pixbuf_get_height(pixbuf);
    int n = gdk_pixbuf_get_n_channels(pixbuf);
    gsize stride = (gsize)gdk_pixbuf_get_rowstride(pixbuf);
    const guint8 *pixels = gdk_pixbuf_read_pixels(pixbuf);
    guint8 *grey = g_malloc((gsize)width * (gsize)height), *out = grey;

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const guint8 *p = pixels + (gsize)y * stride + (gsize)x * (gsize)n;
            guint bright = (p[0] * RED + p[1] * GREEN + p[2] * BLUE) >> 8;
            guint cover = n == 4 ? p[3] : WHITE;
            *out++ = (guint8)((bright * cover + WHITE * (WHITE - cover)) / WHITE);
        }
    return grey;
}

/* The picture's head was read; nothing of it was unpacked. */
static void
on_size_cb(GdkPixbufLoader *loader, int width, int height, gpointer user_data)
{
    gboolean *is_large = user_data;

    *is_large = (gint64)width * height > N2_CODE_PIXELS_MAX;
    if (*is_large)
        gdk_pixbuf_loader_set_size(loader, 0, 0); /* it ends here */
}

static GdkPixbuf *
unpack(GBytes *bytes, GError **error)
{
    gboolean is_large = g_bytes_get_size(bytes) > N2_CODE_BYTES_MAX, is_whole = FALSE;
    g_autoptr(GdkPixbufLoader) loader =
        type_of(bytes) && !is_large ? gdk_pixbuf_loader_new_with_type(type_of(bytes), NULL)
                                    : NULL;

    if (loader) {
        g_signal_connect(loader, "size-prepared", G_CALLBACK(on_size_cb), &is_large);
        is_whole = gdk_pixbuf_loader_write_bytes(loader, bytes, NULL);
        is_whole = gdk_pixbuf_loader_close(loader, NULL) && is_whole;
    }
    GdkPixbuf *pixbuf = is_whole && !is_large ? gdk_pixbuf_loader_get_pixbuf(loader) : NULL;
    if (pixbuf)
        return g_object_ref(pixbuf);
    if (is_large)
        n2_error_set(error, N2_ERR_LIMIT, "", N_("this picture is too large"),
                     N_("Cut the code out of it, or take a smaller one."));
    else
        n2_error_set(error, N2_ERR_FORMAT, "",
                     N_("this is no picture that can be read, or it is damaged"),
                     N_("Take one in PNG or JPEG."));
    return NULL;
}

static void
read_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    g_autoptr(GdkPixbuf) pixbuf = unpack(data, &error);
    g_autofree guint8 *grey = pixbuf ? to_grey(pixbuf) : NULL;
    GBytes *text = grey ? n2_code_read_grey(grey, (guint)gdk_pixbuf_get_width(pixbuf),
                                            (guint)gdk_pixbuf_get_height(pixbuf))
                        : NULL;

    (void)source;
    (void)cancellable;
    if (!text && !error)
        error = n2_error_make(N2_ERR_NOTFOUND, "",
                              N_("there is no code in this picture that can be read"),
                              N_("Take one that shows all of it, straight and sharp."));
    if (text)
        g_task_return_pointer(task, text, (GDestroyNotify)g_bytes_unref);
    else
        g_task_return_error(task, error);
}

void
n2_code_read_async(GBytes *bytes,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(NULL, cancellable, callback, user_data);

    g_task_set_task_data(task, g_bytes_ref(bytes), (GDestroyNotify)g_bytes_unref);
    g_task_run_in_thread(task, read_in_thread);
}

GBytes *
n2_code_read_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}
