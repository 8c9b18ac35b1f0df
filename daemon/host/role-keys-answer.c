/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-keys-answer.c - the node asks, the keyring or a token answers.
 */
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/role-keys-private.h"
#include "host/unicode.h"
#include "token/result.h"

_Static_assert((int)N2_KEYRING_MESSAGE_BYTES_MAX <= (int)N2_FRAME_BYTES_MAX, "answers fit");

void
n2_role_keys_lose_node(keys *k)
{
    uint32_t ids[N2_KEYRING_PENDING_MAX];
    size_t n = k->keyring ? n2_keyring_waiting(k->keyring, ids) : 0;

    n2_frames_free(k->node);
    k->node = NULL;
    k->is_deaf = false;
    for (size_t i = 0; i < n; i++) /* the next node counts anew */
        n2_keyring_cancel(k->keyring, ids[i]);
    if (k->cards)
        n2_cards_drop_orders(k->cards);
    n2_keys_pipes_clear(k->pipes);
}

static n2_err
say(void *user, const uint8_t *answer, size_t len)
{
    const keys *k = user;

    return n2_frames_add(k->node, answer, len);
}

n2_err
n2_role_keys_say(keys *k, n2_err err, uint8_t *bytes, size_t len)
{
    if (!err && len && k->node)
        err = say(k, bytes, len);
    explicit_bzero(bytes, len);
    return err;
}

/* ---- the keyring, open or not yet ---- */

n2_err
n2_role_keys_open(keys *k, const char *passphrase)
{
    n2_err err = n2_keyring_open(&k->keyring, k->disk, &k->env, passphrase, n2_host_unicode());

    if (!err && k->cards)
        n2_keyring_set_tokens(k->keyring, n2_cards_table(k->cards));
    return err;
}

static n2_err
unlock(keys *k, n2_keys_secret *in)
{
    if (!in || in->len == sizeof in->bytes || memchr(in->bytes, 0, in->len))
        return N2_ERR_FORMAT;
    in->bytes[in->len] = 0;
    return n2_role_keys_open(k, (const char *)in->bytes);
}

static n2_err
tell(keys *k, const uint8_t *request, size_t len, const n2_keys_secret *in)
{
    n2_keys_request q;
    n2_err err = n2_keys_request_read(&q, request, len);

    if (err)
        return err;
    if (q.kind == N2_KEYS_PULL) {
        k->is_pull_the_end = q.reason;
        return N2_OK;
    }
    bool is_over = q.how == N2_TELL_NO && n2_keys_pipes_over(k->pipes, q.about);
    err = k->cards ? n2_cards_tell(k->cards, q.about, q.how, in) : N2_ERR_NOTFOUND;
    return err == N2_ERR_NOTFOUND && is_over ? N2_OK : err;
}

/* Answered later, unless it cannot begin; then @answer_len is set. */
static n2_err
order(keys *k, const uint8_t *request, size_t len, uint8_t *answer, size_t cap, size_t *n)
{
    n2_keys_request q;
    n2_err err = n2_keys_request_read(&q, request, len);

    *n = 0;
    if (!err && !k->keyring && (q.kind == N2_KEYS_TOKEN_MAKE || q.kind == N2_KEYS_TOKEN_CLONE))
        err = N2_ERR_STATE; /* nobody knows whose keys would be lost */
    if (!err && !k->cards && q.kind == N2_KEYS_TOKENS) {
        const n2_keys_answer a = {
            .id = q.id, .kind = q.kind, .service = N2_TOKEN_SERVICE_FAULT};
        return n2_keys_answer_write(&a, answer, cap, n);
    }
    if (!err)
        err = k->cards ? n2_cards_order(k->cards, &q) : N2_ERR_TOKEN;
    return err ? n2_keys_refuse(request, len, err, answer, cap, n) : N2_OK;
}

static n2_keys_kind
kind_of(const uint8_t *request, size_t len)
{
    return (n2_keys_kind)(len < N2_KEYS_HEAD_BYTES ? 0 : request[N2_KEYS_HEAD_BYTES - 1]);
}

/* One request, with what came by its pipe, or a pipe to write into. */
static n2_err
answer_one(keys *k, const uint8_t *request, size_t len, n2_keys_secret *in, int out_fd)
{
    n2_keys_kind kind = kind_of(request, len);
    uint8_t answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_secret *out = out_fd >= 0 ? sodium_malloc(sizeof *out) : NULL;
    size_t answer_len = 0;
    n2_err err;

    if (kind == N2_KEYS_TELL || kind == N2_KEYS_PULL) {
        err = n2_keys_refuse(request, len, tell(k, request, len, in), answer, sizeof answer,
                             &answer_len);
    } else if (n2_cards_is_order(kind)) {
        err = order(k, request, len, answer, sizeof answer, &answer_len);
    } else if (!k->keyring) {
        n2_err why = kind == N2_KEYS_UNLOCK ? unlock(k, in) : N2_ERR_STATE;
        err = n2_keys_refuse(request, len, why, answer, sizeof answer, &answer_len);
    } else {
        err = n2_keyring_ask(k->keyring, request, len, in, out, n2_clock_wall_us(), answer,
                             sizeof answer, &answer_len);
    }
    /* If nobody can read it, nobody has seen it. */
    if (!err && out && out->len && n2_keys_pipe_write(out_fd, out))
        err = n2_keys_refuse(request, len, N2_ERR_CLOSED, answer, sizeof answer, &answer_len);
    sodium_free(out);
    return n2_role_keys_say(k, err, answer, answer_len);
}

static n2_err
refuse(keys *k, const uint8_t *request, size_t len, n2_err why)
{
    uint8_t answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t answer_len = 0;

    n2_err err = n2_keys_refuse(request, len, why, answer, sizeof answer, &answer_len);
    return n2_role_keys_say(k, err, answer, answer_len);
}

void
n2_role_keys_came_cb(
    void *user, const uint8_t *request, size_t len, n2_keys_secret *secret, n2_err err)
{
    keys *k = user;

    err = err ? refuse(k, request, len, err) : answer_one(k, request, len, secret, -1);
    k->is_deaf = k->is_deaf || err; /* not here: whoever works for it does so still */
}

/* ---- the node ---- */

/* Is it not for the keyring? */
static bool
is_ours(n2_slice request)
{
    n2_keys_kind kind = kind_of(request.bytes, request.len);

    return kind == N2_KEYS_PULL || n2_cards_is_order(kind);
}

static n2_err
answer_batch(keys *k, const n2_slice *requests, size_t n)
{
    n2_err err = N2_OK;
    size_t done;

    for (; n && !err; requests += done, n -= done) {
        for (done = 0; k->keyring && done < n && !is_ours(requests[done]);)
            done++;
        if (done) {
            err =
                n2_keyring_answer_many(k->keyring, requests, done, n2_clock_wall_us(), say, k);
        } else {
            done = 1;
            err = answer_one(k, requests->bytes, requests->len, NULL, -1);
        }
    }
    return err;
}

/* Those with a pipe; @fd: (transfer full), -1: it brought none. */
static n2_err
answer_with_pipe(keys *k, n2_slice request, n2_keys_pipe pipe, int fd)
{
    n2_err err = N2_OK;
    int own = -1;

    if (fd < 0)
        return answer_one(k, request.bytes, request.len, NULL, -1);
    if (pipe == N2_PIPE_IN)
        err = n2_keys_pipes_await(k->pipes, request.bytes, request.len, fd, n2_clock_us());
    else
        err = n2_keys_pipe_out(&own, fd);
    if (err == N2_ERR_IO)
        n2_log(N2_LOG_INFO, "a pipe could not be opened anew: is /proc there?");
    if (err)
        return refuse(k, request.bytes, request.len, err);
    if (own < 0)
        return N2_OK;
    err = answer_one(k, request.bytes, request.len, NULL, own);
    close(own);
    return err;
}

/* As many as came together, and their answers leave together: both processes wake up once for
 * them. */
void
n2_role_keys_hear_node(keys *k)
{
    n2_slice requests[N2_KEYRING_TURN], request;
    n2_err closed = n2_frames_read(k->node), err = N2_OK;
    bool is_more = true;

    while (is_more && !err && !k->is_deaf) {
        n2_keys_pipe pipe = N2_PIPE_NONE;
        size_t n = 0;
        int fd = -1;
        while (n < N2_KEYRING_TURN && pipe == N2_PIPE_NONE &&
               (is_more = n2_frames_next_fd(k->node, &request.bytes, &request.len, &fd))) {
            pipe = n2_keys_pipe_of(kind_of(request.bytes, request.len));
            if (pipe == N2_PIPE_NONE) {
                requests[n++] = request;
                if (fd >= 0)
                    close(fd); /* nobody asked for it */
            }
        }
        err = answer_batch(k, requests, n);
        if (!err && pipe != N2_PIPE_NONE)
            err = answer_with_pipe(k, request, pipe, fd);
        if (!err)
            err = n2_frames_flush(k->node);
    }
    if (closed || err || k->is_deaf) /* it does not speak our language, or does not listen */
        n2_role_keys_lose_node(k);
}
