/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * guard.c - a process that holds secrets: nothing of it is written or read from outside.
 */
#include "host/guard.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/log.h"

enum {
    LOCKABLE_BYTES_MIN = 512 << 20, /* less, and locking all would make memory run out: a
                                       passphrase takes 256 MiB for half a second */
};

void
n2_guard_secrets(void)
{
    struct rlimit limit;

    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)signal(SIGINT, SIG_IGN);  /* it ends when the parent says so, */
    (void)signal(SIGTERM, SIG_IGN); /* after the node, which needs it to the last */
    (void)signal(SIGPIPE, SIG_IGN);
    bool may_lock = geteuid() == 0 || (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
                                       limit.rlim_cur >= LOCKABLE_BYTES_MIN);
    if (!may_lock || mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
        n2_log(N2_LOG_INFO, "only the keys themselves are locked into memory");
}
