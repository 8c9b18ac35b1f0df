/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-private.h - what the parts of serve share: open contents, reads under way.
 *
 * Layer: share.  Included by serve*.c only.
 */
#pragma once

#include "base/bucket.h"
#include "base/limits.h"
#include "crypto/noise.h"
#include "crypto/tree.h"
#include "share/serve.h"

typedef struct {
    n2_id hash; /* not set: free */
    n2_view view;
    bool is_part; /* not all of the view has come: see n2_serve_has() */
    uint32_t serial;
    uint32_t n_users; /* sends under way */
    uint64_t used;    /* turn of the last use */
    uint64_t used_us;
} object;

typedef struct {
    n2_conn conn; /* 0: free */
    uint32_t serial;
    uint32_t object; /* N2_SERVE_OBJECTS_MAX: none, but a copy of several */
    uint8_t *copy;   /* (owned) (nullable) */
    uint64_t bytes;
} sending;

typedef struct {
    n2_id who;
    struct {
        uint8_t *bytes; /* (owned) (nullable) */
        size_t len;
    } node_keys[N2_SUITE_2]; /* by suite, from the first */
} own;

/* What a talker's account is. */
typedef struct {
    n2_key key;
    n2_id site;
} account;

/* The certificate that a talker proved itself by. */
typedef struct {
    size_t len;
    uint8_t bytes[];
} session;

struct n2_serve {
    n2_store *store;
    n2_talk *talk;
    n2_op_queue *ops;
    object objects[N2_SERVE_OBJECTS_MAX];
    uint64_t mapped_bytes; /* of them together */
    uint64_t walk_bytes;   /* copies that are being written, of all askers */
    uint64_t now_us;
    uint64_t idle_us; /* one of them may have been idle for long then */
    uint32_t serial;
    uint64_t turn;
    sending *sends; /* (owned) */
    size_t n_sends; /* places in it */
    own owns[N2_SERVE_IDENTITIES_MAX];
    size_t n_owns;
    n2_conn closing; /* told to go because it used too many places; 0: none */
    n2_serve_counts counts;
    const n2_unicode *unicode; /* (transfer none) (nullable) */
    int64_t wall_us;
    n2_bucket shows;
    n2_bucket stranger_moves;
    n2_verified verified; /* statements of askers */
    n2_serve_pair *pair;  /* (nullable) */
    void *pair_user;
    n2_serve_name *name; /* (nullable) */
    void *name_user;
    n2_serve_carry *carry; /* (nullable) */
    void *carry_user;
};

/** An identity as questions name it.  Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_UNSUPPORTED. */
N2_MUST_USE n2_err n2_serve_read_id(const n2_value *v, n2_id *out);

/* ---- serve-content.c ---- */

/**
 * Opens a content that is open to who asks: the connection whose block runs.
 *
 * @size: of the reference; N2_SIZE_UNKNOWN: any.
 * @out:  (out) (transfer none): until another one needs its place.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED, N2_ERR_NOTFOUND, N2_ERR_LIMIT (later), or what the store
 *          says.
 */
N2_MUST_USE n2_err n2_serve_open(n2_serve *s, const n2_id *hash, uint64_t size, object **out);

/** The same of a content that comes in just now; N2_ERR_LIMIT: nothing of it is there yet. */
N2_MUST_USE n2_err n2_serve_open_part(n2_serve *s,
                                      const n2_ref *ref,
                                      const n2_part *part,
                                      object **out);

/** Closes what nobody has read for long, if there is too much. */
void n2_serve_close_idle(n2_serve *s);

/** As a block holds it on its stack. */
uint64_t n2_serve_number(const n2_serve *s, const object *o);

/** The object that a block holds; NULL if others made it give way since. */
object *n2_serve_object(n2_serve *s, const n2_value *v);

/**
 * Begins to write a piece of @o to an address of the asker's.
 *
 * Returns: N2_OK, N2_ERR_USAGE (its packets are smaller than @unit), N2_ERR_LIMIT,
 * N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_serve_send(n2_serve *s,
                                 n2_conn conn,
                                 object *o,
                                 uint64_t offset,
                                 uint64_t length,
                                 uint64_t address,
                                 uint32_t unit);

/**
 * Looks up @hash for the connection whose block runs: open to it, and whole.
 *
 * @size: of the reference; N2_SIZE_UNKNOWN: any.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED, N2_ERR_NOTFOUND, or what the store says.
 */
N2_MUST_USE n2_err n2_serve_find(const n2_serve *s, const n2_id *hash, uint64_t size);

/**
 * Begins to write @copy (transfer full, also on failure) to an address of the asker's, in units
 * of 2,048.  Errors as n2_serve_send().
 */
N2_MUST_USE n2_err
n2_serve_send_copy(n2_serve *s, n2_conn conn, uint8_t *copy, uint64_t length, uint64_t address);

n2_err n2_serve_do_object(n2_serve *s, const n2_call *call);
n2_err n2_serve_do_stat(n2_serve *s, const n2_call *call);
n2_err n2_serve_do_nodes(n2_serve *s, const n2_call *call);
n2_err n2_serve_do_read(n2_serve *s, n2_conn conn, const n2_call *call);

/* ---- serve-walk.c ---- */

n2_err n2_serve_do_walk(n2_serve *s, n2_conn conn, const n2_call *call);

/* ---- serve-show.c ---- */

n2_err n2_serve_do_show(n2_serve *s, n2_conn conn, const n2_call *call);
n2_err n2_serve_do_login(n2_serve *s, n2_conn conn, const n2_call *call);

/* ---- serve-known.c ---- */

n2_err n2_serve_do_known(n2_serve *s, const n2_call *call);

/* ---- serve-carry.c ---- */

n2_err n2_serve_do_carry(n2_serve *s, const n2_call *call);

/** Is @o whole?  A part that has become so is from now on. */
bool n2_serve_is_whole(n2_serve *s, object *o);

/** Are these bytes of @o here and verified?  If not: later. */
bool n2_serve_has(n2_serve *s, object *o, uint64_t offset, uint64_t length);

/** The nodes of a part, as N2_WORD_NODES answers them.  Returns: N2_OK, N2_ERR_LIMIT (later),
 *  N2_ERR_USAGE. */
N2_MUST_USE n2_err
n2_serve_part_nodes(n2_serve *s, object *o, uint64_t first, uint64_t count, n2_asm *a);

/* ---- serve-follow.c ---- */

n2_err n2_serve_do_tree(n2_serve *s, const n2_call *call);
n2_err n2_serve_do_follow(n2_serve *s, n2_conn conn, const n2_call *call);
