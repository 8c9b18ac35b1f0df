/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-crowd.c - a tree whose author is out of reach: others are asked what they know of it.
 *
 *     author silent --known--> up to N2_FETCH_HOLDERS_MAX others, each once, none asks on
 *     --> each answer: statements about the keys, then the head, verified by them
 *     --> the newest of all, never below what was known; who has it is asked for the content
 *
 * An older head than one seen is no lie: its reader has not been there since.  It counts for
 * nothing.  Where nothing newer was seen it is shown, with its date.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "node/control-statement.h"

/* Of a number: the question is one of these, and not about a name. */
#define NUMBER_IS_CROWD ((uint32_t)1 << 31)

typedef struct {
    n2_id who;
    uint32_t number; /* 0: it has answered, or will not */
    bool is_sent;
} asked;

typedef struct {
    n2_id who;         /* not set: free */
    uint64_t until_us; /* it goes on until then; then: it counts until then */
    bool is_over;
    asked asks[N2_FETCH_HOLDERS_MAX];
    size_t n_asks;
    n2_id holders[N2_FETCH_HOLDERS_MAX]; /* who have the newest head, in the order of answers */
    size_t n_holders;
    n2_head newest; /* that one of them has */
} tree;

struct crowd {
    tree trees[N2_CROWD_TREES_MAX];
    uint32_t last;
    n2_verified verified;
};

void
n2_crowd_clear(n2_control *c)
{
    free(c->crowd);
    c->crowd = NULL;
}

static tree *
find(const n2_control *c, const n2_id *who)
{
    for (size_t i = 0; c->crowd && i < N2_CROWD_TREES_MAX; i++) {
        tree *t = &c->crowd->trees[i];

        if (n2_id_equal(&t->who, who) && t->until_us > c->now_us)
            return t;
    }
    return NULL;
}

bool
n2_crowd_is_recent(const n2_control *c, const n2_id *who)
{
    const tree *t = find(c, who);

    return t && t->is_over && t->n_holders;
}

/* ---- whom to ask ---- */

typedef struct {
    n2_control *c;
    const n2_id *about; /* (nullable): not to be asked itself */
    n2_id *whom;
    size_t n;
} list;

static bool
add(list *l, const n2_id *who)
{
    bool is_in = n2_keys_own(l->c, who) || (l->about && n2_id_equal(l->about, who));

    for (size_t i = 0; i < l->n && !is_in; i++)
        is_in = n2_id_equal(&l->whom[i], who);
    if (!is_in && l->n < N2_FETCH_HOLDERS_MAX)
        l->whom[l->n++] = *who;
    return l->n < N2_FETCH_HOLDERS_MAX;
}

static bool
path_cb(void *user, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    (void)hops;
    (void)n;
    return add(user, who);
}

/* Those at the end of a link, then all to whom a way is known. */
static n2_err
look_around(list *l)
{
    const n2_control *c = l->c;

    for (int up = 1; up >= 0; up--)
        for (size_t i = 0; i < c->n_peers; i++)
            if (c->peers[i].is_up == up && !c->peers[i].is_self &&
                n2_id_is_set(&c->peers[i].key) && (up || !l->about))
                (void)add(l, &c->peers[i].key);
    return l->n < N2_FETCH_HOLDERS_MAX ? n2_store_paths(c->config.store, path_cb, l) : N2_OK;
}

n2_err
n2_crowd_holders(n2_control *c, walk *w)
{
    list l = {.c = c, .whom = w->holders};
    n2_err err = look_around(&l);

    w->n_holders = l.n;
    return err;
}

/* ---- questions ---- */

static void
put_question(void *user, n2_asm *block)
{
    const tree *t = user;
    uint8_t id[N2_ID_BYTES];

    id[0] = t->who.method;
    memcpy(id + 1, t->who.hash, sizeof t->who.hash);
    n2_asm_bytes(block, id, sizeof id);
    n2_asm_u64(block, t->newest.counter);
    n2_asm_word(block, N2_WORD_KNOWN);
}

static void
try_send(n2_control *c, tree *t, asked *a)
{
    n2_err err = n2_fetch_name(c->fetch, &a->who, a->number, put_question, t, c->now_us);

    a->is_sent = !err;
    if (err && err != N2_ERR_NOTFOUND)
        a->number = 0;
}

static void
ask(n2_control *c, tree *t, asked *a)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_fetch_at at;
    size_t n_hops;

    a->number = NUMBER_IS_CROWD | ++c->crowd->last;
    if (n2_fetch_open_to(c->fetch, &a->who, &at)) {
        try_send(c, t, a);
        return;
    }
    n2_err way = n2_way_find(c, &a->who, hops, &n_hops, NULL);

    if (way && way != N2_ERR_BUSY)
        a->number = 0;
    else
        n2_fetch_open(c->fetch, &a->who, c->now_us);
}

static bool
is_open(const tree *t)
{
    for (size_t i = 0; i < t->n_asks; i++)
        if (t->asks[i].number)
            return true;
    return false;
}

/* A place for @who's tree: a free one, else that of who was asked for longest ago. */
static tree *
place_for(n2_control *c, const n2_id *who)
{
    tree *best = NULL;

    if (!c->crowd && !(c->crowd = calloc(1, sizeof *c->crowd)))
        return NULL;
    for (size_t i = 0; i < N2_CROWD_TREES_MAX; i++) {
        tree *t = &c->crowd->trees[i];
        bool is_of_use = t->until_us > c->now_us;

        if (is_of_use && !t->is_over)
            continue;
        if (!best || t->until_us < best->until_us)
            best = t;
    }
    if (best)
        *best = (tree){.who = *who, .until_us = c->now_us + N2_CROWD_WAIT_US};
    return best;
}

static tree *
start(n2_control *c, const n2_id *who)
{
    n2_id whom[N2_FETCH_HOLDERS_MAX];
    list l = {.c = c, .about = who, .whom = whom};
    tree *t = look_around(&l) || !l.n ? NULL : place_for(c, who);

    if (!t)
        return NULL;
    if (n2_store_head_get(c->config.store, who, N2_BRANCH_MAIN, &t->newest, NULL, NULL))
        t->newest = (n2_head){.counter = t->newest.counter};
    for (t->n_asks = 0; t->n_asks < l.n; t->n_asks++) {
        t->asks[t->n_asks].who = whom[t->n_asks];
        ask(c, t, &t->asks[t->n_asks]);
    }
    t->is_over = !is_open(t);
    return t;
}

/* ---- what comes of it ---- */

/* Who has it is asked for the rest; its author last. */
static void
use(walk *w, const tree *t)
{
    if (t->n_holders) {
        memcpy(w->holders, t->holders, t->n_holders * sizeof t->holders[0]);
        w->n_holders = t->n_holders;
        w->is_fetched = true;
        w->from = t->holders[0];
    } else {
        /* Nobody has as new a head as we, and much of what it leads to may be the same. */
        for (w->n_holders = 0; w->n_holders < t->n_asks; w->n_holders++)
            w->holders[w->n_holders] = t->asks[w->n_holders].who;
    }
    if (w->n_holders < N2_FETCH_HOLDERS_MAX)
        w->holders[w->n_holders++] = t->who;
}

static void
finish(n2_control *c, tree *t)
{
    t->is_over = true;
    t->until_us = c->now_us + N2_CROWD_FRESH_US;
    for (size_t i = 0; i < t->n_asks; i++)
        t->asks[i].number = 0;
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];

        if (!j || j->awaits != AWAIT_CROWD || !n2_id_equal(&j->walk->who, &t->who))
            continue;
        use(j->walk, t);
        n2_open_unreached(c, j);
    }
}

static bool
is_begun(n2_control *c, job *j)
{
    walk *w = j->walk;
    tree *t = find(c, &w->who);

    if (!t)
        t = start(c, &w->who);
    if (t && !t->is_over) {
        j->awaits = AWAIT_CROWD;
        return true;
    }
    if (t)
        use(w, t);
    return false;
}

void
n2_crowd_unreached(n2_control *c, job *j, n2_err err)
{
    j->walk->offline = err;
    if (!is_begun(c, j))
        n2_open_unreached(c, j);
}

/* ---- answers ---- */

/* Whoever it came from: what holds of @who's keys is kept. */
static n2_err
hear(n2_control *c, const n2_id *who, const n2_value *statements, n2_identity *out)
{
    n2_identity_set *set = NULL;
    n2_err err = n2_store_identity(c->config.store, who, &c->crowd->verified, &set);

    if (err)
        return err;
    size_t before = n2_identity_set_count(set);

    (void)!n2_identity_take_all(set, statements->bytes, statements->len, c->wall_us,
                                &c->crowd->verified);
    err = n2_identity_look(set, c->wall_us, out);
    if (!err && n2_identity_set_count(set) != before &&
        !n2_store_identity_keep(c->config.store, set)) {
        n2_serve_heard(c->serve, who);
        n2_people_changed(c, who);
    }
    n2_identity_set_free(set);
    return err;
}

/* N2_ERR_FORGED, N2_ERR_FORMAT: it lied; N2_ERR_NOTFOUND: nothing that is of use. */
static n2_err
take(n2_control *c, tree *t, const n2_value *values, size_t n, n2_head *head)
{
    n2_identity identity;
    n2_head_news news = N2_HEAD_SAME;

    if (n != 2 || values[0].type != 'b' || values[1].type != 'b')
        return N2_ERR_FORMAT;
    n2_err err = hear(c, &t->who, &values[1], &identity);

    if (err)
        return err == N2_ERR_NOTFOUND ? N2_ERR_FORGED : err; /* no birth among them */
    err = n2_identity_stands(&identity);
    if (err)
        return N2_ERR_NOTFOUND;
    err = n2_head_check(head, &identity, values[0].bytes, values[0].len, c->wall_us,
                        c->config.unicode);
    if (!err && (!n2_id_equal(&head->who, &t->who) || strcmp(head->branch, N2_BRANCH_MAIN)))
        err = N2_ERR_FORGED;
    if (!err && (head->access.id.method || head->counter < t->newest.counter))
        err = N2_ERR_NOTFOUND;
    if (!err)
        err = n2_store_head_put(c->config.store, values[0].bytes, values[0].len, false, &news);
    if (!err && news != N2_HEAD_SAME)
        n2_control_news(c, &t->who);
    return err;
}

static void
take_answer(n2_control *c, tree *t, const n2_id *from, const n2_value *values, size_t n)
{
    n2_head head = {0};
    n2_err err = take(c, t, values, n, &head);

    if (err == N2_ERR_FORGED || err == N2_ERR_FORMAT)
        n2_trace_lied(c, from, &t->who);
    int newer = err ? -1 : n2_head_compare(&head, &t->newest);

    if (newer > 0) { /* of two with one counter the store keeps the same one */
        t->newest = head;
        t->n_holders = 0;
    }
    if (newer >= 0)
        t->holders[t->n_holders++] = *from;
    /* Others may know a newer one, and have a moment to say so. */
    if (newer >= 0 && t->until_us > c->now_us + N2_CROWD_MORE_US)
        t->until_us = c->now_us + N2_CROWD_MORE_US;
}

void
n2_crowd_answered(
    void *user, uint32_t number, const n2_id *who, n2_err err, const n2_value *values, size_t n)
{
    n2_control *c = user;

    if (!(number & NUMBER_IS_CROWD)) {
        n2_names_answered(user, number, who, err, values, n);
        return;
    }
    for (size_t i = 0; c->crowd && i < N2_CROWD_TREES_MAX; i++) {
        tree *t = &c->crowd->trees[i];

        for (size_t k = 0; k < t->n_asks; k++) {
            asked *a = &t->asks[k];

            if (a->number != number || !n2_id_equal(&a->who, who))
                continue;
            a->number = 0;
            if (!err)
                take_answer(c, t, who, values, n);
            if (!is_open(t))
                finish(c, t);
            return;
        }
    }
}

void
n2_crowd_proven(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; c->crowd && i < N2_CROWD_TREES_MAX; i++) {
        tree *t = &c->crowd->trees[i];

        if (t->is_over && n2_id_equal(&t->who, who))
            t->until_us = c->now_us; /* the author is back */
        for (size_t k = 0; k < t->n_asks; k++)
            if (t->asks[k].number && !t->asks[k].is_sent && n2_id_equal(&t->asks[k].who, who))
                try_send(c, t, &t->asks[k]);
    }
}

uint64_t
n2_crowd_deadline(const n2_control *c)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; c->crowd && i < N2_CROWD_TREES_MAX; i++) {
        const tree *t = &c->crowd->trees[i];

        if (n2_id_is_set(&t->who) && !t->is_over && t->until_us < at)
            at = t->until_us;
    }
    return at;
}

void
n2_crowd_expire(n2_control *c)
{
    for (size_t i = 0; c->crowd && i < N2_CROWD_TREES_MAX; i++) {
        tree *t = &c->crowd->trees[i];

        if (n2_id_is_set(&t->who) && !t->is_over && t->until_us <= c->now_us)
            finish(c, t);
    }
}
