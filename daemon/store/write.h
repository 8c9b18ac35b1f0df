/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * write.h - contents come in: written here (batch, writer), many made durable together.
 *
 * Layer:   store.
 * Order:   write file -> fdatasync (above 8 files one syncfs) -> fsync of the folder -> COMMIT
 *          -> only then stored.
 * Pending: a finished content waits in memory until n2_store_flush(), which happens by itself
 *          at N2_STORE_PENDING_MAX contents or N2_STORE_PENDING_BYTES_MAX, and in every commit.
 *          Until then n2_store_find() does not see it.
 * Work:    what a batch wrote is held by an owner of its own until n2_batch_commit() or
 * _free(), so the collector keeps off.
 */
#pragma once

#include "store/store.h"

typedef struct n2_batch n2_batch;
typedef struct n2_store_writer n2_store_writer;

/** Begins a batch of contents. @realm: of the edges that its directories make.
 *  Returns: N2_OK, N2_ERR_NOSPACE (the disk is as good as full). */
N2_MUST_USE n2_err n2_batch_new(n2_batch **out, n2_store *store, int64_t realm);

/** What its directories lead to is not made open by that, whatever the realm. */
void n2_batch_close_edges(n2_batch *batch);

/** @batch: (transfer full) (nullable).  Without a commit before, all it wrote may be collected.
 */
void n2_batch_free(n2_batch *batch);

enum { /* what a content is */
    N2_CONTENT_PLAIN = 0,
    N2_CONTENT_DIRECTORY = 1, /* checked; its entries become edges, their attributes rows */
    /* of what is fetched: */
    N2_CONTENT_CLOSED = 2, /* it was restricted where it was read: it is nobody else's */
    N2_CONTENT_ALONE = 4   /* asked for by its hash alone, so nobody said whether it was */
};

/** Begins a content. @method: N2_METHOD_*.  Returns: N2_OK, N2_ERR_UNSUPPORTED. */
N2_MUST_USE n2_err n2_store_writer_new(n2_store_writer **out, n2_batch *batch, uint8_t method);

/** Adds bytes.  After an error only n2_store_writer_free() is left. */
N2_MUST_USE n2_err n2_store_writer_add(n2_store_writer *w, const void *bytes, size_t len);

/**
 * Ends the content; it is pending now.
 *
 * @ref: (out).
 *
 * Returns: N2_OK, N2_ERR_FORMAT or N2_ERR_LIMIT (not a directory; longer than a directory).
 */
N2_MUST_USE n2_err n2_store_writer_finish(n2_store_writer *w, unsigned content, n2_ref *ref);

/** @w: (transfer full) (nullable).  What was not finished leaves no trace. */
void n2_store_writer_free(n2_store_writer *w);

/** A content that lies in memory, in one call; errors of all three. */
N2_MUST_USE n2_err n2_batch_put(n2_batch *batch,
                                uint8_t method,
                                const void *bytes,
                                size_t len,
                                unsigned content,
                                n2_ref *ref);

/** As the `put` of n2_tree_maker: @batch is an n2_batch, the method SHA-256. */
N2_MUST_USE n2_err n2_batch_put_directory(void *batch,
                                          const uint8_t *bytes,
                                          size_t len,
                                          n2_ref *ref);

/** Makes everything pending durable, of this batch and all others.  Nothing pending: quick. */
N2_MUST_USE n2_err n2_store_flush(n2_store *store);

/** One more reference that a commit sets. */
typedef struct {
    n2_id root;     /* its slot is the text of it, "h1-..." */
    bool is_closed; /* as below */
} n2_batch_ref;

/** What a commit does in its one transaction. */
typedef struct {
    int64_t owner;        /* 0: no reference is set */
    const char *slot;     /* (nullable): only those of @more are set */
    const char *old_slot; /* (nullable): let go of, if it is there */
    n2_id root;
    bool is_closed;   /* the reference is nobody else's, whatever the batch's realm */
    const void *head; /* (nullable): signed head of head.h to keep as our own */
    size_t head_len;
    n2_ref access;               /* the head's list of who may read it all; method 0: none */
    const char *access_slot;     /* where that is held from */
    const char *old_access_slot; /* (nullable) as old_slot */
    const n2_batch_ref *more;    /* (nullable) references of @owner besides the first */
    size_t n_more;
} n2_batch_end;

/**
 * Flushes, lets @end->slot lead to @end->root, keeps the head, and lets go of the work.  With a
 * head, and where a folder is restricted: who may read what of all own trees is written anew;
 * of those before only what the newest leads to is open to others then.
 *
 * @end: (nullable): none of that, only flush.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (root is not here), N2_ERR_LIMIT (the owner's quota),
 *          N2_ERR_OLD (the head's counter is not above the last one); then nothing of @end
 *          was done and the batch may be committed again or freed.
 */
N2_MUST_USE n2_err n2_batch_commit(n2_batch *batch, const n2_batch_end *end);
