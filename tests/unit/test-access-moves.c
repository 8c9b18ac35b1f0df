/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-access-moves.c - who may read a whole tree; and what stays restricted when it gets
 * another name.
 */
#include "crypto/access.h"
#include "site.h"

typedef struct {
    site s;
    char me[N2_ID_TEXT_BYTES];    /* who asks: node 0 */
    char owner[N2_ID_TEXT_BYTES]; /* node 1 */
} world;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    site_init(&t->s, 6);
    n2_id_format(t->me, N2_ID_IDENTITY, &t->s.w->node[0].id);
    n2_id_format(t->owner, N2_ID_IDENTITY, &t->s.w->node[1].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    g_assert_cmpuint(fixture_fsck(&t->s.w->node[1].store), ==, 0);
    site_clear(&t->s);
}

static n2_id
root_of(world *t, const char *text)
{
    n2_id id = {.method = N2_METHOD_SHA256};

    n2_tree_root_of(&t->s.w->node[0].store.crypto, id.method, (const guint8 *)text,
                    strlen(text), id.hash);
    return id;
}

static n2_notice
attr(world *t, int i, n2_job_kind kind, const char *path, const char *value)
{
    g_autofree char *address = two_nodes_address(t->s.w, 1, path);

    return two_nodes_do(
        t->s.w, i,
        &(n2_request){
            .kind = kind, .address = address, .name = N2_ATTR_ACCESS, .value = value});
}

static n2_err
set_access(world *t, const char *path, const char *value)
{
    n2_notice done = attr(t, 1, N2_JOB_ATTR_SET, path, value);
    n2_err err = done.err;

    n2_notice_clear(&done);
    return err;
}

/* What node @i says of @path. */
static void
assert_access(world *t, int i, const char *path, const char *want)
{
    n2_notice done = attr(t, i, N2_JOB_ATTR_GET, path, NULL);

    if (want) {
        assert_ok(done.err);
        g_assert_cmpstr(n2_table_get(done.table, 0, "value")->text, ==, want);
    } else {
        assert_err(done.err, N2_ERR_NOTFOUND);
    }
    n2_notice_clear(&done);
}

/* Files with their text, in order, NULL at the end. */
static void
publish(world *t, const char *const *files)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();

    for (; *files; files += 2)
        archive_add(archive, 2, files[0], (const guint8 *)files[1], strlen(files[1]));
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->s.w, 1, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
}

/* Node 0 begins anew with an empty store, and says who it is, or not. */
static void
become(world *t, gboolean is_known)
{
    t->s.w->shows = is_known ? N2_SHOW_ALL : N2_SHOW_NOBODY;
    two_nodes_restart(t->s.w, 0, disk_mem_new());
    two_nodes_meet(t->s.w);
}

static n2_err
open_path(world *t, const char *path)
{
    n2_notice done = site_open(&t->s, path);
    n2_err err = done.err;

    n2_notice_clear(&done);
    return err;
}

static n2_err
open_hash(world *t, const char *content)
{
    char text[N2_ID_TEXT_BYTES];
    n2_id hash = root_of(t, content);

    n2_id_format(text, N2_ID_CONTENT, &hash);
    g_autofree char *address = g_strdup_printf("net2o://%s", text);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job =
        two_nodes_start(t->s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    n2_notice done = two_nodes_finish(t->s.w, 0, job, bytes, NULL);
    n2_err err = done.err;
    n2_notice_clear(&done);
    return err;
}

static gboolean
is_open(world *t, int i, const char *content)
{
    n2_id hash = root_of(t, content);
    n2_object found;

    assert_ok(n2_store_find(t->s.w->node[i].store.store, &hash, &found));
    return found.is_open;
}

/* ---- the top ---- */

static void
test_top(world *t, gconstpointer data)
{
    (void)data;
    assert_access(t, 1, "", NULL);
    assert_ok(set_access(t, "", t->me));
    assert_access(t, 1, "", t->me);
    become(t, FALSE);
    assert_err(open_path(t, ""), N2_ERR_NOTFOUND);
    assert_err(open_path(t, "index.md"), N2_ERR_NOTFOUND);
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    assert_err(open_hash(t, SITE_INDEX), N2_ERR_NOTFOUND);
    become(t, TRUE);
    assert_ok(open_path(t, ""));
    t->s.w->now_us += N2_HEAD_FRESH_US; /* the way down is asked for with the head */
    assert_ok(open_path(t, "sub/one"));
    assert_ok(open_path(t, "sub/big.bin"));
    /* It stays closed where it was read. */
    g_assert_false(is_open(t, 0, SITE_INDEX));
    g_assert_false(is_open(t, 0, "x"));
    become(t, TRUE);
    assert_ok(open_path(t, "index.md"));
    assert_ok(open_hash(t, "x"));
}

/* Another one's list; a part that is open; the rule goes, also from the tree before. */
static void
test_top_parts(world *t, gconstpointer data)
{
    (void)data;
    assert_ok(set_access(t, "", t->owner));
    assert_ok(set_access(t, "index.md", N2_ACCESS_WORD_PUBLIC));
    become(t, TRUE);
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    assert_ok(open_hash(t, SITE_INDEX));
    assert_ok(set_access(t, "sub", t->me));
    become(t, TRUE);
    assert_ok(open_hash(t, "x"));
    assert_ok(set_access(t, "sub", NULL));
    assert_ok(set_access(t, "", N2_ACCESS_WORD_PUBLIC));
    assert_access(t, 1, "", NULL);
    become(t, FALSE);
    assert_ok(open_path(t, "sub/one"));
    assert_err(set_access(t, "", NULL), N2_ERR_NOTFOUND);
}

/* Older trees were closed: what only they lead to does not open with the newest. */
static void
test_top_before(world *t, gconstpointer data)
{
    static const char *const files[] = {"index.md", "new", NULL};

    (void)data;
    assert_ok(set_access(t, "", t->owner));
    publish(t, files);
    assert_access(t, 1, "", t->owner); /* published anew, and still restricted */
    assert_ok(set_access(t, "", N2_ACCESS_WORD_PUBLIC));
    become(t, FALSE);
    assert_ok(open_path(t, "index.md"));
    assert_err(open_hash(t, "x"), N2_ERR_NOTFOUND);
    assert_err(open_hash(t, SITE_INDEX), N2_ERR_NOTFOUND);
}

/* Of the top nothing else can be said, and nobody else may. */
static void
test_top_wrong(world *t, gconstpointer data)
{
    g_autofree char *address = two_nodes_address(t->s.w, 1, "");
    n2_notice done = two_nodes_do(
        t->s.w, 1,
        &(n2_request){
            .kind = N2_JOB_ATTR_SET, .address = address, .name = "title", .value = "Home"});

    (void)data;
    assert_err(done.err, N2_ERR_NOTFOUND);
    n2_notice_clear(&done);
    done = attr(t, 0, N2_JOB_ATTR_SET, "", t->me);
    assert_err(done.err, N2_ERR_REFUSED);
    n2_notice_clear(&done);
    assert_access(t, 1, "", NULL);
}

/* ---- other names ---- */

#define PLAN "The plan."
#define NAMES "Names."

static const char *const before[] = {
    "index.md", "open", "private/a/names", NAMES, "private/plan.md", PLAN, NULL};

static void
assert_closed(world *t, const char *path, const char *content)
{
    become(t, FALSE);
    assert_err(open_path(t, path), N2_ERR_NOTFOUND);
    assert_err(open_hash(t, content), N2_ERR_NOTFOUND);
    assert_ok(open_path(t, "index.md"));
    become(t, TRUE);
    assert_ok(open_path(t, path));
}

/* The folder itself: its names, too, and what is new in it. */
static void
test_folder_renamed(world *t, gconstpointer data)
{
    static const char *const after[] = {"index.md",
                                        "open",
                                        "secret/a/names",
                                        NAMES,
                                        "secret/later.md",
                                        "later",
                                        "secret/plan.md",
                                        PLAN,
                                        NULL};

    (void)data;
    publish(t, before);
    assert_ok(set_access(t, "private", t->me));
    publish(t, after);
    assert_access(t, 1, "secret", t->me);
    assert_access(t, 1, "secret/plan.md", NULL);
    assert_closed(t, "secret/plan.md", PLAN);
    assert_closed(t, "secret/a/names", NAMES);
    assert_closed(t, "secret/later.md", "later");
}

/* Into a folder that is open; over a file that was. */
static void
test_file_moved(world *t, gconstpointer data)
{
    static const char *const after[] = {
        "index.md", "open", "private/a/names", NAMES, "public/p", PLAN, NULL};
    static const char *const over[] = {"index.md", NAMES, "public/p", PLAN, NULL};

    (void)data;
    publish(t, before);
    assert_ok(set_access(t, "private", t->me));
    publish(t, after);
    assert_access(t, 1, "public", NULL);
    assert_access(t, 1, "public/p", t->me);
    assert_closed(t, "public/p", PLAN);
    publish(t, over);
    assert_access(t, 1, "index.md", t->me);
    become(t, FALSE);
    assert_err(open_hash(t, NAMES), N2_ERR_NOTFOUND);
}

/* A copy is wanted open; what was open is; empty files are nobody's mark. */
static void
test_no_move(world *t, gconstpointer data)
{
    static const char *const first[] = {
        "index.md", "open", "private/empty", "", "private/open.md", "open", "private/plan.md",
        PLAN,       NULL};
    static const char *const after[] = {"index.md",        "open", "new/copy.md", PLAN,
                                        "new/empty",       "",     "new/open.md", "open",
                                        "private/plan.md", PLAN,   NULL};

    (void)data;
    publish(t, first);
    assert_ok(set_access(t, "private", t->me));
    publish(t, after);
    assert_access(t, 1, "new", NULL);
    assert_access(t, 1, "new/copy.md", NULL);
    assert_access(t, 1, "new/empty", NULL);
    assert_access(t, 1, "new/open.md", NULL);
    become(t, FALSE);
    assert_ok(open_path(t, "new/copy.md"));
    assert_ok(open_path(t, "new/open.md"));
    assert_err(open_path(t, "private/plan.md"), N2_ERR_NOTFOUND);
}

/* A rule within another: each comes along; a part that was public stays so. */
static void
test_nested(world *t, gconstpointer data)
{
    static const char *const after[] = {"index.md",  "open", "z/b/names", NAMES,
                                        "z/plan.md", PLAN,   NULL};

    (void)data;
    publish(t, before);
    assert_ok(set_access(t, "private", t->owner));
    assert_ok(set_access(t, "private/a", t->me));
    publish(t, after);
    assert_access(t, 1, "z/b", t->me);
    become(t, TRUE);
    assert_ok(open_hash(t, NAMES));
    assert_err(open_hash(t, PLAN), N2_ERR_NOTFOUND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add("/access/" path, world, NULL, set_up, func, tear_down)
    ADD("top", test_top);
    ADD("top/parts", test_top_parts);
    ADD("top/before", test_top_before);
    ADD("top/wrong", test_top_wrong);
    ADD("folder-renamed", test_folder_renamed);
    ADD("file-moved", test_file_moved);
    ADD("no-move", test_no_move);
    ADD("nested", test_nested);
    return g_test_run();
}
