/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-rates.c - how fast connections send, on lines of all kinds and beside others: figures of
 *               each scenario with its seed.
 *
 *   sim-rates --tap     each prints its name, seed and figures as a line that begins with #
 */
#include <glib.h>
#include <string.h>

#include "rival.h"
#include "road.h"

enum {
    SEED = 1,
    MIB = 1 << 20
};

#define MBIT(n) ((n)*UINT64_C(125000))
#define SECONDS(n) ((n)*UINT64_C(1000000))

static world_wire
wire(uint64_t Bps, uint64_t rtt_us, uint64_t queue_us)
{
    return (world_wire){
        .rate_Bps = Bps, .delay_us = rtt_us / 2, .queue_bytes = Bps * queue_us / 1000000};
}

G_GNUC_PRINTF(2, 3) static void say(const char *name, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    g_autofree char *words = g_strdup_vprintf(format, list);
    va_end(list);
    g_test_message("%s, seed %d: %s", name, SEED, words);
}

/* ---- the three lines of the bars ------------------------------------------------------------
 */

typedef struct {
    const char *name;
    uint64_t rate_Bps, rtt_us, queue_us;
    uint32_t loss_ppm;
    double most_s; /* for 20 MiB from the first hello */
} line_row;

static const line_row lines[] = {
    {"100-mbit-50-ms", MBIT(100), 50000, 100000, 0, 1.98},
    {"100-mbit-10-ms-1-percent", MBIT(100), 10000, 20000, 10000, 1.88},
    {"50-mbit-200-ms", MBIT(50), 200000, 400000, 0, 4.2},
};

static void
test_fetch(gconstpointer data)
{
    const line_row *row = data;
    world_wire w = wire(row->rate_Bps, row->rtt_us, row->queue_us);

    w.loss_ppm = row->loss_ppm;
    road *r = road_new(SEED, &w, &w);
    double s = (double)road_fetch(road_add(r), 0, 0, 20 * MIB) / 1e6;
    say(row->name, "20 MiB in %.3f s", s);
    g_assert_cmpfloat(s, <=, row->most_s);
    road_free(r);
}

/* ---- near ones, of which nothing is known
 * ------------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    uint64_t rate_Bps, rtt_us, queue_us, bytes;
    double most_s; /* from the first hello */
} near_row;

/* The first answers tell that the line is near, and what it carries at least: who reads a page
 * does not wait for a pace that was made for far ones, and a thin line gets no flood. */
static const near_row nears[] = {
    {"near-1-gbit", MBIT(1000), 300, 10000, MIB, 0.030},
    {"near-100-mbit", MBIT(100), 1000, 20000, MIB, 0.110},
    {"near-1-mbit", MBIT(1), 1000, 250000, MIB / 8, 1.15},
};

static void
test_near(gconstpointer data)
{
    const near_row *row = data;
    world_wire w = wire(row->rate_Bps, row->rtt_us, row->queue_us);
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);
    double s = (double)road_fetch(f, 0, 0, row->bytes) / 1e6;
    world_wire_stats stats = world_wire_peek(r->w, f->server, f->client);

    say(row->name, "%u KiB in %.3f s, %u dropped", (unsigned)(row->bytes / 1024), s,
        (unsigned)stats.overflowed);
    g_assert_cmpfloat(s, <=, row->most_s);
    g_assert_cmpuint(stats.overflowed, ==, 0);
    road_free(r);
}

static void
test_delay(gconstpointer data)
{
    const line_row *row = data;
    world_wire w = wire(row->rate_Bps, row->rtt_us, row->queue_us);

    w.loss_ppm = row->loss_ppm;
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);
    road_connect(f, 0, 0);
    road_ask(f, row->rate_Bps * 11);
    road_run(r, SECONDS(2));
    road_figures g = road_watch(r, SECONDS(8));
    say(row->name, "seconds 2 to 10: %.1f %% of the line, delay added %.2f ms (median)",
        g.share * 100, g.median_us / 1e3);
    g_assert_cmpfloat(g.share, >=, 0.95);
    g_assert_cmpfloat(g.median_us, <=, 5000);
    road_free(r);
}

/* ---- beside TCP
 * ------------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    rival_kind kind;
    uint64_t rate_Bps, rtt_us;
    uint64_t theirs_us, ours_us; /* when each begins */
    double least;                /* of what TCP has alone */
} yield_row;

static const yield_row yields[] = {
    {"attack-15-cubic-comes-second", RIVAL_CUBIC, MBIT(20), 50000, SECONDS(5), 0, 0.9},
    {"attack-15-cubic-is-there", RIVAL_CUBIC, MBIT(20), 50000, 0, SECONDS(5), 0.9},
    {"attack-15-cubic-10-mbit-20-ms", RIVAL_CUBIC, MBIT(10), 20000, SECONDS(5), 0, 0.9},
    {"attack-15-bbr-comes-second", RIVAL_BBR, MBIT(20), 50000, SECONDS(5), 0, 0.85},
    {"attack-15-bbr-is-there", RIVAL_BBR, MBIT(20), 50000, 0, SECONDS(5), 0.85},
};

/* Bytes of TCP in 30 s from when both are there. */
static double
beside(const yield_row *row, bool with_us, double *ours)
{
    world_wire w = wire(row->rate_Bps, row->rtt_us, 100000);
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);
    uint64_t began_us = world_now(r->w), both_us = MAX(row->theirs_us, row->ours_us);
    rival *v = rival_new(r, row->kind, began_us + row->theirs_us);

    road_run(r, row->ours_us);
    if (with_us) {
        road_connect(f, 0, 0);
        road_ask(f, row->rate_Bps * 40);
    }
    road_run(r, began_us + both_us - world_now(r->w));
    uint64_t before = rival_bytes(v);
    road_figures g = road_watch(r, SECONDS(30));
    double theirs = (double)(rival_bytes(v) - before);
    *ours = (double)g.bytes[0];
    road_free(r);
    rival_free(v);
    return theirs;
}

static void
test_yield(gconstpointer data)
{
    const yield_row *row = data;
    double none, ours, alone = beside(row, false, &none), with = beside(row, true, &ours);

    say(row->name, "TCP keeps %.3f of %.2f Mbit/s in 30 s, we have %.2f", with / alone,
        alone * 8 / 30e6, ours * 8 / 30e6);
    g_assert_cmpfloat(with, >=, row->least * alone);
}

/* ---- several of ours
 * -------------------------------------------------------------------------
 */

static double
jain(const road_figures *g, unsigned n)
{
    double sum = 0, squares = 0;

    for (unsigned i = 0; i < n; i++) {
        sum += (double)g->bytes[i];
        squares += (double)g->bytes[i] * (double)g->bytes[i];
    }
    return sum * sum / (n * squares);
}

typedef struct {
    const char *name;
    unsigned n;
    uint64_t apart_us, rtt_us;
} fair_row;

static const fair_row fairs[] = {
    {"fairness-2-near", 2, 60000, 5000},
    {"fairness-2-together", 2, 100000, 20000},
    {"attack-15-latecomer", 2, SECONDS(4), 20000},
    {"fairness-4-latecomers", 4, SECONDS(2), 50000},
};

static void
test_fair(gconstpointer data)
{
    const fair_row *row = data;
    world_wire w = wire(MBIT(20), row->rtt_us, 100000);
    road *r = road_new(SEED, &w, &w);
    road_flow *f[ROAD_FLOWS];

    for (unsigned i = 0; i < row->n; i++)
        f[i] = road_add(r);
    for (unsigned i = 0; i < row->n; i++) {
        road_connect(f[i], 0, 0);
        road_ask(f[i], MBIT(20) * 40);
        road_run(r, row->apart_us);
    }
    road_run(r, SECONDS(12));
    road_figures g = road_watch(r, SECONDS(12));
    say(row->name, "%u connections: Jain %.3f, %.1f %% of the line, delay added %.1f ms",
        row->n, jain(&g, row->n), g.share * 100, g.median_us / 1e3);
    g_assert_cmpfloat(jain(&g, row->n), >=, 0.95);
    g_assert_cmpfloat(g.share, >=, 0.95);
    road_free(r);
}

/* ---- lines of all kinds
 * ----------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    world_wire there, back; /* back without a rate: the same */
    uint64_t us;            /* watched after the first quarter of it */
    double share, median_us;
} kind_row;

static const kind_row kinds[] = {
    {"short-thin-deep-queue",
     {.rate_Bps = MBIT(1) / 10, .delay_us = 10000, .queue_bytes = 125000},
     {0},
     SECONDS(60),
     0.9,
     600000},
    {"satellite-600-ms",
     {.rate_Bps = MBIT(20), .delay_us = 300000, .queue_bytes = MBIT(10)},
     {0},
     SECONDS(24),
     0.95,
     6000},
    {"shallow-queue-2-ms",
     {.rate_Bps = MBIT(20), .delay_us = 10000, .queue_bytes = 5000},
     {0},
     SECONDS(16),
     0.85,
     5000},
    {"asymmetric-50-to-1",
     {.rate_Bps = MBIT(50), .delay_us = 10000, .queue_bytes = MBIT(5)},
     {.rate_Bps = MBIT(1), .delay_us = 10000, .queue_bytes = 12500},
     SECONDS(8),
     0.95,
     6000},
    {"20-percent-lost",
     {.rate_Bps = MBIT(10), .delay_us = 10000, .queue_bytes = MBIT(1), .loss_ppm = 105600},
     {0},
     SECONDS(16),
     0.75,
     20000},
    {"reordered-and-doubled",
     {.rate_Bps = MBIT(20),
      .delay_us = 10000,
      .queue_bytes = MBIT(2),
      .reorder_ppm = 20000,
      .reorder_us = 5000,
      .double_ppm = 20000},
     {0},
     SECONDS(16),
     0.9,
     8000},
};

static void
test_kind(gconstpointer data)
{
    const kind_row *row = data;
    road *r = road_new(SEED, &row->there, row->back.rate_Bps ? &row->back : &row->there);
    road_flow *f = road_add(r);

    road_connect(f, 0, 0);
    road_ask(f, row->there.rate_Bps * row->us / 900000 * 2);
    road_run(r, row->us / 4);
    road_figures g = road_watch(r, row->us / 4 * 3);
    say(row->name, "%.1f %% of the line, delay added %.1f ms (median), %u dropped",
        g.share * 100, g.median_us / 1e3, (unsigned)g.overflowed);
    g_assert_cmpfloat(g.share, >=, row->share);
    g_assert_cmpfloat(g.median_us, <=, row->median_us);
    g_assert_cmpint(f->closed, ==, N2_OK);
    road_free(r);
}

static void
test_long_fat(void)
{
    world_wire w = wire(MBIT(1000), 200000, 100000);
    road *r = road_new(SEED, &w, &w);
    double s = (double)road_fetch(road_add(r), 0, 0, 64 * MIB) / 1e6;

    say("long-fat-1-gbit-200-ms", "64 MiB in %.3f s, of which 0.567 s are the line's", s);
    g_assert_cmpfloat(s, <=, 2.2);
    road_free(r);
}

/* The peer's clock gains 50 us a second. */
static void
drift_cb(world *w, void *user)
{
    road_flow *f = user;

    f->client->skew_us++;
    world_call_at(w, world_now(w) + 20000, drift_cb, f);
}

static void
test_skew(void)
{
    world_wire w = wire(MBIT(10), 50000, 200000);
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);

    drift_cb(r->w, f);
    road_connect(f, 0, 0);
    road_ask(f, MBIT(10) * 130);
    road_run(r, SECONDS(60));
    road_figures g = road_watch(r, SECONDS(60));
    say("attack-15-clock-skew-50-ppm", "minute 2: %.1f %% of the line, delay added %.1f ms",
        g.share * 100, g.median_us / 1e3);
    g_assert_cmpfloat(g.share, >=, 0.95);
    g_assert_cmpfloat(g.median_us, <=, 12000);
    road_free(r);
}

/* One end slept for three seconds by its clock, then the other for two, in mid-transfer. */
static void
test_jump(void)
{
    world_wire w = wire(MBIT(20), 20000, 100000);
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);

    road_connect(f, 0, 0);
    road_ask(f, MBIT(20) * 30);
    road_run(r, SECONDS(3));
    f->client->skew_us += 3000000;
    road_run(r, SECONDS(3));
    f->server->skew_us += 2000000;
    road_run(r, SECONDS(3));
    road_figures g = road_watch(r, SECONDS(8));
    say("clock-jumps", "3 to 11 s after them: %.1f %% of the line", g.share * 100);
    g_assert_cmpfloat(g.share, >=, 0.9);
    road_free(r);
}

/* The line becomes four times slower, then as quick as before. */
static void
test_change(void)
{
    world_wire w = wire(MBIT(20), 50000, 200000), slow = wire(MBIT(5), 50000, 800000);
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);

    road_connect(f, 0, 0);
    road_ask(f, MBIT(20) * 30);
    road_run(r, SECONDS(3));
    world_change(r->w, f->server, f->client, &slow);
    road_run(r, SECONDS(1));
    road_figures less = road_watch(r, SECONDS(3));
    world_change(r->w, f->server, f->client, &w);
    road_run(r, SECONDS(2));
    road_figures again = road_watch(r, SECONDS(3));
    say("line-changes", "a quarter: delay added %.1f ms; 2 s after it is whole: %.1f %%",
        less.median_us / 1e3, again.share * 100);
    g_assert_cmpfloat(less.median_us, <=, 20000);
    g_assert_cmpfloat(again.share, >=, 0.9);
    road_free(r);
}

typedef struct {
    const char *name;
    uint64_t queue_bytes;
} thin_row;

static const thin_row thins[] = {
    {"thin-64-kbit-4-s", 32000}, {"thin-64-kbit-2-s", 16000}, {"thin-64-kbit-1-s", 8000}};

/* One packet takes a quarter of a second, longer than any timer that knows nothing yet, and the
 * queue holds less than what a quick line is given at once.  What was lost goes once more, and
 * what waits does not. */
static void
test_thin(gconstpointer data)
{
    const thin_row *row = data;
    world_wire w = {.rate_Bps = 8000, .delay_us = 20000, .queue_bytes = row->queue_bytes};
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);
    double s = (double)road_fetch(f, 0, 0, 32 << 10) / 1e6;
    world_wire_stats stats = world_wire_peek(r->w, f->server, f->client);

    say(row->name, "32 KiB in %.3f s, of which 4.1 s are the line's, %u bytes came, %u dropped",
        s, (unsigned)stats.delivered_bytes, (unsigned)stats.overflowed);
    g_assert_cmpfloat(s, <=, 6);
    g_assert_cmpuint(stats.delivered_bytes, <=, (32 << 10) * 5 / 4);
    road_free(r);
}

/* The way becomes another one, half a second longer, and nothing says so: for three seconds
 * that may be somebody's queue, then it is the way. */
static void
test_longer(void)
{
    world_wire w = wire(MBIT(20), 20000, 100000), far = w;
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);

    far.delay_us += 500000;
    road_connect(f, 0, 0);
    road_ask(f, MBIT(20) * 40);
    road_run(r, SECONDS(3));
    world_change(r->w, f->server, f->client, &far);
    road_figures g = road_watch(r, SECONDS(9));
    road_figures then = road_watch(r, SECONDS(10));
    say("way-becomes-longer",
        "by 500 ms: %.1f %% of the line in 9 s, %.1f %% in 10 s after them", g.share * 100,
        then.share * 100);
    g_assert_cmpfloat(then.share, >=, 0.9);
    road_free(r);
}

/* ---- first window and assigned rates
 * ---------------------------------------------------------
 */

typedef struct {
    const char *name;
    uint64_t record_Bps;
    unsigned after; /* round trips until 90 % */
} record_row;

static const record_row records[] = {
    {"first-window-right-record", MBIT(20), 3},
    {"attack-16-record-10-times-too-much", MBIT(200), 5},
    {"attack-16-record-10-times-too-little", MBIT(2), 5},
    {"first-window-no-record", 0, 5},
};

static void
test_record(gconstpointer data)
{
    const record_row *row = data;
    world_wire w = wire(MBIT(20), 200000, 200000);
    road *r = road_new(SEED, &w, &w);
    road_flow *f = road_add(r);

    road_connect(f, row->record_Bps, 100000);
    road_push(f, MBIT(20) * 8);
    road_run(r, row->after * 200000);
    world_wire_stats before = world_wire_peek(r->w, f->client, f->server);
    road_run(r, 1000000);
    world_wire_stats after = world_wire_peek(r->w, f->client, f->server);
    double share = (double)(after.delivered_bytes - before.delivered_bytes) / (double)MBIT(20);
    say(row->name, "after %u round trips %.1f %% of the line, %u dropped", row->after,
        share * 100, (unsigned)after.overflowed);
    g_assert_cmpfloat(share, >=, 0.9);
    /* No flood: what half of the record is too much in one round trip and a little. */
    g_assert_cmpuint(after.overflowed, <=, row->record_Bps > MBIT(20) ? 2500 : 300);
    road_free(r);
}

/* One with an assigned rate beside one of low priority; then with more than the line has. */
static void
test_assigned(void)
{
    world_wire w = wire(MBIT(20), 50000, 100000);
    road *r = road_new(SEED, &w, &w);
    road_flow *high = road_add(r), *low = road_add(r);

    road_connect(low, 0, 0);
    road_ask(low, MBIT(20) * 40);
    road_connect(high, 0, 0);
    road_assign(high, MBIT(8));
    road_ask(high, MBIT(8) * 40);
    road_run(r, SECONDS(3));
    road_figures g = road_watch(r, SECONDS(10));
    say("assigned-rate", "8 Mbit/s assigned: %.2f, beside one that takes the other %.2f",
        (double)g.bytes[0] * 8 / 10e6, (double)g.bytes[1] * 8 / 10e6);
    g_assert_cmpuint(high->failed_Bps, ==, 0);
    g_assert_cmpfloat((double)g.bytes[0], >=, 0.95 * (double)MBIT(8) * 10);
    g_assert_cmpfloat(g.share, >=, 0.9);
    road_assign(high, MBIT(40));
    road_run(r, SECONDS(5));
    say("assigned-rate", "40 Mbit/s assigned: told that %.2f come through",
        (double)high->failed_Bps * 8 / 1e6);
    g_assert_cmpuint(high->failed_Bps, >, MBIT(8));
    g_assert_cmpuint(high->failed_Bps, <=, MBIT(20));
    road_free(r);
}

static void
add(const char *group, const char *name, gconstpointer row, GTestDataFunc test)
{
    g_autofree char *path = g_strdup_printf("/sim/rates/%s/%s", group, name);

    g_test_add_data_func(path, row, test);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        add("20-mib", lines[i].name, &lines[i], test_fetch);
    for (gsize i = 0; i < G_N_ELEMENTS(nears); i++)
        add("near", nears[i].name, &nears[i], test_near);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        add("delay", lines[i].name, &lines[i], test_delay);
    for (gsize i = 0; i < G_N_ELEMENTS(yields); i++)
        add("yields", yields[i].name, &yields[i], test_yield);
    for (gsize i = 0; i < G_N_ELEMENTS(fairs); i++)
        add("ours", fairs[i].name, &fairs[i], test_fair);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        add("lines", kinds[i].name, &kinds[i], test_kind);
    for (gsize i = 0; i < G_N_ELEMENTS(thins); i++)
        add("lines", thins[i].name, &thins[i], test_thin);
    for (gsize i = 0; i < G_N_ELEMENTS(records); i++)
        add("first", records[i].name, &records[i], test_record);
    g_test_add_func("/sim/rates/lines/long-fat", test_long_fat);
    g_test_add_func("/sim/rates/attack-15-clock-skew", test_skew);
    g_test_add_func("/sim/rates/clock-jumps", test_jump);
    g_test_add_func("/sim/rates/line-changes", test_change);
    g_test_add_func("/sim/rates/way-becomes-longer", test_longer);
    g_test_add_func("/sim/rates/assigned", test_assigned);
    return g_test_run();
}
