/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pump.c - the data-plane thread: moves bytes between sockets and plane, orders and events
 *          between plane and control thread.
 */
#include "host/pump.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/ring.h"
#include "host/clock.h"
#include "host/pace.h"
#include "host/random.h"
#include "host/wake.h"
#include "host/way.h"
#include "link/link.h"

enum {
    OPS_A_TURN = 256,
    DATAGRAMS = 64, /* handed to the plane at once */
    STATS_US = 20000,
    TIMER_SLACK_NS = 1000,
    SHORT_SLEEPS = 5, /* times what is looked for: a round trip of two that both slept */
    LONG_SLEEPS = 20,
    LOOK_AGAIN_US = 1000,  /* if something cannot be waited for */
    WAKE = N2_SOCKETS_MAX, /* epoll's number for the eventfd; below it: sockets */
    NEWS
};

struct n2_pump {
    n2_plane *plane;
    n2_sockets *sockets;
    n2_ring *ops;
    n2_ring *events;
    pthread_t thread;
    bool is_running;
    size_t n_sockets;
    uint64_t spin_us;

    atomic_bool stopping;
    atomic_bool plane_sleeps;
    atomic_bool control_sleeps;
    int wake_plane, wake_control; /* eventfds */
    int news;                     /* readable when the network changes; -1: none */

    /* of the data-plane thread alone */
    int epoll;
    bool has_news;
    uint32_t readable; /* bit i: socket i may have datagrams */
    int fds[N2_SOCKETS_MAX];
    uint32_t rings, unwatched; /* bit i: n2_sockets_is_ring(i), and epoll does not watch it */
    n2_pace pace;              /* of the frames in rings */
    bool is_behind;            /* the last turn left something to do */
    n2_event held;             /* did not fit into the ring */
    bool has_held;
    n2_net_addr *port_net; /* [n_ports]: other end of the link, len 0: no link */
    size_t n_ports;
    uint64_t stats_at_us;

    pthread_mutex_t stats_lock; /* the data-plane thread never waits for it */
    n2_plane_stats plane_stats;
    n2_datagram_stats datagram_stats;
};

/* ---- the data-plane thread ---- */

static void
publish_stats(n2_pump *p, uint64_t now_us)
{
    if (pthread_mutex_trylock(&p->stats_lock) != 0)
        return;
    n2_plane_stats_get(p->plane, &p->plane_stats);
    n2_sockets_stats_get(p->sockets, &p->datagram_stats);
    pthread_mutex_unlock(&p->stats_lock);
    p->stats_at_us = now_us;
}

static bool
take_ops(n2_pump *p, uint64_t now_us)
{
    n2_op op;
    size_t n = 0;

    while (n < OPS_A_TURN && n2_ring_pop(p->ops, &op)) {
        if (op.kind == N2_OP_LINK_OPEN) {
            uint32_t mtu_bytes = n2_sockets_mtu(p->sockets, &op.net);
            if (op.mtu_bytes == 0 || op.mtu_bytes > mtu_bytes)
                op.mtu_bytes = mtu_bytes;
        }
        n2_plane_op(p->plane, &op, now_us);
        n++;
    }
    return n > 0;
}

/* Hands the plane as many at a time as there are, so that it can look ahead. */
static size_t
take_batch(n2_pump *p, uint64_t now_us)
{
    n2_datagram batch[DATAGRAMS];
    size_t n, all = 0;

    do {
        for (n = 0; n < DATAGRAMS && n2_sockets_next(p->sockets, &batch[n]);)
            n++;
        n2_plane_input_all(p->plane, batch, n, now_us);
        p->is_behind |= n == DATAGRAMS;
        all += n;
    } while (n == DATAGRAMS);
    return all;
}

static bool
watch_socket(const n2_pump *p, size_t i)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)i};

    return epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->fds[i], &e) == 0;
}

/* Who looks anyway need not be told of each frame, which takes the kernel a lock, and the time
 * of whoever sent it. */
static void
unwatch_rings(n2_pump *p)
{
    for (size_t i = 0; i < p->n_sockets; i++)
        if (p->rings & (1u << i) && epoll_ctl(p->epoll, EPOLL_CTL_DEL, p->fds[i], NULL) == 0)
            p->unwatched |= 1u << i;
}

/* If frames came meanwhile, epoll says so at once. */
static void
watch_again(n2_pump *p)
{
    for (size_t i = 0; i < p->n_sockets; i++)
        if (p->unwatched & (1u << i) && watch_socket(p, i))
            p->unwatched &= ~(1u << i);
}

static bool
take_datagrams(n2_pump *p, uint64_t now_us)
{
    size_t n_frames = 0;
    bool any = false;

    for (size_t i = 0; i < p->n_sockets; i++) {
        bool is_told = p->readable & (1u << i);
        if (!is_told && !(p->unwatched & (1u << i) && n2_sockets_has(p->sockets, i)))
            continue;
        if (!n2_sockets_receive(p->sockets, i)) {
            p->readable &= ~(1u << i);
            continue;
        }
        any = true;
        size_t n = take_batch(p, now_us);
        if (p->rings & (1u << i))
            n_frames += n;
    }
    if (n2_pace_count(&p->pace, n_frames, now_us) && p->pace.is_on)
        unwatch_rings(p);
    else if (p->unwatched && !p->pace.is_on)
        watch_again(p);
    return any;
}

static bool
give_output(n2_pump *p, uint64_t now_us)
{
    n2_plane_run run;
    size_t n = 0;

    while (n < N2_PUMP_RUNS && n2_plane_output(p->plane, &run, now_us)) {
        n2_sockets_send(p->sockets, &run.to, run.bytes, run.len, run.segment);
        n++;
    }
    p->is_behind |= n == N2_PUMP_RUNS;
    return n > 0;
}

static void
tell_mtu(n2_pump *p, size_t port, uint64_t now_us)
{
    n2_op op = {.kind = N2_OP_LINK_MTU,
                .port = (uint16_t)port,
                .mtu_bytes = n2_sockets_mtu(p->sockets, &p->port_net[port])};

    n2_plane_op(p->plane, &op, now_us);
}

/* Only the host can look up how long a datagram may be on the way of a link. */
static void
watch_links(n2_pump *p, const n2_event *event, uint64_t now_us)
{
    if (event->port >= p->n_ports)
        return;
    if (event->kind == N2_EVENT_LINK_UP) {
        p->port_net[event->port] = event->net;
        tell_mtu(p, event->port, now_us);
    } else if (event->kind == N2_EVENT_LINK_DOWN) {
        p->port_net[event->port].len = 0;
    }
}

static void
tell_all_mtu(n2_pump *p, uint64_t now_us)
{
    for (size_t port = 0; port < p->n_ports; port++)
        if (p->port_net[port].len)
            tell_mtu(p, port, now_us);
}

/* Devices, addresses or routes have changed. */
static void
look(n2_pump *p, uint64_t now_us)
{
    p->has_news = false;
    if (!n2_ways_hear(p->news))
        return;
    n2_sockets_forget(p->sockets);
    tell_all_mtu(p, now_us);
    n2_plane_op(p->plane, &(n2_op){.kind = N2_OP_LINK_LOOK}, now_us);
}

static bool
give_events(n2_pump *p, uint64_t now_us)
{
    bool any = false;

    for (;;) {
        if (!p->has_held) {
            if (!n2_plane_event(p->plane, &p->held))
                break;
            p->has_held = true;
            watch_links(p, &p->held, now_us);
        }
        if (!n2_ring_push(p->events, &p->held))
            break;
        p->has_held = false;
        any = true;
    }
    if (any)
        n2_wake(&p->control_sleeps, p->wake_control);
    return any;
}

/* Moves everything that can be moved once; false if there was nothing. */
static bool
turn(n2_pump *p, uint64_t now_us)
{
    bool any = take_ops(p, now_us);

    p->is_behind = false;
    any |= take_datagrams(p, now_us);
    if (now_us >= n2_plane_deadline(p->plane)) {
        n2_plane_expire(p->plane, now_us);
        any = true;
    }
    any |= give_output(p, now_us);
    any |= give_events(p, now_us);
    if (p->has_news)
        look(p, now_us);
    if (n2_sockets_mtu_changed(p->sockets))
        tell_all_mtu(p, now_us);
    if (now_us - p->stats_at_us > STATS_US)
        publish_stats(p, now_us);
    return any;
}

/* Waits for a socket, an order or the deadline; @limit_us 0 only looks. */
static void
wait_for_more(n2_pump *p, uint64_t limit_us)
{
    struct epoll_event found[N2_SOCKETS_MAX + 2];
    struct timespec limit = {.tv_sec = (time_t)(limit_us / 1000000u),
                             .tv_nsec = (long)(limit_us % 1000000u) * 1000};
    int n = epoll_pwait2(p->epoll, found, N2_SOCKETS_MAX + 2,
                         limit_us == UINT64_MAX ? NULL : &limit, NULL);

    for (int i = 0; i < n; i++) {
        if (found[i].data.u32 == WAKE)
            n2_wake_clear(p->wake_plane);
        else if (found[i].data.u32 == NEWS)
            p->has_news = true;
        else
            p->readable |= 1u << found[i].data.u32;
    }
}

/* Looking for more is worth it when something comes soon: a sleep that was short says so, as an
 * answer does that came while we looked; a long one says that it was in vain. */
static uint64_t
spin_after(const n2_pump *p, uint64_t spin_us, uint64_t slept_us)
{
    if (slept_us < SHORT_SLEEPS * p->spin_us)
        return p->spin_us;
    return slept_us < LONG_SLEEPS * p->spin_us ? spin_us : spin_us / 2;
}

/* Returns: how long to look for more before the next sleep. */
static uint64_t
sleep_until_more(n2_pump *p, uint64_t now_us, uint64_t spin_us)
{
    uint64_t deadline_us = n2_plane_deadline(p->plane);
    uint64_t limit_us = deadline_us == UINT64_MAX ? UINT64_MAX
                        : deadline_us > now_us    ? deadline_us - now_us
                                                  : 0;

    if ((p->has_held || p->unwatched) && limit_us > LOOK_AGAIN_US)
        limit_us = LOOK_AGAIN_US; /* the control thread is behind, or epoll has no memory */
    publish_stats(p, now_us);
    atomic_store(&p->plane_sleeps, true);
    atomic_thread_fence(memory_order_seq_cst);
    if (n2_ring_count(p->ops) > 0 || atomic_load(&p->stopping))
        limit_us = 0;
    wait_for_more(p, limit_us);
    atomic_store(&p->plane_sleeps, false);
    return spin_after(p, spin_us, n2_clock_us() - now_us);
}

/* Lets frames gather, unless there is something to do. */
static void
rest(n2_pump *p, uint64_t now_us)
{
    if (!p->is_behind && n2_plane_deadline(p->plane) > now_us)
        wait_for_more(p, N2_PACE_REST_US);
}

static void
say_goodbye(n2_pump *p)
{
    n2_plane_run run;
    uint64_t now_us = n2_clock_us();

    while (take_ops(p, now_us))
        ;
    n2_plane_close(p->plane, now_us);
    while (n2_plane_output(p->plane, &run, now_us))
        n2_sockets_send(p->sockets, &run.to, run.bytes, run.len, run.segment);
}

static void *
run_thread(void *data)
{
    n2_pump *p = data;
    uint64_t busy_at_us = n2_clock_us(), spin_us = p->spin_us;

    (void)pthread_setname_np(pthread_self(), "data-plane");
    (void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    while (!atomic_load_explicit(&p->stopping, memory_order_relaxed)) {
        uint64_t now_us = n2_clock_us();
        if (turn(p, now_us) || p->pace.is_on) {
            busy_at_us = now_us;
            if (p->pace.is_on)
                rest(p, now_us);
        } else if (now_us - busy_at_us < spin_us) {
            wait_for_more(p, 0);
        } else {
            spin_us = sleep_until_more(p, now_us, spin_us);
        }
    }
    say_goodbye(p);
    return NULL;
}

/* ---- the control thread ---- */

static n2_err
watch(n2_pump *p)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = WAKE};

    if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->wake_plane, &e) < 0)
        return N2_ERR_IO;
    e.data.u32 = NEWS;
    if (p->news >= 0 && epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->news, &e) < 0)
        return N2_ERR_IO;
    for (size_t i = 0; i < p->n_sockets; i++)
        if (!watch_socket(p, i))
            return N2_ERR_IO;
    return N2_OK;
}

static n2_err
set_up(n2_pump *p, const n2_pump_config *config)
{
    const n2_plane_config plane = {.env = {.random = n2_host_random},
                                   .width_bits = config->width_bits,
                                   .datagram_bytes = N2_LINK_BYTES_BASE,
                                   .link_rate_Bps = config->link_rate_Bps,
                                   .is_shy = config->is_shy,
                                   .is_planned = config->is_planned,
                                   .now_us = n2_clock_us()};
    n2_err err = n2_plane_new(&p->plane, &plane);

    if (!err)
        err = n2_ring_new(&p->ops, sizeof(n2_op), N2_PUMP_OPS);
    if (!err)
        err = n2_ring_new(&p->events, sizeof(n2_event), N2_PUMP_EVENTS);
    if (err)
        return err;
    p->n_ports = (size_t)1 << config->width_bits;
    p->port_net = calloc(p->n_ports, sizeof *p->port_net);
    if (!p->port_net)
        return N2_ERR_NOMEM;
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    p->wake_plane = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    p->wake_control = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->epoll < 0 || p->wake_plane < 0 || p->wake_control < 0)
        return N2_ERR_IO;
    err = watch(p);
    if (err)
        return err;
    if (pthread_create(&p->thread, NULL, run_thread, p) != 0)
        return N2_ERR_IO;
    p->is_running = true;
    return N2_OK;
}

n2_err
n2_pump_start(n2_pump **out, const n2_pump_config *config)
{
    n2_sockets *sockets = NULL;
    n2_err err = n2_sockets_new(&sockets, config->fds, config->n_fds, config->ask);
    n2_pump *p = err ? NULL : calloc(1, sizeof *p);

    if (!p) {
        n2_sockets_free(sockets);
        return err ? err : N2_ERR_NOMEM;
    }
    p->sockets = sockets;
    p->n_sockets = config->n_fds;
    for (size_t i = 0; i < config->n_fds; i++) {
        p->fds[i] = config->fds[i];
        p->rings |= (uint32_t)n2_sockets_is_ring(sockets, i) << i;
    }
    for (size_t i = 0; config->nets && i < config->n_fds; i++)
        n2_sockets_know(sockets, i, &config->nets[i]);
    p->spin_us = config->spin_us;
    p->news = config->news > 0 ? config->news : -1;
    p->epoll = p->wake_plane = p->wake_control = -1;
    pthread_mutex_init(&p->stats_lock, NULL);
    err = set_up(p, config);
    if (err) {
        n2_pump_stop(p);
        return err;
    }
    *out = p;
    return N2_OK;
}

static void
drain(n2_pump *p)
{
    n2_op op;
    n2_event event;

    while (p->ops && n2_ring_pop(p->ops, &op))
        free(op.bytes);
    while (p->events && n2_ring_pop(p->events, &event))
        free(event.bytes);
    if (p->has_held)
        free(p->held.bytes);
}

void
n2_pump_stop(n2_pump *pump)
{
    if (!pump)
        return;
    atomic_store(&pump->stopping, true);
    if (pump->is_running) {
        atomic_store(&pump->plane_sleeps, true); /* wake it in any case */
        n2_wake(&pump->plane_sleeps, pump->wake_plane);
        pthread_join(pump->thread, NULL);
    }
    drain(pump);
    n2_plane_free(pump->plane);
    n2_sockets_free(pump->sockets);
    n2_ring_free(pump->ops);
    n2_ring_free(pump->events);
    free(pump->port_net);
    const int fds[] = {pump->epoll, pump->wake_plane, pump->wake_control, pump->news};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pthread_mutex_destroy(&pump->stats_lock);
    free(pump);
}

bool
n2_pump_push(n2_pump *pump, const n2_op *op)
{
    bool fits = n2_ring_push(pump->ops, op);

    n2_wake(&pump->plane_sleeps, pump->wake_plane);
    return fits;
}

bool
n2_pump_pop(n2_pump *pump, n2_event *event)
{
    return n2_ring_pop(pump->events, event);
}

int
n2_pump_fd(const n2_pump *pump)
{
    return pump->wake_control;
}

bool
n2_pump_arm(n2_pump *pump)
{
    atomic_store(&pump->control_sleeps, true);
    atomic_thread_fence(memory_order_seq_cst);
    return n2_ring_count(pump->events) == 0;
}

void
n2_pump_disarm(n2_pump *pump)
{
    atomic_store(&pump->control_sleeps, false);
    n2_wake_clear(pump->wake_control);
}

void
n2_pump_stats(n2_pump *pump, n2_plane_stats *plane, n2_datagram_stats *sockets)
{
    pthread_mutex_lock(&pump->stats_lock);
    *plane = pump->plane_stats;
    *sockets = pump->datagram_stats;
    pthread_mutex_unlock(&pump->stats_lock);
}
