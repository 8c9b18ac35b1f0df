/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * table.c - rows of named values: what a job of the control plane answers.
 */
#include "node/table.h"

#include <stdlib.h>
#include <string.h>

n2_table *
n2_table_new(void)
{
    return calloc(1, sizeof(n2_table));
}

void
n2_table_free(n2_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n_rows; i++) {
        n2_row *row = &table->rows[i];

        for (size_t k = 0; k < row->n_cells; k++) {
            free(row->cells[k].text);
            n2_table_free(row->cells[k].table);
        }
        free(row->cells);
    }
    free(table->rows);
    free(table);
}

/* Room for one more of @size bytes each; NULL without memory, and then @table has failed. */
static void *
grow(n2_table *table, void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return items;
    size_t wanted = *room ? *room * 2 : 8;
    void *grown = realloc(items, wanted * size);

    if (!grown) {
        table->err = N2_ERR_NOMEM;
        return NULL;
    }
    *room = wanted;
    return grown;
}

void
n2_table_row(n2_table *table)
{
    if (!table || table->err)
        return;
    n2_row *rows = grow(table, table->rows, table->n_rows, &table->room, sizeof *rows);

    if (!rows)
        return;
    table->rows = rows;
    rows[table->n_rows++] = (n2_row){0};
}

/* Appends an empty cell to the last row; NULL if that can't be. */
static n2_cell *
add(n2_table *table, const char *name, n2_value_type type)
{
    if (!table || table->err || !table->n_rows)
        return NULL;
    n2_row *row = &table->rows[table->n_rows - 1];
    n2_cell *cells = grow(table, row->cells, row->n_cells, &row->room, sizeof *cells);

    if (!cells)
        return NULL;
    row->cells = cells;
    cells[row->n_cells] = (n2_cell){.name = name, .type = type};
    return &cells[row->n_cells++];
}

void
n2_table_bytes(n2_table *table, const char *name, const void *bytes, size_t len)
{
    n2_cell *cell = add(table, name, N2_VALUE_BYTES);

    if (!cell)
        return;
    cell->text = malloc(len + 1);
    if (!cell->text) {
        table->err = N2_ERR_NOMEM;
        return;
    }
    if (len)
        memcpy(cell->text, bytes, len);
    cell->text[len] = 0;
    cell->integer = (int64_t)len;
}

void
n2_table_text(n2_table *table, const char *name, const char *text)
{
    if (!text || !table)
        return;
    size_t before = table->n_rows ? table->rows[table->n_rows - 1].n_cells : 0;

    n2_table_bytes(table, name, text, strlen(text));
    if (table->n_rows && table->rows[table->n_rows - 1].n_cells > before)
        table->rows[table->n_rows - 1].cells[before].type = N2_VALUE_TEXT;
}

void
n2_table_int(n2_table *table, const char *name, int64_t value)
{
    n2_cell *cell = add(table, name, N2_VALUE_INT);

    if (cell)
        cell->integer = value;
}

void
n2_table_bool(n2_table *table, const char *name, bool value)
{
    n2_cell *cell = add(table, name, N2_VALUE_BOOL);

    if (cell)
        cell->integer = value;
}

void
n2_table_take(n2_table *table, const char *name, n2_table *value)
{
    n2_err err = value ? value->err : N2_ERR_NOMEM;
    n2_cell *cell = value ? add(table, name, N2_VALUE_TABLE) : NULL;

    if (cell)
        cell->table = value;
    else
        n2_table_free(value);
    if (table && err)
        table->err = err;
}

void
n2_table_uses(n2_table *table, const n2_uses *uses)
{
    for (size_t i = 0; i < uses->n; i++) {
        const n2_use *use = &uses->rows[i];

        n2_table_row(table);
        n2_table_text(table, "name", use->name);
        if (use->at != N2_USE_NONE)
            n2_table_int(table, "at", (int64_t)use->at);
        n2_table_int(table, "max", (int64_t)use->max);
        n2_table_int(table, "refused", (int64_t)use->refused);
    }
}

const n2_cell *
n2_table_get(const n2_table *table, size_t row, const char *name)
{
    if (!table || row >= table->n_rows)
        return NULL;
    for (size_t i = 0; i < table->rows[row].n_cells; i++)
        if (!strcmp(table->rows[row].cells[i].name, name))
            return &table->rows[row].cells[i];
    return NULL;
}
