/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hand-client.c - the client made by hand: link, handshake, sealing, acknowledgement, answers.
 */
#include "hand-client.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "vm/verify.h"
#include "wire/frame.h"
#include "wire/packet.h"

#define CONTROL UINT64_C(0x0000080000000000)
#define COMMAND UINT64_C(0x0000100000000000)

enum {
    OPEN = 1,
    CHALLENGE,
    CONFIRM,
    ACCEPT,
    PING,
    PONG,
    CLOSE,
    CONTROL_BYTES = 72,
    RING_BYTES = 65536
};

static void
count_up(guint8 *bytes, gsize len, guint8 from)
{
    for (gsize i = 0; i < len; i++)
        bytes[i] = (guint8)(from + i);
}

static guint64
count_up_word(gsize len, guint8 from)
{
    guint64 word = 0;

    for (gsize i = 0; i < len; i++)
        word = word << 8 | (guint8)(from + i);
    return word;
}

hand_client *
hand_client_new(const hand_client_host *host)
{
    hand_client *c = g_new0(hand_client, 1);

    c->host = *host;
    c->token = count_up_word(6, 0x11);
    c->nonce = count_up_word(8, 0x21);
    c->link_id = count_up_word(8, 0x31);
    c->half_number = -1;
    count_up(c->e_secret, sizeof c->e_secret, 0x41);
    count_up(c->noise_key, sizeof c->noise_key, 0x71);
    g_assert_cmpint(n2_crypto_init(&c->crypto, N2_IMPL_BEST), ==, N2_OK);
    return c;
}

void
hand_client_free(hand_client *c)
{
    for (guint i = 0; i < c->n_answers; i++)
        for (guint k = 0; k < c->answers[i].n; k++)
            g_clear_pointer(&c->answers[i].value[k].bytes, g_bytes_unref);
    if (c->is_open) {
        n2_aead_key_clear(&c->seal);
        n2_aead_key_clear(&c->open);
    }
    n2_crypto_clear(&c->crypto);
    g_free(c);
}

static void
send_datagram(hand_client *c, guint8 kind, guint64 token, const void *bytes, gsize len)
{
    guint8 datagram[8 + 2090];
    n2_writer w = n2_writer_init(datagram, sizeof datagram);

    n2_write_u48(&w, token);
    n2_write_u16(&w, (guint16)(kind << 14 | c->number));
    c->number = (c->number + 1) & 0x3fff;
    n2_write_bytes(&w, bytes, len);
    c->host.send(c->host.user, datagram, w.len);
}

/* ---- link ---- */

static void
send_control(hand_client *c, guint8 type, guint64 nonce)
{
    gboolean opens = type == OPEN || type == CONFIRM;
    guint8 body[64];
    n2_writer w = n2_writer_init(body, sizeof body);

    n2_write_u8(&w, type);
    n2_write_u8(&w, 1);
    n2_write_u48(&w, opens ? c->token : 0);
    n2_write_u64(&w, nonce);
    if (opens) {
        n2_write_u64(&w, c->link_id);
        n2_write_u16(&w, 0);
    }
    if (type == CONFIRM)
        n2_write_bytes(&w, c->cookie, sizeof c->cookie);
    n2_write_zero(&w, sizeof body - w.len);
    send_datagram(c, 3, opens ? 0 : c->peer_token, body, sizeof body);
}

void
hand_client_open_link(hand_client *c)
{
    send_control(c, OPEN, c->nonce);
}

static void
take_control(hand_client *c, n2_reader *r)
{
    guint8 type = n2_read_u8(r);

    g_assert_cmpuint(n2_read_u8(r), ==, 1);
    guint64 token = n2_read_u48(r);
    guint64 nonce = n2_read_u64(r);

    if (type == CHALLENGE) {
        g_assert_cmpuint(nonce, ==, c->nonce);
        n2_read_copy(r, c->cookie, sizeof c->cookie);
        c->is_challenged = TRUE;
        send_control(c, CONFIRM, c->nonce);
    } else if (type == ACCEPT) {
        g_assert_cmpuint(nonce, ==, c->nonce);
        guint8 head[19], check[16];
        n2_writer w = n2_writer_init(head, sizeof head);
        guint16 port = n2_read_u16(r);
        g_assert_cmpuint(port, !=, 0);
        n2_write_u8(&w, type);
        n2_write_u8(&w, 1);
        n2_write_u48(&w, token);
        n2_write_u64(&w, nonce);
        n2_write_u16(&w, port);
        n2_write_u8(&w, n2_read_u8(r));
        (void)crypto_generichash(check, sizeof check, head, w.len, NULL, 0);
        g_assert_cmpmem(n2_read_bytes(r, sizeof check), sizeof check, check, sizeof check);
        c->peer_token = token;
        c->is_up = TRUE;
    } else if (type == PING) {
        send_control(c, PONG, nonce);
    } else {
        g_assert_cmpuint(type, ==, CLOSE);
        c->is_up = FALSE;
    }
}

/* ---- address 0 ---- */

static void
send_packet(
    hand_client *c, const n2_packet *head, const guint8 *data, gsize len, const guint8 *tag)
{
    guint8 packet[2090];
    gsize at = n2_packet_write_head(packet, head);

    memcpy(packet + at, data, len);
    if (tag)
        memcpy(packet + at + len, tag, N2_TAG_BYTES);
    send_datagram(c, 0, c->peer_token, packet, at + len + (tag ? N2_TAG_BYTES : 0));
}

static void
send_first(hand_client *c, const n2_first *first)
{
    n2_packet head = {.is_long = TRUE, .size = 1, .class = N2_CLASS_DEFAULT};
    guint8 data[N2_FIRST_BYTES];

    n2_first_encode(first, data);
    c->host.show(c->host.user, TRUE, 0, data, sizeof data);
    send_packet(c, &head, data, sizeof data, NULL);
}

void
hand_client_query(hand_client *c)
{
    guint8 token[12];

    count_up(token, sizeof token, 0x61);
    send_first(c, &(n2_first){.type = N2_FIRST_QUERY, .suite = 1, .token = token});
}

void
hand_client_hello(hand_client *c)
{
    const n2_noise_suite *suite = n2_noise_suite_find(1);
    n2_hello offer = {
        .control = CONTROL, .command = COMMAND, .window = 16, .ciphers = 2, .size = 3};
    guint8 prologue[43] = "net2o 1\x01\x01", payload[64], body[112];

    g_assert_true(c->has_record);
    memcpy(prologue + 9, c->record + 10, 2); /* the key's first bytes are its id */
    n2_sha256_of(c->record, sizeof c->record, prologue + 11);
    n2_noise_init_initiator(&c->noise, suite, prologue, sizeof prologue, c->record + 10);
    n2_hello_encode(&offer, payload);
    g_assert_cmpint(n2_noise_write1(&c->noise, c->e_secret, payload, sizeof payload, body), ==,
                    N2_OK);
    send_first(c, &(n2_first){.type = N2_FIRST_HELLO,
                              .suite = 1,
                              .key_id = (guint16)(c->record[10] << 8 | c->record[11]),
                              .body = body});
}

static void
derive(
    hand_client *c, const guint8 *noise_key, guint8 direction, n2_aead_key *key, guint8 *salt)
{
    guint8 info[12] = "net2o bulk\x02", out[68];

    info[11] = direction;
    n2_hkdf(NULL, 0, noise_key, 32, info, sizeof info, out, sizeof out);
    g_assert_cmpint(n2_aead_key_init(key, &c->crypto, N2_CIPHER_CHACHA20POLY1305, out + 32), ==,
                    N2_OK);
    memcpy(salt, out + 64, 4);
}

static void
take_first(hand_client *c, const guint8 *data, gsize len)
{
    guint8 payload[64], token[12];
    n2_first first;

    c->host.show(c->host.user, FALSE, 0, data, len);
    g_assert_cmpint(n2_first_decode(&first, data, len), ==, N2_OK);
    if (first.type == N2_FIRST_KEY) {
        count_up(token, sizeof token, 0x61);
        g_assert_cmpmem(first.token, 12, token, 12);
        memcpy(c->record, first.body, sizeof c->record);
        c->has_record = TRUE;
        return;
    }
    g_assert_cmpint(first.type, ==, N2_FIRST_ANSWER);
    memcpy(c->peer_e, first.body, sizeof c->peer_e);
    g_assert_cmpint(n2_noise_read2(&c->noise, first.body, N2_FIRST_BODY_BYTES, payload), ==,
                    N2_OK);
    g_assert_cmpint(n2_hello_decode(&c->peer, payload, sizeof payload), ==, N2_OK);
    g_assert_cmpuint(c->peer.ciphers, ==, N2_CIPHER_CHACHA20POLY1305);
    g_assert_cmpint(n2_noise_split(&c->noise, &c->keys), ==, N2_OK);
    derive(c, c->keys.to_responder, 0, &c->seal, c->seal_salt);
    derive(c, c->keys.to_initiator, 1, &c->open, c->open_salt);
    n2_prf_init(&c->prf, c->noise_key);
    c->is_open = TRUE;
}

/* ---- sealing ---- */

static void
send_sealed(hand_client *c, guint64 address, const guint8 *data, gsize len)
{
    n2_packet head = {.is_long = TRUE,
                      .is_sealed = TRUE,
                      .size = (guint8)n2_size_for(len),
                      .class = N2_CLASS_DEFAULT,
                      .address = address,
                      .counter = c->counter,
                      .noise = n2_prf_u32(&c->prf, c->counter)};
    guint8 bytes[N2_SEALED_HEAD_BYTES], associated[10], nonce[12], sealed[2048], tag[16];

    c->counter++;
    n2_packet_write_head(bytes, &head);
    n2_packet_associated(associated, bytes);
    memcpy(nonce, c->seal_salt, 4);
    memcpy(nonce + 4, bytes + 18, 8);
    n2_aead_seal(&c->seal, nonce, associated, sizeof associated, data, len, sealed, tag);
    c->host.show(c->host.user, TRUE, address, data, len);
    send_packet(c, &head, sealed, len, tag);
}

void
hand_client_acknowledge(hand_client *c)
{
    n2_control_message m = {.type = N2_CONTROL_ACK,
                            .ack = {.command_end = c->taken + RING_BYTES}};
    guint8 data[N2_CONTROL_BYTES];

    if (c->n_counted) {
        m.ack.highest = c->highest;
        m.ack.received = c->n_counted;
        m.ack.arrived_us = (guint32)c->arrived_us;
        m.ack.held_us = (guint32)(c->host.now(c->host.user) - c->arrived_us);
        for (guint32 i = 0; i < N2_ACK_COUNTERS && i <= c->highest; i++)
            if (c->came[c->highest - i]) {
                m.ack.bitmap[i / 64] |= UINT64_C(1) << (63 - i % 64);
                m.ack.proof ^= c->noise_of[c->highest - i];
            }
    }
    n2_control_encode(&m, data);
    send_sealed(c, c->peer.control, data, sizeof data);
}

void
hand_client_close(hand_client *c)
{
    n2_control_message m = {.type = N2_CONTROL_CLOSE};
    guint8 data[N2_CONTROL_BYTES];

    n2_control_encode(&m, data);
    send_sealed(c, c->peer.control, data, sizeof data);
    send_control(c, CLOSE, 0);
}

void
hand_client_ask(hand_client *c, n2_asm *a)
{
    guint8 data[2048] = {0}, *block;
    gsize len;

    g_assert_cmpint(n2_asm_finish(a, &block, &len), ==, N2_OK);
    g_assert_cmpuint(len, <=, sizeof data);
    memcpy(data, block, len);
    free(block);
    gsize size = len <= 32 ? 32 : len <= 128 ? 128 : len <= 512 ? 512 : 2048;
    send_sealed(c, c->peer.command + c->asked_units, data, size);
    c->asked_units += size / 32;
}

void
hand_client_grant(hand_client *c, guint64 address, gsize len)
{
    g_assert_cmpuint(len, <=, sizeof c->data);
    c->data_address = address;
    c->data_unit = len <= 32 ? 32 : len <= 128 ? 128 : len <= 512 ? 512 : 2048;
    c->data_bytes = 0;
}

/* ---- what comes ---- */

static void
take_answer(hand_client *c, const guint8 *block, gsize len)
{
    n2_reader r = n2_reader_init(block, len);
    hand_answer *answer = &c->answers[c->n_answers++];
    gint64 numbers[2] = {0};

    g_assert_cmpuint(c->n_answers, <=, G_N_ELEMENTS(c->answers));
    *answer = (hand_answer){0};
    while (n2_reader_left(&r)) {
        n2_command command = n2_command_read(&r);
        g_assert_cmpint(r.err, ==, N2_OK);
        if (command.word->opcode == N2_WORD_DELIVER)
            break;
        g_assert_cmpuint(answer->n, <, HAND_VALUES);
        answer->value[answer->n].type = command.word->opcode;
        answer->value[answer->n].u = command.u;
        if (command.word->opcode == N2_WORD_BYTES)
            answer->value[answer->n].bytes = g_bytes_new(command.bytes, command.len);
        answer->n++;
        numbers[0] = numbers[1];
        numbers[1] = command.word->opcode == N2_WORD_S64 ? command.s : (gint64)command.u;
    }
    g_assert_cmpuint(answer->n, >=, 2);
    answer->n -= 2; /* error and tag */
    answer->err = numbers[0];
    answer->tag = (guint64)numbers[1];
}

static void
take_blocks(hand_client *c)
{
    while (c->taken < c->ring_bytes) {
        n2_reader r = n2_reader_init(c->ring + c->taken, c->ring_bytes - c->taken);
        guint64 len = 0;
        guint8 byte;

        do {
            byte = n2_read_u8(&r);
            len = len << 7 | (byte & 0x7f);
        } while (byte & 0x80 && !r.err);
        const guint8 *block = n2_read_bytes(&r, len);
        if (r.err)
            return; /* more of it comes */
        c->taken = c->ring_bytes - n2_reader_left(&r);
        if (len)
            take_answer(c, block, len);
    }
}

static void
take_opened(hand_client *c, const n2_packet *p, const guint8 *data)
{
    guint64 offset = (p->address & 0xffffffff) * 32;
    guint64 base = p->address & ~UINT64_C(0xffffffff);

    if (base == CONTROL) {
        n2_control_message m;
        g_assert_cmpint(n2_control_decode(&m, data, p->data_bytes), ==, N2_OK);
        c->is_closed |= m.type == N2_CONTROL_CLOSE;
        return;
    }
    g_assert_cmpuint(p->counter, <, HAND_COUNTERS);
    c->came[p->counter] = TRUE;
    c->noise_of[p->counter] = p->noise;
    if (!c->n_counted++ || p->counter > c->highest) {
        c->highest = p->counter;
        c->arrived_us = c->host.now(c->host.user);
    }
    if (base == COMMAND) {
        g_assert_cmpuint(offset, ==, c->ring_bytes); /* nothing is lost here */
        g_assert_cmpuint(offset + p->data_bytes, <=, sizeof c->ring);
        memcpy(c->ring + offset, data, p->data_bytes);
        c->ring_bytes += p->data_bytes;
        take_blocks(c);
        return;
    }
    g_assert_cmphex(base, ==, c->data_address);
    g_assert_cmpuint(p->data_bytes, ==, c->data_unit);
    g_assert_cmpuint(offset + p->data_bytes, <=, sizeof c->data);
    memcpy(c->data + offset, data, p->data_bytes);
    c->data_bytes += p->data_bytes;
}

static void
take_packet(hand_client *c, const guint8 *bytes, gsize len)
{
    guint8 associated[10], nonce[12], data[2048];
    n2_packet p;

    g_assert_cmpint(n2_packet_parse(&p, bytes, len), ==, N2_OK);
    if (!p.is_sealed) {
        g_assert_cmphex(p.address, ==, 0);
        take_first(c, p.data, p.data_bytes);
        return;
    }
    n2_packet_associated(associated, bytes);
    memcpy(nonce, c->open_salt, 4);
    memcpy(nonce + 4, bytes + 18, 8);
    g_assert_true(n2_aead_open(&c->open, nonce, associated, sizeof associated, p.data,
                               p.data_bytes, p.data + p.data_bytes, data));
    c->host.show(c->host.user, FALSE, p.address, data, p.data_bytes);
    take_opened(c, &p, data);
}

void
hand_client_take(hand_client *c, const guint8 *bytes, gsize len)
{
    n2_reader r = n2_reader_init(bytes, len);

    g_assert_cmphex(n2_read_u48(&r), ==, c->token);
    guint16 tail = n2_read_u16(&r);
    guint number = tail & 0x3fff;
    switch (tail >> 14) {
    case 0:
        for (const guint8 *at = bytes + 8; at < bytes + len && *at;) {
            gsize packet_bytes = n2_packet_bytes(*at);
            take_packet(c, at, packet_bytes);
            at += packet_bytes;
        }
        break;
    case 1:
        memcpy(c->half, bytes + 8, len - 8);
        c->half_number = (gint)number;
        break;
    case 2: /* nothing is lost or reordered here */
        g_assert_cmpint((gint)number, ==, c->half_number + 1);
        memcpy(c->half + 1045, bytes + 8, len - 8);
        take_packet(c, c->half, 1045 + len - 8);
        break;
    default:
        g_assert_cmpuint(len, ==, CONTROL_BYTES);
        take_control(c, &r);
    }
}

const hand_answer *
hand_client_answer(const hand_client *c, guint64 tag)
{
    for (guint i = 0; i < c->n_answers; i++)
        if (c->answers[i].tag == tag)
            return &c->answers[i];
    return NULL;
}
