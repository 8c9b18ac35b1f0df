/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-body.h - bodies of the statements that change, end, confirm or vouch for an
 * identity.
 *
 * Layer: crypto (may include: base, wire).
 * Use:   each is written into @buf of @cap bytes and then signed, n2_statement_*(), by whom it
 *        says.  Birth and add are in identity.h, the session certificate in proof.h.
 * Errors of all: N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT (a rule of the kind, also text that is no
 *        text), N2_ERR_LIMIT.
 */
#pragma once

#include "crypto/identity.h"

/** Why a key was removed, for people; receivers treat all alike. */
enum {
    N2_REMOVED_UNSAID = 0,
    N2_REMOVED_LOST = 1,
    N2_REMOVED_STOLEN = 2,
    N2_REMOVED_REPLACED = 3,
    N2_REMOVED_RETIRED = 4
};

/** A key as a control statement lists it. */
typedef struct {
    n2_grant grant;
    const char *label; /* UTF-8, N2_KEY_LABEL_BYTES_MAX at most */
} n2_listed;

/** A key that is never to be trusted, from then on. */
typedef struct {
    n2_key key;
    int64_t since_us;
} n2_distrusted;

/**
 * The control statement behind the one in force of @who (n2_identity_look()): lists all keys
 * anew.  At least one, at most 8 with right control, which may have others beside; no key
 * twice. One control key of @who must sign.
 */
N2_MUST_USE n2_err n2_control_body(void *buf,
                                   size_t cap,
                                   const n2_identity *who,
                                   int64_t made_us,
                                   const n2_listed *keys,
                                   size_t n_keys,
                                   n2_box *out);

/**
 * Which key an add is of, and what its owner calls it, of bytes that were let through once.
 *
 * @label: (out): N2_KEY_LABEL_BYTES_MAX + 1.
 *
 * Returns: N2_OK, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_add_label(const void *statement, size_t len, n2_key *key, char *label);

/** A control key of @who, or @key itself, must sign.  @key must not be a control key. */
N2_MUST_USE n2_err n2_remove_body(void *buf,
                                  size_t cap,
                                  const n2_identity *who,
                                  const n2_key *key,
                                  int64_t reason,
                                  n2_box *out);

/**
 * The last word of an identity.  Both keys of the sheet (n2_sheet_keys()) must sign, and nobody
 * else.
 *
 * @successor: (nullable): the identity that people should go on with; not @who.
 */
N2_MUST_USE n2_err n2_end_body(void *buf,
                               size_t cap,
                               const n2_id *who,
                               const n2_id *successor,
                               int64_t made_us,
                               const n2_key *sheet_ed25519,
                               const n2_key *sheet_ed448,
                               const n2_distrusted *distrusted,
                               size_t n_distrusted,
                               n2_box *out);

/** @hash: n2_identity_set_hash().  A device or control key of @who must sign. */
N2_MUST_USE n2_err n2_fresh_body(void *buf,
                                 size_t cap,
                                 const n2_identity *who,
                                 const uint8_t hash[static N2_HASH_BYTES],
                                 int64_t made_us,
                                 n2_box *out);

/** @scope: a number whose meaning name/vouch.h gives.  A session or control key of @by must
 *  sign. */
N2_MUST_USE n2_err n2_vouch_body(void *buf,
                                 size_t cap,
                                 const n2_id *by,
                                 const n2_id *subject,
                                 int64_t scope,
                                 const char *claim,
                                 int64_t from_us,
                                 int64_t until_us,
                                 n2_box *out);
