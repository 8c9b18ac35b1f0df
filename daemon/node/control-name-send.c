/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-name-send.c - questions about names to other nodes: for the resolver, for the user
 * who asks something of a zone, and for zones that are followed here.
 */
#include <string.h>

#include "node/control-private.h"

static name_send *
send_of(struct names *n, uint32_t number)
{
    for (size_t i = 0; i < NAME_SENDS; i++)
        if (number && n->sends[i].number == number)
            return &n->sends[i];
    return NULL;
}

/* What a question is written from. */
typedef struct {
    n2_control *c;
    const name_send *send;
} sending;

static void
put_id(n2_asm *block, const n2_id *id)
{
    uint8_t bytes[N2_ID_BYTES];

    bytes[0] = id->method;
    memcpy(bytes + 1, id->hash, sizeof id->hash);
    n2_asm_bytes(block, bytes, sizeof bytes);
}

static void
put_question(void *user, n2_asm *block)
{
    const sending *what = user;
    const name_send *s = what->send;
    const job *j = s->job ? n2_job_find(what->c, s->job) : NULL;
    const kept_zone *k = s->is_follow ? n2_zones_find(what->c, &s->zone) : NULL;

    if (s->job && j) {
        n2_claim_put(j, block);
        return;
    }
    put_id(block, &s->zone);
    if (k) {
        n2_zone_follow_put(k, block);
        return;
    }
    if (!s->question) {
        n2_asm_word(block, N2_WORD_ZONE_HEADS);
        return;
    }
    n2_asm_bytes(block, s->labels, strlen(s->labels));
    n2_asm_u64(block, s->floor);
    n2_asm_u64(block, (uint64_t)s->hops << N2_HOW_HOPS_SHIFT |
                          (s->flags & N2_ASK_STATEMENTS ? N2_HOW_STATEMENTS : 0));
    n2_asm_word(block, N2_WORD_RESOLVE);
}

/* @s has left its place: what came of it. */
static void
send_over(n2_control *c, const name_send *s, n2_err err, const n2_value *values, size_t n)
{
    n2_answer_step steps[N2_NAME_STEPS_MAX];
    job *j = s->job ? n2_job_find(c, s->job) : NULL;

    if (s->job) {
        if (j)
            n2_claim_answered(c, j, err, values, n);
    } else if (s->is_follow) {
        n2_zone_follow_answered(c, &s->zone, err, values, n);
    } else if (!s->question) {
        if (!err)
            n2_names_take_heads(c, &s->zone, values, n);
    } else if (err) {
        n2_resolve_failed(c->names->resolver, s->question, err, c->now_us, c->wall_us);
    } else {
        n2_resolve_answer(c->names->resolver, s->question, steps,
                          n2_names_read_steps(values, n, steps), c->now_us, c->wall_us);
    }
}

static void
send_failed(n2_control *c, name_send *s, n2_err err)
{
    name_send was = *s;

    *s = (name_send){0};
    send_over(c, &was, err, NULL, 0);
}

/* Says it if there is a connection. */
static void
try_send(n2_control *c, name_send *s)
{
    sending what = {c, s};
    n2_err err = n2_fetch_name(c->fetch, &s->server, s->number, put_question, &what, c->now_us);

    s->is_sent = !err;
    if (err && err != N2_ERR_NOTFOUND)
        send_failed(c, s, err);
}

void
n2_names_send(n2_control *c, const name_send *from)
{
    struct names *n = c->names;
    name_send *s = NULL;
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_fetch_at at;
    size_t n_hops;

    for (size_t i = 0; i < NAME_SENDS && !s; i++)
        if (!n->sends[i].number)
            s = &n->sends[i];
    if (!s) {
        name_send none = *from;

        send_failed(c, &none, N2_ERR_LIMIT);
        return;
    }
    *s = *from;
    if (++n->last_send >= ROUTE_NUMBER)
        n->last_send = 1;
    s->number = n->last_send;
    s->until_us = c->now_us + N2_LOOKUP_ON_US;
    if (n2_keys_own(c, &s->server)) {
        send_failed(c, s, N2_ERR_NOWAY);
        return;
    }
    if (!n2_fetch_open_to(c->fetch, &s->server, &at)) {
        n2_err way = n2_way_find(c, &s->server, hops, &n_hops, NULL);

        if (way && way != N2_ERR_BUSY)
            send_failed(c, s, way);
        else
            n2_fetch_open(c->fetch, &s->server, c->now_us);
        return;
    }
    try_send(c, s);
}

void
n2_names_proven(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; c->names && i < NAME_SENDS; i++) {
        name_send *s = &c->names->sends[i];

        if (s->number && !s->is_sent && n2_id_equal(&s->server, who))
            try_send(c, s);
    }
    n2_names_pump(c);
}

void
n2_names_answered(
    void *user, uint32_t number, const n2_id *who, n2_err err, const n2_value *values, size_t n)
{
    n2_control *c = user;

    if (number & N2_DHT_NUMBER) {
        n2_dhts_answered(c, number, who, err, values, n);
        return;
    }
    name_send *s = c->names ? send_of(c->names, number) : NULL;

    if (!s || !n2_id_equal(&s->server, who))
        return;
    name_send was = *s;

    *s = (name_send){0};
    send_over(c, &was, err, values, n);
    n2_names_pump(c);
}

void
n2_names_sends_expire(n2_control *c)
{
    for (size_t i = 0; i < NAME_SENDS; i++) {
        name_send *s = &c->names->sends[i];

        if (!s->number || s->until_us > c->now_us)
            continue;
        if (s->question) /* the resolver has its own time for it */
            *s = (name_send){0};
        else
            send_failed(c, s, N2_ERR_TIMEOUT);
    }
}

uint64_t
n2_names_sends_deadline(const n2_control *c)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; i < NAME_SENDS; i++) {
        const name_send *s = &c->names->sends[i];

        if (s->number && !s->question && s->until_us < at)
            at = s->until_us;
    }
    return at;
}
