/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * maker.c - the connection maker's side that strangers reach: hellos.
 *
 * A hello can be replayed, so it changes nothing: it takes one place in a bounded table for
 * three seconds, and its answer goes back the way it came, no longer than itself.  The static
 * key is in another process: event NEED_ES asks for the one number that depends on it.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/hash.h"
#include "transport/endpoint-private.h"

/* ---- half-open table ------------------------------------------------------------------------
 */

static uint32_t
chain_of(const uint8_t *e)
{
    return ((uint32_t)e[0] << 8 | e[1]) % N2_MAKER_CHAINS;
}

static uint32_t
way_of(uint64_t path)
{
    return (uint32_t)((path * UINT64_C(0x9e3779b97f4a7c15)) >> 52) % N2_MAKER_CHAINS;
}

static const uint8_t *
e_of(const n2_half *half)
{
    return half->hello + N2_FIRST_HEAD_BYTES;
}

void
n2_maker_drop(n2_endpoint *ep, n2_half *half)
{
    n2_maker *m = &ep->maker;
    n2_half **at = &m->chains[chain_of(e_of(half))];

    while (*at != half)
        at = &(*at)->next;
    *at = half->next;
    m->ways[way_of(half->path)]--;
    m->n_half--;
    m->n_answered -= half->conn != 0;
    sodium_memzero(&half->ticket, sizeof half->ticket);
    half->in_use = false;
    half->turn++;
    half->next = m->free;
    m->free = half;
}

/* By its way too: whoever copies a hello and is quicker must not take the answer away from the
 * one who made it. */
static n2_half *
find_half(n2_maker *m, const uint8_t *e, uint64_t back)
{
    n2_half *half = m->chains[chain_of(e)];

    while (half && (half->is_spent || half->path != back || memcmp(e_of(half), e, 32)))
        half = half->next;
    return half;
}

void
n2_maker_settle(n2_endpoint *ep, n2_connection *c)
{
    if (c->half)
        n2_maker_drop(ep, c->half);
    c->half = NULL;
}

void
n2_maker_opened(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    const n2_half *half = c->half;

    if (half)
        n2_tickets_put(&ep->tickets, half->ticket.id, &half->ticket, half->ticket_until_us,
                       now_us);
    n2_maker_settle(ep, c);
}

/* ---- life -----------------------------------------------------------------------------------
 */

n2_err
n2_maker_init(n2_endpoint *ep, uint64_t now_us)
{
    n2_maker *m = &ep->maker;

    m->halves = calloc(N2_HALF_OPEN_MAX, sizeof *m->halves);
    if (!m->halves)
        return N2_ERR_NOMEM;
    for (uint32_t i = 0; i < N2_HALF_OPEN_MAX; i++) {
        m->halves[i].next = m->free;
        m->free = &m->halves[i];
    }
    n2_env_random(&ep->env, m->token_key, sizeof m->token_key);
    m->token_turn_us = now_us + N2_MINUTE_US;
    return N2_OK;
}

void
n2_maker_clear(n2_endpoint *ep)
{
    free(ep->maker.halves);
    ep->maker.halves = NULL;
}

uint64_t
n2_maker_deadline(const n2_endpoint *ep)
{
    uint64_t at = UINT64_MAX;

    /* Only those still without a connection; the others end with it. */
    if (ep->maker.n_half > ep->maker.n_answered)
        at = ep->maker.sweep_us;
    return at;
}

void
n2_maker_expire(n2_endpoint *ep, uint64_t now_us)
{
    n2_maker *m = &ep->maker;

    if (now_us < m->sweep_us || m->n_half == m->n_answered)
        return;
    m->sweep_us = now_us + N2_SECOND_US;
    for (uint32_t i = 0; i < N2_HALF_OPEN_MAX; i++)
        if (m->halves[i].in_use && !m->halves[i].conn && m->halves[i].until_us <= now_us)
            n2_maker_drop(ep, &m->halves[i]);
}

void
n2_maker_turn_second(n2_endpoint *ep, uint64_t now_us)
{
    n2_maker *m = &ep->maker;

    if (now_us >= m->second_us + N2_SECOND_US) {
        m->second_us = now_us;
        m->hellos_this_second = m->queries_this_second = m->unknown_this_second = 0;
    }
    if (now_us >= m->token_turn_us) {
        memcpy(m->token_key[1], m->token_key[0], sizeof m->token_key[0]);
        n2_env_random(&ep->env, m->token_key[0], sizeof m->token_key[0]);
        m->token_turn_us = now_us + N2_MINUTE_US;
    }
}

/* ---- hellos ---------------------------------------------------------------------------------
 */

/* Proof that the asker takes packets at the end of its way back; nothing is stored for it. */
static void
make_token(const uint8_t key[32],
           uint64_t back,
           const uint8_t *e,
           uint8_t token[static N2_FIRST_TOKEN_BYTES])
{
    uint8_t in[8 + 32], out[16];
    n2_writer w = n2_writer_init(in, sizeof in);

    n2_write_u64(&w, back);
    n2_write_bytes(&w, e, 32);
    crypto_generichash(out, sizeof out, in, sizeof in, key, 32);
    memcpy(token, out, N2_FIRST_TOKEN_BYTES);
}

static bool
token_is_good(const n2_maker *m, const n2_first *first, uint64_t back)
{
    uint8_t token[N2_FIRST_TOKEN_BYTES];

    for (int i = 0; i < 2; i++) {
        make_token(m->token_key[i], back, first->body, token);
        if (!sodium_memcmp(token, first->token, sizeof token))
            return true;
    }
    return false;
}

/* May a token be made or looked at?  Either costs more than all else that a hello above the
 * rate is worth, and a link brings millions of them in a second. */
static bool
may_token(n2_endpoint *ep, uint64_t back, uint64_t now_us)
{
    n2_maker *m = &ep->maker;

    if (n2_bucket_take(&m->tokens_of[way_of(back)], N2_AGAIN_PER_WAY_PER_S,
                       N2_AGAIN_PER_WAY_BURST, now_us) &&
        n2_bucket_take(&m->tokens, N2_AGAIN_PER_S, N2_AGAIN_BURST, now_us))
        return true;
    ep->met.again_per_s++;
    return false;
}

static void
ask_again(n2_endpoint *ep, const n2_first *first, uint64_t back)
{
    uint8_t body[N2_FIRST_BODY_BYTES] = {0};
    uint8_t data[N2_FIRST_BYTES];

    make_token(ep->maker.token_key[0], back, first->body, body);
    n2_first answer = {.type = N2_FIRST_AGAIN,
                       .suite = first->suite,
                       .key_id = first->key_id,
                       .token = first->body,
                       .body = body};
    n2_first_encode(&answer, data);
    n2_raw_queue_add_plain(&ep->raw, back, N2_MODE_UNICAST, data, sizeof data);
}

n2_half *
n2_maker_let_in(n2_endpoint *ep, const uint8_t *bytes, uint64_t back, uint64_t now_us)
{
    n2_maker *m = &ep->maker;
    n2_half *half = m->free;

    if (!half || m->ways[way_of(back)] >= N2_HALF_OPEN_PER_WAY_MAX) {
        ep->met.half_open += !half;
        ep->met.half_open_per_way += half != NULL;
        return NULL;
    }
    m->free = half->next;
    uint16_t turn = half->turn;
    *half = (n2_half){.in_use = true, .turn = turn, .path = back};
    half->until_us = now_us + N2_HALF_OPEN_US;
    memcpy(half->hello, bytes, N2_FIRST_BYTES);
    uint32_t chain = chain_of(e_of(half));
    half->next = m->chains[chain];
    m->chains[chain] = half;
    if (++m->ways[way_of(back)] > ep->met.most_per_way)
        ep->met.most_per_way = m->ways[way_of(back)];
    if (m->n_half++ == m->n_answered)
        m->sweep_us = now_us + N2_SECOND_US;
    return half;
}

n2_half *
n2_maker_repeat(n2_endpoint *ep, const n2_first *first, uint64_t back)
{
    n2_half *half = find_half(&ep->maker, first->body, back);

    /* The same e gets the same answer. */
    if (half && half->conn)
        n2_raw_queue_add_plain(&ep->raw, back, N2_MODE_UNICAST, half->answer,
                               sizeof half->answer);
    return half;
}

bool
n2_maker_admits(
    n2_endpoint *ep, const n2_first *first, unsigned weight, uint64_t back, uint64_t now_us)
{
    n2_maker *m = &ep->maker;

    n2_maker_turn_second(ep, now_us);
    m->hellos_this_second += weight;
    bool is_flood = m->hellos_this_second > N2_HELLO_PER_S || m->n_half > N2_HALF_OPEN_MAX / 2;
    if (!is_flood)
        return true;
    bool may = may_token(ep, back, now_us);
    if (may && token_is_good(m, first, back))
        return true;
    ep->met.hellos_per_s++;
    if (may)
        ask_again(ep, first, back);
    return false;
}

void
n2_maker_hello(n2_endpoint *ep,
               const n2_first *first,
               const uint8_t bytes[static N2_FIRST_BYTES],
               uint64_t back,
               uint64_t now_us)
{
    n2_maker *m = &ep->maker;
    const n2_key_record *r = n2_maker_find_record(m, first->suite, first->key_id, now_us);
    const n2_noise_suite *suite = n2_noise_suite_find(first->suite);
    unsigned weight = first->suite == N2_SUITE_2 ? N2_HELLO_WEIGHT_2 : 1;
    n2_half *half = NULL;

    ep->stats.hellos++;
    if (n2_maker_repeat(ep, first, back))
        return;
    bool has_room = ep->events.n < N2_ENDPOINT_EVENTS_MAX;
    ep->met.events += r && suite && !has_room;
    if (r && suite && has_room && n2_maker_admits(ep, first, weight, back, now_us))
        half = n2_maker_let_in(ep, bytes, back, now_us);
    if (!half) {
        ep->stats.hellos_refused++;
        return;
    }
    n2_event event = {.kind = N2_EVENT_NEED_ES,
                      .tag = (uint64_t)half->turn << 32 | (uint64_t)(half - m->halves),
                      .key_id = r->id,
                      .suite = r->suite};
    memcpy(event.key, first->body, suite->dh_bytes);
    ep->stats.agreements++;
    n2_event_queue_push(&ep->events, &event);
}

void
n2_prologue(uint8_t out[static N2_PROLOGUE_BYTES],
            n2_first_type type,
            uint8_t suite,
            uint16_t key_id,
            const uint8_t record[static 32])
{
    n2_writer w = n2_writer_init(out, N2_PROLOGUE_BYTES);

    n2_write_bytes(&w, "net2o 1", 7);
    n2_write_u8(&w, (uint8_t)type);
    n2_write_u8(&w, suite);
    n2_write_u16(&w, key_id);
    n2_write_bytes(&w, record, 32);
}

uint8_t
n2_maker_choose_cipher(uint8_t offered, uint8_t ours)
{
    uint8_t both = offered & ours;

    return both & 1 << (N2_CIPHER_AES256GCM - 1)          ? N2_CIPHER_AES256GCM
           : both & 1 << (N2_CIPHER_CHACHA20POLY1305 - 1) ? N2_CIPHER_CHACHA20POLY1305
                                                          : 0;
}

n2_err
n2_maker_half_open(n2_endpoint *ep,
                   n2_half *half,
                   n2_connection *c,
                   const n2_noise_keys *keys,
                   const n2_hello *theirs,
                   uint8_t cipher,
                   uint64_t now_us)
{
    n2_err err =
        n2_connection_set_keys(c, &ep->crypto, &ep->env, &ep->key_limits, keys, cipher);

    if (!err)
        err = n2_connection_open(c, theirs, 0, now_us);
    if (err)
        return err;
    memcpy(c->handshake_hash, keys->hash, sizeof c->handshake_hash);
    c->state = N2_CONNECTION_HALF;
    half->conn = c->id;
    c->half = half;
    ep->maker.n_answered++;
    n2_raw_queue_add_plain(&ep->raw, half->path, N2_MODE_UNICAST, half->answer,
                           sizeof half->answer);
    n2_endpoint_touch(ep, c);
    return N2_OK;
}

void
n2_maker_half_open_failed(n2_endpoint *ep, n2_half *half, n2_connection *c, uint64_t now_us)
{
    ep->stats.hellos_refused++;
    if (c) {
        c->state = N2_CONNECTION_HALF; /* nobody knows of it */
        n2_endpoint_end(ep, c, N2_ERR_FORGED, false, now_us);
    }
    n2_maker_drop(ep, half);
}

/* Second message and keys; @c is a connection without state yet. */
static n2_err
answer_hello(n2_endpoint *ep,
             n2_half *half,
             n2_connection *c,
             const n2_key_record *record,
             n2_agreeing *one,
             uint64_t now_us)
{
    uint8_t payload[N2_HELLO_PAYLOAD_BYTES], body[N2_FIRST_BODY_BYTES];
    n2_noise_keys keys;
    n2_hello ours;

    n2_endpoint_offer(ep, c, &ours);
    uint8_t cipher = n2_maker_choose_cipher(one->theirs.ciphers, ours.ciphers);
    if (!cipher)
        return N2_ERR_UNSUPPORTED;
    ours.ciphers = cipher;
    memcpy(ours.extra, &record->serial, sizeof record->serial);
    n2_hello_encode(&ours, payload);
    n2_err err = n2_noise_write_agreed(&one->noise, &one->pair, one->shared, payload,
                                       one->noise.suite->hello_payload, body);
    if (!err)
        err = n2_noise_split(&one->noise, &keys);
    if (!err) {
        n2_first answer = {.type = N2_FIRST_ANSWER,
                           .suite = record->suite,
                           .key_id = record->id,
                           .token = e_of(half),
                           .body = body};
        n2_first_encode(&answer, half->answer);
        c->suite = record->suite;
        n2_ticket_draw(&half->ticket, keys.to_responder, keys.to_initiator);
        half->ticket_until_us = now_us + N2_TICKET_US;
        err = n2_maker_half_open(ep, half, c, &keys, &one->theirs, cipher, now_us);
    }
    sodium_memzero(&keys, sizeof keys);
    return err;
}

/* A hello that was worth nothing keeps its place until its time is over: or one way could have
 * any number of public-key operations done.  The true one of a changed copy gets another. */
static void
spend(n2_endpoint *ep, n2_half *half, n2_connection *c, uint64_t now_us)
{
    ep->stats.hellos_refused++;
    half->is_spent = true;
    if (!c)
        return;
    c->state = N2_CONNECTION_HALF; /* nobody knows of it */
    n2_endpoint_end(ep, c, N2_ERR_FORGED, false, now_us);
}

/* (nullable): the key record that a hello named. */
static const n2_key_record *
record_of(const n2_endpoint *ep, const n2_half *half, uint64_t now_us)
{
    n2_reader r = n2_reader_init(half->hello, sizeof half->hello);

    (void)n2_read_u8(&r);
    uint8_t suite = n2_read_u8(&r);
    return n2_maker_find_record(&ep->maker, suite, n2_read_u16(&r), now_us);
}

/* False: the entry ended, or was answered meanwhile. */
static bool
is_awaited(const n2_half *half, uint64_t turn)
{
    return half->in_use && !half->is_spent && !half->conn && half->turn == turn;
}

void
n2_maker_es_agreed(n2_endpoint *ep, n2_agreeing *one, n2_err err, uint64_t now_us)
{
    n2_half *half = one->half;

    if (!is_awaited(half, one->turn))
        return;
    const n2_key_record *record = err ? NULL : record_of(ep, half, now_us);
    n2_connection *c = record ? n2_endpoint_add(ep, half->path, now_us) : NULL;
    if (!err)
        err = c ? answer_hello(ep, half, c, record, one, now_us) : N2_ERR_LIMIT;
    if (err == N2_ERR_LIMIT || err == N2_ERR_NOMEM)
        n2_maker_half_open_failed(ep, half, c, now_us); /* not its fault */
    else if (err)
        spend(ep, half, c, now_us);
}

/* Opens the hello; only one that could be opened is worth a key pair of ours. */
static n2_err
read_hello(n2_half *half,
           const n2_key_record *record,
           const n2_noise_es_result *es,
           n2_noise *noise,
           n2_hello *theirs)
{
    const n2_noise_suite *suite = n2_noise_suite_find(record->suite);
    uint8_t prologue[N2_PROLOGUE_BYTES], payload[N2_HELLO_PAYLOAD_BYTES];

    n2_prologue(prologue, N2_FIRST_HELLO, record->suite, record->id, record->hash);
    n2_noise_init_responder(noise, suite, prologue, sizeof prologue, record->key);
    n2_err err = n2_noise_read1(noise, es, e_of(half), N2_FIRST_BODY_BYTES, payload);
    if (!err)
        err = n2_hello_decode(theirs, payload, suite->hello_payload);
    return err;
}

static void
take_es(n2_endpoint *ep, n2_half *half, const n2_noise_es_result *es, uint64_t now_us)
{
    const n2_key_record *record = record_of(ep, half, now_us);
    n2_noise noise = {0};
    n2_hello theirs;

    if (!record) {
        n2_maker_half_open_failed(ep, half, NULL, now_us);
    } else if (read_hello(half, record, es, &noise, &theirs)) {
        spend(ep, half, NULL, now_us);
    } else {
        n2_agreeing *one = n2_agreeing_add(ep, N2_AGREEING_ES, record->suite, now_us);
        one->half = half;
        one->turn = half->turn;
        one->noise = noise;
        one->theirs = theirs;
        n2_env_random(&ep->env, one->pair.secret, noise.suite->dh_bytes);
    }
    n2_noise_clear(&noise);
}

void
n2_maker_es(n2_endpoint *ep, const n2_op *op, uint64_t now_us)
{
    n2_maker *m = &ep->maker;
    uint32_t at = (uint32_t)op->tag;
    n2_noise_es_result es;

    if (at < N2_HALF_OPEN_MAX && is_awaited(&m->halves[at], op->tag >> 32)) {
        if (op->err == N2_ERR_FORGED) {
            spend(ep, &m->halves[at], NULL, now_us);
        } else if (op->err || op->len != sizeof es.ck + sizeof es.k) {
            ep->stats.hellos_refused++;
            n2_maker_drop(ep, &m->halves[at]);
        } else {
            memcpy(es.ck, op->bytes, sizeof es.ck);
            memcpy(es.k, op->bytes + sizeof es.ck, sizeof es.k);
            take_es(ep, &m->halves[at], &es, now_us);
            sodium_memzero(&es, sizeof es);
        }
    }
    if (op->bytes)
        sodium_memzero(op->bytes, op->len);
    free(op->bytes);
}
