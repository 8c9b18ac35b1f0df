/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store-fixture.c - what all tests of the store need.
 */
#include "store-fixture.h"

#include <sqlite3.h>
#include <string.h>

#include "crypto/directory.h"

static guint64
next(guint64 *seed)
{
    guint64 z = (*seed += 0x9e3779b97f4a7c15u);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void
seeded(void *user, void *buf, size_t len)
{
    fixture *f = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)next(&f->seed);
}

n2_err
fixture_open(fixture *f)
{
    n2_store_config config = {.disk = &f->disk->disk,
                              .env = &f->env,
                              .crypto = &f->crypto,
                              .in_memory = !f->lasts,
                              .cache_bytes = f->cache_bytes};

    return n2_store_open(&f->store, &config);
}

static n2_crypto shared;
static gsize shared_is_ready;

static void
init(fixture *f, disk_mem *disk, gboolean lasts, gboolean opens)
{
    memset(f, 0, sizeof *f);
    f->lasts = lasts;
    f->disk = disk;
    f->env = (n2_env){.user = f, .random = seeded};
    f->seed = 1;
    if (g_once_init_enter(&shared_is_ready)) { /* it tries itself out, which takes a while */
        assert_ok(n2_crypto_init(&shared, N2_IMPL_BEST));
        g_once_init_leave(&shared_is_ready, 1);
    }
    f->crypto = shared;
    if (opens)
        assert_ok(fixture_open(f));
}

void
fixture_init(fixture *f, gboolean lasts)
{
    init(f, disk_mem_new(), lasts, TRUE);
}

void
fixture_init_on(fixture *f, disk_mem *disk, gboolean opens)
{
    init(f, disk, TRUE, opens);
}

void
fixture_clear(fixture *f)
{
    n2_store_close(f->store);
    disk_mem_free(f->disk);
}

void
fixture_kill(fixture *f)
{
    if (!f->disk->cut_at || f->disk->calls < f->disk->cut_at)
        f->disk->cut_at = f->disk->calls + 1;
    n2_store_close(f->store);
    f->store = NULL;
}

void
fixture_reopen(fixture *f, gboolean power_cut)
{
    if (power_cut) {
        fixture_kill(f);
        disk_mem_cut(f->disk);
    } else {
        n2_store_close(f->store);
    }
    assert_ok(fixture_open(f));
}

void
fixture_sql(fixture *f, const char *sql)
{
    const char *vfs = disk_mem_vfs_name(f->disk);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, vfs), ==,
                    SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL), ==,
                    SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    (void)sqlite3_close(db);
}

guint8 *
fixture_bytes(guint64 seed, gsize len)
{
    guint8 *bytes = g_malloc(len + 8);

    for (gsize i = 0; i < len; i += 8) {
        guint64 word = next(&seed);
        memcpy(bytes + i, &word, 8);
    }
    return bytes;
}

void
fixture_assert_whole(fixture *f, const n2_ref *ref, const guint8 *bytes, gsize len)
{
    n2_view view;
    n2_object object;

    assert_ok(n2_store_find(f->store, &ref->id, &object));
    g_assert_cmpint(object.state, ==, N2_OBJECT_WHOLE);
    g_assert_cmpuint(object.ref.size, ==, len);
    assert_ok(n2_store_map(f->store, &ref->id, &view));
    g_assert_cmpmem(view.bytes, view.len, bytes, len);
    g_assert_nonnull(view.bytes);
    n2_store_unmap(f->store, &view);
}

n2_object_state
fixture_state(fixture *f, const n2_ref *ref)
{
    n2_object object;

    assert_ok(n2_store_find(f->store, &ref->id, &object));
    return object.state;
}

void
fixture_collect_all(fixture *f)
{
    size_t n_left = 1;

    for (int i = 0; n_left && i < 100; i++)
        assert_ok(n2_store_collect(f->store, &n_left));
    g_assert_cmpuint(n_left, ==, 0);
}

static void
print_finding(void *user, const n2_fsck_finding *finding)
{
    *(guint64 *)user += finding->kind != N2_FSCK_ORPHAN;
    g_test_message("finding %d: %s", finding->kind, finding->text);
}

guint64
fixture_fsck(fixture *f)
{
    n2_fsck_report report;
    guint64 n_worse = 0;

    assert_ok(n2_store_fsck(f->store, &report, print_finding, &n_worse));
    return report.n_findings;
}

guint64
fixture_fsck_but_orphans(fixture *f)
{
    n2_fsck_report report;
    guint64 n_worse = 0;

    assert_ok(n2_store_fsck(f->store, &report, print_finding, &n_worse));
    return n_worse;
}

static n2_err
put_tree(n2_batch *batch, guint64 seed, n2_ref *root)
{
    static const char *const paths[] = {"a/one", "a/two", "b"};
    static const gsize lens[] = {100, FIXTURE_BIG_BYTES, 20000};
    n2_tree_maker *maker = NULL;
    n2_attr type = {.name = (const guint8 *)"type",
                    .name_len = 4,
                    .type = N2_TYPE_TEXT,
                    .value = (const guint8 *)"text/plain",
                    .len = 10};
    n2_err err = n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL);

    for (gsize i = 0; !err && i < G_N_ELEMENTS(paths); i++) {
        g_autofree guint8 *bytes = fixture_bytes(seed + i, lens[i]);
        n2_ref ref;
        err = n2_batch_put(batch, N2_METHOD_SHA256, bytes, lens[i], N2_CONTENT_PLAIN, &ref);
        if (!err)
            err = n2_tree_maker_add(maker, paths[i], strlen(paths[i]), N2_ENTRY_FILE, &ref,
                                    &type, i == 0);
    }
    if (!err)
        err = n2_tree_maker_finish(maker, root);
    n2_tree_maker_free(maker);
    return err;
}

n2_err
fixture_publish(fixture *f, guint64 seed, gint64 owner, const char *slot, n2_ref *root)
{
    n2_batch *batch = NULL;
    n2_err err = n2_batch_new(&batch, f->store, 0);

    if (!err)
        err = put_tree(batch, seed, root);
    if (!err)
        err = n2_batch_commit(batch,
                              &(n2_batch_end){.owner = owner, .slot = slot, .root = root->id});
    n2_batch_free(batch);
    return err;
}
