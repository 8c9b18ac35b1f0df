/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keys-pipes.c - pipes of people's programs, opened anew, read and written without waiting.
 */
#include "host/keys-pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/reader.h"
#include "keys/ask.h"

_Static_assert((int)N2_KEYRING_SECRET_BYTES_MAX <= PIPE_BUF, "all or nothing is written");

/* A request whose secret is on its way. */
typedef struct {
    int fd; /* (owned) our own; -1: this place is free */
    uint64_t until_us;
    uint8_t *request; /* (owned) */
    size_t len;
    n2_keys_secret *secret; /* (owned) in locked memory */
} awaited;

struct n2_keys_pipes {
    n2_keys_pipe_cb *came;
    void *user;
    awaited at[N2_KEYS_PIPES_MAX];
};

/* ---- openings of our own ---- */

/* @end: O_RDONLY or O_WRONLY.  Takes @fd. */
static n2_err
open_anew(int *out, int fd, int end)
{
    char path[sizeof "/proc/self/fd/" + 3 * sizeof fd];
    struct stat st;

    /* Else the opening itself could wait: for a device, or for a file system of somebody's. */
    int flags = fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) ? fcntl(fd, F_GETFL) : -1;
    bool is_end = flags >= 0 && ((flags & O_ACCMODE) == end || (flags & O_ACCMODE) == O_RDWR);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = is_end ? open(path, end | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) : -1;
    close(fd);
    if (own < 0)
        return is_end ? N2_ERR_IO : N2_ERR_USAGE;
    *out = own;
    return N2_OK;
}

n2_err
n2_keys_pipe_out(int *out, int fd)
{
    return open_anew(out, fd, O_WRONLY);
}

n2_err
n2_keys_pipe_write(int fd, const n2_keys_secret *secret)
{
    /* A pipe takes so little whole or not at all. */
    return write(fd, secret->bytes, secret->len) == (ssize_t)secret->len ? N2_OK
                                                                         : N2_ERR_CLOSED;
}

/* ---- what is awaited ---- */

n2_keys_pipes *
n2_keys_pipes_new(n2_keys_pipe_cb *came, void *user)
{
    n2_keys_pipes *pipes = g_new(n2_keys_pipes, 1);

    *pipes = (n2_keys_pipes){.came = came, .user = user};
    for (size_t i = 0; i < N2_KEYS_PIPES_MAX; i++)
        pipes->at[i].fd = -1;
    return pipes;
}

static void
drop(awaited *p)
{
    if (p->fd >= 0)
        close(p->fd);
    g_free(p->request);
    sodium_free(p->secret); /* wipes */
    *p = (awaited){.fd = -1};
}

void
n2_keys_pipes_clear(n2_keys_pipes *pipes)
{
    for (size_t i = 0; i < N2_KEYS_PIPES_MAX; i++)
        drop(&pipes->at[i]);
}

void
n2_keys_pipes_free(n2_keys_pipes *pipes)
{
    if (!pipes)
        return;
    n2_keys_pipes_clear(pipes);
    g_free(pipes);
}

/* Its place is free before anybody hears of it. */
static void
end(n2_keys_pipes *pipes, awaited *p, n2_err err)
{
    awaited was = *p;

    *p = (awaited){.fd = -1};
    pipes->came(pipes->user, was.request, was.len, err ? NULL : was.secret, err);
    drop(&was);
}

n2_err
n2_keys_pipes_await(
    n2_keys_pipes *pipes, const uint8_t *request, size_t len, int fd, uint64_t now_us)
{
    awaited *p = NULL;
    int own = -1;

    for (size_t i = 0; i < N2_KEYS_PIPES_MAX && !p; i++)
        if (pipes->at[i].fd < 0)
            p = &pipes->at[i];
    n2_err err = open_anew(&own, fd, O_RDONLY);
    if (err)
        return err;
    n2_keys_secret *secret = p ? sodium_malloc(sizeof *secret) : NULL;
    if (!secret) {
        close(own);
        return p ? N2_ERR_NOMEM : N2_ERR_BUSY;
    }
    secret->len = 0;
    *p = (awaited){.fd = own,
                   .until_us = now_us + N2_KEYS_PIPE_S * N2_SECOND_US,
                   .request = g_memdup2(request, len),
                   .len = len,
                   .secret = secret};
    return N2_OK;
}

bool
n2_keys_pipes_is_any(const n2_keys_pipes *pipes)
{
    for (size_t i = 0; i < N2_KEYS_PIPES_MAX; i++)
        if (pipes->at[i].fd >= 0)
            return true;
    return false;
}

void
n2_keys_pipes_watch(const n2_keys_pipes *pipes, struct pollfd *out)
{
    for (size_t i = 0; i < N2_KEYS_PIPES_MAX; i++)
        out[i] = (struct pollfd){.fd = pipes->at[i].fd, .events = POLLIN};
}

static n2_keys_kind
kind_of(const awaited *p)
{
    return (n2_keys_kind)p->request[N2_KEYS_HEAD_BYTES - 1];
}

/* Reads what is there; the request is answered when all is. */
static void
hear(n2_keys_pipes *pipes, awaited *p)
{
    n2_keys_secret *s = p->secret;
    ssize_t got = read(p->fd, s->bytes + s->len, sizeof s->bytes - s->len);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        s->len += (size_t)got;
    n2_err err = got < 0 ? N2_ERR_IO : n2_keys_secret_end(s, kind_of(p));
    if (err != N2_ERR_TRUNCATED || !got)
        end(pipes, p, err);
}

void
n2_keys_pipes_hear(n2_keys_pipes *pipes, const struct pollfd *polled, uint64_t now_us)
{
    for (size_t i = 0; i < N2_KEYS_PIPES_MAX; i++) {
        awaited *p = &pipes->at[i];

        if (p->fd >= 0 && polled[i].revents)
            hear(pipes, p);
        if (p->fd >= 0 && now_us >= p->until_us)
            end(pipes, p, N2_ERR_TIMEOUT);
    }
}

bool
n2_keys_pipes_over(n2_keys_pipes *pipes, uint32_t id)
{
    bool was_any = false;

    for (size_t i = 0; i < N2_KEYS_PIPES_MAX; i++) {
        awaited *p = &pipes->at[i];
        n2_keys_request q;

        if (p->fd < 0 || n2_keys_request_read(&q, p->request, p->len))
            continue;
        if (q.id == id) {
            was_any = true;
            end(pipes, p, N2_ERR_CANCELLED);
        } else if (q.kind == N2_KEYS_TELL && q.about == id) {
            end(pipes, p, N2_ERR_NOTFOUND);
        }
    }
    return was_any;
}
