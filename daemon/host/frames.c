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
#include <unistd.h>

enum {
    HEAD_BYTES = 4,
    READ_BYTES = 65536
};

typedef struct {
    uint8_t *bytes; /* owned */
    size_t at;      /* used up to here */
    size_t end;     /* filled up to here */
    size_t room;
} buffer;

struct n2_frames {
    int fd;
    buffer in, out;
};

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

n2_err
n2_frames_add(n2_frames *frames, const uint8_t *bytes, size_t len)
{
    if (len > N2_FRAME_BYTES_MAX || frames->out.end - frames->out.at > N2_FRAMES_BYTES_MAX)
        return N2_ERR_LIMIT;
    uint8_t *place = buffer_reserve(&frames->out, HEAD_BYTES + len);
    for (size_t i = 0; i < HEAD_BYTES; i++)
        place[i] = (uint8_t)(len >> (8 * (HEAD_BYTES - 1 - i)));
    if (len)
        memcpy(place + HEAD_BYTES, bytes, len);
    frames->out.end += HEAD_BYTES + len;
    return N2_OK;
}

n2_err
n2_frames_flush(n2_frames *frames)
{
    buffer *out = &frames->out;

    while (out->end > out->at) {
        ssize_t put = send(frames->fd, out->bytes + out->at, out->end - out->at, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno == EAGAIN ? N2_OK : N2_ERR_CLOSED;
        buffer_consume(out, (size_t)put);
    }
    return N2_OK;
}

/* Length of the message in front, if its head is there. */
static bool
peek_len(const buffer *in, size_t *len)
{
    if (in->end - in->at < HEAD_BYTES)
        return false;
    *len = 0;
    for (size_t i = 0; i < HEAD_BYTES; i++)
        *len = *len << 8 | in->bytes[in->at + i];
    return true;
}

n2_err
n2_frames_read(n2_frames *frames)
{
    buffer *in = &frames->in;
    size_t len = 0;

    if (in->at == in->end)
        in->at = in->end = 0;
    for (;;) {
        uint8_t *place = buffer_reserve(in, READ_BYTES);
        ssize_t got = recv(frames->fd, place, READ_BYTES, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? N2_OK : N2_ERR_CLOSED;
        if (got == 0)
            return N2_ERR_CLOSED;
        in->end += (size_t)got;
        if (peek_len(in, &len) && len > N2_FRAME_BYTES_MAX)
            return N2_ERR_LIMIT;
        if (got < READ_BYTES)
            return N2_OK;
        if (in->end - in->at > N2_FRAMES_BYTES_MAX)
            return N2_OK; /* work this off first */
    }
}

bool
n2_frames_next(n2_frames *frames, const uint8_t **bytes, size_t *len)
{
    buffer *in = &frames->in;
    size_t n;

    if (!peek_len(in, &n) || n > N2_FRAME_BYTES_MAX || in->end - in->at < HEAD_BYTES + n)
        return false;
    *bytes = in->bytes + in->at + HEAD_BYTES;
    *len = n;
    in->at += HEAD_BYTES + n; /* wiped when the place is used again or freed */
    return true;
}
