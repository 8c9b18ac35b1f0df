/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-rekey.c - connections whose keys change every hundred packets, on lines that lose,
 * double, reorder and replay: attack 9.
 */
#include <string.h>

#include "star.h"
#include "wire/packet.h"

enum {
    SEEDS = 4,
    REPLAYS = 64
};

#define SECOND UINT64_C(1000000)

static const n2_key_limits often = {
    .packets = 100, .packets_max = 1 << 20, .us = 3600 * SECOND, .failed_max = 1 << 30};

typedef struct {
    const char *name;
    world_wire wire;
    unsigned least; /* times that each direction changes */
} row;

static const row rows[] = {
    {"clean", {.rate_Bps = 1250000, .delay_us = 5000}, 3},
    {"10-percent-lost", {.rate_Bps = 1250000, .delay_us = 5000, .loss_ppm = 100000}, 3},
    {"30-percent-lost", {.rate_Bps = 1250000, .delay_us = 5000, .loss_ppm = 300000}, 3},
    {"reordered-and-doubled",
     {.rate_Bps = 6250000,
      .delay_us = 5000,
      .double_ppm = 300000,
      .reorder_ppm = 300000,
      .reorder_us = 30000},
     3},
    {"late-by-seconds",
     {.rate_Bps = 2500000, .delay_us = 1000, .reorder_ppm = 20000, .reorder_us = 3000000},
     3},
    /* more is under way while a change is not acknowledged */
    {"fast", {.rate_Bps = 125000000, .delay_us = 100}, 2},
};

/* What each end seals, as it leaves. */
typedef struct {
    bool any, phase;
    unsigned turns;
    uint32_t next; /* counter */
} sealed;

typedef struct {
    sealed by[STAR_NODES];
    /* every so many a packet is kept, to come again later, when its key may be long gone */
    uint8_t kept[STAR_NODES][REPLAYS][N2_PACKET_BYTES_MAX];
    size_t kept_bytes[STAR_NODES][REPLAYS];
    unsigned n_seen;
    bool replays;
} watcher;

static void
watch(star *s, int from, int to, uint8_t *packet, size_t len)
{
    watcher *w = s->user;
    n2_packet p;

    if (to != STAR_HUB || n2_packet_parse(&p, packet, len) || !p.is_sealed)
        return;
    sealed *d = &w->by[from];
    if (d->any && p.phase != d->phase) {
        d->turns++;
        d->next = 0;
    }
    d->any = true;
    d->phase = p.phase;
    /* So no counter is ever used twice under one key. */
    if (p.counter != d->next++)
        g_error("seed %" G_GUINT64_FORMAT ": counter %u, not %u", s->seed, p.counter,
                d->next - 1);
    if (!w->replays || w->n_seen++ % 5)
        return;
    unsigned at = w->n_seen / 5 % REPLAYS;
    if (w->kept_bytes[from][at])
        star_inject(s, from, w->kept[from][at], w->kept_bytes[from][at]);
    memcpy(w->kept[from][at], packet, len);
    w->kept_bytes[from][at] = len;
}

static void
send_all(star *s)
{
    star_send(s, true, 600001, 128);
    star_send(s, false, 500000, 128);
    star_send(s, true, 300000, 2048);
    star_send(s, false, 3333, 32);
}

static void
run_row(const row *r, uint64_t seed, bool replays)
{
    star *s = star_new_with_keys(seed, &r->wire, 2200, &often);
    watcher *w = g_new0(watcher, 1);

    s->user = w;
    s->on_packet = watch;
    w->replays = replays;
    star_connect(s);
    g_assert_true(star_until_connected(s, 20 * SECOND));
    send_all(s);
    bool ok = star_finish(s, 120 * SECOND);
    if (!ok || !s->conn[STAR_CLIENT] || !s->conn[STAR_SERVER])
        g_error("%s, seed %" G_GUINT64_FORMAT ": %u written, %u sent, %s", r->name, seed,
                s->n_written, s->n_sent, s->conn[STAR_CLIENT] ? "open" : "closed");
    g_assert_cmpuint(w->by[STAR_SERVER].turns, >=, r->least);
    g_assert_cmpuint(w->by[STAR_CLIENT].turns, >=, r->least);
    if (!r->wire.loss_ppm && !r->wire.reorder_ppm && !replays)
        g_assert_cmpuint(star_stats(s, STAR_SERVER).resent + star_stats(s, STAR_CLIENT).resent,
                         ==, 0); /* a change of keys is no loss */
    g_free(w);
    star_free(s);
}

static void
test_row(gconstpointer data)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_row(data, seed, false);
}

static void
test_row_replayed(gconstpointer data)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_row(data, seed, true);
}

/* Who only acknowledges is never acknowledged itself, and changes its keys all the same. */
static void
test_only_acknowledges(void)
{
    for (unsigned i = 0; i < 2; i++) {
        world_wire wire = {.rate_Bps = 6250000, .delay_us = 5000, .loss_ppm = i ? 200000 : 0};
        star *s = star_new_with_keys(1, &wire, 2200, &often);
        watcher *w = g_new0(watcher, 1);

        s->user = w;
        s->on_packet = watch;
        star_connect(s);
        g_assert_true(star_until_connected(s, 20 * SECOND));
        for (unsigned k = 0; k < 8; k++)
            star_send(s, true, 1 << 21, 2048);
        g_assert_true(star_finish(s, 120 * SECOND));
        g_assert_cmpuint(w->by[STAR_SERVER].turns, >=, 20);
        g_assert_cmpuint(w->by[STAR_CLIENT].turns, >=, 5);
        g_free(w);
        star_free(s);
    }
}

/* A key also has its time, and a connection lives for days with now and then a word. */
static void
test_days(void)
{
    world_wire wire = {.rate_Bps = 6250000, .delay_us = 5000};
    star *s = star_new(1, &wire, 2200);
    watcher *w = g_new0(watcher, 1);
    uint8_t word[32] = "still there";

    s->user = w;
    s->on_packet = watch;
    star_connect(s);
    g_assert_true(star_until_connected(s, 20 * SECOND));
    for (unsigned minute = 0; minute < 2 * 24 * 60; minute += 4) {
        star_command(s, minute % 8 ? STAR_CLIENT : STAR_SERVER, word, sizeof word);
        star_run(s, 240 * SECOND);
    }
    g_assert_cmpuint(s->conn[STAR_CLIENT], !=, 0);
    g_assert_cmpuint(s->conn[STAR_SERVER], !=, 0);
    g_assert_cmpuint(s->commands[STAR_SERVER]->len, ==, 360 * 32);
    g_assert_cmpuint(s->commands[STAR_CLIENT]->len, ==, 360 * 32);
    for (int i = STAR_SERVER; i <= STAR_CLIENT; i++) {
        g_assert_cmpuint(w->by[i].turns, >=, 44);
        g_assert_cmpuint(w->by[i].turns, <=, 48);
    }
    g_free(w);
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/sim/rekey/attack-09-%s", rows[i].name);
        g_autofree char *again =
            g_strdup_printf("/sim/rekey/attack-09-%s-replayed", rows[i].name);
        g_test_add_data_func(path, &rows[i], test_row);
        g_test_add_data_func(again, &rows[i], test_row_replayed);
    }
    g_test_add_func("/sim/rekey/attack-09-only-acknowledges", test_only_acknowledges);
    g_test_add_func("/sim/rekey/attack-09-days", test_days);
    return g_test_run();
}
