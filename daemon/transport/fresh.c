/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fresh.c - a fresh exchange of keys inside a resumed connection.
 */
#include "transport/fresh.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "transport/endpoint-private.h"

enum {
    AGAIN_US = 1000000 /* between two questions */
};

n2_err
n2_fresh_begin(n2_connection *c,
               const n2_noise_suite *suite,
               const n2_ticket *ticket,
               const uint8_t *key,
               uint64_t now_us)
{
    n2_fresh *f = calloc(1, sizeof *f);

    if (!f)
        return N2_ERR_NOMEM;
    f->suite = suite;
    f->ticket = *ticket;
    memcpy(f->old_id, ticket->id, sizeof f->old_id);
    f->awaits = key ? N2_FRESH_AWAITS_TIME : N2_FRESH_AWAITS_QUESTION;
    if (key)
        memcpy(f->key, key, sizeof f->key);
    f->end_us = now_us + N2_FRESH_END_US;
    f->due_us = key ? now_us + N2_FRESH_US : f->end_us;
    c->fresh = f;
    return N2_OK;
}

void
n2_fresh_free(n2_fresh *f)
{
    if (f)
        sodium_memzero(f, sizeof *f);
    free(f);
}

uint64_t
n2_fresh_deadline(const n2_fresh *f)
{
    return f ? f->due_us : UINT64_MAX;
}

bool
n2_fresh_may_turn(const n2_fresh *f)
{
    return !f || f->awaits == N2_FRESH_AWAITS_SEEN;
}

bool
n2_fresh_may_follow(const n2_fresh *f)
{
    return !f || f->awaits == N2_FRESH_AWAITS_SEEN || f->awaits == N2_FRESH_AWAITS_TURN;
}

static void
say(n2_endpoint *ep, n2_connection *c, bool is_answer, uint64_t now_us)
{
    n2_control_message m = {.type = N2_CONTROL_FRESH, .is_answer = is_answer};
    uint8_t data[N2_CONTROL_BYTES];

    memcpy(m.e, c->fresh->e, c->fresh->suite->dh_bytes);
    n2_control_encode(&m, data);
    n2_raw *raw = n2_raw_queue_add(&ep->raw);
    if (!raw)
        return; /* asked for again */
    raw->path = c->path;
    raw->len = (uint16_t)n2_connection_build_control(c, data, raw->bytes, now_us);
    if (!raw->len)
        n2_raw_queue_unadd(&ep->raw);
}

/* Agreement of our secret with the peer's e, mixed into what both directions come from next;
 * and the ticket drawn from that. */
static n2_err
mix(n2_connection *c, const uint8_t *theirs)
{
    uint8_t shared[N2_NOISE_DH_BYTES_MAX];
    n2_fresh *f = c->fresh;
    const n2_epochs *to_responder = c->is_initiator ? &c->seal : &c->open;
    const n2_epochs *to_initiator = c->is_initiator ? &c->open : &c->seal;

    n2_err err = n2_noise_agree(f->suite, f->secret, theirs, shared);
    if (!err) {
        n2_epochs_mix(&c->seal, shared, f->suite->dh_bytes);
        n2_epochs_mix(&c->open, shared, f->suite->dh_bytes);
        n2_ticket_draw(&f->ticket, to_responder->secret, to_initiator->secret);
    }
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(f->secret, sizeof f->secret);
    return err;
}

/* The ticket of the mixed secrets takes the place of the first, and the next key is due. */
static void
mixed(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_fresh *f = c->fresh;
    n2_tickets *table = c->is_initiator ? &ep->own_tickets : &ep->tickets;
    const uint8_t *key = c->is_initiator ? f->key : f->old_id;

    n2_tickets_drop(table, key, f->old_id);
    n2_tickets_put(table, c->is_initiator ? f->key : f->ticket.id, &f->ticket,
                   now_us + N2_TICKET_US, now_us);
    c->wants_turn = true;
    n2_connection_window_moved(c, now_us); /* something to seal under the new key */
}

static void
done(n2_connection *c)
{
    n2_fresh_free(c->fresh);
    c->fresh = NULL;
}

static void
question(n2_endpoint *ep, n2_connection *c, const uint8_t *theirs, uint64_t now_us)
{
    n2_fresh *f = c->fresh;

    if (f->awaits == N2_FRESH_AWAITS_QUESTION) {
        if (n2_noise_keypair(f->suite, &ep->env, f->secret, f->e) || mix(c, theirs))
            return; /* an e that no honest side draws, or no memory: it ends at its time */
        memcpy(f->theirs, theirs, f->suite->dh_bytes);
        f->awaits = N2_FRESH_AWAITS_TURN;
    }
    if (f->awaits == N2_FRESH_AWAITS_TURN && !memcmp(f->theirs, theirs, f->suite->dh_bytes))
        say(ep, c, true, now_us);
}

void
n2_fresh_message(n2_endpoint *ep,
                 n2_connection *c,
                 const n2_control_message *m,
                 uint64_t now_us)
{
    n2_fresh *f = c->fresh;

    if (!f) {
        ep->stats.dropped++; /* done already, or never due */
        return;
    }
    if (!m->is_answer) {
        question(ep, c, m->e, now_us);
    } else if (f->awaits == N2_FRESH_AWAITS_ANSWER && !mix(c, m->e)) {
        f->awaits = N2_FRESH_AWAITS_SEEN;
        f->due_us = now_us + AGAIN_US;
        mixed(ep, c, now_us);
    } else {
        ep->stats.dropped++;
    }
}

void
n2_fresh_turned(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    if (c->fresh && c->fresh->awaits == N2_FRESH_AWAITS_TURN) {
        mixed(ep, c, now_us);
        done(c);
    }
}

n2_err
n2_fresh_expire(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_fresh *f = c->fresh;

    if (!f || now_us < f->due_us)
        return N2_OK;
    if (f->awaits == N2_FRESH_AWAITS_SEEN && c->seal.epoch && c->is_seen) {
        done(c);
        return N2_OK;
    }
    if (now_us >= f->end_us)
        return N2_ERR_TIMEOUT;
    if (f->awaits == N2_FRESH_AWAITS_TIME) {
        if (n2_noise_keypair(f->suite, &ep->env, f->secret, f->e)) {
            f->due_us = now_us + AGAIN_US;
            return N2_OK;
        }
        f->awaits = N2_FRESH_AWAITS_ANSWER;
    }
    if (f->awaits == N2_FRESH_AWAITS_SEEN)
        n2_connection_window_moved(c, now_us);
    else
        say(ep, c, false, now_us);
    f->due_us = now_us + AGAIN_US < f->end_us ? now_us + AGAIN_US : f->end_us;
    return N2_OK;
}
