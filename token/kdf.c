/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kdf.c - PINs that a card wants hashed: read, never set.
 */
#include <string.h>

#include "token/openpgp.h"
#include "token/tlv.h"

enum {
    TAG_KDF = 0xf9,
    TAG_ALGORITHM = 0x81,
    TAG_HASH = 0x82,
    TAG_COUNT = 0x83,
    TAG_SALT = 0x84, /* of PW1; then of the reset code and of PW3 */

    ALGORITHM_NONE = 0,
    ALGORITHM_ITERATED = 3,
    SHA256_BYTES = 32,
    SHA512_BYTES = 64,
    PINS = 3
};

static n2_err
read_on(n2_openpgp_kdf *kdf, const n2_tlv *all)
{
    n2_tlv hash, count, salt;

    if (!n2_tlv_find(TAG_HASH, all->bytes, all->n, &hash) || hash.n != 1 ||
        !n2_tlv_find(TAG_COUNT, all->bytes, all->n, &count) || count.n != 4)
        return N2_ERR_FORMAT;
    if (hash.bytes[0] != N2_CARD_SHA256 && hash.bytes[0] != N2_CARD_SHA512)
        return N2_ERR_UNSUPPORTED;
    n2_reader r = n2_reader_init(count.bytes, count.n);
    n2_openpgp_kdf found = {.is_on = true, .hash = hash.bytes[0], .bytes = n2_read_u32(&r)};
    if (found.bytes > N2_CARD_KDF_BYTES_MAX)
        return N2_ERR_LIMIT;
    for (unsigned i = 0; i < PINS; i++) {
        if (!n2_tlv_find((uint16_t)(TAG_SALT + i), all->bytes, all->n, &salt) &&
            !n2_tlv_find(TAG_SALT, all->bytes, all->n, &salt)) /* one for all */
            return N2_ERR_FORMAT;
        if (salt.n > N2_CARD_KDF_SALT_BYTES_MAX)
            return N2_ERR_LIMIT;
        found.n_salt[i] = (uint8_t)salt.n;
        if (salt.n)
            memcpy(found.salt[i], salt.bytes, salt.n);
    }
    *kdf = found;
    return N2_OK;
}

n2_err
n2_openpgp_kdf_read(n2_openpgp_kdf *kdf, const uint8_t *bytes, size_t n)
{
    n2_tlv all = n2_tlv_unwrap(TAG_KDF, bytes, n, false), algorithm;

    if (!all.n) {
        *kdf = (n2_openpgp_kdf){.is_on = false};
        return N2_OK;
    }
    if (!n2_tlv_find(TAG_ALGORITHM, all.bytes, all.n, &algorithm) || algorithm.n != 1)
        return N2_ERR_FORMAT;
    if (algorithm.bytes[0] == ALGORITHM_ITERATED)
        return read_on(kdf, &all);
    if (algorithm.bytes[0] != ALGORITHM_NONE)
        return N2_ERR_UNSUPPORTED;
    *kdf = (n2_openpgp_kdf){.is_on = false};
    return N2_OK;
}

n2_token_code
n2_openpgp_kdf_pin(const n2_openpgp_kdf *kdf,
                   const n2_card_crypto *crypto,
                   n2_card_pin which,
                   const uint8_t *pin,
                   size_t n,
                   uint8_t *out,
                   size_t *n_out)
{
    uint8_t block[N2_CARD_KDF_SALT_BYTES_MAX + N2_CARD_PIN_BYTES_MAX];
    unsigned i = n2_openpgp_pin_index(which);
    size_t n_salt = kdf->n_salt[i];
    bool is_done;

    if (n > N2_CARD_PIN_BYTES_MAX)
        return N2_TOKEN_PIN_LENGTH;
    if (!kdf->is_on) {
        memcpy(out, pin, n);
        *n_out = n;
        return N2_TOKEN_OK;
    }
    memcpy(block, kdf->salt[i], n_salt);
    memcpy(block + n_salt, pin, n);
    /* All of it at least once, as OpenPGP says. */
    uint64_t total = kdf->bytes > n_salt + n ? kdf->bytes : n_salt + n;
    is_done =
        crypto->hash(crypto->user, (n2_card_hash)kdf->hash, block, n_salt + n, total, out);
    explicit_bzero(block, sizeof block);
    *n_out = kdf->hash == N2_CARD_SHA256 ? SHA256_BYTES : SHA512_BYTES;
    return is_done ? N2_TOKEN_OK : N2_TOKEN_USAGE;
}
