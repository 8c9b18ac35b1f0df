/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route-answer.c - what others ask about links, places and routes, and what is signed
 *                          for that.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "node/control-private.h"
#include "node/control-statement.h"

enum {
    FLAG_FIXED = 1, /* of `attach` */
    FLAG_TELL = 2
};

/* ---- neighbours ---- */

route_neighbour *
n2_routes_neighbour(n2_control *c, uint16_t port, bool is_new)
{
    route_neighbour *free_one = NULL;

    for (size_t i = 0; port && i < ROUTE_NEIGHBOURS; i++) {
        route_neighbour *n = &c->routes->neighbours[i];

        if (n->port == port)
            return n;
        if (!n->port && !free_one)
            free_one = n;
    }
    if (!is_new || !free_one)
        return NULL;
    *free_one = (route_neighbour){.port = port};
    return free_one;
}

/* The way to our domain's server, if we have a place there. */
static bool
way_home(n2_control *c, n2_store_hop hops[static N2_STORE_HOPS_MAX], size_t *n)
{
    const n2_id *domain = &c->routes->hangs[0].domain;

    *n = 0;
    if (c->routes->server)
        return true;
    return c->routes->is_switch && c->routes->hangs[0].len &&
           !n2_way_find(c, domain, hops, n, NULL);
}

void
n2_routes_put_own(n2_control *c, n2_asm *block)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n;
    bool is_there = way_home(c, hops, &n);

    n2_routes_put_id(block, is_there ? &c->routes->hangs[0].domain : &(n2_id){0});
    n2_routes_put_hops(block, hops, is_there ? n : 0);
}

static n2_err
asked_neighbour(n2_control *c, uint64_t path, const n2_call *call, n2_asm *answer)
{
    uint16_t port = (uint16_t)(path >> (64 - c->config.switch_bits));
    route_neighbour got = {0}, *at;

    if (!n2_routes_read_id(&got.who, &call->arg[0]) || call->arg[1].u > UINT16_MAX)
        return N2_ERR_FORMAT;
    /* By one link alone; behind it nothing is left but the asker's own end point. */
    if (!port || path << c->config.switch_bits)
        return N2_ERR_REFUSED;
    got.port = port;
    got.remote_port = (uint16_t)call->arg[1].u;
    got.has_way = n2_routes_read_id(&got.domain, &call->arg[2]) &&
                  n2_routes_read_hops(&got, &call->arg[3]);
    got.again_us = c->now_us + N2_LINK_REPORT_US;
    at = n2_routes_neighbour(c, port, true);
    if (at) {
        if (!n2_id_equal(&at->who, &got.who) || !n2_id_equal(&at->domain, &got.domain) ||
            at->remote_port != got.remote_port)
            n2_routes_report_soon(c);
        *at = got;
    }
    n2_routes_put_id(answer, &c->owns[0].who);
    n2_asm_u64(answer, port);
    n2_routes_put_own(c, answer);
    return N2_OK;
}

/* ---- places ---- */

static n2_err
asked_place(n2_control *c, n2_conn conn, uint64_t path, const n2_call *call)
{
    const n2_value *key = &call->arg[0], *up = &call->arg[1];
    uint8_t buf[N2_ATTACHMENT_BODY_BYTES_MAX];
    n2_key node = {0};
    n2_id user = {0};
    n2_attachment at;
    n2_route route;
    n2_box body;

    if (!c->routes->server)
        return N2_ERR_NOTFOUND;
    if (up->len != N2_PATH_STORED_BYTES || n2_route_read(&route, up->bytes) || !key->len ||
        call->arg[2].u & ~(uint64_t)(FLAG_FIXED | FLAG_TELL))
        return N2_ERR_FORMAT;
    node.method = key->bytes[0];
    if (!n2_key_bytes(node.method) || key->len != 1 + n2_key_bytes(node.method))
        return N2_ERR_FORMAT;
    memcpy(node.bytes, key->bytes + 1, key->len - 1);
    if (!n2_serve_asker(c->serve, conn, &user))
        user = (n2_id){0};
    n2_err err = n2_domain_server_attach(c->routes->server, &user, &node, path, &route,
                                         call->arg[2].u & FLAG_FIXED, c->wall_us, &at);

    if (!err)
        err = n2_attachment_body(buf, sizeof buf, &at, &body);
    if (err)
        return err == N2_ERR_BUSY ? N2_ERR_STATE : err;
    n2_routes_sign(
        c, ROUTE_SIGNS_PLACE, &body,
        &(route_asker){.conn = conn, .tag = call->tag, .is_told = call->arg[2].u & FLAG_TELL});
    return N2_ERR_BUSY;
}

n2_err
n2_routes_take_own(n2_control *c, route_hang *h, const void *statement, size_t len)
{
    n2_identity domain;
    n2_attachment at;
    n2_key device;
    n2_err err = n2_keys_identity(c, &h->domain, &domain);

    if (!err)
        err = n2_attachment_check(&at, &domain, statement, len, c->wall_us, c->config.unicode,
                                  NULL);
    if (!err)
        err = n2_routes_device(c, &device);
    if (!err && (!n2_key_equal(&device, &at.node) || len > sizeof h->bytes))
        err = N2_ERR_FORGED;
    if (err)
        return err;
    bool is_other = !h->len || h->at.down.word != at.down.word || h->at.up.word != at.up.word;

    memcpy(h->bytes, statement, len);
    h->len = len;
    h->at = at;
    h->again_us = c->now_us + (uint64_t)(at.until_us - c->wall_us) / 2;
    /* A guest asks soon again: who he is may be known by then. */
    if (at.flags & N2_ATTACHMENT_GUEST && h->n_tries++ < 4)
        h->again_us = c->now_us + 2 * N2_SECOND_US;
    if (is_other && h != c->routes->hangs)
        c->routes->said_again_us = c->now_us;
    if (is_other && h == c->routes->hangs) {
        for (size_t i = 0; i < ROUTE_NEIGHBOURS; i++) /* they hear that we are a switch of it */
            c->routes->neighbours[i].again_us = c->now_us;
        n2_routes_anew(c);
    }
    n2_control_changed(c, "domain");
    return N2_OK;
}

static n2_err
asked_where(n2_control *c, const n2_call *call, n2_asm *answer)
{
    struct routes *r = c->routes;
    const route_hang *h = &r->hangs[0];
    n2_writer w = n2_writer_init_growing(N2_VM_STRING_BYTES_MAX);
    const route_place *p = NULL;
    n2_id who, domain;

    if (!n2_routes_read_id(&who, &call->arg[0]))
        return N2_ERR_FORMAT;
    bool is_own = c->n_owns && n2_id_equal(&who, &c->owns[0].who);

    if (!is_own)
        p = n2_routes_place(c, &who);
    if (is_own ? !h->len || r->is_hidden : !p || !p->is_user)
        return N2_ERR_NOTFOUND;
    n2_asm_bytes(answer, is_own ? h->bytes : p->bytes, is_own ? h->len : p->len);
    domain = is_own ? h->at.domain : p->at.domain;
    n2_err err = n2_statement_write(c, &domain, &w, NULL);

    if (!err)
        n2_asm_bytes(answer, w.buf, w.len);
    n2_writer_clear(&w);
    return err;
}

/* ---- reports ---- */

/* Attack 43: only who was admitted reports, and a link counts if both of its ends say so. */
static n2_err
asked_report(n2_control *c, const n2_call *call)
{
    struct routes *r = c->routes;
    const n2_value *statement = &call->arg[1];
    n2_links *said = calloc(1, sizeof *said);
    n2_err err = r->server && said ? N2_ERR_REFUSED : N2_ERR_NOTFOUND;

    for (size_t i = 0; err == N2_ERR_REFUSED && i < r->n_switches; i++) {
        const n2_id *who = &r->switches[i];
        n2_identity identity;

        if (call->arg[0].len && n2_keys_identity(c, who, &identity))
            (void)!n2_statement_keep(c, who, call->arg[0].bytes, call->arg[0].len, &identity);
        if (n2_keys_identity(c, who, &identity) ||
            n2_links_check(said, &identity, statement->bytes, statement->len, c->wall_us,
                           c->config.unicode) ||
            said->number != n2_id_number(who))
            continue;
        n2_topology *t = n2_domain_server_topology(r->server);

        err = said->n ? n2_topology_admit(t, who, said->links[0].width) : N2_OK;
        if (!err)
            err = n2_topology_report(t, said, c->now_us);
    }
    free(said);
    return err;
}

/* ---- routes ---- */

static n2_err
asked_ways(n2_control *c, uint64_t path, const n2_call *call, n2_asm *answer)
{
    struct routes *r = c->routes;
    uint8_t buf[N2_COMPOSED_BYTES_MAX];
    n2_route_question q;
    size_t n = 0;

    if (!r->server)
        return N2_ERR_NOTFOUND;
    n2_err err = n2_route_question_read(&q, call->arg[0].bytes, call->arg[0].len);
    n2_composed *ways = calloc(N2_COMPOSED_MAX, sizeof *ways);

    if (!err && !ways)
        err = N2_ERR_NOMEM;
    /* Parents are asked about a domain that is not known; who asked does so again. */
    if (!err && !n2_id_equal(&q.domain, &r->hangs[0].domain))
        n2_routes_ask_up(c, &q.domain);
    if (!err)
        err = n2_domain_server_route(r->server, &q, path, c->wall_us, ways, &n);
    for (size_t i = 0; i < n && !err; i++)
        n2_asm_bytes(answer, buf, n2_composed_write(buf, &ways[i]));
    free(ways);
    return err;
}

/* ---- what is signed ---- */

void
n2_routes_sign(n2_control *c, route_signs what, const n2_box *body, const route_asker *asker)
{
    key_request extra = {.route = (uint8_t)what,
                         .conn = asker->conn,
                         .es_tag = asker->tag,
                         .is_told = asker->is_told};
    n2_err err =
        n2_keys_ask(c,
                    &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                       .who = c->owns[0].who,
                                       .body = {.bytes = body->bytes, .len = body->len}},
                    &extra);

    if (err)
        n2_control_log(c, "nothing of the domain is signed: %s", n2_err_text(err));
}

static void
answer_place(n2_control *c, const key_request *r, const n2_slice *statement, n2_err err)
{
    n2_asm values = n2_talk_values();
    n2_attachment at;
    n2_statement s;
    n2_id user;

    if (!r->conn) {
        if (!err)
            c->routes->hangs[0].err =
                n2_routes_take_own(c, &c->routes->hangs[0], statement->bytes, statement->len);
        return;
    }
    if (!err)
        n2_asm_bytes(&values, statement->bytes, statement->len);
    if (!err && r->is_told && n2_serve_asker(c->serve, r->conn, &user) &&
        !n2_statement_read(&s, statement->bytes, statement->len) &&
        !n2_attachment_read(&at, &s.body))
        n2_routes_keep_place(c, &user, &at, statement->bytes, statement->len, true);
    n2_talk_answer_later(&c->talk, r->conn, &values, r->es_tag, err);
}

bool
n2_routes_signed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    struct routes *routes = c->routes;

    if (!r->route || !routes)
        return false;
    switch ((route_signs)r->route) {
    case ROUTE_SIGNS_PLACE:
        answer_place(c, r, &a->statement, a->err);
        break;
    case ROUTE_SIGNS_REPORT:
        if (a->err || a->statement.len > sizeof routes->report)
            break;
        memcpy(routes->report, a->statement.bytes, a->statement.len);
        routes->report_len = a->statement.len;
        n2_routes_ask(c, ROUTE_ASKS_REPORT, &routes->hangs[0].domain, &(n2_id){0});
        break;
    case ROUTE_SIGNS_DOMAIN:
        if (!a->err && routes->server)
            n2_routes_said(c, a->statement.bytes, a->statement.len);
        break;
    case ROUTE_SIGNS_CHILD:
        n2_routes_child_signed(c, r, &a->statement, a->err);
        break;
    case ROUTE_SIGNS_NOTHING:
        break;
    }
    if (a->err)
        n2_control_log(c, "nothing of the domain is signed: %s", n2_err_text(a->err));
    return true;
}

/* ---- in ---- */

n2_err
n2_routes_asked(void *user, n2_conn conn, const n2_call *call, n2_asm *answer)
{
    n2_control *c = user;
    const n2_talker *talker = n2_talk_find(&c->talk, conn);
    uint64_t path = talker ? talker->path : 0;

    if (call->opcode < N2_WORD_NEIGHBOUR || call->opcode > N2_WORD_WHERE)
        return n2_names_asked(user, conn, call, answer);
    if (!c->routes || !c->is_ready)
        return N2_ERR_NOTFOUND;
    switch ((int)call->opcode) {
    case N2_WORD_NEIGHBOUR:
        return asked_neighbour(c, path, call, answer);
    case N2_WORD_ATTACH:
        return asked_place(c, conn, path, call);
    case N2_WORD_REPORT:
        return asked_report(c, call);
    case N2_WORD_ROUTES:
        return asked_ways(c, path, call, answer);
    case N2_WORD_COMPLAIN:
        return n2_routes_asked_complaint(c, path, call);
    case N2_WORD_DOMAIN:
        return n2_routes_asked_domain(c, conn, call, answer);
    case N2_WORD_PARENT:
        return n2_routes_asked_parent(c, conn, path, call, answer);
    default:
        return asked_where(c, call, answer);
    }
}
