/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate.c - delay-based window: doubling while nothing queues, then steering to a short queue.
 */
#include "transport/rate.h"

#include <string.h>

enum {
    TARGET_US = 4000,
    TARGET_PACKETS = 4,
    BASE_TURN_US = 1000000,
    FIRST_WINDOW_BYTES = 16 * 1024,
    WINDOW_MIN_BYTES = 8 * N2_RATE_PACKET_BYTES,
    WINDOW_MAX_BYTES = 64 * 1024 * 1024,
    PACE_STEP_US = 1000,      /* the pace allows this much at once */
    TIMEOUT_MIN_US = 5000,
    TIMEOUT_MAX_US = 2000000,
    TIMEOUT_FIRST_US = 250000, /* no sample yet */
    ACK_DELAY_MIN_US = 250,
    ACK_DELAY_MAX_US = 25000,
    LOSS_FREE_PERMILLE = 20,  /* loss that never slows */
    ROUND_PACKETS_MIN = 16
};

void
n2_rate_init(n2_rate *r, uint64_t rate_Bps, uint32_t rtt_us, uint64_t now_us)
{
    *r = (n2_rate){.starting = true, .window_bytes = FIRST_WINDOW_BYTES};
    memset(r->base_us, 0xff, sizeof r->base_us);
    r->base_turn_us = now_us + BASE_TURN_US;
    r->round_start_us = now_us;
    r->credit_us = now_us;
    r->srtt_us = rtt_us;
    r->rttvar_us = rtt_us / 2;
    r->min_rtt_us = rtt_us;
    if (rate_Bps && rtt_us) {
        /* Half of what the record promises for one round trip. */
        uint64_t first = rate_Bps * rtt_us / 2000000;
        if (first > r->window_bytes)
            r->window_bytes = first < WINDOW_MAX_BYTES ? first : WINDOW_MAX_BYTES;
    }
}

static void
take_rtt(n2_rate *r, uint32_t rtt_us)
{
    if (!r->srtt_us) {
        r->srtt_us = rtt_us;
        r->rttvar_us = rtt_us / 2;
    } else {
        uint32_t off = rtt_us > r->srtt_us ? rtt_us - r->srtt_us : r->srtt_us - rtt_us;
        r->rttvar_us = (3 * r->rttvar_us + off) / 4;
        r->srtt_us = (7 * r->srtt_us + rtt_us) / 8;
    }
    if (!r->min_rtt_us || rtt_us < r->min_rtt_us)
        r->min_rtt_us = rtt_us;
    if (!r->srtt_us)
        r->srtt_us = 1;
}

/* One-way times are of two clocks, so only their differences mean something; kept relative to
 * the lowest of the last ten seconds. */
static void
take_one_way(n2_rate *r, uint32_t one_way_us, uint64_t now_us)
{
    if (now_us >= r->base_turn_us) {
        r->base_slot = (r->base_slot + 1) % N2_RATE_BASE_SLOTS;
        r->base_us[r->base_slot] = one_way_us;
        r->base_turn_us = now_us + BASE_TURN_US;
    }
    if (!r->has_base) {
        for (unsigned i = 0; i < N2_RATE_BASE_SLOTS; i++)
            r->base_us[i] = one_way_us;
        r->has_base = true;
    }
    if ((int32_t)(one_way_us - r->base_us[r->base_slot]) < 0)
        r->base_us[r->base_slot] = one_way_us;
    uint32_t base = r->base_us[0];
    for (unsigned i = 1; i < N2_RATE_BASE_SLOTS; i++)
        if ((int32_t)(r->base_us[i] - base) < 0)
            base = r->base_us[i];
    uint32_t queue = one_way_us - base;
    r->queue_us = (3 * r->queue_us + queue) / 4;
    if (queue < r->round_queue_us)
        r->round_queue_us = queue;
}

static uint64_t
target_us(const n2_rate *r)
{
    uint64_t rate = r->proven_Bps ? r->proven_Bps : 1;
    uint64_t packets = UINT64_C(1000000) * TARGET_PACKETS * N2_RATE_PACKET_BYTES / rate;

    if (packets > r->srtt_us)
        packets = r->srtt_us;
    return packets > TARGET_US ? packets : TARGET_US;
}

static void
set_window(n2_rate *r, uint64_t bytes)
{
    if (bytes < WINDOW_MIN_BYTES)
        bytes = WINDOW_MIN_BYTES;
    if (bytes > WINDOW_MAX_BYTES)
        bytes = WINDOW_MAX_BYTES;
    r->window_bytes = bytes;
}

/* What of the window is lost on the way is not in anybody's queue: with every third packet
 * lost, half as much again may be under way. */
static uint64_t
with_loss(const n2_rate *r, uint64_t bytes)
{
    uint32_t loss = r->loss_permille < 900 ? r->loss_permille : 900;

    return bytes * 1000 / (1000 - loss);
}

/* A round trip is over: judges it and sets the window for the next. */
static void
turn_round(n2_rate *r, uint64_t now_us)
{
    uint64_t took = now_us > r->round_start_us ? now_us - r->round_start_us : 1;
    uint64_t Bps = r->round_acked_bytes * 1000000 / took;
    uint64_t all = r->round_acked + r->round_lost;
    uint32_t loss = all ? (uint32_t)(1000 * r->round_lost / all) : 0;
    uint64_t target = target_us(r);
    bool queued = r->has_base && r->round_queue_us != UINT32_MAX && r->round_queue_us > target;
    bool lossy = loss > LOSS_FREE_PERMILLE && loss > 2 * r->loss_permille;
    bool grew = Bps > r->last_Bps + r->last_Bps / 16;

    /* Falls by an eighth a round, so one bad round forgets little. */
    uint64_t faded = r->proven_Bps - r->proven_Bps / 8;
    r->proven_Bps = Bps > faded ? Bps : faded;
    uint64_t rtt = r->min_rtt_us ? r->min_rtt_us : 1;
    uint64_t proven_window = with_loss(r, r->proven_Bps * (rtt + target) / 1000000);

    if (queued || (lossy && !grew)) {
        /* The queue stands even at its lowest: shrink by the ratio, at most by half. */
        uint64_t next = r->window_bytes * target / (r->round_queue_us + 1);
        if (!queued || next > r->window_bytes)
            next = r->window_bytes * 85 / 100;
        if (next < r->window_bytes / 2)
            next = r->window_bytes / 2;
        r->starting = false;
        set_window(r, next);
    } else if (r->round_limited) {
        uint64_t next = r->starting ? 2 * r->window_bytes
                                    : r->window_bytes + r->window_bytes / 8 +
                                          2 * N2_RATE_PACKET_BYTES;
        uint64_t most = 2 * proven_window;
        if (next > most && most > r->window_bytes)
            next = most;
        if (next <= most || r->window_bytes < FIRST_WINDOW_BYTES)
            set_window(r, next);
        if (r->starting && r->queue_us > target)
            r->starting = false;
    }
    r->loss_permille = (3 * r->loss_permille + loss) / 4;
    r->last_Bps = Bps;
    r->round_start_us = now_us;
    r->round_acked = r->round_lost = r->round_acked_bytes = 0;
    r->round_queue_us = UINT32_MAX;
    r->round_limited = false;
}

void
n2_rate_ack(n2_rate *r, const n2_rate_news *news, uint64_t now_us)
{
    if (news->rtt_us) {
        take_rtt(r, news->rtt_us);
        take_one_way(r, news->one_way_us, now_us);
    }
    r->round_acked += news->packets;
    r->round_acked_bytes += news->bytes;
    r->round_lost += news->lost;
    if (now_us - r->round_start_us >= r->srtt_us &&
        r->round_acked + r->round_lost >= ROUND_PACKETS_MIN)
        turn_round(r, now_us);
}

void
n2_rate_silent(n2_rate *r)
{
    set_window(r, r->window_bytes / 2);
    r->starting = false;
}

static uint64_t
pace_Bps(const n2_rate *r)
{
    uint64_t rtt = r->srtt_us ? r->srtt_us : 50000;

    /* A quarter more than the window asks for, so that the window, not the pace, decides. */
    return r->window_bytes * 1250000 / rtt + 1;
}

void
n2_rate_sent(n2_rate *r, uint32_t bytes, uint64_t now_us)
{
    if (r->credit_us < now_us)
        r->credit_us = now_us;
    /* In 1/1 us the cost of one packet on a fast line is nothing: count it in bytes. */
    r->pace_debt_bytes += bytes;
    uint64_t rate = pace_Bps(r);
    uint64_t us = r->pace_debt_bytes * 1000000 / rate;
    r->credit_us += us;
    r->pace_debt_bytes -= us * rate / 1000000;
}

bool
n2_rate_may_send(n2_rate *r, uint64_t in_flight, uint64_t now_us, uint64_t *at_us)
{
    *at_us = UINT64_MAX;
    if (in_flight + N2_RATE_PACKET_BYTES > r->window_bytes) {
        r->round_limited = true;
        return false;
    }
    if (r->credit_us > now_us + PACE_STEP_US) {
        r->round_limited = true;
        *at_us = r->credit_us - PACE_STEP_US / 2;
        return false;
    }
    return true;
}

uint64_t
n2_rate_timeout_us(const n2_rate *r)
{
    if (!r->srtt_us)
        return TIMEOUT_FIRST_US;
    uint64_t us = 2 * (uint64_t)r->srtt_us + 4 * (uint64_t)r->rttvar_us;
    return us < TIMEOUT_MIN_US ? TIMEOUT_MIN_US : us > TIMEOUT_MAX_US ? TIMEOUT_MAX_US : us;
}

uint64_t
n2_rate_ack_delay_us(const n2_rate *r)
{
    uint64_t us = r->srtt_us / 4;
    return us < ACK_DELAY_MIN_US ? ACK_DELAY_MIN_US : us > ACK_DELAY_MAX_US ? ACK_DELAY_MAX_US : us;
}
