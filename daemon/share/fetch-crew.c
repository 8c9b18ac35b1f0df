/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-crew.c - the holders of one content who serve it at once: who is called, who writes
 *                the next stretch, and whose stretches go to others.
 *
 * One of them, the first, is asked for size and group nodes.  Once these are proven all are
 * called, and each stretch goes to whom it will soonest be had from: so holders are busy in
 * proportion to their pace.  Nearer ones first: those further away are asked only while no
 * nearer one serves.
 */
#include <string.h>

#include "share/fetch-private.h"

hand *
n2_crew_hand(transfer *t, const remote *r)
{
    for (size_t i = 0; r && i < t->n_holders; i++)
        if (t->hands[i].remote == r)
            return &t->hands[i];
    return NULL;
}

bool
n2_crew_has(const transfer *t, const remote *r)
{
    for (size_t i = 0; r && i < t->n_holders; i++)
        if (t->hands[i].remote == r)
            return true;
    return false;
}

void
n2_crew_add(transfer *t, const n2_id *holders, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;

        while (at < t->n_holders && !n2_id_equal(&t->holders[at], &holders[i]))
            at++;
        if (at == t->n_holders && at < N2_FETCH_HOLDERS_MAX)
            t->holders[t->n_holders++] = holders[i];
    }
}

void
n2_crew_fail(n2_fetch *f, transfer *t, remote *r, n2_err err, uint64_t now_us)
{
    hand *h = n2_crew_hand(t, r);

    if (t->remote == r) {
        n2_transfer_next_holder(f, t, err, now_us);
        return;
    }
    n2_content_give_up(f, t, r);
    n2_fetch_forget(f, r, t->id);
    h->err = err;
    h->remote = NULL;
}

/* ---- who writes next ---- */

/* 0 on the same network, 1 at the same provider, 2 far: as the round trip says. */
static unsigned
distance(const remote *r)
{
    return (r->rtt_us > N2_FETCH_LAN_US) + (r->rtt_us > N2_FETCH_NEAR_US);
}

/* For one stretch, as it was of late; 0: not known yet. */
static uint64_t
pace_us(const remote *r)
{
    return r->n_busy ? r->busy_us / r->n_busy : 0;
}

/* Whose pace is not known is taken to be as quick as the quickest. */
static uint64_t
best_pace_us(const transfer *t)
{
    uint64_t best = 0;

    for (size_t i = 0; i < t->n_holders; i++) {
        uint64_t pace = t->hands[i].remote ? pace_us(t->hands[i].remote) : 0;

        if (pace && (!best || pace < best))
            best = pace;
    }
    return best ? best : 1;
}

static bool
can_write(const transfer *t, const hand *h, uint64_t now_us)
{
    if (!h->remote || h->err || h->remote->state != REMOTE_OPEN || h->pause_until_us > now_us)
        return false;
    /* Before the nodes hold, only the first has said what it has. */
    return h->remote == t->remote || (t->phase == PHASE_STRETCHES && !t->size_is_said);
}

remote *
n2_crew_pick(n2_fetch *f, transfer *t, uint64_t now_us)
{
    uint64_t usual_us = best_pace_us(t), best_us = UINT64_MAX;
    unsigned nearest = UINT32_MAX;
    remote *best = NULL;

    (void)f;
    for (size_t i = 0; i < t->n_holders; i++) {
        remote *r = t->hands[i].remote;

        if (!can_write(t, &t->hands[i], now_us) || distance(r) > nearest)
            continue;
        uint64_t pace = pace_us(r) ? pace_us(r) : usual_us;
        uint64_t end_us = (r->n_stretches + 1) * pace;

        if (distance(r) < nearest || end_us < best_us) {
            nearest = distance(r);
            best_us = end_us;
            best = r;
        }
    }
    return best;
}

/* ---- who is called ---- */

static void
call(n2_fetch *f, transfer *t, size_t at, uint64_t now_us)
{
    hand *h = &t->hands[at];
    remote *r = n2_remote_for(f, &t->holders[at], now_us);

    if (!r || r->refused_until_us > now_us) {
        h->err = r ? N2_ERR_FORGED : N2_ERR_LIMIT;
        return;
    }
    h->remote = r;
    n2_remote_want(f, r, now_us);
}

/* Is there more to be had than one can write in a moment? */
static bool
is_for_all(const transfer *t)
{
    return t->phase == PHASE_STRETCHES && !t->size_is_said && n2_transfer_groups(t) > 1;
}

/* Those will be needed as soon as the nodes are here. */
static bool
is_for_all_soon(const transfer *t)
{
    return t->phase == PHASE_NODES || is_for_all(t);
}

static void
call_all(n2_fetch *f, transfer *t, uint64_t now_us)
{
    bool is_left = n2_stretch_next_group(f, t) < n2_transfer_groups(t);

    for (size_t i = 0; i < t->n_holders; i++) {
        hand *h = &t->hands[i];

        if (!h->remote && !h->err && is_left)
            call(f, t, i, now_us);
        else if (h->remote && h->remote->state == REMOTE_IDLE && is_left)
            n2_remote_want(f, h->remote, now_us); /* its connection ended while nothing was
                                                     to be asked */
    }
}

static bool
is_idle_first(const transfer *t)
{
    /* Nothing is to be asked of it: the reader takes his time. */
    return t->phase == PHASE_STRETCHES && !t->n_stretches && t->remote->state == REMOTE_OPEN &&
           !t->is_asked;
}

/* It is there and writes: how quickly is only seen at the end, so it is given longer, and more
 * each time. */
static bool
has_time_to_write(transfer *t, uint64_t now_us)
{
    const remote *r = t->remote;

    if (r->state != REMOTE_OPEN || t->is_asked || !t->n_stretches)
        return false;
    if (now_us < r->busy_since_us + (N2_FETCH_SILENCE_US << t->n_hedged))
        return true;
    t->n_hedged++;
    return false;
}

/* The first is of no use so long: one more is called, and who is there goes on. */
static void
hedge(n2_fetch *f, transfer *t, uint64_t now_us)
{
    t->hedge_us = now_us + N2_FETCH_HEDGE_US;
    if (is_idle_first(t) || has_time_to_write(t, now_us))
        return;
    for (size_t i = 0; i < t->n_holders; i++) {
        const hand *h = &t->hands[i];

        if (h->remote && h->remote != t->remote && h->remote->state == REMOTE_OPEN &&
            !h->pause_until_us) {
            t->hands[t->holder].pause_until_us = now_us + N2_FETCH_ASIDE_US;
            n2_transfer_lead(f, t, i);
            return;
        }
    }
    for (size_t i = 0; i < t->n_holders; i++)
        if (!t->hands[i].remote && !t->hands[i].err) {
            call(f, t, i, now_us);
            return;
        }
}

/* ---- who is stuck ---- */

/* Would another go on at once with what @r was to write? */
static const remote *
stand_in(const transfer *t, const remote *r, uint64_t now_us)
{
    const remote *best = NULL;

    for (size_t i = 0; i < t->n_holders; i++) {
        const remote *other = t->hands[i].remote;

        if (other != r && can_write(t, &t->hands[i], now_us) && pace_us(other) &&
            (!best || pace_us(other) < pace_us(best)))
            best = other;
    }
    return best;
}

/* When @r has had its time for a stretch; UINT64_MAX: nobody else could do it. */
static uint64_t
stuck_us(const n2_fetch *f, const transfer *t, const remote *r, uint64_t now_us)
{
    const remote *other = r->n_stretches ? stand_in(t, r, now_us) : NULL;

    if (!other)
        return UINT64_MAX;
    bool is_end = !other->n_stretches && n2_stretch_next_group(f, t) == n2_transfer_groups(t);
    uint64_t pace = pace_us(r) > pace_us(other) ? pace_us(r) : pace_us(other);
    /* What was under way with it was shared among all of them. */
    uint64_t since_us = r->busy_since_us;

    return since_us + 4 * pace * r->n_stretches +
           (is_end ? N2_FETCH_END_US + r->rtt_us : N2_FETCH_STUCK_US);
}

static bool
writes_for(const n2_fetch *f, const transfer *t, const remote *r)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++)
        if (f->stretches[i].state == STRETCH_ASKED && f->stretches[i].remote == r &&
            f->stretches[i].transfer == t->id)
            return true;
    return false;
}

static void
relieve(n2_fetch *f, transfer *t, uint64_t now_us)
{
    for (size_t i = 0; i < t->n_holders; i++) {
        hand *h = &t->hands[i];

        if (!h->remote || !writes_for(f, t, h->remote) ||
            stuck_us(f, t, h->remote, now_us) > now_us)
            continue;
        h->pause_until_us = now_us + N2_FETCH_ASIDE_US;
        f->counts.n_relieved++;
        n2_content_give_up(f, t, h->remote);
    }
}

/* The one of @r's for @t that was asked for last; NULL: it has one at most, which it writes. */
static stretch *
last_asked(n2_fetch *f, const transfer *t, const remote *r)
{
    stretch *last = NULL;

    for (size_t i = 0; r->n_stretches > 1 && i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if (s->state == STRETCH_ASKED && s->remote == r && s->transfer == t->id &&
            (!last || s->asked_us > last->asked_us ||
             (s->asked_us == last->asked_us && s->group > last->group)))
            last = s;
    }
    return last;
}

/* Nothing is left to be asked for, and one has nothing to do: it takes over what another would
 * begin with much later.  Holders write one after the other, so none of it came yet. */
static void
share_out(n2_fetch *f, transfer *t, uint64_t now_us)
{
    if (n2_stretch_next_group(f, t) < n2_transfer_groups(t))
        return;
    for (size_t i = 0; i < t->n_holders; i++) {
        const remote *r = t->hands[i].remote;
        const remote *other = r ? stand_in(t, r, now_us) : NULL;
        stretch *s = other && !other->n_stretches ? last_asked(f, t, r) : NULL;

        if (s && pace_us(r) * r->n_stretches > 2 * (pace_us(other) + other->rtt_us)) {
            n2_stretch_give_up(f, s);
            return;
        }
    }
}

void
n2_crew_tend(n2_fetch *f, transfer *t, uint64_t now_us)
{
    if (t->is_head || t->n_holders < 2 || !t->remote)
        return;
    if (is_for_all_soon(t))
        call_all(f, t, now_us);
    if (is_for_all(t)) {
        relieve(f, t, now_us);
        share_out(f, t, now_us);
    } else if (t->hedge_us && t->hedge_us <= now_us) {
        hedge(f, t, now_us);
    }
}

uint64_t
n2_crew_deadline(const n2_fetch *f, const transfer *t)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < t->n_holders; i++) {
        const hand *h = &t->hands[i];

        if (h->pause_until_us && h->pause_until_us < first)
            first = h->pause_until_us;
        if (t->n_holders < 2 || !is_for_all(t) || !h->remote || !writes_for(f, t, h->remote))
            continue;
        /* A pause of the others is over by then, or has a time of its own. */
        uint64_t at = stuck_us(f, t, h->remote, f->now_us);

        first = at < first ? at : first;
    }
    if (!t->is_head && t->n_holders > 1 && !is_for_all(t) && t->hedge_us < first)
        first = t->hedge_us;
    return first;
}
