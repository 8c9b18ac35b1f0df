/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zones.c - calls about zones of names, and what is asked of them.
 */
#include "client/zones.h"

#include "client/client-private.h"

#define CALL(method, what, args)                                                               \
    n2_client_call(self, N2_ON_NETWORK, method, what, args, -1, cancellable, callback,         \
                   user_data)

void
n2_client_name_ask_async(
    N2Client *self, const char *what, const char *name, GVariant *options, N2_CALL_ARGS)
{
    CALL("NameAsk", name, g_variant_new("(ss@a{sv})", what, name, options));
}

void
n2_client_zone_new_async(N2Client *self, const char *suffix, GVariant *options, N2_CALL_ARGS)
{
    CALL("ZoneNew", suffix, g_variant_new("(s@a{sv})", suffix, options));
}

void
n2_client_zone_follow_async(N2Client *self, const char *zone, N2_CALL_ARGS)
{
    CALL("ZoneFollow", zone, g_variant_new("(s)", zone));
}

void
n2_client_zone_unfollow_async(N2Client *self, const char *zone, N2_CALL_ARGS)
{
    CALL("ZoneUnfollow", zone, g_variant_new("(s)", zone));
}

void
n2_client_zone_list_async(N2Client *self, N2_CALL_ARGS)
{
    CALL("ZoneList", NULL, NULL);
}

void
n2_client_zone_show_async(N2Client *self, const char *zone, gint64 skip, N2_CALL_ARGS)
{
    CALL("ZoneShow", zone, g_variant_new("(sx)", zone, skip));
}

void
n2_client_zone_import_async(N2Client *self,
                            const char *zone,
                            const char *const *names,
                            N2_CALL_ARGS)
{
    CALL("ZoneImport", zone, g_variant_new("(s^as)", zone, names));
}
