/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sites-page.h - sites at which somebody logged in, in preferences: what each sees, and to make
 *                it ask anew.
 *
 * Layer: app/views.
 */
#pragma once

#include <adwaita.h>

#include "model/people-source.h"

G_BEGIN_DECLS

#define N2_TYPE_SITES_PAGE (n2_sites_page_get_type())
G_DECLARE_FINAL_TYPE(N2SitesPage, n2_sites_page, N2, SITES_PAGE, AdwPreferencesPage)

/** For an AdwPreferencesWindow (transfer floating). */
N2SitesPage *n2_sites_page_new(N2PeopleSource *people);

G_END_DECLS
