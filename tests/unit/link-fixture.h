/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link-fixture.h - three nodes' links over a net that the test is: it carries control
 * datagrams, loses some, and lets time pass.
 */
#pragma once

#include <glib.h>
#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "link/run.h"

enum {
    N_NODES = 3,
    HOP_US = 1000
};

typedef struct {
    n2_links *links;
    n2_net_addr net;
    n2_net_addr from; /* what the others see: differs from net when a test moves the node */
    guint sent[11];   /* control messages by type */
    gsize longest;    /* ... of its PINGs, in bytes */
    gsize narrow;     /* what it sends is lost if it is longer; 0: nothing is */
} node;

typedef struct {
    node nodes[N_NODES];
    uint64_t now_us;
    guint lose_type;    /* the next message of this type is lost */
    gboolean cut;       /* all are */
    guint loss_percent; /* so many are, by the numbers that follow from `draw` */
    guint32 draw;
    guint8 nonce[8]; /* of the last OPEN */
} world;

static inline void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)g_test_rand_int_range(0, 256);
}

static inline n2_net_addr
address(guint8 which)
{
    return (n2_net_addr){.len = 6, .bytes = {127, 0, 0, which, 9, which}};
}

static inline void
world_init(world *w, guint width)
{
    *w = (world){.now_us = 5 * N2_SECOND_US};
    for (guint i = 0; i < N_NODES; i++) {
        n2_links_config config = {.env.random = random_cb,
                                  .width = (uint8_t)width,
                                  .accepts = TRUE,
                                  .datagram_bytes = 1452};
        g_assert_cmpint(n2_links_new(&w->nodes[i].links, &config), ==, N2_OK);
        w->nodes[i].net = w->nodes[i].from = address((guint8)(i + 1));
    }
}

static inline void
world_clear(world *w)
{
    for (guint i = 0; i < N_NODES; i++)
        n2_links_free(w->nodes[i].links);
}

static inline node *
node_at(world *w, const n2_net_addr *net)
{
    for (guint i = 0; i < N_NODES; i++)
        if (n2_net_addr_equal(&w->nodes[i].from, net))
            return &w->nodes[i];
    return NULL;
}

static inline gboolean
is_lost(world *w, guint type)
{
    w->draw = w->draw * 1664525 + 1013904223;
    if (type == w->lose_type) {
        w->lose_type = 0;
        return TRUE;
    }
    return w->cut || w->draw / 65536 % 100 < w->loss_percent;
}

/* Carries control datagrams until no node has one. */
static inline void
pump(world *w)
{
    for (gboolean any = TRUE; any;) {
        any = FALSE;
        for (guint i = 0; i < N_NODES; i++) {
            node *n = &w->nodes[i];
            n2_net_addr to;
            const uint8_t *bytes;
            gsize len;
            while ((len = n2_links_output(n->links, &to, &bytes))) {
                guint type = bytes[N2_FRAME_HEAD_BYTES];
                any = TRUE;
                n->sent[type]++;
                n->longest = MAX(n->longest, len);
                w->now_us += HOP_US;
                node *target = node_at(w, &to);
                if (type == 1)
                    memcpy(w->nonce, bytes + 16, sizeof w->nonce);
                if (!is_lost(w, type) && target && (!n->narrow || len <= n->narrow)) {
                    g_autofree guint8 *copy = g_memdup2(bytes, len);
                    n2_link_data data =
                        n2_links_input(target->links, &n->from, copy, len, w->now_us);
                    g_assert_cmpuint(data.port, ==, 0);
                }
            }
        }
    }
}

static inline void
run_for(world *w, uint64_t us)
{
    uint64_t end_us = w->now_us + us;

    pump(w);
    for (;;) {
        uint64_t next_us = UINT64_MAX;
        for (guint i = 0; i < N_NODES; i++)
            next_us = MIN(next_us, n2_links_deadline(w->nodes[i].links));
        if (next_us > end_us)
            break;
        w->now_us = MAX(w->now_us, next_us);
        for (guint i = 0; i < N_NODES; i++)
            n2_links_expire(w->nodes[i].links, w->now_us);
        pump(w);
    }
    w->now_us = MAX(w->now_us, end_us);
}

static inline n2_link_event
expect(node *n, n2_link_event_kind kind)
{
    n2_link_event event = {0};

    g_assert_true(n2_links_event(n->links, &event));
    g_assert_cmpint(event.kind, ==, kind);
    return event;
}

static inline void
expect_none(node *n)
{
    n2_link_event event;

    g_assert_false(n2_links_event(n->links, &event));
}

/* A link between node 0 (opener) and node 1. */
static inline void
open_link(world *w)
{
    g_assert_cmpint(n2_links_open(w->nodes[0].links, &w->nodes[1].net, 77, 0, 0, w->now_us), ==,
                    N2_OK);
    run_for(w, 10 * HOP_US);
    (void)expect(&w->nodes[0], N2_LINK_UP);
    (void)expect(&w->nodes[1], N2_LINK_UP);
}

/* A good body of @type but for a cookie, from token 0. */
static inline guint
open_body(guint8 *bytes, guint8 type)
{
    memset(bytes, 0, N2_LINK_CONTROL_BYTES + 1);
    bytes[6] = 0xc0;
    bytes[8] = type;
    bytes[9] = 1;
    memset(bytes + 10, 0x11, 6);
    memset(bytes + 16, 0x22, 8);
    memset(bytes + 24, 0x33, 8);
    return N2_LINK_CONTROL_BYTES;
}

/* Writes the check of an ACCEPT, the first 19 bytes of whose body are there. */
static inline void
check_accept(guint8 *body)
{
    (void)crypto_generichash(body + 19, 16, body, 19, NULL, 0);
}

/* A datagram with the token that node 0 gave node 1, or the other way round. */
static inline size_t
data_datagram(world *w, guint from, guint8 *buf)
{
    n2_packet head = {.is_long = TRUE, .is_sealed = TRUE, .size = 1, .path = 1};
    n2_run run;
    n2_net_addr to;
    size_t segment;

    n2_run_begin(&run, w->nodes[from].links, 1, buf, 4096);
    uint8_t *at = n2_run_reserve(&run, 170);
    memset(at, 0, 170);
    (void)n2_packet_write_head(at, &head);
    n2_run_commit(&run);
    return n2_run_finish(&run, &to, &segment);
}
