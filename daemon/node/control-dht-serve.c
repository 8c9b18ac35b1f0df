/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht-serve.c - what other nodes of the DHT ask, and what we keep for them.
 *
 * Each question is paid for as all are (vm/words.h, N2_VM_COST_PER_S of a connection); what one
 * may have kept is bounded by share/dht-values.c, by node and by domain.
 */
#include <string.h>

#include "node/control-dht-private.h"

/* Who asks on @conn; NULL: that was not said. */
static dht_asker *
asker_of(n2_control *c, n2_conn conn)
{
    const n2_talker *t = n2_talk_find(&c->talk, conn);

    for (size_t i = 0; t && i < DHT_ASKERS; i++) {
        dht_asker *a = &c->dht->askers[i];

        if (a->conn == conn && !memcmp(a->hash, t->hash, sizeof a->hash))
            return a;
    }
    return NULL;
}

/* The way by which the connection came, of which only who asks knows how long it is. */
static bool
way_of(const n2_control *c, const n2_talker *t, uint64_t bits, n2_route *out)
{
    bits = bits < N2_PATH_BITS ? bits + c->config.switch_bits : 0;
    if (!t->path || !bits || bits > N2_PATH_BITS)
        return false;
    *out = (n2_route){.word = t->path >> N2_PATH_USED_BITS << N2_PATH_USED_BITS,
                      .bits = (uint8_t)bits};
    return !(out->word << bits);
}

/* Both statements are of one node, and its domain says where that is. */
static n2_err
check(n2_control *c, const n2_talker *t, const n2_value *v, n2_announce *record)
{
    const n2_id about = n2_announce_here(t->hash);
    n2_announce here;
    n2_err err =
        n2_announce_check(&here, &about, v[0].bytes, v[0].len, c->wall_us, c->config.unicode);

    if (!err)
        err = n2_announce_check(record, NULL, v[1].bytes, v[1].len, c->wall_us,
                                c->config.unicode);
    if (!err &&
        (!n2_key_equal(&here.node, &record->node) || !n2_id_equal(&here.who, &record->who)))
        err = N2_ERR_FORGED;
    return err ? err : n2_dhts_domain(c, record, v[2].bytes, v[2].len);
}

static n2_err
heard(n2_control *c, const n2_talker *t, const n2_call *call)
{
    struct dht_work *w = c->dht;
    const n2_value *v = call->arg;
    n2_announce a;
    n2_route way;
    n2_err err = check(c, t, v, &a);

    if (err) {
        w->n_lied += err == N2_ERR_FORGED;
        return err;
    }
    dht_node *node =
        n2_dhts_learn(c, &a, v[1].bytes, v[1].len, way_of(c, t, v[3].u, &way) ? &way : NULL);
    dht_asker *asker = asker_of(c, t->conn);

    if (!node)
        return N2_ERR_LIMIT;
    if (!asker)
        asker = &w->askers[w->next_asker++ % DHT_ASKERS];
    *asker = (dht_asker){.conn = t->conn, .peer = node->peer};
    memcpy(asker->hash, t->hash, sizeof asker->hash);
    if (node->is_proven || !node->n_ways)
        n2_dht_heard(w->dht, &node->peer, c->now_us);
    else
        n2_dht_meet(w->dht, &node->peer, c->now_us);
    node->is_proven = true;
    return N2_OK;
}

static void
put_near(n2_control *c, n2_conn conn, const uint8_t *target, n2_asm *answer)
{
    struct dht_work *w = c->dht;
    const dht_asker *asker = asker_of(c, conn);
    n2_dht_peer near[N2_DHT_K];
    size_t n = n2_dht_near(w->dht, target, near);

    for (size_t i = 0; i < n; i++) {
        const dht_node *node = n2_dhts_node(w, near[i].node);
        uint8_t bytes[N2_PATH_STORED_BYTES];
        n2_route way;

        if (!node || !node->record || (asker && asker->peer.node == near[i].node) ||
            n2_dhts_route(c, &node->who, &way))
            continue;
        n2_route_write(bytes, &way);
        n2_asm_bytes(answer, node->record, node->len);
        n2_asm_bytes(answer, bytes, sizeof bytes);
    }
}

static void
put_values(n2_control *c, const uint8_t *key, n2_asm *answer)
{
    n2_dht_value values[N2_DHT_ANSWER_VALUES];
    uint64_t turn;

    n2_env_random(&c->env, &turn, sizeof turn);
    size_t n = n2_dht_values_get(n2_dht_kept(c->dht->dht), key, c->wall_us, turn, values);

    n2_asm_u64(answer, n);
    for (size_t i = 0; i < n; i++)
        n2_asm_bytes(answer, values[i].bytes, values[i].len);
}

static n2_err
keep(n2_control *c, n2_conn conn, const n2_call *call)
{
    const dht_asker *asker = asker_of(c, conn);
    n2_dht_value value = {.serial = call->arg[2].u,
                          .until_us = (int64_t)call->arg[3].u,
                          .bytes = call->arg[1].bytes,
                          .len = call->arg[1].len};

    if (!asker)
        return N2_ERR_REFUSED;
    if (!value.len || value.len > N2_ANNOUNCE_BYTES_MAX)
        return N2_ERR_FORMAT;
    memcpy(value.key, call->arg[0].bytes, sizeof value.key);
    return n2_dht_values_keep(n2_dht_kept(c->dht->dht), &asker->peer, &value, c->wall_us,
                              c->now_us);
}

n2_err
n2_dhts_asked(n2_control *c, n2_conn conn, const n2_call *call, n2_asm *answer)
{
    const n2_talker *t = n2_talk_find(&c->talk, conn);
    n2_err err = N2_OK;

    if (!c->dht || !c->dht->dht || !t)
        return N2_ERR_NOTFOUND;
    if (call->opcode == N2_WORD_DHT_HERE) {
        if (call->arg[0].len)
            err = heard(c, t, call);
        if (!err)
            n2_dhts_put_here(c, answer);
        n2_dhts_pump(c);
        return err;
    }
    if (call->arg[0].len != N2_DHT_ID_BYTES)
        return N2_ERR_FORMAT;
    if (call->opcode == N2_WORD_DHT_KEEP)
        return keep(c, conn, call);
    if (call->opcode == N2_WORD_DHT_VALUES)
        put_values(c, call->arg[0].bytes, answer);
    put_near(c, conn, call->arg[0].bytes, answer);
    return N2_OK;
}
