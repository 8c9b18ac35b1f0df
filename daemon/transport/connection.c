/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * connection.c - a connection's memory, what the control plane hands to it, acknowledgements,
 *                timers.
 */
#include "transport/connection.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "transport/fresh.h"
#include "transport/handover.h"
#include "transport/notice.h"
#include "wire/code.h"

enum {
    OWN_UNITS = 512,     /* of a piece in the first block: their bit sets count nowhere */
    EARLY_PACKETS = 32,  /* the first, told of when they pause for ... */
    EARLY_SHARE = 16,    /* ... this part of the usual delay */
    TAIL_PERMILLE = 100, /* of loss for each try more in a round trip */
    TAIL_TRIES_MAX = 8,
    TAIL_REST = 8,              /* timeouts between two tries, at most */
    TAIL_PACKETS_MAX = 64,      /* under way: more are no tail, and may just be waiting */
    SILENT_LOSS_PERMILLE = 500, /* after two of them */
    SILENT_PACKETS = 4,         /* lost without a word, at least, before the pace halves ... */
    SILENT_PACKETS_BAD = 32,    /* ... and on a line that always loses many */
    SILENT_PROBES = 4,
    THIN_PACKET_US = 262000, /* a full one, at 64 kbit/s */
    SILENT_HALVES = 4 /* silent timers in a row until the window halves and timers double */
};

n2_err
n2_connection_open(n2_connection *c, const n2_hello *peer, uint32_t rtt_us, uint64_t now_us)
{
    c->peer_control = peer->control;
    c->packet_bytes = (uint32_t)n2_data_bytes(peer->size);
    c->command_limit = (UINT64_C(1) << peer->window) / N2_REGION_UNIT_BYTES;
    c->chunks_end = &c->chunks;
    c->class = N2_CLASS_DEFAULT;
    c->heard_us = c->asked_us = c->progress_us = c->seal_us = now_us;
    c->pace_us = UINT64_MAX;
    /* The initiator says something sealed at once, so that the responder knows it is there. */
    c->ack_due_us = c->is_initiator ? now_us : UINT64_MAX;
    /* What the peer offers only lowers what we know ourselves: it may be a liar who wants this
     * way flooded. */
    uint64_t offered_Bps = n2_rate_from_code(peer->rate);
    uint64_t rate_Bps =
        offered_Bps && offered_Bps < c->record_Bps ? offered_Bps : c->record_Bps;
    n2_rate_init(&c->rate, rate_Bps, rtt_us, now_us);

    n2_err err = n2_outgoing_init_ring(&c->stream, peer->command, N2_COMMAND_RING_BYTES);
    if (!err)
        err = n2_outgoing_share(&c->stream, c->pool);
    if (!err)
        c->state = N2_CONNECTION_OPEN;
    return err;
}

/* Bytes of a block of slots that count in the pool. */
static size_t
counted(size_t block)
{
    return block ? N2_SENDS_BLOCK * sizeof(n2_send_slot) : 0;
}

static n2_err
make_sends(n2_connection *c, size_t block)
{
    if (c->sends[block])
        return N2_OK;
    if (!n2_pool_take(c->pool, counted(block)))
        return N2_ERR_LIMIT;
    c->sends[block] = calloc(N2_SENDS_BLOCK, sizeof *c->sends[block]);
    if (!c->sends[block])
        n2_pool_give(c->pool, counted(block));
    return c->sends[block] ? N2_OK : N2_ERR_NOMEM;
}

/* The pieces are done, or given up. */
static void
free_sends(n2_connection *c)
{
    for (size_t block = 0; block < N2_SENDS_MAX / N2_SENDS_BLOCK; block++) {
        if (!c->sends[block])
            continue;
        for (size_t i = 0; i < N2_SENDS_BLOCK; i++)
            n2_outgoing_clear(&c->sends[block][i].out);
        free(c->sends[block]);
        c->sends[block] = NULL;
        n2_pool_give(c->pool, counted(block));
    }
}

void
n2_connection_clear(n2_connection *c)
{
    for (n2_chunk *chunk = c->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        *c->queues_bytes -= n2_chunk_bytes(chunk);
        free(chunk->bytes);
        free(chunk);
    }
    free_sends(c);
    n2_outgoing_clear(&c->stream);
    for (size_t i = 0; i < 2; i++)
        n2_receipt_clear(&c->receipts[i]);
    n2_flight_clear(&c->flight);
    n2_handover_free(c->handover);
    n2_notices_free(c->notices);
    n2_fresh_free(c->fresh);
    n2_epochs_clear(&c->seal);
    n2_epochs_clear(&c->open);
    n2_connection_forget_hello(c);
    sodium_memzero(c, sizeof *c);
}

void
n2_connection_forget_hello(n2_connection *c)
{
    if (!c->opening)
        return;
    n2_noise_clear(&c->opening->noise);
    n2_resume_clear(&c->opening->resume);
    free(c->opening);
    c->opening = NULL;
}

/* Moves what waits into the ring, as far as there is room. */
static n2_err
fill_ring(n2_connection *c)
{
    while (c->chunks) {
        n2_chunk *chunk = c->chunks;
        size_t room = n2_outgoing_room(&c->stream);
        size_t len = chunk->len - chunk->done < room ? chunk->len - chunk->done : room;
        if (!len)
            return N2_OK;
        n2_err err = n2_outgoing_make_room(&c->stream, len);
        while (err == N2_ERR_LIMIT && len >= 2 * N2_REGION_UNIT_BYTES) {
            len = len / 2 / N2_REGION_UNIT_BYTES * N2_REGION_UNIT_BYTES;
            err = n2_outgoing_make_room(&c->stream, len);
        }
        if (err)
            return err == N2_ERR_LIMIT ? N2_OK : err;
        n2_outgoing_append(&c->stream, chunk->bytes + chunk->done, len);
        chunk->done += len;
        c->chunk_bytes -= len;
        if (chunk->done < chunk->len)
            return N2_OK;
        c->chunks = chunk->next;
        if (!c->chunks)
            c->chunks_end = &c->chunks;
        *c->queues_bytes -= n2_chunk_bytes(chunk);
        free(chunk->bytes);
        free(chunk);
    }
    return N2_OK;
}

n2_err
n2_connection_command(n2_connection *c, uint8_t *bytes, size_t len)
{
    n2_chunk *chunk = NULL;
    n2_err err = N2_ERR_LIMIT;

    if (!len || len > N2_COMMAND_QUEUE_BYTES_MAX - c->chunk_bytes)
        goto out;
    c->is_awake = true;
    err = N2_ERR_NOMEM;
    chunk = malloc(sizeof *chunk);
    if (!chunk)
        goto out;
    *chunk = (n2_chunk){.bytes = bytes, .len = len};
    *c->chunks_end = chunk;
    c->chunks_end = &chunk->next;
    c->chunk_bytes += len;
    *c->queues_bytes += n2_chunk_bytes(chunk);
    return fill_ring(c);
out:
    free(bytes);
    return err;
}

n2_err
n2_connection_send(n2_connection *c,
                   uint64_t tag,
                   uint64_t address,
                   const uint8_t *memory,
                   uint64_t size,
                   uint32_t unit,
                   uint64_t now_us)
{
    if (unit > c->packet_bytes)
        return N2_ERR_USAGE;
    c->is_awake = true;
    for (uint32_t i = 0; i < N2_SENDS_MAX; i++) {
        if (n2_connection_has_send(c, i))
            continue;
        n2_err err = make_sends(c, i / N2_SENDS_BLOCK);
        if (err)
            return err;
        n2_send_slot *slot = n2_connection_slot(c, i);
        err = n2_outgoing_init(&slot->out, tag, address, memory, size, unit);
        if (!err && (i >= N2_SENDS_BLOCK || slot->out.n_units > OWN_UNITS) &&
            (err = n2_outgoing_share(&slot->out, c->pool)))
            n2_outgoing_clear(&slot->out);
        if (err)
            return err;
        if (!n2_connection_awaits(c))
            c->asked_us = now_us;
        c->used_sends[i / 64] |= UINT64_C(1) << i % 64;
        slot->number = c->n_sends_begun++;
        slot->generation = (slot->generation + 1) & 0xffffff;
        c->n_sends++;
        return N2_OK;
    }
    return N2_ERR_LIMIT;
}

/* Streams are told apart in a record by 1 + slot + generation * 256; 0 is the command stream.
 */
n2_outgoing *
n2_connection_outgoing(n2_connection *c, uint32_t stream)
{
    if (!stream)
        return &c->stream;
    if (!n2_connection_has_send(c, (stream & 0xff) - 1))
        return NULL;
    n2_send_slot *slot = n2_connection_slot(c, (stream & 0xff) - 1);
    return slot->generation == stream >> 8 ? &slot->out : NULL;
}

static void
finish_send(n2_connection *c, uint32_t stream, n2_event_queue *events)
{
    unsigned i = (stream & 0xff) - 1;
    n2_send_slot *slot = n2_connection_slot(c, i);
    n2_event event = {.kind = N2_EVENT_SENT, .conn = c->id, .tag = slot->out.tag};

    n2_event_queue_push(events, &event);
    n2_outgoing_clear(&slot->out);
    c->used_sends[i / 64] &= ~(UINT64_C(1) << i % 64);
    c->n_sends--;
}

/* Returns: how many were settled; @news are only of those that went the way in use. */
static uint32_t
settle_acked(n2_connection *c,
             const n2_ack *ack,
             const n2_flight_span *span,
             n2_rate_news *news,
             n2_event_queue *events)
{
    n2_flight_walk walk = {.ack = ack, .base = span->base};
    uint64_t first = n2_handover_first(c->handover);
    n2_flight_record *r;
    uint32_t n = 0;

    for (; (r = n2_flight_next_acked(&c->flight, &walk)); n++) {
        n2_outgoing *out = n2_connection_outgoing(c, r->stream);
        if (walk.base + ack->highest - (walk.i - 1) >= first) {
            news->packets++;
            news->bytes += r->wire_bytes;
        }
        if (!out)
            continue;
        n2_outgoing_acked(out, r->unit, r->n_units);
        if (r->stream && n2_outgoing_is_done(out))
            finish_send(c, r->stream, events);
    }
    return n;
}

/* The same. */
static uint32_t
settle_lost(n2_connection *c, const n2_flight_doubt *doubt, n2_rate_news *news)
{
    uint64_t cursor = c->flight.first, first = n2_handover_first(c->handover);
    n2_flight_record *r;
    uint32_t n = 0;

    for (; (r = n2_flight_next_lost(&c->flight, doubt, &cursor)); n++) {
        n2_outgoing *out = n2_connection_outgoing(c, r->stream);
        news->lost += cursor > first;
        if (out)
            n2_outgoing_lost(out, r->unit, r->n_units);
    }
    return n;
}

n2_err
n2_connection_acknowledged(n2_connection *c,
                           const n2_ack *ack,
                           n2_event_queue *events,
                           uint64_t now_us)
{
    n2_rate_news news = {0};
    n2_flight_span span;
    uint64_t limit = ack->command_end / N2_REGION_UNIT_BYTES;

    n2_err err = n2_connection_span_of(c, ack, &span);
    if (err == N2_ERR_FORGED)
        return err;
    if (limit > c->command_limit)
        c->command_limit = limit;
    if (ack->asks && now_us + n2_rate_ack_delay_us(&c->rate) < c->ack_due_us)
        c->ack_due_us = now_us + n2_rate_ack_delay_us(&c->rate);
    if (!err && n2_ack_is_empty(ack))
        return N2_OK; /* nothing under this key that counts has come there yet */
    if (!err)
        err = n2_flight_check(&c->flight, ack, &span);
    if (err)
        return err == N2_ERR_STATE ? N2_OK : err;

    uint64_t highest = span.base + ack->highest;
    const n2_flight_record *top = n2_flight_peek(&c->flight, highest);
    uint32_t sent_us = top ? top->sent_us : 0;
    /* One that a timer held for lost was late, and tells by how much: or each one would be. */
    bool is_news = top && (top->state == N2_FLIGHT_FLYING || top->state == N2_FLIGHT_LOST) &&
                   highest >= n2_handover_first(c->handover) && highest >= c->slept_first;
    if (is_news) {
        uint32_t rtt_us = (uint32_t)now_us - sent_us - ack->held_us;
        /* Held for longer than it took: a clock was put on, and that says nothing. */
        news.rtt_us = (int32_t)rtt_us > 0 ? rtt_us : rtt_us == 0;
        news.one_way_us = ack->arrived_us - sent_us;
        news.arrived_us = ack->arrived_us;
        news.since_us = (uint32_t)now_us - sent_us;
    }
    uint32_t n = settle_acked(c, ack, &span, &news, events);
    n += settle_lost(c,
                     &(n2_flight_doubt){.base = span.base,
                                        .highest = highest,
                                        .before_us = sent_us - c->rate.srtt_us / 4,
                                        .earlier_us = sent_us - c->rate.srtt_us},
                     &news);
    (void)fill_ring(c); /* without memory the next one tries again */
    if (n) {
        c->progress_us = now_us;
        c->n_silent = 0;
        c->silent_packets = 0;
    }
    if (news.packets || news.lost) {
        news.in_flight = c->flight.bytes;
        n2_rate_ack(&c->rate, &news, now_us);
    }
    n2_event failed = {.kind = N2_EVENT_RATE, .conn = c->id};
    failed.size = n2_rate_take_failure(&c->rate);
    if (failed.size)
        n2_event_queue_push(events, &failed);
    return N2_OK;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool
n2_connection_received(n2_connection *c,
                       bool counted,
                       uint32_t epoch,
                       uint32_t counter,
                       uint32_t half,
                       bool is_jammed,
                       uint64_t now_us)
{
    bool gap;

    if (!n2_receipt_take(&c->receipts[epoch & 1], counter, half, counted, now_us, &gap))
        return false;
    c->heard_us = now_us;
    c->is_awake = true;
    if (!counted)
        return true;
    if (epoch != c->open.epoch)
        c->old_tellings = N2_ACK_TOLD;
    if (is_jammed && c->jams < UINT16_MAX)
        c->jams++;
    c->ack_repeats = 0;
    uint64_t delay_us = n2_rate_ack_delay_us(&c->rate);
    uint64_t due = now_us + delay_us;
    if (!c->unacknowledged && now_us > c->acked_us + delay_us / 2)
        due = now_us; /* after a rest it is waited for */
    if (gap && due > c->acked_us + delay_us / 4)
        due = c->acked_us + delay_us / 4;
    if (gap)
        c->n_early = EARLY_PACKETS; /* what is missing is told of in the usual way */
    if (c->n_early < EARLY_PACKETS && c->ack_due_us > now_us && due > now_us) {
        /* The first flight tells its sender how fast the way is: it waits for nothing else. */
        c->n_early++;
        due = least(due, now_us + delay_us / EARLY_SHARE);
        c->ack_due_us = least(c->acked_us + delay_us, due);
    }
    if (++c->unacknowledged >= N2_ACK_EVERY)
        due = now_us;
    if (due < c->ack_due_us)
        c->ack_due_us = due;
    return true;
}

void
n2_connection_window_moved(n2_connection *c, uint64_t now_us)
{
    c->ack_repeats = 0;
    c->ack_due_us = now_us;
}

/* Takes what was sent before @before_us for lost, the oldest first and @most of it, so that it
 * is sent again.  Returns: how many packets that were. */
static uint32_t
take_for_lost(n2_connection *c, uint64_t before_us, uint32_t most)
{
    n2_flight_record *r;
    uint32_t n = 0;

    while (n < most && (r = n2_flight_oldest(&c->flight, (uint32_t)before_us))) {
        n2_outgoing *out = n2_connection_outgoing(c, r->stream);
        n++;
        if (out)
            n2_outgoing_lost(out, r->unit, r->n_units);
    }
    return n;
}

/* A packet that waits in a queue which a switch told of is not lost, nor is a full one, on a
 * way of which nothing is known, in the time that it takes on a thin line. */
static uint64_t
timeout_us(const n2_connection *c)
{
    bool is_first =
        !c->rate.srtt_us && !c->rate.loss_permille && c->flight.bytes >= N2_PACKET_BYTES_MAX;

    return n2_rate_timeout_us(&c->rate) + n2_notice_wait_us(c) +
           (is_first ? THIN_PACKET_US : 0);
}

/* At the end of a piece nothing new pushes what is missing any more, and on a bad line it would
 * take a timer for each try.  There is room on the way, so it is sent again several times a
 * round trip, the more often the more is lost; 0: not the end, or not a bad line. */
static uint64_t
tail_us(const n2_connection *c)
{
    unsigned tries = c->rate.loss_permille / TAIL_PERMILLE;

    if (!tries || !c->flight.n_flying || c->flight.n_flying > TAIL_PACKETS_MAX ||
        n2_connection_has_new(c))
        return 0;
    uint64_t us = timeout_us(c) / 2 / (1 + (tries < TAIL_TRIES_MAX ? tries : TAIL_TRIES_MAX));
    /* What stands in the queue, or takes so long to leave it, is not lost. */
    uint64_t own_us =
        c->rate.queue_us[0] + N2_RATE_PACKET_BYTES * N2_SECOND_US / c->rate.line_Bps;
    us = us > own_us ? us : own_us;
    /* What brings no answer may itself be what fills the way, and then answers tell of packets
     * that are long forgotten here: less often with each doubling of what went in vain. */
    uint64_t most = TAIL_REST * timeout_us(c);
    for (uint32_t n = c->silent_packets; n >= TAIL_PACKETS_MAX && us < most; n /= 2)
        us *= 2;
    return us;
}

static uint64_t
timer_us(const n2_connection *c)
{
    unsigned more = c->n_silent < SILENT_HALVES       ? 0
                    : c->n_silent < SILENT_HALVES + 3 ? c->n_silent - SILENT_HALVES + 1
                                                      : 3;
    return c->progress_us + (timeout_us(c) << more);
}

/* Nothing has come back for two round trips: what has been under way for that long is gone. */
static void
resend_silent(n2_connection *c, uint64_t now_us)
{
    bool is_bad = c->rate.loss_permille > TAIL_PERMILLE;
    /* On a good line a first silence is a busy machine more often than a loss: a few packets
     * bring an answer, and that tells what is really missing. */
    uint32_t most = is_bad || c->n_silent ? UINT32_MAX : SILENT_PROBES;
    uint64_t before_us = now_us - timeout_us(c) + 1;
    uint32_t n = take_for_lost(c, before_us, most);

    /* Where the window is full they could not leave. */
    while (n2_rate_is_full(&c->rate, c->flight.bytes) && take_for_lost(c, before_us, 1))
        n++;
    c->silent_packets += n;
    /* Once may be chance, on a bad line often is; so many packets say the way is full or gone.
     */
    bool is_lasting = ++c->n_silent >= SILENT_HALVES &&
                      c->silent_packets >= (is_bad ? SILENT_PACKETS_BAD : SILENT_PACKETS);
    n2_rate_silent(&c->rate, n, is_lasting);
    if (is_lasting)
        c->silent_packets = 0;
    if (c->n_silent > 1 && c->rate.loss_permille < SILENT_LOSS_PERMILLE)
        n2_rate_expect_loss(&c->rate, SILENT_LOSS_PERMILLE);
    c->progress_us = now_us;
}

bool
n2_connection_awaits(const n2_connection *c)
{
    return c->flight.n_flying || c->stream.n_lost || c->n_sends;
}

static uint64_t
patience_us(const n2_connection *c)
{
    if (!n2_connection_awaits(c))
        return UINT64_MAX;
    return (c->heard_us > c->asked_us ? c->heard_us : c->asked_us) + N2_SILENCE_PATIENCE_US;
}

n2_err
n2_connection_expire(n2_connection *c, uint64_t now_us)
{
    if (c->state != N2_CONNECTION_OPEN)
        return N2_OK;
    if (c->flight.n_flying && now_us >= timer_us(c))
        resend_silent(c, now_us);
    if (tail_us(c) && now_us >= c->tail_us) {
        /* They count as silence: it may be that the way is full, and answers are late. */
        c->silent_packets += take_for_lost(c, now_us - tail_us(c) + 1, UINT32_MAX);
        c->tail_us = now_us + tail_us(c);
    }
    if (now_us >= patience_us(c))
        return N2_ERR_TIMEOUT;
    if (now_us >= c->heard_us + N2_IDLE_US)
        return N2_ERR_CLOSED;
    if (c->open.has_old && now_us >= c->old_us)
        n2_epochs_forget_old(&c->open);
    return n2_connection_is_exhausted(c) ? N2_ERR_LIMIT : N2_OK;
}

void
n2_connection_slept(n2_connection *c, uint64_t pause_us, uint64_t now_us)
{
    c->made_us += pause_us; /* of a hello or its answer the patience */
    if (c->state != N2_CONNECTION_OPEN)
        return;
    c->heard_us += pause_us;
    if (n2_connection_awaits(c))
        c->asked_us = now_us;
    c->progress_us += pause_us;
    c->tail_us += pause_us;
    c->slept_first = c->flight.next;
    n2_flight_slept(&c->flight, pause_us);
    n2_rate_slept(&c->rate, pause_us);
    n2_handover_slept(c->handover, pause_us);
}

/* When it may rest; UINT64_MAX: it does, or something has to come first. */
static uint64_t
rest_us(const n2_connection *c)
{
    if (!c->is_awake || n2_connection_awaits(c) || c->chunks || c->ack_due_us != UINT64_MAX ||
        c->stream.base < c->stream.end || !n2_region_is_empty(c->command))
        return UINT64_MAX;
    return (c->heard_us > c->asked_us ? c->heard_us : c->asked_us) + N2_REST_US;
}

bool
n2_connection_rest(n2_connection *c, uint64_t now_us)
{
    if (c->state != N2_CONNECTION_OPEN || now_us < rest_us(c))
        return false;
    c->is_awake = false;
    n2_epochs_rest(&c->seal);
    n2_epochs_rest(&c->open);
    for (size_t i = 0; i < 2; i++)
        n2_receipt_rest(&c->receipts[i]);
    n2_region_rest(c->command);
    n2_outgoing_rest(&c->stream);
    n2_flight_rest(&c->flight);
    n2_notices_rest(c, now_us);
    free_sends(c);
    return true;
}

uint64_t
n2_connection_deadline(const n2_connection *c)
{
    if (c->state == N2_CONNECTION_OPENING)
        return least(c->opening->due_us, c->made_us + N2_HELLO_PATIENCE_US);
    if (c->state == N2_CONNECTION_HALF)
        return c->made_us + N2_HALF_OPEN_US;
    if (n2_connection_is_exhausted(c))
        return 0;
    uint64_t at = least(c->heard_us + N2_IDLE_US, c->ack_due_us);
    at = least(at, n2_handover_deadline(c->handover));
    at = least(at, n2_fresh_deadline(c->fresh));
    if (c->open.has_old)
        at = least(at, c->old_us);
    at = least(at, c->pace_us);
    at = least(at, rest_us(c));
    if (c->flight.n_flying)
        at = least(at, timer_us(c));
    if (tail_us(c))
        at = least(at, c->tail_us);
    return least(at, patience_us(c));
}
