/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-reading.c - the content at the end of a walk: what its reader gets, and when.
 *
 *     here -----------------------------> checked, group by group --> reader --> DONE
 *     not here --fetch--> what has come --> reader, or straight into the reader's file
 *         \--- when all has come: as if it had been here, from where the reader is
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/tree.h"
#include "node/control-private.h"

void
n2_reading_tell(n2_control *c, job *j)
{
    if (j->walk->is_told || j->kind != N2_JOB_OPEN)
        return;
    n2_table *t = n2_info_row(c, j);

    if (j->walk->attributes) {
        n2_table_take(t, "attributes", j->walk->attributes);
        j->walk->attributes = NULL;
    }
    if (j->walk->sink.has)
        n2_table_bool(t, "direct", true);
    if (n2_folder_is(j) && j->walk->type == N2_ENTRY_DIR)
        n2_table_bool(t, "whole", true);
    j->walk->is_told = true;
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_INFO, .job = j->id, .table = t});
}

void
n2_reading_wake(n2_control *c, job *j)
{
    if (!j->walk->is_dry)
        return;
    j->walk->is_dry = false;
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_READABLE, .job = j->id});
}

void
n2_reading_whole(n2_control *c, job *j)
{
    walk *w = j->walk;
    n2_err err = n2_checked_open(c->config.store, &w->ref.id, &w->content);

    if (err) {
        n2_checked_close(c->config.store, &w->content);
        n2_open_failed(c, j, err);
        return;
    }
    w->has_content = true;
    w->ref.size = w->content.view.len;
    n2_reading_tell(c, j);
    if (j->no_content || w->read_at >= w->content.view.len) {
        n2_job_done(c, j, NULL);
        return;
    }
    j->awaits = AWAIT_READER;
    n2_reading_wake(c, j);
}

/* The reader's file gets what is fetched from the helper, if it has to be fetched. */
static void
use_sink(n2_control *c, job *j)
{
    n2_fetch_sink *sink = &j->walk->sink;
    uint64_t n = n2_tree_groups(j->walk->ref.size);

    *sink = (n2_fetch_sink){.file = j->sink, .n_groups = n, .has = calloc(1, n / 8 + 1)};
    if (!sink->has || n2_fetch_add_sink(c->fetch, j->transfer, sink))
        return;
    free(sink->has);
    sink->has = NULL;
}

void
n2_reading_begin(n2_control *c, job *j)
{
    walk *w = j->walk;
    bool is_here = false;
    n2_err err = n2_open_look(c, w, &is_here);

    w->is_dry = true;
    if (err) {
        n2_open_failed(c, j, err);
    } else if (is_here) {
        n2_reading_whole(c, j);
    } else if (w->ref.size != N2_SIZE_UNKNOWN && j->no_content) {
        n2_reading_tell(c, j);
        n2_job_done(c, j, NULL);
    } else {
        err = n2_open_fetch(c, j, N2_CONTENT_PLAIN, AWAIT_FILE);
        if (err) {
            n2_open_failed(c, j, err);
        } else if (w->ref.size != N2_SIZE_UNKNOWN) {
            if (j->has_sink)
                use_sink(c, j);
            n2_reading_tell(c, j);
        }
    }
}

n2_err
n2_reading_copy(n2_control *c, job *j, uint8_t *buf, size_t len, size_t *out_len)
{
    walk *w = j->walk;
    n2_err err = N2_OK;

    if (w->has_content) {
        const uint8_t *bytes = NULL;
        size_t n = 0;

        err = n2_checked_bytes(c->config.store, &w->content, w->read_at, &bytes, &n);
        *out_len = len < n ? len : n;
        if (!err)
            memcpy(buf, bytes, *out_len);
    } else if (j->awaits == AWAIT_FILE) {
        err = n2_fetch_read(c->fetch, j->transfer, w->read_at, buf, len, out_len);
    }
    if (err) {
        n2_open_failed(c, j, err);
        return err;
    }
    w->read_at += *out_len;
    if (w->has_content && w->read_at == w->content.view.len) {
        n2_job_done(c, j, NULL);
        return N2_OK;
    }
    w->is_dry = !*out_len;
    if (j->awaits == AWAIT_FILE)
        n2_fetch_reader_at(c->fetch, j->transfer, w->read_at, c->now_us);
    return N2_OK;
}

/* Passes over the groups that the reader's file has already; how many bytes. */
static uint64_t
pass_over(walk *w)
{
    uint64_t from = w->read_at;

    while (w->read_at < w->ref.size) {
        uint64_t group = w->read_at / N2_GROUP_BYTES;
        uint64_t end = (group + 1) * N2_GROUP_BYTES;

        if (!(w->sink.has[group / 8] & 1 << group % 8))
            break;
        w->read_at = end < w->ref.size ? end : w->ref.size;
    }
    return w->read_at - from;
}

static n2_err
hand_out_direct(n2_control *c, job *j, size_t *out_len)
{
    walk *w = j->walk;
    uint64_t n = pass_over(w);

    if (!n)
        return N2_ERR_UNSUPPORTED;
    *out_len = (size_t)n;
    w->is_dry = false;
    if (j->awaits == AWAIT_FILE)
        n2_fetch_reader_at(c->fetch, j->transfer, w->read_at, c->now_us);
    else if (w->has_content && w->read_at == w->content.view.len)
        n2_job_done(c, j, NULL);
    return N2_OK;
}

n2_err
n2_reading_hand_out(n2_control *c, job *j, size_t len, int sink, size_t *out_len)
{
    walk *w = j->walk;

    if (n2_folder_is(j) && j->state)
        return N2_ERR_UNSUPPORTED; /* a whole folder: see control-folder.c */
    if (w->sink.has)
        return hand_out_direct(c, j, out_len);
    if (w->has_content || j->awaits != AWAIT_FILE)
        return N2_ERR_UNSUPPORTED;
    n2_err err = n2_fetch_hand_out(c->fetch, j->transfer, w->read_at, len, sink, out_len);
    if (err == N2_ERR_BUSY || err == N2_ERR_CLOSED || err == N2_ERR_UNSUPPORTED)
        return err;
    if (err) {
        n2_job_failed(c, j, err);
        return err;
    }
    w->read_at += *out_len;
    w->is_dry = !*out_len;
    n2_fetch_reader_at(c->fetch, j->transfer, w->read_at, c->now_us);
    return N2_OK;
}

void
n2_reading_progress(n2_control *c, job *j, const n2_fetch_event *event)
{
    walk *w = j->walk;

    if (j->awaits != AWAIT_FILE || j->no_content)
        return;
    w->is_fetched = true;
    w->from = event->who;
    w->ref.size = event->total_bytes;
    n2_reading_tell(c, j);
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_PROGRESS,
                                    .job = j->id,
                                    .done_bytes = event->done_bytes,
                                    .total_bytes = event->total_bytes});
    n2_reading_wake(c, j);
}
