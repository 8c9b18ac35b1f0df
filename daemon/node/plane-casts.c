/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-casts.c - one to many joined to links and switch: copies to their ports, messages on
 *                 their way.
 */
#include <stdlib.h>

#include "base/netaddr.h"
#include "node/plane-private.h"

void
n2_plane_cast_hop(n2_plane *plane,
                  uint32_t in_port,
                  uint32_t out_port,
                  uint8_t *bytes,
                  size_t len,
                  uint64_t now_us)
{
    if (n2_casts_hop(plane->casts, in_port, out_port, bytes, len, now_us)) {
        n2_plane_forward(plane, in_port, out_port, bytes, len, now_us);
    } else if (out_port) {
        /* It did not leave, and was not lost either. */
        plane->sw.forwarded--;
        plane->sw.ports[out_port].packets_out--;
        plane->sw.ports[out_port].bytes_out -= len;
    }
    if (in_port) /* what it leads to leaves before the next message comes */
        n2_plane_casts_output(plane, now_us);
}

/* The path that a copy of what came with @came, which is stepped, and leaves by @port with
 * @path would have been received with, if it had been sent to where it goes. */
static uint64_t
as_received(const n2_plane *plane, uint64_t came, uint32_t port, uint64_t path)
{
    const uint64_t used_mask = (1u << N2_PATH_USED_BITS) - 1;
    unsigned stepped = (unsigned)(came & used_mask), path_bits = (unsigned)(path & used_mask);
    unsigned used = stepped > plane->width ? stepped - plane->width : 0;
    uint64_t back = (came >> N2_PATH_USED_BITS & ~(UINT64_MAX << stepped)) >> plane->width;
    uint64_t ahead = path & UINT64_MAX << path_bits << N2_PATH_USED_BITS;
    uint64_t way = (uint64_t)port << (64 - plane->width) | ahead >> plane->width;

    return (way & UINT64_MAX << used << N2_PATH_USED_BITS) | back << N2_PATH_USED_BITS | used;
}

void
n2_plane_copies(n2_plane *plane, uint32_t in_port, uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_copies copies;
    uint32_t port;
    uint64_t path;

    if (!n2_casts_copies(plane->casts, in_port, bytes, len, now_us, &copies)) {
        plane->sw.dropped[N2_DROP_CAST]++;
        plane->sw.ports[in_port].dropped++;
        return;
    }
    uint64_t came = n2_packet_get_path(bytes);
    bool is_tree = (bytes[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT == N2_MODE_MULTICAST;
    while (n2_copies_next(&copies, &port, &path)) {
        uint64_t asked = is_tree ? as_received(plane, came, port, path) : came;
        if (port && !n2_switch_lets(&plane->sw, in_port, port, bytes, asked, len))
            continue;
        n2_packet_set_path(bytes, path);
        if (port) {
            plane->sw.forwarded++;
            plane->sw.ports[port].packets_out++;
            plane->sw.ports[port].bytes_out += len;
            n2_plane_forward(plane, in_port, port, bytes, len, now_us);
        } else {
            n2_casts_packet(plane->casts, bytes, len, now_us);
        }
    }
}

void
n2_plane_casts_output(n2_plane *plane, uint64_t now_us)
{
    uint8_t bytes[N2_CAST_BYTES];

    while (n2_casts_said(plane->casts, bytes)) {
        n2_step step = n2_switch_step(&plane->sw, 0, bytes, sizeof bytes, now_us);
        if (step.verdict == N2_STEP_FORWARD)
            n2_plane_forward(plane, 0, step.out_port, bytes, sizeof bytes, now_us);
        else if (step.verdict == N2_STEP_HOP || step.verdict == N2_STEP_CONTROL)
            n2_plane_cast_hop(plane, 0, step.out_port, bytes, sizeof bytes, now_us);
    }
}

/* The packet in the scratch buffer leaves by the way that it has. */
static void
send_one(n2_plane *plane, size_t len, uint64_t now_us)
{
    n2_step step = n2_switch_step(&plane->sw, 0, plane->scratch, len, now_us);

    if (step.verdict == N2_STEP_FORWARD)
        n2_plane_forward(plane, 0, step.out_port, plane->scratch, len, now_us);
    else if (step.verdict == N2_STEP_COPIES)
        n2_plane_copies(plane, 0, plane->scratch, len, now_us);
}

/* Those whom no tree takes come first: who passes to the tree meanwhile misses nothing. */
static void
send(n2_plane *plane, const n2_op *op, uint64_t now_us)
{
    size_t len = n2_casts_build(plane->casts, op, plane->scratch);
    uint64_t way = len ? n2_packet_get_path(plane->scratch) : 0, path;
    bool is_tree = op->bits == N2_MODE_MULTICAST;

    if (!len)
        return;
    for (uint32_t at = 0;
         is_tree && n2_feeds_next(&plane->casts->feeds, op->address, &at, &path);) {
        n2_packet_set_path(plane->scratch, path);
        send_one(plane, len, now_us);
    }
    n2_packet_set_path(plane->scratch, way);
    send_one(plane, len, now_us);
}

void
n2_plane_casts_op(n2_plane *plane, const n2_op *op, uint64_t now_us)
{
    if (op->kind == N2_OP_CAST_SEND)
        send(plane, op, now_us);
    else
        n2_casts_op(plane->casts, op, now_us);
    free(op->bytes);
}

/* Where we opened the link, channels may come from, as from a provider; an Ethernet is a LAN,
 * and so is what a link-local address reaches.
 */
void
n2_plane_casts_up(n2_plane *plane, const n2_link_event *event)
{
    unsigned flags = (event->is_opener ? N2_CHANNEL_UPLINK : 0) |
                     (n2_net_is_local(&event->net) ? N2_CHANNEL_LOCAL : 0);

    if (event->kind == N2_LINK_UP)
        n2_casts_port_up(plane->casts, event->port, flags);
}
