/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fsck.h - is everything that the store says still true?
 *
 * Layer: store.
 */
#pragma once

#include "store/store.h"

typedef enum {
    N2_FSCK_DATABASE, /* the integrity check's own words, in `text` */
    N2_FSCK_DAMAGED,  /* bytes do not have their hash; the content is absent now */
    N2_FSCK_MISSING,  /* file gone or of another length; the content is absent now */
    N2_FSCK_EDGE,     /* a directory and its edges disagreed; mended */
    N2_FSCK_USED,     /* an owner's bytes were counted wrong; mended */
    N2_FSCK_ORPHAN    /* a file without a row; removed */
} n2_fsck_kind;

typedef struct {
    n2_fsck_kind kind;
    n2_ref ref;       /* DAMAGED, MISSING, EDGE */
    const char *text; /* file name or words; never NULL */
} n2_fsck_finding;

typedef struct {
    uint64_t n_contents, bytes; /* looked at */
    uint64_t n_parts;           /* in part: their synced groups were checked too */
    uint64_t n_findings;
} n2_fsck_report;

/** @finding is borrowed. */
typedef void (*n2_fsck_cb)(void *user, const n2_fsck_finding *finding);

/**
 * Checks the database, computes every root anew, compares edges with directories, counts
 * owners' bytes, removes orphans.  Takes as long as reading everything takes.
 *
 * @cb: (nullable).
 *
 * Returns: N2_OK (@report says what was found), N2_ERR_BUSY (a part or writer is open), or an
 *          error that stopped it.
 */
N2_MUST_USE n2_err n2_store_fsck(n2_store *store,
                                 n2_fsck_report *report,
                                 n2_fsck_cb cb,
                                 void *user);
