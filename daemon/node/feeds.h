/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * feeds.h - who gets copies of our own trees one by one, by unicast, as no tree takes him.
 *
 * Layer:  node (may include: everything below).
 * Source: net2o white paper, "Multicasting"; PROTOCOL.md, section "Multicast", "Alone".
 *
 * The end point of the source keeps them, and no switch does.  A copy goes the way back of who
 * asked, so it comes to him or stays behind his own port.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/uses.h"
#include "switch/cast.h"

/** One who is fed. */
typedef struct {
    uint64_t id; /* of the tree */
    uint64_t nonce;
    uint64_t path; /* to him, from our port 0 */
    uint64_t until_us;
    uint16_t in_port; /* by which he asked */
} n2_feed;

/** All of one node; zeroed: none. */
typedef struct {
    n2_feed *feeds; /* owned (nullable), N2_FEEDS_MAX: allocated when the first one asks */
    uint32_t n;     /* of them; the first ones */
    uint64_t refused;
} n2_feeds;

/** May be called on cleared or zeroed feeds. */
void n2_feeds_clear(n2_feeds *feeds);

/**
 * Feeds whoever said @join, from now on or N2_TREE_US longer.
 *
 * Returns: N2_OK; N2_ERR_LIMIT: one in-port gets no more than what is left; N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_feeds_add(n2_feeds *feeds,
                                const n2_cast *join,
                                uint32_t in_port,
                                uint64_t now_us);

/** Ends what who said @leave has; by his way, and his nonce. */
void n2_feeds_end(n2_feeds *feeds, const n2_cast *leave);

/** Ends one that tree @id has, which is put into @out; false: it has none. */
bool n2_feeds_close(n2_feeds *feeds, uint64_t id, n2_feed *out);

/** Ends those who asked by @port. */
void n2_feeds_port_down(n2_feeds *feeds, uint32_t port);

/**
 * The next way of a copy of tree @id.
 *
 * @at: (inout) 0 to begin.
 *
 * Returns: false: that was the last.
 */
bool n2_feeds_next(const n2_feeds *feeds, uint64_t id, uint32_t *at, uint64_t *path);

/** How many tree @id has. */
unsigned n2_feeds_count(const n2_feeds *feeds, uint64_t id);

/** When n2_feeds_expire() wants to be called; UINT64_MAX: never. */
uint64_t n2_feeds_deadline(const n2_feeds *feeds);
void n2_feeds_expire(n2_feeds *feeds, uint64_t now_us);

void n2_feeds_uses(const n2_feeds *feeds, n2_uses *uses);
