/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * channels-private.h - what the table of channels offers to the part that talks about them.
 *
 * Layer: switch (may include: base, wire, crypto).  For channels.c and channels-join.c alone.
 */
#pragma once

#include "switch/channels.h"

enum {
    N2_CHANNEL_LOOKS = 3,         /* without a packet: it is silent */
    N2_CHANNEL_ASKED = UINT8_MAX, /* and that has been asked about */
    N2_CHANNEL_WAITS = 3          /* joins that go on, of which each waits twice as long */
};

/** Memory for the ports, allocated when it is needed first. */
N2_MUST_USE n2_err n2_channels_need_ports(n2_channels *channels);

/** May all channels of @key pass out by @port? */
bool n2_channels_may_pass(const n2_channels *channels, uint32_t port, uint32_t key);

/** May they come from there? */
bool n2_channels_may_come(const n2_channels *channels, uint32_t port, uint32_t key);

/** Did @port join within the last two turns? */
bool n2_channel_row_has(const n2_channels *channels, const n2_channel_row *row, uint32_t port);
void n2_channel_row_add(n2_channels *channels, n2_channel_row *row, uint32_t port);
void n2_channel_row_remove(n2_channels *channels, n2_channel_row *row, uint32_t port);
bool n2_channel_row_is_empty(const n2_channels *channels, const n2_channel_row *row);

/** Drops @row with all ports in it. */
void n2_channel_row_end(n2_channels *channels, n2_channel_row *row);
