/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk-mem-vfs.c - SQLite's files on a disk in memory, so that one power cut takes from the
 *                  database and from the contents at once.
 */
#include <glib.h>
#include <sqlite3.h>
#include <stdio.h>

#include "disk-mem-private.h"

struct disk_mem_vfs {
    sqlite3_vfs vfs;
    char name[40];
    disk_mem *disk;
};

typedef struct {
    sqlite3_file base;
    disk_mem *disk;
    n2_file file;
    int lock;
    bool syncs_name; /* the first sync of a journal brings its name over, too */
} vfs_file;

static disk_mem_file *
of(sqlite3_file *base)
{
    const vfs_file *f = (vfs_file *)base;

    return f->disk->open[f->file];
}

static int
code(n2_err err, int otherwise)
{
    return !err ? SQLITE_OK : err == N2_ERR_NOSPACE ? SQLITE_FULL : otherwise;
}

static int
vfs_close(sqlite3_file *base)
{
    vfs_file *f = (vfs_file *)base;

    if (f->disk->open[f->file]) /* the power may have gone meanwhile */
        (void)f->disk->disk.close(f->disk, f->file);
    return SQLITE_OK;
}

static int
vfs_read(sqlite3_file *base, void *buf, int len, sqlite3_int64 offset)
{
    const vfs_file *f = (vfs_file *)base;
    size_t n = 0;

    if (f->disk->disk.pread(f->disk, f->file, (uint64_t)offset, buf, (size_t)len, &n))
        return SQLITE_IOERR_READ;
    if (n == (size_t)len)
        return SQLITE_OK;
    memset((uint8_t *)buf + n, 0, (size_t)len - n);
    return SQLITE_IOERR_SHORT_READ;
}

static int
vfs_write(sqlite3_file *base, const void *buf, int len, sqlite3_int64 offset)
{
    const vfs_file *f = (vfs_file *)base;

    return code(f->disk->disk.pwrite(f->disk, f->file, (uint64_t)offset, buf, (size_t)len),
                SQLITE_IOERR_WRITE);
}

static int
vfs_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    const vfs_file *f = (vfs_file *)base;

    return code(f->disk->disk.truncate(f->disk, f->file, (uint64_t)size),
                SQLITE_IOERR_TRUNCATE);
}

static int
vfs_sync(sqlite3_file *base, int flags)
{
    vfs_file *f = (vfs_file *)base;

    (void)flags;
    if (f->disk->disk.fdatasync(f->disk, f->file))
        return SQLITE_IOERR_FSYNC;
    if (f->syncs_name && f->disk->disk.fsync_dir(f->disk, ""))
        return SQLITE_IOERR_DIR_FSYNC;
    f->syncs_name = false;
    return SQLITE_OK;
}

static int
vfs_file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)of(base)->len;
    return SQLITE_OK;
}

/* Shared ones are counted; more than that has one owner. */
static int
vfs_lock(sqlite3_file *base, int level)
{
    vfs_file *f = (vfs_file *)base;
    disk_mem_file *d = of(base);

    if (level <= f->lock)
        return SQLITE_OK;
    if (d->lock_owner && d->lock_owner != f &&
        (level > SQLITE_LOCK_SHARED || d->lock >= SQLITE_LOCK_PENDING))
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_SHARED) {
        d->n_shared++;
    } else {
        if (level == SQLITE_LOCK_EXCLUSIVE && d->n_shared > 1)
            return SQLITE_BUSY;
        d->lock_owner = f;
        d->lock = level;
    }
    f->lock = level;
    return SQLITE_OK;
}

static int
vfs_unlock(sqlite3_file *base, int level)
{
    vfs_file *f = (vfs_file *)base;
    disk_mem_file *d = of(base);

    if (!d || level >= f->lock)
        return SQLITE_OK;
    if (d->lock_owner == f) {
        d->lock_owner = NULL;
        d->lock = SQLITE_LOCK_NONE;
    }
    if (level == SQLITE_LOCK_NONE && d->n_shared)
        d->n_shared--;
    f->lock = level;
    return SQLITE_OK;
}

static int
vfs_check_reserved(sqlite3_file *base, int *result)
{
    *result = of(base)->lock >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int
vfs_control(sqlite3_file *base, int op, void *arg)
{
    (void)base;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int
vfs_sector_size(sqlite3_file *base)
{
    (void)base;
    return 4096;
}

static int
vfs_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as SQLite takes every real disk for */
}

/* Version 1: no shared memory.  The index of the log lies in the process, or nowhere. */
static const sqlite3_io_methods methods = {.iVersion = 1,
                                           .xClose = vfs_close,
                                           .xRead = vfs_read,
                                           .xWrite = vfs_write,
                                           .xTruncate = vfs_truncate,
                                           .xSync = vfs_sync,
                                           .xFileSize = vfs_file_size,
                                           .xLock = vfs_lock,
                                           .xUnlock = vfs_unlock,
                                           .xCheckReservedLock = vfs_check_reserved,
                                           .xFileControl = vfs_control,
                                           .xSectorSize = vfs_sector_size,
                                           .xDeviceCharacteristics = vfs_characteristics};

static disk_mem *
disk_of(const sqlite3_vfs *vfs)
{
    return ((const disk_mem_vfs *)vfs->pAppData)->disk;
}

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags)
{
    vfs_file *f = (vfs_file *)base;
    disk_mem *d = disk_of(vfs);
    unsigned how = (flags & SQLITE_OPEN_READWRITE ? N2_OPEN_WRITE : 0) |
                   (flags & SQLITE_OPEN_CREATE ? N2_OPEN_CREATE : 0);

    *f = (vfs_file){.disk = d};
    n2_err err = d->disk.open(d, name, how, &f->file);
    if (err)
        return code(err, SQLITE_CANTOPEN);
    of(base)->is_database = true;
    f->syncs_name =
        flags & SQLITE_OPEN_CREATE && flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
    f->base.pMethods = &methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    disk_mem *d = disk_of(vfs);
    n2_err err = d->disk.unlink(d, name);

    if (err == N2_ERR_NOTFOUND)
        return SQLITE_IOERR_DELETE_NOENT;
    if (err)
        return SQLITE_IOERR_DELETE;
    return sync_dir && d->disk.fsync_dir(d, "") ? SQLITE_IOERR_DIR_FSYNC : SQLITE_OK;
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    const disk_mem_file *f = disk_mem_find(disk_of(vfs), name);

    *result = f && (flags != SQLITE_ACCESS_EXISTS || f->len); /* as the real one asks */
    return SQLITE_OK;
}

static int
vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    (void)snprintf(out, (size_t)size, "%s", name);
    return SQLITE_OK;
}

const char *
disk_mem_vfs_name(disk_mem *d)
{
    const sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    disk_mem_vfs *v = d->vfs;

    if (v)
        return v->name;
    v = g_malloc0(sizeof *v);
    (void)snprintf(v->name, sizeof v->name, "disk-mem-%p", (void *)d);
    v->disk = d;
    v->vfs = (sqlite3_vfs){.iVersion = 1,
                           .szOsFile = sizeof(vfs_file),
                           .mxPathname = 96,
                           .zName = v->name,
                           .pAppData = v,
                           .xOpen = vfs_open,
                           .xDelete = vfs_delete,
                           .xAccess = vfs_access,
                           .xFullPathname = vfs_full_path,
                           .xRandomness = real->xRandomness,
                           .xSleep = real->xSleep,
                           .xCurrentTime = real->xCurrentTime};
    g_assert_cmpint(sqlite3_vfs_register(&v->vfs, 0), ==, SQLITE_OK);
    d->vfs = v;
    return v->name;
}

void
disk_mem_vfs_free(disk_mem_vfs *vfs)
{
    if (!vfs)
        return;
    (void)sqlite3_vfs_unregister(&vfs->vfs);
    g_free(vfs);
}
