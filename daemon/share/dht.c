/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht.c - one node of the DHT: whom it knows, what it keeps, its look-ups and announcements.
 */
#include "share/dht.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t number;
    n2_dht_question question;
    n2_dht_value value; /* KEEP */
    uint8_t *bytes;     /* (owned) (nullable) of it */
    bool is_enough;
    bool is_keeping; /* the look-up is over, and the holders are asked */
    n2_dht_peer holders[N2_DHT_K];
    size_t n_holders, n_given; /* of them asked so far */
    unsigned n_under_way, n_kept, n_again;
    n2_dht_seek seek;
} job;

/* A question that somebody has not answered yet. */
typedef struct {
    uint64_t number;
    uint64_t job; /* 0: we only look whether he lives */
    n2_dht_peer peer;
    uint64_t until_us;
} waiting;

enum {
    STRANGERS = 8,
    AGAIN_MAX = 3, /* times that a look-up begins again */
    WAITING_MAX = N2_DHT_SEEKS_MAX * (N2_DHT_K + 1) + 1,
    ENDS = 2 * N2_DHT_SEEKS_MAX
};

struct n2_dht {
    n2_env env;
    n2_dht_peer self;
    n2_dht_table table;
    n2_dht_values *values;       /* (owned) */
    job *jobs[N2_DHT_SEEKS_MAX]; /* (owned); a hole is NULL */
    size_t n_jobs, turn;
    waiting *waiting; /* (owned) */
    size_t n_waiting, room;
    uint64_t number;
    n2_dht_end ends[ENDS]; /* a ring; nobody reads it: the oldest goes */
    size_t end_first, n_ends;
    n2_dht_peer strangers[STRANGERS]; /* heard lately, with no room for them in the table */
    size_t n_strangers;
    bool is_visiting;    /* one of them is to be asked */
    bool is_tending;     /* somebody is to be looked after */
    uint64_t tend_us;    /* next */
    uint64_t refresh_us; /* the same for the nodes near us, and some others */
    n2_dht_counts counts;
};

n2_err
n2_dht_new(n2_dht **out, const n2_env *env, const n2_dht_peer *self)
{
    n2_dht *d = calloc(1, sizeof *d);

    *out = NULL;
    if (!d)
        return N2_ERR_NOMEM;
    n2_err err = n2_dht_values_new(&d->values);

    if (err) {
        free(d);
        return err;
    }
    d->env = *env;
    d->self = *self;
    n2_dht_table_init(&d->table, self->id);
    *out = d;
    return N2_OK;
}

static void
job_free(job *j)
{
    if (j)
        free(j->bytes);
    free(j);
}

void
n2_dht_free(n2_dht *dht)
{
    if (!dht)
        return;
    for (size_t i = 0; i < N2_DHT_SEEKS_MAX; i++)
        job_free(dht->jobs[i]);
    n2_dht_values_free(dht->values);
    n2_dht_table_clear(&dht->table);
    free(dht->waiting);
    free(dht);
}

void
n2_dht_move(n2_dht *dht, const n2_dht_peer *self)
{
    n2_dht_table old = dht->table;

    dht->self = *self;
    n2_dht_table_init(&dht->table, self->id);
    for (size_t i = 0; i < N2_DHT_BUCKETS; i++)
        for (size_t k = 0; old.buckets[i] && k < old.buckets[i]->n; k++)
            if (n2_dht_table_heard(&dht->table, &old.buckets[i]->known[k].peer,
                                   old.buckets[i]->known[k].heard_us))
                continue; /* no room beside others */
    dht->table.n_refused = old.n_refused;
    n2_dht_table_clear(&old);
    dht->refresh_us = 0;
    dht->tend_us = 0;
}

const n2_dht_peer *
n2_dht_self(const n2_dht *dht)
{
    return &dht->self;
}

void
n2_dht_heard(n2_dht *dht, const n2_dht_peer *peer, uint64_t now_us)
{
    if (peer->node == dht->self.node)
        return;
    if (n2_dht_table_heard(&dht->table, peer, now_us) != N2_ERR_LIMIT)
        return;
    dht->strangers[dht->n_strangers++ % STRANGERS] = *peer;
}

void
n2_dht_gone(n2_dht *dht, const n2_dht_peer *peer)
{
    n2_dht_table_drop(&dht->table, peer);
}

size_t
n2_dht_near(n2_dht *dht, const uint8_t target[static N2_DHT_ID_BYTES], n2_dht_peer *out)
{
    dht->counts.n_asked++;
    return n2_dht_table_near(&dht->table, target, out);
}

n2_dht_values *
n2_dht_kept(n2_dht *dht)
{
    return dht->values;
}

/* ---- look-ups ---- */

static job *
job_of(const n2_dht *d, uint64_t number)
{
    for (size_t i = 0; number && i < N2_DHT_SEEKS_MAX; i++)
        if (d->jobs[i] && d->jobs[i]->number == number)
            return d->jobs[i];
    return NULL;
}

/* @first: (nullable): the one to begin with, instead of those we know: they would only lead
 * back to what we know. */
static n2_err
begin(n2_dht *d,
      n2_dht_question question,
      const uint8_t *target,
      const n2_dht_peer *first,
      job **out)
{
    n2_dht_peer near[N2_DHT_K];
    size_t at = 0, n = first ? 1 : n2_dht_table_near(&d->table, target, near);

    if (first)
        near[0] = *first;
    while (at < N2_DHT_SEEKS_MAX && d->jobs[at])
        at++;
    if (at == N2_DHT_SEEKS_MAX) {
        d->counts.n_seeks_refused++;
        return N2_ERR_LIMIT;
    }
    if (!n)
        return N2_ERR_UNREACHABLE;
    job *j = malloc(sizeof *j);

    if (!j)
        return N2_ERR_NOMEM;
    memset(j, 0, offsetof(job, seek)); /* the rest is large, and begun below */
    j->number = ++d->number;
    j->question = question;
    n2_dht_seek_init(&j->seek, target, d->self.node, near, n);
    d->jobs[at] = j;
    d->n_jobs++;
    d->counts.n_seeks++;
    *out = j;
    return N2_OK;
}

void
n2_dht_meet(n2_dht *dht, const n2_dht_peer *peer, uint64_t now_us)
{
    job *j;

    n2_dht_heard(dht, peer, now_us);
    if (peer->node == dht->self.node || begin(dht, N2_DHT_ASK_NEAR, dht->self.id, peer, &j))
        return; /* at the next refresh, if there was room for it */
}

n2_err
n2_dht_find(n2_dht *dht,
            n2_dht_question question,
            const uint8_t target[static N2_DHT_ID_BYTES],
            uint64_t *number)
{
    job *j = NULL;

    assert(question != N2_DHT_ASK_KEEP);
    n2_err err = begin(dht, question, target, NULL, &j);

    if (!err && number)
        *number = j->number;
    return err;
}

n2_err
n2_dht_put(n2_dht *dht, const n2_dht_value *value, uint64_t *number)
{
    uint8_t *copy = malloc(value->len ? value->len : 1);
    job *j = NULL;

    if (!copy)
        return N2_ERR_NOMEM;
    n2_err err = begin(dht, N2_DHT_ASK_KEEP, value->key, NULL, &j);

    if (err) {
        free(copy);
        return err;
    }
    memcpy(copy, value->bytes, value->len);
    j->value = *value;
    j->value.bytes = j->bytes = copy;
    if (number)
        *number = j->number;
    return N2_OK;
}

static void
end(n2_dht *d, job *j)
{
    n2_dht_end e = {.job = j->number,
                    .question = j->question,
                    .is_enough = j->is_enough,
                    .n_kept = j->n_kept};

    for (size_t i = 0; i < j->seek.n; i++)
        e.n_answered += j->seek.heard[i].state == N2_DHT_ANSWERED;
    if (d->n_ends == ENDS) {
        d->end_first = (d->end_first + 1) % ENDS;
        d->n_ends--;
    }
    d->ends[(d->end_first + d->n_ends++) % ENDS] = e;
    for (size_t i = 0; i < N2_DHT_SEEKS_MAX; i++)
        if (d->jobs[i] == j)
            d->jobs[i] = NULL;
    d->n_jobs--;
    job_free(j);
}

static bool
is_fresh_cb(const void *user, const n2_dht_peer *peer)
{
    return !n2_dht_seek_has_asked(user, peer);
}

/* Liars know nobody but each other, so around a target that only they answered for the nodes
 * lie thinner than around us.  Then others are begun with.  Returns: whether they are. */
static bool
is_begun_again(n2_dht *d, job *j)
{
    n2_dht_peer near[N2_DHT_K];
    size_t n = n2_dht_table_near(&d->table, d->self.id, near);
    uint64_t here = n2_dht_thinness(d->self.id, near, n);

    if (n < N2_DHT_K || j->n_again == AGAIN_MAX)
        return false;
    n = n2_dht_seek_nearest(&j->seek, near);
    if (n == N2_DHT_K && n2_dht_thinness(j->seek.target, near, n) / 2 < here)
        return false;
    j->n_again++;
    d->counts.n_again++;
    n = n2_dht_table_choose(&d->table, j->seek.target, is_fresh_cb, &j->seek, near);
    return n2_dht_seek_again(&j->seek, near, n);
}

/* Ends it, or goes on to its holders, if it is that far. */
static void
look_at(n2_dht *d, job *j)
{
    if (j->is_keeping ? j->n_given < j->n_holders || j->n_under_way
                      : !n2_dht_seek_is_over(&j->seek))
        return;
    if (!j->is_keeping && is_begun_again(d, j))
        return;
    if (j->question == N2_DHT_ASK_KEEP && !j->is_keeping) {
        j->is_keeping = true;
        j->n_holders = n2_dht_seek_nearest(&j->seek, j->holders);
        if (j->n_holders)
            return;
    }
    end(d, j);
}

void
n2_dht_enough(n2_dht *dht, uint64_t number)
{
    job *j = job_of(dht, number);

    if (!j)
        return;
    j->is_enough = true;
    end(dht, j);
}

bool
n2_dht_ended(n2_dht *dht, n2_dht_end *out)
{
    if (!dht->n_ends)
        return false;
    *out = dht->ends[dht->end_first];
    dht->end_first = (dht->end_first + 1) % ENDS;
    dht->n_ends--;
    return true;
}

/* ---- questions ---- */

/* What @j asks next; false: nothing, for now. */
static bool
next_of(job *j, n2_dht_ask *out)
{
    if (j->is_keeping) {
        if (j->n_given == j->n_holders)
            return false;
        out->peer = j->holders[j->n_given++];
        out->question = N2_DHT_ASK_KEEP;
        out->value = j->value;
        j->n_under_way++;
    } else {
        if (!n2_dht_seek_next(&j->seek, &out->peer))
            return false;
        out->question = j->question == N2_DHT_ASK_VALUES ? N2_DHT_ASK_VALUES : N2_DHT_ASK_NEAR;
        for (size_t i = 0; i < j->seek.n; i++)
            if (j->seek.heard[i].peer.node == out->peer.node)
                out->hop = j->seek.heard[i].hop;
    }
    out->job = j->number;
    memcpy(out->target, j->seek.target, N2_DHT_ID_BYTES);
    return true;
}

static bool
wait_for(n2_dht *d, n2_dht_ask *ask, uint64_t now_us)
{
    if (d->n_waiting == d->room) {
        size_t room = d->room ? 2 * d->room : 16;
        waiting *more = realloc(d->waiting, room * sizeof *more);

        if (!more)
            return false;
        d->waiting = more;
        d->room = room;
    }
    ask->number = ++d->number;
    d->waiting[d->n_waiting++] = (waiting){.number = ask->number,
                                           .job = ask->job,
                                           .peer = ask->peer,
                                           .until_us = now_us + N2_DHT_ASK_US};
    d->counts.n_questions++;
    return true;
}

/* Whom we have not heard for longest: does he live?  And one whom we have no room for: does he
 * know some near us whom we don't, as when two networks have met? */
static bool
next_tended(n2_dht *d, n2_dht_ask *out)
{
    const n2_dht_known *k = d->is_tending ? n2_dht_table_stalest(&d->table) : NULL;
    size_t n = d->n_strangers < STRANGERS ? d->n_strangers : STRANGERS;
    uint32_t draw;

    if (k) {
        out->peer = k->peer;
        d->is_tending = false;
    } else if (d->is_visiting && n) {
        n2_env_random(&d->env, &draw, sizeof draw);
        out->peer = d->strangers[draw % n];
        d->is_visiting = false;
    } else {
        d->is_tending = d->is_visiting = false;
        return false;
    }
    out->question = N2_DHT_ASK_NEAR;
    memcpy(out->target, d->self.id, N2_DHT_ID_BYTES);
    return true;
}

static void
failed(n2_dht *d, const waiting *w)
{
    job *j = job_of(d, w->job);

    d->counts.n_timeouts++;
    n2_dht_table_failed(&d->table, &w->peer);
    if (!j)
        return;
    if (j->is_keeping)
        j->n_under_way--;
    else
        n2_dht_seek_failed(&j->seek, &w->peer);
    look_at(d, j);
}

bool
n2_dht_next(n2_dht *dht, n2_dht_ask *out, uint64_t now_us)
{
    *out = (n2_dht_ask){.number = 0};
    if (!dht->n_jobs && !dht->is_tending && !dht->is_visiting)
        return false;
    if (dht->n_waiting >= WAITING_MAX)
        return false;
    bool is_one = next_tended(dht, out);

    for (size_t i = 0; !is_one && i < N2_DHT_SEEKS_MAX; i++) {
        size_t at = (dht->turn + i) % N2_DHT_SEEKS_MAX;

        is_one = dht->jobs[at] && next_of(dht->jobs[at], out);
        if (is_one)
            dht->turn = at + 1;
    }
    if (!is_one)
        return false;
    if (wait_for(dht, out, now_us))
        return true;
    failed(dht, &(waiting){.job = out->job, .peer = out->peer}); /* no memory: as if silent */
    return false;
}

/* Takes what waits for @number out; false: nothing does, any more. */
static bool
take(n2_dht *d, uint64_t number, waiting *out)
{
    for (size_t i = 0; i < d->n_waiting; i++)
        if (d->waiting[i].number == number) {
            *out = d->waiting[i];
            d->waiting[i] = d->waiting[--d->n_waiting];
            return true;
        }
    return false;
}

/* He whom we only looked after told of some: if one is nearer to us than those we know, we look
 * for our own place anew, through him. */
static void
look_around(n2_dht *d, const n2_dht_peer *by, const n2_dht_peer *told, size_t n)
{
    n2_dht_peer near[N2_DHT_K];
    size_t n_near = n2_dht_table_near(&d->table, d->self.id, near);
    job *j;

    for (size_t i = 0; i < n; i++) {
        bool is_known = told[i].node == d->self.node;

        for (size_t k = 0; k < n_near && !is_known; k++)
            is_known = told[i].node == near[k].node;
        if (is_known || (n_near == N2_DHT_K &&
                         n2_dht_nearer(d->self.id, told[i].id, near[n_near - 1].id) >= 0))
            continue;
        if (begin(d, N2_DHT_ASK_NEAR, d->self.id, by, &j))
            return; /* at the next time */
        return;
    }
}

void
n2_dht_answered(n2_dht *dht,
                uint64_t number,
                const n2_dht_peer *told,
                size_t n,
                bool is_kept,
                uint64_t now_us)
{
    waiting w;

    if (!take(dht, number, &w))
        return;
    dht->counts.n_answers++;
    n2_dht_heard(dht, &w.peer, now_us);
    job *j = job_of(dht, w.job);

    if (!w.job)
        look_around(dht, &w.peer, told, n);
    if (!j)
        return;
    if (j->is_keeping) {
        j->n_under_way--;
        j->n_kept += is_kept;
    } else {
        n2_dht_seek_answered(&j->seek, &w.peer, told, n);
    }
    look_at(dht, j);
}

void
n2_dht_failed(n2_dht *dht, uint64_t number)
{
    waiting w;

    if (take(dht, number, &w))
        failed(dht, &w);
}

/* ---- time ---- */

uint64_t
n2_dht_deadline(const n2_dht *dht)
{
    uint64_t at = dht->tend_us;

    for (size_t i = 0; i < dht->n_waiting; i++)
        if (dht->waiting[i].until_us < at)
            at = dht->waiting[i].until_us;
    return at;
}

/* Looks for those near us, and near somewhere else. */
static void
refresh(n2_dht *d)
{
    uint8_t somewhere[N2_DHT_ID_BYTES];

    n2_env_random(&d->env, somewhere, sizeof somewhere);
    if (n2_dht_find(d, N2_DHT_ASK_NEAR, d->self.id, NULL) ||
        n2_dht_find(d, N2_DHT_ASK_NEAR, somewhere, NULL))
        return; /* at the next time */
}

void
n2_dht_expire(n2_dht *dht, uint64_t now_us, int64_t wall_us)
{
    for (size_t i = dht->n_waiting; i-- > 0;)
        if (i < dht->n_waiting && dht->waiting[i].until_us <= now_us) {
            waiting w = dht->waiting[i];

            dht->waiting[i] = dht->waiting[--dht->n_waiting];
            failed(dht, &w);
        }
    if (now_us < dht->tend_us)
        return;
    dht->tend_us = now_us + N2_DHT_TEND_US;
    dht->is_tending = dht->is_visiting = true;
    n2_dht_values_expire(dht->values, wall_us);
    if (now_us >= dht->refresh_us && n2_dht_table_count(&dht->table)) {
        dht->refresh_us = now_us + N2_DHT_STALE_US;
        refresh(dht);
    }
}

size_t
n2_dht_count(const n2_dht *dht)
{
    return n2_dht_table_count(&dht->table);
}

void
n2_dht_counts_get(const n2_dht *dht, n2_dht_counts *out)
{
    *out = dht->counts;
}

void
n2_dht_uses(const n2_dht *dht, n2_uses *uses)
{
    n2_uses_add(uses, "dht_seeks", dht->n_jobs, N2_DHT_SEEKS_MAX, dht->counts.n_seeks_refused);
    n2_uses_add(uses, "dht_domain", N2_USE_NONE, N2_DHT_DOMAIN_MAX, dht->table.n_refused);
    n2_dht_values_uses(dht->values, uses);
}
