/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-render-code.c - any bytes as source code, in each way of reading it, or as plain text.
 */
#define FORMAT N2_PAGE_CODE
#define NAMES                                                                                  \
    "b.c", "b.py", "b.fs", "b.xml", "b.diff", "b.sh", "b.md", "b.json", "meson.build",         \
        "b.css", "b.txt"

#include "render-any.h"
