/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stream.h - the bytes of a transfer: a pipe that must not end early.
 *
 * Layer:   client, private to it.
 * Threads: as any GInputStream, one at a time.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define N2_TYPE_STREAM (n2_stream_get_type())
G_DECLARE_FINAL_TYPE(N2Stream, n2_stream, N2, STREAM, GInputStream)

/**
 * A stream over @fd that reports an end before (or bytes after) @size bytes as N2_ERR_CLOSED,
 * so that half a file never passes for a whole one.
 *
 * @fd: (transfer full): reading end of a pipe; -1: no bytes at all.
 */
GInputStream *n2_stream_new(int fd, guint64 size, const char *what);

/** The pipe itself (transfer none), or -1. */
int n2_stream_peek_pipe(N2Stream *self);

/** Notes that @n bytes were taken from the pipe itself; as reading, it fails at a wrong end. */
gboolean n2_stream_took(N2Stream *self, gsize n, GError **error);

G_END_DECLS
