/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate-times.c - how long is waited: for an answer, with one, and with the first packets.
 */
#include "transport/rate.h"

enum {
    TIMEOUT_MIN_US = 10000,
    TIMEOUT_MAX_US = 2000000,
    TIMEOUT_DEEP_US = 4000000, /* if the round trip itself is so long */
    TIMEOUT_FIRST_US = 250000, /* no sample yet */
    NARROW_LEAST_US = 500, /* below this it is the machines, not the way, that make the time */
    NARROW_MOST_US = 5000, /* and above it a round trip more would be felt */
    ACK_DELAY_MIN_US = 250,
    ACK_DELAY_MAX_US = 25000
};

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

uint64_t
n2_rate_timeout_us(const n2_rate *r)
{
    if (!r->srtt_us)
        return TIMEOUT_FIRST_US;
    uint64_t us = 2 * (uint64_t)r->srtt_us + 4 * (uint64_t)r->rttvar_us;
    uint64_t longest =
        most(TIMEOUT_MAX_US, least((uint64_t)r->srtt_us * 3 / 2, TIMEOUT_DEEP_US));
    return us < TIMEOUT_MIN_US ? TIMEOUT_MIN_US : us > longest ? longest : us;
}

uint64_t
n2_rate_ack_delay_us(const n2_rate *r)
{
    uint64_t us = r->srtt_us / 4;

    return us < ACK_DELAY_MIN_US   ? ACK_DELAY_MIN_US
           : us > ACK_DELAY_MAX_US ? ACK_DELAY_MAX_US
                                   : us;
}

bool
n2_rate_may_be_narrow(const n2_rate *r)
{
    return r->starting && !r->is_bold && !r->is_known && !r->assigned_Bps &&
           r->srtt_us >= NARROW_LEAST_US && r->srtt_us < NARROW_MOST_US;
}
