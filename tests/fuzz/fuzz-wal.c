/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-wal.c - the log of newest changes: SQLite finds as many in it as the look through it
 * before; of what a power cut tears in one change nothing is refused; a log that was cut is
 *              whole; and what is called damaged was a log.
 *
 * The first byte: bit 0: what follows is the log as it is.  Else records of one byte, each a
 * frame: bit 0: it ends a change; bit 1: the salt of an older log; bit 2: its sum is wrong; bit
 * 3: so is what it says of the one before; up to 4 bytes of its page's number follow from the
 * rest.
 */
#include <sqlite3.h>
#include <stdio.h>

#include "base/reader.h"
#include "base/writer.h"
#include "disk-mem.h"
#include "fuzz.h"
#include "store/wal.h"

enum {
    PAGE = 512,
    HEAD = 32,
    FRAME = 24 + PAGE,
    FRAMES_MAX = 200,
    SALT = 0x1234
};

#define LOG "store.db-wal"

typedef struct {
    uint32_t a, b;
} sums;

static sums
add(sums s, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);

    while (n2_reader_left(&r)) {
        s.a += n2_read_u32(&r) + s.b;
        s.b += n2_read_u32(&r) + s.a;
    }
    return s;
}

static void
put(uint8_t *at, uint32_t value)
{
    for (int i = 3; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
}

static size_t
make_frame(uint8_t *at, uint8_t what, uint32_t page, sums *last)
{
    memset(at, 0, FRAME);
    put(at, page);
    put(at + 4, what & 1 ? 3 : 0);
    put(at + 8, what & 2 ? SALT - 1 : SALT);
    put(at + 12, SALT);
    at[24 + page % PAGE] = what;
    sums s = add(what & 8 ? (sums){1, 1} : *last, at, 8);
    s = add(s, at + 24, PAGE);
    put(at + 16, s.a ^ (what & 4));
    put(at + 20, s.b);
    *last = (sums){s.a ^ (what & 4), s.b};
    return FRAME;
}

/* Returns its length; @torn: of one change at most something is wrong, and nothing before it.
 */
static size_t
make_log(uint8_t *log, n2_reader *r, bool *torn)
{
    size_t len = HEAD;
    bool is_wrong = false, is_over = false;

    memset(log, 0, HEAD);
    put(log, 0x377f0683);
    put(log + 4, 3007000);
    put(log + 8, PAGE);
    put(log + 16, SALT);
    put(log + 20, SALT);
    sums last = add((sums){0}, log, 24);
    put(log + 24, last.a);
    put(log + 28, last.b);
    *torn = true;
    for (int n = 0; n < FRAMES_MAX && n2_reader_left(r); n++) {
        uint8_t what = n2_read_u8(r);

        is_wrong = is_wrong || (what & 14);
        if (is_over && !(what & 2))
            *torn = false; /* there is more behind the change that is wrong */
        is_over = is_over || (is_wrong && (what & 1));
        len += make_frame(log + len, what, 1u + what / 16u, &last);
    }
    return len;
}

/* Frames that SQLite takes. */
static int64_t
sqlite_takes(disk_mem *d)
{
    sqlite3 *db = NULL;
    int n_frames = -1, n_done = 0;

    check(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, disk_mem_vfs_name(d)) ==
          SQLITE_OK);
    (void)sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; SELECT * FROM sqlite_schema", NULL,
                       NULL, NULL);
    if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_frames, &n_done) !=
        SQLITE_OK)
        n_frames = -1; /* what it takes is no database */
    (void)sqlite3_close(db);
    return n_frames;
}

static disk_mem *
make_world(void)
{
    disk_mem *d = disk_mem_new();
    sqlite3 *db = NULL;

    check(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                          disk_mem_vfs_name(d)) == SQLITE_OK);
    check(sqlite3_exec(db,
                       "PRAGMA page_size=512; PRAGMA locking_mode=EXCLUSIVE;"
                       "PRAGMA journal_mode=WAL; CREATE TABLE t(a)",
                       NULL, NULL, NULL) == SQLITE_OK);
    (void)sqlite3_close(db);
    return d;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static disk_mem *world;
    static uint8_t log[HEAD + FRAMES_MAX * FRAME];
    n2_reader r = n2_reader_init(data, size);
    char kept[N2_WAL_PATH_BYTES];
    bool torn = false;
    n2_wal found, again;

    if (!world)
        world = make_world();
    disk_mem *d = disk_mem_copy(world);

    if (n2_read_u8(&r) & 1) {
        size_t len = n2_reader_left(&r);
        disk_mem_put(d, LOG, n2_read_bytes(&r, len), len);
    } else {
        disk_mem_put(d, LOG, log, make_log(log, &r, &torn));
    }
    check(!n2_wal_scan(&d->disk, LOG, &found));
    size_t len = 0;
    (void)disk_mem_bytes(d, LOG, &len);
    check(found.good_bytes <= len && (found.good_bytes >= HEAD || !found.n_changes));
    check(!found.n_lost == (found.state < N2_WAL_TORN));
    check(found.n_lost <= len / 512 + 1);
    check(!torn || found.state != N2_WAL_DAMAGED);
    if (found.state == N2_WAL_DAMAGED) {
        check(!n2_wal_cut(&d->disk, LOG, &found, kept));
        check(!n2_wal_scan(&d->disk, LOG, &again));
        check(again.state <= N2_WAL_WHOLE && again.n_changes == found.n_changes);
    }
    if (torn) {
        int64_t n = sqlite_takes(d);
        check(n < 0 || (uint64_t)n == (found.good_bytes - HEAD) / FRAME);
    }
    disk_mem_free(d);
    return 0;
}
