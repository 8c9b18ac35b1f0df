/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * book.h - what this profile knows of people and the network: heads, statements, node keys,
 *          names, paths, peers, ports, settings.
 *
 * Layer:  store.
 * Every change is durable when the call returns.  Lists call back with borrowed values, in
 * order of their key; the callback returns false to stop, and changes nothing.
 */
#pragma once

#include "crypto/head.h"
#include "crypto/identity-set.h"
#include "crypto/nodekey.h"
#include "store/store.h"

/* Heads: the newest one seen of each identity and branch, and our own. */

typedef enum {
    N2_HEAD_NEW,  /* newer than any before */
    N2_HEAD_SAME, /* the very one we have */
    N2_HEAD_TWIN  /* same counter, other hash: both are true, the higher hash is kept */
} n2_head_news;

/**
 * Keeps a head that the caller verified.
 *
 * @statement: whole, as received.
 *
 * Returns: N2_OK, N2_ERR_OLD (its counter is below one seen: a rollback), N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_store_head_put(
    n2_store *store, const void *statement, size_t len, bool is_own, n2_head_news *news);

/**
 * @head: (out): if not found, zeroed but for counter and hash of one that was set aside.
 * @statement: (out) (nullable) (transfer full): free().
 * Returns: N2_OK, N2_ERR_NOTFOUND.
 */
N2_MUST_USE n2_err n2_store_head_get(n2_store *store,
                                     const n2_id *who,
                                     const char *branch,
                                     n2_head *head,
                                     uint8_t **statement,
                                     size_t *len);

/** The next own head's counter is at least this: after changes may have been lost. */
N2_MUST_USE n2_err n2_store_head_floor(n2_store *store, uint64_t *floor);

/* Statements (births, adds, ...) as received, by identity and kind. */

N2_MUST_USE n2_err n2_store_statement_put(
    n2_store *store, const n2_id *who, uint8_t kind, const void *statement, size_t len);
typedef bool (*n2_store_statement_cb)(void *user,
                                      uint8_t kind,
                                      const uint8_t *statement,
                                      size_t len);
/** @kind: 0 = all, by kind, oldest first; of kind 0 are notes of n2_store_identity_keep(). */
N2_MUST_USE n2_err n2_store_statements(
    n2_store *store, const n2_id *who, uint8_t kind, n2_store_statement_cb cb, void *user);

/**
 * All that is known about the keys of @who, with when each control statement came.
 *
 * @verified: (nullable): n2_statement_check_once().
 * @out:      (out) (transfer full): n2_identity_set_free(); empty if nothing is known.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED (hash method), N2_ERR_NOMEM, or what the database says.  A
 *          row that is no longer what was written is left out.
 */
N2_MUST_USE n2_err n2_store_identity(n2_store *store,
                                     const n2_id *who,
                                     n2_verified *verified,
                                     n2_identity_set **out);

/** Keeps what counts in @set, and forgets what has been outdone by it; writes nothing if that
 * is there already. */
N2_MUST_USE n2_err n2_store_identity_keep(n2_store *store, const n2_identity_set *set);

/* Node keys: the last answer to a key query of each identity that was proven.  It is never
 * forgotten: its serial and suites are the least that a later one may have (attack 13). */

enum {
    N2_NODE_KEY_FLOOR_BYTES = 10 /* type, suites, serial, until: what is kept of one that nobody
                                    answered to any more */
};

/** @len: of an answer of either suite, or N2_NODE_KEY_FLOOR_BYTES of one. */
N2_MUST_USE n2_err n2_store_node_key_put(n2_store *store,
                                         const n2_id *who,
                                         const uint8_t *answer,
                                         size_t len);
/** Returns: N2_OK, N2_ERR_NOTFOUND.  The caller asks n2_node_key_fresh(). */
N2_MUST_USE n2_err n2_store_node_key_get(n2_store *store,
                                         const n2_id *who,
                                         uint8_t answer[static N2_ANSWER_BYTES_MAX],
                                         size_t *len);

/* Personal names, 1 to 255 bytes, for identities or contents. */

N2_MUST_USE n2_err n2_store_name_set(n2_store *store, const char *name, const char *target);
N2_MUST_USE n2_err n2_store_name_unset(n2_store *store, const char *name); /* or NOTFOUND */
/** @target: (out) (transfer full): address text as set.  Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_store_name_get(n2_store *store, const char *name, char **target);
typedef bool (*n2_store_name_cb)(void *user, const char *name, const char *target);
N2_MUST_USE n2_err n2_store_names(n2_store *store, n2_store_name_cb cb, void *user);

/* Paths set by hand: one label a switch, first switch first. */

typedef struct {
    uint16_t port;
    uint8_t bits; /* 1 to 16 */
} n2_store_hop;

enum {
    N2_STORE_HOPS_MAX = 58
};

/** Returns: N2_OK, N2_ERR_USAGE (no hop, too many, more than 58 bits, a port too wide). */
N2_MUST_USE n2_err n2_store_path_set(n2_store *store,
                                     const n2_id *who,
                                     const n2_store_hop *hops,
                                     size_t n);
N2_MUST_USE n2_err n2_store_path_unset(n2_store *store, const n2_id *who); /* or NOTFOUND */
/** @hops: (out): room for N2_STORE_HOPS_MAX.  Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_store_path_get(n2_store *store,
                                     const n2_id *who,
                                     n2_store_hop hops[static N2_STORE_HOPS_MAX],
                                     size_t *n);
typedef bool (*n2_store_path_cb)(void *user,
                                 const n2_id *who,
                                 const n2_store_hop *hops,
                                 size_t n);
N2_MUST_USE n2_err n2_store_paths(n2_store *store, n2_store_path_cb cb, void *user);

/* Peers we open links to, and the port every link id has had (for good). */

typedef struct {
    uint64_t link_id;
    const char *net; /* "udp:HOST:PORT" as the user wrote it; unique */
    n2_id key;       /* identity expected there; method 0 = none named */
    uint16_t port;   /* of our switch, 0 = not known yet */
} n2_store_peer;

N2_MUST_USE n2_err n2_store_peer_put(n2_store *store, const n2_store_peer *peer);
N2_MUST_USE n2_err n2_store_peer_drop(n2_store *store, const char *net); /* or NOTFOUND */
typedef bool (*n2_store_peer_cb)(void *user, const n2_store_peer *peer);
N2_MUST_USE n2_err n2_store_peers(n2_store *store, n2_store_peer_cb cb, void *user);

N2_MUST_USE n2_err n2_store_port_put(n2_store *store, uint64_t link_id, uint16_t port);
typedef bool (*n2_store_port_cb)(void *user, uint64_t link_id, uint16_t port);
N2_MUST_USE n2_err n2_store_ports(n2_store *store, n2_store_port_cb cb, void *user);

/* Heads of zones that were seen, as signed: the last N2_ZONE_HEADS_SEEN_MAX of each of the
 * N2_ZONES_SEEN_MAX zones that had the newest; of one serial all, as they prove a fraud. */

/** @hash: of the head's body. */
N2_MUST_USE n2_err n2_store_seen_head_put(n2_store *store,
                                          const n2_id *zone,
                                          uint64_t serial,
                                          const uint8_t hash[static N2_HASH_BYTES],
                                          const void *statement,
                                          size_t len);
typedef bool (*n2_store_seen_head_cb)(void *user,
                                      const n2_id *zone,
                                      const uint8_t *statement,
                                      size_t len);
/** By zone, then ascending by serial. */
N2_MUST_USE n2_err n2_store_seen_heads(n2_store *store, n2_store_seen_head_cb cb, void *user);

/* Settings: small texts by name. */

N2_MUST_USE n2_err n2_store_setting_set(n2_store *store, const char *name, const char *value);
/** @value: (out) (transfer full).  Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_store_setting_get(n2_store *store, const char *name, char **value);

/* Attributes of whole trees, as indexed from directories. */

typedef struct {
    n2_ref directory; /* the directory that holds the entry */
    n2_ref content;   /* what the entry leads to */
    n2_attr attr;
} n2_store_attr;
typedef bool (*n2_store_attr_cb)(void *user, const n2_store_attr *attr);
/** Every entry with an attribute @name. */
N2_MUST_USE n2_err n2_store_attrs(n2_store *store,
                                  const char *name,
                                  n2_store_attr_cb cb,
                                  void *user);
