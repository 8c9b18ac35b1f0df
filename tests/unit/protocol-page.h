/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol-page.h - looks examples up in daemon/PROTOCOL.md.
 *
 * With N2_PROTOCOL_PRINT set, examples that the page lacks are printed and nothing fails: what
 * a change made of them can then be copied into the page.
 */
#pragma once

#include <glib.h>

/** Fails unless the page has exactly these bytes as an example: rows of "7c 80 ...", four
 * spaces deep, those that go on with it eight; @what names it. */
void protocol_page_expect(const char *what, const guint8 *bytes, gsize len);

/** Fails unless the page has this text, where a row of spaces stands for any other. */
void protocol_page_expect_text(const char *what, const char *text);

/** The page, its white space squeezed to single spaces; (transfer full). */
char *protocol_page_read(void);
