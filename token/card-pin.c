/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-pin.c - PINs: what is looked at before one is sent, and what the card makes of it.
 */
#include <string.h>

#include "token/card-private.h"

enum {
    TAG_KDF = 0xf9,
    TAG_RESET_CODE = 0xd3,
    SW_TRIES = 0x63c0, /* the last digit: tries left */
    PW1_BYTES_MIN = 6,
    PW3_BYTES_MIN = 8
};

static size_t
shortest(n2_card_pin pin)
{
    return pin == N2_CARD_PW1 || pin == N2_CARD_PW1_SIGN ? PW1_BYTES_MIN : PW3_BYTES_MIN;
}

static n2_token_code
read_kdf(n2_card *card, n2_openpgp_kdf *kdf)
{
    bool found;
    n2_token_code code = n2_card_get(card, TAG_KDF, &found);

    *kdf = (n2_openpgp_kdf){.is_on = false};
    if (code || !found)
        return code;
    return n2_openpgp_kdf_read(kdf, card->io.answer, card->io.n_answer) ? N2_TOKEN_PIN_HASHED
                                                                        : N2_TOKEN_OK;
}

/* May this PIN be tried at all? */
static n2_token_code
look_at_tries(n2_card *card, n2_card_pin pin, bool is_last_allowed)
{
    card->pin = (uint8_t)pin;
    n2_token_code code = n2_card_tries(card, pin, &card->tries);
    if (code)
        return code;
    if (!card->tries)
        return N2_TOKEN_PIN_BLOCKED;
    return card->tries == 1 && !is_last_allowed ? N2_TOKEN_PIN_LAST : N2_TOKEN_OK;
}

/* Adds what is sent for a PIN to card->data. */
static n2_token_code
add_pin(n2_card *card,
        n2_card_pin pin,
        const n2_card_entry *entry,
        const n2_openpgp_kdf *kdf,
        size_t *n)
{
    unsigned i = n2_openpgp_pin_index(pin);
    uint8_t most = card->info.pin_bytes_max[i];
    bool is_block = card->info.is_pin_block[i] && !kdf->is_on;
    size_t added = 0;

    if (!entry->n || entry->is_at_reader)
        return N2_TOKEN_PIN_NEEDED;
    if (entry->n < shortest(pin) || entry->n > N2_CARD_PIN_BYTES_MAX ||
        (!kdf->is_on && entry->n > most)) {
        card->pin = (uint8_t)pin;
        return N2_TOKEN_PIN_LENGTH;
    }
    if (is_block) {
        if (!n2_openpgp_pin_block(entry->bytes, entry->n, card->data + *n)) {
            card->pin = (uint8_t)pin;
            return N2_TOKEN_PIN_LENGTH;
        }
        *n += N2_CARD_PIN_BLOCK_BYTES;
        return N2_TOKEN_OK;
    }
    n2_token_code code = n2_openpgp_kdf_pin(kdf, card->crypto, pin, entry->bytes, entry->n,
                                            card->data + *n, &added);
    *n += added;
    return code;
}

/* What the card said to the PIN card->pin. */
static n2_token_code
judge(n2_card *card)
{
    uint8_t before = card->tries;
    uint16_t status = card->status;

    if (status == N2_SW_OK)
        return N2_TOKEN_OK;
    if ((status & 0xfff0) == SW_TRIES)
        card->tries = status & 0x0f;
    else if (status == N2_SW_BLOCKED)
        card->tries = 0;
    else if (status == N2_SW_SECURITY || status == 0x6300 || status == N2_SW_DATA ||
             status == N2_SW_LENGTH || status == N2_SW_CONDITIONS) {
        uint8_t left;
        n2_token_code code = n2_card_tries(card, (n2_card_pin)card->pin, &left);
        card->status = status;
        card->tries = code ? N2_TOKEN_TRIES_UNKNOWN : left;
        if (!code && left == before && (status == N2_SW_DATA || status == N2_SW_LENGTH))
            return N2_TOKEN_PIN_LENGTH;
    } else {
        return status == N2_SW_INS || status == N2_SW_CLA ? N2_TOKEN_APPLET_CHANGED
                                                          : n2_apdu_code(status);
    }
    return card->tries ? N2_TOKEN_PIN_WRONG : N2_TOKEN_PIN_BLOCKED;
}

static n2_token_code
send_pin(n2_card *card, uint8_t ins, uint8_t p1, uint8_t p2, size_t n)
{
    const n2_apdu apdu = {.ins = ins, .p1 = p1, .p2 = p2, .data = card->data, .n = n};

    card->is_verified = true; /* whatever comes of it */
    n2_token_code code = n2_card_send(card, &apdu);
    explicit_bzero(card->data, sizeof card->data);
    explicit_bzero(card->io.command, sizeof card->io.command);
    return code ? code : judge(card);
}

/* The PIN goes from the reader's keys to the card. */
static n2_token_code
ask_reader(n2_card *card, uint8_t ins, n2_card_pin pin, bool is_change)
{
    const uint8_t header[4] = {0, ins, 0, (uint8_t)pin};
    uint8_t request[N2_PINPAD_REQUEST_BYTES_MAX];
    n2_pinpad can = n2_pinpad_ask(card->link);
    uint32_t how = is_change ? can.modify : can.verify;
    size_t n_answer = sizeof card->io.piece;
    const uint8_t *data;
    size_t n_data;

    if (!how ||
        card->info.is_pin_block[n2_openpgp_pin_index(pin)]) /* its keys make plain digits */
        return N2_TOKEN_NO_PINPAD;
    size_t n = n2_pinpad_request(header, (unsigned)shortest(pin),
                                 card->info.pin_bytes_max[n2_openpgp_pin_index(pin)], is_change,
                                 request);
    card->is_verified = true;
    n2_token_code code =
        card->link->control(card->link->user, how, request, n, card->io.piece, &n_answer);
    if (code)
        return code;
    if (n_answer != 2)
        return N2_TOKEN_MALFORMED;
    card->status = (uint16_t)(card->io.piece[0] << 8 | card->io.piece[1]);
    if (!n2_apdu_check(card->io.piece, n_answer, &data, &n_data))
        return N2_TOKEN_OK;
    code = n2_pinpad_code(card->status);
    return code ? code : judge(card);
}

bool
n2_card_has_pinpad(n2_card *card)
{
    n2_openpgp_kdf kdf;

    return n2_pinpad_ask(card->link).verify && !read_kdf(card, &kdf) && !kdf.is_on &&
           !card->info.is_pin_block[0];
}

n2_token_code
n2_card_verify(n2_card *card, n2_card_pin pin, const n2_card_entry *entry)
{
    n2_openpgp_kdf kdf;
    size_t n = 0;

    if (pin != N2_CARD_PW1 && pin != N2_CARD_PW1_SIGN && pin != N2_CARD_PW3)
        return N2_TOKEN_USAGE;
    n2_token_code code = look_at_tries(card, pin, entry->is_last_allowed);
    if (!code)
        code = read_kdf(card, &kdf);
    if (code)
        return code;
    if (entry->is_at_reader)
        return kdf.is_on ? N2_TOKEN_PIN_HASHED : ask_reader(card, N2_INS_VERIFY, pin, false);
    code = add_pin(card, pin, entry, &kdf, &n);
    return code ? code : send_pin(card, N2_INS_VERIFY, 0, (uint8_t)pin, n);
}

n2_token_code
n2_card_change_pin(n2_card *card,
                   n2_card_pin pin,
                   const n2_card_entry *old,
                   const n2_card_entry *new_pin)
{
    n2_openpgp_kdf kdf;
    size_t n = 0;

    if (pin != N2_CARD_PW1 && pin != N2_CARD_PW1_SIGN && pin != N2_CARD_PW3)
        return N2_TOKEN_USAGE;
    if (pin == N2_CARD_PW1)
        pin = N2_CARD_PW1_SIGN; /* PW1 is one PIN with two modes; CHANGE knows it as 81 */
    n2_token_code code = look_at_tries(card, pin, old->is_last_allowed);
    if (!code)
        code = read_kdf(card, &kdf);
    if (code)
        return code;
    if (old->is_at_reader)
        return kdf.is_on ? N2_TOKEN_PIN_HASHED : ask_reader(card, N2_INS_CHANGE, pin, true);
    code = add_pin(card, pin, old, &kdf, &n);
    if (!code)
        code = add_pin(card, pin, new_pin, &kdf, &n);
    return code ? code : send_pin(card, N2_INS_CHANGE, 0, (uint8_t)pin, n);
}

n2_token_code
n2_card_unblock(n2_card *card, const n2_card_entry *reset_code, const n2_card_entry *new_pin)
{
    n2_openpgp_kdf kdf;
    size_t n = 0;
    uint8_t tries;
    n2_token_code code = read_kdf(card, &kdf);

    if (!code && !reset_code)
        code = n2_card_tries(card, N2_CARD_PW1, &tries); /* for the greatest length */
    if (!code && reset_code)
        code = look_at_tries(card, N2_CARD_RESET_CODE, reset_code->is_last_allowed);
    if (!code && reset_code)
        code = add_pin(card, N2_CARD_RESET_CODE, reset_code, &kdf, &n);
    if (!code)
        code = add_pin(card, N2_CARD_PW1, new_pin, &kdf, &n);
    if (code)
        return code;
    if (reset_code)
        return send_pin(card, N2_INS_UNBLOCK, 0, N2_CARD_PW1_SIGN, n);
    const n2_apdu apdu = {
        .ins = N2_INS_UNBLOCK, .p1 = 2, .p2 = N2_CARD_PW1_SIGN, .data = card->data, .n = n};
    code = n2_card_do(card, &apdu);
    explicit_bzero(card->data, sizeof card->data);
    if (code == N2_TOKEN_PIN_NEEDED)
        card->pin = N2_CARD_PW3;
    return code;
}

n2_token_code
n2_card_set_reset_code(n2_card *card, const n2_card_entry *reset_code)
{
    n2_openpgp_kdf kdf;
    size_t n = 0;
    uint8_t tries;
    n2_token_code code = read_kdf(card, &kdf);

    if (!code)
        code = n2_card_tries(card, N2_CARD_RESET_CODE, &tries);
    if (!code && reset_code->n)
        code = add_pin(card, N2_CARD_RESET_CODE, reset_code, &kdf, &n);
    if (!code)
        code = n2_card_put(card, TAG_RESET_CODE, card->data, n);
    explicit_bzero(card->data, sizeof card->data);
    return code;
}
