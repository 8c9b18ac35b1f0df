/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * watch-list.h - the searches that are watched, and what is new of each; seen if there are any.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/watches.h"

G_BEGIN_DECLS

#define N2_TYPE_WATCH_LIST (n2_watch_list_get_type())
G_DECLARE_FINAL_TYPE(N2WatchList, n2_watch_list, N2, WATCH_LIST, GtkBox)

/** Once.  Signal ::go (char *query): that one is wanted. */
void n2_watch_list_follow(N2WatchList *self, N2Watches *watches);

/** "2 new places", or what else is new; "" (transfer full). */
char *n2_watch_list_dup_news(const N2Watch *watch);

G_END_DECLS
