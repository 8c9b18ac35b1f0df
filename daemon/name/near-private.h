/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * near-private.h - what the two files about neighbours share.
 *
 * Layer: name.  Included by near*.c only.
 */
#pragma once

#include "name/near.h"

/** Reads @body, whose signature is not looked at here.  Returns: N2_OK, N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_near_read_body(n2_near_words *out, const n2_box *body);
