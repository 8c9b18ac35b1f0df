/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-sync.c - what another machine of an own identity published comes here, and becomes
 * one with what was published here.
 *
 *     heads of the other --> tips: heads that no other leads to
 *     one, and it is ours: the end        one, newer than ours: its tree is fetched, and taken
 *     several: their trees are fetched, merged (share/merge.h), the head is signed, kept
 *
 * Until then each machine shows what it had.  A machine that is not reached keeps nobody
 * waiting: it hears of it when it is there again.
 */
#include <stdlib.h>

#include "node/control-private.h"
#include "node/control-statement.h"
#include "share/merge.h"
#include "store/version.h"

enum {
    ROUNDS_MAX = 200 /* merges of one job: a thousand heads take 143 */
};

typedef struct {
    n2_head *heads; /* (owned) all that are known, then the tips */
    size_t n, room;
    uint64_t lowest; /* of their counters */
    uint64_t asked;  /* below this they were asked for; 0: all */
    size_t n_before; /* how many were known then */
    bool is_all;     /* what is not known is nowhere */
    n2_ref last;     /* the content that was asked for */
    unsigned rounds;
    unsigned n_merged, n_taken;
} syncing;

static void settle(n2_control *c, job *j);

static void
free_syncing(void *state)
{
    syncing *s = state;

    free(s->heads);
    free(s);
}

static bool
add_cb(void *user, const n2_head *head, const uint8_t *statement, size_t len)
{
    syncing *s = user;

    (void)statement;
    (void)len;
    if (s->n == s->room) {
        size_t room = s->room ? 2 * s->room : 16;
        n2_head *grown = realloc(s->heads, room * sizeof *grown);

        if (!grown)
            return false;
        s->heads = grown;
        s->room = room;
    }
    s->heads[s->n++] = *head;
    s->lowest = head->counter;
    return true;
}

static n2_err
load(n2_control *c, job *j, size_t *n_known)
{
    syncing *s = j->state;

    s->n = 0;
    n2_err err = n2_store_versions(c->config.store, &j->who, N2_BRANCH_MAIN, 0, add_cb, s);
    *n_known = s->n;
    return err ? err : n2_merge_tips(s->heads, &s->n);
}

static void
done(n2_control *c, job *j)
{
    const syncing *s = j->state;
    n2_table *t = n2_job_row();
    n2_head head;

    if (!n2_store_head_get(c->config.store, &j->who, N2_BRANCH_MAIN, &head, NULL, NULL)) {
        n2_table_int(t, "counter", (int64_t)head.counter);
        n2_table_id(t, "hash", N2_ID_CONTENT, &head.root.id);
    }
    n2_table_id(t, "address", N2_ID_IDENTITY, &j->who);
    n2_table_int(t, "merged", s->n_merged);
    n2_table_int(t, "taken", s->n_taken);
    n2_job_done(c, j, t);
}

/* ---- what is missing ---- */

static void
ask_heads(n2_control *c, job *j, uint64_t below)
{
    syncing *s = j->state;
    n2_err err = n2_fetch_heads(c->fetch, &j->who, below, c->now_us, &j->transfer);

    s->asked = below;
    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_HEAD;
}

static void
ask_content(n2_control *c, job *j, const n2_ref *ref, unsigned content)
{
    syncing *s = j->state;
    n2_err err = n2_ref_equal(ref, &s->last) ? N2_ERR_CORRUPT /* it came, and is not here */
                                             : n2_fetch_content(c->fetch, ref, content, &j->who,
                                                                1, c->now_us, &j->transfer);

    s->last = *ref;
    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_FILE;
}

/* Is all of the trees here?  If not, it is asked for, or @j has failed. */
static bool
has_trees(n2_control *c, job *j, size_t n)
{
    const syncing *s = j->state;

    for (size_t i = 0; i < n; i++) {
        const n2_head *head = &s->heads[i];
        unsigned content = N2_CONTENT_CLOSED;
        n2_ref lacks = head->access;
        n2_object found = {.state = N2_OBJECT_WHOLE};
        n2_err err = N2_OK;

        if (lacks.id.method)
            err = n2_store_find(c->config.store, &lacks.id, &found);
        if (!err && found.state == N2_OBJECT_WHOLE)
            err = n2_publish_lacks(c->config.store, c->config.unicode, &head->root, &lacks,
                                   &content);
        if (err == N2_ERR_NOTFOUND)
            continue;
        if (err)
            n2_job_failed(c, j, err);
        else
            ask_content(c, j, &lacks,
                        content | (head->access.id.method ? N2_CONTENT_CLOSED : 0));
        return false;
    }
    return true;
}

/* ---- one of several ---- */

static void
commit(n2_control *c, job *j, const uint8_t *statement, size_t len, unsigned *counts)
{
    syncing *s = j->state;
    n2_err err = n2_publish_commit(j->publish, statement, len);

    n2_publish_free(j->publish);
    j->publish = NULL;
    if (err && (err != N2_ERR_OLD || s->rounds >= ROUNDS_MAX)) {
        n2_job_failed(c, j, err);
        return;
    }
    if (!err) {
        (*counts)++;
        n2_control_changed(c, "store");
        n2_control_news(c, &j->who);
    }
    settle(c, j);
}

/* The newest is another machine's, and comes from ours. */
static void
take(n2_control *c, job *j)
{
    syncing *s = j->state;
    uint8_t *statement = NULL;
    size_t len = 0;
    n2_head head;
    n2_err err =
        n2_store_version_get(c->config.store, s->heads[0].hash, &head, &statement, &len);

    if (err)
        n2_job_failed(c, j, err);
    else
        commit(c, j, statement, len, &s->n_taken);
    free(statement);
}

static void
ask_signature(n2_control *c, job *j)
{
    uint8_t buf[N2_STATEMENT_BYTES_SMALL];
    key_request extra = {.job = j->id};
    n2_box body;
    n2_err err = n2_publish_body(j->publish, c->wall_us, buf, sizeof buf, &body);

    if (!err)
        err = n2_keys_ask(c,
                          &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                             .who = j->who,
                                             .body = {.bytes = body.bytes, .len = body.len}},
                          &extra);
    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_KEYS;
}

void
n2_sync_signed(n2_control *c, job *j, const n2_keys_answer *a)
{
    syncing *s = j->state;

    if (a->err)
        n2_job_failed(c, j, a->err);
    else
        commit(c, j, a->statement.bytes, a->statement.len, &s->n_merged);
}

/* Something was not here: a folder of what they come from, or a head before that. */
static void
seek(n2_control *c, job *j, const n2_ref *lacks)
{
    syncing *s = j->state;

    n2_publish_free(j->publish);
    j->publish = NULL;
    if (lacks->id.method) {
        ask_content(c, j, lacks, N2_CONTENT_DIRECTORY | N2_CONTENT_CLOSED);
    } else if (s->asked == s->lowest || s->lowest <= 1 || !n2_way_is_there(c, &j->who)) {
        s->is_all = true; /* nobody knows it any more: nothing counts as taken away */
        settle(c, j);
    } else {
        ask_heads(c, j, s->lowest);
    }
}

/* Looks at what is known now, and does the next thing. */
static void
settle(n2_control *c, job *j)
{
    syncing *s = j->state;
    uint8_t missing[N2_HASH_BYTES];
    n2_head own = {0};
    n2_ref lacks;
    size_t n_known;
    n2_err err = load(c, j, &n_known);

    if (!err)
        err = n2_store_head_get(c->config.store, &j->who, N2_BRANCH_MAIN, &own, NULL, NULL);
    if (err == N2_ERR_NOTFOUND)
        err = N2_OK;
    if (!err && s->rounds++ >= ROUNDS_MAX + N2_VERSIONS_MAX * N2_PATH_DEPTH_MAX)
        err = N2_ERR_LIMIT;
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    if (!s->n || (s->n == 1 && !n2_head_compare(&s->heads[0], &own))) {
        done(c, j);
        return;
    }
    size_t n = s->n < N2_HEAD_PARENTS_MAX ? s->n : N2_HEAD_PARENTS_MAX;
    if (!has_trees(c, j, n))
        return;
    err = n2_publish_new(&j->publish, c->config.store, &j->who, c->config.unicode);
    if (!err && c->config.has_versions)
        n2_publish_keep(j->publish, c->config.n_versions);
    if (!err)
        err = n2_publish_merge(j->publish, s->heads, n, s->is_all, &lacks, missing);
    if (err == N2_ERR_NOTFOUND)
        seek(c, j, &lacks);
    else if (err)
        n2_job_failed(c, j, err);
    else if (n == 1)
        take(c, j);
    else
        ask_signature(c, j);
}

void
n2_sync_event(n2_control *c, job *j, const n2_fetch_event *event)
{
    bool is_none = j->awaits == AWAIT_HEAD && event->err == N2_ERR_NOTFOUND;

    if (event->kind != N2_FETCH_DONE)
        return;
    j->transfer = 0;
    if (event->err && !is_none)
        n2_job_failed(c, j, event->err);
    else
        settle(c, j);
}

/* ---- when ---- */

void
n2_sync_job(n2_control *c, job *j)
{
    const own_identity *own = n2_publisher(c);

    if (j->address && *j->address) {
        if (!n2_identity_own(c, j, j->address, &j->who))
            return;
    } else if (own) {
        j->who = own->who;
    } else {
        n2_job_failed(c, j, N2_ERR_STATE);
        return;
    }
    j->state = calloc(1, sizeof(syncing));
    j->free_state = free_syncing;
    if (!j->state)
        n2_job_failed(c, j, N2_ERR_NOMEM);
    else if (n2_way_is_there(c, &j->who))
        ask_heads(c, j, 0);
    else
        settle(c, j); /* what came and was not merged, if there is any */
}

void
n2_sync_begin(n2_control *c, const n2_id *who)
{
    char id[N2_ID_TEXT_BYTES];
    n2_job id_of_job;

    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->kind == N2_JOB_SYNC && n2_id_equal(&c->jobs[i]->who, who))
            return;
    n2_id_format(id, N2_ID_IDENTITY, who);
    n2_err err = n2_control_start(c, &(n2_request){.kind = N2_JOB_SYNC, .address = id},
                                  c->now_us, c->wall_us, &id_of_job);
    if (err)
        n2_control_log(c, "what another machine of %s published is not asked for: %s", id,
                       n2_err_text(err));
}

uint64_t
n2_sync_deadline(const n2_control *c)
{
    return c->is_ready && c->n_owns ? c->sync_at_us : UINT64_MAX;
}

void
n2_sync_expire(n2_control *c)
{
    if (c->now_us < n2_sync_deadline(c))
        return;
    c->sync_at_us = c->now_us + N2_SYNC_AGAIN_US;
    for (size_t i = 0; i < c->n_owns; i++)
        if (n2_way_is_there(c, &c->owns[i].who))
            n2_sync_begin(c, &c->owns[i].who);
}
