/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store.c - contents come in, are found, are let go, and survive.
 */
#include "store-fixture.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "crypto/tree.h"

enum {
    MIB = 1024 * 1024
};

static const gsize sizes[] = {
    0,          1,   N2_LEAF_BYTES - 1, N2_LEAF_BYTES, N2_LEAF_BYTES + 1,
    256 * 1024, MIB, MIB + 1,           3 * MIB + 5};

static void
test_sizes(void)
{
    fixture f;

    fixture_init(&f, FALSE);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        gsize len = sizes[i], n_nodes = 0, before = disk_mem_count(f.disk, "files");
        g_autofree guint8 *bytes = fixture_bytes(i, len);
        uint8_t(*nodes)[N2_HASH_BYTES] = NULL;
        uint8_t root[N2_HASH_BYTES];
        n2_batch *batch = NULL;
        n2_ref ref;

        g_test_message("%" G_GSIZE_FORMAT " bytes", len);
        n2_tree_root_of(&f.crypto, N2_METHOD_SHA256, bytes, len, root);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, len, N2_CONTENT_PLAIN, &ref));
        g_assert_cmpmem(ref.id.hash, sizeof ref.id.hash, root, sizeof root);
        g_assert_cmpuint(ref.size, ==, len);
        g_assert_cmpint(fixture_state(&f, &ref), ==, N2_OBJECT_ABSENT); /* pending */
        assert_ok(n2_store_flush(f.store));
        fixture_assert_whole(&f, &ref, bytes, len);
        g_assert_cmpuint(disk_mem_count(f.disk, "files") - before, ==, len > N2_LEAF_BYTES);
        g_assert_cmpuint(disk_mem_unsynced(f.disk), ==, 0);

        assert_ok(n2_store_nodes(f.store, &ref.id, &nodes, &n_nodes));
        g_assert_cmpuint(n_nodes, ==, len > MIB ? n2_tree_groups(len) : 0);
        if (n_nodes)
            g_assert_true(n2_tree_check_nodes(
                N2_METHOD_SHA256, len, (const uint8_t(*)[N2_HASH_BYTES])nodes, ref.id.hash));
        g_free(nodes);
        n2_batch_free(batch);
    }
    g_assert_cmpuint(disk_mem_n_open(f.disk), ==, 0);
    fixture_clear(&f);
}

/* However the bytes are cut into calls, they are the same content. */
static void
test_pieces(void)
{
    gsize len = 2 * MIB + 12345;
    g_autofree guint8 *bytes = fixture_bytes(9, len);
    n2_ref first = {0};
    fixture f;

    fixture_init(&f, FALSE);
    for (gsize step = 777; step < len; step = step * 7 + 1) {
        n2_batch *batch = NULL;
        n2_store_writer *w = NULL;
        n2_ref ref;

        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_store_writer_new(&w, batch, N2_METHOD_SHA256));
        for (gsize at = 0; at < len; at += step)
            assert_ok(n2_store_writer_add(w, bytes + at, MIN(step, len - at)));
        assert_ok(n2_store_writer_finish(w, N2_CONTENT_PLAIN, &ref));
        assert_err(n2_store_writer_add(w, bytes, 1), N2_ERR_STATE);
        n2_store_writer_free(w);
        if (!first.size)
            first = ref;
        g_assert_true(n2_ref_equal(&ref, &first));
        assert_ok(n2_batch_commit(batch, NULL));
        n2_batch_free(batch);
    }
    fixture_assert_whole(&f, &first, bytes, len);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1); /* each content once */
    fixture_clear(&f);
}

/* A writer that is given up leaves nothing, on the disk and in the rows. */
static void
test_given_up(void)
{
    g_autofree guint8 *bytes = fixture_bytes(5, MIB);
    n2_store_writer *w = NULL;
    n2_batch *batch = NULL;
    n2_store_counts counts;
    n2_ref ref;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_store_writer_new(&w, batch, N2_METHOD_SHA256));
    assert_ok(n2_store_writer_add(w, bytes, MIB));
    n2_store_writer_free(w);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, MIB, N2_CONTENT_PLAIN, &ref));
    n2_batch_free(batch); /* pending, never flushed */
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    assert_ok(n2_store_flush(f.store));
    assert_ok(n2_store_count(f.store, &counts));
    g_assert_cmpuint(counts.n_objects, ==, 0);
    g_assert_cmpuint(counts.n_pending, ==, 0);

    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, MIB, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_store_flush(f.store));
    n2_batch_free(batch); /* flushed, nobody else holds it */
    fixture_collect_all(&f);
    g_assert_cmpint(fixture_state(&f, &ref), ==, N2_OBJECT_ABSENT);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    fixture_clear(&f);
}

/* Above 8 files one sync for all, up to 8 one each; names always. */
static void
test_syncs(void)
{
    static const struct {
        gsize n_files;
        unsigned n_syncs, n_syncfs;
    } rows[] = {{1, 1, 0}, {8, 8, 0}, {9, 0, 1}, {40, 0, 1}};

    for (gsize r = 0; r < G_N_ELEMENTS(rows); r++) {
        n2_batch *batch = NULL;
        fixture f;
        n2_ref ref;

        fixture_init(&f, FALSE);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        for (gsize i = 0; i < rows[r].n_files; i++) {
            g_autofree guint8 *bytes = fixture_bytes(i, 20000);
            assert_ok(
                n2_batch_put(batch, N2_METHOD_SHA256, bytes, 20000, N2_CONTENT_PLAIN, &ref));
        }
        assert_ok(n2_store_flush(f.store));
        g_assert_cmpuint(f.disk->n_syncs, ==, rows[r].n_syncs);
        g_assert_cmpuint(f.disk->n_syncfs, ==, rows[r].n_syncfs);
        g_assert_cmpuint(disk_mem_unsynced(f.disk), ==, 0);
        n2_batch_free(batch);
        fixture_clear(&f);
    }
}

static void
test_not_a_directory(void)
{
    n2_batch *batch = NULL;
    n2_ref ref;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    g_assert_cmpint(n2_batch_put(batch, N2_METHOD_SHA256, "no", 2, N2_CONTENT_DIRECTORY, &ref),
                    !=, N2_OK);
    assert_err(n2_batch_put(batch, 9, "no", 2, N2_CONTENT_PLAIN, &ref), N2_ERR_UNSUPPORTED);
    assert_ok(n2_batch_put(batch, N2_METHOD_BLAKE2B, "yes", 3, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_store_flush(f.store));
    fixture_assert_whole(&f, &ref, (const guint8 *)"yes", 3);
    n2_batch_free(batch);
    fixture_clear(&f);
}

/* A directory larger than one leaf lies in a file and has its edges nevertheless. */
static void
test_many_small(void)
{
    enum {
        N_FILES = 5000
    };
    n2_tree_maker *maker = NULL;
    n2_batch *batch = NULL;
    n2_store_counts counts;
    n2_ref root;
    gint64 owner = 0;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL));
    for (int i = 0; i < N_FILES; i++) {
        g_autofree char *path = g_strdup_printf("folder/file-%05d", i);
        n2_ref ref;
        assert_ok(
            n2_batch_put(batch, N2_METHOD_SHA256, path, strlen(path), N2_CONTENT_PLAIN, &ref));
        assert_ok(n2_tree_maker_add(maker, path, strlen(path), N2_ENTRY_FILE, &ref, NULL, 0));
    }
    assert_ok(n2_tree_maker_finish(maker, &root));
    n2_tree_maker_free(maker);
    assert_ok(n2_batch_commit(
        batch, &(n2_batch_end){.owner = owner, .slot = "main", .root = root.id}));
    n2_batch_free(batch);
    fixture_collect_all(&f);
    fixture_reopen(&f, TRUE);
    assert_ok(n2_store_count(f.store, &counts));
    g_assert_cmpuint(counts.n_whole, ==, N_FILES + 2);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    assert_ok(n2_store_ref_drop(f.store, owner, "main"));
    fixture_collect_all(&f);
    assert_ok(n2_store_count(f.store, &counts));
    g_assert_cmpuint(counts.n_objects, ==, 0);
    fixture_clear(&f);
}

/* A file that is gone or shorter than its row says is not mapped, and can be fetched again. */
static void
test_lost_file(void)
{
    g_autofree guint8 *bytes = fixture_bytes(5, MIB);

    for (int shorter = 0; shorter < 2; shorter++) {
        n2_batch *batch = NULL;
        n2_part *part = NULL;
        n2_file file = -1;
        n2_view view;
        n2_ref ref;
        fixture f;

        fixture_init(&f, FALSE);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, MIB, N2_CONTENT_PLAIN, &ref));
        assert_ok(n2_batch_commit(batch, NULL));
        const char *path = disk_mem_path(f.disk, 0);
        if (shorter) {
            assert_ok(f.disk->disk.open(f.disk, path, N2_OPEN_WRITE, &file));
            assert_ok(f.disk->disk.truncate(f.disk, file, MIB - 1));
        } else {
            assert_ok(f.disk->disk.unlink(f.disk, path));
        }
        assert_err(n2_store_map(f.store, &ref.id, &view), N2_ERR_CORRUPT);
        g_assert_null(view.bytes);
        assert_err(n2_store_map(f.store, &ref.id, &view), N2_ERR_NOTFOUND);
        g_assert_cmpint(fixture_state(&f, &ref), ==, N2_OBJECT_ABSENT);
        assert_ok(n2_part_open(&part, batch, &ref, N2_CONTENT_PLAIN));
        assert_ok(n2_part_write(part, 0, bytes, MIB));
        assert_ok(n2_part_finish(part));
        n2_part_free(part);
        assert_ok(n2_batch_commit(batch, NULL));
        fixture_assert_whole(&f, &ref, bytes, MIB);
        n2_batch_free(batch);
        fixture_clear(&f);
    }
}

/* What is mapped stays readable, whatever is collected meanwhile. */
static void
test_mapped_and_collected(void)
{
    g_autofree guint8 *bytes = fixture_bytes(5, MIB);
    n2_store_counts counts;
    n2_batch *batch = NULL;
    n2_view view, again;
    n2_ref ref;
    fixture f;

    fixture_init(&f, FALSE);
    n2_store_set_wall(f.store, G_GINT64_CONSTANT(1700000000000000));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, MIB, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_store_flush(f.store));
    assert_ok(n2_store_map(f.store, &ref.id, &again));
    n2_store_unmap(f.store, &again);
    assert_ok(n2_store_count(f.store, &counts));
    g_assert_cmpuint(counts.n_pending, ==, 0); /* used within the day: nothing to note */
    n2_store_set_wall(f.store, G_GINT64_CONSTANT(1700000000000000) + 25 * 3600 * 1000000LL);
    assert_ok(n2_store_map(f.store, &ref.id, &view));
    assert_ok(n2_store_count(f.store, &counts));
    g_assert_cmpuint(counts.n_pending, ==, 1);
    n2_batch_free(batch);
    fixture_collect_all(&f);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    g_assert_cmpmem(view.bytes, view.len, bytes, MIB);
    n2_store_unmap(f.store, &view);
    n2_store_unmap(f.store, &view); /* harmless on a zeroed one */
    fixture_clear(&f);
}

static void
test_two_daemons(void)
{
    fixture f, second;

    fixture_init(&f, TRUE);
    second = f;
    assert_err(fixture_open(&second), N2_ERR_BUSY);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/sizes", test_sizes);
    g_test_add_func("/store/pieces", test_pieces);
    g_test_add_func("/store/given-up", test_given_up);
    g_test_add_func("/store/syncs", test_syncs);
    g_test_add_func("/store/not-a-directory", test_not_a_directory);
    g_test_add_func("/store/many-small", test_many_small);
    g_test_add_func("/store/lost-file", test_lost_file);
    g_test_add_func("/store/mapped-and-collected", test_mapped_and_collected);
    g_test_add_func("/store/two-daemons", test_two_daemons);
    return g_test_run();
}
