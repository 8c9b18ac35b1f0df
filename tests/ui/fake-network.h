/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-network.h - the answer of a node in the middle of a small net: two lines in use, one of
 *                  them jammed, a reservation, somebody asleep.
 */
#pragma once

#include "model/network.h"
#include "model/source.h"

G_BEGIN_DECLS

/** SwitchLook as a node gives it (transfer full). */
GVariant *n2_fake_look(void);

/** What a source does so that something is avoided, or not; the answers are like that then. */
void n2_fake_network_avoid_init(N2SourceInterface *iface);

/** The same, read; @is_released: without the reservation (transfer full). */
N2Network *n2_fake_network(gboolean is_released);

G_END_DECLS
