/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht-nodes.c - the nodes of the DHT that we heard of: who they are, whether their
 * domain says so, and the ways to them.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/identity-set.h"
#include "node/control-dht-private.h"

static uint64_t
number_of(const uint8_t *bytes)
{
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | bytes[i];
    return number ? number : 1;
}

void
n2_dhts_peer_of(const n2_announce *a, n2_dht_peer *out)
{
    *out = (n2_dht_peer){.domain = number_of(a->place.domain.hash)};
    n2_dht_id_of(&a->place, 0, out->id);
    out->node = number_of(out->id);
}

/* Nobody has signed for a domain that an identity is for itself: those that come by one wire
 * are counted together, as if he who is at its other end were their parent (attack 53). */
static uint64_t
wire_of(const n2_control *c, const n2_route *way)
{
    uint32_t port = way ? (uint32_t)(way->word >> (64 - c->config.switch_bits)) : 0;

    for (size_t i = 0; port && i < c->n_peers; i++)
        if (c->peers[i].port == port && c->peers[i].net.len)
            return n2_net_source(&c->peers[i].net);
    return port;
}

dht_node *
n2_dhts_node(struct dht_work *w, uint64_t node)
{
    for (size_t i = 0; node && i < N2_DHT_NODES_MAX; i++)
        if (w->nodes[i].peer.node == node)
            return &w->nodes[i];
    return NULL;
}

dht_node *
n2_dhts_known(struct dht_work *w, const uint8_t *record, size_t len)
{
    for (size_t i = 0; i < N2_DHT_NODES_MAX; i++) {
        dht_node *n = &w->nodes[i];

        if (n->peer.node && n->len == len && !memcmp(n->record, record, len))
            return n;
    }
    return NULL;
}

/* A free place, else that of one whose word is over, else of one that was only told of and not
 * used for longest; NULL: all have answered. */
static dht_node *
place(n2_control *c)
{
    dht_node *found = NULL;

    for (size_t i = 0; i < N2_DHT_NODES_MAX; i++) {
        dht_node *n = &c->dht->nodes[i];

        if (!n->peer.node)
            return n;
        bool is_over = n->until_us <= c->wall_us;

        if ((is_over || !n->is_proven) && (!found || n->used_us < found->used_us))
            found = n;
    }
    if (!found) {
        c->dht->n_nodes_refused++;
        return NULL;
    }
    n2_dht_gone(c->dht->dht, &found->peer);
    free(found->record);
    *found = (dht_node){.len = 0};
    return found;
}

void
n2_dhts_add_way(dht_node *n, const n2_route *way)
{
    size_t at = n->n_ways;

    if (!way || !way->bits || way->bits > DHT_WAY_BITS_MAX)
        return;
    for (size_t i = 0; i < n->n_ways; i++)
        if (n->ways[i].word == way->word && n->ways[i].bits == way->bits)
            return;
    /* The shortest first: each who tells of it adds what lies between him and us. */
    if (n->n_ways < DHT_WAYS)
        n->n_ways++;
    else if (n->ways[--at].bits <= way->bits)
        return;
    for (; at && n->ways[at - 1].bits > way->bits; at--)
        n->ways[at] = n->ways[at - 1];
    n->ways[at] = *way;
}

dht_node *
n2_dhts_learn(
    n2_control *c, const n2_announce *a, const uint8_t *record, size_t len, const n2_route *way)
{
    struct dht_work *w = c->dht;
    n2_dht_peer one;

    n2_dhts_peer_of(a, &one);
    if (one.node == n2_dht_self(w->dht)->node || !n2_id_is_set(&a->who) ||
        n2_keys_own(c, &a->who))
        return NULL;
    dht_node *n = n2_dhts_node(w, one.node);

    /* Who it is does not change: another who says so is no news. */
    if (n && (!n2_id_equal(&n->who, &a->who) || a->serial < n->serial))
        return n2_id_equal(&n->who, &a->who) ? n : NULL;
    if (!n)
        n = place(c);
    if (!n)
        return NULL;
    uint8_t *copy = malloc(len);

    if (!copy)
        return NULL;
    memcpy(copy, record, len);
    free(n->record);
    if (!n->peer.node) {
        n->peer = one;
        n->peer.parent = wire_of(c, way);
        n->who = a->who;
    }
    n->record = copy;
    n->len = len;
    n->serial = a->serial;
    n->until_us = a->until_us;
    n->used_us = c->now_us;
    n2_dhts_add_way(n, way);
    return n;
}

n2_err
n2_dhts_domain(n2_control *c, const n2_announce *a, const uint8_t *statements, size_t len)
{
    n2_identity_set *set = NULL;
    n2_attachment checked;
    n2_identity domain;
    n2_err err = n2_store_identity(c->config.store, &a->place.domain, &c->dht->verified, &set);

    if (!err && len)
        err = n2_identity_take_all(set, statements, len, c->wall_us, &c->dht->verified);
    if (!err)
        err = n2_identity_look(set, c->wall_us, &domain);
    if (!err)
        err = n2_attachment_check(&checked, &domain, a->attachment, a->attachment_len,
                                  c->wall_us, c->config.unicode, &c->dht->verified);
    n2_identity_set_free(set);
    return err;
}

n2_err
n2_dhts_route(n2_control *c, const n2_id *who, n2_route *out)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n;

    c->dht->is_routing = true;
    n2_err err = n2_way_find(c, who, hops, &n, NULL);
    c->dht->is_routing = false;

    if (!err)
        err = n2_way_path(hops, n, out);
    return err;
}

/* The labels of a route, of which only the width of the first is known: the rest in pieces. */
static bool
hops_of(const n2_control *c, const n2_route *way, n2_store_hop *hops, size_t *n)
{
    uint64_t labels = way->word;
    unsigned left = way->bits, bits = c->config.switch_bits;

    for (*n = 0; left && *n < N2_STORE_HOPS_MAX; bits = 8) {
        if (bits > left)
            bits = left;
        hops[(*n)++] =
            (n2_store_hop){.port = (uint16_t)(labels >> (64 - bits)), .bits = (uint8_t)bits};
        labels <<= bits;
        left -= bits;
    }
    return *n && !left;
}

bool
n2_dhts_way(n2_control *c,
            const n2_id *who,
            size_t *at,
            n2_store_hop hops[static N2_STORE_HOPS_MAX],
            size_t *n)
{
    struct dht_work *w = c->dht;

    for (; w && w->dht && *at < N2_DHT_NODES_MAX * DHT_WAYS; ++*at) {
        const dht_node *node = &w->nodes[*at / DHT_WAYS];
        size_t way = *at % DHT_WAYS;

        if (!node->peer.node || way >= node->n_ways || !n2_id_equal(&node->who, who))
            continue;
        ++*at;
        return hops_of(c, &node->ways[way], hops, n);
    }
    return false;
}
