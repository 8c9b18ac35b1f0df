/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-store.c - the bytes of a stretch are held against their hash and stored: one of a
 *                 larger content by the helper, while this thread goes on.
 *
 * INVARIANT storing: the part of a transfer is not freed while the helper writes to its file.
 */
#include <assert.h>
#include <string.h>

#include "share/fetch-private.h"

/* In the helper's thread.  Nobody sees what it wrote before n2_part_end(). */
static void
run(n2_work *work, n2_crypto *crypto)
{
    storing *job = (storing *)work;

    job->is_right =
        n2_tree_check_own_group(crypto, job->method, job->bytes, job->len, job->node);
    job->err = job->is_right ? n2_part_put(&job->place, job->bytes, job->len) : N2_OK;
    job->is_sunk = false;
    if (job->is_right && job->sink >= 0) {
        n2_part_place place = job->place;

        /* If it cannot be, who reads it from the store will meet the same, and say so. */
        place.file = job->sink;
        job->is_sunk = !n2_part_put(&place, job->bytes, job->len);
    }
}

/* The group is in its place, or not, and perhaps in the reader's file. */
static n2_err
note(const transfer *t, const stretch *s)
{
    if (!s->job.is_right)
        return N2_OK;
    if (s->job.is_sunk && t->sink)
        t->sink->has[s->group / 8] = (uint8_t)(t->sink->has[s->group / 8] | 1 << s->group % 8);
    return n2_part_end(t->part, s->group, s->job.err);
}

/* It was verified, or not, and stored as @err says. */
static void
end(n2_fetch *f, transfer *t, const stretch *s, bool is_right, n2_err err, uint64_t now_us)
{
    t->n_stretches--;
    if (!is_right) {
        if (s->remote->conn == s->conn) /* else it was given up already */
            n2_remote_refuse(f, s->remote, now_us);
        return;
    }
    if (err) {
        n2_transfer_end(f, t, n2_or_here(err), now_us);
        return;
    }
    f->counts.n_stretches++;
    f->counts.bytes += s->len;
    t->done_bytes += s->len;
    n2_remote_served(s->remote);
    n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_PROGRESS,
                                       .transfer = t->id,
                                       .who = s->remote->who,
                                       .done_bytes = t->done_bytes,
                                       .total_bytes = t->ref.size});
    if (n2_part_missing(t->part, 0) == n2_transfer_groups(t))
        n2_transfer_complete(f, t, now_us);
}

/* Content of one group: a page, and its reader waits. */
static void
store_whole(n2_fetch *f, transfer *t, const stretch *s, uint64_t now_us)
{
    bool is_right = n2_tree_check_whole(f->config.crypto, t->ref.id.method, s->memory, s->len,
                                        t->ref.id.hash);
    n2_err err = is_right ? n2_transfer_open_part(f, t) : N2_OK;

    if (is_right && !err)
        err = n2_part_write(t->part, s->group, s->memory, s->len);
    end(f, t, s, is_right, err, now_us);
}

static void
take_done(n2_fetch *f, uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if (s->state != STRETCH_STORED || !n2_work_is_done(&s->job.work))
            continue;
        transfer *t = n2_fetch_find(f, s->transfer);

        assert(t && t->part);
        n2_err err = note(t, s);

        s->state = STRETCH_FREE;
        end(f, t, s, s->job.is_right, err, now_us);
    }
}

void
n2_fetch_worked(n2_fetch *fetch, uint64_t now_us)
{
    take_done(fetch, now_us);
    n2_fetch_pump(fetch, now_us);
}

void
n2_stretch_store(n2_fetch *f, stretch *s, uint64_t now_us)
{
    const n2_helper *helper = f->config.helper;
    transfer *t = n2_fetch_find(f, s->transfer);
    storing *job = &s->job;

    s->state = STRETCH_FREE;
    if (!t)
        return;
    if (n2_transfer_groups(t) == 1) {
        store_whole(f, t, s, now_us);
        return;
    }
    n2_err err = n2_part_begin(t->part, s->group, &job->place);

    if (err) {
        end(f, t, s, true, err, now_us);
        return;
    }
    s->state = STRETCH_STORED;
    job->work.run = run;
    atomic_store(&job->work.is_done, false);
    job->bytes = s->memory;
    job->len = s->len;
    job->sink = t->sink ? t->sink->file : -1;
    job->method = t->ref.id.method;
    memcpy(job->node, n2_part_node(t->part, s->group), sizeof job->node);
    if (helper) {
        helper->give(helper->user, &job->work);
    } else {
        n2_work_do(&job->work, f->config.crypto);
        take_done(f, now_us);
    }
}

void
n2_stretch_settle(n2_fetch *f, const transfer *t)
{
    const n2_helper *helper = f->config.helper;

    for (size_t i = 0; i < N2_FETCH_REGIONS_MAX; i++) {
        stretch *s = &f->stretches[i];

        if (s->state != STRETCH_STORED || s->transfer != t->id)
            continue;
        if (helper)
            helper->wait(helper->user);
        s->state = STRETCH_FREE;
        /* What is there is kept; an error stays with the part. */
        n2_err err = note(t, s);
        (void)err;
    }
}

bool
n2_fetch_add_sink(n2_fetch *fetch, n2_transfer id, n2_fetch_sink *sink)
{
    transfer *t = n2_fetch_find(fetch, id);

    if (!t || t->sink || n2_transfer_groups(t) != sink->n_groups)
        return false;
    t->sink = sink;
    return true;
}

void
n2_fetch_drop_sink(n2_fetch *fetch, const n2_fetch_sink *sink)
{
    const n2_helper *helper = fetch->config.helper;

    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++) {
        transfer *t = &fetch->transfers[i];

        if (!t->id || t->sink != sink)
            continue;
        if (helper)
            helper->wait(helper->user);
        t->sink = NULL;
    }
}
