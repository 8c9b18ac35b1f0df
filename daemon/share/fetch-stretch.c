/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-stretch.c - one group at a time: granted, asked for, written.
 *
 *     FREE --asked--> ASKED --all written: the memory is back--> STORED --> FREE
 *                       |          the same, but no nodes yet --> WAITS --nodes--> the same
 *                       `--given up, revoked--> GIVEN_UP --memory is back--> FREE
 *
 * The first stretches are asked for together with the group nodes, which saves a round trip:
 * what comes before its node waits for it, in the memory that it has anyway.
 */
#include <assert.h>
#include <stdlib.h>

#include "share/fetch-private.h"
#include "transport/region.h"

enum {
    PAGE_BYTES = 4096,
    PACE_MAX = 32, /* stretches that the pace of a holder is found from */
    STORED_MAX = 4 /* that wait for the helper, and others are still asked for */
};

/* ---- which group is next ---- */

static bool
is_under_way(const n2_fetch *f, const transfer *t, uint64_t group)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        const stretch *s = &f->stretches[i];

        if (s->state != STRETCH_FREE && s->state != STRETCH_GIVEN_UP && s->transfer == t->id &&
            s->group == group)
            return true;
    }
    return false;
}

uint64_t
n2_stretch_next_group(const n2_fetch *f, const transfer *t)
{
    uint64_t n = n2_transfer_groups(t);
    uint64_t group = t->part ? n2_part_missing(t->part, 0) : 0;

    while (group < n && is_under_way(f, t, group))
        group = t->part ? n2_part_missing(t->part, group + 1) : group + 1;
    if (group < n && t->has_reader &&
        group * N2_GROUP_BYTES >= t->reader_at + N2_FETCH_AHEAD_BYTES)
        return n;
    return group;
}

/* ---- stretches ---- */

static stretch *
free_stretch(n2_fetch *f)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if (s->state != STRETCH_FREE)
            continue;
        if (!s->memory && (s->block = aligned_alloc(PAGE_BYTES, PAGE_BYTES + N2_GROUP_BYTES)))
            s->memory = s->block + PAGE_BYTES;
        return s->memory ? s : NULL;
    }
    f->counts.n_regions_refused++;
    return NULL;
}

static uint64_t
next_address(const n2_fetch *f)
{
    uint32_t n = f->n_regions;

    return n2_region_address(N2_REGION_PLANE_MAX + 1 + n % N2_FETCH_NUMBERS,
                             n / N2_FETCH_NUMBERS);
}

static void
begin(n2_fetch *f,
      transfer *t,
      remote *r,
      stretch *s,
      uint64_t group,
      size_t len,
      uint64_t now_us)
{
    f->n_regions++;
    s->state = STRETCH_ASKED;
    s->remote = r;
    s->conn = r->conn;
    s->transfer = t->id;
    s->group = group;
    s->len = len;
    s->asked_us = now_us;
    t->n_stretches++;
    if (!r->n_stretches++)
        r->busy_since_us = now_us;
    r->n_waiting++;
}

/* Again with less in it: no more than that is awaited. */
static void
grant(n2_fetch *f, const stretch *s, uint32_t unit)
{
    n2_op_queue_push(f->config.ops, &(n2_op){.kind = N2_OP_GRANT,
                                             .conn = s->conn,
                                             .address = s->address,
                                             .memory = s->memory,
                                             .size = (s->len + unit - 1) / unit * unit,
                                             .unit = unit});
}

/* The helper is behind: what would be asked for now would lie about, and be out of the
 * processor's cache when its turn comes. */
static bool
is_enough_stored(const n2_fetch *f)
{
    unsigned n = 0;

    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++)
        n += f->stretches[i].state == STRETCH_STORED;
    return n >= STORED_MAX;
}

/* Nodes were asked for just now, and how many there are is no mere saying of the holder. */
static bool
are_nodes_coming(const transfer *t)
{
    return t->phase == PHASE_NODES && t->is_asked && !t->size_is_said;
}

bool
n2_content_stretch(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_asm block;

    /* Two regions stay free for others, so that a page never waits behind a large file. */
    if ((t->phase != PHASE_STRETCHES && !are_nodes_coming(t)) ||
        t->n_stretches + 2 >= N2_FETCH_REGIONS_MAX || is_enough_stored(f))
        return false;
    uint64_t group = n2_stretch_next_group(f, t);
    remote *r = group < n2_transfer_groups(t) ? n2_crew_pick(f, t, now_us) : NULL;
    stretch *s = r ? free_stretch(f) : NULL;

    if (s)
        s->address = next_address(f);
    if (!s || !n2_fetch_ask(f, r, ASK_READ, t->id, (size_t)(s - f->stretches), &block, now_us))
        return false;
    begin(f, t, r, s, group, n2_transfer_group_bytes(t, group), now_us);
    grant(f, s, n2_read_unit(s->len));
    n2_fetch_put_object(&block, t, r);
    n2_asm_u64(&block, group * N2_GROUP_BYTES);
    n2_asm_u64(&block, s->len);
    n2_asm_u64(&block, s->address);
    n2_asm_word(&block, N2_WORD_READ);
    n2_fetch_say(f, r, &block);
    return true;
}

/* ---- ahead of what they belong to ---- */

void
n2_stretch_numbers_in_a_row(n2_fetch *f, unsigned n)
{
    uint32_t at = f->n_regions % N2_FETCH_NUMBERS;

    if (at + n > N2_FETCH_NUMBERS)
        f->n_regions += N2_FETCH_NUMBERS - at;
}

static unsigned
n_free(const n2_fetch *f)
{
    unsigned n = 0;

    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++)
        n += f->stretches[i].state == STRETCH_FREE;
    return n;
}

stretch *
n2_stretch_grant(n2_fetch *f, transfer *t, uint64_t group, size_t len, uint64_t now_us)
{
    stretch *s = n_free(f) > 2 ? free_stretch(f) : NULL;

    if (!s)
        return NULL;
    s->address = next_address(f);
    begin(f, t, t->remote, s, group, len, now_us);
    grant(f, s, n2_read_unit(N2_GROUP_BYTES));
    return s;
}

void
n2_stretch_adopt(n2_fetch *f, const transfer *from, transfer *to, uint64_t n)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if ((s->state != STRETCH_ASKED && s->state != STRETCH_WAITS) ||
            s->transfer != from->id || s->group >= n || s->group >= n2_transfer_groups(to) ||
            (to->part && n2_part_has(to->part, s->group)))
            continue;
        size_t len = n2_transfer_group_bytes(to, s->group);
        bool is_less = len < s->len;

        s->transfer = to->id;
        s->len = len;
        to->n_stretches++;
        if (is_less && s->state == STRETCH_ASKED)
            grant(f, s, n2_read_unit(N2_GROUP_BYTES));
    }
}

/* ---- the end of one ---- */

void
n2_stretch_left(stretch *s)
{
    s->remote->n_waiting--;
    s->remote->n_stretches--;
}

/* How long it takes for one, of late. */
static void
note_pace(remote *r, uint64_t now_us)
{
    r->busy_us += now_us - r->busy_since_us;
    r->busy_since_us = now_us;
    if (++r->n_busy == PACE_MAX) {
        r->n_busy /= 2;
        r->busy_us /= 2;
    }
}

/* The region is revoked, its memory comes back with an event. */
void
n2_stretch_give_up(n2_fetch *f, stretch *s)
{
    transfer *t = n2_fetch_find(f, s->transfer);

    assert(s->state == STRETCH_ASKED);
    s->state = STRETCH_GIVEN_UP;
    n2_stretch_left(s);
    if (t)
        t->n_stretches--;
    n2_op_queue_push(f->config.ops,
                     &(n2_op){.kind = N2_OP_REVOKE, .conn = s->conn, .address = s->address});
}

void
n2_content_give_up(n2_fetch *f, transfer *t, const remote *r)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if (r && s->remote != r)
            continue;
        if (s->transfer == t->id && s->state == STRETCH_ASKED) {
            n2_stretch_give_up(f, s);
        } else if (s->transfer == t->id && s->state == STRETCH_WAITS) {
            s->state = STRETCH_FREE;
            t->n_stretches--;
        }
    }
}

void
n2_stretch_take_waiting(n2_fetch *f, transfer *t, uint64_t now_us)
{
    n2_transfer id = t->id;

    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if (s->state == STRETCH_WAITS && s->transfer == id)
            n2_stretch_store(f, s, now_us);
    }
}

/* All of it was written: its region has ended. */
static void
be_whole(n2_fetch *f, stretch *s, uint64_t now_us)
{
    transfer *t = n2_fetch_find(f, s->transfer);

    s->remote->heard_us = now_us;
    s->remote->stalled_us = now_us;
    note_pace(s->remote, now_us);
    n2_stretch_left(s);
    if (t && (t->phase == PHASE_NODES || t->is_head))
        s->state = STRETCH_WAITS;
    else
        n2_stretch_store(f, s, now_us);
    if (t && t->phase == PHASE_WALK)
        n2_bulk_take(f, t, now_us);
}

/* The memory is ours again.  ASKED: the region was never made, or is gone with its connection.
 */
static void
come_back(n2_fetch *f, stretch *s, uint64_t now_us)
{
    transfer *t = n2_fetch_find(f, s->transfer);
    stretch_state was = s->state;

    s->state = STRETCH_FREE;
    if (was != STRETCH_ASKED)
        return;
    n2_stretch_left(s);
    if (t) {
        hand *h = n2_crew_hand(t, s->remote);

        t->n_stretches--;
        if (t->phase == PHASE_WALK)
            n2_bulk_lost(f, t);
        if (h)
            h->pause_until_us = now_us + N2_FETCH_AGAIN_US;
    }
}

void
n2_content_event(n2_fetch *f, const n2_event *event, uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if ((s->state != STRETCH_ASKED && s->state != STRETCH_GIVEN_UP) ||
            s->conn != event->conn)
            continue;
        if (event->kind == N2_EVENT_CLOSED) {
            come_back(f, s, now_us);
            continue;
        }
        if (s->address != event->address)
            continue;
        if (event->kind == N2_EVENT_REVOKED)
            come_back(f, s, now_us);
        else if (event->kind == N2_EVENT_WRITTEN && s->state == STRETCH_ASKED)
            be_whole(f, s, now_us);
        return;
    }
}
