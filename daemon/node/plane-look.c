/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-look.c - counters of links and switch, port by port.
 */
#include "node/plane-look.h"

#include <stdlib.h>

static bool
is_quiet(const n2_switch_port *p)
{
    return !p->packets_in && !p->packets_out && !p->overflowed;
}

static void
put_link(n2_look_port *row, const n2_link_info *link)
{
    row->is_up = link->is_up;
    row->is_opener = link->is_opener;
    row->remote_port = (uint16_t)link->remote_port;
    row->remote_width = link->remote_width;
    row->rtt_us = link->rtt_us;
    row->rate_Bps = link->rate_Bps;
    row->link_id = link->link_id;
    row->net = link->net;
}

static void
put_queue(n2_look_port *row, n2_queues *queues, uint64_t now_us)
{
    n2_queue_stats stats;

    n2_queues_look(queues, row->port, now_us, &stats);
    row->packets_out -= stats.packets; /* that are to leave, and may be dropped yet */
    row->bytes_out -= stats.bytes;
    row->queue_packets = stats.packets;
    row->queue_bytes = stats.bytes;
    row->queue_us = n2_queue_us(stats.bytes, row->rate_Bps);
    row->queue_peak_us = n2_queue_us(stats.peak_bytes, row->rate_Bps);
    row->jam_marks = stats.marks;
    row->jam_notices = stats.told;
    row->jam_since_us = stats.jam_since_us;
}

static void
put_port(n2_look *look,
         const n2_switch *sw,
         const n2_links *links,
         n2_queues *queues,
         uint32_t port,
         uint64_t now_us)
{
    const n2_switch_port *p = &sw->ports[port];
    n2_link_info link = {.is_up = !port};
    bool is_there = !port || n2_links_info(links, port, &link);

    if (!is_there && is_quiet(p))
        return;
    n2_look_port *row = n2_look_add_ports(look);

    if (!row)
        return;
    row->port = (uint16_t)port;
    put_link(row, &link);
    row->packets_in = p->packets_in;
    row->bytes_in = p->bytes_in;
    row->dropped_in = p->dropped;
    row->dropped_out = p->overflowed;
    row->filtered_in = p->filtered;
    row->packets_out = p->packets_out;
    row->bytes_out = p->bytes_out;
    row->users = port ? n2_queues_weight(queues, port) : 0;
    put_queue(row, queues, now_us);
}

n2_look *
n2_plane_look_new(n2_switch *sw,
                  const n2_links *links,
                  n2_queues *queues,
                  uint32_t first_port,
                  uint64_t now_us)
{
    n2_look *look = calloc(1, sizeof *look);

    if (!look)
        return NULL;
    look->at_us = now_us;
    look->width = sw->width;
    look->first_port = first_port;
    look->forwarded = sw->forwarded;
    look->delivered = sw->delivered;
    for (uint32_t port = first_port; !(port >> sw->width); port++)
        put_port(look, sw, links, queues, port, now_us);
    look->filter_rules = (uint32_t)n2_filter_count(sw->filter);
    n2_labels_look(sw->labels, look);
    if (sw->reserve)
        n2_reserve_look(sw->reserve, look, now_us);
    return look;
}
