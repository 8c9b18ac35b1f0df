/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * archive.c - the walk's thread: counts what there is, then writes it into the pipe.
 */
#include "client/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/error.h"
#include "client/walk.h"

enum {
    CHUNK_BYTES = 256 * 1024,
    PIPE_BYTES = 1024 * 1024, /* asked for; the system may give less */

    ITEM_DIRECTORY = 1,
    ITEM_FILE = 2,
    ITEM_END = 3,
};

struct _N2Archive {
    GObject parent_instance;

    char *folder;         /* owned; constant once the thread runs */
    N2ArchiveFlags flags; /* constant once the thread runs */
    int fd;               /* writing end; the thread's */
    GThread *thread;      /* owned until joined */

    /* Written by the thread, read after it was joined. */
    GPtrArray *skipped; /* owned, of char * */
    GError *failure;    /* owned */

    gint stop; /* atomic: nobody wants the rest */

    GMutex lock; /* guards what follows */
    guint64 done_bytes;
    guint64 total_bytes;
    guint n_files;
};

G_DEFINE_FINAL_TYPE(N2Archive, n2_archive, G_TYPE_OBJECT)

static void
count(N2Archive *self, guint64 bytes, guint files)
{
    g_mutex_lock(&self->lock);
    self->done_bytes += bytes;
    self->n_files += files;
    g_mutex_unlock(&self->lock);
}

/* FALSE: nobody reads any more, which is not an error of ours. */
static gboolean
write_all(N2Archive *self, const void *bytes, size_t len)
{
    const guint8 *at = bytes;

    while (len) {
        ssize_t n = write(self->fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        at += n;
        len -= (size_t)n;
    }
    return TRUE;
}

static guint8 *
put_be(guint8 *at, guint64 value, guint width)
{
    for (guint i = 0; i < width; i++)
        at[i] = (guint8)(value >> (8 * (width - 1 - i)));
    return at + width;
}

static gboolean
write_head(N2Archive *self, guint8 type, const char *path, const struct stat *st)
{
    guint8 head[1 + 2];
    guint8 tail[8 + 8];
    size_t len = strlen(path);
    gint64 mtime_us = (gint64)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
    guint64 size = type == ITEM_FILE ? (guint64)st->st_size : 0;

    put_be(put_be(head, type, 1), len, 2);
    put_be(put_be(tail, size, 8), (guint64)mtime_us, 8);
    return write_all(self, head, sizeof head) && write_all(self, path, len) &&
           write_all(self, tail, sizeof tail);
}

static void
fail(N2Archive *self, const char *path, const char *why)
{
    if (!self->failure)
        self->failure = n2_error_make(N2_ERR_IO, path, why, "");
}

/* Exactly the bytes that the head announced. */
static gboolean
write_content(N2Archive *self, int file, const char *path, guint64 size)
{
    g_autofree guint8 *chunk = g_malloc(CHUNK_BYTES);

    for (guint64 left = size; left;) {
        size_t want = left < CHUNK_BYTES ? (size_t)left : (size_t)CHUNK_BYTES;
        ssize_t n = read(file, chunk, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fail(self, path, g_strerror(errno));
            return FALSE;
        }
        if (n == 0) {
            fail(self, path, N_("it became shorter while it was read"));
            return FALSE;
        }
        if (g_atomic_int_get(&self->stop) || !write_all(self, chunk, (size_t)n))
            return FALSE;
        count(self, (guint64)n, 0);
        left -= (guint64)n;
    }
    if (read(file, chunk, 1) == 1) {
        fail(self, path, N_("it grew while it was read"));
        return FALSE;
    }
    return TRUE;
}

static gboolean
write_file(N2Archive *self, const N2WalkItem *item)
{
    struct stat st;
    gboolean is_fine = FALSE;
    int file = open(item->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (file < 0 || fstat(file, &st) < 0)
        fail(self, item->path, g_strerror(errno));
    else if (!S_ISREG(st.st_mode))
        fail(self, item->path, N_("it changed while the folder was read"));
    else
        is_fine = write_head(self, ITEM_FILE, item->path, &st) &&
                  write_content(self, file, item->path, (guint64)st.st_size);
    if (file >= 0)
        close(file);
    if (is_fine)
        count(self, 0, 1);
    return is_fine;
}

static gboolean
write_item(N2Archive *self, const N2WalkItem *item)
{
    if (g_atomic_int_get(&self->stop))
        return FALSE;
    return item->is_folder ? write_head(self, ITEM_DIRECTORY, item->path, &item->st)
                           : write_file(self, item);
}

static gpointer
run(gpointer data)
{
    N2Archive *self = data;
    const guint8 end = ITEM_END;
    gboolean is_whole = TRUE;
    sigset_t pipe_signal;

    /* A node that stops reading is answered with EPIPE, not with the end of the program. */
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);

    g_autoptr(GPtrArray) items =
        n2_walk(self->folder, self->flags & N2_ARCHIVE_HIDDEN, self->skipped, &self->failure);
    if (items) {
        guint64 total = 0;
        for (guint i = 0; i < items->len; i++)
            total += n2_walk_size(items->pdata[i]);
        g_mutex_lock(&self->lock);
        self->total_bytes = total;
        g_mutex_unlock(&self->lock);
    }
    for (guint i = 0; items && is_whole && i < items->len; i++)
        is_whole = write_item(self, items->pdata[i]);
    if (items && is_whole)
        (void)write_all(self, &end, sizeof end);
    close(self->fd);
    return NULL;
}

N2Archive *
n2_archive_new(const char *folder, N2ArchiveFlags flags, int *out_fd, GError **error)
{
    g_autoptr(N2Archive) self = g_object_new(N2_TYPE_ARCHIVE, NULL);
    int ends[2];

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        n2_error_set(error, N2_ERR_NOTFOUND, folder,
                     g_file_test(folder, G_FILE_TEST_EXISTS) ? N_("it is not a folder")
                                                             : N_("there is no such folder"),
                     N_("Give a folder to publish."));
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) < 0) {
        n2_error_set(error, N2_ERR_IO, folder, g_strerror(errno), NULL);
        return NULL;
    }
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    self->folder = g_strdup(folder);
    self->flags = flags;
    self->fd = ends[1];
    self->thread = g_thread_new("archive", run, self);
    *out_fd = ends[0];
    return g_steal_pointer(&self);
}

void
n2_archive_get_done(N2Archive *self, guint64 *bytes, guint *files)
{
    g_mutex_lock(&self->lock);
    *bytes = self->done_bytes;
    *files = self->n_files;
    g_mutex_unlock(&self->lock);
}

guint64
n2_archive_get_total(N2Archive *self)
{
    g_mutex_lock(&self->lock);
    guint64 total = self->total_bytes;
    g_mutex_unlock(&self->lock);
    return total;
}

gboolean
n2_archive_finish(N2Archive *self, char ***skipped, GError **error)
{
    g_return_val_if_fail(N2_IS_ARCHIVE(self), FALSE);

    g_clear_pointer(&self->thread, g_thread_join);
    if (skipped) {
        g_ptr_array_add(self->skipped, NULL);
        *skipped = (char **)g_ptr_array_steal(self->skipped, NULL);
    }
    if (self->failure) {
        g_propagate_error(error, g_error_copy(self->failure));
        return FALSE;
    }
    return TRUE;
}

static void
n2_archive_finalize(GObject *object)
{
    N2Archive *self = N2_ARCHIVE(object);

    g_atomic_int_set(&self->stop, TRUE);
    g_clear_pointer(&self->thread, g_thread_join);
    g_clear_pointer(&self->skipped, g_ptr_array_unref);
    g_clear_error(&self->failure);
    g_free(self->folder);
    g_mutex_clear(&self->lock);
    G_OBJECT_CLASS(n2_archive_parent_class)->finalize(object);
}

static void
n2_archive_class_init(N2ArchiveClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_archive_finalize;
}

static void
n2_archive_init(N2Archive *self)
{
    g_mutex_init(&self->lock);
    self->skipped = g_ptr_array_new_with_free_func(g_free);
}
