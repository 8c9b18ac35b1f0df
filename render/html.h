/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html.h - a page as HTML for the web view.
 *
 * Layer: render.
 * What comes out has no script, no style, no event handler and no tag of the page's own: every
 * byte of the source is escaped, every tag is one of ours.  Links lead only to net2o:, http:,
 * https: and mailto: or are relative; pictures come from the page's own site.
 */
#pragma once

#include "render/page.h"

/**
 * The whole document: <html lang dir>, head with title and style sheet (N2_PAGE_STYLE), body
 * with <main class="page">.  Headings have ids that "#section" of a link names (SYNTAX.md).
 *
 * Returns: (transfer full): NUL-terminated UTF-8; its length is the bytes to serve.
 */
GString *n2_page_html(const n2_page *page);

/** Only what goes into <main>, and no ids in its headings, so that it can stand in another
 *  document (transfer full). */
GString *n2_page_html_body(const n2_page *page);
