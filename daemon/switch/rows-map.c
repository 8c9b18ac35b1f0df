/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rows-map.c - bitmaps: the rows of 256 channels and of their block together, found by index.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/rows-private.h"

enum {
    IN_BLOCK = 256,
    ROWS = IN_BLOCK + 1, /* the last is for the whole block */
    NUMBERS = 1 << 16
};

static uint32_t
index_of(uint32_t key)
{
    return key & N2_ROWS_BLOCK ? IN_BLOCK : key % IN_BLOCK;
}

static uint32_t
block_of(uint32_t key)
{
    return (key & (N2_ROWS_BLOCK - 1)) / IN_BLOCK;
}

static n2_channel_row *
row_at(const n2_rows *rows, uint32_t number, uint32_t index)
{
    return (n2_channel_row *)(void *)(rows->blocks[number] + index * n2_row_bytes(rows));
}

n2_channel_row *
n2_rows_map_find(const n2_rows *rows, uint32_t key)
{
    if (!rows->numbers || !rows->numbers[block_of(key)])
        return NULL;
    n2_channel_row *row = row_at(rows, rows->numbers[block_of(key)] - 1u, index_of(key));
    return row->is_used ? row : NULL;
}

static bool
need_blocks(n2_rows *rows)
{
    if (!rows->numbers)
        rows->numbers = calloc(NUMBERS, sizeof *rows->numbers);
    if (!rows->blocks)
        rows->blocks = calloc(N2_CHANNEL_BLOCKS_MAX, sizeof *rows->blocks);
    if (!rows->used)
        rows->used = calloc(N2_CHANNEL_BLOCKS_MAX, sizeof *rows->used);
    if (!rows->makers)
        rows->makers = calloc(N2_CHANNEL_BLOCKS_MAX, sizeof *rows->makers);
    return rows->numbers && rows->blocks && rows->used && rows->makers;
}

uint32_t
n2_rows_map_left(const n2_rows *rows)
{
    size_t most = N2_CHANNEL_BYTES_MAX / (ROWS * n2_row_bytes(rows));

    return (most < N2_CHANNEL_BLOCKS_MAX ? (uint32_t)most : N2_CHANNEL_BLOCKS_MAX) - rows->room;
}

/* Has @for_port no more of them than are left?  Else one stranger takes them all, with a
 * channel out of each. */
static bool
may_make(const n2_rows *rows, uint32_t for_port)
{
    uint32_t n = 0;

    if (for_port == N2_ROWS_OURS)
        return n2_rows_map_left(rows);
    for (uint32_t i = 0; i < N2_CHANNEL_BLOCKS_MAX; i++)
        n += rows->blocks[i] && rows->makers[i] == for_port;
    return n < n2_rows_map_left(rows);
}

/* The number of the block of @key, which has none; N2_CHANNEL_BLOCKS_MAX: no room. */
static uint32_t
make_block(n2_rows *rows, uint32_t key, uint32_t for_port)
{
    uint32_t number = 0;

    if (!may_make(rows, for_port))
        return N2_CHANNEL_BLOCKS_MAX;
    while (number < N2_CHANNEL_BLOCKS_MAX && rows->blocks[number])
        number++;
    if (number == N2_CHANNEL_BLOCKS_MAX)
        return number;
    rows->blocks[number] = calloc(ROWS, n2_row_bytes(rows));
    if (!rows->blocks[number])
        return N2_CHANNEL_BLOCKS_MAX;
    rows->numbers[block_of(key)] = (uint8_t)(number + 1);
    rows->makers[number] = for_port;
    rows->room++;
    return number;
}

n2_channel_row *
n2_rows_map_make(n2_rows *rows, uint32_t key, uint32_t for_port)
{
    if (!need_blocks(rows))
        return NULL;
    uint32_t number = rows->numbers[block_of(key)];
    number = number ? number - 1 : make_block(rows, key, for_port);
    if (number == N2_CHANNEL_BLOCKS_MAX)
        return NULL;
    n2_channel_row *row = row_at(rows, number, index_of(key));
    memset(row, 0, n2_row_bytes(rows));
    row->key = key;
    row->is_used = true;
    rows->used[number]++;
    rows->n++;
    return row;
}

void
n2_rows_map_drop(n2_rows *rows, n2_channel_row *row)
{
    uint32_t block = block_of(row->key), number = rows->numbers[block] - 1u;

    row->is_used = false;
    rows->n--;
    if (--rows->used[number])
        return;
    free(rows->blocks[number]);
    rows->blocks[number] = NULL;
    rows->numbers[block] = 0;
    rows->room--;
}

n2_channel_row *
n2_rows_map_next(const n2_rows *rows, uint32_t *at)
{
    for (; rows->blocks && *at < N2_CHANNEL_BLOCKS_MAX * ROWS; ++*at) {
        if (!rows->blocks[*at / ROWS])
            continue;
        n2_channel_row *row = row_at(rows, *at / ROWS, *at % ROWS);
        if (row->is_used) {
            ++*at;
            return row;
        }
    }
    return NULL;
}

size_t
n2_rows_map_bytes(const n2_rows *rows)
{
    return rows->room * ROWS * n2_row_bytes(rows) +
           (rows->numbers ? NUMBERS * sizeof *rows->numbers : 0) +
           (rows->blocks ? N2_CHANNEL_BLOCKS_MAX * sizeof *rows->blocks : 0) +
           (rows->used ? N2_CHANNEL_BLOCKS_MAX * sizeof *rows->used : 0) +
           (rows->makers ? N2_CHANNEL_BLOCKS_MAX * sizeof *rows->makers : 0);
}

void
n2_rows_map_clear(n2_rows *rows)
{
    for (uint32_t i = 0; rows->blocks && i < N2_CHANNEL_BLOCKS_MAX; i++)
        free(rows->blocks[i]);
    free(rows->blocks);
    free(rows->numbers);
    free(rows->used);
    free(rows->makers);
}
