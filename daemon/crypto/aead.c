/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * aead.c - choice of implementations, and the calls that lead to them.
 */
#include "crypto/aead.h"

#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "crypto/aead-impl.h"
#include "crypto/hash.h"

enum {
    SCRATCH_ALIGN = 64,
    /* one prefix byte and a piece, rounded up to whole cache lines */
    SCRATCH_STRIDE =
        (1 + N2_HASH_MANY_BYTES_MAX + SCRATCH_ALIGN - 1) / SCRATCH_ALIGN * SCRATCH_ALIGN,
};

/* (nullable): what @impl has for @cipher on this processor. */
static const n2_aead_ops *
find(const n2_crypto *crypto, n2_impl impl, int cipher)
{
    if (impl == N2_IMPL_IPSECMB)
        return crypto->mb ? n2_aead_mb(cipher) : NULL;
    if (impl == N2_IMPL_OPENSSL)
        return n2_aead_openssl(cipher);
    return n2_aead_sodium(cipher);
}

/* Best: in the order of n2_impl, which is that of their speed at our packet sizes. */
static n2_err
choose(n2_crypto *crypto, n2_impl want, int cipher)
{
    n2_impl first = want == N2_IMPL_BEST ? N2_IMPL_IPSECMB : want;
    n2_impl last = want == N2_IMPL_BEST ? N2_IMPL_SODIUM : want;
    const n2_aead_ops *ops = NULL;

    for (n2_impl impl = first; !ops && impl <= last; impl++)
        ops = find(crypto, impl, cipher);
    /* libsodium does AES on processors with instructions for it only; forced, it leaves that to
     * OpenSSL rather than have no AES. */
    if (!ops && want == N2_IMPL_SODIUM)
        ops = n2_aead_openssl(cipher);
    crypto->aead[cipher] = ops;
    return ops ? N2_OK : N2_ERR_UNSUPPORTED;
}

n2_err
n2_crypto_init(n2_crypto *crypto, n2_impl want)
{
    *crypto = (n2_crypto){0};
    if (sodium_init() < 0)
        return N2_ERR_UNSUPPORTED;
    crypto->aes_native = crypto_aead_aes256gcm_is_available();

    if (want == N2_IMPL_BEST || want == N2_IMPL_IPSECMB) {
        n2_err err = n2_mb_new(&crypto->mb);
        if (err && (err == N2_ERR_NOMEM || want == N2_IMPL_IPSECMB))
            return err;
    }
    if (crypto->mb)
        n2_mb_lanes(crypto->mb, &crypto->lanes, &crypto->worth);
    if (crypto->lanes) {
        crypto->stride = SCRATCH_STRIDE;
        crypto->scratch = aligned_alloc(SCRATCH_ALIGN, (size_t)crypto->lanes * SCRATCH_STRIDE);
        if (!crypto->scratch)
            return N2_ERR_NOMEM;
    }

    n2_err err = choose(crypto, want, N2_CIPHER_AES256GCM);
    if (!err)
        err = choose(crypto, want, N2_CIPHER_CHACHA20POLY1305);
    return err;
}

void
n2_crypto_clear(n2_crypto *crypto)
{
    if (crypto->mb)
        n2_mb_free(crypto->mb);
    free(crypto->scratch);
    *crypto = (n2_crypto){0};
}

const char *
n2_crypto_name(const n2_crypto *crypto, int cipher)
{
    assert(cipher == N2_CIPHER_AES256GCM || cipher == N2_CIPHER_CHACHA20POLY1305);
    return crypto->aead[cipher]->name;
}

n2_err
n2_aead_key_init(n2_aead_key *key,
                 const n2_crypto *crypto,
                 int cipher,
                 const uint8_t bytes[static N2_AEAD_KEY_BYTES])
{
    memset(key, 0, sizeof *key);
    if (cipher != N2_CIPHER_AES256GCM && cipher != N2_CIPHER_CHACHA20POLY1305)
        return N2_ERR_UNSUPPORTED;
    key->ops = crypto->aead[cipher];
    key->crypto = crypto;
    n2_err err = key->ops->key_init(key, bytes);
    if (err)
        n2_aead_key_clear(key);
    return err;
}

void
n2_aead_key_clear(n2_aead_key *key)
{
    if (key->ops && key->ops->key_clear)
        key->ops->key_clear(key);
    sodium_memzero(key, sizeof *key);
}

void
n2_aead_seal(const n2_aead_key *key,
             const uint8_t nonce[static N2_AEAD_NONCE_BYTES],
             const void *aad,
             size_t aad_len,
             const void *src,
             size_t len,
             void *dst,
             uint8_t tag[static N2_AEAD_TAG_BYTES])
{
    assert(key->ops);
    key->ops->seal(key, nonce, aad, aad_len, src, len, dst, tag);
}

bool
n2_aead_open(const n2_aead_key *key,
             const uint8_t nonce[static N2_AEAD_NONCE_BYTES],
             const void *aad,
             size_t aad_len,
             const void *src,
             size_t len,
             const uint8_t tag[static N2_AEAD_TAG_BYTES],
             void *dst)
{
    assert(key->ops);
    if (key->ops->open(key, nonce, aad, aad_len, src, len, tag, dst))
        return true;
    if (len)
        memset(dst, 0, len);
    return false;
}

void
n2_prf_init(n2_prf *prf, const uint8_t key[static N2_PRF_KEY_BYTES])
{
    *prf = (n2_prf){0};
    for (unsigned i = 0; i < 8; i++) {
        prf->k0 |= (uint64_t)key[i] << (8 * i);
        prf->k1 |= (uint64_t)key[8 + i] << (8 * i);
    }
}
