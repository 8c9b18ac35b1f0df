/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * doors.h - whatever leads out of the node, opened once by the parent before its sandbox: the
 *           listeners, the socket for clients, the sockets that ask for routes and hear of
 * their changes, and the processes that look up names and watch the screen.  Each node process
 * is given copies.
 *
 * Layer: host.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "host/config.h"
#include "host/profile.h"
#include "host/sockets.h"
#include "sandbox/sandbox.h"

/** No doors. */
#define N2_DOORS_NONE                                                                          \
    {                                                                                          \
        -1, -1, -1, -1, -1, -1, -1, -1                                                         \
    }

/** Value of N2_CHANNEL_DOOR. */
typedef enum {
    N2_DOOR_BUS,
    N2_DOOR_ASK_V4,
    N2_DOOR_ASK_V6,
    N2_DOOR_NAMES,
    N2_DOOR_NEWS,   /* tells when the network changes */
    N2_DOOR_SCREEN, /* tells when the screen is locked: host/role-screen.c */
    N2_DOOR_NEAR,   /* announcements (host/near.h) */
    N2_DOOR_WIRES,  /* asks where to send them */
    N2_DOORS
} n2_door;

typedef struct {
    int listeners[N2_SOCKETS_MAX];
    char *listener_texts[N2_SOCKETS_MAX]; /* owned */
    size_t n_listeners;
    int near[N2_SOCKETS_MAX]; /* of those that are Ethernets: for announcements; -1: none */
    int fds[N2_DOORS];        /* -1: there is none */
    char *bus_path;           /* owned (nullable): the socket's file if we made it */
    pid_t names_pid;          /* 0: not running */
    n2_sandbox_state names_state;
    pid_t screen_pid; /* 0: not running */
    n2_sandbox_state screen_state;
} n2_doors;

/**
 * Opens all of it.  The socket for clients is the one that the service manager listens on for
 * us, where it does (sd_listen_fds(3)), else made at @profile->bus_path.
 *
 * @program: argv[0] of new processes.
 *
 * Returns: N2_OK, or what n2_udp_bind(), n2_ether_bind() and n2_ipc_listen() return;
 *          N2_ERR_USAGE (the service manager gave something else), N2_ERR_UNSUPPORTED (neither
 *          IPv4 nor IPv6 here). After a failure n2_doors_close() is needed also.
 */
N2_MUST_USE n2_err n2_doors_open(n2_doors *doors,
                                 const n2_config *config,
                                 const n2_profile *profile,
                                 char *program,
                                 GError **error);

/** Sends copies of all through @channel.  Returns: as n2_channel_send(). */
N2_MUST_USE n2_err n2_doors_give(const n2_doors *doors, int channel);

/** Nobody can connect any more: removes the socket's file, if we made it. */
void n2_doors_shut(n2_doors *doors);

/** Shuts, and closes all; then the processes that look up names and watch the screen
 *  end, for which this waits. */
void n2_doors_close(n2_doors *doors);
