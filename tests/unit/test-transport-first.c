/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-first.c - hellos that come again, hellos and answers that would like a weaker
 *                          cipher, questions without answer: attacks 11, 13, 23.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "transport-fixture.h"
#include "wire/packet.h"
#include "wire/path.h"

/* ---- attack 11: replays ---------------------------------------------------------------------
 */

static void
test_same_answer(void)
{
    uint8_t answer[N2_FIRST_BYTES];
    fixture f = {0};
    puppet p;

    puppet_host_init(&f.h, 3);
    puppet_init(&p, &f.h, 0);
    g_assert_true(puppet_connect(&p));
    memcpy(answer, p.last_first, sizeof answer);
    for (unsigned i = 0; i < 20; i++) {
        memset(p.last_first, 0, sizeof p.last_first);
        puppet_first(&p, p.hello);
        puppet_take(&p);
        g_assert_cmpmem(p.last_first, sizeof answer, answer, sizeof answer);
    }
    g_assert_cmpuint(p.n_answers, ==, 21);
    g_assert_cmpuint(stats(&f.h).half_open, ==, 1);
    /* No longer than what was asked, and nothing else before the proof. */
    puppet_wait(&p, 2000000, 10000, false);
    g_assert_cmpuint(p.bytes, ==, 21 * (N2_LONG_HEAD_BYTES + N2_FIRST_BYTES));
    puppet_wait(&p, 2000000, 10000, false);
    g_assert_cmpuint(stats(&f.h).half_open, ==, 0);
    /* Much later it is a hello like any other, and its answer another: the keys of the first
     * are gone. */
    puppet_first(&p, p.hello);
    puppet_take(&p);
    g_assert_cmpuint(p.n_answers, ==, 22);
    g_assert_cmpint(memcmp(p.last_first + 16, answer + 16, 112), !=, 0);
    g_assert_null(puppet_host_last(&f.h, N2_EVENT_CONNECTED));
    puppet_clear(&p);
    puppet_host_clear(&f.h);
}

/* A connection is there; its hello comes again and again, by its way and by others. */
static void
test_replayed_later(fixture *f, gconstpointer data)
{
    uint8_t zeros[32] = {0};

    (void)data;
    uint64_t way = f->p.way;
    for (unsigned i = 0; i < 100; i++) {
        f->p.way = way + ((uint64_t)(i % 3) << 6);
        f->h.now_us += 50000;
        puppet_first(&f->p, f->p.hello);
        puppet_take(&f->p);
        g_assert_cmpuint(stats(&f->h).half_open, <=, 3);
    }
    f->p.way = way;
    puppet_send(&f->p, f->p.peer.command + 1, zeros, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 64);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_CONNECTED), ==, 1);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
    puppet_wait(&f->p, 5000000, 100000, false);
    g_assert_cmpuint(stats(&f->h).half_open, ==, 0);
    g_assert_cmpuint(stats(&f->h).connections, ==, 1);
}

/* 16 by one way, whatever they are; the seventeenth gets nothing at all. */
static void
test_one_way(void)
{
    fixture f = {0};
    puppet p;

    puppet_host_init(&f.h, 3);
    puppet_init(&p, &f.h, 0);
    for (unsigned i = 0; i < 3 * N2_HALF_OPEN_PER_WAY_MAX; i++) {
        puppet_make_hello(&p);
        p.is_ready = true; /* reads no answers */
        puppet_first(&p, p.hello);
        puppet_take(&p);
    }
    g_assert_cmpuint(p.n_answers, ==, N2_HALF_OPEN_PER_WAY_MAX);
    g_assert_cmpuint(stats(&f.h).half_open, ==, N2_HALF_OPEN_PER_WAY_MAX);
    g_assert_cmpuint(stats(&f.h).hellos_refused, ==, 2 * N2_HALF_OPEN_PER_WAY_MAX);
    puppet_clear(&p);
    puppet_host_clear(&f.h);
}

/* ---- attack 13: who is asked ----------------------------------------------------------------
 */

static void
test_ciphers(void)
{
    n2_crypto crypto;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    for (unsigned offer = 0; offer < 256; offer++) {
        fixture f = {0};
        puppet p;
        bool aes = offer & 1 && crypto.aes_native, chacha = offer & 2;
        puppet_host_init(&f.h, 3);
        puppet_init(&p, &f.h, 0);
        n2_crypto_clear(&p.crypto);
        g_assert_cmpint(n2_crypto_init(&p.crypto, N2_IMPL_BEST), ==, N2_OK);
        p.offer.ciphers = (uint8_t)offer;
        g_assert_true(puppet_connect(&p) == (aes || chacha));
        if (p.is_ready)
            g_assert_cmpuint(p.peer.ciphers, ==,
                             aes ? N2_CIPHER_AES256GCM : N2_CIPHER_CHACHA20POLY1305);
        puppet_clear(&p);
        puppet_host_clear(&f.h);
    }
    n2_crypto_clear(&crypto);
}

/* Whatever somebody on the way changes in a hello: no answer, or the one it would have had. */
static void
test_changed_hello(void)
{
    for (unsigned at = 0; at < N2_FIRST_BYTES; at++) {
        fixture f = {0};
        puppet p;
        puppet_host_init(&f.h, 3);
        puppet_init(&p, &f.h, 0);
        puppet_make_hello(&p);
        uint8_t hello[N2_FIRST_BYTES];
        memcpy(hello, p.hello, sizeof hello);
        hello[at] ^= at % 2 ? 0x80 : 0x01;
        puppet_first(&p, hello);
        puppet_take(&p);
        bool is_token = at >= 4 && at < N2_FIRST_HEAD_BYTES;
        g_assert_cmpuint(p.n_answers, ==, is_token);
        if (!is_token) {
            puppet_first(&p, p.hello); /* and the true one is not in its way */
            puppet_take(&p);
            g_assert_cmpuint(p.n_answers, ==, 1);
        }
        puppet_clear(&p);
        puppet_host_clear(&f.h);
    }
}

/* Key records: the one that lasts longest is told, ended ones are none, one more than fits
 * takes the place of the one that ends first. */
static void
test_records(void)
{
    fixture f = {0};
    puppet p;
    uint8_t query[N2_FIRST_BYTES] = {N2_FIRST_QUERY, N2_SUITE_1};

    puppet_host_init(&f.h, 3);
    puppet_init(&p, &f.h, 0);
    p.is_ready = true;
    for (unsigned id = 10; id < 10 + N2_KEY_RECORDS_MAX;
         id++) { /* the first, which never ends, is there already */
        n2_op op = {.kind = N2_OP_KEY_RECORD,
                    .key_id = (uint16_t)id,
                    .suite = N2_SUITE_1,
                    .until_us = f.h.now_us + (id == 12 ? 1 : id) * N2_SECOND_US,
                    .bytes = g_malloc0(N2_KEY_ANSWER_BYTES),
                    .len = N2_KEY_ANSWER_BYTES};
        op.bytes[0] = (uint8_t)id;
        puppet_host_op(&f.h, &op);
    }
    n2_op bad = {.kind = N2_OP_KEY_RECORD, .key_id = 99, .bytes = g_malloc0(5), .len = 5};
    puppet_host_op(&f.h, &bad); /* no record at all */
    puppet_first(&p, query);
    puppet_take(&p);
    g_assert_cmpuint(p.last_first[0], ==, N2_FIRST_KEY);
    g_assert_cmpuint(p.last_first[3], ==, PUPPET_KEY_ID);
    query[1] = N2_SUITE_2; /* no suite of that number: nothing, and no weaker one instead */
    puppet_forget(&p);
    puppet_first(&p, query);
    puppet_take(&p);
    g_assert_cmpuint(p.bytes, ==, 0);
    /* Who names a key that has ended gets no answer; so the one that was pushed out. */
    static const struct {
        uint16_t id;
        uint64_t wait_s;
        bool is_known;
    } cases[] = {{12, 0, false},  {10, 0, true}, {13, 0, true},
                 {10, 11, false}, {13, 0, true}, {13, 3, false}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        f.h.now_us += cases[i].wait_s * N2_SECOND_US;
        unsigned before = stats(&f.h).half_open;
        f.h.holds_es = true;
        puppet_make_hello(&p);
        p.hello[2] = 0;
        p.hello[3] = (uint8_t)cases[i].id;
        p.way += 1 << 6;
        puppet_first(&p, p.hello);
        puppet_host_settle(&f.h);
        g_assert_true((stats(&f.h).half_open > before) == cases[i].is_known);
        f.h.now_us += 5 * N2_SECOND_US / 100;
    }
    /* The same id again: the new one is meant. */
    n2_op again = {.kind = N2_OP_KEY_RECORD,
                   .key_id = PUPPET_KEY_ID,
                   .suite = N2_SUITE_1,
                   .until_us = f.h.now_us + N2_SECOND_US,
                   .bytes = g_malloc0(N2_KEY_ANSWER_BYTES),
                   .len = N2_KEY_ANSWER_BYTES};
    puppet_host_op(&f.h, &again);
    f.h.now_us += 10 * N2_SECOND_US;
    query[1] = N2_SUITE_1;
    puppet_forget(&p);
    puppet_first(&p, query);
    puppet_take(&p);
    g_assert_cmpuint(p.bytes, ==, 0); /* all have ended */
    puppet_clear(&p);
    puppet_host_clear(&f.h);
}

/* What the keys process says about an `es`: nothing, too little, too late, for nobody. */
static void
test_es(void)
{
    fixture f = {0};
    puppet p;

    puppet_host_init(&f.h, 3);
    puppet_init(&p, &f.h, 0);
    f.h.holds_es = true;
    for (unsigned i = 0; i < 5; i++) {
        puppet_make_hello(&p);
        puppet_first(&p, p.hello);
        uint64_t tag = f.h.es[i].tag;
        n2_op op = {.kind = N2_OP_ES, .tag = tag};
        if (i == 0) {
            op.err = N2_ERR_FORGED;
        } else if (i == 1) {
            op.len = 95;
            op.bytes = g_malloc0(op.len);
        } else if (i == 2) {
            op.tag += UINT64_C(1) << 32; /* of an earlier turn of the place */
        } else if (i == 3) {
            op.tag = N2_HALF_OPEN_MAX;
        } else {
            op.len = 96; /* right, but for another agreement */
            op.bytes = g_malloc0(op.len);
        }
        unsigned before = stats(&f.h).half_open;
        puppet_host_op(&f.h, &op);
        puppet_take(&p);
        g_assert_cmpuint(p.n_answers, ==, 0);
        /* A hello that was worth nothing keeps its place for its 3 s. */
        g_assert_cmpuint(stats(&f.h).half_open, ==, i == 1 ? before - 1 : before);
    }
    f.h.now_us += N2_HALF_OPEN_US + N2_SECOND_US;
    puppet_host_settle(&f.h);
    g_assert_cmpuint(stats(&f.h).half_open, ==, 0);
    /* The record is gone before its answer comes. */
    puppet_make_hello(&p);
    puppet_first(&p, p.hello);
    n2_op late = {.kind = N2_OP_KEY_RECORD,
                  .key_id = PUPPET_KEY_ID,
                  .suite = N2_SUITE_1,
                  .until_us = f.h.now_us,
                  .bytes = g_malloc0(N2_KEY_ANSWER_BYTES),
                  .len = N2_KEY_ANSWER_BYTES};
    puppet_host_op(&f.h, &late);
    n2_op op = {.kind = N2_OP_ES, .tag = f.h.es[5].tag, .bytes = g_malloc0(96), .len = 96};
    puppet_host_op(&f.h, &op);
    puppet_take(&p);
    g_assert_cmpuint(p.n_answers, ==, 0);
    puppet_clear(&p);
    puppet_host_clear(&f.h);
}

/* ---- attack 13: who asks --------------------------------------------------------------------
 */

typedef struct {
    puppet_host h;
    uint8_t secret[32], key[32], record[32];
    uint8_t hello[N2_FIRST_BYTES]; /* the first that it sent */
    unsigned n_hellos, n_differ, n_other;
} asker;

static void
asker_init(asker *a, n2_op *op)
{
    memset(a, 0, sizeof *a);
    puppet_host_init(&a->h, 9);
    n2_env env = {&a->h.random, puppet_random_cb};
    g_assert_cmpint(n2_noise_keypair(n2_noise_suite_find(N2_SUITE_1), &env, a->secret, a->key),
                    ==, N2_OK);
    *op = (n2_op){.kind = N2_OP_CONNECT,
                  .tag = 5,
                  .path = UINT64_C(1) << 60,
                  .suite = N2_SUITE_1,
                  .key_id = 21};
    memcpy(op->key, a->key, sizeof a->key);
    memset(op->record, 7, sizeof op->record);
}

static void
asker_take(asker *a)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    uint64_t path;
    n2_packet p;
    size_t len;

    puppet_host_settle(&a->h);
    while ((len = n2_endpoint_peek(a->h.ep, &path, a->h.now_us))) {
        g_assert_cmpuint(n2_endpoint_build(a->h.ep, bytes, a->h.now_us), ==, len);
        g_assert_cmpint(n2_packet_parse(&p, bytes, len), ==, N2_OK);
        if (p.is_sealed || p.data_bytes != N2_FIRST_BYTES || p.data[0] != N2_FIRST_HELLO) {
            a->n_other++;
            continue;
        }
        if (a->n_hellos++)
            a->n_differ += memcmp(a->hello, p.data, N2_FIRST_BYTES) != 0;
        else
            memcpy(a->hello, p.data, N2_FIRST_BYTES);
    }
}

/* The answer that a responder with the right key gives, with @cipher chosen. */
static void
answer(asker *a, uint8_t cipher)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    uint8_t prologue[43] = "net2o 1\x01\x01\x00\x15", payload[64], body[112], secret[32], e[32];
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    n2_env env = {&a->h.random, puppet_random_cb};
    n2_hello offer = {.control = UINT64_C(1) << 43,
                      .command = UINT64_C(2) << 43,
                      .window = 16,
                      .ciphers = cipher,
                      .size = 3};
    n2_noise_es_result es;
    n2_noise noise;

    memset(prologue + 11, 7, 32);
    n2_noise_init_responder(&noise, suite, prologue, sizeof prologue, a->key);
    g_assert_cmpint(n2_noise_es(suite, a->secret, a->hello + 16, &es), ==, N2_OK);
    g_assert_cmpint(n2_noise_read1(&noise, &es, a->hello + 16, 112, payload), ==, N2_OK);
    g_assert_cmpint(n2_noise_keypair(suite, &env, secret, e), ==, N2_OK);
    n2_hello_encode(&offer, payload);
    g_assert_cmpint(n2_noise_write2(&noise, secret, payload, sizeof payload, body), ==, N2_OK);
    n2_noise_clear(&noise);
    n2_packet packet = {.is_long = true, .size = 1, .path = 1 << 6 | 4};
    n2_first first = {.type = N2_FIRST_ANSWER,
                      .suite = 1,
                      .key_id = 21,
                      .token = a->hello + 16,
                      .body = body};
    size_t head = n2_packet_write_head(bytes, &packet);
    n2_first_encode(&first, bytes + head);
    n2_endpoint_packet(a->h.ep, bytes, head + N2_FIRST_BYTES, a->h.now_us);
    puppet_host_settle(&a->h);
}

/* Answers that choose what was not offered are no answers; and however many hellos are lost,
 * the next offers the same. */
static void
test_chosen(void)
{
    static const uint8_t wrong[] = {0, 3, 4, 0x80, 0xff};
    n2_op op;
    asker a;

    asker_init(&a, &op);
    puppet_host_op(&a.h, &op);
    for (unsigned i = 0; i < 60; i++) {
        a.h.now_us += 50000;
        asker_take(&a);
        answer(&a, wrong[i % G_N_ELEMENTS(wrong)]);
        g_assert_null(puppet_host_last(&a.h, N2_EVENT_CONNECTED));
        g_assert_null(puppet_host_last(&a.h, N2_EVENT_CLOSED));
    }
    g_assert_cmpuint(a.n_hellos, >, 10);
    g_assert_cmpuint(a.n_differ, ==, 0);
    g_assert_cmpuint(a.n_other, ==, 0);
    answer(&a, N2_CIPHER_CHACHA20POLY1305);
    g_assert_cmpuint(puppet_host_last(&a.h, N2_EVENT_CONNECTED)->tag, ==, 5);
    puppet_host_clear(&a.h);
}

/* All is lost: the same for ten seconds, then TIMEOUT; never a query for something weaker. */
static void
test_dropped(void)
{
    n2_op op;
    asker a;

    for (uint16_t delay = 0; delay < 60000; delay = (uint16_t)(delay * 7 + 20)) {
        asker_init(&a, &op);
        op.delay = delay;
        puppet_host_op(&a.h, &op);
        uint64_t began_us = a.h.now_us;
        while (!puppet_host_last(&a.h, N2_EVENT_CLOSED)) {
            a.h.now_us += 10000;
            asker_take(&a);
        }
        g_assert_cmpint(puppet_host_last(&a.h, N2_EVENT_CLOSED)->err, ==, N2_ERR_TIMEOUT);
        g_assert_cmpuint(a.h.now_us - began_us, >=, N2_HELLO_PATIENCE_US);
        g_assert_cmpuint(a.h.now_us - began_us, <=, N2_HELLO_PATIENCE_US + 1000000);
        g_assert_cmpuint(a.n_hellos, >=, 20);
        g_assert_cmpuint(a.n_differ, ==, 0);
        g_assert_cmpuint(a.n_other, ==, 0);
        puppet_host_clear(&a.h);
    }
}

/* A suite that this build lacks is not replaced by one it has. */
static void
test_suites(void)
{
    n2_op op;
    asker a;

    for (unsigned suite = 0; suite < 256; suite++) {
        if (n2_noise_suite_find((uint8_t)suite))
            continue;
        asker_init(&a, &op);
        op.suite = (uint8_t)suite;
        puppet_host_op(&a.h, &op);
        asker_take(&a);
        g_assert_cmpint(puppet_host_last(&a.h, N2_EVENT_CLOSED)->err, ==, N2_ERR_UNSUPPORTED);
        g_assert_cmpuint(a.n_hellos + a.n_other, ==, 0);
        puppet_host_clear(&a.h);
    }
    /* A static key of low order agrees on nothing secret. */
    asker_init(&a, &op);
    memset(op.key, 0, sizeof op.key);
    puppet_host_op(&a.h, &op);
    g_assert_cmpint(puppet_host_last(&a.h, N2_EVENT_CLOSED)->err, ==, N2_ERR_FORGED);
    puppet_host_clear(&a.h);
}

/* ---- questions of ours ----------------------------------------------------------------------
 */

/* So many at once, each answered or said to be without answer; echoes and queries apart. */
static void
test_asks(void)
{
    puppet_host h;
    unsigned failed = 0;

    puppet_host_init(&h, 4);
    for (unsigned i = 0; i < N2_ASKS_MAX + 20; i++) {
        n2_op op = {.kind = i % 2 ? N2_OP_ECHO : N2_OP_KEY_QUERY, .tag = i, .path = 1};
        puppet_host_op(&h, &op);
        const n2_event *e = puppet_host_last(&h, i % 2 ? N2_EVENT_ECHO : N2_EVENT_KEY_ANSWER);
        failed += e && e->tag == i && e->err == N2_ERR_LIMIT;
    }
    g_assert_cmpuint(failed, >=, 20);
    /* An echo that nobody waits for. */
    n2_echo echo = {.nonce = 12345, .width = 4};
    uint64_t dropped = stats(&h).dropped;
    n2_endpoint_echo(h.ep, &echo, h.now_us);
    g_assert_cmpuint(stats(&h).dropped, ==, dropped + 1);
    for (unsigned i = 0; i < 1200; i++) {
        h.now_us += 10000;
        puppet_host_settle(&h);
    }
    g_assert_cmpuint(puppet_host_count(&h, N2_EVENT_ECHO) +
                         puppet_host_count(&h, N2_EVENT_KEY_ANSWER),
                     ==, N2_ASKS_MAX + 20);
    puppet_host_clear(&h);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/first/attack-11-same-answer", test_same_answer);
    g_test_add("/transport/first/attack-11-replayed-later", fixture, NULL, fixture_set_up,
               test_replayed_later, fixture_tear_down);
    g_test_add_func("/transport/first/attack-11-one-way", test_one_way);
    g_test_add_func("/transport/first/attack-13-ciphers", test_ciphers);
    g_test_add_func("/transport/first/attack-13-changed-hello", test_changed_hello);
    g_test_add_func("/transport/first/attack-13-records", test_records);
    g_test_add_func("/transport/first/attack-11-es", test_es);
    g_test_add_func("/transport/first/attack-13-chosen", test_chosen);
    g_test_add_func("/transport/first/attack-13-dropped", test_dropped);
    g_test_add_func("/transport/first/attack-13-suites", test_suites);
    g_test_add_func("/transport/first/asks", test_asks);
    return g_test_run();
}
