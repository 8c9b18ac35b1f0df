/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notify.h - word to the service manager, as sd_notify(3) defines it.
 *
 * Layer: host.  Written here because it is one datagram and needs no library.
 */
#pragma once

/** A socket to $NOTIFY_SOCKET, closed on exec, or -1: nobody wants to hear. */
int n2_notify_open(void);

/** Sends @state ("READY=1", "STOPPING=1", ...; several on lines) to @fd, -1: to nobody. */
void n2_notify(int fd, const char *state);
