/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * helper.h - a thread that hashes and writes for the control thread, which meanwhile answers.
 *
 * Layer:   host.
 * Threads: everything here is for the control thread.  The helper's thread begins with the
 *          first work; works come by a ring, and each side is woken only when it said that it
 *          sleeps.
 */
#pragma once

#include "base/err.h"
#include "crypto/work.h"

enum {
    N2_HELPER_WORKS_MAX = 64 /* given and not done; what is more is done by who gives it */
};

typedef struct n2_host_helper n2_host_helper;

/** Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_IO (no descriptor). */
N2_MUST_USE n2_err n2_host_helper_new(n2_host_helper **out);

/** Does what was given, ends the thread.  @helper: (transfer full) (nullable). */
void n2_host_helper_free(n2_host_helper *helper);

/** (transfer none): outlived by @helper. */
const n2_helper *n2_host_helper_table(const n2_host_helper *helper);

/** Readable after work was done for a control thread that is armed. */
int n2_host_helper_fd(const n2_host_helper *helper);

/** The control thread is about to wait for n2_host_helper_fd().  False: work is done already.
 */
bool n2_host_helper_arm(n2_host_helper *helper);

/** The control thread is awake.  True: work was done since the last time. */
bool n2_host_helper_disarm(n2_host_helper *helper);
