/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tokens-watch.c - the thread that waits for readers and cards to come and go.
 *
 * It only says that something changed; the other one looks.  A call of PC/SC that waits cannot
 * do anything else, and what a wait misses while it begins anew is in the counters that the
 * service keeps.
 */
#include <string.h>
#include <winscard.h>

#include "token/pcsc.h"
#include "token/tokens-private.h"

enum {
    NAMES_BYTES = N2_READERS_MAX * N2_READER_NAME_BYTES + 1,
    AGAIN_MIN_MS = 250,  /* a service that is not there is looked for, ... */
    AGAIN_MAX_MS = 4000, /* ... less and less often */
    COUNT_SHIFT = 16     /* the state of the notification holds the number of readers */
};

#define NOTIFICATION "\\\\?PnP?\\Notification"

typedef struct {
    char names[NAMES_BYTES];
    SCARD_READERSTATE states[1 + N2_READERS_MAX];
    DWORD n;
} watch;

static void
say_changed(n2_tokens *t, bool is_lost)
{
    (void)pthread_mutex_lock(&t->lock);
    t->has_changed = true;
    t->is_service_lost = t->is_service_lost || is_lost;
    (void)pthread_cond_broadcast(&t->more);
    (void)pthread_mutex_unlock(&t->lock);
}

static n2_token_code
list(SCARDCONTEXT context, watch *w)
{
    DWORD n_bytes = sizeof w->names;
    n2_token_code code = n2_pcsc_code(SCardListReaders(context, NULL, w->names, &n_bytes));

    if (code == N2_TOKEN_NO_READER)
        w->names[0] = 0;
    else if (code)
        return code;
    w->n = 1;
    for (const char *name = w->names; *name && w->n <= N2_READERS_MAX; name += strlen(name) + 1)
        w->states[w->n++] =
            (SCARD_READERSTATE){.szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE};
    w->states[0] = (SCARD_READERSTATE){.szReader = NOTIFICATION,
                                       .dwCurrentState = (w->n - 1) << COUNT_SHIFT};
    return N2_TOKEN_OK;
}

/* Until the readers are others, or the service fails. */
static n2_token_code
wait_for_changes(n2_tokens *t, SCARDCONTEXT context, watch *w)
{
    for (;;) {
        n2_token_code code =
            n2_pcsc_code(SCardGetStatusChange(context, INFINITE, w->states, w->n));
        if (code == N2_TOKEN_NO_READER)
            return N2_TOKEN_OK;
        if (code)
            return code;
        bool is_listed_anew = w->states[0].dwEventState & SCARD_STATE_CHANGED;
        for (DWORD i = 0; i < w->n; i++) {
            is_listed_anew =
                is_listed_anew ||
                (i && w->states[i].dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_IGNORE));
            w->states[i].dwCurrentState =
                w->states[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        }
        say_changed(t, false);
        if (is_listed_anew)
            return N2_TOKEN_OK;
    }
}

static bool
is_closing(n2_tokens *t)
{
    (void)pthread_mutex_lock(&t->lock);
    bool is = t->is_closing;
    (void)pthread_mutex_unlock(&t->lock);
    return is;
}

/* One life of the service. */
static bool
watch_service(n2_tokens *t, watch *w)
{
    long context;
    n2_token_code code = n2_pcsc_context(&context);

    if (code)
        return false;
    (void)pthread_mutex_lock(&t->lock);
    t->context = context;
    t->has_context = true;
    (void)pthread_mutex_unlock(&t->lock);
    do {
        code = list(context, w);
        if (!code) {
            say_changed(t, false);
            code = wait_for_changes(t, context, w);
        }
    } while (!code && !is_closing(t));
    (void)pthread_mutex_lock(&t->lock);
    t->has_context = false;
    (void)pthread_mutex_unlock(&t->lock);
    (void)SCardReleaseContext(context);
    return true;
}

static void
rest(n2_tokens *t, unsigned for_ms)
{
    uint64_t until_us = n2_tokens_now_us() + (uint64_t)for_ms * 1000, now_us;

    (void)pthread_mutex_lock(&t->lock);
    while (!t->is_closing && (now_us = n2_tokens_now_us()) < until_us)
        n2_tokens_wait(t, (unsigned)((until_us - now_us) / 1000) + 1);
    (void)pthread_mutex_unlock(&t->lock);
}

void *
n2_tokens_watch(void *user)
{
    n2_tokens *t = user;
    watch w;
    unsigned again_ms = AGAIN_MIN_MS;

    (void)pthread_setname_np(pthread_self(), "net2o-readers");
    if (n2_tokens_fence(t, &t->is_watcher_ready)) {
        say_changed(t, false); /* whatever is there now */
        while (!is_closing(t)) {
            if (watch_service(t, &w)) {
                again_ms = AGAIN_MIN_MS;
                say_changed(t, true);
            }
            rest(t, again_ms);
            if (again_ms < AGAIN_MAX_MS)
                again_ms *= 2;
        }
    }
    n2_tokens_thread_ends(t, &t->has_watcher_ended);
    return NULL;
}
