/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keys-pipes.h - pipes of people's programs: the keys process awaits secrets from them, and
 *                writes a sheet into one; none of them can make it wait.
 *
 * Layer: host.  Threads: the one that made it.
 * INVARIANT pipe-of-our-own: a pipe that somebody handed over is opened anew, and only that
 * opening is read or written.  What it does when there is nothing to read, or no room, is ours
 * to say; of the one that came it is of each who has a copy of it, at any time.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>

#include "keys/secret.h"

enum {
    N2_KEYS_PIPES_MAX = 8, /* that a secret is awaited from */
    N2_KEYS_PIPE_S = 120,  /* so long; a person types */
    N2_KEYS_PIPE_LOOK_MS =
        1000 /* so often n2_keys_pipes_hear() is called while one is awaited */
};

typedef struct n2_keys_pipes n2_keys_pipes;

/**
 * All of a secret came, or none will (@err, and @secret is NULL).  Once for each that is
 * awaited, unless n2_keys_pipes_clear() comes before, which may be called from here.
 *
 * @request: (borrowed): as it was given to n2_keys_pipes_await().
 * @secret:  (borrowed); wiped afterwards.
 */
typedef void n2_keys_pipe_cb(
    void *user, const uint8_t *request, size_t len, n2_keys_secret *secret, n2_err err);

n2_keys_pipes *n2_keys_pipes_new(n2_keys_pipe_cb *came, void *user);
void n2_keys_pipes_free(n2_keys_pipes *pipes);

/** Awaits nothing any more, and says nothing of it. */
void n2_keys_pipes_clear(n2_keys_pipes *pipes);

/**
 * Awaits the secret of @request, of a kind that has one.
 *
 * @fd: (transfer full, also on failure): the end for reading.
 *
 * Returns: N2_OK
 *          N2_ERR_USAGE  that is no pipe, or not its end for reading
 *          N2_ERR_IO     it could not be opened anew
 *          N2_ERR_BUSY   as many are awaited already as can be
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_keys_pipes_await(
    n2_keys_pipes *pipes, const uint8_t *request, size_t len, int fd, uint64_t now_us);

bool n2_keys_pipes_is_any(const n2_keys_pipes *pipes);

/** What to poll: N2_KEYS_PIPES_MAX of them, -1 where none is. */
void n2_keys_pipes_watch(const n2_keys_pipes *pipes, struct pollfd *out);

/** Reads what is there, and gives up those from whom nothing came for too long.
 *  @polled: what n2_keys_pipes_watch() gave; nothing was awaited since. */
void n2_keys_pipes_hear(n2_keys_pipes *pipes, const struct pollfd *polled, uint64_t now_us);

/**
 * Request @id is over, or is to be.  Nobody awaits a secret for it any more: its own is
 * cancelled (N2_ERR_CANCELLED), and what would be told to it finds nobody (N2_ERR_NOTFOUND).
 *
 * Returns: did it await one?
 */
bool n2_keys_pipes_over(n2_keys_pipes *pipes, uint32_t id);

/**
 * An opening of our own for writing, of whatever pipe @fd is the end of.
 *
 * @fd: (transfer full, also on failure).
 *
 * Returns: N2_OK; N2_ERR_USAGE, N2_ERR_IO: as n2_keys_pipes_await().
 */
N2_MUST_USE n2_err n2_keys_pipe_out(int *out, int fd);

/** Writes all of @secret into @fd, from n2_keys_pipe_out(), at once.  N2_ERR_CLOSED: nobody
 *  can read it, or there is no room, and nothing was written. */
N2_MUST_USE n2_err n2_keys_pipe_write(int fd, const n2_keys_secret *secret);
