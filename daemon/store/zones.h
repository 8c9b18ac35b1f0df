/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zones.h - the zones that are kept here: their rules, the record of each name, their heads.
 *
 * Layer:     store (may include: base, wire, crypto).
 * Invariant: a name that was granted is on disk before anybody is told so, and a head before
 *            anybody sees it: each call is one transaction.
 * Meaning:   none here: records and heads are bytes, labels their hashes (name/zone.h).
 */
#pragma once

#include "store/store.h"

enum {
    N2_STORE_ZONE_CLOSED = 1, /* flags: strangers get no names */
    N2_STORE_ZONE_FOLLOWS = 2 /* somebody else's: names and heads as that one signed them */
};

typedef struct {
    n2_id who;
    unsigned flags;
    int64_t term_us;    /* 0: as long as zones give that say nothing */
    uint32_t caching_s; /* 0: the same */
} n2_store_zone;

typedef struct {
    uint8_t label[N2_HASH_BYTES]; /* its hash */
    int64_t until_us;             /* writing only */
    int64_t asked_us;
    const uint8_t *record;
    size_t len;
} n2_store_zone_name;

/** Keeps a zone, or other rules of it.  Returns: N2_OK, what the disk says. */
N2_MUST_USE n2_err n2_store_zone_put(n2_store *store, const n2_store_zone *zone);

/** Keeps it no longer, nor its names and heads, in one transaction.  Returns: N2_OK, what the
 * disk says. */
N2_MUST_USE n2_err n2_store_zone_drop(n2_store *store, const n2_id *who);

/** @zones: (out): @room of them.  @n: (out): how many there are.  Returns: N2_OK, N2_ERR_LIMIT
 * (more), what the disk says. */
N2_MUST_USE n2_err n2_store_zones(n2_store *store,
                                  n2_store_zone *zones,
                                  size_t room,
                                  size_t *n);

/** One name, as it is from now on.  Returns: N2_OK, what the disk says. */
N2_MUST_USE n2_err n2_store_zone_name_put(n2_store *store,
                                          const n2_id *zone,
                                          const n2_store_zone_name *name);

/** Many at once, in one transaction; of @record NULL: they go. */
N2_MUST_USE n2_err n2_store_zone_names_put(n2_store *store,
                                           const n2_id *zone,
                                           const n2_store_zone_name *names,
                                           size_t n);

/**
 * One name.
 *
 * @record: (out) (transfer full): to free().
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND, N2_ERR_NOMEM, what the disk says.
 */
N2_MUST_USE n2_err n2_store_zone_name_get(n2_store *store,
                                          const n2_id *zone,
                                          const uint8_t label[static N2_HASH_BYTES],
                                          uint8_t **record,
                                          size_t *len,
                                          int64_t *asked_us);

/** False: enough.  @name: borrowed until it returns. */
typedef bool n2_store_zone_name_cb(void *user, const n2_store_zone_name *name);

/** All names of a zone, by their hashes.  The store is not to be changed meanwhile. */
N2_MUST_USE n2_err n2_store_zone_names(n2_store *store,
                                       const n2_id *zone,
                                       n2_store_zone_name_cb *cb,
                                       void *user);

/** Those that ended before @until_us, the first of them first, @most. */
N2_MUST_USE n2_err n2_store_zone_names_over(n2_store *store,
                                            const n2_id *zone,
                                            int64_t until_us,
                                            size_t most,
                                            n2_store_zone_name_cb *cb,
                                            void *user);

/** The next head; of those before, N2_ZONE_HEADS_KEPT stay.  Returns: N2_OK, N2_ERR_EXISTS
 * (that serial was signed before: two of one would be fraud), what the disk says. */
N2_MUST_USE n2_err n2_store_zone_head_put(
    n2_store *store, const n2_id *zone, uint64_t serial, const void *head, size_t len);

typedef bool n2_store_zone_head_cb(void *user, uint64_t serial, const void *head, size_t len);

/** The last @n heads, the newest first. */
N2_MUST_USE n2_err n2_store_zone_heads(
    n2_store *store, const n2_id *zone, size_t n, n2_store_zone_head_cb *cb, void *user);
