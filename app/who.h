/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * who.h - who you are, in the application: the assistant at the first start, preferences,
 *         signing in and out, and what orders wait for.
 *
 * Layer: app.
 *
 * Actions of the application: "new-identity", "preferences", "sign-in", "sign-out".  The first,
 * third and fourth take turns, so that a menu shows one of them.
 */
#pragma once

#include <adwaita.h>

#include "model/identity-source.h"
#include "model/people-source.h"

G_BEGIN_DECLS

#define N2_TYPE_WHO (n2_who_get_type())
G_DECLARE_FINAL_TYPE(N2Who, n2_who, N2, WHO, GObject)

/**
 * @app: borrowed: it outlives this.
 * @people: (nullable): for the page about sites.
 * @marker: path of a file that says that the assistant was open here once.
 *
 * Returns: (transfer full).
 */
N2Who *n2_who_new(GtkApplication *app,
                  N2IdentitySource *source,
                  N2PeopleSource *people,
                  const char *marker);

/** The user starts the browser, and names no place: the first time, if there is nobody yet, the
 * assistant comes up as soon as the node has told so. */
void n2_who_welcome(N2Who *self);

G_END_DECLS
