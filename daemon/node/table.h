/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * table.h - rows of named values: what a job of the control plane answers.
 *
 * Layer: node (may include: base).  Cell names are those of the command line's JSON and of the
 * IPC's a{sv}; a reader skips names that it doesn't know.
 * Memory: a table owns all its values; a failed allocation is remembered in `err`, and what was
 *         added after it is missing, so a writer checks once, at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/uses.h"

typedef struct n2_table n2_table;

typedef enum {
    N2_VALUE_TEXT, /* UTF-8, NUL-terminated */
    N2_VALUE_INT,
    N2_VALUE_BOOL, /* in `integer`, 0 or 1 */
    N2_VALUE_BYTES,
    N2_VALUE_TABLE
} n2_value_type;

typedef struct {
    const char *name; /* (static) */
    n2_value_type type;
    int64_t integer;
    char *text;      /* (owned) TEXT; BYTES: `integer` of them */
    n2_table *table; /* (owned) TABLE */
} n2_cell;

typedef struct {
    n2_cell *cells;
    size_t n_cells;
    size_t room;
} n2_row;

struct n2_table {
    n2_row *rows;
    size_t n_rows;
    size_t room;
    n2_err err; /* N2_OK or N2_ERR_NOMEM */
};

/** An empty table (transfer full), or NULL without memory. */
n2_table *n2_table_new(void);

/** @table: (transfer full) (nullable). */
void n2_table_free(n2_table *table);

/* All of these accept a NULL table and do nothing then, so that a writer need not check. */

/** Begins a row; the cells that follow belong to it. */
void n2_table_row(n2_table *table);

/** @name: (static).  @text: (nullable) (transfer none): NULL adds nothing. */
void n2_table_text(n2_table *table, const char *name, const char *text);
void n2_table_int(n2_table *table, const char *name, int64_t value);
void n2_table_bytes(n2_table *table, const char *name, const void *bytes, size_t len);
void n2_table_bool(n2_table *table, const char *name, bool value);

/** @value: (transfer full) (nullable): NULL counts as a failed allocation. */
void n2_table_take(n2_table *table, const char *name, n2_table *value);

/** A row of name, at (unless N2_USE_NONE), max and refused for each limit. */
void n2_table_uses(n2_table *table, const n2_uses *uses);

/** The cell @name of row @row (transfer none), or NULL. */
const n2_cell *n2_table_get(const n2_table *table, size_t row, const char *name);
