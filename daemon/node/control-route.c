/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route.c - domains: what the user has set, what is due, and what is shown of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "node/control-private.h"
#include "wire/code.h"

#define SECRET_CHARS (2 * N2_PLACES_SECRET_BYTES + 1)

/* ---- settings ---- */

static char *
get(n2_control *c, const char *key)
{
    char *text = NULL;

    return n2_store_setting_get(c->config.store, key, &text) ? NULL : text;
}

static bool
is_on(n2_control *c, const char *key)
{
    char *text = get(c, key);
    bool is = text && strcmp(text, "yes") == 0;

    free(text);
    return is;
}

size_t
n2_routes_get_ids(n2_control *c, const char *key, n2_id *out, size_t room)
{
    char *text = get(c, key), *rest = NULL;
    size_t n = 0;

    for (char *one = text ? strtok_r(text, " ", &rest) : NULL; one && n < room;
         one = strtok_r(NULL, " ", &rest))
        n += !n2_id_parse(&out[n], N2_ID_IDENTITY, one, strlen(one));
    free(text);
    return n;
}

/* The secret that places are made with: drawn once, kept for good. */
static n2_err
get_secret(n2_control *c, uint8_t out[static N2_PLACES_SECRET_BYTES])
{
    char hex[SECRET_CHARS] = "";
    char *text = get(c, "domain/secret");
    n2_err err = N2_OK;

    if (text && strlen(text) == sizeof hex - 1) {
        for (size_t i = 0; i < N2_PLACES_SECRET_BYTES; i++) {
            const char byte[3] = {text[2 * i], text[2 * i + 1]};
            char *end;

            out[i] = (uint8_t)strtoul(byte, &end, 16);
            err = *end ? N2_ERR_CORRUPT : err;
        }
    } else {
        n2_env_random(&c->env, out, N2_PLACES_SECRET_BYTES);
        for (size_t i = 0; i < N2_PLACES_SECRET_BYTES; i++)
            (void)snprintf(hex + 2 * i, 3, "%02x", out[i]);
        err = n2_store_setting_set(c->config.store, "domain/secret", hex);
    }
    free(text);
    return err;
}

static void
drop_hang(route_hang *h)
{
    *h = (route_hang){0};
}

/* Parents stand behind the own domain, which a server hangs in by itself. */
static void
read_hangs(n2_control *c)
{
    struct routes *r = c->routes;
    n2_id ids[ROUTE_HANGS] = {0};
    size_t n = 0;

    if (r->is_server && c->n_owns)
        ids[0] = c->owns[0].who;
    else
        (void)n2_routes_get_ids(c, "domain/own", ids, 1);
    if (r->is_server)
        n = n2_routes_get_ids(c, "domain/parents", ids + 1, N2_DOMAIN_PARENTS_MAX);
    for (size_t i = 0; i < ROUTE_HANGS; i++) {
        bool is_there = i <= n && n2_id_is_set(&ids[i]);

        if (is_there && n2_id_equal(&r->hangs[i].domain, &ids[i]))
            continue;
        drop_hang(&r->hangs[i]);
        if (is_there)
            r->hangs[i] = (route_hang){.domain = ids[i], .again_us = c->now_us};
    }
}

static void
end_server(struct routes *r)
{
    n2_domain_server_free(r->server);
    r->server = NULL;
    r->said = (n2_domain_said){0};
    r->is_whole = false;
}

n2_err
n2_routes_read(n2_control *c)
{
    struct routes *r = c->routes;
    char *avoided = get(c, "domain/avoid"), *rest = NULL;
    size_t n = 0;

    r->is_server = is_on(c, "domain/serve");
    r->is_switch = is_on(c, "domain/switch");
    r->is_hidden = is_on(c, "domain/hidden");
    r->is_fixed = is_on(c, "domain/fixed");
    r->n_switches = n2_routes_get_ids(c, "domain/switches", r->switches, ROUTE_SWITCHES);
    memset(r->avoided, 0, sizeof r->avoided);
    for (char *one = avoided ? strtok_r(avoided, " ", &rest) : NULL; one && n < ROUTE_AVOIDED;
         one = strtok_r(NULL, " ", &rest))
        (void)snprintf(r->avoided[n++], sizeof r->avoided[0], "%s", one);
    free(avoided);
    if (!r->is_server)
        end_server(r);
    read_hangs(c);
    for (size_t i = 0; i < ROUTE_NEIGHBOURS; i++)
        r->neighbours[i].again_us = c->now_us;
    r->said_again_us = c->now_us;
    return N2_OK;
}

/* The server begins when it is known who serves. */
static void
begin_server(n2_control *c)
{
    struct routes *r = c->routes;
    uint8_t secret[N2_PLACES_SECRET_BYTES];

    if (!r->is_server || r->server || !c->n_owns)
        return;
    n2_err err = get_secret(c, secret);

    if (!err)
        err = n2_domain_server_new(&r->server, &c->owns[0].who, c->config.switch_bits, secret);
    explicit_bzero(secret, sizeof secret);
    if (err)
        n2_control_log(c, "the domain is not served: %s", n2_err_text(err));
    read_hangs(c);
    r->report_at_us = c->now_us;
}

n2_err
n2_routes_begin(n2_control *c)
{
    c->routes = calloc(1, sizeof *c->routes);
    return c->routes ? n2_routes_read(c) : N2_ERR_NOMEM;
}

void
n2_routes_clear(n2_control *c)
{
    struct routes *r = c->routes;

    if (!r)
        return;
    end_server(r);
    for (size_t i = 0; i < ROUTE_DOMAINS; i++)
        free(r->domains[i].bytes);
    for (size_t i = 0; i < ROUTE_CHILDREN; i++)
        free(r->children[i].bytes);
    free(r);
    c->routes = NULL;
}

bool
n2_routes_shows(const n2_control *c, const n2_id *who)
{
    for (size_t i = 0; c->routes && i < ROUTE_HANGS; i++)
        if (n2_id_is_set(&c->routes->hangs[i].domain) &&
            n2_id_equal(&c->routes->hangs[i].domain, who))
            return true;
    return false;
}

n2_err
n2_routes_device(n2_control *c, n2_key *out)
{
    n2_identity identity;
    const n2_node_key *k = NULL;
    uint8_t hash[N2_HASH_BYTES];

    for (size_t i = 0; i < sizeof c->keys / sizeof *c->keys && !k; i++)
        if (c->offers & 1u << i)
            k = &c->keys[i].record;
    if (!c->has_node_key || !c->n_owns || !k || n2_keys_identity(c, &c->owns[0].who, &identity))
        return N2_ERR_NOTFOUND;
    for (size_t i = 0; i < identity.n_keys; i++) {
        const n2_key *key = &identity.keys[i].key;

        n2_sha256_of(key->bytes, n2_key_bytes(key->method), hash);
        if (!memcmp(hash, k->hint, sizeof k->hint)) {
            *out = *key;
            return N2_OK;
        }
    }
    return N2_ERR_NOTFOUND;
}

/* ---- links ---- */

void
n2_routes_link(n2_control *c, const n2_event *event)
{
    struct routes *r = c->routes;
    route_neighbour *n = r ? n2_routes_neighbour(c, event->port, false) : NULL;

    if (!r)
        return;
    if (n)
        *n = (route_neighbour){0};
    n2_routes_report_soon(c);
    if (event->kind == N2_EVENT_LINK_UP)
        for (size_t i = 0; i < ROUTE_HANGS; i++)
            if (n2_id_is_set(&r->hangs[i].domain) && !r->hangs[i].len)
                r->hangs[i].again_us = c->now_us;
}

/* Whoever is at the other end of a link and is known by name is asked who it is there. */
static void
meet_neighbours(n2_control *c)
{
    for (size_t i = 0; i < c->n_peers; i++) {
        const peer *p = &c->peers[i];

        if (!p->is_up || p->is_self || !p->port || !p->endpoint || !n2_id_is_set(&p->key) ||
            n2_keys_own(c, &p->key))
            continue;
        route_neighbour *n = n2_routes_neighbour(c, p->port, true);

        if (!n || c->now_us < n->again_us)
            continue;
        bool is_known = n2_id_is_set(&n->who) && n->has_way;

        n->again_us = c->now_us + (is_known ? 10 : 3) * N2_SECOND_US;
        n2_routes_ask(c, ROUTE_ASKS_NEIGHBOUR, &p->key, &p->key);
    }
}

/* ---- what is due ---- */

static void
report(n2_control *c)
{
    struct routes *r = c->routes;
    n2_links *said = calloc(1, sizeof *said);
    const n2_id *domain = &r->hangs[0].domain;
    n2_box body;
    n2_err err = said ? N2_OK : N2_ERR_NOMEM;

    r->report_at_us = c->now_us + N2_LINK_REPORT_US;
    if (err)
        return;
    *said = (n2_links){.domain = *domain,
                       .number = n2_id_number(&c->owns[0].who),
                       .serial = (uint64_t)c->wall_us,
                       .made_us = c->wall_us};
    /* By port, as the form wants it. */
    for (uint32_t port = 1; port >> c->config.switch_bits == 0 && said->n < ROUTE_NEIGHBOURS;
         port++) {
        const route_neighbour *n = n2_routes_neighbour(c, (uint16_t)port, false);

        if (!n || !n->remote_port || !n2_id_equal(&n->domain, domain))
            continue;
        n2_link_said *l = &said->links[said->n++];

        *l = (n2_link_said){.neighbour = n2_id_number(&n->who),
                            .port = (uint16_t)port,
                            .neighbour_port = n->remote_port,
                            .width = c->config.switch_bits};
        for (size_t i = 0; i < c->n_peers; i++)
            if (c->peers[i].port == port && c->peers[i].is_up)
                l->delay = n2_delay_to_code(c->peers[i].rtt_us / 2);
    }
    if (r->server) {
        err = n2_topology_report(n2_domain_server_topology(r->server), said, c->now_us);
        r->report_err = err;
    } else if (said->n) {
        err = n2_links_body(r->report, sizeof r->report, said, &body);
        if (!err)
            n2_routes_sign(c, ROUTE_SIGNS_REPORT, &body, &(route_asker){0});
    }
    if (err && err != N2_ERR_STATE)
        n2_control_log(c, "the links of this switch are not reported: %s", n2_err_text(err));
    free(said);
}

void
n2_routes_report_soon(n2_control *c)
{
    if (c->routes->report_at_us > c->now_us + N2_SECOND_US / 4)
        c->routes->report_at_us = c->now_us + N2_SECOND_US / 4;
}

static bool
reports(const struct routes *r)
{
    return r->server || (r->is_switch && n2_id_is_set(&r->hangs[0].domain));
}

static void
attach(n2_control *c, route_hang *h)
{
    struct routes *r = c->routes;
    n2_attachment at;
    n2_key device;
    uint8_t buf[N2_ATTACHMENT_BODY_BYTES_MAX];
    n2_box body;

    h->again_us = c->now_us + (h->len ? N2_MINUTE_US : 2 * N2_SECOND_US);
    if (h->len && h->at.until_us <= c->wall_us)
        h->len = 0;
    if (h != r->hangs || !r->server) {
        n2_routes_ask(c, ROUTE_ASKS_PLACE, &h->domain, &h->domain);
        return;
    }
    n2_err err = n2_routes_device(c, &device);

    if (!err)
        err = n2_domain_server_attach(r->server, &h->domain, &device, 0, &(n2_route){0},
                                      r->is_fixed, c->wall_us, &at);
    if (!err)
        err = n2_attachment_body(buf, sizeof buf, &at, &body);
    if (!err)
        n2_routes_sign(c, ROUTE_SIGNS_PLACE, &body, &(route_asker){0});
    h->err = err;
}

uint64_t
n2_routes_deadline(const n2_control *c)
{
    const struct routes *r = c->routes;
    uint64_t at = r ? n2_routes_sends_deadline(c) : UINT64_MAX;
    bool is_in = r && (r->is_server || n2_id_is_set(&r->hangs[0].domain));

    if (!c->is_ready || c->wall_us <= 0 || !is_in)
        return at;
    return r->tick_us < at ? r->tick_us : at;
}

void
n2_routes_expire(n2_control *c)
{
    struct routes *r = c->routes;

    if (!r)
        return;
    n2_routes_sends_expire(c);
    if (c->now_us >= r->tick_us)
        r->tick_us = c->now_us + N2_SECOND_US / 2;
    if (!c->is_ready || c->wall_us <= 0)
        return;
    begin_server(c);
    if (!r->server && !n2_id_is_set(&r->hangs[0].domain))
        return;
    meet_neighbours(c);
    n2_routes_targets_expire(c);
    if (r->server) {
        n2_topology_expire(n2_domain_server_topology(r->server), c->now_us);
        n2_routes_probe(c);
    }
    if (reports(r) && c->now_us >= r->report_at_us)
        report(c);
    for (size_t i = 0; i < ROUTE_HANGS; i++)
        if (n2_id_is_set(&r->hangs[i].domain) && c->now_us >= r->hangs[i].again_us)
            attach(c, &r->hangs[i]);
    if (r->server && c->now_us >= r->said_again_us)
        n2_routes_say_domain(c);
}

void
n2_routes_uses(const n2_control *c, n2_uses *uses)
{
    const struct routes *r = c->routes;
    size_t n_sends = 0, n_places = 0;

    if (!r)
        return;
    for (size_t i = 0; i < ROUTE_SENDS; i++)
        n_sends += r->sends[i].number != 0;
    for (size_t i = 0; i < ROUTE_PLACES; i++)
        n_places += r->places[i].len != 0;
    n2_uses_add(uses, "route_questions", n_sends, ROUTE_SENDS, r->n_sends_refused);
    n2_uses_add(uses, "route_places", n_places, ROUTE_PLACES, r->n_places_refused);
}
