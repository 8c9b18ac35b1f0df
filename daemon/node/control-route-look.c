/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route-look.c - links that fail: who finds a way silent asks its switches, and tells
 * the domain's server between which two it ends; the server asks them itself.
 *
 *     way silent --ECHO to each switch--> first that is silent --COMPLAIN--> server
 *     server --ECHO to both ends--> the link comes last --ROUTES--> who complained, and others
 *
 * What is said makes the server look, and nothing else: a liar costs it a few echoes.
 */
#include "node/control-private.h"

/* Tags of our echoes, beside those of traces: which look or probe, which switch, which try. */
#define OURS (UINT64_C(1) << 63)

static uint64_t
tag_of(uint32_t id, size_t i, const route_echo *e)
{
    return OURS | (uint64_t)id << 16 | (uint64_t)i << 8 | e->n_tries;
}

static void
send_echo(n2_control *c, uint32_t id, size_t i, route_echo *e)
{
    e->n_tries++;
    n2_op_queue_push(&c->ops,
                     &(n2_op){.kind = N2_OP_ECHO, .tag = tag_of(id, i, e), .path = e->path});
}

/* Our own switch is there. */
static route_echo
echo_to(uint64_t path)
{
    return (route_echo){.path = path, .state = path ? HOP_WAITS : HOP_ANSWERS};
}

static uint32_t
next_id(struct routes *r)
{
    r->last_look = r->last_look == UINT32_MAX ? 1 : r->last_look + 1;
    return r->last_look;
}

/* ---- who finds a way silent ---- */

/* The switches of our domain that follow each other on a way that its server composed. */
static void
steps_of(const n2_composed *way, const n2_id *domain, route_look *out)
{
    unsigned bits = 0;

    for (size_t i = 0; i < way->n_hops; i++) {
        const n2_composed_hop *h = &way->hops[i];
        bool is_ours = h->number && n2_id_equal(&h->domain, domain);

        if (is_ours) {
            out->numbers[out->n] = h->number;
            out->echoes[out->n++] =
                echo_to(bits ? way->route.word & UINT64_MAX << (64 - bits) : 0);
        } else if (out->n) {
            return; /* behind the border nobody of ours can tell */
        }
        bits += h->bits;
        if (bits >= N2_PATH_BITS)
            return;
    }
}

/* A switch of the domain on its way to the server: its neighbour is the first that may fail. */
static void
first_of(n2_control *c, uint64_t path, route_look *out)
{
    const struct routes *r = c->routes;
    unsigned left = 64u - c->config.switch_bits;
    const route_neighbour *n = n2_routes_neighbour(c, (uint16_t)(path >> left), false);

    if (!r->is_switch || !n || !n2_id_is_set(&n->who) || !c->n_owns ||
        !n2_id_equal(&n->domain, &r->hangs[0].domain))
        return;
    out->numbers[0] = n2_id_number(&c->owns[0].who);
    out->echoes[0] = echo_to(0);
    out->numbers[1] = n2_id_number(&n->who);
    out->echoes[1] = echo_to(path >> left << left);
    out->n = 2;
}

void
n2_routes_silent(n2_control *c, const n2_id *who, uint64_t path)
{
    struct routes *r = c->routes;
    route_look *l = NULL;

    if (!r || !r->hangs[0].len)
        return;
    for (size_t i = 0; i < ROUTE_LOOKS; i++) {
        if (r->looks[i].id && n2_id_equal(&r->looks[i].who, who))
            return; /* it is looked at */
        if (!r->looks[i].id && !l)
            l = &r->looks[i];
    }
    if (!l)
        return;
    const n2_composed *way = n2_routes_composed(c, who, path);

    *l = (route_look){.who = *who};
    if (way)
        steps_of(way, &r->hangs[0].domain, l);
    else if (n2_routes_shows(c, who))
        first_of(c, path, l);
    if (l->n < 2)
        return; /* no link of our domain: nobody to be told */
    l->id = next_id(r);
    for (size_t i = 0; i < l->n; i++)
        if (l->echoes[i].state == HOP_WAITS)
            send_echo(c, l->id, i, &l->echoes[i]);
}

bool
n2_routes_complaint(const n2_control *c, const n2_id *who, n2_complaint *out)
{
    const struct routes *r = c->routes;

    for (size_t i = 0; i < ROUTE_LOOKS; i++) {
        const route_look *l = &r->looks[i];

        if (!l->id || !l->silent || !n2_id_equal(&l->who, who))
            continue;
        *out = (n2_complaint){.answers = l->answers, .silent = l->silent};
        memcpy(out->own, r->hangs[0].at.place, sizeof out->own);
        return true;
    }
    return false;
}

void
n2_routes_complained(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < ROUTE_LOOKS; i++)
        if (n2_id_equal(&c->routes->looks[i].who, who))
            c->routes->looks[i] = (route_look){0};
    n2_routes_soon(c, who);
}

static void
look_answered(n2_control *c, route_look *l)
{
    struct routes *r = c->routes;
    const n2_id who = l->who;
    size_t at = 0;
    n2_complaint complaint;

    for (size_t i = 0; i < l->n; i++)
        if (l->echoes[i].state == HOP_WAITS)
            return;
    while (at < l->n && l->echoes[at].state == HOP_ANSWERS)
        at++;
    if (!at || at == l->n) {
        *l = (route_look){0}; /* all of ours are there, or we are cut off ourselves */
        return;
    }
    l->answers = l->numbers[at - 1];
    l->silent = l->numbers[at];
    if (!r->server) {
        n2_routes_ask(c, ROUTE_ASKS_COMPLAINT, &r->hangs[0].domain, &who);
        return;
    }
    if (n2_routes_complaint(c, &who, &complaint))
        (void)!n2_domain_server_complain(r->server, &complaint, 0, c->wall_us, c->now_us);
    n2_routes_complained(c, &who);
    n2_routes_probe(c);
}

/* ---- the server ---- */

n2_err
n2_routes_asked_complaint(n2_control *c, uint64_t path, const n2_call *call)
{
    n2_complaint complaint;

    if (!c->routes->server)
        return N2_ERR_NOTFOUND;
    n2_err err = n2_complaint_read(&complaint, call->arg[0].bytes, call->arg[0].len);

    if (!err)
        err = n2_domain_server_complain(c->routes->server, &complaint, path, c->wall_us,
                                        c->now_us);
    n2_routes_probe(c);
    return err;
}

void
n2_routes_probe(n2_control *c)
{
    struct routes *r = c->routes;
    n2_topology *t = n2_domain_server_topology(r->server);

    for (size_t i = 0; i < N2_LINK_PROBES_MAX; i++) {
        route_probe *p = &r->probes[i];
        n2_route near, far;

        if (p->id)
            continue;
        *p = (route_probe){0};
        if (!n2_topology_next_probe(t, n2_id_number(&r->hangs[0].domain), &p->number, &p->port,
                                    &near, &far))
            return;
        p->id = next_id(r);
        p->echoes[0] = echo_to(near.word);
        p->echoes[1] = echo_to(far.word);
        for (size_t k = 0; k < 2; k++)
            if (p->echoes[k].state == HOP_WAITS)
                send_echo(c, p->id, k, &p->echoes[k]);
    }
}

static void
probe_answered(n2_control *c, route_probe *p)
{
    const route_echo *e = p->echoes;

    if (e[0].state == HOP_WAITS || e[1].state == HOP_WAITS)
        return;
    if (c->routes->server)
        n2_topology_probed(n2_domain_server_topology(c->routes->server), p->number, p->port,
                           e[0].state == HOP_ANSWERS, e[1].state == HOP_ANSWERS, c->now_us);
    *p = (route_probe){0};
    n2_control_changed(c, "domain");
}

/* ---- echoes ---- */

/* False: it tells nothing yet. */
static bool
take_echo(n2_control *c, const n2_event *event, uint32_t id, route_echo *e)
{
    size_t i = event->tag >> 8 & 0xff;

    if (e->state != HOP_WAITS)
        return false;
    if (!event->err) {
        e->state = HOP_ANSWERS;
    } else if (event->tag != tag_of(id, i, e)) {
        return false; /* an earlier try */
    } else if (e->n_tries < N2_ECHO_TRIES) {
        send_echo(c, id, i, e);
        return false;
    } else {
        e->state = HOP_SILENT;
    }
    return true;
}

bool
n2_routes_echo(n2_control *c, const n2_event *event)
{
    uint32_t id = (uint32_t)(event->tag >> 16);
    size_t at = event->tag >> 8 & 0xff;

    if (!(event->tag & OURS))
        return false;
    for (size_t i = 0; c->routes && i < ROUTE_LOOKS; i++) {
        route_look *l = &c->routes->looks[i];

        if (l->id == id && at < l->n && take_echo(c, event, id, &l->echoes[at]))
            look_answered(c, l);
    }
    for (size_t i = 0; c->routes && i < N2_LINK_PROBES_MAX; i++) {
        route_probe *p = &c->routes->probes[i];

        if (p->id == id && at < 2 && take_echo(c, event, id, &p->echoes[at]))
            probe_answered(c, p);
    }
    return true;
}
