/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate.h - a data rate as people say it.
 *
 * Layer: client (may include: base; GLib).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** "10 Mbit/s", "2.5 Mbit/s", "999 bit/s" (transfer full). */
char *n2_rate_dup_words(guint64 bps);

G_END_DECLS
