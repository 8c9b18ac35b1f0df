/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * delay.h - how long packets stand in queues on the way there.
 *
 * Layer:  transport (may include: base, wire).
 * Source: RFC 6817, section 3.4 and appendix A; net2o white paper, "Flow control".
 *
 * One-way times are of two clocks that neither agree nor run alike: only what is beyond the
 * lowest one means something, and the lowest one drifts.  Round trips need one clock, but the
 * way back is in them too.  So the lowest round trip is kept for as long as the connection
 * lives, and whenever one comes near it, nothing stood in either queue: the one-way time of
 * that moment is the floor, and from floor to floor the drift is learned.  A queue that another
 * keeps full for minutes does not become the floor by being there long; a way that became
 * longer does, as its lowest times stay the same for ten seconds, or for two if it became so
 * from one packet to the next.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    N2_DELAY_SLOTS = 10 /* of a second */
};

typedef struct {
    uint32_t low_us[N2_DELAY_SLOTS];   /* lowest one-way time of each of the last seconds */
    uint32_t least_us[N2_DELAY_SLOTS]; /* lowest round trip of the same */
    uint64_t turn_us;                  /* when the next slot begins */
    uint64_t floor_us;                 /* when floor was right ... */
    uint64_t drift_us;                 /* ... and drift_floor, by which drift is measured */
    uint64_t sent_us;                  /* of the last sample, our clock, */
    uint32_t one_way_us;               /* and what it was */
    uint32_t floor, drift_floor;       /* one-way times with nothing queued */
    uint32_t least;                    /* round trip with nothing queued */
    int32_t drift_ppm;                 /* of the peer's clock against ours */
    uint8_t slot, n_slots;             /* n_slots: filled since a queue was empty */
    bool has_any;
    bool has_jumped; /* since a queue was empty: no queue grows so quickly */
} n2_delay;

/** Takes a sample: @one_way_us of two clocks, wraps; @rtt_us at the same time.  Returns: how
 *  long it stood in queues on the way there, us. */
uint32_t n2_delay_sample(n2_delay *d, uint32_t one_way_us, uint32_t rtt_us, uint64_t now_us);
