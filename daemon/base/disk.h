/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk.h - the file operations that a layer without system calls may ask for.
 *
 * Layer:   base (may include: libc only).  The host hands in the real ones, a test hands in
 *          ones that fail, or lose power, at the n-th call.
 * Paths:   relative to the folder the table was made for: names separated by '/', no leading
 *          '/', no "." or ".."; "" is the folder itself.
 * Durable: bytes of a file after fdatasync; its name after fsync_dir of its folder; everything
 *          after syncfs.  A sync that failed once has lost data: the caller must not try it
 *          again and believe the second answer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/** An open file; at least 0. */
typedef int n2_file;

enum { /* how to open */
    N2_OPEN_READ = 0,
    N2_OPEN_WRITE = 1 << 0,     /* read and write */
    N2_OPEN_CREATE = 1 << 1,    /* make it if it is not there, for the owner only (0600) */
    N2_OPEN_EXCLUSIVE = 1 << 2, /* with CREATE: N2_ERR_EXISTS if it is there */
    N2_OPEN_TRUNCATE = 1 << 3   /* empty it */
};

typedef struct {
    uint64_t size_bytes;
    int64_t mtime_us; /* since 1970 UTC */
    bool is_dir;
} n2_disk_stat;

/** One name of a folder; returns false to stop listing. */
typedef bool (*n2_disk_entry_cb)(void *data, const char *name, bool is_dir);

/**
 * All return N2_OK or: N2_ERR_NOTFOUND (no such file or folder), N2_ERR_EXISTS, N2_ERR_NOSPACE
 * (disk or quota full), N2_ERR_REFUSED (permission), N2_ERR_NOMEM, N2_ERR_IO (anything else).
 * Out-parameters are untouched on failure.
 */
typedef struct {
    void *user;

    n2_err (*open)(void *user, const char *path, unsigned flags, n2_file *file);
    n2_err (*close)(void *user, n2_file file);
    /** Reads up to @len bytes; *@n_read is less only at the end of the file. */
    n2_err (*pread)(
        void *user, n2_file file, uint64_t offset, void *buf, size_t len, size_t *n_read);
    /** Writes all of @len bytes or fails. */
    n2_err (*pwrite)(void *user, n2_file file, uint64_t offset, const void *buf, size_t len);
    n2_err (*truncate)(void *user, n2_file file, uint64_t size_bytes);
    n2_err (*fdatasync)(void *user, n2_file file);
    /** Everything on the file system of the folder. */
    n2_err (*syncfs)(void *user);
    n2_err (*fsync_dir)(void *user, const char *path);

    /** Within the folder; replaces @to if it is there. */
    n2_err (*rename)(void *user, const char *from, const char *to);
    n2_err (*unlink)(void *user, const char *path);
    n2_err (*mkdir)(void *user, const char *path);
    n2_err (*rmdir)(void *user, const char *path);
    /** Each name but "." and "..", in no order. */
    n2_err (*list)(void *user, const char *path, n2_disk_entry_cb entry_cb, void *data);
    n2_err (*stat)(void *user, const char *path, n2_disk_stat *stat);
    /** Bytes that the user of this process may still write. */
    n2_err (*free_space)(void *user, uint64_t *free_bytes);

    /** Read-only; @offset a multiple of 64 KiB, @len > 0.  Pages past the end must not be read.
     */
    n2_err (*map)(
        void *user, n2_file file, uint64_t offset, size_t len, const uint8_t **memory);
    void (*unmap)(void *user, const uint8_t *memory, size_t len);
    /** (nullable): @len > 0 bytes of what was mapped will be read now by another thread, who is
     * not to wait for the disk. */
    void (*load)(void *user, const uint8_t *memory, size_t len);

    /** (nullable): begins to write @len bytes of a file back, so that a later fdatasync has
     *  less to wait for. */
    void (*write_soon)(void *user, n2_file file, uint64_t offset, size_t len);
    /** (nullable): puts up to @len bytes of a file into the pipe @sink without copying them.
     *  N2_ERR_BUSY: the pipe is full; N2_ERR_CLOSED: nobody reads it any more. */
    n2_err (*hand_out)(
        void *user, n2_file file, uint64_t offset, size_t len, int sink, size_t *n_out);

    /**
     * Path of @path for a library that opens files itself (SQLite), and the name of the SQLite
     * VFS to use with it (NULL: the default one).  N2_ERR_NOSPACE if it does not fit.
     */
    n2_err (*full_path)(void *user, const char *path, char *buf, size_t size, const char **vfs);
} n2_disk;

/**
 * Reads a small file whole.
 *
 * @bytes: (out) (transfer full): to free(); @len bytes and one NUL behind them.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (longer than @limit_bytes), N2_ERR_NOTFOUND, N2_ERR_NOMEM or
 *          what the disk says.
 */
N2_MUST_USE n2_err n2_disk_read_file(
    const n2_disk *disk, const char *path, size_t limit_bytes, uint8_t **bytes, size_t *len);

/**
 * Puts a small file in the place of @path, whole or not at all: written to @path + ".new",
 * synced, renamed, and the folder synced.  After N2_OK it is durable; after an error the old
 * file is still there, or the new one, never a mixture.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (path too long), or what the disk says.
 */
N2_MUST_USE n2_err n2_disk_replace_file(const n2_disk *disk,
                                        const char *path,
                                        const void *bytes,
                                        size_t len);
