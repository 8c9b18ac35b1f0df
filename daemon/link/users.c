/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * users.c - how many users stand behind a link: asked by who has a trunk there, and told.
 */
#include "link/message.h"

void
n2_link_take_users(n2_links *links, n2_link *link, const n2_link_message *m, uint64_t now_us)
{
    link->users = m->users;
    link->users_until_us = now_us + N2_LINK_USERS_OLD_US;
    if (!m->asks)
        return;
    link->asked_until_us = links->asked_until_us = now_us + N2_LINK_USERS_OLD_US;
}

uint32_t
n2_links_users(const n2_links *links, uint32_t port, uint64_t now_us)
{
    const n2_link *link = n2_links_is_up(links, port) ? links->by_port[port] : NULL;

    return link && link->users && now_us < link->users_until_us ? link->users : 1;
}

bool
n2_links_is_asked(const n2_links *links, uint32_t port, uint64_t now_us)
{
    return n2_links_is_up(links, port) && now_us < links->by_port[port]->asked_until_us;
}

uint64_t
n2_links_asked_until(const n2_links *links)
{
    return links->asked_until_us;
}

void
n2_links_tell_users(n2_links *links, uint32_t port, uint32_t users, bool asks)
{
    if (!n2_links_is_up(links, port))
        return;
    n2_link *link = links->by_port[port];
    n2_link_send_on(
        links, link, &link->net,
        &(n2_link_message){.type = N2_LINK_MSG_USERS,
                           .users = (uint16_t)(users < UINT16_MAX ? users : UINT16_MAX),
                           .asks = asks});
}
