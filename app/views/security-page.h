/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * security-page.h - preferences: how long a sign-in lasts, what ends it, and the passphrase of
 *                   the keys on this computer.
 *
 * Layer: app/views.
 */
#pragma once

#include <adwaita.h>

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_SECURITY_PAGE (n2_security_page_get_type())
G_DECLARE_FINAL_TYPE(N2SecurityPage, n2_security_page, N2, SECURITY_PAGE, AdwPreferencesPage)

N2SecurityPage *n2_security_page_new(N2IdentitySource *source);

G_END_DECLS
