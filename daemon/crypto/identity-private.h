/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-private.h - what identity.c, identity-body.c and identity-set.c share.
 *
 * Layer: crypto, private.
 */
#pragma once

#include "crypto/identity.h"

/** Fields of the kinds about identities (wire/kinds.h). */
enum {
    N2_FIELD_WHO = 1, /* of all but the birth */

    N2_BIRTH_SHEET = 1,
    N2_BIRTH_MADE = 2,
    N2_BIRTH_SALT = 3,
    N2_BIRTH_KEYS = 64,

    N2_CONTROL_NUMBER = 2,
    N2_CONTROL_BEFORE = 3,
    N2_CONTROL_MADE = 4,
    N2_CONTROL_KEYS = 64,

    N2_ADD_CONTROL = 2, /* also of remove and fresh: the control statement they are under */
    N2_ADD_KEY = 3,

    N2_REMOVE_KEY = 3,
    N2_REMOVE_REASON = 4,

    N2_END_SUCCESSOR = 2,
    N2_END_MADE = 3,
    N2_END_ED25519 = 4,
    N2_END_ED448 = 5,
    N2_END_DISTRUSTED = 64,

    N2_FRESH_HASH = 3,
    N2_FRESH_MADE = 4,

    N2_KEY_KEY = 1,
    N2_KEY_RIGHTS = 2,
    N2_KEY_LABEL = 3,
    N2_KEY_FROM = 4,
    N2_KEY_UNTIL = 5
};

/** Rights that make sense together, a life in order, no device for ever; control only if
 * @may_control.  Returns: N2_OK, N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_grant_check(const n2_grant *grant, bool may_control);

/** The grant in a box of kind 30 that n2_box_check let through. */
N2_MUST_USE n2_err n2_grant_read(n2_grant *out, const n2_box *key, bool may_control);

/** Puts a grant with its label into a set of boxes, or a field of its own. */
N2_MUST_USE n2_err n2_grant_put(n2_box_writer *w,
                                uint8_t field,
                                const n2_grant *grant,
                                const char *label,
                                bool may_control);

/** The identity that a birth begins.  Returns: N2_OK, N2_ERR_FORGED, N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_birth_read(n2_identity *out, const n2_statement *s, uint8_t method);

/** The grant of an add, and that its key signed.  Returns: N2_OK, N2_ERR_FORGED,
 * N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_add_read(n2_grant *out, const n2_statement *s);

/** Has one of those who have now, or (@wall_us 0) ever, one of @rights, signed it? */
bool n2_identity_signed(const n2_identity *who,
                        const n2_statement *s,
                        uint32_t rights,
                        int64_t wall_us);

bool n2_grant_equal(const n2_grant *a, const n2_grant *b);
