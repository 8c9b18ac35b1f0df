/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * secret.h - what comes through a pipe past the node, and when it has come whole.
 *
 * Layer: keys (may include: base, wire, crypto).
 *
 *     in   parts of text, each ended by a NUL, as many as the kind of request wants:
 *              PASSPHRASE   the old one (empty: there is none), the new one (empty: none)
 *              all others   one
 *     out  text, as request.h says of the kind
 *
 * INVARIANT secret-ends-itself: the end of a pipe ends nothing.  Whoever writes may die between
 * two writes, and half of a change is another change: without its new passphrase one would
 * take the old one away.
 */
#pragma once

#include "keys/request.h"

/** What came through a pipe, or goes into one; belongs into locked memory, wipe it. */
typedef struct {
    uint8_t bytes[N2_KEYRING_SECRET_BYTES_MAX];
    size_t len;
} n2_keys_secret;

/** Parts that the secret of such a request has; 0: none comes with it. */
unsigned n2_keys_parts_of(n2_keys_kind kind);

/**
 * Has all of it come?
 *
 * @secret: what was read so far; when it is whole, the last NUL does not count in `len` any
 *          more.
 *
 * Returns: N2_OK             it is whole
 *          N2_ERR_TRUNCATED  not yet; at the end of the pipe: it never will be
 *          N2_ERR_TRAILING   more came than it has
 *          N2_ERR_LIMIT      there is no room for more, and it is not whole
 *          N2_ERR_USAGE      nothing comes with such a request
 */
N2_MUST_USE n2_err n2_keys_secret_end(n2_keys_secret *secret, n2_keys_kind kind);
