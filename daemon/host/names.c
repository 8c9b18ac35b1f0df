/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * names.c - has names of hosts looked up in a process of their own.
 */
#include "host/names.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/clock.h"
#include "host/net.h"

/* The whole answer, which is shorter than what a pipe takes in one piece. */
static n2_err
await(int pipe_end, n2_names_answer *answer)
{
    const uint64_t until_us = n2_clock_us() + N2_NAMES_PATIENCE_S * UINT64_C(1000000);
    struct pollfd watched = {.fd = pipe_end, .events = POLLIN};

    for (;;) {
        uint64_t now_us = n2_clock_us();
        if (now_us >= until_us)
            return N2_ERR_TIMEOUT;
        int n = poll(&watched, 1, (int)((until_us - now_us) / 1000) + 1);
        if (n > 0)
            break;
        if (n < 0 && errno != EINTR)
            return N2_ERR_IO;
    }
    /* Nothing but its end: who should have answered is dead. */
    return read(pipe_end, answer, sizeof *answer) == (ssize_t)sizeof *answer ? N2_OK
                                                                             : N2_ERR_TIMEOUT;
}

n2_err
n2_names_resolve(int names, n2_net_addr *out, const char *text)
{
    n2_names_answer answer = {0};
    n2_sockaddr address;
    int ends[2];
    n2_err err = n2_net_parse(out, text);

    if (!err)
        return N2_OK;
    if (!n2_net_is_endpoint(text) || strlen(text) >= N2_CHANNEL_TEXT_BYTES)
        return N2_ERR_FORMAT;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return N2_ERR_LIMIT;
    err = names < 0 ? N2_ERR_CLOSED : n2_channel_send(names, N2_CHANNEL_NAME, 0, text, ends[1]);
    close(ends[1]);
    if (!err)
        err = await(ends[0], &answer);
    close(ends[0]);
    if (!err)
        err = answer.err ? n2_err_from_int(answer.err) : N2_OK;
    /* Strangers' bytes were read where that comes from: it may be anything. */
    if (!err && !n2_net_to_sockaddr(&answer.net, &address))
        err = N2_ERR_FORMAT;
    if (!err)
        *out = answer.net;
    return err == N2_ERR_BUSY ? N2_ERR_LIMIT : err;
}
