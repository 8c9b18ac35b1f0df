/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * noise.c - the NK pattern over a suite's functions.
 *
 * Names as in the Noise framework, section 5.2: MixKey, MixHash, EncryptAndHash, Split.
 */
#include "crypto/noise.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "crypto/agree.h"
#include "crypto/noise-impl.h"

/* The only place that writes noise->state. */
static void
enter(n2_noise *noise, n2_noise_state state)
{
    noise->state = state;
}

/* A failed step ends the handshake: nothing of it may be used again. */
static n2_err
fail(n2_noise *noise, n2_err err)
{
    n2_noise_clear(noise);
    return err;
}

/* Noise 4.3: HMAC-HASH; the key is one hash long, so shorter than a block. */
static void
hmac(const n2_noise_suite *suite, const uint8_t *key, const n2_noise_part data[2], uint8_t *out)
{
    uint8_t pad[N2_NOISE_BLOCK_BYTES] = {0};
    uint8_t inner[N2_NOISE_HASH_BYTES];

    memcpy(pad, key, N2_NOISE_HASH_BYTES);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36;
    n2_noise_part first[] = {{pad, sizeof pad}, data[0], data[1]};
    suite->f->hash(first, 3, inner);

    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    n2_noise_part second[] = {{pad, sizeof pad}, {inner, sizeof inner}};
    suite->f->hash(second, 2, out);
    sodium_memzero(pad, sizeof pad);
    sodium_memzero(inner, sizeof inner);
}

/* Noise 4.3: HKDF with two outputs; @out1 may be @ck. */
static void
hkdf2(const n2_noise_suite *suite,
      const uint8_t *ck,
      const uint8_t *secret,
      size_t secret_len,
      uint8_t out1[static N2_NOISE_HASH_BYTES],
      uint8_t out2[static N2_NOISE_HASH_BYTES])
{
    uint8_t temp[N2_NOISE_HASH_BYTES];
    static const uint8_t one = 1, two = 2;

    hmac(suite, ck, (n2_noise_part[2]){{secret, secret_len}, {NULL, 0}}, temp);
    hmac(suite, temp, (n2_noise_part[2]){{&one, 1}, {NULL, 0}}, out1);
    hmac(suite, temp, (n2_noise_part[2]){{out1, N2_NOISE_HASH_BYTES}, {&two, 1}}, out2);
    sodium_memzero(temp, sizeof temp);
}

static void
mix_key(const n2_noise_suite *suite, uint8_t *ck, uint8_t *k, const uint8_t *shared)
{
    uint8_t second[N2_NOISE_HASH_BYTES];

    hkdf2(suite, ck, shared, suite->dh_bytes, ck, second);
    memcpy(k, second, N2_NOISE_KEY_BYTES);
    sodium_memzero(second, sizeof second);
}

static void
mix_hash(n2_noise *noise, const void *bytes, size_t len)
{
    n2_noise_part parts[] = {{noise->h, sizeof noise->h}, {bytes, len}};
    uint8_t h[N2_NOISE_HASH_BYTES];

    noise->suite->f->hash(parts, 2, h);
    memcpy(noise->h, h, sizeof h);
}

/* h and ck of a new handshake: the protocol's name, which fits, padded with zeros. */
static void
name_to_ck(const n2_noise_suite *suite, uint8_t ck[static N2_NOISE_HASH_BYTES])
{
    size_t len = strlen(suite->name);

    assert(len <= N2_NOISE_HASH_BYTES);
    memset(ck, 0, N2_NOISE_HASH_BYTES);
    memcpy(ck, suite->name, len);
}

n2_err
n2_noise_agree(const n2_noise_suite *suite,
               const uint8_t *secret,
               const uint8_t *public_key,
               uint8_t *shared)
{
    n2_agreement one = {.secret = secret, .public_key = public_key, .out = shared};

    n2_agree(suite, &one, 1);
    return one.err;
}

n2_err
n2_noise_public(const n2_noise_suite *suite, const uint8_t *secret, uint8_t *public_key)
{
    return suite->f->dh_public(secret, public_key);
}

n2_err
n2_noise_keypair(const n2_noise_suite *suite,
                 const n2_env *env,
                 uint8_t *secret,
                 uint8_t *public_key)
{
    n2_env_random(env, secret, suite->dh_bytes);
    return n2_noise_public(suite, secret, public_key);
}

void
n2_noise_es_of(const n2_noise_suite *suite, const uint8_t *shared, n2_noise_es_result *out)
{
    name_to_ck(suite, out->ck);
    mix_key(suite, out->ck, out->k, shared);
}

n2_err
n2_noise_es(const n2_noise_suite *suite,
            const uint8_t *static_secret,
            const uint8_t *e,
            n2_noise_es_result *out)
{
    uint8_t shared[N2_NOISE_DH_BYTES_MAX];

    n2_err err = n2_noise_agree(suite, static_secret, e, shared);
    if (!err)
        n2_noise_es_of(suite, shared, out);
    sodium_memzero(shared, sizeof shared);
    return err;
}

static void
init(n2_noise *noise,
     const n2_noise_suite *suite,
     const void *prologue,
     size_t prologue_len,
     const uint8_t *responder_static)
{
    *noise = (n2_noise){.suite = suite};
    name_to_ck(suite, noise->ck);
    memcpy(noise->h, noise->ck, sizeof noise->h);
    mix_hash(noise, prologue, prologue_len);
    mix_hash(noise, responder_static, suite->dh_bytes);
}

void
n2_noise_init_initiator(n2_noise *noise,
                        const n2_noise_suite *suite,
                        const void *prologue,
                        size_t prologue_len,
                        const uint8_t *their_static)
{
    init(noise, suite, prologue, prologue_len, their_static);
    memcpy(noise->remote, their_static, suite->dh_bytes);
    enter(noise, N2_NOISE_WRITE1);
}

void
n2_noise_init_responder(n2_noise *noise,
                        const n2_noise_suite *suite,
                        const void *prologue,
                        size_t prologue_len,
                        const uint8_t *own_static)
{
    init(noise, suite, prologue, prologue_len, own_static);
    enter(noise, N2_NOISE_READ1);
}

void
n2_noise_clear(n2_noise *noise)
{
    sodium_memzero(noise, sizeof *noise);
    enter(noise, N2_NOISE_OVER);
}

size_t
n2_noise_message_bytes(const n2_noise_suite *suite, size_t payload_len)
{
    return suite->dh_bytes + payload_len + N2_NOISE_TAG_BYTES;
}

/* Writes one of the two messages, which are alike: e, payload; @shared is the agreement of e
 * and
 * @noise->remote.  Message 1: the remote key is the static one (es); message 2: their e (ee).
 */
static n2_err
write_message(n2_noise *noise,
              const uint8_t *e,
              const uint8_t *shared,
              const void *payload,
              size_t len,
              uint8_t *out)
{
    const n2_noise_suite *suite = noise->suite;
    uint8_t *sealed = out + suite->dh_bytes;

    memcpy(out, e, suite->dh_bytes);
    mix_hash(noise, out, suite->dh_bytes);
    mix_key(suite, noise->ck, noise->k, shared);
    n2_err err = suite->f->seal(noise->k, noise->h, payload, len, sealed);
    if (!err)
        mix_hash(noise, sealed, len + N2_NOISE_TAG_BYTES);
    return err;
}

n2_err
n2_noise_write_agreed(n2_noise *noise,
                      const n2_noise_pair *pair,
                      const uint8_t *shared,
                      const void *payload,
                      size_t payload_len,
                      uint8_t *out)
{
    bool is_first = noise->state == N2_NOISE_WRITE1;

    if (!is_first && noise->state != N2_NOISE_WRITE2)
        return N2_ERR_STATE;
    n2_err err = write_message(noise, pair->public_key, shared, payload, payload_len, out);
    if (err)
        return fail(noise, err);
    if (is_first)
        memcpy(noise->e_secret, pair->secret, noise->suite->dh_bytes);
    enter(noise, is_first ? N2_NOISE_READ2 : N2_NOISE_SPLIT);
    return N2_OK;
}

/* The message that is awaited, with what it needs worked out here. */
static n2_err
agree_and_write(
    n2_noise *noise, const uint8_t *e_secret, const void *payload, size_t len, uint8_t *out)
{
    uint8_t shared[N2_NOISE_DH_BYTES_MAX];
    n2_noise_pair pair;
    n2_agreement both[] = {{.secret = pair.secret, .out = pair.public_key},
                           {.secret = pair.secret, .public_key = noise->remote, .out = shared}};

    memcpy(pair.secret, e_secret, noise->suite->dh_bytes);
    n2_agree(noise->suite, both, 2);
    n2_err err = both[0].err ? both[0].err : both[1].err;
    err =
        err ? fail(noise, err) : n2_noise_write_agreed(noise, &pair, shared, payload, len, out);
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(&pair, sizeof pair);
    return err;
}

/* DecryptAndHash of what follows e in @message, with the key mixed before. */
static n2_err
open_payload(n2_noise *noise, const uint8_t *message, size_t len, uint8_t *payload)
{
    const uint8_t *sealed = message + noise->suite->dh_bytes;
    size_t sealed_len = len - noise->suite->dh_bytes;
    size_t payload_len = sealed_len - N2_NOISE_TAG_BYTES;

    n2_err err = noise->suite->f->open(noise->k, noise->h, sealed, payload_len, payload);
    if (err && payload_len)
        memset(payload, 0, payload_len);
    if (!err)
        mix_hash(noise, sealed, sealed_len);
    return err;
}

n2_err
n2_noise_write1(n2_noise *noise,
                const uint8_t *e_secret,
                const void *payload,
                size_t payload_len,
                uint8_t *out)
{
    if (noise->state != N2_NOISE_WRITE1)
        return N2_ERR_STATE;
    return agree_and_write(noise, e_secret, payload, payload_len, out);
}

n2_err
n2_noise_read1(n2_noise *noise,
               const n2_noise_es_result *es,
               const uint8_t *message,
               size_t len,
               uint8_t *payload)
{
    if (noise->state != N2_NOISE_READ1)
        return N2_ERR_STATE;
    if (len < n2_noise_message_bytes(noise->suite, 0))
        return fail(noise, N2_ERR_TRUNCATED);
    memcpy(noise->remote, message, noise->suite->dh_bytes);
    mix_hash(noise, message, noise->suite->dh_bytes);
    memcpy(noise->ck, es->ck, sizeof noise->ck);
    memcpy(noise->k, es->k, sizeof noise->k);
    n2_err err = open_payload(noise, message, len, payload);
    if (err)
        return fail(noise, err);
    enter(noise, N2_NOISE_WRITE2);
    return N2_OK;
}

n2_err
n2_noise_write2(n2_noise *noise,
                const uint8_t *e_secret,
                const void *payload,
                size_t payload_len,
                uint8_t *out)
{
    if (noise->state != N2_NOISE_WRITE2)
        return N2_ERR_STATE;
    return agree_and_write(noise, e_secret, payload, payload_len, out);
}

n2_err
n2_noise_read2_agreed(n2_noise *noise,
                      const uint8_t *shared,
                      const uint8_t *message,
                      size_t len,
                      uint8_t *payload)
{
    if (noise->state != N2_NOISE_READ2)
        return N2_ERR_STATE;
    if (len < n2_noise_message_bytes(noise->suite, 0))
        return fail(noise, N2_ERR_TRUNCATED);
    sodium_memzero(noise->e_secret, sizeof noise->e_secret);
    mix_hash(noise, message, noise->suite->dh_bytes);
    mix_key(noise->suite, noise->ck, noise->k, shared);
    n2_err err = open_payload(noise, message, len, payload);
    if (err)
        return fail(noise, err);
    enter(noise, N2_NOISE_SPLIT);
    return N2_OK;
}

n2_err
n2_noise_read2(n2_noise *noise, const uint8_t *message, size_t len, uint8_t *payload)
{
    uint8_t shared[N2_NOISE_DH_BYTES_MAX];

    if (noise->state != N2_NOISE_READ2)
        return N2_ERR_STATE;
    if (len < n2_noise_message_bytes(noise->suite, 0))
        return fail(noise, N2_ERR_TRUNCATED);
    n2_err err = n2_noise_agree(noise->suite, noise->e_secret, message, shared);
    err = err ? fail(noise, err) : n2_noise_read2_agreed(noise, shared, message, len, payload);
    sodium_memzero(shared, sizeof shared);
    return err;
}

n2_err
n2_noise_split(n2_noise *noise, n2_noise_keys *out)
{
    uint8_t first[N2_NOISE_HASH_BYTES], second[N2_NOISE_HASH_BYTES];

    if (noise->state != N2_NOISE_SPLIT)
        return N2_ERR_STATE;
    hkdf2(noise->suite, noise->ck, NULL, 0, first, second);
    memcpy(out->to_responder, first, sizeof out->to_responder);
    memcpy(out->to_initiator, second, sizeof out->to_initiator);
    memcpy(out->hash, noise->h, sizeof out->hash);
    sodium_memzero(first, sizeof first);
    sodium_memzero(second, sizeof second);
    n2_noise_clear(noise);
    return N2_OK;
}
