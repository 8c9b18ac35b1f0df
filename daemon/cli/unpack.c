/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * unpack.c - an archive of the node's becomes files below one folder, and nowhere else.
 */
#include "cli/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ITEM_DIRECTORY = 1,
    ITEM_FILE = 2,
    ITEM_END = 3,
    ITEM_LINK = 4,
    HEAD_BYTES = 1 + 2,
    TAIL_BYTES = 8 + 8,
    PATH_BYTES_MAX = 4096,
    TEMP_BYTES = 32,
    TRIES = 16
};

struct N2Unpack {
    char *folder; /* owned */
    int root;     /* owned */
    int parent;   /* owned; -1: none */
    char *at;     /* owned (nullable): whose it is, "" for the folder itself */
    GByteArray *head;
    /* the file at hand */
    int file;              /* owned; -1: none */
    char temp[TEMP_BYTES]; /* in parent; "": none */
    char *path;            /* owned */
    guint64 left;
    gint64 modified_us;

    gboolean is_whole;
    guint n_files;
    guint64 bytes;
    GPtrArray *skipped;
};

static gboolean
fail(const N2Unpack *self, const char *path, int cause, GError **error)
{
    g_autofree char *whole = g_build_filename(self->folder, path, NULL);
    g_autofree char *clean = n2_cli_clean(whole);
    gboolean is_link = cause == ELOOP || cause == ENOTDIR;

    n2_error_set(error,
                 cause == ENOSPC || cause == EDQUOT  ? N2_ERR_NOSPACE
                 : cause == EACCES || cause == EPERM ? N2_ERR_REFUSED
                 : is_link || cause == EEXIST || cause == EISDIR || cause == ENOTEMPTY
                     ? N2_ERR_EXISTS
                     : N2_ERR_IO,
                 clean, is_link ? N_("what is there is no folder") : g_strerror(cause),
                 N_("Choose another folder, or move away what is there."));
    return FALSE;
}

static gboolean
fail_format(const N2Unpack *self, GError **error)
{
    n2_error_set(error, N2_ERR_FORMAT, self->folder,
                 N_("the node sent something that is no folder"), NULL);
    return FALSE;
}

N2Unpack *
n2_unpack_new(const char *folder, GError **error)
{
    N2Unpack *self = g_new0(N2Unpack, 1);

    self->folder = g_strdup(folder);
    self->parent = self->file = -1;
    self->head = g_byte_array_new();
    self->skipped = g_ptr_array_new_with_free_func(g_free);
    self->root = -1;
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        self->root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->root >= 0)
        return self;
    fail(self, "", errno, error);
    n2_unpack_free(self);
    return NULL;
}

/* ---- where it goes ---- */

static gboolean
is_part(const char *part)
{
    return *part && !g_str_equal(part, ".") && !g_str_equal(part, "..");
}

/* Opens the folder @at of ours; the last one stays open, as siblings come together. */
static gboolean
go_to(N2Unpack *self, const char *at, GError **error)
{
    g_auto(GStrv) parts = NULL;

    if (self->at && g_str_equal(self->at, at))
        return TRUE;
    parts = g_strsplit(at, "/", -1);
    int fd = fcntl(self->root, F_DUPFD_CLOEXEC, 0);
    for (char **part = parts; fd >= 0 && *part; part++) {
        int next = openat(fd, *part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int cause = errno;

        close(fd);
        fd = next;
        errno = cause;
    }
    if (fd < 0)
        return fail(self, at, errno, error);
    if (self->parent >= 0)
        close(self->parent);
    self->parent = fd;
    g_free(self->at);
    self->at = g_strdup(at);
    return TRUE;
}

static char *
name_in(const char *path)
{
    const char *slash = strrchr(path, '/');

    return g_strdup(slash ? slash + 1 : path);
}

static gboolean
go_to_parent(N2Unpack *self, GError **error)
{
    const char *slash = strrchr(self->path, '/');
    g_autofree char *at = slash ? g_strndup(self->path, (gsize)(slash - self->path)) : NULL;

    return go_to(self, at ? at : "", error);
}

static gboolean
make_folder(N2Unpack *self, GError **error)
{
    g_autofree char *name = name_in(self->path);
    struct stat st;

    if (!go_to_parent(self, error))
        return FALSE;
    if (mkdirat(self->parent, name, 0777) == 0)
        return TRUE;
    if (errno != EEXIST || fstatat(self->parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(self, self->path, errno, error);
    return S_ISDIR(st.st_mode) || fail(self, self->path, ENOTDIR, error);
}

/* ---- a file ---- */

static gboolean
begin_file(N2Unpack *self, GError **error)
{
    if (!go_to_parent(self, error))
        return FALSE;
    for (guint i = 0; i < TRIES; i++) {
        (void)snprintf(self->temp, sizeof self->temp, ".net2o.%08x%08x", g_random_int(),
                       g_random_int());
        self->file = openat(self->parent, self->temp,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (self->file >= 0)
            return TRUE;
        self->temp[0] = '\0';
        if (errno != EEXIST)
            break;
    }
    return fail(self, self->path, errno, error);
}

static gboolean
end_file(N2Unpack *self, GError **error)
{
    g_autofree char *name = name_in(self->path);
    const struct timespec times[2] = {
        {.tv_nsec = UTIME_NOW},
        {.tv_sec = self->modified_us / G_USEC_PER_SEC,
         .tv_nsec = self->modified_us % G_USEC_PER_SEC * 1000},
    };
    struct stat st;

    if (self->modified_us > 0)
        (void)futimens(self->file, times);
    /* What is replaced must not be lost with what replaces it; a new file can be got again. */
    gboolean is_there = fstatat(self->parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there && fsync(self->file) < 0)
        return fail(self, self->path, errno, error);
    int fd = self->file;
    self->file = -1;
    if (close(fd) < 0 || renameat(self->parent, self->temp, self->parent, name) < 0)
        return fail(self, self->path, errno, error);
    self->temp[0] = '\0';
    self->n_files++;
    return TRUE;
}

static gboolean
write_file(N2Unpack *self, const guint8 *bytes, gsize len, GError **error)
{
    while (len) {
        ssize_t n = write(self->file, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(self, self->path, errno, error);
        bytes += n;
        len -= (gsize)n;
        self->left -= (guint64)n;
        self->bytes += (guint64)n;
    }
    return self->left || end_file(self, error);
}

/* ---- the archive ---- */

static guint64
read_be(const guint8 *at, guint width)
{
    guint64 value = 0;

    for (guint i = 0; i < width; i++)
        value = value << 8 | at[i];
    return value;
}

static gboolean
is_path(const char *path, gsize len)
{
    if (strlen(path) != len || !g_utf8_validate(path, (gssize)len, NULL))
        return FALSE;
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (char **part = parts; *part; part++)
        if (!is_part(*part))
            return FALSE;
    return TRUE;
}

/* How long the head at hand is, as far as can be seen. */
static gsize
head_wanted(const GByteArray *head)
{
    if (!head->len || head->data[0] == ITEM_END)
        return 1;
    if (head->len < HEAD_BYTES)
        return HEAD_BYTES;
    return HEAD_BYTES + read_be(head->data + 1, 2) + TAIL_BYTES;
}

static gboolean
begin_item(N2Unpack *self, GError **error)
{
    const guint8 *head = self->head->data;
    guint8 type = head[0];

    if (type == ITEM_END) {
        self->is_whole = TRUE;
        return TRUE;
    }
    gsize len = read_be(head + 1, 2);
    const guint8 *tail = head + HEAD_BYTES + len;

    g_free(self->path);
    self->path = g_strndup((const char *)head + HEAD_BYTES, len);
    self->left = read_be(tail, 8);
    self->modified_us = (gint64)read_be(tail + 8, 8);
    g_byte_array_set_size(self->head, 0);
    if (len > PATH_BYTES_MAX || !is_path(self->path, len) || (type != ITEM_FILE && self->left))
        return fail_format(self, error);
    if (type == ITEM_DIRECTORY)
        return make_folder(self, error);
    if (type == ITEM_FILE)
        return begin_file(self, error) && (self->left || end_file(self, error));
    if (type != ITEM_LINK)
        return fail_format(self, error);
    g_ptr_array_add(self->skipped, g_strdup(self->path));
    return TRUE;
}

gboolean
n2_unpack_add(N2Unpack *self, const guint8 *bytes, gsize len, GError **error)
{
    while (len) {
        gsize n;

        if (self->is_whole)
            return fail_format(self, error);
        if (self->file >= 0) {
            n = MIN(len, self->left);
            if (!write_file(self, bytes, n, error))
                return FALSE;
        } else {
            n = MIN(len, head_wanted(self->head) - self->head->len);
            g_byte_array_append(self->head, bytes, (guint)n);
            if (self->head->len == head_wanted(self->head) && !begin_item(self, error))
                return FALSE;
        }
        bytes += n;
        len -= n;
    }
    return TRUE;
}

gboolean
n2_unpack_is_whole(const N2Unpack *self)
{
    return self->is_whole;
}

guint
n2_unpack_get_files(const N2Unpack *self)
{
    return self->n_files;
}

guint64
n2_unpack_get_bytes(const N2Unpack *self)
{
    return self->bytes;
}

const GPtrArray *
n2_unpack_peek_skipped(const N2Unpack *self)
{
    return self->skipped;
}

void
n2_unpack_free(N2Unpack *self)
{
    if (!self)
        return;
    if (self->file >= 0)
        close(self->file);
    if (self->temp[0])
        (void)unlinkat(self->parent, self->temp, 0);
    if (self->parent >= 0)
        close(self->parent);
    if (self->root >= 0)
        close(self->root);
    g_byte_array_unref(self->head);
    g_ptr_array_unref(self->skipped);
    g_free(self->at);
    g_free(self->path);
    g_free(self->folder);
    g_free(self);
}
