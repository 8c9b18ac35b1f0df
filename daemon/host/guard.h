/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * guard.h - a process that holds secrets: nothing of it is written or read from outside.
 *
 * Layer: host.  For the keys process, at its beginning.
 */
#pragma once

/** No core dump, no ptrace by the same user, no page in swap where that is allowed (else a line
 *  in the log), and no signal ends it: the parent says when. */
void n2_guard_secrets(void);
