/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * unicode.c - the Unicode tables of GLib, as the layers below want them.
 */
#include "host/unicode.h"

#include <glib.h>
#include <string.h>

static bool
is_nfc_cb(void *user, const char *text, size_t len)
{
    g_autofree char *normal = g_utf8_normalize(text, (gssize)len, G_NORMALIZE_NFC);

    (void)user;
    return normal && strlen(normal) == len && memcmp(normal, text, len) == 0;
}

static bool
is_assigned_cb(void *user, int32_t code_point)
{
    (void)user;
    return g_unichar_isdefined((gunichar)code_point);
}

const n2_unicode *
n2_host_unicode(void)
{
    static const n2_unicode unicode = {.is_nfc = is_nfc_cb, .is_assigned = is_assigned_cb};

    return &unicode;
}
