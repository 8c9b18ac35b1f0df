/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht-talk.c - what we ask other nodes of the DHT, and what they answer.
 *
 * Before the first question on a connection each side says which node it is (dht-here); who
 * only looks for values does not say it.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-dht-private.h"

#define SEND_US (N2_DHT_ASK_US + N2_SECOND_US) /* a question is forgotten */
#define AGAIN_US (5 * N2_SECOND_US)            /* who was no node is asked again */

static dht_conn *
conn_of(struct dht_work *w, const n2_id *who)
{
    for (size_t i = 0; i < DHT_CONNS; i++)
        if (n2_id_is_set(&w->conns[i].who) && n2_id_equal(&w->conns[i].who, who))
            return &w->conns[i];
    return NULL;
}

/* The same, or the place of the one that was not used for longest. */
static dht_conn *
conn_for(n2_control *c, const n2_id *who)
{
    struct dht_work *w = c->dht;
    dht_conn *k = conn_of(w, who);

    if (k)
        return k;
    k = &w->conns[0];
    for (size_t i = 1; i < DHT_CONNS; i++)
        if (w->conns[i].used_us < k->used_us)
            k = &w->conns[i];
    *k = (dht_conn){.who = *who, .used_us = c->now_us};
    return k;
}

bool
n2_dhts_has_met(const struct dht_work *w, const n2_id *who)
{
    for (size_t i = 0; i < DHT_CONNS; i++)
        if (w->conns[i].conn && n2_id_equal(&w->conns[i].who, who))
            return true;
    return false;
}

bool
n2_dhts_is_asking(const struct dht_work *w, const n2_id *who)
{
    for (size_t i = 0; i < DHT_SENDS; i++)
        if (w->sends[i].number && n2_id_equal(&w->sends[i].who, who))
            return true;
    return false;
}

/* ---- which node ---- */

typedef struct {
    n2_control *c;
    n2_slice statement;
    uint64_t back_bits;
} here;

/* Statements about the keys of the domain, which is ourselves. */
static void
put_domain(n2_control *c, n2_asm *block)
{
    n2_identity_set *set = NULL;
    uint8_t *buf = malloc(N2_VM_STRING_BYTES_MAX);
    size_t len = 0;

    if (!buf || n2_store_identity(c->config.store, &c->dht->who, &c->dht->verified, &set) ||
        n2_identity_set_write(set, buf, N2_VM_STRING_BYTES_MAX, &len))
        len = 0;
    n2_asm_bytes(block, buf, len);
    n2_identity_set_free(set);
    free(buf);
}

void
n2_dhts_put_here(n2_control *c, n2_asm *answer)
{
    n2_asm_bytes(answer, c->dht->record, c->dht->record_len);
    put_domain(c, answer);
}

static void
put_here(void *user, n2_asm *block)
{
    const here *h = user;

    n2_asm_bytes(block, h->statement.bytes, h->statement.len);
    if (h->statement.len) {
        n2_dhts_put_here(h->c, block);
    } else {
        n2_asm_bytes(block, "", 0);
        n2_asm_bytes(block, "", 0);
    }
    n2_asm_u64(block, h->back_bits);
    n2_asm_word(block, N2_WORD_DHT_HERE);
}

static uint32_t
next_number(struct dht_work *w)
{
    if (++w->last_number >= N2_DHT_NUMBER)
        w->last_number = 1;
    return w->last_number;
}

static void drop_all(n2_control *c, const n2_id *who);

static void
say_here(n2_control *c, dht_conn *k, const n2_slice *statement)
{
    here h = {.c = c};
    n2_route way;

    if (statement)
        h.statement = *statement;
    if (!n2_dhts_route(c, &k->who, &way) && way.bits > c->config.switch_bits)
        h.back_bits = (uint64_t)way.bits - c->config.switch_bits;
    k->number = next_number(c->dht);
    k->state = DHT_SAID;
    k->was_shown = statement != NULL;
    n2_err err =
        n2_fetch_name(c->fetch, &k->who, N2_DHT_NUMBER | k->number, put_here, &h, c->now_us);

    if (err) {
        k->conn = 0; /* once more, by the next connection */
        drop_all(c, &k->who);
    }
}

/* Has it said by its signature on this connection. */
static void
sign_here(n2_control *c, dht_conn *k, const n2_fetch_at *at)
{
    const n2_id about = n2_announce_here(at->hash);
    uint8_t buf[N2_ANNOUNCE_BYTES_MAX];
    n2_box body;

    k->state = DHT_SIGNING;
    n2_err err = n2_dhts_body(c, &about, buf, sizeof buf, &body);

    if (!err)
        err = n2_dhts_sign(c, &body, DHT_SIGN_HERE, k->conn);
    if (err)
        k->conn = 0;
}

void
n2_dhts_here_signed(n2_control *c, n2_conn conn, const n2_slice *statement)
{
    for (size_t i = 0; i < DHT_CONNS; i++) {
        dht_conn *k = &c->dht->conns[i];
        n2_fetch_at at;

        if (!conn || k->conn != conn || k->state != DHT_SIGNING)
            continue;
        if (!statement || !n2_fetch_open_to(c->fetch, &k->who, &at) || at.conn != conn)
            k->conn = 0;
        else
            say_here(c, k, statement);
    }
}

/* Begins it, or says that it is done.  @shows: the other is to know which node we are. */
static bool
is_ready(n2_control *c, const n2_id *who, const n2_fetch_at *at, bool shows)
{
    dht_conn *k = conn_for(c, who);

    k->used_us = c->now_us;
    if (k->conn == at->conn) {
        if (k->state == DHT_READY && (k->is_shown || !shows))
            return true;
        if (k->state == DHT_SIGNING || k->state == DHT_SAID ||
            (k->state == DHT_REFUSED && c->now_us < k->again_us))
            return false;
    }
    k->conn = at->conn;
    k->is_shown = false;
    if (shows)
        sign_here(c, k, at);
    else
        say_here(c, k, NULL);
    return false;
}

/* It has said which node it is: is that so? */
static n2_err
take_here(n2_control *c, const dht_conn *k, const n2_value *v, size_t n)
{
    struct dht_work *w = c->dht;
    n2_announce a;
    n2_route way;

    if (n != 2 || v[0].type != 'b' || v[1].type != 'b')
        return N2_ERR_FORMAT;
    n2_err err =
        n2_announce_check(&a, NULL, v[0].bytes, v[0].len, c->wall_us, c->config.unicode);

    if (!err && !n2_id_equal(&a.who, &k->who))
        err = N2_ERR_FORGED; /* another's record */
    if (!err)
        err = n2_dhts_domain(c, &a, v[1].bytes, v[1].len);
    if (!err)
        err = n2_dhts_route(c, &k->who, &way);
    if (err)
        return err;
    dht_node *node = n2_dhts_learn(c, &a, v[0].bytes, v[0].len, &way);

    if (!node)
        return N2_ERR_LIMIT;
    if (node->is_proven)
        n2_dht_heard(w->dht, &node->peer, c->now_us);
    else
        n2_dht_meet(w->dht, &node->peer, c->now_us);
    node->is_proven = true;
    return N2_OK;
}

/* ---- questions ---- */

static void
put_question(void *user, n2_asm *block)
{
    const dht_send *s = user;

    n2_asm_bytes(block, s->ask.target, sizeof s->ask.target);
    if (s->ask.question == N2_DHT_ASK_KEEP) {
        n2_asm_bytes(block, s->bytes, s->ask.value.len);
        n2_asm_u64(block, s->ask.value.serial);
        n2_asm_u64(block, (uint64_t)s->ask.value.until_us);
        n2_asm_word(block, N2_WORD_DHT_KEEP);
    } else {
        n2_asm_word(block,
                    s->ask.question == N2_DHT_ASK_NEAR ? N2_WORD_DHT_NEAR : N2_WORD_DHT_VALUES);
    }
}

static void
drop(struct dht_work *w, dht_send *s)
{
    uint64_t number = s->ask.number;

    free(s->bytes);
    *s = (dht_send){.number = 0};
    n2_dht_failed(w->dht, number);
}

/* Nothing can be asked of @who. */
static void
drop_all(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < DHT_SENDS; i++) {
        dht_send *s = &c->dht->sends[i];

        if (s->number && !s->is_sent && n2_id_equal(&s->who, who))
            drop(c->dht, s);
    }
}

static void
try_send(n2_control *c, dht_send *s)
{
    n2_fetch_at at;

    if (!n2_fetch_open_to(c->fetch, &s->who, &at)) {
        n2_fetch_open(c->fetch, &s->who, c->now_us);
        return;
    }
    if (!is_ready(c, &s->who, &at, s->ask.question != N2_DHT_ASK_VALUES))
        return;
    s->is_sent = true;
    if (n2_fetch_name(c->fetch, &s->who, N2_DHT_NUMBER | s->number, put_question, s, c->now_us))
        drop(c->dht, s);
}

static void
send_waiting(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < DHT_SENDS; i++) {
        dht_send *s = &c->dht->sends[i];

        if (s->number && !s->is_sent && n2_id_equal(&s->who, who))
            try_send(c, s);
    }
}

void
n2_dhts_send(n2_control *c, const n2_dht_ask *ask)
{
    struct dht_work *w = c->dht;
    const dht_node *node = n2_dhts_node(w, ask->peer.node);
    dht_send *s = NULL;

    for (size_t i = 0; i < DHT_SENDS && !s; i++)
        if (!w->sends[i].number || w->sends[i].until_us <= c->now_us)
            s = &w->sends[i];
    uint8_t *copy = ask->question == N2_DHT_ASK_KEEP ? malloc(ask->value.len) : NULL;

    if (!s || !node || (ask->question == N2_DHT_ASK_KEEP && !copy)) {
        free(copy);
        n2_dht_failed(w->dht, ask->number);
        return;
    }
    if (copy)
        memcpy(copy, ask->value.bytes, ask->value.len);
    free(s->bytes);
    *s = (dht_send){.number = next_number(w),
                    .ask = *ask,
                    .bytes = copy,
                    .who = node->who,
                    .until_us = c->now_us + SEND_US};
    try_send(c, s);
}

void
n2_dhts_proven(n2_control *c, const n2_id *who)
{
    n2_fetch_at at;
    bool is_neighbour = false;

    if (!c->dht || !c->dht->dht || !n2_fetch_open_to(c->fetch, who, &at))
        return;
    for (size_t i = 0; i < c->n_peers; i++)
        is_neighbour |= c->peers[i].is_up && n2_id_equal(&c->peers[i].key, who);
    if (is_neighbour)
        (void)is_ready(c, who, &at, true);
    send_waiting(c, who);
    n2_dhts_pump(c);
}

/* ---- answers ---- */

/* Nodes that @by tells of: records, and the ways to them from there.  Returns: how many. */
static size_t
take_nodes(
    n2_control *c, const n2_id *by, const n2_value *v, size_t n, n2_dht_peer out[N2_DHT_K])
{
    struct dht_work *w = c->dht;
    n2_route to;
    bool has_way = !n2_dhts_route(c, by, &to);
    size_t n_told = 0;

    for (size_t i = 0; i + 1 < n && n_told < N2_DHT_K; i += 2) {
        n2_route way = to, tail;
        n2_announce a;

        if (v[i].type != 'b' || v[i + 1].type != 'b' || v[i + 1].len != N2_PATH_STORED_BYTES ||
            n2_route_read(&tail, v[i + 1].bytes))
            break;
        bool leads = has_way && tail.bits && !n2_route_join(&way, &tail);
        const n2_route *by_it = leads ? &way : NULL;
        dht_node *node = n2_dhts_known(w, v[i].bytes, v[i].len);

        if (node)
            n2_dhts_add_way(node, by_it);
        else if (!n2_announce_check(&a, NULL, v[i].bytes, v[i].len, c->wall_us,
                                    c->config.unicode))
            node = n2_dhts_learn(c, &a, v[i].bytes, v[i].len, by_it);
        else
            w->n_lied++;
        if (!node)
            continue; /* ourselves, or a liar */
        out[n_told++] = node->peer;
        n2_dhts_told(c, node);
    }
    return n_told;
}

static void
take_answer(n2_control *c, dht_send *s, n2_err err, const n2_value *v, size_t n)
{
    struct dht_work *w = c->dht;
    const n2_dht_ask ask = s->ask;
    n2_id who = s->who;
    n2_dht_peer told[N2_DHT_K];
    size_t n_told = 0;

    free(s->bytes);
    *s = (dht_send){.number = 0};
    if (err && ask.question != N2_DHT_ASK_KEEP) {
        n2_dht_failed(w->dht, ask.number);
        return;
    }
    if (ask.question == N2_DHT_ASK_VALUES) {
        size_t n_values = n && v[0].type == 'u' && v[0].u < n ? (size_t)v[0].u : 0;

        n2_dhts_values(c, ask.job, v + (n != 0), n_values);
        v += n_values + (n != 0);
        n -= n_values + (n != 0);
    }
    if (ask.question != N2_DHT_ASK_KEEP)
        n_told = take_nodes(c, &who, v, n, told);
    n2_dht_answered(w->dht, ask.number, told, n_told, !err, c->now_us);
}

void
n2_dhts_answered(
    n2_control *c, uint32_t number, const n2_id *who, n2_err err, const n2_value *v, size_t n)
{
    struct dht_work *w = c->dht;
    dht_conn *k = w ? conn_of(w, who) : NULL;

    number &= ~(uint32_t)N2_DHT_NUMBER;
    if (!w || !w->dht || !number)
        return;
    if (k && k->number == number) {
        k->number = 0;
        if (!err)
            err = take_here(c, k, v, n);
        k->state = err ? DHT_REFUSED : DHT_READY;
        k->is_shown = !err && k->was_shown;
        k->again_us = c->now_us + AGAIN_US;
        if (err == N2_ERR_FORGED)
            w->n_lied++;
        if (err)
            drop_all(c, who);
        else
            send_waiting(c, who);
    }
    for (size_t i = 0; i < DHT_SENDS; i++)
        if (w->sends[i].number == number && n2_id_equal(&w->sends[i].who, who)) {
            take_answer(c, &w->sends[i], err, v, n);
            break;
        }
    n2_dhts_pump(c);
}
