/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-settings.c - touch, name, and a card as it left the factory.
 */
#include <string.h>

#include "token/card-private.h"

enum {
    TAG_NAME = 0x5b,
    TAG_TOUCH = 0xd6, /* of SIG; DEC and AUT follow */
    BUTTON = 0x20,
    DIGITS = 8,    /* of a PIN that is sent to be wrong */
    TRIES_MAX = 64 /* more than any PIN has */
};

static bool
is_fixed(unsigned touch)
{
    return touch == N2_TOUCH_FIXED || touch == N2_TOUCH_CACHED_FIXED;
}

n2_token_code
n2_card_set_touch(n2_card *card, n2_card_slot slot, n2_card_touch touch, bool is_fixed_allowed)
{
    const uint8_t value[] = {(uint8_t)touch, BUTTON};
    const n2_openpgp_info *info;
    n2_token_code code;

    if (touch > N2_TOUCH_CACHED_FIXED)
        return N2_TOKEN_USAGE;
    if (is_fixed(touch) && !is_fixed_allowed)
        return N2_TOKEN_CONSENT;
    code = n2_card_info(card, &info);
    if (code)
        return code;
    unsigned now = info->slot[slot].touch;
    if (now == N2_TOUCH_UNKNOWN)
        return N2_TOKEN_NO_FUNCTION;
    if (is_fixed(now) && now != touch)
        return N2_TOKEN_TOUCH_FIXED;
    code = n2_card_put(card, (uint16_t)(TAG_TOUCH + slot), value, sizeof value);
    card->has_info = false;
    if (code && card->status == N2_SW_DATA)
        return N2_TOKEN_NO_FUNCTION; /* a value that this card has not */
    return code && card->status == N2_SW_CONDITIONS ? N2_TOKEN_TOUCH_FIXED : code;
}

n2_token_code
n2_card_set_name(n2_card *card, const char *name, size_t n)
{
    if (n > N2_OPENPGP_NAME_BYTES_MAX)
        return N2_TOKEN_USAGE;
    card->has_info = false;
    return n2_card_put(card, TAG_NAME, (const uint8_t *)name, n);
}

/* Uses up the tries of a PIN: that is how a card is reset whose PINs nobody knows. */
static n2_token_code
block(n2_card *card, n2_card_pin pin)
{
    const n2_card_crypto *crypto = card->crypto;

    for (unsigned i = 0; i < TRIES_MAX; i++) {
        uint8_t digits[DIGITS], left;
        const n2_apdu apdu = {
            .ins = N2_INS_VERIFY, .p2 = (uint8_t)pin, .data = digits, .n = sizeof digits};
        n2_token_code code = n2_card_tries(card, pin, &left);
        if (code || !left)
            return code;
        crypto->random(crypto->user, digits, sizeof digits); /* no PIN that somebody may have */
        for (size_t d = 0; d < DIGITS; d++)
            digits[d] = (uint8_t)('0' + digits[d] % 10);
        card->is_verified = true;
        code = n2_card_send(card, &apdu);
        if (code)
            return code;
        if (card->status == N2_SW_INS || card->status == N2_SW_CLA)
            return N2_TOKEN_APPLET_CHANGED;
    }
    return N2_TOKEN_REFUSED;
}

static n2_token_code
simple(n2_card *card, uint8_t ins)
{
    const n2_apdu apdu = {.ins = ins};
    n2_token_code code = n2_card_send(card, &apdu);

    return code ? code : n2_apdu_code(card->status);
}

n2_token_code
n2_card_factory_reset(n2_card *card, bool is_allowed)
{
    if (!is_allowed)
        return N2_TOKEN_CONSENT;
    n2_token_code code = N2_TOKEN_OK;
    if (!card->is_switched_off)
        code = simple(card, N2_INS_TERMINATE);
    if (code && (card->status == N2_SW_SECURITY || card->status == N2_SW_CONDITIONS)) {
        code = block(card, N2_CARD_PW1_SIGN);
        if (!code)
            code = block(card, N2_CARD_PW3);
        if (!code)
            code = simple(card, N2_INS_TERMINATE);
    }
    if (code)
        return code;
    card->has_info = false;
    card->is_switched_off = true;
    code = simple(card, N2_INS_ACTIVATE);
    if (!code)
        code = n2_card_select(card);
    card->is_switched_off = code != N2_TOKEN_OK;
    return code;
}
