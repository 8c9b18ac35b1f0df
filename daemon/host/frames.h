/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frames.h - whole messages over the stream between node and keys process.
 *
 * Layer: host.  Each message is its length, 4 bytes big-endian, then so many bytes.  Buffers
 *        are wiped before they are freed, as keys of connections pass through them.
 * Descriptors: a message may bring one; the highest bit of its length says so, and it is sent
 *        with the first byte (SCM_RIGHTS).  The node hands on ends of pipes that it never
 * reads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct n2_frames n2_frames;

enum {
    N2_FRAME_BYTES_MAX = 1 << 20,  /* of one message */
    N2_FRAMES_BYTES_MAX = 4 << 20, /* waiting to be written */
    N2_FRAMES_FDS_MAX = 16         /* descriptors that wait, either way */
};

/** @fd: (transfer full): a stream socket; made non-blocking. */
n2_frames *n2_frames_new(int fd);

/** @frames: (transfer full) (nullable). */
void n2_frames_free(n2_frames *frames);

int n2_frames_fd(const n2_frames *frames);

/** Is something left to be written when the socket takes it? */
bool n2_frames_wants_out(const n2_frames *frames);

/**
 * Queues one message; n2_frames_flush() writes what was queued, many in one go.
 *
 * Returns: N2_OK, N2_ERR_LIMIT (too long, or the other side does not read).
 */
N2_MUST_USE n2_err n2_frames_add(n2_frames *frames, const uint8_t *bytes, size_t len);

/** The same with @fd: (transfer full, also on failure).  N2_ERR_LIMIT: also N2_FRAMES_FDS_MAX.
 */
N2_MUST_USE n2_err n2_frames_add_fd(n2_frames *frames,
                                    const uint8_t *bytes,
                                    size_t len,
                                    int fd);

/** Writes what is queued, as far as the socket takes it.  Returns: N2_OK (also if some is
 * left), N2_ERR_CLOSED. */
N2_MUST_USE n2_err n2_frames_flush(n2_frames *frames);

/**
 * Reads what is there; then take the messages with n2_frames_next().
 *
 * Returns: N2_OK, N2_ERR_CLOSED (the other side ended; messages may still be inside),
 *          N2_ERR_LIMIT (it announces too long a message, or sends more descriptors than are
 *          taken: close).
 */
N2_MUST_USE n2_err n2_frames_read(n2_frames *frames);

/** The next whole message (transfer none, until n2_frames_read() or n2_frames_free()), or
 * false.
 */
bool n2_frames_next(n2_frames *frames, const uint8_t **bytes, size_t *len);

/** The same; @fd: (out) (transfer full): what it brought, or -1 (also if it did not come). */
bool n2_frames_next_fd(n2_frames *frames, const uint8_t **bytes, size_t *len, int *fd);
