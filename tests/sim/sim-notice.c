/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-notice.c - words of switches: a dropped packet goes again within a round trip (F2), a jam
 *                slows within one (F1), and who forges them gains next to nothing (attack 8).
 *
 * The switch that drops is real; the one that jams is played by the test, which marks packets
 * and says so.
 */
#include <string.h>

#include "base/limits.h"
#include "star.h"
#include "switch/notice.h"
#include "wire/code.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    SEEDS = 2,
    PIECE = 3000000,
    UNIT = 2048,
    RATE_BPS = 1250000,
    DELAY_US = 5000,
    RTT_US = 4 * DELAY_US,
    DROPS = 4096
};

#define SECOND UINT64_C(1000000)

/* The wires are quicker than what the hub is told of the server's: what waits, waits in it. */
static const world_wire wire = {.rate_Bps = 10 * RATE_BPS, .delay_us = DELAY_US};

typedef struct {
    uint64_t address;
    uint64_t said_us, again_us;
    bool was_acked_before;
} drop;

typedef struct {
    drop drops[DROPS];
    unsigned n_drops;
    uint64_t sent_bytes; /* of the client's data */
    unsigned n_sent;
    /* what the forger says about each packet that passes; the client's switch sees it */
    n2_notice_reason forges; /* 0: nothing */
    uint8_t rate;
    unsigned n_forged;
    unsigned times; /* each */
    /* marks as a switch with a queue would */
    bool marks;
    uint64_t began_us, window_bytes;
} watcher;

static bool
is_data(const n2_packet *p)
{
    return p->is_sealed && p->data_bytes == UNIT;
}

/* As if the hub had said it: nobody can tell who did. */
static void
forge(star *s, watcher *w, const uint8_t *packet, size_t len)
{
    uint8_t bytes[N2_NOTICE_BYTES];
    n2_switch_notice n = {.reason = w->forges, .queue = UINT16_MAX, .rate = w->rate};

    if (!n2_switch_notice_about(&n, packet, len))
        return;
    n.path = star_path_from_hub(s, STAR_CLIENT, 0, 0);
    n2_switch_notice_write(bytes, &n);
    for (unsigned i = 0; i < w->times; i++) {
        w->n_forged++;
        star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
    }
}

static void
watch(star *s, int from, int to, uint8_t *packet, size_t len)
{
    watcher *w = s->user;
    n2_switch_notice n;
    n2_packet p;

    if (from == STAR_HUB && to == STAR_CLIENT && !n2_switch_notice_read(&n, packet, len)) {
        if (n.reason == N2_NOTICE_DROPPED && w->n_drops < DROPS)
            w->drops[w->n_drops++] = (drop){.address = n.address, .said_us = world_now(s->w)};
        return;
    }
    if (from != STAR_CLIENT || to != STAR_HUB || n2_packet_parse(&p, packet, len) ||
        !is_data(&p))
        return;
    w->n_sent++;
    w->sent_bytes += len;
    w->window_bytes += len;
    for (unsigned i = w->n_drops; i--;)
        if (w->drops[i].address == p.address && !w->drops[i].again_us)
            w->drops[i].again_us = world_now(s->w);
    if (w->marks)
        packet[1] |= N2_CARE_JAM;
    if (w->forges)
        forge(s, w, packet, len);
}

/* The attacker's words are there as soon as those of the hub. */
static void
make_quick(star *s)
{
    world_wire quick = {.rate_Bps = 125000000, .delay_us = 10};

    world_change(s->w, s->node[STAR_ATTACKER], s->node[STAR_HUB], &quick);
}

static star *
begin(uint64_t seed, watcher *w)
{
    world_wire lossy = wire;
    lossy.loss_ppm =
        (uint32_t)(seed - 1) * 5000; /* the first loses nothing but what the hub drops */
    star *s = star_new(seed, &lossy, 2200);

    s->user = w;
    s->on_packet = watch;
    w->times = 1;
    make_quick(s);
    star_connect(s);
    g_assert_true(star_until_connected(s, 20 * SECOND));
    return s;
}

static void
set_rate(star *s, uint64_t Bps)
{
    n2_op op = {.kind = N2_OP_LINK_RATE, .port = s->port_at_hub[STAR_SERVER], .size = Bps};

    world_op(s->w, s->node[STAR_HUB], &op);
}

static int
compare_cb(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* ---- F2 ------------------------------------------------------------------------------------
 */

static void
test_dropped(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        watcher *w = g_new0(watcher, 1);
        uint64_t took[DROPS];
        unsigned n = 0;
        star *s = begin(seed, w);

        /* It runs at the wire's rate, and then the way is 25 times as narrow: what is under way
         * is more than may wait there. */
        star_send(s, false, PIECE, UNIT);
        star_run(s, 150000);
        set_rate(s, RATE_BPS / 2);
        g_assert_true(star_finish(s, 30 * SECOND));
        g_assert_cmpuint(w->n_drops, >=, 4);
        for (unsigned i = 0; i < w->n_drops; i++)
            if (w->drops[i].again_us)
                took[n++] = w->drops[i].again_us - w->drops[i].said_us;
        /* What the hub dropped comes again, nearly all before a bitmap could have told: that
         * would take the rest of the way there, all the way back, and the queue, which is a
         * quarter of a second long.  It also has to obey the jam meanwhile. */
        g_assert_cmpuint(n, >=, w->n_drops * 9 / 10);
        qsort(took, n, sizeof *took, compare_cb);
        g_test_message("seed %" G_GUINT64_FORMAT
                       ": %u drops, sent again after %" G_GUINT64_FORMAT
                       " us (median), %" G_GUINT64_FORMAT " us (most), in %" G_GUINT64_FORMAT,
                       seed, w->n_drops, took[n / 2], took[n - 1], world_now(s->w));
        g_assert_cmpuint(took[n / 2], <, 2 * RTT_US);
        g_free(w);
        star_free(s);
    }
}

/* ---- 8 -------------------------------------------------------------------------------------
 */

typedef struct {
    uint64_t us, bytes;
    unsigned n_sent, n_forged;
} outcome;

static outcome
play(uint64_t seed, n2_notice_reason forges, uint8_t rate, unsigned times)
{
    watcher *w = g_new0(watcher, 1);
    star *s = begin(seed, w);
    uint64_t began_us = world_now(s->w);

    set_rate(s, RATE_BPS);
    w->forges = forges;
    w->rate = rate;
    w->times = times;
    star_send(s, false, PIECE, UNIT);
    g_assert_true(star_finish(s, 60 * SECOND));
    outcome o = {world_now(s->w) - began_us, w->sent_bytes, w->n_sent, w->n_forged};
    g_free(w);
    star_free(s);
    return o;
}

/* Who sits on the way says of each packet, ten times over, that it was dropped. */
static void
test_lying_drops(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        outcome quiet = play(seed, 0, 0, 0);
        outcome lied = play(seed, N2_NOTICE_DROPPED, 0, 10);
        g_test_message("%u packets instead of %u, %" G_GUINT64_FORMAT
                       " us instead of %" G_GUINT64_FORMAT,
                       lied.n_sent, quiet.n_sent, lied.us, quiet.us);
        g_assert_cmpuint(lied.n_forged, >, 5000);
        /* No more than a few round trips' worth. */
        g_assert_cmpuint(lied.bytes, <, quiet.bytes + quiet.bytes / 5);
        g_assert_cmpuint(lied.us, <, 2 * quiet.us);
    }
}

/* The same of a jam that lets next to nothing pass. */
static void
test_lying_jams(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        outcome quiet = play(seed, 0, 0, 0);
        outcome lied = play(seed, N2_NOTICE_JAM, 1, 1);
        g_test_message("%" G_GUINT64_FORMAT " us instead of %" G_GUINT64_FORMAT, lied.us,
                       quiet.us);
        g_assert_cmpuint(lied.us, <, quiet.us + SECOND);
    }
}

/* Beside the way: it knows addresses and counters, and guesses the random halves. */
static void
test_off_path(void)
{
    watcher *w = g_new0(watcher, 1);
    star *s = begin(7, w);
    uint64_t addresses[2] = {0};

    set_rate(s, RATE_BPS);
    addresses[0] = star_send(s, false, PIECE, UNIT)->address;
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t bytes[N2_NOTICE_BYTES];
        n2_switch_notice n = {.reason = i % 2 ? N2_NOTICE_JAM : N2_NOTICE_DROPPED,
                              .rate = 1,
                              .kind = 0x7c,
                              .address = addresses[0] + i % 300 * (UNIT / 32),
                              .counter = i % 300,
                              .noise = (uint32_t)world_random_next(world_peek_random(s->w)),
                              .path = star_path_from_hub(s, STAR_CLIENT, 0, 0)};
        n2_switch_notice_write(bytes, &n);
        star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
        star_run(s, 1000);
    }
    g_assert_true(star_finish(s, 60 * SECOND));
    outcome quiet = play(7, 0, 0, 0);
    g_assert_cmpuint(w->sent_bytes, <=, quiet.bytes + quiet.bytes / 50);
    g_free(w);
    star_free(s);
}

/* ---- F1, at the end point ------------------------------------------------------------------
 */

/* A jam that is true: marks show it.  The sender is at the allowed rate within a round trip,
 * and stays there as long as marks come. */
static void
test_jam(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        watcher *w = g_new0(watcher, 1);
        star *s = begin(seed, w);
        uint64_t allowed_Bps = n2_rate_from_code(n2_rate_to_code(RATE_BPS / 4));

        set_rate(s, RATE_BPS);
        star_send(s, false, 2 * PIECE, UNIT);
        star_run(s, SECOND);
        uint64_t before = w->sent_bytes;
        star_run(s, SECOND);
        g_assert_cmpuint(w->sent_bytes - before, >, RATE_BPS / 2);
        w->forges = N2_NOTICE_JAM;
        w->rate = n2_rate_to_code(RATE_BPS / 4);
        w->marks = true;
        star_run(s, 2 * RTT_US);
        before = w->sent_bytes;
        star_run(s, SECOND);
        g_test_message("%" G_GUINT64_FORMAT " B/s, allowed %" G_GUINT64_FORMAT,
                       w->sent_bytes - before, allowed_Bps);
        g_assert_cmpuint(w->sent_bytes - before, <, allowed_Bps * 11 / 10);
        w->marks = false;
        w->forges = 0;
        star_run(s, SECOND);
        before = w->sent_bytes;
        star_run(s, SECOND);
        g_assert_cmpuint(w->sent_bytes - before, >, RATE_BPS / 2);
        g_free(w);
        star_free(s);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/notice/dropped-goes-again", test_dropped);
    g_test_add_func("/sim/notice/jam-is-obeyed", test_jam);
    g_test_add_func("/sim/notice/attack-08-lying-drops", test_lying_drops);
    g_test_add_func("/sim/notice/attack-08-lying-jams", test_lying_jams);
    g_test_add_func("/sim/notice/attack-08-off-path", test_off_path);
    return g_test_run();
}
