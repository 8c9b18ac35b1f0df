/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * add-device.h - a window that lets another machine join an identity: by three words, or by its
 *                request and our answer.
 *
 * Layer: app/views.
 */
#pragma once

#include <adwaita.h>

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_ADD_DEVICE (n2_add_device_get_type())
G_DECLARE_FINAL_TYPE(N2AddDevice, n2_add_device, N2, ADD_DEVICE, AdwWindow)

/** Over @parent (transfer none). */
N2AddDevice *
n2_add_device_open(GtkWindow *parent, N2IdentitySource *source, N2OwnIdentity *identity);

G_END_DECLS
