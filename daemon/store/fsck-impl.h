/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fsck-impl.h - what fsck.c and fsck-rows.c share.
 *
 * Layer: store, private.
 */
#pragma once

#include "crypto/tree.h"
#include "store/db.h"
#include "store/fsck.h"

typedef struct {
    int64_t id; /* 0: none */
    n2_ref ref;
    n2_object_state state;
    bool is_directory;
    char file[N2_STORE_FILE_BYTES];
} n2_fsck_object;

struct n2_fsck {
    n2_store *store;
    n2_fsck_cb cb;
    void *user;
    n2_fsck_report report;
    unsigned phase;
    int64_t last_object;   /* to be looked at; 0: not known yet */
    n2_fsck_object object; /* the one at hand */
    n2_view view;          /* its bytes, while they are hashed */
    size_t n_hashed;
    n2_tree *tree;  /* owned (nullable) */
    uint8_t *nodes; /* owned (nullable): group nodes as computed */
    size_t n_nodes;
    n2_id head_who;       /* the last head looked at */
    char *head_branch;    /* owned (nullable) */
    n2_id version_who;    /* the last version looked at */
    char *version_branch; /* owned (nullable) */
    uint64_t version_counter;
    uint8_t version_hash[N2_HASH_BYTES];
    int64_t owner;     /* the last owner looked at */
    bool has_relinked; /* what a folder leads to was written anew, as nobody else's */
};

void n2_fsck_found(n2_fsck *c, n2_fsck_kind kind, const n2_ref *ref, const char *text);

/* Each takes one step; *@more: there is more of its kind. */
N2_MUST_USE n2_err n2_fsck_database(n2_fsck *c, bool *more);
N2_MUST_USE n2_err n2_fsck_rows(n2_fsck *c, bool *more);
/** Contents that nobody holds, and the collector does not know of. */
N2_MUST_USE n2_err n2_fsck_garbage(n2_fsck *c, bool *more);
N2_MUST_USE n2_err n2_fsck_head(n2_fsck *c, bool *more);
N2_MUST_USE n2_err n2_fsck_version(n2_fsck *c, bool *more);
N2_MUST_USE n2_err n2_fsck_owner(n2_fsck *c, bool *more);
N2_MUST_USE n2_err n2_fsck_realms(n2_fsck *c, bool *more);
/** Edges and attributes of the directory at hand; its bytes are right. */
N2_MUST_USE n2_err n2_fsck_links(n2_fsck *c);
