/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht.c - our node of the DHT: which one it is, when it joins, what it asks, its time.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-dht-private.h"

enum {
    ROOM = 2048
};

#define GREET_US (10 * N2_SECOND_US)   /* neighbours are looked at */
#define RENEW_US (30 * N2_MINUTE_US)   /* our attachment and record */
#define AGAIN_US (10 * N2_SECOND_US)   /* after it failed */
#define SOON_US (UINT64_C(300) * 1000) /* after a change, so that several are one */

/* ---- which node we are ---- */

/* The key of this machine: that which signed the key of connections. */
static bool
device_key(n2_control *c, const n2_id *who, n2_key *out)
{
    n2_identity identity;

    if (!c->has_node_key || n2_keys_identity(c, who, &identity))
        return false;
    for (size_t i = 0; i < identity.n_keys; i++) {
        const n2_key *key = &identity.keys[i].key;

        if (!n2_identity_may(&identity, key, N2_RIGHT_DEVICE, c->wall_us))
            continue;
        for (size_t k = 0; k < sizeof c->keys / sizeof *c->keys; k++)
            if (c->offers & 1u << k && n2_node_key_is_by(&c->keys[k].record, key)) {
                *out = *key;
                return true;
            }
    }
    return false;
}

/* Without a domain the identity is its own, with its switch as landmark: nobody else is there,
 * so no path leads anywhere.  The place is one of the week, and of this machine. */
static n2_err
attachment_body(n2_control *c, uint8_t *buf, size_t cap, n2_box *body)
{
    struct dht_work *w = c->dht;
    n2_attachment a = {.node = w->node,
                       .domain = w->who,
                       .serial = (uint64_t)c->wall_us,
                       .until_us = c->wall_us + (int64_t)N2_ATTACHMENT_US};
    uint64_t week = (uint64_t)a.until_us / N2_DHT_WEEK_US;
    uint8_t digest[N2_HASH_BYTES];
    n2_hash hash;

    n2_hash_init(&hash, N2_METHOD_SHA256);
    n2_hash_update(&hash, "n2 place 1", 10);
    n2_hash_update(&hash, w->who.hash, sizeof w->who.hash);
    n2_hash_update(&hash, w->node.bytes, n2_key_bytes(w->node.method));
    n2_hash_update(&hash, &week, sizeof week);
    n2_hash_final(&hash, digest);
    memcpy(a.place, digest, sizeof a.place);
    return n2_attachment_body(buf, cap, &a, body);
}

n2_err
n2_dhts_body(n2_control *c, const n2_id *about, void *buf, size_t cap, n2_box *out)
{
    const struct dht_work *w = c->dht;
    const n2_announce a = {.about = *about,
                           .node = w->node,
                           .who = w->who,
                           .serial = (uint64_t)c->wall_us,
                           .until_us = c->wall_us + (int64_t)N2_ANNOUNCE_US / 2,
                           .attachment = w->attachment,
                           .attachment_len = w->attachment_len};

    return n2_announce_body(buf, cap, &a, out);
}

n2_err
n2_dhts_sign(n2_control *c, const n2_box *body, uint8_t what, n2_conn conn)
{
    key_request extra = {.dht = what, .conn = conn};

    return n2_keys_ask(c,
                       &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                          .who = c->dht->who,
                                          .body = {.bytes = body->bytes, .len = body->len}},
                       &extra);
}

static void
failed(n2_control *c, n2_err err)
{
    n2_control_log(c, "the DHT is not joined: %s", n2_err_text(err));
    c->dht->is_signing = false;
    c->dht->renew_us = c->now_us + AGAIN_US;
}

static void
renew(n2_control *c)
{
    struct dht_work *w = c->dht;
    uint8_t buf[ROOM];
    n2_box body;

    w->renew_us = c->now_us + AGAIN_US;
    if (!c->n_owns || c->wall_us <= 0 || !device_key(c, &c->owns[0].who, &w->node))
        return;
    w->who = c->owns[0].who;
    n2_err err = attachment_body(c, buf, sizeof buf, &body);

    if (!err)
        err = n2_dhts_sign(c, &body, DHT_SIGN_ATTACHMENT, 0);
    if (err)
        failed(c, err);
    else
        w->is_signing = true;
}

static n2_err
keep(uint8_t **bytes, size_t *len, const n2_slice *statement)
{
    uint8_t *copy = malloc(statement->len);

    if (!copy)
        return N2_ERR_NOMEM;
    memcpy(copy, statement->bytes, statement->len);
    free(*bytes);
    *bytes = copy;
    *len = statement->len;
    return N2_OK;
}

static n2_err
attachment_signed(n2_control *c, const n2_slice *statement)
{
    struct dht_work *w = c->dht;
    uint8_t buf[ROOM];
    n2_box body;
    n2_err err = keep(&w->attachment, &w->attachment_len, statement);

    if (!err)
        err = n2_dhts_body(c, &w->who, buf, sizeof buf, &body);
    return err ? err : n2_dhts_sign(c, &body, DHT_SIGN_RECORD, 0);
}

/* Now we are somebody. */
static n2_err
record_signed(n2_control *c, const n2_slice *statement)
{
    struct dht_work *w = c->dht;
    n2_dht_peer self = {.node = 0};
    n2_announce a;
    n2_err err = n2_announce_check(&a, NULL, statement->bytes, statement->len, c->wall_us,
                                   c->config.unicode);

    if (!err)
        err = keep(&w->record, &w->record_len, statement);
    if (err)
        return err;
    n2_dhts_peer_of(&a, &self);
    w->is_signing = false;
    w->renew_us = c->now_us + RENEW_US;
    if (!w->dht) {
        w->greet_us = c->now_us;
        w->announce_us = c->now_us;
        return n2_dht_new(&w->dht, &c->env, &self);
    }
    if (memcmp(self.id, n2_dht_self(w->dht)->id, sizeof self.id) != 0)
        n2_dht_move(w->dht, &self);
    return N2_OK;
}

bool
n2_dhts_signed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_err err = a->err;

    if (!r->dht)
        return false;
    if (!c->dht)
        return true;
    if (r->dht == DHT_SIGN_HERE) {
        n2_dhts_here_signed(c, r->conn, err ? NULL : &a->statement);
    } else if (r->dht == DHT_SIGN_VALUE) {
        n2_dhts_value_signed(c, err ? NULL : &a->statement);
    } else {
        if (!err)
            err = r->dht == DHT_SIGN_RECORD ? record_signed(c, &a->statement)
                                            : attachment_signed(c, &a->statement);
        if (err)
            failed(c, err);
    }
    n2_dhts_pump(c);
    return true;
}

/* ---- whom we know ---- */

/* Neighbours of whom it is known who they are: if they take part, so do we. */
static void
greet(n2_control *c)
{
    n2_fetch_at at;

    c->dht->greet_us = c->now_us + (n2_dht_count(c->dht->dht) ? GREET_US : N2_SECOND_US);
    for (size_t i = 0; i < c->n_peers; i++) {
        const peer *p = &c->peers[i];

        if (!p->is_up || p->is_self || !n2_id_is_set(&p->key) || n2_keys_own(c, &p->key))
            continue;
        if (n2_fetch_open_to(c->fetch, &p->key, &at))
            n2_dhts_proven(c, &p->key);
        else if (!n2_dhts_has_met(c->dht, &p->key))
            n2_fetch_open(c->fetch, &p->key, c->now_us);
    }
}

void
n2_dhts_pump(n2_control *c)
{
    struct dht_work *w = c->dht;
    n2_dht_end end;
    n2_dht_ask ask;

    if (!w || !w->dht)
        return;
    w->is_due = false;
    do
        while (n2_dht_next(w->dht, &ask, c->now_us))
            n2_dhts_send(c, &ask);
    while (n2_dht_ended(w->dht, &end) && (n2_dhts_ended(c, &end), true));
}

/* ---- time ---- */

n2_err
n2_dhts_begin(n2_control *c)
{
    if (n2_ports_is_switch(c) || !c->config.takes_part)
        return N2_OK;
    c->dht = calloc(1, sizeof *c->dht);
    if (!c->dht)
        return N2_ERR_NOMEM;
    c->dht->nodes = calloc(N2_DHT_NODES_MAX, sizeof *c->dht->nodes);
    return c->dht->nodes ? N2_OK : N2_ERR_NOMEM;
}

void
n2_dhts_clear(n2_control *c)
{
    struct dht_work *w = c->dht;

    if (!w)
        return;
    for (size_t i = 0; w->nodes && i < N2_DHT_NODES_MAX; i++)
        free(w->nodes[i].record);
    for (size_t i = 0; i < DHT_SENDS; i++)
        free(w->sends[i].bytes);
    n2_dht_free(w->dht);
    free(w->attachment);
    free(w->record);
    free(w->nodes);
    free(w);
    c->dht = NULL;
}

void
n2_dhts_expire(n2_control *c)
{
    struct dht_work *w = c->dht;

    if (!w || !c->is_ready)
        return;
    if (!w->is_signing && c->now_us >= w->renew_us)
        renew(c);
    if (!w->dht)
        return;
    n2_dht_expire(w->dht, c->now_us, c->wall_us);
    if (c->now_us >= w->greet_us)
        greet(c);
    n2_dhts_announce(c);
    n2_dhts_pump(c);
}

uint64_t
n2_dhts_deadline(const n2_control *c)
{
    const struct dht_work *w = c->dht;

    if (!w || !c->is_ready)
        return UINT64_MAX;
    if (w->is_due)
        return c->now_us;
    uint64_t at_us = w->is_signing ? UINT64_MAX : w->renew_us;

    if (!w->dht)
        return at_us;
    const uint64_t parts[] = {n2_dht_deadline(w->dht), w->greet_us,
                              w->is_thing_signed ? UINT64_MAX : w->announce_us};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] < at_us)
            at_us = parts[i];
    return at_us;
}

void
n2_dhts_changed(n2_control *c)
{
    struct dht_work *w = c->dht;

    if (!w)
        return;
    w->at_thing = w->n_things = 0; /* all anew: it is not often */
    if (c->now_us + SOON_US < w->announce_us)
        w->announce_us = c->now_us + SOON_US;
}

/* ---- to show ---- */

void
n2_dhts_status(n2_control *c, n2_table *t)
{
    const struct dht_work *w = c->dht;
    n2_dht_counts counts = {0};

    n2_table_text(t, "dht", !w ? "off" : !w->dht || !n2_dht_count(w->dht) ? "alone" : "joined");
    if (!w || !w->dht)
        return;
    n2_dht_counts_get(w->dht, &counts);
    n2_table_int(t, "dht_nodes", (int64_t)n2_dht_count(w->dht));
    n2_table_int(t, "dht_kept", (int64_t)n2_dht_values_count(n2_dht_kept(w->dht)));
    n2_table_int(t, "dht_announced", (int64_t)w->n_announced);
    n2_table_int(t, "dht_taken", (int64_t)w->n_kept);
    n2_table_int(t, "dht_found", (int64_t)w->n_found);
    n2_table_int(t, "dht_lied", (int64_t)w->n_lied);
    n2_table_int(t, "dht_questions", (int64_t)counts.n_questions);
    n2_table_int(t, "dht_silent", (int64_t)counts.n_timeouts);
    n2_table_int(t, "dht_asked", (int64_t)counts.n_asked);
}

void
n2_dhts_uses(const n2_control *c, n2_uses *uses)
{
    const struct dht_work *w = c->dht;
    size_t n = 0;

    if (!w || !w->dht)
        return;
    for (size_t i = 0; i < N2_DHT_NODES_MAX; i++)
        n += w->nodes[i].peer.node != 0;
    n2_uses_add(uses, "dht_nodes", n, N2_DHT_NODES_MAX, w->n_nodes_refused);
    n2_dht_uses(w->dht, uses);
}
