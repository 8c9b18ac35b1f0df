/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk.c - small files read and replaced whole, over the table of disk functions.
 */
#include "base/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

n2_err
n2_disk_read_file(
    const n2_disk *disk, const char *path, size_t limit_bytes, uint8_t **bytes, size_t *len)
{
    n2_disk_stat st;
    n2_file file = -1;
    uint8_t *buf = NULL;
    size_t n_read = 0;

    n2_err err = disk->stat(disk->user, path, &st);
    if (!err && st.size_bytes > limit_bytes)
        err = N2_ERR_LIMIT;
    if (!err)
        err = disk->open(disk->user, path, N2_OPEN_READ, &file);
    if (err)
        return err;
    buf = malloc((size_t)st.size_bytes + 1);
    if (!buf) {
        err = N2_ERR_NOMEM;
        goto out;
    }
    err = disk->pread(disk->user, file, 0, buf, (size_t)st.size_bytes, &n_read);
    if (!err && n_read != st.size_bytes)
        err = N2_ERR_IO; /* somebody else shortened it meanwhile */
    if (err)
        goto out;
    buf[n_read] = 0;
    *bytes = buf;
    *len = n_read;
    buf = NULL;
out:
    free(buf);
    (void)disk->close(disk->user, file);
    return err;
}

static n2_err
write_new(const n2_disk *disk, const char *path, const void *bytes, size_t len)
{
    n2_file file = -1;
    n2_err err =
        disk->open(disk->user, path, N2_OPEN_WRITE | N2_OPEN_CREATE | N2_OPEN_TRUNCATE, &file);

    if (err)
        return err;
    if (len)
        err = disk->pwrite(disk->user, file, 0, bytes, len);
    if (!err)
        err = disk->fdatasync(disk->user, file);
    n2_err closing = disk->close(disk->user, file);
    return err ? err : closing;
}

n2_err
n2_disk_replace_file(const n2_disk *disk, const char *path, const void *bytes, size_t len)
{
    char temp[N2_DISK_PATH_BYTES_MAX];
    char folder[N2_DISK_PATH_BYTES_MAX];
    int n = snprintf(temp, sizeof temp, "%s.new", path);

    if ((size_t)n >= sizeof temp)
        return N2_ERR_LIMIT;
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash ? (size_t)(slash - path) : 0;
    memcpy(folder, path, folder_len);
    folder[folder_len] = '\0';

    n2_err err = write_new(disk, temp, bytes, len);
    if (!err)
        err = disk->rename(disk->user, temp, path);
    if (err) {
        (void)disk->unlink(disk->user, temp);
        return err;
    }
    return disk->fsync_dir(disk->user, folder);
}
