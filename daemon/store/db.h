/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * db.h - the store's inside: one database connection, its queries, what is pending.
 *
 * Layer: store, private to its files.
 */
#pragma once

#include <sqlite3.h>

#include "crypto/access.h"
#include "crypto/head.h"
#include "store/sql.h"
#include "store/wal.h"
#include "store/write.h"

enum {
    N2_STORE_VERSION = 5,
    N2_STORE_APPLICATION = 0x6e326f73,
    N2_STORE_FILE_BYTES = 32,  /* "files/", 16 hex digits, NUL */
    N2_STORE_LOG_PAGES = 1000, /* of 4 KiB, before they go into the database */
    N2_STORE_LOG_STEP_BYTES = 256 * 1024
};

#define N2_STORE_FOLDER "files"
#define N2_STORE_ASIDE "files-set-aside" /* contents that were there without a database */
#define N2_STORE_DOUBTFUL                                                                      \
    "files-in-doubt" /* and without a row, when newest changes may be gone */
#define N2_STORE_DATABASE "store.db"

/** One thing that the next flush makes durable. */
typedef struct n2_pending {
    struct n2_pending *next;
    enum {
        N2_PENDING_CONTENT, /* all below */
        N2_PENDING_HOLD,    /* batch, object: the batch holds it, too */
        N2_PENDING_TOUCH    /* object: used now */
    } kind;
    n2_batch *batch; /* whose work it is; NULL for TOUCH */
    int64_t object;
    n2_ref ref;
    bool is_directory;
    uint8_t *bytes;     /* owned: the content, if it lies in the database */
    uint8_t *directory; /* owned: the content again, if a directory lies in a file */
    char file[N2_STORE_FILE_BYTES]; /* "" if none */
    n2_file fd;                     /* open until synced, -1 */
    uint8_t *nodes;                 /* owned: group nodes */
    size_t nodes_len;               /* in bytes */
    bool was_part;                  /* the row of a part names this very file */
} n2_pending;

struct n2_batch {
    n2_store *store;
    n2_batch *next;     /* in store->batches */
    int64_t owner;      /* 0 until the first flush */
    bool is_owner_kept; /* its row is committed */
    int64_t realm;      /* of its references, */
    int64_t edge_realm; /* and of what its directories lead to */
    n2_err err;         /* sticky: what was pending for it is lost */
    bool is_mapped;     /* somebody may look at the files of its parts while they come */
};

struct n2_part;

struct n2_store {
    n2_store_config config;
    sqlite3 *db;
    sqlite3_stmt *statements[N2_SQL_COUNT];
    bool is_broken;
    bool has_rest; /* the log may hold what a failed change left, its end among it */
    n2_store_doubt doubt;
    int64_t wall_us;
    uint64_t n_works; /* makes names of work owners */
    int64_t parts;    /* owner that holds parts over restarts */
    int64_t cache;    /* and the one of what was read */
    bool is_untidy;   /* see n2_store_tend() */
    struct {
        bool is_stale;    /* what is published or pinned may have changed */
        bool has_work;    /* there is something to be taken in or out */
        uint64_t changes; /* of what can be found */
    } index;
    uint64_t n_evicted, n_no_room;
    n2_batch *batches;
    struct n2_part *open_parts;
    size_t n_writers; /* with a file that no row names yet */
    n2_pending *pending;
    n2_pending **pending_end;
    size_t n_pending, n_pending_files, pending_bytes;
};

/** A cached statement in use.  Errors stick; n2_query_end() tells. */
typedef struct {
    n2_store *store;
    sqlite3_stmt *stmt;
    n2_err err;
    int n_bound;
} n2_query;

n2_query n2_query_init(n2_store *store, n2_sql sql);
void n2_query_int(n2_query *q, int64_t value);
void n2_query_text(n2_query *q, const char *text);               /* NULL binds NULL */
void n2_query_text_n(n2_query *q, const char *text, size_t len); /* not NUL-terminated */
void n2_query_blob(n2_query *q, const void *bytes, size_t len);  /* never NULL in the row */
void n2_query_id(n2_query *q, const n2_id *id);                  /* 33 bytes */
bool n2_query_row(n2_query *q);                                  /* false at end or error */
N2_MUST_USE n2_err n2_query_end(n2_query *q);
N2_MUST_USE n2_err n2_query_run(n2_query *q);     /* row until none, then end */
N2_MUST_USE n2_err n2_query_changed(n2_query *q); /* run; NOTFOUND if it changed nothing */

int64_t n2_column_int(n2_query *q, int column);
/** False unless the column is a blob of an id or of @len bytes. */
bool n2_column_id(n2_query *q, int column, n2_id *out);
bool n2_column_copy(n2_query *q, int column, void *out, size_t len);
/** (transfer full) (nullable): a copy with a NUL behind it; q->err is set if out of memory. */
uint8_t *n2_column_dup(n2_query *q, int column, size_t *len);

/** @is_new: (out): there was none. */
N2_MUST_USE n2_err n2_db_open(n2_store *store, bool *is_new);
void n2_db_close(n2_store *store);
N2_MUST_USE n2_err n2_db_error(n2_store *store, int code);
bool n2_db_is_lost_sync(int code);

/** @run in one transaction: committed if it returns N2_OK, else undone. */
typedef n2_err (*n2_transaction)(n2_store *store, void *data);
N2_MUST_USE n2_err n2_db_transact(n2_store *store, n2_transaction run, void *data);

/* Rows of one object. */
typedef struct {
    int64_t id; /* 0: no row */
    uint64_t size;
    n2_object_state state;
    bool is_directory;
    int64_t used_hour;
    char file[N2_STORE_FILE_BYTES];
} n2_row;
N2_MUST_USE n2_err n2_row_find(n2_store *store, const n2_id *hash, n2_row *out);
N2_MUST_USE n2_err n2_row_new(n2_store *store,
                              const n2_ref *ref,
                              const char *file,
                              n2_object_state state,
                              bool is_directory,
                              int64_t *id);
/** Edges and attribute rows of a checked directory whose row is @parent; lists of who may read
 *  are held, too. */
N2_MUST_USE n2_err
n2_row_link(n2_store *store, int64_t parent, int64_t realm, const uint8_t *bytes, size_t len);
/** The bytes are not there any more: absent, and no file, piece, tree.  In a transaction. */
N2_MUST_USE n2_err n2_row_lose(n2_store *store, int64_t id);
/** The same, in a transaction of its own.  Returns: N2_ERR_CORRUPT, unless that fails. */
N2_MUST_USE n2_err n2_row_lose_whole(n2_store *store, const n2_row *row);
int64_t n2_store_hour(const n2_store *store);
/** See n2_store_map(); @is_use: it counts as used now. */
N2_MUST_USE n2_err n2_view_open(n2_store *store, const n2_id *hash, bool is_use, n2_view *out);

/** Sets a reference inside a transaction, with the owner's quota; see n2_store_ref_set(). */
N2_MUST_USE n2_err n2_ref_set_inside(
    n2_store *store, int64_t owner, const char *slot, const n2_id *hash, int64_t realm);
N2_MUST_USE n2_err n2_ref_drop_inside(n2_store *store,
                                      int64_t owner,
                                      const char *slot,
                                      bool must_exist);
/** @parent leads to @ref, as far as holding it goes; its row is made if needed.  *@child: it.
 */
N2_MUST_USE n2_err n2_row_hold(
    n2_store *store, int64_t parent, const n2_ref *ref, bool is_directory, int64_t *child);
/** Is there an attribute "access" anywhere in the store? */
N2_MUST_USE n2_err n2_realms_are_needed(n2_store *store, bool *out);
/** See realm.c.  In a transaction. @n: (out): rows that were not as they should be. */
N2_MUST_USE n2_err n2_realms_inside(n2_store *store, uint64_t *n);

/** What @member is now: of an account that moved its key (account.c), else itself. */
N2_MUST_USE n2_err n2_member_now(n2_store *store, const n2_member *member, n2_member *now);
/** Puts an object on the list of those that the collector looks at.  In a transaction. */
N2_MUST_USE n2_err n2_doom(n2_store *store, int64_t object);
/** Lets an owner go with all its references.  Inside a transaction. */
N2_MUST_USE n2_err n2_owner_drop_inside(n2_store *store, int64_t owner);
/** What an owner of kind CACHE holds directly, in bytes. */
N2_MUST_USE n2_err n2_owner_counted(n2_store *store, int64_t owner, uint64_t *bytes);
/** True if a part of this content is open. */
bool n2_part_is_open(const n2_store *store, int64_t object);

/** Files that go once the transaction is committed. */
typedef struct {
    char (*names)[N2_STORE_FILE_BYTES]; /* owned: room for all that one step may leave */
    size_t n;
} n2_leftovers;
void n2_leave(n2_leftovers *left, const char *name);
/** One step of each, in a transaction; *@more: there is more of it. */
N2_MUST_USE n2_err n2_collect_inside(n2_store *store, n2_leftovers *left, size_t *n_left);
N2_MUST_USE n2_err n2_evict_inside(n2_store *store, n2_leftovers *left, bool *more);

/** See n2_store_head_put().  Inside a transaction. */
N2_MUST_USE n2_err n2_head_put_inside(n2_store *store,
                                      const void *statement,
                                      size_t len,
                                      bool is_own,
                                      bool must_be_new,
                                      int *news);

/* What can be searched (index.c). */
/** What is published or pinned may have changed; the next steps of n2_store_tend() look. */
void n2_index_touch(n2_store *store);
/** One step, in a transaction of its own; *@more: there is more to do. */
N2_MUST_USE n2_err n2_index_step(n2_store *store, bool *more);
/** A content that is whole now was awaited, perhaps.  In a transaction. */
N2_MUST_USE n2_err n2_index_here(n2_store *store, int64_t object, bool is_directory);
/** For fsck: *@is_wrong if it does not fit together; then it is empty and will be made anew. In
 *  a transaction. */
N2_MUST_USE n2_err n2_index_check(n2_store *store, bool *is_wrong);

/** Reads a head as it was received.  Returns: N2_OK, N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_head_of_statement(const n2_store *store,
                                        const void *statement,
                                        size_t len,
                                        n2_head *out);

/** Keeps a head among those of its tree. */
N2_MUST_USE n2_err n2_version_keep_inside(
    n2_store *store, const n2_head *head, const void *statement, size_t len, bool *is_new);

/* Files of contents. */
N2_MUST_USE n2_err n2_file_new(n2_store *store,
                               char name[static N2_STORE_FILE_BYTES],
                               n2_file *fd);
void n2_file_close(n2_store *store, n2_file *fd); /* sets -1 */
void n2_file_unlink(n2_store *store, const char *name);

/** Unlinks every file without a row, @cb (nullable) before each. */
typedef void (*n2_orphan_cb)(void *user, const char *file);
N2_MUST_USE n2_err n2_store_orphans(n2_store *store, n2_orphan_cb cb, void *user);

/* Pending things. */
n2_pending *n2_pending_new(n2_batch *batch); /* (nullable) */
void n2_pending_free(n2_store *store, n2_pending *p, bool unlink_file);
/** Reads and checks a content that says it is a directory; LIMIT, FORMAT, ... */
N2_MUST_USE n2_err n2_pending_directory(n2_store *store, n2_pending *p);
/** What waits for a batch that goes is not written any more. */
void n2_pending_forget(n2_batch *batch);
/** Takes @p; may flush, and then returns the flush's error. */
N2_MUST_USE n2_err n2_pending_take(n2_store *store, n2_pending *p);
