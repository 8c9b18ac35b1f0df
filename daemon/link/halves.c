/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * halves.c - a place for each pair, found by its number; time is looked at only when it is
 *            wanted again, so no timer is needed.
 */
#include "link/halves.h"

#include <string.h>

static bool
is_first_half(const uint8_t *bytes, size_t len)
{
    return len == N2_HALF_BYTES && n2_kind_is_valid(bytes[0]) &&
           n2_packet_bytes(bytes[0]) > N2_HALF_BYTES;
}

n2_half_result
n2_halves_put(n2_halves *halves,
              const n2_frame *frame,
              const uint8_t *bytes,
              size_t len,
              uint64_t now_us,
              uint8_t **packet,
              size_t *packet_len)
{
    bool is_first = frame->kind == N2_FRAME_FIRST_HALF;
    uint16_t number = (uint16_t)((frame->number - !is_first) & N2_FRAME_NUMBER_MASK);
    n2_half *h = &halves->slots[number / 2 % N2_LINK_HALVES_MAX];
    n2_half_result result = N2_HALF_WAITS;

    if (is_first ? !is_first_half(bytes, len) : !len || len > N2_HALF_BYTES)
        return N2_HALF_BAD;
    if ((h->has_first || h->has_second) &&
        (h->number != number || now_us - h->since_us > N2_LINK_HALF_US)) {
        h->has_first = h->has_second = false;
        halves->n_waiting--;
        result = N2_HALF_REPLACED;
    }
    if (!h->has_first && !h->has_second) {
        h->number = number;
        h->since_us = now_us;
        halves->n_waiting++;
    }
    memcpy(h->bytes + (is_first ? 0 : N2_HALF_BYTES), bytes, len);
    if (is_first) {
        h->has_first = true;
    } else {
        h->has_second = true;
        h->second_bytes = (uint16_t)len;
    }
    if (!h->has_first || !h->has_second)
        return result;
    h->has_first = h->has_second = false;
    halves->n_waiting--;
    *packet = h->bytes;
    *packet_len = (size_t)N2_HALF_BYTES + h->second_bytes;
    return n2_packet_bytes(h->bytes[0]) == *packet_len ? N2_HALF_JOINED : N2_HALF_BAD;
}
