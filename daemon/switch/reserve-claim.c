/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve-claim.c - reservations that our own node asks for, renews and gives back, and the
 *                   allotments that an edge switch has with large ones.
 *
 * An allotment is a reservation of our own to the switch behind the last large one.  The first
 * call that way asks everybody, and its answer brings the marks of the large ones; then
 * as much again is asked for, and calls that fit into it are nobody else's business.  It grows
 * by what is used of it, N2_RESERVE_STEP_CALLS calls at most, when less than a quarter of that
 * is left, and shrinks to as much above what is used when it is renewed: so it never has more
 * than twice what calls have, and one that asks much and uses nothing multiplies nothing.
 */
#include <stdlib.h>

#include "switch/reserve-private.h"
#include "wire/path.h"

/* ---- slots ----------------------------------------------------------------------------------
 */

enum {
    ALL = N2_CLAIMS_MAX + N2_STEPS_MAX /* our own, and behind them the allotments */
};

static n2_claim *
claim_new(n2_reserve *r, bool is_allotment)
{
    size_t first = is_allotment ? N2_CLAIMS_MAX : 0, end = is_allotment ? ALL : N2_CLAIMS_MAX;

    if (!r->claims)
        r->claims = calloc(ALL, sizeof *r->claims);
    for (size_t i = first; r->claims && i < end; i++) {
        n2_claim *c = &r->claims[i];
        if (c->state == N2_CLAIM_FREE && !c->has_event) {
            *c = (n2_claim){.is_allotment = is_allotment};
            n2_env_random(&r->env, &c->id, sizeof c->id);
            r->n_claims++;
            r->n_steps += is_allotment;
            return c;
        }
    }
    r->stats.claims_full += r->claims && !is_allotment;
    return NULL;
}

static n2_claim *
claim_find(const n2_reserve *r, uint64_t tag)
{
    for (size_t i = 0; r->n_claims && i < ALL; i++) {
        n2_claim *c = &r->claims[i];
        if (c->state != N2_CLAIM_FREE && !c->is_allotment && c->tag == tag)
            return c;
    }
    return NULL;
}

static void
claim_end(n2_reserve *r, n2_claim *c)
{
    c->state = N2_CLAIM_FREE;
    r->n_claims--;
    r->n_steps -= c->is_allotment;
}

static void
tell(n2_reserve *r, n2_claim *c, n2_err err, bool is_over)
{
    if (c->is_allotment)
        return;
    r->n_events += !c->has_event;
    c->has_event = true;
    c->err = (int8_t)err;
    c->is_over = is_over;
}

bool
n2_reserve_take_event(n2_reserve *r, n2_reserve_event *event)
{
    for (size_t i = 0; r->n_events && i < ALL; i++) {
        n2_claim *c = &r->claims[i];
        if (!c->has_event)
            continue;
        *event = (n2_reserve_event){.tag = c->tag,
                                    .err = (n2_err)c->err,
                                    .is_over = c->is_over,
                                    .reason = c->reason,
                                    .place = c->place,
                                    .unsure = c->unsure,
                                    .kbps = c->is_over ? 0 : c->kbps,
                                    .offer_kbps = c->offer_kbps,
                                    .class = c->class,
                                    .claim_path = c->path,
                                    .path = c->err == N2_ERR_REFUSED ? c->back_path : c->path};
        c->has_event = false;
        r->n_events--;
        return true;
    }
    return false;
}

/* ---- messages -------------------------------------------------------------------------------
 */

static void
say(n2_reserve *r, const n2_claim *c, n2_reserve_what what)
{
    n2_reserve_say(r, &(n2_reserve_message){.what = what,
                                            .is_allotment = c->is_allotment,
                                            .class = c->class,
                                            .from = c->is_allotment ? r->width : 0,
                                            .id = c->id,
                                            .kbps = c->want_kbps ? c->want_kbps : 1,
                                            .offer_kbps = UINT32_MAX,
                                            .path = c->path});
}

static void
ask(n2_reserve *r, n2_claim *c, uint32_t kbps, uint64_t now_us)
{
    c->want_kbps = kbps;
    c->state = N2_CLAIM_ASKING;
    c->tries = 1;
    c->next_us = now_us + N2_RESERVE_RETRY_US;
    if (r->claims_us > c->next_us)
        r->claims_us = c->next_us;
    r->stats.steps += c->is_allotment;
    say(r, c, N2_RESERVE_ASK);
}

/* One flow has one reservation: two of them would take turns in each switch. */
static bool
has_other(const n2_reserve *r, const n2_reserve_claim *claim)
{
    for (size_t i = 0; r->n_claims && i < N2_CLAIMS_MAX; i++) {
        const n2_claim *c = &r->claims[i];
        if (c->state != N2_CLAIM_FREE && c->path == claim->path && c->tag != claim->tag)
            return true;
    }
    return false;
}

n2_err
n2_reserve_ask(n2_reserve *r, const n2_reserve_claim *claim, uint64_t now_us)
{
    if (!claim->kbps || claim->class > N2_CLASS_HIGH || !(claim->path >> (64 - r->width)))
        return N2_ERR_USAGE;
    n2_claim *c = claim_find(r, claim->tag);
    if (c && (c->path != claim->path || c->class != claim->class)) { /* another flow */
        say(r, c, N2_RESERVE_RELEASE);
        claim_end(r, c);
        c = NULL;
    }
    if (has_other(r, claim))
        return N2_ERR_EXISTS;
    if (!c) {
        c = claim_new(r, false);
        if (!c)
            return r->claims ? N2_ERR_LIMIT : N2_ERR_NOMEM;
        c->tag = claim->tag;
        c->path = claim->path;
        c->class = claim->class;
    }
    c->wants_change = true;
    ask(r, c, claim->kbps, now_us);
    return N2_OK;
}

static bool
found(const n2_claim *c, n2_reserve_claim *out)
{
    if (c)
        *out = (n2_reserve_claim){
            .tag = c->tag, .path = c->path, .kbps = c->kbps, .class = c->class};
    return c != NULL;
}

bool
n2_reserve_find_claim(const n2_reserve *r, uint64_t tag, n2_reserve_claim *out)
{
    return found(claim_find(r, tag), out);
}

bool
n2_reserve_find_path(const n2_reserve *r, uint64_t path, n2_reserve_claim *out)
{
    for (size_t i = 0; r->n_claims && i < ALL; i++) {
        const n2_claim *c = &r->claims[i];
        if (c->state != N2_CLAIM_FREE && !c->is_allotment && c->kbps && c->path == path)
            return found(c, out);
    }
    return false;
}

bool
n2_reserve_has_claims(const n2_reserve *r)
{
    return r->n_claims != 0;
}

void
n2_reserve_give_back(n2_reserve *r, uint64_t tag, uint64_t now_us)
{
    n2_claim *c = claim_find(r, tag);

    (void)now_us;
    if (!c)
        return;
    say(r, c, N2_RESERVE_RELEASE);
    r->n_events -= c->has_event;
    c->has_event = false;
    claim_end(r, c);
}

/* ---- allotments
 * ------------------------------------------------------------------------------ */

static uint16_t
number_of(const n2_reserve *r, const n2_claim *c)
{
    return (uint16_t)(c - r->claims);
}

/* No call is in it any more; they ask all of their way when they are renewed. */
static void
step_leave(n2_reserve *r, n2_claim *c)
{
    for (size_t i = 0; i < r->n_rows_used; i++)
        if (r->rows[i].is_taken && r->rows[i].claim == number_of(r, c))
            n2_kept_join(r, &r->rows[i], N2_ROW_NONE, 0);
}

static void
step_rest(n2_reserve *r, n2_claim *c, uint64_t now_us)
{
    step_leave(r, c);
    c->kbps = 0;
    c->state = N2_CLAIM_RESTING;
    c->next_us = now_us + N2_RESERVE_RENEW_US;
}

/* The allotment for what leaves by @row's out-port on its way. */
static n2_claim *
step_find(const n2_reserve *r, const n2_kept *row)
{
    for (size_t i = 0; r->n_claims && i < ALL; i++) {
        n2_claim *c = &r->claims[i];
        if (c->state != N2_CLAIM_FREE && c->is_allotment &&
            c->class == (uint8_t)(row->key & 3) &&
            c->path >> (64 - r->width) == row->out_port &&
            !((c->path << r->width ^ row->key) >> (64 - c->bits)))
            return c;
    }
    return NULL;
}

/* It grows by as much as is used, one call at least, and N2_RESERVE_STEP_CALLS at most. */
static uint32_t
grows_by(const n2_claim *c, uint64_t used_kbps, uint32_t kbps)
{
    uint64_t more = used_kbps < c->step_kbps ? used_kbps : c->step_kbps;

    return more > kbps ? (uint32_t)more : kbps;
}

const n2_claim *
n2_step_join(n2_reserve *r, n2_kept *row, uint32_t kbps, uint64_t now_us)
{
    n2_claim *c = step_find(r, row);

    if (!c || !c->kbps)
        return NULL;
    uint32_t own = row->claim == number_of(r, c) ? row->step_kbps : 0;
    uint32_t take = kbps > row->kbps ? kbps : row->kbps; /* less may be refused */
    uint64_t want = c->used_kbps - own + (uint64_t)take;
    bool shrinks = c->state == N2_CLAIM_ASKING && c->want_kbps < c->kbps;
    bool fits = want <= (shrinks ? c->want_kbps : c->kbps);

    n2_kept_join(r, row, fits ? number_of(r, c) : N2_ROW_NONE, take);
    uint32_t more = grows_by(c, want, kbps);
    if (c->state == N2_CLAIM_HELD && now_us >= c->grow_us && want + more / 4 > c->kbps)
        ask(r, c, c->kbps < UINT32_MAX - more ? c->kbps + more : UINT32_MAX, now_us);
    return fits ? c : NULL;
}

/* So much at once at most; 0: it is not worth it.  No more than a part of what there is, so
 * that calls that nobody uses can't take it all from others. */
static uint32_t
step_for(const n2_kept *row, const n2_reserve_message *m)
{
    uint64_t step = (uint64_t)row->kbps * N2_RESERVE_STEP_CALLS;

    if (step > m->offer_kbps / N2_RESERVE_STEP_PART)
        step = m->offer_kbps / N2_RESERVE_STEP_PART;
    return step < 2 * (uint64_t)row->kbps ? 0 : (uint32_t)step;
}

/* Has @share as many allotments as all others may still have? */
static bool
has_its_steps(const n2_reserve *r, uint32_t share)
{
    uint32_t n = 0;

    for (size_t i = N2_CLAIMS_MAX; r->n_steps && i < ALL; i++)
        n += r->claims[i].state != N2_CLAIM_FREE && r->claims[i].share == share;
    return n + 1 >= N2_STEPS_MAX - r->n_steps;
}

void
n2_step_learn(n2_reserve *r, const n2_kept *row, const n2_reserve_message *m, uint64_t now_us)
{
    uint64_t ahead = m->marks & (UINT64_MAX << row->used << 1);
    uint32_t step = step_for(row, m);

    if (r->role != N2_RESERVE_ROLE_EDGE || row->is_allotment || !step || !ahead ||
        row->used >= N2_PATH_BITS)
        return;
    unsigned last = 63 - (unsigned)__builtin_clzll(ahead), bits = last - row->used;
    if (last > N2_PATH_BITS || r->width + bits > N2_PATH_BITS || step_find(r, row))
        return;
    uint32_t share = n2_share_of_row(r, row);
    n2_claim *c = has_its_steps(r, share) ? NULL : claim_new(r, true);
    if (!c) {
        r->stats.steps_full++;
        return;
    }
    c->share = share;
    c->class = (uint8_t)(row->key & 3);
    c->bits = (uint8_t)bits;
    c->path = (uint64_t)row->out_port << (64 - r->width) |
              (row->key & UINT64_MAX << (64 - bits)) >> r->width;
    c->step_kbps = step;
    ask(r, c, row->kbps, now_us);
}

/* ---- answers --------------------------------------------------------------------------------
 */

static void
granted(n2_reserve *r, n2_claim *c, const n2_reserve_message *m, uint64_t now_us)
{
    if (c->state != N2_CLAIM_ASKING || m->kbps != c->want_kbps)
        return; /* to a question that was asked before */
    c->state = N2_CLAIM_HELD;
    c->kbps = c->want_kbps;
    c->reason = N2_RESERVE_REASON_NONE;
    c->place = m->place;
    c->unsure = m->unsure;
    c->offer_kbps = m->offer_kbps;
    c->until_us = now_us + N2_RESERVE_US;
    c->next_us = now_us + N2_RESERVE_RENEW_US;
    if (c->wants_change)
        tell(r, c, N2_OK, false);
    c->wants_change = false;
}

/* It ends here, whatever others on the way still hold. */
static void
lost(n2_reserve *r, n2_claim *c, n2_err err, uint64_t now_us)
{
    say(r, c, N2_RESERVE_RELEASE);
    if (c->is_allotment) {
        step_rest(r, c, now_us);
        return;
    }
    tell(r, c, err, true);
    claim_end(r, c);
}

/* Another rate is not to be had: it stays as it was. */
static void
stays(n2_reserve *r, n2_claim *c, n2_err err, uint64_t now_us)
{
    c->want_kbps = c->kbps;
    c->state = N2_CLAIM_HELD;
    c->next_us = now_us + N2_RESERVE_RETRY_US;
    if (r->claims_us > c->next_us)
        r->claims_us = c->next_us;
    c->wants_change = false;
    c->step_kbps /= 2;
    c->grow_us = now_us + N2_RESERVE_GROW_US;
    tell(r, c, err, false);
}

static void
refused(n2_reserve *r, n2_claim *c, const n2_reserve_message *m, uint64_t now_us)
{
    bool is_cut = m->what == N2_RESERVE_CUT, was_down = c->reason == N2_RESERVE_REASON_DOWN;

    if (!is_cut && (c->state != N2_CLAIM_ASKING || m->kbps != c->want_kbps))
        return;
    c->reason = m->reason;
    c->place = m->place;
    c->offer_kbps = m->offer_kbps;
    c->back_path = n2_path_answer(m->path);
    if (m->reason == N2_RESERVE_REASON_DOWN && !c->is_allotment) {
        /* What was given once: the line may be back soon, or its switch have begun anew. */
        if (c->kbps && is_cut)
            ask(r, c, c->want_kbps, now_us);
        if (c->kbps || was_down) {
            c->kbps = 0;
            return;
        }
    }
    if (!is_cut && c->kbps && c->want_kbps > c->kbps)
        stays(r, c, N2_ERR_REFUSED, now_us);
    else
        lost(r, c, N2_ERR_REFUSED, now_us);
}

void
n2_claim_answer(n2_reserve *r,
                uint32_t in_port,
                bool is_known,
                const n2_reserve_message *m,
                uint64_t now_us)
{
    for (size_t i = 0; r->n_claims && i < ALL; i++) {
        n2_claim *c = &r->claims[i];
        if (c->state == N2_CLAIM_FREE || c->state == N2_CLAIM_RESTING || c->id != m->id)
            continue;
        /* An allotment has no row here: it passes its own switch unread. */
        if (in_port && !(c->is_allotment ? c->path >> (64 - r->width) == in_port : is_known))
            return;
        if (m->what == N2_RESERVE_GRANTED)
            granted(r, c, m, now_us);
        else
            refused(r, c, m, now_us);
        return;
    }
}

/* ---- time -----------------------------------------------------------------------------------
 */

static void
renew(n2_reserve *r, n2_claim *c, uint64_t now_us)
{
    uint32_t kbps = c->kbps;

    if (c->is_allotment && !c->used_kbps) {
        say(r, c, N2_RESERVE_RELEASE);
        claim_end(r, c);
        return;
    }
    if (c->is_allotment) {
        uint64_t most = (uint64_t)c->used_kbps + grows_by(c, c->used_kbps, 0);
        kbps = kbps > most ? (uint32_t)most : kbps;
    }
    if (now_us >= c->until_us) /* we slept: what is lost now is asked for again, as at first */
        c->until_us = now_us + 2 * N2_RESERVE_PENDING_US;
    ask(r, c, kbps, now_us);
}

/* No answer yet. */
static void
again(n2_reserve *r, n2_claim *c, uint64_t now_us)
{
    if (c->kbps ? now_us >= c->until_us : c->tries >= N2_RESERVE_TRIES) {
        lost(r, c, c->reason == N2_RESERVE_REASON_DOWN ? N2_ERR_REFUSED : N2_ERR_TIMEOUT,
             now_us);
    } else if (c->kbps && c->want_kbps != c->kbps && c->tries >= N2_RESERVE_TRIES) {
        stays(r, c, N2_ERR_TIMEOUT, now_us);
    } else {
        if (c->tries < UINT8_MAX)
            c->tries++;
        c->next_us =
            now_us + N2_RESERVE_RETRY_US * (c->tries < N2_RESERVE_TRIES ? c->tries : 4);
        say(r, c, N2_RESERVE_ASK);
    }
}

/* What became later since it was looked at only makes us look once too often. */
static uint64_t
earliest(const n2_reserve *r)
{
    uint64_t next_us = UINT64_MAX;

    for (size_t i = 0; r->n_claims && i < ALL; i++)
        if (r->claims[i].state != N2_CLAIM_FREE && r->claims[i].next_us < next_us)
            next_us = r->claims[i].next_us;
    return next_us;
}

void
n2_claims_expire(n2_reserve *r, uint64_t now_us)
{
    if (now_us < r->claims_us)
        return;
    for (size_t i = 0; r->n_claims && i < ALL; i++) {
        n2_claim *c = &r->claims[i];
        if (c->state == N2_CLAIM_FREE || now_us < c->next_us)
            continue;
        if (r->out_tail - r->out_head == N2_RESERVE_OUT)
            break; /* the rest when there is room for their words */
        if (c->state == N2_CLAIM_RESTING)
            claim_end(r, c);
        else if (c->state == N2_CLAIM_HELD)
            renew(r, c, now_us);
        else
            again(r, c, now_us);
    }
    r->claims_us = earliest(r);
}
