/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-import.c - a key from outside onto a card, proven before it counts.
 */
#include <string.h>

#include "token/card-private.h"

enum {
    TAG_LIST = 0x4d,
    TAG_TEMPLATE = 0x7f48,
    TAG_DATA = 0x5f48,
    TAG_PRIVATE = 0x92,
    TAG_PUBLIC = 0x99,
    TAG_FINGERPRINT = 0xc7, /* of SIG; DEC and AUT follow */
    WAYS = 4 /* to write the same import: template short or long, point left out or there */
};

typedef struct {
    n2_card_slot slot;
    const n2_card_import_key *key;
    n2_card_method method;
    size_t n_secret;
    const uint8_t *point; /* as cards write it */
    size_t n_point;
} incoming;

static bool
is_montgomery(n2_card_method method)
{
    return method == N2_CARD_X25519 || method == N2_CARD_X448;
}

/* 4D { control reference, 7F48 { 92 length [99 length] }, 5F48 { key [point] } }; returns its
 * bytes. */
static size_t
put_import(n2_card *card, const incoming *in, bool is_long, bool with_point, bool is_turned)
{
    uint8_t crt[N2_CRT_BYTES_MAX];
    size_t n_crt = n2_card_crt(in->slot, is_long, crt), n = 0;
    size_t n_point = with_point ? in->n_point : 0, n_template = with_point ? 4 : 2;
    n2_writer w = n2_writer_init(card->data, sizeof card->data);

    size_t n_data = in->n_secret + n_point;
    size_t n_list = n_crt + 3 + n_template + (n_data > 127 ? 4u : 3u) + n_data;
    n2_tlv_write_head(&w, TAG_LIST, n_list);
    n2_write_bytes(&w, crt, n_crt);
    n2_tlv_write_head(&w, TAG_TEMPLATE, n_template);
    n2_write_u8(&w, TAG_PRIVATE);
    n2_write_u8(&w, (uint8_t)in->n_secret);
    if (with_point) {
        n2_write_u8(&w, TAG_PUBLIC);
        n2_write_u8(&w, (uint8_t)n_point);
    }
    n2_tlv_write_head(&w, TAG_DATA, n_data);
    uint8_t *secret = n2_write_reserve(&w, in->n_secret);
    for (size_t i = 0; secret && i < in->n_secret; i++)
        secret[i] = in->key->secret[is_turned ? in->n_secret - 1 - i : i];
    n2_write_bytes(&w, in->point, n_point);
    return n2_writer_finish(&w, &n) ? 0 : n;
}

/* One byte order, in all ways of writing until the card takes one. */
static n2_token_code
put_key(n2_card *card, const incoming *in, bool is_turned)
{
    bool wants_point = card->info.slot[in->slot].is_point_wanted;
    n2_token_code code = N2_TOKEN_OK;

    for (unsigned way = 0; way < WAYS; way++) {
        n2_apdu apdu = {.ins = N2_INS_IMPORT, .p1 = 0x3f, .p2 = 0xff, .data = card->data};
        apdu.n = put_import(card, in, way & 1, (way >> 1) != wants_point, is_turned);
        code = n2_card_do(card, &apdu);
        explicit_bzero(card->data, sizeof card->data);
        explicit_bzero(card->io.command, sizeof card->io.command);
        if (code == N2_TOKEN_PIN_NEEDED)
            card->pin = N2_CARD_PW3;
        if (card->status != N2_SW_DATA && card->status != N2_SW_LENGTH)
            break;
    }
    return code;
}

static n2_token_code
put_and_prove(n2_card *card,
              const incoming *in,
              bool is_turned,
              const n2_card_entry *pw1,
              bool *is_verified)
{
    n2_token_code code = put_key(card, in, is_turned);

    if (!code && !*is_verified) {
        code =
            n2_card_verify(card, in->slot == N2_CARD_SIG ? N2_CARD_PW1_SIGN : N2_CARD_PW1, pw1);
        *is_verified = !code;
    }
    if (code)
        return code;
    code = n2_card_prove(card, in->slot, &in->key->key);
    bool is_unproven = code == N2_TOKEN_MALFORMED || code == N2_TOKEN_KEY_MISSING ||
                       code == N2_TOKEN_REFUSED; /* it does not use what it took */
    return is_unproven ? N2_TOKEN_NOT_PROVEN : code;
}

/* What the slot holds now is no key that anybody knows: others shall take it for empty. */
static void
forget_date(n2_card *card, n2_card_slot slot)
{
    static const uint8_t none[N2_CARD_FINGERPRINT_BYTES];
    uint16_t status = card->status;

    (void)!n2_card_put(card, (uint16_t)(TAG_FINGERPRINT + slot), none, sizeof none);
    card->has_info = false;
    card->status = status; /* the failure before is what is told */
}

n2_token_code
n2_card_import(n2_card *card,
               n2_card_slot slot,
               const n2_card_import_key *key,
               uint32_t created,
               const n2_card_entry *pw1)
{
    incoming in = {.slot = slot,
                   .key = key,
                   .method = (n2_card_method)key->key.method,
                   .point = key->key.bytes,
                   .n_point = key->key.n};
    const n2_openpgp_info *info;
    bool is_verified = false;

    in.n_secret = n2_card_method_secret_bytes(in.method);
    if (in.method == N2_CARD_P256) {
        in.point = key->point;
        in.n_point = sizeof key->point;
    }
    n2_token_code code = n2_card_set_method(card, slot, in.method);
    if (!code)
        code = n2_card_info(card, &info);
    if (!code && !info->can_import)
        code = N2_TOKEN_NO_FUNCTION;
    if (code)
        return code;
    /* OpenPGP writes scalars big-endian; cards exist that take them the other way round, and
     * cards that say 9000 to either. */
    bool is_turned = is_montgomery(in.method);
    code = put_and_prove(card, &in, is_turned, pw1, &is_verified);
    bool was_unproven = code == N2_TOKEN_NOT_PROVEN;
    if (is_turned && (was_unproven || code == N2_TOKEN_REFUSED))
        code = put_and_prove(card, &in, false, pw1, &is_verified);
    if (code == N2_TOKEN_REFUSED && was_unproven)
        code = N2_TOKEN_NOT_PROVEN; /* it holds what it took before */
    if (code == N2_TOKEN_NOT_PROVEN)
        forget_date(card, slot);
    return code ? code : n2_card_set_date(card, slot, in.method, in.point, in.n_point, created);
}
