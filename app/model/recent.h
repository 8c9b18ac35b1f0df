/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * recent.h - the places visited last, kept in a file between runs.
 *
 * Layer: app/model (no widgets).  A GListModel of N2RecentPlace, the latest first, one a place.
 * File:  a key file, readable by its owner only; what can't be read is left out, and a file
 *        that can't be written costs nothing but the memory of these places.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

enum {
    N2_RECENT_MAX = 60 /* places kept; the start page shows the first six */
};

#define N2_TYPE_RECENT_PLACE (n2_recent_place_get_type())
G_DECLARE_FINAL_TYPE(N2RecentPlace, n2_recent_place, N2, RECENT_PLACE, GObject)

/** Read only once made. */
struct _N2RecentPlace {
    GObject parent_instance;
    char *address;
    char *title;
};

#define N2_TYPE_RECENT (n2_recent_get_type())
G_DECLARE_FINAL_TYPE(N2Recent, n2_recent, N2, RECENT, GObject)

/**
 * @path: (nullable): the file; NULL keeps nothing.
 *
 * Returns: (transfer full).
 */
N2Recent *n2_recent_new(const char *path);

/** A visit: the place moves to the front, with its new title. */
void n2_recent_add(N2Recent *self, const char *address, const char *title);

/** Forgets them all, in the file too. */
void n2_recent_clear(N2Recent *self);

G_END_DECLS
