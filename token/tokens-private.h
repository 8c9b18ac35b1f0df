/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tokens-private.h - what the files of tokens.h share.
 *
 * Layer: token (may include: base only; threads).
 * Threads: `lock` guards all but what is marked as the worker's own.
 */
#pragma once

#include <pthread.h>

#include "token/tokens.h"

typedef enum {
    N2_JOB_FREE,
    N2_JOB_WAITS,
    N2_JOB_RUNS,
    N2_JOB_IS_OVER
} n2_job_state;

typedef struct {
    n2_job_state state;
    bool is_abandoned; /* cancelled while it ran */
    bool is_done_due;  /* events that were not asked for yet */
    bool is_idle_due;
    bool is_keypad_due;
    uint64_t id;
    n2_token_job job;     /* wiped when it is over */
    n2_token_event event; /* DONE */
} n2_job;

/** A reader that is known, and what was read of the card in it. */
typedef struct {
    n2_token token;
    bool is_due;   /* its event was not asked for yet */
    bool is_gone;  /* told once more, then forgotten */
    bool is_stale; /* a job changed it, or may have */
} n2_seat;

struct n2_tokens {
    n2_tokens_options options;
    pthread_mutex_t lock;
    pthread_cond_t more; /* by the monotonic clock */
    pthread_t worker, watcher;
    int poll_fd, event_fd, timer_fd;

    bool is_closing, is_orphan;
    bool is_worker_ready, is_watcher_ready; /* in their fences */
    bool is_failed;                         /* one of them is not: none does anything */
    bool has_worker_ended, has_watcher_ended;
    bool has_changed;     /* the watcher saw something */
    bool is_service_lost; /* all that was known is void */
    bool has_context;
    long context; /* the watcher's, for SCardCancel() */

    n2_token_code service;
    bool is_service_due, is_service_known;
    n2_seat seats[N2_READERS_MAX];
    size_t n_seats;
    n2_job jobs[N2_TOKENS_JOBS_MAX];
    uint64_t last_id;

    n2_job *touching; /* its card waits for a finger */
    uint64_t touch_from_us;
    unsigned touch_wait_s;

    n2_card card;       /* the worker's own */
    n2_token_job job;   /* the same: what runs */
    n2_token_event out; /* the same: what came of it */
};

/** Microseconds of the monotonic clock. */
uint64_t n2_tokens_now_us(void);

/** Waits for `more`, at most so long; 0: without end.  Holds the lock. */
void n2_tokens_wait(n2_tokens *t, unsigned timeout_ms);

/** Makes n2_tokens_fd() readable.  Holds the lock. */
void n2_tokens_tell(n2_tokens *t);

/** Frees it all, after both threads. */
void n2_tokens_destroy(n2_tokens *t);

/** A thread ends: the last one of an orphan frees all.  Does not hold the lock. */
void n2_tokens_thread_ends(n2_tokens *t, bool *has_ended);

/** The thread enters its fence, and waits for the other one; false: end. */
bool n2_tokens_fence(n2_tokens *t, bool *is_ready);

/** Ends a job that no card was asked for.  Holds the lock. */
void n2_tokens_give_up(n2_tokens *t, n2_job *slot, n2_token_code code);

void *n2_tokens_watch(void *user); /* the two threads */
void *n2_tokens_work(void *user);

/** What readers hold now -> seats; talks to new cards.  The worker's; without the lock. */
void n2_tokens_refresh(n2_tokens *t);

/** Runs t->job -> t->out.  The worker's; without the lock. */
void n2_tokens_run(n2_tokens *t, n2_job *slot);
