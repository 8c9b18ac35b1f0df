/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-wal.c - the log of newest changes: what a power cut leaves is none of the damage that is
 *              refused, each bit that flips in what had been synced is; and after --cut nothing
 *              that was stored before is gone, no file is deleted, no number used twice.
 */
#include <sqlite3.h>
#include <string.h>

#include "store-jobs-private.h"
#include "store/doubt.h"
#include "store/wal.h"

#define LOG "store.db-wal"

enum {
    HEAD = 32,
    FRAME_HEAD = 24,
    SALT = 0x5a17,
    CHANGES = 4
};

/* ---- logs made by hand, from the description of the format ---- */

typedef struct {
    GByteArray *bytes;
    gboolean is_big;
    guint page;
    guint32 salt, sums[2];
} maker;

static void
put_be(guint8 *at, guint32 n)
{
    for (gint i = 3; i >= 0; i--, n >>= 8)
        at[i] = (guint8)n;
}

static void
sum(maker *m, const guint8 *bytes, gsize len)
{
    for (gsize i = 0; i < len; i += 8) {
        guint32 x[2];
        for (guint k = 0; k < 2; k++) {
            memcpy(&x[k], bytes + i + 4 * k, 4);
            x[k] = m->is_big ? GUINT32_FROM_BE(x[k]) : GUINT32_FROM_LE(x[k]);
        }
        m->sums[0] += x[0] + m->sums[1];
        m->sums[1] += x[1] + m->sums[0];
    }
}

static maker
make_log(guint page, gboolean is_big, guint32 salt)
{
    maker m = {.bytes = g_byte_array_new(), .is_big = is_big, .page = page, .salt = salt};
    guint8 head[HEAD];
    const guint32 words[] = {0x377f0682u | (is_big ? 1 : 0), 3007000, page, 7, salt, ~salt};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        put_be(head + 4 * i, words[i]);
    sum(&m, head, 24);
    put_be(head + 24, m.sums[0]);
    put_be(head + 28, m.sums[1]);
    g_byte_array_append(m.bytes, head, HEAD);
    return m;
}

static void
add_frame(maker *m, guint32 number, guint32 ends)
{
    g_autofree guint8 *page = fixture_bytes(number * 1000 + ends, m->page);
    guint8 head[FRAME_HEAD];

    put_be(head, number);
    put_be(head + 4, ends);
    put_be(head + 8, m->salt);
    put_be(head + 12, ~m->salt);
    sum(m, head, 8);
    sum(m, page, m->page);
    put_be(head + 16, m->sums[0]);
    put_be(head + 20, m->sums[1]);
    g_byte_array_append(m->bytes, head, FRAME_HEAD);
    g_byte_array_append(m->bytes, page, m->page);
}

static void
add_change(maker *m, guint n_frames)
{
    for (guint i = 1; i <= n_frames; i++)
        add_frame(m, i + 1, i == n_frames ? 9 : 0);
}

static n2_wal
scan(const guint8 *bytes, gsize len)
{
    disk_mem *d = disk_mem_new();
    n2_wal found;

    disk_mem_put(d, LOG, bytes, len);
    assert_ok(n2_wal_scan(&d->disk, LOG, &found));
    g_assert_cmpuint(disk_mem_n_open(d), ==, 0);
    disk_mem_free(d);
    return found;
}

static n2_wal
scan_made(const maker *m)
{
    return scan(m->bytes->data, m->bytes->len);
}

static gsize
frame_at(const maker *m, guint n)
{
    return HEAD + n * (FRAME_HEAD + (gsize)m->page);
}

static void
test_none(void)
{
    disk_mem *d = disk_mem_new();
    guint8 zeros[9000] = {0};
    n2_wal found;

    assert_ok(n2_wal_scan(&d->disk, LOG, &found));
    g_assert_cmpint(found.state, ==, N2_WAL_NONE);
    disk_mem_free(d);
    g_assert_cmpint(scan(zeros, 0).state, ==, N2_WAL_NONE);
    g_assert_cmpint(scan(zeros, sizeof zeros).state, ==, N2_WAL_NONE);
    zeros[0] = zeros[20] = 1;
    g_assert_cmpint(scan(zeros, HEAD - 1).state, ==, N2_WAL_NONE); /* no room for a change */
    g_assert_cmpint(scan(zeros, HEAD).state, ==, N2_WAL_DAMAGED);
    zeros[0] = zeros[20] = 0;
    zeros[8999] = 1;
    g_assert_cmpint(scan(zeros, sizeof zeros).state, ==, N2_WAL_DAMAGED);
}

static void
test_whole(void)
{
    static const guint pages[] = {512, 4096, 65536};

    for (guint i = 0; i < 2 * G_N_ELEMENTS(pages); i++) {
        maker m = make_log(pages[i / 2], i % 2, SALT);
        n2_wal found = scan_made(&m);
        g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
        g_assert_cmpuint(found.good_bytes, ==, HEAD);
        add_change(&m, 3);
        add_change(&m, 1);
        gsize end = m.bytes->len;
        found = scan_made(&m);
        g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
        g_assert_cmpuint(found.n_changes, ==, 2);
        g_assert_cmpuint(found.good_bytes, ==, end);
        g_assert_false(found.has_rest);
        add_frame(&m, 5, 0); /* one that was not ended */
        found = scan_made(&m);
        g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
        g_assert_cmpuint(found.good_bytes, ==, end);
        g_assert_true(found.has_rest);
        g_assert_cmpuint(found.n_lost, ==, 0);
        g_byte_array_unref(m.bytes);
    }
}

/* A log begun anew over an older one, longer than it; its last change torn as well. */
static void
test_older_frames(void)
{
    maker old = make_log(512, FALSE, SALT), m = make_log(512, FALSE, SALT + 1);

    for (guint i = 0; i < 6; i++)
        add_change(&old, 2);
    add_change(&m, 3);
    gsize end = m.bytes->len;
    g_byte_array_append(m.bytes, old.bytes->data + end, (guint)(old.bytes->len - end));
    n2_wal found = scan_made(&m);
    g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
    g_assert_cmpuint(found.n_changes, ==, 1);
    g_assert_false(found.has_rest);
    m.bytes->data[frame_at(&m, 1) + 100] ^= 1;
    found = scan_made(&m);
    g_assert_cmpint(found.state, ==, N2_WAL_TORN);
    g_assert_cmpuint(found.n_lost, ==, 2); /* the wrong one, or the end */
    g_byte_array_unref(m.bytes);
    g_byte_array_unref(old.bytes);
}

/* Of the last change any 512 bytes came through or not, over what was there before. */
static void
test_torn(void)
{
    maker m = make_log(1024, FALSE, SALT), old = make_log(1024, FALSE, SALT - 1);
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);

    for (guint i = 0; i < 9; i++)
        add_change(&old, 1);
    add_change(&m, 2);
    add_change(&m, 1);
    gsize good = m.bytes->len;
    add_change(&m, 5);
    for (guint n = 0; n < 2000; n++) {
        g_autofree guint8 *log = g_memdup2(m.bytes->data, m.bytes->len);
        for (gsize at = good; at < m.bytes->len; at = (at | 511) + 1) {
            gsize to = MIN((at | 511) + 1, m.bytes->len);
            if (g_rand_boolean(rand) && n % 2)
                memset(log + at, 0, to - at);
            else if (g_rand_boolean(rand))
                memcpy(log + at, old.bytes->data + at, to - at);
        }
        n2_wal found = scan(log, m.bytes->len - (n % 3 ? 0 : n % 4000));
        g_assert_cmpint(found.state, !=, N2_WAL_DAMAGED);
        g_assert_cmpuint(found.n_changes, <=, 3);
        g_assert_cmpuint(found.good_bytes, ==, found.n_changes < 3 ? good : m.bytes->len);
        if (found.n_changes < 2)
            g_assert_cmpuint(n % 3, ==, 0); /* cut off */
    }
    g_byte_array_unref(m.bytes);
    g_byte_array_unref(old.bytes);
}

/* A change that failed for want of room left frames, its end without its page; a shorter one
 * came over it, and was torn. */
static void
test_rest_of_a_failed_change(void)
{
    maker m = make_log(512, FALSE, SALT);

    add_change(&m, 2);
    maker failed = m, torn = m;
    failed.bytes = g_byte_array_new();
    g_byte_array_append(failed.bytes, m.bytes->data, m.bytes->len);
    add_change(&failed, 6);
    failed.bytes->data[frame_at(&m, 7) + 300] ^= 1; /* the page of its end */
    add_change(&torn, 2);
    memcpy(failed.bytes->data, torn.bytes->data, torn.bytes->len);
    for (guint i = 0; i < 3; i++) {
        n2_wal found = scan_made(&failed);
        g_assert_cmpint(found.state, ==, N2_WAL_TORN);
        g_assert_cmpuint(found.n_changes, ==, i ? 1 : 2);
        failed.bytes->data[frame_at(&m, 2 + i) + 200] ^= 1;
    }
    g_byte_array_unref(failed.bytes);
    g_byte_array_unref(torn.bytes);
}

/* One bit, at each byte of a log of changes of one, two and three frames. */
static void
test_each_bit(void)
{
    static const guint sizes[CHANGES] = {3, 1, 2, 2};
    guint of[8], is_end[8], n_frames = 0;
    maker m = make_log(512, FALSE, SALT);

    for (guint i = 0; i < CHANGES; i++) {
        add_change(&m, sizes[i]);
        for (guint k = 0; k < sizes[i]; k++) {
            of[n_frames] = i;
            is_end[n_frames++] = k + 1 == sizes[i];
        }
    }
    for (gsize at = 0; at < m.bytes->len; at++) {
        gsize frame = at < HEAD ? 0 : (at - HEAD) / (FRAME_HEAD + m.page);
        gsize inside = at < HEAD ? FRAME_HEAD : (at - HEAD) % (FRAME_HEAD + m.page);
        m.bytes->data[at] ^= (guint8)(1 << at % 8);
        n2_wal found = scan_made(&m);
        m.bytes->data[at] ^= (guint8)(1 << at % 8);
        if (at < HEAD) {
            g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
            g_assert_cmpuint(found.good_bytes, ==, 0);
            continue;
        }
        g_assert_cmpuint(found.n_changes, ==, of[frame]);
        g_assert_cmpuint(found.n_lost, >=,
                         inside >= 4 && inside < 16 && is_end[frame] && of[frame] == CHANGES - 1
                             ? 0
                             : CHANGES - of[frame]);
        if (of[frame] < CHANGES - 2)
            g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
        else if (of[frame] == CHANGES - 1 && !is_end[frame] && inside >= 4 && inside < 8)
            g_assert_cmpint(found.state, !=, N2_WAL_WHOLE); /* an end where none was */
        else if (of[frame] == CHANGES - 1)
            g_assert_cmpint(found.state, !=, N2_WAL_DAMAGED); /* it may be a cut */
        else if (!is_end[frame] || inside < 4 || inside >= 16)
            g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
        else /* the mark of its end may be gone: then it looks like a part of the last */
            g_assert_cmpint(found.state, !=, N2_WAL_WHOLE);
    }
    g_byte_array_unref(m.bytes);
}

/* ---- a store's own log ---- */

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
    g_assert_false(object.is_public);
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

static void
test_too_many_copies(void)
{
    maker m = make_log(512, FALSE, SALT);
    disk_mem *d = disk_mem_new();
    char kept[N2_WAL_PATH_BYTES];
    n2_wal found;

    for (guint i = 0; i < 3; i++)
        add_change(&m, 1);
    m.bytes->data[100] ^= 1;
    for (guint i = 0; i <= N2_WAL_COPIES_MAX; i++) {
        disk_mem_put(d, LOG, m.bytes->data, m.bytes->len);
        assert_ok(n2_wal_scan(&d->disk, LOG, &found));
        g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
        n2_err err = n2_wal_cut(&d->disk, LOG, &found, kept);
        g_assert_cmpstr(n2_err_name(err), ==,
                        i < N2_WAL_COPIES_MAX ? "N2_OK" : "N2_ERR_EXISTS");
    }
    gsize len = 0;
    (void)disk_mem_bytes(d, LOG, &len);
    g_assert_cmpuint(len, ==, m.bytes->len); /* it was not cut */
    disk_mem_free(d);
    g_byte_array_unref(m.bytes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/wal/none", test_none);
    g_test_add_func("/store/wal/whole", test_whole);
    g_test_add_func("/store/wal/older-frames", test_older_frames);
    g_test_add_func("/store/wal/torn", test_torn);
    g_test_add_func("/store/wal/rest-of-a-failed-change", test_rest_of_a_failed_change);
    g_test_add_func("/store/wal/each-bit", test_each_bit);
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
    g_test_add_func("/store/wal/too-many-copies", test_too_many_copies);
    return g_test_run();
}
