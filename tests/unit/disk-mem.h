/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk-mem.h - the disk functions over memory: folders, maps, a call that fails on request, and
 *              a power cut that takes what was not synced.
 */
#pragma once

#include "base/disk.h"

enum {
    DISK_MEM_FILES_MAX = 4096,
    DISK_MEM_OPEN_MAX = 1024
};

typedef struct disk_mem_file disk_mem_file;

typedef struct {
    n2_disk disk; /* to hand in */
    disk_mem_file *files[DISK_MEM_FILES_MAX];
    size_t n_files;
    disk_mem_file *open[DISK_MEM_OPEN_MAX]; /* by n2_file; NULL: closed */
    const char *real_folder;                /* for SQLite: where full_path() leads, or NULL */
    uint64_t calls;                         /* so far, of those that can fail */
    uint64_t fail_at;                       /* that call fails; 0 never */
    n2_err fail_with;
    uint64_t free_bytes;
    unsigned n_syncs, n_syncfs; /* single files, all at once */
} disk_mem;

/** @real_folder: (nullable) (transfer none): outlives the disk. */
disk_mem *disk_mem_new(const char *real_folder);
void disk_mem_free(disk_mem *d);

/** Files under @folder ("" all). */
size_t disk_mem_count(const disk_mem *d, const char *folder);
/** Files with a name or bytes that a power cut would take. */
size_t disk_mem_unsynced(const disk_mem *d);
size_t disk_mem_n_open(const disk_mem *d);
/** Bytes of a file, to be read or damaged; NULL if there is none. */
uint8_t *disk_mem_bytes(disk_mem *d, const char *path, size_t *len);
/** The @n-th file's path. */
const char *disk_mem_path(const disk_mem *d, size_t n);
/** The power goes: every file is closed, and what was not synced is gone. */
void disk_mem_cut(disk_mem *d);
