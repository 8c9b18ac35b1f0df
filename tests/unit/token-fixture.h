/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * token-fixture.h - n2_card over the virtual card: a link, a reader's keys, fingers.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "card.h"
#include "token-crypto.h"
#include "token/card.h"

typedef struct {
    card *c;
    n2_card_link link;
    n2_card_crypto crypto;
    uint64_t seed;
    n2_card card;
    bool in_transaction;
    unsigned n_begun, n_resets, n_commands, n_verifies;
    bool is_lazy;      /* no finger comes */
    const char *typed; /* (nullable) at the reader's keys; "timeout", "" for cancel */
    const char *typed_again;
    uint8_t out[CARD_ANSWER_MAX];
} token_rig;

static inline n2_token_code
rig_begin(void *user)
{
    token_rig *rig = user;

    g_assert_false(rig->in_transaction);
    rig->in_transaction = true;
    rig->n_begun++;
    return card_is_on(rig->c) ? N2_TOKEN_OK : N2_TOKEN_NO_CARD;
}

static inline n2_token_code
rig_transmit(void *user, const uint8_t *command, size_t n, uint8_t *answer, size_t *n_answer)
{
    token_rig *rig = user;

    g_assert_true(rig->in_transaction);
    rig->n_commands++;
    rig->n_verifies += n > 5 && command[1] == 0x20;
    int got = card_apdu(rig->c, command, n, rig->out);
    if (got < 0)
        return N2_TOKEN_PULLED;
    g_assert_cmpuint(*n_answer, >=, N2_APDU_SHORT_BYTES_MAX);
    if ((size_t)got > *n_answer)
        return N2_TOKEN_MALFORMED;
    memcpy(answer, rig->out, (size_t)got);
    *n_answer = (size_t)got;
    return N2_TOKEN_OK;
}

/* The keys of a reader, as tests/card/pinpad.c has them. */
static inline n2_token_code
rig_control(void *user, uint32_t code, const uint8_t *in, size_t n, uint8_t *out, size_t *n_out)
{
    static const uint8_t features[] = {6, 4, 0x42, 0x33, 0x00, 0x06,
                                       7, 4, 0x42, 0x33, 0x00, 0x07};
    token_rig *rig = user;
    const char *typed[] = {rig->typed, code == 0x42330007 ? rig->typed_again : ""};
    uint8_t command[300];
    size_t len = 5;

    if (code == N2_PINPAD_FEATURES) {
        memcpy(out, features, sizeof features);
        *n_out = sizeof features;
        return N2_TOKEN_OK;
    }
    g_assert_cmpuint(n, ==, code == 0x42330007 ? 29 : 24);
    memcpy(command, in + n - 5, 5); /* the header, and a length of none */
    g_assert_cmphex(command[1], ==, code == 0x42330007 ? 0x24 : 0x20);
    g_assert_cmphex(command[4], ==, 0);
    *n_out = 2;
    out[0] = 0x64;
    out[1] = *typed[0] ? 0 : 1;
    if (!*typed[0] || strcmp(typed[0], "timeout") == 0)
        return N2_TOKEN_OK;
    for (size_t i = 0; i < 2; i++) {
        memcpy(command + len, typed[i], strlen(typed[i]));
        len += strlen(typed[i]);
    }
    command[4] = (uint8_t)(len - 5);
    *n_out = N2_APDU_SHORT_BYTES_MAX;
    return rig_transmit(user, command, len, out, n_out);
}

static inline void
rig_end(void *user, bool reset)
{
    token_rig *rig = user;

    g_assert_true(rig->in_transaction);
    rig->in_transaction = false;
    rig->n_resets += reset;
    if (reset)
        card_reset(rig->c);
}

static inline card_touch
rig_touch(void *user, card_slot slot)
{
    (void)slot;
    return ((token_rig *)user)->is_lazy ? CARD_NOT_TOUCHED : CARD_TOUCHED;
}

static inline void
rig_init_version(token_rig *rig, uint64_t quirks, bool has_keys)
{
    const card_options options = {
        .quirks = quirks, .serial = 0x1020304, .seed = 5, .touch = rig_touch, .user = rig};

    memset(rig, 0, sizeof *rig);
    rig->c = card_new(&options);
    rig->seed = 17;
    rig->crypto = token_crypto(&rig->seed);
    rig->link =
        (n2_card_link){rig, rig_begin, rig_transmit, has_keys ? rig_control : NULL, rig_end};
}

static inline void
rig_init(token_rig *rig, uint64_t quirks)
{
    rig_init_version(rig, quirks, false);
}

static inline void
rig_clear(token_rig *rig)
{
    card_free(rig->c);
}

static inline n2_card *
rig_open(token_rig *rig)
{
    g_assert_cmpstr(n2_token_name(n2_card_open(&rig->card, &rig->link, &rig->crypto)), ==,
                    "ok");
    return &rig->card;
}

static inline n2_card_entry
rig_pin(const char *digits)
{
    n2_card_entry entry = {.n = (uint8_t)strlen(digits)};

    memcpy(entry.bytes, digits, strlen(digits));
    return entry;
}

#define PW1_RIGHT rig_pin("123456")
#define PW3_RIGHT rig_pin("12345678")
#define AT_READER ((n2_card_entry){.is_at_reader = true})

#define assert_code(call, want) g_assert_cmpstr(n2_token_name(call), ==, n2_token_name(want))
#define assert_ok(call) assert_code(call, N2_TOKEN_OK)

static inline n2_token_code
rig_verify(n2_card *k, n2_card_pin pin, const char *digits)
{
    n2_card_entry entry = rig_pin(digits);

    return n2_card_verify(k, pin, &entry);
}

/* A new key in its slot, with the card left open and PW3 given. */
static inline n2_card_key
rig_generate(n2_card *k, n2_card_slot slot, n2_card_method method)
{
    n2_card_key key;

    assert_ok(rig_verify(k, N2_CARD_PW3, "12345678"));
    assert_ok(n2_card_generate(k, slot, method, 1700000000, &key));
    return key;
}
