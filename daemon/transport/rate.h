/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate.h - how fast a connection sends, and how much it may have under way.
 *
 * Layer:  transport (may include: base, wire).
 * Source: net2o white paper, "Flow control": a LEDBAT-derived algorithm for low priority; the
 *         routing information gives the first window.
 *
 * The rest of the transport knows only this interface; what happens inside may change.  Now:
 * the pace follows the queueing delay towards a target of 4 ms; the window is only a bound of
 * twice what one round trip takes at that pace, because on a line that loses many of the
 * acknowledgements a window would stand still.  Loss counts as a sign of a full queue only
 * when it is more than this line always has and nothing was gained by it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    N2_RATE_BASE_SLOTS = 10,
    N2_RATE_PACKET_BYTES = 2098, /* a full packet with its share of the link head */
};

typedef struct {
    uint32_t srtt_us, rttvar_us;           /* 0: no sample yet */
    uint32_t base_us[N2_RATE_BASE_SLOTS];  /* lowest one-way time of each of the last 10 s */
    uint32_t least_us[N2_RATE_BASE_SLOTS]; /* lowest round trip of the same seconds */
    uint32_t least;                        /* of them all */
    unsigned base_slot;
    uint64_t base_turn_us; /* when the next slot begins */
    bool has_base;
    /* this round: a round trip at least, and enough packets and samples to judge by */
    uint64_t round_start_us;
    uint64_t round_acked_bytes;
    uint32_t round_acked, round_lost, round_samples;
    uint32_t round_queue_us; /* lowest queueing delay */
    bool round_limited;      /* the pace, not the application, held us back */
    /* the pace */
    bool starting; /* doubles each round until something queues */
    uint64_t pace_Bps;
    uint64_t last_Bps;      /* delivered in the last round */
    uint32_t loss_permille; /* smoothed */
    uint32_t n_rounds;
    uint64_t credit_us;       /* up to when the bytes sent so far are paid for */
    uint64_t pace_debt_bytes; /* too few to make a microsecond */
} n2_rate;

/** @rate_Bps, @rtt_us: from the route record and the peer's offer; 0: unknown. */
void n2_rate_init(n2_rate *r, uint64_t rate_Bps, uint32_t rtt_us, uint64_t now_us);

/** The handshake already had to be repeated: loss to begin with, permille. */
void n2_rate_expect_loss(n2_rate *r, uint32_t permille);

/** One acknowledgement's worth of news. */
typedef struct {
    uint64_t bytes;      /* newly acknowledged */
    uint32_t packets;    /* newly acknowledged */
    uint32_t lost;       /* newly held for lost */
    uint32_t rtt_us;     /* of the highest counter; 0: no sample */
    uint32_t one_way_us; /* its arrival minus its sending, two clocks; wraps */
} n2_rate_news;

void n2_rate_ack(n2_rate *r, const n2_rate_news *news, uint64_t now_us);

/** A timer said that @lost packets will not be heard of; @is_lasting: as did some before it. */
void n2_rate_silent(n2_rate *r, uint32_t lost, bool is_lasting);

void n2_rate_sent(n2_rate *r, uint32_t bytes, uint64_t now_us);

/** May a packet more than @in_flight bytes leave at @now_us?  If only the pace forbids it,
 *  *@at_us says when. */
bool n2_rate_may_send(n2_rate *r, uint64_t in_flight, uint64_t now_us, uint64_t *at_us);

/** How long without any answer until what is under way is asked for again, us. */
uint64_t n2_rate_timeout_us(const n2_rate *r);

/** How soon an arrived packet is to be acknowledged, us: a quarter of the round trip. */
uint64_t n2_rate_ack_delay_us(const n2_rate *r);
