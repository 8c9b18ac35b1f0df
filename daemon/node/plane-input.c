/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-input.c - datagrams that came in: their packets take a step each, and what the step
 *                 said is done.
 *
 * Of a batch the heads of the next datagrams are asked for while the first are worked on, so
 * that nobody waits for memory, however large the batches are.
 */
#include "base/limits.h"
#include "node/plane-private.h"
#include "switch/notice.h"

enum {
    AHEAD = 32 /* datagrams asked for before their turn */
};

static void
control_packet(n2_plane *plane, uint32_t in_port, uint8_t *bytes, size_t len, uint64_t now_us)
{
    uint8_t answer[N2_ECHO_BYTES];
    n2_switch_notice notice;
    n2_echo echo;

    if (!n2_switch_notice_read(&notice, bytes, len)) {
        n2_endpoint_notice(plane->endpoint, &notice, now_us);
        return;
    }
    if (n2_reserve_is_message(bytes, len)) {
        n2_plane_reserve_end(plane, in_port, bytes, len, now_us);
        return;
    }
    if (n2_casts_is_message(bytes, len)) {
        n2_plane_cast_hop(plane, in_port, 0, bytes, len, now_us);
        return;
    }

    switch (n2_switch_control(&plane->sw, in_port, bytes, len, now_us, answer, &echo)) {
    case N2_ECHO_QUESTION: {
        n2_step step = n2_switch_step(&plane->sw, 0, answer, sizeof answer, now_us);
        if (step.verdict == N2_STEP_FORWARD)
            n2_plane_forward(plane, 0, step.out_port, answer, sizeof answer, now_us);
        break;
    }
    case N2_ECHO_ANSWER:
        n2_endpoint_echo(plane->endpoint, &echo, now_us);
        break;
    case N2_ECHO_NOTHING:
        break;
    }
}

void
n2_plane_handle(n2_plane *plane,
                uint32_t in_port,
                n2_step step,
                uint8_t *bytes,
                size_t len,
                uint64_t now_us)
{
    switch (step.verdict) {
    case N2_STEP_HOP:
        if (n2_casts_is_message(bytes, len)) {
            n2_plane_cast_hop(plane, in_port, step.out_port, bytes, len, now_us);
            break;
        }
        if (n2_reserve_is_message(bytes, len) &&
            !n2_plane_reserve_hop(plane, in_port, step.out_port, bytes, len, now_us))
            break;
        n2_plane_forward(plane, in_port, step.out_port, bytes, len, now_us);
        break;
    case N2_STEP_FORWARD:
        n2_plane_forward(plane, in_port, step.out_port, bytes, len, now_us);
        break;
    case N2_STEP_DELIVER:
        n2_endpoint_packet(plane->endpoint, bytes, len, now_us);
        break;
    case N2_STEP_CONTROL:
        control_packet(plane, in_port, bytes, len, now_us);
        break;
    case N2_STEP_COPIES:
        n2_plane_copies(plane, in_port, bytes, len, now_us);
        break;
    case N2_STEP_DROP:
        break;
    }
}

/* What link and switch look at; of what is forwarded the rest is asked for when that is known.
 */
static inline void
ask_for(const n2_datagram *d)
{
    __builtin_prefetch(d->bytes, 1);
}

static inline void
take(n2_plane *plane, const n2_net_addr *from, uint8_t *bytes, size_t len, uint64_t now_us)
{
    plane->stats.datagrams_in++;
    plane->stats.bytes_in += len;
    n2_link_data data = n2_links_input(plane->links, from, bytes, len, now_us);
    if (!data.port) {
        n2_plane_copy_all(plane); /* a link may have gone, and its run is given to another */
        return;
    }

    /* What came in two halves was put together where the next one will be. */
    bool stays = data.packets.at == bytes + N2_FRAME_HEAD_BYTES;
    uint8_t *packet;
    size_t packet_bytes;
    n2_err err = n2_bundle_next(&data.packets, &packet, &packet_bytes);
    for (; !err; err = n2_bundle_next(&data.packets, &packet, &packet_bytes)) {
        n2_step step = n2_switch_step(&plane->sw, data.port, packet, packet_bytes, now_us);
        if (step.verdict == N2_STEP_FORWARD && stays) {
            n2_plane_pass(plane, data.port, step.out_port, packet, packet_bytes, now_us);
        } else {
            n2_plane_copy_all(plane);
            n2_plane_handle(plane, data.port, step, packet, packet_bytes, now_us);
        }
    }
    if (err != N2_ERR_NOTFOUND)
        n2_switch_torn(&plane->sw, data.port, err);
}

void
n2_plane_input(
    n2_plane *plane, const n2_net_addr *from, uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_plane_look_at_clock(plane, now_us);
    take(plane, from, bytes, len, now_us);
    n2_plane_copy_all(plane);
}

void
n2_plane_input_all(n2_plane *plane, const n2_datagram *batch, size_t n, uint64_t now_us)
{
    n2_plane_look_at_clock(plane, now_us);
    for (size_t i = 0; i < n && i < AHEAD; i++)
        ask_for(&batch[i]);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            ask_for(&batch[i + AHEAD]);
        take(plane, &batch[i].from, batch[i].bytes, batch[i].len, now_us);
    }
    n2_plane_copy_all(plane);
}
