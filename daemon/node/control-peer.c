/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-peer.c - links: those written down are opened at each start, ports are kept for good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-statement.h"

/* The network address of an endpoint, as the host resolved it when the peer was added, lies
 * beside the peer as a setting, so that a start needs nobody to look names up. */
enum {
    NET_KEY_BYTES = 512
};

static bool
net_key(char out[static NET_KEY_BYTES], const char *endpoint)
{
    return snprintf(out, NET_KEY_BYTES, "net/%s", endpoint) < NET_KEY_BYTES;
}

static n2_err
keep_net(n2_control *c, const char *endpoint, const n2_net_addr *net)
{
    char key[NET_KEY_BYTES];
    char hex[2 * N2_NET_ADDRESS_BYTES + 1] = "";

    if (!net_key(key, endpoint))
        return N2_ERR_LIMIT;
    for (size_t i = 0; i < net->len; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", net->bytes[i]);
    return n2_store_setting_set(c->config.store, key, hex);
}

static int
digit(char ch)
{
    return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool
recall_net(n2_control *c, const char *endpoint, n2_net_addr *net)
{
    char key[NET_KEY_BYTES];
    char *hex = NULL;
    bool is_right = net_key(key, endpoint) &&
                    !n2_store_setting_get(c->config.store, key, &hex) &&
                    strlen(hex) <= 2 * N2_NET_ADDRESS_BYTES && strlen(hex) % 2 == 0;

    *net = (n2_net_addr){0};
    for (size_t i = 0; is_right && hex[i]; i += 2) {
        is_right = digit(hex[i]) >= 0 && digit(hex[i + 1]) >= 0;
        net->bytes[net->len++] = (uint8_t)(digit(hex[i]) << 4 | digit(hex[i + 1]));
    }
    free(hex);
    return is_right && net->len;
}

/* ---- the table ---- */

/* Others leave places for those that the user will write down. */
static peer *
add(n2_control *c, bool is_others)
{
    if (c->n_peers == N2_PEERS_MAX || (is_others && c->n_others == N2_PEERS_OTHERS_MAX)) {
        c->met.others += is_others;
        return NULL;
    }
    if (c->n_peers == c->peers_room) {
        size_t room = c->peers_room ? c->peers_room * 2 : 8;
        peer *grown = realloc(c->peers, room * sizeof *grown);

        if (!grown)
            return NULL;
        c->peers = grown;
        c->peers_room = room;
    }
    peer *p = &c->peers[c->n_peers++];

    *p = (peer){0};
    c->n_others += is_others;
    return p;
}

static void
take_away(n2_control *c, peer *p)
{
    c->n_others -= !p->endpoint;
    free(p->endpoint);
    *p = c->peers[--c->n_peers];
}

static peer *
find_endpoint(n2_control *c, const char *endpoint)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].endpoint && !c->peers[i].is_near &&
            !strcmp(c->peers[i].endpoint, endpoint))
            return &c->peers[i];
    return NULL;
}

static peer *
find_link(n2_control *c, uint64_t link_id, bool opened)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].link_id == link_id && (c->peers[i].endpoint != NULL) == opened)
            return &c->peers[i];
    return NULL;
}

typedef struct {
    n2_control *c;
    n2_err err;
} loading;

static bool
load_cb(void *user, const n2_store_peer *from)
{
    loading *l = user;
    peer *p = add(l->c, false);

    if (!p) {
        l->err = N2_ERR_LIMIT;
        return false;
    }
    p->link_id = from->link_id;
    p->key = from->key;
    p->port = from->port;
    p->endpoint = strdup(from->net);
    if (!p->endpoint)
        l->err = N2_ERR_NOMEM;
    return !l->err;
}

/* Those that the configuration of a switch without users wants. */
static n2_err
load_plan(n2_control *c)
{
    for (size_t i = 0; i < c->config.n_ports; i++) {
        const n2_port_plan *plan = &c->config.ports[i];
        peer *p = plan->endpoint ? add(c, false) : NULL;

        if (!plan->endpoint)
            continue;
        if (!p)
            return N2_ERR_LIMIT;
        n2_env_random(&c->env, &p->link_id, sizeof p->link_id);
        p->port = plan->port;
        p->remote_port = plan->remote_port;
        p->net = plan->net;
        p->endpoint = strdup(plan->endpoint);
        if (!p->endpoint)
            return N2_ERR_NOMEM;
    }
    return N2_OK;
}

n2_err
n2_peers_load(n2_control *c)
{
    loading l = {.c = c};

    if (n2_ports_is_switch(c))
        return load_plan(c);

    c->kept_ports = calloc(N2_LINK_KNOWN_MAX, sizeof *c->kept_ports);
    if (!c->kept_ports)
        return N2_ERR_NOMEM;
    n2_err err = n2_store_peers(c->config.store, load_cb, &l);

    for (size_t i = 0; !err && !l.err && i < c->n_peers; i++)
        if (!recall_net(c, c->peers[i].endpoint, &c->peers[i].net))
            n2_control_log(c, "the address of peer %s is not known; add it again",
                           c->peers[i].endpoint);
    return err ? err : l.err;
}

void
n2_peers_clear(n2_control *c)
{
    for (size_t i = 0; i < c->n_peers; i++)
        free(c->peers[i].endpoint);
    free(c->peers);
    free(c->kept_ports);
}

static void
open_link(n2_control *c, const peer *p)
{
    if (p->net.len)
        n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_OPEN,
                                           .net = p->net,
                                           .link_id = p->link_id,
                                           .port = p->port,
                                           .remote_port = p->remote_port});
}

static bool
known_cb(void *user, uint64_t link_id, uint16_t port)
{
    n2_control *c = user;

    if (c->n_kept_ports == N2_LINK_KNOWN_MAX)
        return false;
    c->kept_ports[c->n_kept_ports++] = link_id;
    n2_op_queue_push(&c->ops,
                     &(n2_op){.kind = N2_OP_LINK_KNOWN, .link_id = link_id, .port = port});
    return true;
}

/* Strangers may make up a new link id each time: the store keeps so many, and those that the
 * user wrote down. */
static n2_err
keep_port(n2_control *c, const peer *p)
{
    size_t at = 0;

    if (n2_ports_is_switch(c))
        return N2_OK;
    while (at < c->n_kept_ports && c->kept_ports[at] != p->link_id)
        at++;
    if (at == N2_LINK_KNOWN_MAX && !p->endpoint) {
        c->met.kept_ports++;
        return N2_OK;
    }
    if (at == c->n_kept_ports && at < N2_LINK_KNOWN_MAX)
        c->kept_ports[c->n_kept_ports++] = p->link_id;
    return n2_store_port_put(c->config.store, p->link_id, p->port);
}

void
n2_peers_open_all(n2_control *c)
{
    c->n_kept_ports = 0;
    n2_err err = n2_ports_is_switch(c) ? N2_OK : n2_store_ports(c->config.store, known_cb, c);

    if (err)
        n2_control_log(c, "cannot read which links had which ports: %s", n2_err_text(err));
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].endpoint)
            open_link(c, &c->peers[i]);
}

/* ---- events ---- */

static n2_err
keep(n2_control *c, const peer *p)
{
    return n2_store_peer_put(c->config.store, &(n2_store_peer){.link_id = p->link_id,
                                                               .net = p->endpoint,
                                                               .key = p->key,
                                                               .port = p->port});
}

/* Who is written down with a name will be visited. */
static void
greet(n2_control *c, const peer *p)
{
    if (!p->endpoint || !p->is_up || !n2_id_is_set(&p->key))
        return;
    if (n2_keys_own(c, &p->key)) /* another machine of ours */
        (void)n2_vault_seek(c, &p->key, 0);
    else
        n2_fetch_greet(c->fetch, &p->key, c->now_us);
}

static void
link_up(n2_control *c, const n2_event *event)
{
    peer *p = find_link(c, event->link_id, event->initiator);
    n2_err err = N2_OK;

    if (!p && event->initiator)
        return; /* removed while it came up */
    if (!p)
        p = add(c, true);
    if (!p)
        return;
    bool is_new = p->port != event->port;

    p->link_id = event->link_id;
    p->port = event->port;
    p->net = event->net;
    p->rtt_us = event->rtt_us;
    if (event->initiator) {
        p->remote_port = event->remote_port;
        p->bits = event->width;
    }
    p->is_up = true;
    p->is_self = false;
    if (is_new)
        err = keep_port(c, p);
    if (is_new && !err && p->endpoint && !p->is_near && !n2_ports_is_switch(c))
        err = keep(c, p);
    if (err)
        n2_control_log(c, "cannot keep the port of a link: %s", n2_err_text(err));
    if (n2_ports_is_switch(c))
        return;
    n2_way_tell(c, NULL);
    n2_way_link(c, p->port, true);
    greet(c, p);
}

/* The endpoint that the user wrote down is one of ours; it may be another's tomorrow. */
static void
link_is_own(n2_control *c, const n2_event *event)
{
    peer *p = find_link(c, event->link_id, true);

    if (p && !p->is_self)
        n2_control_log(c, "peer %s is this node itself; remove it", p->endpoint);
    if (p)
        p->is_self = true;
}

void
n2_peers_event(n2_control *c, const n2_event *event)
{
    if (event->kind == N2_EVENT_LINK_UP) {
        link_up(c, event);
    } else if (event->err == N2_ERR_USAGE) {
        link_is_own(c, event);
    } else {
        for (size_t i = 0; i < c->n_peers; i++) {
            peer *p = &c->peers[i];

            if (p->link_id != event->link_id || p->port != event->port)
                continue;
            p->is_up = false;
            if (!p->endpoint)
                take_away(c, p);
            if (!n2_ports_is_switch(c))
                n2_way_link(c, event->port, false);
            break;
        }
    }
    n2_control_changed(c, "links");
}

/* ---- links to neighbours ---- */

uint64_t
n2_peers_open_near(n2_control *c, const n2_net_addr *net)
{
    char *endpoint = strdup(""); /* as of those that we opened; it is shown by its address */
    peer *p = endpoint ? add(c, false) : NULL;

    if (!p) {
        free(endpoint);
        return 0;
    }
    while (!p->link_id)
        n2_env_random(&c->env, &p->link_id, sizeof p->link_id);
    p->net = *net;
    p->is_near = true;
    p->endpoint = endpoint;
    open_link(c, p);
    return p->link_id;
}

void
n2_peers_close_near(n2_control *c, uint64_t link_id)
{
    peer *p = find_link(c, link_id, true);

    if (!p)
        return;
    if (p->port)
        n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_CLOSE, .port = p->port});
    take_away(c, p);
    n2_control_changed(c, "links");
}

uint8_t
n2_peers_bits(const n2_control *c, uint32_t port)
{
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].is_up && c->peers[i].port == port)
            return c->peers[i].bits;
    return 0;
}

/* ---- jobs ---- */

static void
put_row(const n2_control *c, n2_table *t, const peer *p)
{
    n2_table_row(t);
    n2_table_text(t, "endpoint", p->is_near ? NULL : p->endpoint);
    n2_table_id(t, "identity", N2_ID_IDENTITY, &p->key);
    n2_table_bool(t, "known", n2_id_is_set(&p->key) && n2_fetch_is_known(c->fetch, &p->key));
    n2_table_text(t, "state",
                  p->is_up     ? "up"
                  : p->is_self ? "self"
                  : p->net.len ? "opening"
                               : "down");
    n2_table_bool(t, "opened", p->endpoint);
    if (p->port)
        n2_table_int(t, "port", p->port);
    if (p->is_up && p->bits)
        n2_table_int(t, "bits", p->bits);
    if (p->is_up)
        n2_table_int(t, "rtt_us", p->rtt_us);
    if (p->is_near)
        n2_table_bool(t, "found", true);
    if (!p->endpoint || p->is_near)
        n2_table_bytes(t, "net", p->net.bytes, p->net.len);
}

n2_table *
n2_peers_table(const n2_control *c)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < c->n_peers; i++)
        put_row(c, t, &c->peers[i]);
    return t;
}

static n2_err
check_new(n2_control *c, const job *j, n2_id *key)
{
    if (!j->value || !*j->value || !j->net.len || (j->port && j->port >> c->config.switch_bits))
        return N2_ERR_USAGE;
    if (!j->address || !*j->address)
        return N2_OK;
    return n2_name_resolve(c, j->address, key);
}

/* Is @endpoint one of our listeners, as status shows them? */
static bool
is_own_endpoint(const n2_control *c, const char *endpoint)
{
    const char *at = c->config.listeners ? c->config.listeners : "";
    size_t len = strlen(endpoint);

    while (*at) {
        size_t n = strcspn(at, ",");

        if (n == len && !memcmp(at, endpoint, n))
            return true;
        at += n + (at[n] == ',');
    }
    return false;
}

/* Whom we are is here; another machine of ours may be there, too. */
static bool
is_here_alone(n2_control *c, const n2_id *who)
{
    n2_identity identity;
    unsigned n = 0;

    if (!n2_keys_own(c, who) || n2_keys_identity(c, who, &identity))
        return n2_keys_own(c, who);
    for (size_t i = 0; i < identity.n_keys; i++)
        n += (identity.keys[i].rights & N2_RIGHT_DEVICE) != 0;
    return n < 2;
}

static void
peer_add(n2_control *c, job *j)
{
    n2_id key = {0};
    n2_err err = check_new(c, j, &key);

    if (!err && (is_here_alone(c, &key) || is_own_endpoint(c, j->value))) {
        n2_job_failed_words(c, j, N2_ERR_USAGE, n2_words_self_why, n2_words_self_next);
        return;
    }
    peer *p = err ? NULL : find_endpoint(c, j->value);

    if (!err && !p) {
        p = add(c, false);
        err = p ? N2_OK : N2_ERR_LIMIT;
        if (p) {
            n2_env_random(&c->env, &p->link_id, sizeof p->link_id);
            p->endpoint = strdup(j->value);
            p->port = j->port;
        }
    }
    if (!err && p) {
        p->net = j->net;
        p->key = key;
        err = p->endpoint ? keep_net(c, p->endpoint, &p->net) : N2_ERR_NOMEM;
        if (!err)
            err = keep(c, p);
        if (err && !p->is_up)
            take_away(c, p);
    }
    if (err || !p) {
        n2_job_failed(c, j, err);
        return;
    }
    if (!p->is_up)
        open_link(c, p);
    n2_way_tell(c, NULL);
    greet(c, p);
    n2_control_changed(c, "links");

    n2_table *t = n2_table_new();

    put_row(c, t, p);
    n2_job_done(c, j, t);
}

static void
peer_remove(n2_control *c, job *j)
{
    peer *p = j->value ? find_endpoint(c, j->value) : NULL;
    n2_id key;

    if (!p && j->value && !n2_id_parse(&key, N2_ID_IDENTITY, j->value, strlen(j->value)))
        for (size_t i = 0; i < c->n_peers && !p; i++)
            if (c->peers[i].endpoint && n2_id_equal(&c->peers[i].key, &key))
                p = &c->peers[i];
    n2_err err = p ? n2_store_peer_drop(c->config.store, p->endpoint) : N2_ERR_NOTFOUND;

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    if (p->port)
        n2_op_queue_push(&c->ops, &(n2_op){.kind = N2_OP_LINK_CLOSE, .port = p->port});
    take_away(c, p);
    n2_control_changed(c, "links");
    n2_job_done(c, j, NULL);
}

void
n2_peer_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_PEER_ADD)
        peer_add(c, j);
    else if (j->kind == N2_JOB_PEER_REMOVE)
        peer_remove(c, j);
    else
        n2_job_done(c, j, n2_peers_table(c));
}
