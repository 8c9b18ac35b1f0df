/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-part.c - contents that come in groups, in any order, over restarts and power cuts.
 */
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "crypto/tree.h"
#include "store-fixture.h"

enum {
    MIB = N2_GROUP_BYTES
};

typedef struct {
    guint8 *bytes;
    gsize len;
    n2_ref ref;
    guint64 n_groups;
    uint8_t (*nodes)[N2_HASH_BYTES];
} content;

static content
make(fixture *f, guint64 seed, gsize len)
{
    content c = {.bytes = fixture_bytes(seed, len), .len = len};

    c.ref.size = len;
    c.ref.id.method = N2_METHOD_SHA256;
    c.n_groups = n2_tree_groups(len);
    n2_tree_root_of(&f->crypto, N2_METHOD_SHA256, c.bytes, len, c.ref.id.hash);
    c.nodes = g_malloc(N2_HASH_BYTES * (c.n_groups + 1));
    for (guint64 g = 0; g < c.n_groups; g++)
        n2_tree_group_node(&f->crypto, N2_METHOD_SHA256, c.bytes + g * MIB,
                           MIN(MIB, len - g * MIB), c.nodes[g]);
    return c;
}

static void
content_clear(content *c)
{
    g_free(c->bytes);
    g_free(c->nodes);
}

static n2_err
write_group(n2_part *part, const content *c, guint64 g)
{
    return n2_part_write(part, g, c->bytes + g * MIB, MIN(MIB, c->len - g * MIB));
}

static n2_err
set_nodes(n2_part *part, const content *c)
{
    return n2_part_set_nodes(part, (const uint8_t(*)[N2_HASH_BYTES])c->nodes,
                             (size_t)c->n_groups);
}

static void
test_sizes(void)
{
    static const gsize sizes[] = {0,   1,       N2_LEAF_BYTES, N2_LEAF_BYTES + 1,
                                  MIB, MIB + 1, 5 * MIB};

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        n2_batch *batch = NULL;
        n2_part *part = NULL, *second = NULL;
        fixture f;

        fixture_init(&f, FALSE);
        content c = make(&f, i, sizes[i]);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
        assert_err(n2_part_open(&second, batch, &c.ref, N2_CONTENT_PLAIN), N2_ERR_BUSY);
        g_assert_cmpuint(n2_part_groups(part), ==, c.n_groups);
        g_assert_cmpint(n2_part_has_nodes(part), ==, c.n_groups <= 1);
        if (c.n_groups) /* an empty content wants none, and has all it needs */
            assert_err(n2_part_finish(part), N2_ERR_STATE);
        if (c.n_groups > 1) {
            c.nodes[1][0] ^= 1;
            assert_err(set_nodes(part, &c), N2_ERR_FORGED);
            c.nodes[1][0] ^= 1;
            assert_ok(set_nodes(part, &c));
            g_assert_cmpmem(n2_part_node(part, 1), N2_HASH_BYTES, c.nodes[1], N2_HASH_BYTES);
        }
        for (guint64 g = c.n_groups; g-- > 0;) {
            g_assert_cmpuint(n2_part_missing(part, 0), ==, 0);
            assert_ok(write_group(part, &c, g));
            assert_ok(write_group(part, &c, g)); /* twice changes nothing */
            g_assert_true(n2_part_has(part, g));
        }
        g_assert_cmpuint(n2_part_missing(part, 0), ==, c.n_groups);
        assert_ok(n2_part_finish(part));
        n2_part_free(part);
        g_assert_cmpint(fixture_state(&f, &c.ref), ==, N2_OBJECT_ABSENT);
        assert_ok(n2_store_flush(f.store));
        fixture_assert_whole(&f, &c.ref, c.bytes, c.len);
        assert_err(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN), N2_ERR_EXISTS);
        g_assert_cmpuint(fixture_fsck(&f), ==, 0);
        g_assert_cmpuint(disk_mem_unsynced(f.disk), ==, 0);
        g_assert_cmpuint(disk_mem_n_open(f.disk), ==, 0);
        n2_batch_free(batch);
        fixture_collect_all(&f); /* nobody else wanted it */
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
        content_clear(&c);
        fixture_clear(&f);
    }
}

static n2_part *crashed_part; /* a process that was killed frees nothing */
static n2_batch *crashed_batch;

/* A fetch goes on after a power cut with what was synced, and with no more than that. */
static void
test_goes_on(void)
{
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    n2_object object;
    fixture f;

    fixture_init(&f, TRUE);
    content c = make(&f, 1, 6 * MIB + 3);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
    assert_err(write_group(part, &c, 0), N2_ERR_STATE); /* nodes first */
    n2_part_free(part);
    assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
    assert_ok(set_nodes(part, &c));
    assert_ok(write_group(part, &c, 0));
    assert_ok(write_group(part, &c, 5));
    assert_ok(n2_part_sync(part));
    assert_ok(write_group(part, &c, 3)); /* not synced */
    n2_store_close(f.store);             /* as kill -9 would */
    crashed_part = part;
    crashed_batch = batch;
    disk_mem_cut(f.disk);
    assert_ok(fixture_open(&f));
    fixture_collect_all(&f);
    assert_ok(n2_store_find(f.store, &c.ref.id, &object));
    g_assert_cmpint(object.state, ==, N2_OBJECT_PART);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);

    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
    g_assert_true(part != crashed_part && batch != crashed_batch);
    g_assert_true(n2_part_has_nodes(part));
    for (guint64 g = 0; g < c.n_groups; g++)
        g_assert_cmpint(n2_part_has(part, g), ==, g == 0 || g == 5);
    assert_ok(write_group(part, &c, 1));
    n2_part_free(part); /* given up, but what is there is kept */
    assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
    g_assert_true(n2_part_has(part, 1));
    for (guint64 g = 0; g < c.n_groups; g++)
        assert_ok(write_group(part, &c, g));
    assert_ok(n2_part_finish(part));
    n2_part_free(part);
    assert_ok(n2_store_flush(f.store));
    fixture_assert_whole(&f, &c.ref, c.bytes, c.len);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
    n2_batch_free(batch);
    fixture_collect_all(&f); /* the part's own reference is gone, too */
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    content_clear(&c);
    fixture_clear(&f);
}

/* The same content is published here while it is fetched. */
static void
test_published_meanwhile(void)
{
    for (int synced = 0; synced < 2; synced++) {
        n2_batch *batch = NULL;
        n2_part *part = NULL;
        n2_ref ref;
        fixture f;

        fixture_init(&f, FALSE);
        content c = make(&f, 1, 2 * MIB);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
        assert_ok(set_nodes(part, &c));
        assert_ok(write_group(part, &c, 0));
        if (synced)
            assert_ok(n2_part_sync(part));
        assert_ok(
            n2_batch_put(batch, N2_METHOD_SHA256, c.bytes, c.len, N2_CONTENT_PLAIN, &ref));
        assert_ok(n2_store_flush(f.store));
        fixture_assert_whole(&f, &c.ref, c.bytes, c.len);
        assert_ok(write_group(part, &c, 1));
        if (synced)
            assert_ok(n2_part_finish(part));
        else
            assert_err(n2_part_sync(part), N2_ERR_EXISTS);
        n2_part_free(part);
        assert_ok(n2_store_flush(f.store));
        fixture_assert_whole(&f, &c.ref, c.bytes, c.len);
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
        g_assert_cmpuint(fixture_fsck(&f), ==, 0);
        n2_batch_free(batch);
        fixture_collect_all(&f);
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
        content_clear(&c);
        fixture_clear(&f);
    }
}

/* A sync fails while somebody else writes a group to its place: that reaches no other file, and
 * is not believed. */
static void
test_sync_fails_meanwhile(void)
{
    n2_batch *batch = NULL;
    n2_part *part = NULL, *other = NULL;
    n2_part_place place;
    fixture f;

    fixture_init(&f, FALSE);
    content c = make(&f, 1, 3 * MIB), d = make(&f, 2, 2 * MIB);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
    assert_ok(set_nodes(part, &c));
    assert_ok(write_group(part, &c, 0));
    assert_ok(n2_part_begin(part, 1, &place));
    f.disk->fail_at = f.disk->calls + 1;
    assert_err(n2_part_sync(part), N2_ERR_IO);
    f.disk->fail_at = 0;
    assert_ok(n2_part_open(&other, batch, &d.ref, N2_CONTENT_PLAIN));
    assert_ok(set_nodes(other, &d));
    assert_ok(write_group(other, &d, 0));
    assert_ok(write_group(other, &d, 1));
    n2_err err = n2_part_put(&place, c.bytes + MIB, MIB);
    assert_err(n2_part_end(part, 1, err), N2_ERR_IO);
    g_assert_false(n2_part_has(part, 1));
    n2_part_free(part);
    assert_ok(n2_part_finish(other));
    n2_part_free(other);
    assert_ok(n2_store_flush(f.store));
    fixture_assert_whole(&f, &d.ref, d.bytes, d.len);
    g_assert_cmpint(fixture_state(&f, &c.ref), !=, N2_OBJECT_PART);
    g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    n2_batch_free(batch);
    content_clear(&c);
    content_clear(&d);
    fixture_clear(&f);
}

/* A directory that is fetched makes its children known, and what is no directory is refused. */
static void
test_directory(void)
{
    n2_directory_maker *maker = NULL;
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    n2_object object;
    n2_ref dir = {.id.method = N2_METHOD_SHA256};
    n2_entry_spec spec = {.name = "child", .name_len = 5, .type = N2_ENTRY_FILE};
    guint8 *bytes = NULL;
    size_t len = 0;
    fixture f;

    fixture_init(&f, FALSE);
    content c = make(&f, 1, 30000);
    spec.ref = c.ref;
    assert_ok(n2_directory_maker_new(&maker, NULL));
    assert_ok(n2_directory_maker_add(maker, &spec));
    assert_ok(n2_directory_maker_finish(maker, &bytes, &len));
    n2_directory_maker_free(maker);
    dir.size = len;
    n2_tree_root_of(&f.crypto, N2_METHOD_SHA256, bytes, len, dir.id.hash);

    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_part_open(&part, batch, &dir, N2_CONTENT_DIRECTORY));
    assert_ok(n2_part_write(part, 0, bytes, len));
    assert_ok(n2_part_finish(part));
    n2_part_free(part);
    assert_ok(n2_store_flush(f.store));
    assert_ok(n2_store_find(f.store, &c.ref.id, &object));
    g_assert_cmpint(object.state, ==, N2_OBJECT_ABSENT);
    g_assert_cmpuint(object.ref.size, ==, c.len);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);

    for (int synced = 0; synced < 2; synced++) {
        assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_DIRECTORY));
        assert_ok(write_group(part, &c, 0));
        if (synced)
            assert_ok(n2_part_sync(part));
        g_assert_cmpint(n2_part_finish(part), !=, N2_OK);
        n2_part_free(part);
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
    }
    c.ref.size++; /* the same hash with another size cannot be */
    assert_err(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN), N2_ERR_FORMAT);
    n2_batch_free(batch);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    g_free(bytes);
    content_clear(&c);
    fixture_clear(&f);
}

static void
test_refused(void)
{
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    n2_ref ref = {.id.method = N2_METHOD_SHA256, .size = 10 * MIB};
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    f.disk->free_bytes = 10 * MIB - 1; /* refused before it starts */
    assert_err(n2_part_open(&part, batch, &ref, N2_CONTENT_PLAIN), N2_ERR_NOSPACE);
    ref.id.method = 9;
    assert_err(n2_part_open(&part, batch, &ref, N2_CONTENT_PLAIN), N2_ERR_UNSUPPORTED);
    ref = (n2_ref){.id.method = 1, .size = N2_BOX_DIRECTORY_BYTES_MAX + 1};
    assert_err(n2_part_open(&part, batch, &ref, N2_CONTENT_DIRECTORY), N2_ERR_LIMIT);
    ref.size = 0; /* empty, but not by this hash */
    assert_ok(n2_part_open(&part, batch, &ref, N2_CONTENT_PLAIN));
    assert_err(n2_part_finish(part), N2_ERR_FORGED);
    n2_part_free(part);
    n2_batch_free(batch);
    fixture_clear(&f);
}

/* A fetch that nobody went on with for a week goes, a younger one stays. */
static void
test_old_parts(void)
{
    const gint64 day_us = G_GINT64_CONSTANT(86400) * 1000000, start_us = 20000 * day_us;

    for (gint64 days = 6; days <= 8; days += 2) {
        n2_batch *batch = NULL;
        n2_part *part = NULL;
        fixture f;

        fixture_init(&f, FALSE);
        content c = make(&f, 1, MIB / 2);
        n2_store_set_wall(f.store, start_us);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
        assert_ok(write_group(part, &c, 0));
        n2_part_free(part);
        n2_batch_free(batch);
        n2_store_set_wall(f.store, start_us + days * day_us);
        fixture_collect_all(&f);
        g_assert_cmpint(fixture_state(&f, &c.ref), ==,
                        days < 7 ? N2_OBJECT_PART : N2_OBJECT_ABSENT);
        content_clear(&c);
        fixture_clear(&f);
    }
}

/* One that somebody goes on with stays also while it is not written yet, and when the clock was
 * put forward by years meanwhile: its file is in use. */
static void
test_old_part_in_use(void)
{
    const gint64 day_us = G_GINT64_CONSTANT(86400) * 1000000, start_us = 10000 * day_us;
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    fixture f;

    fixture_init(&f, FALSE);
    content c = make(&f, 1, 3 * MIB);
    n2_store_set_wall(f.store, start_us);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
    assert_ok(set_nodes(part, &c));
    assert_ok(write_group(part, &c, 0));
    assert_ok(n2_part_sync(part));
    n2_part_free(part);
    n2_store_set_wall(f.store, start_us + 8 * day_us);
    assert_ok(n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN));
    fixture_collect_all(&f);
    assert_ok(write_group(part, &c, 1));
    assert_ok(n2_part_sync(part));
    n2_store_set_wall(f.store, start_us + 10000 * day_us);
    fixture_collect_all(&f);
    assert_ok(write_group(part, &c, 2));
    assert_ok(n2_part_finish(part));
    n2_part_free(part);
    assert_ok(n2_store_flush(f.store));
    fixture_assert_whole(&f, &c.ref, c.bytes, c.len);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    n2_batch_free(batch);
    content_clear(&c);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/part/sizes", test_sizes);
    g_test_add_func("/store/part/goes-on", test_goes_on);
    g_test_add_func("/store/part/published-meanwhile", test_published_meanwhile);
    g_test_add_func("/store/part/sync-fails-meanwhile", test_sync_fails_meanwhile);
    g_test_add_func("/store/part/directory", test_directory);
    g_test_add_func("/store/part/refused", test_refused);
    g_test_add_func("/store/part/old", test_old_parts);
    g_test_add_func("/store/part/old-in-use", test_old_part_in_use);
    return g_test_run();
}
