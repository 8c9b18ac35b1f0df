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
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/clock.h"
#include "host/fence.h"
#include "host/guard.h"
#include "host/log.h"
#include "host/random.h"
#include "host/role-keys-private.h"

enum {
    MS_PER_S = 1000,
    SESSION_LOOK_S = 600 /* the clock is looked at so often, while there is a session */
};

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
        n2_role_keys_lose_node(k);
        k->node = n2_frames_new(passed);
        n2_role_keys_want_passphrase(k);
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
    WATCHED = WATCH_PIPES + N2_KEYS_PIPES_MAX
};

/* Sessions end by themselves, too: whoever shows them is told at that moment. */
static void
end_sessions(keys *k)
{
    n2_id whose[N2_KEYRING_IDENTITIES_MAX];
    int64_t now_us = n2_clock_wall_us();
    size_t n = k->keyring ? n2_keyring_expire(k->keyring, now_us, whose, &k->next_end_us) : 0;

    for (size_t i = 0; i < n; i++)
        n2_role_keys_tell(k, &(n2_keys_said){.kind = N2_KEYS_OVER, .who = whose[i]});
}

/* How long to wait: a pipe may stay silent, a session ends, the clock is set meanwhile. */
static int
patience_ms(const keys *k)
{
    int64_t left_us = k->next_end_us - n2_clock_wall_us();

    if (n2_keys_pipes_is_any(k->pipes))
        return N2_KEYS_PIPE_LOOK_MS;
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
        n2_keys_pipes_watch(k->pipes, watched + WATCH_PIPES);
        if (k->node && n2_frames_wants_out(k->node))
            watched[WATCH_NODE].events |= POLLOUT;
        if (poll(watched, WATCHED, patience_ms(k)) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        end_sessions(k);
        if (watched[WATCH_NODE].revents & POLLOUT && n2_frames_flush(k->node) != N2_OK)
            n2_role_keys_lose_node(k);
        n2_keys_pipes_hear(k->pipes, watched + WATCH_PIPES, n2_clock_us());
        if (watched[WATCH_CARDS].revents)
            n2_cards_work(k->cards);
        if (k->node && watched[WATCH_NODE].revents & (POLLIN | POLLHUP | POLLERR))
            n2_role_keys_hear_node(k);
        if (k->node && (k->is_deaf || n2_frames_flush(k->node) != N2_OK))
            n2_role_keys_lose_node(k);
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

int
n2_role_keys(const n2_config *config, const n2_profile *profile)
{
    n2_host_disk *disk = NULL;
    n2_sandbox_state sandbox;
    keys k = {.env = {.random = n2_host_random},
              .is_pull_the_end = config->token_signs_out != 0};

    k.pipes = n2_keys_pipes_new(n2_role_keys_came_cb, &k);
    (void)pthread_setname_np(pthread_self(), "net2o-keys");
    n2_guard_secrets();
    n2_role_keys_begin_cards(&k);
    n2_err err = n2_fence_keys(profile, &sandbox);
    if (!err)
        err = n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_SANDBOX, n2_sandbox_pack(&sandbox),
                              NULL, -1);
    if (!err)
        err = n2_host_disk_open(&disk, profile->keys_dir);
    if (!err) {
        k.disk = n2_host_disk_table(disk);
        err = n2_role_keys_open(&k, "");
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
    n2_role_keys_lose_node(&k);
    n2_keyring_free(k.keyring);
    n2_cards_free(k.cards);
    n2_keys_pipes_free(k.pipes);
    n2_host_disk_free(disk);
    explicit_bzero(&k, sizeof k);
    return err ? 1 : 0;
}
