/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * police.h - whether a packet of a class above the default has paid for it, by a reservation.
 *
 * Layer:  switch (may include: base, wire).
 * Source: net2o white paper, "Real Time"; PROTOCOL.md, section "Reservations".
 *
 * A flow is (in-port, path, class).  One that has a reservation here is measured against it; a
 * packet of another one against all the allotments from its in-port to its out-port together,
 * which is what a wide-area switch does.  What is beyond the rate, or has no reservation, loses
 * its class and is not dropped.  Who sends more than N2_POLICE_GROSS times as much again for a
 * second is cut off: the reservation ends with a word to the asker, and there is none for this
 * flow for N2_RESERVE_CUT_US.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct n2_reserve;

/** What came, against a rate; zeroed: nothing yet. */
typedef struct {
    uint64_t last_us;
    uint64_t tokens; /* bytes that may come at once */
    uint64_t since_us;
    uint64_t surplus; /* bytes beyond the rate since then */
} n2_meter;

typedef enum {
    N2_METER_PAID,
    N2_METER_SURPLUS,
    N2_METER_GROSS /* surplus, and so much of it that there is no mistake */
} n2_meter_verdict;

/** @len bytes come at @now_us; they may be @Bps (a few percent more: the ends of two clocks),
 *  and a burst of N2_POLICE_BURST_US, three packets at least. */
n2_meter_verdict n2_meter_take(n2_meter *meter, uint64_t Bps, size_t len, uint64_t now_us);

/**
 * May this packet keep its class?  Only for classes above the default.
 *
 * @path: of a long packet, behind the switch's own step.
 *
 * Returns: false: it goes on in class default.
 */
bool n2_police_packet(struct n2_reserve *reserve,
                      uint32_t in_port,
                      uint32_t out_port,
                      uint64_t path,
                      unsigned class,
                      size_t len,
                      uint64_t now_us);
