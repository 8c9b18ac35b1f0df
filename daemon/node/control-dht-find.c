/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht-find.c - looked for in the DHT: who has a content, and the way to somebody.
 *
 *     content --values--> holders --> the job asks them, too
 *     identity --values--> where its node is --near--> somebody who tells of it, and of a way
 *
 * What is found is only ever a place to ask: contents are held against their hash, and who
 * answers has to prove that he is the one who is meant.
 */
#include <string.h>

#include "node/control-dht-private.h"

#define VAIN_US (20 * N2_SECOND_US) /* nobody knew a way: not looked for again before */

/* ---- ways ---- */

static dht_reach *
reach_of(struct dht_work *w, const n2_id *who)
{
    for (size_t i = 0; i < DHT_REACHES; i++)
        if (n2_id_is_set(&w->reaches[i].who) && n2_id_equal(&w->reaches[i].who, who))
            return &w->reaches[i];
    return NULL;
}

static dht_place *
place_of(struct dht_work *w, const n2_id *who)
{
    for (size_t i = 0; i < DHT_PLACES; i++)
        if (n2_id_is_set(&w->places[i].who) && n2_id_equal(&w->places[i].who, who))
            return &w->places[i];
    return NULL;
}

static void
note_place(struct dht_work *w, const n2_id *who, const n2_announce *a)
{
    dht_place *p = place_of(w, who);

    if (!p)
        p = &w->places[w->next_place++ % DHT_PLACES];
    p->who = *who;
    n2_dht_id_of(&a->place, 0, p->id);
}

static void
over(n2_control *c, dht_reach *r, bool is_found)
{
    uint64_t was = r->job;

    r->job = 0;
    r->until_us = is_found ? 0 : c->now_us + VAIN_US;
    if (is_found)
        r->who = (n2_id){0}; /* it may be looked for again, when that way is none any more */
    n2_dht_enough(c->dht->dht, was);
}

/* Looks for the next place where its node may be. */
static bool
look_near(n2_control *c, dht_reach *r)
{
    while (r->at < r->n_ids)
        if (!n2_dht_find(c->dht->dht, N2_DHT_ASK_NEAR, r->ids[r->at++], &r->job)) {
            r->has_place = true;
            return true;
        }
    r->job = 0;
    return false;
}

bool
n2_dhts_reach(n2_control *c, const n2_id *who)
{
    struct dht_work *w = c->dht;
    uint8_t key[N2_DHT_ID_BYTES];

    if (!w || !w->dht || w->is_routing || n2_dhts_is_asking(w, who))
        return false;
    dht_reach *r = reach_of(w, who);
    const dht_place *place = place_of(w, who);

    if (r && (r->job || c->now_us < r->until_us))
        return r->job != 0;
    for (size_t i = 0; i < DHT_REACHES && !r; i++)
        if (!w->reaches[i].job && w->reaches[i].until_us <= c->now_us)
            r = &w->reaches[i];
    if (!r)
        return false;
    *r = (dht_reach){.who = *who};
    if (place) {
        memcpy(r->ids[r->n_ids++], place->id, sizeof place->id);
        if (look_near(c, r)) {
            w->is_due = true;
            return true;
        }
    }
    n2_announce_key(N2_ANNOUNCE_WHERE, who, key);
    if (n2_dht_find(w->dht, N2_DHT_ASK_VALUES, key, &r->job)) {
        *r = (dht_reach){.job = 0};
        return false;
    }
    w->is_due = true;
    return true;
}

void
n2_dhts_told(n2_control *c, const dht_node *node)
{
    dht_reach *r = node->n_ways ? reach_of(c->dht, &node->who) : NULL;

    if (!r || !r->job)
        return;
    over(c, r, true);
    n2_way_tell(c, &node->who);
}

/* Where it may be: each place is tried, as anybody may have announced one. */
static void
take_place(n2_control *c, dht_reach *r, const uint8_t *value, size_t len)
{
    uint8_t room[N2_ANNOUNCE_BYTES_MAX], id[N2_DHT_ID_BYTES];
    n2_announce a;

    if (n2_announce_open(&a, N2_ANNOUNCE_WHERE, &r->who, value, len, c->wall_us,
                         c->config.unicode, room)) {
        c->dht->n_lied++;
        return;
    }
    n2_dht_id_of(&a.place, 0, id);
    for (size_t i = 0; i < r->n_ids; i++)
        if (!memcmp(r->ids[i], id, sizeof id))
            return;
    if (r->n_ids < DHT_TRIES)
        memcpy(r->ids[r->n_ids++], id, sizeof id);
}

/* ---- holders ---- */

static void
take_holder(n2_control *c, dht_find *f, const uint8_t *value, size_t len)
{
    struct dht_work *w = c->dht;
    uint8_t room[N2_ANNOUNCE_BYTES_MAX];
    job *j = n2_job_find(c, f->waits);
    n2_announce a;

    n2_err err = n2_announce_open(&a, N2_ANNOUNCE_HAS, &f->root, value, len, c->wall_us,
                                  c->config.unicode, room);

    if (!err && n2_id_equal(&a.place.domain, &a.who)) {
        err = n2_dhts_domain(c, &a, NULL, 0);
        if (err != N2_ERR_FORGED)
            err = N2_OK; /* its keys are not known here yet: it has to show them first */
    }
    if (err) {
        w->n_lied++;
        return;
    }
    if (!j || !j->walk || !n2_id_is_set(&a.who) || n2_keys_own(c, &a.who))
        return;
    for (size_t i = 0; i < j->walk->n_holders; i++)
        if (n2_id_equal(&j->walk->holders[i], &a.who))
            return;
    note_place(w, &a.who, &a);
    /* Who was asked in vain makes room. */
    if (f->n_found < N2_FETCH_HOLDERS_MAX) {
        memmove(&j->walk->holders[f->n_found + 1], &j->walk->holders[f->n_found],
                (N2_FETCH_HOLDERS_MAX - f->n_found - 1) * sizeof j->walk->holders[0]);
        j->walk->holders[f->n_found++] = a.who;
        if (j->walk->n_holders < N2_FETCH_HOLDERS_MAX)
            j->walk->n_holders++;
        w->n_found++;
    }
}

bool
n2_dhts_holders(n2_control *c, job *j, n2_err err)
{
    struct dht_work *w = c->dht;
    walk *at = j->walk;
    uint8_t key[N2_DHT_ID_BYTES];

    if (!w || !w->dht || !at || at->asks_dht || at->reach & N2_CONTENT_CLOSED)
        return false;
    dht_find *f = NULL;

    for (size_t i = 0; i < DHT_FINDS && !f; i++)
        if (!w->finds[i].job)
            f = &w->finds[i];
    if (!f)
        return false;
    *f = (dht_find){
        .waits = j->id, .err = err, .root = n2_id_is_set(&at->tree) ? at->tree : at->ref.id};
    n2_announce_key(N2_ANNOUNCE_HAS, &f->root, key);
    if (!n2_id_is_set(&f->root) || n2_dht_find(w->dht, N2_DHT_ASK_VALUES, key, &f->job)) {
        *f = (dht_find){.job = 0};
        return false;
    }
    at->asks_dht = true;
    j->awaits = AWAIT_DHT;
    n2_dhts_pump(c);
    return true;
}

static void
holders_over(n2_control *c, dht_find *f)
{
    dht_find was = *f;
    job *j = n2_job_find(c, was.waits);

    *f = (dht_find){.job = 0};
    n2_dht_enough(c->dht->dht, was.job);
    if (!j || j->awaits != AWAIT_DHT)
        return;
    j->awaits = AWAIT_NOTHING;
    if (was.n_found)
        n2_open_again(c, j);
    else
        n2_open_failed(c, j, was.err);
}

void
n2_dhts_dropped(n2_control *c, const job *j)
{
    for (size_t i = 0; c->dht && i < DHT_FINDS; i++) {
        dht_find *f = &c->dht->finds[i];

        if (!f->job || f->waits != j->id)
            continue;
        n2_dht_enough(c->dht->dht, f->job);
        *f = (dht_find){.job = 0};
    }
}

/* ---- both ---- */

void
n2_dhts_values(n2_control *c, uint64_t dht_job, const n2_value *values, size_t n)
{
    struct dht_work *w = c->dht;

    for (size_t i = 0; dht_job && i < n; i++) {
        if (values[i].type != 'b')
            return;
        for (size_t k = 0; k < DHT_FINDS; k++)
            if (w->finds[k].job == dht_job)
                take_holder(c, &w->finds[k], values[i].bytes, values[i].len);
        for (size_t k = 0; k < DHT_REACHES; k++)
            if (w->reaches[k].job == dht_job && !w->reaches[k].has_place)
                take_place(c, &w->reaches[k], values[i].bytes, values[i].len);
    }
}

void
n2_dhts_ended(n2_control *c, const n2_dht_end *end)
{
    struct dht_work *w = c->dht;

    if (end->question == N2_DHT_ASK_KEEP)
        w->n_kept += end->n_kept;
    for (size_t i = 0; i < DHT_FINDS; i++)
        if (w->finds[i].job && w->finds[i].job == end->job) {
            holders_over(c, &w->finds[i]);
            return;
        }
    for (size_t i = 0; i < DHT_REACHES; i++) {
        dht_reach *r = &w->reaches[i];

        if (!r->job || r->job != end->job || look_near(c, r))
            continue;
        n2_id who = r->who;

        over(c, r, false);
        n2_way_tell(c, &who);
        return;
    }
}
