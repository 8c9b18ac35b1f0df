/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * topology-fixture.h - the switches of a domain, their cables, and what they report of them.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "name/topology.h"
#include "wire/code.h"

enum {
    CABLES_MAX = 4096,
    WIDTH = 4
};

typedef struct {
    guint a, b; /* switches, from 1 */
    guint16 a_port, b_port;
    guint64 rate_Bps, delay_us;
    gboolean is_cut;
} cable;

typedef struct {
    n2_topology *t;
    n2_id domain;
    guint n;
    guint8 width;
    cable cables[CABLES_MAX];
    guint n_cables;
    guint16 ports[N2_SWITCHES_MAX + 1]; /* last one in use */
    guint64 serial;
    guint64 now_us;
} grid;

/* Switch @i has the number @i. */
static inline n2_id
switch_id(guint i)
{
    return (n2_id){.method = N2_METHOD_SHA256, .hash = {0, 0, (guint8)(i >> 8), (guint8)i, 42}};
}

static inline void
grid_init(grid *g, guint n, guint8 width)
{
    *g = (grid){.domain = {.method = N2_METHOD_SHA256, .hash = {7}},
                .n = n,
                .width = width,
                .now_us = 1000000};
    g_assert_cmpint(n2_topology_new(&g->t, &g->domain), ==, N2_OK);
    for (guint i = 1; i <= n; i++) {
        n2_id who = switch_id(i);
        g_assert_cmpuint(n2_id_number(&who), ==, i);
        g_assert_cmpint(n2_topology_admit(g->t, &who, width), ==, N2_OK);
    }
}

static inline cable *
grid_join(grid *g, guint a, guint b, guint64 rate_Bps, guint64 delay_us)
{
    cable *c = &g->cables[g->n_cables++];

    g_assert_cmpuint(g->n_cables, <=, CABLES_MAX);
    *c = (cable){.a = a,
                 .b = b,
                 .a_port = ++g->ports[a],
                 .b_port = ++g->ports[b],
                 .rate_Bps = rate_Bps,
                 .delay_us = delay_us};
    return c;
}

/* What switch @i would say now. */
static inline void
grid_said(grid *g, guint i, n2_links *out)
{
    *out = (n2_links){.domain = g->domain, .number = i, .serial = ++g->serial};
    for (guint16 port = 1; port <= g->ports[i]; port++)
        for (guint k = 0; k < g->n_cables; k++) {
            const cable *c = &g->cables[k];
            gboolean is_a = c->a == i && c->a_port == port;
            if (c->is_cut || (!is_a && (c->b != i || c->b_port != port)))
                continue;
            out->links[out->n++] =
                (n2_link_said){.neighbour = is_a ? c->b : c->a,
                               .port = port,
                               .neighbour_port = is_a ? c->b_port : c->a_port,
                               .width = g->width,
                               .rate = n2_rate_to_code(c->rate_Bps),
                               .delay = n2_delay_to_code(c->delay_us)};
        }
}

static inline n2_err
grid_report(grid *g, guint i)
{
    g_autofree n2_links *said = g_new0(n2_links, 1);

    grid_said(g, i, said);
    return n2_topology_report(g->t, said, g->now_us);
}

static inline void
grid_report_all(grid *g)
{
    for (guint i = 1; i <= g->n; i++)
        g_assert_cmpint(grid_report(g, i), ==, N2_OK);
}

/* Where a packet that leaves switch @from by @route comes out: by the cables as they are. */
static inline guint
grid_go(const grid *g, guint from, const n2_route *route)
{
    guint64 word = route->word;

    for (guint left = route->bits; left; left -= g->width) {
        guint16 port = (guint16)(word >> (64 - g->width));
        guint to = 0;
        word <<= g->width;
        for (guint k = 0; k < g->n_cables; k++) {
            const cable *c = &g->cables[k];
            if (c->is_cut)
                continue;
            if (c->a == from && c->a_port == port)
                to = c->b;
            else if (c->b == from && c->b_port == port)
                to = c->a;
        }
        if (!to)
            return 0;
        from = to;
    }
    return from;
}
