/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-maker.c - address 0 and what strangers may cost: attacks 16, 20, 24, D4.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "transport-fixture.h"
#include "wire/path.h"

enum {
    PLACES = 4096 /* for connections */
};

/* 16: a peer that promises to take 100 Gbit/s does not get more than one that promises nothing.
 */
static void
test_wants_flood(void)
{
    static uint8_t source[1 << 20];
    size_t bytes[2];

    for (unsigned i = 0; i < 2; i++) {
        fixture f;
        puppet_host_init(&f.h, 5);
        puppet_init(&f.p, &f.h, 0);
        f.p.offer.rate = i ? 255 : 0;
        g_assert_true(puppet_open(&f.p));
        f.conn = puppet_host_last(&f.h, N2_EVENT_CONNECTED)->conn;
        for (unsigned n = 0; n < 8; n++)
            send_op(&f, source, sizeof source, n);
        puppet_forget(&f.p);
        puppet_wait(&f.p, 50000, 1000, false);
        bytes[i] = f.p.bytes;
        puppet_wait(&f.p, 9000000, 5000, false);
        /* And who says nothing at all is not sent megabytes for ten seconds. */
        g_assert_cmpuint(f.p.bytes, <, 1500000);
        puppet_clear(&f.p);
        puppet_host_clear(&f.h);
    }
    g_assert_cmpuint(bytes[1], ==, bytes[0]);
    g_assert_cmpuint(bytes[0], <, 40000);
}

/* 20: strangers open connections and keep them: whoever talks stays, the longest silent goes,
 * and our own connects still find a place. */
static void
test_too_many(fixture *f, gconstpointer data)
{
    uint8_t zeros[32] = {0};
    unsigned at = 1;
    n2_conn silent = 0;

    (void)data;
    n2_endpoint_set_connections_max(f->h.ep, PLACES);
    for (unsigned i = 0; i < PLACES + 300; i++) {
        puppet stranger;
        puppet_init(&stranger, &f->h, i + 1);
        f->h.now_us += 5000;
        if (!puppet_open(&stranger))
            g_error("stranger %u got no connection", i);
        if (i == 300) /* the last one that has to go */
            silent = puppet_host_last(&f->h, N2_EVENT_CONNECTED)->conn;
        puppet_clear(&stranger);
        if (i % 100 == 0) {
            puppet_send(&f->p, f->p.peer.command + at++, zeros, 32);
            puppet_take(&f->p);
        }
    }
    g_assert_cmpuint(stats(&f->h).connections, ==, PLACES);
    g_assert_cmpuint(f->h.command_bytes, >=, at * 32);
    unsigned before = puppet_host_count(&f->h, N2_EVENT_CLOSED);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_CLOSED)->err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_CLOSED)->conn, ==, silent);
    g_assert_cmpuint(before, ==, 301);
    n2_op op = {.kind = N2_OP_CONNECT, .tag = 4, .path = 1, .suite = N2_SUITE_1};
    memcpy(op.key, f->h.key, sizeof f->h.key);
    puppet_host_op(&f->h, &op);
    g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_CLOSED)->tag, ==, 0);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_CLOSED), >=, before);
    g_assert_cmpuint(stats(&f->h).connections, ==, PLACES);
}

/* 24: a token is good for one e by one way, for a minute or two. */
static void
test_tokens(fixture *f, gconstpointer data)
{
    uint8_t hello[N2_FIRST_BYTES];
    puppet p;

    (void)data;
    f->h.holds_es = true;
    puppet_init(&p, &f->h, 1);
    for (unsigned i = 0; i < N2_HELLO_PER_S; i++) {
        puppet_make_hello(&p);
        p.way += 1 << 6;
        puppet_first(&p, p.hello);
    }
    f->h.holds_es = false;
    puppet_take(&p);
    puppet_forget(&p);
    puppet_make_hello(&p);
    puppet_first(&p, p.hello);
    puppet_take(&p);
    g_assert_cmpuint(p.n_again, ==, 1);
    memcpy(hello, p.hello, sizeof hello); /* with the token */
    uint64_t way = p.way;
    p.way += 1 << 6; /* by another way */
    puppet_first(&p, hello);
    puppet_take(&p);
    g_assert_cmpuint(p.n_again, ==, 2);
    p.way = way; /* for another e */
    puppet other = p;
    puppet_make_hello(&other);
    memcpy(other.hello + 4, hello + 4, N2_FIRST_TOKEN_BYTES);
    puppet_first(&other, other.hello);
    puppet_take(&other);
    g_assert_cmpuint(other.n_again, ==, 3);
    puppet_first(&p, hello);
    puppet_take(&p);
    g_assert_true(p.is_ready);
    /* Three minutes later, in another flood. */
    f->h.holds_es = true;
    for (unsigned minute = 0; minute < 3; minute++) {
        f->h.now_us += N2_MINUTE_US;
        for (unsigned i = 0; i <= N2_HELLO_PER_S; i++) {
            puppet_make_hello(&other);
            other.way += 1 << 6;
            puppet_first(&other, other.hello);
        }
    }
    puppet_take(&other);
    puppet_forget(&p);
    puppet_first(&p, hello);
    puppet_take(&p);
    g_assert_cmpuint(p.n_again, ==, 1);
    g_assert_cmpuint(p.n_answers, ==, 0);
    n2_aead_key_clear(&p.open[1].key);
    n2_aead_key_clear(&p.open[2].key);
    puppet_clear(&p);
}

/* With half the table full a token is asked for, however slow they come; 16 by one way. */
static void
test_half_full(fixture *f, gconstpointer data)
{
    puppet p;

    (void)data;
    f->h.holds_es = true;
    puppet_init(&p, &f->h, 1);
    p.is_ready = true; /* reads no answers */
    for (unsigned i = 0; i < N2_HALF_OPEN_MAX / 2 + 1; i++) {
        unsigned again = p.n_again;
        p.way = (uint64_t)(0x2000 + i / 16) << 6 | 16;
        puppet_make_hello(&p);
        puppet_first(&p, p.hello);
        puppet_take(&p);
        if (p.n_again > again)
            puppet_first(&p, p.hello);
        g_assert_cmpuint(stats(&f->h).half_open, ==, i + 1);
        f->h.now_us += 400;
    }
    f->h.now_us += 1000000; /* a new second, and none of them has ended */
    p.way = UINT64_C(0x2fff) << 6 | 16;
    puppet_forget(&p);
    puppet_make_hello(&p);
    puppet_first(&p, p.hello);
    puppet_take(&p);
    g_assert_cmpuint(p.n_again, ==, 1);
    for (unsigned i = 0; i < 40; i++) {
        puppet_make_hello(&p);
        puppet_first(&p, p.hello);
        puppet_take(&p);
        puppet_first(&p, p.hello);
    }
    g_assert_cmpuint(stats(&f->h).half_open, ==, N2_HALF_OPEN_MAX / 2 + 1 + 16);
    f->h.now_us += 4100000;
    puppet_host_settle(&f->h);
    f->h.now_us += 1000000;
    puppet_host_settle(&f->h);
    g_assert_cmpuint(stats(&f->h).half_open, ==, 0);
    puppet_clear(&p);
}

/* Only a KEY with the token of our query is taken, and only once. */
static void
test_key_answers(fixture *f, gconstpointer data)
{
    n2_op op = {.kind = N2_OP_KEY_QUERY, .tag = 8, .path = n2_path_answer(f->p.way)};
    uint8_t bytes[N2_FIRST_BYTES], token[N2_FIRST_TOKEN_BYTES];

    (void)data;
    puppet_host_op(&f->h, &op);
    puppet_take(&f->p);
    n2_first first = {.type = N2_FIRST_KEY, .suite = 1, .key_id = 9, .token = token};
    g_assert_cmpuint(f->p.last_first[0], ==, N2_FIRST_QUERY);
    memcpy(token, f->p.last_first + 4, sizeof token);
    token[11] ^= 1;
    n2_first_encode(&first, bytes);
    puppet_first(&f->p, bytes);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_KEY_ANSWER));
    token[11] ^= 1;
    n2_first_encode(&first, bytes);
    puppet_first(&f->p, bytes);
    puppet_first(&f->p, bytes);
    const n2_event *event = puppet_host_last(&f->h, N2_EVENT_KEY_ANSWER);
    g_assert_cmpuint(event->tag, ==, 8);
    g_assert_cmpuint(event->key_id, ==, 9);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_KEY_ANSWER), ==, 1);
    op.tag = 9; /* nobody answers */
    puppet_host_op(&f->h, &op);
    puppet_wait(&f->p, 11000000, 100000, false);
    event = puppet_host_last(&f->h, N2_EVENT_KEY_ANSWER);
    g_assert_cmpuint(event->tag, ==, 9);
    g_assert_cmpint(event->err, ==, N2_ERR_TIMEOUT);
}

#define ADD(name, function, data)                                                              \
    g_test_add("/transport/maker/" name, fixture, data, fixture_set_up, function,              \
               fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("attack-24-tokens", test_tokens, NULL);
    ADD("attack-11-half-full", test_half_full, NULL);
    ADD("attack-20-too-many", test_too_many, NULL);
    g_test_add_func("/transport/maker/attack-16-wants-flood", test_wants_flood);
    ADD("attack-23-key-answers", test_key_answers, NULL);
    return g_test_run();
}
