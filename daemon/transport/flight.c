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
    if (f->memo)
        sodium_memzero(f->memo, sizeof *f->memo);
    free(f->memo);
    f->memo = NULL;
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

/* ---- acknowledgements ---- */

static uint32_t
block_of(uint32_t counter)
{
    return counter / 64;
}

/* What @ack claims of the @k-th block from its highest counter down; of the first and the last
 * one only a part is in its bitmap. */
static uint64_t
claims(const n2_ack *ack, uint32_t k)
{
    uint32_t bit = ack->highest % 64;
    uint64_t low = k < N2_ACK_WORDS ? ack->bitmap[k] >> (63 - bit) : 0;
    uint64_t high = k && bit < 63 ? ack->bitmap[k - 1] << (bit + 1) : 0;

    return low | high;
}

/* What is remembered of a block of @base's key; NULL: nothing. */
static n2_flight_memo *
memo_for(n2_flight *f, uint64_t base)
{
    if (f->ring && !f->memo)
        f->memo = calloc(1, sizeof *f->memo);
    if (f->memo && f->memo->base != base)
        *f->memo = (n2_flight_memo){.base = base};
    return f->memo;
}

/* Finds the halves of @bits of block @block; false: one of them was never to be acknowledged,
 * unless
 * @is_known. */
static bool
halves(const n2_flight *f,
       const n2_flight_span *span,
       uint32_t block,
       uint64_t bits,
       bool is_known,
       uint64_t *proof)
{
    for (; bits; bits &= bits - 1) {
        uint32_t counter = 64 * block + (uint32_t)__builtin_ctzll(bits);
        const n2_flight_record *r = n2_flight_peek(f, span->base + counter);
        if (r && r->state == N2_FLIGHT_UNCOUNTED && !is_known)
            return false;
        *proof ^= r ? r->proof : n2_prf_u32(span->prf, counter); /* settled long ago */
    }
    return true;
}

/* The same, of those alone that were not claimed before, or are not any more. */
static bool
halves_again(
    n2_flight *f, const n2_flight_span *span, uint32_t block, uint64_t bits, uint64_t *proof)
{
    n2_flight_memo *memo = f->memo;
    size_t i = block % N2_FLIGHT_BLOCKS;
    uint64_t was = memo->blocks[i].number == (uint64_t)block + 1 ? memo->blocks[i].bits : 0;
    uint64_t sum = was ? memo->blocks[i].proof : 0;

    if (memo->blocks[i].number != (uint64_t)block + 1)
        memo->blocks[i].taken = 0;
    memo->blocks[i].number = 0;
    if (!halves(f, span, block, bits & ~was, false, &sum) ||
        !halves(f, span, block, was & ~bits, true, &sum))
        return false;
    memo->blocks[i].number = (uint64_t)block + 1;
    memo->blocks[i].bits = bits;
    memo->blocks[i].proof = sum;
    *proof ^= sum;
    return true;
}

n2_err
n2_flight_check(n2_flight *f, const n2_ack *ack, const n2_flight_span *span)
{
    uint64_t highest = span->base + ack->highest, proof = ack->proof;
    n2_flight_memo *memo = span->prf ? memo_for(f, span->base) : NULL;

    if (highest >= span->end || !(ack->bitmap[0] >> 63))
        return N2_ERR_FORGED;
    uint32_t back = ack->highest < N2_ACK_COUNTERS ? ack->highest : N2_ACK_COUNTERS - 1;
    if (highest - back < f->held && !span->prf)
        return N2_ERR_STATE;
    for (uint32_t k = 0; k < N2_FLIGHT_BLOCKS; k++) {
        uint64_t bits = claims(ack, k);
        uint32_t block = block_of(ack->highest) - k;
        if (k > block_of(ack->highest)) { /* below the first counter */
            if (bits)
                return N2_ERR_FORGED;
            continue;
        }
        if (!(memo ? halves_again(f, span, block, bits, &proof)
                   : halves(f, span, block, bits, false, &proof)))
            return N2_ERR_FORGED;
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

/* What was settled of block @block; NULL: nobody has noted it. */
static uint64_t *
taken_of(n2_flight *f, uint64_t base, uint32_t block)
{
    n2_flight_memo *memo = f->memo;
    size_t i = block % N2_FLIGHT_BLOCKS;

    return memo && memo->base == base && memo->blocks[i].number == (uint64_t)block + 1
               ? &memo->blocks[i].taken
               : NULL;
}

n2_flight_record *
n2_flight_next_acked(n2_flight *f, n2_flight_walk *walk)
{
    uint32_t highest = walk->ack->highest;

    while (walk->i < N2_ACK_COUNTERS && walk->i <= highest) {
        uint32_t counter = highest - walk->i, block = block_of(counter);
        uint64_t *taken = taken_of(f, walk->base, block);
        uint64_t bits = claims(walk->ack, block_of(highest) - block) &
                        (UINT64_MAX >> (63 - counter % 64)) & ~(taken ? *taken : 0);
        if (!bits) {
            walk->i = highest - 64 * block + 1;
            continue;
        }
        counter = 64 * block + 63 - (uint32_t)__builtin_clzll(bits);
        walk->i = highest - counter + 1;
        if (taken)
            *taken |= UINT64_C(1) << counter % 64;
        uint64_t number = walk->base + counter;
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
