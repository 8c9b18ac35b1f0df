/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-codec.c - first packets, hellos, control messages: bytes there and back, and
 *                          each way to be wrong.
 */
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "transport/ack.h"
#include "transport/first.h"

static void
count_up(uint8_t *bytes, size_t len, uint8_t from)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(from + i);
}

/* ---- first packets -------------------------------------------------------------------------
 */

static void
test_first(void)
{
    uint8_t bytes[N2_FIRST_BYTES], again[N2_FIRST_BYTES];
    n2_first first;

    for (unsigned type = 0; type < 256; type++) {
        count_up(bytes, sizeof bytes, 3);
        bytes[0] = (uint8_t)type;
        n2_err err = n2_first_decode(&first, bytes, sizeof bytes);
        g_assert_cmpint(err, ==, type >= 1 && type <= 8 ? N2_OK : N2_ERR_FORMAT);
        if (err) {
            g_assert_null(first.body);
            continue;
        }
        g_assert_cmpuint(first.suite, ==, bytes[1]);
        g_assert_cmpuint(first.key_id, ==, bytes[2] << 8 | bytes[3]);
        g_assert_true(first.token == bytes + 4);
        g_assert_true(first.body == bytes + 16);
        n2_first_encode(&first, again);
        g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    }
    bytes[0] = N2_FIRST_HELLO;
    for (size_t len = 0; len < sizeof bytes; len++)
        g_assert_cmpint(n2_first_decode(&first, bytes, len), ==, N2_ERR_TRUNCATED);
    uint8_t longer[N2_FIRST_BYTES + 1] = {N2_FIRST_HELLO};
    g_assert_cmpint(n2_first_decode(&first, longer, sizeof longer), ==, N2_ERR_TRAILING);
}

/* QUERY and KEY of suite 2 have 512 bytes, and no other length; all else has 128. */
static void
test_first_long(void)
{
    uint8_t bytes[N2_FIRST_LONG_BYTES], again[N2_FIRST_LONG_BYTES];
    n2_first first;

    count_up(bytes, sizeof bytes, 9);
    for (unsigned type = 1; type <= 8; type++)
        for (unsigned suite = 1; suite <= 3; suite++) {
            bool is_long = suite == 2 && (type == N2_FIRST_QUERY || type == N2_FIRST_KEY);
            bytes[0] = (uint8_t)type;
            bytes[1] = (uint8_t)suite;
            g_assert_cmpint(n2_first_decode(&first, bytes, 512), ==,
                            is_long ? N2_OK : N2_ERR_TRAILING);
            if (is_long) {
                g_assert_cmpuint(first.body_len, ==, 496);
                n2_first_encode(&first, again);
                g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
            }
            g_assert_cmpint(n2_first_decode(&first, bytes, 128), ==,
                            is_long ? N2_ERR_TRUNCATED : N2_OK);
        }
    /* What is shorter than its room is filled up with zeros. */
    n2_first key = {.type = N2_FIRST_KEY, .suite = 2, .body = bytes, .body_len = 136};
    memset(again, 0xff, sizeof again);
    n2_first_encode(&key, again);
    g_assert_cmpmem(again + 16, 136, bytes, 136);
    for (gsize i = 16 + 136; i < sizeof again; i++)
        g_assert_cmpuint(again[i], ==, 0);
}

static void
test_first_zeros(void)
{
    static const uint8_t zeros[N2_FIRST_BYTES - 4];
    uint8_t bytes[N2_FIRST_BYTES];
    n2_first first = {.type = N2_FIRST_QUERY, .suite = 1, .key_id = 0x0203};

    memset(bytes, 0xff, sizeof bytes);
    n2_first_encode(&first, bytes);
    g_assert_cmpmem(bytes, 4, "\x03\x01\x02\x03", 4);
    g_assert_cmpmem(bytes + 4, sizeof zeros, zeros, sizeof zeros);
}

/* ---- hello ---------------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    size_t at;
    uint8_t value;
    n2_err err;
} hello_row;

static const hello_row hellos[] = {
    {"as made", 0, 0, N2_OK},
    {"window 9", 16, 9, N2_ERR_FORMAT},
    {"window 10", 16, 10, N2_OK},
    {"window 24", 16, 24, N2_OK},
    {"window 25", 16, 25, N2_ERR_FORMAT},
    {"window 255", 16, 255, N2_ERR_FORMAT},
    {"size 3", 18, 3, N2_OK},
    {"size 4", 18, 4, N2_ERR_FORMAT},
    {"spare byte", 22, 1, N2_ERR_FORMAT},
    {"spare byte 2", 23, 1, N2_ERR_FORMAT},
    {"any rate", 19, 255, N2_OK},
};

static void
test_hello(void)
{
    n2_hello hello = {.control = UINT64_C(0x0000080100000000),
                      .command = UINT64_C(0x0000100200000000),
                      .window = 16,
                      .ciphers = 3,
                      .size = 3,
                      .rate = 80,
                      .delay = 0x0102};
    uint8_t bytes[N2_HELLO_PAYLOAD_BYTES], again[N2_HELLO_PAYLOAD_BYTES];
    n2_hello out;

    count_up(hello.extra, sizeof hello.extra, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(hellos); i++) {
        n2_hello_encode(&hello, bytes);
        if (hellos[i].at)
            bytes[hellos[i].at] = hellos[i].value;
        g_test_message("%s", hellos[i].name);
        g_assert_cmpint(n2_hello_decode(&out, bytes, sizeof bytes), ==, hellos[i].err);
        if (hellos[i].err) {
            g_assert_cmphex(out.control, ==, 0);
            continue;
        }
        g_assert_cmphex(out.control, ==, hello.control);
        g_assert_cmphex(out.command, ==, hello.command);
        g_assert_cmpuint(out.delay, ==, hello.delay);
        g_assert_cmpmem(out.extra, sizeof out.extra, hello.extra, sizeof hello.extra);
        n2_hello_encode(&out, again);
        g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    }
    n2_hello_encode(&hello, bytes);
    for (size_t len = 0; len < sizeof bytes; len++)
        g_assert_true(!n2_hello_decode(&out, bytes, len) == (len == 40 || len == 48));
    memset(bytes, 0, 8); /* address 0 is the maker's */
    g_assert_cmpint(n2_hello_decode(&out, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
    n2_hello_encode(&hello, bytes);
    memset(bytes + 8, 0, 8);
    g_assert_cmpint(n2_hello_decode(&out, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
}

/* ---- control messages -----------------------------------------------------------------------
 */

static void
test_ack(void)
{
    uint8_t bytes[N2_CONTROL_BYTES], again[N2_CONTROL_BYTES];
    n2_control_message m;

    count_up(bytes, sizeof bytes, 0x40);
    bytes[0] = 1;
    bytes[1] = 1;
    g_assert_cmpint(n2_control_decode(&m, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmpint(m.type, ==, N2_CONTROL_ACK);
    g_assert_cmpuint(m.ack.epoch, ==, 1);
    g_assert_false(m.ack.asks);
    g_assert_cmphex(m.ack.jams, ==, 0x4243);
    g_assert_cmphex(m.ack.highest, ==, 0x44454647);
    g_assert_cmphex(m.ack.arrived_us, ==, 0x48494a4b);
    g_assert_cmphex(m.ack.held_us, ==, 0x4c4d4e4f);
    g_assert_cmphex(m.ack.bitmap[0], ==, UINT64_C(0x5051525354555657));
    g_assert_cmphex(m.ack.bitmap[7], ==, UINT64_C(0x88898a8b8c8d8e8f));
    g_assert_cmphex(m.ack.proof, ==, 0x90919293);
    g_assert_cmphex(m.ack.command_end, ==, UINT64_C(0x9495969798999a9b));
    g_assert_cmphex(m.ack.data_end, ==, UINT64_C(0x9c9d9e9fa0a1a2a3));
    g_assert_cmphex(m.ack.hole, ==, UINT64_C(0xa4a5a6a7a8a9aaab));
    g_assert_cmphex(m.ack.hole_bytes, ==, 0xacadaeaf);
    g_assert_cmphex(m.ack.received, ==, UINT64_C(0xb0b1b2b3b4b5b6b7));
    g_assert_cmphex(m.ack.check, ==, UINT64_C(0xb8b9babbbcbdbebf));
    n2_control_encode(&m, again);
    g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    bytes[1] = 0xfe;
    g_assert_cmpint(n2_control_decode(&m, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmpuint(m.ack.epoch, ==, 0x7e);
    g_assert_true(m.ack.asks);
    n2_control_encode(&m, again);
    g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
    g_assert_false(n2_ack_is_empty(&m.ack));
    memset(bytes + 16, 0, 64);
    g_assert_cmpint(n2_control_decode(&m, bytes, sizeof bytes), ==, N2_OK);
    g_assert_true(n2_ack_is_empty(&m.ack));
}

static void
test_close(void)
{
    n2_control_message m = {.type = N2_CONTROL_CLOSE, .error = N2_ERR_TIMEOUT}, out;
    uint8_t bytes[N2_CONTROL_BYTES];

    n2_control_encode(&m, bytes);
    g_assert_cmpmem(bytes, 8, "\x02\0\0\0\xff\xff\xff\xf4", 8);
    g_assert_cmpint(n2_control_decode(&out, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmpint(out.type, ==, N2_CONTROL_CLOSE);
    g_assert_cmpint(out.error, ==, N2_ERR_TIMEOUT);
    for (size_t at = 1; at < sizeof bytes; at++) { /* zeros are held to */
        if (at >= 4 && at < 8)
            continue;
        bytes[at] = 1;
        g_assert_cmpint(n2_control_decode(&out, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
        bytes[at] = 0;
    }
    bytes[4] = 0x12; /* a number of no error is one all the same */
    g_assert_cmpint(n2_control_decode(&out, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmpint(out.error, ==, N2_ERR_STATE);
}

/* What a handover says: bytes as on the page, and zeros held to. */
static void
test_moves(void)
{
    static const n2_control_type types[] = {N2_CONTROL_MOVED, N2_CONTROL_CHECK,
                                            N2_CONTROL_CHECKED};
    uint8_t bytes[N2_CONTROL_BYTES], again[N2_CONTROL_BYTES];
    n2_control_message out;

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        bool has_check = types[i] != N2_CONTROL_MOVED;
        n2_control_message m = {.type = types[i],
                                .move = 0x01020304,
                                .check = has_check ? UINT64_C(0x1112131415161718) : 0};
        memset(bytes, 0xff, sizeof bytes);
        n2_control_encode(&m, bytes);
        g_assert_cmpuint(bytes[0], ==, 3 + i);
        g_assert_cmpmem(bytes + 1, 7, "\0\0\0\1\2\3\4", 7);
        if (has_check)
            g_assert_cmpmem(bytes + 8, 8, "\x11\x12\x13\x14\x15\x16\x17\x18", 8);
        g_assert_cmpint(n2_control_decode(&out, bytes, sizeof bytes), ==, N2_OK);
        g_assert_cmpint(out.type, ==, types[i]);
        g_assert_cmphex(out.move, ==, m.move);
        g_assert_cmphex(out.check, ==, m.check);
        n2_control_encode(&out, again);
        g_assert_cmpmem(again, sizeof again, bytes, sizeof bytes);
        for (size_t at = 1; at < sizeof bytes; at++) {
            if (at >= 4 && at < (has_check ? 16 : 8))
                continue;
            bytes[at] = 1;
            g_assert_cmpint(n2_control_decode(&out, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
            bytes[at] = 0;
        }
        memset(bytes + 4, 0, 4); /* move 0: none */
        g_assert_cmpint(n2_control_decode(&out, bytes, sizeof bytes), ==,
                        has_check ? N2_OK : N2_ERR_FORMAT);
    }
}

static void
test_control_lengths(void)
{
    uint8_t bytes[N2_CONTROL_BYTES + 1] = {0};
    n2_control_message m;

    bytes[7] = 1; /* a move has a number, an error may have any, so may e */
    for (unsigned type = 0; type < 256; type++) {
        bytes[0] = (uint8_t)type;
        bool known = type >= 1 && type <= 6;
        g_assert_cmpint(n2_control_decode(&m, bytes, N2_CONTROL_BYTES), ==,
                        known ? N2_OK : N2_ERR_FORMAT);
        if (!known)
            continue;
        for (size_t len = 0; len < N2_CONTROL_BYTES; len++)
            g_assert_cmpint(n2_control_decode(&m, bytes, len), ==, N2_ERR_TRUNCATED);
        g_assert_cmpint(n2_control_decode(&m, bytes, sizeof bytes), ==, N2_ERR_TRAILING);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/codec/first", test_first);
    g_test_add_func("/transport/codec/first-long", test_first_long);
    g_test_add_func("/transport/codec/first-zeros", test_first_zeros);
    g_test_add_func("/transport/codec/hello", test_hello);
    g_test_add_func("/transport/codec/ack", test_ack);
    g_test_add_func("/transport/codec/close", test_close);
    g_test_add_func("/transport/codec/moves", test_moves);
    g_test_add_func("/transport/codec/control-lengths", test_control_lengths);
    return g_test_run();
}
