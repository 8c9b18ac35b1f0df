/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * readback.c - contents read out of a store on disk, beside `cat` of the same files.
 *
 *   bench-readback BYTES FILES RUNS
 *
 * FILES contents of BYTES random bytes each are put into a store, and written as plain files
 * beside it.  Then in turn, after one round that nobody counts: all of them in the order in
 * which they came, out of the store, looked up by hash; and `cat` of the files, one process.
 * Both write into a pipe that is emptied by another thread.  Prints a line for each run:
 * seconds of ours, seconds of cat.
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/disk.h"
#include "store/store.h"
#include "store/write.h"

enum {
    PIPE_BYTES = 1 << 20
};

extern char **environ;

static guint64 seed = 1;

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++) {
        seed = seed * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407;
        ((guint8 *)buf)[i] = (guint8)(seed >> 33);
    }
}

static void
must(n2_err err, const char *what)
{
    if (err)
        g_error("%s: %s", what, n2_err_text(err));
}

typedef struct {
    n2_store *store;
    n2_id *ids;
    char **argv; /* of cat */
    gsize size;
    guint n;
} lot;

static void
fill(lot *l, const char *folder)
{
    g_autofree guint8 *bytes = g_malloc(l->size);
    n2_batch *batch = NULL;
    gint64 owner;
    bool more = true;
    n2_ref ref;

    l->ids = g_new(n2_id, l->n);
    l->argv = g_new0(char *, l->n + 2);
    l->argv[0] = g_strdup("cat");
    must(n2_store_owner(l->store, N2_OWNER_PIN, "pins", 0, &owner), "an owner");
    must(n2_batch_new(&batch, l->store, N2_REALM_PUBLIC), "a batch");
    for (guint i = 0; i < l->n; i++) {
        g_autofree char *slot = g_strdup_printf("%u", i);
        l->argv[i + 1] = g_strdup_printf("%s/%u", folder, i);
        random_cb(NULL, bytes, l->size);
        must(n2_batch_put(batch, N2_METHOD_SHA256, bytes, l->size, N2_CONTENT_PLAIN, &ref),
             "a file");
        l->ids[i] = ref.id;
        if (!g_file_set_contents(l->argv[i + 1], (const char *)bytes, (gssize)l->size, NULL))
            g_error("can't write %s", l->argv[i + 1]);
    }
    must(n2_batch_commit(batch, NULL), "the commit");
    while (more)
        must(n2_store_tend(l->store, &more), "tending");
    n2_batch_free(batch); /* nobody collects here */
}

static gpointer
empty(gpointer user)
{
    g_autofree guint8 *bytes = g_malloc(PIPE_BYTES);
    guint64 total = 0;
    gssize n;

    while ((n = read(GPOINTER_TO_INT(user), bytes, PIPE_BYTES)) > 0)
        total += (guint64)n;
    guint64 *out = g_new(guint64, 1);
    *out = total;
    return out;
}

static void
ours(const lot *l, int to)
{
    for (guint i = 0; i < l->n; i++) {
        n2_view view;
        must(n2_store_map(l->store, &l->ids[i], &view), "a content");
        for (gsize at = 0; at < view.len;) {
            gssize n = write(to, view.bytes + at, view.len - at);
            if (n < 0)
                g_error("write failed");
            at += (gsize)n;
        }
        n2_store_unmap(l->store, &view);
    }
}

static void
cat(const lot *l, int to)
{
    posix_spawn_file_actions_t actions;
    int status;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to, 1);
    if (posix_spawnp(&pid, "cat", &actions, NULL, l->argv, environ))
        g_error("no cat");
    close(to);
    posix_spawn_file_actions_destroy(&actions);
    if (waitpid(pid, &status, 0) != pid || status)
        g_error("cat failed");
}

static double
timed(const lot *l, bool is_ours)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        g_error("no pipe");
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    guint64 from_us = n2_clock_us();
    GThread *thread = g_thread_new("empty", empty, GINT_TO_POINTER(ends[0]));
    if (is_ours) {
        ours(l, ends[1]);
        close(ends[1]);
    } else {
        cat(l, ends[1]);
    }
    g_autofree guint64 *total = g_thread_join(thread);
    close(ends[0]);
    if (*total != (guint64)l->size * l->n)
        g_error("%" G_GUINT64_FORMAT " bytes came", *total);
    return (double)(n2_clock_us() - from_us) / 1e6;
}

int
main(int argc, char **argv)
{
    guint runs = argc > 3 ? (guint)g_ascii_strtoull(argv[3], NULL, 10) : 5;
    lot l = {.size = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : 2048,
             .n = argc > 2 ? (guint)g_ascii_strtoull(argv[2], NULL, 10) : 5000};
    g_autofree char *folder = g_dir_make_tmp("n2-readback-XXXXXX", NULL);
    g_autofree char *plain = g_build_filename(folder, "plain", NULL);
    g_autofree char *kept = g_build_filename(folder, "store", NULL);
    n2_env env = {.random = random_cb};
    n2_host_disk *disk = NULL;
    n2_crypto crypto;

    g_mkdir(plain, 0700);
    g_mkdir(kept, 0700);
    must(n2_crypto_init(&crypto, N2_IMPL_BEST), "crypto");
    must(n2_host_disk_open(&disk, kept), kept);
    must(n2_store_open(&l.store, &(n2_store_config){.disk = n2_host_disk_table(disk),
                                                    .env = &env,
                                                    .crypto = &crypto}),
         "the store");
    fill(&l, plain);
    for (guint i = 0; i <= runs; i++) {
        bool is_first = i % 2;
        double one = timed(&l, is_first), other = timed(&l, !is_first);
        if (i)
            printf("%.6f %.6f\n", is_first ? one : other, is_first ? other : one);
    }
    n2_store_close(l.store);
    n2_host_disk_free(disk);
    n2_crypto_clear(&crypto);
    g_strfreev(l.argv);
    g_free(l.ids);
    g_autofree char *command = g_strdup_printf("rm -r -- '%s'", folder);
    return g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL) ? 0 : 1;
}
