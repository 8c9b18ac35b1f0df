/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rekey.c - how both ends of a connection go from one key to the next without losing a packet
 *           or believing one too many.
 *
 * The sender of a direction decides.  The receiver goes after it with the first packet that
 * opens under the next key, says so at once, and keeps the key before for what is late.  The
 * sender turns again only when it knows that it was followed, and when what it sealed before
 * has had its time; so a packet is under one of three keys, of which its phase leaves two.
 */
#include <sodium.h>

#include "transport/connection.h"
#include "transport/fresh.h"

enum {
    TURN_ROUND_TRIPS = 3,
    FAREWELLS = 16 /* packets behind the last */
};

static uint64_t
round_trips_us(const n2_connection *c)
{
    uint64_t rtt_us = c->rate.srtt_us ? c->rate.srtt_us : n2_rate_timeout_us(&c->rate);

    return TURN_ROUND_TRIPS * rtt_us;
}

/* ---- sealing --------------------------------------------------------------------------------
 */

uint64_t
n2_connection_counter(const n2_connection *c)
{
    return c->flight.next - c->seal_base[c->seal.epoch & 1];
}

bool
n2_connection_is_exhausted(const n2_connection *c)
{
    return n2_connection_counter(c) + FAREWELLS >= c->limits->packets_max;
}

static void
draw_prf(n2_connection *c)
{
    uint8_t key[N2_PRF_KEY_BYTES];

    n2_env_random(c->env, key, sizeof key);
    n2_prf_init(&c->prf[c->seal.epoch & 1], key);
    sodium_memzero(key, sizeof key);
}

n2_err
n2_connection_set_keys(n2_connection *c,
                       const n2_crypto *crypto,
                       const n2_env *env,
                       const n2_key_limits *limits,
                       const n2_noise_keys *keys,
                       uint8_t cipher)
{
    const uint8_t *out = c->is_initiator ? keys->to_responder : keys->to_initiator;
    const uint8_t *in = c->is_initiator ? keys->to_initiator : keys->to_responder;

    c->env = env;
    c->limits = limits;
    c->is_seen = true; /* the handshake proved epoch 0 */
    n2_err err = n2_epochs_init(&c->seal, crypto, c->spare, cipher, !c->is_initiator, out);
    draw_prf(c);
    return err ? err : n2_epochs_init(&c->open, crypto, c->spare, cipher, c->is_initiator, in);
}

void
n2_connection_turn_if_due(n2_connection *c, uint64_t now_us)
{
    uint64_t counter = n2_connection_counter(c);
    uint64_t age_us = now_us - c->seal_us;

    if (counter < c->limits->packets && age_us < c->limits->us && !c->wants_turn)
        return;
    if (!n2_fresh_may_turn(c->fresh) || !counter || !c->is_seen || age_us < round_trips_us(c))
        return;
    n2_epochs_prepare(&c->seal);
    n2_epochs_turn(&c->seal);
    n2_epochs_forget_old(&c->seal);
    c->seal_base[c->seal.epoch & 1] = c->flight.next;
    c->seal_us = now_us;
    c->is_seen = false;
    c->wants_turn = false;
    /* Counters come again: what the peer learned of the random halves is worth nothing. */
    draw_prf(c);
}

n2_err
n2_connection_span_of(n2_connection *c, const n2_ack *ack, n2_flight_span *span)
{
    uint32_t back = (c->seal.epoch - ack->epoch) & N2_ACK_EPOCH_MASK;
    bool phase = (c->seal.epoch - back) & 1;

    if (back > c->seal.epoch || back > N2_ACK_EPOCH_MASK / 2)
        return N2_ERR_FORGED;
    if (back > 1)
        return N2_ERR_STATE;
    if (!back)
        c->is_seen = true;
    *span = (n2_flight_span){.base = c->seal_base[phase],
                             .end = back ? c->seal_base[!phase] : c->flight.next,
                             .prf = &c->prf[phase]};
    return N2_OK;
}

/* ---- opening --------------------------------------------------------------------------------
 */

unsigned
n2_connection_epochs_for(n2_connection *c,
                         bool phase,
                         uint32_t counter,
                         uint32_t epochs[static 2])
{
    uint32_t now = c->open.epoch;
    bool is_new = n2_receipt_is_new(&c->receipts[phase], counter);
    unsigned n = 0;

    if (phase == (now & 1)) {
        if (is_new)
            epochs[n++] = now;
        return n;
    }
    if (c->open.has_old && is_new)
        epochs[n++] = now - 1;
    if (counter < N2_COUNTERS_MAX && n2_fresh_may_follow(c->fresh)) {
        n2_epochs_prepare(&c->open);
        epochs[n++] = now + 1;
    }
    return n;
}

void
n2_connection_opened(n2_connection *c, uint32_t epoch, uint64_t now_us)
{
    if (epoch != c->open.epoch + 1)
        return;
    n2_receipt *before = &c->receipts[c->open.epoch & 1];
    n2_receipt *fresh = &c->receipts[epoch & 1];

    c->n_counted += fresh->n_counted;
    n2_receipt_clear(fresh);
    n2_epochs_turn(&c->open);
    c->failed_openings = 0;
    c->old_us = now_us + N2_EPOCH_OLD_US;
    c->old_tellings = before->any_counted ? N2_ACK_TOLD : 0;
    c->told_old = false;
    /* The sender waits to hear that it was followed. */
    c->ack_repeats = 0;
    c->ack_due_us = now_us;
}

void
n2_connection_tell(n2_connection *c, n2_ack *ack)
{
    uint32_t epoch = c->open.epoch;

    c->told_old = c->old_tellings && !c->told_old;
    if (c->told_old) {
        c->old_tellings--;
        epoch--;
    }
    n2_receipt_tell(&c->receipts[epoch & 1], ack);
    ack->epoch = epoch & N2_ACK_EPOCH_MASK;
    ack->asks = !c->is_seen || (c->first_us && !c->is_begun);
    ack->received = c->n_counted + c->receipts[0].n_counted + c->receipts[1].n_counted;
}

bool
n2_connection_is_unheard(const n2_connection *c)
{
    return !c->open.epoch && !c->receipts[0].any;
}
