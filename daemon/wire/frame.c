/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frame.c - datagram heads, and the walk over a bundle.
 */
#include "wire/frame.h"

#include <assert.h>

#include "base/reader.h"
#include "base/writer.h"

_Static_assert(2 * N2_HALF_BYTES == N2_PACKET_BYTES_MAX, "two halves make the longest packet");

n2_err
n2_frame_read(n2_frame *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    uint64_t token = n2_read_u48(&r);
    uint16_t tail = n2_read_u16(&r);

    if (r.err)
        return r.err;
    *out = (n2_frame){.token = token,
                      .kind = (uint8_t)(tail >> N2_FRAME_NUMBER_BITS),
                      .number = tail & N2_FRAME_NUMBER_MASK};
    return N2_OK;
}

void
n2_frame_write(uint8_t out[static N2_FRAME_HEAD_BYTES], const n2_frame *frame)
{
    n2_writer w = n2_writer_init(out, N2_FRAME_HEAD_BYTES);

    assert(frame->kind <= N2_FRAME_CONTROL && frame->number <= N2_FRAME_NUMBER_MASK);
    n2_write_u48(&w, frame->token);
    n2_write_u16(&w, (uint16_t)(frame->kind << N2_FRAME_NUMBER_BITS | frame->number));
}

n2_err
n2_bundle_next(n2_bundle *b, uint8_t **packet, size_t *len)
{
    n2_err err = N2_OK;
    uint8_t kind = b->left ? *b->at : 0;

    if (!kind)
        err = N2_ERR_NOTFOUND;
    else if ((kind & N2_KIND_VERSION_MASK) != N2_KIND_VERSION)
        err = N2_ERR_VERSION;
    else if (!n2_kind_is_valid(kind))
        err = N2_ERR_FORMAT;
    else if (n2_packet_bytes(kind) > b->left)
        err = N2_ERR_TRUNCATED;
    if (err) {
        b->left = 0;
        return err;
    }
    *packet = b->at;
    *len = n2_packet_bytes(kind);
    b->at += *len;
    b->left -= *len;
    return N2_OK;
}
