/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-job.c - jobs: begun, ended, cancelled.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

job *
n2_job_find(n2_control *c, n2_job id)
{
    for (size_t i = 0; id && i < N2_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->id == id)
            return c->jobs[i];
    return NULL;
}

static void
free_job(n2_control *c, job *j)
{
    free(j->address);
    free(j->name);
    free(j->value);
    free(j->type);
    n2_walk_free(c, j->walk);
    free(j->trace);
    n2_publish_free(j->publish);
    n2_check_free(j->check);
    free(j);
}

static void
drop(n2_control *c, job *j)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (c->jobs[i] == j)
            c->jobs[i] = NULL;
    if (j->transfer)
        n2_fetch_cancel(c->fetch, j->transfer, c->now_us);
    free_job(c, j);
}

n2_table *
n2_job_row(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    return t;
}

void
n2_table_id(n2_table *t, const char *name, n2_id_kind kind, const n2_id *id)
{
    char text[N2_ID_TEXT_BYTES];

    if (!n2_id_is_set(id))
        return;
    n2_id_format(text, kind, id);
    n2_table_text(t, name, text);
}

void
n2_job_done(n2_control *c, job *j, n2_table *table)
{
    if (table && table->err) {
        n2_table_free(table);
        n2_job_failed(c, j, N2_ERR_NOMEM);
        return;
    }
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_DONE, .job = j->id, .table = table});
    drop(c, j);
}

/* What the job was about, as its user wrote it. */
static const char *
subject(const job *j)
{
    if (j->address && *j->address)
        return j->address;
    if (j->value && *j->value)
        return j->value;
    return j->name ? j->name : "";
}

static void
fail(n2_control *c, job *j, const n2_notice *how, const char *why, const char *next)
{
    n2_notice notice = *how;

    notice.kind = N2_NOTICE_DONE;
    notice.job = j->id;
    notice.what = strdup(subject(j));
    notice.why = strdup(why);
    notice.next = strdup(next);
    n2_control_tell(c, &notice);
    drop(c, j);
}

void
n2_job_failed_at(n2_control *c, job *j, n2_err err, int gone_hop, n2_table *table)
{
    fail(c, j, &(n2_notice){.err = err, .gone_hop = gone_hop, .table = table},
         n2_words_why(err), n2_words_next(err));
}

void
n2_job_failed_words(n2_control *c, job *j, n2_err err, const char *why, const char *next)
{
    fail(c, j, &(n2_notice){.err = err}, why, next);
}

/* A mistake in what was typed is not a damaged file. */
n2_err
n2_job_address(n2_control *c, const job *j, n2_address *out)
{
    n2_err err =
        j->address ? n2_address_parse(out, j->address, c->config.unicode) : N2_ERR_USAGE;

    return err == N2_ERR_FORMAT || err == N2_ERR_LIMIT ? N2_ERR_USAGE : err;
}

void
n2_job_failed(n2_control *c, job *j, n2_err err)
{
    n2_job_failed_at(c, j, err, 0, NULL);
}

static char *
copy(const char *text, bool *failed)
{
    char *dup = text ? strdup(text) : NULL;

    *failed = *failed || (text && !dup);
    return dup;
}

static job *
new_job(n2_control *c, const n2_request *request)
{
    bool failed = false;
    job *j = calloc(1, sizeof *j);

    if (!j)
        return NULL;
    *j = (job){
        .kind = request->kind,
        .begun_us = c->now_us,
        .address = copy(request->address, &failed),
        .name = copy(request->name, &failed),
        .value = copy(request->value, &failed),
        .type = copy(request->type, &failed),
        .net = request->net,
        .port = request->port,
        .no_content = request->no_content,
        .no_index = request->no_index,
        .has_sink = request->has_sink,
        .sink = request->sink,
    };
    if (!failed)
        return j;
    free_job(c, j);
    return NULL;
}

static void
begin(n2_control *c, job *j)
{
    switch (j->kind) {
    case N2_JOB_STATUS:
        n2_status_job(c, j);
        break;
    case N2_JOB_CHECK:
        n2_check_job(c, j);
        break;
    case N2_JOB_OPEN:
    case N2_JOB_LIST:
    case N2_JOB_ATTR_GET:
    case N2_JOB_ATTR_LIST:
        n2_open_begin(c, j);
        break;
    case N2_JOB_PUBLISH:
    case N2_JOB_ATTR_SET:
        n2_control_publish_begin(c, j);
        break;
    case N2_JOB_ID_NEW:
    case N2_JOB_ID_LIST:
    case N2_JOB_ID_SHOW:
        n2_identity_job(c, j);
        break;
    case N2_JOB_PEER_ADD:
    case N2_JOB_PEER_LIST:
    case N2_JOB_PEER_REMOVE:
        n2_peer_job(c, j);
        break;
    case N2_JOB_PATH_GET:
    case N2_JOB_PATH_SET:
    case N2_JOB_PATH_UNSET:
    case N2_JOB_PATH_LIST:
    case N2_JOB_NAME_SET:
    case N2_JOB_NAME_UNSET:
    case N2_JOB_NAME_LIST:
        n2_path_job(c, j);
        break;
    case N2_JOB_TRACE:
        n2_trace_job(c, j);
        break;
    case N2_JOB_KINDS:
        n2_job_failed(c, j, N2_ERR_USAGE);
        break;
    }
}

n2_err
n2_control_start(n2_control *control,
                 const n2_request *request,
                 uint64_t now_us,
                 int64_t wall_us,
                 n2_job *out)
{
    n2_control *c = control;
    size_t at = 0;

    c->now_us = now_us;
    c->wall_us = wall_us;
    n2_fetch_clock(c->fetch, wall_us);
    while (at < N2_JOBS_MAX && c->jobs[at])
        at++;
    if (at == N2_JOBS_MAX) {
        c->met.jobs++;
        return N2_ERR_LIMIT;
    }
    job *j = new_job(c, request);

    if (!j)
        return N2_ERR_NOMEM;
    if (!++c->last_job)
        ++c->last_job;
    j->id = c->last_job;
    c->jobs[at] = j;
    *out = j->id;
    begin(c, j);
    n2_control_drain_fetch(c);
    return N2_OK;
}

void
n2_control_cancel(n2_control *control, n2_job id, uint64_t now_us, int64_t wall_us)
{
    job *j = n2_job_find(control, id);

    control->now_us = now_us;
    control->wall_us = wall_us;
    if (j)
        drop(control, j);
}
