/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * walk.h - what there is to publish in a folder, in the archive's order.
 *
 * Layer:   client, private to it.
 * Threads: any one.
 */
#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

typedef struct {
    char *path;   /* owned: as published: NFC, parts joined by '/', relative */
    char *source; /* owned: where to read it */
    gboolean is_folder;
    struct stat st;
} N2WalkItem;

/**
 * Walks @folder; the rules are those of client/archive.h.  The folder itself is not an item.
 *
 * @skipped: (element-type utf8): gets 'PATH: why', translated, for each thing left out.
 *
 * Returns: (transfer full): of N2WalkItem, folder before content, siblings by the bytes of
 * their published names; %NULL with @error set if a folder cannot be read.
 */
GPtrArray *
n2_walk(const char *folder, gboolean with_hidden, GPtrArray *skipped, GError **error);

/** Bytes of content; 0 for a folder. */
guint64 n2_walk_size(const N2WalkItem *item);

G_END_DECLS
