/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane.c - links, switch and end point put together.
 *
 * A packet for another node is copied once, from the datagram it came in to the one it leaves
 * in; our own are sealed where they leave.  When the runs that wait are too many the switch
 * drops, as any switch with full queues.
 */
#include "node/plane.h"

#include <stdlib.h>
#include <string.h>

#include "base/bucket.h"
#include "base/limits.h"
#include "link/link.h"
#include "node/plane-runs.h"
#include "switch/notice.h"
#include "switch/switch.h"
#include "transport/endpoint.h"
#include "wire/code.h"

enum {
    DATAGRAM_BYTES = 1472
};

struct n2_plane {
    n2_switch sw;
    n2_links *links;
    n2_endpoint *endpoint;
    uint8_t width;
    n2_runs *runs;
    n2_bucket *urgent; /* (transfer full) by in-port: urgent packets that it may still send */
    uint64_t urgent_refused;
    uint64_t link_rate_Bps;
    uint64_t seen_us; /* the time when anything was called last */
    n2_plane_stats stats;
    uint8_t scratch[N2_PACKET_BYTES_MAX];
};

/* ---- packets --------------------------------------------------------------------------------
 */

/* Whoever may send urgent packets may send so many and no more, else all would be urgent. */
static n2_lane
lane_of(n2_plane *plane, uint32_t in_port, const uint8_t *bytes, uint64_t now_us)
{
    if (bytes[1] >> N2_CARE_CLASS_SHIFT != N2_CLASS_URGENT)
        return N2_LANE_OTHER;
    if (n2_bucket_take(&plane->urgent[in_port], N2_URGENT_PER_S, N2_URGENT_BURST, now_us))
        return N2_LANE_URGENT;
    plane->urgent_refused++;
    return N2_LANE_OTHER;
}

/* Something of @in_port did not fit into the queue of @out_port: its sender hears of it, unless
 * too many did. */
static void
say_dropped(n2_plane *plane,
            uint32_t in_port,
            uint32_t out_port,
            const uint8_t *cause,
            size_t len,
            uint64_t now_us)
{
    uint8_t bytes[N2_NOTICE_BYTES];
    n2_switch_notice notice = {.reason = N2_NOTICE_DROPPED,
                               .rate = n2_rate_to_code(n2_links_rate(plane->links, out_port))};

    if (!n2_switch_says(&plane->sw, in_port, &notice, cause, len, now_us))
        return;
    n2_switch_notice_write(bytes, &notice);
    n2_step step = n2_switch_step(&plane->sw, 0, bytes, sizeof bytes);
    if (step.verdict == N2_STEP_CONTROL) { /* it was our own */
        if (!n2_switch_notice_read(&notice, bytes, sizeof bytes))
            n2_endpoint_notice(plane->endpoint, &notice, now_us);
    } else if (step.verdict == N2_STEP_FORWARD) {
        uint8_t *to = n2_runs_reserve(plane->runs, step.out_port, N2_LANE_OTHER, sizeof bytes);
        if (to) {
            memcpy(to, bytes, sizeof bytes);
            n2_runs_commit(plane->runs, step.out_port, N2_LANE_OTHER);
        } else {
            n2_switch_undo(&plane->sw, 0, step.out_port, sizeof bytes, N2_DROP_QUEUE);
        }
    }
}

static void
forward(n2_plane *plane,
        uint32_t in_port,
        uint32_t out_port,
        const uint8_t *bytes,
        size_t len,
        uint64_t now_us)
{
    n2_lane lane = lane_of(plane, in_port, bytes, now_us);
    uint8_t *to = n2_runs_reserve(plane->runs, out_port, lane, len);

    if (!to) {
        bool is_up = n2_links_is_up(plane->links, out_port);
        n2_switch_undo(&plane->sw, in_port, out_port, len,
                       is_up ? N2_DROP_QUEUE : N2_DROP_PORT);
        if (is_up)
            say_dropped(plane, in_port, out_port, bytes, len, now_us);
        return;
    }
    memcpy(to, bytes, len);
    n2_runs_commit(plane->runs, out_port, lane);
}

static void
control_packet(
    n2_plane *plane, uint32_t in_port, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    uint8_t answer[N2_ECHO_BYTES];
    n2_switch_notice notice;
    n2_echo echo;

    if (!n2_switch_notice_read(&notice, bytes, len)) {
        n2_endpoint_notice(plane->endpoint, &notice, now_us);
        return;
    }

    switch (n2_switch_control(&plane->sw, in_port, bytes, len, now_us, answer, &echo)) {
    case N2_ECHO_QUESTION: {
        n2_step step = n2_switch_step(&plane->sw, 0, answer, sizeof answer);
        if (step.verdict == N2_STEP_FORWARD)
            forward(plane, 0, step.out_port, answer, sizeof answer, now_us);
        break;
    }
    case N2_ECHO_ANSWER:
        n2_endpoint_echo(plane->endpoint, &echo, now_us);
        break;
    case N2_ECHO_NOTHING:
        break;
    }
}

static void
handle(n2_plane *plane,
       uint32_t in_port,
       n2_step step,
       const uint8_t *bytes,
       size_t len,
       uint64_t now_us)
{
    switch (step.verdict) {
    case N2_STEP_FORWARD:
        forward(plane, in_port, step.out_port, bytes, len, now_us);
        break;
    case N2_STEP_DELIVER:
        n2_endpoint_packet(plane->endpoint, bytes, len, now_us);
        break;
    case N2_STEP_CONTROL:
        control_packet(plane, in_port, bytes, len, now_us);
        break;
    case N2_STEP_DROP:
        break;
    }
}

/* Was something due long ago, and nobody came?  Then it is not others who were silent. */
static void
look_at_clock(n2_plane *plane, uint64_t now_us)
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

void
n2_plane_input(
    n2_plane *plane, const n2_net_addr *from, uint8_t *bytes, size_t len, uint64_t now_us)
{
    look_at_clock(plane, now_us);
    plane->stats.datagrams_in++;
    plane->stats.bytes_in += len;
    n2_link_data data = n2_links_input(plane->links, from, bytes, len, now_us);
    if (!data.port)
        return;

    uint8_t *packet;
    size_t packet_bytes;
    while (!n2_bundle_next(&data.packets, &packet, &packet_bytes)) {
        n2_step step = n2_switch_step(&plane->sw, data.port, packet, packet_bytes);
        handle(plane, data.port, step, packet, packet_bytes, now_us);
    }
}

/* Our own end point's next packet, which leaves by the port that its path begins with. */
static void
send_own(n2_plane *plane, uint64_t path, size_t len, uint64_t now_us)
{
    uint32_t port = (uint32_t)(path >> (64 - plane->width));
    uint8_t *to = port ? n2_runs_reserve(plane->runs, port, N2_LANE_OTHER, len) : NULL;
    uint8_t *out = to ? to : plane->scratch;

    if (n2_endpoint_build(plane->endpoint, out, now_us) != len)
        return;
    n2_step step = n2_switch_step(&plane->sw, 0, out, len);
    if (step.verdict != N2_STEP_FORWARD) {
        handle(plane, 0, step, out, len, now_us);
    } else if (to && step.out_port == port) {
        n2_runs_commit(plane->runs, port, N2_LANE_OTHER);
    } else {
        n2_switch_undo(&plane->sw, 0, step.out_port, len, N2_DROP_PORT);
    }
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
    n2_runs_finish(plane->runs, N2_LANE_URGENT);
    while (!n2_runs_is_ready(plane->runs, now_us) &&
           (len = n2_endpoint_peek_ready(plane->endpoint, &path, now_us)))
        send_own(plane, path, len, now_us);
    if (!n2_runs_is_ready(plane->runs, now_us))
        n2_runs_finish(plane->runs, N2_LANE_OTHER);
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

bool
n2_plane_event(n2_plane *plane, n2_event *event)
{
    n2_link_event e;

    if (!n2_links_event(plane->links, &e))
        return n2_endpoint_event(plane->endpoint, event);
    if (e.kind == N2_LINK_UP && plane->link_rate_Bps)
        n2_links_set_rate(plane->links, e.port, plane->link_rate_Bps);
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

void
n2_plane_op(n2_plane *plane, const n2_op *op, uint64_t now_us)
{
    look_at_clock(plane, now_us);
    switch (op->kind) {
    case N2_OP_LINK_OPEN:
        open_link(plane, op, now_us);
        break;
    case N2_OP_LINK_CLOSE:
        n2_links_close(plane->links, op->port, now_us);
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
    case N2_OP_LINK_RATE:
        n2_links_set_rate(plane->links, op->port, op->size);
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

    if (runs < links)
        links = runs;
    return links < endpoint ? links : endpoint;
}

void
n2_plane_expire(n2_plane *plane, uint64_t now_us)
{
    look_at_clock(plane, now_us);
    n2_links_expire(plane->links, now_us);
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
    n2_runs_finish(plane->runs, N2_LANE_URGENT);
    n2_runs_finish(plane->runs, N2_LANE_OTHER);
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
    n2_uses_add(&out->uses, "urgent_per_s", N2_USE_NONE, N2_URGENT_PER_S,
                plane->urgent_refused);
    n2_runs_uses(plane->runs, &out->uses);
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
                             .meets = !config->is_shy,
                             .datagram_bytes = config->datagram_bytes ? config->datagram_bytes
                                                                      : DATAGRAM_BYTES};
    n2_plane *plane = calloc(1, sizeof *plane);

    if (!plane)
        return N2_ERR_NOMEM;
    plane->width = config->width_bits;
    plane->seen_us = config->now_us;
    plane->link_rate_Bps = config->link_rate_Bps;
    n2_err err = n2_switch_init(&plane->sw, config->width_bits);
    if (!err)
        err = n2_links_new(&plane->links, &links);
    if (!err)
        err = n2_endpoint_new(&plane->endpoint, &config->env, config->now_us);
    if (!err)
        err = n2_runs_new(&plane->runs, plane->links, config->width_bits);
    if (!err) {
        plane->urgent = calloc((size_t)1 << config->width_bits, sizeof *plane->urgent);
        err = plane->urgent ? N2_OK : N2_ERR_NOMEM;
    }
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
    free(plane->urgent);
    n2_endpoint_free(plane->endpoint);
    n2_links_free(plane->links);
    n2_switch_clear(&plane->sw);
    free(plane);
}
