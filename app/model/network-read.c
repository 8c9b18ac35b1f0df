/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-read.c - the answer of the node as a tree of ways.
 *
 * Own lines are ports of the node's switch.  What lies behind them is known from the ways to
 * identities: each prefix of a way is a stop, so ways that begin alike share it.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "client/client.h"
#include "model/network.h"

enum {
    JAM_SHOWN_US = 1000000,
    ID_SHOWN = 9 /* characters of an identity that stand for all of it: k1- and six */
};

/* "k1-abcdef…" (transfer full) */
static char *
short_identity(const char *identity)
{
    return g_strdup_printf("%.*s…", ID_SHOWN, identity);
}

/* A name, else the identity, else where it is (transfer full). */
static char *
title_of(GVariant *row)
{
    const char *name = n2_dict_string(row, "name");
    const char *identity = n2_dict_string(row, "identity");
    const char *endpoint = n2_dict_string(row, "endpoint");
    const char *colon = endpoint ? strchr(endpoint, ':') : NULL;

    if (name && *name)
        return g_strdup(name);
    if (identity && *identity)
        return short_identity(identity);
    if (colon && colon[1])
        return g_strdup(colon + 1);
    return g_strdup(_("A node"));
}

static char *
address_of(GVariant *row)
{
    const char *identity = n2_dict_string(row, "identity");

    return identity && *identity ? g_strdup_printf("net2o://%s/", identity) : NULL;
}

static N2Waypoint *
add_point(N2Network *network, const char *key, guint parent)
{
    N2Waypoint *p = n2_waypoint_new();

    p->key = g_strdup(key);
    p->parent = parent;
    p->depth = n2_network_point(network, parent)->depth + 1;
    g_ptr_array_add(network->points, p);
    return p;
}

static guint
index_of(const N2Network *network, const char *key)
{
    guint i = 0;

    while (i < network->points->len && !g_str_equal(n2_network_point(network, i)->key, key))
        i++;
    return i;
}

/* ---- own lines ---- */

static void
read_port(N2Network *network, GVariant *row, guint64 bits)
{
    guint64 port = n2_dict_uint(row, "port");
    const char *state = n2_dict_string(row, "state");
    gboolean is_up = g_strcmp0(state, "up") == 0;
    g_autofree char *key =
        g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, port, bits);

    if (!port || g_strcmp0(state, "down") == 0)
        return;
    N2Waypoint *p = add_point(network, key, 0);
    p->port = (guint)port;
    p->title = title_of(row);
    p->address = address_of(row);
    p->where = g_strdup(n2_dict_string(row, "endpoint"));
    p->rtt_us = n2_dict_uint(row, "rtt_us") ? (gint64)n2_dict_uint(row, "rtt_us") : -1;
    p->rate_bps = n2_dict_uint(row, "rate_bps");
    p->in_bps = n2_dict_uint(row, "in_bps");
    p->out_bps = n2_dict_uint(row, "out_bps");
    p->reserved_bps = n2_dict_uint(row, "reserved_bps");
    p->queue_us = n2_dict_uint(row, "queue_us");
    p->n_dropped = n2_dict_uint(row, "dropped_out");
    /* A moment's jam is how senders learn the rate; the map tells of those that stay. */
    if (n2_dict_bool(row, "jammed") && n2_dict_uint(row, "jammed_us") >= JAM_SHOWN_US)
        p->jammed_us = (gint64)n2_dict_uint(row, "jammed_us");
    p->kind = !is_up       ? N2_WAYPOINT_ASLEEP
              : p->address ? N2_WAYPOINT_PLACE
                           : N2_WAYPOINT_COMPUTER;
    p->line = !is_up                    ? N2_WAY_ASLEEP
              : p->jammed_us >= 0       ? N2_WAY_JAMMED
              : p->in_bps || p->out_bps ? N2_WAY_USED
                                        : N2_WAY_KNOWN;
}

/* ---- ways ---- */

/* The stop after one hop more, made if there is none. */
static guint
step(N2Network *network, guint from, GVariant *hop)
{
    const N2Waypoint *before = n2_network_point(network, from);
    g_autofree char *key = g_strdup_printf(
        "%s%s%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, before->key, *before->key ? " " : "",
        n2_dict_uint(hop, "port"), n2_dict_uint(hop, "bits"));
    guint at = index_of(network, key);

    if (at < network->points->len)
        return at;
    N2Waypoint *p = add_point(network, key, from);
    /* Translators: a switch about which nothing else is known. */
    p->title = g_strdup(_("Switch"));
    p->kind = from ? N2_WAYPOINT_SWITCH : N2_WAYPOINT_ASLEEP;
    p->line = from ? N2_WAY_KNOWN : N2_WAY_ASLEEP; /* there is no link at this port of ours */
    return at;
}

/* By what the switch that this hop leads to is avoided (transfer full); NULL: nobody told. */
static char *
dup_avoid(GVariant *hop)
{
    guint64 number = n2_dict_uint(hop, "switch");

    return number ? g_strdup_printf("#%" G_GUINT64_FORMAT, number)
                  : g_strdup(n2_dict_string(hop, "domain"));
}

static void
read_avoided(N2Network *network, GVariant *row)
{
    const char *hop = n2_dict_string(row, "hop"), *name = n2_dict_string(row, "name");
    g_autofree char *words =
        /* Translators: a switch of a network, by its number there. */
        hop && *hop == '#' ? g_strdup_printf(_("Switch %s"), hop) : g_strdup(hop);

    if (hop && *hop)
        n2_network_add_avoided(network, hop, name && *name ? name : words);
}

static void
read_way(N2Network *network, GVariant *row)
{
    g_autoptr(GVariant) hops = n2_dict_dup(row, "hops", "aa{sv}");
    gsize n = hops ? g_variant_n_children(hops) : 0;
    gboolean is_used = n2_dict_bool(row, "used");
    guint at = 0;

    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) hop = g_variant_get_child_value(hops, i);
        at = step(network, at, hop);
        N2Waypoint *p = n2_network_point(network, at);
        if (!p->avoid && i + 1 < n)
            p->avoid = dup_avoid(hop);
        if (i + 1 < n && p->kind != N2_WAYPOINT_ASLEEP)
            p->kind = N2_WAYPOINT_SWITCH;
        if (is_used && p->line == N2_WAY_KNOWN)
            p->line = N2_WAY_USED;
    }
    if (n == 0)
        return;
    N2Waypoint *end = n2_network_point(network, at);
    if (!end->address) {
        g_free(end->title);
        end->title = title_of(row);
        end->address = address_of(row);
    }
    /* Somebody else may go on behind it: then a switch is what it looks like. */
    if (end->depth > 1 && end->kind == N2_WAYPOINT_SWITCH && end->line <= N2_WAY_USED)
        end->kind = N2_WAYPOINT_PLACE;
    if (n2_dict_uint(row, "rtt_us"))
        end->rtt_us = (gint64)n2_dict_uint(row, "rtt_us");
}

/* What lies behind a silent line is asleep with it; who has somebody behind it is a switch. */
static void
settle(N2Network *network)
{
    for (guint i = 1; i < network->points->len; i++) {
        N2Waypoint *p = n2_network_point(network, i);
        N2Waypoint *before = n2_network_point(network, p->parent);
        if (before->line == N2_WAY_ASLEEP) {
            p->line = N2_WAY_ASLEEP;
            p->kind = N2_WAYPOINT_ASLEEP;
        }
        if (before->kind == N2_WAYPOINT_PLACE || before->kind == N2_WAYPOINT_COMPUTER)
            before->kind = N2_WAYPOINT_SWITCH;
    }
}

static void
read_reservation(N2Network *network, GVariant *row)
{
    g_autoptr(N2Reservation) r = n2_reservation_new();
    const char *state = n2_dict_string(row, "state");
    gboolean is_asked = g_strcmp0(state, "asking") == 0;

    if (!is_asked && g_strcmp0(state, "kept") != 0)
        return;
    r->title = title_of(row);
    r->number = n2_dict_uint(row, "number");
    r->rate_bps = n2_dict_uint(row, "rate_bps");
    r->is_asked = is_asked;
    r->is_urgent = g_strcmp0(n2_dict_string(row, "class"), "urgent") == 0;
    g_list_store_append(network->reservations, r);
}

/* ---- one to many ---- */

/* Where it comes from: our own line's title (transfer full); NULL: from here. */
static char *
dup_upstream(const N2Network *network, GVariant *row)
{
    guint64 port = n2_dict_uint(row, "in_port");

    for (guint i = 1; port && i < network->points->len; i++)
        if (n2_network_point(network, i)->port == port)
            return g_strdup(n2_network_point(network, i)->title);
    return port ? g_strdup_printf(_("port %u"), (guint)port) : NULL;
}

/* @title: (transfer full). */
static N2Cast *
add_cast(N2Network *network, GVariant *row, char *key, char *title)
{
    g_autoptr(N2Cast) cast = n2_cast_new();

    cast->key = key;
    cast->title = title;
    cast->n_packets = n2_dict_uint(row, "packets");
    g_list_store_append(network->casts, cast);
    return cast;
}

static void
read_tree(N2Network *network, GVariant *row)
{
    const char *tree = n2_dict_string(row, "tree");
    guint n_branches = (guint)n2_dict_uint(row, "branches");
    g_autofree char *from = dup_upstream(network, row);

    if (!tree || !n_branches) /* its branches are still to come */
        return;
    N2Cast *cast = add_cast(network, row, g_strconcat("tree ", tree, NULL),
                            from ? g_strdup_printf(_("Tree from %s"), from)
                                 : g_strdup(_("Tree from here")));
    cast->n_ways = n_branches;
}

static void
read_channel(N2Network *network, GVariant *row)
{
    guint number = (guint)n2_dict_uint(row, "channel");
    g_autofree char *from = dup_upstream(network, row);
    N2Cast *cast = add_cast(network, row, g_strdup_printf("channel %u", number),
                            from ? g_strdup_printf(_("Channel %u from %s"), number, from)
                                 : g_strdup_printf(_("Channel %u from here"), number));

    cast->n_ways = (guint)n2_dict_uint(row, "ports");
}

/* Of @n_all rows those that found no place in the table. */
static guint
count_untold(GVariant *look, const char *key, guint n_all)
{
    g_autoptr(GVariant) rows = n2_dict_dup(look, key, "aa{sv}");
    guint n_told = rows ? (guint)g_variant_n_children(rows) : 0;

    return n_all > n_told ? n_all - n_told : 0;
}

/* ---- all ---- */

typedef void (*row_reader)(N2Network *network, GVariant *row);

static void
read_rows(N2Network *network, GVariant *look, const char *key, row_reader reader)
{
    g_autoptr(GVariant) rows = n2_dict_dup(look, key, "aa{sv}");

    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        reader(network, row);
    }
}

N2Network *
n2_network_read(GVariant *look)
{
    N2Network *network = n2_network_new();
    g_autoptr(GVariant) ports = n2_dict_dup(look, "ports", "aa{sv}");

    for (gsize i = 0; ports && i < g_variant_n_children(ports); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(ports, i);
        read_port(network, row, n2_dict_uint(look, "bits"));
    }
    read_rows(network, look, "ways", read_way);
    settle(network);
    read_rows(network, look, "reserved", read_reservation);
    read_rows(network, look, "avoided", read_avoided);
    read_rows(network, look, "trees", read_tree);
    read_rows(network, look, "channels", read_channel);
    network->n_forwarded = n2_dict_uint(look, "forwarded");
    network->n_rules = (guint)n2_dict_uint(look, "filter_rules");
    network->n_labels = (guint)n2_dict_uint(look, "n_labels");
    network->n_trees = (guint)n2_dict_uint(look, "n_trees");
    network->n_channels = (guint)n2_dict_uint(look, "n_channels");
    network->n_casts = g_list_model_get_n_items(G_LIST_MODEL(network->casts)) +
                       count_untold(look, "trees", network->n_trees) +
                       count_untold(look, "channels", network->n_channels);
    return network;
}
