/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fault.h - a failure of the host with words for the person who started the program.
 *
 * Layer: host.  The code of the GError is an n2_err; its message reads `WHAT: WHY. NEXT STEP`.
 */
#pragma once

#include <glib.h>

#include "base/err.h"

#define N2_FAULT (n2_fault_quark())
GQuark n2_fault_quark(void);

/** Sets @error (nullable) and returns @err, so that `return n2_fault_set(...)` reads well. */
n2_err n2_fault_set(GError **error, n2_err err, const char *format, ...) G_GNUC_PRINTF(3, 4);
