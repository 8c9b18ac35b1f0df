/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-rules.h - orders about virtual labels and the filter of our switch.
 *
 * Layer: node (may include: everything below).
 */
#pragma once

#include "base/env.h"
#include "base/uses.h"
#include "link/link.h"
#include "switch/switch.h"
#include "transport/op.h"

/** LABEL, LABEL_LOOK, FILTER, FILTER_LOOK: follows it.  Returns: what to answer, with bytes
 *  (transfer full) for a LOOK. */
n2_event n2_plane_rules_op(n2_switch *sw, n2_links *links, const n2_env *env, const n2_op *op);

void n2_plane_rules_uses(const n2_switch *sw, n2_uses *uses);
