/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-meet.c - direct links to those who are reached through a neighbour: asked for by
 *                  introduction (link/meet.c), used once the right one has answered there.
 *
 *     connected by two hops --> introduction asked for --> link up --> the connection moves
 *     there, if the peer's sealed answer to a check comes back by it --> first of all ways
 *
 * A neighbour that introduces somebody else gains nothing: nobody is trusted for what it says.
 */
#include "node/control-private.h"

static meeting *
find(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++)
        if (c->meetings[i].link_id && n2_id_equal(&c->meetings[i].who, who))
            return &c->meetings[i];
    return NULL;
}

static uint64_t
path_by(const n2_control *c, uint16_t port)
{
    const n2_store_hop hop = {.port = port, .bits = c->config.switch_bits};
    n2_route route;

    return n2_way_path(&hop, 1, &route) ? 0 : route.word;
}

/* A place for one more: a free one, else the oldest that came to nothing; NULL: none. */
static meeting *
make_room(n2_control *c)
{
    meeting *oldest = NULL;

    for (size_t i = 0; i < N2_MEETINGS_MAX; i++) {
        meeting *m = &c->meetings[i];
        if (!m->link_id)
            return m;
        if (!m->port && (!oldest || m->begun_us < oldest->begun_us))
            oldest = m;
    }
    return oldest;
}

static void
begin(n2_control *c, const n2_id *who, const n2_store_hop hops[static 2])
{
    meeting *m = find(c, who);

    if (m && c->now_us - m->begun_us < N2_MEET_AGAIN_US)
        return;
    if (!m)
        m = make_room(c);
    if (!m)
        return;
    *m = (meeting){.who = *who, .begun_us = c->now_us};
    while (!m->link_id)
        n2_env_random(&c->env, &m->link_id, sizeof m->link_id);
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_MEET,
                                       .port = hops[0].port,
                                       .remote_port = hops[1].port,
                                       .link_id = m->link_id});
}

void
n2_meet_connected(n2_control *c, n2_conn conn)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_route route;
    uint64_t path;
    size_t n = 0;
    n2_id who;

    if (!c->config.asks_to_meet || !n2_fetch_who(c->fetch, conn, &who, &path))
        return;
    const meeting *m = find(c, &who);
    if (m && m->port) {
        n2_fetch_move(c->fetch, &who, path_by(c, m->port));
        return;
    }
    if (!n2_way_find(c, &who, hops, &n, NULL) && n == 2 && !n2_way_path(hops, n, &route) &&
        route.word == path)
        begin(c, &who, hops);
}

void
n2_meet_link(n2_control *c, const n2_event *event)
{
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++) {
        meeting *m = &c->meetings[i];
        if (!m->link_id || m->link_id != event->link_id)
            continue;
        if (event->kind == N2_EVENT_LINK_UP) {
            m->port = event->port;
            n2_fetch_move(c->fetch, &m->who, path_by(c, m->port));
            return;
        }
        char id[N2_ID_TEXT_BYTES];

        n2_id_format(id, N2_ID_IDENTITY, &m->who);
        if (!m->port)
            n2_control_log(c, "no direct link to %s: its NAT or ours lets none through", id);
        m->port = 0;
        m->is_proven = false;
        return;
    }
}

void
n2_meet_moved(n2_control *c, const n2_event *event)
{
    if (!event->initiator)
        return;
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++) {
        meeting *m = &c->meetings[i];
        if (!m->link_id || !m->port || event->tag != path_by(c, m->port) || m->is_proven)
            continue;
        m->is_proven = !event->err;
        if (m->is_proven)
            continue;
        /* Whoever is there, it is not who was meant. */
        n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_CLOSE, .port = m->port});
        m->port = 0;
    }
}

uint16_t
n2_meet_port(const n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++) {
        const meeting *m = &c->meetings[i];
        if (m->link_id && m->is_proven && n2_id_equal(&m->who, who))
            return m->port;
    }
    return 0;
}
