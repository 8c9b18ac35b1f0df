/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate.h - how fast a connection sends, and how much it may have under way.
 *
 * Layer:  transport (may include: base, wire).
 * Source: net2o white paper, "Flow control": a LEDBAT-derived algorithm for low priority; the
 *         routing information gives the first window; DESIGN.md, "Rates".
 *
 * The rest of the transport knows only this interface; what happens inside may change.  Now:
 * each round trip the pace is set by what the peer's clock says was delivered (proven) and by
 * how long packets stood in queues, towards a short queue; the window is only a bound of twice
 * what one round trip takes at that pace, because on a line that loses many of the
 * acknowledgements a window would stand still.  Loss counts as a sign of a full queue only
 * when it is more than this line always has.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "transport/delay.h"

enum {
    N2_RATE_PACKET_BYTES = 2098, /* a full packet with its share of the link head */
};

typedef struct {
    n2_delay delay;
    uint32_t srtt_us, rttvar_us; /* 0: no sample yet */
    /* this round: a round trip at least, and enough samples to judge by */
    uint64_t round_start_us;
    uint64_t round_acked_bytes;
    uint32_t round_arrived_us; /* the peer's clock at its start */
    uint32_t arrived_us;       /* and now */
    uint32_t round_acked, round_lost, round_samples;
    uint32_t round_queue_us;  /* lowest queueing delay */
    uint32_t queue_us[2];     /* the last ones */
    uint32_t n_acked, n_lost; /* since loss was judged last */
    bool round_limited;       /* the pace, not the application, held us back */
    bool has_arrived;         /* something did in this round */
    uint32_t burst_us;        /* while starting: the peer's clock, */
    uint64_t burst_bytes;     /* and what arrived since */
    uint32_t first_bytes;     /* that leave at once where nothing is known */
    uint32_t train_bytes;     /* that may still leave at once */
    uint32_t train_us;        /* when its first came, the peer's clock, */
    uint64_t train_arrived;   /* and bytes since */
    uint32_t train_sent_us;   /* when its first left, our clock, */
    uint32_t train_acked;     /* and bytes acknowledged since */
    bool is_train;            /* the first packets left at once: how far apart do they come? */
    bool is_known;            /* and that told what the line carries */
    /* the pace */
    bool starting; /* doubles each round until something queues */
    bool is_bold;  /* began with more than was safe, as a record said so */
    bool has_failed;
    uint8_t n_clear; /* rounds in a row without a queue */
    uint8_t n_trial; /* rounds until it is known whether the pace makes the losses, */
    uint64_t pace_Bps;
    uint64_t line_Bps;   /* what the way is held to carry of ours */
    uint64_t proven_Bps; /* in the last round: sent, and most of it arrived */
    uint64_t trial_Bps;  /* by comparing with this */
    uint64_t best_Bps;   /* of all */
    uint64_t assigned_Bps;
    uint64_t short_us; /* for so long less than that has come through */
    uint64_t told_Bps; /* a switch said this, and was right; 0: it is over */
    uint64_t jam_Bps;  /* so much was too much then; 0: long ago, or never */
    uint64_t drain_us; /* until then at half of the pace, or a quarter */
    uint64_t next_drain_us;
    uint32_t loss_permille; /* smoothed */
    uint32_t n_rounds;
    uint64_t credit_us;       /* up to when the bytes sent so far are paid for */
    uint64_t pace_debt_bytes; /* too few to make a microsecond */
} n2_rate;

/** @rate_Bps, @rtt_us: from the route record and the peer's offer; 0: unknown. */
void n2_rate_init(n2_rate *r, uint64_t rate_Bps, uint32_t rtt_us, uint64_t now_us);

/** Before anything was sent: the round trip is @rtt_us at most. What leaves at once follows it;
 *  nothing else does, as the peer may have taken its time. */
void n2_rate_expect_rtt(n2_rate *r, uint32_t rtt_us);

/** The way is another one: all but what was assigned begins anew. */
void n2_rate_restart(n2_rate *r, uint64_t rate_Bps, uint32_t rtt_us, uint64_t now_us);

/** High priority: sends at @Bps, or 2 KiB a second if that is more, whatever queues, until less
 * is proven; 0: low priority. */
void n2_rate_assign(n2_rate *r, uint64_t Bps, uint64_t now_us);

/** The assigned rate was not delivered: what was, once; 0: nothing to report.  The pace is the
 *  one of low priority again. */
uint64_t n2_rate_take_failure(n2_rate *r);

/** The handshake already had to be repeated: loss to begin with, permille. */
void n2_rate_expect_loss(n2_rate *r, uint32_t permille);

/** One acknowledgement's worth of news. */
typedef struct {
    uint64_t bytes;      /* newly acknowledged */
    uint32_t packets;    /* newly acknowledged */
    uint32_t lost;       /* newly held for lost */
    uint32_t rtt_us;     /* of the highest counter; 0: no sample */
    uint32_t one_way_us; /* its arrival minus its sending, two clocks; wraps */
    uint32_t arrived_us; /* its arrival, the peer's clock; wraps */
    uint32_t since_us;   /* since it was sent */
    uint64_t in_flight;  /* bytes sent after it */
    bool is_jammed;      /* it tells of more jam marks than before */
} n2_rate_news;

void n2_rate_ack(n2_rate *r, const n2_rate_news *news, uint64_t now_us);

/** A switch on the way said that its queue is too long and @told_Bps may pass; it is true. Then
 *  the pace may become as low as that, whatever it usually has at least. */
void n2_rate_jam(n2_rate *r, uint64_t told_Bps);

/** A timer said that @lost packets will not be heard of; @is_lasting: as did some before it. */
void n2_rate_silent(n2_rate *r, uint32_t lost, bool is_lasting);

/** Our own process did nothing for @pause_us, up to now: that time is not the way's. */
void n2_rate_slept(n2_rate *r, uint64_t pause_us);

/** @in_flight: bytes before this packet. */
void n2_rate_sent(n2_rate *r, uint32_t bytes, uint64_t in_flight, uint64_t now_us);

/** May a packet more than @in_flight bytes leave at @now_us?  If only the pace forbids it,
 *  *@at_us says when. */
bool n2_rate_may_send(n2_rate *r, uint64_t in_flight, uint64_t now_us, uint64_t *at_us);

/** Is the window full with @in_flight bytes, whatever the pace says? */
bool n2_rate_is_full(const n2_rate *r, uint64_t in_flight);

/** Nothing is known of what the way carries, and its round trip is so short that a slow line
 * may need longer for a packet of each sender: who begins sends a small one first. */
bool n2_rate_may_be_narrow(const n2_rate *r);

/** How long without any answer until what is under way is asked for again, us. */
uint64_t n2_rate_timeout_us(const n2_rate *r);

/** How soon an arrived packet is to be acknowledged, us: a quarter of the round trip. */
uint64_t n2_rate_ack_delay_us(const n2_rate *r);
