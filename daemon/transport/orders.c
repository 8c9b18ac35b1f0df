/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * orders.c - the control plane's orders to the end point.
 */
#include <stdlib.h>

#include "transport/endpoint-private.h"

/* Takes one region of @c that is gone out of list and table. */
static void
drop_gone(n2_endpoint *ep, n2_connection *c, n2_region **at)
{
    n2_region *r = *at;

    *at = r->next;
    c->n_gone--;
    n2_region_drop(&ep->regions, r);
}

/* A number whose region is gone is free for the control plane, who chooses it.  Those that were
 * @c's stay: the peer may still send to them.  Another connection's leave. */
static void
free_number(n2_endpoint *ep, const n2_connection *c, uint64_t address)
{
    n2_region **head = &ep->regions.by_index[n2_region_index(address)], *r;

    while ((r = *head) && r->kind == N2_REGION_GONE) {
        n2_connection *owner = ep->slots[r->slot];
        if (owner == c)
            r = n2_region_find(&ep->regions, address); /* the generations have gone round */
        if (!r)
            return;
        n2_region **at = &owner->gone;
        while (*at != r)
            at = &(*at)->next;
        drop_gone(ep, owner, at);
    }
}

/* Granted again and smaller: no more than that is awaited.  One that has just become whole is
 * the control plane's again, which will hear of it. */
static bool
shrink(n2_endpoint *ep, n2_connection *c, const n2_op *op)
{
    n2_region *r = n2_region_find(&ep->regions, op->address);
    bool is_newest = r && ep->regions.by_index[n2_region_index(op->address)] == r;

    if (is_newest && r->kind == N2_REGION_GONE && ep->slots[r->slot] == c)
        return true;
    if (!r || r->kind != N2_REGION_DATA || ep->slots[r->slot] != c || r->memory != op->memory ||
        r->unit != op->unit || !op->size || op->size % r->unit || op->size > r->size)
        return false;
    n2_region_shrink(r, op->size);
    n2_endpoint_tell_written(ep, c, r);
    return true;
}

static void
grant(n2_endpoint *ep, n2_connection *c, const n2_op *op)
{
    n2_region *r;
    n2_event back = {.kind = N2_EVENT_REVOKED, .conn = op->conn, .address = op->address};

    if (shrink(ep, c, op))
        return;
    free_number(ep, c, op->address);
    back.err = c->n_data >= N2_GRANTS_MAX
                   ? N2_ERR_LIMIT
                   : n2_region_make(&ep->regions, &r, N2_REGION_DATA, c->id & (N2_SLOTS - 1),
                                    op->address, op->memory, op->size, op->unit);
    if (back.err) {
        ep->met.grants += back.err == N2_ERR_LIMIT;
        n2_event_queue_push(&ep->events, &back);
        return;
    }
    r->next = c->data;
    c->data = r;
    c->n_data++;
    n2_endpoint_note(&ep->met.most_grants, c->n_data);
    c->granted_bytes += op->size;
}

/* Packets to @r may still come: what was in them arrived, though nobody wants it any more.  If
 * they were not acknowledged, their sender would send them again until the connection ends. */
static void
forget(n2_endpoint *ep, n2_connection *c, n2_region *r)
{
    n2_region **at = &c->gone;

    r->next = c->gone;
    c->gone = r;
    n2_endpoint_note(&ep->met.most_gone, ++c->n_gone);
    if (c->n_gone <= N2_GONE_MAX)
        return;
    ep->met.gone++;
    while ((*at)->next)
        at = &(*at)->next;
    drop_gone(ep, c, at);
}

void
n2_endpoint_end_region(n2_endpoint *ep, n2_connection *c, uint64_t address)
{
    for (n2_region **at = &c->data; *at; at = &(*at)->next) {
        n2_region *r = *at;
        if (r->address != address)
            continue;
        *at = r->next;
        c->n_data--;
        n2_region_forget(r);
        forget(ep, c, r);
        return;
    }
}

static void
revoke(n2_endpoint *ep, n2_connection *c, uint64_t address)
{
    n2_event back = {.kind = N2_EVENT_REVOKED, .conn = c->id, .address = address};

    n2_endpoint_end_region(ep, c, address);
    n2_event_queue_push(&ep->events, &back);
}

static void
send_memory(n2_endpoint *ep, n2_connection *c, const n2_op *op, uint64_t now_us)
{
    n2_event back = {.kind = N2_EVENT_SENT, .conn = op->conn, .tag = op->tag};

    back.err =
        n2_connection_send(c, op->tag, op->address, op->memory, op->size, op->unit, now_us);
    n2_endpoint_note(&ep->met.most_sends, c->n_sends);
    ep->met.sends += back.err == N2_ERR_LIMIT;
    if (back.err)
        n2_event_queue_push(&ep->events, &back);
}

static void
connection_op(n2_endpoint *ep, const n2_op *op, uint64_t now_us)
{
    n2_connection *c = n2_endpoint_find(ep, op->conn);

    /* Not an error: it ended while the order was on its way, and CLOSED says so. */
    if (!c || c->state != N2_CONNECTION_OPEN) {
        free(op->bytes);
        return;
    }
    if (op->kind == N2_OP_CLOSE) {
        n2_endpoint_end(ep, c, op->err, true, now_us);
        return;
    }
    if (op->kind == N2_OP_COMMAND) {
        n2_err err = n2_connection_command(c, op->bytes, op->len);
        n2_endpoint_note(&ep->met.most_queue_bytes, c->chunk_bytes);
        if (err) {
            ep->met.command_queue += err == N2_ERR_LIMIT;
            n2_endpoint_end(ep, c, err, true, now_us);
            return;
        }
        if (ep->queues_bytes > ep->queues_max && !n2_endpoint_thin_queues(ep, c, now_us))
            return;
    } else if (op->kind == N2_OP_GRANT) {
        grant(ep, c, op);
    } else if (op->kind == N2_OP_REVOKE) {
        revoke(ep, c, op->address);
    } else if (op->kind == N2_OP_MOVE || op->kind == N2_OP_PROBE) {
        n2_handover_op(ep, c, op, now_us);
    } else if (op->kind == N2_OP_RATE) {
        c->class = op->bits & 3;
        n2_rate_assign(&c->rate, op->size, now_us);
    } else {
        send_memory(ep, c, op, now_us);
    }
    n2_endpoint_touch(ep, c);
}

static void
plain_grant(n2_endpoint *ep, const n2_op *op)
{
    n2_event back = {.kind = N2_EVENT_REVOKED, .address = op->address};

    back.err = n2_plain_grant(&ep->plain, op);
    if (back.err)
        n2_event_queue_push(&ep->events, &back);
}

void
n2_endpoint_assign(
    n2_endpoint *ep, uint64_t path, unsigned class, uint64_t Bps, uint64_t now_us)
{
    uint64_t n = 0;

    for (int is_counted = 0; is_counted < 2; is_counted++)
        for (uint32_t i = 0; ep->n_connections && i < N2_SLOTS; i++) {
            n2_connection *c = ep->slots[i];
            if (!c || c->state != N2_CONNECTION_OPEN || c->path != path)
                continue;
            n += !is_counted;
            if (!is_counted)
                continue;
            c->class = class & 3;
            n2_rate_assign(&c->rate, Bps / n, now_us);
            n2_endpoint_touch(ep, c);
        }
}

void
n2_endpoint_op(n2_endpoint *ep, const n2_op *op, uint64_t now_us)
{
    switch (op->kind) {
    case N2_OP_KEY_RECORD:
        n2_maker_record(ep, op);
        break;
    case N2_OP_ES:
        n2_maker_es(ep, op, now_us);
        break;
    case N2_OP_KEY_QUERY:
    case N2_OP_ECHO:
        n2_asker_ask(ep, op, now_us);
        break;
    case N2_OP_CONNECT:
        n2_asker_connect(ep, op, now_us);
        break;
    case N2_OP_PLAIN_GRANT:
        plain_grant(ep, op);
        break;
    case N2_OP_PLAIN_REVOKE:
        n2_plain_revoke(&ep->plain, op->address);
        break;
    case N2_OP_PLAIN_SEND:
        n2_plain_send(&ep->raw, op);
        break;
    case N2_OP_COMMAND:
    case N2_OP_GRANT:
    case N2_OP_REVOKE:
    case N2_OP_SEND:
    case N2_OP_CLOSE:
    case N2_OP_MOVE:
    case N2_OP_PROBE:
    case N2_OP_RATE:
        connection_op(ep, op, now_us);
        break;
    case N2_OP_LINK_OPEN:
    case N2_OP_LINK_CLOSE:
    case N2_OP_LINK_KNOWN:
    case N2_OP_LINK_USERS:
    case N2_OP_LINK_PLAN:
    case N2_OP_LINK_MTU:
    case N2_OP_LINK_RATE:
    case N2_OP_LINK_LOOK:
    case N2_OP_LINK_MEET:
    case N2_OP_LABEL:
    case N2_OP_LABEL_LOOK:
    case N2_OP_FILTER:
    case N2_OP_FILTER_LOOK:
    case N2_OP_SWITCH_LOOK:
    case N2_OP_CAST_JOIN:
    case N2_OP_CAST_LEAVE:
    case N2_OP_CAST_OPEN:
    case N2_OP_CAST_CLOSE:
    case N2_OP_CAST_SEND:
    case N2_OP_CHANNEL_RULES:
    case N2_OP_RESERVE:
    case N2_OP_RELEASE:
    case N2_OP_RESERVE_ROLE:
        break;
    }
}
