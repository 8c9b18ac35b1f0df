/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * path.c - answers and routes; the switch's step is inline in the header.
 */
#include "wire/path.h"

#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"

uint64_t
n2_path_answer(uint64_t word)
{
    unsigned used = n2_path_used(word);
    uint64_t labels = n2_bits_reverse(word >> N2_PATH_USED_BITS, N2_PATH_BITS);

    if (used < N2_PATH_BITS)
        labels = labels >> (N2_PATH_BITS - used) << (N2_PATH_BITS - used);
    return labels << N2_PATH_USED_BITS;
}

uint16_t
n2_path_answer_short(uint16_t word)
{
    unsigned used = word & ((1u << N2_SHORT_PATH_USED_BITS) - 1);
    uint64_t labels = n2_bits_reverse(word >> N2_SHORT_PATH_USED_BITS, N2_SHORT_PATH_BITS);

    if (used < N2_SHORT_PATH_BITS)
        labels = labels >> (N2_SHORT_PATH_BITS - used) << (N2_SHORT_PATH_BITS - used);
    return (uint16_t)(labels << N2_SHORT_PATH_USED_BITS);
}

n2_err
n2_route_add(n2_route *route, unsigned width, uint32_t port)
{
    if (width < 1 || width > N2_SWITCH_WIDTH_MAX || port >> width)
        return N2_ERR_USAGE;
    if (route->bits + width > N2_PATH_BITS)
        return N2_ERR_LIMIT;
    route->bits = (uint8_t)(route->bits + width);
    route->word |= (uint64_t)port << (64 - route->bits);
    return N2_OK;
}

n2_err
n2_route_join(n2_route *route, const n2_route *tail)
{
    if (route->bits + tail->bits > N2_PATH_BITS)
        return N2_ERR_LIMIT;
    route->word |= tail->word >> route->bits;
    route->bits = (uint8_t)(route->bits + tail->bits);
    return N2_OK;
}

void
n2_route_write(uint8_t out[static N2_PATH_STORED_BYTES], const n2_route *route)
{
    n2_writer w = n2_writer_init(out, N2_PATH_STORED_BYTES);

    n2_write_u64(&w, route->word);
    n2_write_u8(&w, route->bits);
}

n2_err
n2_route_read(n2_route *out, const uint8_t in[static N2_PATH_STORED_BYTES])
{
    n2_reader r = n2_reader_init(in, N2_PATH_STORED_BYTES);
    n2_route route = {.word = n2_read_u64(&r)};

    route.bits = n2_read_u8(&r);
    if (route.bits > N2_PATH_BITS || route.word << route.bits)
        return N2_ERR_FORMAT;
    *out = route;
    return N2_OK;
}
