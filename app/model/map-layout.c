/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * map-layout.c - where the stops of a network stand on a map.
 *
 * A column for each line from here; a row for each stop that nobody lies behind, in the order
 * in which the tree is walked; all others stand in the middle of what lies behind them.  From
 * above each stop has a row of its own.
 */
#include "model/map-layout.h"

enum {
    COLUMN_TIMES = 2, /* a wide window spreads columns and rows so far and no farther */
    ROW_TIMES = 2
};

typedef struct {
    const N2Network *network;
    double *rows; /* of each point */
    double next_row;
} walk;

static gboolean
has_children(const N2Network *network, guint i)
{
    for (guint k = i + 1; k < network->points->len; k++)
        if (n2_network_point(network, k)->parent == i)
            return TRUE;
    return FALSE;
}

/* Depth is that of a path, 58 labels at most. */
static void
place_rows(walk *w, guint i)
{
    double first = -1, last = -1;

    if (!has_children(w->network, i)) {
        w->rows[i] = w->next_row++;
        return;
    }
    for (guint k = i + 1; k < w->network->points->len; k++) {
        if (n2_network_point(w->network, k)->parent != i)
            continue;
        place_rows(w, k);
        if (first < 0)
            first = w->rows[k];
        last = w->rows[k];
    }
    w->rows[i] = (first + last) / 2;
}

/* Puts @i and all behind it; returns how many there are then. */
static guint
put_in_order(const N2Network *network, guint i, guint *order, guint n)
{
    order[n++] = i;
    for (guint k = i + 1; k < network->points->len; k++)
        if (n2_network_point(network, k)->parent == i)
            n = put_in_order(network, k, order, n);
    return n;
}

void
n2_map_order(const N2Network *network, guint *order)
{
    (void)put_in_order(network, 0, order, 0);
}

static void
count(const N2Network *network, int *columns, int *rows)
{
    *columns = 0;
    *rows = 0;
    for (guint i = 0; i < network->points->len; i++) {
        *columns = MAX(*columns, (int)n2_network_point(network, i)->depth);
        *rows += !has_children(network, i);
    }
}

int
n2_map_rows_across(const N2Network *network)
{
    int columns = 0, rows = 0;

    count(network, &columns, &rows);
    return rows;
}

void
n2_map_size(const N2Network *network, const n2_map_measure *m, int *width, int *height)
{
    int columns = 0, rows = 0;

    count(network, &columns, &rows);
    *width = 2 * m->margin_x + columns * m->column_px;
    *height = 2 * m->margin_y + (rows - 1) * m->row_px + m->label_px;
}

/* Distance of @n gaps in @room. */
static double
gap(int n, int room, int least, int times)
{
    double fitting = n ? (double)room / n : 0;

    return CLAMP(fitting, least, least * times);
}

void
n2_map_lay_out(const N2Network *network,
               const n2_map_measure *m,
               int width,
               int height,
               n2_map_spot *spots)
{
    g_autofree double *rows = g_new0(double, network->points->len);
    walk w = {.network = network, .rows = rows};
    int n_columns = 0, n_rows = 0, least_x = 0, least_y = 0;

    count(network, &n_columns, &n_rows);
    n2_map_size(network, m, &least_x, &least_y);
    width = MAX(width, least_x);
    height = MAX(height, least_y);
    double dx = gap(n_columns, width - 2 * m->margin_x, m->column_px, COLUMN_TIMES);
    double dy = gap(n_rows - 1, height - 2 * m->margin_y - m->label_px, m->row_px, ROW_TIMES);
    double left = (width - n_columns * dx) / 2;
    double top = (height - m->label_px - (n_rows - 1) * dy) / 2;

    place_rows(&w, 0);
    for (guint i = 0; i < network->points->len; i++)
        spots[i] = (n2_map_spot){
            .x = (int)(left + n2_network_point(network, i)->depth * dx + .5),
            .y = (int)(top + rows[i] * dy + .5),
        };
}

int
n2_map_lay_down(const N2Network *network,
                const n2_map_rows *m,
                const int *heights,
                int width,
                n2_map_spot *spots)
{
    guint n = network->points->len;
    g_autofree guint *order = g_new0(guint, n);
    int n_columns = 0, n_rows = 0, y = m->margin_px;
    int room = width - 2 * (m->margin_px + m->radius_px) - m->words_px;

    count(network, &n_columns, &n_rows);
    int indent = n_columns ? CLAMP(room / n_columns, 0, m->indent_px) : 0;
    n2_map_order(network, order);
    for (guint i = 0; i < n; i++) {
        const N2Waypoint *p = n2_network_point(network, order[i]);
        spots[order[i]] = (n2_map_spot){
            .x = m->margin_px + m->radius_px + (int)p->depth * indent,
            .y = y + m->radius_px,
        };
        y += heights[order[i]];
    }
    return y + m->margin_px;
}
