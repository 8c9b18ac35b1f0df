/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * connection-send.c - which packet a connection sends next, and its sealing.
 *
 * Order: acknowledgements wait for nothing; then the command stream, then memory, the pieces
 * by how little is left of them.  Lost units go before new ones of the same piece.
 */
#include "transport/connection.h"

#include <string.h>

#include "transport/handover.h"
#include "transport/notice.h"
#include "wire/packet.h"

enum {
    TURN_PACKETS = 32, /* of one piece before the next has its turn */
    ACK_PLACES = 256   /* of the flight, that data leave free */
};

static size_t
seal(n2_connection *c,
     uint64_t address,
     const uint8_t *data,
     size_t len,
     uint8_t *out,
     uint32_t *half)
{
    uint8_t associated[N2_ASSOCIATED_BYTES];
    uint32_t epoch = c->seal.epoch;
    uint32_t counter = (uint32_t)n2_connection_counter(c);
    n2_packet packet = {.is_long = true,
                        .is_sealed = true,
                        .phase = epoch & 1,
                        .size = (uint8_t)n2_size_for(len),
                        .class = c->class,
                        .mode = N2_MODE_UNICAST,
                        .path = c->path,
                        .address = address,
                        .counter = counter,
                        .noise = n2_prf_u32(&c->prf[epoch & 1], counter)};

    size_t head = n2_packet_write_head(out, &packet);
    n2_packet_associated(associated, out);
    *half = packet.noise;
    return n2_epochs_seal(&c->seal, out + N2_LONG_HEAD_BYTES, associated, sizeof associated,
                          data, len, out + head, out + head + len)
               ? head + len + N2_TAG_BYTES
               : 0;
}

size_t
n2_connection_build_control(n2_connection *c,
                            const uint8_t data[static N2_CONTROL_BYTES],
                            uint8_t *out,
                            uint64_t now_us)
{
    n2_flight_record record = {.sent_us = (uint32_t)now_us, .state = N2_FLIGHT_UNCOUNTED};

    if (!n2_flight_room_control(&c->flight) ||
        n2_connection_counter(c) >= c->limits->packets_max)
        return 0;
    c->is_awake = true;
    n2_connection_turn_if_due(c, now_us);
    size_t len = seal(c, c->peer_control, data, N2_CONTROL_BYTES, out, &record.proof);
    if (!len)
        return 0;
    n2_flight_add(&c->flight, &record);
    return len;
}

/* The responder waits for something sealed and gives up soon: what says that we are there is
 * said again until something sealed comes back. */
static bool
is_unheard(const n2_connection *c, uint64_t now_us)
{
    return c->is_initiator && n2_connection_is_unheard(c) &&
           now_us < c->heard_us + N2_HALF_OPEN_US;
}

/* When we may begin with what is large: on a way that may be narrow many may begin at the same
 * time, so first something small goes there and back, once.  0: now. */
static uint64_t
begin_us(n2_connection *c, uint64_t now_us)
{
    if (!c->first_us) {
        c->first_us = now_us;
        if (!c->is_initiator || !n2_rate_may_be_narrow(&c->rate))
            c->is_begun = true; /* who was asked had his answer on the way already */
        else
            c->ack_due_us = now_us;
    }
    uint64_t until_us = c->first_us + n2_rate_timeout_us(&c->rate);
    c->is_begun |= c->heard_us > c->first_us || now_us >= until_us;
    return c->is_begun ? 0 : until_us;
}

size_t
n2_connection_build_ack(n2_connection *c, uint8_t *out, uint64_t now_us)
{
    uint8_t data[N2_CONTROL_BYTES];
    n2_control_message m = {.type = N2_CONTROL_ACK};
    n2_ack *ack = &m.ack;

    n2_connection_turn_if_due(c, now_us); /* it tells the peer so */
    n2_connection_tell(c, ack);
    ack->jams = c->jams;
    ack->check = n2_handover_told(c->handover);
    ack->held_us = (uint32_t)now_us - ack->arrived_us;
    ack->command_end = c->command->told_units * N2_REGION_UNIT_BYTES + c->command->size;
    ack->data_end = c->granted_bytes;
    for (const n2_region *r = c->data; r; r = r->next)
        if (r->n_have && r->n_have < r->n_units) {
            ack->hole = r->address + r->head_units * (r->unit / N2_REGION_UNIT_BYTES);
            ack->hole_bytes = r->unit;
            break;
        }
    n2_control_encode(&m, data);

    c->acked_us = now_us;
    c->unacknowledged = 0;
    c->ack_repeats += !c->told_old;
    bool again =
        c->old_tellings || (c->ack_repeats < N2_ACK_TOLD && (ack->received || c->open.epoch));
    c->ack_due_us = again                   ? now_us + n2_rate_ack_delay_us(&c->rate)
                    : is_unheard(c, now_us) ? now_us + n2_rate_timeout_us(&c->rate) / 2
                                            : UINT64_MAX;
    return n2_connection_build_control(c, data, out, now_us);
}

static uint64_t
bytes_left(const n2_connection *c, uint32_t at)
{
    if (!n2_connection_has_send(c, at))
        return 0;
    const n2_outgoing *o = &n2_connection_slot(c, at)->out;

    return (o->end - o->next + o->n_lost) * o->unit;
}

static bool
is_older(const n2_connection *c, uint32_t a, uint32_t b)
{
    return (int32_t)(n2_connection_slot(c, a)->number - n2_connection_slot(c, b)->number) < 0;
}

/* The piece of which the least is left, of two alike the older: so a file comes in its order,
 * each group as early as it can be whole, and a page never waits behind a file.  Chosen anew
 * after so many packets; NULL: none has anything. */
static n2_send_slot *
send_in_turn(n2_connection *c)
{
    uint64_t least = UINT64_MAX;
    uint32_t best = 0;

    if (c->n_sends && c->send_turn % TURN_PACKETS && bytes_left(c, c->send_at))
        return n2_connection_slot(c, c->send_at);
    for (uint32_t i = 1; c->n_sends && i <= N2_SENDS_MAX && least > N2_DATA_BYTES_MAX; i++) {
        uint32_t at = (c->send_at + i) % N2_SENDS_MAX;
        uint64_t left = bytes_left(c, at);

        if (left && (left < least || (left == least && is_older(c, at, best)))) {
            least = left;
            best = at;
        }
    }
    if (least == UINT64_MAX)
        return NULL;
    c->send_at = best;
    return n2_connection_slot(c, best);
}

bool
n2_connection_has_new(const n2_connection *c)
{
    if (c->stream.next < c->stream.end && c->stream.next < c->command_limit)
        return true;
    for (unsigned i = 0, seen = 0; seen < c->n_sends; i++) {
        if (!n2_connection_has_send(c, i))
            continue;
        seen++;
        const n2_outgoing *out = &n2_connection_slot(c, i)->out;
        if (out->next < out->end)
            return true;
    }
    return false;
}

/* Whose turn it is and up to which unit it may send; NULL: nothing to send. */
static n2_outgoing *
in_turn(n2_connection *c, uint64_t *limit, uint32_t *stream)
{
    if (n2_outgoing_wants(&c->stream, c->command_limit)) {
        *limit = c->command_limit;
        *stream = 0;
        return &c->stream;
    }
    n2_send_slot *slot = send_in_turn(c);
    if (!slot)
        return NULL;
    *limit = UINT64_MAX;
    *stream = (c->send_at + 1) | slot->generation << 8;
    return &slot->out;
}

size_t
n2_connection_wants(n2_connection *c, uint64_t now_us)
{
    uint64_t limit, first;
    uint32_t stream, n;
    bool again;

    c->pace_us = UINT64_MAX;
    /* At its end expire() says farewell. */
    if (c->state != N2_CONNECTION_OPEN || n2_connection_is_exhausted(c))
        return 0;
    n2_outgoing *o = in_turn(c, &limit, &stream);
    uint64_t held_us = o && stream && !c->is_begun ? begin_us(c, now_us) : 0;
    if (now_us >= c->ack_due_us)
        return n2_flight_room_control(&c->flight)
                   ? N2_SEALED_HEAD_BYTES + N2_CONTROL_BYTES + N2_TAG_BYTES
                   : 0;
    if (held_us) {
        c->pace_us = held_us;
        return 0;
    }
    if (!o || !n2_flight_room(&c->flight, ACK_PLACES) ||
        !n2_outgoing_choose(o, limit, c->packet_bytes, &first, &n, &again) ||
        !n2_rate_may_send(&c->rate, c->flight.bytes, now_us, &c->pace_us) ||
        !n2_notice_may_send(c, now_us, &c->pace_us))
        return 0;
    return N2_SEALED_HEAD_BYTES + (size_t)n * o->unit + N2_TAG_BYTES;
}

static size_t
build_units(n2_connection *c,
            n2_outgoing *o,
            uint32_t stream,
            uint64_t limit,
            uint8_t *out,
            uint64_t now_us)
{
    uint8_t scratch[N2_DATA_BYTES_MAX];
    uint64_t first;
    uint32_t n;
    bool again;

    if (!n2_outgoing_choose(o, limit, c->packet_bytes, &first, &n, &again))
        return 0;
    const uint8_t *data = n2_outgoing_peek(o, first, n, scratch);
    uint64_t address = o->address + first * (o->unit / N2_REGION_UNIT_BYTES);
    n2_flight_record record = {.sent_us = (uint32_t)now_us,
                               .stream = stream,
                               .n_units = n & 0x7f,
                               .is_again = again,
                               .unit = first,
                               .state = N2_FLIGHT_FLYING};
    n2_connection_turn_if_due(c, now_us);
    c->is_awake = true;
    size_t len = seal(c, address, data, (size_t)n * o->unit, out, &record.proof);
    if (!len)
        return 0;
    record.wire_bytes = (uint16_t)len;
    if (!c->flight.n_flying)
        c->progress_us = now_us;
    if (!n2_connection_awaits(c))
        c->asked_us = now_us;
    n2_rate_sent(&c->rate, (uint32_t)len, c->flight.bytes, now_us);
    n2_notice_sent(c, (uint32_t)len, now_us);
    n2_flight_add(&c->flight, &record);
    n2_outgoing_sent(o, first, n);
    c->n_resent += again;
    return len;
}

size_t
n2_connection_build(n2_connection *c, uint8_t *out, uint64_t now_us)
{
    uint64_t limit;
    uint32_t stream;

    if (now_us >= c->ack_due_us)
        return n2_connection_build_ack(c, out, now_us);
    n2_outgoing *o = in_turn(c, &limit, &stream);
    if (!o)
        return 0;
    c->send_turn += stream != 0;
    return build_units(c, o, stream, limit, out, now_us);
}
