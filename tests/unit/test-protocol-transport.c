/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-transport.c - the examples of daemon/PROTOCOL.md for address 0, the handshake,
 *                             sealing, regions and control messages.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/noise.h"
#include "protocol-hello.h"
#include "protocol-page.h"
#include "transport/connection.h"
#include "wire/packet.h"
#include "wire/path.h"

static void
random_cb(void *user, void *buf, size_t len)
{
    count_up(buf, len, *(guint8 *)user);
}

static void
test_query(void)
{
    guint8 token[N2_FIRST_TOKEN_BYTES], bytes[N2_FIRST_BYTES];
    n2_first first = {.type = N2_FIRST_QUERY, .suite = N2_SUITE_1, .token = token};

    count_up(token, sizeof token, 0x61);
    n2_first_encode(&first, bytes);
    protocol_page_expect("query", bytes, shown(bytes, sizeof bytes));
}

static void
shake(n2_noise_keys *keys)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    guint8 s[32], e[32], r[32], s_public[32], e_public[32], record[112], hash[32];
    guint8 prologue[43] = "net2o 1\x01\x01\x00\x03", payload[64], body[112], bytes[128];
    n2_noise_es_result es;
    n2_noise asker, holder;
    n2_hello ours = offer;

    count_up(s, 32, 0x01);
    count_up(e, 32, 0x21);
    count_up(r, 32, 0x41);
    count_up(record, sizeof record, 0x80);
    n2_sha256_of(record, sizeof record, hash);
    memcpy(prologue + 11, hash, 32);
    g_assert_cmpint(n2_noise_public(suite, s, s_public), ==, N2_OK);
    g_assert_cmpint(n2_noise_public(suite, e, e_public), ==, N2_OK);
    protocol_page_expect("prologue", prologue, sizeof prologue);

    n2_noise_init_initiator(&asker, suite, prologue, sizeof prologue, s_public);
    n2_hello_encode(&ours, payload);
    protocol_page_expect("payload", payload, shown(payload, sizeof payload));
    g_assert_cmpint(n2_noise_write1(&asker, e, payload, sizeof payload, body), ==, N2_OK);
    n2_first first = {.type = N2_FIRST_HELLO, .suite = 1, .key_id = 3, .body = body};
    n2_first_encode(&first, bytes);
    protocol_page_expect("hello", bytes, sizeof bytes);

    n2_noise_init_responder(&holder, suite, prologue, sizeof prologue, s_public);
    g_assert_cmpint(n2_noise_es(suite, s, e_public, &es), ==, N2_OK);
    g_assert_cmpint(n2_noise_read1(&holder, &es, body, sizeof body, payload), ==, N2_OK);
    ours.ciphers = N2_CIPHER_CHACHA20POLY1305;
    memcpy(ours.extra, record + 2, 4);
    n2_hello_encode(&ours, payload);
    protocol_page_expect("payload of the answer", payload, shown(payload, sizeof payload));
    g_assert_cmpint(n2_noise_write2(&holder, r, payload, sizeof payload, body), ==, N2_OK);
    first = (n2_first){
        .type = N2_FIRST_ANSWER, .suite = 1, .key_id = 3, .token = e_public, .body = body};
    n2_first_encode(&first, bytes);
    protocol_page_expect("answer", bytes, sizeof bytes);
    g_assert_cmpint(n2_noise_read2(&asker, body, sizeof body, payload), ==, N2_OK);
    g_assert_cmpint(n2_noise_split(&asker, keys), ==, N2_OK);
    n2_noise_clear(&holder);
}

static void
test_handshake(void)
{
    guint8 info[12] = "net2o bulk\x02\x00", out[68];
    n2_noise_keys keys;

    shake(&keys);
    protocol_page_expect("handshake hash", keys.hash, 64);
    n2_hkdf(NULL, 0, keys.to_responder, 32, info, sizeof info, out, sizeof out);
    protocol_page_expect("key and salt to the responder", out + 32, 36);
    info[11] = 1;
    n2_hkdf(NULL, 0, keys.to_initiator, 32, info, sizeof info, out, sizeof out);
    protocol_page_expect("key and salt to the initiator", out + 32, 36);
    /* The next epoch's, from the secret of this one. */
    n2_hkdf(NULL, 0, out, 32, info, sizeof info, out, sizeof out);
    protocol_page_expect("next key and salt to the initiator", out + 32, 36);
}

/* The connection's own code, with the keys of the handshake: its first sealed packet. */
static void
test_sealed(void)
{
    guint8 data[N2_CONTROL_BYTES], packet[N2_PACKET_BYTES_MAX], from = 0xa0;
    n2_env env = {&from, random_cb};
    n2_connection *c = aligned_alloc(64, (sizeof *c + 63) / 64 * 64);
    n2_control_message m = {.type = N2_CONTROL_ACK, .ack = {.command_end = 65536}};
    n2_key_limits limits = n2_key_limits_usual();
    n2_noise_keys keys;
    n2_crypto crypto;

    shake(&keys);
    memset(c, 0, sizeof *c);
    c->is_initiator = true;
    c->class = N2_CLASS_DEFAULT;
    c->path = UINT64_C(0xb600000000000000);
    c->peer_control = offer.control;
    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    g_assert_cmpint(
        n2_connection_set_keys(c, &crypto, &env, &limits, &keys, N2_CIPHER_CHACHA20POLY1305),
        ==, N2_OK);
    n2_control_encode(&m, data);
    gsize len = n2_connection_build_control(c, data, packet, 0);
    g_assert_cmpuint(len, ==, 26 + 128 + 16);
    protocol_page_expect("sealed packet", packet, len);
    n2_connection_clear(c);
    n2_crypto_clear(&crypto);
    free(c);
}

static void
test_address(void)
{
    guint64 address = n2_region_address(65537, 5) + 4096 / N2_REGION_UNIT_BYTES;
    guint8 bytes[8];

    for (guint i = 0; i < 8; i++)
        bytes[i] = (guint8)(address >> (56 - 8 * i));
    protocol_page_expect("address", bytes, sizeof bytes);
}

static void
show_short(const char *what, guint16 path, guint16 address, guint8 at, guint8 value)
{
    guint8 bytes[N2_PACKET_BYTES_MIN] = {0};
    n2_packet head = {.class = N2_CLASS_DEFAULT, .path = path, .address = address};

    bytes[n2_packet_write_head(bytes, &head) + at] = value;
    protocol_page_expect(what, bytes, shown(bytes, sizeof bytes));
}

/* From port 5 of a hub of width 3 by its port 6 to port 9 of a computer of width 4. */
static void
test_plain(void)
{
    guint16 path = 6u << 13;
    guint32 port;

    show_short("key", path, 0x0102, 2, 0x1e);
    g_assert_true(n2_path_step_short(&path, 3, 5, &port));
    g_assert_cmpuint(port, ==, 6);
    g_assert_true(n2_path_step_short(&path, 4, 9, &port));
    g_assert_cmpuint(port, ==, 0);
    show_short("key as it arrives", path, 0x0102, 2, 0x1e);
    show_short("lamp", n2_path_answer_short(path), 0x0300, 0, 1);
}

/* Counters 0, 2 and 3 came of 0 to 3; 1 was a control message or is lost. */
static void
test_control(void)
{
    static const guint32 counters[] = {0, 2, 3};
    guint8 bytes[N2_CONTROL_BYTES];
    n2_receipt receipt = {0};
    n2_control_message m = {.type = N2_CONTROL_ACK};
    bool gap;

    for (guint i = 0; i < G_N_ELEMENTS(counters); i++)
        g_assert_true(n2_receipt_take(&receipt, counters[i], 0x01010101u << counters[i], true,
                                      1000000 + counters[i], &gap));
    n2_receipt_tell(&receipt, &m.ack);
    n2_receipt_clear(&receipt);
    m.ack.held_us = 250;
    m.ack.command_end = 65536 + 64;
    m.ack.data_end = 1 << 20;
    m.ack.hole = n2_region_address(65537, 5);
    m.ack.hole_bytes = 2048;
    n2_control_encode(&m, bytes);
    protocol_page_expect("acknowledgement", bytes, shown(bytes, sizeof bytes));
    m = (n2_control_message){.type = N2_CONTROL_CLOSE, .error = N2_ERR_TIMEOUT};
    n2_control_encode(&m, bytes);
    protocol_page_expect("close", bytes, shown(bytes, sizeof bytes));
}

/* The third move, its check, the answer. */
static void
test_handover(void)
{
    static const n2_control_type types[] = {N2_CONTROL_MOVED, N2_CONTROL_CHECK,
                                            N2_CONTROL_CHECKED};
    guint8 bytes[N2_CONTROL_BYTES];

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        n2_control_message m = {.type = types[i],
                                .move = 3,
                                .check = i ? G_GUINT64_CONSTANT(0xa1b2c3d4e5f60718) : 0};
        n2_control_encode(&m, bytes);
        protocol_page_expect("handover", bytes, shown(bytes, sizeof bytes));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/transport/query", test_query);
    g_test_add_func("/protocol/transport/handshake", test_handshake);
    g_test_add_func("/protocol/transport/sealed", test_sealed);
    g_test_add_func("/protocol/transport/address", test_address);
    g_test_add_func("/protocol/transport/plain", test_plain);
    g_test_add_func("/protocol/transport/control", test_control);
    g_test_add_func("/protocol/transport/handover", test_handover);
    return g_test_run();
}
