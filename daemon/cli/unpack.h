/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * unpack.h - an archive of the node's becomes files below one folder, and nowhere else.
 *
 * Layer: cli.
 * Safe:  whatever the archive says, nothing outside the folder is made, changed or followed to:
 *        names are single parts, symbolic links on the way are not followed.
 * Files: each appears whole or not at all, under its time of change.  One that is there is
 *        replaced, a symbolic link too; a folder that is there is gone into, and what else is
 *        in it stays.  A folder in the place of a file, or the other way round, is an error.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct N2Unpack N2Unpack;

/** Makes @folder if it is not there (what it lies in must be).  Returns: (transfer full): %NULL
 *  with @error set. */
N2Unpack *n2_unpack_new(const char *folder, GError **error);

/** The next bytes of the archive. */
gboolean n2_unpack_add(N2Unpack *self, const guint8 *bytes, gsize len, GError **error);

/** Has its end come? */
gboolean n2_unpack_is_whole(const N2Unpack *self);

guint n2_unpack_get_files(const N2Unpack *self);
guint64 n2_unpack_get_bytes(const N2Unpack *self);

/** Paths of links, which were left out; (element-type utf8) (transfer none). */
const GPtrArray *n2_unpack_peek_skipped(const N2Unpack *self);

/** Fetches the folder at @address into it and reports; @folder as the user named it. */
gboolean n2_cli_get_folder(
    N2Cli *cli, const char *address, N2Unpack *self, const char *folder, GError **error);

/** @self: (transfer full) (nullable).  A file that is not whole goes. */
void n2_unpack_free(N2Unpack *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(N2Unpack, n2_unpack_free)

G_END_DECLS
