/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * application.h - the browser as a whole: one source, one engine, its windows.
 *
 * Layer: app.
 */
#pragma once

#include <adwaita.h>

#include "model/identity-source.h"
#include "model/source.h"
#include "window.h"

G_BEGIN_DECLS

#define N2_APP_ID "org.net2o.Browser"

#define N2_TYPE_APPLICATION (n2_application_get_type())
G_DECLARE_FINAL_TYPE(N2Application, n2_application, N2, APPLICATION, AdwApplication)

/**
 * @profile: (nullable): folder given as --profile; each profile is a program of its own.
 * @source: (transfer full) (nullable): where places come from; NULL: the profile's node.
 *
 * Returns: (transfer full): run it with the addresses to open as its arguments.
 */
N2Application *n2_application_new(const char *profile, N2Source *source);

/** Other identities than those of the profile's node; before it is registered. */
void n2_application_set_identities(N2Application *self, N2IdentitySource *identities);

/** The window in front, made if there is none (transfer none). */
N2Window *n2_application_ensure_window(N2Application *self);

G_END_DECLS
