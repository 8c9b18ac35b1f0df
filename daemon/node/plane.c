/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane.c - links, switch and end point put together, and the runs that leave.
 *
 * A packet for another node is copied once, from the datagram it came in to the one it leaves
 * in; our own are sealed where they leave.  What is ready waits in a bounded pool of buffers:
 * when it is used up the switch drops, as any switch with full queues.
 */
#include "node/plane.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "link/run.h"
#include "switch/switch.h"
#include "transport/endpoint.h"

enum {
    DATAGRAM_BYTES = 1472
};

/* A run under way or ready to leave. */
typedef struct buffer {
    struct buffer *next;
    n2_run run;
    n2_net_addr to;
    size_t len, segment; /* once finished */
    uint8_t bytes[N2_RUN_BYTES_MAX];
} buffer;

struct n2_plane {
    n2_switch sw;
    n2_links *links;
    n2_endpoint *endpoint;
    uint8_t width;
    buffer **by_port; /* (transfer full) run under way for each port, or NULL */
    buffer *ready, **ready_end;
    buffer *spare, *sending;
    unsigned n_buffers, n_spare;
    uint64_t runs_refused;
    n2_plane_stats stats;
    uint8_t scratch[N2_PACKET_BYTES_MAX];
};

/* ---- buffers --------------------------------------------------------------------------------
 */

static buffer *
take_buffer(n2_plane *plane)
{
    buffer *b = plane->spare;

    if (b) {
        plane->spare = b->next;
        plane->n_spare--;
    } else if (plane->n_buffers < N2_PLANE_RUNS_MAX) {
        b = malloc(sizeof *b);
        plane->n_buffers += b != NULL;
    }
    plane->runs_refused += !b;
    return b;
}

static void
give_buffer(n2_plane *plane, buffer *b)
{
    b->next = plane->spare;
    plane->spare = b;
    plane->n_spare++;
}

static void
finish_run(n2_plane *plane, uint32_t port)
{
    buffer *b = plane->by_port[port];

    plane->by_port[port] = NULL;
    b->len = n2_run_finish(&b->run, &b->to, &b->segment);
    if (!b->len) {
        give_buffer(plane, b);
        return;
    }
    b->next = NULL;
    *plane->ready_end = b;
    plane->ready_end = &b->next;
}

/* Room for a packet that leaves by @port; NULL: no link, or no buffer left. */
static uint8_t *
reserve(n2_plane *plane, uint32_t port, size_t len)
{
    for (int i = 0; i < 2; i++) {
        buffer *b = plane->by_port[port];
        if (!b) {
            b = n2_links_is_up(plane->links, port) ? take_buffer(plane) : NULL;
            if (!b)
                return NULL;
            n2_run_begin(&b->run, plane->links, port, b->bytes, sizeof b->bytes);
            plane->by_port[port] = b;
        }
        uint8_t *at = n2_run_reserve(&b->run, len);
        if (at)
            return at;
        finish_run(plane, port);
    }
    return NULL;
}

/* ---- packets --------------------------------------------------------------------------------
 */

static void
forward(n2_plane *plane, uint32_t in_port, uint32_t out_port, const uint8_t *bytes, size_t len)
{
    uint8_t *to = reserve(plane, out_port, len);

    if (!to) {
        bool is_up = n2_links_is_up(plane->links, out_port);
        n2_switch_undo(&plane->sw, in_port, out_port, len,
                       is_up ? N2_DROP_QUEUE : N2_DROP_PORT);
        return;
    }
    memcpy(to, bytes, len);
    n2_run_commit(&plane->by_port[out_port]->run);
}

static void
control_packet(
    n2_plane *plane, uint32_t in_port, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    uint8_t answer[N2_ECHO_BYTES];
    n2_echo echo;

    switch (n2_switch_control(&plane->sw, in_port, bytes, len, now_us, answer, &echo)) {
    case N2_ECHO_QUESTION: {
        n2_step step = n2_switch_step(&plane->sw, 0, answer, sizeof answer);
        if (step.verdict == N2_STEP_FORWARD)
            forward(plane, 0, step.out_port, answer, sizeof answer);
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
        forward(plane, in_port, step.out_port, bytes, len);
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

void
n2_plane_input(
    n2_plane *plane, const n2_net_addr *from, uint8_t *bytes, size_t len, uint64_t now_us)
{
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
    uint8_t *to = port ? reserve(plane, port, len) : NULL;
    uint8_t *out = to ? to : plane->scratch;

    if (n2_endpoint_build(plane->endpoint, out, now_us) != len)
        return;
    n2_step step = n2_switch_step(&plane->sw, 0, out, len);
    if (step.verdict != N2_STEP_FORWARD) {
        handle(plane, 0, step, out, len, now_us);
    } else if (to && step.out_port == port) {
        n2_run_commit(&plane->by_port[port]->run);
    } else {
        n2_switch_undo(&plane->sw, 0, step.out_port, len, N2_DROP_PORT);
    }
}

/* ---- output ---------------------------------------------------------------------------------
 */

static bool
show_ready(n2_plane *plane, n2_plane_run *run)
{
    buffer *b = plane->ready;

    if (!b)
        return false;
    plane->ready = b->next;
    if (!plane->ready)
        plane->ready_end = &plane->ready;
    plane->sending = b;
    *run = (n2_plane_run){.to = b->to, .bytes = b->bytes, .len = b->len, .segment = b->segment};
    plane->stats.bytes_out += b->len;
    plane->stats.datagrams_out += (b->len + b->segment - 1) / b->segment;
    return true;
}

bool
n2_plane_output(n2_plane *plane, n2_plane_run *run, uint64_t now_us)
{
    const uint8_t *bytes;
    uint64_t path;

    if (plane->sending)
        give_buffer(plane, plane->sending);
    plane->sending = NULL;

    n2_net_addr to;
    if (n2_links_output(plane->links, &to, &bytes)) {
        *run = (n2_plane_run){.to = to,
                              .bytes = bytes,
                              .len = N2_LINK_CONTROL_BYTES,
                              .segment = N2_LINK_CONTROL_BYTES};
        plane->stats.bytes_out += run->len;
        plane->stats.datagrams_out++;
        return true;
    }
    size_t len;
    while (!plane->ready && (len = n2_endpoint_peek(plane->endpoint, &path, now_us)))
        send_own(plane, path, len, now_us);
    if (!plane->ready)
        for (uint32_t port = 1; port < 1u << plane->width; port++)
            if (plane->by_port[port])
                finish_run(plane, port);
    return show_ready(plane, run);
}

/* ---- events and orders ----------------------------------------------------------------------
 */

bool
n2_plane_event(n2_plane *plane, n2_event *event)
{
    n2_link_event e;

    if (!n2_links_event(plane->links, &e))
        return n2_endpoint_event(plane->endpoint, event);
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
        n2_endpoint_op(plane->endpoint, op, now_us);
        break;
    }
}

uint64_t
n2_plane_deadline(const n2_plane *plane)
{
    uint64_t links = n2_links_deadline(plane->links);
    uint64_t endpoint = n2_endpoint_deadline(plane->endpoint);

    return links < endpoint ? links : endpoint;
}

void
n2_plane_expire(n2_plane *plane, uint64_t now_us)
{
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
    for (uint32_t port = 1; port < 1u << plane->width; port++)
        if (plane->by_port[port])
            finish_run(plane, port);
    n2_links_close_all(plane->links, now_us);
}

void
n2_plane_stats_get(const n2_plane *plane, n2_plane_stats *out)
{
    n2_endpoint_stats e;

    n2_endpoint_stats_get(plane->endpoint, &e);
    *out = plane->stats;
    out->forwarded = plane->sw.forwarded;
    out->delivered = plane->sw.delivered;
    for (size_t i = 0; i < N2_DROP_REASONS; i++)
        out->dropped_switch += plane->sw.dropped[i];
    out->dropped_endpoint = e.dropped;
    out->opened = e.opened;
    out->sealed = e.sealed;
    out->resent = e.resent;
    out->hellos = e.hellos;
    out->hellos_refused = e.hellos_refused;
    out->connections = e.connections;
    out->half_open = e.half_open;
    out->uses = (n2_uses){0};
    n2_links_uses(plane->links, &out->uses);
    n2_uses_add(&out->uses, "switch_echo_per_s", N2_USE_NONE, N2_SWITCH_ECHO_PER_S,
                plane->sw.dropped[N2_DROP_ECHO_RATE]);
    n2_uses_add(&out->uses, "plane_runs", plane->n_buffers - plane->n_spare, N2_PLANE_RUNS_MAX,
                plane->runs_refused);
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
                             .datagram_bytes = config->datagram_bytes ? config->datagram_bytes
                                                                      : DATAGRAM_BYTES};
    n2_plane *plane = calloc(1, sizeof *plane);

    if (!plane)
        return N2_ERR_NOMEM;
    plane->width = config->width_bits;
    plane->ready_end = &plane->ready;
    n2_err err = n2_switch_init(&plane->sw, config->width_bits);
    if (!err)
        err = n2_links_new(&plane->links, &links);
    if (!err)
        err = n2_endpoint_new(&plane->endpoint, &config->env, config->now_us);
    if (!err) {
        plane->by_port = calloc((size_t)1 << config->width_bits, sizeof(buffer *));
        err = plane->by_port ? N2_OK : N2_ERR_NOMEM;
    }
    if (err) {
        n2_plane_free(plane);
        return err;
    }
    if (config->key_limits)
        n2_endpoint_set_key_limits(plane->endpoint, config->key_limits);
    *out = plane;
    return N2_OK;
}

static void
free_buffers(buffer *b)
{
    while (b) {
        buffer *next = b->next;
        free(b);
        b = next;
    }
}

void
n2_plane_free(n2_plane *plane)
{
    if (!plane)
        return;
    for (uint32_t port = 0; plane->by_port && port < 1u << plane->width; port++)
        free(plane->by_port[port]);
    free_buffers(plane->ready);
    free_buffers(plane->spare);
    free(plane->sending);
    free(plane->by_port);
    n2_endpoint_free(plane->endpoint);
    n2_links_free(plane->links);
    n2_switch_clear(&plane->sw);
    free(plane);
}
