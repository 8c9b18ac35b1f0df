/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * channel.h - messages between the parent and its two processes, with descriptors attached.
 *
 * Layer: host.  A SOCK_SEQPACKET pair; both ends are the same program, started from the same
 *        file, so the message is the struct.
 *
 *     parent -> node    LISTENER (fd, text)..., DOOR (fd; value: which)..., SANDBOX (value: of
 *                       n2_sandbox_pack(), text: of which process)...
 *     parent -> child   START (value: how often, text: why
 *                       the last one ended), PEER (fd: to the other process; value: how often
 *                       that was started, text: why its last one ended)..., STOP
 *     child -> parent   SANDBOX (value), READY (text: identity), FATAL (value: n2_err, text:
 *                       words)
 *     node -> names     NAME (fd: a pipe for the answer, text: what to look up)
 *     screen -> node    LOCK (value: 1 the screen is locked, 0 it is not any more)
 *
 * When either end closes, the other knows that the process there is gone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_CHANNEL_TEXT_BYTES = 480,
    N2_CHANNEL_FD = 3 /* where a child finds its end */
};

typedef enum {
    N2_CHANNEL_LISTENER = 1,
    N2_CHANNEL_START,
    N2_CHANNEL_PEER,
    N2_CHANNEL_STOP,
    N2_CHANNEL_READY,
    N2_CHANNEL_FATAL,
    N2_CHANNEL_DOOR,
    N2_CHANNEL_SANDBOX,
    N2_CHANNEL_NAME,
    N2_CHANNEL_LOCK,
    N2_CHANNEL_NEAR
} n2_channel_kind;

typedef struct {
    n2_channel_kind kind;
    int32_t value;
    char text[N2_CHANNEL_TEXT_BYTES]; /* NUL-terminated */
} n2_channel_message;

/** Both ends, closed on exec.  Returns: N2_OK, N2_ERR_IO. */
N2_MUST_USE n2_err n2_channel_pair(int ends[2]);

/**
 * Sends one message; never waits.
 *
 * @text: (nullable): cut if too long.
 * @pass_fd: a descriptor to give a copy of, or -1.
 *
 * Returns: N2_OK, N2_ERR_CLOSED (nobody there), N2_ERR_BUSY (it does not read), N2_ERR_IO.
 */
n2_err n2_channel_send(
    int channel, n2_channel_kind kind, int32_t value, const char *text, int pass_fd);

/**
 * Receives one message; @wait: until there is one.
 *
 * @passed_fd: (out) (transfer full): -1 if none came with it.
 *
 * Returns: N2_OK, N2_ERR_TIMEOUT (none there, only without @wait), N2_ERR_CLOSED, N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_channel_receive(int channel,
                                      bool wait,
                                      n2_channel_message *out,
                                      int *passed_fd);
