/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc-publish.c - what the client makes of a folder, and when it cannot be read.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/archive.h"
#include "ipc-fixture.h"

static guint64
get_be(const guint8 *at, guint width)
{
    guint64 value = 0;

    while (width--)
        value = value << 8 | *at++;
    return value;
}

/* The archive as one line an item. */
static char *
describe(const GString *archive)
{
    GString *out = g_string_new(NULL);
    const guint8 *at = (const guint8 *)archive->str;
    const guint8 *end = at + archive->len;

    while (at < end && *at != 3) {
        guint type = *at;
        guint64 len = get_be(at + 1, 2);
        guint64 size = get_be(at + 3 + len, 8);
        g_string_append_printf(out, "%s %.*s", type == 1 ? "dir" : "file", (int)len,
                               (const char *)at + 3);
        if (type == 2)
            g_string_append_printf(out, " '%.*s'", (int)size, (const char *)at + 3 + len + 16);
        g_string_append_c(out, '\n');
        at += 3 + len + 16 + size;
    }
    g_assert_true(at + 1 == end);
    return g_string_free(out, FALSE);
}

static void
put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static int
remove_cb(const char *dir)
{
    const char *argv[] = {"rm", "-rf", dir, NULL};

    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                        NULL, NULL);
}

static void
test_publish(fixture *f, gconstpointer data)
{
    g_autofree char *site = g_build_filename(f->dir, "site", NULL);
    g_autofree char *sub = g_build_filename(site, "a", NULL);
    g_autofree char *fifo = g_build_filename(site, "fifo", NULL);
    g_autofree char *out = g_build_filename(site, "out", NULL);
    g_autofree char *in = g_build_filename(site, "in", NULL);
    g_autofree char *loop = g_build_filename(sub, "loop", NULL);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) skipped = NULL;
    int fd = -1;
    (void)data;

    g_mkdir(site, 0700);
    g_mkdir(sub, 0700);
    put(site, "b.md", "bee");
    put(site, "a.md", "");
    put(sub, "x", "ex");
    put(site, ".hidden", "no");
    put(site, "e\xcc\x81", "decomposed"); /* published as U+00E9 */
    put(site, "bad\xff", "no");
    put(site, "new\nline", "no");
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(symlink("/etc/passwd", out), ==, 0);
    g_assert_cmpint(symlink("a/x", in), ==, 0);
    g_assert_cmpint(symlink("..", loop), ==, 0);

    g_autoptr(N2Archive) archive = n2_archive_new(site, 0, &fd, &error);
    g_assert_no_error(error);
    n2_client_publish_async(f->client, fd, "demo", NULL, NULL, on_done_cb, f);
    g_autofree char *text = await_text(f, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(text, "by_hash"));
    g_assert_true(n2_archive_finish(archive, &skipped, &error));
    g_autofree char *items = describe(fake_control_seen(f->control)->archive);
    g_assert_cmpstr(items, ==,
                    "dir a\nfile a/x 'ex'\nfile a.md ''\nfile b.md 'bee'\n"
                    "file in 'ex'\nfile \xc3\xa9 'decomposed'\n");
    g_autofree char *said = g_strjoinv("\n", skipped);
    g_assert_cmpuint(g_strv_length(skipped), ==, 6);
    g_assert_nonnull(strstr(said, "fifo: neither file nor folder"));
    g_assert_nonnull(strstr(said, "out: a link that leads out of the folder"));
    g_assert_nonnull(strstr(said, "a/loop: a link"));
    g_assert_nonnull(strstr(said, ".hidden: hidden"));
    remove_cb(site);
}

/* A file that cannot be read breaks the stream off, so that the node refuses it. */
static void
test_publish_unreadable(fixture *f, gconstpointer data)
{
    g_autofree char *site = g_build_filename(f->dir, "site", NULL);
    g_autofree char *file = g_build_filename(site, "a", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) walk_error = NULL;
    int fd = -1;
    (void)data;

    if (geteuid() == 0) {
        g_test_skip("root can read everything");
        return;
    }
    g_mkdir(site, 0700);
    put(site, "a", "x");
    g_chmod(file, 0);
    g_autoptr(N2Archive) archive = n2_archive_new(site, 0, &fd, &error);
    n2_client_publish_async(f->client, fd, NULL, NULL, NULL, on_done_cb, f);
    g_assert_null(await_text(f, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_TRUNCATED);
    g_assert_false(n2_archive_finish(archive, NULL, &walk_error));
    g_assert_cmpstr(n2_error_peek_what(walk_error), ==, "a");
    remove_cb(site);
}

/* The node goes away in the middle: the walk ends by itself, quietly. */
static void
test_publish_abandoned(fixture *f, gconstpointer data)
{
    g_autofree char *site = g_build_filename(f->dir, "site", NULL);
    g_autofree char *much = g_strnfill(4 << 20, 'x');
    g_autoptr(GError) error = NULL;
    int fd = -1;
    (void)data;

    g_mkdir(site, 0700);
    put(site, "a", much);
    g_autoptr(N2Archive) archive = n2_archive_new(site, 0, &fd, &error);
    close(fd);
    g_assert_true(n2_archive_finish(archive, NULL, &error));
    g_assert_null(n2_archive_new("/nonexistent", 0, &fd, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_NOTFOUND);
    remove_cb(site);
}

static const row rows[] = {
    {"publish", test_publish},
    {"publish-unreadable", test_publish_unreadable},
    {"publish-abandoned", test_publish_abandoned},
};

int
main(int argc, char **argv)
{
    return ipc_run(argc, argv, "/ipc/publish/", rows, G_N_ELEMENTS(rows));
}
