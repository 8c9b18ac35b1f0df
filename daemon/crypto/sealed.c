/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sealed.c - the sealed file.
 */
#include "crypto/sealed.h"

#include <string.h>

#include <sodium.h>

#include "crypto/hash.h"

enum { /* fields of kind 27 */
    FIELD_PASSES = 1,
    FIELD_KIB = 2,
    FIELD_SALT = 3,
    FIELD_NONCE = 4,
    FIELD_SEALED = 5,
    FIELD_CHECK = 192,
};

enum {
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KIB_MIN = 8, /* of Argon2id */
};

_Static_assert((int)crypto_pwhash_SALTBYTES == (int)N2_SEALED_SALT_BYTES, "salt");

void
n2_sealer_clear(n2_sealer *sealer)
{
    sodium_memzero(sealer, sizeof *sealer);
}

static n2_err
derive(n2_sealer *sealer, const char *passphrase, size_t passphrase_len)
{
    if (passphrase_len > N2_PASSPHRASE_BYTES_MAX)
        return N2_ERR_LIMIT;
    /* Fails for want of memory only: the costs were checked. */
    int bad =
        crypto_pwhash(sealer->key, sizeof sealer->key, passphrase, passphrase_len, sealer->salt,
                      sealer->passes, (size_t)sealer->kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    return bad ? N2_ERR_NOMEM : N2_OK;
}

n2_err
n2_sealer_init(n2_sealer *out, const char *passphrase, size_t passphrase_len, const n2_env *env)
{
    *out = (n2_sealer){
        .passes = passphrase_len ? N2_SEALED_PASSES : N2_SEALED_PASSES_EMPTY,
        .kib = passphrase_len ? N2_SEALED_KIB : N2_SEALED_KIB_EMPTY,
    };
    n2_env_random(env, out->salt, sizeof out->salt);
    n2_err err = derive(out, passphrase, passphrase_len);
    if (err)
        n2_sealer_clear(out);
    return err;
}

/* Form and checksum; says nothing about who wrote it. */
static n2_err
check_file(n2_box *box, const void *file, size_t len)
{
    uint8_t sum[N2_HASH_BYTES];
    n2_field check;

    n2_err err = n2_box_check(box, file, len, N2_KIND_SEALED, NULL);
    if (err)
        return err == N2_ERR_VERSION ? err : N2_ERR_CORRUPT;
    if (!n2_box_find(box, FIELD_CHECK, &check))
        return N2_OK;
    n2_sha256_of(file, (size_t)(check.value - box->bytes) - N2_FIELD_HEAD_BYTES, sum);
    return memcmp(sum, check.value, sizeof sum) == 0 ? N2_OK : N2_ERR_CORRUPT;
}

n2_err
n2_sealer_of_file(
    n2_sealer *out, const void *file, size_t len, const char *passphrase, size_t passphrase_len)
{
    size_t salt_len;
    n2_box box;

    *out = (n2_sealer){0};
    n2_err err = check_file(&box, file, len);
    if (err)
        return err;
    int64_t passes = n2_box_int(&box, FIELD_PASSES);
    int64_t kib = n2_box_int(&box, FIELD_KIB);
    if (passes < 1 || kib < KIB_MIN)
        return N2_ERR_CORRUPT;
    if (passes > N2_SEALED_PASSES_MAX || kib > N2_SEALED_KIB_MAX)
        return N2_ERR_LIMIT;
    out->passes = (uint32_t)passes;
    out->kib = (uint32_t)kib;
    memcpy(out->salt, n2_box_bytes(&box, FIELD_SALT, &salt_len), sizeof out->salt);
    err = derive(out, passphrase, passphrase_len);
    if (err)
        n2_sealer_clear(out);
    return err;
}

n2_err
n2_sealer_seal(const n2_sealer *sealer,
               const n2_env *env,
               const void *plain,
               size_t len,
               void *buf,
               size_t cap,
               n2_box *out)
{
    static const uint8_t no_check[N2_HASH_BYTES];
    uint8_t nonce[NONCE_BYTES];
    n2_field sealed, check;

    if (len > N2_SEALED_PLAIN_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_env_random(env, nonce, sizeof nonce);
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_SEALED);
    n2_box_put_int(&w, FIELD_PASSES, sealer->passes);
    n2_box_put_int(&w, FIELD_KIB, sealer->kib);
    n2_box_put_bytes(&w, FIELD_SALT, sealer->salt, sizeof sealer->salt);
    n2_box_put_bytes(&w, FIELD_NONCE, nonce, sizeof nonce);
    n2_write_u8(&w.out, FIELD_SEALED); /* its room; the secrets never lie in @buf */
    n2_write_u8(&w.out, N2_TYPE_BYTES);
    n2_write_u16(&w.out, (uint16_t)(len + TAG_BYTES));
    n2_write_zero(&w.out, len + TAG_BYTES);
    n2_box_put_bytes(&w, FIELD_CHECK, no_check, sizeof no_check);
    n2_err err = n2_box_end(&w, out, NULL);
    if (err)
        return err;

    (void)n2_box_find(out, FIELD_SEALED, &sealed);
    (void)n2_box_find(out, FIELD_CHECK, &check);
    uint8_t *bytes = buf;
    size_t sealed_at = (size_t)(sealed.value - out->bytes);
    size_t check_at = (size_t)(check.value - out->bytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + sealed_at, NULL, plain, len, bytes,
                                               sealed_at, NULL, nonce, sealer->key);
    n2_sha256_of(bytes, check_at - N2_FIELD_HEAD_BYTES, bytes + check_at);
    return N2_OK;
}

n2_err
n2_sealer_open(const n2_sealer *sealer,
               const void *file,
               size_t file_len,
               uint8_t *plain,
               size_t cap,
               size_t *plain_len)
{
    size_t len, nonce_len;
    n2_box box;

    n2_err err = check_file(&box, file, file_len);
    if (err)
        return err;
    const uint8_t *nonce = n2_box_bytes(&box, FIELD_NONCE, &nonce_len);
    const uint8_t *sealed = n2_box_bytes(&box, FIELD_SEALED, &len);
    if (len < TAG_BYTES)
        return N2_ERR_CORRUPT;
    if (len - TAG_BYTES > cap)
        return N2_ERR_NOSPACE;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, len, box.bytes,
                                                   (size_t)(sealed - box.bytes), nonce,
                                                   sealer->key)) {
        sodium_memzero(plain, len - TAG_BYTES);
        return N2_ERR_REFUSED;
    }
    *plain_len = len - TAG_BYTES;
    return N2_OK;
}
