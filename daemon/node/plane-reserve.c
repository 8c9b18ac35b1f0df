/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-reserve.c - reservations joined to links, switch and end point: messages on their way,
 *                   and our own connections that send with what was given.
 */
#include "node/plane-private.h"
#include "wire/path.h"

bool
n2_plane_reserve_hop(n2_plane *plane,
                     uint32_t in_port,
                     uint32_t out_port,
                     uint8_t *bytes,
                     size_t len,
                     uint64_t now_us)
{
    n2_reserve_way way = {.in_port = in_port,
                          .out_port = out_port,
                          .rate_Bps = n2_links_rate(plane->links, out_port),
                          .users = n2_queues_weight(plane->queues, in_port),
                          .is_down = !n2_links_is_up(plane->links, out_port)};

    if (way.users <= 1)
        way.source = n2_links_source(plane->links, in_port);
    if (n2_reserve_hop(plane->sw.reserve, &way, bytes, len, now_us))
        return true;
    if (in_port) /* the answer leaves before the next question comes */
        n2_plane_reserve_output(plane, now_us);
    /* It did not leave, and was not lost either. */
    plane->sw.forwarded--;
    plane->sw.ports[out_port].packets_out--;
    plane->sw.ports[out_port].bytes_out -= len;
    return false;
}

void
n2_plane_reserve_end(
    n2_plane *plane, uint32_t in_port, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_reserve_end(plane->sw.reserve, in_port, n2_queues_weight(plane->queues, in_port), bytes,
                   len, now_us);
    if (in_port)
        n2_plane_reserve_output(plane, now_us);
}

void
n2_plane_reserve_output(n2_plane *plane, uint64_t now_us)
{
    uint8_t bytes[N2_RESERVE_BYTES];

    while (n2_reserve_output(plane->sw.reserve, bytes, now_us)) {
        n2_step step = n2_switch_step(&plane->sw, 0, bytes, sizeof bytes, now_us);
        if (step.verdict == N2_STEP_CONTROL)
            n2_plane_reserve_end(plane, 0, bytes, sizeof bytes, now_us);
        else if (step.verdict == N2_STEP_HOP &&
                 n2_plane_reserve_hop(plane, 0, step.out_port, bytes, sizeof bytes, now_us))
            n2_plane_forward(plane, 0, step.out_port, bytes, sizeof bytes, now_us);
    }
}

void
n2_plane_reserve_op(n2_plane *plane, const n2_op *op, uint64_t now_us)
{
    uint64_t kbps = (op->size + N2_RESERVE_BPS - 1) / N2_RESERVE_BPS;
    n2_reserve_claim claim = {.tag = op->tag,
                              .path = op->path,
                              .kbps = kbps < UINT32_MAX ? (uint32_t)kbps : UINT32_MAX,
                              .class = op->bits};
    n2_reserve_claim own;

    if (op->kind == N2_OP_RESERVE_ROLE) {
        n2_reserve_set_role(plane->sw.reserve, (n2_reserve_role)op->bits);
        return;
    }
    if (op->kind == N2_OP_RELEASE) {
        bool is_there = n2_reserve_find_claim(plane->sw.reserve, op->tag, &own);
        n2_reserve_give_back(plane->sw.reserve, op->tag, now_us);
        if (is_there)
            n2_endpoint_assign(plane->endpoint, own.path, N2_CLASS_DEFAULT, 0, now_us);
        return;
    }
    if (n2_reserve_find_claim(plane->sw.reserve, op->tag, &own) && own.path != op->path)
        n2_endpoint_assign(plane->endpoint, own.path, N2_CLASS_DEFAULT, 0, now_us);
    n2_err err = n2_reserve_ask(plane->sw.reserve, &claim, now_us);
    if (err)
        n2_event_queue_push(&plane->told, &(n2_event){.kind = N2_EVENT_RESERVED,
                                                      .err = err,
                                                      .tag = op->tag,
                                                      .path = op->path});
}

bool
n2_plane_reserve_event(n2_plane *plane, n2_event *event)
{
    n2_reserve_event e;

    if (!n2_reserve_take_event(plane->sw.reserve, &e))
        return false;
    uint64_t Bps = (uint64_t)e.kbps * N2_RESERVE_BPS;
    if (!e.err || e.is_over)
        n2_endpoint_assign(plane->endpoint, e.claim_path, e.kbps ? e.class : N2_CLASS_DEFAULT,
                           Bps, plane->seen_us);
    *event = (n2_event){.kind = N2_EVENT_RESERVED,
                        .err = e.err,
                        .tag = e.tag,
                        .size = Bps,
                        .address = (uint64_t)e.offer_kbps * N2_RESERVE_BPS,
                        .width = e.place,
                        .port = e.unsure,
                        .key_id = e.reason,
                        .path = e.path};
    return true;
}

void
n2_plane_reserve_saw(n2_plane *plane, const n2_event *event)
{
    n2_reserve_claim own;
    bool is_another = event->kind == N2_EVENT_MOVED && !event->err;

    /* One more or one less on that way: each has its part of what is reserved. */
    if (event->kind != N2_EVENT_CONNECTED && event->kind != N2_EVENT_CLOSED && !is_another)
        return;
    if (n2_reserve_find_path(plane->sw.reserve, event->path, &own)) {
        n2_endpoint_assign(plane->endpoint, event->path, own.class,
                           (uint64_t)own.kbps * N2_RESERVE_BPS, plane->seen_us);
    } else if (is_another && n2_reserve_has_claims(plane->sw.reserve)) {
        n2_op low = {.kind = N2_OP_RATE, .conn = event->conn, .bits = N2_CLASS_DEFAULT};
        n2_endpoint_op(plane->endpoint, &low, plane->seen_us);
    }
}
