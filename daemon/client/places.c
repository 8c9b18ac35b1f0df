/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * places.c - calls about domains, places in them, and what is to be avoided.
 */
#include "client/client-private.h"
#include "client/client.h"

#define CALL(method, what, args)                                                               \
    n2_client_call(self, N2_ON_NETWORK, method, what, args, -1, cancellable, callback,         \
                   user_data)

void
n2_client_place_set_async(N2Client *self, const char *what, const char *who, N2_CALL_ARGS)
{
    const char *whom = who ? who : "";

    CALL("PlaceSet", who ? who : what, g_variant_new("(ss)", what, whom));
}

void
n2_client_place_show_async(N2Client *self, gboolean has_place, N2_CALL_ARGS)
{
    CALL("PlaceShow", "domain", g_variant_new("(b)", has_place));
}

void
n2_client_place_learn_async(N2Client *self, const char *text, N2_CALL_ARGS)
{
    CALL("PlaceLearn", "domain learn", g_variant_new("(s)", text));
}

void
n2_client_avoid_set_async(N2Client *self, const char *hop, gboolean is_avoided, N2_CALL_ARGS)
{
    CALL("AvoidSet", hop, g_variant_new("(sb)", hop, is_avoided));
}

void
n2_client_avoid_list_async(N2Client *self, N2_CALL_ARGS)
{
    CALL("AvoidList", NULL, NULL);
}
