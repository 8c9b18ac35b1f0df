/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * vouch.h - what one identity says of another, in one scope (kind 10).
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, section 3.
 * Invariant: a vouch answers the question of its scope and no other.
 */
#pragma once

#include "crypto/identity.h"

enum {
    N2_CLAIM_BYTES_MAX = 256
};

/** Who is asked what.  Numbers are those of the format; others are kept and mean nothing. */
typedef enum {
    N2_SCOPE_NAME = 1,  /* a zone: this name (the claim) is that identity */
    N2_SCOPE_PLACE = 2, /* a provider: this node hangs there (the claim) */
    N2_SCOPE_MAIL = 3,  /* a mail host: letters for this name (the claim) open with its keys */
    N2_SCOPE_AUDIT = 4, /* an auditor: the claim, about the subject */
    N2_SCOPE_MET = 5    /* a peer: I met this identity as the claim */
} n2_scope;

typedef struct {
    n2_id by;
    n2_id subject;
    uint64_t scope;
    char claim[N2_CLAIM_BYTES_MAX + 1]; /* "": what was said before is withdrawn */
    int64_t from_us;
    int64_t until_us;
} n2_vouch;

/**
 * Reads the body of a vouch whose signatures were looked at.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (claim), N2_ERR_FORMAT (of oneself, or it ends before it
 *          begins).
 */
N2_MUST_USE n2_err n2_vouch_read(n2_vouch *out, const n2_box *body);

/** The same for a whole statement; errors also of n2_identity_check().  @by: who must have
 * signed it. */
N2_MUST_USE n2_err n2_vouch_check(n2_vouch *out,
                                  const n2_identity *by,
                                  const void *statement,
                                  size_t len,
                                  int64_t wall_us,
                                  const n2_unicode *unicode,
                                  n2_verified *verified);

/** Does @a take the place of @b, of the same signer, subject and scope?  The later one does;
 * of one moment, the one that ends later, then that of the greater claim. */
bool n2_vouch_replaces(const n2_vouch *a, const n2_vouch *b);
