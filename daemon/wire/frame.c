/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frame.c - datagram heads, written; what reads them is in frame.h.
 */
#include "wire/frame.h"

#include <assert.h>

#include "base/writer.h"

_Static_assert(N2_FRAME_HEAD_BYTES == sizeof(uint64_t), "the head is one word");
_Static_assert(2 * N2_HALF_BYTES == N2_PACKET_BYTES_MAX, "two halves make the longest packet");

void
n2_frame_write(uint8_t out[static N2_FRAME_HEAD_BYTES], const n2_frame *frame)
{
    n2_writer w = n2_writer_init(out, N2_FRAME_HEAD_BYTES);

    assert(frame->kind <= N2_FRAME_CONTROL && frame->number <= N2_FRAME_NUMBER_MASK);
    n2_write_u48(&w, frame->token);
    n2_write_u16(&w, (uint16_t)(frame->kind << N2_FRAME_NUMBER_BITS | frame->number));
}
