/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * accept.c - the accepting side of the link handshake: cookies, and who gets which port.
 */
#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "base/writer.h"
#include "link/message.h"
#include "link/set.h"

static void
send_accept(n2_links *links, n2_link *link)
{
    n2_link_send_on(links, link, &link->net,
                    &(n2_link_message){.type = N2_LINK_MSG_ACCEPT,
                                       .token = link->token,
                                       .nonce = link->nonce,
                                       .port = (uint16_t)link->port,
                                       .width = links->config.width});
}

/* Draws the secret of the minute when it has begun; the last one stays good for one more. */
static void
turn_secrets(n2_links *links, uint64_t now_us)
{
    uint64_t minute = now_us / N2_LINK_COOKIE_US + 1;

    if (minute == links->secret_minute)
        return;
    if (links->secret_minute && minute == links->secret_minute + 1)
        memcpy(links->secrets[1], links->secrets[0], sizeof links->secrets[1]);
    else
        n2_env_random(&links->config.env, links->secrets[1], sizeof links->secrets[1]);
    n2_env_random(&links->config.env, links->secrets[0], sizeof links->secrets[0]);
    links->secret_minute = minute;
}

static void
make_cookie(uint8_t out[static N2_LINK_COOKIE_BYTES],
            const uint8_t secret[static 32],
            const n2_net_addr *from,
            const n2_link_message *m)
{
    uint8_t text[1 + N2_NET_ADDRESS_BYTES + 6 + 8 + 8 + 2];
    n2_writer w = n2_writer_init(text, sizeof text);

    n2_write_u8(&w, from->len);
    n2_write_bytes(&w, from->bytes, from->len);
    n2_write_u48(&w, m->token);
    n2_write_u64(&w, m->nonce);
    n2_write_u64(&w, m->link_id);
    n2_write_u16(&w, m->port);
    (void)crypto_generichash(out, N2_LINK_COOKIE_BYTES, text, w.len, secret, 32);
}

static bool
is_cookie_good(n2_links *links, const n2_net_addr *from, const n2_link_message *m)
{
    uint8_t want[N2_LINK_COOKIE_BYTES];

    for (size_t i = 0; i < 2; i++) {
        make_cookie(want, links->secrets[i], from, m);
        if (!crypto_verify_16(want, m->cookie))
            return true;
    }
    return false;
}

static void
take_open(n2_links *links,
          const n2_net_addr *from,
          const n2_link_message *open,
          uint64_t now_us)
{
    n2_link_message m = {.type = N2_LINK_MSG_CHALLENGE, .nonce = open->nonce};

    if (!n2_bucket_take(&links->challenges, N2_LINK_CHALLENGE_PER_S, N2_LINK_CHALLENGE_BURST,
                        now_us)) {
        links->stats.over_rate++;
        links->stats.refused_challenges++;
        return;
    }
    make_cookie(m.cookie, links->secrets[0], from, open);
    n2_link_message_send(links, from, open->token, 0, &m);
}

/* May @from have the link id of @link, which is open to another address or by another nonce?
 * The old holder is asked first; the opener repeats its CONFIRM meanwhile. */
static bool
is_replaceable(n2_links *links, n2_link *link, const n2_net_addr *from, uint64_t now_us)
{
    if (link->is_opener)
        return false;
    if (n2_net_addr_equal(from, &link->net))
        return true;
    if (!link->takeover_us) {
        link->takeover_us = now_us;
        n2_link_send_ping(links, link, now_us);
        return false;
    }
    return now_us - link->takeover_us >= N2_LINK_MOVE_US;
}

/* By the CONFIRM @m from the proven address @from. */
static void
become_open(n2_links *links,
            n2_link *link,
            const n2_net_addr *from,
            const n2_link_message *m,
            uint64_t now_us)
{
    link->net = *from;
    link->peer_token = m->token;
    link->nonce = m->nonce;
    link->heard_us = now_us;
    n2_link_set_deadline(links, link, now_us + N2_LINK_QUIET_US);
    send_accept(links, link);
    n2_link_tell(links, link, N2_LINK_UP, N2_OK);
}

/* An introduced one opens the link that we are opening too.  Whoever hears the other's CONFIRM
 * first accepts, and keeps the token that its own CONFIRM named: if both do, both are right. */
static void
meet_half_way(n2_links *links,
              n2_link *link,
              const n2_net_addr *from,
              const n2_link_message *m,
              uint64_t now_us)
{
    if (n2_links_is_behind(links)) {
        links->stats.refused_events++;
        return;
    }
    link->state = N2_LINK_OPEN;
    link->is_opener = false;
    become_open(links, link, from, m, now_us);
}

/* The link to @from that we open ourselves, at the one port that is for it; NULL: none. */
static n2_link *
find_own(const n2_links *links, const n2_net_addr *from)
{
    for (n2_link *link = links->first; link && links->config.is_planned; link = link->next)
        if (link->is_opener && !link->is_met && n2_net_addr_equal(&link->net, from) &&
            links->reserved[link->port] & N2_PORT_KEPT)
            return link;
    return NULL;
}

/* Both open a link to each other, and each has one port for the other.  The lower link id
 * counts.  Returns: it is decided. */
static bool
take_both(n2_links *links,
          n2_link *own,
          const n2_net_addr *from,
          const n2_link_message *m,
          uint64_t now_us)
{
    if (own->state == N2_LINK_OPEN) {
        bool is_again = own->nonce == m->nonce && own->peer_token == m->token;
        if (is_again)
            send_accept(links, own); /* the first one was lost */
        return is_again;
    }
    if (m->link_id > own->link_id) { /* the other one is there, and waits for us */
        own->retry_us = N2_LINK_RETRY_US;
        n2_link_set_deadline(links, own, now_us);
    } else if (n2_links_is_behind(links)) {
        links->stats.refused_events++;
    } else {
        own->state = N2_LINK_OPEN;
        own->remote_width = 0; /* who accepts is not told */
        own->rtt_us = 0;
        own->n_pings = 0;
        n2_link_size_forget(links, own);
        become_open(links, own, from, m, now_us);
    }
    return true;
}

static void
take_confirm(n2_links *links,
             const n2_net_addr *from,
             const n2_link_message *m,
             uint64_t now_us)
{
    if (!is_cookie_good(links, from, m)) {
        links->stats.bad_cookies++;
        return;
    }
    if (!n2_bucket_take(&links->accepts, N2_LINK_ACCEPT_PER_S, N2_LINK_ACCEPT_BURST, now_us)) {
        links->stats.over_rate++;
        links->stats.refused_accepts++;
        return;
    }
    n2_link *link = n2_link_find(links, m->link_id);
    if (link && link->nonce == m->nonce && link->peer_token == m->token &&
        n2_net_addr_equal(from, &link->net)) {
        send_accept(links, link); /* the first one was lost */
        return;
    }
    if (link && link->state == N2_LINK_OPENING && link->token == m->token &&
        link->nonce == m->nonce) { /* our own words: nobody else knows them */
        n2_link_turned_away(links, link, N2_ERR_USAGE, now_us);
        return;
    }
    if (link && link->is_met && link->state == N2_LINK_OPENING) {
        meet_half_way(links, link, from, m, now_us);
        return;
    }
    if (link && !is_replaceable(links, link, from, now_us))
        return;
    n2_link *own = link ? NULL : find_own(links, from);
    if (own && take_both(links, own, from, m, now_us))
        return;
    if (n2_links_is_behind(links)) {
        links->stats.refused_events++; /* it comes again when the control plane has caught up */
        return;
    }
    if (link)
        n2_link_lose(links, link, N2_ERR_CLOSED, now_us);
    n2_link_make_place(links, from, now_us);
    n2_link_wish(links, m->link_id, m->port);
    uint32_t port = n2_link_choose_port(links, m->link_id, from, false);
    link = port ? n2_link_add(links, m->link_id, port, N2_LINK_OPEN) : NULL;
    if (!link) {
        links->stats.refused_ports++;
        n2_link_message full = {
            .type = N2_LINK_MSG_ACCEPT, .nonce = m->nonce, .width = links->config.width};
        n2_link_message_send(links, from, m->token, 0, &full);
        return;
    }
    (void)!n2_links_known(links, m->link_id, port); /* if there is room */
    become_open(links, link, from, m, now_us);
}

void
n2_link_stranger(
    n2_links *links, const n2_net_addr *from, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_link_message m;

    if (n2_link_message_read(&m, bytes, len) ||
        (m.type != N2_LINK_MSG_OPEN && m.type != N2_LINK_MSG_CONFIRM)) {
        links->stats.bad_control++;
        return;
    }
    if (!links->config.accepts || (links->config.is_planned && !links->has_plan))
        return; /* who was told that no port is left would not soon ask again */
    turn_secrets(links, now_us);
    if (m.type == N2_LINK_MSG_OPEN)
        take_open(links, from, &m, now_us);
    else
        take_confirm(links, from, &m, now_us);
}
