/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk-mem.h - the disk functions over memory, for contents and for SQLite alike: calls that
 *              fail on request, and a power cut that takes what was not synced.
 *
 * Model: what a program sees and what the disk holds are two things.  Each write lies in a list
 *        until a sync carries it over; names lie in a journal until their folder is synced.
 *        When the power goes, of each unsynced write any 512 bytes may have reached the disk or
 *        not, and of the journal any beginning.  A sync that fails carries over any part of the
 *        writes and forgets the rest for good, as Linux does: the next one succeeds and brings
 *        nothing back (attack 49).
 * SQLite opens its files through full_path(), which names a VFS over the same files and counts
 *        the same calls.  It offers no shared memory: the store must do without, or fail.
 */
#pragma once

#include "base/disk.h"

enum {
    DISK_MEM_FILES_MAX = 4096,
    DISK_MEM_OPEN_MAX = 1024,
    DISK_MEM_SECTOR_BYTES = 512
};

typedef struct disk_mem_file disk_mem_file;
typedef struct disk_mem_vfs disk_mem_vfs;

typedef struct { /* a name that changed and may go back when the power goes */
    disk_mem_file *file, *replaced;
    char path[96]; /* "" : taken away */
} disk_mem_name;

typedef struct {
    n2_disk disk; /* to hand in */
    disk_mem_file *files[DISK_MEM_FILES_MAX];
    size_t n_files;
    disk_mem_file *open[DISK_MEM_OPEN_MAX]; /* by n2_file; NULL: closed */
    disk_mem_name *names;                   /* owned: the journal */
    size_t n_names;
    disk_mem_vfs *vfs; /* owned (nullable) */

    uint64_t calls;   /* so far, of those that can fail */
    uint64_t fail_at; /* that call fails; 0 never */
    n2_err fail_with;
    bool fails_on;   /* from that call on all that would write fail: full, read-only */
    uint64_t cut_at; /* the power goes in that call: it and all later ones fail; 0 never */
    bool no_unlink;  /* nothing can be taken away */
    uint64_t free_bytes;
    unsigned n_syncs, n_syncfs; /* single files, all at once */
} disk_mem;

disk_mem *disk_mem_new(void);
/** (transfer full): everything as it is now, with no file open and nothing about to fail. */
disk_mem *disk_mem_copy(const disk_mem *d);
void disk_mem_free(disk_mem *d);

/** Files under @folder ("" all). */
size_t disk_mem_count(const disk_mem *d, const char *folder);
/** Files with a name or bytes that a power cut would take. */
size_t disk_mem_unsynced(const disk_mem *d);
/** Files open, but for those of SQLite. */
size_t disk_mem_n_open(const disk_mem *d);
/** Bytes of a file, to be read or damaged; NULL if there is none. */
uint8_t *disk_mem_bytes(disk_mem *d, const char *path, size_t *len);
/** Gives a file these bytes, synced; makes it if needed. */
void disk_mem_put(disk_mem *d, const char *path, const void *bytes, size_t len);
/** Path of the @n-th content, NULL if there are fewer. */
const char *disk_mem_path(const disk_mem *d, size_t n);

/** The process goes, at @cut_at or now: every file is closed, the rest is as it was seen. */
void disk_mem_kill(disk_mem *d);
/** The power goes: every file is closed, and what was not synced is gone. */
void disk_mem_cut(disk_mem *d);
/** The same, but any part of what was not synced, chosen by @seed, had come through. */
void disk_mem_cut_some(disk_mem *d, uint64_t seed);

/** Name of the SQLite VFS over this disk (transfer none). */
const char *disk_mem_vfs_name(disk_mem *d);
