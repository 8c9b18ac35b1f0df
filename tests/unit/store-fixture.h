/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store-fixture.h - a store over a disk in memory, and contents to put into it.
 */
#pragma once

#include <glib.h>

#include "disk-mem.h"
#include "store/book.h"
#include "store/fsck.h"
#include "store/part.h"

typedef struct {
    disk_mem *disk;
    gboolean lasts; /* the database lies on the disk, too */
    n2_crypto crypto;
    n2_env env;
    guint64 seed;
    n2_store *store;
    guint64 cache_bytes; /* for the next fixture_open() */
    guint progress;      /* for the test's own use */
} fixture;

/** @lasts: the database lies on the disk, too, so the store can be opened again. */
void fixture_init(fixture *f, gboolean lasts);
/** @disk: (transfer full): a store may lie on it.  @opens: opens that store. */
void fixture_init_on(fixture *f, disk_mem *disk, gboolean opens);
void fixture_clear(fixture *f);
n2_err fixture_open(fixture *f);
/** Closes and opens the store; @power_cut: without a word, and files lose what was not synced.
 */
void fixture_reopen(fixture *f, gboolean power_cut);
/** The store ends as by SIGKILL: nothing more reaches the disk.  Then disk_mem_kill() or
 * _cut(). */
void fixture_kill(fixture *f);
/** Makes a database of this version one of version 4: what came with 5 goes. */
#define STORE_TO_VERSION_4                                                                     \
    "DROP TABLE entry_words; DROP TABLE fact_words; DROP TABLE page_words;"                    \
    "DROP TABLE zone; DROP TABLE zone_name; DROP TABLE zone_head; DROP TABLE zone_seen;"       \
    "DROP TABLE shelf; DROP TABLE entry; DROP TABLE fact; DROP TABLE page;"                    \
    "DROP TABLE version; PRAGMA user_version=4;"
/** And these one of version 3 and 2. */
#define STORE_TO_VERSION_3                                                                     \
    STORE_TO_VERSION_4 "DROP TABLE login; DROP TABLE moved; PRAGMA user_version=3;"
#define STORE_TO_VERSION_2                                                                     \
    STORE_TO_VERSION_3                                                                         \
    "DROP TABLE member; DROP INDEX edge_child; DROP INDEX ref_object;"                         \
    "CREATE INDEX edge_child ON edge(child); CREATE INDEX ref_object ON ref(object);"          \
    "DROP TABLE contact; DROP TABLE seen; DROP TABLE vouch;"                                   \
    "PRAGMA user_version=2;"

/** Runs a statement on the database while the store is closed. */
void fixture_sql(fixture *f, const char *sql);

#define assert_ok(call) g_assert_cmpstr(n2_err_name(call), ==, "N2_OK")
#define assert_err(call, want) g_assert_cmpstr(n2_err_name(call), ==, #want)

/** (transfer full): @len bytes that depend on @seed only. */
guint8 *fixture_bytes(guint64 seed, gsize len);

/** Whether the store has exactly these bytes under @ref. */
void fixture_assert_whole(fixture *f, const n2_ref *ref, const guint8 *bytes, gsize len);
n2_object_state fixture_state(fixture *f, const n2_ref *ref);
void fixture_collect_all(fixture *f);
/** Runs fsck; returns the number of findings. */
guint64 fixture_fsck(fixture *f);
/** The same without files that no row names: where an unlink failed, they may be there. */
guint64 fixture_fsck_but_orphans(fixture *f);

/** Publishes "a/one", "a/two" (big), "b" as @slot of @owner; @seed makes the bytes differ. */
n2_err fixture_publish(fixture *f, guint64 seed, gint64 owner, const char *slot, n2_ref *root);
enum {
    FIXTURE_BIG_BYTES = 3 * 1024 * 1024 + 17
};
