/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code-reader.c - starts net2o-code, gives it a picture, and puts its answer into words.
 *
 *     start --> picture into its pipe --> its answer, to the end --> it is gone
 */
#include "widgets/code-reader.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/error.h"

enum {
    LEVELS_UP = 4,
    ANSWER_BYTES_MAX = 1 + N2_CODE_TEXT_BYTES_MAX
};

typedef struct {
    GBytes *picture;      /* owned */
    GSubprocess *process; /* owned */
    guint8 answer[ANSWER_BYTES_MAX + 1];
} reading;

static void
reading_free(gpointer data)
{
    reading *r = data;

    if (r->process)
        g_subprocess_force_exit(r->process);
    g_clear_object(&r->process);
    g_bytes_unref(r->picture);
    g_free(r);
}

/* For a program of a build tree the tree's own, else the installed one. */
static char *
find_program(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self ? g_path_get_dirname(self) : g_strdup(".");

    for (int i = 0; i < LEVELS_UP; i++) {
        g_autofree char *root = g_build_filename(folder, "build.ninja", NULL);
        g_autofree char *path = g_build_filename(folder, "app", "net2o-code", NULL);

        if (g_file_test(root, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
        char *above = g_path_get_dirname(folder);
        g_free(folder);
        folder = above;
    }
    return g_strdup(N2_LIBEXECDIR "/net2o-code");
}

static GError *
words_of(N2CodeResult result)
{
    switch (result) {
    case N2_CODE_LARGE:
        return n2_error_make(N2_ERR_LIMIT, "", N_("this picture is too large"),
                             N_("Cut the code out of it, or take a smaller one."));
    case N2_CODE_BROKEN:
        return n2_error_make(N2_ERR_FORMAT, "",
                             N_("this is no picture that can be read, or it is damaged"),
                             N_("Take one in PNG or JPEG."));
    case N2_CODE_NONE:
        return n2_error_make(N2_ERR_NOTFOUND, "",
                             N_("there is no code in this picture that can be read"),
                             N_("Take one that shows all of it, straight and sharp."));
    case N2_CODE_READ:
    default:
        return n2_error_make(N2_ERR_IO, "", N_("the program that reads pictures ended"),
                             N_("Try another picture."));
    }
}

/* @n: bytes of its answer.  Consumes @task. */
static void
end(GTask *task, gsize n)
{
    const reading *r = g_task_get_task_data(task);

    if (g_task_return_error_if_cancelled(task))
        ;
    else if (n > 1 && n <= ANSWER_BYTES_MAX && r->answer[0] == N2_CODE_READ)
        g_task_return_pointer(task, g_bytes_new(r->answer + 1, n - 1),
                              (GDestroyNotify)g_bytes_unref);
    else
        g_task_return_error(task, words_of(n == 1 ? r->answer[0] : N2_CODE_READ));
    g_object_unref(task);
}

static void
on_answer_cb(GObject *stream, GAsyncResult *result, gpointer user_data)
{
    gsize n = 0;

    if (!g_input_stream_read_all_finish(G_INPUT_STREAM(stream), result, &n, NULL))
        n = 0;
    end(user_data, n);
}

/* It may have refused the rest: its answer counts. */
static void
on_given_cb(GObject *stream, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    reading *r = g_task_get_task_data(task);

    (void)g_output_stream_write_all_finish(G_OUTPUT_STREAM(stream), result, NULL, NULL);
    g_output_stream_close(G_OUTPUT_STREAM(stream), NULL, NULL);
    g_input_stream_read_all_async(g_subprocess_get_stdout_pipe(r->process), r->answer,
                                  sizeof r->answer, G_PRIORITY_DEFAULT,
                                  g_task_get_cancellable(task), on_answer_cb, task);
}

void
n2_code_read_async(GBytes *bytes,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
    GTask *task = g_task_new(NULL, cancellable, callback, user_data);
    g_autofree char *program = find_program();
    reading *r = g_new0(reading, 1);

    r->picture = g_bytes_ref(bytes);
    g_task_set_task_data(task, r, reading_free);
    if (!n2_code_is_picture(bytes) || g_bytes_get_size(bytes) > N2_CODE_BYTES_MAX) {
        r->answer[0] = n2_code_is_picture(bytes) ? N2_CODE_LARGE : N2_CODE_BROKEN;
        end(task, 1);
        return;
    }
    /* Its standard error may be a terminal, which can be driven. */
    r->process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                             G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                         NULL, program, NULL);
    if (!r->process) {
        end(task, 0);
        return;
    }
    g_output_stream_write_all_async(g_subprocess_get_stdin_pipe(r->process),
                                    g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes),
                                    G_PRIORITY_DEFAULT, cancellable, on_given_cb, task);
}

GBytes *
n2_code_read_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}
