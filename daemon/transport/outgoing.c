/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * outgoing.c - what of a piece of memory is sent, lost and acknowledged.
 */
#include "transport/outgoing.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_UNIT = 32,
    RING_UNITS_MIN = 64, /* 2 KiB */
    LINE_BYTES = 64
};

static bool
get(const n2_outgoing *o, const uint64_t *bits, uint64_t unit)
{
    uint64_t at = unit % o->room_units;
    return bits[at / 64] >> at % 64 & 1;
}

static void
put(const n2_outgoing *o, uint64_t *bits, uint64_t unit, bool value)
{
    uint64_t at = unit % o->room_units;
    uint64_t bit = UINT64_C(1) << at % 64;

    bits[at / 64] = value ? bits[at / 64] | bit : bits[at / 64] & ~bit;
}

/* Bytes that count in the pool: the first ring and the shortest bit sets are everybody's. */
static size_t
counted(const n2_outgoing *o, uint64_t units)
{
    if (units <= RING_UNITS_MIN)
        return 0;
    size_t bits = 2 * (size_t)((units + 63) / 64) * sizeof *o->acked;
    return o->is_ring ? bits + (size_t)(units - RING_UNITS_MIN) * o->unit : bits;
}

static n2_err
make_bits(n2_outgoing *o)
{
    size_t words = (o->room_units + 63) / 64;

    if (words == 1 && !o->is_ring) {
        o->few[0] = o->few[1] = 0;
        o->acked = &o->few[0];
        o->lost = &o->few[1];
        return N2_OK;
    }
    o->acked = calloc(words, sizeof *o->acked);
    o->lost = calloc(words, sizeof *o->lost);
    return o->acked && o->lost ? N2_OK : N2_ERR_NOMEM;
}

n2_err
n2_outgoing_init(n2_outgoing *o,
                 uint64_t tag,
                 uint64_t address,
                 const uint8_t *memory,
                 uint64_t size,
                 uint32_t unit)
{
    if (!size || !memory || (unit != 32 && unit != 128 && unit != 512 && unit != 2048))
        return N2_ERR_USAGE;
    *o = (n2_outgoing){.tag = tag,
                       .address = address,
                       .memory = memory,
                       .size = size,
                       .unit = unit,
                       .n_units = (size + unit - 1) / unit};
    o->end = o->room_units = o->n_units;
    n2_err err = make_bits(o);
    if (err)
        n2_outgoing_clear(o);
    return err;
}

n2_err
n2_outgoing_init_ring(n2_outgoing *o, uint64_t address, uint64_t size)
{
    if (!size || size % 2048)
        return N2_ERR_USAGE;
    *o = (n2_outgoing){.address = address,
                       .size = size,
                       .unit = STREAM_UNIT,
                       .is_ring = true,
                       .n_units = size / STREAM_UNIT};
    return N2_OK;
}

n2_err
n2_outgoing_share(n2_outgoing *o, n2_pool *pool)
{
    if (!n2_pool_take(pool, counted(o, o->room_units)))
        return N2_ERR_LIMIT;
    o->pool = pool;
    return N2_OK;
}

n2_err
n2_outgoing_make_room(n2_outgoing *o, size_t len)
{
    n2_outgoing grown = *o;
    uint64_t need = o->end - o->base + (len + o->unit - 1) / o->unit;

    if (need <= o->room_units)
        return N2_OK;
    if (!grown.room_units)
        grown.room_units = RING_UNITS_MIN;
    while (need > grown.room_units)
        grown.room_units *= 2;
    size_t more = counted(o, grown.room_units) - counted(o, o->room_units);
    if (!n2_pool_take(o->pool, more))
        return N2_ERR_LIMIT;
    grown.pool = NULL; /* until it is the one */
    grown.memory = grown.ring = malloc(grown.room_units * o->unit);
    n2_err err = make_bits(&grown);
    if (!grown.ring || err) {
        n2_outgoing_rest(&grown);
        n2_pool_give(o->pool, more);
        return N2_ERR_NOMEM;
    }
    for (uint64_t u = o->base; u < o->end; u++) {
        memcpy(grown.ring + u % grown.room_units * o->unit,
               o->ring + u % o->room_units * o->unit, o->unit);
        put(&grown, grown.acked, u, get(o, o->acked, u));
        put(&grown, grown.lost, u, get(o, o->lost, u));
    }
    grown.pool = o->pool;
    o->pool = NULL; /* what the old one held, the new one holds */
    n2_outgoing_rest(o);
    *o = grown;
    return N2_OK;
}

void
n2_outgoing_rest(n2_outgoing *o)
{
    if (o->ring)
        sodium_memzero(o->ring, o->room_units * o->unit);
    n2_pool_give(o->pool, counted(o, o->room_units));
    free(o->ring);
    if (o->acked != &o->few[0]) {
        free(o->acked);
        free(o->lost);
    }
    o->memory = o->ring = NULL;
    o->acked = o->lost = NULL;
    o->room_units = 0;
}

void
n2_outgoing_clear(n2_outgoing *o)
{
    n2_outgoing_rest(o);
    *o = (n2_outgoing){0};
}

size_t
n2_outgoing_room(const n2_outgoing *o)
{
    return o->is_ring ? (size_t)((o->n_units - (o->end - o->base)) * o->unit) : 0;
}

void
n2_outgoing_append(n2_outgoing *o, const uint8_t *bytes, size_t len)
{
    size_t padded = (len + o->unit - 1) / o->unit * o->unit;

    size_t size = (size_t)(o->room_units * o->unit);

    for (size_t done = 0; done < padded;) {
        size_t at = (size_t)(o->end % o->room_units * o->unit);
        size_t step = size - at < padded - done ? size - at : padded - done;
        size_t real = done >= len ? 0 : len - done < step ? len - done : step;
        memcpy(o->ring + at, bytes + done, real);
        memset(o->ring + at + real, 0, step - real);
        o->end += step / o->unit;
        done += step;
    }
}

/* The longest packet of units that all pass @want (bit in @bits is set, or no bits: any), from
 * @first, not past @stop and not over the ring's edge. */
static uint32_t
stretch(const n2_outgoing *o,
        const uint64_t *bits,
        uint64_t first,
        uint64_t stop,
        uint32_t bytes_max)
{
    uint32_t most = bytes_max / o->unit;
    uint32_t n = 1;

    if (!o->is_ring)
        return 1;
    if (stop - first < most)
        most = (uint32_t)(stop - first);
    if (o->room_units - first % o->room_units < most)
        most = (uint32_t)(o->room_units - first % o->room_units);
    for (uint32_t size = 4; size <= most; size *= 4) {
        while (n < size && (!bits || get(o, bits, first + n)))
            n++;
        if (n < size)
            return size / 4;
    }
    return n;
}

bool
n2_outgoing_wants(const n2_outgoing *o, uint64_t limit_units)
{
    uint64_t stop = o->end < limit_units ? o->end : limit_units;

    return o->n_lost || o->next < stop;
}

bool
n2_outgoing_choose(n2_outgoing *o,
                   uint64_t limit_units,
                   uint32_t bytes_max,
                   uint64_t *first,
                   uint32_t *n,
                   bool *again)
{
    uint64_t stop = o->end < limit_units ? o->end : limit_units;

    *again = o->n_lost > 0;
    if (o->n_lost) {
        uint64_t u = o->search > o->base ? o->search : o->base;
        while (u < o->next && !get(o, o->lost, u))
            u++;
        o->search = u;
        *first = u;
        *n = stretch(o, o->lost, u, o->next, bytes_max);
        return true;
    }
    if (o->next >= stop)
        return false;
    *first = o->next;
    *n = stretch(o, NULL, o->next, stop, bytes_max);
    return true;
}

void
n2_outgoing_sent(n2_outgoing *o, uint64_t first, uint32_t n)
{
    for (uint64_t u = first; u < first + n; u++) {
        if (u >= o->next || !get(o, o->lost, u))
            continue;
        put(o, o->lost, u, false);
        o->n_lost--;
    }
    if (first + n > o->next)
        o->next = first + n;
}

const uint8_t *
n2_outgoing_peek(const n2_outgoing *o, uint64_t first, uint32_t n, uint8_t scratch[static 2048])
{
    uint64_t at = first % o->room_units * o->unit;
    size_t want = (size_t)n * o->unit;

    if (o->is_ring || o->size - at >= want) {
        /* What follows is likely sent next, and comes from a file: it is cold. */
        if (o->size - at >= 2 * want && !o->is_ring)
            for (size_t line = 0; line < want; line += LINE_BYTES)
                __builtin_prefetch(o->memory + at + want + line);
        return o->memory + at;
    }
    size_t real = (size_t)(o->size - at);
    memcpy(scratch, o->memory + at, real);
    memset(scratch + real, 0, want - real);
    return scratch;
}

/* @n units from place @at on. */
static void
mark_acked(n2_outgoing *o, uint64_t at, uint64_t n)
{
    while (n) {
        uint64_t last = o->room_units - at, k = 64 - at % 64;
        k = k < n ? k : n;
        k = k < last ? k : last;
        uint64_t bits = (k < 64 ? (UINT64_C(1) << k) - 1 : UINT64_MAX) << at % 64;
        uint64_t fresh = bits & ~o->acked[at / 64], lost = fresh & o->lost[at / 64];

        o->acked[at / 64] |= fresh;
        o->lost[at / 64] &= ~lost;
        o->n_acked += (uint64_t)__builtin_popcountll(fresh);
        o->n_lost -= (uint64_t)__builtin_popcountll(lost);
        n -= k;
        at = at + k == o->room_units ? 0 : at + k;
    }
}

void
n2_outgoing_acked(n2_outgoing *o, uint64_t first, uint32_t n)
{
    uint64_t end = first + n < o->next ? first + n : o->next;
    uint64_t from = first > o->base ? first : o->base;

    if (from < end)
        mark_acked(o, from % o->room_units, end - from);
    if (o->base == o->next)
        return;
    /* Where it stands is reckoned once: a division for each unit took longer than all else. */
    for (uint64_t at = o->base % o->room_units; o->base < o->next; o->base++) {
        uint64_t bit = UINT64_C(1) << at % 64;
        if (!(o->acked[at / 64] & bit))
            break;
        if (o->is_ring)
            o->acked[at / 64] &= ~bit;
        at = at + 1 == o->room_units ? 0 : at + 1;
    }
}

void
n2_outgoing_lost(n2_outgoing *o, uint64_t first, uint32_t n)
{
    for (uint64_t u = first; u < first + n; u++) {
        if (u < o->base || u >= o->next || get(o, o->acked, u) || get(o, o->lost, u))
            continue;
        put(o, o->lost, u, true);
        o->n_lost++;
        if (u < o->search)
            o->search = u;
    }
}
