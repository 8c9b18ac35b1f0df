/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * launcher.h - a process that starts other programs, outside the browser's fence.
 *
 * Layer: app (may include: model).
 *
 * What the browser starts itself would inherit its fence (sandbox.h, n2_sandbox_enter_wide()),
 * and a web browser that may open no Internet socket is none.  So a process is forked first of
 * all; it is told addresses of Internet 1.0, and has the desktop's program open them.  It takes
 * nothing else, and ends with the browser.
 */
#pragma once

#include <glib.h>

/**
 * Forks that process.  Call before GTK, before the first thread and before the fence.
 *
 * Returns: FALSE: it could not be made; n2_launcher_open() fails then.
 */
gboolean n2_launcher_start(void);

/**
 * Has the desktop open an address.
 *
 * @address: http:, https: or mailto:; others are not taken.
 * @token: (nullable): lets the other program come to the front (startup notification).
 *
 * Returns: FALSE: there is no launcher, or it refused.
 */
gboolean n2_launcher_open(const char *address, const char *token);
