/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tokens.c - jobs in, events out: the caller's side of the threads that talk to cards.
 */
#include "token/tokens.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "token/tokens-private.h"

enum {
    US_PER_S = 1000000,
    NS_PER_US = 1000,
    MS_PER_S = 1000,
    NS_PER_MS = 1000000
};

uint64_t
n2_tokens_now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / NS_PER_US;
}

void
n2_tokens_wait(n2_tokens *t, unsigned timeout_ms)
{
    struct timespec until;

    if (!timeout_ms) {
        (void)pthread_cond_wait(&t->more, &t->lock);
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / MS_PER_S;
    until.tv_nsec += (long)(timeout_ms % MS_PER_S) * NS_PER_MS;
    if (until.tv_nsec >= (long)MS_PER_S * NS_PER_MS) {
        until.tv_sec++;
        until.tv_nsec -= (long)MS_PER_S * NS_PER_MS;
    }
    (void)pthread_cond_timedwait(&t->more, &t->lock, &until);
}

void
n2_tokens_tell(n2_tokens *t)
{
    const uint64_t one = 1;

    (void)!write(t->event_fd, &one, sizeof one); /* full: it is readable already */
}

/* ---- beginning and end ---- */

static n2_err
open_fds(n2_tokens *t)
{
    struct epoll_event event = {.events = EPOLLIN};

    t->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    t->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (t->event_fd < 0 || t->timer_fd < 0 || t->poll_fd < 0 ||
        epoll_ctl(t->poll_fd, EPOLL_CTL_ADD, t->event_fd, &event) < 0 ||
        epoll_ctl(t->poll_fd, EPOLL_CTL_ADD, t->timer_fd, &event) < 0)
        return N2_ERR_IO;
    return N2_OK;
}

void
n2_tokens_destroy(n2_tokens *t)
{
    const int fds[] = {t->event_fd, t->timer_fd, t->poll_fd};

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    (void)pthread_cond_destroy(&t->more);
    (void)pthread_mutex_destroy(&t->lock);
    explicit_bzero(t, sizeof *t);
    (void)munmap(t, sizeof *t);
}

void
n2_tokens_thread_ends(n2_tokens *t, bool *has_ended)
{
    (void)pthread_mutex_lock(&t->lock);
    *has_ended = true;
    bool is_last = t->is_orphan && t->has_worker_ended && t->has_watcher_ended;
    (void)pthread_cond_broadcast(&t->more);
    (void)pthread_mutex_unlock(&t->lock);
    if (is_last)
        n2_tokens_destroy(t);
}

/* Signals are for the caller's threads. */
static n2_err
start(n2_tokens *t)
{
    sigset_t all, before;
    int failed;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&t->worker, NULL, n2_tokens_work, t);
    if (!failed) {
        failed = pthread_create(&t->watcher, NULL, n2_tokens_watch, t);
        if (failed) {
            (void)pthread_mutex_lock(&t->lock);
            t->is_closing = t->has_watcher_ended = true;
            (void)pthread_cond_broadcast(&t->more);
            (void)pthread_mutex_unlock(&t->lock);
            (void)pthread_join(t->worker, NULL);
        }
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? N2_ERR_IO : N2_OK;
}

n2_err
n2_tokens_new(n2_tokens **tokens, const n2_tokens_options *options)
{
    n2_tokens *t =
        mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_condattr_t by_clock;

    if (t == MAP_FAILED)
        return N2_ERR_NOMEM;
    (void)mlock(t, sizeof *t); /* as far as the limits allow */
    (void)madvise(t, sizeof *t, MADV_DONTDUMP);
    t->options = *options;
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_condattr_init(&by_clock);
    (void)pthread_condattr_setclock(&by_clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&t->more, &by_clock);
    (void)pthread_condattr_destroy(&by_clock);
    n2_err err = open_fds(t);
    if (!err)
        err = start(t);
    if (err) {
        n2_tokens_destroy(t);
        return err;
    }
    *tokens = t;
    return N2_OK;
}

bool
n2_tokens_close(n2_tokens *t, unsigned patience_ms)
{
    uint64_t until_us = n2_tokens_now_us() + (uint64_t)patience_ms * 1000, now_us;

    (void)pthread_mutex_lock(&t->lock);
    t->is_closing = true;
    for (size_t i = 0; i < N2_TOKENS_JOBS_MAX; i++)
        if (t->jobs[i].state != N2_JOB_RUNS)
            explicit_bzero(&t->jobs[i], sizeof t->jobs[i]);
    (void)pthread_cond_broadcast(&t->more);
    while (!(t->has_worker_ended && t->has_watcher_ended) &&
           (now_us = n2_tokens_now_us()) < until_us)
        n2_tokens_wait(t, (unsigned)((until_us - now_us) / 1000) + 1);
    bool is_over = t->has_worker_ended && t->has_watcher_ended;
    t->is_orphan = !is_over;
    if (!is_over) {
        (void)pthread_detach(t->worker);
        (void)pthread_detach(t->watcher);
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (is_over) {
        (void)pthread_join(t->worker, NULL);
        (void)pthread_join(t->watcher, NULL);
        n2_tokens_destroy(t);
    }
    return is_over;
}

/* ---- jobs ---- */

int
n2_tokens_fd(const n2_tokens *t)
{
    return t->poll_fd;
}

void
n2_tokens_give_up(n2_tokens *t, n2_job *slot, n2_token_code code)
{
    slot->state = N2_JOB_IS_OVER;
    explicit_bzero(&slot->job, sizeof slot->job);
    slot->event = (n2_token_event){
        .kind = N2_TOKEN_EVENT_DONE,
        .id = slot->id,
        .result = {.code = code, .tries = N2_TOKEN_TRIES_UNKNOWN},
    };
    slot->is_done_due = true;
    n2_tokens_tell(t);
}

uint64_t
n2_tokens_ask(n2_tokens *t, const n2_token_job *job)
{
    uint64_t id = 0;

    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < N2_TOKENS_JOBS_MAX && !id; i++) {
        n2_job *slot = &t->jobs[i];
        if (slot->state != N2_JOB_FREE)
            continue;
        id = ++t->last_id;
        slot->id = id;
        slot->job = *job;
        slot->state = N2_JOB_WAITS;
        if (t->is_failed)
            n2_tokens_give_up(t, slot, N2_TOKEN_SERVICE_FAULT);
    }
    (void)pthread_cond_broadcast(&t->more);
    (void)pthread_mutex_unlock(&t->lock);
    return id;
}

bool
n2_tokens_cancel(n2_tokens *t, uint64_t id)
{
    bool is_found = false;

    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < N2_TOKENS_JOBS_MAX; i++) {
        n2_job *slot = &t->jobs[i];
        if (slot->id != id || slot->is_abandoned ||
            (slot->state != N2_JOB_WAITS && slot->state != N2_JOB_RUNS))
            continue;
        is_found = true;
        bool runs = slot->state == N2_JOB_RUNS;
        n2_tokens_give_up(t, slot, N2_TOKEN_CANCELLED);
        slot->is_abandoned = runs;
        slot->state = runs ? N2_JOB_RUNS : N2_JOB_IS_OVER;
        slot->is_keypad_due = false;
        if (t->touching == slot)
            t->touching = NULL;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return is_found;
}

size_t
n2_tokens_list(n2_tokens *t, n2_token *tokens_out)
{
    size_t n = 0;

    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->n_seats; i++)
        if (!t->seats[i].is_gone)
            tokens_out[n++] = t->seats[i].token;
    (void)pthread_mutex_unlock(&t->lock);
    return n;
}

/* ---- events ---- */

static bool
next_seat(n2_tokens *t, n2_token_event *event)
{
    for (size_t i = 0; i < t->n_seats; i++) {
        n2_seat *seat = &t->seats[i];
        if (!seat->is_due)
            continue;
        event->kind = N2_TOKEN_EVENT_TOKEN;
        event->token = seat->token;
        event->result.code = seat->token.state;
        seat->is_due = false;
        if (seat->is_gone)
            *seat = t->seats[--t->n_seats];
        return true;
    }
    return false;
}

static bool
next_touch(n2_tokens *t, n2_token_event *event)
{
    uint64_t rings = 0;

    if (read(t->timer_fd, &rings, sizeof rings) < 0 || !t->touching)
        return false;
    unsigned passed_s = (unsigned)((n2_tokens_now_us() - t->touch_from_us) / US_PER_S);
    *event = t->touching->event;
    event->kind = N2_TOKEN_EVENT_TOUCH;
    event->id = t->touching->id;
    event->seconds = t->touch_wait_s > passed_s ? t->touch_wait_s - passed_s : 0;
    return true;
}

/* The lowest number first. */
static n2_job *
due_job(n2_tokens *t)
{
    n2_job *found = NULL;

    for (size_t i = 0; i < N2_TOKENS_JOBS_MAX; i++) {
        n2_job *slot = &t->jobs[i];
        if ((slot->is_done_due || slot->is_idle_due || slot->is_keypad_due) &&
            (!found || slot->id < found->id))
            found = slot;
    }
    return found;
}

static bool
next_job(n2_tokens *t, n2_token_event *event)
{
    n2_job *slot = due_job(t);

    if (!slot)
        return false;
    *event = slot->event;
    event->id = slot->id;
    if (slot->is_keypad_due) {
        event->kind = N2_TOKEN_EVENT_KEYPAD;
        slot->is_keypad_due = false;
        return true;
    }
    event->kind = slot->is_done_due ? N2_TOKEN_EVENT_DONE : N2_TOKEN_EVENT_IDLE;
    if (slot->is_done_due)
        slot->is_done_due = false;
    else
        slot->is_idle_due = false;
    if (slot->state == N2_JOB_IS_OVER && !slot->is_idle_due)
        explicit_bzero(slot, sizeof *slot);
    return true;
}

bool
n2_tokens_next(n2_tokens *t, n2_token_event *event)
{
    uint64_t count;
    bool is_there = true;

    explicit_bzero(event, sizeof *event);
    event->result.tries = N2_TOKEN_TRIES_UNKNOWN;
    (void)pthread_mutex_lock(&t->lock);
    if (t->is_service_due) {
        t->is_service_due = false;
        event->kind = N2_TOKEN_EVENT_SERVICE;
        event->result.code = t->service;
    } else if (!next_seat(t, event) && !next_touch(t, event) && !next_job(t, event)) {
        is_there = false;
        (void)!read(t->event_fd, &count,
                    sizeof count); /* nothing is due, as the lock is held */
    }
    (void)pthread_mutex_unlock(&t->lock);
    return is_there;
}
