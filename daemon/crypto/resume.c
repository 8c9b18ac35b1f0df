/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resume.c - keys from a ticket: HKDF with SHA-512, sealed with the suite's own cipher.
 */
#include "crypto/resume.h"

#include <string.h>

#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/noise-impl.h"

/* Where things lie in the two messages. */
enum {
    ID_AT = N2_RESUME_RANDOM_BYTES,
    SEALED1_AT = ID_AT + N2_TICKET_ID_BYTES,
    SEALED2_AT = N2_RESUME_RANDOM_BYTES
};

_Static_assert(SEALED1_AT + N2_RESUME_PAYLOAD1_BYTES + N2_NOISE_TAG_BYTES ==
                   N2_RESUME_MESSAGE_BYTES,
               "message 1");
_Static_assert(SEALED2_AT + N2_RESUME_PAYLOAD2_BYTES + N2_NOISE_TAG_BYTES ==
                   N2_RESUME_MESSAGE_BYTES,
               "message 2");

static const char ticket_label[] = "net2o ticket";
static const char resume_label[] = "net2o resume";

/* What message 2 is sealed with, and the keys of the connection. */
typedef struct {
    uint8_t seal[N2_NOISE_KEY_BYTES];
    uint8_t to_responder[N2_NOISE_KEY_BYTES];
    uint8_t to_initiator[N2_NOISE_KEY_BYTES];
} second_keys;

_Static_assert(sizeof(second_keys) == 96, "no holes");

void
n2_ticket_draw(n2_ticket *out, const uint8_t first[static 32], const uint8_t second[static 32])
{
    uint8_t both[64], drawn[N2_TICKET_ID_BYTES + N2_TICKET_SECRET_BYTES];

    memcpy(both, first, 32);
    memcpy(both + 32, second, 32);
    n2_hkdf(NULL, 0, both, sizeof both, ticket_label, sizeof ticket_label - 1, drawn,
            sizeof drawn);
    memcpy(out->id, drawn, sizeof out->id);
    memcpy(out->secret, drawn + sizeof out->id, sizeof out->secret);
    sodium_memzero(both, sizeof both);
    sodium_memzero(drawn, sizeof drawn);
}

/* h = SHA-512(h | bytes) */
static void
mix(uint8_t h[static N2_NOISE_HASH_BYTES], const void *bytes, size_t len)
{
    n2_sha512 hash;

    n2_sha512_init(&hash);
    n2_sha512_update(&hash, h, N2_NOISE_HASH_BYTES);
    n2_sha512_update(&hash, bytes, len);
    n2_sha512_final(&hash, h);
}

/* Keys number @step of the secret, after all that is in @h. */
static void
expand(const n2_resume *r,
       uint8_t step,
       const uint8_t h[static N2_NOISE_HASH_BYTES],
       void *out,
       size_t len)
{
    uint8_t info[sizeof resume_label - 1 + 1 + N2_NOISE_HASH_BYTES];

    memcpy(info, resume_label, sizeof resume_label - 1);
    info[sizeof resume_label - 1] = step;
    memcpy(info + sizeof resume_label, h, N2_NOISE_HASH_BYTES);
    n2_hkdf(NULL, 0, r->secret, sizeof r->secret, info, sizeof info, out, len);
}

void
n2_resume_init(n2_resume *r,
               const n2_noise_suite *suite,
               const n2_ticket *ticket,
               const void *context,
               size_t context_len)
{
    r->suite = suite;
    memcpy(r->secret, ticket->secret, sizeof r->secret);
    n2_sha512_of(context, context_len, r->h);
}

void
n2_resume_clear(n2_resume *r)
{
    sodium_memzero(r, sizeof *r);
}

n2_err
n2_resume_write1(n2_resume *r,
                 const n2_ticket *ticket,
                 const uint8_t random[static N2_RESUME_RANDOM_BYTES],
                 const uint8_t payload[static N2_RESUME_PAYLOAD1_BYTES],
                 uint8_t out[static N2_RESUME_MESSAGE_BYTES])
{
    uint8_t k[N2_NOISE_KEY_BYTES];

    memcpy(out, random, N2_RESUME_RANDOM_BYTES);
    memcpy(out + ID_AT, ticket->id, sizeof ticket->id);
    mix(r->h, out, SEALED1_AT);
    expand(r, 1, r->h, k, sizeof k);
    n2_err err =
        r->suite->f->seal(k, r->h, payload, N2_RESUME_PAYLOAD1_BYTES, out + SEALED1_AT);
    sodium_memzero(k, sizeof k);
    if (!err)
        mix(r->h, out + SEALED1_AT, N2_RESUME_MESSAGE_BYTES - SEALED1_AT);
    return err;
}

const uint8_t *
n2_resume_id(const uint8_t message[static N2_RESUME_MESSAGE_BYTES])
{
    return message + ID_AT;
}

n2_err
n2_resume_read1(n2_resume *r,
                const uint8_t message[static N2_RESUME_MESSAGE_BYTES],
                uint8_t payload[static N2_RESUME_PAYLOAD1_BYTES])
{
    uint8_t k[N2_NOISE_KEY_BYTES];

    mix(r->h, message, SEALED1_AT);
    expand(r, 1, r->h, k, sizeof k);
    n2_err err =
        r->suite->f->open(k, r->h, message + SEALED1_AT, N2_RESUME_PAYLOAD1_BYTES, payload);
    sodium_memzero(k, sizeof k);
    if (err)
        memset(payload, 0, N2_RESUME_PAYLOAD1_BYTES);
    else
        mix(r->h, message + SEALED1_AT, N2_RESUME_MESSAGE_BYTES - SEALED1_AT);
    return err;
}

static void
hand_out(n2_noise_keys *keys, const second_keys *k, const uint8_t *h)
{
    memcpy(keys->to_responder, k->to_responder, sizeof keys->to_responder);
    memcpy(keys->to_initiator, k->to_initiator, sizeof keys->to_initiator);
    memcpy(keys->hash, h, sizeof keys->hash);
}

n2_err
n2_resume_write2(n2_resume *r,
                 const uint8_t random[static N2_RESUME_RANDOM_BYTES],
                 const uint8_t payload[static N2_RESUME_PAYLOAD2_BYTES],
                 uint8_t out[static N2_RESUME_MESSAGE_BYTES],
                 n2_noise_keys *keys)
{
    second_keys k;

    memcpy(out, random, N2_RESUME_RANDOM_BYTES);
    mix(r->h, out, SEALED2_AT);
    expand(r, 2, r->h, &k, sizeof k);
    n2_err err =
        r->suite->f->seal(k.seal, r->h, payload, N2_RESUME_PAYLOAD2_BYTES, out + SEALED2_AT);
    if (!err) {
        mix(r->h, out + SEALED2_AT, N2_RESUME_MESSAGE_BYTES - SEALED2_AT);
        hand_out(keys, &k, r->h);
    }
    sodium_memzero(&k, sizeof k);
    return err;
}

n2_err
n2_resume_read2(const n2_resume *r,
                const uint8_t message[static N2_RESUME_MESSAGE_BYTES],
                uint8_t payload[static N2_RESUME_PAYLOAD2_BYTES],
                n2_noise_keys *keys)
{
    uint8_t h[N2_NOISE_HASH_BYTES];
    second_keys k;

    memcpy(h, r->h, sizeof h);
    mix(h, message, SEALED2_AT);
    expand(r, 2, h, &k, sizeof k);
    n2_err err =
        r->suite->f->open(k.seal, h, message + SEALED2_AT, N2_RESUME_PAYLOAD2_BYTES, payload);
    if (err) {
        memset(payload, 0, N2_RESUME_PAYLOAD2_BYTES);
        sodium_memzero(keys, sizeof *keys);
    } else {
        mix(h, message + SEALED2_AT, N2_RESUME_MESSAGE_BYTES - SEALED2_AT);
        hand_out(keys, &k, h);
    }
    sodium_memzero(&k, sizeof k);
    return err;
}
