/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-move.c - accounts get new keys when a device is removed that knew the old ones: each
 *                  site where somebody logged in is visited, one after the other.
 *
 *     site --head--> connected, proven --ACCOUNT--> a log-in that moves --taken--> the next
 * site
 *          \-- not there, or not in time: it is moved when it is visited the next time
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

typedef struct {
    n2_control *c;
    n2_id who;
    n2_table *table; /* (owned) (nullable) the answer so far */
    n2_id *sites;    /* (owned) */
    size_t n_sites, at;
    int64_t n_moved, n_left;
    uint64_t until_us;     /* of this site, */
    uint64_t all_until_us; /* of all */
} moving;

static void
free_moving(void *state)
{
    moving *m = state;

    if (m->at < m->n_sites)
        n2_site_moved(m->c, &m->sites[m->at], &m->who);
    n2_table_free(m->table);
    free(m->sites);
    free(m);
}

static bool
collect_cb(void *user, const n2_store_login *l)
{
    moving *m = user;

    if (!l->number || !n2_id_equal(&l->who, &m->who)) /* no account was used there */
        return true;
    n2_id *grown = realloc(m->sites, (m->n_sites + 1) * sizeof *grown);

    if (!grown)
        return false;
    m->sites = grown;
    m->sites[m->n_sites++] = l->site;
    return true;
}

static void
end(n2_control *c, job *j)
{
    moving *m = j->state;
    n2_table *t = m->table;

    m->table = NULL;
    n2_table_int(t, "accounts", m->n_moved);
    n2_table_int(t, "accounts-left", m->n_left + (int64_t)(m->n_sites - m->at));
    n2_job_done(c, j, t);
}

static void
next(n2_control *c, job *j)
{
    moving *m = j->state;

    for (; m->at < m->n_sites && c->now_us < m->all_until_us; m->at++, m->n_left++) {
        const n2_id *site = &m->sites[m->at];

        if (!n2_site_move(c, site, &m->who))
            continue;
        m->until_us = c->now_us + N2_MOVE_SITE_US;
        if (!n2_fetch_head(c->fetch, site, NULL, 0, c->now_us, &j->transfer)) {
            j->awaits = AWAIT_HEAD;
            return;
        }
        n2_site_moved(c, site, &m->who);
    }
    end(c, j);
}

void
n2_move_begin(n2_control *c, job *j, const n2_id *who, n2_table *t)
{
    moving *m = calloc(1, sizeof *m);

    if (!m) {
        n2_job_done(c, j, t);
        return;
    }
    m->c = c;
    m->who = *who;
    m->table = t;
    m->all_until_us = c->now_us + N2_MOVE_ALL_US;
    j->state = m;
    j->free_state = free_moving;
    if (n2_store_logins(c->config.store, NULL, collect_cb, m))
        n2_control_log(c, "the list of accounts cannot be read");
    next(c, j);
}

/* This site came to an end. */
static void
done_with(n2_control *c, job *j, bool is_moved)
{
    moving *m = j->state;

    if (j->transfer)
        n2_fetch_cancel(c->fetch, j->transfer, c->now_us);
    j->transfer = 0;
    n2_site_moved(c, &m->sites[m->at], &m->who);
    m->at++;
    m->n_moved += is_moved;
    m->n_left += !is_moved;
    next(c, j);
}

void
n2_move_event(n2_control *c, job *j, const n2_fetch_event *event)
{
    if (event->kind != N2_FETCH_DONE)
        return;
    j->transfer = 0;
    /* A site need not have published anything; if it is there, the log-in is on its way. */
    if (event->err && event->err != N2_ERR_NOTFOUND)
        done_with(c, j, false);
}

static job *
mover(const n2_control *c, size_t i)
{
    job *j = c->jobs[i];

    return j && j->kind == N2_JOB_ID_REMOVE_KEY && j->state ? j : NULL;
}

void
n2_move_logged_in(n2_control *c, const n2_id *site, const n2_id *who, bool is_moved)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = mover(c, i);
        const moving *m = j ? j->state : NULL;

        if (m && m->at < m->n_sites && n2_id_equal(&m->sites[m->at], site) &&
            n2_id_equal(&m->who, who))
            done_with(c, j, is_moved);
    }
}

void
n2_move_expire(n2_control *c)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = mover(c, i);
        const moving *m = j ? j->state : NULL;

        if (m && m->until_us <= c->now_us)
            done_with(c, j, false);
    }
}

uint64_t
n2_move_deadline(const n2_control *c)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        const job *j = mover(c, i);
        const moving *m = j ? j->state : NULL;

        if (m && m->until_us < at)
            at = m->until_us;
    }
    return at;
}
