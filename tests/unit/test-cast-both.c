/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cast-both.c - the associative table of channels and the bitmaps are one: the same words,
 *                    packets, borders and ports, drawn at random, have the same effects.
 */
#include <glib.h>
#include <string.h>

#include "cast-fixture.h"
#include "switch/channels-private.h"

enum {
    KINDS = 2,
    PORTS = 1 << WIDTH,
    STEPS = 20000
};

typedef struct {
    n2_channels table[KINDS];
    guint64 draws[KINDS], seed, now_us;
    guint n_copies, n_passed, n_said, n_refused;
} both;

static guint
below(both *b, guint n)
{
    guint64 value;

    draw_cb(&b->seed, &value, sizeof value);
    return (guint)(value >> 20) % n;
}

/* Few of them, so that they meet: single ones of three blocks, the blocks themselves, and two
 * that are local. */
static guint32
draw_channel(both *b, bool *is_block)
{
    static const guint32 firsts[] = {0x100, 0x1200, 0xffff00};
    guint32 first = firsts[below(b, G_N_ELEMENTS(firsts))];

    *is_block = !below(b, 6);
    if (!below(b, 20))
        return 77 + below(b, 2);
    return *is_block ? first : first + below(b, 4);
}

static guint32
draw_port(both *b)
{
    return below(b, 4) ? 1 + below(b, 4) : below(b, PORTS);
}

/* ---- what both do ---- */

static void
hop(both *b, guint32 in_port, guint32 out_port, const n2_cast *cast)
{
    guint8 bytes[KINDS][N2_CAST_BYTES], said[KINDS][N2_CAST_BYTES];
    n2_cast_fate fate[KINDS];
    bool is_more[KINDS];
    n2_cast own;

    for (guint i = 0; i < KINDS; i++) {
        n2_cast_write(bytes[i], cast);
        fate[i] = n2_channels_hop(&b->table[i], in_port, out_port, bytes[i], N2_CAST_BYTES,
                                  b->now_us);
    }
    g_assert_cmpint(fate[0], ==, fate[1]);
    g_assert_cmpmem(bytes[0], N2_CAST_BYTES, bytes[1], N2_CAST_BYTES);
    b->n_passed += fate[0] == N2_CAST_PASSES;
    for (;;) {
        for (guint i = 0; i < KINDS; i++)
            is_more[i] = n2_said_take(&b->table[i].said, said[i]);
        g_assert_cmpint(is_more[0], ==, is_more[1]);
        if (!is_more[0])
            return;
        g_assert_cmpmem(said[0], N2_CAST_BYTES, said[1], N2_CAST_BYTES);
        b->n_said++;
        g_assert_cmpint(n2_cast_read(&own, said[0], N2_CAST_BYTES), ==, N2_OK);
        b->n_refused += own.kind == N2_CAST_REFUSE;
        if (own.kind != N2_CAST_JOIN)
            continue;
        /* Its own step, and perhaps an answer. */
        out_port = (guint32)(own.path >> (64 - WIDTH));
        own.path = came(0, 0, 0) | own.path << WIDTH;
        for (guint i = 0; i < KINDS; i++) {
            n2_cast_write(bytes[i], &own);
            fate[i] =
                n2_channels_hop(&b->table[i], 0, out_port, bytes[i], N2_CAST_BYTES, b->now_us);
        }
        g_assert_cmpint(fate[0], ==, fate[1]);
        if (below(b, 3)) {
            n2_cast answer =
                n2_cast_answer(&own, below(b, 4) ? N2_CAST_ACCEPT : N2_CAST_REFUSE);
            answer.path = came(out_port, 0, 0);
            if (answer.kind == N2_CAST_REFUSE)
                answer.number |= (guint16)(1 + below(b, 5));
            for (guint i = 0; i < KINDS; i++) {
                n2_cast_write(bytes[i], &answer);
                fate[i] = n2_channels_hop(&b->table[i], out_port, 0, bytes[i], N2_CAST_BYTES,
                                          b->now_us);
            }
            g_assert_cmpint(fate[0], ==, fate[1]);
        }
    }
}

static void
word(both *b)
{
    bool is_block;
    guint32 port = draw_port(b), up = below(b, 5) ? 9 + below(b, 2) : draw_port(b);
    n2_cast cast = joiner(port, (guint64)below(b, 8) << 57);

    cast.type = N2_CAST_CHANNEL;
    cast.id = draw_channel(b, &is_block);
    cast.number = is_block ? N2_CAST_OF_BLOCK : 0;
    cast.nonce = 1 + below(b, 3);
    cast.kind = below(b, 4) ? N2_CAST_JOIN : N2_CAST_LEAVE;
    if (below(b, 3)) {
        hop(b, port, up, &cast);
        return;
    }
    cast = n2_cast_answer(&cast, below(b, 3) ? N2_CAST_ACCEPT : N2_CAST_REFUSE);
    cast.path = came(up, 0, 0);
    if (cast.kind == N2_CAST_REFUSE)
        cast.number |= (guint16)(1 + below(b, 5));
    hop(b, up, port, &cast);
}

static void
packet(both *b)
{
    guint8 bytes[N2_LONG_HEAD_BYTES + 32] = {0};
    bool is_block, goes[KINDS];
    guint32 in_port = below(b, 3) ? 9 + below(b, 2) : draw_port(b), port[KINDS];
    n2_copies copies[KINDS];
    guint64 path[KINDS];
    guint32 channel = draw_channel(b, &is_block);
    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_BROADCAST,
                      .path = (guint64)channel << 40,
                      .address = UINT64_C(1) << 63 | below(b, 1000)};

    (void)n2_packet_write_head(bytes, &head);
    for (guint i = 0; i < KINDS; i++)
        goes[i] = n2_channels_copies(&b->table[i], in_port, bytes, sizeof bytes, b->now_us,
                                     &copies[i]);
    g_assert_cmpint(goes[0], ==, goes[1]);
    while (goes[0]) {
        for (guint i = 0; i < KINDS; i++)
            goes[i] = n2_copies_next(&copies[i], &port[i], &path[i]);
        g_assert_cmpint(goes[0], ==, goes[1]);
        if (!goes[0])
            break;
        g_assert_cmpuint(port[0], ==, port[1]);
        g_assert_cmphex(path[0], ==, path[1]);
        g_assert_cmpuint(port[0], !=, in_port);
        g_assert_true(n2_channels_may_pass(&b->table[0], port[0], channel)); /* the border */
        g_assert_true(n2_channels_may_pass(&b->table[0], in_port, channel));
        b->n_copies++;
    }
}

static void
order(both *b)
{
    n2_channel_rule rules[4];
    guint n = below(b, G_N_ELEMENTS(rules) + 1), what = below(b, 5), flags = below(b, 4);
    guint32 port = below(b, 3) ? 9 + below(b, 2) : draw_port(b), channel;
    bool is_block;
    n2_err err[KINDS];

    for (guint i = 0; i < n; i++) {
        guint32 first = draw_channel(b, &is_block);
        rules[i] = (n2_channel_rule){below(b, 2) ? N2_DOMAIN_BLOCK : N2_DOMAIN_TAKE,
                                     (guint16)draw_port(b), first, first + below(b, 300)};
        if (rules[i].last >= N2_CHANNELS)
            rules[i].last = N2_CHANNELS - 1;
    }
    channel = draw_channel(b, &is_block);
    for (guint i = 0; i < KINDS; i++) {
        n2_channels *table = &b->table[i];
        err[i] = N2_OK;
        if (what == 0)
            err[i] = n2_channels_set_rules(table, rules, n);
        else if (what == 1)
            err[i] = n2_channels_open(table, channel, port, b->now_us);
        else if (what == 2)
            n2_channels_close(table, channel);
        else if (what == 3)
            n2_channels_port_down(table, port);
        else
            err[i] = n2_channels_set_port(table, port, port > 8 ? flags | 1 : flags);
    }
    g_assert_cmpint(err[0], ==, err[1]);
}

/* ---- the same in both ---- */

static void
check(const both *b)
{
    const n2_channels *a = &b->table[0], *m = &b->table[1];
    const n2_channel_row *row;
    guint32 joined[PORTS] = {0}, from[PORTS] = {0};

    g_assert_cmpuint(a->rows.n, ==, m->rows.n);
    g_assert_cmpuint(a->refused_asks, ==, m->refused_asks);
    g_assert_cmpuint(a->refused_domain, ==, m->refused_domain);
    g_assert_cmpuint(a->refused_local, ==, m->refused_local);
    g_assert_cmpuint(a->refused, ==, m->refused);
    g_assert_cmpuint(a->strange, ==, m->strange);
    g_assert_cmpuint(a->again, ==, m->again);
    for (guint32 at = 0; (row = n2_rows_next(&a->rows, &at));) {
        const n2_channel_row *other = n2_rows_find(&m->rows, row->key);
        g_assert_nonnull(other);
        g_assert_cmpuint(row->in_port, ==, other->in_port);
        g_assert_cmpuint(row->packets, ==, other->packets);
        g_assert_cmpint(row->is_granted, ==, other->is_granted);
        g_assert_cmpint(row->is_way, ==, other->is_way);
        g_assert_cmphex(row->way, ==, other->way);
        g_assert_cmphex(row->ports[0], ==, other->ports[0]);
        g_assert_cmphex(row->ports[1], ==, other->ports[1]);
        from[row->in_port] += !row->is_source;
        for (guint port = 0; port < PORTS; port++)
            joined[port] += n2_channel_row_has(a, row, port);
    }
    for (guint port = 0; a->ports && port < PORTS; port++) {
        g_assert_cmpuint(a->ports[port].n_joined, ==, joined[port]);
        g_assert_cmpuint(m->ports[port].n_joined, ==, joined[port]);
        g_assert_cmpuint(a->ports[port].n_from, ==, from[port]);
        g_assert_cmpuint(m->ports[port].n_from, ==, from[port]);
    }
}

static void
test_both(void)
{
    for (guint64 seed = 1; seed <= 6; seed++) {
        both b = {.seed = seed, .draws = {seed, seed}, .now_us = S(1)};

        for (guint i = 0; i < KINDS; i++) {
            const n2_env own = {.user = &b.draws[i], .random = draw_cb};
            n2_channels_init(&b.table[i], &own, WIDTH, i ? N2_ROWS_MAP : N2_ROWS_HASH);
            for (guint32 port = 9; port < 11; port++)
                g_assert_cmpint(n2_channels_set_port(&b.table[i], port, N2_CHANNEL_UPLINK), ==,
                                N2_OK);
        }
        for (guint step = 0; step < STEPS; step++) {
            guint what = below(&b, 40);
            if (what < 24)
                word(&b);
            else if (what < 39)
                packet(&b);
            else if (!below(&b, 5))
                order(&b);
            b.now_us += below(&b, 40) ? below(&b, 20000) : below(&b, 3000000);
            g_assert_cmpuint(n2_channels_deadline(&b.table[0]), ==,
                             n2_channels_deadline(&b.table[1]));
            for (guint i = 0; i < KINDS; i++)
                n2_channels_expire(&b.table[i], b.now_us);
            if (step % 50 == 0)
                check(&b);
        }
        check(&b);
        g_test_message("%u words passed, %u said, %u of them no, %u copies", b.n_passed,
                       b.n_said, b.n_refused, b.n_copies);
        g_assert_cmpuint(b.n_passed, >, STEPS / 20);
        g_assert_cmpuint(b.n_said - b.n_refused, >, STEPS / 100);
        g_assert_cmpuint(b.n_refused, >, STEPS / 100);
        g_assert_cmpuint(b.n_copies, >, STEPS / 20);
        for (guint i = 0; i < KINDS; i++)
            n2_channels_clear(&b.table[i]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/casts/channels/both-tables", test_both);
    return g_test_run();
}
