/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-trace.c - which hop of a path answers: an echo from each switch on it, all at once.
 *
 * Switch 1 is our own and answers by being here; switch i + 1 lies behind i hops.  The last is
 * the node itself.
 */
#include <stdlib.h>

#include "node/control-private.h"

static uint64_t
echo_tag(const job *j, size_t behind)
{
    return (uint64_t)j->id << 16 | (uint64_t)behind << 8 | j->trace->tries[behind];
}

static void
ask(n2_control *c, const job *j, size_t behind)
{
    n2_route route = {0};
    n2_err err = N2_OK;

    j->trace->tries[behind]++;
    for (size_t i = 0; i < behind && !err; i++)
        err = n2_route_add(&route, j->trace->hops[i].bits, j->trace->hops[i].port);
    n2_op_queue_push(
        &c->ops,
        &(n2_op){.kind = N2_OP_ECHO, .tag = echo_tag(j, behind), .path = err ? 0 : route.word});
}

static n2_table *
rows_of(const n2_control *c, const trace *t)
{
    n2_table *table = n2_table_new();
    n2_route route = {0};
    unsigned bits = 0;
    const n2_composed *way = n2_way_path(t->hops, t->n_hops, &route)
                                 ? NULL
                                 : n2_routes_composed(c, &t->who, route.word);

    for (size_t i = 0; i <= t->n_hops; i++) {
        n2_table_row(table);
        n2_table_int(table, "n", (int64_t)i + 1);
        if (i < t->n_hops)
            n2_table_int(table, "port", t->hops[i].port);
        if (t->bits[i])
            n2_table_int(table, "bits", t->bits[i]);
        n2_table_text(table, "state", t->state[i] == HOP_ANSWERS ? "answers" : "silent");
        if (t->state[i] == HOP_ANSWERS)
            n2_table_int(table, "rtt_us", t->rtt_us[i]);
        n2_routes_put_hop(table, way, bits);
        bits += i < t->n_hops ? t->hops[i].bits : 0;
        if (i == t->n_hops)
            n2_table_id(table, "identity", N2_ID_IDENTITY, &t->who);
    }
    return table;
}

/* All have answered, or not. */
static void
end(n2_control *c, job *j)
{
    const trace *t = j->trace;
    int gone = 0;

    for (size_t i = 0; i <= t->n_hops; i++) {
        if (t->state[i] == HOP_WAITS)
            return;
        if (t->state[i] == HOP_SILENT && !gone)
            gone = (int)i + 1;
    }
    if (t->is_early) {
        if (gone) {
            j->trace->is_complete = true;
            n2_fetch_gone(c->fetch, &t->who, c->now_us);
        } else {
            free(j->trace); /* it is slow, or not what it was */
            j->trace = NULL;
        }
        return;
    }
    if (t->err)
        n2_job_failed_at(c, j, t->err, gone, rows_of(c, t));
    else
        n2_job_done(c, j, rows_of(c, t));
}

/* Asks all hops at once.  Returns: N2_OK, N2_ERR_NOMEM, or why there is no way to ask. */
static n2_err
start(n2_control *c, job *j, const n2_id *who)
{
    trace *t = calloc(1, sizeof *t);
    n2_err err = t ? n2_way_find(c, who, t->hops, &t->n_hops, NULL) : N2_ERR_NOMEM;

    /* A link that was there and is down is asked too: its end is the hop that is gone. */
    if (err == N2_ERR_BUSY && t && t->n_hops)
        err = N2_OK;
    if (err || !t) {
        free(t);
        return err;
    }
    t->who = *who;
    t->state[0] = HOP_ANSWERS;
    t->bits[0] = c->config.switch_bits;
    free(j->trace);
    j->trace = t;
    for (size_t i = 1; i <= t->n_hops; i++) {
        t->bits[i] = i < t->n_hops ? t->hops[i].bits : 0;
        ask(c, j, i);
    }
    return N2_OK;
}

void
n2_trace_begin(n2_control *c, job *j, const n2_id *who, n2_err err)
{
    bool is_begun = j->trace && n2_id_equal(&j->trace->who, who);
    n2_err way = is_begun ? N2_OK : start(c, j, who);

    if (way) {
        way = way == N2_ERR_BUSY ? N2_ERR_UNREACHABLE : way;
        n2_job_failed(c, j, err ? err : way);
        return;
    }
    j->trace->err = err;
    j->trace->is_early = false;
    j->awaits = AWAIT_ECHO;
    end(c, j);
}

void
n2_trace_early(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];
        bool waits = j && j->transfer && j->walk && j->walk->n_holders &&
                     n2_id_equal(&j->walk->holders[0], who);

        if (!waits || (j->trace && !j->trace->is_complete) || start(c, j, who))
            continue;
        j->trace->is_early = true;
        end(c, j);
    }
}

void
n2_trace_lost(n2_control *c, const n2_fetch_event *event)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &event->who);
    n2_control_log(c, "connection to %s: %s; trying again", id, n2_err_text(event->err));
    if (event->err == N2_ERR_TIMEOUT)
        n2_way_in_vain(c, &event->who);
    n2_trace_early(c, &event->who);
}

/* Was @j to have something from @who? */
static bool
is_served_by(const n2_control *c, const job *j, const n2_id *who, const n2_id *about)
{
    const walk *w = j->walk;

    if (!w)
        return false;
    if (j->awaits == AWAIT_CROWD)
        return about && n2_id_equal(about, &w->who);
    if (about || !j->transfer)
        return false;
    for (size_t i = 0; i < w->n_holders; i++)
        if (n2_id_equal(&w->holders[i], who))
            return true;
    return w->is_carried && n2_id_equal(&c->config.cache, who);
}

void
n2_trace_lied(n2_control *c, const n2_id *who, const n2_id *about)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, who);
    n2_control_log(c, "%s sent something forged or damaged: it is not asked for an hour", id);
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        const job *j = c->jobs[i];

        if (!j || !is_served_by(c, j, who, about))
            continue;
        n2_table *t = n2_job_row();
        char *name = n2_name_dup(c, who);

        n2_table_text(t, "identity", id);
        n2_table_text(t, "name", name);
        n2_table_text(t, "address", j->address);
        free(name);
        n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_LIED, .job = j->id, .table = t});
    }
}

void
n2_trace_job(n2_control *c, job *j)
{
    n2_address *address = malloc(sizeof *address);
    n2_id who = {0};
    n2_err err = address ? N2_OK : N2_ERR_NOMEM;

    if (!err)
        err = n2_job_address(c, j, address);
    if (!err && address->kind == N2_ADDRESS_CONTENT)
        err = N2_ERR_USAGE;
    else if (!err && address->kind == N2_ADDRESS_IDENTITY)
        who = address->id;
    else if (!err)
        err = n2_name_resolve(c, address->name, &who);
    free(address);
    if (err)
        n2_job_failed(c, j, err);
    else
        n2_trace_begin(c, j, &who, N2_OK);
}

void
n2_trace_event(n2_control *c, const n2_event *event)
{
    job *j = n2_job_find(c, (n2_job)(event->tag >> 16));
    size_t behind = event->tag >> 8 & 0xff;
    trace *t = j ? j->trace : NULL;

    if (n2_routes_echo(c, event))
        return;
    if (!t || behind > t->n_hops || t->state[behind] != HOP_WAITS)
        return;
    if (!event->err) {
        t->state[behind] = HOP_ANSWERS;
        t->bits[behind] = event->width;
        t->rtt_us[behind] = event->rtt_us;
    } else if (event->tag != echo_tag(j, behind)) {
        return; /* an earlier try of this hop */
    } else if (t->tries[behind] < N2_ECHO_TRIES) {
        ask(c, j, behind);
    } else {
        t->state[behind] = HOP_SILENT;
    }
    end(c, j);
}
