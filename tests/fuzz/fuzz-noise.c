/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-noise.c - handshake messages from a stranger, to both sides.
 *
 * The first byte: bit 0 the suite, bit 1 the side.  Message 1 is opened if it was made for the
 * fixed static key, and is answered then; a message 2 nobody could have made.  Bit 2: messages
 * with a ticket, the true ones but for the bytes that the rest changes.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/noise.h"
#include "crypto/resume.h"
#include "fuzz.h"

static void
to_responder(const n2_noise_suite *suite,
             const uint8_t *secret,
             const uint8_t *public_key,
             const uint8_t *message,
             size_t len)
{
    static uint8_t payload[1 << 16], answer[256];
    uint8_t e[N2_NOISE_DH_BYTES_MAX] = {7}, first[N2_NOISE_DH_BYTES_MAX] = {0};
    n2_noise_es_result es;
    n2_noise noise;

    if (len > sizeof payload)
        return;
    memcpy(first, message, len < suite->dh_bytes ? len : suite->dh_bytes);
    if (n2_noise_es(suite, secret, first, &es) != N2_OK)
        return;
    n2_noise_init_responder(&noise, suite, "net2o 1", 7, public_key);
    n2_err err = n2_noise_read1(&noise, &es, message, len, payload);
    if (err) {
        check(noise.state == N2_NOISE_OVER);
        return;
    }
    check(len >= n2_noise_message_bytes(suite, 0));
    err = n2_noise_write2(&noise, e, "answer", 6, answer);
    check(noise.state == (err ? N2_NOISE_OVER : N2_NOISE_SPLIT));
    n2_noise_clear(&noise);
}

static void
to_initiator(const n2_noise_suite *suite,
             const uint8_t *public_key,
             const uint8_t *message,
             size_t len)
{
    static uint8_t payload[1 << 16];
    uint8_t e[N2_NOISE_DH_BYTES_MAX] = {5}, hello[256];
    n2_noise noise;

    if (len > sizeof payload)
        return;
    n2_noise_init_initiator(&noise, suite, "net2o 1", 7, public_key);
    check(n2_noise_write1(&noise, e, "hello", 5, hello) == N2_OK);
    check(n2_noise_read2(&noise, message, len, payload) != N2_OK);
    check(noise.state == N2_NOISE_OVER);
}

/* Lays @data over a true message: it opens if that changed nothing. */
static bool
spoil(uint8_t message[static N2_RESUME_MESSAGE_BYTES], const uint8_t *data, size_t size)
{
    uint8_t any = 0;

    for (size_t i = 0; i < size && i < N2_RESUME_MESSAGE_BYTES; i++) {
        message[i] ^= data[i];
        any |= data[i];
    }
    return any;
}

static void
with_ticket(const n2_noise_suite *suite, bool is_second, const uint8_t *data, size_t size)
{
    uint8_t random[N2_RESUME_RANDOM_BYTES] = {9}, payload[N2_RESUME_PAYLOAD2_BYTES] = {3};
    uint8_t first[N2_RESUME_MESSAGE_BYTES], second[N2_RESUME_MESSAGE_BYTES];
    const n2_ticket ticket = {.id = {1}, .secret = {2}};
    n2_noise_keys asked, answered;
    n2_resume asker, holder;

    n2_resume_init(&asker, suite, &ticket, "net2o 1", 7);
    n2_resume_init(&holder, suite, &ticket, "net2o 1", 7);
    check(n2_resume_write1(&asker, &ticket, random, payload, first) == N2_OK);
    bool is_spoilt = !is_second && spoil(first, data, size);
    check(n2_resume_read1(&holder, first, payload) == (is_spoilt ? N2_ERR_FORGED : N2_OK));
    if (is_spoilt)
        return;
    random[0] = 8;
    check(n2_resume_write2(&holder, random, payload, second, &answered) == N2_OK);
    is_spoilt = spoil(second, data, is_second ? size : 0);
    check(n2_resume_read2(&asker, second, payload, &asked) ==
          (is_spoilt ? N2_ERR_FORGED : N2_OK));
    if (is_spoilt)
        memset(&answered, 0, sizeof answered);
    check(!memcmp(&asked, &answered, sizeof asked));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t secret[N2_NOISE_DH_BYTES_MAX] = {1, 2, 3}, public_key[N2_NOISE_DH_BYTES_MAX];

    if (!size || sodium_init() < 0)
        return 0;
    const n2_noise_suite *suite = n2_noise_suite_find(data[0] & 1 ? N2_SUITE_2 : N2_SUITE_1);
    check(n2_noise_public(suite, secret, public_key) == N2_OK);
    if (data[0] & 4)
        with_ticket(suite, data[0] & 2, data + 1, size - 1);
    else if (data[0] & 2)
        to_initiator(suite, public_key, data + 1, size - 1);
    else
        to_responder(suite, secret, public_key, data + 1, size - 1);
    return 0;
}
