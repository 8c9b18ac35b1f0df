/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mb.c - ipsec-mb: both ciphers in vector code, and SHA-256 of many pieces side by side.
 *
 * Its managers keep jobs between calls; we leave none behind: a ChaCha20 job is done when
 * submit returns, and hash jobs are flushed before n2_mb_sha256() does.
 */
#include <assert.h>

#include <intel-ipsec-mb.h>
#include <sodium.h>

#include "crypto/aead-impl.h"

_Static_assert(sizeof(struct gcm_key_data) <= N2_AEAD_SCHEDULE_BYTES, "room");

n2_err
n2_mb_new(void **mb)
{
    IMB_MGR *mgr = alloc_mb_mgr(0);

    if (!mgr)
        return N2_ERR_NOMEM;
    init_mb_mgr_auto(mgr, NULL);
    /* Without AES instructions it emulates them, slower than OpenSSL does. */
    uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    bool tested_bad = (mgr->features & IMB_FEATURE_SELF_TEST) &&
                      !(mgr->features & IMB_FEATURE_SELF_TEST_PASS);
    if (imb_get_errno(mgr) || tested_bad || (mgr->features & needed) != needed) {
        free_mb_mgr(mgr);
        return N2_ERR_UNSUPPORTED;
    }
    *mb = mgr;
    return N2_OK;
}

void
n2_mb_free(void *mb)
{
    free_mb_mgr(mb);
}

static n2_err
gcm_key_init(n2_aead_key *key, const uint8_t *bytes)
{
    IMB_MGR *mgr = key->crypto->mb;

    IMB_AES256_GCM_PRE(mgr, bytes, (struct gcm_key_data *)n2_aead_schedule(key));
    return N2_OK;
}

static void
gcm_seal(const n2_aead_key *key,
         const uint8_t *nonce,
         const void *aad,
         size_t aad_len,
         const void *src,
         size_t len,
         void *dst,
         uint8_t *tag)
{
    IMB_MGR *mgr = key->crypto->mb;
    struct gcm_context_data scratch;

    IMB_AES256_GCM_ENC(mgr, (const struct gcm_key_data *)n2_aead_schedule(key), &scratch, dst,
                       src, len, nonce, aad, aad_len, tag, N2_AEAD_TAG_BYTES);
}

static bool
gcm_open(const n2_aead_key *key,
         const uint8_t *nonce,
         const void *aad,
         size_t aad_len,
         const void *src,
         size_t len,
         const uint8_t *tag,
         void *dst)
{
    IMB_MGR *mgr = key->crypto->mb;
    struct gcm_context_data scratch;
    uint8_t want[N2_AEAD_TAG_BYTES];

    IMB_AES256_GCM_DEC(mgr, (const struct gcm_key_data *)n2_aead_schedule(key), &scratch, dst,
                       src, len, nonce, aad, aad_len, want, sizeof want);
    return crypto_verify_16(want, tag) == 0;
}

static n2_err
chacha_key_init(n2_aead_key *key, const uint8_t *bytes)
{
    memcpy(n2_aead_schedule(key), bytes, N2_AEAD_KEY_BYTES);
    return N2_OK;
}

/* One job: at our sizes half as long again as quick as the calls without a job. */
static void
chacha_job(const n2_aead_key *key,
           IMB_CIPHER_DIRECTION direction,
           const uint8_t *nonce,
           const void *aad,
           size_t aad_len,
           const void *src,
           size_t len,
           void *dst,
           uint8_t *tag)
{
    IMB_MGR *mgr = key->crypto->mb;
    IMB_JOB *job = IMB_GET_NEXT_JOB(mgr);

    job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
    job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
    job->cipher_direction = direction;
    job->chain_order =
        direction == IMB_DIR_ENCRYPT ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->enc_keys = n2_aead_schedule(key);
    job->dec_keys = n2_aead_schedule(key);
    job->key_len_in_bytes = N2_AEAD_KEY_BYTES;
    job->u.CHACHA20_POLY1305.aad = aad;
    job->u.CHACHA20_POLY1305.aad_len_in_bytes = aad_len;
    job->u.CHACHA20_POLY1305.ctx = NULL;
    job->src = src;
    job->dst = dst;
    job->iv = nonce;
    job->iv_len_in_bytes = N2_AEAD_NONCE_BYTES;
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = len;
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = len;
    job->auth_tag_output = tag;
    job->auth_tag_output_len_in_bytes = N2_AEAD_TAG_BYTES;

    job = IMB_SUBMIT_JOB_NOCHECK(mgr);
    assert(job && job->status == IMB_STATUS_COMPLETED);
    (void)job;
}

static void
chacha_seal(const n2_aead_key *key,
            const uint8_t *nonce,
            const void *aad,
            size_t aad_len,
            const void *src,
            size_t len,
            void *dst,
            uint8_t *tag)
{
    chacha_job(key, IMB_DIR_ENCRYPT, nonce, aad, aad_len, src, len, dst, tag);
}

static bool
chacha_open(const n2_aead_key *key,
            const uint8_t *nonce,
            const void *aad,
            size_t aad_len,
            const void *src,
            size_t len,
            const uint8_t *tag,
            void *dst)
{
    uint8_t want[N2_AEAD_TAG_BYTES];

    chacha_job(key, IMB_DIR_DECRYPT, nonce, aad, aad_len, src, len, dst, want);
    return crypto_verify_16(want, tag) == 0;
}

static const n2_aead_ops table[] = {
    {N2_CIPHER_AES256GCM, "ipsec-mb", gcm_key_init, NULL, gcm_seal, gcm_open},
    {N2_CIPHER_CHACHA20POLY1305, "ipsec-mb", chacha_key_init, NULL, chacha_seal, chacha_open},
};

const n2_aead_ops *
n2_aead_mb(int cipher)
{
    return &table[cipher == N2_CIPHER_AES256GCM ? 0 : 1];
}

void
n2_mb_lanes(void *mb, unsigned *lanes, unsigned *worth)
{
    const IMB_MGR *mgr = mb;
    bool avx512 = (mgr->features & IMB_FEATURE_AVX512_SKX) == IMB_FEATURE_AVX512_SKX;
    bool avx2 = mgr->features & IMB_FEATURE_AVX2;
    bool shani = mgr->features & IMB_FEATURE_SHANI;

    /* Measured on Zen 4: 16 lanes 3.4-6 GB/s together, whatever part is used; OpenSSL with
     * SHA-NI 1.8.  Eight lanes of AVX2 do not beat SHA-NI, but do where there is none. */
    *lanes = avx512 ? 16 : avx2 && !shani ? 8 : 0;
    *worth = *lanes ? (shani ? 6 : 3) : 0;
}

void
n2_mb_sha256(void *mb, size_t n, const uint8_t *const src[], size_t len, uint8_t (*out)[32])
{
    IMB_MGR *mgr = mb;
    size_t done = 0;

    for (size_t i = 0; i < n; i++) {
        IMB_JOB *job = IMB_GET_NEXT_JOB(mgr);
        job->cipher_mode = IMB_CIPHER_NULL;
        job->hash_alg = IMB_AUTH_SHA_256;
        job->cipher_direction = IMB_DIR_ENCRYPT;
        job->chain_order = IMB_ORDER_HASH_CIPHER;
        job->src = src[i];
        job->hash_start_src_offset_in_bytes = 0;
        job->msg_len_to_hash_in_bytes = len;
        job->msg_len_to_cipher_in_bytes = 0;
        job->auth_tag_output = out[i];
        job->auth_tag_output_len_in_bytes = 32;
        for (job = IMB_SUBMIT_JOB_NOCHECK(mgr); job; job = IMB_GET_COMPLETED_JOB(mgr))
            done += job->status == IMB_STATUS_COMPLETED;
    }
    for (IMB_JOB *job = IMB_FLUSH_JOB(mgr); job; job = IMB_FLUSH_JOB(mgr))
        done += job->status == IMB_STATUS_COMPLETED;
    assert(done == n);
    (void)done;
}
