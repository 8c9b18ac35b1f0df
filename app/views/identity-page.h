/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-page.h - the page of preferences about one's own identities and tokens.
 *
 * Layer: app/views.
 */
#pragma once

#include <adwaita.h>

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_IDENTITY_PAGE (n2_identity_page_get_type())
G_DECLARE_FINAL_TYPE(N2IdentityPage, n2_identity_page, N2, IDENTITY_PAGE, AdwPreferencesPage)

/** Returns: (transfer floating): to be added to an AdwPreferencesWindow. */
N2IdentityPage *n2_identity_page_new(N2IdentitySource *source);

G_END_DECLS
