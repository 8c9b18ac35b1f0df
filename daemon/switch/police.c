/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * police.c - packets against what was reserved for them.
 */
#include "switch/police.h"

#include "base/limits.h"
#include "switch/reserve-private.h"
#include "wire/packet.h"

n2_meter_verdict
n2_meter_take(n2_meter *meter, uint64_t Bps, size_t len, uint64_t now_us)
{
    uint64_t burst = Bps * N2_POLICE_BURST_US / N2_SECOND_US + 3 * N2_PACKET_BYTES_MAX;
    uint64_t passed_us = now_us - meter->last_us;

    Bps += Bps / N2_POLICE_EASE;
    if (!meter->last_us || passed_us > N2_SECOND_US) {
        meter->tokens = burst;
        meter->last_us = now_us;
    } else if (passed_us * Bps >= N2_SECOND_US) { /* less would be lost by rounding */
        meter->tokens += passed_us * Bps / N2_SECOND_US;
        meter->last_us = now_us;
    }
    if (meter->tokens > burst)
        meter->tokens = burst;
    if (meter->tokens >= len) {
        meter->tokens -= len;
        return N2_METER_PAID;
    }
    if (now_us - meter->since_us > N2_SECOND_US) {
        meter->since_us = now_us;
        meter->surplus = 0;
    }
    meter->surplus += len;
    return meter->surplus > N2_POLICE_GROSS * Bps + burst ? N2_METER_GROSS : N2_METER_SURPLUS;
}

static bool
by_flow(n2_reserve *r, n2_kept *row, size_t len, uint64_t now_us)
{
    row->packets++;
    row->bytes += len;
    switch (n2_meter_take(&row->meter, (uint64_t)row->kbps * N2_RESERVE_BPS, len, now_us)) {
    case N2_METER_PAID:
        return true;
    case N2_METER_GROSS:
        n2_kept_cut(r, row, now_us);
        break;
    case N2_METER_SURPLUS:
        break;
    }
    row->over++;
    return false;
}

/* Which of those who have an allotment sends so much is not known here: all of them end, and
 * their askers, who know it, begin anew. */
static bool
by_ports(n2_reserve *r, n2_pair *pair, size_t len, uint64_t now_us)
{
    switch (n2_meter_take(&pair->meter, pair->allotted_kbps * N2_RESERVE_BPS, len, now_us)) {
    case N2_METER_PAID:
        return true;
    case N2_METER_GROSS:
        pair->is_gross = true;
        r->has_gross = true;
        break;
    case N2_METER_SURPLUS:
        break;
    }
    pair->over++;
    return false;
}

bool
n2_police_packet(n2_reserve *r,
                 uint32_t in_port,
                 uint32_t out_port,
                 uint64_t path,
                 unsigned class,
                 size_t len,
                 uint64_t now_us)
{
    bool may = false;

    if (r->stats.n) {
        n2_kept *row = n2_kept_find(r, in_port, out_port, n2_kept_key(path, class));
        n2_pair *pair = NULL;

        if (row && row->is_cut && now_us < row->until_us)
            may = false; /* nor by what others have at its ports */
        else if (row && row->kbps && now_us < row->until_us)
            may = by_flow(r, row, len, now_us);
        else if ((pair = n2_pair_find(r, in_port, out_port)) && pair->allotted_kbps)
            may = by_ports(r, pair, len, now_us);
    }
    if (may)
        return true;
    r->stats.demoted++;
    if (r->ports)
        r->ports[in_port].demoted++;
    return false;
}
