/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notices.h - a desktop that shows notifications, on the tests' own bus.
 */
#pragma once

#include <glib.h>

/** Begins to take them; once in a process, before the first is sent. */
void ui_notices_begin(void);

/** How many came. */
guint ui_notices_count(void);

/** (nullable) Title and body of the last one. */
const char *ui_notices_peek_title(void);
const char *ui_notices_peek_body(void);
