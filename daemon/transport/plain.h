/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plain.h - regions that take packets without a seal, each by one way back: for devices that
 *           can do no more, such as a keyboard.
 *
 * Layer:     transport (may include: base, wire, crypto, switch).
 * Source:    net2o white paper, "Packet format" (short form); PROTOCOL.md, section "Plain
 *            regions".
 * Invariant: nothing unsealed reaches more than address 0 and what was granted here to exactly
 *            the way back that the packet brings.
 *
 *     address    number 8 (1 to 255), offset 8 in units of 32 bytes; in the long form below 48
 *                zeros
 *
 * A region is a queue: each packet is handed on as it came.  It may be lost, doubled, out of
 * order, and forged by anybody on its way.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/err.h"
#include "base/limits.h"
#include "transport/queue.h"
#include "wire/packet.h"

enum {
    N2_PLAIN_NUMBERS = N2_PLAIN_MAX + 1, /* 0 is never one */
    N2_PLAIN_REGION_BYTES_MAX = 256 * 32
};

typedef struct {
    uint32_t bytes; /* 0: not granted */
    uint64_t path;  /* way ahead to the only one who may send */
    n2_bucket taken;
} n2_plain_region;

/** Zeroed: none. */
typedef struct {
    n2_plain_region regions[N2_PLAIN_NUMBERS];
    unsigned n_regions;
    uint64_t n_taken;
    uint64_t n_refused; /* no such region, another way back, out of bounds */
    uint64_t n_over;    /* too many a second, or the control plane is behind */
} n2_plain;

/**
 * Grants a region, as the order says: address, path, size.
 *
 * Returns: N2_OK, N2_ERR_USAGE (number, size), N2_ERR_EXISTS.
 */
N2_MUST_USE n2_err n2_plain_grant(n2_plain *plain, const n2_op *op);

/** Takes it back; harmless if it is none. */
void n2_plain_revoke(n2_plain *plain, uint64_t address);

/**
 * An unsealed packet whose address is not 0.  Emits PLAIN.
 *
 * Returns: false if it was refused, and counted here.
 */
bool n2_plain_packet(n2_plain *plain,
                     const n2_packet *packet,
                     n2_event_queue *events,
                     uint64_t now_us);

/** Sends one as the order says: path, bits of the route, address, bytes; takes the bytes. */
void n2_plain_send(n2_raw_queue *raw, const n2_op *op);
