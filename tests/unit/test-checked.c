/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-checked.c - what the disk has damaged since it was stored is never given out.
 */
#include <string.h>

#include "base/limits.h"
#include "crypto/tree.h"
#include "store-fixture.h"
#include "store/checked.h"

enum {
    MIB = N2_GROUP_BYTES
};

typedef struct {
    guint8 *bytes;
    gsize len;
    n2_ref ref;
} content;

/* Stores @len bytes as the only content of a fresh store. */
static content
store_content(fixture *f, gsize len)
{
    content c = {.bytes = fixture_bytes(len, len), .len = len};
    n2_batch *batch = NULL;
    int64_t owner;

    fixture_init(f, TRUE);
    assert_ok(n2_batch_new(&batch, f->store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, c.bytes, len, N2_CONTENT_PLAIN, &c.ref));
    assert_ok(n2_store_flush(f->store));
    assert_ok(n2_store_owner(f->store, N2_OWNER_PIN, "pins", 0, &owner));
    assert_ok(n2_store_ref_set(f->store, owner, "it", &c.ref.id, 0));
    n2_batch_free(batch);
    return c;
}

/* Reads all of it as a reader does; the bytes that were given out before an error are right. */
static n2_err
read_all(fixture *f, const content *c, gsize *given)
{
    n2_checked checked;
    n2_err err = n2_checked_open(f->store, &c->ref.id, &checked);

    *given = 0;
    while (!err && *given < checked.view.len) {
        const guint8 *bytes = NULL;
        gsize n = 0;
        err = n2_checked_bytes(f->store, &checked, *given, &bytes, &n);
        if (err)
            break;
        g_assert_cmpmem(bytes, n, c->bytes + *given, n);
        *given += n;
    }
    n2_checked_close(f->store, &checked);
    return err;
}

static void
test_sound(void)
{
    static const gsize sizes[] = {0,   1,       N2_LEAF_BYTES, N2_LEAF_BYTES + 1,
                                  MIB, MIB + 1, 3 * MIB};

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        fixture f;
        content c = store_content(&f, sizes[i]);
        n2_view view;
        gsize given;
        assert_ok(read_all(&f, &c, &given));
        g_assert_cmpuint(given, ==, c.len);
        assert_ok(n2_store_map_checked(f.store, &c.ref.id, &view));
        g_assert_cmpmem(view.bytes, view.len, c.bytes, c.len);
        n2_store_unmap(f.store, &view);
        g_free(c.bytes);
        fixture_clear(&f);
    }
}

/* Each group in turn, at its first, last and a middle byte. */
static void
test_damaged_file(void)
{
    static const gsize sizes[] = {N2_LEAF_BYTES + 1, MIB, 2 * MIB + 5};

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (gsize at = 0; at < sizes[i]; at += at % MIB == 0 ? 4567 : MIB - 4567) {
            fixture f;
            content c = store_content(&f, sizes[i]);
            gsize len = 0, given;
            guint8 *bytes = disk_mem_bytes(f.disk, disk_mem_path(f.disk, 0), &len);
            for (size_t n = 1; len != sizes[i]; n++)
                bytes = disk_mem_bytes(f.disk, disk_mem_path(f.disk, n), &len);
            bytes[at] ^= 0x10;
            assert_err(read_all(&f, &c, &given), N2_ERR_CORRUPT);
            g_assert_cmpuint(given, ==, at / MIB * MIB); /* what lies before is given out */
            g_assert_cmpint(fixture_state(&f, &c.ref), ==, N2_OBJECT_ABSENT);
            assert_err(read_all(&f, &c, &given), N2_ERR_NOTFOUND);
            g_assert_cmpuint(fixture_fsck(&f), ==, 0);
            g_free(c.bytes);
            fixture_clear(&f);
        }
}

/* Small contents lie in the database; so do the group nodes. */
static void
test_damaged_database(void)
{
    static const struct {
        const char *sql;
        gsize len;
    } rows[] = {
        {"UPDATE piece SET bytes = CAST('X' || substr(bytes, 2) AS BLOB)", 9},
        {"UPDATE tree SET nodes = zeroblob(length(nodes))", 2 * MIB + 5},
        {"UPDATE tree SET nodes = substr(nodes, 1, 32)", 2 * MIB + 5},
        {"UPDATE tree SET nodes = substr(nodes, 2)", 2 * MIB + 5},
        {"DELETE FROM tree", 2 * MIB + 5},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        fixture f;
        content c = store_content(&f, rows[i].len);
        n2_view view;
        gsize given;
        n2_store_close(f.store);
        f.store = NULL;
        fixture_sql(&f, rows[i].sql);
        assert_ok(fixture_open(&f));
        if (rows[i].len <= N2_LEAF_BYTES)
            assert_err(n2_store_map_checked(f.store, &c.ref.id, &view), N2_ERR_CORRUPT);
        else
            assert_err(read_all(&f, &c, &given), N2_ERR_CORRUPT);
        g_assert_cmpint(fixture_state(&f, &c.ref), ==, N2_OBJECT_ABSENT);
        g_free(c.bytes);
        fixture_clear(&f);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/checked/sound", test_sound);
    g_test_add_func("/store/checked/damaged-file", test_damaged_file);
    g_test_add_func("/store/checked/damaged-database", test_damaged_database);
    return g_test_run();
}
