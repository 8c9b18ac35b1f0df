/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * limits.c - the limits in net2o status: what is held, how much may be, how often it was met.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"

static const struct {
    const char *name, *words;
} known[] = {
    {"again_per_s", N_("tokens for connections asked for, per second")},
    {"cast_events", N_("packets of what this node follows, waiting")},
    {"casts", N_("multicasts and channels that this node follows")},
    {"channel_blocks", N_("blocks of broadcast channels that are passed on")},
    {"channel_per_s", N_("joins of channels by one port, per second")},
    {"channels", N_("broadcast channels that are passed on")},
    {"claims", N_("reservations of this node, on the way to others")},
    {"command_queue_bytes", N_("answers waiting, bytes of one connection")},
    {"command_ring_bytes", N_("questions waiting, bytes of one connection")},
    {"connections", N_("connections")},
    {"connections_bytes", N_("connections that move, bytes")},
    {"dht_domain", N_("nodes of one domain in one part of the table of the DHT")},
    {"dht_keep_per_s", N_("announcements of one domain to be kept, per second")},
    {"dht_key_values", N_("announcements kept of one thing")},
    {"dht_nodes", N_("nodes of the DHT that are remembered")},
    {"dht_seeks", N_("look-ups in the DHT")},
    {"dht_share", N_("announcements kept of one domain")},
    {"dht_shares", N_("domains whose announcements are kept")},
    {"dht_values", N_("announcements kept for others")},
    {"dht_writer", N_("announcements kept of one node")},
    {"endpoint_event_bytes", N_("news for the control plane, bytes")},
    {"endpoint_events", N_("news for the control plane")},
    {"feeds", N_("who gets copies of this node's trees by unicast")},
    {"fetch_regions", N_("pieces being fetched")},
    {"fetch_remotes", N_("identities asked")},
    {"fetch_transfers", N_("files being fetched")},
    {"filter_rules", N_("rules of the switch's filter")},
    {"flight_packets", N_("packets under way, of one connection")},
    {"gone", N_("late regions of one connection")},
    {"grants", N_("regions of one connection")},
    {"half_open", N_("half-open connections")},
    {"half_open_per_way", N_("half-open connections of one way")},
    {"hello_per_s", N_("connections asked for, per second")},
    {"ipc_clients", N_("programs connected")},
    {"ipc_jobs", N_("requests of one program")},
    {"jobs", N_("requests under way")},
    {"key_requests", N_("questions to the keys process")},
    {"lookups", N_("names being looked up")},
    {"lookups_others", N_("names being looked up for others")},
    {"lookups_per_other", N_("names that one connection has looked up for it, at once")},
    {"zones_kept", N_("zones that are kept here")},
    {"zone_asks", N_("requests to zones in a second")},
    {"name_answers", N_("answers of zones that are kept")},
    {"name_answers_bytes", N_("answers of zones that are kept, bytes")},
    {"name_zone_percent", N_("answers that one zone may have of all, percent")},
    {"person_asks", N_("things that wait for a person")},
    {"labels", N_("virtual labels of the switch")},
    {"link_accept_per_s", N_("links accepted, per second")},
    {"link_challenge_per_s", N_("links asked for, per second")},
    {"link_events", N_("news of links")},
    {"link_halves", N_("halves of packets of one link")},
    {"link_kept", N_("links whose port is kept")},
    {"link_known", N_("links whose port is remembered")},
    {"link_meet_per_s", N_("introductions by one neighbour, per second")},
    {"link_meetings", N_("introductions under way")},
    {"link_met_per_s", N_("introductions to unknown nodes, per second")},
    {"link_move_per_s", N_("new addresses of one link, per second")},
    {"link_out", N_("messages of links to be sent")},
    {"link_pong_per_s", N_("signs of life of one link, per second")},
    {"local_per_s", N_("local broadcasts of one port, per second")},
    {"log_per_s", N_("lines in the log, per second")},
    {"meetings", N_("direct links asked for")},
    {"move_per_s", N_("moves of one connection, per second")},
    {"notice_lies", N_("false words of switches, then none is believed")},
    {"notice_per_s", N_("words of switches, per second")},
    {"peers_others", N_("links that others opened")},
    {"plain", N_("regions without a seal")},
    {"plain_per_s", N_("packets without a seal, per second")},
    {"plane_runs", N_("packets to be sent, buffers")},
    {"probe_per_s", N_("signs of life of one connection, per second")},
    {"probes", N_("signs of life asked for on one connection")},
    {"query_per_s", N_("keys asked for, per second")},
    {"queue_cap_bytes", N_("packets waiting for one link, bytes")},
    {"queue_packets", N_("packets waiting for links")},
    {"queues_bytes", N_("answers waiting, bytes of all connections")},
    {"raw_queue", N_("short answers to be sent")},
    {"reserve_out", N_("words about reservations that wait to be sent")},
    {"reserve_per_s", N_("reservations asked for by one port, per second")},
    {"reserve_steps", N_("allotments that this node has with large switches")},
    {"reserves", N_("reservations kept for others")},
    {"route_places", N_("places of others in domains that are known")},
    {"route_questions", N_("questions to domains and neighbours at once")},
    {"said", N_("words about multicasts and channels that wait to be sent")},
    {"sends", N_("pieces being sent on one connection")},
    {"serve_mapped_bytes", N_("files kept open for others, bytes")},
    {"serve_objects", N_("files being read by others")},
    {"serve_send_bytes", N_("bytes being sent on one connection")},
    {"serve_sends", N_("answers of content on one connection")},
    {"serve_walk_bytes", N_("short files being sent many at once, bytes")},
    {"carried", N_("files that are being fetched for others")},
    {"account_moves", N_("accounts at sites here that have got a new key")},
    {"login_tries", N_("tries of one asker to log in")},
    {"show_per_s", N_("askers who prove who they are, per second")},
    {"show_tries", N_("tries of one asker to prove who it is")},
    {"store_cache_bytes", N_("files that were only read, bytes")},
    {"switch_echo_per_s", N_("echoes of one port, per second")},
    {"switch_notice_per_s", N_("words to one port, per second")},
    {"switch_ports", N_("ports of the switch")},
    {"talk_bytes", N_("unfinished questions, bytes")},
    {"tickets", N_("connections that may be resumed by others")},
    {"tickets_own", N_("connections that we may resume")},
    {"tree_branches", N_("branches of multicasts")},
    {"tree_per_s", N_("joins of multicasts by one port, per second")},
    {"trees", N_("multicasts that branch here")},
    {"unknown_per_s", N_("connections asked to go on that we do not know, per second")},
    {"vm_cost_per_s", N_("work for one connection, per second")},
    {"vm_refused", N_("faulty questions of one connection")},
    {"zones_seen", N_("zones whose states are remembered")},
};

static const char *
words_of(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(known[i].name, name))
            return _(known[i].words);
    return name;
}

static char **
make_row(GVariant *limit, gboolean has_at, guint64 at, guint64 refused)
{
    guint64 max = n2_dict_uint(limit, "max");
    g_autofree char *held =
        has_at ? g_strdup_printf("%" G_GUINT64_FORMAT, at) : g_strdup("\xe2\x80\x93");
    g_autofree char *most = g_strdup_printf("%" G_GUINT64_FORMAT, max);
    g_autofree char *count = g_strdup_printf("%" G_GUINT64_FORMAT, refused);

    return n2_cli_row(words_of(n2_dict_string(limit, "name")), held, most, count, NULL);
}

void
n2_cli_print_limits(const N2Cli *cli, GVariant *status, gboolean is_all)
{
    g_autoptr(GVariant) limits = n2_dict_dup(status, "limits", "aa{sv}");
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    g_autofree char *title = n2_cli_tone(cli, N2_TONE_TITLE, _("Limits"));
    guint n_idle = 0;

    if (!limits || !g_variant_n_children(limits))
        return;
    g_ptr_array_add(rows, n2_cli_row("", _("held"), _("at most"), _("refused"), NULL));
    for (gsize i = 0; i < g_variant_n_children(limits); i++) {
        g_autoptr(GVariant) limit = g_variant_get_child_value(limits, i);
        g_autoptr(GVariant) held = g_variant_lookup_value(limit, "at", NULL);
        guint64 at = n2_dict_uint(limit, "at");
        guint64 refused = n2_dict_uint(limit, "refused");
        if (!n2_dict_string(limit, "name"))
            continue;
        if (is_all || at || refused)
            g_ptr_array_add(rows, make_row(limit, held != NULL, at, refused));
        else
            n_idle++;
    }
    printf("%s\n", title);
    if (rows->len > 1)
        n2_cli_print_columns(rows, 3);
    if (n_idle)
        printf(ngettext("%u more limit, unused (--verbose shows it)\n",
                        "%u more limits, unused (--verbose shows them)\n", n_idle),
               n_idle);
}
