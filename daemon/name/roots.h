/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * roots.h - whom the user trusts with which suffix of names.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, section 4.
 * Invariant: each suffix belongs to exactly one root: no root below one that came earlier, so
 *            the first that claims a name is the only one asked, whatever it says.
 */
#pragma once

#include "base/address.h"
#include "base/writer.h"

typedef struct {
    char suffix[N2_NAME_BYTES_MAX + 1]; /* folded; "": all names that no other claims */
    n2_id zone;
    n2_id servers[N2_ROOT_SERVERS_MAX]; /* who else answers for it */
    size_t n_servers;
} n2_root;

/** In the user's order.  Zeroed: none. */
typedef struct {
    n2_root of[N2_ROOTS_MAX];
    size_t n;
} n2_roots;

/**
 * One more, behind all others.
 *
 * @suffix: folded, or "".
 *
 * Returns: N2_OK, N2_ERR_EXISTS (an earlier one has it, or what it is below), N2_ERR_LIMIT,
 *          N2_ERR_USAGE (no zone, too many servers, a suffix that is too long).
 */
N2_MUST_USE n2_err n2_roots_add(n2_roots *roots,
                                const char *suffix,
                                const n2_id *zone,
                                const n2_id *servers,
                                size_t n_servers);

/** Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_roots_remove(n2_roots *roots, const char *suffix);

/**
 * The only root that may speak for @name (folded, one that is longer than the suffix).
 *
 * @len: (out): bytes of @name before the suffix and its dot.
 *
 * Returns: (transfer none) (nullable): NULL: nobody.
 */
const n2_root *n2_roots_find(const n2_roots *roots, const char *name, size_t *len);

/** As a text to be kept: a line for each, "SUFFIX k1-ZONE k1-SERVER...", "." for all names. */
void n2_roots_write(const n2_roots *roots, n2_writer *out);

/** Reads that.  Returns: N2_OK, N2_ERR_FORMAT and what n2_roots_add() says: then @out has what
 * came before. */
N2_MUST_USE n2_err n2_roots_read(n2_roots *out, const char *text, size_t len);
