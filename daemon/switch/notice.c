/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notice.c - form of the notices.
 */
#include "switch/notice.h"

#include "base/reader.h"
#include "base/writer.h"
#include "switch/switch.h"
#include "wire/path.h"

static bool
is_cause(const n2_packet *p)
{
    return p->is_long && p->is_sealed && p->mode == N2_MODE_UNICAST;
}

bool
n2_switch_notice_about(n2_switch_notice *out, const uint8_t *cause, size_t len)
{
    n2_packet p;

    if (n2_packet_parse(&p, cause, len) || !is_cause(&p))
        return false;
    out->kind = cause[0];
    out->address = p.address;
    out->counter = p.counter;
    out->noise = p.noise;
    out->path = n2_path_answer(p.path);
    return true;
}

void
n2_switch_notice_write(uint8_t out[static N2_NOTICE_BYTES], const n2_switch_notice *notice)
{
    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_CONTROL,
                      .path = notice->path};
    size_t at = n2_packet_write_head(out, &head);
    n2_writer w = n2_writer_init(out + at, N2_NOTICE_DATA_BYTES);

    n2_write_u8(&w, N2_CONTROL_NOTICE);
    n2_write_u8(&w, (uint8_t)notice->reason);
    n2_write_u16(&w, notice->queue);
    n2_write_u8(&w, notice->rate);
    n2_write_u8(&w, notice->kind);
    n2_write_zero(&w, 2);
    n2_write_u64(&w, notice->address);
    n2_write_u32(&w, notice->counter);
    n2_write_u32(&w, notice->noise);
    n2_write_zero(&w, 8);
}

n2_err
n2_switch_notice_read(n2_switch_notice *out, const uint8_t *bytes, size_t len)
{
    n2_packet p;
    n2_err err = n2_packet_parse(&p, bytes, len);

    if (err)
        return err;
    n2_reader r = n2_reader_init(p.data, p.data_bytes);
    uint8_t type = n2_read_u8(&r);
    uint8_t reason = n2_read_u8(&r);
    n2_switch_notice n = {.reason = (n2_notice_reason)reason, .path = p.path};

    n.queue = n2_read_u16(&r);
    n.rate = n2_read_u8(&r);
    n.kind = n2_read_u8(&r);
    n2_read_zero(&r, 2);
    n.address = n2_read_u64(&r);
    n.counter = n2_read_u32(&r);
    n.noise = n2_read_u32(&r);
    n2_read_zero(&r, 8);
    bool is_about =
        n2_kind_is_valid(n.kind) && n.kind & N2_KIND_LONG && n.kind & N2_KIND_SEALED;
    if (type != N2_CONTROL_NOTICE || (reason != N2_NOTICE_DROPPED && reason != N2_NOTICE_JAM) ||
        !is_about || !p.is_long || p.is_sealed || p.phase || p.address)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    err = n2_reader_finish(&r);
    if (!err)
        *out = n;
    return err;
}
