/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * region.c - the table of regions and the bits of what has arrived.
 *
 * A command region is a ring: its units are counted for ever, bit and byte of unit u lie at
 * u modulo the ring, and what lies before the head is there by definition.
 */
#include "transport/region.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    RING_UNITS_MIN = 64 /* 2 KiB */
};

n2_err
n2_region_table_init(n2_region_table *t)
{
    *t = (n2_region_table){.next = 1};
    t->by_index = calloc(N2_REGION_INDICES, sizeof *t->by_index);
    t->generation = calloc(N2_REGION_PLANE_MAX + 1, sizeof *t->generation);
    if (t->by_index && t->generation)
        return N2_OK;
    n2_region_table_clear(t);
    return N2_ERR_NOMEM;
}

/* Bytes of a ring that count in the pool: the first ones are everybody's. */
static size_t
counted(const n2_region *r, uint64_t ring_units)
{
    return ring_units > RING_UNITS_MIN ? (size_t)(ring_units - RING_UNITS_MIN) * r->unit : 0;
}

static void
free_ring(n2_region *r)
{
    if (r->memory)
        sodium_memzero(r->memory, r->ring_units * r->unit);
    n2_pool_give(r->pool, counted(r, r->ring_units));
    free(r->memory);
    r->memory = NULL;
    r->ring_units = 0;
}

void
n2_region_rest(n2_region *r)
{
    free_ring(r);
    free(r->have);
    r->have = NULL;
}

static void
region_free(n2_region *r)
{
    if (r->kind == N2_REGION_COMMAND)
        n2_region_rest(r);
    free(r->have);
    free(r);
}

void
n2_region_table_clear(n2_region_table *t)
{
    for (uint32_t i = 1; t->by_index && t->n_regions && i < N2_REGION_INDICES; i++)
        while (t->by_index[i])
            n2_region_drop(t, t->by_index[i]);
    free(t->by_index);
    free(t->generation);
    *t = (n2_region_table){0};
}

/* A free number of the plane's own, searched from where the last search ended, so that a
 * dropped number rests for as long as possible; 0 if there is none. */
static uint64_t
choose(n2_region_table *t)
{
    for (uint32_t tried = 0; tried < N2_REGION_PLANE_MAX; tried++) {
        uint32_t index = t->next;
        t->next = t->next == N2_REGION_PLANE_MAX ? 1 : t->next + 1;
        if (!t->by_index[index])
            return n2_region_address(index, t->generation[index]++);
    }
    return 0;
}

static bool
unit_allowed(uint32_t unit)
{
    return unit == 32 || unit == 128 || unit == 512 || unit == 2048;
}

n2_err
n2_region_make(n2_region_table *t,
               n2_region **out,
               n2_region_kind kind,
               uint32_t slot,
               uint64_t address,
               uint8_t *memory,
               uint64_t size,
               uint32_t unit)
{
    bool queue = kind == N2_REGION_CONTROL;
    bool ring = kind == N2_REGION_COMMAND;

    if (!queue && (!unit_allowed(unit) || !size || size % unit || !memory != ring))
        return N2_ERR_USAGE;
    if (!queue && size / N2_REGION_UNIT_BYTES > UINT32_MAX)
        return N2_ERR_USAGE;
    if (address &&
        (address >> 63 || (uint32_t)address || n2_region_index(address) <= N2_REGION_PLANE_MAX))
        return N2_ERR_USAGE;
    n2_region *before = address ? t->by_index[n2_region_index(address)] : NULL;
    if (before &&
        (before->kind != N2_REGION_GONE || before->slot != slot || n2_region_find(t, address)))
        return N2_ERR_EXISTS;
    if (!address && !(address = choose(t)))
        return N2_ERR_LIMIT;

    n2_region *r = calloc(1, sizeof *r);
    if (!r)
        return N2_ERR_NOMEM;
    *r = (n2_region){
        .kind = kind, .slot = slot, .address = address, .memory = memory, .before = before};
    if (!queue) {
        r->size = size;
        r->unit = unit;
        r->n_units = size / unit;
        r->ring_units = ring ? 0 : r->n_units;
    }
    if (kind == N2_REGION_DATA) {
        r->have = calloc((r->n_units + 63) / 64, sizeof *r->have);
        if (!r->have) {
            region_free(r);
            return N2_ERR_NOMEM;
        }
    }
    t->by_index[n2_region_index(address)] = r;
    t->n_regions++;
    *out = r;
    return N2_OK;
}

static bool
get(const uint64_t *bits, uint64_t at)
{
    return bits[at / 64] >> at % 64 & 1;
}

n2_err
n2_region_make_room(n2_region *r, uint64_t end)
{
    uint64_t units = r->ring_units ? r->ring_units : RING_UNITS_MIN;

    if (n2_region_has_room(r, end))
        return N2_OK;
    while (end > r->told_units && end - r->told_units > units)
        units *= 2;
    size_t more = counted(r, units) - counted(r, r->ring_units);
    if (!n2_pool_take(r->pool, more))
        return N2_ERR_LIMIT;
    uint8_t *memory = malloc(units * r->unit);
    uint64_t *have = calloc((units + 63) / 64, sizeof *have);
    if (!memory || !have) {
        free(memory);
        free(have);
        n2_pool_give(r->pool, more);
        return N2_ERR_NOMEM;
    }
    for (uint64_t u = r->told_units; u < r->told_units + r->ring_units; u++) {
        uint64_t from = u % r->ring_units, to = u % units;
        memcpy(memory + to * r->unit, r->memory + from * r->unit, r->unit);
        if (u >= r->head_units && get(r->have, from))
            have[to / 64] |= UINT64_C(1) << to % 64;
    }
    n2_pool *pool = r->pool;
    r->pool = NULL; /* what the old ring held, the new one holds */
    n2_region_rest(r);
    r->pool = pool;
    r->memory = memory;
    r->have = have;
    r->ring_units = units;
    return N2_OK;
}

void
n2_region_forget(n2_region *r)
{
    free(r->have);
    r->have = NULL;
    r->memory = NULL;
    r->kind = N2_REGION_GONE;
}

void
n2_region_drop(n2_region_table *t, n2_region *r)
{
    n2_region **at = &t->by_index[n2_region_index(r->address)];

    while (*at != r)
        at = &(*at)->before;
    *at = r->before;
    t->n_regions--;
    region_free(r);
}

void
n2_region_shrink(n2_region *r, uint64_t size)
{
    r->size = size;
    r->n_units = r->ring_units = size / r->unit;
    r->n_have = 0;
    for (uint64_t u = 0; u < r->n_units; u++)
        r->n_have += get(r->have, u);
    if (r->head_units > r->n_units)
        r->head_units = r->n_units;
}

static bool
has(const n2_region *r, uint64_t unit)
{
    if (unit < r->head_units || !r->have)
        return unit < r->head_units;
    if (r->kind == N2_REGION_COMMAND && !n2_region_has_room(r, unit + 1))
        return false;
    return get(r->have, r->kind == N2_REGION_COMMAND ? unit % r->ring_units : unit);
}

bool
n2_region_has_all(const n2_region *r, uint64_t first, uint64_t n)
{
    for (uint64_t u = first; u < first + n; u++)
        if (!has(r, u))
            return false;
    return true;
}

bool
n2_region_has_any(const n2_region *r, uint64_t first, uint64_t n)
{
    for (uint64_t u = first; u < first + n; u++)
        if (has(r, u))
            return true;
    return false;
}

void
n2_region_mark(n2_region *r, uint64_t first, uint64_t n)
{
    bool ring = r->kind == N2_REGION_COMMAND;

    for (uint64_t u = first; u < first + n; u++) {
        if (has(r, u))
            continue;
        uint64_t at = ring ? u % r->ring_units : u;
        r->have[at / 64] |= UINT64_C(1) << at % 64;
        r->n_have++;
    }
    /* The head stops where a unit is missing; in a ring the bits behind it are free again. */
    while (ring || r->head_units < r->n_units) {
        uint64_t at = ring ? r->head_units % r->ring_units : r->head_units;
        if (!get(r->have, at))
            break;
        if (ring)
            r->have[at / 64] &= ~(UINT64_C(1) << at % 64);
        r->head_units++;
    }
}
