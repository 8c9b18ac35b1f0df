/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane.c - links, switch and end point put together.
 *
 * A packet for another node is copied once, from the datagram it came in to the one it leaves
 * in, or twice if it has to wait for its link; our own are sealed where they leave or wait.
 */
#include "node/plane.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "node/plane-look.h"
#include "node/plane-private.h"
#include "node/plane-rules.h"

enum {
    DATAGRAM_BYTES = 1472,
    WIDTH_SMALL = 8 /* with more port bits, channels are kept in bitmaps */
};

/* ---- time -----------------------------------------------------------------------------------
 */

void
n2_plane_look_at_clock(n2_plane *plane, uint64_t now_us)
{
    uint64_t was_us = plane->seen_us;

    plane->seen_us = now_us;
    if (now_us < was_us + N2_LATE_US)
        return;
    uint64_t due_us = n2_plane_deadline(plane);
    if (due_us < was_us)
        due_us = was_us;
    if (now_us < due_us || now_us - due_us < N2_LATE_US)
        return;
    plane->stats.pauses++;
    n2_links_slept(plane->links, now_us - due_us, now_us);
    n2_endpoint_slept(plane->endpoint, now_us - due_us, now_us);
}

/* ---- our own packets ------------------------------------------------------------------------
 */

/* Its path began with a label that stands for a port, not with the port itself. */
static void
forward_elsewhere(
    n2_plane *plane, uint32_t out_port, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    if (bytes != plane->scratch)
        memcpy(plane->scratch, bytes, len);
    n2_plane_forward(plane, 0, out_port, plane->scratch, len, now_us);
}

/* Our own end point's next packet, which leaves by the port that its path begins with: it is
 * built where it leaves, or where it waits for that. */
static void
send_own(n2_plane *plane, uint64_t path, size_t len, uint64_t now_us)
{
    uint32_t port = (uint32_t)(path >> (64 - plane->width));
    uint8_t *to = port ? n2_runs_reserve(plane->runs, port, len, now_us) : NULL;
    bool waits = !to && port && n2_links_rate(plane->links, port);
    uint8_t *out = waits ? n2_queues_reserve(plane->queues) : to;

    if (!out) {
        waits = false;
        out = plane->scratch;
    }
    if (n2_endpoint_build(plane->endpoint, out, now_us) != len)
        return;
    n2_step step = n2_switch_step(&plane->sw, 0, out, len, now_us);
    if (step.verdict != N2_STEP_FORWARD)
        n2_plane_handle(plane, 0, step, out, len, now_us);
    else if (to && step.out_port == port)
        n2_runs_commit(plane->runs, port);
    else if (waits && step.out_port == port)
        n2_plane_wait(plane, 0, port, len, now_us);
    else
        forward_elsewhere(plane, step.out_port, out, len, now_us);
    if (step.verdict == N2_STEP_FORWARD)
        n2_users_saw(&plane->users, 0, step.out_port);
}

/* ---- output ---------------------------------------------------------------------------------
 */

/* The next run of what can be sent now; false: there is none. */
static bool
next_run(n2_plane *plane, n2_plane_run *run, uint64_t now_us)
{
    n2_net_addr to;
    const uint8_t *bytes;
    uint64_t path;
    size_t len;

    len = n2_links_output(plane->links, &to, &bytes);
    if (len) {
        *run = (n2_plane_run){.to = to, .bytes = bytes, .len = len, .segment = len};
        return true;
    }
    n2_plane_reserve_output(plane, now_us);
    n2_plane_casts_output(plane, now_us);
    while (!n2_runs_is_ready(plane->runs, now_us) &&
           (len = n2_endpoint_peek_ready(plane->endpoint, &path, now_us)))
        send_own(plane, path, len, now_us);
    if (!n2_runs_is_ready(plane->runs, now_us))
        n2_runs_finish(plane->runs, now_us);
    if (n2_runs_next(plane->runs, run, now_us))
        return true;
    n2_runs_finish(plane->runs, now_us); /* they had all the buffers */
    return n2_runs_next(plane->runs, run, now_us);
}

/* All that is ready goes before the next agreements are worked out, so that the other side has
 * something to do meanwhile. */
bool
n2_plane_output(n2_plane *plane, n2_plane_run *run, uint64_t now_us)
{
    while (!next_run(plane, run, now_us))
        if (!n2_endpoint_work(plane->endpoint, now_us))
            return false;
    plane->stats.bytes_out += run->len;
    plane->stats.datagrams_out += (run->len + run->segment - 1) / run->segment;
    return true;
}

/* ---- events and orders ----------------------------------------------------------------------
 */

/* Nothing that was for the link at @port is for who gets this number next. */
static void
port_down(n2_plane *plane, uint32_t port, uint64_t now_us)
{
    n2_runs_down(plane->runs, port);
    n2_reserve_down(plane->sw.reserve, port, now_us);
    n2_users_forget(&plane->users, port);
    n2_casts_port_down(plane->casts, port);
    n2_labels_link(plane->sw.labels, port, false);
    n2_queues_set_source(plane->queues, port, n2_links_source(plane->links, port));
}

/* Down, another one may be there already: of that the next event tells. */
static void
note_link(n2_plane *plane, const n2_link_event *e)
{
    if (e->kind == N2_LINK_DOWN) {
        port_down(plane, e->port, plane->seen_us);
        return;
    }
    if (e->kind == N2_LINK_UP && plane->link_rate_Bps)
        n2_links_set_rate(plane->links, e->port, plane->link_rate_Bps);
    n2_queues_set_source(plane->queues, e->port, n2_links_source(plane->links, e->port));
    n2_plane_casts_up(plane, e);
    n2_labels_link(plane->sw.labels, e->port, n2_links_is_up(plane->links, e->port));
}

bool
n2_plane_event(n2_plane *plane, n2_event *event)
{
    n2_link_event e;

    if (n2_event_queue_pop(&plane->told, event))
        return true;
    if (plane->has_look) {
        plane->has_look = false;
        *event = plane->look;
        return true;
    }
    if (n2_plane_reserve_event(plane, event) || n2_casts_event(plane->casts, event))
        return true;
    if (!n2_links_event(plane->links, &e)) {
        bool is_there = n2_endpoint_event(plane->endpoint, event);
        if (is_there)
            n2_plane_reserve_saw(plane, event);
        return is_there;
    }
    if (e.port) /* 0: an introduction came to nothing */
        note_link(plane, &e);
    /* MOVED is an UP with another address: the control plane only notes it. */
    *event = (n2_event){.kind = e.kind == N2_LINK_DOWN ? N2_EVENT_LINK_DOWN : N2_EVENT_LINK_UP,
                        .err = e.err,
                        .initiator = e.is_opener,
                        .port = (uint16_t)e.port,
                        .remote_port = (uint16_t)e.remote_port,
                        .width = e.remote_width,
                        .rtt_us = e.rtt_us,
                        .link_id = e.link_id,
                        .net = e.net};
    return true;
}

static void
look_at_switch(n2_plane *plane, const n2_op *op, uint64_t now_us)
{
    n2_look *look =
        n2_plane_look_new(&plane->sw, plane->links, plane->queues, op->port, now_us);

    if (look)
        n2_casts_look(plane->casts, look, now_us);
    if (plane->has_look)
        free(plane->look.bytes);
    plane->look = (n2_event){.kind = N2_EVENT_SWITCH_LOOK,
                             .err = look ? N2_OK : N2_ERR_NOMEM,
                             .tag = op->tag,
                             .bytes = (uint8_t *)look,
                             .len = look ? sizeof *look : 0};
    plane->has_look = true;
}

static void
open_link(n2_plane *plane, const n2_op *op, uint64_t now_us)
{
    n2_err err =
        n2_links_open(plane->links, &op->net, op->link_id, op->port, op->remote_port, now_us);
    /* Its own port may have gone to somebody who came first: any other will do. */
    if (err == N2_ERR_EXISTS && op->port)
        err = n2_links_open(plane->links, &op->net, op->link_id, 0, op->remote_port, now_us);
    if (err && err != N2_ERR_EXISTS)
        plane->stats.links_refused++;
}

static void
close_link(n2_plane *plane, uint32_t port, uint64_t now_us)
{
    n2_link_info info;

    if (!n2_links_info(plane->links, port, &info))
        return;
    n2_links_close(plane->links, port, now_us);
    port_down(plane, port, now_us);
}

void
n2_plane_op(n2_plane *plane, const n2_op *op, uint64_t now_us)
{
    n2_plane_look_at_clock(plane, now_us);
    switch (op->kind) {
    case N2_OP_LINK_OPEN:
        open_link(plane, op, now_us);
        break;
    case N2_OP_LINK_CLOSE:
        close_link(plane, op->port, now_us);
        break;
    case N2_OP_LINK_KNOWN:
        if (n2_links_known(plane->links, op->link_id, op->port))
            plane->stats.links_refused++;
        break;
    case N2_OP_LINK_MTU:
        n2_links_set_datagram(plane->links, op->port, op->mtu_bytes);
        break;
    case N2_OP_LINK_LOOK:
        n2_links_look(plane->links, now_us);
        break;
    case N2_OP_LINK_MEET:
        if (n2_links_meet(plane->links, op->port, op->remote_port, op->link_id, now_us))
            plane->stats.links_refused++;
        break;
    case N2_OP_LINK_PLAN:
        if (n2_links_plan(plane->links, op->port, op->net.len ? &op->net : NULL, now_us))
            plane->stats.links_refused++;
        else
            n2_queues_set_source(plane->queues, op->port,
                                 n2_links_source(plane->links, op->port));
        break;
    case N2_OP_LINK_USERS:
        n2_users_set_most(&plane->users, op->port, op->size);
        break;
    case N2_OP_LINK_RATE:
        n2_links_set_rate(plane->links, op->port, op->size);
        break;
    case N2_OP_LABEL:
    case N2_OP_LABEL_LOOK:
    case N2_OP_FILTER:
    case N2_OP_FILTER_LOOK: {
        n2_event event = n2_plane_rules_op(&plane->sw, plane->links, &plane->env, op);
        n2_event_queue_push(&plane->told, &event);
        break;
    }
    case N2_OP_SWITCH_LOOK:
        look_at_switch(plane, op, now_us);
        break;
    case N2_OP_CAST_JOIN:
    case N2_OP_CAST_LEAVE:
    case N2_OP_CAST_OPEN:
    case N2_OP_CAST_CLOSE:
    case N2_OP_CAST_SEND:
    case N2_OP_CHANNEL_RULES:
        n2_plane_casts_op(plane, op, now_us);
        break;
    case N2_OP_RESERVE:
    case N2_OP_RELEASE:
    case N2_OP_RESERVE_ROLE:
        n2_plane_reserve_op(plane, op, now_us);
        break;
    case N2_OP_KEY_RECORD:
    case N2_OP_ES:
    case N2_OP_KEY_QUERY:
    case N2_OP_CONNECT:
    case N2_OP_ECHO:
    case N2_OP_PLAIN_GRANT:
    case N2_OP_PLAIN_REVOKE:
    case N2_OP_PLAIN_SEND:
    case N2_OP_COMMAND:
    case N2_OP_GRANT:
    case N2_OP_REVOKE:
    case N2_OP_SEND:
    case N2_OP_CLOSE:
    case N2_OP_MOVE:
    case N2_OP_PROBE:
    case N2_OP_RATE:
        n2_endpoint_op(plane->endpoint, op, now_us);
        break;
    }
}

uint64_t
n2_plane_deadline(const n2_plane *plane)
{
    uint64_t links = n2_links_deadline(plane->links);
    uint64_t endpoint = n2_endpoint_deadline(plane->endpoint);
    uint64_t runs = n2_runs_deadline(plane->runs);
    uint64_t reserve = n2_reserve_deadline(plane->sw.reserve);

    if (runs < links)
        links = runs;
    if (reserve < links)
        links = reserve;
    uint64_t casts = n2_casts_deadline(plane->casts);
    if (casts < links)
        links = casts;
    uint64_t users = n2_users_deadline(&plane->users);
    if (users < links)
        links = users;
    return links < endpoint ? links : endpoint;
}

void
n2_plane_expire(n2_plane *plane, uint64_t now_us)
{
    n2_plane_look_at_clock(plane, now_us);
    n2_links_expire(plane->links, now_us);
    n2_reserve_expire(plane->sw.reserve, now_us);
    n2_users_expire(&plane->users, now_us);
    n2_casts_expire(plane->casts, now_us);
    n2_endpoint_expire(plane->endpoint, now_us);
}

void
n2_plane_close(n2_plane *plane, uint64_t now_us)
{
    uint64_t path;
    size_t len;
    bool more;

    /* The farewells go while the links are still there. */
    do {
        more = n2_endpoint_close(plane->endpoint, now_us);
        while ((len = n2_endpoint_peek(plane->endpoint, &path, now_us)))
            send_own(plane, path, len, now_us);
    } while (more);
    n2_runs_finish(plane->runs, now_us);
    n2_links_close_all(plane->links, now_us);
}

void
n2_plane_stats_get(const n2_plane *plane, n2_plane_stats *out)
{
    const n2_links_stats *l = n2_links_peek_stats(plane->links);
    n2_endpoint_stats e;

    n2_endpoint_stats_get(plane->endpoint, &e);
    *out = plane->stats;
    out->forwarded = plane->sw.forwarded;
    out->delivered = plane->sw.delivered;
    for (size_t i = 0; i < N2_DROP_REASONS; i++)
        out->dropped_switch += plane->sw.dropped[i];
    out->dropped_link = l->short_datagrams + l->unknown_tokens + l->bad_control +
                        l->bad_cookies + l->bad_halves;
    out->dropped_endpoint = e.dropped;
    out->opened = e.opened;
    out->sealed = e.sealed;
    out->resent = e.resent;
    out->hellos = e.hellos;
    out->hellos_refused = e.hellos_refused;
    out->agreements = e.agreements;
    out->resumed = e.resumed;
    out->connections = e.connections;
    out->half_open = e.half_open;
    out->uses = (n2_uses){0};
    n2_links_uses(plane->links, &out->uses);
    n2_uses_add(&out->uses, "switch_echo_per_s", N2_USE_NONE, N2_SWITCH_ECHO_PER_S,
                plane->sw.dropped[N2_DROP_ECHO_RATE]);
    n2_uses_add(&out->uses, "switch_notice_per_s", N2_USE_NONE, N2_SWITCH_NOTICE_PER_S,
                plane->sw.notices_refused);
    n2_runs_uses(plane->runs, &out->uses);
    n2_queues_uses(plane->queues, &out->uses);
    n2_reserve_uses(plane->sw.reserve, &out->uses);
    n2_casts_uses(plane->casts, &out->uses);
    n2_plane_rules_uses(&plane->sw, &out->uses);
    n2_endpoint_uses(plane->endpoint, &out->uses);
}

/* ---- life -----------------------------------------------------------------------------------
 */

n2_err
n2_plane_new(n2_plane **out, const n2_plane_config *config)
{
    n2_links_config links = {.env = config->env,
                             .width = config->width_bits,
                             .accepts = true,
                             .is_planned = config->is_planned,
                             .meets = !config->is_shy && !config->is_planned,
                             .datagram_bytes = config->datagram_bytes ? config->datagram_bytes
                                                                      : DATAGRAM_BYTES};
    n2_plane *plane = calloc(1, sizeof *plane);

    if (!plane)
        return N2_ERR_NOMEM;
    plane->width = config->width_bits;
    plane->seen_us = config->now_us;
    plane->link_rate_Bps = config->link_rate_Bps;
    plane->env = config->env;
    n2_err err = n2_switch_init(&plane->sw, config->width_bits);
    plane->sw.has_trees = plane->sw.has_channels = true;
    if (!err)
        err = n2_reserve_new(&plane->sw.reserve, &config->env, config->width_bits);
    if (!err)
        err = n2_casts_new(&plane->casts, &config->env, config->width_bits,
                           config->width_bits > WIDTH_SMALL ? N2_ROWS_MAP : N2_ROWS_HASH);
    if (!err)
        plane->casts->trees.labels = &plane->sw.labels;
    if (!err)
        err = n2_event_queue_init(&plane->told);
    if (!err)
        err = n2_links_new(&plane->links, &links);
    if (!err)
        err = n2_endpoint_new(&plane->endpoint, &config->env, config->now_us);
    if (!err)
        err = n2_queues_new(&plane->queues, config->width_bits, &config->env);
    if (!err)
        err = n2_users_init(&plane->users, plane->links, plane->queues, config->width_bits);
    if (!err)
        err = n2_runs_new(&plane->runs, plane->links, plane->queues, &plane->sw);
    if (err) {
        n2_plane_free(plane);
        return err;
    }
    if (config->connections_max)
        n2_endpoint_set_connections_max(plane->endpoint, config->connections_max);
    if (config->key_limits)
        n2_endpoint_set_key_limits(plane->endpoint, config->key_limits);
    *out = plane;
    return N2_OK;
}

void
n2_plane_free(n2_plane *plane)
{
    if (!plane)
        return;
    n2_runs_free(plane->runs);
    n2_users_clear(&plane->users);
    n2_queues_free(plane->queues);
    n2_endpoint_free(plane->endpoint);
    n2_links_free(plane->links);
    n2_switch_clear(&plane->sw);
    if (plane->has_look)
        free(plane->look.bytes);
    n2_event_queue_clear(&plane->told);
    n2_casts_free(plane->casts);
    free(plane);
}
