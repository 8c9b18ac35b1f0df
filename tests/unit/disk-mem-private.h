/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk-mem-private.h - what disk-mem.c, -power.c and -vfs.c share.
 */
#pragma once

#include <string.h>

#include "disk-mem.h"

/** One write, or a truncation, that no sync has carried over yet. */
typedef struct {
    uint64_t offset; /* truncation: the new size */
    size_t len;
    uint8_t *bytes; /* owned; NULL: truncation */
} disk_mem_change;

struct disk_mem_file {
    char path[96];      /* "" : it has no name any more */
    char kept_path[96]; /* the name that it would have after a power cut */
    bool is_dir, is_database;
    uint8_t *bytes, *kept; /* owned: as seen, as on the disk */
    size_t len, kept_len;
    disk_mem_change *changes; /* owned */
    size_t n_changes, changes_room;
    unsigned n_refs;        /* opens and maps */
    unsigned n_shared;      /* SQLite's locks */
    const void *lock_owner; /* who has more than a shared one */
    int lock;
};

typedef enum {
    DISK_MEM_READS,
    DISK_MEM_WRITES, /* fails on a full or read-only disk */
    DISK_MEM_REMOVES /* and syncs: fails on a read-only disk */
} disk_mem_call;

/* power.c */
n2_err disk_mem_may_fail(disk_mem *d, disk_mem_call call);
bool disk_mem_is_cut_now(const disk_mem *d); /* in the very call that the power goes in */
void disk_mem_note(disk_mem_file *f, uint64_t offset, const void *bytes, size_t len);
void disk_mem_keep(disk_mem_file *f);
void disk_mem_keep_some(disk_mem_file *f, uint64_t *seed);
void disk_mem_forget(disk_mem_file *f);
/** @replaced: (nullable). */
void disk_mem_rename(disk_mem *d, disk_mem_file *f, const char *path, disk_mem_file *replaced);
/** @folder: NULL for all. */
void disk_mem_keep_names(disk_mem *d, const char *folder);
bool disk_mem_is_in(const char *path, const char *folder);

/* disk-mem.c */
disk_mem_file *disk_mem_find(const disk_mem *d, const char *path);
void disk_mem_resize(disk_mem_file *f, size_t len);
void disk_mem_sweep(disk_mem *d);

/* vfs.c */
void disk_mem_vfs_free(disk_mem_vfs *vfs);
