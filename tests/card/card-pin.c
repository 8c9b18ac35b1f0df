/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-pin.c - PW1, PW3 and the reset code of the virtual card, sections 4.2, 7.2.2 to 7.2.4.
 *
 * A try is counted down before the PIN is looked at, so that power lost in between costs it.
 */
#include "card-private.h"

#include <sodium.h>

enum pin {
    PW1,
    RESET_CODE,
    PW3,
};

static size_t
shortest(enum pin pin)
{
    return pin == PW1 ? 6 : 8;
}

static uint8_t
tries_of(const card *c, enum pin pin)
{
    return card_get(c, REC_TRIES, NULL)[pin];
}

/* What sets the tries of a PIN, for one write; @bytes lives as long as that. */
static change
tries_change(const card *c, enum pin pin, uint8_t tries, uint8_t bytes[3])
{
    memcpy(bytes, card_get(c, REC_TRIES, NULL), 3);
    bytes[pin] = tries;
    return (change){REC_TRIES, bytes, 3};
}

static void
set_tries(card *c, enum pin pin, uint8_t tries)
{
    uint8_t bytes[3];
    change now = tries_change(c, pin, tries, bytes);

    card_put_all(c, &now, 1);
}

/* May it be one?  A block of format 2 has eight bytes, the first tells how many digits there
 * are. */
static bool
is_good(const card *c, enum pin pin, const uint8_t *bytes, size_t n)
{
    if (HAS(c, PIN_BLOCK))
        return n == 8 && bytes[0] >> 4 == 2 && (bytes[0] & 0x0fu) >= shortest(pin) &&
               (bytes[0] & 0x0f) <= 12;
    return n >= shortest(pin) && n <= CARD_PIN_MAX;
}

bool
card_is_open(const card *c, unsigned mode)
{
    return c->open[mode] || (mode == 2 && c->open[3] && HAS(c, PW3_OPENS));
}

static void
close_pin(card *c, enum pin pin)
{
    if (pin == PW1)
        c->open[1] = c->open[2] = false;
    if (pin == PW3)
        c->open[3] = false;
}

/* The status word of a try that failed; @tries are left. */
static int
failed(const card *c, uint8_t tries)
{
    if (HAS(c, PIN_63C))
        return SW_TRIES_LEFT | tries;
    return tries || HAS(c, LAST_6982) ? SW_SECURITY : SW_BLOCKED;
}

/* Compares; costs a try if it is wrong, restores all of them if it is right. */
static int
try_pin(card *c, enum pin pin, const uint8_t *bytes, size_t n)
{
    size_t right_n;
    const uint8_t *right = card_get(c, REC_PIN + 1 + (uint32_t)pin, &right_n);
    uint8_t tries = tries_of(c, pin);

    if (!tries || !right)
        return SW_BLOCKED;
    tries--;
    set_tries(c, pin, tries);
    if (n != right_n || sodium_memcmp(bytes, right, n) != 0)
        return failed(c, tries);
    set_tries(c, pin, TRIES);
    return SW_OK;
}

static int
bad_length(card *c, enum pin pin)
{
    uint8_t tries = tries_of(c, pin);

    if (HAS(c, SHORT_COUNTS)) {
        if (!tries)
            return SW_BLOCKED;
        set_tries(c, pin, (uint8_t)(tries - 1));
        return failed(c, (uint8_t)(tries - 1));
    }
    return HAS(c, SHORT_6700) ? SW_LENGTH : SW_DATA;
}

int
card_verify(card *c, const command *in)
{
    unsigned mode = in->p2 - 0x80u;
    enum pin pin = mode == 3 ? PW3 : PW1;

    if (mode < 1 || mode > 3 || (in->p1 && in->p1 != 0xff))
        return SW_P1P2;
    if (in->p1) {
        if (HAS(c, NO_DROP))
            return SW_P1P2;
        if (in->n)
            return SW_LENGTH;
        c->open[mode] = false;
        return SW_OK;
    }
    if (!in->n) {
        if (card_is_open(c, mode))
            return SW_OK;
        if (HAS(c, STATUS_6982))
            return SW_SECURITY;
        if (!tries_of(c, pin) && HAS(c, STATUS_6983))
            return SW_BLOCKED;
        return SW_TRIES_LEFT | tries_of(c, pin);
    }
    if (!is_good(c, pin, in->data, in->n)) {
        if (HAS(c, SHORT_COUNTS))
            c->open[mode] = false;
        return bad_length(c, pin);
    }
    c->open[mode] = false;
    int sw = try_pin(c, pin, in->data, in->n);
    c->open[mode] = sw == SW_OK;
    return sw;
}

int
card_change(card *c, const command *in)
{
    enum pin pin = in->p2 == 0x83 ? PW3 : PW1;
    uint32_t id = REC_PIN + 1 + (uint32_t)pin;
    size_t old;

    if (in->p1 || (in->p2 != 0x81 && in->p2 != 0x83))
        return SW_P1P2;
    if (in->n < 2 * shortest(pin) || in->n > 2 * CARD_PIN_MAX)
        return bad_length(c, pin);
    (void)card_get(c, id, &old);
    if (old > in->n)
        old = in->n; /* and wrong */
    close_pin(c, pin);
    int sw = try_pin(c, pin, in->data, old);
    if (sw != SW_OK)
        return sw;
    if (!is_good(c, pin, in->data + old, in->n - old))
        return HAS(c, SHORT_6700) ? SW_LENGTH : SW_DATA;
    card_put(c, id, in->data + old, in->n - old);
    return SW_OK;
}

int
card_unblock(card *c, const command *in)
{
    const uint8_t *new_pin = in->data;
    size_t n = in->n;
    uint8_t tries[3];

    if (in->p2 != 0x81 || (in->p1 != 0 && in->p1 != 2))
        return SW_P1P2;
    if (in->p1 == 2) {
        if (!card_is_open(c, 3))
            return SW_SECURITY;
    } else {
        size_t code;
        if (!card_get(c, REC_PIN + 1 + RESET_CODE, &code) || !tries_of(c, RESET_CODE))
            return SW_BLOCKED;
        if (n < shortest(RESET_CODE) + shortest(PW1))
            return bad_length(c, RESET_CODE);
        if (code > n)
            code = n;
        int sw = try_pin(c, RESET_CODE, in->data, code);
        if (sw != SW_OK)
            return sw;
        new_pin += code;
        n -= code;
    }
    if (!is_good(c, PW1, new_pin, n))
        return HAS(c, SHORT_6700) ? SW_LENGTH : SW_DATA;
    close_pin(c, PW1);
    const change both[] = {{REC_PIN + 1 + PW1, new_pin, n}, tries_change(c, PW1, TRIES, tries)};
    card_put_all(c, both, 2);
    return SW_OK;
}

/* PUT DATA of D3; empty takes the code away. */
int
card_set_reset_code(card *c, const command *in)
{
    uint8_t tries[3];

    if (in->n && !is_good(c, RESET_CODE, in->data, in->n))
        return HAS(c, SHORT_6700) ? SW_LENGTH : SW_DATA;
    const change both[] = {{REC_PIN + 1 + RESET_CODE, in->n ? in->data : NULL, in->n},
                           tries_change(c, RESET_CODE, in->n ? TRIES : 0, tries)};
    card_put_all(c, both, 2);
    return SW_OK;
}

/*
 * PUT DATA of F9, section 4.3.2: from now on PINs come hashed.  PW1 and PW3 become the initial
 * hashes that the object brings, or the delivered PINs without a KDF; the reset code goes.
 */
int
card_set_kdf(card *c, const command *in)
{
    const uint8_t *at = in->data;
    size_t left = in->n, want = 0;
    tlv part, got[8] = {{0}};

    while (left) {
        if (!card_tlv(&at, &left, &part) || part.tag < 0x81 || part.tag > 0x88 ||
            got[part.tag & 7].tag)
            return SW_DATA;
        got[part.tag & 7] = part;
    }
    if (got[1].n != 1 || (got[1].bytes[0] != 0 && got[1].bytes[0] != 3))
        return SW_DATA;
    bool is_on = got[1].bytes[0];
    if (is_on) {
        want = got[2].n != 1 ? 0 : got[2].bytes[0] == 8 ? 32 : got[2].bytes[0] == 10 ? 64 : 0;
        if (!want || got[3].n != 4 || got[4].n != 8 || (got[5].tag && got[5].n != 8) ||
            (got[6].tag && got[6].n != 8) || got[7].n != want || got[0].n != want)
            return SW_DATA;
    } else if (in->n != 3) {
        return SW_DATA;
    }
    const uint8_t tries[3] = {TRIES, 0, TRIES};
    const change all[] = {
        {0xf9, in->data, in->n},
        {REC_TRIES, tries, 3},
        {REC_PIN + 1 + PW1, is_on ? got[7].bytes : (const uint8_t *)"123456", is_on ? want : 6},
        {REC_PIN + 1 + PW3, is_on ? got[0].bytes : (const uint8_t *)"12345678",
         is_on ? want : 8},
        {REC_PIN + 1 + RESET_CODE, NULL, 0},
    };
    card_put_all(c, all, HAS(c, KDF_KEEPS) ? 1 : sizeof all / sizeof *all);
    close_pin(c, PW1);
    close_pin(c, PW3);
    return SW_OK;
}
