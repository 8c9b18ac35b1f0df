/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch.c - the transfers, whose turn it is, and the way in and out for events.
 */
#include "share/fetch-private.h"

#include <stdlib.h>
#include <string.h>

n2_err
n2_fetch_new(n2_fetch **out, const n2_fetch_config *config)
{
    n2_fetch *f = calloc(1, sizeof *f);

    if (!f)
        return N2_ERR_NOMEM;
    f->config = *config;
    n2_err err = n2_store_owner(config->store, N2_OWNER_CACHE, "cache", 0, &f->cache);

    if (err) {
        free(f);
        return err;
    }
    /* Numbers begin anywhere, so that a restarted node isn't taken for the one before. */
    n2_env_random(config->env, &f->n_regions, sizeof f->n_regions);
    n2_env_random(config->env, &f->serial, sizeof f->serial);
    f->n_regions %= N2_FETCH_NUMBERS * 1024u;
    *out = f;
    return N2_OK;
}

static void
clear_transfer(transfer *t)
{
    n2_part_free(t->part);
    n2_batch_free(t->batch);
    free(t->nodes);
    free(t->path);
    free(t->list);
    *t = (transfer){0};
}

void
n2_fetch_free(n2_fetch *fetch)
{
    if (!fetch)
        return;
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        n2_stretch_settle(fetch, &fetch->transfers[i]);
        clear_transfer(&fetch->transfers[i]);
    }
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++)
        free(fetch->stretches[i].block);
    free(fetch->events);
    free(fetch);
}

void
n2_fetch_clock(n2_fetch *fetch, int64_t wall_us)
{
    fetch->wall_us = wall_us;
}

/* ---- events out ---- */

void
n2_fetch_tell(n2_fetch *f, const n2_fetch_event *event)
{
    if (f->n_events == f->events_room) {
        size_t room = f->events_room ? f->events_room * 2 : 32;
        n2_fetch_event *events = malloc(room * sizeof *events);

        if (!events) {
            f->config.ops->err = N2_ERR_NOMEM;
            return;
        }
        for (size_t i = 0; i < f->n_events; i++)
            events[i] = f->events[(f->events_first + i) % f->events_room];
        free(f->events);
        f->events = events;
        f->events_room = room;
        f->events_first = 0;
    }
    f->events[(f->events_first + f->n_events++) % f->events_room] = *event;
}

bool
n2_fetch_next_event(n2_fetch *fetch, n2_fetch_event *out)
{
    if (!fetch->n_events)
        return false;
    *out = fetch->events[fetch->events_first];
    fetch->events_first = (fetch->events_first + 1) % fetch->events_room;
    fetch->n_events--;
    return true;
}

/* ---- transfers ---- */

transfer *
n2_fetch_find(n2_fetch *f, n2_transfer id)
{
    for (size_t i = 0; id && i < N2_FETCH_TRANSFERS_MAX; i++)
        if (f->transfers[i].id == id)
            return &f->transfers[i];
    return NULL;
}

/* Ends @t without a word. */
static void
drop(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_content_give_up(f, t, NULL);
    n2_stretch_settle(f, t);
    n2_fetch_forget(f, NULL, t->id);
    for (size_t i = 0; i < t->n_holders; i++)
        if (t->hands[i].remote)
            t->hands[i].remote->used_us = now_us;
    f->n_transfers -= t->id != 0;
    clear_transfer(t);
}

void
n2_transfer_end(n2_fetch *f, transfer *t, n2_err err, uint64_t now_us)
{
    n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_DONE,
                                       .transfer = t->id,
                                       .err = err,
                                       .who = t->holders[t->holder],
                                       .ref = t->ref,
                                       .done_bytes = t->done_bytes,
                                       .total_bytes = t->ref.size});
    drop(f, t, now_us);
}

/* What was said of it by one who does not serve holds no more. */
static void
begin_anew(n2_fetch *f, transfer *t)
{
    n2_fetch_forget(f, t->remote, t->id);
    t->is_asked = false;
    t->is_follow_asked = false;
    free(t->nodes);
    t->nodes = NULL;
    t->n_nodes = 0;
    if (t->list)
        t->list->is_answered = false;
    if (t->size_is_said) {
        t->size_is_said = false;
        t->ref.size = N2_SIZE_UNKNOWN;
        t->phase = PHASE_SIZE;
    }
}

void
n2_transfer_lead(n2_fetch *f, transfer *t, size_t at)
{
    n2_content_give_up(f, t, t->remote);
    begin_anew(f, t);
    t->holder = at;
    t->remote = t->hands[at].remote;
}

/* Joins @t to the holder at hand, or the first after it that can be asked. */
void
n2_transfer_attach(n2_fetch *f, transfer *t, uint64_t now_us)
{
    for (size_t i = 0; i < t->n_holders; i++) {
        hand *h = &t->hands[i];
        remote *r = h->err ? NULL : n2_remote_for(f, &t->holders[i], now_us);

        if (h->err)
            continue;
        t->holder = i;
        if (r && r->refused_until_us <= now_us) {
            h->remote = t->remote = r;
            t->hedge_us = now_us + N2_FETCH_HEDGE_US;
            n2_remote_want(f, r, now_us);
            return;
        }
        h->err = r ? N2_ERR_FORGED : N2_ERR_LIMIT;
        t->err = t->err ? t->err : h->err;
    }
    t->remote = NULL;
    n2_transfer_end(f, t, t->err, now_us);
}

/* One that was called meanwhile and is there, if there is one. */
static bool
lead_ready(n2_fetch *f, transfer *t)
{
    for (size_t i = 0; i < t->n_holders; i++) {
        const hand *h = &t->hands[i];

        if (!h->remote || h->err || h->remote->state != REMOTE_OPEN)
            continue;
        t->holder = i;
        t->remote = h->remote;
        return true;
    }
    (void)f;
    return false;
}

void
n2_transfer_next_holder(n2_fetch *f, transfer *t, n2_err err, uint64_t now_us)
{
    t->err = t->err ? t->err : err;
    n2_content_give_up(f, t, t->remote);
    begin_anew(f, t);
    t->hands[t->holder].err = err;
    t->hands[t->holder].remote = NULL;
    if (!lead_ready(f, t))
        n2_transfer_attach(f, t, now_us);
}

transfer *
n2_transfer_new(n2_fetch *f)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &f->transfers[i];

        if (t->id)
            continue;
        if (!++f->last_transfer)
            ++f->last_transfer;
        *t = (transfer){.id = f->last_transfer, .n_askers = 1};
        f->n_transfers++;
        return t;
    }
    f->counts.n_transfers_refused++;
    return NULL;
}

static transfer *
find_content(n2_fetch *f, const n2_ref *ref, unsigned content)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &f->transfers[i];

        if (t->id && !t->is_head && n2_id_equal(&t->ref.id, &ref->id) &&
            (ref->size == N2_SIZE_UNKNOWN || ref->size == t->ref.size) &&
            !((t->content ^ content) & N2_CONTENT_DIRECTORY)) {
            t->content |= content; /* closed for one of them: closed */
            return t;
        }
    }
    return NULL;
}

transfer *
n2_transfer_ahead(n2_fetch *f, remote *r, const n2_ref *ref, unsigned content, uint64_t now_us)
{
    transfer *t = find_content(f, ref, content) ? NULL : n2_transfer_new(f);

    if (!t)
        return NULL;
    t->n_askers = 0;
    t->ahead_until_us = now_us + N2_FETCH_AHEAD_US;
    t->phase = PHASE_SIZE;
    t->ref = *ref;
    t->content = content;
    t->holders[0] = r->who;
    t->n_holders = 1;
    t->hands[0].remote = t->remote = r;
    return t;
}

/* One that is under way and asks for the same. */
static transfer *
find_visit(n2_fetch *f, const n2_id *who, const char *path, unsigned n_groups)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &f->transfers[i];

        if (t->id && t->is_head && t->phase != PHASE_HEADS && t->phase != PHASE_WALK &&
            n2_id_equal(&t->holders[0], who) && !path == !t->path &&
            (!path || !strcmp(path, t->path)) && n_groups <= t->n_ahead)
            return t;
    }
    return NULL;
}

n2_err
n2_fetch_head(n2_fetch *fetch,
              const n2_id *who,
              const char *path,
              unsigned n_groups,
              uint64_t now_us,
              n2_transfer *out)
{
    transfer *t = find_visit(fetch, who, path, n_groups);

    if (t) {
        t->n_askers++;
        *out = t->id;
        return N2_OK;
    }
    t = n2_transfer_new(fetch);
    if (!t)
        return N2_ERR_LIMIT;
    t->path = path ? strdup(path) : NULL; /* without memory: the head alone */
    t->n_ahead = n_groups < N2_SERVE_GROUPS_MAX ? n_groups : N2_SERVE_GROUPS_MAX;
    t->is_head = true;
    t->phase = PHASE_HEAD;
    t->holders[0] = *who;
    t->n_holders = 1;
    *out = t->id;
    n2_transfer_attach(fetch, t, now_us);
    n2_fetch_pump(fetch, now_us);
    return N2_OK;
}

n2_err
n2_fetch_heads(
    n2_fetch *fetch, const n2_id *who, uint64_t below, uint64_t now_us, n2_transfer *out)
{
    transfer *t = n2_transfer_new(fetch);

    if (!t)
        return N2_ERR_LIMIT;
    t->below = below;
    t->is_head = true;
    t->phase = PHASE_HEADS;
    t->holders[0] = *who;
    t->n_holders = 1;
    *out = t->id;
    n2_transfer_attach(fetch, t, now_us);
    n2_fetch_pump(fetch, now_us);
    return N2_OK;
}

n2_err
n2_fetch_content(n2_fetch *fetch,
                 const n2_ref *ref,
                 unsigned content,
                 const n2_id *holders,
                 size_t n_holders,
                 uint64_t now_us,
                 n2_transfer *out)
{
    bool is_carried = content & N2_FETCH_CARRIED;

    if (!n_holders || n_holders > N2_FETCH_HOLDERS_MAX || (is_carried && n_holders != 2))
        return N2_ERR_USAGE;
    content &= ~N2_FETCH_CARRIED;
    n_holders -= is_carried;
    transfer *t = find_content(fetch, ref, content);

    /* Begun with the way to it, before anybody asked: the cache is to have a try first. */
    if (t && is_carried && !t->n_askers) {
        drop(fetch, t, now_us);
        t = NULL;
    }
    if (t) {
        t->n_askers++;
        t->ahead_until_us = 0;
        n2_crew_add(t, holders, n_holders);
        *out = t->id;
        n2_fetch_pump(fetch, now_us);
        return N2_OK;
    }
    t = n2_transfer_new(fetch);
    if (!t)
        return N2_ERR_LIMIT;
    t->phase = PHASE_SIZE;
    t->ref = *ref;
    t->content = content;
    if (is_carried) {
        t->cache = holders[0];
        t->origin = holders[1];
    }
    n2_crew_add(t, holders, n_holders);
    *out = t->id;
    n2_transfer_attach(fetch, t, now_us);
    n2_fetch_pump(fetch, now_us);
    return N2_OK;
}

const n2_part *
n2_fetch_peek_part(const n2_fetch *fetch, n2_transfer id)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        const transfer *t = &fetch->transfers[i];

        if (id && t->id == id)
            return n2_fetch_is_closed(fetch, t->content) ? NULL : t->part;
    }
    return NULL;
}

void
n2_fetch_add_holders(
    n2_fetch *fetch, n2_transfer id, const n2_id *holders, size_t n, uint64_t now_us)
{
    transfer *t = n2_fetch_find(fetch, id);

    if (!t || t->is_head)
        return;
    n2_crew_add(t, holders, n);
    n2_fetch_pump(fetch, now_us);
}

bool
n2_fetch_is_running(n2_fetch *fetch, n2_transfer id)
{
    return n2_fetch_find(fetch, id) != NULL;
}

void
n2_fetch_cancel(n2_fetch *fetch, n2_transfer id, uint64_t now_us)
{
    transfer *t = n2_fetch_find(fetch, id);

    if (t && !--t->n_askers)
        drop(fetch, t, now_us);
    n2_fetch_pump(fetch, now_us);
}

/* ---- whose turn it is ---- */

void
n2_fetch_pump(n2_fetch *f, uint64_t now_us)
{
    f->now_us = now_us;
    if (!f->n_transfers) /* most events are others' */
        return;
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        if (f->transfers[i].id)
            n2_crew_tend(f, &f->transfers[i], now_us);
        if (f->transfers[i].id)
            n2_content_advance(f, &f->transfers[i], now_us);
    }
    for (size_t idle = 0; idle < N2_FETCH_TRANSFERS_MAX; idle++) {
        transfer *t = &f->transfers[f->turn++ % N2_FETCH_TRANSFERS_MAX];

        if (t->id && n2_content_stretch(f, t, now_us))
            idle = 0;
    }
}

/* ---- events in ---- */

bool
n2_fetch_input_event(n2_fetch *fetch, const n2_event *event, uint64_t now_us)
{
    bool is_ours = false;

    if (event->kind == N2_EVENT_WRITTEN || event->kind == N2_EVENT_REVOKED) {
        n2_content_event(fetch, event, now_us);
        is_ours = true;
    } else {
        /* A closed connection gives its memory back before it is made again. */
        if (event->kind == N2_EVENT_CLOSED && event->conn)
            n2_content_event(fetch, event, now_us);
        is_ours = n2_remote_event(fetch, event, now_us);
    }
    n2_fetch_pump(fetch, now_us);
    return is_ours;
}

void
n2_fetch_deliver(n2_fetch *fetch, n2_conn conn, const n2_call *call, uint64_t now_us)
{
    size_t at = call->tag & UINT32_MAX;

    if (!call->tag && call->err) {
        for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
            if (fetch->remotes[i].conn == conn) {
                n2_bulk_refused(fetch, &fetch->remotes[i], now_us);
                n2_follow_refused(fetch, &fetch->remotes[i], now_us);
            }
        n2_fetch_pump(fetch, now_us);
        return;
    }
    if (at >= QUESTIONS_MAX || !fetch->questions[at].remote ||
        fetch->questions[at].remote->conn != conn ||
        fetch->questions[at].serial != call->tag >> 32)
        return; /* an answer to what was given up, or to nothing */

    question q = fetch->questions[at];

    fetch->questions[at].remote = NULL;
    q.remote->n_waiting--;
    if (q.kind == ASK_IDENTITY)
        n2_remote_identity_answer(fetch, q.remote, call, now_us);
    else if (q.kind == ASK_SHOW || q.kind == ASK_LOGIN)
        n2_show_answer(fetch, q.remote, q.kind, call);
    else if (q.kind == ASK_PAIR)
        n2_pair_answer(fetch, q.remote, call);
    else if (q.kind == ASK_NAME)
        n2_name_answer(fetch, q.remote, &q, call);
    else
        n2_content_answer(fetch, q.remote, &q, call, now_us);
    n2_fetch_pump(fetch, now_us);
}

void
n2_fetch_restarted(n2_fetch *fetch, uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];
        n2_event closed = {.kind = N2_EVENT_CLOSED, .conn = r->conn, .err = N2_ERR_CLOSED};

        if (r->conn) {
            n2_content_event(fetch, &closed, now_us);
            (void)n2_remote_event(fetch, &closed, now_us);
        } else if (r->state == REMOTE_KEY || r->state == REMOTE_CONNECTED) {
            n2_remote_enter(fetch, r, REMOTE_PAUSE, now_us);
        }
    }
    /* What was revoked or given up before will have no event any more. */
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        n2_event closed = {.kind = N2_EVENT_CLOSED, .conn = fetch->stretches[i].conn};

        if (fetch->stretches[i].state != STRETCH_FREE)
            n2_content_event(fetch, &closed, now_us);
    }
    n2_fetch_pump(fetch, now_us);
}

uint64_t
n2_fetch_deadline(const n2_fetch *fetch)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        uint64_t at = n2_remote_deadline(&fetch->remotes[i]);

        first = at < first ? at : first;
    }
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        const transfer *t = &fetch->transfers[i];

        uint64_t at = t->id ? n2_crew_deadline(fetch, t) : UINT64_MAX;

        first = at < first ? at : first;
        if (t->id && t->ahead_until_us && t->ahead_until_us < first)
            first = t->ahead_until_us;
    }
    return first;
}

void
n2_fetch_expire(n2_fetch *fetch, uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &fetch->transfers[i];

        for (size_t k = 0; k < t->n_holders; k++)
            if (t->hands[k].pause_until_us <= now_us)
                t->hands[k].pause_until_us = 0;
        if (t->id && t->ahead_until_us && t->ahead_until_us <= now_us)
            drop(fetch, t, now_us);
    }
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        n2_remote_expire(fetch, &fetch->remotes[i], now_us);
    n2_fetch_pump(fetch, now_us);
}

/* ---- to show ---- */

bool
n2_fetch_remote_at(const n2_fetch *fetch, size_t i, n2_remote_info *out)
{
    for (size_t at = 0; at < N2_FETCH_REMOTES_MAX; at++) {
        const remote *r = &fetch->remotes[at];

        if (r->state == REMOTE_FREE || i--)
            continue;
        *out = (n2_remote_info){.who = r->who,
                                .is_open = r->state == REMOTE_OPEN,
                                .is_shown = r->state == REMOTE_OPEN && r->is_shown,
                                .is_logged_in = r->state == REMOTE_OPEN && r->is_logged_in,
                                .rtt_us = r->rtt_us,
                                .path = r->path,
                                .label_bits = r->label_bits,
                                .common_label = r->common_label,
                                .own_label = r->own_label};
        return true;
    }
    return false;
}

void
n2_fetch_counts_get(const n2_fetch *fetch, n2_fetch_counts *out)
{
    *out = fetch->counts;
    out->n_transfers = 0;
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        out->n_transfers += fetch->transfers[i].id != 0;
}

void
n2_fetch_uses(const n2_fetch *fetch, n2_uses *uses)
{
    const n2_fetch_counts *counts = &fetch->counts;
    uint64_t n_transfers = 0, n_remotes = 0, n_regions = 0;

    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        n_transfers += fetch->transfers[i].id != 0;
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        n_remotes += fetch->remotes[i].state != REMOTE_FREE;
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++)
        n_regions += fetch->stretches[i].state != STRETCH_FREE;
    n2_uses_add(uses, "fetch_transfers", n_transfers, N2_FETCH_TRANSFERS_MAX,
                counts->n_transfers_refused);
    n2_uses_add(uses, "fetch_remotes", n_remotes, N2_FETCH_REMOTES_MAX,
                counts->n_remotes_refused);
    n2_uses_add(uses, "fetch_regions", n_regions, N2_FETCH_REGIONS_MAX,
                counts->n_regions_refused);
}
