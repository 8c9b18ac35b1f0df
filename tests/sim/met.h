/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * met.h - what the tests that fill limits share: a limit's row, and memory in use.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

#include "base/uses.h"

/** The row @name; fails the test if there is none. */
const n2_use *met_find(const n2_uses *uses, const char *name);

/** Bytes that this program has allocated. */
size_t met_allocated(void);

/** A limit was met: somebody was refused, and no more was held than may be.  @fills: and it was
 *  full at some time, when so much was held. */
void met_assert(const n2_use *use, gboolean fills, guint64 most);
