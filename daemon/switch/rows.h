/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rows.h - one row for each broadcast channel that is carried: two tables, one interface.
 *
 * Layer: switch (may include: base, wire, crypto).
 * Use:   associative (rows-hash.c): a hash table of N2_CHANNELS_MAX rows at most, memory by the
 *        channels in use.  Bitmaps (rows-map.c): for each block of 256 channels of which one is
 *        in use all its rows, found by index; N2_CHANNEL_BLOCKS_MAX blocks at most.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum {
    N2_ROWS_HASH,
    N2_ROWS_MAP
} n2_rows_kind;

enum {
    N2_ROWS_BLOCK = 1 << 24, /* in a key: the whole block of this channel, the first of it */
    N2_ROWS_KEYS = 1 << 25,
    N2_ROWS_NONE = 0xffff,
    N2_ROWS_OURS = 1 << 16 /* for_port: the operator wants it */
};

/** A channel: 48 bytes, and two sets of 2^width bits (of 64 at least). */
typedef struct {
    uint32_t key; /* channel, or first of a block | N2_ROWS_BLOCK */
    uint16_t in_port;
    uint16_t chain;    /* of the hash table; 0xffff: none */
    uint64_t nonce;    /* of the join that went on last */
    uint64_t asked_us; /* when that was */
    uint64_t packets;
    uint64_t way; /* of that, from our label on */
    bool is_used : 1;
    bool is_source : 1;    /* lives without joins */
    bool is_granted : 1;   /* somebody upstream has said yes */
    bool is_way : 1;       /* by this way: we renew by it ourselves */
    uint8_t n_asked : 4;   /* joins of our own since the last answer */
    uint8_t n_silent;      /* looks in a row that found no packet come */
    uint16_t asked_port;   /* by which it came */
    uint32_t packets_seen; /* at the last look */
    /* 2 * words: who joined since the last turn, and who in the turn before */
    uint64_t ports[];
} n2_channel_row;

/** Rows of one kind; nothing is allocated until the first is made. */
typedef struct {
    n2_rows_kind kind;
    uint32_t words; /* of one set */
    uint32_t n;     /* rows in use */
    uint32_t room;  /* hash: rows allocated.  map: blocks */
    uint64_t seed;
    uint8_t *memory;  /* hash: rows, owned (nullable) */
    uint16_t *heads;  /* hash: owned (nullable) */
    uint16_t free;    /* hash: places by `chain`, if n < room */
    uint8_t **blocks; /* map: owned (nullable); by number */
    uint8_t *numbers; /* map: owned (nullable); block of a channel + 1, or 0 */
    uint32_t *used;   /* map: owned (nullable); rows in use of each block */
    uint32_t *makers; /* map: owned (nullable); who asked for the first of them */
} n2_rows;

void n2_rows_init(n2_rows *rows, n2_rows_kind kind, unsigned width, uint64_t seed);
void n2_rows_clear(n2_rows *rows);

/** Bytes of one row. */
static inline size_t
n2_row_bytes(const n2_rows *rows)
{
    return sizeof(n2_channel_row) + 2 * sizeof(uint64_t) * rows->words;
}

/** The row of @key, or NULL.  Good until a row is made or dropped, as all rows are. */
n2_channel_row *n2_rows_find(const n2_rows *rows, uint32_t key);

/**
 * A zeroed row for @key, which has none, asked for by @for_port; NULL: no room, or no memory.
 * Blocks: nobody makes more than as many as are left then.
 */
n2_channel_row *n2_rows_make(n2_rows *rows, uint32_t key, uint32_t for_port);

/** How many more there may be: rows, or blocks. */
uint32_t n2_rows_left(const n2_rows *rows);

void n2_rows_drop(n2_rows *rows, n2_channel_row *row);

/** Walks over all rows; *@at begins as 0.  The row returned may be dropped.  NULL: the end. */
n2_channel_row *n2_rows_next(const n2_rows *rows, uint32_t *at);

/** Bytes allocated. */
size_t n2_rows_bytes(const n2_rows *rows);
