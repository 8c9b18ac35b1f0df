/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * doors.c - whatever leads out of the node, opened once by the parent before its sandbox.
 */
#include "host/doors.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/ether.h"
#include "host/fault.h"
#include "host/log.h"
#include "host/near.h"
#include "host/net.h"
#include "host/screen.h"
#include "host/spawn.h"
#include "ipc/server.h"

enum {
    LISTEN_FD = 3, /* the first that the service manager gives */
    OUT_OF_THE_WAY = 10,
    END_TRIES = 20,
    END_PAUSE_US = 10000
};

static n2_err
open_listeners(n2_doors *d, const n2_config *config, GError **error)
{
    for (char **text = config->listen; *text; text++) {
        g_autoptr(GError) cause = NULL;
        char bound_text[N2_NET_TEXT_BYTES];
        n2_net_addr bound;
        if (d->n_listeners == N2_SOCKETS_MAX)
            return n2_fault_set(error, N2_ERR_USAGE,
                                "--listen: more than %d listeners. Give fewer", N2_SOCKETS_MAX);
        bool is_ether = g_str_has_prefix(*text, "eth:");
        n2_err err = (is_ether ? n2_ether_bind : n2_udp_bind)(
            *text, config->buffer_kib, &d->listeners[d->n_listeners], &bound, &cause);
        if (err == N2_ERR_UNSUPPORTED && config->listen_is_built_in)
            continue;
        if (err) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return err;
        }
        n2_net_format(&bound, bound_text);
        bool is_local = config->local && !config->is_switch;
        d->near[d->n_listeners] = is_ether && is_local ? n2_ether_bind_near(&bound) : -1;
        if (is_local && d->fds[N2_DOOR_NEAR] < 0 && n2_wires_is_open(&bound))
            n2_wires_open(&d->fds[N2_DOOR_NEAR]);
        d->listener_texts[d->n_listeners++] = g_strdup(bound_text);
    }
    if (d->n_listeners == 0)
        return n2_fault_set(error, N2_ERR_UNSUPPORTED,
                            "net2od: this machine has neither IPv4 nor IPv6. Set up a network");
    return N2_OK;
}

/* ---- the socket for clients ---- */

/* A number of the environment, 0 if it is none. */
static guint64
number_of(const char *name)
{
    const char *text = getenv(name);
    guint64 number = 0;

    if (!text || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &number, NULL))
        return 0;
    return number;
}

/* Descriptors that the service manager gave us: sd_listen_fds(3). */
static guint64
take_activation(void)
{
    guint64 n = number_of("LISTEN_PID") == (guint64)getpid() ? number_of("LISTEN_FDS") : 0;

    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return n;
}

static bool
is_listening(int fd)
{
    int family = 0, type = 0, listens = 0;
    socklen_t len = sizeof family;

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 && family == AF_UNIX &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens;
}

static n2_err
adopt_bus(n2_doors *d, guint64 n, GError **error)
{
    if (n != 1 || !is_listening(LISTEN_FD))
        return n2_fault_set(
            error, N2_ERR_USAGE,
            "net2od: the service manager gave %u descriptors. Have it give one: "
            "a Unix stream socket that listens (ListenStream=)",
            (unsigned)n);
    /* Number 3 is where the children of this process look for their channel. */
    d->fds[N2_DOOR_BUS] = fcntl(LISTEN_FD, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    close(LISTEN_FD);
    if (d->fds[N2_DOOR_BUS] < 0)
        return n2_fault_set(error, N2_ERR_IO, "net2od: %s. Try again", g_strerror(errno));
    return N2_OK;
}

static n2_err
open_bus(n2_doors *d, const n2_profile *profile, GError **error)
{
    g_autoptr(GError) cause = NULL;
    guint64 n = take_activation();

    if (n)
        return adopt_bus(d, n, error);
    n2_err err = n2_ipc_listen(&d->fds[N2_DOOR_BUS], profile->bus_path, &cause);
    if (err)
        return n2_fault_set(error, err, "%s", cause->message);
    d->bus_path = g_strdup(profile->bus_path);
    return N2_OK;
}

/* ---- names ---- */

/* Starts a process that says how far it is fenced in, and our end of the channel to it.
 * Returns: it; 0: it did not start. */
static pid_t
start_role(char *program, char *role, n2_sandbox_state *state, int *channel)
{
    char *const argv[] = {program, role, NULL};
    n2_channel_message m;
    int ends[2], passed = -1;

    if (n2_channel_pair(ends) != N2_OK)
        return 0;
    pid_t pid = n2_spawn(argv, ends[1], SIGKILL);
    close(ends[1]);
    if (pid > 0 && n2_channel_receive(ends[0], true, &m, &passed) == N2_OK &&
        m.kind == N2_CHANNEL_SANDBOX) {
        *state = n2_sandbox_unpack(m.value);
        *channel = ends[0];
        return pid;
    }
    close(ends[0]);
    return 0;
}

/* Without it the node works, but for names of hosts. */
static void
start_names(n2_doors *d, char *program)
{
    char role[] = "@names";

    d->names_pid = start_role(program, role, &d->names_state, &d->fds[N2_DOOR_NAMES]);
    if (!d->names_pid)
        n2_log(N2_LOG_WARNING,
               "names of hosts are not looked up: the process for it did not start");
}

/* ---- the screen ---- */

/* Where there is a desktop session: a server has no screen that could be locked. */
static void
start_screen(n2_doors *d, char *program)
{
    char role[] = "@screen";
    int bus = n2_screen_session();

    if (bus < 0)
        return;
    close(bus);
    d->screen_pid = start_role(program, role, &d->screen_state, &d->fds[N2_DOOR_SCREEN]);
    if (!d->screen_pid)
        n2_log(N2_LOG_WARNING,
               "a locked screen does not sign out: the process for it did not start");
}

n2_err
n2_doors_open(n2_doors *doors,
              const n2_config *config,
              const n2_profile *profile,
              char *program,
              GError **error)
{
    *doors = (n2_doors){.fds = N2_DOORS_NONE};
    n2_err err = open_bus(doors, profile, error);

    if (!err)
        err = open_listeners(doors, config, error);
    if (err)
        return err;
    if (n2_ether_give_up_right() != N2_OK)
        return n2_fault_set(error, N2_ERR_IO, "net2od: %s. Try again", g_strerror(errno));
    n2_ways_open(&doors->fds[N2_DOOR_ASK_V4]);
    doors->fds[N2_DOOR_NEWS] = n2_ways_news();
    if (!config->is_switch) /* whose links are written as numbers */
        start_names(doors, program);
    if (!config->is_switch && config->screen_signs_out)
        start_screen(doors, program);
    return N2_OK;
}

n2_err
n2_doors_give(const n2_doors *doors, int channel)
{
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < doors->n_listeners; i++)
        err = n2_channel_send(channel, N2_CHANNEL_LISTENER, 0, doors->listener_texts[i],
                              doors->listeners[i]);
    for (size_t i = 0; !err && i < doors->n_listeners; i++)
        if (doors->near[i] >= 0)
            err = n2_channel_send(channel, N2_CHANNEL_NEAR, (int)i, NULL, doors->near[i]);
    for (int i = 0; !err && i < N2_DOORS; i++)
        if (doors->fds[i] >= 0)
            err = n2_channel_send(channel, N2_CHANNEL_DOOR, i, NULL, doors->fds[i]);
    return err;
}

void
n2_doors_shut(n2_doors *doors)
{
    if (doors->bus_path)
        (void)g_unlink(doors->bus_path);
    g_clear_pointer(&doors->bus_path, g_free);
}

/* It ends as nobody is left who could ask; if not, our end is its end. */
static void
wait_for(pid_t *pid)
{
    for (int i = 0; *pid && i < END_TRIES; i++) {
        if (waitpid(*pid, NULL, WNOHANG) != 0)
            *pid = 0;
        else
            g_usleep(END_PAUSE_US);
    }
}

void
n2_doors_close(n2_doors *doors)
{
    n2_doors_shut(doors);
    for (size_t i = 0; i < doors->n_listeners; i++) {
        close(doors->listeners[i]);
        if (doors->near[i] >= 0)
            close(doors->near[i]);
        g_free(doors->listener_texts[i]);
    }
    doors->n_listeners = 0;
    for (size_t i = 0; i < N2_DOORS; i++) {
        if (doors->fds[i] >= 0)
            close(doors->fds[i]);
        doors->fds[i] = -1;
    }
    wait_for(&doors->names_pid);
    wait_for(&doors->screen_pid);
}
