/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frames.c - whole messages over the stream between node and keys process.
 */
#include "host/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 4,
    READ_BYTES = 65536
};

#define HAS_FD UINT32_C(0x80000000) /* in the length */

typedef struct {
    uint8_t *bytes; /* owned */
    size_t at;      /* used up to here */
    size_t end;     /* filled up to here */
    size_t room;
} buffer;

/* Descriptors, first come first. */
typedef struct {
    int fds[N2_FRAMES_FDS_MAX];
    uint64_t at[N2_FRAMES_FDS_MAX]; /* outgoing: with which byte of the stream */
    size_t n;
} fd_queue;

struct n2_frames {
    int fd;
    buffer in, out;
    uint64_t n_sent; /* bytes, ever */
    fd_queue in_fds, out_fds;
};

static bool
fds_put(fd_queue *q, int fd, uint64_t at)
{
    if (q->n == N2_FRAMES_FDS_MAX)
        return false;
    q->fds[q->n] = fd;
    q->at[q->n++] = at;
    return true;
}

static int
fds_take(fd_queue *q)
{
    if (!q->n)
        return -1;
    int fd = q->fds[0];
    q->n--;
    memmove(q->fds, q->fds + 1, q->n * sizeof *q->fds);
    memmove(q->at, q->at + 1, q->n * sizeof *q->at);
    return fd;
}

static void
fds_clear(fd_queue *q)
{
    while (q->n)
        close(fds_take(q));
}

static void
buffer_clear(buffer *b)
{
    if (b->bytes)
        explicit_bzero(b->bytes, b->room);
    g_free(b->bytes);
    *b = (buffer){0};
}

/* Makes room for @len more bytes behind `end`; old memory is wiped. */
static uint8_t *
buffer_reserve(buffer *b, size_t len)
{
    size_t used = b->end - b->at;

    if (b->room - b->end < len) {
        size_t room = MAX(b->room, (size_t)READ_BYTES);
        while (room - used < len)
            room *= 2;
        uint8_t *bytes = g_malloc(room);
        if (used)
            memcpy(bytes, b->bytes + b->at, used);
        buffer_clear(b);
        *b = (buffer){.bytes = bytes, .end = used, .room = room};
    }
    return b->bytes + b->end;
}

static void
buffer_consume(buffer *b, size_t len)
{
    explicit_bzero(b->bytes + b->at, len);
    b->at += len;
    if (b->at == b->end)
        b->at = b->end = 0;
}

n2_frames *
n2_frames_new(int fd)
{
    n2_frames *frames = g_new0(n2_frames, 1);

    frames->fd = fd;
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return frames;
}

void
n2_frames_free(n2_frames *frames)
{
    if (!frames)
        return;
    close(frames->fd);
    buffer_clear(&frames->in);
    buffer_clear(&frames->out);
    fds_clear(&frames->in_fds);
    fds_clear(&frames->out_fds);
    g_free(frames);
}

int
n2_frames_fd(const n2_frames *frames)
{
    return frames->fd;
}

bool
n2_frames_wants_out(const n2_frames *frames)
{
    return frames->out.end > frames->out.at;
}

static n2_err
add(n2_frames *frames, const uint8_t *bytes, size_t len, uint32_t mark)
{
    if (len > N2_FRAME_BYTES_MAX || frames->out.end - frames->out.at > N2_FRAMES_BYTES_MAX)
        return N2_ERR_LIMIT;
    uint8_t *place = buffer_reserve(&frames->out, HEAD_BYTES + len);
    for (size_t i = 0; i < HEAD_BYTES; i++)
        place[i] = (uint8_t)(((uint32_t)len | mark) >> (8 * (HEAD_BYTES - 1 - i)));
    if (len)
        memcpy(place + HEAD_BYTES, bytes, len);
    frames->out.end += HEAD_BYTES + len;
    return N2_OK;
}

n2_err
n2_frames_add(n2_frames *frames, const uint8_t *bytes, size_t len)
{
    return add(frames, bytes, len, 0);
}

n2_err
n2_frames_add_fd(n2_frames *frames, const uint8_t *bytes, size_t len, int fd)
{
    uint64_t at = frames->n_sent + (frames->out.end - frames->out.at);
    n2_err err =
        frames->out_fds.n == N2_FRAMES_FDS_MAX ? N2_ERR_LIMIT : add(frames, bytes, len, HAS_FD);

    if (err || !fds_put(&frames->out_fds, fd, at))
        close(fd);
    return err;
}

/* Sends what is in front, up to the next byte that brings a descriptor; with its own, if it
 * does. */
static ssize_t
send_some(n2_frames *frames)
{
    buffer *out = &frames->out;
    struct iovec bytes = {out->bytes + out->at, out->end - out->at};
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr m = {.msg_iov = &bytes, .msg_iovlen = 1};
    bool has_fd = frames->out_fds.n && frames->out_fds.at[0] == frames->n_sent;
    size_t next = has_fd ? 1 : 0;

    if (next < frames->out_fds.n)
        bytes.iov_len = (size_t)(frames->out_fds.at[next] - frames->n_sent);
    if (has_fd) {
        m.msg_control = control.room;
        m.msg_controllen = sizeof control.room;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &frames->out_fds.fds[0], sizeof(int));
    }
    ssize_t put = sendmsg(frames->fd, &m, MSG_NOSIGNAL);
    if (put > 0 && has_fd)
        close(fds_take(&frames->out_fds));
    return put;
}

n2_err
n2_frames_flush(n2_frames *frames)
{
    buffer *out = &frames->out;

    while (out->end > out->at) {
        ssize_t put = send_some(frames);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno == EAGAIN ? N2_OK : N2_ERR_CLOSED;
        frames->n_sent += (size_t)put;
        buffer_consume(out, (size_t)put);
    }
    return N2_OK;
}

/* Length of the message in front, if its head is there. */
static bool
peek_len(const buffer *in, size_t *len, bool *has_fd)
{
    if (in->end - in->at < HEAD_BYTES)
        return false;
    *len = 0;
    for (size_t i = 0; i < HEAD_BYTES; i++)
        *len = *len << 8 | in->bytes[in->at + i];
    *has_fd = *len & HAS_FD;
    *len &= ~(size_t)HAS_FD;
    return true;
}

/* As recv(); descriptors that came with it are kept.  -1 and EMFILE: too many. */
static ssize_t
receive_some(n2_frames *frames, uint8_t *place, size_t room)
{
    struct iovec bytes = {place, room};
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(N2_FRAMES_FDS_MAX * sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = &bytes,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    bool is_too_many = false;

    ssize_t got = recvmsg(frames->fd, &m, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (!fds_put(&frames->in_fds, fd, 0)) {
                close(fd);
                is_too_many = true;
            }
        }
    }
    if (is_too_many || m.msg_flags & MSG_CTRUNC) {
        errno = EMFILE;
        return -1;
    }
    return got;
}

n2_err
n2_frames_read(n2_frames *frames)
{
    buffer *in = &frames->in;
    bool has_fd;
    size_t len = 0;

    if (in->at == in->end)
        in->at = in->end = 0;
    for (;;) {
        uint8_t *place = buffer_reserve(in, READ_BYTES);
        ssize_t got = receive_some(frames, place, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? N2_OK : errno == EMFILE ? N2_ERR_LIMIT : N2_ERR_CLOSED;
        if (got == 0)
            return N2_ERR_CLOSED;
        in->end += (size_t)got;
        if (peek_len(in, &len, &has_fd) && len > N2_FRAME_BYTES_MAX)
            return N2_ERR_LIMIT;
        if (got < READ_BYTES)
            return N2_OK;
        if (in->end - in->at > N2_FRAMES_BYTES_MAX)
            return N2_OK; /* work this off first */
    }
}

bool
n2_frames_next_fd(n2_frames *frames, const uint8_t **bytes, size_t *len, int *fd)
{
    buffer *in = &frames->in;
    bool has_fd;
    size_t n;

    *fd = -1;
    if (!peek_len(in, &n, &has_fd) || n > N2_FRAME_BYTES_MAX ||
        in->end - in->at < HEAD_BYTES + n)
        return false;
    *bytes = in->bytes + in->at + HEAD_BYTES;
    *len = n;
    in->at += HEAD_BYTES + n; /* wiped when the place is used again or freed */
    if (has_fd)
        *fd = fds_take(&frames->in_fds);
    return true;
}

bool
n2_frames_next(n2_frames *frames, const uint8_t **bytes, size_t *len)
{
    int fd;

    if (!n2_frames_next_fd(frames, bytes, len, &fd))
        return false;
    if (fd >= 0)
        close(fd); /* nobody here wants one */
    return true;
}
