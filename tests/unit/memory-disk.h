/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * memory-disk.h - a disk of one folder in memory for tests of small files: it can fail at its
 * n-th call, and lose what was not synced.
 */
#pragma once

#include <glib.h>

#include "base/disk.h"

typedef struct {
    char *name;
    GByteArray *bytes;  /* as read back */
    GByteArray *synced; /* after a power cut; NULL: the file's bytes were never synced */
    gboolean name_synced;
} memory_file;

typedef struct {
    n2_disk disk;     /* to hand in */
    GPtrArray *files; /* of memory_file */
    GPtrArray *open;  /* of memory_file (borrowed), by n2_file */
    guint calls;
    guint fail_at; /* 0: never; else the number of the call that fails */
    n2_err fail_with;
} memory_disk;

memory_disk *memory_disk_new(void);
void memory_disk_free(memory_disk *disk);

/** (nullable) (transfer none). */
GByteArray *memory_disk_peek(memory_disk *disk, const char *name);

/** Whether a power cut now would leave @name with its bytes. */
gboolean memory_disk_is_durable(memory_disk *disk, const char *name);

/** Makes or replaces a file, synced. */
void memory_disk_put(memory_disk *disk, const char *name, const void *bytes, gsize len);
