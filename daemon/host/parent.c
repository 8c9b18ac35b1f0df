/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * parent.c - starts the two processes, starts them again when they crash, ends them.
 */
#include "host/parent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/clock.h"
#include "host/doors.h"
#include "host/fault.h"
#include "host/fence.h"
#include "host/log.h"
#include "host/notify.h"
#include "host/spawn.h"

enum {
    KEYS,
    NODE,
    N_CHILDREN
};

typedef struct {
    const char *name;
    const char *role; /* first argument of the new process */
    pid_t pid;        /* 0: not running */
    int channel;      /* -1: none */
    int n_starts;
    uint64_t started_us;
    uint64_t start_at_us; /* when not running */
    uint32_t pause_ms;
    char *cause;              /* (owned) why the last one ended */
    n2_sandbox_state sandbox; /* as it said; zero until then */
} child;

typedef struct {
    child children[N_CHILDREN];
    char **argv; /* (owned) of a new process: [0] and [1] are set at each start */
    n2_doors doors;
    n2_sandbox_state sandbox;
    bool has_keys; /* not of a switch without users */
    int signals;
    int notify;    /* to the service manager, -1: there is none */
    bool is_ready; /* the ready line was printed */
    bool is_stopping;
    uint64_t kill_at_us; /* while stopping: when patience ends */
    n2_err fatal;
    char *fatal_text;
} parent;

uint32_t
n2_backoff_next(uint32_t last_ms, uint64_t ran_ms)
{
    if (last_ms == 0 || ran_ms >= N2_BACKOFF_CALM_MS)
        return N2_BACKOFF_FIRST_MS;
    return MIN(last_ms * 2, (uint32_t)N2_BACKOFF_MAX_MS);
}

char *
n2_parent_cause(int wait_status)
{
    if (WIFSIGNALED(wait_status))
        return g_strdup_printf("ended by signal %d (%s)", WTERMSIG(wait_status),
                               g_strsignal(WTERMSIG(wait_status)));
    return g_strdup_printf("ended with code %d", WEXITSTATUS(wait_status));
}

/* ---- starting ---- */

/* Gives both processes an end of a new socket pair, and word about each other. */
static n2_err
introduce(parent *p)
{
    int ends[2];
    child *keys = &p->children[KEYS], *node = &p->children[NODE];

    if (!keys->pid || !node->pid)
        return N2_OK; /* whoever is missing starts later, and then */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return N2_ERR_IO;
    n2_err err =
        n2_channel_send(keys->channel, N2_CHANNEL_PEER, node->n_starts, node->cause, ends[0]);
    if (!err)
        err = n2_channel_send(node->channel, N2_CHANNEL_PEER, keys->n_starts, keys->cause,
                              ends[1]);
    close(ends[0]);
    close(ends[1]);
    return err;
}

/* Tells the node, which says it in its status, how far process @name is fenced in. */
static n2_err
tell_sandbox(const parent *p, const char *name, const n2_sandbox_state *state)
{
    const child *node = &p->children[NODE];

    if (node->channel < 0)
        return N2_OK;
    return n2_channel_send(node->channel, N2_CHANNEL_SANDBOX, n2_sandbox_pack(state), name, -1);
}

static n2_err
brief_node(const parent *p)
{
    n2_err err = n2_doors_give(&p->doors, p->children[NODE].channel);

    if (!err)
        err = tell_sandbox(p, "parent", &p->sandbox);
    if (!err && p->doors.names_pid)
        err = tell_sandbox(p, "names", &p->doors.names_state);
    if (!err && p->doors.screen_pid)
        err = tell_sandbox(p, "screen", &p->doors.screen_state);
    if (!err && p->children[KEYS].sandbox.landlock_abi + p->children[KEYS].sandbox.has_seccomp)
        err = tell_sandbox(p, "keys", &p->children[KEYS].sandbox);
    return err;
}

static n2_err
brief(parent *p, const child *c)
{
    n2_err err = c == &p->children[NODE] ? brief_node(p) : N2_OK;

    if (!err)
        err = n2_channel_send(c->channel, N2_CHANNEL_START, c->n_starts, c->cause, -1);
    return err ? err : introduce(p);
}

static void
schedule(child *c, uint64_t now_us)
{
    c->pause_ms = n2_backoff_next(c->pause_ms, (now_us - c->started_us) / 1000);
    c->start_at_us = now_us + (uint64_t)c->pause_ms * 1000;
}

static void
start(parent *p, child *c)
{
    int ends[2];
    uint64_t now_us = n2_clock_us();

    c->started_us = now_us;
    if (n2_channel_pair(ends) != N2_OK) {
        n2_log(N2_LOG_ERROR, "%s process: %s", c->name, g_strerror(errno));
        schedule(c, now_us);
        return;
    }
    p->argv[1] = (char *)(uintptr_t)c->role;
    pid_t pid = n2_spawn(p->argv, ends[1], c == &p->children[KEYS] ? SIGKILL : SIGTERM);
    close(ends[1]);
    if (pid < 0) {
        n2_log(N2_LOG_ERROR, "%s process: %s", c->name, g_strerror(errno));
        close(ends[0]);
        schedule(c, now_us);
        return;
    }
    c->pid = pid;
    c->channel = ends[0];
    c->n_starts++;
    n2_err err = brief(p, c);
    if (err) /* it, or the other one, is gone already; its end will be noticed */
        n2_log(N2_LOG_DEBUG, "%s process: %s", c->name, n2_err_text(err));
}

/* ---- what happens ---- */

static void
print_ready(parent *p, const char *identity)
{
    g_autoptr(GString) line = g_string_new("ready ");

    if (p->is_ready) {
        n2_log(N2_LOG_INFO, "the node accepts work again");
        return;
    }
    for (size_t i = 0; i < p->doors.n_listeners; i++)
        g_string_append_printf(line, "%s%s", i ? "," : "", p->doors.listener_texts[i]);
    g_string_append_printf(line, " %s\n", identity);
    (void)fputs(line->str, stdout);
    (void)fflush(stdout);
    n2_notify(p->notify, "READY=1\nSTATUS=Ready.");
    p->is_ready = true;
}

/* One message of a child; false when there is none left. */
static bool
hear(parent *p, child *c)
{
    n2_channel_message m;
    int fd = -1;
    n2_err err = n2_channel_receive(c->channel, false, &m, &fd);

    if (fd >= 0)
        close(fd);
    if (err == N2_ERR_TIMEOUT)
        return false;
    if (err) {
        close(c->channel); /* its end follows as SIGCHLD */
        c->channel = -1;
        return false;
    }
    if (m.kind == N2_CHANNEL_READY) {
        print_ready(p, m.text);
    } else if (m.kind == N2_CHANNEL_SANDBOX) {
        c->sandbox = n2_sandbox_unpack(m.value);
        if (c == &p->children[KEYS] && tell_sandbox(p, c->name, &c->sandbox) != N2_OK)
            n2_log(N2_LOG_DEBUG, "the node process does not listen"); /* its end follows */
    } else if (m.kind == N2_CHANNEL_FATAL && !p->is_ready && !p->fatal) {
        p->fatal = n2_err_from_int(m.value);
        p->fatal_text = g_strdup(m.text);
    } else if (m.kind == N2_CHANNEL_FATAL) {
        n2_log(N2_LOG_ERROR, "%s", m.text);
    }
    return true;
}

static void
bury(parent *p, child *c, int wait_status)
{
    uint64_t now_us = n2_clock_us();

    while (c->channel >= 0 && hear(p, c)) /* last words */
        ;
    c->pid = 0;
    if (c->channel >= 0)
        close(c->channel);
    c->channel = -1;
    g_free(c->cause);
    c->cause = n2_parent_cause(wait_status);
    if (p->is_stopping || p->fatal)
        return;
    schedule(c, now_us);
    n2_log(N2_LOG_ERROR, "%s process %s; starting it again in %u.%u s", c->name, c->cause,
           c->pause_ms / 1000, c->pause_ms % 1000 / 100);
}

static void
reap(parent *p)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        if (pid == p->doors.names_pid) {
            p->doors.names_pid = 0; /* the sandbox allows no new one: it has sockets */
            g_autofree char *cause = n2_parent_cause(wait_status);
            if (!p->is_stopping)
                n2_log(N2_LOG_ERROR,
                       "names process %s; until net2od is started again, give addresses "
                       "instead of names of hosts",
                       cause);
        }
        if (pid == p->doors.screen_pid) {
            p->doors.screen_pid = 0; /* nor this */
            if (!p->is_stopping)
                n2_log(N2_LOG_ERROR, "screen process ended; until net2od is started again, a "
                                     "locked screen does not sign out");
        }
        for (size_t i = 0; i < N_CHILDREN; i++)
            if (p->children[i].pid == pid)
                bury(p, &p->children[i], wait_status);
    }
}

static void
begin_stop(parent *p)
{
    if (p->is_stopping) {
        p->kill_at_us = 0; /* asked twice: no more patience */
        return;
    }
    p->is_stopping = true;
    n2_doors_shut(&p->doors);
    n2_notify(p->notify, "STOPPING=1\nSTATUS=Ending.");
    p->kill_at_us = n2_clock_us() + N2_STOP_NODE_MS * 1000u;
    if (p->children[NODE].pid)
        n2_channel_send(p->children[NODE].channel, N2_CHANNEL_STOP, 0, NULL, -1);
}

static void
take_signals(parent *p)
{
    struct signalfd_siginfo info;

    while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            reap(p);
            continue;
        }
        n2_log(N2_LOG_INFO, "asked to end by signal %u of process %u", info.ssi_signo,
               info.ssi_pid);
        begin_stop(p);
    }
}

/* Node first, so that it can still use its keys; then keys.  True when both are gone. */
static bool
go_on_stopping(parent *p, uint64_t now_us)
{
    child *keys = &p->children[KEYS], *node = &p->children[NODE];

    if (now_us >= p->kill_at_us) {
        if (node->pid)
            kill(node->pid, SIGKILL);
        else if (keys->pid)
            kill(keys->pid, SIGKILL);
    }
    if (!node->pid && keys->pid && keys->channel >= 0) {
        n2_channel_send(keys->channel, N2_CHANNEL_STOP, 0, NULL, -1);
        close(keys->channel);
        keys->channel = -1;
        p->kill_at_us = now_us + N2_STOP_KEYS_MS * 1000u;
    }
    return !node->pid && !keys->pid;
}

static void
start_due(parent *p, uint64_t now_us)
{
    for (size_t i = p->has_keys ? KEYS : NODE; i < N_CHILDREN; i++)
        if (!p->children[i].pid && now_us >= p->children[i].start_at_us)
            start(p, &p->children[i]);
}

/* Milliseconds until the parent itself has something to do; -1: never. */
static int
patience_ms(const parent *p, uint64_t now_us)
{
    uint64_t at_us = UINT64_MAX;

    if (p->is_stopping)
        at_us = MAX(p->kill_at_us, now_us + 10000);
    for (size_t i = p->has_keys ? KEYS : NODE; !p->is_stopping && i < N_CHILDREN; i++)
        if (!p->children[i].pid)
            at_us = MIN(at_us, p->children[i].start_at_us);
    if (at_us == UINT64_MAX)
        return -1;
    return at_us > now_us ? (int)((at_us - now_us + 999) / 1000) : 0;
}

static void
wait_and_act(parent *p)
{
    struct pollfd watched[1 + N_CHILDREN] = {{.fd = p->signals, .events = POLLIN}};

    for (size_t i = 0; i < N_CHILDREN; i++)
        watched[1 + i] = (struct pollfd){.fd = p->children[i].channel, .events = POLLIN};
    if (poll(watched, G_N_ELEMENTS(watched), patience_ms(p, n2_clock_us())) < 0)
        return; /* EINTR: the loop goes round */
    for (size_t i = 0; i < N_CHILDREN; i++)
        if (watched[1 + i].revents && p->children[i].channel == watched[1 + i].fd)
            (void)hear(p, &p->children[i]);
    if (watched[0].revents)
        take_signals(p);
}

/* One line for the operator; a kernel that lacks a part deserves a louder one. */
static void
say_sandbox(const parent *p)
{
    char text[N2_SANDBOX_TEXT_BYTES];
    bool is_whole = p->sandbox.has_seccomp && p->sandbox.landlock_abi;

    n2_sandbox_text(&p->sandbox, text);
    n2_log(is_whole ? N2_LOG_INFO : N2_LOG_WARNING, "sandbox: %s%s", text,
           is_whole ? "" : "; this kernel has no more to offer");
}

static n2_err
catch_signals(parent *p)
{
    sigset_t set;

    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return N2_ERR_IO;
    p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return p->signals < 0 ? N2_ERR_IO : N2_OK;
}

static void
clear(parent *p)
{
    n2_doors_close(&p->doors);
    for (size_t i = 0; i < N_CHILDREN; i++)
        g_free(p->children[i].cause);
    if (p->signals >= 0)
        close(p->signals);
    if (p->notify >= 0)
        close(p->notify);
    g_free(p->argv);
    g_free(p->fatal_text);
}

/* argv of a new process: our name, its role, then what we were given. */
static char **
child_argv(int argc, char **argv)
{
    char **copy = g_new0(char *, (gsize)argc + 2);

    copy[0] = argv[0];
    for (int i = 1; i < argc; i++)
        copy[i + 1] = argv[i];
    return copy;
}

/* Opens what is to be opened, and then gives up to open more. */
static n2_err
set_up(parent *p,
       const n2_config *config,
       const n2_profile *profile,
       char *program,
       GError **error)
{
    n2_err err = n2_doors_open(&p->doors, config, profile, program, error);

    if (err)
        return err;
    p->notify = n2_notify_open();
    err = catch_signals(p);
    if (!err)
        err = n2_fence_parent(profile, &p->sandbox);
    if (err)
        return n2_fault_set(error, err, "net2od: %s. Try again", g_strerror(errno));
    say_sandbox(p);
    return N2_OK;
}

n2_err
n2_parent_run(
    const n2_config *config, const n2_profile *profile, int argc, char **argv, GError **error)
{
    parent p = {.children = {{.name = "keys", .role = "@keys", .channel = -1},
                             {.name = "node", .role = "@node", .channel = -1}},
                .doors = {.fds = N2_DOORS_NONE},
                .has_keys = !config->is_switch,
                .signals = -1,
                .notify = -1};
    int lock_fd = -1;
    n2_err err = n2_profile_lock(profile, &lock_fd, error);

    if (!err)
        err = set_up(&p, config, profile, argv[0], error);
    if (err)
        goto out;
    p.argv = child_argv(argc, argv);
    for (;;) {
        uint64_t now_us = n2_clock_us();
        if (p.fatal && !p.is_stopping)
            begin_stop(&p);
        if (p.is_stopping && go_on_stopping(&p, now_us))
            break;
        if (!p.is_stopping)
            start_due(&p, now_us);
        wait_and_act(&p);
    }
    if (p.fatal)
        err = n2_fault_set(error, p.fatal, "%s", p.fatal_text);
out:
    clear(&p);
    if (lock_fd >= 0)
        close(lock_fd);
    return err;
}
