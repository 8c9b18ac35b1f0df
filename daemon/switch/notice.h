/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notice.h - what a switch says to the sender of a packet: it was dropped, or send less.
 *
 * Layer:  switch (may include: base, wire, crypto).
 * Source: net2o white paper, "Flow control"; PROTOCOL.md, section "Notices".
 *
 * In control mode, as an echo: an unsealed long packet with address 0 and 32 bytes of data,
 *
 *   offset in the data
 *   0   type 1 = 3
 *   1   reason 1: 1 dropped, 2 jam
 *   2   queue 2: what waits there takes so long, as a delay code; 0 unknown
 *   4   rate 1: what the sender may send, as a rate code; 0 unknown
 *   5   kind 1 of the packet it is about, zero 2
 *   8   address 8, counter 4, noise 4 of that packet
 *   24  zero 8
 *
 * It goes the way back.  Only a sealed long unicast packet is a cause: it is longer than its
 * notice, has a counter that can be lost, and a random half that nobody off the way knows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/packet.h"

typedef enum {
    N2_NOTICE_DROPPED = 1,
    N2_NOTICE_JAM = 2
} n2_notice_reason;

enum {
    N2_NOTICE_DATA_BYTES = 32,
    N2_NOTICE_BYTES = N2_LONG_HEAD_BYTES + N2_NOTICE_DATA_BYTES
};

/** Anybody on the way can forge it. */
typedef struct {
    n2_notice_reason reason;
    uint16_t queue; /* delay code */
    uint8_t rate;   /* rate code */
    uint8_t kind;   /* first byte of the cause */
    uint64_t address;
    uint32_t counter, noise;
    uint64_t path; /* read: as the notice arrived.  written: the way it goes */
} n2_switch_notice;

/**
 * About the packet at @cause, which this switch has stepped already.
 *
 * @out: reason, queue and rate are the caller's; the rest is filled.
 *
 * Returns: false if nothing is ever said about such a packet.
 */
bool n2_switch_notice_about(n2_switch_notice *out, const uint8_t *cause, size_t len);

/** Then it is fed to n2_switch_step() with in-port 0. */
void n2_switch_notice_write(uint8_t out[static N2_NOTICE_BYTES],
                            const n2_switch_notice *notice);

/**
 * Reads a packet for which the step said CONTROL.
 *
 * Returns: N2_OK; N2_ERR_FORMAT and others: it is no notice.
 */
N2_MUST_USE n2_err n2_switch_notice_read(n2_switch_notice *out,
                                         const uint8_t *bytes,
                                         size_t len);
