/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * asker.c - one side of a benchmark: a data plane with real sockets.
 */
#include "asker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "host/clock.h"
#include "host/net.h"
#include "host/random.h"
#include "vm/asm.h"
#include "wire/box.h"
#include "wire/path.h"

enum {
    BUFFER_KIB = 8192,
    PATIENCE_US = 20 * 1000 * 1000,
    TIMER_SLACK_NS = 1000,
    KEY_AT = 10,  /* in a key answer, behind type, suites, serial and end */
    KEY_REST = 70 /* signature and hint */
};

void
asker_op(asker *a, const n2_op *op)
{
    n2_plane_op(a->plane, op, a->now_us);
}

/* ---- turns ---- */

static bool
take(asker *a)
{
    n2_datagram d;

    if (!n2_sockets_receive(a->sockets, 0))
        return false;
    while (n2_sockets_next(a->sockets, &d))
        n2_plane_input(a->plane, &d.from, d.bytes, d.len, a->now_us);
    return true;
}

static bool
give(asker *a)
{
    n2_plane_run run;
    bool any = false;

    for (; n2_plane_output(a->plane, &run, a->now_us); any = true)
        n2_sockets_send(a->sockets, &run.to, run.bytes, run.len, run.segment);
    return any;
}

static void
wait_for_more(asker *a, uint64_t limit_us)
{
    struct timespec limit = {.tv_sec = (time_t)(limit_us / 1000000),
                             .tv_nsec = (long)(limit_us % 1000000) * 1000};
    struct epoll_event found;

    if (epoll_pwait2(a->epoll, &found, 1, &limit, NULL) < 0)
        g_error("epoll: %s", g_strerror(errno));
}

void
asker_turn(asker *a, uint64_t limit_us)
{
    uint64_t began_us = a->now_us = n2_clock_us();

    for (;;) {
        bool any = take(a); /* first, as a node does: what came is worked out with what waits */
        uint64_t due_us = n2_plane_deadline(a->plane);
        if (a->now_us >= due_us) {
            n2_plane_expire(a->plane, a->now_us);
            any = true;
        }
        any |= give(a);
        if (any)
            return;
        uint64_t waited_us = a->now_us - began_us;
        if (waited_us >= limit_us)
            return;
        uint64_t left_us = MIN(limit_us - waited_us, due_us - a->now_us);
        wait_for_more(a, waited_us < a->spin_us ? 0 : left_us);
        a->now_us = n2_clock_us();
    }
}

bool
asker_look(asker *a, n2_event *event)
{
    if (!n2_plane_event(a->plane, event))
        return false;
    if (event->kind == N2_EVENT_LINK_DOWN)
        g_error("the link is gone: %s", n2_err_name(event->err));
    return true;
}

n2_event
asker_hear(asker *a)
{
    uint64_t until_us = n2_clock_us() + PATIENCE_US;
    n2_event event;

    while (!asker_look(a, &event)) {
        asker_turn(a, PATIENCE_US);
        if (a->now_us > until_us)
            g_error("nothing was heard for %d s", PATIENCE_US / 1000000);
    }
    return event;
}

/* Waits for one kind of event; what else is heard does not matter yet. */
static n2_event
hear_kind(asker *a, n2_event_kind kind)
{
    for (;;) {
        n2_event e = asker_hear(a);
        if (e.kind == kind)
            return e;
        if (e.kind == N2_EVENT_CLOSED)
            g_error("closed: %s", n2_err_name(e.err));
        free(e.bytes);
    }
}

/* ---- life ---- */

static int
bind_beside(const n2_net_addr *peer)
{
    n2_net_addr own = *peer, bound;
    char text[N2_NET_TEXT_BYTES];
    int fd = -1;

    n2_net_format(&own, text);
    *strrchr(text, ':') = 0; /* any port */
    g_autofree char *listener = g_strconcat(text, ":0", NULL);
    if (n2_udp_bind(listener, BUFFER_KIB, &fd, &bound, NULL))
        g_error("%s cannot be bound", listener);
    return fd;
}

void
asker_init(asker *a, const char *endpoint)
{
    n2_plane_config config = {
        .env = {.random = n2_host_random}, .width_bits = ASKER_WIDTH, .now_us = n2_clock_us()};
    n2_op open = {.kind = N2_OP_LINK_OPEN, .link_id = g_random_int()};
    n2_route route = {0};
    int ask[2];

    *a = (asker){.spin_us = 20, .now_us = config.now_us};
    g_assert_cmpint(n2_net_parse(&open.net, endpoint), ==, N2_OK);
    a->socket = bind_beside(&open.net);
    n2_ways_open(ask);
    g_assert_cmpint(n2_sockets_new(&a->sockets, &a->socket, 1, ask), ==, N2_OK);
    g_assert_cmpint(n2_plane_new(&a->plane, &config), ==, N2_OK);
    a->epoll = epoll_create1(EPOLL_CLOEXEC);
    g_assert_cmpint(
        epoll_ctl(a->epoll, EPOLL_CTL_ADD, a->socket, &(struct epoll_event){.events = EPOLLIN}),
        ==, 0);
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    open.mtu_bytes = n2_sockets_mtu(a->sockets, &open.net);
    asker_op(a, &open);
    n2_event up = hear_kind(a, N2_EVENT_LINK_UP);
    asker_op(a, &(n2_op){.kind = N2_OP_LINK_MTU, .port = up.port, .mtu_bytes = open.mtu_bytes});
    g_assert_cmpint(n2_route_add(&route, ASKER_WIDTH, up.port), ==, N2_OK);
    a->path = route.word;
}

void
asker_clear(asker *a)
{
    n2_plane_close(a->plane, a->now_us);
    give(a);
    n2_plane_free(a->plane);
    n2_sockets_free(a->sockets);
    close(a->epoll);
}

/* ---- keys and connections ---- */

void
asker_ask_key(asker *a, uint8_t suite)
{
    asker_op(a, &(n2_op){.kind = N2_OP_KEY_QUERY, .path = a->path, .suite = suite});
    n2_event e = hear_kind(a, N2_EVENT_KEY_ANSWER);
    size_t len = suite == 1 ? 32 : 56;
    if (e.err || e.len != KEY_AT + len + KEY_REST)
        g_error("no key of suite %d: %s", suite, n2_err_name(e.err));
    a->key.suite = suite;
    memcpy(a->key.key, e.bytes + KEY_AT, len);
    a->key.id = (uint16_t)(a->key.key[0] << 8 | a->key.key[1]);
    n2_sha256_of(e.bytes, e.len, a->key.record);
    free(e.bytes);
}

void
asker_connect(asker *a, uint64_t tag, bool is_fresh)
{
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = tag,
                .path = a->path,
                .suite = a->key.suite,
                .key_id = a->key.id,
                .fresh = is_fresh};

    memcpy(op.key, a->key.key, sizeof op.key);
    memcpy(op.record, a->key.record, sizeof op.record);
    asker_op(a, &op);
}

n2_conn
asker_connection(asker *a)
{
    asker_connect(a, 1, true);
    return hear_kind(a, N2_EVENT_CONNECTED).conn;
}

void
asker_ask_size(asker *a, n2_conn conn, const n2_id *content, uint64_t tag)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = conn};
    uint8_t ref[N2_REF_BYTES] = {content->method};
    n2_asm block = n2_asm_init();

    memcpy(ref + 1, content->hash, sizeof content->hash);
    memset(ref + N2_ID_BYTES, 0xff, sizeof ref - N2_ID_BYTES); /* whatever size it has */
    n2_asm_u64(&block, tag);
    n2_asm_word(&block, N2_WORD_TAG);
    n2_asm_bytes(&block, ref, sizeof ref);
    n2_asm_word(&block, N2_WORD_OBJECT);
    n2_asm_word(&block, N2_WORD_STAT);
    g_assert_cmpint(n2_asm_finish(&block, &op.bytes, &op.len), ==, N2_OK);
    asker_op(a, &op);
}
