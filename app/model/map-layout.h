/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * map-layout.h - where the stops of a network stand on a map: a tree from left to right, or
 *                from above, one below the other, where there is no room for that.
 *
 * Layer: app/model (no widgets).
 */
#pragma once

#include "model/network.h"

G_BEGIN_DECLS

typedef struct {
    int x, y; /* of the middle of a stop's circle, px */
} n2_map_spot;

typedef struct {
    int column_px, row_px; /* between two stops, at least */
    int margin_x, margin_y;
    int label_px; /* below a circle's middle, so that the last row's words have room */
} n2_map_measure;

/** The smallest room that the map can be drawn in. */
void n2_map_size(const N2Network *network, const n2_map_measure *m, int *width, int *height);

/** How many rows that takes: one for each stop that nobody lies behind. */
int n2_map_rows_across(const N2Network *network);

/** Numbers of the points in the order of the ways: each stop, then all that lies behind it.
 * @order: (out): as many as there are points. */
void n2_map_order(const N2Network *network, guint *order);

/**
 * Spreads the stops over @width x @height, or over the smallest room if that is more.
 *
 * @spots: (out): one for each point of @network.
 */
void n2_map_lay_out(const N2Network *network,
                    const n2_map_measure *m,
                    int width,
                    int height,
                    n2_map_spot *spots);

/** One stop a row, those behind it below it and to the right. */
typedef struct {
    int indent_px; /* of a stop against the one before it on its way, at most */
    int words_px;  /* beside a circle, at least; for them deep ways get less indent */
    int radius_px, margin_px;
} n2_map_rows;

/** The same from above: fits into every width that has room for a circle and its words.
 *
 * @heights: of each point's row, px. @spots: (out): as above.
 * Returns: height of all, px. */
int n2_map_lay_down(const N2Network *network,
                    const n2_map_rows *m,
                    const int *heights,
                    int width,
                    n2_map_spot *spots);

G_END_DECLS
