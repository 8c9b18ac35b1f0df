/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frame.h - what a link puts around packets: the head of a datagram, and bundles.
 *
 * Layer:  wire (may include: base).
 * Source: PROTOCOL.md, section "Link".
 *
 *   0   token 6: chosen by the receiver of the datagram; 0 where it is not known yet
 *   6   kind 2 bits, number 14 bits: of this datagram, counted up by the sender
 *   8   kind 0, whole packets: one packet behind the other; a zero byte ends them early
 *       kind 1, first half:    bytes 0..1044 of one packet
 *       kind 2, second half:   its other bytes; the number is the first half's + 1
 *       kind 3, link control:  see link.h
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "wire/packet.h"

enum {
    N2_FRAME_HEAD_BYTES = 8,
    N2_FRAME_NUMBER_BITS = 14,
    N2_FRAME_NUMBER_MASK = (1 << N2_FRAME_NUMBER_BITS) - 1,
    N2_HALF_BYTES =
        N2_PACKET_BYTES_MAX / 2, /* 1045: with the heads it crosses 1280-byte paths */
    N2_FRAME_BYTES_MIN = N2_FRAME_HEAD_BYTES + N2_HALF_BYTES, /* every link carries this much */
    N2_FRAME_BYTES_MAX = 65000
};

typedef enum {
    N2_FRAME_WHOLE,
    N2_FRAME_FIRST_HALF,
    N2_FRAME_SECOND_HALF,
    N2_FRAME_CONTROL
} n2_frame_kind;

typedef struct {
    uint64_t token;  /* 48 bits */
    uint8_t kind;    /* n2_frame_kind */
    uint16_t number; /* 14 bits */
} n2_frame;

/**
 * Reads the head of a datagram; here and not byte by byte, as each that comes has one.
 *
 * Returns: N2_OK, N2_ERR_TRUNCATED (shorter than a head; *@out untouched).
 */
N2_MUST_USE static inline n2_err
n2_frame_read(n2_frame *out, const uint8_t *bytes, size_t len)
{
    uint64_t head;

    if (len < sizeof head)
        return N2_ERR_TRUNCATED;
    memcpy(&head, bytes, sizeof head);
    head = be64toh(head);
    uint16_t tail = (uint16_t)head;
    *out = (n2_frame){.token = head >> 16,
                      .kind = (uint8_t)(tail >> N2_FRAME_NUMBER_BITS),
                      .number = tail & N2_FRAME_NUMBER_MASK};
    return N2_OK;
}

/** Writes a head. */
void n2_frame_write(uint8_t out[static N2_FRAME_HEAD_BYTES], const n2_frame *frame);

/** Walks over the packets of a bundle.  Not const: the switch changes them in place. */
typedef struct {
    uint8_t *at;
    size_t left; /* bytes */
} n2_bundle;

/**
 * The next packet.
 *
 * @packet: (out) (transfer none): *@len bytes, whose first byte is a valid kind; 0 bytes with
 * an error.
 *
 * Returns: N2_OK
 *          N2_ERR_NOTFOUND   no more: the end, or a zero byte
 *          N2_ERR_VERSION, N2_ERR_FORMAT, N2_ERR_TRUNCATED   something that is no packet of
 *                            ours; as its length is unknown the rest of the bundle is lost
 *          After an error nothing is left.
 */
N2_MUST_USE static inline n2_err
n2_bundle_next(n2_bundle *bundle, uint8_t **packet, size_t *len)
{
    n2_err err = N2_OK;
    uint8_t kind = bundle->left ? *bundle->at : 0;

    if (!kind)
        err = N2_ERR_NOTFOUND;
    else if ((kind & N2_KIND_VERSION_MASK) != N2_KIND_VERSION)
        err = N2_ERR_VERSION;
    else if (!n2_kind_is_valid(kind))
        err = N2_ERR_FORMAT;
    else if (n2_packet_bytes(kind) > bundle->left)
        err = N2_ERR_TRUNCATED;
    *packet = bundle->at;
    *len = err ? 0 : n2_packet_bytes(kind);
    bundle->at += *len;
    bundle->left = err ? 0 : bundle->left - *len;
    return err;
}
