/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * endpoint.c - the table of connections, their life, output and time.
 */
#include "transport/endpoint.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "transport/endpoint-private.h"
#include "wire/code.h"

enum {
    BURST = 32,                              /* packets in one go, to fill a bundle */
    EVENTS_LOW = N2_ENDPOINT_EVENTS_MAX / 2, /* so few, and held commands go on */
    HELD_US = 10000,
    FAREWELLS = 2,
    SILENT_LOOKED_AT = 4096 /* when none rests */
};

/* ---- connections ----------------------------------------------------------------------------
 */

n2_connection *
n2_endpoint_find(n2_endpoint *ep, n2_conn conn)
{
    n2_connection *c = ep->slots[conn & (N2_SLOTS - 1)];

    return c && c->id == conn ? c : NULL;
}

static bool
take_slot(n2_endpoint *ep, n2_connection *c)
{
    for (uint32_t tried = 0; tried < N2_SLOTS; tried++) {
        uint32_t slot = ep->next_slot++ % N2_SLOTS;
        if (ep->slots[slot])
            continue;
        ep->generations[slot] = ep->generations[slot] % (UINT32_MAX >> N2_SLOT_BITS) + 1;
        c->id = ep->generations[slot] << N2_SLOT_BITS | slot;
        ep->slots[slot] = c;
        return true;
    }
    return false;
}

n2_connection *
n2_endpoint_add(n2_endpoint *ep, uint64_t path, uint64_t now_us)
{
    if (ep->n_connections >= N2_SLOTS)
        return NULL;
    n2_connection *c = aligned_alloc(64, (sizeof *c + 63) / 64 * 64);
    if (!c)
        return NULL;
    memset(c, 0, sizeof *c);
    c->path = path;
    c->spare = &ep->spare;
    c->pool = c->flight.pool = &ep->pool;
    c->queues_bytes = &ep->queues_bytes;
    c->made_us = c->heard_us = now_us;
    c->ack_due_us = c->pace_us = c->deadline_us = UINT64_MAX;
    if (!take_slot(ep, c))
        goto failed;
    uint32_t slot = c->id & (N2_SLOTS - 1);
    if (n2_region_make(&ep->regions, &c->control, N2_REGION_CONTROL, slot, 0, NULL, 0, 0) ||
        n2_region_make(&ep->regions, &c->command, N2_REGION_COMMAND, slot, 0, NULL,
                       N2_COMMAND_RING_BYTES, N2_REGION_UNIT_BYTES))
        goto failed;
    c->command->pool = &ep->pool;
    ep->n_connections++;
    n2_turns_add(ep, c);
    return c;
failed:
    if (c->control)
        n2_region_drop(&ep->regions, c->control);
    if (c->id)
        ep->slots[c->id & (N2_SLOTS - 1)] = NULL;
    free(c);
    return NULL;
}

static void
say_close(n2_endpoint *ep, n2_connection *c, n2_err err, uint64_t now_us)
{
    uint8_t data[N2_CONTROL_BYTES];
    n2_control_message m = {.type = N2_CONTROL_CLOSE, .error = err};

    n2_control_encode(&m, data);
    /* Twice: nobody acknowledges it, and who misses it only waits longer. */
    for (int i = 0; i < FAREWELLS; i++) {
        n2_raw *raw = n2_raw_queue_add(&ep->raw);
        if (!raw)
            return;
        raw->path = c->path;
        raw->len = (uint8_t)n2_connection_build_control(c, data, raw->bytes, now_us);
        if (!raw->len)
            n2_raw_queue_unadd(&ep->raw);
    }
}

static void
drop_all(n2_endpoint *ep, n2_region *r)
{
    for (n2_region *next; r; r = next) {
        next = r->next;
        n2_region_drop(&ep->regions, r);
    }
}

void
n2_endpoint_end(n2_endpoint *ep, n2_connection *c, n2_err err, bool tell, uint64_t now_us)
{
    n2_event event = {.kind = N2_EVENT_CLOSED, .err = err, .conn = c->id, .path = c->path};

    if (c->state == N2_CONNECTION_OPENING) {
        n2_asker_leave(ep, c);
        event.tag = c->tag;
        event.conn = 0;
    } else if (c->state == N2_CONNECTION_HALF) {
        n2_maker_settle(ep, c);
    } else if (tell) {
        say_close(ep, c, err, now_us);
    }
    n2_endpoint_let_go(ep, c);
    /* Before the event: then all memory is the control plane's again. */
    n2_region_drop(&ep->regions, c->control);
    n2_region_drop(&ep->regions, c->command);
    drop_all(ep, c->data);
    drop_all(ep, c->gone);
    if (c->state != N2_CONNECTION_HALF)
        n2_event_queue_push(&ep->events, &event);
    n2_turns_remove(ep, c);
    ep->slots[c->id & (N2_SLOTS - 1)] = NULL;
    ep->n_connections--;
    ep->met.flight += c->flight.n_full;
    n2_connection_clear(c);
    free(c);
}

bool
n2_endpoint_thin_queues(n2_endpoint *ep, const n2_connection *c, uint64_t now_us)
{
    n2_conn conn = c->id;
    size_t most = 0;

    for (size_t i = 0; i < ep->n_heap; i++)
        if (ep->heap[i]->chunk_bytes > most)
            most = ep->heap[i]->chunk_bytes;
    /* All that hold half as much, or each would cost a look at all. */
    for (uint32_t slot = 0; slot < N2_SLOTS; slot++) {
        n2_connection *one = ep->slots[slot];
        if (!one || !one->chunk_bytes || one->chunk_bytes < most / 2)
            continue;
        ep->met.queues++;
        n2_endpoint_end(ep, one, N2_ERR_LIMIT, true, now_us);
    }
    return n2_endpoint_find(ep, conn) != NULL;
}

void
n2_endpoint_make_place(n2_endpoint *ep,
                       uint32_t most,
                       const n2_connection *keep,
                       uint64_t now_us)
{
    n2_connection *silent = ep->rest != keep ? ep->rest : NULL;

    if (ep->n_connections - ep->maker.n_answered <= most)
        return;
    ep->met.connections++;
    /* At rest is none: then of some that moved within seconds. */
    for (size_t i = 0; !ep->rest && i < ep->n_heap && i < SILENT_LOOKED_AT; i++) {
        n2_connection *c = ep->heap[i];
        if (c->state == N2_CONNECTION_OPEN && !c->is_initiator && c != keep &&
            (!silent || c->heard_us < silent->heard_us))
            silent = c;
    }
    if (silent)
        n2_endpoint_end(ep, silent, N2_ERR_LIMIT, true, now_us);
}

void
n2_endpoint_offer(const n2_endpoint *ep, const n2_connection *c, n2_hello *hello)
{
    *hello = (n2_hello){
        .control = c->control->address,
        .command = c->command->address,
        .window = (uint8_t)__builtin_ctz(N2_COMMAND_RING_BYTES),
        .ciphers = 1 << (N2_CIPHER_CHACHA20POLY1305 - 1),
        .size = (uint8_t)n2_size_for(N2_DATA_BYTES_MAX),
        .rate = n2_rate_to_code(c->record_Bps),
    };
    if (ep->crypto.aes_native)
        hello->ciphers |= 1 << (N2_CIPHER_AES256GCM - 1);
}

/* ---- output ---------------------------------------------------------------------------------
 */

size_t
n2_endpoint_peek_ready(n2_endpoint *ep, uint64_t *path, uint64_t now_us)
{
    const n2_raw *raw = n2_raw_queue_peek(&ep->raw);

    if (raw) {
        *path = raw->path;
        return raw->len;
    }
    while (ep->active) {
        n2_connection *c = ep->active;
        if (ep->burst >= BURST) {
            n2_turns_yield(ep);
            continue;
        }
        size_t len = n2_connection_wants(c, now_us);
        ep->met.flight += c->flight.n_full;
        c->flight.n_full = 0;
        if (len) {
            *path = c->path;
            return len;
        }
        n2_turns_rest(ep); /* until it may go on */
    }
    return 0;
}

size_t
n2_endpoint_peek(n2_endpoint *ep, uint64_t *path, uint64_t now_us)
{
    size_t len;

    do
        len = n2_endpoint_peek_ready(ep, path, now_us);
    while (!len && n2_endpoint_work(ep, now_us));
    return len;
}

size_t
n2_endpoint_build(n2_endpoint *ep, uint8_t *out, uint64_t now_us)
{
    const n2_raw *raw = n2_raw_queue_peek(&ep->raw);

    if (raw) {
        size_t len = raw->len;
        memcpy(out, raw->bytes, len);
        n2_raw_queue_pop(&ep->raw);
        return len;
    }
    if (!ep->active)
        return 0;
    n2_connection *c = ep->active;
    uint64_t resent = c->n_resent;
    size_t len = n2_connection_build(c, out, now_us);
    ep->stats.resent += c->n_resent - resent;
    ep->stats.sealed += len > 0;
    if (len)
        ep->recent[n2_packet_get_noise(out) % N2_RECENT_PACKETS] = c->id;
    n2_endpoint_note(&ep->met.most_flight, c->flight.next - c->flight.first);
    ep->burst++;
    if (!len) {
        n2_turns_rest(ep);
    }
    return len;
}

bool
n2_endpoint_event(n2_endpoint *ep, n2_event *event)
{
    return n2_event_queue_pop(&ep->events, event);
}

/* ---- time -----------------------------------------------------------------------------------
 */

uint64_t
n2_endpoint_deadline(const n2_endpoint *ep)
{
    uint64_t at = n2_maker_deadline(ep);
    uint64_t asks = n2_asker_deadline(ep);
    uint64_t given = n2_tickets_deadline(&ep->tickets);
    uint64_t own = n2_tickets_deadline(&ep->own_tickets);

    if (asks < at)
        at = asks;
    if (given < at)
        at = given;
    if (own < at)
        at = own;
    if (ep->n_heap && ep->heap[0]->deadline_us < at)
        at = ep->heap[0]->deadline_us;
    if (ep->held && ep->events.n <= EVENTS_LOW && ep->held_us < at)
        at = ep->held_us;
    return at;
}

/* Nothing at all comes back, for longer than chance or a busy machine make it: is there another
 * way? */
static void
look_at_way(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    uint64_t since_us = c->heard_us > c->asked_us ? c->heard_us : c->asked_us;
    uint64_t patience_us = N2_PATH_TIMEOUTS * n2_rate_timeout_us(&c->rate);

    if (patience_us < N2_PATH_SILENCE_US)
        patience_us = N2_PATH_SILENCE_US;

    if (!c->n_silent) {
        c->is_path_lost = false;
    } else if (!c->is_path_lost && n2_connection_awaits(c) &&
               now_us >= since_us + patience_us) {
        c->is_path_lost = true;
        n2_event_queue_push(
            &ep->events,
            &(n2_event){.kind = N2_EVENT_PATH_LOST, .conn = c->id, .path = c->path});
    }
}

static void
expire_connection(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    if (c->state == N2_CONNECTION_OPENING) {
        n2_asker_hello_due(ep, c, now_us);
        return;
    }
    n2_err err =
        c->state == N2_CONNECTION_HALF ? N2_ERR_TIMEOUT : n2_connection_expire(c, now_us);
    if (err) {
        n2_endpoint_end(ep, c, err, err != N2_ERR_TIMEOUT, now_us);
        return;
    }
    c->pace_us = UINT64_MAX;
    n2_handover_expire(ep, c, now_us);
    err = n2_fresh_expire(ep, c, now_us);
    if (err) {
        n2_endpoint_end(ep, c, err, true, now_us);
        return;
    }
    look_at_way(ep, c, now_us);
    n2_turns_lie_down(ep, c, now_us);
    n2_endpoint_touch(ep, c);
    /* Due now and still due: it wants to send, and output() settles that. */
    if (c->deadline_us <= now_us)
        n2_turns_put_off(ep, c, now_us + 1);
}

void
n2_endpoint_expire(n2_endpoint *ep, uint64_t now_us)
{
    n2_maker_expire(ep, now_us);
    n2_asker_expire(ep, now_us);
    n2_tickets_expire(&ep->tickets, now_us);
    n2_tickets_expire(&ep->own_tickets, now_us);
    if (ep->held && ep->events.n <= EVENTS_LOW && now_us >= ep->held_us) {
        ep->held_us = now_us + HELD_US;
        n2_endpoint_tell_held(ep, now_us);
    }
    while (ep->n_heap && ep->heap[0]->deadline_us <= now_us)
        expire_connection(ep, ep->heap[0], now_us);
}

void
n2_endpoint_slept(n2_endpoint *ep, uint64_t pause_us, uint64_t now_us)
{
    for (size_t i = 0; i < ep->n_heap; i++)
        n2_connection_slept(ep->heap[i], pause_us, now_us);
    n2_turns_order(ep);
    n2_asker_slept(ep, pause_us);
}

bool
n2_endpoint_close(n2_endpoint *ep, uint64_t now_us)
{
    while (ep->n_heap && ep->raw.n + FAREWELLS <= N2_RAW_QUEUE_MAX)
        n2_endpoint_end(ep, ep->heap[0], N2_ERR_CLOSED, true, now_us);
    return ep->n_heap > 0;
}

/* ---- life -----------------------------------------------------------------------------------
 */

n2_err
n2_endpoint_new(n2_endpoint **out, const n2_env *env, uint64_t now_us)
{
    n2_endpoint *ep = calloc(1, sizeof *ep);

    if (!ep)
        return N2_ERR_NOMEM;
    ep->env = *env;
    ep->key_limits = n2_key_limits_usual();
    n2_tickets_init(&ep->tickets, N2_TICKETS_MAX);
    n2_tickets_init(&ep->own_tickets, N2_TICKETS_OWN_MAX);
    ep->connections_max = N2_CONNECTIONS_MAX;
    n2_endpoint_set_memory_max(ep, N2_CONNECTIONS_BYTES_MAX, N2_QUEUES_BYTES_MAX);
    ep->active_end = &ep->active;
    n2_err err = n2_crypto_init(&ep->crypto, N2_IMPL_BEST);
    if (!err)
        err = n2_region_table_init(&ep->regions);
    if (!err)
        err = n2_raw_queue_init(&ep->raw);
    if (!err)
        err = n2_event_queue_init(&ep->events);
    if (!err)
        err = n2_maker_init(ep, now_us);
    ep->slots = calloc(N2_SLOTS, sizeof(n2_connection *));
    ep->generations = calloc(N2_SLOTS, sizeof *ep->generations);
    ep->heap = calloc(N2_SLOTS, sizeof(n2_connection *));
    if (!err && (!ep->slots || !ep->generations || !ep->heap))
        err = N2_ERR_NOMEM;
    if (err) {
        n2_endpoint_free(ep);
        return err;
    }
    *out = ep;
    return N2_OK;
}

void
n2_endpoint_set_key_limits(n2_endpoint *ep, const n2_key_limits *limits)
{
    ep->key_limits = *limits;
}

void
n2_endpoint_set_connections_max(n2_endpoint *ep, uint32_t most)
{
    ep->connections_max = most;
}

void
n2_endpoint_set_tickets_max(n2_endpoint *ep, uint32_t most)
{
    n2_tickets_clear(&ep->tickets);
    n2_tickets_init(&ep->tickets, most);
}

void
n2_endpoint_set_memory_max(n2_endpoint *ep, uint64_t connections, uint64_t queues)
{
    ep->pool.max = connections;
    ep->queues_max = queues;
}

void
n2_endpoint_free(n2_endpoint *ep)
{
    if (!ep)
        return;
    for (size_t i = 0; ep->heap && i < ep->n_heap; i++) {
        n2_connection_clear(ep->heap[i]);
        free(ep->heap[i]);
    }
    n2_region_table_clear(&ep->regions);
    n2_maker_clear(ep);
    n2_tickets_clear(&ep->tickets);
    n2_tickets_clear(&ep->own_tickets);
    n2_raw_queue_clear(&ep->raw);
    n2_event_queue_clear(&ep->events);
    free(ep->slots);
    free(ep->generations);
    free(ep->heap);
    n2_crypto_clear(&ep->crypto);
    sodium_memzero(ep, sizeof *ep);
    free(ep);
}

void
n2_endpoint_uses(const n2_endpoint *ep, n2_uses *uses)
{
    const n2_endpoint_met *m = &ep->met;
    const n2_maker *maker = &ep->maker;

    n2_uses_add(uses, "connections", ep->n_connections - maker->n_answered, ep->connections_max,
                m->connections);
    n2_uses_add(uses, "half_open", maker->n_half, N2_HALF_OPEN_MAX, m->half_open);
    n2_uses_add(uses, "half_open_per_way", m->most_per_way, N2_HALF_OPEN_PER_WAY_MAX,
                m->half_open_per_way);
    n2_uses_add(uses, "hello_per_s", N2_USE_NONE, N2_HELLO_PER_S, m->hellos_per_s);
    n2_uses_add(uses, "again_per_s", N2_USE_NONE, N2_AGAIN_PER_S, m->again_per_s);
    n2_uses_add(uses, "query_per_s", N2_USE_NONE, N2_QUERY_PER_S, m->queries_per_s);
    n2_uses_add(uses, "unknown_per_s", N2_USE_NONE, N2_UNKNOWN_PER_S, m->unknown_per_s);
    n2_uses_add(uses, "tickets", ep->tickets.n, ep->tickets.capacity, ep->tickets.thrown);
    n2_uses_add(uses, "tickets_own", ep->own_tickets.n, N2_TICKETS_OWN_MAX,
                ep->own_tickets.thrown);
    n2_uses_add(uses, "raw_queue", ep->raw.n, N2_RAW_QUEUE_MAX, ep->raw.dropped);
    n2_uses_add(uses, "endpoint_events", ep->events.n, N2_ENDPOINT_EVENTS_MAX, m->events);
    n2_uses_add(uses, "endpoint_event_bytes", ep->events.bytes, N2_ENDPOINT_EVENT_BYTES_MAX,
                m->event_bytes);
    n2_uses_add(uses, "connections_bytes", ep->pool.held, ep->pool.max, ep->pool.refused);
    n2_uses_add(uses, "queues_bytes", ep->queues_bytes, ep->queues_max, m->queues);
    n2_uses_add(uses, "flight_packets", m->most_flight, N2_FLIGHT_PACKETS_MAX, m->flight);
    n2_uses_add(uses, "sends", m->most_sends, N2_SENDS_MAX, m->sends);
    n2_uses_add(uses, "grants", m->most_grants, N2_GRANTS_MAX, m->grants);
    n2_uses_add(uses, "plain", ep->plain.n_regions, N2_PLAIN_MAX, ep->plain.n_refused);
    n2_uses_add(uses, "plain_per_s", N2_USE_NONE, N2_PLAIN_PER_S, ep->plain.n_over);
    n2_uses_add(uses, "gone", m->most_gone, N2_GONE_MAX, m->gone);
    n2_uses_add(uses, "notice_per_s", N2_USE_NONE, N2_NOTICE_PER_S, ep->notices.refused);
    n2_uses_add(uses, "notice_lies", N2_USE_NONE, N2_NOTICE_LIES_MAX, ep->notices.deaf);
    n2_uses_add(uses, "move_per_s", N2_USE_NONE, N2_MOVE_PER_S, ep->moves.moves);
    n2_uses_add(uses, "probe_per_s", N2_USE_NONE, N2_PROBE_PER_S, ep->moves.probes);
    n2_uses_add(uses, "probes", ep->moves.most_asked, N2_PROBES_MAX, ep->moves.asked);
    n2_uses_add(uses, "command_ring_bytes", m->most_ring_bytes, N2_COMMAND_RING_BYTES,
                m->command_ring);
    n2_uses_add(uses, "command_queue_bytes", m->most_queue_bytes, N2_COMMAND_QUEUE_BYTES_MAX,
                m->command_queue);
}

void
n2_endpoint_stats_get(const n2_endpoint *ep, n2_endpoint_stats *out)
{
    *out = ep->stats;
    out->connections = ep->n_connections - ep->maker.n_answered;
    out->half_open = ep->maker.n_half;
    out->raw_dropped = ep->raw.dropped;
}
