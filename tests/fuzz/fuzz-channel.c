/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-channel.c - messages between parent and processes, of any length and with any
 *                  descriptors: text ends where it must, and no descriptor stays behind.
 *
 * Records: how 1 (bits 0-1: descriptors sent along, 0 to 3), length 2, bytes; where the input
 * ends before them, its last byte goes on.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "base/reader.h"
#include "fuzz.h"
#include "host/channel.h"

enum {
    FDS_MAX = 3,
    MESSAGES_MAX = 8
};

static void
send_bytes(int end, const uint8_t *bytes, size_t len, unsigned n_fds)
{
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control = {.room = {0}};
    struct iovec place = {.iov_base = fuzz_copy(bytes, len), .iov_len = len};
    struct msghdr head = {.msg_iov = &place, .msg_iovlen = 1};
    int fds[FDS_MAX] = {end, end, end};

    if (n_fds) {
        head.msg_control = control.room;
        head.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(&control.head), fds, n_fds * sizeof(int));
    }
    check(sendmsg(end, &head, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len);
    free(place.iov_base);
}

/* The lowest free descriptor: the same before and after. */
static int
lowest(void)
{
    int fd = dup(0);

    check(fd >= 0);
    close(fd);
    return fd;
}

static void
receive(int end, size_t len)
{
    n2_channel_message *m = malloc(sizeof *m);
    int fd = -1;

    check(m);
    n2_err err = n2_channel_receive(end, false, m, &fd);

    if (!err) {
        check(len == sizeof *m && strlen(m->text) < sizeof m->text);
        if (fd >= 0)
            close(fd);
    } else {
        check(err == N2_ERR_IO || err == N2_ERR_CLOSED || err == N2_ERR_TIMEOUT);
    }
    free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    int ends[2], before = lowest();

    check(!n2_channel_pair(ends));
    int inside = lowest();

    for (unsigned n = 0; n < MESSAGES_MAX && n2_reader_left(&r) >= 3; n++) {
        unsigned n_fds = n2_read_u8(&r) & FDS_MAX;
        size_t len = n2_read_u16(&r) % 1024, left = n2_reader_left(&r);
        uint8_t padded[1024] = {0};

        left = len < left ? len : left;
        if (left) {
            memcpy(padded, n2_read_bytes(&r, left), left);
            memset(padded + left, padded[left - 1], sizeof padded - left);
        }
        send_bytes(ends[0], padded, len, n_fds);
        receive(ends[1], len);
        check(lowest() == inside);
    }
    close(ends[0]);
    close(ends[1]);
    check(lowest() == before);
    return 0;
}
