/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-old.c - attack 62, old formats and future ones: a database of each former version,
 *                    one from next year, foreign ones, a head that skips versions.
 */
#include <sqlite3.h>
#include <string.h>

#include "store-jobs.h"

#define TO_VERSION_1                                                                           \
    STORE_TO_VERSION_2                                                                         \
    "DROP TRIGGER ref_comes; DROP TRIGGER ref_goes; UPDATE owner SET used=0 WHERE kind=3;"     \
    "PRAGMA user_version=1"

static void
reopen_with(fixture *f, const char *sql)
{
    n2_store_close(f->store);
    f->store = NULL;
    fixture_sql(f, sql);
}

static guint8 *
database(fixture *f, gsize *len)
{
    const guint8 *bytes = disk_mem_bytes(f->disk, "store.db", len);

    return g_memdup2(bytes, *len);
}

static void
test_newer(void)
{
    gsize len = 0, now_len = 0;
    fixture f;

    fixture_init(&f, TRUE);
    reopen_with(&f, "PRAGMA user_version=99");
    g_autofree guint8 *before = database(&f, &len);
    assert_err(fixture_open(&f), N2_ERR_VERSION);
    g_assert_null(f.store);
    g_autofree guint8 *now = database(&f, &now_len);
    g_assert_cmpmem(before, len, now, now_len);
    g_assert_null(disk_mem_bytes(f.disk, "store.db-wal", &len));
    fixture_clear(&f);
}

static void
test_foreign(void)
{
    static const char letter[] = "this is a letter, no database";
    gsize len = 0;
    fixture f;

    fixture_init(&f, TRUE);
    reopen_with(&f, "PRAGMA application_id=77");
    assert_err(fixture_open(&f), N2_ERR_CORRUPT);
    fixture_sql(&f, "PRAGMA application_id=1848799091; PRAGMA user_version=0");
    assert_err(fixture_open(&f), N2_ERR_CORRUPT);
    disk_mem_put(f.disk, "store.db", letter, sizeof letter);
    assert_err(fixture_open(&f), N2_ERR_CORRUPT);
    g_assert_cmpstr((const char *)disk_mem_bytes(f.disk, "store.db", &len), ==, letter);
    fixture_clear(&f);
}

static const struct {
    const char *path, *copy, *sql;
} versions[] = {
    {"/store/old/attack-62-version-1", "store.db.v1", TO_VERSION_1},
    {"/store/old/attack-62-version-2", "store.db.v2", STORE_TO_VERSION_2},
    {"/store/old/attack-62-version-3", "store.db.v3", STORE_TO_VERSION_3},
    {"/store/old/attack-62-version-4", "store.db.v4", STORE_TO_VERSION_4},
};

/* (transfer full): every table, index and trigger, as a line each. */
static char *
schema(fixture *f)
{
    GString *lines = g_string_new(NULL);
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;

    n2_store_close(f->store);
    f->store = NULL;
    g_assert_cmpint(
        sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, disk_mem_vfs_name(f->disk)), ==,
        SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL), ==,
                    SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db,
                                       "SELECT coalesce(sql, name) FROM sqlite_schema"
                                       " ORDER BY type, name",
                                       -1, &stmt, NULL),
                    ==, SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        g_string_append_printf(lines, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    assert_ok(fixture_open(f));
    return g_string_free(lines, FALSE);
}

/* Each former version: copied, then brought up to date, with all that is in it. */
static void
test_version(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data), len = 0;
    disk_mem *world = job_world(&jobs[0]);
    fixture f;

    job_begin(&f, &jobs[0], world);
    disk_mem_free(world);
    g_autofree char *new_schema = schema(&f);
    reopen_with(&f, versions[i].sql);
    assert_ok(fixture_open(&f));
    job_check_world(&f, &jobs[0]);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    g_assert_nonnull(disk_mem_bytes(f.disk, versions[i].copy, &len));
    g_assert_cmpuint(disk_mem_unsynced(f.disk), ==, 0);
    g_autofree char *made_schema = schema(&f);
    g_assert_cmpstr(made_schema, ==, new_schema);
    assert_ok(jobs[0].run(&f));
    n2_store_close(f.store);
    f.store = NULL;
    /* the copy is a whole database of its time: it can be put back */
    g_autofree guint8 *copy = g_memdup2(disk_mem_bytes(f.disk, versions[i].copy, &len), len);
    disk_mem_put(f.disk, "store.db", copy, len);
    assert_ok(fixture_open(&f));
    job_check_world(&f, &jobs[0]);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

/* The change is cut off, or fails, in each of its calls: the old one is there, or the new one.
 */
static void
test_version_1_cut(void)
{
    disk_mem *world = job_world(&jobs[0]), *old;
    guint64 n = 1;
    fixture f;

    job_begin(&f, &jobs[0], world);
    disk_mem_free(world);
    reopen_with(&f, TO_VERSION_1);
    old = disk_mem_copy(f.disk);
    fixture_clear(&f);
    for (gboolean fired = TRUE; fired && n < 1000; n++)
        for (guint cuts = 0; cuts < 2; cuts++) {
            fixture_init_on(&f, disk_mem_copy(old), FALSE);
            if (cuts)
                f.disk->cut_at = f.disk->calls + n;
            else
                f.disk->fail_at = f.disk->calls + n;
            n2_err err = fixture_open(&f);
            fired = f.disk->calls >= (cuts ? f.disk->cut_at : f.disk->fail_at);
            if (!fired)
                assert_ok(err);
            f.disk->fail_at = 0;
            fixture_kill(&f);
            if (cuts)
                disk_mem_cut_some(f.disk, n);
            else
                disk_mem_kill(f.disk);
            assert_ok(fixture_open(&f));
            job_check_world(&f, &jobs[0]);
            g_assert_cmpuint(fixture_fsck(&f), ==, 0);
            fixture_clear(&f);
        }
    g_assert_cmpuint(n, >, 10);
    g_assert_cmpuint(n, <, 1000);
    disk_mem_free(old);
}

/* A head may skip versions, as its reader may have been away; it may not go back. */
static void
test_head_that_skips(void)
{
    g_autofree uint8_t *third = NULL, *first = NULL;
    size_t first_len = 0, third_len = 0;
    n2_head_news news;
    n2_head head;
    fixture f, other;

    fixture_init(&f, FALSE);
    assert_ok(job_publish_small(&f, 1));
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, &first, &first_len));
    assert_ok(job_publish_small(&f, 2));
    assert_ok(job_publish_small(&f, 3));
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, &third, &third_len));
    fixture_init(&other, FALSE);
    assert_ok(n2_store_head_put(other.store, first, first_len, false, &news));
    g_assert_cmpint(news, ==, N2_HEAD_NEW);
    assert_ok(n2_store_head_put(other.store, third, third_len, false, &news));
    g_assert_cmpint(news, ==, N2_HEAD_NEW);
    assert_err(n2_store_head_put(other.store, first, first_len, false, &news), N2_ERR_OLD);
    assert_ok(n2_store_head_get(other.store, &job_identity, "main", &head, NULL, NULL));
    g_assert_cmpuint(head.counter, ==, 3);
    fixture_clear(&other);
    fixture_clear(&f);
}

/* Contents that lie there without a database are set aside, once; they are nobody's garbage. */
static void
test_without_database(void)
{
    g_autofree guint8 *bytes = fixture_bytes(5, 20000);
    n2_batch *batch = NULL;
    gsize len = 0;
    n2_ref ref;
    fixture f;

    fixture_init(&f, TRUE);
    for (int again = 0; again < 2; again++) {
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, 20000, N2_CONTENT_PLAIN, &ref));
        assert_ok(n2_batch_commit(batch, NULL));
        n2_store_close(f.store);
        f.store = NULL;
        g_free(batch); /* as the process that had it is gone */
        assert_ok(f.disk->disk.unlink(f.disk, "store.db"));
        if (again) {
            assert_err(fixture_open(&f), N2_ERR_EXISTS);
            g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 1);
            break;
        }
        g_autofree char *path = g_strdup(disk_mem_path(f.disk, 0));
        assert_ok(fixture_open(&f));
        g_assert_cmpuint(disk_mem_count(f.disk, "files"), ==, 0);
        g_assert_cmpuint(disk_mem_count(f.disk, "files-set-aside"), ==, 1);
        g_autofree char *aside = g_strdup_printf("files-set-aside/%s", path + strlen("files/"));
        g_assert_cmpmem(disk_mem_bytes(f.disk, aside, &len), len, bytes, 20000);
    }
    g_assert_cmpuint(disk_mem_count(f.disk, "files-set-aside"), ==, 1);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/old/attack-62-newer-database", test_newer);
    g_test_add_func("/store/old/attack-62-foreign-database", test_foreign);
    for (gsize i = 0; i < G_N_ELEMENTS(versions); i++)
        g_test_add_data_func(versions[i].path, GSIZE_TO_POINTER(i), test_version);
    g_test_add_func("/store/old/attack-62-version-1-cut", test_version_1_cut);
    g_test_add_func("/store/old/attack-62-head-that-skips", test_head_that_skips);
    g_test_add_func("/store/old/without-database", test_without_database);
    return g_test_run();
}
