/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * calls-switch.c - the methods about the node's switch: labels, filters, reservations, trees
 * and channels; each as one asynchronous call.
 */
#include "client/client-private.h"
#include "client/client.h"

void
n2_client_switch_look_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "SwitchLook", NULL, NULL);
}

void
n2_client_label_set_async(N2Client *self, const char *order, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "LabelSet", order, g_variant_new("(s)", order));
}

void
n2_client_label_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "LabelList", NULL, NULL);
}

void
n2_client_filter_set_async(N2Client *self, const char *rules, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "FilterSet", NULL, g_variant_new("(s)", rules));
}

void
n2_client_filter_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "FilterList", NULL, NULL);
}

void
n2_client_reserve_async(
    N2Client *self, const char *identity, guint64 rate_bps, const char *class, N2_CALL_ARGS)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (class)
        g_variant_dict_insert(&options, "class", "s", class);
    START(N2_ON_NETWORK, "Reserve", identity,
          g_variant_new("(sx@a{sv})", identity, (gint64)MIN(rate_bps, G_MAXINT64),
                        g_variant_dict_end(&options)));
}

void
n2_client_reserve_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "ReserveList", NULL, NULL);
}

void
n2_client_reserve_release_async(N2Client *self, guint64 number, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "ReserveRelease", NULL,
          g_variant_new("(x)", (gint64)MIN(number, G_MAXINT64)));
}

void
n2_client_cast_open_async(
    N2Client *self, const char *kind, const char *number, guint64 port, N2_CALL_ARGS)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (port)
        g_variant_dict_insert(&options, "port", "x", (gint64)MIN(port, G_MAXINT64));
    START(N2_ON_NETWORK, "CastOpen", *number ? number : kind,
          g_variant_new("(ss@a{sv})", kind, number, g_variant_dict_end(&options)));
}

void
n2_client_cast_close_async(N2Client *self, const char *kind, const char *number, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "CastClose", number, g_variant_new("(ss)", kind, number));
}

void
n2_client_cast_join_async(
    N2Client *self, const char *source, const char *kind, const char *number, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "CastJoin", number, g_variant_new("(sss)", source, kind, number));
}

void
n2_client_cast_leave_async(N2Client *self, const char *kind, const char *number, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "CastLeave", number, g_variant_new("(ss)", kind, number));
}

void
n2_client_cast_probe_async(
    N2Client *self, const char *kind, const char *number, guint64 count, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "CastProbe", number,
          g_variant_new("(ssx)", kind, number, (gint64)MIN(count, G_MAXINT64)));
}

void
n2_client_cast_list_async(N2Client *self, N2_CALL_ARGS)
{
    START(N2_ON_NETWORK, "CastList", NULL, NULL);
}
