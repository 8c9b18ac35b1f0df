/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * holder.h - which program may hold a token for itself: PC/SC does not say.
 *
 * Layer: token (may include: base only).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    N2_HOLDER_NAME_BYTES = 32
};

/**
 * Looks for a program, other than this one, that has the smart card library loaded or is known
 * to hold cards (scdaemon).
 *
 * @proc: "/proc".
 * @name: (out): N2_HOLDER_NAME_BYTES; printable ASCII.
 * @pid:  (out).
 *
 * Returns: false if there is none, or if this process may not look.
 */
bool n2_token_holder(const char *proc, char *name, int *pid);
