/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * handover.c - moves, checks and probes of one connection.
 */
#include "transport/handover.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/writer.h"
#include "transport/endpoint-private.h"
#include "wire/path.h"

enum {
    PROBE_TRIES = 3,         /* the low bits of a probe's check count them */
    RTT_LIKELY_US = 1000000, /* a check that took longer says more of who answered it */
    STEP_MIN_US = 100000,
    STEP_MAX_US = 500000
};

static_assert(crypto_shorthash_KEYBYTES == N2_CHECK_KEY_BYTES, "SipHash");
static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "a check is its output");

static n2_handover *
need(n2_connection *c)
{
    if (!c->handover) {
        c->handover = calloc(1, sizeof *c->handover);
        if (!c->handover)
            return NULL;
        n2_env_random(c->env, c->handover->key, sizeof c->handover->key);
        c->handover->due_us = UINT64_MAX;
    }
    return c->handover;
}

void
n2_handover_free(n2_handover *h)
{
    if (h)
        sodium_memzero(h, sizeof *h);
    free(h);
}

uint64_t
n2_handover_deadline(const n2_handover *h)
{
    if (!h)
        return UINT64_MAX;
    uint64_t at_us = h->due_us;
    for (size_t i = 0; i < N2_PROBES_MAX; i++)
        if (h->asked[i].in_use && h->asked[i].due_us < at_us)
            at_us = h->asked[i].due_us;
    return at_us;
}

void
n2_handover_slept(n2_handover *h, uint64_t pause_us)
{
    if (!h)
        return;
    if (h->due_us != UINT64_MAX)
        h->due_us += pause_us;
    h->said_us += pause_us; /* the round trips are not longer by it */
    h->checked_us += pause_us;
    for (size_t i = 0; i < N2_PROBES_MAX; i++) {
        h->asked[i].said_us += pause_us;
        h->asked[i].due_us += pause_us;
    }
}

uint64_t
n2_handover_told(const n2_handover *h)
{
    return h && h->awaits == N2_MOVE_AWAITS_NEWS ? h->told : 0;
}

/* What the peer has to say about a move @number to where @back leads; never 0. */
static uint64_t
check_of(const n2_handover *h, uint32_t number, uint64_t back)
{
    uint8_t bytes[12];
    uint64_t check;
    n2_writer w = n2_writer_init(bytes, sizeof bytes);

    n2_write_u32(&w, number);
    n2_write_u64(&w, back);
    (void)crypto_shorthash((uint8_t *)&check, bytes, sizeof bytes, h->key);
    return check ? check : 1;
}

/* Seals it now and sends it by @path, which need not be the one in use. */
static bool
say(n2_endpoint *ep,
    n2_connection *c,
    const n2_control_message *m,
    uint64_t path,
    uint64_t now_us)
{
    uint8_t data[N2_CONTROL_BYTES];
    n2_raw *raw = n2_raw_queue_add(&ep->raw);

    if (!raw)
        return false;
    n2_control_encode(m, data);
    raw->path = path;
    raw->len = (uint8_t)n2_connection_build_control(c, data, raw->bytes, now_us);
    if (!raw->len) {
        n2_raw_queue_unadd(&ep->raw);
        return false;
    }
    n2_packet_set_path(raw->bytes, path); /* which no seal covers */
    return true;
}

static uint64_t
step_us(const n2_connection *c)
{
    uint64_t us = n2_rate_timeout_us(&c->rate);

    return us < STEP_MIN_US ? STEP_MIN_US : us > STEP_MAX_US ? STEP_MAX_US : us;
}

/* What is under way went another way; what is known of that way is worth nothing here. */
static void
take_path(n2_connection *c, uint64_t path, uint64_t rtt_us, uint64_t now_us)
{
    if (path == c->path)
        return;
    c->path = path;
    c->handover->first = c->flight.next;
    n2_rate_restart(&c->rate, 0, rtt_us < RTT_LIKELY_US ? (uint32_t)rtt_us : 0, now_us);
    c->n_silent = 0;
    c->silent_packets = 0;
    c->progress_us = now_us;
}

static void
tell_moved(n2_endpoint *ep, const n2_connection *c, bool ours, n2_err err, uint64_t rtt_us)
{
    const n2_handover *h = c->handover;
    n2_event event = {.kind = N2_EVENT_MOVED,
                      .conn = c->id,
                      .err = err,
                      .initiator = ours,
                      .tag = ours ? h->tag : 0,
                      .path = err ? h->path : c->path,
                      .rtt_us = (uint32_t)rtt_us};

    n2_event_queue_push(&ep->events, &event);
}

/* ---- our own move ---------------------------------------------------------------------------
 */

static void
say_moved(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_handover *h = c->handover;
    n2_control_message m = {.type = N2_CONTROL_MOVED, .move = h->number};

    (void)say(ep, c, &m, h->path, now_us); /* if there is no room: again when it is due */
    h->said_us = now_us;
    h->due_us = now_us + (step_us(c) << h->tries);
}

static void
checked(n2_endpoint *ep, n2_connection *c, const n2_control_message *m, uint64_t now_us)
{
    n2_control_message answer = {
        .type = N2_CONTROL_CHECKED, .move = m->move, .check = m->check};
    n2_handover *h = c->handover;
    uint64_t rtt_us = now_us > h->said_us ? now_us - h->said_us : 1;

    (void)say(ep, c, &answer, h->path, now_us);
    h->told = m->check;
    if (h->awaits == N2_MOVE_AWAITS_NEWS)
        return;
    h->awaits = N2_MOVE_AWAITS_NEWS;
    h->tries = 0;
    if (h->is_label)
        c->path = h->path;
    else
        take_path(c, h->path, rtt_us, now_us);
    n2_connection_window_moved(c, now_us); /* an acknowledgement, which repeats the answer */
    h->due_us = now_us + step_us(c);
    tell_moved(ep, c, true, N2_OK, rtt_us);
}

static void
rest(n2_handover *h)
{
    h->awaits = N2_MOVE_AWAITS_NOTHING;
    h->due_us = UINT64_MAX;
    h->tries = 0;
    h->told = 0;
}

void
n2_handover_heard(n2_connection *c, uint64_t back)
{
    n2_handover *h = c->handover;

    if (back == h->path) {
        h->is_unheard = false;
        if (h->awaits == N2_MOVE_AWAITS_NEWS)
            rest(h);
    } else if (h->is_unheard && c->path == h->path) {
        /* It is there, and goes the old way: it slept through all that we said. */
        h->is_unheard = false;
        h->awaits = N2_MOVE_AWAITS_NEWS;
        h->due_us = 0;
    }
}

static void
move_due(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_handover *h = c->handover;

    if (++h->tries < N2_MOVE_TRIES) {
        say_moved(ep, c, now_us);
        return;
    }
    bool is_vain = h->awaits == N2_MOVE_AWAITS_CHECK;
    h->is_unheard = !is_vain;
    rest(h);
    if (is_vain && !h->is_label)
        tell_moved(ep, c, true, N2_ERR_TIMEOUT, 0);
}

/* ---- the peer's move ------------------------------------------------------------------------
 */

static void
peer_moved(n2_endpoint *ep,
           n2_connection *c,
           const n2_control_message *m,
           uint64_t back,
           uint64_t now_us)
{
    n2_handover *h = need(c);

    if (!h || m->move < h->peer_number || (m->move == h->peer_number && back != c->path)) {
        ep->moves.refused++; /* one from before, that was under way for long */
        return;
    }
    if (m->move == h->peer_number) {
        n2_connection_window_moved(c, now_us); /* an acknowledgement: we did follow */
        return;
    }
    if (!n2_bucket_take(&h->moves, N2_MOVE_PER_S, N2_MOVE_BURST, now_us)) {
        ep->moves.moves++;
        return;
    }
    n2_control_message check = {
        .type = N2_CONTROL_CHECK, .move = m->move, .check = check_of(h, m->move, back)};
    (void)say(ep, c, &check, back, now_us);
    h->checked_us = now_us;
    h->asked_number = m->move;
    /* It says that it moves, and what we answer does not reach it: it may be lost to us. */
    if (++h->n_unanswered == N2_MOVE_TRIES)
        n2_event_queue_push(
            &ep->events,
            &(n2_event){.kind = N2_EVENT_PATH_LOST, .conn = c->id, .path = c->path});
}

static void
follow(n2_endpoint *ep, n2_connection *c, uint32_t number, uint64_t back, uint64_t now_us)
{
    n2_handover *h = c->handover;
    uint64_t rtt_us = now_us > h->checked_us ? now_us - h->checked_us : 1;

    h->peer_number = number;
    h->n_unanswered = 0;
    take_path(c, back, rtt_us, now_us);
    n2_connection_window_moved(c, now_us); /* the mover waits for anything by the new way */
    tell_moved(ep, c, false, N2_OK, rtt_us);
}

/* ---- probes ---------------------------------------------------------------------------------
 */

static void
tell_probed(n2_endpoint *ep, const n2_connection *c, n2_probe *p, n2_err err, uint64_t rtt_us)
{
    n2_event event = {.kind = N2_EVENT_PROBED,
                      .conn = c->id,
                      .tag = p->tag,
                      .err = err,
                      .rtt_us = (uint32_t)rtt_us};

    p->in_use = false;
    n2_event_queue_push(&ep->events, &event);
}

static void
say_probe(n2_endpoint *ep, n2_connection *c, n2_probe *p, uint64_t now_us)
{
    n2_control_message m = {.type = N2_CONTROL_CHECK, .check = p->check + p->tries};

    (void)say(ep, c, &m, c->path, now_us);
    p->said_us = now_us;
    p->due_us = now_us + n2_rate_timeout_us(&c->rate);
}

static void
probe(n2_endpoint *ep, n2_connection *c, uint64_t tag, uint64_t now_us)
{
    n2_event refused = {.kind = N2_EVENT_PROBED, .conn = c->id, .tag = tag};
    n2_handover *h = need(c);
    n2_probe *p = NULL;
    uint32_t n = 0;

    for (size_t i = 0; h && i < N2_PROBES_MAX; i++) {
        n += h->asked[i].in_use;
        if (!h->asked[i].in_use)
            p = &h->asked[i];
    }
    if (!p) {
        ep->moves.asked += h != NULL;
        refused.err = h ? N2_ERR_LIMIT : N2_ERR_NOMEM;
        n2_event_queue_push(&ep->events, &refused);
        return;
    }
    if (n + 1 > ep->moves.most_asked)
        ep->moves.most_asked = n + 1;
    *p = (n2_probe){.in_use = true, .tag = tag};
    n2_env_random(c->env, (uint8_t *)&p->check, sizeof p->check);
    p->check &= ~(uint64_t)PROBE_TRIES;
    say_probe(ep, c, p, now_us);
}

static void
probe_answered(n2_endpoint *ep, n2_connection *c, uint64_t check, uint64_t now_us)
{
    n2_handover *h = c->handover;

    for (size_t i = 0; h && i < N2_PROBES_MAX; i++) {
        n2_probe *p = &h->asked[i];
        if (!p->in_use || p->check != (check & ~(uint64_t)PROBE_TRIES))
            continue;
        /* An answer to an earlier try says that it is there, and how long it took at most. */
        uint64_t took_us = now_us > p->said_us ? now_us - p->said_us : 1;
        tell_probed(ep, c, p, N2_OK, took_us);
        return;
    }
    ep->moves.refused++;
}

static void
probed(n2_endpoint *ep, n2_connection *c, uint64_t check, uint64_t now_us)
{
    n2_control_message answer = {.type = N2_CONTROL_CHECKED, .check = check};
    n2_handover *h = need(c);

    if (!h || !n2_bucket_take(&h->probes, N2_PROBE_PER_S, N2_PROBE_BURST, now_us)) {
        ep->moves.probes++;
        return;
    }
    (void)say(ep, c, &answer, c->path, now_us);
}

/* ---- entries --------------------------------------------------------------------------------
 */

static void
begin_move(n2_endpoint *ep, n2_connection *c, uint64_t path, uint64_t now_us)
{
    n2_handover *h = c->handover;

    rest(h);
    h->is_unheard = false;
    h->number++;
    h->path = path;
    h->awaits = N2_MOVE_AWAITS_CHECK;
    say_moved(ep, c, now_us);
}

void
n2_handover_op(n2_endpoint *ep, n2_connection *c, const n2_op *op, uint64_t now_us)
{
    if (op->kind == N2_OP_PROBE) {
        probe(ep, c, op->tag, now_us);
        return;
    }
    n2_handover *h = need(c);
    if (!h) {
        n2_event event = {.kind = N2_EVENT_MOVED,
                          .conn = c->id,
                          .err = N2_ERR_NOMEM,
                          .initiator = true,
                          .tag = op->tag,
                          .path = op->path};
        n2_event_queue_push(&ep->events, &event);
        return;
    }
    h->tag = op->tag;
    h->is_label = false;
    begin_move(ep, c, op->path, now_us);
}

void
n2_handover_label(n2_endpoint *ep, n2_connection *c, uint64_t path, uint64_t now_us)
{
    n2_handover *h = need(c);

    if (!h)
        return; /* the way that it has does too, as long as the same servers are there */
    h->tag = 0;
    h->is_label = true;
    begin_move(ep, c, path, now_us);
}

void
n2_handover_message(n2_endpoint *ep,
                    n2_connection *c,
                    const n2_control_message *m,
                    uint64_t back,
                    uint64_t now_us)
{
    n2_handover *h = c->handover;
    uint32_t number = m->move;
    uint64_t check = m->check;

    switch (m->type) {
    case N2_CONTROL_MOVED:
        peer_moved(ep, c, m, back, now_us);
        return;
    case N2_CONTROL_CHECK:
        if (!m->move)
            probed(ep, c, m->check, now_us);
        else if (h && h->awaits != N2_MOVE_AWAITS_NOTHING && m->move == h->number &&
                 back == h->path)
            checked(ep, c, m, now_us);
        else
            ep->moves.refused++;
        return;
    case N2_CONTROL_ACK:
        if (!h || !h->n_unanswered || !m->ack.check)
            return;
        number = h->asked_number;
        check = m->ack.check;
        break;
    case N2_CONTROL_CHECKED:
        if (!m->move) {
            probe_answered(ep, c, m->check, now_us);
            return;
        }
        break;
    case N2_CONTROL_CLOSE:
    case N2_CONTROL_FRESH:
        return;
    }
    /* The answer to a check is bound to the way that it comes, whoever brings it there. */
    if (h && number > h->peer_number && check == check_of(h, number, back))
        follow(ep, c, number, back, now_us);
    else if (!h || number != h->peer_number) /* else it is a second answer */
        ep->moves.refused++;
}

void
n2_handover_expire(n2_endpoint *ep, n2_connection *c, uint64_t now_us)
{
    n2_handover *h = c->handover;

    if (!h)
        return;
    if (now_us >= h->due_us)
        move_due(ep, c, now_us);
    for (size_t i = 0; i < N2_PROBES_MAX; i++) {
        n2_probe *p = &h->asked[i];
        if (!p->in_use || now_us < p->due_us)
            continue;
        if (++p->tries > PROBE_TRIES)
            tell_probed(ep, c, p, N2_ERR_TIMEOUT, 0);
        else
            say_probe(ep, c, p, now_us);
    }
}
