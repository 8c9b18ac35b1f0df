/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-names.c - the process that looks up names of hosts, each in a process of its own.
 *
 * It is started before the parent enters its sandbox, and is not in it; it has nothing that is
 * worth a theft, and may not run another program nor write a file.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/fence.h"
#include "host/names.h"
#include "host/net.h"
#include "host/role.h"

static void
answer(int pipe_end, n2_err err, const n2_net_addr *net)
{
    n2_names_answer a = {.err = err};

    if (!err)
        a.net = *net;
    ssize_t put = write(pipe_end, &a, sizeof a);
    (void)put; /* who asked waits no more */
}

/* The one process of one question. */
static void
look_up(const char *text, int pipe_end)
{
    n2_net_addr net = {0};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)alarm(N2_NAMES_PATIENCE_S);
    (void)signal(SIGALRM, SIG_DFL);
    n2_err err = n2_net_resolve(&net, text);
    answer(pipe_end, err, &net);
    _exit(0);
}

/* How many questions are still under way. */
static unsigned
reap(unsigned n_running)
{
    while (n_running && waitpid(-1, NULL, WNOHANG) > 0)
        n_running--;
    return n_running;
}

int
n2_role_names(void)
{
    n2_sandbox_state state;
    n2_channel_message m;
    unsigned n_running = 0;
    int pipe_end = -1;

    (void)signal(SIGINT, SIG_IGN); /* it ends when nobody is left to ask */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_setname_np(pthread_self(), "net2o-names");
    if (n2_fence_names(&state) != N2_OK ||
        n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_SANDBOX, n2_sandbox_pack(&state), NULL, -1))
        return 1;
    while (n2_channel_receive(N2_CHANNEL_FD, true, &m, &pipe_end) == N2_OK) {
        if (m.kind != N2_CHANNEL_NAME || pipe_end < 0) {
            if (pipe_end >= 0)
                close(pipe_end);
            continue;
        }
        n_running = reap(n_running);
        pid_t pid = n_running < N2_NAMES_AT_ONCE ? fork() : -1;
        if (pid == 0)
            look_up(m.text, pipe_end);
        if (pid < 0)
            answer(pipe_end, N2_ERR_LIMIT, NULL);
        n_running += pid > 0;
        close(pipe_end);
    }
    return 0;
}
