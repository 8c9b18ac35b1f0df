/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-network.c - the answer of a node in the middle of a small net.
 */
#include "fake-network.h"

#include <string.h>

/* This computer, a home switch with a laptop and a phone, and behind it two others' switches.
 */
static const char ports[] =
    "[{'port': <int64 0>, 'state': <'self'>},"
    " {'port': <int64 1>, 'state': <'up'>, 'endpoint': <'udp:192.0.2.1:4000'>, 'opened': "
    "<true>,"
    "  'rtt_us': <int64 7200>, 'rate_bps': <int64 100000000>, 'in_bps': <int64 50000000>,"
    "  'out_bps': <int64 2000000>, 'reserved_bps': <int64 4000000>,"
    "  'identity': <'k1-hafenhafenhafenhafenhafenhafenhafenhafenhafenhafenha'>,"
    "  'name': <'Hafen'>},"
    " {'port': <int64 2>, 'state': <'up'>, 'endpoint': <'udp:192.0.2.2:4000'>, 'opened': "
    "<true>,"
    "  'rtt_us': <int64 38000>, 'rate_bps': <int64 10000000>, 'in_bps': <int64 800000>,"
    "  'out_bps': <int64 9700000>, 'jammed': <true>, 'jammed_us': <int64 42000000>,"
    "  'queue_us': <int64 14000>, 'dropped_out': <int64 3>,"
    "  'identity': <'k1-nordnetznordnetznordnetznordnetznordnetznordnetznord'>,"
    "  'name': <'Nordnetz'>},"
    " {'port': <int64 3>, 'state': <'up'>, 'endpoint': <'udp:192.168.1.20:40211'>,"
    "  'opened': <false>, 'rtt_us': <int64 1900>, 'in_bps': <int64 0>, 'out_bps': <int64 0>},"
    " {'port': <int64 4>, 'state': <'opening'>, 'endpoint': <'udp:192.168.1.21:4000'>,"
    "  'opened': <true>, 'identity': "
    "<'k1-phonephonephonephonephonephonephonephonephonephoneph'>,"
    "  'name': <'Phone'>}]";

/* To a switch of a domain. */
#define HOP_TO(n, port, number)                                                                \
    "{'n': <int64 " #n ">, 'port': <int64 " #port                                              \
    ">, 'bits': <int64 4>, 'switch': <int64 " #number ">}"
#define HOP(n, port) "{'n': <int64 " #n ">, 'port': <int64 " #port ">, 'bits': <int64 4>}"

static const char ways[] =
    "[{'identity': <'k1-harbourharbourharbourharbourharbourharbourharbourhar'>,"
    "  'name': <'Harbour TV'>, 'source': <'hand'>, 'used': <true>, 'rtt_us': <int64 19000>,"
    "  'hops': <[" HOP(1, 1) "," HOP_TO(2, 5, 1053116765) "," HOP(
        3,
        2) "]>},"
           " {'identity': <'k1-miramiramiramiramiramiramiramiramiramiramiramiramira'>,"
           "  'name': <'Mira'>, 'source': <'hand'>, 'used': <false>,"
           "  'hops': <[" HOP(1, 1) "," HOP(2, 5) "," HOP(
               3,
               3) "]>},"
                  " {'identity': <'k1-wikiwikiwikiwikiwikiwikiwikiwikiwikiwikiwikiwikiwiki'>,"
                  "  'name': <'wiki.net2o'>, 'source': <'hand'>, 'used': <true>, 'rtt_us': "
                  "<int64 52000>,"
                  "  'hops': <[" HOP(1, 2) "," HOP(
                      2, 1) "]>},"
                            " {'identity': "
                            "<'k1-tidelinetidelinetidelinetidelinetidelinetidelinetide'>,"
                            "  'name': <'Tideline'>, 'source': <'hand'>, 'used': <false>,"
                            "  'hops': <[" HOP(1, 2) "," HOP(2, 4) "]>}]";

static const char reserved[] =
    "[{'number': <int64 1>, 'state': <'kept'>, 'class': <'high'>, 'rate_bps': <int64 4000000>,"
    "  'identity': <'k1-harbourharbourharbourharbourharbourharbourharbourhar'>,"
    "  'name': <'Harbour TV'>},"
    " {'number': <int64 2>, 'state': <'refused'>, 'rate_bps': <int64 9000000>,"
    "  'name': <'Nobody'>}]";

/* More than the list beside the map shows. */
static const char casts[] =
    "'n_trees': <int64 3>, 'n_channels': <int64 9>,"
    " 'trees': <[{'tree': <'0123456789abcdef'>, 'in_port': <int64 1>, 'branches': <int64 3>,"
    "   'packets': <int64 4711>},"
    "  {'tree': <'fedcba9876543210'>, 'in_port': <int64 0>, 'branches': <int64 1>,"
    "   'packets': <int64 1>},"
    "  {'tree': <'0000000000000001'>, 'in_port': <int64 1>, 'branches': <int64 0>}]>,"
    " 'channels': <[{'channel': <int64 7>, 'in_port': <int64 2>, 'ports': <int64 2>,"
    "   'packets': <int64 90>}]>";

/* One at a time. */
static char avoided[64];

GVariant *
n2_fake_look(void)
{
    g_autofree char *text =
        g_strdup_printf("{'bits': <int64 4>, 'forwarded': <int64 4711>, %s,"
                        " 'ports': <%s>, 'ways': <%s>, 'reserved': <%s>,"
                        " 'avoided': <@aa{sv} [%s%s%s]>}",
                        casts, ports, ways, reserved, *avoided ? "{'hop': <'" : "", avoided,
                        *avoided ? "'>}" : "");
    g_autoptr(GError) error = NULL;
    GVariant *look = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

    g_assert_no_error(error);
    return look;
}

static void
avoid_async(N2Source *source,
            const char *hop,
            gboolean is_avoided,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(source, cancellable, callback, user_data);

    g_strlcpy(avoided, is_avoided ? hop : "", sizeof avoided);
    g_task_return_boolean(task, TRUE);
}

static gboolean
avoid_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_boolean(G_TASK(result), error);
}

void
n2_fake_network_avoid_init(N2SourceInterface *iface)
{
    iface->avoid_async = avoid_async;
    iface->avoid_finish = avoid_finish;
}

N2Network *
n2_fake_network(gboolean is_released)
{
    g_autoptr(GVariant) look = n2_fake_look();
    N2Network *network = n2_network_read(look);

    if (is_released)
        g_list_store_remove_all(network->reservations);
    return network;
}
