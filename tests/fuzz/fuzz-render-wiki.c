/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-render-wiki.c - any bytes as a page in the old wiki's markup.
 */
#define FORMAT N2_PAGE_WIKI
#define NAMES "b.wiki"

#include "render-any.h"
