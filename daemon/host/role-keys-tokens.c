/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-keys-tokens.c - what tokens answer, and what the keys process says without being asked.
 */
#include <pthread.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/role-keys-private.h"
#include "token/result.h"

enum {
    STACK_BYTES = 256 << 10, /* of each thread for tokens; locked, so no more than it needs */
    SAID_BYTES_MAX = 1024    /* a row of a token is the longest */
};

void
n2_role_keys_tell(keys *k, const n2_keys_said *said)
{
    uint8_t bytes[SAID_BYTES_MAX];
    size_t len = 0;

    if (k->node && (n2_keys_said_write(said, bytes, sizeof bytes, &len) ||
                    n2_frames_add(k->node, bytes, len)))
        n2_log(N2_LOG_INFO, "the node could not be told what a token waits for");
}

static void
say_cb(void *user, const n2_keys_said *said)
{
    n2_role_keys_tell(user, said);
}

void
n2_role_keys_want_passphrase(keys *k)
{
    if (!k->keyring && k->node)
        n2_role_keys_tell(k, &(n2_keys_said){.kind = N2_KEYS_ASK,
                                             .want = N2_ASK_PASSPHRASE,
                                             .tries = N2_TRIES_UNKNOWN});
}

static void
token_done_cb(
    void *user, uint32_t id, n2_err result, uint8_t why, const uint8_t *bytes, size_t len)
{
    uint8_t answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t answer_len = 0;
    keys *k = user;

    if (!k->keyring)
        return;
    (void)n2_keys_pipes_over(k->pipes, id);
    n2_err err = n2_keyring_token_done(k->keyring, id, result, bytes, len, n2_clock_wall_us(),
                                       answer, sizeof answer, &answer_len);
    if (!err && result && answer_len == N2_KEYS_ANSWER_HEAD_BYTES + 1)
        answer[N2_KEYS_ANSWER_HEAD_BYTES] = why;
    if (n2_role_keys_say(k, err, answer, answer_len))
        n2_log(N2_LOG_INFO, "an answer could not be given: the node does not listen");
}

static void
ordered_cb(void *user, const n2_keys_answer *a)
{
    uint8_t answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    size_t len = 0;
    keys *k = user;

    (void)n2_keys_pipes_over(k->pipes, a->id);
    n2_err err = n2_keys_answer_write(a, answer, sizeof answer, &len);
    if (n2_role_keys_say(k, err, answer, len))
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

/* Threads for tokens: begun before the fence, with a fence of their own.  Without them all is
 * as it was, but no token can be asked. */
void
n2_role_keys_begin_cards(keys *k)
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
