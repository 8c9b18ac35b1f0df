/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-frames.c - the stream between node and keys process, cut anywhere: what comes out are
 *                 the messages that went in, and no more is held than the limit.
 *
 * Records: how 1 (bit 0: a whole message with its length, else the bytes as they are; bits 1-7:
 * bytes sent at once), length 2, bytes.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "base/reader.h"
#include "fuzz.h"
#include "host/frames.h"

enum {
    SENT_MAX = 1 << 16
};

/* What was sent so far, and how much of it came out. */
typedef struct {
    n2_frames *frames;
    int end;
    uint8_t bytes[SENT_MAX];
    size_t sent, taken;
} world;

static n2_err
take(world *w)
{
    n2_err err = n2_frames_read(w->frames);
    const uint8_t *bytes;
    size_t len;

    while (n2_frames_next(w->frames, &bytes, &len)) {
        n2_reader r = n2_reader_init(w->bytes + w->taken, w->sent - w->taken);

        check(len == (n2_read_u32(&r) & 0x7fffffff) && len <= N2_FRAME_BYTES_MAX);
        const uint8_t *want = n2_read_bytes(&r, len);

        check(want && (!len || !memcmp(bytes, want, len)));
        w->taken += 4 + len;
    }
    return err;
}

static void
put(world *w, const uint8_t *bytes, size_t len)
{
    check(send(w->end, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
    memcpy(w->bytes + w->sent, bytes, len);
    w->sent += len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    static world w;
    int ends[2];
    n2_err err = N2_OK;

    if (size > SENT_MAX / 4)
        return 0;
    check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    w.frames = n2_frames_new(ends[0]);
    w.end = ends[1];
    w.sent = w.taken = 0;
    while (!err && n2_reader_left(&r) >= 3) {
        uint8_t how = n2_read_u8(&r);
        size_t len = n2_read_u16(&r), left = n2_reader_left(&r), at_once = 1 + (how >> 1);

        len = len < left ? len : left;
        const uint8_t *bytes = n2_read_bytes(&r, len);
        uint8_t head[4] = {0, 0, (uint8_t)(len >> 8), (uint8_t)len};

        if (how & 1)
            put(&w, head, sizeof head);
        for (size_t at = 0; at < len && !err; at += at_once) {
            size_t n = len - at < at_once ? len - at : at_once;

            put(&w, bytes + at, n);
            err = take(&w);
        }
    }
    check(!err || err == N2_ERR_LIMIT);
    close(ends[1]);
    while (!err)
        err = take(&w);
    check(err == N2_ERR_CLOSED || err == N2_ERR_LIMIT);
    n2_frames_free(w.frames);
    return 0;
}
