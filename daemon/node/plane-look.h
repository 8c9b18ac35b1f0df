/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-look.h - what the data plane tells of its switch when it is asked: see switch/look.h.
 *
 * Layer: node (may include: everything below).
 */
#pragma once

#include <stdint.h>

#include "link/link.h"
#include "switch/look.h"
#include "switch/queue.h"
#include "switch/switch.h"

/**
 * Counters of ports from @first_port up that have a link, or had one and counted something, and
 * all that the switch keeps.
 *
 * Returns: (transfer full) (nullable): to be ended by free(); NULL: no memory.
 */
n2_look *n2_plane_look_new(n2_switch *sw,
                           const n2_links *links,
                           n2_queues *queues,
                           uint32_t first_port,
                           uint64_t now_us);
