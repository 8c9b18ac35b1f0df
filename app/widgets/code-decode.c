/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code-decode.c - picture -> grey -> zbar -> text.
 */
#include "widgets/code-decode.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>
#include <zbar.h>

enum {
    RED = 77, /* how bright a colour is, in 256ths (ITU-R BT.601) */
    GREEN = 150,
    BLUE = 29,
    WHITE = 255
};

static const struct {
    const char *type, *begins;
    gsize n;
} kinds[] = {{"png", "\x89PNG\r\n\x1a\n", 8}, {"jpeg", "\xff\xd8\xff", 3}};

static const char *
type_of(GBytes *bytes)
{
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
unpack(GBytes *bytes, gboolean *is_large)
{
    g_autoptr(GdkPixbufLoader) loader =
        type_of(bytes) ? gdk_pixbuf_loader_new_with_type(type_of(bytes), NULL) : NULL;
    gboolean is_whole = FALSE;

    if (!loader)
        return NULL;
    g_signal_connect(loader, "size-prepared", G_CALLBACK(on_size_cb), is_large);
    is_whole = gdk_pixbuf_loader_write_bytes(loader, bytes, NULL);
    is_whole = gdk_pixbuf_loader_close(loader, NULL) && is_whole;
    GdkPixbuf *pixbuf = is_whole && !*is_large ? gdk_pixbuf_loader_get_pixbuf(loader) : NULL;
    return pixbuf ? g_object_ref(pixbuf) : NULL;
}

void
n2_code_prepare(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GdkPixbufLoader) loader =
            gdk_pixbuf_loader_new_with_type(kinds[i].type, NULL);
        if (loader)
            gdk_pixbuf_loader_close(loader, NULL); /* without a picture */
    }
}

N2CodeResult
n2_code_decode(GBytes *picture, GBytes **text)
{
    gboolean is_large = g_bytes_get_size(picture) > N2_CODE_BYTES_MAX;
    g_autoptr(GdkPixbuf) pixbuf = is_large ? NULL : unpack(picture, &is_large);
    g_autofree guint8 *grey = pixbuf ? to_grey(pixbuf) : NULL;

    *text = grey ? n2_code_read_grey(grey, (guint)gdk_pixbuf_get_width(pixbuf),
                                     (guint)gdk_pixbuf_get_height(pixbuf))
                 : NULL;
    return *text      ? N2_CODE_READ
           : grey     ? N2_CODE_NONE
           : is_large ? N2_CODE_LARGE
                      : N2_CODE_BROKEN;
}
