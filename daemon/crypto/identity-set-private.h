/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-set-private.h - the statements of a set, as identity-set.c keeps them and
 *                          identity-look.c reads them.
 *
 * Layer: crypto, private.
 */
#pragma once

#include "crypto/identity-private.h"
#include "crypto/identity-set.h"

typedef struct {
    uint8_t *bytes; /* (transfer full): the statement, checked */
    size_t len;
    uint8_t hash[N2_HASH_BYTES];  /* of all of it */
    uint8_t body[N2_HASH_BYTES];  /* of its body, by the identity's method: its name */
    uint8_t under[N2_HASH_BYTES]; /* the control statement it hangs on; birth, end: zeros */
    n2_key key;                   /* add, remove: of whom; fresh: by whom */
    uint32_t number;              /* control: its own */
    int64_t made_us;              /* fresh */
    int64_t held_us;              /* 0 = unknown */
    uint8_t kind;
    bool waits;
} n2_item;

/* Items ascend: those that count before those that wait, then by kind, number, body, hash. */
struct n2_identity_set {
    n2_id who;
    const n2_unicode *unicode;
    n2_item *items;
    size_t n, room;
};

/** The birth or control statement of that name that counts, or NULL. */
const n2_item *n2_set_control(const n2_identity_set *set,
                              const uint8_t name[static N2_HASH_BYTES]);

/** The control statement in force; NULL without a birth.  @is_disputed: two claim to follow. */
const n2_item *n2_set_tip(const n2_identity_set *set, int64_t wall_us, bool *is_disputed);

/** @control and what it lists, as an identity of its own. */
void n2_set_listed(const n2_identity_set *set, const n2_item *control, n2_identity *out);

/* identity-set.c */
void n2_set_drop(n2_identity_set *set, size_t i);

/* identity-judge.c */

/** What a statement of @item->kind says by itself, and the rules of its form; fills what @item
 * has of it.  Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_FORGED. */
N2_MUST_USE n2_err n2_item_read(const n2_identity_set *set,
                                const n2_statement *s,
                                n2_item *item);

/** Is it by somebody who may?  @waits: that hangs on what has not come.  Returns: N2_OK,
 * N2_ERR_FORGED, N2_ERR_LIMIT (N2_IDENTITY_NAMED_MAX). */
N2_MUST_USE n2_err n2_set_judge(const n2_identity_set *set,
                                const n2_statement *s,
                                const n2_item *item,
                                bool *waits);

/** Is @key listed by @control, or added under it? */
bool n2_set_is_named(const n2_identity_set *set, const n2_item *control, const n2_key *key);

/* identity-thin.c */

/** Makes place for @item among those that say the same; false: it adds nothing to them. */
bool n2_set_thin(n2_identity_set *set, const n2_item *item);

/** Drops what has fallen until @item fits its share.  Returns: N2_OK, N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_set_make_room(n2_identity_set *set, const n2_item *item);

static inline bool
n2_item_is_under(const n2_item *item, const n2_item *control)
{
    for (size_t i = 0; i < N2_HASH_BYTES; i++)
        if (item->under[i] != control->body[i])
            return false;
    return true;
}
