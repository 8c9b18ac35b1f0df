/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk-mem.c - a disk in memory that can fail and lose power: its functions.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#include "disk-mem-private.h"

disk_mem_file *
disk_mem_find(const disk_mem *d, const char *path)
{
    for (size_t i = 0; i < d->n_files; i++)
        if (*path && strcmp(d->files[i]->path, path) == 0)
            return d->files[i];
    return NULL;
}

static void
free_file(disk_mem_file *f)
{
    disk_mem_forget(f);
    g_free(f->changes);
    g_free(f->bytes);
    g_free(f->kept);
    g_free(f);
}

static bool
is_in_journal(const disk_mem *d, const disk_mem_file *f)
{
    for (size_t i = 0; i < d->n_names; i++)
        if (d->names[i].file == f || d->names[i].replaced == f)
            return true;
    return false;
}

/* Files that neither a name nor anybody needs go. */
void
disk_mem_sweep(disk_mem *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->n_files; i++) {
        disk_mem_file *f = d->files[i];
        if (!*f->path && !*f->kept_path && !f->n_refs && !is_in_journal(d, f))
            free_file(f);
        else
            d->files[kept++] = f;
    }
    d->n_files = kept;
}

static disk_mem_file *
make(disk_mem *d, const char *path, bool is_dir)
{
    disk_mem_file *f;

    disk_mem_sweep(d);
    if (d->n_files == DISK_MEM_FILES_MAX || strlen(path) >= sizeof f->path)
        return NULL;
    f = g_malloc0(sizeof *f);
    f->is_dir = is_dir;
    d->files[d->n_files++] = f;
    disk_mem_rename(d, f, path, NULL);
    return f;
}

void
disk_mem_resize(disk_mem_file *f, size_t len)
{
    uint8_t *bytes = g_realloc(f->bytes, len + 1);

    if (len > f->len)
        memset(bytes + f->len, 0, len - f->len);
    f->bytes = bytes;
    f->len = len;
}

static n2_err
mem_open(void *user, const char *path, unsigned flags, n2_file *file)
{
    disk_mem *d = user;
    disk_mem_file *f = disk_mem_find(d, path);
    n2_err err =
        disk_mem_may_fail(d, flags & N2_OPEN_CREATE && !f ? DISK_MEM_WRITES : DISK_MEM_READS);

    if (err)
        return err;
    if (f && flags & N2_OPEN_EXCLUSIVE)
        return N2_ERR_EXISTS;
    if (!f && !(flags & N2_OPEN_CREATE))
        return N2_ERR_NOTFOUND;
    if (!f)
        f = make(d, path, false);
    if (!f)
        return N2_ERR_NOSPACE;
    if (flags & N2_OPEN_TRUNCATE) {
        f->len = 0;
        disk_mem_note(f, 0, NULL, 0);
    }
    for (n2_file i = 0; i < DISK_MEM_OPEN_MAX; i++)
        if (!d->open[i]) {
            d->open[i] = f;
            f->n_refs++;
            *file = i;
            return N2_OK;
        }
    return N2_ERR_NOMEM;
}

static n2_err
mem_close(void *user, n2_file file)
{
    disk_mem *d = user;

    d->open[file]->n_refs--;
    d->open[file] = NULL;
    return N2_OK;
}

static n2_err
mem_pread(void *user, n2_file file, uint64_t offset, void *buf, size_t len, size_t *n_read)
{
    disk_mem *d = user;
    const disk_mem_file *f = d->open[file];
    n2_err err = disk_mem_may_fail(d, DISK_MEM_READS);

    if (err)
        return err;
    size_t left = offset < f->len ? f->len - (size_t)offset : 0;
    *n_read = len < left ? len : left;
    if (*n_read)
        memcpy(buf, f->bytes + offset, *n_read);
    return N2_OK;
}

static n2_err
mem_pwrite(void *user, n2_file file, uint64_t offset, const void *buf, size_t len)
{
    disk_mem *d = user;
    disk_mem_file *f = d->open[file];
    n2_err err = disk_mem_may_fail(d, DISK_MEM_WRITES);

    if (err && disk_mem_is_cut_now(d)) {
        disk_mem_note(f, offset, buf, len); /* any of it may be there */
        return err;
    }
    if (err && d->cut_at && d->calls > d->cut_at)
        return err;
    if (err)
        len /= 2; /* half of it was written */
    if (offset + len > f->len)
        disk_mem_resize(f, (size_t)offset + len);
    memcpy(f->bytes + offset, buf, len);
    disk_mem_note(f, offset, buf, len);
    return err;
}

static n2_err
mem_truncate(void *user, n2_file file, uint64_t size_bytes)
{
    disk_mem *d = user;
    n2_err err = disk_mem_may_fail(d, DISK_MEM_WRITES);

    if (err)
        return err;
    disk_mem_resize(d->open[file], (size_t)size_bytes);
    disk_mem_note(d->open[file], size_bytes, NULL, 0);
    return N2_OK;
}

/* What a failed sync did not bring over is lost, and no later one will know. */
static void
fail_sync(disk_mem *d, disk_mem_file *f)
{
    uint64_t seed = d->calls;

    if (!d->cut_at)
        disk_mem_keep_some(f, &seed);
}

static n2_err
mem_fdatasync(void *user, n2_file file)
{
    disk_mem *d = user;
    n2_err err = disk_mem_may_fail(d, DISK_MEM_REMOVES);

    d->n_syncs++;
    if (err)
        fail_sync(d, d->open[file]);
    else
        disk_mem_keep(d->open[file]);
    return err;
}

static n2_err
mem_syncfs(void *user)
{
    disk_mem *d = user;
    n2_err err = disk_mem_may_fail(d, DISK_MEM_REMOVES);

    d->n_syncfs++;
    for (size_t i = 0; i < d->n_files; i++)
        if (err)
            fail_sync(d, d->files[i]);
        else
            disk_mem_keep(d->files[i]);
    if (!err)
        disk_mem_keep_names(d, NULL);
    return err;
}

static n2_err
mem_fsync_dir(void *user, const char *path)
{
    disk_mem *d = user;
    n2_err err = disk_mem_may_fail(d, DISK_MEM_REMOVES);

    if (!err)
        disk_mem_keep_names(d, path);
    return err;
}

static n2_err
mem_rename(void *user, const char *from, const char *to)
{
    disk_mem *d = user;
    disk_mem_file *f = disk_mem_find(d, from), *old = disk_mem_find(d, to);
    n2_err err = disk_mem_may_fail(d, DISK_MEM_WRITES);

    if (err || !f)
        return err ? err : N2_ERR_NOTFOUND;
    disk_mem_rename(d, f, to, old);
    for (size_t i = 0; f->is_dir && i < d->n_files; i++) {
        disk_mem_file *inside = d->files[i];
        char path[sizeof inside->path];
        if (!disk_mem_is_in(inside->path, from))
            continue;
        int n = snprintf(path, sizeof path, "%s%s", to, inside->path + strlen(from));
        if (n < 0 || (size_t)n >= sizeof path)
            abort();
        disk_mem_rename(d, inside, path, NULL);
    }
    return N2_OK;
}

static n2_err
mem_unlink(void *user, const char *path)
{
    disk_mem *d = user;
    disk_mem_file *f = disk_mem_find(d, path);
    n2_err err = disk_mem_may_fail(d, DISK_MEM_REMOVES);

    if (!err && d->no_unlink)
        err = N2_ERR_REFUSED;
    if (err || !f)
        return err ? err : N2_ERR_NOTFOUND;
    disk_mem_rename(d, f, "", NULL);
    return N2_OK;
}

static n2_err
mem_mkdir(void *user, const char *path)
{
    disk_mem *d = user;
    bool is_there = disk_mem_find(d, path);
    n2_err err = disk_mem_may_fail(d, is_there ? DISK_MEM_READS : DISK_MEM_WRITES);

    if (err || is_there)
        return err ? err : N2_ERR_EXISTS;
    return make(d, path, true) ? N2_OK : N2_ERR_NOSPACE;
}

static n2_err
mem_list(void *user, const char *path, n2_disk_entry_cb entry_cb, void *data)
{
    disk_mem *d = user;
    n2_err err = disk_mem_may_fail(d, DISK_MEM_READS);

    if (err)
        return err;
    for (size_t i = 0; i < d->n_files; i++) {
        const disk_mem_file *f = d->files[i];
        const char *slash = strrchr(f->path, '/');
        if (*f->path && disk_mem_is_in(f->path, path) &&
            !entry_cb(data, slash ? slash + 1 : f->path, f->is_dir))
            break;
    }
    return N2_OK;
}

static n2_err
mem_stat(void *user, const char *path, n2_disk_stat *st)
{
    disk_mem *d = user;
    const disk_mem_file *f = disk_mem_find(d, path);
    n2_err err = disk_mem_may_fail(d, DISK_MEM_READS);

    if (err || !f)
        return err ? err : N2_ERR_NOTFOUND;
    *st = (n2_disk_stat){.size_bytes = f->len, .is_dir = f->is_dir};
    return N2_OK;
}

static n2_err
mem_free_space(void *user, uint64_t *free_bytes)
{
    disk_mem *d = user;
    n2_err err = disk_mem_may_fail(d, DISK_MEM_READS);

    if (!err)
        *free_bytes = d->free_bytes;
    return err;
}

/* A copy, so that what is mapped outlives whatever happens to the file. */
static n2_err
mem_map(void *user, n2_file file, uint64_t offset, size_t len, const uint8_t **memory)
{
    disk_mem *d = user;
    const disk_mem_file *f = d->open[file];
    n2_err err = disk_mem_may_fail(d, DISK_MEM_READS);

    if (err || offset + len > f->len)
        return err ? err : N2_ERR_IO;
    uint8_t *copy = g_malloc(len);
    memcpy(copy, f->bytes + offset, len);
    *memory = copy;
    return N2_OK;
}

static void
mem_unmap(void *user, const uint8_t *memory, size_t len)
{
    (void)user;
    (void)len;
    g_free((void *)(uintptr_t)memory);
}

static n2_err
mem_full_path(void *user, const char *path, char *buf, size_t size, const char **vfs)
{
    int n = snprintf(buf, size, "%s", path);

    *vfs = disk_mem_vfs_name(user);
    return n > 0 && (size_t)n < size ? N2_OK : N2_ERR_NOSPACE;
}

disk_mem *
disk_mem_new(void)
{
    disk_mem *d = g_malloc0(sizeof *d);

    d->fail_with = N2_ERR_IO;
    d->free_bytes = UINT64_C(1) << 40;
    d->disk = (n2_disk){.user = d,
                        .open = mem_open,
                        .close = mem_close,
                        .pread = mem_pread,
                        .pwrite = mem_pwrite,
                        .truncate = mem_truncate,
                        .fdatasync = mem_fdatasync,
                        .syncfs = mem_syncfs,
                        .fsync_dir = mem_fsync_dir,
                        .rename = mem_rename,
                        .unlink = mem_unlink,
                        .mkdir = mem_mkdir,
                        .rmdir = mem_unlink,
                        .list = mem_list,
                        .stat = mem_stat,
                        .free_space = mem_free_space,
                        .map = mem_map,
                        .unmap = mem_unmap,
                        .full_path = mem_full_path};
    return d;
}

void
disk_mem_put(disk_mem *d, const char *path, const void *bytes, size_t len)
{
    disk_mem_file *f = disk_mem_find(d, path);

    if (!f)
        f = make(d, path, false);
    if (!f)
        abort();
    disk_mem_forget(f);
    disk_mem_resize(f, 0);
    disk_mem_resize(f, len);
    if (len)
        memcpy(f->bytes, bytes, len);
    disk_mem_note(f, 0, NULL, 0);
    if (len)
        disk_mem_note(f, 0, bytes, len);
    disk_mem_keep(f);
    disk_mem_keep_names(d, NULL);
}

disk_mem *
disk_mem_copy(const disk_mem *d)
{
    disk_mem *copy = disk_mem_new();

    for (size_t i = 0; i < d->n_files; i++) {
        const disk_mem_file *f = d->files[i];
        if (!*f->path)
            continue;
        if (f->is_dir)
            (void)make(copy, f->path, true);
        else
            disk_mem_put(copy, f->path, f->bytes, f->len);
    }
    disk_mem_keep_names(copy, NULL);
    return copy;
}

void
disk_mem_free(disk_mem *d)
{
    disk_mem_vfs_free(d->vfs);
    for (size_t i = 0; i < d->n_files; i++)
        free_file(d->files[i]);
    g_free(d->names);
    g_free(d);
}

size_t
disk_mem_count(const disk_mem *d, const char *folder)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_files; i++)
        n += *d->files[i]->path && !d->files[i]->is_dir &&
             disk_mem_is_in(d->files[i]->path, folder);
    return n;
}

size_t
disk_mem_unsynced(const disk_mem *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_files; i++) {
        const disk_mem_file *f = d->files[i];
        n += *f->path && !f->is_dir && (f->n_changes || strcmp(f->path, f->kept_path) != 0);
    }
    return n;
}

size_t
disk_mem_n_open(const disk_mem *d)
{
    size_t n = 0;

    for (size_t i = 0; i < DISK_MEM_OPEN_MAX; i++)
        n += d->open[i] && !d->open[i]->is_database;
    return n;
}

uint8_t *
disk_mem_bytes(disk_mem *d, const char *path, size_t *len)
{
    disk_mem_file *f = disk_mem_find(d, path);

    if (f)
        *len = f->len;
    return f ? f->bytes : NULL;
}

const char *
disk_mem_path(const disk_mem *d, size_t n)
{
    for (size_t i = 0; i < d->n_files; i++)
        if (disk_mem_is_in(d->files[i]->path, "files") && !n--)
            return d->files[i]->path;
    return NULL;
}
