/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stream.c - the bytes of a transfer: a pipe that must not end early.
 */
#include "client/stream.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include "client/error.h"

struct _N2Stream {
    GInputStream parent_instance;

    GInputStream *pipe; /* owned; NULL if there is nothing to carry */
    char *what;         /* owned; for the error */
    guint64 left;       /* bytes still to come */
};

static void stream_pollable_init(GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2Stream,
                              n2_stream,
                              G_TYPE_INPUT_STREAM,
                              G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM,
                                                    stream_pollable_init))

/* Passes a read's result on, unless it breaks the promise of the size. */
static gssize
account(N2Stream *self, gssize n, GError **error)
{
    if (n < 0)
        return n;
    if ((n == 0 && self->left) || (guint64)n > self->left) {
        n2_error_set(error, N2_ERR_CLOSED, self->what, N_("the transfer broke off"), NULL);
        return -1;
    }
    self->left -= (guint64)n;
    return n;
}

/* A read of no bytes says nothing about the end. */
static gssize
stream_read(
    GInputStream *stream, void *buf, gsize len, GCancellable *cancellable, GError **error)
{
    N2Stream *self = N2_STREAM(stream);

    if (!self->pipe || !len)
        return 0;
    return account(self, g_input_stream_read(self->pipe, buf, len, cancellable, error), error);
}

static gboolean
stream_close(GInputStream *stream, GCancellable *cancellable, GError **error)
{
    N2Stream *self = N2_STREAM(stream);

    return !self->pipe || g_input_stream_close(self->pipe, cancellable, error);
}

static gboolean
stream_can_poll(GPollableInputStream *pollable)
{
    return N2_STREAM(pollable)->pipe != NULL;
}

static gboolean
stream_is_readable(GPollableInputStream *pollable)
{
    return g_pollable_input_stream_is_readable(
        G_POLLABLE_INPUT_STREAM(N2_STREAM(pollable)->pipe));
}

static GSource *
stream_create_source(GPollableInputStream *pollable, GCancellable *cancellable)
{
    g_autoptr(GSource) source = g_pollable_input_stream_create_source(
        G_POLLABLE_INPUT_STREAM(N2_STREAM(pollable)->pipe), NULL);

    return g_pollable_source_new_full(pollable, source, cancellable);
}

static gssize
stream_read_nonblocking(GPollableInputStream *pollable, void *buf, gsize len, GError **error)
{
    N2Stream *self = N2_STREAM(pollable);
    GPollableInputStream *pipe = G_POLLABLE_INPUT_STREAM(self->pipe);

    if (!len)
        return 0;
    return account(self, g_pollable_input_stream_read_nonblocking(pipe, buf, len, NULL, error),
                   error);
}

static void
stream_pollable_init(GPollableInputStreamInterface *iface)
{
    iface->can_poll = stream_can_poll;
    iface->is_readable = stream_is_readable;
    iface->create_source = stream_create_source;
    iface->read_nonblocking = stream_read_nonblocking;
}

static void
n2_stream_finalize(GObject *object)
{
    N2Stream *self = N2_STREAM(object);

    g_clear_object(&self->pipe);
    g_free(self->what);
    G_OBJECT_CLASS(n2_stream_parent_class)->finalize(object);
}

static void
n2_stream_class_init(N2StreamClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_stream_finalize;
    G_INPUT_STREAM_CLASS(klass)->read_fn = stream_read;
    G_INPUT_STREAM_CLASS(klass)->close_fn = stream_close;
}

static void
n2_stream_init(N2Stream *self)
{
    (void)self;
}

GInputStream *
n2_stream_new(int fd, guint64 size, const char *what)
{
    N2Stream *self = g_object_new(N2_TYPE_STREAM, NULL);

    self->what = g_strdup(what);
    self->left = fd >= 0 ? size : 0;
    if (fd >= 0)
        self->pipe = g_unix_input_stream_new(fd, TRUE);
    return G_INPUT_STREAM(self);
}

int
n2_stream_peek_pipe(N2Stream *self)
{
    return self->pipe ? g_unix_input_stream_get_fd(G_UNIX_INPUT_STREAM(self->pipe)) : -1;
}

gboolean
n2_stream_took(N2Stream *self, gsize n, GError **error)
{
    return account(self, (gssize)n, error) >= 0;
}
