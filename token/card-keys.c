/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-keys.c - what a card does with its keys: sign, agree, make, prove.
 */
#include <string.h>

#include "token/card-private.h"

enum {
    TAG_ATTRIBUTES = 0xc1, /* of SIG; DEC and AUT follow */
    TAG_FINGERPRINT = 0xc7,
    TAG_DATE = 0xce,
    TAG_TOUCH = 0xd6,
    TAG_CIPHER = 0xa6,
    TAG_PUBLIC = 0x7f49,
    TAG_POINT = 0x86,
    POINT_NATIVE = 0x40,
    ATTRIBUTES_BYTES_MAX = 16,
    IMPORT_WITH_POINT = 0xff, /* behind them */
    SHA256_BYTES = 32
};

/* 6985 is said where a key is missing, and where a finger is. */
static n2_token_code
why_conditions(n2_card *card, n2_card_slot slot)
{
    const n2_openpgp_info *info;
    uint16_t status = card->status;
    n2_token_code code;

    card->has_info = false; /* as it is now */
    code = n2_card_info(card, &info);
    card->status = status;
    if (code)
        return code;
    bool is_touch =
        info->slot[slot].touch != N2_TOUCH_OFF && info->slot[slot].touch != N2_TOUCH_UNKNOWN;
    return is_touch && info->slot[slot].origin != N2_KEY_NONE ? N2_TOKEN_TOUCH_TIMEOUT
                                                              : N2_TOKEN_KEY_MISSING;
}

/* A command that uses a key. */
static n2_token_code
use(n2_card *card, n2_card_slot slot, const n2_apdu *apdu)
{
    n2_token_code code = n2_card_do(card, apdu);

    if (code == N2_TOKEN_PIN_NEEDED)
        card->pin = slot == N2_CARD_SIG ? N2_CARD_PW1_SIGN : N2_CARD_PW1;
    if (code && card->status == N2_SW_CONDITIONS)
        return why_conditions(card, slot);
    return code;
}

n2_token_code
n2_card_sign(n2_card *card,
             n2_card_slot slot,
             const n2_card_key *key,
             const uint8_t digest[static N2_CARD_DIGEST_BYTES],
             uint8_t *out)
{
    uint8_t hashed[SHA256_BYTES], signature[N2_CARD_SIGNATURE_BYTES_MAX];
    n2_apdu apdu = {.ins = slot == N2_CARD_SIG ? N2_INS_PSO : N2_INS_AUTHENTICATE,
                    .p1 = slot == N2_CARD_SIG ? 0x9e : 0,
                    .p2 = slot == N2_CARD_SIG ? 0x9a : 0,
                    .data = digest,
                    .n = N2_CARD_DIGEST_BYTES,
                    .wants_answer = true};
    n2_card_method method = (n2_card_method)key->method;
    const n2_card_crypto *crypto = card->crypto;

    if (slot == N2_CARD_DEC)
        return N2_TOKEN_USAGE;
    if (!n2_card_method_fits(method, slot))
        return N2_TOKEN_NO_ALGORITHM;
    if (method == N2_CARD_P256) {
        if (!crypto->hash(crypto->user, N2_CARD_SHA256, digest, N2_CARD_DIGEST_BYTES,
                          N2_CARD_DIGEST_BYTES, hashed))
            return N2_TOKEN_USAGE;
        apdu.data = hashed;
        apdu.n = sizeof hashed;
    }
    n2_token_code code = use(card, slot, &apdu);
    if (!code)
        code = n2_card_signature_read(method, card->io.answer, card->io.n_answer, signature);
    if (!code && !crypto->verify(crypto->user, key, digest, N2_CARD_DIGEST_BYTES, signature))
        code = N2_TOKEN_NOT_PROVEN;
    if (!code)
        memcpy(out, signature, n2_card_method_result_bytes(method));
    explicit_bzero(signature, sizeof signature);
    return code;
}

/* A6 { 7F49 { 86 { point } } } into card->data; returns its bytes. */
static size_t
put_point(n2_card *card, const n2_card_key *peer, bool is_native)
{
    n2_writer w = n2_writer_init(card->data, sizeof card->data);
    size_t point = peer->n + (is_native ? 1u : 0u), n = 0;

    n2_tlv_write_head(&w, TAG_CIPHER, point + 5);
    n2_tlv_write_head(&w, TAG_PUBLIC, point + 2);
    n2_tlv_write_head(&w, TAG_POINT, point);
    if (is_native)
        n2_write_u8(&w, POINT_NATIVE);
    n2_write_bytes(&w, peer->bytes, peer->n);
    return n2_writer_finish(&w, &n) ? 0 : n;
}

n2_token_code
n2_card_agree(n2_card *card, const n2_card_key *peer, uint8_t *out)
{
    n2_card_method method = (n2_card_method)peer->method;
    n2_apdu apdu = {
        .ins = N2_INS_PSO, .p1 = 0x80, .p2 = 0x86, .data = card->data, .wants_answer = true};
    n2_card_key same;

    if (!n2_card_method_fits(method, N2_CARD_DEC))
        return N2_TOKEN_NO_ALGORITHM;
    if (n2_card_point_read(method, peer->bytes, peer->n, &same) || same.n != peer->n)
        return N2_TOKEN_USAGE;
    apdu.n = put_point(card, peer, false);
    n2_token_code code = use(card, N2_CARD_DEC, &apdu);
    bool is_form_refused = card->status == N2_SW_DATA || card->status == N2_SW_LENGTH;
    if (is_form_refused && method != N2_CARD_P256_ECDH) {
        apdu.n = put_point(card, peer, true); /* some want 40 before the point */
        code = use(card, N2_CARD_DEC, &apdu);
    }
    if (!code)
        code = n2_card_shared_read(method, card->io.answer, card->io.n_answer, out);
    explicit_bzero(card->io.answer, sizeof card->io.answer);
    explicit_bzero(card->io.piece, sizeof card->io.piece);
    return code;
}

n2_token_code
n2_card_prove(n2_card *card, n2_card_slot slot, const n2_card_key *key)
{
    const n2_card_crypto *crypto = card->crypto;
    uint8_t digest[N2_CARD_DIGEST_BYTES], answer[N2_CARD_SIGNATURE_BYTES_MAX];
    uint8_t shared[N2_CARD_SHARED_BYTES_MAX], differ = 0;
    n2_card_key point;
    n2_token_code code;

    if (!n2_card_method_fits((n2_card_method)key->method, slot))
        return N2_TOKEN_NO_ALGORITHM;
    if (slot != N2_CARD_DEC) { /* chance: no statement's hash */
        crypto->random(crypto->user, digest, sizeof digest);
        return n2_card_sign(card, slot, key, digest, answer);
    }
    if (!crypto->agree(crypto->user, key, &point, shared))
        return N2_TOKEN_USAGE;
    code = n2_card_agree(card, &point, answer);
    for (size_t i = 0; !code && i < n2_card_method_result_bytes((n2_card_method)key->method);
         i++)
        differ |= answer[i] ^ shared[i];
    explicit_bzero(shared, sizeof shared);
    explicit_bzero(answer, sizeof answer);
    return differ || code == N2_TOKEN_WEAK ? N2_TOKEN_NOT_PROVEN : code;
}

/* ---- making ---- */

static n2_token_code
put_method(n2_card *card, n2_card_slot slot, n2_card_method method, unsigned form, bool with_ff)
{
    uint8_t written[ATTRIBUTES_BYTES_MAX + 1];
    size_t n;
    const uint8_t *attributes = n2_card_attributes(method, slot, form, &n);

    if (!attributes || n > ATTRIBUTES_BYTES_MAX)
        return N2_TOKEN_NO_ALGORITHM;
    memcpy(written, attributes, n);
    written[n] = IMPORT_WITH_POINT;
    n2_token_code code =
        n2_card_put(card, (uint16_t)(TAG_ATTRIBUTES + slot), written, n + (with_ff ? 1u : 0u));
    card->has_info = false;
    return code == N2_TOKEN_REFUSED || code == N2_TOKEN_NO_FUNCTION ? N2_TOKEN_NO_ALGORITHM
                                                                    : code;
}

/* As gpg writes it; if the card wants it as it lists it, with the format of imports, so. */
static n2_token_code
put_offered(n2_card *card, n2_card_slot slot, n2_card_method method, unsigned i)
{
    unsigned form = card->info.slot[slot].offered_form[i];
    bool has_ff = card->info.slot[slot].is_offered_with_point[i];
    n2_token_code code = put_method(card, slot, method, form, false);

    return code == N2_TOKEN_NO_ALGORITHM && has_ff ? put_method(card, slot, method, form, true)
                                                   : code;
}

n2_token_code
n2_card_set_method(n2_card *card, n2_card_slot slot, n2_card_method method)
{
    const n2_openpgp_info *info;
    n2_token_code code = n2_card_info(card, &info);

    if (!code && !n2_card_method_fits(method, slot))
        code = N2_TOKEN_NO_ALGORITHM;
    if (code || info->slot[slot].method == method)
        return code;
    if (info->has_offered) {
        for (unsigned i = 0; i < info->slot[slot].n_offered; i++)
            if (info->slot[slot].offered[i] == method)
                return put_offered(card, slot, method, i);
        return N2_TOKEN_NO_ALGORITHM;
    }
    code = put_method(card, slot, method, 0, false);
    return code == N2_TOKEN_NO_ALGORITHM ? put_method(card, slot, method, 1, false) : code;
}

n2_token_code
n2_card_set_date(n2_card *card,
                 n2_card_slot slot,
                 n2_card_method method,
                 const uint8_t *point,
                 size_t n_point,
                 uint32_t created)
{
    uint8_t fingerprint[N2_CARD_FINGERPRINT_BYTES];
    const uint8_t date[] = {(uint8_t)(created >> 24), (uint8_t)(created >> 16),
                            (uint8_t)(created >> 8), (uint8_t)created};
    n2_token_code code =
        n2_card_fingerprint(card->crypto, method, slot, point, n_point, created, fingerprint);

    card->has_info = false;
    if (!code)
        code = n2_card_put(card, (uint16_t)(TAG_FINGERPRINT + slot), fingerprint,
                           sizeof fingerprint);
    return code ? code : n2_card_put(card, (uint16_t)(TAG_DATE + slot), date, sizeof date);
}

n2_token_code
n2_card_generate(
    n2_card *card, n2_card_slot slot, n2_card_method method, uint32_t created, n2_card_key *key)
{
    uint8_t point[N2_CARD_KEY_BYTES_MAX];
    size_t n_point;
    n2_token_code code = n2_card_set_method(card, slot, method);

    if (!code)
        code = n2_card_key_command(card, slot, 0x80);
    if (code == N2_TOKEN_PIN_NEEDED)
        card->pin = N2_CARD_PW3;
    if (code)
        return code;
    card->has_info = false;
    code = n2_card_key_answer(card, method, key, point, &n_point);
    return code ? code : n2_card_set_date(card, slot, method, point, n_point, created);
}
