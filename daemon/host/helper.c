/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * helper.c - a thread that hashes and writes for the control thread.
 */
#include "host/helper.h"
#include "host/wake.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/ring.h"

struct n2_host_helper {
    n2_helper table;
    n2_ring *works; /* of n2_work * */
    n2_crypto crypto;
    pthread_t thread;
    bool is_running;
    size_t n_given, n_seen; /* of the control thread alone */

    atomic_size_t n_done;
    atomic_bool stopping;
    atomic_bool helper_sleeps;
    atomic_bool control_sleeps;
    int wake_helper, wake_control; /* eventfds */
};

static void
sleep_until(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (poll(&p, 1, -1) < 0 && errno == EINTR)
        ;
    n2_wake_clear(fd);
}

/* ---- the helper's thread ---- */

static void *
run_thread(void *data)
{
    n2_host_helper *h = data;
    n2_work *work;

    (void)prctl(PR_SET_NAME, "helper");
    for (;;) {
        while (n2_ring_pop(h->works, &work)) {
            n2_work_do(work, &h->crypto);
            atomic_fetch_add(&h->n_done, 1);
            n2_wake(&h->control_sleeps, h->wake_control);
        }
        if (atomic_load(&h->stopping))
            return NULL;
        atomic_store(&h->helper_sleeps, true);
        atomic_thread_fence(memory_order_seq_cst);
        if (!n2_ring_count(h->works) && !atomic_load(&h->stopping))
            sleep_until(h->wake_helper);
        atomic_store(&h->helper_sleeps, false);
    }
}

/* ---- the control thread ---- */

static bool
is_ready(n2_host_helper *h)
{
    if (!h->is_running)
        h->is_running = pthread_create(&h->thread, NULL, run_thread, h) == 0;
    return h->is_running;
}

static void
wait_for_all(void *user)
{
    n2_host_helper *h = user;

    while (atomic_load(&h->n_done) != h->n_given) {
        atomic_store(&h->control_sleeps, true);
        atomic_thread_fence(memory_order_seq_cst);
        if (atomic_load(&h->n_done) != h->n_given)
            sleep_until(h->wake_control);
        atomic_store(&h->control_sleeps, false);
    }
}

static void
give(void *user, n2_work *work)
{
    n2_host_helper *h = user;

    if (is_ready(h) && n2_ring_push(h->works, &work)) {
        h->n_given++;
        n2_wake(&h->helper_sleeps, h->wake_helper);
        return;
    }
    /* No thread can be made, or it is far behind: then this one does it, when the other rests,
     * as there is one n2_crypto. */
    wait_for_all(h);
    n2_work_do(work, &h->crypto);
    h->n_given++;
    atomic_fetch_add(&h->n_done, 1);
}

n2_err
n2_host_helper_new(n2_host_helper **out)
{
    n2_host_helper *h = calloc(1, sizeof *h);

    if (!h)
        return N2_ERR_NOMEM;
    h->table = (n2_helper){.user = h, .give = give, .wait = wait_for_all};
    h->wake_helper = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    h->wake_control = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    n2_err err = h->wake_helper < 0 || h->wake_control < 0 ? N2_ERR_IO : N2_OK;

    if (!err)
        err = n2_ring_new(&h->works, sizeof(n2_work *), N2_HELPER_WORKS_MAX);
    if (!err)
        err = n2_crypto_init(&h->crypto, N2_IMPL_BEST);
    if (err) {
        n2_host_helper_free(h);
        return err;
    }
    *out = h;
    return N2_OK;
}

void
n2_host_helper_free(n2_host_helper *helper)
{
    if (!helper)
        return;
    if (helper->is_running) {
        atomic_store(&helper->stopping, true);
        atomic_store(&helper->helper_sleeps, true); /* wake it in any case */
        n2_wake(&helper->helper_sleeps, helper->wake_helper);
        pthread_join(helper->thread, NULL);
    }
    n2_ring_free(helper->works);
    n2_crypto_clear(&helper->crypto);
    if (helper->wake_helper >= 0)
        close(helper->wake_helper);
    if (helper->wake_control >= 0)
        close(helper->wake_control);
    free(helper);
}

const n2_helper *
n2_host_helper_table(const n2_host_helper *helper)
{
    return &helper->table;
}

int
n2_host_helper_fd(const n2_host_helper *helper)
{
    return helper->wake_control;
}

bool
n2_host_helper_arm(n2_host_helper *helper)
{
    atomic_store(&helper->control_sleeps, true);
    atomic_thread_fence(memory_order_seq_cst);
    return atomic_load(&helper->n_done) == helper->n_seen;
}

bool
n2_host_helper_disarm(n2_host_helper *helper)
{
    size_t n_done;

    if (!atomic_exchange(&helper->control_sleeps, false)) /* else nobody has woken us */
        n2_wake_clear(helper->wake_control);
    n_done = atomic_load(&helper->n_done);
    bool any = n_done != helper->n_seen;
    helper->n_seen = n_done;
    return any;
}
