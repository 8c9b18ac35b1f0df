/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rows.c - one interface to two tables, and the associative one.
 */
#include "switch/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/rows-private.h"

enum {
    ROOM_FIRST = 16,
    HEADS = N2_CHANNELS_MAX
};

static_assert(sizeof(n2_channel_row) == 48, "as DESIGN.md says");

void
n2_rows_init(n2_rows *rows, n2_rows_kind kind, unsigned width, uint64_t seed)
{
    *rows = (n2_rows){.kind = kind, .words = width > 6 ? 1u << (width - 6) : 1, .seed = seed};
}

void
n2_rows_clear(n2_rows *rows)
{
    free(rows->memory);
    free(rows->heads);
    n2_rows_map_clear(rows);
    *rows = (n2_rows){0};
}

n2_channel_row *
n2_rows_find(const n2_rows *rows, uint32_t key)
{
    return rows->kind == N2_ROWS_MAP ? n2_rows_map_find(rows, key)
                                     : n2_rows_hash_find(rows, key);
}

n2_channel_row *
n2_rows_make(n2_rows *rows, uint32_t key, uint32_t for_port)
{
    assert(key < N2_ROWS_KEYS);
    return rows->kind == N2_ROWS_MAP ? n2_rows_map_make(rows, key, for_port)
                                     : n2_rows_hash_make(rows, key);
}

uint32_t
n2_rows_left(const n2_rows *rows)
{
    return rows->kind == N2_ROWS_MAP ? n2_rows_map_left(rows) : N2_CHANNELS_MAX - rows->n;
}

void
n2_rows_drop(n2_rows *rows, n2_channel_row *row)
{
    if (rows->kind == N2_ROWS_MAP)
        n2_rows_map_drop(rows, row);
    else
        n2_rows_hash_drop(rows, row);
}

n2_channel_row *
n2_rows_next(const n2_rows *rows, uint32_t *at)
{
    return rows->kind == N2_ROWS_MAP ? n2_rows_map_next(rows, at) : n2_rows_hash_next(rows, at);
}

size_t
n2_rows_bytes(const n2_rows *rows)
{
    return rows->kind == N2_ROWS_MAP ? n2_rows_map_bytes(rows) : n2_rows_hash_bytes(rows);
}

/* ---- the associative table ------------------------------------------------------------------
 */

static n2_channel_row *
row_at(const n2_rows *rows, uint32_t at)
{
    return (n2_channel_row *)(void *)(rows->memory + at * n2_row_bytes(rows));
}

/* Channels are chosen by who joins: all bits of the seed count in all of the hash. */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint16_t *
head_of(const n2_rows *rows, uint32_t key)
{
    return &rows->heads[mix(mix(rows->seed ^ key) + rows->seed) % HEADS];
}

n2_channel_row *
n2_rows_hash_find(const n2_rows *rows, uint32_t key)
{
    if (!rows->heads)
        return NULL;
    for (uint16_t at = *head_of(rows, key); at != N2_ROWS_NONE;) {
        n2_channel_row *row = row_at(rows, at);
        if (row->key == key)
            return row;
        at = row->chain;
    }
    return NULL;
}

static bool
grow(n2_rows *rows)
{
    uint32_t room = rows->room ? 2 * rows->room : ROOM_FIRST;
    size_t bytes = n2_row_bytes(rows);

    if (!rows->heads) {
        rows->heads = malloc(HEADS * sizeof *rows->heads);
        if (!rows->heads)
            return false;
        memset(rows->heads, 0xff, HEADS * sizeof *rows->heads);
    }
    if (room > N2_CHANNELS_MAX)
        return false;
    uint8_t *grown = realloc(rows->memory, room * bytes);
    if (!grown)
        return false;
    memset(grown + rows->room * bytes, 0, (room - rows->room) * bytes);
    rows->memory = grown;
    /* All that were there are used: these are all that are free. */
    for (uint32_t at = rows->room; at < room; at++)
        row_at(rows, at)->chain = (uint16_t)(at + 1);
    rows->free = (uint16_t)rows->room;
    rows->room = room;
    return true;
}

n2_channel_row *
n2_rows_hash_make(n2_rows *rows, uint32_t key)
{
    if (rows->n == rows->room && !grow(rows))
        return NULL;
    uint16_t at = rows->free, *head = head_of(rows, key);
    n2_channel_row *row = row_at(rows, at);
    rows->free = row->chain;
    memset(row, 0, n2_row_bytes(rows));
    row->key = key;
    row->is_used = true;
    row->chain = *head;
    *head = at;
    rows->n++;
    return row;
}

void
n2_rows_hash_drop(n2_rows *rows, n2_channel_row *row)
{
    uint16_t *link = head_of(rows, row->key);

    while (row_at(rows, *link) != row)
        link = &row_at(rows, *link)->chain;
    uint16_t at = *link;
    *link = row->chain;
    row->chain = rows->free;
    rows->free = at;
    row->is_used = false;
    rows->n--;
}

n2_channel_row *
n2_rows_hash_next(const n2_rows *rows, uint32_t *at)
{
    while (*at < rows->room) {
        n2_channel_row *row = row_at(rows, (*at)++);
        if (row->is_used)
            return row;
    }
    return NULL;
}

size_t
n2_rows_hash_bytes(const n2_rows *rows)
{
    return rows->room * n2_row_bytes(rows) + (rows->heads ? HEADS * sizeof *rows->heads : 0);
}
