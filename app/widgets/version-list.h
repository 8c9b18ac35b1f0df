/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * version-list.h - the versions of a place, with their dates and devices; one click goes back.
 *
 * Layer: app/widgets.
 */
#pragma once

#include <gtk/gtk.h>

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_VERSION_LIST (n2_version_list_get_type())
G_DECLARE_FINAL_TYPE(N2VersionList, n2_version_list, N2, VERSION_LIST, GtkWidget)

/** Signal ::go (char *address): a version is wanted. */

/** Asks for the versions when it is seen next.  @place: (nullable): invisible then, and for
 * what is named by its content. */
void n2_version_list_set_place(N2VersionList *self, N2Source *source, N2Place *place);

/** Asks now. */
void n2_version_list_ask(N2VersionList *self);

G_END_DECLS
