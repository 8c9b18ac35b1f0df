/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * set.c - the tables behind the links: ports, link ids, tokens, deadlines, events.
 */
#include "link/set.h"

#include <stdlib.h>

#define TOKEN_MASK ((UINT64_C(1) << 48) - 1)

/* ---- what is remembered of link ids ---- */

static n2_known_link *
find_known(const n2_links *links, uint64_t link_id)
{
    for (size_t i = 0; i < links->n_known; i++)
        if (links->known[i].link_id == link_id)
            return &links->known[i];
    return NULL;
}

n2_err
n2_links_known(n2_links *links, uint64_t link_id, uint32_t port)
{
    n2_known_link *known = find_known(links, link_id);

    if (!port || port >= n2_links_n_ports(links))
        return N2_ERR_USAGE;
    if (!known) {
        if (links->n_known == N2_LINK_KNOWN_MAX) {
            links->stats.refused_known++;
            return N2_ERR_LIMIT;
        }
        if (links->n_known == links->known_room) {
            size_t room = links->known_room ? 2 * links->known_room : 16;
            n2_known_link *more = realloc(links->known, room * sizeof *more);
            if (!more)
                return N2_ERR_NOMEM;
            links->known = more;
            links->known_room = room;
        }
        known = &links->known[links->n_known++];
    } else {
        links->reserved[known->port]--;
    }
    *known = (n2_known_link){.link_id = link_id, .port = port};
    links->reserved[port]++;
    return N2_OK;
}

n2_err
n2_links_bar(n2_links *links, uint32_t port, bool is_barred)
{
    if (!port || port >= n2_links_n_ports(links))
        return N2_ERR_USAGE;
    if (is_barred &&
        (links->by_port[port] || links->reserved[port] & (N2_PORT_KEPT | N2_PORT_OPEN)))
        return N2_ERR_EXISTS;
    if (is_barred)
        links->reserved[port] |= N2_PORT_BARRED;
    else
        links->reserved[port] &= (uint16_t)~N2_PORT_BARRED;
    return N2_OK;
}

n2_err
n2_links_plan(n2_links *links, uint32_t port, const n2_net_addr *net, uint64_t now_us)
{
    if (!port || port >= n2_links_n_ports(links))
        return N2_ERR_USAGE;
    links->has_plan = true;
    if (!net) {
        links->reserved[port] |= N2_PORT_OPEN;
        return N2_OK;
    }
    if (!links->kept)
        links->kept = calloc(n2_links_n_ports(links), sizeof *links->kept);
    if (!links->kept)
        return N2_ERR_NOMEM;
    links->kept[port] = *net;
    links->reserved[port] |= N2_PORT_KEPT;
    n2_link *link = links->by_port[port];
    if (link && !n2_net_addr_equal(&link->net, net))
        n2_link_lose(links, link, N2_ERR_CLOSED, now_us); /* it was quicker */
    return N2_OK;
}

void
n2_link_wish(n2_links *links, uint64_t link_id, uint32_t port)
{
    if (!port || port >= n2_links_n_ports(links) || links->by_port[port])
        return;
    bool is_open = !links->config.is_planned || links->reserved[port] & N2_PORT_OPEN;
    if (is_open && !(links->reserved[port] & ~N2_PORT_OPEN) && !find_known(links, link_id))
        (void)!n2_links_known(links, link_id, port);
}

/* May a link to @net have @port? */
static bool
may_have(const n2_links *links, uint32_t port, const n2_net_addr *net, bool is_ours)
{
    if (links->by_port[port] || links->reserved[port] & N2_PORT_BARRED)
        return false;
    if (links->reserved[port] & N2_PORT_KEPT)
        return n2_net_addr_equal(&links->kept[port], net);
    return is_ours || !links->config.is_planned || links->reserved[port] & N2_PORT_OPEN;
}

uint32_t
n2_link_choose_port(const n2_links *links,
                    uint64_t link_id,
                    const n2_net_addr *net,
                    bool is_ours)
{
    const n2_known_link *known = find_known(links, link_id);
    uint32_t any = 0;

    for (uint32_t port = 1; links->kept && port < n2_links_n_ports(links); port++)
        if (links->reserved[port] & N2_PORT_KEPT && may_have(links, port, net, is_ours))
            return port;
    if (known && may_have(links, known->port, net, is_ours))
        return known->port;
    for (uint32_t port = 1; port < n2_links_n_ports(links); port++) {
        if (!may_have(links, port, net, is_ours))
            continue;
        if (!(links->reserved[port] & ~N2_PORT_OPEN))
            return port;
        if (!any)
            any = port;
    }
    return any;
}

void
n2_link_make_place(n2_links *links, const n2_net_addr *net, uint64_t now_us)
{
    n2_link *old = NULL;

    for (uint32_t port = 1; links->kept && port < n2_links_n_ports(links); port++) {
        n2_link *link = links->by_port[port];
        if (!(links->reserved[port] & N2_PORT_KEPT) ||
            !n2_net_addr_equal(&links->kept[port], net))
            continue;
        if (!link)
            return;
        if (!link->is_opener && n2_net_addr_equal(&link->net, net) &&
            (!old || link->heard_us < old->heard_us))
            old = link;
    }
    if (old)
        n2_link_lose(links, old, N2_ERR_CLOSED, now_us);
}

/* ---- links ---- */

n2_link *
n2_link_find(const n2_links *links, uint64_t link_id)
{
    for (n2_link *link = links->first; link; link = link->next)
        if (link->link_id == link_id)
            return link;
    return NULL;
}

static void
forget_token(n2_links *links, n2_link *link)
{
    n2_link **at = n2_link_bucket(links, link->token);

    while (*at && *at != link)
        at = &(*at)->next_by_token;
    if (*at)
        *at = link->next_by_token;
    link->token = 0;
}

void
n2_link_draw_token(n2_links *links, n2_link *link)
{
    uint64_t token;

    if (link->token)
        forget_token(links, link);
    do {
        n2_env_random(&links->config.env, &token, sizeof token);
        token &= TOKEN_MASK;
    } while (!token || n2_link_by_token(links, token));
    link->token = token;
    link->next_by_token = *n2_link_bucket(links, token);
    *n2_link_bucket(links, token) = link;
}

n2_link *
n2_link_add(n2_links *links, uint64_t link_id, uint32_t port, n2_link_state state)
{
    n2_link *link = calloc(1, sizeof *link);

    if (!link)
        return NULL;
    link->state = state;
    link->link_id = link_id;
    link->port = port;
    link->datagram_bytes = links->config.datagram_bytes;
    link->deadline_us = UINT64_MAX;
    link->next = links->first;
    if (links->first)
        links->first->previous = link;
    links->first = link;
    links->n_links++;
    links->by_port[port] = link;
    n2_link_draw_token(links, link);
    return link;
}

void
n2_link_remove(n2_links *links, n2_link *link)
{
    forget_token(links, link);
    links->by_port[link->port] = NULL;
    links->n_links--;
    if (link->next)
        link->next->previous = link->previous;
    if (link->previous)
        link->previous->next = link->next;
    else
        links->first = link->next;
    free(link->halves);
    free(link);
}

void
n2_link_set_deadline(n2_links *links, n2_link *link, uint64_t at_us)
{
    if (at_us != UINT64_MAX)
        at_us = (at_us + N2_LINK_TICK_US - 1) / N2_LINK_TICK_US * N2_LINK_TICK_US;
    link->deadline_us = at_us;
    if (at_us < links->next_us)
        links->next_us = at_us;
}

/* ---- events ---- */

void
n2_link_tell(n2_links *links, const n2_link *link, n2_link_event_kind kind, n2_err err)
{
    if (links->n_events == links->events_room) {
        size_t room = links->events_room ? 2 * links->events_room : 16;
        n2_link_event *more = calloc(room, sizeof *more);
        if (!more)
            abort(); /* a caller that misses an event goes on with a link that is not there */
        for (size_t i = 0; i < links->n_events; i++)
            more[i] = links->events[(links->first_event + i) % links->events_room];
        free(links->events);
        links->events = more;
        links->events_room = room;
        links->first_event = 0;
    }
    links->events[(links->first_event + links->n_events++) % links->events_room] =
        (n2_link_event){.kind = kind,
                        .err = err,
                        .is_opener = link->is_opener && !link->is_met,
                        .port = link->port,
                        .remote_port = link->remote_port,
                        .remote_width = link->remote_width,
                        .rtt_us = link->rtt_us,
                        .link_id = link->link_id,
                        .net = link->net};
}
