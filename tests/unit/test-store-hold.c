/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-hold.c - who holds on to what, what that costs, and what goes: garbage, and of
 * what was only read the oldest.
 */
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "crypto/tree.h"
#include "store-jobs.h"

enum {
    MIB = 1024 * 1024,
    PIECE = 20000 /* of what is read here */
};

static const gint64 hour_us = G_GINT64_CONSTANT(3600) * 1000000;

static bool
count_ref_cb(void *user, const char *slot, const n2_ref *ref)
{
    g_assert_cmpstr(slot, ==, "main");
    g_assert_cmpuint(ref->size, >, 0);
    return ++*(guint *)user != 0;
}

/* A published tree stays, whatever is collected; replaced, only what is shared stays. */
static void
test_publish(void)
{
    n2_ref first, second, got;
    n2_object object;
    gint64 owner = 0, again = 0;
    guint n = 0;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &again));
    g_assert_cmpint(owner, ==, again);
    assert_ok(fixture_publish(&f, 100, owner, "main", &first));
    fixture_collect_all(&f);
    assert_ok(n2_store_find(f.store, &first.id, &object));
    g_assert_cmpint(object.state, ==, N2_OBJECT_WHOLE);
    g_assert_true(object.is_open);
    g_assert_true(object.is_directory);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);

    fixture_reopen(&f, TRUE);
    g_assert_cmpint(fixture_state(&f, &first), ==, N2_OBJECT_WHOLE);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);

    assert_ok(fixture_publish(&f, 101, owner, "main", &second)); /* one file is shared */
    fixture_collect_all(&f);
    g_assert_cmpint(fixture_state(&f, &first), ==, N2_OBJECT_ABSENT);
    g_assert_cmpint(fixture_state(&f, &second), ==, N2_OBJECT_WHOLE);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 2);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    assert_ok(n2_store_ref_get(f.store, owner, "main", &got));
    g_assert_true(n2_ref_equal(&got, &second));
    assert_ok(n2_store_refs(f.store, owner, count_ref_cb, &n));
    g_assert_cmpuint(n, ==, 1);

    assert_ok(n2_store_ref_drop(f.store, owner, "main"));
    assert_err(n2_store_ref_drop(f.store, owner, "main"), N2_ERR_NOTFOUND);
    assert_err(n2_store_ref_get(f.store, owner, "main", &got), N2_ERR_NOTFOUND);
    assert_err(n2_store_ref_set(f.store, owner, "x", &first.id, 0), N2_ERR_NOTFOUND);
    fixture_collect_all(&f);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    fixture_clear(&f);
}

/* Attack 48: the last reference goes while the same content comes again. */
static void
test_collector_against_publisher(void)
{
    n2_ref first, same;
    n2_batch *batch = NULL;
    gint64 owner = 0;
    g_autofree guint8 *bytes = fixture_bytes(100 + 1, FIXTURE_BIG_BYTES);
    n2_ref big;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(fixture_publish(&f, 100, owner, "main", &first));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, FIXTURE_BIG_BYTES, N2_CONTENT_PLAIN,
                           &big));
    assert_ok(n2_store_ref_drop(f.store, owner, "main"));
    fixture_collect_all(&f); /* the pending one must not be collected with the rest */
    fixture_assert_whole(&f, &big, bytes, FIXTURE_BIG_BYTES);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
    assert_ok(fixture_publish(&f, 100, owner, "main", &same));
    g_assert_true(n2_ref_equal(&first, &same));
    n2_batch_free(batch);
    fixture_collect_all(&f);
    fixture_assert_whole(&f, &big, bytes, FIXTURE_BIG_BYTES);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

static void
test_quota(void)
{
    n2_ref root;
    gint64 owner = 0;
    uint64_t used = 0;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", FIXTURE_BIG_BYTES, &owner));
    assert_err(fixture_publish(&f, 7, owner, "main", &root), N2_ERR_LIMIT);
    assert_err(n2_store_ref_get(f.store, owner, "main", &root), N2_ERR_NOTFOUND);
    fixture_collect_all(&f);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 2 * FIXTURE_BIG_BYTES, &owner));
    assert_ok(fixture_publish(&f, 7, owner, "main", &root));
    assert_ok(n2_store_used(f.store, owner, &used));
    g_assert_cmpuint(used, >, FIXTURE_BIG_BYTES + 20000);
    g_assert_cmpuint(used, <, FIXTURE_BIG_BYTES + 22000);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

/* What only a closed realm leads to is not public; one public edge opens it. */
static void
test_realms(void)
{
    n2_batch *batch = NULL;
    n2_object object;
    n2_ref ref;
    gint64 owner = 0;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_PIN, "pins", 0, &owner));
    for (gint64 realm = 7; realm >= 0; realm -= 7) {
        assert_ok(n2_batch_new(&batch, f.store, realm));
        assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, "x", 1, N2_CONTENT_PLAIN, &ref));
        assert_ok(n2_batch_commit(batch, &(n2_batch_end){.owner = owner,
                                                         .slot = realm ? "closed" : "open",
                                                         .root = ref.id}));
        n2_batch_free(batch);
        assert_ok(n2_store_find(f.store, &ref.id, &object));
        g_assert_cmpint(object.is_open, ==, realm == 0);
    }
    fixture_clear(&f);
}

static bool
count_attr(void *user, const n2_store_attr *a)
{
    g_assert_cmpmem(a->attr.value, a->attr.len, "text/plain", 10);
    g_assert_cmpuint(a->content.size, ==, 100);
    return ++*(guint *)user != 0;
}

static void
test_attrs(void)
{
    n2_ref root;
    gint64 owner = 0;
    guint n = 0;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(fixture_publish(&f, 7, owner, "main", &root));
    assert_ok(fixture_publish(&f, 7, owner, "copy", &root)); /* the same rows */
    assert_ok(n2_store_attrs(f.store, "type", count_attr, &n));
    g_assert_cmpuint(n, ==, 1);
    assert_ok(n2_store_attrs(f.store, "other", count_attr, &n));
    g_assert_cmpuint(n, ==, 1);
    fixture_clear(&f);
}

/* What a crash leaves goes at the next start: work under way, files without a row. */
static void
test_after_a_crash(void)
{
    g_autofree guint8 *bytes = fixture_bytes(5, MIB);
    n2_batch *batch = NULL;
    n2_file file = -1;
    n2_ref ref;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, MIB, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_store_flush(f.store));
    assert_ok(f.disk->disk.open(f.disk, "files/0123456789abcdef",
                                N2_OPEN_WRITE | N2_OPEN_CREATE, &file));
    assert_ok(f.disk->disk.fsync_dir(f.disk, "files"));
    fixture_reopen(&f, TRUE); /* the batch was not freed: as after kill -9 */
    g_free(batch);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
    fixture_collect_all(&f);
    g_assert_cmpint(fixture_state(&f, &ref), ==, N2_OBJECT_ABSENT);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    fixture_clear(&f);
}

/* Attack 48: the file of a collected content cannot be unlinked, or the process dies before;
 * the same content is published again meanwhile.  Whatever is unlinked later is not its file.
 */
static void
test_unlink_after_again(void)
{
    for (int dies = 0; dies < 2; dies++) {
        g_autofree guint8 *bytes = fixture_bytes(5, PIECE);
        n2_batch *batch = NULL;
        size_t n_left = 0;
        gint64 owner = 0;
        n2_ref ref;
        fixture f;

        fixture_init(&f, TRUE);
        assert_ok(n2_store_owner(f.store, N2_OWNER_PIN, "pins", 0, &owner));
        for (int again = 0; again < 2; again++) {
            assert_ok(n2_batch_new(&batch, f.store, 0));
            assert_ok(
                n2_batch_put(batch, N2_METHOD_SHA256, bytes, PIECE, N2_CONTENT_PLAIN, &ref));
            assert_ok(n2_batch_commit(
                batch, &(n2_batch_end){.owner = owner, .slot = "it", .root = ref.id}));
            n2_batch_free(batch);
            if (again)
                break;
            assert_ok(n2_store_ref_drop(f.store, owner, "it"));
            f.disk->no_unlink = true;
            assert_ok(n2_store_collect(f.store, &n_left));
            f.disk->no_unlink = false;
            g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1); /* an orphan */
            if (dies)
                fixture_reopen(&f, TRUE);
        }
        fixture_assert_whole(&f, &ref, bytes, PIECE);
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, dies ? 1 : 2);
        fixture_reopen(&f, FALSE);
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
        fixture_assert_whole(&f, &ref, bytes, PIECE);
        g_assert_cmpuint(fixture_fsck(&f), ==, 0);
        fixture_clear(&f);
    }
}

/* Attack 50: who has what another has pays all the same, and is refused all the same. */
static void
test_pays_in_full(void)
{
    gint64 first = 0, second = 0;
    uint64_t used[2] = {0};
    n2_ref root;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-a", 2 * FIXTURE_BIG_BYTES, &first));
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-b", FIXTURE_BIG_BYTES, &second));
    assert_ok(fixture_publish(&f, 7, first, "main", &root));
    assert_err(fixture_publish(&f, 7, second, "main", &root), N2_ERR_LIMIT);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-b", 2 * FIXTURE_BIG_BYTES, &second));
    assert_ok(fixture_publish(&f, 7, second, "main", &root));
    assert_ok(n2_store_used(f.store, first, &used[0]));
    assert_ok(n2_store_used(f.store, second, &used[1]));
    g_assert_cmpuint(used[0], ==, used[1]);
    fixture_clear(&f);
}

/* ---- what was only read ---- */

static void
tend(fixture *f)
{
    bool more = true;

    for (int i = 0; more && i < 10000; i++)
        assert_ok(n2_store_tend(f->store, &more));
    g_assert_false(more);
    g_assert_false(n2_store_is_untidy(f->store));
}

static void
at_hour(fixture *f, guint hour)
{
    n2_store_set_wall(f->store, (100000 + (gint64)hour) * hour_us);
}

static void
cached(fixture *f, guint64 seed, n2_ref *ref)
{
    g_autofree guint8 *bytes = fixture_bytes(seed, PIECE);
    char slot[N2_ID_TEXT_BYTES];
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    gint64 owner = 0;

    *ref = (n2_ref){.id.method = N2_METHOD_SHA256, .size = PIECE};
    n2_tree_root_of(&f->crypto, N2_METHOD_SHA256, bytes, PIECE, ref->id.hash);
    n2_id_format(slot, N2_ID_CONTENT, &ref->id);
    assert_ok(n2_store_owner(f->store, N2_OWNER_CACHE, "cache", 0, &owner));
    assert_ok(n2_batch_new(&batch, f->store, 0));
    n2_err err = n2_part_open(&part, batch, ref, N2_CONTENT_PLAIN);
    if (!err) {
        assert_ok(n2_part_write(part, 0, bytes, PIECE));
        assert_ok(n2_part_finish(part));
    } else {
        assert_err(err, N2_ERR_EXISTS);
    }
    n2_part_free(part);
    assert_ok(
        n2_batch_commit(batch, &(n2_batch_end){.owner = owner, .slot = slot, .root = ref->id}));
    n2_batch_free(batch);
}

static void
look_at(fixture *f, const n2_ref *ref)
{
    n2_view view;

    assert_ok(n2_store_map(f->store, &ref->id, &view));
    n2_store_unmap(f->store, &view);
}

static void
init_cache(fixture *f, guint64 bytes)
{
    fixture_init(f, TRUE);
    f->cache_bytes = bytes;
    fixture_reopen(f, FALSE);
}

/* Least used hour first; the rest stays, and so does the sum. */
static void
test_cache(void)
{
    enum {
        N = 12,
        FIT = 5
    };
    n2_store_counts counts;
    n2_ref refs[N];
    fixture f;

    init_cache(&f, FIT * PIECE);
    for (guint i = 0; i < N; i++) {
        at_hour(&f, i);
        cached(&f, 1000 + i, &refs[i]);
        if (i == 3)
            look_at(&f, &refs[0]); /* used again: not the oldest any more */
        tend(&f);
        assert_ok(n2_store_count(f.store, &counts));
        g_assert_cmpuint(counts.cache_bytes, <=, FIT * PIECE);
        g_assert_cmpuint(counts.cache_max, ==, FIT * PIECE);
        g_assert_cmpint(fixture_state(&f, &refs[i]), ==, N2_OBJECT_WHOLE);
        if (i == 5) { /* six were read */
            g_assert_cmpint(fixture_state(&f, &refs[0]), ==, N2_OBJECT_WHOLE);
            g_assert_cmpint(fixture_state(&f, &refs[1]), ==, N2_OBJECT_ABSENT);
        }
    }
    g_assert_cmpuint(counts.n_evicted, ==, N - FIT);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, FIT);
    for (guint i = 0; i < N; i++)
        g_assert_cmpint(fixture_state(&f, &refs[i]), ==,
                        i < N - FIT ? N2_OBJECT_ABSENT : N2_OBJECT_WHOLE);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    f.cache_bytes = PIECE; /* a smaller limit holds from the next start on */
    fixture_reopen(&f, TRUE);
    tend(&f);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
    g_assert_cmpint(fixture_state(&f, &refs[N - 1]), ==, N2_OBJECT_WHOLE);
    cached(&f, 1000, &refs[0]); /* and it can be fetched again */
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

/* Never: what is pinned, what is published, what is being fetched or published. */
static void
test_cache_spares(void)
{
    g_autofree guint8 *bytes = fixture_bytes(50, PIECE);
    n2_ref pinned, own, under_way, read[3], part_ref;
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    gint64 pins = 0, tree = 0;
    fixture f;

    init_cache(&f, PIECE);
    at_hour(&f, 0);
    cached(&f, 1, &pinned);
    cached(&f, 2, &own);
    cached(&f, 3, &under_way);
    assert_ok(n2_store_owner(f.store, N2_OWNER_PIN, "pins", 0, &pins));
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &tree));
    assert_ok(n2_store_ref_set(f.store, pins, "it", &pinned.id, 0));
    assert_ok(n2_store_ref_set(f.store, tree, "main", &own.id, 0));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_err(n2_part_open(&part, batch, &under_way, N2_CONTENT_PLAIN), N2_ERR_EXISTS);
    part_ref = (n2_ref){.id.method = N2_METHOD_SHA256, .size = PIECE};
    n2_tree_root_of(&f.crypto, N2_METHOD_SHA256, bytes, PIECE, part_ref.id.hash);
    assert_ok(n2_part_open(&part, batch, &part_ref, N2_CONTENT_PLAIN));
    assert_ok(n2_part_write(part, 0, bytes, PIECE));
    assert_ok(n2_part_sync(part));
    for (guint i = 0; i < 3; i++) {
        at_hour(&f, 1 + i);
        cached(&f, 10 + i, &read[i]);
    }
    tend(&f);
    g_assert_cmpint(fixture_state(&f, &pinned), ==, N2_OBJECT_WHOLE);
    g_assert_cmpint(fixture_state(&f, &own), ==, N2_OBJECT_WHOLE);
    g_assert_cmpint(fixture_state(&f, &under_way), ==, N2_OBJECT_WHOLE);
    g_assert_cmpint(fixture_state(&f, &part_ref), ==, N2_OBJECT_PART);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(fixture_state(&f, &read[i]), ==, N2_OBJECT_ABSENT);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    assert_ok(n2_part_finish(part));
    n2_part_free(part);
    assert_ok(n2_store_flush(f.store));
    fixture_assert_whole(&f, &part_ref, bytes, PIECE);
    n2_batch_free(batch); /* now nobody wants these two any more */
    tend(&f);
    g_assert_cmpint(fixture_state(&f, &under_way), ==, N2_OBJECT_ABSENT);
    g_assert_cmpint(fixture_state(&f, &part_ref), ==, N2_OBJECT_ABSENT);
    g_assert_cmpint(fixture_state(&f, &pinned), ==, N2_OBJECT_WHOLE);
    fixture_clear(&f);
}

/* A folder that was read leads to its files; those that go are as if never fetched, until they
 * are. */
static void
test_cache_below_folder(void)
{
    n2_directory_maker *maker = NULL;
    n2_entry_spec spec = {.name = "child", .name_len = 5, .type = N2_ENTRY_FILE};
    n2_batch *batch = NULL;
    guint8 *bytes = NULL;
    size_t len = 0;
    gint64 owner = 0;
    n2_ref child, dir;
    n2_object object;
    fixture f;

    init_cache(&f, PIECE / 2);
    at_hour(&f, 0);
    cached(&f, 1, &child);
    spec.ref = child;
    assert_ok(n2_directory_maker_new(&maker, NULL));
    assert_ok(n2_directory_maker_add(maker, &spec));
    assert_ok(n2_directory_maker_finish(maker, &bytes, &len));
    n2_directory_maker_free(maker);
    at_hour(&f, 1);
    assert_ok(n2_store_owner(f.store, N2_OWNER_CACHE, "cache", 0, &owner));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put_directory(batch, bytes, len, &dir));
    assert_ok(
        n2_batch_commit(batch, &(n2_batch_end){.owner = owner, .slot = "d", .root = dir.id}));
    n2_batch_free(batch);
    tend(&f);
    assert_ok(n2_store_find(f.store, &child.id, &object));
    g_assert_cmpint(object.state, ==, N2_OBJECT_ABSENT);
    g_assert_cmpuint(object.ref.size, ==, PIECE); /* known by its folder */
    g_assert_cmpint(fixture_state(&f, &dir), ==, N2_OBJECT_WHOLE);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    cached(&f, 1, &child);
    g_assert_cmpint(fixture_state(&f, &child), ==, N2_OBJECT_WHOLE);
    g_free(bytes);
    fixture_clear(&f);
}

/* A folder of thousands of files goes a little at a time, and is gone from the first step on.
 */
static void
test_small_steps(void)
{
    enum {
        N_FILES = 3000
    };
    const n2_attr attr = {.name = (const guint8 *)"n",
                          .name_len = 1,
                          .type = N2_TYPE_TEXT,
                          .value = (const guint8 *)"v",
                          .len = 1};
    n2_tree_maker *maker = NULL;
    n2_store_counts before, now;
    n2_batch *batch = NULL;
    gint64 owner = 0;
    gint64 longest_us = 0;
    bool more = true;
    n2_ref root;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL));
    for (int i = 0; i < N_FILES; i++) {
        g_autofree char *path = g_strdup_printf("file-%05d", i);
        n2_ref ref;
        assert_ok(
            n2_batch_put(batch, N2_METHOD_SHA256, path, strlen(path), N2_CONTENT_PLAIN, &ref));
        assert_ok(n2_tree_maker_add(maker, path, strlen(path), N2_ENTRY_FILE, &ref, &attr, 1));
    }
    assert_ok(n2_tree_maker_finish(maker, &root));
    n2_tree_maker_free(maker);
    assert_ok(n2_batch_commit(
        batch, &(n2_batch_end){.owner = owner, .slot = "main", .root = root.id}));
    n2_batch_free(batch);
    tend(&f);
    assert_ok(n2_store_ref_drop(f.store, owner, "main"));
    assert_ok(n2_store_count(f.store, &before));
    g_assert_true(n2_store_is_untidy(f.store));
    for (int i = 0; more && i < 10000; i++) {
        gint64 began_us = g_get_monotonic_time();
        assert_ok(n2_store_tend(f.store, &more));
        longest_us = MAX(longest_us, g_get_monotonic_time() - began_us);
        assert_ok(n2_store_count(f.store, &now));
        g_assert_cmpuint(before.n_objects - now.n_objects, <=, N2_STORE_COLLECT_MAX);
        g_assert_cmpint(fixture_state(&f, &root), ==, N2_OBJECT_ABSENT);
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
        before = now;
    }
    g_test_message("the longest step took %.1f ms", (double)longest_us / 1000);
    g_assert_cmpuint(now.n_objects, ==, 0);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

/* ---- room ---- */

static void
test_no_room(void)
{
    n2_store_counts counts;
    n2_batch *batch = NULL;
    fixture f;

    fixture_init(&f, FALSE);
    f.disk->free_bytes = N2_STORE_RESERVE_BYTES + 10;
    assert_ok(n2_store_room(f.store, 10));
    assert_err(n2_store_room(f.store, 11), N2_ERR_NOSPACE);
    assert_err(n2_store_room(f.store, G_MAXUINT64), N2_ERR_NOSPACE);
    f.disk->free_bytes = N2_STORE_RESERVE_BYTES - 1;
    assert_err(n2_batch_new(&batch, f.store, 0), N2_ERR_NOSPACE); /* before it begins */
    g_assert_null(batch);
    assert_ok(n2_store_count(f.store, &counts));
    g_assert_cmpuint(counts.n_no_room, ==, 3);
    fixture_clear(&f);
}

/* Replaced trees stay, the newest thousand of them. */
static void
test_old_versions(void)
{
    enum {
        N = N2_STORE_VERSIONS_MAX + 5
    };
    char who[N2_ID_TEXT_BYTES];
    gint64 owner = 0;
    n2_ref ref;
    fixture f;

    fixture_init(&f, FALSE);
    for (guint64 i = 1; i <= N; i++)
        assert_ok(job_publish_small(&f, i));
    n2_id_format(who, N2_ID_IDENTITY, &job_identity);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, who, 0, &owner));
    for (guint64 i = 1; i <= N; i += i == N - 1 - N2_STORE_VERSIONS_MAX ? N - 1 - i : 1) {
        g_autofree char *slot = g_strdup_printf("main/%" G_GUINT64_FORMAT, i);
        n2_err err = n2_store_ref_get(f.store, owner, slot, &ref);
        g_assert_cmpstr(n2_err_name(err), ==,
                        i + N2_STORE_VERSIONS_MAX < N ? "N2_ERR_NOTFOUND" : "N2_OK");
    }
    tend(&f);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/hold/publish", test_publish);
    g_test_add_func("/store/hold/attack-48-collector-against-publisher",
                    test_collector_against_publisher);
    g_test_add_func("/store/hold/attack-48-unlink-after-again", test_unlink_after_again);
    g_test_add_func("/store/hold/attack-50-pays-in-full", test_pays_in_full);
    g_test_add_func("/store/hold/quota", test_quota);
    g_test_add_func("/store/hold/realms", test_realms);
    g_test_add_func("/store/hold/attributes", test_attrs);
    g_test_add_func("/store/hold/after-a-crash", test_after_a_crash);
    g_test_add_func("/store/hold/cache", test_cache);
    g_test_add_func("/store/hold/cache-spares", test_cache_spares);
    g_test_add_func("/store/hold/cache-below-folder", test_cache_below_folder);
    g_test_add_func("/store/hold/small-steps", test_small_steps);
    g_test_add_func("/store/hold/no-room", test_no_room);
    g_test_add_func("/store/hold/old-versions", test_old_versions);
    return g_test_run();
}
