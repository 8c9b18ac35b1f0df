/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ack.c - encoding of control messages.
 */
#include "transport/ack.h"

#include "base/reader.h"
#include "base/writer.h"

enum {
    CLOSE_ZERO_BYTES = N2_CONTROL_BYTES - 8,
    MOVED_ZERO_BYTES = N2_CONTROL_BYTES - 8,
    CHECK_ZERO_BYTES = N2_CONTROL_BYTES - 16,
    FRESH_ZERO_BYTES = N2_CONTROL_BYTES - 4 - N2_FRESH_E_BYTES,
    ASKS = 0x80
};

static n2_ack
read_ack(n2_reader *r)
{
    n2_ack a = {0};

    uint8_t epoch = n2_read_u8(r);
    a.epoch = epoch & N2_ACK_EPOCH_MASK;
    a.asks = epoch & ASKS;
    a.jams = n2_read_u16(r);
    a.highest = n2_read_u32(r);
    a.arrived_us = n2_read_u32(r);
    a.held_us = n2_read_u32(r);
    for (size_t i = 0; i < N2_ACK_WORDS; i++)
        a.bitmap[i] = n2_read_u64(r);
    a.proof = n2_read_u32(r);
    a.command_end = n2_read_u64(r);
    a.data_end = n2_read_u64(r);
    a.hole = n2_read_u64(r);
    a.hole_bytes = n2_read_u32(r);
    a.received = n2_read_u64(r);
    a.check = n2_read_u64(r);
    return a;
}

bool
n2_ack_is_empty(const n2_ack *ack)
{
    uint64_t any = 0;

    for (size_t i = 0; i < N2_ACK_WORDS; i++)
        any |= ack->bitmap[i];
    return !any;
}

static void
read_fresh(n2_reader *r, n2_control_message *m)
{
    uint8_t is_answer = n2_read_u8(r);

    n2_read_zero(r, 2);
    n2_read_copy(r, m->e, sizeof m->e);
    n2_read_zero(r, FRESH_ZERO_BYTES);
    m->is_answer = is_answer;
    if (is_answer > 1)
        n2_reader_fail(r, N2_ERR_FORMAT);
}

n2_err
n2_control_decode(n2_control_message *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_control_message m = {.type = N2_CONTROL_CLOSE};

    uint8_t type = n2_read_u8(&r);
    switch (type) {
    case N2_CONTROL_ACK:
        m.type = N2_CONTROL_ACK;
        m.ack = read_ack(&r);
        break;
    case N2_CONTROL_CLOSE:
        n2_read_zero(&r, 3);
        m.error = n2_err_from_int((int)n2_read_u32(&r));
        n2_read_zero(&r, CLOSE_ZERO_BYTES);
        break;
    case N2_CONTROL_MOVED:
        m.type = N2_CONTROL_MOVED;
        n2_read_zero(&r, 3);
        m.move = n2_read_u32(&r);
        n2_read_zero(&r, MOVED_ZERO_BYTES);
        if (!m.move)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    case N2_CONTROL_CHECK:
    case N2_CONTROL_CHECKED:
        m.type = (n2_control_type)type;
        n2_read_zero(&r, 3);
        m.move = n2_read_u32(&r);
        m.check = n2_read_u64(&r);
        n2_read_zero(&r, CHECK_ZERO_BYTES);
        break;
    case N2_CONTROL_FRESH:
        m.type = N2_CONTROL_FRESH;
        read_fresh(&r, &m);
        break;
    default:
        n2_reader_fail(&r, N2_ERR_FORMAT);
    }
    n2_err err = n2_reader_finish(&r);
    *out = err ? (n2_control_message){.type = N2_CONTROL_CLOSE} : m;
    return err;
}

static void
write_ack(n2_writer *w, const n2_ack *a)
{
    n2_write_u8(w, N2_CONTROL_ACK);
    n2_write_u8(w, (uint8_t)(a->epoch | (a->asks ? ASKS : 0)));
    n2_write_u16(w, a->jams);
    n2_write_u32(w, a->highest);
    n2_write_u32(w, a->arrived_us);
    n2_write_u32(w, a->held_us);
    for (size_t i = 0; i < N2_ACK_WORDS; i++)
        n2_write_u64(w, a->bitmap[i]);
    n2_write_u32(w, a->proof);
    n2_write_u64(w, a->command_end);
    n2_write_u64(w, a->data_end);
    n2_write_u64(w, a->hole);
    n2_write_u32(w, a->hole_bytes);
    n2_write_u64(w, a->received);
    n2_write_u64(w, a->check);
}

void
n2_control_encode(const n2_control_message *message, uint8_t bytes[static N2_CONTROL_BYTES])
{
    n2_writer w = n2_writer_init(bytes, N2_CONTROL_BYTES);

    switch (message->type) {
    case N2_CONTROL_ACK:
        write_ack(&w, &message->ack);
        break;
    case N2_CONTROL_CLOSE:
        n2_write_u8(&w, N2_CONTROL_CLOSE);
        n2_write_zero(&w, 3);
        n2_write_u32(&w, (uint32_t)message->error);
        n2_write_zero(&w, CLOSE_ZERO_BYTES);
        break;
    case N2_CONTROL_MOVED:
        n2_write_u8(&w, N2_CONTROL_MOVED);
        n2_write_zero(&w, 3);
        n2_write_u32(&w, message->move);
        n2_write_zero(&w, MOVED_ZERO_BYTES);
        break;
    case N2_CONTROL_CHECK:
    case N2_CONTROL_CHECKED:
        n2_write_u8(&w, (uint8_t)message->type);
        n2_write_zero(&w, 3);
        n2_write_u32(&w, message->move);
        n2_write_u64(&w, message->check);
        n2_write_zero(&w, CHECK_ZERO_BYTES);
        break;
    case N2_CONTROL_FRESH:
        n2_write_u8(&w, N2_CONTROL_FRESH);
        n2_write_u8(&w, message->is_answer);
        n2_write_zero(&w, 2);
        n2_write_bytes(&w, message->e, sizeof message->e);
        n2_write_zero(&w, FRESH_ZERO_BYTES);
        break;
    }
}
