/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * queue-fixture.h - packets for queues: what tests of queue.h share.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/queue.h"

enum {
    WIDTH = 4,
    OUT = 9,
    BIG = N2_SEALED_HEAD_BYTES + 2048 + N2_TAG_BYTES,
    SMALL = N2_SEALED_HEAD_BYTES + 32 + N2_TAG_BYTES,
    PORTS = 1 << WIDTH
};

#define RATE UINT64_C(1250000) /* 10 Mbit/s */
#define FAST UINT64_C(125000000)

/** A packet number @number joins; its way and the region it is for tell who sent it. */
static inline n2_queue_word
queue_join(n2_queues *q,
           uint32_t in_port,
           uint32_t out_port,
           n2_class class,
           size_t len,
           uint64_t way,
           uint32_t number,
           uint64_t now_us)
{
    guint8 *at = n2_queues_reserve(q);
    n2_packet head = {.is_long = true,
                      .is_sealed = true,
                      .size = len == BIG ? 3 : 0,
                      .class = class,
                      .path = way,
                      .address = way << 32,
                      .counter = number};

    g_assert_nonnull(at);
    g_assert_true(n2_queues_reserve(q) == at); /* forgotten: the same again */
    memset(at, 0, len);
    g_assert_cmpuint(n2_packet_write_head(at, &head), ==, N2_SEALED_HEAD_BYTES);
    g_assert_cmpuint(n2_packet_bytes(at[0]), ==, len);
    return n2_queues_join(q, in_port, out_port, class, len, RATE, now_us);
}

static inline guint32
queue_number(const n2_queued *p)
{
    n2_packet head;

    g_assert_cmpint(n2_packet_parse(&head, p->bytes, p->len), ==, N2_OK);
    return head.counter;
}

/** Each queue has another key than the one before, and in each run the same: who falls together
 *  by chance does so always. */
static inline void
queue_random_cb(void *user, void *buf, size_t len)
{
    static guint64 state = 1;

    (void)user;
    for (gsize i = 0; i < len; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        ((guint8 *)buf)[i] = (guint8)(state >> 56);
    }
}

static inline n2_queues *
queue_make(void)
{
    const n2_env env = {.random = queue_random_cb};
    n2_queues *q = NULL;

    g_assert_cmpint(n2_queues_new(&q, WIDTH, &env), ==, N2_OK);
    return q;
}

/** Takes @bytes out, or all; counts them by in-port. */
static inline void
queue_take(n2_queues *q, guint64 bytes, guint64 got[PORTS])
{
    guint64 n = 0;
    n2_queued p;

    while (n < bytes && n2_queues_peek(q, OUT, 0, &p)) {
        got[p.in_port] += p.len;
        n += p.len;
        n2_queues_take(q, OUT, 0);
    }
}
