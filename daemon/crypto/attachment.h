/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * attachment.h - where a node hangs, as its domain says it (kind 14).
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 5; PROTOCOL.md, "Attachments".
 *
 * An attachment names a node by a key of its own and says where it is: by a place in its
 * domain, new each week, and by the paths between it and the domain's landmark.  It says
 * nothing of whose node it is.
 */
#pragma once

#include "crypto/identity.h"
#include "wire/path.h"

enum {
    N2_PLACE_BYTES = 8,
    N2_HEADROOM_MAX = N2_PATH_BITS, /* bits that a virtual label on the way may push in front */

    N2_ATTACHMENT_FIXED = 1, /* the node stays: 24 h instead of 1 h */
    N2_ATTACHMENT_GUEST = 2, /* a host that nobody has signed on at */
    N2_ATTACHMENT_FLAGS = 3,

    N2_ATTACHMENT_BODY_BYTES_MAX = 320,
    N2_ATTACHMENT_BYTES_MAX = 1024 /* of the statement, signed by one or two keys */
};

#define N2_ATTACHMENT_US (UINT64_C(3600) * 1000000)        /* the longest life */
#define N2_ATTACHMENT_FIXED_US (UINT64_C(86400) * 1000000) /* of one that is fixed */

typedef struct {
    n2_key node; /* what the node signs by */
    n2_id domain;
    uint8_t place[N2_PLACE_BYTES];
    n2_route down;    /* from the landmark, beginning with its own label */
    n2_route up;      /* from the node's own switch to the last before the landmark */
    uint8_t headroom; /* bits */
    uint8_t rate;     /* code (wire/code.h), 0 unknown */
    uint16_t delay;   /* code, between node and landmark, 0 unknown */
    uint64_t serial;  /* the highest of one node and domain counts */
    int64_t until_us;
    uint8_t flags; /* N2_ATTACHMENT_* */
} n2_attachment;

/** The body, to be signed by a device key of @a->domain.  Returns: N2_OK, N2_ERR_NOSPACE,
 *  N2_ERR_FORMAT (what n2_attachment_read() would refuse). */
N2_MUST_USE n2_err n2_attachment_body(void *buf,
                                      size_t cap,
                                      const n2_attachment *a,
                                      n2_box *out);

/** Reads a body without asking who signed.  Returns: N2_OK, N2_ERR_FORMAT (also: paths and
 *  headroom that no route has room for). */
N2_MUST_USE n2_err n2_attachment_read(n2_attachment *out, const n2_box *body);

/** Is it over, or does it claim a longer life than one may have?  @wall_us: us
 *  since 1970 UTC, 0 unknown: then nothing is. */
bool n2_attachment_is_over(const n2_attachment *a, int64_t wall_us);

/**
 * Checks form, signatures, that a device key of @domain signed, and the life.
 *
 * @out:      zeroed on failure.
 * @verified: (nullable): n2_statement_check_once().
 *
 * Returns: N2_OK, N2_ERR_FORGED (another domain's, no device key of it, over, too long a life),
 *          N2_ERR_FROZEN, N2_ERR_ENDED (the domain is), N2_ERR_FORMAT, or what
 *          n2_statement_check says.
 */
N2_MUST_USE n2_err n2_attachment_check(n2_attachment *out,
                                       const n2_identity *domain,
                                       const void *statement,
                                       size_t len,
                                       int64_t wall_us,
                                       const n2_unicode *unicode,
                                       n2_verified *verified);
