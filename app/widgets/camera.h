/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * camera.h - what a camera sees, and the first code in it.
 *
 * Layer:   app/widgets.
 * Threads: the camera is asked in a thread of its own, which ends soon after the object or
 *          n2_camera_stop(); signals come in the main context.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

enum {
    N2_CAMERA_WAIT_MS = 200, /* how long a source may wait for a picture */
    N2_CAMERA_SIDE_MAX = 4096
};

typedef struct {
    guint8 *grey; /* owned; a byte a point */
    guint width, height;
} N2CameraFrame;

/** Who takes the pictures; all is called in the camera's thread. */
typedef struct {
    /** NULL with @error: there is none, or it is busy. */
    gpointer (*open)(GError **error);
    /** FALSE with @error: it went.  A @frame without `grey`: not yet one. */
    gboolean (*next)(gpointer source, N2CameraFrame *frame, GError **error);
    void (*close)(gpointer source);
} N2CameraSource;

#define N2_TYPE_CAMERA (n2_camera_get_type())
G_DECLARE_FINAL_TYPE(N2Camera, n2_camera, N2, CAMERA, GObject)

/*
 * Signals:
 *   ::frame (GdkTexture *)   to be shown
 *   ::read (GBytes *)        the text of a code; nothing comes after it
 *   ::failed (GError *)      in words; nothing comes after it
 */

/** The first camera of this computer that works.  @source: (nullable): another one, for tests;
 * static. */
N2Camera *n2_camera_new(const N2CameraSource *source);

/** Nothing is told any more. */
void n2_camera_stop(N2Camera *self);

/** This computer's cameras, by V4L2 (camera-source.c). */
extern const N2CameraSource n2_camera_source;

G_END_DECLS
