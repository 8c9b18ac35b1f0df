/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-reserve.c - the promises in reserve.h and reserve-message.h, on switches in a row.
 */
#include <string.h>

#include "base/limits.h"
#include "hops.h"

#define MBIT(n) ((n)*UINT64_C(125000))

enum {
    TAG = 7
};

/* ---- messages ---- */

static const n2_reserve_message example = {.what = N2_RESERVE_ASK,
                                           .class = N2_CLASS_HIGH,
                                           .place = 3,
                                           .unsure = 1,
                                           .from = 12,
                                           .id = 0x1122334455667788,
                                           .kbps = 4000,
                                           .offer_kbps = 8000,
                                           .marks = 0x40,
                                           .path = 0xb000000000000000};

static void
test_message(void)
{
    for (guint what = N2_RESERVE_ASK; what <= N2_RESERVE_CUT; what++) {
        n2_reserve_message m = example, back;
        guint8 bytes[N2_RESERVE_BYTES];

        m.what = (n2_reserve_what)what;
        m.is_allotment = what & 1;
        n2_reserve_message_write(bytes, &m);
        g_assert_true(n2_reserve_is_message(bytes, sizeof bytes));
        g_assert_cmpint(n2_reserve_message_read(&back, bytes, sizeof bytes), ==, N2_OK);
        g_assert_cmpint(back.what, ==, m.what);
        g_assert_cmpint(back.is_allotment, ==, m.is_allotment);
        g_assert_cmpuint(back.class, ==, m.class);
        g_assert_cmpuint(back.place, ==, m.place);
        g_assert_cmpuint(back.unsure, ==, m.unsure);
        g_assert_cmpuint(back.from, ==, m.from);
        g_assert_cmpuint(back.id, ==, m.id);
        g_assert_cmpuint(back.kbps, ==, m.kbps);
        g_assert_cmpuint(back.offer_kbps, ==, m.offer_kbps);
        g_assert_cmpuint(back.marks, ==, m.marks);
        g_assert_cmpuint(back.path, ==, m.path);
    }
}

typedef struct {
    const char *name;
    gsize at;
    guint8 value;
} spoilt;

static const spoilt forms[] = {
    {"another-type", 18, 5},     {"not-for-hops", 19, 1},   {"spare-bits", 19, 0x91},
    {"what-0", 19, 0x80},        {"what-6", 19, 0x86},      {"class-default", 20, 2},
    {"zero-that-is-not", 25, 1}, {"another-mode", 1, 0x80}, {"short-form", 0, 0x40},
    {"phase", 0, 0x62},          {"address", 17, 1},
};

static void
test_form(gconstpointer data)
{
    const spoilt *s = data;
    guint8 bytes[N2_RESERVE_BYTES];
    n2_reserve_message out = {.id = 42};

    n2_reserve_message_write(bytes, &example);
    bytes[s->at] = s->value;
    g_assert_cmpint(n2_reserve_message_read(&out, bytes, sizeof bytes), !=, N2_OK);
    g_assert_cmpuint(out.id, ==, 42);
}

static void
test_no_rate(void)
{
    n2_reserve_message m = example, out;
    guint8 bytes[N2_RESERVE_BYTES];

    m.kbps = 0;
    n2_reserve_message_write(bytes, &m);
    g_assert_cmpint(n2_reserve_message_read(&out, bytes, sizeof bytes), !=, N2_OK);
    g_assert_cmpint(n2_reserve_message_read(&out, bytes, sizeof bytes - 1), !=, N2_OK);
}

static void
test_reasons(void)
{
    for (guint i = 0; i <= UINT8_MAX; i++)
        g_assert_cmpuint(strlen(n2_reserve_reason_word((guint8)i)), >, 1);
    g_assert_cmpstr(n2_reserve_reason_word(N2_RESERVE_REASON_RATE), !=,
                    n2_reserve_reason_word(N2_RESERVE_REASON_SHARE));
}

/* ---- along the way ---- */

/* Asker and seven switches before the far end: one round trip, and all eight have it. */
static void
test_one_round_trip(void)
{
    hops *h = hops_new(1);
    int first = hops_row(h, 9, MBIT(10));
    guint64 round_trip = 2 * 8 * HOPS_DELAY_US;

    hops_ask(h, first, TAG, hops_ahead(8), 4000);
    hops_run(h, round_trip - 1);
    g_assert_null(hops_event(h, first, TAG));
    hops_run(h, 1);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_OK);
    g_assert_cmpuint(e->place, ==, 8);
    g_assert_cmpuint(e->kbps, ==, 4000);
    g_assert_cmpuint(e->unsure, ==, 0);
    g_assert_cmpuint(e->path, ==, hops_ahead(8));
    for (int i = 0; i < 8; i++) {
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 4000);
        g_assert_cmpuint(hops_stats(h, first + i).granted, ==, 1);
    }
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(8), 512), ==, 8);
    hops_free(h);
}

/* The fifth has less: it says so, where it is and what it has; and nobody holds anything. */
static void
test_refused(void)
{
    hops *h = hops_new(2);
    int first = hops_row(h, 9, MBIT(10));

    h->nodes[first + 4].wires[2].rate_Bps = MBIT(2);
    hops_ask(h, first, TAG, hops_ahead(8), 4000);
    hops_run(h, 8 * HOPS_DELAY_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_ERR_REFUSED);
    g_assert_true(e->is_over);
    g_assert_cmpuint(e->place, ==, 5);
    g_assert_cmpuint(e->reason, ==, N2_RESERVE_REASON_RATE);
    /* 80 % of 2 Mbit/s, half of it for one neighbour */
    g_assert_cmpuint(e->offer_kbps, ==, 800);
    g_assert_cmpuint(e->path, ==, hops_ahead(4)); /* the way to who refused */
    for (int i = 0; i < 9; i++) {
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 0);
        g_assert_cmpuint(hops_stats(h, first + i).n, ==, 0);
    }
    /* What it offers is to be had. */
    hops_ask(h, first, TAG, hops_ahead(8), e->offer_kbps);
    hops_run(h, 16 * HOPS_DELAY_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    hops_free(h);
}

/* The asker's own switch may be the one that is full. */
static void
test_refused_at_home(void)
{
    hops *h = hops_new(3);
    int first = hops_row(h, 3, MBIT(1));

    hops_ask(h, first, TAG, hops_ahead(2), 900);
    hops_run(h, HOPS_DELAY_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_ERR_REFUSED);
    g_assert_cmpuint(e->place, ==, 1);
    g_assert_cmpuint(e->path, ==, 0);
    g_assert_cmpuint(e->offer_kbps, ==, 800);
    g_assert_cmpuint(hops_stats(h, first).n, ==, 0);
    hops_free(h);
}

static void
test_release(void)
{
    hops *h = hops_new(4);
    int first = hops_row(h, 9, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(8), 4000);
    hops_run(h, 20 * HOPS_DELAY_US);
    n2_reserve_give_back(h->nodes[first].reserve, TAG, h->now_us);
    hops_run(h, 8 * HOPS_DELAY_US);
    for (int i = 0; i < 9; i++) {
        g_assert_cmpuint(hops_stats(h, first + i).n, ==, 0);
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 0);
    }
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(8), 512), ==, 0);
    hops_free(h);
}

/* It lasts as long as it is renewed, and half a minute longer. */
static void
test_life(void)
{
    hops *h = hops_new(5);
    int first = hops_row(h, 5, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(4), 4000);
    for (int i = 0; i < 60; i++) {
        hops_run(h, 5 * N2_SECOND_US);
        g_assert_cmpuint(hops_drive(h, first, hops_ahead(4), 512), ==, 4);
    }
    g_assert_cmpuint(h->n_events, ==, 1);
    h->nodes[first].is_deaf = true;
    hops_run(h, N2_RESERVE_US - N2_RESERVE_RENEW_US - N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, first + 2, 2), ==, 4000);
    hops_run(h, N2_RESERVE_RENEW_US + 3 * N2_SECOND_US);
    for (int i = 1; i < 5; i++)
        g_assert_cmpuint(hops_stats(h, first + i).n, ==, 0);
    hops_free(h);
}

/* The far end is gone: what was noted goes soon, and the asker hears of it. */
static void
test_silence(void)
{
    hops *h = hops_new(6);
    int first = hops_row(h, 5, MBIT(10));

    h->nodes[first + 4].is_deaf = true;
    hops_ask(h, first, TAG, hops_ahead(4), 4000);
    hops_run(h, 10 * N2_SECOND_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_ERR_TIMEOUT);
    g_assert_true(e->is_over);
    for (int i = 0; i < 4; i++)
        g_assert_cmpuint(hops_stats(h, first + i).n, ==, 0);
    hops_free(h);
}

/* The far end goes later: the asker hears of that, too. */
static void
test_silence_later(void)
{
    hops *h = hops_new(7);
    int first = hops_row(h, 5, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(4), 4000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    h->nodes[first + 4].is_deaf = true;
    hops_run(h, N2_RESERVE_US + 5 * N2_SECOND_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_ERR_TIMEOUT);
    g_assert_true(hops_event(h, first, TAG)->is_over);
    hops_free(h);
}

static bool
loses_some(hops *h, int from, int to, const guint8 *bytes)
{
    (void)from;
    (void)to;
    (void)bytes;
    return h->n_sent % 17 == 2;
}

static void
test_lossy(void)
{
    hops *h = hops_new(8);
    int first = hops_row(h, 5, MBIT(10));

    h->loses = loses_some;
    hops_ask(h, first, TAG, hops_ahead(4), 4000);
    hops_run(h, 5 * N2_SECOND_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    hops_run(h, 5 * N2_MINUTE_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    hops_free(h);
}

static void
test_change(void)
{
    hops *h = hops_new(9);
    int first = hops_row(h, 5, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(4), 1000);
    hops_run(h, N2_SECOND_US);
    hops_ask(h, first, TAG, hops_ahead(4), 3000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_event(h, first, TAG)->kbps, ==, 3000);
    g_assert_cmpuint(hops_promised(h, first + 3, 2), ==, 3000);
    /* Too much: what it has it keeps. */
    hops_ask(h, first, TAG, hops_ahead(4), 5000);
    hops_run(h, N2_SECOND_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_cmpint(e->err, ==, N2_ERR_REFUSED);
    g_assert_false(e->is_over);
    g_assert_cmpuint(e->kbps, ==, 3000);
    hops_run(h, N2_MINUTE_US);
    for (int i = 0; i < 4; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 3000);
    hops_ask(h, first, TAG, hops_ahead(4), 500);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, first + 3, 2), ==, 500);
    hops_free(h);
}

/* By another class or way it is another reservation, and the one before ends. */
static void
test_change_flow(void)
{
    hops *h = hops_new(30);
    int first = hops_row(h, 5, MBIT(10));
    n2_reserve *r = h->nodes[first].reserve;
    n2_reserve_claim urgent = {
        .tag = TAG, .path = hops_ahead(4), .kbps = 2000, .class = N2_CLASS_URGENT};
    n2_reserve_claim near = {.tag = TAG, .path = hops_ahead(2), .kbps = 2000, .class = 0},
                     found;

    hops_ask(h, first, TAG, hops_ahead(4), 1000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(4), 512), ==, 4);
    g_assert_cmpint(n2_reserve_ask(r, &urgent, h->now_us), ==, N2_OK);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(4), 512), ==, 0); /* class high */
    g_assert_cmpuint(hops_promised(h, first + 3, 2), ==, 2000);
    g_assert_true(n2_reserve_find_claim(r, TAG, &found));
    g_assert_cmpuint(found.class, ==, N2_CLASS_URGENT);
    g_assert_cmpint(n2_reserve_ask(r, &near, h->now_us), ==, N2_OK);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 2000);
    g_assert_cmpuint(hops_promised(h, first + 3, 2), ==, 0);
    g_assert_false(n2_reserve_find_path(r, hops_ahead(4), &found));
    g_assert_true(n2_reserve_find_path(r, hops_ahead(2), &found));
    hops_free(h);
}

/* By a virtual label that hides the switch behind it: all of them have it, and the packets that
 * go by it keep their class at the border. */
static void
test_virtual_label(void)
{
    const char *text = "40 to 2 2/6";
    hops *h = hops_new(31);
    int first = hops_row(h, 4, MBIT(10)), border = first + 1;
    unsigned ports[] = {2, 40};
    guint64 path = hops_path(ports, 2), behind = path;
    n2_switch *sw = &h->nodes[border].sw;
    guint8 bytes[N2_LONG_HEAD_BYTES + 512] = {
        N2_KIND_VERSION | N2_KIND_LONG | 2 << N2_KIND_SIZE_SHIFT, 0x40};
    uint32_t out_port = 0;
    n2_label label;

    g_assert_cmpint(n2_labels_new(&sw->labels, HOPS_WIDTH, 1), ==, N2_OK);
    g_assert_cmpint(n2_label_parse(&text, &label), ==, N2_OK);
    g_assert_cmpint(n2_labels_order(sw->labels, &label), ==, N2_OK);
    n2_labels_link(sw->labels, 2, true);
    hops_ask(h, first, TAG, path, 1000);
    hops_run(h, N2_SECOND_US);
    g_assert_nonnull(hops_event(h, first, TAG));
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    g_assert_cmpuint(hops_event(h, first, TAG)->place, ==, 3);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 1000);
        g_assert_cmpuint(hops_stats(h, first + i).granted, ==, 1);
    }
    g_assert_true(n2_path_step(&behind, HOPS_WIDTH, 0, &out_port));
    n2_packet_set_path(bytes, behind);
    sw->reserve = h->nodes[border].reserve;
    g_assert_cmpuint(n2_switch_step(sw, 1, bytes, sizeof bytes, h->now_us).out_port, ==, 2);
    g_assert_cmphex(bytes[1], ==, 0x40);
    sw->reserve = NULL;
    hops_free(h);
}

/* Those who don't know what their link carries promise, and say that they don't. */
static void
test_unsure(void)
{
    hops *h = hops_new(10);
    int first = hops_row(h, 5, MBIT(10));

    h->nodes[first + 1].wires[2].rate_Bps = h->nodes[first + 3].wires[2].rate_Bps = 0;
    hops_ask(h, first, TAG, hops_ahead(4), 4000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    g_assert_cmpuint(hops_event(h, first, TAG)->unsure, ==, 2);
    /* and none of them promises without end */
    for (int i = 0; i < 5; i++)
        h->nodes[first + i].wires[2].rate_Bps = 0;
    hops_ask(h, first, TAG, hops_ahead(4), 4000000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_ERR_REFUSED);
    hops_free(h);
}

static void
test_usage(void)
{
    hops *h = hops_new(11);
    int node = hops_add(h);
    n2_reserve *r = h->nodes[node].reserve;
    n2_reserve_claim good = {
        .tag = 1, .path = hops_ahead(1), .kbps = 1, .class = N2_CLASS_URGENT};
    n2_reserve_claim no_rate = good, low = good, home = good;

    no_rate.kbps = 0;
    low.class = N2_CLASS_DEFAULT;
    home.path = 0;
    g_assert_cmpint(n2_reserve_ask(r, &no_rate, 1), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_reserve_ask(r, &low, 1), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_reserve_ask(r, &home, 1), ==, N2_ERR_USAGE);
    for (guint i = 0; i < N2_CLAIMS_MAX; i++) {
        good.tag = i;
        good.path = hops_ahead(1) | (guint64)i << 30;
        g_assert_cmpint(n2_reserve_ask(r, &good, 1), ==, N2_OK);
    }
    good.tag = N2_CLAIMS_MAX;
    good.path = hops_ahead(2);
    g_assert_cmpint(n2_reserve_ask(r, &good, 1), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(hops_stats(h, node).claims_full, ==, 1);
    n2_reserve_give_back(r, 5, 1);
    g_assert_cmpint(n2_reserve_ask(r, &good, 1), ==, N2_OK);
    hops_free(h);
}

/* In the middle of everything a switch forgets: what it held comes back by renewal. */
static void
test_restart(void)
{
    hops *h = hops_new(12);
    int first = hops_row(h, 9, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(8), 4000);
    hops_run(h, 3 * N2_SECOND_US);
    hops_restart(h, first + 4);
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(8), 512), ==, 4);
    hops_run(h, N2_RESERVE_RENEW_US);
    g_assert_cmpuint(hops_drive(h, first, hops_ahead(8), 512), ==, 8);
    for (int i = 0; i < 8; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 4000);
    g_assert_cmpuint(h->n_events, ==, 1);
    hops_free(h);
}

/* The link by which it came is gone, and whoever is there next has nothing of it. */
static void
test_down(void)
{
    hops *h = hops_new(13);
    int first = hops_row(h, 4, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(3), 1000);
    hops_run(h, N2_SECOND_US);
    n2_reserve_down(h->nodes[first + 1].reserve, 1, h->now_us);
    g_assert_cmpuint(hops_stats(h, first + 1).n, ==, 0);
    g_assert_cmpuint(hops_promised(h, first + 1, 2), ==, 0);
    g_assert_cmpuint(hops_promised(h, first + 2, 2), ==, 1000);
    hops_free(h);
}

/* The link by which it leaves is gone: the asker hears of it at once and asks again, for it may
 * be back; if not, it is over within seconds, and nobody before it holds anything. */
static void
test_down_ahead(void)
{
    hops *h = hops_new(33);
    int first = hops_row(h, 4, MBIT(10));

    hops_ask(h, first, TAG, hops_ahead(3), 1000);
    hops_run(h, N2_SECOND_US);
    n2_reserve_down(h->nodes[first + 1].reserve, 2, h->now_us);
    hops_run(h, 10 * HOPS_DELAY_US);
    for (int i = 0; i < 2; i++)
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 1000);
    g_assert_cmpuint(h->n_events, ==, 1);
    n2_reserve_down(h->nodes[first + 1].reserve, 2, h->now_us);
    h->nodes[first + 1].wires[2].peer = -1;
    hops_run(h, 10 * N2_SECOND_US);
    const n2_reserve_event *e = hops_event(h, first, TAG);
    g_assert_cmpint(e->err, ==, N2_ERR_REFUSED);
    g_assert_cmpuint(e->reason, ==, N2_RESERVE_REASON_DOWN);
    g_assert_true(e->is_over);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpuint(hops_stats(h, first + i).n, ==, 0);
        g_assert_cmpuint(hops_promised(h, first + i, 2), ==, 0);
    }
    /* The switch's own node hears of its own line, too. */
    hops_ask(h, first, TAG, hops_ahead(1), 1000);
    hops_run(h, N2_SECOND_US);
    g_assert_cmpint(hops_event(h, first, TAG)->err, ==, N2_OK);
    n2_reserve_down(h->nodes[first].reserve, 2, h->now_us);
    h->nodes[first].wires[2].peer = -1;
    hops_run(h, 10 * N2_SECOND_US);
    g_assert_cmpuint(hops_event(h, first, TAG)->reason, ==, N2_RESERVE_REASON_DOWN);
    hops_free(h);
}

static void
test_look(void)
{
    hops *h = hops_new(14);
    int first = hops_row(h, 4, MBIT(10));
    g_autofree n2_look *look = g_new0(n2_look, 1);

    hops_ask(h, first, TAG, hops_ahead(3), 1000);
    hops_run(h, N2_SECOND_US);
    (void)hops_drive(h, first, hops_ahead(3), 512);
    n2_look_port *port = n2_look_add_ports(look);
    g_assert_nonnull(port);
    if (port)
        port->port = 2;
    n2_reserve_look(h->nodes[first + 1].reserve, look, h->now_us);
    g_assert_cmpuint(look->n_reservations, ==, 1);
    const n2_look_reservation *row = &look->reservations[0];
    g_assert_cmpuint(row->in_port, ==, 1);
    g_assert_cmpuint(row->out_port, ==, 2);
    g_assert_cmpuint(row->class, ==, N2_CLASS_HIGH);
    g_assert_cmpuint(row->rate_Bps, ==, 125000);
    g_assert_cmpuint(row->packets, ==, 1);
    g_assert_cmpuint(row->bytes, ==, 512);
    g_assert_cmpuint(row->left_us, >, 28 * N2_SECOND_US);
    uint64_t path = hops_ahead(3);
    uint32_t out_port = 0;
    g_assert_true(n2_path_step(&path, HOPS_WIDTH, 0, &out_port));
    g_assert_cmpuint(row->path, ==, path); /* as it came there */
    g_assert_cmpuint(look->ports[0].reserved_Bps, ==, 125000);
    hops_free(h);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reserve/message/back-as-written", test_message);
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *path = g_strdup_printf("/reserve/message/refuses-%s", forms[i].name);
        g_test_add_data_func(path, &forms[i], test_form);
    }
    g_test_add_func("/reserve/message/refuses-no-rate", test_no_rate);
    g_test_add_func("/reserve/message/reasons-have-words", test_reasons);
    g_test_add_func("/reserve/way/eight-switches-one-round-trip", test_one_round_trip);
    g_test_add_func("/reserve/way/refusal-names-the-switch", test_refused);
    g_test_add_func("/reserve/way/refused-by-ones-own-switch", test_refused_at_home);
    g_test_add_func("/reserve/way/given-back", test_release);
    g_test_add_func("/reserve/way/behind-a-virtual-label", test_virtual_label);
    g_test_add_func("/reserve/way/another-rate", test_change);
    g_test_add_func("/reserve/way/another-flow", test_change_flow);
    g_test_add_func("/reserve/way/link-of-unknown-rate", test_unsure);
    g_test_add_func("/reserve/life/renewed-and-expired", test_life);
    g_test_add_func("/reserve/life/far-end-silent", test_silence);
    g_test_add_func("/reserve/life/far-end-silent-later", test_silence_later);
    g_test_add_func("/reserve/life/lossy-way", test_lossy);
    g_test_add_func("/reserve/life/switch-restarted-in-the-middle", test_restart);
    g_test_add_func("/reserve/life/link-down", test_down);
    g_test_add_func("/reserve/life/link-ahead-down", test_down_ahead);
    g_test_add_func("/reserve/own/usage-and-limit", test_usage);
    g_test_add_func("/reserve/look", test_look);
    return g_test_run();
}
