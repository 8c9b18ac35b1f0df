/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * transfer-stream.c - the bytes of a transfer as a stream that keeps its transfer alive.
 */
#include "model/transfer-stream.h"

struct _N2TransferStream {
    GInputStream parent_instance;

    N2Transfer *transfer; /* owned */
    gboolean has_ended;
};

G_DEFINE_FINAL_TYPE(N2TransferStream, n2_transfer_stream, G_TYPE_INPUT_STREAM)

static gssize
read_sync(
    GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
    N2TransferStream *self = N2_TRANSFER_STREAM(stream);

    return g_input_stream_read(n2_transfer_peek_stream(self->transfer), buffer, count,
                               cancellable, error);
}

static gboolean
close_sync(GInputStream *stream, GCancellable *cancellable, GError **error)
{
    N2TransferStream *self = N2_TRANSFER_STREAM(stream);

    (void)cancellable;
    (void)error;
    if (!self->has_ended)
        n2_transfer_cancel(self->transfer);
    self->has_ended = TRUE;
    return TRUE;
}

static void
on_cause_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = n2_transfer_wait_finish(N2_TRANSFER(source), result, &error);

    if (dict) /* the node thinks that all is well, yet bytes are missing */
        error = n2_error_make(N2_ERR_CLOSED, "", NULL, NULL);
    g_task_return_error(task, g_steal_pointer(&error));
}

static void
on_read_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2TransferStream *self = g_task_get_source_object(task);
    g_autoptr(GError) error = NULL;
    gssize n = g_input_stream_read_finish(G_INPUT_STREAM(source), result, &error);

    if (n > 0) {
        g_task_return_int(task, n);
        return;
    }
    self->has_ended = TRUE;
    if (n == 0) {
        g_task_return_int(task, 0);
        return;
    }
    if (n2_error_code(error) != N2_ERR_CLOSED) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    GCancellable *cancellable = g_task_get_cancellable(task);
    n2_transfer_wait_async(self->transfer, cancellable, on_cause_cb, g_steal_pointer(&task));
}

static void
read_async(GInputStream *stream,
           void *buffer,
           gsize count,
           int io_priority,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
    N2TransferStream *self = N2_TRANSFER_STREAM(stream);
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    g_input_stream_read_async(n2_transfer_peek_stream(self->transfer), buffer, count,
                              io_priority, cancellable, on_read_cb, task);
}

static gssize
read_finish(GInputStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_int(G_TASK(result), error);
}

static void
close_async(GInputStream *stream,
            int io_priority,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(stream, cancellable, callback, user_data);

    g_task_set_priority(task, io_priority);
    g_task_return_boolean(task, close_sync(stream, NULL, NULL));
}

static gboolean
close_finish(GInputStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void
n2_transfer_stream_finalize(GObject *object)
{
    g_clear_object(&N2_TRANSFER_STREAM(object)->transfer);
    G_OBJECT_CLASS(n2_transfer_stream_parent_class)->finalize(object);
}

static void
n2_transfer_stream_class_init(N2TransferStreamClass *klass)
{
    GInputStreamClass *stream_class = G_INPUT_STREAM_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = n2_transfer_stream_finalize;
    stream_class->read_fn = read_sync;
    stream_class->close_fn = close_sync;
    stream_class->read_async = read_async;
    stream_class->read_finish = read_finish;
    stream_class->close_async = close_async;
    stream_class->close_finish = close_finish;
}

static void
n2_transfer_stream_init(N2TransferStream *self)
{
    (void)self;
}

GInputStream *
n2_transfer_stream_new(N2Transfer *transfer)
{
    N2TransferStream *self = g_object_new(N2_TYPE_TRANSFER_STREAM, NULL);

    self->transfer = transfer;
    return G_INPUT_STREAM(self);
}
