/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * spawn.h - starts this same program again in another role.
 *
 * Layer: host.
 */
#pragma once

#include <sys/types.h>

/**
 * Starts /proc/self/exe with @argv; it finds a copy of @channel at N2_CHANNEL_FD and gets
 * @end_signal when we die.
 *
 * Returns: its process id, -1 with errno.
 */
pid_t n2_spawn(char *const *argv, int channel, int end_signal);
