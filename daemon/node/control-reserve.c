/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-reserve.c - bandwidth that the user has reserved on the way to somebody: asked for,
 *                     listed, given back.
 *
 * The data plane asks along the way, renews and measures; here are the names.  What could not
 * be kept stays in the list with its reason until it is given back, or asked for again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "switch/reserve-reason.h"

enum {
    URGENT = 0, /* n2_class, of wire/packet.h */
    HIGH = 1
};

static reserved *
find(n2_control *c, uint64_t number)
{
    for (size_t i = 0; number && i < N2_RESERVED_MAX; i++)
        if (c->reserved[i].number == number)
            return &c->reserved[i];
    return NULL;
}

static const char *
state_of(const reserved *r)
{
    if (r->Bps)
        return "kept";
    return r->is_asking ? "asking" : r->err == N2_ERR_REFUSED ? "refused" : "lost";
}

static void
put(n2_control *c, n2_table *t, const reserved *r)
{
    char labels[24];
    char *name = n2_name_dup(c, &r->who);

    (void)snprintf(labels, sizeof labels, "%016" PRIx64, r->path);
    n2_table_row(t);
    n2_table_int(t, "number", r->number);
    n2_table_text(t, "state", state_of(r));
    n2_table_id(t, "identity", N2_ID_IDENTITY, &r->who);
    n2_table_text(t, "name", name);
    n2_table_text(t, "class", r->class == URGENT ? "urgent" : "high");
    n2_table_int(t, "rate_bps", (int64_t)(r->Bps ? r->Bps : r->wish_Bps) * 8);
    n2_table_text(t, "labels", labels);
    if (r->Bps) {
        n2_table_int(t, "switches", r->place);
        n2_table_int(t, "unsure", r->unsure);
    } else if (r->err == N2_ERR_REFUSED) {
        n2_table_int(t, "hop", r->place);
        n2_table_text(t, "reason", n2_reserve_reason_word(r->reason));
        n2_table_int(t, "offer_bps", (int64_t)r->offer_Bps * 8);
    }
    free(name);
}

static void
ask(n2_control *c, reserved *r)
{
    r->is_asking = true;
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_RESERVE,
                                       .tag = r->number,
                                       .path = r->path,
                                       .size = r->wish_Bps,
                                       .bits = r->class});
}

/* Bits a second in decimal; 0: it isn't one. */
static uint64_t
parse_rate(const char *text)
{
    char *end = NULL;

    if (!text || *text < '0' || *text > '9')
        return 0;
    uint64_t bps = strtoull(text, &end, 10);
    return *end || bps > (uint64_t)UINT32_MAX * N2_RESERVE_BPS * 8 ? 0 : bps;
}

/* The one for @who, there is one for each; or a new one.  NULL: there are too many. */
static reserved *
need(n2_control *c, const n2_id *who)
{
    reserved *empty = NULL;

    for (size_t i = 0; i < N2_RESERVED_MAX; i++) {
        reserved *at = &c->reserved[i];
        if (at->number && n2_id_equal(&at->who, who))
            return at;
        if (!at->number && !empty)
            empty = at;
    }
    if (empty)
        *empty = (reserved){.number = ++c->last_reserved, .who = *who};
    return empty;
}

static n2_err
way_to(n2_control *c, const job *j, n2_id *who, n2_route *route)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n = 0;
    n2_err err = j->address ? n2_name_resolve(c, j->address, who) : N2_ERR_USAGE;

    if (!err)
        err = n2_way_find(c, who, hops, &n, NULL);
    if (err)
        return err == N2_ERR_BUSY ? N2_ERR_UNREACHABLE : err;
    return n ? n2_way_path(hops, n, route) : N2_ERR_USAGE; /* to ourselves there is none */
}

static void
begin(n2_control *c, job *j)
{
    n2_route route = {0};
    n2_id who = {0};
    uint64_t bps = parse_rate(j->value);
    bool is_urgent = j->type && strcmp(j->type, "urgent") == 0;
    bool is_right = bps && (!j->type || is_urgent || strcmp(j->type, "high") == 0);
    n2_err err = is_right ? way_to(c, j, &who, &route) : N2_ERR_USAGE;
    reserved *r = err ? NULL : need(c, &who);

    if (!r) {
        n2_job_failed(c, j, err ? err : N2_ERR_LIMIT);
        return;
    }
    if (r->job) {
        n2_job_failed(c, j, N2_ERR_BUSY);
        return;
    }
    uint8_t class = is_urgent ? URGENT : HIGH;
    if (r->Bps && r->class != class) { /* another flow: what there is would be lost first */
        n2_job_failed(c, j, N2_ERR_EXISTS);
        return;
    }
    r->path = n2_way_in_use(c, &who, route.word);
    r->class = class;
    r->wish_Bps = (bps + 7) / 8;
    r->job = j->id;
    j->awaits = AWAIT_RESERVED;
    ask(c, r);
}

static void
release(n2_control *c, job *j)
{
    reserved *r = find(c, parse_rate(j->value));

    if (!r) {
        n2_job_failed(c, j, N2_ERR_NOTFOUND);
        return;
    }
    job *waiting = n2_job_find(c, r->job);
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_RELEASE, .tag = r->number});
    *r = (reserved){0};
    if (waiting)
        n2_job_failed(c, waiting, N2_ERR_CANCELLED);
    n2_control_changed(c, "reservations");
    n2_job_done(c, j, NULL);
}

n2_table *
n2_reserved_table(n2_control *c)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < N2_RESERVED_MAX; i++)
        if (c->reserved[i].number)
            put(c, t, &c->reserved[i]);
    return t;
}

void
n2_reserve_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_RESERVE) {
        begin(c, j);
    } else if (j->kind == N2_JOB_RESERVE_RELEASE) {
        release(c, j);
    } else {
        n2_job_done(c, j, n2_reserved_table(c));
    }
}

/* What stays of it now that an answer is there; @is_told: to somebody who waits for it. */
static void
settle(reserved *r, bool is_told)
{
    if (r->Bps)
        r->wish_Bps = r->Bps; /* more may have been refused */
    else if (is_told)
        *r = (reserved){0};
}

void
n2_reserved_event(n2_control *c, const n2_event *event)
{
    reserved *r = find(c, event->tag);

    if (!r)
        return; /* given back meanwhile */
    r->is_asking = false;
    r->err = event->err;
    r->Bps = event->size;
    r->offer_Bps = event->address;
    r->place = event->width;
    r->reason = (uint8_t)event->key_id;
    r->unsure = (uint8_t)event->port;
    job *j = n2_job_find(c, r->job);
    r->job = 0;
    n2_control_changed(c, "reservations");
    reserved told = *r;
    settle(r, j != NULL);
    if (!j)
        return;
    if (event->err && event->err != N2_ERR_REFUSED) {
        n2_job_failed(c, j, event->err);
        return;
    }
    n2_table *t = n2_table_new();
    if (event->err)
        told.Bps = 0; /* what was asked for, not what there still is */
    put(c, t, &told);
    n2_job_done(c, j, t);
}

void
n2_reserved_moved(n2_control *c, const n2_id *who, uint64_t path)
{
    for (size_t i = 0; i < N2_RESERVED_MAX; i++) {
        reserved *r = &c->reserved[i];
        if (!r->number || !n2_id_equal(&r->who, who) || r->path == path ||
            !(r->Bps || r->is_asking))
            continue;
        r->path = path;
        r->Bps = 0; /* until those on the new way have it */
        ask(c, r);
        n2_control_changed(c, "reservations");
    }
}

void
n2_reserved_connected(n2_control *c, n2_conn conn)
{
    uint64_t path;
    n2_id who;

    if (n2_fetch_who(c->fetch, conn, &who, &path))
        n2_reserved_moved(c, &who, path);
}

void
n2_reserved_begin(n2_control *c)
{
    if (c->config.reserve_role)
        n2_op_queue_push(&c->ops,
                         &(n2_op){.kind = N2_OP_RESERVE_ROLE, .bits = c->config.reserve_role});
}

void
n2_reserved_restarted(n2_control *c)
{
    n2_reserved_begin(c);
    for (size_t i = 0; i < N2_RESERVED_MAX; i++)
        if (c->reserved[i].number) {
            c->reserved[i].Bps = 0;
            ask(c, &c->reserved[i]);
        }
}
