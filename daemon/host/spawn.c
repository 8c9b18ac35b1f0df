/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * spawn.c - starts this same program again in another role.
 */
#include "host/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host/channel.h"

/* In the new process, before exec: only calls that are safe after fork. */
static void
become(char *const *argv, int channel, int end_signal, pid_t parent)
{
    sigset_t none;

    (void)prctl(PR_SET_PDEATHSIG, end_signal);
    if (getppid() != parent)
        _exit(1); /* it died before the line above */
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(channel, N2_CHANNEL_FD) < 0)
        _exit(1);
    (void)fcntl(N2_CHANNEL_FD, F_SETFD, 0); /* dup2 leaves it alone if the two are the same */
    execv("/proc/self/exe", argv);
    _exit(127);
}

pid_t
n2_spawn(char *const *argv, int channel, int end_signal)
{
    pid_t self = getpid();
    pid_t pid = fork();

    if (pid == 0)
        become(argv, channel, end_signal, self);
    return pid;
}
