/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol-page.h - looks examples up in daemon/PROTOCOL.md.
 */
#pragma once

#include <glib.h>

/** Fails unless the page has these bytes, written "7c 80 ..." in rows that a space or a line
 * end may break; @what names the example. */
void protocol_page_expect(const char *what, const guint8 *bytes, gsize len);
