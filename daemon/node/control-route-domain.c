/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route-domain.c - what domains say of themselves: ours, signed by its parents; our
 *                          children's, which we sign; and others', which are handed on.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "node/control-private.h"
#include "node/control-statement.h"

enum {
    FIELD_BODY = 1, /* of a statement */
    FIELD_SIGNATURES = 64,
    SAID_BYTES = 4096 /* of what a domain says of itself, signed by all */
};

/* ---- domains ---- */

static route_domain *
domain_of(struct routes *r, const n2_id *who, bool is_new)
{
    route_domain *free_one = NULL;

    for (size_t i = 0; i < ROUTE_DOMAINS; i++) {
        route_domain *d = &r->domains[i];

        if (d->bytes && n2_id_equal(&d->who, who))
            return d;
        if (!d->bytes && !free_one)
            free_one = d;
    }
    return is_new ? free_one : NULL;
}

static n2_err
keep_domain(n2_control *c, const n2_id *who, const void *bytes, size_t len)
{
    route_domain *d = domain_of(c->routes, who, true);
    uint8_t *copy = d ? malloc(len) : NULL;

    if (!copy)
        return d ? N2_ERR_NOMEM : N2_ERR_LIMIT;
    memcpy(copy, bytes, len);
    free(d->bytes);
    *d = (route_domain){.who = *who, .bytes = copy, .len = len};
    return N2_OK;
}

/* Do all its signatures hold, its parents' too? */
static n2_err
check_domain(n2_control *c,
             const void *statement,
             size_t len,
             const n2_slice *chain,
             n2_domain_said *out)
{
    n2_identity *all = calloc(1 + N2_DOMAIN_PARENTS_MAX, sizeof *all);
    n2_domain_said said;
    n2_statement s;
    n2_err err = all ? n2_statement_check(&s, statement, len, N2_KIND_DOMAIN, c->config.unicode)
                     : N2_ERR_NOMEM;

    if (!err)
        err = n2_domain_read(&said, &s.body);
    for (size_t i = 0; !err && i <= said.n_parents; i++) {
        const n2_id *who = i ? &said.parents[i - 1].who : &said.who;

        err = n2_keys_identity(c, who, &all[i]);
        if (err && chain && chain->len)
            err = n2_statement_keep(c, who, chain->bytes, chain->len, &all[i]);
    }
    if (!err)
        err = n2_domain_check(out, &all[0], all + 1, said.n_parents, statement, len, c->wall_us,
                              c->config.unicode);
    free(all);
    return err;
}

n2_err
n2_routes_hear_domain(n2_control *c, const void *statement, size_t len, const n2_slice *chain)
{
    n2_domain_said said;
    n2_err err =
        c->routes->server ? check_domain(c, statement, len, chain, &said) : N2_ERR_STATE;

    if (!err)
        err = n2_domains_put(n2_domain_server_domains(c->routes->server), &said);
    if (err == N2_ERR_STATE)
        return N2_OK; /* it is known */
    return err ? err : keep_domain(c, &said.who, statement, len);
}

void
n2_routes_ask_up(n2_control *c, const n2_id *about)
{
    const struct routes *r = c->routes;
    const n2_domains *known = n2_domain_server_domains(r->server);
    bool is_known = n2_domains_find(known, about, c->wall_us);

    for (size_t i = 1; i < ROUTE_HANGS; i++) {
        const n2_id *parent = &r->hangs[i].domain;

        if (!n2_id_is_set(parent))
            continue;
        if (!n2_domains_find(known, parent, c->wall_us))
            n2_routes_ask(c, ROUTE_ASKS_DOMAIN, parent, parent);
        if (!is_known)
            n2_routes_ask(c, ROUTE_ASKS_DOMAIN, parent, about);
    }
}

void
n2_routes_take_domain(n2_control *c, const n2_id *from, const n2_value *values, size_t n)
{
    struct routes *r = c->routes;
    n2_domain_said said;
    n2_statement s;

    if (!r->server || n != 2 || values[0].type != 'b' || values[1].type != 'b')
        return;
    n2_err err = n2_routes_hear_domain(c, values[0].bytes, values[0].len,
                                       &(n2_slice){values[1].bytes, values[1].len});

    if (!err)
        err = n2_statement_read(&s, values[0].bytes, values[0].len);
    if (!err)
        err = n2_domain_read(&said, &s.body);
    if (err) {
        n2_control_log(c, "what a domain says of itself does not hold: %s", n2_err_text(err));
        return;
    }
    /* Whoever told of it may know what is above it; a way climbs no higher than that anyway. */
    for (size_t i = 0; i < said.n_parents; i++)
        if (!n2_id_equal(&said.parents[i].who, &r->hangs[0].domain) &&
            !n2_domains_find(n2_domain_server_domains(r->server), &said.parents[i].who,
                             c->wall_us))
            n2_routes_ask(c, ROUTE_ASKS_DOMAIN, from, &said.parents[i].who);
}

/* A domain below us, and no stranger, makes us ask on what we do not know. */
static bool
is_child(n2_control *c, n2_conn conn)
{
    const n2_domain_said *said = NULL;
    n2_id who;

    if (n2_serve_asker(c->serve, conn, &who))
        said = n2_domains_find(n2_domain_server_domains(c->routes->server), &who, c->wall_us);
    for (size_t i = 0; said && i < said->n_parents; i++)
        if (n2_id_equal(&said->parents[i].who, &c->routes->hangs[0].domain))
            return true;
    return false;
}

n2_err
n2_routes_asked_domain(n2_control *c, n2_conn conn, const n2_call *call, n2_asm *answer)
{
    n2_writer w = n2_writer_init_growing(N2_VM_STRING_BYTES_MAX);
    const route_domain *d;
    n2_domain_said said;
    n2_statement s;
    n2_id who;

    if (!n2_routes_read_id(&who, &call->arg[0]))
        return N2_ERR_FORMAT;
    d = c->routes->server ? domain_of(c->routes, &who, false) : NULL;
    if (!d && c->routes->server && is_child(c, conn))
        n2_routes_ask_up(c, &who);
    if (!d)
        return N2_ERR_NOTFOUND;
    n2_err err = n2_statement_read(&s, d->bytes, d->len);

    if (!err)
        err = n2_domain_read(&said, &s.body);
    if (!err)
        err = n2_statement_write(c, &who, &w, NULL);
    for (size_t i = 0; !err && i < said.n_parents; i++)
        err = n2_statement_write(c, &said.parents[i].who, &w, NULL);
    if (!err) {
        n2_asm_bytes(answer, d->bytes, d->len);
        n2_asm_bytes(answer, w.buf, w.len);
    }
    n2_writer_clear(&w);
    return err;
}

/* A child wants us to sign what it says of itself; or has all signatures, and we keep it. */
n2_err
n2_routes_asked_parent(
    n2_control *c, n2_conn conn, uint64_t path, const n2_call *call, n2_asm *answer)
{
    struct routes *r = c->routes;
    const n2_value *bytes = &call->arg[1];
    n2_slice chain = {call->arg[0].bytes, call->arg[0].len};
    route_child *child = NULL;
    n2_domain_said said;
    n2_statement s;
    n2_id who;

    if (!r->server)
        return N2_ERR_NOTFOUND;
    n2_err err =
        n2_statement_check(&s, bytes->bytes, bytes->len, N2_KIND_DOMAIN, c->config.unicode);

    if (!err)
        err = n2_domain_read(&said, &s.body);
    if (!err && (!n2_serve_asker(c->serve, conn, &who) || !n2_id_equal(&who, &said.who)))
        err = N2_ERR_REFUSED;
    if (!err)
        err = n2_domain_server_may_sign(r->server, &said, path, c->wall_us);
    if (err)
        return err;
    if (!n2_routes_hear_domain(c, bytes->bytes, bytes->len, &chain)) {
        n2_asm_bytes(answer, bytes->bytes, bytes->len);
        return N2_OK;
    }
    for (size_t i = 0; i < ROUTE_CHILDREN && !child; i++)
        if (!r->children[i].conn)
            child = &r->children[i];
    uint8_t *copy = child ? malloc(bytes->len) : NULL;

    if (!copy)
        return N2_ERR_LIMIT;
    memcpy(copy, bytes->bytes, bytes->len);
    *child = (route_child){.conn = conn, .tag = call->tag, .bytes = copy, .len = bytes->len};
    n2_routes_sign(c, ROUTE_SIGNS_CHILD, &s.body,
                   &(route_asker){.conn = conn, .tag = call->tag});
    return N2_ERR_BUSY;
}

/* ---- what we say of our domain ---- */

/* The way down to our own switch, without its label 0. */
static n2_route
down_to_switch(const n2_route *down, unsigned own_bits)
{
    n2_route r = {.bits = (uint8_t)(down->bits > own_bits ? down->bits - own_bits : 0)};

    r.word = r.bits ? down->word & UINT64_MAX << (64 - r.bits) : 0;
    return r;
}

void
n2_routes_say_domain(n2_control *c)
{
    struct routes *r = c->routes;
    uint8_t buf[SAID_BYTES];
    n2_domain_said said = {.who = c->owns[0].who,
                           .landmark = n2_id_number(&c->owns[0].who),
                           .serial = (uint64_t)c->wall_us,
                           .until_us = c->wall_us + (int64_t)(23 * N2_HOUR_US)};
    n2_box body;

    r->said_again_us = c->now_us + 20 * N2_SECOND_US;
    for (size_t i = 1; i < ROUTE_HANGS; i++) {
        const route_hang *h = &r->hangs[i];

        if (!n2_id_is_set(&h->domain))
            continue;
        if (!h->len)
            return; /* where we hang there is not known yet */
        said.parents[said.n_parents++] =
            (n2_parent){.who = h->domain,
                        .down = down_to_switch(&h->at.down, c->config.switch_bits),
                        .up = h->at.up,
                        .headroom = h->at.headroom,
                        .rate = h->at.rate,
                        .delay = h->at.delay};
    }
    r->said = said;
    r->is_whole = false;
    n2_err err = n2_domain_body(buf, sizeof buf, &said, &body);

    if (!err)
        n2_routes_sign(c, ROUTE_SIGNS_DOMAIN, &body, &(route_asker){0});
    else
        n2_control_log(c, "the domain says nothing of itself: %s", n2_err_text(err));
}

/* Whoever of the parents has not signed yet is asked. */
void
n2_routes_said(n2_control *c, const void *statement, size_t len)
{
    struct routes *r = c->routes;
    n2_domain_said said;
    n2_statement s;
    n2_err err = n2_statement_check(&s, statement, len, N2_KIND_DOMAIN, c->config.unicode);

    if (!err)
        err = n2_domain_read(&said, &s.body);
    if (err || !n2_id_equal(&said.who, &c->owns[0].who) || said.serial != r->said.serial)
        return;
    n2_domain_said whole;

    err = check_domain(c, statement, len, NULL, &whole);
    if (keep_domain(c, &said.who, statement, len))
        return;
    if (!err) {
        (void)!n2_domains_put(n2_domain_server_domains(r->server), &said);
        bool was_whole = r->is_whole;

        r->is_whole = true;
        r->said_err = N2_OK;
        r->said_again_us = c->now_us + 6 * N2_HOUR_US;
        for (size_t i = 0; i < said.n_parents && !was_whole; i++) /* those before have it not */
            n2_routes_ask(c, ROUTE_ASKS_PARENT, &said.parents[i].who, &said.parents[i].who);
        for (size_t i = 0; i < said.n_parents && !was_whole; i++) /* and what is above */
            n2_routes_ask(c, ROUTE_ASKS_DOMAIN, &said.parents[i].who, &said.parents[i].who);
        n2_control_changed(c, "domain");
        return;
    }
    for (size_t i = 0; i < said.n_parents; i++) {
        n2_identity parent;
        bool has_signed = false;

        if (n2_keys_identity(c, &said.parents[i].who, &parent))
            continue;
        for (size_t k = 0; k < s.n_keys; k++)
            has_signed |= n2_identity_may(&parent, &s.keys[k], N2_RIGHT_DEVICE, c->wall_us);
        if (has_signed)
            continue;
        n2_routes_ask(c, ROUTE_ASKS_PARENT, &said.parents[i].who, &said.parents[i].who);
        return;
    }
}

/* ---- children ---- */

/* @theirs with the signatures of @ours besides. */
static n2_err
join_signatures(n2_control *c,
                const route_child *theirs,
                const n2_slice *ours,
                uint8_t *buf,
                size_t cap,
                n2_box *out)
{
    const n2_slice all[2] = {{theirs->bytes, theirs->len}, *ours};
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_SIGNED);
    n2_field f;

    for (size_t i = 0; i < 2; i++) {
        n2_box box;
        n2_err err =
            n2_box_check(&box, all[i].bytes, all[i].len, N2_KIND_SIGNED, c->config.unicode);

        if (err)
            return err;
        for (size_t at = 0; n2_box_next(&box, &at, &f);) {
            n2_box body = {0};

            if (f.number == FIELD_BODY)
                body = n2_box_of_field(&f);
            if (f.number == FIELD_BODY && i == 0)
                n2_box_put_box(&w, FIELD_BODY, &body);
            else if (f.number == FIELD_SIGNATURES)
                n2_box_put_bytes(&w, FIELD_SIGNATURES, f.value, f.len);
        }
    }
    return n2_box_end(&w, out, NULL);
}

void
n2_routes_child_signed(n2_control *c,
                       const key_request *r,
                       const n2_slice *statement,
                       n2_err err)
{
    n2_asm values = n2_talk_values();
    uint8_t buf[SAID_BYTES];
    route_child *child = NULL;
    n2_box whole;

    for (size_t i = 0; i < ROUTE_CHILDREN && !child; i++)
        if (c->routes->children[i].conn == r->conn && c->routes->children[i].tag == r->es_tag)
            child = &c->routes->children[i];
    if (!child)
        return;
    if (!err)
        err = join_signatures(c, child, statement, buf, sizeof buf, &whole);
    if (!err) {
        n2_asm_bytes(&values, whole.bytes, whole.len);
        (void)!n2_routes_hear_domain(c, whole.bytes, whole.len, NULL);
    }
    free(child->bytes);
    *child = (route_child){0};
    n2_talk_answer_later(&c->talk, r->conn, &values, r->es_tag, err);
}
