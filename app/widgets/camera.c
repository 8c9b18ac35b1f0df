/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * camera.c - a thread that looks through a camera until it has read a code.
 *
 *     open --> (next --> picture, code)* --> close
 *          `-> failed
 *
 * The thread owns what it works with and knows the object by a weak reference only.
 */
#include "widgets/camera.h"

#include "widgets/code-decode.h"

struct _N2Camera {
    GObject parent_instance;
    struct work *work; /* shared; NULL once it was stopped */
};

G_DEFINE_FINAL_TYPE(N2Camera, n2_camera, G_TYPE_OBJECT)

enum {
    SIGNAL_FRAME,
    SIGNAL_READ,
    SIGNAL_FAILED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct work {
    const N2CameraSource *source;
    GMainContext *context; /* owned; of the signals */
    GWeakRef camera;
    gint is_over;    /* atomic */
    gint is_telling; /* atomic; a picture waits to be shown: the next one is left out */
} work;

static void
work_clear(gpointer data)
{
    work *w = data;

    g_main_context_unref(w->context);
    g_weak_ref_clear(&w->camera);
}

static void
work_unref(gpointer data)
{
    g_atomic_rc_box_release_full(data, work_clear);
}

/* One of the three goes to the main context. */
typedef struct {
    work *w; /* a reference */
    GdkTexture *frame;
    GBytes *text;
    GError *error;
} news;

static void
news_free(gpointer data)
{
    news *n = data;

    if (n->frame)
        g_atomic_int_set(&n->w->is_telling, 0);
    g_clear_object(&n->frame);
    g_clear_pointer(&n->text, g_bytes_unref);
    g_clear_error(&n->error);
    work_unref(n->w);
    g_free(n);
}

static gboolean
on_news_cb(gpointer user_data)
{
    const news *n = user_data;
    g_autoptr(N2Camera) self = g_weak_ref_get(&n->w->camera);

    if (!self || self->work != n->w)
        return G_SOURCE_REMOVE;
    if (n->frame) {
        g_signal_emit(self, signals[SIGNAL_FRAME], 0, n->frame);
        return G_SOURCE_REMOVE;
    }
    n2_camera_stop(self);
    if (n->text)
        g_signal_emit(self, signals[SIGNAL_READ], 0, n->text);
    else
        g_signal_emit(self, signals[SIGNAL_FAILED], 0, n->error);
    return G_SOURCE_REMOVE;
}

/* All but @w is consumed. */
static void
tell(work *w, GdkTexture *frame, GBytes *text, GError *error)
{
    news *n = g_new(news, 1);

    *n = (news){g_atomic_rc_box_acquire(w), frame, text, error};
    /* Not invoked: that would run it in this thread while nobody has the context. */
    g_autoptr(GSource) source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, on_news_cb, n, news_free);
    (void)g_source_attach(source, w->context);
}

/* Without colours: cameras differ in how they send them, and a code has none. */
static GdkTexture *
picture_of(const N2CameraFrame *frame)
{
    gsize n = (gsize)frame->width * frame->height;
    guint8 *rgb = g_malloc(3 * n);

    for (gsize i = 0; i < n; i++)
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = frame->grey[i];
    g_autoptr(GBytes) bytes = g_bytes_new_take(rgb, 3 * n);
    return gdk_memory_texture_new((int)frame->width, (int)frame->height, GDK_MEMORY_R8G8B8,
                                  bytes, 3 * (gsize)frame->width);
}

static gpointer
look(gpointer user_data)
{
    work *w = user_data;
    GError *error = NULL;
    GBytes *text = NULL;
    gpointer source = w->source->open(&error);

    while (source && !text && !error && !g_atomic_int_get(&w->is_over)) {
        N2CameraFrame frame = {0};

        if (w->source->next(source, &frame, &error) && frame.grey) {
            if (!g_atomic_int_exchange(&w->is_telling, 1))
                tell(w, picture_of(&frame), NULL, NULL);
            text = n2_code_read_grey(frame.grey, frame.width, frame.height);
        }
        g_free(frame.grey);
    }
    if (source)
        w->source->close(source);
    if (text || error)
        tell(w, NULL, text, error);
    work_unref(w);
    return NULL;
}

void
n2_camera_stop(N2Camera *self)
{
    g_return_if_fail(N2_IS_CAMERA(self));

    if (!self->work)
        return;
    g_atomic_int_set(&self->work->is_over, 1);
    g_clear_pointer(&self->work, work_unref);
}

static void
n2_camera_dispose(GObject *object)
{
    n2_camera_stop(N2_CAMERA(object));
    G_OBJECT_CLASS(n2_camera_parent_class)->dispose(object);
}

static void
n2_camera_class_init(N2CameraClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_camera_dispose;
    signals[SIGNAL_FRAME] = g_signal_new("frame", N2_TYPE_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, GDK_TYPE_TEXTURE);
    signals[SIGNAL_READ] = g_signal_new("read", N2_TYPE_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
    signals[SIGNAL_FAILED] = g_signal_new("failed", N2_TYPE_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
n2_camera_init(N2Camera *self)
{
    (void)self;
}

N2Camera *
n2_camera_new(const N2CameraSource *source)
{
    N2Camera *self = g_object_new(N2_TYPE_CAMERA, NULL);
    work *w = g_atomic_rc_box_new0(work);

    w->source = source ? source : &n2_camera_source;
    w->context = g_main_context_ref_thread_default();
    g_weak_ref_init(&w->camera, self);
    self->work = g_atomic_rc_box_acquire(w);
    g_thread_unref(g_thread_new("n2-camera", look, w));
    return self;
}
