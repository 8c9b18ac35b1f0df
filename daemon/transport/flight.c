/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flight.c - the ring of records behind acknowledgements and resends.
 */
#include "transport/flight.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum {
    CAPACITY_MIN = 64,
    CAPACITY_OWN = 256, /* places that count nowhere: 64 packets of data under way */
    REORDER = 3
};

/* Bytes of a ring that count in the pool. */
static size_t
counted(uint32_t capacity)
{
    return capacity > CAPACITY_OWN ? (capacity - CAPACITY_OWN) * sizeof(n2_flight_record) : 0;
}

static void
free_ring(n2_flight *f)
{
    if (f->ring)
        sodium_memzero(f->ring, f->capacity * sizeof *f->ring);
    n2_pool_give(f->pool, counted(f->capacity));
    free(f->ring);
}

void
n2_flight_clear(n2_flight *f)
{
    free_ring(f);
    *f = (n2_flight){0};
}

static n2_flight_record *
at(const n2_flight *f, uint64_t number)
{
    return &f->ring[number & (f->capacity - 1)];
}

const n2_flight_record *
n2_flight_peek(const n2_flight *f, uint64_t number)
{
    return number < f->held ? NULL : at(f, number);
}

/* Everything below `first` is settled. */
static void
advance(n2_flight *f)
{
    while (f->first < f->next && at(f, f->first)->state != N2_FLIGHT_FLYING)
        f->first++;
}

/* The last 512 stay, settled or not, since acknowledgements tell of them again and again; in a
 * small ring as many as there is room for. */
static bool
fits(const n2_flight *f, uint32_t spare)
{
    uint32_t keep = f->capacity / 2 < N2_ACK_COUNTERS ? f->capacity / 2 : N2_ACK_COUNTERS;
    uint32_t leave = f->capacity / 4 < spare ? f->capacity / 4 : spare;

    return f->next - f->first + keep + leave < f->capacity;
}

void
n2_flight_rest(n2_flight *f)
{
    advance(f);
    if (f->first < f->next)
        return;
    free_ring(f);
    f->ring = NULL;
    f->capacity = 0;
    f->held = f->next;
}

bool
n2_flight_room(n2_flight *f, uint32_t spare)
{
    if (fits(f, spare))
        return true;
    /* Who only acknowledges is told of nothing: his own messages are settled by looking. */
    advance(f);
    if (fits(f, spare))
        return true;
    if (f->capacity >= N2_FLIGHT_PACKETS_MAX) {
        f->n_full++;
        return false;
    }
    uint32_t capacity = f->ring ? 2 * f->capacity : CAPACITY_MIN;
    size_t more = counted(capacity) - counted(f->capacity);
    if (!n2_pool_take(f->pool, more))
        return false;
    n2_flight_record *ring = calloc(capacity, sizeof *ring);
    if (!ring) {
        n2_pool_give(f->pool, more);
        return false;
    }
    for (uint64_t number = f->held; number < f->next; number++)
        ring[number & (capacity - 1)] = *at(f, number);
    n2_pool *pool = f->pool;
    f->pool = NULL; /* what the old ring held, the new one holds */
    free_ring(f);
    f->pool = pool;
    f->ring = ring;
    f->capacity = capacity;
    return true;
}

void
n2_flight_add(n2_flight *f, const n2_flight_record *record)
{
    if (!f->ring) { /* a control message, n2_flight_room_control() said so */
        f->first = f->held = ++f->next;
        return;
    }
    *at(f, f->next) = *record;
    f->next++;
    /* A larger ring does not bring back what a smaller one forgot. */
    if (f->next - f->held > f->capacity)
        f->held = f->next - f->capacity;
    if (record->state == N2_FLIGHT_FLYING) {
        f->bytes += record->wire_bytes;
        f->n_flying++;
    }
}

static bool
claims(const n2_ack *ack, uint32_t i)
{
    return ack->bitmap[i / 64] >> (63 - i % 64) & 1;
}

n2_err
n2_flight_check(const n2_flight *f, const n2_ack *ack, const n2_flight_span *span)
{
    uint32_t proof = ack->proof;
    uint64_t highest = span->base + ack->highest;

    if (highest >= span->end || !claims(ack, 0))
        return N2_ERR_FORGED;
    uint32_t back = ack->highest < N2_ACK_COUNTERS ? ack->highest : N2_ACK_COUNTERS - 1;
    if (highest - back < f->held && !span->prf)
        return N2_ERR_STATE;
    for (uint32_t i = 0; i < N2_ACK_COUNTERS; i++) {
        if (!claims(ack, i))
            continue;
        if (i > ack->highest)
            return N2_ERR_FORGED;
        const n2_flight_record *r = n2_flight_peek(f, highest - i);
        if (!r) { /* settled long ago */
            proof ^= n2_prf_u32(span->prf, ack->highest - i);
            continue;
        }
        if (r->state == N2_FLIGHT_UNCOUNTED)
            return N2_ERR_FORGED;
        proof ^= r->proof;
    }
    return proof ? N2_ERR_FORGED : N2_OK;
}

static void
land(n2_flight *f, n2_flight_record *r, n2_flight_state state)
{
    if (r->state == N2_FLIGHT_FLYING) {
        f->bytes -= r->wire_bytes;
        f->n_flying--;
    }
    r->state = (uint8_t)state;
}

n2_flight_record *
n2_flight_next_acked(n2_flight *f, n2_flight_walk *walk)
{
    while (walk->i < N2_ACK_COUNTERS && walk->i <= walk->ack->highest) {
        uint32_t i = walk->i;
        uint64_t rest = walk->ack->bitmap[i / 64] << i % 64;
        if (!rest) {
            walk->i = (i / 64 + 1) * 64;
            continue;
        }
        i += (uint32_t)__builtin_clzll(rest);
        walk->i = i + 1;
        uint64_t number = walk->base + walk->ack->highest - i;
        if (number < f->held)
            continue;
        n2_flight_record *r = at(f, number);
        if (r->state == N2_FLIGHT_ACKED)
            continue;
        f->n_denied += r->state == N2_FLIGHT_DROPPED;
        land(f, r, N2_FLIGHT_ACKED);
        advance(f);
        return r;
    }
    return NULL;
}

n2_flight_record *
n2_flight_flying(n2_flight *f, uint64_t number, uint32_t proof)
{
    if (number < f->held || number >= f->next)
        return NULL;
    n2_flight_record *r = at(f, number);
    return r->state == N2_FLIGHT_FLYING && r->proof == proof ? r : NULL;
}

bool
n2_flight_is_acked(const n2_flight *f, uint64_t number)
{
    return number < f->held || (number < f->next && at(f, number)->state == N2_FLIGHT_ACKED);
}

void
n2_flight_drop(n2_flight *f, n2_flight_record *record)
{
    land(f, record, N2_FLIGHT_DROPPED);
    advance(f);
}

n2_flight_record *
n2_flight_next_lost(n2_flight *f, const n2_flight_doubt *doubt, uint64_t *cursor)
{
    if (*cursor < f->first)
        *cursor = f->first;
    while (*cursor < doubt->highest) {
        n2_flight_record *r = at(f, *cursor);
        bool is_earlier = *cursor < doubt->base;
        bool is_old = is_earlier ? (int32_t)(r->sent_us - doubt->earlier_us) < 0
                                 : doubt->highest - *cursor >= REORDER ||
                                       (int32_t)(r->sent_us - doubt->before_us) < 0;
        if (!is_old && !is_earlier)
            break;
        if (!is_old) {
            *cursor = doubt->base;
            continue;
        }
        ++*cursor;
        if (r->state != N2_FLIGHT_FLYING)
            continue;
        land(f, r, N2_FLIGHT_LOST);
        advance(f);
        return r;
    }
    return NULL;
}

void
n2_flight_slept(n2_flight *f, uint64_t pause_us)
{
    for (uint64_t n = f->first; n < f->next; n++)
        at(f, n)->sent_us += (uint32_t)pause_us;
}

n2_flight_record *
n2_flight_oldest(n2_flight *f, uint32_t before_us)
{
    advance(f);
    if (f->first == f->next)
        return NULL;
    n2_flight_record *r = at(f, f->first);
    if ((int32_t)(r->sent_us - before_us) >= 0)
        return NULL;
    land(f, r, N2_FLIGHT_LOST);
    advance(f);
    return r;
}
