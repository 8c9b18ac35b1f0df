/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * region.h - memory that a peer may write to, by 64-bit address.
 *
 * Layer:     transport (may include: base, wire, crypto).
 * Source:    net2o white paper, "Distributed Shared Memory".
 * Invariant: an address names one region of one connection for as long as its number is not
 *            used again; numbers come back with the next generation.
 *
 *     address    zero 1, index 20, generation 11, offset 32 in units of 32 bytes
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

enum {
    N2_REGION_INDEX_BITS = 20,
    N2_REGION_GENERATION_BITS = 11,
    N2_REGION_UNIT_BYTES = 32,
    N2_REGION_INDICES = 1 << N2_REGION_INDEX_BITS,
    N2_REGION_PLANE_MAX = (1 << 19) - 1, /* 1 to this: the data plane's, two a connection;
                                            above: the control plane's */
};

static inline uint64_t
n2_region_address(uint32_t index, uint32_t generation)
{
    return (uint64_t)index << 43 | (uint64_t)(generation & 0x7ff) << 32;
}

static inline uint32_t
n2_region_index(uint64_t address)
{
    return (uint32_t)(address >> 43) & (N2_REGION_INDICES - 1);
}

static inline uint32_t
n2_region_generation(uint64_t address)
{
    return (uint32_t)(address >> 32) & 0x7ff;
}

/** Offset of the address in its region, bytes. */
static inline uint64_t
n2_region_offset(uint64_t address)
{
    return (address & 0xffffffff) * N2_REGION_UNIT_BYTES;
}

typedef enum {
    N2_REGION_CONTROL,
    N2_REGION_COMMAND,
    N2_REGION_DATA,
    N2_REGION_GONE /* was data, was revoked: late packets are acknowledged and thrown away */
} n2_region_kind;

typedef struct n2_region {
    n2_region_kind kind;
    uint32_t slot;    /* of the connection it belongs to */
    uint64_t address; /* with offset 0 */
    uint8_t *memory;  /* size bytes; NULL for a control region.  (transfer none) but for a
                         command region: its ring (transfer full), NULL at rest */
    uint64_t size;    /* bytes, a multiple of unit */
    uint32_t unit;    /* bytes of one bit of `have` */
    uint64_t *have;   /* (transfer full) one bit a unit; NULL at rest */
    uint64_t n_units, n_have;
    uint64_t
        ring_units; /* command: room in the ring, which grows up to n_units; data: n_units */
    uint64_t head_units; /* all units before this one are there */
    uint64_t told_units; /* the control plane knows of these */
    n2_pool *pool; /* (borrowed) (nullable) command: where its ring beyond the first counts */
    struct n2_region *next;   /* of the same connection */
    struct n2_region *before; /* gone, had the same number for the same connection */
} n2_region;

/** All regions of a node. */
typedef struct {
    n2_region **by_index; /* (transfer full) N2_REGION_INDICES, the newest; NULL: free */
    uint16_t *generation; /* (transfer full) next generation of the plane's own numbers */
    uint32_t next;        /* where the search for a free number begins */
    uint32_t n_regions;
} n2_region_table;

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_region_table_init(n2_region_table *t);

/** Frees every region still in it, but not their memory. */
void n2_region_table_clear(n2_region_table *t);

/** The region of @address, maybe a gone one, if index and generation fit, else NULL (transfer
 *  none). */
static inline n2_region *
n2_region_find(const n2_region_table *t, uint64_t address)
{
    n2_region *r = t->by_index[n2_region_index(address)];
    while (r && r->address >> 32 != address >> 32)
        r = r->before;
    return r;
}

/**
 * Makes a region.
 *
 * @address: 0: the table chooses a number below N2_REGION_PLANE_MAX; else the control plane
 *           has chosen one above.
 * @memory:  (transfer none): until n2_region_drop(); NULL for a command region.
 * @unit:    32, 128, 512 or 2048; @size is a multiple of it.  A region of kind control has
 * none.
 *
 * A number whose region is gone is free for its connection; the gone one stays behind the new.
 *
 * Returns: N2_OK, N2_ERR_USAGE (unit, size, number), N2_ERR_EXISTS (number in use),
 *          N2_ERR_LIMIT (no number free), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_region_make(n2_region_table *t,
                                  n2_region **out,
                                  n2_region_kind kind,
                                  uint32_t slot,
                                  uint64_t address,
                                  uint8_t *memory,
                                  uint64_t size,
                                  uint32_t unit);

/**
 * Makes a data region one of kind gone: its memory is the caller's again, its number keeps the
 * connection, so that packets to it can still be opened and their sender comes to an end.
 */
void n2_region_forget(n2_region *r);

/** Makes a data region smaller: of @size bytes (a multiple of its unit, no more than it has),
 * what lies beyond counts no more. */
void n2_region_shrink(n2_region *r, uint64_t size);

/** Has the ring of a command region room for the units below @end, which may all be old ones?
 */
static inline bool
n2_region_has_room(const n2_region *r, uint64_t end)
{
    return r->ring_units && (end <= r->told_units || end - r->told_units <= r->ring_units);
}

/** Makes that room; @end <= told_units + n_units.
 *
 *  Returns: N2_OK, N2_ERR_LIMIT (the pool has none; never for the first 2 KiB), N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_region_make_room(n2_region *r, uint64_t end);

/** Is a command region's ring empty: all told, and nothing there that waits for a gap? */
static inline bool
n2_region_is_empty(const n2_region *r)
{
    return r->n_have == r->head_units && r->told_units == r->head_units;
}

/** Wipes and frees the ring of a command region that is empty. */
void n2_region_rest(n2_region *r);

/** Takes @r out of the table and frees it; its number rests until the table has gone round. */
void n2_region_drop(n2_region_table *t, n2_region *r);

/** Are all / is any of @n units from @first there? */
bool n2_region_has_all(const n2_region *r, uint64_t first, uint64_t n);
bool n2_region_has_any(const n2_region *r, uint64_t first, uint64_t n);

/** Marks @n units from @first as there and moves the head. */
void n2_region_mark(n2_region *r, uint64_t first, uint64_t n);
