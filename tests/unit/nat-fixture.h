/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * nat-fixture.h - links of two nodes behind NATs and of one that both can reach, over a net
 * that the test is.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "link/run.h"

enum {
    ASKER,
    OTHER,
    MIDDLE,
    VICTIM, /* of the net, not a node */
    N_NODES = VICTIM,
    N_MAPPINGS = 8,
    N_FLYING = 256,
    LINK_ID = 4711
};

typedef enum {
    OPEN_NET,  /* no NAT */
    CONE,      /* one mapping for all; lets in whom it sent to */
    SYMMETRIC, /* a mapping for each target, and lets in only that */
} nat_kind;

typedef struct {
    guint8 outside; /* port */
    n2_net_addr peers[N_MAPPINGS];
    guint n_peers;
} mapping;

typedef struct {
    n2_links *links;
    nat_kind nat;
    guint8 host;
    mapping mappings[N_MAPPINGS];
    guint n_mappings;
    guint sent_to_victim, opens, meetings;
} node;

typedef struct {
    uint64_t at_us;
    n2_net_addr from, to;
    guint8 bytes[N2_LINK_CONTROL_BYTES];
    guint lost; /* type that this one was */
} flight;

typedef struct {
    node nodes[N_NODES];
    uint64_t now_us;
    uint64_t delay_us[N_NODES][N_NODES];
    flight flying[N_FLYING];
    guint n_flying;
    guint loss_percent;
    guint32 draw;
} world;

static inline void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)g_test_rand_int_range(0, 256);
}

static guint8 first_byte = 10; /* of all addresses: a net of one's own */

static inline n2_net_addr
address(guint8 host, guint8 port)
{
    return (n2_net_addr){.len = 7, .bytes = {4, 1, port, first_byte, 0, 0, host}};
}

static inline void
init(world *w, nat_kind asker, nat_kind other)
{
    static const guint8 hosts[N_NODES] = {1, 2, 3};
    nat_kind kinds[N_NODES] = {asker, other, OPEN_NET};

    *w = (world){.now_us = 5 * N2_SECOND_US, .draw = 1};
    for (guint i = 0; i < N_NODES; i++) {
        n2_links_config config = {.env.random = random_cb,
                                  .width = 4,
                                  .accepts = TRUE,
                                  .meets = TRUE,
                                  .datagram_bytes = 1232};
        w->nodes[i].nat = kinds[i];
        w->nodes[i].host = hosts[i];
        g_assert_cmpint(n2_links_new(&w->nodes[i].links, &config), ==, N2_OK);
        for (guint k = 0; k < N_NODES; k++)
            w->delay_us[i][k] = 5000 + 3000 * (i + 2 * k);
    }
}

static inline void
clear(world *w)
{
    for (guint i = 0; i < N_NODES; i++)
        n2_links_free(w->nodes[i].links);
}

static inline gboolean
knows(const mapping *m, const n2_net_addr *peer)
{
    for (guint i = 0; i < m->n_peers; i++)
        if (n2_net_addr_equal(&m->peers[i], peer))
            return TRUE;
    return FALSE;
}

/* What the world sees as the sender when @n speaks to @to. */
static inline n2_net_addr
outward(node *n, const n2_net_addr *to)
{
    mapping *m = NULL;

    if (n->nat == OPEN_NET)
        return address(n->host, 1);
    for (guint i = 0; i < n->n_mappings && !m; i++)
        if (n->nat == CONE || knows(&n->mappings[i], to))
            m = &n->mappings[i];
    if (!m) {
        g_assert_cmpuint(n->n_mappings, <, N_MAPPINGS);
        m = &n->mappings[n->n_mappings];
        m->outside = (guint8)(50 + n->n_mappings++);
    }
    if (!knows(m, to) && m->n_peers < N_MAPPINGS)
        m->peers[m->n_peers++] = *to;
    return address(n->host, m->outside);
}

/* Who gets what @from sends to @to: N_NODES: nobody. */
static inline guint
inward(world *w, const n2_net_addr *from, const n2_net_addr *to)
{
    for (guint i = 0; i < N_NODES; i++) {
        node *n = &w->nodes[i];
        if (n->host != to->bytes[6])
            continue;
        if (n->nat == OPEN_NET)
            return i;
        for (guint k = 0; k < n->n_mappings; k++)
            if (n->mappings[k].outside == to->bytes[2] && knows(&n->mappings[k], from))
                return i;
    }
    return N_NODES;
}

static inline void
carry_out(world *w, guint i)
{
    node *n = &w->nodes[i];
    n2_net_addr to;
    const uint8_t *bytes;

    while (n2_links_output(n->links, &to, &bytes)) {
        guint type = bytes[N2_FRAME_HEAD_BYTES];
        n->opens += type == 1;
        n->meetings += type == 9;
        n->sent_to_victim += to.bytes[6] == 99;
        w->draw = w->draw * 1664525 + 1013904223;
        if (!to.bytes[6] || to.bytes[6] > 3 || w->draw / 65536 % 100 < w->loss_percent)
            continue;
        g_assert_cmpuint(w->n_flying, <, N_FLYING);
        flight *f = &w->flying[w->n_flying++];
        *f = (flight){.at_us = w->now_us + w->delay_us[i][to.bytes[6] - 1],
                      .from = outward(n, &to),
                      .to = to};
        memcpy(f->bytes, bytes, sizeof f->bytes);
    }
}

static inline void
run_for(world *w, uint64_t us)
{
    uint64_t end_us = w->now_us + us;

    for (;;) {
        uint64_t next_us = UINT64_MAX;
        guint first = 0;
        for (guint i = 0; i < N_NODES; i++) {
            carry_out(w, i);
            next_us = MIN(next_us, n2_links_deadline(w->nodes[i].links));
        }
        for (guint i = 1; i < w->n_flying; i++)
            if (w->flying[i].at_us < w->flying[first].at_us)
                first = i;
        if (w->n_flying && w->flying[first].at_us <= MIN(next_us, end_us)) {
            flight f = w->flying[first];
            w->flying[first] = w->flying[--w->n_flying];
            w->now_us = MAX(w->now_us, f.at_us);
            guint to = inward(w, &f.from, &f.to);
            if (to < N_NODES)
                n2_links_input(w->nodes[to].links, &f.from, f.bytes, sizeof f.bytes, w->now_us);
            continue;
        }
        if (next_us > end_us)
            break;
        w->now_us = MAX(w->now_us, next_us);
        for (guint i = 0; i < N_NODES; i++)
            n2_links_expire(w->nodes[i].links, w->now_us);
    }
    w->now_us = end_us;
}

/* Both have a link to the one in the middle; ports there: 1 asker, 2 other. */
static inline void
join_middle(world *w)
{
    n2_net_addr middle = address(3, 1);
    n2_link_event event;

    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint(n2_links_open(w->nodes[i].links, &middle, 100 + i, 0, 0, w->now_us), ==,
                        N2_OK);
        run_for(w, 5 * N2_SECOND_US);
    }
    for (guint i = 0; i < N_NODES; i++)
        while (n2_links_event(w->nodes[i].links, &event))
            g_assert_cmpint(event.kind, ==, N2_LINK_UP);
}

static inline n2_link_event
event_of(world *w, guint i, uint64_t link_id)
{
    n2_link_event event = {0}, found = {0};

    while (n2_links_event(w->nodes[i].links, &event))
        if (event.link_id == link_id)
            found = event;
    return found;
}

/* A packet goes from one to the other by their new link. */
static inline void
check_carries(world *w, guint from, guint to, guint32 port)
{
    guint8 buf[4096];
    n2_packet head = {.is_long = TRUE, .is_sealed = TRUE, .size = 1, .path = 1};
    n2_net_addr net;
    size_t segment;
    n2_run run;

    n2_run_begin(&run, w->nodes[from].links, port, buf, sizeof buf);
    uint8_t *at = n2_run_reserve(&run, 170);
    memset(at, 0, 170);
    (void)n2_packet_write_head(at, &head);
    n2_run_commit(&run);
    size_t len = n2_run_finish(&run, &net, &segment);
    n2_net_addr seen = outward(&w->nodes[from], &net);
    g_assert_cmpuint(inward(w, &seen, &net), ==, to);
    g_assert_cmpuint(n2_links_input(w->nodes[to].links, &seen, buf, len, w->now_us).port, >, 0);
}
