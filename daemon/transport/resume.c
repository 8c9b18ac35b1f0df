/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resume.c - first packets with a ticket of a former connection: both sides.
 *
 * The answerer drops a ticket when it has opened one RESUME; from then on that packet, copied
 * or sent again, gets the same answer for as long as it is half open, and UNKNOWN afterwards.
 * The asker drops it before it says RESUME.  UNKNOWN is not sealed: who forges it makes the
 * asker say a full hello, which is no weaker.
 */
#include <sodium.h>
#include <string.h>

#include "transport/endpoint-private.h"

/* ---- answerer -------------------------------------------------------------------------------
 */

static void
say_unknown(n2_endpoint *ep, const n2_first *first, uint64_t back, uint64_t now_us)
{
    n2_first answer = {.type = N2_FIRST_UNKNOWN,
                       .suite = first->suite,
                       .key_id = first->key_id,
                       .token = first->body};
    uint8_t data[N2_FIRST_BYTES];

    n2_maker_turn_second(ep, now_us);
    ep->stats.hellos_refused++;
    if (++ep->maker.unknown_this_second > N2_UNKNOWN_PER_S) {
        ep->met.unknown_per_s++;
        return;
    }
    n2_first_encode(&answer, data);
    n2_raw_queue_add_plain(&ep->raw, back, N2_MODE_UNICAST, data, sizeof data);
}

/* Message 2 and keys; @r has read message 1. */
static n2_err
answer_resume(n2_endpoint *ep,
              n2_half *half,
              n2_connection *c,
              n2_resume *r,
              const n2_first *first,
              const n2_hello *theirs,
              uint64_t now_us)
{
    uint8_t payload[N2_HELLO_PAYLOAD_BYTES], body[N2_RESUME_MESSAGE_BYTES];
    uint8_t random[N2_RESUME_RANDOM_BYTES];
    n2_noise_keys keys = {0};
    n2_hello ours;

    n2_endpoint_offer(ep, c, &ours);
    uint8_t cipher = n2_maker_choose_cipher(theirs->ciphers, ours.ciphers);
    if (!cipher)
        return N2_ERR_UNSUPPORTED;
    ours.ciphers = cipher;
    n2_hello_encode(&ours, payload);
    n2_env_random(&ep->env, random, sizeof random);
    c->suite = r->suite->number;
    n2_err err = n2_resume_write2(r, random, payload, body, &keys);
    if (!err) {
        n2_first answer = {.type = N2_FIRST_RESUMED,
                           .suite = first->suite,
                           .key_id = first->key_id,
                           .token = first->body,
                           .body = body};
        n2_first_encode(&answer, half->answer);
        n2_ticket_draw(&half->ticket, keys.to_responder, keys.to_initiator);
        err = n2_fresh_begin(c, r->suite, &half->ticket, NULL, now_us);
    }
    if (!err)
        err = n2_maker_half_open(ep, half, c, &keys, theirs, cipher, now_us);
    sodium_memzero(&keys, sizeof keys);
    return err;
}

/* @r has read message 1 with the ticket, which is gone from the table. */
static void
let_in(n2_endpoint *ep,
       n2_resume *r,
       const n2_first *first,
       const uint8_t *bytes,
       const n2_hello *theirs,
       uint64_t ticket_until_us,
       uint64_t back,
       uint64_t now_us)
{
    n2_half *half = n2_maker_let_in(ep, bytes, back, now_us);

    if (!half) {
        ep->stats.hellos_refused++;
        return;
    }
    half->ticket_until_us = ticket_until_us;
    n2_connection *c = n2_endpoint_add(ep, back, now_us);
    if (!c || answer_resume(ep, half, c, r, first, theirs, now_us))
        n2_maker_half_open_failed(ep, half, c, now_us);
}

void
n2_maker_resume(n2_endpoint *ep,
                const n2_first *first,
                const uint8_t bytes[static N2_FIRST_BYTES],
                uint64_t back,
                uint64_t now_us)
{
    const n2_key_record *record =
        n2_maker_find_record(&ep->maker, first->suite, first->key_id, now_us);
    const uint8_t *id = n2_resume_id(first->body);
    uint8_t context[N2_PROLOGUE_BYTES], payload[N2_RESUME_PAYLOAD1_BYTES];
    uint64_t until_us;
    n2_ticket ticket;
    n2_hello theirs;
    n2_resume r;

    ep->stats.hellos++;
    if (n2_maker_repeat(ep, first, back))
        return;
    if (!record || !n2_tickets_get(&ep->tickets, id, &ticket, &until_us, now_us)) {
        say_unknown(ep, first, back, now_us);
        return;
    }
    n2_prologue(context, N2_FIRST_RESUME, first->suite, first->key_id, record->hash);
    n2_resume_init(&r, n2_noise_suite_find(first->suite), &ticket, context, sizeof context);
    n2_err err = n2_resume_read1(&r, first->body, payload);
    if (!err)
        err = n2_hello_decode(&theirs, payload, sizeof payload);
    if (err) {
        ep->stats.hellos_refused++; /* the ticket stays for who has it */
    } else if (n2_maker_admits(ep, first, 0, back, now_us)) {
        n2_tickets_drop(&ep->tickets, id, id);
        ep->stats.resumed++;
        let_in(ep, &r, first, bytes, &theirs, until_us, back, now_us);
    }
    sodium_memzero(&ticket, sizeof ticket);
    n2_resume_clear(&r);
}

/* ---- asker ----------------------------------------------------------------------------------
 */

bool
n2_asker_resume(n2_endpoint *ep, n2_connection *c, const n2_op *op, uint64_t now_us)
{
    uint8_t context[N2_PROLOGUE_BYTES], payload[N2_HELLO_PAYLOAD_BYTES];
    uint8_t random[N2_RESUME_RANDOM_BYTES], body[N2_RESUME_MESSAGE_BYTES];
    n2_opening *o = c->opening;
    n2_ticket ticket;
    n2_hello offer;

    if (op->fresh ||
        !n2_tickets_get(&ep->own_tickets, op->record, &ticket, &o->ticket_until_us, now_us))
        return false;
    n2_tickets_drop(&ep->own_tickets, op->record, ticket.id);
    n2_prologue(context, N2_FIRST_RESUME, op->suite, op->key_id, op->record);
    n2_resume_init(&o->resume, n2_noise_suite_find(op->suite), &ticket, context,
                   sizeof context);
    n2_endpoint_offer(ep, c, &offer);
    n2_hello_encode(&offer, payload);
    n2_env_random(&ep->env, random, sizeof random);
    n2_err err = n2_resume_write1(&o->resume, &ticket, random, payload, body);
    sodium_memzero(&ticket, sizeof ticket);
    if (err) {
        n2_resume_clear(&o->resume);
        return false;
    }
    n2_first first = {
        .type = N2_FIRST_RESUME, .suite = op->suite, .key_id = op->key_id, .body = body};
    n2_first_encode(&first, o->hello);
    return true;
}

void
n2_asker_resumed(n2_endpoint *ep, const n2_first *first, uint64_t back, uint64_t now_us)
{
    n2_connection *c = n2_asker_find(ep, first->token);
    const n2_opening *o = c ? c->opening : NULL;
    uint8_t payload[N2_RESUME_PAYLOAD2_BYTES];
    n2_noise_keys keys;
    n2_hello peer;

    if (!o || !o->resume.suite || n2_resume_read2(&o->resume, first->body, payload, &keys)) {
        ep->stats.dropped++;
        return;
    }
    if (n2_hello_decode(&peer, payload, sizeof payload) || !n2_asker_accepts(ep, c, &peer)) {
        ep->stats.dropped++;
    } else {
        ep->stats.resumed++;
        n2_asker_opened(ep, c, &keys, &peer, back, o->ticket_until_us, now_us);
    }
    sodium_memzero(&keys, sizeof keys);
}

void
n2_asker_unknown(n2_endpoint *ep, const n2_first *first, uint64_t now_us)
{
    n2_connection *c = n2_asker_find(ep, first->token);

    if (c && c->opening->resume.suite)
        n2_asker_say_hello(ep, c, now_us);
    else
        ep->stats.dropped++;
}
