/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether-ring.h - the two rings of frames that a packet socket shares with the kernel.
 *
 * Layer:  host.
 * Source: packet(7), packet_mmap of the kernel's documentation; TPACKET_V2.
 *
 * A slot is a head of the kernel's, an address, and the frame behind its own head; it belongs
 * to us or to the kernel, as its status says.
 */
#pragma once

#include <linux/if_packet.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_ETHER_BLOCK_BYTES = 256 * 1024 /* holds slots, none of which crosses its end */
};

typedef struct {
    uint8_t *bytes;
    size_t n_blocks, slot_bytes, slots_per_block; /* n_blocks 0: there is none */
} n2_ether_ring;

typedef struct {
    n2_ether_ring in, out; /* out may have none */
    uint32_t frame_bytes;  /* longest that a slot takes */
    uint8_t *bytes;        /* (transfer full) of both; NULL: none are there */
    size_t len;
} n2_ether_rings;

/**
 * Rings whose slots take frames of @frame_bytes, instead of those that are there.
 *
 * @in_bytes: wished for; it becomes as much as can be had.
 *
 * Returns: N2_OK; N2_ERR_NOMEM, N2_ERR_BUSY (frames are on their way out), N2_ERR_IO: there are
 *          none now.
 */
N2_MUST_USE n2_err n2_ether_rings_make(n2_ether_rings *rings,
                                       int fd,
                                       uint32_t frame_bytes,
                                       size_t in_bytes);

/** They belong to the socket, also when the process that made them has crashed.
 *  Returns: N2_OK, N2_ERR_BUSY. */
N2_MUST_USE n2_err n2_ether_rings_drop(n2_ether_rings *rings, int fd);

static inline size_t
n2_ether_ring_slots(const n2_ether_ring *r)
{
    return r->n_blocks * r->slots_per_block;
}

static inline struct tpacket2_hdr *
n2_ether_ring_at(const n2_ether_ring *r, size_t i)
{
    size_t block = i / r->slots_per_block, slot = i % r->slots_per_block;

    return (struct tpacket2_hdr *)(void *)(r->bytes + block * N2_ETHER_BLOCK_BYTES +
                                           slot * r->slot_bytes);
}

static inline uint32_t
n2_ether_slot_status(const struct tpacket2_hdr *slot)
{
    return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE);
}

static inline void
n2_ether_slot_give(struct tpacket2_hdr *slot, uint32_t status)
{
    __atomic_store_n(&slot->tp_status, status, __ATOMIC_RELEASE);
}

/** Where a frame that goes out lies in its slot. */
static inline uint8_t *
n2_ether_slot_out(struct tpacket2_hdr *slot)
{
    return (uint8_t *)slot + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);
}
