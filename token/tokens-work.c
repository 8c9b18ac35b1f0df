/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tokens-work.c - the thread that talks to cards: one job after the other.
 */
#include <string.h>
#include <winscard.h>

#include "token/tokens-private.h"

enum {
    CANCEL_AGAIN_MS = 20 /* a call that had not begun to wait was not cancelled */
};

static n2_job *
next_waiting(n2_tokens *t)
{
    n2_job *found = NULL;

    for (size_t i = 0; i < N2_TOKENS_JOBS_MAX; i++)
        if (t->jobs[i].state == N2_JOB_WAITS && (!found || t->jobs[i].id < found->id))
            found = &t->jobs[i];
    return found;
}

/* With the lock at begin and end. */
static void
run_one(n2_tokens *t, n2_job *slot)
{
    slot->state = N2_JOB_RUNS;
    t->job = slot->job;
    explicit_bzero(&slot->job, sizeof slot->job);
    (void)pthread_mutex_unlock(&t->lock);
    n2_tokens_run(t, slot);
    (void)pthread_mutex_lock(&t->lock);
    slot->state = N2_JOB_IS_OVER;
    slot->is_keypad_due = false;
    if (slot->is_abandoned) {
        slot->is_idle_due = true;
    } else {
        slot->event = t->out;
        slot->is_done_due = true;
    }
    explicit_bzero(&t->job, sizeof t->job);
    explicit_bzero(&t->out, sizeof t->out);
    n2_tokens_tell(t);
}

/* Is there a token that may be another's for a while only? */
static bool
is_one_busy(const n2_tokens *t)
{
    for (size_t i = 0; i < t->n_seats; i++) {
        n2_token_code state = t->seats[i].token.state;
        if (!t->seats[i].is_gone && state != N2_TOKEN_OK && state != N2_TOKEN_NO_CARD &&
            state != N2_TOKEN_NO_APPLET && state != N2_TOKEN_SWITCHED_OFF)
            return true;
    }
    return false;
}

bool
n2_tokens_fence(n2_tokens *t, bool *is_ready)
{
    bool may = !t->options.fence || t->options.fence(t->options.user) == N2_OK;

    (void)pthread_mutex_lock(&t->lock);
    *is_ready = may;
    t->is_failed = t->is_failed || !may;
    (void)pthread_cond_broadcast(&t->more);
    while (!t->is_failed && !t->is_closing && !(t->is_worker_ready && t->is_watcher_ready))
        n2_tokens_wait(t, 0);
    may = !t->is_failed;
    (void)pthread_mutex_unlock(&t->lock);
    return may;
}

static void
work(n2_tokens *t)
{
    (void)pthread_mutex_lock(&t->lock);
    while (!t->is_closing && !t->is_failed) {
        n2_job *slot = next_waiting(t);
        if (t->has_changed) {
            t->has_changed = false;
            (void)pthread_mutex_unlock(&t->lock);
            n2_tokens_refresh(t);
            (void)pthread_mutex_lock(&t->lock);
        } else if (slot) {
            run_one(t, slot);
        } else if (is_one_busy(t)) {
            uint64_t from_us = n2_tokens_now_us();
            n2_tokens_wait(t, N2_TOKENS_AGAIN_MS);
            if (n2_tokens_now_us() - from_us >= N2_TOKENS_AGAIN_MS * 1000)
                t->has_changed = true;
        } else {
            n2_tokens_wait(t, 0);
        }
    }
    while (!t->has_watcher_ended) {
        if (t->has_context)
            (void)SCardCancel(t->context);
        n2_tokens_wait(t, CANCEL_AGAIN_MS);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

void *
n2_tokens_work(void *user)
{
    n2_tokens *t = user;

    (void)pthread_setname_np(pthread_self(), "net2o-tokens");
    if (n2_tokens_fence(t, &t->is_worker_ready))
        work(t);
    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < N2_TOKENS_JOBS_MAX; i++)
        if (t->jobs[i].state == N2_JOB_WAITS)
            n2_tokens_give_up(t, &t->jobs[i], N2_TOKEN_SERVICE_FAULT);
    (void)pthread_mutex_unlock(&t->lock);
    n2_tokens_thread_ends(t, &t->has_worker_ended);
    return NULL;
}
