/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notify.h - word to the service manager, as sd_notify(3) defines it.
 *
 * Layer: host.  Written here because it is one datagram and needs no library.
 */
#pragma once

/** Sends @state ("READY=1", "STOPPING=1", ...) to $NOTIFY_SOCKET; without one, nothing happens.
 */
void n2_notify(const char *state);
