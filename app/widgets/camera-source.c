/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * camera-source.c - the cameras of this computer, by zbar over V4L2.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <zbar.h>

#include "client/error.h"
#include "widgets/camera.h"

enum {
    CAMERAS_MAX = 16,
    WIDTH = 1280, /* a code with a statement in it is a fine one */
    HEIGHT = 720
};

/* Is there something that this user may not have, or that another program has? */
static gboolean
is_there(const char *path, gboolean *is_shut)
{
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    else if (errno == EACCES || errno == EPERM)
        *is_shut = TRUE;
    return fd >= 0;
}

static zbar_video_t *
open_one(const char *path)
{
    zbar_video_t *video = zbar_video_create();

    zbar_video_request_size(video, WIDTH, HEIGHT);
    if (!zbar_video_open(video, path) && !zbar_negotiate_format(video, NULL) &&
        !zbar_video_enable(video, 1))
        return video;
    zbar_video_destroy(video);
    return NULL;
}

static gpointer
open_any(GError **error)
{
    gboolean is_shut = FALSE, is_busy = FALSE;

    for (guint i = 0; i < CAMERAS_MAX; i++) {
        g_autofree char *path = g_strdup_printf("/dev/video%u", i);
        if (!is_there(path, &is_shut))
            continue;
        zbar_video_t *video = open_one(path);
        if (video)
            return video;
        is_busy = TRUE;
    }
    if (is_busy)
        n2_error_set(
            error, N2_ERR_BUSY, "",
            N_("the camera is used by another program, or sends no pictures"),
            N_("End that program, or take a picture of the code with a phone and open it."));
    else if (is_shut)
        n2_error_set(error, N2_ERR_REFUSED, "", N_("this program may not use the camera"),
                     N_("Allow it, or take a picture of the code with a phone and open it."));
    else
        n2_error_set(error, N2_ERR_NOTFOUND, "", N_("this computer has no camera"),
                     N_("Take a picture of the code with a phone and open it."));
    return NULL;
}

static void
close_it(gpointer source)
{
    zbar_video_t *video = source;

    zbar_video_enable(video, 0);
    zbar_video_destroy(video);
}

static gboolean
next(gpointer source, N2CameraFrame *frame, GError **error)
{
    zbar_video_t *video = source;
    struct pollfd ready = {.fd = zbar_video_get_fd(video), .events = POLLIN};

    if (poll(&ready, 1, N2_CAMERA_WAIT_MS) == 0)
        return TRUE;
    zbar_image_t *image = zbar_video_next_image(video);
    if (!image) {
        n2_error_set(error, N2_ERR_IO, "", N_("the camera sends no more pictures"),
                     N_("Plug it in again, or open a picture of the code."));
        return FALSE;
    }
    zbar_image_t *grey = zbar_image_convert(image, zbar_fourcc('Y', '8', '0', '0'));
    guint width = grey ? zbar_image_get_width(grey) : 0;
    guint height = grey ? zbar_image_get_height(grey) : 0;
    if (width && height && width <= N2_CAMERA_SIDE_MAX && height <= N2_CAMERA_SIDE_MAX &&
        zbar_image_get_data_length(grey) >= (gulong)width * height)
        *frame = (N2CameraFrame){g_memdup2(zbar_image_get_data(grey), (gsize)width * height),
                                 width, height};
    if (grey)
        zbar_image_destroy(grey);
    zbar_image_destroy(image);
    return TRUE;
}

const N2CameraSource n2_camera_source = {open_any, next, close_it};
