/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fsck.h - is everything that the store says still true?
 *
 * Layer: store.
 * Checks: the database itself; rows that lead nowhere; the root of each content computed anew,
 *         and its group nodes; each synced group of a part; edges and attributes against their
 *         directory; heads, those of versions too: form and signature, and of what counts of
 *         our own the tree that it leads to; what owners are said to use; who may read what of
 *         the own trees; files without a row.
 * Damage: contents are set aside: absent, so that they are fetched anew when asked for.  A
 *         disk that cannot be read is an error, and no damage.
 */
#pragma once

#include "store/store.h"

typedef enum {
    N2_FSCK_DATABASE, /* the integrity check's own words, in `text` */
    N2_FSCK_ROW,      /* rows that led nowhere; mended; `text` says which and how many */
    N2_FSCK_DAMAGED,  /* bytes do not have their hash; the content is absent now */
    N2_FSCK_MISSING,  /* file gone or of another length; the content is absent now */
    N2_FSCK_NODES,    /* group nodes disagreed with the bytes; mended */
    N2_FSCK_EDGE,     /* a directory and its edges or attributes disagreed; mended */
    N2_FSCK_HEAD,     /* a head is no signed head, or our own leads to no tree; set aside */
    N2_FSCK_USED,     /* an owner's bytes were counted wrong; mended */
    N2_FSCK_REALM,    /* who may read what was written wrong; mended; `text` says how many */
    N2_FSCK_ORPHAN    /* a file without a row; removed */
} n2_fsck_kind;

/** "database", "row", ... (static). */
const char *n2_fsck_word(n2_fsck_kind kind);

typedef struct {
    n2_fsck_kind kind;
    n2_ref ref;       /* DAMAGED, MISSING, NODES, EDGE: the content; HEAD: ref.id is whose */
    const char *text; /* file name or words; never NULL */
} n2_fsck_finding;

typedef struct {
    uint64_t n_contents, bytes; /* looked at */
    uint64_t n_parts;           /* in part: their synced groups were checked too */
    uint64_t n_heads;
    uint64_t n_findings;
} n2_fsck_report;

/** @finding is borrowed. */
typedef void (*n2_fsck_cb)(void *user, const n2_fsck_finding *finding);

typedef struct n2_fsck n2_fsck;

/**
 * Begins a check that goes on in small steps while the store is used.  Only the database's own
 * check is one long step.
 *
 * @cb: (nullable).
 */
N2_MUST_USE n2_err n2_fsck_new(n2_fsck **out, n2_store *store, n2_fsck_cb cb, void *user);

/** @check: (transfer full) (nullable); before its store closes. */
void n2_fsck_free(n2_fsck *check);

/** Goes on; *@more: it has not come to its end.  Returns: N2_OK, or an error that stops it. */
N2_MUST_USE n2_err n2_fsck_step(n2_fsck *check, bool *more);

/** What was looked at so far (transfer none). */
const n2_fsck_report *n2_fsck_result(const n2_fsck *check);

/** All of it at once; takes as long as reading everything takes. */
N2_MUST_USE n2_err n2_store_fsck(n2_store *store,
                                 n2_fsck_report *report,
                                 n2_fsck_cb cb,
                                 void *user);
