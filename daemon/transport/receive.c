/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * receive.c - a packet for this node: found by its address, opened where it belongs.
 *
 * A packet that is wrong in any way is counted and forgotten; nothing of it is believed before
 * its tag has verified.  INVARIANT opening: memory of a unit that has been counted is never
 * written again.
 */
#include <stdlib.h>
#include <string.h>

#include "transport/endpoint-private.h"
#include "wire/path.h"

/* Where in the region the packet's data go: units [first, first + n); false: out of bounds. */
static bool
place(const n2_region *r, const n2_packet *p, uint64_t *first, uint64_t *n)
{
    uint64_t offset = n2_region_offset(p->address);

    if (offset % r->unit || p->data_bytes % r->unit)
        return false;
    *first = offset / r->unit;
    *n = p->data_bytes / r->unit;
    if (r->kind == N2_REGION_COMMAND)
        return *first + *n <= r->told_units + r->n_units;
    return *n == 1 && *first < r->n_units;
}

/* A sealed packet while it is looked at. */
typedef struct {
    n2_connection *c;
    n2_region *r;
    const n2_packet *p;
    const uint8_t *bytes;
} arrival;

static bool
open_packet(n2_endpoint *ep, const arrival *a, uint32_t epoch, uint8_t *to)
{
    const n2_packet *p = a->p;
    n2_connection *c = a->c;
    uint8_t associated[N2_ASSOCIATED_BYTES];

    n2_packet_associated(associated, a->bytes);
    bool ok =
        n2_epochs_open(&c->open, epoch, a->bytes + N2_LONG_HEAD_BYTES, associated,
                       sizeof associated, p->data, p->data_bytes, p->data + p->data_bytes, to);
    ep->stats.opened += ok;
    c->failed_openings += !ok;
    return ok;
}

static void
hold(n2_endpoint *ep, n2_connection *c)
{
    if (c->is_held)
        return;
    c->is_held = true;
    c->next_held = ep->held;
    ep->held = c;
}

/* Hands the control plane the part of the command stream that is whole now. */
static void
tell_commands(n2_endpoint *ep, n2_connection *c)
{
    n2_region *r = c->command;

    if (r->head_units == r->told_units)
        return;
    /* While the control plane is behind, the ring fills and its window stands still. */
    uint64_t held = (r->head_units - r->told_units) * r->unit;
    bool is_much = ep->events.bytes + held > N2_ENDPOINT_EVENT_BYTES_MAX;
    if (ep->events.n >= N2_ENDPOINT_EVENTS_MAX || is_much) {
        ep->met.event_bytes += is_much;
        if (held > ep->met.most_ring_bytes)
            ep->met.most_ring_bytes = (uint32_t)held;
        ep->met.command_ring += held == r->size;
        ep->met.events += !ep->held && !is_much;
        hold(ep, c);
        return;
    }
    size_t len = (size_t)(r->head_units - r->told_units) * r->unit;
    size_t at = (size_t)(r->told_units % r->ring_units) * r->unit;
    size_t size = (size_t)r->ring_units * r->unit;
    size_t part = size - at < len ? size - at : len;
    uint8_t *copy = malloc(len);
    if (!copy) {
        hold(ep, c);
        return;
    }
    memcpy(copy, r->memory + at, part);
    memcpy(copy + part, r->memory, len - part);
    n2_event event = {.kind = N2_EVENT_COMMAND, .conn = c->id, .bytes = copy, .len = len};
    n2_event_queue_push(&ep->events, &event);
    r->told_units = r->head_units;
}

void
n2_endpoint_let_go(n2_endpoint *ep, n2_connection *c)
{
    n2_connection **at = &ep->held;

    while (c->is_held && *at != c)
        at = &(*at)->next_held;
    if (c->is_held)
        *at = c->next_held;
    c->is_held = false;
}

void
n2_endpoint_tell_held(n2_endpoint *ep, uint64_t now_us)
{
    n2_connection *held = ep->held, *next;

    ep->held = NULL;
    for (n2_connection *c = held; c; c = next) {
        next = c->next_held;
        c->is_held = false;
        tell_commands(ep, c);
        n2_connection_window_moved(c, now_us);
        n2_endpoint_touch(ep, c);
    }
}

/* A region that is whole has done its work: its memory goes back with the news of it. */
void
n2_endpoint_tell_written(n2_endpoint *ep, n2_connection *c, n2_region *r)
{
    if (r->n_have < r->n_units)
        return;
    n2_event event = {
        .kind = N2_EVENT_WRITTEN, .conn = c->id, .address = r->address, .size = r->size};
    n2_endpoint_end_region(ep, c, r->address);
    n2_event_queue_push(&ep->events, &event);
}

/* The responder's side is open once the initiator's first sealed packet is. */
static void
first_sealed(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_maker_opened(ep, c, now_us);
    n2_rate_expect_rtt(&c->rate, (uint32_t)(now_us - c->heard_us)); /* since our answer */
    n2_endpoint_make_place(ep, ep->connections_max, c, now_us);
    c->state = N2_CONNECTION_OPEN;
    c->seal_us = now_us;
    c->ack_due_us = now_us; /* so that the initiator knows */
    n2_event event = {.kind = N2_EVENT_CONNECTED,
                      .conn = c->id,
                      .suite = c->suite,
                      .resumed = c->fresh != NULL,
                      .path = c->path,
                      .unit = c->packet_bytes};
    memcpy(event.hash, c->handshake_hash, sizeof event.hash);
    n2_event_queue_push(&ep->events, &event);
}

/* Opens into memory; true if the tag verified. */
static bool
open_to_region(n2_endpoint *ep, const arrival *a, uint32_t epoch)
{
    n2_region *r = a->r;
    uint64_t first, n;

    if (r->kind == N2_REGION_CONTROL)
        return a->p->data_bytes == N2_CONTROL_BYTES && !n2_region_offset(a->p->address) &&
               open_packet(ep, a, epoch, ep->scratch);
    if (!place(r, a->p, &first, &n))
        return false;
    if (r->kind == N2_REGION_GONE)
        return open_packet(ep, a, epoch, ep->scratch);
    bool has_room = r->kind == N2_REGION_DATA || n2_region_has_room(r, first + n);
    uint64_t at = has_room ? first % r->ring_units : 0;
    if (has_room && at + n <= r->ring_units && !n2_region_has_any(r, first, n)) {
        if (!open_packet(ep, a, epoch, r->memory + at * r->unit))
            return false;
    } else {
        /* The ring grows for what is genuine only. */
        if (!open_packet(ep, a, epoch, ep->scratch) ||
            (!has_room && n2_region_make_room(r, first + n)))
            return false;
        for (uint64_t i = 0; i < n; i++)
            if (!n2_region_has_all(r, first + i, 1))
                memcpy(r->memory + (first + i) % r->ring_units * r->unit,
                       ep->scratch + i * r->unit, r->unit);
    }
    n2_region_mark(r, first, n);
    return true;
}

static void
control_message(n2_endpoint *ep, n2_connection *c, uint64_t back, uint64_t now_us)
{
    n2_control_message m;

    if (n2_control_decode(&m, ep->scratch, N2_CONTROL_BYTES)) {
        ep->stats.dropped++;
        return;
    }
    if (m.type == N2_CONTROL_CLOSE) {
        n2_endpoint_end(ep, c, m.error ? m.error : N2_ERR_CLOSED, false, now_us);
        return;
    }
    n2_err err = N2_OK;
    if (m.type == N2_CONTROL_ACK) {
        err = n2_connection_acknowledged(c, &m.ack, &ep->events, now_us);
        if (c->handover)
            n2_handover_heard(c, back);
        if (c->notices)
            n2_notice_judge(ep, c, &m.ack, now_us);
    }
    if (err) {
        n2_endpoint_end(ep, c, err, true, now_us);
        return;
    }
    if (m.type == N2_CONTROL_FRESH)
        n2_fresh_message(ep, c, &m, now_us);
    else if (m.type != N2_CONTROL_ACK || m.ack.check)
        n2_handover_message(ep, c, &m, back, now_us);
    n2_endpoint_touch(ep, c);
}

/* Into the queue at once: a batch from the socket may hold more packets than one bitmap. */
static void
acknowledge(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_raw *raw = n2_raw_queue_add(&ep->raw);

    if (!raw)
        return;
    raw->path = c->path;
    raw->len = (uint8_t)n2_connection_build_ack(c, raw->bytes, now_us);
    if (!raw->len)
        n2_raw_queue_unadd(&ep->raw);
}

static void
sealed_packet(n2_endpoint *ep, const n2_packet *p, const uint8_t *bytes, uint64_t now_us)
{
    n2_region *r = n2_region_find(&ep->regions, p->address);
    n2_connection *c = r ? ep->slots[r->slot] : NULL;
    arrival a = {.c = c, .r = r, .p = p, .bytes = bytes};
    uint32_t epochs[2];
    unsigned i = 0, n = 0;

    if (c && c->state != N2_CONNECTION_OPENING)
        n = n2_connection_epochs_for(c, p->phase, p->counter, epochs);
    while (i < n && !open_to_region(ep, &a, epochs[i]))
        i++;
    if (i == n) {
        ep->stats.dropped++;
        if (n && c->failed_openings >= c->limits->failed_max)
            n2_endpoint_end(ep, c, N2_ERR_LIMIT, true, now_us);
        return;
    }
    if (c->state == N2_CONNECTION_HALF)
        first_sealed(ep, c, now_us);
    n2_connection_opened(c, epochs[i], now_us);
    if (c->fresh && epochs[i])
        n2_fresh_turned(ep, c, now_us);
    n2_epochs_expand(&c->open, epochs[i]);
    if (!n2_connection_received(c, r->kind != N2_REGION_CONTROL, epochs[i], p->counter,
                                p->noise, p->jam, now_us)) {
        ep->stats.dropped++;
        return;
    }
    if (r->kind == N2_REGION_CONTROL) {
        control_message(ep, c, n2_path_answer(p->path), now_us);
        return;
    }
    if (c->handover)
        n2_handover_heard(c, n2_path_answer(p->path));
    if (c->unacknowledged >= N2_ACK_EVERY)
        acknowledge(ep, c, now_us);
    if (r->kind == N2_REGION_COMMAND)
        tell_commands(ep, c);
    else if (r->kind == N2_REGION_DATA)
        n2_endpoint_tell_written(ep, c, r);
    n2_endpoint_touch(ep, c);
}

static void
first_packet(n2_endpoint *ep, const n2_packet *p, uint64_t now_us)
{
    n2_first first;

    if (p->phase || n2_first_decode(&first, p->data, p->data_bytes)) {
        ep->stats.dropped++;
        return;
    }
    uint64_t back = n2_path_answer(p->path);
    switch (first.type) {
    case N2_FIRST_HELLO:
        n2_maker_hello(ep, &first, p->data, back, now_us);
        break;
    case N2_FIRST_QUERY:
        n2_maker_query(ep, &first, back, now_us);
        break;
    case N2_FIRST_ANSWER:
        n2_asker_answer(ep, &first, back, now_us);
        break;
    case N2_FIRST_AGAIN:
        n2_asker_again(ep, &first, now_us);
        break;
    case N2_FIRST_KEY:
        n2_asker_key(ep, &first, now_us);
        break;
    case N2_FIRST_RESUME:
        n2_maker_resume(ep, &first, p->data, back, now_us);
        break;
    case N2_FIRST_RESUMED:
        n2_asker_resumed(ep, &first, back, now_us);
        break;
    case N2_FIRST_UNKNOWN:
        n2_asker_unknown(ep, &first, now_us);
        break;
    }
}

void
n2_endpoint_packet(n2_endpoint *ep, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_packet p;

    if (n2_packet_parse(&p, bytes, len) || p.mode != N2_MODE_UNICAST)
        ep->stats.dropped++;
    else if (p.is_sealed)
        sealed_packet(ep, &p, bytes, now_us);
    else if (p.is_long && !p.address)
        first_packet(ep, &p, now_us);
    else
        ep->stats.dropped += !n2_plain_packet(&ep->plain, &p, &ep->events, now_us);
}
