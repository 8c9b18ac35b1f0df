/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notice.c - notices of switches: which packet is meant, and what follows.
 */
#include "transport/notice.h"

#include <assert.h>
#include <stdlib.h>

#include "transport/endpoint-private.h"
#include "wire/code.h"

enum {
    AGAIN_ROUND_TRIPS = 4, /* so long a unit is remembered: it is settled by then */
    AGAIN_AT_ONCE = 8,     /* go whatever is allowed */
    QUEUE_US = 10000,      /* more than our own pace leaves in a queue */
    STEP_US = 1000,        /* the allowed rate lets so much pass at once */
    FLOOR_BPS = 2048,      /* no switch asks for less, */
    FLOOR_ROUND_TRIPS = 4  /* nor than a packet in so many */
};

void
n2_notices_free(n2_notices *n)
{
    free(n);
}

void
n2_notices_rest(n2_connection *c, uint64_t now_us)
{
    if (!c->notices || now_us < c->notices->deaf_us)
        return;
    n2_notices_free(c->notices);
    c->notices = NULL;
}

static uint64_t
round_trip_us(const n2_connection *c)
{
    return c->rate.srtt_us ? c->rate.srtt_us : n2_rate_timeout_us(&c->rate);
}

/* What was said about another path is not about this one. */
static n2_notices *
need(n2_connection *c)
{
    if (!c->notices)
        c->notices = calloc(1, sizeof *c->notices);
    if (c->notices && c->notices->path != c->path)
        *c->notices = (n2_notices){.path = c->path, .n_denied = c->flight.n_denied};
    return c->notices;
}

static void
note_lie(n2_endpoint *ep, n2_notices *n, uint64_t now_us)
{
    ep->notices.lies++;
    if (++n->n_lies < N2_NOTICE_LIES_MAX)
        return;
    n->n_lies = 0;
    n->deaf_us = now_us + N2_NOTICE_DEAF_US;
    n->is_jammed = false;
}

/* ---- dropped --------------------------------------------------------------------------------
 */

/* These units were sent again before.  May they go once more because of a notice?  A place is
 * theirs alone until they must have arrived. */
static bool
may_again(n2_notices *n, const n2_flight_record *r, uint64_t round_trip, uint64_t now_us)
{
    uint64_t key = (r->unit + r->stream) * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t *until_us = &n->again_us[key >> 58];

    static_assert(N2_NOTICE_AGAIN_MAX == 1 << (64 - 58), "the top bits choose a place");
    if (now_us < *until_us)
        return false;
    *until_us = now_us + AGAIN_ROUND_TRIPS * round_trip;
    return true;
}

static void
dropped(n2_endpoint *ep, n2_connection *c, n2_flight_record *r, uint64_t now_us)
{
    n2_outgoing *out = n2_connection_outgoing(c, r->stream);

    if (r->is_again && !may_again(c->notices, r, round_trip_us(c), now_us)) {
        ep->notices.again++;
        return;
    }
    if (c->notices->is_jammed && c->notices->n_again < AGAIN_AT_ONCE)
        c->notices->n_again++;
    n2_flight_drop(&c->flight, r);
    if (out)
        n2_outgoing_lost(out, r->unit, r->n_units);
    n2_rate_ack(&c->rate, &(n2_rate_news){.lost = 1, .in_flight = c->flight.bytes}, now_us);
}

/* ---- jam ------------------------------------------------------------------------------------
 */

static void
jam(n2_connection *c, const n2_switch_notice *notice, uint64_t number, uint64_t now_us)
{
    n2_notices *n = c->notices;
    uint64_t Bps = n2_rate_from_code(notice->rate);
    uint64_t queue_us = n2_delay_from_code(notice->queue);
    uint64_t floor_Bps =
        N2_RATE_PACKET_BYTES * UINT64_C(1000000) / FLOOR_ROUND_TRIPS / (round_trip_us(c) + 1);

    if (floor_Bps < FLOOR_BPS)
        floor_Bps = FLOOR_BPS;
    n->Bps = Bps > floor_Bps ? Bps : floor_Bps;
    if (n->is_jammed)
        return; /* another word about the same queue: longer it lasts only if it is proven */
    n->is_jammed = true;
    n->is_confirmed = n->is_settled = false;
    n->n_again = 0;
    n->number = number;
    n->jams = n->jams_told;
    n->n_resent = (uint32_t)c->n_resent;
    n->queue_us = queue_us < N2_NOTICE_QUEUE_US ? queue_us : N2_NOTICE_QUEUE_US;
    n->until_us = now_us + round_trip_us(c) + n->queue_us;
    /* What is under way is paid for first, but for what would be at this rate. */
    uint64_t paid_us = c->flight.bytes * UINT64_C(1000000) / n->Bps;
    n->credit_us = now_us + (paid_us > round_trip_us(c) ? paid_us - round_trip_us(c) : 0);
}

/* A round trip at the allowed rate is over. */
static void
turn(n2_connection *c, uint64_t now_us)
{
    n2_notices *n = c->notices;

    if (n->is_confirmed)
        n2_rate_jam(&c->rate, n->Bps); /* so that the pace is right when it is over */
    n->is_jammed = n->is_confirmed;
    n->is_confirmed = false;
    n->until_us = now_us + round_trip_us(c);
}

/* The packet that the switch spoke of has arrived: now it shows who spoke. */
static void
settle(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_notices *n = c->notices;

    n->is_settled = true;
    if (n->is_confirmed) {
        n->n_lies = 0;
        turn(c, now_us);
        return;
    }
    n->is_jammed = false;
    note_lie(ep, n, now_us);
}

void
n2_notice_judge(n2_endpoint *ep, n2_connection *c, const n2_ack *ack, uint64_t now_us)
{
    n2_notices *n = c->notices;
    bool shows = ack->jams != n->jams || (uint32_t)c->n_resent != n->n_resent ||
                 c->rate.queue_us[0] > QUEUE_US;

    n->jams_told = ack->jams;
    for (; n->n_denied < c->flight.n_denied; n->n_denied++)
        note_lie(ep, n, now_us);
    if (shows && n->is_jammed) {
        n->is_confirmed = true;
        n->jams = ack->jams;
        n->n_resent = (uint32_t)c->n_resent;
    }
    if (n->is_jammed && !n->is_settled && n2_flight_is_acked(&c->flight, n->number))
        settle(ep, c, now_us);
    else if (n->is_jammed && now_us >= n->until_us)
        turn(c, now_us);
}

uint64_t
n2_notice_wait_us(const n2_connection *c)
{
    const n2_notices *n = c->notices;

    return n && n->is_jammed && !n->is_settled ? n->queue_us : 0;
}

bool
n2_notice_may_send(n2_connection *c, uint64_t now_us, uint64_t *at_us)
{
    n2_notices *n = c->notices;

    if (n && n->is_jammed && now_us >= n->until_us)
        turn(c, now_us);
    if (!n || !n->is_jammed || n->n_again || n->credit_us <= now_us + STEP_US)
        return true;
    *at_us =
        n->credit_us - STEP_US / 2 < n->until_us ? n->credit_us - STEP_US / 2 : n->until_us;
    return false;
}

void
n2_notice_sent(n2_connection *c, uint32_t bytes, uint64_t now_us)
{
    n2_notices *n = c->notices;

    if (!n || !n->is_jammed)
        return;
    if (n->n_again) {
        n->n_again--; /* it was paid for when it left first */
        return;
    }
    if (n->credit_us < now_us)
        n->credit_us = now_us;
    n->credit_us += bytes * UINT64_C(1000000) / n->Bps;
}

/* ---- which packet ---------------------------------------------------------------------------
 */

/* The packet that @notice quotes, if it is under way; NULL: it is not.  @number: (out). */
static n2_flight_record *
find(n2_connection *c, const n2_switch_notice *notice, uint64_t *number)
{
    bool phase = notice->kind & N2_KIND_PHASE;
    uint32_t epoch = c->seal.epoch - (phase != (c->seal.epoch & 1));

    if (epoch > c->seal.epoch)
        return NULL; /* there was no key before the first */
    *number = c->seal_base[phase] + notice->counter;
    n2_flight_record *r = n2_flight_flying(&c->flight, *number, notice->noise);
    const n2_outgoing *out = r ? n2_connection_outgoing(c, r->stream) : NULL;
    if (!r ||
        (out && notice->address != out->address + r->unit * (out->unit / N2_REGION_UNIT_BYTES)))
        return NULL;
    return r;
}

void
n2_endpoint_notice(n2_endpoint *ep, const n2_switch_notice *notice, uint64_t now_us)
{
    if (!n2_bucket_take(&ep->notices.taken, N2_NOTICE_PER_S, N2_NOTICE_BURST, now_us)) {
        ep->notices.refused++;
        return;
    }
    n2_connection *c = n2_endpoint_find(ep, ep->recent[notice->noise % N2_RECENT_PACKETS]);
    uint64_t number = 0;
    n2_flight_record *r = c && c->state == N2_CONNECTION_OPEN ? find(c, notice, &number) : NULL;
    if (!r || !need(c)) {
        ep->notices.unknown++;
        return;
    }
    if (now_us < c->notices->deaf_us) {
        ep->notices.deaf++;
        return;
    }
    ep->notices.believed++;
    if (notice->reason == N2_NOTICE_DROPPED)
        dropped(ep, c, r, now_us);
    else
        jam(c, notice, number, now_us);
    n2_endpoint_touch(ep, c);
}
