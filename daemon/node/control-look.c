/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-look.c - the live state of our switch: what the data plane counted, as rates, with
 * the names of who is where.
 *
 * A rate is the difference of two looks, N2_LOOK_SPAN_US apart or more.  Who asks once waits
 * for the second; who goes on asking has the last one to compare with.  Nobody looks while
 * nobody asks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/control-private.h"
#include "switch/look.h"

/* ---- looks ---- */

static void
ask(n2_control *c)
{
    c->looks.again_us = UINT64_MAX;
    c->looks.is_asked = true;
    n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_SWITCH_LOOK});
}

void
n2_look_job(n2_control *c, job *j)
{
    j->awaits = AWAIT_LOOK;
    if (!c->looks.is_asked && c->looks.again_us == UINT64_MAX)
        ask(c);
}

/* The newest look that @now can be compared with; NULL: none. */
static const n2_look *
earlier(const n2_control *c, const n2_look *now)
{
    const n2_look *both[] = {c->looks.last, c->looks.before};

    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        if (both[i] && now->at_us - both[i]->at_us >= N2_LOOK_SPAN_US &&
            now->at_us - both[i]->at_us <= N2_LOOK_OLD_US)
            return both[i];
    return NULL;
}

/* @now: (transfer full). */
static void
keep(n2_control *c, n2_look *now)
{
    if (c->looks.last && now->at_us - c->looks.last->at_us < N2_LOOK_SPAN_US) {
        free(now);
        return;
    }
    free(c->looks.before);
    c->looks.before = c->looks.last;
    c->looks.last = now;
}

static const n2_look_port *
find_port(const n2_look *look, uint32_t port)
{
    for (size_t i = 0; i < look->n_ports; i++)
        if (look->ports[i].port == port)
            return &look->ports[i];
    return NULL;
}

/* Bits a second. */
static int64_t
rate_bps(uint64_t now_bytes, uint64_t then_bytes, uint64_t span_us)
{
    if (now_bytes < then_bytes) /* the plane began anew */
        then_bytes = 0;
    return (int64_t)((double)(now_bytes - then_bytes) * 8e6 / (double)span_us);
}

/* ---- rows ---- */

/* As path labels are shown elsewhere. */
static void
put_hex(n2_table *t, const char *name, uint64_t word)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%016" PRIx64, word);
    n2_table_text(t, name, text);
}

static const peer *
peer_at(const n2_control *c, const n2_look_port *p)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].link_id == p->link_id && c->peers[i].port == p->port)
            return &c->peers[i];
    return NULL;
}

static void
put_who(n2_control *c, n2_table *t, const n2_id *who)
{
    if (!who || !n2_id_is_set(who))
        return;
    char *name = n2_name_dup(c, who);

    n2_table_id(t, "identity", N2_ID_IDENTITY, who);
    n2_table_text(t, "name", name);
    free(name);
}

static void
put_link(n2_control *c, n2_table *t, const n2_look_port *p)
{
    const peer *other = peer_at(c, p);

    n2_table_text(t, "state", p->is_up ? "up" : p->net.len ? "opening" : "down");
    n2_table_text(t, "endpoint", other ? other->endpoint : NULL);
    if (!other || !other->endpoint)
        n2_table_bytes(t, "net", p->net.bytes, p->net.len);
    put_who(c, t, other ? &other->key : NULL);
    n2_table_bool(t, "opened", p->is_opener);
    if (p->is_up && p->rtt_us)
        n2_table_int(t, "rtt_us", p->rtt_us);
    if (p->remote_width) {
        n2_table_int(t, "remote_port", p->remote_port);
        n2_table_int(t, "remote_bits", p->remote_width);
    }
}

static void
put_queue(const n2_control *c, n2_table *t, const n2_look_port *p)
{
    n2_table_int(t, "queue_packets", p->queue_packets);
    n2_table_int(t, "queue_bytes", p->queue_bytes);
    n2_table_int(t, "queue_us", p->queue_us);
    n2_table_int(t, "queue_peak_us", p->queue_peak_us);
    n2_table_int(t, "dropped_out", (int64_t)p->dropped_out);
    n2_table_int(t, "jam_marks", (int64_t)p->jam_marks);
    n2_table_int(t, "jam_notices", (int64_t)p->jam_notices);
    n2_table_bool(t, "jammed", p->jam_since_us != 0);
    if (p->jam_since_us && c->now_us > p->jam_since_us)
        n2_table_int(t, "jammed_us", (int64_t)(c->now_us - p->jam_since_us));
    n2_table_int(t, "reserved_bps", (int64_t)p->reserved_Bps * 8);
}

static void
put_port(n2_control *c,
         n2_table *t,
         const n2_look_port *p,
         const n2_look_port *then,
         uint64_t span_us)
{
    static const n2_look_port nothing = {0};

    if (!then)
        then = &nothing;
    n2_table_row(t);
    n2_table_int(t, "port", p->port);
    if (p->port)
        put_link(c, t, p);
    else
        n2_table_text(t, "state", "self");
    if (p->rate_Bps)
        n2_table_int(t, "rate_bps", (int64_t)p->rate_Bps * 8);
    n2_table_int(t, "in_bps", rate_bps(p->bytes_in, then->bytes_in, span_us));
    n2_table_int(t, "out_bps", rate_bps(p->bytes_out, then->bytes_out, span_us));
    if (p->users)
        n2_table_int(t, "users", p->users);
    n2_table_int(t, "packets_in", (int64_t)p->packets_in);
    n2_table_int(t, "bytes_in", (int64_t)p->bytes_in);
    n2_table_int(t, "dropped_in", (int64_t)p->dropped_in);
    n2_table_int(t, "filtered_in", (int64_t)p->filtered_in);
    n2_table_int(t, "demoted_in", (int64_t)p->demoted_in);
    n2_table_int(t, "packets_out", (int64_t)p->packets_out);
    n2_table_int(t, "bytes_out", (int64_t)p->bytes_out);
    put_queue(c, t, p);
}

static n2_table *
ports(n2_control *c, const n2_look *look, const n2_look *then)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < look->n_ports; i++)
        put_port(c, t, &look->ports[i], find_port(then, look->ports[i].port),
                 look->at_us - then->at_us);
    return t;
}

static n2_table *
reservations(n2_control *c, const n2_look *look)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < look->n_reservations; i++) {
        const n2_look_reservation *r = &look->reservations[i];
        n2_id who;

        n2_table_row(t);
        n2_table_int(t, "in_port", r->in_port);
        n2_table_int(t, "out_port", r->out_port);
        n2_table_text(t, "kind", r->is_allotment ? "allotment" : r->in_port ? "flow" : "own");
        n2_table_text(t, "state", r->is_cut ? "cut" : r->is_pending ? "pending" : "kept");
        n2_table_int(t, "class", r->class);
        put_hex(t, "labels", r->path);
        if (!r->in_port && n2_ways_who(c, r->path, &who))
            put_who(c, t, &who);
        n2_table_int(t, "rate_bps", (int64_t)r->rate_Bps * 8);
        n2_table_int(t, "left_us", (int64_t)r->left_us);
        n2_table_int(t, "packets", (int64_t)r->packets);
        n2_table_int(t, "bytes", (int64_t)r->bytes);
        n2_table_int(t, "over", (int64_t)r->over);
    }
    return t;
}

static n2_table *
labels(const n2_look *look)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < look->n_labels; i++) {
        n2_table_row(t);
        n2_table_int(t, "label", look->labels[i].label);
        n2_table_int(t, "bits", look->labels[i].bits);
        n2_table_int(t, "ways", look->labels[i].n_ways);
        n2_table_int(t, "packets", (int64_t)look->labels[i].packets);
    }
    return t;
}

static n2_table *
trees(const n2_look *look)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < look->n_trees; i++) {
        n2_table_row(t);
        put_hex(t, "tree", look->trees[i].tree);
        n2_table_int(t, "in_port", look->trees[i].in_port);
        n2_table_int(t, "branches", look->trees[i].n_branches);
        n2_table_int(t, "alone", look->trees[i].n_alone);
        n2_table_int(t, "left_us", (int64_t)look->trees[i].left_us);
        n2_table_int(t, "packets", (int64_t)look->trees[i].packets);
        n2_table_int(t, "refused", (int64_t)look->trees[i].refused);
    }
    return t;
}

static n2_table *
channels(const n2_look *look)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < look->n_channels; i++) {
        n2_table_row(t);
        n2_table_int(t, "channel", look->channels[i].channel);
        n2_table_int(t, "in_port", look->channels[i].in_port);
        n2_table_int(t, "ports", look->channels[i].n_ports);
        n2_table_int(t, "left_us", (int64_t)look->channels[i].left_us);
        n2_table_int(t, "packets", (int64_t)look->channels[i].packets);
    }
    return t;
}

static n2_table *
whole(n2_control *c, const n2_look *look, const n2_look *then)
{
    n2_table *t = n2_job_row();

    n2_table_int(t, "bits", look->width);
    n2_table_int(t, "span_us", (int64_t)(look->at_us - then->at_us));
    n2_table_int(t, "forwarded", (int64_t)look->forwarded);
    n2_table_int(t, "delivered", (int64_t)look->delivered);
    n2_table_int(t, "filter_rules", look->filter_rules);
    n2_table_int(t, "n_ports", (int64_t)look->n_all_ports);
    n2_table_int(t, "n_reservations", (int64_t)look->n_all_reservations);
    n2_table_int(t, "n_labels", (int64_t)look->n_all_labels);
    n2_table_int(t, "n_trees", (int64_t)look->n_all_trees);
    n2_table_int(t, "n_channels", (int64_t)look->n_all_channels);
    n2_table_take(t, "ports", ports(c, look, then));
    n2_table_take(t, "reservations", reservations(c, look));
    n2_table_take(t, "labels", labels(look));
    n2_table_take(t, "trees", trees(look));
    n2_table_take(t, "channels", channels(look));
    n2_table_take(t, "ways", n2_ways_table(c));
    n2_table_take(t, "avoided", n2_routes_avoided(c));
    n2_table_take(t, "reserved", n2_reserved_table(c));
    return t;
}

/* ---- events and time ---- */

void
n2_look_event(n2_control *c, n2_event *event)
{
    n2_look *look = (n2_look *)(void *)event->bytes;
    const n2_look *then = look ? earlier(c, look) : NULL;

    event->bytes = NULL;
    c->looks.is_asked = false;
    for (size_t i = 0; i < N2_JOBS_MAX && (!look || then); i++) {
        job *j = c->jobs[i];

        if (!j || j->awaits != AWAIT_LOOK)
            continue;
        if (then)
            n2_job_done(c, j, whole(c, look, then));
        else
            n2_job_failed(c, j, event->err);
    }
    if (look && !then)
        c->looks.again_us = c->now_us + N2_LOOK_SPAN_US;
    if (look)
        keep(c, look);
}

uint64_t
n2_look_deadline(const n2_control *c)
{
    return c->looks.again_us;
}

void
n2_look_expire(n2_control *c)
{
    if (c->now_us >= c->looks.again_us)
        ask(c);
}

void
n2_look_restarted(n2_control *c)
{
    n2_look_clear(c);
    for (size_t i = 0; i < N2_JOBS_MAX && !c->looks.is_asked; i++)
        if (c->jobs[i] && c->jobs[i]->awaits == AWAIT_LOOK)
            ask(c);
}

void
n2_look_clear(n2_control *c)
{
    free(c->looks.last);
    free(c->looks.before);
    c->looks.last = c->looks.before = NULL;
    c->looks.is_asked = false;
    c->looks.again_us = UINT64_MAX;
}
