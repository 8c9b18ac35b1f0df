/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * carry.c - bytes between the control plane and clients' pipes, as fast as the slower of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc/job.h"
#include "ipc/value.h"

static uint64_t
now(void)
{
    return (uint64_t)g_get_monotonic_time();
}

static void
unwatch(n2_ipc_job *job)
{
    if (job->watch)
        g_source_destroy(job->watch);
    g_clear_pointer(&job->watch, g_source_unref);
}

/* One watch a job: what is awaited of its descriptor.  Errors are always awaited. */
static void
watch(n2_ipc_job *job, GIOCondition condition, GUnixFDSourceFunc callback)
{
    if (job->watch && job->watched == condition)
        return;
    unwatch(job);
    job->watched = condition;
    job->watch = g_unix_fd_source_new(job->fd, condition | G_IO_ERR);
    g_source_set_callback(job->watch, G_SOURCE_FUNC(callback), job, NULL);
    g_source_attach(job->watch, g_main_context_get_thread_default());
}

void
n2_ipc_stop_carrying(n2_ipc_job *job)
{
    unwatch(job);
    if (job->fd >= 0)
        close(job->fd);
    job->fd = -1;
    g_clear_pointer(&job->chunk, g_free);
    job->chunk_at = job->chunk_len = 0;
}

/* ---- to the client ---- */

static GVariant *
wait_result(const n2_ipc_job *job)
{
    static const char *const kept[] = {"hash", "from"};
    GVariantBuilder dict;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&dict, "{sv}", "transfer",
                          g_variant_new_int64((gint64)job->transfer));
    g_variant_builder_add(&dict, "{sv}", "size",
                          g_variant_new_int64((gint64)job->carried_bytes));
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(job->info, kept[i], NULL);
        if (value)
            g_variant_builder_add(&dict, "{sv}", kept[i], value);
    }
    gint64 ms = (g_get_monotonic_time() - job->begun_us) / 1000;
    g_variant_builder_add(&dict, "{sv}", "ms", g_variant_new_int64(ms));
    return g_variant_new("(@a{sv})", g_variant_builder_end(&dict));
}

/* Tells who waits; the transfer is then forgotten, so this is the job's end. */
static void
answer_wait(n2_ipc_job *job)
{
    GDBusMethodInvocation *waiter = g_steal_pointer(&job->waiter);

    if (!waiter)
        return;
    if (job->failure)
        n2_ipc_fault_send(job->failure, waiter);
    else
        g_dbus_method_invocation_return_value(waiter, wait_result(job));
    n2_ipc_drop(job);
}

/* @failure: (transfer full) (nullable).  May free @job. */
static void
finish(n2_ipc_job *job, n2_ipc_fault *failure)
{
    job->is_over = true;
    job->failure = failure;
    n2_ipc_stop_carrying(job);
    answer_wait(job);
}

void
n2_ipc_wait(n2_ipc_job *job, GDBusMethodInvocation *invocation)
{
    if (job->waiter) {
        n2_ipc_refuse(invocation, N2_ERR_EXISTS, "Wait", N_("it is waited for already"), "");
        return;
    }
    job->waiter = invocation;
    if (job->is_over)
        answer_wait(job);
}

/* @failure: (transfer full): why nobody gets the rest. */
static void
lose(n2_ipc_job *job, n2_ipc_fault *failure)
{
    if (job->number) {
        g_hash_table_remove(job->server->running, GUINT_TO_POINTER(job->number));
        n2_control_cancel(job->server->control, job->number, now(), g_get_real_time());
        job->number = 0;
        n2_ipc_kick(job->server);
    }
    finish(job, failure);
}

/* The reader closed its end. */
static void
lose_reader(n2_ipc_job *job)
{
    lose(job, n2_ipc_fault_new(N2_ERR_CANCELLED, "", N_("its reader closed the stream"), ""));
}

/* The client's file takes no more. */
static void
lose_file(n2_ipc_job *job)
{
    int cause = errno;
    const char *what = "";
    n2_err err =
        cause == ENOSPC || cause == EDQUOT || cause == EFBIG ? N2_ERR_NOSPACE : N2_ERR_IO;

    (void)g_variant_lookup(job->info, "address", "&s", &what);
    lose(job, n2_ipc_fault_new(err, what, g_strerror(cause),
                               N_("Choose another file with '-o FILE'.")));
}

typedef enum {
    WROTE_ALL, /* the chunk is empty */
    WROTE_SOME,
    READER_GONE,
    FILE_FAILED /* errno says why */
} wrote;

static wrote
write_chunk(n2_ipc_job *job)
{
    while (job->chunk_at < job->chunk_len) {
        const uint8_t *from = job->chunk + job->chunk_at;
        size_t len = job->chunk_len - job->chunk_at;
        ssize_t n = job->is_direct ? pwrite(job->fd, from, len, (off_t)job->carried_bytes)
                                   : write(job->fd, from, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return job->is_direct ? FILE_FAILED : errno == EAGAIN ? WROTE_SOME : READER_GONE;
        job->chunk_at += (size_t)n;
        job->carried_bytes += (uint64_t)n;
    }
    job->chunk_at = job->chunk_len = 0;
    return WROTE_ALL;
}

/* Takes the next bytes of the job, if it has any.  An error comes as DONE, later. */
static bool
refill(n2_ipc_job *job)
{
    if (!job->number)
        return false;
    if (!job->chunk)
        job->chunk = g_malloc(N2_IPC_CHUNK_BYTES);
    n2_err err = n2_control_read(job->server->control, job->number, job->chunk,
                                 N2_IPC_CHUNK_BYTES, &job->chunk_len, now());
    job->chunk_at = 0;
    if (err)
        job->chunk_len = 0;
    n2_ipc_kick(job->server);
    return job->chunk_len > 0;
}

/* Lets the store put the next bytes into the pipe itself, as long as it can: nothing is copied.
 */
static n2_err
hand_out(n2_ipc_job *job, bool *is_dry)
{
    size_t n = 0;
    n2_err err = job->number ? n2_control_hand_out(job->server->control, job->number,
                                                   N2_IPC_PIPE_BYTES, job->fd, &n, now())
                             : N2_ERR_UNSUPPORTED;

    job->carried_bytes += n;
    *is_dry = !err && !n;
    if (!err)
        n2_ipc_kick(job->server);
    return err;
}

/* One step of carrying; what is in the chunk goes first. */
static wrote
step(n2_ipc_job *job, bool *is_dry)
{
    *is_dry = false;
    if (job->chunk_at == job->chunk_len) {
        n2_err err = hand_out(job, is_dry);
        if (err == N2_ERR_BUSY)
            return WROTE_SOME;
        if (err == N2_ERR_CLOSED)
            return READER_GONE;
        if (err != N2_ERR_UNSUPPORTED)
            return WROTE_ALL; /* an error comes as DONE, later */
        *is_dry = !refill(job);
    }
    return *is_dry ? WROTE_ALL : write_chunk(job);
}

static gboolean on_pipe_cb(gint fd, GIOCondition condition, gpointer user_data);

void
n2_ipc_carry(n2_ipc_job *job)
{
    wrote w = WROTE_ALL;
    bool is_dry = false;

    if (job->fd < 0)
        return;
    for (size_t turn = 0; turn < N2_IPC_TURN_CHUNKS && w == WROTE_ALL && !is_dry; turn++)
        w = step(job, &is_dry);
    if (w == FILE_FAILED)
        lose_file(job);
    else if (w == READER_GONE)
        lose_reader(job);
    else if (!is_dry)
        watch(job, G_IO_OUT, on_pipe_cb);
    else if (job->number)
        watch(job, 0, on_pipe_cb); /* until READABLE, only for the reader's end */
    else
        finish(job, NULL);
}

static gboolean
on_pipe_cb(gint fd, GIOCondition condition, gpointer user_data)
{
    n2_ipc_job *job = user_data;
    (void)fd;

    if (condition & (G_IO_ERR | G_IO_NVAL))
        lose_reader(job);
    else
        n2_ipc_carry(job);
    return G_SOURCE_CONTINUE; /* both have replaced or destroyed it */
}

void
n2_ipc_carried(n2_ipc_job *job, const n2_notice *notice)
{
    if (job->is_over)
        return;
    if (notice->err)
        finish(job, n2_ipc_fault_of(notice));
    else
        n2_ipc_carry(job); /* flushes the chunk, then finishes */
}

void
n2_ipc_progress(n2_ipc_job *job, uint64_t done, uint64_t total)
{
    gint64 at = g_get_monotonic_time();

    if (!job->transfer || (job->told_us && at - job->told_us < N2_IPC_TELL_US))
        return;
    job->told_us = at;
    (void)g_dbus_connection_emit_signal(
        job->client->connection, NULL, "/org/net2o/Node", "org.net2o.Files1", "Progress",
        g_variant_new("(ttt)", job->transfer, done, total), NULL);
}

static const char *
text_of(const n2_table *row, const char *name)
{
    const n2_cell *cell = row ? n2_table_get(row, 0, name) : NULL;

    return cell && cell->type == N2_VALUE_TEXT && cell->text ? cell->text : "";
}

void
n2_ipc_lied(const n2_ipc_job *job, const n2_table *row)
{
    (void)g_dbus_connection_emit_signal(
        job->client->connection, NULL, "/org/net2o/Node", "org.net2o.Files1", "Lied",
        g_variant_new("(sss)", text_of(row, "identity"), text_of(row, "name"),
                      text_of(row, "address")),
        NULL);
}

/* Both ends of a new pipe; ours does not block. */
static bool
make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    (void)fcntl(ends[1], F_SETPIPE_SZ, N2_IPC_PIPE_BYTES); /* a smaller one does too */
    return fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0;
}

void
n2_ipc_open(n2_ipc_job *job, const n2_table *info)
{
    int ends[2] = {-1, -1};
    GVariantBuilder dict;

    if (!job->invocation || job->shape != N2_SHAPE_OPEN)
        return;
    if (!make_pipe(ends)) {
        if (ends[0] >= 0) {
            close(ends[0]);
            close(ends[1]);
        }
        n2_ipc_refuse(g_steal_pointer(&job->invocation), N2_ERR_NOSPACE, "Open",
                      g_strerror(errno), "");
        n2_ipc_drop(job);
        return;
    }
    job->is_direct = job->fd >= 0 && n2_table_get(info, 0, "direct");
    if (job->is_direct) {
        close(ends[1]); /* nothing goes through the pipe */
    } else {
        if (job->fd >= 0)
            close(job->fd);
        job->fd = ends[1];
    }
    const n2_cell *kind = n2_table_get(info, 0, "kind");
    const n2_cell *index = n2_table_get(info, 0, "index");
    bool is_bare = kind && kind->text && strcmp(kind->text, "directory") == 0 && !index &&
                   !n2_table_get(info, 0, "whole");
    uint64_t transfer = is_bare ? 0 : ++job->server->last_transfer;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    n2_value_add_row(&dict, info, 0, "entries");
    g_variant_builder_add(&dict, "{sv}", "transfer", g_variant_new_int64((gint64)transfer));
    job->info = g_variant_ref_sink(g_variant_builder_end(&dict));
    job->transfer = transfer;

    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new_from_array(ends, 1);
    g_dbus_method_invocation_return_value_with_unix_fd_list(
        g_steal_pointer(&job->invocation), g_variant_new("(@a{sv}h)", job->info, 0), fds);
    if (is_bare)
        n2_ipc_drop(job);
    else
        n2_ipc_carry(job);
}

/* ---- from the client ---- */

static gboolean
on_archive_cb(gint fd, GIOCondition condition, gpointer user_data)
{
    n2_ipc_job *job = user_data;
    n2_control *control = job->server->control;
    n2_err err = N2_OK;
    (void)condition;

    ssize_t n = read(fd, job->chunk, N2_IPC_CHUNK_BYTES);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (n > 0 && job->number)
        err = n2_control_feed(control, job->number, job->chunk, (size_t)n, now(),
                              g_get_real_time());
    else if (job->number)
        n2_control_feed_end(control, job->number, now(), g_get_real_time());
    n2_ipc_kick(job->server);
    if (n <= 0 || err)
        n2_ipc_stop_carrying(job); /* DONE comes, and says what is wrong */
    return G_SOURCE_CONTINUE;
}

void
n2_ipc_feed(n2_ipc_job *job)
{
    int flags = fcntl(job->fd, F_GETFL);

    (void)fcntl(job->fd, F_SETFL, flags | O_NONBLOCK);
    job->chunk = g_malloc(N2_IPC_CHUNK_BYTES);
    watch(job, G_IO_IN | G_IO_HUP, on_archive_cb);
}
