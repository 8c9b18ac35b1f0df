/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * confined.h - whether WebKit's web process is in its sandbox, as a matter of fact.
 *
 * Layer: app/views.
 *
 * WebKit runs pages without a sandbox, and says nothing, when it believes to be in one already
 * (an empty /.flatpak-info) or when a variable tells it to.  So nothing is shown before it was
 * looked at.
 */
#pragma once

#include <glib.h>

/**
 * Looks through /proc for web processes that descend from this one.
 *
 * Returns: whether there is one at least, and each is in a namespace of processes of its own,
 *          which only its sandbox makes.  In a Flatpak, whose portal starts them out of sight,
 *          none is needed.
 */
gboolean n2_confined_check(void);
