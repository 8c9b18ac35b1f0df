/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-move.c - connections that go another way while their transfers go on.
 */
#include "share/fetch-private.h"

static remote *
remote_of_conn(n2_fetch *f, n2_conn conn)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        if (conn && f->remotes[i].conn == conn)
            return &f->remotes[i];
    return NULL;
}

static bool
is_going(const remote *r)
{
    return r->going && r->going_conn == r->conn;
}

bool
n2_fetch_who(n2_fetch *fetch, n2_conn conn, n2_id *who, uint64_t *path)
{
    const remote *r = remote_of_conn(fetch, conn);

    if (!r)
        return false;
    *who = r->who;
    *path = r->path;
    return true;
}

void
n2_fetch_move(n2_fetch *fetch, const n2_id *who, uint64_t path)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];

        if (!r->conn || !n2_id_equal(&r->who, who) || (is_going(r) && r->going == path))
            continue;
        r->going = path;
        r->going_conn = r->conn;
        n2_op_queue_push(
            fetch->config.ops,
            &(n2_op){.kind = N2_OP_MOVE, .conn = r->conn, .tag = path, .path = path});
    }
}

/* Not our order: of several behind the last label one has answered, by its own. */
static void
note_own_label(remote *r, uint64_t path)
{
    unsigned at = (unsigned)__builtin_ctzll(r->last);

    r->label_bits = (uint8_t)__builtin_popcountll(r->last);
    r->common_label = (uint16_t)((r->path & r->last) >> at);
    r->own_label = (uint16_t)((path & r->last) >> at);
}

void
n2_fetch_leave(n2_fetch *fetch, const n2_id *who, uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        if (fetch->remotes[i].conn && n2_id_equal(&fetch->remotes[i].who, who))
            n2_remote_lose(fetch, &fetch->remotes[i], N2_ERR_NOWAY, now_us);
}

void
n2_fetch_moved(n2_fetch *fetch, const n2_event *event, uint64_t now_us)
{
    remote *r = remote_of_conn(fetch, event->conn);

    if (!r)
        return;
    if (event->initiator && r->going == event->tag)
        r->going = 0;
    if (event->err)
        return;
    if (event->initiator && !event->tag && r->last)
        note_own_label(r, event->path);
    fetch->counts.n_moved++;
    r->path = event->path;
    r->rtt_us = event->rtt_us;
    r->heard_us = now_us; /* the check came from it */
    r->is_probed = false;
}
