/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate.c - the pace: doubling while nothing queues, then steering to a short queue.
 */
#include "transport/rate.h"

#include <string.h>

enum {
    TARGET_US = 2000,
    TARGET_NEAR_US = 8000,   /* where the machines make more of the delay than the way ... */
    NEAR_US = 500,           /* ... whose round trip is shorter than this */
    TARGET_PACKETS = 2,      /* and as long as so many take at our rate, ... */
    TARGET_MORE_US = 8000,   /* ... but no longer than this, and one at the best we ever had */
    FIRST_BYTES = 16 * 1024, /* in the first round trip, if no record says more, ... */
    FIRST_RTT_US = 50000,    /* ... of this length, which is taken for granted until there is
                                a sample; of a shorter one as much less */
    RTT_FLOOR_US = 500,      /* below this the machine, not the way, makes the time */
    ROUND_MIN_US = 2000,
    PACE_MIN_BPS = 2048,
    PROBE_MAX_BPS = 65536, /* one packet in a round trip, but no more than this */
    WINDOW_MIN_BYTES = 8 * N2_RATE_PACKET_BYTES,
    WINDOW_MAX_BYTES = 64 * 1024 * 1024,
    PACE_STEP_US = 1000,     /* the pace allows this much at once */
    LOSS_FREE_PERMILLE = 20, /* loss that never slows */
    LOSSY_PERMILLE = 100,
    LOSS_PACKETS_MIN = 16, /* by which it is judged */
    ROUND_PACKETS_MIN = 4,
    ROUND_SAMPLES_MIN = 2,
    CLEAR_MAX = 4,   /* 1/4 more each round */
    CLEAR_KNOWN = 2, /* so many rounds at what the line was said to carry find no queue */
    TRIAL_ROUNDS = 2,
    TRIAL_PACKETS = 12,
    FIRST_PACKETS = 3, /* but so many always: how far apart they arrive tells of the way */
    TRAIN_LEAST_BYTES = 3 * N2_RATE_PACKET_BYTES,
    TRAIN_SHORT_BYTES = 4000, /* if not more than FIRST_PACKETS left together */
    TRAIN_MIN_US = 500,
    BURST_MIN_US = 1000,
    USUAL_ROUNDS = 4,         /* until it is known what the line always loses */
    DRAIN_FIRST_US = 5000000, /* whoever came late saw the others' queue as an empty one */
    DRAIN_EVERY_US = 10000000,
    DRAIN_NEAR_US = 50000, /* on shorter ways a quarter is sent, on others half */
    ASSIGNED_SHORT_US = 1000000
};

#define PACE_MAX_BPS UINT64_C(100000000000)

static uint64_t
least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t
rtt_us(const n2_rate *r)
{
    uint64_t us = r->srtt_us ? r->srtt_us : FIRST_RTT_US;

    return us > RTT_FLOOR_US ? us : RTT_FLOOR_US;
}

/* One packet in a round trip, or a busy way would never be known to be free again; but no more
 * than a switch allows: of many who share a part each would send more than there is. */
static uint64_t
least_Bps(const n2_rate *r)
{
    uint64_t Bps = N2_RATE_PACKET_BYTES * UINT64_C(1000000) / rtt_us(r);

    Bps = Bps > PROBE_MAX_BPS ? PROBE_MAX_BPS : Bps;
    if (r->told_Bps && r->told_Bps < Bps)
        Bps = r->told_Bps;
    return Bps < PACE_MIN_BPS ? PACE_MIN_BPS : Bps;
}

static void
set_line(n2_rate *r, uint64_t Bps)
{
    uint64_t lowest = least_Bps(r);

    r->line_Bps = Bps < lowest ? lowest : Bps > PACE_MAX_BPS ? PACE_MAX_BPS : Bps;
}

static void
begin_round(n2_rate *r, uint64_t now_us)
{
    r->round_start_us = now_us;
    r->round_arrived_us = r->arrived_us;
    r->round_acked = r->round_lost = r->round_samples = 0;
    r->round_acked_bytes = 0;
    r->round_queue_us = UINT32_MAX;
    r->round_limited = false;
}

/* Many may begin at the same time, and all that they send before they hear anything waits in
 * one place.  Near by the machines, not the way, make the round trip. */
static uint32_t
first_bytes(uint32_t rtt)
{
    if (rtt < NEAR_US || rtt >= FIRST_RTT_US)
        return FIRST_BYTES;
    return (uint32_t)most(FIRST_BYTES * (uint64_t)rtt / FIRST_RTT_US,
                          FIRST_PACKETS * N2_RATE_PACKET_BYTES);
}

/* Of so many bytes that left together, which begin with the first to arrive. */
static uint64_t
train_least(const n2_rate *r)
{
    return r->first_bytes < 2 * TRAIN_LEAST_BYTES ? TRAIN_SHORT_BYTES : TRAIN_LEAST_BYTES;
}

void
n2_rate_init(n2_rate *r, uint64_t rate_Bps, uint32_t rtt, uint64_t now_us)
{
    *r = (n2_rate){.starting = true, .srtt_us = rtt, .rttvar_us = rtt / 2};
    r->credit_us = now_us;
    r->next_drain_us = now_us + DRAIN_FIRST_US;
    begin_round(r, now_us);
    /* Half of what the record promises; it may be wrong, so nothing is taken from it later. */
    r->first_bytes = first_bytes(rtt);
    uint64_t first = r->first_bytes * UINT64_C(1000000) / rtt_us(r);
    r->is_bold = rate_Bps / 2 > first;
    set_line(r, most(first, rate_Bps / 2));
    r->pace_Bps = r->line_Bps;
}

void
n2_rate_expect_rtt(n2_rate *r, uint32_t rtt)
{
    r->first_bytes = first_bytes(rtt);
}

void
n2_rate_restart(n2_rate *r, uint64_t rate_Bps, uint32_t rtt, uint64_t now_us)
{
    uint64_t assigned = r->assigned_Bps;

    n2_rate_init(r, rate_Bps, rtt, now_us);
    if (assigned)
        n2_rate_assign(r, assigned, now_us);
}

void
n2_rate_assign(n2_rate *r, uint64_t Bps, uint64_t now_us)
{
    r->assigned_Bps = Bps;
    r->short_us = 0;
    if (Bps) {
        r->drain_us = 0; /* nor is it slowed by one that has begun */
        r->starting = r->is_train = false;
        set_line(r, Bps);
        r->pace_Bps = r->line_Bps;
    }
    begin_round(r, now_us);
}

uint64_t
n2_rate_take_failure(n2_rate *r)
{
    bool has = r->has_failed;

    r->has_failed = false;
    return has ? most(r->line_Bps, 1) : 0;
}

void
n2_rate_expect_loss(n2_rate *r, uint32_t permille)
{
    r->loss_permille = permille;
    r->n_rounds = USUAL_ROUNDS;
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

static void
take_queue(n2_rate *r, const n2_rate_news *news, uint64_t now_us)
{
    uint32_t us = n2_delay_sample(&r->delay, news->one_way_us, news->rtt_us, now_us);

    if (us < r->round_queue_us)
        r->round_queue_us = us;
    r->queue_us[1] = r->queue_us[0];
    r->queue_us[0] = us;
    r->round_samples++;
}

/* The round trip without what queues: the window is made of this one, or a deep queue would
 * make room for an even deeper one. */
static uint64_t
least_us(const n2_rate *r)
{
    uint64_t least = rtt_us(r);

    if (r->delay.has_any && r->delay.least < least)
        least = r->delay.least;
    return least > RTT_FLOOR_US ? least : RTT_FLOOR_US;
}

/* The slower of two connections aims at more, so that they become equal; but not much more, or
 * beside somebody who fills the queue whatever it is, the slowest would be content with it. */
static uint64_t
target_us(const n2_rate *r)
{
    uint64_t packet = UINT64_C(1000000) * N2_RATE_PACKET_BYTES;
    uint64_t first = r->delay.has_any && r->delay.least < NEAR_US ? TARGET_NEAR_US : TARGET_US;

    return first + least(TARGET_PACKETS * packet / r->line_Bps, TARGET_MORE_US) +
           packet / most(r->best_Bps, r->line_Bps);
}

/* Has more been lost than the line always loses?  Only what is beyond chance (three deviations)
 * counts: @loss permille of @n packets, held against the smoothed loss. */
static bool
is_more_loss(const n2_rate *r, uint32_t loss, uint64_t n)
{
    uint64_t usual =
        r->loss_permille > LOSS_FREE_PERMILLE ? r->loss_permille : LOSS_FREE_PERMILLE;

    return loss > usual && (loss - usual) * (loss - usual) * n > 9 * usual * (1000 - usual);
}

/* What is sent now will find the queue that the last packet heard of found, and what was sent
 * after that one, less what the line carries off meanwhile.  That is known without waiting for
 * it: towards the target in half a round trip. */
static void
steer(n2_rate *r, const n2_rate_news *news)
{
    uint64_t target = target_us(r);
    uint64_t span = most(least_us(r) / 2, 2 * target);
    int64_t queue = (int64_t)(r->queue_us[0] + news->in_flight * 1000000 / r->line_Bps) -
                    (int64_t)news->since_us;
    uint64_t share = 1024; /* of the line */

    if (queue > (int64_t)target)
        share = least(((uint64_t)queue - target) * 1024 / span, 1024 - 256);
    else
        share = (uint64_t)((int64_t)target - (queue > 0 ? queue : 0)) * 1024 / span;
    share = queue > (int64_t)target ? 1024 - share : 1024 + share;
    r->pace_Bps = most(r->line_Bps * share / 1024, least_Bps(r));
}

/* Bytes a second that arrived in this round, by the peer's clock; ours is a check on it. */
static uint64_t
delivered(const n2_rate *r, uint64_t now_us)
{
    uint64_t ours_us = now_us > r->round_start_us ? now_us - r->round_start_us : 1;
    int32_t theirs_us = (int32_t)(r->arrived_us - r->round_arrived_us);
    bool is_likely = theirs_us > 0 && (uint64_t)theirs_us >= ours_us / 2 &&
                     (uint64_t)theirs_us <= 2 * ours_us;

    return r->round_acked_bytes * 1000000 / (is_likely ? (uint64_t)theirs_us : ours_us);
}

/* The queue was short enough in this round, so more may pass; what little there is may be
 * others' or a receiver that was late, so it only makes the steps smaller. */
static void
grow(n2_rate *r, uint64_t target)
{
    if (r->n_clear < CLEAR_MAX)
        r->n_clear++;
    uint64_t more =
        r->line_Bps >> (r->round_queue_us > target / 3 ? 8 - r->n_clear : 6 - r->n_clear);
    if (r->line_Bps < r->best_Bps / 4)
        more = r->line_Bps / 2;
    /* Where it was too much the last time, all who were told are at once again. */
    if (r->jam_Bps && r->line_Bps + more > r->jam_Bps - r->jam_Bps / 8)
        more = least(more, r->line_Bps >> 5);
    if (r->line_Bps > r->jam_Bps + r->jam_Bps / 4)
        r->jam_Bps = 0;
    set_line(r, most(r->line_Bps, least(r->line_Bps + more, 2 * r->proven_Bps)));
}

/* The first packets left together; as far apart as they came, the slowest place on the way lets
 * them through.  Less than half a millisecond can't be told from a receiver that was late. */
static void
read_train(n2_rate *r, const n2_rate_news *news, uint32_t before_us)
{
    if (r->arrived_us - before_us > r->srtt_us / 4) { /* here it begins */
        r->train_us = r->arrived_us;
        r->train_arrived = 0;
        return;
    }
    r->train_arrived += news->bytes;
    if (r->train_arrived < train_least(r) || r->round_lost)
        return;
    uint64_t us = r->arrived_us - r->train_us;
    r->is_train = false;
    r->is_known = us >= TRAIN_MIN_US;
    set_line(r, most(r->line_Bps, r->train_arrived * 950000 / most(us, TRAIN_MIN_US)));
    r->burst_us = r->arrived_us;
    r->burst_bytes = 0;
}

/* All that is acknowledged passed the slowest place since the first of them left: it carries
 * that much at least, however long its round trip was taken to be. */
static void
count_train(n2_rate *r, uint64_t bytes, uint64_t now_us)
{
    uint32_t us = (uint32_t)now_us - r->train_sent_us;

    r->train_acked += (uint32_t)bytes;
    if (r->train_acked >= train_least(r) && !r->round_lost)
        set_line(r,
                 most(r->line_Bps, r->train_acked * UINT64_C(950000) / most(us, TRAIN_MIN_US)));
}

/* What came in the last quarter of a round trip was sent a round trip ago: at most twice that
 * is sent now. */
static void
start(n2_rate *r)
{
    int32_t us = (int32_t)(r->arrived_us - r->burst_us);

    if (r->n_trial || us < BURST_MIN_US || (uint32_t)us < r->srtt_us / 8)
        return;
    uint64_t Bps = r->burst_bytes * 1000000 / (uint32_t)us * 1000 / (1001 - r->loss_permille);
    set_line(r, most(r->line_Bps, r->is_known ? Bps + Bps / 4 : 2 * Bps));
    r->burst_us = r->arrived_us;
    r->burst_bytes = 0;
}

/* Much is lost, and it is not known what this line always loses: is it the pace?  For two
 * rounds half of it is sent: if as much arrives as before, it is. */
static void
try_half(n2_rate *r, uint64_t Bps)
{
    if (!r->n_trial) {
        r->trial_Bps = Bps;
        r->n_trial = TRIAL_ROUNDS;
        set_line(r, most(Bps, r->line_Bps / 2));
        return;
    }
    if (--r->n_trial)
        return;
    if (Bps < r->trial_Bps * 3 / 4) {
        r->n_rounds = USUAL_ROUNDS; /* so it always loses */
        return;
    }
    r->starting = false;
    r->loss_permille = 0;
    set_line(r, Bps * 85 / 100);
}

/* High priority: nothing slows it, but if less comes through for a while, its owner is told. */
static void
hold_to_assigned(n2_rate *r, uint64_t Bps, uint64_t now_us)
{
    if (!r->round_limited || Bps >= r->assigned_Bps / 10 * 9) {
        r->short_us = 0;
        return;
    }
    r->short_us += now_us - r->round_start_us;
    if (r->short_us < ASSIGNED_SHORT_US)
        return;
    r->has_failed = true;
    r->assigned_Bps = 0;
    r->starting = false;
    set_line(r, Bps);
    r->pace_Bps = r->line_Bps;
}

/* A round is over: judges it and sets the pace for the next. */
static void
turn_round(n2_rate *r, uint64_t now_us)
{
    uint64_t Bps = delivered(r, now_us), was_Bps = r->proven_Bps;
    uint64_t n = r->round_acked + r->round_lost;
    uint64_t target = target_us(r);
    uint32_t loss = 0;
    bool is_lossy = false, is_heavy = false;

    r->n_acked += r->round_acked;
    r->n_lost += r->round_lost;
    uint64_t judged = r->n_acked + r->n_lost;
    if (judged >= LOSS_PACKETS_MIN) {
        loss = (uint32_t)(UINT64_C(1000) * r->n_lost / judged);
        is_heavy = is_more_loss(r, loss, judged) && r->n_rounds < USUAL_ROUNDS && r->is_bold;
        is_lossy = r->n_rounds && is_more_loss(r, loss, judged) && !is_heavy &&
                   Bps < was_Bps + was_Bps / 16;
        r->loss_permille = r->n_rounds++ ? (3 * r->loss_permille + loss) / 4 : loss;
        r->n_acked = r->n_lost = 0;
    }
    r->proven_Bps = r->round_acked ? Bps / r->round_acked * n : 0;
    r->best_Bps = most(r->best_Bps, r->proven_Bps);

    if (r->round_queue_us <= target && now_us >= r->drain_us)
        r->told_Bps = r->told_Bps && r->told_Bps < PROBE_MAX_BPS ? r->told_Bps * 3 / 2 + 1 : 0;
    if (r->assigned_Bps) {
        hold_to_assigned(r, Bps, now_us);
    } else if (now_us < r->drain_us) {
        /* judged by what follows it */
    } else if (r->round_queue_us > target) {
        /* It never was empty, so what came through is all that there is for us. */
        r->n_clear = 0;
        set_line(r, r->starting ? r->proven_Bps : most(r->proven_Bps, r->line_Bps / 2));
        r->starting = false;
    } else if (is_lossy) {
        /* The queue is shorter than the target, and full. */
        uint64_t all = Bps * 1000 / (1000 - r->loss_permille * 9 / 10) * 85 / 100;
        r->starting = false;
        r->n_clear = 0;
        set_line(r, most(least(all, r->line_Bps), r->line_Bps / 2));
    } else if (r->starting && (r->n_trial || is_heavy)) {
        try_half(r, Bps);
    } else if (r->round_limited && !r->starting) {
        grow(r, target);
    } else if (r->round_limited && r->is_known && ++r->n_clear >= CLEAR_KNOWN) {
        r->is_known = false; /* its first packets did not leave together after all */
        r->n_clear = 0;
    }
    if (now_us >= r->next_drain_us && !r->assigned_Bps) {
        uint64_t queued_us = 2 * r->queue_us[0]; /* more than that is not ours alone */
        r->drain_us = now_us + least_us(r) + queued_us + least(queued_us, least_us(r));
        r->next_drain_us = now_us + DRAIN_EVERY_US;
    }
    begin_round(r, now_us);
}

/* At the start the pace doubles blindly for a round trip: what the first answers say counts at
 * once. */
static bool
is_overrun(const n2_rate *r)
{
    uint64_t target = 2 * target_us(r);

    return r->starting && r->round_samples > 1 && r->queue_us[0] > target &&
           r->queue_us[1] > target && r->round_acked >= ROUND_SAMPLES_MIN;
}

/* Has this round enough to judge by?  The more is lost, the more that is. */
static bool
is_whole(const n2_rate *r, uint64_t now_us)
{
    uint32_t n = r->loss_permille > LOSSY_PERMILLE ? LOSS_PACKETS_MIN : ROUND_PACKETS_MIN;

    if (r->starting && r->round_lost > r->round_acked / 4 && r->round_acked < TRIAL_PACKETS)
        return false;
    return now_us - r->round_start_us >= most(rtt_us(r), ROUND_MIN_US) &&
           r->round_samples >= ROUND_SAMPLES_MIN && r->round_acked + r->round_lost >= n;
}

void
n2_rate_ack(n2_rate *r, const n2_rate_news *news, uint64_t now_us)
{
    uint32_t before_us = 0;

    if (news->rtt_us) {
        take_rtt(r, news->rtt_us);
        take_queue(r, news, now_us);
        before_us = r->arrived_us;
        r->arrived_us = news->arrived_us;
    }
    r->round_acked += news->packets;
    r->round_acked_bytes += news->bytes;
    r->round_lost += news->lost;
    r->burst_bytes += news->bytes;
    if (!r->has_arrived && news->rtt_us) {
        begin_round(r, now_us);
        r->has_arrived = true;
        r->burst_us = r->arrived_us;
        r->burst_bytes = 0;
    }
    if (r->starting && r->is_train && news->rtt_us) {
        count_train(r, news->bytes, now_us);
        read_train(r, news, before_us);
    }
    if (r->starting && news->rtt_us)
        start(r);
    if (is_overrun(r))
        r->round_queue_us = (uint32_t)least(r->queue_us[0], r->queue_us[1]);
    if (is_overrun(r) || is_whole(r, now_us))
        turn_round(r, now_us);
    uint64_t was_Bps = r->pace_Bps;
    if (r->assigned_Bps)
        r->pace_Bps = r->line_Bps;
    else if (r->starting)
        r->pace_Bps = r->line_Bps;
    else if (news->rtt_us)
        steer(r, news);
    if (r->pace_Bps > was_Bps && r->credit_us > now_us)
        r->credit_us = now_us + (r->credit_us - now_us) * was_Bps / r->pace_Bps;
}

void
n2_rate_jam(n2_rate *r, uint64_t told_Bps)
{
    if (r->assigned_Bps)
        return; /* others are to make place */
    uint64_t allowed_Bps = most(r->proven_Bps, told_Bps) * 97 / 100;
    r->told_Bps = most(told_Bps, 1);
    r->jam_Bps = least(r->line_Bps, most(r->proven_Bps, told_Bps));
    r->starting = false;
    r->n_clear = 0; /* in small steps from here: others begin anew, too */
    set_line(r, least(r->line_Bps, allowed_Bps)); /* if less: others send too much */
    r->pace_Bps = least(r->pace_Bps, r->line_Bps);
}

void
n2_rate_silent(n2_rate *r, uint32_t lost, bool is_lasting)
{
    r->round_lost += lost;
    if (!is_lasting)
        return;
    r->has_failed |= r->assigned_Bps != 0;
    r->assigned_Bps = 0;
    set_line(r, r->line_Bps / 2);
    r->pace_Bps = r->line_Bps;
    r->starting = true; /* what was known of the way is no longer so */
}

void
n2_rate_slept(n2_rate *r, uint64_t pause_us)
{
    r->round_start_us += pause_us;
}

static uint64_t
pace(const n2_rate *r, uint64_t now_us)
{
    if (now_us >= r->drain_us)
        return r->pace_Bps;
    /* On a short way it is over soon, and nothing but queues makes its round trip. */
    return least_us(r) < DRAIN_NEAR_US ? r->pace_Bps / 4 : r->pace_Bps / 2;
}

void
n2_rate_sent(n2_rate *r, uint32_t bytes, uint64_t in_flight, uint64_t now_us)
{
    /* After a rest the first to arrive begins the round.  Waiting for the pace is none: on a
     * quick way each packet would be alone, and begin a round that never ends. */
    if (!in_flight && now_us > r->credit_us + most(PACE_STEP_US, rtt_us(r) / 2))
        r->has_arrived = false;
    if (in_flight < r->first_bytes / 4 && r->starting && !r->is_bold && !r->is_known) {
        r->is_train = true;
        r->train_bytes = r->first_bytes - (uint32_t)in_flight;
        if (!in_flight) {
            r->train_sent_us = (uint32_t)now_us;
            r->train_acked = 0;
        }
    }
    r->train_bytes -= (uint32_t)least(bytes, r->train_bytes);
    uint64_t Bps = pace(r, now_us);

    if (r->credit_us < now_us)
        r->credit_us = now_us;
    /* In microseconds one packet on a fast line costs nothing, so bytes are gathered. */
    r->pace_debt_bytes += bytes;
    uint64_t us = r->pace_debt_bytes * 1000000 / Bps;
    r->credit_us += us;
    r->pace_debt_bytes -= us * Bps / 1000000;
}

bool
n2_rate_is_full(const n2_rate *r, uint64_t in_flight)
{
    uint64_t bound_us = (r->assigned_Bps ? rtt_us(r) : least_us(r)) + 2 * target_us(r);
    uint64_t window = 2 * (r->line_Bps / 1000 * bound_us / 1000);

    if (window < WINDOW_MIN_BYTES ||
        (!r->srtt_us && !r->is_bold && !r->assigned_Bps && !r->loss_permille))
        window = WINDOW_MIN_BYTES;
    if (window > WINDOW_MAX_BYTES)
        window = WINDOW_MAX_BYTES;
    return in_flight + N2_RATE_PACKET_BYTES > window;
}

bool
n2_rate_may_send(n2_rate *r, uint64_t in_flight, uint64_t now_us, uint64_t *at_us)
{
    *at_us = UINT64_MAX;
    if (n2_rate_is_full(r, in_flight)) {
        r->round_limited = true;
        return false;
    }
    if (r->credit_us > now_us + PACE_STEP_US && r->train_bytes < N2_RATE_PACKET_BYTES) {
        r->round_limited = true;
        *at_us = r->credit_us - PACE_STEP_US / 2;
        return false;
    }
    return true;
}
