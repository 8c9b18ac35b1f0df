/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * parent.h - starts the two processes, starts them again when they crash, ends them.
 *
 * Layer: host.  The parent opens the listeners and hands them to each new node process, so that
 *        the ports stay the same; it holds no key and reads no byte from the network.
 *
 *     parent ---- channel ---- keys
 *          \                    |  socket pair, made anew when either of them starts
 *           `---- channel ---- node
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "base/err.h"
#include "host/config.h"
#include "host/profile.h"

enum {
    N2_BACKOFF_FIRST_MS = 100,
    N2_BACKOFF_MAX_MS = 10000,
    N2_BACKOFF_CALM_MS = 60000, /* a process that lived so long begins at the first again */
    N2_STOP_NODE_MS = 1500,     /* after that it is killed */
    N2_STOP_KEYS_MS = 300
};

/** Pause before a process is started again, that ran for @ran_ms after a pause of @last_ms. */
uint32_t n2_backoff_next(uint32_t last_ms, uint64_t ran_ms);

/** Says in words how a process ended, from the status of waitpid(2) (transfer full). */
char *n2_parent_cause(int wait_status);

/**
 * Runs until SIGTERM or SIGINT, or until a process reports that it can never work.
 *
 * @argv: of this program; the two processes get the same.
 *
 * Returns: N2_OK after a clean end, or the error, with words in @error.
 */
N2_MUST_USE n2_err n2_parent_run(
    const n2_config *config, const n2_profile *profile, int argc, char **argv, GError **error);
