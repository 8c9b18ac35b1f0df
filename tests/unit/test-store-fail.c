/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-fail.c - the disk fails at its n-th call, for every n: nothing half is visible,
 *                     nothing that was reported stored is lost, and trying again works.
 */
#include <string.h>

#include "crypto/directory.h"
#include "crypto/tree.h"
#include "store-fixture.h"

enum {
    CALLS_MAX = 500 /* a job never needs that many: the loop ends */
};

static gint64
tree_owner(fixture *f)
{
    gint64 owner = 0;

    assert_ok(n2_store_owner(f->store, N2_OWNER_TREE, "k1-me", 0, &owner));
    return owner;
}

/* Every content below the root is whole, or nothing at all may be said to be published. */
static void
assert_tree(fixture *f, const n2_ref *root)
{
    n2_directory dir;
    n2_view view;
    n2_entry e;

    assert_ok(n2_store_map(f->store, &root->id, &view));
    assert_ok(n2_directory_check(&dir, view.bytes, view.len, NULL));
    for (size_t at = 0; n2_directory_next(&dir, &at, &e);) {
        g_assert_cmpint(fixture_state(f, &e.ref), ==, N2_OBJECT_WHOLE);
        if (e.type == N2_ENTRY_DIR)
            assert_tree(f, &e.ref);
    }
    n2_store_unmap(f->store, &view);
}

static void
check_after(fixture *f, gint64 owner, const n2_ref *kept, gboolean done)
{
    n2_ref got;

    f->disk->fail_at = 0;
    assert_ok(n2_store_ref_get(f->store, owner, "kept", &got));
    g_assert_true(n2_ref_equal(&got, kept));
    assert_tree(f, kept);
    n2_err err = n2_store_ref_get(f->store, owner, "main", &got);
    g_assert_cmpstr(n2_err_name(err), ==, done ? "N2_OK" : "N2_ERR_NOTFOUND");
    if (!err)
        assert_tree(f, &got);
    fixture_collect_all(f);
    g_assert_cmpuint(fixture_fsck_but_orphans(f), ==, 0);
    g_assert_cmpuint(fixture_fsck(f), ==, 0);
    g_assert_cmpuint(disk_mem_count(f->disk, "files"), ==, done ? 4 : 2);
    g_assert_cmpuint(disk_mem_n_open(f->disk), ==, 0);
}

/* @cut: the power goes after the failure, and the store is opened again. */
static void
publish_failing(gboolean cut, n2_err with)
{
    n2_err err = N2_ERR_IO;
    guint64 n = 1;

    for (; err && n < CALLS_MAX; n++) {
        n2_ref kept, root;
        fixture f;

        fixture_init(&f, TRUE);
        gint64 owner = tree_owner(&f);
        assert_ok(fixture_publish(&f, 50, owner, "kept", &kept));
        f.disk->fail_with = with;
        f.disk->fail_at = f.disk->calls + n;
        err = fixture_publish(&f, 60, owner, "main", &root);
        if (err)
            g_assert_cmpint(err, ==, with);
        f.disk->fail_at = 0;
        if (cut)
            fixture_reopen(&f, TRUE);
        check_after(&f, owner, &kept, !err);
        assert_ok(fixture_publish(&f, 60, owner, "main", &root));
        check_after(&f, owner, &kept, TRUE);
        fixture_clear(&f);
    }
    g_test_message("%u calls", (guint)n - 1);
    g_assert_cmpuint(n, >, 5);
    g_assert_cmpuint(n, <, CALLS_MAX);
}

static void
test_publish(void)
{
    publish_failing(FALSE, N2_ERR_IO);
}

static void
test_publish_cut(void)
{
    publish_failing(TRUE, N2_ERR_IO);
}

static void
test_publish_full(void)
{
    publish_failing(FALSE, N2_ERR_NOSPACE);
}

static n2_err
fetch(fixture *f, const guint8 *bytes, const n2_ref *ref, const uint8_t (*nodes)[N2_HASH_BYTES])
{
    guint64 n_groups = n2_tree_groups(ref->size);
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    gint64 owner = 0;
    n2_err err = n2_store_owner(f->store, N2_OWNER_CACHE, "cache", 0, &owner);

    if (!err)
        err = n2_batch_new(&batch, f->store, 0);
    if (!err)
        err = n2_part_open(&part, batch, ref, N2_CONTENT_PLAIN);
    if (!err)
        err = n2_part_set_nodes(part, nodes, (size_t)n_groups);
    for (guint64 g = 0; !err && g < n_groups; g++) {
        err = n2_part_write(part, g, bytes + g * N2_GROUP_BYTES,
                            MIN(N2_GROUP_BYTES, ref->size - g * N2_GROUP_BYTES));
        if (!err)
            err = n2_part_sync(part);
    }
    if (!err)
        err = n2_part_finish(part);
    n2_part_free(part);
    if (!err)
        err = n2_batch_commit(batch,
                              &(n2_batch_end){.owner = owner, .slot = "it", .root = ref->id});
    n2_batch_free(batch);
    return err;
}

static void
fetch_failing(gboolean cut)
{
    enum {
        N_GROUPS = 3
    };
    gsize len = (N_GROUPS - 1) * N2_GROUP_BYTES + 5;
    g_autofree guint8 *bytes = fixture_bytes(3, len);
    uint8_t nodes[N_GROUPS][N2_HASH_BYTES];
    n2_ref ref = {.id.method = N2_METHOD_SHA256, .size = len};
    n2_err err = N2_ERR_IO;
    guint64 n = 1;

    for (; err && n < CALLS_MAX; n++) {
        fixture f;

        fixture_init(&f, TRUE);
        n2_tree_root_of(&f.crypto, N2_METHOD_SHA256, bytes, len, ref.id.hash);
        for (gsize g = 0; g < N_GROUPS; g++)
            n2_tree_group_node(&f.crypto, N2_METHOD_SHA256, bytes + g * N2_GROUP_BYTES,
                               MIN(N2_GROUP_BYTES, len - g * N2_GROUP_BYTES), nodes[g]);
        f.disk->fail_at = f.disk->calls + n;
        err = fetch(&f, bytes, &ref, (const uint8_t(*)[N2_HASH_BYTES])nodes);
        f.disk->fail_at = 0;
        if (cut)
            fixture_reopen(&f, TRUE);
        g_assert_true(!err == (fixture_state(&f, &ref) == N2_OBJECT_WHOLE));
        fixture_collect_all(&f);
        g_assert_cmpuint(fixture_fsck_but_orphans(&f), ==, 0);
        g_assert_cmpuint(fixture_fsck(&f), ==, 0); /* what the bits say is there */
        n2_err again =
            err ? fetch(&f, bytes, &ref, (const uint8_t(*)[N2_HASH_BYTES])nodes) : err;
        assert_ok(again);
        fixture_assert_whole(&f, &ref, bytes, len);
        fixture_collect_all(&f);
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
        g_assert_cmpuint(disk_mem_unsynced(f.disk), ==, 0);
        fixture_clear(&f);
    }
    g_test_message("%u calls", (guint)n - 1);
    g_assert_cmpuint(n, >, 8);
    g_assert_cmpuint(n, <, CALLS_MAX);
}

static void
test_fetch(void)
{
    fetch_failing(FALSE);
}

static void
test_fetch_cut(void)
{
    fetch_failing(TRUE);
}

/* Attack 49: a sync that failed once and then succeeds is not believed: the second try writes a
 * new file. */
static void
test_lost_sync(void)
{
    g_autofree guint8 *bytes = fixture_bytes(3, 50000);
    n2_batch *batch = NULL;
    n2_ref ref;
    fixture f;

    fixture_init(&f, TRUE);
    gint64 owner = tree_owner(&f);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, 50000, N2_CONTENT_PLAIN, &ref));
    g_autofree char *first = g_strdup(disk_mem_path(f.disk, 0));
    f.disk->fail_at = f.disk->calls + 1; /* the fdatasync */
    assert_err(n2_store_flush(f.store), N2_ERR_IO);
    f.disk->fail_at = 0;
    assert_ok(n2_store_flush(f.store)); /* nothing pending: the batch knows better */
    assert_err(
        n2_batch_commit(batch, &(n2_batch_end){.owner = owner, .slot = "main", .root = ref.id}),
        N2_ERR_IO);
    assert_err(n2_batch_put(batch, N2_METHOD_SHA256, bytes, 50000, N2_CONTENT_PLAIN, &ref),
               N2_ERR_IO);
    n2_batch_free(batch);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, 50000, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_batch_commit(batch,
                              &(n2_batch_end){.owner = owner, .slot = "main", .root = ref.id}));
    n2_batch_free(batch);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
    g_assert_cmpstr(first, !=, disk_mem_path(f.disk, 0));
    fixture_assert_whole(&f, &ref, bytes, 50000);
    fixture_clear(&f);
}

static void
test_open(void)
{
    n2_err err = N2_ERR_IO;
    guint64 n = 1;
    n2_ref kept;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(fixture_publish(&f, 50, tree_owner(&f), "kept", &kept));
    for (; err && n < CALLS_MAX; n++) {
        n2_store_close(f.store);
        f.store = NULL;
        f.disk->fail_at = f.disk->calls + n;
        err = fixture_open(&f);
        f.disk->fail_at = 0;
        if (err)
            assert_ok(fixture_open(&f));
        assert_tree(&f, &kept);
    }
    g_assert_cmpuint(n, >, 2);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/fail/publish", test_publish);
    g_test_add_func("/store/fail/publish-power-cut", test_publish_cut);
    g_test_add_func("/store/fail/publish-disk-full", test_publish_full);
    g_test_add_func("/store/fail/fetch", test_fetch);
    g_test_add_func("/store/fail/fetch-power-cut", test_fetch_cut);
    g_test_add_func("/store/fail/lost-sync", test_lost_sync);
    g_test_add_func("/store/fail/open", test_open);
    return g_test_run();
}
