/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * asker.c - our own first packets: hellos, key queries, echoes, and what comes back.
 *
 * Nothing answers for certain, so each is sent again until its patience ends; a hello more
 * often once the first were lost, always the same bytes, so that the other side answers the
 * same.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "transport/endpoint-private.h"
#include "wire/code.h"

enum {
    STEP_US = 100000, /* between two tries if the way's delay is not known */
    STEP_MIN_US = 10000,
    STEP_MAX_US = 500000,
    ECHO_STEP_US = 150000,
    HELLO_PATIENT = 3, /* tries a round trip apart; then the line is taken for a bad one */
    HELLO_HASTE = 4,   /* and this many are made in the same time */
    HELLO_LOSS_PERMILLE = 500,
    RTT_UNKNOWN_US = 300000,
};

static uint64_t
first_step(uint16_t delay)
{
    uint64_t us = delay ? 3 * n2_delay_from_code(delay) : STEP_US;

    return us < STEP_MIN_US ? STEP_MIN_US : us > STEP_MAX_US ? STEP_MAX_US : us;
}

/* ---- hello ----------------------------------------------------------------------------------
 */

static void
connect_failed(n2_endpoint *ep, uint64_t tag, n2_err err)
{
    n2_event event = {.kind = N2_EVENT_CLOSED, .err = err, .tag = tag};

    n2_event_queue_push(&ep->events, &event);
}

/* The hello is made with others that wait (agreeing.h): until then nothing is sent. */
static void
begin_hello(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    const n2_noise_suite *suite = n2_noise_suite_find(c->suite);
    n2_opening *o = c->opening;
    uint8_t prologue[N2_PROLOGUE_BYTES];

    n2_prologue(prologue, N2_FIRST_HELLO, c->suite, o->key_id, o->record);
    n2_noise_init_initiator(&o->noise, suite, prologue, sizeof prologue, o->key);
    o->is_made = false;
    o->due_us = UINT64_MAX;
    n2_agreeing *one = n2_agreeing_add(ep, N2_AGREEING_HELLO, c->suite, now_us);
    one->conn = c->id;
    n2_env_random(&ep->env, one->pair.secret, suite->dh_bytes);
}

static n2_err
make_hello(n2_endpoint *ep, n2_connection *c, const n2_agreeing *one)
{
    n2_opening *o = c->opening;
    uint8_t payload[N2_HELLO_PAYLOAD_BYTES], body[N2_FIRST_BODY_BYTES];
    n2_hello offer;

    n2_endpoint_offer(ep, c, &offer);
    n2_hello_encode(&offer, payload);
    n2_err err = n2_noise_write_agreed(&o->noise, &one->pair, one->shared, payload,
                                       o->noise.suite->hello_payload, body);
    n2_first first = {
        .type = N2_FIRST_HELLO, .suite = c->suite, .key_id = o->key_id, .body = body};
    n2_first_encode(&first, o->hello);
    o->is_made = !err;
    return err;
}

void
n2_asker_hello_agreed(n2_endpoint *ep, const n2_agreeing *one, n2_err err, uint64_t now_us)
{
    n2_connection *c = n2_endpoint_find(ep, one->conn);

    if (!c || c->state != N2_CONNECTION_OPENING || c->opening->is_made)
        return; /* it ended while it waited */
    if (!err)
        err = make_hello(ep, c, one);
    if (err) {
        n2_endpoint_end(ep, c, err, false, now_us);
        return;
    }
    c->opening->due_us = now_us;
    n2_asker_hello_due(ep, c, now_us);
}

/* What CONNECT asks for, and the first packet of it. */
static n2_err
begin_opening(n2_endpoint *ep, n2_connection *c, const n2_op *op, uint64_t now_us)
{
    n2_opening *o = calloc(1, sizeof *o);

    if (!o)
        return N2_ERR_NOMEM;
    o->key_id = op->key_id;
    o->last = op->last;
    memcpy(o->key, op->key, sizeof o->key);
    memcpy(o->record, op->record, sizeof o->record);
    c->opening = o;
    o->is_made = n2_asker_resume(ep, c, op, now_us);
    return N2_OK;
}

void
n2_asker_connect(n2_endpoint *ep, const n2_op *op, uint64_t now_us)
{
    const n2_noise_suite *suite = n2_noise_suite_find(op->suite);

    n2_endpoint_make_place(ep, ep->connections_max - 1, NULL, now_us);
    n2_connection *c = suite ? n2_endpoint_add(ep, op->path, now_us) : NULL;
    if (!c) {
        connect_failed(ep, op->tag, suite ? N2_ERR_LIMIT : N2_ERR_UNSUPPORTED);
        return;
    }
    c->is_initiator = true;
    c->tag = op->tag;
    c->suite = op->suite;
    c->state = N2_CONNECTION_OPENING;
    c->record_Bps = n2_rate_from_code(op->rate);
    n2_err err = begin_opening(ep, c, op, now_us);
    if (err) {
        n2_endpoint_end(ep, c, err, false, now_us);
        return;
    }
    c->opening->next = ep->opening;
    ep->opening = c;
    c->opening->due_us = now_us;
    c->opening->step_us = first_step(op->delay);
    c->opening->rtt_us =
        op->delay ? 2 * n2_delay_from_code(op->delay) : (uint64_t)RTT_UNKNOWN_US;
    if (c->opening->is_made) {
        n2_asker_hello_due(ep, c, now_us);
    } else {
        begin_hello(ep, c, now_us);
        n2_endpoint_touch(ep, c);
    }
}

void
n2_asker_hello_due(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    if (now_us >= c->made_us + N2_HELLO_PATIENCE_US) {
        n2_endpoint_end(ep, c, N2_ERR_TIMEOUT, false, now_us);
        return;
    }
    n2_opening *o = c->opening;
    if (o->resume.suite && o->tries == HELLO_PATIENT) {
        n2_asker_say_hello(ep, c, now_us); /* it may not know what RESUME is */
        return;
    }
    n2_raw_queue_add_plain(&ep->raw, c->path, N2_MODE_UNICAST, o->hello, sizeof o->hello);
    if (++o->tries == HELLO_PATIENT)
        o->step_us /= HELLO_HASTE;
    o->due_us = now_us + o->step_us;
    n2_endpoint_touch(ep, c);
}

void
n2_asker_say_hello(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_opening *o = c->opening;

    n2_resume_clear(&o->resume);
    o->tries = 0;
    begin_hello(ep, c, now_us);
    n2_endpoint_touch(ep, c);
}

n2_connection *
n2_asker_find(n2_endpoint *ep, const uint8_t *token)
{
    n2_connection *c = ep->opening;

    while (c && (!c->opening->is_made ||
                 memcmp(c->opening->hello + N2_FIRST_HEAD_BYTES, token, N2_FIRST_TOKEN_BYTES)))
        c = c->opening->next;
    return c;
}

void
n2_asker_leave(n2_endpoint *ep, n2_connection *c)
{
    n2_connection **at = &ep->opening;

    while (*at && *at != c)
        at = &(*at)->opening->next;
    if (*at)
        *at = c->opening->next;
    n2_connection_forget_hello(c);
}

bool
n2_asker_accepts(const n2_endpoint *ep, const n2_connection *c, const n2_hello *peer)
{
    n2_hello ours;

    n2_endpoint_offer(ep, c, &ours);
    return peer->ciphers >= 1 && peer->ciphers <= 2 && ours.ciphers & 1 << (peer->ciphers - 1);
}

/* The answer's payload and the keys, worked out on a copy: a forged answer must not end the
 * waiting for the true one. */
static n2_err
read_answer(n2_endpoint *ep,
            n2_connection *c,
            const n2_agreeing *one,
            n2_hello *peer,
            n2_noise_keys *keys)
{
    uint8_t payload[N2_HELLO_PAYLOAD_BYTES];
    n2_noise noise = c->opening->noise;

    n2_err err =
        n2_noise_read2_agreed(&noise, one->shared, one->body, sizeof one->body, payload);
    if (!err)
        err = n2_hello_decode(peer, payload, noise.suite->hello_payload);
    if (!err && !n2_asker_accepts(ep, c, peer))
        err = N2_ERR_FORMAT;
    if (!err)
        err = n2_noise_split(&noise, keys);
    n2_noise_clear(&noise);
    return err;
}

void
n2_asker_answer(n2_endpoint *ep, const n2_first *first, uint64_t back, uint64_t now_us)
{
    const n2_connection *c = n2_asker_find(ep, first->token);

    if (!c || c->opening->resume.suite) {
        ep->stats.dropped++;
        return;
    }
    n2_agreeing *one = n2_agreeing_add(ep, N2_AGREEING_ANSWER, c->suite, now_us);
    one->conn = c->id;
    one->back = back;
    memcpy(one->body, first->body, sizeof one->body);
}

void
n2_asker_answer_agreed(n2_endpoint *ep, const n2_agreeing *one, n2_err err, uint64_t now_us)
{
    n2_connection *c = n2_endpoint_find(ep, one->conn);
    n2_noise_keys keys;
    n2_hello peer;

    if (!c || c->state != N2_CONNECTION_OPENING || err ||
        read_answer(ep, c, one, &peer, &keys)) {
        ep->stats.dropped++;
        return;
    }
    n2_asker_opened(ep, c, &keys, &peer, one->back, now_us + N2_TICKET_US, now_us);
    sodium_memzero(&keys, sizeof keys);
}

/* With one try the time it took is a round trip; later ones can't be told apart, so then the
 * route record is believed, or the time since the first taken as a bound. */
static uint32_t
round_trip_us(const n2_connection *c, uint64_t now_us)
{
    uint64_t took_us = now_us - c->made_us;

    if (c->opening->tries > 1 && took_us > c->opening->rtt_us)
        took_us = c->opening->rtt_us;
    return (uint32_t)took_us;
}

/* The next connection under the same record may begin from this one. */
static n2_err
keep_ticket(n2_endpoint *ep,
            n2_connection *c,
            const n2_noise_keys *keys,
            uint64_t until_us,
            uint64_t now_us)
{
    const n2_noise_suite *resumed = c->opening->resume.suite;
    const uint8_t *key = c->opening->record;
    n2_ticket ticket;
    n2_err err = N2_OK;

    n2_ticket_draw(&ticket, keys->to_responder, keys->to_initiator);
    if (resumed)
        err = n2_fresh_begin(c, resumed, &ticket, key, now_us);
    if (!err)
        n2_tickets_put(&ep->own_tickets, key, &ticket, until_us, now_us);
    sodium_memzero(&ticket, sizeof ticket);
    return err;
}

void
n2_asker_opened(n2_endpoint *ep,
                n2_connection *c,
                const n2_noise_keys *keys,
                const n2_hello *peer,
                uint64_t back,
                uint64_t ticket_until_us,
                uint64_t now_us)
{
    uint32_t rtt_us = round_trip_us(c, now_us);
    uint64_t last = c->opening->last;

    memcpy(c->handshake_hash, keys->hash, sizeof c->handshake_hash);
    n2_err err =
        n2_connection_set_keys(c, &ep->crypto, &ep->env, &ep->key_limits, keys, peer->ciphers);
    if (!err)
        err = n2_connection_open(c, peer, rtt_us, now_us);
    if (!err)
        err = keep_ticket(ep, c, keys, ticket_until_us, now_us);
    if (err) {
        c->state = N2_CONNECTION_OPENING;
        n2_endpoint_end(ep, c, err, false, now_us);
        return;
    }
    if (c->opening->tries > HELLO_PATIENT)
        n2_rate_expect_loss(&c->rate, HELLO_LOSS_PERMILLE);
    n2_asker_leave(ep, c);
    n2_event event = {.kind = N2_EVENT_CONNECTED,
                      .initiator = true,
                      .tag = c->tag,
                      .conn = c->id,
                      .suite = c->suite,
                      .resumed = c->fresh != NULL,
                      .path = c->path,
                      .unit = c->packet_bytes,
                      .rtt_us = rtt_us};
    memcpy(event.hash, c->handshake_hash, sizeof event.hash);
    n2_event_queue_push(&ep->events, &event);
    if (back != c->path && !((back ^ c->path) & ~last))
        n2_handover_label(ep, c, back, now_us);
    n2_endpoint_touch(ep, c);
}

void
n2_asker_again(n2_endpoint *ep, const n2_first *first, uint64_t now_us)
{
    n2_connection *c = n2_asker_find(ep, first->token);

    if (!c) {
        ep->stats.dropped++;
        return;
    }
    /* The same hello, with the token in its head, which the handshake doesn't cover. */
    memcpy(c->opening->hello + N2_FIRST_HEAD_BYTES - N2_FIRST_TOKEN_BYTES, first->body,
           N2_FIRST_TOKEN_BYTES);
    c->opening->due_us = now_us;
    n2_endpoint_touch(ep, c);
}

/* ---- queries and echoes ---------------------------------------------------------------------
 */

static void
send_ask(n2_endpoint *ep, n2_ask *a)
{
    uint8_t data[N2_FIRST_LONG_BYTES];

    if (a->is_echo) {
        n2_raw *raw = n2_raw_queue_add(&ep->raw);
        if (!raw)
            return;
        n2_echo_write(raw->bytes, a->path, a->nonce);
        raw->path = a->path;
        raw->len = N2_ECHO_BYTES;
        return;
    }
    /* Who doesn't know what there is asks for the first, then in turn. */
    uint8_t turn = a->tries % 2 ? N2_SUITE_2 : N2_SUITE_1;
    n2_first first = {
        .type = N2_FIRST_QUERY, .suite = a->suite ? a->suite : turn, .token = a->token};
    n2_first_encode(&first, data);
    n2_raw_queue_add_plain(&ep->raw, a->path, N2_MODE_UNICAST, data,
                           n2_first_bytes(first.type, first.suite));
}

static void
finish_ask(n2_endpoint *ep, n2_ask *a, n2_event *event)
{
    event->kind = a->is_echo ? N2_EVENT_ECHO : N2_EVENT_KEY_ANSWER;
    event->tag = a->tag;
    a->in_use = false;
    ep->n_asks--;
    n2_event_queue_push(&ep->events, event);
}

void
n2_asker_ask(n2_endpoint *ep, const n2_op *op, uint64_t now_us)
{
    for (size_t i = 0; i < N2_ASKS_MAX; i++) {
        n2_ask *a = &ep->asks[i];
        if (a->in_use)
            continue;
        ep->n_asks++;
        *a = (n2_ask){.in_use = true,
                      .is_echo = op->kind == N2_OP_ECHO,
                      .suite = op->suite,
                      .tag = op->tag,
                      .path = op->path,
                      .began_us = now_us};
        n2_env_random(&ep->env, a->token, sizeof a->token);
        n2_env_random(&ep->env, &a->nonce, sizeof a->nonce);
        a->step_us = a->is_echo ? ECHO_STEP_US : first_step(op->delay);
        a->until_us = now_us + (a->is_echo ? N2_ECHO_PATIENCE_US : N2_HELLO_PATIENCE_US);
        a->again_us = now_us + a->step_us;
        send_ask(ep, a);
        return;
    }
    n2_ask full = {.is_echo = op->kind == N2_OP_ECHO, .tag = op->tag};
    n2_event event = {.err = N2_ERR_LIMIT};
    finish_ask(ep, &full, &event);
}

void
n2_asker_key(n2_endpoint *ep, const n2_first *first, uint64_t now_us)
{
    for (size_t i = 0; i < N2_ASKS_MAX; i++) {
        n2_ask *a = &ep->asks[i];
        if (!a->in_use || a->is_echo || (a->suite && a->suite != first->suite) ||
            memcmp(a->token, first->token, sizeof a->token))
            continue;
        size_t len = first->suite == N2_SUITE_2 ? N2_KEY_ANSWER_BYTES_MAX : N2_KEY_ANSWER_BYTES;
        n2_event event = {.rtt_us = (uint32_t)(now_us - a->began_us),
                          .suite = first->suite,
                          .key_id = first->key_id,
                          .bytes = malloc(len),
                          .len = len};
        if (!event.bytes)
            return; /* asked for again */
        memcpy(event.bytes, first->body, len);
        finish_ask(ep, a, &event);
        return;
    }
    ep->stats.dropped++;
}

void
n2_endpoint_echo(n2_endpoint *ep, const n2_echo *echo, uint64_t now_us)
{
    for (size_t i = 0; i < N2_ASKS_MAX; i++) {
        n2_ask *a = &ep->asks[i];
        if (!a->in_use || !a->is_echo || a->nonce != echo->nonce)
            continue;
        n2_event event = {.rtt_us = (uint32_t)(now_us - a->began_us),
                          .width = echo->width,
                          .port = (uint16_t)echo->in_port,
                          .path = echo->path};
        finish_ask(ep, a, &event);
        return;
    }
    ep->stats.dropped++;
}

void
n2_asker_slept(n2_endpoint *ep, uint64_t pause_us)
{
    for (size_t i = 0; i < N2_ASKS_MAX; i++)
        if (ep->asks[i].in_use)
            ep->asks[i].until_us += pause_us;
}

uint64_t
n2_asker_deadline(const n2_endpoint *ep)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; ep->n_asks && i < N2_ASKS_MAX; i++) {
        const n2_ask *a = &ep->asks[i];
        if (!a->in_use)
            continue;
        uint64_t next = a->again_us < a->until_us ? a->again_us : a->until_us;
        if (next < at)
            at = next;
    }
    return at;
}

void
n2_asker_expire(n2_endpoint *ep, uint64_t now_us)
{
    for (size_t i = 0; i < N2_ASKS_MAX; i++) {
        n2_ask *a = &ep->asks[i];
        if (!a->in_use)
            continue;
        if (now_us >= a->until_us) {
            n2_event event = {.err = N2_ERR_TIMEOUT};
            finish_ask(ep, a, &event);
        } else if (now_us >= a->again_us) {
            if (++a->tries == HELLO_PATIENT)
                a->step_us /= HELLO_HASTE;
            a->again_us = now_us + a->step_us;
            send_ask(ep, a);
        }
    }
}
