/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * renderer.c - the processes that render pages.
 */
#include "render/worker/renderer.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_BYTES = 256 << 10,
    LEVELS_UP = 3 /* from a program in the build tree to its root */
};

G_DEFINE_QUARK(n2 - render - error - quark, n2_render_error)

struct _N2Worker {
    GObject parent_instance;

    N2Renderer *renderer; /* weak */
    GPid pid;             /* 0: could not be started */
    int in;               /* owned; -1: closed */
    int out;              /* owned */
    guint n_needs;        /* answers that were NEED */
    gboolean is_fenced;
    gboolean is_reaped; /* its number may be another's by now */

    /* Of the question under way. */
    GTask *task;        /* owned */
    GBytes *frame;      /* owned; what is sent */
    gsize n_sent;       /* bytes of it */
    GByteArray *answer; /* owned; what came so far, with its head */
    guint write_id, read_id, clock_id;
    gulong cancelled_id;
};

struct _N2Renderer {
    GObject parent_instance;

    char *program;   /* owned */
    N2Worker *spare; /* owned (nullable) */
    guint counts[N2_RENDER_REASONS];
    guint idle_id;
    guint patience_ms;
    gboolean is_fenced;
};

G_DEFINE_FINAL_TYPE(N2Worker, n2_worker, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Renderer, n2_renderer, G_TYPE_OBJECT)

static const char *
words(n2_render_reason reason)
{
    switch (reason) {
    case N2_RENDER_TIME:
        return N_("this page takes too long to be laid out");
    case N2_RENDER_MEMORY:
        return N_("this page takes too much memory to be laid out");
    case N2_RENDER_SIZE:
        return N_("this page gets too long when it is laid out");
    case N2_RENDER_ABSENT:
        return N_("the program that lays out pages can’t be started");
    case N2_RENDER_CRASHED:
    case N2_RENDER_REASONS:
        break;
    }
    return N_("the program that lays out pages broke off at this page");
}

/* ---- one process ---- */

static void
forget_question(N2Worker *self)
{
    g_clear_handle_id(&self->write_id, g_source_remove);
    g_clear_handle_id(&self->read_id, g_source_remove);
    g_clear_handle_id(&self->clock_id, g_source_remove);
    if (self->cancelled_id)
        g_cancellable_disconnect(g_task_get_cancellable(self->task), self->cancelled_id);
    self->cancelled_id = 0;
    g_clear_pointer(&self->frame, g_bytes_unref);
    g_clear_pointer(&self->answer, g_byte_array_unref);
}

static void
end_process(N2Worker *self)
{
    if (self->in >= 0)
        close(self->in);
    if (self->out >= 0)
        close(self->out);
    self->in = self->out = -1;
    /* In a fence nobody can be signalled; a closed pipe, its own limits, or our end end it. */
    if (self->pid > 0 && !self->is_fenced && !self->is_reaped)
        kill(self->pid, SIGKILL);
}

static void
fail(N2Worker *self, n2_render_reason reason)
{
    g_autoptr(GTask) task = g_object_ref(self->task);

    if (self->renderer)
        self->renderer->counts[reason]++;
    forget_question(self);
    g_clear_object(&self->task);
    end_process(self);
    g_task_return_new_error(task, N2_RENDER_ERROR, (int)reason, "%s", _(words(reason)));
}

static gboolean
on_clock_cb(gpointer user_data)
{
    N2Worker *self = user_data;

    self->clock_id = 0;
    fail(self, N2_RENDER_TIME);
    return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled_idle_cb(gpointer user_data)
{
    N2Worker *self = user_data;
    g_autoptr(GTask) task = self->task ? g_object_ref(self->task) : NULL;

    if (!task || !g_cancellable_is_cancelled(g_task_get_cancellable(task)))
        return G_SOURCE_REMOVE;
    forget_question(self);
    g_clear_object(&self->task);
    end_process(self);
    g_task_return_error_if_cancelled(task);
    return G_SOURCE_REMOVE;
}

/* Inside the cancelling nothing can be disconnected: that is done right after it. */
static void
on_cancelled_cb(GCancellable *cancellable, gpointer user_data)
{
    (void)cancellable;
    g_idle_add_full(G_PRIORITY_DEFAULT, on_cancelled_idle_cb, g_object_ref(user_data),
                    g_object_unref);
}

/* Returns: whether more of the answer is awaited. */
static gboolean
take_answer(N2Worker *self)
{
    if (self->answer->len < N2_RENDER_HEAD_BYTES)
        return TRUE;
    n2_reader r = n2_reader_init(self->answer->data, N2_RENDER_HEAD_BYTES);
    guint32 len = n2_read_u32(&r);
    guint8 kind = n2_read_u8(&r);
    gsize whole = N2_RENDER_HEAD_BYTES + (gsize)len;

    if (len > N2_RENDER_FRAME_BYTES_MAX || kind < N2_FRAME_NEED || kind > N2_FRAME_FAIL ||
        self->answer->len > whole) {
        fail(self, N2_RENDER_CRASHED);
        return FALSE;
    }
    if (self->answer->len < whole)
        return TRUE;
    if (kind == N2_FRAME_NEED && ++self->n_needs > N2_RENDER_ROUNDS_MAX) {
        fail(self, N2_RENDER_CRASHED); /* ours stops asking when it is told that this is all */
        return FALSE;
    }
    g_autoptr(GBytes) all = g_byte_array_free_to_bytes(g_steal_pointer(&self->answer));
    GBytes *body = g_bytes_new_from_bytes(all, N2_RENDER_HEAD_BYTES, len);
    if (kind == N2_FRAME_FAIL) {
        fail(self, n2_frame_read_fail(body));
        g_bytes_unref(body);
        return FALSE;
    }
    g_autoptr(GTask) task = g_object_ref(self->task);
    forget_question(self);
    g_clear_object(&self->task);
    g_object_set_data(G_OBJECT(task), "kind", GINT_TO_POINTER(kind));
    g_task_return_pointer(task, body, (GDestroyNotify)g_bytes_unref);
    return FALSE;
}

static gboolean
on_readable_cb(int fd, GIOCondition condition, gpointer user_data)
{
    N2Worker *self = user_data;
    guint at = self->answer->len;

    (void)condition;
    g_byte_array_set_size(self->answer, at + READ_BYTES);
    ssize_t n = read(fd, self->answer->data + at, READ_BYTES);
    g_byte_array_set_size(self->answer, at + (n > 0 ? (guint)n : 0));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (n > 0 && take_answer(self))
        return G_SOURCE_CONTINUE;
    if (n > 0)
        return G_SOURCE_REMOVE; /* and read_id is gone with the question */
    fail(self, N2_RENDER_CRASHED);
    return G_SOURCE_REMOVE;
}

static gboolean
on_writable_cb(int fd, GIOCondition condition, gpointer user_data)
{
    N2Worker *self = user_data;
    gsize len = 0;
    const guint8 *bytes = g_bytes_get_data(self->frame, &len);
    ssize_t n = write(fd, bytes + self->n_sent, len - self->n_sent);

    (void)condition;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    self->n_sent += n > 0 ? (gsize)n : 0;
    if (n > 0 && self->n_sent < len)
        return G_SOURCE_CONTINUE;
    self->write_id = 0; /* a process that is gone is seen, with its last words, when read */
    return G_SOURCE_REMOVE;
}

void
n2_worker_ask_async(N2Worker *self,
                    GBytes *frame,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
    g_return_if_fail(N2_IS_WORKER(self));
    g_return_if_fail(!self->task);

    self->task = g_task_new(self, cancellable, callback, user_data);
    if (!frame || self->out < 0) {
        g_clear_pointer(&frame, g_bytes_unref);
        fail(self, self->pid > 0 ? N2_RENDER_CRASHED : N2_RENDER_ABSENT);
        return;
    }
    self->frame = frame;
    self->n_sent = 0;
    self->answer = g_byte_array_new();
    self->write_id = g_unix_fd_add(self->in, G_IO_OUT | G_IO_ERR, on_writable_cb, self);
    self->read_id = g_unix_fd_add(self->out, G_IO_IN | G_IO_HUP, on_readable_cb, self);
    self->clock_id =
        g_timeout_add(self->renderer ? self->renderer->patience_ms : N2_RENDER_WALL_US / 1000,
                      on_clock_cb, self);
    if (cancellable)
        self->cancelled_id = g_cancellable_connect(cancellable, G_CALLBACK(on_cancelled_cb),
                                                   g_object_ref(self), g_object_unref);
}

GBytes *
n2_worker_ask_finish(N2Worker *self, GAsyncResult *result, n2_frame_kind *kind, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);

    *kind = (n2_frame_kind)GPOINTER_TO_INT(g_object_get_data(G_OBJECT(result), "kind"));
    return g_task_propagate_pointer(G_TASK(result), error);
}

GPid
n2_worker_get_pid(N2Worker *self)
{
    return self->pid;
}

static void
n2_worker_dispose(GObject *object)
{
    N2Worker *self = N2_WORKER(object);

    forget_question(self);
    end_process(self);
    g_clear_weak_pointer(&self->renderer);
    G_OBJECT_CLASS(n2_worker_parent_class)->dispose(object);
}

static void
n2_worker_class_init(N2WorkerClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_worker_dispose;
}

static void
n2_worker_init(N2Worker *self)
{
    self->in = self->out = -1;
}

/* ---- all of them ---- */

static void
on_ended_cb(GPid pid, int status, gpointer user_data)
{
    g_autoptr(N2Worker) self = g_weak_ref_get(user_data);

    (void)status;
    if (self)
        self->is_reaped = TRUE;
    g_spawn_close_pid(pid);
}

static void
free_weak_ref(gpointer data)
{
    g_weak_ref_clear(data);
    g_free(data);
}

static void
watch_end(N2Worker *self)
{
    GWeakRef *ref = g_new(GWeakRef, 1);

    g_weak_ref_init(ref, self);
    g_child_watch_add_full(G_PRIORITY_DEFAULT, self->pid, on_ended_cb, ref, free_weak_ref);
}

static N2Worker *
start(N2Renderer *self)
{
    const char *const argv[] = {self->program, NULL};
    N2Worker *worker = g_object_new(N2_TYPE_WORKER, NULL);

    worker->is_fenced = self->is_fenced;
    g_set_weak_pointer(&worker->renderer, self);
    /* Our standard error may be a terminal, which can be driven, and read from. */
    if (!g_spawn_async_with_pipes(NULL, (char **)(gpointer)argv, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                                  NULL, &worker->pid, &worker->in, &worker->out, NULL, NULL)) {
        worker->pid = 0;
        worker->in = worker->out = -1;
        return worker;
    }
    g_unix_set_fd_nonblocking(worker->in, TRUE, NULL);
    g_unix_set_fd_nonblocking(worker->out, TRUE, NULL);
    if (!self->is_fenced)
        watch_end(worker);
    return worker;
}

/* For a program of a build tree the tree's own, else the installed one. */
static char *
find_program(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self ? g_path_get_dirname(self) : g_strdup(".");

    for (int i = 0; i < LEVELS_UP; i++) {
        g_autofree char *root = g_build_filename(folder, "build.ninja", NULL);
        g_autofree char *path =
            g_build_filename(folder, "render", "worker", "net2o-render", NULL);

        if (g_file_test(root, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
        char *above = g_path_get_dirname(folder);
        g_free(folder);
        folder = above;
    }
    return g_strdup(N2_LIBEXECDIR "/net2o-render");
}

static gboolean
on_idle_cb(gpointer user_data)
{
    N2Renderer *self = user_data;

    self->idle_id = 0;
    if (!self->spare)
        self->spare = start(self);
    return G_SOURCE_REMOVE;
}

N2Worker *
n2_renderer_take(N2Renderer *self)
{
    g_return_val_if_fail(N2_IS_RENDERER(self), NULL);

    N2Worker *worker = g_steal_pointer(&self->spare);
    if (worker && worker->is_reaped) /* somebody ended it while it waited: no page's fault */
        g_clear_object(&worker);
    if (!worker && self->is_fenced)
        return g_object_new(N2_TYPE_WORKER, NULL);
    if (!worker)
        worker = start(self);
    if (!self->is_fenced && !self->idle_id)
        self->idle_id = g_idle_add(on_idle_cb, self);
    return worker;
}

void
n2_renderer_set_patience(N2Renderer *self, guint ms)
{
    g_return_if_fail(N2_IS_RENDERER(self));

    self->patience_ms = ms;
}

GError *
n2_renderer_refuse(N2Renderer *self)
{
    self->counts[N2_RENDER_CRASHED]++;
    return g_error_new_literal(N2_RENDER_ERROR, N2_RENDER_CRASHED, _(words(N2_RENDER_CRASHED)));
}

guint
n2_renderer_count(N2Renderer *self, n2_render_reason reason)
{
    g_return_val_if_fail(N2_IS_RENDERER(self), 0);

    return reason < N2_RENDER_REASONS ? self->counts[reason] : 0;
}

static void
n2_renderer_dispose(GObject *object)
{
    N2Renderer *self = N2_RENDERER(object);

    g_clear_handle_id(&self->idle_id, g_source_remove);
    g_clear_object(&self->spare);
    g_clear_pointer(&self->program, g_free);
    G_OBJECT_CLASS(n2_renderer_parent_class)->dispose(object);
}

static void
n2_renderer_class_init(N2RendererClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_renderer_dispose;
    signal(SIGPIPE, SIG_IGN); /* a renderer that is gone is an error, not our end */
}

static void
n2_renderer_init(N2Renderer *self)
{
    self->patience_ms = N2_RENDER_WALL_US / 1000;
}

N2Renderer *
n2_renderer_new(const char *program, gboolean is_fenced)
{
    N2Renderer *self = g_object_new(N2_TYPE_RENDERER, NULL);
    const char *chosen = program ? program : g_getenv("N2_RENDERER"); /* not installed, tests */

    self->program = chosen ? g_strdup(chosen) : find_program();
    self->is_fenced = is_fenced;
    self->spare = start(self);
    return self;
}
