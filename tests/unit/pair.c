/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pair.c - two end points with a made-up line between them.
 */
#include "pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/noise.h"
#include "wire/packet.h"
#include "wire/path.h"

#define WAY UINT64_C(0x3000000000000000)  /* as an end point sends it */
#define BACK UINT64_C(0x0000000000000004) /* as it arrives: four bits used */

static void
random_cb(void *user, void *buf, size_t len)
{
    guint64 *x = user;

    for (gsize i = 0; i < len; i++) {
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        ((guint8 *)buf)[i] = (guint8)(*x >> 24);
    }
}

static gsize
answer_len(guint at)
{
    return at ? N2_KEY_ANSWER_BYTES_MAX : N2_KEY_ANSWER_BYTES;
}

void
pair_restart(pair_side *side)
{
    const n2_env env = {&side->random, random_cb};

    n2_endpoint_free(side->ep);
    g_assert_cmpint(n2_endpoint_new(&side->ep, &env, side->pair->now_us), ==, N2_OK);
    for (guint i = 0; i < PAIR_SUITES; i++) {
        n2_op op = {.kind = N2_OP_KEY_RECORD,
                    .key_id = (guint16)(PAIR_KEY_ID + i),
                    .suite = (guint8)(i + 1),
                    .until_us = side->pair->now_us + 24 * N2_HOUR_US,
                    .len = answer_len(i),
                    .bytes = malloc(answer_len(i))};
        memcpy(op.bytes, side->answer[i], op.len);
        memcpy(op.key, side->key[i], sizeof op.key);
        n2_endpoint_op(side->ep, &op, side->pair->now_us);
    }
}

static void
side_init(pair *p, pair_side *side, guint64 seed)
{
    const n2_env env = {&side->random, random_cb};

    side->pair = p;
    side->random = seed * 0x9e3779b97f4a7c15u + 1;
    side->heard = g_byte_array_new();
    for (guint i = 0; i < PAIR_SUITES; i++) {
        const n2_noise_suite *suite = n2_noise_suite_find((guint8)(i + 1));
        g_assert_cmpint(n2_noise_keypair(suite, &env, side->secret[i], side->key[i]), ==,
                        N2_OK);
        random_cb(&side->random, side->answer[i], answer_len(i));
        n2_sha256_of(side->answer[i], answer_len(i), side->record[i]);
    }
    pair_restart(side);
}

void
pair_init(pair *p, guint64 seed)
{
    memset(p, 0, sizeof *p);
    p->now_us = N2_SECOND_US;
    side_init(p, &p->a, seed);
    side_init(p, &p->b, seed + 1000);
}

static void
side_clear(pair_side *side)
{
    n2_endpoint_free(side->ep);
    g_byte_array_unref(side->heard);
    free(side->last_key.bytes);
}

void
pair_clear(pair *p)
{
    side_clear(&p->a);
    side_clear(&p->b);
}

static void
agree(pair_side *side, const n2_event *event)
{
    n2_op op = {.kind = N2_OP_ES, .tag = event->tag, .len = 96, .bytes = malloc(96)};
    n2_noise_es_result es;

    side->n_es++;
    op.err = n2_noise_es(n2_noise_suite_find(event->suite), side->secret[event->suite - 1],
                         event->key, &es);
    memcpy(op.bytes, es.ck, 64);
    memcpy(op.bytes + 64, es.k, 32);
    n2_endpoint_op(side->ep, &op, side->pair->now_us);
}

static void
take_events(pair_side *side)
{
    n2_event event;

    while (n2_endpoint_event(side->ep, &event)) {
        if (event.kind == N2_EVENT_NEED_ES) {
            agree(side, &event);
        } else if (event.kind == N2_EVENT_CONNECTED) {
            side->n_connected++;
            side->n_resumed += event.resumed;
            side->conn = event.conn;
            side->suite = event.suite;
            memcpy(side->hash, event.hash, sizeof side->hash);
        } else if (event.kind == N2_EVENT_CLOSED) {
            side->n_closed++;
            side->err = event.err;
        } else if (event.kind == N2_EVENT_COMMAND) {
            g_byte_array_append(side->heard, event.bytes, (guint)event.len);
        } else if (event.kind == N2_EVENT_KEY_ANSWER) {
            side->n_keys++;
            free(side->last_key.bytes);
            side->last_key = event;
            continue;
        }
        free(event.bytes);
    }
}

void
pair_deliver(pair_side *to, const guint8 *bytes, gsize len)
{
    g_autofree guint8 *copy = g_memdup2(bytes, len); /* of exact size */

    n2_packet_set_path(copy, BACK);
    n2_endpoint_packet(to->ep, copy, len, to->pair->now_us);
    take_events(to);
}

/* What @from has to say, to the other. */
static guint
carry(pair_side *from)
{
    pair *p = from->pair;
    pair_side *to = from == &p->a ? &p->b : &p->a;
    guint8 bytes[PAIR_PACKET_MAX];
    guint64 path;
    guint n = 0;

    take_events(from);
    for (; n < 1000 && n2_endpoint_peek(from->ep, &path, p->now_us); n++) {
        gsize len = n2_endpoint_build(from->ep, bytes, p->now_us);
        p->bytes_of[from == &p->b] += len;
        if (len && (!p->way || p->way(p->user, from, bytes, len)))
            pair_deliver(to, bytes, len);
    }
    return n;
}

void
pair_settle(pair *p)
{
    while (carry(&p->a) + carry(&p->b) > 0)
        ;
}

void
pair_wait(pair *p, guint64 us)
{
    guint64 end_us = p->now_us + us;

    pair_settle(p);
    while (p->now_us < end_us) {
        guint64 a_us = n2_endpoint_deadline(p->a.ep), b_us = n2_endpoint_deadline(p->b.ep);
        p->now_us = CLAMP(MIN(a_us, b_us), p->now_us + 1, end_us);
        n2_endpoint_expire(p->a.ep, p->now_us);
        n2_endpoint_expire(p->b.ep, p->now_us);
        pair_settle(p);
    }
}

void
pair_connect(pair *p, guint8 suite, gboolean fresh)
{
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = 5,
                .path = WAY,
                .suite = suite,
                .fresh = fresh,
                .key_id = (guint16)(PAIR_KEY_ID + suite - 1)};

    memcpy(op.key, p->b.key[suite - 1], sizeof op.key);
    memcpy(op.record, p->b.record[suite - 1], sizeof op.record);
    n2_endpoint_op(p->a.ep, &op, p->now_us);
    pair_settle(p);
}

void
pair_close(pair *p)
{
    n2_endpoint_op(p->a.ep, &(n2_op){.kind = N2_OP_CLOSE, .conn = p->a.conn}, p->now_us);
    pair_settle(p);
}

static void
say(pair_side *from, const char *words)
{
    gsize len = strlen(words);
    n2_op op = {.kind = N2_OP_COMMAND, .conn = from->conn, .bytes = malloc(len), .len = len};

    memcpy(op.bytes, words, len);
    n2_endpoint_op(from->ep, &op, from->pair->now_us);
}

void
pair_talk(pair *p)
{
    g_byte_array_set_size(p->a.heard, 0);
    g_byte_array_set_size(p->b.heard, 0);
    say(&p->a, "who are you");
    say(&p->b, "nobody");
    pair_wait(p, N2_SECOND_US);
    g_assert_cmpuint(p->b.heard->len, >=, 11);
    g_assert_cmpmem(p->b.heard->data, 11, "who are you", 11);
    g_assert_cmpuint(p->a.heard->len, >=, 6);
    g_assert_cmpmem(p->a.heard->data, 6, "nobody", 6);
}
