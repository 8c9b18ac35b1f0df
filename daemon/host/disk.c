/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk.c - the table of disk functions (base/disk.h) over one real folder.
 */
#include "host/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FAULT_BYTES =
        64 * 1024 /* that one fault brings along, and more comes in by reading ahead */
};

struct n2_host_disk {
    n2_disk table;
    int dir_fd;
    char *path; /* owned; absolute */
};

static n2_err
from_errno(int cause)
{
    switch (cause) {
    case ENOENT:
    case ENOTDIR:
        return N2_ERR_NOTFOUND;
    case EEXIST:
    case ENOTEMPTY:
        return N2_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return N2_ERR_NOSPACE;
    case EACCES:
    case EPERM:
    case EXDEV: /* the path leads out of the folder */
    case ELOOP: /* or through a symbolic link */
        return N2_ERR_REFUSED;
    case ENOMEM:
        return N2_ERR_NOMEM;
    default:
        return N2_ERR_IO;
    }
}

static n2_err
result(int value)
{
    return value < 0 ? from_errno(errno) : N2_OK;
}

static const char *
or_self(const char *path)
{
    return *path ? path : ".";
}

/* openat() that cannot leave the folder.  Older kernels lack openat2; then plain openat() must
 * do, as the layers above never make such paths. */
static int
open_inside(const n2_host_disk *disk, const char *path, int flags, mode_t mode)
{
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    long fd = syscall(SYS_openat2, disk->dir_fd, or_self(path), &how, sizeof how);

    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = openat(disk->dir_fd, or_self(path), flags | O_CLOEXEC | O_NOFOLLOW, mode);
    return (int)fd;
}

static n2_err
disk_open(void *user, const char *path, unsigned flags, n2_file *file)
{
    int how = flags & N2_OPEN_WRITE ? O_RDWR : O_RDONLY;

    if (flags & N2_OPEN_CREATE)
        how |= O_CREAT;
    if (flags & N2_OPEN_EXCLUSIVE)
        how |= O_EXCL;
    if (flags & N2_OPEN_TRUNCATE)
        how |= O_TRUNC;
    int fd = open_inside(user, path, how, 0600);
    if (fd < 0)
        return from_errno(errno);
    *file = fd;
    return N2_OK;
}

static n2_err
disk_close(void *user, n2_file file)
{
    (void)user;
    return result(close(file));
}

static n2_err
disk_pread(void *user, n2_file file, uint64_t offset, void *buf, size_t len, size_t *n_read)
{
    size_t done = 0;

    (void)user;
    while (done < len) {
        ssize_t got = pread(file, (uint8_t *)buf + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return from_errno(errno);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *n_read = done;
    return N2_OK;
}

static n2_err
disk_pwrite(void *user, n2_file file, uint64_t offset, const void *buf, size_t len)
{
    size_t done = 0;

    (void)user;
    while (done < len) {
        ssize_t put =
            pwrite(file, (const uint8_t *)buf + done, len - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return from_errno(errno);
        done += (size_t)put;
    }
    return N2_OK;
}

static n2_err
disk_truncate(void *user, n2_file file, uint64_t size_bytes)
{
    (void)user;
    return result(ftruncate(file, (off_t)size_bytes));
}

static n2_err
disk_fdatasync(void *user, n2_file file)
{
    (void)user;
    return result(fdatasync(file));
}

static n2_err
disk_syncfs(void *user)
{
    const n2_host_disk *disk = user;

    return result(syncfs(disk->dir_fd));
}

static n2_err
disk_fsync_dir(void *user, const char *path)
{
    int fd = open_inside(user, path, O_RDONLY | O_DIRECTORY, 0);

    if (fd < 0)
        return from_errno(errno);
    n2_err err = result(fsync(fd));
    close(fd);
    return err;
}

static n2_err
disk_rename(void *user, const char *from, const char *to)
{
    const n2_host_disk *disk = user;

    return result(renameat(disk->dir_fd, from, disk->dir_fd, to));
}

static n2_err
disk_unlink(void *user, const char *path)
{
    const n2_host_disk *disk = user;

    return result(unlinkat(disk->dir_fd, path, 0));
}

static n2_err
disk_mkdir(void *user, const char *path)
{
    const n2_host_disk *disk = user;

    return result(mkdirat(disk->dir_fd, path, 0700));
}

static n2_err
disk_rmdir(void *user, const char *path)
{
    const n2_host_disk *disk = user;

    return result(unlinkat(disk->dir_fd, path, AT_REMOVEDIR));
}

static bool
is_dir_entry(DIR *dir, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode);
}

static n2_err
disk_list(void *user, const char *path, n2_disk_entry_cb entry_cb, void *data)
{
    int fd = open_inside(user, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!dir) {
        n2_err err = from_errno(errno);
        if (fd >= 0)
            close(fd);
        return err;
    }
    for (errno = 0; (entry = readdir(dir)); errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!entry_cb(data, entry->d_name, is_dir_entry(dir, entry)))
            break;
    }
    n2_err err = entry || !errno ? N2_OK : from_errno(errno);
    closedir(dir);
    return err;
}

static n2_err
disk_stat(void *user, const char *path, n2_disk_stat *stat)
{
    const n2_host_disk *disk = user;
    struct stat st;

    if (fstatat(disk->dir_fd, or_self(path), &st, AT_SYMLINK_NOFOLLOW) < 0)
        return from_errno(errno);
    stat->size_bytes = (uint64_t)st.st_size;
    stat->mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
    stat->is_dir = S_ISDIR(st.st_mode);
    return N2_OK;
}

static n2_err
disk_free_space(void *user, uint64_t *free_bytes)
{
    const n2_host_disk *disk = user;
    struct statvfs st;

    if (fstatvfs(disk->dir_fd, &st) < 0)
        return from_errno(errno);
    *free_bytes = (uint64_t)st.f_bavail * st.f_frsize;
    return N2_OK;
}

static n2_err
disk_map(void *user, n2_file file, uint64_t offset, size_t len, const uint8_t **memory)
{
    (void)user;
    void *at = mmap(NULL, len, PROT_READ, MAP_SHARED, file, (off_t)offset);
    if (at == MAP_FAILED)
        return from_errno(errno);
    *memory = at;
    return N2_OK;
}

static void
disk_unmap(void *user, const uint8_t *memory, size_t len)
{
    (void)user;
    (void)munmap((void *)(uintptr_t)memory, len);
}

static void
disk_load(void *user, const uint8_t *memory, size_t len)
{
    const volatile uint8_t *touched = memory;

    (void)user;
    /* MADV_POPULATE_READ, or a touch of each page, takes as long as opening what is in it. */
    for (size_t at = 0; at < len; at += FAULT_BYTES)
        (void)touched[at];
    (void)touched[len - 1];
}

static void
disk_write_soon(void *user, n2_file file, uint64_t offset, size_t len)
{
    (void)user;
    /* A hint: what it can't begin the sync will do, and say. */
    (void)sync_file_range(file, (off_t)offset, (off_t)len, SYNC_FILE_RANGE_WRITE);
}

static n2_err
disk_hand_out(void *user, n2_file file, uint64_t offset, size_t len, int sink, size_t *n_out)
{
    off_t at = (off_t)offset;
    ssize_t n;

    (void)user;
    do
        n = splice(file, &at, sink, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN  ? N2_ERR_BUSY
               : errno == EPIPE ? N2_ERR_CLOSED
                                : from_errno(errno);
    if (n == 0)
        return N2_ERR_CORRUPT; /* the file is shorter than what was written to it */
    *n_out = (size_t)n;
    return N2_OK;
}

static n2_err
disk_full_path(void *user, const char *path, char *buf, size_t size, const char **vfs)
{
    const n2_host_disk *disk = user;
    int n = *path ? snprintf(buf, size, "%s/%s", disk->path, path)
                  : snprintf(buf, size, "%s", disk->path);

    if (n < 0 || (size_t)n >= size)
        return N2_ERR_NOSPACE;
    *vfs = NULL;
    return N2_OK;
}

n2_err
n2_host_disk_open(n2_host_disk **out, const char *dir)
{
    n2_host_disk *disk = calloc(1, sizeof *disk);

    if (!disk)
        return N2_ERR_NOMEM;
    disk->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    disk->path = disk->dir_fd < 0 ? NULL : realpath(dir, NULL);
    if (!disk->path) {
        n2_err err = from_errno(errno);
        n2_host_disk_free(disk);
        return err;
    }
    disk->table = (n2_disk){.user = disk,
                            .open = disk_open,
                            .close = disk_close,
                            .pread = disk_pread,
                            .pwrite = disk_pwrite,
                            .truncate = disk_truncate,
                            .fdatasync = disk_fdatasync,
                            .syncfs = disk_syncfs,
                            .fsync_dir = disk_fsync_dir,
                            .rename = disk_rename,
                            .unlink = disk_unlink,
                            .mkdir = disk_mkdir,
                            .rmdir = disk_rmdir,
                            .list = disk_list,
                            .stat = disk_stat,
                            .free_space = disk_free_space,
                            .map = disk_map,
                            .unmap = disk_unmap,
                            .load = disk_load,
                            .write_soon = disk_write_soon,
                            .hand_out = disk_hand_out,
                            .full_path = disk_full_path};
    *out = disk;
    return N2_OK;
}

void
n2_host_disk_free(n2_host_disk *disk)
{
    if (!disk)
        return;
    if (disk->dir_fd >= 0)
        close(disk->dir_fd);
    free(disk->path);
    free(disk);
}

const n2_disk *
n2_host_disk_table(const n2_host_disk *disk)
{
    return &disk->table;
}
