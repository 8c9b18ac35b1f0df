/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk-mem.c - a disk in memory that can fail and lose power.
 */
#include "disk-mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct disk_mem_file {
    char path[96];
    bool is_dir;
    bool is_linked;    /* has its name now */
    bool is_name_kept; /* would have it after a power cut */
    uint8_t *bytes, *kept;
    size_t len, kept_len;
    bool is_dirty;
    unsigned n_refs; /* opens and maps */
};

static n2_err
may_fail(disk_mem *d)
{
    return ++d->calls == d->fail_at ? d->fail_with : N2_OK;
}

static disk_mem_file *
find(const disk_mem *d, const char *path)
{
    for (size_t i = 0; i < d->n_files; i++)
        if (d->files[i]->is_linked && strcmp(d->files[i]->path, path) == 0)
            return d->files[i];
    return NULL;
}

static void
free_file(disk_mem_file *f)
{
    free(f->bytes);
    free(f->kept);
    free(f);
}

/* Files that neither a name nor anybody needs. */
static void
sweep(disk_mem *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->n_files; i++) {
        disk_mem_file *f = d->files[i];
        if (!f->is_linked && !f->is_name_kept && !f->n_refs)
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

    sweep(d);
    if (d->n_files == DISK_MEM_FILES_MAX || strlen(path) >= sizeof f->path)
        return NULL;
    f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    (void)snprintf(f->path, sizeof f->path, "%s", path);
    f->is_dir = is_dir;
    f->is_linked = true;
    f->is_dirty = true;
    d->files[d->n_files++] = f;
    return f;
}

static n2_err
mem_open(void *user, const char *path, unsigned flags, n2_file *file)
{
    disk_mem *d = user;
    disk_mem_file *f = find(d, path);
    n2_err err = may_fail(d);

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
    if (flags & N2_OPEN_TRUNCATE)
        f->len = 0;
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
    disk_mem_file *f = d->open[file];
    n2_err err = may_fail(d);

    if (err)
        return err;
    size_t left = offset < f->len ? f->len - (size_t)offset : 0;
    *n_read = len < left ? len : left;
    if (*n_read)
        memcpy(buf, f->bytes + offset, *n_read);
    return N2_OK;
}

static n2_err
resize(disk_mem_file *f, size_t len)
{
    uint8_t *bytes = realloc(f->bytes, len + 1);

    if (!bytes)
        return N2_ERR_NOMEM;
    if (len > f->len)
        memset(bytes + f->len, 0, len - f->len);
    f->bytes = bytes;
    f->len = len;
    f->is_dirty = true;
    return N2_OK;
}

static n2_err
mem_pwrite(void *user, n2_file file, uint64_t offset, const void *buf, size_t len)
{
    disk_mem *d = user;
    disk_mem_file *f = d->open[file];
    n2_err err = may_fail(d);

    if (err && len > 1 && offset + len / 2 > f->len)
        (void)resize(f, (size_t)offset + len / 2); /* half of it was written */
    if (!err && offset + len > f->len)
        err = resize(f, (size_t)offset + len);
    if (err)
        return err;
    memcpy(f->bytes + offset, buf, len);
    f->is_dirty = true;
    return N2_OK;
}

static n2_err
mem_truncate(void *user, n2_file file, uint64_t size_bytes)
{
    disk_mem *d = user;
    n2_err err = may_fail(d);

    return err ? err : resize(d->open[file], (size_t)size_bytes);
}

static n2_err
keep(disk_mem_file *f)
{
    uint8_t *copy = malloc(f->len + 1);

    if (!copy)
        return N2_ERR_NOMEM;
    if (f->len)
        memcpy(copy, f->bytes, f->len);
    free(f->kept);
    f->kept = copy;
    f->kept_len = f->len;
    f->is_dirty = false;
    return N2_OK;
}

static n2_err
mem_fdatasync(void *user, n2_file file)
{
    disk_mem *d = user;
    n2_err err = may_fail(d);

    d->n_syncs++;
    return err ? err : keep(d->open[file]);
}

static bool
is_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    if (!len)
        return !strchr(path, '/');
    return strncmp(path, folder, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

static void
keep_names(disk_mem *d, const char *folder)
{
    for (size_t i = 0; i < d->n_files; i++)
        if (!folder || is_in(d->files[i]->path, folder))
            d->files[i]->is_name_kept = d->files[i]->is_linked;
}

static n2_err
mem_syncfs(void *user)
{
    disk_mem *d = user;
    n2_err err = may_fail(d);

    d->n_syncfs++;
    for (size_t i = 0; !err && i < d->n_files; i++)
        err = keep(d->files[i]);
    if (!err)
        keep_names(d, NULL);
    return err;
}

static n2_err
mem_fsync_dir(void *user, const char *path)
{
    disk_mem *d = user;
    n2_err err = may_fail(d);

    if (!err)
        keep_names(d, path);
    return err;
}

static n2_err
mem_rename(void *user, const char *from, const char *to)
{
    disk_mem *d = user;
    disk_mem_file *f = find(d, from), *old = find(d, to);
    n2_err err = may_fail(d);

    if (err || !f)
        return err ? err : N2_ERR_NOTFOUND;
    if (old)
        old->is_linked = false;
    (void)snprintf(f->path, sizeof f->path, "%s", to);
    return N2_OK;
}

static n2_err
mem_unlink(void *user, const char *path)
{
    disk_mem *d = user;
    disk_mem_file *f = find(d, path);
    n2_err err = may_fail(d);

    if (err || !f)
        return err ? err : N2_ERR_NOTFOUND;
    f->is_linked = false;
    return N2_OK;
}

static n2_err
mem_mkdir(void *user, const char *path)
{
    disk_mem *d = user;
    n2_err err = may_fail(d);

    if (err || find(d, path))
        return err ? err : N2_ERR_EXISTS;
    return make(d, path, true) ? N2_OK : N2_ERR_NOSPACE;
}

static n2_err
mem_list(void *user, const char *path, n2_disk_entry_cb entry_cb, void *data)
{
    disk_mem *d = user;
    n2_err err = may_fail(d);

    if (err)
        return err;
    for (size_t i = 0; i < d->n_files; i++) {
        const disk_mem_file *f = d->files[i];
        const char *slash = strrchr(f->path, '/');
        if (f->is_linked && is_in(f->path, path) &&
            !entry_cb(data, slash ? slash + 1 : f->path, f->is_dir))
            break;
    }
    return N2_OK;
}

static n2_err
mem_stat(void *user, const char *path, n2_disk_stat *st)
{
    disk_mem *d = user;
    const disk_mem_file *f = find(d, path);
    n2_err err = may_fail(d);

    if (err || !f)
        return err ? err : N2_ERR_NOTFOUND;
    *st = (n2_disk_stat){.size_bytes = f->len, .is_dir = f->is_dir};
    return N2_OK;
}

static n2_err
mem_free_space(void *user, uint64_t *free_bytes)
{
    disk_mem *d = user;
    n2_err err = may_fail(d);

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
    n2_err err = may_fail(d);
    uint8_t *copy = err ? NULL : malloc(len);

    if (!copy || offset + len > f->len) {
        free(copy);
        return err ? err : N2_ERR_NOMEM;
    }
    memcpy(copy, f->bytes + offset, len);
    *memory = copy;
    return N2_OK;
}

static void
mem_unmap(void *user, const uint8_t *memory, size_t len)
{
    (void)user;
    (void)len;
    free((void *)(uintptr_t)memory);
}

static n2_err
mem_full_path(void *user, const char *path, char *buf, size_t size, const char **vfs)
{
    disk_mem *d = user;
    int n = snprintf(buf, size, "%s/%s", d->real_folder ? d->real_folder : "", path);

    *vfs = NULL;
    return n > 0 && (size_t)n < size && d->real_folder ? N2_OK : N2_ERR_NOSPACE;
}

disk_mem *
disk_mem_new(const char *real_folder)
{
    disk_mem *d = calloc(1, sizeof *d);

    if (!d)
        abort();
    d->real_folder = real_folder;
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
disk_mem_free(disk_mem *d)
{
    for (size_t i = 0; i < d->n_files; i++)
        free_file(d->files[i]);
    free(d);
}

size_t
disk_mem_count(const disk_mem *d, const char *folder)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_files; i++)
        n += d->files[i]->is_linked && !d->files[i]->is_dir && is_in(d->files[i]->path, folder);
    return n;
}

size_t
disk_mem_unsynced(const disk_mem *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_files; i++) {
        const disk_mem_file *f = d->files[i];
        n += f->is_linked && !f->is_dir && (f->is_dirty || !f->is_name_kept);
    }
    return n;
}

size_t
disk_mem_n_open(const disk_mem *d)
{
    size_t n = 0;

    for (size_t i = 0; i < DISK_MEM_OPEN_MAX; i++)
        n += d->open[i] != NULL;
    return n;
}

uint8_t *
disk_mem_bytes(disk_mem *d, const char *path, size_t *len)
{
    disk_mem_file *f = find(d, path);

    if (f)
        *len = f->len;
    return f ? f->bytes : NULL;
}

const char *
disk_mem_path(const disk_mem *d, size_t n)
{
    for (size_t i = 0; i < d->n_files; i++)
        if (d->files[i]->is_linked && !d->files[i]->is_dir && !n--)
            return d->files[i]->path;
    return NULL;
}

void
disk_mem_cut(disk_mem *d)
{
    memset(d->open, 0, sizeof d->open);
    for (size_t i = 0; i < d->n_files; i++) {
        disk_mem_file *f = d->files[i];
        f->n_refs = 0;
        f->is_linked = f->is_name_kept;
        free(f->bytes);
        f->bytes = f->kept;
        f->len = f->kept_len;
        f->kept = NULL;
        if (keep(f))
            abort();
    }
    sweep(d);
}
