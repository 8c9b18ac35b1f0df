/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * unicode.h - the Unicode tables of GLib, as the layers below want them.
 *
 * Layer: host.
 */
#pragma once

#include "base/utf8.h"

/** (static): may be shared by threads. */
const n2_unicode *n2_host_unicode(void);
