/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-render.c - any bytes as a page in Markdown, with its front matter.
 */
#define FORMAT N2_PAGE_MARKDOWN
#define NAMES "b.md", "b.de.md", NULL

#include "render-any.h"
