/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wal.h - the database's log of newest changes (SQLite's WAL), looked through before SQLite
 * does.
 *
 * Layer:  store.  The host asks, too, for words when a store does not open, and to cut.
 * Why:    SQLite takes a log up to its first wrong byte, and is silent about what follows. That
 *         is right for what a power cut left of one change, and wrong for a log that was
 * damaged later: changes that were reported stored would be gone without a word. How:    a
 * change is written after the one before it was synced.  So behind the first wrong frame a
 * power cut leaves at most the rest of one change, with one mark of its end; a second end
 * there, whose sums are right, shows that the first change had been synced. Frames that carry
 * another salt than the head are of an older log, and do not count. When the last change of all
 * is damaged nobody can tell it from one that was never synced: then nothing is refused, and
 * nothing thrown away either (doubt.h).
 */
#pragma once

#include "base/disk.h"

#define N2_STORE_LOG "store.db-wal"

enum {
    N2_WAL_PATH_BYTES = 48,
    N2_WAL_COPIES_MAX = 99 /* logs that were set aside */
};

typedef enum {
    N2_WAL_NONE,   /* no log, or an empty one */
    N2_WAL_WHOLE,  /* each change in it is whole, but for one that was not ended */
    N2_WAL_TORN,   /* the last one is not: never synced, or damaged since */
    N2_WAL_DAMAGED /* changes that had been synced are damaged */
} n2_wal_state;

typedef struct {
    n2_wal_state state;
    uint64_t n_changes;  /* whole ones, from the beginning */
    uint64_t good_bytes; /* where they end */
    uint64_t n_lost;     /* changes behind that, at most; 0 unless TORN or DAMAGED */
    bool has_rest;       /* something of this log lies behind that */
} n2_wal;

/**
 * Looks through the log @path, and changes nothing.
 *
 * Returns: N2_OK, also if there is none; N2_ERR_NOMEM, or what the disk says.
 */
N2_MUST_USE n2_err n2_wal_scan(const n2_disk *disk, const char *path, n2_wal *out);

/**
 * Sets a damaged log aside whole, and ends the one in use where it is still right, durably.
 *
 * @found: as n2_wal_scan() found it.
 * @kept: (out): path of the copy.
 *
 * Returns: N2_OK, N2_ERR_EXISTS (too many copies lie there), or what the disk says.
 */
N2_MUST_USE n2_err n2_wal_cut(const n2_disk *disk,
                              const char *path,
                              const n2_wal *found,
                              char kept[static N2_WAL_PATH_BYTES]);
