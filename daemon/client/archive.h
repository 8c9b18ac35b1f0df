/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * archive.h - walks a folder and writes it as the archive stream that Files1.Publish reads.
 *
 * Layer:   client (may include: base).
 * Threads: the walk runs in a thread of its own, as slowly as the node reads.
 *
 * Order is by bytes, folder before content.  Left out and said: what is neither file nor folder
 * (sockets, pipes, devices), symbolic links that lead out of the folder or nowhere, hidden
 * names (unless asked), names that are not UTF-8.  A symbolic link inside is followed to a
 * file, not to a folder.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define N2_TYPE_ARCHIVE (n2_archive_get_type())
G_DECLARE_FINAL_TYPE(N2Archive, n2_archive, N2, ARCHIVE, GObject)

typedef enum {
    N2_ARCHIVE_HIDDEN = 1 << 0 /* take hidden files and folders too */
} N2ArchiveFlags;

/**
 * n2_archive_new:
 * @folder: path of an existing folder
 * @out_fd: (out): reading end of the pipe; the caller's, for n2_client_publish_async
 *
 * The walk begins at once.  If it fails, the stream breaks off without its end, so that the
 * node refuses it, and n2_archive_finish() tells why.
 *
 * Returns: (transfer full): the walk; %NULL with @error set if @folder cannot be read
 */
N2Archive *
n2_archive_new(const char *folder, N2ArchiveFlags flags, int *out_fd, GError **error);

/** Bytes of file content written so far, and files; from any thread. */
void n2_archive_get_done(N2Archive *self, guint64 *bytes, guint *files);

/** Bytes to write in all; 0 while the folder is still being counted; from any thread. */
guint64 n2_archive_get_total(N2Archive *self);

/**
 * Joins the walk; call when publishing has ended.
 *
 * @skipped: (out) (transfer full): NULL-terminated, each 'PATH: why', translated.
 *
 * Returns: %FALSE with @error set if the walk failed by itself (a file could not be read, or
 * changed its size while it was read); a node that stopped reading is not such a failure.
 */
gboolean n2_archive_finish(N2Archive *self, char ***skipped, GError **error);

G_END_DECLS
