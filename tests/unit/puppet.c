/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * puppet.c - the peer made by hand: Noise, sealing and acknowledgements as the page says.
 */
#include "puppet.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "wire/packet.h"
#include "wire/path.h"

void
puppet_random_cb(void *user, void *buf, size_t len)
{
    uint64_t *x = user;

    for (size_t i = 0; i < len; i++) {
        *x ^= *x >> 12;
        *x ^= *x << 25;
        *x ^= *x >> 27;
        ((uint8_t *)buf)[i] = (uint8_t)(*x * UINT64_C(0x2545f4914f6cdd1d) >> 56);
    }
}

/* ---- host -----------------------------------------------------------------------------------
 */

void
puppet_host_init(puppet_host *h, uint64_t seed)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    n2_env env = {&h->random, puppet_random_cb};

    memset(h, 0, sizeof *h);
    h->random = seed;
    h->now_us = 5000000;
    g_assert_cmpint(n2_endpoint_new(&h->ep, &env, h->now_us), ==, N2_OK);
    g_assert_cmpint(n2_noise_keypair(suite, &env, h->secret, h->key), ==, N2_OK);
    n2_env_random(&env, h->answer, sizeof h->answer);
    n2_sha256_of(h->answer, sizeof h->answer, h->record);
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .key_id = PUPPET_KEY_ID,
                .suite = N2_SUITE_1,
                .until_us = UINT64_MAX,
                .bytes = g_malloc(sizeof h->answer),
                .len = sizeof h->answer};
    memcpy(op.bytes, h->answer, sizeof h->answer);
    memcpy(op.key, h->key, sizeof h->key);
    n2_endpoint_op(h->ep, &op, h->now_us);
}

void
puppet_host_clear(puppet_host *h)
{
    n2_endpoint_free(h->ep);
    h->ep = NULL;
}

static void
answer_es(puppet_host *h, const n2_event *event)
{
    n2_noise_es_result es;
    n2_op op = {.kind = N2_OP_ES, .tag = event->tag, .len = sizeof es.ck + sizeof es.k};

    op.err = n2_noise_es(n2_noise_suite_find(N2_SUITE_1), h->secret, event->key, &es);
    op.bytes = g_malloc(op.len);
    memcpy(op.bytes, es.ck, sizeof es.ck);
    memcpy(op.bytes + sizeof es.ck, es.k, sizeof es.k);
    n2_endpoint_op(h->ep, &op, h->now_us);
}

static void
take_event(puppet_host *h, n2_event *event)
{
    if (event->kind == N2_EVENT_NEED_ES) {
        if (!h->holds_es)
            answer_es(h, event);
        else
            h->es[h->n_es++ % G_N_ELEMENTS(h->es)] = *event;
        return;
    }
    if (event->kind == N2_EVENT_COMMAND) {
        size_t len = MIN(event->len, sizeof h->commands - h->command_bytes);
        memcpy(h->commands + h->command_bytes, event->bytes, len);
        h->command_bytes += len;
    }
    free(event->bytes);
    event->bytes = NULL;
    h->counts[event->kind]++;
    h->events[h->n_events++ % G_N_ELEMENTS(h->events)] = *event;
}

void
puppet_host_settle(puppet_host *h)
{
    n2_event event;

    for (unsigned i = 0; i < 100 && n2_endpoint_deadline(h->ep) <= h->now_us; i++)
        n2_endpoint_expire(h->ep, h->now_us);
    while (n2_endpoint_work(h->ep, h->now_us))
        ;
    while (!h->holds_events && n2_endpoint_event(h->ep, &event))
        take_event(h, &event);
}

void
puppet_host_op(puppet_host *h, const n2_op *op)
{
    n2_endpoint_op(h->ep, op, h->now_us);
    puppet_host_settle(h);
}

const n2_event *
puppet_host_last(const puppet_host *h, n2_event_kind kind)
{
    for (unsigned i = 0; i < h->n_events && i < G_N_ELEMENTS(h->events); i++) {
        const n2_event *event = &h->events[(h->n_events - 1 - i) % G_N_ELEMENTS(h->events)];
        if (event->kind == kind)
            return event;
    }
    return NULL;
}

unsigned
puppet_host_count(const puppet_host *h, n2_event_kind kind)
{
    return h->counts[kind];
}

/* ---- puppet ---------------------------------------------------------------------------------
 */

void
puppet_init(puppet *p, puppet_host *host, unsigned id)
{
    memset(p, 0, sizeof *p);
    p->host = host;
    p->way = (uint64_t)(0x1000 + id) << 6 | 16;
    p->offer = (n2_hello){.control = UINT64_C(0x0000080100000000),
                          .command = UINT64_C(0x0000100100000000),
                          .window = 16,
                          .ciphers = 1 << (N2_CIPHER_CHACHA20POLY1305 - 1),
                          .size = 3};
    g_assert_cmpint(n2_crypto_init(&p->crypto, N2_IMPL_SODIUM), ==, N2_OK);
}

void
puppet_clear(puppet *p)
{
    g_free(p->kept);
    n2_aead_key_clear(&p->seal.key);
    for (size_t i = 0; i < G_N_ELEMENTS(p->open); i++)
        n2_aead_key_clear(&p->open[i].key);
    n2_noise_clear(&p->noise);
    n2_crypto_clear(&p->crypto);
}

void
puppet_make_hello(puppet *p)
{
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_1);
    n2_env env = {&p->host->random, puppet_random_cb};
    uint8_t prologue[7 + 4 + 32] = "net2o 1\x01\x01";
    uint8_t payload[N2_HELLO_PAYLOAD_BYTES], body[N2_FIRST_BODY_BYTES], secret[32], e[32];

    prologue[9] = 0;
    prologue[10] = PUPPET_KEY_ID;
    memcpy(prologue + 11, p->host->record, 32);
    n2_noise_init_initiator(&p->noise, suite, prologue, sizeof prologue, p->host->key);
    n2_hello_encode(&p->offer, payload);
    g_assert_cmpint(n2_noise_keypair(suite, &env, secret, e), ==, N2_OK);
    g_assert_cmpint(n2_noise_write1(&p->noise, secret, payload, sizeof payload, body), ==,
                    N2_OK);
    n2_first first = {
        .type = N2_FIRST_HELLO, .suite = N2_SUITE_1, .key_id = PUPPET_KEY_ID, .body = body};
    n2_first_encode(&first, p->hello);
}

void
puppet_deliver(puppet *p, const uint8_t *bytes, size_t len)
{
    g_autofree uint8_t *copy = g_memdup2(bytes, len); /* exact: reads past the end are seen */

    n2_endpoint_packet(p->host->ep, copy, len, p->host->now_us);
    puppet_host_settle(p->host);
}

void
puppet_first(puppet *p, const uint8_t *data)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    n2_packet packet = {.is_long = true, .size = 1, .class = N2_CLASS_DEFAULT, .path = p->way};
    size_t head = n2_packet_write_head(bytes, &packet);

    memcpy(bytes + head, data, N2_FIRST_BYTES);
    puppet_deliver(p, bytes, head + N2_FIRST_BYTES);
}

/* The schedule of @epoch from the key of Noise or the secret of the epoch before; direction 0:
 * to the responder. */
static void
derive(puppet *p, puppet_key *k, uint32_t epoch, const uint8_t *from, uint8_t direction)
{
    uint8_t info[12] = "net2o bulk", out[sizeof k->schedule];

    info[10] = p->peer.ciphers;
    info[11] = direction;
    n2_hkdf(NULL, 0, from, 32, info, sizeof info, out, sizeof out);
    n2_aead_key_clear(&k->key);
    memcpy(k->schedule, out, sizeof out);
    k->epoch = epoch;
    g_assert_cmpint(n2_aead_key_init(&k->key, &p->crypto, p->peer.ciphers, out + 32), ==,
                    N2_OK);
}

static void
nonce_of(const puppet_key *k, const uint8_t *packet, uint8_t nonce[N2_AEAD_NONCE_BYTES])
{
    memcpy(nonce, k->schedule + 64, 4);
    memcpy(nonce + 4, packet + N2_LONG_HEAD_BYTES, 8);
}

void
puppet_turn(puppet *p)
{
    uint8_t secret[32];

    memcpy(secret, p->seal.schedule, sizeof secret);
    derive(p, &p->seal, p->seal.epoch + 1, secret, 0);
    p->counter = 0;
}

/* The next key of what it opens is the one in use now. */
static void
follow(puppet *p)
{
    uint8_t secret[32];

    for (unsigned i = 0; i < 2; i++) { /* schedules are not moved, but made again */
        g_autofree puppet_key *from = g_memdup2(&p->open[i + 1], sizeof *from);
        n2_aead_key_clear(&p->open[i].key);
        memcpy(p->open[i].schedule, from->schedule, sizeof from->schedule);
        p->open[i].epoch = from->epoch;
        g_assert_cmpint(
            n2_aead_key_init(&p->open[i].key, &p->crypto, p->peer.ciphers, from->schedule + 32),
            ==, N2_OK);
    }
    memcpy(secret, p->open[2].schedule, sizeof secret);
    derive(p, &p->open[2], p->open[2].epoch + 1, secret, 1);
}

static void
take_first(puppet *p, const n2_packet *packet)
{
    uint8_t payload[N2_HELLO_PAYLOAD_BYTES];
    n2_first first;

    g_assert_cmpint(n2_first_decode(&first, packet->data, packet->data_bytes), ==, N2_OK);
    memcpy(p->last_first, packet->data, N2_FIRST_BYTES);
    if (first.type == N2_FIRST_AGAIN) {
        p->n_again++;
        memcpy(p->hello + 4, first.body, N2_FIRST_TOKEN_BYTES);
    }
    if (first.type != N2_FIRST_ANSWER)
        return;
    p->n_answers++;
    if (p->is_ready)
        return;
    g_assert_cmpmem(first.token, 12, p->hello + N2_FIRST_HEAD_BYTES, 12);
    g_assert_cmpint(n2_noise_read2(&p->noise, first.body, N2_FIRST_BODY_BYTES, payload), ==,
                    N2_OK);
    g_assert_cmpint(n2_hello_decode(&p->peer, payload, sizeof payload), ==, N2_OK);
    g_assert_cmpint(n2_noise_split(&p->noise, &p->keys), ==, N2_OK);
    derive(p, &p->seal, 0, p->keys.to_responder, 0);
    derive(p, &p->open[1], 0, p->keys.to_initiator, 1);
    derive(p, &p->open[2], 1, p->open[1].schedule, 1);
    p->open[0].epoch = UINT32_MAX; /* there is none */
    p->is_ready = true;
}

static void
take_sealed(puppet *p, const n2_packet *packet, const uint8_t *bytes)
{
    uint8_t associated[N2_ASSOCIATED_BYTES], nonce[N2_AEAD_NONCE_BYTES];

    if (p->n_kept >= p->room && p->room < PUPPET_KEPT) {
        p->room = p->room ? 2 * p->room : 16;
        p->kept = g_renew(puppet_packet, p->kept, p->room);
    }
    puppet_packet *kept = &p->kept[p->n_kept % PUPPET_KEPT];
    n2_packet_associated(associated, bytes);
    unsigned at = 0;
    for (; at < 3; at++) {
        puppet_key *k = &p->open[(at + 1) % 3]; /* this, the next, the one before */
        if (!p->is_ready || k->epoch == UINT32_MAX || (k->epoch & 1) != packet->phase)
            continue;
        nonce_of(k, bytes, nonce);
        if (n2_aead_open(&k->key, nonce, associated, sizeof associated, packet->data,
                         packet->data_bytes, packet->data + packet->data_bytes, kept->data))
            break;
    }
    if (at == 3) {
        p->n_wrong++;
        return;
    }
    kept->epoch = p->open[(at + 1) % 3].epoch;
    if (at == 1)
        follow(p);
    kept->address = packet->address;
    kept->counter = packet->counter;
    kept->half = packet->noise;
    kept->len = packet->data_bytes;
    p->n_kept++;
}

void
puppet_take(puppet *p)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    uint64_t path;
    size_t len;

    puppet_host_settle(p->host);
    while ((len = n2_endpoint_peek(p->host->ep, &path, p->host->now_us))) {
        n2_packet packet;
        size_t made = n2_endpoint_build(p->host->ep, bytes, p->host->now_us);
        g_assert_cmpuint(made, ==, len);
        g_assert_cmpint(n2_packet_parse(&packet, bytes, made), ==, N2_OK);
        g_assert_cmphex(packet.path, ==, path);
        if (path != n2_path_answer(p->way))
            continue;
        p->bytes += made;
        if (packet.is_sealed)
            take_sealed(p, &packet, bytes);
        else
            take_first(p, &packet);
    }
    puppet_host_settle(p->host);
}

bool
puppet_connect(puppet *p)
{
    puppet_make_hello(p);
    puppet_first(p, p->hello);
    puppet_take(p);
    return p->is_ready;
}

bool
puppet_open(puppet *p)
{
    static const uint8_t zeros[32];
    unsigned before = puppet_host_count(p->host, N2_EVENT_CONNECTED);

    if (!puppet_connect(p))
        return false;
    puppet_send(p, p->peer.command, zeros, sizeof zeros);
    return puppet_host_count(p->host, N2_EVENT_CONNECTED) > before;
}

size_t
puppet_seal(puppet *p, uint64_t address, const void *data, size_t len, uint8_t *out)
{
    uint8_t associated[N2_ASSOCIATED_BYTES], nonce[N2_AEAD_NONCE_BYTES];
    n2_packet packet = {.is_long = true,
                        .is_sealed = true,
                        .phase = p->seal.epoch & 1,
                        .size = (uint8_t)n2_size_for(len),
                        .class = N2_CLASS_DEFAULT,
                        .path = p->way,
                        .address = address,
                        .counter = p->counter++};

    puppet_random_cb(&p->host->random, &packet.noise, sizeof packet.noise);
    size_t head = n2_packet_write_head(out, &packet);
    n2_packet_associated(associated, out);
    nonce_of(&p->seal, out, nonce);
    n2_aead_seal(&p->seal.key, nonce, associated, sizeof associated, data, len, out + head,
                 out + head + len);
    return head + len + N2_TAG_BYTES;
}

void
puppet_send(puppet *p, uint64_t address, const void *data, size_t len)
{
    uint8_t out[N2_PACKET_BYTES_MAX];

    puppet_deliver(p, out, puppet_seal(p, address, data, len, out));
}

void
puppet_ack_of(const puppet *p, uint32_t epoch, n2_ack *ack)
{
    memset(ack, 0, sizeof *ack);
    ack->epoch = epoch & N2_ACK_EPOCH_MASK;
    unsigned first = p->n_kept > PUPPET_KEPT ? p->n_kept - PUPPET_KEPT : 0;
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = first; i < p->n_kept; i++) {
            const puppet_packet *k = &p->kept[i % PUPPET_KEPT];
            if (k->address >> 32 == p->offer.control >> 32 || k->epoch != epoch)
                continue;
            if (!pass) {
                ack->highest = MAX(ack->highest, k->counter);
                ack->received++;
            } else if (ack->highest - k->counter < 512) {
                uint32_t back = ack->highest - k->counter;
                ack->bitmap[back / 64] |= UINT64_C(1) << (63 - back % 64);
                ack->proof ^= k->half;
            }
        }
    ack->arrived_us = (uint32_t)p->host->now_us;
    ack->command_end = UINT64_C(1) << 30;
}

void
puppet_ack(const puppet *p, n2_ack *ack)
{
    puppet_ack_of(p, p->open[1].epoch, ack);
}

void
puppet_send_ack(puppet *p, const n2_ack *ack)
{
    n2_control_message m = {.type = N2_CONTROL_ACK, .ack = *ack};
    uint8_t data[N2_CONTROL_BYTES];

    n2_control_encode(&m, data);
    puppet_send(p, p->peer.control, data, sizeof data);
}

void
puppet_forget(puppet *p)
{
    p->n_kept = p->n_answers = p->n_again = p->n_wrong = 0;
    p->bytes = 0;
}

void
puppet_wait(puppet *p, uint64_t us, uint64_t step_us, bool acks)
{
    for (uint64_t end_us = p->host->now_us + us; p->host->now_us < end_us;) {
        p->host->now_us += step_us;
        puppet_take(p);
        if (acks && p->n_kept) {
            n2_ack ack;
            puppet_ack(p, &ack);
            if (ack.received)
                puppet_send_ack(p, &ack);
        }
    }
}
