/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether-ring.c - makes the rings of a packet socket, and gives them back.
 */
#include "host/ether-ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "host/ether.h"
#include "wire/frame.h"

enum {
    /* Of a slot, before the frame: the kernel's head and address, and 16 bytes that it leaves
     * free. */
    SLOT_HEAD_BYTES = TPACKET_ALIGN(TPACKET2_HDRLEN) + 16,
    OUT_FRAME_BYTES_MAX = 2000, /* longer ones are copied: see ether-out.h */
    OUT_BYTES = 4 * 1024 * 1024,
    OUT_SLOTS_MIN = 1024,
    BUSY_TRIES = 20,
    BUSY_PAUSE_NS = 1000000
};

_Static_assert((int)SLOT_HEAD_BYTES + (int)N2_FRAME_BYTES_MAX <= (int)N2_ETHER_BLOCK_BYTES,
               "a block has room for the longest frame");

/* What was sent is there until the other side, or the device, has done with it. */
static n2_err
end_ring(int fd, int which)
{
    const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};
    const struct tpacket_req none = {0};

    for (int i = 0; i < BUSY_TRIES; i++) {
        if (setsockopt(fd, SOL_PACKET, which, &none, sizeof none) == 0)
            return N2_OK;
        if (errno != EBUSY)
            return N2_ERR_IO;
        (void)nanosleep(&pause, NULL);
    }
    return N2_ERR_BUSY;
}

n2_err
n2_ether_rings_drop(n2_ether_rings *rings, int fd)
{
    if (rings->bytes)
        munmap(rings->bytes, rings->len);
    *rings = (n2_ether_rings){0};
    n2_err in = end_ring(fd, PACKET_RX_RING), out = end_ring(fd, PACKET_TX_RING);

    return in ? in : out;
}

/* Of as many blocks as can be had. */
static n2_err
begin_ring(n2_ether_ring *r, int fd, int which)
{
    for (; r->n_blocks; r->n_blocks /= 2) {
        struct tpacket_req wish = {.tp_block_size = N2_ETHER_BLOCK_BYTES,
                                   .tp_block_nr = (unsigned)r->n_blocks,
                                   .tp_frame_size = (unsigned)r->slot_bytes,
                                   .tp_frame_nr = (unsigned)n2_ether_ring_slots(r)};
        if (setsockopt(fd, SOL_PACKET, which, &wish, sizeof wish) == 0)
            return N2_OK;
        if (errno != ENOMEM)
            return N2_ERR_IO;
    }
    return N2_ERR_NOMEM;
}

/* Without it frames are copied. */
static n2_err
begin_out(n2_ether_ring *r, int fd)
{
    n2_err err = begin_ring(r, fd, PACKET_TX_RING);

    if (!err && n2_ether_ring_slots(r) < OUT_SLOTS_MIN)
        err = end_ring(fd, PACKET_TX_RING);
    if (err || n2_ether_ring_slots(r) < OUT_SLOTS_MIN)
        r->n_blocks = 0;
    return err == N2_ERR_NOMEM ? N2_OK : err;
}

static n2_ether_ring
plan(uint32_t frame_bytes, size_t bytes, size_t least_slots)
{
    n2_ether_ring r = {.slot_bytes = TPACKET_ALIGN(SLOT_HEAD_BYTES + frame_bytes)};

    r.slots_per_block = N2_ETHER_BLOCK_BYTES / r.slot_bytes;
    size_t least = (least_slots + r.slots_per_block - 1) / r.slots_per_block;
    r.n_blocks = bytes / N2_ETHER_BLOCK_BYTES;
    if (r.n_blocks < least)
        r.n_blocks = least;
    return r;
}

n2_err
n2_ether_rings_make(n2_ether_rings *rings, int fd, uint32_t frame_bytes, size_t in_bytes)
{
    n2_ether_rings r = {.frame_bytes = frame_bytes,
                        .in = plan(frame_bytes, in_bytes, N2_ETHER_SLOTS_MIN),
                        .out = plan(frame_bytes, OUT_BYTES, 0)};
    n2_err err = n2_ether_rings_drop(rings, fd);

    if (!err)
        err = begin_ring(&r.in, fd, PACKET_RX_RING);
    if (frame_bytes > OUT_FRAME_BYTES_MAX)
        r.out.n_blocks = 0;
    else if (!err)
        err = begin_out(&r.out, fd);
    if (!err) {
        r.len = (r.in.n_blocks + r.out.n_blocks) * N2_ETHER_BLOCK_BYTES;
        r.bytes = mmap(NULL, r.len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (r.bytes == MAP_FAILED)
            err = N2_ERR_NOMEM;
    }
    if (err) {
        (void)!n2_ether_rings_drop(rings, fd);
        return err;
    }
    r.in.bytes = r.bytes; /* as the kernel lays them */
    r.out.bytes = r.bytes + r.in.n_blocks * N2_ETHER_BLOCK_BYTES;
    *rings = r;
    return N2_OK;
}
