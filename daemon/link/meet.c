/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * meet.c - two neighbours of one node, both behind a NAT perhaps, are introduced to each other
 *          and open a link at once.
 *
 *     asker                      middle                      other
 *       | -- MEET n, its port b -> | -- MEETING n, a, asker -> |   may be refused, in silence
 *       |                          | <- MEET n, its port a --- |
 *       | <- MEETING n, b, other - |                           |
 *       | <=========== OPEN, CHALLENGE, CONFIRM, ACCEPT =====> |   link id n, from both sides
 *
 * The middle remembers nothing and tells nobody's address but to whom its owner asked for.
 * What an introduction can make us send (attack 5): N2_LINK_MET_TRIES messages to an address,
 * N2_LINK_MET_PER_S such addresses a second, whoever names them.
 */
#include <string.h>

#include "base/limits.h"
#include "link/message.h"
#include "link/set.h"

enum {
    ASK_TRIES = 4
};
#define ASK_US (N2_SECOND_US / 2)

/* ---- addresses ---- */

typedef enum {
    NOWHERE, /* nobody is there, or many are */
    THIS_HOST,
    OWN_NET, /* of a house or a firm */
    ANYWHERE
} scope;

static scope
scope_v4(const uint8_t a[static 4])
{
    if (a[0] == 127)
        return THIS_HOST;
    if (a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) ||
        (a[0] == 100 && (a[1] & 0xc0) == 64))
        return OWN_NET;
    return a[0] == 0 || a[0] >= 224 || (a[0] == 169 && a[1] == 254) ? NOWHERE : ANYWHERE;
}

static scope
scope_v6(const uint8_t a[static 16])
{
    static const uint8_t zero[15] = {0};

    if (!memcmp(a, zero, sizeof zero))
        return a[15] == 1 ? THIS_HOST : NOWHERE;
    if (!memcmp(a, zero, 10) && a[10] == 0xff && a[11] == 0xff) /* IPv4 in disguise */
        return NOWHERE;
    if ((a[0] & 0xfe) == 0xfc)
        return OWN_NET;
    return a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ? NOWHERE : ANYWHERE;
}

/* Family 1, port 2, address: see the table of messages in link.h. */
static scope
scope_of(const n2_net_addr *net)
{
    if (!net->bytes[1] && !net->bytes[2])
        return NOWHERE;
    if (net->len == 7 && net->bytes[0] == 4)
        return scope_v4(net->bytes + 3);
    return net->len == 23 && net->bytes[0] == 6 ? scope_v6(net->bytes + 3) : NOWHERE;
}

/* Nobody elsewhere may have us speak to our own machine, nobody outside to our own net. */
static bool
is_allowed(const n2_net_addr *net, const n2_net_addr *teller)
{
    scope s = scope_of(net), t = scope_of(teller);

    return s == ANYWHERE || (s == OWN_NET && t != ANYWHERE) ||
           (s == THIS_HOST && t == THIS_HOST);
}

/* ---- asking ---- */

unsigned
n2_link_count_meetings(const n2_links *links)
{
    unsigned n = 0;

    for (unsigned i = 0; i < N2_LINK_MEETINGS_MAX; i++)
        n += links->meetings[i].link_id != 0;
    for (const n2_link *link = links->first; link; link = link->next)
        n += link->is_met && link->state == N2_LINK_OPENING;
    return n;
}

static n2_link_meeting *
find_meeting(n2_links *links, uint64_t link_id)
{
    for (unsigned i = 0; i < N2_LINK_MEETINGS_MAX; i++)
        if (links->meetings[i].link_id == link_id)
            return &links->meetings[i];
    return NULL;
}

n2_err
n2_links_meet(
    n2_links *links, uint32_t port, uint32_t remote_port, uint64_t link_id, uint64_t now_us)
{
    if (!link_id || !port || !remote_port || remote_port > UINT16_MAX)
        return N2_ERR_USAGE;
    if (!n2_links_is_up(links, port))
        return N2_ERR_NOTFOUND;
    if (n2_link_find(links, link_id) || find_meeting(links, link_id))
        return N2_ERR_EXISTS;
    n2_link_meeting *m = find_meeting(links, 0);
    if (!m || n2_link_count_meetings(links) >= N2_LINK_MEETINGS_MAX) {
        links->stats.refused_meetings++;
        return N2_ERR_LIMIT;
    }
    *m = (n2_link_meeting){.link_id = link_id,
                           .token = links->by_port[port]->token,
                           .far_port = (uint16_t)remote_port,
                           .next_us = now_us};
    n2_link_meetings_tick(links, now_us);
    return N2_OK;
}

static void
give_up(n2_links *links, n2_link_meeting *m)
{
    const n2_link never = {.link_id = m->link_id};

    *m = (n2_link_meeting){0};
    n2_link_tell(links, &never, N2_LINK_DOWN, N2_ERR_TIMEOUT);
}

static void
ask(n2_links *links, n2_link *via, uint16_t port, uint64_t link_id)
{
    n2_link_send_on(
        links, via, &via->net,
        &(n2_link_message){.type = N2_LINK_MSG_MEET, .nonce = link_id, .port = port});
}

void
n2_link_meetings_tick(n2_links *links, uint64_t now_us)
{
    for (unsigned i = 0; i < N2_LINK_MEETINGS_MAX; i++) {
        n2_link_meeting *m = &links->meetings[i];
        if (!m->link_id)
            continue;
        n2_link *via = n2_link_by_token(links, m->token);
        if (now_us >= m->next_us && (m->tries++ == ASK_TRIES || !via)) {
            give_up(links, m);
            continue;
        }
        if (now_us >= m->next_us) {
            ask(links, via, m->far_port, m->link_id);
            m->next_us = now_us + ASK_US;
        }
        if (m->next_us < links->next_us)
            links->next_us = m->next_us;
    }
}

/* ---- introducing ---- */

void
n2_link_take_meet(
    n2_links *links, n2_link *link, uint16_t port, uint64_t nonce, uint64_t now_us)
{
    n2_link *other = n2_links_is_up(links, port) ? links->by_port[port] : NULL;

    if (!other || other == link || scope_of(&link->net) == NOWHERE)
        return; /* nothing that could be told */
    if (!n2_bucket_take(&link->meets, N2_LINK_MEET_PER_S, N2_LINK_MEET_BURST, now_us) ||
        !n2_bucket_take(&other->meetings, N2_LINK_MEET_PER_S, N2_LINK_MEET_BURST, now_us)) {
        links->stats.over_rate++;
        links->stats.refused_meets++;
        return;
    }
    n2_link_send_on(links, other, &other->net,
                    &(n2_link_message){.type = N2_LINK_MSG_MEETING,
                                       .nonce = nonce,
                                       .port = (uint16_t)link->port,
                                       .net = link->net});
}

/* ---- being introduced ---- */

static void
open_to(n2_links *links, uint64_t link_id, const n2_net_addr *net, uint64_t now_us)
{
    uint32_t port = n2_link_choose_port(links, link_id, net, false);
    n2_link *link = port ? n2_link_add(links, link_id, port, N2_LINK_OPENING) : NULL;

    if (!link) {
        links->stats.refused_ports++;
        return;
    }
    link->is_opener = link->is_met = true;
    link->net = *net;
    n2_env_random(&links->config.env, &link->nonce, sizeof link->nonce);
    n2_link_tick(links, link, now_us);
}

/* May we be made to speak to somebody whom we did not ask for? */
static bool
is_welcome(n2_links *links, const n2_link *known, uint64_t now_us)
{
    if (!links->config.meets || (known && !known->is_met))
        return false;
    if (!known && n2_link_count_meetings(links) >= N2_LINK_MEETINGS_MAX) {
        links->stats.refused_meetings++;
        return false;
    }
    if (n2_bucket_take(&links->met, N2_LINK_MET_PER_S, N2_LINK_MET_BURST, now_us))
        return true;
    links->stats.over_rate++;
    links->stats.refused_met++;
    return false;
}

void
n2_link_take_meeting(n2_links *links,
                     n2_link *link,
                     uint16_t port,
                     uint64_t nonce,
                     const n2_net_addr *net,
                     uint64_t now_us)
{
    n2_link_meeting *m = find_meeting(links, nonce);
    n2_link *known = n2_link_find(links, nonce);

    if (m && (m->token != link->token || m->far_port != port)) {
        links->stats.bad_control++;
        return;
    }
    if (!is_allowed(net, &link->net)) {
        links->stats.refused_nets++;
        return;
    }
    if (m)
        *m = (n2_link_meeting){0};
    else if (!is_welcome(links, known, now_us))
        return;
    else
        ask(links, link, port, nonce); /* the same word tells that we are willing */
    if (!known)
        open_to(links, nonce, net, now_us);
}
