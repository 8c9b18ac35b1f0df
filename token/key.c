/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * key.c - keys on cards: methods, attributes, points, fingerprints.
 */
#include "token/key.h"

#include <string.h>

#include "base/writer.h"

enum {
    ALGORITHM_ECDH = 0x12, /* OpenPGP numbers of public-key algorithms */
    ALGORITHM_ECDSA = 0x13,
    ALGORITHM_EDDSA = 0x16,
    ATTRIBUTES_BYTES_MAX = 12,
    WITH_POINT = 0xff, /* behind attributes: imports bring the public key */
    WITHOUT_POINT = 0, /* the same: they do not, as if nothing were there */
    POINT_NATIVE = 0x40,
    POINT_PLAIN = 0x04, /* uncompressed */
    P256_BYTES = 32,
    FORMS = 2
};

typedef struct {
    uint8_t method;
    uint8_t point_bytes; /* as boxes hold it, but for P-256: as cards write it */
    uint8_t result_bytes, secret_bytes;
    uint8_t n[FORMS];
    uint8_t attributes[FORMS][ATTRIBUTES_BYTES_MAX];
} row;

#define OID_P256 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07

/* clang-format off */
static const row rows[] = {
    {N2_CARD_ED25519, 32, 64, 32, {10, 4}, {
     {ALGORITHM_EDDSA, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01},
     {ALGORITHM_EDDSA, 0x2b, 0x65, 0x70}}},
    {N2_CARD_X25519, 32, 32, 32, {11, 4}, {
     {ALGORITHM_ECDH, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01},
     {ALGORITHM_ECDH, 0x2b, 0x65, 0x6e}}},
    {N2_CARD_P256, 65, 64, 32, {9, 0}, {{ALGORITHM_ECDSA, OID_P256}}},
    {N2_CARD_P256_ECDH, 65, 32, 32, {9, 0}, {{ALGORITHM_ECDH, OID_P256}}},
    {N2_CARD_ED448, 57, 114, 57, {4, 0}, {{ALGORITHM_EDDSA, 0x2b, 0x65, 0x71}}},
    {N2_CARD_X448, 56, 56, 56, {4, 0}, {{ALGORITHM_ECDH, 0x2b, 0x65, 0x6f}}},
};
/* clang-format on */

static const row *
row_of(n2_card_method method)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].method == method)
            return &rows[i];
    return NULL;
}

bool
n2_card_key_same(const n2_card_key *a, const n2_card_key *b)
{
    return a->method == b->method && a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

size_t
n2_card_method_result_bytes(n2_card_method method)
{
    const row *r = row_of(method);

    return r ? r->result_bytes : 0;
}

size_t
n2_card_method_secret_bytes(n2_card_method method)
{
    const row *r = row_of(method);

    return r ? r->secret_bytes : 0;
}

bool
n2_card_method_fits(n2_card_method method, n2_card_slot slot)
{
    return row_of(method) && (method >= N2_CARD_X25519) == (slot == N2_CARD_DEC);
}

n2_card_method
n2_card_method_of(const uint8_t *attributes, size_t n)
{
    if (n && (attributes[n - 1] == WITH_POINT || attributes[n - 1] == WITHOUT_POINT))
        n--; /* no identifier ends so */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned form = 0; form < FORMS; form++)
            if (n && rows[i].n[form] == n && !memcmp(rows[i].attributes[form], attributes, n))
                return (n2_card_method)rows[i].method;
    return N2_CARD_NO_METHOD;
}

const uint8_t *
n2_card_attributes(n2_card_method method, n2_card_slot slot, unsigned form, size_t *n)
{
    const row *r = row_of(method);

    if (!n2_card_method_fits(method, slot) || form >= FORMS || !r->n[form])
        return NULL;
    *n = r->n[form];
    return r->attributes[form];
}

n2_token_code
n2_card_point_read(n2_card_method method, const uint8_t *bytes, size_t n, n2_card_key *key)
{
    const row *r = row_of(method);

    if (!r)
        return N2_TOKEN_NO_ALGORITHM;
    if (n == r->point_bytes + 1u && bytes[0] == POINT_NATIVE && r->point_bytes != 65) {
        bytes++;
        n--;
    }
    if (n != r->point_bytes || (n == 65 && bytes[0] != POINT_PLAIN))
        return N2_TOKEN_MALFORMED;
    *key = (n2_card_key){.method = (uint8_t)method, .n = (uint8_t)n};
    memcpy(key->bytes, bytes, n);
    if (method == N2_CARD_P256) { /* compressed: the sign of y, x */
        key->bytes[0] = 0x02 | (bytes[64] & 1);
        memset(key->bytes + 1 + P256_BYTES, 0, P256_BYTES);
        key->n = 1 + P256_BYTES;
    }
    return N2_TOKEN_OK;
}

/* A number as OpenPGP writes it: bits, then bytes without zeros before. */
static void
write_mpi(n2_writer *w, uint8_t prefix, const uint8_t *bytes, size_t n)
{
    unsigned bits = 0;

    if (!prefix) {
        while (n && !*bytes) {
            bytes++;
            n--;
        }
        prefix = n ? *bytes : 0;
        for (; prefix; prefix >>= 1)
            bits++;
        n2_write_u16(w, (uint16_t)(n ? (n - 1) * 8 + bits : 0));
    } else {
        n2_write_u16(w, (uint16_t)(n * 8 + 7)); /* 40 has 7 bits, and is in front */
        n2_write_u8(w, prefix);
    }
    n2_write_bytes(w, bytes, n);
}

n2_token_code
n2_card_fingerprint(const n2_card_crypto *crypto,
                    n2_card_method method,
                    n2_card_slot slot,
                    const uint8_t *point,
                    size_t n,
                    uint32_t created,
                    uint8_t out[static N2_CARD_FINGERPRINT_BYTES])
{
    static const uint8_t kdf[] = {0x03, 0x01, 0x08, 0x07}; /* SHA-256, AES-128: as gpg */
    uint8_t packet[128];
    n2_writer w = n2_writer_init(packet, sizeof packet);
    size_t n_attributes, len;
    const uint8_t *attributes = n2_card_attributes(method, slot, 0, &n_attributes);
    bool is_25519 = method == N2_CARD_ED25519 || method == N2_CARD_X25519;

    if (!attributes)
        return N2_TOKEN_NO_ALGORITHM;
    n2_write_u8(&w, 0x99);
    n2_write_u16(&w, 0); /* the length, below */
    n2_write_u8(&w, 4);
    n2_write_u32(&w, created);
    n2_write_u8(&w, attributes[0]);
    n2_write_u8(&w, (uint8_t)(n_attributes - 1));
    n2_write_bytes(&w, attributes + 1, n_attributes - 1);
    write_mpi(&w, is_25519 ? POINT_NATIVE : 0, point, n);
    if (slot == N2_CARD_DEC)
        n2_write_bytes(&w, kdf, sizeof kdf);
    if (n2_writer_finish(&w, &len))
        return N2_TOKEN_USAGE;
    packet[1] = (uint8_t)((len - 3) >> 8);
    packet[2] = (uint8_t)(len - 3);
    return crypto->hash(crypto->user, N2_CARD_SHA1, packet, len, len, out) ? N2_TOKEN_OK
                                                                           : N2_TOKEN_USAGE;
}
