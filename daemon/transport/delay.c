/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * delay.c - the floor under one-way times, its drift, and ways that become longer.
 */
#include "transport/delay.h"

enum {
    TURN_US = 1000000,
    NEAR_US = 500,     /* above the lowest round trip: nothing was queued; or ... */
    NEAR_SHARE = 128,  /* ... this part of it */
    STEADY_US = 1000,  /* by which the lowest times of ten seconds may differ if it is ... */
    STEADY_SHARE = 64, /* ... the way; or this part of what it grew by */
    JUMP_US = 100000,  /* more than this, and so many times the time between two packets, ... */
    JUMP_TIMES = 8,    /* ... others do not send in it */
    JUMP_SLOTS = 2,    /* then it need not be steady for ten seconds */
    DRIFT_TIME_US = 5000000, /* at least, to measure the drift by */
    DRIFT_PPM_MAX = 500,
    KEEP_US = 100000000 /* a floor is worked out anew at least so often: no overflow */
};

static uint32_t
floor_at(const n2_delay *d, uint64_t now_us)
{
    int64_t us = now_us > d->floor_us ? (int64_t)(now_us - d->floor_us) : 0;

    return d->floor + (uint32_t)(us * d->drift_ppm / 1000000);
}

/* Nothing was queued: @floor is the one-way time of an empty way. */
static void
learn_drift(n2_delay *d, uint32_t floor, uint64_t now_us)
{
    if (now_us < d->drift_us + DRIFT_TIME_US)
        return;
    int64_t ppm =
        (int64_t)(int32_t)(floor - d->drift_floor) * 1000000 / (int64_t)(now_us - d->drift_us);
    if (ppm > DRIFT_PPM_MAX || ppm < -DRIFT_PPM_MAX)
        ppm = 0; /* no clock runs so: it was set */
    d->drift_ppm = (int32_t)ppm;
    d->drift_floor = floor;
    d->drift_us = now_us;
}

static void
begin(n2_delay *d, uint32_t one_way_us, uint32_t rtt_us, uint64_t now_us)
{
    *d = (n2_delay){.has_any = true, .least = rtt_us, .drift_floor = one_way_us};
    d->drift_us = now_us;
    d->turn_us = now_us + TURN_US;
    d->low_us[0] = one_way_us;
    d->least_us[0] = rtt_us;
    d->floor = d->one_way_us = one_way_us;
    d->floor_us = d->sent_us = now_us;
}

/* The lowest times of the slots before count no more. */
static void
begin_slot(n2_delay *d, uint32_t one_way_us, uint32_t rtt_us, uint64_t now_us)
{
    d->slot = (uint8_t)((d->slot + 1) % N2_DELAY_SLOTS);
    d->low_us[d->slot] = one_way_us;
    d->least_us[d->slot] = rtt_us;
    d->turn_us = now_us + TURN_US;
}

/* From one packet to the next it takes so much longer that others would have had to send many
 * times what the line carries. */
static void
find_jump(n2_delay *d, uint32_t one_way_us, uint32_t rtt_us, uint64_t now_us)
{
    uint64_t sent_us = now_us > rtt_us ? now_us - rtt_us : 0;
    uint64_t apart_us = sent_us > d->sent_us ? sent_us - d->sent_us : 0;
    int32_t more_us = (int32_t)(one_way_us - d->one_way_us);

    d->sent_us = sent_us;
    d->one_way_us = one_way_us;
    if (more_us < JUMP_US || (uint64_t)more_us < JUMP_TIMES * apart_us)
        return;
    d->has_jumped = true;
    d->n_slots = 0;
    begin_slot(d, one_way_us, rtt_us, now_us);
}

/* For ten seconds the lowest times were above the floor and all but the same: others' queues
 * rise and fall, a longer way does not. */
static void
raise_if_steady(n2_delay *d, uint64_t now_us)
{
    uint32_t least = UINT32_MAX, most = 0, low = d->low_us[d->slot];

    unsigned n = d->has_jumped ? JUMP_SLOTS : N2_DELAY_SLOTS;

    if (d->n_slots < n)
        return;
    for (unsigned i = 0; i < n; i++) {
        unsigned at = (d->slot + N2_DELAY_SLOTS - i) % N2_DELAY_SLOTS;
        least = d->least_us[at] < least ? d->least_us[at] : least;
        most = d->least_us[at] > most ? d->least_us[at] : most;
        low = (int32_t)(d->low_us[at] - low) < 0 ? d->low_us[at] : low;
    }
    if (least <= d->least || most - least > STEADY_US + (least - d->least) / STEADY_SHARE)
        return;
    d->least = least;
    d->drift_floor = low;
    d->drift_us = now_us;
    d->floor = low;
    d->floor_us = now_us;
    d->n_slots = 0;
    d->has_jumped = false;
}

static void
take_slot(n2_delay *d, uint32_t one_way_us, uint32_t rtt_us, uint64_t now_us)
{
    if (now_us >= d->turn_us) {
        if (d->n_slots < N2_DELAY_SLOTS)
            d->n_slots++;
        raise_if_steady(d, now_us);
        begin_slot(d, one_way_us, rtt_us, now_us);
    }
    if ((int32_t)(one_way_us - d->low_us[d->slot]) < 0)
        d->low_us[d->slot] = one_way_us;
    if (rtt_us < d->least_us[d->slot])
        d->least_us[d->slot] = rtt_us;
}

uint32_t
n2_delay_sample(n2_delay *d, uint32_t one_way_us, uint32_t rtt_us, uint64_t now_us)
{
    if (!d->has_any)
        begin(d, one_way_us, rtt_us, now_us);
    find_jump(d, one_way_us, rtt_us, now_us);
    take_slot(d, one_way_us, rtt_us, now_us);
    if (rtt_us < d->least)
        d->least = rtt_us;
    /* What it is above the lowest may be either way's, so the floor is between these two. */
    uint32_t excess_us = rtt_us - d->least;
    uint32_t floor = floor_at(d, now_us), was = floor;
    if ((int32_t)(floor - (one_way_us - excess_us)) < 0)
        floor = one_way_us - excess_us;
    else if ((int32_t)(one_way_us - floor) < 0)
        floor = one_way_us;
    if (excess_us <= NEAR_US || excess_us <= d->least / NEAR_SHARE) {
        learn_drift(d, floor, now_us);
        d->n_slots = 0;
        d->has_jumped = false;
    }
    /* Drift is gathered from where it was right last: in one sample it is less than one. */
    if (floor != was || now_us - d->floor_us > KEEP_US) {
        d->floor = floor;
        d->floor_us = now_us;
    }
    return one_way_us - floor;
}
