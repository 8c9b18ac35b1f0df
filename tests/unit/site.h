/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * site.h - a small site on node 1, and pages of it asked for by node 0.
 */
#pragma once

#include "crypto/tree.h"
#include "two-nodes.h"

enum {
    BIG_BYTES = 5 * N2_GROUP_BYTES + 12345,
    LEAFY_BYTES = 40 * 1024
};

#define SITE_INDEX "# Home\n\nSee [[sub/one]].\n"

/** index.md, sub/big.bin, sub/empty, sub/leafy, sub/one (the letter x). */
typedef struct {
    two_nodes *w;
    guint8 *big;
    guint8 *leafy;
} site;

void site_init(site *s, guint64 seed);
void site_clear(site *s);

/** Node 0 opens @path and reads it all; the DONE notice, to be cleared. */
n2_notice site_open(site *s, const char *path);
void site_assert_fails(site *s, const char *path, n2_err want);
