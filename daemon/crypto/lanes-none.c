/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes-none.c - in place of lanes*.c for other processors' instruction sets.
 */
#include "crypto/lanes.h"

#include <assert.h>

bool
n2_lanes_work(void)
{
    return false;
}

void
n2_lanes_25519(const n2_lanes *lanes)
{
    (void)lanes;
    assert(false);
}

void
n2_lanes_448(const n2_lanes *lanes)
{
    (void)lanes;
    assert(false);
}
