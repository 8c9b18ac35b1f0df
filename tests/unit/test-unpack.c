/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-unpack.c - an archive becomes files below one folder; a hostile one makes nothing
 *                 outside it.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/unpack.h"

typedef struct {
    char *base, *folder, *outside;
    N2Unpack *unpack;
} world;

/* The one that the program has knows terminals, too. */
char *
n2_cli_clean(const char *text)
{
    return g_strdup(text);
}

static void
set_up(world *w, gconstpointer data)
{
    (void)data;
    w->base = g_dir_make_tmp("n2-unpack-XXXXXX", NULL);
    w->folder = g_build_filename(w->base, "in", NULL);
    w->outside = g_build_filename(w->base, "outside", NULL);
    g_assert_true(g_file_set_contents(w->outside, "outside", -1, NULL));
    w->unpack = n2_unpack_new(w->folder, NULL);
    g_assert_nonnull(w->unpack);
}

static void
tear_down(world *w, gconstpointer data)
{
    g_autofree char *command = g_strdup_printf("rm -rf %s", w->base);
    (void)data;

    n2_unpack_free(w->unpack);
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
    g_free(w->base);
    g_free(w->folder);
    g_free(w->outside);
}

static void
put_be(GByteArray *to, guint64 value, guint width)
{
    for (guint i = width; i--;) {
        guint8 byte = (guint8)(value >> 8 * i);

        g_byte_array_append(to, &byte, 1);
    }
}

static void
item(GByteArray *to, guint8 type, const char *path, gsize len, const char *bytes)
{
    put_be(to, type, 1);
    if (type == 3)
        return;
    put_be(to, len, 2);
    g_byte_array_append(to, (const guint8 *)path, (guint)len);
    put_be(to, bytes ? strlen(bytes) : 0, 8);
    put_be(to, UINT64_C(1600000000123456), 8);
    if (bytes)
        g_byte_array_append(to, (const guint8 *)bytes, (guint)strlen(bytes));
}

static void
add(GByteArray *to, guint8 type, const char *path, const char *bytes)
{
    item(to, type, path, path ? strlen(path) : 0, bytes);
}

static void
assert_file(world *w, const char *path, const char *want)
{
    g_autofree char *file = g_build_filename(w->base, path, NULL);
    g_autofree char *bytes = NULL;

    g_assert_true(g_file_get_contents(file, &bytes, NULL, NULL));
    g_assert_cmpstr(bytes, ==, want);
}

/* In pieces of every length. */
static void
test_files(world *w, gconstpointer data)
{
    g_autoptr(GByteArray) a = g_byte_array_new();
    struct stat st;
    (void)data;

    add(a, 1, "sub", NULL);
    add(a, 2, "one", "1");
    add(a, 4, "link", NULL);
    add(a, 2, "sub/empty", NULL);
    add(a, 2, "sub/two", "twotwo");
    add(a, 3, NULL, NULL);
    for (guint piece = 1; piece < a->len; piece++) {
        N2Unpack *u = n2_unpack_new(w->folder, NULL);

        for (guint at = 0; at < a->len; at += piece) {
            g_assert_false(n2_unpack_is_whole(u));
            g_assert_true(n2_unpack_add(u, a->data + at, MIN(piece, a->len - at), NULL));
        }
        g_assert_true(n2_unpack_is_whole(u));
        g_assert_cmpuint(n2_unpack_get_files(u), ==, 3);
        g_assert_cmpuint(n2_unpack_get_bytes(u), ==, 7);
        g_assert_cmpuint(n2_unpack_peek_skipped(u)->len, ==, 1);
        n2_unpack_free(u);
    }
    assert_file(w, "in/one", "1");
    assert_file(w, "in/sub/empty", "");
    assert_file(w, "in/sub/two", "twotwo");
    g_autofree char *one = g_build_filename(w->folder, "one", NULL);
    g_assert_cmpint(g_stat(one, &st), ==, 0);
    g_assert_cmpint(st.st_mtim.tv_sec, ==, 1600000000);
    g_assert_cmpint(st.st_mtim.tv_nsec, ==, 123456000);
}

static const struct {
    const char *path;
    gsize len;
} hostile[] = {
    {"../outside", 10}, {"/outside", 8},     {"sub/../../outside", 17},
    {"./one", 5},       {"sub//two", 8},     {"", 0},
    {"..", 2},          {"sub/", 4},         {"one\0two", 7},
    {"\xff\xfe", 2},    {"nowhere/one", 11},
};

static void
test_hostile(world *w, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++)
        for (guint8 type = 1; type <= 2; type++) {
            g_autoptr(GByteArray) a = g_byte_array_new();
            g_autoptr(GError) error = NULL;
            N2Unpack *u = n2_unpack_new(w->folder, NULL);

            add(a, 1, "sub", NULL);
            item(a, type, hostile[i].path, hostile[i].len, type == 2 ? "x" : NULL);
            g_assert_false(n2_unpack_add(u, a->data, a->len, &error));
            g_assert_nonnull(error);
            n2_unpack_free(u);
        }
    assert_file(w, "outside", "outside");
}

/* Links that were in the folder before lead nowhere. */
static void
test_links(world *w, gconstpointer data)
{
    g_autoptr(GByteArray) a = g_byte_array_new();
    g_autoptr(GByteArray) b = g_byte_array_new();
    g_autofree char *file = g_build_filename(w->folder, "one", NULL);
    g_autofree char *folder = g_build_filename(w->folder, "sub", NULL);
    g_autoptr(GError) error = NULL;
    (void)data;

    g_assert_cmpint(symlink("../outside", file), ==, 0);
    g_assert_cmpint(symlink("..", folder), ==, 0);
    add(a, 2, "one", "new");
    g_assert_true(n2_unpack_add(w->unpack, a->data, a->len, NULL));
    assert_file(w, "in/one", "new");
    add(b, 2, "sub/outside", "new");
    g_assert_false(n2_unpack_add(w->unpack, b->data, b->len, &error));
    g_clear_error(&error);
    g_byte_array_set_size(b, 0);
    add(b, 1, "sub", NULL);
    N2Unpack *u = n2_unpack_new(w->folder, NULL);
    g_assert_false(n2_unpack_add(u, b->data, b->len, &error));
    n2_unpack_free(u);
    assert_file(w, "outside", "outside");
}

/* Cut anywhere, no half file is left, and none before its time. */
static void
test_cut(world *w, gconstpointer data)
{
    g_autoptr(GByteArray) a = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    (void)data;

    add(a, 2, "one", "first");
    g_assert_true(n2_unpack_add(w->unpack, a->data, a->len, NULL));
    g_byte_array_set_size(a, 0);
    add(a, 2, "one", "second");
    for (guint len = 1; len < a->len; len++) {
        N2Unpack *u = n2_unpack_new(w->folder, NULL);

        g_assert_true(n2_unpack_add(u, a->data, len, NULL));
        g_assert_false(n2_unpack_is_whole(u));
        n2_unpack_free(u);
        assert_file(w, "in/one", "first");
    }
    GDir *dir = g_dir_open(w->folder, 0, NULL);
    g_assert_cmpstr(g_dir_read_name(dir), ==, "one");
    g_assert_null(g_dir_read_name(dir));
    g_dir_close(dir);
    /* Behind the end there is nothing. */
    g_byte_array_set_size(a, 0);
    add(a, 3, NULL, NULL);
    add(a, 3, NULL, NULL);
    g_assert_false(n2_unpack_add(w->unpack, a->data, a->len, &error));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/unpack/files", world, NULL, set_up, test_files, tear_down);
    g_test_add("/unpack/hostile-names", world, NULL, set_up, test_hostile, tear_down);
    g_test_add("/unpack/links", world, NULL, set_up, test_links, tear_down);
    g_test_add("/unpack/cut", world, NULL, set_up, test_cut, tear_down);
    return g_test_run();
}
