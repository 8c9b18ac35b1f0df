/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-wal-rescue.c - a store's own log, damaged: SQLite takes as much as the look finds good;
 *                     after --cut nothing stored before is gone, no file deleted, no number
 *                     used twice.
 */
#include <sqlite3.h>
#include <string.h>

#include "store-jobs-private.h"
#include "store/doubt.h"
#include "store/wal.h"

#define LOG "store.db-wal"

enum {
    HEAD = 32,
    FRAME_HEAD = 24
};

/* A disk as after kill -9: two trees and notes, the second tree and its notes in the log. */
static disk_mem *
killed(void)
{
    disk_mem *world = job_world(&jobs[0]), *disk;
    fixture f;

    fixture_init_on(&f, world, TRUE);
    n2_store_set_wall(f.store, job_wall_us);
    assert_ok(job_note(&f, 0, "new"));
    assert_ok(job_publish(&f, 60, 3));
    for (guint i = 1; i < JOB_N_NOTES; i++)
        assert_ok(job_note(&f, i, "new"));
    disk = disk_mem_copy(f.disk);
    fixture_clear(&f);
    return disk;
}

static void
flip(disk_mem *d, gsize at)
{
    gsize len = 0;
    const guint8 *now = disk_mem_bytes(d, LOG, &len);
    g_autofree guint8 *log = g_memdup2(now, len);

    log[at] ^= 1;
    disk_mem_put(d, LOG, log, len);
}

/* SQLite takes as much of a log as the look through it finds good, however it is damaged. */
static void
test_as_sqlite_does(void)
{
    disk_mem *world = killed();
    gsize len = 0;

    (void)disk_mem_bytes(world, LOG, &len);
    for (gsize at = HEAD + 11; at < len; at += 997) {
        disk_mem *d = disk_mem_copy(world);
        sqlite3 *db = NULL;
        int n_frames = 0, n_done = 0;
        n2_wal found;
        flip(d, at);
        assert_ok(n2_wal_scan(&d->disk, LOG, &found));
        g_assert_cmpint(
            sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, disk_mem_vfs_name(d)), ==,
            SQLITE_OK);
        (void)sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; SELECT * FROM setting", NULL,
                           NULL, NULL);
        g_assert_cmpint(
            sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_frames, &n_done),
            ==, SQLITE_OK);
        g_assert_cmpuint(found.good_bytes, ==, HEAD + (guint64)n_frames * (FRAME_HEAD + 4096));
        (void)sqlite3_close(db);
        disk_mem_free(d);
    }
    disk_mem_free(world);
}

static gsize
n_stored_files(const disk_mem *d)
{
    return disk_mem_count(d, "files") + disk_mem_count(d, "files-in-doubt");
}

static n2_err
cut_and_open(fixture *f)
{
    char kept[N2_WAL_PATH_BYTES];
    n2_wal found;
    n2_err err = n2_wal_scan(&f->disk->disk, LOG, &found);

    if (!err && found.state == N2_WAL_DAMAGED)
        err = n2_wal_cut(&f->disk->disk, LOG, &found, kept);
    return err ? err : fixture_open(f);
}

/* What was there before the log, and of the log the beginning; nothing half; no number again.
 */
static void
check_rescued(fixture *f, gsize n_files)
{
    uint64_t n_lost = 1;
    n2_head head;
    n2_ref root;

    g_assert_true(job_has_version(f, 1, &root));
    job_check_tree(f, &root);
    assert_ok(n2_doubt_read(&f->disk->disk, &n_lost));
    g_assert_cmpuint(n_lost, ==, 0);
    g_assert_cmpuint(n_stored_files(f->disk), >=, n_files);
    assert_ok(job_publish_small(f, 70));
    assert_ok(n2_store_head_get(f->store, &job_identity, N2_BRANCH_MAIN, &head, NULL, NULL));
    g_assert_cmpuint(head.counter, >, 2);
    g_assert_cmpuint(head.n_parents, ==, 1);
    g_assert_cmpuint(fixture_fsck(f), ==, 0);
}

static void
test_refused_and_cut(void)
{
    disk_mem *world = killed();
    gsize len = 0, kept_len = 0, n_files = n_stored_files(world);

    (void)disk_mem_bytes(world, LOG, &len);
    for (gsize at = 8; at < len * 3 / 4; at += 4096) {
        fixture f;
        n2_wal found;
        fixture_init_on(&f, disk_mem_copy(world), FALSE);
        flip(f.disk, at);
        assert_ok(n2_wal_scan(&f.disk->disk, LOG, &found));
        if (found.state == N2_WAL_DAMAGED) {
            const guint8 *now = disk_mem_bytes(f.disk, LOG, &len);
            g_autofree guint8 *before = g_memdup2(now, len);
            f.disk->fail_at = f.disk->calls + 1; /* whatever would write is told, and fails */
            f.disk->fails_on = TRUE;
            f.disk->fail_with = N2_ERR_REFUSED;
            assert_err(fixture_open(&f), N2_ERR_CORRUPT);
            f.disk->fail_at = 0;
            assert_ok(cut_and_open(&f));
            now = disk_mem_bytes(f.disk, LOG ".damaged-1", &kept_len);
            g_assert_cmpmem(now, kept_len, before, len);
        } else
            assert_ok(fixture_open(&f)); /* a part of the last change, as far as one can tell */
        check_rescued(&f, n_files);
        fixture_clear(&f);
    }
    disk_mem_free(world);
}

/* The longest change is the last, and its first frame wrong: what is behind it goes before the
 * store writes over its beginning, or its end would look like that of a second change. */
static void
test_rest_goes(void)
{
    disk_mem *world = killed();
    gsize len = 0, begin = HEAD, best = 0, best_end = 0;
    const guint8 *now = disk_mem_bytes(world, LOG, &len);
    n2_wal found;
    fixture f;

    for (gsize at = HEAD; at + FRAME_HEAD + 4096 <= len; at += FRAME_HEAD + 4096) {
        gsize end = at + FRAME_HEAD + 4096;
        if (!now[at + 4] && !now[at + 5] && !now[at + 6] && !now[at + 7])
            continue;
        if (end - begin > best_end - best) {
            best = begin;
            best_end = end;
        }
        begin = end;
    }
    g_assert_cmpuint(best_end - best, >, (gsize)8 * 4096);
    g_autofree guint8 *log = g_memdup2(now, best_end);
    log[best + 1000] ^= 1;
    fixture_init_on(&f, world, FALSE);
    disk_mem_put(world, LOG, log, best_end);
    assert_ok(n2_wal_scan(&world->disk, LOG, &found));
    g_assert_cmpint(found.state, ==, N2_WAL_TORN);
    g_assert_true(found.has_rest);
    assert_ok(fixture_open(&f));
    assert_ok(n2_wal_scan(&world->disk, LOG, &found));
    g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
    g_assert_false(found.has_rest);
    fixture_clear(&f);
}

typedef enum {
    KILL, /* the process ends */
    POWER,
    FAIL /* the disk refuses one call */
} end_kind;

/* Of the damaged log, whole, beside halves that a cut left. */
static gboolean
has_copy(disk_mem *d, const guint8 *bytes, gsize len)
{
    for (guint i = 1; i < 5; i++) {
        g_autofree char *path = g_strdup_printf(LOG ".damaged-%u", i);
        gsize n = 0;
        const guint8 *copy = disk_mem_bytes(d, path, &n);
        if (copy && n == len && !memcmp(copy, bytes, len))
            return TRUE;
    }
    return FALSE;
}

/* Each call of the rescue is the last, or fails: it goes on afterwards. */
static void
test_rescue_is_cut_off(gconstpointer data)
{
    end_kind kind = (end_kind)GPOINTER_TO_INT(data);
    disk_mem *world = killed();
    gsize n_files = n_stored_files(world), len = 0;
    gboolean fired = TRUE;

    flip(world, HEAD + 2 * (FRAME_HEAD + 4096) + 1000);
    const guint8 *damaged = disk_mem_bytes(world, LOG, &len);
    for (guint64 n = 1; fired; n++) {
        fixture f;
        fixture_init_on(&f, disk_mem_copy(world), FALSE);
        f.disk->fail_with = N2_ERR_IO;
        *(kind == FAIL ? &f.disk->fail_at : &f.disk->cut_at) = f.disk->calls + n;
        n2_err err = cut_and_open(&f);
        fired = f.disk->calls >= (kind == FAIL ? f.disk->fail_at : f.disk->cut_at);
        f.disk->fail_at = 0;
        g_assert_true(fired || !err);
        fixture_kill(&f);
        if (kind == POWER)
            disk_mem_cut_some(f.disk, n);
        else
            disk_mem_kill(f.disk);
        assert_ok(cut_and_open(&f));
        check_rescued(&f, n_files);
        g_assert_true(has_copy(f.disk, damaged, len));
        fixture_clear(&f);
    }
    disk_mem_free(world);
}

/* What unfinished work held is kept, but nobody else may read it. */
static void
test_work_is_kept(void)
{
    g_autofree guint8 *bytes = fixture_bytes(4, 50000);
    n2_batch *batch = NULL;
    n2_object object;
    n2_ref ref;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, 50000, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_store_flush(f.store));
    disk_mem *disk = disk_mem_copy(f.disk);
    n2_batch_free(batch);
    fixture_clear(&f);
    disk_mem_put(disk, "files/00112233445566aa", "lost", 4);
    fixture_init_on(&f, disk, FALSE);
    assert_ok(n2_doubt_note(&f.disk->disk, 3));
    assert_ok(fixture_open(&f));
    g_assert_cmpuint(n2_store_doubts(f.store).n_changes, ==, 3);
    g_assert_cmpuint(n2_store_doubts(f.store).n_files, ==, 1);
    g_assert_cmpuint(disk_mem_count(f.disk, "files-in-doubt"), ==, 1);
    fixture_collect_all(&f);
    fixture_assert_whole(&f, &ref, bytes, 50000);
    assert_ok(n2_store_find(f.store, &ref.id, &object));
    g_assert_false(object.is_open);
    fixture_reopen(&f, FALSE);
    g_assert_cmpuint(n2_store_doubts(f.store).n_changes, ==, 0);
    fixture_clear(&f);
}

/* What the note says is a number, or no less than what any log holds. */
static void
test_note(void)
{
    static const char *const odd[] = {
        "", "0", "x", "-1", "99999999999999999999999", "123456789012"};
    disk_mem *d = disk_mem_new();
    uint64_t n = 0;

    assert_ok(n2_doubt_note(&d->disk, 5));
    assert_ok(n2_doubt_note(&d->disk, 6));
    assert_ok(n2_doubt_read(&d->disk, &n));
    g_assert_cmpuint(n, ==, 11);
    for (guint i = 0; i < G_N_ELEMENTS(odd); i++) {
        disk_mem_put(d, "store.db-doubt", odd[i], strlen(odd[i]));
        assert_ok(n2_doubt_note(&d->disk, 1));
        assert_ok(n2_doubt_read(&d->disk, &n));
        g_assert_cmpuint(n, ==, 1 << 24);
    }
    disk_mem_free(d);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/wal/as-sqlite-does", test_as_sqlite_does);
    g_test_add_func("/store/wal/refused-and-cut", test_refused_and_cut);
    g_test_add_func("/store/wal/rest-goes", test_rest_goes);
    g_test_add_data_func("/store/wal/rescue-is-killed", GINT_TO_POINTER(KILL),
                         test_rescue_is_cut_off);
    g_test_add_data_func("/store/wal/rescue-loses-power", GINT_TO_POINTER(POWER),
                         test_rescue_is_cut_off);
    g_test_add_data_func("/store/wal/rescue-fails", GINT_TO_POINTER(FAIL),
                         test_rescue_is_cut_off);
    g_test_add_func("/store/wal/work-is-kept", test_work_is_kept);
    g_test_add_func("/store/wal/note", test_note);
    return g_test_run();
}
