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

void
n2_link_wish(n2_links *links, uint64_t link_id, uint32_t port)
{
    if (port && port < n2_links_n_ports(links) && !links->by_port[port] &&
        !links->reserved[port] && !find_known(links, link_id))
        (void)!n2_links_known(links, link_id, port);
}

uint32_t
n2_link_choose_port(const n2_links *links, uint64_t link_id)
{
    const n2_known_link *known = find_known(links, link_id);
    uint32_t any = 0;

    if (known && !links->by_port[known->port])
        return known->port;
    for (uint32_t port = 1; port < n2_links_n_ports(links); port++) {
        if (links->by_port[port])
            continue;
        if (!links->reserved[port])
            return port;
        if (!any)
            any = port;
    }
    return any;
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

static n2_link **
bucket_of(const n2_links *links, uint64_t token)
{
    return &links->by_token[token & (links->n_buckets - 1)];
}

/* The hot look-up: tokens are random, so a chain holds one link or two. */
n2_link *
n2_link_by_token(const n2_links *links, uint64_t token)
{
    n2_link *link = *bucket_of(links, token);

    while (link && link->token != token)
        link = link->next_by_token;
    return link;
}

static void
forget_token(n2_links *links, n2_link *link)
{
    n2_link **at = bucket_of(links, link->token);

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
    link->next_by_token = *bucket_of(links, token);
    *bucket_of(links, token) = link;
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
