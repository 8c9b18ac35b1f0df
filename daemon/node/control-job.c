/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-job.c - jobs: begun, ended, cancelled.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/control-private.h"
#include "node/control-statement.h"

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
    free(j->other);
    for (char **item = j->list; item && *item; item++)
        free(*item);
    free(j->list);
    free(j->bytes);
    int pipe = n2_job_take_pipe(j);
    if (pipe >= 0)
        close(pipe);
    if (j->state)
        (j->free_state ? j->free_state : free)(j->state);
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
    n2_orders_drop(c, j);
    n2_names_dropped(c, j);
    n2_dhts_dropped(c, j);
    n2_site_dropped(c, j);
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

/* Was it refused for the length of its address? */
static bool
is_too_long(n2_control *c, const job *j, n2_err err)
{
    n2_address address;

    return err == N2_ERR_USAGE && j->address &&
           n2_address_parse(&address, j->address, c->config.unicode) == N2_ERR_LIMIT;
}

void
n2_job_failed_at(n2_control *c, job *j, n2_err err, int gone_hop, n2_table *table)
{
    if (is_too_long(c, j, err)) {
        n2_table_free(table);
        n2_job_failed_words(c, j, err, n2_words_long_address_why, n2_words_long_address_next);
        return;
    }
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

static char **
copy_list(const char *const *list, bool *failed)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    char **dup = list ? calloc(n + 1, sizeof *dup) : NULL;
    *failed = *failed || (list && !dup);
    for (size_t i = 0; dup && i < n; i++)
        dup[i] = copy(list[i], failed);
    return dup;
}

static uint8_t *
copy_bytes(const uint8_t *bytes, size_t n, bool *failed)
{
    uint8_t *dup = n ? malloc(n) : NULL;

    *failed = *failed || (n && !dup);
    if (dup)
        memcpy(dup, bytes, n);
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
        .other = copy(request->other, &failed),
        .list = copy_list(request->list, &failed),
        .bytes = copy_bytes(request->bytes, request->n_bytes, &failed),
        .n_bytes = request->n_bytes,
        .number = request->number,
        .flags = request->flags,
    };
    if (!failed) {
        j->has_pipe = request->has_pipe; /* from here on it is the job's */
        j->pipe = request->pipe;
        return j;
    }
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
    case N2_JOB_PIN:
    case N2_JOB_UNPIN:
    case N2_JOB_WHY:
        n2_keep_job(c, j);
        break;
    case N2_JOB_PUBLISH:
    case N2_JOB_ATTR_SET:
        n2_control_publish_begin(c, j);
        break;
    case N2_JOB_HISTORY:
        n2_history_job(c, j);
        break;
    case N2_JOB_SYNC:
        n2_sync_job(c, j);
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
    case N2_JOB_NAME_LOOKUP:
    case N2_JOB_ROOT_ADD:
    case N2_JOB_ROOT_REMOVE:
    case N2_JOB_ROOT_LIST:
        n2_names_job(c, j);
        break;
    case N2_JOB_NAME_REGISTER:
    case N2_JOB_NAME_RENEW:
    case N2_JOB_NAME_CHANGE:
    case N2_JOB_NAME_REVOKE:
    case N2_JOB_NAME_TRANSFER:
        n2_claim_job(c, j);
        break;
    case N2_JOB_ZONE_NEW:
    case N2_JOB_ZONE_FOLLOW:
    case N2_JOB_ZONE_UNFOLLOW:
    case N2_JOB_ZONE_LIST:
    case N2_JOB_ZONE_SHOW:
    case N2_JOB_ZONE_IMPORT:
        n2_zones_job(c, j);
        break;
    case N2_JOB_TRACE:
        n2_trace_job(c, j);
        break;
    case N2_JOB_SWITCH_LOOK:
        n2_look_job(c, j);
        break;
    case N2_JOB_LABEL_SET:
    case N2_JOB_LABEL_LIST:
    case N2_JOB_FILTER_SET:
    case N2_JOB_FILTER_LIST:
        n2_rules_job(c, j);
        break;
    case N2_JOB_RESERVE:
    case N2_JOB_RESERVE_LIST:
    case N2_JOB_RESERVE_RELEASE:
        n2_reserve_job(c, j);
        break;
    case N2_JOB_CAST_OPEN:
    case N2_JOB_CAST_CLOSE:
    case N2_JOB_CAST_JOIN:
    case N2_JOB_CAST_LEAVE:
    case N2_JOB_CAST_PROBE:
    case N2_JOB_CAST_LIST:
        n2_casts_job(c, j);
        break;
    case N2_JOB_DOMAIN_SET:
    case N2_JOB_DOMAIN_LIST:
        n2_domains_job(c, j);
        break;
    case N2_JOB_PLACE_SET:
    case N2_JOB_PLACE_SHOW:
    case N2_JOB_PLACE_LEARN:
    case N2_JOB_AVOID_SET:
    case N2_JOB_AVOID_LIST:
        n2_routes_job(c, j);
        break;
    case N2_JOB_NEIGHBOURS:
        n2_near_job(c, j);
        break;
    case N2_JOB_ID_SIGN_IN:
    case N2_JOB_ID_SIGN_OUT:
    case N2_JOB_ID_SHEET_SHOW:
    case N2_JOB_ID_SHEET_TEST:
    case N2_JOB_ID_PASSPHRASE:
    case N2_JOB_ID_UNLOCK:
    case N2_JOB_ID_REMOVE_KEY:
        n2_sign_job(c, j);
        break;
    case N2_JOB_ID_SETTINGS:
        n2_settings_job(c, j);
        break;
    case N2_JOB_ID_ACCOUNTS:
    case N2_JOB_ID_FORGET:
        n2_site_job(c, j);
        break;
    case N2_JOB_ID_EXPORT:
    case N2_JOB_ID_IMPORT:
    case N2_JOB_ID_END:
    case N2_JOB_ID_VOUCH:
        n2_statement_job(c, j);
        break;
    case N2_JOB_ID_DRAW:
    case N2_JOB_ID_ADD:
        n2_device_job(c, j);
        break;
    case N2_JOB_ID_PAIR:
        n2_pair_job(c, j);
        break;
    case N2_JOB_ID_JOIN:
        n2_join_job(c, j);
        break;
    case N2_JOB_TOKEN_LIST:
    case N2_JOB_TOKEN_ENROL:
    case N2_JOB_TOKEN_PIN:
    case N2_JOB_TOKEN_TOUCH:
    case N2_JOB_TOKEN_BACKUP:
    case N2_JOB_TOKEN_CLONE:
        n2_token_job(c, j);
        break;
    case N2_JOB_ASK_TELL:
    case N2_JOB_ASK_REFUSE:
    case N2_JOB_ASK_CHOOSE:
        n2_ask_job(c, j);
        break;
    case N2_JOB_FIND:
        n2_find_job(c, j);
        break;
    case N2_JOB_PEOPLE_LIST:
    case N2_JOB_PEOPLE_SET:
    case N2_JOB_PEOPLE_REMOVE:
    case N2_JOB_PEOPLE_TRUST:
    case N2_JOB_PEOPLE_ACCEPT:
    case N2_JOB_PEOPLE_FORGET:
        n2_people_job(c, j);
        break;
    case N2_JOB_KINDS:
        n2_job_failed(c, j, N2_ERR_USAGE);
        break;
    }
}

void
n2_job_event(n2_control *c, job *j, const n2_fetch_event *event)
{
    if (j->kind == N2_JOB_ID_PAIR)
        n2_pair_connected(c, j, event);
    else if (j->kind == N2_JOB_ID_JOIN)
        n2_join_connected(c, j, event);
    else if (j->kind == N2_JOB_HISTORY)
        n2_history_event(c, j, event);
    else if (j->kind == N2_JOB_SYNC)
        n2_sync_event(c, j, event);
    else if (j->kind == N2_JOB_ID_REMOVE_KEY)
        n2_move_event(c, j, event);
    else
        n2_open_event(c, j, event);
}

/* What can be done while the keys wait for the passphrase. */
static bool
does_locked(n2_job_kind kind)
{
    return kind == N2_JOB_STATUS || kind == N2_JOB_ID_UNLOCK || kind == N2_JOB_ASK_TELL ||
           kind == N2_JOB_ASK_REFUSE || kind == N2_JOB_TOKEN_LIST || kind == N2_JOB_TOKEN_PIN ||
           kind == N2_JOB_TOKEN_TOUCH;
}

static n2_err
refuse_start(const n2_request *request, n2_err err)
{
    if (request->has_pipe)
        close(request->pipe);
    return err;
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
    if (c->fetch)
        n2_fetch_clock(c->fetch, wall_us);
    while (at < N2_JOBS_MAX && c->jobs[at])
        at++;
    if (at == N2_JOBS_MAX) {
        c->met.jobs++;
        return refuse_start(request, N2_ERR_LIMIT);
    }
    job *j = new_job(c, request);

    if (!j)
        return refuse_start(request, N2_ERR_NOMEM);
    if (!++c->last_job)
        ++c->last_job;
    j->id = c->last_job;
    c->jobs[at] = j;
    *out = j->id;
    if (n2_ports_is_switch(c) && !n2_ports_does(j->kind))
        n2_job_failed_words(c, j, N2_ERR_UNSUPPORTED, n2_words_switch_why,
                            n2_words_switch_next);
    else if (c->was_locked && !c->is_ready && !does_locked(j->kind))
        n2_job_failed_words(c, j, N2_ERR_STATE, n2_words_locked_why, n2_words_locked_next);
    else
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
