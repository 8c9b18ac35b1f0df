/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * screen.h - ways to the message buses that tell when a screen is locked.
 *
 * Layer: host.  For the parent, that looks whether there is one, for host/role-screen.c, and
 * for the node, which listens to that.
 */
#pragma once

#include <stdbool.h>

/** A socket that is connected to the user's session bus (transfer full); -1: there is none.
 *  Starts none. */
int n2_screen_session(void);

/** The same for the machine's bus. */
int n2_screen_system(void);

/** Tells of each lock (true) and unlock that comes from the process that hears of them; in the
 *  default main context.  @channel: (transfer full): closed when that has ended, or ours does.
 */
void n2_screen_watch(int channel, void (*told)(bool is_locked, void *user), void *user);
