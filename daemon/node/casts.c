/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * casts.c - switch, own joins and own sources of one node, put together.
 */
#include <stdlib.h>
#include <string.h>

#include "node/casts-private.h"
#include "switch/switch.h"
#include "wire/path.h"

n2_err
n2_casts_new(n2_casts **out, const n2_env *env, unsigned width, n2_rows_kind kind)
{
    n2_casts *casts = calloc(1, sizeof *casts);

    if (!casts)
        return N2_ERR_NOMEM;
    casts->env = *env;
    casts->width = (uint8_t)width;
    n2_trees_init(&casts->trees, env, width);
    n2_channels_init(&casts->channels, env, width, kind);
    n2_err err = n2_event_queue_init(&casts->events);
    if (err)
        n2_casts_free(casts);
    else
        *out = casts;
    return err;
}

void
n2_casts_free(n2_casts *casts)
{
    if (!casts)
        return;
    n2_trees_clear(&casts->trees);
    n2_channels_clear(&casts->channels);
    n2_feeds_clear(&casts->feeds);
    n2_event_queue_clear(&casts->events);
    free(casts);
}

/* ---- messages -------------------------------------------------------------------------------
 */

bool
n2_casts_is_message(const uint8_t *bytes, size_t len)
{
    return len == N2_CAST_BYTES && (bytes[N2_LONG_HEAD_BYTES] == N2_CONTROL_TREE ||
                                    bytes[N2_LONG_HEAD_BYTES] == N2_CONTROL_CHANNEL);
}

/* Who no tree takes asks us, the source, for copies of his own, or needs them no more. */
static void
ask_alone(n2_casts *casts, uint32_t in_port, const n2_cast *cast, uint64_t now_us)
{
    n2_cast answer = n2_cast_answer(cast, N2_CAST_ACCEPT);

    if (!n2_trees_may_ask(&casts->trees, in_port, now_us))
        return;
    if (cast->kind == N2_CAST_LEAVE) {
        n2_feeds_end(&casts->feeds, cast);
        return;
    }
    if (!n2_trees_number(&casts->trees, cast->id)) {
        answer.kind = N2_CAST_REFUSE;
        answer.number = N2_REFUSE_NONE;
    } else if (n2_feeds_add(&casts->feeds, cast, in_port, now_us)) {
        answer.kind = N2_CAST_REFUSE;
        answer.number = N2_REFUSE_FULL;
    }
    n2_said_put(&casts->said, &answer);
}

/* What ends at this node and is not for its switch.  @taken: it has become a branch of a tree
 * that begins here. */
static void
end_point(n2_casts *casts, uint32_t in_port, const n2_cast *cast, bool taken, uint64_t now_us)
{
    bool asks = cast->kind == N2_CAST_JOIN || cast->kind == N2_CAST_LEAVE;

    if (taken && n2_trees_number(&casts->trees, cast->id))
        n2_feeds_end(&casts->feeds, cast);
    else if (asks && !cast->is_for_hops)
        ask_alone(casts, in_port, cast, now_us);
}

bool
n2_casts_hop(n2_casts *casts,
             uint32_t in_port,
             uint32_t out_port,
             uint8_t *bytes,
             size_t len,
             uint64_t now_us)
{
    bool is_tree = bytes[N2_LONG_HEAD_BYTES] == N2_CONTROL_TREE;
    uint64_t joins = casts->trees.joins;
    n2_cast_fate fate =
        is_tree ? n2_trees_hop(&casts->trees, in_port, out_port, bytes, len, now_us)
                : n2_channels_hop(&casts->channels, in_port, out_port, bytes, len, now_us);
    n2_cast cast;

    if (!out_port && !n2_cast_read(&cast, bytes, len)) {
        if (fate == N2_CAST_IS_OURS)
            n2_casts_answered(casts, &cast, in_port, now_us);
        else if (is_tree)
            end_point(casts, in_port, &cast, casts->trees.joins != joins, now_us);
    }
    return fate == N2_CAST_PASSES && out_port;
}

bool
n2_casts_said(n2_casts *casts, uint8_t out[static N2_CAST_BYTES])
{
    return n2_trees_said(&casts->trees, out) || n2_said_take(&casts->channels.said, out) ||
           n2_said_take(&casts->said, out);
}

/* ---- packets --------------------------------------------------------------------------------
 */

bool
n2_casts_copies(n2_casts *casts,
                uint32_t in_port,
                const uint8_t *bytes,
                size_t len,
                uint64_t now_us,
                n2_copies *copies)
{
    unsigned mode = (bytes[1] & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;

    if (mode == N2_MODE_BROADCAST)
        return n2_channels_copies(&casts->channels, in_port, bytes, len, now_us, copies);
    uint64_t path = n2_packet_get_path(bytes);
    if (!n2_path_is_at_end(path))
        return n2_trees_copies(&casts->trees, path, copies);
    n2_casts_packet(casts, bytes, len, now_us);
    *copies = (n2_copies){0};
    return true;
}

static void
deliver(n2_casts *casts, n2_joined *j, const n2_packet *p, uint64_t now_us)
{
    n2_event event = {.kind = N2_EVENT_CAST,
                      .tag = j->tag,
                      .address = p->address & UINT32_MAX,
                      .path = n2_path_answer(p->path),
                      .len = p->data_bytes};

    j->heard_us = now_us;
    if (casts->events.n >= N2_CAST_EVENTS_MAX) {
        casts->events_refused++;
        return;
    }
    event.bytes = malloc(p->data_bytes);
    if (!event.bytes)
        return;
    memcpy(event.bytes, p->data, p->data_bytes);
    casts->taken++;
    n2_event_queue_push(&casts->events, &event);
}

void
n2_casts_packet(n2_casts *casts, const uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_joined *users = NULL, *own = NULL;
    n2_packet p;

    if (!n2_packet_parse(&p, bytes, len) && p.is_long && !p.is_sealed) {
        users = n2_casts_find_packet(casts, &p, false);
        own = n2_casts_find_packet(casts, &p, true);
    }
    casts->strange += !users && !own;
    if (users)
        deliver(casts, users, &p, now_us);
    if (own)
        deliver(casts, own, &p, now_us);
}

size_t
n2_casts_build(const n2_casts *casts, const n2_op *op, uint8_t *out)
{
    uint16_t number = n2_trees_number(&casts->trees, op->address);
    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = (uint8_t)op->bits,
                      .size = (uint8_t)n2_size_for(op->len)};

    if (op->len > N2_DATA_BYTES_MAX || n2_data_bytes(head.size) != op->len)
        return 0;
    if (op->bits == N2_MODE_BROADCAST) {
        head.path = op->address << (64 - N2_BROADCAST_BITS);
        head.address = UINT64_C(1) << 63 | (op->address & 0xffffff) << 32;
    } else if (op->bits == N2_MODE_MULTICAST && number) {
        head.path = (uint64_t)number << (48 - casts->width);
        head.address = n2_cast_address(op->address);
    } else {
        return 0;
    }
    head.address |= op->size & UINT32_MAX;
    size_t at = n2_packet_write_head(out, &head);
    memcpy(out + at, op->bytes, op->len);
    return at + op->len;
}

/* ---- orders, events, time -------------------------------------------------------------------
 */

static n2_err
open_source(n2_casts *casts, const n2_op *op, uint64_t now_us)
{
    uint16_t number;

    if (op->bits == N2_MODE_MULTICAST)
        return n2_trees_open(&casts->trees, op->address, &number);
    if (op->bits != N2_MODE_BROADCAST || op->address >> N2_CHANNEL_BITS)
        return N2_ERR_USAGE;
    return n2_channels_open(&casts->channels, (uint32_t)op->address, op->port, now_us);
}

static void
close_source(n2_casts *casts, const n2_op *op)
{
    n2_feed feed;

    if (op->bits == N2_MODE_MULTICAST) {
        n2_trees_close(&casts->trees, op->address);
        while (n2_feeds_close(&casts->feeds, op->address, &feed))
            n2_said_put(&casts->said, &(n2_cast){.type = N2_CAST_TREE,
                                                 .kind = N2_CAST_REFUSE,
                                                 .number = N2_REFUSE_ENDED,
                                                 .id = feed.id,
                                                 .nonce = feed.nonce,
                                                 .path = feed.path});
    } else {
        n2_channels_close(&casts->channels, (uint32_t)op->address);
    }
}

static n2_err
set_rules(n2_casts *casts, const n2_op *op)
{
    n2_channel_rule rules[N2_CHANNEL_RULES_MAX];

    if (op->len % sizeof *rules || op->len > sizeof rules)
        return N2_ERR_LIMIT;
    if (op->len)
        memcpy(rules, op->bytes, op->len);
    return n2_channels_set_rules(&casts->channels, rules, op->len / sizeof *rules);
}

void
n2_casts_op(n2_casts *casts, const n2_op *op, uint64_t now_us)
{
    n2_event event = {.kind = N2_EVENT_CAST_STATE, .tag = op->tag};

    if (op->kind == N2_OP_CAST_JOIN) {
        n2_casts_join(casts, op, now_us);
    } else if (op->kind == N2_OP_CAST_LEAVE) {
        n2_casts_leave(casts, op->tag, now_us);
    } else if (op->kind == N2_OP_CAST_CLOSE) {
        close_source(casts, op);
    } else if (op->kind == N2_OP_CAST_OPEN || op->kind == N2_OP_CHANNEL_RULES) {
        event.err =
            op->kind == N2_OP_CAST_OPEN ? open_source(casts, op, now_us) : set_rules(casts, op);
        n2_event_queue_push(&casts->events, &event);
    }
}

bool
n2_casts_event(n2_casts *casts, n2_event *event)
{
    return n2_event_queue_pop(&casts->events, event);
}

void
n2_casts_port_up(n2_casts *casts, uint32_t port, unsigned flags)
{
    /* Without memory it is a port like others: nothing may come from there. */
    n2_err err = n2_channels_set_port(&casts->channels, port, flags);

    if (err)
        casts->events_refused++;
    n2_casts_link_up(casts, port);
}

void
n2_casts_port_down(n2_casts *casts, uint32_t port)
{
    n2_trees_port_down(&casts->trees, port);
    n2_feeds_port_down(&casts->feeds, port);
    n2_channels_port_down(&casts->channels, port);
}

uint64_t
n2_casts_deadline(const n2_casts *casts)
{
    const uint64_t all[] = {n2_trees_deadline(&casts->trees), n2_feeds_deadline(&casts->feeds),
                            n2_channels_deadline(&casts->channels),
                            n2_casts_joined_deadline(casts)};
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] < due)
            due = all[i];
    return due;
}

void
n2_casts_expire(n2_casts *casts, uint64_t now_us)
{
    n2_trees_expire(&casts->trees, now_us);
    n2_feeds_expire(&casts->feeds, now_us);
    n2_channels_expire(&casts->channels, now_us);
    n2_casts_expire_joined(casts, now_us);
}

void
n2_casts_uses(const n2_casts *casts, n2_uses *uses)
{
    n2_trees_uses(&casts->trees, uses);
    n2_feeds_uses(&casts->feeds, uses);
    n2_channels_uses(&casts->channels, uses);
    n2_uses_add(uses, "casts", casts->n_joined - casts->joined[N2_CASTS_MAX].is_used,
                N2_CASTS_MAX, casts->joined_refused);
    n2_uses_add(uses, "cast_events", casts->events.n, N2_CAST_EVENTS_MAX,
                casts->events_refused);
    n2_uses_add(uses, "said", casts->trees.said.n + casts->channels.said.n + casts->said.n,
                3 * N2_SAID_MAX,
                casts->trees.said.lost + casts->channels.said.lost + casts->said.lost);
}

void
n2_casts_look(const n2_casts *casts, n2_look *look, uint64_t now_us)
{
    n2_trees_look(&casts->trees, look, now_us);
    for (size_t i = 0; i < look->n_trees; i++)
        if (n2_trees_number(&casts->trees, look->trees[i].tree))
            look->trees[i].n_alone =
                (uint16_t)n2_feeds_count(&casts->feeds, look->trees[i].tree);
    n2_channels_look(&casts->channels, look, now_us);
}
