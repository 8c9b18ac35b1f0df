/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * memory-disk.c - a disk of one folder in memory, for tests of small files.
 */
#include "memory-disk.h"

#include <string.h>

static void
file_free(gpointer data)
{
    memory_file *file = data;

    g_free(file->name);
    g_byte_array_unref(file->bytes);
    if (file->synced)
        g_byte_array_unref(file->synced);
    g_free(file);
}

static memory_file *
find(memory_disk *d, const char *name)
{
    for (guint i = 0; i < d->files->len; i++) {
        memory_file *file = g_ptr_array_index(d->files, i);
        if (g_str_equal(file->name, name))
            return file;
    }
    return NULL;
}

/* Counts the call; TRUE if it is the one to fail. */
static gboolean
fails(memory_disk *d)
{
    return ++d->calls == d->fail_at;
}

static n2_err
disk_open(void *user, const char *path, unsigned flags, n2_file *out)
{
    memory_disk *d = user;
    memory_file *file = find(d, path);

    if (fails(d))
        return d->fail_with;
    if (!file && !(flags & N2_OPEN_CREATE))
        return N2_ERR_NOTFOUND;
    if (file && flags & N2_OPEN_EXCLUSIVE)
        return N2_ERR_EXISTS;
    if (!file) {
        file = g_new0(memory_file, 1);
        file->name = g_strdup(path);
        file->bytes = g_byte_array_new();
        g_ptr_array_add(d->files, file);
    }
    if (flags & N2_OPEN_TRUNCATE)
        g_byte_array_set_size(file->bytes, 0);
    g_ptr_array_add(d->open, file);
    *out = (n2_file)d->open->len - 1;
    return N2_OK;
}

static n2_err
disk_close(void *user, n2_file file)
{
    (void)user, (void)file;
    return N2_OK;
}

static n2_err
disk_pread(void *user, n2_file n, uint64_t offset, void *buf, size_t len, size_t *n_read)
{
    memory_disk *d = user;
    const memory_file *file = g_ptr_array_index(d->open, (guint)n);

    if (fails(d))
        return d->fail_with;
    gsize left = offset < file->bytes->len ? file->bytes->len - offset : 0;
    *n_read = MIN(len, left);
    if (*n_read)
        memcpy(buf, file->bytes->data + offset, *n_read);
    return N2_OK;
}

static n2_err
disk_pwrite(void *user, n2_file n, uint64_t offset, const void *buf, size_t len)
{
    memory_disk *d = user;
    memory_file *file = g_ptr_array_index(d->open, (guint)n);

    if (file->bytes->len < offset + len)
        g_byte_array_set_size(file->bytes, (guint)(offset + len));
    if (fails(d)) { /* a failed write may have written a part */
        memcpy(file->bytes->data + offset, buf, len / 2);
        return d->fail_with;
    }
    memcpy(file->bytes->data + offset, buf, len);
    return N2_OK;
}

static n2_err
disk_fdatasync(void *user, n2_file n)
{
    memory_disk *d = user;
    memory_file *file = g_ptr_array_index(d->open, (guint)n);

    if (fails(d))
        return d->fail_with;
    if (file->synced)
        g_byte_array_unref(file->synced);
    file->synced = g_byte_array_new();
    g_byte_array_append(file->synced, file->bytes->data, file->bytes->len);
    return N2_OK;
}

static n2_err
disk_fsync_dir(void *user, const char *path)
{
    memory_disk *d = user;

    (void)path;
    if (fails(d))
        return d->fail_with;
    for (guint i = 0; i < d->files->len; i++)
        ((memory_file *)g_ptr_array_index(d->files, i))->name_synced = TRUE;
    return N2_OK;
}

static n2_err
disk_rename(void *user, const char *from, const char *to)
{
    memory_disk *d = user;
    memory_file *file = find(d, from);

    if (fails(d))
        return d->fail_with;
    if (!file)
        return N2_ERR_NOTFOUND;
    memory_file *old = find(d, to);
    if (old)
        g_ptr_array_remove(d->files, old);
    g_free(file->name);
    file->name = g_strdup(to);
    file->name_synced = FALSE;
    return N2_OK;
}

static n2_err
disk_unlink(void *user, const char *path)
{
    memory_disk *d = user;
    memory_file *file = find(d, path);

    if (!file)
        return N2_ERR_NOTFOUND;
    g_ptr_array_remove(d->files, file);
    return N2_OK;
}

static n2_err
disk_stat(void *user, const char *path, n2_disk_stat *out)
{
    memory_disk *d = user;
    const memory_file *file = find(d, path);

    if (fails(d))
        return d->fail_with;
    if (!file)
        return N2_ERR_NOTFOUND;
    *out = (n2_disk_stat){.size_bytes = file->bytes->len};
    return N2_OK;
}

memory_disk *
memory_disk_new(void)
{
    memory_disk *d = g_new0(memory_disk, 1);

    d->files = g_ptr_array_new_with_free_func(file_free);
    d->open = g_ptr_array_new();
    d->fail_with = N2_ERR_IO;
    d->disk = (n2_disk){
        .user = d,
        .open = disk_open,
        .close = disk_close,
        .pread = disk_pread,
        .pwrite = disk_pwrite,
        .fdatasync = disk_fdatasync,
        .fsync_dir = disk_fsync_dir,
        .rename = disk_rename,
        .unlink = disk_unlink,
        .stat = disk_stat,
    };
    return d;
}

void
memory_disk_free(memory_disk *disk)
{
    g_ptr_array_unref(disk->files);
    g_ptr_array_unref(disk->open);
    g_free(disk);
}

GByteArray *
memory_disk_peek(memory_disk *disk, const char *name)
{
    memory_file *file = find(disk, name);

    return file ? file->bytes : NULL;
}

gboolean
memory_disk_is_durable(memory_disk *disk, const char *name)
{
    const memory_file *file = find(disk, name);

    return file && file->name_synced && file->synced && file->synced->len == file->bytes->len &&
           memcmp(file->synced->data, file->bytes->data, file->bytes->len) == 0;
}

void
memory_disk_put(memory_disk *disk, const char *name, const void *bytes, gsize len)
{
    n2_file file;

    g_assert_cmpint(
        disk_open(disk, name, N2_OPEN_WRITE | N2_OPEN_CREATE | N2_OPEN_TRUNCATE, &file), ==,
        N2_OK);
    g_assert_cmpint(disk_pwrite(disk, file, 0, bytes, len), ==, N2_OK);
    g_assert_cmpint(disk_fdatasync(disk, file), ==, N2_OK);
}
