/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * doubt.h - the newest changes may be gone, though they had been reported stored: what could
 *           still matter of them is kept, and no number of a head is given out twice.
 *
 * Layer:   store, private.
 * A power cut in a commit and later damage to the last commit look alike (wal.h), so the first
 * is taken for the second.  Until all is settled a small file beside the database says so,
 * whatever happens meanwhile.
 */
#pragma once

#include "base/disk.h"
#include "store/store.h"

/** Durably: @n_lost changes more may be gone. */
N2_MUST_USE n2_err n2_doubt_note(const n2_disk *disk, uint64_t n_lost);

/** What was noted and is not settled; 0 if nothing. */
N2_MUST_USE n2_err n2_doubt_read(const n2_disk *disk, uint64_t *n_lost);

/** Before stale work is dropped: what it held counts as read now, and is closed to others. */
N2_MUST_USE n2_err n2_doubt_keep_work(n2_store *store);

/** Moves files/NAME to files-in-doubt/NAME; the folders are synced by n2_doubt_settle(). */
N2_MUST_USE n2_err n2_doubt_keep_file(n2_store *store, const char *file);

/** The next own head's number is above all that may have been given out; then nothing is in
 *  doubt any more. */
N2_MUST_USE n2_err n2_doubt_settle(n2_store *store, uint64_t n_lost);
