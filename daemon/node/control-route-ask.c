/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route-ask.c - what is asked of neighbours, servers and parents, and their answers.
 */
#include <string.h>

#include "crypto/container.h"
#include "node/control-private.h"
#include "node/control-statement.h"

enum {
    HOP_BYTES = 3,
    FLAG_FIXED = 1, /* of `attach` */
    FLAG_TELL = 2
};

#define ANSWER_US (6 * N2_SECOND_US)

/* ---- parts of questions ---- */

void
n2_routes_put_id(n2_asm *block, const n2_id *id)
{
    uint8_t bytes[N2_ID_BYTES] = {id->method};

    memcpy(bytes + 1, id->hash, sizeof id->hash);
    n2_asm_bytes(block, bytes, n2_id_is_set(id) ? sizeof bytes : 0);
}

bool
n2_routes_read_id(n2_id *out, const n2_value *v)
{
    *out = (n2_id){0};
    if (v->type != 'b' || v->len != N2_ID_BYTES || !n2_hash_known(v->bytes[0]))
        return false;
    out->method = v->bytes[0];
    memcpy(out->hash, v->bytes + 1, sizeof out->hash);
    return true;
}

void
n2_routes_put_hops(n2_asm *block, const n2_store_hop *hops, size_t n)
{
    uint8_t bytes[HOP_BYTES * N2_STORE_HOPS_MAX];

    for (size_t i = 0; i < n; i++) {
        bytes[HOP_BYTES * i] = (uint8_t)(hops[i].port >> 8);
        bytes[HOP_BYTES * i + 1] = (uint8_t)hops[i].port;
        bytes[HOP_BYTES * i + 2] = hops[i].bits;
    }
    n2_asm_bytes(block, bytes, HOP_BYTES * n);
}

bool
n2_routes_read_hops(route_neighbour *out, const n2_value *v)
{
    n2_route route;

    out->n_way = 0;
    if (v->type != 'b' || v->len % HOP_BYTES || v->len > HOP_BYTES * N2_STORE_HOPS_MAX)
        return false;
    for (size_t i = 0; i < v->len; i += HOP_BYTES)
        out->way[out->n_way++] = (n2_store_hop){
            .port = (uint16_t)(v->bytes[i] << 8 | v->bytes[i + 1]), .bits = v->bytes[i + 2]};
    return !n2_way_path(out->way, out->n_way, &route);
}

static void
put_chain(n2_control *c, n2_asm *block)
{
    const struct routes *r = c->routes;
    n2_writer w = n2_writer_init_growing(N2_VM_STRING_BYTES_MAX);
    n2_err err = n2_statement_write(c, &c->owns[0].who, &w, NULL);

    /* Who checks what a domain says needs its parents, too. */
    for (size_t i = 1; r->server && i < ROUTE_HANGS && !err; i++)
        if (n2_id_is_set(&r->hangs[i].domain))
            (void)!n2_statement_write(c, &r->hangs[i].domain, &w, NULL);
    n2_asm_bytes(block, w.buf, err ? 0 : w.len);
    n2_writer_clear(&w);
}

static void
put_attach(n2_control *c, const n2_id *server, n2_asm *block)
{
    uint8_t key[1 + N2_KEY_BYTES_MAX], path[N2_PATH_STORED_BYTES];
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_key device = {0};
    n2_route up = {0};
    size_t n = 0;

    if (!n2_routes_device(c, &device) && !n2_way_find(c, server, hops, &n, NULL))
        (void)!n2_way_path(hops, n, &up);
    key[0] = device.method;
    memcpy(key + 1, device.bytes, n2_key_bytes(device.method));
    n2_route_write(path, &up);
    n2_asm_bytes(block, key, 1 + n2_key_bytes(device.method));
    n2_asm_bytes(block, path, sizeof path);
    n2_asm_u64(block,
               (c->routes->is_fixed ? FLAG_FIXED : 0) | (c->routes->is_hidden ? 0 : FLAG_TELL));
    n2_asm_word(block, N2_WORD_ATTACH);
}

static void
put_neighbour(n2_control *c, const n2_id *who, n2_asm *block)
{
    uint16_t port = 0;

    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].is_up && c->peers[i].endpoint && n2_id_equal(&c->peers[i].key, who))
            port = c->peers[i].port;
    n2_routes_put_id(block, &c->owns[0].who);
    n2_asm_u64(block, port);
    n2_routes_put_own(c, block);
    n2_asm_word(block, N2_WORD_NEIGHBOUR);
}

static const route_domain *
own_word(const struct routes *r, const n2_id *who)
{
    for (size_t i = 0; i < ROUTE_DOMAINS; i++)
        if (r->domains[i].bytes && n2_id_equal(&r->domains[i].who, who))
            return &r->domains[i];
    return NULL;
}

typedef struct {
    n2_control *c;
    const route_send *send;
} question;

static void
put_question(void *user, n2_asm *block)
{
    const question *q = user;
    n2_control *c = q->c;
    uint8_t buf[N2_ROUTE_QUESTION_BYTES_MAX] = {0};
    n2_route_question ways;
    n2_complaint complaint;
    const route_domain *said;

    switch (q->send->what) {
    case ROUTE_ASKS_NOTHING:
        break;
    case ROUTE_ASKS_NEIGHBOUR:
        put_neighbour(c, &q->send->server, block);
        break;
    case ROUTE_ASKS_PLACE:
        put_attach(c, &q->send->server, block);
        break;
    case ROUTE_ASKS_REPORT:
        put_chain(c, block);
        n2_asm_bytes(block, c->routes->report, c->routes->report_len);
        n2_asm_word(block, N2_WORD_REPORT);
        break;
    case ROUTE_ASKS_WAYS:
        n2_routes_question(c, &q->send->about, &ways);
        n2_asm_bytes(block, buf, n2_route_question_write(buf, &ways));
        n2_asm_word(block, N2_WORD_ROUTES);
        break;
    case ROUTE_ASKS_DOMAIN:
        n2_routes_put_id(block, &q->send->about);
        n2_asm_word(block, N2_WORD_DOMAIN);
        break;
    case ROUTE_ASKS_PARENT:
        said = own_word(c->routes, &c->owns[0].who);
        put_chain(c, block);
        n2_asm_bytes(block, said ? said->bytes : buf, said ? said->len : 0);
        n2_asm_word(block, N2_WORD_PARENT);
        break;
    case ROUTE_ASKS_WHERE:
        n2_routes_put_id(block, &q->send->about);
        n2_asm_word(block, N2_WORD_WHERE);
        break;
    case ROUTE_ASKS_COMPLAINT:
        if (n2_routes_complaint(c, &q->send->about, &complaint))
            n2_complaint_write(buf, &complaint);
        n2_asm_bytes(block, buf, N2_COMPLAINT_BYTES);
        n2_asm_word(block, N2_WORD_COMPLAIN);
        break;
    }
}

/* ---- sending ---- */

static void
failed(n2_control *c, const route_send *s, n2_err err)
{
    route_hang *h = NULL;

    for (size_t i = 0; i < ROUTE_HANGS && !h; i++)
        if (n2_id_equal(&c->routes->hangs[i].domain, &s->server))
            h = &c->routes->hangs[i];
    switch (s->what) {
    case ROUTE_ASKS_PLACE:
        if (h)
            h->err = err;
        break;
    case ROUTE_ASKS_REPORT:
        c->routes->report_err = err;
        c->routes->is_report_due = false;
        c->routes->report_at_us =
            c->now_us + 3 * N2_SECOND_US; /* who is not known may be soon */
        break;
    case ROUTE_ASKS_WAYS:
        n2_routes_came(c, &s->about, err, NULL, 0);
        break;
    case ROUTE_ASKS_WHERE:
        n2_routes_where_came(c, &s->about, err);
        break;
    case ROUTE_ASKS_PARENT:
        c->routes->said_err = err;
        c->routes->said_again_us = c->now_us + 3 * N2_SECOND_US;
        break;
    case ROUTE_ASKS_COMPLAINT:
        n2_routes_complained(c, &s->about);
        break;
    case ROUTE_ASKS_NOTHING:
    case ROUTE_ASKS_NEIGHBOUR:
    case ROUTE_ASKS_DOMAIN:
        break;
    }
}

/* The server must know who asks for a place, or it takes us for a guest: that proof is waited
 * for a while. */
static bool
waits_for_proof(n2_control *c, route_send *s, const n2_fetch_at *at)
{
    bool wants = s->what == ROUTE_ASKS_PLACE || s->what == ROUTE_ASKS_PARENT;
    n2_fetch_event event = {.who = s->server, .conn = at->conn, .suite = at->suite};

    if (!wants || at->is_shown)
        return false;
    /* The connection may be older than the wish to be known there. */
    if (s->shown_at != at->conn) {
        memcpy(event.hash, at->hash, sizeof event.hash);
        s->shown_at = at->conn;
        n2_show_begin(c, &event);
    }
    return c->now_us + ANSWER_US / 2 < s->until_us;
}

static void
try_send(n2_control *c, route_send *s)
{
    question q = {.c = c, .send = s};
    n2_fetch_at at;

    if (!n2_fetch_open_to(c->fetch, &s->server, &at) || waits_for_proof(c, s, &at))
        return;
    n2_err err = n2_fetch_name(c->fetch, &s->server, s->number, put_question, &q, c->now_us);

    s->is_sent = !err;
    if (!err || err == N2_ERR_NOTFOUND)
        return;
    route_send was = *s;

    *s = (route_send){0};
    failed(c, &was, err);
}

void
n2_routes_ask(n2_control *c, route_asks what, const n2_id *server, const n2_id *about)
{
    struct routes *r = c->routes;
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    route_send *s = NULL;
    n2_fetch_at at;
    size_t n;

    for (size_t i = 0; i < ROUTE_SENDS; i++) {
        route_send *one = &r->sends[i];

        if (one->number && one->what == what && n2_id_equal(&one->server, server) &&
            n2_id_equal(&one->about, about)) {
            r->is_report_due |= what == ROUTE_ASKS_REPORT && one->is_sent;
            return;
        }
        if (!one->number && !s)
            s = one;
    }
    r->n_sends_refused += !s;
    if (!s)
        return;
    r->last_send = (r->last_send + 1) % ROUTE_NUMBER;
    *s = (route_send){.number = ROUTE_NUMBER | r->last_send,
                      .what = what,
                      .server = *server,
                      .about = *about,
                      .until_us = c->now_us + ANSWER_US};
    if (n2_fetch_open_to(c->fetch, server, &at)) {
        try_send(c, s);
        return;
    }
    n2_err way = n2_way_find(c, server, hops, &n, NULL);

    if (way && way != N2_ERR_BUSY) {
        route_send was = *s;

        *s = (route_send){0};
        failed(c, &was, way);
    } else {
        n2_fetch_open(c->fetch, server, c->now_us);
    }
}

void
n2_routes_proven(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; c->routes && i < ROUTE_SENDS; i++)
        if (c->routes->sends[i].number && !c->routes->sends[i].is_sent &&
            n2_id_equal(&c->routes->sends[i].server, who))
            try_send(c, &c->routes->sends[i]);
}

uint64_t
n2_routes_sends_deadline(const n2_control *c)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; i < ROUTE_SENDS; i++)
        if (c->routes->sends[i].number && c->routes->sends[i].until_us < at)
            at = c->routes->sends[i].until_us;
    return at;
}

void
n2_routes_sends_expire(n2_control *c)
{
    for (size_t i = 0; i < ROUTE_SENDS; i++) {
        route_send *s = &c->routes->sends[i];

        if (s->number && !s->is_sent)
            try_send(c, s);
        if (!s->number || s->until_us > c->now_us)
            continue;
        route_send was = *s;

        *s = (route_send){0};
        failed(c, &was, N2_ERR_TIMEOUT);
    }
}

/* ---- answers ---- */

static void
take_neighbour(n2_control *c, const n2_id *who, const n2_value *values, size_t n)
{
    route_neighbour got = {0}, *at = NULL;

    if (n != 4 || !n2_routes_read_id(&got.who, &values[0]) || !n2_id_equal(&got.who, who) ||
        values[1].type != 'u' || !values[1].u || values[1].u > UINT16_MAX)
        return;
    got.remote_port = (uint16_t)values[1].u;
    got.has_way =
        n2_routes_read_id(&got.domain, &values[2]) && n2_routes_read_hops(&got, &values[3]);
    for (size_t i = 0; i < c->n_peers && !at; i++) {
        const peer *p = &c->peers[i];

        if (p->is_up && p->endpoint && n2_id_equal(&p->key, who))
            at = n2_routes_neighbour(c, p->port, true);
    }
    if (!at)
        return;
    bool is_news = !n2_id_equal(&at->who, who) || at->remote_port != got.remote_port ||
                   !n2_id_equal(&at->domain, &got.domain) || at->has_way != got.has_way ||
                   at->n_way != got.n_way;

    got.port = at->port;
    got.again_us = c->now_us + (got.has_way ? 10 : 3) * N2_SECOND_US;
    *at = got;
    if (!is_news)
        return;
    n2_routes_report_soon(c);
    n2_way_tell(c, NULL);
    for (size_t i = 0; i < ROUTE_HANGS; i++)
        if (!c->routes->hangs[i].len)
            c->routes->hangs[i].again_us = c->now_us;
}

static void
take_place(n2_control *c, const n2_id *server, const n2_value *values, size_t n)
{
    for (size_t i = 0; i < ROUTE_HANGS; i++) {
        route_hang *h = &c->routes->hangs[i];

        if (!n2_id_equal(&h->domain, server))
            continue;
        h->err = n == 1 && values[0].type == 'b'
                     ? n2_routes_take_own(c, h, values[0].bytes, values[0].len)
                     : N2_ERR_FORMAT;
    }
}

static void
take_where(n2_control *c, const n2_id *about, const n2_value *values, size_t n)
{
    n2_err err = N2_ERR_FORMAT;

    if (n == 2 && values[0].type == 'b' && values[1].type == 'b')
        err = n2_routes_learn(c, about, &(n2_slice){values[0].bytes, values[0].len},
                              &(n2_slice){values[1].bytes, values[1].len});
    n2_routes_where_came(c, about, err);
}

static void
take(n2_control *c, const route_send *s, const n2_value *values, size_t n)
{
    switch (s->what) {
    case ROUTE_ASKS_NEIGHBOUR:
        take_neighbour(c, &s->server, values, n);
        break;
    case ROUTE_ASKS_PLACE:
        take_place(c, &s->server, values, n);
        break;
    case ROUTE_ASKS_REPORT:
        c->routes->report_err = N2_OK;
        if (c->routes->is_report_due)
            n2_routes_ask(c, ROUTE_ASKS_REPORT, &s->server, &s->about);
        c->routes->is_report_due = false;
        break;
    case ROUTE_ASKS_WAYS:
        n2_routes_came(c, &s->about, N2_OK, values, n);
        break;
    case ROUTE_ASKS_DOMAIN:
        n2_routes_take_domain(c, &s->server, values, n);
        break;
    case ROUTE_ASKS_PARENT:
        if (n == 1 && values[0].type == 'b')
            n2_routes_said(c, values[0].bytes, values[0].len);
        break;
    case ROUTE_ASKS_WHERE:
        take_where(c, &s->about, values, n);
        break;
    case ROUTE_ASKS_COMPLAINT:
        n2_routes_complained(c, &s->about);
        break;
    case ROUTE_ASKS_NOTHING:
        break;
    }
}

void
n2_routes_answered(
    void *user, uint32_t number, const n2_id *who, n2_err err, const n2_value *values, size_t n)
{
    n2_control *c = user;

    if (number / ROUTE_NUMBER != 1) {
        n2_crowd_answered(user, number, who, err, values, n);
        return;
    }
    for (size_t i = 0; c->routes && i < ROUTE_SENDS; i++) {
        route_send was = c->routes->sends[i];

        if (was.number != number || !n2_id_equal(&was.server, who))
            continue;
        c->routes->sends[i] = (route_send){0};
        if (err)
            failed(c, &was, err);
        else
            take(c, &was, values, n);
        return;
    }
}
