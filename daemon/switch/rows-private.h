/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rows-private.h - the two tables of rows, for rows.c alone.
 *
 * Layer: switch (may include: base, wire, crypto).
 */
#pragma once

#include "switch/rows.h"

n2_channel_row *n2_rows_hash_find(const n2_rows *rows, uint32_t key);
n2_channel_row *n2_rows_hash_make(n2_rows *rows, uint32_t key);
void n2_rows_hash_drop(n2_rows *rows, n2_channel_row *row);
n2_channel_row *n2_rows_hash_next(const n2_rows *rows, uint32_t *at);
size_t n2_rows_hash_bytes(const n2_rows *rows);

n2_channel_row *n2_rows_map_find(const n2_rows *rows, uint32_t key);
n2_channel_row *n2_rows_map_make(n2_rows *rows, uint32_t key, uint32_t for_port);
uint32_t n2_rows_map_left(const n2_rows *rows);
void n2_rows_map_drop(n2_rows *rows, n2_channel_row *row);
n2_channel_row *n2_rows_map_next(const n2_rows *rows, uint32_t *at);
size_t n2_rows_map_bytes(const n2_rows *rows);
void n2_rows_map_clear(n2_rows *rows);
