/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-channels.c - a broadcast from the root of a country: which switches carry it, how
 *                      often a packet crosses a line, and a border that it does not cross.
 */
#include <string.h>

#include "base/limits.h"
#include "country-tests.h"
#include "switch/channels.h"
#include "wire/path.h"
#include "world.h"

enum {
    ROOT = 0,
    CHANNEL = 0x4711,
    ELSEWHERE = 0x4712, /* a channel that nobody joins */
    PACKETS = 10,
    JOIN_EACH_US = 2000,
    RENEW_US = 9 * 1000 * 1000
};

typedef struct {
    uint64_t nonce;
    bool is_in, is_refused;
    unsigned got;
} viewer;

typedef struct {
    country *c;
    viewer *viewers; /* [n_ends] */
    unsigned n;      /* ends 0, step, 2 * step and so on */
    unsigned step;
    unsigned strange;
} play;

static void
ask(play *p, unsigned end, n2_cast_kind kind)
{
    n2_cast cast = {.type = N2_CAST_CHANNEL,
                    .kind = kind,
                    .is_for_hops = true,
                    .id = CHANNEL,
                    .nonce = p->viewers[end].nonce,
                    .path = country_path_to_switch(p->c, end, ROOT)};
    uint8_t bytes[N2_CAST_BYTES];
    uint32_t out_port;

    g_assert_true(n2_path_step(&cast.path, 1, 0, &out_port));
    n2_cast_gather(&cast, 1);
    n2_cast_write(bytes, &cast);
    country_put(p->c, end, bytes, sizeof bytes);
}

static void
hear_cb(country *c, unsigned end, uint64_t path, const uint8_t *packet, size_t len, void *user)
{
    play *p = user;
    viewer *v = &p->viewers[end];
    n2_packet head;
    n2_cast cast;

    (void)c;
    (void)path;
    g_assert_cmpint(n2_packet_parse(&head, packet, len), ==, N2_OK);
    if (head.mode == N2_MODE_BROADCAST) {
        v->got++;
        p->strange += head.path >> (64 - N2_CHANNEL_BITS) != CHANNEL;
    } else if (!n2_cast_read(&cast, packet, len) && cast.nonce == v->nonce) {
        v->is_in = cast.kind == N2_CAST_ACCEPT;
        v->is_refused = cast.kind == N2_CAST_REFUSE;
    }
}

/* Switches and lines of all ways from the root to those who are in. */
static void
expect(const play *p, unsigned *switches, unsigned *lines)
{
    unsigned way[COUNTRY_WAY_MAX];
    g_autofree uint8_t *seen = g_malloc0(country_n_switches());

    *switches = *lines = 0;
    for (unsigned end = 0; end < p->n * p->step; end += p->step) {
        if (!p->viewers[end].is_in)
            continue;
        /* In a tree all switches up to the root are on the way. */
        unsigned n = country_way_to_switch(p->c, end, ROOT, way);
        (*lines)++;
        for (unsigned i = 0; i < n; i++) {
            *switches += !seen[way[i]];
            *lines += !seen[way[i]] && way[i] != ROOT;
            seen[way[i]] = 1;
        }
    }
}

static uint64_t
count_rows(play *p)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < country_n_switches(); i++)
        n += country_look(p->c, i)->n_all_channels;
    return n;
}

static void
send_one(play *p, uint32_t channel)
{
    n2_op op = {.kind = N2_OP_CAST_SEND,
                .bits = N2_MODE_BROADCAST,
                .address = channel,
                .bytes = calloc(1, N2_DATA_BYTES_MIN),
                .len = N2_DATA_BYTES_MIN};

    country_op(p->c, ROOT, &op);
    country_settle(p->c);
}

static void
check_packets(play *p)
{
    unsigned switches, lines;

    expect(p, &switches, &lines);
    for (unsigned end = 0; end < country_n_ends(); end++)
        p->viewers[end].got = 0;
    country_settle(p->c);
    (void)country_take_crossings(p->c);
    for (unsigned i = 0; i < PACKETS; i++)
        send_one(p, CHANNEL);
    country_crossings crossed = country_take_crossings(p->c);
    g_test_message("%u switches carry it over %u lines, %" G_GUINT64_FORMAT " rows", switches,
                   lines, count_rows(p));
    g_assert_cmpuint(crossed.others, ==, (uint64_t)lines * PACKETS);
    g_assert_cmpuint(count_rows(p), ==, switches ? switches : 1); /* the root is its source */
    for (unsigned end = 0; end < country_n_ends(); end++)
        g_assert_cmpuint(p->viewers[end].got, ==, p->viewers[end].is_in ? PACKETS : 0u);
    g_assert_cmpuint(p->strange, ==, 0);
}

/* All join, or renew; or those alone who are in. */
static void
all_ask(play *p, bool is_renewal)
{
    for (unsigned end = 0; end < p->n * p->step; end += p->step) {
        if (is_renewal && !p->viewers[end].is_in)
            continue;
        ask(p, end, N2_CAST_JOIN);
        country_run(p->c, JOIN_EACH_US);
    }
    country_run(p->c, N2_SECOND_US);
}

static unsigned
count_in(const play *p)
{
    unsigned n = 0;

    for (unsigned end = 0; end < p->n * p->step; end += p->step)
        n += p->viewers[end].is_in;
    return n;
}

/* What @which says of the channels up to ELSEWHERE at @port: they may not pass there. */
static void
set_border(play *p, unsigned which, uint16_t port)
{
    const n2_channel_rule rule = {
        .what = N2_DOMAIN_BLOCK, .port = port, .first = CHANNEL, .last = ELSEWHERE};
    n2_op op = {.kind = N2_OP_CHANNEL_RULES, .bytes = malloc(sizeof rule), .len = sizeof rule};

    memcpy(op.bytes, &rule, sizeof rule);
    country_op(p->c, which, &op);
}

/* M4, M5: each switch on the way to a viewer keeps one row and each line carries a packet once;
 * behind a border nobody is let in, and nothing passes; who falls silent leaves nothing. */
void
country_test_channels(gconstpointer shape)
{
    play p = {.c = country_of(shape, 0), .n = country_pick(60, 2000), .step = 5};
    unsigned way[COUNTRY_WAY_MAX], switches, lines;
    world_random lot;

    world_random_init(&lot, 11);
    country_set_packet_cb(p.c, hear_cb, &p);
    p.viewers = g_new0(viewer, country_n_ends());
    for (unsigned end = 0; end < country_n_ends(); end++)
        p.viewers[end].nonce = world_random_next(&lot);
    country_op(
        p.c, ROOT,
        &(n2_op){.kind = N2_OP_CAST_OPEN, .bits = N2_MODE_BROADCAST, .address = CHANNEL});
    all_ask(&p, false);
    g_assert_cmpuint(count_in(&p), ==, p.n);
    check_packets(&p);

    unsigned n = country_way_to_switch(p.c, 0, ROOT, way);
    unsigned border = way[n - 2];
    set_border(&p, border, country_port_towards(p.c, border, ROOT));
    /* What was let in before hears of it when it is asked for again; and a row that was granted
     * once ends when nobody has asked for two turns. */
    for (uint64_t us = 0; us < 4 * RENEW_US + 3 * N2_CHANNEL_TURN_US; us += RENEW_US) {
        country_run(p.c, RENEW_US);
        all_ask(&p, us >= 4 * RENEW_US);
    }
    unsigned behind = 0;
    for (unsigned end = 0; end < p.n * p.step; end += p.step) {
        unsigned k = country_way_to_switch(p.c, end, ROOT, way);
        bool is_behind = k >= 2 && way[k - 2] == border;
        g_assert_true(p.viewers[end].is_in == !is_behind);
        behind += is_behind;
    }
    g_test_message("%u viewers behind the border are refused", behind);
    g_assert_cmpuint(behind, >, 0);
    check_packets(&p);

    country_run(p.c, 3 * N2_CHANNEL_TURN_US);
    for (unsigned end = 0; end < country_n_ends(); end++)
        p.viewers[end].is_in = false;
    expect(&p, &switches, &lines);
    check_packets(&p);
    g_free(p.viewers);
    country_free(p.c);
}
