/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control.c - link control messages: opening, proving, keeping alive, moving.
 */
#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"
#include "link/set.h"

enum {
    VERSION = 1,
    CHALLENGE_BURST = 64,
    ACCEPT_BURST = 32,
    PONG_BURST = 8,
    MOVE_BURST = 2
};

typedef enum {
    TYPE_OPEN = 1,
    TYPE_CHALLENGE,
    TYPE_CONFIRM,
    TYPE_ACCEPT,
    TYPE_PING,
    TYPE_PONG,
    TYPE_CLOSE
} control_type;

/* A body, taken apart; what a type does not have is zero. */
typedef struct {
    control_type type;
    uint64_t token, nonce, link_id;
    uint16_t port;
    uint8_t width;
    uint8_t cookie[N2_LINK_COOKIE_BYTES];
} message;

static n2_err
read_message(message *m, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);

    *m = (message){.type = (control_type)n2_read_u8(&r)};
    if (n2_read_u8(&r) != VERSION)
        n2_reader_fail(&r, N2_ERR_VERSION);
    m->token = n2_read_u48(&r);
    m->nonce = n2_read_u64(&r);
    switch (m->type) {
    case TYPE_OPEN:
    case TYPE_CONFIRM:
        m->link_id = n2_read_u64(&r);
        m->port = n2_read_u16(&r);
        if (m->type == TYPE_CONFIRM)
            n2_read_copy(&r, m->cookie, sizeof m->cookie);
        if (!m->token || !m->link_id)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    case TYPE_CHALLENGE:
        n2_read_copy(&r, m->cookie, sizeof m->cookie);
        break;
    case TYPE_ACCEPT:
        m->port = n2_read_u16(&r);
        m->width = n2_read_u8(&r);
        if (m->width < 1 || m->width > N2_SWITCH_WIDTH_MAX || m->port >> m->width ||
            !m->token != !m->port)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    case TYPE_PING:
    case TYPE_PONG:
        break;
    case TYPE_CLOSE:
        if (m->nonce)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    default:
        n2_reader_fail(&r, N2_ERR_FORMAT);
    }
    if (m->token && (m->type == TYPE_CHALLENGE || m->type >= TYPE_PING))
        n2_reader_fail(&r, N2_ERR_FORMAT);
    n2_read_zero(&r, n2_reader_left(&r));
    if (len != N2_LINK_BODY_BYTES)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    return n2_reader_finish(&r);
}

/* Queues @m for @to under @token; a full queue loses it, as the net might. */
static void
send(n2_links *links, const n2_net_addr *to, uint64_t token, uint16_t number, const message *m)
{
    if (links->n_out == N2_LINK_OUT_MAX) {
        links->stats.lost_output++;
        return;
    }
    n2_link_out *out = &links->out[(links->first_out + links->n_out++) % N2_LINK_OUT_MAX];
    n2_frame head = {.token = token, .kind = N2_FRAME_CONTROL, .number = number};
    n2_writer w = n2_writer_init(out->bytes + N2_FRAME_HEAD_BYTES, N2_LINK_BODY_BYTES);

    out->to = *to;
    n2_frame_write(out->bytes, &head);
    n2_write_u8(&w, (uint8_t)m->type);
    n2_write_u8(&w, VERSION);
    n2_write_u48(&w, m->token);
    n2_write_u64(&w, m->nonce);
    if (m->type == TYPE_OPEN || m->type == TYPE_CONFIRM) {
        n2_write_u64(&w, m->link_id);
        n2_write_u16(&w, m->port);
    }
    if (m->type == TYPE_CHALLENGE || m->type == TYPE_CONFIRM)
        n2_write_bytes(&w, m->cookie, sizeof m->cookie);
    if (m->type == TYPE_ACCEPT) {
        n2_write_u16(&w, m->port);
        n2_write_u8(&w, m->width);
    }
    n2_write_zero(&w, N2_LINK_BODY_BYTES - w.len);
}

static void
send_on(n2_links *links, n2_link *link, const n2_net_addr *to, const message *m)
{
    uint64_t token = link->state == N2_LINK_OPEN ? link->peer_token : 0;
    uint16_t number = link->number;

    link->number = (uint16_t)((number + 1) & N2_FRAME_NUMBER_MASK);
    send(links, to, token, number, m);
}

void
n2_link_send_open(n2_links *links, n2_link *link)
{
    message m = {.type = link->has_cookie ? TYPE_CONFIRM : TYPE_OPEN,
                 .token = link->token,
                 .nonce = link->nonce,
                 .link_id = link->link_id,
                 .port = (uint16_t)link->remote_port};

    if (link->has_cookie)
        memcpy(m.cookie, link->cookie, sizeof m.cookie);
    send_on(links, link, &link->net, &m);
}

void
n2_link_send_close(n2_links *links, n2_link *link)
{
    send_on(links, link, &link->net, &(message){.type = TYPE_CLOSE});
}

static void
send_ping(n2_links *links, n2_link *link, uint64_t now_us)
{
    n2_env_random(&links->config.env, &link->ping_nonce, sizeof link->ping_nonce);
    link->ping_us = now_us;
    send_on(links, link, &link->net, &(message){.type = TYPE_PING, .nonce = link->ping_nonce});
}

static void
send_accept(n2_links *links, n2_link *link)
{
    send_on(links, link, &link->net,
            &(message){.type = TYPE_ACCEPT,
                       .token = link->token,
                       .nonce = link->nonce,
                       .port = (uint16_t)link->port,
                       .width = links->config.width});
}

/* ---- accepting ---- */

/* Draws the secret of the minute when it has begun; the last one stays good for one more. */
static void
turn_secrets(n2_links *links, uint64_t now_us)
{
    uint64_t minute = now_us / N2_LINK_COOKIE_US + 1;

    if (minute == links->secret_minute)
        return;
    if (minute == links->secret_minute + 1)
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
            const message *m)
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
is_cookie_good(n2_links *links, const n2_net_addr *from, const message *m)
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
take_open(n2_links *links, const n2_net_addr *from, const message *open, uint64_t now_us)
{
    message m = {.type = TYPE_CHALLENGE, .nonce = open->nonce};

    if (!n2_bucket_take(&links->challenges, N2_LINK_CHALLENGE_PER_S, CHALLENGE_BURST, now_us)) {
        links->stats.over_rate++;
        return;
    }
    make_cookie(m.cookie, links->secrets[0], from, open);
    send(links, from, open->token, 0, &m);
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
        send_ping(links, link, now_us);
        return false;
    }
    return now_us - link->takeover_us >= N2_LINK_MOVE_US;
}

static void
take_confirm(n2_links *links, const n2_net_addr *from, const message *m, uint64_t now_us)
{
    if (!is_cookie_good(links, from, m)) {
        links->stats.bad_cookies++;
        return;
    }
    if (!n2_bucket_take(&links->accepts, N2_LINK_ACCEPT_PER_S, ACCEPT_BURST, now_us)) {
        links->stats.over_rate++;
        return;
    }
    n2_link *link = n2_link_find(links, m->link_id);
    if (link && link->nonce == m->nonce && link->peer_token == m->token &&
        n2_net_addr_equal(from, &link->net)) {
        send_accept(links, link); /* the first one was lost */
        return;
    }
    if (link && !is_replaceable(links, link, from, now_us))
        return;
    if (link)
        n2_link_lose(links, link, N2_ERR_CLOSED, now_us);
    if (m->port && m->port < 1u << links->config.width && !links->by_port[m->port] &&
        !links->reserved[m->port])
        (void)!n2_links_known(links, m->link_id, m->port);
    link = n2_link_add(links, m->link_id, N2_LINK_OPEN);
    if (!link) {
        message full = {.type = TYPE_ACCEPT, .nonce = m->nonce, .width = links->config.width};
        send(links, from, m->token, 0, &full);
        return;
    }
    link->net = *from;
    link->peer_token = m->token;
    link->nonce = m->nonce;
    link->heard_us = now_us;
    n2_link_set_deadline(links, link, now_us + N2_LINK_SILENCE_US);
    send_accept(links, link);
    n2_link_tell(links, link, N2_LINK_UP, N2_OK);
}

void
n2_link_stranger(
    n2_links *links, const n2_net_addr *from, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    message m;

    if (read_message(&m, bytes, len) || (m.type != TYPE_OPEN && m.type != TYPE_CONFIRM)) {
        links->stats.bad_control++;
        return;
    }
    if (!links->config.accepts)
        return;
    turn_secrets(links, now_us);
    if (m.type == TYPE_OPEN)
        take_open(links, from, &m, now_us);
    else
        take_confirm(links, from, &m, now_us);
}

/* ---- opening ---- */

static void
take_answer(n2_links *links, n2_link *link, const message *m, uint64_t now_us)
{
    if (m->nonce != link->nonce || (m->type != TYPE_CHALLENGE && m->type != TYPE_ACCEPT)) {
        links->stats.bad_control++;
        return;
    }
    if (m->type == TYPE_CHALLENGE) {
        memcpy(link->cookie, m->cookie, sizeof link->cookie);
        if (!link->has_cookie) { /* later ones only renew it: one answer to one challenge */
            link->has_cookie = true;
            link->ping_us = now_us;
            n2_link_send_open(links, link);
        }
        return;
    }
    if (!m->port) {
        n2_link_tell(links, link, N2_LINK_DOWN, N2_ERR_LIMIT);
        link->has_cookie = false;
        link->tries = N2_LINK_TRIES; /* said already */
        link->retry_us = N2_LINK_RETRY_MAX_US;
        n2_link_set_deadline(links, link, now_us + link->retry_us);
        return;
    }
    link->state = N2_LINK_OPEN;
    link->peer_token = m->token;
    link->remote_port = m->port;
    link->remote_width = m->width;
    link->rtt_us = link->ping_us ? (uint32_t)(now_us - link->ping_us) : 0;
    link->heard_us = now_us;
    link->n_pings = 0;
    n2_link_set_deadline(links, link, now_us + N2_LINK_SILENCE_US);
    n2_link_tell(links, link, N2_LINK_UP, N2_OK);
}

/* ---- alive ---- */

static void
take_pong(
    n2_links *links, n2_link *link, const n2_net_addr *from, const message *m, uint64_t now_us)
{
    if (link->move_us && m->nonce == link->move_nonce &&
        n2_net_addr_equal(from, &link->move_net)) {
        if (!link->move_answered_us) {
            link->move_answered_us = now_us;
            n2_link_set_deadline(links, link, now_us);
        }
        return;
    }
    if (!link->ping_us || m->nonce != link->ping_nonce) {
        links->stats.bad_control++;
        return;
    }
    link->rtt_us = (uint32_t)(now_us - link->ping_us);
    link->ping_us = 0;
    link->n_pings = 0;
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
    message m;

    if (read_message(&m, bytes, len)) {
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
    if (m.type == TYPE_PONG) {
        take_pong(links, link, from, &m, now_us);
    } else if (!is_its_own) {
        return; /* the PING that asks this address to prove itself is all the answer it gets */
    } else if (m.type == TYPE_PING) {
        if (n2_bucket_take(&link->pongs, N2_LINK_PONG_PER_S, PONG_BURST, now_us))
            send_on(links, link, from, &(message){.type = TYPE_PONG, .nonce = m.nonce});
        else
            links->stats.over_rate++;
    } else if (m.type == TYPE_CLOSE) {
        n2_link_lose(links, link, N2_ERR_CLOSED, now_us + N2_SECOND_US);
    } else if (m.type != TYPE_ACCEPT && m.type != TYPE_CHALLENGE) {
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
    if (!n2_bucket_take(&link->moves, N2_LINK_MOVE_PER_S, MOVE_BURST, now_us)) {
        links->stats.over_rate++;
        return;
    }
    link->move_net = *from;
    link->move_us = now_us;
    link->move_answered_us = 0;
    n2_env_random(&links->config.env, &link->move_nonce, sizeof link->move_nonce);
    send_on(links, link, from, &(message){.type = TYPE_PING, .nonce = link->move_nonce});
    send_ping(links, link, now_us);
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
        link->net = link->move_net;
        link->heard_us = now_us;
        link->n_pings = 0;
        link->ping_us = 0;
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

static void
tick_opening(n2_links *links, n2_link *link, uint64_t now_us)
{
    if (link->tries++ == N2_LINK_TRIES)
        n2_link_tell(links, link, N2_LINK_DOWN, N2_ERR_TIMEOUT);
    if (link->tries % N2_LINK_TRIES == 0)
        link->has_cookie = false; /* it may be too old by now */
    n2_link_send_open(links, link);
    link->ping_us = 0; /* sent twice: an answer would not say how long it took */
    n2_link_set_deadline(links, link, now_us + link->retry_us);
    link->retry_us *= 2;
    if (link->retry_us > N2_LINK_RETRY_MAX_US)
        link->retry_us = N2_LINK_RETRY_MAX_US;
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
    } else if (link->n_pings && now_us < link->ping_us + N2_LINK_PING_US) {
        next_us = link->ping_us + N2_LINK_PING_US;
    } else if (link->n_pings == N2_LINK_SILENT_PINGS) {
        n2_link_lose(links, link, N2_ERR_TIMEOUT, now_us + 1);
        return;
    } else {
        link->n_pings++;
        send_ping(links, link, now_us);
        next_us = now_us + N2_LINK_PING_US;
    }
    n2_link_set_deadline(links, link, move_us < next_us ? move_us : next_us);
}
