/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pair.c - pairing by three words.
 */
#include "keys/pair.h"

#include <sodium.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

static void
hash_key(n2_hash *h, const n2_key *key)
{
    n2_hash_update(h, &key->method, 1);
    n2_hash_update(h, key->bytes, n2_key_bytes(key->method));
}

static void
commit(const n2_key *key, const uint8_t *nonce, uint8_t out[N2_HASH_BYTES])
{
    n2_hash h;

    n2_hash_init(&h, N2_METHOD_SHA256);
    n2_hash_update(&h, "n2 pair 1", sizeof "n2 pair 1");
    hash_key(&h, key);
    n2_hash_update(&h, nonce, N2_PAIR_NONCE_BYTES);
    n2_hash_final(&h, out);
}

static void
find_words(n2_pair *p)
{
    uint8_t hash[N2_HASH_BYTES];
    n2_hash h;

    n2_hash_init(&h, N2_METHOD_SHA256);
    n2_hash_update(&h, "n2 pair words 1", sizeof "n2 pair words 1");
    hash_key(&h, p->is_first ? &p->mine : &p->theirs);
    n2_hash_update(&h, p->is_first ? p->nonce : p->their_nonce, N2_PAIR_NONCE_BYTES);
    hash_key(&h, p->is_first ? &p->theirs : &p->mine);
    n2_hash_update(&h, p->is_first ? p->their_nonce : p->nonce, N2_PAIR_NONCE_BYTES);
    n2_hash_final(&h, hash);
    for (unsigned i = 0; i < N2_PAIR_WORDS; i++) {
        unsigned number = 0;
        for (unsigned bit = 11 * i; bit < 11 * (i + 1); bit++)
            number = number << 1 | (hash[bit / 8] >> (7 - bit % 8) & 1u);
        p->words[i] = (uint16_t)number;
    }
    p->state = N2_PAIR_SHOWS;
}

static void
over(n2_pair *p)
{
    sodium_memzero(p, sizeof *p);
}

static n2_err
say(const n2_pair *p, uint8_t type, const uint8_t *last, uint8_t *out, size_t *len)
{
    n2_writer w = n2_writer_init(out, N2_PAIR_MESSAGE_BYTES_MAX);

    n2_write_u8(&w, type);
    if (type != 3) {
        n2_write_u8(&w, p->mine.method);
        n2_write_bytes(&w, p->mine.bytes, n2_key_bytes(p->mine.method));
    }
    n2_write_bytes(&w, last, 32);
    return n2_writer_finish(&w, len);
}

n2_err
n2_pair_begin(n2_pair *pair,
              bool is_first,
              const n2_key *key,
              const n2_env *env,
              uint8_t *message,
              size_t *len)
{
    uint8_t commitment[N2_HASH_BYTES];

    *len = 0;
    over(pair);
    if (!n2_key_bytes(key->method))
        return N2_ERR_FORMAT;
    pair->is_first = is_first;
    pair->mine = *key;
    pair->state = N2_PAIR_WAITS;
    n2_env_random(env, pair->nonce, sizeof pair->nonce);
    if (!is_first)
        return N2_OK;
    commit(&pair->mine, pair->nonce, commitment);
    return say(pair, 1, commitment, message, len);
}

static n2_err
take(n2_pair *p, const void *message, size_t len, uint8_t *out, size_t *out_len)
{
    n2_reader r = n2_reader_init(message, len);
    uint8_t type = n2_read_u8(&r), last[32] = {0}, commitment[N2_HASH_BYTES];
    n2_key key = {0};

    if (p->state != N2_PAIR_WAITS || (!r.err && type != (p->is_first ? 2 : p->has_key ? 3 : 1)))
        return N2_ERR_STATE;
    if (type == 1 || type == 2) {
        key.method = n2_read_u8(&r);
        size_t n = n2_key_bytes(key.method);
        if (!n)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        n2_read_copy(&r, key.bytes, n);
    }
    n2_read_copy(&r, last, sizeof last);
    n2_err err = n2_reader_finish(&r);
    if (err)
        return err;
    if (type != 3) {
        if (n2_key_equal(&key, &p->mine))
            return N2_ERR_FORGED; /* reflected */
        p->theirs = key;
        p->has_key = true;
    }
    switch (type) {
    case 1:
        memcpy(p->commitment, last, sizeof last);
        return say(p, 2, p->nonce, out, out_len);
    case 2:
        memcpy(p->their_nonce, last, sizeof last);
        find_words(p);
        return say(p, 3, p->nonce, out, out_len);
    default:
        commit(&p->theirs, last, commitment);
        if (sodium_memcmp(commitment, p->commitment, sizeof commitment) != 0)
            return N2_ERR_FORGED;
        memcpy(p->their_nonce, last, sizeof last);
        find_words(p);
        return N2_OK;
    }
}

n2_err
n2_pair_take(n2_pair *pair, const void *message, size_t len, uint8_t *out, size_t *out_len)
{
    *out_len = 0;
    n2_err err = take(pair, message, len, out, out_len);
    if (err) {
        *out_len = 0;
        over(pair);
    }
    return err;
}

n2_err
n2_pair_settle(n2_pair *pair, bool are_same, n2_key *theirs)
{
    n2_err err = pair->state != N2_PAIR_SHOWS ? N2_ERR_STATE
                 : are_same                   ? N2_OK
                                              : N2_ERR_REFUSED;

    *theirs = err ? (n2_key){0} : pair->theirs;
    over(pair);
    return err;
}
