/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes.c - whether this processor does eight agreements side by side.
 */
#include "crypto/lanes.h"

bool
n2_lanes_work(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}
