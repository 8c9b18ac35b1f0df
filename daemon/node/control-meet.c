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
    c->met.meetings++; /* one that came to nothing makes place, or there is none */
    return oldest;
}

static void
begin(n2_control *c, const n2_id *who, const n2_store_hop hops[static 2])
{
    meeting *m = find(c, who);
    uint64_t pause_us = m ? m->pause_us : N2_MEET_AGAIN_US;

    if (m && c->now_us < m->again_us)
        return;
    if (!m)
        m = make_room(c);
    if (!m)
        return;
    *m = (meeting){.who = *who, .begun_us = c->now_us, .pause_us = pause_us};
    m->again_us = c->now_us + 2 * pause_us; /* if nobody says what came of it */
    while (!m->link_id)
        n2_env_random(&c->env, &m->link_id, sizeof m->link_id);
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_MEET,
                                       .port = hops[0].port,
                                       .remote_port = hops[1].port,
                                       .link_id = m->link_id});
}

/* The connection to @who goes by @path: by two hops, as our ways to it say? */
static void
try(n2_control *c, const n2_id *who, uint64_t path)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_route route;
    size_t n = 0;

    if (!n2_way_find(c, who, hops, &n, NULL) && n == 2 && !n2_way_path(hops, n, &route) &&
        route.word == path)
        begin(c, who, hops);
}

void
n2_meet_connected(n2_control *c, n2_conn conn)
{
    uint64_t path;
    n2_id who;

    if (!c->config.asks_to_meet || !n2_fetch_who(c->fetch, conn, &who, &path))
        return;
    const meeting *m = find(c, &who);
    if (m && m->port)
        n2_fetch_move(c->fetch, &who, path_by(c, m->port));
    else
        try(c, &who, path);
}

/* ---- what comes of it ---- */

/* It came to nothing, or its link is gone: who asks at once and each time would be a nuisance
 * to the one between, and who waits long goes the longer way for long. */
static void
put_off(n2_control *c, meeting *m)
{
    /* A link that stood for longer than the pause was no failure. */
    if (m->is_proven && c->now_us - m->up_us > m->pause_us)
        m->pause_us = N2_MEET_AGAIN_US;
    m->again_us = c->now_us + m->pause_us;
    m->pause_us *= 2;
    if (m->pause_us > N2_MEET_AGAIN_MAX_US)
        m->pause_us = N2_MEET_AGAIN_MAX_US;
    m->port = 0;
    m->is_proven = false;
}

void
n2_meet_link(n2_control *c, const n2_event *event)
{
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++) {
        meeting *m = &c->meetings[i];
        if (!m->link_id || m->link_id != event->link_id)
            continue;
        if (event->kind == N2_EVENT_LINK_UP) {
            /* Also when its other end has another address: is the right one there? */
            if (!m->port)
                m->up_us = c->now_us;
            m->port = event->port;
            m->is_proven = false;
            n2_fetch_move(c->fetch, &m->who, path_by(c, m->port));
            return;
        }
        char id[N2_ID_TEXT_BYTES];

        n2_id_format(id, N2_ID_IDENTITY, &m->who);
        if (!m->port)
            n2_control_log(c, "no direct link to %s: its NAT or ours lets none through", id);
        put_off(c, m);
        return;
    }
}

void
n2_meet_moved(n2_control *c, const n2_event *event)
{
    uint64_t path;
    n2_id who;

    /* Connections of others may go by that link, too: it proves what is theirs, and no more. */
    if (!event->initiator || !n2_fetch_who(c->fetch, event->conn, &who, &path))
        return;
    meeting *m = find(c, &who);
    if (c->config.asks_to_meet && !event->err && (!m || !m->port)) {
        try(c, &who, event->path); /* by the longer way again */
        return;
    }
    if (!m || !m->port || m->is_proven)
        return;
    if (event->tag != path_by(c, m->port)) {
        /* A move that began later has ended the one to the link: once more, now that it is
         * over. */
        n2_fetch_move(c->fetch, &who, path_by(c, m->port));
        return;
    }
    m->is_proven = !event->err;
    if (m->is_proven)
        return;
    /* Whoever is there, it is not who was meant. */
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_CLOSE, .port = m->port});
    put_off(c, m);
}

void
n2_meet_restarted(n2_control *c)
{
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++)
        if (c->meetings[i].port)
            put_off(c, &c->meetings[i]);
}

/* ---- time ---- */

/* Is it to be asked for again at some time, whoever connects? */
static bool
is_put_off(const meeting *m)
{
    return m->link_id && !m->port && m->again_us;
}

uint64_t
n2_meet_deadline(const n2_control *c)
{
    uint64_t at_us = UINT64_MAX;

    for (size_t i = 0; i < N2_MEETINGS_MAX; i++)
        if (is_put_off(&c->meetings[i]) && c->meetings[i].again_us < at_us)
            at_us = c->meetings[i].again_us;
    return at_us;
}

void
n2_meet_expire(n2_control *c)
{
    for (size_t i = 0; i < N2_MEETINGS_MAX; i++) {
        meeting *m = &c->meetings[i];
        n2_remote_info info;

        if (!is_put_off(m) || c->now_us < m->again_us)
            continue;
        m->again_us = 0; /* nobody speaks with it: the next connection asks */
        for (size_t k = 0; n2_fetch_remote_at(c->fetch, k, &info); k++)
            if (info.is_open && n2_id_equal(&info.who, &m->who)) {
                try(c, &info.who, info.path);
                break;
            }
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
