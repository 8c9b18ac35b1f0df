/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-keys.c - the keys process: answers the node process, and holds what that must not.
 *
 * It does one thing at a time, in the order asked.  It reads no network, and nothing reads it:
 * no core dump, no ptrace by the same user, no page of it in swap.
 */
#include "host/role.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/channel.h"
#include "host/clock.h"
#include "host/disk.h"
#include "host/fence.h"
#include "host/frames.h"
#include "host/log.h"
#include "host/random.h"
#include "host/unicode.h"
#include "keys/keyring.h"

enum {
    LOCKABLE_BYTES_MIN = 64 << 20 /* less, and locking all would make memory run out */
};

_Static_assert((int)N2_KEYRING_MESSAGE_BYTES_MAX <= (int)N2_FRAME_BYTES_MAX, "answers fit");

typedef struct {
    n2_keyring *keyring;
    n2_frames *node; /* NULL while there is no node process */
} keys;

static void
close_up(void)
{
    struct rlimit limit;

    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)signal(SIGINT, SIG_IGN);  /* it ends when the parent says so, */
    (void)signal(SIGTERM, SIG_IGN); /* after the node, which needs it to the last */
    (void)signal(SIGPIPE, SIG_IGN);
    bool may_lock = geteuid() == 0 || (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
                                       limit.rlim_cur >= LOCKABLE_BYTES_MIN);
    if (!may_lock || mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
        n2_log(N2_LOG_INFO, "only the keys themselves are locked into memory");
}

static void
lose_node(keys *k)
{
    n2_frames_free(k->node);
    k->node = NULL;
}

static n2_err
say(void *user, const uint8_t *answer, size_t len)
{
    const keys *k = user;

    return n2_frames_add(k->node, answer, len);
}

/* As many as came together, and their answers leave together: both processes wake up once for
 * them. */
static void
answer_all(keys *k)
{
    n2_slice requests[N2_KEYRING_TURN];
    n2_err closed = n2_frames_read(k->node);
    size_t n;

    do {
        n = 0;
        while (n < N2_KEYRING_TURN &&
               n2_frames_next(k->node, &requests[n].bytes, &requests[n].len))
            n++;
        n2_err err =
            n2_keyring_answer_many(k->keyring, requests, n, n2_clock_wall_us(), say, k);
        if (!err)
            err = n2_frames_flush(k->node);
        if (err)
            closed = err; /* it does not speak our language, or does not listen */
    } while (n && !closed);
    if (closed)
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
        return true;
    }
    if (passed >= 0)
        close(passed);
    return !err && m.kind != N2_CHANNEL_STOP;
}

static void
work(keys *k)
{
    for (;;) {
        struct pollfd watched[] = {
            {.fd = N2_CHANNEL_FD, .events = POLLIN},
            {.fd = k->node ? n2_frames_fd(k->node) : -1, .events = POLLIN},
        };
        if (k->node && n2_frames_wants_out(k->node))
            watched[1].events |= POLLOUT;
        if (poll(watched, 2, -1) < 0 && errno != EINTR)
            return;
        if (watched[1].revents & POLLOUT && n2_frames_flush(k->node) != N2_OK)
            lose_node(k);
        if (k->node && watched[1].revents & (POLLIN | POLLHUP | POLLERR))
            answer_all(k);
        if (watched[0].revents && !hear_parent(k))
            return;
    }
}

/* Why the keyring cannot be opened, and what to do. */
static const char *
words_for(n2_err err)
{
    if (err == N2_ERR_REFUSED)
        return "the passphrase is wrong. Give the right one";
    if (err == N2_ERR_CORRUPT)
        return "the file is damaged. Put it back from a copy";
    if (err == N2_ERR_VERSION)
        return "a newer version wrote it. Update net2o";
    return NULL;
}

int
n2_role_keys(const n2_config *config, const n2_profile *profile)
{
    const n2_env env = {.random = n2_host_random};
    n2_host_disk *disk = NULL;
    n2_sandbox_state sandbox;
    keys k = {0};

    (void)config;
    (void)pthread_setname_np(pthread_self(), "net2o-keys");
    close_up();
    n2_err err = n2_fence_keys(profile, &sandbox);
    if (!err)
        err = n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_SANDBOX, n2_sandbox_pack(&sandbox),
                              NULL, -1);
    if (!err)
        err = n2_host_disk_open(&disk, profile->keys_dir);
    if (!err)
        err =
            n2_keyring_open(&k.keyring, n2_host_disk_table(disk), &env, "", n2_host_unicode());
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
    n2_host_disk_free(disk);
    explicit_bzero(&k, sizeof k);
    return err ? 1 : 0;
}
