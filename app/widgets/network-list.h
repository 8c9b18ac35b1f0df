/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-list.h - a titled list beside the map: lines, reservations, facts.
 *
 * Layer: app/widgets.  Rows are known by a key and changed in place, so that focus stays while
 *        numbers change each second.  An empty list is not seen.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define N2_TYPE_NETWORK_LIST (n2_network_list_get_type())
G_DECLARE_FINAL_TYPE(N2NetworkList, n2_network_list, N2, NETWORK_LIST, GtkWidget)

/** What a row shows; strings are copied. */
typedef struct {
    const char *title;
    const char *value;       /* (nullable) at its right end */
    const char *subtitle;    /* (nullable) below */
    double level;            /* 0 to 1: a bar; below 0: none */
    gboolean is_strong;      /* the title is what is looked for, not what it is about */
    gboolean is_jam;         /* the bar is red */
    const char *button;      /* (nullable) words of a button; pressed: ::pressed with the key */
    const char *button_name; /* (nullable) the same for who hears it only */
} n2_network_row;

/** Begins to show anew: rows that are not put again until n2_network_list_end() go. */
void n2_network_list_begin(N2NetworkList *self);

/** Puts the next row.  @key: known again by it. */
void n2_network_list_put(N2NetworkList *self, const char *key, const n2_network_row *row);

void n2_network_list_end(N2NetworkList *self);

/*
 * Signals:
 *   ::pressed (key)  the button of a row
 */

G_END_DECLS
