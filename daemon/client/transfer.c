/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * transfer.c - one file on its way from the node: what it is, and its bytes.
 */
#include "client/transfer.h"

#include <glib/gi18n.h>

#include "client/client.h"
#include "client/stream.h"
#include "client/transfer-private.h"

struct _N2Transfer {
    GObject parent_instance;

    N2IpcFiles1 *files;   /* owned */
    GVariant *info;       /* owned */
    GInputStream *stream; /* owned */
    guint64 number;       /* the node's; 0 = the node knows of nothing to carry */

    gboolean is_waiting; /* the node was asked */
    gboolean is_over;    /* and has answered, or was told to cancel */
    GVariant *result;    /* owned; NULL until then, or if it failed */
    GError *failure;     /* owned; why it failed */
    GPtrArray *waiters;  /* owned, of GTask, until is_over */
};

G_DEFINE_FINAL_TYPE(N2Transfer, n2_transfer, G_TYPE_OBJECT)

enum {
    SIGNAL_PROGRESS,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
answer(N2Transfer *self, GTask *task)
{
    if (self->failure)
        g_task_return_error(task, g_error_copy(self->failure));
    else
        g_task_return_pointer(task, g_variant_ref(self->result),
                              (GDestroyNotify)g_variant_unref);
}

/* The only place that ends a transfer.  @result or @failure (transfer full) is set. */
static void
end(N2Transfer *self, GVariant *result, GError *failure)
{
    if (self->is_over) {
        g_clear_pointer(&result, g_variant_unref);
        g_clear_error(&failure);
        return;
    }
    self->is_over = TRUE;
    self->result = result;
    self->failure = failure;

    g_autoptr(GPtrArray) waiters = g_steal_pointer(&self->waiters);
    for (guint i = 0; i < waiters->len; i++)
        answer(self, waiters->pdata[i]);
}

static void
free_weak(GWeakRef *weak)
{
    g_weak_ref_clear(weak);
    g_free(weak);
}

/* Waiting must not keep the transfer alive: who drops it wants it cancelled. */
static GWeakRef *
new_weak(N2Transfer *self)
{
    GWeakRef *weak = g_new0(GWeakRef, 1);

    g_weak_ref_init(weak, self);
    return weak;
}

static void
on_waited_cb(GObject *source, GAsyncResult *async, gpointer user_data)
{
    GWeakRef *weak = user_data;
    g_autoptr(N2Transfer) self = g_weak_ref_get(weak);
    GVariant *result = NULL;
    GError *error = NULL;
    gboolean is_fine =
        n2_ipc_files1_call_wait_finish(N2_IPC_FILES1(source), &result, async, &error);

    free_weak(weak);
    if (!self) {
        g_clear_pointer(&result, g_variant_unref);
        g_clear_error(&error);
        return;
    }
    if (!is_fine)
        error = n2_error_take_remote(error, n2_dict_string(self->info, "address"));
    end(self, result, error);
}

/* One of several waiters has had enough; the transfer goes on. */
static gboolean
on_waiter_cancelled_cb(GCancellable *cancellable, gpointer user_data)
{
    GTask *task = user_data;
    N2Transfer *self = g_task_get_source_object(task);
    const char *what = n2_dict_string(self->info, "address");
    guint at = 0;
    (void)cancellable;

    if (!self->waiters || !g_ptr_array_find(self->waiters, task, &at))
        return G_SOURCE_REMOVE;
    g_autoptr(GTask) waiter = g_ptr_array_steal_index_fast(self->waiters, at);
    g_task_return_error(waiter, n2_error_make(N2_ERR_CANCELLED, what, NULL, NULL));
    return G_SOURCE_REMOVE;
}

static void
destroy_source(gpointer data)
{
    g_source_destroy(data);
    g_source_unref(data);
}

static void
watch(GTask *task, GCancellable *cancellable)
{
    GSource *source = g_cancellable_source_new(cancellable);

    g_source_set_callback(source, G_SOURCE_FUNC(on_waiter_cancelled_cb), task, NULL);
    g_source_attach(source, g_task_get_context(task));
    g_task_set_task_data(task, source, destroy_source);
}

/* What there is to say about a transfer that has nothing to carry. */
static GVariant *
empty_result(void)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "size", "x", (gint64)0);
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

void
n2_transfer_wait_async(N2Transfer *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
    g_return_if_fail(N2_IS_TRANSFER(self));

    g_autoptr(GTask) task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_check_cancellable(task, FALSE);
    if (!self->number)
        end(self, empty_result(), NULL);
    if (self->is_over) {
        answer(self, task);
        return;
    }
    if (cancellable)
        watch(task, cancellable);
    g_ptr_array_add(self->waiters, g_steal_pointer(&task));
    if (!self->is_waiting) {
        self->is_waiting = TRUE;
        n2_ipc_files1_call_wait(self->files, self->number, NULL, on_waited_cb, new_weak(self));
    }
}

GVariant *
n2_transfer_wait_finish(N2Transfer *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);

    return g_task_propagate_pointer(G_TASK(result), error);
}

void
n2_transfer_cancel(N2Transfer *self)
{
    g_return_if_fail(N2_IS_TRANSFER(self));

    if (self->is_over)
        return;
    if (self->number)
        n2_ipc_files1_call_cancel(self->files, self->number, NULL, NULL, NULL);
    end(self, NULL,
        n2_error_make(N2_ERR_CANCELLED, n2_dict_string(self->info, "address"), NULL, NULL));
}

GVariant *
n2_transfer_peek_info(N2Transfer *self)
{
    g_return_val_if_fail(N2_IS_TRANSFER(self), NULL);
    return self->info;
}

gboolean
n2_transfer_is_direct(N2Transfer *self)
{
    gboolean is_direct = FALSE;

    g_return_val_if_fail(N2_IS_TRANSFER(self), FALSE);
    return g_variant_lookup(self->info, "direct", "b", &is_direct) && is_direct;
}

GInputStream *
n2_transfer_peek_stream(N2Transfer *self)
{
    g_return_val_if_fail(N2_IS_TRANSFER(self), NULL);
    return self->stream;
}

int
n2_transfer_peek_pipe(N2Transfer *self)
{
    g_return_val_if_fail(N2_IS_TRANSFER(self), -1);
    return n2_stream_peek_pipe(N2_STREAM(self->stream));
}

gboolean
n2_transfer_took(N2Transfer *self, gsize n, GError **error)
{
    g_return_val_if_fail(N2_IS_TRANSFER(self), FALSE);
    return n2_stream_took(N2_STREAM(self->stream), n, error);
}

static void
on_progress_cb(N2Transfer *self, guint64 number, guint64 done, guint64 total)
{
    if (number == self->number && !self->is_over)
        g_signal_emit(self, signals[SIGNAL_PROGRESS], 0, done, total);
}

static void
n2_transfer_dispose(GObject *object)
{
    N2Transfer *self = N2_TRANSFER(object);

    if (self->files)
        n2_transfer_cancel(self);
    g_clear_object(&self->files);
    G_OBJECT_CLASS(n2_transfer_parent_class)->dispose(object);
}

static void
n2_transfer_finalize(GObject *object)
{
    N2Transfer *self = N2_TRANSFER(object);

    g_clear_object(&self->stream);
    g_clear_pointer(&self->info, g_variant_unref);
    g_clear_pointer(&self->result, g_variant_unref);
    g_clear_error(&self->failure);
    g_clear_pointer(&self->waiters, g_ptr_array_unref);
    G_OBJECT_CLASS(n2_transfer_parent_class)->finalize(object);
}

static void
n2_transfer_class_init(N2TransferClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->dispose = n2_transfer_dispose;
    object_class->finalize = n2_transfer_finalize;
    signals[SIGNAL_PROGRESS] =
        g_signal_new("progress", N2_TYPE_TRANSFER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_UINT64);
}

static void
n2_transfer_init(N2Transfer *self)
{
    self->waiters = g_ptr_array_new_with_free_func(g_object_unref);
}

N2Transfer *
n2_transfer_new(N2IpcFiles1 *files, GVariant *info, int fd)
{
    N2Transfer *self = g_object_new(N2_TYPE_TRANSFER, NULL);
    const char *address = n2_dict_string(info, "address");

    self->files = g_object_ref(files);
    self->info = g_variant_ref(info);
    self->number = n2_dict_uint(info, "transfer");
    gboolean is_whole = FALSE;
    (void)g_variant_lookup(info, "whole", "b", &is_whole);
    /* An archive has an end of its own. */
    self->stream = n2_stream_new(fd, is_whole ? G_MAXUINT64 : n2_dict_uint(info, "size"),
                                 address ? address : "");
    g_signal_connect_object(files, "progress", G_CALLBACK(on_progress_cb), self,
                            G_CONNECT_SWAPPED);
    return self;
}
