/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * channel.c - messages between the parent and its two processes, with descriptors attached.
 */
#include "host/channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/log.h"

typedef union {
    struct cmsghdr head;
    uint8_t room[CMSG_SPACE(sizeof(int))];
} descriptor_room;

n2_err
n2_channel_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? N2_ERR_IO : N2_OK;
}

n2_err
n2_channel_send(int channel, n2_channel_kind kind, int32_t value, const char *text, int pass_fd)
{
    n2_channel_message m;
    descriptor_room control = {0};
    struct iovec place = {.iov_base = &m, .iov_len = sizeof m};
    struct msghdr head = {.msg_iov = &place, .msg_iovlen = 1};

    memset(&m, 0, sizeof m);
    m.kind = kind;
    m.value = value;
    (void)snprintf(m.text, sizeof m.text, "%s", text ? text : "");
    if (pass_fd >= 0) {
        head.msg_control = control.room;
        head.msg_controllen = sizeof control.room;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof pass_fd);
        memcpy(CMSG_DATA(&control.head), &pass_fd, sizeof pass_fd);
    }
    ssize_t sent = sendmsg(channel, &head, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)sizeof m)
        return N2_OK;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
        return N2_ERR_CLOSED;
    return errno == EAGAIN ? N2_ERR_BUSY : N2_ERR_IO;
}

/* The descriptor that came along, or -1.  No more than one is kept, however many came: the room
 * for one is padded to that of two. */
static int
take_descriptor(struct msghdr *head)
{
    int kept = -1, fd;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; CMSG_LEN(at + sizeof fd) <= c->cmsg_len; at += sizeof fd) {
            memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
            if (kept >= 0)
                close(fd);
            else
                kept = fd;
        }
    }
    return kept;
}

n2_err
n2_channel_receive(int channel, bool wait, n2_channel_message *out, int *passed_fd)
{
    n2_channel_message m;
    descriptor_room control;
    struct iovec place = {.iov_base = &m, .iov_len = sizeof m};
    struct msghdr head = {.msg_iov = &place,
                          .msg_iovlen = 1,
                          .msg_control = control.room,
                          .msg_controllen = sizeof control.room};
    ssize_t got;

    /* Who ends without having read all leaves ECONNRESET, told once, before its last words. */
    do
        got = recvmsg(channel, &head, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    if (got < 0)
        return errno == EAGAIN ? N2_ERR_TIMEOUT : N2_ERR_IO;
    int fd = take_descriptor(&head);
    if (got == 0 && fd < 0)
        return N2_ERR_CLOSED;
    if (got != (ssize_t)sizeof m || head.msg_flags & MSG_TRUNC) {
        if (fd >= 0)
            close(fd);
        return N2_ERR_IO;
    }
    m.text[sizeof m.text - 1] = 0;
    n2_log_tame(m.text); /* it may come from a process that somebody took over */
    *out = m;
    *passed_fd = fd;
    return N2_OK;
}
