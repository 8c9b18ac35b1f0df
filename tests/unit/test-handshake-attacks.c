/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-handshake-attacks.c - attack 12 below the identity: a hello, an answer or a sealed
 * packet that comes back to who sent it, or goes to somebody else.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/noise.h"
#include "transport/endpoint.h"
#include "transport/first.h"
#include "wire/packet.h"
#include "wire/path.h"

#define WAY UINT64_C(0x3000000000000000)  /* as an end point sends it */
#define BACK UINT64_C(0x0000000000000004) /* as it arrives: four bits used */

enum {
    KEY_ID = 9,
    PACKETS_MAX = 64
};

/* An end point with a static key, its packets and what it said. */
typedef struct {
    n2_endpoint *ep;
    guint64 random, now_us;
    guint8 secret[32], key[32], record[112], record_hash[32];
    guint n_connected, n_closed;
    n2_err err;
    guint8 hash[2][64]; /* of the handshake: as responder, as initiator */
    n2_conn conn[2];
} side;

typedef struct {
    guint8 bytes[N2_PACKET_BYTES_MAX];
    gsize len;
} packet;

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

static void
side_init(side *s, guint64 seed)
{
    n2_env env = {&s->random, random_cb};

    memset(s, 0, sizeof *s);
    s->random = seed * 0x9e3779b97f4a7c15u;
    s->now_us = 1000000;
    g_assert_cmpint(n2_endpoint_new(&s->ep, &env, s->now_us), ==, N2_OK);
    g_assert_cmpint(n2_noise_keypair(n2_noise_suite_find(1), &env, s->secret, s->key), ==,
                    N2_OK);
    n2_env_random(&env, s->record, sizeof s->record);
    n2_sha256_of(s->record, sizeof s->record, s->record_hash);
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .key_id = KEY_ID,
                .suite = 1,
                .until_us = UINT64_MAX,
                .len = sizeof s->record,
                .bytes = malloc(sizeof s->record)};
    memcpy(op.bytes, s->record, sizeof s->record);
    memcpy(op.key, s->key, sizeof s->key);
    n2_endpoint_op(s->ep, &op, s->now_us);
}

static void
take_events(side *s)
{
    n2_event event;

    while (n2_endpoint_event(s->ep, &event)) {
        if (event.kind == N2_EVENT_NEED_ES) {
            n2_noise_es_result es;
            n2_op op = {.kind = N2_OP_ES, .tag = event.tag, .len = 96, .bytes = malloc(96)};
            op.err = n2_noise_es(n2_noise_suite_find(1), s->secret, event.key, &es);
            memcpy(op.bytes, es.ck, 64);
            memcpy(op.bytes + 64, es.k, 32);
            n2_endpoint_op(s->ep, &op, s->now_us);
        } else if (event.kind == N2_EVENT_CONNECTED) {
            s->n_connected++;
            s->conn[event.initiator] = event.conn;
            memcpy(s->hash[event.initiator], event.hash, 64);
        } else if (event.kind == N2_EVENT_CLOSED) {
            s->n_closed++;
            s->err = event.err;
        }
        free(event.bytes);
    }
}

/* @who: whose key it believes to be at the other end. */
static void
say_hello(side *s, const side *who)
{
    n2_op op = {.kind = N2_OP_CONNECT, .tag = 5, .path = WAY, .suite = 1, .key_id = KEY_ID};

    memcpy(op.key, who->key, sizeof who->key);
    memcpy(op.record, who->record_hash, sizeof op.record);
    n2_endpoint_op(s->ep, &op, s->now_us);
}

static guint
take_packets(side *s, packet *out)
{
    guint64 path;
    guint n = 0;

    take_events(s);
    while (n2_endpoint_peek(s->ep, &path, s->now_us)) {
        g_assert_cmpuint(n, <, PACKETS_MAX);
        out[n].len = n2_endpoint_build(s->ep, out[n].bytes, s->now_us);
        n++;
    }
    return n;
}

static void
deliver(side *s, const packet *p)
{
    g_autofree guint8 *copy = g_memdup2(p->bytes, p->len);

    n2_packet_set_path(copy, BACK);
    n2_endpoint_packet(s->ep, copy, p->len, s->now_us);
    while (n2_endpoint_work(s->ep, s->now_us))
        ;
    take_events(s);
}

static guint64
dropped(const side *s)
{
    n2_endpoint_stats stats;

    n2_endpoint_stats_get(s->ep, &stats);
    return stats.dropped;
}

/* Waits until it gives up. */
static void
assert_times_out(side *s)
{
    packet sent[PACKETS_MAX];

    for (int i = 0; i < 200 && !s->n_closed; i++) {
        s->now_us += 100000;
        n2_endpoint_expire(s->ep, s->now_us);
        (void)take_packets(s, sent);
    }
    g_assert_cmpuint(s->n_closed, ==, 1);
    g_assert_cmpint(s->err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(s->n_connected, ==, 0);
}

/* The hello comes back as its own answer: with the token that an answer has, and all of it. */
static void
test_hello_as_answer(void)
{
    packet sent[PACKETS_MAX];
    side a, b;

    side_init(&a, 1);
    side_init(&b, 2);
    say_hello(&a, &b);
    g_assert_cmpuint(take_packets(&a, sent), ==, 1);
    guint8 *data = sent[0].bytes + N2_LONG_HEAD_BYTES;
    data[0] = N2_FIRST_ANSWER;
    memcpy(data + 4, data + N2_FIRST_HEAD_BYTES, N2_FIRST_TOKEN_BYTES);
    guint64 before = dropped(&a);
    deliver(&a, &sent[0]);
    g_assert_cmpuint(dropped(&a), ==, before + 1);
    assert_times_out(&a);
    n2_endpoint_free(a.ep);
    n2_endpoint_free(b.ep);
}

/* The hello comes back as a hello, though it was for somebody else's key of the same id. */
static void
test_hello_comes_back(void)
{
    packet sent[PACKETS_MAX], more[PACKETS_MAX];
    side a, b;

    side_init(&a, 3);
    side_init(&b, 4);
    say_hello(&a, &b);
    g_assert_cmpuint(take_packets(&a, sent), ==, 1);
    deliver(&a, &sent[0]);
    g_assert_cmpuint(take_packets(&a, more), ==, 0);
    assert_times_out(&a);
    n2_endpoint_free(a.ep);
    n2_endpoint_free(b.ep);
}

/* Relayed to another server whose key has the same id, and whose record is shown to the asker.
 */
static void
test_another_server(void)
{
    packet sent[PACKETS_MAX];
    side a, b, c;

    side_init(&a, 5);
    side_init(&b, 6);
    side_init(&c, 7);
    for (int i = 0; i < 2; i++) {
        side lied = b;
        if (i)
            memcpy(lied.record_hash, c.record_hash, 32); /* b's key under c's record */
        say_hello(&a, &lied);
        g_assert_cmpuint(take_packets(&a, sent), ==, 1);
        deliver(i ? &b : &c, &sent[0]);
        g_assert_cmpuint(take_packets(i ? &b : &c, sent), ==, 0);
        assert_times_out(&a);
        a.n_closed = 0;
    }
    g_assert_cmpuint(b.n_connected + c.n_connected, ==, 0);
    n2_endpoint_free(a.ep);
    n2_endpoint_free(b.ep);
    n2_endpoint_free(c.ep);
}

/* An answer given in one handshake does not fit another, not even between the same two. */
static void
test_answer_of_another(void)
{
    packet hello[2][PACKETS_MAX], answer[PACKETS_MAX];
    side a, b;

    side_init(&a, 8);
    side_init(&b, 9);
    for (int i = 0; i < 2; i++) {
        say_hello(&a, &b);
        g_assert_cmpuint(take_packets(&a, hello[i]), ==, 1);
    }
    deliver(&b, &hello[0][0]);
    g_assert_cmpuint(take_packets(&b, answer), ==, 1);
    memcpy(answer[0].bytes + N2_LONG_HEAD_BYTES + 4,
           hello[1][0].bytes + N2_LONG_HEAD_BYTES + N2_FIRST_HEAD_BYTES, N2_FIRST_TOKEN_BYTES);
    deliver(&a, &answer[0]);
    g_assert_cmpuint(a.n_connected, ==, 0);
    /* the true one still counts */
    memcpy(answer[0].bytes + N2_LONG_HEAD_BYTES + 4,
           hello[0][0].bytes + N2_LONG_HEAD_BYTES + N2_FIRST_HEAD_BYTES, N2_FIRST_TOKEN_BYTES);
    deliver(&a, &answer[0]);
    g_assert_cmpuint(a.n_connected, ==, 1);
    n2_endpoint_free(a.ep);
    n2_endpoint_free(b.ep);
}

/* Sealed packets that come back open nothing: each direction has its own key, also where one
 * end point is both ends, with one handshake hash. */
static void
test_sealed_comes_back(void)
{
    packet sent[PACKETS_MAX], answer[PACKETS_MAX];
    guint64 address = 0;
    side a;

    side_init(&a, 10);
    say_hello(&a, &a);
    g_assert_cmpuint(take_packets(&a, sent), ==, 1);
    deliver(&a, &sent[0]); /* a switch that sends everything back */
    guint n = take_packets(&a, answer);
    g_assert_cmpuint(n, ==, 1);
    deliver(&a, &answer[0]);
    g_assert_cmpuint(a.n_connected, ==, 1); /* the asking half; nothing sealed came yet */
    n = take_packets(&a, sent);
    g_assert_cmpuint(n, >=, 1);
    n2_packet p;
    g_assert_cmpint(n2_packet_parse(&p, sent[0].bytes, sent[0].len), ==, N2_OK);
    g_assert_true(p.is_sealed);
    /* To every region of the asking half it is foreign, whatever address is written on it. */
    guint64 before = dropped(&a);
    for (guint64 index = 1; index < 16; index++) {
        packet copy = sent[0];
        address = index << 43;
        if (address == p.address)
            continue;
        for (guint i = 0; i < 8; i++)
            copy.bytes[10 + i] = (guint8)(address >> (56 - 8 * i));
        deliver(&a, &copy);
        g_assert_cmpuint(dropped(&a), ==, ++before);
    }
    g_assert_cmpuint(a.n_connected, ==, 1);
    /* As it is it goes to the other half, which is the responder. */
    deliver(&a, &sent[0]);
    g_assert_cmpuint(a.n_connected, ==, 2);
    g_assert_cmpuint(a.conn[0], !=, a.conn[1]);
    g_assert_cmpmem(a.hash[0], 64, a.hash[1], 64);
    /* A second time it is nothing. */
    deliver(&a, &sent[0]);
    g_assert_cmpuint(dropped(&a), ==, before + 1);
    n2_endpoint_free(a.ep);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/attack-12-hello-as-answer", test_hello_as_answer);
    g_test_add_func("/transport/attack-12-hello-comes-back", test_hello_comes_back);
    g_test_add_func("/transport/attack-12-another-server", test_another_server);
    g_test_add_func("/transport/attack-12-answer-of-another", test_answer_of_another);
    g_test_add_func("/transport/attack-12-sealed-comes-back", test_sealed_comes_back);
    return g_test_run();
}
