/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * settings.h - what sign-ins are like, as the node keeps it, and a yes that may be left out.
 *
 * Layer: app/model (no widgets).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    N2_LEAVE, /* as it is */
    N2_NO,
    N2_YES
} N2Tristate;

/** As Identity1.Settings tells it; what is fixed the node's configuration says. */
typedef struct {
    gboolean is_known; /* the node has told it */
    guint hours;
    gboolean token_signs_out, screen_signs_out;
    gboolean is_hours_fixed, is_token_fixed, is_screen_fixed;
} N2Settings;

G_END_DECLS
