/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domains.h - which broadcast channels may pass a port and which may come from there, as the
 *             operator says it; and why a join is refused.
 *
 * Layer: switch (may include: base).  Apart from channels.h, as the control plane speaks of
 *        rules and knows no packets.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_CHANNELS = 1 << 24,   /* numbers below */
    N2_CHANNELS_LOCAL = 256, /* channels below are local broadcasts, which nobody joins */
    N2_CHANNEL_BLOCK = 256   /* channels of one block */
};

/** Why a join is refused, in `number`. */
typedef enum {
    N2_REFUSE_FULL = 1,   /* no room for one more */
    N2_REFUSE_NONE = 2,   /* there is no such tree or channel where the way ends */
    N2_REFUSE_DOMAIN = 3, /* a channel that may not pass here */
    N2_REFUSE_OTHER = 4,  /* a channel that comes here by another port */
    N2_REFUSE_ENDED = 5   /* it was a branch, and its tree has ended: by who fed it */
} n2_refuse;

/** What the operator says of channels @first to @last at a port. */
typedef enum {
    N2_DOMAIN_BLOCK = 1, /* they may not pass there, neither way */
    N2_DOMAIN_TAKE = 2   /* they may come from there */
} n2_domain;

typedef struct {
    n2_domain what;
    uint16_t port;
    uint32_t first, last; /* channels, both in it */
} n2_channel_rule;

/**
 * Adds the rules that @text names, ranges of channels with commas between, "256-511,0x120000".
 *
 * @rules: room for N2_CHANNEL_RULES_MAX; @n: (inout) of them that are there.
 *
 * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_LIMIT; @n is untouched on failure.
 */
N2_MUST_USE n2_err n2_channel_rules_parse(
    const char *text, n2_domain what, uint16_t port, n2_channel_rule *rules, size_t *n);
