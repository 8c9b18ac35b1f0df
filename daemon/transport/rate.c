/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate.c - the pace: doubling while nothing queues, then steering to a short queue.
 */
#include "transport/rate.h"

#include <string.h>

enum {
    TARGET_US = 4000,
    TARGET_PACKETS = 4,
    BASE_TURN_US = 1000000,
    FIRST_BYTES = 16 * 1024, /* in the first round trip, if no record says more */
    FIRST_RTT_US = 50000,    /* taken for granted until there is a sample */
    RTT_FLOOR_US = 500,      /* below this the machine, not the way, makes the time */
    PACE_MIN_BPS = 4 * 1024,
    PACE_MIN_PACKETS = 2, /* in a round trip */
    WINDOW_MIN_BYTES = 16 * N2_RATE_PACKET_BYTES,
    WINDOW_MAX_BYTES = 64 * 1024 * 1024,
    PACE_STEP_US = 1000, /* the pace allows this much at once */
    TIMEOUT_MIN_US = 10000,
    TIMEOUT_MAX_US = 2000000,
    TIMEOUT_FIRST_US = 250000, /* no sample yet */
    ACK_DELAY_MIN_US = 250,
    ACK_DELAY_MAX_US = 25000,
    LOSS_FREE_PERMILLE = 20, /* loss that never slows */
    ROUND_PACKETS_MIN = 16,
    ROUND_SAMPLES_MIN = 3,
    PROVEN_TIMES = 4, /* the pace grows to no more than so often what the line carried */
    USUAL_ROUNDS = 4  /* until it is known what the line always loses */
};

#define PACE_MAX_BPS UINT64_C(100000000000)

static uint64_t
rtt_us(const n2_rate *r)
{
    uint64_t us = r->srtt_us ? r->srtt_us : FIRST_RTT_US;

    return us > RTT_FLOOR_US ? us : RTT_FLOOR_US;
}

static void
set_pace(n2_rate *r, uint64_t Bps)
{
    uint64_t least = PACE_MIN_PACKETS * N2_RATE_PACKET_BYTES * UINT64_C(1000000) / rtt_us(r);

    if (least < PACE_MIN_BPS)
        least = PACE_MIN_BPS;
    r->pace_Bps = Bps < least ? least : Bps > PACE_MAX_BPS ? PACE_MAX_BPS : Bps;
}

static void
begin_round(n2_rate *r, uint64_t now_us)
{
    r->round_start_us = now_us;
    r->round_acked = r->round_lost = r->round_samples = 0;
    r->round_acked_bytes = 0;
    r->round_queue_us = UINT32_MAX;
    r->round_limited = false;
}

void
n2_rate_init(n2_rate *r, uint64_t rate_Bps, uint32_t rtt, uint64_t now_us)
{
    *r = (n2_rate){.starting = true, .srtt_us = rtt, .rttvar_us = rtt / 2};
    r->base_turn_us = now_us + BASE_TURN_US;
    r->credit_us = now_us;
    begin_round(r, now_us);
    /* Half of what the record promises; it may be wrong, so nothing is taken from it later. */
    uint64_t first = FIRST_BYTES * UINT64_C(1000000) / rtt_us(r);
    set_pace(r, rate_Bps / 2 > first ? rate_Bps / 2 : first);
}

void
n2_rate_expect_loss(n2_rate *r, uint32_t permille)
{
    r->loss_permille = permille;
}

static void
take_rtt(n2_rate *r, uint32_t sample_us)
{
    if (!r->srtt_us) {
        r->srtt_us = sample_us;
        r->rttvar_us = sample_us / 2;
        return;
    }
    uint32_t off = sample_us > r->srtt_us ? sample_us - r->srtt_us : r->srtt_us - sample_us;
    r->rttvar_us = (3 * r->rttvar_us + off) / 4;
    r->srtt_us = (7 * r->srtt_us + sample_us) / 8;
    if (!r->srtt_us)
        r->srtt_us = 1;
}

/* One-way times are of two clocks, so only their differences mean something; kept relative to
 * the lowest of the last ten seconds. */
static void
take_one_way(n2_rate *r, uint32_t one_way_us, uint32_t rtt, uint64_t now_us)
{
    if (!r->has_base) {
        for (unsigned i = 0; i < N2_RATE_BASE_SLOTS; i++)
            r->base_us[i] = one_way_us, r->least_us[i] = rtt;
        r->has_base = true;
    }
    if (now_us >= r->base_turn_us) {
        r->base_slot = (r->base_slot + 1) % N2_RATE_BASE_SLOTS;
        r->base_us[r->base_slot] = one_way_us;
        r->least_us[r->base_slot] = rtt;
        r->base_turn_us = now_us + BASE_TURN_US;
    }
    if ((int32_t)(one_way_us - r->base_us[r->base_slot]) < 0)
        r->base_us[r->base_slot] = one_way_us;
    if (rtt < r->least_us[r->base_slot])
        r->least_us[r->base_slot] = rtt;
    uint32_t base = r->base_us[0];
    r->least = r->least_us[0];
    for (unsigned i = 1; i < N2_RATE_BASE_SLOTS; i++)
        if (r->least_us[i] < r->least)
            r->least = r->least_us[i];
    for (unsigned i = 1; i < N2_RATE_BASE_SLOTS; i++)
        if ((int32_t)(r->base_us[i] - base) < 0)
            base = r->base_us[i];
    if (one_way_us - base < r->round_queue_us)
        r->round_queue_us = one_way_us - base;
    r->round_samples++;
}

/* The round trip without what queues: the window is made of this one, or a deep queue would
 * make room for an even deeper one. */
static uint64_t
least_us(const n2_rate *r)
{
    uint64_t least = rtt_us(r);

    if (r->has_base && r->least < least)
        least = r->least;
    return least > RTT_FLOOR_US ? least : RTT_FLOOR_US;
}

static uint64_t
target_us(const n2_rate *r)
{
    uint64_t packets = UINT64_C(1000000) * TARGET_PACKETS * N2_RATE_PACKET_BYTES / r->pace_Bps;

    return packets > TARGET_US ? packets : TARGET_US;
}

/* Has more been lost than the line always loses?  Only what is beyond chance (three deviations)
 * counts: @loss permille of @n packets, held against the smoothed loss. */
static bool
is_more_loss(const n2_rate *r, uint32_t loss, uint64_t n)
{
    uint64_t usual =
        r->loss_permille > LOSS_FREE_PERMILLE ? r->loss_permille : LOSS_FREE_PERMILLE;

    if (r->n_rounds < USUAL_ROUNDS || loss <= usual)
        return false;
    return (loss - usual) * (loss - usual) * n > 9 * usual * (1000 - usual);
}

/* The pace that drains, in one round trip, what stands in the queue beyond the target. */
static uint64_t
drained(const n2_rate *r, uint64_t queue_us, uint64_t target)
{
    uint64_t rtt = rtt_us(r) + queue_us;
    uint64_t next = r->pace_Bps * 95 / 100 * (rtt - (queue_us - target)) / rtt;

    return next > r->pace_Bps / 2 ? next : r->pace_Bps / 2;
}

/* A round is over: judges it and sets the pace for the next. */
static void
turn_round(n2_rate *r, uint64_t now_us)
{
    uint64_t took_us = now_us > r->round_start_us ? now_us - r->round_start_us : 1;
    uint64_t Bps = r->round_acked_bytes * 1000000 / took_us;
    uint64_t n = r->round_acked + r->round_lost;
    uint32_t loss = n ? (uint32_t)(UINT64_C(1000) * r->round_lost / n) : 0;
    uint64_t target = target_us(r);
    bool grew = Bps > r->last_Bps + r->last_Bps / 16;

    if (r->round_queue_us > target) {
        r->starting = false;
        set_pace(r, drained(r, r->round_queue_us, target));
    } else if (is_more_loss(r, loss, n) && !grew) {
        /* The queue is shorter than the target, and full. */
        uint64_t most = Bps * 1000 / (1000 - r->loss_permille * 9 / 10) * 85 / 100;
        r->starting = false;
        if (most < r->pace_Bps)
            set_pace(r, most > r->pace_Bps / 2 ? most : r->pace_Bps / 2);
    } else if (r->round_limited) {
        uint64_t more = r->starting                      ? r->pace_Bps
                        : r->round_queue_us < target / 4 ? r->pace_Bps / 4
                        : r->round_queue_us < target / 2 ? r->pace_Bps / 8
                                                         : r->pace_Bps / 32;
        /* What was delivered is what was sent a round trip ago, half of the pace at the start.
         */
        uint64_t most = PROVEN_TIMES * Bps / (r->round_acked ? r->round_acked : 1) * n;
        if (r->pace_Bps + more > most)
            more = most > r->pace_Bps ? most - r->pace_Bps : 0;
        set_pace(r, r->pace_Bps + more);
    }
    r->loss_permille = r->n_rounds++ ? (3 * r->loss_permille + loss) / 4 : loss;
    r->last_Bps = Bps;
    begin_round(r, now_us);
}

void
n2_rate_ack(n2_rate *r, const n2_rate_news *news, uint64_t now_us)
{
    if (news->rtt_us) {
        take_rtt(r, news->rtt_us);
        take_one_way(r, news->one_way_us, news->rtt_us, now_us);
    }
    r->round_acked += news->packets;
    r->round_acked_bytes += news->bytes;
    r->round_lost += news->lost;
    if (now_us - r->round_start_us >= rtt_us(r) && r->round_samples >= ROUND_SAMPLES_MIN &&
        r->round_acked + r->round_lost >= ROUND_PACKETS_MIN)
        turn_round(r, now_us);
}

void
n2_rate_silent(n2_rate *r, uint32_t lost, bool is_lasting)
{
    r->round_lost += lost;
    if (!is_lasting)
        return;
    set_pace(r, r->pace_Bps / 2);
    r->starting = true; /* what was known of the way is no longer so */
}

void
n2_rate_sent(n2_rate *r, uint32_t bytes, uint64_t now_us)
{
    if (r->credit_us < now_us)
        r->credit_us = now_us;
    /* In microseconds one packet on a fast line costs nothing, so bytes are gathered. */
    r->pace_debt_bytes += bytes;
    uint64_t us = r->pace_debt_bytes * 1000000 / r->pace_Bps;
    r->credit_us += us;
    r->pace_debt_bytes -= us * r->pace_Bps / 1000000;
}

bool
n2_rate_may_send(n2_rate *r, uint64_t in_flight, uint64_t now_us, uint64_t *at_us)
{
    uint64_t window = 2 * (r->pace_Bps / 1000 * (least_us(r) + TARGET_US) / 1000);

    if (window < WINDOW_MIN_BYTES)
        window = WINDOW_MIN_BYTES;
    if (window > WINDOW_MAX_BYTES)
        window = WINDOW_MAX_BYTES;
    *at_us = UINT64_MAX;
    if (in_flight + N2_RATE_PACKET_BYTES > window) {
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

    return us < ACK_DELAY_MIN_US   ? ACK_DELAY_MIN_US
           : us > ACK_DELAY_MAX_US ? ACK_DELAY_MAX_US
                                   : us;
}
