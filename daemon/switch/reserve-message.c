/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve-message.c - form of the messages about reservations.
 */
#include "switch/reserve-message.h"

#include "base/reader.h"
#include "base/writer.h"
#include "switch/switch.h"

enum {
    WHAT_MASK = 0x07,
    WHAT_ALLOTMENT = 0x08
};

const char *
n2_reserve_reason_word(uint8_t reason)
{
    switch ((n2_reserve_reason)reason) {
#define X(name, number, word)                                                                  \
    case name:                                                                                 \
        return word;
        N2_RESERVE_REASON_LIST(X)
#undef X
    case N2_RESERVE_REASONS:
        break;
    }
    return "unknown";
}

bool
n2_reserve_is_message(const uint8_t *bytes, size_t len)
{
    return len == N2_RESERVE_BYTES && bytes[N2_LONG_HEAD_BYTES] == N2_CONTROL_RESERVE;
}

void
n2_reserve_message_write(uint8_t out[static N2_RESERVE_BYTES],
                         const n2_reserve_message *message)
{
    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_CONTROL,
                      .path = message->path};
    n2_writer w = n2_writer_init(out + n2_packet_write_head(out, &head), N2_RESERVE_DATA_BYTES);
    unsigned what = N2_CONTROL_HOPS | (unsigned)message->what;

    n2_write_u8(&w, N2_CONTROL_RESERVE);
    n2_write_u8(&w, (uint8_t)(what | (message->is_allotment ? WHAT_ALLOTMENT : 0)));
    n2_write_u8(&w, message->class);
    n2_write_u8(&w, message->place);
    n2_write_u8(&w, message->reason);
    n2_write_u8(&w, message->unsure);
    n2_write_u8(&w, message->from);
    n2_write_zero(&w, 1);
    n2_write_u64(&w, message->id);
    n2_write_u32(&w, message->kbps);
    n2_write_u32(&w, message->offer_kbps);
    n2_write_u64(&w, message->marks);
}

n2_err
n2_reserve_message_read(n2_reserve_message *out, const uint8_t *bytes, size_t len)
{
    n2_packet p;
    n2_err err = n2_packet_parse(&p, bytes, len);

    if (err)
        return err;
    n2_reader r = n2_reader_init(p.data, p.data_bytes);
    uint8_t type = n2_read_u8(&r), what = n2_read_u8(&r);
    n2_reserve_message m = {.what = (n2_reserve_what)(what & WHAT_MASK),
                            .is_allotment = what & WHAT_ALLOTMENT,
                            .path = p.path};

    m.class = n2_read_u8(&r);
    m.place = n2_read_u8(&r);
    m.reason = n2_read_u8(&r);
    m.unsure = n2_read_u8(&r);
    m.from = n2_read_u8(&r);
    n2_read_zero(&r, 1);
    m.id = n2_read_u64(&r);
    m.kbps = n2_read_u32(&r);
    m.offer_kbps = n2_read_u32(&r);
    m.marks = n2_read_u64(&r);
    what &= (uint8_t) ~(WHAT_MASK | WHAT_ALLOTMENT);
    if (type != N2_CONTROL_RESERVE || what != N2_CONTROL_HOPS || m.what < N2_RESERVE_ASK ||
        m.what > N2_RESERVE_CUT || m.class > N2_CLASS_HIGH || !m.kbps ||
        p.mode != N2_MODE_CONTROL || !p.is_long || p.is_sealed || p.phase || p.address)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    err = n2_reader_finish(&r);
    if (!err)
        *out = m;
    return err;
}
