/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card.c - a transaction with an OpenPGP card: its beginning and end, and what can be read.
 */
#include "token/card.h"

#include <string.h>

#include "token/card-private.h"

enum {
    TAG_AID = 0x4f,
    TAG_CARDHOLDER = 0x65,
    TAG_APPLICATION = 0x6e,
    TAG_SECURITY = 0x7a,
    TAG_PINS = 0xc4,
    TAG_TOUCH = 0xd6,
    TAG_KEYS = 0xde,
    TAG_OFFERED = 0xfa,
    TAG_PUBLIC = 0x7f49,
    TAG_POINT = 0x86,

    SW_ABSENT_FILE = 0x6a82,
    SW_TERMINATED = 0x6285,
    SW_DEACTIVATED = 0x6283
};

n2_token_code
n2_card_send(n2_card *card, const n2_apdu *apdu)
{
    n2_token_code code = n2_apdu_send(card->link, apdu, &card->io);

    card->status = card->io.status;
    return code;
}

n2_token_code
n2_card_do(n2_card *card, const n2_apdu *apdu)
{
    n2_token_code code = n2_card_send(card, apdu);

    if (code)
        return code;
    if (card->status == N2_SW_INS || card->status == N2_SW_CLA)
        return N2_TOKEN_APPLET_CHANGED; /* ours knows the command */
    return n2_apdu_code(card->status);
}

n2_token_code
n2_card_get(n2_card *card, uint16_t tag, bool *found)
{
    const n2_apdu apdu = {
        .ins = N2_INS_GET, .p1 = (uint8_t)(tag >> 8), .p2 = (uint8_t)tag, .wants_answer = true};
    n2_token_code code = n2_card_do(card, &apdu);

    bool is_absent = code == N2_TOKEN_KEY_MISSING || code == N2_TOKEN_REFUSED || /* 6A88, ... */
                     code == N2_TOKEN_NO_FUNCTION || code == N2_TOKEN_PIN_NEEDED;
    *found = !code;
    return is_absent ? N2_TOKEN_OK : code;
}

n2_token_code
n2_card_put(n2_card *card, uint16_t tag, const uint8_t *bytes, size_t n)
{
    const n2_apdu apdu = {.ins = N2_INS_PUT,
                          .p1 = (uint8_t)(tag >> 8),
                          .p2 = (uint8_t)tag,
                          .data = bytes,
                          .n = n};
    n2_token_code code = n2_card_do(card, &apdu);

    if (code == N2_TOKEN_PIN_NEEDED)
        card->pin = N2_CARD_PW3;
    return code == N2_TOKEN_KEY_MISSING ? N2_TOKEN_NO_FUNCTION : code; /* no such object */
}

n2_token_code
n2_card_select(n2_card *card)
{
    const n2_apdu apdu = {.ins = N2_INS_SELECT, .p1 = 4, .data = n2_openpgp_select + 5, .n = 6};
    n2_token_code code = n2_card_send(card, &apdu);

    if (code)
        return code;
    if (card->status == SW_TERMINATED || card->status == SW_DEACTIVATED)
        return N2_TOKEN_SWITCHED_OFF;
    return card->status == N2_SW_OK ? N2_TOKEN_OK : N2_TOKEN_NO_APPLET;
}

n2_token_code
n2_card_open(n2_card *card, const n2_card_link *link, const n2_card_crypto *crypto)
{
    explicit_bzero(card, sizeof *card);
    card->link = link;
    card->crypto = crypto;
    card->tries = N2_TOKEN_TRIES_UNKNOWN;
    n2_token_code code = link->begin(link->user);
    card->is_open = !code;
    if (!code)
        code = n2_card_select(card);
    card->is_switched_off = code == N2_TOKEN_SWITCHED_OFF;
    return code;
}

void
n2_card_close(n2_card *card)
{
    if (card->is_open)
        card->link->end(card->link->user, card->is_verified);
    explicit_bzero(card, sizeof *card);
}

n2_token_result
n2_card_result(const n2_card *card, n2_token_code code)
{
    return (n2_token_result){code, card->status, card->pin, card->tries};
}

n2_token_code
n2_card_aid(n2_card *card, n2_openpgp_aid *aid)
{
    n2_openpgp_info info;
    bool found;
    n2_token_code code = n2_card_get(card, TAG_AID, &found);

    if (code)
        return code;
    n2_openpgp_info_init(&info);
    uint16_t tag = found ? TAG_AID : TAG_APPLICATION; /* where it is, too */
    if (!found)
        code = n2_card_get(card, tag, &found);
    if (code)
        return code;
    if (!found || n2_openpgp_read(&info, tag, card->io.answer, card->io.n_answer) ||
        !info.has_aid)
        return N2_TOKEN_MALFORMED;
    *aid = info.aid;
    return N2_TOKEN_OK;
}

/* Reads an object into card->info; what is not there or makes no sense tells nothing. */
static n2_token_code
add(n2_card *card, uint16_t tag)
{
    bool found;
    n2_token_code code = n2_card_get(card, tag, &found);

    if (!code && found && card->io.n_answer &&
        n2_openpgp_read(&card->info, tag, card->io.answer, card->io.n_answer))
        return N2_TOKEN_OK; /* as it was */
    return code;
}

/* What 6E has not said may be said alone. */
static n2_token_code
add_missing(n2_card *card)
{
    n2_token_code code = card->info.has_pins ? N2_TOKEN_OK : add(card, TAG_PINS);

    for (unsigned i = 0; !code && i < N2_CARD_SLOTS; i++)
        if (card->info.slot[i].touch == N2_TOUCH_UNKNOWN)
            code = add(card, (uint16_t)(TAG_TOUCH + i));
    if (!code && card->info.slot[N2_CARD_AUT].origin == N2_KEY_UNKNOWN)
        code = add(card, TAG_KEYS);
    if (!code)
        code = add(card, TAG_OFFERED);
    if (!code)
        code = add(card, TAG_CARDHOLDER);
    return code ? code : add(card, TAG_SECURITY);
}

n2_token_code
n2_card_info(n2_card *card, const n2_openpgp_info **info)
{
    bool found;

    *info = &card->info;
    if (card->has_info)
        return N2_TOKEN_OK;
    n2_openpgp_info_init(&card->info);
    n2_token_code code = n2_card_get(card, TAG_APPLICATION, &found);
    if (code)
        return code;
    if (!found ||
        n2_openpgp_read(&card->info, TAG_APPLICATION, card->io.answer, card->io.n_answer))
        return N2_TOKEN_MALFORMED;
    if (!card->info.has_aid)
        code = add(card, TAG_AID);
    if (!code)
        code = add_missing(card);
    if (!code && (!card->info.has_aid || !card->info.has_pins))
        code = N2_TOKEN_MALFORMED;
    card->has_info = !code;
    return code;
}

n2_token_code
n2_card_tries(n2_card *card, n2_card_pin pin, uint8_t *tries)
{
    n2_openpgp_info info;
    bool found;
    n2_token_code code = n2_card_get(card, TAG_PINS, &found);

    n2_openpgp_info_init(&info);
    if (!code && found && n2_openpgp_read(&info, TAG_PINS, card->io.answer, card->io.n_answer))
        return N2_TOKEN_MALFORMED;
    if (!code && !info.has_pins) {
        code = n2_card_get(card, TAG_APPLICATION, &found);
        if (!code && (!found || n2_openpgp_read(&info, TAG_APPLICATION, card->io.answer,
                                                card->io.n_answer)))
            code = N2_TOKEN_MALFORMED;
    }
    if (code)
        return code;
    if (!info.has_pins)
        return N2_TOKEN_MALFORMED;
    memcpy(card->info.tries, info.tries, sizeof info.tries);
    memcpy(card->info.pin_bytes_max, info.pin_bytes_max, sizeof info.pin_bytes_max);
    memcpy(card->info.is_pin_block, info.is_pin_block, sizeof info.is_pin_block);
    *tries = info.tries[n2_openpgp_pin_index(pin)];
    return N2_TOKEN_OK;
}

/* ---- public keys ---- */

size_t
n2_card_crt(n2_card_slot slot, bool is_long, uint8_t out[static N2_CRT_BYTES_MAX])
{
    static const uint8_t tags[N2_CARD_SLOTS] = {0xb6, 0xb8, 0xa4};
    const uint8_t crt[N2_CRT_BYTES_MAX] = {tags[slot], is_long ? 3 : 0, 0x84, 1,
                                           (uint8_t)(slot + 1)};

    memcpy(out, crt, sizeof crt);
    return is_long ? sizeof crt : 2;
}

n2_token_code
n2_card_key_command(n2_card *card, n2_card_slot slot, uint8_t p1)
{
    uint8_t crt[N2_CRT_BYTES_MAX];
    n2_apdu apdu = {.ins = N2_INS_GENERATE, .p1 = p1, .data = crt, .wants_answer = true};

    apdu.n = n2_card_crt(slot, false, crt);
    n2_token_code code = n2_card_do(card, &apdu);
    if (card->status == N2_SW_DATA || card->status == N2_SW_LENGTH) {
        apdu.n = n2_card_crt(slot, true, crt);
        code = n2_card_do(card, &apdu);
    }
    return code;
}

n2_token_code
n2_card_key_answer(
    n2_card *card, n2_card_method method, n2_card_key *key, uint8_t *point, size_t *n_point)
{
    n2_tlv all = n2_tlv_unwrap(TAG_PUBLIC, card->io.answer, card->io.n_answer, false), found;

    if (!n2_tlv_find(TAG_POINT, all.bytes, all.n, &found))
        return N2_TOKEN_MALFORMED;
    n2_token_code code = n2_card_point_read(method, found.bytes, found.n, key);
    if (code)
        return code;
    if (method == N2_CARD_P256) {
        *n_point = found.n;
        memcpy(point, found.bytes, found.n);
    } else {
        *n_point = key->n;
        memcpy(point, key->bytes, key->n);
    }
    return N2_TOKEN_OK;
}

n2_token_code
n2_card_public(n2_card *card, n2_card_slot slot, n2_card_key *key)
{
    const n2_openpgp_info *info;
    uint8_t point[N2_CARD_KEY_BYTES_MAX];
    size_t n_point;
    n2_token_code code = n2_card_info(card, &info);

    if (code)
        return code;
    if (info->slot[slot].origin == N2_KEY_NONE)
        return N2_TOKEN_KEY_MISSING;
    if (info->slot[slot].method == N2_CARD_NO_METHOD)
        return N2_TOKEN_NO_ALGORITHM;
    code = n2_card_key_command(card, slot, 0x81);
    /* A public key needs no PIN, and every card can read one: there is none. */
    if (card->status == N2_SW_CONDITIONS || code == N2_TOKEN_PIN_NEEDED ||
        code == N2_TOKEN_NO_FUNCTION)
        return N2_TOKEN_KEY_MISSING;
    if (code)
        return code;
    return n2_card_key_answer(card, (n2_card_method)info->slot[slot].method, key, point,
                              &n_point);
}
