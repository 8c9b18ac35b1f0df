/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link.c - the links of a node as their caller sees them, and what a datagram is.
 */
#include "link/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "link/set.h"

static n2_link *
at_port(const n2_links *links, uint32_t port)
{
    return port < n2_links_n_ports(links) ? links->by_port[port] : NULL;
}

n2_err
n2_links_new(n2_links **out, const n2_links_config *config)
{
    if (config->width < 1 || config->width > N2_SWITCH_WIDTH_MAX ||
        config->datagram_bytes < N2_FRAME_BYTES_MIN ||
        config->datagram_bytes > N2_FRAME_BYTES_MAX)
        return N2_ERR_USAGE;
    n2_links *links = calloc(1, sizeof *links);
    if (!links)
        return N2_ERR_NOMEM;
    links->config = *config;
    links->n_buckets = (size_t)n2_links_n_ports(links) * 2;
    links->by_port = calloc(n2_links_n_ports(links), sizeof *links->by_port);
    links->reserved = calloc(n2_links_n_ports(links), sizeof *links->reserved);
    links->by_token = calloc(links->n_buckets, sizeof *links->by_token);
    links->next_us = UINT64_MAX;
    if (!links->by_port || !links->reserved || !links->by_token) {
        n2_links_free(links);
        return N2_ERR_NOMEM;
    }
    *out = links;
    return N2_OK;
}

void
n2_links_free(n2_links *links)
{
    if (!links)
        return;
    while (links->first)
        n2_link_remove(links, links->first);
    free(links->by_port);
    free(links->reserved);
    free(links->kept);
    free(links->by_token);
    free(links->known);
    free(links->events);
    free(links->padded);
    explicit_bzero(links->secrets, sizeof links->secrets);
    free(links);
}

n2_err
n2_links_open(n2_links *links,
              const n2_net_addr *net,
              uint64_t link_id,
              uint32_t port,
              uint32_t remote_port,
              uint64_t now_us)
{
    if (port >= n2_links_n_ports(links) || remote_port > UINT16_MAX || !link_id)
        return N2_ERR_USAGE;
    if (at_port(links, port) || n2_link_find(links, link_id) ||
        links->reserved[port] & N2_PORT_BARRED)
        return N2_ERR_EXISTS;
    if (!port)
        port = n2_link_choose_port(links, link_id, net, true);
    if (!port) {
        links->stats.refused_ports++;
        return N2_ERR_LIMIT;
    }
    n2_link *link = n2_link_add(links, link_id, port, N2_LINK_OPENING);
    if (!link)
        return N2_ERR_NOMEM;
    /* A full memory only means that the id may get another port next time. */
    (void)!n2_links_known(links, link_id, port);
    link->is_opener = true;
    link->net = *net;
    link->remote_port = remote_port;
    n2_env_random(&links->config.env, &link->nonce, sizeof link->nonce);
    link->retry_us = N2_LINK_RETRY_US;
    n2_link_tick(links, link, now_us);
    return N2_OK;
}

void
n2_links_close(n2_links *links, uint32_t port, uint64_t now_us)
{
    n2_link *link = at_port(links, port);

    (void)now_us;
    if (!link)
        return;
    if (link->state == N2_LINK_OPEN)
        n2_link_send_close(links, link);
    n2_link_remove(links, link);
}

void
n2_links_close_all(n2_links *links, uint64_t now_us)
{
    while (links->first)
        n2_links_close(links, links->first->port, now_us);
}

/* ---- what the caller drains ---- */

bool
n2_links_event(n2_links *links, n2_link_event *event)
{
    if (!links->n_events)
        return false;
    *event = links->events[links->first_event];
    links->first_event = (links->first_event + 1) % links->events_room;
    links->n_events--;
    return true;
}

size_t
n2_links_output(n2_links *links, n2_net_addr *to, const uint8_t **bytes)
{
    if (!links->n_out)
        return 0;
    links->sent = links->out[links->first_out];
    links->first_out = (links->first_out + 1) % N2_LINK_OUT_MAX;
    links->n_out--;
    *to = links->sent.to;
    *bytes = links->sent.bytes;
    if (links->sent.len == N2_LINK_CONTROL_BYTES)
        return N2_LINK_CONTROL_BYTES;
    memcpy(links->padded, links->sent.bytes, N2_LINK_CONTROL_BYTES);
    *bytes = links->padded;
    return links->sent.len;
}

/* ---- time ---- */

void
n2_link_lose(n2_links *links, n2_link *link, n2_err err, uint64_t again_us)
{
    n2_link_tell(links, link, N2_LINK_DOWN, err);
    if (!link->is_opener || link->is_met) {
        n2_link_remove(links, link);
        return;
    }
    link->state = N2_LINK_OPENING;
    n2_link_draw_token(links, link); /* what was sent to the old one is late and unwanted */
    n2_env_random(&links->config.env, &link->nonce, sizeof link->nonce);
    link->has_cookie = false;
    link->tries = 0;
    link->retry_us = N2_LINK_RETRY_US;
    link->n_pings = link->n_asked = 0;
    link->move_us = link->takeover_us = 0;
    free(link->halves);
    link->halves = NULL;
    n2_link_set_deadline(links, link, again_us);
}

uint64_t
n2_links_deadline(const n2_links *links)
{
    return links->next_us;
}

static void
look_at(n2_links *links, n2_link *link, uint64_t now_us)
{
    if (link->state == N2_LINK_OPENING) {
        link->retry_us = N2_LINK_RETRY_US;
    } else {
        if (!link->move_us && now_us - link->heard_us < N2_LINK_SILENCE_US)
            link->heard_us = now_us - N2_LINK_SILENCE_US; /* PINGs until something comes */
        n2_link_size_doubt(link, now_us);
    }
    n2_link_set_deadline(links, link, now_us / N2_LINK_TICK_US * N2_LINK_TICK_US);
}

static void
look(n2_links *links, uint64_t now_us)
{
    links->look_us = 0;
    links->looked_us = now_us;
    for (n2_link *link = links->first; link; link = link->next)
        look_at(links, link, now_us);
}

void
n2_links_look(n2_links *links, uint64_t now_us)
{
    uint64_t next_us = links->looked_us + N2_LINK_LOOK_US;

    if (links->looked_us && now_us < next_us) {
        links->look_us = next_us; /* several changes come one behind the other */
        if (next_us < links->next_us)
            links->next_us = next_us;
        return;
    }
    look(links, now_us);
}

void
n2_links_expire(n2_links *links, uint64_t now_us)
{
    if (now_us < links->next_us)
        return;
    links->next_us = UINT64_MAX;
    if (links->look_us && now_us >= links->look_us)
        look(links, now_us);
    else if (links->look_us)
        links->next_us = links->look_us;
    n2_link_meetings_tick(links, now_us);
    for (n2_link *link = links->first, *next; link; link = next) {
        next = link->next;
        if (link->deadline_us <= now_us)
            n2_link_tick(links, link, now_us);
        else if (link->deadline_us < links->next_us)
            links->next_us = link->deadline_us;
    }
}

void
n2_links_slept(n2_links *links, uint64_t pause_us, uint64_t now_us)
{
    for (n2_link *link = links->first; link; link = link->next) {
        if (link->move_us)
            link->move_us += pause_us;
        if (link->move_answered_us)
            link->move_answered_us += pause_us;
        if (link->takeover_us)
            link->takeover_us += pause_us;
        link->n_pings = 0;
        link->heard_us += pause_us;
        if (link->heard_us + N2_LINK_SILENCE_US > now_us)
            link->heard_us = now_us - N2_LINK_SILENCE_US;
    }
}

/* ---- datagrams ---- */

/* Not inlined: who takes whole datagrams only needs nothing of this on its stack. */
static __attribute__((noinline)) n2_link_data
take_half(n2_links *links,
          n2_link *link,
          n2_frame frame,
          const uint8_t *bytes,
          size_t len,
          uint64_t now_us)
{
    n2_link_data data = {0};

    if (!link->halves)
        link->halves = calloc(1, sizeof *link->halves);
    if (!link->halves)
        return data;
    switch (n2_halves_put(link->halves, &frame, bytes, len, now_us, &data.packets.at,
                          &data.packets.left)) {
    case N2_HALF_WAITS:
        if (link->halves->n_waiting > links->most_halves)
            links->most_halves = link->halves->n_waiting;
        break;
    case N2_HALF_REPLACED:
        links->stats.lost_halves++;
        break;
    case N2_HALF_JOINED:
        data.port = link->port;
        return data;
    case N2_HALF_BAD:
        links->stats.bad_halves++;
        break;
    }
    return (n2_link_data){0};
}

n2_link_data
n2_links_input(
    n2_links *links, const n2_net_addr *from, uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_link_data nothing = {0};
    n2_frame frame;

    if (n2_frame_read(&frame, bytes, len)) {
        links->stats.short_datagrams++;
        return nothing;
    }
    bytes += N2_FRAME_HEAD_BYTES;
    len -= N2_FRAME_HEAD_BYTES;
    if (!frame.token && frame.kind == N2_FRAME_CONTROL) {
        n2_link_stranger(links, from, bytes, len, now_us);
        return nothing;
    }
    n2_link *link = frame.token ? n2_link_by_token(links, frame.token) : NULL;
    if (!link || (link->state != N2_LINK_OPEN && frame.kind != N2_FRAME_CONTROL)) {
        links->stats.unknown_tokens++;
        return nothing;
    }
    link->datagrams_in++;
    link->bytes_in += len + N2_FRAME_HEAD_BYTES;
    if (n2_net_addr_equal(from, &link->net)) {
        link->heard_us = now_us;
        link->takeover_us = 0;
    } else if (link->state == N2_LINK_OPEN) {
        n2_link_foreign_source(links, link, from, len, now_us);
    }
    switch ((n2_frame_kind)frame.kind) {
    case N2_FRAME_WHOLE:
        return (n2_link_data){.port = link->port, .packets = {.at = bytes, .left = len}};
    case N2_FRAME_FIRST_HALF:
    case N2_FRAME_SECOND_HALF:
        return take_half(links, link, frame, bytes, len, now_us);
    case N2_FRAME_CONTROL:
        n2_link_control(links, link, from, bytes, len, now_us);
        break;
    }
    return nothing;
}

/* ---- looking at it ---- */

void
n2_links_set_rate(n2_links *links, uint32_t port, uint64_t rate_Bps)
{
    n2_link *link = at_port(links, port);

    if (link)
        link->rate_Bps = rate_Bps;
}

uint64_t
n2_links_rate(const n2_links *links, uint32_t port)
{
    const n2_link *link = at_port(links, port);

    return link ? link->rate_Bps : 0;
}

uint64_t
n2_links_source(const n2_links *links, uint32_t port)
{
    const n2_link *link = at_port(links, port);
    bool is_ours = link && link->is_opener && !link->is_met;

    if (!link || is_ours || (links->reserved[port] & N2_PORT_KEPT))
        return 0;
    return n2_net_source(&link->net);
}

bool
n2_links_is_up(const n2_links *links, uint32_t port)
{
    const n2_link *link = at_port(links, port);

    return link && link->state == N2_LINK_OPEN;
}

bool
n2_links_info(const n2_links *links, uint32_t port, n2_link_info *out)
{
    const n2_link *link = at_port(links, port);

    if (!link)
        return false;
    *out = (n2_link_info){.is_up = link->state == N2_LINK_OPEN,
                          .is_opener = link->is_opener,
                          .remote_port = link->remote_port,
                          .remote_width = link->remote_width,
                          .rtt_us = link->rtt_us,
                          .datagram_bytes = link->datagram_bytes,
                          .rate_Bps = link->rate_Bps,
                          .link_id = link->link_id,
                          .net = link->net,
                          .datagrams_in = link->datagrams_in,
                          .bytes_in = link->bytes_in,
                          .datagrams_out = link->datagrams_out,
                          .bytes_out = link->bytes_out};
    return true;
}

const n2_links_stats *
n2_links_peek_stats(const n2_links *links)
{
    return &links->stats;
}

void
n2_links_uses(const n2_links *links, n2_uses *uses)
{
    const n2_links_stats *s = &links->stats;

    n2_uses_add(uses, "switch_ports", links->n_links, n2_links_n_ports(links) - 1,
                s->refused_ports);
    n2_uses_add(uses, "link_known", links->n_known, N2_LINK_KNOWN_MAX, s->refused_known);
    n2_uses_add(uses, "link_halves", links->most_halves, N2_LINK_HALVES_MAX, s->lost_halves);
    n2_uses_add(uses, "link_out", links->n_out, N2_LINK_OUT_MAX, s->lost_output);
    n2_uses_add(uses, "link_events", links->n_events, N2_LINK_EVENTS_MAX, s->refused_events);
    n2_uses_add(uses, "link_challenge_per_s", N2_USE_NONE, N2_LINK_CHALLENGE_PER_S,
                s->refused_challenges);
    n2_uses_add(uses, "link_accept_per_s", N2_USE_NONE, N2_LINK_ACCEPT_PER_S,
                s->refused_accepts);
    n2_uses_add(uses, "link_move_per_s", N2_USE_NONE, N2_LINK_MOVE_PER_S, s->refused_moves);
    n2_uses_add(uses, "link_pong_per_s", N2_USE_NONE, N2_LINK_PONG_PER_S, s->refused_pongs);
    n2_uses_add(uses, "link_meet_per_s", N2_USE_NONE, N2_LINK_MEET_PER_S, s->refused_meets);
    n2_uses_add(uses, "link_met_per_s", N2_USE_NONE, N2_LINK_MET_PER_S, s->refused_met);
    n2_uses_add(uses, "link_meetings", n2_link_count_meetings(links), N2_LINK_MEETINGS_MAX,
                s->refused_meetings);
}
