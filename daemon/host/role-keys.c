/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-keys.c - the keys process: answers the node process, and holds what that must not.
 *
 * It does one thing at a time, in the order asked; what waits for a token or a person is
 * answered later.  It reads no network, and nothing reads it: no core dump, no ptrace by the
 * same user, no page of it in swap.  PINs and passphrases come by pipes whose ends go through
 * the node's hands: it could read one only instead of us, and then nothing would come of it.
 */
#include "host/role.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/cards.h"
#include "host/channel.h"
#include "host/clock.h"
#include "host/disk.h"
#include "host/fence.h"
#include "host/frames.h"
#include "host/guard.h"
#include "host/log.h"
#include "host/random.h"
#include "host/unicode.h"
#include "keys/keyring.h"
#include "token/result.h"

enum {
    STACK_BYTES = 256 << 10, /* of each thread for tokens; locked, so no more than it needs */
    MS_PER_S = 1000,
    SESSION_LOOK_S = 600,  /* the clock is looked at so often, while there is a session */
    SAID_BYTES_MAX = 1024, /* a row of a token is the longest */
    PIPES_MAX = 8,         /* that a secret is awaited from */
    PIPE_S = 120           /* so long; a person types */
};

_Static_assert((int)N2_KEYRING_MESSAGE_BYTES_MAX <= (int)N2_FRAME_BYTES_MAX, "answers fit");

/* A request whose secret is on its way. */
typedef struct {
    int fd; /* (owned) -1: this place is free */
    uint64_t until_us;
    uint8_t *request; /* (owned) */
    size_t len;
    n2_keys_secret *secret; /* (owned) in locked memory */
} awaited;

typedef struct {
    n2_keyring *keyring; /* NULL: it is locked by a passphrase that nobody has said yet */
    n2_frames *node;     /* NULL while there is no node process */
    n2_cards *cards;     /* NULL: none can be asked */
    const n2_disk *disk;
    n2_env env;
    int64_t next_end_us;  /* of a session; 0: there is none */
    bool is_pull_the_end; /* of sessions that the token certified */
    awaited pipes[PIPES_MAX];
} keys;

static void
end_pipe(awaited *p)
{
    if (p->fd >= 0)
        close(p->fd);
    g_free(p->request);
    sodium_free(p->secret); /* wipes */
    *p = (awaited){.fd = -1};
}

static void
lose_node(keys *k)
{
    uint32_t ids[N2_KEYRING_PENDING_MAX];
    size_t n = k->keyring ? n2_keyring_waiting(k->keyring, ids) : 0;

    n2_frames_free(k->node);
    k->node = NULL;
    for (size_t i = 0; i < n; i++) /* the next node counts anew */
        n2_keyring_cancel(k->keyring, ids[i]);
    if (k->cards)
        n2_cards_drop_orders(k->cards);
    for (size_t i = 0; i < PIPES_MAX; i++)
        end_pipe(&k->pipes[i]);
}

static n2_err
say(void *user, const uint8_t *answer, size_t len)
{
    const keys *k = user;

    return n2_frames_add(k->node, answer, len);
}

/* Adds an answer, if there is one already; it is wiped. */
static n2_err
say_once(keys *k, n2_err err, uint8_t *bytes, size_t len)
{
    if (!err && len && k->node)
        err = say(k, bytes, len);
    explicit_bzero(bytes, len);
    return err;
}

/* ---- tokens ---- */

static void
token_done_cb(
    void *user, uint32_t id, n2_err result, uint8_t why, const uint8_t *bytes, size_t len)
{
    uint8_t answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t answer_len = 0;
    keys *k = user;

    if (!k->keyring)
        return;
    n2_err err = n2_keyring_token_done(k->keyring, id, result, bytes, len, n2_clock_wall_us(),
                                       answer, sizeof answer, &answer_len);
    if (!err && result && answer_len == N2_KEYS_ANSWER_HEAD_BYTES + 1)
        answer[N2_KEYS_ANSWER_HEAD_BYTES] = why;
    if (say_once(k, err, answer, answer_len))
        n2_log(N2_LOG_INFO, "an answer could not be given: the node does not listen");
}

static void
say_cb(void *user, const n2_keys_said *said)
{
    uint8_t bytes[SAID_BYTES_MAX];
    size_t len = 0;
    keys *k = user;

    if (k->node && (n2_keys_said_write(said, bytes, sizeof bytes, &len) || say(k, bytes, len)))
        n2_log(N2_LOG_INFO, "the node could not be told what a token waits for");
}

static void
ordered_cb(void *user, const n2_keys_answer *a)
{
    uint8_t answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t len = 0;
    keys *k = user;

    n2_err err = n2_keys_answer_write(a, answer, sizeof answer, &len);
    if (say_once(k, err, answer, len))
        n2_log(N2_LOG_INFO, "what a token did could not be told: the node does not listen");
}

static void
owner_cb(void *user, n2_keys_token *token)
{
    const keys *k = user;

    if (k->keyring)
        n2_keyring_owner(k->keyring, token);
}

static void
pulled_cb(void *user, const uint8_t aid[N2_KEYS_AID_BYTES])
{
    n2_id whose[N2_KEYRING_IDENTITIES_MAX];
    keys *k = user;
    size_t n = k->keyring && k->is_pull_the_end ? n2_keyring_pulled(k->keyring, aid, whose) : 0;

    for (size_t i = 0; i < n; i++)
        say_cb(k, &(n2_keys_said){.kind = N2_KEYS_OVER, .who = whose[i]});
}

/* ---- the keyring, open or not yet ---- */

static n2_err
open_keyring(keys *k, const char *passphrase)
{
    n2_err err = n2_keyring_open(&k->keyring, k->disk, &k->env, passphrase, n2_host_unicode());

    if (!err && k->cards)
        n2_keyring_set_tokens(k->keyring, n2_cards_table(k->cards));
    return err;
}

static void
want_passphrase(keys *k)
{
    if (!k->keyring && k->node)
        say_cb(k, &(n2_keys_said){.kind = N2_KEYS_ASK,
                                  .want = N2_ASK_PASSPHRASE,
                                  .tries = N2_TRIES_UNKNOWN});
}

static n2_err
unlock(keys *k, n2_keys_secret *in)
{
    if (!in || in->len == sizeof in->bytes || memchr(in->bytes, 0, in->len))
        return N2_ERR_FORMAT;
    in->bytes[in->len] = 0;
    return open_keyring(k, (const char *)in->bytes);
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
    return k->cards ? n2_cards_tell(k->cards, q.about, q.how, in) : N2_ERR_NOTFOUND;
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
    /* A pipe takes so little at once; if nobody reads it, nobody has seen it. */
    if (!err && out && out->len && write(out_fd, out->bytes, out->len) != (ssize_t)out->len)
        err = n2_keys_refuse(request, len, N2_ERR_CLOSED, answer, sizeof answer, &answer_len);
    sodium_free(out);
    return say_once(k, err, answer, answer_len);
}

/* ---- pipes ---- */

static n2_err
refuse(keys *k, const uint8_t *request, size_t len, n2_err why)
{
    uint8_t answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t answer_len = 0;

    n2_err err = n2_keys_refuse(request, len, why, answer, sizeof answer, &answer_len);
    return say_once(k, err, answer, answer_len);
}

static n2_err
await_secret(keys *k, const uint8_t *request, size_t len, int fd)
{
    awaited *p = NULL;

    for (size_t i = 0; i < PIPES_MAX && !p; i++)
        if (k->pipes[i].fd < 0)
            p = &k->pipes[i];
    n2_keys_secret *secret = p ? sodium_malloc(sizeof *secret) : NULL;
    if (!secret || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        sodium_free(secret);
        close(fd);
        return refuse(k, request, len, N2_ERR_LIMIT);
    }
    secret->len = 0;
    *p = (awaited){.fd = fd,
                   .until_us = n2_clock_us() + PIPE_S * N2_SECOND_US,
                   .request = g_memdup2(request, len),
                   .len = len,
                   .secret = secret};
    return N2_OK;
}

/* Reads what is there; the request is answered when all is. */
static void
hear_pipe(keys *k, awaited *p)
{
    n2_keys_secret *s = p->secret;
    ssize_t got = read(p->fd, s->bytes + s->len, sizeof s->bytes - s->len);
    n2_err err = N2_OK;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        s->len += (size_t)got;
    n2_err whole =
        got < 0 ? N2_ERR_IO
                : n2_keys_secret_end(s, (n2_keys_kind)p->request[N2_KEYS_HEAD_BYTES - 1]);
    if (whole == N2_ERR_TRUNCATED && got > 0)
        return;
    if (whole)
        err = refuse(k, p->request, p->len, whole);
    else
        err = answer_one(k, p->request, p->len, s, -1);
    end_pipe(p);
    if (err)
        lose_node(k);
}

static void
drop_slow_pipes(keys *k)
{
    for (size_t i = 0; i < PIPES_MAX; i++) {
        awaited *p = &k->pipes[i];
        if (p->fd < 0 || n2_clock_us() < p->until_us)
            continue;
        n2_err err = refuse(k, p->request, p->len, N2_ERR_TIMEOUT);
        end_pipe(p);
        if (err) {
            lose_node(k);
            return;
        }
    }
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
    n2_err err;

    if (pipe == N2_PIPE_IN && fd >= 0)
        return await_secret(k, request.bytes, request.len, fd);
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    err = answer_one(k, request.bytes, request.len, NULL, fd);
    if (fd >= 0)
        close(fd);
    return err;
}

/* As many as came together, and their answers leave together: both processes wake up once for
 * them. */
static void
answer_all(keys *k)
{
    n2_slice requests[N2_KEYRING_TURN], request;
    n2_err closed = n2_frames_read(k->node), err = N2_OK;
    bool is_more = true;

    while (is_more && !err) {
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
    if (closed || err) /* it does not speak our language, or does not listen */
        lose_node(k);
}

/* False: time to end. */
static bool
hear_parent(keys *k)
{
    n2_channel_message m;
    int passed = -1;
    n2_err err = n2_channel_receive(N2_CHANNEL_FD, false, &m, &passed);

    if (err == N2_ERR_TIMEOUT)
        return true;
    if (!err && m.kind == N2_CHANNEL_PEER && passed >= 0) {
        lose_node(k);
        k->node = n2_frames_new(passed);
        want_passphrase(k);
        return true;
    }
    if (passed >= 0)
        close(passed);
    return !err && m.kind != N2_CHANNEL_STOP;
}

enum {
    WATCH_PARENT,
    WATCH_NODE,
    WATCH_CARDS,
    WATCH_PIPES,
    WATCHED = WATCH_PIPES + PIPES_MAX
};

/* Sessions end by themselves, too: whoever shows them is told at that moment. */
static void
end_sessions(keys *k)
{
    n2_id whose[N2_KEYRING_IDENTITIES_MAX];
    int64_t now_us = n2_clock_wall_us();
    size_t n = k->keyring ? n2_keyring_expire(k->keyring, now_us, whose, &k->next_end_us) : 0;

    for (size_t i = 0; i < n; i++)
        say_cb(k, &(n2_keys_said){.kind = N2_KEYS_OVER, .who = whose[i]});
}

/* How long to wait: a pipe may stay silent, a session ends, the clock is set meanwhile. */
static int
patience_ms(const keys *k)
{
    int64_t left_us = k->next_end_us - n2_clock_wall_us();

    for (size_t i = 0; i < PIPES_MAX; i++)
        if (k->pipes[i].fd >= 0)
            return MS_PER_S;
    if (!k->next_end_us)
        return -1;
    return (int)CLAMP(left_us / 1000 + 1, 0, SESSION_LOOK_S * (int64_t)MS_PER_S);
}

static void
work(keys *k)
{
    for (;;) {
        struct pollfd watched[WATCHED] = {
            [WATCH_PARENT] = {.fd = N2_CHANNEL_FD, .events = POLLIN},
            [WATCH_NODE] = {.fd = k->node ? n2_frames_fd(k->node) : -1, .events = POLLIN},
            [WATCH_CARDS] = {.fd = k->cards ? n2_cards_fd(k->cards) : -1, .events = POLLIN},
        };
        for (size_t i = 0; i < PIPES_MAX; i++)
            watched[WATCH_PIPES + i] = (struct pollfd){.fd = k->pipes[i].fd, .events = POLLIN};
        if (k->node && n2_frames_wants_out(k->node))
            watched[WATCH_NODE].events |= POLLOUT;
        if (poll(watched, WATCHED, patience_ms(k)) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        end_sessions(k);
        if (watched[WATCH_NODE].revents & POLLOUT && n2_frames_flush(k->node) != N2_OK)
            lose_node(k);
        for (size_t i = 0; i < PIPES_MAX; i++)
            if (watched[WATCH_PIPES + i].revents && k->pipes[i].fd >= 0)
                hear_pipe(k, &k->pipes[i]);
        if (watched[WATCH_CARDS].revents)
            n2_cards_work(k->cards);
        if (k->node && watched[WATCH_NODE].revents & (POLLIN | POLLHUP | POLLERR))
            answer_all(k);
        drop_slow_pipes(k);
        if (k->node && n2_frames_flush(k->node) != N2_OK)
            lose_node(k);
        if (watched[WATCH_PARENT].revents && !hear_parent(k))
            return;
    }
}

/* Why the keyring cannot be opened, and what to do. */
static const char *
words_for(n2_err err)
{
    return err == N2_ERR_CORRUPT   ? "the file is damaged. Put it back from a copy"
           : err == N2_ERR_VERSION ? "a newer version wrote it. Update net2o"
                                   : NULL;
}

/* Threads for tokens: begun before the fence, with a fence of their own.  Without them all is
 * as it was, but no token can be asked. */
static void
begin_cards(keys *k)
{
    const n2_cards_events events = {.user = k,
                                    .done = token_done_cb,
                                    .ordered = ordered_cb,
                                    .owner = owner_cb,
                                    .say = say_cb,
                                    .pulled = pulled_cb};
    pthread_attr_t attr;

    if (!pthread_attr_init(&attr)) {
        if (!pthread_attr_setstacksize(&attr, STACK_BYTES))
            (void)pthread_setattr_default_np(&attr);
        (void)pthread_attr_destroy(&attr);
    }
    if (n2_cards_new(&k->cards, &events))
        n2_log(N2_LOG_INFO, "no token can be used: there is no thread for them");
}

int
n2_role_keys(const n2_config *config, const n2_profile *profile)
{
    n2_host_disk *disk = NULL;
    n2_sandbox_state sandbox;
    keys k = {.env = {.random = n2_host_random},
              .is_pull_the_end = config->token_signs_out != 0};

    for (size_t i = 0; i < PIPES_MAX; i++)
        k.pipes[i].fd = -1;
    (void)pthread_setname_np(pthread_self(), "net2o-keys");
    n2_guard_secrets();
    begin_cards(&k);
    n2_err err = n2_fence_keys(profile, &sandbox);
    if (!err)
        err = n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_SANDBOX, n2_sandbox_pack(&sandbox),
                              NULL, -1);
    if (!err)
        err = n2_host_disk_open(&disk, profile->keys_dir);
    if (!err) {
        k.disk = n2_host_disk_table(disk);
        err = open_keyring(&k, "");
    }
    if (err == N2_ERR_REFUSED) /* somebody has to say the passphrase first: UNLOCK */
        err = N2_OK;
    if (err) {
        const char *words = words_for(err);
        g_autofree char *text = g_strdup_printf("%s/" N2_KEYRING_FILE ": %s", profile->keys_dir,
                                                words ? words : n2_err_text(err));
        n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_FATAL, err, text, -1);
    } else {
        work(&k);
    }
    lose_node(&k);
    n2_keyring_free(k.keyring);
    n2_cards_free(k.cards);
    n2_host_disk_free(disk);
    explicit_bzero(&k, sizeof k);
    return err ? 1 : 0;
}
