/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store.h - everything this profile keeps: contents by hash, who holds on to them, and (in
 *           write.h, part.h, book.h, fsck.h) how they come in, what is known about people, and
 *           whether it is all still right.
 *
 * Layer:     store (may include: base, wire, crypto).
 * Source:    data.md, section 7.
 * Threads:   one: the control plane's.  Calls block until the disk has answered.
 * Invariant: the row is the only truth.  Bytes lie in the database (one leaf) or in a file with
 *            a random name that is never used again; a content is visible only when it is
 * whole, synced and committed.  What was reported stored is there after any crash. Broken: when
 * the database cannot sync, nothing it says later can be believed: every call returns N2_ERR_IO
 * from then on, and the process must end and start again. Errors:    besides those named, every
 * call may return N2_ERR_IO, N2_ERR_NOSPACE (disk full), N2_ERR_NOMEM, N2_ERR_CORRUPT (the
 * database itself is damaged).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/env.h"
#include "crypto/context.h"
#include "crypto/hash.h"
#include "wire/box.h"

typedef struct n2_store n2_store;

typedef struct {
    const n2_disk *disk;       /* the store's folder; made and outlived by the caller */
    const n2_env *env;         /* random file names */
    n2_crypto *crypto;         /* this thread's */
    const n2_unicode *unicode; /* (nullable) */
    bool in_memory;            /* database in memory (tests, simulation); files still on disk */
    uint64_t cache_bytes; /* of what was only read, the oldest goes above this; 0: all stays */
} n2_store_config;

/**
 * Opens, or makes, the store: "store.db" and the folder "files".  Takes away what a crash left:
 * files without a row, owners of work that no longer goes on.  Where the newest
 * changes may be gone, those are kept instead.
 *
 * @out:    (out) (transfer full).
 * @config: copied; what it points to must outlive the store.
 *
 * Returns: N2_OK
 *          N2_ERR_BUSY     another process has it open
 *          N2_ERR_VERSION  made by a newer program; nothing was touched
 *          N2_ERR_CORRUPT  it is no database of ours, or the log of its newest changes is
 *                          damaged (n2_wal_scan()); nothing was touched
 *          N2_ERR_EXISTS   contents lie there without a database, for the second time (the
 *                          first time they are moved to "files-set-aside")
 */
N2_MUST_USE n2_err n2_store_open(n2_store **out, const n2_store_config *config);

/** What the opening found out of the ordinary. */
typedef struct {
    uint64_t n_changes; /* newest ones that may be gone: a power cut, or damage; 0: none */
    uint64_t n_files;   /* without an entry, set aside in the folder "files-in-doubt" */
} n2_store_doubt;
n2_store_doubt n2_store_doubts(const n2_store *store);

/** @store: (transfer full) (nullable).  Batches, writers, parts and views must be gone. */
void n2_store_close(n2_store *store);

/** True once the database's own sync has failed: end the process. */
bool n2_store_is_broken(const n2_store *store);

/** Tells the store the time (us since 1970) for "last used"; call it now and then. */
void n2_store_set_wall(n2_store *store, int64_t wall_us);

/* Contents. */

typedef enum {
    N2_OBJECT_ABSENT, /* not here */
    N2_OBJECT_PART,   /* some stretches are here */
    N2_OBJECT_WHOLE
} n2_object_state;

enum {
    N2_REALM_PUBLIC = 0,
    N2_REALM_OWN = -1 /* open to nobody else; others are rows of lists (kind 19) */
};

typedef struct {
    n2_object_state state;
    n2_ref ref;
    bool is_open; /* a reference or an edge leads to it that is open to who asks */
    bool is_directory;
} n2_object;

/** Who asks, as was proven; nothing is proven of a stranger. */
typedef struct {
    const n2_id *who;      /* (nullable) */
    const n2_key *account; /* (nullable) */
} n2_store_asker;

/**
 * Looks a content up by its hash.
 *
 * @out: (out): zeroed but for @ref.id if nothing is known.
 *
 * Returns: N2_OK (also for N2_OBJECT_ABSENT).
 */
N2_MUST_USE n2_err n2_store_find(n2_store *store, const n2_id *hash, n2_object *out);

/** The same for somebody else: what is not here and what is not open to @asker (nullable: a
 *  stranger) take the same look-ups. */
N2_MUST_USE n2_err n2_store_find_for(n2_store *store,
                                     const n2_id *hash,
                                     const n2_store_asker *asker,
                                     n2_object *out);

/**
 * Is @list, which is whole here, a list of who may read, with all its groups?
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (a group is not here), N2_ERR_FORMAT or what
 *          n2_access_check() says (one is no list), N2_ERR_LIMIT (deeper than
 *          N2_ACCESS_DEPTH_MAX, or more than N2_ACCESS_GROUPS_MAX or N2_ACCESS_MEMBERS_MAX).
 */
N2_MUST_USE n2_err n2_store_check_list(n2_store *store, const n2_id *list);

/** Are there restricted folders in what is published here? */
N2_MUST_USE n2_err n2_store_has_closed(n2_store *store, bool *out);

/** A whole content in memory: a file's pages, or a copy. */
typedef struct {
    const uint8_t *bytes; /* never NULL, also if !len */
    size_t len;
    bool is_mapped;
} n2_view;

/**
 * Opens a whole content for reading.  The bytes stay valid until n2_store_unmap(), whatever
 * happens to the object meanwhile.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (absent or in part), N2_ERR_CORRUPT (the bytes are
 *          not as long as their row says; the object is absent from now on).
 */
N2_MUST_USE n2_err n2_store_map(n2_store *store, const n2_id *hash, n2_view *out);

/** Bytes [@offset, @offset + @len) of it are about to be read by another thread. */
void n2_store_load(n2_store *store, const n2_view *view, size_t offset, size_t len);
void n2_store_unmap(n2_store *store, n2_view *view); /* zeroes it; harmless on a zeroed one */

/**
 * Group nodes (tree.h) of a content of more than one group.
 *
 * @nodes: (out) (transfer full): free(); *@n hashes.  NULL and 0 for smaller contents.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND.
 */
N2_MUST_USE n2_err n2_store_nodes(n2_store *store,
                                  const n2_id *hash,
                                  uint8_t (**nodes)[N2_HASH_BYTES],
                                  size_t *n);

/* Who holds on to what.  A content without any reference or edge is garbage. */

typedef enum {
    N2_OWNER_TREE = 1,  /* an identity's published trees: slot = branch */
    N2_OWNER_PIN = 2,   /* the user wants it kept: slot = h1-... */
    N2_OWNER_CACHE = 3, /* was read: slot = h1-...; first to go */
    N2_OWNER_WORK = 4   /* a publish or fetch under way; gone after a restart */
} n2_owner_kind;

/**
 * The owner @name (any text: an identity's address, "pins", "cache") of @kind, made if needed.
 * @quota_bytes: 0 = no limit; set anew each time.
 */
N2_MUST_USE n2_err n2_store_owner(n2_store *store,
                                  n2_owner_kind kind,
                                  const char *name,
                                  uint64_t quota_bytes,
                                  int64_t *owner);

/** Bytes of everything below @owner's references, each content once and in full, whoever else
 *  has it. */
N2_MUST_USE n2_err n2_store_used(n2_store *store, int64_t owner, uint64_t *bytes);

/**
 * Makes @slot of @owner lead to @ref (and let go of what it led to), durably.
 *
 * @realm: N2_REALM_*, or the row of a list.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (not whole here), N2_ERR_LIMIT (the owner's quota).
 */
N2_MUST_USE n2_err n2_store_ref_set(
    n2_store *store, int64_t owner, const char *slot, const n2_id *hash, int64_t realm);
/** Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_store_ref_drop(n2_store *store, int64_t owner, const char *slot);
/** Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_store_ref_get(n2_store *store,
                                    int64_t owner,
                                    const char *slot,
                                    n2_ref *out);

/** @next: false to stop. */
typedef bool (*n2_store_ref_cb)(void *user, const char *slot, const n2_ref *ref);
N2_MUST_USE n2_err n2_store_refs(n2_store *store,
                                 int64_t owner,
                                 n2_store_ref_cb cb,
                                 void *user);

/** Something that keeps a content. */
typedef struct {
    n2_owner_kind kind;
    const char *owner; /* its name */
    const char *slot;
    n2_ref ref; /* where the slot leads to: the content, or a folder above it */
} n2_store_hold;

/** @next: false to stop. */
typedef bool (*n2_store_hold_cb)(void *user, const n2_store_hold *hold);

/** Why is @hash here: every reference to it and to what leads to it, by owner.  None: nothing
 *  keeps it, or it is not known. */
N2_MUST_USE n2_err n2_store_why(n2_store *store,
                                const n2_id *hash,
                                n2_store_hold_cb cb,
                                void *user);

typedef struct {
    n2_owner_kind kind;
    const char *name;
    uint64_t quota_bytes; /* 0: no limit */
    uint64_t used_bytes;  /* as n2_store_used() */
} n2_store_share;

/** @next: false to stop. */
typedef bool (*n2_store_share_cb)(void *user, const n2_store_share *share);

/** Every owner, by kind and name, with what it keeps; at most N2_STORE_OWNERS_SHOWN. */
N2_MUST_USE n2_err n2_store_owners(n2_store *store, n2_store_share_cb cb, void *user);

/**
 * Collects some doomed contents: checks each again, deletes the rows, commits, then unlinks.
 * *@n_left are still doomed.
 */
N2_MUST_USE n2_err n2_store_collect(n2_store *store, size_t *n_left);

/**
 * One small step (some ms) of keeping the store tidy: of what was only read, the contents used
 * longest ago go while they are above cache_bytes; then what nobody holds; then what is
 * published or pinned comes into, and what no longer is goes from, what can be found.
 *
 * @more: (out): call it again soon.
 */
N2_MUST_USE n2_err n2_store_tend(n2_store *store, bool *more);
/** Is there something for n2_store_tend()? */
bool n2_store_is_untidy(const n2_store *store);

/** Before something is written: N2_ERR_NOSPACE if the disk has not got room for so many bytes
 *  and for what the database may need besides. */
N2_MUST_USE n2_err n2_store_room(n2_store *store, uint64_t bytes);

typedef struct {
    uint64_t n_objects, n_whole, bytes; /* rows; bytes of whole ones */
    uint64_t n_pending;                 /* finished, waiting for n2_store_flush() */
    uint64_t n_doomed;
    uint64_t free_bytes;             /* the disk says */
    uint64_t cache_bytes, cache_max; /* what was only read; 0: no limit */
    uint64_t n_evicted, n_no_room; /* contents that went for others; times the disk was full */
} n2_store_counts;
N2_MUST_USE n2_err n2_store_count(n2_store *store, n2_store_counts *out);
