/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text.h - a page as text for a terminal.
 *
 * Layer: render.
 * No control character of the page comes through, so that a page can't drive the terminal.
 */
#pragma once

#include "render/page.h"

typedef enum {
    N2_TEXT_PLAIN = 0,
    N2_TEXT_ANSI = 1 << 0,  /* bold, dim, underline */
    N2_TEXT_LINKS = 1 << 1, /* number the links and list where they lead at the end */
} n2_text_flags;

/**
 * @columns: width to wrap at; 0 never wraps; less than 20 counts as 20.
 *
 * Returns: (transfer full): UTF-8, ends with a newline unless empty.
 */
GString *n2_page_text(const n2_page *page, guint columns, n2_text_flags flags);
