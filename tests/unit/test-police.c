/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-police.c - the promises in police.h, and allotments: what a reservation lets through,
 * and how few words the large switches need.
 */
#include <string.h>

#include "bar.h"
#include "base/limits.h"
#include "hops.h"
#include "switch/police.h"

#define MBIT(n) ((n)*UINT64_C(125000))

enum {
    TAG = 7,
    BYTES = 1000
};

static guint64
ahead(unsigned n)
{
    unsigned ports[HOPS_NODES];

    for (unsigned i = 0; i < n; i++)
        ports[i] = 2;
    return hops_path(ports, n);
}

/* ---- meter ---- */

/* @permille of @Bps in packets of @BYTES for @us.  Returns: bytes that were paid for. */
static guint64
measure(n2_meter *meter, guint64 Bps, guint permille, guint64 us, gboolean *is_gross)
{
    guint64 begin_us = 5 * N2_SECOND_US, paid = 0;

    for (guint64 sent = 0;; sent += BYTES) {
        guint64 at_us = begin_us + sent * 1000 / permille * N2_SECOND_US / Bps;
        if (at_us >= begin_us + us)
            return paid;
        switch (n2_meter_take(meter, Bps, BYTES, at_us)) {
        case N2_METER_PAID:
            paid += BYTES;
            break;
        case N2_METER_GROSS:
            *is_gross = TRUE;
            break;
        case N2_METER_SURPLUS:
            break;
        }
    }
}

static void
test_meter(void)
{
    static const guint64 rates[] = {1000, 125000, 12500000, 1250000000};
    static const guint permilles[] = {500, 1000, 2000, 2800, 3500, 10000};

    for (guint i = 0; i < G_N_ELEMENTS(rates); i++)
        for (guint k = 0; k < G_N_ELEMENTS(permilles); k++) {
            guint64 us = rates[i] > 1000000 ? N2_SECOND_US / 5 : 60 * N2_SECOND_US;
            guint64 due = rates[i] * us / N2_SECOND_US, burst = rates[i] / 20 + 8000;
            n2_meter meter = {0};
            gboolean is_gross = FALSE;
            guint64 paid = measure(&meter, rates[i], permilles[k], us, &is_gross);
            guint64 wanted = due * permilles[k] / 1000;
            g_test_message("%u B/s, %u permille: %u of %u bytes", (guint)rates[i], permilles[k],
                           (guint)paid, (guint)due);
            g_assert_cmpuint(paid, >=, MIN(due, wanted));
            g_assert_cmpuint(paid, <=, due + due / 25 + burst);
            if (permilles[k] <= 2800)
                g_assert_false(is_gross);
            else if (rates[i] > 100000 && us > N2_SECOND_US) /* not for a few packets */
                g_assert_true(is_gross);
        }
}

/* After a pause no more than a burst comes at once. */
static void
test_meter_pause(void)
{
    n2_meter meter = {0};
    guint64 paid = 0;

    g_assert_cmpint(n2_meter_take(&meter, 1000000, BYTES, 1000000), ==, N2_METER_PAID);
    for (guint i = 0; i < 1000; i++)
        if (n2_meter_take(&meter, 1000000, BYTES, 100 * N2_SECOND_US) == N2_METER_PAID)
            paid += BYTES;
    g_assert_cmpuint(paid, >=, 30000);
    g_assert_cmpuint(paid, <=, 30000 + 3 * N2_PACKET_BYTES_MAX);
}

/* ---- flows ---- */

typedef struct {
    guint64 sent, kept;
} driven;

/* @kbps for @us by the path of @node; kept: at all @n switches. */
static driven
drive(hops *h, int node, guint64 path, unsigned n, guint kbps, guint64 us)
{
    driven d = {0};
    guint64 end_us = h->now_us + us;

    while (h->now_us < end_us) {
        d.sent++;
        d.kept += hops_drive(h, node, path, BYTES) == n;
        hops_run(h, BYTES * 8 * UINT64_C(1000) / kbps);
    }
    return d;
}

static hops *
reserved(guint64 seed, int *first, guint kbps)
{
    hops *h = hops_new(seed);

    *first = hops_row(h, 4, MBIT(20));
    hops_ask(h, *first, TAG, ahead(3), kbps);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpint(hops_event(h, *first, TAG)->err, ==, N2_OK);
    return h;
}

static void
test_as_reserved(void)
{
    int first;
    hops *h = reserved(1, &first, 4000);
    driven d = drive(h, first, ahead(3), 3, 4000, 20 * N2_SECOND_US);

    g_assert_cmpuint(d.kept, ==, d.sent);
    g_assert_cmpuint(hops_stats(h, first + 1).demoted, ==, 0);
    hops_free(h);
}

/* A reserved flow that sends double: half of it is as others'; nobody is cut off. */
static void
test_double(void)
{
    int first;
    hops *h = reserved(2, &first, 4000);
    driven d = drive(h, first, ahead(3), 3, 8000, 20 * N2_SECOND_US);

    g_assert_cmpuint(d.kept * 100, >=, d.sent * 49);
    g_assert_cmpuint(d.kept * 100, <=, d.sent * 53);
    g_assert_cmpuint(hops_stats(h, first).cut, ==, 0);
    g_assert_cmpuint(h->n_events, ==, 1);
    hops_free(h);
}

/* Five times as much is no mistake: it ends, with a word, and doesn't begin anew at once. */
static void
test_gross(void)
{
    int first;
    hops *h = reserved(3, &first, 4000);

    (void)drive(h, first, ahead(3), 3, 20000, 2 * N2_SECOND_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_cmpint(e->err, ==, N2_ERR_REFUSED);
    g_assert_cmpuint(e->reason, ==, N2_RESERVE_REASON_CUT);
    g_assert_true(e->is_over);
    g_assert_cmpuint(hops_stats(h, first).cut, ==, 1);
    for (int i = 0; i < 3; i++)
        g_assert_cmpuint(n2_reserve_promised_kbps(h->nodes[first + i].reserve, 2), ==, 0);
    driven d = drive(h, first, ahead(3), 3, 1000, N2_SECOND_US);
    g_assert_cmpuint(d.kept, ==, 0);
    hops_ask(h, first, TAG, ahead(3), 1000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_event(h, first, TAG)->reason, ==, N2_RESERVE_REASON_CUT);
    hops_run(h, N2_RESERVE_CUT_US + N2_SECOND_US);
    hops_ask(h, first, TAG, ahead(3), 1000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    hops_free(h);
}

/* The first honest switch behind a liar's own sees it, whatever the liar's switch lets pass. */
static void
test_gross_of_a_liar(void)
{
    int first;
    hops *h = reserved(4, &first, 4000);
    guint64 end_us = h->now_us + 2 * N2_SECOND_US, path = ahead(3);
    uint32_t out_port = 0;

    g_assert_true(n2_path_step(&path, HOPS_WIDTH, 0, &out_port)); /* by its own switch */
    uint64_t behind = path;
    g_assert_true(n2_path_step(&behind, HOPS_WIDTH, 1, &out_port));
    while (h->now_us < end_us) {
        (void)n2_police_packet(h->nodes[first + 1].reserve, 1, out_port, behind, N2_CLASS_HIGH,
                               BYTES, h->now_us);
        hops_run(h, 400);
    }
    g_assert_cmpuint(hops_stats(h, first + 1).cut, ==, 1);
    g_assert_cmpuint(hops_event(h, first, TAG)->reason, ==, N2_RESERVE_REASON_CUT);
    /* the asker's word went on: those behind have it no more */
    g_assert_cmpuint(hops_stats(h, first + 2).n, ==, 0);
    hops_free(h);
}

/* Attack 26: another path, class or in-port is another flow, and has nothing. */
static void
test_other_flow(void)
{
    int first;
    hops *h = reserved(5, &first, 4000);
    n2_reserve *r = h->nodes[first].reserve;
    uint64_t path = ahead(3);
    uint32_t out_port = 0;

    g_assert_true(n2_path_step(&path, HOPS_WIDTH, 0, &out_port));
    guint64 now_us = h->now_us;
    g_assert_true(n2_police_packet(r, 0, 2, path, N2_CLASS_HIGH, BYTES, now_us));
    g_assert_false(n2_police_packet(r, 0, 2, path, N2_CLASS_URGENT, BYTES, now_us));
    g_assert_false(n2_police_packet(r, 3, 2, path, N2_CLASS_HIGH, BYTES, now_us));
    g_assert_false(n2_police_packet(r, 0, 4, path, N2_CLASS_HIGH, BYTES, now_us));
    for (guint bit = 6; bit < 64; bit++)
        g_assert_false(
            n2_police_packet(r, 0, 2, path ^ 1ull << bit, N2_CLASS_HIGH, BYTES, now_us));
    g_assert_cmpuint(hops_stats(h, first).demoted, ==, 61);
    hops_free(h);
}

/* Through the switch's own step: what is not reserved, the short form, and what goes to many
 * loses its class; all else of the packet stays. */
static void
test_step(void)
{
    static const struct {
        guint8 kind, care, now;
    } rows[] = {
        {N2_KIND_VERSION | N2_KIND_LONG, 0x40, 0x40}, /* reserved */
        {N2_KIND_VERSION | N2_KIND_LONG, 0x48, 0x48}, /* the same, jammed */
        {N2_KIND_VERSION | N2_KIND_LONG, 0x00, 0x80}, /* another class */
        {N2_KIND_VERSION | N2_KIND_LONG, 0x08, 0x88}, /* the same, jammed */
        {N2_KIND_VERSION | N2_KIND_LONG, 0x80, 0x80}, /* default */
        {N2_KIND_VERSION | N2_KIND_LONG, 0xc0, 0xc0}, /* low */
        {N2_KIND_VERSION, 0x40, 0x80},                /* short */
        {N2_KIND_VERSION | N2_KIND_LONG, 0x60, 0xa0}, /* broadcast */
    };
    int first;
    hops *h = reserved(6, &first, 4000);
    n2_switch *sw = &h->nodes[first].sw;

    sw->reserve = h->nodes[first].reserve;
    sw->has_channels = true;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 bytes[N2_PACKET_BYTES_MAX], before[sizeof bytes];
        memset(bytes, 0xa5, sizeof bytes);
        bytes[0] = rows[i].kind;
        bytes[1] = rows[i].care;
        if (rows[i].kind & N2_KIND_LONG)
            n2_packet_set_path(bytes, ahead(3));
        else
            bytes[2] = (guint8)(2 << (8 - HOPS_WIDTH)), bytes[3] = 0;
        memcpy(before, bytes, sizeof bytes);
        (void)n2_switch_step(sw, 0, bytes, n2_packet_bytes(rows[i].kind), h->now_us);
        g_assert_cmphex(bytes[1], ==, rows[i].now);
        g_assert_cmpmem(bytes + 10, sizeof bytes - 10, before + 10, sizeof bytes - 10);
    }
    sw->reserve = NULL;
    hops_free(h);
}

/* ---- allotments ---- */

enum {
    CALLERS = 4, /* in-ports of the edge switch, from 10 */
    CALL_KBPS = 64
};

typedef struct {
    hops *h;
    int edge, large[2], far, callee, caller[CALLERS];
} exchange;

/* Callers around an edge switch, two large ones, and behind them a gateway who takes all calls,
 * with a callee of its own behind it. */
static exchange
exchange_new(guint64 seed)
{
    exchange x = {.h = hops_new(seed)};

    x.edge = hops_row(x.h, 4, MBIT(1000));
    x.large[0] = x.edge + 1;
    x.large[1] = x.edge + 2;
    x.far = x.edge + 3;
    x.callee = hops_add(x.h);
    hops_lay(x.h, x.far, 2, x.callee, 1, MBIT(100));
    for (int i = 0; i < CALLERS; i++) {
        x.caller[i] = hops_add(x.h);
        hops_lay(x.h, x.caller[i], 2, x.edge, 10 + (unsigned)i, MBIT(1000));
    }
    n2_reserve_set_role(x.h->nodes[x.edge].reserve, N2_RESERVE_ROLE_EDGE);
    for (int i = 0; i < 2; i++)
        n2_reserve_set_role(x.h->nodes[x.large[i]].reserve, N2_RESERVE_ROLE_LARGE);
    return x;
}

/* From a caller to the gateway, or to the callee behind it. */
static guint64
call_path(gboolean is_to_gateway)
{
    return is_to_gateway ? ahead(4) : ahead(5);
}

/* Asks of clients without a switch of their own, at the edge switch: their ids and their ways
 * back differ. */
static void
ask_by_hand(exchange *x, guint i, guint64 path)
{
    guint8 bytes[N2_RESERVE_BYTES];
    /* what the clients' own switch would have written there: i, in ten bits of way back */
    n2_reserve_message m = {.what = N2_RESERVE_ASK,
                            .class = N2_CLASS_HIGH,
                            .id = 1000 + i,
                            .kbps = CALL_KBPS,
                            .offer_kbps = UINT32_MAX,
                            .path = path | (guint64)(i + 1) << N2_PATH_USED_BITS | 10};

    n2_reserve_message_write(bytes, &m);
    hops_inject(x->h, x->edge, 10 + i % CALLERS, bytes, sizeof bytes);
}

static void
calls_in_steps(gconstpointer data)
{
    enum {
        CALLS = 256
    };
    gboolean is_to_gateway = data != NULL;
    exchange x = exchange_new(10);
    guint64 path = is_to_gateway ? ahead(3) : ahead(4);

    for (guint i = 0; i < CALLS; i++) {
        ask_by_hand(&x, i, path);
        hops_run(x.h, 20 * HOPS_DELAY_US);
    }
    for (int i = 0; i < 2; i++) {
        n2_reserve_stats stats = hops_stats(x.h, x.large[i]);
        /* held by calls that came before the first allotment, and by it */
        g_assert_cmpuint(stats.n, <=, 2);
        g_assert_cmpuint(stats.refused, ==, 0);
    }
    n2_reserve_stats edge = hops_stats(x.h, x.edge);
    guint64 n_words = edge.steps + hops_stats(x.h, x.large[0]).asked - 1;
    g_test_message("%u calls: %u asks for large switches, %u messages passed by the first one",
                   CALLS, (guint)n_words, (guint)x.h->nodes[x.large[0]].seen);
    g_assert_cmpuint(edge.granted, >=, CALLS);
    bar_most("calls",
             is_to_gateway ? "asks upstream for 16 of 256 calls, to a gateway"
                           : "asks upstream for 16 of 256 calls, through large switches",
             16.0 * (double)n_words / CALLS, 1, "");
    if (is_to_gateway)
        g_assert_cmpuint(x.h->nodes[x.large[0]].seen, <=, 2 * CALLS / 16); /* and answers */
    /* All of them are covered, and not much more than they. */
    guint64 kbps = n2_reserve_promised_kbps(x.h->nodes[x.large[0]].reserve, 2);
    g_assert_cmpuint(kbps, >=, (CALLS - 1) * CALL_KBPS);
    g_assert_cmpuint(kbps, <=, (CALLS + 2 * N2_RESERVE_STEP_CALLS) * CALL_KBPS);
    if (!is_to_gateway) /* whoever is behind the large ones keeps each call */
        g_assert_cmpuint(hops_stats(x.h, x.far).n, ==, CALLS);
    hops_free(x.h);
}

/* What calls inside an allotment send keeps its class at the large switches; what is beyond
 * all of them together does not. */
static void
test_by_ports(void)
{
    exchange x = exchange_new(11);
    guint64 path = call_path(TRUE);

    for (int i = 0; i < 2; i++) { /* the first learns of the large ones */
        hops_ask(x.h, x.caller[i], TAG, path, 1000);
        hops_run(x.h, N2_SECOND_US);
        g_assert_cmpint(hops_event(x.h, x.caller[i], TAG)->err, ==, N2_OK);
        g_assert_cmpuint(hops_event(x.h, x.caller[i], TAG)->place, ==, 4);
    }
    driven d = drive(x.h, x.caller[1], path, 4, 1000, 3 * N2_SECOND_US);
    g_assert_cmpuint(d.kept, ==, d.sent);
    g_assert_cmpuint(hops_stats(x.h, x.large[0]).n, ==, 2);

    /* The edge switch lets too much pass: the large one measures all of it together. */
    n2_reserve *large = x.h->nodes[x.large[0]].reserve;
    guint64 end_us = x.h->now_us + 2 * N2_SECOND_US, sent = 0, kept = 0;
    while (x.h->now_us < end_us) {
        kept +=
            n2_police_packet(large, 1, 2, (sent + 1) << 20, N2_CLASS_HIGH, BYTES, x.h->now_us);
        sent++;
        hops_run(x.h, 2000); /* 4 Mbit/s through 2 */
    }
    g_assert_cmpuint(kept * 100, >=, sent * 45);
    g_assert_cmpuint(kept * 100, <=, sent * 60);
    /* Far too much: the allotment ends, and comes again only later. */
    end_us = x.h->now_us + 2 * N2_SECOND_US;
    while (x.h->now_us < end_us) {
        (void)n2_police_packet(large, 1, 2, UINT64_C(1) << 20, N2_CLASS_HIGH, BYTES,
                               x.h->now_us);
        hops_run(x.h, 25);
    }
    g_assert_cmpuint(hops_stats(x.h, x.large[0]).cut, ==, 1);
    d = drive(x.h, x.caller[1], path, 4, 1000, N2_SECOND_US);
    g_assert_cmpuint(d.kept, ==, 0);
    /* The callers' renewals then ask everybody again. */
    hops_run(x.h, N2_RESERVE_RENEW_US);
    d = drive(x.h, x.caller[1], path, 4, 1000, N2_SECOND_US);
    g_assert_cmpuint(d.kept, ==, d.sent);
    hops_free(x.h);
}

/* Calls end: the allotment shrinks, and ends with the last of them. */
static void
test_shrinks(void)
{
    exchange x = exchange_new(12);
    guint64 path = call_path(TRUE);

    for (guint i = 0; i < 3; i++) {
        hops_ask(x.h, x.caller[i], TAG, path, 1000);
        hops_run(x.h, N2_SECOND_US);
        /* Never more than twice what calls have: who asks much and uses it not gains nothing.
         */
        guint64 kbps = n2_reserve_promised_kbps(x.h->nodes[x.large[0]].reserve, 2);
        g_assert_cmpuint(kbps, >=, (i + 1) * 1000);
        g_assert_cmpuint(kbps, <=, (i + 1) * 2000);
    }
    for (int i = 0; i < 3; i++)
        n2_reserve_give_back(x.h->nodes[x.caller[i]].reserve, TAG, x.h->now_us);
    hops_run(x.h, N2_RESERVE_RENEW_US + 2 * N2_SECOND_US);
    for (int i = 0; i < 2; i++)
        g_assert_cmpuint(hops_stats(x.h, x.large[i]).n, ==, 0);
    g_assert_cmpuint(hops_stats(x.h, x.edge).n, ==, 0);
    hops_free(x.h);
}

/* A large switch forgets all: the allotment comes back, and the calls never noticed. */
static void
test_large_restarts(void)
{
    exchange x = exchange_new(13);
    guint64 path = call_path(TRUE);

    for (int i = 0; i < 2; i++) {
        hops_ask(x.h, x.caller[i], TAG, path, 1000);
        hops_run(x.h, N2_SECOND_US);
    }
    hops_restart(x.h, x.large[1]);
    n2_reserve_set_role(x.h->nodes[x.large[1]].reserve, N2_RESERVE_ROLE_LARGE);
    hops_run(x.h, N2_RESERVE_RENEW_US + N2_SECOND_US);
    driven d = drive(x.h, x.caller[1], path, 4, 1000, N2_SECOND_US);
    g_assert_cmpuint(d.kept, ==, d.sent);
    g_assert_cmpuint(x.h->n_events, ==, 2);
    hops_free(x.h);
}

/* Who is in an allotment hears of its doubts. */
static void
test_unsure(void)
{
    exchange x = exchange_new(17);

    x.h->nodes[x.large[1]].wires[2].rate_Bps = 0;
    for (guint i = 0; i < CALLERS; i++) {
        hops_ask(x.h, x.caller[i], TAG, call_path(i & 1), 1000);
        hops_run(x.h, N2_SECOND_US);
        const n2_reserve_event *e = hops_event(x.h, x.caller[i], TAG);
        g_assert_cmpint(e->err, ==, N2_OK);
        g_assert_cmpuint(e->unsure, ==, 1);
        g_assert_cmpuint(e->place, ==, i & 1 ? 4 : 5);
    }
    g_assert_cmpuint(hops_stats(x.h, x.large[0]).n, ==, 2);
    hops_free(x.h);
}

/* An allotment is for its own way alone: the last label that it covers may differ by one bit.
 */
static void
test_other_way(void)
{
    static const unsigned ways[2][5] = {{2, 2, 2, 2, 0}, {2, 2, 2, 3, 0}};
    exchange x = exchange_new(15);
    int other = hops_add(x.h);

    hops_lay(x.h, x.large[1], 3, other, 1, MBIT(1000));
    for (int i = 0; i < 4; i++) {
        hops_ask(x.h, x.caller[i], TAG, hops_path(ways[i / 2], 4), 1000);
        hops_run(x.h, N2_SECOND_US);
        g_assert_cmpint(hops_event(x.h, x.caller[i], TAG)->err, ==, N2_OK);
    }
    for (unsigned port = 2; port < 4; port++)
        g_assert_cmpuint(n2_reserve_promised_kbps(x.h->nodes[x.large[1]].reserve, port), >=,
                         3000);
    hops_free(x.h);
}

/* Steps come to an end: what the large switches keep is never less than what was granted, and
 * at last a call is refused by the one that is full. */
static void
test_full(void)
{
    enum {
        CALLS = 400
    };
    exchange x = exchange_new(16);
    guint n = 0;

    x.h->nodes[x.large[1]].wires[2].rate_Bps = MBIT(40);
    for (guint i = 0; i < CALLS; i++) {
        ask_by_hand(&x, i, ahead(3));
        hops_run(x.h, 40 * HOPS_DELAY_US);
        n = (guint)hops_stats(x.h, x.edge).granted;
        g_assert_cmpuint(n2_reserve_promised_kbps(x.h->nodes[x.large[1]].reserve, 2), >=,
                         n * CALL_KBPS);
    }
    /* 32 Mbit/s can be promised, and the edge is one user there: half of them are its own */
    g_test_message("%u of %u calls", n, CALLS);
    g_assert_cmpuint(n, >=, 200);
    g_assert_cmpuint(n, <=, 250);
    g_assert_cmpuint(hops_stats(x.h, x.large[1]).refused, >, 0);
    hops_free(x.h);
}

/* No room for a step: calls ask all of the way themselves, as if there were no steps. */
static void
test_no_room_for_a_step(void)
{
    exchange x = exchange_new(14);
    guint64 path = call_path(TRUE);

    x.h->nodes[x.large[1]].wires[2].rate_Bps = MBIT(20);
    for (int i = 0; i < 3; i++) {
        hops_ask(x.h, x.caller[i], TAG, path, 1000);
        hops_run(x.h, N2_SECOND_US);
        g_assert_cmpint(hops_event(x.h, x.caller[i], TAG)->err, ==, N2_OK);
    }
    g_assert_cmpuint(n2_reserve_promised_kbps(x.h->nodes[x.large[1]].reserve, 2), ==, 3000);
    driven d = drive(x.h, x.caller[2], path, 4, 1000, N2_SECOND_US);
    g_assert_cmpuint(d.kept, ==, d.sent);
    hops_free(x.h);
}

int
main(int argc, char **argv)
{
    static const gboolean to_gateway = TRUE;

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/police/meter/rates", test_meter);
    g_test_add_func("/police/meter/after-a-pause", test_meter_pause);
    g_test_add_func("/police/flow/as-reserved", test_as_reserved);
    g_test_add_func("/police/flow/sends-double", test_double);
    g_test_add_func("/police/flow/five-times-is-cut-off", test_gross);
    g_test_add_func("/police/flow/behind-a-lying-switch", test_gross_of_a_liar);
    g_test_add_func("/police/flow/attack-26-other-path", test_other_flow);
    g_test_add_func("/police/flow/by-the-step", test_step);
    g_test_add_data_func("/police/steps/16-calls-a-word", NULL, calls_in_steps);
    g_test_add_data_func("/police/steps/16-calls-a-word-all-the-way", &to_gateway,
                         calls_in_steps);
    g_test_add_func("/police/steps/measured-by-ports", test_by_ports);
    g_test_add_func("/police/steps/shrink-and-end", test_shrinks);
    g_test_add_func("/police/steps/large-switch-restarts", test_large_restarts);
    g_test_add_func("/police/steps/no-room", test_no_room_for_a_step);
    g_test_add_func("/police/steps/other-way", test_other_way);
    g_test_add_func("/police/steps/doubts", test_unsure);
    g_test_add_func("/police/steps/until-full", test_full);
    return g_test_run();
}
