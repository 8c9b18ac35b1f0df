/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control.c - the life of a link: opening, keeping alive, moving.
 */
#include <string.h>

#include "base/limits.h"
#include "link/message.h"
#include "link/set.h"

void
n2_link_send_on(n2_links *links, n2_link *link, const n2_net_addr *to, const n2_link_message *m)
{
    uint64_t token = link->state == N2_LINK_OPEN ? link->peer_token : 0;
    uint16_t number = link->number;

    link->number = (uint16_t)((number + 1) & N2_FRAME_NUMBER_MASK);
    n2_link_message_send(links, to, token, number, m);
}

void
n2_link_send_open(n2_links *links, n2_link *link)
{
    n2_link_message m = {.type = link->has_cookie ? N2_LINK_MSG_CONFIRM : N2_LINK_MSG_OPEN,
                         .token = link->token,
                         .nonce = link->nonce,
                         .link_id = link->link_id,
                         .port = (uint16_t)link->remote_port};

    if (link->has_cookie)
        memcpy(m.cookie, link->cookie, sizeof m.cookie);
    n2_link_send_on(links, link, &link->net, &m);
}

void
n2_link_send_close(n2_links *links, n2_link *link)
{
    n2_link_send_on(links, link, &link->net, &(n2_link_message){.type = N2_LINK_MSG_CLOSE});
}

void
n2_link_send_ping(n2_links *links, n2_link *link, uint64_t now_us)
{
    if (!link->n_asked || link->n_asked == N2_LINK_SILENT_PINGS) {
        n2_env_random(&links->config.env, &link->ping_nonce, sizeof link->ping_nonce);
        link->n_asked = 0;
    }
    uint64_t nonce = link->ping_nonce + link->n_asked;
    link->pinged_us = now_us;
    link->ping_us[link->n_asked++] = (uint32_t)now_us;
    n2_link_send_on(links, link, &link->net,
                    &(n2_link_message){.type = N2_LINK_MSG_PING, .nonce = nonce});
}

void
n2_link_send_padded(n2_links *links, n2_link *link, uint64_t nonce, uint32_t bytes)
{
    uint16_t number = link->number;

    link->number = (uint16_t)((number + 1) & N2_FRAME_NUMBER_MASK);
    n2_link_message_send_padded(links, &link->net, link->peer_token, number,
                                &(n2_link_message){.type = N2_LINK_MSG_PING, .nonce = nonce},
                                bytes);
}

/* ---- opening ---- */

void
n2_link_turned_away(n2_links *links, n2_link *link, n2_err err, uint64_t now_us)
{
    if (link->is_met) {
        n2_link_lose(links, link, err, now_us);
        return;
    }
    n2_link_tell(links, link, N2_LINK_DOWN, err);
    link->has_cookie = false;
    link->tries = N2_LINK_TRIES + 1; /* said already */
    link->retry_us = N2_LINK_RETRY_MAX_US;
    n2_link_set_deadline(links, link, now_us + link->retry_us);
}

static void
take_answer(n2_links *links, n2_link *link, const n2_link_message *m, uint64_t now_us)
{
    if (m->nonce != link->nonce ||
        (m->type != N2_LINK_MSG_CHALLENGE && m->type != N2_LINK_MSG_ACCEPT)) {
        links->stats.bad_control++;
        return;
    }
    if (m->type == N2_LINK_MSG_CHALLENGE) {
        memcpy(link->cookie, m->cookie, sizeof link->cookie);
        if (!link->has_cookie) { /* later ones only renew it: one answer to one challenge */
            link->has_cookie = true;
            link->confirm_us = now_us;
            n2_link_send_open(links, link);
        }
        return;
    }
    if (!m->port) {
        n2_link_turned_away(links, link, N2_ERR_LIMIT, now_us);
        return;
    }
    link->state = N2_LINK_OPEN;
    link->peer_token = m->token;
    link->remote_port = m->port;
    link->remote_width = m->width;
    link->rtt_us = link->confirm_us ? (uint32_t)(now_us - link->confirm_us) : 0;
    link->heard_us = now_us;
    link->n_pings = 0;
    n2_link_size_forget(links, link);
    n2_link_set_deadline(links, link, now_us + N2_LINK_QUIET_US);
    n2_link_tell(links, link, N2_LINK_UP, N2_OK);
}

/* ---- alive ---- */

static void
take_pong(n2_links *links,
          n2_link *link,
          const n2_net_addr *from,
          const n2_link_message *m,
          uint64_t now_us)
{
    if (link->move_us && m->nonce == link->move_nonce &&
        n2_net_addr_equal(from, &link->move_net)) {
        if (!link->move_answered_us) {
            link->move_answered_us = now_us;
            n2_link_set_deadline(links, link, now_us);
        }
        return;
    }
    if (n2_net_addr_equal(from, &link->net) && n2_link_size_pong(links, link, m->nonce, now_us))
        return;
    /* On a slow way several are out before the first is answered. */
    uint64_t which = m->nonce - link->ping_nonce;
    if (which >= link->n_asked) {
        links->stats.bad_control++;
        return;
    }
    link->rtt_us = (uint32_t)now_us - link->ping_us[which];
}

void
n2_link_control(n2_links *links,
                n2_link *link,
                const n2_net_addr *from,
                const uint8_t *bytes,
                size_t len,
                uint64_t now_us)
{
    bool is_its_own = n2_net_addr_equal(from, &link->net);
    n2_link_message m;

    if (n2_link_message_read(&m, bytes, len)) {
        links->stats.bad_control++;
        return;
    }
    if (link->state == N2_LINK_OPENING) {
        if (is_its_own)
            take_answer(links, link, &m, now_us);
        else
            links->stats.bad_control++;
        return;
    }
    if (m.type == N2_LINK_MSG_PONG) {
        take_pong(links, link, from, &m, now_us);
    } else if (!is_its_own) {
        return; /* the PING that asks this address to prove itself is all the answer it gets */
    } else if (m.type == N2_LINK_MSG_PING) {
        if (n2_bucket_take(&link->pongs, N2_LINK_PONG_PER_S, N2_LINK_PONG_BURST, now_us)) {
            n2_link_send_on(links, link, from,
                            &(n2_link_message){.type = N2_LINK_MSG_PONG, .nonce = m.nonce});
        } else {
            links->stats.over_rate++;
            links->stats.refused_pongs++;
        }
    } else if (m.type == N2_LINK_MSG_MEET) {
        n2_link_take_meet(links, link, m.port, m.nonce, now_us);
    } else if (m.type == N2_LINK_MSG_MEETING) {
        n2_link_take_meeting(links, link, m.port, m.nonce, &m.net, now_us);
    } else if (m.type == N2_LINK_MSG_USERS) {
        n2_link_take_users(links, link, &m, now_us);
    } else if (m.type == N2_LINK_MSG_CLOSE) {
        n2_link_lose(links, link, N2_ERR_CLOSED, now_us + N2_SECOND_US);
    } else if (m.type != N2_LINK_MSG_ACCEPT && m.type != N2_LINK_MSG_CHALLENGE) {
        links->stats.bad_control++; /* those two may be late copies */
    }
}

/* ---- moving ---- */

void
n2_link_foreign_source(
    n2_links *links, n2_link *link, const n2_net_addr *from, size_t len, uint64_t now_us)
{
    if (len < N2_LINK_BODY_BYTES || link->move_us)
        return; /* the PING must not be longer than its cause; one address at a time */
    if (!n2_bucket_take(&link->moves, N2_LINK_MOVE_PER_S, N2_LINK_MOVE_BURST, now_us)) {
        links->stats.over_rate++;
        links->stats.refused_moves++;
        return;
    }
    link->move_net = *from;
    link->move_us = now_us;
    link->move_answered_us = 0;
    n2_env_random(&links->config.env, &link->move_nonce, sizeof link->move_nonce);
    n2_link_send_on(links, link, from,
                    &(n2_link_message){.type = N2_LINK_MSG_PING, .nonce = link->move_nonce});
    n2_link_send_ping(links, link, now_us);
    n2_link_set_deadline(links, link, now_us + N2_LINK_MOVE_US);
}

/* Decides about the address on trial.  Returns when to look again, UINT64_MAX: it is decided.
 */
static uint64_t
judge_move(n2_links *links, n2_link *link, uint64_t now_us)
{
    bool is_old_alive = link->heard_us > link->move_us;
    uint64_t wait_us = N2_LINK_MOVE_US;

    if (link->move_answered_us && !is_old_alive) {
        /* The old address gets twice the time that the new one took. */
        uint64_t took_us = link->move_answered_us - link->move_us;
        if (2 * took_us > wait_us)
            wait_us = 2 * took_us;
        if (now_us - link->move_us < wait_us)
            return link->move_us + wait_us;
        if (n2_links_is_behind(links)) {
            links->stats.refused_events++;
            return now_us + N2_LINK_MOVE_US;
        }
        link->net = link->move_net;
        link->heard_us = now_us;
        link->n_pings = 0;
        n2_link_size_forget(links, link);
        n2_link_tell(links, link, N2_LINK_MOVED, N2_OK);
    } else if (link->move_answered_us) {
        links->stats.moves_refused++;
    } else if (now_us - link->move_us < N2_LINK_MOVE_MAX_US && !is_old_alive) {
        return link->move_us + N2_LINK_MOVE_MAX_US;
    }
    link->move_us = 0;
    return UINT64_MAX;
}

/* ---- time ---- */

/* Somebody gave us this address: it is sent a few messages, unless it answers. */
static void
tick_met(n2_links *links, n2_link *link, uint64_t now_us)
{
    if (link->tries++ >= (link->has_cookie ? 2u : 1u) * N2_LINK_MET_TRIES) {
        n2_link_lose(links, link, N2_ERR_TIMEOUT, now_us);
        return;
    }
    n2_link_send_open(links, link);
    link->confirm_us = 0;
    n2_link_set_deadline(links, link, now_us + N2_LINK_MET_US);
}

static void
tick_opening(n2_links *links, n2_link *link, uint64_t now_us)
{
    if (link->is_met) {
        tick_met(links, link, now_us);
        return;
    }
    if (link->tries++ == N2_LINK_TRIES)
        n2_link_tell(links, link, N2_LINK_DOWN, N2_ERR_TIMEOUT);
    if (link->tries % N2_LINK_TRIES == 0)
        link->has_cookie = false; /* it may be too old by now */
    n2_link_send_open(links, link);
    link->confirm_us = 0; /* sent twice: an answer would not say how long it took */
    n2_link_set_deadline(links, link, now_us + link->retry_us);
    link->retry_us *= 2;
    if (link->retry_us > N2_LINK_RETRY_MAX_US)
        link->retry_us = N2_LINK_RETRY_MAX_US;
}

/* Whoever hears much and has nothing to say himself says that he is there: the other side's
 * questions may stand behind all that it sends.  Returns: when to look again. */
static uint64_t
be_heard(n2_links *links, n2_link *link, uint64_t next_us, uint64_t now_us)
{
    if (now_us >= link->look_us) {
        if (link->number == link->look_number)
            n2_link_send_ping(links, link, now_us);
        link->look_number = link->number;
        link->look_us = now_us + N2_LINK_QUIET_US;
    }
    return link->look_us < next_us ? link->look_us : next_us;
}

void
n2_link_tick(n2_links *links, n2_link *link, uint64_t now_us)
{
    uint64_t move_us = UINT64_MAX;

    if (link->state == N2_LINK_OPENING) {
        tick_opening(links, link, now_us);
        return;
    }
    if (link->move_us)
        move_us = judge_move(links, link, now_us);
    uint64_t next_us = link->heard_us + N2_LINK_SILENCE_US;
    if (now_us < next_us) {
        link->n_pings = 0;
        next_us = be_heard(links, link, next_us, now_us);
    } else if (link->n_pings && now_us < link->pinged_us + N2_LINK_PING_US) {
        next_us = link->pinged_us + N2_LINK_PING_US;
    } else if (link->n_pings >= N2_LINK_SILENT_PINGS / 2 &&
               now_us >= link->series_us + N2_LINK_DEAD_US) {
        n2_link_lose(links, link, N2_ERR_TIMEOUT, now_us + 1);
        return;
    } else {
        if (!link->n_pings++) {
            link->n_asked = 0;
            link->series_us = now_us;
        }
        n2_link_send_ping(links, link, now_us);
        next_us = now_us + N2_LINK_PING_US;
    }
    if (move_us < next_us)
        next_us = move_us;
    uint64_t size_us = n2_link_size_tick(links, link, now_us);
    n2_link_set_deadline(links, link, size_us < next_us ? size_us : next_us);
}
